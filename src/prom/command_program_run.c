/* prom program run */
#include <stdio.h>

#include "base/units.h"
#include "cli/tell.h"
#include "prom/program_job.h"
#include "prom/program_text.h"
#include "prom/results_text.h"
#include "prom/root.h"
#include "system/clock.h"
#include "system/file.h"
#include "system/progress_bar.h"

typedef struct arguments {
    bool json;
    const char *program;
    prom_texts inputs;
    const char *kind;
    prom_limit_options limits;
    const char *output;
    const char *results;
} arguments;

struct run {
    prom_program_job open;
    const prom_node_result *nodes;
    uint32_t count; /* of nodes */
    uint32_t failed;
    uint64_t fuel;      /* of all nodes */
    uint64_t fuel_most; /* of one item */
    uint64_t fold_most;
    double seconds;
    bool written; /* the output */
};

static void end_run(struct run *run)
{
    prom_program_job_end(&run->open);
}

static void count_nodes(struct run *run)
{
    for (uint32_t i = 0; i < run->count; i++) {
        uint64_t *most = i < run->open.items.count ? &run->fuel_most : &run->fold_most;
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
    const prom_result result =
        run->open.job->scheme->deliver(&run->open.arena, delivery, root, run->open.job, &progress, error);
    run->seconds = prom_clock_seconds() - started;
    prom_progress_bar_end(&bar);
    PROM_TRY(result);
    PROM_TRY(prom_results_read(&run->open.arena, &run->nodes, &run->count, delivery->output, error));
    count_nodes(run);
    return prom_ok();
}

static prom_node_results results_of(const struct run *run)
{
    return (prom_node_results){run->nodes, run->count, &run->open.made.module.limits, &run->open.items,
                               &run->open.origin};
}

/* Where there is no result, what was there before stays. */
static prom_result write_files(struct run *run, const prom_delivery *delivery, const arguments *given,
                               prom_error *error)
{
    const prom_node_results results = results_of(run);
    prom_file_output files[2];
    size_t count = 0;
    if (given->results != NULL) {
        files[count++] = (prom_file_output){given->results, delivery->output};
    }
    run->written = given->output != NULL && prom_results_any(&results);
    if (run->written) {
        files[count].path = given->output;
        PROM_TRY(prom_results_gather(&run->open.arena, &files[count++].content, &results,
                                     run->open.origin.kind == PROM_ITEMS_LINES, error));
    }
    return count > 0 ? prom_file_write_together(files, count, error) : prom_ok();
}

static void print_run(const struct run *run, const arguments *given)
{
    FILE *stream = prom_tell_beside(given->output);
    const uint32_t folds = run->count - run->open.items.count;
    char text[PROM_UNITS];
    char more[PROM_UNITS];
    (void)fprintf(stream, "%s", prom_units_count(text, run->open.items.count, "item"));
    if (folds > 0) {
        (void)fprintf(stream, ", %s", prom_units_count(text, folds, "fold"));
    }
    (void)fprintf(stream, " in %s\n", prom_units_seconds(text, run->seconds));
    (void)fprintf(stream, "fuel %s in all, at most ", prom_units_number(text, run->fuel));
    if (!run->open.made.module.limits.folds_alone) {
        (void)fprintf(stream, "%s an item%s", prom_units_number(more, run->fuel_most), folds > 0 ? " and " : "");
    }
    if (folds > 0) {
        (void)fprintf(stream, "%s a fold", prom_units_number(text, run->fold_most));
    }
    (void)fprintf(stream, "\n");
}

static json_t *run_json(const struct run *run, const prom_bytes32 *root, const arguments *given)
{
    const prom_node_results results = results_of(run);
    const prom_program_made *made = &run->open.made;
    char digest[PROM_HEX32];
    char hex[PROM_HEX32];
    return json_pack("{s:s, s:o, s:o, s:s, s:I, s:I, s:o, s:I, s:I, s:I, s:f, s:s?, s:s?}",                 //
                     "program", prom_hex32(digest, &made->module.digest),                                   //
                     "limits", prom_limits_json(&made->module.limits),                                      //
                     "sample",                                                                              //
                     made->sampled ? prom_measure_json(&made->measure, &made->module.limits) : json_null(), //
                     "root", prom_hex32(hex, root),                                                         //
                     "items", (json_int_t)run->open.items.count,                                            //
                     "nodes", (json_int_t)run->count,                                                       //
                     "failed", prom_results_failures_json(&results),                                        //
                     "fuel", (json_int_t)run->fuel,                                                         //
                     "item_fuel_max", (json_int_t)run->fuel_most,                                           //
                     "fold_fuel_max", (json_int_t)run->fold_most,                                           //
                     "seconds", prom_units_measured(run->seconds),                                          //
                     "output", run->written ? given->output : NULL,                                         //
                     "results", given->results);
}

static void tell_unwritten(const struct run *run, const arguments *given)
{
    if (given->output != NULL && !run->written) {
        const prom_node_results results = results_of(run);
        (void)fprintf(stderr, "%s is not written: %s\n", given->output, prom_results_none_text(&results));
    }
}

static prom_result run_run(void *values, prom_exit *code, prom_error *error)
{
    PROM_SCOPED(end_run) struct run run = {.count = 0};
    const arguments *given = values;
    const prom_program_given opened = {.program = given->program,
                                       .inputs = &given->inputs,
                                       .kind = given->kind,
                                       .limits = &given->limits,
                                       .quiet = given->json,
                                       .output = given->output};
    prom_delivery delivery;
    prom_bytes32 root;
    PROM_TRY(prom_program_job_open(&run.open, &opened, error));
    PROM_TRY(compute(&run, &delivery, &root, error));
    PROM_TRY(write_files(&run, &delivery, given, error));
    *code = run.failed > 0 ? PROM_EXIT_FAILURE : PROM_EXIT_OK;
    if (given->json) {
        return prom_tell_json(run_json(&run, &root, given), error);
    }
    const prom_node_results results = results_of(&run);
    prom_results_print_failures(&results);
    tell_unwritten(&run, given);
    print_run(&run, given);
    return prom_ok();
}

/* -- The tables -- */

static const prom_parameter RUN_PARAMETERS[] = {
    {.value = "PROGRAM|MODULE.wasm",
     .noun = "program",
     .required = true,
     PROM_TO_TEXT(program),
     .stream = PROM_STREAM_INPUT,
     .files = "prom wasm",
     .help = "A program that 'prom program make' wrote, or a module, of which one is made as 'make --sample' does."},
    PROM_PARAMETER_INPUTS,
    PROM_PARAMETER_ITEMS,
    PROM_PARAMETERS_LIMITS_MEASURED,
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
    {NULL,
     "Computes each item, and then the folds, each in an instance of its own: the results and their fuel are the "
     "same on every machine. What fails (a trap, fuel that ran out, calls that went too deep, a result that is "
     "too long) is told with its number and where it comes from, and is a result like any other; the exit code is 1 "
     "then. Where the last fold failed, or all items of a program that does not fold, there is nothing to write: "
     "the file of -o stays what it was."},
    {NULL, "A program of 'make --fold-only' folds the items as they are."},
    {0},
};

static const prom_text RUN_JSON[] = {
    {"program, root", "the program's digest, and the commitment to all results"},
    {"limits, sample", "as of 'make'; the sample null where none was run"},
    {"items, nodes", "how many items, and how many with the folds"},
    {"failed", "a list of node, status, trap (null where it did not trap), and of items file and number, counted from "
               "1, of the line, row or record in it; else null"},
    {"fuel, item_fuel_max, fold_fuel_max",
     "of all nodes that did not fail, of the costliest item, of the costliest fold"},
    {"seconds", "time of the computation"},
    {"output, results", "the files that were written, or null"},
    {0},
};

static const char *const RUN_EXAMPLES[] = {
    "prom program run wordcount.prom book.txt --items lines -o counts.txt",
    "prom program run wordcount.wasm chapters -o counts.txt",
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
