/* The stories that the demo plays: who breaks the rules, and when. */
#ifndef DEMO_STORY_H
#define DEMO_STORY_H

#include "demo/cast.h"
#include "node/job.h"
#include "prometheus/contract/payout.h"

/* When something is done to the parties. */
typedef enum prom_demo_moment {
    PROM_DEMO_NEVER,
    PROM_DEMO_LOCKED,    /* Tx0 is in a block */
    PROM_DEMO_DELIVERED, /* the verifier has the package */
    PROM_DEMO_ACCUSED,   /* TxV0 is in a block */
    PROM_DEMO_APPEALED,  /* TxA is in a block */
    PROM_DEMO_SETTLED,   /* a transaction that settles is in a block */
} prom_demo_moment;

typedef struct prom_demo_story {
    const char *name;
    const char *summary; /* what happens, in a sentence */
    bool market;         /* played by nodes (market.h), in several contracts: the rest is of no meaning then */
    unsigned scheme;     /* by which it ends */
    prom_falsification worker;
    prom_falsification verifier;
    prom_demo_moment kill_at;
    uint32_t kill;                /* bits of parties whose processes are killed then, for good */
    bool tower;                   /* a watchtower is given the worker's appeal then, and works from then on */
    bool reorganise;              /* the chain is replaced by another, once */
    size_t reorganise_at;         /* when this one of the contract's transactions is in a block; Tx0 is number 0 */
    size_t reorganise_from;       /* from the block of this one on */
    bool own_verifier;            /* V is the client's own */
    const char *why[PROM_PAYEES]; /* what became of each, in a sentence; of F, too */
} prom_demo_story;

extern const prom_demo_story prom_demo_stories[];
extern const size_t prom_demo_story_count;

/* Returns the story of that name, or NULL. */
const prom_demo_story *prom_demo_story_of(const char *name);

#endif
