/* prom devnet up | down | status | mine N */
#include <stdio.h>

#include "base/units.h"
#include "chain/chain.h"
#include "cli/places.h"
#include "cli/tell.h"
#include "demo/nodes.h"
#include "devnet/devnet.h"
#include "prom/root.h"
#include "system/progress_bar.h"

#define FIRST_BLOCKS 110U /* a coinbase is spendable after 100: ten are, 500 BTC */
#define WHY (4 * PATH_MAX)

enum { ARENA_BYTES = 65536, STATUS_MILLISECONDS = 2000, BLOCKS_A_STEP = 50 };

/* Of all actions; each takes some of them. */
typedef struct arguments {
    bool json;
    const char *folder;
    const char *bitcoind;
    uint32_t rpc_port;
    uint32_t count; /* of blocks */
    const char *to; /* an address; NULL: the devnet's own key */
} arguments;

static void print_waiting(const char *sentence)
{
    (void)fprintf(stderr, "prom: note: %s\n", sentence);
}

static void close_devnet(prom_devnet **devnet)
{
    prom_devnet_close(*devnet);
}

/* What up and status tell. `verb` is "started", "already running" or "running". */
static prom_result tell_running(const prom_devnet *devnet, const arguments *given, const char *verb,
                                const prom_chain_info *info, prom_error *error)
{
    json_t *object = json_pack("{s:b, s:s, s:s, s:I, s:s, s:s, s:I, s:s, s:s, s:s}", "running", 1, "what", verb, "dir",
                               devnet->folder.path, "pid", (json_int_t)devnet->process.pid, "url", devnet->url,
                               "cookie", devnet->cookie_file, "height", (json_int_t)info->height, "bitcoind",
                               devnet->bitcoind.path, "version", devnet->bitcoind.version, "log", devnet->log_file);
    if (devnet->lost > 0) {
        (void)json_object_set_new(object, "lost", json_integer(devnet->lost));
    }
    return prom_tell(given->json, object, error,
                     "%s: a devnet in %s\n"
                     "  rpc       %s\n"
                     "  cookie    %s\n"
                     "  height    %u\n"
                     "  bitcoind  %s, pid %ld, %s\n"
                     "  log       %s\n",
                     verb, devnet->folder.path, devnet->url, devnet->cookie_file, info->height,
                     devnet->bitcoind.version, (long)devnet->process.pid, devnet->bitcoind.path, devnet->log_file);
}

/* What up has put right, for people. */
static void print_repairs(const prom_devnet *devnet)
{
    char blocks[PROM_UNITS];
    const uint32_t left = devnet->height_noted - devnet->lost;
    if (devnet->ended != 0) {
        (void)printf("  note      bitcoind (pid %ld) ran on without its folder or its data, and was ended first\n",
                     (long)devnet->ended);
    }
    if (devnet->restored) {
        (void)printf("  note      bitcoind had ended unexpectedly; its chain was made again of its blocks\n");
    }
    if (devnet->lost > 0) {
        (void)printf("  note      %s lost: the height was %u, and %u is left%s\n",
                     prom_units_count(blocks, devnet->lost, "block"), devnet->height_noted, left,
                     left < FIRST_BLOCKS ? "; new ones were mined" : "");
    }
}

static prom_result up(const arguments *given, prom_exit *code, prom_error *error)
{
    PROM_SCOPED(close_devnet) prom_devnet *devnet = NULL;
    char descriptor[PROM_DEVNET_DESCRIPTOR];
    prom_chain_info info;
    bool was_running = false;
    (void)code;
    const prom_devnet_options options = {.folder = given->folder,
                                         .bitcoind = given->bitcoind,
                                         .rpc_port = (uint16_t)given->rpc_port,
                                         .tell = given->json ? NULL : print_waiting};
    PROM_TRY(prom_devnet_start(&devnet, &was_running, &options, error));
    PROM_TRY(prom_devnet_descriptor(devnet, descriptor, NULL, error));
    PROM_TRY(prom_chain_get_info(devnet->rpc, &info, error));
    if (info.height < FIRST_BLOCKS) { /* new, or killed before it was funded */
        PROM_TRY(prom_devnet_mine(devnet, descriptor, FIRST_BLOCKS - info.height, error));
        PROM_TRY(prom_chain_get_info(devnet->rpc, &info, error));
    }
    PROM_TRY(tell_running(devnet, given,
                          was_running        ? "already running"
                          : devnet->restored ? "restored"
                                             : "started",
                          &info, error));
    if (!given->json) {
        print_repairs(devnet);
    }
    return prom_ok();
}

