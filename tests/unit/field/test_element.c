#include "field/plain.h"

static void test_parameters(void **state)
{
    (void)state;
    assert_int_equal(PRIME, (UINT64_C(1) << 31) - (UINT64_C(1) << 24) + 1);
    for (uint64_t divisor = 2; divisor * divisor <= PRIME; divisor++) {
        assert_true(PRIME % divisor != 0);
    }
    assert_int_equal((PRIME - 1) % (UINT64_C(1) << PROM_FIELD_TWO_ADICITY), 0);
    assert_int_equal((PRIME - 1) >> PROM_FIELD_TWO_ADICITY, 127);
    /* 3 generates: its order divides p - 1 = 2^24 * 127 and neither half nor a 127th of it. */
    const prom_element generator = prom_element_of(PROM_FIELD_GENERATOR);
    assert_int_equal(prom_element_value(prom_element_power(generator, PRIME - 1)), 1);
    assert_int_not_equal(prom_element_value(prom_element_power(generator, (PRIME - 1) / 2)), 1);
    assert_int_not_equal(prom_element_value(prom_element_power(generator, (PRIME - 1) / 127)), 1);
    assert_int_equal((uint32_t)(PROM_FIELD_INVERSE_32 * PROM_FIELD_PRIME), 1);
}

static void test_against_remainders(void **state)
{
    (void)state;
    uint64_t random = 1;
    for (size_t i = 0; i < 200000; i++) {
        const prom_element a = some_element(&random);
        const prom_element b = some_element(&random);
        const uint64_t x = prom_element_value(a);
        const uint64_t y = prom_element_value(b);
        assert_true(x < PRIME && prom_element_of((uint32_t)x).residue == a.residue);
        assert_int_equal(prom_element_value(prom_element_add(a, b)), (x + y) % PRIME);
        assert_int_equal(prom_element_value(prom_element_subtract(a, b)), (x + PRIME - y) % PRIME);
        assert_int_equal(prom_element_value(prom_element_negate(a)), (PRIME - x) % PRIME);
        assert_int_equal(prom_element_value(prom_element_multiply(a, b)), x * y % PRIME);
    }
    assert_int_equal(prom_element_value(prom_element_one()), 1);
}

static void test_of(void **state)
{
    (void)state;
    const uint32_t numbers[] = {0, 1, 2, PROM_FIELD_PRIME - 1, PROM_FIELD_PRIME, PROM_FIELD_PRIME + 1, UINT32_MAX};
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        assert_int_equal(prom_element_value(prom_element_of(numbers[i])), numbers[i] % PRIME);
    }
    const int32_t signed_numbers[] = {0, 1, -1, INT32_MAX, INT32_MIN, -128, 127, (int32_t)PROM_FIELD_PRIME};
    for (size_t i = 0; i < COUNT_OF(signed_numbers); i++) {
        const int64_t residue = ((int64_t)signed_numbers[i] % (int64_t)PRIME + (int64_t)PRIME) % (int64_t)PRIME;
        assert_int_equal(prom_element_value(prom_element_of_signed(signed_numbers[i])), residue);
    }
}

static void test_inverse(void **state)
{
    (void)state;
    uint64_t random = 2;
    for (size_t i = 0; i < 2000; i++) {
        const prom_element a = some_element(&random);
        const prom_element product = prom_element_multiply(a, prom_element_inverse(a));
        assert_int_equal(prom_element_value(product), a.residue != 0);
    }
}

static void test_invert_all(void **state)
{
    (void)state;
    uint64_t random = 3;
    for (size_t count = 0; count <= 70; count++) {
        prom_element elements[70];
        prom_element given[70];
        prom_element scratch[70];
        for (size_t i = 0; i < count; i++) {
            elements[i] = given[i] = prom_element_of((uint32_t)(1 + next_random(&random) % (PRIME - 1)));
        }
        assert_true(prom_element_invert_all(elements, scratch, count));
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(elements[i].residue, prom_element_inverse(given[i]).residue);
        }
        if (count > 0) {
            elements[random_below(&random, count)] = prom_element_zero();
            memcpy(given, elements, sizeof given);
            assert_false(prom_element_invert_all(elements, scratch, count));
            assert_memory_equal(given, elements, count * sizeof *given);
        }
    }
}

static void test_roots(void **state)
{
    (void)state;
    assert_int_equal(prom_element_value(prom_element_root(0)), 1);
    assert_int_equal(prom_element_value(prom_element_root(1)), PRIME - 1);
    for (size_t k = 1; k <= PROM_FIELD_TWO_ADICITY; k++) {
        const prom_element root = prom_element_root(k);
        assert_int_equal(prom_element_value(prom_element_power(root, UINT64_C(1) << (k - 1))), PRIME - 1);
        assert_int_equal(prom_element_multiply(root, root).residue, prom_element_root(k - 1).residue);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_parameters), cmocka_unit_test(test_against_remainders),
                                       cmocka_unit_test(test_of),         cmocka_unit_test(test_inverse),
                                       cmocka_unit_test(test_invert_all), cmocka_unit_test(test_roots)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
