/* Announcements of arbiters, others' and our own: what we were told is checked once, by its signature, and again with
 * every block against the chain: no channel sees an announcement of an offer that is not there. */
#include <stdlib.h>
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
    PROM_TRY(
        make_room(node, &node->announced, &node->announced_room, 0, node->told_count + node->heard_count + all, error));
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
    for (size_t i = 0; i < node->heard_count; i++) {
        look_at(node, &node->heard[i].announcement, 1);
    }
}

/* -- What guests hear -- */

static bool is_known(const prom_node *node, const prom_announcement *announcement)
{
    for (size_t i = 0; i < node->announced_count; i++) {
        if (prom_outpoint_equal(&node->announced[i].offer, &announcement->offer)) {
            return true;
        }
    }
    return false;
}

static size_t count_heard(const prom_node *node, const prom_bytes32 *p_txid)
{
    size_t count = 0;
    for (size_t i = 0; i < node->heard_count; i++) {
        count += prom_bytes32_equal(&node->heard[i].announcement.p_txid, p_txid);
    }
    return count;
}

static void put(prom_heard_offer *place, const prom_announcement *announcement)
{
    place->announcement = *announcement;
    memcpy(place->address, announcement->address.data, announcement->address.length);
    place->announcement.address = prom_span_of(place->address, announcement->address.length);
}

static void drop(prom_node *node, size_t number)
{
    node->heard_count--;
    if (number < node->heard_count) {
        const prom_heard_offer last = node->heard[node->heard_count];
        put(&node->heard[number], &last.announcement);
    }
}

static void drop_spent(prom_node *node)
{
    for (size_t i = node->heard_count; i > 0; i--) {
        if (!can_be_asked(node, &node->heard[i - 1].announcement)) {
            drop(node, i - 1);
        }
    }
}

static bool has_room(const prom_node *node, const prom_bytes32 *p_txid)
{
    return node->heard_count < PROM_NODE_HEARD_MAX && count_heard(node, p_txid) < PROM_NODE_HEARD_OF_ONE_MAX;
}

/* Room for one more of this P. */
static prom_result make_room_to_hear(prom_node *node, const prom_bytes32 *p_txid, prom_error *error)
{
    if (!has_room(node, p_txid)) {
        drop_spent(node);
    }
    if (!has_room(node, p_txid)) {
        return prom_fail(error, PROM_CATEGORY_PEER,
                         "as many offers are announced as are kept: %u of one P, and %u in all",
                         PROM_NODE_HEARD_OF_ONE_MAX, PROM_NODE_HEARD_MAX);
    }
    if (node->heard_count == node->heard_room) {
        const size_t room = node->heard_room == 0 ? 16 : 2 * node->heard_room;
        prom_heard_offer *grown = calloc(room, sizeof *grown);
        if (grown == NULL) {
            return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
        }
        for (size_t i = 0; i < node->heard_count; i++) {
            put(&grown[i], &node->heard[i].announcement);
        }
        free(node->heard);
        node->heard = grown;
        node->heard_room = room;
    }
    return make_room(node, &node->announced, &node->announced_room, 0,
                     node->told_count + node->offer_count + node->heard_count + 1, error);
}

static prom_result hear(prom_node *node, const prom_announcement *announcement, bool *fresh, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_arena_init(&arena, PROM_NODE_STEP_MEMORY);
    if (is_known(node, announcement)) {
        return prom_ok();
    }
    if (!can_be_asked(node, announcement) || announcement->address.length > PROM_ADDRESS_MAX) {
        return prom_fail(error, PROM_CATEGORY_PEER, "an announcement is of no offer that stands on the chain");
    }
    PROM_TRY(prom_announcement_signed(node->curve, &arena, announcement, error));
    PROM_TRY(make_room_to_hear(node, &announcement->p_txid, error));
    put(&node->heard[node->heard_count++], announcement);
    *fresh = true;
    return prom_ok();
}

prom_result prom_node_hear(prom_node *node, const prom_announcement *announcement, bool *fresh, prom_error *error)
{
    *fresh = false;
    const prom_result heard = hear(node, announcement, fresh, error);
    prom_node_look_at_offers(node); /* it points into a list that may lie elsewhere now */
    return heard;
}

void prom_node_unhear(prom_node *node, const prom_bytes32 *p_txid)
{
    for (size_t i = node->heard_count; i > 0; i--) {
        if (prom_bytes32_equal(&node->heard[i - 1].announcement.p_txid, p_txid)) {
            drop(node, i - 1);
        }
    }
    prom_node_look_at_offers(node);
}

const prom_announcement *prom_node_heard_at(const prom_node *node, size_t number)
{
    return number < node->heard_count ? &node->heard[number].announcement : NULL;
}
