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

/* Coins that can be had: those that none of our channels would spend before the others, each kind with the largest
 * first. */
struct choice {
    const prom_wallet_coin **list;
    size_t count;
    size_t apart; /* so many of the first kind */
};

static prom_result list_usable(const prom_node *node, prom_arena *arena, struct choice *choice,
                               const prom_wallet_coin *kept, prom_error *error)
{
    size_t count = 0;
    const prom_wallet_coin *list = prom_coins_list(node->fold->coins, &count);
    *choice = (struct choice){.list = NULL};
    PROM_TRY_NEW(choice->list, arena, count, error);
    for (unsigned elsewhere = 0; elsewhere <= 1; elsewhere++) {
        const size_t first = choice->count;
        for (size_t i = 0; i < count; i++) {
            if (&list[i] != kept && prom_node_is_free(node, &list[i]) &&
                prom_node_is_input(node, &list[i].coin.outpoint, false) == (elsewhere == 1)) {
                choice->list[choice->count++] = &list[i];
            }
        }
        if (choice->count > first) {
            qsort(choice->list + first, choice->count - first, sizeof *choice->list, largest_first);
        }
        choice->apart = elsewhere == 0 ? choice->count : choice->apart;
    }
    return prom_ok();
}

/* The smallest of the first kind that is enough alone: the larger ones are left to what needs them. */
static const prom_wallet_coin *one_alone(const struct choice *choice, prom_amount enough)
{
    const prom_wallet_coin *found = NULL;
    for (size_t i = 0; i < choice->apart; i++) {
        found = prom_amount_at_least(choice->list[i]->coin.value, enough) ? choice->list[i] : found;
    }
    return found;
}

prom_result prom_node_fund(const prom_node *node, prom_own *own, prom_amount needs, uint32_t feerate,
                           const prom_wallet_coin *kept, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    struct choice choice;
    prom_amount sum = prom_amount_zero();
    prom_arena_init(&arena, PROM_NODE_STEP_MEMORY);
    PROM_TRY(list_usable(node, &arena, &choice, kept, error));
    const prom_wallet_coin *alone = one_alone(&choice, prom_amount_add(needs, cost_of(1, feerate)));
    own->coin_count = 0;
    if (alone != NULL) {
        own->coins[own->coin_count++] = alone->coin;
        return prom_ok();
    }
    for (size_t i = 0; i < choice.count && own->coin_count < PROM_COINS_MAX; i++) {
        own->coins[own->coin_count++] = choice.list[i]->coin;
        sum = prom_amount_add(sum, choice.list[i]->coin.value);
        if (prom_amount_at_least(sum, prom_amount_add(needs, cost_of(own->coin_count, feerate)))) {
            return prom_ok();
        }
    }
    char have[PROM_AMOUNT_TEXT];
    char want[PROM_AMOUNT_TEXT];
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                     "the wallet's confirmed coins hold %s sat, and this contract takes %s sat and fees",
                     prom_amount_text(have, sum), prom_amount_text(want, needs));
}
