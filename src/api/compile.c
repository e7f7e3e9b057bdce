#include <string.h>

#include "api/handle.h"
#include "prometheus/onnx/reader.h"
#include "prometheus/quantise/quantise.h"

_Static_assert((int)PROM_MODEL_CALIBRATION_MAX == (int)PROM_CALIBRATION_MAX &&
                   (int)PROM_MODEL_CALIBRATION_PERCENTILE == (int)PROM_CALIBRATION_PERCENTILE &&
                   (int)PROM_MODEL_CALIBRATION_MSE == (int)PROM_CALIBRATION_MSE,
               "methods are those of the quantiser");

static prom_result check_source(const prom_model_source *source, prom_error *error)
{
    if (source->item_rank > PROM_MODEL_RANK_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "an item of the calibration set has %zu sizes; %d is the most",
                         source->item_rank, PROM_MODEL_RANK_MAX);
    }
    if ((unsigned)source->method > PROM_MODEL_CALIBRATION_MSE) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "there is no calibration method %d", (int)source->method);
    }
    return source->calibration != NULL
               ? prom_within(prom_api_check_items(source->items, error), error, "the calibration set")
               : prom_ok();
}

static prom_shape item_of(const prom_model_source *source)
{
    prom_shape item = {.rank = source->item_rank};
    if (item.rank > 0) {
        memcpy(item.sizes, source->item_sizes, item.rank * sizeof *item.sizes);
    }
    return item;
}

static prom_result read_file(void *context, prom_span *content, const char *location, prom_error *error)
{
    const prom_model_files *files = context;
    const void *bytes = NULL;
    size_t length = 0;
    if (!files->read(files->context, &bytes, &length, location, error)) {
        const prom_result failed = {PROM_CATEGORY_BAD_INPUT};
        return failed;
    }
    *content = prom_span_of(bytes, length);
    return prom_ok();
}

static prom_result read_network(prom_arena *scratch, const prom_network **network, const prom_model_source *source,
                                prom_error *error)
{
    prom_model_files given = source->files;
    const prom_onnx_files files = {read_file, &given};
    const prom_shape item = item_of(source);
    const prom_onnx_request request = {.file = prom_span_of(source->onnx, source->onnx_length),
                                       .end_at = source->end_at,
                                       .end_at_name = "end_at",
                                       .operators_name = "prom_model_operators()",
                                       .item = item.rank > 0 ? &item : NULL,
                                       .files = given.read != NULL ? &files : NULL};
    return prom_onnx_read_part(scratch, network, &request, error);
}

/* The calibration set as a batch of the network's inputs. */
static prom_result calibration_batch(prom_tensor *batch, const prom_network *network, const prom_model_source *source,
                                     prom_error *error)
{
    const prom_shape *wanted = &network->input_shape;
    const prom_shape item = item_of(source);
    char has[PROM_SHAPE_TEXT];
    char takes[PROM_SHAPE_TEXT];
    if (item.rank != wanted->rank || memcmp(item.sizes, wanted->sizes, item.rank * sizeof *item.sizes) != 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the calibration set has shape %s; the network takes %s",
                         prom_shape_batch_text(has, &item), prom_shape_batch_text(takes, wanted));
    }
    *batch = (prom_tensor){
        PROM_DTYPE_F32, {.rank = item.rank + 1}, source->items * network->input_count, source->calibration};
    batch->shape.sizes[0] = source->items;
    memcpy(batch->shape.sizes + 1, item.sizes, item.rank * sizeof *item.sizes);
    return prom_ok();
}

static prom_result keep_note(prom_model *model, const char *note, prom_error *error)
{
    char *kept = NULL;
    const size_t size = note != NULL ? strlen(note) + 1 : 0;
    if (size > 0) {
        PROM_TRY_NEW(kept, &model->arena, size, error);
        memcpy(kept, note, size);
    }
    model->note = kept;
    return prom_ok();
}

static prom_result keep_warnings(prom_model *model, const prom_fidelity_warnings *warnings, prom_error *error)
{
    prom_fidelity_warnings *kept = NULL;
    if (warnings->count > 0) {
        PROM_TRY_NEW(kept, &model->arena, 1, error);
        *kept = *warnings;
    }
    model->warnings = kept;
    return prom_ok();
}

