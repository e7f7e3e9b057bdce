#include "prometheus/model/onnx.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "onnx_constant.h"
#include "onnx_decode.h"
#include "prometheus/model/program.h"

enum {
    /* What keeps looking a name up by going through all of them cheap, whatever the file. */
    NODES_MOST = 1024,
    CONSTANTS_MOST = 4096,
    NAME_MOST = 255,
};

/* The chain as far as it is read. */
typedef struct onnx_chain {
    prom_arena *scratch;
    prom_arena *arena;
    const Onnx__GraphProto *graph;
    prom_network *network;
    size_t at;         /* the node being read */
    const char *value; /* the name of what the nodes before it make */
    prom_shape shape;  /* its shape, of one item */
    size_t batch;      /* items at a time that the input is declared for; 0 where any number is */
} onnx_chain;

static const Onnx__TensorProto *find_initializer(const Onnx__GraphProto *graph, const char *name)
{
    for (size_t i = 0; i < graph->n_initializer; i++) {
        if (prom_onnx_same(graph->initializer[i]->name, name)) {
            return graph->initializer[i];
        }
    }
    return NULL;
}

/* Why the node being read can not take `name` where `wanted` is what it could take. */
static prom_result explain_operand(const onnx_chain *chain, const char *name, const char *wanted, prom_error *error)
{
    const Onnx__GraphProto *graph = chain->graph;
    const prom_onnx_label label = prom_onnx_label_of(name);
    bool exists = find_initializer(graph, name) != NULL;
    for (size_t i = 0; i < graph->n_input; i++) {
        exists = exists || prom_onnx_same(graph->input[i]->name, name);
    }
    for (size_t i = 0; i < graph->n_node; i++) {
        if (!prom_onnx_same(graph->node[i]->output[0], name)) {
            continue;
        }
        if (i >= chain->at) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "it reads '%s' before a node makes it: the graph has a cycle, or its nodes are out of "
                             "order",
                             label.text);
        }
        exists = true;
    }
    if (!exists) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "it reads '%s', which is no initialiser, no input and no node's output", label.text);
    }
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                     "it reads '%s' where only %s is supported: the graph must be a "
                     "chain",
                     label.text, wanted);
}

/* The name of a node for people: many exporters leave it empty, and what it makes says as much. */
static prom_onnx_label node_label(const Onnx__NodeProto *node)
{
    return prom_onnx_label_of(prom_onnx_same(node->name, "") ? node->output[0] : node->name);
}

static prom_result check_data(const onnx_chain *chain, const char *name, prom_error *error)
{
    if (prom_onnx_same(name, chain->value)) {
        return prom_ok();
    }
    return explain_operand(chain, name, "what the node before it makes", error);
}

static prom_result read_constant(const onnx_chain *chain, prom_tensor *tensor, const char *name, prom_dtype dtype,
                                 prom_error *error)
{
    const Onnx__TensorProto *proto = find_initializer(chain->graph, name);
    if (proto == NULL) {
        return explain_operand(chain, name, "a constant", error);
    }
    return prom_onnx_constant(chain->scratch, tensor, proto, dtype, error);
}

static prom_network_layer *last_layer(const onnx_chain *chain)
{
    const prom_network *network = chain->network;
    return network->layer_count > 0 ? &network->layers[network->layer_count - 1] : NULL;
}

static prom_result check_finite(const float *values, size_t count, const char *what, prom_error *error)
{
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(values[i])) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s %zu is not a finite number", what, i);
        }
    }
    return prom_ok();
}

/* biases += factor * the constant `name`, which is one value, or one for each output. */
static prom_result add_bias(const onnx_chain *chain, prom_network_layer *layer, const char *name, float factor,
                            prom_error *error)
{
    prom_tensor bias = {0};
    PROM_TRY(read_constant(chain, &bias, name, PROM_DTYPE_F32, error));
    const size_t rank = bias.shape.rank;
    const size_t last = rank > 0 ? bias.shape.sizes[rank - 1] : 1;
    if (rank > 2 || bias.count != last || (last != 1 && last != layer->outputs)) {
        char shape[PROM_SHAPE_TEXT];
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "it adds a constant of shape %s to Nx%zu",
                         prom_shape_text(shape, &bias.shape), layer->outputs);
    }
    const float *values = bias.data;
    for (size_t o = 0; o < layer->outputs; o++) {
        layer->biases[o] += factor * values[last == 1 ? 0 : o];
    }
    return check_finite(layer->biases, layer->outputs, "bias", error);
}

