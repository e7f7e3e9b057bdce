#include "onnx/graph.h"

#include <stdio.h>
#include <string.h>

#include "base/suggest.h"
#include "onnx/attribute.h"
#include "onnx/axes.h"
#include "onnx/operators.h"

enum {
    SOFTMAX_OF_ONE_AXIS = 13, /* the operator set since which a Softmax is over one axis, not over all from it on */
    OUTPUTS_NAMED = 4,        /* of a graph with several */
};

/* Monotone, over the classes: what an exporter puts behind the last layer to make probabilities. */
static const char *const keeps_order[] = {"Softmax", "LogSoftmax", "Sigmoid"};
/* What may stand behind that, for it leaves the order of an item's values as it is. */
static const char *const moves_nothing[] = {"Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Cast"};

static bool is_one_of(const PromOnnx__NodeProto *node, const char *const *names, size_t count)
{
    const bool is_onnx = prom_onnx_same(node->domain, "") || prom_onnx_same(node->domain, "ai.onnx");
    for (size_t i = 0; is_onnx && i < count; i++) {
        if (prom_onnx_same(node->op_type, names[i])) {
            return true;
        }
    }
    return false;
}

/* -- Which value -- */

static prom_result name_outputs(const prom_onnx_reader *reader, prom_error *error)
{
    const PromOnnx__GraphProto *graph = reader->graph;
    char names[OUTPUTS_NAMED * (PROM_NETWORK_NAME + 4)] = "";
    for (size_t i = 0, at = 0; i < graph->n_output && i < OUTPUTS_NAMED; i++) {
        at += (size_t)snprintf(names + at, sizeof names - at, "%s'%s'", i > 0 ? ", " : "",
                               prom_onnx_label_of(graph->output[i]->name).text);
    }
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                     "the graph has %zu outputs, 1 is supported: choose one of %s%s with %s NAME, or cut the "
                     "model with onnx.utils.extract_model(\"m.onnx\", \"one.onnx\", [input], [output])",
                     graph->n_output, names, graph->n_output > OUTPUTS_NAMED ? " and others" : "", reader->end_at_name);
}

/* Many know their nodes by name, not what those make. */
static prom_result explain_end(const PromOnnx__GraphProto *graph, const char *end_at, prom_error *error)
{
    char meant[PROM_NETWORK_NAME + sizeof " (did you mean ''?)"] = "";
    prom_suggestion near = prom_suggestion_for(end_at, strlen(end_at));
    for (size_t i = 0; i < graph->n_node; i++) {
        for (size_t j = 0; j < graph->node[i]->n_output; j++) {
            prom_suggestion_consider(&near, graph->node[i]->output[j]);
        }
        if (prom_onnx_same(graph->node[i]->name, end_at) && graph->node[i]->n_output > 0) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "the network cannot end at '%s', which is a node: what it makes is named '%s'",
                             prom_onnx_label_of(end_at).text, prom_onnx_label_of(graph->node[i]->output[0]).text);
        }
    }
    if (near.best != NULL) {
        (void)snprintf(meant, sizeof meant, " (did you mean '%s'?)", prom_onnx_label_of(near.best).text);
    }
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                     "the network cannot end at '%s': the graph has no value of that name%s; its output is '%s'",
                     prom_onnx_label_of(end_at).text, meant,
                     prom_onnx_label_of(graph->n_output > 0 ? graph->output[0]->name : "").text);
}

static prom_result choose_output(prom_onnx_reader *reader, prom_error *error)
{
    const PromOnnx__GraphProto *graph = reader->graph;
    if (reader->end_at == NULL && graph->n_output != 1) {
        return graph->n_output == 0 ? prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the graph has no output")
                                    : name_outputs(reader, error);
    }
    reader->output = prom_onnx_find(reader, reader->end_at != NULL ? reader->end_at : graph->output[0]->name);
    if (reader->output != NULL) {
        return prom_ok();
    }
    return reader->end_at != NULL
               ? explain_end(graph, reader->end_at, error)
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the graph's output '%s' is made by no node",
                           prom_onnx_label_of(graph->output[0]->name).text);
}

/* -- What is left out behind it -- */

/* Walks back from the output while nothing but the order of an item's values matters. What a node reads must stand
 * before it, so the walk ends; where it does not, that is found when the node is read. */
