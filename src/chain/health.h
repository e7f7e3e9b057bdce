/* Whether what bitcoind tells can be relied on, and for what: a pure function of what was seen. */
#ifndef CHAIN_HEALTH_H
#define CHAIN_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "chain/chain.h"

/* What is wrong, the first that applies. Whatever it is, contracts go on being defended with what is known. */
typedef enum prom_chain_trouble {
    PROM_CHAIN_FINE,
    PROM_CHAIN_UNKNOWN,     /* it did not answer, or not as bitcoind does: look again */
    PROM_CHAIN_FOREIGN,     /* it is on another network */
    PROM_CHAIN_PRUNED,      /* it has deleted blocks that are needed */
    PROM_CHAIN_LOST,        /* it does not know the blocks that were processed, nor where they left its chain */
    PROM_CHAIN_BEHIND,      /* its chain ends below what was processed */
    PROM_CHAIN_DOWNLOADING, /* it has only begun to fetch the chain */
    PROM_CHAIN_LAGGING,     /* it has headers of several blocks that it lacks */
    PROM_CHAIN_CATCHING_UP, /* it has blocks that are not processed yet */
    PROM_CHAIN_CLOCK,       /* the tip is of the future: when this program started, the machine's clock was slow */
    PROM_CHAIN_OLD_TIP,
    PROM_CHAIN_NO_PEERS,
    PROM_CHAIN_NEW_PEERS, /* they may not have told all that they have; the one trouble with which contracts begin */
    PROM_CHAIN_TROUBLES,
} prom_chain_trouble;

typedef struct prom_chain_health {
    prom_chain_trouble trouble;
    bool in_step;    /* what has been seen may be dated: prom_chain_in_step, and no trouble at all */
    bool may_begin;  /* new ones may begin */
    uint32_t height; /* of bitcoind's best block; 0 while unknown */
    prom_error told; /* what is wrong and what to do; what is fine, when nothing is wrong */
} prom_chain_health;

/* What was seen at one look. */
typedef struct prom_chain_look {
    prom_chain_info info;
    uint32_t connections;
    prom_chain_moment moment; /* `now` by a clock that nobody sets: see watcher.h */
    uint32_t processed;       /* height up to which blocks were processed */
    uint32_t needed;          /* the lowest whose block may still be asked for */
    bool lost;                /* see PROM_CHAIN_LOST */
    bool behind;              /* see PROM_CHAIN_BEHIND */
} prom_chain_look;

/* How far a block's time may be ahead of the clock of a node that takes it. */
#define PROM_BLOCK_FUTURE_SECONDS 7200

/* Judges what was seen. */
void prom_chain_judge(prom_chain_health *health, const prom_chain_look *look, const prom_chain_parameters *network);

/* Sets what is known when bitcoind did not answer: `sentence` says why. */
void prom_chain_judge_unknown(prom_chain_health *health, const char *sentence);

#endif