/* What down did, in words. */
static const char *down_text(bool found, bool was_running, bool has_folder)
{
    if (!found) {
        return "nothing to do: there is no devnet in";
    }
    if (!has_folder) {
        return "stopped: the bitcoind that ran on without its folder";
    }
    return was_running ? "stopped and deleted: the devnet in" : "was not running, deleted: the devnet in";
}

static prom_result down(const arguments *given, prom_exit *code, prom_error *error)
{
    PROM_SCOPED(close_devnet) prom_devnet *devnet = NULL;
    char items[PROM_UNITS];
    char kept[PROM_UNITS + NAME_MAX + sizeof "; kept  that is not the devnet's, such as "] = "";
    (void)code;
    PROM_TRY(prom_devnet_open(&devnet, given->folder, true, error));
    const bool found = devnet != NULL;
    const bool was_running = found && devnet->process.pid != 0;
    const bool has_folder = found && devnet->has_folder;
    if (found) {
        prom_demo_nodes_end_kept(&devnet->folder);
        PROM_TRY(prom_devnet_destroy(devnet, error));
    }
    const size_t count = has_folder ? devnet->kept.count : 0;
    if (count > 0) {
        (void)snprintf(kept, sizeof kept, "; kept what is not the devnet's: %s, such as %s",
                       prom_units_count(items, count, "item"), devnet->kept.first);
    }
    json_t *object = json_pack("{s:b, s:b, s:b, s:I, s:s}", "running", 0, "stopped", (int)was_running, "deleted",
                               (int)has_folder, "kept", (json_int_t)count, "dir", given->folder);
    return prom_tell(given->json, object, error, "%s %s%s\n", down_text(found, was_running, has_folder), given->folder,
                     kept);
}

/* What was found, as a word for programs. */
static const char *found_word(const prom_devnet *devnet)
{
    static const char *const words[] = {
        [PROM_DEVNET_NONE] = "none",     [PROM_DEVNET_RUNNING] = "running",     [PROM_DEVNET_STOPPED] = "stopped",
        [PROM_DEVNET_KILLED] = "killed", [PROM_DEVNET_CONDEMNED] = "condemned", [PROM_DEVNET_ASTRAY] = "astray",
    };
    return words[devnet == NULL ? PROM_DEVNET_NONE : devnet->found];
}

/* Why nothing runs, and what to do. Returns `text`. */
static const char *why_not(char *text, size_t room, const prom_devnet *devnet, const char *folder)
{
    char words[PROM_DEVNET_WORDS];
    const prom_devnet_found found = devnet == NULL ? PROM_DEVNET_NONE : devnet->found;
    switch (found) {
    case PROM_DEVNET_KILLED:
        (void)snprintf(
            text, room,
            "bitcoind of the devnet in %s ended unexpectedly (%s); 'prom devnet up --dir %s' starts it again "
            "with its chain",
            folder, prom_devnet_why_ended(words, devnet), folder);
        break;
    case PROM_DEVNET_STOPPED:
        (void)snprintf(text, room,
                       "the devnet in %s is stopped; 'prom devnet up --dir %s' starts it again with its chain", folder,
                       folder);
        break;
    case PROM_DEVNET_CONDEMNED:
        (void)snprintf(text, room,
                       "the devnet in %s is half deleted; 'prom devnet down --dir %s' deletes the rest, 'prom devnet "
                       "up' starts a new one",
                       folder, folder);
        break;
    case PROM_DEVNET_NONE:
        (void)snprintf(text, room, "no devnet in %s; 'prom devnet up --dir %s' starts one", folder, folder);
        break;
    case PROM_DEVNET_RUNNING:
    case PROM_DEVNET_ASTRAY:
        (void)snprintf(text, room,
                       "bitcoind (pid %ld) runs, but the devnet in %s is being deleted or damaged; 'prom devnet up "
                       "--dir %s' starts it anew, 'prom devnet down --dir %s' ends it",
                       (long)devnet->process.pid, folder, folder, folder);
        break;
    }
    return text;
}

