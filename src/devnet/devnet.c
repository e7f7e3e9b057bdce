#include "devnet/devnet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "chain/chain.h"
#include "system/clock.h"

#define STATE_NAME "devnet.json"
#define CONDEMNED_NAME "condemned.json" /* what the state is called from the moment the devnet is to be deleted */
#define SECRET_NAME "secret"
#define DATA_NAME "bitcoin"

enum {
    STATE_MAX = 2 * PATH_MAX,
    ROOM_MEGABYTES = 200,
    PORT_TRIES = 5,
    READY_POLL_MILLISECONDS = 50,
    READY_MILLISECONDS = 60000,
    READY_RPC_MILLISECONDS = 5000,
    STOP_RPC_MILLISECONDS = 2000,
    MINE_AT_ONCE = 100,
    RPC_MILLISECONDS = 60000,
    LAST_WORDS = 300,
};

/* ---- what runs: the state file and the process ---- */

static prom_result write_state(const prom_devnet *devnet, prom_error *error)
{
    json_auto_t *state =
        json_pack("{s:I, s:I, s:s, s:s}", "pid", (json_int_t)devnet->process.pid, "rpc_port",
                  (json_int_t)devnet->rpc_port, "bitcoind", devnet->bitcoind.path, "version", devnet->bitcoind.version);
    char *text = state != NULL ? json_dumps(state, JSON_INDENT(2)) : NULL;
    if (text == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the name of %s is not UTF-8", devnet->bitcoind.path);
    }
    const prom_span content = prom_span_of((const uint8_t *)text, strlen(text));
    const prom_result result = prom_folder_write(&devnet->folder, STATE_NAME, content, error);
    free(text);
    return result;
}

/* The pid that a state file names, or 0; a file that is missing or damaged names nothing. */
static pid_t read_state(prom_devnet *devnet, const char *name)
{
    uint8_t content[STATE_MAX];
    size_t length = 0;
    bool exists = false;
    if (!prom_is_ok(prom_folder_read(&devnet->folder, &exists, content, &length, sizeof content, name, NULL))) {
        return 0;
    }
    json_int_t pid = 0;
    json_int_t port = 0;
    const char *path = NULL;
    const char *version = NULL;
    json_auto_t *state = exists ? json_loadb((const char *)content, length, 0, NULL) : NULL;
    if (state == NULL || json_unpack(state, "{s:I, s:I, s:s, s:s}", "pid", &pid, "rpc_port", &port, "bitcoind", &path,
                                     "version", &version) != 0) {
        return 0;
    }
    if (pid <= 0 || pid > INT32_MAX || port <= 0 || port > UINT16_MAX || strlen(path) >= sizeof devnet->bitcoind.path ||
        strlen(version) >= sizeof devnet->bitcoind.version) {
        return 0;
    }
    devnet->rpc_port = (uint16_t)port;
    (void)snprintf(devnet->bitcoind.path, sizeof devnet->bitcoind.path, "%s", path);
    (void)snprintf(devnet->bitcoind.version, sizeof devnet->bitcoind.version, "%s", version);
    return (pid_t)pid;
}

/* The pid in the file that bitcoind itself writes, or 0: finds it where the state file was lost. */
static pid_t read_pid_file(const prom_devnet *devnet)
{
    uint8_t content[32] = {0};
    size_t length = 0;
    bool exists = false;
    if (!prom_is_ok(prom_folder_read(&devnet->folder, &exists, content, &length, sizeof content - 1,
                                     DATA_NAME "/regtest/bitcoind.pid", NULL))) {
        return 0;
    }
    const long pid = strtol((const char *)content, NULL, 10);
    return pid > 0 && pid <= INT32_MAX ? (pid_t)pid : 0;
}

/* The argument that only this devnet's bitcoind has. */
static prom_result data_argument(char argument[PATH_MAX], const prom_devnet *devnet, prom_error *error)
{
    if (snprintf(argument, PATH_MAX, "-datadir=%s/" DATA_NAME, devnet->folder.path) >= PATH_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the name of the folder is too long: %.100s...",
                         devnet->folder.path);
    }
    return prom_ok();
}

static prom_result connect_rpc(prom_devnet *devnet, prom_error *error)
{
    (void)snprintf(devnet->url, sizeof devnet->url, "http://127.0.0.1:%u", (unsigned)devnet->rpc_port);
    return prom_rpc_new(&devnet->rpc, devnet->url, devnet->cookie_file, error);
}

/* Takes hold of the devnet's bitcoind if one runs. Only the state proper gives leave to use it, and the data that it
 * left: where that is missing, the devnet is being deleted or is damaged, and what runs is to be stopped. */
