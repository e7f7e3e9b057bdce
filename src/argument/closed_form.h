/* A functional as the verifier needs it: its constant, and the polynomial of its coefficients at a point. Both have
 * closed forms: eq factors over the axes, so that a window's part is a product of a part of its height and one of its
 * width, and weights are read once. Memory is linear in the weights; no coefficient of a value is written down. */
#ifndef ARGUMENT_CLOSED_FORM_H
#define ARGUMENT_CLOSED_FORM_H

#include "argument/functional.h"

/* What does not depend on where the coefficients are wanted. */
typedef struct closed_form {
    functional_task task;
    functional_target target;
    const prom_layer *layer;
    prom_extension *factors; /* of a layer with weights: eq(point, o) * multiplier of each output channel o */
    prom_extension constant; /* what biases and padding bring */
} closed_form;

/* All memory is the task's arena's. */
PROM_MUST_USE prom_result prom_closed_form_new(const functional_task *task, closed_form *made,
                                               const functional_target *target, prom_error *error);

/* The coefficients' polynomial of value `input`, at a point of its item's coordinates, as far as the layer reads that
 * value directly; zero where it does not. The layer does not move values. */
PROM_MUST_USE prom_result prom_closed_form_at(const closed_form *form, prom_extension *result, uint32_t input,
                                              const prom_extension *at, prom_error *error);

/* eq(point, o) times the multiplier of each output o of a layer that is no PROM_LAYER_ADD: the sum over all outputs,
 * and with `at` not NULL the polynomial at that point. */
PROM_MUST_USE prom_result prom_multipliers_at(const functional_task *task, prom_extension *result, uint32_t value,
                                              const prom_extension *at, prom_error *error);

/* The polynomial of `coefficients`, of a value in row-major order, at a point of its item's coordinates. */
PROM_MUST_USE prom_result prom_coefficients_at(const functional_task *task, prom_extension *result, uint32_t value,
                                               prom_planes coefficients, const prom_extension *at, prom_error *error);

#endif