static prom_result status(const arguments *given, prom_exit *code, prom_error *error)
{
    PROM_SCOPED(close_devnet) prom_devnet *devnet = NULL;
    char why[WHY];
    PROM_TRY(prom_devnet_open(&devnet, given->folder, false, error));
    if (devnet == NULL || devnet->process.pid == 0) {
        *code = PROM_EXIT_NOT_RUNNING;
        json_t *object = json_pack("{s:b, s:s, s:s}", "running", 0, "found", found_word(devnet), "dir", given->folder);
        return prom_tell(given->json, object, error, "not running: %s\n",
                         why_not(why, sizeof why, devnet, given->folder));
    }
    if (devnet->rpc == NULL) {
        return prom_fail(error, PROM_CATEGORY_IO, "%s", why_not(why, sizeof why, devnet, given->folder));
    }
    prom_chain_info info;
    prom_rpc_set_timeout(devnet->rpc, STATUS_MILLISECONDS);
    PROM_TRY(
        prom_within(prom_chain_get_info(devnet->rpc, &info, error), error,
                    "bitcoind (pid %ld) runs but does not answer; 'kill -9 %ld' ends it, and 'prom devnet up --dir "
                    "%.150s' starts it again with its chain",
                    (long)devnet->process.pid, (long)devnet->process.pid, given->folder));
    return tell_running(devnet, given, "running", &info, error);
}

/* Says after a failure how many blocks were mined: what the height says, or, where bitcoind cannot be asked any more,
 * that it may be more than the `done` that it confirmed. */
static prom_result count_mined(prom_devnet *devnet, prom_result failed, uint32_t before, uint32_t done, uint32_t count,
                               prom_error *error)
{
    prom_chain_info info;
    prom_rpc_set_timeout(devnet->rpc, STATUS_MILLISECONDS);
    const bool known = prom_is_ok(prom_chain_get_info(devnet->rpc, &info, NULL)) && info.height >= before;
    return prom_within(failed, error, "%s%u of %u blocks were mined", known ? "" : "at least ",
                       known ? info.height - before : done, count);
}

/* Mines in steps, for the bar. */
static prom_result mine_blocks(prom_devnet *devnet, const char *descriptor, uint32_t count, prom_error *error)
{
    prom_progress_bar bar = prom_progress_bar_start("mine");
    prom_chain_info info;
    uint32_t done = 0;
    PROM_TRY(prom_chain_get_info(devnet->rpc, &info, error));
    prom_result result = prom_ok();
    while (prom_is_ok(result) && done < count) {
        const uint32_t step = count - done < BLOCKS_A_STEP ? count - done : BLOCKS_A_STEP;
        prom_progress_bar_draw(&bar, done, count);
        result = prom_devnet_mine(devnet, descriptor, step, error);
        done += prom_is_ok(result) ? step : 0;
    }
    prom_progress_bar_end(&bar);
    return prom_is_ok(result) ? result : count_mined(devnet, result, info.height, done, count, error);
}

static prom_result mine(const arguments *given, prom_exit *code, prom_error *error)
{
    PROM_SCOPED(close_devnet) prom_devnet *devnet = NULL;
    char descriptor[PROM_DEVNET_DESCRIPTOR];
    char blocks[PROM_UNITS];
    char best[PROM_HEX32];
    prom_chain_info info;
    (void)code;
    PROM_TRY(prom_devnet_open(&devnet, given->folder, true, error));
    if (devnet == NULL || devnet->rpc == NULL) {
        char why[WHY];
        return prom_fail(error, PROM_CATEGORY_IO, "no blocks were mined: %s",
                         why_not(why, sizeof why, devnet, given->folder));
    }
    PROM_TRY(prom_within(prom_devnet_wait(devnet, given->json ? NULL : print_waiting, error), error,
                         "no blocks were mined"));
    PROM_TRY(prom_devnet_descriptor(devnet, descriptor, given->to, error));
    PROM_TRY(mine_blocks(devnet, descriptor, given->count, error));
    PROM_TRY(prom_chain_get_info(devnet->rpc, &info, error));
    json_t *object = json_pack("{s:I, s:I, s:s}", "mined", (json_int_t)given->count, "height", (json_int_t)info.height,
                               "best", prom_hex32_reversed(best, &info.best));
    return prom_tell(given->json, object, error, "mined %s; the height is %u\n",
                     prom_units_count(blocks, given->count, "block"), info.height);
}

