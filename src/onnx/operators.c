#include "onnx/operators.h"

#include <stdio.h>

#include "prometheus/onnx/reader.h"

#define MICROSOFT "com.microsoft"

enum { ANY = UINT16_MAX }; /* as many inputs as a layer can have */

static const prom_onnx_operator operators[] = {
    {"", "Add", 2, 2, prom_onnx_arithmetic, prom_onnx_compute},
    {"", "ArgMax", 1, 1, prom_onnx_argmax, NULL},
    {"", "AveragePool", 1, 1, prom_onnx_average_pool, NULL},
    {"", "BatchNormalization", 5, 5, prom_onnx_batch_normalization, NULL},
    {"", "Cast", 1, 1, prom_onnx_cast, prom_onnx_cast_constant},
    {"", "Ceil", 1, 1, NULL, prom_onnx_ceil},
    {"", "Clip", 1, 3, prom_onnx_clip, NULL},
    {"", "Concat", 1, ANY, prom_onnx_concat, prom_onnx_concat_lists},
    {"", "Constant", 0, 0, prom_onnx_constant_node, NULL},
    {"", "ConstantOfShape", 1, 1, NULL, prom_onnx_constant_of_shape},
    {"", "Conv", 2, 3, prom_onnx_conv, NULL},
    {"", "DequantizeLinear", 2, 3, prom_onnx_dequantize_linear, prom_onnx_dequantise_constant},
    {"", "Div", 2, 2, prom_onnx_arithmetic, prom_onnx_compute},
    {"", "Dropout", 1, 3, prom_onnx_dropout, NULL},
    {"", "Equal", 2, 2, NULL, prom_onnx_equal},
    {"", "Flatten", 1, 1, prom_onnx_flatten, prom_onnx_flatten_constant},
    {"", "Floor", 1, 1, NULL, prom_onnx_floor},
    {"", "Gather", 2, 2, NULL, prom_onnx_gather},
    {"", "Gemm", 2, 3, prom_onnx_gemm, NULL},
    {"", "GlobalAveragePool", 1, 1, prom_onnx_global_average_pool, NULL},
    {"", "GlobalMaxPool", 1, 1, prom_onnx_global_max_pool, NULL},
    {"", "Identity", 1, 1, prom_onnx_identity, prom_onnx_identity_constant},
    {"", "LeakyRelu", 1, 1, prom_onnx_leaky_relu, NULL},
    {"", "LogSoftmax", 1, 1, prom_onnx_softmax, NULL},
    {"", "MatMul", 2, 2, prom_onnx_matmul, NULL},
    {"", "Max", 1, ANY, prom_onnx_bound, prom_onnx_max},
    {"", "MaxPool", 1, 1, prom_onnx_max_pool, NULL},
    {"", "Min", 1, ANY, prom_onnx_bound, prom_onnx_min},
    {"", "Mod", 2, 2, NULL, prom_onnx_mod},
    {"", "Mul", 2, 2, prom_onnx_arithmetic, prom_onnx_compute},
    {"", "PRelu", 2, 2, prom_onnx_prelu, NULL},
    {"", "Pad", 1, 4, prom_onnx_pad, NULL},
    {"", "QLinearConv", 8, 9, prom_onnx_qlinear_conv, NULL},
    {"", "QLinearMatMul", 8, 8, prom_onnx_qlinear_matmul, NULL},
    {"", "QuantizeLinear", 2, 3, prom_onnx_quantize_linear, prom_onnx_quantise_constant},
    {"", "Range", 3, 3, NULL, prom_onnx_range},
    {"", "ReduceMax", 1, 2, prom_onnx_reduce_max, NULL},
    {"", "ReduceMean", 1, 2, prom_onnx_reduce_mean, NULL},
    {"", "ReduceProd", 1, 2, NULL, prom_onnx_reduce_prod},
    {"", "Relu", 1, 1, prom_onnx_relu, NULL},
    {"", "Reshape", 2, 2, prom_onnx_reshape, prom_onnx_reshape_constant},
    {"", "Shape", 1, 1, prom_onnx_shape, prom_onnx_shape_constant},
    {"", "Sigmoid", 1, 1, prom_onnx_sigmoid, NULL},
    {"", "Size", 1, 1, NULL, prom_onnx_size_constant},
    {"", "Slice", 1, 5, NULL, prom_onnx_slice},
    {"", "Softmax", 1, 1, prom_onnx_softmax, NULL},
    {"", "Squeeze", 1, 2, prom_onnx_squeeze, prom_onnx_squeeze_constant},
    {"", "Sub", 2, 2, prom_onnx_arithmetic, prom_onnx_compute},
    {"", "Sum", 1, ANY, prom_onnx_sum, NULL},
    {"", "Transpose", 1, 1, prom_onnx_transpose, prom_onnx_transpose_constant},
    {"", "Unsqueeze", 1, 2, prom_onnx_unsqueeze, prom_onnx_unsqueeze_constant},
    {"", "Where", 3, 3, NULL, prom_onnx_where},
    {MICROSOFT, "DequantizeLinear", 2, 3, prom_onnx_dequantize_linear, prom_onnx_dequantise_constant},
    {MICROSOFT, "QGemm", 6, 9, prom_onnx_qgemm, NULL},
    {MICROSOFT, "QLinearAdd", 7, 8, prom_onnx_qlinear_add, NULL},
    {MICROSOFT, "QLinearAveragePool", 4, 5, prom_onnx_qlinear_average_pool, NULL},
    {MICROSOFT, "QLinearConcat", 5, ANY, prom_onnx_qlinear_concat, NULL},
    {MICROSOFT, "QLinearGlobalAveragePool", 4, 5, prom_onnx_qlinear_global_average_pool, NULL},
    {MICROSOFT, "QuantizeLinear", 2, 3, prom_onnx_quantize_linear, prom_onnx_quantise_constant},
};
#define OPERATOR_COUNT (sizeof operators / sizeof operators[0])

