/* The demo's cast: a client, a worker, a verifier and three arbiters, each with a folder, a seed and coins of its own,
 * on a devnet whose blocks pay for them. Each is run by a process of its own (party.h). */
#ifndef DEMO_CAST_H
#define DEMO_CAST_H

#include <limits.h>

#include "demo/faucet.h"
#include "demo/job.h"
#include "prometheus/contract/offer.h"

enum { PROM_DEMO_ARBITERS = PROM_DEMO_SEATS, PROM_DEMO_PARTIES = PROM_PARTIES + PROM_DEMO_ARBITERS };
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
    prom_demo_faucet faucet;
    bool own_verifier; /* V is the client's own node, with the client's coins */
    prom_parameters P;
    prom_bytes32 p_txid;
    prom_amount c;
    prom_amount retainer;
    uint32_t height;                            /* of the chain when all was confirmed */
    prom_demo_party parties[PROM_DEMO_PARTIES]; /* C, W, V, A_1, A_2, A_3 */
} prom_demo_cast;

/* Returns whether the party has a node of its own. */
bool prom_demo_is_there(const prom_demo_cast *cast, size_t party);

/* Where a party's node listens: a path from the folder of any other. Returns `address`. */
const char *prom_demo_address(char address[PROM_DEMO_ADDRESS], size_t party);

/* Does all that comes before the contract: makes the parties' folders and seeds, funds them, publishes P and the
 * arbiters' offers, and confirms all. `cast` is zero but for an open
 * faucet, which prom_demo_dismiss closes, and own_verifier. */
PROM_MUST_USE prom_result prom_demo_prepare(prom_demo_cast *cast, prom_error *error);

/* Wipes the keys. */
void prom_demo_dismiss(prom_demo_cast *cast);

#endif
