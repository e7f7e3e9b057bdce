/* Payments of the owner that are signed: kept, and looked for in blocks. */
#include "node/payments.h"

#include <stdlib.h>
#include <string.h>

#include "node/beginning.h"
#include "prometheus/bitcoin/script.h"
#include "system/clock.h"

static const char *const names[PROM_OWN_PURPOSES] = {[PROM_OWN_PARAMETERS] = "P",
                                                     [PROM_OWN_OFFER] = "offer",
                                                     [PROM_OWN_WITHDRAWAL] = "withdrawal",
                                                     [PROM_OWN_PAYMENT] = "payment"};

const char *prom_own_name(prom_own_purpose purpose)
{
    return purpose < PROM_OWN_PURPOSES ? names[purpose] : "unknown";
}

#define PAYMENT_MEMORY ((size_t)4 << 20)

/* -- The list -- */

static void free_payment(prom_node_payment *payment)
{
    prom_arena_free(payment->arena);
    free(payment->arena);
}

static prom_result read_payment(prom_node_payment *payment, const prom_store_payment *stored, prom_error *error)
{
    *payment = (prom_node_payment){.purpose = (prom_own_purpose)stored->purpose, .fee = prom_amount_of(stored->fee)};
    payment->arena = calloc(1, sizeof *payment->arena);
    if (payment->arena == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    prom_arena_init(payment->arena, PAYMENT_MEMORY);
    prom_result result = prom_span_copy(payment->arena, &payment->bytes, stored->bytes, error);
    result = prom_is_ok(result) ? prom_tx_parse(payment->arena, &payment->tx, payment->bytes, error) : result;
    result = prom_is_ok(result) ? prom_tx_id(payment->arena, &payment->txid, payment->tx, error) : result;
    if (prom_is_ok(result) && payment->purpose >= PROM_OWN_PURPOSES) {
        result = prom_fail(error, PROM_CATEGORY_BROKEN, "the store holds a payment that this program never made");
    }
    if (!prom_is_ok(result)) {
        free_payment(payment);
    }
    return result;
}

static prom_result take_announcement(prom_node *node, prom_span bytes, prom_error *error)
{
    prom_announcement announcement;
    PROM_TRY(prom_announcement_read(&announcement, bytes, error));
    return prom_node_take_offers(node, &announcement, 1, error);
}

/* One that is signed. */
static prom_result add_payment(prom_node *node, const prom_store_payment *stored, prom_error *error)
{
    prom_node_payment payment;
    PROM_TRY(stored->announcement.length == 0 ? prom_ok() : take_announcement(node, stored->announcement, error));
    if (stored->state == PROM_PAYMENT_OVER) {
        return prom_ok();
    }
    PROM_TRY(read_payment(&payment, stored, error));
    prom_node_payment *grown = realloc(node->payments, (node->payment_count + 1) * sizeof *grown);
    if (grown == NULL) {
        free_payment(&payment);
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    node->payments = grown;
    node->payments[node->payment_count++] = payment;
    node->publications_due = true;
    return prom_ok();
}

static prom_result load_one(void *context, const prom_store_payment *payment, prom_error *error)
{
    return payment->state == PROM_PAYMENT_OUT ? prom_ok() : add_payment(context, payment, error);
}

/* One that cannot be read is no reason to defend nothing. */
prom_result prom_node_load_payments(prom_node *node, prom_error *error)
{
    const prom_result loaded = prom_store_payment_each(node->store, load_one, node, error);
    if (loaded.category != PROM_CATEGORY_BROKEN && loaded.category != PROM_CATEGORY_PEER &&
        loaded.category != PROM_CATEGORY_BAD_INPUT) {
        return loaded;
    }
    prom_node_report(node, PROM_REPORT_ALARM, 0, "payments of our own cannot be read, and are not published: %s",
                     error->sentence);
    return prom_ok();
}

static prom_result write_payment(prom_node *node, void *context, prom_error *error)
{
    const prom_store_payment *payment = context;
    const prom_coins_used used = {.own = payment->number + 1};
    PROM_TRY(prom_store_used_raise(node->store, &used, error));
    return prom_store_payment_put(node->store, payment, error);
}

/* The payment is on the disk before it can be anywhere else; from then on its coins are not free. */
prom_result prom_node_keep_payment(prom_node *node, prom_store_payment *payment, prom_error *error)
{
    const uint32_t before = node->used.own;
    payment->made = prom_clock_date();
    PROM_TRY(prom_fold_watch(node, (prom_coins_used){.own = payment->number + 1}, error));
    node->used.own = before; /* until the disk has it */
    PROM_TRY(prom_node_transact(node, write_payment, payment, error));
    node->used.own = payment->number + 1 > before ? payment->number + 1 : before;
    prom_node_backup_due(node);
    return payment->state == PROM_PAYMENT_OPEN ? add_payment(node, payment, error) : prom_ok();
}

void prom_node_drop_payments(prom_node *node)
{
    for (size_t i = 0; i < node->payment_count; i++) {
        free_payment(&node->payments[i]);
    }
    free(node->payments);
    node->payments = NULL;
    node->payment_count = 0;
}

/* -- What becomes of them -- */

prom_payment_fate prom_node_fate_of(const prom_node *node, const prom_node_payment *payment, uint32_t *height)
{
    *height = 0;
    for (size_t i = 0; i < payment->tx->output_count; i++) {
        const prom_outpoint outpoint = {payment->txid, (uint32_t)i};
        const prom_wallet_coin *coin = prom_coins_any(node->fold->coins, &outpoint);
        if (coin != NULL) {
            *height = coin->height;
            return PROM_PAYMENT_MINED;
        }
    }
    for (size_t i = 0; i < payment->tx->input_count; i++) {
        const prom_wallet_coin *coin = prom_coins_any(node->fold->coins, &payment->tx->inputs[i].outpoint);
        if (coin != NULL && coin->spent != 0) {
            *height = coin->spent;
            return prom_bytes32_equal(&coin->spent_by, &payment->txid) ? PROM_PAYMENT_MINED : PROM_PAYMENT_REPLACED;
        }
    }
    return PROM_PAYMENT_WAITS;
}

bool prom_node_is_paid_away(const prom_node *node, const prom_outpoint *outpoint)
{
    uint32_t height;
    for (size_t i = 0; i < node->payment_count; i++) {
        const prom_node_payment *payment = &node->payments[i];
        if (prom_tx_spends(payment->tx, outpoint) && prom_node_fate_of(node, payment, &height) == PROM_PAYMENT_WAITS) {
            return true;
        }
    }
    return false;
}

bool prom_node_is_own_script(const prom_node *node, prom_span script)
{
    prom_wallet_path path;
    prom_bytes32 key;
    if (!prom_script_is_p2tr(script)) {
        return false;
    }
    memcpy(key.bytes, script.data + 2, sizeof key.bytes);
    return prom_is_ok(prom_coins_path(node->fold->coins, &path, &key, NULL));
}

static prom_result write_over(prom_node *node, void *context, prom_error *error)
{
    const prom_bytes32 *txid = context;
    return prom_store_payment_over(node->store, txid, error);
}

void prom_node_end_payments(prom_node *node)
{
    for (size_t i = 0; i < node->payment_count;) {
        prom_node_payment *payment = &node->payments[i];
        uint32_t height;
        prom_error reason;
        const prom_payment_fate fate = prom_node_fate_of(node, payment, &height);
        if (fate == PROM_PAYMENT_WAITS || height + PROM_NODE_PAYMENT_DEPTH > node->best_tip + 1 ||
            !prom_is_ok(prom_node_transact(node, write_over, &payment->txid, &reason))) {
            i++;
            continue;
        }
        free_payment(payment);
        node->payments[i] = node->payments[--node->payment_count];
    }
}
