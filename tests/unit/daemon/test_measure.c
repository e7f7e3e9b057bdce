#include "support.h"

#include "daemon/measure.h"
#include "daemon/measure_programs.h"
#include "system/clock.h"

enum { HUNDRED = 100 };

struct seen {
    size_t calls;
    size_t last;
    size_t stop_at; /* this call says stop; 0: none */
};

static bool report(void *context, size_t done, size_t total)
{
    struct seen *seen = context;
    assert_int_equal(total, HUNDRED);
    assert_in_range(done, seen->last, HUNDRED);
    seen->last = done;
    return ++seen->calls != seen->stop_at;
}

static void it_measures_every_kind(void **state)
{
    fixture *test = *state;
    struct seen seen = {.calls = 0};
    const prom_progress progress = {report, &seen};
    prom_measured measured;
    const double begun = prom_clock_seconds();
    assert_ok(prom_measure(&measured, NULL, NULL, 0.4, &progress, &test->error), &test->error);
    assert_true(prom_clock_seconds() - begun < 30);
    assert_true(seen.calls > 0);
    assert_int_equal(measured.count, 2);
    for (size_t i = 0; i < measured.count; i++) {
        const prom_measured_program *its = &measured.programs[i];
        assert_string_equal(its->name, prom_measure_kinds[i].name);
        assert_true(its->items > 0 && its->rounds > 0);
        assert_true(its->macs_per_second >= measured.macs_per_second);
        assert_true(its->effort_per_second >= measured.effort_per_second);
        assert_true(its->steps_per_second >= measured.steps_per_second);
        assert_true(its->macs_per_second > 1000000); /* any machine that this runs on */
    }
    const uint64_t speeds[] = {measured.macs_per_second, measured.effort_per_second, measured.steps_per_second};
    for (size_t i = 0; i < COUNT_OF(speeds); i++) {
        uint64_t digits = speeds[i];
        while (digits % 10 == 0) {
            digits /= 10;
        }
        assert_in_range(digits, 1, HUNDRED - 1);
    }
}

static void it_measures_a_program_that_is_given(void **state)
{
    fixture *test = *state;
    const prom_program *program = NULL;
    prom_measured measured;
    assert_ok(prom_measure_kinds[1].make(&test->arena, &program, &test->error), &test->error);
    assert_ok(prom_measure(&measured, program, "mine", 0.1, NULL, &test->error), &test->error);
    assert_int_equal(measured.count, 1);
    assert_string_equal(measured.programs[0].name, "mine");
}

static void it_stops_when_it_is_told_to(void **state)
{
    fixture *test = *state;
    struct seen seen = {.stop_at = 1};
    const prom_progress progress = {report, &seen};
    prom_measured measured;
    assert_fails(prom_measure(&measured, NULL, NULL, 60, &progress, &test->error), PROM_CATEGORY_STOPPED, &test->error,
                 "");
    assert_int_equal(seen.calls, 1);
}

static void the_disk(void **state)
{
    fixture *test = *state;
    uint64_t speed = 0;
    assert_ok(prom_measure_disk(&speed, "/tmp", &test->error), &test->error);
    assert_true(speed > 0);
    assert_fails(prom_measure_disk(&speed, "/nowhere", &test->error), PROM_CATEGORY_IO, &test->error, "/nowhere");
}

static void prices_earn_what_is_wanted(void **state)
{
    (void)state;
    /* A million a second, for an hour: 3600 millions earn 3,600,000 msat at 1000 msat each. */
    assert_int_equal(prom_measured_price(3600, 1000000), 1000);
    assert_int_equal(prom_measured_price(3601, 1000000), 1001); /* rounded up */
    assert_int_equal(prom_measured_price(1, UINT64_C(1000000000000)), 1);
    assert_int_equal(prom_measured_price(0, 1), 1);
    assert_true(prom_measured_price(UINT32_MAX, 1) < UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(it_measures_every_kind),      FIXTURE_TEST(it_measures_a_program_that_is_given),
        FIXTURE_TEST(it_stops_when_it_is_told_to), FIXTURE_TEST(the_disk),
        FIXTURE_TEST(prices_earn_what_is_wanted),
    };
    return cmocka_run_group_tests_name("daemon/measure", tests, NULL, NULL);
}
