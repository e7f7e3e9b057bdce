#include "support.h"

#include <time.h>
#include <unistd.h>

#include "system/clock.h"

static void test_it_counts_milliseconds(void **state)
{
    (void)state;
    const int64_t before = prom_clock_milliseconds();
    assert_int_equal(usleep(20000), 0);
    const int64_t passed = prom_clock_milliseconds() - before;
    assert_true(passed >= 19 && passed < 10000);
}

/* Later than this test was written, and within a second of the C library's clock. */
static void test_it_knows_the_date(void **state)
{
    (void)state;
    const int64_t date = prom_clock_date();
    assert_true(date > 1700000000);
    assert_true(date >= (int64_t)time(NULL) - 1 && date <= (int64_t)time(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_counts_milliseconds),
        cmocka_unit_test(test_it_knows_the_date),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