static prom_result find_running(prom_devnet *devnet, prom_error *error)
{
    char argument[PATH_MAX];
    PROM_TRY(data_argument(argument, devnet, error));
    const pid_t pid = read_state(devnet, STATE_NAME);
    devnet->whole = pid != 0;
    if (prom_process_find(&devnet->process, pid, argument)) {
        return connect_rpc(devnet, error);
    }
    if (!devnet->whole && !prom_process_find(&devnet->process, read_state(devnet, CONDEMNED_NAME), argument)) {
        prom_process_find(&devnet->process, read_pid_file(devnet), argument);
    }
    return prom_ok();
}

static void let_go(prom_devnet *devnet)
{
    prom_rpc_free(devnet->rpc);
    devnet->rpc = NULL;
    prom_process_close(&devnet->process);
}

/* ---- stopping ---- */

/* Each is tried in turn until the process has ended. The data are deleted next: force can do no harm. */
static prom_result stop_bitcoind(prom_devnet *devnet, prom_error *error)
{
    static const struct {
        int signal; /* 0: ask by RPC */
        int milliseconds;
    } STEPS[] = {{0, 10000}, {SIGTERM, 3000}, {SIGKILL, 10000}};
    for (size_t i = 0; i < sizeof STEPS / sizeof *STEPS; i++) {
        json_auto_t *result = NULL;
        if (STEPS[i].signal != 0) {
            prom_process_signal(&devnet->process, STEPS[i].signal);
        } else if (devnet->rpc == NULL) {
            continue;
        } else {
            prom_rpc_set_timeout(devnet->rpc, STOP_RPC_MILLISECONDS);
            if (!prom_is_ok(prom_rpc_call(devnet->rpc, &result, "stop", json_array(), NULL))) {
                continue;
            }
        }
        if (prom_process_wait(&devnet->process, STEPS[i].milliseconds)) {
            let_go(devnet);
            return prom_ok();
        }
    }
    return prom_fail(error, PROM_CATEGORY_IO,
                     "bitcoind (pid %ld) does not end, not even by SIGKILL: is a disk hanging?",
                     (long)devnet->process.pid);
}

/* ---- starting ---- */

/* Binds 127.0.0.1:*port, a free one when it is 0, and lets go of it. */
static prom_result probe_port(uint16_t *port, prom_error *error)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(*port)};
    socklen_t length = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int reuse = 1;
    const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (probe < 0) {
        return prom_fail(error, PROM_CATEGORY_IO, "no socket: %s", strerror(errno));
    }
    /* As bitcoind binds: connections of the past that linger on the port are no hindrance. */
    (void)setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
    const bool bound = bind(probe, (const struct sockaddr *)&address, sizeof address) == 0 &&
                       getsockname(probe, (struct sockaddr *)&address, &length) == 0;
    const int failure = errno;
    (void)close(probe);
    if (!bound) {
        return prom_fail(error, PROM_CATEGORY_IO,
                         "port %u of 127.0.0.1 cannot be used: %s; choose another --rpc-port, or none for a free one",
                         (unsigned)*port, strerror(failure));
    }
    *port = ntohs(address.sin_port);
    return prom_ok();
}

/* The last lines that bitcoind printed or, where it printed nothing, wrote to its log, in one line. */
static void last_words(const prom_devnet *devnet, char words[LAST_WORDS])
{
    prom_process_output(&devnet->process, words, LAST_WORDS);
    FILE *log = words[0] == '\0' ? fopen(devnet->log_file, "re") : NULL;
    if (log != NULL) {
        if (fseek(log, 1 - LAST_WORDS, SEEK_END) != 0) {
            rewind(log);
        }
        words[fread(words, 1, LAST_WORDS - 1, log)] = '\0';
        (void)fclose(log);
    }
    size_t length = strlen(words);
    while (length > 0 && (words[length - 1] == '\n' || words[length - 1] == ' ')) {
        words[--length] = '\0';
    }
    for (char *newline = strchr(words, '\n'); newline != NULL; newline = strchr(newline, '\n')) {
        *newline = ' ';
    }
    if (length == 0) {
        (void)snprintf(words, LAST_WORDS, "it said nothing");
    }
}

/* Waits until bitcoind answers, or ends, or its time is over. */
static prom_result wait_ready(prom_devnet *devnet, prom_error *error)
{
    prom_error why = {{0}};
    const int64_t deadline = prom_clock_milliseconds() + READY_MILLISECONDS;
    prom_rpc_set_timeout(devnet->rpc, READY_RPC_MILLISECONDS);
    while (prom_clock_milliseconds() < deadline) {
        prom_chain_info info;
        if (prom_is_ok(prom_chain_get_info(devnet->rpc, &info, &why))) {
            prom_rpc_set_timeout(devnet->rpc, RPC_MILLISECONDS);
            return prom_ok();
        }
        if (prom_process_wait(&devnet->process, READY_POLL_MILLISECONDS)) {
            char words[LAST_WORDS];
            last_words(devnet, words);
            return prom_fail(error, PROM_CATEGORY_IO, "bitcoind (%.100s) ended while starting: %s",
                             devnet->bitcoind.path, words);
        }
    }
    return prom_fail(error, PROM_CATEGORY_IO,
                     "bitcoind (pid %ld) runs but does not answer; 'prom devnet down' ends it: %s",
                     (long)devnet->process.pid, why.sentence);
}

