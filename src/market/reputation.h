/* How far a node is trusted: computed by the asker alone, from what it has seen itself and from what the chain shows.
 * Nobody is asked for an opinion, and nobody is told one. A pure function, with the points that it is made of. */
#ifndef MARKET_REPUTATION_H
#define MARKET_REPUTATION_H

#include "market/job.h"
#include "prometheus/contract/index.h"

#define PROM_TRUST_MAX 1000U
#define PROM_TRUST_UNKNOWN 300U /* of a node of which nothing is known */

/* What the asker's own jobs have seen of one node, as a worker or as a verifier. */
typedef struct prom_history {
    uint32_t done;
    uint32_t setups; /* that ended by it, or by nobody knows whom, or were late: nothing was lost but time */
    uint32_t silent;
    uint32_t bad; /* packages that are proven wrong; verdicts that our own check or the arbiters find false */
    uint32_t undecided;
    prom_amount volume;  /* of what was done, without fees */
    uint32_t last_fault; /* height at which the last of silent, setups and undecided was; 0: there is none */
    uint32_t lied;       /* of `bad`: those that are verdicts */
} prom_history;

/* Returns an empty one. */
prom_history prom_history_empty(void);
/* Adds what a job has seen of the node. */
void prom_history_add(prom_history *history, const prom_market_job *job, const prom_bytes32 *node);

/* What the chain shows of a node: offers that nobody has spent, whose keys have signed that they are its. Nothing else
 * on a chain names a node. */
typedef struct prom_chain_record {
    uint32_t offers;
    prom_amount stake; /* in these */
    uint32_t first;    /* height of the oldest; 0: there is none */
} prom_chain_record;

/* Returns an empty one. */
prom_chain_record prom_chain_record_empty(void);
/* Finds it among announcements whose signatures were checked, each offer counted once, as far as the index has them. */
prom_chain_record prom_chain_record_of(const prom_index *index, const prom_announcement *announced, size_t count,
                                       const prom_bytes32 *node);

/* What trust is made of. */
typedef enum prom_trust_part {
    PROM_TRUST_BASE,
    PROM_TRUST_DONE,
    PROM_TRUST_VOLUME,
    PROM_TRUST_AGE,
    PROM_TRUST_STAKE,
    PROM_TRUST_BAD,
    PROM_TRUST_SILENT,
    PROM_TRUST_SETUPS,
    PROM_TRUST_NAMED, /* the owner trusts this node */
    PROM_TRUST_PARTS,
} prom_trust_part;

typedef struct prom_reputation {
    uint32_t trust; /* 0 to PROM_TRUST_MAX */
    int32_t points[PROM_TRUST_PARTS];
} prom_reputation;

/* Computes it, at this tip. `named`: the owner has named the node as one that it trusts more. More that was done, more
 * volume, age and stake never make it less; more faults never more. */
prom_reputation prom_reputation_of(const prom_history *history, const prom_chain_record *chain, bool named,
                                   uint32_t tip);

/* Returns a name for programs, "done"; NULL for what is none. */
const char *prom_trust_part_name(unsigned part);

#define PROM_REPUTATION_TEXT 512
/* Writes the explanation: "trust 540 of 1000: 300 to begin with, ...". Returns `text`. */
const char *prom_reputation_sentence(char text[PROM_REPUTATION_TEXT], const prom_reputation *reputation);

#endif
