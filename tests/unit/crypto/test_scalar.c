#include "support.h"

#include "crypto/scalar.h"

static prom_scalar scalar_member(const json_t *object, const char *key)
{
    const prom_bytes32 bytes = bytes32_of_hex(member_text(object, key));
    prom_scalar scalar;
    assert_true(prom_scalar_parse(&scalar, &bytes));
    return scalar;
}

static void assert_scalar(const prom_scalar *scalar, const json_t *object, const char *key)
{
    prom_bytes32 bytes;
    prom_scalar_serialize(&bytes, scalar);
    assert_hex32(&bytes, member_text(object, key));
}

static void check_pair(const json_t *pair)
{
    const prom_scalar a = scalar_member(pair, "a");
    const prom_scalar b = scalar_member(pair, "b");
    prom_scalar result;
    prom_scalar_add(&result, &a, &b);
    assert_scalar(&result, pair, "sum");
    prom_scalar_subtract(&result, &a, &b);
    assert_scalar(&result, pair, "difference");
    prom_scalar_multiply(&result, &a, &b);
    assert_scalar(&result, pair, "product");
    /* in place */
    result = a;
    prom_scalar_add(&result, &result, &b);
    assert_scalar(&result, pair, "sum");
    result = b;
    prom_scalar_subtract(&result, &a, &result);
    assert_scalar(&result, pair, "difference");
    result = b;
    prom_scalar_multiply(&result, &a, &result);
    assert_scalar(&result, pair, "product");
}

static void check_single(const json_t *single)
{
    const prom_scalar a = scalar_member(single, "a");
    prom_scalar result = a;
    prom_scalar_negate_if(&result, false);
    assert_scalar(&result, single, "a");
    prom_scalar_negate_if(&result, true);
    assert_scalar(&result, single, "negated");
    prom_scalar_invert(&result, &a);
    assert_scalar(&result, single, "inverse");
    result = a;
    prom_scalar_invert(&result, &result);
    assert_scalar(&result, single, "inverse");
}

static void check_reduced(const json_t *reduced)
{
    const prom_bytes32 bytes = bytes32_of_hex(member_text(reduced, "bytes"));
    const bool below = json_is_true(member(reduced, "below"));
    prom_scalar scalar;
    prom_scalar_reduce(&scalar, &bytes);
    assert_scalar(&scalar, reduced, "number");
    assert_int_equal(prom_scalar_parse(&scalar, &bytes), below);
    if (!below) {
        assert_true(prom_scalar_is_zero(&scalar));
    }
}

static void check_each(const json_t *vectors, const char *key, void (*check)(const json_t *), size_t count)
{
    const json_t *list = member(vectors, key);
    size_t i = 0;
    json_t *each = NULL;
    assert_int_equal(json_array_size(list), count);
    json_array_foreach(list, i, each)
    {
        check(each);
    }
}

static void test_as_integers(void **state)
{
    (void)state;
    json_t *vectors = load_vectors("scalar/scalar.json");
    check_each(vectors, "pairs", check_pair, 192);
    check_each(vectors, "singles", check_single, 20);
    check_each(vectors, "reduced", check_reduced, 16);
    json_decref(vectors);
}

static void test_numbers(void **state)
{
    (void)state;
    const prom_scalar zero = prom_scalar_of_number(0);
    const prom_scalar most = prom_scalar_of_number(UINT32_MAX);
    prom_bytes32 bytes;
    assert_true(prom_scalar_is_zero(&zero));
    assert_false(prom_scalar_is_zero(&most));
    prom_scalar_serialize(&bytes, &most);
    assert_hex32(&bytes, "00000000000000000000000000000000000000000000000000000000ffffffff");
}

/* A number with one limb is not 0, whichever it is. */
static void test_zero_looks_at_every_limb(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROM_SCALAR_LIMBS; i++) {
        prom_scalar scalar = prom_scalar_of_number(0);
        scalar.limbs[i] = 1;
        assert_false(prom_scalar_is_zero(&scalar));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_integers),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_zero_looks_at_every_limb),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
