/* What has become of payments, and of the offers that some of them made: for the owner. */
#include "node/own.h"

#include "node/beginning.h"

struct listing {
    const prom_node *node;
    prom_arena *arena;
    prom_own_tx *list;
    size_t count;
    size_t room;
};

static prom_result count_one(void *context, const prom_store_payment *stored, prom_error *error)
{
    struct listing *listing = context;
    (void)error;
    listing->room += stored->state != PROM_PAYMENT_OUT ? 1 : 0;
    return prom_ok();
}

static prom_amount change_of(const prom_node *node, const prom_tx *tx, prom_own_purpose purpose)
{
    prom_amount sum = prom_amount_zero();
    for (size_t i = purpose == PROM_OWN_OFFER ? 1 : 0; i < tx->output_count; i++) {
        sum = prom_node_is_own_script(node, tx->outputs[i].script) ? prom_amount_add(sum, tx->outputs[i].value) : sum;
    }
    return sum;
}

static prom_result show_one(void *context, const prom_store_payment *stored, prom_error *error)
{
    struct listing *listing = context;
    prom_own_tx *shown = &listing->list[listing->count];
    prom_node_payment payment = {.txid = stored->txid};
    size_t weight = 0;
    if (stored->state == PROM_PAYMENT_OUT) {
        return prom_ok();
    }
    *shown = (prom_own_tx){.number = stored->number,
                           .purpose = (prom_own_purpose)stored->purpose,
                           .txid = stored->txid,
                           .fee = prom_amount_of(stored->fee),
                           .locks = prom_amount_zero()};
    PROM_TRY(prom_span_copy(listing->arena, &shown->bytes, stored->bytes, error));
    PROM_TRY(prom_tx_parse(listing->arena, &payment.tx, shown->bytes, error));
    PROM_TRY(prom_tx_weight(listing->arena, &weight, payment.tx, error));
    shown->vsize = prom_vsize(weight);
    shown->change = change_of(listing->node, payment.tx, shown->purpose);
    shown->locks = shown->purpose == PROM_OWN_OFFER ? payment.tx->outputs[0].value : shown->locks;
    shown->fate = prom_node_fate_of(listing->node, &payment, &shown->height);
    listing->count++;
    return prom_ok();
}

prom_result prom_node_list_own(const prom_node *node, prom_arena *arena, prom_own_tx **list, size_t *count,
                               prom_error *error)
{
    struct listing listing = {.node = node, .arena = arena};
    *count = 0;
    PROM_TRY(prom_store_payment_each(node->store, count_one, &listing, error));
    PROM_TRY_NEW(listing.list, arena, listing.room, error);
    PROM_TRY(prom_store_payment_each(node->store, show_one, &listing, error));
    *list = listing.list;
    *count = listing.count;
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
                                  .leaving = prom_node_is_paid_away(node, &announcement->offer)};
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
