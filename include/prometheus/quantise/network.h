/* A float network as it was trained: what the ONNX reader makes and the quantiser takes. */
#ifndef PROMETHEUS_QUANTISE_NETWORK_H
#define PROMETHEUS_QUANTISE_NETWORK_H

#include <stdbool.h>
#include <stddef.h>

#include "prometheus/base/arena.h"
#include "prometheus/base/declarations.h"
#include "prometheus/base/progress.h"
#include "prometheus/base/result.h"
#include "prometheus/program/layer.h"
#include "prometheus/tensor/tensor.h"

PROM_DECLARATIONS_BEGIN

#define PROM_NETWORK_NAME 64

/* The integers that a quantised model gives to a value (ONNX, QuantizeLinear): scale * (stored - zero), with `stored`
 * from low to high. */
typedef struct prom_quantisation {
    bool given; /* false where the model leaves the value a float */
    float scale;
    int16_t zero;
    int16_t low;  /* 0 or -128 */
    int16_t high; /* 255 or 127 */
} prom_quantisation;

/* The weights of a quantised model. */
typedef struct prom_integer_weights {
    const int8_t *weights; /* as prom_network_layer's; their zero point is taken off; NULL: the weights are floats */
    const float *scales;   /* one for each output channel */
} prom_integer_weights;

/* One step. Which fields a kind of layer has is said at prom_layer_kind; where floats and integers differ:
 * PROM_LAYER_AVERAGE_POOL divides by the number of values under the window, PROM_LAYER_ADD takes one input (then it
 * changes nothing but by its clamp and its quantisation) or two. */
typedef struct prom_network_layer {
    char name[PROM_NETWORK_NAME]; /* of the node that it came from, made printable */
    prom_layer_kind kind;
    size_t input_count;
    const uint32_t *inputs; /* 0: the network's input; i + 1: the output of layer i, an earlier one */
    prom_shape shape;       /* of the output, one item */
    size_t count;           /* its values */
    prom_window window;
    uint32_t groups;
    uint32_t axis;
    uint8_t permutation[PROM_RANK_MAX];
    bool counts_padding; /* PROM_LAYER_AVERAGE_POOL divides by the whole window, padding included */
    const float *weights;
    const float *biases;
    prom_integer_weights integers;
    /* The last thing that the layer does: values below `low` become it, those above `high` that. -INFINITY and INFINITY
     * where there is no such bound; low <= 0 <= high. */
    float low;
    float high;
    prom_quantisation quantisation; /* of the output */
} prom_network_layer;

typedef struct prom_network {
    prom_shape input_shape; /* of one item, without the batch */
    size_t input_count;     /* values per item */
    prom_quantisation input_quantisation;
    size_t layer_count;               /* at least 1 */
    const prom_network_layer *layers; /* the last makes the output; every other's output is read by a later one */
    const char *note;                 /* what of the model was left out, a sentence; NULL: nothing */
} prom_network;

/* Told the values of the network's input (index 0) or of layer index - 1, of one item. */
typedef struct prom_network_observer {
    void (*observe)(void *context, uint32_t index, const float *values, size_t count);
    void *context;
} prom_network_observer;

/* A batch to run. */
typedef struct prom_network_request {
    const float *inputs; /* [items][input_count] */
    size_t items;
    size_t memory;                         /* bytes that the run may take, of an arena of its own */
    const prom_network_observer *observer; /* NULL: there is none */
    const prom_progress *progress;         /* NULL: there is none */
} prom_network_request;

/* Runs the network in floats: outputs, [items][values of the last layer], is NULL where nobody wants them. Values and
 * sums are float32, and each sum is made in one stated order, so that every machine computes the same bits. What the
 * model quantises is rounded to its integers. */
PROM_MUST_USE prom_result prom_network_run(float *outputs, const prom_network *network,
                                           const prom_network_request *request, prom_error *error);

PROM_DECLARATIONS_END

#endif
