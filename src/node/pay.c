#include "node/pay.h"

#include "node/beginning.h"
#include "node/money.h"
#include "prometheus/base/base64.h"
#include "prometheus/bitcoin/script.h"
#include "system/random.h"

/* A payment on its way. */
struct payment {
    const prom_pay_order *order;
    prom_spend_order spend_order;
    prom_wallet_path *paths; /* of the coins; NULL: they are somebody else's */
    prom_spending spend;
    prom_wallet_path change;
    prom_tx_output own; /* that gets all, where nobody else does */
    prom_store_payment record;
};

uint32_t prom_node_next_payment(const prom_node *node)
{
    return node->used.own;
}

/* -- What it is made of -- */

static bool is_required(const prom_pay_order *order, const prom_wallet_coin *coin)
{
    for (size_t i = 0; i < order->required_count; i++) {
        if (order->required[i] == coin) {
            return true;
        }
    }
    return false;
}

static prom_result add_coin(const prom_node *node, prom_arena *arena, struct payment *payment, prom_spend_coin *coins,
                            const prom_wallet_coin *own, prom_error *error)
{
    const size_t place = payment->spend_order.coin_count++;
    coins[place].outpoint = own->coin.outpoint;
    coins[place].output.value = own->coin.value;
    PROM_TRY(prom_script_p2tr(arena, &coins[place].output.script, &own->coin.key, error));
    return prom_coins_path(node->fold->coins, &payment->paths[place], &own->coin.key, error);
}

/* Those that are required come first, then the free ones. */
static prom_result list_coins(const prom_node *node, prom_arena *arena, struct payment *payment, prom_error *error)
{
    const prom_pay_order *order = payment->order;
    prom_spend_coin *coins = NULL;
    size_t count = 0;
    const prom_wallet_coin *list = prom_coins_list(node->fold->coins, &count);
    const size_t room = count + order->required_count;
    PROM_TRY_NEW(coins, arena, room, error);
    PROM_TRY_NEW(payment->paths, arena, room, error);
    payment->spend_order.coin_count = 0;
    for (size_t i = 0; i < order->required_count; i++) {
        PROM_TRY(add_coin(node, arena, payment, coins, order->required[i], error));
    }
    for (size_t i = 0; i < count && !order->alone; i++) {
        if (prom_node_is_free(node, &list[i]) && !is_required(order, &list[i])) {
            PROM_TRY(add_coin(node, arena, payment, coins, &list[i], error));
        }
    }
    payment->spend_order.coins = coins;
    return prom_ok();
}

static prom_result find_own(const prom_node *node, prom_arena *arena, struct payment *payment, prom_error *error)
{
    PROM_SCOPED(prom_key_wipe) prom_key key = {0};
    payment->change = prom_wallet_own_path(payment->record.number, PROM_WALLET_REST);
    PROM_TRY(prom_wallet_path_key(&node->wallet, &key, payment->change, error));
    payment->own.value = prom_amount_zero();
    return prom_script_p2tr(arena, &payment->own.script, &key.public_key, error);
}

prom_result prom_node_find_feerate(const prom_node *node, uint32_t *feerate, uint32_t wanted, prom_error *error)
{
    *feerate = wanted != 0 ? wanted : node->estimates.soon;
    if (*feerate == 0 || *feerate > 1000 * PROM_FEERATE_MAX) {
        return prom_fail(
            error, PROM_CATEGORY_BAD_INPUT,
            *feerate == 0
                ? "what blocks ask for is not known yet, as on a chain of one's own: give a feerate (--feerate)"
                : "a feerate is at most %u sat/vB",
            PROM_FEERATE_MAX);
    }
    return prom_ok();
}

/* -- The plan -- */

