/* What a transaction of a contract may cost, block by block: a pure function of what its being late costs, of the
 * blocks that are left, and of what the chain asks for. docs/protocol.md, section 7, states it in words. */
#ifndef PROMETHEUS_CHANNEL_FEES_H
#define PROMETHEUS_CHANNEL_FEES_H

#include <stddef.h>
#include <stdint.h>

#include "prometheus/base/amount.h"
#include "prometheus/base/declarations.h"
#include "prometheus/contract/deadline.h"

PROM_DECLARATIONS_BEGIN

/* What happens when a transaction is mined too late. */
typedef enum prom_lateness {
    PROM_LATE_COSTS_TIME,  /* the same coins come later */
    PROM_LATE_COSTS_MONEY, /* somebody else may take them */
} prom_lateness;

/* Of what is at risk, in basis points: the most that is paid for nothing but time. */
#define PROM_FEE_TIME_SHARE 500U

/* While nothing but time is lost, the feerate doubles with every safety margin that the transaction has waited; so
 * often, at most. */
#define PROM_FEE_TIME_DOUBLINGS_MAX 4

/* A transaction that is to be mined. Tips are heights. */
typedef struct prom_fee_obligation {
    int64_t first_tip;      /* from which on it could be broadcast, or, when that is later, was wanted */
    int64_t last_block;     /* the height of the last block that is in time: s above the last tip of deadline.h;
                               PROM_WINDOW_OPEN: there is none */
    prom_amount at_risk;    /* what its owner loses by being late; of time alone: what waits */
    prom_lateness lateness; /* which of the two */
    size_t vsize;           /* of the transaction and its child, in virtual bytes; above 0 */
    uint32_t safety_margin; /* s of the network; above 0 */
} prom_fee_obligation;

/* What blocks ask for now, in sat for 1000 vB. */
typedef struct prom_fee_estimates {
    uint32_t soon;    /* the next ones */
    uint32_t in_time; /* those of the next hours; at most `soon` */
} prom_fee_estimates;

/* Returns the most that may be paid for the transaction and its child: what is at risk, or its share for time. */
prom_amount prom_fee_limit(const prom_fee_obligation *obligation);

/* Returns the feerate that both together should pay at this tip, in sat for 1000 vB; never so much that their fee
 * exceeds prom_fee_limit, and 0 when that is invalid.
 *
 * Where money is lost: what the next blocks ask for, doubled once s blocks have been waited for and three times more
 * with every further s blocks; when fewer than s are left, at least the limit when the next block is the last one in
 * time, or none is, a quarter of that one block earlier, and so on. It does not fall as the tip rises, the estimates
 * being the same. Where only time is lost: what the next hours ask for, doubled as PROM_FEE_TIME_DOUBLINGS_MAX says. */
uint32_t prom_fee_feerate(const prom_fee_obligation *obligation, int64_t tip, const prom_fee_estimates *estimates);

PROM_DECLARATIONS_END

#endif
