#include "node/needs.h"

#include <stdlib.h>
#include <string.h>

#include "node/beginning.h"
#include "node/pay.h"
#include "prometheus/bitcoin/script.h"

#define SPLIT_BYTES ((size_t)1 << 24) /* of one on the disk, as it is parsed */

enum {
    INPUT_WEIGHT = 230, /* of a P2TR input by its key, and of a P2TR output */
    OUTPUT_WEIGHT = 172,
    SHELL_WEIGHT = 48, /* of all else in a payment, counts of more than 252 too */
    SPARE = 16,        /* a sixteenth more than is needed: the next round's prices may be a little higher */
};

/* Coins that needs are given, as they are. */
struct purse {
    const prom_node *node;
    prom_coin_list taken;
    size_t *places; /* of each need its first coin there */
    prom_coin_kind worst;
    uint32_t youngest; /* height of the youngest coin of a deposit */
};

/* -- Meeting a need -- */

static prom_funding funding_of(const struct purse *purse, const prom_coin_need *need)
{
    const prom_party party = need->role == PROM_ROLE_CLIENT ? PROM_PARTY_C : PROM_PARTY_V;
    return (prom_funding){prom_node_needs(need->terms, party), need->terms->feerate, purse->worst, &purse->taken, true};
}

static void take(struct purse *purse, prom_coin_need *need, const prom_wallet_coin *coin)
{
    purse->taken.items[purse->taken.count++] = coin;
    need->coins++;
}

static void meet_fees(struct purse *purse, prom_coin_need *need)
{
    const prom_wallet_coin *coin = NULL;
    prom_fee_coin needed;
    need->value = prom_amount_invalid();
    if (!prom_is_ok(prom_node_fee_coin_needed(purse->node, &needed, need->role, need->terms, NULL))) {
        return;
    }
    need->value = needed.value;
    if (prom_is_ok(prom_node_find_coin(purse->node, &coin, need->role, need->terms, &purse->taken, NULL)) &&
        !prom_node_is_meant(purse->node, &coin->coin.outpoint)) {
        take(purse, need, coin);
    }
}

static void meet_deposit(struct purse *purse, prom_coin_need *need)
{
    const prom_funding funding = funding_of(purse, need);
    prom_own own = {.coin_count = 0};
    need->value = prom_node_coin_for(&funding);
    if (!prom_is_ok(prom_node_fund(purse->node, &own, &funding, NULL))) {
        return;
    }
    for (size_t i = 0; i < own.coin_count; i++) {
        const prom_wallet_coin *coin = prom_coins_find(purse->node->fold->coins, &own.coins[i].outpoint);
        take(purse, need, coin);
        purse->youngest = coin->height > purse->youngest ? coin->height : purse->youngest;
    }
}

/* In the order in which contracts take them: so those that are begun then have the same. Returns whether all are met.
 */
static bool meet_all(struct purse *purse, prom_coin_need *needs, size_t count)
{
    bool all = true;
    purse->taken.count = 0;
    purse->youngest = 0;
    for (size_t i = 0; i < count; i++) {
        needs[i].coins = 0;
        purse->places[i] = purse->taken.count;
        if (needs[i].for_fees) {
            meet_fees(purse, &needs[i]);
        } else {
            meet_deposit(purse, &needs[i]);
        }
        needs[i].met = needs[i].coins > 0;
        all = all && needs[i].met;
    }
    return all;
}

static prom_result open_purse(struct purse *purse, const prom_node *node, prom_arena *arena, size_t needs,
                              prom_error *error)
{
    size_t count = 0;
    (void)prom_coins_list(node->fold->coins, &count);
    *purse = (struct purse){.node = node, .worst = PROM_COIN_OLD};
    prom_arena_init(arena, SIZE_MAX);
    PROM_TRY_NEW(purse->taken.items, arena, count, error);
    PROM_TRY_NEW(purse->places, arena, needs, error);
    return prom_ok();
}

