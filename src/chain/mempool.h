/* What bitcoind's mempool holds, what it refuses, and what spends an output. Every function fails as those of chain.h
 * do. */
#ifndef CHAIN_MEMPOOL_H
#define CHAIN_MEMPOOL_H

#include <stdbool.h>
#include <stddef.h>

#include "chain/chain.h"

/* A transaction that the mempool holds. Fees are without what the node's owner lied about by prioritisetransaction. */
typedef struct prom_mempool_entry {
    prom_amount fee;
    size_t vsize;
    prom_amount descendants_fee; /* of it and of all that would have to leave with it */
    size_t descendants_vsize;
    size_t parent_count; /* that it spends from and that are in no block */
    const prom_bytes32 *parents;
    size_t child_count; /* that spend from it */
    const prom_bytes32 *children;
} prom_mempool_entry;

/* `found` is false, and `entry` zeroed, when the mempool has no such transaction. The lists are in the arena. */
PROM_MUST_USE prom_result prom_mempool_find(prom_rpc *rpc, prom_arena *arena, prom_mempool_entry *entry, bool *found,
                                            const prom_bytes32 *txid, prom_error *error);

/* What spends an output. */
typedef enum prom_spend_where {
    PROM_SPEND_NONE,    /* nothing, so far as was asked */
    PROM_SPEND_MEMPOOL, /* a transaction of the mempool */
    PROM_SPEND_CHAIN,   /* one of a block of the best chain */
} prom_spend_where;

typedef struct prom_spender {
    prom_spend_where where;
    bool known;         /* by what; the chain is asked for that only where it has an index (-txospenderindex) */
    prom_bytes32 txid;  /* when known, else zero */
    prom_bytes32 block; /* PROM_SPEND_CHAIN: its hash, when known, else zero */
} prom_spender;

#define PROM_SPENDS_MAX 512

/* What of the mempool spends each of the outputs, at most PROM_SPENDS_MAX of them. */
PROM_MUST_USE prom_result prom_mempool_spends(prom_rpc *rpc, prom_spender *spends, const prom_outpoint *outpoints,
                                              size_t outpoint_count, prom_error *error);

/* The quick question about an output that the chain has, or had: is it spent, in the mempool or in a block? Of an
 * output that never was it is said that the chain has spent it. What the mempool says comes first: it holds nothing
 * that a block has spent. */
PROM_MUST_USE prom_result prom_chain_spend(prom_rpc *rpc, prom_spender *spend, const prom_outpoint *outpoint,
                                           prom_error *error);

/* Hands over one transaction, or a parent and then its child, of which the parent need not be worth its place in the
 * mempool by itself. `verdict` says whether the mempool has all of them now, those included that it had before; else
 * it has bitcoind's reason, and may have the parent without the child. */
PROM_MUST_USE prom_result prom_mempool_submit(prom_rpc *rpc, prom_chain_verdict *verdict, const prom_span *txs,
                                              size_t tx_count, prom_error *error);

#endif