/* Runs an action with the folder that is given, or with the standard one. */
static prom_result run(prom_result (*act)(const arguments *given, prom_exit *code, prom_error *error), arguments *given,
                       prom_exit *code, prom_error *error)
{
    char standard_folder[PATH_MAX];
    if (given->folder == NULL) {
        PROM_TRY(prom_places_data(standard_folder, "devnet", error));
        given->folder = standard_folder;
    }
    return act(given, code, error);
}

static prom_result run_up(void *values, prom_exit *code, prom_error *error)
{
    return run(up, values, code, error);
}

static prom_result run_down(void *values, prom_exit *code, prom_error *error)
{
    return run(down, values, code, error);
}

static prom_result run_status(void *values, prom_exit *code, prom_error *error)
{
    return run(status, values, code, error);
}

static prom_result run_mine(void *values, prom_exit *code, prom_error *error)
{
    return run(mine, values, code, error);
}

/* -- The table -- */

#define PARAMETER_DIR                                                                                                  \
    {                                                                                                                  \
        .option = "--dir", .value = "DIR", PROM_TO_TEXT(folder), .files = "/",                                         \
        .help = "Use the devnet in the folder DIR. Default: " PROM_PLACES_DATA("devnet") "."                           \
    }

static const prom_parameter UP_PARAMETERS[] = {
    {.option = "--rpc-port",
     .value = "PORT",
     .noun = "port",
     PROM_TO_NUMBER(rpc_port),
     .min = 1,
     .max = UINT16_MAX,
     .help = "Let bitcoind answer at PORT. Default: the one that it had, where the devnet has a chain already; else a "
             "free one."},
    {.option = "--bitcoind",
     .value = "PATH",
     PROM_TO_TEXT(bitcoind),
     .files = "*",
     .help = "Run this bitcoind, 28 or newer. Default: the environment's PROM_BITCOIND, else the one on the PATH, "
             "else the one that 'make deps' built."},
    PARAMETER_DIR,
    PROM_PARAMETER_JSON(json),
    {0},
};

static const prom_parameter PARAMETERS[] = {
    PARAMETER_DIR,
    PROM_PARAMETER_JSON(json),
    {0},
};

static const prom_parameter MINE_PARAMETERS[] = {
    {.value = "N",
     .noun = "number of blocks",
     .required = true,
     PROM_TO_NUMBER(count),
     .min = 1,
     .max = PROM_DEVNET_BLOCKS_MAX,
     .help = "How many blocks."},
    {.option = "--to",
     .value = "ADDRESS",
     PROM_TO_TEXT(to),
     .help =
         "Let each block pay its 50 BTC to ADDRESS, of a node's wallet: they can be spent 100 blocks later. Without "
         "it, to the devnet's own key."},
    PARAMETER_DIR,
    PROM_PARAMETER_JSON(json),
    {0},
};

static const prom_text UP_DESCRIPTION[] = {
    {NULL, "Starts the devnet and mines 110 blocks to its own key, which gives 500 BTC to spend. It runs on when the "
           "command ends. When it runs already, that is said, and all is well. DIR is made where it is missing; a "
           "folder that is not empty and not a devnet's is refused, and so is another user's."},
    {NULL, "When bitcoind was killed, its chain is made again of the blocks that it had written; transactions that "
           "were not in a block are lost. Where files of blocks are missing or damaged, it is said how many are lost."},
    {0},
};

