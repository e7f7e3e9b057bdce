/* The sealed result: what the worker delivers is encrypted under h_p, and h_p is encrypted to the verifier. */
#ifndef PROMETHEUS_CRYPTO_SEAL_H
#define PROMETHEUS_CRYPTO_SEAL_H

#include <stdint.h>

#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/declarations.h"
#include "prometheus/base/result.h"
#include "prometheus/crypto/key.h"

PROM_DECLARATIONS_BEGIN

#define PROM_SEAL_NONCE 24
#define PROM_SEAL_OVERHEAD (PROM_SEAL_NONCE + 16)

typedef struct prom_seal_nonce {
    uint8_t bytes[PROM_SEAL_NONCE];
} prom_seal_nonce;

/* What a round of a contract is sealed for. */
typedef struct prom_seal_round_terms {
    const prom_bytes32 *h_p;
    const prom_bytes32 *contract_id;
    const prom_bytes32 *root; /* that the package names; of the second round its own */
    uint8_t round;
} prom_seal_round_terms;

/* Makes `sealed` = nonce || XChaCha20-Poly1305(plain) under the tagged hash `prometheus/seal` of h_p || contract id ||
 * round (1 byte) || root, with contract id || round as associated data. The nonce is fresh random bytes: a worker that
 * crashed may seal again under the same h_p. PROM_CATEGORY_BAD_INPUT when `plain` is too long to be sealed. */
PROM_MUST_USE prom_result prom_seal_round(prom_arena *arena, prom_span *sealed, prom_span plain,
                                          const prom_seal_round_terms *terms, const prom_seal_nonce *nonce,
                                          prom_error *error);

/* Reverses prom_seal_round. PROM_CATEGORY_BAD_INPUT, and `plain` empty, when the bytes were not sealed for these
 * terms. */
PROM_MUST_USE prom_result prom_unseal_round(prom_arena *arena, prom_span *plain, prom_span sealed,
                                            const prom_seal_round_terms *terms, prom_error *error);

/* E_V: h_p encrypted to the verifier. */
typedef struct prom_sealed_key {
    prom_point ephemeral;
    prom_bytes32 masked;
} prom_sealed_key;

/* Makes E_V from h_p alone, so that whoever has h_p can make it again:
 *   e         = the tagged hash `prometheus/ev-scalar` of h_p || contract id, modulo the order
 *   ephemeral = E = e*G
 *   masked    = h_p xor the tagged hash `prometheus/ev-pad` of contract id || E || K || e*K
 * where K is the verifier's key lifted to its even y, and points are compressed, 33 bytes each (of K the first is 2).
 * PROM_CATEGORY_BAD_INPUT when the verifier's key is not on the curve, or e is 0, which no h_p is known for. */
PROM_MUST_USE prom_result prom_sealed_key_make(const prom_curve *curve, prom_sealed_key *sealed,
                                               const prom_bytes32 *h_p, const prom_bytes32 *contract_id,
                                               const prom_bytes32 *verifier_key, prom_error *error);

/* Returns a success when `sealed` is the E_V that h_p makes: the check of all who have h_p. PROM_CATEGORY_BAD_INPUT
 * when it is another. */
PROM_MUST_USE prom_result prom_sealed_key_check(const prom_curve *curve, const prom_sealed_key *sealed,
                                                const prom_bytes32 *h_p, const prom_bytes32 *contract_id,
                                                const prom_bytes32 *verifier_key, prom_error *error);

/* Opens E_V with the verifier's key for it, and checks that SHA256(h_p) = h and that h_p makes this E_V.
 * PROM_CATEGORY_BAD_INPUT, and h_p zeroed, when it does not, or when E is not on the curve: the package is bad. */
PROM_MUST_USE prom_result prom_sealed_key_open(const prom_curve *curve, prom_bytes32 *h_p,
                                               const prom_sealed_key *sealed, const prom_bytes32 *contract_id,
                                               const prom_key *verifier_key, const prom_bytes32 *h, prom_error *error);

PROM_DECLARATIONS_END

#endif
