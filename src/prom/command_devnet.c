/* prom devnet up | down | status | mine N */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "chain/chain.h"
#include "devnet/devnet.h"
#include "prom/command.h"
#include "prometheus/crypto/key.h"

#define FIRST_BLOCKS 110U /* a coinbase is spendable after 100: ten are, 500 BTC */
#define DESCRIPTOR (sizeof "rawtr()" + 64)

enum { ARENA_BYTES = 65536, OPERANDS_MAX = 2, STATUS_MILLISECONDS = 2000 };

typedef struct arguments {
    bool json;
    const char *folder;
    const char *bitcoind;
    const char *rpc_port;
    const char *count; /* of blocks */
} arguments;

static void close_devnet(prom_devnet **devnet)
{
    prom_devnet_close(*devnet);
}

/* The descriptor of the devnet's own key: blocks pay to it, who reads the secret can spend them. */
static prom_result own_descriptor(const prom_devnet *devnet, char descriptor[DESCRIPTOR], prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena;
    PROM_SCOPED(prom_wipe32) prom_bytes32 secret = {{0}};
    PROM_SCOPED(prom_key_wipe) prom_key key = {0};
    prom_bytes32 blinding;
    prom_curve *curve = NULL;
    char public[PROM_HEX32];
    prom_arena_init(&arena, ARENA_BYTES);
    randombytes_buf(blinding.bytes, sizeof blinding.bytes);
    PROM_TRY(prom_devnet_secret(devnet, &secret, error));
    PROM_TRY(prom_curve_new(&arena, &curve, &blinding, error));
    PROM_TRY(prom_key_from_secret(curve, &key, &secret, error));
    (void)snprintf(descriptor, DESCRIPTOR, "rawtr(%s)", prom_hex32(public, &key.public_key));
    return prom_ok();
}

/* What up and status tell. `verb` is "started", "already running" or "running". */
static prom_result tell_running(const prom_devnet *devnet, const arguments *given, const char *verb,
                                const prom_chain_info *info, prom_error *error)
{
    json_t *object = json_pack("{s:b, s:s, s:s, s:I, s:s, s:s, s:I, s:s, s:s, s:s}", "running", 1, "what", verb, "dir",
                               devnet->folder.path, "pid", (json_int_t)devnet->process.pid, "url", devnet->url,
                               "cookie", devnet->cookie_file, "height", (json_int_t)info->height, "bitcoind",
                               devnet->bitcoind.path, "version", devnet->bitcoind.version, "log", devnet->log_file);
    return prom_command_tell(given->json, object, error,
                             "%s: a devnet in %s\n"
                             "  rpc       %s\n"
                             "  cookie    %s\n"
                             "  height    %u\n"
                             "  bitcoind  %s, pid %ld, %s\n"
                             "  log       %s\n",
                             verb, devnet->folder.path, devnet->url, devnet->cookie_file, info->height,
                             devnet->bitcoind.version, (long)devnet->process.pid, devnet->bitcoind.path,
                             devnet->log_file);
}

static prom_result run_up(const arguments *given, prom_exit *code, prom_error *error)
{
    PROM_SCOPED(close_devnet) prom_devnet *devnet = NULL;
    char descriptor[DESCRIPTOR];
    prom_chain_info info;
    uint32_t port = 0;
    bool was_running = false;
    (void)code;
    if (given->rpc_port != NULL) {
        PROM_TRY(prom_command_number(&port, given->rpc_port, 1, UINT16_MAX, "a port", error));
    }
    const prom_devnet_options options = {
        .folder = given->folder, .bitcoind = given->bitcoind, .rpc_port = (uint16_t)port};
    PROM_TRY(prom_devnet_start(&devnet, &was_running, &options, error));
    PROM_TRY(own_descriptor(devnet, descriptor, error));
    PROM_TRY(prom_chain_get_info(devnet->rpc, &info, error));
    if (info.height < FIRST_BLOCKS) { /* new, or killed before it was funded */
        PROM_TRY(prom_devnet_mine(devnet, descriptor, FIRST_BLOCKS - info.height, error));
        PROM_TRY(prom_chain_get_info(devnet->rpc, &info, error));
    }
    return tell_running(devnet, given, was_running ? "already running" : "started", &info, error);
}

