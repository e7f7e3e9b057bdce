/* Quantised models: QuantizeLinear and DequantizeLinear around plain operators, and operators that have both in them,
 * which are read as if they stood around. */
#include <float.h>
#include <math.h>

#include "onnx/linear.h"
#include "onnx/operators.h"

/* The scale of operand `at` and the zero point of the one behind it, for a value that the network computes. `dtype` is
 * the type of the integers where there is no zero point. */
static prom_result read_quantisation(prom_onnx_reader *reader, prom_quantisation *quantisation, prom_dtype *dtype,
                                     const prom_onnx_node *node, size_t at, prom_error *error)
{
    const prom_onnx_constant *scale = NULL;
    const prom_onnx_constant *zero = NULL;
    PROM_TRY(prom_onnx_reals_at(reader, &scale, node, at, error));
    if (prom_onnx_has(node, at + 1)) {
        PROM_TRY(prom_onnx_constant_at(reader, &zero, node, at + 1, error));
        *dtype = zero->tensor.dtype;
    }
    if (scale->tensor.count != 1 || (zero != NULL && zero->tensor.count != 1)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "it has %zu scales: what the network computes can have one scale and one zero point only",
                         scale->tensor.count);
    }
    if (*dtype != PROM_DTYPE_U8 && *dtype != PROM_DTYPE_I8) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "its zero point is %s: int8 and uint8 are supported",
                         prom_dtype_name(*dtype));
    }
    const float value = prom_onnx_real(scale, 0);
    if (!(value >= FLT_MIN) || isinf(value)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "its scale %g is not a positive number", (double)value);
    }
    const bool is_signed = *dtype == PROM_DTYPE_I8;
    *quantisation = (prom_quantisation){.given = true,
                                        .scale = value,
                                        .zero = (int16_t)(zero != NULL ? prom_onnx_integer(zero, 0) : 0),
                                        .low = is_signed ? INT8_MIN : 0,
                                        .high = is_signed ? INT8_MAX : UINT8_MAX};
    return prom_ok();
}

/* What the node makes is the integers of `value`, by the scale and zero point of operands `at` and at + 1. */
static prom_result give_quantised(prom_onnx_reader *reader, const prom_onnx_node *node, prom_build_value value,
                                  size_t at, prom_dtype dtype, prom_error *error)
{
    prom_quantisation quantisation;
    PROM_TRY(read_quantisation(reader, &quantisation, &dtype, node, at, error));
    PROM_TRY(prom_build_quantise(&reader->builder, &value, node->label.text, &quantisation, error));
    prom_onnx_give(reader, node, (prom_onnx_activation){.value = value, .stored = true, .dtype = dtype});
    return prom_ok();
}

/* Operand `at`, integers, as the reals that the scale and zero point of the two operands behind it make of them. Where
 * the network's input is integers, the first that read it say what they stand for. */
static prom_result dequantised_at(prom_onnx_reader *reader, prom_build_value *value, const prom_onnx_node *node,
                                  size_t at, prom_error *error)
{
    prom_onnx_activation input;
    prom_quantisation quantisation;
    PROM_TRY(prom_onnx_activation_at(reader, &input, node, at, error));
    if (!input.stored) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "it reads the float32 '%s' where integers are needed: a QuantizeLinear should stand before it",
                         prom_onnx_label_of(node->proto->input[at]).text);
    }
    prom_dtype dtype = input.dtype;
    PROM_TRY(read_quantisation(reader, &quantisation, &dtype, node, at + 1, error));
    prom_quantisation has = prom_build_quantisation(&reader->builder, input.value.index);
    if (!has.given) { /* it is the input's */
        prom_quantisation *of_input = &reader->builder.network->input_quantisation;
        *of_input = of_input->given ? *of_input : quantisation;
        has = *of_input;
    }
    if (dtype != input.dtype || !prom_quantisation_equal(&has, &quantisation)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "it reads '%s' with another type, scale or zero point than the values were quantised with",
                         prom_onnx_label_of(node->proto->input[at]).text);
    }
    *value = input.value;
    return prom_ok();
}

