/* Payments of the owner that are signed: kept, sent again with every block and now and then, and looked for in blocks.
 */
#include "node/payments.h"

#include <stdlib.h>
#include <string.h>

#include "chain/chain.h"
#include "node/beginning.h"
#include "prometheus/bitcoin/script.h"
#include "system/clock.h"

enum { AGAIN_MILLISECONDS = 30000 /* our own mempool may have lost it */ };

#define PAYMENT_MEMORY ((size_t)4 << 20)

/* -- The list -- */

static void free_payment(prom_node_payment *payment)
{
    prom_arena_free(payment->arena);
    free(payment->arena);
}

static prom_result read_payment(prom_node_payment *payment, prom_span bytes, prom_amount fee, prom_error *error)
{
    payment->arena = calloc(1, sizeof *payment->arena);
    if (payment->arena == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    prom_arena_init(payment->arena, PAYMENT_MEMORY);
    payment->fee = fee;
    prom_result result = prom_span_copy(payment->arena, &payment->bytes, bytes, error);
    result = prom_is_ok(result) ? prom_tx_parse(payment->arena, &payment->tx, payment->bytes, error) : result;
    result = prom_is_ok(result) ? prom_tx_id(payment->arena, &payment->txid, payment->tx, error) : result;
    if (!prom_is_ok(result)) {
        free_payment(payment);
    }
    return result;
}

prom_result prom_node_add_payment(prom_node *node, prom_span bytes, prom_amount fee, prom_error *error)
{
    prom_node_payment payment = {.sent_told = false};
    PROM_TRY(read_payment(&payment, bytes, fee, error));
    prom_node_payment *grown = realloc(node->payments, (node->payment_count + 1) * sizeof *grown);
    if (grown == NULL) {
        free_payment(&payment);
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    node->payments = grown;
    node->payments[node->payment_count++] = payment;
    node->payments_due = true;
    return prom_ok();
}

static prom_result load_one(void *context, const prom_store_payment *payment, prom_error *error)
{
    return payment->state == PROM_PAYMENT_OPEN
               ? prom_node_add_payment(context, payment->bytes, prom_amount_of(payment->fee), error)
               : prom_ok();
}

prom_result prom_node_load_payments(prom_node *node, prom_error *error)
{
    return prom_store_payment_each(node->store, load_one, node, error);
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

/* Those that are so deep that no reorganisation undoes it. */
static void end_old_ones(prom_node *node)
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

/* -- A round, in the watcher's thread -- */

struct sending {
    prom_bytes32 txid;
    uint8_t *bytes; /* owned */
    size_t length;
    bool sent;
    prom_error reason;
};

struct round {
    struct sending *list;
    size_t count;
};

static void run_round(void *context, prom_rpc *rpc)
{
    struct round *round = context;
    for (size_t i = 0; i < round->count; i++) {
        struct sending *its = &round->list[i];
        prom_bytes32 txid;
        its->sent = prom_is_ok(prom_chain_broadcast(rpc, &txid, prom_span_of(its->bytes, its->length), &its->reason));
    }
}

static void free_round(void *context)
{
    struct round *round = context;
    for (size_t i = 0; i < round->count; i++) {
        free(round->list[i].bytes);
    }
    free(round->list);
    free(round);
}

/* NULL where memory is not there. */
static struct round *make_round(const prom_node *node)
{
    struct round *round = calloc(1, sizeof *round);
    if (round == NULL || (round->list = calloc(node->payment_count + 1, sizeof *round->list)) == NULL) {
        free(round);
        return NULL;
    }
    for (size_t i = 0; i < node->payment_count; i++) {
        const prom_node_payment *payment = &node->payments[i];
        uint32_t height;
        if (prom_node_fate_of(node, payment, &height) != PROM_PAYMENT_WAITS) {
            continue;
        }
        struct sending *its = &round->list[round->count++];
        its->txid = payment->txid;
        its->length = payment->bytes.length;
        its->bytes = malloc(its->length);
        if (its->bytes == NULL) {
            free_round(round);
            return NULL;
        }
        memcpy(its->bytes, payment->bytes.data, its->length);
    }
    return round;
}

void prom_node_send_payments(prom_node *node)
{
    const int64_t now = prom_clock_milliseconds();
    const bool due =
        node->payments_due || node->payments_tip != node->best_tip || now - node->payments_sent > AGAIN_MILLISECONDS;
    prom_error reason = {"out of memory"};
    if (node->payment_count == 0 || node->payments_sending || !due) {
        return;
    }
    end_old_ones(node);
    node->payments_due = false;
    node->payments_tip = node->best_tip;
    node->payments_sent = now;
    struct round *round = make_round(node);
    if (round != NULL && round->count == 0) {
        free_round(round);
        return;
    }
    node->payments_sending =
        round != NULL && prom_is_ok(prom_watcher_thread_ask(
                             node->follower.thread, &(prom_watcher_job){run_round, free_round, round}, &reason));
    if (!node->payments_sending) {
        prom_node_report(node, PROM_REPORT_FAULT, 0, "payments wait to be sent: %s", reason.sentence);
        if (round != NULL) {
            free_round(round);
        }
    }
}

bool prom_node_is_sending(const prom_watcher_job *job)
{
    return job->run == run_round;
}

static void tell(const prom_node *node, prom_node_payment *payment, const struct sending *its)
{
    char txid[PROM_HEX32];
    (void)prom_hex32_reversed(txid, &its->txid);
    if (its->sent && !payment->sent_told) {
        prom_node_report(node, PROM_REPORT_PUBLISHED, 0, "payment %s", txid);
    } else if (!its->sent && !payment->refused_told) {
        prom_node_report(node, PROM_REPORT_ALARM, 0, "the payment %s is not in our mempool, and is sent again: %s",
                         txid, its->reason.sentence);
    }
    payment->sent_told = payment->sent_told || its->sent;
    payment->refused_told = !its->sent;
}

void prom_node_sent(prom_node *node, const prom_watcher_job *job)
{
    struct round *round = job->context;
    node->payments_sending = false;
    for (size_t i = 0; i < round->count; i++) {
        for (size_t j = 0; j < node->payment_count; j++) {
            if (prom_bytes32_equal(&node->payments[j].txid, &round->list[i].txid)) {
                tell(node, &node->payments[j], &round->list[i]);
            }
        }
    }
    free_round(round);
}
