/* The chain, as the watcher's thread tells it: from the last block that was taken on. */
#include <stdlib.h>
#include <string.h>

#include "node/beginning.h"
#include "node/incoming.h"
#include "system/clock.h"

enum { TELL_MILLISECONDS = 10000 }; /* from one word on how many blocks are left to the next */

/* -- Followers -- */

prom_result prom_node_start_follower(const prom_node *node, prom_follower *follower, const prom_fold *fold,
                                     uint32_t height, prom_error *error)
{
    prom_bytes32 *hashes = calloc(PROM_WATCHER_HASHES_MAX, sizeof *hashes);
    size_t count = 0;
    if (hashes == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    while (fold != NULL && count < PROM_WATCHER_HASHES_MAX && count <= height &&
           prom_index_block_hash(fold->index, &hashes[count], height - (uint32_t)count)) {
        count++;
    }
    const prom_watcher_thread_start start = {
        .start = {.network = node->network,
                  .height = height,
                  .hashes = hashes,
                  .hash_count = count,
                  .needed = UINT32_MAX, /* what was taken is on the disk: no block is asked for twice */
                  .date = prom_clock_date(),
                  .now = prom_clock_milliseconds()},
        .url = node->rpc_url,
        .cookie_file = node->cookie_file,
        .interval = node->poll_milliseconds,
    };
    const prom_result result = prom_watcher_thread_new(&follower->thread, &start, error);
    free(hashes);
    return result;
}

void prom_node_end_follower(prom_follower *follower)
{
    if (follower->waiting) {
        prom_watcher_event_free(&follower->event);
    }
    prom_watcher_thread_free(&follower->thread);
    *follower = (prom_follower){.thread = NULL};
}

const prom_watcher_event *prom_node_next_told(prom_follower *follower)
{
    if (!follower->waiting) {
        follower->waiting = prom_watcher_thread_next(follower->thread, &follower->event);
    }
    return follower->waiting ? &follower->event : NULL;
}

void prom_node_taken(prom_follower *follower)
{
    prom_watcher_event_free(&follower->event);
    follower->waiting = false;
}

void prom_node_note_left(const prom_node *node, prom_follower *follower, const prom_watcher_block *told,
                         const char *what)
{
    const int64_t now = prom_clock_milliseconds();
    follower->left = told->best > told->block.height ? told->best - told->block.height : 0;
    if (follower->left > 0 && now - follower->told >= TELL_MILLISECONDS) {
        follower->told = now;
        prom_node_report(node, PROM_REPORT_NOTE, 0, "%s: %u blocks are left", what, (unsigned)follower->left);
    }
}

prom_result prom_node_follow(prom_node *node, prom_error *error)
{
    node->read_due = true;
    return prom_node_start_follower(node, &node->follower, node->fold, prom_fold_tip(node->fold), error);
}

/* -- What is told -- */

static bool take_block(prom_node *node, const prom_watcher_event *event)
{
    prom_error reason;
    const bool connects = event->kind == PROM_WATCHER_CONNECTED;
    const prom_result taken = connects ? prom_node_connected(node, &event->told.block, &reason)
                                       : prom_node_disconnected(node, event->height, &reason);
    if (!prom_is_ok(taken)) {
        prom_node_report(node, PROM_REPORT_FAULT, 0, "a block could not be taken: %s", reason.sentence);
    } else if (connects) {
        node->connected = true;
        prom_node_note_left(node, &node->follower, &event->told, "the node catches up with the chain");
    }
    return prom_is_ok(taken);
}

static void take_health(prom_node *node, const prom_chain_health *health)
{
    if (health->in_step != node->health.in_step) {
        node->ticked = 0; /* what waited for that is done now, and not with the next block */
    }
    node->health = *health;
    node->lost = node->lost || (health->trouble == PROM_CHAIN_LOST && !node->connected);
    prom_node_report(node, health->trouble == PROM_CHAIN_FINE ? PROM_REPORT_NOTE : PROM_REPORT_ALARM, 0, "%s",
                     health->told.sentence);
}

static void take_answer(prom_node *node, const prom_watcher_event *event)
{
    (prom_node_is_round(&event->job)          ? prom_node_round_over
     : prom_node_is_mempool_look(&event->job) ? prom_node_mempool_seen
                                              : prom_node_answered)(node, &event->job);
}

/* What could not be taken stays at the front of the queue: no block is passed over. Answers pass it: a disk that has no
 * room for the block is no reason to publish nothing any more. */
bool prom_node_take_from_chain(prom_node *node)
{
    bool any = false;
    prom_watcher_event answer;
    while (prom_watcher_thread_answer(node->follower.thread, &answer)) {
        take_answer(node, &answer);
        prom_watcher_event_free(&answer);
        any = true;
    }
    for (const prom_watcher_event *event = NULL; (event = prom_node_next_told(&node->follower)) != NULL;) {
        if (event->kind == PROM_WATCHER_HEALTH) {
            take_health(node, &event->health);
        } else if (event->kind == PROM_WATCHER_DONE) {
            take_answer(node, event);
        } else if (!take_block(node, event)) {
            return any;
        }
        prom_node_taken(&node->follower);
        any = true;
    }
    return any;
}

/* -- Another chain than before -- */

/* What was asked of the chain that is given up is asked again. */
static void ask_again(prom_node *node)
{
    node->publishing = false;
    node->publications_due = true;
    for (size_t i = 0; i < node->channel_count; i++) {
        node->channels[i]->under_way_count = 0;
        node->channels[i]->wants_due = true;
    }
}

prom_result prom_node_follow_anew(prom_node *node, prom_error *error)
{
    prom_fold *fold = NULL;
    PROM_TRY(prom_fold_new(node, &fold, node->network->first_block, error));
    prom_node_report(node, PROM_REPORT_ALARM, 0,
                     "bitcoind knows no block that was taken here, nor where they left its chain: the chain is read "
                     "anew from block %u on, and nothing is done before that is over",
                     (unsigned)node->network->first_block);
    prom_node_end_follower(&node->follower);
    prom_node_end_follower(&node->reader);
    prom_node_drop_incoming(node);
    prom_fold_free(node->fold);
    prom_fold_free(node->behind);
    node->fold = fold;
    node->behind = NULL;
    node->best_tip = prom_fold_tip(fold);
    prom_node_unkept(node);
    prom_node_look_at_offers(node);
    node->lost = false;
    node->caught_up = false;
    ask_again(node);
    return prom_node_follow(node, error);
}

/* A fold that was begun anew does not know blocks that channels have seen, and a step would take those for gone: no
 * channel does anything before it does. Where bitcoind's chain has become shorter meanwhile, its last blocks are gone
 * indeed. */
bool prom_node_has_caught_up(prom_node *node)
{
    prom_store_block top;
    prom_error reason;
    bool found = false;
    if (node->caught_up) {
        return true;
    }
    prom_result result = prom_store_block_top(node->store, &top, &found, &reason);
    if (prom_is_ok(result) && found && top.height > node->best_tip && node->health.in_step) {
        result = prom_node_disconnected(node, node->best_tip + 1, &reason);
        found = false;
    }
    if (!prom_is_ok(result)) {
        prom_node_report(node, PROM_REPORT_FAULT, 0, "%s", reason.sentence);
    }
    node->caught_up = prom_is_ok(result) && (!found || top.height <= node->best_tip);
    return node->caught_up;
}
