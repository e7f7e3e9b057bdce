/* The operators that are supported. Each function reads one node: it takes the node's operands from the reader and
 * gives it what the node makes. */
#ifndef ONNX_OPERATORS_H
#define ONNX_OPERATORS_H

#include "onnx/graph.h"

typedef prom_result prom_onnx_function(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error);

typedef struct prom_onnx_operator {
    const char *domain; /* "" for ONNX's own */
    const char *name;
    size_t inputs_min;
    size_t inputs_max;
    prom_onnx_function *read; /* NULL: it is supported for constants only */
    prom_onnx_function *fold; /* where all its operands are constants; NULL: that is nothing special */
} prom_onnx_operator;

/* Finds the node's operator and reads the node. */
PROM_MUST_USE prom_result prom_onnx_read_node(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error);

/* Constants (fold.c, fold_list.c, fold_shape.c). */
prom_onnx_function prom_onnx_constant_node;
prom_onnx_function prom_onnx_constant_of_shape;
prom_onnx_function prom_onnx_shape;
prom_onnx_function prom_onnx_gather;
prom_onnx_function prom_onnx_slice;
prom_onnx_function prom_onnx_concat_lists;
prom_onnx_function prom_onnx_cast;
prom_onnx_function prom_onnx_cast_constant;
prom_onnx_function prom_onnx_compute;
prom_onnx_function prom_onnx_where;
prom_onnx_function prom_onnx_shape_constant;
prom_onnx_function prom_onnx_size_constant;
prom_onnx_function prom_onnx_reduce_prod;
prom_onnx_function prom_onnx_min;
prom_onnx_function prom_onnx_max;
prom_onnx_function prom_onnx_mod;
prom_onnx_function prom_onnx_equal;
prom_onnx_function prom_onnx_floor;
prom_onnx_function prom_onnx_ceil;
prom_onnx_function prom_onnx_range;
prom_onnx_function prom_onnx_identity_constant;
prom_onnx_function prom_onnx_flatten_constant;
prom_onnx_function prom_onnx_reshape_constant;
prom_onnx_function prom_onnx_squeeze_constant;
prom_onnx_function prom_onnx_unsqueeze_constant;
prom_onnx_function prom_onnx_transpose_constant;
prom_onnx_function prom_onnx_quantise_constant;
prom_onnx_function prom_onnx_dequantise_constant;

/* What only moves values (move.c). */
prom_onnx_function prom_onnx_identity;
prom_onnx_function prom_onnx_dropout;
prom_onnx_function prom_onnx_flatten;
prom_onnx_function prom_onnx_reshape;
prom_onnx_function prom_onnx_squeeze;
prom_onnx_function prom_onnx_unsqueeze;
prom_onnx_function prom_onnx_transpose;
prom_onnx_function prom_onnx_concat;

/* Sums of products, arithmetic and clamps (linear.c, arithmetic.c). */
prom_onnx_function prom_onnx_gemm;
prom_onnx_function prom_onnx_matmul;
prom_onnx_function prom_onnx_conv;
prom_onnx_function prom_onnx_batch_normalization;
prom_onnx_function prom_onnx_arithmetic;
prom_onnx_function prom_onnx_sum;
prom_onnx_function prom_onnx_relu;
prom_onnx_function prom_onnx_clip;
prom_onnx_function prom_onnx_bound;
prom_onnx_function prom_onnx_leaky_relu;
prom_onnx_function prom_onnx_prelu;

/* What is left out at the network's end (output.c). */
prom_onnx_function prom_onnx_softmax;
prom_onnx_function prom_onnx_sigmoid;
prom_onnx_function prom_onnx_argmax;

/* Windows (window.c). */
prom_onnx_function prom_onnx_max_pool;
prom_onnx_function prom_onnx_average_pool;
prom_onnx_function prom_onnx_global_average_pool;
prom_onnx_function prom_onnx_global_max_pool;
prom_onnx_function prom_onnx_reduce_max;
prom_onnx_function prom_onnx_reduce_mean;
prom_onnx_function prom_onnx_pad;

/* Quantised models (quantised.c). */
prom_onnx_function prom_onnx_quantize_linear;
prom_onnx_function prom_onnx_dequantize_linear;
prom_onnx_function prom_onnx_qlinear_conv;
prom_onnx_function prom_onnx_qlinear_matmul;
prom_onnx_function prom_onnx_qgemm;
prom_onnx_function prom_onnx_qlinear_add;
prom_onnx_function prom_onnx_qlinear_average_pool;
prom_onnx_function prom_onnx_qlinear_global_average_pool;
prom_onnx_function prom_onnx_qlinear_concat;

#endif
