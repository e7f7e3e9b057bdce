/* prom iterate */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "cli/tell.h"
#include "files/items.h"
#include "prom/iterate_round.h"
#include "prom/job_text.h"
#include "prom/results_text.h"
#include "prom/root.h"
#include "prometheus/crypto/hash.h"
#include "system/file.h"
#include "wasm/runner.h"

#define MEMORY ((size_t)1 << 36)

typedef struct arguments {
    bool json;
    bool still;
    bool buy;
    bool again;
    const char *program;
    prom_texts inputs;
    const char *kind;
    const char *state;
    const char *rounds_folder;
    const char *output;
    uint32_t rounds;
    const char *folder; /* of the node */
    const char *network;
    prom_order_options order;
} arguments;

/* A command that runs. The state lies in the arena of the round that gave it, while the next one is under way. */
struct iterating {
    prom_iteration it;
    prom_iterate_round rounds[2];
    json_t *ran;
    json_t *failed; /* the round that gave no state; NULL: none */
    bool left;
};

static void end_iterating(struct iterating *iterating)
{
    prom_rounds_close(&iterating->it.rounds);
    prom_arena_free(&iterating->rounds[0].arena);
    prom_arena_free(&iterating->rounds[1].arena);
    prom_arena_free(&iterating->it.arena);
    json_decref(iterating->ran);
    json_decref(iterating->failed);
}

/* -- What is given -- */

static prom_result read_program(prom_iteration *it, const char *path, prom_error *error)
{
    PROM_TRY(
        prom_file_read(&it->arena, &it->program, path, (size_t)PROM_MODULE_BYTES_MAX + PROM_MODULE_MANIFEST, error));
    PROM_TRY(prom_within(prom_module_read(&it->module, it->program, error), error,
                         "%.200s: 'prom program make' makes a program of a module", path));
    return it->module.limits.folds
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                           "%.200s does not fold, and so has no last result that could be the next state", path);
}

static prom_result read_data(prom_iteration *it, prom_bytes32 *hash, const arguments *given, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_items_kind kind = PROM_ITEMS_FILES;
    prom_span bytes;
    PROM_TRY(prom_items_kind_of(&kind, given->kind, error));
    PROM_TRY(prom_files_read_items(&it->arena, &it->data, &it->origin, given->inputs.list, given->inputs.count, kind,
                                   error));
    prom_arena_init(&scratch, MEMORY);
    PROM_TRY(prom_items_write(&scratch, &bytes, &it->data, error));
    prom_sha256(hash, bytes);
    return prom_ok();
}

/* An option of rounds that are bought; NULL: none is given. */
static const char *buying_option(const arguments *given)
{
    const prom_order_options *order = &given->order;
    const struct {
        const char *name;
        bool given;
    } options[] = {
        {"--again", given->again},
        {"--dir", given->folder != NULL},
        {"--network", given->network != NULL},
        {"--contract", order->contract != NULL},
        {"--verifier", order->verifier != NULL},
        {"--worker", order->worker != NULL},
        {"--parts", order->parts != 0},
        {"--spread", order->spread != 0},
        {"--reduce", order->reduce != NULL},
        {"--feerate", order->feerate != 0},
        {"--by-height", order->height != 0},
        {"--reward", order->reward != NULL},
        {"--retainer", order->retainer != NULL},
        {"--max-price", order->max_price != NULL},
        {"--max-day", order->max_day != NULL},
        {"--max-peer", order->max_peer != NULL},
        {"--max-fees", order->max_fees != NULL},
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        if (options[i].given) {
            return options[i].name;
        }
    }
    return NULL;
}

static prom_result find_node(prom_iteration *it, const arguments *given, prom_error *error)
{
    json_auto_t *info = NULL;
    const char *option = buying_option(given);
    if (!given->buy) {
        prom_wasm_runner_init(&it->runner, NULL);
        return option == NULL ? prom_ok()
                              : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                                          "%s is for rounds that a node buys: give --buy, too", option);
    }
    it->order = &given->order;
    it->again = given->again;
    PROM_TRY(prom_node_place_find(&it->place, given->folder, given->network, error));
    PROM_TRY(prom_node_call(&it->place, &info, "node.info", NULL, error));
    (void)snprintf(it->node, sizeof it->node, "%s", prom_told_text(info, "key"));
    return strlen(it->node) == sizeof it->node - 1
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BROKEN, "the node tells no key of itself");
}

