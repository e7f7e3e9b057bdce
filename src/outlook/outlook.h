/* What a tree means before anybody has signed it: the transactions as steps, who takes each, who had to fail for it,
 * and the paths to a settlement. All of it follows from the tree and the table of payouts. */
#ifndef OUTLOOK_OUTLOOK_H
#define OUTLOOK_OUTLOOK_H

#include "prometheus/contract/payout.h"
#include "prometheus/contract/tree.h"

/* Who signs a transaction or brings in what it waits for, as bits. */
enum {
    PROM_SIGNER_C = 1 << 0,
    PROM_SIGNER_W = 1 << 1, /* also by h_p or k_p, its secrets */
    PROM_SIGNER_V = 1 << 2,
    PROM_SIGNER_A = 1 << 3, /* each arbiter */
    PROM_SIGNER_Y = 1 << 4, /* k arbiters by their joint key */
};

/* Returns who signs it before it is of any use: of Tx0 all but the last, of the branches everybody. */
unsigned prom_contract_presigned_by(const prom_tree_tx *tx);
/* Returns who brings in what it still waits for; nobody when that is time alone. */
unsigned prom_contract_completed_by(const prom_tree_tx *tx);
/* Returns the order of signing: 1 for the branches, 2 for Tx0, which locks the money. */
unsigned prom_contract_stage(const prom_tree_tx *tx);
/* Returns the secret in its witness, "h_p" or "k_p"; NULL: none. */
const char *prom_contract_shows(const prom_tree_tx *tx);

/* A transaction; one step stands for all Tx7 or Tx8 whose S have the same size. */
typedef struct prom_contract_step {
    char name[PROM_TREE_NAME];               /* "Tx7", without the S */
    const prom_tree_tx *tx;                  /* for Tx7 and Tx8: that of the first m arbiters */
    const struct prom_contract_step *parent; /* makes what it spends; NULL: it is Tx0 */
    const char *spends;                      /* name of the output; NULL: coins and offers */
    uint32_t m;                              /* arbiters in S, or 0 */
    uint32_t count;                          /* transactions that it stands for */
    uint32_t lock;                           /* blocks after the parent's confirmation, or 0 */
    uint32_t latest;                         /* blocks after which anybody can go on, by this step or by another */
    unsigned without; /* bits of signers of whom each could have gone another way before the lock was over */
} prom_contract_step;

#define PROM_CONTRACT_STEPS (PROM_TREE_NAMED + 2 * PROM_ARBITERS_MAX)

typedef struct prom_contract_outlook {
    const prom_curve *curve;
    const prom_terms *terms;
    const prom_tree *tree;
    prom_contract_step steps[PROM_CONTRACT_STEPS]; /* in the order of the tree; Tx0 first */
    size_t step_count;
} prom_contract_outlook;

void prom_contract_outlook_make(prom_contract_outlook *outlook, const prom_curve *curve, const prom_terms *terms,
                                const prom_tree *tree);

/* From Tx0 to one step. */
#define PROM_CONTRACT_PATH 5
typedef struct prom_contract_path {
    const prom_contract_step *steps[PROM_CONTRACT_PATH];
    size_t count;
    size_t vsize;      /* of all transactions */
    prom_amount fee;   /* likewise */
    uint32_t earliest; /* blocks of waiting on the path, at least */
    uint32_t latest;   /* at most, when those who wait for the end publish it at once */
    unsigned by;       /* bits of signers that complete a step behind Tx0 */
    unsigned without;  /* bits of signers that had to fail */
} prom_contract_path;

prom_contract_path prom_contract_path_to(const prom_contract_step *step);

/* Those who can lose a deposit: C, W, V and each arbiter. */
typedef enum prom_contract_loser {
    PROM_LOSER_C,
    PROM_LOSER_W,
    PROM_LOSER_V,
    PROM_LOSER_A,
    PROM_LOSERS,
} prom_contract_loser;

typedef struct prom_contract_loss {
    prom_amount loses;              /* of the deposit, before fees */
    const prom_contract_step *step; /* by which the contract is settled */
} prom_contract_loss;

/* Returns what the party locks, but for fees; the client's retainers are in it. */
prom_amount prom_contract_deposit(const prom_terms *terms, prom_contract_loser loser);

/* Writes all ways to lose some of the deposit to `losses`, the worst first, and their number to `count`. Several sizes
 * of S make one way; an arbiter's losses are those of one that is not in S. */
PROM_MUST_USE prom_result prom_contract_losses(const prom_contract_outlook *outlook, prom_contract_loser loser,
                                               prom_contract_loss losses[PROM_CONTRACT_STEPS], size_t *count,
                                               prom_error *error);

/* Returns what the ending takes from some and gives to others: what C, W, V and the arbiters lose together. */
PROM_MUST_USE prom_result prom_contract_moves(prom_amount *moves, const prom_contract_outlook *outlook,
                                              const prom_contract_step *step, prom_error *error);

/* Returns "worker silent" and so on, for a scheme from 1 to 7. */
const char *prom_contract_scheme_name(unsigned scheme);

#endif
