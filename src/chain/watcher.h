/* Follows bitcoind's best chain, block by block, from where its user stands. What is asked is the truth; a notice that
 * there may be a new block is only a reason to ask sooner. Whatever bitcoind does, nothing is told twice, left out, or
 * told in another order: every block is connected to the one that was connected before it, and disconnected before
 * another takes its place.
 *
 * Blocks that were processed are disconnected when bitcoind's chain has another block at the height of one of them. A
 * bitcoind whose chain merely ends below, as while it reindexes, disconnects nothing: that is PROM_CHAIN_BEHIND. */
#ifndef CHAIN_WATCHER_H
#define CHAIN_WATCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chain/health.h"
#include "chain/rpc.h"
#include "prometheus/contract/index.h"
#include "prometheus/contract/parameters.h"

typedef struct prom_watcher prom_watcher;

/* So many of the last blocks' hashes the watcher keeps. Reorganisations below them are followed as long as bitcoind
 * knows the headers of the blocks that it left. */
#define PROM_WATCHER_HASHES_MAX 1024

/* What one poll does at most: blocks, and bytes of blocks, after which it stops (a block has 4,000,000 at most). */
#define PROM_WATCHER_BLOCKS_MAX 64
#define PROM_WATCHER_BYTES_MAX 8000000

/* The largest block, as bytes and as what is made of them, takes less. */
#define PROM_WATCHER_MEMORY_MAX ((size_t)100 << 20)

/* While it was not seen that bitcoind has peers for so long, it is taken to have had none. */
#define PROM_WATCHER_BLIND_MILLISECONDS 60000

/* Where the user stands. */
typedef struct prom_watcher_start {
    const prom_chain_parameters *network;
    uint32_t height;            /* of the last block that was processed */
    const prom_bytes32 *hashes; /* of that block, the one before it, and so on; as many as are known */
    size_t hash_count;          /* 0: begin with the block above `height`, whatever is below */
    uint32_t needed;            /* the lowest height whose block may still be asked for */
    /* When this is: seconds since 1970 (prom_clock_date), asked once, and prom_clock_milliseconds at the same time. The
     * date is carried on by the latter, so that setting the machine's clock changes nothing while the program runs. */
    int64_t date;
    int64_t now;
} prom_watcher_start;

/* A block to be connected. */
typedef struct prom_watcher_block {
    prom_index_block block;
    uint32_t best;     /* height of bitcoind's best block when it was asked last: below it more will follow at once */
    prom_arena *arena; /* holds the block; who wants to keep it moves the struct and leaves a zeroed one */
} prom_watcher_block;

/* What the user does with what is told. Each returns whether it was taken: if not, the same is told again at the next
 * poll, or what has come in its place by then. */
typedef struct prom_watcher_calls {
    void *context;
    bool (*disconnected)(void *context, uint32_t height, const prom_bytes32 *hash);
    bool (*connected)(void *context, prom_watcher_block *block);
    /* Called when the trouble is another than the last time that this was taken, and at the first poll. */
    bool (*health)(void *context, const prom_chain_health *health);
} prom_watcher_calls;

/* Copies `start`, but for the network. `watcher` is NULL after a failure. */
PROM_MUST_USE prom_result prom_watcher_new(prom_watcher **watcher, prom_rpc *rpc, const prom_watcher_start *start,
                                           prom_error *error);
void prom_watcher_free(prom_watcher **watcher); /* fits PROM_SCOPED */

/* Looks at bitcoind, and tells a bounded number of blocks. `now` is prom_clock_milliseconds. True when there is more to
 * tell at once. A bitcoind that does not answer is a PROM_CHAIN_UNKNOWN, and asked again at the next poll. */
bool prom_watcher_poll(prom_watcher *watcher, const prom_watcher_calls *calls, int64_t now);

/* What the last poll saw; PROM_CHAIN_UNKNOWN before the first. */
const prom_chain_health *prom_watcher_health(const prom_watcher *watcher);

/* The height up to which blocks were told and taken. */
uint32_t prom_watcher_height(const prom_watcher *watcher);

#endif
