#include "market/plan.h"

#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "market/fees.h"
#include "market/plan_parts.h"
#include "prometheus/scheme/scheme.h"

/* -- Work of any number of items -- */

static prom_result work_of_program(void *context, prom_work *work, uint32_t items, prom_error *error)
{
    const prom_program_source *source = context;
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_arena_init(&arena, source->memory);
    return prom_work_of_part(&arena, work, source->batch, source->scheme, items, error);
}

prom_work_source prom_work_source_of(prom_program_source *program)
{
    return (prom_work_source){work_of_program, program};
}

/* -- One part with one worker -- */

static void add_all(prom_reasons *reasons, const prom_reasons *more)
{
    for (size_t i = 0; i < more->count; i++) {
        prom_reasons_add(reasons, (prom_reason_code)more->list[i].code, more->list[i].needed, more->list[i].there);
    }
}

static void judge_verifier(const struct prom_planning *it, prom_reasons *reasons, prom_preflight preflight)
{
    prom_preflight_found found;
    if (it->request->verifier_machine == NULL) {
        return;
    }
    preflight.role = PROM_ROLE_VERIFIER;
    preflight.machine = it->request->verifier_machine;
    preflight.wished = 0;
    preflight.work_ahead = 0;
    prom_preflight_look(&found, &preflight);
    add_all(reasons, &found.reasons);
}

/* What the owner offers in place of the smallest reward is to cover that, and to be safe. */
static prom_amount reward_of(const prom_plan_request *request, prom_reasons *reasons, const prom_reward *smallest)
{
    if (prom_amount_is_zero(request->reward)) {
        return smallest->c;
    }
    prom_reasons_need_amount(reasons, PROM_REASON_REWARD_MIN, smallest->c, request->reward);
    prom_reasons_need_amount(reasons, PROM_REASON_REWARD_MAX, request->reward,
                             prom_stakes_reward_max(&request->terms->P, request->terms->retainer));
    return request->reward;
}

static void judge_price(const struct prom_planning *it, prom_reasons *reasons, prom_plan_part *part,
                        const prom_work *work)
{
    const prom_plan_request *request = it->request;
    const prom_quote *quote = it->offers[part->offer].quote;
    const prom_terms *terms = request->terms;
    const prom_parameters *P = &terms->P;
    const prom_amount fees_w = prom_contract_fees_of(PROM_ROLE_WORKER, P->n, terms->feerate, 1).normal;
    const uint32_t coins_v = request->verifier == NULL ? request->coins : 1;
    const prom_amount fees_v = prom_contract_fees_of(PROM_ROLE_VERIFIER, P->n, terms->feerate, coins_v).normal;
    prom_reward reward;
    part->price_w = prom_price_of(&quote->rates, work, P, PROM_ROLE_WORKER, fees_w);
    part->price_v = request->verifier == NULL ? prom_amount_zero()
                                              : prom_price_of(request->verifier, work, P, PROM_ROLE_VERIFIER, fees_v);
    const prom_prices prices = {part->price_w, part->price_v};
    if (!prom_reward_of(&reward, P, terms->retainer, &prices)) {
        if (!prom_amount_is_valid(reward.needed)) {
            prom_reasons_add(reasons, PROM_REASON_ARITHMETIC, 0, 0);
        } else {
            prom_reasons_need_amount(reasons, PROM_REASON_REWARD_MAX, reward.needed, reward.largest);
        }
        part->c = prom_amount_invalid();
        return;
    }
    const bool own = request->verifier == NULL;
    part->c = reward_of(request, reasons, &reward);
    part->cost = prom_reward_cost(P, part->c, terms->retainer, own);
    part->fees = prom_contract_fees_of(PROM_ROLE_CLIENT, P->n, terms->feerate, request->coins).normal;
    part->fees = own ? prom_amount_add(part->fees, fees_v) : part->fees;
    prom_reasons_need_amount(reasons, PROM_REASON_CAP_PRICE, part->cost, request->caps.contract);
}

