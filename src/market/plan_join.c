/* The last step of a plan: who joins what its parts have folded, at what price, and from when on. */
#include "market/plan_parts.h"

#define WORK_BYTES ((size_t)1 << 20)

prom_amount prom_plan_cost(const prom_plan *plan)
{
    const bool bought = plan->join.joiner == PROM_JOINER_CONTRACT && plan->join.reasons.count == 0;
    return bought ? prom_amount_add(plan->cost, plan->join.part.cost) : plan->cost;
}

prom_amount prom_plan_fees(const prom_plan *plan)
{
    const bool bought = plan->join.joiner == PROM_JOINER_CONTRACT && plan->join.reasons.count == 0;
    return bought ? prom_amount_add(plan->fees, plan->join.part.fees) : plan->fees;
}

static prom_result work_of_join(void *context, prom_work *work, uint32_t parts, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_arena_init(&arena, WORK_BYTES);
    return prom_joining_work(&arena, work, context, parts, error);
}

/* An offer says so only for now: what it has to do before is over by then. */
static bool takes_any(const struct prom_planning *it, size_t offer)
{
    return it->plan->offers[offer].items_max > 0;
}

static prom_result judge_offer(const struct prom_planning *it, prom_reasons *reasons, prom_plan_part *part)
{
    prom_reasons caps = {.count = 0};
    PROM_TRY(prom_plan_judge(it, reasons, part, it->plan->join.parts));
    part->first = it->request->first + it->request->items;
    if (reasons->count == 0 && prom_plan_is_economic(it, reasons, part)) {
        prom_plan_judge_caps(it, &caps, &caps, part);
    }
    for (size_t i = 0; i < caps.count; i++) {
        prom_reasons_add(reasons, (prom_reason_code)caps.list[i].code, caps.list[i].needed, caps.list[i].there);
    }
    return prom_ok();
}

/* The best offer that takes it; where none does, what speaks against the first that has taken some items. */
static prom_result find_offer(const struct prom_planning *it)
{
    prom_plan_join *join = &it->plan->join;
    bool found = false;
    for (size_t i = 0; i < it->plan->offer_count; i++) {
        prom_reasons reasons = {.count = 0};
        prom_plan_part part = {.offer = i};
        if (!takes_any(it, i)) {
            continue;
        }
        PROM_TRY(judge_offer(it, &reasons, &part));
        if (reasons.count == 0 && (!found || prom_plan_weigh(it, &part) < prom_plan_weigh(it, &join->part))) {
            found = true;
            join->part = part;
        } else if (reasons.count > 0 && join->reasons.count == 0) {
            join->reasons = reasons;
        }
    }
    join->reasons = found ? (prom_reasons){.count = 0} : join->reasons;
    return prom_ok();
}

prom_result prom_plan_join_parts(struct prom_planning *it)
{
    const prom_plan_request *request = it->request;
    prom_plan_join *join = &it->plan->join;
    join->parts = (uint32_t)it->plan->part_count;
    join->joiner = prom_joining_decide(&request->joining, join->parts);
    join->begins = request->tip;
    for (size_t i = 0; i < it->plan->part_count; i++) {
        const uint32_t ready = it->plan->parts[i].ready;
        join->begins = ready > join->begins ? ready : join->begins;
    }
    if (join->joiner == PROM_JOINER_OWN) {
        join->seconds = request->machine != NULL
                            ? prom_joining_seconds(request->joined, request->machine, join->parts - 1)
                            : UINT64_MAX;
    }
    if (join->joiner != PROM_JOINER_CONTRACT) {
        return prom_ok();
    }
    prom_plan_request after = *request;
    after.tip = join->begins;
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): it is only read */
    after.source = (prom_work_source){work_of_join, (void *)(uintptr_t)request->joined};
    const struct prom_planning joining = {&after, it->offers, it->plan, it->error};
    return find_offer(&joining);
}
