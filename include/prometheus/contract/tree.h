/* The tree of transactions of one contract, built from its terms alone: everybody builds it and compares one digest.
 * All deposits lie in one output, its root; every branch spends it whole and is signed beforehand by ALL, the joint key
 * of everybody. docs/protocol.md, section 7, is the table it is built from. */
#ifndef PROMETHEUS_CONTRACT_TREE_H
#define PROMETHEUS_CONTRACT_TREE_H

#include "prometheus/base/declarations.h"
#include "prometheus/bitcoin/descriptor.h"
#include "prometheus/bitcoin/transaction.h"
#include "prometheus/contract/deadline.h"
#include "prometheus/contract/terms.h"
#include "prometheus/crypto/musig.h"

PROM_DECLARATIONS_BEGIN

#define PROM_ANCHOR_SAT 240U
#define PROM_PAYOUT_WEIGHT 172U /* weight units of an output that pays a P2TR key */

/* The outputs that the tree's transactions hang on. */
typedef enum prom_tree_output {
    PROM_OUTPUT_O0,  /* Tx0:0, all deposits */
    PROM_OUTPUT_OV0, /* TxV0:0, after the verdict r = 0 */
    PROM_OUTPUT_OA,  /* TxA:0, after the appeal */
    PROM_TREE_OUTPUTS,
} prom_tree_output;

/* The leaves of the tree's outputs, by name. In place of one, PROM_KEY_PATH: ALL signs, tweaked. */
enum {
    PROM_LEAF_ACCEPTED = 0,  /* O0: h_p, V and ALL */
    PROM_LEAF_DELIVERED = 1, /* O0: h_p and ALL */
    PROM_LEAF_ACCUSED = 2,   /* O0: V and ALL */
    PROM_LEAF_APPEAL = 0,    /* OV0: k_p and ALL */
    PROM_LEAF_WORKER = 0,    /* OA: Y and ALL, against the worker */
    PROM_LEAF_VERIFIER = 1,  /* OA: h_p, Y and ALL, against the verifier */
};

/* The transactions of the tree, in the order of the digest. Behind them stand Tx7[S] for every S, then Tx8[S]. */
typedef enum prom_tree_id {
    PROM_TX0,
    PROM_TX1, /* and Tx2, which is the same */
    PROM_TX3,
    PROM_TX4,
    PROM_TXV0,
    PROM_TX5,
    PROM_TXA,
    PROM_TX6,
    PROM_TREE_NAMED,
} prom_tree_id;

/* What a branch, which ALL has signed beforehand, still waits for, as bits; time is its relative lock. */
enum {
    PROM_WAITS_V = 1 << 0,   /* V's own signature: the verdict */
    PROM_WAITS_H_P = 1 << 1, /* the delivery */
    PROM_WAITS_K_P = 1 << 2, /* the appeal */
    PROM_WAITS_Y = 1 << 3,   /* the arbiters' decision */
};

/* The kinds of branches, each after the one that makes what it spends. Of Tx7 and Tx8 there is one for every S. */
typedef enum prom_branch_id {
    PROM_BRANCH_TX1, /* and Tx2, which is the same */
    PROM_BRANCH_TX3,
    PROM_BRANCH_TX4,
    PROM_BRANCH_TXV0,
    PROM_BRANCH_TX5,
    PROM_BRANCH_TXA,
    PROM_BRANCH_TX6,
    PROM_BRANCH_TX7,
    PROM_BRANCH_TX8,
    PROM_BRANCHES,
} prom_branch_id;

/* A row of the table that the tree is built from. A branch either settles by a scheme or makes an output that others
 * spend. */
typedef struct prom_branch {
    const char *name;
    prom_tree_output spends;
    size_t leaf;             /* or PROM_KEY_PATH */
    prom_blocks lock;        /* relative, of P's times; nothing: none */
    unsigned scheme;         /* or 0 */
    prom_tree_output makes;  /* PROM_TREE_OUTPUTS: none */
    unsigned waits_for;      /* bits */
    prom_deadline_id window; /* in which it is published by who keeps the rules */
} prom_branch;

/* Returns the row of the table, which lives as long as the program. */
const prom_branch *prom_branch_of(prom_branch_id id);
/* Returns whether the branches that settle by the scheme show h_p: the chain opens the result then. False of 0. */
bool prom_scheme_shows_key(unsigned scheme);

/* Returns the virtual bytes of the largest branch that a tree of n arbiters can have: Tx4, with an output for C. */
size_t prom_branch_vsize_max(uint8_t n);

#define PROM_TREE_NAME 32

typedef struct prom_tree_tx {
    char name[PROM_TREE_NAME]; /* as in the paper: "Tx4"; "Tx7[1,3]" names the S */
    unsigned scheme;           /* of the settlement; 0 when it settles nothing */
    uint32_t deciders;         /* S: bit i - 1 for A_i */
    unsigned waits_for;        /* bits; 0: time alone, or, for Tx0, the signatures of its inputs */
    prom_tree_output spends;   /* PROM_TREE_OUTPUTS: Tx0, which spends coins and offers */
    prom_tx *tx;               /* without witnesses */
    prom_bytes32 txid;
    size_t weight; /* with its whole witness */
    prom_amount fee;
    prom_tx_output *spent;              /* by each input */
    const prom_descriptor **descriptor; /* of each spent output */
    size_t *leaf;                       /* by which each input spends it, or PROM_KEY_PATH */
} prom_tree_tx;

