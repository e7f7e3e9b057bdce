#include "prometheus/crypto/frost.h"

#include <string.h>

#include "crypto/group.h"
#include "crypto/scalar.h"
#include "crypto/schnorr.h"
#include "crypto/secret_flow.h"
#include "prometheus/crypto/hash.h"

#define MAX PROM_FROST_PARTICIPANTS_MAX

struct prom_frost_session {
    size_t count;
    uint32_t ids[MAX];
    prom_element public_shares[MAX];
    prom_scalar weights[MAX];      /* what a signer's secret share is multiplied by in its share of the signature */
    prom_scalar nonce_coefficient; /* b */
    prom_scalar offset;            /* what the tweaks add to the signature */
    prom_bytes32 nonce;            /* R, x-only */
    bool nonce_odd;
    prom_bytes32 key; /* Q, x-only */
    prom_span message;
};

/* A part that may be missing (NULL), after its length in one byte. */
static void hash_optional(prom_hasher *hasher, const uint8_t *bytes, size_t length)
{
    prom_hasher_add_number(hasher, bytes != NULL ? length : 0, 1);
    if (bytes != NULL) {
        prom_hasher_add(hasher, prom_span_of(bytes, length));
    }
}

/* BIP 445, NonceHash: the half number `half` (0 or 1) of a secret nonce. */
static void derive_nonce(prom_scalar *nonce, const prom_bytes32 *masked, const prom_frost_nonce_input *input,
                         uint8_t half)
{
    prom_hasher hasher;
    prom_bytes32 hash;
    prom_hasher_init(&hasher, "BIP0445/nonce");
    prom_hasher_add(&hasher, prom_span_of32(masked));
    hash_optional(&hasher, input->public_share != NULL ? input->public_share->bytes : NULL, sizeof(prom_point));
    hash_optional(&hasher, input->key != NULL ? input->key->bytes : NULL, sizeof(prom_bytes32));
    prom_hasher_add_number(&hasher, input->message != NULL ? 1 : 0, 1);
    if (input->message != NULL) {
        prom_hasher_add_number(&hasher, input->message->length, 8);
        prom_hasher_add(&hasher, *input->message);
    }
    prom_hasher_add_number(&hasher, input->extra.length, 4);
    prom_hasher_add(&hasher, input->extra);
    prom_hasher_add_number(&hasher, half, 1);
    prom_hasher_finish(&hasher, &hash);
    prom_scalar_reduce(nonce, &hash);
    prom_wipe32(&hash);
}

/* One half of a nonce, secret and public. */
static prom_result new_half(const prom_curve *curve, prom_bytes32 *secret, prom_point *public,
                            const prom_bytes32 *masked, const prom_frost_nonce_input *input, uint8_t half,
                            prom_error *error)
{
    prom_scalar nonce;
    prom_element point;
    derive_nonce(&nonce, masked, input, half);
    prom_scalar_serialize(secret, &nonce);
    prom_element_of_scalar(curve, &point, &nonce);
    prom_wipe(&nonce, sizeof nonce);
    *public = prom_element_serialize(curve, &point);
    return point.infinite ? prom_fail(error, PROM_CATEGORY_BROKEN, "a nonce came out as zero; draw another one")
                          : prom_ok();
}

prom_result prom_frost_nonce_new(const prom_curve *curve, prom_frost_secret_nonce *secret, prom_frost_nonce *nonce,
                                 const prom_bytes32 *randomness, const prom_frost_nonce_input *input, prom_error *error)
{
    *secret = (prom_frost_secret_nonce){0};
    if (input->extra.length > UINT32_MAX) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "the extra input to a nonce has %zu bytes; 2^32 - 1 is the most",
                         input->extra.length);
    }
    prom_bytes32 masked = *randomness;
    if (input->secret_share != NULL) {
        prom_tagged_hash(&masked, "BIP0445/aux", prom_span_of32(randomness));
        for (size_t i = 0; i < sizeof masked.bytes; i++) {
            masked.bytes[i] ^= input->secret_share->bytes[i];
        }
    }
    prom_result made = new_half(curve, &secret->first, &nonce->first, &masked, input, 0, error);
    if (prom_is_ok(made)) {
        made = new_half(curve, &secret->second, &nonce->second, &masked, input, 1, error);
    }
    prom_wipe32(&masked);
    if (!prom_is_ok(made)) {
        prom_wipe(secret, sizeof *secret);
    }
    return made;
}

