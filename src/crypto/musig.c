#include "prometheus/crypto/musig.h"

#include <secp256k1_musig.h>
#include <string.h>

#include "crypto/curve.h"
#include "crypto/musig_parts.h"
#include "crypto/secret_flow.h"
#include "prometheus/crypto/hash.h"

#define MAX PROM_MUSIG_SIGNERS_MAX

/* The library's own types, which are plain bytes to us, and may be copied. */
_Static_assert(sizeof(((prom_musig_key *)0)->private_state) == sizeof(secp256k1_musig_keyagg_cache), "a key's state");
_Static_assert(sizeof(((prom_musig_session *)0)->private_state) == sizeof(secp256k1_musig_session),
               "a session's state");

static secp256k1_musig_keyagg_cache cache_of(const prom_musig_key *key)
{
    secp256k1_musig_keyagg_cache cache;
    memcpy(&cache, key->private_state, sizeof cache);
    return cache;
}

static secp256k1_musig_session state_of(const prom_musig_session *session)
{
    secp256k1_musig_session state;
    memcpy(&state, session->private_state, sizeof state);
    return state;
}

/* libsecp256k1 ends the process when it is given a key that it has not made. */
static prom_result check_key(const prom_musig_key *key, prom_error *error)
{
    return key->count >= 1 && key->count <= MAX
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_MISUSE, "a key of several signers is used before it was made");
}

static prom_result check_session(const prom_musig_session *session, const prom_musig_key *key, prom_error *error)
{
    PROM_TRY(check_key(key, error));
    return prom_bytes32_equal(&session->public_key, &key->public_key)
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_MISUSE, "a signing session is used with another key than its own");
}

/* Writes what all signers know of the key. */
static void save_key(const prom_curve *curve, prom_musig_key *key, const secp256k1_xonly_pubkey *public,
                     const secp256k1_musig_keyagg_cache *cache)
{
    (void)secp256k1_xonly_pubkey_serialize(curve->context, key->public_key.bytes, public);
    memcpy(key->private_state, cache, sizeof *cache);
}

prom_result prom_musig_key_of_points(const prom_curve *curve, prom_musig_key *key, const prom_point *points,
                                     size_t count, bool sort, prom_error *error)
{
    secp256k1_pubkey plain[MAX];
    const secp256k1_pubkey *pointers[MAX];
    secp256k1_musig_keyagg_cache cache;
    secp256k1_xonly_pubkey public;
    *key = (prom_musig_key){0};
    if (count < 1 || count > MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%zu signers of one key: there may be 1 to %d", count, MAX);
    }
    for (size_t i = 0; i < count; i++) {
        if (secp256k1_ec_pubkey_parse(curve->context, &plain[i], points[i].bytes, sizeof points[i].bytes) != 1) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the key of signer %zu of %zu is not a point of secp256k1",
                             i, count);
        }
        pointers[i] = &plain[i];
    }
    if ((sort && secp256k1_ec_pubkey_sort(curve->context, pointers, count) != 1) ||
        secp256k1_musig_pubkey_agg(curve->context, &public, &cache, pointers, count) != 1) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "the keys of %zu signers make no key", count); /* never */
    }
    save_key(curve, key, &public, &cache);
    memcpy(key->signers, points, count * sizeof *points);
    key->count = count;
    return prom_ok();
}

prom_result prom_musig_key_new(const prom_curve *curve, prom_musig_key *key, const prom_bytes32 *signers, size_t count,
                               prom_error *error)
{
    prom_point points[MAX];
    for (size_t i = 0; i < count && i < MAX; i++) {
        points[i] = prom_point_of_public_key(&signers[i]);
    }
    return prom_musig_key_of_points(curve, key, points, count, true, error);
}

