/* The coins that contracts of ours will take, looked for before any of them is begun: each deposit takes coins of its
 * own, and so does each fee that may have to be paid. Where there are too few coins, and enough in all, one payment to
 * ourselves makes them. Nothing of this is kept: it follows from the wallet's coins at the moment of asking. */
#ifndef NODE_NEEDS_H
#define NODE_NEEDS_H

#include "node/node.h"
#include "node/payments.h"

/* What one contract takes for one thing. Needs of one contract follow one another, and have the same `terms`. */
typedef struct prom_coin_need {
    prom_role role;          /* PROM_ROLE_CLIENT or PROM_ROLE_VERIFIER */
    bool for_fees;           /* the coin that is kept for fees; else the deposit */
    bool firm;               /* of a contract that is being begun: what meets it is not split */
    const prom_terms *terms; /* network, P, c, retainer and feerate are read */
    /* What was found: */
    prom_amount value; /* that one coin must hold for it; invalid: no contract has such terms */
    bool met;          /* by coins that no need before it takes */
    uint32_t coins;    /* so many; 0: it is not met */
} prom_coin_need;

typedef enum prom_needs_state {
    PROM_NEEDS_MET,
    PROM_NEEDS_YOUNG,  /* the coins are there, and arbiters take them from the block of `height` on */
    PROM_NEEDS_PAYING, /* a payment that splits coins, `txid`, waits for a block */
    PROM_NEEDS_SPLIT,  /* prom_node_split_for makes coins for the first `contracts` of those that lack some; a coin that
                          meets a need and holds enough for others too is split as well, and the need is not met */
    PROM_NEEDS_SHORT,  /* the free coins do not hold so much: `missing` */
} prom_needs_state;

typedef struct prom_needs {
    prom_needs_state state;
    uint32_t height;
    prom_bytes32 txid;
    prom_amount fee; /* of that payment */
    size_t contracts;
    prom_amount needed;  /* by those that are not met, of these contracts; of PROM_NEEDS_SHORT of the first one */
    prom_amount there;   /* in free coins that no need takes */
    prom_amount missing; /* of PROM_NEEDS_SHORT, with what splitting costs */
} prom_needs;

/* Finds coins for all needs, in their order: of deposits such as arbiters take by now. `feerate` is that of a payment
 * that would split coins, in sat for 1000 vB. Fails when the machine has no memory. */
PROM_MUST_USE prom_result prom_node_find_needs(const prom_node *node, prom_needs *found, prom_coin_need *needs,
                                               size_t count, uint32_t feerate, prom_error *error);

typedef struct prom_split_order {
    const prom_coin_need *needs;
    size_t count;
    const char *reference; /* of the payment; NULL: none */
    prom_pay_options how;
} prom_split_order;
/* Makes coins for needs that were found to be PROM_NEEDS_SPLIT with this feerate, by one payment to ourselves; coins
 * that meet other needs are left alone. Fails as payments do (node/own.h). */
PROM_MUST_USE prom_result prom_node_split_for(prom_node *node, prom_arena *arena, prom_node_paid *paid,
                                              const prom_split_order *order, prom_error *error);

/* Lists what the client of a contract that is being begun still takes, as its own verifier: a deposit as long as it has
 * no such part, and a coin for fees until one is reserved. Writes up to two needs of these terms; returns how many. */
size_t prom_node_needs_of_verifier(const prom_node *node, prom_coin_need *needs, uint64_t client,
                                   const prom_terms *terms);

/* One payment that has split coins, or still may. */
typedef struct prom_split_paid {
    prom_bytes32 txid;
    const char *reference;
    prom_amount fee;
    bool lost;       /* another transaction has taken, or is to take, its place: nothing is paid by it */
    uint32_t height; /* of the block that has it; 0: none */
} prom_split_paid;

/* Calls `visit` with each split that has a reference. Fails as the store does. */
typedef void (*prom_split_visit)(void *context, const prom_split_paid *split);
PROM_MUST_USE prom_result prom_node_each_split(const prom_node *node, prom_split_visit visit, void *context,
                                               prom_error *error);

/* Splits whose references begin the same. */
typedef struct prom_split_sums {
    prom_amount fees; /* of those that are not lost, */
    size_t paid;      /* and how many they are */
    size_t made;      /* all of them, but for those that take another one's place (PROM_SPLIT_AGAIN) */
} prom_split_sums;
/* Ends the reference of a split that takes the place of the one with the rest of it. */
#define PROM_SPLIT_AGAIN '+'
/* Sums them up. Fails as the store does. */
PROM_MUST_USE prom_result prom_node_splits_of(const prom_node *node, prom_split_sums *sums, const char *reference,
                                              prom_error *error);

#endif
