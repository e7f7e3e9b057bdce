/* Fee bumps: a child that spends the anchor of a transaction of the contract and a coin of one's own, so that both
 * together pay what a block asks for. Everybody may add one; a mempool keeps one child for each parent (BIP 431), and
 * who wants another one must outbid it (BIP 125). docs/protocol.md, section 7, has the rules. */
#ifndef PROMETHEUS_CONTRACT_BUMP_H
#define PROMETHEUS_CONTRACT_BUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prometheus/base/declarations.h"
#include "prometheus/bitcoin/transaction.h"
#include "prometheus/contract/tree.h"
#include "prometheus/crypto/key.h"

PROM_DECLARATIONS_BEGIN

/* Virtual bytes of the child: two inputs, the anchor's without a witness and the coin's by its key; one P2TR output. */
#define PROM_BUMP_VSIZE 153U

/* Virtual bytes that a child may have (BIP 431). */
#define PROM_BUMP_VSIZE_MAX 1000U

/* Feerates in sat for 1000 vB: a node's may be below 1 sat/vB (0.1 is the default since Bitcoin Core 30). */
typedef struct prom_feerates {
    uint32_t wanted;      /* that parent and child together should pay: what a block asks for */
    uint32_t relay;       /* that the node asks of any transaction (getmempoolinfo, mempoolminfee) */
    uint32_t incremental; /* that it asks of one which replaces others, on top (incrementalrelayfee) */
} prom_feerates;

/* Returns the fee of so many virtual bytes at a feerate, rounded up as a node does; invalid above 21 million BTC. */
prom_amount prom_feerate_fee(uint32_t feerate, size_t vsize);

/* Returns what a coin for fee bumps must hold to outbid whoever pins a parent of this size while blocks ask for
 * `highest` at most. A child that pins has PROM_BUMP_VSIZE_MAX, and it and the parent pay a little less than would be
 * mined; what replaces it pays all of that, and for its own bytes; and what comes back is not below dust. */
prom_amount prom_bump_coin_min(uint32_t highest, size_t parent_vsize);

/* What must leave the mempool for the bump. A transaction and the child that pays for it are one rival: they would be
 * mined together. */
typedef struct prom_bump_rival {
    prom_amount fee;
    size_t vsize;
} prom_bump_rival;

typedef struct prom_bump {
    /* The parent: prom_bump_parent sets these. */
    prom_outpoint anchor;
    prom_amount anchor_value;
    prom_amount parent_fee;
    size_t parent_vsize;
    /* Of the mempool. */
    bool parent_waits;             /* it holds the parent; the rival, if any, is then the child that it holds */
    const prom_bump_rival *rivals; /* if it does not: what spends the parent's inputs, and what else must leave */
    size_t rival_count;
    /* The bumper's own. */
    prom_outpoint coin; /* confirmed, P2TR: a child has one parent that is not */
    prom_amount coin_value;
    prom_bytes32 change; /* output key */
    prom_feerates feerates;
    prom_amount at_risk; /* what is lost if the parent is not mined in time: the child's fee never exceeds it */
} prom_bump;

/* Sets what a bump must know of its parent. PROM_CATEGORY_MISUSE when `parent` has no anchor. */
PROM_MUST_USE prom_result prom_bump_parent(prom_bump *bump, const prom_tree_tx *parent, prom_error *error);

/* Computes the child's fee: what brings both to the feerate and every rival out of the mempool. Less than the feerate
 * asks for when the coin does not hold it or less is at risk. PROM_CATEGORY_BAD_INPUT, and `fee` invalid, when these do
 * not even outbid the rivals. */
PROM_MUST_USE prom_result prom_bump_fee(prom_amount *fee, const prom_bump *bump, prom_error *error);

/* Makes the child transaction at that fee, signed with the coin's key; `auxiliary` is fresh randomness. Fails as
 * prom_bump_fee does, and as prom_sign. */
PROM_MUST_USE prom_result prom_bump_child(const prom_curve *curve, prom_arena *arena, prom_tx **child,
                                          const prom_bump *bump, const prom_key *coin_key,
                                          const prom_bytes32 *auxiliary, prom_error *error);

PROM_DECLARATIONS_END

#endif
