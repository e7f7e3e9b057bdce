/* What the files of a plan share: only those of src/market include this. */
#ifndef MARKET_PLAN_PARTS_H
#define MARKET_PLAN_PARTS_H

#include "market/plan.h"

struct prom_planning {
    const prom_plan_request *request;
    const prom_plan_offer *offers;
    prom_plan *plan;
    prom_error *error;
};

/* Finds what speaks against a part of so many items with its offer, and against every larger one; fills in the part. */
PROM_MUST_USE prom_result prom_plan_judge(const struct prom_planning *it, prom_reasons *reasons, prom_plan_part *part,
                                          uint32_t items);
/* Finds what would be above a cap with one part more: `all` of the job, `own` of its worker. */
void prom_plan_judge_caps(const struct prom_planning *it, prom_reasons *all, prom_reasons *own,
                          const prom_plan_part *part);
/* Returns whether fees are no larger a share of it than the owner allows: small parts may be uneconomic where larger
 * ones are not. */
bool prom_plan_is_economic(const struct prom_planning *it, prom_reasons *reasons, const prom_plan_part *part);
/* Returns what an item of the part costs, in thousandths of a satoshi, times how little the worker is trusted: who is
 * not at all must be twice as cheap. */
uint64_t prom_plan_weigh(const struct prom_planning *it, const prom_plan_part *part);

/* Says who joins the parts of a plan that has one for every item (plan_join.c). */
PROM_MUST_USE prom_result prom_plan_join_parts(struct prom_planning *it);

#endif
