#include "support.h"

#include "net/quota.h"

static void test_so_many_a_second(void **state)
{
    (void)state;
    prom_quota quota = prom_quota_new(10, 1000);
    size_t used = 0;
    while (prom_quota_allows(&quota, 1000)) {
        prom_quota_use(&quota, 1);
        used++;
    }
    assert_int_equal(used, 10 * PROM_QUOTA_BURST_SECONDS);
    const int64_t wait = prom_quota_wait(&quota, 1000);
    assert_true(wait > 0 && wait <= 101);
    assert_false(prom_quota_allows(&quota, 1000 + wait - 2));
    assert_true(prom_quota_allows(&quota, 1000 + wait));
    for (int64_t now = 2000; now < 12000; now += 10) {
        if (prom_quota_allows(&quota, now)) {
            prom_quota_use(&quota, 1);
            used++;
        }
    }
    assert_in_range(used, 200, 211); /* eleven seconds' worth more */
}

/* Something large makes wait, but never for longer than the burst. */
static void test_debt_is_bounded(void **state)
{
    (void)state;
    prom_quota quota = prom_quota_new(UINT32_MAX, 0);
    prom_quota_use(&quota, UINT64_MAX);
    for (size_t i = 0; i < 100; i++) {
        prom_quota_use(&quota, UINT64_MAX);
    }
    assert_true(prom_quota_wait(&quota, 0) <= 1000 * PROM_QUOTA_BURST_SECONDS + 1);
    assert_true(prom_quota_allows(&quota, 1000 * PROM_QUOTA_BURST_SECONDS + 1));
}

/* What was none of it is given back, and never more than all. */
static void test_what_is_returned(void **state)
{
    (void)state;
    prom_quota quota = prom_quota_new(10, 0);
    const int64_t full = quota.thousandths;
    prom_quota_use(&quota, 150);
    assert_false(prom_quota_allows(&quota, 0));
    prom_quota_return(&quota, 149);
    assert_int_equal(quota.thousandths, full - 1000);
    prom_quota_return(&quota, 2);
    assert_int_equal(quota.thousandths, full);
    prom_quota_return(&quota, UINT64_MAX);
    assert_int_equal(quota.thousandths, full);
}

/* A machine that slept, or a clock that stands still. */
static void test_times_that_are_far_apart(void **state)
{
    (void)state;
    prom_quota quota = prom_quota_new(UINT32_MAX, 0);
    assert_true(prom_quota_allows(&quota, INT64_MAX));
    assert_true(prom_quota_allows(&quota, 5)); /* never backwards */
    prom_quota_use(&quota, 1);
    assert_true(prom_quota_allows(&quota, 5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_so_many_a_second),
        cmocka_unit_test(test_debt_is_bounded),
        cmocka_unit_test(test_what_is_returned),
        cmocka_unit_test(test_times_that_are_far_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