prom_result prom_plan_judge(const struct prom_planning *it, prom_reasons *reasons, prom_plan_part *part, uint32_t items)
{
    const prom_plan_request *request = it->request;
    const prom_quote *quote = it->offers[part->offer].quote;
    prom_preflight_found found;
    prom_work work;
    part->items = items;
    const prom_result result = request->source.work(request->source.context, &work, items, it->error);
    if (result.category == PROM_CATEGORY_BAD_INPUT) {
        prom_reasons_add(reasons, PROM_REASON_UNPROVABLE, 0, 0);
        return prom_ok();
    }
    PROM_TRY(result);
    const prom_preflight preflight = {.role = PROM_ROLE_WORKER,
                                      .work = &work,
                                      .terms = request->terms,
                                      .machine = &quote->machine,
                                      .curve = request->curve,
                                      .tip = quote->begins > request->tip ? quote->begins : request->tip,
                                      .wished = request->wished};
    prom_preflight_look(&found, &preflight);
    part->ready = found.ready_height < UINT32_MAX ? (uint32_t)found.ready_height : UINT32_MAX;
    add_all(reasons, &found.reasons);
    judge_verifier(it, reasons, preflight);
    judge_price(it, reasons, part, &work);
    return prom_ok();
}

bool prom_plan_is_economic(const struct prom_planning *it, prom_reasons *reasons, const prom_plan_part *part)
{
    const uint16_t share = it->request->caps.fees_share;
    const prom_amount whole = prom_amount_add(part->cost, part->fees);
    if (prom_amount_at_least(prom_amount_fraction(whole, share), part->fees)) {
        return true;
    }
    uint64_t fees = 0;
    uint64_t all = 0;
    const bool known = prom_amount_get(part->fees, &fees) && prom_amount_get(whole, &all) && all > 0;
    const uint64_t taken =
        known ? prom_count_over(prom_count_times(fees, PROM_BASIS_POINTS_ONE), all) /* amount: a share */
              : PROM_BASIS_POINTS_ONE;
    prom_reasons_add(reasons, PROM_REASON_FEES_SHARE, taken > share ? taken : (uint64_t)share + 1, share);
    return false;
}

/* -- The largest part of each offer -- */

static void judge_quote(const struct prom_planning *it, size_t at)
{
    const prom_plan_offer *offer = &it->offers[at];
    const prom_quote *quote = offer->quote;
    prom_reasons *reasons = &it->plan->offers[at].reasons;
    for (size_t i = 0; i < quote->reason_count; i++) {
        if (reasons->count < PROM_REASONS_MAX) {
            reasons->list[reasons->count++] = quote->reasons[i]; /* as the node says it, of a later version too */
        }
    }
    if (!prom_bytes32_equal(&quote->ask, &offer->ask) || !prom_quote_signed(it->request->curve, quote)) {
        prom_reasons_add(reasons, PROM_REASON_QUOTE_FORGED, 0, 0);
    }
    prom_reasons_need(reasons, PROM_REASON_QUOTE_OLD, it->request->tip, quote->valid_until);
    if (offer->failed) {
        prom_reasons_add(reasons, PROM_REASON_PEER_FAILED, 0, 0);
    }
    if (quote->reason_count == 0 && quote->capacity == 0) {
        prom_reasons_add(reasons, PROM_REASON_BUSY, 1, 0);
    }
}

/* What does not fit a part does not fit a larger one. The reasons are those of the smallest part that is too large. */
static prom_result find_largest(const struct prom_planning *it, size_t at)
{
    prom_plan_verdict *verdict = &it->plan->offers[at];
    uint32_t fits = 0;
    uint32_t above = it->request->items + (it->request->items < UINT32_MAX);
    const uint32_t fewest = it->request->undivided ? it->request->items : 1;
    judge_quote(it, at);
    if (verdict->reasons.count > 0) {
        return prom_ok();
    }
    for (uint32_t tried = it->request->items; fits + 1 < above && tried >= fewest; tried = fits + (above - fits) / 2) {
        prom_reasons reasons = {.count = 0};
        prom_plan_part part = {.offer = at};
        PROM_TRY(prom_plan_judge(it, &reasons, &part, tried));
        if (reasons.count == 0) {
            fits = tried;
            verdict->at_max = part;
        } else {
            above = tried;
            verdict->reasons = reasons;
        }
    }
    if (fits > 0 && !prom_plan_is_economic(it, &verdict->reasons, &verdict->at_max)) {
        fits = 0;
    }
    verdict->items_max = fits;
    return prom_ok();
}

/* -- Which offer comes first -- */

