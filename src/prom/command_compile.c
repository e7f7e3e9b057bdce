/* prom compile */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/outputs.h"
#include "cli/tell.h"
#include "files/files.h"
#include "prom/batch.h"
#include "prom/fidelity_text.h"
#include "prom/model_text.h"
#include "prom/root.h"
#include "prometheus/onnx/reader.h"
#include "prometheus/quantise/quantise.h"
#include "system/file.h"
#include "system/progress_bar.h"

#define MEMORY ((size_t)1 << 36) /* that a compilation may take, at most */

typedef struct arguments {
    bool json;
    bool operators;
    prom_batch_options batch;
    const char *model;
    const char *calibration;
    const char *method;
    const char *test;
    const char *labels;
    const char *output;
    char beside[PATH_MAX]; /* the model: the output where none is given */
    const char *end_at;
} arguments;

/* By prom_calibration_method, as the option has them. */
static const char *const METHODS[] = {"max", "percentile", "mse"};

/* What is made of the arguments. */
struct compilation {
    prom_arena arena;
    const prom_network *network;
    prom_tensor calibration; /* no items: none was given */
    prom_calibration_method method;
    prom_tensor test;
    const int64_t *labels;
    prom_quantised quantised;
    prom_bytes32 digest;
    prom_fidelity fidelity; /* no items: nothing was compared */
    json_t *integers;       /* which sets were integers */
    json_t *warnings;
};

/* Where no output is given: the model's name with .prom for .onnx. */
static prom_result complete_compile(void *values, prom_error *error)
{
    arguments *given = values;
    if (given->output != NULL || given->model == NULL) {
        return prom_ok();
    }
    PROM_TRY(prom_outputs_beside(given->beside, given->model, ".onnx", ".prom", error));
    given->output = given->beside;
    return prom_ok();
}

static prom_result find_method(struct compilation *compilation, const arguments *given, prom_error *error)
{
    const size_t count = sizeof METHODS / sizeof *METHODS;
    size_t at = 0;
    while (given->method != NULL && at < count && strcmp(given->method, METHODS[at]) != 0) {
        at++;
    }
    if (at == count) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "--calibration-method is max, percentile or mse, not '%.64s'",
                         given->method);
    }
    compilation->method = (prom_calibration_method)at;
    return prom_ok();
}

/* A model without any scale needs a calibration set; what a model with some of them lacks, the quantiser says. */
static prom_result check_calibration(const prom_network *network, const arguments *given, prom_error *error)
{
    bool has_scale = network->input_quantisation.given;
    for (size_t i = 0; i < network->layer_count; i++) {
        has_scale = has_scale || network->layers[i].quantisation.given;
    }
    if (given->calibration == NULL && !has_scale) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%.150s is a float model: some inputs that are like those it will see must show its ranges, "
                         "as in 'prom compile %.150s --calibrate X.npy'",
                         given->model, given->model);
    }
    return prom_ok();
}

static prom_result read_numbers(struct compilation *compilation, prom_tensor *numbers, const char *path,
                                const prom_image_options *pictures, const arguments *given, prom_error *error)
{
    bool integers = false;
    PROM_TRY(prom_files_read_inputs(&compilation->arena, numbers, path, &compilation->network->input_shape, pictures,
                                    &integers, error));
    if (integers) {
        const char *set = numbers == &compilation->test ? "test" : "calibration";
        (void)json_array_append_new(compilation->integers, json_string(set));
    }
    if (integers && !given->json) {
        (void)fprintf(stderr,
                      "prom: note: %s holds integers, taken as plain numbers here; 'prom infer' and 'prom prove' take "
                      "them so with --float\n",
                      path);
    }
    return prom_ok();
}

/* What of the model is left out is said at once, apart from the report, which may go to a file. */
static prom_result read_network(struct compilation *compilation, const arguments *given, prom_error *error)
{
    prom_shape item;
    const bool has_item = given->calibration != NULL && prom_files_item_of(&item, given->calibration);
    prom_onnx_request request = {.end_at = given->end_at, .item = has_item ? &item : NULL};
    PROM_TRY(prom_files_read_part(&compilation->arena, &compilation->network, given->model, &request, error));
    PROM_TRY(prom_file_try(given->output, error)); /* again: which files hold the weights is known now */
    if (compilation->network->note != NULL && !given->json) {
        (void)fprintf(stderr, "prom: note: %s\n", compilation->network->note);
    }
    return prom_ok();
}

