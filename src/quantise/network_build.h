/* Makes a network layer by layer, and does to it what keeps its values: a factor goes into the weights before it, a
 * clamp and a quantisation into the layer that makes the values. */
#ifndef QUANTISE_NETWORK_BUILD_H
#define QUANTISE_NETWORK_BUILD_H

#include "prometheus/base/arena.h"
#include "prometheus/base/result.h"
#include "prometheus/quantise/network.h"

/* What a layer reads. */
typedef struct prom_build_value {
    uint32_t index; /* 0: the network's input; else 1 more than the layer's place in the builder */
    bool sole;      /* nobody else reads it: the layer that makes it may be changed */
} prom_build_value;

/* A layer as far as it is made. */
typedef struct prom_build_layer {
    prom_network_layer layer; /* its `inputs` are not filled in */
    prom_build_value *inputs;
    float *weights; /* the layer's own, to be filled in: zeros at first */
    float *biases;
    int8_t *integers;
    float *scales;
    uint32_t index;
    uint32_t source;       /* what computes the numbers that this layer only moves; else the layer's own index */
    bool pads_only;        /* a PROM_LAYER_CONV that does nothing but pad with zeros */
    float slope;           /* of the sum of prom_build_leaky, where it is the same for all and above 0; else 0 */
    prom_build_value bent; /* and what that sum was made of */
} prom_build_layer;

typedef struct prom_builder {
    prom_arena *arena;   /* of the network */
    prom_arena *scratch; /* of all that is not part of it */
    size_t weights_left; /* bytes that weights and biases may still take */
    prom_network *network;
    prom_build_layer **layers;
    size_t count;
    size_t capacity;
} prom_builder;

/* Begins a network without layers, for items of `shape`, whose weights and biases take at most `weights_max` bytes. */
PROM_MUST_USE prom_result prom_builder_init(prom_builder *builder, prom_arena *arena, prom_arena *scratch,
                                            const prom_shape *shape, size_t weights_max, prom_error *error);

/* Returns the shape that the value has of one item. */
const prom_shape *prom_build_shape(const prom_builder *builder, uint32_t index);
/* Returns the integers that the value is made of, not given where it is a float; and whether two such are equal. */
prom_quantisation prom_build_quantisation(const prom_builder *builder, uint32_t index);
bool prom_quantisation_equal(const prom_quantisation *a, const prom_quantisation *b);

/* Each of these appends one layer, named `name`; PROM_CATEGORY_BAD_INPUT when the shapes do not fit. */

/* Appends one over the last axis; `layer->weights` is [outputs][last size]. */
PROM_MUST_USE prom_result prom_build_dense(prom_builder *builder, prom_build_layer **layer, const char *name,
                                           prom_build_value input, size_t outputs, prom_error *error);

/* Of a convolution: its output channels, the groups that they and the input's are parted into, and its window. */
typedef struct prom_conv_geometry {
    size_t channels;
    size_t groups;
    prom_window window;
} prom_conv_geometry;

/* Appends a convolution; `layer->weights` is [channels][weights of one]. */
PROM_MUST_USE prom_result prom_build_conv(prom_builder *builder, prom_build_layer **layer, const char *name,
                                          prom_build_value input, const prom_conv_geometry *geometry,
                                          prom_error *error);
/* Appends a pool, PROM_LAYER_MAX_POOL or PROM_LAYER_AVERAGE_POOL. */
PROM_MUST_USE prom_result prom_build_pool(prom_builder *builder, prom_build_layer **layer, const char *name,
                                          prom_build_value input, prom_layer_kind kind, const prom_window *window,
                                          prom_error *error);
/* Appends a sum of 1 or 2 values; what joins values along an axis; what puts axes in another order. */
PROM_MUST_USE prom_result prom_build_add(prom_builder *builder, prom_build_layer **layer, const char *name,
                                         const prom_build_value *inputs, size_t input_count, prom_error *error);
PROM_MUST_USE prom_result prom_build_concat(prom_builder *builder, prom_build_layer **layer, const char *name,
                                            const prom_build_value *inputs, size_t input_count, size_t axis,
                                            prom_error *error);
PROM_MUST_USE prom_result prom_build_transpose(prom_builder *builder, prom_build_layer **layer, const char *name,
                                               prom_build_value input, const uint8_t *permutation, prom_error *error);

/* Makes room for the integer weights and their scales of a layer that has weights. */
PROM_MUST_USE prom_result prom_build_integers(prom_builder *builder, prom_build_layer *layer, prom_error *error);

/* Each of these changes what `value` is: to another layer's output, or to the same one's with the layer changed. */

/* Gives the value another shape, of as many numbers. */
PROM_MUST_USE prom_result prom_build_reshape(prom_builder *builder, prom_build_value *value, const char *name,
                                             const prom_shape *shape, prom_error *error);
/* Puts zeros around the image. */
PROM_MUST_USE prom_result prom_build_pad(prom_builder *builder, prom_build_value *value, const char *name,
                                         const prom_window *pads, prom_error *error);
/* Takes these off again, for a window that is to read `value`: where that is an image with nothing but zeros put around
 * it, it becomes the image, and the window pads. */
void prom_build_unpad(const prom_builder *builder, prom_build_value *value, prom_window *window);

/* factors * value + offsets. Either may be NULL, for ones or zeros. Both have `count` elements: one for each place
 * along the axes `first` to `last`, or 1 for all. */
typedef struct prom_affine {
    size_t first;
    size_t last;
    size_t count;
    const float *factors;
    const float *offsets;
} prom_affine;

/* Multiplies and adds. */
PROM_MUST_USE prom_result prom_build_affine(prom_builder *builder, prom_build_value *value, const char *name,
                                            const prom_affine *affine, prom_error *error);
/* Clamps, with low <= 0 <= high; rounds to the integers of a quantisation. */
PROM_MUST_USE prom_result prom_build_clamp(prom_builder *builder, prom_build_value *value, const char *name, float low,
                                           float high, prom_error *error);
/* Multiplies what is below 0 by its slope, and leaves what is above as it is: `slopes` has factors, and no offsets. The
 * two parts are layers of their own, which are added up. */
PROM_MUST_USE prom_result prom_build_leaky(prom_builder *builder, prom_build_value *value, const char *name,
                                           const prom_affine *slopes, prom_error *error);
PROM_MUST_USE prom_result prom_build_quantise(prom_builder *builder, prom_build_value *value, const char *name,
                                              const prom_quantisation *quantisation, prom_error *error);

/* Puts the layers that `output` needs into the network, in an order in which each reads earlier ones.
 * PROM_CATEGORY_BAD_INPUT when a weight is not finite, or when there are no layers, or too many. */
PROM_MUST_USE prom_result prom_build_finish(prom_builder *builder, uint32_t output, prom_error *error);

#endif