static void find_tail(prom_onnx_reader *reader)
{
    prom_onnx_value *value = reader->output;
    reader->tail = SIZE_MAX;
    reader->argmax = SIZE_MAX;
    while (value != NULL && value->node != SIZE_MAX && value->output == 0) {
        static const char *const argmax[] = {"ArgMax"};
        const size_t at = value->node;
        const PromOnnx__NodeProto *node = reader->graph->node[at];
        prom_onnx_value *from = node->n_input > 0 ? prom_onnx_find(reader, node->input[0]) : NULL;
        if (from == NULL || (from->node != SIZE_MAX && from->node >= at)) {
            return;
        }
        if (reader->argmax == SIZE_MAX && is_one_of(node, argmax, 1)) {
            reader->argmax = at;
            reader->output = from;
        } else if (is_one_of(node, keeps_order, sizeof keeps_order / sizeof *keeps_order)) {
            reader->tail = at;
            return;
        } else if (!is_one_of(node, moves_nothing, sizeof moves_nothing / sizeof *moves_nothing)) {
            return;
        }
        value = from;
    }
}

prom_result prom_onnx_find_output(prom_onnx_reader *reader, prom_error *error)
{
    PROM_TRY(choose_output(reader, error));
    find_tail(reader);
    return prom_ok();
}

static void add_note(prom_onnx_reader *reader, const PromOnnx__NodeProto *node, const char *what)
{
    const size_t at = strlen(reader->note);
    (void)snprintf(reader->note + at, sizeof reader->note - at,
                   "%sthe model's last %s ('%s') is left out: the program's outputs are what it reads, '%s', %s",
                   at > 0 ? "; " : "", node->op_type, prom_onnx_label_of(node->output[0]).text,
                   prom_onnx_label_of(node->input[0]).text, what);
}

/* The axes `set` (bit 0: the batch) are all of the item's that have more than one place, or the one along which the
 * classes of a map or of a sequence stand. */
static bool covers_classes(const prom_shape *item, unsigned set)
{
    unsigned wide = 0;
    for (size_t i = 0; i < item->rank; i++) {
        wide |= item->sizes[i] > 1 ? 1U << (i + 1) : 0;
    }
    return (set & 1) == 0 && ((wide & ~set) == 0 || set == 2 || (set == 4 && item->rank == 2));
}

static prom_result refuse_axis(const prom_onnx_reader *reader, const PromOnnx__NodeProto *node, int64_t axis,
                               const prom_shape *item, prom_error *error)
{
    char text[PROM_SHAPE_TEXT];
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                     "%s over axis %lld of %s is not over the classes, so that it cannot be left out; "
                     "%s '%s' ends the network before it",
                     node->op_type, (long long)axis, prom_shape_batch_text(text, item), reader->end_at_name,
                     prom_onnx_label_of(node->input[0]).text);
}

/* -- Softmax, LogSoftmax and Sigmoid -- */

static prom_result refuse_inside(const prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                     "operator '%s' is not supported inside a network, only as its end, where it is left out; %s "
                     "'%s' ends the network before it",
                     node->proto->op_type, reader->end_at_name, prom_onnx_label_of(node->proto->input[0]).text);
}

prom_result prom_onnx_sigmoid(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    prom_onnx_activation input;
    if (node->at != reader->tail) {
        return refuse_inside(reader, node, error);
    }
    PROM_TRY(prom_onnx_attributes(NULL, 0, node->proto, error));
    PROM_TRY(prom_onnx_each_at(reader, &input, node, 0, error));
    prom_onnx_give(reader, node, input);
    add_note(reader, node->proto, "in the same order, and 0 where it would make 0.5");
    return prom_ok();
}

prom_result prom_onnx_softmax(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    const bool is_of_one = reader->opset >= SOFTMAX_OF_ONE_AXIS;
    prom_onnx_attribute known[] = {{.name = "axis", .kind = PROM_ONNX_INTEGER, .integer = is_of_one ? -1 : 1}};
    prom_build_value value;
    size_t axis = 0;
    if (node->at != reader->tail) {
        return refuse_inside(reader, node, error);
    }
    PROM_TRY(PROM_ONNX_ATTRIBUTES(known, node->proto, error));
    PROM_TRY(prom_onnx_floats_at(reader, &value, node, 0, error));
    const prom_shape *item = prom_build_shape(&reader->builder, value.index);
    PROM_TRY(prom_onnx_axis(&axis, known[0].integer, item->rank + 1, error));
    const unsigned from_it_on = (1U << (item->rank + 1)) - (1U << axis);
    if (!covers_classes(item, is_of_one ? 1U << axis : from_it_on)) {
        return refuse_axis(reader, node->proto, known[0].integer, item, error);
    }
    prom_onnx_give_floats(reader, node, value);
    add_note(reader, node->proto, "in the same order");
    return prom_ok();
}

