/* Y, the arbiters' joint key, for tree_driver.c: the key of a named secret, or one that the arbiters generate by
 * ChillDKG and sign with by FROST, all of them in one place. */
#ifndef PROMETHEUS_TEST_TOOLS_JOINT_KEY_H
#define PROMETHEUS_TEST_TOOLS_JOINT_KEY_H

#include "contract/session.h"

#include "prometheus/crypto/chilldkg.h"
#include "prometheus/crypto/frost.h"

struct joint_key {
    bool generated;
    size_t threshold;
    size_t count;
    prom_dkg_output share[PROM_ARBITERS_MAX];
};

/* All arbiters and the coordinator, in one place, make a key by ChillDKG. */
static inline void generate_joint_key(fixture *test, struct joint_key *Y)
{
    prom_dkg_session session = {.threshold = Y->threshold, .count = Y->count};
    prom_dkg_participant participant[PROM_ARBITERS_MAX];
    prom_dkg_outcome outcome[PROM_ARBITERS_MAX + 1]; /* the last one is the coordinator's */
    prom_dkg_output public;
    prom_dkg_blame blame;
    prom_signature signature[PROM_ARBITERS_MAX];
    prom_span first[PROM_ARBITERS_MAX];
    prom_span second[PROM_ARBITERS_MAX];
    prom_span message;
    prom_span recovery;
    const prom_bytes32 auxiliary = {{0}};
    for (size_t i = 0; i < Y->count; i++) {
        const prom_bytes32 secret = named("host secret", i);
        assert_ok(prom_point_of_secret(test->curve, &session.host_keys[i], &secret, &test->error), &test->error);
    }
    for (size_t i = 0; i < Y->count; i++) {
        const prom_bytes32 secret = named("host secret", i);
        const prom_bytes32 randomness = named("generation", i);
        assert_ok(prom_dkg_participant_step1(&(prom_dkg_context){.arena = &test->arena, .curve = test->curve},
                                             &participant[i], &first[i], &session,
                                             &(prom_dkg_secrets){&secret, &randomness}, &test->error),
                  &test->error);
    }
    assert_ok(prom_dkg_coordinator_step1(
                  &(prom_dkg_context){.arena = &test->arena, .curve = test->curve, .blame = &blame}, &outcome[Y->count],
                  &message, &session, &(prom_dkg_messages){first, Y->count}, &test->error),
              &test->error);
    for (size_t i = 0; i < Y->count; i++) {
        const prom_bytes32 secret = named("host secret", i);
        assert_ok(prom_dkg_participant_step2(
                      &(prom_dkg_context){.arena = &test->arena, .curve = test->curve, .blame = &blame}, &outcome[i],
                      &signature[i], &participant[i], &(prom_dkg_secrets){&secret, &auxiliary}, message, &test->error),
                  &test->error);
        second[i] = prom_span_of(signature[i].bytes, sizeof signature[i].bytes);
    }
    assert_ok(prom_dkg_coordinator_finalize(
                  &(prom_dkg_context){.arena = &test->arena, .curve = test->curve, .blame = &blame}, &public, &message,
                  &recovery, &outcome[Y->count], &(prom_dkg_messages){second, Y->count}, &test->error),
              &test->error);
    for (size_t i = 0; i < Y->count; i++) {
        assert_ok(prom_dkg_participant_finalize(
                      &(prom_dkg_context){.arena = &test->arena, .curve = test->curve, .blame = &blame}, &Y->share[i],
                      &recovery, &outcome[i], message, &test->error),
                  &test->error);
    }
}

/* So many arbiters sign, where they say that `threshold` are enough. */
struct quorum {
    size_t count;
    size_t threshold;
};

/* The first arbiters of S sign by FROST. */
static inline prom_result sign_jointly(fixture *test, const struct joint_key *Y, prom_signature *signature,
                                       const prom_bytes32 *hash, uint32_t S, const struct quorum *quorum)
{
    const prom_span message = prom_span_of32(hash);
    prom_frost_secret_nonce secret[PROM_ARBITERS_MAX];
    prom_frost_nonce public[PROM_ARBITERS_MAX];
    prom_point public_shares[PROM_ARBITERS_MAX];
    prom_bytes32 share[PROM_ARBITERS_MAX];
    uint32_t ids[PROM_ARBITERS_MAX];
    prom_frost_session *session = NULL;
    size_t culprit = 0;
    size_t found = 0;
    for (uint32_t i = 0; i < Y->count && found < quorum->count; i++) {
        if ((S >> i & 1) == 0) {
            continue;
        }
        const prom_bytes32 randomness = named("nonce", i);
        const prom_frost_nonce_input input = {.secret_share = &Y->share[i].secret_share, .message = &message};
        ids[found] = i;
        public_shares[found] = Y->share[i].public_shares[i];
        PROM_TRY(
            prom_frost_nonce_new(test->curve, &secret[found], &public[found], &randomness, &input, &test -> error));
        found++;
    }
    prom_frost_terms terms = {.participants = Y->count,
                              .threshold = quorum->threshold,
                              .key = Y->share[0].key,
                              .ids = ids,
                              .public_shares = public_shares,
                              .count = found,
                              .message = message};
    PROM_TRY(prom_frost_nonce_sum(test->curve, &terms.nonce, &culprit, public, found, &test->error));
    PROM_TRY(prom_frost_session_new(&test->arena, test->curve, &session, &terms, &test->error));
    for (size_t i = 0; i < found; i++) {
        PROM_TRY(prom_frost_sign(test->curve, &share[i], &secret[i], session, ids[i], &Y->share[ids[i]].secret_share,
                                 &test->error));
    }
    return prom_frost_signature(test->curve, signature, &culprit, session, share, found, &test->error);
}

/* Y's signature of a decision. One arbiter fewer makes none, whatever threshold they say there is. */
static inline prom_signature sign_decision(fixture *test, const struct joint_key *Y, const prom_tree_tx *tx)
{
    const size_t k = Y->threshold;
    prom_signature signature;
    prom_bytes32 hash;
    assert_ok(prom_tree_sighash(&test->arena, &hash, tx, 0, &test->error), &test->error);
    if (!Y->generated) {
        const prom_key named = named_key(test, "Y", 0);
        return sign_hash(test, &named, &hash);
    }
    assert_fails(sign_jointly(test, Y, &signature, &hash, tx->deciders, &(struct quorum){k - 1, k}),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "");
    assert_fails(sign_jointly(test, Y, &signature, &hash, tx->deciders, &(struct quorum){k - 1, k - 1}),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "");
    assert_ok(sign_jointly(test, Y, &signature, &hash, tx->deciders, &(struct quorum){k, k}), &test->error);
    return signature;
}

#endif
