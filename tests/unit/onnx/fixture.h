/* A small ONNX model, built through the schema's own structures, so that a test can break one thing of it. */
#ifndef TEST_ONNX_FIXTURE_H
#define TEST_ONNX_FIXTURE_H

#include "onnx/onnx.pb-c.h"

#include "tensor/files.h"

enum { FIXTURE_MAX = 16 }; /* of anything in a list */

typedef struct onnx_fixture {
    prom_arena *arena;
    Onnx__ModelProto model;
    Onnx__GraphProto graph;
    Onnx__OperatorSetIdProto opset;
    Onnx__OperatorSetIdProto *opsets[1];
} onnx_fixture;

/* A string literal as the schema wants it. */
static inline char *text(prom_arena *arena, const char *literal)
{
    char *copy = new_bytes(arena, strlen(literal) + 1, 1);
    memcpy(copy, literal, strlen(literal) + 1);
    return copy;
}

static inline Onnx__NodeProto *add_node(onnx_fixture *onnx, const char *operator_name, const char *name,
                                        const char *output)
{
    Onnx__NodeProto *node = new_bytes(onnx->arena, 1, sizeof *node);
    onnx__node_proto__init(node);
    node->input = new_bytes(onnx->arena, FIXTURE_MAX, sizeof *node->input);
    node->output = new_bytes(onnx->arena, FIXTURE_MAX, sizeof *node->output);
    node->attribute = new_bytes(onnx->arena, FIXTURE_MAX, sizeof *node->attribute);
    node->op_type = text(onnx->arena, operator_name);
    node->name = text(onnx->arena, name);
    node->output[node->n_output++] = text(onnx->arena, output);
    onnx->graph.node[onnx->graph.n_node++] = node;
    return node;
}

static inline void add_operand(onnx_fixture *onnx, Onnx__NodeProto *node, const char *name)
{
    node->input[node->n_input++] = text(onnx->arena, name);
}

static inline Onnx__AttributeProto *add_attribute(onnx_fixture *onnx, Onnx__NodeProto *node, const char *name)
{
    Onnx__AttributeProto *attribute = new_bytes(onnx->arena, 1, sizeof *attribute);
    onnx__attribute_proto__init(attribute);
    attribute->name = text(onnx->arena, name);
    node->attribute[node->n_attribute++] = attribute;
    return attribute;
}

static inline void add_integer(onnx_fixture *onnx, Onnx__NodeProto *node, const char *name, int64_t value)
{
    Onnx__AttributeProto *attribute = add_attribute(onnx, node, name);
    attribute->has_i = 1;
    attribute->i = value;
}

static inline void add_number(onnx_fixture *onnx, Onnx__NodeProto *node, const char *name, float value)
{
    Onnx__AttributeProto *attribute = add_attribute(onnx, node, name);
    attribute->has_f = 1;
    attribute->f = value;
}

static inline Onnx__TensorProto *add_tensor(onnx_fixture *onnx, const char *name, size_t rank, const int64_t *dims)
{
    Onnx__TensorProto *tensor = new_bytes(onnx->arena, 1, sizeof *tensor);
    onnx__tensor_proto__init(tensor);
    tensor->name = text(onnx->arena, name);
    tensor->n_dims = rank;
    tensor->dims = new_bytes(onnx->arena, FIXTURE_MAX, sizeof *tensor->dims);
    for (size_t i = 0; i < rank; i++) {
        tensor->dims[i] = dims[i];
    }
    tensor->has_data_type = 1;
    onnx->graph.initializer[onnx->graph.n_initializer++] = tensor;
    return tensor;
}

static inline Onnx__TensorProto *add_floats(onnx_fixture *onnx, const char *name, size_t rank, const int64_t *dims,
                                            size_t count, const float *values)
{
    Onnx__TensorProto *tensor = add_tensor(onnx, name, rank, dims);
    tensor->data_type = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT;
    tensor->n_float_data = count;
    tensor->float_data = new_bytes(onnx->arena, count, sizeof *values);
    memcpy(tensor->float_data, values, count * sizeof *values);
    return tensor;
}

static inline Onnx__TensorProto *add_target(onnx_fixture *onnx, const char *name, size_t count, const int64_t *values)
{
    const int64_t length = (int64_t)count;
    Onnx__TensorProto *tensor = add_tensor(onnx, name, 1, &length);
    tensor->data_type = ONNX__TENSOR_PROTO__DATA_TYPE__INT64;
    tensor->n_int64_data = count;
    tensor->int64_data = new_bytes(onnx->arena, count, sizeof *values);
    memcpy(tensor->int64_data, values, count * sizeof *values);
    return tensor;
}

/* Moves the list of floats to raw bytes, which is how most exporters write them. */
static inline void make_raw(onnx_fixture *onnx, Onnx__TensorProto *tensor)
{
    tensor->has_raw_data = 1;
    tensor->raw_data.len = tensor->n_float_data * sizeof(float);
    tensor->raw_data.data = new_bytes(onnx->arena, tensor->raw_data.len, 1);
    for (size_t i = 0; i < tensor->raw_data.len; i++) {
        uint32_t bits = 0;
        memcpy(&bits, &tensor->float_data[i / 4], sizeof bits);
        tensor->raw_data.data[i] = (uint8_t)(bits >> (8 * (i % 4)));
    }
    tensor->n_float_data = 0;
}