/* Appends values * factor * matrix, or its transpose, to the network. */
static prom_result add_dense(onnx_chain *chain, const Onnx__NodeProto *node, float factor, bool transposed,
                             prom_error *error)
{
    char shape[PROM_SHAPE_TEXT];
    prom_tensor matrix = {0};
    PROM_TRY(check_data(chain, node->input[0], error));
    PROM_TRY(read_constant(chain, &matrix, node->input[1], PROM_DTYPE_F32, error));
    if (matrix.shape.rank != 2 || matrix.count == 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "its weights have shape %s, not rows and columns",
                         prom_shape_text(shape, &matrix.shape));
    }
    const size_t inputs = matrix.shape.sizes[transposed ? 1 : 0];
    const size_t outputs = matrix.shape.sizes[transposed ? 0 : 1];
    if (chain->shape.rank != 1 || chain->shape.sizes[0] != inputs) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "it gets %s, but its weights take Nx%zu and make Nx%zu",
                         prom_shape_batch_text(shape, &chain->shape), inputs, outputs);
    }
    prom_network_layer *layer = &chain->network->layers[chain->network->layer_count];
    const prom_onnx_label label = node_label(node);
    *layer = (prom_network_layer){.inputs = inputs, .outputs = outputs};
    memcpy(layer->name, label.text, sizeof layer->name);
    PROM_TRY_NEW(layer->weights, chain->arena, matrix.count, error);
    PROM_TRY_NEW(layer->biases, chain->arena, outputs, error);
    const float *values = matrix.data;
    for (size_t o = 0; o < outputs; o++) {
        for (size_t i = 0; i < inputs; i++) {
            layer->weights[o * inputs + i] = factor * values[transposed ? o * inputs + i : i * outputs + o];
        }
    }
    chain->network->layer_count++;
    chain->shape = (prom_shape){1, {outputs}};
    return check_finite(layer->weights, matrix.count, "weight", error);
}

static prom_result read_gemm(onnx_chain *chain, const Onnx__NodeProto *node, prom_error *error)
{
    enum { ALPHA, BETA, TRANSPOSE_A, TRANSPOSE_B };
    prom_onnx_attribute known[] = {
        {"alpha", true, 1, 0}, {"beta", true, 1, 0}, {"transA", false, 0, 0}, {"transB", false, 0, 0}};
    PROM_TRY(prom_onnx_attributes(known, sizeof known / sizeof known[0], node, error));
    if (known[TRANSPOSE_A].integer != 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "transA is not supported: it would mix the items of a batch");
    }
    PROM_TRY(add_dense(chain, node, known[ALPHA].number, known[TRANSPOSE_B].integer != 0, error));
    if (node->n_input < 3 || prom_onnx_same(node->input[2], "")) {
        return prom_ok();
    }
    return add_bias(chain, last_layer(chain), node->input[2], known[BETA].number, error);
}

static prom_result read_matmul(onnx_chain *chain, const Onnx__NodeProto *node, prom_error *error)
{
    PROM_TRY(prom_onnx_attributes(NULL, 0, node, error));
    return add_dense(chain, node, 1, false, error);
}

static prom_result read_add(onnx_chain *chain, const Onnx__NodeProto *node, prom_error *error)
{
    PROM_TRY(prom_onnx_attributes(NULL, 0, node, error));
    const size_t data = find_initializer(chain->graph, node->input[0]) != NULL ? 1 : 0;
    PROM_TRY(check_data(chain, node->input[data], error));
    prom_network_layer *layer = last_layer(chain);
    if (layer == NULL || layer->relu || chain->shape.rank != 1) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "an Add is supported right after a Gemm or MatMul only");
    }
    return add_bias(chain, layer, node->input[1 - data], 1, error);
}

static prom_result read_relu(onnx_chain *chain, const Onnx__NodeProto *node, prom_error *error)
{
    PROM_TRY(prom_onnx_attributes(NULL, 0, node, error));
    PROM_TRY(check_data(chain, node->input[0], error));
    if (last_layer(chain) == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "a Relu is supported after a Gemm or MatMul only");
    }
    last_layer(chain)->relu = true;
    return prom_ok();
}

