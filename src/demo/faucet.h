/* Where the demo's coins come from: the chain's miner, who pays all out of the first block; and what every demo has,
 * its P and the seeds of who takes part. */
#ifndef DEMO_FAUCET_H
#define DEMO_FAUCET_H

#include "devnet/devnet.h"
#include "prometheus/contract/parameters.h"
#include "wallet/wallet.h"

enum {
    PROM_DEMO_FEERATE = 2,         /* sat/vB, of all that is paid and of contracts */
    PROM_DEMO_MATURE_BLOCKS = 101, /* the first coinbase can be spent in the next block */
    PROM_DEMO_SHOWN_BLOCKS = 3,    /* P and the offers, the snapshot, the tip */
    PROM_DEMO_RETAINER = 1500,     /* sat, for each arbiter */
    PROM_DEMO_SEATS = 3,           /* of arbiters in a contract */
};

typedef struct prom_demo_faucet {
    prom_arena *arena;
    prom_curve *curve;
    prom_devnet *devnet;
    prom_key miner; /* blocks pay to rawtr(miner) */
} prom_demo_faucet;

/* Makes a faucet of the devnet's own key; prom_demo_faucet_close wipes it. */
PROM_MUST_USE prom_result prom_demo_faucet_open(prom_demo_faucet *faucet, prom_arena *arena, prom_devnet *devnet,
                                                prom_error *error);
void prom_demo_faucet_close(prom_demo_faucet *faucet);

/* Mines `count` blocks to the miner. */
PROM_MUST_USE prom_result prom_demo_mine(prom_demo_faucet *faucet, uint32_t count, prom_error *error);
/* The same to a key of nobody's: none of the blocks is one that was there before. */
PROM_MUST_USE prom_result prom_demo_mine_other(prom_demo_faucet *faucet, uint32_t count, prom_error *error);

/* Pays `tx` out of the first block, whose coinbase is mature: it has one input and, as its last output, room for the
 * change. */
PROM_MUST_USE prom_result prom_demo_faucet_pay(prom_demo_faucet *faucet, prom_bytes32 *txid, prom_tx *tx,
                                               prom_error *error);

/* Who signs a transaction with one input, and gets what is left at its last output. */
typedef struct prom_demo_payer {
    const prom_tx_output *spent;
    const prom_key *key;
} prom_demo_payer;

/* Signs and broadcasts it. */
PROM_MUST_USE prom_result prom_demo_pay(prom_demo_faucet *faucet, prom_bytes32 *txid, prom_tx *tx,
                                        const prom_demo_payer *payer, prom_error *error);

/* Writes the demo's P: small stakes, short times (regtest: s = 2, vt = 1), a fund that nobody has the key of. */
PROM_MUST_USE prom_result prom_demo_parameters(const prom_curve *curve, prom_parameters *P, prom_error *error);

/* Makes a seed, whose words are in the file `words` of the folder before a coin is sent to it, and gives its wallet and
 * its node's identity. The caller wipes the wallet. */
PROM_MUST_USE prom_result prom_demo_seed(const prom_curve *curve, prom_wallet *wallet, prom_bytes32 *node_key,
                                         const char *folder, prom_error *error);

#endif
