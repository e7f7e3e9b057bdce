#include <math.h>

#include "onnx/fixture.h"
#include "prometheus/onnx/reader.h"
#include "tensor/files.h"

/* The network of the fixture, by the places of its layers. */
enum { FLAT_LAYER, GEMM_LAYER, MATMUL_LAYER, LOGITS_LAYER, LAYERS };

static void assert_small_network(const prom_network *network)
{
    const float first[] = {1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12};
    const float second[] = {1, 2, 3, -1, -2, -3};
    const prom_network_layer *layers = network->layers;
    assert_true(prom_shape_equal(&network->input_shape, &(prom_shape){3, {1, 2, 2}}));
    assert_int_equal(network->input_count, 4);
    assert_int_equal(network->layer_count, LAYERS);
    for (size_t i = 0; i < LAYERS; i++) {
        assert_int_equal(layers[i].input_count, 1);
        assert_int_equal(layers[i].inputs[0], i);
        assert_true(layers[i].low == (i == GEMM_LAYER ? 0 : -INFINITY) && layers[i].high == INFINITY);
        assert_false(layers[i].quantisation.given);
    }
    assert_int_equal(layers[FLAT_LAYER].kind, PROM_LAYER_RESHAPE);
    assert_int_equal(layers[GEMM_LAYER].kind, PROM_LAYER_DENSE);
    assert_int_equal(layers[LOGITS_LAYER].kind, PROM_LAYER_RESHAPE);
    assert_string_equal(layers[GEMM_LAYER].name, "fc1");
    assert_string_equal(layers[MATMUL_LAYER].name, "fc2");
    assert_true(prom_shape_equal(&layers[FLAT_LAYER].shape, &(prom_shape){1, {4}}));
    assert_true(prom_shape_equal(&layers[GEMM_LAYER].shape, &(prom_shape){1, {3}}));
    assert_true(prom_shape_equal(&layers[MATMUL_LAYER].shape, &(prom_shape){1, {2}}));
    assert_true(prom_shape_equal(&layers[LOGITS_LAYER].shape, &(prom_shape){2, {2, 1}}));
    assert_memory_equal(layers[GEMM_LAYER].weights, first, sizeof first);
    assert_memory_equal(layers[MATMUL_LAYER].weights, second, sizeof second);
    assert_memory_equal(layers[GEMM_LAYER].biases, ((const float[]){0.5F, -0.5F, 1}), 3 * sizeof(float));
    assert_memory_equal(layers[MATMUL_LAYER].biases, ((const float[]){10, 20}), 2 * sizeof(float));
}

static const prom_network *read_network(const onnx_fixture *onnx)
{
    prom_error error = {""};
    const prom_network *network = NULL;
    assert_ok(prom_onnx_read(onnx->arena, &network, fixture_bytes(onnx), &error), &error);
    return network;
}

static void read_small(onnx_fixture *onnx)
{
    (void)onnx;
}

static void read_raw(onnx_fixture *onnx)
{
    make_raw(onnx, onnx->graph.initializer[GEMM_WEIGHTS]);
    make_raw(onnx, onnx->graph.initializer[ADD_BIAS]);
}

static void read_transposed(onnx_fixture *onnx)
{
    const float transposed[] = {1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12};
    PromOnnx__TensorProto *weights = onnx->graph.initializer[GEMM_WEIGHTS];
    memcpy(weights->float_data, transposed, sizeof transposed);
    weights->dims[0] = 3;
    weights->dims[1] = 4;
    add_integer(onnx, onnx->graph.node[GEMM], "transB", 1);
    add_integer(onnx, onnx->graph.node[GEMM], "transA", 0);
}

static void read_scaled(onnx_fixture *onnx)
{
    PromOnnx__TensorProto *weights = onnx->graph.initializer[GEMM_WEIGHTS];
    PromOnnx__TensorProto *bias = onnx->graph.initializer[GEMM_BIAS];
    for (size_t i = 0; i < weights->n_float_data; i++) {
        weights->float_data[i] *= 4;
    }
    for (size_t i = 0; i < bias->n_float_data; i++) {
        bias->float_data[i] *= -2;
    }
    add_number(onnx, onnx->graph.node[GEMM], "alpha", 0.25F);
    add_number(onnx, onnx->graph.node[GEMM], "beta", -0.5F);
}

