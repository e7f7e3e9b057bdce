#include "prometheus/contract/draw.h"

#include <stdlib.h>

#include "prometheus/crypto/hash.h"

void prom_draw_commitment(prom_bytes32 *commitment, const prom_bytes32 *setup_id, prom_party party,
                          const prom_bytes32 *nonce)
{
    prom_hasher hasher;
    prom_hasher_init(&hasher, "prometheus/draw-nonce");
    prom_hasher_add(&hasher, prom_span_of32(setup_id));
    prom_hasher_add_number(&hasher, (uint64_t)party, 1);
    prom_hasher_add(&hasher, prom_span_of32(nonce));
    prom_hasher_finish(&hasher, commitment);
}

prom_result prom_draw_check_nonces(const prom_bytes32 *setup_id, const prom_bytes32 commitments[PROM_PARTIES],
                                   const prom_bytes32 nonces[PROM_PARTIES], prom_error *error)
{
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        prom_bytes32 expected;
        prom_draw_commitment(&expected, setup_id, party, &nonces[party]);
        if (!prom_bytes32_equal(&expected, &commitments[party])) {
            return prom_fail(error, PROM_CATEGORY_PEER,
                             "the %s has opened another nonce for the draw than it committed to",
                             prom_party_name(party));
        }
    }
    return prom_ok();
}

static void add_outpoint(prom_hasher *hasher, const prom_outpoint *outpoint)
{
    prom_hasher_add(hasher, prom_span_of32(&outpoint->txid));
    prom_hasher_add_number(hasher, outpoint->index, sizeof outpoint->index);
}

static bool in_order(const prom_outpoint *first, const prom_outpoint *second)
{
    const int order = prom_bytes32_compare_vartime(&first->txid, &second->txid);
    return order < 0 || (order == 0 && first->index < second->index);
}

prom_result prom_draw_seed(prom_bytes32 *seed, const prom_bytes32 *block, const prom_outpoint *offers, size_t count,
                           const prom_bytes32 nonces[PROM_PARTIES], prom_error *error)
{
    prom_hasher hasher;
    prom_hasher_init(&hasher, "prometheus/draw");
    prom_hasher_add(&hasher, prom_span_of32(block));
    prom_hasher_add_number(&hasher, count, 4);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && !in_order(&offers[i - 1], &offers[i])) {
            *seed = (prom_bytes32){{0}};
            return prom_fail(error, PROM_CATEGORY_MISUSE, "offer %zu of the draw is not in the order of outpoints", i);
        }
        add_outpoint(&hasher, &offers[i]);
    }
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        prom_hasher_add(&hasher, prom_span_of32(&nonces[party]));
    }
    prom_hasher_finish(&hasher, seed);
    return prom_ok();
}

struct ranked {
    prom_bytes32 rank;
    const prom_outpoint *offer;
};

static int compare_ranks(const void *left, const void *right)
{
    const struct ranked *a = left;
    const struct ranked *b = right;
    return prom_bytes32_compare_vartime(&a->rank, &b->rank);
}

prom_result prom_draw_order(prom_arena *arena, prom_draw_list *drawn, const prom_bytes32 *seed,
                            const prom_outpoint *offers, size_t count, prom_error *error)
{
    struct ranked *ranked = NULL;
    prom_outpoint *ordered = NULL;
    *drawn = (prom_draw_list){0};
    PROM_TRY_NEW(ranked, arena, count, error);
    PROM_TRY_NEW(ordered, arena, count, error);
    for (size_t i = 0; i < count; i++) {
        prom_hasher hasher;
        prom_hasher_init(&hasher, "prometheus/draw-order");
        prom_hasher_add(&hasher, prom_span_of32(seed));
        add_outpoint(&hasher, &offers[i]);
        prom_hasher_finish(&hasher, &ranked[i].rank);
        ranked[i].offer = &offers[i];
    }
    qsort(ranked, count, sizeof *ranked, compare_ranks);
    for (size_t i = 0; i < count; i++) {
        ordered[i] = *ranked[i].offer;
    }
    *drawn = (prom_draw_list){ordered, count};
    return prom_ok();
}

/* Where `offer` stands in the list, from `first` on; the list's count when it does not. */
static size_t find_offer(const prom_draw_list *list, size_t first, const prom_outpoint *offer)
{
    size_t at = first;
    while (at < list->count && !prom_outpoint_equal(&list->offers[at], offer)) {
        at++;
    }
    return at;
}

/* A copy of the first `most` offers whose mark is `mark`. */
static prom_result take_marked(prom_arena *arena, prom_draw_list *taken, const prom_draw_list *drawn, const bool *marks,
                               bool mark, size_t most, prom_error *error)
{
    prom_outpoint *offers = NULL;
    size_t count = 0;
    PROM_TRY_NEW(offers, arena, drawn->count, error);
    for (size_t i = 0; i < drawn->count && count < most; i++) {
        if (marks[i] == mark) {
            offers[count++] = drawn->offers[i];
        }
    }
    *taken = (prom_draw_list){offers, count};
    return prom_ok();
}

prom_result prom_draw_skip(prom_arena *arena, prom_draw_list *left, const prom_draw_list *drawn,
                           const prom_draw_list *refused, prom_error *error)
{
    bool *skipped = NULL;
    PROM_TRY_NEW(skipped, arena, drawn->count, error);
    for (size_t i = 0; i < drawn->count; i++) {
        skipped[i] = find_offer(refused, 0, &drawn->offers[i]) < refused->count;
    }
    return take_marked(arena, left, drawn, skipped, false, drawn->count, error);
}

prom_result prom_draw_merge(prom_arena *arena, prom_draw_list *chosen, const prom_draw_list *drawn,
                            const prom_draw_list accepted[PROM_PARTIES], size_t n, prom_error *error)
{
    bool *willing = NULL;
    *chosen = (prom_draw_list){0};
    PROM_TRY_NEW(willing, arena, drawn->count, error);
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        const prom_draw_list *list = &accepted[party];
        size_t first = 0;
        if (list->count > n) {
            return prom_fail(error, PROM_CATEGORY_PEER, "the %s names %zu arbiters; %zu are wanted",
                             prom_party_name(party), list->count, n);
        }
        for (size_t i = 0; i < list->count; i++) {
            const size_t at = find_offer(drawn, first, &list->offers[i]);
            if (at == drawn->count) {
                return prom_fail(error, PROM_CATEGORY_PEER,
                                 "arbiter %zu that the %s names is not drawn, or out of turn", i + 1,
                                 prom_party_name(party));
            }
            willing[at] = true;
            first = at + 1;
        }
    }
    PROM_TRY(take_marked(arena, chosen, drawn, willing, true, n, error));
    if (chosen->count < n) {
        const size_t count = chosen->count;
        *chosen = (prom_draw_list){0};
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "only %zu of the %zu drawn arbiters said yes, and P wants %zu: try again later, or another P",
                         count, drawn->count, n);
    }
    return prom_ok();
}
