#include "wallet/spend.h"

#include <string.h>

#include "prometheus/bitcoin/script.h"
#include "system/random.h"

/* Weight units. */
enum {
    INPUT_WEIGHT = 4 * (36 + 1 + 4), /* outpoint, no script, sequence */
    P2TR_WITNESS = 1 + 1 + 64,       /* number and length of elements, and a signature */
    P2WPKH_WITNESS = 1 + 1 + 72 + 1 + 33,
    VALUE_AND_LENGTH = 8 + 1,
    SHELL_WEIGHT = 4 * (4 + 1 + 4) + 2, /* version, number of outputs, lock time; BIP 144's marker and flag */
    TX_VERSION = 2,
    INCREMENTAL = 1000, /* sat for 1000 vB: what Bitcoin Core asks of a replacement at most, if nothing else is set */
};

static size_t witness_weight(prom_span script)
{
    return prom_script_is_p2tr(script) ? P2TR_WITNESS : prom_script_is_p2wpkh(script) ? P2WPKH_WITNESS : 0;
}

/* No address has a script of more than 42 bytes. */
static uint32_t output_weight(prom_span script)
{
    return (uint32_t)(4 * (VALUE_AND_LENGTH + script.length));
}

/* -- What was ordered -- */

static prom_result check_payee(const prom_curve *curve, const prom_tx_output *payee, bool all, size_t place,
                               prom_error *error)
{
    char value[PROM_AMOUNT_TEXT];
    char dust[PROM_AMOUNT_TEXT];
    const prom_amount limit = prom_dust_limit(payee->script);
    if (payee->script.length == 0 || payee->script.length > 0xfc) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "payee %zu has no script that an address stands for", place + 1);
    }
    if (!all && !prom_amount_at_least(payee->value, limit)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "payee %zu would get %s sat: nodes relay no less than %s sat",
                         place + 1, prom_amount_text(value, payee->value), prom_amount_text(dust, limit));
    }
    if (prom_script_is_p2tr(payee->script)) {
        prom_bytes32 key;
        memcpy(key.bytes, payee->script.data + 2, sizeof key.bytes);
        if (!prom_public_key_valid(curve, &key)) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "the address of payee %zu has a key that does not exist: nobody could spend what it gets",
                             place + 1);
        }
    }
    return prom_ok();
}

static prom_result check_order(const prom_curve *curve, const prom_spend_order *order, prom_error *error)
{
    if (order->payee_count == 0 || order->payee_count > PROM_SPEND_PAYEES_MAX ||
        (order->all && order->payee_count > 1)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         order->all ? "all that there is can be paid to one address only"
                                    : "a payment pays to 1 to %u addresses, not to %zu",
                         PROM_SPEND_PAYEES_MAX, order->payee_count);
    }
    if (witness_weight(order->change) == 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "change goes to a P2TR or P2WPKH address only");
    }
    for (size_t i = 0; i < order->coin_count; i++) {
        if (witness_weight(order->coins[i].output.script) == 0) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "coin %zu is neither P2TR nor P2WPKH: no other kind can be spent here", i + 1);
        }
    }
    for (size_t i = 0; i < order->payee_count; i++) {
        PROM_TRY(check_payee(curve, &order->payees[i], order->all, i, error));
    }
    return prom_ok();
}

/* -- The plan -- */

static prom_result choose(prom_arena *arena, prom_selection *selection, const prom_spend_order *order,
                          prom_error *error)
{
    prom_selectable *coins = NULL;
    prom_selection_wish wish = {.target = prom_amount_zero(),
                                .all = order->all,
                                .required = order->required,
                                .weight = SHELL_WEIGHT,
                                .change_weight = output_weight(order->change),
                                .respend = (uint32_t)(INPUT_WEIGHT + witness_weight(order->change)),
                                .dust = prom_dust_limit(order->change),
                                .feerate = order->feerate,
                                .replaced = order->replaced,
                                .incremental = prom_amount_is_zero(order->replaced) ? 0 : INCREMENTAL,
                                .fee_max = order->fee_max};
    for (size_t i = 0; i < order->payee_count; i++) {
        wish.target = order->all ? wish.target : prom_amount_add(wish.target, order->payees[i].value);
        wish.weight += output_weight(order->payees[i].script);
    }
    PROM_TRY_NEW(coins, arena, order->coin_count, error);
    for (size_t i = 0; i < order->coin_count; i++) {
        const prom_tx_output *output = &order->coins[i].output;
        coins[i] = (prom_selectable){output->value, (uint32_t)(INPUT_WEIGHT + witness_weight(output->script))};
    }
    return prom_selection_make(arena, selection, coins, order->coin_count, &wish, error);
}

/* Where the change stands: nobody is to see it by its place. */
static size_t change_place(const prom_spend_order *order)
{
    const size_t places = order->payee_count + 1;
    return order->in_order ? order->payee_count : order->change.data[order->change.length - 1] % places;
}