/* -- ArgMax -- */

/* The one that ends the network is never read: nothing needs it. */
prom_result prom_onnx_argmax(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    return refuse_inside(reader, node, error);
}

static prom_result check_argmax(prom_onnx_reader *reader, const prom_shape *item, prom_error *error)
{
    enum { AXIS, KEEPDIMS, LAST };
    prom_onnx_attribute known[] = {{.name = "axis", .kind = PROM_ONNX_INTEGER},
                                   {.name = "keepdims", .kind = PROM_ONNX_INTEGER},
                                   {.name = "select_last_index", .kind = PROM_ONNX_INTEGER}};
    const PromOnnx__NodeProto *node = reader->graph->node[reader->argmax];
    size_t axis = 0;
    PROM_TRY(PROM_ONNX_ATTRIBUTES(known, node, error));
    PROM_TRY(prom_onnx_axis(&axis, known[AXIS].integer, item->rank + 1, error));
    if (!covers_classes(item, 1U << axis)) {
        return refuse_axis(reader, node, known[AXIS].integer, item, error);
    }
    if (known[LAST].integer != 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "of equal values it takes the last (select_last_index): the first is supported");
    }
    add_note(reader, node, "of which the largest, the first of equals, says the class");
    return prom_ok();
}

/* -- What was made -- */

static const PromOnnx__ValueInfoProto *find_declaration(const prom_onnx_reader *reader)
{
    const PromOnnx__GraphProto *graph = reader->graph;
    for (size_t i = 0; i < graph->n_output; i++) {
        if (prom_onnx_same(graph->output[i]->name, reader->output->name)) {
            return graph->output[i];
        }
    }
    return NULL;
}

/* That what was made is what the graph declares as its output. */
static prom_result check_declaration(const prom_onnx_reader *reader, const PromOnnx__ValueInfoProto *info,
                                     const prom_shape *item, prom_error *error)
{
    const prom_onnx_activation *made = &reader->output->activation;
    prom_shape declared;
    prom_dtype dtype = PROM_DTYPE_F32;
    PROM_TRY(prom_within(prom_onnx_declared_shape(&declared, &dtype, info, error), error, "the graph's output"));
    const size_t axes = made->single ? 0 : item->rank;
    bool fits = declared.rank == axes + 1;
    for (size_t i = 0; fits && i < axes; i++) {
        fits = declared.sizes[i + 1] == 0 || declared.sizes[i + 1] == item->sizes[i];
    }
    if (fits && dtype == (made->stored ? made->dtype : PROM_DTYPE_F32)) {
        return prom_ok();
    }
    char has[PROM_SHAPE_TEXT];
    char makes[PROM_SHAPE_TEXT];
    bool is_open = false;
    prom_shape behind = {.rank = declared.rank - 1};
    for (size_t i = 0; i < behind.rank; i++) {
        behind.sizes[i] = declared.sizes[i + 1];
        is_open = is_open || behind.sizes[i] == 0;
    }
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                     "the graph's output '%s' is declared as %s %s%s, its nodes make %s %s",
                     prom_onnx_label_of(info->name).text, prom_dtype_name(dtype), prom_shape_batch_text(has, &behind),
                     is_open ? " (0: any)" : "", prom_dtype_name(made->stored ? made->dtype : PROM_DTYPE_F32),
                     prom_shape_batch_text(makes, item));
}

prom_result prom_onnx_check_output(prom_onnx_reader *reader, prom_error *error)
{
    const prom_onnx_value *output = reader->output;
    if (output->kind != PROM_ONNX_ACTIVATION) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s '%s' does not depend on its input",
                         reader->end_at == NULL ? "the graph's output" : "the graph's value",
                         prom_onnx_label_of(output->name).text);
    }
    const prom_shape *item = prom_build_shape(&reader->builder, output->activation.value.index);
    if (reader->argmax != SIZE_MAX) {
        PROM_TRY(prom_within(check_argmax(reader, item, error), error, "node '%s'",
                             prom_onnx_node_label(reader->graph->node[reader->argmax]).text));
    }
    const PromOnnx__ValueInfoProto *info = find_declaration(reader);
    return info == NULL ? prom_ok() : check_declaration(reader, info, item, error);
}
