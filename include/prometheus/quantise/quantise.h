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
    const struct prom_stretch *stretches; /* by falling factor */
    size_t stretch_count;
} prom_quantised;

/* An item of the calibration set that takes a value of the network much farther than other items do. */
typedef struct prom_stretch {
    size_t item;
    uint32_t value; /* the first such, as in prom_quantised */
    double factor; /* the largest magnitude in this item, over that in the middle one of the items, when they are sorted
                    * by it; at least PROM_CALIBRATION_STRETCH_MIN */
} prom_stretch;

#define PROM_CALIBRATION_STRETCH_MIN 10

/* Which range the values of a calibration set give. */
typedef enum prom_calibration_method {
    PROM_CALIBRATION_MAX,        /* all of them are inside */
    PROM_CALIBRATION_PERCENTILE, /* all but those of one item in a hundred, and of one at least, at either end */
    PROM_CALIBRATION_MSE,        /* the one with the least mean square of the errors, of rounding and of clamping */
} prom_calibration_method;

typedef struct prom_quantise_request {
    const prom_network *network;
    const prom_tensor *calibration; /* a float32 batch of items, or NULL when no scale is missing */
    prom_calibration_method method;
    const prom_progress *progress; /* counts the calibration set's items; may be NULL */
} prom_quantise_request;

/* Makes the integer program of a network. The scales are those that the model gives; where it gives none, they come
 * from the values over the calibration set, a float32 batch of items, which may be NULL when none is missing.
 * PROM_CATEGORY_BAD_INPUT when the set is missing, has another shape or type, or leaves a layer at zero or at infinity,
 * or when a layer's exact bound cannot be met; the layer is named. */
PROM_MUST_USE prom_result prom_network_quantise_by(prom_arena *arena, prom_quantised *quantised,
                                                   const prom_quantise_request *request, prom_error *error);

/* Does the same with PROM_CALIBRATION_MAX and no other request. */
PROM_MUST_USE prom_result prom_network_quantise(prom_arena *arena, prom_quantised *quantised,
                                                const prom_network *network, const prom_tensor *calibration,
                                                const prom_progress *progress, prom_error *error);

/* Returns the share of the program's inputs that lie beyond their range, and are clamped. */
double prom_quantised_inputs_clamped(const prom_quantised *quantised, const float *values, size_t count);

/* How near one value's integers come to its floats. "Varies" means: about the mean of each place over the items. */
typedef struct prom_layer_fidelity {
    const char *name; /* of the node; "input" */
    prom_layer_kind kind;
    prom_range range; /* of the output's integers */
    float scale;      /* and the real number of 1 */
    double spread;    /* root mean square of how the floats vary */
    double error;     /* root mean square of the differences between integers and floats */
    double error_max; /* the largest of them */
    bool varies;      /* by more than float32 rounds: not so in one item alone, or where the input has no influence */
    /* How the floats vary over the differences, both as sums of squares, in dB. INFINITY where there are no
     * differences; NAN where nothing varies, and there is nothing to measure. */
    double signal_to_noise;
    double
        clamped; /* the fraction of the integers that stand at an end of their range where the float lies beyond it */
} prom_layer_fidelity;

/* One item's outputs alone: their squared distance from the median of each place, or that of the middle item where that
 * is larger, over the squared differences. */
typedef struct prom_item_fidelity {
    double middle; /* dB; of the middle item; INFINITY and NAN as above */
    double worst;  /* dB */
    size_t worst_item;
} prom_item_fidelity;

typedef struct prom_fidelity {
    size_t items;
    bool classes;       /* the outputs can be classes: one axis of at least 2 values, or there are labels */
    size_t decided;     /* items whose largest float stands at one place only */
    size_t agreeing;    /* of those, items with the largest integer at the same place (the first, of equals) */
    size_t float_right; /* where there are labels: items whose largest output is at the label's place */
    size_t integer_right;
    prom_item_fidelity item;
    prom_layer_fidelity input;
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
