#include "prometheus/onnx/reader.h"

#include <stdio.h>
#include <string.h>

#include "onnx/decode.h"
#include "onnx/graph.h"
#include "onnx/operators.h"
#include "prometheus/program/program.h"

/* The one input that is no initialiser. */
static prom_result find_input(const prom_onnx_reader *reader, const PromOnnx__ValueInfoProto **input, prom_error *error)
{
    const PromOnnx__GraphProto *graph = reader->graph;
    size_t inputs = 0;
    for (size_t i = 0; i < graph->n_input; i++) {
        if (prom_onnx_find(reader, graph->input[i]->name)->kind != PROM_ONNX_INITIALISER) {
            *input = graph->input[i];
            inputs++;
        }
    }
    return inputs == 1
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                           "the graph has %zu inputs, 1 is supported: fix the others as constants, or cut the model "
                           "with onnx.utils.extract_model(\"m.onnx\", \"one.onnx\", [input], [output])",
                           inputs);
}

/* What the file leaves open is as large as in the inputs that the caller has. */
static void take_open_sizes(prom_onnx_reader *reader, prom_shape *item)
{
    const prom_shape declared = *item;
    bool takes = false;
    char open[PROM_SHAPE_TEXT];
    char taken[PROM_SHAPE_TEXT];
    for (size_t i = 0; reader->item != NULL && reader->item->rank == item->rank && i < item->rank; i++) {
        takes = takes || item->sizes[i] == 0;
        item->sizes[i] = item->sizes[i] == 0 ? reader->item->sizes[i] : item->sizes[i];
    }
    if (takes) {
        (void)snprintf(reader->note, sizeof reader->note,
                       "the model's input is open, %s (0: any): the program's is %s, as the inputs given here",
                       prom_shape_batch_text(open, &declared), prom_shape_batch_text(taken, item));
    }
}

static prom_result check_item(const prom_shape *item, const char *name, prom_error *error)
{
    char shape[PROM_SHAPE_TEXT];
    size_t count = 0;
    bool is_open = false;
    if (prom_shape_count(&count, item) && count > 0 && count <= PROM_PROGRAM_VALUES_MAX) {
        return prom_ok();
    }
    for (size_t i = 0; i < item->rank; i++) {
        is_open = is_open || item->sizes[i] == 0;
    }
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                     "the graph's input '%s' is declared as %s%s: an item must have a fixed shape of 1 to %u values%s",
                     prom_onnx_label_of(name).text, prom_shape_batch_text(shape, item),
                     is_open ? " (0: not fixed)" : "", PROM_PROGRAM_VALUES_MAX,
                     is_open ? "; a calibration set in one array (.npy) says how large it is, or "
                               "'python -m onnxruntime.tools.make_dynamic_shape_fixed' fixes it"
                             : "");
}

static prom_result read_input(prom_onnx_reader *reader, prom_arena *arena, size_t weights_max, prom_error *error)
{
    const PromOnnx__ValueInfoProto *input = NULL;
    prom_shape declared;
    prom_dtype dtype = PROM_DTYPE_F32;
    PROM_TRY(find_input(reader, &input, error));
    PROM_TRY(prom_within(prom_onnx_declared_shape(&declared, &dtype, input, error), error, "the graph's input"));
    if (declared.rank < 2) {
        return prom_fail(
            error, PROM_CATEGORY_BAD_INPUT,
            "the graph's input '%s' is declared with 1 dimension: the batch and 1 to %u more are supported",
            prom_onnx_label_of(input->name).text, PROM_RANK_MAX - 1);
    }
    prom_shape item = {.rank = declared.rank - 1};
    memcpy(item.sizes, declared.sizes + 1, item.rank * sizeof declared.sizes[0]);
    take_open_sizes(reader, &item);
    PROM_TRY(check_item(&item, input->name, error));
    reader->batch = declared.sizes[0];
    reader->stored_input = dtype != PROM_DTYPE_F32;
    prom_onnx_value *value = prom_onnx_find(reader, input->name);
    value->kind = PROM_ONNX_ACTIVATION;
    value->activation = (prom_onnx_activation){
        .value = {0, value->uses == 1 || value->first != SIZE_MAX}, .stored = dtype != PROM_DTYPE_F32, .dtype = dtype};
    return prom_builder_init(&reader->builder, arena, reader->scratch, &item, weights_max, error);
}

