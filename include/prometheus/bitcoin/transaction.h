/* Bitcoin transactions: their bytes, ids, weights, and the hashes that Taproot signatures sign. */
#ifndef PROMETHEUS_BITCOIN_TRANSACTION_H
#define PROMETHEUS_BITCOIN_TRANSACTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prometheus/base/amount.h"
#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/declarations.h"
#include "prometheus/base/result.h"

PROM_DECLARATIONS_BEGIN

typedef struct prom_outpoint {
    prom_bytes32 txid; /* internal byte order */
    uint32_t index;
} prom_outpoint;

typedef struct prom_tx_input {
    prom_outpoint outpoint;
    uint32_t sequence;
    prom_span script_sig; /* empty for the segwit inputs that this project makes */
    const prom_span *witness;
    size_t witness_count;
} prom_tx_input;

typedef struct prom_tx_output {
    prom_amount value;
    prom_span script;
} prom_tx_output;

typedef struct prom_tx {
    uint32_t version;
    uint32_t locktime;
    prom_tx_input *inputs;
    size_t input_count;
    prom_tx_output *outputs;
    size_t output_count;
} prom_tx;

/* BIP 431 (TRUC), the version of every transaction of a contract. */
#define PROM_TX_VERSION 3U
/* No relative lock; absolute locks and replacement stay possible (BIP 125). */
#define PROM_SEQUENCE_PLAIN UINT32_C(0xfffffffd)

/* Returns whether the two are the same output. */
bool prom_outpoint_equal(const prom_outpoint *a, const prom_outpoint *b);

/* Makes a transaction with room for so many inputs and outputs, all zero, its version PROM_TX_VERSION. */
PROM_MUST_USE prom_result prom_tx_new(prom_arena *arena, prom_tx **tx, size_t input_count, size_t output_count,
                                      prom_error *error);

/* Makes the bytes of `tx`, with the witnesses (BIP 144; the old form when there are none) or without. Fails on an
 * invalid amount. */
PROM_MUST_USE prom_result prom_tx_serialize(prom_arena *arena, prom_span *bytes, const prom_tx *tx, bool with_witness,
                                            prom_error *error);

/* Reads exactly one transaction; its spans point into `bytes`. PROM_CATEGORY_BAD_INPUT on anything else. */
PROM_MUST_USE prom_result prom_tx_parse(prom_arena *arena, prom_tx **tx, prom_span bytes, prom_error *error);
/* Reads one transaction from a reader that may hold more, as in a block. */
PROM_MUST_USE prom_result prom_tx_read(prom_arena *arena, prom_tx **tx, prom_reader *reader, prom_error *error);

/* Reads exactly one transaction that nobody has signed, as PSBT has them (BIP 174): in the form without witnesses, with
 * empty script_sigs, and perhaps without inputs. PROM_CATEGORY_BAD_INPUT on anything else. */
PROM_MUST_USE prom_result prom_tx_parse_unsigned(prom_arena *arena, prom_tx **tx, prom_span bytes, prom_error *error);

/* Computes the transaction's id: SHA-256 twice of its bytes without witnesses, in internal byte order. */
PROM_MUST_USE prom_result prom_tx_id(prom_arena *arena, prom_bytes32 *txid, const prom_tx *tx, prom_error *error);

/* Returns whether one of its inputs is this output. */
bool prom_tx_spends(const prom_tx *tx, const prom_outpoint *outpoint);

/* Computes the BIP 141 weight in weight units; the virtual size is prom_vsize(weight). */
PROM_MUST_USE prom_result prom_tx_weight(prom_arena *arena, size_t *weight, const prom_tx *tx, prom_error *error);
static inline size_t prom_vsize(size_t weight)
{
    return weight / 4 + (weight % 4 != 0);
}

/* Returns the bytes, and so weight units, of a serialised witness stack. */
size_t prom_witness_bytes(const prom_span *witness, size_t witness_count);

/* Returns the value of the outputs together; invalid on overflow. */
prom_amount prom_tx_output_sum(const prom_tx *tx);

/* SIGHASH types of BIP 341. Everything that this project signs is PROM_SIGHASH_DEFAULT. */
enum {
    PROM_SIGHASH_DEFAULT = 0x00,
    PROM_SIGHASH_ALL = 0x01,
    PROM_SIGHASH_NONE = 0x02,
    PROM_SIGHASH_SINGLE = 0x03,
    PROM_SIGHASH_ANYONECANPAY = 0x80,
};

/* An input that signs its transaction. */
typedef struct prom_signed_input {
    const prom_tx *tx;
    const prom_tx_output *spent; /* the outputs that the inputs spend, in their order */
    size_t index;
    const prom_bytes32 *leaf_hash; /* of the leaf that it spends (BIP 342); NULL: it spends by the key path */
    uint8_t type;                  /* of the SIGHASH types */
} prom_signed_input;

/* Computes the hash that an input signs (BIP 341, BIP 342), without annex and OP_CODESEPARATOR. PROM_CATEGORY_MISUSE on
 * an unknown type, an index out of range, or SIGHASH_SINGLE without its output. */
PROM_MUST_USE prom_result prom_tx_sighash(prom_arena *arena, prom_bytes32 *hash, const prom_signed_input *input,
                                          prom_error *error);

/* Returns Bitcoin Core's dust limit of an output at the default 3 sat/vB dust relay feerate: 330 for P2TR, 240 for P2A,
 * 294 for P2WPKH; 0 for OP_RETURN. */
prom_amount prom_dust_limit(prom_span script);

/* Returns feerate (sat/vB) * vsize (virtual bytes); invalid above 21 million BTC. */
prom_amount prom_fee(uint64_t feerate, size_t vsize);

PROM_DECLARATIONS_END

#endif
