/* Leaves of a sum of fractions that lie in memory. */
#ifndef PROMETHEUS_TEST_LEAVES_H
#define PROMETHEUS_TEST_LEAVES_H

#include <string.h>

#include "prometheus/proof/fractions.h"

static inline void copy_leaves(const void *context, prom_element *numerators, prom_planes denominators, size_t start,
                               size_t count)
{
    const prom_base_fractions from = prom_base_fractions_at(*(const prom_base_fractions *)context, start);
    memcpy(numerators, from.numerators, count * sizeof *numerators);
    for (size_t i = 0; i < PROM_EXTENSION_DEGREE; i++) {
        memcpy(denominators.plane[i], from.denominators.plane[i], count * sizeof *numerators);
    }
}

/* For as long as these are there. */
static inline prom_leaves leaves_of(const prom_base_fractions *fractions)
{
    return (prom_leaves){fractions, copy_leaves};
}

#endif
