/* Taproot outputs (BIP 341): a tree of scripts under an internal key. */
#ifndef PROMETHEUS_BITCOIN_TAPROOT_H
#define PROMETHEUS_BITCOIN_TAPROOT_H

#include <stddef.h>
#include <stdint.h>

#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/declarations.h"
#include "prometheus/base/result.h"
#include "prometheus/crypto/key.h"

PROM_DECLARATIONS_BEGIN

#define PROM_TAPSCRIPT_VERSION 0xc0
#define PROM_TAPROOT_DEPTH_MAX 128

/* A leaf of the script tree. The caller sets the first three; prom_taproot_build sets the others. */
typedef struct prom_taproot_leaf {
    uint8_t version; /* PROM_TAPSCRIPT_VERSION */
    size_t depth;    /* edges between this leaf and the root */
    prom_span script;
    prom_bytes32 hash; /* the leaf hash, which a script-path signature commits to */
    prom_span control; /* the control block: the last element of a witness that spends this leaf */
} prom_taproot_leaf;

/* An internal key over a tree of scripts, given from left to right. No leaf: the key alone, tweaked as BIP 341
 * advises. */
typedef struct prom_taproot {
    const prom_bytes32 *internal_key;
    prom_taproot_leaf *leaves;
    size_t leaf_count;
} prom_taproot;

/* Computes the output key and fills in the leaves. `merkle_root` (may be NULL) gets the root of the tree, zero without
 * leaves. PROM_CATEGORY_MISUSE when the depths describe no binary tree; PROM_CATEGORY_BAD_INPUT when the internal key
 * is not on the curve. */
PROM_MUST_USE prom_result prom_taproot_build(const prom_curve *curve, prom_arena *arena, prom_bytes32 *output_key,
                                             prom_bytes32 *merkle_root, const prom_taproot *taproot, prom_error *error);

/* Writes the tweak that takes an internal key to its output key; `merkle_root` is NULL for an output without
 * scripts. */
void prom_taproot_tweak(prom_bytes32 *tweak, const prom_bytes32 *internal_key, const prom_bytes32 *merkle_root);

/* BIP 341's point without a known discrete logarithm, H. */
extern const prom_bytes32 prom_unspendable_key;

PROM_DECLARATIONS_END

#endif
