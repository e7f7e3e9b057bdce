/* Payments that wait for a block, made anew for a higher fee, or taken back (BIP 125). The new one spends a coin of
 * each that it takes the place of: no chain has two of them. All of them are kept until one is deep in a block. */
#include <stdio.h>
#include <string.h>

#include "node/beginning.h"
#include "node/needs.h"
#include "node/pay.h"
#include "prometheus/bitcoin/script.h"

/* What is to be replaced, and by what. */
struct replacement {
    const prom_node_payment *old;
    const prom_wallet_coin **coins; /* of the old one, as far as they are there */
    prom_pay_order order;
    prom_pay_options options;
    char reference[PROM_NODE_REFERENCE_MAX + 2]; /* of the new one, which may be too long; "": none */
};

/* -- Which one -- */

static prom_result refuse(prom_error *error, const char *why)
{
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "that payment cannot be replaced: %s", why);
}

static const prom_node_payment *find_payment(const prom_node *node, const prom_bytes32 *txid)
{
    for (size_t i = 0; i < node->payment_count; i++) {
        if (prom_bytes32_equal(&node->payments[i].txid, txid)) {
            return &node->payments[i];
        }
    }
    return NULL;
}

static prom_result check_fate(const prom_node *node, const prom_node_payment *payment, prom_error *error)
{
    uint32_t height;
    switch (prom_node_fate_of(node, payment, &height)) {
    case PROM_PAYMENT_WAITS:
        return prom_ok();
    case PROM_PAYMENT_OUTBID:
        return refuse(error, "a later one of ours takes its place already: name that");
    case PROM_PAYMENT_MINED:
        return refuse(error, "a block has it");
    case PROM_PAYMENT_REPLACED:
        return refuse(error, "a block has another transaction that spends one of its coins");
    case PROM_PAYMENT_UNREAD:
        break;
    }
    return refuse(error, "nobody knows what became of it");
}

/* -- Its coins -- */

static prom_result list_coins(const prom_node *node, prom_arena *arena, struct replacement *replacement,
                              prom_error *error)
{
    const prom_tx *tx = replacement->old->tx;
    PROM_TRY_NEW(replacement->coins, arena, tx->input_count, error);
    for (size_t i = 0; i < tx->input_count; i++) {
        const prom_wallet_coin *coin = prom_coins_find(node->fold->coins, &tx->inputs[i].outpoint);
        if (coin != NULL) {
            replacement->coins[replacement->order.required_count++] = coin;
        }
    }
    replacement->order.required = replacement->coins;
    return replacement->order.required_count > 0
               ? prom_ok()
               : refuse(error, "none of its coins is one of ours in a block; so it holds none either");
}

static bool spends_one_of(const prom_node_payment *payment, const struct replacement *replacement)
{
    for (size_t i = 0; i < replacement->order.required_count; i++) {
        if (prom_tx_spends(payment->tx, &replacement->coins[i]->coin.outpoint)) {
            return true;
        }
    }
    return false;
}

/* Marks all that may be mined in its place, directly or because something in between is not. */
static prom_result list_rivals(const prom_node *node, prom_arena *arena, const struct replacement *replacement,
                               bool **rivals, prom_error *error)
{
    bool more = true;
    PROM_TRY_NEW(*rivals, arena, node->payment_count, error);
    (*rivals)[replacement->old - node->payments] = true;
    while (more) {
        more = false;
        for (size_t i = 0; i < node->payment_count * node->payment_count; i++) {
            const size_t known = i / node->payment_count;
            const size_t other = i % node->payment_count;
            if ((*rivals)[known] && !(*rivals)[other] &&
                prom_node_payments_conflict(&node->payments[known], &node->payments[other])) {
                (*rivals)[other] = more = true;
            }
        }
    }
    return prom_ok();
}

/* Each that may be mined loses a coin to the new one, and the dearest of them is outbid. */
static prom_result check_rivals(const prom_node *node, prom_arena *arena, struct replacement *replacement,
                                prom_error *error)
{
    bool *rivals = NULL;
    replacement->order.replaced = prom_amount_zero();
    PROM_TRY(list_rivals(node, arena, replacement, &rivals, error));
    for (size_t i = 0; i < node->payment_count; i++) {
        if (rivals[i] && !spends_one_of(&node->payments[i], replacement)) {
            return refuse(error, "the coin that it shares with an earlier one is in no block any more, so that both "
                                 "could be mined: wait until it is there again");
        }
        replacement->order.replaced = rivals[i] ? prom_amount_larger(replacement->order.replaced, node->payments[i].fee)
                                                : replacement->order.replaced;
    }
    return prom_ok();
}

/* -- Its feerate -- */

/* The least feerate above that of the old one. */
static prom_result feerate_above(prom_arena *arena, uint32_t *feerate, const prom_node_payment *old, prom_error *error)
{
    uint64_t least = 0;
    size_t weight = 0;
    PROM_TRY(prom_tx_weight(arena, &weight, old->tx, error));
    const prom_amount paid = prom_amount_divide(prom_amount_multiply(old->fee, 1000), prom_vsize(weight));
    if (!prom_amount_get(prom_amount_add(paid, prom_amount_of(1)), &least) || least > UINT32_MAX) {
        return refuse(error, "what it pays is not known");
    }
    *feerate = (uint32_t)least;
    return prom_ok();
}

static prom_result find_feerate(const prom_node *node, prom_arena *arena, struct replacement *replacement,
                                prom_error *error)
{
    uint32_t wanted = 0;
    uint32_t least = 0;
    PROM_TRY(prom_node_find_feerate(node, &wanted, replacement->options.feerate, error));
    PROM_TRY(feerate_above(arena, &least, replacement->old, error));
    if (replacement->options.feerate != 0 && wanted < least) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "that payment cannot be replaced for %u sat/vB: it pays %u.%03u sat/vB already",
                         (unsigned)(wanted / 1000), (unsigned)((least - 1) / 1000), (unsigned)((least - 1) % 1000));
    }
    replacement->options.feerate = wanted > least ? wanted : least;
    return prom_ok();
}

