#include "support.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_counts_milliseconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
