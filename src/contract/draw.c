#include "prometheus/contract/draw.h"

#include <stdlib.h>

#include "prometheus/crypto/hash.h"

void prom_draw_seed(prom_bytes32 *seed, const prom_bytes32 *setup_id, const prom_bytes32 *block)
{
    prom_hasher hasher;
    prom_hasher_init(&hasher, "prometheus/draw");
    prom_hasher_add(&hasher, prom_span_of32(setup_id));
    prom_hasher_add(&hasher, prom_span_of32(block));
    prom_hasher_finish(&hasher, seed);
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
        prom_hasher_add(&hasher, prom_span_of32(&offers[i].txid));
        prom_hasher_add_number(&hasher, offers[i].index, sizeof offers[i].index);
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

static bool holds(const prom_draw_list *list, const prom_outpoint *offer)
{
    return find_offer(list, 0, offer) < list->count;
}

/* Returns how many drawn offers come before the last seat. */
static size_t before_last_seat(const prom_draw_list *drawn, const prom_draw_list *seats)
{
    return seats->count == 0 ? 0 : find_offer(drawn, 0, &seats->offers[seats->count - 1]);
}

prom_result prom_draw_merge(prom_arena *arena, prom_draw_list *willing, const prom_draw_list *drawn,
                            const prom_draw_list accepted[PROM_PARTIES], size_t n, prom_error *error)
{
    bool *said_yes = NULL;
    prom_outpoint *offers = NULL;
    size_t count = 0;
    *willing = (prom_draw_list){0};
    PROM_TRY_NEW(said_yes, arena, drawn->count, error);
    PROM_TRY_NEW(offers, arena, drawn->count, error);
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
            said_yes[at] = true;
            first = at + 1;
        }
    }
    for (size_t i = 0; i < drawn->count; i++) {
        if (said_yes[i]) {
            offers[count++] = drawn->offers[i];
        }
    }
    *willing = (prom_draw_list){offers, count};
    return prom_ok();
}

prom_result prom_draw_seats(prom_arena *arena, prom_draw_list *seats, const prom_draw_list *drawn,
                            const prom_draw_list *willing, const prom_draw_list *lost, size_t n, prom_error *error)
{
    prom_outpoint *offers = NULL;
    size_t count = 0;
    *seats = (prom_draw_list){0};
    PROM_TRY_NEW(offers, arena, n, error);
    for (size_t i = 0; i < drawn->count && count < n; i++) {
        if (holds(willing, &drawn->offers[i]) && !holds(lost, &drawn->offers[i])) {
            offers[count++] = drawn->offers[i];
        }
    }
    if (count < n) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "only %zu of the %zu drawn arbiters are willing, and P wants %zu: try again later, or another "
                         "P",
                         count, drawn->count, n);
    }
    *seats = (prom_draw_list){offers, count};
    return prom_ok();
}

prom_result prom_draw_passed_over(prom_arena *arena, prom_draw_list *passed, const prom_draw_list *drawn,
                                  const prom_draw_list *seats, const prom_draw_list *excused, prom_error *error)
{
    enum { ASKED_PER_SEAT = 3 };
    const size_t most = ASKED_PER_SEAT * seats->count;
    prom_outpoint *offers = NULL;
    size_t count = 0;
    *passed = (prom_draw_list){0};
    PROM_TRY_NEW(offers, arena, most, error);
    for (size_t i = 0; i < before_last_seat(drawn, seats) && count < most; i++) {
        if (!holds(seats, &drawn->offers[i]) && !holds(excused, &drawn->offers[i])) {
            offers[count++] = drawn->offers[i];
        }
    }
    *passed = (prom_draw_list){offers, count};
    return prom_ok();
}

prom_result prom_draw_check_terms(const prom_draw_list *drawn, const prom_terms *terms, prom_error *error)
{
    size_t first = 0;
    for (size_t i = 0; i < terms->arbiter_count; i++) {
        const size_t at = find_offer(drawn, first, &terms->arbiters[i].offer);
        if (at == drawn->count) {
            return prom_fail(error, PROM_CATEGORY_PEER, "arbiter %zu of the terms is not drawn, or out of turn", i + 1);
        }
        first = at + 1;
    }
    return prom_ok();
}

prom_result prom_draw_check_announced(const prom_draw_list *drawn, const prom_draw_list *seats,
                                      const prom_draw_list *announced, prom_error *error)
{
    const size_t before = before_last_seat(drawn, seats);
    size_t heard = 0;
    for (size_t i = 0; i < before; i++) {
        heard += holds(announced, &drawn->offers[i]);
    }
    if (before - heard > before / 2) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "of %zu offers before the last seat we have heard %zu announced, and at least %zu are needed: "
                         "we may be cut off from the others",
                         before, heard, before - before / 2);
    }
    return prom_ok();
}
