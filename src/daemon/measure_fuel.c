#include "daemon/measure_fuel.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/measure_course.h"
#include "daemon/measure_kernels.h"
#include "system/clock.h"

enum { MODULE_MEMORY = 1 << 16, RESULT_MEMORY = 1 << 12, FIRST = 1 << 12, SIXTH = 6, ITEM = 4, STEPS_OF_PAGE = 16 };

static const double NANOSECONDS = 1e9;

/* A kernel, ready to run. */
struct running {
    const prom_measure_kernel *kernel;
    prom_runner_session *session;
    const prom_runner *runner;
    prom_progress progress;
    double empty_seconds; /* of an instance that repeats nothing */
    uint64_t empty_fuel;
};

struct sums {
    double fuel;
    double seconds;
    double repeats;
    uint32_t rounds;
};

static prom_result run(const struct running *it, uint32_t repeats, uint64_t *fuel, double *seconds, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    uint8_t item[ITEM];
    prom_node_result result;
    prom_arena_init(&arena, RESULT_MEMORY);
    for (unsigned i = 0; i < ITEM; i++) {
        item[i] = (uint8_t)(repeats >> 8 * i);
    }
    const prom_module_call call = {.first = prom_span_of(item, sizeof item)};
    const double begun = prom_clock_seconds();
    PROM_TRY(it->runner->run(it->session, &arena, &result, &call, 1, &it->progress, error));
    *seconds = prom_clock_seconds() - begun;
    *fuel = result.fuel;
    return result.status == PROM_NODE_OK
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BROKEN, "the module '%s', which fuel is measured with, has failed: %s",
                           it->kernel->name, prom_node_status_name(result.status));
}

/* The shorter of two: the first may have to fetch what both need. */
static prom_result run_empty(struct running *it, prom_error *error)
{
    double again = 0;
    PROM_TRY(run(it, 0, &it->empty_fuel, &it->empty_seconds, error));
    PROM_TRY(run(it, 0, &it->empty_fuel, &again, error));
    it->empty_seconds = again < it->empty_seconds ? again : it->empty_seconds;
    return prom_ok();
}

/* Adds what the repeats alone took. */
static prom_result do_round(struct sums *sums, double *took, const struct running *it, uint32_t repeats,
                            prom_error *error)
{
    uint64_t fuel = 0;
    PROM_TRY(run(it, repeats, &fuel, took, error));
    sums->fuel += (double)(fuel - it->empty_fuel);
    sums->seconds += *took > it->empty_seconds ? *took - it->empty_seconds : 0;
    sums->repeats += repeats;
    sums->rounds++;
    return prom_ok();
}

/* Runs become longer until one takes a sixth of the time; those before are not counted. */
static prom_result do_rounds(struct sums *sums, struct running *it, double seconds, prom_error *error)
{
    const double end = prom_clock_seconds() + seconds;
    uint32_t repeats = FIRST;
    double took = 0;
    PROM_TRY(run_empty(it, error));
    do {
        *sums = (struct sums){.rounds = 0};
        PROM_TRY(do_round(sums, &took, it, repeats, error));
        repeats *= 2;
    } while (sums->seconds < seconds / SIXTH && repeats <= it->kernel->repeats_max);
    repeats /= 2;
    while (prom_clock_seconds() + took <= end) {
        PROM_TRY(do_round(sums, &took, it, repeats, error));
    }
    return prom_ok();
}

static prom_result measure_kernel(struct sums *sums, const prom_measure_kernel *kernel, const prom_runner *runner,
                                  double seconds, prom_course *course, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_module module;
    struct running it = {.kernel = kernel, .runner = runner, .progress = {prom_course_report, course}};
    prom_arena_init(&arena, MODULE_MEMORY);
    PROM_TRY(prom_measure_module(&arena, &module, kernel, error));
    PROM_TRY(runner->open(runner, &it.session, &module, &it.progress, error));
    const prom_result result = do_rounds(sums, &it, seconds, error);
    runner->close(it.session);
    return result;
}

static int slower_first(const void *a, const void *b)
{
    const uint64_t x = ((const prom_measured_kernel *)a)->fuel_per_second;
    const uint64_t y = ((const prom_measured_kernel *)b)->fuel_per_second;
    return x < y ? -1 : x > y ? 1 : 0;
}

static uint64_t middle_of(const prom_measured_fuel *measured)
{
    prom_measured_kernel sorted[PROM_MEASURED_KERNELS_MAX];
    memcpy(sorted, measured->kernels, sizeof sorted);
    qsort(sorted, measured->count, sizeof *sorted, slower_first);
    return sorted[measured->count / 2].fuel_per_second;
}

prom_result prom_measure_fuel(prom_measured_fuel *measured, const prom_runner *runner, double seconds,
                              const prom_progress *progress, prom_error *error)
{
    prom_course course = {.progress = progress, .begun = prom_clock_seconds(), .seconds = seconds};
    struct sums sums;
    size_t kernels = 0;
    *measured = (prom_measured_fuel){.count = 0};
    while (prom_measure_kernels[kernels].name != NULL) {
        kernels++;
    }
    const double each = seconds / (double)(kernels + 1);
    for (size_t i = 0; i < kernels; i++) {
        prom_measured_kernel *its = &measured->kernels[measured->count++];
        PROM_TRY(measure_kernel(&sums, &prom_measure_kernels[i], runner, each, &course, error));
        *its = (prom_measured_kernel){prom_measure_kernels[i].name, sums.rounds,
                                      prom_measured_rate(sums.fuel, sums.seconds)};
        measured->fuel_per_second = prom_measured_slower(measured->fuel_per_second, its->fuel_per_second);
    }
    measured->fuel_usual = middle_of(measured);
    PROM_TRY(measure_kernel(&sums, &prom_measure_pages, runner, each, &course, error));
    measured->page_ns = (uint64_t)(sums.seconds * NANOSECONDS * STEPS_OF_PAGE / sums.repeats);
    return prom_ok();
}