/* The order of a round is known to the node that it was given to, and another one would order it a second time. */
static prom_result check_node(const prom_iteration *it, prom_error *error)
{
    const prom_rounds *rounds = &it->rounds;
    return !rounds->ordering || strcmp(rounds->node, it->node) == 0
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                           "round %" PRIu32 " was ordered by the node %.*s, and %.*s runs in %.200s: give --dir and "
                           "--network of the former, or begin anew in another folder, with round-%04" PRIu32
                           " as the first state",
                           rounds->done + 1, PROM_JOB_ID_SHOWN, rounds->node, PROM_JOB_ID_SHOWN, it->node,
                           it->place.folder, rounds->done);
}

static prom_result check_rounds(const prom_iteration *it, const arguments *given, prom_error *error)
{
    const prom_rounds *rounds = &it->rounds;
    if (rounds->done > given->rounds) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%.300s has %" PRIu32 " rounds already, more than --rounds %" PRIu32 ": round-%04" PRIu32
                         " in it is the state after so many",
                         rounds->folder, rounds->done, given->rounds, given->rounds);
    }
    return given->buy          ? check_node(it, error)
           : !rounds->ordering ? prom_ok()
                               : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                                           "round %" PRIu32
                                           " was ordered from others%s%.*s: give --buy, as before, to have it taken up",
                                           rounds->done + 1, rounds->job[0] != '\0' ? ", as the job " : "",
                                           PROM_JOB_ID_SHOWN, rounds->job);
}

static prom_result begin(struct iterating *iterating, const arguments *given, prom_error *error)
{
    prom_iteration *it = &iterating->it;
    prom_rounds_subject subject;
    prom_span first;
    prom_arena_init(&it->arena, MEMORY);
    it->json = given->json;
    iterating->ran = json_array();
    PROM_TRY(find_node(it, given, error));
    PROM_TRY(read_program(it, given->program, error));
    PROM_TRY(read_data(it, &subject.data, given, error));
    PROM_TRY(prom_file_read(&it->arena, &first, given->state, PROM_MODULE_RESULT_MAX, error));
    subject.program = it->module.digest;
    prom_sha256(&subject.first, first);
    PROM_TRY(prom_rounds_open(&it->rounds, &it->arena, given->rounds_folder, &subject, first, error));
    return check_rounds(it, given, error);
}

/* -- A round -- */

static void tell_round(const struct iterating *iterating, const prom_iterate_round *round, const arguments *given)
{
    const prom_rounds *rounds = &iterating->it.rounds;
    char fuel[PROM_UNITS];
    char seconds[PROM_UNITS];
    (void)json_array_append_new(iterating->ran,
                                json_pack("{s:I, s:I, s:f, s:s?}", "round", (json_int_t)rounds->done, "fuel",
                                          (json_int_t)round->fuel, "seconds", prom_units_measured(round->seconds),
                                          "job", round->job[0] != '\0' ? round->job : NULL));
    if (given->json) {
        return;
    }
    FILE *stream = prom_tell_beside(given->output);
    (void)fprintf(stream, "round %" PRIu32 " of %" PRIu32 ": fuel %s in %s", rounds->done, given->rounds,
                  prom_units_number(fuel, round->fuel), prom_units_seconds(seconds, round->seconds));
    if (round->job[0] != '\0') {
        (void)fprintf(stream, ", job %.*s", PROM_JOB_ID_SHOWN, round->job);
    }
    (void)fprintf(stream, "%s\n", rounds->still ? ", and the state stayed as it was" : "");
    (void)fflush(stream);
}

static void tell_failed(struct iterating *iterating, const prom_iterate_round *round, const arguments *given)
{
    const prom_node_result *result = &round->nodes[round->culprit];
    uint32_t line = 0;
    const char *file = round->culprit < iterating->it.data.count
                           ? prom_items_file_of(&iterating->it.origin, round->culprit, &line)
                           : NULL;
    const prom_node_results results = {
        .nodes = round->nodes,
        .count = round->count,
        .limits = &iterating->it.module.limits,
        .items = &round->items,
        .origin = &iterating->it.origin,
    };
    const uint32_t number = iterating->it.rounds.done + 1;
    iterating->failed = json_pack("{s:I, s:I, s:s, s:s?, s:s?, s:o}", "round", (json_int_t)number, "node",
                                  (json_int_t)round->culprit, "status", prom_node_status_name(result->status), "trap",
                                  result->status == PROM_NODE_TRAP ? prom_node_trap_name(result->trap) : NULL, "file",
                                  file, "number", file != NULL ? json_integer((json_int_t)line) : json_null());
    if (!given->json) {
        (void)fprintf(stderr, "round %" PRIu32 " failed:\n", number);
        prom_results_print_failures(&results);
    }
}

