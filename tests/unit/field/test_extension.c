#include "field/plain.h"

static struct plain plain_power(struct plain a, uint64_t exponent)
{
    struct plain power = {{1}};
    for (; exponent > 0; exponent >>= 1) {
        if (exponent % 2 == 1) {
            power = plain_multiply(&power, &a);
        }
        a = plain_multiply(&a, &a);
    }
    return power;
}

static uint64_t plain_inverse(uint64_t a)
{
    uint64_t power = 1;
    for (uint64_t exponent = PRIME - 2; exponent > 0; exponent >>= 1) {
        power = exponent % 2 == 1 ? power * a % PRIME : power;
        a = a * a % PRIME;
    }
    return power;
}

/* Whether a and X^5 + X^2 - 1 have no common factor: Euclid's algorithm on coefficients. */
static bool is_prime_to_modulus(const struct plain *a)
{
    uint64_t u[6] = {PRIME - 1, 0, 1, 0, 0, 1};
    uint64_t v[6] = {a->c[0], a->c[1], a->c[2], a->c[3], a->c[4], 0};
    for (;;) {
        size_t degree = 6;
        while (degree > 0 && v[degree - 1] == 0) {
            degree--;
        }
        if (degree <= 1) {
            return degree == 1; /* a constant, or zero */
        }
        const uint64_t inverse = plain_inverse(v[degree - 1]);
        for (size_t top = 6; top-- > degree - 1;) {
            const uint64_t factor = u[top] * inverse % PRIME;
            for (size_t i = 0; i < degree; i++) {
                u[top + 1 - degree + i] = (u[top + 1 - degree + i] + (PRIME - factor) * v[i]) % PRIME;
            }
        }
        for (size_t i = 0; i < 6; i++) {
            const uint64_t kept = u[i];
            u[i] = v[i];
            v[i] = kept;
        }
    }
}

/* A polynomial of degree 5 is irreducible if it has no factor of degree 1 or 2: none in common with X^p - X, nor with
 * X^(p^2) - X (Rabin's test). */
static void test_modulus_is_irreducible(void **state)
{
    (void)state;
    const struct plain x = {{0, 1}};
    const struct plain reducible = {{0}};
    struct plain power = x;
    assert_false(is_prime_to_modulus(&reducible));
    for (size_t degree = 1; degree <= 2; degree++) {
        power = plain_power(power, PRIME);
        struct plain difference = power;
        difference.c[1] = (difference.c[1] + PRIME - 1) % PRIME;
        assert_true(is_prime_to_modulus(&difference));
    }
    for (size_t degree = 3; degree <= 5; degree++) {
        assert_false(plain_equal(&power, &x));
        power = plain_power(power, PRIME);
    }
    assert_true(plain_equal(&power, &x));
}

static void test_against_schoolbook(void **state)
{
    (void)state;
    uint64_t random = 4;
    for (size_t i = 0; i < 100000; i++) {
        const prom_extension a = some_extension(&random);
        const prom_extension b = some_extension(&random);
        const struct plain x = plain_of(&a);
        const struct plain y = plain_of(&b);
        const prom_extension product = prom_extension_multiply(&a, &b);
        const prom_extension sum = prom_extension_add(&a, &b);
        const prom_extension difference = prom_extension_subtract(&a, &b);
        const prom_extension scaled = prom_extension_scale(&a, b.coefficients[0]);
        const struct plain expected = plain_multiply(&x, &y);
        const struct plain got = plain_of(&product);
        assert_true(plain_equal(&expected, &got));
        for (size_t j = 0; j < 5; j++) {
            assert_int_equal(prom_element_value(sum.coefficients[j]), (x.c[j] + y.c[j]) % PRIME);
            assert_int_equal(prom_element_value(difference.coefficients[j]), (x.c[j] + PRIME - y.c[j]) % PRIME);
            assert_int_equal(prom_element_value(scaled.coefficients[j]), x.c[j] * y.c[0] % PRIME);
        }
    }
}

