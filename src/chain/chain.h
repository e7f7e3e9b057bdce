/* What bitcoind knows of the chain and of its mempool, in our types. Every function fails as prom_rpc_call does, and
 * with PROM_CATEGORY_IO when the answer is not what Bitcoin Core's documentation of the method says; an out-argument
 * is zeroed then. */
#ifndef CHAIN_CHAIN_H
#define CHAIN_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "chain/rpc.h"
#include "prometheus/base/amount.h"
#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"
#include "prometheus/bitcoin/transaction.h"
#include "prometheus/contract/bump.h"
#include "prometheus/contract/parameters.h"

#define PROM_CHAIN_NAME 16

typedef struct prom_chain_info {
    char name[PROM_CHAIN_NAME]; /* "main", "test", "testnet4", "signet" or "regtest" */
    uint32_t height;
    uint32_t headers;     /* height of the best header, whose block may not be here yet */
    bool downloading;     /* it still downloads what there was when it started */
    uint32_t first_block; /* the lowest height whose block it has: 0 unless it prunes */
    int64_t tip_time;     /* of the block at `height`, as its header says: seconds since 1970 */
    prom_bytes32 best;    /* the hash of the block at `height`, in internal byte order as all hashes here */
    prom_bytes32 genesis; /* of the block at height 0 */
    prom_bytes32 id;      /* that, or of a signet of somebody's own prom_signet_id: bitcoind says it from 29 on */
} prom_chain_info;

PROM_MUST_USE prom_result prom_chain_get_info(prom_rpc *rpc, prom_chain_info *info, prom_error *error);

/* How many peers bitcoind is connected to. */
PROM_MUST_USE prom_result prom_chain_get_connections(prom_rpc *rpc, uint32_t *connections, prom_error *error);

/* When a chain was asked. */
typedef struct prom_chain_moment {
    int64_t now;              /* seconds since 1970 */
    double connected_seconds; /* that bitcoind has had peers without a break; below 0: it has none */
} prom_chain_moment;

/* Whether bitcoind is on another chain than the network's: its first block says it, and of signets, which all have the
 * same, their challenge. */
bool prom_chain_is_foreign(const prom_chain_info *info, const prom_chain_parameters *network);

/* Whether a node is in step with its chain, so that it may date what it has seen: all blocks are there whose headers
 * are, the tip is young, and it has had peers for a while; of the last two a network may ask nothing. */
bool prom_chain_in_step(const prom_chain_info *info, const prom_chain_parameters *network,
                        const prom_chain_moment *moment);

/* The hash of the block of the best chain at `height`. */
PROM_MUST_USE prom_result prom_chain_block_hash(prom_rpc *rpc, prom_bytes32 *hash, uint32_t height, prom_error *error);

/* The bytes of the block, in the arena. */
PROM_MUST_USE prom_result prom_chain_block(prom_rpc *rpc, prom_arena *arena, prom_span *block, const prom_bytes32 *hash,
                                           prom_error *error);

/* Hands a serialised transaction to bitcoind's mempool and to its peers. A transaction that the mempool holds already
 * is a success. */
PROM_MUST_USE prom_result prom_chain_broadcast(prom_rpc *rpc, prom_bytes32 *txid, prom_span tx, prom_error *error);

#define PROM_CHAIN_REASON 128

/* What the mempool would say to a transaction. */
typedef struct prom_chain_verdict {
    bool allowed;
    char reason[PROM_CHAIN_REASON]; /* bitcoind's word ("bad-txns-inputs-missingorspent"); empty when allowed */
} prom_chain_verdict;

PROM_MUST_USE prom_result prom_chain_try(prom_rpc *rpc, prom_chain_verdict *verdict, prom_span tx, prom_error *error);

/* An unspent output. */
typedef struct prom_chain_coin {
    prom_tx_output output;
    uint32_t confirmations; /* 0: in the mempool */
    uint32_t height;        /* of its block; 0: in the mempool */
    bool coinbase;          /* spendable from the 100th block after its own */
} prom_chain_coin;

/* The output at `outpoint`, its script in the arena. `found` is false when there is none, or it is spent; with
 * `with_mempool` the transactions of the mempool count. */
PROM_MUST_USE prom_result prom_chain_get_coin(prom_rpc *rpc, prom_arena *arena, prom_chain_coin *coin, bool *found,
                                              const prom_outpoint *outpoint, bool with_mempool, prom_error *error);

/* Feerates as the node has them now. `relay` is what its mempool asks of any transaction and `incremental` of a
 * replacement, on top (getmempoolinfo). `wanted` is what it takes to be mined within `blocks` blocks, 1 to 1008
 * (estimatesmartfee, conservative), and at least `relay`; `estimated` is false, and `wanted` is `relay`, when the node
 * has not seen enough blocks to say. */
PROM_MUST_USE prom_result prom_chain_get_feerates(prom_rpc *rpc, prom_feerates *feerates, bool *estimated,
                                                  uint32_t blocks, prom_error *error);

/* Regtest: mines `count` blocks, at most 1000, whose coinbases pay to `descriptor`. */
PROM_MUST_USE prom_result prom_chain_generate(prom_rpc *rpc, const char *descriptor, uint32_t count, prom_error *error);

/* Regtest: gives the block up, and with it all that stand on it: another branch can take their place. */
PROM_MUST_USE prom_result prom_chain_invalidate(prom_rpc *rpc, const prom_bytes32 *hash, prom_error *error);

#endif
