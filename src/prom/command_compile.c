/* prom compile */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files/files.h"
#include "prom/command.h"
#include "prom/model_text.h"
#include "prometheus/onnx/reader.h"
#include "prometheus/quantise/quantise.h"
#include "system/file.h"
#include "system/progress_bar.h"

#define MEMORY ((size_t)1 << 36) /* that a compilation may take, at most */
#define WEAK_DECIBELS 20.0       /* of signal to noise: the difference is a tenth of the values */

enum { WEAK_NAMED = 3, WARNING_LENGTH = 512 };

typedef struct arguments {
    bool json;
    bool resize;
    bool operators;
    const char *model;
    const char *calibration;
    const char *test;
    const char *labels;
    const char *output;
    const char *mean;
    const char *deviation;
} arguments;

/* What is made of the arguments. */
struct work {
    prom_arena arena;
    char output[PATH_MAX];
    const prom_network *network;
    prom_tensor calibration; /* no items: none was given */
    prom_tensor test;
    const int64_t *labels;
    prom_quantised quantised;
    prom_bytes32 digest;
    prom_fidelity fidelity; /* no items: nothing was compared */
    char warning[WARNING_LENGTH];
};

/* The model's name with .prom for .onnx, unless another was given. */
static prom_result find_output(struct work *work, const arguments *given, prom_error *error)
{
    static const char ending[] = ".onnx";
    const size_t length = strlen(given->model);
    const size_t cut = sizeof ending - 1;
    const bool ends = length > cut && strcmp(given->model + length - cut, ending) == 0;
    const int stem = (int)(ends ? length - cut : length);
    const int written = given->output != NULL
                            ? snprintf(work->output, sizeof work->output, "%s", given->output)
                            : snprintf(work->output, sizeof work->output, "%.*s.prom", stem, given->model);
    if (written < 0 || (size_t)written >= sizeof work->output) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the name of the program's file is too long");
    }
    const char *const read[] = {given->model, given->calibration, given->test, given->labels};
    return prom_file_check_output(work->output, read, sizeof read / sizeof *read, error);
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

/* All files, so that one that can not be used is found before the long part begins. */
static prom_result read_files(struct work *work, const arguments *given, prom_error *error)
{
    prom_arena *arena = &work->arena;
    prom_image_options pictures;
    PROM_TRY(prom_model_picture_options(&pictures, given->resize, given->mean, given->deviation, error));
    PROM_TRY(find_output(work, given, error));
    PROM_TRY(prom_model_read_network(arena, &work->network, given->model, error));
    PROM_TRY(check_calibration(work->network, given, error));
    const prom_shape *item = &work->network->input_shape;
    if (given->calibration != NULL) {
        PROM_TRY(prom_model_read_inputs(arena, &work->calibration, given->calibration, item, &pictures, error));
    }
    if (given->test != NULL) {
        PROM_TRY(prom_model_read_inputs(arena, &work->test, given->test, item, &pictures, error));
    } else {
        work->test = work->calibration;
    }
    if (given->labels == NULL) {
        return prom_ok();
    }
    if (work->test.count == 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "--labels are those of the --test set, or of the --calibrate set; give one");
    }
    const size_t classes = work->network->layers[work->network->layer_count - 1].count;
    return prom_model_read_labels(arena, &work->labels, given->labels, work->test.shape.sizes[0], classes, error);
}

static prom_result quantise(struct work *work, const arguments *given, prom_error *error)
{
    const bool calibrated = work->calibration.count > 0;
    prom_progress_bar bar = prom_progress_bar_start("calibrate");
    const prom_progress progress = prom_progress_bar_reporter(&bar);
    const prom_result result = prom_network_quantise(&work->arena, &work->quantised, work->network,
                                                     calibrated ? &work->calibration : NULL, &progress, error);
    prom_progress_bar_end(&bar);
    return calibrated ? prom_within(result, error, "%.150s, calibrated with %.150s", given->model, given->calibration)
                      : prom_within(result, error, "%.150s", given->model);
}

static prom_result compare(struct work *work, prom_error *error)
{
    prom_progress_bar bar = prom_progress_bar_start("compare");
    const prom_progress progress = prom_progress_bar_reporter(&bar);
    const prom_test_set test_set = {.inputs = &work->test, .labels = work->labels};
    const prom_result result = prom_network_compare(&work->arena, &work->fidelity, work->network, &work->quantised,
                                                    &test_set, &progress, error);
    prom_progress_bar_end(&bar);
    return result;
}

/* -- Where precision is lost -- */

