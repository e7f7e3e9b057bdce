#include "proof/fractions_instance.h"

/* Each element that is sent, changed before it is absorbed; all others follow the transcript. */
static void test_every_message(void **state)
{
    fixture *test = *state;
    uint64_t random = 3;
    for (size_t variables = 0; variables <= SMALL; variables++) {
        const struct instance instance = some_instance(test, &random, variables);
        for (size_t at = 0; at < length_of(variables) / PROM_EXTENSION_BYTES; at++) {
            struct plain_prover prover = {.lie_at = at, .lie = some_extension(&random)};
            prover.lie.coefficients[at % 5] = prom_element_one();
            assert_false(is_accepted(test, &instance, prove_plainly(test, &instance, &prover)));
        }
    }
}

/* Sums that are not zero: one numerator is off, by one or by all but one of the field. */
static void test_false_claim(void **state)
{
    fixture *test = *state;
    uint64_t random = 4;
    for (size_t variables = 0; variables <= SMALL; variables++) {
        struct instance instance = some_instance(test, &random, variables);
        struct plain_prover prover = {.lie_at = SIZE_MAX};
        const size_t wrong = random_below(&random, (size_t)1 << variables);
        const prom_element one = prom_element_one();
        const prom_element difference = variables % 2 == 0 ? one : prom_element_negate(one);
        instance.numerators[wrong] = prom_element_add(instance.numerators[wrong], difference);
        assert_false(is_accepted(test, &instance, prove_plainly(test, &instance, &prover)));

        struct proving proving;
        prom_extension point[SMALL];
        prom_fraction values;
        assert_fails(try_to_prove(test, &instance, &prom_field_portable, NULL, &proving, point, &values),
                     PROM_CATEGORY_MISUSE, &test->error, "do not");
    }
}

/* A prover that can choose the last values so that they fit the sum, whatever the claim was, is caught by the leaves.
 */
static void test_children_that_fit(void **state)
{
    fixture *test = *state;
    uint64_t random = 5;
    struct instance instance = some_instance(test, &random, 1);
    prom_extension point[1];
    prom_fraction values;
    bool is_all_read = false;
    prom_extension sent[5]; /* root, p0, p1, q0, q1 */
    for (size_t i = 3; i < 5; i++) {
        sent[i] = some_extension(&random);
    }
    sent[0] = prom_extension_multiply(&sent[3], &sent[4]);
    sent[1] = sent[3];
    const prom_extension zero = prom_extension_zero();
    sent[2] = prom_extension_subtract(&zero, &sent[4]);
    prom_writer writer = prom_writer_in(&test->arena);
    for (size_t i = 0; i < 5; i++) {
        prom_write_extension(&writer, &sent[i]);
    }
    prom_span proof;
    assert_ok(prom_writer_finish(&writer, &proof, &test->error), &test->error);
    assert_ok(verify(test, 1, proof, point, &values, &is_all_read), &test->error);
    assert_true(is_all_read);
    assert_false(is_accepted(test, &instance, proof));
}

static void test_every_byte(void **state)
{
    fixture *test = *state;
    uint64_t random = 7;
    for (size_t variables = 0; variables <= 4; variables++) {
        const struct instance instance = some_instance(test, &random, variables);
        const prom_span proof = prove(test, &instance, &prom_field_portable, NULL);
        for (size_t i = 0; i < proof.length; i++) {
            for (unsigned bit = 1; bit < 256; bit *= 2) {
                uint8_t *changed = exact_copy(proof.data, proof.length);
                changed[i] ^= (uint8_t)bit;
                assert_false(is_accepted(test, &instance, prom_span_of(changed, proof.length)));
                free(changed);
            }
        }
    }
}

static void test_lengths(void **state)
{
    fixture *test = *state;
    uint64_t random = 8;
    const struct instance instance = some_instance(test, &random, 3);
    const prom_span proof = prove(test, &instance, &prom_field_portable, NULL);
    for (size_t length = 0; length < proof.length; length++) {
        uint8_t *cut = exact_copy(proof.data, length);
        assert_false(is_accepted(test, &instance, prom_span_of(cut, length)));
        assert_non_null(strstr(test->error.sentence, "the proof ends"));
        free(cut);
    }
    uint8_t *longer = calloc(1, proof.length + 1);
    assert_non_null(longer);
    memcpy(longer, proof.data, proof.length);
    assert_true(is_accepted(test, &instance, prom_span_of(longer, proof.length)));
    assert_false(is_accepted(test, &instance, prom_span_of(longer, proof.length + 1)));
    free(longer);
}

/* A number with p added to it stands for the same element, and is refused. */
static void test_not_canonical(void **state)
{
    fixture *test = *state;
    uint64_t random = 9;
    const struct instance instance = some_instance(test, &random, 2);
    const prom_span proof = prove(test, &instance, &prom_field_portable, NULL);
    for (size_t i = 0; i < proof.length; i += 4) {
        uint8_t *changed = exact_copy(proof.data, proof.length);
        add_prime(changed + i);
        assert_false(is_accepted(test, &instance, prom_span_of(changed, proof.length)));
        assert_non_null(strstr(test->error.sentence, "below the field's prime"));
        free(changed);
    }
}

/* Proofs of other sizes, and a proof with another history, are not accepted. */
static void test_binding(void **state)
{
    fixture *test = *state;
    uint64_t random = 10;
    const struct instance instance = some_instance(test, &random, 3);
    const prom_span proof = prove(test, &instance, &prom_field_portable, NULL);
    prom_extension point[VARIABLES_MAX];
    prom_fraction values;
    bool is_all_read = false;
    for (size_t variables = 0; variables <= 6; variables++) {
        const prom_result result = verify(test, variables, proof, point, &values, &is_all_read);
        assert_int_equal(prom_is_ok(result) && is_all_read, variables == 3);
    }
    prom_transcript transcript;
    prom_reader reader = prom_reader_of(proof);
    prom_transcript_init(&transcript, "test", 2);
    assert_fails(prom_fractions_verify(&(prom_verifier){&transcript, &reader}, 3, point, &values, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "layer 1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_every_message), FIXTURE_TEST(test_false_claim), FIXTURE_TEST(test_children_that_fit),
        FIXTURE_TEST(test_every_byte),    FIXTURE_TEST(test_lengths),     FIXTURE_TEST(test_not_canonical),
        FIXTURE_TEST(test_binding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
