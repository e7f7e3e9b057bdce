#include "support.h"

#include <time.h>

#include "daemon/measure_fuel.h"
#include "daemon/measure_kernels.h"

/* A runner whose sessions take so long for each repeat, one after another, and the same for an instance. */
enum { SESSIONS = 4, FUEL = 10, INSTANCE_FUEL = 77, INSTANCE_NS = 2000000, HUNDRED = 100 };

static const uint64_t repeat_ns[SESSIONS] = {100, 500, 200, 1000};

struct prom_runner_session {
    uint64_t ns;
};

struct fake {
    size_t opened;
    size_t fails_at; /* the session whose module traps; SESSIONS: none */
    struct prom_runner_session sessions[SESSIONS];
};

static prom_result open_session(const prom_runner *runner, prom_runner_session **session, const prom_module *module,
                                const prom_progress *progress, prom_error *error)
{
    struct fake *fake = runner->context;
    (void)module;
    (void)progress;
    (void)error;
    assert_true(fake->opened < SESSIONS);
    fake->sessions[fake->opened].ns = fake->opened == fake->fails_at ? 0 : repeat_ns[fake->opened];
    *session = &fake->sessions[fake->opened++];
    return prom_ok();
}

static void wait_for(uint64_t ns)
{
    struct timespec left = {(time_t)(ns / 1000000000), (long)(ns % 1000000000)};
    while (nanosleep(&left, &left) != 0) {
    }
}

static prom_result run_session(prom_runner_session *session, prom_arena *arena, prom_node_result *results,
                               const prom_module_call *calls, size_t count, const prom_progress *progress,
                               prom_error *error)
{
    uint64_t repeats = 0;
    (void)arena;
    assert_int_equal(count, 1);
    assert_int_equal(calls[0].first.length, 4);
    assert_false(calls[0].fold);
    for (size_t i = 0; i < 4; i++) {
        repeats |= (uint64_t)calls[0].first.data[i] << 8 * i;
    }
    if (session->ns == 0) {
        results[0] = (prom_node_result){.status = PROM_NODE_TRAP, .trap = PROM_TRAP_UNREACHABLE};
        return prom_ok();
    }
    wait_for(INSTANCE_NS + repeats * session->ns);
    results[0] = (prom_node_result){.fuel = INSTANCE_FUEL + repeats * FUEL};
    return prom_progress_report(progress, 1, 1, error);
}

static void close_session(prom_runner_session *session)
{
    (void)session;
}

static prom_runner runner_of(struct fake *fake)
{
    *fake = (struct fake){.fails_at = SESSIONS};
    return (prom_runner){.open = open_session, .run = run_session, .close = close_session, .context = fake};
}

struct seen {
    size_t last;
    size_t stop_at; /* hundredths */
};

static bool report(void *context, size_t done, size_t total)
{
    struct seen *seen = context;
    assert_int_equal(total, HUNDRED);
    assert_in_range(done, seen->last, HUNDRED);
    seen->last = done;
    return done < seen->stop_at;
}

/* A sleep is never shorter than it should be, and on a machine that is busy longer. */
static void the_slowest_counts(void **state)
{
    fixture *test = *state;
    static const char *const names[] = {"integers", "divisions", "loads"};
    struct fake fake;
    struct seen seen = {0, HUNDRED + 1};
    const prom_progress progress = {report, &seen};
    const prom_runner runner = runner_of(&fake);
    prom_measured_fuel measured;
    uint64_t slowest = UINT64_MAX;
    assert_ok(prom_measure_fuel(&measured, &runner, 1, &progress, &test->error), &test->error);
    assert_int_equal(fake.opened, SESSIONS);
    assert_int_equal(measured.count, COUNT_OF(names));
    for (size_t i = 0; i < measured.count; i++) {
        const prom_measured_kernel *its = &measured.kernels[i];
        const uint64_t most = UINT64_C(1000000000) * FUEL / repeat_ns[i];
        assert_string_equal(its->name, names[i]);
        assert_true(its->rounds > 0);
        assert_in_range(its->fuel_per_second, most / 4, most + most / 10);
        slowest = its->fuel_per_second < slowest ? its->fuel_per_second : slowest;
    }
    assert_int_equal(slowest, measured.kernels[1].fuel_per_second);
    assert_in_range(measured.fuel_per_second, slowest - slowest / 10, slowest);
    assert_int_equal(measured.fuel_usual, measured.kernels[2].fuel_per_second);
    assert_in_range(measured.page_ns, 16 * repeat_ns[3] * 9 / 10, 16 * repeat_ns[3] * 4);
}

static void it_stops_when_it_is_told_to(void **state)
{
    fixture *test = *state;
    struct fake fake;
    struct seen seen = {0, 10};
    const prom_progress progress = {report, &seen};
    const prom_runner runner = runner_of(&fake);
    prom_measured_fuel measured;
    assert_fails(prom_measure_fuel(&measured, &runner, 5, &progress, &test->error), PROM_CATEGORY_STOPPED, &test->error,
                 "");
    assert_true(seen.last < HUNDRED / 2);
}

static void a_module_that_fails_is_no_measure(void **state)
{
    fixture *test = *state;
    struct fake fake;
    const prom_runner runner = runner_of(&fake);
    prom_measured_fuel measured;
    fake.fails_at = 1;
    assert_fails(prom_measure_fuel(&measured, &runner, 0.1, NULL, &test->error), PROM_CATEGORY_BROKEN, &test->error,
                 "the module 'divisions', which fuel is measured with, has failed: trap");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(the_slowest_counts),
        FIXTURE_TEST(it_stops_when_it_is_told_to),
        FIXTURE_TEST(a_module_that_fails_is_no_measure),
    };
    return cmocka_run_group_tests_name("daemon/measure_fuel", tests, NULL, NULL);
}
