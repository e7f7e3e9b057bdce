/* What a plan says of itself. */
#include <inttypes.h>
#include <stdio.h>

#include "base/units.h"
#include "market/plan.h"

static void tell_join(const prom_plan *plan, void (*line)(void *context, const char *text), void *context)
{
    const prom_plan_join *join = &plan->join;
    char text[512];
    char amount[2][PROM_AMOUNT_GROUPED];
    char reason[PROM_REASON_SENTENCE];
    if (join->joiner == PROM_JOINER_OWN) {
        (void)snprintf(text, sizeof text, "then %" PRIu32 " folds join the parts, by this node", join->parts - 1);
        line(context, text);
    } else if (join->joiner == PROM_JOINER_CONTRACT && join->reasons.count == 0) {
        (void)snprintf(text, sizeof text,
                       "then %" PRIu32 " folds join the parts, by worker %zu, %s sat in all and %s sat on the chain",
                       join->parts - 1, join->part.offer + 1, prom_amount_grouped(amount[0], join->part.cost),
                       prom_amount_grouped(amount[1], join->part.fees));
        line(context, text);
    }
    for (size_t i = 0; i < join->reasons.count; i++) {
        (void)snprintf(text, sizeof text, "nobody joins the parts: %s",
                       prom_reason_sentence(reason, &join->reasons.list[i]));
        line(context, text);
    }
}

void prom_plan_tell(const prom_plan *plan, void (*line)(void *context, const char *text), void *context)
{
    char text[512];
    char amount[3][PROM_AMOUNT_GROUPED];
    char reason[PROM_REASON_SENTENCE];
    for (size_t i = 0; i < plan->part_count; i++) {
        const prom_plan_part *part = &plan->parts[i];
        (void)snprintf(text, sizeof text,
                       "part %zu: items %u to %u by worker %zu, reward %s sat, %s sat in all and %s sat "
                       "on the chain",
                       i + 1, part->first, part->first + part->items - 1, part->offer + 1,
                       prom_amount_grouped(amount[0], part->c), prom_amount_grouped(amount[1], part->cost),
                       prom_amount_grouped(amount[2], part->fees));
        line(context, text);
    }
    tell_join(plan, line, context);
    for (size_t i = 0; i < plan->offer_count; i++) {
        const prom_plan_verdict *verdict = &plan->offers[i];
        for (size_t j = 0; j < verdict->reasons.count && (verdict->parts == 0 || plan->left > 0); j++) {
            (void)snprintf(text, sizeof text, "worker %zu: %s", i + 1,
                           prom_reason_sentence(reason, &verdict->reasons.list[j]));
            line(context, text);
        }
    }
    for (size_t i = 0; i < plan->reasons.count; i++) {
        line(context, prom_reason_sentence(reason, &plan->reasons.list[i]));
    }
}
