/* The normal demo: a market of real nodes. A client has a batch computed by two workers, in four contracts. */
#ifndef DEMO_MARKET_H
#define DEMO_MARKET_H

#include "demo/job.h"
#include "demo/nodes.h"

enum {
    PROM_DEMO_PARTS = 4,
    PROM_DEMO_OFFERS = 6,         /* of each arbiter: a contract takes one */
    PROM_DEMO_CONTRACTS_MAX = 32, /* with those that take the place of others */
    PROM_DEMO_CONTRACT_TXS = 4,   /* Tx0, TxV0, TxA, and what settles it */
};
#define PROM_DEMO_PAYEES (PROM_DEMO_NODES + 1) /* the nodes, and the fund F */

/* A transaction of a contract in the chain. */
typedef struct prom_demo_mined {
    const char *name; /* "Tx0" */
    prom_bytes32 txid;
    const prom_tx *tx;
    uint32_t height;
    size_t vsize;
} prom_demo_mined;

typedef struct prom_demo_contract {
    uint32_t first; /* of its items, counted from 0 */
    uint32_t items;
    size_t worker; /* which node */
    unsigned scheme;
    prom_amount reward;
    prom_bytes32 settled_by;
    prom_demo_mined txs[PROM_DEMO_CONTRACT_TXS];
    size_t tx_count;
    bool shows_key; /* what settles it shows h_p, whose hash is h */
    prom_bytes32 h;
    prom_bytes32 h_p;
    prom_amount locked[PROM_DEMO_PAYEES];
    prom_amount payouts[PROM_DEMO_PAYEES];
} prom_demo_contract;

typedef struct prom_demo_market {
    prom_demo_faucet faucet;
    prom_demo_nodes nodes;
    prom_demo_show *show;
    prom_parameters P;
    char p_txid[PROM_HEX32];
    char offers[PROM_DEMO_OWNERS][PROM_DEMO_OFFERS][PROM_HEX32];
    char job[PROM_HEX32];
    uint32_t began;                     /* height of the chain when the job was given */
    uint32_t height;                    /* of the chain now */
    char told[PROM_DEMO_CONTRACTS_MAX]; /* what was told of each attempt last */
    prom_demo_contract contracts[PROM_DEMO_CONTRACTS_MAX];
    size_t contract_count;
} prom_demo_market;

/* Opens a market on an empty devnet: nodes with coins, a P, the arbiters' offers, all confirmed. prom_demo_market_close
 * is to be called in any case, and ends the nodes that were not kept. `paged`: the client's node shows a page. */
PROM_MUST_USE prom_result prom_demo_market_open(prom_demo_market *market, prom_arena *arena, prom_devnet *devnet,
                                                prom_demo_show *show, bool paged, prom_error *error);
void prom_demo_market_close(prom_demo_market *market);

/* Gives the job and mines blocks until all its contracts are settled for good. `output` is the file with the result in
 * its canonical bytes. PROM_CATEGORY_PEER when it has no result for some items. */
PROM_MUST_USE prom_result prom_demo_market_play(prom_demo_market *market, const prom_demo_job *job,
                                                char output[PATH_MAX], prom_error *error);

/* Finds in the chain what became of the contracts, and checks that it is what nodes tell (market_chain.c). */
PROM_MUST_USE prom_result prom_demo_market_read(prom_demo_market *market, const json_t *job, prom_error *error);
/* Finds the key h_p that a transaction shows, and the hash h in the leaf that it satisfies; false: it shows none. */
bool prom_demo_key_shown(const prom_tx *tx, prom_bytes32 *h, prom_bytes32 *h_p);

/* Returns the scheme that all contracts were settled by; 0: not all by the same. */
unsigned prom_demo_market_scheme(const prom_demo_market *market);
/* Prints who got what, for people; returns the part of the demo's JSON that is the market's (market_tell.c). */
void prom_demo_market_print(const prom_demo_market *market);
PROM_MUST_USE json_t *prom_demo_market_json(const prom_demo_market *market);

#endif
