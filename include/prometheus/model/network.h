/* A float network as it was trained: what the ONNX reader makes and the quantiser takes. Its layers are dense, each
 * with its bias and, where a Relu follows, that; reshapes are gone, for they move no value. */
#ifndef PROMETHEUS_MODEL_NETWORK_H
#define PROMETHEUS_MODEL_NETWORK_H

#include <stdbool.h>
#include <stddef.h>

#include "prometheus/base/arena.h"
#include "prometheus/base/result.h"
#include "prometheus/model/tensor.h"

#define PROM_NETWORK_NAME 64

typedef struct prom_network_layer {
    char name[PROM_NETWORK_NAME]; /* of the node that it came from, made printable */
    size_t inputs;
    size_t outputs;
    float *weights; /* [outputs][inputs], finite */
    float *biases;  /* [outputs], finite */
    bool relu;
} prom_network_layer;

typedef struct prom_network {
    prom_shape input_shape; /* of one item, without the batch */
    prom_shape output_shape;
    size_t input_count; /* values per item */
    size_t output_count;
    size_t layer_count;
    prom_network_layer *layers;
} prom_network;

/* The reference interpreter: inputs is [items][input_count], outputs [items][output_count] or NULL where nobody wants
 * them. Plain, values in float32, sums in float64. Where `largest` is not NULL, largest[0] is set to the largest
 * magnitude among the inputs and largest[1 + l] to that after layer l; an infinity or a NaN counts as infinite. Scratch
 * memory comes from the arena. */
PROM_MUST_USE prom_result prom_network_run(prom_arena *arena, float *outputs, float *largest,
                                           const prom_network *network, const float *inputs, size_t items,
                                           prom_error *error);

#endif