static void write_outputs(prom_spending *spend, const prom_spend_order *order, const prom_selection *selection)
{
    size_t payee = 0;
    for (size_t i = 0; i < spend->tx->output_count; i++) {
        prom_tx_output *output = &spend->tx->outputs[i];
        if (i == spend->change) {
            *output = (prom_tx_output){selection->change, order->change};
            continue;
        }
        *output = order->payees[payee++];
        output->value = order->all ? prom_amount_subtract(selection->sum, selection->fee) : output->value;
    }
}

/* That what comes out is what was chosen: nothing is lost, and the fee is what was asked for. */
static prom_result check_plan(prom_arena *arena, prom_spending *spend, const prom_spend_order *order, prom_error *error)
{
    size_t weight = 0;
    prom_amount sum = prom_amount_zero();
    PROM_TRY(prom_tx_weight(arena, &weight, spend->tx, error));
    weight += 2; /* BIP 144's marker and flag */
    for (size_t i = 0; i < spend->tx->input_count; i++) {
        weight += witness_weight(spend->spent[i].script);
        sum = prom_amount_add(sum, spend->spent[i].value);
    }
    spend->vsize = prom_vsize(weight);
    const bool adds_up = prom_amount_equal(prom_amount_subtract(sum, prom_tx_output_sum(spend->tx)), spend->fee);
    return adds_up && prom_amount_at_least(spend->fee, prom_fee_of_weight(order->feerate, weight))
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BROKEN, "a payment does not add up");
}

prom_result prom_spend_plan(const prom_curve *curve, prom_arena *arena, prom_spending *spend,
                            const prom_spend_order *order, prom_error *error)
{
    prom_selection selection;
    prom_tx_output *spent = NULL;
    *spend = (prom_spending){.change = PROM_SPEND_NO_CHANGE};
    PROM_TRY(check_order(curve, order, error));
    PROM_TRY(choose(arena, &selection, order, error));
    const bool change = !prom_amount_is_zero(selection.change);
    PROM_TRY(prom_tx_new(arena, &spend->tx, selection.count, order->payee_count + (change ? 1 : 0), error));
    PROM_TRY_NEW(spent, arena, selection.count, error);
    spend->tx->version = TX_VERSION;
    spend->tx->locktime = order->locktime;
    spend->chosen = selection.chosen;
    spend->fee = selection.fee;
    spend->change = change ? change_place(order) : PROM_SPEND_NO_CHANGE;
    for (size_t i = 0; i < selection.count; i++) {
        const prom_spend_coin *coin = &order->coins[selection.chosen[i]];
        spend->tx->inputs[i].outpoint = coin->outpoint;
        spend->tx->inputs[i].sequence = PROM_SEQUENCE_PLAIN;
        spent[i] = coin->output;
    }
    spend->spent = spent;
    write_outputs(spend, order, &selection);
    if (order->all) {
        PROM_TRY(check_payee(curve, &spend->tx->outputs[0], false, 0, error));
    }
    return check_plan(arena, spend, order, error);
}

/* -- Signatures -- */

prom_result prom_spend_sign(const prom_wallet *wallet, prom_arena *arena, const prom_spending *spend,
                            const prom_wallet_path *paths, prom_error *error)
{
    for (size_t i = 0; i < spend->tx->input_count; i++) {
        PROM_SCOPED(prom_key_wipe) prom_key key = {0};
        const prom_bytes32 auxiliary = prom_random_bytes32();
        const prom_signed_input what = {.tx = spend->tx, .spent = spend->spent, .index = i};
        const prom_span script = spend->spent[i].script;
        PROM_TRY(prom_wallet_path_key(wallet, &key, paths[i], error));
        if (!prom_script_is_p2tr(script) || memcmp(script.data + 2, key.public_key.bytes, 32) != 0) {
            return prom_fail(error, PROM_CATEGORY_MISUSE, "input %zu of a payment is not of the key that signs it", i);
        }
        PROM_TRY(prom_wallet_sign_input(wallet->curve, arena, &spend->tx->inputs[i], &what, &key, &auxiliary, error));
    }
    return prom_ok();
}

prom_result prom_spend_psbt(const prom_wallet *wallet, prom_arena *arena, prom_psbt **psbt, const prom_spending *spend,
                            const prom_wallet_path *paths, const prom_wallet_path *change, prom_error *error)
{
    prom_psbt_origin origin;
    PROM_TRY(prom_psbt_new(arena, psbt, spend->tx, error));
    for (size_t i = 0; i < spend->tx->input_count; i++) {
        if (paths != NULL) {
            PROM_TRY(prom_wallet_origin(wallet, arena, &origin, paths[i], error));
        }
        PROM_TRY(prom_psbt_describe_input(arena, *psbt, i, &spend->spent[i], paths != NULL ? &origin : NULL, error));
    }
    if (change != NULL && spend->change != PROM_SPEND_NO_CHANGE) {
        PROM_TRY(prom_wallet_origin(wallet, arena, &origin, *change, error));
        PROM_TRY(prom_psbt_describe_output(arena, *psbt, spend->change, &origin, error));
    }
    return prom_ok();
}
