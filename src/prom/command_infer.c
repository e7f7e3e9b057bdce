/* prom infer */
#include <stdio.h>
#include <string.h>

#include "base/suggest.h"
#include "base/units.h"
#include "cli/tell.h"
#include "files/files.h"
#include "prom/batch.h"
#include "prom/model_text.h"
#include "prom/root.h"
#include "prometheus/program/run.h"
#include "system/clock.h"
#include "system/progress_bar.h"

#define MEMORY ((size_t)1 << 36)

enum { LINES_MAX = 20, KERNEL_NAMES = 128, ITEMS_FOR_RATE = 100 /* fewer tell nothing about a speed */ };

typedef struct arguments {
    bool json;
    bool integers;
    prom_batch_options batch;
    const char *program;
    const char *input;
    const char *output;
    const char *kernels;
    const char *labels;
} arguments;

struct inference {
    prom_arena arena;
    const prom_program *program;
    const prom_program_kernels *kernels;
    prom_files_codes input;
    size_t items;
    const int64_t *labels;
    uint8_t *outputs;
    double seconds;
    size_t right;
    prom_tensor told; /* the outputs, as the user wants them */
};

static prom_result find_kernels(const prom_program_kernels **kernels, const char *name, prom_error *error)
{
    char names[KERNEL_NAMES] = "";
    bool known = false;
    prom_suggestion near = prom_suggestion_for(name != NULL ? name : "", name != NULL ? strlen(name) : 0);
    *kernels = name == NULL ? prom_program_kernels_best() : prom_program_kernels_by_name(name);
    if (name == NULL || *kernels != NULL) {
        return prom_ok();
    }
    for (size_t i = 0, at = 0; prom_program_kernels_name_at(i) != NULL && at < sizeof names; i++) {
        at += (size_t)snprintf(names + at, sizeof names - at, "%s%s", i == 0 ? "" : ", ",
                               prom_program_kernels_name_at(i));
        known = known || strcmp(prom_program_kernels_name_at(i), name) == 0;
        prom_suggestion_consider(&near, prom_program_kernels_name_at(i));
    }
    if (!known && near.best != NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "there are no kernels '%.100s' (did you mean '%s'?); there are %s", name, near.best, names);
    }
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                     known ? "this machine lacks the instructions of the kernels '%s'; there are %s"
                           : "there are no kernels '%s'; there are %s",
                     name, names);
}

static prom_result read_files(struct inference *inference, const arguments *given, prom_error *error)
{
    const prom_batch_files files = {given->program, given->input, &given->batch, given->json};
    PROM_TRY(find_kernels(&inference->kernels, given->kernels, error));
    PROM_TRY(prom_batch_read_files(&inference->arena, &inference->program, &inference->input, &files, error));
    inference->items = inference->input.items;
    if (given->labels == NULL) {
        return prom_ok();
    }
    return prom_files_read_labels(&inference->arena, &inference->labels, given->labels, inference->items,
                                  prom_program_output(inference->program)->count, error);
}

static prom_result compute(struct inference *inference, prom_error *error)
{
    const size_t count = prom_program_output(inference->program)->count;
    prom_executor *executor = NULL;
    PROM_TRY_NEW(inference->outputs, &inference->arena, inference->items * count, error);
    PROM_TRY(prom_executor_new(&inference->arena, &executor, inference->program, inference->kernels, NULL, error));
    prom_progress_bar bar = prom_progress_bar_start("infer");
    const prom_progress progress = prom_progress_bar_reporter(&bar);
    const double started = prom_clock_seconds();
    const prom_executor_request request = {
        .inputs = inference->input.codes, .items = inference->items, .memory = MEMORY, .progress = &progress};
    const prom_result result = prom_executor_run(executor, inference->outputs, &request, error);
    inference->seconds = prom_clock_seconds() - started;
    prom_progress_bar_end(&bar);
    return result;
}

static size_t class_of(const struct inference *inference, size_t item)
{
    const size_t count = prom_program_output(inference->program)->count;
    return prom_files_class_of_codes(inference->outputs + item * count, count);
}

static prom_result convert(struct inference *inference, const arguments *given, prom_error *error)
{
    for (size_t i = 0; i < inference->items && inference->labels != NULL; i++) {
        inference->right += (int64_t)class_of(inference, i) == inference->labels[i];
    }
    return given->integers ? prom_files_output_integers(&inference->arena, &inference->told, inference->program,
                                                        inference->outputs, inference->items, error)
                           : prom_files_output_numbers(&inference->arena, &inference->told, inference->program,
                                                       inference->outputs, inference->items, error);
}

