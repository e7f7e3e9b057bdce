/* Signatures of a branch that are good under some key, but not under the one that the branch asks for: for
 * tree_driver.c, whose test shows that a node takes none of them. */
#ifndef PROMETHEUS_TEST_TOOLS_FORGERY_H
#define PROMETHEUS_TEST_TOOLS_FORGERY_H

#include "joint_key.h"

enum { FORGERIES_MAX = 8 };

/* A signature in the place of a good one: "ALL", "V" or "Y". */
struct forgery {
    const char *of;
    const char *by;
    prom_signature signature;
};

struct forgeries {
    struct forgery it[FORGERIES_MAX];
    size_t count;
};

/* The first `count` places together sign with their joint keys, by MuSig2, under a key of theirs. */
static inline prom_signature sign_together(fixture *test, const struct cast *cast, size_t count,
                                           const prom_musig_key *key, const prom_bytes32 *hash)
{
    prom_musig_nonces *nonces[PROM_PLACES_MAX];
    prom_musig_nonce public_nonces[PROM_PLACES_MAX];
    prom_musig_partial partials[PROM_PLACES_MAX];
    prom_musig_nonce sum;
    prom_musig_session session;
    prom_signature signature;
    size_t culprit = 0;
    for (size_t i = 0; i < count; i++) {
        prom_bytes32 randomness = named("forger's nonce", i);
        const prom_musig_signer signer = {joint_key_of(cast, i), key, hash, &randomness};
        assert_ok(
            prom_musig_nonces_new(&test->arena, test->curve, &nonces[i], &public_nonces[i], 1, &signer, &test->error),
            &test->error);
    }
    assert_ok(prom_musig_nonce_sum(test->curve, &sum, &culprit, public_nonces, count, &test->error), &test->error);
    assert_ok(prom_musig_session_new(test->curve, &session, key, &sum, hash, &test->error), &test->error);
    for (size_t i = 0; i < count; i++) {
        assert_ok(prom_musig_sign(test->curve, &partials[i], nonces[i], 0, key, &session, &test->error), &test->error);
    }
    assert_ok(prom_musig_signature(test->curve, &signature, &culprit, key, &session, partials, &test->error),
              &test->error);
    return signature;
}

static inline void add_forgery(struct forgeries *forgeries, const char *of, const char *by, prom_signature signature)
{
    assert_in_range(forgeries->count, 0, FORGERIES_MAX - 1);
    forgeries->it[forgeries->count++] = (struct forgery){of, by, signature};
}

/* All but the last arbiter sign for ALL; and ALL itself, with the output's tweak where there must be none, and the
 * other way round. */
static inline void forge_all(fixture *test, struct forgeries *forgeries, const struct session *session,
                             const prom_tree_tx *tx, const prom_bytes32 *hash)
{
    const prom_tree *tree = session->tree;
    const bool key_path = tx->leaf[0] == PROM_KEY_PATH;
    const prom_musig_key *other = key_path ? &tree->all : &tree->key_path[tx->spends];
    prom_bytes32 keys[PROM_PLACES_MAX];
    prom_musig_key most;
    for (size_t i = 0; i < session->count; i++) {
        keys[i] = joint_key_of(&session->cast, i)->public_key;
    }
    assert_ok(prom_musig_key_new(test->curve, &most, keys, session->count - 1, &test->error), &test->error);
    add_forgery(forgeries, "ALL", "all but one", sign_together(test, &session->cast, session->count - 1, &most, hash));
    add_forgery(forgeries, "ALL", key_path ? "ALL, untweaked" : "ALL, tweaked",
                sign_together(test, &session->cast, session->count, other, hash));
}

static inline void forge(fixture *test, struct forgeries *forgeries, const struct session *session,
                         const struct joint_key *Y, const prom_tree_tx *tx)
{
    const struct cast *cast = &session->cast;
    prom_bytes32 hash;
    assert_ok(prom_tree_sighash(&test->arena, &hash, tx, 0, &test->error), &test->error);
    forge_all(test, forgeries, session, tx, &hash);
    if ((tx->waits_for & PROM_WAITS_V) != 0) {
        add_forgery(forgeries, "V", "C", sign_hash(test, &cast->party[PROM_PARTY_C], &hash));
        add_forgery(forgeries, "V", "W", sign_hash(test, &cast->party[PROM_PARTY_W], &hash));
        add_forgery(forgeries, "V", "V's joint key", sign_hash(test, &cast->party_joint[PROM_PARTY_V], &hash));
    }
    if ((tx->waits_for & PROM_WAITS_Y) != 0) {
        add_forgery(forgeries, "Y", "V", sign_hash(test, &cast->party[PROM_PARTY_V], &hash));
        add_forgery(forgeries, "Y", "A1", sign_hash(test, &cast->arbiter[0], &hash));
    }
    if ((tx->waits_for & PROM_WAITS_Y) != 0 && Y->generated) {
        prom_key share;
        assert_ok(prom_key_from_secret(test->curve, &share, &Y->share[0].secret_share, &test->error), &test->error);
        add_forgery(forgeries, "Y", "A1's share of Y", sign_hash(test, &share, &hash));
    }
}

#endif