prom_result prom_frost_nonce_sum(const prom_curve *curve, prom_frost_nonce *sum, size_t *culprit,
                                 const prom_frost_nonce *nonces, size_t count, prom_error *error)
{
    prom_element first_sum = prom_element_infinity();
    prom_element second_sum = prom_element_infinity();
    for (size_t i = 0; i < count; i++) {
        prom_element first;
        prom_element second;
        if (!prom_element_parse(curve, &first, &nonces[i].first) ||
            !prom_element_parse(curve, &second, &nonces[i].second)) {
            *culprit = i;
            return prom_fail(error, PROM_CATEGORY_PEER, "the public nonce of signer %zu is not two points of secp256k1",
                             i);
        }
        prom_element_add(curve, &first_sum, &first_sum, &first);
        prom_element_add(curve, &second_sum, &second_sum, &second);
    }
    *culprit = count;
    *sum = (prom_frost_nonce){prom_element_serialize(curve, &first_sum), prom_element_serialize(curve, &second_sum)};
    return prom_ok();
}

/* BIP 445, DeriveInterpolatingValue: the Lagrange coefficient of the signer at `index`, at 0. */
static void interpolating_value(prom_scalar *value, const prom_frost_terms *terms, size_t index)
{
    const uint32_t own = terms->ids[index];
    prom_scalar denominator = prom_scalar_of_number(1);
    prom_scalar numerator = prom_scalar_of_number(1);
    for (size_t i = 0; i < terms->count; i++) {
        const uint32_t other = terms->ids[i];
        if (i != index) {
            prom_scalar factor = prom_scalar_of_number(other + 1);
            prom_scalar_multiply(&numerator, &numerator, &factor);
            factor = prom_scalar_of_number(other > own ? other - own : own - other);
            prom_scalar_negate_if(&factor, other < own);
            prom_scalar_multiply(&denominator, &denominator, &factor);
        }
    }
    prom_scalar_invert(&denominator, &denominator);
    prom_scalar_multiply(value, &numerator, &denominator);
}

/* BIP 445, ValidateSignersCtx, as far as numbers tell. */
static prom_result check_ids(const prom_frost_terms *terms, prom_error *error)
{
    bool seen[MAX] = {false};
    if (terms->participants > MAX || terms->threshold < 1 || terms->threshold > terms->participants) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "a key shared %zu of %zu: the threshold is from 1 to the number of participants, at most %d",
                         terms->threshold, terms->participants, MAX);
    }
    if (terms->count < terms->threshold || terms->count > terms->participants) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%zu signers for a key shared %zu of %zu", terms->count,
                         terms->threshold, terms->participants);
    }
    for (size_t i = 0; i < terms->count; i++) {
        if (terms->ids[i] >= terms->participants) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "signer %zu is said to be participant %u of %zu", i,
                             terms->ids[i], terms->participants);
        }
        if (seen[terms->ids[i]]) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "participant %u is named twice among the signers",
                             terms->ids[i]);
        }
        seen[terms->ids[i]] = true;
    }
    return prom_ok();
}

/* The signers' public shares, which must interpolate to the key; `weights` becomes their interpolating values. */
static prom_result check_shares(const prom_curve *curve, prom_frost_session *session, prom_element *sum,
                                const prom_frost_terms *terms, prom_error *error)
{
    *sum = prom_element_infinity();
    session->count = terms->count;
    for (size_t i = 0; i < terms->count; i++) {
        prom_element term;
        session->ids[i] = terms->ids[i];
        if (!prom_element_parse(curve, &session->public_shares[i], &terms->public_shares[i])) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "the public share of signer %zu is not a point of secp256k1", i);
        }
        interpolating_value(&session->weights[i], terms, i);
        prom_element_multiply_vartime(curve, &term, &session->public_shares[i], &session->weights[i]);
        prom_element_add(curve, sum, sum, &term);
    }
    const prom_point key = prom_element_serialize(curve, sum);
    if (sum->infinite || memcmp(&key, &terms->key, sizeof key) != 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the signers' public shares do not belong to the shared key");
    }
    return prom_ok();
}

/* A key as tweaks change it: key = sign * shared key + offset * G. */
struct tweaked_key {
    prom_element key;
    bool negative;
    prom_scalar offset;
};

/* BIP 445, ApplyTweak. */
static prom_result apply_tweak(const prom_curve *curve, struct tweaked_key *tweaked, const prom_frost_tweak *tweak,
                               prom_error *error)
{
    const bool negate = tweak->xonly && prom_element_odd(curve, &tweaked->key);
    prom_scalar value;
    prom_element point;
    if (!prom_scalar_parse(&value, &tweak->value)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "a tweak is not below the order of secp256k1");
    }
    prom_element_of_scalar(curve, &point, &value);
    prom_element_negate_if(curve, &tweaked->key, negate);
    prom_element_add(curve, &tweaked->key, &tweaked->key, &point);
    if (tweaked->key.infinite) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "a tweak makes the shared key the point at infinity");
    }
    tweaked->negative ^= negate;
    prom_scalar_negate_if(&tweaked->offset, negate);
    prom_scalar_add(&tweaked->offset, &tweaked->offset, &value);
    return prom_ok();
}

