/* A mempool and its miners: what others pay for blocks, and what becomes of the few transactions of a contract among
 * them. One mempool for all: whatever it holds is what the next block is made from. The rules are those of Bitcoin Core
 * 31 as far as transactions of version 3 need them (BIP 431: clusters of two). */
#ifndef SIM_MARKET_H
#define SIM_MARKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dice.h"
#include "prometheus/bitcoin/transaction.h"
#include "prometheus/channel/facts.h"
#include "prometheus/channel/fees.h"

enum {
    MARKET_TXS_MAX = 128,
    MARKET_INPUTS_MAX = 16,
    MARKET_LEVELS = 64,
    MARKET_REMEMBERED = 36, /* blocks that estimates are made from */
    MARKET_NOBODY = 99,
};

/* Feerates are in sat for 1000 vB everywhere. */
typedef enum market_climate {
    CLIMATE_1,     /* flat */
    CLIMATE_10,    /* flat */
    CLIMATE_100,   /* flat */
    CLIMATE_RISE,  /* fifty times as much within twelve blocks, and so it stays */
    CLIMATE_SPIKE, /* fifty times as much at once, halved every twelve blocks */
    CLIMATES,
} market_climate;

const char *prom_climate_name(market_climate climate);
/* Feerate of a climate, so many blocks after its change has begun; below 0: before. */
uint32_t prom_climate_at(market_climate climate, int64_t since);

typedef struct market_tx {
    prom_bytes32 txid;
    prom_outpoint inputs[MARKET_INPUTS_MAX];
    size_t input_count;
    uint64_t fee; /* sat */
    uint32_t vsize;
    bool version3;
    size_t payer;   /* place, or whoever */
    uint32_t index; /* in the tree, or PROM_TREE_OTHER */
    bool pooled;
    bool mined;
    int64_t height;   /* of its block, when mined */
    uint64_t at_risk; /* sat, of whoever pays */
} market_tx;

typedef struct sim_market {
    market_climate climate;
    int64_t height;  /* of the tip */
    int64_t changes; /* height at which the climate's change begins; INT64_MAX: not yet */
    sim_dice dice;
    uint64_t queue[MARKET_LEVELS];       /* virtual bytes of others that wait, by feerate */
    uint32_t floor;                      /* that the full mempool asks for */
    uint32_t cleared[MARKET_REMEMBERED]; /* the least feerate that got into each of the last blocks, newest first */
    market_tx txs[MARKET_TXS_MAX];
    size_t tx_count;
    void *context;
    /* Whether what a transaction spends is in a block, unspent, and old enough, its own mempool parent aside. */
    bool (*fits)(void *context, const market_tx *tx);
} sim_market;

/* Begins with a queue that the climate before its change has filled. */
void prom_market_init(sim_market *market, market_climate climate, int64_t height, uint64_t seed);

prom_fee_estimates prom_market_estimates(const sim_market *market);
uint32_t prom_market_relay(const sim_market *market);
#define MARKET_INCREMENTAL 100U

market_tx *prom_market_find(sim_market *market, const prom_bytes32 *txid);
/* Of the mempool: what spends the outpoint, the child of a transaction, the parent; NULL: none. */
market_tx *prom_market_spender(sim_market *market, const prom_outpoint *outpoint);
market_tx *prom_market_child(sim_market *market, const market_tx *parent);
market_tx *prom_market_parent(sim_market *market, const market_tx *child);
/* Adds one, not pooled, or gives the one of that txid. NULL: there are too many. */
market_tx *prom_market_know(sim_market *market, const market_tx *tx);

/* Hands one transaction over, or a parent with its child. NULL when the mempool has them all now, else why not. */
const char *prom_market_submit(sim_market *market, market_tx *const *txs, size_t count);
/* Takes a transaction and its child out. */
void prom_market_drop(sim_market *market, market_tx *tx);

/* The next block: its transactions among `chosen`, at most MARKET_TXS_MAX; who pays how much stands in them. */
size_t prom_market_mine(sim_market *market, market_tx **chosen);

/* Whether the first pays more for each of its virtual bytes. */
static inline bool prom_market_pays_more(uint64_t fee, uint64_t vsize, uint64_t other_fee, uint64_t other_vsize)
{
    return fee * other_vsize > other_fee * vsize;
}

#endif
