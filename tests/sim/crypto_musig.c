#include <stdlib.h>
#include <string.h>

#include "prometheus/crypto/musig.h"
#include "stand_in.h"

struct prom_musig_nonces {
    size_t count;
    bool *used;
    bool wiped;
    prom_bytes32 own; /* key of the signer */
};

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(prom_bytes32));
}

prom_result prom_musig_key_new(const prom_curve *curve, prom_musig_key *key, const prom_bytes32 *signers, size_t count,
                               prom_error *error)
{
    prom_bytes32 sorted[PROM_MUSIG_SIGNERS_MAX];
    memset(key, 0, sizeof *key);
    if (count == 0 || count > PROM_MUSIG_SIGNERS_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "a joint key of %zu", count);
    }
    for (size_t i = 0; i < count; i++) {
        if (!prom_public_key_valid(curve, &signers[i])) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the key of signer %zu is not on the curve", i);
        }
        sorted[i] = signers[i];
        key->signers[i] = prom_point_of_public_key(&signers[i]);
    }
    qsort(sorted, count, sizeof sorted[0], by_bytes);
    key->count = count;
    prom_stand_in(&key->public_key, STAND_IN_ALL, prom_span_of(NULL, 0),
                  prom_span_of(sorted[0].bytes, count * sizeof sorted[0]));
    return prom_ok();
}

prom_result prom_musig_key_tweak(const prom_curve *curve, prom_musig_key *tweaked, const prom_musig_key *key,
                                 const prom_bytes32 *tweak, prom_error *error)
{
    prom_musig_key made = *key;
    bool odd;
    PROM_TRY(prom_public_key_tweak(curve, &made.public_key, &odd, &key->public_key, tweak, error));
    *tweaked = made;
    return prom_ok();
}

prom_result prom_musig_nonces_new(prom_arena *arena, const prom_curve *curve, prom_musig_nonces **nonces,
                                  prom_musig_nonce *public_halves, size_t count, const prom_musig_signer *signer,
                                  prom_error *error)
{
    static const prom_bytes32 zeros;
    (void)curve;
    *nonces = NULL;
    if (count == 0 || prom_bytes32_equal(signer->randomness, &zeros)) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "no nonces, or no randomness");
    }
    PROM_TRY_NEW(*nonces, arena, 1, error);
    (*nonces)->count = count;
    (*nonces)->own = signer->own->public_key;
    PROM_TRY_NEW((*nonces)->used, arena, count, error);
    for (size_t i = 0; i < count; i++) {
        prom_bytes32 half;
        prom_bytes32 place = *signer->bound;
        place.bytes[0] ^= (uint8_t)i;
        place.bytes[1] ^= (uint8_t)(i >> 8);
        prom_stand_in(&half, STAND_IN_NONCE, prom_span_of32(signer->randomness), prom_span_of32(&place));
        memset(public_halves[i].bytes, 2, sizeof public_halves[i].bytes);
        memcpy(public_halves[i].bytes + 1, half.bytes, sizeof half.bytes);
        memcpy(public_halves[i].bytes + 34, half.bytes, sizeof half.bytes);
    }
    prom_wipe32(signer->randomness);
    return prom_ok();
}

void prom_musig_nonces_wipe(prom_musig_nonces *nonces)
{
    if (nonces != NULL) {
        nonces->wiped = true;
    }
}

prom_result prom_musig_nonce_sum(const prom_curve *curve, prom_musig_nonce *sum, size_t *culprit,
                                 const prom_musig_nonce *nonces, size_t count, prom_error *error)
{
    prom_bytes32 hash;
    (void)curve;
    *culprit = count;
    for (size_t i = 0; i < count; i++) {
        if ((nonces[i].bytes[0] | 1) != 3 || !prom_stand_in_is_point(nonces[i].bytes + 1)) {
            *culprit = i;
            return prom_fail(error, PROM_CATEGORY_PEER, "the nonce of signer %zu is not two points", i);
        }
    }
    prom_stand_in(&hash, STAND_IN_SUM, prom_span_of(NULL, 0), prom_span_of(nonces[0].bytes, count * sizeof *nonces));
    memset(sum->bytes, 2, sizeof sum->bytes);
    memcpy(sum->bytes + 1, hash.bytes, sizeof hash.bytes);
    return prom_ok();
}

prom_result prom_musig_session_new(const prom_curve *curve, prom_musig_session *session, const prom_musig_key *key,
                                   const prom_musig_nonce *sum, const prom_bytes32 *message, prom_error *error)
{
    prom_bytes32 id;
    (void)curve;
    (void)error;
    *session = (prom_musig_session){.message = *message, .public_key = key->public_key};
    prom_stand_in(&id, STAND_IN_SESSION, prom_span_of(sum->bytes, sizeof sum->bytes), prom_span_of32(message));
    prom_stand_in(&id, STAND_IN_SESSION, prom_span_of32(&id), prom_span_of32(&key->public_key));
    memcpy(session->private_state, id.bytes, sizeof id.bytes);
    return prom_ok();
}

/* What a signer adds to a session's signature. */
static void partial_of(prom_musig_partial *partial, const prom_musig_session *session, const uint8_t signer[32])
{
    prom_bytes32 hash;
    prom_stand_in(&hash, STAND_IN_PARTIAL, prom_span_of(signer, 32), prom_span_of(session->private_state, 32));
    memcpy(partial->bytes, hash.bytes, sizeof hash.bytes);
}

prom_result prom_musig_sign(const prom_curve *curve, prom_musig_partial *partial, prom_musig_nonces *nonces,
                            size_t index, const prom_musig_key *key, const prom_musig_session *session,
                            prom_error *error)
{
    (void)curve;
    (void)key;
    if (index >= nonces->count || nonces->wiped || nonces->used[index]) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "nonce %zu was used already", index);
    }
    nonces->used[index] = true;
    partial_of(partial, session, nonces->own.bytes);
    return prom_ok();
}

bool prom_musig_partial_valid(const prom_curve *curve, const prom_musig_key *key, const prom_musig_session *session,
                              size_t signer, const prom_musig_nonce *nonce, const prom_musig_partial *partial)
{
    prom_musig_partial right;
    (void)curve;
    (void)nonce;
    partial_of(&right, session, key->signers[signer].bytes + 1);
    return memcmp(&right, partial, sizeof right) == 0;
}

prom_result prom_musig_signature(const prom_curve *curve, prom_signature *signature, size_t *culprit,
                                 const prom_musig_key *key, const prom_musig_session *session,
                                 const prom_musig_partial *partials, prom_error *error)
{
    memset(signature, 0, sizeof *signature);
    *culprit = key->count;
    for (size_t i = 0; i < key->count; i++) {
        if (!prom_musig_partial_valid(curve, key, session, i, NULL, &partials[i])) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the partial signatures add up to no signature");
        }
    }
    prom_stand_in_sign(signature, &key->public_key, prom_span_of32(&session->message));
    return prom_ok();
}
