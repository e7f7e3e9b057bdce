/* What jobs have on the disk, and how long: derived from the database at every start and with every block. */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/room.h"
#include "system/clock.h"
#include "trade/jobs_parts.h"

#define JOB_BYTES ((size_t)1 << 24)

/* -- What stays -- */

/* One that is in no database was never ordered: a crash came before. But where a backup was restored, jobs may be
 * missing that the database had: what they have brought is their owner's to delete. */
static void sweep_unknown(const prom_batch_folder *folder)
{
    if (!prom_batch_has_outputs(folder)) {
        (void)prom_batch_delete(folder);
    }
}

/* Files that are being copied belong to a job that is about to be ordered. */
static bool is_staged(const prom_jobs *jobs, const prom_bytes32 *id)
{
    bool staged = false;
    for (size_t i = 0; i < PROM_JOBS_STAGED_MAX; i++) {
        staged = staged || (jobs->staged[i].copying && prom_bytes32_equal(&jobs->staged[i].id, id));
    }
    return staged;
}

/* What cannot be read, or is not on the disk as it is in memory, keeps all. */
static prom_result sweep_one(prom_jobs *jobs, const prom_bytes32 *id, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    const struct driven *driven = prom_jobs_find_open(jobs, id);
    prom_batch_folder folder;
    prom_store_job record;
    prom_ordered *ordered = NULL;
    bool found = false;
    PROM_TRY(prom_batch_folder_of(&folder, jobs->folder, id, false, error));
    if (driven != NULL) {
        if (!driven->stale && (driven->errand == NULL || driven->errand->over)) {
            prom_batch_tidy(&folder, driven->ordered->job);
        }
        return prom_ok();
    }
    if (is_staged(jobs, id) || prom_batch_is_tidy(&folder)) {
        return prom_ok();
    }
    prom_arena_init(&arena, JOB_BYTES);
    PROM_TRY(prom_store_job_get(prom_node_store(jobs->options.node), &arena, &record, &found, id, error));
    if (!found) {
        sweep_unknown(&folder);
        return prom_ok();
    }
    PROM_TRY(record.ended ? prom_ordered_read(&arena, &ordered, record.bytes, error) : prom_ok());
    if (ordered != NULL) {
        prom_batch_tidy(&folder, ordered->job);
    }
    return prom_ok();
}

void prom_jobs_sweep(prom_jobs *jobs)
{
    char path[PATH_MAX];
    prom_bytes32 id;
    prom_error ignored; /* at the next block */
    uint64_t bytes = 0;
    const int length = snprintf(path, sizeof path, "%s/jobs", jobs->folder);
    DIR *folder = length > 0 && length < (int)sizeof path ? opendir(path) : NULL;
    jobs->swept = prom_node_tip(jobs->options.node);
    for (const struct dirent *entry = NULL; folder != NULL && (entry = readdir(folder)) != NULL;) {
        if (prom_hex32_parse(&id, entry->d_name)) {
            (void)!prom_is_ok(sweep_one(jobs, &id, &ignored));
            bytes += prom_jobs_bytes(jobs, &id);
        }
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    jobs->bytes = bytes;
}

/* A command that orders makes such a folder, and deletes it once the node has its own copy. */
static bool was_brought_long_ago(const prom_batch_folder *folder)
{
    enum { LONG_SECONDS = 24 * 60 * 60 };
    struct stat facts;
    return lstat(folder->path, &facts) == 0 && S_ISDIR(facts.st_mode) &&
           prom_clock_date() - facts.st_mtime > LONG_SECONDS;
}

void prom_jobs_sweep_brought(const prom_jobs *jobs)
{
    const size_t length = strlen(PROM_BATCH_BROUGHT);
    const size_t fixed = strcspn(PROM_BATCH_BROUGHT, "X");
    prom_batch_folder brought;
    DIR *folder = opendir(jobs->folder);
    for (const struct dirent *entry = NULL; folder != NULL && (entry = readdir(folder)) != NULL;) {
        const int whole = snprintf(brought.path, sizeof brought.path, "%s/%s", jobs->folder, entry->d_name);
        if (whole > 0 && whole < PATH_MAX - NAME_MAX && strncmp(entry->d_name, PROM_BATCH_BROUGHT, fixed) == 0 &&
            strlen(entry->d_name) == length && was_brought_long_ago(&brought)) {
            (void)prom_batch_delete(&brought);
        }
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
}

/* The batch twice: as a whole, and in parts. */
prom_result prom_jobs_check_room(const prom_jobs *jobs, const prom_batch_job *batch, prom_error *error)
{
    const uint64_t bytes = prom_count_add(batch->program_bytes, prom_count_times(batch->input_bytes, 2));
    return prom_node_check_room(jobs->options.node, PROM_ROLE_CLIENT, bytes, error);
}

/* -- What the owner wants no more -- */

prom_result prom_jobs_forget(prom_jobs *jobs, uint64_t *bytes, const prom_bytes32 *id, prom_error *error)
{
    char hex[PROM_HEX32];
    char text[128];
    prom_batch_folder folder;
    const struct driven *open = prom_jobs_find_open(jobs, id);
    if (open != NULL) {
        const prom_market_job *job = open->ordered->job;
        const bool ends = job->merged || job->state == PROM_JOB_CANCELLED;
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the job has not ended, and its contracts need its files: %sforget it when 'prom jobs list' "
                         "says that it has ended",
                         ends ? "" : "cancel it ('prom jobs cancel'), and ");
    }
    PROM_TRY(prom_batch_folder_of(&folder, jobs->folder, id, false, error));
    *bytes = prom_batch_delete(&folder);
    jobs->bytes -= *bytes < jobs->bytes ? *bytes : jobs->bytes;
    (void)snprintf(text, sizeof text, "job %.16s: its files are deleted, %" PRIu64 " bytes, as its owner wants",
                   prom_hex32(hex, id), *bytes);
    if (jobs->options.report != NULL) {
        jobs->options.report(jobs->options.context, PROM_REPORT_NOTE, text);
    }
    return prom_ok();
}

/* -- Looking -- */

uint64_t prom_jobs_bytes(const prom_jobs *jobs, const prom_bytes32 *job)
{
    prom_batch_folder folder;
    return prom_is_ok(prom_batch_folder_of(&folder, jobs->folder, job, false, NULL)) ? prom_batch_bytes(&folder) : 0;
}

prom_result prom_jobs_files(const prom_jobs *jobs, char program[PATH_MAX], char output[PATH_MAX],
                            const prom_bytes32 *job, prom_error *error)
{
    prom_batch_folder folder;
    PROM_TRY(prom_batch_folder_of(&folder, jobs->folder, job, false, error));
    PROM_TRY(prom_batch_path(program, &folder, PROM_BATCH_PROGRAM, error));
    return prom_batch_path(output, &folder, PROM_BATCH_OUTPUT, error);
}

bool prom_jobs_have_output(const prom_jobs *jobs, const prom_bytes32 *job)
{
    char program[PATH_MAX];
    char output[PATH_MAX];
    return prom_is_ok(prom_jobs_files(jobs, program, output, job, NULL)) && access(output, F_OK) == 0;
}

bool prom_jobs_part_file(const prom_jobs *jobs, char output[PATH_MAX], const prom_bytes32 *job,
                         const prom_job_part *part)
{
    prom_batch_folder folder;
    return part->state == PROM_PART_DONE && prom_is_ok(prom_batch_folder_of(&folder, jobs->folder, job, false, NULL)) &&
           prom_is_ok(prom_batch_output_path(output, &folder, part->attempt, NULL)) && access(output, F_OK) == 0;
}
