/* The folder of a job whose program is a module, done in parts. */
#ifndef PROMETHEUS_TEST_TRADE_MODULES_H
#define PROMETHEUS_TEST_TRADE_MODULES_H

#include "trade/files.h"

#include "scheme/toy.h"

enum { ITEMS = 7 };

static const char *const texts[ITEMS] = {"ab", "c", "", "defg", "h", "ij", "k"};

/* A folder with the program and the batch, whose whole output is `it.delivery.output`. */
struct modules {
    struct files files;
    struct mapped it;
};

static inline struct modules modules_new(fixture *test, bool folds, const char *const *items)
{
    struct modules modules = {.files = files_new(test), .it = map_items(test, "join", folds, items, ITEMS)};
    files_write(&modules.files, modules.files.program_path, PROM_BATCH_PROGRAM, modules.it.bytes.program);
    files_write(&modules.files, modules.files.input_path, PROM_BATCH_INPUT, modules.it.bytes.input);
    return modules;
}

/* A job in parts of 3, 3 and 1 items, all of them done: what workers give is taken. */
static inline prom_market_job *done_and_joined(const struct modules *modules, const char *const *items,
                                               const prom_joining *joining)
{
    fixture *test = modules->files.test;
    prom_order order = plain_order(ITEMS);
    order.joining = *joining;
    prom_market_job *job = new_job(test, &order);
    for (uint32_t i = 0; i < 3; i++) {
        (void)take(test, job, placed(3 * i, i < 2 ? 3 : 1, i + 1));
    }
    for (uint32_t number = 1; number <= 3; number++) {
        const prom_attempt *attempt = prom_market_job_attempt(job, number);
        prom_job_event event = result(number);
        char made[PATH_MAX];
        (void)take(test, job, begun(number, number));
        (void)take(test, job, at_phase(number, PROM_ATTEMPT_COMPUTE));
        const struct mapped part = map_items(test, "join", modules->it.job->program.module->limits.folds,
                                             items + attempt->first, attempt->items);
        files_write(&modules->files, made, "made", part.delivery.output);
        prom_batch_taken taken;
        assert_ok(prom_batch_take_output(&modules->files.folder, &taken, attempt, made, &test->error), &test->error);
        event.as.result.output = taken.hash;
        event.as.result.fits = taken.fits;
        (void)take(test, job, event);
    }
    return job;
}

static inline prom_market_job *done_in_parts(const struct modules *modules, const char *const *items)
{
    const prom_joining own = {.folds = modules->it.job->program.module->limits.folds, .own_folds = UINT32_MAX};
    return done_and_joined(modules, items, &own);
}

#endif
