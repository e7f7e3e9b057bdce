#include "demo/nodes.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "chain/chain.h"
#include "demo/interrupt.h"
#include "devnet/launch.h"
#include "rpc/server.h"
#include "system/clock.h"
#include "system/file.h"
#include "system/folder.h"

enum {
    LOOK_MILLISECONDS = 20,
    QUIET_MILLISECONDS = 250, /* that nobody has said anything for, when the next block may come */
    BUSY_MILLISECONDS = 600000,
    BEHIND_MILLISECONDS = 60000, /* who takes longer for a block, or for its start, has a fault */
    END_MILLISECONDS = 10000,
    ENDS_MAX = 5, /* of one node; then it is no accident */
    POLL_MS = 50, /* from a node's look at bitcoind to the next */
};
#define NETWORK "regtest"
#define PARTIES "parties/" /* in the devnet's folder */
/* What a worker asks for a contract at least, sat: the second one is dearer. */
static const unsigned REWARDS_MIN[PROM_DEMO_WORKERS] = {90000, 99000};

static const struct {
    prom_role role;
    const char *name;
    const char *letter;
} CAST[PROM_DEMO_NODES] = {
    {PROM_ROLE_CLIENT, "client", "C"},      {PROM_ROLE_WORKER, "worker 1", "W1"},
    {PROM_ROLE_WORKER, "worker 2", "W2"},   {PROM_ROLE_ARBITER, "arbiter 1", "A1"},
    {PROM_ROLE_ARBITER, "arbiter 2", "A2"}, {PROM_ROLE_ARBITER, "arbiter 3", "A3"},
    {PROM_ROLE_ARBITER, "arbiter 4", "A4"},
};

/* -- Folders and configurations -- */

prom_result prom_demo_nodes_check_folder(const char *devnet, prom_error *error)
{
    enum { ROOM = sizeof((struct sockaddr_un *)NULL)->sun_path - sizeof "/" PARTIES "W1/" NETWORK "/" PROM_RPC_SOCKET };
    const size_t length = strlen(devnet);
    return length <= ROOM ? prom_ok()
                          : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                                      "the folder %.150s has a name of %zu bytes, and the nodes' sockets in it leave "
                                      "room for %d: choose another --dir, or a story that is played by parties",
                                      devnet, length, (int)ROOM);
}

static prom_result hold_port(prom_demo_nodes *nodes, uint16_t *port, prom_error *error)
{
    PROM_TRY(prom_devnet_hold_port(port, &nodes->held[nodes->held_count], error));
    nodes->held_count++;
    return prom_ok();
}

static prom_result make_node(prom_demo_nodes *nodes, size_t number, prom_error *error)
{
    prom_demo_node *node = &nodes->list[number];
    const prom_folder *folder = &nodes->faucet->devnet->folder;
    char name[64];
    node->name = CAST[number].name;
    node->letter = CAST[number].letter;
    node->role = CAST[number].role;
    node->process = prom_process_none();
    (void)snprintf(name, sizeof name, PARTIES "%s", node->letter);
    PROM_TRY(prom_folder_path(node->home, folder, name, error));
    (void)snprintf(name, sizeof name, PARTIES "%s/" NETWORK, node->letter);
    PROM_TRY(prom_folder_path(node->folder, folder, name, error));
    PROM_TRY(prom_folder_make(node->folder, error));
    PROM_TRY(prom_demo_seed(nodes->faucet->curve, &node->wallet, &node->key, node->folder, error));
    return hold_port(nodes, &node->port, error);
}

/* Blocks come when all have done their work, so no machine is too slow for a deadline here: the speeds say so. */
static void write_settings(FILE *file, const prom_demo_nodes *nodes, size_t number)
{
    const prom_demo_node *node = &nodes->list[number];
    const prom_devnet *devnet = nodes->faucet->devnet;
    (void)fprintf(file,
                  "network = " NETWORK "\nbitcoind_url = %s\nbitcoind_cookie = %s\nbitcoind_poll_ms = %d\n"
                  "roles = %s\nlisten = 127.0.0.1:%u\n",
                  devnet->url, devnet->cookie_file, (int)POLL_MS, prom_role_name(node->role), (unsigned)node->port);
    for (size_t i = 0; i < PROM_DEMO_NODES; i++) {
        char key[PROM_HEX32];
        if (i != number) {
            (void)fprintf(file, "peer = %s@127.0.0.1:%u\n", prom_hex32(key, &nodes->list[i].key),
                          (unsigned)nodes->list[i].port);
        }
    }
    (void)fprintf(file, "any_pool = yes\nthree_arbiters_max = 10000000\naborted_max = 16\nanswer_seconds = 30\n"
                        "quote_blocks = 100\nmacs_per_second = 1000000000000\nfuel_per_second = 1000000000000\n"
                        "effort_per_second = 1000000000000\n"
                        "steps_per_second = 1000000000000\nbytes_per_second = 1000000000000\nlog_level = debug\n"
                        "log_stderr = no\n");
    if (node->role == PROM_ROLE_WORKER) {
        (void)fprintf(file, "reward_min = %u\n", REWARDS_MIN[number - PROM_DEMO_FIRST_WORKER]);
    }
    if (node->page_port != 0) {
        (void)fprintf(file, "page_port = %u\n", (unsigned)node->page_port);
    }
}

