/* prom program run | verify */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "cli/tell.h"
#include "files/items.h"
#include "prom/results_text.h"
#include "prom/root.h"
#include "prometheus/contract/sampling.h"
#include "prometheus/crypto/merkle.h"
#include "prometheus/scheme/scheme.h"
#include "system/clock.h"
#include "system/file.h"
#include "system/progress_bar.h"
#include "system/random.h"
#include "system/stream.h"
#include "wasm/runner.h"

#define MEMORY ((size_t)1 << 36)
#define RESULTS_MAX ((size_t)1 << 32)

enum { SHARE_DEFAULT = 10, BASIS_POINTS_OF_PERCENT = 100 };

/* Of both. */
typedef struct arguments {
    bool json;
    const char *program;
    prom_texts inputs;
    const char *kind;
    const char *output;
    const char *results;
    uint32_t share; /* per cent */
} arguments;

struct run {
    prom_arena arena;
    prom_runner runner;
    prom_module module;
    prom_items items;
    prom_items_kind kind;
    const prom_scheme_job *job;
    const prom_node_result *nodes;
    uint32_t count; /* of nodes */
    uint32_t failed;
    uint64_t fuel;      /* of all nodes */
    uint64_t fuel_most; /* of one item */
    uint64_t fold_most;
    double seconds;
};

static void end_run(struct run *run)
{
    prom_arena_free(&run->arena);
}

/* Reads the program and its items, and opens the job that they are. */
static prom_result open_job(struct run *run, const arguments *given, prom_error *error)
{
    const prom_scheme *replay = prom_scheme_by_number(PROM_SCHEME_REPLAY_MODULE);
    prom_job_bytes bytes = {.runner = &run->runner};
    prom_arena_init(&run->arena, MEMORY);
    prom_wasm_runner_init(&run->runner, NULL);
    if (!prom_items_kind_of(&run->kind, given->kind)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "--items is one of " PROM_ITEMS_KINDS);
    }
    PROM_TRY(prom_file_read(&run->arena, &bytes.program, given->program,
                            (size_t)PROM_MODULE_BYTES_MAX + PROM_MODULE_MANIFEST, error));
    PROM_TRY(prom_within(prom_module_read(&run->module, bytes.program, error), error,
                         "%.200s: 'prom program make' makes a program of a module, and 'prom infer' runs integer "
                         "programs",
                         given->program));
    PROM_TRY(
        prom_files_read_items(&run->arena, &run->items, given->inputs.list, given->inputs.count, run->kind, error));
    PROM_TRY(prom_items_write(&run->arena, &bytes.input, &run->items, error));
    return replay->open(&run->arena, &run->job, &bytes, error);
}

/* -- run -- */

static void count_nodes(struct run *run)
{
    for (uint32_t i = 0; i < run->count; i++) {
        uint64_t *most = i < run->items.count ? &run->fuel_most : &run->fold_most;
        run->fuel += run->nodes[i].fuel;
        *most = run->nodes[i].fuel > *most ? run->nodes[i].fuel : *most;
        run->failed += run->nodes[i].status != PROM_NODE_OK;
    }
}

static prom_result compute(struct run *run, prom_delivery *delivery, prom_bytes32 *root, prom_error *error)
{
    prom_progress_bar bar = prom_progress_bar_start("program");
    const prom_progress progress = prom_progress_bar_reporter(&bar);
    const double started = prom_clock_seconds();
    const prom_result result = run->job->scheme->deliver(&run->arena, delivery, root, run->job, &progress, error);
    run->seconds = prom_clock_seconds() - started;
    prom_progress_bar_end(&bar);
    PROM_TRY(result);
    PROM_TRY(prom_results_read(&run->arena, &run->nodes, &run->count, delivery->output, error));
    count_nodes(run);
    return prom_ok();
}

static prom_node_results results_of(const struct run *run)
{
    return (prom_node_results){run->nodes, run->count, run->module.limits.folds};
}

