/* RIPEMD-160 (Dobbertin, Bosselaers and Preneel 1996), for what Bitcoin names by it: the fingerprints of BIP 32's keys.
 */
#ifndef PROMETHEUS_CRYPTO_RIPEMD160_H
#define PROMETHEUS_CRYPTO_RIPEMD160_H

#include <stdint.h>

#include "prometheus/base/bytes.h"
#include "prometheus/base/declarations.h"

PROM_DECLARATIONS_BEGIN

typedef struct prom_bytes20 {
    uint8_t bytes[20];
} prom_bytes20;

/* Computes the RIPEMD-160 of `message`. */
void prom_ripemd160(prom_bytes20 *hash, prom_span message);
/* Computes Bitcoin's HASH160: RIPEMD-160 of SHA-256. */
void prom_hash160(prom_bytes20 *hash, prom_span message);

PROM_DECLARATIONS_END

#endif