/* The signers' ids in rising order, four bytes each: they are a set. */
static void hash_ids(prom_hasher *hasher, const prom_frost_session *session)
{
    for (uint32_t id = 0; id < MAX; id++) {
        for (size_t i = 0; i < session->count; i++) {
            if (session->ids[i] == id) {
                prom_hasher_add_number(hasher, id, 4);
            }
        }
    }
}

/* BIP 445, GetSessionValues: the coefficient b and the nonce R. */
static prom_result derive_session_nonce(const prom_curve *curve, prom_frost_session *session,
                                        const prom_frost_terms *terms, prom_error *error)
{
    const prom_scalar one = prom_scalar_of_number(1);
    prom_hasher hasher;
    prom_bytes32 hash;
    prom_element first;
    prom_element second;
    if (!prom_element_parse_or_infinity(curve, &first, &terms->nonce.first) ||
        !prom_element_parse_or_infinity(curve, &second, &terms->nonce.second)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "the sum of the signers' nonces is not two points of secp256k1");
    }
    prom_hasher_init(&hasher, "BIP0445/noncecoef");
    hash_ids(&hasher, session);
    prom_hasher_add(&hasher, prom_span_of(terms->nonce.first.bytes, sizeof(prom_point)));
    prom_hasher_add(&hasher, prom_span_of(terms->nonce.second.bytes, sizeof(prom_point)));
    prom_hasher_add(&hasher, prom_span_of32(&session->key));
    prom_hasher_add(&hasher, session->message);
    prom_hasher_finish(&hasher, &hash);
    prom_scalar_reduce(&session->nonce_coefficient, &hash);
    prom_element_multiply_vartime(curve, &second, &second, &session->nonce_coefficient);
    prom_element_add(curve, &first, &first, &second);
    if (first.infinite) { /* somebody chose its nonce for that: with G, its share will not be valid */
        prom_element_of_scalar(curve, &first, &one);
    }
    session->nonce = prom_element_x(curve, &first);
    session->nonce_odd = prom_element_odd(curve, &first);
    return prom_ok();
}

prom_result prom_frost_session_new(prom_arena *arena, const prom_curve *curve, prom_frost_session **session,
                                   const prom_frost_terms *terms, prom_error *error)
{
    struct tweaked_key tweaked = {.negative = false};
    prom_frost_session *made = NULL;
    prom_scalar challenge;
    PROM_TRY(check_ids(terms, error));
    PROM_TRY_NEW(made, arena, 1, error);
    PROM_TRY(check_shares(curve, made, &tweaked.key, terms, error));
    for (size_t i = 0; i < terms->tweak_count; i++) {
        PROM_TRY(apply_tweak(curve, &tweaked, &terms->tweaks[i], error));
    }
    const bool key_odd = prom_element_odd(curve, &tweaked.key);
    made->key = prom_element_x(curve, &tweaked.key);
    made->message = terms->message;
    PROM_TRY(derive_session_nonce(curve, made, terms, error));
    prom_schnorr_challenge(&challenge, "BIP0340", &made->nonce, &made->key, made->message);
    for (size_t i = 0; i < made->count; i++) {
        prom_scalar_multiply(&made->weights[i], &made->weights[i], &challenge);
        prom_scalar_negate_if(&made->weights[i], tweaked.negative != key_odd);
    }
    prom_scalar_multiply(&made->offset, &tweaked.offset, &challenge);
    prom_scalar_negate_if(&made->offset, key_odd);
    *session = made;
    return prom_ok();
}

prom_bytes32 prom_frost_session_key(const prom_frost_session *session)
{
    return session->key;
}

/* What a signer computes with; wiped as one. */
struct signing {
    prom_frost_secret_nonce nonce;
    prom_scalar first;
    prom_scalar second;
    prom_scalar secret;
    prom_scalar sum;
    prom_bytes32 share;
};

static void wipe_signing(struct signing *signing)
{
    prom_wipe(signing, sizeof *signing);
}

/* The secret nonce as numbers, and its public half. */
static prom_result open_nonce(const prom_curve *curve, struct signing *signing, prom_frost_nonce *public,
                              prom_error *error)
{
    prom_element first;
    prom_element second;
    const bool in_range = prom_scalar_parse(&signing->first, &signing->nonce.first) &&
                          prom_scalar_parse(&signing->second, &signing->nonce.second);
    prom_element_of_scalar(curve, &first, &signing->first);
    prom_element_of_scalar(curve, &second, &signing->second);
    if (!in_range || first.infinite || second.infinite) {
        return prom_fail(error, PROM_CATEGORY_MISUSE,
                         "a secret nonce is zero or out of range: it was used already; draw another one and start the "
                         "signing session anew");
    }
    *public = (prom_frost_nonce){prom_element_serialize(curve, &first), prom_element_serialize(curve, &second)};
    return prom_ok();
}

