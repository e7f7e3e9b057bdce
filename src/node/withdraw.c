/* Making a payment: which coins may go, the plan, and how it is signed. */
#include <string.h>

#include "node/beginning.h"
#include "node/money.h"
#include "node/payments.h"
#include "prometheus/base/base64.h"
#include "prometheus/bitcoin/script.h"

/* A payment on its way. */
struct payment {
    prom_spend_order order;
    prom_wallet_path *paths; /* of the order's coins; NULL: they are somebody else's */
    prom_spending spend;
    bool own_change; /* goes to the wallet's key at this path */
    prom_wallet_path change;
    prom_payment_how how;
    prom_store_payment record;
};

/* -- What it is made of -- */

/* The wallet's free coins. */
static prom_result list_free(const prom_node *node, prom_arena *arena, struct payment *payment, prom_error *error)
{
    prom_spend_coin *coins = NULL;
    size_t count = 0;
    const prom_wallet_coin *list = prom_coins_list(node->fold->coins, &count);
    PROM_TRY_NEW(coins, arena, count, error);
    PROM_TRY_NEW(payment->paths, arena, count, error);
    payment->order.coin_count = 0;
    for (size_t i = 0; i < count; i++) {
        prom_spend_coin *coin = &coins[payment->order.coin_count];
        if (!prom_node_is_free(node, &list[i])) {
            continue;
        }
        coin->outpoint = list[i].coin.outpoint;
        coin->output.value = list[i].coin.value;
        PROM_TRY(prom_script_p2tr(arena, &coin->output.script, &list[i].coin.key, error));
        PROM_TRY(
            prom_coins_path(node->fold->coins, &payment->paths[payment->order.coin_count], &list[i].coin.key, error));
        payment->order.coin_count++;
    }
    payment->order.coins = coins;
    return prom_ok();
}

static prom_result find_change(const prom_node *node, prom_arena *arena, struct payment *payment, prom_error *error)
{
    PROM_SCOPED(prom_key_wipe) prom_key key = {0};
    payment->own_change = true;
    payment->change = prom_wallet_own_path(payment->record.number, PROM_WALLET_REST);
    PROM_TRY(prom_wallet_path_key(&node->wallet, &key, payment->change, error));
    return prom_script_p2tr(arena, &payment->order.change, &key.public_key, error);
}

static prom_result find_feerate(const prom_node *node, uint32_t *feerate, uint32_t wanted, prom_error *error)
{
    *feerate = wanted != 0 ? wanted : node->estimates.soon;
    if (*feerate == 0 || *feerate / 1000 > PROM_FEERATE_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         *feerate == 0 ? "what blocks ask for is not known yet: give a feerate"
                                       : "a feerate is at most %u sat/vB",
                         PROM_FEERATE_MAX);
    }
    return prom_ok();
}

static prom_result plan(const prom_node *node, prom_arena *arena, struct payment *payment, prom_error *error)
{
    prom_balance balance;
    char free_sat[PROM_AMOUNT_TEXT];
    char whole[PROM_AMOUNT_TEXT];
    payment->order.locktime = node->best_tip;
    const prom_result planned = prom_spend_plan(node->curve, arena, &payment->spend, &payment->order, error);
    if (prom_is_ok(planned) || payment->paths == NULL) {
        return planned;
    }
    prom_node_balance(node, &balance);
    return prom_within(planned, error, "of the wallet's %s sat %s sat are free", prom_amount_text(whole, balance.total),
                       prom_amount_text(free_sat, balance.free));
}

/* -- How it is signed -- */

static const prom_wallet_path *paths_of_inputs(prom_arena *arena, const struct payment *payment)
{
    void *paths = NULL;
    const prom_spending *spend = &payment->spend;
    if (payment->paths == NULL ||
        !prom_is_ok(prom_arena_alloc(arena, &paths, spend->tx->input_count, sizeof(prom_wallet_path), NULL))) {
        return NULL;
    }
    for (size_t i = 0; i < spend->tx->input_count; i++) {
        ((prom_wallet_path *)paths)[i] = payment->paths[spend->chosen[i]];
    }
    return paths;
}

