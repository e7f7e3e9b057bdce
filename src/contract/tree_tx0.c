#include <stdio.h>

#include "contract/tree_parts.h"
#include "prometheus/bitcoin/script.h"
#include "prometheus/contract/offer.h"

/* Weight units in Tx0 of a coin that is spent by its key, witness included. Change is an output like a payout. */
enum { COIN_WEIGHT = 230 };

/* Inputs and outputs of Tx0 for one party: what it pays, and whether it gets change. */
typedef struct share {
    prom_amount owed; /* deposit; for C reserve and anchor, too */
    prom_amount fee;
    prom_amount change; /* 0: there is none */
} share;

static prom_result rawtr(const prom_tree_builder *builder, const prom_curve *curve, const prom_descriptor **output,
                         const prom_bytes32 *key)
{
    prom_descriptor *parsed = NULL;
    char hex[PROM_HEX32];
    char text[PROM_HEX32 + 8];
    (void)snprintf(text, sizeof text, "rawtr(%s)", prom_hex32(hex, key));
    PROM_TRY(prom_descriptor_parse(curve, builder->arena, &parsed, text, builder->error));
    *output = parsed;
    return prom_ok();
}

/* protocol 2: every input of Tx0 is a P2TR output that is spent by its key. */
static prom_result set_input(const prom_tree_builder *builder, const prom_curve *curve, size_t index,
                             const prom_coin *coin)
{
    prom_tree_tx *it = &builder->tree->tx[PROM_TX0];
    PROM_TRY(rawtr(builder, curve, &it->descriptor[index], &coin->key));
    it->tx->inputs[index].outpoint = coin->outpoint;
    it->spent[index] = (prom_tx_output){coin->value, it->descriptor[index]->script};
    it->leaf[index] = PROM_KEY_PATH;
    return prom_ok();
}

/* Coins of C, W, V, then the offers. */
static prom_result fill_inputs(const prom_tree_builder *builder, const prom_curve *curve)
{
    const prom_terms *terms = builder->terms;
    size_t index = 0;
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        for (size_t j = 0; j < terms->parties[i].coin_count; j++) {
            PROM_TRY(set_input(builder, curve, index++, &terms->parties[i].coins[j]));
        }
    }
    for (size_t i = 0; i < terms->arbiter_count; i++) {
        const prom_arbiter_terms *arbiter = &terms->arbiters[i];
        const prom_coin offer = {.outpoint = arbiter->offer, .value = terms->P.a, .key = arbiter->offer_key};
        PROM_TRY(set_input(builder, curve, index++, &offer));
    }
    return prom_ok();
}

/* Outputs of Tx0: O0, the mark of P, change of C, W and V, anchor. */
static prom_result fill_outputs(const prom_tree_builder *builder, const share shares[PROM_PARTIES])
{
    const prom_terms *terms = builder->terms;
    const prom_tree *tree = builder->tree;
    prom_tx *tx = tree->tx[PROM_TX0].tx;
    prom_span mark;
    tx->output_count = 0;
    prom_tree_add_output(tx, prom_amount_add(tree->deposit, tree->reserve),
                         tree->output[PROM_OUTPUT_O0].descriptor->script);
    PROM_TRY(prom_contract_mark(builder->arena, &mark, &terms->p_txid, builder->error));
    prom_tree_add_output(tx, prom_amount_zero(), mark);
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        prom_span script;
        PROM_TRY(prom_script_p2tr(builder->arena, &script, &terms->parties[i].change, builder->error));
        if (!prom_amount_is_zero(shares[i].change)) {
            prom_tree_add_output(tx, shares[i].change, script);
        }
    }
    prom_tree_add_output(tx, prom_amount_of(PROM_ANCHOR_SAT), builder->anchor);
    return prom_ok();
}

static prom_result coins_are_short(const prom_tree_builder *builder, prom_party party, const share *it)
{
    char has[PROM_AMOUNT_TEXT];
    char needs[PROM_AMOUNT_TEXT];
    return prom_fail(builder->error, PROM_CATEGORY_BAD_INPUT,
                     "the %s's coins hold %s sat, and at least %s are needed: its deposit%s and its part of Tx0's fee",
                     prom_party_name(party), prom_amount_text(has, prom_coins_sum(&builder->terms->parties[party])),
                     prom_amount_text(needs, prom_amount_add(it->owed, it->fee)),
                     party == PROM_PARTY_C ? ", the reserve, the anchor" : "");
}

