#include "support.h"

#include "prometheus/base/amount.h"

static uint64_t sat_of(prom_amount amount)
{
    uint64_t sat = 1;
    assert_true(prom_amount_get(amount, &sat));
    return sat;
}

static void assert_invalid(prom_amount amount)
{
    uint64_t sat = 1;
    assert_false(prom_amount_is_valid(amount));
    assert_false(prom_amount_get(amount, &sat));
    assert_int_equal(sat, 0);
}

/* A random amount, often near an end of the range. */
static prom_amount random_amount(uint64_t *state)
{
    const uint64_t near = next_random(state) % 3;
    switch (next_random(state) % 4) {
    case 0:
        return prom_amount_of(near);
    case 1:
        return prom_amount_of(PROM_AMOUNT_MAX - near);
    case 2:
        return prom_amount_of(next_random(state) % 100000);
    default:
        return prom_amount_of(next_random(state) % (PROM_AMOUNT_MAX + 1));
    }
}

/* Compares an amount with what 128-bit arithmetic gives. */
static void assert_amount(prom_amount amount, __int128 expected)
{
    if (expected < 0 || expected > (__int128)PROM_AMOUNT_MAX) {
        assert_invalid(amount);
    } else {
        assert_true(sat_of(amount) == (uint64_t)expected);
    }
}

static void test_range(void **state)
{
    (void)state;
    assert_int_equal(sat_of(prom_amount_zero()), 0);
    assert_true(sat_of(prom_amount_of(PROM_AMOUNT_MAX)) == PROM_AMOUNT_MAX);
    assert_invalid(prom_amount_of(PROM_AMOUNT_MAX + 1));
    assert_invalid(prom_amount_of(UINT64_MAX));
    assert_invalid(prom_amount_invalid());
}

static void test_against_wide_arithmetic(void **unused)
{
    (void)unused;
    uint64_t state = 1;
    for (int i = 0; i < 200000; i++) {
        const prom_amount a = random_amount(&state);
        const prom_amount b = random_amount(&state);
        const __int128 wide_a = (__int128)sat_of(a);
        const __int128 wide_b = (__int128)sat_of(b);
        const uint64_t count = next_random(&state) >> (next_random(&state) % 64);
        const uint32_t basis_points = (uint32_t)(next_random(&state) % 10001);
        assert_amount(prom_amount_add(a, b), wide_a + wide_b);
        assert_amount(prom_amount_subtract(a, b), wide_a - wide_b);
        assert_amount(prom_amount_multiply(a, count), wide_a * (__int128)count);
        assert_amount(prom_amount_divide(a, count), count == 0 ? -1 : wide_a / (__int128)count);
        assert_amount(prom_amount_fraction(a, basis_points), wide_a * basis_points / 10000);
        assert_amount(prom_amount_larger(a, b), wide_a > wide_b ? wide_a : wide_b);
        assert_int_equal(prom_amount_equal(a, b), wide_a == wide_b);
        assert_int_equal(prom_amount_above(a, b), wide_a > wide_b);
        assert_int_equal(prom_amount_at_least(a, b), wide_a >= wide_b);
        assert_int_equal(prom_amount_is_zero(a), wide_a == 0);
    }
}

static void test_edges(void **state)
{
    (void)state;
    const prom_amount most = prom_amount_of(PROM_AMOUNT_MAX);
    const prom_amount one = prom_amount_of(1);
    assert_invalid(prom_amount_add(most, one));
    assert_invalid(prom_amount_subtract(prom_amount_zero(), one));
    assert_invalid(prom_amount_multiply(one, UINT64_MAX));
    assert_invalid(prom_amount_multiply(most, 2));
    assert_int_equal(sat_of(prom_amount_multiply(prom_amount_zero(), UINT64_MAX)), 0);
    assert_int_equal(sat_of(prom_amount_multiply(most, 0)), 0);
    assert_invalid(prom_amount_divide(one, 0));
    assert_invalid(prom_amount_fraction(one, 10001));
    assert_invalid(prom_amount_fraction(prom_amount_zero(), UINT32_MAX));
    assert_true(sat_of(prom_amount_fraction(most, 10000)) == PROM_AMOUNT_MAX);
    assert_int_equal(sat_of(prom_amount_fraction(prom_amount_of(19999), 5000)), 9999);
}

static void test_invalid_is_contagious(void **state)
{
    (void)state;
    const prom_amount invalid = prom_amount_invalid();
    const prom_amount one = prom_amount_of(1);
    assert_invalid(prom_amount_add(invalid, one));
    assert_invalid(prom_amount_add(one, invalid));
    assert_invalid(prom_amount_subtract(invalid, one));
    assert_invalid(prom_amount_subtract(one, invalid));
    assert_invalid(prom_amount_subtract(invalid, invalid));
    assert_invalid(prom_amount_multiply(invalid, 0));
    assert_invalid(prom_amount_divide(invalid, UINT64_MAX));
    assert_invalid(prom_amount_fraction(invalid, 0));
    assert_invalid(prom_amount_larger(invalid, one));
    assert_invalid(prom_amount_larger(one, invalid));
    assert_false(prom_amount_equal(invalid, invalid));
    assert_false(prom_amount_above(invalid, one));
    assert_false(prom_amount_above(one, invalid));
    assert_false(prom_amount_at_least(invalid, invalid));
    assert_false(prom_amount_at_least(one, invalid));
    assert_false(prom_amount_is_zero(invalid));
}

static void test_text(void **state)
{
    const struct {
        uint64_t sat;
        const char *plain;
        const char *grouped;
    } cases[] = {
        {0, "0", "0"},
        {999, "999", "999"},
        {1000, "1000", "1,000"},
        {1234567, "1234567", "1,234,567"},
        {PROM_AMOUNT_MAX, "2100000000000000", "2,100,000,000,000,000"},
        {PROM_AMOUNT_MAX + 1, "invalid", "invalid"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char plain[PROM_AMOUNT_TEXT];
        char grouped[PROM_AMOUNT_GROUPED];
        assert_string_equal(prom_amount_text(plain, prom_amount_of(cases[i].sat)), cases[i].plain);
        assert_string_equal(prom_amount_grouped(grouped, prom_amount_of(cases[i].sat)), cases[i].grouped);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_range), cmocka_unit_test(test_against_wide_arithmetic),
        cmocka_unit_test(test_edges), cmocka_unit_test(test_invalid_is_contagious),
        cmocka_unit_test(test_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
