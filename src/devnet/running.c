#include "devnet/running.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATE_NAME "devnet.json"

enum { STATE_MAX = 2 * PATH_MAX, STOP_RPC_MILLISECONDS = 2000, BITCOINDS_MAX = 16, LOOKS = 2, HEIGHT_MAX = 16 };

/* ---- the files ---- */

prom_result prom_devnet_write_state(const prom_devnet *devnet, prom_error *error)
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

/* The pid that the state file names, or 0; a file that is missing, damaged or another user's names nothing. */
static pid_t read_state(prom_devnet *devnet)
{
    uint8_t content[STATE_MAX];
    size_t length = 0;
    bool exists = false;
    if (!prom_is_ok(prom_folder_read(&devnet->folder, &exists, content, &length, sizeof content, STATE_NAME, NULL))) {
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

prom_result prom_devnet_condemn(const prom_devnet *devnet, prom_error *error)
{
    PROM_TRY(prom_folder_rename(&devnet->folder, STATE_NAME, PROM_DEVNET_CONDEMNED_NAME, error));
    if (!prom_folder_has(&devnet->folder,
                         PROM_DEVNET_CONDEMNED_NAME)) { /* the state was lost, and the disk may be full */
        const prom_result noted = prom_folder_write(&devnet->folder, PROM_DEVNET_CONDEMNED_NAME,
                                                    prom_span_of((const uint8_t *)"{}\n", 3), NULL);
        (void)noted;
    }
    return prom_ok();
}

void prom_devnet_note_height(const prom_devnet *devnet, uint32_t height)
{
    char text[HEIGHT_MAX];
    (void)snprintf(text, sizeof text, "%u\n", (unsigned)height);
    const prom_result noted =
        prom_folder_write(&devnet->folder, PROM_DEVNET_HEIGHT, prom_span_of((const uint8_t *)text, strlen(text)), NULL);
    (void)noted;
}

uint32_t prom_devnet_noted_height(const prom_devnet *devnet)
{
    uint8_t content[HEIGHT_MAX];
    char text[HEIGHT_MAX + 1];
    size_t length = 0;
    bool exists = false;
    const prom_result result =
        prom_folder_read(&devnet->folder, &exists, content, &length, sizeof content, PROM_DEVNET_HEIGHT, NULL);
    if (!prom_is_ok(result) || !exists) {
        return 0;
    }
    (void)snprintf(text, sizeof text, "%.*s", (int)length, (const char *)content);
    const unsigned long height = strtoul(text, NULL, 10);
    return height <= INT32_MAX ? (uint32_t)height : 0;
}

/* ---- the process ---- */

prom_result prom_devnet_data_argument(char argument[PATH_MAX], const prom_devnet *devnet, prom_error *error)
{
    if (snprintf(argument, PATH_MAX, "-datadir=%s/" PROM_DEVNET_DATA, devnet->folder.path) >= PATH_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the name of the folder is too long: %.100s...",
                         devnet->folder.path);
    }
    return prom_ok();
}

prom_result prom_devnet_connect(prom_devnet *devnet, prom_error *error)
{
    (void)snprintf(devnet->url, sizeof devnet->url, "http://127.0.0.1:%u", (unsigned)devnet->rpc_port);
    return prom_rpc_new(&devnet->rpc, devnet->url, devnet->cookie_file, error);
}

void prom_devnet_let_go(prom_devnet *devnet)
{
    prom_rpc_free(devnet->rpc);
    devnet->rpc = NULL;
    prom_process_close(&devnet->process);
}

/* Takes hold of the process that the state names, if it is what the state says, and its data are there. */
static bool find_named(prom_devnet *devnet, const char *data)
{
    char port[32];
    const pid_t pid = read_state(devnet);
    (void)snprintf(port, sizeof port, "-rpcport=%u", (unsigned)devnet->rpc_port);
    const char *const wanted[] = {data, PROM_DEVNET_MARK, port, NULL};
    return devnet->whole && prom_folder_has(&devnet->folder, PROM_DEVNET_DATA) &&
           prom_process_find(&devnet->process, pid, wanted);
}

/* Takes hold of any process that works on the folder, by whatever was lost since it was started. */
static bool find_any(prom_devnet *devnet, const char *data)
{
    const char *const wanted[] = {data, PROM_DEVNET_MARK, NULL};
    return prom_process_search(&devnet->process, wanted);
}

prom_result prom_devnet_look(prom_devnet *devnet, prom_error *error)
{
    char data[PATH_MAX];
    bool any = false;
    PROM_TRY(prom_devnet_data_argument(data, devnet, error));
    /* Twice: what was just started may have been noted between the look at the note and the one at the processes. */
    for (int i = 0; i < LOOKS; i++) {
        prom_devnet_let_go(devnet);
        devnet->whole = !prom_folder_has(&devnet->folder, PROM_DEVNET_CONDEMNED_NAME);
        if (find_named(devnet, data)) {
            devnet->found = PROM_DEVNET_RUNNING;
            return prom_devnet_connect(devnet, error);
        }
        any = find_any(devnet, data);
        if (!any) {
            break;
        }
    }
    devnet->found = any                                                      ? PROM_DEVNET_ASTRAY
                    : !devnet->whole                                         ? PROM_DEVNET_CONDEMNED
                    : prom_folder_has(&devnet->folder, PROM_DEVNET_PID_FILE) ? PROM_DEVNET_KILLED
                                                                             : PROM_DEVNET_STOPPED;
    return prom_ok();
}

/* ---- stopping ---- */

/* Each is tried in turn until the process has ended. Force loses nothing: the blocks are on the disk. */
static prom_result stop_one(prom_devnet *devnet, prom_error *error)
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
            prom_devnet_let_go(devnet);
            return prom_ok();
        }
    }
    return prom_fail(error, PROM_CATEGORY_IO,
                     "bitcoind (pid %ld) does not end, not even by SIGKILL: is a disk hanging?",
                     (long)devnet->process.pid);
}

prom_result prom_devnet_stop(prom_devnet *devnet, prom_error *error)
{
    char data[PATH_MAX];
    PROM_TRY(prom_devnet_data_argument(data, devnet, error));
    bool runs = devnet->process.pid != 0;
    for (int i = 0; runs && i < BITCOINDS_MAX; i++) {
        PROM_TRY(stop_one(devnet, error));
        runs = find_any(devnet, data);
    }
    return prom_ok();
}
