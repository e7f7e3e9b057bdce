/* Own transactions: loaded, kept, looked at, and published until they are in a block. What each spends is not free, and
 * whether it waits, is mined, or is lost to another one follows from the wallet's coins: a reorganisation needs no
 * word.
 */
#include "node/own.h"

#include <stdlib.h>
#include <string.h>

#include "node/beginning.h"

static const char *const names[PROM_OWN_PURPOSES] = {
    [PROM_OWN_PARAMETERS] = "P", [PROM_OWN_OFFER] = "offer", [PROM_OWN_WITHDRAWAL] = "withdrawal"};

const char *prom_own_name(prom_own_purpose purpose)
{
    return purpose < PROM_OWN_PURPOSES ? names[purpose] : "unknown";
}

/* -- The list -- */

static prom_result make_room(prom_node *node, prom_error *error)
{
    if (node->own_count < node->own_room) {
        return prom_ok();
    }
    const size_t room = node->own_room == 0 ? 8 : 2 * node->own_room;
    prom_kept_own *grown = realloc(node->own, room * sizeof *grown);
    if (grown == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    node->own = grown;
    node->own_room = room;
    return prom_ok();
}

static prom_result take_announcement(prom_node *node, prom_span bytes, prom_error *error)
{
    prom_announcement announcement;
    PROM_TRY(prom_announcement_read(&announcement, bytes, error));
    return prom_node_take_offers(node, &announcement, 1, error);
}

/* The spans lie in the node's arena. */
static prom_result note(prom_node *node, const prom_store_own *stored, prom_error *error)
{
    prom_kept_own *own = NULL;
    PROM_TRY(make_room(node, error));
    own = &node->own[node->own_count];
    *own = (prom_kept_own){.number = stored->number,
                           .purpose = (prom_own_purpose)stored->purpose,
                           .txid = stored->txid,
                           .fee = prom_amount_of(stored->fee)};
    PROM_TRY(prom_span_copy(&node->arena, &own->bytes, stored->bytes, error));
    PROM_TRY(prom_tx_parse(&node->arena, &own->tx, own->bytes, error));
    if (own->purpose >= PROM_OWN_PURPOSES || own->tx->output_count == 0) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "the store holds a transaction that this program never made");
    }
    PROM_TRY(stored->announcement.length == 0 ? prom_ok() : take_announcement(node, stored->announcement, error));
    node->own_count++;
    return prom_ok();
}

static prom_result load_one(void *context, const prom_store_own *stored, prom_error *error)
{
    return note(context, stored, error);
}

/* One that cannot be read is no reason to defend nothing. */
prom_result prom_node_load_own(prom_node *node, prom_error *error)
{
    const prom_result loaded = prom_store_own_each(node->store, load_one, node, error);
    if (loaded.category != PROM_CATEGORY_BROKEN && loaded.category != PROM_CATEGORY_PEER &&
        loaded.category != PROM_CATEGORY_BAD_INPUT) {
        return loaded;
    }
    prom_node_report(node, PROM_REPORT_ALARM, 0, "transactions of our own cannot be read, and are not published: %s",
                     error->sentence);
    return prom_ok();
}

/* -- Keeping -- */

static prom_result write_one(prom_node *node, void *context, prom_error *error)
{
    const prom_store_own *own = context;
    const prom_coins_used used = {.own = own->number + 1};
    PROM_TRY(prom_store_used_raise(node->store, &used, error));
    return prom_store_own_add(node->store, own, error);
}

prom_result prom_node_keep_own(prom_node *node, prom_store_own *own, prom_error *error)
{
    PROM_TRY(prom_fold_watch(node, (prom_coins_used){.own = own->number + 1}, error));
    node->used.own = own->number; /* until the disk has it */
    PROM_TRY(prom_node_transact(node, write_one, own, error));
    node->used.own = own->number + 1;
    node->publications_due = true;
    prom_node_backup_due(node);
    return note(node, own, error);
}

