/* What the files of the functionals share: functional.c has them, functional_windows.c those of layers with windows,
 * and functional_moves.c takes each to where its values come from. */
#ifndef ARGUMENT_FUNCTIONAL_STEPS_H
#define ARGUMENT_FUNCTIONAL_STEPS_H

#include "argument/functional.h"

enum { CHANNEL_AXIS = 0, HEIGHT_AXIS = 1, WIDTH_AXIS = 2 };

static inline prom_extension times(const prom_extension *a, const prom_extension *b)
{
    return prom_extension_multiply(a, b);
}

static inline void add_to(prom_extension *sum, const prom_extension *a)
{
    *sum = prom_extension_add(sum, a);
}

static inline prom_extension sum_of(const prom_extension *values, size_t count)
{
    prom_extension sum = prom_extension_zero();
    for (size_t i = 0; i < count; i++) {
        add_to(&sum, &values[i]);
    }
    return sum;
}

/* eq(point, i) for i below the size of each axis of a value. */
typedef struct axis_tables {
    prom_extension *axes[PROM_RANK_MAX];
    const prom_shape *shape;
} axis_tables;

/* A functional on its way to where its values come from. */
typedef struct pulled {
    const functional_task *task;
    functional *made;
} pulled;

/* Adds coefficients of value `value`, back through all layers that only move values; the planes are the functional's
 * from now on. */
PROM_MUST_USE prom_result prom_functional_pull(const pulled *to, uint32_t value, prom_planes coefficients,
                                               prom_error *error);

/* What a sum with multiplier m counts: m, or 1 + mix * m. */
prom_extension prom_functional_factor(uint32_t multiplier, const prom_extension *mix);

/* eq(point, o) times the factor of each output channel; adds factors times biases up. */
PROM_MUST_USE prom_result prom_functional_channel_factors(const functional_task *task, prom_extension **factors,
                                                          prom_extension *biases, const prom_layer *layer,
                                                          const prom_extension *equal, const prom_extension *mix,
                                                          prom_error *error);

/* The functionals of layers with windows, as of prom_functional_of_sums and prom_functional_of_places. */
PROM_MUST_USE prom_result prom_functional_conv(const pulled *to, const prom_layer *layer, const axis_tables *tables,
                                               const prom_extension *mix, prom_error *error);
PROM_MUST_USE prom_result prom_functional_average_pool(const pulled *to, const prom_layer *layer,
                                                       const axis_tables *tables, const prom_extension *mix,
                                                       prom_error *error);
PROM_MUST_USE prom_result prom_functional_max_pool(const pulled *to, const prom_layer *layer, const axis_tables *tables,
                                                   const prom_extension *weights, prom_error *error);

#endif
