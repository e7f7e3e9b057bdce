/* What stands in the set of evidence, found by who may have said it; and by when, by the table of deadlines. */
#ifndef CONTRACT_EVIDENCE_SLOTS_H
#define CONTRACT_EVIDENCE_SLOTS_H

#include "prometheus/contract/deadline.h"
#include "prometheus/contract/evidence.h"

/* What one signer may say once alone: two different attestations of one slot are a fault. */
struct slot {
    prom_attestation_kind kind;
    size_t place;
    prom_round round; /* A where there are none */
};

static inline struct slot package_slot(prom_round round)
{
    return (struct slot){PROM_ATTESTATION_PACKAGE, PROM_PLACE_W, round};
}

static inline struct slot notice_slot(void)
{
    return (struct slot){PROM_ATTESTATION_NOTICE, PROM_PLACE_W, PROM_ROUND_A};
}

static inline struct slot receipt_slot(size_t arbiter, prom_round round)
{
    return (struct slot){PROM_ATTESTATION_RECEIPT, PROM_PLACE_ARBITER + arbiter, round};
}

static inline struct slot answer_slot(size_t arbiter)
{
    return (struct slot){PROM_ATTESTATION_ANSWER, PROM_PLACE_ARBITER + arbiter, PROM_ROUND_A};
}

/* Returns the first attestation of the slot from position `*from` on, and leaves the position behind it; or NULL. */
const prom_attestation *prom_evidence_next(const prom_evidence *evidence, struct slot slot, size_t *from);

/* Returns whether there is one. */
bool prom_evidence_has(const prom_evidence *evidence, struct slot slot);

/* Returns the tips of a step that is counted from Tx0, and of one that is counted from block X. */
static inline prom_tip_window window_of(const prom_case *known, prom_deadline_id id)
{
    return prom_deadline_window(id, &known->terms->P, prom_terms_network(known->terms), known->H0);
}

static inline prom_tip_window window_around(const prom_case *known, prom_deadline_id id,
                                            const prom_block_notice *notice)
{
    return prom_deadline_window(id, &known->terms->P, prom_terms_network(known->terms), notice->height);
}

#endif