static prom_result run_round(struct iterating *iterating, const arguments *given, prom_error *error)
{
    prom_iteration *it = &iterating->it;
    prom_iterate_round *round = &iterating->rounds[it->rounds.done % 2];
    prom_arena_free(&round->arena);
    *round = (prom_iterate_round){.left = false};
    prom_arena_init(&round->arena, MEMORY);
    PROM_TRY(prom_within(given->buy ? prom_iterate_buy(it, round, error) : prom_iterate_compute(it, round, error),
                         error, "round %" PRIu32, it->rounds.done + 1));
    iterating->left = round->left;
    if (round->left) {
        return prom_ok();
    }
    const prom_node_result *last = &round->nodes[round->count - 1];
    if (last->status != PROM_NODE_OK) {
        tell_failed(iterating, round, given);
        return prom_ok();
    }
    PROM_TRY(prom_rounds_add(&it->rounds, last->bytes, error));
    tell_round(iterating, round, given);
    return prom_ok();
}

/* -- All of them -- */

static bool is_over(const prom_rounds *rounds, const arguments *given)
{
    return rounds->done == given->rounds || (given->still && rounds->still);
}

static json_t *result_json(const struct iterating *iterating, const arguments *given, bool over)
{
    const prom_iteration *it = &iterating->it;
    const prom_rounds *rounds = &it->rounds;
    char digest[PROM_HEX32];
    char path[PATH_MAX];
    return json_pack("{s:s, s:s, s:I, s:I, s:b, s:s, s:I, s:O, s:O?, s:s?, s:s?}", //
                     "program", prom_hex32(digest, &it->module.digest),            //
                     "folder", rounds->folder,                                     //
                     "items", (json_int_t)it->data.count,                          //
                     "rounds", (json_int_t)rounds->done,                           //
                     "still", (int)rounds->still,                                  //
                     "state", prom_rounds_path(path, rounds, rounds->done),        //
                     "state_bytes", (json_int_t)rounds->state.length,              //
                     "ran", iterating->ran,                                        //
                     "failed", iterating->failed,                                  //
                     "job", rounds->job[0] != '\0' ? rounds->job : NULL,           //
                     "output", over ? given->output : NULL);
}

static void print_result(const struct iterating *iterating, const arguments *given, bool over)
{
    const prom_rounds *rounds = &iterating->it.rounds;
    FILE *stream = prom_tell_beside(given->output);
    const bool written = over && given->output != NULL && strcmp(given->output, "-") != 0;
    char count[PROM_UNITS];
    char bytes[PROM_UNITS];
    char path[PATH_MAX];
    if (iterating->left) {
        (void)fprintf(stderr, "The job goes on without this command, and the same command takes it up again.\n");
    }
    (void)fprintf(stream, "%s done, the state has %s: %s\n", prom_units_count(count, rounds->done, "round"),
                  prom_units_bytes(bytes, rounds->state.length),
                  written ? given->output : prom_rounds_path(path, rounds, rounds->done));
}

static prom_result run_iterate(void *values, prom_exit *code, prom_error *error)
{
    PROM_SCOPED(end_iterating) struct iterating iterating = {.left = false};
    const arguments *given = values;
    const prom_rounds *rounds = &iterating.it.rounds;
    PROM_TRY(begin(&iterating, given, error));
    if (given->buy && !given->json) {
        prom_job_print_who_sees(prom_tell_beside(given->output), given->order.verifier);
    }
    while (!is_over(rounds, given) && !iterating.left && iterating.failed == NULL) {
        PROM_TRY(run_round(&iterating, given, error));
    }
    const bool over = is_over(rounds, given);
    *code = over ? PROM_EXIT_OK : PROM_EXIT_FAILURE;
    if (over && given->output != NULL) {
        PROM_TRY(prom_file_write(given->output, rounds->state, error));
    }
    if (given->json) {
        return prom_tell_json(result_json(&iterating, given, over), error);
    }
    print_result(&iterating, given, over);
    return prom_ok();
}

/* -- The table -- */