prom_result prom_onnx_quantize_linear(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    enum { AXIS, SATURATE, BLOCK_SIZE, OUTPUT_TYPE, PRECISION };
    prom_onnx_attribute known[] = {{.name = "axis", .kind = PROM_ONNX_INTEGER},
                                   {.name = "saturate", .kind = PROM_ONNX_INTEGER},
                                   {.name = "block_size", .kind = PROM_ONNX_INTEGER},
                                   {.name = "output_dtype", .kind = PROM_ONNX_INTEGER},
                                   {.name = "precision", .kind = PROM_ONNX_INTEGER}};
    prom_build_value value;
    prom_dtype dtype = PROM_DTYPE_U8;
    PROM_TRY(PROM_ONNX_ATTRIBUTES(known, node->proto, error));
    const int64_t type = known[OUTPUT_TYPE].integer;
    if (known[BLOCK_SIZE].integer != 0 || (type != 0 && type != PROM_ONNX__TENSOR_PROTO__DATA_TYPE__UINT8 &&
                                           type != PROM_ONNX__TENSOR_PROTO__DATA_TYPE__INT8)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "scales for blocks (block_size), and types (output_dtype) other than int8 and uint8, are not "
                         "supported");
    }
    PROM_TRY(prom_onnx_check_real_type(&known[PRECISION], error));
    if (type == PROM_ONNX__TENSOR_PROTO__DATA_TYPE__INT8) {
        dtype = PROM_DTYPE_I8;
    }
    PROM_TRY(prom_onnx_floats_at(reader, &value, node, 0, error));
    return give_quantised(reader, node, value, 1, dtype, error);
}

prom_result prom_onnx_dequantize_linear(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    enum { OUTPUT_TYPE = 2 };
    prom_onnx_attribute known[] = {{.name = "axis", .kind = PROM_ONNX_INTEGER},
                                   {.name = "block_size", .kind = PROM_ONNX_INTEGER},
                                   {.name = "output_dtype", .kind = PROM_ONNX_INTEGER}};
    prom_build_value value;
    PROM_TRY(PROM_ONNX_ATTRIBUTES(known, node->proto, error));
    PROM_TRY(prom_onnx_check_real_type(&known[OUTPUT_TYPE], error));
    PROM_TRY(dequantised_at(reader, &value, node, 0, error));
    prom_onnx_give_floats(reader, node, value);
    return prom_ok();
}

/* -- Operators on integers -- */

/* Operand `at`, a constant of integers, with the scales and zero points of the two behind it: one for all, or one for
 * each place along `axis`. */
static prom_result constant_at(prom_onnx_reader *reader, prom_onnx_constant *constant, const prom_onnx_node *node,
                               size_t at, size_t axis, prom_error *error)
{
    const prom_onnx_constant *integers = NULL;
    PROM_TRY(prom_onnx_constant_at(reader, &integers, node, at, error));
    *constant = *integers;
    constant->axis = axis;
    if (prom_onnx_is_real(integers) ||
        (integers->tensor.dtype != PROM_DTYPE_I8 && integers->tensor.dtype != PROM_DTYPE_U8)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "its constant '%s' holds %s values: int8 and uint8 are supported",
                         prom_onnx_label_of(node->proto->input[at]).text, prom_dtype_name(integers->tensor.dtype));
    }
    return prom_onnx_set_scales(reader, constant, node, at + 1, error);
}

