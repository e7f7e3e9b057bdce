/* The demo's cast: a client, a worker, a verifier and three arbiters, each with a seed, coins and a store of its own,
 * on a devnet whose blocks pay for them. */
#ifndef DEMO_PARTIES_H
#define DEMO_PARTIES_H

#include "demo/job.h"
#include "devnet/devnet.h"
#include "node/hub.h"
#include "wallet/wallet.h"

enum { PROM_DEMO_ARBITERS = 3, PROM_DEMO_PARTIES = PROM_PARTIES + PROM_DEMO_ARBITERS };

typedef struct prom_demo_party {
    prom_node node;
    prom_wallet wallet;
} prom_demo_party;

typedef struct prom_demo_cast {
    prom_arena *arena;
    prom_curve *curve;
    prom_devnet *devnet;
    prom_key miner; /* blocks pay to rawtr(miner) */
    prom_parameters P;
    prom_bytes32 p_txid;
    prom_amount c;
    prom_amount retainer;
    uint32_t feerate;
    prom_demo_party parties[PROM_DEMO_PARTIES]; /* C, W, V, A_1, A_2, A_3 */
} prom_demo_cast;

/* Mines `count` blocks to the miner. */
PROM_MUST_USE prom_result prom_demo_mine(prom_demo_cast *cast, uint32_t count, prom_error *error);

/* Does all that comes before the contract: funds the parties, publishes P and the arbiters' offers, confirms all, and
 * configures a node for each party. `cast` is zero but for arena and devnet. */
PROM_MUST_USE prom_result prom_demo_prepare(prom_demo_cast *cast, const prom_demo_job *job, prom_error *error);

/* Makes the nodes' channels, joins them to the hub, announces the offers and starts the client. */
PROM_MUST_USE prom_result prom_demo_start(prom_demo_cast *cast, prom_hub *hub, prom_error *error);

/* Frees the nodes and wipes the keys. */
void prom_demo_dismiss(prom_demo_cast *cast);

#endif
