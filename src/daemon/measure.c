#include "daemon/measure.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "daemon/measure_course.h"
#include "daemon/measure_programs.h"
#include "market/work.h"
#include "prometheus/program/run.h"
#include "prometheus/scheme/scheme.h"
#include "system/clock.h"
#include "system/memory.h"

enum { ITEMS_MAX = 4096, HUNDRED = 100, SIXTH = 6 };

#define MEMORY ((size_t)1 << 36) /* of an arena: the machine's memory ends before */
#define RUN_SECONDS 0.02         /* plain runs are repeated for so long: one may be over in microseconds */

struct sums {
    double macs, effort, steps;
    double run_seconds, prove_seconds, check_seconds;
    uint32_t rounds;
};

bool prom_course_report(void *context, size_t done, size_t total)
{
    const prom_course *course = context;
    const double part = (prom_clock_seconds() - course->begun) / course->seconds;
    (void)done;
    (void)total;
    return course->progress == NULL ||
           course->progress->report(course->progress->context, part < 1 ? (size_t)(part * HUNDRED) : HUNDRED, HUNDRED);
}

/* -- A round -- */

static prom_result run(prom_arena *arena, double *seconds, uint8_t *outputs, const prom_statement *statement,
                       prom_error *error)
{
    prom_executor *executor = NULL;
    unsigned runs = 0;
    PROM_TRY(prom_executor_new(arena, &executor, statement->program, prom_program_kernels_best(), NULL, error));
    const prom_executor_request request = {.inputs = statement->inputs, .items = statement->items, .memory = MEMORY};
    const double begun = prom_clock_seconds();
    do {
        PROM_TRY(prom_executor_run(executor, outputs, &request, error));
        runs++;
        *seconds = (prom_clock_seconds() - begun) / runs;
    } while (*seconds * runs < RUN_SECONDS);
    return prom_ok();
}

static prom_result do_round(struct sums *sums, double *took, const prom_program *program, uint32_t items,
                            prom_course *course, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    const prom_progress progress = {prom_course_report, course};
    prom_statement statement = {.program = program, .items = items};
    uint8_t *outputs = NULL;
    prom_work work;
    prom_span proof;
    double run_seconds = 0;
    prom_arena_init(&arena, MEMORY);
    PROM_TRY(prom_measure_inputs(&arena, &statement, &outputs, error));
    PROM_TRY(prom_work_of(&arena, &work, program, PROM_SCHEME_SUMCHECK, items, error));
    PROM_TRY(run(&arena, &run_seconds, outputs, &statement, error));
    const double begun = prom_clock_seconds();
    PROM_TRY(prom_statement_prove(&arena, &proof, outputs, &statement, NULL, &progress, error));
    const double proven = prom_clock_seconds();
    PROM_TRY(prom_statement_verify(&arena, &statement, proof, NULL, error));
    *took = prom_clock_seconds() - begun;
    sums->macs += (double)work.macs;
    sums->run_seconds += run_seconds;
    sums->effort += (double)work.prove_effort;
    sums->prove_seconds += proven - begun > run_seconds ? proven - begun - run_seconds : proven - begun;
    sums->steps += (double)work.check_steps;
    sums->check_seconds += prom_clock_seconds() - proven;
    sums->rounds++;
    return prom_ok();
}

/* Whether twice as many items fit what is left of the machine's memory. */
static bool may_double(const prom_program *program, uint32_t items)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_work work;
    prom_error ignored;
    prom_arena_init(&arena, MEMORY);
    return items <= ITEMS_MAX / 2 &&
           prom_is_ok(prom_work_of(&arena, &work, program, PROM_SCHEME_SUMCHECK, 2 * items, &ignored)) &&
           work.prove_memory < prom_memory_available() / 2;
}

uint64_t prom_measured_rate(double count, double seconds)
{
    const double a_second = seconds > 0 ? count / seconds : 0;
    return a_second < 1 ? 1 : a_second < 1e15 ? (uint64_t)a_second : UINT64_C(1000000000000000);
}

