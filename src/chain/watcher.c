#include "chain/watcher.h"

#include <stdlib.h>
#include <string.h>

#include "chain/answer.h"

struct prom_watcher {
    prom_rpc *rpc;
    const prom_chain_parameters *network;
    uint32_t height;                              /* of the last block that was told */
    prom_bytes32 hashes[PROM_WATCHER_HASHES_MAX]; /* of the block at height h at place h modulo the size */
    size_t hash_count;                            /* the last so many are known */
    uint32_t needed;
    int64_t date; /* seconds since 1970 when the clock showed 0 milliseconds */
    int64_t peers_since;
    int64_t peers_seen; /* the last poll that saw some; below 0: none did */
    bool lost;
    bool behind;
    bool told; /* `health` was, with its trouble */
    prom_chain_trouble told_trouble;
    prom_chain_health health;
};

/* One poll. */
typedef struct poll_state {
    prom_watcher *watcher;
    const prom_watcher_calls *calls;
    prom_chain_info info;
    size_t blocks;
    size_t bytes;
    bool done; /* there is nothing more to tell, or what there is was not taken */
    prom_error error;
} poll_state;

static bool knows(const prom_watcher *watcher, uint32_t height)
{
    return height <= watcher->height && watcher->height - height < watcher->hash_count;
}

static prom_bytes32 *hash_at(prom_watcher *watcher, uint32_t height)
{
    return &watcher->hashes[height % PROM_WATCHER_HASHES_MAX];
}

static void push(prom_watcher *watcher, uint32_t height, const prom_bytes32 *hash)
{
    watcher->height = height;
    *hash_at(watcher, height) = *hash;
    watcher->hash_count += watcher->hash_count < PROM_WATCHER_HASHES_MAX;
}

prom_result prom_watcher_new(prom_watcher **watcher, prom_rpc *rpc, const prom_watcher_start *start, prom_error *error)
{
    *watcher = NULL;
    if (start->hash_count > (size_t)start->height + 1) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "there are no %zu blocks up to height %u", start->hash_count,
                         (unsigned)start->height);
    }
    prom_watcher *new = calloc(1, sizeof *new);
    if (new == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory for the last blocks' hashes");
    }
    new->rpc = rpc;
    new->network = start->network;
    new->height = start->height;
    new->needed = start->needed;
    new->date = start->date - start->now / 1000;
    new->peers_seen = -1;
    new->hash_count = start->hash_count < PROM_WATCHER_HASHES_MAX ? start->hash_count : PROM_WATCHER_HASHES_MAX;
    for (size_t i = 0; i < new->hash_count; i++) {
        *hash_at(new, start->height - (uint32_t)i) = start->hashes[i];
    }
    prom_chain_judge_unknown(&new->health, "bitcoind has not been asked yet");
    *watcher = new;
    return prom_ok();
}

void prom_watcher_free(prom_watcher **watcher)
{
    free(*watcher);
    *watcher = NULL;
}

const prom_chain_health *prom_watcher_health(const prom_watcher *watcher)
{
    return &watcher->health;
}

uint32_t prom_watcher_height(const prom_watcher *watcher)
{
    return watcher->height;
}

/* The hash of the block before the lowest one that is known, as bitcoind's header of that one has it. */
static prom_result find_previous(poll_state *poll, prom_bytes32 *previous)
{
    prom_watcher *watcher = poll->watcher;
    char shown[PROM_HEX32];
    json_auto_t *header = NULL;
    const prom_result result =
        prom_rpc_call(watcher->rpc, &header, "getblockheader",
                      json_pack("[s]", prom_hex32_reversed(shown, hash_at(watcher, watcher->height))), &poll->error);
    if (!prom_is_ok(result) && prom_rpc_last_failure(watcher->rpc).kind == PROM_RPC_REFUSED) {
        watcher->lost = true;
        poll->done = true;
        return prom_ok();
    }
    PROM_TRY(result);
    return prom_answer_hash(previous, json_object_get(header, "previousblockhash"))
               ? prom_ok()
               : prom_answer_unexpected("getblockheader", &poll->error);
}

static prom_result disconnect(poll_state *poll)
{
    prom_watcher *watcher = poll->watcher;
    prom_bytes32 previous = {{0}};
    if (watcher->hash_count == 1) {
        PROM_TRY(find_previous(poll, &previous));
        if (poll->done) {
            return prom_ok();
        }
    }
    if (!poll->calls->disconnected(poll->calls->context, watcher->height, hash_at(watcher, watcher->height))) {
        poll->done = true;
        return prom_ok();
    }
    watcher->height--; /* above 0: all chains of the network begin with one block */
    watcher->hash_count--;
    if (watcher->hash_count == 0) {
        push(watcher, watcher->height, &previous);
    }
    return prom_ok();
}