/* All files, so that one that cannot be used is found before the long part begins. */
static prom_result read_files(struct compilation *compilation, const arguments *given, prom_error *error)
{
    prom_arena *arena = &compilation->arena;
    prom_image_options pictures;
    PROM_TRY(prom_batch_pictures(&pictures, &given->batch, error));
    PROM_TRY(find_method(compilation, given, error));
    PROM_TRY(read_network(compilation, given, error));
    PROM_TRY(check_calibration(compilation->network, given, error));
    if (given->calibration != NULL) {
        PROM_TRY(read_numbers(compilation, &compilation->calibration, given->calibration, &pictures, given, error));
    }
    if (given->test != NULL) {
        PROM_TRY(read_numbers(compilation, &compilation->test, given->test, &pictures, given, error));
    } else {
        compilation->test = compilation->calibration;
    }
    if (given->labels == NULL) {
        return prom_ok();
    }
    if (compilation->test.count == 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "--labels are those of the --test set, or of the --calibrate set; give one");
    }
    const size_t classes = compilation->network->layers[compilation->network->layer_count - 1].count;
    return prom_files_read_labels(arena, &compilation->labels, given->labels, compilation->test.shape.sizes[0], classes,
                                  error);
}

static prom_result quantise(struct compilation *compilation, const arguments *given, prom_error *error)
{
    const bool calibrated = compilation->calibration.count > 0;
    prom_progress_bar bar = prom_progress_bar_start("calibrate");
    const prom_progress progress = prom_progress_bar_reporter(&bar);
    const prom_quantise_request request = {.network = compilation->network,
                                           .calibration = calibrated ? &compilation->calibration : NULL,
                                           .method = compilation->method,
                                           .progress = &progress};
    const prom_result result = prom_network_quantise_by(&compilation->arena, &compilation->quantised, &request, error);
    prom_progress_bar_end(&bar);
    return calibrated ? prom_within(result, error, "%.150s, calibrated with %.150s", given->model, given->calibration)
                      : prom_within(result, error, "%.150s", given->model);
}

static prom_result compare(struct compilation *compilation, prom_error *error)
{
    prom_progress_bar bar = prom_progress_bar_start("compare");
    const prom_progress progress = prom_progress_bar_reporter(&bar);
    const prom_test_set test_set = {.inputs = &compilation->test, .labels = compilation->labels};
    const prom_result result = prom_network_compare(&compilation->arena, &compilation->fidelity, compilation->network,
                                                    &compilation->quantised, &test_set, &progress, error);
    prom_progress_bar_end(&bar);
    return result;
}

/* -- Telling -- */

static prom_fidelity_case case_of(const struct compilation *compilation, const arguments *given)
{
    const prom_tensor *calibration = &compilation->calibration;
    return (prom_fidelity_case){
        .network = compilation->network,
        .quantised = &compilation->quantised,
        .fidelity = compilation->fidelity.items > 0 ? &compilation->fidelity : NULL,
        .set = given->test != NULL ? "test" : "calibration",
        .labelled = compilation->labels != NULL,
        .calibration_clamped =
            calibration->count > 0
                ? prom_quantised_inputs_clamped(&compilation->quantised, calibration->data, calibration->count)
                : NAN,
    };
}

static void print(const struct compilation *compilation, const arguments *given)
{
    const prom_program *program = compilation->quantised.program;
    char digest[PROM_HEX32];
    (void)printf("%s\n\n", given->output);
    (void)printf("  digest      %s\n", prom_hex32(digest, &compilation->digest));
    prom_text_print_size(program);
    const prom_fidelity_case told = case_of(compilation, given);
    prom_fidelity_print_table(&told);
    const json_t *warning = NULL;
    size_t i = 0;
    if (told.fidelity != NULL) {
        prom_fidelity_print(&told);
    }
    json_array_foreach(compilation->warnings, i, warning)
    {
        (void)printf("  warning: %s\n", json_string_value(warning));
    }
}

static json_t *calibration_json(const struct compilation *compilation)
{
    if (compilation->calibration.count == 0) {
        return json_null();
    }
    return json_pack("{s:s, s:I, s:o}",                                            //
                     "method", METHODS[compilation->method],                       //
                     "items", (json_int_t)compilation->calibration.shape.sizes[0], //
                     "stretches", prom_fidelity_stretches_json(compilation->network, &compilation->quantised));
}