/* Operand `at`, biases: integers whose scale is `scale` times that of the weights. */
static prom_result biases_at(prom_onnx_reader *reader, prom_onnx_constant *biases, const prom_onnx_node *node,
                             size_t at, float scale, const prom_onnx_constant *weights, prom_error *error)
{
    const prom_onnx_constant *integers = NULL;
    float *scales = NULL;
    int32_t *zeros = NULL;
    PROM_TRY(prom_onnx_constant_at(reader, &integers, node, at, error));
    *biases = *integers;
    biases->axis = 0;
    biases->scale_count = weights->scale_count;
    if (integers->tensor.dtype != PROM_DTYPE_I32 || integers->scale_count > 0 || integers->tensor.shape.rank != 1 ||
        (weights->scale_count != 1 && weights->scale_count != integers->tensor.count)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "its biases '%s' are no list of int32, one for each output",
                         prom_onnx_label_of(node->proto->input[at]).text);
    }
    PROM_TRY_NEW(scales, reader->folded, biases->scale_count, error);
    PROM_TRY_NEW(zeros, reader->folded, biases->scale_count, error);
    for (size_t i = 0; i < biases->scale_count; i++) {
        scales[i] = scale * weights->scales[i];
    }
    biases->scales = scales;
    biases->zeros = zeros;
    return prom_ok();
}

static float scale_of(const prom_onnx_reader *reader, const prom_build_value *value)
{
    return prom_build_quantisation(&reader->builder, value->index).scale;
}

prom_result prom_onnx_qlinear_conv(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    enum { X, W = 3, Y_SCALE = 6, B = 8 };
    prom_build_value value;
    prom_onnx_constant weights;
    prom_onnx_constant biases;
    const bool has_biases = prom_onnx_has(node, B);
    PROM_TRY(dequantised_at(reader, &value, node, X, error));
    PROM_TRY(constant_at(reader, &weights, node, W, 0, error));
    if (has_biases) {
        PROM_TRY(biases_at(reader, &biases, node, B, scale_of(reader, &value), &weights, error));
    }
    PROM_TRY(prom_onnx_build_conv(reader, node, &value, &weights, has_biases ? &biases : NULL, error));
    return give_quantised(reader, node, value, Y_SCALE, PROM_DTYPE_U8, error);
}

prom_result prom_onnx_qlinear_matmul(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    enum { A, B = 3, Y_SCALE = 6 };
    prom_build_value value;
    prom_onnx_constant weights;
    PROM_TRY(prom_onnx_attributes(NULL, 0, node->proto, error));
    PROM_TRY(dequantised_at(reader, &value, node, A, error));
    PROM_TRY(constant_at(reader, &weights, node, B, 1, error));
    const prom_onnx_product product = {.weights = &weights, .factor = 1};
    PROM_TRY(prom_onnx_build_product(reader, node, &value, &product, error));
    return give_quantised(reader, node, value, Y_SCALE, PROM_DTYPE_U8, error);
}

/* com.microsoft: alpha * A * B + alpha * the biases, whose scale is that of A times that of B. */
prom_result prom_onnx_qgemm(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    enum { A, B = 3, C = 6, Y_SCALE = 7 };
    enum { ALPHA, TRANSPOSE_A, TRANSPOSE_B };
    prom_onnx_attribute known[] = {{.name = "alpha", .kind = PROM_ONNX_FLOAT, .number = 1},
                                   {.name = "transA", .kind = PROM_ONNX_INTEGER},
                                   {.name = "transB", .kind = PROM_ONNX_INTEGER}};
    prom_build_value value;
    prom_onnx_constant weights;
    prom_onnx_constant biases;
    PROM_TRY(PROM_ONNX_ATTRIBUTES(known, node->proto, error));
    if (known[TRANSPOSE_A].integer != 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "transA is not supported: it would mix the items of a batch");
    }
    const bool transposed = known[TRANSPOSE_B].integer != 0;
    prom_onnx_product product = {
        .weights = &weights, .transposed = transposed, .factor = known[ALPHA].number, .bias_factor = 1};
    PROM_TRY(dequantised_at(reader, &value, node, A, error));
    PROM_TRY(constant_at(reader, &weights, node, B, transposed ? 0 : 1, error));
    if (prom_onnx_has(node, C)) {
        PROM_TRY(biases_at(reader, &biases, node, C, product.factor * scale_of(reader, &value), &weights, error));
        product.biases = &biases;
    }
    PROM_TRY(prom_onnx_build_product(reader, node, &value, &product, error));
    if (!prom_onnx_has(node, Y_SCALE)) {
        prom_onnx_give_floats(reader, node, value);
        return prom_ok();
    }
    return give_quantised(reader, node, value, Y_SCALE, PROM_DTYPE_U8, error);
}

