#include "support.h"

#include <sodium.h>

#include "prometheus/crypto/hash.h"
#include "prometheus/crypto/seal.h"

static const prom_bytes32 h_p = {{1, 2, 3}};
static const prom_bytes32 contract_id = {{4, 5, 6}};
static const prom_seal_nonce nonce = {{7, 8, 9}};

static prom_span seal_message(fixture *test, prom_span plain)
{
    prom_span sealed;
    assert_ok(prom_seal(&test->arena, &sealed, plain, &h_p, &contract_id, &nonce, &test->error), &test->error);
    assert_int_equal(sealed.length, plain.length + PROM_SEAL_OVERHEAD);
    return sealed;
}

static void unseal_refused(fixture *test, prom_span sealed, const prom_bytes32 *key, const prom_bytes32 *id,
                           const char *part)
{
    prom_span plain = {(const uint8_t *)"x", 1};
    assert_fails(prom_unseal(&test->arena, &plain, sealed, key, id, &test->error), PROM_CATEGORY_BAD_INPUT,
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
        assert_ok(prom_unseal(&test->arena, &opened, seal_message(test, plain), &h_p, &contract_id, &test->error),
                  &test->error);
        assert_true(prom_span_equal(opened, plain));
    }
}

/* The layout: nonce, then what libsodium's own function opens under the tagged hash. */
static void test_layout(void **state)
{
    fixture *test = *state;
    const prom_span sealed = seal_message(test, prom_span_of((const uint8_t *)"output", 6));
    uint8_t message[64];
    prom_bytes32 key;
    uint8_t plain[6];
    memcpy(message, h_p.bytes, 32);
    memcpy(message + 32, contract_id.bytes, 32);
    prom_tagged_hash(&key, "prometheus/seal", prom_span_of(message, sizeof message));
    assert_memory_equal(sealed.data, nonce.bytes, sizeof nonce.bytes);
    assert_int_equal(crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, sealed.data + sizeof nonce.bytes,
                                                                sealed.length - sizeof nonce.bytes, NULL, 0,
                                                                nonce.bytes, key.bytes),
                     0);
    assert_memory_equal(plain, "output", 6);
}

static void test_every_flipped_byte_is_refused(void **state)
{
    fixture *test = *state;
    const prom_span sealed = seal_message(test, prom_span_of((const uint8_t *)"an output of 21 bytes", 21));
    uint8_t *bytes = exact_copy(sealed.data, sealed.length);
    for (size_t i = 0; i < sealed.length; i++) {
        bytes[i] ^= (uint8_t)(1U << i % 8);
        unseal_refused(test, prom_span_of(bytes, sealed.length), &h_p, &contract_id, "does not open");
        bytes[i] = sealed.data[i];
    }
    free(bytes);
}

static void test_every_cut_is_refused(void **state)
{
    fixture *test = *state;
    const prom_span sealed = seal_message(test, prom_span_of((const uint8_t *)"output", 6));
    for (size_t length = 0; length < sealed.length; length++) {
        uint8_t *bytes = exact_copy(sealed.data, length);
        unseal_refused(test, prom_span_of(bytes, length), &h_p, &contract_id,
                       length < PROM_SEAL_OVERHEAD ? "the least is 40" : "does not open");
        free(bytes);
    }
}

static void test_other_key_or_contract_is_refused(void **state)
{
    fixture *test = *state;
    const prom_span sealed = seal_message(test, prom_span_of((const uint8_t *)"output", 6));
    prom_bytes32 other = h_p;
    other.bytes[31] ^= 1;
    unseal_refused(test, sealed, &other, &contract_id, "does not open");
    other = contract_id;
    other.bytes[0] ^= 1;
    unseal_refused(test, sealed, &h_p, &other, "does not open");
}

