/* A devnet: a private regtest bitcoind in a folder of its own, reached by RPC on the loopback interface only.
 *
 *   FOLDER/prometheus-devnet.lock  the sign that the folder is a devnet's, and the lock of its commands
 *   FOLDER/devnet.json             the bitcoind that was started last, written before it runs; renamed to
 *                                  condemned.json before it is stopped
 *   FOLDER/secret                  32 random bytes, the key that blocks are mined to
 *   FOLDER/bitcoin/                bitcoind's data
 *
 * Whatever moment a command is killed at, the next one finds the bitcoind, if one runs, and goes on from there. */
#ifndef DEVNET_DEVNET_H
#define DEVNET_DEVNET_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "chain/bitcoind.h"
#include "chain/rpc.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/result.h"
#include "system/folder.h"
#include "system/process.h"

#define PROM_DEVNET_BLOCKS_MAX 10000U /* that one prom_devnet_mine mines */
#define PROM_DEVNET_URL 32

/* Everything here is to be read only. */
typedef struct prom_devnet {
    prom_folder folder;
    bool whole;           /* the state file is there: what runs may be used, the data may be kept */
    prom_process process; /* its pid is 0 when no bitcoind runs */
    prom_bitcoind bitcoind;
    uint16_t rpc_port;
    char url[PROM_DEVNET_URL];
    char cookie_file[PATH_MAX];
    char log_file[PATH_MAX]; /* bitcoind's */
    prom_rpc *rpc;           /* NULL when no bitcoind runs, or the one that runs is not whole */
} prom_devnet;

typedef struct prom_devnet_options {
    const char *folder;   /* where; made when missing */
    const char *bitcoind; /* which; NULL: as prom_bitcoind_find finds it */
    uint16_t rpc_port;    /* 0: a free one */
    bool die_with_caller; /* the kernel kills bitcoind when the calling thread ends */
} prom_devnet_options;

/* Starts bitcoind, or finds it running, and waits until it answers. The devnet is the caller's until prom_devnet_close:
 * other commands wait for it. `devnet` is NULL after a failure: PROM_CATEGORY_BAD_INPUT when the folder is somebody
 * else's, the bitcoind that was asked for cannot be used, or the running one has another port than the one asked for;
 * else PROM_CATEGORY_IO. */
PROM_MUST_USE prom_result prom_devnet_start(prom_devnet **devnet, bool *was_running, const prom_devnet_options *options,
                                            prom_error *error);

/* Opens the devnet at `path` as it is, running or not; NULL, and success, when there is none. With `hold` it is the
 * caller's, as above; else it may change at any time. */
PROM_MUST_USE prom_result prom_devnet_open(prom_devnet **devnet, const char *path, bool hold, prom_error *error);

/* Lets go of the devnet; its bitcoind runs on. NULL is fine. */
void prom_devnet_close(prom_devnet *devnet);

/* Stops bitcoind, by force where it does not end by itself, and deletes the folder of a devnet that the caller holds;
 * prom_devnet_close is still to be called. When it fails nothing was deleted, or the rest is found by the next call. */
PROM_MUST_USE prom_result prom_devnet_destroy(prom_devnet *devnet, prom_error *error);

/* Mines 1 to PROM_DEVNET_BLOCKS_MAX blocks, whose coinbases pay to `descriptor`. */
PROM_MUST_USE prom_result prom_devnet_mine(prom_devnet *devnet, const char *descriptor, uint32_t count,
                                           prom_error *error);

/* Reads the secret key that `prom devnet` mines to, and makes it at the first call. The caller wipes it. */
PROM_MUST_USE prom_result prom_devnet_secret(const prom_devnet *devnet, prom_bytes32 *secret, prom_error *error);

#endif