prom_result prom_onnx_qlinear_add(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    enum { A, B = 3, C_SCALE = 6 };
    bool is_constant[2];
    prom_build_value value;
    prom_build_value other;
    prom_onnx_constant constant;
    PROM_TRY(prom_onnx_attributes(NULL, 0, node->proto, error));
    PROM_TRY(prom_onnx_is_constant(reader, &is_constant[0], node, A, error));
    PROM_TRY(prom_onnx_is_constant(reader, &is_constant[1], node, B, error));
    PROM_TRY(dequantised_at(reader, &value, node, is_constant[0] ? B : A, error));
    if (is_constant[0] || is_constant[1]) {
        PROM_TRY(constant_at(reader, &constant, node, is_constant[0] ? A : B, 0, error));
        PROM_TRY(prom_onnx_build_arithmetic(reader, node, &value, &constant, 'A', false, error));
    } else {
        PROM_TRY(dequantised_at(reader, &other, node, B, error));
        PROM_TRY(prom_onnx_build_sum(reader, node, &value, other, error));
    }
    return give_quantised(reader, node, value, C_SCALE, PROM_DTYPE_U8, error);
}

prom_result prom_onnx_qlinear_average_pool(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    enum { X, Y_SCALE = 3 };
    prom_build_value value;
    PROM_TRY(dequantised_at(reader, &value, node, X, error));
    PROM_TRY(prom_onnx_build_average_pool(reader, node, &value, error));
    return give_quantised(reader, node, value, Y_SCALE, PROM_DTYPE_U8, error);
}

prom_result prom_onnx_qlinear_global_average_pool(prom_onnx_reader *reader, const prom_onnx_node *node,
                                                  prom_error *error)
{
    enum { X, Y_SCALE = 3 };
    prom_onnx_attribute channels_last = {.name = "channels_last", .kind = PROM_ONNX_INTEGER};
    prom_build_value value;
    PROM_TRY(prom_onnx_attributes(&channels_last, 1, node->proto, error));
    if (channels_last.integer != 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "channels_last is not supported");
    }
    PROM_TRY(dequantised_at(reader, &value, node, X, error));
    PROM_TRY(prom_onnx_build_global_pool(reader, node, &value, PROM_LAYER_AVERAGE_POOL, error));
    return give_quantised(reader, node, value, Y_SCALE, PROM_DTYPE_U8, error);
}

/* com.microsoft: the scale and zero point of what comes out, then each input with its own. */
prom_result prom_onnx_qlinear_concat(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    enum { Y_SCALE, FIRST = 2, EACH = 3 };
    prom_onnx_attribute known[] = {{.name = "axis", .kind = PROM_ONNX_INTEGER}};
    prom_build_value *values = NULL;
    const size_t count = (node->proto->n_input - FIRST) / EACH;
    PROM_TRY(PROM_ONNX_ATTRIBUTES(known, node->proto, error));
    if (node->proto->n_input != FIRST + count * EACH) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "its inputs do not come in threes");
    }
    PROM_TRY_NEW(values, reader->scratch, count, error);
    for (size_t i = 0; i < count; i++) {
        PROM_TRY(dequantised_at(reader, &values[i], node, FIRST + i * EACH, error));
    }
    PROM_TRY(prom_onnx_build_concat(reader, node, values, count, known[0].integer, error));
    return give_quantised(reader, node, values[0], Y_SCALE, PROM_DTYPE_U8, error);
}