static void test_out_of_memory(void **state)
{
    fixture *test = *state;
    const prom_span sealed = seal_message(test, prom_span_of((const uint8_t *)"output", 6));
    PROM_SCOPED(prom_arena_free) prom_arena none = {0};
    prom_span span;
    prom_arena_init(&none, 0);
    assert_fails(
        prom_seal(&none, &span, prom_span_of((const uint8_t *)"output", 6), &h_p, &contract_id, &nonce, &test->error),
        PROM_CATEGORY_IO, &test->error, "limit");
    assert_fails(prom_unseal(&none, &span, sealed, &h_p, &contract_id, &test->error), PROM_CATEGORY_IO, &test->error,
                 "limit");
    assert_fails(prom_seal(&test->arena, &span, prom_span_of((const uint8_t *)"", SIZE_MAX), &h_p, &contract_id, &nonce,
                           &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "too many to seal");
}

static prom_sealed_key seal_key(fixture *test, const prom_bytes32 *ephemeral, const prom_bytes32 *verifier)
{
    prom_sealed_key sealed;
    assert_ok(prom_seal_key(test->curve, &sealed, &h_p, &contract_id, ephemeral, verifier, &test->error), &test->error);
    return sealed;
}

static void unseal_key_refused(fixture *test, const prom_sealed_key *sealed, const prom_bytes32 *id,
                               const prom_key *verifier, const prom_bytes32 *h, const char *part)
{
    const prom_bytes32 zero = {{0}};
    prom_bytes32 opened = {{1}};
    assert_fails(prom_unseal_key(test->curve, &opened, sealed, id, verifier, h, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, part);
    assert_memory_equal(&opened, &zero, sizeof zero);
}

static void test_sealed_key_round_trip(void **unused)
{
    fixture *test = *unused;
    uint64_t state = 1;
    size_t odd = 0;
    prom_bytes32 h;
    prom_sha256(&h, prom_span_of32(&h_p));
    for (size_t i = 0; i < 32; i++) {
        const prom_key verifier = random_key(test, &state);
        const prom_bytes32 ephemeral = random_bytes32(&state);
        const prom_sealed_key sealed = seal_key(test, &ephemeral, &verifier.public_key);
        prom_bytes32 opened;
        prom_point point;
        assert_ok(prom_unseal_key(test->curve, &opened, &sealed, &contract_id, &verifier, &h, &test->error),
                  &test->error);
        assert_memory_equal(&opened, &h_p, sizeof h_p);
        assert_ok(prom_point_of_secret(test->curve, &point, &verifier.secret, &test->error), &test->error);
        odd += point.bytes[0] == 3;
    }
    assert_in_range(odd, 1, 31);
}

/* The mask, put together by hand: contract id || e*G || V || e*V. */
static void test_sealed_key_layout(void **unused)
{
    fixture *test = *unused;
    uint64_t state = 2;
    const prom_key verifier = random_key(test, &state);
    const prom_bytes32 ephemeral = random_bytes32(&state);
    const prom_point lifted = prom_point_of_public_key(&verifier.public_key);
    const prom_sealed_key sealed = seal_key(test, &ephemeral, &verifier.public_key);
    uint8_t message[32 + 33 + 32 + 33];
    prom_point shared;
    prom_bytes32 mask;
    assert_ok(prom_shared_point(test->curve, &shared, &ephemeral, &lifted, &test->error), &test->error);
    memcpy(message, contract_id.bytes, 32);
    memcpy(message + 32, sealed.ephemeral.bytes, 33);
    memcpy(message + 65, verifier.public_key.bytes, 32);
    memcpy(message + 97, shared.bytes, 33);
    prom_tagged_hash(&mask, "prometheus/key-for-verifier", prom_span_of(message, sizeof message));
    for (size_t i = 0; i < 32; i++) {
        assert_int_equal(sealed.masked.bytes[i], h_p.bytes[i] ^ mask.bytes[i]);
    }
}

static void test_sealed_key_refusals(void **unused)
{
    fixture *test = *unused;
    uint64_t state = 3;
    const prom_key verifier = random_key(test, &state);
    const prom_key stranger = random_key(test, &state);
    const prom_bytes32 ephemeral = random_bytes32(&state);
    const prom_sealed_key sealed = seal_key(test, &ephemeral, &verifier.public_key);
    prom_sealed_key bad = sealed;
    prom_bytes32 h;
    prom_bytes32 other;
    prom_sha256(&h, prom_span_of32(&h_p));
    unseal_key_refused(test, &sealed, &contract_id, &stranger, &h, "not the preimage of h");
    unseal_key_refused(test, &sealed, &h, &verifier, &h, "not the preimage of h");
    other = h;
    other.bytes[31] ^= 1;
    unseal_key_refused(test, &sealed, &contract_id, &verifier, &other, "not the preimage of h");
    bad.masked.bytes[0] ^= 1;
    unseal_key_refused(test, &bad, &contract_id, &verifier, &h, "not the preimage of h");
    bad = sealed;
    bad.ephemeral.bytes[0] ^= 1; /* 2 and 3: the opposite point */
    unseal_key_refused(test, &bad, &contract_id, &verifier, &h, "not the preimage of h");
    bad.ephemeral.bytes[0] = 4;
    unseal_key_refused(test, &bad, &contract_id, &verifier, &h,
                       "the key for the verifier: a public key is not a point");
    bad.ephemeral = (prom_point){{2, [32] = 5}}; /* x = 5 has no y */
    unseal_key_refused(test, &bad, &contract_id, &verifier, &h,
                       "the key for the verifier: a public key is not a point");
    const prom_key no_key = {{{0}}, verifier.public_key};
    unseal_key_refused(test, &sealed, &contract_id, &no_key, &h, "secret key is zero");
}

/* Who knows e opens E_V as the verifier does. */
static void test_unseal_key_by_ephemeral(void **unused)
{
    fixture *test = *unused;
    uint64_t state = 5;
    const prom_bytes32 ephemeral = random_bytes32(&state);
    const prom_key verifier = random_key(test, &state);
    const prom_sealed_key sealed = seal_key(test, &ephemeral, &verifier.public_key);
    const prom_point lifted = prom_point_of_public_key(&verifier.public_key);
    prom_bytes32 h;
    prom_bytes32 opened;
    prom_point shared;
    prom_sha256(&h, prom_span_of32(&h_p));
    assert_ok(prom_unseal_key_by_ephemeral(
                  test->curve, &opened, &sealed,
                  &(prom_seal_terms){.contract_id = &contract_id, .verifier_key = &verifier.public_key, .h = &h},
                  &ephemeral, &test->error),
              &test->error);
    assert_memory_equal(&opened, &h_p, sizeof h_p);
    assert_ok(prom_shared_point(test->curve, &shared, &ephemeral, &lifted, &test->error), &test->error);
    opened = h;
    prom_unmask_key(&opened, &sealed, &contract_id, &verifier.public_key, &shared);
    assert_memory_equal(&opened, &h_p, sizeof h_p);
}

static void test_unseal_key_by_ephemeral_refusals(void **unused)
{
    fixture *test = *unused;
    uint64_t state = 6;
    const prom_bytes32 ephemeral = random_bytes32(&state);
    const prom_bytes32 stranger = random_bytes32(&state);
    const prom_bytes32 zero = {{0}};
    const prom_bytes32 no_key = {{[31] = 5}};
    const prom_key verifier = random_key(test, &state);
    const prom_sealed_key sealed = seal_key(test, &ephemeral, &verifier.public_key);
    prom_bytes32 h;
    prom_sha256(&h, prom_span_of32(&h_p));
    const struct {
        const prom_bytes32 *ephemeral;
        const prom_bytes32 *verifier;
        const prom_bytes32 *h;
        const char *part;
    } cases[] = {
        {&stranger, &verifier.public_key, &h, "not the ephemeral secret"},
        {&zero, &verifier.public_key, &h, "secret key is zero"},
        {&ephemeral, &no_key, &h, "not a point"},
        {&ephemeral, &verifier.public_key, &zero, "not the preimage of h"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        prom_bytes32 opened = {{1}};
        assert_fails(
            prom_unseal_key_by_ephemeral(
                test->curve, &opened, &sealed,
                &(prom_seal_terms){.contract_id = &contract_id, .verifier_key = cases[i].verifier, .h = cases[i].h},
                cases[i].ephemeral, &test->error),
            PROM_CATEGORY_BAD_INPUT, &test->error, cases[i].part);
        assert_memory_equal(&opened, &zero, sizeof zero);
    }
}

static void test_seal_key_refusals(void **unused)
{
    fixture *test = *unused;
    uint64_t state = 4;
    const prom_key verifier = random_key(test, &state);
    const prom_bytes32 ephemeral = random_bytes32(&state);
    const prom_bytes32 zero = {{0}};
    const prom_bytes32 no_key = {{[31] = 5}};
    prom_sealed_key sealed;
    assert_fails(prom_seal_key(test->curve, &sealed, &h_p, &contract_id, &zero, &verifier.public_key, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "secret key is zero");
    assert_fails(prom_seal_key(test->curve, &sealed, &h_p, &contract_id, &ephemeral, &no_key, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "not a point");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_round_trip),
        FIXTURE_TEST(test_layout),
        FIXTURE_TEST(test_every_flipped_byte_is_refused),
        FIXTURE_TEST(test_every_cut_is_refused),
        FIXTURE_TEST(test_other_key_or_contract_is_refused),
        FIXTURE_TEST(test_out_of_memory),
        FIXTURE_TEST(test_sealed_key_round_trip),
        FIXTURE_TEST(test_sealed_key_layout),
        FIXTURE_TEST(test_sealed_key_refusals),
        FIXTURE_TEST(test_seal_key_refusals),
        FIXTURE_TEST(test_unseal_key_by_ephemeral),
        FIXTURE_TEST(test_unseal_key_by_ephemeral_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
