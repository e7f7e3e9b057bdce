/* A devnet: a private regtest bitcoind in a folder of its own, reached by RPC on the loopback interface only.
 *
 *   FOLDER/prometheus-devnet.lock  the sign that the folder is a devnet's, and the lock of its commands
 *   FOLDER/devnet.json             the bitcoind that was started last, written before it runs; renamed to
 *                                  condemned.json before it is stopped
 *   FOLDER/height                  the chain's height, as it was last seen
 *   FOLDER/secret                  32 random bytes, the key that blocks are mined to
 *   FOLDER/bitcoin/                bitcoind's data
 *
 * Whatever moment a command is killed at, the next one finds the bitcoind, if one runs, and goes on from there: by what
 * is noted or, where that was lost with the folder or without it, by the -datadir among the arguments of the user's
 * processes. A bitcoind that is killed itself loses nothing but its mempool: the next start makes the chain again of
 * the blocks, and compares the height with the one that was noted: blocks whose files are damaged are missed. */
#ifndef DEVNET_DEVNET_H
#define DEVNET_DEVNET_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "chain/bitcoind.h"
#include "chain/rpc.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/result.h"
#include "prometheus/bitcoin/address.h"
#include "system/folder.h"
#include "system/process.h"

#define PROM_DEVNET_BLOCKS_MAX 10000U /* that one prom_devnet_mine mines */
#define PROM_DEVNET_URL 32
#define PROM_DEVNET_WORDS 400

/* What was found in the folder. */
typedef enum prom_devnet_found {
    PROM_DEVNET_NONE,      /* no devnet */
    PROM_DEVNET_RUNNING,   /* its bitcoind */
    PROM_DEVNET_STOPPED,   /* its data; bitcoind has ended as it should */
    PROM_DEVNET_KILLED,    /* its data; bitcoind ended without having written what it had in memory */
    PROM_DEVNET_CONDEMNED, /* what a killed down left to be deleted */
    PROM_DEVNET_ASTRAY,    /* a bitcoind that runs on without its folder, its data or the note of it */
} prom_devnet_found;

/* Everything here is to be read only. */
typedef struct prom_devnet {
    prom_folder folder;
    bool has_folder; /* false: the folder was deleted while bitcoind ran */
    bool whole;      /* it is not being deleted: the data may be kept */
    prom_devnet_found found;
    prom_process process; /* its pid is 0 when no bitcoind runs */
    prom_bitcoind bitcoind;
    uint16_t rpc_port;
    char url[PROM_DEVNET_URL];
    char cookie_file[PATH_MAX];
    char log_file[PATH_MAX]; /* bitcoind's */
    prom_rpc *rpc;           /* NULL when no bitcoind runs, or one astray */
    bool restored;           /* by this start: the chain of a bitcoind that was killed */
    uint32_t height_noted;   /* before this start, when blocks were mined or the devnet was started; 0: never */
    uint32_t lost;           /* blocks that the chain is shorter than that */
    pid_t ended;             /* by this start: one that was astray; 0: none */
    prom_folder_kept kept;   /* by prom_devnet_destroy: what is not the devnet's */
} prom_devnet;

/* Tells a person, in a sentence, what a call waits for that takes longer than it should. */
typedef void (*prom_devnet_tell)(const char *sentence);

typedef struct prom_devnet_options {
    const char *folder;    /* where; made when missing */
    const char *bitcoind;  /* which; NULL: as prom_bitcoind_find finds it */
    uint16_t rpc_port;     /* 0: a free one */
    bool die_with_caller;  /* the kernel kills bitcoind when the calling thread ends */
    prom_devnet_tell tell; /* NULL: nobody is told */
} prom_devnet_options;

/* Starts bitcoind, or finds it running, and waits until it answers. The devnet is the caller's until prom_devnet_close:
 * other commands wait for it. `devnet` is NULL after a failure: PROM_CATEGORY_BAD_INPUT when the folder is somebody
 * else's, the bitcoind that was asked for cannot be used, or the running one has another port than the one asked for;
 * else PROM_CATEGORY_IO. */
PROM_MUST_USE prom_result prom_devnet_start(prom_devnet **devnet, bool *was_running, const prom_devnet_options *options,
                                            prom_error *error);

/* Opens the devnet at `path` as it is, running or not; NULL, and success, when there is none. With `hold` it is the
 * caller's, as above; else it may change at any time. A bitcoind whose folder was deleted is a devnet still, astray. */
PROM_MUST_USE prom_result prom_devnet_open(prom_devnet **devnet, const char *path, bool hold, prom_error *error);

/* Lets go of the devnet; its bitcoind runs on. NULL is fine. */
void prom_devnet_close(prom_devnet *devnet);

/* Stops bitcoind, by force where it does not end by itself, and deletes what is the devnet's, the folder too where it
 * holds nothing else; prom_devnet_close is still to be called. The caller holds it. When it fails nothing was deleted,
 * or the rest is found by the next call. */
PROM_MUST_USE prom_result prom_devnet_destroy(prom_devnet *devnet, prom_error *error);

/* Fails as prom_devnet_start does where the folder at `path` cannot be a devnet's. Nothing is touched. */
PROM_MUST_USE prom_result prom_devnet_check_folder(const char *path, prom_error *error);

/* Waits until the running bitcoind answers, a minute at most; `tell` as above. PROM_CATEGORY_IO when it does not, with
 * what to do. */
PROM_MUST_USE prom_result prom_devnet_wait(prom_devnet *devnet, prom_devnet_tell tell, prom_error *error);

/* Writes why bitcoind ended: the error that it told last, and that the disk is full where it is. Returns `words`. */
const char *prom_devnet_why_ended(char words[PROM_DEVNET_WORDS], const prom_devnet *devnet);

/* Mines 1 to PROM_DEVNET_BLOCKS_MAX blocks, whose coinbases pay to `descriptor`, and notes the height. After a failure
 * some of them may have been mined. */
PROM_MUST_USE prom_result prom_devnet_mine(prom_devnet *devnet, const char *descriptor, uint32_t count,
                                           prom_error *error);

/* Writes the descriptor that coinbases are to pay to: of the address `to`, or, where that is NULL, of the devnet's own
 * key: who reads the secret can spend them. PROM_CATEGORY_BAD_INPUT when `to` is no address of regtest. */
#define PROM_DEVNET_DESCRIPTOR (sizeof "rawtr()" + PROM_ADDRESS_TEXT)
PROM_MUST_USE prom_result prom_devnet_descriptor(const prom_devnet *devnet, char descriptor[PROM_DEVNET_DESCRIPTOR],
                                                 const char *to, prom_error *error);
/* Reads the secret key that `prom devnet` mines to, and makes it at the first call. The caller wipes it. */
PROM_MUST_USE prom_result prom_devnet_secret(const prom_devnet *devnet, prom_bytes32 *secret, prom_error *error);

#endif