uint64_t prom_plan_weigh(const struct prom_planning *it, const prom_plan_part *part)
{
    enum { TRUST_FULL = 1000 };
    const uint32_t trust = it->offers[part->offer].trust < TRUST_FULL ? it->offers[part->offer].trust : TRUST_FULL;
    const prom_amount all = prom_amount_add(part->cost, part->fees);
    uint64_t sat = 0;
    const uint64_t known = prom_amount_get(all, &sat) ? sat : PROM_AMOUNT_MAX;
    return prom_count_over(prom_count_times(known, 2 * TRUST_FULL - trust), part->items);
}

static bool is_better(const struct prom_planning *it, size_t a, size_t b)
{
    const uint64_t weighed[2] = {prom_plan_weigh(it, &it->plan->offers[a].at_max),
                                 prom_plan_weigh(it, &it->plan->offers[b].at_max)};
    return weighed[0] != weighed[1] ? weighed[0] < weighed[1] : it->offers[a].trust > it->offers[b].trust;
}

/* The best offer that has not had its turn; SIZE_MAX: there is none. */
static size_t next_offer(const struct prom_planning *it, const bool *had)
{
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < it->plan->offer_count; i++) {
        const bool open = !had[i] && it->plan->offers[i].items_max > 0;
        if (open && (best == SIZE_MAX || is_better(it, i, best))) {
            best = i;
        }
    }
    return best;
}

/* -- Placing -- */

/* What is spent and promised before one part more of an offer, those of the plan counted in. */
static prom_caps_sums sums_before(const struct prom_planning *it, size_t offer)
{
    const prom_plan *plan = it->plan;
    const prom_spent *spent = &it->request->spent;
    const prom_amount so_far = prom_amount_add(plan->cost, plan->fees);
    prom_caps_sums sums = {.job = prom_amount_add(spent->job, so_far),
                           .day = prom_amount_add(spent->day, so_far),
                           .fees = prom_amount_add(spent->fees, plan->fees),
                           .peer = it->offers[offer].spent,
                           .open = it->offers[offer].open};
    for (size_t i = 0; i < plan->part_count; i++) {
        const prom_plan_part *part = &plan->parts[i];
        if (part->offer == offer) {
            sums.peer = prom_amount_add(sums.peer, part->cost);
            sums.open = prom_amount_add(sums.open, prom_amount_add(part->cost, part->fees));
        }
    }
    return sums;
}

void prom_plan_judge_caps(const struct prom_planning *it, prom_reasons *all, prom_reasons *own,
                          const prom_plan_part *part)
{
    const prom_plan_request *request = it->request;
    const prom_caps_sums before = sums_before(it, part->offer);
    prom_caps_judge(all, own, &request->caps, &before, part->cost, part->fees);
    prom_standing_judge(all, own, &request->standing, &before, part->cost, part->fees);
}

/* At least so many parts are wanted of the whole. */
static uint32_t wanted_parts(const prom_plan_request *request)
{
    const uint32_t wanted = request->parts_min > request->workers_min ? request->parts_min : request->workers_min;
    const uint32_t some = wanted > 1 ? wanted : 1;
    return some < request->items ? some : request->items;
}

/* And so many of what is left, if each is to have an item. */
static uint32_t wanted_of_left(const struct prom_planning *it)
{
    const uint32_t wanted = wanted_parts(it->request);
    const uint32_t missing = wanted > it->plan->part_count ? wanted - (uint32_t)it->plan->part_count : 1;
    return missing < it->plan->left ? missing : it->plan->left;
}

/* How many contracts an offer gets for `left` items, of `largest` at most. */
static uint32_t count_of(const struct prom_planning *it, size_t at, uint32_t largest, bool spread)
{
    const prom_plan_request *request = it->request;
    const uint32_t capacity = it->offers[at].quote->capacity - it->plan->offers[at].parts;
    const uint32_t wanted = wanted_of_left(it);
    const uint32_t fewest = (it->plan->left - 1) / largest + 1;
    const uint32_t needed = fewest > wanted ? fewest : wanted;
    uint32_t count = capacity < needed ? capacity : needed;
    if (spread && request->workers_min > 1) {
        const uint32_t share = (wanted_parts(request) - 1) / request->workers_min + 1;
        count = share < count ? share : count;
    }
    return count;
}

