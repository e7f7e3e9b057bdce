/* The equality polynomial along one axis of a value, and what windows read along it: what functionals are made of, in
 * memory that hardly grows with the axis. */
#ifndef ARGUMENT_AXES_H
#define ARGUMENT_AXES_H

#include "argument/functional.h"
#include "prometheus/program/layer.h"
#include "prometheus/proof/multilinear.h"

/* eq(point, i) at any index of an axis: the product of an entry of two tables, of at most 2^9 entries and of as many as
 * are then needed. */
PROM_MUST_USE prom_result prom_axis_equality_new(prom_arena *arena, prom_equality_tables *tables,
                                                 const prom_field_kernels *kernels, const prom_extension *point,
                                                 size_t bits, prom_error *error);
prom_extension prom_axis_equality_at(const prom_equality_tables *tables, size_t index);

/* The sum of eq(a, i) * eq(b, i) over i below `end`, which is at most 2^bits: in `bits` steps. */
prom_extension prom_equality_below_of_two(const prom_extension *a, const prom_extension *b, size_t bits, size_t end);

/* Adds a * b to the sum. */
static inline void prom_add_product(prom_extension *sum, const prom_extension *a, const prom_extension *b)
{
    const prom_extension product = prom_extension_multiply(a, b);
    *sum = prom_extension_add(sum, &product);
}

/* The axis of a layer with weights along which its output channels lie. */
static inline size_t prom_channel_axis(const prom_layer *layer)
{
    return layer->kind == PROM_LAYER_DENSE ? layer->output.shape.rank - 1 : 0;
}

/* One axis of a value, and the part of a point that belongs to it. */
typedef struct axis_point {
    const prom_extension *point;
    size_t bits;
    size_t size;
} axis_point;
axis_point prom_axis_of(const functional_task *task, uint32_t value, size_t axis, const prom_extension *point);
PROM_MUST_USE prom_result prom_axis_table(const functional_task *task, prom_arena *scratch,
                                          prom_equality_tables *tables, const axis_point *axis, prom_error *error);

/* Returns the product, over the axes from `from` up to but not with `to`, of the sum of eq(point, i) eq(at, i) over an
 * axis's places i; with `at` NULL, of the sum of eq(point, i) alone. Here `point` is the task's, and `at` is a point of
 * a value that has these axes, and those before them, in common with `value`. */
prom_extension prom_over_axes(const functional_task *task, uint32_t value, size_t from, size_t to,
                              const prom_extension *at);

/* A window along one axis of an image. */
typedef struct window_axis_reads {
    const prom_window_axis *axis;
    size_t size; /* of the image */
    size_t fits; /* outputs */
} window_axis_reads;

/* What the axis' two equality tables give together: for each place i under the window the sum, over the outputs whose
 * place i lies inside of the image, of eq(output) * eq(image place); without `image` of eq(output) alone. `sums` has
 * room for the kernel's places. */
void prom_window_sums_of_places(const window_axis_reads *reads, prom_extension *sums,
                                const prom_equality_tables *outputs, const prom_equality_tables *image);

/* For output `at`: the sum over the places under the window inside of the image of eq(image place). */
prom_extension prom_window_sum_of_output(const window_axis_reads *reads, size_t at, const prom_equality_tables *image);

/* At most so many pairs of an output and a place under its window lie inside of the image: the steps that either takes.
 */
uint64_t prom_window_pairs_max(const window_axis_reads *reads);

#endif
