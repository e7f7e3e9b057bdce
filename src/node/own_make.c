/* What the owner has paid for. Two keys are each payment's own: of number 2n the offer that payment n makes, of number
 * 2n + 1 its change (docs/keys.md). */
#include <string.h>

#include "node/beginning.h"
#include "node/own.h"
#include "node/pay.h"
#include "prometheus/base/base64.h"

/* -- Addresses -- */

/* The transaction, and of a PSBT that went out its text. */
static prom_result read_made(prom_arena *arena, const prom_store_payment *made, prom_tx **tx, const char **text,
                             prom_error *error)
{
    prom_psbt *psbt = NULL;
    if (made->state != PROM_PAYMENT_OUT) {
        return prom_tx_parse(arena, tx, made->bytes, error);
    }
    PROM_TRY(prom_psbt_parse(arena, &psbt, made->bytes, error));
    *tx = psbt->tx;
    return prom_base64_write(arena, text, made->bytes, error);
}

static bool pays(const prom_tx *tx, const prom_tx_output *payee, bool all)
{
    for (size_t i = 0; i < tx->output_count; i++) {
        const prom_tx_output *output = &tx->outputs[i];
        if (prom_span_equal(output->script, payee->script) && (all || prom_amount_equal(output->value, payee->value))) {
            return true;
        }
    }
    return false;
}

static prom_result check_same(const prom_pay_order *order, const prom_tx *tx, const prom_bytes32 *txid,
                              prom_error *error)
{
    char text[PROM_HEX32];
    for (size_t i = 0; i < order->payee_count; i++) {
        if (!pays(tx, &order->payees[i], order->all)) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "the reference is that of the payment %s, which pays somebody else, or another amount: "
                             "take another reference for this one",
                             prom_hex32_reversed(text, txid));
        }
    }
    return prom_ok();
}

/* Tells what was made with the order's reference. */
static prom_result find_made(const prom_node *node, prom_arena *arena, const prom_pay_order *order,
                             prom_node_paid *paid, prom_error *error)
{
    enum { P2TR_WITNESS = 1 + 1 + 64, SEGWIT_MARK = 2 }; /* what a signature adds, of our own coins */
    prom_store_payment made;
    const char *text = NULL;
    prom_tx *tx = NULL;
    bool found = false;
    size_t weight = 0;
    PROM_TRY(prom_node_find_stored(node, arena, &made, &found, order->reference, NULL, error));
    if (!found) {
        return prom_ok();
    }
    PROM_TRY(read_made(arena, &made, &tx, &text, error));
    PROM_TRY(check_same(order, tx, &made.txid, error));
    PROM_TRY(prom_node_describe_payment(node, arena, paid, &made, tx, error));
    PROM_TRY(prom_tx_weight(arena, &weight, tx, error));
    paid->before = true;
    paid->psbt = text;
    paid->vsize = prom_vsize(weight + (text != NULL ? SEGWIT_MARK + P2TR_WITNESS * tx->input_count : 0));
    return prom_ok();
}

static prom_result check_reference(const char *reference, prom_error *error)
{
    return reference == NULL || (reference[0] != '\0' && strlen(reference) <= PROM_NODE_REFERENCE_MAX)
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "a reference has 1 to %u bytes", PROM_NODE_REFERENCE_MAX);
}

prom_result prom_node_withdraw(prom_node *node, prom_arena *arena, prom_node_paid *paid,
                               const prom_node_withdrawal *withdrawal, prom_error *error)
{
    prom_pay_order order = {.purpose = PROM_OWN_PAYMENT,
                            .payee_count = withdrawal->payee_count,
                            .all = withdrawal->all,
                            .reference = withdrawal->reference};
    prom_tx_output *payees = NULL;
    PROM_TRY(check_reference(withdrawal->reference, error));
    if (withdrawal->payee_count == 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "nobody is named who is to be paid");
    }
    PROM_TRY_NEW(payees, arena, withdrawal->payee_count, error);
    for (size_t i = 0; i < withdrawal->payee_count; i++) {
        payees[i].value = withdrawal->payees[i].amount;
        PROM_TRY(prom_within(prom_payment_address_script(arena, &payees[i].script, withdrawal->payees[i].address,
                                                         node->network->address_prefix, error),
                             error, "payee %zu", i + 1));
    }
    order.payees = payees;
    paid->before = false;
    PROM_TRY(withdrawal->reference != NULL ? find_made(node, arena, &order, paid, error) : prom_ok());
    return paid->before ? prom_ok() : prom_node_pay(node, arena, paid, &order, &withdrawal->how, error);
}

/* -- P -- */

prom_result prom_node_publish_parameters(prom_node *node, prom_arena *arena, prom_node_paid *paid,
                                         const prom_parameters *P, const prom_pay_options *options, prom_error *error)
{
    prom_tx_output output = {.value = prom_amount_zero()};
    const prom_pay_order order = {
        .purpose = PROM_OWN_PARAMETERS, .payees = &output, .payee_count = 1, .in_order = true};
    PROM_TRY(prom_node_check_ready(node, error));
    PROM_TRY(prom_parameters_check(node->curve, P, node->network, error));
    PROM_TRY(prom_parameters_script(arena, &output.script, P, error));
    return prom_node_pay(node, arena, paid, &order, options, error);
}