/* The number of values in an item, which was found to fit when the value was made. */
static size_t value_count(const onnx_chain *chain)
{
    size_t count = 0;
    return prom_shape_count(&count, &chain->shape) ? count : 0;
}

static prom_result read_flatten(onnx_chain *chain, const Onnx__NodeProto *node, prom_error *error)
{
    prom_onnx_attribute axis = {"axis", false, 0, 1};
    PROM_TRY(prom_onnx_attributes(&axis, 1, node, error));
    PROM_TRY(check_data(chain, node->input[0], error));
    if (axis.integer != 1 && axis.integer != -(int64_t)chain->shape.rank) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "axis %lld is not supported: the batch must stay apart, axis 1", (long long)axis.integer);
    }
    chain->shape = (prom_shape){1, {value_count(chain)}};
    return prom_ok();
}

/* The shape of an item after a Reshape to `target`, or false. 0 copies the dimension at its place, one -1 is what is
 * left over (ONNX, Reshape). */
static bool reshaped(prom_shape *item, const onnx_chain *chain, const prom_tensor *target)
{
    const int64_t *sizes = target->data;
    const size_t count = value_count(chain);
    size_t made = 0;
    size_t open = 0; /* the place of the -1; 0, the batch's, for none */
    if (target->shape.rank != 1 || target->count < 2 || target->count > PROM_RANK_MOST ||
        (sizes[0] != 0 && sizes[0] != -1 && (chain->batch == 0 || sizes[0] != (int64_t)chain->batch))) {
        return false;
    }
    *item = (prom_shape){.rank = target->count - 1};
    for (size_t i = 1; i < target->count; i++) {
        const bool copied = sizes[i] == 0 && i <= chain->shape.rank;
        const bool left_over = sizes[i] == -1 && open == 0 && sizes[0] != -1;
        if (!copied && !left_over && (sizes[i] < 1 || sizes[i] > PROM_PROGRAM_VALUES_MOST)) {
            return false;
        }
        item->sizes[i - 1] = copied ? chain->shape.sizes[i - 1] : left_over ? 1 : (size_t)sizes[i];
        open = left_over ? i : open;
    }
    if (!prom_shape_count(&made, item) || count % made != 0) {
        return false;
    }
    if (open != 0) {
        item->sizes[open - 1] = count / made;
        made = count;
    }
    return made == count;
}

static prom_result read_reshape(onnx_chain *chain, const Onnx__NodeProto *node, prom_error *error)
{
    prom_onnx_attribute allow_zero = {"allowzero", false, 0, 0};
    prom_tensor target = {0};
    prom_shape item = {0};
    PROM_TRY(prom_onnx_attributes(&allow_zero, 1, node, error));
    PROM_TRY(check_data(chain, node->input[0], error));
    PROM_TRY(read_constant(chain, &target, node->input[1], PROM_DTYPE_I64, error));
    if (allow_zero.integer != 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "allowzero is not supported");
    }
    if (!reshaped(&item, chain, &target)) {
        char shape[PROM_SHAPE_TEXT];
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "its target shape does not fit %s: it must keep the batch first, and the number of values of "
                         "an item",
                         prom_shape_batch_text(shape, &chain->shape));
    }
    chain->shape = item;
    return prom_ok();
}

typedef struct onnx_operator {
    const char *name;
    size_t inputs_least;
    size_t inputs_most;
    prom_result (*read)(onnx_chain *chain, const Onnx__NodeProto *node, prom_error *error);
} onnx_operator;

static const onnx_operator operators[] = {
    {"Gemm", 2, 3, read_gemm}, {"MatMul", 2, 2, read_matmul},   {"Add", 2, 2, read_add},
    {"Relu", 1, 1, read_relu}, {"Flatten", 1, 1, read_flatten}, {"Reshape", 2, 2, read_reshape},
};
#define OPERATOR_COUNT (sizeof operators / sizeof operators[0])

static bool is_default_domain(const char *domain)
{
    return prom_onnx_same(domain, "") || prom_onnx_same(domain, "ai.onnx");
}

