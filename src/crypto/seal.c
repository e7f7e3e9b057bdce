#include "prometheus/crypto/seal.h"

#include <sodium.h>
#include <string.h>

#include "crypto/group.h"
#include "crypto/scalar.h"
#include "crypto/secret_flow.h"
#include "prometheus/crypto/hash.h"

_Static_assert(PROM_SEAL_NONCE == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "the nonce of XChaCha20");
_Static_assert(PROM_SEAL_OVERHEAD == PROM_SEAL_NONCE + crypto_aead_xchacha20poly1305_ietf_ABYTES, "nonce and tag");

/* nonce || ciphertext and tag, in the arena. */
static prom_result encrypt(prom_arena *arena, prom_span *sealed, prom_span plain, prom_span associated,
                           const prom_bytes32 *key, const prom_seal_nonce *nonce, prom_error *error)
{
    uint8_t *output = NULL;
    if (plain.length > SIZE_MAX - PROM_SEAL_OVERHEAD) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%zu bytes are too many to seal", plain.length);
    }
    PROM_TRY_NEW(output, arena, plain.length + PROM_SEAL_OVERHEAD, error);
    memcpy(output, nonce->bytes, sizeof nonce->bytes);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(output + PROM_SEAL_NONCE, NULL, plain.data, plain.length,
                                                     associated.data, associated.length, NULL, nonce->bytes,
                                                     key->bytes);
    prom_declare_public(output, plain.length + PROM_SEAL_OVERHEAD);
    *sealed = prom_span_of(output, plain.length + PROM_SEAL_OVERHEAD);
    return prom_ok();
}

static prom_result decrypt(prom_arena *arena, prom_span *plain, prom_span sealed, prom_span associated,
                           const prom_bytes32 *key, prom_error *error)
{
    uint8_t *output = NULL;
    *plain = prom_span_of(NULL, 0);
    if (sealed.length < PROM_SEAL_OVERHEAD) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "a ciphertext has %zu bytes; the least is %d", sealed.length,
                         PROM_SEAL_OVERHEAD);
    }
    const size_t length = sealed.length - PROM_SEAL_OVERHEAD;
    PROM_TRY_NEW(output, arena, length, error);
    const int opened = crypto_aead_xchacha20poly1305_ietf_decrypt(output, NULL, NULL, sealed.data + PROM_SEAL_NONCE,
                                                                  sealed.length - PROM_SEAL_NONCE, associated.data,
                                                                  associated.length, sealed.data, key->bytes);
    prom_declare_public(&opened, sizeof opened);
    if (opened != 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the ciphertext does not open with this key for this contract");
    }
    *plain = prom_span_of(output, length);
    return prom_ok();
}

/* A round's key, and what is authenticated beside it. */
struct round_key {
    prom_bytes32 key;
    uint8_t associated[sizeof(prom_bytes32) + 1];
};

static void open_round(struct round_key *round, const prom_seal_round_terms *terms)
{
    prom_hasher hasher;
    prom_hasher_init(&hasher, "prometheus/seal");
    prom_hasher_add(&hasher, prom_span_of32(terms->h_p));
    prom_hasher_add(&hasher, prom_span_of32(terms->contract_id));
    prom_hasher_add_number(&hasher, terms->round, 1);
    prom_hasher_add(&hasher, prom_span_of32(terms->root));
    prom_hasher_finish(&hasher, &round->key);
    memcpy(round->associated, terms->contract_id->bytes, sizeof terms->contract_id->bytes);
    round->associated[sizeof(prom_bytes32)] = terms->round;
}

prom_result prom_seal_round(prom_arena *arena, prom_span *sealed, prom_span plain, const prom_seal_round_terms *terms,
                            const prom_seal_nonce *nonce, prom_error *error)
{
    struct round_key round;
    open_round(&round, terms);
    const prom_span associated = prom_span_of(round.associated, sizeof round.associated);
    const prom_result result = encrypt(arena, sealed, plain, associated, &round.key, nonce, error);
    prom_wipe32(&round.key);
    return result;
}

prom_result prom_unseal_round(prom_arena *arena, prom_span *plain, prom_span sealed, const prom_seal_round_terms *terms,
                              prom_error *error)
{
    struct round_key round;
    open_round(&round, terms);
    const prom_span associated = prom_span_of(round.associated, sizeof round.associated);
    const prom_result result = decrypt(arena, plain, sealed, associated, &round.key, error);
    prom_wipe32(&round.key);
    return result;
}

/* e of E_V; that it is not 0 is checked where it is multiplied. */
static void derive_ephemeral(prom_bytes32 *ephemeral, const prom_bytes32 *h_p, const prom_bytes32 *contract_id)
{
    prom_hasher hasher;
    prom_bytes32 hash;
    prom_scalar scalar;
    prom_hasher_init(&hasher, "prometheus/ev-scalar");
    prom_hasher_add(&hasher, prom_span_of32(h_p));
    prom_hasher_add(&hasher, prom_span_of32(contract_id));
    prom_hasher_finish(&hasher, &hash);
    prom_scalar_reduce(&scalar, &hash);
    prom_scalar_serialize(ephemeral, &scalar);
    prom_wipe32(&hash);
    prom_wipe(&scalar, sizeof scalar);
}

