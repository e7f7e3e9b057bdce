#include "onnx/graph.h"

#include <stdlib.h>
#include <string.h>

enum {
    NODES_MAX = 4096,
    CONSTANTS_MAX = 32768,
    VALUE_NAME_MAX = 4095, /* what keeps looking a name up cheap */
};

/* -- Names -- */

static int compare_values(const void *a, const void *b)
{
    return strcmp(((const prom_onnx_value *)a)->name, ((const prom_onnx_value *)b)->name);
}

prom_onnx_value *prom_onnx_find(const prom_onnx_reader *reader, const char *name)
{
    const prom_onnx_value key = {.name = name != NULL ? name : ""};
    return bsearch(&key, reader->values, reader->value_count, sizeof key, compare_values);
}

prom_onnx_label prom_onnx_node_label(const PromOnnx__NodeProto *node)
{
    const bool has_name = !prom_onnx_same(node->name, "") || node->n_output == 0;
    return prom_onnx_label_of(has_name ? node->name : node->output[0]);
}

/* Not empty, and short enough to be looked for thousands of times. */
static prom_result check_name(const char *name, prom_error *error)
{
    if (name == NULL || name[0] == '\0' || strlen(name) > VALUE_NAME_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the graph has a value whose name is empty, or longer than %d characters", VALUE_NAME_MAX);
    }
    return prom_ok();
}

static prom_result check_limits(const PromOnnx__GraphProto *graph, prom_error *error)
{
    if (graph->n_node > NODES_MAX || graph->n_initializer > CONSTANTS_MAX || graph->n_input > CONSTANTS_MAX + 1) {
        return prom_fail(
            error, PROM_CATEGORY_BAD_INPUT,
            "the graph has %zu nodes, %zu initialisers and %zu inputs: at most %d, %d and %d are supported",
            graph->n_node, graph->n_initializer, graph->n_input, NODES_MAX, CONSTANTS_MAX, CONSTANTS_MAX + 1);
    }
    return prom_ok();
}

static size_t count_outputs(const PromOnnx__GraphProto *graph)
{
    size_t count = 0;
    for (size_t i = 0; i < graph->n_node; i++) {
        count += graph->node[i]->n_output;
    }
    return count;
}

static prom_result add_value(prom_onnx_reader *reader, const prom_onnx_value *value, prom_error *error)
{
    PROM_TRY(check_name(value->name, error));
    reader->values[reader->value_count++] = *value;
    return prom_ok();
}

static prom_result list_values(prom_onnx_reader *reader, prom_error *error)
{
    const PromOnnx__GraphProto *graph = reader->graph;
    for (size_t i = 0; i < graph->n_initializer; i++) {
        const prom_onnx_value value = {.name = graph->initializer[i]->name,
                                       .kind = PROM_ONNX_INITIALISER,
                                       .proto = graph->initializer[i],
                                       .node = SIZE_MAX};
        PROM_TRY(add_value(reader, &value, error));
    }
    for (size_t i = 0; i < graph->n_node; i++) {
        for (size_t o = 0; o < graph->node[i]->n_output; o++) {
            const prom_onnx_value value = {.name = graph->node[i]->output[o], .node = i, .output = o};
            if (o == 0 || !prom_onnx_same(value.name, "")) { /* an output behind the first may be left out */
                PROM_TRY(add_value(reader, &value, error));
            }
        }
    }
    return prom_ok();
}

/* Initialisers may be listed as inputs too: before IR version 4 they had to be. */
static prom_result list_inputs(prom_onnx_reader *reader, prom_error *error)
{
    const PromOnnx__GraphProto *graph = reader->graph;
    const size_t others = reader->value_count;
    qsort(reader->values, others, sizeof *reader->values, compare_values);
    for (size_t i = 0; i < graph->n_input; i++) {
        const prom_onnx_value key = {.name = graph->input[i]->name, .node = SIZE_MAX};
        PROM_TRY(check_name(key.name, error));
        const prom_onnx_value *found = bsearch(&key, reader->values, others, sizeof key, compare_values);
        if (found == NULL || found->kind != PROM_ONNX_INITIALISER) {
            PROM_TRY(add_value(reader, &key, error));
        }
    }
    qsort(reader->values, reader->value_count, sizeof *reader->values, compare_values);
    for (size_t i = 1; i < reader->value_count; i++) {
        if (strcmp(reader->values[i - 1].name, reader->values[i].name) == 0) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the graph has two values named '%s'",
                             prom_onnx_label_of(reader->values[i].name).text);
        }
    }
    return prom_ok();
}

/* -- What is needed -- */

bool prom_onnx_is_needed(const prom_onnx_reader *reader, const PromOnnx__NodeProto *node)
{
    for (size_t i = 0; i < node->n_output; i++) {
        const prom_onnx_value *value = prom_onnx_find(reader, node->output[i]);
        if (value != NULL && value->needed) {
            return true;
        }
    }
    return false;
}

