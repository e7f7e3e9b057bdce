/* The layers of a network that is being built, as the builder's files see them. */
#ifndef QUANTISE_NETWORK_BUILD_LAYERS_H
#define QUANTISE_NETWORK_BUILD_LAYERS_H

#include "quantise/network_build.h"

/* An image has channels, height and width. */
enum {
    IMAGE_RANK = 3,
    CHANNEL_AXIS = 0,
    HEIGHT_AXIS = 1,
};

/* A layer to append, which makes `shape`. */
typedef struct prom_build_request {
    prom_layer_kind kind;
    const char *name;
    const prom_build_value *inputs;
    size_t input_count;
    const prom_shape *shape;
} prom_build_request;

/* Appends a layer. PROM_CATEGORY_BAD_INPUT when its shape has no value, or too many. */
PROM_MUST_USE prom_result prom_build_append(prom_builder *builder, prom_build_layer **made,
                                            const prom_build_request *request, prom_error *error);

/* Returns the layer that makes a value; NULL for the network's input. */
prom_build_layer *prom_build_layer_at(const prom_builder *builder, uint32_t index);

/* Returns whether a layer's output holds values of its one input, unchanged. */
bool prom_build_only_moves(const prom_build_layer *layer);

/* Returns the output channels of a layer that has weights, and the weights of one of them. */
size_t prom_build_output_channels(const prom_network_layer *layer);
size_t prom_build_weight_count(const prom_builder *builder, const prom_build_layer *layer);

#endif
