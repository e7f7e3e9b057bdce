#include "proof/argument.h"

/* What is sent is received as it was, and both transcripts go on alike. */
static void test_send_and_receive(void **state)
{
    fixture *test = *state;
    uint64_t random = 1;
    struct proving proving;
    prom_extension sent[3];
    begin_proving(test, &proving, &prom_field_portable, NULL);
    for (size_t i = 0; i < COUNT_OF(sent); i++) {
        sent[i] = some_extension(&random);
    }
    prom_prover_send(&proving.prover, "a", sent, 3);
    const prom_span proof = proof_of(test, &proving);
    assert_int_equal(proof.length, sizeof sent);

    prom_extension received[3];
    prom_transcript transcript;
    prom_reader reader = prom_reader_of(proof);
    prom_transcript_init(&transcript, "test", 1);
    assert_ok(prom_verifier_receive(&(prom_verifier){&transcript, &reader}, "a", received, 3, &test->error),
              &test->error);
    assert_true(prom_reader_done(&reader));
    assert_memory_equal(received, sent, sizeof sent);
    assert_memory_equal(&transcript, &proving.transcript, sizeof transcript);

    prom_transcript plain;
    prom_transcript_init(&plain, "test", 1);
    prom_transcript_absorb_extensions(&plain, "a", sent, 3);
    assert_memory_equal(&transcript, &plain, sizeof transcript);
}

static void test_refused(void **state)
{
    fixture *test = *state;
    uint8_t bytes[2 * PROM_EXTENSION_BYTES] = {0};
    prom_extension received[2];
    prom_transcript transcript;
    prom_transcript_init(&transcript, "test", 1);
    for (size_t length = 0; length < sizeof bytes; length++) {
        prom_reader reader = prom_reader_of(prom_span_of(bytes, length));
        assert_fails(prom_verifier_receive(&(prom_verifier){&transcript, &reader}, "a", received, 2, &test->error),
                     PROM_CATEGORY_BAD_INPUT, &test->error, "'a'");
    }
    for (size_t i = 0; i < sizeof bytes; i += 4) {
        prom_reader reader = prom_reader_of(prom_span_of(bytes, sizeof bytes));
        add_prime(bytes + i);
        assert_fails(prom_verifier_receive(&(prom_verifier){&transcript, &reader}, "a", received, 2, &test->error),
                     PROM_CATEGORY_BAD_INPUT, &test->error, "'a'");
        memset(bytes + i, 0, 4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {FIXTURE_TEST(test_send_and_receive), FIXTURE_TEST(test_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
