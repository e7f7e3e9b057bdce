/* The sources themselves over the field of 17 elements, small enough to see every case. Its extension by a root of
 * X^5 + X^2 - 1 is a field too, which test_every_inverse shows. */
#define PROM_FIELD_PRIME UINT32_C(17)
#define PROM_FIELD_GENERATOR 3
#define PROM_FIELD_TWO_ADICITY 4

#define prom_element_power tiny_element_power
#define prom_element_inverse tiny_element_inverse
#define prom_element_root tiny_element_root
#define prom_element_invert_all tiny_element_invert_all
#define prom_extension_equal tiny_extension_equal
#define prom_extension_is_zero tiny_extension_is_zero
#define prom_extension_add tiny_extension_add
#define prom_extension_subtract tiny_extension_subtract
#define prom_extension_multiply tiny_extension_multiply
#define prom_extension_scale tiny_extension_scale
#define prom_extension_power tiny_extension_power
#define prom_extension_inverse tiny_extension_inverse
#define prom_extension_invert_all tiny_extension_invert_all
#define prom_extension_shift tiny_extension_shift
#define prom_field_portable tiny_portable
#define prom_ntt_new tiny_ntt_new
#define prom_ntt_forward tiny_ntt_forward
#define prom_ntt_inverse tiny_ntt_inverse
#define prom_ntt_encode tiny_ntt_encode
#define prom_ntt_shift tiny_ntt_shift
#define prom_bit_reversed tiny_bit_reversed

#include "field/element.c"
#include "field/extension.c"
#undef DEGREE
#define DEGREE KERNEL_DEGREE
#include "field/ntt.c"
#include "field/plain.h"
#include "field/portable.c"

static prom_extension of_index(size_t index)
{
    prom_extension element;
    for (size_t i = 0; i < 5; i++) {
        element.coefficients[i] = (prom_element){(uint32_t)(index % PRIME)};
        index /= PRIME;
    }
    return element;
}

static void test_every_pair(void **state)
{
    (void)state;
    for (uint32_t x = 0; x < PRIME; x++) {
        const prom_element a = prom_element_of(x);
        assert_int_equal(prom_element_value(a), x);
        assert_int_equal(prom_element_value(prom_element_multiply(a, prom_element_inverse(a))), x != 0);
        for (uint32_t y = 0; y < PRIME; y++) {
            const prom_element b = prom_element_of(y);
            assert_int_equal(prom_element_value(prom_element_add(a, b)), (x + y) % PRIME);
            assert_int_equal(prom_element_value(prom_element_subtract(a, b)), (x + PRIME - y) % PRIME);
            assert_int_equal(prom_element_value(prom_element_multiply(a, b)), x * y % PRIME);
        }
    }
}

/* Multiplication is linear in both factors: products of all monomials, and many more. */
static void test_extension_products(void **state)
{
    (void)state;
    uint64_t random = 1;
    for (size_t i = 0; i < 500000; i++) {
        prom_extension a = of_index(next_random(&random) % 1419857);
        prom_extension b = of_index(next_random(&random) % 1419857);
        if (i < 25 * 289) {
            a = prom_extension_zero();
            b = a;
            a.coefficients[i % 5] = (prom_element){(uint32_t)(i / 25 % 17)};
            b.coefficients[i / 5 % 5] = (prom_element){(uint32_t)(i / 25 / 17)};
        }
        const struct plain x = plain_of(&a);
        const struct plain y = plain_of(&b);
        const struct plain expected = plain_multiply(&x, &y);
        const prom_extension product = prom_extension_multiply(&a, &b);
        const struct plain got = plain_of(&product);
        assert_true(plain_equal(&expected, &got));
    }
}

static void test_every_inverse(void **state)
{
    (void)state;
    const prom_extension one = prom_extension_one();
    for (size_t i = 1; i < 1419857; i++) { /* 17^5 */
        const prom_extension a = of_index(i);
        const prom_extension inverse = prom_extension_inverse(&a);
        const prom_extension product = prom_extension_multiply(&a, &inverse);
        if (!prom_extension_equal(&product, &one)) {
            fail_msg("element %zu has no inverse", i);
        }
    }
}

/* low + r (high - low) for all low, high and r of the base field. */
static void test_every_fold(void **state)
{
    (void)state;
    for (uint32_t r = 0; r < PRIME; r++) {
        prom_element low[289];
        prom_element high[289];
        prom_element memory[5][289];
        const prom_planes folded = {{memory[0], memory[1], memory[2], memory[3], memory[4]}};
        const prom_extension challenge = prom_extension_of(prom_element_of(r));
        for (uint32_t i = 0; i < 289; i++) {
            low[i] = prom_element_of(i % 17);
            high[i] = prom_element_of(i / 17);
        }
        prom_field_portable.fold(folded, &challenge, low, high, 289);
        for (uint32_t i = 0; i < 289; i++) {
            assert_int_equal(prom_element_value(memory[0][i]), (i % 17 + r * (i / 17 + 17 - i % 17)) % 17);
            assert_int_equal(memory[3][i].residue, 0);
        }
    }
}

/* Every vector of four coefficients, transformed over the four roots of order 4 and encoded over those of order 16. */
static void test_every_transform(void **state)
{
    fixture *test = *state;
    prom_ntt ntt;
    assert_ok(prom_ntt_new(&test->arena, &ntt, &prom_field_portable, 4, &test->error), &test->error);
    for (size_t index = 0; index < 83521; index++) { /* 17^4 */
        const prom_extension digits = of_index(index);
        prom_element given[4];
        prom_element values[16];
        memcpy(given, digits.coefficients, sizeof given);
        prom_ntt_encode(&ntt, values, given, 2, 2);
        for (size_t i = 0; i < 16; i++) {
            prom_element sum = prom_element_zero();
            for (size_t e = 0; e < 4; e++) {
                const prom_element power = prom_element_power(prom_element_root(4), e * i);
                sum = prom_element_add(sum, prom_element_multiply(given[prom_bit_reversed(e, 2)], power));
            }
            assert_int_equal(values[i].residue, sum.residue);
        }
        prom_element transformed[4];
        memcpy(transformed, given, sizeof given);
        prom_ntt_forward(&ntt, transformed, 2);
        for (size_t i = 0; i < 4; i++) {
            assert_int_equal(transformed[i].residue, values[4 * i].residue);
        }
        prom_ntt_inverse(&ntt, transformed, 2);
        assert_memory_equal(transformed, given, sizeof given);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_pair), cmocka_unit_test(test_extension_products),
                                       cmocka_unit_test(test_every_inverse), cmocka_unit_test(test_every_fold),
                                       FIXTURE_TEST(test_every_transform)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
