#include "trade/errand.h"

#include <stdlib.h>
#include <string.h>

#include "system/file.h"

#define LOADED_BYTES (6 * (size_t)PROM_PAYLOAD_MAX)

struct prom_errands {
    prom_pool *files;
    prom_pool *folds;
    const prom_runner *runner;
};

/* -- What is done -- */

static prom_result load(prom_errand *it, prom_error *error)
{
    prom_arena_init(&it->arena, LOADED_BYTES);
    prom_arena_init(&it->input_arena, LOADED_BYTES);
    it->bytes.runner = it->runner;
    return prom_batch_load(&it->arena, &it->input_arena, &it->batch, &it->bytes, it->program, it->input, error);
}

static prom_result copy(prom_errand *it, prom_error *error)
{
    char path[PATH_MAX];
    PROM_TRY(prom_batch_path(path, &it->folder, PROM_BATCH_PROGRAM, error));
    PROM_TRY(prom_file_write(path, it->bytes.program, error));
    PROM_TRY(prom_batch_path(path, &it->folder, PROM_BATCH_INPUT, error));
    return prom_file_write(path, it->bytes.input, error);
}

static prom_result load_program(prom_errand *it, prom_error *error)
{
    prom_arena_init(&it->arena, LOADED_BYTES);
    return it->job != NULL ? prom_batch_load_joining_work(&it->arena, &it->batch.work, &it->folder, it->job, error)
                           : prom_batch_load_work(&it->arena, &it->batch.work, &it->folder, error);
}

static prom_result write_part(prom_errand *it, prom_error *error)
{
    return it->job != NULL ? prom_batch_write_joining(&it->folder, &it->named, it->input, it->job, error)
                           : prom_batch_write_part(&it->folder, &it->named, it->input, it->scheme, it->attempt.first,
                                                   it->attempt.items, error);
}

static prom_result take_output(prom_errand *it, prom_error *error)
{
    return prom_batch_take_output(&it->folder, &it->taken, &it->attempt, it->input, error);
}

static bool report(void *context, size_t done, size_t total)
{
    const prom_errand *it = context;
    (void)done;
    (void)total;
    return !atomic_load(&it->task.stop);
}

static prom_result merge(prom_errand *it, prom_error *error)
{
    const prom_progress progress = {report, it};
    return prom_batch_merge(&it->folder, it->job, it->runner, &progress, error);
}

static void run(prom_task *task)
{
    static prom_result (*const kinds[])(prom_errand * it, prom_error * error) = {
        [PROM_ERRAND_LOAD] = load,       [PROM_ERRAND_COPY] = copy,          [PROM_ERRAND_PROGRAM] = load_program,
        [PROM_ERRAND_PART] = write_part, [PROM_ERRAND_OUTPUT] = take_output, [PROM_ERRAND_MERGE] = merge,
    };
    prom_errand *it = (prom_errand *)task; /* its first member */
    it->result = kinds[it->kind](it, &it->error);
}

/* -- Errands -- */

static void free_errand(prom_errand *it)
{
    prom_arena_free(&it->arena);
    prom_arena_free(&it->input_arena);
    free(it->job);
    free(it);
}

static void drop(prom_task *task)
{
    prom_errand *it = (prom_errand *)task; /* its first member */
    it->over = true;
    it->result = (prom_result){PROM_CATEGORY_IO};
    if (it->left) {
        free_errand(it);
    }
}

/* How long a fold takes no bytes say. */
static bool folds(const prom_errand *it)
{
    return it->kind == PROM_ERRAND_MERGE && it->runner != NULL && prom_market_job_joiner(it->job) == PROM_JOINER_OWN;
}

static bool begin(prom_errands *errands, prom_errand *it, uint64_t bytes)
{
    if (folds(it)) {
        prom_pool_submit(errands->folds, &it->task);
    } else if (bytes >= PROM_ERRAND_SMALL) {
        prom_pool_submit(errands->files, &it->task);
    } else {
        run(&it->task);
        it->over = true;
    }
    return it->over;
}

/* What is to be merged is the same as long as the same joins it, of as many parts. */
static bool is_same(const prom_errand *a, const prom_errand *b)
{
    if (a->kind == PROM_ERRAND_MERGE && b->kind == PROM_ERRAND_MERGE &&
        prom_market_job_joiner(a->job) != prom_market_job_joiner(b->job)) {
        return false;
    }
    return a->kind == b->kind && (a->job != NULL) == (b->job != NULL) && a->attempt.number == b->attempt.number &&
           strcmp(a->program, b->program) == 0 && (a->kind == PROM_ERRAND_PART || strcmp(a->input, b->input) == 0);
}

bool prom_errand_do(prom_errands *errands, prom_errand **slot, const prom_errand *wish, uint64_t bytes)
{
    const bool same = *slot != NULL && is_same(*slot, wish);
    if (same || (*slot != NULL && !(*slot)->over)) {
        atomic_store(&(*slot)->task.stop, !same); /* folds may take long: nobody wants them */
        return same && (*slot)->over;
    }
    prom_errand_leave(slot);
    prom_errand *made = malloc(sizeof *made);
    prom_market_job *job = wish->job == NULL ? NULL : malloc(sizeof *job);
    if (made == NULL || (wish->job != NULL && job == NULL)) {
        free(made);
        free(job);
        return false; /* at the next turn */
    }
    *made = *wish;
    made->task.run = run;
    made->runner = errands->runner;
    made->job = job;
    if (job != NULL) {
        *job = *wish->job;
    }
    *slot = made;
    return begin(errands, made, bytes);
}

bool prom_errand_go_on(prom_errands *errands, prom_errand *errand, prom_errand_kind kind, uint64_t bytes)
{
    errand->kind = kind;
    errand->over = false;
    return begin(errands, errand, bytes);
}

void prom_errand_leave(prom_errand **slot)
{
    if (*slot != NULL && (*slot)->over) {
        free_errand(*slot);
    } else if (*slot != NULL) {
        (*slot)->left = true;
        atomic_store(&(*slot)->task.stop, true);
    }
    *slot = NULL;
}

/* -- All of them -- */

prom_result prom_errands_open(prom_errands **errands, const prom_runner *runner, prom_error *error)
{
    prom_errands *made = calloc(1, sizeof *made);
    *errands = NULL;
    if (made == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    prom_result opened = prom_pool_new(&made->files, 1, error);
    if (prom_is_ok(opened)) {
        opened = prom_pool_new(&made->folds, 1, error);
    }
    if (!prom_is_ok(opened)) {
        prom_errands_close(made);
        return opened;
    }
    made->runner = runner;
    *errands = made;
    return prom_ok();
}

static void take_all(prom_pool *pool)
{
    for (prom_task *task = NULL; (task = prom_pool_take(pool)) != NULL;) {
        prom_errand *it = (prom_errand *)task; /* its first member */
        it->over = true;
        if (it->left) {
            free_errand(it);
        }
    }
}

void prom_errands_turn(prom_errands *errands)
{
    take_all(errands->files);
    take_all(errands->folds);
}

void prom_errands_close(prom_errands *errands)
{
    if (errands != NULL) {
        prom_pool_free(errands->files, drop);
        prom_pool_free(errands->folds, drop);
        free(errands);
    }
}
