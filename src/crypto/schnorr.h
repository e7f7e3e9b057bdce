/* BIP 340 signatures with a prefix of the tags' names of one's own, as BIP 340 proposes for other uses of its scheme
 * ("Domain Separation"): what signs under one prefix says nothing under another. With the prefix "BIP0340" it is
 * BIP 340 itself, for which prom_sign is there. */
#ifndef CRYPTO_SCHNORR_H
#define CRYPTO_SCHNORR_H

#include "crypto/scalar.h"
#include "prometheus/base/result.h"
#include "prometheus/crypto/key.h"

#define PROM_SCHNORR_PREFIX_MAX 32

/* A signature of `message` under the tags `prefix`/aux, /nonce and /challenge; the prefix has at most
 * PROM_SCHNORR_PREFIX_MAX characters. Checked before it is returned. Fails, with `signature` zeroed, when the secret
 * is 0 (PROM_CATEGORY_BAD_INPUT) or when the machine computed wrongly (PROM_CATEGORY_BROKEN). */
PROM_MUST_USE prom_result prom_schnorr_sign(const prom_curve *curve, prom_signature *signature, const char *prefix,
                                            prom_span message, const prom_scalar *secret, const prom_bytes32 *auxiliary,
                                            prom_error *error);

/* Whether `signature` is such a signature by the x-only `public_key`. */
PROM_MUST_USE bool prom_schnorr_valid(const prom_curve *curve, const prom_signature *signature, const char *prefix,
                                      prom_span message, const prom_bytes32 *public_key);

/* BIP 340's challenge e under `prefix`: of R's x coordinate, the public key and the message. */
void prom_schnorr_challenge(prom_scalar *challenge, const char *prefix, const prom_bytes32 *nonce,
                            const prom_bytes32 *public_key, prom_span message);

#endif
