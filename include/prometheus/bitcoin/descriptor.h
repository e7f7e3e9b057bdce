/* Output descriptors (BIP 380, 386) over the part of miniscript (BIP 379) that the contract is written in:
 *
 *   OUTPUT = tr(KEY) | tr(KEY,TREE) | rawtr(KEY)
 *   TREE   = LEAF | {TREE,TREE}
 *   LEAF   = TERM | and_v(v:TERM,LEAF)
 *   TERM   = pk(KEY) | sha256(HASH)
 *
 * KEY is an x-only key and HASH a hash, 64 lower-case hex digits each. A leaf is thus a list of terms that must all
 * hold. No key origins, no checksum. */
#ifndef PROMETHEUS_BITCOIN_DESCRIPTOR_H
#define PROMETHEUS_BITCOIN_DESCRIPTOR_H

#include <stddef.h>
#include <stdint.h>

#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/declarations.h"
#include "prometheus/base/result.h"
#include "prometheus/bitcoin/taproot.h"
#include "prometheus/crypto/key.h"

PROM_DECLARATIONS_BEGIN

typedef enum prom_term_kind {
    PROM_TERM_PK,
    PROM_TERM_SHA256,
} prom_term_kind;

typedef struct prom_term {
    prom_term_kind kind;
    prom_bytes32 value; /* pk: the key; sha256: the hash */
} prom_term;

typedef struct prom_leaf {
    prom_term *terms;
    size_t term_count;
} prom_leaf;

typedef struct prom_descriptor {
    const char *text;          /* as it was parsed */
    prom_bytes32 internal_key; /* of tr() */
    prom_bytes32 tweak;        /* of tr(): from the internal to the output key (BIP 341) */
    prom_bytes32 output_key;
    prom_span script; /* the output script, 34 bytes */
    prom_leaf *leaves;
    prom_taproot_leaf *taproot; /* one for each of `leaves`, from left to right */
    size_t leaf_count;
} prom_descriptor;

/* Parses `text` and computes the output. PROM_CATEGORY_BAD_INPUT, with the place, when it is not as above or a key is
 * not on the curve. */
PROM_MUST_USE prom_result prom_descriptor_parse(const prom_curve *curve, prom_arena *arena,
                                                prom_descriptor **descriptor, const char *text, prom_error *error);

/* What a witness is made of: signatures with the keys that made them, and preimages. */
typedef struct prom_keyed_signature {
    prom_bytes32 public_key;
    prom_signature signature;
} prom_keyed_signature;

typedef struct prom_satisfaction {
    const prom_keyed_signature *signatures;
    size_t signature_count;
    const prom_bytes32 *preimages;
    size_t preimage_count;
} prom_satisfaction;

/* In place of a leaf's number: the key path, by one signature under the output key. */
#define PROM_KEY_PATH SIZE_MAX

/* Makes the witness that spends leaf `leaf`: its stack, the script, the control block; or that of the key path.
 * PROM_CATEGORY_BAD_INPUT, and what is missing, when `with` does not satisfy it; PROM_CATEGORY_MISUSE when there is no
 * such leaf. `with` NULL: a witness of zeros with exactly the size of the real one, to be weighed. Signatures are not
 * verified here. */
PROM_MUST_USE prom_result prom_descriptor_witness(prom_arena *arena, const prom_span **witness, size_t *witness_count,
                                                  const prom_descriptor *descriptor, size_t leaf,
                                                  const prom_satisfaction *with, prom_error *error);

/* Returns the bytes, and so weight units, of the serialised witness that spends leaf `leaf`, or by the key path; it
 * depends on the leaf alone. 0 when there is no such leaf. */
size_t prom_descriptor_witness_bytes(const prom_descriptor *descriptor, size_t leaf);

PROM_DECLARATIONS_END

#endif
