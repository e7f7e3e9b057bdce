#include "wallet/selection.h"

#include <stdlib.h>

#include "prometheus/bitcoin/transaction.h"

/* Steps of the search for a choice without change: a few milliseconds. */
enum { STEPS_MAX = 100000 };

prom_amount prom_fee_of_weight(uint32_t feerate, size_t weight)
{
    const prom_amount thousandth = prom_amount_multiply(prom_amount_of(feerate), prom_vsize(weight));
    return prom_amount_divide(prom_amount_add(thousandth, prom_amount_of(999)), 1000);
}

/* A coin that brings more than it costs. */
struct useful {
    prom_amount value;
    uint32_t weight;
    size_t place;
};

/* Several of them. */
struct sums {
    prom_amount value;
    size_t weight;
    size_t count;
};

struct search {
    const prom_selection_wish *wish;
    const struct useful *coins; /* the largest first */
    size_t count;
    const struct sums *rest; /* of the coins from each on */
    struct sums required;    /* of those that are taken in any case, which are not in the list */
    bool *taken;
    bool *best;
    prom_amount least; /* what the best one pays beyond its fee; invalid: none is found */
    size_t steps;
};

static struct sums with(struct sums sums, const struct useful *coin)
{
    return (struct sums){prom_amount_add(sums.value, coin->value), sums.weight + coin->weight, sums.count + 1};
}

static struct sums both(const struct sums *a, const struct sums *b)
{
    return (struct sums){prom_amount_add(a->value, b->value), a->weight + b->weight, a->count + b->count};
}

/* Weight units of the number of inputs. */
static size_t number_weight(size_t count)
{
    return count < 0xfd ? 4 : 12;
}

static prom_amount fee_of(const prom_selection_wish *wish, const struct sums *sums, bool change)
{
    const size_t weight = wish->weight + sums->weight + number_weight(sums->count) + (change ? wish->change_weight : 0);
    const prom_amount wanted = prom_fee_of_weight(wish->feerate, weight);
    const prom_amount least = prom_amount_add(wish->replaced, prom_fee_of_weight(wish->incremental, weight));
    return prom_amount_at_least(wanted, least) ? wanted : least;
}

static prom_amount needed(const prom_selection_wish *wish, const struct sums *sums, bool change)
{
    const prom_amount all = prom_amount_add(wish->target, fee_of(wish, sums, change));
    return change ? prom_amount_add(all, wish->dust) : all;
}

/* -- Without change -- */

/* What may be given away to have no change: what that would cost now and later. */
static prom_amount tolerance(const prom_selection_wish *wish)
{
    return prom_amount_add(prom_fee_of_weight(wish->feerate, wish->change_weight),
                           prom_fee_of_weight(wish->feerate, wish->respend));
}

static void note(struct search *search, const struct sums *sums)
{
    const prom_amount excess = prom_amount_subtract(sums->value, needed(search->wish, sums, false));
    if (prom_amount_at_least(tolerance(search->wish), excess) &&
        (!prom_amount_is_valid(search->least) || prom_amount_above(search->least, excess))) {
        search->least = excess;
        for (size_t i = 0; i < search->count; i++) {
            search->best[i] = search->taken[i];
        }
    }
}

/* Whether neither these coins alone nor any more of them can be a choice. */
static bool is_hopeless(const struct search *search, const struct sums *sums, size_t next)
{
    const struct sums all = both(sums, &search->rest[next]);
    const prom_amount most = prom_amount_add(needed(search->wish, sums, false), tolerance(search->wish));
    return prom_amount_above(sums->value, most) ||
           !prom_amount_at_least(all.value, prom_amount_add(search->wish->target, fee_of(search->wish, sums, false))) ||
           sums->count > PROM_SELECTION_INPUTS_MAX;
}

/* Depth first, with a coin before without it. `sums` of each depth is kept, so that a step back takes no arithmetic. */
static void search_exact(struct search *search, struct sums *stack)
{
    size_t next = 0; /* the coin that is decided */
    stack[0] = search->required;
    while (search->steps++ < STEPS_MAX) {
        const bool hopeless = is_hopeless(search, &stack[next], next);
        if (!hopeless) {
            note(search, &stack[next]);
        }
        if (!hopeless && next < search->count) {
            search->taken[next] = true;
            stack[next + 1] = with(stack[next], &search->coins[next]);
            next++;
            continue;
        }
        while (next > 0 && !search->taken[next - 1]) {
            next--;
        }
        if (next == 0) {
            return;
        }
        search->taken[next - 1] = false;
        stack[next] = stack[next - 1];
    }
}

/* -- With change -- */

/* What is required, where it suffices; else with it the smallest coin that does, as the largest stand first. */
static bool choose_one(const struct search *search, struct sums *sums)
{
    *sums = search->required;
    if (sums->count > 0 && prom_amount_at_least(sums->value, needed(search->wish, sums, true))) {
        return true;
    }
    for (size_t i = search->count; i-- > 0;) {
        const struct sums one = with(search->required, &search->coins[i]);
        if (prom_amount_at_least(one.value, needed(search->wish, &one, true))) {
            search->best[i] = true;
            *sums = one;
            return true;
        }
    }
    return false;
}

/* The largest ones, until they suffice with a change; where all of them do not, perhaps without one. */
static void choose_largest(const struct search *search, struct sums *sums)
{
    *sums = search->required;
    for (size_t i = 0; i < search->count && sums->count < PROM_SELECTION_INPUTS_MAX; i++) {
        *sums = with(*sums, &search->coins[i]);
        search->best[i] = true;
        if (prom_amount_at_least(sums->value, needed(search->wish, sums, true))) {
            return;
        }
    }
}