/* -- What the chain says of them -- */

/* Its last output is our change, whose key is watched. */
static const prom_wallet_coin *change_of(const prom_node *node, const prom_kept_own *own)
{
    const prom_outpoint change = {own->txid, (uint32_t)own->tx->output_count - 1};
    return prom_coins_any(node->fold->coins, &change);
}

prom_own_state prom_node_own_state(const prom_node *node, const prom_kept_own *own)
{
    if (change_of(node, own) != NULL) {
        return PROM_OWN_MINED;
    }
    for (size_t i = 0; i < own->tx->input_count; i++) {
        const prom_wallet_coin *spent = prom_coins_any(node->fold->coins, &own->tx->inputs[i].outpoint);
        if (spent != NULL && spent->spent != 0) {
            return PROM_OWN_LOST;
        }
    }
    return PROM_OWN_WAITS;
}

bool prom_node_own_spends(const prom_node *node, const prom_outpoint *outpoint)
{
    for (size_t i = 0; i < node->own_count; i++) {
        const prom_kept_own *own = &node->own[i];
        for (size_t j = 0; j < own->tx->input_count; j++) {
            if (prom_outpoint_equal(&own->tx->inputs[j].outpoint, outpoint)) {
                if (prom_node_own_state(node, own) == PROM_OWN_WAITS) {
                    return true;
                }
            }
        }
    }
    return false;
}

void prom_node_own_free(prom_node *node)
{
    free(node->own);
    node->own = NULL;
    node->own_count = node->own_room = 0;
}

/* -- For the owner -- */

static prom_result show(const prom_node *node, prom_arena *arena, prom_own_tx *shown, const prom_kept_own *own,
                        prom_error *error)
{
    const prom_wallet_coin *change = change_of(node, own);
    size_t weight = 0;
    *shown = (prom_own_tx){.number = own->number,
                           .purpose = own->purpose,
                           .txid = own->txid,
                           .fee = own->fee,
                           .locks = own->purpose == PROM_OWN_OFFER ? own->tx->outputs[0].value : prom_amount_zero(),
                           .change = own->tx->outputs[own->tx->output_count - 1].value,
                           .state = prom_node_own_state(node, own),
                           .height = change != NULL ? change->height : 0};
    PROM_TRY(prom_tx_weight(arena, &weight, own->tx, error));
    shown->vsize = prom_vsize(weight);
    return prom_span_copy(arena, &shown->bytes, own->bytes, error);
}

prom_result prom_node_list_own(const prom_node *node, prom_arena *arena, prom_own_tx **list, size_t *count,
                               prom_error *error)
{
    *count = 0;
    PROM_TRY_NEW(*list, arena, node->own_count, error);
    for (size_t i = 0; i < node->own_count; i++) {
        PROM_TRY(show(node, arena, &(*list)[i], &node->own[i], error));
        ++*count;
    }
    return prom_ok();
}

prom_result prom_node_list_offers(const prom_node *node, prom_arena *arena, prom_own_offer **list, size_t *count,
                                  prom_error *error)
{
    *count = 0;
    PROM_TRY_NEW(*list, arena, node->offer_count, error);
    for (size_t i = 0; i < node->offer_count; i++) {
        const prom_announcement *announcement = &node->offers[i];
        const prom_index_record *record =
            prom_index_find(node->fold->index, PROM_INDEX_OFFER, &announcement->offer.txid);
        prom_own_offer *shown = &(*list)[(*count)++];
        *shown = (prom_own_offer){.announcement = *announcement,
                                  .engaged = prom_node_is_input(node, &announcement->offer, true),
                                  .leaving = prom_node_own_spends(node, &announcement->offer)};
        if (record != NULL) {
            shown->on_chain = true;
            shown->value = record->offer.value;
            shown->height = record->height;
            shown->fate = record->offer.fate;
            shown->spent_by = record->offer.spent_by;
        }
    }
    return prom_ok();
}