static bool is_quantiser(const PromOnnx__NodeProto *node)
{
    return prom_onnx_same(node->op_type, "QuantizeLinear") && node->n_input >= 2;
}

/* Two nodes that give a value the same integers. */
static bool same_quantiser(const PromOnnx__NodeProto *a, const PromOnnx__NodeProto *b)
{
    return is_quantiser(a) && is_quantiser(b) && prom_onnx_same(a->input[1], b->input[1]) &&
           prom_onnx_same(a->n_input > 2 ? a->input[2] : "", b->n_input > 2 ? b->input[2] : "");
}

static void use(const prom_onnx_reader *reader, prom_onnx_value *value, size_t at)
{
    const PromOnnx__GraphProto *graph = reader->graph;
    value->needed = true;
    if (value->uses == 0) {
        value->first = at;
    } else if (value->first != SIZE_MAX &&
               (at == SIZE_MAX || !same_quantiser(graph->node[value->first], graph->node[at]))) {
        value->first = SIZE_MAX;
    }
    value->uses++;
}

/* One pass from the last node to the first does, where each node stands behind those that it reads. Where one does not,
 * that is found when it is read. */
static prom_result find_needed(prom_onnx_reader *reader, prom_error *error)
{
    const PromOnnx__GraphProto *graph = reader->graph;
    PROM_TRY(prom_onnx_find_output(reader, error));
    use(reader, reader->output, SIZE_MAX);
    for (size_t at = graph->n_node; at-- > 0;) {
        const PromOnnx__NodeProto *node = graph->node[at];
        const size_t operands = prom_onnx_is_needed(reader, node) ? node->n_input : 0;
        for (size_t i = 0; i < operands; i++) {
            prom_onnx_value *value = prom_onnx_find(reader, node->input[i]);
            if (value != NULL) {
                use(reader, value, at);
            }
        }
    }
    return prom_ok();
}

prom_result prom_onnx_graph_init(prom_onnx_reader *reader, prom_error *error)
{
    const PromOnnx__GraphProto *graph = reader->graph;
    PROM_TRY(check_limits(graph, error));
    PROM_TRY_NEW(reader->values, reader->scratch, graph->n_initializer + graph->n_input + count_outputs(graph), error);
    PROM_TRY(list_values(reader, error));
    PROM_TRY(list_inputs(reader, error));
    return find_needed(reader, error);
}

/* -- Operands -- */

bool prom_onnx_has(const prom_onnx_node *node, size_t at)
{
    return at < node->proto->n_input && !prom_onnx_same(node->proto->input[at], "");
}

/* Why the node cannot read what no node before it makes. */
static prom_result explain_unmade(const prom_onnx_node *node, const char *name, const prom_onnx_value *value,
                                  prom_error *error)
{
    const prom_onnx_label label = prom_onnx_label_of(name);
    if (value == NULL || value->node == SIZE_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "it reads '%s', which is no initialiser, no input and no node's output", label.text);
    }
    if (value->node >= node->at) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "it reads '%s' before a node makes it: the graph has a cycle, or its nodes are out of order",
                         label.text);
    }
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                     "it reads '%s', output number %zu of its node: only first outputs are supported", label.text,
                     value->output + 1);
}

static prom_result read_initialiser(prom_onnx_reader *reader, const prom_onnx_value *value, prom_error *error)
{
    prom_span data;
    if (!prom_onnx_is_external(value->proto)) {
        return prom_onnx_constant_read(reader->folded, value->constant, value->proto, NULL, error);
    }
    PROM_TRY(prom_onnx_external_data(reader, &data, value->proto, error));
    return prom_onnx_constant_read(reader->folded, value->constant, value->proto, &data, error);
}

static prom_result operand(prom_onnx_reader *reader, prom_onnx_value **found, const prom_onnx_node *node, size_t at,
                           prom_error *error)
{
    *found = NULL;
    if (!prom_onnx_has(node, at)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "its input %zu is left out", at);
    }
    const char *name = node->proto->input[at];
    prom_onnx_value *value = prom_onnx_find(reader, name);
    if (value == NULL || value->kind == PROM_ONNX_UNMADE) {
        return explain_unmade(node, name, value, error);
    }
    if (value->kind == PROM_ONNX_INITIALISER) {
        PROM_TRY_NEW(value->constant, reader->scratch, 1, error);
        PROM_TRY(
            prom_within(read_initialiser(reader, value, error), error, "constant '%s'", prom_onnx_label_of(name).text));
        value->kind = PROM_ONNX_CONSTANT;
    }
    *found = value;
    return prom_ok();
}

prom_result prom_onnx_is_constant(prom_onnx_reader *reader, bool *is_constant, const prom_onnx_node *node, size_t at,
                                  prom_error *error)
{
    prom_onnx_value *value = NULL;
    *is_constant = false;
    PROM_TRY(operand(reader, &value, node, at, error));
    *is_constant = value->kind == PROM_ONNX_CONSTANT;
    return prom_ok();
}

