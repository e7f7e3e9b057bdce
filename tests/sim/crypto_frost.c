#include <string.h>

#include "prometheus/crypto/frost.h"
#include "stand_in.h"

struct prom_frost_session {
    prom_bytes32 key;
    prom_bytes32 id;
    prom_span message;
    size_t count;
    uint32_t ids[PROM_FROST_PARTICIPANTS_MAX];
    prom_point shares[PROM_FROST_PARTICIPANTS_MAX];
};

prom_result prom_frost_nonce_new(const prom_curve *curve, prom_frost_secret_nonce *secret, prom_frost_nonce *nonce,
                                 const prom_bytes32 *randomness, const prom_frost_nonce_input *input, prom_error *error)
{
    (void)input;
    prom_stand_in(&secret->first, STAND_IN_NONCE, prom_span_of32(randomness), prom_span_of(NULL, 0));
    secret->second = secret->first;
    PROM_TRY(prom_point_of_secret(curve, &nonce->first, &secret->first, error));
    nonce->second = nonce->first;
    return prom_ok();
}

static bool is_nonce(const prom_frost_nonce *nonce)
{
    return (nonce->first.bytes[0] | 1) == 3 && prom_stand_in_is_point(nonce->first.bytes + 1) &&
           (nonce->second.bytes[0] | 1) == 3 && prom_stand_in_is_point(nonce->second.bytes + 1);
}

prom_result prom_frost_nonce_sum(const prom_curve *curve, prom_frost_nonce *sum, size_t *culprit,
                                 const prom_frost_nonce *nonces, size_t count, prom_error *error)
{
    prom_bytes32 hash;
    (void)curve;
    *culprit = count;
    for (size_t i = 0; i < count; i++) {
        if (!is_nonce(&nonces[i])) {
            *culprit = i;
            return prom_fail(error, PROM_CATEGORY_PEER, "the nonce of signer %zu is not two points", i);
        }
    }
    prom_stand_in(&hash, STAND_IN_SUM, prom_span_of(NULL, 0),
                  prom_span_of(nonces[0].first.bytes, count * sizeof *nonces));
    sum->first = prom_point_of_public_key(&hash);
    sum->second = sum->first;
    return prom_ok();
}

static prom_result read_terms(const prom_curve *curve, prom_frost_session *session, const prom_frost_terms *terms,
                              prom_error *error)
{
    if (terms->count < terms->threshold || terms->count > terms->participants ||
        terms->participants > PROM_FROST_PARTICIPANTS_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%zu signers of a key of %zu that needs %zu", terms->count,
                         terms->participants, terms->threshold);
    }
    if (!is_nonce(&terms->nonce)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "the sum of the nonces is not two points");
    }
    memcpy(session->key.bytes, terms->key.bytes + 1, sizeof session->key.bytes);
    for (size_t i = 0; i < terms->tweak_count; i++) {
        bool odd;
        PROM_TRY(prom_public_key_tweak(curve, &session->key, &odd, &session->key, &terms->tweaks[i].value, error));
    }
    for (size_t i = 0; i < terms->count; i++) {
        if (terms->ids[i] >= terms->participants) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "there is no signer %u", (unsigned)terms->ids[i]);
        }
        session->ids[i] = terms->ids[i];
        session->shares[i] = terms->public_shares[i];
    }
    session->count = terms->count;
    return prom_ok();
}

prom_result prom_frost_session_new(prom_arena *arena, const prom_curve *curve, prom_frost_session **session,
                                   const prom_frost_terms *terms, prom_error *error)
{
    prom_frost_session *made = NULL;
    prom_bytes32 signers;
    PROM_TRY_NEW(made, arena, 1, error);
    PROM_TRY(read_terms(curve, made, terms, error));
    made->message = terms->message;
    prom_stand_in(&signers, STAND_IN_SUM, prom_span_of32(&made->key),
                  prom_span_of(made->shares[0].bytes, made->count * sizeof made->shares[0]));
    prom_stand_in(&made->id, STAND_IN_SESSION, prom_span_of(terms->nonce.first.bytes, sizeof terms->nonce.first.bytes),
                  terms->message);
    prom_stand_in(&made->id, STAND_IN_SESSION, prom_span_of32(&made->id), prom_span_of32(&signers));
    *session = made;
    return prom_ok();
}

prom_bytes32 prom_frost_session_key(const prom_frost_session *session)
{
    return session->key;
}

static void share_of(prom_bytes32 *share, const prom_frost_session *session, const prom_point *public_share)
{
    prom_stand_in(share, STAND_IN_PARTIAL, prom_span_of(public_share->bytes, sizeof public_share->bytes),
                  prom_span_of32(&session->id));
}

prom_result prom_frost_sign(const prom_curve *curve, prom_bytes32 *share, prom_frost_secret_nonce *nonce,
                            const prom_frost_session *session, uint32_t id, const prom_bytes32 *secret_share,
                            prom_error *error)
{
    static const prom_bytes32 zeros;
    prom_point own;
    const bool used = prom_bytes32_equal(&nonce->first, &zeros);
    prom_wipe(nonce, sizeof *nonce);
    memset(share, 0, sizeof *share);
    if (used) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "a nonce was used already");
    }
    PROM_TRY(prom_point_of_secret(curve, &own, secret_share, error));
    for (size_t i = 0; i < session->count; i++) {
        if (session->ids[i] == id && memcmp(&session->shares[i], &own, sizeof own) == 0) {
            share_of(share, session, &own);
            return prom_ok();
        }
    }
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "signer %u has another share, or is none", (unsigned)id);
}

bool prom_frost_share_valid(const prom_curve *curve, const prom_frost_session *session, size_t index,
                            const prom_frost_nonce *nonce, const prom_bytes32 *share)
{
    prom_bytes32 right;
    (void)curve;
    (void)nonce;
    share_of(&right, session, &session->shares[index]);
    return prom_bytes32_equal(&right, share);
}

prom_result prom_frost_signature(const prom_curve *curve, prom_signature *signature, size_t *culprit,
                                 const prom_frost_session *session, const prom_bytes32 *shares, size_t count,
                                 prom_error *error)
{
    memset(signature, 0, sizeof *signature);
    *culprit = count;
    bool right = count == session->count;
    for (size_t i = 0; right && i < count; i++) {
        right = prom_frost_share_valid(curve, session, i, NULL, &shares[i]);
    }
    if (!right) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the shares add up to no signature");
    }
    prom_stand_in_sign(signature, &session->key, session->message);
    return prom_ok();
}
