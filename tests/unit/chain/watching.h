/* A watcher of a chain that a test makes, and its user, who checks that what is told is a walk over blocks. */
#ifndef PROMETHEUS_TEST_WATCHING_H
#define PROMETHEUS_TEST_WATCHING_H

#include "chain/fake_node.h"

#include "chain/watcher.h"

enum { NOW = 5000000, DATE = 1700000000, TOLD_MAX = 4096 };

typedef struct user {
    uint32_t height;
    prom_bytes32 tip; /* what was connected last and not disconnected; the walk is checked against it */
    prom_bytes32 chain[TOLD_MAX];
    size_t connected;
    size_t disconnected;
    size_t refuse; /* so many events are not taken */
    size_t healths;
    prom_chain_health health;
    size_t txs;
    uint32_t best;
} user;

static inline bool taken(user *told)
{
    told->refuse -= told->refuse > 0;
    return told->refuse == 0;
}

static inline bool on_disconnected(void *context, uint32_t height, const prom_bytes32 *hash)
{
    user *told = context;
    if (!taken(told)) {
        return false;
    }
    assert_int_equal(height, told->height);
    assert_true(prom_bytes32_equal(hash, &told->chain[height]));
    told->height--;
    told->disconnected++;
    return true;
}

static inline bool on_connected(void *context, prom_watcher_block *block)
{
    user *told = context;
    if (!taken(told)) {
        return false;
    }
    assert_int_equal(block->block.height, told->height + 1);
    assert_true(prom_bytes32_equal(&block->block.previous, &told->chain[told->height]));
    told->height++;
    told->chain[told->height] = block->block.hash;
    told->connected++;
    told->txs += block->block.tx_count;
    told->best = block->best;
    return true;
}

static inline bool on_health(void *context, const prom_chain_health *health)
{
    user *told = context;
    told->health = *health;
    told->healths++;
    return true;
}

typedef struct setting {
    fake_node *node;
    prom_watcher *watcher;
    prom_watcher_calls calls;
    user *told;
    int64_t now;
    uint32_t needed;
} setting;

/* Polls until there is nothing more; how often. */
static inline size_t settle(setting *with)
{
    size_t polls = 1;
    while (prom_watcher_poll(with->watcher, &with->calls, with->now)) {
        polls++;
    }
    return polls;
}

static inline void watch_from(setting *with, uint32_t height, size_t hash_count)
{
    prom_watcher_start start = {.network = with->node->network, .height = height, .now = NOW, .date = DATE};
    prom_bytes32 *hashes = calloc(hash_count + 1, sizeof *hashes);
    assert_non_null(hashes);
    with->told->height = height;
    for (uint32_t i = 0; i <= height; i++) {
        with->told->chain[i] = fake_hash_at(with->node, i);
    }
    for (size_t i = 0; i < hash_count; i++) {
        hashes[i] = with->told->chain[height - i];
    }
    start.hashes = hashes;
    start.hash_count = hash_count;
    start.needed = with->needed;
    assert_ok(prom_watcher_new(&with->watcher, with->node->rpc, &start, &with->node->error), &with->node->error);
    free(hashes);
}

static inline setting begin(const char *network, uint32_t blocks)
{
    setting with = {.node = fake_node_start(network, NULL, NULL), .now = NOW, .needed = UINT32_MAX};
    with.told = calloc(1, sizeof *with.told);
    assert_non_null(with.told);
    with.node->tip_time = DATE;
    with.calls = (prom_watcher_calls){with.told, on_disconnected, on_connected, on_health};
    fake_mine(with.node, blocks, 0);
    return with;
}

static inline void end(setting *with)
{
    prom_watcher_free(&with->watcher);
    fake_node_stop(with->node);
    free(with->told);
}

/* What was told is the node's best chain. */
static inline void assert_in_sync(const setting *with)
{
    const prom_bytes32 best = fake_hash_at(with->node, with->node->height);
    assert_int_equal(with->told->height, with->node->height);
    assert_int_equal(prom_watcher_height(with->watcher), with->node->height);
    assert_true(prom_bytes32_equal(&with->told->chain[with->told->height], &best));
}

#endif