static prom_result read_nodes(prom_onnx_reader *reader, prom_error *error)
{
    const PromOnnx__GraphProto *graph = reader->graph;
    for (size_t at = 0; at < graph->n_node; at++) {
        const prom_onnx_node node = {graph->node[at], at, prom_onnx_node_label(graph->node[at])};
        if (prom_onnx_is_needed(reader, node.proto)) {
            PROM_TRY(prom_within(prom_onnx_read_node(reader, &node, error), error, "node '%s'", node.label.text));
        }
    }
    return prom_ok();
}

static prom_result keep_note(const prom_onnx_reader *reader, prom_arena *arena, prom_error *error)
{
    char *note = NULL;
    const size_t length = strlen(reader->note);
    if (length == 0) {
        return prom_ok();
    }
    PROM_TRY_NEW(note, arena, length + 1, error);
    memcpy(note, reader->note, length + 1);
    reader->builder.network->note = note;
    return prom_ok();
}

static prom_result read_graph(prom_onnx_reader *reader, prom_arena *arena, size_t weights_max, prom_error *error)
{
    PROM_TRY(prom_onnx_graph_init(reader, error));
    PROM_TRY(read_input(reader, arena, weights_max, error));
    PROM_TRY(read_nodes(reader, error));
    if (reader->stored_input && !reader->builder.network->input_quantisation.given) {
        return prom_fail(
            error, PROM_CATEGORY_BAD_INPUT,
            "the graph's input is integers, and no node says by what scale: a DequantizeLinear should read it");
    }
    PROM_TRY(prom_onnx_check_output(reader, error));
    PROM_TRY(prom_build_finish(&reader->builder, reader->output->activation.value.index, error));
    return keep_note(reader, arena, error);
}

static prom_result check_model(prom_onnx_reader *reader, const PromOnnx__ModelProto *model, prom_error *error)
{
    int64_t opset = 0;
    if (model->graph == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the ONNX file has no graph");
    }
    for (size_t i = 0; i < model->n_opset_import; i++) {
        const char *domain = model->opset_import[i]->domain;
        if (prom_onnx_same(domain, "") || prom_onnx_same(domain, "ai.onnx")) {
            if (opset != 0 && opset != model->opset_import[i]->version) {
                return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                                 "the ONNX file names two operator sets, %lld and %lld: save it with one",
                                 (long long)opset, (long long)model->opset_import[i]->version);
            }
            opset = model->opset_import[i]->version;
        }
    }
    if (opset < PROM_ONNX_OPSET_MIN || opset > PROM_ONNX_OPSET_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the ONNX file uses operator set %lld; supported are %d to %d: export it with "
                         "opset_version=17, or convert it with onnx.version_converter.convert_version(model, 17)",
                         (long long)opset, PROM_ONNX_OPSET_MIN, PROM_ONNX_OPSET_MAX);
    }
    reader->opset = opset;
    reader->graph = model->graph;
    return prom_ok();
}

prom_result prom_onnx_read_part(prom_arena *arena, const prom_network **network, const prom_onnx_request *request,
                                prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    PROM_SCOPED(prom_arena_free) prom_arena folded = {0};
    const PromOnnx__ModelProto *model = NULL;
    const prom_span file = request->file;
    prom_onnx_reader reader = {.scratch = &scratch,
                               .folded = &folded,
                               .end_at = request->end_at,
                               .end_at_name = request->end_at_name != NULL ? request->end_at_name : "--end-at",
                               .operators_name = request->operators_name != NULL ? request->operators_name
                                                                                 : "'prom compile --operators'",
                               .item = request->item,
                               .files = request->files,
                               .filled_left = request->filled_max > 0 ? request->filled_max : PROM_ONNX_FILLED_MAX};
    *network = NULL;
    prom_arena_init(&folded, prom_onnx_allowed_folded(file.length));
    PROM_TRY(prom_onnx_decode(&scratch, &model, file, error));
    PROM_TRY(check_model(&reader, model, error));
    PROM_TRY(read_graph(&reader, arena, prom_onnx_allowed_weights(file.length), error));
    *network = reader.builder.network;
    return prom_ok();
}

prom_result prom_onnx_read(prom_arena *arena, const prom_network **network, prom_span file, prom_error *error)
{
    return prom_onnx_read_part(arena, network, &(prom_onnx_request){.file = file}, error);
}