/* -- Offers -- */

static prom_result check_arbiter(const prom_node *node, prom_error *error)
{
    if (!prom_node_has_role(node, PROM_ROLE_ARBITER)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "this node is no arbiter: its owner has not switched that role on (`roles` in prom.conf)");
    }
    return node->config.address.length != 0
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                           "the node listens at no address: who draws the offer could not ask for it");
}

/* The outputs of an offer for that P, and what it announces. */
static prom_result plan_offer(const prom_node *node, prom_arena *arena, prom_tx_output outputs[PROM_OFFER_OUTPUTS],
                              prom_announcement *announcing, const prom_offer_wish *wish, prom_error *error)
{
    PROM_SCOPED(prom_key_wipe) prom_key Q = {0};
    const prom_wallet_path path = prom_wallet_own_path(prom_node_next_payment(node), PROM_WALLET_OFFER);
    char text[PROM_HEX32];
    PROM_TRY(prom_node_check_ready(node, error));
    PROM_TRY(check_arbiter(node, error));
    const prom_index_record *P = prom_index_find(node->fold->index, PROM_INDEX_P, &wish->p_txid);
    if (P == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "our chain has no P in the transaction %s",
                         prom_hex32_reversed(text, &wish->p_txid));
    }
    if (prom_amount_above(wish->retainer, P->P.a)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "a retainer above the stake is paid by nobody");
    }
    PROM_TRY(prom_wallet_path_key(&node->wallet, &Q, path, error));
    *announcing = (prom_announcement){.p_txid = wish->p_txid, .Q = Q.public_key, .retainer = wish->retainer};
    return prom_offer_outputs(node->curve, arena, outputs, &wish->p_txid, &P->P, &Q.public_key, error);
}

prom_result prom_node_pay_offer(prom_node *node, prom_arena *arena, prom_node_paid *paid, const prom_pay_order *coins,
                                const prom_offer_wish *wish, prom_error *error)
{
    prom_tx_output outputs[PROM_OFFER_OUTPUTS];
    prom_announcement announcing;
    prom_pay_order order = *coins;
    PROM_TRY(plan_offer(node, arena, outputs, &announcing, wish, error));
    order.purpose = PROM_OWN_OFFER;
    order.payees = outputs;
    order.payee_count = PROM_OFFER_OUTPUTS;
    order.in_order = true;
    order.announcing = &announcing;
    return prom_node_pay(node, arena, paid, &order, &wish->how, error);
}

prom_result prom_node_make_offer(prom_node *node, prom_arena *arena, prom_node_paid *paid, const prom_offer_wish *wish,
                                 prom_error *error)
{
    prom_pay_order order = {.foreign = wish->coins, .foreign_count = wish->coin_count};
    PROM_TRY(wish->change == NULL ? prom_ok()
                                  : prom_within(prom_payment_address_script(arena, &order.foreign_change, wish->change,
                                                                            node->network->address_prefix, error),
                                                error, "the address for the change"));
    return prom_node_pay_offer(node, arena, paid, &order, wish, error);
}

/* An offer of ours that can be spent: by its owner alone, and without breaking what a channel of ours takes part in. */
static prom_result find_offer(const prom_node *node, const prom_wallet_coin **coin, const prom_outpoint *offer,
                              prom_error *error)
{
    *coin = prom_coins_find(node->fold->coins, offer);
    if (*coin == NULL || !prom_node_is_offer(node, offer)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "that is no offer of ours on the chain, or it is spent already");
    }
    if (prom_node_is_paid_away(node, offer)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "a transaction of ours that spends that offer waits for a block");
    }
    return prom_node_is_input(node, offer, true)
               ? prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                           "that offer takes part in a setup: it can be spent when that is over, or when its contract "
                           "has settled")
               : prom_ok();
}

prom_result prom_node_renew_offer(prom_node *node, prom_arena *arena, prom_node_paid *paid, const prom_outpoint *offer,
                                  const prom_offer_wish *wish, prom_error *error)
{
    const prom_wallet_coin *coin = NULL;
    prom_pay_order order = {.required = &coin, .required_count = 1};
    PROM_TRY(find_offer(node, &coin, offer, error));
    return prom_node_pay_offer(node, arena, paid, &order, wish, error);
}

prom_result prom_node_withdraw_offer(prom_node *node, prom_arena *arena, prom_node_paid *paid,
                                     const prom_outpoint *offer, const prom_pay_options *options, prom_error *error)
{
    const prom_wallet_coin *coin = NULL;
    const prom_pay_order order = {
        .purpose = PROM_OWN_WITHDRAWAL, .required = &coin, .required_count = 1, .alone = true};
    PROM_TRY(prom_node_check_ready(node, error));
    PROM_TRY(find_offer(node, &coin, offer, error));
    return prom_node_pay(node, arena, paid, &order, options, error);
}
