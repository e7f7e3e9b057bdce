/* prom quote, prom run */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/units.h"
#include "cli/tell.h"
#include "files/items.h"
#include "prom/job_files.h"
#include "prom/job_text.h"
#include "prom/job_watch.h"
#include "prom/order_options.h"
#include "prom/root.h"
#include "prometheus/contract/terms.h"
#include "system/clock.h"
#include "system/terminal_line.h"

enum {
    LOOK_MILLISECONDS = 500,    /* from one question to the node to the next */
    QUOTE_MILLISECONDS = 60000, /* that a quote may take */
};

/* Of both commands. */
typedef struct arguments {
    bool json;
    bool explain;
    bool dry;
    bool detach;
    bool again;
    bool integers;
    prom_batch_options batch;
    prom_limit_options limits;
    const char *folder;
    const char *network;
    const char *program;
    prom_texts inputs;
    const char *items;
    const char *calibration;
    const char *output;
    const char *results;
    prom_order_options order;
} arguments;

/* -- What the node is asked -- */

static prom_result fill(json_t *params, const arguments *given, const prom_job_files *files, prom_error *error)
{
    if (given->again) {
        (void)json_object_set_new(params, "again", json_true());
    }
    return prom_order_fill(params, &given->order, files, error);
}

struct asking {
    prom_node_place place;
    prom_job_files files;
};

static void end_asking(struct asking *asking)
{
    prom_job_files_end(&asking->files);
}

static prom_result bring(struct asking *asking, json_t **params, const arguments *given, prom_error *error)
{
    const prom_job_brought brought = {.program = given->program,
                                      .calibration = given->calibration,
                                      .inputs = given->inputs,
                                      .items = given->items,
                                      .options = &given->batch,
                                      .limits = &given->limits,
                                      .quiet = given->json,
                                      .output = given->output};
    PROM_SCOPED(prom_rpc_client_close) prom_rpc_client *node = NULL;
    PROM_TRY(prom_node_place_find(&asking->place, given->folder, given->network, error));
    PROM_TRY(prom_node_connect(&asking->place, &node, error)); /* before a model is compiled for it in vain */
    PROM_TRY(prom_job_files_make(&asking->files, &asking->place, &brought, error));
    if (given->results != NULL && asking->files.program != NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "--results is for modules, and %.200s is none",
                         given->program);
    }
    *params = json_object();
    return fill(*params, given, &asking->files, error);
}

/* -- Quotes -- */

static prom_result wait_for_quote(const prom_node_place *place, json_t **told, const char *id, prom_error *error)
{
    const int64_t begun = prom_clock_milliseconds();
    for (;;) {
        json_t *quoted = NULL;
        PROM_TRY(prom_node_call(place, &quoted, "job.quoted", json_pack("{s:s}", "quote", id), error));
        if (prom_told_true(quoted, "over") || prom_clock_milliseconds() - begun > QUOTE_MILLISECONDS) {
            *told = quoted;
            return prom_ok();
        }
        json_decref(quoted);
        (void)poll(NULL, 0, LOOK_MILLISECONDS);
    }
}

/* Whether the plan has a part for every item, and somebody who joins them. */
static bool places_all(const json_t *told)
{
    const json_t *plan = json_object_get(told, "plan");
    const json_t *reasons = json_object_get(json_object_get(plan, "reduce"), "reasons");
    return json_is_object(plan) && json_integer_value(json_object_get(plan, "left")) == 0 &&
           json_array_size(reasons) == 0;
}

/* NULL: it was no module. */
static const prom_program_made *made_of(const struct asking *asking)
{
    return asking->files.made.bytes.length > 0 ? &asking->files.made : NULL;
}

static prom_result quote(const struct asking *asking, json_t *params, const arguments *given, prom_exit *code,
                         prom_error *error)
{
    json_auto_t *begun = NULL;
    json_t *told = NULL;
    PROM_TRY(prom_order_call(&asking->place, &begun, "job.quote", params, given->json, error));
    PROM_TRY(wait_for_quote(&asking->place, &told, prom_told_text(begun, "quote"), error));
    *code = places_all(told) ? PROM_EXIT_OK : PROM_EXIT_FAILURE;
    if (given->json) {
        prom_job_add_made(told, made_of(asking));
        return prom_tell_json(told, error);
    }
    prom_job_print_quote(told);
    json_decref(told);
    return prom_ok();
}

/* The files that the node reads are made by this command, and gone when it ends: what is shown stands for them. */
static prom_result explain(const arguments *given, const char *method, prom_error *error)
{
    json_t *params = json_object();
    const prom_job_files files = {.program_path = "/PATH/TO/PROGRAM", .input_path = "/PATH/TO/BATCH"};
    const prom_result filled = fill(params, given, &files, error);
    if (!prom_is_ok(filled)) {
        json_decref(params);
        return filled;
    }
    return prom_node_explain(method, params, error);
}

