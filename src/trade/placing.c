#include "trade/placing.h"

#include <stdio.h>
#include <string.h>

#include "market/price.h"
#include "node/guest.h"
#include "node/survey.h"
#include "system/random.h"

#define WORK_BYTES ((size_t)1 << 28)

/* -- Whom to ask -- */

static bool is_listed(const prom_placing *placing, const prom_bytes32 *key, prom_role role)
{
    for (size_t i = 0; i < placing->count; i++) {
        if (placing->asked[i].ask.role == role && prom_bytes32_equal(&placing->asked[i].peer.key, key)) {
            return true;
        }
    }
    return false;
}

/* A verifier that the owner has named is wanted all the same: there is no other one. */
static bool has_failed(const prom_placing_subject *subject, const prom_trade_peer *peer, prom_role role)
{
    const prom_job_part *part = subject->part;
    if (role == PROM_ROLE_VERIFIER) {
        return !peer->named && subject->job != NULL && part != NULL &&
               prom_market_job_verifier_failed(subject->job, part, &peer->key);
    }
    for (size_t i = 0; part != NULL && i < part->failed_count; i++) {
        if (prom_bytes32_equal(&part->failed[i], &peer->key)) {
            return true;
        }
    }
    return false;
}

static void fail(prom_asked *asked, const char *why)
{
    asked->state = PROM_ASKED_FAILED;
    (void)snprintf(asked->why, sizeof asked->why, "%.150s", why);
}

/* Returns how often it is known to have judged falsely. */
static uint32_t remember(prom_asked *asked, const prom_trade_market *market)
{
    prom_history history = prom_history_empty();
    asked->spent = prom_amount_zero();
    if (market->past != NULL) {
        market->past(market->context, &history, &asked->spent, &asked->peer.key);
    }
    asked->chain = prom_node_chain_record(market->node, &asked->peer.key);
    asked->reputation = prom_reputation_of(&history, &asked->chain, asked->peer.named, prom_node_tip(market->node));
    return history.lied;
}

static void put(prom_asked *asked, const prom_trade_market *market)
{
    const prom_address *address = asked->peer.address.length > 0 ? &asked->peer.address : NULL;
    prom_error reason;
    asked->state = PROM_ASKED_WAITS;
    asked->ask.nonce = prom_random_bytes32();
    if (!prom_is_ok(prom_asker_ask(market->asker, &asked->peer.key, address, &asked->ask, &reason))) {
        fail(asked, reason.sentence);
    }
}

/* Who has failed with the items is listed, so that its owner sees why it gets none, and is not asked; and a verifier
 * whose word is known to be worth nothing, unless the owner wants that one. */
static void ask_one(prom_placing *placing, const prom_trade_market *market, const prom_trade_peer *peer,
                    const prom_ask *ask, const prom_placing_subject *subject)
{
    if (placing->count == PROM_PLACING_MAX || is_listed(placing, &peer->key, ask->role) ||
        prom_bytes32_equal(&peer->key, prom_node_key(market->node))) {
        return;
    }
    prom_asked *asked = &placing->asked[placing->count++];
    *asked = (prom_asked){.peer = *peer, .ask = *ask, .state = PROM_ASKED_WAITS};
    const uint32_t lies = remember(asked, market);
    if (ask->role == PROM_ROLE_VERIFIER && lies > 0 && !peer->named) {
        fail(asked, "it has judged falsely before, as our own check or the arbiters found");
        return;
    }
    if (has_failed(subject, peer, ask->role)) {
        asked->failed = true;
        fail(asked, "it has failed with these items before");
        return;
    }
    put(asked, market);
}

static void ask_known(prom_placing *placing, const prom_trade_market *market, const prom_ask *ask,
                      const prom_placing_subject *subject)
{
    prom_trade_peer list[PROM_PLAN_OFFERS_MAX];
    const size_t count =
        market->list == NULL ? 0 : market->list(market->context, list, PROM_PLAN_OFFERS_MAX, &ask->p_txid, ask->role);
    for (size_t i = 0; i < count; i++) {
        ask_one(placing, market, &list[i], ask, subject);
    }
}

static void ask_workers(prom_placing *placing, const prom_trade_market *market, const prom_ask *ask,
                        const prom_placing_subject *subject)
{
    const prom_order_wishes *wishes = placing->wishes;
    for (size_t i = 0; i < wishes->worker_count; i++) {
        const prom_trade_peer peer = {wishes->workers[i].key, wishes->workers[i].address, true};
        ask_one(placing, market, &peer, ask, subject);
    }
    if (wishes->worker_count == 0) {
        ask_known(placing, market, ask, subject);
    }
}

