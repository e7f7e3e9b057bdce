/* Finds the multipliers, shift and split with which a layer's sums become values of its output's scale. */
#ifndef QUANTISE_RESCALE_H
#define QUANTISE_RESCALE_H

#include "prometheus/base/arena.h"
#include "prometheus/program/program.h"
#include "prometheus/quantise/network.h"

/* A value's integers and the real number of 1. */
typedef struct prom_grid {
    float scale;
    prom_range range;
} prom_grid;

/* Finds the range of a layer's output: `grid`'s, clamped to what the layer clamps to. */
PROM_MUST_USE prom_result prom_rescale_range(prom_range *range, const prom_network_layer *from, const prom_grid *grid,
                                             prom_error *error);

/* Fills in the rescale, and where the layer has them weights and biases, of `layer`, whose inputs, geometry and
 * output range are there. `inputs` are the values that it reads, input_grids their grids, `output` that of what it
 * makes. PROM_CATEGORY_BAD_INPUT when no numbers keep PROM_PROGRAM_BOUND. */
PROM_MUST_USE prom_result prom_rescale_weighted(prom_arena *arena, prom_layer *layer, const prom_network_layer *from,
                                                const prom_value *input, const prom_grid *input_grid,
                                                const prom_grid *output, prom_error *error);
PROM_MUST_USE prom_result prom_rescale_average(prom_arena *arena, prom_layer *layer, const prom_network_layer *from,
                                               const prom_value *input, const prom_grid *input_grid,
                                               const prom_grid *output, prom_error *error);
PROM_MUST_USE prom_result prom_rescale_add(prom_arena *arena, prom_layer *layer, const prom_value *inputs,
                                           const prom_grid *input_grids, const prom_grid *output, prom_error *error);

#endif
