/* What the plain and the quantised forms of one operator share. */
#ifndef ONNX_LINEAR_H
#define ONNX_LINEAR_H

#include "onnx/attribute.h"
#include "onnx/graph.h"

/* A matrix product over the last axis. */
typedef struct prom_onnx_product {
    const prom_onnx_constant *weights; /* [inputs][outputs] */
    bool transposed;                   /* [outputs][inputs] */
    float factor;
    const prom_onnx_constant *biases; /* [outputs], or one for all; NULL: zeros */
    float bias_factor;
} prom_onnx_product;

/* Builds the dense layer of a matrix product. */
PROM_MUST_USE prom_result prom_onnx_build_product(prom_onnx_reader *reader, const prom_onnx_node *node,
                                                  prom_build_value *value, const prom_onnx_product *product,
                                                  prom_error *error);

/* What all operators with windows know, at the same places; each adds its own behind. */
enum {
    PROM_ONNX_KERNEL,
    PROM_ONNX_STRIDES,
    PROM_ONNX_DILATIONS,
    PROM_ONNX_PADS,
    PROM_ONNX_AUTO_PAD,
    PROM_ONNX_WINDOW_ATTRIBUTES,
};
#define PROM_ONNX_KNOWN_WINDOW                                                                                         \
    {.name = "kernel_shape", .kind = PROM_ONNX_INTEGERS}, {.name = "strides", .kind = PROM_ONNX_INTEGERS},             \
        {.name = "dilations", .kind = PROM_ONNX_INTEGERS}, {.name = "pads", .kind = PROM_ONNX_INTEGERS},               \
    {                                                                                                                  \
        .name = "auto_pad", .kind = PROM_ONNX_STRING                                                                   \
    }

/* Reads the window over `shape`, channels x height x width; a list of one axis is for the width alone, an image of
 * height 1. `kernel` has the sizes where the attribute does not give them; NULL where it must. */
PROM_MUST_USE prom_result prom_onnx_window(prom_window *window, const prom_onnx_attribute *known, size_t axes,
                                           const prom_shape *shape, const size_t *kernel, prom_error *error);

/* Makes an image of the value: channels x length becomes channels x 1 x length. `axes` gets the number of spatial axes,
 * 1 or 2. */
PROM_MUST_USE prom_result prom_onnx_image(prom_onnx_reader *reader, const prom_onnx_node *node, prom_build_value *value,
                                          size_t *axes, prom_error *error);
/* Makes the reverse of that. */
PROM_MUST_USE prom_result prom_onnx_from_image(prom_onnx_reader *reader, const prom_onnx_node *node,
                                               prom_build_value *value, size_t axes, prom_error *error);

/* Builds a convolution, or an average pool, by the node's attributes. */
PROM_MUST_USE prom_result prom_onnx_build_conv(prom_onnx_reader *reader, const prom_onnx_node *node,
                                               prom_build_value *value, const prom_onnx_constant *weights,
                                               const prom_onnx_constant *biases, prom_error *error);
PROM_MUST_USE prom_result prom_onnx_build_average_pool(prom_onnx_reader *reader, const prom_onnx_node *node,
                                                       prom_build_value *value, prom_error *error);
/* Builds the average or the largest over the whole image. */
PROM_MUST_USE prom_result prom_onnx_build_global_pool(prom_onnx_reader *reader, const prom_onnx_node *node,
                                                      prom_build_value *value, prom_layer_kind kind, prom_error *error);
/* Builds the sum of two values, or of one and a constant. */
PROM_MUST_USE prom_result prom_onnx_build_sum(prom_onnx_reader *reader, const prom_onnx_node *node,
                                              prom_build_value *value, prom_build_value other, prom_error *error);
/* Builds value + constant or value * constant: `operation` is the operator's first letter. */
PROM_MUST_USE prom_result prom_onnx_build_arithmetic(prom_onnx_reader *reader, const prom_onnx_node *node,
                                                     prom_build_value *value, const prom_onnx_constant *constant,
                                                     char operation, bool constant_first, prom_error *error);
/* Joins `count` values along an axis of the batch, as ONNX counts it; values[0] becomes the result. */
PROM_MUST_USE prom_result prom_onnx_build_concat(prom_onnx_reader *reader, const prom_onnx_node *node,
                                                 prom_build_value *values, size_t count, int64_t axis,
                                                 prom_error *error);
/* Gives a constant of integers the scales of operand `at` and the zero points of the one behind it: one for all, or one
 * for each place along constant->axis. */
PROM_MUST_USE prom_result prom_onnx_set_scales(prom_onnx_reader *reader, prom_onnx_constant *constant,
                                               const prom_onnx_node *node, size_t at, prom_error *error);

#endif