/* A layer that rounds, and whose integers are far from its floats. */
static bool is_weak(const prom_layer_fidelity *layer)
{
    const bool rounds = layer->kind == PROM_LAYER_DENSE || layer->kind == PROM_LAYER_CONV ||
                        layer->kind == PROM_LAYER_AVERAGE_POOL || layer->kind == PROM_LAYER_ADD;
    return rounds && layer->signal_to_noise < WEAK_DECIBELS;
}

/* The weakest layer behind `last` in the order of weakness; NULL when there is none. */
static const prom_layer_fidelity *next_weakest(const prom_fidelity *fidelity, const prom_layer_fidelity *last)
{
    const prom_layer_fidelity *weakest = NULL;
    for (size_t i = 0; i < fidelity->layer_count; i++) {
        const prom_layer_fidelity *layer = &fidelity->layers[i];
        const bool behind = last == NULL || layer->signal_to_noise > last->signal_to_noise ||
                            (layer->signal_to_noise == last->signal_to_noise && layer > last);
        if (is_weak(layer) && behind && (weakest == NULL || layer->signal_to_noise < weakest->signal_to_noise)) {
            weakest = layer;
        }
    }
    return weakest;
}

/* A sentence about the weakest layers, or nothing. */
static void find_warning(struct work *work)
{
    const prom_layer_fidelity *weak = next_weakest(&work->fidelity, NULL);
    size_t at = 0;
    for (size_t i = 0; weak != NULL && i < WEAK_NAMED; i++) {
        /* Three names of at most 63 characters fit. */
        at += (size_t)snprintf(work->warning + at, sizeof work->warning - at, "%s%s (%.1f dB)",
                               i == 0 ? "precision is lost most in " : ", ", weak->name, weak->signal_to_noise);
        weak = next_weakest(&work->fidelity, weak);
    }
}

/* -- Telling -- */

static double share(size_t part, size_t whole)
{
    return (double)part / (double)whole;
}

/* The program's value that stands for what layer `at` of the network makes. */
static const prom_value *value_of(const struct work *work, size_t at)
{
    return prom_program_value(work->quantised.program, work->quantised.values[at + 1]);
}

static void print_fidelity(const prom_layer_fidelity *layer)
{
    if (isfinite(layer->signal_to_noise)) {
        (void)printf("  %6.1f dB", layer->signal_to_noise);
    } else {
        (void)printf("  %9s", layer->signal_to_noise > 0 ? "exact" : "lost");
    }
    (void)printf("  %6.2f %%", 100 * layer->clamped);
}

static void print_layers(const struct work *work)
{
    int width = (int)sizeof "layer" - 1;
    const bool compared = work->fidelity.items > 0;
    for (size_t i = 0; i < work->network->layer_count; i++) {
        const int length = (int)strlen(work->network->layers[i].name);
        width = length > width ? length : width;
    }
    (void)printf("\n  %-*s  %-12s  %-14s  %-11s  %-12s%s\n", width, "layer", "kind", "output", "scale", "range",
                 compared ? "        S/N   clamped" : "");
    for (size_t i = 0; i < work->network->layer_count; i++) {
        const prom_network_layer *layer = &work->network->layers[i];
        char shape[PROM_SHAPE_TEXT];
        char range[PROM_MODEL_RANGE];
        (void)printf("  %-*s  %-12s  %-14s  %-11.5g  %-12s", width, layer->name, prom_layer_kind_name(layer->kind),
                     prom_shape_text(shape, &layer->shape), (double)work->quantised.scales[i + 1],
                     prom_model_range_text(range, value_of(work, i)->range));
        if (compared) {
            print_fidelity(&work->fidelity.layers[i]);
        }
        (void)putchar('\n');
    }
}

static const char *compared_set(const arguments *given)
{
    return given->test != NULL ? "test" : "calibration";
}

static void print_comparison(const struct work *work, const arguments *given)
{
    const prom_fidelity *found = &work->fidelity;
    (void)printf("\n  the %s set, %zu items: float and integer give the same class for %zu (%.2f %%)\n",
                 compared_set(given), found->items, found->agreeing, 100 * share(found->agreeing, found->items));
    if (work->labels != NULL) {
        (void)printf("  right: float %zu (%.2f %%), integer %zu (%.2f %%)\n", found->float_right,
                     100 * share(found->float_right, found->items), found->integer_right,
                     100 * share(found->integer_right, found->items));
    }
    if (work->warning[0] != '\0') {
        (void)printf("  warning: %s\n", work->warning);
    }
}

