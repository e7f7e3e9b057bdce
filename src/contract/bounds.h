/* Tables of bounds, and the one sentence that says of a broken one what is there, what is needed, and why. */
#ifndef CONTRACT_BOUNDS_H
#define CONTRACT_BOUNDS_H

#include <stddef.h>

#include "prometheus/base/amount.h"
#include "prometheus/base/result.h"

/* What there is, and what there must be at least, or at most. */
struct number_bound {
    const char *what;
    uint64_t has;
    uint64_t limit;
    bool is_maximum;
    const char *why;
};

struct amount_bound {
    const char *what;
    prom_amount has;
    prom_amount limit;
    bool is_maximum;
    const char *why;
};

#define BOUND_MIN(what, has, limit, why)                                                                               \
    {                                                                                                                  \
        (what), (has), (limit), false, (why)                                                                           \
    }
#define BOUND_MAX(what, has, limit, why)                                                                               \
    {                                                                                                                  \
        (what), (has), (limit), true, (why)                                                                            \
    }

/* Succeeds when all bounds hold. PROM_CATEGORY_BAD_INPUT says of the first that does not: "WHAT is HAS UNIT, and at
 * least LIMIT is needed: WHY", without a unit where `unit` is "". */
PROM_MUST_USE prom_result prom_check_number_bounds(const struct number_bound *bounds, size_t count, const char *unit,
                                                   prom_error *error);
/* Does the same for amounts, in sat; no bound of an invalid one holds. */
PROM_MUST_USE prom_result prom_check_amount_bounds(const struct amount_bound *bounds, size_t count, prom_error *error);

#endif