void prom_onnx_operators(void (*each)(void *context, const char *name), void *context)
{
    for (size_t i = 0; i < OPERATOR_COUNT; i++) {
        char name[PROM_NETWORK_NAME];
        const char *domain = operators[i].domain;
        (void)snprintf(name, sizeof name, "%s%s%s", domain, domain[0] != '\0' ? "." : "", operators[i].name);
        each(context, name);
    }
}

/* "" for the domain of ONNX's own operators, whichever of its names it has. */
static const char *domain_of(const PromOnnx__NodeProto *node)
{
    return node->domain == NULL || prom_onnx_same(node->domain, "ai.onnx") ? "" : node->domain;
}

static prom_result refuse_operator(const prom_onnx_reader *reader, const PromOnnx__NodeProto *node, prom_error *error)
{
    const char *domain = domain_of(node);
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                     "operator '%s%s%s' is not supported: the model must be exported without it, or with the supported "
                     "operators in its place (%s lists them), or end before it, with %s NAME",
                     prom_onnx_label_of(domain).text, domain[0] != '\0' ? "." : "",
                     prom_onnx_label_of(node->op_type).text, reader->operators_name, reader->end_at_name);
}

static prom_result find_operator(const prom_onnx_reader *reader, const prom_onnx_operator **found,
                                 const PromOnnx__NodeProto *node, prom_error *error)
{
    for (size_t i = 0; i < OPERATOR_COUNT; i++) {
        if (prom_onnx_same(domain_of(node), operators[i].domain) && prom_onnx_same(node->op_type, operators[i].name)) {
            *found = &operators[i];
            return prom_ok();
        }
    }
    return refuse_operator(reader, node, error);
}

/* Every operand of the node is a constant. */
static prom_result is_fixed(prom_onnx_reader *reader, bool *fixed, const prom_onnx_node *node, prom_error *error)
{
    *fixed = true;
    for (size_t i = 0; i < node->proto->n_input && *fixed; i++) {
        if (prom_onnx_has(node, i)) {
            PROM_TRY(prom_onnx_is_constant(reader, fixed, node, i, error));
        }
    }
    return prom_ok();
}

prom_result prom_onnx_read_node(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    const prom_onnx_operator *operator= NULL;
    bool fixed = false;
    PROM_TRY(find_operator(reader, &operator, node->proto, error));
    const size_t inputs = node->proto->n_input;
    if (inputs < operator->inputs_min || inputs> operator->inputs_max) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "it has %zu inputs, %s takes %zu to %zu",
                         inputs, operator->name, operator->inputs_min, operator->inputs_max);
    }
    if (operator->fold != NULL) {
        PROM_TRY(is_fixed(reader, &fixed, node, error));
    }
    if (fixed) {
        return operator->fold(reader, node, error);
    }
    if (operator->read == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%s is supported for constants only, not for what the network computes", operator->name);
    }
    return operator->read(reader, node, error);
}
