#include "crypto/schnorr.h"

#include <stdio.h>
#include <string.h>

#include "crypto/group.h"
#include "crypto/secret_flow.h"
#include "prometheus/crypto/hash.h"

static void start_hash(prom_hasher *hasher, const char *prefix, const char *use)
{
    char tag[PROM_SCHNORR_PREFIX_MAX + sizeof "/challenge"];
    (void)snprintf(tag, sizeof tag, "%s/%s", prefix, use);
    prom_hasher_init(hasher, tag);
}

void prom_schnorr_challenge(prom_scalar *challenge, const char *prefix, const prom_bytes32 *nonce,
                            const prom_bytes32 *public_key, prom_span message)
{
    prom_hasher hasher;
    prom_bytes32 hash;
    start_hash(&hasher, prefix, "challenge");
    prom_hasher_add(&hasher, prom_span_of32(nonce));
    prom_hasher_add(&hasher, prom_span_of32(public_key));
    prom_hasher_add(&hasher, message);
    prom_hasher_finish(&hasher, &hash);
    prom_scalar_reduce(challenge, &hash);
}

/* BIP 340, Default Signing: k' from the secret (of the even point), the public key, the message and `auxiliary`. */
static void derive_nonce(prom_scalar *nonce, const char *prefix, prom_span message, const prom_scalar *secret,
                         const prom_bytes32 *public_key, const prom_bytes32 *auxiliary)
{
    prom_hasher hasher;
    prom_bytes32 masked;
    prom_bytes32 hash;
    start_hash(&hasher, prefix, "aux");
    prom_hasher_add(&hasher, prom_span_of32(auxiliary));
    prom_hasher_finish(&hasher, &hash);
    prom_scalar_serialize(&masked, secret);
    for (size_t i = 0; i < sizeof masked.bytes; i++) {
        masked.bytes[i] ^= hash.bytes[i];
    }
    start_hash(&hasher, prefix, "nonce");
    prom_hasher_add(&hasher, prom_span_of32(&masked));
    prom_hasher_add(&hasher, prom_span_of32(public_key));
    prom_hasher_add(&hasher, message);
    prom_hasher_finish(&hasher, &hash);
    prom_scalar_reduce(nonce, &hash);
    prom_wipe32(&masked);
    prom_wipe32(&hash);
}

struct signing {
    prom_scalar secret;
    prom_scalar nonce;
    prom_scalar sum;
    prom_bytes32 response;
};

static void wipe_signing(struct signing *signing)
{
    prom_wipe(signing, sizeof *signing);
}

prom_result prom_schnorr_sign(const prom_curve *curve, prom_signature *signature, const char *prefix, prom_span message,
                              const prom_scalar *secret, const prom_bytes32 *auxiliary, prom_error *error)
{
    PROM_SCOPED(wipe_signing) struct signing signing = {.secret = *secret};
    prom_element point;
    prom_scalar challenge;
    *signature = (prom_signature){{0}};
    prom_element_of_scalar(curve, &point, secret);
    if (point.infinite) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "a secret to sign with is zero");
    }
    const prom_bytes32 public_key = prom_element_x(curve, &point);
    prom_scalar_negate_if(&signing.secret, prom_element_odd(curve, &point));
    derive_nonce(&signing.nonce, prefix, message, &signing.secret, &public_key, auxiliary);
    prom_element_of_scalar(curve, &point, &signing.nonce);
    const prom_bytes32 nonce = prom_element_x(curve, &point);
    prom_scalar_negate_if(&signing.nonce, prom_element_odd(curve, &point));
    prom_schnorr_challenge(&challenge, prefix, &nonce, &public_key, message);
    prom_scalar_multiply(&signing.sum, &challenge, &signing.secret);
    prom_scalar_add(&signing.sum, &signing.sum, &signing.nonce);
    prom_scalar_serialize(&signing.response, &signing.sum);
    memcpy(signature->bytes, nonce.bytes, sizeof nonce.bytes);
    memcpy(signature->bytes + sizeof nonce.bytes, signing.response.bytes, sizeof signing.response.bytes);
    prom_declare_public(signature, sizeof *signature);
    /* A signature made by a faulty machine can give the secret away: BIP 340 advises to verify it. */
    if (!prom_schnorr_valid(curve, signature, prefix, message, &public_key)) {
        *signature = (prom_signature){{0}};
        return prom_fail(error, PROM_CATEGORY_BROKEN, "a signature just made does not verify: is this machine sound?");
    }
    return prom_ok();
}

bool prom_schnorr_valid(const prom_curve *curve, const prom_signature *signature, const char *prefix, prom_span message,
                        const prom_bytes32 *public_key)
{
    const prom_point even = prom_point_of_public_key(public_key);
    prom_element key;
    prom_element point;
    prom_bytes32 nonce;
    prom_bytes32 response;
    prom_scalar challenge;
    prom_scalar scalar;
    memcpy(nonce.bytes, signature->bytes, sizeof nonce.bytes);
    memcpy(response.bytes, signature->bytes + sizeof nonce.bytes, sizeof response.bytes);
    if (!prom_element_parse(curve, &key, &even) || !prom_scalar_parse(&scalar, &response)) {
        return false;
    }
    prom_schnorr_challenge(&challenge, prefix, &nonce, public_key, message);
    prom_scalar_negate_if(&challenge, true);
    prom_element_multiply_vartime(curve, &key, &key, &challenge);
    prom_element_of_scalar(curve, &point, &scalar);
    prom_element_add(curve, &point, &point, &key);
    if (point.infinite || prom_element_odd(curve, &point)) {
        return false;
    }
    const prom_bytes32 x = prom_element_x(curve, &point);
    return prom_bytes32_equal(&x, &nonce);
}