static void read_bias_as_row(onnx_fixture *onnx)
{
    PromOnnx__TensorProto *bias = onnx->graph.initializer[GEMM_BIAS];
    bias->n_dims = 2;
    bias->dims[0] = 1;
    bias->dims[1] = 3;
}

static void read_operands_swapped(onnx_fixture *onnx)
{
    PromOnnx__NodeProto *add = onnx->graph.node[ADD];
    char *first = add->input[0];
    add->input[0] = add->input[1];
    add->input[1] = first;
}

static void read_initializers_as_inputs(onnx_fixture *onnx)
{
    add_input(onnx, "w1", 2, (const int64_t[]){4, 3});
    add_input(onnx, "target", 2, (const int64_t[]){3, 3});
}

static void read_fixed_batch(onnx_fixture *onnx)
{
    PromOnnx__TensorShapeProto__Dimension *batch = onnx->graph.input[0]->type->tensor_type->shape->dim[0];
    batch->value_case = PROM_ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
    batch->dim_value = 5;
    onnx->graph.initializer[RESHAPE_TARGET]->int64_data[0] = 5;
}

static void read_batch_left_over(onnx_fixture *onnx)
{
    onnx->graph.initializer[RESHAPE_TARGET]->int64_data[0] = -1;
}

static void read_size_left_over(onnx_fixture *onnx)
{
    onnx->graph.initializer[RESHAPE_TARGET]->int64_data[1] = -1;
}

static void read_size_copied(onnx_fixture *onnx)
{
    onnx->graph.initializer[RESHAPE_TARGET]->int64_data[1] = 0;
}

static void read_negative_axis(onnx_fixture *onnx)
{
    add_integer(onnx, onnx->graph.node[FLATTEN], "axis", -3);
}

static void read_named_domain(onnx_fixture *onnx)
{
    onnx->opset.domain = text(onnx->arena, "ai.onnx");
    onnx->graph.node[GEMM]->domain = text(onnx->arena, "ai.onnx");
}

static void read_least_opset(onnx_fixture *onnx)
{
    onnx->opset.version = PROM_ONNX_OPSET_MIN;
}

static void read_most_opset(onnx_fixture *onnx)
{
    onnx->opset.version = PROM_ONNX_OPSET_MAX;
}

static void read_extra_output(onnx_fixture *onnx)
{
    PromOnnx__NodeProto *relu = onnx->graph.node[RELU];
    relu->output[relu->n_output++] = text(onnx->arena, "");
    relu->output[relu->n_output++] = text(onnx->arena, "extra");
}

/* What the output does not need is not looked at. */
static void read_dead_nodes(onnx_fixture *onnx)
{
    PromOnnx__NodeProto *dead = add_node(onnx, "LSTM", "dead", "memory");
    add_operand(onnx, dead, "hidden");
    add_operand(onnx, dead, "nothing");
    add_tensor(onnx, "unused", 1, (const int64_t[]){-1});
}

/* A value that is needed twice, though not the second time. */
static void read_clamp_of_output(onnx_fixture *onnx)
{
    add_operand(onnx, add_node(onnx, "Relu", "dead", "unneeded"), "sum2");
}

static void test_reads_the_same_network(void **state)
{
    void (*const changes[])(onnx_fixture *) = {
        read_small,
        read_raw,
        read_transposed,
        read_scaled,
        read_bias_as_row,
        read_operands_swapped,
        read_initializers_as_inputs,
        read_fixed_batch,
        read_batch_left_over,
        read_size_left_over,
        read_size_copied,
        read_negative_axis,
        read_named_domain,
        read_least_opset,
        read_most_opset,
        read_extra_output,
        read_dead_nodes,
        read_clamp_of_output,
    };
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        onnx_fixture onnx;
        fixture_small(&onnx, *state);
        changes[i](&onnx);
        assert_small_network(read_network(&onnx));
    }
}