/* A size of 0 stands for the batch. */
static inline Onnx__ValueInfoProto *new_value(onnx_fixture *onnx, const char *name, size_t rank, const int64_t *sizes)
{
    Onnx__ValueInfoProto *info = new_bytes(onnx->arena, 1, sizeof *info);
    Onnx__TypeProto *type = new_bytes(onnx->arena, 1, sizeof *type);
    Onnx__TypeProto__Tensor *tensor = new_bytes(onnx->arena, 1, sizeof *tensor);
    Onnx__TensorShapeProto *shape = new_bytes(onnx->arena, 1, sizeof *shape);
    onnx__value_info_proto__init(info);
    onnx__type_proto__init(type);
    onnx__type_proto__tensor__init(tensor);
    onnx__tensor_shape_proto__init(shape);
    info->name = text(onnx->arena, name);
    info->type = type;
    type->value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
    type->tensor_type = tensor;
    tensor->has_elem_type = 1;
    tensor->elem_type = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT;
    tensor->shape = shape;
    shape->n_dim = rank;
    shape->dim = new_bytes(onnx->arena, FIXTURE_MAX, sizeof *shape->dim);
    for (size_t i = 0; i < rank; i++) {
        shape->dim[i] = new_bytes(onnx->arena, 1, sizeof *shape->dim[i]);
        onnx__tensor_shape_proto__dimension__init(shape->dim[i]);
        if (sizes[i] == 0) {
            shape->dim[i]->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
            shape->dim[i]->dim_param = text(onnx->arena, "N");
        } else {
            shape->dim[i]->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
            shape->dim[i]->dim_value = sizes[i];
        }
    }
    return info;
}

/* Operator set 13 and an empty graph. */
static inline void fixture_init(onnx_fixture *onnx, prom_arena *arena)
{
    onnx->arena = arena;
    onnx__model_proto__init(&onnx->model);
    onnx__graph_proto__init(&onnx->graph);
    onnx__operator_set_id_proto__init(&onnx->opset);
    onnx->model.has_ir_version = 1;
    onnx->model.ir_version = 7;
    onnx->model.graph = &onnx->graph;
    onnx->opset.has_version = 1;
    onnx->opset.version = 13;
    onnx->opsets[0] = &onnx->opset;
    onnx->model.n_opset_import = 1;
    onnx->model.opset_import = onnx->opsets;
    onnx->graph.name = text(arena, "test");
    onnx->graph.node = new_bytes(arena, FIXTURE_MAX, sizeof *onnx->graph.node);
    onnx->graph.initializer = new_bytes(arena, FIXTURE_MAX, sizeof *onnx->graph.initializer);
    onnx->graph.input = new_bytes(arena, FIXTURE_MAX, sizeof *onnx->graph.input);
    onnx->graph.output = new_bytes(arena, FIXTURE_MAX, sizeof *onnx->graph.output);
}

static inline void add_input(onnx_fixture *onnx, const char *name, size_t rank, const int64_t *sizes)
{
    onnx->graph.input[onnx->graph.n_input++] = new_value(onnx, name, rank, sizes);
}

static inline void add_output(onnx_fixture *onnx, const char *name, size_t rank, const int64_t *sizes)
{
    onnx->graph.output[onnx->graph.n_output++] = new_value(onnx, name, rank, sizes);
}

static inline prom_span fixture_bytes(const onnx_fixture *onnx)
{
    const size_t length = onnx__model_proto__get_packed_size(&onnx->model);
    uint8_t *bytes = new_bytes(onnx->arena, length, 1);
    assert_int_equal(onnx__model_proto__pack(&onnx->model, bytes), length);
    return prom_span_of(bytes, length);
}

/* The nodes and the initialisers of the small network, by their places. */
enum { FLATTEN, GEMM, RELU, MATMUL, ADD, RESHAPE };
enum { GEMM_WEIGHTS, GEMM_BIAS, MATMUL_WEIGHTS, ADD_BIAS, RESHAPE_TARGET };

/* Nx1x2x2, flattened; Gemm to 3; Relu; MatMul and Add to 2; reshaped to Nx2x1. */
static inline void fixture_small(onnx_fixture *onnx, prom_arena *arena)
{
    static const float gemm_weights[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    static const float gemm_bias[] = {0.5F, -0.5F, 1};
    static const float matmul_weights[] = {1, -1, 2, -2, 3, -3};
    static const float add_bias[] = {10, 20};
    static const int64_t target[] = {0, 2, 1};
    fixture_init(onnx, arena);
    add_input(onnx, "image", 4, (const int64_t[]){0, 1, 2, 2});
    add_output(onnx, "logits", 3, (const int64_t[]){0, 2, 1});
    add_floats(onnx, "w1", 2, (const int64_t[]){4, 3}, 12, gemm_weights);
    add_floats(onnx, "b1", 1, (const int64_t[]){3}, 3, gemm_bias);
    add_floats(onnx, "w2", 2, (const int64_t[]){3, 2}, 6, matmul_weights);
    add_floats(onnx, "b2", 1, (const int64_t[]){2}, 2, add_bias);
    add_target(onnx, "target", 3, target);
    add_operand(onnx, add_node(onnx, "Flatten", "flatten", "flat"), "image");
    Onnx__NodeProto *gemm = add_node(onnx, "Gemm", "fc1", "sum1");
    add_operand(onnx, gemm, "flat");
    add_operand(onnx, gemm, "w1");
    add_operand(onnx, gemm, "b1");
    add_operand(onnx, add_node(onnx, "Relu", "relu1", "hidden"), "sum1");
    Onnx__NodeProto *matmul = add_node(onnx, "MatMul", "fc2", "product");
    add_operand(onnx, matmul, "hidden");
    add_operand(onnx, matmul, "w2");
    Onnx__NodeProto *add = add_node(onnx, "Add", "add2", "sum2");
    add_operand(onnx, add, "product");
    add_operand(onnx, add, "b2");
    Onnx__NodeProto *reshape = add_node(onnx, "Reshape", "reshape", "logits");
    add_operand(onnx, reshape, "sum2");
    add_operand(onnx, reshape, "target");
}

#endif
