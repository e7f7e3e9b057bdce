#include "support.h"

#include "crypto/group.h"

#define GENERATOR "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"

static const prom_point zeros = {{0}};

static prom_point point_of_hex(const char *text)
{
    prom_point point;
    assert_true(prom_hex_parse(point.bytes, sizeof point.bytes, text, strlen(text)));
    return point;
}

static prom_scalar random_scalar(uint64_t *state)
{
    const prom_bytes32 bytes = random_bytes32(state);
    prom_scalar scalar;
    prom_scalar_reduce(&scalar, &bytes);
    return scalar;
}

static prom_element element_of(const fixture *test, const prom_scalar *scalar)
{
    prom_element element;
    prom_element_of_scalar(test->curve, &element, scalar);
    return element;
}

static void test_parse(void **state)
{
    static const char *const bad[] = {
        "04" GENERATOR,                                                       /* no such prefix */
        "00" GENERATOR,                                                       /* only all zeros are infinity */
        "020000000000000000000000000000000000000000000000000000000000000005", /* no y */
        "03fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f", /* the size of the field */
        "000000000000000000000000000000000000000000000000000000000000000001",
    };
    fixture *test = *state;
    prom_element element;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        const prom_point point = point_of_hex(bad[i]);
        assert_false(prom_element_parse(test->curve, &element, &point));
        assert_true(element.infinite);
        assert_false(prom_element_parse_or_infinity(test->curve, &element, &point));
    }
    assert_false(prom_element_parse(test->curve, &element, &zeros));
    assert_true(prom_element_parse_or_infinity(test->curve, &element, &zeros));
    assert_true(element.infinite);
    const prom_point odd = point_of_hex("03" GENERATOR);
    assert_true(prom_element_parse_or_infinity(test->curve, &element, &odd));
    assert_false(element.infinite);
    const prom_point back = prom_element_serialize(test->curve, &element);
    assert_memory_equal(&back, &odd, sizeof odd);
    const prom_bytes32 x = prom_element_x(test->curve, &element);
    assert_hex32(&x, GENERATOR);
    assert_true(prom_element_odd(test->curve, &element));
    prom_element_negate_if(test->curve, &element, false);
    assert_true(prom_element_odd(test->curve, &element));
    prom_element_negate_if(test->curve, &element, true);
    assert_false(prom_element_odd(test->curve, &element));
}

static void test_infinity(void **unused)
{
    fixture *test = *unused;
    uint64_t state = 1;
    const prom_scalar zero = prom_scalar_of_number(0);
    const prom_scalar scalar = random_scalar(&state);
    const prom_element infinity = prom_element_infinity();
    const prom_element point = element_of(test, &scalar);
    prom_element result = element_of(test, &zero);
    assert_true(result.infinite);
    prom_point bytes = prom_element_serialize(test->curve, &result);
    assert_memory_equal(&bytes, &zeros, sizeof bytes);
    prom_element_multiply_vartime(test->curve, &result, &point, &zero);
    assert_true(result.infinite);
    prom_element_multiply_vartime(test->curve, &result, &infinity, &scalar);
    assert_true(result.infinite);
    prom_element_negate_if(test->curve, &result, true);
    assert_true(result.infinite);
    prom_element_add(test->curve, &result, &infinity, &infinity);
    assert_true(result.infinite);
    prom_element_add(test->curve, &result, &point, &infinity);
    assert_true(prom_element_equal(test->curve, &result, &point));
    prom_element_add(test->curve, &result, &infinity, &point);
    assert_true(prom_element_equal(test->curve, &result, &point));
    assert_false(prom_element_equal(test->curve, &infinity, &point));
    prom_element_negate_if(test->curve, &result, true);
    assert_false(prom_element_equal(test->curve, &result, &point));
    prom_element_add(test->curve, &result, &result, &point);
    assert_true(result.infinite);
}

/* (a + b) G = a G + b G, a (b G) = (a b) G. */
static void test_linear(void **unused)
{
    fixture *test = *unused;
    uint64_t state = 2;
    for (size_t i = 0; i < 16; i++) {
        const prom_scalar a = random_scalar(&state);
        const prom_scalar b = i == 0 ? a : random_scalar(&state); /* a doubling is an addition too */
        const prom_element a_point = element_of(test, &a);
        const prom_element b_point = element_of(test, &b);
        prom_scalar scalar;
        prom_element due;
        prom_element made;
        prom_scalar_add(&scalar, &a, &b);
        due = element_of(test, &scalar);
        prom_element_add(test->curve, &made, &a_point, &b_point);
        assert_true(prom_element_equal(test->curve, &made, &due));
        prom_scalar_multiply(&scalar, &a, &b);
        due = element_of(test, &scalar);
        prom_element_multiply_vartime(test->curve, &made, &b_point, &a);
        assert_true(prom_element_equal(test->curve, &made, &due));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_parse),
        FIXTURE_TEST(test_infinity),
        FIXTURE_TEST(test_linear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
