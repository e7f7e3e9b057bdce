/* The deadlines of a contract as data: who may do what, from which tip on, and until which. One table for
 * all who count blocks; docs/protocol.md, section 11, is the same table in words.
 *
 * All times are heights of the tip. What is broadcast at tip t is mined in block t + 1 at the earliest, and, by the
 * safety margin s, in block t + s at the latest; a lock L on an output of block b is over at tip b + L - 1. */
#ifndef PROMETHEUS_CONTRACT_DEADLINE_H
#define PROMETHEUS_CONTRACT_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "prometheus/base/declarations.h"
#include "prometheus/contract/parameters.h"

PROM_DECLARATIONS_BEGIN

/* Blocks from which deadlines are counted: the one with this transaction. */
typedef enum prom_milestone {
    PROM_MILESTONE_SETUP, /* the setup's deadline: a height that the terms name */
    PROM_MILESTONE_TX0,
    PROM_MILESTONE_X, /* the block that draws the sample: W's notice names its height */
    PROM_MILESTONE_TXV0,
    PROM_MILESTONE_TXA,
    PROM_MILESTONE_CLOSING, /* any that settles the contract */
    PROM_MILESTONES,
} prom_milestone;

typedef enum prom_actor {
    PROM_ACTOR_W,
    PROM_ACTOR_V,
    PROM_ACTOR_A,       /* each arbiter */
    PROM_ACTOR_ANYBODY, /* whoever holds the signed transaction, and that is everybody */
} prom_actor;

typedef enum prom_deadline_id {
    PROM_DEADLINE_ABANDON_W,
    PROM_DEADLINE_ABANDON_V,
    PROM_DEADLINE_ABANDON_A,
    PROM_DEADLINE_COMPUTE,
    PROM_DEADLINE_DELIVER,
    PROM_DEADLINE_COLLECT,
    PROM_DEADLINE_RECEIPT,
    PROM_DEADLINE_X,
    PROM_DEADLINE_NOTICE,
    PROM_DEADLINE_NOTICE_RECEIPT,
    PROM_DEADLINE_NOTICE_SEEN,
    PROM_DEADLINE_OPENINGS,
    PROM_DEADLINE_OPENINGS_RECEIPT,
    PROM_DEADLINE_TX4,
    PROM_DEADLINE_TX4_V,
    PROM_DEADLINE_QUESTION,
    PROM_DEADLINE_ANSWER,
    PROM_DEADLINE_TXV0,
    PROM_DEADLINE_TX3,
    PROM_DEADLINE_TX1,
    PROM_DEADLINE_TXA,
    PROM_DEADLINE_TX5,
    PROM_DEADLINE_SHOW_KEY,
    PROM_DEADLINE_EVIDENCE,
    PROM_DEADLINE_ECHO,
    PROM_DEADLINE_COMMIT,
    PROM_DEADLINE_REVEAL,
    PROM_DEADLINE_SIGN,
    PROM_DEADLINE_DECISION,
    PROM_DEADLINE_TX6,
    PROM_DEADLINE_KEEP,
    PROM_DEADLINES,
} prom_deadline_id;

/* A number of blocks: so many times each, and so many more. */
typedef struct prom_blocks {
    int8_t t1, t2, t3, t4; /* of P */
    int8_t s, vt, p;       /* of the network: safety margin, a verification, a step of the vote */
    int8_t echo;           /* e (n - k + 1): all rounds in which arbiters pass evidence on */
    int8_t lead, notice;   /* of the network: from W's notice to block X; from a receipt of it */
    int8_t more;
} prom_blocks;

typedef struct prom_deadline {
    const char *what; /* for people, after the actor: "publishes Tx3, when there is no verdict" */
    prom_actor who;
    prom_milestone from;
    prom_blocks earliest; /* first tip, from the milestone's block */
    prom_blocks duration; /* blocks that the step may take before it is done, slack for a restart included */
    prom_blocks latest;   /* last tip; means nothing when `open` */
    bool open;            /* there is no last tip */
    bool sampled;         /* a step of a delivery in two rounds alone: varsigma is below 1 */
} prom_deadline;

/* Returns the row of the table, which lives as long as the program. */
const prom_deadline *prom_deadline_of(prom_deadline_id id);

/* Returns the number of blocks for this P on this network; below 0 it lies before the milestone. */
int64_t prom_blocks_count(const prom_blocks *blocks, const prom_parameters *P, const prom_chain_parameters *network);

/* First and last tip of a step. */
#define PROM_WINDOW_OPEN INT64_MAX
typedef struct prom_tip_window {
    int64_t earliest;
    int64_t latest; /* PROM_WINDOW_OPEN: there is none */
} prom_tip_window;

/* Returns the window when the milestone's block has this height. */
prom_tip_window prom_deadline_window(prom_deadline_id id, const prom_parameters *P,
                                     const prom_chain_parameters *network, uint32_t milestone_height);

/* Returns the tip at which echo round `round` ends, 0 to n - k + 1, when TxA is in the block of this height: D_0 is the
 * last tip at which evidence counts; afterwards counts in round r what r different arbiters have signed. */
int64_t prom_deadline_echo_end(uint32_t round, const prom_chain_parameters *network, uint32_t milestone_height);

/* Returns whether who begins the step at its first tip is done by its last one: true for every id and every P that
 * prom_parameters_check accepts. Of the steps of a delivery in two rounds it is true from t1 = 2s - 1 + lead on, and
 * the worker, for whom they are, sees to that (prom_terms_check_work). */
PROM_MUST_USE bool prom_deadline_holds(prom_deadline_id id, const prom_parameters *P,
                                       const prom_chain_parameters *network);

/* Returns "worker", "verifier", "arbiter" (any of them), "anybody". */
const char *prom_actor_name(prom_actor actor);
/* Returns "setup deadline", "Tx0", "block X", "TxV0", "TxA", "closing". */
const char *prom_milestone_name(prom_milestone milestone);

PROM_DECLARATIONS_END

#endif
