/* Payments whose PSBT went out to be signed elsewhere, and comes back. */
#include "node/beginning.h"
#include "node/own.h"
#include "node/pay.h"
#include "prometheus/base/base64.h"

static prom_result find_sent(const prom_node *node, prom_arena *arena, prom_store_payment *payment, const prom_tx *tx,
                             prom_error *error)
{
    prom_bytes32 txid;
    bool found = false;
    PROM_TRY(prom_tx_id(arena, &txid, tx, error));
    PROM_TRY(prom_node_find_stored(node, arena, payment, &found, NULL, &txid, error));
    return found && payment->state == PROM_PAYMENT_OUT
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                           found ? "this payment is signed already, and was sent"
                                 : "no such payment went out of this wallet to be signed: a signer may add "
                                   "signatures, and change nothing");
}

/* Between going out and coming back a coin may have gone another way, or its block may have been undone: then it is
 * ours by its script alone, and nobody knows whether it comes again. */
static prom_result check_free(const prom_node *node, const prom_psbt *sent, prom_error *error)
{
    for (size_t i = 0; i < sent->tx->input_count; i++) {
        const prom_wallet_coin *coin = prom_coins_any(node->fold->coins, &sent->tx->inputs[i].outpoint);
        prom_tx_output spent;
        PROM_TRY(prom_psbt_spent(sent, &spent, i, error));
        if (coin == NULL && prom_node_is_own_script(node, spent.script)) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "input %zu of the payment spends a coin of ours that no block has any more: give the PSBT "
                             "again when one has it, or make the payment anew",
                             i);
        }
        if (coin != NULL && !prom_node_is_free(node, coin)) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "input %zu of the payment spends a coin that is not free any more: make it anew", i);
        }
    }
    return prom_ok();
}

prom_result prom_node_take_psbt(prom_node *node, prom_arena *arena, prom_node_paid *paid, const char *text,
                                prom_error *error)
{
    prom_store_payment record = {.state = PROM_PAYMENT_OUT};
    prom_span bytes;
    prom_psbt *returned = NULL;
    prom_psbt *sent = NULL;
    prom_tx *tx = NULL;
    size_t taken = 0;
    PROM_TRY(prom_base64_read(arena, &bytes, text, error));
    PROM_TRY(prom_psbt_parse(arena, &returned, bytes, error));
    PROM_TRY(find_sent(node, arena, &record, returned->tx, error));
    PROM_TRY(prom_psbt_parse(arena, &sent, record.bytes, error));
    PROM_TRY(prom_psbt_take_signatures(node->curve, arena, sent, returned, &taken, error));
    PROM_TRY(prom_psbt_extract(node->curve, arena, &tx, sent, error));
    PROM_TRY(prom_node_check_paying(node, record.number, error));
    PROM_TRY(check_free(node, sent, error));
    PROM_TRY(prom_tx_serialize(arena, &record.bytes, tx, true, error));
    record.state = PROM_PAYMENT_OPEN;
    PROM_TRY(prom_node_describe_payment(node, arena, paid, &record, tx, error));
    return prom_node_keep_payment(node, &record, error);
}