static prom_result run_down(const arguments *given, prom_exit *code, prom_error *error)
{
    PROM_SCOPED(close_devnet) prom_devnet *devnet = NULL;
    (void)code;
    PROM_TRY(prom_devnet_open(&devnet, given->folder, true, error));
    const bool found = devnet != NULL;
    const bool was_running = found && devnet->process.pid != 0;
    if (found) {
        PROM_TRY(prom_devnet_destroy(devnet, error));
    }
    const char *told = was_running ? "stopped and deleted: the devnet in"
                       : found     ? "was not running, deleted: the devnet in"
                                   : "nothing to do: there is no devnet in";
    json_t *object = json_pack("{s:b, s:b, s:b, s:s}", "running", 0, "stopped", (int)was_running, "deleted", (int)found,
                               "dir", given->folder);
    return prom_command_tell(given->json, object, error, "%s %s\n", told, given->folder);
}

static prom_result run_status(const arguments *given, prom_exit *code, prom_error *error)
{
    PROM_SCOPED(close_devnet) prom_devnet *devnet = NULL;
    PROM_TRY(prom_devnet_open(&devnet, given->folder, false, error));
    if (devnet == NULL || devnet->process.pid == 0) {
        *code = PROM_EXIT_NOT_RUNNING;
        return prom_command_tell(given->json, json_pack("{s:b, s:s}", "running", 0, "dir", given->folder), error,
                                 "not running: no devnet in %s\n", given->folder);
    }
    if (devnet->rpc == NULL) {
        return prom_fail(error, PROM_CATEGORY_IO,
                         "bitcoind (pid %ld) runs, but the devnet in %s is being deleted or damaged; 'prom devnet up' "
                         "starts it anew",
                         (long)devnet->process.pid, given->folder);
    }
    prom_chain_info info;
    prom_rpc_set_timeout(devnet->rpc, STATUS_MILLISECONDS);
    PROM_TRY(prom_within(prom_chain_get_info(devnet->rpc, &info, error), error,
                         "bitcoind (pid %ld) runs but does not answer", (long)devnet->process.pid));
    return tell_running(devnet, given, "running", &info, error);
}

static prom_result run_mine(const arguments *given, prom_exit *code, prom_error *error)
{
    PROM_SCOPED(close_devnet) prom_devnet *devnet = NULL;
    char descriptor[DESCRIPTOR];
    char best[PROM_HEX32];
    prom_chain_info info;
    uint32_t count = 0;
    (void)code;
    PROM_TRY(prom_command_number(&count, given->count, 1, PROM_DEVNET_BLOCKS_MAX, "a number of blocks", error));
    PROM_TRY(prom_devnet_open(&devnet, given->folder, true, error));
    if (devnet == NULL || devnet->rpc == NULL) {
        return prom_fail(error, PROM_CATEGORY_IO, "no devnet runs in %s; 'prom devnet up' starts one", given->folder);
    }
    PROM_TRY(own_descriptor(devnet, descriptor, error));
    PROM_TRY(prom_devnet_mine(devnet, descriptor, count, error));
    PROM_TRY(prom_chain_get_info(devnet->rpc, &info, error));
    json_t *object = json_pack("{s:I, s:I, s:s}", "mined", (json_int_t)count, "height", (json_int_t)info.height, "best",
                               prom_hex32_reversed(best, &info.best));
    return prom_command_tell(given->json, object, error, "mined %u blocks; the height is %u\n", count, info.height);
}

typedef struct action {
    const char *name;
    prom_result (*run)(const arguments *given, prom_exit *code, prom_error *error);
    bool starts; /* takes --bitcoind and --rpc-port */
    bool counts; /* takes N */
} action;

static const action ACTIONS[] = {
    {"up", run_up, true, false},
    {"down", run_down, false, false},
    {"status", run_status, false, false},
    {"mine", run_mine, false, true},
};

static const char HINT[] = "see 'prom help devnet'";

/* Checks the operands and the options against the action, and puts the missing ones in. */
static prom_result check(const action **chosen, arguments *given, char standard_folder[PATH_MAX],
                         const char *const *operands, size_t operand_count, prom_error *error)
{
    const char *name = operand_count > 0 ? operands[0] : "";
    *chosen = NULL;
    for (size_t i = 0; i < sizeof ACTIONS / sizeof *ACTIONS; i++) {
        if (strcmp(ACTIONS[i].name, name) == 0) {
            *chosen = &ACTIONS[i];
        }
    }
    if (*chosen == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "'%s' is none of up, down, status, mine", name);
    }
    if (operand_count != ((*chosen)->counts ? 2U : 1U)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s takes %s", name,
                         (*chosen)->counts ? "one argument, the number of blocks" : "no argument");
    }
    given->count = (*chosen)->counts ? operands[1] : NULL;
    if (!(*chosen)->starts && (given->bitcoind != NULL || given->rpc_port != NULL)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "--bitcoind and --rpc-port are options of up, not of %s",
                         name);
    }
    if (given->folder != NULL) {
        return prom_ok();
    }
    PROM_TRY(prom_command_data_path(standard_folder, "devnet", error));
    given->folder = standard_folder;
    return prom_ok();
}

