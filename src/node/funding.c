/* Which coins of the wallet a new contract takes. */
#include <stdlib.h>

#include "node/beginning.h"
#include "prometheus/contract/bump.h"

enum {
    INPUT_WEIGHT = 230, /* of a P2TR input by its key, and of a P2TR output (docs/protocol.md, Tx0) */
    OUTPUT_WEIGHT = 172,
    CHANGE_SAT = 330, /* dust limit of a P2TR output */
    /* What C's part of Tx0 and the reserve take at most, in virtual bytes: Tx0 and the longest path of nine arbiters.
     */
    CLIENT_VSIZE = 4000,
    ANCHORS = 5,
};

static int largest_first(const void *a, const void *b)
{
    const prom_wallet_coin *one = *(const prom_wallet_coin *const *)a;
    const prom_wallet_coin *other = *(const prom_wallet_coin *const *)b;
    return prom_amount_above(one->coin.value, other->coin.value)
               ? -1
               : prom_amount_above(other->coin.value, one->coin.value);
}

/* What so many inputs cost their owner beyond the deposit, a change counted in. */
static prom_amount cost_of(size_t inputs, uint32_t feerate)
{
    const size_t weight = INPUT_WEIGHT * inputs + OUTPUT_WEIGHT;
    return prom_amount_add(prom_fee(feerate, (weight + 3) / 4), prom_amount_of(CHANGE_SAT));
}

prom_amount prom_node_needs(const prom_terms *terms, prom_party party)
{
    const prom_amount deposit = prom_terms_deposit(terms, party);
    if (party != PROM_PARTY_C) {
        return deposit;
    }
    const prom_amount anchors = prom_amount_of((uint64_t)ANCHORS * PROM_ANCHOR_SAT);
    return prom_amount_add(deposit, prom_amount_add(anchors, prom_fee(terms->feerate, CLIENT_VSIZE)));
}

/* Coins, kind after kind, each with the largest first. */
struct choice {
    const prom_wallet_coin **list;
    size_t ends[PROM_COIN_KINDS]; /* so many of each kind and those before */
};

/* Arbiters take no seat where a coin is younger than the snapshot, which the client chooses so deep (setup/propose.c),
 * and a block of slack for who is behind. */
uint32_t prom_node_old_from(const prom_node *node, const prom_wallet_coin *coin)
{
    enum { SLACK = 4 };
    return coin->height + node->network->snapshot_depth.low + SLACK;
}

bool prom_node_is_old(const prom_node *node, const prom_wallet_coin *coin)
{
    return prom_node_old_from(node, coin) <= node->best_tip;
}

static prom_coin_kind kind_of(const prom_node *node, const prom_wallet_coin *coin, bool wished)
{
    const bool elsewhere =
        wished ? prom_node_is_meant(node, &coin->coin.outpoint) : prom_node_is_input(node, &coin->coin.outpoint, false);
    return elsewhere ? PROM_COIN_ELSEWHERE : prom_node_is_old(node, coin) ? PROM_COIN_OLD : PROM_COIN_YOUNG;
}

bool prom_coin_listed(const prom_coin_list *list, const prom_wallet_coin *coin)
{
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        if (list->items[i] == coin) {
            return true;
        }
    }
    return false;
}

static prom_result list_usable(const prom_node *node, prom_arena *arena, struct choice *choice,
                               const prom_funding *funding, prom_error *error)
{
    size_t count = 0;
    size_t listed = 0;
    const prom_wallet_coin *list = prom_coins_list(node->fold->coins, &count);
    *choice = (struct choice){.list = NULL};
    PROM_TRY_NEW(choice->list, arena, count, error);
    for (prom_coin_kind kind = PROM_COIN_OLD; kind <= funding->worst; kind++) {
        const size_t first = listed;
        for (size_t i = 0; i < count; i++) {
            if (!prom_coin_listed(funding->but, &list[i]) && prom_node_is_free(node, &list[i]) &&
                (funding->wished || !prom_node_is_meant(node, &list[i].coin.outpoint)) &&
                kind_of(node, &list[i], funding->wished) == kind) {
                choice->list[listed++] = &list[i];
            }
        }
        if (listed > first) {
            qsort(choice->list + first, listed - first, sizeof *choice->list, largest_first);
        }
        choice->ends[kind] = listed;
    }
    return prom_ok();
}