static prom_result find_operator(const onnx_operator **found, const Onnx__NodeProto *node, prom_error *error)
{
    char supported[128] = "";
    for (size_t i = 0; i < OPERATOR_COUNT; i++) {
        if (is_default_domain(node->domain) && prom_onnx_same(node->op_type, operators[i].name)) {
            *found = &operators[i];
            return prom_ok();
        }
        const size_t at = strlen(supported);
        (void)snprintf(supported + at, sizeof supported - at, "%s%s", i > 0 ? ", " : "", operators[i].name);
    }
    const prom_onnx_label domain = prom_onnx_label_of(is_default_domain(node->domain) ? "" : node->domain);
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "operator '%s%s%s' is not supported; supported are: %s",
                     domain.text, domain.text[0] != '\0' ? "." : "", prom_onnx_label_of(node->op_type).text, supported);
}

static prom_result read_node(onnx_chain *chain, const Onnx__NodeProto *node, prom_error *error)
{
    const onnx_operator *handler = NULL;
    PROM_TRY(find_operator(&handler, node, error));
    if (node->n_input < handler->inputs_least || node->n_input > handler->inputs_most) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "it has %zu inputs, %s takes %zu to %zu", node->n_input,
                         handler->name, handler->inputs_least, handler->inputs_most);
    }
    PROM_TRY(handler->read(chain, node, error));
    chain->value = node->output[0];
    return prom_ok();
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Every name has one meaning. */
static prom_result check_names(const onnx_chain *chain, prom_error *error)
{
    const Onnx__GraphProto *graph = chain->graph;
    const char **names = NULL;
    size_t count = 0;
    PROM_TRY_NEW(names, chain->scratch, graph->n_initializer + graph->n_node + 1, error);
    names[count++] = chain->value;
    for (size_t i = 0; i < graph->n_initializer; i++) {
        names[count++] = graph->initializer[i]->name;
    }
    for (size_t i = 0; i < graph->n_node; i++) {
        names[count++] = graph->node[i]->output[0];
    }
    qsort(names, count, sizeof *names, compare_names);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && strcmp(names[i - 1], names[i]) == 0) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the graph has two values named '%s'",
                             prom_onnx_label_of(names[i]).text);
        }
    }
    return prom_ok();
}

/* Not empty, and short enough to be looked for thousands of times. */
static prom_result check_name(const char *name, prom_error *error)
{
    if (name == NULL || name[0] == '\0' || strlen(name) > NAME_MOST) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the graph has a value whose name is empty, or longer than %d characters", NAME_MOST);
    }
    return prom_ok();
}

static prom_result check_limits(const Onnx__GraphProto *graph, prom_error *error)
{
    if (graph->n_node > NODES_MOST || graph->n_initializer > CONSTANTS_MOST || graph->n_input > CONSTANTS_MOST + 1) {
        return prom_fail(
            error, PROM_CATEGORY_BAD_INPUT,
            "the graph has %zu nodes, %zu initialisers and %zu inputs: at most %d, %d and %d are supported",
            graph->n_node, graph->n_initializer, graph->n_input, NODES_MOST, CONSTANTS_MOST, CONSTANTS_MOST + 1);
    }
    for (size_t i = 0; i < graph->n_node; i++) {
        if (graph->node[i]->n_output != 1) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "node '%s': it has %zu outputs, 1 is supported",
                             prom_onnx_label_of(graph->node[i]->name).text, graph->node[i]->n_output);
        }
        PROM_TRY(check_name(graph->node[i]->output[0], error));
    }
    for (size_t i = 0; i < graph->n_initializer; i++) {
        PROM_TRY(check_name(graph->initializer[i]->name, error));
    }
    for (size_t i = 0; i < graph->n_input; i++) {
        PROM_TRY(check_name(graph->input[i]->name, error));
    }
    return prom_ok();
}

