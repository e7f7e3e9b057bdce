/* The tree of transactions of one contract, built from its terms alone: everybody builds it and compares one digest.
 * docs/protocol.md, section 7, is the table it is built from. */
#ifndef PROMETHEUS_CONTRACT_TREE_H
#define PROMETHEUS_CONTRACT_TREE_H

#include "prometheus/base/declarations.h"
#include "prometheus/bitcoin/descriptor.h"
#include "prometheus/bitcoin/transaction.h"
#include "prometheus/contract/terms.h"

PROM_DECLARATIONS_BEGIN

#define PROM_ANCHOR_SAT 240U

/* The outputs that the tree's transactions hang on. */
typedef enum prom_tree_output {
    PROM_OUTPUT_O0,  /* Tx0:0, all deposits but the arbiters' */
    PROM_OUTPUT_OV1, /* TxV1:0, after the verdict r = 1 */
    PROM_OUTPUT_OV0, /* TxV0:0, after the verdict r = 0 */
    PROM_OUTPUT_OA,  /* TxA:0, after the appeal, the arbiters' stakes in it */
    PROM_TREE_OUTPUTS,
} prom_tree_output;

/* The leaves of the tree's outputs, by name. */
enum {
    PROM_LEAF_KEY = 0,         /* O0, OV1: h_p (OV0: k_p), and C, W and V */
    PROM_LEAF_ALL = 1,         /* O0, OV1, OV0: C, W and V */
    PROM_LEAF_WORKER = 0,      /* OA: Y and all others, against the worker */
    PROM_LEAF_VERIFIER = 1,    /* OA: h_p, Y and all others, against the verifier */
    PROM_LEAF_UNDECIDED = 2,   /* OA: all others, without Y */
    PROM_STAKE_LEAF_EARLY = 0, /* S_i: A_i and W */
    PROM_STAKE_LEAF_LATE = 1,  /* S_i: A_i, after T blocks */
};

/* The transactions of the tree, in the order of the digest. Behind them stand Tx7[S] for every S, then Tx8[S]. */
typedef enum prom_tree_id {
    PROM_TX0,
    PROM_TX1, /* and Tx2, which is the same */
    PROM_TX3,
    PROM_TX4,
    PROM_TXV0,
    PROM_TXV1,
    PROM_TX4B,
    PROM_TX1B,
    PROM_TX5,
    PROM_TXA,
    PROM_TX6,
    PROM_TREE_NAMED,
} prom_tree_id;

/* The stages in which the tree is signed: all of one before any of the next. */
typedef enum prom_stage_of_signing {
    PROM_SIGNING_APPEAL,   /* TxA and Tx6 */
    PROM_SIGNING_DECISION, /* Tx7 and Tx8 */
    PROM_SIGNING_CLOSING,  /* all others but Tx0 */
    PROM_SIGNING_LOCKING,  /* Tx0 */
    PROM_SIGNING_STAGES,
} prom_stage_of_signing;

/* Who signs, as bits. */
enum {
    PROM_SIGNER_C = 1 << PROM_PARTY_C,
    PROM_SIGNER_W = 1 << PROM_PARTY_W,
    PROM_SIGNER_V = 1 << PROM_PARTY_V,
    PROM_SIGNER_A = 1 << PROM_PARTIES,       /* every arbiter */
    PROM_SIGNER_Y = 1 << (PROM_PARTIES + 1), /* k arbiters by their joint key */
};

#define PROM_TREE_NAME 32

typedef struct prom_tree_tx {
    char name[PROM_TREE_NAME];   /* as in the paper: "Tx4"; "Tx7[1,3]" names the S */
    unsigned scheme;             /* of the settlement; 0 when it settles nothing */
    uint32_t deciders;           /* S: bit i - 1 for A_i */
    prom_stage_of_signing stage; /* in which it is signed */
    unsigned presigned_by;       /* before Tx0: bits of signers */
    unsigned completed_by;       /* when it is used; 0: anybody can, who holds it */
    prom_tx *tx;                 /* without witnesses */
    prom_bytes32 txid;
    size_t weight; /* with its whole witness */
    prom_amount fee;
    prom_tx_output *spent;              /* by each input */
    const prom_descriptor **descriptor; /* of each spent output; NULL for a party's own coin */
    size_t *leaf;                       /* by which each input spends it */
} prom_tree_tx;