prom_result prom_onnx_constant_at(prom_onnx_reader *reader, const prom_onnx_constant **constant,
                                  const prom_onnx_node *node, size_t at, prom_error *error)
{
    prom_onnx_value *value = NULL;
    *constant = NULL;
    PROM_TRY(operand(reader, &value, node, at, error));
    if (value->kind != PROM_ONNX_CONSTANT) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "it reads '%s' where only a constant is supported",
                         prom_onnx_label_of(value->name).text);
    }
    *constant = value->constant;
    return prom_ok();
}

prom_result prom_onnx_reals_at(prom_onnx_reader *reader, const prom_onnx_constant **constant,
                               const prom_onnx_node *node, size_t at, prom_error *error)
{
    PROM_TRY(prom_onnx_constant_at(reader, constant, node, at, error));
    if (!prom_onnx_is_real(*constant)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "constant '%s' holds %s values, it should hold float32",
                         prom_onnx_label_of(node->proto->input[at]).text, prom_dtype_name((*constant)->tensor.dtype));
    }
    return prom_ok();
}

prom_result prom_onnx_list_at(prom_onnx_reader *reader, const prom_onnx_constant **constant, const prom_onnx_node *node,
                              size_t at, prom_error *error)
{
    PROM_TRY(prom_onnx_constant_at(reader, constant, node, at, error));
    const prom_tensor *tensor = &(*constant)->tensor;
    const bool is_integer = tensor->dtype == PROM_DTYPE_I64 || tensor->dtype == PROM_DTYPE_I32;
    if (!is_integer || (*constant)->scale_count > 0 || tensor->shape.rank > 1) {
        char shape[PROM_SHAPE_TEXT];
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "constant '%s' holds %s values in shape %s, it should be a list of int64",
                         prom_onnx_label_of(node->proto->input[at]).text, prom_dtype_name(tensor->dtype),
                         prom_shape_text(shape, &tensor->shape));
    }
    return prom_ok();
}

prom_result prom_onnx_any_at(prom_onnx_reader *reader, prom_onnx_activation *activation, const prom_onnx_node *node,
                             size_t at, prom_error *error)
{
    prom_onnx_value *value = NULL;
    PROM_TRY(operand(reader, &value, node, at, error));
    if (value->kind != PROM_ONNX_ACTIVATION) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "it reads the constant '%s' where only what the network computes is supported",
                         prom_onnx_label_of(value->name).text);
    }
    *activation = value->activation;
    return prom_ok();
}

prom_result prom_onnx_each_at(prom_onnx_reader *reader, prom_onnx_activation *activation, const prom_onnx_node *node,
                              size_t at, prom_error *error)
{
    PROM_TRY(prom_onnx_any_at(reader, activation, node, at, error));
    return activation->stored ? prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                                          "it reads the integers '%s': a DequantizeLinear should stand before it",
                                          prom_onnx_label_of(node->proto->input[at]).text)
                              : prom_ok();
}

static prom_result check_axes(const prom_onnx_activation *activation, const prom_onnx_node *node, size_t at,
                              prom_error *error)
{
    return activation->single ? prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                                          "it reads '%s', one value for each item without an axis, which only "
                                          "operators on each value by itself are supported for",
                                          prom_onnx_label_of(node->proto->input[at]).text)
                              : prom_ok();
}

prom_result prom_onnx_activation_at(prom_onnx_reader *reader, prom_onnx_activation *activation,
                                    const prom_onnx_node *node, size_t at, prom_error *error)
{
    PROM_TRY(prom_onnx_any_at(reader, activation, node, at, error));
    return check_axes(activation, node, at, error);
}

prom_result prom_onnx_floats_at(prom_onnx_reader *reader, prom_build_value *value, const prom_onnx_node *node,
                                size_t at, prom_error *error)
{
    prom_onnx_activation activation = {.stored = false};
    PROM_TRY(prom_onnx_each_at(reader, &activation, node, at, error));
    *value = activation.value;
    return check_axes(&activation, node, at, error);
}

/* -- Results -- */

void prom_onnx_give(prom_onnx_reader *reader, const prom_onnx_node *node, prom_onnx_activation activation)
{
    prom_onnx_value *value = prom_onnx_find(reader, node->proto->output[0]);
    value->kind = PROM_ONNX_ACTIVATION;
    value->activation = activation;
    value->activation.value.sole = activation.value.sole && (value->uses == 1 || value->first != SIZE_MAX);
}

void prom_onnx_give_floats(prom_onnx_reader *reader, const prom_onnx_node *node, prom_build_value value)
{
    prom_onnx_give(reader, node, (prom_onnx_activation){.value = value});
}

prom_result prom_onnx_give_constant(prom_onnx_reader *reader, const prom_onnx_node *node,
                                    const prom_onnx_constant *constant, prom_error *error)
{
    prom_onnx_value *value = prom_onnx_find(reader, node->proto->output[0]);
    PROM_TRY_NEW(value->constant, reader->scratch, 1, error);
    *value->constant = *constant;
    value->kind = PROM_ONNX_CONSTANT;
    return prom_ok();
}
