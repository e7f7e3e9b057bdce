/* What of a job's folder stays. */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trade/batch.h"

/* -- Names -- */

enum kind {
    PROGRAM,
    INPUT,
    OUTPUT,
    FOLDS,
    PART_INPUT,  /* of the part that begins with item `number` */
    PART_OUTPUT, /* of attempt `number` */
    UNFINISHED,  /* what a kill has left of a file that was being written (system/file.h) */
    FOREIGN,
};

struct name {
    enum kind kind;
    uint32_t number;
};

static bool read_number(uint32_t *number, const char *text)
{
    enum { TEN = 10 };
    char *end = NULL;
    const unsigned long read = strtoul(text, &end, TEN);
    *number = (uint32_t)read;
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && read <= UINT32_MAX;
}

static struct name name_of(const char *text)
{
    static const struct {
        const char *text;
        enum kind kind;
        bool numbered;
    } table[] = {
        {PROM_BATCH_PROGRAM, PROGRAM, false},       {PROM_BATCH_INPUT, INPUT, false},
        {PROM_BATCH_OUTPUT, OUTPUT, false},         {PROM_BATCH_INPUT "-", PART_INPUT, true},
        {PROM_BATCH_OUTPUT "-", PART_OUTPUT, true}, {PROM_BATCH_FOLDS, FOLDS, false},
    };
    struct name name = {FOREIGN, 0};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const size_t length = strlen(table[i].text);
        uint32_t number = 0;
        if (table[i].numbered ? strncmp(text, table[i].text, length) == 0 && read_number(&number, text + length)
                              : strcmp(text, table[i].text) == 0) {
            name = (struct name){table[i].kind, number};
        }
    }
    if (strncmp(text, ".prom-", strlen(".prom-")) == 0) {
        name.kind = UNFINISHED;
    }
    return name;
}

/* -- Rounds -- */

struct round {
    int folder;
    const prom_market_job *job; /* NULL: none */
    bool tidy;
    bool outputs;
    uint64_t bytes;
};

typedef void visitor(struct round *round, const char *text, struct name name);

static void each(const prom_batch_folder *folder, visitor *see, struct round *round)
{
    DIR *entries = opendir(folder->path);
    if (entries == NULL) {
        return;
    }
    round->folder = dirfd(entries);
    for (const struct dirent *entry = NULL; (entry = readdir(entries)) != NULL;) {
        const struct name name = name_of(entry->d_name);
        if (name.kind != FOREIGN) {
            see(round, entry->d_name, name);
        }
    }
    (void)closedir(entries);
}

static void look(struct round *round, const char *text, struct name name)
{
    struct stat status;
    round->tidy = round->tidy && (name.kind == PROGRAM || name.kind == OUTPUT);
    round->outputs = round->outputs || name.kind == OUTPUT || name.kind == PART_OUTPUT;
    round->bytes += fstatat(round->folder, text, &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_size > 0
                        ? (uint64_t)status.st_size
                        : 0;
}

static struct round seen(const prom_batch_folder *folder)
{
    struct round round = {.tidy = true};
    each(folder, look, &round);
    return round;
}

bool prom_batch_is_tidy(const prom_batch_folder *folder)
{
    const struct round round = seen(folder);
    return round.tidy && round.outputs;
}

bool prom_batch_has_outputs(const prom_batch_folder *folder)
{
    return seen(folder).outputs;
}

uint64_t prom_batch_bytes(const prom_batch_folder *folder)
{
    return seen(folder).bytes;
}

/* -- What is needed -- */

/* Its contract has the bytes among the bodies of its channel; the job's copy is for beginning another one. */
static bool is_to_be_done(const prom_market_job *job, uint32_t first)
{
    for (size_t i = 0; i < job->part_count; i++) {
        if (job->parts[i].first == first) {
            return job->parts[i].state == PROM_PART_WAITING || job->parts[i].state == PROM_PART_RUNNING;
        }
    }
    return false;
}

/* An output of an attempt may be there before anybody was told of it, until all are in one file. */
static bool is_needed(const prom_market_job *job, struct name name)
{
    const bool open = job != NULL && job->state != PROM_JOB_ENDED;
    const bool result = job != NULL && job->merged;
    switch (name.kind) {
    case PROGRAM:
    case OUTPUT:
        return open || result;
    case INPUT:
    case FOLDS:
        return open;
    case PART_INPUT:
        return open && is_to_be_done(job, name.number);
    case PART_OUTPUT:
        return open && name.number >= 1 && name.number <= job->attempt_count;
    case UNFINISHED:
    case FOREIGN:
        break;
    }
    return name.kind == FOREIGN;
}

static void delete_needless(struct round *round, const char *text, struct name name)
{
    if (!is_needed(round->job, name)) {
        (void)unlinkat(round->folder, text, 0);
    }
}

void prom_batch_tidy(const prom_batch_folder *folder, const prom_market_job *job)
{
    struct round round = {.job = job};
    each(folder, delete_needless, &round);
    (void)rmdir(folder->path); /* where nothing is left */
}

uint64_t prom_batch_delete(const prom_batch_folder *folder)
{
    const uint64_t bytes = prom_batch_bytes(folder);
    prom_batch_tidy(folder, NULL);
    return bytes;
}
