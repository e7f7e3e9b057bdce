/* Partially signed transactions (BIP 174, version 0, with the fields of BIP 371 for Taproot): how a transaction goes to
 * a signer that is elsewhere, a hardware wallet perhaps, and comes back. What is not known is kept as it was read.
 *
 *   prom_psbt_new, then prom_psbt_describe_input and prom_psbt_describe_output, then prom_psbt_write     goes out
 *   prom_psbt_parse, then prom_psbt_take_signatures into the one that went out, then prom_psbt_extract   comes back */
#ifndef PROMETHEUS_BITCOIN_PSBT_H
#define PROMETHEUS_BITCOIN_PSBT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/declarations.h"
#include "prometheus/base/result.h"
#include "prometheus/bitcoin/transaction.h"
#include "prometheus/crypto/key.h"

PROM_DECLARATIONS_BEGIN

/* Bytes of one PSBT: ten times what a transaction of standard weight takes. */
#define PROM_PSBT_BYTES_MAX ((size_t)4 << 20)
/* Fields of one map. */
#define PROM_PSBT_FIELDS_MAX 1024

/* The fields of inputs and outputs that are made or used here; every one that BIP 174 and 371 define is checked. */
enum {
    PROM_PSBT_IN_WITNESS_UTXO = 0x01,
    PROM_PSBT_IN_SIGHASH_TYPE = 0x03,
    PROM_PSBT_IN_FINAL_SCRIPTSIG = 0x07,
    PROM_PSBT_IN_FINAL_SCRIPTWITNESS = 0x08,
    PROM_PSBT_IN_TAP_KEY_SIG = 0x13,
    PROM_PSBT_IN_TAP_BIP32_DERIVATION = 0x16,
    PROM_PSBT_IN_TAP_INTERNAL_KEY = 0x17,
    PROM_PSBT_OUT_TAP_INTERNAL_KEY = 0x05,
    PROM_PSBT_OUT_TAP_BIP32_DERIVATION = 0x07,
};

/* A field: its key, the type first, and its value. */
typedef struct prom_psbt_field {
    prom_span key;
    prom_span value;
} prom_psbt_field;

/* The fields of one map, in the order in which they were read or put. No two have one key. */
typedef struct prom_psbt_map {
    prom_psbt_field *fields;
    size_t count;
    size_t room;
} prom_psbt_map;

typedef struct prom_psbt {
    prom_tx *tx;           /* unsigned: no script_sig, no witness */
    prom_psbt_map global;  /* the transaction is among them */
    prom_psbt_map *inputs; /* one for each of the transaction's */
    prom_psbt_map *outputs;
} prom_psbt;

/* Reads exactly one PSBT, whose spans point into `bytes`. PROM_CATEGORY_BAD_INPUT, with what is wrong and where, when
 * it is none, of another version, has a key twice, or a field whose form its BIP forbids; PROM_CATEGORY_MEMORY. */
PROM_MUST_USE prom_result prom_psbt_parse(prom_arena *arena, prom_psbt **psbt, prom_span bytes, prom_error *error);
/* Makes the bytes of a PSBT: of one that was parsed, the same as they were. */
PROM_MUST_USE prom_result prom_psbt_write(prom_arena *arena, prom_span *bytes, const prom_psbt *psbt,
                                          prom_error *error);

/* Makes the PSBT of a transaction, without its witnesses. PROM_CATEGORY_MISUSE when an input has a script_sig. */
PROM_MUST_USE prom_result prom_psbt_new(prom_arena *arena, prom_psbt **psbt, const prom_tx *tx, prom_error *error);

/* Returns the value of the field whose key is this type alone, or NULL. */
const prom_span *prom_psbt_find(const prom_psbt_map *map, uint8_t type);
/* Puts a field, in place of the one with its key where there is one. */
PROM_MUST_USE prom_result prom_psbt_put(prom_arena *arena, prom_psbt_map *map, const prom_psbt_field *field,
                                        prom_error *error);

/* Where the key of a P2TR output without scripts (BIP 86) comes from. */
typedef struct prom_psbt_origin {
    prom_bytes32 internal_key; /* before it is tweaked */
    uint8_t fingerprint[4];    /* of the master key (BIP 32) */
    const uint32_t *path;      /* from the master key; NULL where it is not to be told, as `depth` 0 then */
    size_t depth;
} prom_psbt_origin;

/* Puts what a signer needs of input `index`: the output that it spends, and, unless it is NULL, where the output's key
 * comes from, with the type of signature that is asked for (SIGHASH_DEFAULT). PROM_CATEGORY_MISUSE when there is no
 * such input. */
PROM_MUST_USE prom_result prom_psbt_describe_input(prom_arena *arena, prom_psbt *psbt, size_t index,
                                                   const prom_tx_output *spent, const prom_psbt_origin *origin,
                                                   prom_error *error);
/* Puts where the key of output `index` comes from, so that a signer sees that it is change. */
PROM_MUST_USE prom_result prom_psbt_describe_output(prom_arena *arena, prom_psbt *psbt, size_t index,
                                                    const prom_psbt_origin *origin, prom_error *error);

/* Reads the output that input `index` spends from its field. PROM_CATEGORY_BAD_INPUT when that is missing. */
PROM_MUST_USE prom_result prom_psbt_spent(const prom_psbt *psbt, prom_tx_output *spent, size_t index,
                                          prom_error *error);

/* Puts all fields of `other` that `psbt` does not have (BIP 174's combiner). PROM_CATEGORY_BAD_INPUT when the two are
 * not of one transaction. */
PROM_MUST_USE prom_result prom_psbt_combine(prom_arena *arena, prom_psbt *psbt, const prom_psbt *other,
                                            prom_error *error);

/* Takes the signatures of a PSBT that came back, and nothing else of it, into the one that went out: of inputs that
 * spend P2TR outputs by their key, or P2WPKH outputs, where the witness is final. `taken` is the number of inputs that
 * got one. PROM_CATEGORY_BAD_INPUT, with nothing taken, when it is of another transaction, changes a field that went
 * out, has a signature that does not hold, or one of an input that spends an output of another kind. */
PROM_MUST_USE prom_result prom_psbt_take_signatures(const prom_curve *curve, prom_arena *arena, prom_psbt *psbt,
                                                    const prom_psbt *returned, size_t *taken, prom_error *error);

/* Makes the signed transaction (BIP 174's finalizer and extractor), whose id is that of the unsigned one.
 * PROM_CATEGORY_BAD_INPUT when an input has no signature, or has one that does not hold. */
PROM_MUST_USE prom_result prom_psbt_extract(const prom_curve *curve, prom_arena *arena, prom_tx **tx,
                                            const prom_psbt *psbt, prom_error *error);

PROM_DECLARATIONS_END

#endif
