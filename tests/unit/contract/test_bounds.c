#include "support.h"

#include "contract/bounds.h"

static void numbers_hold_at_their_limits(void **state)
{
    fixture *test = *state;
    const struct number_bound bounds[] = {BOUND_MIN("x", 5, 5, "five"), BOUND_MAX("y", 7, 7, "seven"),
                                          BOUND_MIN("z", UINT64_MAX, 0, "nothing")};
    assert_ok(prom_check_number_bounds(bounds, COUNT_OF(bounds), "", &test->error), &test->error);
    assert_ok(prom_check_number_bounds(bounds, 0, "", &test->error), &test->error);
}

static void the_first_broken_bound_is_told(void **state)
{
    fixture *test = *state;
    struct number_bound bounds[] = {BOUND_MIN("x", 5, 5, "five"), BOUND_MIN("y", 0, UINT64_MAX, "all"),
                                    BOUND_MAX("z", 8, 7, "seven")};
    assert_fails(prom_check_number_bounds(bounds, 3, "blocks", &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "y is 0 blocks, and at least 18446744073709551615 is needed: all");
    bounds[1].has = UINT64_MAX;
    assert_fails(prom_check_number_bounds(bounds, 3, "", &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "z is 8, and at most 7 is allowed: seven");
}

static void amounts_are_told_in_sat(void **state)
{
    fixture *test = *state;
    struct amount_bound bounds[] = {BOUND_MIN("x", prom_amount_of(5), prom_amount_of(5), "five"),
                                    BOUND_MAX("y", prom_amount_of(7), prom_amount_of(7), "seven")};
    assert_ok(prom_check_amount_bounds(bounds, 2, &test->error), &test->error);
    bounds[0].has = prom_amount_of(4);
    assert_fails(prom_check_amount_bounds(bounds, 2, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "x is 4 sat, and at least 5 is needed: five");
    bounds[0].has = prom_amount_of(5);
    bounds[1].limit = prom_amount_of(6);
    assert_fails(prom_check_amount_bounds(bounds, 2, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "y is 7 sat, and at most 6 is allowed: seven");
    bounds[1].limit = prom_amount_invalid(); /* on either side */
    assert_fails(prom_check_amount_bounds(bounds, 2, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "y is 7 sat, and at most invalid is allowed");
    bounds[0].has = prom_amount_invalid();
    assert_fails(prom_check_amount_bounds(bounds, 2, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "x is invalid sat");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(numbers_hold_at_their_limits),
        FIXTURE_TEST(the_first_broken_bound_is_told),
        FIXTURE_TEST(amounts_are_told_in_sat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
