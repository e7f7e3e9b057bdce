#include "support.h"

#include "prometheus/argument/proof.h"

static void test_there_and_back(void **state)
{
    fixture *test = *state;
    const uint8_t bytes[] = {7, 8, 9};
    prom_span file;
    prom_span proof;
    assert_ok(prom_proof_wrap(&test->arena, &file, prom_span_of(bytes, sizeof bytes), &test->error), &test->error);
    assert_hex(file, "50524d5000000001070809");
    assert_ok(prom_proof_unwrap(&proof, file, &test->error), &test->error);
    assert_hex(proof, "070809");
}

static void test_what_is_no_proof(void **state)
{
    fixture *test = *state;
    const prom_span good = span_of_hex(test, "50524d5000000001");
    prom_span proof;
    for (size_t length = 0; length < good.length; length++) {
        uint8_t *bytes = exact_copy(good.data, length);
        assert_fails(prom_proof_unwrap(&proof, prom_span_of(bytes, length), &test->error), PROM_CATEGORY_BAD_INPUT,
                     &test->error, "this is no proof");
        free(bytes);
    }
    assert_fails(prom_proof_unwrap(&proof, span_of_hex(test, "50524d4900000001"), &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "this is no proof");
    assert_fails(prom_proof_unwrap(&proof, span_of_hex(test, "50524d500000000207"), &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "a proof of version 2");
    assert_int_equal(proof.length, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_there_and_back),
        FIXTURE_TEST(test_what_is_no_proof),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
