/* prom jobs list | show | why | receipt | cancel | forget | result */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "cli/tell.h"
#include "prom/job_files.h"
#include "prom/job_text.h"
#include "prom/node_call.h"
#include "prom/root.h"

/* Of all actions; each takes some of them. */
typedef struct arguments {
    bool json;
    bool explain;
    bool integers;
    bool lines;
    const char *folder;
    const char *network;
    const char *id;
    const char *output;
    const char *results;
    const char *item;
} arguments;

/* Prints the call, or makes it; `told` is NULL after the former. */
static prom_result call(const arguments *given, json_t **told, const char *method, json_t *params, prom_error *error)
{
    prom_node_place place;
    *told = NULL;
    if (given->explain) {
        return prom_node_explain(method, params, error);
    }
    const prom_result found = prom_node_place_find(&place, given->folder, given->network, error);
    if (!prom_is_ok(found)) {
        json_decref(params);
        return found;
    }
    return prom_node_call(&place, told, method, params, error);
}

static json_t *id_of(const arguments *given)
{
    return json_pack("{s:s}", "id", given->id);
}

static prom_result run_list(void *context, prom_exit *code, prom_error *error)
{
    const arguments *given = context;
    json_auto_t *all = json_array();
    json_int_t from = 0;
    (void)code;
    for (bool more = true; more;) {
        json_auto_t *page = NULL;
        PROM_TRY(call(given, &page, "job.list", json_pack("{s:I}", "from", from), error));
        if (page == NULL) {
            return prom_ok(); /* it was explained */
        }
        const json_int_t next = json_integer_value(json_object_get(page, "next"));
        (void)json_array_extend(all, json_object_get(page, "jobs"));
        more = next > from;
        from = next;
    }
    if (given->json) {
        return prom_tell_json(json_pack("{s:O}", "jobs", all), error);
    }
    prom_job_print_list(all);
    return prom_ok();
}

/* What is told of one job, by `print` where people read it. */
static prom_result tell_one(const arguments *given, const char *method, void (*print)(const json_t *told),
                            prom_error *error)
{
    json_auto_t *told = NULL;
    PROM_TRY(call(given, &told, method, id_of(given), error));
    if (told != NULL && given->json) {
        return prom_tell_json(json_incref(told), error);
    }
    if (told != NULL) {
        print(told);
    }
    return prom_ok();
}

static prom_result run_show(void *context, prom_exit *code, prom_error *error)
{
    (void)code;
    return tell_one(context, "job.show", prom_job_print, error);
}

static prom_result run_why(void *context, prom_exit *code, prom_error *error)
{
    (void)code;
    return tell_one(context, "job.why", prom_job_print_lines, error);
}

static prom_result run_receipt(void *context, prom_exit *code, prom_error *error)
{
    (void)code;
    return tell_one(context, "job.receipt", prom_job_print_lines, error);
}

static void print_cancelled(const json_t *told)
{
    (void)printf("job %.*s is cancelled: contracts that are signed go on to their end\n", PROM_JOB_ID_SHOWN,
                 prom_told_text(told, "job"));
}

static prom_result run_cancel(void *context, prom_exit *code, prom_error *error)
{
    (void)code;
    return tell_one(context, "job.cancel", print_cancelled, error);
}

static void print_forgotten(const json_t *told)
{
    char size[PROM_UNITS];
    const char *job = prom_told_text(told, "job");
    const uint64_t bytes = (uint64_t)json_integer_value(json_object_get(told, "bytes"));
    if (bytes == 0) {
        (void)printf("job %.*s has no files any more\n", PROM_JOB_ID_SHOWN, job);
        return;
    }
    (void)printf("job %.*s: its files are deleted, %s; 'prom jobs receipt %.*s' still tells who got what\n",
                 PROM_JOB_ID_SHOWN, job, prom_units_bytes(size, bytes), PROM_JOB_ID_SHOWN, job);
}

static prom_result run_forget(void *context, prom_exit *code, prom_error *error)
{
    (void)code;
    return tell_one(context, "job.forget", print_forgotten, error);
}

