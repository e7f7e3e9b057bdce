/* A job as it lies in the node's database: the market's facts of it (market/job.h), what else the owner ordered, and
 * with what terms each attempt was to become a contract. All of it is written at once, before anything of it is done.
 */
#ifndef TRADE_ORDER_H
#define TRADE_ORDER_H

#include "market/job.h"
#include "prometheus/channel/message.h"

/* Nodes that an owner names as workers of one job. */
#define PROM_ORDER_WORKERS_MAX 32U

/* A node, and where it listens; of length 0: it comes to us, or is known otherwise. */
typedef struct prom_order_node {
    prom_bytes32 key;
    prom_address address;
} prom_order_node;

/* What the owner ordered beside prom_order. */
typedef struct prom_order_wishes {
    uint32_t parts_min;   /* at least so many parts; 0: as few as fit */
    uint32_t workers_min; /* spread over so many workers; 0: the cheapest may get all */
    uint32_t height;      /* at which the result is wanted; 0: any */
    prom_amount reward;   /* c of each contract; invalid: the smallest that covers what is asked for */
    prom_amount retainer; /* for each arbiter */
    uint32_t feerate;     /* sat/vB */
    prom_address verifier;
    prom_order_node workers[PROM_ORDER_WORKERS_MAX]; /* these alone are asked; none: whoever is known */
    size_t worker_count;
} prom_order_wishes;

/* What the contract of an attempt is begun with, beside what the attempt says. */
typedef struct prom_attempt_terms {
    prom_address worker;
    prom_address verifier;
    prom_amount c;
    uint64_t package_max;
} prom_attempt_terms;

typedef struct prom_ordered {
    prom_order_wishes wishes;
    prom_attempt_terms terms[PROM_JOB_ATTEMPTS_MAX]; /* in the order of the attempts */
    prom_market_job *job;
} prom_ordered;

/* Writes the canonical bytes, version and all. */
PROM_MUST_USE prom_result prom_ordered_write(prom_arena *arena, prom_span *bytes, const prom_ordered *ordered,
                                             prom_error *error);
/* Reads exactly one. PROM_CATEGORY_BROKEN on anything that prom_ordered_write would not write. */
PROM_MUST_USE prom_result prom_ordered_read(prom_arena *arena, prom_ordered **ordered, prom_span bytes,
                                            prom_error *error);

/* Names the channel of an attempt's contract, the same whenever it is asked for. Returns `name`. */
#define PROM_ATTEMPT_NAME 64
const char *prom_attempt_name(char name[PROM_ATTEMPT_NAME], const prom_bytes32 *job, uint32_t attempt);

#endif
