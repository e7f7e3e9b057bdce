/* prom tower run */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/tell.h"
#include "prom/root.h"
#include "system/file.h"
#include "system/random.h"
#include "tower/key.h"
#include "tower/run.h"

#define CURVE_BYTES ((size_t)1 << 20)
#define FILE_BYTES (2 * PROM_TOWER_PACKAGE_MAX + PROM_TOWER_HEAD_MAX)

enum { FEE_MAX_DEFAULT = 100000, POLL_MILLISECONDS = 1000 };

typedef struct arguments {
    bool json;
    const char *url;
    const char *cookie;
    const char *coins;
    uint32_t fee_max;
    uint32_t poll;
    prom_texts files;
} arguments;

static prom_result new_curve(prom_arena *arena, prom_curve **curve, prom_error *error)
{
    const prom_bytes32 blinding = prom_random_bytes32();
    prom_arena_init(arena, CURVE_BYTES);
    return prom_curve_new(arena, curve, &blinding, error);
}

static volatile sig_atomic_t stopped;

static void stop(int signal_number)
{
    (void)signal_number;
    stopped = 1;
}

static void print_line(bool json, json_t *object, const char *text)
{
    char *line = json ? json_dumps(object, JSON_COMPACT) : NULL;
    (void)printf("%s\n", json ? (line != NULL ? line : "{}") : text);
    (void)fflush(stdout);
    free(line);
    json_decref(object);
}

static const char *const BROADCASTS[] = {
    [PROM_BROADCAST_UNKNOWN] = "unknown", [PROM_BROADCAST_MINED] = "mined", [PROM_BROADCAST_WAITS] = "waits",
    [PROM_BROADCAST_SENT] = "sent",       [PROM_BROADCAST_CHEAP] = "cheap", [PROM_BROADCAST_REFUSED] = "refused",
};

static void print_branch(bool json, const char *id, const prom_tower_report *it)
{
    char text[sizeof(prom_error) + 256];
    char txid[PROM_HEX32];
    char child[PROM_HEX32];
    const prom_broadcast_report *its = it->broadcast;
    const char *name = prom_tower_branch_name(it->branch);
    json_t *told = json_string(its->told.sentence);
    (void)snprintf(text, sizeof text, "%.16s: %s at tip %u: %s%s%s%s", id, name, (unsigned)it->height,
                   BROADCASTS[its->state], its->has_child ? ", with a child" : "",
                   its->told.sentence[0] != '\0' ? ": " : "", its->told.sentence);
    json_t *object =
        json_pack("{s:s, s:s, s:s, s:s, s:I, s:s, s:I, s:o, s:o}", "event", "transaction", "contract", id, "name", name,
                  "txid", prom_hex32_reversed(txid, &it->branch->txid), "tip", (json_int_t)it->height, "state",
                  BROADCASTS[its->state], "feerate", (json_int_t)its->pays, "child",
                  its->has_child ? json_string(prom_hex32_reversed(child, &its->child)) : json_null(), "told",
                  told != NULL ? told : json_null());
    print_line(json, object, text);
}

/* An owner who is away must know when it is accused: until when it can appeal itself, or show h_p. */
static void print_state(bool json, const char *id, const prom_tower_report *it)
{
    char text[256];
    const char *state = prom_tower_state_name(it->state);
    (void)snprintf(text, sizeof text, it->height > 0 ? "%.16s: %s since block %u%s" : "%.16s: %s for Tx0", id, state,
                   (unsigned)it->height,
                   it->state == PROM_TOWER_ACCUSED ? "; a worker that delivered must appeal now" : "");
    print_line(json,
               json_pack("{s:s, s:s, s:s, s:o}", "event", "state", "contract", id, "state", state, "block",
                         it->height > 0 ? json_integer(it->height) : json_null()),
               text);
}

static void print_held(bool json, const char *id, const prom_tower_report *it)
{
    char text[256];
    (void)snprintf(
        text, sizeof text,
        "%.16s: the appeal is held back at tip %u: %zu arbiters are reached, and fewer than %zu may not hear it", id,
        (unsigned)it->height, it->reached, it->needed);
    print_line(json,
               json_pack("{s:s, s:s, s:I, s:I, s:I}", "event", "held", "contract", id, "tip", (json_int_t)it->height,
                         "reached", (json_int_t)it->reached, "needed", (json_int_t)it->needed),
               text);
}