/* An output of the tree where it stands. */
typedef struct prom_tree_node {
    const char *name; /* "O0" */
    const prom_descriptor *descriptor;
    prom_outpoint outpoint;
    prom_amount value;
} prom_tree_node;

/* What a tree hangs on: an output with O0's script that holds all deposits and the reserve at least. What it holds
 * beyond them goes to C. */
typedef struct prom_tree_root {
    prom_outpoint outpoint;
    prom_amount value;
} prom_tree_root;

typedef struct prom_tree {
    prom_bytes32 contract_id;
    prom_musig_key all;  /* ALL, untweaked: C, W, V, A_1 to A_n by their joint keys; signs in leaves */
    prom_amount deposit; /* all deposits: c + w + v + n (a + rho) */
    prom_amount reserve; /* that C adds for the fees and anchors to come: the largest sum of any path */
    prom_tree_root root;
    prom_amount tx0_fee[PROM_PARTIES]; /* what each pays of Tx0's fee, without a change that would be dust */
    prom_tree_node output[PROM_TREE_OUTPUTS];
    prom_musig_key key_path[PROM_TREE_OUTPUTS]; /* ALL with each output's tweak (BIP 341) */
    prom_tree_tx *tx;                           /* [tx_count], the first PROM_TREE_NAMED by name */
    size_t tx_count;
    size_t decision_count; /* number of S, and so of Tx7 and of Tx8 */
    prom_bytes32 digest;   /* the tagged hash `prometheus/tree` of all txids in order, the root's first */
} prom_tree;

#define PROM_TREE_OTHER UINT32_MAX /* a transaction that is none of the tree's */

/* Returns the index of a transaction in the tree, by its id, or PROM_TREE_OTHER. */
uint32_t prom_tree_index(const prom_tree *tree, const prom_bytes32 *txid);

/* Builds the tree of terms that prom_terms_check accepted, on their Tx0. PROM_CATEGORY_BAD_INPUT when a party's coins
 * do not cover what it pays, or Tx0 is above PROM_TX0_VSIZE_MAX, with both numbers. */
PROM_MUST_USE prom_result prom_tree_build(const prom_curve *curve, prom_arena *arena, prom_tree **tree,
                                          const prom_terms *terms, prom_error *error);

/* Plans the tree of such terms: ALL, the outputs but where they stand, the reserve. Nothing in it hangs on a
 * transaction yet. */
PROM_MUST_USE prom_result prom_tree_plan(const prom_curve *curve, prom_arena *arena, prom_tree **tree,
                                         const prom_terms *terms, prom_error *error);
/* Hangs all branches of a planned tree on a root that need not be an output of Tx0; of a tree without one, tx[PROM_TX0]
 * has a name and the root's txid only. PROM_CATEGORY_BAD_INPUT, with both numbers, when the root holds too little. */
PROM_MUST_USE prom_result prom_tree_grow(prom_arena *arena, prom_tree *tree, const prom_terms *terms,
                                         const prom_tree_root *root, prom_error *error);

/* Returns Tx7[S] (scheme 6) or Tx8[S] (scheme 7) for the arbiters of the bit mask `deciders`, or NULL when there is
 * none. */
const prom_tree_tx *prom_tree_decision(const prom_tree *tree, unsigned scheme, uint32_t deciders);

/* Returns the index of the first of the inputs of Tx0 that are the party's, or of the arbiter's input. */
size_t prom_tree_party_input(const prom_terms *terms, prom_party party);
size_t prom_tree_arbiter_input(const prom_terms *terms, size_t arbiter);

/* Computes the hash that input `input` of a tree transaction signs, SIGHASH_DEFAULT. */
PROM_MUST_USE prom_result prom_tree_sighash(prom_arena *arena, prom_bytes32 *hash, const prom_tree_tx *tx, size_t input,
                                            prom_error *error);

/* Gives an input the witness that spends its descriptor by its leaf or key path. Fails as prom_descriptor_witness does.
 */
PROM_MUST_USE prom_result prom_tree_witness(prom_arena *arena, prom_tx_input *input, const prom_tree_tx *tx,
                                            size_t index, const prom_satisfaction *with, prom_error *error);

/* Makes a copy of the transaction whose inputs can be given witnesses. */
PROM_MUST_USE prom_result prom_tree_copy(prom_arena *arena, prom_tx **copy, const prom_tree_tx *tx, prom_error *error);

/* Returns the relative lock of an input in blocks (BIP 68), or 0. */
uint32_t prom_tree_lock(const prom_tree_tx *tx, size_t input);

/* Finds a preimage, h_p or k_p, in the witness of a transaction that spends `outpoint`: the 32-byte element that `hash`
 * is the SHA-256 of. Returns false when it shows none. */
PROM_MUST_USE bool prom_tree_find_preimage(prom_bytes32 *preimage, const prom_tx *tx, const prom_outpoint *outpoint,
                                           const prom_bytes32 *hash);

PROM_DECLARATIONS_END

#endif