static void ask_verifiers(prom_placing *placing, const prom_trade_market *market, const prom_ask *ask,
                          const prom_placing_subject *subject)
{
    const prom_trade_peer named = {placing->order->verifier_key, placing->wishes->verifier, true};
    switch (placing->order->verifier) {
    case PROM_VERIFIER_KEY:
        ask_one(placing, market, &named, ask, subject);
        return;
    case PROM_VERIFIER_MARKET:
        ask_known(placing, market, ask, subject);
        return;
    case PROM_VERIFIER_SELF:
    case PROM_JOB_VERIFIERS:
        return;
    }
}

/* What does not fit an item fits no part: so one item is asked for, and the plan finds how large parts may be. What
 * joins is asked for as it is. */
static uint32_t asked_items(const prom_placing *placing)
{
    return placing->joins ? placing->items : 1;
}

static prom_result sketch_ask(const prom_placing *placing, prom_ask *ask, prom_role role, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_work work;
    prom_arena_init(&arena, WORK_BYTES);
    PROM_TRY(prom_work_of_part(&arena, &work, &placing->work, placing->order->scheme, asked_items(placing), error));
    *ask = (prom_ask){.role = role,
                      .genesis = placing->terms.genesis,
                      .p_txid = placing->order->p_txid,
                      .deadline = role == PROM_ROLE_WORKER ? placing->wishes->height : 0};
    prom_work_sketch(ask, &work);
    return prom_ok();
}

prom_result prom_placing_begin(prom_placing *placing, const prom_trade_market *market,
                               const prom_placing_subject *subject, prom_error *error)
{
    prom_ask ask;
    *placing = (prom_placing){.order = subject->order,
                              .wishes = subject->wishes,
                              .work = subject->work,
                              .terms = *subject->terms,
                              .first = subject->first,
                              .items = subject->items,
                              .spent = subject->spent,
                              .whole = !subject->joins && subject->items == subject->order->items,
                              .joins = subject->joins};
    PROM_TRY(sketch_ask(placing, &ask, PROM_ROLE_WORKER, error));
    ask_workers(placing, market, &ask, subject);
    PROM_TRY(sketch_ask(placing, &ask, PROM_ROLE_VERIFIER, error));
    ask_verifiers(placing, market, &ask, subject);
    return prom_ok();
}

/* -- What they answer -- */

static prom_asked *find(prom_placing *placing, const prom_ask *ask)
{
    for (size_t i = 0; i < placing->count; i++) {
        if (placing->asked[i].state == PROM_ASKED_WAITS &&
            prom_bytes32_equal(&placing->asked[i].ask.nonce, &ask->nonce)) {
            return &placing->asked[i];
        }
    }
    return NULL;
}

void prom_placing_quoted(prom_placing *placing, const prom_ask *ask, const prom_quote *quote)
{
    prom_asked *asked = find(placing, ask);
    if (asked != NULL) {
        asked->state = PROM_ASKED_QUOTED;
        asked->quote = *quote;
    }
}

void prom_placing_failed(prom_placing *placing, const prom_ask *ask, const char *why)
{
    prom_asked *asked = find(placing, ask);
    if (asked != NULL) {
        fail(asked, why);
    }
}

bool prom_placing_is_over(const prom_placing *placing)
{
    for (size_t i = 0; i < placing->count; i++) {
        if (placing->asked[i].state == PROM_ASKED_WAITS) {
            return false;
        }
    }
    return true;
}

bool prom_placing_renew(prom_placing *placing, const prom_trade_market *market)
{
    enum { RENEWED_MAX = 3 };
    for (size_t i = 0; i < placing->count; i++) {
        prom_asked *asked = &placing->asked[i];
        if (asked->state == PROM_ASKED_QUOTED && asked->quote.valid_until < prom_node_tip(market->node) &&
            asked->renewed < RENEWED_MAX) {
            asked->renewed++;
            put(asked, market);
        }
    }
    return !prom_placing_is_over(placing);
}

/* -- The plan -- */

/* What an item costs there, weighed as the plan weighs workers. */
static bool is_better(const prom_placing *placing, const prom_work *work, const prom_asked *a, const prom_asked *b)
{
    const prom_asked *pair[2] = {a, b};
    uint64_t weighed[2];
    for (size_t i = 0; i < 2; i++) {
        const prom_amount price =
            prom_price_of(&pair[i]->quote.rates, work, &placing->terms.P, PROM_ROLE_VERIFIER, prom_amount_zero());
        uint64_t sat = 0;
        weighed[i] = prom_amount_get(price, &sat)
                         ? prom_count_times(sat, 2 * PROM_TRUST_MAX - pair[i]->reputation.trust)
                         : UINT64_MAX;
    }
    return weighed[0] < weighed[1];
}

