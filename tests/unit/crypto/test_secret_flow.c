/* Runs all that computes with secrets, the secrets marked as undefined memory. Under valgrind, with the library built
 * with PROM_VERIFY, each branch and each index of ours that depends on a secret is an error; without valgrind this is
 * one more test that the parts fit together. */
#include "support.h"

#include "crypto/chilldkg_parts.h"
#include "crypto/schnorr.h"
#include "prometheus/crypto/chilldkg.h"
#include "prometheus/crypto/dleq.h"
#include "prometheus/crypto/frost.h"
#include "prometheus/crypto/hash.h"
#include "prometheus/crypto/musig.h"
#include "prometheus/crypto/seal.h"

#ifdef PROM_VERIFY
#include <valgrind/memcheck.h>
#else /* valgrind is not needed to build, and would not be told where secrets end */
#define VALGRIND_MAKE_MEM_UNDEFINED(bytes, length) ((void)(bytes), (void)(length), 0)
#define VALGRIND_MAKE_MEM_DEFINED(bytes, length) ((void)(bytes), (void)(length), 0)
#define VALGRIND_CHECK_MEM_IS_DEFINED(bytes, length) ((void)(bytes), (void)(length), 0)
#endif

#define COUNT 3
#define THRESHOLD 2

static prom_bytes32 secret_bytes32(uint64_t *state)
{
    const prom_bytes32 secret = random_bytes32(state);
    (void)VALGRIND_MAKE_MEM_UNDEFINED(&secret, sizeof secret);
    return secret;
}

/* That valgrind, if it is there, holds the bytes for public. */
static void assert_public(const void *bytes, size_t length)
{
    assert_int_equal(VALGRIND_CHECK_MEM_IS_DEFINED(bytes, length), 0);
}

static void test_scalars(void **unused)
{
    (void)unused;
    uint64_t state = 1;
    const prom_bytes32 bytes = secret_bytes32(&state);
    prom_bytes32 result;
    prom_scalar a;
    prom_scalar b;
    assert_true(prom_scalar_parse(&a, &bytes));
    prom_scalar_reduce(&b, &bytes);
    prom_scalar_add(&a, &a, &b);
    prom_scalar_subtract(&b, &a, &b);
    prom_scalar_multiply(&a, &a, &b);
    prom_scalar_negate_if(&a, bytes.bytes[0] & 1);
    prom_scalar_invert(&a, &a);
    prom_scalar_serialize(&result, &a);
    assert_false(prom_scalar_is_zero(&a));
}

static void test_keys(void **unused)
{
    static const uint32_t path[] = {PROM_HARDENED | 86, 1};
    fixture *test = *unused;
    uint64_t state = 2;
    const prom_bytes32 secret = secret_bytes32(&state);
    const prom_bytes32 message = random_bytes32(&state);
    const prom_bytes32 auxiliary = secret_bytes32(&state);
    prom_key key;
    prom_key other;
    prom_point point;
    prom_point shared;
    prom_bytes32 even;
    prom_signature signature;
    assert_ok(prom_key_from_secret(test->curve, &key, &secret, &test->error), &test->error);
    assert_ok(prom_sign(test->curve, &signature, &message, &key, &auxiliary, &test->error), &test->error);
    assert_ok(prom_key_tweak(test->curve, &other, &key, &message, &test->error), &test->error);
    assert_ok(prom_point_of_secret(test->curve, &point, &secret, &test->error), &test->error);
    assert_ok(prom_shared_point(test->curve, &shared, &other.secret, &point, &test->error), &test->error);
    assert_ok(prom_key_even_secret(test->curve, &even, &key, &test->error), &test->error);
    assert_ok(prom_key_derive(test->curve, &other, prom_span_of32(&secret), path, COUNT_OF(path), &test->error),
              &test->error);
    assert_public(&signature, sizeof signature);
    prom_scalar scalar;
    prom_scalar_reduce(&scalar, &even);
    assert_ok(prom_schnorr_sign(test->curve, &signature, "BIP0340", prom_span_of32(&message), &scalar, &auxiliary,
                                &test->error),
              &test->error);
}

static void test_dleq(void **unused)
{
    fixture *test = *unused;
    uint64_t state = 5;
    const prom_bytes32 secret = secret_bytes32(&state);
    const prom_bytes32 auxiliary = secret_bytes32(&state);
    const prom_bytes32 message = random_bytes32(&state);
    prom_dleq_statement statement = {.generator = prom_generator, .base = prom_generator};
    prom_dleq_proof proof;
    assert_ok(prom_dleq_prove(test->curve, &proof, &statement, &secret, &message, &auxiliary, &test->error),
              &test->error);
    assert_public(&statement, sizeof statement);
    assert_public(&proof, sizeof proof);
}

