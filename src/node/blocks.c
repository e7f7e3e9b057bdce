/* Blocks that come and go: into the fold, and to the channels whose outputs they touch. One transaction holds what a
 * block changes in the fold and in all channels, with the block itself, so that a restart goes on with the next one. */
#include <stdlib.h>
#include <string.h>

#include "node/beginning.h"
#include "system/clock.h"

enum { WAIT_MILLISECONDS = 10 * 60 * 1000 }; /* about the time of a block */

/* -- Whose outputs a block touches -- */

struct watched {
    prom_outpoint outpoint;
    size_t channel;
};

static int compare_outpoints(const prom_outpoint *a, const prom_outpoint *b)
{
    const int order = prom_bytes32_compare_vartime(&a->txid, &b->txid);
    return order != 0 ? order : (a->index > b->index) - (a->index < b->index);
}

static int compare_watched(const void *a, const void *b)
{
    return compare_outpoints(&((const struct watched *)a)->outpoint, &((const struct watched *)b)->outpoint);
}

struct watch_list {
    struct watched *items;
    size_t count;
};

/* All outputs that matter to some channel, in order. */
static prom_result list_watched(const prom_node *node, prom_arena *arena, struct watch_list *list, prom_error *error)
{
    PROM_TRY_NEW(list->items, arena, node->channel_count * PROM_WATCHED_MAX, error);
    list->count = 0;
    for (size_t i = 0; i < node->channel_count; i++) {
        prom_outpoint own[PROM_WATCHED_MAX];
        const prom_channel *channel = node->channels[i]->channel;
        const size_t count = channel == NULL ? 0 : prom_channel_watched(channel, own);
        for (size_t j = 0; j < count; j++) {
            list->items[list->count++] = (struct watched){own[j], i};
        }
    }
    if (list->count > 0) {
        qsort(list->items, list->count, sizeof *list->items, compare_watched);
    }
    return prom_ok();
}

/* Of each channel the block's transactions that touch it. */
struct touched {
    const prom_tx **txs;
    size_t count;
    size_t room;
};

static prom_result add_touching(prom_arena *arena, struct touched *touched, const prom_tx *tx, prom_error *error)
{
    if (touched->count > 0 && touched->txs[touched->count - 1] == tx) {
        return prom_ok();
    }
    if (touched->count == touched->room) {
        const prom_tx **grown = NULL;
        touched->room = touched->room == 0 ? 4 : 2 * touched->room;
        PROM_TRY_NEW(grown, arena, touched->room, error);
        if (touched->count > 0) {
            memcpy(grown, touched->txs, touched->count * sizeof *grown);
        }
        touched->txs = grown;
    }
    touched->txs[touched->count++] = tx;
    return prom_ok();
}

