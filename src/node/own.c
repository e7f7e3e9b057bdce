/* What has become of payments, and of the offers that some of them made: for the owner. */
#include "node/own.h"

#include <string.h>

#include "node/beginning.h"
#include "node/pay.h"

/* -- In the store -- */

struct looking {
    prom_arena *arena;
    const char *reference;
    const prom_bytes32 *txid;
    bool *found;
    prom_store_payment *payment;
};

static prom_result look_at_one(void *context, const prom_store_payment *payment, prom_error *error)
{
    const struct looking *looking = context;
    const bool wanted = looking->reference != NULL
                            ? payment->reference != NULL && strcmp(payment->reference, looking->reference) == 0
                            : prom_bytes32_equal(&payment->txid, looking->txid);
    if (!wanted) {
        return prom_ok();
    }
    *looking->found = true;
    *looking->payment = *payment;
    looking->payment->reference = looking->reference; /* what is there stays */
    PROM_TRY(prom_span_copy(looking->arena, &looking->payment->announcement, payment->announcement, error));
    return prom_span_copy(looking->arena, &looking->payment->bytes, payment->bytes, error);
}

prom_result prom_node_find_stored(const prom_node *node, prom_arena *arena, prom_store_payment *stored, bool *found,
                                  const char *reference, const prom_bytes32 *txid, prom_error *error)
{
    struct looking looking = {arena, reference, txid, found, stored};
    *found = false;
    *stored = (prom_store_payment){.state = PROM_PAYMENT_OUT};
    return prom_store_payment_each(node->store, look_at_one, &looking, error);
}

/* -- Lists -- */

struct listing {
    const prom_node *node;
    prom_arena *arena;
    prom_node_paid *list;
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

static prom_result describe_one(const struct listing *listing, prom_node_paid *shown, const prom_store_payment *stored,
                                prom_error *error)
{
    prom_node_payment payment = {.number = stored->number, .txid = stored->txid};
    PROM_TRY(prom_tx_parse(listing->arena, &payment.tx, stored->bytes, error));
    PROM_TRY(prom_node_describe_payment(listing->node, listing->arena, shown, stored, payment.tx, error));
    shown->fate = prom_node_fate_of(listing->node, &payment, &shown->height);
    return prom_ok();
}

/* One that cannot be read hides no other. */
static prom_result show_one(void *context, const prom_store_payment *stored, prom_error *error)
{
    struct listing *listing = context;
    prom_node_paid *shown = &listing->list[listing->count];
    prom_store_payment copy = *stored;
    prom_error ignored;
    if (stored->state == PROM_PAYMENT_OUT) {
        return prom_ok();
    }
    PROM_TRY(prom_span_copy(listing->arena, &copy.bytes, stored->bytes, error));
    const prom_result described = describe_one(listing, shown, &copy, &ignored);
    if (!prom_is_ok(described)) {
        *shown = (prom_node_paid){.number = stored->number,
                                  .purpose = (prom_own_purpose)stored->purpose,
                                  .txid = stored->txid,
                                  .fee = prom_amount_of(stored->fee),
                                  .locks = prom_amount_zero(),
                                  .change = prom_amount_invalid(),
                                  .fate = PROM_PAYMENT_UNREAD};
    }
    listing->count++;
    return prom_ok();
}

prom_result prom_node_list_own(const prom_node *node, prom_arena *arena, prom_node_paid **list, size_t *count,
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

/* Whether a payment that is sent makes it. */
static bool is_made(const prom_node *node, const prom_outpoint *offer)
{
    uint32_t height;
    for (size_t i = 0; i < node->payment_count; i++) {
        const prom_node_payment *payment = &node->payments[i];
        if (prom_bytes32_equal(&payment->txid, &offer->txid)) {
            return prom_node_fate_of(node, payment, &height) == PROM_PAYMENT_WAITS;
        }
    }
    return false;
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
                                  .waits = record == NULL && is_made(node, &announcement->offer),
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
