/* Announcements of arbiters: what we were told is checked once, by its signature, and again with every block against
 * the chain: no channel sees an announcement of an offer that is not there. */
#include <string.h>

#include "node/state.h"

static prom_result copy(prom_node *node, const prom_announcement *announcement, prom_error *error)
{
    prom_announcement *made = &node->told[node->told_count];
    *made = *announcement;
    PROM_TRY(prom_span_copy(&node->arena, &made->address, announcement->address, error));
    node->told_count++;
    return prom_ok();
}

prom_result prom_node_take_announcements(prom_node *node, const prom_announcement *told, size_t count,
                                         prom_error *error)
{
    PROM_TRY_NEW(node->told, &node->arena, count, error);
    PROM_TRY_NEW(node->announced, &node->arena, count, error);
    for (size_t i = 0; i < count; i++) {
        PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
        prom_error reason;
        prom_arena_init(&arena, PROM_NODE_STEP_MEMORY);
        const prom_result is_signed = prom_announcement_signed(node->curve, &arena, &told[i], &reason);
        if (prom_is_ok(is_signed)) {
            PROM_TRY(copy(node, &told[i], error));
        } else {
            prom_node_report(node, PROM_REPORT_REFUSED, 0, "an announcement is passed over: %s", reason.sentence);
        }
    }
    return prom_ok();
}

/* The offer is on the chain, nobody has spent it, and it is the announcement's. */
static bool can_be_asked(const prom_node *node, const prom_announcement *told)
{
    const prom_index_record *offer = prom_index_find(node->fold->index, PROM_INDEX_OFFER, &told->offer.txid);
    return offer != NULL && told->offer.index == 0 && offer->offer.fate == PROM_OFFER_UNSPENT &&
           prom_bytes32_equal(&offer->p_txid, &told->p_txid) && prom_bytes32_equal(&offer->offer.key, &told->Q);
}

void prom_node_look_at_offers(prom_node *node)
{
    node->announced_count = 0;
    for (size_t i = 0; i < node->told_count; i++) {
        if (can_be_asked(node, &node->told[i])) {
            node->announced[node->announced_count++] = node->told[i];
        }
    }
}
