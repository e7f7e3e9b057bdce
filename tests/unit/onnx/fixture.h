/* A small ONNX model, built through the schema's own structures, so that a test can break one thing of it. */
#ifndef TEST_ONNX_FIXTURE_H
#define TEST_ONNX_FIXTURE_H

#include "onnx/onnx.pb-c.h"

#include "prometheus/onnx/reader.h"
#include "tensor/files.h"

enum { FIXTURE_MAX = 16 }; /* of anything in a list */

typedef struct onnx_fixture {
    prom_arena *arena;
    PromOnnx__ModelProto model;
    PromOnnx__GraphProto graph;
    PromOnnx__OperatorSetIdProto opset;
    PromOnnx__OperatorSetIdProto *opsets[1];
} onnx_fixture;

/* A string literal as the schema wants it. */
static inline char *text(prom_arena *arena, const char *literal)
{
    char *copy = new_bytes(arena, strlen(literal) + 1, 1);
    memcpy(copy, literal, strlen(literal) + 1);
    return copy;
}

static inline PromOnnx__NodeProto *add_node(onnx_fixture *onnx, const char *operator_name, const char *name,
                                            const char *output)
{
    PromOnnx__NodeProto *node = new_bytes(onnx->arena, 1, sizeof *node);
    prom_onnx__node_proto__init(node);
    node->input = new_bytes(onnx->arena, FIXTURE_MAX, sizeof *node->input);
    node->output = new_bytes(onnx->arena, FIXTURE_MAX, sizeof *node->output);
    node->attribute = new_bytes(onnx->arena, FIXTURE_MAX, sizeof *node->attribute);
    node->op_type = text(onnx->arena, operator_name);
    node->name = text(onnx->arena, name);
    node->output[node->n_output++] = text(onnx->arena, output);
    onnx->graph.node[onnx->graph.n_node++] = node;
    return node;
}

static inline void add_operand(onnx_fixture *onnx, PromOnnx__NodeProto *node, const char *name)
{
    node->input[node->n_input++] = text(onnx->arena, name);
}

static inline PromOnnx__AttributeProto *add_attribute(onnx_fixture *onnx, PromOnnx__NodeProto *node, const char *name)
{
    PromOnnx__AttributeProto *attribute = new_bytes(onnx->arena, 1, sizeof *attribute);
    prom_onnx__attribute_proto__init(attribute);
    attribute->name = text(onnx->arena, name);
    node->attribute[node->n_attribute++] = attribute;
    return attribute;
}

static inline void add_integer(onnx_fixture *onnx, PromOnnx__NodeProto *node, const char *name, int64_t value)
{
    PromOnnx__AttributeProto *attribute = add_attribute(onnx, node, name);
    attribute->has_i = 1;
    attribute->i = value;
}

static inline void add_number(onnx_fixture *onnx, PromOnnx__NodeProto *node, const char *name, float value)
{
    PromOnnx__AttributeProto *attribute = add_attribute(onnx, node, name);
    attribute->has_f = 1;
    attribute->f = value;
}