static prom_result begin(const prom_node *node, prom_arena *arena, struct replacement *replacement,
                         const prom_bytes32 *txid, const prom_pay_options *options, prom_error *error)
{
    const prom_node_payment *old = find_payment(node, txid);
    *replacement = (struct replacement){.old = old, .options = *options};
    if (old == NULL) {
        return refuse(error, "no payment of ours in that transaction waits for a block");
    }
    if (options->mode == PROM_PAY_PSBT) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "what this wallet has signed it replaces by itself");
    }
    PROM_TRY(check_fate(node, old, error));
    PROM_TRY(list_coins(node, arena, replacement, error));
    PROM_TRY(check_rivals(node, arena, replacement, error));
    return find_feerate(node, arena, replacement, error);
}

/* -- What it pays -- */

/* All outputs but the change, in their order. */
static prom_result list_payees(const prom_node *node, prom_arena *arena, struct replacement *replacement,
                               prom_error *error)
{
    PROM_SCOPED(prom_key_wipe) prom_key key = {0};
    const prom_tx *tx = replacement->old->tx;
    prom_tx_output *payees = NULL;
    prom_span change;
    PROM_TRY(prom_wallet_path_key(&node->wallet, &key, prom_wallet_own_path(replacement->old->number, PROM_WALLET_REST),
                                  error));
    PROM_TRY(prom_script_p2tr(arena, &change, &key.public_key, error));
    PROM_TRY_NEW(payees, arena, tx->output_count, error);
    for (size_t i = 0; i < tx->output_count; i++) {
        if (!prom_span_equal(tx->outputs[i].script, change)) {
            payees[replacement->order.payee_count++] = tx->outputs[i];
        }
    }
    replacement->order.payees = payees;
    return prom_ok();
}

static void take_reference(void *context, const prom_split_paid *split)
{
    struct replacement *replacement = context;
    if (prom_bytes32_equal(&split->txid, &replacement->old->txid)) {
        (void)snprintf(replacement->reference, sizeof replacement->reference, "%s%c", split->reference,
                       PROM_SPLIT_AGAIN);
    }
}

/* What a split was paid for is found by its reference, which no two payments have: the new one's has a mark more. */
static prom_result name_split(const prom_node *node, struct replacement *replacement, prom_error *error)
{
    if (replacement->order.purpose != PROM_OWN_SPLIT) {
        return prom_ok();
    }
    PROM_TRY(prom_node_each_split(node, take_reference, replacement, error));
    replacement->order.reference = replacement->reference[0] != '\0' ? replacement->reference : NULL;
    return strlen(replacement->reference) <= PROM_NODE_REFERENCE_MAX
               ? prom_ok()
               : refuse(error, "it took the place of so many others that its reference has no room for one more: wait "
                               "for a block, or cancel it");
}

static prom_result bump_offer(prom_node *node, prom_arena *arena, prom_node_paid *paid, struct replacement *replacement,
                              prom_error *error)
{
    const prom_outpoint offer = {replacement->old->txid, 0};
    const prom_announcement *announced = prom_node_offer_of(node, &offer);
    if (announced == NULL) {
        return refuse(error, "what it announces is not known");
    }
    const prom_offer_wish wish = {
        .p_txid = announced->p_txid, .retainer = announced->retainer, .how = replacement->options};
    return prom_node_pay_offer(node, arena, paid, &replacement->order, &wish, error);
}

prom_result prom_node_bump_payment(prom_node *node, prom_arena *arena, prom_node_paid *paid, const prom_bytes32 *txid,
                                   const prom_pay_options *options, prom_error *error)
{
    struct replacement replacement;
    PROM_TRY(begin(node, arena, &replacement, txid, options, error));
    replacement.order.purpose = replacement.old->purpose;
    switch (replacement.order.purpose) {
    case PROM_OWN_OFFER:
        return bump_offer(node, arena, paid, &replacement, error);
    case PROM_OWN_PARAMETERS:
    case PROM_OWN_PAYMENT:
    case PROM_OWN_SPLIT:
        replacement.order.in_order = replacement.order.purpose != PROM_OWN_PAYMENT;
        PROM_TRY(list_payees(node, arena, &replacement, error));
        PROM_TRY(name_split(node, &replacement, error));
        break;
    case PROM_OWN_WITHDRAWAL:
    case PROM_OWN_CANCELLATION:
        replacement.order.alone = true; /* all goes to ourselves */
        break;
    case PROM_OWN_PURPOSES:
        return refuse(error, "nobody knows what it is for");
    }
    return prom_node_pay(node, arena, paid, &replacement.order, &replacement.options, error);
}

prom_result prom_node_cancel_payment(prom_node *node, prom_arena *arena, prom_node_paid *paid, const prom_bytes32 *txid,
                                     const prom_pay_options *options, prom_error *error)
{
    struct replacement replacement;
    PROM_TRY(begin(node, arena, &replacement, txid, options, error));
    for (size_t i = 0; i < replacement.order.required_count; i++) {
        if (prom_node_is_offer(node, &replacement.coins[i]->coin.outpoint)) {
            return refuse(error, "it spends an offer, which would end by that, too");
        }
    }
    replacement.order.purpose = PROM_OWN_CANCELLATION;
    replacement.order.alone = true;
    return prom_node_pay(node, arena, paid, &replacement.order, &replacement.options, error);
}