/* A key shared among three, by way of the recovery data. */
static void make_key(fixture *test, prom_dkg_output outputs[COUNT])
{
    uint64_t state = 3;
    prom_dkg_session session = {.threshold = THRESHOLD, .count = COUNT};
    prom_dkg_session recovered;
    prom_bytes32 secrets[COUNT];
    prom_dkg_participant participants[COUNT];
    prom_dkg_outcome outcome;
    prom_signature signatures[COUNT];
    prom_span messages[COUNT];
    prom_span investigations[COUNT];
    prom_span message;
    prom_span recovery;
    prom_dkg_blame blame;
    for (size_t i = 0; i < COUNT; i++) {
        secrets[i] = secret_bytes32(&state);
        assert_ok(prom_point_of_secret(test->curve, &session.host_keys[i], &secrets[i], &test->error), &test->error);
    }
    for (size_t i = 0; i < COUNT; i++) {
        const prom_bytes32 randomness = secret_bytes32(&state);
        assert_ok(prom_dkg_participant_step1(&(prom_dkg_context){.arena = &test->arena, .curve = test->curve},
                                             &participants[i], &messages[i], &session,
                                             &(prom_dkg_secrets){&secrets[i], &randomness}, &test->error),
                  &test->error);
    }
    assert_public(messages[0].data, messages[0].length);
    assert_ok(
        prom_dkg_coordinator_step1(&(prom_dkg_context){.arena = &test->arena, .curve = test->curve, .blame = &blame},
                                   &outcome, &message, &session, &(prom_dkg_messages){messages, COUNT}, &test->error),
        &test->error);
    assert_ok(prom_dkg_coordinator_investigate(
                  &(prom_dkg_context){.arena = &test->arena, .curve = test->curve, .blame = &blame}, investigations,
                  &session, &(prom_dkg_messages){messages, COUNT}, &test->error),
              &test->error);
    for (size_t i = 0; i < COUNT; i++) {
        const prom_bytes32 auxiliary = secret_bytes32(&state);
        prom_dkg_outcome own;
        assert_ok(prom_dkg_participant_step2(
                      &(prom_dkg_context){.arena = &test->arena, .curve = test->curve, .blame = &blame}, &own,
                      &signatures[i], &participants[i], &(prom_dkg_secrets){&secrets[i], &auxiliary}, message,
                      &test->error),
                  &test->error);
        assert_fails(prom_dkg_participant_investigate(&(prom_dkg_context){.curve = test->curve, .blame = &blame},
                                                      &participants[i], &secrets[i], message, investigations[i],
                                                      &test->error),
                     PROM_CATEGORY_MISUSE, &test->error, "nothing to investigate");
        messages[i] = prom_span_of(signatures[i].bytes, sizeof signatures[i].bytes);
    }
    assert_ok(prom_dkg_coordinator_finalize(
                  &(prom_dkg_context){.arena = &test->arena, .curve = test->curve, .blame = &blame}, &outputs[0],
                  &message, &recovery, &outcome, &(prom_dkg_messages){messages, COUNT}, &test->error),
              &test->error);
    assert_public(recovery.data, recovery.length);
    for (size_t i = 0; i < COUNT; i++) {
        assert_ok(
            prom_dkg_recover(&test->arena, test->curve, &outputs[i], &recovered, &secrets[i], recovery, &test->error),
            &test->error);
    }
}

static void test_shared_key(void **unused)
{
    static const uint32_t ids[THRESHOLD] = {2, 0};
    fixture *test = *unused;
    uint64_t state = 4;
    const prom_bytes32 message = random_bytes32(&state);
    prom_dkg_output outputs[COUNT];
    prom_point public_shares[THRESHOLD];
    prom_frost_secret_nonce secrets[THRESHOLD];
    prom_frost_nonce nonces[THRESHOLD];
    prom_bytes32 shares[THRESHOLD];
    prom_frost_session *session = NULL;
    prom_signature signature;
    size_t culprit = 0;
    make_key(test, outputs);
    for (size_t i = 0; i < THRESHOLD; i++) {
        const prom_bytes32 randomness = secret_bytes32(&state);
        const prom_frost_nonce_input input = {.secret_share = &outputs[ids[i]].secret_share};
        public_shares[i] = outputs[0].public_shares[ids[i]];
        assert_ok(prom_frost_nonce_new(test->curve, &secrets[i], &nonces[i], &randomness, &input, &test->error),
                  &test->error);
    }
    const prom_frost_tweak tweak = {random_bytes32(&state), true};
    prom_frost_terms terms = {.participants = COUNT,
                              .threshold = THRESHOLD,
                              .key = outputs[0].key,
                              .ids = ids,
                              .public_shares = public_shares,
                              .count = THRESHOLD,
                              .tweaks = &tweak,
                              .tweak_count = 1,
                              .message = prom_span_of32(&message)};
    assert_ok(prom_frost_nonce_sum(test->curve, &terms.nonce, &culprit, nonces, THRESHOLD, &test->error), &test->error);
    assert_ok(prom_frost_session_new(&test->arena, test->curve, &session, &terms, &test->error), &test->error);
    for (size_t i = 0; i < THRESHOLD; i++) {
        assert_ok(prom_frost_sign(test->curve, &shares[i], &secrets[i], session, ids[i], &outputs[ids[i]].secret_share,
                                  &test->error),
                  &test->error);
        assert_public(&shares[i], sizeof shares[i]);
    }
    assert_ok(prom_frost_signature(test->curve, &signature, &culprit, session, shares, THRESHOLD, &test->error),
              &test->error);
}