static const prom_parameter PARAMETERS[] = {
    {.value = "PROGRAM",
     .noun = "program",
     .required = true,
     PROM_TO_TEXT(program),
     .files = "prom",
     .help = "A program that folds, which 'prom program make' wrote."},
    {.value = "DATA...",
     .noun = "data",
     .required = true,
     PROM_TO_TEXTS(inputs),
     .stream = PROM_STREAM_INPUT,
     .files = "*",
     .help = "Files or folders with the data, as the INPUT of 'prom program run'; - is standard input."},
    {.option = "--items",
     .value = "KIND",
     .noun = "kind of items",
     PROM_TO_TEXT(kind),
     .words = PROM_ITEMS_KINDS,
     .help = "What an item of the data is, as of 'prom program run'. Default: files."},
    {.option = "--state",
     .value = "FILE",
     .noun = "first state",
     .required = true,
     PROM_TO_TEXT(state),
     .files = "*",
     .help = "Begin with the state in FILE."},
    {.option = "--rounds",
     .value = "N",
     .noun = "number of rounds",
     .required = true,
     PROM_TO_NUMBER(rounds),
     .min = 1,
     .max = PROM_ROUNDS_MAX,
     .help = "Do N rounds in all, those that are done in FOLDER counted in."},
    {.option = "--folder",
     .value = "FOLDER",
     .noun = "folder",
     .required = true,
     PROM_TO_TEXT(rounds_folder),
     .files = "/",
     .help = "Keep each round's state in FOLDER, and go on from there. It is made where it is missing."},
    {.option = "--until-still", PROM_TO_FLAG(still), .help = "End earlier, when a round has left the state as it was."},
    {.option = "--output",
     .letter = "-o",
     .value = "FILE",
     PROM_TO_TEXT(output),
     .stream = PROM_STREAM_OUTPUT,
     .files = "*",
     .writes = true,
     .help = "Write the last state to FILE, when all rounds are done."},
    {.option = "--buy",
     PROM_TO_FLAG(buy),
     .help = "Buy each round by the node, as 'prom run' does, and with its options, which are below and hold for each "
             "round. Default: this machine runs them."},
    {.option = "--again", PROM_TO_FLAG(again), .help = "Order a round anew whose job has ended without all results."},
    PROM_ORDER_PARAMETERS,
    PROM_NODE_PLACE_PARAMETERS,
    PROM_PARAMETER_JSON(json),
    {0},
};

static const prom_text DESCRIPTION[] = {
    {NULL, "Runs a program over the data again and again, as training does: an item of a round is the state (its "
           "length in 4 bytes, little-endian, and its bytes) with an item of the data behind it, and the last fold's "
           "result is the state of the next round. docs/programs.md has the files and two examples."},
    {NULL, "FOLDER has the first state, round-0000, and that of each round, round-0001 and so on. Whatever ended the "
           "command, a power cut too, the same command goes on where it was. A round that is bought is ordered once: "
           "its order is taken up again. Other data, another program or another first state are refused there."},
    {NULL, "Where the last fold of a round fails, it ends, and says which item or fold was the reason."},
    {0},
};

static const prom_text JSON[] = {
    {"program", "its digest"},
    {"folder", "where the rounds are"},
    {"items", "how many the data has"},
    {"rounds, still", "how many are done, and whether the last one left the state as it was"},
    {"state, state_bytes", "the file of the last state, and its length"},
    {"ran", "of each round that this command has done: round, fuel, seconds, job (null: this machine ran it)"},
    {"failed",
     "the round that failed: round, node, status, trap (null where it did not trap), file and number of the item "
     "in it (null for a fold); or null"},
    {"job", "the order of the next round that is under way, or null"},
    {"output", "the file that the last state was written to, or null"},
    {0},
};

static const char *const EXAMPLES[] = {
    "prom iterate kmeans.prom points --state centres --rounds 20 --until-still --folder rounds -o found",
    "prom iterate kmeans.prom points --state centres --rounds 20 --folder rounds --buy --max-price 50000",
    NULL,
};

const prom_command prom_command_iterate = {
    .name = "iterate",
    .summary = "run a program in rounds that feed each other, as training does",
    .description = DESCRIPTION,
    .parameters = PARAMETERS,
    .json = JSON,
    .exits = {[PROM_EXIT_FAILURE] = "a round failed, or was not bought, or is still under way; or this machine failed",
              [PROM_EXIT_USAGE] = "the command line or a file that it names cannot be used"},
    .examples = EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_iterate,
};