/* Takes the coins away that hold most beyond the need that they meet. Returns whether there were any. */
static bool release_one(struct purse *purse, prom_coin_need *needs, size_t count)
{
    prom_amount most = prom_amount_zero();
    size_t best = count;
    for (size_t i = 0; i < count; i++) {
        prom_amount held = prom_amount_zero();
        for (size_t j = 0; j < needs[i].coins; j++) {
            held = prom_amount_add(held, purse->taken.items[purse->places[i] + j]->coin.value);
        }
        const prom_amount beyond = prom_amount_subtract(held, needs[i].value);
        if (needs[i].met && !needs[i].firm && prom_amount_above(beyond, most)) {
            most = beyond;
            best = i;
        }
    }
    if (best == count) {
        return false;
    }
    for (size_t j = 0; j < needs[best].coins; j++) {
        purse->taken.items[purse->places[best] + j] = NULL;
    }
    needs[best].met = false;
    needs[best].coins = 0;
    return true;
}

/* -- What is left -- */

static int largest_first(const void *a, const void *b)
{
    const prom_amount one = (*(const prom_wallet_coin *const *)a)->coin.value;
    const prom_amount other = (*(const prom_wallet_coin *const *)b)->coin.value;
    return prom_amount_above(one, other) ? -1 : prom_amount_above(other, one);
}

/* Free coins that meet no need, and that no channel of ours is meant to spend, the largest first. */
static prom_result list_left(const struct purse *purse, prom_arena *arena, prom_coin_list *left, prom_error *error)
{
    size_t count = 0;
    const prom_wallet_coin *list = prom_coins_list(purse->node->fold->coins, &count);
    *left = (prom_coin_list){.count = 0};
    PROM_TRY_NEW(left->items, arena, count, error);
    for (size_t i = 0; i < count; i++) {
        if (prom_node_is_free(purse->node, &list[i]) && !prom_coin_listed(&purse->taken, &list[i]) &&
            !prom_node_is_meant(purse->node, &list[i].coin.outpoint)) {
            left->items[left->count++] = &list[i];
        }
    }
    if (left->count > 0) {
        qsort(left->items, left->count, sizeof *left->items, largest_first);
    }
    return prom_ok();
}

static prom_amount sum_of(const prom_coin_list *list)
{
    prom_amount sum = prom_amount_zero();
    for (size_t i = 0; i < list->count; i++) {
        sum = prom_amount_add(sum, list->items[i]->coin.value);
    }
    return sum;
}

/* -- Splitting -- */

/* What a payment would make, and of how many coins. */
struct split {
    size_t contracts;
    size_t outputs;
    size_t inputs; /* the first ones of what is left */
    bool spare;
    prom_amount target;
};

static prom_amount with_spare(prom_amount value, bool spare)
{
    return spare ? prom_amount_add(value, prom_amount_divide(value, SPARE)) : value;
}

/* What it costs beside its target, with a change. */
static prom_amount cost_of(const struct split *split, uint32_t feerate)
{
    const size_t weight = SHELL_WEIGHT + INPUT_WEIGHT * split->inputs + OUTPUT_WEIGHT * (split->outputs + 1);
    return prom_fee_of_weight(feerate, weight);
}

/* How many coins it takes; false: all do not suffice. */
static bool find_inputs(struct split *split, const prom_coin_list *left, uint32_t feerate)
{
    prom_amount sum = prom_amount_zero();
    for (split->inputs = 0; split->inputs < left->count;) {
        sum = prom_amount_add(sum, left->items[split->inputs++]->coin.value);
        if (prom_amount_at_least(sum, prom_amount_add(split->target, cost_of(split, feerate)))) {
            return true;
        }
    }
    return false;
}