/* Three signers of one key, two messages, one of them under a tweak. */
static void test_several_signers(void **unused)
{
    enum { MESSAGES = 2 };
    fixture *test = *unused;
    uint64_t state = 6;
    prom_key keys[COUNT];
    prom_bytes32 publics[COUNT];
    prom_musig_key all[MESSAGES];
    prom_musig_nonces *secrets[COUNT];
    prom_musig_nonce nonces[COUNT][MESSAGES];
    const prom_bytes32 tweak = random_bytes32(&state);
    const prom_bytes32 bound = random_bytes32(&state);
    for (size_t i = 0; i < COUNT; i++) {
        const prom_bytes32 secret = secret_bytes32(&state);
        assert_ok(prom_key_from_secret(test->curve, &keys[i], &secret, &test->error), &test->error);
        publics[i] = keys[i].public_key;
    }
    assert_ok(prom_musig_key_new(test->curve, &all[0], publics, COUNT, &test->error), &test->error);
    assert_ok(prom_musig_key_tweak(test->curve, &all[1], &all[0], &tweak, &test->error), &test->error);
    for (size_t i = 0; i < COUNT; i++) {
        prom_bytes32 randomness = secret_bytes32(&state);
        assert_ok(prom_musig_nonces_new(&test->arena, test->curve, &secrets[i], nonces[i], MESSAGES,
                                        &(prom_musig_signer){&keys[i], &all[0], &bound, &randomness}, &test->error),
                  &test->error);
        assert_public(nonces[i], sizeof nonces[i]);
    }
    for (size_t message = 0; message < MESSAGES; message++) {
        const prom_bytes32 bytes = random_bytes32(&state);
        prom_musig_nonce ours[COUNT];
        prom_musig_nonce sum;
        prom_musig_session session;
        prom_musig_partial partials[COUNT];
        prom_signature signature;
        size_t culprit = 0;
        for (size_t i = 0; i < COUNT; i++) {
            ours[i] = nonces[i][message];
        }
        assert_ok(prom_musig_nonce_sum(test->curve, &sum, &culprit, ours, COUNT, &test->error), &test->error);
        assert_ok(prom_musig_session_new(test->curve, &session, &all[message], &sum, &bytes, &test->error),
                  &test->error);
        for (size_t i = 0; i < COUNT; i++) {
            assert_ok(
                prom_musig_sign(test->curve, &partials[i], secrets[i], message, &all[message], &session, &test->error),
                &test->error);
            assert_public(&partials[i], sizeof partials[i]);
        }
        assert_ok(
            prom_musig_signature(test->curve, &signature, &culprit, &all[message], &session, partials, &test->error),
            &test->error);
    }
    for (size_t i = 0; i < COUNT; i++) {
        prom_musig_nonces_wipe(secrets[i]);
    }
}

/* h_p is a secret until it is on chain: to the worker who seals with it, and to the verifier who opens it. */
static void test_sealing(void **unused)
{
    fixture *test = *unused;
    uint64_t state = 7;
    const prom_bytes32 h_p = secret_bytes32(&state);
    const prom_bytes32 secret = secret_bytes32(&state);
    const prom_bytes32 id = random_bytes32(&state);
    const prom_seal_round_terms terms = {.h_p = &h_p, .contract_id = &id, .root = &id};
    const prom_seal_nonce nonce = {{1}};
    prom_key verifier;
    prom_sealed_key sealed_key;
    prom_bytes32 opened;
    prom_bytes32 h;
    prom_span sealed;
    prom_span plain;
    prom_sha256(&h, prom_span_of32(&h_p));
    (void)VALGRIND_MAKE_MEM_DEFINED(&h, sizeof h);
    assert_ok(prom_key_from_secret(test->curve, &verifier, &secret, &test->error), &test->error);
    assert_ok(prom_sealed_key_make(test->curve, &sealed_key, &h_p, &id, &verifier.public_key, &test->error),
              &test->error);
    assert_public(&sealed_key, sizeof sealed_key);
    assert_ok(prom_sealed_key_open(test->curve, &opened, &sealed_key, &id, &verifier, &h, &test->error), &test->error);
    assert_ok(prom_seal_round(&test->arena, &sealed, prom_span_of32(&id), &terms, &nonce, &test->error), &test->error);
    assert_public(sealed.data, sealed.length);
    assert_ok(prom_unseal_round(&test->arena, &plain, sealed, &terms, &test->error), &test->error);
    (void)VALGRIND_MAKE_MEM_DEFINED(plain.data, plain.length);
    assert_true(prom_span_equal(plain, prom_span_of32(&id)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scalars),
        FIXTURE_TEST(test_keys),
        FIXTURE_TEST(test_dleq),
        FIXTURE_TEST(test_shared_key),
        FIXTURE_TEST(test_several_signers),
        FIXTURE_TEST(test_sealing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
