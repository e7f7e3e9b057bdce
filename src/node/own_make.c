/* How payments that publish a P, and those about offers, are made. Two keys are each one's own: of number 2n the offer
 * that payment n makes, of number 2n + 1 its change (docs/keys.md). */
#include <string.h>

#include "node/beginning.h"
#include "node/own.h"
#include "prometheus/bitcoin/script.h"
#include "prometheus/crypto/hash.h"
#include "system/random.h"

enum {
    VERSION = 2, /* no child needs to pay for it */
    OUTPUTS_MAX = PROM_OFFER_OUTPUTS,
    EMPTY_WEIGHT = 42,  /* of a transaction without inputs and outputs, with BIP 144's marker and flag */
    OUTPUT_WEIGHT = 36, /* of an output without its script */
    INPUT_WEIGHT = 230, /* of a P2TR input by its key */
    CHANGE_SAT = 330,   /* dust limit of a P2TR output */
};

/* What is to be made. */
struct plan {
    prom_own_purpose purpose;
    uint32_t number;
    const prom_own_wish *how;
    const prom_wallet_coin *offer; /* that is spent; NULL: none */
    prom_tx_output outputs[OUTPUTS_MAX];
    size_t output_count; /* before the change */
    prom_announcement announcement;
};

/* -- Whether it can be -- */

static prom_result check(const prom_node *node, const prom_own_wish *how, prom_error *error)
{
    PROM_TRY(prom_node_check_ready(node, error));
    if (node->disk_short || node->backup_fails) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "nothing new is begun before %s",
                         node->disk_short ? "the disk has room" : "the backup can be written");
    }
    if (node->used.own >= PROM_COINS_MAX_OF_EACH) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "this node has made %u transactions, and makes no more",
                         PROM_COINS_MAX_OF_EACH);
    }
    return how->feerate >= 1 && how->feerate <= PROM_OWN_FEERATE_MAX
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the feerate is %u sat/vB, and can be 1 to %u",
                           (unsigned)how->feerate, PROM_OWN_FEERATE_MAX);
}

/* -- Coins -- */

/* What the outputs and the fee take beyond the offer that is spent; zero where it is enough, with a change. */
static prom_amount needs_of(const struct plan *plan)
{
    size_t weight = EMPTY_WEIGHT + (plan->offer != NULL ? INPUT_WEIGHT : 0);
    prom_amount sum = prom_amount_zero();
    for (size_t i = 0; i < plan->output_count; i++) {
        weight += OUTPUT_WEIGHT + 4 * plan->outputs[i].script.length;
        sum = prom_amount_add(sum, plan->outputs[i].value);
    }
    const prom_amount all = prom_amount_add(sum, prom_fee(plan->how->feerate, prom_vsize(weight)));
    if (plan->offer == NULL) {
        return all;
    }
    const prom_amount change = prom_amount_add(
        prom_amount_of(CHANGE_SAT), prom_fee(plan->how->feerate, prom_vsize(OUTPUT_WEIGHT + 4 * (size_t)34)));
    const prom_amount with_change = prom_amount_add(all, change);
    return prom_amount_at_least(plan->offer->coin.value, with_change) ? prom_amount_zero()
           : prom_amount_at_least(plan->offer->coin.value, all)       ? prom_amount_of(CHANGE_SAT)
                                                                : prom_amount_subtract(all, plan->offer->coin.value);
}

static prom_result choose_coins(const prom_node *node, const struct plan *plan, prom_own *coins, prom_error *error)
{
    const prom_amount needs = needs_of(plan);
    coins->coin_count = 0;
    if (!prom_amount_above(needs, prom_amount_zero())) {
        return prom_ok();
    }
    PROM_TRY(prom_node_fund(node, coins, needs, plan->how->feerate, NULL, error));
    return coins->coin_count + (plan->offer != NULL) <= PROM_COINS_MAX
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "this takes more than %u coins: bring some of them together",
                           PROM_COINS_MAX);
}

/* -- Making -- */

struct inputs {
    prom_tx_output spent[PROM_COINS_MAX];
    prom_key keys[PROM_COINS_MAX];
    size_t count;
};

static void wipe_inputs(struct inputs *inputs)
{
    for (size_t i = 0; i < inputs->count; i++) {
        prom_key_wipe(&inputs->keys[i]);
    }
}