static prom_result parse_item(long long *item, const char *text, prom_error *error)
{
    enum { DIGITS_MAX = 10, TEN = 10 };
    const size_t length = strlen(text);
    if (length > DIGITS_MAX || strspn(text, "0123456789") != length) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "--item is '%.40s': give an item's number, 0 for the first",
                         text);
    }
    *item = strtoll(text, NULL, TEN);
    return prom_ok();
}

/* The output of all items; or of the part that one is in. */
static prom_result find_output(const char **from, long long *done, const json_t *told, const arguments *given,
                               prom_error *error)
{
    const json_t *part = NULL;
    long long item = 0;
    size_t i = 0;
    *from = json_string_value(json_object_get(told, "output_file"));
    *done = prom_told_number(told, "done");
    if (*from == NULL && given->item == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         json_is_true(json_object_get(told, "merged"))
                             ? "the job's output was deleted ('prom jobs forget'): 'prom run' of the same program and "
                               "input has it made again ('prom jobs receipt %.64s' says what it cost)"
                             : "the job's output is not there yet: 'prom jobs why %.64s' says why, and --item gives "
                               "parts that are done",
                         given->id);
    }
    if (given->item == NULL) {
        return prom_ok();
    }
    PROM_TRY(parse_item(&item, given->item, error));
    json_array_foreach(json_object_get(told, "done_parts"), i, part)
    {
        const long long first = prom_told_number(part, "first");
        if (item >= first && item - first < prom_told_number(part, "items")) {
            const char *file = json_string_value(json_object_get(part, "output_file"));
            const bool whole = file == NULL && *from != NULL;
            *from = file;
            *done = prom_told_number(part, "items");
            return file != NULL ? prom_ok()
                                : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                                            whole ? "the outputs of all parts are in one file by now: leave --item out"
                                                  : "the part's output was deleted");
        }
    }
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                     "item %lld is in no part that is done: 'prom jobs show %.64s' tells where parts stand", item,
                     given->id);
}

static prom_result run_result(void *context, prom_exit *code, prom_error *error)
{
    const arguments *given = context;
    json_auto_t *told = NULL;
    bool written = false;
    if (given->output == NULL && given->results == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "-o Y.npy is missing, or of a module --results FILE");
    }
    PROM_TRY(call(given, &told, "job.result", id_of(given), error));
    if (told == NULL) {
        return prom_ok();
    }
    const char *from = NULL;
    long long done = 0; /* of what is written */
    PROM_TRY(find_output(&from, &done, told, given, error));
    const prom_output_form form = {
        .integers = given->integers, .lines = given->lines, .to = given->output, .results = given->results};
    PROM_TRY(prom_job_files_write_output(&form, &written, from, prom_told_text(told, "program_file"), error));
    *code = written || given->output == NULL ? PROM_EXIT_OK : PROM_EXIT_FAILURE;
    if (given->json) {
        (void)json_object_set_new(told, "output", written ? json_string(given->output) : json_null());
        (void)json_object_set_new(told, "results", given->results != NULL ? json_string(given->results) : json_null());
        return prom_tell_json(json_incref(told), error);
    }
    (void)fprintf(prom_tell_beside(given->output), "%s: %lld of %lld items\n",
                  written                  ? given->output
                  : given->results != NULL ? given->results
                                           : "nothing is written",
                  done, (long long)json_integer_value(json_object_get(told, "items")));
    return prom_ok();
}

/* -- What help says -- */

#define ID                                                                                                             \
    {                                                                                                                  \
        .value = "ID", .noun = "job", .required = true, PROM_TO_TEXT(id),                                              \
        .help = "The first digits of the job's id, 4 at least."                                                        \
    }