static void print_shown(bool json, const char *id, const prom_tower_report *it)
{
    char text[256];
    (void)snprintf(text, sizeof text, "%.16s: arbiter %zu has all that the appeal is won with", id, it->arbiter);
    print_line(json, json_pack("{s:s, s:s, s:I}", "event", "shown", "contract", id, "arbiter", (json_int_t)it->arbiter),
               text);
}

static void print_report(void *context, const prom_tower_report *it)
{
    const bool json = *(const bool *)context;
    static const char *const events[] = {
        [PROM_TOWER_REPORT_CHAIN] = "chain", [PROM_TOWER_REPORT_COINS] = "coins", [PROM_TOWER_REPORT_LINKS] = "links"};
    char id[PROM_HEX32] = "";
    if (it->contract != NULL) {
        (void)prom_hex32(id, &it->contract->file.contract_id);
    }
    switch (it->kind) {
    case PROM_TOWER_REPORT_CHAIN:
    case PROM_TOWER_REPORT_COINS:
    case PROM_TOWER_REPORT_LINKS:
        print_line(json, json_pack("{s:s, s:s}", "event", events[it->kind], "text", it->text), it->text);
        break;
    case PROM_TOWER_REPORT_STATE:
        print_state(json, id, it);
        break;
    case PROM_TOWER_REPORT_BRANCH:
        print_branch(json, id, it);
        break;
    case PROM_TOWER_REPORT_HELD:
        print_held(json, id, it);
        break;
    case PROM_TOWER_REPORT_SHOWN:
        print_shown(json, id, it);
        break;
    case PROM_TOWER_REPORT_OVER:
        print_line(json, json_pack("{s:s}", "event", "over"),
                   "all contracts are settled for good: nothing is left to do");
        break;
    }
}

/* What points into the file's bytes, which do not stay: its transactions. Its packages, which no tower sends, are let
 * go.
 */
static prom_result keep(prom_arena *arena, prom_tower_file *file, prom_error *error)
{
    for (size_t i = 0; i < file->branch_count; i++) {
        PROM_TRY(prom_span_copy(arena, &file->branches[i].tx, file->branches[i].tx, error));
    }
    file->appeal.packages[0] = file->appeal.packages[1] = prom_span_of(NULL, 0);
    return prom_ok();
}

static prom_result read_file(prom_arena *arena, prom_tower_contract *contract, const char *path, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena whole = {0};
    prom_span bytes;
    if (prom_file_is_pipe(path)) { /* it would wait for who writes, and a watchtower that does not start is none */
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%.200s is a pipe, and a watchtower that is started again reads its files again: give a file",
                         path);
    }
    prom_arena_init(&whole, SIZE_MAX / 4);
    PROM_TRY(prom_file_read(&whole, &bytes, path, FILE_BYTES, error));
    PROM_TRY(prom_within(prom_tower_file_read(arena, &contract->file, bytes, error), error, "%.200s", path));
    PROM_TRY(keep(arena, &contract->file, error));
    return prom_chain_parameters_by_genesis(&contract->file.genesis) != NULL
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%.200s is for a chain that this program does not know",
                           path);
}

static prom_result read_files(prom_arena *arena, prom_tower_contract **contracts, const prom_texts *files,
                              prom_error *error)
{
    PROM_TRY_NEW(*contracts, arena, files->count, error);
    for (size_t i = 0; i < files->count; i++) {
        PROM_TRY(read_file(arena, &(*contracts)[i], files->list[i], error));
        if (!prom_bytes32_equal(&(*contracts)[i].file.genesis, &(*contracts)[0].file.genesis)) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "%.200s and %.200s are for different networks: a watchtower follows one", files->list[0],
                             files->list[i]);
        }
    }
    return prom_ok();
}

static void listen(void)
{
    const struct sigaction action = {.sa_handler = stop};
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}

