#include "prometheus/crypto/seal.h"

#include <sodium.h>
#include <string.h>

#include "prometheus/crypto/hash.h"

_Static_assert(PROM_SEAL_NONCE == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "the nonce of XChaCha20");
_Static_assert(PROM_SEAL_OVERHEAD == PROM_SEAL_NONCE + crypto_aead_xchacha20poly1305_ietf_ABYTES, "nonce and tag");

static void seal_key_of(prom_bytes32 *key, const prom_bytes32 *h_p, const prom_bytes32 *contract_id)
{
    prom_hasher hasher;
    prom_hasher_init(&hasher, "prometheus/seal");
    prom_hasher_add(&hasher, prom_span_of32(h_p));
    prom_hasher_add(&hasher, prom_span_of32(contract_id));
    prom_hasher_finish(&hasher, key);
}

prom_result prom_seal(prom_arena *arena, prom_span *sealed, prom_span plain, const prom_bytes32 *h_p,
                      const prom_bytes32 *contract_id, const prom_seal_nonce *nonce, prom_error *error)
{
    uint8_t *output = NULL;
    prom_bytes32 key;
    if (plain.length > SIZE_MAX - PROM_SEAL_OVERHEAD) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%zu bytes are too many to seal", plain.length);
    }
    PROM_TRY_NEW(output, arena, plain.length + PROM_SEAL_OVERHEAD, error);
    memcpy(output, nonce->bytes, sizeof nonce->bytes);
    seal_key_of(&key, h_p, contract_id);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(output + PROM_SEAL_NONCE, NULL, plain.data, plain.length, NULL, 0,
                                                     NULL, nonce->bytes, key.bytes);
    prom_wipe32(&key);
    *sealed = prom_span_of(output, plain.length + PROM_SEAL_OVERHEAD);
    return prom_ok();
}

prom_result prom_unseal(prom_arena *arena, prom_span *plain, prom_span sealed, const prom_bytes32 *h_p,
                        const prom_bytes32 *contract_id, prom_error *error)
{
    uint8_t *output = NULL;
    prom_bytes32 key;
    *plain = prom_span_of(NULL, 0);
    if (sealed.length < PROM_SEAL_OVERHEAD) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "a ciphertext has %zu bytes; the least is %d", sealed.length,
                         PROM_SEAL_OVERHEAD);
    }
    const size_t length = sealed.length - PROM_SEAL_OVERHEAD;
    PROM_TRY_NEW(output, arena, length, error);
    seal_key_of(&key, h_p, contract_id);
    const int opened =
        crypto_aead_xchacha20poly1305_ietf_decrypt(output, NULL, NULL, sealed.data + PROM_SEAL_NONCE,
                                                   sealed.length - PROM_SEAL_NONCE, NULL, 0, sealed.data, key.bytes);
    prom_wipe32(&key);
    if (opened != 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the ciphertext does not open with this key for this contract");
    }
    *plain = prom_span_of(output, length);
    return prom_ok();
}

/* XORs `text` with the mask of the shared point. */
static void apply_mask(prom_bytes32 *text, const prom_bytes32 *contract_id, const prom_point *ephemeral,
                       const prom_bytes32 *verifier_key, const prom_point *shared)
{
    prom_hasher hasher;
    prom_bytes32 mask;
    prom_hasher_init(&hasher, "prometheus/key-for-verifier");
    prom_hasher_add(&hasher, prom_span_of32(contract_id));
    prom_hasher_add(&hasher, prom_span_of(ephemeral->bytes, sizeof ephemeral->bytes));
    prom_hasher_add(&hasher, prom_span_of32(verifier_key));
    prom_hasher_add(&hasher, prom_span_of(shared->bytes, sizeof shared->bytes));
    prom_hasher_finish(&hasher, &mask);
    for (size_t i = 0; i < sizeof text->bytes; i++) {
        text->bytes[i] ^= mask.bytes[i];
    }
    prom_wipe32(&mask);
}

prom_result prom_seal_key(const prom_curve *curve, prom_sealed_key *sealed, const prom_bytes32 *h_p,
                          const prom_bytes32 *contract_id, const prom_bytes32 *ephemeral_secret,
                          const prom_bytes32 *verifier_key, prom_error *error)
{
    const prom_point verifier = prom_point_of_public_key(verifier_key);
    prom_point shared;
    PROM_TRY(prom_point_of_secret(curve, &sealed->ephemeral, ephemeral_secret, error));
    PROM_TRY(prom_shared_point(curve, &shared, ephemeral_secret, &verifier, error));
    sealed->masked = *h_p;
    apply_mask(&sealed->masked, contract_id, &sealed->ephemeral, verifier_key, &shared);
    prom_wipe(&shared, sizeof shared);
    return prom_ok();
}

void prom_unmask_key(prom_bytes32 *h_p, const prom_sealed_key *sealed, const prom_bytes32 *contract_id,
                     const prom_bytes32 *verifier_key, const prom_point *shared)
{
    *h_p = sealed->masked;
    apply_mask(h_p, contract_id, &sealed->ephemeral, verifier_key, shared);
}

/* Unmasks, and checks against h. */
static prom_result open_key(prom_bytes32 *h_p, const prom_sealed_key *sealed, const prom_bytes32 *contract_id,
                            const prom_bytes32 *verifier_key, const prom_point *shared, const prom_bytes32 *h,
                            prom_error *error)
{
    prom_bytes32 hash;
    prom_unmask_key(h_p, sealed, contract_id, verifier_key, shared);
    prom_sha256(&hash, prom_span_of32(h_p));
    if (!prom_bytes32_equal(&hash, h)) {
        prom_wipe32(h_p);
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the key for the verifier is not the preimage of h");
    }
    return prom_ok();
}

prom_result prom_unseal_key(const prom_curve *curve, prom_bytes32 *h_p, const prom_sealed_key *sealed,
                            const prom_bytes32 *contract_id, const prom_key *verifier_key, const prom_bytes32 *h,
                            prom_error *error)
{
    prom_bytes32 secret;
    prom_point shared;
    *h_p = (prom_bytes32){{0}};
    PROM_TRY(prom_key_even_secret(curve, &secret, verifier_key, error));
    const prom_result agreed = prom_shared_point(curve, &shared, &secret, &sealed->ephemeral, error);
    prom_wipe32(&secret);
    PROM_TRY(prom_within(agreed, error, "the key for the verifier"));
    const prom_result opened = open_key(h_p, sealed, contract_id, &verifier_key->public_key, &shared, h, error);
    prom_wipe(&shared, sizeof shared);
    return opened;
}

prom_result prom_unseal_key_by_ephemeral(const prom_curve *curve, prom_bytes32 *h_p, const prom_sealed_key *sealed,
                                         const prom_seal_terms *terms, const prom_bytes32 *ephemeral_secret,
                                         prom_error *error)
{
    const prom_point verifier = prom_point_of_public_key(terms->verifier_key);
    prom_point ephemeral;
    prom_point shared;
    *h_p = (prom_bytes32){{0}};
    PROM_TRY(prom_point_of_secret(curve, &ephemeral, ephemeral_secret, error));
    if (memcmp(&ephemeral, &sealed->ephemeral, sizeof ephemeral) != 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "this is not the ephemeral secret of the key for the verifier");
    }
    PROM_TRY(prom_shared_point(curve, &shared, ephemeral_secret, &verifier, error));
    return open_key(h_p, sealed, terms->contract_id, terms->verifier_key, &shared, terms->h, error);
}