static const prom_parameter LIST_PARAMETERS[] = {PROM_NODE_PARAMETERS, PROM_PARAMETER_JSON(json), {0}};
static const prom_parameter ID_PARAMETERS[] = {ID, PROM_NODE_PARAMETERS, PROM_PARAMETER_JSON(json), {0}};
static const prom_parameter RESULT_PARAMETERS[] = {
    ID,
    {.option = "--output",
     .letter = "-o",
     .value = "Y.npy",
     .noun = "output",
     PROM_TO_TEXT(output),
     .stream = PROM_STREAM_OUTPUT,
     .files = "npy",
     .writes = true,
     .help = "Write the outputs to Y.npy, as 'prom infer' does; of a module as 'prom program run' does."},
    {.option = "--results",
     .value = "FILE",
     PROM_TO_TEXT(results),
     .files = "*",
     .writes = true,
     .help = "Of a module: write the results of all items and folds to FILE, as 'prom program run' does."},
    {.option = "--item",
     .value = "N",
     PROM_TO_TEXT(item),
     .help = "Write the output of the part alone that item N, counted from 0, is in: it need not wait for the others."},
    {.option = "--integers", PROM_TO_FLAG(integers), .help = "Write the program's own integers, as 'prom infer' does."},
    {.option = "--lines",
     PROM_TO_FLAG(lines),
     .help = "Of a module that does not fold: write a newline behind the result of each item."},
    PROM_NODE_PARAMETERS,
    PROM_PARAMETER_JSON(json),
    {0},
};

static const prom_text LIST_JSON[] = {{"jobs", "as docs/rpc.md says of job.list"}, {0}};
static const prom_text OTHER_JSON[] = {{"...", "as docs/rpc.md says of the method of that name"}, {0}};

static const char *const LIST_EXAMPLES[] = {"prom jobs list", NULL};
static const char *const SHOW_EXAMPLES[] = {"prom jobs show 3fa9", NULL};
static const char *const WHY_EXAMPLES[] = {"prom jobs why 3fa9", NULL};
static const char *const RECEIPT_EXAMPLES[] = {"prom jobs receipt 3fa9 --json", NULL};
static const char *const CANCEL_EXAMPLES[] = {"prom jobs cancel 3fa9", NULL};
static const char *const FORGET_EXAMPLES[] = {"prom jobs forget 3fa9", NULL};
static const char *const RESULT_EXAMPLES[] = {"prom jobs result 3fa9 -o y.npy", NULL};

#define ACTION(NAME, SUMMARY, TABLE, JSON, EXAMPLES, RUN)                                                              \
    {                                                                                                                  \
        .name = (NAME), .summary = (SUMMARY), .parameters = (TABLE), .json = (JSON), .examples = (EXAMPLES),           \
        .arguments_size = sizeof(arguments), .run = (RUN)                                                              \
    }
static const prom_command LIST =
    ACTION("list", "list the jobs of a node that runs", LIST_PARAMETERS, LIST_JSON, LIST_EXAMPLES, run_list);
static const prom_command SHOW =
    ACTION("show", "tell where a job's parts stand", ID_PARAMETERS, OTHER_JSON, SHOW_EXAMPLES, run_show);
static const prom_command WHY =
    ACTION("why", "tell why a job stands where it stands", ID_PARAMETERS, OTHER_JSON, WHY_EXAMPLES, run_why);
static const prom_command RECEIPT =
    ACTION("receipt", "tell who got what of a job", ID_PARAMETERS, OTHER_JSON, RECEIPT_EXAMPLES, run_receipt);
static const prom_command CANCEL =
    ACTION("cancel", "begin nothing more of a job", ID_PARAMETERS, OTHER_JSON, CANCEL_EXAMPLES, run_cancel);
static const prom_command FORGET = ACTION("forget", "delete the files of a job that has ended", ID_PARAMETERS,
                                          OTHER_JSON, FORGET_EXAMPLES, run_forget);
static const prom_command RESULT = {
    .name = "result",
    .summary = "write a job's output to a file",
    .parameters = RESULT_PARAMETERS,
    .json = OTHER_JSON,
    .exits = {[PROM_EXIT_FAILURE] = "there is no result to write, or the node failed"},
    .examples = RESULT_EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_result,
};

static const prom_command *const ACTIONS[] = {&LIST, &SHOW, &WHY, &RECEIPT, &CANCEL, &FORGET, &RESULT, NULL};

static const prom_text DESCRIPTION[] = {
    {NULL, "What 'prom run' has ordered of a node that runs. docs/market.md tells of phases, mishaps and ends."},
    {0},
};

const prom_command prom_command_jobs = {
    .name = "jobs",
    .summary = "see the jobs that a node has others do",
    .description = DESCRIPTION,
    .subcommands = ACTIONS,
};
