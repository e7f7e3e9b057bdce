/* Gemm, MatMul, Conv and BatchNormalization. */
#include "onnx/linear.h"

#include <math.h>

#include "onnx/operators.h"

enum { CHANNEL_AXIS = 0, HEIGHT_AXIS = 1 };

/* Where the weights of output `o` and input `i` lie in a constant: o * output_step + i * input_step. */
typedef struct weight_order {
    size_t outputs;
    size_t inputs;
    size_t output_step;
    size_t input_step;
    size_t output_axis; /* of the constant */
    size_t parts;       /* 2: each weight is the sum of two of the layer's, which reads all of its inputs twice */
} weight_order;

static bool has_scales_of_outputs(const prom_onnx_constant *weights, const weight_order *order)
{
    return weights->tensor.dtype != PROM_DTYPE_I32 &&
           (weights->scale_count == 1 || weights->axis == order->output_axis);
}

/* A quantised weight with its zero point taken off. */
static int64_t weight_at(const prom_onnx_constant *weights, const weight_order *order, size_t output, size_t input)
{
    const size_t at = output * order->output_step + input * order->input_step;
    return prom_onnx_integer(weights, at) - weights->zeros[weights->scale_count == 1 ? 0 : output];
}

/* Whether some weight is no int8: uint8 around a zero point that is not 128 have nine bits. */
static bool are_wide(const prom_onnx_constant *weights, const weight_order *order)
{
    bool wide = false;
    for (size_t o = 0; weights->scale_count > 0 && has_scales_of_outputs(weights, order) && o < order->outputs; o++) {
        for (size_t i = 0; i < order->inputs; i++) {
            const int64_t weight = weight_at(weights, order, o, i);
            wide = wide || weight < INT8_MIN || weight > INT8_MAX;
        }
    }
    return wide;
}

/* Joins the value to itself along its first axis, or its last; within each of `groups` parts of the first. */
static prom_result read_twice(prom_onnx_reader *reader, const prom_onnx_node *node, prom_build_value *value,
                              size_t axis, size_t groups, prom_error *error)
{
    static const uint8_t permutation[] = {1, 0, 2};
    const prom_build_value both[] = {{value->index, false}, {value->index, false}};
    prom_build_layer *layer = NULL;
    PROM_TRY(prom_build_concat(&reader->builder, &layer, node->label.text, both, 2, axis, error));
    *value = (prom_build_value){layer->index, true};
    if (groups == 1) {
        return prom_ok();
    }
    const prom_shape whole = *prom_build_shape(&reader->builder, value->index);
    const size_t count = whole.sizes[0] * whole.sizes[1] * whole.sizes[2];
    const prom_shape parted = {3, {2, groups, count / groups / 2}};
    PROM_TRY(prom_build_reshape(&reader->builder, value, node->label.text, &parted, error));
    PROM_TRY(prom_build_transpose(&reader->builder, &layer, node->label.text, *value, permutation, error));
    *value = (prom_build_value){layer->index, true};
    return prom_build_reshape(&reader->builder, value, node->label.text, &whole, error);
}

/* The integers of a quantised model, with their zero point taken off. */
static prom_result fill_integers(prom_onnx_reader *reader, prom_build_layer *layer, const prom_onnx_constant *weights,
                                 const weight_order *order, float factor, prom_error *error)
{
    const size_t inputs = order->inputs;
    if (!has_scales_of_outputs(weights, order) || !(factor > 0)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "its quantised weights must be int8 or uint8, with one scale for all or one for each output "
                         "channel (axis %zu), and a positive factor",
                         order->output_axis);
    }
    PROM_TRY(prom_build_integers(&reader->builder, layer, error));
    for (size_t o = 0; o < order->outputs; o++) {
        layer->scales[o] = factor * weights->scales[weights->scale_count == 1 ? 0 : o];
        for (size_t i = 0; i < inputs; i++) {
            const size_t at = o * order->parts * inputs + i;
            const int64_t weight = weight_at(weights, order, o, i);
            const int64_t first = weight < INT8_MIN ? INT8_MIN : weight > INT8_MAX ? INT8_MAX : weight;
            if (weight - first > INT8_MAX) {
                return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                                 "a weight minus its zero point is %lld, more than two int8 make: quantise the weights "
                                 "symmetrically, to int8: quantize_static(..., weight_type=QuantType.QInt8)",
                                 (long long)weight);
            }
            layer->integers[at] = (int8_t)first;
            layer->weights[at] = layer->scales[o] * (float)first;
            if (order->parts > 1) {
                layer->integers[at + inputs] = (int8_t)(weight - first);
                layer->weights[at + inputs] = layer->scales[o] * (float)(weight - first);
            }
        }
    }
    return prom_ok();
}

