#include "devnet/launch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "chain/chain.h"
#include "devnet/running.h"
#include "devnet/words.h"
#include "system/clock.h"

enum {
    PORT_TRIES = 5,
    READY_POLL_MILLISECONDS = 50,
    READY_MILLISECONDS = 60000,
    TELL_MILLISECONDS = 3000, /* after which it is told what is waited for */
    COOKIE_MILLISECONDS = 10000,
    READY_RPC_MILLISECONDS = 5000,
    RESTORE_MILLISECONDS = 600000,
    RPC_MILLISECONDS = 60000,
    EXTRA_MAX = 2,
};

prom_result prom_devnet_hold_port(uint16_t *port, int *held, prom_error *error)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(*port)};
    socklen_t length = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int reuse = 1;
    *held = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (*held < 0) {
        return prom_fail(error, PROM_CATEGORY_IO, "no socket: %s", strerror(errno));
    }
    /* As bitcoind and nodes bind: connections of the past that linger on the port are no hindrance, nor is who holds
     * it without listening. */
    (void)setsockopt(*held, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
    if (bind(*held, (const struct sockaddr *)&address, sizeof address) != 0 ||
        getsockname(*held, (struct sockaddr *)&address, &length) != 0) {
        const int failure = errno;
        (void)close(*held);
        *held = -1;
        return prom_fail(error, PROM_CATEGORY_IO,
                         "port %u of 127.0.0.1 cannot be used: %s; choose another --rpc-port, or none for a free one",
                         (unsigned)*port, strerror(failure));
    }
    *port = ntohs(address.sin_port);
    return prom_ok();
}

prom_result prom_devnet_probe_port(uint16_t *port, prom_error *error)
{
    int held;
    PROM_TRY(prom_devnet_hold_port(port, &held, error));
    (void)close(held);
    return prom_ok();
}

/* A bitcoind listens when it has written its cookie: where it listens for long and there is none, it was deleted. */
static bool has_lost_cookie(const prom_devnet *devnet)
{
    uint16_t port = devnet->rpc_port;
    return access(devnet->cookie_file, F_OK) != 0 && !prom_is_ok(prom_devnet_probe_port(&port, NULL));
}

prom_result prom_devnet_silent(const prom_devnet *devnet, const char *why, prom_error *error)
{
    return prom_fail(error, PROM_CATEGORY_IO,
                     "bitcoind (pid %ld) runs but does not answer; 'kill -9 %ld' ends it, and 'prom devnet up --dir "
                     "%.100s' starts it again with its chain: %.200s",
                     (long)devnet->process.pid, (long)devnet->process.pid, devnet->folder.path, why);
}

prom_result prom_devnet_wait(prom_devnet *devnet, prom_devnet_tell tell, prom_error *error)
{
    prom_error why = {{0}};
    const int64_t begun = prom_clock_milliseconds();
    const int64_t deadline = begun + READY_MILLISECONDS;
    prom_rpc_set_timeout(devnet->rpc, READY_RPC_MILLISECONDS);
    while (prom_clock_milliseconds() < deadline) {
        prom_chain_info info;
        if (prom_is_ok(prom_chain_get_info(devnet->rpc, &info, &why))) {
            prom_rpc_set_timeout(devnet->rpc, RPC_MILLISECONDS);
            return prom_ok();
        }
        if (prom_process_wait(&devnet->process, READY_POLL_MILLISECONDS)) {
            char words[PROM_DEVNET_WORDS];
            return prom_fail(error, PROM_CATEGORY_IO, "bitcoind (%.100s) ended while starting: %s",
                             devnet->bitcoind.path, prom_devnet_last_words(words, devnet));
        }
        const int64_t waited = prom_clock_milliseconds() - begun;
        if (waited > COOKIE_MILLISECONDS && has_lost_cookie(devnet)) {
            break;
        }
        if (tell != NULL && waited > TELL_MILLISECONDS) {
            prom_error silent;
            const prom_result told = prom_devnet_silent(devnet, "waiting for a minute at most", &silent);
            (void)told;
            tell(silent.sentence);
            tell = NULL;
        }
    }
    return prom_devnet_silent(devnet, why.sentence, error);
}

