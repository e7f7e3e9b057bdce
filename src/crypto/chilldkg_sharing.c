#include <string.h>

#include "crypto/chilldkg_parts.h"
#include "crypto/schnorr.h"

/* The tags' prefix of the proofs. */
static const char proof_prefix[] = "BIP DKG/pop message";

prom_result prom_dkg_polynomial_of_seed(prom_dkg_polynomial *polynomial, size_t count, const prom_bytes32 *seed,
                                        prom_error *error)
{
    polynomial->count = count;
    for (size_t i = 0; i < count; i++) {
        prom_hasher hasher;
        prom_bytes32 hash;
        prom_hasher_init(&hasher, "BIP DKG/vss coeffs");
        prom_hasher_add(&hasher, prom_span_of32(seed));
        prom_hasher_add_number(&hasher, i, 4);
        prom_hasher_finish(&hasher, &hash);
        const bool in_range = prom_scalar_parse(&polynomial->coefficients[i], &hash);
        prom_wipe32(&hash);
        if (!in_range) { /* a chance of 2^-128 */
            return prom_fail(error, PROM_CATEGORY_BROKEN,
                             "a hash is not below the order of secp256k1; draw another "
                             "randomness");
        }
    }
    return prom_ok();
}

/* Horner's rule at id + 1. */
void prom_dkg_share(prom_scalar *share, const prom_dkg_polynomial *polynomial, size_t id)
{
    const prom_scalar at = prom_scalar_of_number((uint32_t)id + 1);
    *share = prom_scalar_of_number(0);
    for (size_t i = polynomial->count; i-- > 0;) {
        prom_scalar_multiply(share, share, &at);
        prom_scalar_add(share, share, &polynomial->coefficients[i]);
    }
}

void prom_dkg_commit(const prom_curve *curve, prom_dkg_commitment *commitment, const prom_dkg_polynomial *polynomial)
{
    commitment->count = polynomial->count;
    for (size_t i = 0; i < polynomial->count; i++) {
        prom_element_of_scalar(curve, &commitment->terms[i], &polynomial->coefficients[i]);
    }
}

void prom_dkg_public_share(const prom_curve *curve, prom_element *share, const prom_dkg_commitment *commitment,
                           size_t id)
{
    const prom_scalar at = prom_scalar_of_number((uint32_t)id + 1);
    *share = prom_element_infinity();
    for (size_t i = commitment->count; i-- > 0;) {
        prom_element_multiply_vartime(curve, share, share, &at);
        prom_element_add(curve, share, share, &commitment->terms[i]);
    }
}

static prom_span proof_message(uint8_t bytes[4], size_t id)
{
    for (size_t i = 0; i < 4; i++) {
        bytes[i] = (uint8_t)(id >> (24 - 8 * i));
    }
    return prom_span_of(bytes, 4);
}

prom_result prom_dkg_prove(const prom_curve *curve, prom_signature *proof, const prom_scalar *secret, size_t id,
                           const prom_bytes32 *auxiliary, prom_error *error)
{
    uint8_t bytes[4];
    return prom_schnorr_sign(curve, proof, proof_prefix, proof_message(bytes, id), secret, auxiliary, error);
}

bool prom_dkg_proof_valid(const prom_curve *curve, const prom_signature *proof, const prom_element *commitment,
                          size_t id)
{
    uint8_t bytes[4];
    const prom_bytes32 key = prom_element_x(curve, commitment);
    return prom_schnorr_valid(curve, proof, proof_prefix, proof_message(bytes, id), &key);
}

/* BIP 341 advises that a key which is to have no script path be tweaked by the hash of itself alone: else one
 * participant could have hidden a script of its own in its part of the sum. */
static prom_result derive_tweak(const prom_curve *curve, prom_scalar *tweak, const prom_element *key, prom_error *error)
{
    const prom_bytes32 x = prom_element_x(curve, key);
    prom_bytes32 hash;
    prom_tagged_hash(&hash, "TapTweak", prom_span_of32(&x));
    return prom_scalar_parse(tweak, &hash)
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BROKEN, "a hash is not below the order of secp256k1");
}

prom_result prom_dkg_derive_output(const prom_curve *curve, prom_dkg_output *output, prom_scalar *tweak,
                                   const prom_dkg_commitment *sum, size_t participants, prom_error *error)
{
    prom_dkg_commitment tweaked = *sum;
    prom_element point;
    PROM_TRY(derive_tweak(curve, tweak, &sum->terms[0], error));
    prom_element_of_scalar(curve, &point, tweak);
    prom_element_add(curve, &tweaked.terms[0], &tweaked.terms[0], &point);
    bool infinite = sum->terms[0].infinite || tweaked.terms[0].infinite;
    output->key = prom_element_serialize(curve, &tweaked.terms[0]);
    output->count = participants;
    for (size_t i = 0; i < participants; i++) {
        prom_dkg_public_share(curve, &point, &tweaked, i);
        infinite = infinite || point.infinite;
        output->public_shares[i] = prom_element_serialize(curve, &point);
    }
    return infinite ? prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                                "the participants' commitments cancel each other out to the point at infinity")
                    : prom_ok();
}