/* One start of bitcoind at devnet->rpc_port. */
static prom_result launch(prom_devnet *devnet, bool die_with_caller, prom_error *error)
{
    char data[PATH_MAX];
    char port[32];
    PROM_TRY(data_argument(data, devnet, error));
    (void)snprintf(port, sizeof port, "-rpcport=%u", (unsigned)devnet->rpc_port);
    /* One thread for RPC: what a killed command asked for, blocks for example, is done before the next is answered. */
    char options[][32] = {
        "-regtest",       "-server",   "-txindex",          "-listen=0",          "-connect=0",
        "-disablewallet", "-daemon=0", "-printtoconsole=0", "-rpcbind=127.0.0.1", "-rpcallowip=127.0.0.1",
        "-rpcthreads=1",
    };
    enum { OPTION_COUNT = sizeof options / sizeof *options };
    char *arguments[OPTION_COUNT + 4] = {devnet->bitcoind.path, data, port};
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        arguments[i + 3] = options[i];
    }
    PROM_TRY(prom_process_prepare(&devnet->process, arguments, die_with_caller, error));
    PROM_TRY(write_state(devnet, error)); /* before it runs, or a kill here would lose it */
    PROM_TRY(connect_rpc(devnet, error));
    PROM_TRY(prom_process_start(&devnet->process, error));
    return wait_ready(devnet, error);
}

/* Starts bitcoind at the port that was asked for, or at free ones until nobody else took it in the meantime. */
static prom_result launch_at_port(prom_devnet *devnet, const prom_devnet_options *options, prom_error *error)
{
    for (int i = 1;; i++) {
        devnet->rpc_port = options->rpc_port;
        PROM_TRY(probe_port(&devnet->rpc_port, error));
        const prom_result result = launch(devnet, options->die_with_caller, error);
        uint16_t port = devnet->rpc_port;
        const bool port_lost = !prom_is_ok(result) && options->rpc_port == 0 && i < PORT_TRIES &&
                               prom_process_wait(&devnet->process, 0) && !prom_is_ok(probe_port(&port, NULL));
        if (!port_lost) {
            return result;
        }
        let_go(devnet);
    }
}

/* Starts bitcoind on the data of a devnet that is whole, else on none. */
static prom_result start_new(prom_devnet *devnet, const prom_devnet_options *options, prom_error *error)
{
    char data[PATH_MAX];
    PROM_TRY(prom_bitcoind_find(&devnet->bitcoind, options->bitcoind, error));
    if (!devnet->whole) {
        PROM_TRY(prom_folder_empty(&devnet->folder, error));
    }
    PROM_TRY(prom_folder_check_room(&devnet->folder, ROOM_MEGABYTES, error));
    PROM_TRY(prom_folder_path(data, &devnet->folder, DATA_NAME, error));
    if (mkdir(data, S_IRWXU) != 0 && errno != EEXIST) {
        return prom_fail(error, PROM_CATEGORY_IO, "cannot make the folder %s: %s", data, strerror(errno));
    }
    return launch_at_port(devnet, options, error);
}

/* Finds bitcoind running as it was asked for, or starts it. */
static prom_result ensure_running(prom_devnet *devnet, bool *was_running, const prom_devnet_options *options,
                                  prom_error *error)
{
    *was_running = devnet->rpc != NULL;
    if (*was_running && options->rpc_port != 0 && options->rpc_port != devnet->rpc_port) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the devnet in %s already runs at port %u, not %u; 'prom devnet down' ends it",
                         devnet->folder.path, (unsigned)devnet->rpc_port, (unsigned)options->rpc_port);
    }
    if (*was_running) {
        const prom_result result = wait_ready(devnet, error);
        if (prom_is_ok(result) || !prom_process_wait(&devnet->process, 0)) {
            return result;
        }
        let_go(devnet); /* it was ending: start it again */
        *was_running = false;
    }
    if (devnet->process.pid != 0) {
        PROM_TRY(stop_bitcoind(devnet, error));
    }
    return start_new(devnet, options, error);
}

/* ---- the devnet as a whole ---- */

void prom_devnet_close(prom_devnet *devnet)
{
    if (devnet != NULL) {
        let_go(devnet);
        prom_folder_close(&devnet->folder);
        free(devnet);
    }
}

