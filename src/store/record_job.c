#include "store/record.h"
#include "store/statement.h"

prom_result prom_store_job_put(prom_store *store, const prom_store_job *job, prom_error *error)
{
    const prom_value values[] = {prom_value_hash(&job->id), prom_value_integer(job->created),
                                 prom_value_integer(job->ended ? 1 : 0), prom_value_integer(store->generation),
                                 prom_value_blob(job->bytes)};
    return prom_store_write(store, NULL, PROM_SQL_JOB_PUT, values, 5, error);
}

struct job_visit {
    const prom_store *store;
    prom_store_job_visit visit;
    void *context;
};

static prom_result visit_job(void *context, sqlite3_stmt *row, prom_error *error)
{
    const struct job_visit *to = context;
    prom_store_job job = {.created = (uint32_t)prom_column_number(row, 1),
                          .ended = prom_column_number(row, 2) != 0,
                          .restored = prom_column_number(row, 3) != to->store->generation,
                          .bytes = prom_column_blob(row, 4)};
    PROM_TRY(prom_column_hash(&job.id, row, 0, error));
    return to->visit(to->context, &job, error);
}

struct job_copy {
    prom_arena *arena;
    prom_store_job *job;
};

static prom_result copy_job(void *context, const prom_store_job *job, prom_error *error)
{
    const struct job_copy *to = context;
    *to->job = *job;
    return prom_span_copy(to->arena, &to->job->bytes, job->bytes, error);
}

prom_result prom_store_job_get(prom_store *store, prom_arena *arena, prom_store_job *job, bool *found,
                               const prom_bytes32 *id, prom_error *error)
{
    const prom_value values[] = {prom_value_hash(id)};
    struct job_copy copy = {arena, job};
    struct job_visit to = {store, copy_job, &copy};
    uint64_t count = 0;
    *job = (prom_store_job){.created = 0};
    *found = false;
    PROM_TRY(prom_store_read(store, PROM_SQL_JOB_GET, values, 1, &(prom_rows){visit_job, &to, &count}, error));
    *found = count == 1;
    return prom_ok();
}

prom_result prom_store_job_each(prom_store *store, bool open_only, prom_store_job_visit visit, void *context,
                                prom_error *error)
{
    struct job_visit to = {store, visit, context};
    const prom_statement statement = open_only ? PROM_SQL_JOB_OPEN_EACH : PROM_SQL_JOB_EACH;
    return prom_store_read(store, statement, NULL, 0, &(prom_rows){visit_job, &to, NULL}, error);
}

prom_result prom_store_job_forget(prom_store *store, const prom_bytes32 *id, prom_error *error)
{
    const prom_value values[] = {prom_value_hash(id)};
    return prom_store_write(store, NULL, PROM_SQL_JOB_FORGET, values, 1, error);
}