static prom_result add_input(const prom_node *node, prom_arena *arena, prom_tx *tx, struct inputs *inputs,
                             const prom_coin *coin, prom_error *error)
{
    const size_t at = inputs->count++;
    tx->inputs[at].outpoint = coin->outpoint;
    tx->inputs[at].sequence = PROM_SEQUENCE_PLAIN;
    inputs->spent[at].value = coin->value;
    PROM_TRY(prom_coins_key(node->fold->coins, &node->wallet, &inputs->keys[at], &coin->key, error));
    return prom_script_p2tr(arena, &inputs->spent[at].script, &coin->key, error);
}

static prom_result fill(const prom_node *node, prom_arena *arena, prom_tx *tx, struct inputs *inputs,
                        const struct plan *plan, const prom_own *coins, prom_error *error)
{
    PROM_SCOPED(prom_key_wipe) prom_key change = {0};
    const prom_bytes32 auxiliary = prom_random_bytes32();
    tx->version = VERSION;
    if (plan->offer != NULL) {
        PROM_TRY(add_input(node, arena, tx, inputs, &plan->offer->coin, error));
    }
    for (size_t i = 0; i < coins->coin_count; i++) {
        PROM_TRY(add_input(node, arena, tx, inputs, &coins->coins[i], error));
    }
    for (size_t i = 0; i < plan->output_count; i++) {
        tx->outputs[i] = plan->outputs[i];
    }
    PROM_TRY(prom_wallet_path_key(&node->wallet, &change, prom_wallet_own_path(plan->number, PROM_WALLET_REST), error));
    PROM_TRY(prom_script_p2tr(arena, &tx->outputs[plan->output_count].script, &change.public_key, error));
    const prom_payment payment = {tx, inputs->spent, inputs->keys, plan->output_count, plan->how->feerate};
    return prom_wallet_pay(node->curve, arena, &payment, &auxiliary, error);
}

static prom_result pay(const prom_node *node, prom_arena *arena, const struct plan *plan, prom_tx **tx,
                       prom_amount *fee, prom_error *error)
{
    prom_own *coins = NULL;
    struct inputs *inputs = NULL;
    prom_amount spent = prom_amount_zero();
    PROM_TRY_NEW(coins, arena, 1, error);
    PROM_TRY_NEW(inputs, arena, 1, error);
    PROM_TRY(choose_coins(node, plan, coins, error));
    PROM_TRY(prom_tx_new(arena, tx, coins->coin_count + (plan->offer != NULL ? 1 : 0), plan->output_count + 1, error));
    const prom_result paid = fill(node, arena, *tx, inputs, plan, coins, error);
    for (size_t i = 0; i < inputs->count; i++) {
        spent = prom_amount_add(spent, inputs->spent[i].value);
    }
    wipe_inputs(inputs);
    PROM_TRY(paid);
    *fee = prom_amount_subtract(spent, prom_tx_output_sum(*tx));
    return prom_ok();
}

static prom_result describe(prom_arena *arena, prom_own_tx *made, const struct plan *plan, const prom_tx *tx,
                            prom_amount fee, prom_error *error)
{
    size_t weight = 0;
    PROM_TRY(prom_tx_weight(arena, &weight, tx, error));
    *made = (prom_own_tx){.number = plan->number,
                          .purpose = plan->purpose,
                          .fee = fee,
                          .locks = plan->purpose == PROM_OWN_OFFER ? tx->outputs[0].value : prom_amount_zero(),
                          .change = tx->outputs[tx->output_count - 1].value,
                          .vsize = prom_vsize(weight)};
    PROM_TRY(prom_tx_id(arena, &made->txid, tx, error));
    return prom_tx_serialize(arena, &made->bytes, tx, true, error);
}

/* By the offer's key, which vouches for our node and its address. */
static prom_result announce(const prom_node *node, prom_arena *arena, const struct plan *plan, const prom_own_tx *made,
                            prom_span *bytes, prom_error *error)
{
    PROM_SCOPED(prom_key_wipe) prom_key Q = {0};
    const prom_bytes32 auxiliary = prom_random_bytes32();
    prom_announcement announcement = plan->announcement;
    prom_bytes32 hash;
    announcement.offer = (prom_outpoint){made->txid, 0};
    announcement.node_key = node->key.public_key;
    announcement.address = prom_span_of(node->config.address.bytes, node->config.address.length);
    PROM_TRY(prom_wallet_path_key(&node->wallet, &Q, prom_wallet_own_path(plan->number, PROM_WALLET_OFFER), error));
    PROM_TRY(prom_announcement_hash(arena, &hash, &announcement, error));
    PROM_TRY(prom_sign(node->curve, &announcement.signature, &hash, &Q, &auxiliary, error));
    return prom_announcement_write(arena, bytes, &announcement, error);
}