static void print(const struct work *work, const arguments *given)
{
    const prom_program *program = work->quantised.program;
    char digest[PROM_HEX32];
    (void)printf("%s\n\n", work->output);
    (void)printf("  digest      %s\n", prom_hex32(digest, &work->digest));
    (void)printf("  size        %zu bytes\n", program->bytes.length);
    (void)printf("  parameters  %llu\n", (unsigned long long)program->parameters);
    (void)printf("  MACs        %llu per item\n", (unsigned long long)program->multiplications);
    print_layers(work);
    if (work->fidelity.items > 0) {
        print_comparison(work, given);
    }
}

static json_t *finite_json(double number)
{
    return isfinite(number) ? json_real(number) : json_null();
}

static json_t *layers_json(const struct work *work)
{
    json_t *list = json_array();
    for (size_t i = 0; i < work->network->layer_count; i++) {
        const prom_network_layer *layer = &work->network->layers[i];
        const prom_layer_fidelity *found = work->fidelity.items > 0 ? &work->fidelity.layers[i] : NULL;
        (void)json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:f, s:o, s:o, s:o}",                    //
                                                    "name", layer->name,                                      //
                                                    "kind", prom_layer_kind_name(layer->kind),                //
                                                    "shape", prom_model_shape_json(&layer->shape),            //
                                                    "scale", (double)work->quantised.scales[i + 1],           //
                                                    "range", prom_model_range_json(value_of(work, i)->range), //
                                                    "signal_to_noise",
                                                    finite_json(found != NULL ? found->signal_to_noise : NAN), //
                                                    "clamped", finite_json(found != NULL ? found->clamped : NAN)));
    }
    return list;
}

static json_t *comparison_json(const struct work *work, const arguments *given)
{
    const prom_fidelity *found = &work->fidelity;
    const bool labelled = work->labels != NULL;
    if (found->items == 0) {
        return json_null();
    }
    return json_pack("{s:s, s:I, s:I, s:o, s:o, s:o, s:o}",                                            //
                     "set", compared_set(given),                                                       //
                     "items", (json_int_t)found->items,                                                //
                     "agreeing", (json_int_t)found->agreeing,                                          //
                     "right", labelled ? json_integer((json_int_t)found->integer_right) : json_null(), //
                     "right_float", labelled ? json_integer((json_int_t)found->float_right) : json_null(), "accuracy",
                     labelled ? json_real(share(found->integer_right, found->items)) : json_null(), "accuracy_float",
                     labelled ? json_real(share(found->float_right, found->items)) : json_null());
}

static prom_result tell(const struct work *work, const arguments *given, prom_error *error)
{
    const prom_program *program = work->quantised.program;
    char digest[PROM_HEX32];
    if (!given->json) {
        print(work, given);
        return prom_ok();
    }
    json_t *object = json_pack("{s:s, s:s, s:I, s:I, s:I, s:o, s:o, s:o}",              //
                               "output", work->output,                                  //
                               "digest", prom_hex32(digest, &work->digest),             //
                               "bytes", (json_int_t)program->bytes.length,              //
                               "parameters", (json_int_t)program->parameters,           //
                               "multiplications", (json_int_t)program->multiplications, //
                               "layers", layers_json(work),                             //
                               "comparison", comparison_json(work, given),              //
                               "warning", work->warning[0] != '\0' ? json_string(work->warning) : json_null());
    return prom_command_tell(true, object, error, "%s", "");
}

/* The file is written when all else is done: it is there only after a success. */
static prom_result compile(struct work *work, const arguments *given, prom_error *error)
{
    PROM_TRY(read_files(work, given, error));
    PROM_TRY(quantise(work, given, error));
    if (work->test.count > 0) {
        PROM_TRY(compare(work, error));
        find_warning(work);
    }
    prom_program_digest(&work->digest, work->quantised.program);
    PROM_TRY(prom_file_write(work->output, work->quantised.program->bytes, error));
    return tell(work, given, error);
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
    return prom_command_tell(true, json_pack("{s:O}", "operators", names), error, "%s", "");
}

/* -- The command -- */

static void end_work(struct work **work)
{
    if (*work != NULL) {
        prom_arena_free(&(*work)->arena);
        free(*work);
    }
}

static prom_result run(const arguments *given, prom_error *error)
{
    PROM_SCOPED(end_work) struct work *work = calloc(1, sizeof *work);
    if (work == NULL) {
        return prom_fail(error, PROM_CATEGORY_IO, "out of memory");
    }
    prom_arena_init(&work->arena, MEMORY);
    return compile(work, given, error);
}

