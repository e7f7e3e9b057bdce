/* The demo's cast: a client, a worker, a verifier and three arbiters, each with a folder, a seed and coins of its own,
 * on a devnet whose blocks pay for them. Each is run by a process of its own (party.h). */
#ifndef DEMO_CAST_H
#define DEMO_CAST_H

#include <limits.h>

#include "demo/job.h"
#include "devnet/devnet.h"
#include "prometheus/contract/offer.h"
#include "wallet/wallet.h"

enum { PROM_DEMO_ARBITERS = 3, PROM_DEMO_PARTIES = PROM_PARTIES + PROM_DEMO_ARBITERS };
#define PROM_DEMO_FEERATE_MAX 100U /* sat/vB, that nodes take contracts for, and keep coins for */
enum { PROM_DEMO_ADDRESS = 16 };

typedef struct prom_demo_party {
    char name[16];         /* "client", "arbiter 1" */
    const char *letter;    /* the paper's: "C", "A1" */
    char folder[PATH_MAX]; /* of its node */
    char address[PROM_DEMO_ADDRESS];
    prom_wallet wallet;
    prom_bytes32 node_key;
    prom_announcement announcement; /* arbiters: of their offer; its address is `address` */
} prom_demo_party;

typedef struct prom_demo_cast {
    prom_arena *arena;
    prom_curve *curve;
    prom_devnet *devnet;
    bool own_verifier; /* V is the client's own node, with the client's coins */
    prom_key miner;    /* blocks pay to rawtr(miner) */
    prom_parameters P;
    prom_bytes32 p_txid;
    prom_amount c;
    prom_amount retainer;
    uint32_t feerate;
    uint32_t height;                            /* of the chain when all was confirmed */
    prom_demo_party parties[PROM_DEMO_PARTIES]; /* C, W, V, A_1, A_2, A_3 */
} prom_demo_cast;

/* Returns whether the party has a node of its own. */
bool prom_demo_is_there(const prom_demo_cast *cast, size_t party);

/* Where a party's node listens: a path from the folder of any other. Returns `address`. */
const char *prom_demo_address(char address[PROM_DEMO_ADDRESS], size_t party);

/* Mines `count` blocks to the miner. */
PROM_MUST_USE prom_result prom_demo_mine(prom_demo_cast *cast, uint32_t count, prom_error *error);

/* The same to a key of nobody's: none of the blocks is one that was there before. */
PROM_MUST_USE prom_result prom_demo_mine_other(prom_demo_cast *cast, uint32_t count, prom_error *error);

/* Does all that comes before the contract: makes the parties' folders and seeds, funds them, publishes P and the
 * arbiters' offers, and confirms all. `cast` is zero but for arena,
 * devnet and own_verifier. */
PROM_MUST_USE prom_result prom_demo_prepare(prom_demo_cast *cast, prom_error *error);

/* Wipes the keys. */
void prom_demo_dismiss(prom_demo_cast *cast);

#endif