static prom_result configure(const prom_demo_nodes *nodes, size_t number, prom_error *error)
{
    char path[PATH_MAX];
    char *text = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&text, &length);
    if (file == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    write_settings(file, nodes, number);
    prom_result result = fclose(file) == 0 ? prom_ok() : prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    (void)snprintf(path, sizeof path, "%.4000s/prom.conf", nodes->list[number].home);
    if (prom_is_ok(result)) {
        result = prom_file_write(path, prom_span_of((const uint8_t *)text, length), error);
    }
    free(text);
    return result;
}

prom_result prom_demo_nodes_make(prom_demo_nodes *nodes, prom_demo_faucet *faucet, prom_demo_show *show, bool paged,
                                 prom_error *error)
{
    *nodes = (prom_demo_nodes){.faucet = faucet, .show = show};
    for (size_t i = 0; i < PROM_DEMO_NODES; i++) {
        PROM_TRY(make_node(nodes, i, error));
    }
    if (paged) {
        PROM_TRY(hold_port(nodes, &nodes->list[PROM_DEMO_CLIENT].page_port, error));
    }
    for (size_t i = 0; i < PROM_DEMO_NODES; i++) {
        PROM_TRY(configure(nodes, i, error));
    }
    return prom_ok();
}

size_t prom_demo_node_of(const prom_demo_nodes *nodes, const char *key)
{
    size_t found = 0;
    char text[PROM_HEX32];
    while (found < PROM_DEMO_NODES && (key == NULL || strcmp(prom_hex32(text, &nodes->list[found].key), key) != 0)) {
        found++;
    }
    return found;
}

/* -- Processes -- */

static prom_result start(const prom_demo_nodes *nodes, prom_demo_node *node, prom_error *error)
{
    char program[PATH_MAX];
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    char command[] = "node";
    char option[] = "--dir";
    char *arguments[] = {program, command, option, node->home, NULL};
    if (length < 0) {
        return prom_fail(error, PROM_CATEGORY_IO, "this program's own file is not to be found: %s", strerror(errno));
    }
    program[length] = '\0';
    node->busy = 0;
    node->tip = 0;
    PROM_TRY(prom_process_prepare(&node->process, arguments, "/", !nodes->detached, error));
    return prom_process_start(&node->process, error);
}

/* One that was killed goes on where it was: nothing of what it had promised is lost. */
static prom_result start_again(prom_demo_nodes *nodes, prom_demo_node *node, prom_error *error)
{
    char text[512];
    prom_process_output(&node->process, text, sizeof text);
    prom_rpc_client_close(&node->events);
    prom_process_close(&node->process);
    if (++node->ends > ENDS_MAX) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "%s does not stay up (%.300s); its log is %.100s/node.log",
                         node->name, text[0] != '\0' ? text : "it was killed", node->folder);
    }
    prom_demo_show_line(nodes->show, "%s has ended (%.200s); it is started again, and goes on where it was", node->name,
                        text[0] != '\0' ? text : "it was killed");
    return start(nodes, node, error);
}

static prom_result tend(prom_demo_nodes *nodes, prom_error *error)
{
    PROM_TRY(prom_demo_interrupts_check(error));
    for (size_t i = 0; i < PROM_DEMO_NODES; i++) {
        if (prom_process_wait(&nodes->list[i].process, 0)) {
            PROM_TRY(start_again(nodes, &nodes->list[i], error));
        }
    }
    return prom_ok();
}

static prom_result start_all(prom_demo_nodes *nodes, bool detached, prom_error *error)
{
    prom_chain_info info;
    bool any = false;
    nodes->running = true;
    nodes->detached = detached;
    for (size_t i = 0; i < PROM_DEMO_NODES; i++) {
        PROM_TRY(start(nodes, &nodes->list[i], error));
    }
    PROM_TRY(prom_chain_get_info(nodes->faucet->devnet->rpc, &info, error));
    PROM_TRY(prom_demo_nodes_settle(nodes, info.height, error));
    return prom_demo_nodes_listen(nodes, &any, error);
}