/* Tells the block unless the chain was reorganised since its hash was asked for: then the next poll sees what is. */
static prom_result tell_block(poll_state *poll, prom_arena *arena, prom_span bytes, const prom_bytes32 *hash)
{
    prom_watcher *watcher = poll->watcher;
    prom_watcher_block told = {.best = poll->info.height, .arena = arena};
    const uint32_t height = watcher->height + 1;
    PROM_TRY(prom_within(prom_index_block_read(arena, &told.block, bytes, height, &poll->error), &poll->error,
                         "block %u, of bitcoind", (unsigned)height));
    if (!prom_bytes32_equal(&told.block.hash, hash)) {
        return prom_fail(&poll->error, PROM_CATEGORY_IO, "bitcoind gave another block than was asked for as block %u",
                         (unsigned)height);
    }
    poll->done = !prom_bytes32_equal(&told.block.previous, hash_at(watcher, watcher->height));
    if (poll->done) {
        return prom_ok();
    }
    if (poll->calls->connected(poll->calls->context, &told)) {
        push(watcher, height, hash);
    } else {
        poll->done = true;
    }
    return prom_ok();
}

static prom_result connect(poll_state *poll)
{
    prom_watcher *watcher = poll->watcher;
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_bytes32 hash;
    prom_span bytes;
    if (poll->info.first_block > watcher->height + 1) { /* pruned away */
        poll->done = true;
        return prom_ok();
    }
    prom_arena_init(&arena, PROM_WATCHER_MEMORY_MAX);
    PROM_TRY(prom_chain_block_hash(watcher->rpc, &hash, watcher->height + 1, &poll->error));
    PROM_TRY(prom_chain_block(watcher->rpc, &arena, &bytes, &hash, &poll->error));
    poll->bytes += bytes.length;
    return tell_block(poll, &arena, bytes, &hash);
}

/* Where nothing is known of what is below, bitcoind's word is taken. */
static prom_result begin(poll_state *poll)
{
    prom_watcher *watcher = poll->watcher;
    prom_bytes32 hash;
    if (watcher->height > poll->info.height) {
        watcher->behind = true;
        poll->done = true;
        return prom_ok();
    }
    PROM_TRY(prom_chain_block_hash(watcher->rpc, &hash, watcher->height, &poll->error));
    push(watcher, watcher->height, &hash);
    return prom_ok();
}

/* Whether the last block that was told is not in bitcoind's chain; `behind` when that ends below. */
static prom_result find_fork(poll_state *poll, bool *forked)
{
    prom_watcher *watcher = poll->watcher;
    prom_bytes32 hash = poll->info.best;
    *forked = false;
    if (watcher->height >= poll->info.height) {
        *forked = knows(watcher, poll->info.height) &&
                  !prom_bytes32_equal(&poll->info.best, hash_at(watcher, poll->info.height));
        watcher->behind = !*forked && watcher->height > poll->info.height;
        poll->done = !*forked;
        return prom_ok();
    }
    PROM_TRY(prom_chain_block_hash(watcher->rpc, &hash, watcher->height, &poll->error));
    *forked = !prom_bytes32_equal(&hash, hash_at(watcher, watcher->height));
    return prom_ok();
}

static prom_result step(poll_state *poll)
{
    bool forked = false;
    if (poll->watcher->hash_count == 0) {
        return begin(poll);
    }
    PROM_TRY(find_fork(poll, &forked));
    if (poll->done) {
        return prom_ok();
    }
    return forked ? disconnect(poll) : connect(poll);
}

/* Since when bitcoind has had peers, so far as was seen. */
static double connected_seconds(prom_watcher *watcher, uint32_t connections, int64_t now)
{
    if (connections == 0) {
        watcher->peers_seen = -1;
        return -1;
    }
    if (watcher->peers_seen < 0 || now - watcher->peers_seen > PROM_WATCHER_BLIND_MILLISECONDS) {
        watcher->peers_since = now;
    }
    watcher->peers_seen = now;
    return (double)(now - watcher->peers_since) / 1000;
}

/* Looks, tells blocks, judges; `more` when it stopped at its limits. */
static prom_result look(poll_state *poll, int64_t now, bool *more)
{
    prom_watcher *watcher = poll->watcher;
    prom_chain_look seen = {.needed = watcher->needed};
    watcher->lost = false;
    watcher->behind = false;
    PROM_TRY(prom_chain_get_info(watcher->rpc, &poll->info, &poll->error));
    PROM_TRY(prom_chain_get_connections(watcher->rpc, &seen.connections, &poll->error));
    poll->done = prom_chain_is_foreign(&poll->info, watcher->network);
    while (!poll->done && poll->blocks < PROM_WATCHER_BLOCKS_MAX && poll->bytes < PROM_WATCHER_BYTES_MAX) {
        PROM_TRY(step(poll));
        poll->blocks++;
    }
    *more = !poll->done;
    seen.info = poll->info;
    seen.moment.now = watcher->date + now / 1000;
    seen.moment.connected_seconds = connected_seconds(watcher, seen.connections, now);
    seen.processed = watcher->height;
    seen.lost = watcher->lost;
    seen.behind = watcher->behind;
    prom_chain_judge(&watcher->health, &seen, watcher->network);
    return prom_ok();
}

bool prom_watcher_poll(prom_watcher *watcher, const prom_watcher_calls *calls, int64_t now)
{
    poll_state poll = {.watcher = watcher, .calls = calls};
    bool more = false;
    if (!prom_is_ok(look(&poll, now, &more))) {
        prom_chain_judge_unknown(&watcher->health, poll.error.sentence);
        more = false;
    }
    if ((!watcher->told || watcher->told_trouble != watcher->health.trouble) &&
        calls->health(calls->context, &watcher->health)) {
        watcher->told = true;
        watcher->told_trouble = watcher->health.trouble;
    }
    return more;
}