static void test_reads_other_biases(void **state)
{
    onnx_fixture onnx;
    fixture_small(&onnx, *state);
    onnx.graph.node[GEMM]->n_input = 2;
    assert_true(read_network(&onnx)->layers[GEMM_LAYER].biases[1] == 0);
    fixture_small(&onnx, *state);
    onnx.graph.node[GEMM]->input[2] = text(*state, "");
    assert_true(read_network(&onnx)->layers[GEMM_LAYER].biases[1] == 0);
    fixture_small(&onnx, *state);
    onnx.graph.initializer[GEMM_BIAS]->n_dims = 0;
    onnx.graph.initializer[GEMM_BIAS]->n_float_data = 1;
    const prom_network *network = read_network(&onnx);
    assert_true(network->layers[GEMM_LAYER].biases[0] == 0.5F && network->layers[GEMM_LAYER].biases[2] == 0.5F);
}

static void test_names_a_layer_without_name(void **state)
{
    onnx_fixture onnx;
    fixture_small(&onnx, *state);
    onnx.graph.node[GEMM]->name = text(*state, "");
    onnx.graph.node[MATMUL]->name = text(*state, "a\nb");
    const prom_network *network = read_network(&onnx);
    assert_string_equal(network->layers[GEMM_LAYER].name, "sum1");
    assert_string_equal(network->layers[MATMUL_LAYER].name, "a?b");
}

static void test_trained_model(void **state)
{
    prom_error error = {""};
    const prom_network *network = NULL;
    assert_ok(prom_onnx_read(*state, &network, model_file(*state, "digits-mlp.onnx"), &error), &error);
    assert_true(prom_shape_equal(&network->input_shape, &(prom_shape){3, {1, 8, 8}}));
    assert_int_equal(network->layer_count, 4);
    assert_true(prom_shape_equal(&network->layers[3].shape, &(prom_shape){1, {10}}));
}

/* As proto3 writes them: a value that is zero is not there. */
static void test_zeros_left_out(void **state)
{
    const struct {
        const char *name;
        PromOnnx__AttributeProto__AttributeType type;
    } given[] = {
        {"beta", PROM_ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT},
        {"transB", PROM_ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT},
    };
    onnx_fixture onnx;
    fixture_small(&onnx, *state);
    for (size_t i = 0; i < COUNT_OF(given); i++) {
        PromOnnx__AttributeProto *attribute = add_attribute(&onnx, onnx.graph.node[GEMM], given[i].name);
        attribute->has_type = 1;
        attribute->type = given[i].type;
    }
    const prom_network *network = read_network(&onnx);
    for (size_t i = 0; i < 3; i++) {
        assert_float_equal(network->layers[1].biases[i], 0, 0);
    }
}

static void test_batch_of_minus_one(void **state)
{
    onnx_fixture onnx;
    fixture_small(&onnx, *state);
    PromOnnx__TensorShapeProto__Dimension *batch = onnx.graph.input[0]->type->tensor_type->shape->dim[0];
    batch->value_case = PROM_ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
    batch->dim_value = -1;
    assert_int_equal(read_network(&onnx)->input_count, 4);
}

static void test_refuses_to_end_there(void **state)
{
    const struct {
        const char *end_at;
        const char *sentence;
    } cases[] = {
        {"nowhere", "cannot end at 'nowhere': the graph has no value of that name; its output is 'logits'"},
        {"fc1", "cannot end at 'fc1', which is a node: what it makes is named 'sum1'"},
        {"w1", "the graph's value 'w1' does not depend on its input"},
        {"image", "the graph computes nothing up to there: its output is its input as it came"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        prom_error error = {""};
        const prom_network *network = NULL;
        onnx_fixture onnx;
        fixture_small(&onnx, *state);
        const prom_onnx_request request = {.file = fixture_bytes(&onnx), .end_at = cases[i].end_at};
        assert_refused(prom_onnx_read_part(*state, &network, &request, &error), &error, cases[i].sentence);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_zeros_left_out),         TEST(test_batch_of_minus_one), TEST(test_refuses_to_end_there),
        TEST(test_reads_the_same_network), TEST(test_reads_other_biases), TEST(test_names_a_layer_without_name),
        TEST(test_trained_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