static prom_result run_quote(void *values, prom_exit *code, prom_error *error)
{
    PROM_SCOPED(end_asking) struct asking asking = {.files = {.items = 0}};
    const arguments *given = values;
    json_t *params = NULL;
    if (given->explain) {
        return explain(given, "job.quote", error);
    }
    const prom_result brought = bring(&asking, &params, given, error);
    if (!prom_is_ok(brought)) {
        json_decref(params);
        return brought;
    }
    return quote(&asking, params, given, code, error);
}

static bool is_lines(const arguments *given)
{
    return given->items != NULL && strcmp(given->items, "lines") == 0;
}

static prom_result order(struct asking *asking, json_t *params, const arguments *given, prom_exit *code,
                         prom_error *error)
{
    json_auto_t *ordered = NULL;
    FILE *stream = prom_tell_beside(given->output);
    if (!given->json) {
        prom_job_print_who_sees(stream, given->order.verifier);
    }
    PROM_TRY(prom_order_call(&asking->place, &ordered, "job.run", params, given->json, error));
    prom_job_files_delete(&asking->files); /* the node has copies */
    const char *id = prom_told_text(ordered, "job");
    if (given->json && given->detach) {
        prom_job_add_made(ordered, made_of(asking));
        return prom_tell_json(json_incref(ordered), error);
    }
    if (!given->json) {
        prom_job_print_risk(stream, json_object_get(ordered, "verifier_until"));
        (void)fprintf(stream, "\njob %.*s%s\n", PROM_JOB_ID_SHOWN, id,
                      prom_told_true(ordered, "taken_up") ? ": the same was ordered before, and is taken up" : "");
    }
    (void)fflush(stream);
    const prom_job_following following = {
        .place = &asking->place,
        .id = id,
        .form = {given->integers, is_lines(given), given->output, given->results, &asking->files.origin},
        .json = given->json,
        .made = made_of(asking)};
    return given->detach ? prom_ok() : prom_job_follow(&following, code, error);
}

static prom_result run_run(void *values, prom_exit *code, prom_error *error)
{
    PROM_SCOPED(end_asking) struct asking asking = {.files = {.items = 0}};
    const arguments *given = values;
    json_t *params = NULL;
    if ((given->output != NULL || given->results != NULL) && (given->detach || given->dry)) {
        const char *option = given->output != NULL ? "-o" : "--results";
        return given->detach ? prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                                         "--detach does not wait for an output to write: leave %s out, and take it by "
                                         "'prom jobs result' later",
                                         option)
                             : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                                         "--dry-run has no output to write: leave %s out", option);
    }
    if (given->explain) {
        return explain(given, given->dry ? "job.quote" : "job.run", error);
    }
    const prom_result brought = bring(&asking, &params, given, error);
    if (!prom_is_ok(brought)) {
        json_decref(params);
        return brought;
    }
    return given->dry ? quote(&asking, params, given, code, error) : order(&asking, params, given, code, error);
}

/* -- What help says -- */

#define BOTH                                                                                                           \
    {.value = "MODEL.onnx|PROGRAM|MODULE.wasm",                                                                        \
     .noun = "program",                                                                                                \
     .required = true,                                                                                                 \
     PROM_TO_TEXT(program),                                                                                            \
     .files = "onnx prom wasm",                                                                                        \
     .help =                                                                                                           \
         "A model, which is compiled as 'prom compile' does it; a file that 'prom compile' or 'prom program make' "    \
         "wrote; or a module, of which a program is made as 'prom program make --sample' does."},                      \
        {.value = "X...",                                                                                              \
         .noun = "input",                                                                                              \
         .required = true,                                                                                             \
         PROM_TO_TEXTS(inputs),                                                                                        \
         .stream = PROM_STREAM_INPUT,                                                                                  \
         .files = "*",                                                                                                 \
         .help = "The batch, as 'prom infer' takes it; of a module files and folders with its items."},                \
        {.option = "--items",                                                                                          \
         .value = "KIND",                                                                                              \
         .noun = "kind of items",                                                                                      \
         PROM_TO_TEXT(items),                                                                                          \
         .words = PROM_ITEMS_KINDS,                                                                                    \
         .help = "Of a module: what an item is, as of 'prom program run'. Default: files."},                           \
        PROM_PARAMETERS_LIMITS_MEASURED,                                                                               \
        {.option = "--calibrate",                                                                                      \
         .value = "X.npy",                                                                                             \
         .noun = "calibration set",                                                                                    \
         PROM_TO_TEXT(calibration),                                                                                    \
         .files = "npy",                                                                                               \
         .help = "Of a float model: inputs that are like those it will see, as of 'prom compile'."},                   \
        PROM_ORDER_PARAMETERS, PROM_PARAMETER_FLOAT, PROM_PARAMETERS_PICTURES, PROM_NODE_PARAMETERS,                   \
        PROM_PARAMETER_JSON(json)