static prom_result make(prom_node *node, prom_arena *arena, prom_own_tx *made, struct plan *plan, prom_error *error)
{
    prom_tx *tx = NULL;
    prom_amount fee = prom_amount_zero();
    prom_store_payment own = {.purpose = (uint8_t)plan->purpose, .state = PROM_PAYMENT_OPEN};
    PROM_TRY(pay(node, arena, plan, &tx, &fee, error));
    PROM_TRY(describe(arena, made, plan, tx, fee, error));
    if (plan->purpose == PROM_OWN_OFFER) {
        PROM_TRY(announce(node, arena, plan, made, &own.announcement, error));
    }
    if (plan->how->dry_run) {
        return prom_ok();
    }
    own.number = made->number;
    own.txid = made->txid;
    own.bytes = made->bytes;
    if (!prom_amount_get(fee, &own.fee)) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "a transaction of our own has no valid fee");
    }
    return prom_node_keep_payment(node, &own, error);
}

/* -- Each kind -- */

prom_result prom_node_publish_parameters(prom_node *node, prom_arena *arena, prom_own_tx *made,
                                         const prom_parameters *P, const prom_own_wish *wish, prom_error *error)
{
    struct plan plan = {.purpose = PROM_OWN_PARAMETERS, .number = node->used.own, .how = wish, .output_count = 1};
    PROM_TRY(check(node, wish, error));
    PROM_TRY(prom_parameters_check(node->curve, P, node->network, error));
    PROM_TRY(prom_parameters_script(arena, &plan.outputs[0].script, P, error));
    plan.outputs[0].value = prom_amount_zero();
    return make(node, arena, made, &plan, error);
}

static prom_result plan_offer(const prom_node *node, prom_arena *arena, struct plan *plan, const prom_offer_wish *wish,
                              prom_error *error)
{
    PROM_SCOPED(prom_key_wipe) prom_key Q = {0};
    char text[PROM_HEX32];
    PROM_TRY(check(node, &wish->how, error));
    const prom_index_record *P = prom_index_find(node->fold->index, PROM_INDEX_P, &wish->p_txid);
    if (!prom_node_has_role(node, PROM_ROLE_ARBITER)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "this node is no arbiter: its owner has not switched that role on");
    }
    if (P == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "our chain has no P in the transaction %s",
                         prom_hex32_reversed(text, &wish->p_txid));
    }
    if (node->config.address.length == 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the node listens at no address: who draws the offer could not ask for it");
    }
    if (prom_amount_above(wish->retainer, P->P.a)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "a retainer above the stake is paid by nobody");
    }
    *plan = (struct plan){
        .purpose = PROM_OWN_OFFER, .number = node->used.own, .how = &wish->how, .output_count = PROM_OFFER_OUTPUTS};
    PROM_TRY(prom_wallet_path_key(&node->wallet, &Q, prom_wallet_own_path(plan->number, PROM_WALLET_OFFER), error));
    plan->announcement = (prom_announcement){.p_txid = wish->p_txid, .Q = Q.public_key, .retainer = wish->retainer};
    return prom_offer_outputs(node->curve, arena, plan->outputs, &wish->p_txid, &P->P, &Q.public_key, error);
}

prom_result prom_node_make_offer(prom_node *node, prom_arena *arena, prom_own_tx *made, const prom_offer_wish *wish,
                                 prom_error *error)
{
    struct plan plan;
    PROM_TRY(plan_offer(node, arena, &plan, wish, error));
    return make(node, arena, made, &plan, error);
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

prom_result prom_node_renew_offer(prom_node *node, prom_arena *arena, prom_own_tx *made, const prom_outpoint *offer,
                                  const prom_offer_wish *wish, prom_error *error)
{
    struct plan plan;
    PROM_TRY(plan_offer(node, arena, &plan, wish, error));
    PROM_TRY(find_offer(node, &plan.offer, offer, error));
    return make(node, arena, made, &plan, error);
}

prom_result prom_node_withdraw_offer(prom_node *node, prom_arena *arena, prom_own_tx *made, const prom_outpoint *offer,
                                     const prom_own_wish *wish, prom_error *error)
{
    struct plan plan = {.purpose = PROM_OWN_WITHDRAWAL, .number = node->used.own, .how = wish};
    PROM_TRY(check(node, wish, error));
    PROM_TRY(find_offer(node, &plan.offer, offer, error));
    return make(node, arena, made, &plan, error);
}
