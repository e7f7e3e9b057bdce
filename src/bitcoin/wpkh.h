/* Outputs of a key's hash (P2WPKH, BIP 141), which coins of somebody else's may be: whether what spends one is signed.
 */
#ifndef BITCOIN_WPKH_H
#define BITCOIN_WPKH_H

#include "prometheus/bitcoin/transaction.h"
#include "prometheus/crypto/key.h"

/* An input that spends such an output, and the witness that it is to have. */
typedef struct prom_wpkh_input {
    const prom_tx *tx;
    size_t index;
    const prom_tx_output *spent;  /* by this input: a P2WPKH output */
    const prom_tx_input *witness; /* its witness alone counts */
} prom_wpkh_input;

/* Checks that the witness is the output's key, and its signature of the whole transaction (SIGHASH_ALL, BIP 143), as
 * nodes relay it: in DER, with the low s. PROM_CATEGORY_BAD_INPUT, with what is wrong, when it is anything else. */
PROM_MUST_USE prom_result prom_wpkh_check(const prom_curve *curve, prom_arena *arena, const prom_wpkh_input *input,
                                          prom_error *error);

#endif
