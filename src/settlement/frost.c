/* The FROST session of a decision as it follows from facts: Y's shares from what the key generation left us, the
 * message from the tree, signers and nonces from the coordinator's list. Y stands in OA's leaves as it is, without a
 * tweak. */
#include <string.h>

#include "prometheus/crypto/chilldkg.h"
#include "prometheus/crypto/hash.h"
#include "settlement/arbitration.h"

const prom_tree_tx *prom_decision_tx(const prom_channel *channel, prom_decision decision, uint32_t deciders)
{
    const unsigned scheme = decision == PROM_DECISION_WORKER ? 6 : 7;
    return prom_tree_decision(channel->tree, scheme, deciders);
}

/* What Y signs. */
static prom_result sighash(const prom_channel *channel, prom_arena *arena, prom_bytes32 *hash, prom_decision decision,
                           uint32_t deciders, prom_error *error)
{
    const prom_tree_tx *tx = prom_decision_tx(channel, decision, deciders);
    if (tx == NULL) {
        return prom_fail(error, PROM_CATEGORY_PEER, "no transaction of the tree is decided by these arbiters");
    }
    return prom_tree_sighash(arena, hash, tx, 0, error);
}

prom_result prom_decision_check(struct step *step, prom_decision decision, uint32_t deciders,
                                const prom_signature *signature)
{
    prom_bytes32 hash;
    PROM_TRY(sighash(step->channel, step->arena, &hash, decision, deciders, step->error));
    return prom_signature_valid(step->channel->curve, signature, prom_span_of32(&hash), &step->channel->terms.Y)
               ? prom_ok()
               : prom_fail(step->error, PROM_CATEGORY_PEER, "the signature of the decision is not valid");
}

/* Y and all public shares of it. */
static prom_result recover(const prom_channel *channel, prom_arena *arena, prom_dkg_output *shares, prom_error *error)
{
    prom_dkg_session session;
    const prom_result result =
        prom_dkg_recover(arena, channel->curve, shares, &session, NULL, channel->facts.kept[PROM_KEPT_RECOVERY], error);
    if (result.category == PROM_CATEGORY_BAD_INPUT || (prom_is_ok(result) && shares->count != session.count)) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "the key generation's recovery data are not on the disk");
    }
    PROM_TRY(result);
    return memcmp(shares->key.bytes + 1, channel->terms.Y.bytes, sizeof channel->terms.Y.bytes) == 0
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BROKEN, "the key generation's recovery data are of another key");
}

prom_result prom_decision_open(const prom_channel *channel, prom_arena *step, prom_frost_session **session,
                               const prom_decision_session *its, prom_error *error)
{
    prom_dkg_output shares;
    prom_bytes32 *hash = NULL; /* the session points to it */
    uint32_t ids[PROM_ARBITERS_MAX];
    prom_point public_shares[PROM_ARBITERS_MAX];
    prom_frost_nonce nonces[PROM_ARBITERS_MAX];
    prom_frost_terms terms = {.threshold = prom_channel_quorum(channel), .ids = ids, .public_shares = public_shares};
    size_t culprit = 0;
    PROM_TRY(recover(channel, step, &shares, error));
    PROM_TRY_NEW(hash, step, 1, error);
    PROM_TRY(sighash(channel, step, hash, its->decision, its->deciders, error));
    for (uint32_t i = 0; i < shares.count; i++) {
        if ((its->signers & prom_arbiter_bit(i)) != 0) {
            ids[terms.count] = i;
            public_shares[terms.count] = shares.public_shares[i];
            nonces[terms.count++] = its->nonces[i];
        }
    }
    terms.participants = shares.count;
    terms.key = shares.key;
    terms.message = prom_span_of32(hash);
    PROM_TRY(prom_frost_nonce_sum(channel->curve, &terms.nonce, &culprit, nonces, terms.count, error));
    return prom_frost_session_new(step, channel->curve, session, &terms, error);
}

/* -- Names -- */

static void add_session(prom_hasher *hasher, const prom_channel *channel, const prom_decision_session *session)
{
    prom_hasher_add(hasher, prom_span_of32(&channel->tree->contract_id));
    prom_hasher_add_number(hasher, session->batch, 2);
    prom_hasher_add_number(hasher, (uint64_t)session->decision, 1);
    prom_hasher_add_number(hasher, session->deciders, 4);
    prom_hasher_add_number(hasher, session->coordinator, 1);
    prom_hasher_add_number(hasher, session->number, 4);
}

void prom_decision_name(prom_bytes32 *name, const prom_channel *channel, const prom_decision_session *session)
{
    prom_hasher hasher;
    prom_hasher_init(&hasher, "prometheus/decision-session");
    add_session(&hasher, channel, session);
    prom_hasher_add_number(&hasher, session->serial, 4);
    prom_hasher_add_number(&hasher, session->begun_seconds, 8);
    prom_hasher_finish(&hasher, name);
}

static prom_span bytes_of_nonce(const prom_frost_nonce *nonce)
{
    return prom_span_of((const uint8_t *)nonce, sizeof *nonce);
}

void prom_decision_nonce_name(prom_bytes32 *name, const prom_frost_nonce *nonce)
{
    prom_sha256(name, bytes_of_nonce(nonce));
}

void prom_decision_share_name(prom_bytes32 *name, const prom_channel *channel, const prom_decision_session *session)
{
    prom_hasher hasher;
    prom_hasher_init(&hasher, "prometheus/decision-share");
    add_session(&hasher, channel, session);
    prom_hasher_add_number(&hasher, session->signers, 4);
    for (size_t i = 0; i < PROM_ARBITERS_MAX; i++) {
        if ((session->signers & prom_arbiter_bit(i)) != 0) {
            prom_hasher_add(&hasher, bytes_of_nonce(&session->nonces[i]));
        }
    }
    prom_hasher_finish(&hasher, name);
}
