/* A job's facts, in memory and in the database. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trade/jobs_parts.h"

#define JOB_BYTES ((size_t)1 << 24)
#define WRITE_BYTES ((size_t)1 << 24)

/* -- On the disk -- */

prom_result prom_jobs_write(prom_jobs *jobs, const struct driven *driven, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    const prom_market_job *job = driven->ordered->job;
    prom_store_job record = {.id = job->order.id, .created = job->created, .ended = job->state == PROM_JOB_ENDED};
    prom_arena_init(&arena, WRITE_BYTES);
    PROM_TRY(prom_ordered_write(&arena, &record.bytes, driven->ordered, error));
    return prom_node_put_job(jobs->options.node, &record, error);
}

void prom_jobs_free(struct driven *driven)
{
    if (driven != NULL) {
        prom_jobs_end_round(driven);
        prom_errand_leave(&driven->errand);
        prom_arena_free(&driven->arena);
        free(driven);
    }
}

static prom_result read_record(prom_jobs *jobs, struct driven *driven, const prom_store_job *record, prom_error *error)
{
    prom_arena_init(&driven->arena, JOB_BYTES);
    PROM_TRY(prom_ordered_read(&driven->arena, &driven->ordered, record->bytes, error));
    return prom_batch_folder_of(&driven->folder, jobs->folder, &record->id, false, error);
}

prom_result prom_jobs_load(prom_jobs *jobs, struct driven **driven, const prom_store_job *record, prom_error *error)
{
    *driven = calloc(1, sizeof **driven);
    if (*driven == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    const prom_result read = read_record(jobs, *driven, record, error);
    if (!prom_is_ok(read)) {
        prom_jobs_free(*driven);
        *driven = NULL;
        return read;
    }
    (*driven)->placed_tip = UINT32_MAX; /* no round yet */
    return prom_ok();
}

prom_result prom_jobs_reload(prom_jobs *jobs, struct driven *driven, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    const prom_bytes32 id = driven->ordered->job->order.id;
    prom_store_job record;
    prom_ordered *ordered = NULL;
    prom_arena fresh = {0};
    bool found = false;
    prom_arena_init(&arena, JOB_BYTES);
    PROM_TRY(prom_store_job_get(prom_node_store(jobs->options.node), &arena, &record, &found, &id, error));
    if (!found) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "the database has a job no more that it had");
    }
    prom_arena_init(&fresh, JOB_BYTES);
    const prom_result read = prom_ordered_read(&fresh, &ordered, record.bytes, error);
    if (!prom_is_ok(read)) {
        prom_arena_free(&fresh);
        return read;
    }
    prom_jobs_end_round(driven); /* it points into what goes now */
    prom_arena_free(&driven->arena);
    driven->arena = fresh;
    driven->ordered = ordered;
    driven->stale = false;
    return prom_ok();
}

/* -- Events -- */

prom_result prom_jobs_take(prom_jobs *jobs, struct driven *driven, const prom_job_event *event,
                           prom_job_outcome *outcome, prom_error *error)
{
    PROM_TRY(prom_market_job_step(driven->ordered->job, event, outcome, error));
    if (!outcome->changed) {
        return prom_ok();
    }
    const prom_result written = prom_jobs_write(jobs, driven, error);
    driven->stale = !prom_is_ok(written);
    return written;
}

bool prom_jobs_may_use_files(const struct driven *driven, int64_t now)
{
    return driven->files_ms == 0 || now - driven->files_ms >= PROM_JOBS_AGAIN_MS;
}

void prom_jobs_hinder(prom_jobs *jobs, struct driven *driven, const char *why)
{
    char hex[PROM_HEX32];
    char text[sizeof driven->hindrance + 32];
    const bool other = strcmp(driven->hindrance, why) != 0;
    (void)snprintf(driven->hindrance, sizeof driven->hindrance, "%s", why);
    if (other && why[0] != '\0' && jobs->options.report != NULL) {
        enum { SHOWN = 16 };
        (void)snprintf(text, sizeof text, "job %.*s: %s", SHOWN, prom_hex32(hex, &driven->ordered->job->order.id),
                       driven->hindrance);
        jobs->options.report(jobs->options.context, PROM_REPORT_NOTE, text);
    }
}