static prom_result write_files(struct run *run, const prom_delivery *delivery, const arguments *given,
                               prom_error *error)
{
    prom_file_output files[2];
    size_t count = 0;
    if (given->results != NULL) {
        files[count++] = (prom_file_output){given->results, delivery->output};
    }
    if (given->output != NULL) {
        files[count].path = given->output;
        const prom_node_results results = results_of(run);
        PROM_TRY(
            prom_results_gather(&run->arena, &files[count++].content, &results, run->kind == PROM_ITEMS_LINES, error));
    }
    return count > 0 ? prom_file_write_together(files, count, error) : prom_ok();
}

static void print_run(const struct run *run, const arguments *given)
{
    FILE *stream = prom_tell_beside(given->output);
    const uint32_t folds = run->count - run->items.count;
    char text[PROM_UNITS];
    char more[PROM_UNITS];
    (void)fprintf(stream, "%s", prom_units_count(text, run->items.count, "item"));
    if (folds > 0) {
        (void)fprintf(stream, ", %s", prom_units_count(text, folds, "fold"));
    }
    (void)fprintf(stream, " in %s\n", prom_units_seconds(text, run->seconds));
    (void)fprintf(stream, "fuel %s in all, at most ", prom_units_number(text, run->fuel));
    if (!run->module.limits.folds_alone) {
        (void)fprintf(stream, "%s an item%s", prom_units_number(more, run->fuel_most), folds > 0 ? " and " : "");
    }
    if (folds > 0) {
        (void)fprintf(stream, "%s a fold", prom_units_number(text, run->fold_most));
    }
    (void)fprintf(stream, "\n");
}

static json_t *failures_json(const struct run *run)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < run->count; i++) {
        const prom_node_result *result = &run->nodes[i];
        if (result->status != PROM_NODE_OK) {
            (void)json_array_append_new(
                list,
                json_pack("{s:I, s:s, s:s?}", "node", (json_int_t)i, "status", prom_node_status_name(result->status),
                          "trap", result->status == PROM_NODE_TRAP ? prom_node_trap_name(result->trap) : NULL));
        }
    }
    return list;
}

static json_t *run_json(const struct run *run, const prom_bytes32 *root, const arguments *given)
{
    char digest[PROM_HEX32];
    char hex[PROM_HEX32];
    return json_pack("{s:s, s:s, s:I, s:I, s:o, s:I, s:I, s:I, s:f, s:s?, s:s?}", //
                     "program", prom_hex32(digest, &run->module.digest),          //
                     "root", prom_hex32(hex, root),                               //
                     "items", (json_int_t)run->items.count,                       //
                     "nodes", (json_int_t)run->count,                             //
                     "failed", failures_json(run),                                //
                     "fuel", (json_int_t)run->fuel,                               //
                     "item_fuel_max", (json_int_t)run->fuel_most,                 //
                     "fold_fuel_max", (json_int_t)run->fold_most,                 //
                     "seconds", prom_units_measured(run->seconds),                //
                     "output", given->output,                                     //
                     "results", given->results);
}

static prom_result run_run(void *values, prom_exit *code, prom_error *error)
{
    PROM_SCOPED(end_run) struct run run = {.count = 0};
    const arguments *given = values;
    prom_delivery delivery;
    prom_bytes32 root;
    PROM_TRY(open_job(&run, given, error));
    PROM_TRY(compute(&run, &delivery, &root, error));
    PROM_TRY(write_files(&run, &delivery, given, error));
    *code = run.failed > 0 ? PROM_EXIT_FAILURE : PROM_EXIT_OK;
    if (given->json) {
        return prom_tell_json(run_json(&run, &root, given), error);
    }
    const prom_node_results results = results_of(&run);
    prom_results_print_failures(&results);
    print_run(&run, given);
    return prom_ok();
}

/* -- verify -- */

/* The results as they were claimed, with the root that they have. */
static prom_result read_results(struct run *run, prom_delivery *claimed, prom_bytes32 *root, const char *path,
                                prom_error *error)
{
    prom_bytes32 *leaves = NULL;
    *claimed = (prom_delivery){.proof = prom_span_of(NULL, 0)};
    PROM_TRY(prom_file_read(&run->arena, &claimed->output, path, RESULTS_MAX, error));
    PROM_TRY(prom_within(prom_results_read(&run->arena, &run->nodes, &run->count, claimed->output, error), error,
                         "%.200s", path));
    PROM_TRY_NEW(leaves, &run->arena, run->count, error);
    for (uint32_t i = 0; i < run->count; i++) {
        PROM_TRY(prom_results_leaf(&run->arena, &leaves[i], &run->nodes[i], error));
    }
    return prom_merkle_root(&run->arena, root, leaves, run->count, error);
}

