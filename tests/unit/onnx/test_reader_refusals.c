#include <math.h>

#include "onnx/fixture.h"

/* Each breaks one thing of the small model. */
static void no_graph(onnx_fixture *onnx)
{
    onnx->model.graph = NULL;
}
static void old_opset(onnx_fixture *onnx)
{
    onnx->opset.version = 6;
}
static void new_opset(onnx_fixture *onnx)
{
    onnx->opset.version = 26;
}
static void no_opset(onnx_fixture *onnx)
{
    onnx->opset.domain = text(onnx->arena, "com.example");
}
static void unknown_operator(onnx_fixture *onnx)
{
    onnx->graph.node[GEMM]->op_type = text(onnx->arena, "Einsum");
    onnx->graph.node[GEMM]->name = text(onnx->arena, "sums");
}
static void unknown_domain(onnx_fixture *onnx)
{
    onnx->graph.node[GEMM]->domain = text(onnx->arena, "com.example");
}
static void too_few_operands(onnx_fixture *onnx)
{
    onnx->graph.node[GEMM]->n_input = 1;
}
static void too_many_operands(onnx_fixture *onnx)
{
    add_operand(onnx, onnx->graph.node[RELU], "b1");
}
static void no_node_output(onnx_fixture *onnx)
{
    onnx->graph.node[RELU]->n_output = 0;
}
static void unknown_attribute(onnx_fixture *onnx)
{
    add_integer(onnx, onnx->graph.node[RELU], "slope", 1);
}
static void attribute_of_another_type(onnx_fixture *onnx)
{
    add_number(onnx, onnx->graph.node[GEMM], "transB", 1);
}
static void integer_alpha(onnx_fixture *onnx)
{
    add_integer(onnx, onnx->graph.node[GEMM], "alpha", 1);
}
static void attribute_of_matmul(onnx_fixture *onnx)
{
    add_integer(onnx, onnx->graph.node[MATMUL], "transB", 1);
}
static void attribute_of_add(onnx_fixture *onnx)
{
    add_integer(onnx, onnx->graph.node[ADD], "axis", 1);
}
static void transposed_data(onnx_fixture *onnx)
{
    add_integer(onnx, onnx->graph.node[GEMM], "transA", 1);
}
static void other_axis(onnx_fixture *onnx)
{
    add_integer(onnx, onnx->graph.node[FLATTEN], "axis", 2);
}
static void wrong_width(onnx_fixture *onnx)
{
    onnx->graph.initializer[GEMM_WEIGHTS]->dims[0] = 3;
    onnx->graph.initializer[GEMM_WEIGHTS]->dims[1] = 4;
}
static void not_flat(onnx_fixture *onnx)
{
    onnx->graph.input[0]->type->tensor_type->shape->dim[1]->dim_value = 4;
    onnx->graph.input[0]->type->tensor_type->shape->dim[2]->dim_value = 1;
    onnx->graph.input[0]->type->tensor_type->shape->dim[3]->dim_value = 1;
    onnx->graph.node[GEMM]->input[0] = text(onnx->arena, "image");
    onnx->graph.node++;
    onnx->graph.n_node--;
}
static void weights_of_rank_3(onnx_fixture *onnx)
{
    onnx->graph.initializer[GEMM_WEIGHTS]->n_dims = 3;
    onnx->graph.initializer[GEMM_WEIGHTS]->dims[2] = 1;
}
static void weights_without_values(onnx_fixture *onnx)
{
    onnx->graph.initializer[GEMM_WEIGHTS]->dims[1] = 0;
    onnx->graph.initializer[GEMM_WEIGHTS]->n_float_data = 0;
}
static void wrong_bias(onnx_fixture *onnx)
{
    onnx->graph.initializer[GEMM_BIAS]->dims[0] = 2;
    onnx->graph.initializer[GEMM_BIAS]->n_float_data = 2;
}
static void bias_as_column(onnx_fixture *onnx)
{
    onnx->graph.initializer[GEMM_BIAS]->n_dims = 2;
    onnx->graph.initializer[GEMM_BIAS]->dims[1] = 1;
}
static void bias_of_rank_3(onnx_fixture *onnx)
{
    onnx->graph.initializer[GEMM_BIAS]->n_dims = 3;
    onnx->graph.initializer[GEMM_BIAS]->dims[0] = 1;
    onnx->graph.initializer[GEMM_BIAS]->dims[1] = 1;
    onnx->graph.initializer[GEMM_BIAS]->dims[2] = 3;
}
static void missing_initializer(onnx_fixture *onnx)
{
    onnx->graph.initializer[GEMM_WEIGHTS]->name = text(onnx->arena, "w9");
}
static void missing_value(onnx_fixture *onnx)
{
    onnx->graph.node[RELU]->input[0] = text(onnx->arena, "nothing");
}
static void unordered(onnx_fixture *onnx)
{
    PromOnnx__NodeProto *gemm = onnx->graph.node[GEMM];
    onnx->graph.node[GEMM] = onnx->graph.node[RELU];
    onnx->graph.node[RELU] = gemm;
}
static void cycle(onnx_fixture *onnx)
{
    onnx->graph.node[GEMM]->input[0] = text(onnx->arena, "hidden");
}
static void skips_to_the_input(onnx_fixture *onnx)
{
    onnx->graph.node[RELU]->input[0] = text(onnx->arena, "image");
}
static void reads_a_constant(onnx_fixture *onnx)
{
    onnx->graph.node[RELU]->input[0] = text(onnx->arena, "b1");
}
static void computed_weights(onnx_fixture *onnx)
{
    onnx->graph.node[MATMUL]->input[1] = text(onnx->arena, "flat");
}
static void two_of_one_name(onnx_fixture *onnx)
{
    onnx->graph.initializer[ADD_BIAS]->name = text(onnx->arena, "w2");
}
static void node_like_initializer(onnx_fixture *onnx)
{
    onnx->graph.node[RELU]->output[0] = text(onnx->arena, "w2");
}
static void node_like_input(onnx_fixture *onnx)
{
    onnx->graph.node[RELU]->output[0] = text(onnx->arena, "image");
}
static void empty_initializer_name(onnx_fixture *onnx)
{
    onnx->graph.initializer[ADD_BIAS]->name = NULL;
}
static void empty_node_output(onnx_fixture *onnx)
{
    onnx->graph.node[RELU]->output[0] = text(onnx->arena, "");
}
static void long_input_name(onnx_fixture *onnx)
{
    char *name = new_bytes(onnx->arena, 4097, 1);
    memset(name, 'x', 4096);
    onnx->graph.input[0]->name = name;
}
static void external_data(onnx_fixture *onnx)
{
    onnx->graph.initializer[GEMM_WEIGHTS]->has_data_location = 1;
    onnx->graph.initializer[GEMM_WEIGHTS]->data_location = PROM_ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
}
static void external_place(onnx_fixture *onnx)
{
    PromOnnx__TensorProto *weights = onnx->graph.initializer[GEMM_WEIGHTS];
    weights->n_external_data = 1;
    weights->external_data = new_bytes(onnx->arena, 1, sizeof *weights->external_data);
    weights->external_data[0] = new_bytes(onnx->arena, 1, sizeof **weights->external_data);
    prom_onnx__string_string_entry_proto__init(weights->external_data[0]);
}
static void double_weights(onnx_fixture *onnx)
{
    onnx->graph.initializer[GEMM_WEIGHTS]->data_type = PROM_ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE;
}
static void huge_dimensions(onnx_fixture *onnx)
{
    onnx->graph.initializer[GEMM_WEIGHTS]->dims[0] = INT64_C(1) << 40;
    onnx->graph.initializer[GEMM_WEIGHTS]->dims[1] = INT64_C(1) << 40;
}
static void huge_dimension(onnx_fixture *onnx)
{
    onnx->graph.initializer[GEMM_WEIGHTS]->dims[0] = INT64_MAX;
}
static void negative_dimension(onnx_fixture *onnx)
{
    onnx->graph.initializer[GEMM_WEIGHTS]->dims[0] = -4;
}
static void nine_dimensions(onnx_fixture *onnx)
{
    onnx->graph.initializer[GEMM_WEIGHTS]->n_dims = 9;
    for (size_t i = 2; i < 9; i++) {
        onnx->graph.initializer[GEMM_WEIGHTS]->dims[i] = 1;
    }
}
static void data_missing(onnx_fixture *onnx)
{
    onnx->graph.initializer[GEMM_WEIGHTS]->n_float_data--;
}
static void raw_data_missing(onnx_fixture *onnx)
{
    make_raw(onnx, onnx->graph.initializer[GEMM_WEIGHTS]);
    onnx->graph.initializer[GEMM_WEIGHTS]->raw_data.len--;
}
static void data_twice(onnx_fixture *onnx)
{
    make_raw(onnx, onnx->graph.initializer[GEMM_WEIGHTS]);
    onnx->graph.initializer[GEMM_WEIGHTS]->n_float_data = 12;
}
static void infinite_weight(onnx_fixture *onnx)
{
    onnx->graph.initializer[GEMM_WEIGHTS]->float_data[5] = INFINITY;
}
static void nan_bias(onnx_fixture *onnx)
{
    onnx->graph.initializer[GEMM_BIAS]->float_data[1] = NAN;
}
/* A second Add of the same, large, biases. */
static void infinite_sum_of_biases(onnx_fixture *onnx)
{
    onnx->graph.initializer[ADD_BIAS]->float_data[1] = 3e38F;
    onnx->graph.node[RESHAPE]->input[0] = text(onnx->arena, "sum3");
    PromOnnx__NodeProto *add = add_node(onnx, "Add", "add3", "sum3");
    add_operand(onnx, add, "sum2");
    add_operand(onnx, add, "b2");
    onnx->graph.node[RESHAPE + 1] = onnx->graph.node[RESHAPE];
    onnx->graph.node[RESHAPE] = add;
}
static void allows_zero(onnx_fixture *onnx)
{
    add_integer(onnx, onnx->graph.node[RESHAPE], "allowzero", 1);
}
static void set_target(onnx_fixture *onnx, size_t count, const int64_t *sizes)
{
    PromOnnx__TensorProto *target = onnx->graph.initializer[RESHAPE_TARGET];
    target->dims[0] = (int64_t)count;
    target->n_int64_data = count;
    target->int64_data = new_bytes(onnx->arena, count, sizeof *sizes);
    memcpy(target->int64_data, sizes, count * sizeof *sizes);
}
static void target_of_other_count(onnx_fixture *onnx)
{
    set_target(onnx, 3, (const int64_t[]){0, 2, 2});
}
static void target_of_a_part(onnx_fixture *onnx)
{
    set_target(onnx, 3, (const int64_t[]){0, 1, 1});
}
static void target_without_batch(onnx_fixture *onnx)
{
    set_target(onnx, 3, (const int64_t[]){1, 2, 1});
}
static void target_of_batch_only(onnx_fixture *onnx)
{
    onnx->graph.input[0]->type->tensor_type->shape->dim[2]->dim_value = 1;
    onnx->graph.input[0]->type->tensor_type->shape->dim[3]->dim_value = 1;
    onnx->graph.node[FLATTEN]->op_type = text(onnx->arena, "Reshape");
    add_operand(onnx, onnx->graph.node[FLATTEN], "target");
    set_target(onnx, 1, (const int64_t[]){-1});
}
static void target_left_over_twice(onnx_fixture *onnx)
{
    set_target(onnx, 3, (const int64_t[]){0, -1, -1});
}
static void target_left_over_twice_with_batch(onnx_fixture *onnx)
{
    set_target(onnx, 3, (const int64_t[]){-1, -1, 1});
}
static void target_copies_too_much(onnx_fixture *onnx)
{
    set_target(onnx, 3, (const int64_t[]){0, 2, 0});
}
static void target_does_not_divide(onnx_fixture *onnx)
{
    set_target(onnx, 3, (const int64_t[]){0, -1, 3});
}
static void target_negative(onnx_fixture *onnx)
{
    set_target(onnx, 3, (const int64_t[]){0, -2, -1});
}
static void target_huge(onnx_fixture *onnx)
{
    set_target(onnx, 4, (const int64_t[]){0, INT64_MAX, INT64_MAX, 2});
}
static void target_of_many_dimensions(onnx_fixture *onnx)
{
    set_target(onnx, 9, (const int64_t[]){0, 2, 1, 1, 1, 1, 1, 1, 1});
}
static void target_of_rank_2(onnx_fixture *onnx)
{
    onnx->graph.initializer[RESHAPE_TARGET]->n_dims = 2;
    onnx->graph.initializer[RESHAPE_TARGET]->dims[0] = 1;
    onnx->graph.initializer[RESHAPE_TARGET]->dims[1] = 3;
}
static void control_characters(onnx_fixture *onnx)
{
    onnx->graph.node[GEMM]->op_type = text(onnx->arena, "\x1b[31mred");
}

