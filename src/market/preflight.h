/* Whether a job fits, before anybody signs: P, the terms' sizes, a machine and its line, memory, coins, reward. The
 * client asks it before it asks a worker, worker and verifier before they sign; all are told everything that does not
 * fit. */
#ifndef MARKET_PREFLIGHT_H
#define MARKET_PREFLIGHT_H

#include "market/price.h"
#include "market/reason.h"
#include "market/work.h"

typedef struct prom_preflight {
    prom_role role; /* client, worker or verifier */
    const prom_work *work;
    /* Of which chain, P, c (0: not yet known), retainer, feerate and package_max (0: as large as the job's) are read.
     */
    const prom_terms *terms;
    const prom_machine *machine;     /* of W or V; NULL: not looked at */
    uint32_t work_ahead;             /* jobs that the machine may have to do before this one */
    const prom_terms_limits *limits; /* the owner's; NULL: none */
    const prom_curve *curve;         /* for the limits */
    const prom_rates *rates;         /* of W or V: the price must be in the reward; NULL: not looked at */
    bool has_funds;                  /* coins are looked at: */
    prom_amount funds;               /* that are free */
    prom_amount fee_coin;            /* that the role keeps beside (prom_fee_coin_of) */
    uint32_t coins;                  /* that it would bring */
    uint32_t tip;
    uint32_t wished; /* height at which the result is wanted; 0: any */
} prom_preflight;

/* What was found, for who shows it; numbers that were not looked at are 0. */
typedef struct prom_preflight_found {
    prom_reasons reasons;          /* all of them; none: it fits */
    uint64_t t1_needed;            /* blocks */
    uint64_t verification_seconds; /* of the worst package */
    uint64_t verification_allowed; /* by the chain's rules */
    uint64_t memory;               /* bytes that the role's work takes */
    uint64_t ready_height;         /* at which the result would be there */
    prom_amount locks;             /* that the role would lock, with fees and the coin for fees */
    prom_amount price;             /* by its rates */
    prom_amount share;             /* of c */
    prom_amount reward_max;        /* the largest c that is safe */
} prom_preflight_found;

/* Looks. Pure: the same again for the same. */
void prom_preflight_look(prom_preflight_found *found, const prom_preflight *preflight);

#endif