/* A sample that nobody else could foresee, and its opening, as in a contract. */
static prom_result draw(struct run *run, prom_sample *sample, prom_delivery *claimed, const arguments *given,
                        prom_error *error)
{
    const uint32_t share = given->share != 0 ? given->share : SHARE_DEFAULT;
    const prom_bytes32 seed = prom_random_bytes32();
    if (run->count != run->job->named.items) {
        return prom_fail(error, PROM_CATEGORY_PEER, "there are results of %" PRIu32 " nodes, and the job has %" PRIu32,
                         run->count, run->job->named.items);
    }
    PROM_TRY(
        prom_sample_draw(&run->arena, sample, &seed, run->count, (uint16_t)(share * BASIS_POINTS_OF_PERCENT), error));
    return run->job->scheme->open_sample(&run->arena, &claimed->proof, run->job, claimed->output, sample, error);
}

static prom_result verify(struct run *run, const arguments *given, prom_error *error)
{
    prom_delivery claimed;
    prom_bytes32 root;
    prom_sample sample;
    char nodes[PROM_UNITS];
    char seconds[PROM_UNITS];
    PROM_TRY(open_job(run, given, error));
    PROM_TRY(read_results(run, &claimed, &root, given->results, error));
    PROM_TRY(draw(run, &sample, &claimed, given, error));
    prom_progress_bar bar = prom_progress_bar_start("verify");
    const prom_progress progress = prom_progress_bar_reporter(&bar);
    const double started = prom_clock_seconds();
    const prom_result result =
        run->job->scheme->verify(&run->arena, run->job, &claimed, &root, &sample, &progress, error);
    run->seconds = prom_clock_seconds() - started;
    prom_progress_bar_end(&bar);
    PROM_TRY(result);
    json_t *object = json_pack("{s:b, s:I, s:I, s:f}", "valid", 1, "nodes", (json_int_t)run->count, "checked",
                               (json_int_t)sample.count, "seconds", prom_units_measured(run->seconds));
    return prom_tell(given->json, object, error, "valid: %zu of %s computed again, all as the results say, in %s\n",
                     sample.count, prom_units_count(nodes, run->count, "node"),
                     prom_units_seconds(seconds, run->seconds));
}

static prom_result run_verify(void *values, prom_exit *code, prom_error *error)
{
    PROM_SCOPED(end_run) struct run run = {.count = 0};
    const arguments *given = values;
    const prom_result result = verify(&run, given, error);
    if (result.category != PROM_CATEGORY_PEER || !given->json) {
        return result;
    }
    *code = PROM_EXIT_FAILURE;
    return prom_tell_json(json_pack("{s:b, s:o}", "valid", 0, "reason", prom_tell_sentence(error)), error);
}

/* -- The tables -- */

#define PARAMETER_PROGRAM                                                                                              \
    {                                                                                                                  \
        .value = "PROGRAM", .noun = "program", .required = true, PROM_TO_TEXT(program), .files = "prom",               \
        .help = "A program that 'prom program make' wrote."                                                            \
    }
#define PARAMETER_INPUTS                                                                                               \
    {                                                                                                                  \
        .value = "INPUT...", .noun = "input", .required = true, PROM_TO_TEXTS(inputs), .files = "*",                   \
        .help = "Files or folders with the items of the batch, in this order."                                         \
    }
#define PARAMETER_ITEMS                                                                                                \
    {                                                                                                                  \
        .option = "--items", .value = "KIND", .noun = "kind of items", PROM_TO_TEXT(kind), .words = PROM_ITEMS_KINDS,  \
        .help = "What an item is: a file (files), of a folder each in the byte order of their names; a line without "  \
                "its newline (lines); a row of a .npy array (rows); or as the file of canonical items has them "       \
                "(records; docs/programs.md). Default: files."                                                         \
    }