static const prom_text STATE_JSON[] = {
    {"running", "true; false where status finds none, with nothing but found and dir beside it"},
    {"found", "\"none\", \"stopped\", \"killed\" or \"condemned\" (half deleted)"},
    {"what", "\"started\", \"restored\", \"already running\" or \"running\""},
    {"dir", "the devnet's folder"},
    {"pid", "bitcoind's process"},
    {"lost", "up alone, where the chain is shorter than it was: by how many blocks"},
    {"url, cookie", "where it answers, and the file with name and password"},
    {"height", "of the chain"},
    {"bitcoind, version, log", "the program, and its log"},
    {0},
};

static const char *const UP_EXAMPLES[] = {"prom devnet up", NULL};

static const prom_command UP = {
    .name = "up",
    .summary = "start the devnet, with coins to spend",
    .description = UP_DESCRIPTION,
    .parameters = UP_PARAMETERS,
    .json = STATE_JSON,
    .examples = UP_EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_up,
};

static const prom_text DOWN_DESCRIPTION[] = {
    {NULL,
     "Stops bitcoind, and the nodes that 'prom demo --keep' has left, and deletes the devnet's folder. What is not the "
     "devnet's stays, and the folder with it. When "
     "there is none, that is said, and all is well. A bitcoind whose folder was deleted is found and stopped."},
    {0},
};

static const prom_text DOWN_JSON[] = {
    {"running", "false"},
    {"stopped", "whether it ran"},
    {"deleted", "whether there was one"},
    {"kept", "how many entries of the folder are not the devnet's"},
    {"dir", "its folder"},
    {0},
};

static const char *const DOWN_EXAMPLES[] = {"prom devnet down", NULL};

static const prom_command DOWN = {
    .name = "down",
    .summary = "stop the devnet and delete its folder",
    .description = DOWN_DESCRIPTION,
    .parameters = PARAMETERS,
    .json = DOWN_JSON,
    .examples = DOWN_EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_down,
};

static const char *const STATUS_EXAMPLES[] = {"prom devnet status --json", NULL};

static const prom_command STATUS = {
    .name = "status",
    .summary = "tell where the devnet is, its process and its height",
    .parameters = PARAMETERS,
    .json = STATE_JSON,
    .exits = {[PROM_EXIT_NOT_RUNNING] = "not running"},
    .examples = STATUS_EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_status,
};

static const prom_text MINE_JSON[] = {
    {"mined", "how many blocks"},
    {"height", "of the chain"},
    {"best", "hash of its last block"},
    {0},
};

static const char *const MINE_EXAMPLES[] = {"prom devnet mine 6", "prom devnet mine 2 --to bcrt1p...", NULL};

static const prom_command MINE = {
    .name = "mine",
    .summary = "mine blocks, to the devnet's own key or to an address",
    .parameters = MINE_PARAMETERS,
    .json = MINE_JSON,
    .examples = MINE_EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_mine,
};

static const prom_text DESCRIPTION[] = {
    {NULL, "A devnet is a bitcoind in regtest mode, with data of its own, that no other node can reach: it listens to "
           "JSON-RPC on 127.0.0.1 only, and to no peers. Its relay policy is the default one. Several devnets may run "
           "in several folders."},
    {NULL, "A command that is killed at any moment leaves nothing that the next up or down does not put right."},
    {0},
};

static const prom_text FILES[] = {
    {"devnet.json", "pid, port and bitcoind, as started last"},
    {"height", "of the chain, as mine and up saw it last"},
    {"secret", "32 bytes, the secret key that blocks are mined to"},
    {"bitcoin/regtest/.cookie", "name and password for JSON-RPC"},
    {"bitcoin/regtest/debug.log", "bitcoind's log"},
    {0},
};

static const prom_section SECTIONS[] = {
    {"Files in DIR", FILES},
    {0},
};

static const prom_command *const COMMANDS[] = {&UP, &DOWN, &STATUS, &MINE, NULL};

const prom_command prom_command_devnet = {
    .name = "devnet",
    .summary = "run a private bitcoin chain to try things on",
    .description = DESCRIPTION,
    .subcommands = COMMANDS,
    .sections = SECTIONS,
    .exits = {[PROM_EXIT_NOT_RUNNING] = "not running (status)"},
};