static prom_result find_verifier(const prom_placing *placing, const prom_asked **found, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_work work;
    *found = NULL;
    prom_arena_init(&arena, WORK_BYTES);
    PROM_TRY(prom_work_of_part(&arena, &work, &placing->work, placing->order->scheme, asked_items(placing), error));
    for (size_t i = 0; i < placing->count; i++) {
        const prom_asked *asked = &placing->asked[i];
        const bool can = asked->ask.role == PROM_ROLE_VERIFIER && asked->state == PROM_ASKED_QUOTED &&
                         asked->quote.reason_count == 0 && asked->quote.capacity > 0;
        if (can && (*found == NULL || is_better(placing, &work, asked, *found))) {
            *found = asked;
        }
    }
    return prom_ok();
}

static size_t list_offers(const prom_placing *placing, prom_plan_offer *offers, prom_placed *placed,
                          const prom_trade_market *market)
{
    size_t count = 0;
    for (size_t i = 0; i < placing->count && count < PROM_PLAN_OFFERS_MAX; i++) {
        const prom_asked *asked = &placing->asked[i];
        const bool verifies =
            placed->verifier != NULL && prom_bytes32_equal(&placed->verifier->peer.key, &asked->peer.key);
        if (asked->ask.role == PROM_ROLE_WORKER && asked->state == PROM_ASKED_QUOTED && !verifies) {
            placed->workers[count] = asked;
            offers[count] = (prom_plan_offer){
                .quote = &asked->quote,
                .spent = asked->spent,
                .open = market->open != NULL ? market->open(market->context, &asked->peer.key) : prom_amount_zero(),
                .trust = asked->reputation.trust,
                .failed = asked->failed};
            prom_ask_hash(&offers[count++].ask, &asked->ask);
        }
    }
    return count;
}

/* Without so many offers every setup ends at its draw, and nobody is to blame. */
static prom_result check_pool(const prom_placing *placing, prom_arena *arena, prom_reasons *reasons,
                              const prom_node *node, prom_error *error)
{
    size_t count = 0;
    PROM_TRY(prom_sketch_count_offers(node, arena, &count, &placing->terms.p_txid, error));
    prom_reasons_need(reasons, PROM_REASON_ARBITERS, placing->terms.P.n, count);
    return prom_ok();
}

prom_result prom_placing_plan(const prom_placing *placing, prom_arena *arena, prom_placed *placed,
                              const prom_trade_market *market, uint32_t coins, prom_error *error)
{
    const prom_amount reward = placing->wishes->reward;
    prom_plan_offer offers[PROM_PLAN_OFFERS_MAX];
    prom_program_source source = {&placing->work, placing->order->scheme, WORK_BYTES};
    prom_plan *plan = NULL;
    *placed = (prom_placed){.plan = NULL};
    PROM_TRY(check_pool(placing, arena, &placed->reasons, market->node, error));
    if (placed->reasons.count > 0) {
        return prom_ok();
    }
    if (placing->order->verifier != PROM_VERIFIER_SELF) {
        PROM_TRY(find_verifier(placing, &placed->verifier, error));
        if (placed->verifier == NULL) {
            prom_reasons_add(&placed->reasons, PROM_REASON_ROLE, 0, 0);
            return prom_ok();
        }
    }
    const size_t count = list_offers(placing, offers, placed, market);
    const prom_plan_request request = {
        .terms = &placing->terms,
        .source = prom_work_source_of(&source),
        .first = placing->first,
        .items = placing->items,
        .parts_min = placing->whole ? placing->wishes->parts_min : 0,
        .workers_min = placing->whole ? placing->wishes->workers_min : 0,
        .verifier = placed->verifier != NULL ? &placed->verifier->quote.rates : NULL,
        .verifier_machine = placed->verifier != NULL ? &placed->verifier->quote.machine : market->machine,
        .caps = placing->order->caps,
        .standing = market->standing,
        .spent = placing->spent,
        .curve = prom_node_curve(market->node),
        .reward = prom_amount_is_valid(reward) ? reward : prom_amount_zero(),
        .coins = coins,
        .tip = prom_node_tip(market->node),
        .wished = placing->wishes->height,
        .undivided = placing->joins,
        .joining = placing->whole ? placing->order->joining : (prom_joining){.folds = false},
        .joined = placing->work.program.module,
        .machine = market->machine,
    };
    PROM_TRY(prom_plan_make(arena, &plan, &request, offers, count, error));
    placed->plan = plan;
    return prom_ok();
}
