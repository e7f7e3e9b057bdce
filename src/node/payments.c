/* Payments of the owner that are signed: kept, and looked for in blocks. */
#include "node/payments.h"

#include <stdlib.h>
#include <string.h>

#include "node/beginning.h"
#include "node/money.h"
#include "prometheus/bitcoin/script.h"
#include "system/clock.h"

static const char *const names[PROM_OWN_PURPOSES] = {[PROM_OWN_PARAMETERS] = "P",
                                                     [PROM_OWN_OFFER] = "offer",
                                                     [PROM_OWN_WITHDRAWAL] = "withdrawal",
                                                     [PROM_OWN_PAYMENT] = "payment",
                                                     [PROM_OWN_CANCELLATION] = "cancellation",
                                                     [PROM_OWN_SPLIT] = "split"};

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
    *payment = (prom_node_payment){
        .number = stored->number, .purpose = (prom_own_purpose)stored->purpose, .fee = prom_amount_of(stored->fee)};
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

static bool is_unread(prom_result result)
{
    return result.category == PROM_CATEGORY_BROKEN || result.category == PROM_CATEGORY_PEER ||
           result.category == PROM_CATEGORY_BAD_INPUT;
}

static void note_unread(prom_node *node, const char *which, const prom_error *reason)
{
    node->payment_unread = true;
    prom_node_report(node, PROM_REPORT_ALARM, 0,
                     "a payment of our own cannot be read, so it is not published, and nothing new is paid, as its "
                     "coins are not known (%s): %s",
                     which, reason->sentence);
}

/* One that cannot be read is no reason to publish none of the others. */
static prom_result load_one(void *context, const prom_store_payment *payment, prom_error *error)
{
    prom_node *node = context;
    char text[PROM_HEX32];
    const prom_result added = payment->state == PROM_PAYMENT_OUT ? prom_ok() : add_payment(node, payment, error);
    if (!is_unread(added)) {
        return added;
    }
    note_unread(node, prom_hex32_reversed(text, &payment->txid), error);
    return prom_ok();
}

prom_result prom_node_load_payments(prom_node *node, prom_error *error)
{
    node->payment_unread = false;
    const prom_result loaded = prom_store_payment_each(node->store, load_one, node, error);
    if (!is_unread(loaded)) {
        return loaded;
    }
    note_unread(node, "it has no txid", error);
    return prom_ok();
}

/* -- Whether one may be made -- */

/* What a channel has promised to others its facts say, and nothing else. */
static prom_result check_channels(prom_node *node, prom_error *error)
{
    for (size_t i = 0; i < node->channel_count; i++) {
        prom_node_channel *channel = node->channels[i];
        prom_error reason;
        if (!prom_is_ok(prom_node_refresh(node, channel, &reason))) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "the contract \"%s\" cannot be read, so it is not known which coins it takes, and none "
                             "are paid: restore the backup (%s)",
                             channel->record.name, reason.sentence);
        }
    }
    return prom_ok();
}

prom_result prom_node_check_gap(const prom_node *node, uint32_t number, bool pays_back, prom_error *error)
{
    const uint32_t paid = prom_coins_seen(node->fold->coins).own;
    const uint32_t most = pays_back ? PROM_COINS_OWN : PROM_COINS_OWN / 2;
    if (number < paid || number - paid < most) {
        return prom_ok();
    }
    return pays_back ? prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                                 "%u payments in a row wait for a block, or paid nothing back to this wallet, and one "
                                 "that is made anew of its words looks no further: wait for a block that has one",
                                 (unsigned)(number - paid))
                     : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                                 "%u payments in a row went out as PSBTs, wait for a block, or paid nothing back to "
                                 "this wallet, and one that is made anew of its words looks for %u in a row: import "
                                 "the PSBTs that are signed, or make a payment here that has change, and wait for its "
                                 "block",
                                 (unsigned)(number - paid), PROM_COINS_OWN);
}

prom_result prom_node_check_paying(prom_node *node, uint32_t number, prom_error *error)
{
    PROM_TRY(prom_node_check_read(node, error));
    if (node->disk_short || node->backup_fails) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "nothing is paid before %s",
                         node->disk_short ? "the disk has room" : "the backup can be written");
    }
    if (number >= PROM_COINS_MAX_OF_EACH) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "this node has made %u payments, and makes no more",
                         PROM_COINS_MAX_OF_EACH);
    }
    PROM_TRY(prom_node_check_gap(node, number, true, error));
    if (node->payment_unread) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "a payment of our own in the database cannot be read, so it is not known which coins it "
                         "takes, and none are paid: the log says which one; restore the backup");
    }
    return check_channels(node, error);
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

const char *prom_payment_fate_name(prom_payment_fate fate)
{
    switch (fate) {
    case PROM_PAYMENT_WAITS:
        return "waits";
    case PROM_PAYMENT_OUTBID:
        return "outbid";
    case PROM_PAYMENT_MINED:
        return "mined";
    case PROM_PAYMENT_REPLACED:
        return "replaced";
    case PROM_PAYMENT_UNREAD:
        return "unreadable";
    }
    return "unknown";
}

/* As far as blocks say. */
static prom_payment_fate fate_in_blocks(const prom_node *node, const prom_node_payment *payment, uint32_t *height)
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

bool prom_node_payments_conflict(const prom_node_payment *a, const prom_node_payment *b)
{
    for (size_t i = 0; i < a->tx->input_count; i++) {
        if (prom_tx_spends(b->tx, &a->tx->inputs[i].outpoint)) {
            return true;
        }
    }
    return false;
}

prom_payment_fate prom_node_fate_of(const prom_node *node, const prom_node_payment *payment, uint32_t *height)
{
    const prom_payment_fate fate = fate_in_blocks(node, payment, height);
    for (size_t i = 0; i < node->payment_count && fate == PROM_PAYMENT_WAITS; i++) {
        const prom_node_payment *other = &node->payments[i];
        uint32_t its;
        if (other->number > payment->number && prom_node_payments_conflict(other, payment) &&
            fate_in_blocks(node, other, &its) == PROM_PAYMENT_WAITS) {
            return PROM_PAYMENT_OUTBID;
        }
    }
    return fate;
}

bool prom_node_is_paid_away(const prom_node *node, const prom_outpoint *outpoint)
{
    uint32_t height;
    for (size_t i = 0; i < node->payment_count; i++) {
        const prom_node_payment *payment = &node->payments[i];
        if (prom_tx_spends(payment->tx, outpoint) && prom_node_fate_of(node, payment, &height) != PROM_PAYMENT_MINED) {
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
        (void)prom_node_fate_of(node, payment, &height);
        if (height == 0 || height + PROM_NODE_PAYMENT_DEPTH > node->best_tip + 1 ||
            !prom_is_ok(prom_node_transact(node, write_over, &payment->txid, &reason))) {
            i++;
            continue;
        }
        free_payment(payment);
        node->payments[i] = node->payments[--node->payment_count];
    }
}
