/* From a float network to the integer program, by a calibration set: inputs as the model will see them. */
#ifndef PROMETHEUS_QUANTISE_QUANTISE_H
#define PROMETHEUS_QUANTISE_QUANTISE_H

#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/declarations.h"
#include "prometheus/base/result.h"
#include "prometheus/program/program.h"
#include "prometheus/quantise/network.h"
#include "prometheus/tensor/tensor.h"

PROM_DECLARATIONS_BEGIN

/* A program, and what of it stands for what of the network: for value `i` (0: the input, l + 1: the output of layer l)
 * of the network, value values[i] of the program, times scales[i]. */
typedef struct prom_quantised {
    const prom_program *program;
    const uint32_t *values; /* [layer_count + 1] of the network */
    const float *scales;
} prom_quantised;

/* The integer program of a network. The scales are those that the model gives; where it gives none, they come from the
 * values over the calibration set, a float32 batch of items, which may be NULL when none is missing.
 * PROM_CATEGORY_BAD_INPUT when the set is missing, has another shape or type, or leaves a layer at zero or at infinity,
 * or when a layer's exact bound can not be met; the layer is named. `progress` counts the calibration set's items. */
PROM_MUST_USE prom_result prom_network_quantise(prom_arena *arena, prom_quantised *quantised,
                                                const prom_network *network, const prom_tensor *calibration,
                                                const prom_progress *progress, prom_error *error);

/* How near one layer's integers come to its floats. */
typedef struct prom_layer_fidelity {
    const char *name; /* of the node */
    prom_layer_kind kind;
    prom_range range;       /* of the output's integers */
    float scale;            /* and the real number of 1 */
    double signal_to_noise; /* sum of squares of the floats over that of the differences, in dB; INFINITY for none */
    double clamped;         /* the fraction of the integers that stand at an end of their range where the float lies
                             * beyond it */
} prom_layer_fidelity;

typedef struct prom_fidelity {
    size_t items;
    size_t agreeing;    /* items with the largest output at the same place (the first, of equals) */
    size_t float_right; /* where there are labels: items whose largest output is at the label's place */
    size_t integer_right;
    size_t layer_count; /* of the network */
    const prom_layer_fidelity *layers;
} prom_fidelity;

typedef struct prom_test_set {
    const prom_tensor *inputs; /* a float32 batch */
    const int64_t *labels;     /* one for each item; NULL: there are none */
} prom_test_set;

/* Runs both over a test set and compares them. `progress` may be NULL. */
PROM_MUST_USE prom_result prom_network_compare(prom_arena *arena, prom_fidelity *fidelity, const prom_network *network,
                                               const prom_quantised *quantised, const prom_test_set *test,
                                               const prom_progress *progress, prom_error *error);

PROM_DECLARATIONS_END

#endif
