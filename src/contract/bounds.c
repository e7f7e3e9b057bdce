#include "contract/bounds.h"

#include <stdio.h>

static prom_result refuse(prom_error *error, const char *what, const char *has, const char *unit, const char *limit,
                          bool is_maximum, const char *why)
{
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s is %s%s%s, and at %s %s is %s: %s", what, has,
                     unit[0] != 0 ? " " : "", unit, is_maximum ? "most" : "least", limit,
                     is_maximum ? "allowed" : "needed", why);
}

prom_result prom_check_number_bounds(const struct number_bound *bounds, size_t count, const char *unit,
                                     prom_error *error)
{
    for (size_t i = 0; i < count; i++) {
        const struct number_bound *bound = &bounds[i];
        if (bound->is_maximum ? bound->has > bound->limit : bound->has < bound->limit) {
            char has[24];
            char limit[24];
            (void)snprintf(has, sizeof has, "%llu", (unsigned long long)bound->has);
            (void)snprintf(limit, sizeof limit, "%llu", (unsigned long long)bound->limit);
            return refuse(error, bound->what, has, unit, limit, bound->is_maximum, bound->why);
        }
    }
    return prom_ok();
}

prom_result prom_check_amount_bounds(const struct amount_bound *bounds, size_t count, prom_error *error)
{
    for (size_t i = 0; i < count; i++) {
        const struct amount_bound *bound = &bounds[i];
        const bool holds = bound->is_maximum ? prom_amount_at_least(bound->limit, bound->has)
                                             : prom_amount_at_least(bound->has, bound->limit);
        if (!holds) {
            char has[PROM_AMOUNT_TEXT];
            char limit[PROM_AMOUNT_TEXT];
            return refuse(error, bound->what, prom_amount_text(has, bound->has), "sat",
                          prom_amount_text(limit, bound->limit), bound->is_maximum, bound->why);
        }
    }
    return prom_ok();
}
