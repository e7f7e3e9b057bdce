/* Files that an owner names: read, looked at and copied beside the node's thread. */
#include <string.h>
#include <sys/stat.h>

#include "system/clock.h"
#include "system/random.h"
#include "trade/jobs_parts.h"

enum { FORGOTTEN_MILLISECONDS = 60000 }; /* whoever asked asks no more */

/* What cannot be looked at is empty, and fails quickly. */
static struct file_mark mark_of(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 ? (struct file_mark){status.st_dev, status.st_ino, status.st_size, status.st_mtim}
                                    : (struct file_mark){.size = 0};
}

static bool is_same(const struct file_mark *a, const struct file_mark *b)
{
    return a->device == b->device && a->number == b->number && a->size == b->size &&
           a->written.tv_sec == b->written.tv_sec && a->written.tv_nsec == b->written.tv_nsec;
}

static uint64_t bytes_of(const struct file_mark *mark)
{
    return mark->size > 0 ? (uint64_t)mark->size : 0;
}

static bool is_about(const struct staged *staged, const prom_job_request *request, prom_staged_for purpose)
{
    return staged->errand != NULL && staged->purpose == purpose &&
           strcmp(staged->errand->program, request->program) == 0 && strcmp(staged->errand->input, request->input) == 0;
}

/* The one that is about files of these names, else a free one; NULL: all are taken. */
static struct staged *place_for(prom_jobs *jobs, const prom_job_request *request, prom_staged_for purpose)
{
    struct staged *free_one = NULL;
    for (size_t i = 0; i < PROM_JOBS_STAGED_MAX; i++) {
        struct staged *at = &jobs->staged[i];
        if (is_about(at, request, purpose)) {
            return at;
        }
        free_one = at->errand == NULL ? at : free_one;
    }
    return free_one;
}

prom_result prom_jobs_stage(prom_jobs *jobs, struct staged **staged, const prom_job_request *request,
                            prom_staged_for purpose, prom_error *error)
{
    const struct file_mark program = mark_of(request->program);
    const struct file_mark input = mark_of(request->input);
    struct staged *at = place_for(jobs, request, purpose);
    prom_errand wish = {.kind = PROM_ERRAND_LOAD};
    *staged = NULL;
    if (at == NULL) {
        return prom_ok();
    }
    if (strlen(request->program) >= sizeof wish.program || strlen(request->input) >= sizeof wish.input) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "a file's name is too long");
    }
    if (at->errand != NULL && at->errand->over && !(is_same(&at->program, &program) && is_same(&at->input, &input))) {
        prom_jobs_unstage(jobs, at); /* read for somebody who is gone, or written while it was read */
    }
    at->asked = prom_clock_milliseconds();
    if (at->errand == NULL) {
        at->purpose = purpose;
        at->program = program;
        at->input = input;
        (void)stpcpy(wish.program, request->program);
        (void)stpcpy(wish.input, request->input);
        (void)prom_errand_do(jobs->errands, &at->errand, &wish, bytes_of(&program) + bytes_of(&input));
    }
    if (at->errand == NULL || !at->errand->over) {
        return prom_ok();
    }
    if (!prom_is_ok(at->errand->result)) {
        const prom_result result = at->errand->result;
        *error = at->errand->error;
        prom_jobs_unstage(jobs, at);
        return result;
    }
    *staged = at;
    return prom_ok();
}

prom_result prom_jobs_stage_copy(prom_jobs *jobs, struct staged *staged, bool *later, prom_error *error)
{
    prom_errand *errand = staged->errand;
    *later = false;
    if (staged->copying) {
        return prom_ok(); /* it is over: else it would not be asked about */
    }
    PROM_TRY(prom_jobs_check_room(jobs, &errand->batch, error));
    staged->id = prom_random_bytes32();
    PROM_TRY(prom_batch_folder_of(&errand->folder, jobs->folder, &staged->id, true, error));
    staged->copying = true;
    *later = !prom_errand_go_on(jobs->errands, errand, PROM_ERRAND_COPY,
                                errand->batch.program_bytes + errand->batch.input_bytes);
    if (!*later && !prom_is_ok(errand->result)) {
        *error = errand->error;
        return errand->result;
    }
    return prom_ok();
}

void prom_jobs_unstage(const prom_jobs *jobs, struct staged *staged)
{
    if (staged->copying && staged->errand != NULL && staged->errand->over &&
        prom_jobs_find_open(jobs, &staged->id) == NULL) {
        (void)prom_batch_delete(&staged->errand->folder);
    }
    prom_errand_leave(&staged->errand);
    *staged = (struct staged){.errand = NULL};
}

void prom_jobs_turn_staged(prom_jobs *jobs)
{
    const int64_t now = prom_clock_milliseconds();
    for (size_t i = 0; i < PROM_JOBS_STAGED_MAX; i++) {
        struct staged *at = &jobs->staged[i];
        if (at->errand != NULL && at->errand->over && now - at->asked > FORGOTTEN_MILLISECONDS) {
            prom_jobs_unstage(jobs, at);
        }
    }
}