/* An output of the tree where it stands. */
typedef struct prom_tree_node {
    const char *name; /* "O0" */
    const prom_descriptor *descriptor;
    prom_outpoint outpoint;
    prom_amount value;
} prom_tree_node;

typedef struct prom_tree {
    prom_bytes32 contract_id;
    prom_amount reserve; /* that C adds to O0 for the fees and anchors to come */
    prom_tree_node output[PROM_TREE_OUTPUTS];
    const prom_descriptor *S[PROM_ARBITERS_MAX];
    const prom_descriptor *offers[PROM_ARBITERS_MAX];
    prom_tree_tx *tx; /* [tx_count], the first PROM_TREE_NAMED by name */
    size_t tx_count;
    size_t decision_count; /* number of S, and so of Tx7 and of Tx8 */
    prom_bytes32 digest;   /* the tagged hash `prometheus/tree` of all txids in order */
} prom_tree;

/* Builds the tree of terms that prom_terms_check accepted. PROM_CATEGORY_BAD_INPUT when C's coins do not cover deposit,
 * reserve, anchor and fee, or somebody's change would be dust. */
PROM_MUST_USE prom_result prom_tree_build(const prom_curve *curve, prom_arena *arena, prom_tree **tree,
                                          const prom_terms *terms, prom_error *error);

/* Returns Tx7[S] (scheme 6) or Tx8[S] (scheme 7) for the arbiters of the bit mask `deciders`, or NULL when there is
 * none. */
const prom_tree_tx *prom_tree_decision(const prom_tree *tree, unsigned scheme, uint32_t deciders);

/* Returns the index of the first of the inputs of Tx0 that are the party's, or the input of arbiter `index`. */
size_t prom_tree_party_input(const prom_terms *terms, prom_party party);
size_t prom_tree_arbiter_input(const prom_terms *terms, size_t arbiter);

/* Computes the hash that input `input` of a tree transaction signs, SIGHASH_DEFAULT. */
PROM_MUST_USE prom_result prom_tree_sighash(prom_arena *arena, prom_bytes32 *hash, const prom_tree_tx *tx, size_t input,
                                            prom_error *error);

/* Gives an input the witness that spends its descriptor's leaf. Fails as prom_descriptor_witness does. */
PROM_MUST_USE prom_result prom_tree_witness(prom_arena *arena, prom_tx_input *input, const prom_tree_tx *tx,
                                            size_t index, const prom_satisfaction *with, prom_error *error);

/* Makes a copy of the transaction whose inputs can be given witnesses. */
PROM_MUST_USE prom_result prom_tree_copy(prom_arena *arena, prom_tx **copy, const prom_tree_tx *tx, prom_error *error);

/* Returns the relative lock of an input in blocks (BIP 68), or 0. */
uint32_t prom_tree_lock(const prom_tree_tx *tx, size_t input);

/* Makes the release of arbiter `index`'s stake after the contract has closed: S_i, by the leaf of A_i and W, to A_i's
 * payout, at the contract's feerate. */
PROM_MUST_USE prom_result prom_tree_release(prom_arena *arena, prom_tree_tx *release, const prom_terms *terms,
                                            const prom_tree *tree, size_t arbiter, prom_error *error);

/* Finds h_p in the witness of a transaction that spends `outpoint`: the 32-byte element that h is the hash of. Returns
 * false when it shows none. */
PROM_MUST_USE bool prom_tree_find_preimage(prom_bytes32 *preimage, const prom_tx *tx, const prom_outpoint *outpoint,
                                           const prom_bytes32 *hash);

PROM_DECLARATIONS_END

#endif