prom_result prom_musig_key_tweak(const prom_curve *curve, prom_musig_key *tweaked, const prom_musig_key *key,
                                 const prom_bytes32 *tweak, prom_error *error)
{
    prom_musig_key made = *key;
    secp256k1_musig_keyagg_cache cache = cache_of(key);
    secp256k1_pubkey point;
    secp256k1_xonly_pubkey public;
    *tweaked = (prom_musig_key){0};
    PROM_TRY(check_key(&made, error));
    if (secp256k1_musig_pubkey_xonly_tweak_add(curve->context, &point, &cache, tweak->bytes) != 1 ||
        secp256k1_xonly_pubkey_from_pubkey(curve->context, &public, NULL, &point) != 1) {
        return prom_fail(
            error, PROM_CATEGORY_BAD_INPUT,
            "a tweak of a key of several signers is not below the order of secp256k1, or minus its secret");
    }
    save_key(curve, &made, &public, &cache);
    *tweaked = made;
    return prom_ok();
}

/* One nonce, good once. */
struct nonce {
    bool unused;
    secp256k1_musig_secnonce secret;
    secp256k1_musig_pubnonce public;
};

struct prom_musig_nonces {
    secp256k1_keypair pair; /* of the signer, with the even y */
    secp256k1_pubkey point;
    prom_point own;
    size_t count;
    struct nonce *nonces;
};

static bool signs_for(const prom_musig_key *key, const prom_point *own)
{
    for (size_t i = 0; i < key->count; i++) {
        if (memcmp(&key->signers[i], own, sizeof *own) == 0) {
            return true;
        }
    }
    return false;
}

static prom_result not_a_signer(prom_error *error)
{
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the own public key is not among the signers' keys");
}

/* The signer's key pair with the even y, and its plain key. */
static prom_result open_signer(const prom_curve *curve, prom_musig_nonces *nonces, const prom_musig_signer *signer,
                               prom_bytes32 *secret, prom_error *error)
{
    prom_point made;
    size_t length = sizeof made.bytes;
    nonces->own = prom_point_of_public_key(&signer->own->public_key);
    if (!signs_for(signer->all, &nonces->own)) {
        return not_a_signer(error);
    }
    PROM_TRY(prom_key_even_secret(curve, secret, signer->own, error));
    if (!prom_succeeded(secp256k1_keypair_create(curve->context, &nonces->pair, secret->bytes)) ||
        secp256k1_keypair_pub(curve->context, &nonces->point, &nonces->pair) != 1) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "a secret key is out of range that just was not"); /* never */
    }
    prom_declare_public(&nonces->point, sizeof nonces->point);
    (void)secp256k1_ec_pubkey_serialize(curve->context, made.bytes, &length, &nonces->point, SECP256K1_EC_COMPRESSED);
    return memcmp(&made, &nonces->own, sizeof made) == 0
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BROKEN, "the halves of the own key do not belong together");
}

/* The next nonce, from a session secret of its own: libsecp256k1 wants never to see the same one again. */
static prom_result draw_nonce(const prom_curve *curve, prom_musig_nonces *nonces, prom_musig_nonce *public_half,
                              const prom_bytes32 *secret, const prom_musig_signer *signer, prom_error *error)
{
    const secp256k1_musig_keyagg_cache cache = cache_of(signer->all);
    struct nonce *nonce = &nonces->nonces[nonces->count];
    prom_bytes32 session;
    prom_hasher hasher;
    prom_hasher_init(&hasher, "prometheus/musig-nonce");
    prom_hasher_add(&hasher, prom_span_of32(signer->randomness));
    prom_hasher_add_number(&hasher, nonces->count, 8);
    prom_hasher_finish(&hasher, &session);
    prom_wipe(&hasher, sizeof hasher);
    const bool made =
        prom_succeeded(secp256k1_musig_nonce_gen(curve->context, &nonce->secret, &nonce->public, session.bytes,
                                                 secret->bytes, &nonces->point, NULL, &cache, signer->bound->bytes));
    prom_wipe32(&session);
    prom_declare_public(&nonce->public, sizeof nonce->public);
    if (!made) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "a nonce came out as zero; draw others"); /* never */
    }
    (void)secp256k1_musig_pubnonce_serialize(curve->context, public_half->bytes, &nonce->public);
    nonce->unused = true;
    return prom_ok();
}