static prom_exit run_devnet(int argument_count, char **argument_values)
{
    arguments given = {0};
    const prom_option options[] = {
        {"--json", NULL, &given.json},
        {"--dir", &given.folder, NULL},
        {"--bitcoind", &given.bitcoind, NULL},
        {"--rpc-port", &given.rpc_port, NULL},
    };
    const char *operands[OPERANDS_MAX];
    size_t operand_count = 0;
    char standard_folder[PATH_MAX];
    const action *chosen = NULL;
    prom_exit code = PROM_EXIT_OK;
    prom_error error = {{0}};
    const bool json = prom_command_wants_json(argument_count, argument_values);
    prom_result result = prom_command_parse(argument_count, argument_values, options, sizeof options / sizeof *options,
                                            operands, &operand_count, OPERANDS_MAX, &error);
    if (prom_is_ok(result)) {
        result = check(&chosen, &given, standard_folder, operands, operand_count, &error);
    }
    if (!prom_is_ok(result)) {
        prom_error hinted;
        result = prom_fail(&hinted, result.category, "devnet: %.400s; %s", error.sentence, HINT);
        return prom_command_finish(json, result, &hinted);
    }
    result = chosen->run(&given, &code, &error);
    return prom_is_ok(result) ? code : prom_command_finish(json, result, &error);
}

static const char HELP[] =
    "prom devnet - a private bitcoin chain to try things on\n"
    "\n"
    "usage: prom devnet up [--rpc-port PORT] [--bitcoind PATH] [--dir DIR] [--json]\n"
    "       prom devnet status [--dir DIR] [--json]\n"
    "       prom devnet mine N [--dir DIR] [--json]\n"
    "       prom devnet down   [--dir DIR] [--json]\n"
    "\n"
    "A devnet is a bitcoind in regtest mode, with data of its own, that no other node can reach: it listens to\n"
    "JSON-RPC on 127.0.0.1 only, and to no peers. Its relay policy is the default one.\n"
    "\n"
    "  up       Starts it and mines 110 blocks to its own key, which gives 500 BTC to spend. It runs on when the\n"
    "           command ends. When it runs already, that is said, and all is well.\n"
    "  status   Tells where it is, its process and its height. Exit code 3 when it does not run.\n"
    "  mine N   Mines N blocks, 1 to 10000, to its own key.\n"
    "  down     Stops it and deletes its folder. When there is none, that is said, and all is well.\n"
    "\n"
    "Options:\n"
    "  --dir DIR         the devnet's folder; several devnets may run in several folders. Made where it is missing;\n"
    "                    a folder that is not empty and not a devnet's is refused.\n"
    "                    Default: ${XDG_DATA_HOME:-$HOME/.local/share}/prometheus/devnet\n"
    "  --rpc-port PORT   the port that bitcoind answers at. Default: a free one\n"
    "  --bitcoind PATH   the bitcoind to run, 28 or newer. Default: the environment's PROM_BITCOIND, else the one on\n"
    "                    the PATH, else the one that 'make deps' built\n"
    "  --json            one JSON object instead of text\n"
    "\n"
    "Files in DIR:\n"
    "  devnet.json                pid, port and bitcoind, as started last\n"
    "  secret                     32 bytes, the secret key that blocks are mined to\n"
    "  bitcoin/regtest/.cookie    name and password for JSON-RPC\n"
    "  bitcoin/regtest/debug.log  bitcoind's log\n"
    "\n"
    "A command that is killed at any moment leaves nothing that the next up or down does not put right.\n"
    "\n"
    "Exit codes: 0 done, 1 failed, 2 the command line can not be used, 3 not running (status).\n"
    "\n"
    "Example:\n"
    "  prom devnet up\n"
    "  prom devnet mine 6\n"
    "  prom devnet status --json\n"
    "  prom devnet down\n";

const prom_command prom_command_devnet = {
    .name = "devnet",
    .summary = "a private bitcoin chain to try things on: up, down, status, mine",
    .help = HELP,
    .run = run_devnet,
};
