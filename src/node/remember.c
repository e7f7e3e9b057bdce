/* What steps leave behind besides facts: messages for the outbox, hashes that no other contract may have, draws that
 * were given up, and what the owner is told. */
#include <stdlib.h>
#include <string.h>

#include "node/beginning.h"

prom_result prom_node_note_seen(prom_node *node, const prom_bytes32 *hash, uint64_t channel, prom_error *error)
{
    struct seen_hashes *seen = &node->seen;
    if (seen->count == seen->room) {
        const size_t room = seen->room == 0 ? 64 : 2 * seen->room;
        struct seen_hash *grown = realloc(seen->items, room * sizeof *grown);
        if (grown == NULL) {
            return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
        }
        seen->items = grown;
        seen->room = room;
    }
    seen->items[seen->count++] = (struct seen_hash){*hash, channel};
    return prom_ok();
}

static prom_result see(prom_node *node, uint64_t channel, const prom_bytes32 *hash, prom_error *error)
{
    static const prom_bytes32 none;
    if (prom_bytes32_equal(hash, &none)) {
        return prom_ok();
    }
    PROM_TRY(prom_store_hash_add(node->store, hash, channel, error));
    return prom_node_note_seen(node, hash, channel, error);
}

/* protocol 6: h, k_h and every key of terms that we sign. */
static prom_result see_terms(prom_node *node, const prom_node_channel *channel, prom_error *error)
{
    const prom_channel *its = channel->channel;
    const prom_terms *terms = &its->terms;
    const uint64_t number = channel->record.number;
    PROM_TRY(see(node, number, &terms->h, error));
    PROM_TRY(see(node, number, &terms->k_h, error));
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        PROM_TRY(see(node, number, &terms->parties[i].key, error));
        PROM_TRY(see(node, number, &terms->parties[i].joint_key, error));
        PROM_TRY(see(node, number, &terms->parties[i].seal_key, error));
    }
    for (size_t i = 0; i < terms->arbiter_count; i++) {
        PROM_TRY(see(node, number, &terms->arbiters[i].key, error));
        PROM_TRY(see(node, number, &terms->arbiters[i].joint_key, error));
    }
    return prom_ok();
}

static prom_result remember_draw(prom_node *node, const prom_node_channel *channel, prom_arena *arena,
                                 prom_error *error)
{
    prom_node_report(node, PROM_REPORT_NOTE, channel->record.number,
                     "the setup ended after its draw, which binds the same three for %u blocks", PROM_DRAW_MEMORY);
    return prom_node_remember_draw(node, channel, arena, error);
}

prom_result prom_node_take_output(prom_node *node, prom_node_channel *channel, prom_arena *arena,
                                  const prom_output *output, prom_span body, prom_error *error)
{
    switch (output->kind) {
    case PROM_OUTPUT_SEND:
        return prom_node_post(node, channel, output, body, error);
    case PROM_OUTPUT_REMEMBER:
        return remember_draw(node, channel, arena, error);
    case PROM_OUTPUT_SEEN:
        return see_terms(node, channel, error);
    case PROM_OUTPUT_ALARM:
        prom_node_report(node, PROM_REPORT_ALARM, channel->record.number, "%s", output->text);
        return prom_ok();
    case PROM_OUTPUT_NOTE:
        prom_node_report(node, PROM_REPORT_NOTE, channel->record.number, "%s", output->text);
        return prom_ok();
    }
    return prom_fail(error, PROM_CATEGORY_BROKEN, "an output of no known kind");
}