prom_result prom_demo_nodes_start(prom_demo_nodes *nodes, prom_error *error)
{
    return start_all(nodes, false, error);
}

void prom_demo_nodes_stop(prom_demo_nodes *nodes)
{
    if (!nodes->running) {
        return;
    }
    for (size_t i = 0; i < PROM_DEMO_NODES; i++) {
        prom_rpc_client_close(&nodes->list[i].events);
        if (nodes->list[i].process.pid != 0) {
            prom_process_signal(&nodes->list[i].process, SIGTERM);
        }
    }
    for (size_t i = 0; i < PROM_DEMO_NODES; i++) {
        prom_process *process = &nodes->list[i].process;
        if (process->pid != 0 && !prom_process_wait(process, END_MILLISECONDS)) {
            prom_process_signal(process, SIGKILL);
            (void)!prom_process_wait(process, END_MILLISECONDS);
        }
        prom_process_close(process);
    }
    nodes->running = false;
}

/* Whether the kernel ends a process with us it was told when the process began, and nobody else can change it. */
prom_result prom_demo_nodes_keep(prom_demo_nodes *nodes, prom_error *error)
{
    prom_demo_nodes_stop(nodes);
    PROM_TRY(start_all(nodes, true, error));
    for (size_t i = 0; i < PROM_DEMO_NODES; i++) {
        prom_rpc_client_close(&nodes->list[i].events);
        prom_process_close(&nodes->list[i].process);
    }
    nodes->running = false;
    return prom_ok();
}

void prom_demo_nodes_close(prom_demo_nodes *nodes)
{
    prom_demo_nodes_stop(nodes);
    for (size_t i = 0; i < PROM_DEMO_NODES; i++) {
        prom_wipe(&nodes->list[i].wallet, sizeof nodes->list[i].wallet);
    }
    while (nodes->held_count > 0) {
        (void)close(nodes->held[--nodes->held_count]);
    }
}

/* -- What nodes say -- */

static void take_event(prom_demo_nodes *nodes, prom_demo_node *node, const json_t *message)
{
    const json_t *event = json_object_get(message, "params");
    const char *kind = json_string_value(json_object_get(event, "kind"));
    const char *text = json_string_value(json_object_get(event, "text"));
    const char *channel = json_string_value(json_object_get(event, "channel"));
    if (kind == NULL || text == NULL) {
        return;
    }
    prom_demo_show_log(nodes->show, "%s: %s: %s%s%s", node->name, kind, text, channel != NULL ? ", channel " : "",
                       channel != NULL ? channel : "");
    if (strcmp(kind, "busy") == 0) {
        node->busy += strcmp(text, "begins") == 0 ? 1 : -1;
    } else if (strcmp(kind, "alarm") == 0 || strcmp(kind, "fault") == 0) {
        (void)snprintf(nodes->alarm, sizeof nodes->alarm, "%s: %.400s", node->name, text);
    }
}

/* One that is starting has no socket yet. */
static void follow(prom_demo_node *node)
{
    json_auto_t *told = NULL;
    prom_error ignored;
    prom_result result = prom_rpc_client_open(&node->events, node->folder, &ignored);
    if (prom_is_ok(result) && node->events != NULL) {
        result = prom_rpc_client_call(node->events, &told, "events.follow", NULL, &ignored);
    }
    if (!prom_is_ok(result)) {
        prom_rpc_client_close(&node->events);
    }
}

static bool listen_to(prom_demo_nodes *nodes, prom_demo_node *node)
{
    bool any = false;
    while (node->events != NULL && prom_rpc_client_has_next(node->events)) {
        json_auto_t *message = NULL;
        prom_error ignored;
        if (!prom_is_ok(prom_rpc_client_next(node->events, &message, &ignored)) || message == NULL) {
            prom_rpc_client_close(&node->events);
        } else {
            take_event(nodes, node, message);
        }
        any = true;
    }
    return any;
}

prom_result prom_demo_nodes_listen(prom_demo_nodes *nodes, bool *any, prom_error *error)
{
    *any = false;
    PROM_TRY(tend(nodes, error));
    for (size_t i = 0; i < PROM_DEMO_NODES; i++) {
        if (nodes->list[i].events == NULL) {
            follow(&nodes->list[i]);
        }
        *any = listen_to(nodes, &nodes->list[i]) || *any;
    }
    return prom_ok();
}

/* -- Asking -- */