/* How many items so many contracts of one offer get together: their even share, where others follow. */
static uint32_t share_of(const struct prom_planning *it, uint32_t largest, uint32_t count)
{
    const uint32_t left = it->plan->left;
    const uint32_t wanted = wanted_of_left(it);
    const uint64_t room = (uint64_t)largest * count;
    const uint64_t even = wanted > count ? ((uint64_t)left * count - 1) / wanted + 1 : left;
    return (uint32_t)(room < even ? room : even);
}

static uint32_t largest_of(const struct prom_planning *it, size_t at)
{
    const prom_plan_request *request = it->request;
    const uint32_t even = (request->items - 1) / wanted_parts(request) + 1;
    const uint32_t most = it->plan->offers[at].items_max;
    return even < most ? even : most;
}

static bool place_one(struct prom_planning *it, const prom_plan_part *judged)
{
    prom_plan *plan = it->plan;
    prom_plan_verdict *verdict = &plan->offers[judged->offer];
    prom_plan_part part = *judged;
    prom_reasons all = {.count = 0};
    prom_reasons own = {.count = 0};
    prom_plan_judge_caps(it, &all, &own, &part);
    add_all(&plan->reasons, &all);
    add_all(&verdict->reasons, &own);
    if (all.count + own.count > 0 || plan->part_count == PROM_PLAN_PARTS_MAX) {
        return false;
    }
    part.first = it->request->first + (it->request->items - plan->left);
    plan->parts[plan->part_count++] = part;
    plan->cost = prom_amount_add(plan->cost, part.cost);
    plan->fees = prom_amount_add(plan->fees, part.fees);
    plan->left -= part.items;
    verdict->parts++;
    return true;
}

/* Splits what an offer takes as evenly as can be; into fewer parts where these would be too small for their fees. */
static prom_result place_at(struct prom_planning *it, size_t at, bool spread)
{
    const uint32_t largest = largest_of(it, at);
    uint32_t count = count_of(it, at, largest, spread);
    for (uint32_t items = 0; count > 0 && it->plan->left > 0 && it->plan->reasons.count == 0; count--) {
        prom_reasons reasons = {.count = 0};
        prom_plan_part part = {.offer = at};
        items = (share_of(it, largest, count) - 1) / count + 1;
        PROM_TRY(prom_plan_judge(it, &reasons, &part, items));
        if (reasons.count > 0 || !prom_plan_is_economic(it, &reasons, &part)) {
            add_all(&it->plan->offers[at].reasons, &reasons);
        } else if (!place_one(it, &part)) {
            break;
        }
    }
    return prom_ok();
}

static prom_result place_all(struct prom_planning *it)
{
    for (unsigned pass = 0; pass < 2; pass++) { /* first spread, then whoever still has room */
        bool had[PROM_PLAN_OFFERS_MAX] = {false};
        for (size_t at = next_offer(it, had); at != SIZE_MAX && it->plan->left > 0 && it->plan->reasons.count == 0;
             at = next_offer(it, had)) {
            had[at] = true;
            if (pass == 0 || it->plan->offers[at].parts < it->offers[at].quote->capacity) {
                PROM_TRY(place_at(it, at, pass == 0));
            }
        }
    }
    return prom_ok();
}

prom_result prom_plan_make(prom_arena *arena, prom_plan **plan, const prom_plan_request *request,
                           const prom_plan_offer *offers, size_t offer_count, prom_error *error)
{
    struct prom_planning it = {.request = request, .offers = offers, .error = error};
    *plan = NULL;
    if (request->items == 0 || request->items > UINT32_MAX - request->first || offer_count > PROM_PLAN_OFFERS_MAX) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "there is no plan for %u items and %zu offers",
                         (unsigned)request->items, offer_count);
    }
    PROM_TRY_NEW(it.plan, arena, 1, error);
    it.plan->offer_count = offer_count;
    it.plan->left = request->items;
    it.plan->cost = prom_amount_zero();
    it.plan->fees = prom_amount_zero();
    for (size_t i = 0; i < offer_count; i++) {
        PROM_TRY(find_largest(&it, i));
    }
    PROM_TRY(place_all(&it));
    if (it.plan->left > 0 && it.plan->reasons.count == 0) {
        prom_reasons_add(&it.plan->reasons, PROM_REASON_UNPLACED, request->items, request->items - it.plan->left);
    }
    PROM_TRY(it.plan->left == 0 ? prom_plan_join_parts(&it) : prom_ok());
    *plan = it.plan;
    return prom_ok();
}