/* The participant's place among the signers, and its secret share as a number. */
static prom_result open_share(const prom_curve *curve, struct signing *signing, size_t *index,
                              const prom_frost_session *session, uint32_t id, const prom_bytes32 *secret_share,
                              prom_error *error)
{
    prom_element public_share;
    *index = 0;
    while (*index < session->count && session->ids[*index] != id) {
        ++*index;
    }
    if (*index == session->count) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "participant %u is not among the signers", id);
    }
    const bool in_range = prom_scalar_parse(&signing->secret, secret_share);
    prom_element_of_scalar(curve, &public_share, &signing->secret);
    if (!in_range || public_share.infinite) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "participant %u's secret share is zero or not below the order of secp256k1", id);
    }
    if (!prom_element_equal(curve, &public_share, &session->public_shares[*index])) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "participant %u's secret share does not belong to its public share", id);
    }
    return prom_ok();
}

prom_result prom_frost_sign(const prom_curve *curve, prom_bytes32 *share, prom_frost_secret_nonce *nonce,
                            const prom_frost_session *session, uint32_t id, const prom_bytes32 *secret_share,
                            prom_error *error)
{
    PROM_SCOPED(wipe_signing) struct signing signing = {.nonce = *nonce};
    prom_frost_nonce public;
    size_t index = 0;
    prom_wipe(nonce, sizeof *nonce);
    *share = (prom_bytes32){{0}};
    PROM_TRY(open_nonce(curve, &signing, &public, error));
    PROM_TRY(open_share(curve, &signing, &index, session, id, secret_share, error));
    prom_scalar_multiply(&signing.second, &signing.second, &session->nonce_coefficient);
    prom_scalar_add(&signing.sum, &signing.first, &signing.second);
    prom_scalar_negate_if(&signing.sum, session->nonce_odd);
    prom_scalar_multiply(&signing.secret, &signing.secret, &session->weights[index]);
    prom_scalar_add(&signing.sum, &signing.sum, &signing.secret);
    prom_scalar_serialize(&signing.share, &signing.sum);
    prom_declare_public(&signing.share, sizeof signing.share);
    /* A share made by a faulty machine can give the secret away: BIP 445 advises to verify it. */
    if (!prom_frost_share_valid(curve, session, index, &public, &signing.share)) {
        return prom_fail(error, PROM_CATEGORY_BROKEN,
                         "a share of a signature just made does not verify: is this machine sound?");
    }
    *share = signing.share;
    return prom_ok();
}

/* BIP 445, PartialSigVerify. */
bool prom_frost_share_valid(const prom_curve *curve, const prom_frost_session *session, size_t index,
                            const prom_frost_nonce *nonce, const prom_bytes32 *share)
{
    prom_scalar scalar;
    prom_element made;
    prom_element due;
    prom_element second;
    prom_element key;
    if (index >= session->count || !prom_scalar_parse(&scalar, share) ||
        !prom_element_parse(curve, &due, &nonce->first) || !prom_element_parse(curve, &second, &nonce->second)) {
        return false;
    }
    prom_element_multiply_vartime(curve, &second, &second, &session->nonce_coefficient);
    prom_element_add(curve, &due, &due, &second);
    prom_element_negate_if(curve, &due, session->nonce_odd);
    prom_element_multiply_vartime(curve, &key, &session->public_shares[index], &session->weights[index]);
    prom_element_add(curve, &due, &due, &key);
    prom_element_of_scalar(curve, &made, &scalar);
    return prom_element_equal(curve, &made, &due);
}

prom_result prom_frost_signature(const prom_curve *curve, prom_signature *signature, size_t *culprit,
                                 const prom_frost_session *session, const prom_bytes32 *shares, size_t count,
                                 prom_error *error)
{
    prom_scalar sum = session->offset;
    prom_bytes32 response;
    *signature = (prom_signature){{0}};
    *culprit = count;
    if (count != session->count) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%zu shares of a signature by %zu signers", count,
                         session->count);
    }
    for (size_t i = 0; i < count; i++) {
        prom_scalar share;
        if (!prom_scalar_parse(&share, &shares[i])) {
            *culprit = i;
            return prom_fail(error, PROM_CATEGORY_PEER, "the share of signer %zu is not below the order of secp256k1",
                             i);
        }
        prom_scalar_add(&sum, &sum, &share);
    }
    prom_scalar_serialize(&response, &sum);
    memcpy(signature->bytes, session->nonce.bytes, sizeof session->nonce.bytes);
    memcpy(signature->bytes + sizeof session->nonce.bytes, response.bytes, sizeof response.bytes);
    if (!prom_signature_valid(curve, signature, session->message, &session->key)) {
        *signature = (prom_signature){{0}};
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the signers' shares do not add up to a signature; find the wrong one and sign without it");
    }
    return prom_ok();
}
