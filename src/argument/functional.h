/* Layers as linear functionals: the value at a point of the polynomial of what a layer sums is a sum of its inputs'
 * values, each times a coefficient that depends on program and point alone. The coefficients cost time linear in the
 * weights and in the values of one item, whatever the batch. Prover and verifier both compute them. */
#ifndef ARGUMENT_FUNCTIONAL_H
#define ARGUMENT_FUNCTIONAL_H

#include "argument/layout.h"
#include "prometheus/field/kernels.h"

/* sum over v of sum over x of coefficients[v](x) * value v(x), + constant. */
typedef struct functional {
    prom_planes *coefficients; /* of value v in row-major order; plane[0] is NULL where v has none */
    prom_extension constant;   /* biases, and what padding brings */
} functional;

typedef struct functional_task {
    prom_arena *arena;
    const prom_field_kernels *kernels;
    const prom_argument *argument;
    const prom_extension *point; /* of the layer's output, an item's coordinates: the batch's are not part of it */
} functional_task;

/* Of the sums of layer `value` - 1 with its multipliers, biases included: sum over outputs o of eq(point, o) *
 * multiplier * sum. With `mix`, each multiplier m is taken as 1 + mix * m. */
PROM_MUST_USE prom_result prom_functional_of_sums(const functional_task *task, functional *made, uint32_t value,
                                                  const prom_extension *mix, prom_error *error);

/* Of a max pool's inputs: sum over places i under the window of weights[i] * sum over outputs o of eq(point, o) * the
 * input at place i; what lies outside the image counts as the least of the range. */
PROM_MUST_USE prom_result prom_functional_of_places(const functional_task *task, functional *made, uint32_t value,
                                                    const prom_extension *weights, prom_error *error);

/* Of the value itself, which is moved: eq(point, x) at each of its places. */
PROM_MUST_USE prom_result prom_functional_of_moved(const functional_task *task, functional *made, uint32_t value,
                                                   prom_error *error);

/* eq(point, x) times a layer's multipliers, over the padded places of its output. */
PROM_MUST_USE prom_result prom_functional_multipliers(const functional_task *task, prom_planes *padded, uint32_t value,
                                                      prom_error *error);

#endif