static prom_exit run_compile(int argument_count, char **argument_values)
{
    arguments given = {0};
    const prom_option options[] = {
        {"--json", NULL, &given.json},     {"--calibrate", &given.calibration, NULL},
        {"--test", &given.test, NULL},     {"--labels", &given.labels, NULL},
        {"--output", &given.output, NULL}, {"-o", &given.output, NULL},
        {"--resize", NULL, &given.resize}, {"--mean", &given.mean, NULL},
        {"--std", &given.deviation, NULL}, {"--operators", NULL, &given.operators},
    };
    size_t operand_count = 0;
    prom_error error = {{0}};
    const bool json = prom_command_wants_json(argument_count, argument_values);
    prom_result result = prom_command_parse(argument_count, argument_values, options, sizeof options / sizeof *options,
                                            &given.model, &operand_count, 1, &error);
    if (prom_is_ok(result) && given.operators && operand_count == 0) {
        return prom_command_finish(json, tell_operators(json, &error), &error);
    }
    if (prom_is_ok(result) && given.operators) {
        result = prom_fail(&error, PROM_CATEGORY_BAD_INPUT, "--operators stands alone");
    }
    if (prom_is_ok(result) && operand_count == 0) {
        result = prom_fail(&error, PROM_CATEGORY_BAD_INPUT, "no model is given; see 'prom help compile'");
    }
    if (prom_is_ok(result)) {
        result = run(&given, &error);
    }
    if (!prom_is_ok(result)) {
        const prom_error failed = error;
        result = prom_fail(&error, result.category, "compile: %.480s", failed.sentence);
    }
    return prom_command_finish(json, result, &error);
}

static const char HELP[] =
    "prom compile - makes an integer program of a trained network\n"
    "\n"
    "usage: prom compile MODEL.onnx [--calibrate X] [-o FILE.prom] [--test X] [--labels L.npy] [--json]\n"
    "                    [--resize] [--mean M] [--std S]\n"
    "       prom compile --operators\n"
    "\n"
    "A contract needs a computation that gives the same bits on every machine, and one whose proof is cheap. So the\n"
    "network becomes a program over 8-bit integers, with exact sums. The same model and calibration set give the same\n"
    "bytes, and so the same digest, on every machine.\n"
    "\n"
    "MODEL.onnx has one input, whose first dimension is the batch, and one output. A model that is quantised already\n"
    "(QLinear or QuantizeLinear operators) brings its scales with it and needs no calibration. For a float model, the\n"
    "ranges of its values are measured on inputs like those that it will see: some hundred are enough.\n"
    "\n"
    "  --calibrate X       those inputs: an array of NumPy (.npy) whose first dimension counts the items, or a folder "
    "of\n"
    "                      PNG or JPEG pictures, as of 'prom infer'. Integers are taken as numbers here.\n"
    "  --test X            inputs to compare the program with the float network on; default: those of --calibrate\n"
    "  --labels L.npy      the right classes of the items that are compared, integers, to measure both accuracies by\n"
    "  -o, --output FILE   where the program goes; default: MODEL.prom, beside the model. It is written at the very "
    "end,\n"
    "                      and at once: it is whole, or it is what it was before.\n"
    "  --resize, --mean M, --std S\n"
    "                      what is done to pictures: as of 'prom infer'\n"
    "  --json              print one JSON object instead of text\n"
    "  --operators         lists the ONNX operators that a model may have, those of other domains with the domain's "
    "name\n"
    "\n"
    "It tells the program's digest, size, parameters (weights and biases) and MACs (multiplications for one item), "
    "and\n"
    "of each layer of the network:\n"
    "  scale, range        the real number that the integer 1 stands for; the integers that there can be\n"
    "  S/N                 signal to noise: the sum of the squares of the floats over that of the differences, in dB;\n"
    "                      \"exact\" where there is none\n"
    "  clamped             the share of values that lie beyond the range\n"
    "then how often float and integers agree on the class, and a warning that names the layers where precision is "
    "lost\n"
    "most, when there are some below 20 dB. A progress bar is there where standard error is a terminal.\n"
    "\n"
    "In the JSON object: output, digest, bytes, parameters, multiplications; layers (name, kind, shape, scale, range,\n"
    "signal_to_noise, clamped); comparison (set: \"test\" or \"calibration\"; items, agreeing, right, right_float, "
    "accuracy,\n"
    "accuracy_float; null without inputs, the last four without labels); warning (a sentence, or null).\n"
    "signal_to_noise is null where nothing was compared or there is no difference.\n"
    "\n"
    "Exit codes: 0 done, 1 failed, 2 the command line or a file that it names can not be used.\n"
    "\n"
    "Example:\n"
    "  prom compile digits-cnn.onnx --calibrate digits-calibration.npy\n";

const prom_command prom_command_compile = {
    .name = "compile",
    .summary = "a trained network, ONNX, as a program over integers",
    .help = HELP,
    .run = run_compile,
};