static prom_result new_devnet(prom_devnet **devnet, prom_error *error)
{
    *devnet = calloc(1, sizeof **devnet);
    if (*devnet == NULL) {
        return prom_fail(error, PROM_CATEGORY_IO, "out of memory");
    }
    (*devnet)->folder.lock = -1;
    (*devnet)->process = prom_process_none();
    return prom_ok();
}

/* Opens the folder and looks at what runs in it. */
static prom_result open_folder(prom_devnet *devnet, bool *found, const char *path, prom_folder_mode mode,
                               prom_error *error)
{
    PROM_TRY(prom_folder_open(&devnet->folder, found, path, mode, error));
    if (!*found) {
        return prom_ok();
    }
    PROM_TRY(prom_folder_path(devnet->cookie_file, &devnet->folder, DATA_NAME "/regtest/.cookie", error));
    PROM_TRY(prom_folder_path(devnet->log_file, &devnet->folder, DATA_NAME "/regtest/debug.log", error));
    return find_running(devnet, error);
}

prom_result prom_devnet_open(prom_devnet **devnet, const char *path, bool hold, prom_error *error)
{
    bool found = false;
    PROM_TRY(new_devnet(devnet, error));
    const prom_result result = open_folder(*devnet, &found, path, hold ? PROM_FOLDER_HOLD : PROM_FOLDER_LOOK, error);
    if (!prom_is_ok(result) || !found) {
        prom_devnet_close(*devnet);
        *devnet = NULL;
    }
    return result;
}

/* A folder in which bitcoind never started holds nothing worth keeping. */
static void delete_if_unused(const prom_devnet *devnet)
{
    char data[PATH_MAX];
    if (devnet->folder.lock >= 0 && devnet->process.pid == 0 &&
        prom_is_ok(prom_folder_path(data, &devnet->folder, DATA_NAME, NULL)) && access(data, F_OK) != 0) {
        const prom_result deleted = prom_folder_delete(&devnet->folder, NULL);
        (void)deleted; /* the failure that led here is the one to tell */
    }
}

prom_result prom_devnet_start(prom_devnet **devnet, bool *was_running, const prom_devnet_options *options,
                              prom_error *error)
{
    bool found = false;
    *was_running = false;
    PROM_TRY(new_devnet(devnet, error));
    prom_result result = open_folder(*devnet, &found, options->folder, PROM_FOLDER_MAKE, error);
    if (prom_is_ok(result)) {
        result = ensure_running(*devnet, was_running, options, error);
    }
    if (!prom_is_ok(result)) {
        delete_if_unused(*devnet);
        prom_devnet_close(*devnet);
        *devnet = NULL;
    } else if (error != NULL) {
        error->sentence[0] = '\0'; /* of an attempt before the one that succeeded */
    }
    return result;
}

prom_result prom_devnet_destroy(prom_devnet *devnet, prom_error *error)
{
    /* From here on nobody starts or uses it again, even where this process ends before it is deleted. */
    PROM_TRY(prom_folder_rename(&devnet->folder, STATE_NAME, CONDEMNED_NAME, error));
    if (devnet->process.pid != 0) {
        PROM_TRY(stop_bitcoind(devnet, error));
    }
    return prom_folder_delete(&devnet->folder, error);
}

prom_result prom_devnet_mine(prom_devnet *devnet, const char *descriptor, uint32_t count, prom_error *error)
{
    if (count == 0 || count > PROM_DEVNET_BLOCKS_MAX) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "%u blocks cannot be mined at once, 1 to %u can", count,
                         PROM_DEVNET_BLOCKS_MAX);
    }
    if (devnet->rpc == NULL) {
        return prom_fail(error, PROM_CATEGORY_IO, "no devnet runs in %s; start it with 'prom devnet up'",
                         devnet->folder.path);
    }
    for (uint32_t left = count; left > 0;) {
        const uint32_t now = left < MINE_AT_ONCE ? left : MINE_AT_ONCE;
        PROM_TRY(prom_chain_generate(devnet->rpc, descriptor, now, error));
        left -= now;
    }
    return prom_ok();
}

prom_result prom_devnet_secret(const prom_devnet *devnet, prom_bytes32 *secret, prom_error *error)
{
    size_t length = 0;
    bool exists = false;
    *secret = (prom_bytes32){{0}};
    PROM_TRY(
        prom_folder_read(&devnet->folder, &exists, secret->bytes, &length, sizeof secret->bytes, SECRET_NAME, error));
    if (exists && length != sizeof secret->bytes) {
        return prom_fail(error, PROM_CATEGORY_IO,
                         "%s/" SECRET_NAME " is damaged; 'prom devnet down' deletes the devnet", devnet->folder.path);
    }
    if (exists) {
        return prom_ok();
    }
    randombytes_buf(secret->bytes, sizeof secret->bytes);
    return prom_folder_write(&devnet->folder, SECRET_NAME, prom_span_of32(secret), error);
}