static prom_result plan(const prom_node *node, prom_arena *arena, struct payment *payment, prom_error *error)
{
    const prom_pay_order *order = payment->order;
    const bool to_ourselves = order->payee_count == 0;
    prom_spend_order *spend = &payment->spend_order;
    prom_balance balance;
    char free_sat[PROM_AMOUNT_TEXT];
    char whole[PROM_AMOUNT_TEXT];
    spend->required = order->required_count;
    spend->payees = to_ourselves ? &payment->own : order->payees;
    spend->payee_count = to_ourselves ? 1 : order->payee_count;
    spend->all = order->all || to_ourselves;
    spend->in_order = order->in_order;
    spend->change = order->foreign_change.length > 0 ? order->foreign_change : payment->own.script;
    spend->replaced = order->replaced;
    spend->locktime = node->best_tip;
    const prom_result planned = prom_spend_plan(node->curve, arena, &payment->spend, spend, error);
    if (prom_is_ok(planned) || order->foreign != NULL || order->alone) {
        return planned;
    }
    prom_node_balance(node, &balance);
    return prom_within(planned, error, "of the wallet's %s sat %s sat are free", prom_amount_text(whole, balance.total),
                       prom_amount_text(free_sat, balance.free));
}

/* -- What it is -- */

/* Its outputs to us, but for the offer that it makes. */
static prom_amount paid_back(const prom_node *node, const prom_tx *tx, uint8_t purpose)
{
    prom_amount sum = prom_amount_zero();
    for (size_t i = purpose == PROM_OWN_OFFER ? 1 : 0; i < tx->output_count; i++) {
        sum = prom_node_is_own_script(node, tx->outputs[i].script) ? prom_amount_add(sum, tx->outputs[i].value) : sum;
    }
    return sum;
}

prom_result prom_node_describe_payment(const prom_node *node, prom_arena *arena, prom_node_paid *paid,
                                       const prom_store_payment *stored, const prom_tx *tx, prom_error *error)
{
    const bool is_signed = stored->state != PROM_PAYMENT_OUT;
    size_t weight = 0;
    *paid = (prom_node_paid){.number = stored->number,
                             .purpose = (prom_own_purpose)stored->purpose,
                             .txid = stored->txid,
                             .fee = prom_amount_of(stored->fee),
                             .locks = stored->purpose == PROM_OWN_OFFER ? tx->outputs[0].value : prom_amount_zero(),
                             .change = paid_back(node, tx, stored->purpose),
                             .input_count = tx->input_count};
    if (is_signed) {
        paid->bytes = stored->bytes;
        PROM_TRY(prom_tx_weight(arena, &weight, tx, error));
        paid->vsize = prom_vsize(weight);
    }
    return prom_ok();
}

/* -- How it is signed -- */

static prom_result paths_of_inputs(prom_arena *arena, const struct payment *payment, const prom_wallet_path **paths,
                                   prom_error *error)
{
    const prom_spending *spend = &payment->spend;
    prom_wallet_path *list = NULL;
    *paths = NULL;
    if (payment->paths == NULL) {
        return prom_ok();
    }
    PROM_TRY_NEW(list, arena, spend->tx->input_count, error);
    for (size_t i = 0; i < spend->tx->input_count; i++) {
        list[i] = payment->paths[spend->chosen[i]];
    }
    *paths = list;
    return prom_ok();
}

static prom_result sign(const prom_node *node, prom_arena *arena, struct payment *payment, prom_error *error)
{
    const prom_wallet_path *paths = NULL;
    PROM_TRY(paths_of_inputs(arena, payment, &paths, error));
    PROM_TRY(prom_spend_sign(&node->wallet, arena, &payment->spend, paths, error));
    payment->record.state = PROM_PAYMENT_OPEN;
    return prom_tx_serialize(arena, &payment->record.bytes, payment->spend.tx, true, error);
}

static prom_result write_psbt(const prom_node *node, prom_arena *arena, struct payment *payment, const char **text,
                              prom_error *error)
{
    const prom_wallet_path *paths = NULL;
    prom_psbt *psbt = NULL;
    const bool own_change = payment->order->foreign_change.length == 0;
    PROM_TRY(paths_of_inputs(arena, payment, &paths, error));
    PROM_TRY(prom_spend_psbt(&node->wallet, arena, &psbt, &payment->spend, paths, own_change ? &payment->change : NULL,
                             error));
    PROM_TRY(prom_psbt_write(arena, &payment->record.bytes, psbt, error));
    payment->record.state = PROM_PAYMENT_OUT;
    return prom_base64_write(arena, text, payment->record.bytes, error);
}

