#include "argument/proving.h"
#include "prometheus/crypto/hash.h"

enum { ITEMS = 3, ITEMS_AT = 8, DIGESTS_AT = 16 }; /* bytes of a file */

static const uint8_t PROOF[] = {7, 8, 9};

static proving statement_of(fixture *test)
{
    uint64_t random = 1;
    return random_proving(&test->arena, &random, 2, ITEMS);
}

static prom_span wrapped(fixture *test, const prom_statement *statement)
{
    prom_span file;
    assert_ok(prom_proof_wrap(&test->arena, &file, statement, prom_span_of(PROOF, sizeof PROOF), &test->error),
              &test->error);
    return file;
}

/* All that a verifier looks at before it verifies. */
static prom_result unwrap(prom_span *proof, const prom_statement *statement, prom_span file, prom_error *error)
{
    prom_proof_header header;
    PROM_TRY(prom_proof_match(&header, proof, statement, file, error));
    return prom_proof_match_outputs(&header, statement, error);
}

static void test_there_and_back(void **state)
{
    fixture *test = *state;
    const proving made = statement_of(test);
    const prom_program *program = made.statement.program;
    const prom_span file = wrapped(test, &made.statement);
    prom_proof_header header;
    prom_bytes32 digest;
    prom_span proof;
    assert_int_equal(file.length, PROM_PROOF_HEADER_BYTES + sizeof PROOF);
    assert_hex(prom_span_of(file.data, DIGESTS_AT), "50524d50000000020000000000000003");
    assert_memory_equal(file.data + DIGESTS_AT, program->digest.bytes, sizeof digest);
    prom_sha256(&digest, prom_span_of(made.statement.inputs, ITEMS * program->input.count));
    assert_memory_equal(file.data + DIGESTS_AT + 32, digest.bytes, sizeof digest);
    prom_sha256(&digest, prom_span_of(made.outputs, ITEMS * prom_program_output(program)->count));
    assert_memory_equal(file.data + DIGESTS_AT + 64, digest.bytes, sizeof digest);
    assert_ok(unwrap(&proof, &made.statement, file, &test->error), &test->error);
    assert_hex(proof, "070809");
    assert_ok(prom_proof_read_header(&header, &proof, file, &test->error), &test->error);
    assert_hex(proof, "070809");
    assert_int_equal(header.items, ITEMS);
    assert_memory_equal(&header.outputs, &digest, sizeof digest);
}

static void test_what_is_no_proof(void **state)
{
    fixture *test = *state;
    const proving made = statement_of(test);
    const prom_span good = wrapped(test, &made.statement);
    prom_span proof;
    for (size_t length = 0; length < PROM_PROOF_HEADER_BYTES; length++) {
        uint8_t *bytes = exact_copy(good.data, length);
        assert_fails(unwrap(&proof, &made.statement, prom_span_of(bytes, length), &test->error),
                     PROM_CATEGORY_BAD_INPUT, &test->error,
                     length < ITEMS_AT ? "this is no proof" : "this is no whole proof");
        assert_int_equal(proof.length, 0);
        free(bytes);
    }
    assert_fails(unwrap(&proof, &made.statement, span_of_hex(test, "50524d4900000002"), &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "this is no proof");
    assert_fails(unwrap(&proof, &made.statement, span_of_hex(test, "50524d500000000107"), &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "does not say what it is a proof of");
    assert_fails(unwrap(&proof, &made.statement, span_of_hex(test, "50524d500000000307"), &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "in a file of version 3; version 2 is known here");
    assert_int_equal(proof.length, 0);
}

/* Each byte of the header belongs to one sentence, whichever bit of it is changed. */
static void test_another_statement(void **state)
{
    fixture *test = *state;
    const proving made = statement_of(test);
    const prom_span good = wrapped(test, &made.statement);
    for (size_t at = ITEMS_AT; at < PROM_PROOF_HEADER_BYTES; at++) {
        static const char *const sentences[] = {"of another program: digest ", "of other inputs: digest ",
                                                "of other outputs: digest "};
        const size_t digest = at < DIGESTS_AT ? 0 : (at - DIGESTS_AT) / 32;
        uint8_t *bytes = exact_copy(good.data, good.length);
        prom_span proof;
        bytes[at] ^= (uint8_t)(1U << at % 8);
        assert_fails(unwrap(&proof, &made.statement, prom_span_of(bytes, good.length), &test->error),
                     digest == 2 ? PROM_CATEGORY_PEER : PROM_CATEGORY_BAD_INPUT, &test->error,
                     at < DIGESTS_AT ? " in number, and here they are 3" : sentences[digest]);
        assert_int_equal(proof.length, digest == 2 ? sizeof PROOF : 0);
        free(bytes);
    }
}

/* Where several are others, the first cause is named: another program has other outputs. */
static void test_first_cause(void **state)
{
    fixture *test = *state;
    const proving made = statement_of(test);
    const prom_span good = wrapped(test, &made.statement);
    uint64_t random = 9;
    const proving other = random_proving(&test->arena, &random, 3, ITEMS + 1);
    prom_proof_header header;
    prom_span proof;
    assert_fails(unwrap(&proof, &other.statement, good, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "the proof is of another program: digest ");
    const prom_statement without = {other.statement.program, ITEMS + 1, other.statement.inputs, NULL};
    assert_fails(prom_proof_match(&header, &proof, &without, good, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "the proof is of another program: digest ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_there_and_back),
        FIXTURE_TEST(test_what_is_no_proof),
        FIXTURE_TEST(test_another_statement),
        FIXTURE_TEST(test_first_cause),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