static prom_result run_run(void *context, prom_exit *code, prom_error *error)
{
    arguments *given = context;
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    PROM_SCOPED(prom_arena_free) prom_arena curve_arena = {0};
    PROM_SCOPED(prom_key_wipe) prom_key key = {0};
    prom_curve *curve = NULL;
    prom_tower_contract *contracts = NULL;
    (void)code;
    prom_arena_init(&arena, SIZE_MAX / 4);
    PROM_TRY(new_curve(&curve_arena, &curve, error));
    PROM_TRY(read_files(&arena, &contracts, &given->files, error));
    if (given->coins != NULL) {
        PROM_TRY(prom_tower_key_read(curve, &key, given->coins, error));
    }
    const prom_tower_options options = {
        .contracts = contracts,
        .count = given->files.count,
        .network = prom_chain_parameters_by_genesis(&contracts[0].file.genesis),
        .url = given->url,
        .cookie_file = given->cookie,
        .curve = curve,
        .key = given->coins != NULL ? &key : NULL,
        .fee_max = prom_amount_of(given->fee_max != 0 ? given->fee_max : FEE_MAX_DEFAULT),
        .poll_milliseconds = given->poll != 0 ? given->poll : POLL_MILLISECONDS,
        .stop = &stopped,
        .context = &given->json,
        .report = print_report,
    };
    listen();
    return prom_tower_run(&options, error);
}

/* -- What help says -- */

static const prom_parameter RUN_PARAMETERS[] = {
    {.value = "FILE...",
     .noun = "file",
     .files = "*",
     .required = true,
     PROM_TO_TEXTS(files),
     .help = "The files that 'prom tower export' wrote, of contracts on one network."},
    {.option = "--rpc",
     .value = "URL",
     .noun = "URL",
     .required = true,
     PROM_TO_TEXT(url),
     .help = "Ask the bitcoind of this machine at URL, such as http://127.0.0.1:8332."},
    {.option = "--cookie",
     .value = "FILE",
     .noun = "file",
     .files = "*",
     .required = true,
     PROM_TO_TEXT(cookie),
     .help = "Take name and password for it from FILE, bitcoind's .cookie."},
    {.option = "--coins",
     .value = "FILE",
     .noun = "file",
     .files = "*",
     PROM_TO_TEXT(coins),
     .help =
         "Pay for children with the coins of the key in FILE, which 'prom tower key' made. Without, transactions go as "
         "they are, at the feerate of their contract."},
    {.option = "--fee-max",
     .value = "SAT",
     .noun = "sum",
     .min = 1,
     .max = UINT32_MAX,
     PROM_TO_NUMBER(fee_max),
     .help = "Pay SAT at most for one transaction, whatever its file says. Default: 100000."},
    {.option = "--poll",
     .value = "MILLISECONDS",
     .noun = "time",
     .min = 10,
     .max = 600000,
     PROM_TO_NUMBER(poll),
     .help = "Look at bitcoind so often. Default: 1000."},
    {.option = "--json",
     PROM_TO_FLAG(json),
     .help = "Print each event as a JSON object in a line of its own, instead of text."},
    {0},
};

static const prom_text RUN_DESCRIPTION[] = {
    {NULL,
     "Follows the chain and publishes what is due: Tx1 when nobody has spent O0 for t3 blocks, Tx5 when nobody has "
     "appealed, Tx6 when nothing was decided, and TxA, where the file has it, shortly before it is too late. Ends "
     "when all contracts are settled 100 blocks deep, or by an interrupt."},
    {NULL,
     "Keeps nothing on the disk: after a crash it reads the blocks again, from the contracts' first ones on, which "
     "bitcoind must still have. Several towers may watch one contract."},
    {NULL,
     "Prints a line for each event at once; with --json an object: event is \"chain\", \"coins\" or \"links\", with "
     "text; "
     "\"state\", with contract, state (\"waiting\" for Tx0, \"locked\" by it, \"accused\" by TxV0, \"appealed\" by "
     "TxA, "
     "\"settled\") and block; \"transaction\", with contract, name, txid, tip, state (\"sent\", "
     "\"waits\", \"cheap\", \"mined\", \"refused\", \"unknown\"), feerate (sat for 1000 vB), child and told; \"held\", "
     "with contract, tip, reached and needed; \"shown\", with contract and arbiter; or \"over\"."},
    {0},
};

static const char *const RUN_EXAMPLES[] = {
    "prom tower run 3f2a.tower --rpc http://127.0.0.1:8332 --cookie ~/.bitcoin/.cookie --coins tower.key", NULL};

const prom_command prom_command_tower_run = {
    .name = "run",
    .summary = "watch contracts, and publish what is due",
    .description = RUN_DESCRIPTION,
    .parameters = RUN_PARAMETERS,
    .examples = RUN_EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_run,
};