/* Starts bitcoind at devnet->rpc_port, with `extra` options, NULL behind the last. */
static prom_result begin(prom_devnet *devnet, const char *const extra[], bool die_with_caller, prom_error *error)
{
    char data[PATH_MAX];
    char port[32];
    PROM_TRY(prom_devnet_data_argument(data, devnet, error));
    (void)snprintf(port, sizeof port, "-rpcport=%u", (unsigned)devnet->rpc_port);
    /* One thread for RPC: what a killed command asked for, blocks for example, is done before the next is answered. */
    char options[][32] = {
        "-regtest",       "-server",   "-txindex",       "-listen=0",          "-connect=0",
        "-disablewallet", "-daemon=0", PROM_DEVNET_MARK, "-rpcbind=127.0.0.1", "-rpcallowip=127.0.0.1",
        "-rpcthreads=1",
    };
    enum { OPTION_COUNT = sizeof options / sizeof *options };
    char further[EXTRA_MAX][32];
    char *arguments[OPTION_COUNT + EXTRA_MAX + 4] = {devnet->bitcoind.path, data, port};
    size_t count = 3;
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        arguments[count++] = options[i];
    }
    for (size_t i = 0; i < EXTRA_MAX && extra[i] != NULL; i++) {
        (void)snprintf(further[i], sizeof further[i], "%s", extra[i]);
        arguments[count++] = further[i];
    }
    PROM_TRY(prom_process_prepare(&devnet->process, arguments, "/", die_with_caller, error));
    PROM_TRY(prom_devnet_write_state(devnet, error)); /* before it runs, or a kill here would lose it */
    PROM_TRY(prom_devnet_connect(devnet, error));
    return prom_process_start(&devnet->process, error);
}

/* Makes the chain that a killed bitcoind left again: its blocks are in files, what it knew of them was in memory. A
 * start that only does this, and ends, tells when it is done. It dies with us: one that goes on alone would end well
 * though it was interrupted. */
static prom_result restore_chain(prom_devnet *devnet, prom_error *error)
{
    static const char *const EXTRA[] = {"-reindex", "-stopafterblockimport", NULL};
    char words[PROM_DEVNET_WORDS];
    PROM_TRY(begin(devnet, EXTRA, true, error));
    const bool ended = prom_process_wait(&devnet->process, RESTORE_MILLISECONDS);
    devnet->restored = ended && devnet->process.well;
    if (!devnet->restored) {
        (void)prom_devnet_last_words(words, devnet);
        if (!ended) {
            (void)snprintf(words, sizeof words, "it took more than %d minutes", RESTORE_MILLISECONDS / 60000);
            PROM_TRY(prom_devnet_stop(devnet, error));
        }
        /* So that the next start knows that this is still to do. */
        const prom_result noted = prom_folder_write(&devnet->folder, PROM_DEVNET_PID_FILE, prom_span_of(NULL, 0), NULL);
        (void)noted;
        return prom_fail(error, PROM_CATEGORY_IO,
                         "the devnet in %.120s was killed, and its chain cannot be restored: %.150s; nothing of it was "
                         "deleted; 'prom devnet down' deletes it",
                         devnet->folder.path, words);
    }
    prom_devnet_let_go(devnet);
    return prom_ok();
}

static prom_result launch(prom_devnet *devnet, const prom_devnet_options *options, bool restore, prom_error *error)
{
    static const char *const NO_EXTRA[] = {NULL};
    if (restore && !devnet->restored) {
        PROM_TRY(restore_chain(devnet, error));
    }
    PROM_TRY(begin(devnet, NO_EXTRA, options->die_with_caller, error));
    return prom_devnet_wait(devnet, options->tell, error);
}

/* The port that is wanted, 0: any. Nodes look for a devnet that has kept its chain at the port that it had: it gets
 * that again, where it is free. */
static uint16_t wanted_port(const prom_devnet *devnet, const prom_devnet_options *options)
{
    uint16_t noted = devnet->whole ? devnet->rpc_port : 0;
    const bool keep = options->rpc_port == 0 && noted != 0 && prom_is_ok(prom_devnet_probe_port(&noted, NULL));
    return keep ? noted : options->rpc_port;
}

prom_result prom_devnet_launch(prom_devnet *devnet, const prom_devnet_options *options, bool restore, prom_error *error)
{
    for (int i = 1;; i++) {
        devnet->rpc_port = i == 1 ? wanted_port(devnet, options) : options->rpc_port;
        PROM_TRY(prom_devnet_probe_port(&devnet->rpc_port, error));
        const prom_result result = launch(devnet, options, restore, error);
        uint16_t port = devnet->rpc_port;
        const bool port_lost = !prom_is_ok(result) && options->rpc_port == 0 && i < PORT_TRIES &&
                               devnet->process.pid != 0 && prom_process_wait(&devnet->process, 0) &&
                               !prom_is_ok(prom_devnet_probe_port(&port, NULL));
        if (!port_lost) {
            return result;
        }
        prom_devnet_let_go(devnet);
    }
}
