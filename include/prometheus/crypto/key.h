/* Keys on secp256k1: BIP 340 signatures, x-only keys and their tweaks (BIP 341), Diffie-Hellman. Secrets are wiped by
 * their owner with prom_key_wipe or prom_wipe32. After a failure the out-arguments hold nothing of use, and no secret.
 */
#ifndef PROMETHEUS_CRYPTO_KEY_H
#define PROMETHEUS_CRYPTO_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/declarations.h"
#include "prometheus/base/result.h"

PROM_DECLARATIONS_BEGIN

/* What the curve's functions need; made once, used by one thread at a time. */
typedef struct prom_curve prom_curve;

/* Makes a curve in the arena. `randomness` (32 fresh random bytes) blinds the operations on secrets. */
PROM_MUST_USE prom_result prom_curve_new(prom_arena *arena, prom_curve **curve, const prom_bytes32 *randomness,
                                         prom_error *error);

/* A secret and its x-only public key. */
typedef struct prom_key {
    prom_bytes32 secret;
    prom_bytes32 public_key;
} prom_key;

typedef struct prom_signature {
    uint8_t bytes[64];
} prom_signature;

/* A point in compressed form. */
typedef struct prom_point {
    uint8_t bytes[33];
} prom_point;

/* Makes the key of `secret`; fails (PROM_CATEGORY_BAD_INPUT, `key` zeroed) when the secret is 0 or not below the
 * order. */
PROM_MUST_USE prom_result prom_key_from_secret(const prom_curve *curve, prom_key *key, const prom_bytes32 *secret,
                                               prom_error *error);
void prom_key_wipe(prom_key *key);

/* Makes the BIP 340 signature of `message` with 32 bytes of auxiliary randomness; checked before it is returned. Fails,
 * with `signature` zeroed, when the secret is out of range (PROM_CATEGORY_BAD_INPUT), when the halves of the key do not
 * belong together or when the machine computed wrongly (PROM_CATEGORY_BROKEN). */
PROM_MUST_USE prom_result prom_sign(const prom_curve *curve, prom_signature *signature, const prom_bytes32 *message,
                                    const prom_key *key, const prom_bytes32 *auxiliary, prom_error *error);

/* Returns whether `signature` is `public_key`'s BIP 340 signature of `message`. */
PROM_MUST_USE bool prom_signature_valid(const prom_curve *curve, const prom_signature *signature, prom_span message,
                                        const prom_bytes32 *public_key);

/* Returns whether `signature`, in DER, is the ECDSA signature of `hash` by that key, with the lower of its two values
 * of s (BIP 146): of coins that are not P2TR. */
PROM_MUST_USE bool prom_ecdsa_valid(const prom_curve *curve, prom_span signature, const prom_bytes32 *hash,
                                    const prom_point *public_key);

/* Returns whether the 32 bytes are the x coordinate of a point on the curve. */
PROM_MUST_USE bool prom_public_key_valid(const prom_curve *curve, const prom_bytes32 *public_key);

/* Computes `tweaked` = lift_x(public_key) + tweak * G, and whether its y is odd (BIP 341 taproot_tweak_pubkey). Fails
 * (PROM_CATEGORY_BAD_INPUT) when the key is not on the curve or the tweak is not below the order. */
PROM_MUST_USE prom_result prom_public_key_tweak(const prom_curve *curve, prom_bytes32 *tweaked, bool *odd,
                                                const prom_bytes32 *public_key, const prom_bytes32 *tweak,
                                                prom_error *error);

/* Makes the key whose public key is prom_public_key_tweak(key->public_key, tweak) (BIP 341 taproot_tweak_seckey). Fails
 * (PROM_CATEGORY_BAD_INPUT) when the tweak is not below the order. */
PROM_MUST_USE prom_result prom_key_tweak(const prom_curve *curve, prom_key *tweaked, const prom_key *key,
                                         const prom_bytes32 *tweak, prom_error *error);

/* Computes secret * G, compressed. Fails (PROM_CATEGORY_BAD_INPUT) when the secret is 0 or not below the order. */
PROM_MUST_USE prom_result prom_point_of_secret(const prom_curve *curve, prom_point *point, const prom_bytes32 *secret,
                                               prom_error *error);

/* Computes `shared` = secret * point, in a time that does not depend on the secret. Fails (PROM_CATEGORY_BAD_INPUT)
 * when the secret is out of range or the point is not on the curve; `shared`, which must not be `point`, is then
 * zeroed. */
PROM_MUST_USE prom_result prom_shared_point(const prom_curve *curve, prom_point *shared, const prom_bytes32 *secret,
                                            const prom_point *point, prom_error *error);

/* Returns the point with the even y of an x-only key, compressed. */
prom_point prom_point_of_public_key(const prom_bytes32 *public_key);

/* Writes the secret of the point with the even y: key->secret, negated where its own point has an odd one. */
PROM_MUST_USE prom_result prom_key_even_secret(const prom_curve *curve, prom_bytes32 *secret, const prom_key *key,
                                               prom_error *error);

#define PROM_HARDENED UINT32_C(0x80000000)
/* Derives a key by BIP 32 from a seed of 16 to 64 bytes along `path` of `depth` child numbers; a number with bit 31 set
 * is hardened. Fails at the one child in 2^127 that is unusable. */
PROM_MUST_USE prom_result prom_key_derive(const prom_curve *curve, prom_key *key, prom_span seed, const uint32_t *path,
                                          size_t depth, prom_error *error);

PROM_DECLARATIONS_END

#endif