static const prom_parameter RUN_PARAMETERS[] = {
    PARAMETER_PROGRAM,
    PARAMETER_INPUTS,
    PARAMETER_ITEMS,
    {.option = "--output",
     .letter = "-o",
     .value = "FILE",
     PROM_TO_TEXT(output),
     .stream = PROM_STREAM_OUTPUT,
     .files = "*",
     .writes = true,
     .help =
         "Write the result to FILE: that of the last fold; of a program that does not fold, those of all items, one "
         "after another, and each with a newline where items are lines."},
    {.option = "--results",
     .value = "FILE",
     PROM_TO_TEXT(results),
     .files = "*",
     .writes = true,
     .help = "Write what a worker would deliver: status, fuel and result of every item and fold."},
    PROM_PARAMETER_JSON(json),
    {0},
};

static const prom_text RUN_DESCRIPTION[] = {
    {NULL, "Computes each item, and then the folds, each in an instance of its own: the results and their fuel are the "
           "same on every machine. What fails (a trap, fuel that ran out, calls that went too deep, a result that is "
           "too long) is told with its number, and is a result like any other; the exit code is 1 then."},
    {NULL, "A program of 'make --fold-only' folds the items as they are."},
    {0},
};

static const prom_text RUN_JSON[] = {
    {"program, root", "the program's digest, and the commitment to all results"},
    {"items, nodes", "how many items, and how many with the folds"},
    {"failed", "a list of node, status, trap (null where it did not trap)"},
    {"fuel, item_fuel_max, fold_fuel_max",
     "of all nodes that did not fail, of the costliest item, of the costliest fold"},
    {"seconds", "time of the computation"},
    {"output, results", "the files, or null"},
    {0},
};

static const char *const RUN_EXAMPLES[] = {
    "prom program run wordcount.prom book.txt --items lines -o counts.txt",
    NULL,
};

const prom_command prom_command_program_run = {
    .name = "run",
    .summary = "run a program over the items of a batch",
    .description = RUN_DESCRIPTION,
    .parameters = RUN_PARAMETERS,
    .json = RUN_JSON,
    .exits = {[PROM_EXIT_FAILURE] = "an item or a fold failed, or this machine did",
              [PROM_EXIT_USAGE] = "the command line or a file that it names cannot be used"},
    .examples = RUN_EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_run,
};

static const prom_parameter VERIFY_PARAMETERS[] = {
    PARAMETER_PROGRAM,
    PARAMETER_INPUTS,
    PARAMETER_ITEMS,
    {.option = "--results",
     .value = "FILE",
     .noun = "file of results",
     .required = true,
     PROM_TO_TEXT(results),
     .files = "*",
     .help = "The results, as 'prom program run --results' wrote them."},
    {.option = "--share",
     .value = "PERCENT",
     .noun = "share",
     PROM_TO_NUMBER(share),
     .min = 1,
     .max = 100,
     .help = "Compute this share of all items and folds again, at least one, drawn by chance. Default: 10."},
    PROM_PARAMETER_JSON(json),
    {0},
};

static const prom_text VERIFY_DESCRIPTION[] = {
    {NULL, "Computes a share of the items and folds again, as a verifier does in a contract, and compares status, fuel "
           "and result. One that is wrong among many is found with about the chance that the share says."},
    {0},
};

static const prom_text VERIFY_JSON[] = {
    {"valid", "true, or false; then the only other member is reason, a sentence"},
    {"nodes, checked", "how many items and folds there are, and how many were computed again"},
    {"seconds", "time of verifying"},
    {0},
};

static const char *const VERIFY_EXAMPLES[] = {
    "prom program verify wordcount.prom book.txt --items lines --results results",
    NULL,
};

const prom_command prom_command_program_verify = {
    .name = "verify",
    .summary = "compute a share of a program's results again, and compare",
    .description = VERIFY_DESCRIPTION,
    .parameters = VERIFY_PARAMETERS,
    .json = VERIFY_JSON,
    .exits = {[PROM_EXIT_OK] = "valid",
              [PROM_EXIT_FAILURE] = "not valid: the reason is told",
              [PROM_EXIT_USAGE] = "the command line or a file that it names cannot be used",
              [PROM_EXIT_UNDECIDED] = "neither: memory, a disk or the engine failed"},
    .broken = PROM_EXIT_UNDECIDED,
    .examples = VERIFY_EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_verify,
};