/* XORs `text` with the pad of E_V, where `shared` = e*K. */
static void apply_pad(prom_bytes32 *text, const prom_bytes32 *contract_id, const prom_point *ephemeral,
                      const prom_point *verifier, const prom_point *shared)
{
    prom_hasher hasher;
    prom_bytes32 pad;
    prom_hasher_init(&hasher, "prometheus/ev-pad");
    prom_hasher_add(&hasher, prom_span_of32(contract_id));
    prom_hasher_add_point(&hasher, ephemeral);
    prom_hasher_add_point(&hasher, verifier);
    prom_hasher_add_point(&hasher, shared);
    prom_hasher_finish(&hasher, &pad);
    for (size_t i = 0; i < sizeof text->bytes; i++) {
        text->bytes[i] ^= pad.bytes[i];
    }
    prom_wipe32(&pad);
}

prom_result prom_sealed_key_make(const prom_curve *curve, prom_sealed_key *sealed, const prom_bytes32 *h_p,
                                 const prom_bytes32 *contract_id, const prom_bytes32 *verifier_key, prom_error *error)
{
    const prom_point verifier = prom_point_of_public_key(verifier_key);
    prom_bytes32 ephemeral;
    prom_point shared;
    *sealed = (prom_sealed_key){0};
    derive_ephemeral(&ephemeral, h_p, contract_id);
    prom_result result = prom_shared_point(curve, &shared, &ephemeral, &verifier, error);
    if (prom_is_ok(result)) {
        result = prom_point_of_secret(curve, &sealed->ephemeral, &ephemeral, error);
    }
    if (prom_is_ok(result)) {
        sealed->masked = *h_p;
        apply_pad(&sealed->masked, contract_id, &sealed->ephemeral, &verifier, &shared);
        prom_declare_public(sealed, sizeof *sealed);
    }
    prom_wipe32(&ephemeral);
    prom_wipe(&shared, sizeof shared);
    return prom_within(result, error, "the key for the verifier");
}

prom_result prom_sealed_key_check(const prom_curve *curve, const prom_sealed_key *sealed, const prom_bytes32 *h_p,
                                  const prom_bytes32 *contract_id, const prom_bytes32 *verifier_key, prom_error *error)
{
    prom_sealed_key made;
    PROM_TRY(prom_sealed_key_make(curve, &made, h_p, contract_id, verifier_key, error));
    if (memcmp(&made.ephemeral, &sealed->ephemeral, sizeof made.ephemeral) != 0 ||
        !prom_bytes32_equal(&made.masked, &sealed->masked)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the key for the verifier is not the one that h_p makes");
    }
    return prom_ok();
}

/* Decrypts with the verifier's key; whether it is the preimage of h remains to be seen. */
static prom_result decrypt_key(const prom_curve *curve, prom_bytes32 *h_p, const prom_sealed_key *sealed,
                               const prom_bytes32 *contract_id, const prom_key *verifier_key, prom_error *error)
{
    const prom_point verifier = prom_point_of_public_key(&verifier_key->public_key);
    prom_bytes32 secret;
    prom_point shared;
    PROM_TRY(prom_key_even_secret(curve, &secret, verifier_key, error));
    const prom_result agreed = prom_shared_point(curve, &shared, &secret, &sealed->ephemeral, error);
    prom_wipe32(&secret);
    PROM_TRY(prom_within(agreed, error, "the key for the verifier"));
    *h_p = sealed->masked;
    apply_pad(h_p, contract_id, &sealed->ephemeral, &verifier, &shared);
    prom_wipe(&shared, sizeof shared);
    return prom_ok();
}

prom_result prom_sealed_key_open(const prom_curve *curve, prom_bytes32 *h_p, const prom_sealed_key *sealed,
                                 const prom_bytes32 *contract_id, const prom_key *verifier_key, const prom_bytes32 *h,
                                 prom_error *error)
{
    prom_bytes32 hash;
    *h_p = (prom_bytes32){{0}};
    PROM_TRY(decrypt_key(curve, h_p, sealed, contract_id, verifier_key, error));
    prom_sha256(&hash, prom_span_of32(h_p));
    prom_declare_public(&hash, sizeof hash);
    prom_result result = prom_bytes32_equal(&hash, h) ? prom_ok()
                                                      : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                                                                  "the key for the verifier is not the preimage of h");
    if (prom_is_ok(result)) {
        result = prom_sealed_key_check(curve, sealed, h_p, contract_id, &verifier_key->public_key, error);
    }
    if (!prom_is_ok(result)) {
        prom_wipe32(h_p);
    }
    return result;
}