static prom_result tell(const struct compilation *compilation, const arguments *given, prom_error *error)
{
    const prom_program *program = compilation->quantised.program;
    char digest[PROM_HEX32];
    if (!given->json) {
        print(compilation, given);
        return prom_ok();
    }
    const prom_fidelity_case told = case_of(compilation, given);
    json_t *object =
        json_pack("{s:s, s:s, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:O, s:O, s:o}", //
                  "output", given->output,                                        //
                  "digest", prom_hex32(digest, &compilation->digest),             //
                  "bytes", (json_int_t)program->bytes.length,                     //
                  "parameters", (json_int_t)program->parameters,                  //
                  "multiplications", (json_int_t)program->multiplications,        //
                  "calibration", calibration_json(compilation),                   //
                  "input", prom_fidelity_input_json(&told),                       //
                  "layers", prom_fidelity_layers_json(&told),                     //
                  "comparison", prom_fidelity_json(&told),                        //
                  "integers", compilation->integers,                              //
                  "warnings", compilation->warnings, "note",
                  compilation->network->note != NULL ? json_string(compilation->network->note) : json_null());
    return prom_tell_json(object, error);
}

/* The file is written when all else is done: it is there only after a success. */
static prom_result compile(struct compilation *compilation, const arguments *given, prom_error *error)
{
    PROM_TRY(read_files(compilation, given, error));
    PROM_TRY(quantise(compilation, given, error));
    if (compilation->test.count > 0) {
        PROM_TRY(compare(compilation, error));
    }
    const prom_fidelity_case told = case_of(compilation, given);
    compilation->warnings = prom_fidelity_warnings_json(&told);
    prom_program_digest(&compilation->digest, compilation->quantised.program);
    PROM_TRY(prom_file_write(given->output, compilation->quantised.program->bytes, error));
    return tell(compilation, given, error);
}

/* -- Which models -- */

static void print_operator(void *context, const char *name)
{
    (void)context;
    (void)puts(name);
}

static void list_operator(void *context, const char *name)
{
    (void)json_array_append_new(context, json_string(name));
}

static prom_result tell_operators(bool json, prom_error *error)
{
    json_auto_t *names = json_array();
    if (!json) {
        prom_onnx_operators(print_operator, NULL);
        return prom_ok();
    }
    prom_onnx_operators(list_operator, names);
    return prom_tell_json(json_pack("{s:O}", "operators", names), error);
}

/* -- The command -- */

static void end_compilation(struct compilation *compilation)
{
    json_decref(compilation->integers);
    json_decref(compilation->warnings);
    prom_arena_free(&compilation->arena);
}

static prom_result run_compile(void *values, prom_exit *code, prom_error *error)
{
    PROM_SCOPED(end_compilation) struct compilation compilation = {.integers = json_array()};
    const arguments *given = values;
    (void)code;
    prom_arena_init(&compilation.arena, MEMORY);
    return given->operators ? tell_operators(given->json, error) : compile(&compilation, given, error);
}

static const prom_parameter PARAMETERS[] = {
    {.value = "MODEL.onnx",
     .noun = "model",
     .required = true,
     PROM_TO_TEXT(model),
     .stream = PROM_STREAM_INPUT,
     .files = "onnx",
     .help = "A network with one input, whose first dimension is the batch, and one output, or --end-at."},
    {.option = "--calibrate",
     .value = "X",
     PROM_TO_TEXT(calibration),
     .stream = PROM_STREAM_INPUT,
     .files = "npy",
     .help = "Measure the ranges of a float model's values on these inputs: an array of NumPy (.npy) whose first "
             "dimension counts the items, or a folder of PNG or JPEG pictures, as of 'prom infer'. Integers are taken "
             "as plain numbers, as the others do with --float. Some hundred items like those that the model will see "
             "are enough."},
    {.option = "--output",
     .letter = "-o",
     .value = "FILE",
     PROM_TO_TEXT(output),
     .files = "prom",
     .writes = true,
     .help =
         "Write the program to FILE, which is tried first and written at the very end, at once: it is whole, or it is "
         "what it was before. One that is read here is not written over. "
         "Default: MODEL.prom, beside the model."},
    {.option = "--calibration-method",
     .value = "METHOD",
     PROM_TO_TEXT(method),
     .words = "max percentile mse",
     .help = "Choose each range by what the calibration set shows: max has every value inside; percentile leaves out "
             "the one item in a hundred, and at least one, that goes farthest at either end; mse makes the mean square "
             "of the errors, of rounding and of clamping, least. Default: max."},
    {.option = "--test",
     .value = "X",
     PROM_TO_TEXT(test),
     .stream = PROM_STREAM_INPUT,
     .files = "npy",
     .help = "Compare the program with the float network on these inputs. Default: those of --calibrate."},
    {.option = "--labels",
     .value = "L.npy",
     PROM_TO_TEXT(labels),
     .stream = PROM_STREAM_INPUT,
     .files = "npy",
     .help = "Measure both accuracies by the right classes of the items that are compared, integers; or a folder of "
             "folders with pictures, as of 'prom infer'."},
    PROM_PARAMETER_END_AT(end_at),
    PROM_PARAMETERS_PICTURES,
    PROM_PARAMETER_JSON(json),
    {.option = "--operators",
     PROM_TO_FLAG(operators),
     .alone = true,
     .help = "List the ONNX operators that a model may have, those of other domains with the domain's name."},
    {0},
};

