/* A bitcoind that has deleted old blocks: no contract is begun with it, as the offers and our coins of then are not
 * seen; but open contracts are followed from where they were, by a chain that begins late. */
#include <stdio.h>

#include "node/state.h"
#include "system/clock.h"

/* So far below the last block that was taken: a reorganisation goes no deeper (docs/protocol.md). */
enum { DEPTH = 100 };

#define INDEX_MEMORY ((size_t)1 << 30)

prom_result prom_node_follow(prom_node *node, uint32_t first, prom_error *error)
{
    const prom_watcher_thread_start start = {
        .start = {.network = node->network,
                  .height = first - 1,
                  .needed = first,
                  .date = prom_clock_date(),
                  .now = prom_clock_milliseconds()},
        .url = node->rpc_url,
        .cookie_file = node->cookie_file,
        .interval = node->poll_milliseconds,
    };
    return prom_watcher_thread_new(&node->watcher, &start, error);
}

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

prom_result prom_node_follow_late(prom_node *node, prom_error *error)
{
    prom_store_block top;
    bool found = false;
    PROM_TRY(prom_store_block_top(node->store, &top, &found, error));
    if (!found || node->channel_count == 0 || top.height <= node->network->first_block + DEPTH) {
        return prom_ok(); /* there is nothing to defend */
    }
    const uint32_t first = top.height - DEPTH;
    prom_watcher_thread_free(&node->watcher);
    prom_arena_free(&node->index_arena);
    prom_arena_init(&node->index_arena, INDEX_MEMORY);
    PROM_TRY(prom_index_new(&node->index_arena, &node->index, node->curve, node->network, first, error));
    prom_node_report(node, PROM_REPORT_ALARM, 0,
                     "bitcoind has deleted blocks, so no contract is begun; open ones are defended with its blocks "
                     "from %u on: give this node one that keeps all blocks",
                     (unsigned)first);
    ask_again(node);
    return prom_node_follow(node, first, error);
}