/* The largest output of an item, as the user wants it. */
static double largest_of(const struct inference *inference, size_t item)
{
    const size_t at = item * prom_program_output(inference->program)->count + class_of(inference, item);
    if (inference->told.dtype == PROM_DTYPE_F32) {
        return (double)((const float *)inference->told.data)[at];
    }
    return inference->told.dtype == PROM_DTYPE_I8 ? ((const int8_t *)inference->told.data)[at]
                                                  : ((const uint8_t *)inference->told.data)[at];
}

static double accuracy(const struct inference *inference)
{
    return (double)inference->right / (double)inference->items;
}

static double rate(const struct inference *inference)
{
    return inference->seconds > 0 ? (double)inference->items / inference->seconds : 0;
}

static void print_items(const struct inference *inference)
{
    const size_t lines = inference->items <= LINES_MAX ? inference->items : LINES_MAX - 1;
    (void)printf("%10s  %10s  %14s\n", "item", "largest at", "value");
    for (size_t i = 0; i < lines; i++) {
        (void)printf("%10zu  %10zu  %14.6g\n", i, class_of(inference, i), largest_of(inference, i));
    }
    if (lines < inference->items) {
        char more[PROM_UNITS];
        (void)printf("%10s  %s more: -o FILE.npy writes all outputs\n", "...",
                     prom_units_number(more, inference->items - lines));
    }
}

static void print(const struct inference *inference, const arguments *given)
{
    char shape[PROM_SHAPE_TEXT];
    char count[PROM_UNITS];
    char time[PROM_UNITS];
    FILE *stream = prom_tell_beside(given->output);
    if (given->output == NULL) {
        print_items(inference);
    } else {
        (void)fprintf(stream, "%s: %s, %s\n", given->output, prom_dtype_name(inference->told.dtype),
                      prom_shape_text(shape, &inference->told.shape));
    }
    if (inference->labels != NULL) {
        char right[PROM_UNITS];
        (void)fprintf(stream, "accuracy %.2f %%: %s of %s right\n", 100 * accuracy(inference),
                      prom_units_number(right, inference->right), prom_units_count(count, inference->items, "item"));
    }
    (void)fprintf(stderr, "%s in %s with the kernels %s", prom_units_count(count, inference->items, "item"),
                  prom_units_seconds(time, inference->seconds), prom_program_kernels_name(inference->kernels));
    if (inference->items >= ITEMS_FOR_RATE) {
        (void)fprintf(stderr, ": %s a second", prom_units_count(count, (uint64_t)(rate(inference) + 0.5), "item"));
    }
    (void)fputc('\n', stderr);
}

static prom_result print_json(const struct inference *inference, const arguments *given, prom_error *error)
{
    json_auto_t *classes = json_array();
    json_auto_t *values = json_array();
    prom_bytes32 digest;
    char text[PROM_HEX32];
    const bool labelled = inference->labels != NULL;
    for (size_t i = 0; i < inference->items; i++) {
        (void)json_array_append_new(classes, json_integer((json_int_t)class_of(inference, i)));
        (void)json_array_append_new(values, json_real(largest_of(inference, i)));
    }
    prom_program_digest(&digest, inference->program);
    json_t *object = json_pack("{s:s, s:I, s:s, s:I, s:o, s:s, s:s?, s:O, s:O, s:o, s:o, s:f, s:f, s:s}",    //
                               "program", prom_hex32(text, &digest),                                         //
                               "items", (json_int_t)inference->items,                                        //
                               "input", inference->input.own ? "integers" : "numbers",                       //
                               "clamped", (json_int_t)inference->input.clamped,                              //
                               "shape", prom_text_shape_json(&inference->told.shape),                        //
                               "type", prom_dtype_name(inference->told.dtype),                               //
                               "output", given->output,                                                      //
                               "classes", classes,                                                           //
                               "values", values,                                                             //
                               "right", labelled ? json_integer((json_int_t)inference->right) : json_null(), //
                               "accuracy", labelled ? json_real(accuracy(inference)) : json_null(),          //
                               "seconds", prom_units_measured(inference->seconds),                           //
                               "items_per_second", prom_units_measured(rate(inference)),                     //
                               "kernels", prom_program_kernels_name(inference->kernels));
    return prom_tell_json(object, error);
}

