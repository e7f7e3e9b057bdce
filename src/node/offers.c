/* Announcements of arbiters, others' and our own: what we were told is checked once, by its signature, and again with
 * every block against the chain: no channel sees an announcement of an offer that is not there. */
#include <string.h>

#include "node/beginning.h"

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
    node->told_count = 0;
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
    return prom_node_take_offers(node, NULL, 0, error);
}

/* The offer is on the chain, nobody has spent it, and it is the announcement's. */
static bool can_be_asked(const prom_node *node, const prom_announcement *told)
{
    const prom_index_record *offer = prom_index_find(node->fold->index, PROM_INDEX_OFFER, &told->offer.txid);
    return offer != NULL && told->offer.index == 0 && offer->offer.fate == PROM_OFFER_UNSPENT &&
           prom_bytes32_equal(&offer->p_txid, &told->p_txid) && prom_bytes32_equal(&offer->offer.key, &told->Q);
}

/* A list with room for so many; what the arena holds of shorter ones is together no more than the longest. */
static prom_result make_room(prom_node *node, prom_announcement **list, size_t *room, size_t count, size_t needed,
                             prom_error *error)
{
    prom_announcement *grown = NULL;
    if (needed <= *room) {
        return prom_ok();
    }
    const size_t more = needed < 2 * *room ? 2 * *room : needed;
    PROM_TRY_NEW(grown, &node->arena, more, error);
    if (count > 0) {
        memcpy(grown, *list, count * sizeof *grown);
    }
    *list = grown;
    *room = more;
    return prom_ok();
}

prom_result prom_node_take_offers(prom_node *node, const prom_announcement *own, size_t count, prom_error *error)
{
    const size_t all = node->offer_count + count;
    PROM_TRY(make_room(node, &node->offers, &node->offer_room, node->offer_count, all, error));
    PROM_TRY(make_room(node, &node->announced, &node->announced_room, 0, node->told_count + all, error));
    for (size_t i = 0; i < count; i++) {
        prom_announcement *made = &node->offers[node->offer_count];
        if (prom_node_offer_of(node, &own[i].offer) != NULL) {
            continue;
        }
        *made = own[i];
        PROM_TRY(prom_span_copy(&node->arena, &made->address, own[i].address, error));
        node->offer_count++;
    }
    prom_node_look_at_offers(node);
    return prom_ok();
}

const prom_announcement *prom_node_offer_of(const prom_node *node, const prom_outpoint *offer)
{
    for (size_t i = 0; i < node->offer_count; i++) {
        if (prom_outpoint_equal(&node->offers[i].offer, offer)) {
            return &node->offers[i];
        }
    }
    return NULL;
}

/* Whatever database we were started with, the chain says it. */
bool prom_node_is_offer(const prom_node *node, const prom_outpoint *outpoint)
{
    return prom_node_offer_of(node, outpoint) != NULL ||
           (outpoint->index == 0 && prom_index_find(node->fold->index, PROM_INDEX_OFFER, &outpoint->txid) != NULL);
}

static void look_at(prom_node *node, const prom_announcement *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (can_be_asked(node, &list[i])) {
            node->announced[node->announced_count++] = list[i];
        }
    }
}

void prom_node_look_at_offers(prom_node *node)
{
    node->announced_count = 0;
    look_at(node, node->offers, node->offer_count);
    look_at(node, node->told, node->told_count);
}