static prom_result sign(const prom_node *node, prom_arena *arena, struct payment *payment, prom_error *error)
{
    const prom_wallet_path *paths = paths_of_inputs(arena, payment);
    if (paths == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    PROM_TRY(prom_spend_sign(&node->wallet, arena, &payment->spend, paths, error));
    payment->record.state = PROM_PAYMENT_OPEN;
    return prom_tx_serialize(arena, &payment->record.bytes, payment->spend.tx, true, error);
}

static prom_result write_psbt(const prom_node *node, prom_arena *arena, struct payment *payment, const char **text,
                              prom_error *error)
{
    prom_psbt *psbt = NULL;
    PROM_TRY(prom_spend_psbt(&node->wallet, arena, &psbt, &payment->spend, paths_of_inputs(arena, payment),
                             payment->own_change ? &payment->change : NULL, error));
    PROM_TRY(prom_psbt_write(arena, &payment->record.bytes, psbt, error));
    payment->record.state = PROM_PAYMENT_OUT;
    return prom_base64_write(arena, text, payment->record.bytes, error);
}

static prom_result carry_out(prom_node *node, prom_arena *arena, struct payment *payment, prom_node_paid *paid,
                             prom_error *error)
{
    const prom_spending *spend = &payment->spend;
    PROM_TRY(plan(node, arena, payment, error));
    PROM_TRY(prom_tx_id(arena, &payment->record.txid, spend->tx, error));
    const bool has_change = spend->change != PROM_SPEND_NO_CHANGE;
    paid->txid = payment->record.txid;
    paid->fee = spend->fee;
    paid->vsize = spend->vsize;
    paid->input_count = spend->tx->input_count;
    paid->change = has_change ? spend->tx->outputs[spend->change].value : prom_amount_zero();
    paid->number = payment->record.number;
    if (!prom_amount_get(spend->fee, &payment->record.fee)) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "a payment has no fee");
    }
    switch (payment->how) {
    case PROM_PAY_DRY:
        return prom_ok();
    case PROM_PAY_SEND:
        PROM_TRY(sign(node, arena, payment, error));
        break;
    case PROM_PAY_PSBT:
        PROM_TRY(write_psbt(node, arena, payment, &paid->psbt, error));
        break;
    }
    return prom_node_keep_payment(node, &payment->record, error);
}

/* -- What the owner wants -- */

prom_result prom_node_withdraw(prom_node *node, prom_arena *arena, prom_node_paid *paid,
                               const prom_node_withdrawal *withdrawal, prom_error *error)
{
    struct payment payment = {.how = withdrawal->how,
                              .record = {.purpose = PROM_OWN_PAYMENT, .number = node->used.own}};
    prom_tx_output *payees = NULL;
    *paid = (prom_node_paid){.fee = prom_amount_zero(), .change = prom_amount_zero()};
    PROM_TRY(prom_node_check_read(node, error));
    PROM_TRY_NEW(payees, arena, withdrawal->payee_count, error);
    for (size_t i = 0; i < withdrawal->payee_count; i++) {
        payees[i].value = withdrawal->payees[i].amount;
        PROM_TRY(prom_within(prom_payment_address_script(arena, &payees[i].script, withdrawal->payees[i].address,
                                                         node->network->address_prefix, error),
                             error, "payee %zu", i + 1));
    }
    payment.order = (prom_spend_order){.payees = payees,
                                       .payee_count = withdrawal->payee_count,
                                       .all = withdrawal->all,
                                       .fee_max = withdrawal->fee_max};
    PROM_TRY(find_feerate(node, &payment.order.feerate, withdrawal->feerate, error));
    PROM_TRY(list_free(node, arena, &payment, error));
    PROM_TRY(find_change(node, arena, &payment, error));
    return carry_out(node, arena, &payment, paid, error);
}

