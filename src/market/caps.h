/* What contracts may cost: by their order, and by their owner, whatever an order says (prom.conf); and what a new
 * contract has against it. */
#ifndef MARKET_CAPS_H
#define MARKET_CAPS_H

#include "market/reason.h"

/* An order's; each PROM_AMOUNT_MAX where there is no cap. */
typedef struct prom_caps {
    prom_amount contract; /* on one contract: reward and retainers */
    prom_amount job;      /* on all of them, with fees */
    prom_amount day;      /* on all jobs that run, or have ended within a day, with fees */
    prom_amount peer;     /* on contracts with one worker */
    prom_amount fees;     /* of the job, on the chain */
    uint16_t fees_share;  /* of what a part costs, in basis points */
} prom_caps;

/* The owner's standing caps; each 0 where there is none. */
typedef struct prom_standing_caps {
    prom_amount job;  /* on one job, with fees */
    prom_amount day;  /* on all jobs that run, or have ended within a day, with fees */
    prom_amount peer; /* on open contracts with one node: of a client what they may cost, with fees; of a worker or a
                         verifier its stakes in them */
    prom_amount fees; /* of one contract, on the chain */
} prom_standing_caps;

/* What is spent and promised beside the contract that is judged. */
typedef struct prom_caps_sums {
    prom_amount job; /* with fees, as in the day */
    prom_amount day;
    prom_amount fees; /* of the job */
    prom_amount peer; /* on contracts with its worker, without fees */
    prom_amount open; /* on those of them that are open, with fees */
} prom_caps_sums;

/* Adds the order's caps that one more contract would break: to `all` those that hold whoever does it, to `own` the one
 * on its worker: PROM_REASON_CAP_JOB, _DAY, _FEES; _CAP_PEER. What it costs alone is the caller's to look at. */
void prom_caps_judge(prom_reasons *all, prom_reasons *own, const prom_caps *caps, const prom_caps_sums *before,
                     prom_amount cost, prom_amount fees);
/* The same of the standing caps: PROM_REASON_CAP_JOB, _DAY, _CONTRACT_FEES; _CAP_PEER. */
void prom_standing_judge(prom_reasons *all, prom_reasons *own, const prom_standing_caps *caps,
                         const prom_caps_sums *before, prom_amount cost, prom_amount fees);
/* The same of one of them alone: adds `code` where `needed` is above what `cap` leaves. */
void prom_standing_need(prom_reasons *reasons, prom_reason_code code, prom_amount needed, prom_amount cap,
                        prom_amount before);

#endif