/* The smallest that is enough alone, of the kinds up to this one: the larger ones are left to what needs them. */
static const prom_wallet_coin *one_alone(const struct choice *choice, prom_coin_kind kind, prom_amount enough)
{
    const prom_wallet_coin *found = NULL;
    for (size_t i = 0; i < choice->ends[kind]; i++) {
        const prom_amount value = choice->list[i]->coin.value;
        const bool smaller = found == NULL || prom_amount_at_least(found->coin.value, value);
        found = prom_amount_at_least(value, enough) && smaller ? choice->list[i] : found;
    }
    return found;
}

/* Chooses of the kinds up to this one; `sum` is what those that were looked at hold. */
static bool choose(prom_own *own, const struct choice *choice, prom_coin_kind kind, const prom_funding *funding,
                   prom_amount *sum)
{
    const prom_wallet_coin *alone =
        kind == PROM_COIN_ELSEWHERE ? NULL : one_alone(choice, kind, prom_node_coin_for(funding));
    own->coin_count = 0;
    *sum = prom_amount_zero();
    if (alone != NULL) {
        own->coins[own->coin_count++] = alone->coin;
        return true;
    }
    for (size_t i = 0; i < choice->ends[kind] && own->coin_count < PROM_COINS_MAX; i++) {
        own->coins[own->coin_count++] = choice->list[i]->coin;
        *sum = prom_amount_add(*sum, choice->list[i]->coin.value);
        if (prom_amount_at_least(*sum, prom_amount_add(funding->needs, cost_of(own->coin_count, funding->feerate)))) {
            return true;
        }
    }
    return false;
}

prom_amount prom_node_coin_for(const prom_funding *funding)
{
    return prom_amount_add(funding->needs, cost_of(1, funding->feerate));
}

prom_result prom_node_fund(const prom_node *node, prom_own *own, const prom_funding *funding, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    struct choice choice;
    prom_amount sum = prom_amount_zero();
    prom_arena_init(&arena, PROM_NODE_STEP_MEMORY);
    PROM_TRY(list_usable(node, &arena, &choice, funding, error));
    for (prom_coin_kind kind = PROM_COIN_OLD; kind <= funding->worst; kind++) {
        if (choose(own, &choice, kind, funding, &sum)) {
            return prom_ok();
        }
    }
    char have[PROM_AMOUNT_TEXT];
    char want[PROM_AMOUNT_TEXT];
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                     "the wallet's confirmed coins hold %s sat, and this contract takes %s sat and fees",
                     prom_amount_text(have, sum), prom_amount_text(want, funding->needs));
}

prom_result prom_node_fund_contract(const prom_node *node, prom_own *own, const prom_terms *terms, prom_party party,
                                    bool wished, prom_error *error)
{
    static const prom_role roles[PROM_PARTIES] = {
        [PROM_PARTY_C] = PROM_ROLE_CLIENT, [PROM_PARTY_W] = PROM_ROLE_WORKER, [PROM_PARTY_V] = PROM_ROLE_VERIFIER};
    const prom_wallet_coin *for_fees = NULL;
    const prom_coin_list kept = {&for_fees, 1};
    const prom_funding funding = {prom_node_needs(terms, party), terms->feerate, PROM_COIN_ELSEWHERE, &kept, wished};
    PROM_TRY(prom_node_find_coin(node, &for_fees, roles[party], terms, NULL, error));
    return prom_node_fund(node, own, &funding, error);
}