/* The one input that is no initialiser; before IR version 4 those had to be listed as inputs too. */
static prom_result read_input(onnx_chain *chain, prom_error *error)
{
    const Onnx__GraphProto *graph = chain->graph;
    const Onnx__ValueInfoProto *input = NULL;
    size_t inputs = 0;
    prom_shape declared;
    for (size_t i = 0; i < graph->n_input; i++) {
        if (find_initializer(graph, graph->input[i]->name) == NULL) {
            input = graph->input[i];
            inputs++;
        }
    }
    if (inputs != 1) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the graph has %zu inputs, 1 is supported", inputs);
    }
    PROM_TRY(prom_within(prom_onnx_declared_shape(&declared, input, error), error, "the graph's input"));
    chain->value = input->name;
    chain->batch = declared.sizes[0];
    chain->shape.rank = declared.rank - 1;
    memcpy(chain->shape.sizes, declared.sizes + 1, chain->shape.rank * sizeof declared.sizes[0]);
    chain->network->input_shape = chain->shape;
    size_t *count = &chain->network->input_count;
    if (!prom_shape_count(count, &chain->shape) || *count == 0 || *count > PROM_PROGRAM_VALUES_MOST) {
        char shape[PROM_SHAPE_TEXT];
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the graph's input '%s' is declared as %s (0: not fixed): an item must have a fixed shape of "
                         "1 to %u values",
                         prom_onnx_label_of(input->name).text, prom_shape_batch_text(shape, &chain->shape),
                         PROM_PROGRAM_VALUES_MOST);
    }
    return prom_ok();
}

static prom_result check_output(onnx_chain *chain, prom_error *error)
{
    const Onnx__GraphProto *graph = chain->graph;
    prom_shape declared;
    if (graph->n_output != 1) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the graph has %zu outputs, 1 is supported", graph->n_output);
    }
    const prom_onnx_label label = prom_onnx_label_of(graph->output[0]->name);
    if (!prom_onnx_same(graph->output[0]->name, chain->value)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the graph's output '%s' is not what its last node makes",
                         label.text);
    }
    PROM_TRY(prom_within(prom_onnx_declared_shape(&declared, graph->output[0], error), error, "the graph's output"));
    bool fits = declared.rank == chain->shape.rank + 1;
    for (size_t i = 0; fits && i < chain->shape.rank; i++) {
        fits = declared.sizes[i + 1] == 0 || declared.sizes[i + 1] == chain->shape.sizes[i];
    }
    if (!fits) {
        char has[PROM_SHAPE_TEXT];
        char made[PROM_SHAPE_TEXT];
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the graph's output '%s' is declared as %s, its nodes make %s",
                         label.text, prom_shape_text(has, &declared), prom_shape_batch_text(made, &chain->shape));
    }
    chain->network->output_shape = chain->shape;
    return prom_ok();
}

static prom_result read_graph(onnx_chain *chain, prom_error *error)
{
    const Onnx__GraphProto *graph = chain->graph;
    prom_network *network = chain->network;
    PROM_TRY(check_limits(graph, error));
    PROM_TRY(read_input(chain, error));
    PROM_TRY(check_names(chain, error));
    PROM_TRY_NEW(network->layers, chain->arena, graph->n_node, error);
    for (chain->at = 0; chain->at < graph->n_node; chain->at++) {
        const Onnx__NodeProto *node = graph->node[chain->at];
        PROM_TRY(prom_within(read_node(chain, node, error), error, "node '%s'", node_label(node).text));
    }
    if (network->layer_count == 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the graph computes nothing: it has no Gemm and no MatMul");
    }
    network->output_count = last_layer(chain)->outputs;
    return check_output(chain, error);
}

static prom_result check_model(const Onnx__ModelProto *model, prom_error *error)
{
    int64_t opset = 0;
    if (model->graph == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the ONNX file has no graph");
    }
    for (size_t i = 0; i < model->n_opset_import; i++) {
        if (is_default_domain(model->opset_import[i]->domain)) {
            opset = model->opset_import[i]->version;
        }
    }
    if (opset < PROM_ONNX_OPSET_LEAST || opset > PROM_ONNX_OPSET_MOST) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the ONNX file uses operator set %lld; supported are %d to %d: export it with another",
                         (long long)opset, PROM_ONNX_OPSET_LEAST, PROM_ONNX_OPSET_MOST);
    }
    return prom_ok();
}

prom_result prom_onnx_read(prom_arena *arena, const prom_network **network, prom_span file, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    const Onnx__ModelProto *model = NULL;
    onnx_chain chain = {.scratch = &scratch, .arena = arena};
    *network = NULL;
    PROM_TRY(prom_onnx_decode(&scratch, &model, file, error));
    PROM_TRY(check_model(model, error));
    chain.graph = model->graph;
    PROM_TRY_NEW(chain.network, arena, 1, error);
    PROM_TRY(read_graph(&chain, error));
    *network = chain.network;
    return prom_ok();
}