/* The first contract that lacks coins, with what it lacks: from need `*at` on, which moves behind it. */
static struct split next_of(const prom_coin_need *needs, size_t count, size_t *at, bool spare)
{
    struct split split = {.target = prom_amount_zero()};
    while (*at < count && split.outputs == 0) {
        const prom_terms *terms = needs[*at].terms;
        for (; *at < count && needs[*at].terms == terms; (*at)++) {
            if (!needs[*at].met) {
                split.target = prom_amount_add(split.target, with_spare(needs[*at].value, spare));
                split.outputs++;
            }
        }
    }
    return split;
}

/* As many contracts as the coins that are left hold enough for, one payment has room for, and the fee suffices for:
 * where that is not enough for one the payment says so. */
static struct split plan_split(const prom_coin_need *needs, size_t count, const prom_coin_list *left,
                               const prom_pay_options *how, bool spare)
{
    struct split split = {.target = prom_amount_zero(), .spare = spare};
    for (size_t at = 0; at < count;) {
        const struct split next = next_of(needs, count, &at, spare);
        struct split more = {.contracts = split.contracts + 1,
                             .outputs = split.outputs + next.outputs,
                             .spare = spare,
                             .target = prom_amount_add(split.target, next.target)};
        if (next.outputs == 0 || more.outputs > PROM_SPEND_PAYEES_MAX || !find_inputs(&more, left, how->feerate) ||
            ((split.contracts > 0 || spare) && prom_amount_above(cost_of(&more, how->feerate), how->fee_max))) {
            break;
        }
        split = more;
    }
    return split;
}

/* With something to spare, where that makes it coins for no fewer contracts. */
static struct split best_split(const prom_coin_need *needs, size_t count, const prom_coin_list *left,
                               const prom_pay_options *how)
{
    const struct split exact = plan_split(needs, count, left, how, false);
    const struct split larger = plan_split(needs, count, left, how, true);
    return larger.contracts == exact.contracts ? larger : exact;
}

/* Contracts that lack some coins. */
static size_t count_lacking(const prom_coin_need *needs, size_t count)
{
    size_t contracts = 0;
    for (size_t i = 0; i < count;) {
        const prom_terms *terms = needs[i].terms;
        bool lacks = false;
        for (; i < count && needs[i].terms == terms; i++) {
            lacks = lacks || !needs[i].met;
        }
        contracts += lacks;
    }
    return contracts;
}

/* What a split is made of: the needs that stay met, and the coins that none of them takes. */
struct division {
    struct split split;
    prom_coin_need *needs;
    prom_coin_list left;
    size_t lacking; /* contracts that have not all their coins then */
};

static prom_result divide(const struct purse *purse, prom_arena *arena, struct division *division,
                          const prom_coin_need *needs, size_t count, const prom_pay_options *how, prom_error *error)
{
    PROM_TRY_NEW(division->needs, arena, count, error);
    memcpy(division->needs, needs, count * sizeof *needs);
    PROM_TRY(list_left(purse, arena, &division->left, error));
    division->split = best_split(needs, count, &division->left, how);
    division->lacking = count_lacking(needs, count) - division->split.contracts;
    return prom_ok();
}

/* The one by which most contracts have their coins. A large coin may meet a small need: it is let go where the others
 * then have enough, one after the other. */
static prom_result find_division(struct purse *purse, prom_arena *arena, struct division *best, prom_coin_need *needs,
                                 size_t count, const prom_pay_options *how, prom_error *error)
{
    PROM_TRY(divide(purse, arena, best, needs, count, how, error));
    while (best->lacking > 0 && release_one(purse, needs, count)) {
        struct division other;
        PROM_TRY(divide(purse, arena, &other, needs, count, how, error));
        *best = other.lacking < best->lacking ? other : *best;
    }
    return prom_ok();
}

/* -- Where it stands -- */

static bool find_paying(const prom_node *node, prom_needs *found)
{
    uint32_t height;
    for (size_t i = 0; i < node->payment_count; i++) {
        const prom_node_payment *payment = &node->payments[i];
        if (payment->purpose == PROM_OWN_SPLIT && prom_node_fate_of(node, payment, &height) == PROM_PAYMENT_WAITS) {
            found->txid = payment->txid;
            found->fee = payment->fee;
            return true;
        }
    }
    return false;
}

