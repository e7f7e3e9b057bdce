/* Layers as linear functionals: the value at a point of the polynomial of what a layer sums is a sum of its inputs'
 * values, each times a coefficient that depends on program and point alone, and of a constant. The coefficients cost
 * time linear in the weights and in the values of one item, whatever the batch.
 *
 * The prover needs all coefficients of a value. The verifier needs them only of the program's input, and where values
 * are moved; of a committed value that a layer reads directly it needs their polynomial at one point, which
 * closed_form.h gives without writing the coefficients down. */
#ifndef ARGUMENT_FUNCTIONAL_H
#define ARGUMENT_FUNCTIONAL_H

#include "argument/layout.h"
#include "prometheus/field/kernels.h"

/* What a functional is taken of: the sums of layer `value` - 1 with its multipliers, biases included: sum over outputs
 * o of eq(point, o) * multiplier * sum. Of a layer that moves: its values. */
typedef struct functional_target {
    uint32_t value;
    const prom_extension *mix; /* NULL, or each multiplier m is taken as 1 + mix * m */
    /* Of a max pool, for each place i under the window: sum over places of weights[i] * sum over outputs o of eq(point,
     * o) * the input at place i; what lies outside the image counts as the least of the range. NULL of other layers. */
    const prom_extension *weights;
} functional_target;

typedef struct functional_task {
    prom_arena *arena; /* for what lasts as long as the functional; a functional's planes have arenas of their own */
    const prom_field_kernels *kernels;
    const prom_argument *argument;
    const prom_extension *point; /* of the layer's output, an item's coordinates: the batch's are not part of it */
    bool all; /* with the coefficients of committed values that the layer reads directly; else these are left out */
} functional_task;

/* sum over v of sum over x of coefficients[v](x) * value v(x). */
typedef struct functional {
    prom_planes *coefficients; /* of value v in row-major order; plane[0] is NULL where v has none */
    prom_arena *memory;        /* of value v's: given back when it is moved on */
    size_t count;              /* of both */
} functional;

/* On failure, too, the functional is to be freed. */
PROM_MUST_USE prom_result prom_functional_new(const functional_task *task, functional *made,
                                              const functional_target *target, prom_error *error);
/* Fits PROM_SCOPED; a functional of zeros is allowed. */
void prom_functional_free(functional *made);

/* eq(point, x) times a layer's multipliers, over the padded places of its output. */
PROM_MUST_USE prom_result prom_functional_multipliers(const functional_task *task, prom_planes *padded, uint32_t value,
                                                      prom_error *error);

/* -- Values that are moved (functional_moves.c) -- */

/* Planes for all places of value `value`, zeros, to be handed to prom_functional_add. */
typedef struct value_planes {
    prom_planes planes;
    prom_arena memory;
} value_planes;
PROM_MUST_USE prom_result prom_value_planes_new(const functional_task *task, value_planes *made, uint32_t value,
                                                prom_error *error);
void prom_value_planes_free(value_planes *made);

/* Adds these coefficients to the value's; the planes are the functional's from now on. */
void prom_functional_add(const functional_task *task, functional *made, uint32_t value, value_planes *added);

/* Hands the coefficients of all moved values on until none has any. */
PROM_MUST_USE prom_result prom_functional_move_back(const functional_task *task, functional *made, prom_error *error);

#endif
