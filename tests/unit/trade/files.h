/* The folder of a job, below one that stands for a node's: a small network as the program, and a batch of 5 items. */
#ifndef PROMETHEUS_TEST_TRADE_FILES_H
#define PROMETHEUS_TEST_TRADE_FILES_H

#include "scheme/job.h"

#include <unistd.h>

#include "market/orders.h"
#include "node/host.h"
#include "system/file.h"
#include "trade/batch.h"

struct files {
    fixture *test;
    const prom_program *program;
    prom_job_bytes bytes;
    char root[64];
    prom_batch_folder folder;
    char program_path[PATH_MAX];
    char input_path[PATH_MAX];
};

static inline void files_write(const struct files *files, char path[PATH_MAX], const char *name, prom_span bytes)
{
    assert_ok(prom_batch_path(path, &files->folder, name, &files->test->error), &files->test->error);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.data, 1, bytes.length, file), bytes.length);
    assert_int_equal(fclose(file), 0);
}

static inline struct files files_new(fixture *test)
{
    struct files files = {.test = test};
    const prom_bytes32 id = named("job", 0);
    files.bytes = random_job(test, &files.program, 1);
    (void)snprintf(files.root, sizeof files.root, "/tmp/prom-batch-XXXXXX");
    assert_non_null(mkdtemp(files.root));
    assert_ok(prom_batch_folder_of(&files.folder, files.root, &id, true, &test->error), &test->error);
    files_write(&files, files.program_path, PROM_BATCH_PROGRAM, files.bytes.program);
    files_write(&files, files.input_path, PROM_BATCH_INPUT, files.bytes.input);
    return files;
}

static inline void files_free(const struct files *files)
{
    char jobs[128];
    host_clear_folder(files->folder.path);
    (void)snprintf(jobs, sizeof jobs, "%s/jobs", files->root);
    host_clear_folder(jobs);
    host_clear_folder(files->root);
}

#endif
