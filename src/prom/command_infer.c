/* prom infer */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files/files.h"
#include "prom/command.h"
#include "prom/model_text.h"
#include "prometheus/program/run.h"
#include "system/clock.h"
#include "system/file.h"
#include "system/progress_bar.h"

#define MEMORY ((size_t)1 << 36)

enum { OPERANDS = 2, LINES_MAX = 20, KERNEL_NAMES = 128 };

typedef struct arguments {
    bool json;
    bool integers;
    bool as_numbers;
    bool resize;
    const char *operands[OPERANDS]; /* program, input */
    const char *output;
    const char *kernels;
    const char *labels;
    const char *mean;
    const char *deviation;
} arguments;

struct work {
    prom_arena arena;
    const prom_program *program;
    const prom_program_kernels *kernels;
    uint8_t *inputs;
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
    *kernels = name == NULL ? prom_program_kernels_best() : prom_program_kernels_by_name(name);
    if (name == NULL || *kernels != NULL) {
        return prom_ok();
    }
    for (size_t i = 0, at = 0; prom_program_kernels_name_at(i) != NULL && at < sizeof names; i++) {
        at += (size_t)snprintf(names + at, sizeof names - at, "%s%s", i == 0 ? "" : ", ",
                               prom_program_kernels_name_at(i));
        known = known || strcmp(prom_program_kernels_name_at(i), name) == 0;
    }
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                     known ? "this machine lacks the instructions of the kernels '%s'; there are %s"
                           : "there are no kernels '%s'; there are %s",
                     name, names);
}

static prom_result read_files(struct work *work, const arguments *given, prom_error *error)
{
    const char *const read[] = {given->operands[0], given->operands[1], given->labels};
    prom_image_options pictures;
    PROM_TRY(prom_file_check_output(given->output, read, sizeof read / sizeof *read, error));
    PROM_TRY(find_kernels(&work->kernels, given->kernels, error));
    PROM_TRY(prom_model_picture_options(&pictures, given->resize, given->mean, given->deviation, error));
    PROM_TRY(prom_model_read_program(&work->arena, &work->program, given->operands[0], error));
    PROM_TRY(prom_model_read_codes(&work->arena, &work->inputs, &work->items, given->operands[1], work->program,
                                   &pictures, given->as_numbers, error));
    if (given->labels == NULL) {
        return prom_ok();
    }
    return prom_model_read_labels(&work->arena, &work->labels, given->labels, work->items,
                                  prom_program_output(work->program)->count, error);
}

static prom_result compute(struct work *work, prom_error *error)
{
    const size_t count = prom_program_output(work->program)->count;
    prom_executor *executor = NULL;
    PROM_TRY_NEW(work->outputs, &work->arena, work->items * count, error);
    PROM_TRY(prom_executor_new(&work->arena, &executor, work->program, work->kernels, NULL, error));
    prom_progress_bar bar = prom_progress_bar_start("infer");
    const prom_progress progress = prom_progress_bar_reporter(&bar);
    const double started = prom_clock_seconds();
    const prom_executor_request request = {
        .inputs = work->inputs, .items = work->items, .memory = MEMORY, .progress = &progress};
    const prom_result result = prom_executor_run(executor, work->outputs, &request, error);
    work->seconds = prom_clock_seconds() - started;
    prom_progress_bar_end(&bar);
    return result;
}

static size_t class_of(const struct work *work, size_t item)
{
    const size_t count = prom_program_output(work->program)->count;
    return prom_model_class_of_codes(work->outputs + item * count, count);
}

static prom_result convert(struct work *work, const arguments *given, prom_error *error)
{
    for (size_t i = 0; i < work->items && work->labels != NULL; i++) {
        work->right += (int64_t)class_of(work, i) == work->labels[i];
    }
    return given->integers
               ? prom_model_output_integers(&work->arena, &work->told, work->program, work->outputs, work->items, error)
               : prom_model_output_numbers(&work->arena, &work->told, work->program, work->outputs, work->items, error);
}