static const prom_text DESCRIPTION[] = {
    {NULL, "A contract needs a computation that gives the same bits on every machine, and one whose proof is cheap. So "
           "the network becomes a program over 8-bit integers, with exact sums. The same model and calibration set "
           "give the same bytes, and so the same digest, on every machine."},
    {NULL, "A model that is quantised already (QLinear or QuantizeLinear operators) brings its scales with it and "
           "needs no calibration."},
    {NULL, "A Softmax, LogSoftmax, Sigmoid or ArgMax of the classes at the model's end is left out, with a note on "
           "standard error: the program's outputs are what it reads, with the largest at the same class."},
    {NULL, "It tells the program's digest, size, parameters (weights and biases) and MACs (multiplications for one "
           "item), and of each layer of the network:"},
    {"scale, range", "the real number that the integer 1 stands for; the integers that there can be"},
    {"S/N",
     "signal to noise, in dB: the sum of the squares of how far floats lie from the mean of their place over the "
     "items, over that of the differences; \"exact\" where there are none, \"constant\" where floats do not "
     "vary, so that there is nothing to measure"},
    {"clamped", "the share of values that lie beyond the range"},
    {NULL,
     "then how often float and integers agree on the class, where the outputs are one axis of several values or "
     "there are labels; the error of the outputs beside what they vary by; the same item by item, about the median "
     "of each place, which no single item moves; and the share of inputs beyond the range. Warnings name items of "
     "the calibration set that reach 10 times as far as the middle one, outputs and layers below 20 dB, classes "
     "that differ in more than 5 % of the items, and more than 1 % of clamped inputs. A progress bar is there "
     "where standard error is a terminal."},
    {0},
};

static const prom_text JSON[] = {
    {"output", "the program's file"},
    {"digest, bytes, parameters, multiplications", "of the program"},
    {"calibration", "null without a set; method, items, stretches: a list of item, value (\"input\" or a layer's name) "
                    "and factor"},
    {"input", "shape, scale, range, signal_to_noise, clamped, clamped_calibration (the share of the calibration set); "
              "null for what was not measured"},
    {"layers", "name, kind, shape, scale, range, signal_to_noise, spread and error (root mean squares), clamped; null "
               "where nothing was compared, and signal_to_noise where error is 0 or nothing varies"},
    {"comparison",
     "null without inputs; set (\"test\" or \"calibration\"), items, decided (items whose largest float stands at one "
     "place only) and agreeing, which are null where outputs are no classes; right, right_float, accuracy, "
     "accuracy_float, which are null without labels; varies, spread, error, error_max, signal_to_noise of the outputs; "
     "item_signal_to_noise, of the middle item, and worst_item (item, signal_to_noise)"},
    {"integers", "which sets hold integers, taken as plain numbers, as 'prom infer' and 'prom prove' take them with "
                 "--float: a list of \"calibration\" and \"test\""},
    {"warnings", "a list of sentences"},
    {"note", "what of the model was left out, a sentence, or null"},
    {0},
};

static const char *const EXAMPLES[] = {
    "prom compile digits-cnn.onnx --calibrate digits-calibration.npy",
    NULL,
};

const prom_command prom_command_compile = {
    .name = "compile",
    .summary = "compile a trained ONNX network into a program over integers",
    .description = DESCRIPTION,
    .parameters = PARAMETERS,
    .json = JSON,
    .exits = {[PROM_EXIT_USAGE] = "the command line or a file that it names cannot be used"},
    .examples = EXAMPLES,
    .arguments_size = sizeof(arguments),
    .complete = complete_compile,
    .run = run_compile,
};