static prom_result infer(struct inference *inference, const arguments *given, prom_error *error)
{
    PROM_TRY(read_files(inference, given, error));
    PROM_TRY(compute(inference, error));
    PROM_TRY(convert(inference, given, error));
    if (given->output != NULL) {
        PROM_TRY(prom_files_write_tensor(given->output, &inference->told, error));
    }
    if (given->json) {
        return print_json(inference, given, error);
    }
    print(inference, given);
    return prom_ok();
}

static void end_inference(struct inference *inference)
{
    prom_arena_free(&inference->arena);
}

static prom_result run_infer(void *values, prom_exit *code, prom_error *error)
{
    PROM_SCOPED(end_inference) struct inference inference = {.items = 0};
    (void)code;
    prom_arena_init(&inference.arena, MEMORY);
    return infer(&inference, values, error);
}

static const prom_parameter PARAMETERS[] = {
    PROM_PARAMETER_PROGRAM(program),
    {.value = "X",
     .noun = "input",
     .required = true,
     PROM_TO_TEXT(input),
     .stream = PROM_STREAM_INPUT,
     .files = "npy",
     .help = "A batch: an array of NumPy (.npy) whose first dimension counts the items, or a folder of PNG or JPEG "
             "pictures, or of folders of them, taken in the order of their names. Pictures are turned as EXIF says."},
    {.option = "--output",
     .letter = "-o",
     .value = "Y.npy",
     PROM_TO_TEXT(output),
     .stream = PROM_STREAM_OUTPUT,
     .files = "npy",
     .writes = true,
     .help = "Write all outputs to Y.npy, as float32. Without it, the place and the value of each item's largest "
             "output are shown, of some items."},
    {.option = "--integers",
     PROM_TO_FLAG(integers),
     .help = "Write the program's own integers, with its zero point on: as uint8 where they fit, else as int8."},
    {.option = "--labels",
     .value = "L.npy",
     PROM_TO_TEXT(labels),
     .stream = PROM_STREAM_INPUT,
     .files = "npy",
     .help =
         "Measure the accuracy by the right class of each item, an integer; or, where L is a folder of folders with "
         "pictures, the place of the item's folder among them. An item is right when its largest output (the first, "
         "of equals) stands at its label."},
    {.option = "--kernels",
     .value = "NAME",
     PROM_TO_TEXT(kernels),
     .words = "portable avx2 avx512 avx512vnni",
     .help = "Compute with these instructions. Default: the fastest that this machine has."},
    PROM_PARAMETER_FLOAT,
    PROM_PARAMETERS_PICTURES,
    PROM_PARAMETER_JSON(json),
    {0},
};

static const prom_text DESCRIPTION[] = {
    {NULL,
     "The same program and input give the same bytes on every machine, whatever the kernels. What X holds may be:"},
    {"floats", "(float16, float32, float64) are what the model was trained on. Each is divided by the scale of the "
               "program's input, rounded and clamped; a warning says how many were clamped. Infinities and NaN are "
               "refused."},
    {"integers", "(of any width) are the program's own, with its zero point on: what a quantised model takes. One that "
                 "is out of range is refused. 'prom compile' and 'prom demo' take integers as numbers instead, and so "
                 "do these with --float; a note says so where it matters."},
    {"pictures", "become numbers from 0 to 1, channels before height and width, in grey for a model of one channel; "
                 "then (number - M) / S with --mean and --std."},
    {NULL,
     "Time and speed, of the computation alone, go to standard error; a progress bar is there where that is a "
     "terminal. Y.npy is tried first, and written when all is computed, and at once: it is whole, or it is what it was "
     "before. One that is read here is not written over."},
    {0},
};

static const prom_text JSON[] = {
    {"program", "the program's digest"},
    {"items", "how many items the batch has"},
    {"input", "\"integers\", the program's own, or \"numbers\""},
    {"clamped", "how many numbers lay beyond the range that the program was calibrated for"},
    {"shape, type", "of the outputs"},
    {"output", "the file, or null"},
    {"classes, values", "of each item: the place and the value of its largest output"},
    {"right, accuracy", "null without labels"},
    {"seconds", "time of the computation"},
    {"items_per_second", "its speed"},
    {"kernels", "the instructions that it used"},
    {0},
};

static const char *const EXAMPLES[] = {
    "prom infer digits-cnn.prom digits-heldout-images.npy -o out.npy",
    NULL,
};

const prom_command prom_command_infer = {
    .name = "infer",
    .summary = "run an integer program over a batch, .npy or pictures",
    .description = DESCRIPTION,
    .parameters = PARAMETERS,
    .json = JSON,
    .exits = {[PROM_EXIT_USAGE] = "the command line or a file that it names cannot be used"},
    .examples = EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_infer,
};