/* The first entry of an output in the list; several channels of ours may be of one contract. */
static size_t first_of(const struct watch_list *list, const prom_outpoint *outpoint)
{
    size_t low = 0;
    size_t high = list->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (compare_outpoints(&list->items[middle].outpoint, outpoint) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static prom_result find_touched(prom_arena *arena, struct touched *touched, const struct watch_list *list,
                                const prom_index_block *block, prom_error *error)
{
    for (size_t i = 0; i < block->tx_count && list->count > 0; i++) {
        const prom_tx *tx = block->txs[i];
        for (size_t j = 0; j < tx->input_count; j++) {
            const prom_outpoint *spent = &tx->inputs[j].outpoint;
            for (size_t k = first_of(list, spent);
                 k < list->count && prom_outpoint_equal(&list->items[k].outpoint, spent); k++) {
                PROM_TRY(add_touching(arena, &touched[list->items[k].channel], tx, error));
            }
        }
    }
    return prom_ok();
}

/* -- Connecting -- */

/* A block that matters to a channel must not be passed over because of a moment's trouble: it is told again, until the
 * channel is frozen. Whatever that does with it then, the others do not wait for it. */
static prom_result judge_fault(const prom_node_channel *channel, const prom_node_step *step, bool matters,
                               prom_error *error)
{
    const bool frozen = channel->channel == NULL || channel->failures > PROM_NODE_FAILURES_MAX;
    return !step->failed || !matters || frozen
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BROKEN, "a channel could not take it: %.200s", step->reason.sentence);
}

static prom_result tell_channels(prom_node *node, const struct touched *touched, uint32_t height, prom_error *error)
{
    for (size_t i = 0; i < node->channel_count; i++) {
        prom_node_step step;
        const bool touches = touched[i].count > 0;
        const prom_event event = {.kind = touches ? PROM_EVENT_BLOCK : PROM_EVENT_TIME,
                                  .as.block = {height, touched[i].txs, touched[i].count}};
        PROM_TRY(prom_node_take(node, node->channels[i], &step, &event, error));
        PROM_TRY(judge_fault(node->channels[i], &step, touches, error));
        node->channels[i]->wants_due = true; /* time has passed, whatever the step changed */
    }
    return prom_ok();
}

/* Everything that a failed transaction would have written is read again from the disk. */
void prom_node_all_stale(prom_node *node)
{
    for (size_t i = 0; i < node->channel_count; i++) {
        node->channels[i]->stale = true;
    }
}

/* While `fold` is not of all blocks, behind.c writes. */
static bool keeps(const prom_node *node)
{
    return node->behind == NULL && prom_node_keeps(node);
}

static prom_result in_transaction(prom_node *node, prom_node_act *act, void *context, prom_error *error)
{
    const bool kept = keeps(node);
    const prom_result result = prom_node_transact(node, act, context, error);
    if (!prom_is_ok(result)) {
        prom_node_all_stale(node);
    } else if (kept) {
        prom_node_has_kept(node);
    }
    return result;
}

/* Whether blocks wait for a channel that cannot be read: they would pass it by for good. For want of memory, or of a
 * disk that works, that is no state to last; what is damaged stays so, and the others do not wait for it. */
static bool is_waited_for(prom_node_channel *channel, prom_result loaded)
{
    const int64_t now = prom_clock_milliseconds();
    const bool may_pass = loaded.category == PROM_CATEGORY_MEMORY || loaded.category == PROM_CATEGORY_IO;
    channel->unread_since = prom_is_ok(loaded) ? 0 : channel->unread_since == 0 ? now : channel->unread_since;
    return may_pass && now - channel->unread_since < WAIT_MILLISECONDS;
}

/* A channel whose last step failed is read again first: what it watches is what its facts on the disk say. */
static prom_result refresh_all(prom_node *node, prom_error *error)
{
    for (size_t i = 0; i < node->channel_count; i++) {
        prom_node_channel *channel = node->channels[i];
        const prom_result loaded = prom_node_refresh(node, channel, error);
        if (is_waited_for(channel, loaded)) {
            return loaded;
        }
        if (!prom_is_ok(loaded)) {
            prom_node_report(node, PROM_REPORT_ALARM, channel->record.number,
                             "the channel cannot be read, and a block passes it by: %s", error->sentence);
        }
    }
    return prom_ok();
}

static prom_result keep(prom_node *node, prom_error *error)
{
    return keeps(node) ? prom_node_keep(node, error) : prom_ok();
}

static prom_result write_fold(prom_node *node, void *context, prom_error *error)
{
    (void)context;
    return keep(node, error);
}

struct connecting {
    const struct touched *touched;
    const prom_index_block *block;
};

static prom_result write_connected(prom_node *node, void *context, prom_error *error)
{
    const struct connecting *connecting = context;
    const prom_store_block added = {connecting->block->height, connecting->block->hash};
    PROM_TRY(keep(node, error));
    PROM_TRY(prom_store_block_add(node->store, &added, error));
    PROM_TRY(prom_store_own_tip(node->store, &node->own_tip, error));
    PROM_TRY(prom_node_forget_draws(node, error));
    return tell_channels(node, connecting->touched, connecting->block->height, error);
}

static prom_result connect_to_channels(prom_node *node, const prom_index_block *block, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    struct watch_list list;
    struct touched *touched = NULL;
    prom_arena_init(&arena, PROM_NODE_STEP_MEMORY);
    PROM_TRY(refresh_all(node, error));
    PROM_TRY_NEW(touched, &arena, node->channel_count + 1, error);
    PROM_TRY(list_watched(node, &arena, &list, error));
    PROM_TRY(find_touched(&arena, touched, &list, block, error));
    struct connecting connecting = {touched, block};
    const uint32_t before = node->own_tip;
    const prom_result written = in_transaction(node, write_connected, &connecting, error);
    node->own_tip = prom_is_ok(written) ? node->own_tip : before; /* nothing is dated by what the disk does not have */
    return written;
}

/* -- Disconnecting -- */

static prom_result write_disconnected(prom_node *node, void *context, prom_error *error)
{
    const prom_store_block *top = context;
    PROM_TRY(keep(node, error));
    PROM_TRY(prom_store_block_undo(node->store, &top->hash, error));
    for (size_t i = 0; i < node->channel_count; i++) {
        prom_node_step step;
        const prom_event event = {.kind = PROM_EVENT_UNBLOCK, .as.unblock = top->height};
        PROM_TRY(prom_node_take(node, node->channels[i], &step, &event, error));
        PROM_TRY(judge_fault(node->channels[i], &step, true, error));
        node->channels[i]->wants_due = true;
    }
    return prom_ok();
}

/* Takes back what was taken at this height and above: another block has its place. */
static prom_result disconnect_down_to(prom_node *node, uint32_t height, prom_error *error)
{
    for (;;) {
        prom_store_block top;
        bool found = false;
        PROM_TRY(prom_store_block_top(node->store, &top, &found, error));
        if (!found || top.height < height) {
            return prom_ok();
        }
        PROM_TRY(in_transaction(node, write_disconnected, &top, error));
    }
}

/* -- What the watcher tells -- */

/* Whether the channels have taken this very block already: then the fold alone, which was begun anew, still has to. */
static prom_result is_taken(prom_node *node, bool *taken, const prom_index_block *block, prom_error *error)
{
    prom_store_block top;
    prom_store_block at;
    bool found = false;
    *taken = false;
    PROM_TRY(prom_store_block_top(node->store, &top, &found, error));
    if (!found || block->height > top.height) {
        return prom_ok();
    }
    PROM_TRY(prom_store_block_at(node->store, &at, &found, block->height, error));
    /* So deep that its hash is forgotten: a reorganisation of a thousand blocks is beyond what anybody defends. */
    *taken = !found || prom_bytes32_equal(&at.hash, &block->hash);
    return *taken ? prom_ok() : disconnect_down_to(node, block->height, error);
}

static prom_result take_connected(prom_node *node, const prom_index_block *block, prom_error *error)
{
    bool taken = false;
    PROM_TRY(prom_node_follow_draws(node, block, error)); /* told again, it finds the same once more */
    PROM_TRY(is_taken(node, &taken, block, error));
    return taken ? in_transaction(node, write_fold, NULL, error) : connect_to_channels(node, block, error);
}

/* The fold goes first in either direction: a channel that takes a block, or the loss of one, sees the chain so. */
static void take_tip(prom_node *node)
{
    node->best_tip = prom_fold_tip(node->fold);
    if (node->behind == NULL) {
        prom_node_unkept(node);
    }
    prom_node_look_at_offers(node);
}

prom_result prom_node_connected(prom_node *node, const prom_index_block *block, prom_error *error)
{
    PROM_TRY(prom_fold_connect(node->fold, block, error));
    take_tip(node);
    prom_result result = prom_fold_watch(node, prom_coins_seen(node->fold->coins), error);
    result = prom_is_ok(result) ? take_connected(node, block, error) : result;
    if (!prom_is_ok(result)) {
        prom_fold_disconnect(node->fold); /* it is told again */
        take_tip(node);
    } else if (prom_index_full_since(node->fold->index) == block->height) {
        prom_node_report(node, PROM_REPORT_ALARM, 0,
                         "block %u has records for which there is no room beside the %u that are kept: open contracts "
                         "are defended, and none is begun",
                         (unsigned)block->height, PROM_INDEX_RECORDS_MAX);
    }
    return result;
}

/* Told again after a failure, the fold is without it already. */
prom_result prom_node_disconnected(prom_node *node, uint32_t height, prom_error *error)
{
    if (prom_fold_tip(node->fold) == height) {
        prom_fold_disconnect(node->fold);
        take_tip(node);
    }
    return disconnect_down_to(node, height, error);
}