prom_result prom_musig_nonces_new(prom_arena *arena, const prom_curve *curve, prom_musig_nonces **nonces,
                                  prom_musig_nonce *public_halves, size_t count, const prom_musig_signer *signer,
                                  prom_error *error)
{
    prom_musig_nonces *made = NULL;
    prom_bytes32 secret = {{0}};
    const prom_bytes32 zeros = {{0}};
    *nonces = NULL;
    PROM_TRY(check_key(signer->all, error));
    const bool spent = prom_bytes32_equal(signer->randomness, &zeros);
    prom_declare_public(&spent, sizeof spent);
    if (count == 0 || spent) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "%s",
                         count == 0 ? "no nonces are asked for" : "nonces are asked for without fresh randomness");
    }
    PROM_TRY_NEW(made, arena, 1, error);
    PROM_TRY_NEW(made->nonces, arena, count, error);
    prom_result result = open_signer(curve, made, signer, &secret, error);
    for (made->count = 0; prom_is_ok(result) && made->count < count; made->count++) {
        result = draw_nonce(curve, made, &public_halves[made->count], &secret, signer, error);
    }
    prom_wipe32(&secret);
    prom_wipe32(signer->randomness);
    if (prom_is_ok(result)) {
        *nonces = made;
    } else {
        prom_musig_nonces_wipe(made);
    }
    return result;
}

void prom_musig_nonces_wipe(prom_musig_nonces *nonces)
{
    if (nonces != NULL) {
        prom_wipe(nonces->nonces, nonces->count * sizeof *nonces->nonces);
        prom_wipe(&nonces->pair, sizeof nonces->pair);
    }
}

prom_result prom_musig_nonce_sum(const prom_curve *curve, prom_musig_nonce *sum, size_t *culprit,
                                 const prom_musig_nonce *nonces, size_t count, prom_error *error)
{
    secp256k1_musig_pubnonce parsed[MAX];
    const secp256k1_musig_pubnonce *pointers[MAX];
    secp256k1_musig_aggnonce total;
    *sum = (prom_musig_nonce){{0}};
    *culprit = count;
    if (count < 1 || count > MAX) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "the nonces of %zu signers are to be added: 1 to %d may be",
                         count, MAX);
    }
    for (size_t i = 0; i < count; i++) {
        if (secp256k1_musig_pubnonce_parse(curve->context, &parsed[i], nonces[i].bytes) != 1) {
            *culprit = i;
            return prom_fail(error, PROM_CATEGORY_PEER, "the public nonce of signer %zu is not two points of secp256k1",
                             i);
        }
        pointers[i] = &parsed[i];
    }
    if (secp256k1_musig_nonce_agg(curve->context, &total, pointers, count) != 1) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "public nonces just read cannot be added"); /* never */
    }
    (void)secp256k1_musig_aggnonce_serialize(curve->context, sum->bytes, &total);
    return prom_ok();
}

prom_result prom_musig_session_new(const prom_curve *curve, prom_musig_session *session, const prom_musig_key *key,
                                   const prom_musig_nonce *sum, const prom_bytes32 *message, prom_error *error)
{
    const secp256k1_musig_keyagg_cache cache = cache_of(key);
    secp256k1_musig_aggnonce total;
    secp256k1_musig_session state;
    *session = (prom_musig_session){0};
    PROM_TRY(check_key(key, error));
    if (secp256k1_musig_aggnonce_parse(curve->context, &total, sum->bytes) != 1) {
        return prom_fail(error, PROM_CATEGORY_PEER, "the sum of the signers' nonces is not two points of secp256k1");
    }
    if (secp256k1_musig_nonce_process(curve->context, &state, &total, message->bytes, &cache) != 1) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "a signing session cannot be made"); /* never */
    }
    session->message = *message;
    session->public_key = key->public_key;
    memcpy(session->private_state, &state, sizeof state);
    return prom_ok();
}

/* A partial signature made by a faulty machine can give the secret away: BIP 327 advises to verify it. Consumes the
 * nonce. */
