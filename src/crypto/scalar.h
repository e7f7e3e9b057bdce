/* Numbers modulo the order of secp256k1, 0 among them, in a time that does not depend on their values. libsecp256k1
 * computes with keys only, which are never 0; shares of a key and what blinds them may be. Out-arguments may be
 * in-arguments too. Secret numbers are wiped by their owner with prom_wipe. */
#ifndef CRYPTO_SCALAR_H
#define CRYPTO_SCALAR_H

#include <stdbool.h>
#include <stdint.h>

#include "prometheus/base/bytes.h"

#define PROM_SCALAR_LIMBS 8

typedef struct prom_scalar {
    uint32_t limbs[PROM_SCALAR_LIMBS]; /* the least significant first; together below the order */
} prom_scalar;

prom_scalar prom_scalar_of_number(uint32_t number);

/* The number of 32 big-endian bytes. False, and 0 written, when it is not below the order; whether it is, is public. */
PROM_MUST_USE bool prom_scalar_parse(prom_scalar *scalar, const prom_bytes32 *bytes);

/* The number of 32 big-endian bytes modulo the order. */
void prom_scalar_reduce(prom_scalar *scalar, const prom_bytes32 *bytes);

/* 32 big-endian bytes. */
void prom_scalar_serialize(prom_bytes32 *bytes, const prom_scalar *scalar);

void prom_scalar_add(prom_scalar *sum, const prom_scalar *a, const prom_scalar *b);
void prom_scalar_subtract(prom_scalar *difference, const prom_scalar *a, const prom_scalar *b);
void prom_scalar_multiply(prom_scalar *product, const prom_scalar *a, const prom_scalar *b);
/* scalar = -scalar where `negate`, else it stays. */
void prom_scalar_negate_if(prom_scalar *scalar, bool negate);
/* 1 / scalar; 0 for 0. */
void prom_scalar_invert(prom_scalar *inverse, const prom_scalar *scalar);
/* Whether it is 0, which is public. */
PROM_MUST_USE bool prom_scalar_is_zero(const prom_scalar *scalar);

#endif
