/* What can be said of a contract in numbers: who gets what, what the endings cost, what the job may take. */
#ifndef OUTLOOK_PROSPECTS_H
#define OUTLOOK_PROSPECTS_H

#include "outlook/outlook.h"

/* An ending, in the order of the schemes; #6 and #7 for each number m of arbiters that sign. */
typedef struct prom_contract_ending {
    unsigned scheme;
    uint32_t m; /* or 0 */
    prom_payouts payouts;
} prom_contract_ending;

#define PROM_CONTRACT_ENDINGS (PROM_SCHEMES + 2 * PROM_ARBITERS_MAX)

PROM_MUST_USE prom_result prom_contract_endings(prom_contract_ending endings[PROM_CONTRACT_ENDINGS], size_t *count,
                                                const prom_contract_outlook *outlook, prom_error *error);

/* The feerates, in sat/vB, at which endings are compared with what they move. */
enum { PROM_CONTRACT_FEERATES = 4 };
extern const uint32_t prom_contract_feerates[PROM_CONTRACT_FEERATES];

/* Returns the fees and anchors of a path at a feerate. */
prom_amount prom_contract_cost(const prom_contract_path *path, uint32_t feerate);

/* Returns the anchors of a path. */
prom_amount prom_contract_anchors(const prom_contract_path *path);

/* Returns what the client pays at most beyond reward and retainers: the reserve, its part of Tx0's fee, the anchor. */
prom_amount prom_contract_client_fees(const prom_contract_outlook *outlook);

/* Returns all retainers together. */
prom_amount prom_contract_retainers(const prom_terms *terms);

/* Shares of the offers, in percent, for which the chance to own a decision is told. */
enum { PROM_CONTRACT_SHARES = 3 };
extern const unsigned prom_contract_shares[PROM_CONTRACT_SHARES];

/* A worker that computes so many items of the job wrongly, and the chance, 0 to 1, that the sample has one of them. */
typedef struct prom_contract_lie {
    uint32_t wrong;
    double found;
} prom_contract_lie;

/* What the job may take, on a line that carries PROM_CONTRACT_LINE bytes a second, and what is checked of it. */
enum { PROM_CONTRACT_LIES = 2 /* about one item, and about a tenth of them */ };
#define PROM_CONTRACT_LINE UINT64_C(1000000)
typedef struct prom_contract_job {
    bool two_rounds;
    bool fits;                /* there is time for the transfers */
    uint64_t compute_seconds; /* that fit t1, at most */
    bool fetched;             /* the packages can be fetched in time */
    uint64_t verify_seconds;  /* that fit vt, at most */
    uint32_t checked;         /* items that are drawn, or all */
    prom_contract_lie lies[PROM_CONTRACT_LIES];
} prom_contract_job;

prom_contract_job prom_contract_job_fit(const prom_terms *terms);

#endif