static const prom_parameter QUOTE_PARAMETERS[] = {BOTH, {0}};
static const prom_parameter RUN_PARAMETERS[] = {
    BOTH,
    {.option = "--output",
     .letter = "-o",
     .value = "Y.npy",
     PROM_TO_TEXT(output),
     .stream = PROM_STREAM_OUTPUT,
     .files = "npy",
     .writes = true,
     .help =
         "Write all outputs to Y.npy, as 'prom infer' does; of a module as 'prom program run' does. Without it they "
         "stay with the node, for 'prom jobs result'."},
    {.option = "--results",
     .value = "FILE",
     PROM_TO_TEXT(results),
     .files = "*",
     .writes = true,
     .help = "Of a module: write the results of all items and folds to FILE, as 'prom program run' does."},
    {.option = "--integers", PROM_TO_FLAG(integers), .help = "Write the program's own integers, as 'prom infer' does."},
    {.option = "--dry-run",
     PROM_TO_FLAG(dry),
     .help = "Ask around and show the plan, as 'prom quote', and do nothing."},
    {.option = "--detach", PROM_TO_FLAG(detach), .help = "Order the job, and do not wait for it."},
    {.option = "--again",
     PROM_TO_FLAG(again),
     .help = "Order it though the same is under way or done. Without it that job is taken up: the same program and "
             "input have the same output."},
    {0},
};

static const prom_text QUOTE_DESCRIPTION[] = {
    {NULL, "Asks the workers that the node knows, or those that are named, and shows who takes the job for how much, "
           "and of whom refuses it all reasons with their numbers; then how the batch would be split. Nothing is "
           "signed, and nobody is bound: docs/market.md."},
    {NULL, "With --explain, /PATH/TO/PROGRAM and /PATH/TO/BATCH stand for files that this command makes of what it is "
           "given, in their canonical bytes (docs/rpc.md), and deletes."},
    {0},
};
static const prom_text RUN_DESCRIPTION[] = {
    {NULL, "Buys the computation: the node asks workers, splits the batch into parts, makes a contract for each, "
           "follows them, gives a part that failed to another worker, and puts the outputs together. A part that is "
           "done is paid, whatever becomes of the others. docs/market.md tells how."},
    {NULL, "The node does it all: the command may end, by Ctrl-C or with the machine's terminal, and the job goes on. "
           "The same command, without --again, takes it up again."},
    {0},
};
static const prom_text QUOTE_JSON[] = {
    {"...", "as docs/rpc.md says of job.quoted"},
    {"limits, sample", "where a module was given: as of 'prom program make'"},
    {0},
};
static const prom_text RUN_JSON[] = {
    {"...", "as docs/rpc.md says of job.show, or with --detach of job.run, with --dry-run of job.quoted"},
    {"output, results", "the files that were written, or null"},
    {"limits, sample", "as of 'prom quote'"},
    {"done_parts", "first and items of each part that the output has"},
    {0},
};
static const char *const QUOTE_EXAMPLES[] = {"prom quote digits-cnn.prom digits-heldout-images.npy",
                                             "prom quote wordcount.wasm book.txt --items lines", NULL};
static const char *const RUN_EXAMPLES[] = {
    "prom run digits-cnn.prom digits-heldout-images.npy -o y.npy --max-price 200000", NULL};

const prom_command prom_command_quote = {
    .name = "quote",
    .summary = "ask around what a computation would cost",
    .description = QUOTE_DESCRIPTION,
    .parameters = QUOTE_PARAMETERS,
    .json = QUOTE_JSON,
    .exits = {[PROM_EXIT_FAILURE] = "for some items nobody was found, or none at all, or nobody who joins the parts"},
    .examples = QUOTE_EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_quote,
};

const prom_command prom_command_run = {
    .name = "run",
    .summary = "have a computation done by others, proven and paid",
    .description = RUN_DESCRIPTION,
    .parameters = RUN_PARAMETERS,
    .json = RUN_JSON,
    .exits = {[PROM_EXIT_FAILURE] = "some items have no output, or not yet, or there is no result to write; with "
                                    "--dry-run, as of 'prom quote'"},
    .examples = RUN_EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_run,
};