/* By the offer's key, which vouches for our node and its address. No signature of an input changes the name. */
static prom_result announce(const prom_node *node, prom_arena *arena, struct payment *payment, prom_error *error)
{
    PROM_SCOPED(prom_key_wipe) prom_key Q = {0};
    const prom_bytes32 auxiliary = prom_random_bytes32();
    prom_announcement announcement = *payment->order->announcing;
    prom_bytes32 hash;
    announcement.offer = (prom_outpoint){payment->record.txid, 0};
    announcement.node_key = node->key.public_key;
    announcement.address = prom_span_of(node->config.address.bytes, node->config.address.length);
    PROM_TRY(prom_wallet_path_key(&node->wallet, &Q, prom_wallet_own_path(payment->record.number, PROM_WALLET_OFFER),
                                  error));
    PROM_TRY(prom_announcement_hash(arena, &hash, &announcement, error));
    PROM_TRY(prom_sign(node->curve, &announcement.signature, &hash, &Q, &auxiliary, error));
    return prom_announcement_write(arena, &payment->record.announcement, &announcement, error);
}

static prom_result carry_out(prom_node *node, prom_arena *arena, struct payment *payment, prom_node_paid *paid,
                             prom_pay_mode mode, prom_error *error)
{
    const char *psbt = NULL;
    const prom_tx *tx = payment->spend.tx;
    PROM_TRY(prom_tx_id(arena, &payment->record.txid, tx, error));
    if (!prom_amount_get(payment->spend.fee, &payment->record.fee)) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "a payment has no fee");
    }
    PROM_TRY(payment->order->announcing == NULL ? prom_ok() : announce(node, arena, payment, error));
    switch (mode) {
    case PROM_PAY_DRY:
        break;
    case PROM_PAY_SEND:
        PROM_TRY(sign(node, arena, payment, error));
        break;
    case PROM_PAY_PSBT:
        PROM_TRY(write_psbt(node, arena, payment, &psbt, error));
        break;
    }
    PROM_TRY(prom_node_describe_payment(node, arena, paid, &payment->record, tx, error));
    paid->vsize = payment->spend.vsize;
    paid->psbt = psbt;
    const bool pays_back = payment->record.purpose == PROM_OWN_OFFER || !prom_amount_is_zero(paid->change);
    PROM_TRY(prom_node_check_gap(node, payment->record.number, pays_back && mode != PROM_PAY_PSBT, error));
    return mode == PROM_PAY_DRY ? prom_ok() : prom_node_keep_payment(node, &payment->record, error);
}

prom_result prom_node_pay(prom_node *node, prom_arena *arena, prom_node_paid *paid, const prom_pay_order *order,
                          const prom_pay_options *options, prom_error *error)
{
    struct payment payment = {.order = order,
                              .spend_order = {.fee_max = options->fee_max},
                              .record = {.purpose = (uint8_t)order->purpose,
                                         .number = prom_node_next_payment(node),
                                         .reference = order->reference}};
    *paid = (prom_node_paid){.fee = prom_amount_zero(), .change = prom_amount_zero(), .locks = prom_amount_zero()};
    if (order->foreign != NULL && options->mode == PROM_PAY_SEND) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "coins of somebody else are signed elsewhere");
    }
    PROM_TRY(prom_node_check_paying(node, payment.record.number, error));
    PROM_TRY(prom_node_find_feerate(node, &payment.spend_order.feerate, options->feerate, error));
    PROM_TRY(find_own(node, arena, &payment, error));
    if (order->foreign == NULL) {
        PROM_TRY(list_coins(node, arena, &payment, error));
    } else {
        payment.spend_order.coins = order->foreign;
        payment.spend_order.coin_count = order->foreign_count;
    }
    PROM_TRY(plan(node, arena, &payment, error));
    return carry_out(node, arena, &payment, paid, options->mode, error);
}
