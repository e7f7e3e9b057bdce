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
#include "prom/root.h"
#include "prometheus/contract/terms.h"
#include "system/clock.h"
#include "system/terminal_line.h"

enum {
    LOOK_MILLISECONDS = 500,     /* from one question to the node to the next */
    QUOTE_MILLISECONDS = 60000,  /* that a quote may take */
    OTHERS_MILLISECONDS = 60000, /* that arbiters are waited for, of which none is known */
    WORKERS_BYTES = 16384,
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
    const char *contract;
    const char *verifier;
    const char *worker;
    uint32_t parts;
    uint32_t spread;
    const char *reduce;
    uint32_t feerate;
    uint32_t height;
    const char *reward;
    const char *retainer;
    const char *max_price;
    const char *max_day;
    const char *max_peer;
    const char *max_fees;
} arguments;

/* -- What the node is asked -- */

static prom_result add_amount(json_t *params, const char *name, const char *option, const char *text, prom_error *error)
{
    uint64_t sat = 0;
    if (text == NULL) {
        return prom_ok();
    }
    PROM_TRY(prom_within(prom_node_read_sat(&sat, 1, text, error), error, "%s", option));
    (void)json_object_set_new(params, name, json_integer((json_int_t)sat));
    return prom_ok();
}

static void add_number(json_t *params, const char *name, uint32_t number)
{
    if (number != 0) {
        (void)json_object_set_new(params, name, json_integer((json_int_t)number));
    }
}

static void add_text(json_t *params, const char *name, const char *text)
{
    if (text != NULL) {
        (void)json_object_set_new(params, name, json_string(text));
    }
}

/* Commas stand between nodes on the command line. */
static prom_result add_workers(json_t *params, const char *text, prom_error *error)
{
    char workers[WORKERS_BYTES];
    if (text == NULL) {
        return prom_ok();
    }
    if (snprintf(workers, sizeof workers, "%s", text) >= (int)sizeof workers) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "--worker names too many nodes");
    }
    for (char *comma = strchr(workers, ','); comma != NULL; comma = strchr(comma, ',')) {
        *comma = ' ';
    }
    add_text(params, "workers", workers);
    return prom_ok();
}