static void choose_all(const struct search *search, struct sums *sums)
{
    *sums = search->required;
    for (size_t i = 0; i < search->count && sums->count < PROM_SELECTION_INPUTS_MAX; i++) {
        *sums = with(*sums, &search->coins[i]);
        search->best[i] = true;
    }
}

/* -- The whole -- */

static int largest_first(const void *a, const void *b)
{
    const struct useful *one = a;
    const struct useful *other = b;
    if (prom_amount_equal(one->value, other->value)) {
        return (one->place > other->place) - (one->place < other->place);
    }
    return prom_amount_above(one->value, other->value) ? -1 : 1;
}

static prom_result list_useful(prom_arena *arena, struct search *search, const prom_selectable *coins, size_t count,
                               prom_error *error)
{
    struct useful *list = NULL;
    struct sums *rest = NULL;
    PROM_TRY_NEW(list, arena, count, error);
    PROM_TRY_NEW(rest, arena, count + 1, error);
    PROM_TRY_NEW(search->taken, arena, count, error);
    PROM_TRY_NEW(search->best, arena, count, error);
    search->required = (struct sums){prom_amount_zero(), 0, 0};
    for (size_t i = 0; i < count; i++) {
        const struct useful coin = {coins[i].value, coins[i].weight, i};
        if (i < search->wish->required) {
            search->required = with(search->required, &coin);
        } else if (prom_amount_above(coins[i].value, prom_fee_of_weight(search->wish->feerate, coins[i].weight))) {
            list[search->count++] = coin;
        }
    }
    if (search->count > 1) {
        qsort(list, search->count, sizeof list[0], largest_first);
    }
    rest[search->count] = (struct sums){prom_amount_zero(), 0, 0};
    for (size_t i = search->count; i-- > 0;) {
        rest[i] = with(rest[i + 1], &list[i]);
    }
    search->coins = list;
    search->rest = rest;
    return prom_ok();
}

static prom_result too_little(const prom_selection_wish *wish, const struct sums *sums, prom_error *error)
{
    char have[PROM_AMOUNT_TEXT];
    char fee[PROM_AMOUNT_TEXT];
    char want[PROM_AMOUNT_TEXT];
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                     "the coins that may be spent hold %s sat, beside those that cost more than they bring: they do "
                     "not pay %s sat and a fee of %s sat",
                     prom_amount_text(have, sums->value), prom_amount_text(want, wish->target),
                     prom_amount_text(fee, fee_of(wish, sums, false)));
}

/* What the chosen coins leave as change and as fee. */
static prom_result settle(prom_selection *selection, const prom_selection_wish *wish, const struct sums *sums,
                          bool may_change, prom_error *error)
{
    char fee[PROM_AMOUNT_TEXT];
    char most[PROM_AMOUNT_TEXT];
    const prom_amount rest =
        prom_amount_subtract(prom_amount_subtract(sums->value, wish->target), fee_of(wish, sums, true));
    selection->sum = sums->value;
    selection->change = may_change && prom_amount_at_least(rest, wish->dust) ? rest : prom_amount_zero();
    selection->fee = wish->all
                         ? fee_of(wish, sums, false)
                         : prom_amount_subtract(prom_amount_subtract(sums->value, wish->target), selection->change);
    if (!prom_amount_at_least(selection->fee, fee_of(wish, sums, !prom_amount_is_zero(selection->change))) ||
        !prom_amount_above(prom_amount_subtract(sums->value, selection->fee), prom_amount_zero())) {
        return too_little(wish, sums, error);
    }
    return prom_amount_at_least(wish->fee_max, selection->fee)
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the fee would be %s sat, and %s sat is the most it may be",
                           prom_amount_text(fee, selection->fee), prom_amount_text(most, wish->fee_max));
}

static prom_result list_chosen(prom_arena *arena, prom_selection *selection, const struct search *search, size_t count,
                               prom_error *error)
{
    bool *chosen = NULL;
    size_t *places = NULL;
    PROM_TRY_NEW(chosen, arena, count, error);
    PROM_TRY_NEW(places, arena, count, error);
    for (size_t i = 0; i < search->wish->required && i < count; i++) {
        chosen[i] = true;
    }
    for (size_t i = 0; i < search->count; i++) {
        chosen[search->coins[i].place] = search->best[i];
    }
    selection->count = 0;
    for (size_t i = 0; i < count; i++) {
        if (chosen[i]) {
            places[selection->count++] = i;
        }
    }
    selection->chosen = places;
    return prom_ok();
}

prom_result prom_selection_make(prom_arena *arena, prom_selection *selection, const prom_selectable *coins,
                                size_t count, const prom_selection_wish *wish, prom_error *error)
{
    struct search search = {.wish = wish, .least = prom_amount_invalid()};
    struct sums *stack = NULL;
    *selection = (prom_selection){.chosen = NULL};
    PROM_TRY(list_useful(arena, &search, coins, count, error));
    struct sums sums = search.required;
    PROM_TRY_NEW(stack, arena, search.count + 1, error);
    if (wish->all) {
        choose_all(&search, &sums);
    } else {
        search_exact(&search, stack);
    }
    const bool exact = prom_amount_is_valid(search.least);
    for (size_t i = 0; i < search.count && exact; i++) {
        sums = search.best[i] ? with(sums, &search.coins[i]) : sums;
    }
    if (!wish->all && !exact && !choose_one(&search, &sums)) {
        choose_largest(&search, &sums);
    }
    PROM_TRY(settle(selection, wish, &sums, !wish->all && !exact, error));
    return list_chosen(arena, selection, &search, count, error);
}