static prom_result ask(const prom_demo_node *node, json_t **result, const char *method, json_t *params,
                       prom_error *error)
{
    PROM_SCOPED(prom_rpc_client_close) prom_rpc_client *client = NULL;
    *result = NULL;
    PROM_TRY(prom_rpc_client_open(&client, node->folder, error));
    return client != NULL ? prom_rpc_client_call(client, result, method, json_incref(params), error)
                          : prom_fail(error, PROM_CATEGORY_IO, "%s does not answer", node->name);
}

prom_result prom_demo_node_call(prom_demo_nodes *nodes, size_t node, json_t **result, const char *method,
                                json_t *params, prom_error *error)
{
    json_auto_t *given = params;
    const int64_t begun = prom_clock_milliseconds();
    prom_error reason;
    for (;;) {
        const prom_result asked = ask(&nodes->list[node], result, method, given, &reason);
        if (prom_is_ok(asked) || asked.category != PROM_CATEGORY_IO ||
            prom_clock_milliseconds() - begun >= BEHIND_MILLISECONDS) {
            return prom_is_ok(asked) ? asked
                                     : prom_fail(error, asked.category, "%s, %s: %.380s", nodes->list[node].name,
                                                 method, reason.sentence);
        }
        PROM_TRY(tend(nodes, error));
        (void)poll(NULL, 0, LOOK_MILLISECONDS);
    }
}

/* -- Until all is done that follows from a block -- */

/* Somebody who has not processed the block at that height; PROM_DEMO_NODES: nobody. */
static size_t who_is_behind(prom_demo_nodes *nodes, uint32_t height)
{
    size_t behind = PROM_DEMO_NODES;
    for (size_t i = 0; i < PROM_DEMO_NODES; i++) {
        prom_demo_node *node = &nodes->list[i];
        json_auto_t *told = NULL;
        prom_error ignored;
        if (node->tip < height && prom_is_ok(ask(node, &told, "node.info", NULL, &ignored)) &&
            json_is_true(json_object_get(told, "ready"))) {
            node->tip = (uint32_t)json_integer_value(json_object_get(told, "tip"));
        }
        behind = node->tip < height ? i : behind;
    }
    return behind;
}

static bool somebody_is_busy(const prom_demo_nodes *nodes)
{
    bool busy = false;
    for (size_t i = 0; i < PROM_DEMO_NODES; i++) {
        busy = busy || nodes->list[i].busy > 0;
    }
    return busy;
}

static prom_result behind_for_long(const prom_demo_nodes *nodes, size_t node, uint32_t height, prom_error *error)
{
    return prom_fail(error, PROM_CATEGORY_IO, "%s has processed blocks only up to %u of %u%s%s", nodes->list[node].name,
                     (unsigned)nodes->list[node].tip, (unsigned)height, nodes->alarm[0] != '\0' ? "; " : "",
                     nodes->alarm);
}

prom_result prom_demo_nodes_settle(prom_demo_nodes *nodes, uint32_t height, prom_error *error)
{
    const int64_t begun = prom_clock_milliseconds();
    int64_t last = begun;
    for (;;) {
        bool any = false;
        PROM_TRY(prom_demo_nodes_listen(nodes, &any, error));
        const int64_t now = prom_clock_milliseconds();
        const size_t behind = who_is_behind(nodes, height);
        const bool busy = somebody_is_busy(nodes);
        last = any || behind < PROM_DEMO_NODES ? now : last;
        if (behind < PROM_DEMO_NODES && !busy && now - begun >= BEHIND_MILLISECONDS) {
            return behind_for_long(nodes, behind, height, error);
        }
        if ((!busy && now - last >= QUIET_MILLISECONDS) || now - begun >= BUSY_MILLISECONDS) {
            return prom_ok();
        }
        (void)poll(NULL, 0, LOOK_MILLISECONDS);
    }
}

/* -- Those that were kept -- */

/* By its arguments: one that has just begun has no socket to be asked at. */
static void end_kept(char *home)
{
    const char *const wanted[] = {"node", "--dir", home, NULL};
    prom_process process = prom_process_none();
    if (prom_process_search(&process, wanted)) {
        prom_process_signal(&process, SIGTERM);
        if (!prom_process_wait(&process, END_MILLISECONDS)) {
            prom_process_signal(&process, SIGKILL);
            (void)!prom_process_wait(&process, END_MILLISECONDS);
        }
    }
    prom_process_close(&process);
}

void prom_demo_nodes_end_kept(const prom_folder *devnet)
{
    for (size_t i = 0; i < PROM_DEMO_NODES; i++) {
        char home[PATH_MAX];
        char name[64];
        prom_error ignored;
        (void)snprintf(name, sizeof name, PARTIES "%s", CAST[i].letter);
        if (prom_is_ok(prom_folder_path(home, devnet, name, &ignored))) {
            end_kept(home);
        }
    }
}