static void sum_up(prom_needs *found, const struct division *division, size_t count, uint32_t feerate)
{
    const struct split *split = &division->split;
    found->contracts = split->contracts;
    found->needed = split->target;
    found->there = sum_of(&division->left);
    found->state = PROM_NEEDS_SPLIT;
    if (split->contracts == 0) {
        size_t at = 0;
        struct split first = next_of(division->needs, count, &at, false);
        first.inputs = division->left.count;
        const prom_amount all = prom_amount_add(first.target, cost_of(&first, feerate));
        found->state = PROM_NEEDS_SHORT;
        found->needed = first.target;
        found->missing =
            prom_amount_above(all, found->there) ? prom_amount_subtract(all, found->there) : prom_amount_invalid();
    }
}

prom_result prom_node_find_needs(const prom_node *node, prom_needs *found, prom_coin_need *needs, size_t count,
                                 uint32_t feerate, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    struct purse purse;
    struct division division;
    const prom_amount zero = prom_amount_zero();
    const prom_pay_options how = {.feerate = feerate, .fee_max = prom_amount_of(PROM_PAY_FEE_MAX_SAT)};
    *found = (prom_needs){.needed = zero, .there = zero, .missing = zero, .fee = zero};
    PROM_TRY(open_purse(&purse, node, &arena, count, error));
    purse.worst = PROM_COIN_YOUNG;
    const bool later = meet_all(&purse, needs, count);
    found->height = node->best_tip + 1;
    if (later) {
        prom_wallet_coin youngest = {.height = purse.youngest};
        found->height = prom_node_old_from(node, &youngest);
    }
    purse.worst = PROM_COIN_OLD;
    if (meet_all(&purse, needs, count)) {
        return prom_ok();
    }
    if (later) {
        found->state = PROM_NEEDS_YOUNG;
    } else if (find_paying(node, found)) {
        found->state = PROM_NEEDS_PAYING;
    } else {
        PROM_TRY(find_division(&purse, &arena, &division, needs, count, &how, error));
        memcpy(needs, division.needs, count * sizeof *needs);
        sum_up(found, &division, count, feerate);
    }
    return prom_ok();
}

/* -- The payment -- */

/* Its own key pays for what is needed, and its other one for the change (docs/keys.md): it makes no offer. */
static prom_result list_payees(const prom_node *node, prom_arena *arena, const struct division *division,
                               prom_tx_output **payees, prom_error *error)
{
    const struct split *split = &division->split;
    PROM_SCOPED(prom_key_wipe) prom_key key = {0};
    const prom_wallet_path path = prom_wallet_own_path(prom_node_next_payment(node), PROM_WALLET_OFFER);
    size_t listed = 0;
    prom_span script;
    PROM_TRY(prom_wallet_path_key(&node->wallet, &key, path, error));
    PROM_TRY(prom_script_p2tr(arena, &script, &key.public_key, error));
    PROM_TRY_NEW(*payees, arena, split->outputs, error);
    for (const prom_coin_need *need = division->needs; listed < split->outputs; need++) {
        if (!need->met) {
            (*payees)[listed++] = (prom_tx_output){with_spare(need->value, split->spare), script};
        }
    }
    return prom_ok();
}

