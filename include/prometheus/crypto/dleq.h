/* Discrete logarithm equality proofs (BIP 374): that one secret makes one point of the generator and another of a
 * second point, as the two ends of a Diffie-Hellman key exchange do, without showing the secret. */
#ifndef PROMETHEUS_CRYPTO_DLEQ_H
#define PROMETHEUS_CRYPTO_DLEQ_H

#include <stdbool.h>

#include "prometheus/base/bytes.h"
#include "prometheus/base/declarations.h"
#include "prometheus/base/result.h"
#include "prometheus/crypto/key.h"

PROM_DECLARATIONS_BEGIN

/* The generator G of secp256k1, compressed. */
extern const prom_point prom_generator;

/* What is proven: public_key = a * generator and shared = a * base, for one a. BIP 374's G, A, B and C. */
typedef struct prom_dleq_statement {
    prom_point generator;
    prom_point public_key;
    prom_point base;
    prom_point shared;
} prom_dleq_statement;

typedef struct prom_dleq_proof {
    uint8_t bytes[64];
} prom_dleq_proof;

/* Proves the statement of `secret`, generator and base, and completes it by public_key and shared. `message` is what
 * else the proof speaks of, or NULL; `auxiliary` are 32 fresh random bytes, as in BIP 340. In a time that does not
 * depend on the secret. Fails, with public_key, shared and proof zeroed, when the secret is 0 or not below the order or
 * a given point is not on the curve (PROM_CATEGORY_BAD_INPUT), or when the machine computed wrongly
 * (PROM_CATEGORY_BROKEN). */
PROM_MUST_USE prom_result prom_dleq_prove(const prom_curve *curve, prom_dleq_proof *proof,
                                          prom_dleq_statement *statement, const prom_bytes32 *secret,
                                          const prom_bytes32 *message, const prom_bytes32 *auxiliary,
                                          prom_error *error);

/* Returns whether `proof` proves the statement, with the same message. */
PROM_MUST_USE bool prom_dleq_valid(const prom_curve *curve, const prom_dleq_proof *proof,
                                   const prom_dleq_statement *statement, const prom_bytes32 *message);

PROM_DECLARATIONS_END

#endif