/* The largest output of an item, as the user wants it. */
static double largest_of(const struct work *work, size_t item)
{
    const size_t at = item * prom_program_output(work->program)->count + class_of(work, item);
    if (work->told.dtype == PROM_DTYPE_F32) {
        return (double)((const float *)work->told.data)[at];
    }
    return work->told.dtype == PROM_DTYPE_I8 ? ((const int8_t *)work->told.data)[at]
                                             : ((const uint8_t *)work->told.data)[at];
}

static double accuracy(const struct work *work)
{
    return (double)work->right / (double)work->items;
}

static double rate(const struct work *work)
{
    return work->seconds > 0 ? (double)work->items / work->seconds : 0;
}

static void print_items(const struct work *work)
{
    const size_t lines = work->items <= LINES_MAX ? work->items : LINES_MAX - 1;
    (void)printf("%10s  %10s  %14s\n", "item", "largest at", "value");
    for (size_t i = 0; i < lines; i++) {
        (void)printf("%10zu  %10zu  %14.6g\n", i, class_of(work, i), largest_of(work, i));
    }
    if (lines < work->items) {
        (void)printf("%10s  %zu more: -o FILE.npy writes all outputs\n", "...", work->items - lines);
    }
}

static void print(const struct work *work, const arguments *given)
{
    char shape[PROM_SHAPE_TEXT];
    if (given->output == NULL) {
        print_items(work);
    } else {
        (void)printf("%s: %s, %s\n", given->output, prom_dtype_name(work->told.dtype),
                     prom_shape_text(shape, &work->told.shape));
    }
    if (work->labels != NULL) {
        (void)printf("accuracy %.2f %%: %zu of %zu items right\n", 100 * accuracy(work), work->right, work->items);
    }
    (void)fprintf(stderr, "%zu items in %.3f s, %.1f items/s, kernels %s\n", work->items, work->seconds, rate(work),
                  prom_program_kernels_name(work->kernels));
}

static prom_result print_json(const struct work *work, const arguments *given, prom_error *error)
{
    json_auto_t *classes = json_array();
    json_auto_t *values = json_array();
    prom_bytes32 digest;
    char text[PROM_HEX32];
    const bool labelled = work->labels != NULL;
    for (size_t i = 0; i < work->items; i++) {
        (void)json_array_append_new(classes, json_integer((json_int_t)class_of(work, i)));
        (void)json_array_append_new(values, json_real(largest_of(work, i)));
    }
    prom_program_digest(&digest, work->program);
    json_t *object = json_pack("{s:s, s:I, s:o, s:s, s:s?, s:O, s:O, s:o, s:o, s:f, s:f, s:s}",         //
                               "program", prom_hex32(text, &digest),                                    //
                               "items", (json_int_t)work->items,                                        //
                               "shape", prom_model_shape_json(&work->told.shape),                       //
                               "type", prom_dtype_name(work->told.dtype),                               //
                               "output", given->output,                                                 //
                               "classes", classes,                                                      //
                               "values", values,                                                        //
                               "right", labelled ? json_integer((json_int_t)work->right) : json_null(), //
                               "accuracy", labelled ? json_real(accuracy(work)) : json_null(),          //
                               "seconds", work->seconds,                                                //
                               "items_per_second", rate(work),                                          //
                               "kernels", prom_program_kernels_name(work->kernels));
    return prom_command_tell(true, object, error, "%s", "");
}

static prom_result infer(struct work *work, const arguments *given, prom_error *error)
{
    PROM_TRY(read_files(work, given, error));
    PROM_TRY(compute(work, error));
    PROM_TRY(convert(work, given, error));
    if (given->output != NULL) {
        PROM_TRY(prom_model_write_tensor(given->output, &work->told, error));
    }
    if (given->json) {
        return print_json(work, given, error);
    }
    print(work, given);
    return prom_ok();
}

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
    return infer(work, given, error);
}