static prom_result fill_weights(prom_onnx_reader *reader, prom_build_layer *layer, const prom_onnx_constant *weights,
                                const weight_order *order, float factor, prom_error *error)
{
    if (weights->scale_count > 0) {
        return fill_integers(reader, layer, weights, order, factor, error);
    }
    const float *values = weights->tensor.data;
    const size_t output_step = weights->filled ? 0 : order->output_step;
    const size_t input_step = weights->filled ? 0 : order->input_step;
    for (size_t o = 0; o < order->outputs; o++) {
        for (size_t i = 0; i < order->inputs; i++) {
            layer->weights[o * order->inputs + i] = factor * values[o * output_step + i * input_step];
        }
    }
    return prom_ok();
}

/* Weights are counted against the length of the file, which holds them; those of a filled constant, for which a few
 * bytes of it stand, against a limit of their own. */
static prom_result allow_filled(prom_onnx_reader *reader, const prom_onnx_constant *weights, size_t outputs,
                                prom_error *error)
{
    const size_t bytes = (weights->tensor.count + outputs) * sizeof(float);
    if (!weights->filled) {
        return prom_ok();
    }
    if (bytes > reader->filled_left) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "its weights, which ConstantOfShape fills, take %zu MB, and %zu MB are left for such",
                         bytes >> 20, reader->filled_left >> 20);
    }
    reader->filled_left -= bytes;
    reader->builder.weights_left += bytes;
    return prom_ok();
}

/* biases = factor * a constant of one value, or of one for each output in its last axis. */
static prom_result fill_biases(prom_build_layer *layer, const prom_onnx_constant *biases, size_t outputs, float factor,
                               prom_error *error)
{
    const prom_shape *shape = &biases->tensor.shape;
    const size_t last = shape->rank > 0 ? shape->sizes[shape->rank - 1] : 1;
    if (shape->rank > 2 || biases->tensor.count != last || (last != 1 && last != outputs)) {
        char text[PROM_SHAPE_TEXT];
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "it adds a constant of shape %s to Nx%zu",
                         prom_shape_text(text, shape), outputs);
    }
    for (size_t o = 0; o < outputs; o++) {
        layer->biases[o] = factor * prom_onnx_real(biases, last == 1 ? 0 : o);
    }
    return prom_ok();
}

/* -- Products -- */

prom_result prom_onnx_build_product(prom_onnx_reader *reader, const prom_onnx_node *node, prom_build_value *value,
                                    const prom_onnx_product *product, prom_error *error)
{
    char text[PROM_SHAPE_TEXT];
    const prom_tensor *matrix = &product->weights->tensor;
    if (matrix->shape.rank != 2 || matrix->count == 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "its weights have shape %s, not rows and columns",
                         prom_shape_text(text, &matrix->shape));
    }
    const prom_shape *shape = prom_build_shape(&reader->builder, value->index);
    const size_t inputs = matrix->shape.sizes[product->transposed ? 1 : 0];
    const size_t outputs = matrix->shape.sizes[product->transposed ? 0 : 1];
    if (shape->sizes[shape->rank - 1] != inputs) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "it gets %s, but its weights take %zu values and make %zu",
                         prom_shape_batch_text(text, shape), inputs, outputs);
    }
    prom_build_layer *layer = NULL;
    PROM_TRY(allow_filled(reader, product->weights, outputs, error));
    weight_order order = {outputs,
                          inputs,
                          product->transposed ? inputs : 1,
                          product->transposed ? 1 : outputs,
                          product->transposed ? 0 : 1,
                          1};
    if (are_wide(product->weights, &order)) {
        order.parts = 2;
        PROM_TRY(read_twice(reader, node, value, shape->rank - 1, 1, error));
    }
    PROM_TRY(prom_build_dense(&reader->builder, &layer, node->label.text, *value, outputs, error));
    PROM_TRY(fill_weights(reader, layer, product->weights, &order, product->factor, error));
    *value = (prom_build_value){layer->index, true};
    return product->biases == NULL ? prom_ok()
                                   : fill_biases(layer, product->biases, outputs, product->bias_factor, error);
}