/* Of the program's bytes, which are copied. */
static prom_result make_model(prom_model **model, const prom_program *program, const char *note,
                              const prom_fidelity_warnings *warnings, prom_error *error)
{
    PROM_TRY(prom_model_load(model, program->bytes.data, program->bytes.length, error));
    prom_result result = keep_note(*model, note, error);
    if (prom_is_ok(result)) {
        result = keep_warnings(*model, warnings, error);
    }
    if (!prom_is_ok(result)) {
        prom_model_free(*model);
        *model = NULL;
    }
    return result;
}

/* A compilation has two parts that take as long as each other, the calibration and the comparison. */
typedef struct part {
    prom_progress *whole;
    size_t at; /* 0 or 1 */
} part;

static bool report_part(void *context, size_t items_done, size_t items)
{
    const part *of = context;
    return prom_api_report_items(of->whole, of->at * items + items_done, 2 * items);
}

/* Both over the calibration set, which says how much was lost. */
static prom_result find_warnings(prom_fidelity_warnings *warnings, prom_arena *scratch,
                                 const prom_quantise_request *request, const prom_quantised *quantised,
                                 const prom_progress *progress, prom_error *error)
{
    const prom_test_set set = {.inputs = request->calibration};
    prom_fidelity fidelity;
    const prom_fidelity_subject subject = {request->network, quantised, request->calibration != NULL ? &fidelity : NULL,
                                           "calibration", "the calibration method percentile"};
    if (request->calibration != NULL) {
        PROM_TRY(prom_network_compare(scratch, &fidelity, request->network, quantised, &set, progress, error));
    }
    prom_fidelity_warn(warnings, &subject);
    return prom_ok();
}

/* Of a network read already. Without a calibration set there is nothing to count, but the end is told. */
static prom_result compile_network(prom_model **model, prom_arena *scratch, const prom_network *network,
                                   const prom_model_source *source, const prom_model_options *options,
                                   prom_error *error)
{
    prom_progress whole = options->progress;
    part parts[] = {{&whole, 0}, {&whole, 1}};
    const prom_progress reports[] = {{report_part, &parts[0]}, {report_part, &parts[1]}};
    const bool told = whole.report != NULL;
    prom_quantise_request request = {
        .network = network, .method = (prom_calibration_method)source->method, .progress = told ? &reports[0] : NULL};
    prom_quantised quantised;
    prom_fidelity_warnings warnings;
    prom_tensor batch;
    if (source->calibration != NULL) {
        PROM_TRY(calibration_batch(&batch, network, source, error));
        request.calibration = &batch;
    }
    PROM_TRY(prom_network_quantise_by(scratch, &quantised, &request, error));
    PROM_TRY(find_warnings(&warnings, scratch, &request, &quantised, told ? &reports[1] : NULL, error));
    if (source->calibration == NULL) {
        PROM_TRY(prom_progress_report(told ? &reports[1] : NULL, 1, 1, error));
    }
    return make_model(model, quantised.program, network->note, &warnings, error);
}

prom_result prom_model_compile_from(prom_model **model, const prom_model_source *source,
                                    const prom_model_options *options, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    const prom_model_options *how = prom_api_options(options);
    const prom_network *network = NULL;
    *model = NULL;
    prom_arena_init(&scratch, prom_api_memory(how));
    PROM_TRY(check_source(source, error));
    PROM_TRY(read_network(&scratch, &network, source, error));
    return compile_network(model, &scratch, network, source, how, error);
}

/* The caller says how many values an item has, not its shape: that is the network's. */
prom_result prom_model_compile(prom_model **model, const void *onnx, size_t onnx_length, const float *calibration,
                               size_t items, size_t item_values, const prom_model_options *options, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    const prom_model_options *how = prom_api_options(options);
    prom_model_source source = {.onnx = onnx, .onnx_length = onnx_length, .calibration = calibration, .items = items};
    const prom_network *network = NULL;
    char shape[PROM_SHAPE_TEXT];
    *model = NULL;
    prom_arena_init(&scratch, prom_api_memory(how));
    PROM_TRY(check_source(&source, error));
    PROM_TRY(read_network(&scratch, &network, &source, error));
    if (calibration != NULL && item_values != network->input_count) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the calibration set has %zu values for each item; the network takes %zu, %s", item_values,
                         network->input_count, prom_shape_text(shape, &network->input_shape));
    }
    source.item_rank = network->input_shape.rank;
    source.item_sizes = network->input_shape.sizes;
    return compile_network(model, &scratch, network, &source, how, error);
}

void prom_model_operators(void (*each)(void *context, const char *name), void *context)
{
    prom_onnx_operators(each, context);
}
