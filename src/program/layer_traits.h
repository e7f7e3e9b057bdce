/* What is known of a layer by its kind: what its bytes hold, what it may read, what it makes, how far its sums reach.
 */
#ifndef PROGRAM_LAYER_TRAITS_H
#define PROGRAM_LAYER_TRAITS_H

#include "prometheus/program/program.h"

typedef struct prom_layer_traits {
    uint16_t inputs_min;
    uint16_t inputs_max;
    bool windowed;
    bool weighted;  /* output channels, biases and weights */
    bool rescaling; /* shift, split, range and multipliers; the others' range is their inputs' */
} prom_layer_traits;

/* NULL when there is no such kind. */
const prom_layer_traits *prom_layer_traits_of(unsigned kind);

/* Computes, from what the layer reads, the shape of its output (for PROM_LAYER_DENSE and PROM_LAYER_CONV the number of
 * channels is given there already: `channels`; for PROM_LAYER_RESHAPE it is the layer's own) and `weight_count`.
 * PROM_CATEGORY_BAD_INPUT when they do not fit each other. */
PROM_MUST_USE prom_result prom_layer_shape(prom_layer *layer, const prom_value *inputs, uint32_t channels,
                                           prom_error *error);

/* Whether a split and a shift go together, whatever the sums. */
PROM_MUST_USE bool prom_rescale_possible(uint8_t shift, uint8_t split);

/* That no input leads out of PROM_PROGRAM_BOUND. */
PROM_MUST_USE prom_result prom_layer_check_bounds(const prom_layer *layer, const prom_value *inputs, prom_error *error);

#endif