static inline PromOnnx__TensorProto *add_tensor(onnx_fixture *onnx, const char *name, size_t rank, const int64_t *dims)
{
    PromOnnx__TensorProto *tensor = new_bytes(onnx->arena, 1, sizeof *tensor);
    prom_onnx__tensor_proto__init(tensor);
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

static inline PromOnnx__TensorProto *add_floats(onnx_fixture *onnx, const char *name, size_t rank, const int64_t *dims,
                                                size_t count, const float *values)
{
    PromOnnx__TensorProto *tensor = add_tensor(onnx, name, rank, dims);
    tensor->data_type = PROM_ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT;
    tensor->n_float_data = count;
    tensor->float_data = new_bytes(onnx->arena, count, sizeof *values);
    memcpy(tensor->float_data, values, count * sizeof *values);
    return tensor;
}

static inline PromOnnx__TensorProto *add_target(onnx_fixture *onnx, const char *name, size_t count,
                                                const int64_t *values)
{
    const int64_t length = (int64_t)count;
    PromOnnx__TensorProto *tensor = add_tensor(onnx, name, 1, &length);
    tensor->data_type = PROM_ONNX__TENSOR_PROTO__DATA_TYPE__INT64;
    tensor->n_int64_data = count;
    tensor->int64_data = new_bytes(onnx->arena, count, sizeof *values);
    memcpy(tensor->int64_data, values, count * sizeof *values);
    return tensor;
}

/* Moves the list of floats to raw bytes, which is how most exporters write them. */
static inline void make_raw(onnx_fixture *onnx, PromOnnx__TensorProto *tensor)
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
static inline PromOnnx__ValueInfoProto *new_value(onnx_fixture *onnx, const char *name, size_t rank,
                                                  const int64_t *sizes)
{
    PromOnnx__ValueInfoProto *info = new_bytes(onnx->arena, 1, sizeof *info);
    PromOnnx__TypeProto *type = new_bytes(onnx->arena, 1, sizeof *type);
    PromOnnx__TypeProto__Tensor *tensor = new_bytes(onnx->arena, 1, sizeof *tensor);
    PromOnnx__TensorShapeProto *shape = new_bytes(onnx->arena, 1, sizeof *shape);
    prom_onnx__value_info_proto__init(info);
    prom_onnx__type_proto__init(type);
    prom_onnx__type_proto__tensor__init(tensor);
    prom_onnx__tensor_shape_proto__init(shape);
    info->name = text(onnx->arena, name);
    info->type = type;
    type->value_case = PROM_ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
    type->tensor_type = tensor;
    tensor->has_elem_type = 1;
    tensor->elem_type = PROM_ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT;
    tensor->shape = shape;
    shape->n_dim = rank;
    shape->dim = new_bytes(onnx->arena, FIXTURE_MAX, sizeof *shape->dim);
    for (size_t i = 0; i < rank; i++) {
        shape->dim[i] = new_bytes(onnx->arena, 1, sizeof *shape->dim[i]);
        prom_onnx__tensor_shape_proto__dimension__init(shape->dim[i]);
        if (sizes[i] == 0) {
            shape->dim[i]->value_case = PROM_ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
            shape->dim[i]->dim_param = text(onnx->arena, "N");
        } else {
            shape->dim[i]->value_case = PROM_ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
            shape->dim[i]->dim_value = sizes[i];
        }
    }
    return info;
}

/* Operator set 13 and an empty graph. */
static inline void fixture_init(onnx_fixture *onnx, prom_arena *arena)
{
    onnx->arena = arena;
    prom_onnx__model_proto__init(&onnx->model);
    prom_onnx__graph_proto__init(&onnx->graph);
    prom_onnx__operator_set_id_proto__init(&onnx->opset);
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
    const size_t length = prom_onnx__model_proto__get_packed_size(&onnx->model);
    uint8_t *bytes = new_bytes(onnx->arena, length, 1);
    assert_int_equal(prom_onnx__model_proto__pack(&onnx->model, bytes), length);
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
    PromOnnx__NodeProto *gemm = add_node(onnx, "Gemm", "fc1", "sum1");
    add_operand(onnx, gemm, "flat");
    add_operand(onnx, gemm, "w1");
    add_operand(onnx, gemm, "b1");
    add_operand(onnx, add_node(onnx, "Relu", "relu1", "hidden"), "sum1");
    PromOnnx__NodeProto *matmul = add_node(onnx, "MatMul", "fc2", "product");
    add_operand(onnx, matmul, "hidden");
    add_operand(onnx, matmul, "w2");
    PromOnnx__NodeProto *add = add_node(onnx, "Add", "add2", "sum2");
    add_operand(onnx, add, "product");
    add_operand(onnx, add, "b2");
    PromOnnx__NodeProto *reshape = add_node(onnx, "Reshape", "reshape", "logits");
    add_operand(onnx, reshape, "sum2");
    add_operand(onnx, reshape, "target");
}

/* What breaks one thing of the small model, and what the reader says of it. */
typedef struct onnx_refusal {
    void (*change)(onnx_fixture *onnx);
    const char *sentence;
} onnx_refusal;

static inline void refuse_each(const onnx_refusal *refusals, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        prom_arena arena;
        prom_arena_init(&arena, ARENA_BYTES);
        onnx_fixture onnx;
        prom_error error = {""};
        const prom_network *network = (const prom_network *)(const void *)&onnx;
        fixture_small(&onnx, &arena);
        refusals[i].change(&onnx);
        assert_refused(prom_onnx_read(&arena, &network, fixture_bytes(&onnx), &error), &error, refusals[i].sentence);
        assert_null(network);
        prom_arena_free(&arena);
    }
}

#endif