/* Batches grow until a round takes a sixth of the time; those before are not counted, as small ones are slower. */
static prom_result measure_one(prom_measured_program *measured, const prom_program *program, double seconds,
                               prom_course *course, prom_error *error)
{
    const double end = prom_clock_seconds() + seconds;
    struct sums sums = {.rounds = 0};
    double took = 0;
    measured->items = 1;
    PROM_TRY(do_round(&sums, &took, program, measured->items, course, error));
    while (took < seconds / SIXTH && may_double(program, measured->items)) {
        sums = (struct sums){.rounds = 0};
        measured->items *= 2;
        PROM_TRY(do_round(&sums, &took, program, measured->items, course, error));
    }
    while (prom_clock_seconds() + took <= end) {
        PROM_TRY(do_round(&sums, &took, program, measured->items, course, error));
    }
    measured->rounds = sums.rounds;
    measured->macs_per_second = prom_measured_rate(sums.macs, sums.run_seconds);
    measured->effort_per_second = prom_measured_rate(sums.effort, sums.prove_seconds);
    measured->steps_per_second = prom_measured_rate(sums.steps, sums.check_seconds);
    return prom_ok();
}

/* -- All of it -- */

static uint64_t two_digits(uint64_t number)
{
    uint64_t unit = 1;
    while (number / unit >= HUNDRED) {
        unit *= 10;
    }
    return number / unit * unit;
}

uint64_t prom_measured_slower(uint64_t so_far, uint64_t number)
{
    const uint64_t rounded = two_digits(number);
    return so_far == 0 || rounded < so_far ? rounded : so_far;
}

static prom_result measure_kind(prom_measured *measured, const prom_program *program, const char *name, double seconds,
                                prom_course *course, prom_error *error)
{
    prom_measured_program *its = &measured->programs[measured->count++];
    its->name = name;
    PROM_TRY(measure_one(its, program, seconds, course, error));
    measured->macs_per_second = prom_measured_slower(measured->macs_per_second, its->macs_per_second);
    measured->effort_per_second = prom_measured_slower(measured->effort_per_second, its->effort_per_second);
    measured->steps_per_second = prom_measured_slower(measured->steps_per_second, its->steps_per_second);
    return prom_ok();
}

prom_result prom_measure(prom_measured *measured, const prom_program *program, const char *name, double seconds,
                         const prom_progress *progress, prom_error *error)
{
    prom_course course = {.progress = progress, .begun = prom_clock_seconds(), .seconds = seconds};
    size_t kinds = 0;
    *measured = (prom_measured){.count = 0};
    while (prom_measure_kinds[kinds].name != NULL) {
        kinds++;
    }
    if (program != NULL) {
        return measure_kind(measured, program, name, seconds, &course, error);
    }
    for (size_t i = 0; i < kinds; i++) {
        PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
        const prom_program *made = NULL;
        prom_arena_init(&arena, MEMORY);
        PROM_TRY(prom_measure_kinds[i].make(&arena, &made, error));
        PROM_TRY(measure_kind(measured, made, prom_measure_kinds[i].name, seconds / (double)kinds, &course, error));
    }
    return prom_ok();
}

/* -- The disk -- */

static bool write_all(int file, const uint8_t *bytes, size_t length)
{
    for (size_t at = 0; at < length;) {
        const ssize_t written = write(file, bytes + at, length - at);
        if (written < 0 && errno != EINTR) {
            return false;
        }
        at += written > 0 ? (size_t)written : 0;
    }
    return true;
}

prom_result prom_measure_disk(uint64_t *bytes_per_second, const char *folder, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    uint8_t *bytes = NULL;
    prom_arena_init(&arena, 2 * PROM_MEASURE_DISK_BYTES);
    PROM_TRY_NEW(bytes, &arena, PROM_MEASURE_DISK_BYTES, error);
    memset(bytes, 0x5a, PROM_MEASURE_DISK_BYTES);
    const int file = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    if (file < 0) {
        return prom_fail(error, PROM_CATEGORY_IO, "no file can be written in %.300s: %s", folder, strerror(errno));
    }
    const double begun = prom_clock_seconds();
    const bool written = write_all(file, bytes, PROM_MEASURE_DISK_BYTES) && fdatasync(file) == 0;
    const int why = errno;
    *bytes_per_second = prom_measured_rate((double)PROM_MEASURE_DISK_BYTES, prom_clock_seconds() - begun);
    (void)close(file);
    return written ? prom_ok()
                   : prom_fail(error, PROM_CATEGORY_IO, "%.300s cannot be written to: %s", folder, strerror(why));
}

/* -- Prices -- */

uint64_t prom_measured_price(uint64_t sat_an_hour, uint64_t per_second)
{
    const uint64_t earned = prom_count_times(sat_an_hour, UINT64_C(1000000000)); /* msat for a million */
    const uint64_t price = prom_count_over(earned, prom_count_times(per_second, 3600));
    return price > 0 ? price : 1;
}