static prom_exit run_infer(int argument_count, char **argument_values)
{
    arguments given = {0};
    const prom_option options[] = {
        {"--json", NULL, &given.json},        {"--output", &given.output, NULL},
        {"-o", &given.output, NULL},          {"--integers", NULL, &given.integers},
        {"--float", NULL, &given.as_numbers}, {"--kernels", &given.kernels, NULL},
        {"--labels", &given.labels, NULL},    {"--resize", NULL, &given.resize},
        {"--mean", &given.mean, NULL},        {"--std", &given.deviation, NULL},
    };
    size_t operand_count = 0;
    prom_error error = {{0}};
    const bool json = prom_command_wants_json(argument_count, argument_values);
    prom_result result = prom_command_parse(argument_count, argument_values, options, sizeof options / sizeof *options,
                                            given.operands, &operand_count, OPERANDS, &error);
    if (prom_is_ok(result) && operand_count < OPERANDS) {
        result = prom_fail(&error, PROM_CATEGORY_BAD_INPUT, "no %s is given; see 'prom help infer'",
                           operand_count == 0 ? "program" : "input");
    }
    if (prom_is_ok(result)) {
        result = run(&given, &error);
    }
    if (!prom_is_ok(result)) {
        const prom_error failed = error;
        result = prom_fail(&error, result.category, "infer: %.480s", failed.sentence);
    }
    return prom_command_finish(json, result, &error);
}

static const char HELP[] =
    "prom infer - runs an integer program over a batch\n"
    "\n"
    "usage: prom infer PROGRAM X [-o Y.npy] [--integers] [--float] [--labels L.npy] [--kernels NAME] [--json]\n"
    "                 [--resize] [--mean M] [--std S]\n"
    "\n"
    "PROGRAM is a file that 'prom compile' wrote. X is a batch: an array of NumPy (.npy) whose first dimension counts "
    "the\n"
    "items, or a folder of PNG or JPEG pictures, taken in the order of their names.\n"
    "\n"
    "  floats       (float16, float32, float64) are what the model was trained on. Each is divided by the scale of "
    "the\n"
    "               program's input, rounded and clamped. Infinities and NaN are refused.\n"
    "  integers     (of any width) are the program's own, with its zero point on: what a quantised model takes. One "
    "that\n"
    "               is out of range is refused. With --float, integers are plain numbers and are treated as floats "
    "are.\n"
    "  pictures     become numbers from 0 to 1, channels before height and width, in grey for a model of one channel.\n"
    "\n"
    "The same program and input give the same bytes on every machine, whatever the kernels.\n"
    "\n"
    "  -o, --output Y.npy  where all outputs go, as float32, or with --integers as uint8 or int8: the program's own, "
    "with\n"
    "                      its zero point on (uint8 where both fit). Without it, the place and the value of each "
    "item's\n"
    "                      largest output are shown, of some items.\n"
    "  --labels L.npy      the right class of each item, an integer, to measure the accuracy by: an item is right "
    "when\n"
    "                      its largest output (the first, of equals) stands at its label\n"
    "  --kernels NAME      the instructions to compute with: portable, avx2, avx512 or avx512vnni. Default: the "
    "fastest\n"
    "                      that this machine has\n"
    "  --resize            resizes pictures to the model's height and width; without it, others are refused\n"
    "  --mean M, --std S   pictures become (number - M) / S; one number, or one each for red, green and blue: "
    "0.5,0.4,0.3\n"
    "  --json              print one JSON object instead of text\n"
    "\n"
    "Time and speed, of the computation alone, are told on standard error; a progress bar is there where that is a\n"
    "terminal. Y.npy is written when all is computed, and at once: it is whole, or it is what it was before.\n"
    "\n"
    "In the JSON object: program (its digest), items, shape and type (of the outputs), output (the file, or null), "
    "classes\n"
    "and values (of each item: the place and the value of its largest output), right and accuracy (null without "
    "labels),\n"
    "seconds, items_per_second, kernels.\n"
    "\n"
    "Exit codes: 0 done, 1 failed, 2 the command line or a file that it names can not be used.\n"
    "\n"
    "Example:\n"
    "  prom infer digits-cnn.prom digits-heldout-images.npy --labels digits-heldout-labels.npy -o out.npy\n";

const prom_command prom_command_infer = {
    .name = "infer",
    .summary = "runs an integer program over a batch, .npy or pictures",
    .help = HELP,
    .run = run_infer,
};
