/* The tree of transactions of one contract, built from its terms alone: everybody builds it and compares one digest.
 * So far it holds the normal path: Tx0, which locks everybody's deposits, and Tx4, which settles by scheme #3. */
#ifndef PROMETHEUS_CONTRACT_TREE_H
#define PROMETHEUS_CONTRACT_TREE_H

#include "prometheus/bitcoin/descriptor.h"
#include "prometheus/bitcoin/transaction.h"
#include "prometheus/contract/terms.h"

#define PROM_ANCHOR_SAT 240U

/* The transactions of the tree. Append only: the order is that of the digest. */
typedef enum prom_tree_id {
    PROM_TX0,
    PROM_TX4,
    PROM_TREE_TXS,
} prom_tree_id;

/* The leaves of the tree's outputs, by name. */
enum {
    PROM_O0_LEAF_KEY = 0,      /* h_p, and C, W and V */
    PROM_O0_LEAF_ALL = 1,      /* C, W and V */
    PROM_STAKE_LEAF_EARLY = 0, /* A_i and W: the stake's early release */
    PROM_STAKE_LEAF_LATE = 1,  /* A_i, after T blocks */
};

typedef struct prom_tree_tx {
    const char *name; /* as in the paper: "Tx4" */
    unsigned scheme;  /* of the settlement; 0 when it settles nothing */
    prom_tx *tx;      /* without witnesses */
    prom_bytes32 txid;
    size_t weight; /* with its whole witness */
    prom_amount fee;
    prom_tx_output *spent;              /* by each input */
    const prom_descriptor **descriptor; /* of each spent output; NULL for a party's own coin */
    size_t *leaf;                       /* by which each input spends it */
} prom_tree_tx;

typedef struct prom_tree {
    prom_bytes32 contract_id;
    prom_amount reserve; /* that C adds to O0 for the fees and anchors to come */
    const prom_descriptor *O0;
    const prom_descriptor *S[PROM_MOST_ARBITERS];
    const prom_descriptor *offers[PROM_MOST_ARBITERS];
    prom_tree_tx tx[PROM_TREE_TXS];
    prom_bytes32 digest; /* the tagged hash `prometheus/tree` of all txids in order */
} prom_tree;

/* Builds the tree of terms that prom_terms_check accepted. PROM_CATEGORY_BAD_INPUT when C's coins do not cover deposit,
 * reserve, anchor and fee, or somebody's change would be dust. */
PROM_MUST_USE prom_result prom_tree_build(const prom_curve *curve, prom_arena *arena, prom_tree **tree,
                                          const prom_terms *terms, prom_error *error);

/* The first of the inputs of Tx0 that are the party's, or the input of arbiter `index`. */
size_t prom_tree_party_input(const prom_terms *terms, prom_party party);
size_t prom_tree_arbiter_input(const prom_terms *terms, size_t arbiter);

/* What input `input` of a tree transaction signs, SIGHASH_DEFAULT. */
PROM_MUST_USE prom_result prom_tree_sighash(prom_arena *arena, prom_bytes32 *hash, const prom_tree_tx *tx, size_t input,
                                            prom_error *error);

/* The witness of an input that spends a descriptor's leaf. */
PROM_MUST_USE prom_result prom_tree_witness(prom_arena *arena, prom_tx_input *input, const prom_tree_tx *tx,
                                            size_t index, const prom_satisfaction *with, prom_error *error);

/* A copy of the transaction whose inputs can be given witnesses. */
PROM_MUST_USE prom_result prom_tree_copy(prom_arena *arena, prom_tx **copy, const prom_tree_tx *tx, prom_error *error);

/* The release of arbiter `index`'s stake after the contract has closed: S_i, by the leaf of A_i and W, to A_i's payout,
 * at the contract's feerate. */
PROM_MUST_USE prom_result prom_tree_release(prom_arena *arena, prom_tree_tx *release, const prom_terms *terms,
                                            const prom_tree *tree, size_t arbiter, prom_error *error);

/* h_p from the witness of a transaction that spends `outpoint`: the 32-byte element that h is the hash of. False when
 * it shows none. */
PROM_MUST_USE bool prom_tree_find_preimage(prom_bytes32 *preimage, const prom_tx *tx, const prom_outpoint *outpoint,
                                           const prom_bytes32 *hash);

#endif