static prom_result sign_once(const prom_curve *curve, prom_musig_partial *partial, const prom_musig_nonces *nonces,
                             struct nonce *nonce, const prom_musig_key *key, const prom_musig_session *session,
                             prom_error *error)
{
    const secp256k1_musig_keyagg_cache cache = cache_of(key);
    const secp256k1_musig_session state = state_of(session);
    secp256k1_musig_partial_sig made;
    const bool signed_it = prom_succeeded(
        secp256k1_musig_partial_sign(curve->context, &made, &nonce->secret, &nonces->pair, &cache, &state));
    prom_declare_public(&made, sizeof made);
    if (!signed_it || secp256k1_musig_partial_sig_verify(curve->context, &made, &nonce->public, &nonces->point, &cache,
                                                         &state) != 1) {
        return prom_fail(error, PROM_CATEGORY_BROKEN,
                         "a partial signature just made does not verify: is this machine sound?");
    }
    (void)secp256k1_musig_partial_sig_serialize(curve->context, partial->bytes, &made);
    return prom_ok();
}

prom_result prom_musig_sign(const prom_curve *curve, prom_musig_partial *partial, prom_musig_nonces *nonces,
                            size_t index, const prom_musig_key *key, const prom_musig_session *session,
                            prom_error *error)
{
    *partial = (prom_musig_partial){{0}};
    if (index >= nonces->count) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "nonce %zu of %zu is to sign; they are counted from 0", index,
                         nonces->count);
    }
    struct nonce *nonce = &nonces->nonces[index];
    if (!nonce->unused) {
        return prom_fail(error, PROM_CATEGORY_MISUSE,
                         "nonce %zu was used or wiped already, and a second partial signature under it would give the "
                         "secret key away; start the signing anew with other nonces",
                         index);
    }
    nonce->unused = false;
    prom_result result = check_session(session, key, error);
    if (prom_is_ok(result) && !signs_for(key, &nonces->own)) {
        result = not_a_signer(error);
    }
    if (prom_is_ok(result)) {
        result = sign_once(curve, partial, nonces, nonce, key, session, error);
    }
    prom_wipe(&nonce->secret, sizeof nonce->secret);
    return result;
}

bool prom_musig_partial_valid(const prom_curve *curve, const prom_musig_key *key, const prom_musig_session *session,
                              size_t signer, const prom_musig_nonce *nonce, const prom_musig_partial *partial)
{
    secp256k1_musig_pubnonce public;
    secp256k1_musig_partial_sig made;
    secp256k1_pubkey point;
    if (!prom_is_ok(check_session(session, key, NULL)) || signer >= key->count ||
        secp256k1_musig_partial_sig_parse(curve->context, &made, partial->bytes) != 1 ||
        secp256k1_musig_pubnonce_parse(curve->context, &public, nonce->bytes) != 1 ||
        secp256k1_ec_pubkey_parse(curve->context, &point, key->signers[signer].bytes, sizeof(prom_point)) != 1) {
        return false;
    }
    const secp256k1_musig_keyagg_cache cache = cache_of(key);
    const secp256k1_musig_session state = state_of(session);
    return secp256k1_musig_partial_sig_verify(curve->context, &made, &public, &point, &cache, &state) == 1;
}

prom_result prom_musig_signature(const prom_curve *curve, prom_signature *signature, size_t *culprit,
                                 const prom_musig_key *key, const prom_musig_session *session,
                                 const prom_musig_partial *partials, prom_error *error)
{
    secp256k1_musig_partial_sig parsed[MAX];
    const secp256k1_musig_partial_sig *pointers[MAX];
    const secp256k1_musig_session state = state_of(session);
    *signature = (prom_signature){{0}};
    *culprit = key->count;
    PROM_TRY(check_session(session, key, error));
    for (size_t i = 0; i < key->count; i++) {
        if (secp256k1_musig_partial_sig_parse(curve->context, &parsed[i], partials[i].bytes) != 1) {
            *culprit = i;
            return prom_fail(error, PROM_CATEGORY_PEER,
                             "the partial signature of signer %zu is not below the order of secp256k1", i);
        }
        pointers[i] = &parsed[i];
    }
    if (secp256k1_musig_partial_sig_agg(curve->context, signature->bytes, &state, pointers, key->count) != 1) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "partial signatures just read cannot be added"); /* never */
    }
    if (!prom_signature_valid(curve, signature, prom_span_of32(&session->message), &key->public_key)) {
        *signature = (prom_signature){{0}};
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the signers' partial signatures do not add up to a signature; find the wrong one and sign "
                         "anew without its maker");
    }
    return prom_ok();
}
