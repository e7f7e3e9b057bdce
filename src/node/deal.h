/* A contract that the owner ordered as a client, as whoever ordered it sees it: by the name of its channel, from facts
 * alone, so that it says the same after a restart. */
#ifndef NODE_DEAL_H
#define NODE_DEAL_H

#include "node/node.h"
#include "prometheus/contract/payout.h"

typedef enum prom_deal_state {
    PROM_DEAL_NONE,    /* there is no channel of that name, or nobody was asked in it before it was closed */
    PROM_DEAL_NEW,     /* nothing is proposed yet */
    PROM_DEAL_SETUP,   /* it is being set up, and can be given up */
    PROM_DEAL_ENDED,   /* the setup ended before our signature of Tx0 was out: nothing was locked */
    PROM_DEAL_LIVE,    /* our signature of Tx0 is out */
    PROM_DEAL_SETTLED, /* what settles it, or spends an input of Tx0 elsewhere, is s blocks deep */
} prom_deal_state;

/* Why it gives no result, for certain. */
typedef enum prom_deal_loss {
    PROM_DEAL_LOSS_NONE,
    PROM_DEAL_LOSS_SILENT,    /* nothing was delivered when it had to be */
    PROM_DEAL_LOSS_BAD,       /* what was delivered is proven wrong */
    PROM_DEAL_LOSS_UNDECIDED, /* the arbiters have not decided */
} prom_deal_loss;

typedef struct prom_deal {
    prom_deal_state state;
    uint64_t channel; /* its number; 0: there is none */
    bool closed;      /* by the node, which keeps no package of it any more */
    bool asking;      /* the parties' nodes are being asked whether they take part */
    unsigned missing; /* bits of W and V: who has not said yet that it takes part, of one that is `asking`; who ended
                         the setup, of PROM_DEAL_ENDED, where that is known */
    prom_quote_reason declined[PROM_PARTIES]; /* of those who are `missing` while it is asked for: what they answered;
                                                 of code 0: nothing yet */
    int64_t asking_since;                     /* prom_clock_milliseconds, and */
    int64_t linked_since[PROM_PARTIES];       /* when there was a link to each of them first; 0: never yet */
    char reason[192];                         /* PROM_DEAL_ENDED: why, for people */
    prom_bytes32 tx0;
    uint32_t tx0_height;   /* 0: no block has it */
    uint32_t compute_from; /* tip from which on the worker computes; 0 before Tx0 has a block, as the next */
    uint32_t deliver_by;   /* the last block in which a delivery counts */
    bool delivered;        /* the worker has named a package */
    bool opened;           /* and, where the scheme samples, its openings; else as `delivered` */
    prom_deal_loss loss;
    bool result;           /* the output was checked, and is in the file */
    char output[PATH_MAX]; /* its name */
    /* Of one that is settled by a scheme, be it in the last block; 0: by none. */
    unsigned scheme;
    prom_bytes32 settled_by;
    uint32_t settled_height;
    prom_amount got[PROM_PAYEES]; /* by the scheme, without fees */
    prom_amount paid;             /* by us, as client and as own verifier, without fees; more came than went: 0 */
    prom_amount gained;           /* what came beyond what went */
    prom_amount fees;             /* on the chain, ours, without those of fee bumps */
} prom_deal;

/* Finds the contract of that name. Fails as the store does, or when the machine has no memory. */
PROM_MUST_USE prom_result prom_node_deal(prom_node *node, prom_deal *deal, const char *name, prom_error *error);

/* Ends the contract's setup while our signature of Tx0 is not out; of one that is live, or over, nothing changes. Fails
 * as the store does. */
PROM_MUST_USE prom_result prom_node_give_up(prom_node *node, uint64_t channel, prom_error *error);

/* Returns whether a contract can be begun now: not as many others as there may be at a time are being begun. */
bool prom_node_can_propose(prom_node *node);

/* Returns what blocks ask for, in whole sat/vB; 0 while nobody has said it. */
uint32_t prom_node_feerate(const prom_node *node);

/* Returns the retainer that nine in ten of the arbiters take that are known to stand ready for that P, all of them
 * where they are fewer than ten; those that ask for more than P leaves room for, or than the owner's retainer_max, are
 * left out. Invalid when none is known. */
prom_amount prom_node_retainer(const prom_node *node, const prom_bytes32 *p_txid);

/* Returns whether so many arbiters are known that have an offer for that P and can be asked. One that has several
 * counts once. */
bool prom_node_knows_arbiters(const prom_node *node, const prom_bytes32 *p_txid, size_t wanted);

/* Returns the database, to read records of one's own in. */
prom_store *prom_node_store(prom_node *node);
/* Writes a job, in a transaction of its own; fails as the store does. */
PROM_MUST_USE prom_result prom_node_put_job(prom_node *node, const prom_store_job *job, prom_error *error);
/* Returns the chain that the node is on. */
const prom_chain_parameters *prom_node_network(const prom_node *node);

#endif