/* Whether what the coins hold beyond `owed` and `fee` is worth an output. */
static bool is_worth_change(const prom_tree_builder *builder, prom_party party, share *it, prom_amount fee)
{
    const prom_amount sum = prom_coins_sum(&builder->terms->parties[party]);
    const prom_amount left = prom_amount_subtract(prom_amount_subtract(sum, it->owed), fee);
    it->fee = fee;
    it->change = prom_amount_at_least(left, prom_dust_limit(builder->script[party])) ? left : prom_amount_zero();
    return !prom_amount_is_zero(it->change);
}

static bool covers(const prom_tree_builder *builder, prom_party party, const share *it)
{
    return prom_amount_at_least(prom_coins_sum(&builder->terms->parties[party]), prom_amount_add(it->owed, it->fee));
}

/* protocol 4: W and V pay for their own inputs and change, by a formula that hangs on nobody else's. */
static prom_result settle_own(const prom_tree_builder *builder, prom_party party, share *it)
{
    const uint32_t feerate = builder->terms->feerate;
    const size_t inputs = COIN_WEIGHT * builder->terms->parties[party].coin_count;
    it->owed = prom_terms_deposit(builder->terms, party);
    if (!is_worth_change(builder, party, it, prom_fee(feerate, prom_vsize(inputs + PROM_PAYOUT_WEIGHT)))) {
        it->fee = prom_fee(feerate, prom_vsize(inputs));
    }
    return covers(builder, party, it) ? prom_ok() : coins_are_short(builder, party, it);
}

/* What C pays of the fee as Tx0 stands: all that W and V do not. */
static prom_result client_fee(const prom_tree_builder *builder, const share shares[PROM_PARTIES], prom_amount *fee)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_tree_builder weighing = *builder;
    prom_tree_tx *it = &builder->tree->tx[PROM_TX0];
    prom_arena_init_within(&scratch, builder->arena); /* the scripts that are weighed need not stay */
    weighing.arena = &scratch;
    PROM_TRY(fill_outputs(&weighing, shares));
    PROM_TRY(prom_tree_measure(&weighing, it));
    *fee = prom_amount_subtract(prom_tree_fee(builder, it),
                                prom_amount_add(shares[PROM_PARTY_W].fee, shares[PROM_PARTY_V].fee));
    return prom_ok();
}

static prom_result settle_client(const prom_tree_builder *builder, share shares[PROM_PARTIES])
{
    share *it = &shares[PROM_PARTY_C];
    prom_amount fee;
    const prom_amount extra = prom_amount_add(builder->tree->reserve, prom_amount_of(PROM_ANCHOR_SAT));
    it->owed = prom_amount_add(prom_terms_deposit(builder->terms, PROM_PARTY_C), extra);
    it->change = prom_amount_of(1); /* weighed with change */
    PROM_TRY(client_fee(builder, shares, &fee));
    if (!is_worth_change(builder, PROM_PARTY_C, it, fee)) {
        PROM_TRY(client_fee(builder, shares, &it->fee));
    }
    return covers(builder, PROM_PARTY_C, it) ? prom_ok() : coins_are_short(builder, PROM_PARTY_C, it);
}

prom_result prom_tree_check_vsize(size_t vsize, prom_error *error)
{
    if (vsize > PROM_TX0_VSIZE_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "Tx0 has %zu vB, and at most %u are allowed: bring fewer coins", vsize, PROM_TX0_VSIZE_MAX);
    }
    return prom_ok();
}

prom_result prom_tree_build_tx0(const prom_tree_builder *builder, const prom_curve *curve)
{
    const prom_terms *terms = builder->terms;
    prom_tree *tree = builder->tree;
    prom_tree_tx *it = &tree->tx[PROM_TX0];
    share shares[PROM_PARTIES];
    const size_t input_count = prom_tree_arbiter_input(terms, terms->arbiter_count);
    PROM_TRY(prom_tree_tx_new(builder, it, input_count, PROM_PARTIES + 3));
    PROM_TRY(fill_inputs(builder, curve));
    PROM_TRY(settle_own(builder, PROM_PARTY_W, &shares[PROM_PARTY_W]));
    PROM_TRY(settle_own(builder, PROM_PARTY_V, &shares[PROM_PARTY_V]));
    PROM_TRY(settle_client(builder, shares));
    PROM_TRY(fill_outputs(builder, shares));
    PROM_TRY(prom_tree_measure(builder, it));
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        tree->tx0_fee[i] = shares[i].fee;
    }
    return prom_tree_check_vsize(prom_vsize(it->weight), builder->error);
}