static prom_result fill(json_t *params, const arguments *given, const prom_job_files *files, prom_error *error)
{
    add_text(params, "program", files->program_path);
    add_text(params, "input", files->input_path);
    add_text(params, "contract", given->contract);
    add_text(params, "verifier", given->verifier);
    add_number(params, "parts", given->parts);
    add_number(params, "spread", given->spread);
    add_text(params, "reduce", given->reduce);
    add_number(params, "feerate", given->feerate);
    add_number(params, "height", given->height);
    if (given->again) {
        (void)json_object_set_new(params, "again", json_true());
    }
    PROM_TRY(add_workers(params, given->worker, error));
    PROM_TRY(add_amount(params, "reward", "--reward", given->reward, error));
    PROM_TRY(add_amount(params, "retainer", "--retainer", given->retainer, error));
    PROM_TRY(add_amount(params, "max_price", "--max-price", given->max_price, error));
    PROM_TRY(add_amount(params, "max_day", "--max-day", given->max_day, error));
    PROM_TRY(add_amount(params, "max_peer", "--max-peer", given->max_peer, error));
    return add_amount(params, "max_fees", "--max-fees", given->max_fees, error);
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

/* Who has just begun knows nobody yet: what the node says of others it may say otherwise in some seconds. */
static prom_result call_patiently(const prom_node_place *place, json_t **result, const char *method, json_t *params,
                                  bool quiet, prom_error *error)
{
    const int64_t begun = prom_clock_milliseconds();
    const bool terminal = !quiet && isatty(STDERR_FILENO) == 1;
    prom_result called = prom_node_call(place, result, method, json_incref(params), error);
    for (int64_t waited = 0; called.category == PROM_CATEGORY_PEER && waited < OTHERS_MILLISECONDS;
         waited = prom_clock_milliseconds() - begun) {
        if (waited == 0 && !quiet) {
            (void)fprintf(stderr, "%s\nit is asked again now, for a minute at most\n", error->sentence);
        }
        if (terminal) {
            prom_terminal_line(stderr, "%lld s", (long long)(waited / 1000));
        }
        (void)poll(NULL, 0, LOOK_MILLISECONDS);
        called = prom_node_call(place, result, method, json_incref(params), error);
    }
    if (terminal) {
        prom_terminal_line_end(stderr);
    }
    json_decref(params);
    return called.category == PROM_CATEGORY_PEER ? (prom_result){PROM_CATEGORY_BAD_INPUT} : called;
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
    PROM_TRY(call_patiently(&asking->place, &begun, "job.quote", params, given->json, error));
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
        prom_job_print_who_sees(stream, given->verifier);
    }
    PROM_TRY(call_patiently(&asking->place, &ordered, "job.run", params, given->json, error));
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

#define AMOUNT(OPTION, MEMBER, HELP)                                                                                   \
    {                                                                                                                  \
        .option = (OPTION), .value = "SAT", .noun = "amount", PROM_TO_TEXT(MEMBER), .help = (HELP)                     \
    }
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
        {.option = "--contract",                                                                                       \
         .value = "P",                                                                                                 \
         .noun = "contract",                                                                                           \
         PROM_TO_TEXT(contract),                                                                                       \
         .help = "The id of the transaction that published the contract P to use. Default: the only one that suits."}, \
        {.option = "--verifier",                                                                                       \
         .value = "WHO",                                                                                               \
         .noun = "verifier",                                                                                           \
         PROM_TO_TEXT(verifier),                                                                                       \
         .help = "Who verifies: self, this node with its own stake; market, whoever is found; or a node, KEY or "      \
                 "KEY@ADDRESS. Default: self."},                                                                       \
        {.option = "--worker",                                                                                         \
         .value = "KEY@ADDRESS",                                                                                       \
         .noun = "worker",                                                                                             \
         PROM_TO_TEXT(worker),                                                                                         \
         .help = "Ask this node alone, or several with commas between them. Default: whoever is found."},              \
        {.option = "--parts",                                                                                          \
         .value = "N",                                                                                                 \
         .noun = "number of parts",                                                                                    \
         PROM_TO_NUMBER(parts),                                                                                        \
         .min = 1,                                                                                                     \
         .max = 256,                                                                                                   \
         .help = "Split the batch into at least N parts. Default: as few as fit."},                                    \
        {.option = "--spread",                                                                                         \
         .value = "N",                                                                                                 \
         .noun = "number of workers",                                                                                  \
         PROM_TO_NUMBER(spread),                                                                                       \
         .min = 1,                                                                                                     \
         .max = 64,                                                                                                    \
         .help = "Spread it over at least N workers, where there are so many. Default: the cheapest may get all."},    \
        {.option = "--reduce",                                                                                         \
         .value = "WHO",                                                                                               \
         .noun = "who joins the parts",                                                                                \
         PROM_TO_TEXT(reduce),                                                                                         \
         .words = "own contract",                                                                                      \
         .help =                                                                                                       \
             "Of a module that folds, in parts: who joins what these have folded: own, this node; or contract, a "     \
             "worker, once all parts are done. Default: own, where that takes ten seconds at most, else contract."},   \
        {.option = "--by-height",                                                                                      \
         .value = "HEIGHT",                                                                                            \
         .noun = "height",                                                                                             \
         PROM_TO_NUMBER(height),                                                                                       \
         .min = 1,                                                                                                     \
         .max = UINT32_MAX,                                                                                            \
         .help = "Have the result at this height of the chain. Default: whenever."},                                   \
        {.option = "--feerate",                                                                                        \
         .value = "N",                                                                                                 \
         .noun = "feerate",                                                                                            \
         PROM_TO_NUMBER(feerate),                                                                                      \
         .min = 1,                                                                                                     \
         .max = PROM_FEERATE_MAX,                                                                                      \
         .help = "Pay N sat for a virtual byte of the contracts' transactions. Default: what blocks ask for."},        \
        AMOUNT("--reward", reward,                                                                                     \
               "Offer this reward in each contract. Default: the smallest that covers what is asked."),                \
        AMOUNT("--retainer", retainer,                                                                                 \
               "Pay so much to each arbiter. Default: what nine in ten of those known ask for."),                      \
        AMOUNT("--max-price", max_price, "Let the job cost no more, fees on the chain counted in."),                   \
        AMOUNT("--max-day", max_day, "Let all jobs that run, or have ended within 144 blocks, cost no more."),         \
        AMOUNT("--max-peer", max_peer, "Let contracts with one worker cost no more, all jobs together."),              \
        AMOUNT("--max-fees", max_fees, "Let the job's fees on the chain be no more."), PROM_PARAMETER_FLOAT,           \
        PROM_PARAMETERS_PICTURES, PROM_NODE_PARAMETERS, PROM_PARAMETER_JSON(json)

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
    .exits = {[PROM_EXIT_FAILURE] = "some items have no output, or not yet; with --dry-run, as of 'prom quote'"},
    .examples = RUN_EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_run,
};