/* Five equal products, the largest that there are, do not fit 64 bits. */
static void test_largest_sums(void **state)
{
    (void)state;
    prom_extension a;
    for (size_t i = 0; i < 5; i++) {
        a.coefficients[i] = (prom_element){PROM_FIELD_PRIME - 1};
    }
    const struct plain x = plain_of(&a);
    const struct plain expected = plain_multiply(&x, &x);
    const prom_extension square = prom_extension_multiply(&a, &a);
    const struct plain got = plain_of(&square);
    assert_true(plain_equal(&expected, &got));
}

static void test_axioms(void **state)
{
    (void)state;
    uint64_t random = 5;
    for (size_t i = 0; i < 10000; i++) {
        const prom_extension a = some_extension(&random);
        const prom_extension b = some_extension(&random);
        const prom_extension c = some_extension(&random);
        const prom_extension ab = prom_extension_multiply(&a, &b);
        const prom_extension ba = prom_extension_multiply(&b, &a);
        const prom_extension bc = prom_extension_multiply(&b, &c);
        const prom_extension left = prom_extension_multiply(&ab, &c);
        const prom_extension right = prom_extension_multiply(&a, &bc);
        const prom_extension b_and_c = prom_extension_add(&b, &c);
        const prom_extension ac = prom_extension_multiply(&a, &c);
        const prom_extension distributed = prom_extension_add(&ab, &ac);
        const prom_extension product = prom_extension_multiply(&a, &b_and_c);
        assert_extension_equal(&ab, &ba);
        assert_extension_equal(&left, &right);
        assert_extension_equal(&product, &distributed);
    }
}

static void test_inverse(void **state)
{
    (void)state;
    uint64_t random = 6;
    const prom_extension one = prom_extension_one();
    for (size_t i = 0; i < 2000; i++) {
        const prom_extension a = some_extension(&random);
        const prom_extension inverse = prom_extension_inverse(&a);
        const prom_extension product = prom_extension_multiply(&a, &inverse);
        const prom_extension expected = prom_extension_is_zero(&a) ? prom_extension_zero() : one;
        assert_extension_equal(&product, &expected);
    }
    const prom_extension zero = prom_extension_zero();
    const prom_extension of_zero = prom_extension_inverse(&zero);
    assert_extension_equal(&of_zero, &zero);
    for (size_t i = 0; i < 5; i++) { /* X^i: pivots that are not on the diagonal */
        prom_extension power = zero;
        power.coefficients[i] = prom_element_one();
        const prom_extension inverse = prom_extension_inverse(&power);
        const prom_extension product = prom_extension_multiply(&power, &inverse);
        assert_extension_equal(&product, &one);
    }
}

static void test_invert_all(void **state)
{
    (void)state;
    uint64_t random = 7;
    for (size_t count = 0; count <= 20; count++) {
        prom_extension elements[20];
        prom_extension given[20];
        prom_extension scratch[20];
        for (size_t i = 0; i < count; i++) {
            elements[i] = some_extension(&random);
            elements[i].coefficients[0] = prom_element_one();
            given[i] = elements[i];
        }
        assert_true(prom_extension_invert_all(elements, scratch, count));
        for (size_t i = 0; i < count; i++) {
            const prom_extension expected = prom_extension_inverse(&given[i]);
            assert_extension_equal(&elements[i], &expected);
        }
        if (count > 0) {
            elements[random_below(&random, count)] = prom_extension_zero();
            assert_false(prom_extension_invert_all(elements, scratch, count));
        }
    }
}

static void test_power(void **state)
{
    (void)state;
    uint64_t random = 8;
    for (size_t i = 0; i < 200; i++) {
        const prom_extension a = some_extension(&random);
        const uint64_t exponent = next_random(&random) >> random_below(&random, 64);
        const struct plain expected = plain_power(plain_of(&a), exponent);
        const prom_extension power = prom_extension_power(&a, exponent);
        const struct plain got = plain_of(&power);
        assert_true(plain_equal(&expected, &got));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_modulus_is_irreducible),
                                       cmocka_unit_test(test_against_schoolbook),
                                       cmocka_unit_test(test_largest_sums),
                                       cmocka_unit_test(test_axioms),
                                       cmocka_unit_test(test_inverse),
                                       cmocka_unit_test(test_invert_all),
                                       cmocka_unit_test(test_power)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