prom_result prom_onnx_gemm(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    enum { ALPHA, BETA, TRANSPOSE_A, TRANSPOSE_B };
    prom_onnx_attribute known[] = {{.name = "alpha", .kind = PROM_ONNX_FLOAT, .number = 1},
                                   {.name = "beta", .kind = PROM_ONNX_FLOAT, .number = 1},
                                   {.name = "transA", .kind = PROM_ONNX_INTEGER},
                                   {.name = "transB", .kind = PROM_ONNX_INTEGER}};
    prom_build_value value;
    PROM_TRY(PROM_ONNX_ATTRIBUTES(known, node->proto, error));
    if (known[TRANSPOSE_A].integer != 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "transA is not supported: it would mix the items of a batch");
    }
    prom_onnx_product product = {.transposed = known[TRANSPOSE_B].integer != 0,
                                 .factor = known[ALPHA].number,
                                 .bias_factor = known[BETA].number};
    PROM_TRY(prom_onnx_floats_at(reader, &value, node, 0, error));
    PROM_TRY(prom_onnx_reals_at(reader, &product.weights, node, 1, error));
    if (prom_onnx_has(node, 2)) {
        PROM_TRY(prom_onnx_reals_at(reader, &product.biases, node, 2, error));
    }
    const prom_shape *shape = prom_build_shape(&reader->builder, value.index);
    if (shape->rank != 1) {
        char text[PROM_SHAPE_TEXT];
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "it gets %s: a Gemm takes items of one axis",
                         prom_shape_batch_text(text, shape));
    }
    PROM_TRY(prom_onnx_build_product(reader, node, &value, &product, error));
    prom_onnx_give_floats(reader, node, value);
    return prom_ok();
}

prom_result prom_onnx_matmul(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    prom_onnx_product product = {.factor = 1};
    prom_build_value value;
    PROM_TRY(prom_onnx_attributes(NULL, 0, node->proto, error));
    PROM_TRY(prom_onnx_floats_at(reader, &value, node, 0, error));
    PROM_TRY(prom_onnx_reals_at(reader, &product.weights, node, 1, error));
    PROM_TRY(prom_onnx_build_product(reader, node, &value, &product, error));
    prom_onnx_give_floats(reader, node, value);
    return prom_ok();
}

/* -- Convolution -- */

/* The weights' shape is channels x input channels of a group x kernel. */
static prom_result check_conv(const prom_onnx_reader *reader, const prom_build_value *value, size_t axes,
                              const prom_onnx_constant *weights, int64_t groups, prom_error *error)
{
    const prom_shape *shape = &weights->tensor.shape;
    const prom_shape *image = prom_build_shape(&reader->builder, value->index);
    const size_t channels = image->sizes[CHANNEL_AXIS];
    if (shape->rank != axes + 2 || weights->tensor.count == 0 || groups < 1 || (uint64_t)groups > channels ||
        shape->sizes[1] * (size_t)groups != channels) {
        char text[PROM_SHAPE_TEXT];
        char has[PROM_SHAPE_TEXT];
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "it gets %s, and its weights have shape %s: they do not fit each other in %lld groups",
                         prom_shape_batch_text(text, image), prom_shape_text(has, shape), (long long)groups);
    }
    return prom_ok();
}

prom_result prom_onnx_build_conv(prom_onnx_reader *reader, const prom_onnx_node *node, prom_build_value *value,
                                 const prom_onnx_constant *weights, const prom_onnx_constant *biases, prom_error *error)
{
    enum { GROUP = PROM_ONNX_WINDOW_ATTRIBUTES };
    prom_onnx_attribute known[] = {PROM_ONNX_KNOWN_WINDOW, {.name = "group", .kind = PROM_ONNX_INTEGER, .integer = 1}};
    size_t axes = 0;
    prom_window window;
    prom_build_layer *layer = NULL;
    PROM_TRY(PROM_ONNX_ATTRIBUTES(known, node->proto, error));
    PROM_TRY(prom_onnx_image(reader, node, value, &axes, error));
    PROM_TRY(check_conv(reader, value, axes, weights, known[GROUP].integer, error));
    const prom_shape *shape = &weights->tensor.shape;
    const prom_shape *image = prom_build_shape(&reader->builder, value->index);
    PROM_TRY(prom_onnx_window(&window, known, axes, image, shape->sizes + 2, error));
    prom_build_unpad(&reader->builder, value, &window);
    const size_t outputs = shape->sizes[0];
    const size_t inputs = weights->tensor.count / outputs;
    PROM_TRY(allow_filled(reader, weights, outputs, error));
    weight_order order = {outputs, inputs, inputs, 1, 0, 1};
    const prom_conv_geometry geometry = {.channels = outputs, .groups = (size_t)known[GROUP].integer, .window = window};
    if (are_wide(weights, &order)) {
        order.parts = 2;
        PROM_TRY(read_twice(reader, node, value, CHANNEL_AXIS, geometry.groups, error));
    }
    PROM_TRY(prom_build_conv(&reader->builder, &layer, node->label.text, *value, &geometry, error));
    PROM_TRY(fill_weights(reader, layer, weights, &order, 1, error));
    if (biases != NULL) {
        if (biases->tensor.shape.rank != 1 || biases->tensor.count != outputs) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "it has %zu biases for %zu channels", biases->tensor.count,
                             outputs);
        }
        PROM_TRY(fill_biases(layer, biases, outputs, 1, error));
    }
    *value = (prom_build_value){layer->index, true};
    return prom_onnx_from_image(reader, node, value, axes, error);
}