prom_result prom_node_stake_coins(prom_node *node, prom_arena *arena, prom_node_paid *paid,
                                  const prom_node_stake *stake, prom_error *error)
{
    PROM_SCOPED(prom_key_wipe) prom_key key = {0};
    struct payment payment = {.how = stake->how, .record = {.purpose = PROM_OWN_OFFER, .number = node->used.own}};
    prom_tx_output outputs[PROM_OFFER_OUTPUTS];
    *paid = (prom_node_paid){.fee = prom_amount_zero(), .change = prom_amount_zero()};
    PROM_TRY(prom_node_check_read(node, error));
    if (stake->coins != NULL && stake->how == PROM_PAY_SEND) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "coins of somebody else are signed elsewhere");
    }
    const prom_wallet_path Q = prom_wallet_own_path(payment.record.number, PROM_WALLET_OFFER);
    PROM_TRY(prom_wallet_path_key(&node->wallet, &key, Q, error));
    paid->key = key.public_key;
    PROM_TRY(prom_offer_outputs(node->curve, arena, outputs, &stake->p_txid, stake->P, &key.public_key, error));
    payment.order = (prom_spend_order){.coins = stake->coins,
                                       .coin_count = stake->coin_count,
                                       .payees = outputs,
                                       .payee_count = PROM_OFFER_OUTPUTS,
                                       .in_order = true,
                                       .fee_max = stake->fee_max};
    PROM_TRY(find_feerate(node, &payment.order.feerate, stake->feerate, error));
    PROM_TRY(stake->coins == NULL ? list_free(node, arena, &payment, error) : prom_ok());
    PROM_TRY(stake->change == NULL
                 ? find_change(node, arena, &payment, error)
                 : prom_within(prom_payment_address_script(arena, &payment.order.change, stake->change,
                                                           node->network->address_prefix, error),
                               error, "the address for the change"));
    return carry_out(node, arena, &payment, paid, error);
}

/* -- What comes back -- */

/* The PSBT that went out, copied. */
struct looking {
    prom_arena *arena;
    prom_bytes32 txid;
    bool found;
    prom_store_payment payment;
};

static prom_result look_at_one(void *context, const prom_store_payment *payment, prom_error *error)
{
    struct looking *looking = context;
    if (!prom_bytes32_equal(&payment->txid, &looking->txid)) {
        return prom_ok();
    }
    looking->found = true;
    looking->payment = *payment;
    PROM_TRY(prom_span_copy(looking->arena, &looking->payment.announcement, payment->announcement, error));
    return prom_span_copy(looking->arena, &looking->payment.bytes, payment->bytes, error);
}

static prom_result find_sent(prom_node *node, prom_arena *arena, prom_store_payment *payment, const prom_tx *tx,
                             prom_error *error)
{
    struct looking looking = {.arena = arena};
    PROM_TRY(prom_tx_id(arena, &looking.txid, tx, error));
    PROM_TRY(prom_store_payment_each(node->store, look_at_one, &looking, error));
    if (!looking.found || looking.payment.state != PROM_PAYMENT_OUT) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         looking.found ? "this payment is signed already, and was sent"
                                       : "no such payment went out of this wallet to be signed: a signer may add "
                                         "signatures, and change nothing");
    }
    *payment = looking.payment;
    return prom_ok();
}

/* Between going out and coming back a coin may have gone another way. */
static prom_result check_free(const prom_node *node, const prom_tx *tx, prom_error *error)
{
    for (size_t i = 0; i < tx->input_count; i++) {
        const prom_wallet_coin *coin = prom_coins_any(node->fold->coins, &tx->inputs[i].outpoint);
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
    struct payment payment = {.how = PROM_PAY_SEND};
    prom_span bytes;
    prom_psbt *returned = NULL;
    prom_psbt *sent = NULL;
    prom_tx *tx = NULL;
    size_t taken = 0;
    size_t weight = 0;
    *paid = (prom_node_paid){.fee = prom_amount_zero(), .change = prom_amount_zero()};
    PROM_TRY(prom_node_check_read(node, error));
    PROM_TRY(prom_base64_read(arena, &bytes, text, error));
    PROM_TRY(prom_psbt_parse(arena, &returned, bytes, error));
    PROM_TRY(find_sent(node, arena, &payment.record, returned->tx, error));
    PROM_TRY(prom_psbt_parse(arena, &sent, payment.record.bytes, error));
    PROM_TRY(prom_psbt_take_signatures(node->curve, arena, sent, returned, &taken, error));
    PROM_TRY(prom_psbt_extract(node->curve, arena, &tx, sent, error));
    PROM_TRY(check_free(node, tx, error));
    PROM_TRY(prom_tx_serialize(arena, &payment.record.bytes, tx, true, error));
    PROM_TRY(prom_tx_weight(arena, &weight, tx, error));
    payment.record.state = PROM_PAYMENT_OPEN;
    paid->txid = payment.record.txid;
    paid->number = payment.record.number;
    paid->fee = prom_amount_of(payment.record.fee);
    paid->vsize = prom_vsize(weight);
    paid->input_count = tx->input_count;
    return prom_node_keep_payment(node, &payment.record, error);
}
