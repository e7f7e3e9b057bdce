/* What comes into bitcoind's mempool, transaction by transaction, by asking for it now and then: there is no other way
 * by RPC that needs no wallet of bitcoind's.
 *
 * What a look costs: one getmempoolinfo; where that has changed, the ids of all that is in the mempool (67 bytes each
 * in bitcoind's answer), and so many of the transactions that were not read before. What comes while the looks go on is
 * read first, what was there before them a part at a time. */
#ifndef CHAIN_MEMPOOL_LOOK_H
#define CHAIN_MEMPOOL_LOOK_H

#include <stdbool.h>
#include <stddef.h>

#include "chain/rpc.h"
#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"

/* A mempool of 300 MB has some 100,000 to 200,000 transactions. One with more is not looked at. */
#define PROM_MEMPOOL_TXS_MAX 200000U
/* What one look reads at most: transactions, those that bitcoind has no more too, and bytes of them, after which it
 * stops; and how long, in milliseconds, a node's look reads: who has it ask for blocks or publish waits meanwhile. */
#define PROM_MEMPOOL_READS_MAX 1000U
#define PROM_MEMPOOL_READ_BYTES_MAX ((size_t)4 << 20)
#define PROM_MEMPOOL_READ_MILLISECONDS 1000

/* A transaction that the mempool has. */
typedef struct prom_mempool_tx {
    prom_bytes32 txid;
    bool read;
} prom_mempool_tx;

/* What the last look has left; at first zero. */
typedef struct prom_mempool_state {
    prom_mempool_tx *txs; /* ascending; on the heap */
    size_t count;
    size_t unread;
    uint64_t size; /* as getmempoolinfo had it */
    uint64_t bytes;
    char fees[32];
} prom_mempool_state;
void prom_mempool_state_free(prom_mempool_state *state); /* zeroes it */

/* What a look has found. */
typedef struct prom_mempool_look {
    bool changed;        /* else the mempool is as it was, and nothing was read */
    bool too_large;      /* it has more than PROM_MEMPOOL_TXS_MAX: nothing is known of it */
    prom_span *raw;      /* transactions that were read, in the arena */
    prom_bytes32 *txids; /* of these */
    size_t count;
} prom_mempool_look;

/* Looks, and begins to read nothing after so many milliseconds of reading, but for the first. Fails as the functions of
 * mempool.h; `state` is then what it was. */
PROM_MUST_USE prom_result prom_mempool_look_at(prom_rpc *rpc, prom_arena *arena, prom_mempool_look *look,
                                               prom_mempool_state *state, int64_t milliseconds, prom_error *error);

/* Returns whether the last look saw the transaction. */
bool prom_mempool_has(const prom_mempool_state *state, const prom_bytes32 *txid);

#endif