prom_result prom_onnx_conv(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    const prom_onnx_constant *weights = NULL;
    const prom_onnx_constant *biases = NULL;
    prom_build_value value;
    PROM_TRY(prom_onnx_floats_at(reader, &value, node, 0, error));
    PROM_TRY(prom_onnx_reals_at(reader, &weights, node, 1, error));
    if (prom_onnx_has(node, 2)) {
        PROM_TRY(prom_onnx_reals_at(reader, &biases, node, 2, error));
    }
    PROM_TRY(prom_onnx_build_conv(reader, node, &value, weights, biases, error));
    prom_onnx_give_floats(reader, node, value);
    return prom_ok();
}

/* -- Normalisation -- */

/* Up to operator set 13 it is in training mode where it gives more than its first output, and then normalises with the
 * batch's own mean and variance; from 14 on the attribute says so. Up to 8 `spatial` 0 asks for statistics of each
 * place rather than of each channel. */
static prom_result check_normalisation(const prom_onnx_attribute *known, const PromOnnx__NodeProto *node,
                                       prom_error *error)
{
    enum { TRAINING = 2, SPATIAL };
    bool trains = known[TRAINING].integer != 0;
    for (size_t i = 1; i < node->n_output; i++) {
        trains = trains || !prom_onnx_same(node->output[i], "");
    }
    if (trains) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "it is made for training%s: export the model for inference (model.eval() and, in "
                         "torch.onnx.export, training=TrainingMode.EVAL)",
                         known[TRAINING].integer != 0 ? "" : ", for it gives the batch's mean and variance as outputs");
    }
    return known[SPATIAL].integer == 1
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                           "it normalises each place by itself (spatial is 0): only each channel is supported");
}

/* (x - mean) / sqrt(variance + epsilon) * scale + bias: ONNX, BatchNormalization. */
prom_result prom_onnx_batch_normalization(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    enum { EPSILON };
    enum { SCALE, BIAS, MEAN, VARIANCE, OPERANDS };
    prom_onnx_attribute known[] = {{.name = "epsilon", .kind = PROM_ONNX_FLOAT, .number = 1e-5F},
                                   {.name = "momentum", .kind = PROM_ONNX_FLOAT},
                                   {.name = "training_mode", .kind = PROM_ONNX_INTEGER},
                                   {.name = "spatial", .kind = PROM_ONNX_INTEGER, .integer = 1}};
    const prom_onnx_constant *operands[OPERANDS];
    prom_build_value value;
    float *factors = NULL;
    float *offsets = NULL;
    PROM_TRY(PROM_ONNX_ATTRIBUTES(known, node->proto, error));
    PROM_TRY(check_normalisation(known, node->proto, error));
    PROM_TRY(prom_onnx_floats_at(reader, &value, node, 0, error));
    const size_t channels = prom_build_shape(&reader->builder, value.index)->sizes[CHANNEL_AXIS];
    for (size_t i = 0; i < OPERANDS; i++) {
        PROM_TRY(prom_onnx_reals_at(reader, &operands[i], node, i + 1, error));
        if (operands[i]->tensor.shape.rank != 1 || operands[i]->tensor.count != channels) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "it has %zu numbers in input %zu for %zu channels",
                             operands[i]->tensor.count, i + 1, channels);
        }
    }
    PROM_TRY_NEW(factors, reader->folded, channels, error);
    PROM_TRY_NEW(offsets, reader->folded, channels, error);
    for (size_t i = 0; i < channels; i++) {
        const double variance = (double)prom_onnx_real(operands[VARIANCE], i);
        const double deviation = sqrt(variance + (double)known[EPSILON].number);
        if (!(deviation > 0)) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "the variance of channel %zu is %g, and with epsilon %g it has no positive root: export a "
                             "model that was trained",
                             i, variance, (double)known[EPSILON].number);
        }
        const double factor = (double)prom_onnx_real(operands[SCALE], i) / deviation;
        factors[i] = (float)factor;
        offsets[i] =
            (float)((double)prom_onnx_real(operands[BIAS], i) - (double)prom_onnx_real(operands[MEAN], i) * factor);
    }
    const prom_affine affine = {CHANNEL_AXIS, CHANNEL_AXIS, channels, factors, offsets};
    PROM_TRY(prom_build_affine(&reader->builder, &value, node->label.text, &affine, error));
    prom_onnx_give_floats(reader, node, value);
    return prom_ok();
}
