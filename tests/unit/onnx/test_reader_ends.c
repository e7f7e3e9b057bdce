#include "onnx/fixture.h"

/* Each breaks what the small model takes or gives. */
static void two_inputs(onnx_fixture *onnx)
{
    add_input(onnx, "other", 2, (const int64_t[]){0, 1});
}
static void no_input(onnx_fixture *onnx)
{
    onnx->graph.n_input = 0;
}
static void two_outputs(onnx_fixture *onnx)
{
    add_output(onnx, "hidden", 2, (const int64_t[]){0, 3});
}
static void other_output(onnx_fixture *onnx)
{
    onnx->graph.output[0]->name = text(onnx->arena, "sum2");
}
static void output_of_another_shape(onnx_fixture *onnx)
{
    onnx->graph.output[0]->type->tensor_type->shape->dim[1]->dim_value = 3;
}
static void output_of_another_rank(onnx_fixture *onnx)
{
    onnx->graph.output[0]->type->tensor_type->shape->n_dim = 2;
}
static void output_without_type(onnx_fixture *onnx)
{
    onnx->graph.output[0]->type = NULL;
}
static void input_without_shape(onnx_fixture *onnx)
{
    onnx->graph.input[0]->type->tensor_type->shape = NULL;
}
static void input_of_bytes(onnx_fixture *onnx)
{
    onnx->graph.input[0]->type->tensor_type->elem_type = PROM_ONNX__TENSOR_PROTO__DATA_TYPE__UINT8;
}
static void input_of_words(onnx_fixture *onnx)
{
    onnx->graph.input[0]->type->tensor_type->elem_type = PROM_ONNX__TENSOR_PROTO__DATA_TYPE__INT64;
}
static void input_of_rank_1(onnx_fixture *onnx)
{
    onnx->graph.input[0]->type->tensor_type->shape->n_dim = 1;
}
static void input_of_rank_9(onnx_fixture *onnx)
{
    PromOnnx__TensorShapeProto *shape = onnx->graph.input[0]->type->tensor_type->shape;
    for (; shape->n_dim < 9; shape->n_dim++) {
        shape->dim[shape->n_dim] = shape->dim[1];
    }
}
static void input_of_negative_size(onnx_fixture *onnx)
{
    onnx->graph.input[0]->type->tensor_type->shape->dim[2]->dim_value = -2;
}
static void input_of_open_size(onnx_fixture *onnx)
{
    PromOnnx__TensorShapeProto__Dimension *dimension = onnx->graph.input[0]->type->tensor_type->shape->dim[2];
    dimension->value_case = PROM_ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
    dimension->dim_param = text(onnx->arena, "H");
}
static void input_too_large(onnx_fixture *onnx)
{
    onnx->graph.input[0]->type->tensor_type->shape->dim[2]->dim_value = 1 << 24;
}
static void input_overflows(onnx_fixture *onnx)
{
    for (size_t i = 1; i < 4; i++) {
        onnx->graph.input[0]->type->tensor_type->shape->dim[i]->dim_value = INT64_C(1) << 40;
    }
}
static void computes_nothing(onnx_fixture *onnx)
{
    onnx->graph.n_node = 0;
    onnx->graph.output[0] = onnx->graph.input[0];
}
static void output_of_no_node(onnx_fixture *onnx)
{
    onnx->graph.n_node = 1;
}

static const onnx_refusal refusals[] = {
    {two_inputs, "the graph has 2 inputs, 1 is supported"},
    {no_input, "the graph has 0 inputs"},
    {two_outputs,
     "the graph has 2 outputs, 1 is supported: choose one of 'logits', 'hidden' with --end-at NAME, or cut"},
    {other_output, "the graph's output 'sum2' is declared as float32 Nx2x1, its nodes make float32 Nx2"},
    {output_of_another_shape, "the graph's output 'logits' is declared as float32 Nx3x1, its nodes make float32 Nx2x1"},
    {output_of_another_rank, "the graph's output 'logits' is declared as float32 Nx2, its nodes make float32 Nx2x1"},
    {output_without_type, "the graph's output: 'logits' is not declared as a tensor of float32"},
    {input_without_shape,
     "the graph's input: 'image' is not declared as a tensor of float32 (or, of a quantised model, of "
     "uint8 or int8) with a shape"},
    {input_of_bytes, "node 'fc1': it reads the integers 'flat'"},
    {input_of_words, "the graph's input: 'image' is not declared as a tensor of float32"},
    {input_of_rank_1, "'image' is declared with 1 dimension: the batch and 1 to 7 more are supported"},
    {input_of_rank_9, "'image' is declared with 9 dimensions"},
    {input_of_negative_size, "'image' is declared with a dimension of size -2"},
    {input_of_open_size, "the graph's input 'image' is declared as Nx1x0x2 (0: not fixed)"},
    {input_too_large, "declared as Nx1x16777216x2"},
    {input_overflows, "declared as Nx1099511627776x"},
    {computes_nothing, "the graph computes nothing"},
    {output_of_no_node, "the graph's output 'logits' is made by no node"},
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