static const onnx_refusal refusals[] = {
    {no_graph, "the ONNX file has no graph"},
    {old_opset, "operator set 6; supported are 7 to 25"},
    {new_opset, "operator set 26"},
    {no_opset, "operator set 0"},
    {unknown_operator, "node 'sums': operator 'Einsum' is not supported: the model must be exported without it"},
    {unknown_domain, "node 'fc1': operator 'com.example.Gemm' is not supported"},
    {control_characters, "operator '?[31mred' is not supported"},
    {too_few_operands, "node 'fc1': it has 1 inputs, Gemm takes 2 to 3"},
    {too_many_operands, "node 'relu1': it has 2 inputs, Relu takes 1 to 1"},
    {no_node_output, "node 'fc2': it reads 'hidden', which is no initialiser, no input and no node's output"},
    {unknown_attribute, "node 'relu1': attribute 'slope' is not known"},
    {attribute_of_another_type, "node 'fc1': attribute 'transB' has no integer value"},
    {integer_alpha, "node 'fc1': attribute 'alpha' has no float value"},
    {attribute_of_matmul, "node 'fc2': attribute 'transB' is not known"},
    {attribute_of_add, "node 'add2': attribute 'axis' is not known"},
    {transposed_data, "node 'fc1': transA is not supported"},
    {other_axis, "node 'flatten': axis 2 is not supported"},
    {wrong_width, "node 'fc1': it gets Nx4, but its weights take 3 values and make 4"},
    {not_flat, "node 'fc1': it gets Nx4x1x1: a Gemm takes items of one axis"},
    {weights_of_rank_3, "node 'fc1': its weights have shape 4x3x1, not rows and columns"},
    {weights_without_values, "node 'fc1': its weights have shape 4x0"},
    {wrong_bias, "node 'fc1': it adds a constant of shape 2 to Nx3"},
    {bias_as_column, "node 'fc1': it adds a constant of shape 3x1 to Nx3"},
    {bias_of_rank_3, "node 'fc1': it adds a constant of shape 1x1x3 to Nx3"},
    {missing_initializer, "node 'fc1': it reads 'w1', which is no initialiser, no input and no node's output"},
    {missing_value, "node 'relu1': it reads 'nothing', which is no"},
    {unordered, "node 'relu1': it reads 'sum1' before a node makes it"},
    {cycle, "node 'fc1': it reads 'hidden' before a node makes it: the graph has a cycle"},
    {skips_to_the_input, "node 'fc2': it gets Nx1x2x2, but its weights take 3 values"},
    {reads_a_constant, "node 'relu1': it reads the constant 'b1' where only what the network computes is supported"},
    {computed_weights, "node 'fc2': it reads 'flat' where only a constant is supported"},
    {two_of_one_name, "two values named 'w2'"},
    {node_like_initializer, "two values named 'w2'"},
    {node_like_input, "two values named 'image'"},
    {empty_initializer_name, "a value whose name is empty, or longer than 4095 characters"},
    {empty_node_output, "a value whose name is empty"},
    {long_input_name, "a value whose name is empty, or longer"},
    {external_data, "node 'fc1': constant 'w1': it lies in another file"},
    {external_place, "node 'fc1': constant 'w1': it lies in another file"},
    {double_weights, "node 'fc1': constant 'w1': it holds float64 values; float32, float16, bfloat16, int64, int32, "
                     "int8 and uint8 are supported"},
    {huge_dimensions, "constant 'w1': its dimensions are negative, too large or more than 8"},
    {huge_dimension, "constant 'w1': its dimensions are"},
    {negative_dimension, "constant 'w1': its dimensions are"},
    {nine_dimensions, "constant 'w1': its dimensions are"},
    {data_missing, "constant 'w1': its data are not what its shape 4x3 takes"},
    {raw_data_missing, "constant 'w1': its data are not what"},
    {data_twice, "constant 'w1': its data are not what"},
    {infinite_weight, "node 'fc1': weight 9 is not a finite number"},
    {nan_bias, "node 'fc1': bias 1 is not a finite number"},
    {infinite_sum_of_biases, "node 'fc2': bias 1 is not a finite number"},
    {allows_zero, "node 'reshape': its target shape does not keep the batch of Nx2 first"},
    {target_of_other_count, "node 'reshape': its target shape does not fit Nx2"},
    {target_of_a_part, "its target shape does not fit"},
    {target_without_batch, "its target shape does not keep the batch of Nx2 first"},
    {target_of_batch_only, "node 'fc1': it reads 'flat', one value for each item without an axis"},
    {target_left_over_twice, "its target shape does not fit"},
    {target_left_over_twice_with_batch, "its target shape does not fit"},
    {target_copies_too_much, "its target shape does not fit"},
    {target_does_not_divide, "its target shape does not fit"},
    {target_negative, "its target shape does not fit"},
    {target_huge, "its target shape does not fit"},
    {target_of_many_dimensions, "its target shape does not keep the batch of Nx2 first"},
    {target_of_rank_2, "constant 'target' holds int64 values in shape 1x3, it should be a list of int64"},
};

static void test_refuses_by_name(void **state)
{
    (void)state;
    refuse_each(refusals, COUNT_OF(refusals));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_refuses_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
