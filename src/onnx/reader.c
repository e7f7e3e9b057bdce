#include "prometheus/onnx/reader.h"

#include <string.h>

#include "onnx/decode.h"
#include "onnx/operators.h"
#include "onnx/output.h"
#include "prometheus/program/program.h"

enum {
    BYTES_MIN = 1 << 20,
    FOLDED_PER_BYTE = 4,   /* of the file: what its computed constants may take */
    WEIGHTS_PER_BYTE = 16, /* and its weights: int8 become floats beside themselves, and some are shared */
};

static size_t allowance(prom_span file, size_t per_byte)
{
    const size_t most = (SIZE_MAX / 2 - BYTES_MIN) / per_byte;
    return BYTES_MIN + per_byte * (file.length < most ? file.length : most);
}

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
    return inputs == 1 ? prom_ok()
                       : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the graph has %zu inputs, 1 is supported", inputs);
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
    size_t count = 0;
    if (!prom_shape_count(&count, &item) || count == 0 || count > PROM_PROGRAM_VALUES_MAX) {
        char shape[PROM_SHAPE_TEXT];
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the graph's input '%s' is declared as %s (0: not fixed): an item must have a fixed shape of "
                         "1 to %u values",
                         prom_onnx_label_of(input->name).text, prom_shape_batch_text(shape, &item),
                         PROM_PROGRAM_VALUES_MAX);
    }
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
                               .filled_left = request->filled_max > 0 ? request->filled_max : PROM_ONNX_FILLED_MAX};
    *network = NULL;
    prom_arena_init(&folded, allowance(file, FOLDED_PER_BYTE));
    PROM_TRY(prom_onnx_decode(&scratch, &model, file, error));
    PROM_TRY(check_model(&reader, model, error));
    PROM_TRY(read_graph(&reader, arena, allowance(file, WEIGHTS_PER_BYTE), error));
    *network = reader.builder.network;
    return prom_ok();
}

prom_result prom_onnx_read(prom_arena *arena, const prom_network **network, prom_span file, prom_error *error)
{
    return prom_onnx_read_part(arena, network, &(prom_onnx_request){.file = file}, error);
}