prom_result prom_node_split_for(prom_node *node, prom_arena *arena, prom_node_paid *paid, const prom_split_order *order,
                                prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_coin_need *needs = NULL;
    prom_tx_output *payees = NULL;
    struct purse purse;
    struct division division;
    PROM_TRY(open_purse(&purse, node, &scratch, order->count, error));
    PROM_TRY_NEW(needs, &scratch, order->count, error);
    memcpy(needs, order->needs, order->count * sizeof *needs);
    (void)meet_all(&purse, needs, order->count);
    PROM_TRY(find_division(&purse, &scratch, &division, needs, order->count, &order->how, error));
    if (division.split.contracts == 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the coins that are free cannot be split for a contract");
    }
    PROM_TRY(list_payees(node, arena, &division, &payees, error));
    const prom_pay_order payment = {.purpose = PROM_OWN_SPLIT,
                                    .payees = payees,
                                    .payee_count = division.split.outputs,
                                    .in_order = true,
                                    .required = division.left.items,
                                    .required_count = division.split.inputs,
                                    .alone = true,
                                    .reference = order->reference};
    return prom_node_pay(node, arena, paid, &payment, &order->how, error);
}

/* -- What was begun -- */

size_t prom_node_needs_of_verifier(const prom_node *node, prom_coin_need *needs, uint64_t client,
                                   const prom_terms *terms)
{
    const prom_node_channel *own = prom_node_channel_of(node, client);
    const prom_node_channel *verifier = NULL;
    size_t count = 0;
    if (own == NULL || own->channel == NULL || own->channel->facts.setup.phase >= PROM_SETUP_GIVEN) {
        return 0;
    }
    verifier = prom_node_sibling(node, &own->channel->facts.client, own, PROM_ROLE_BIT(PROM_ROLE_VERIFIER));
    if (verifier == NULL || prom_node_coin_of(node, verifier->record.number) == NULL) {
        needs[count++] = (prom_coin_need){.role = PROM_ROLE_VERIFIER, .for_fees = true, .firm = true, .terms = terms};
    }
    if (verifier == NULL) {
        needs[count++] = (prom_coin_need){.role = PROM_ROLE_VERIFIER, .firm = true, .terms = terms};
    }
    return count;
}

/* -- What was paid for it -- */

struct visiting {
    const prom_node *node;
    prom_split_visit visit;
    void *context;
};

/* What cannot be read may be paid. */
static prom_result visit_one(void *context, const prom_store_payment *stored, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    const struct visiting *visiting = context;
    prom_node_payment payment = {.number = stored->number, .txid = stored->txid};
    prom_split_paid split = {.txid = stored->txid, .reference = stored->reference, .fee = prom_amount_of(stored->fee)};
    prom_error ignored;
    (void)error;
    if (stored->purpose != PROM_OWN_SPLIT || stored->reference == NULL) {
        return prom_ok();
    }
    prom_arena_init(&arena, SPLIT_BYTES);
    if (prom_is_ok(prom_tx_parse(&arena, &payment.tx, stored->bytes, &ignored))) {
        const prom_payment_fate fate = prom_node_fate_of(visiting->node, &payment, &split.height);
        split.lost = fate == PROM_PAYMENT_OUTBID || fate == PROM_PAYMENT_REPLACED;
    }
    visiting->visit(visiting->context, &split);
    return prom_ok();
}

prom_result prom_node_each_split(const prom_node *node, prom_split_visit visit, void *context, prom_error *error)
{
    struct visiting visiting = {node, visit, context};
    return prom_store_payment_each(node->store, visit_one, &visiting, error);
}

struct summing {
    const char *reference;
    prom_split_sums *sums;
};

static void sum_up_one(void *context, const prom_split_paid *split)
{
    const struct summing *summing = context;
    prom_split_sums *sums = summing->sums;
    if (strncmp(split->reference, summing->reference, strlen(summing->reference)) != 0) {
        return;
    }
    sums->made += split->reference[strlen(split->reference) - 1] != PROM_SPLIT_AGAIN;
    if (!split->lost) {
        sums->fees = prom_amount_add(sums->fees, split->fee);
        sums->paid++;
    }
}

prom_result prom_node_splits_of(const prom_node *node, prom_split_sums *sums, const char *reference, prom_error *error)
{
    struct summing summing = {reference, sums};
    *sums = (prom_split_sums){.fees = prom_amount_zero()};
    return prom_node_each_split(node, sum_up_one, &summing, error);
}
