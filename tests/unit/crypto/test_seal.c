/* What is sealed for one round of one contract. */
#include "support.h"

#include "prometheus/crypto/seal.h"

static const prom_bytes32 h_p = {{1, 2, 3}};
static const prom_bytes32 contract_id = {{4, 5, 6}};
static const prom_bytes32 root = {{10, 11, 12}};
static const prom_seal_nonce nonce = {{7, 8, 9}};
static const prom_seal_round_terms terms = {.h_p = &h_p, .contract_id = &contract_id, .root = &root, .round = 1};

static prom_span seal(fixture *test, prom_span plain)
{
    prom_span sealed;
    assert_ok(prom_seal_round(&test->arena, &sealed, plain, &terms, &nonce, &test->error), &test->error);
    assert_int_equal(sealed.length, plain.length + PROM_SEAL_OVERHEAD);
    return sealed;
}

static prom_span seal_text(fixture *test, const char *text)
{
    return seal(test, prom_span_of((const uint8_t *)text, strlen(text)));
}

static void assert_refused(fixture *test, prom_span sealed, const prom_seal_round_terms *others, const char *part)
{
    prom_span plain = {(const uint8_t *)"x", 1};
    assert_fails(prom_unseal_round(&test->arena, &plain, sealed, others, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, part);
    assert_null(plain.data);
    assert_int_equal(plain.length, 0);
}

static void test_round_trip(void **unused)
{
    fixture *test = *unused;
    uint64_t state = 1;
    uint8_t message[1000];
    random_bytes(&state, message, sizeof message);
    for (size_t length = 0; length <= sizeof message; length += 1 + length / 7) {
        const prom_span plain = length == 0 ? prom_span_of(NULL, 0) : prom_span_of(message, length);
        prom_span opened;
        assert_ok(prom_unseal_round(&test->arena, &opened, seal(test, plain), &terms, &test->error), &test->error);
        assert_true(prom_span_equal(opened, plain));
    }
}

/* tests/vectors/seal/make_seal.py makes the same of the same. */
static void test_vectors(void **unused)
{
    fixture *test = *unused;
    json_t *vectors = load_vectors("seal/seal.json");
    size_t index;
    json_t *one;
    assert_true(json_array_size(member(vectors, "rounds")) >= 6);
    json_array_foreach(json_object_get(vectors, "rounds"), index, one)
    {
        const prom_bytes32 key = bytes32_of_hex(member_text(one, "h_p"));
        const prom_bytes32 id = bytes32_of_hex(member_text(one, "contract_id"));
        const prom_bytes32 its_root = bytes32_of_hex(member_text(one, "root"));
        const prom_seal_round_terms its = {&key, &id, &its_root, (uint8_t)member_number(one, "round")};
        const prom_span plain = span_of_hex(test, member_text(one, "plain"));
        prom_seal_nonce its_nonce;
        prom_span sealed;
        assert_true(prom_hex_parse(its_nonce.bytes, sizeof its_nonce.bytes, member_text(one, "nonce"),
                                   2 * sizeof its_nonce.bytes));
        assert_ok(prom_seal_round(&test->arena, &sealed, plain, &its, &its_nonce, &test->error), &test->error);
        assert_hex(sealed, member_text(one, "sealed"));
    }
    json_decref(vectors);
}

static void test_every_flipped_byte_is_refused(void **state)
{
    fixture *test = *state;
    const prom_span sealed = seal_text(test, "an output of 21 bytes");
    uint8_t *bytes = exact_copy(sealed.data, sealed.length);
    for (size_t i = 0; i < sealed.length; i++) {
        bytes[i] ^= (uint8_t)(1U << i % 8);
        assert_refused(test, prom_span_of(bytes, sealed.length), &terms, "does not open");
        bytes[i] = sealed.data[i];
    }
    free(bytes);
}

static void test_every_cut_is_refused(void **state)
{
    fixture *test = *state;
    const prom_span sealed = seal_text(test, "output");
    for (size_t length = 0; length < sealed.length; length++) {
        uint8_t *bytes = exact_copy(sealed.data, length);
        assert_refused(test, prom_span_of(bytes, length), &terms,
                       length < PROM_SEAL_OVERHEAD ? "the least is 40" : "does not open");
        free(bytes);
    }
}

/* Neither under another h_p, nor for another contract, round or root. */
static void test_other_terms_are_refused(void **state)
{
    fixture *test = *state;
    const prom_span sealed = seal_text(test, "output");
    const prom_bytes32 other = {{1, 2, 3, [31] = 1}};
    const prom_seal_round_terms others[] = {
        {&other, &contract_id, &root, 1},
        {&h_p, &other, &root, 1},
        {&h_p, &contract_id, &other, 1},
        {&h_p, &contract_id, &root, 0},
    };
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        assert_refused(test, sealed, &others[i], "does not open");
    }
}

static void test_out_of_memory(void **state)
{
    fixture *test = *state;
    const prom_span sealed = seal_text(test, "output");
    PROM_SCOPED(prom_arena_free) prom_arena none = {0};
    prom_span span;
    prom_arena_init(&none, 0);
    assert_fails(prom_seal_round(&none, &span, prom_span_of(nonce.bytes, 6), &terms, &nonce, &test->error),
                 PROM_CATEGORY_MEMORY, &test->error, "limit");
    assert_fails(prom_unseal_round(&none, &span, sealed, &terms, &test->error), PROM_CATEGORY_MEMORY, &test->error,
                 "limit");
    assert_fails(
        prom_seal_round(&test->arena, &span, prom_span_of(nonce.bytes, SIZE_MAX), &terms, &nonce, &test->error),
        PROM_CATEGORY_BAD_INPUT, &test->error, "too many to seal");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_round_trip),
        FIXTURE_TEST(test_vectors),
        FIXTURE_TEST(test_every_flipped_byte_is_refused),
        FIXTURE_TEST(test_every_cut_is_refused),
        FIXTURE_TEST(test_other_terms_are_refused),
        FIXTURE_TEST(test_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
