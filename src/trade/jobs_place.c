/* Finding a worker for a part of a job: a round of asking, the plan, and attempts for what it places. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "market/fees.h"
#include "node/guest.h"
#include "system/clock.h"
#include "trade/jobs_parts.h"

#define PLAN_BYTES ((size_t)1 << 26)

enum { AGAIN_MILLISECONDS = 60000 }; /* from one round to the next, where no block comes before */

/* -- What is reckoned with -- */

static void past(void *context, prom_history *history, prom_amount *spent, const prom_bytes32 *node)
{
    const prom_jobs *jobs = context;
    prom_ledger_of(jobs->ledger, history, spent, node);
    for (size_t i = 0; i < jobs->open_count; i++) {
        const prom_market_job *job = jobs->open[i]->ordered->job;
        prom_history_add(history, job, node);
        *spent = prom_amount_add(*spent, prom_market_job_with(job, node));
    }
}

static size_t list(void *context, prom_trade_peer *peers, size_t max, const prom_bytes32 *p_txid, prom_role role)
{
    const prom_jobs *jobs = context;
    return jobs->options.list == NULL ? 0 : jobs->options.list(jobs->options.context, peers, max, p_txid, role);
}

static prom_amount open_with(const void *context, const prom_bytes32 *node)
{
    return prom_jobs_open_with(context, node);
}

prom_trade_market prom_jobs_market(prom_jobs *jobs)
{
    const prom_machine *machine = jobs->options.machine != NULL ? jobs->options.machine(jobs->options.context) : NULL;
    return (prom_trade_market){.node = jobs->options.node,
                               .asker = jobs->asker,
                               .context = jobs,
                               .list = list,
                               .past = past,
                               .machine = machine,
                               .open = open_with,
                               .standing = prom_jobs_standing(jobs)};
}

/* -- A round -- */

void prom_jobs_end_round(struct driven *driven)
{
    free(driven->placing);
    driven->placing = NULL;
    prom_arena_free(&driven->placing_memory);
}

/* Has what the part is reckoned with read; returns whether that is over. */
static bool is_read(prom_jobs *jobs, struct driven *driven, const prom_job_part *part)
{
    prom_market_job *job = driven->ordered->job;
    const prom_errand wish = {.kind = PROM_ERRAND_PROGRAM,
                              .folder = driven->folder,
                              .job = prom_market_job_joins(job, part->first) ? job : NULL};
    return prom_errand_do(jobs->errands, &driven->errand, &wish, prom_batch_bytes(&driven->folder));
}

/* What was read is the round's. */
static prom_result take_work(struct driven *driven, prom_work_batch *work, prom_error *error)
{
    const prom_result result = driven->errand->result;
    *error = driven->errand->error;
    *work = driven->errand->batch.work;
    driven->placing_memory = driven->errand->arena;
    driven->errand->arena = (prom_arena){0};
    prom_errand_leave(&driven->errand);
    return result;
}

static prom_result begin_round(prom_jobs *jobs, struct driven *driven, const prom_job_part *part, prom_error *error)
{
    const prom_ordered *ordered = driven->ordered;
    const prom_trade_market market = prom_jobs_market(jobs);
    prom_placing_subject subject = {.order = &ordered->job->order,
                                    .wishes = &ordered->wishes,
                                    .job = ordered->job,
                                    .first = part->first,
                                    .items = part->items,
                                    .joins = prom_market_job_joins(ordered->job, part->first),
                                    .part = part};
    prom_terms terms;
    PROM_TRY(take_work(driven, &subject.work, error));
    PROM_TRY(prom_jobs_spent(jobs, driven, &subject.spent, error));
    PROM_TRY(prom_sketch_terms(&terms, jobs->options.node, subject.order, subject.wishes, error));
    subject.terms = &terms;
    return prom_placing_begin(driven->placing, &market, &subject, error);
}

/* -- The plan -- */

static uint32_t most_coins(const prom_contract_coins *coins, size_t count)
{
    uint32_t most = 1;
    for (size_t i = 0; i < count; i++) {
        most = coins[i].client > most ? coins[i].client : most;
        most = coins[i].verifier > most ? coins[i].verifier : most;
    }
    return most;
}

/* What a contract costs goes by how many coins it takes, and which it takes by what it costs: where these are more than
 * was thought, the plan is made anew. Coins are found before anybody is bound: an attempt that waits for some would be
 * late, and its worker waits too. */
prom_result prom_jobs_plan(prom_jobs *jobs, struct driven *driven, const prom_placing *placing, prom_arena *arena,
                           prom_planned *planned, prom_error *error)
{
    const prom_trade_market market = prom_jobs_market(jobs);
    prom_amount rewards[PROM_PLAN_PARTS_MAX];
    prom_coins_wish wish = {.driven = driven,
                            .terms = &placing->terms,
                            .own = placing->order->verifier == PROM_VERIFIER_SELF,
                            .rewards = rewards,
                            .found = planned->coins};
    uint32_t thought = 0;
    for (uint32_t coins = 1; coins > thought; coins = most_coins(planned->coins, wish.count)) {
        thought = coins;
        PROM_TRY(prom_placing_plan(placing, arena, &planned->placed, &market, thought, error));
        const prom_plan *plan = planned->placed.plan;
        wish.count = plan != NULL ? plan->part_count : 0;
        wish.cost = plan != NULL ? plan->cost : prom_amount_zero();
        wish.fees = plan != NULL ? plan->fees : prom_amount_zero();
        for (size_t i = 0; i < wish.count; i++) {
            rewards[i] = plan->parts[i].c;
        }
        PROM_TRY(prom_jobs_find_coins(jobs, &wish, planned->text, error));
    }
    return prom_ok();
}

/* -- What the plan gives -- */

/* Of a part whose coins are known. */
static prom_amount fees_with(const prom_terms *terms, const prom_contract_coins *coins, bool own)
{
    const prom_parameters *P = &terms->P;
    const prom_amount fees = prom_contract_fees_of(PROM_ROLE_CLIENT, P->n, terms->feerate, coins->client).normal;
    return own ? prom_amount_add(
                     fees, prom_contract_fees_of(PROM_ROLE_VERIFIER, P->n, terms->feerate, coins->verifier).normal)
               : fees;
}

static prom_result package_of(const struct driven *driven, uint64_t *bytes, uint32_t items, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_work work;
    prom_arena_init(&arena, PLAN_BYTES);
    PROM_TRY(prom_work_of_part(&arena, &work, &driven->placing->work, driven->placing->order->scheme, items, error));
    *bytes = work.package_bytes;
    return prom_ok();
}

/* What was spent and is promised on contracts with the worker, by all other jobs. */
static prom_amount with_others(prom_jobs *jobs, const struct driven *driven, const prom_bytes32 *worker)
{
    prom_history history = prom_history_empty();
    prom_amount spent = prom_amount_zero();
    past(jobs, &history, &spent, worker);
    return prom_amount_subtract(spent, prom_market_job_with(driven->ordered->job, worker));
}

/* All that was spent in the day but for what the job itself has: what was paid for splitting coins it has not. */
static prom_result day_before(const prom_jobs *jobs, const struct driven *driven, prom_amount *day, prom_error *error)
{
    const prom_job_sums sums = prom_market_job_sums(driven->ordered->job);
    prom_spent spent;
    PROM_TRY(prom_jobs_spent(jobs, driven, &spent, error));
    *day = prom_amount_subtract(spent.day, prom_job_sums_whole(&sums));
    return prom_ok();
}

/* The attempt and its terms go to the disk together. */
static prom_result place_part(prom_jobs *jobs, struct driven *driven, const prom_placed *placed,
                              const prom_plan_part *part, const prom_contract_coins *coins, prom_reasons *refused,
                              prom_error *error)
{
    prom_market_job *job = driven->ordered->job;
    const prom_asked *worker = placed->workers[part->offer];
    prom_attempt_terms *terms =
        &driven->ordered->terms[job->attempt_count < PROM_JOB_ATTEMPTS_MAX ? job->attempt_count : 0];
    const prom_terms *basis = &driven->placing->terms;
    prom_attempt_terms made = {.worker = worker->peer.address, .c = part->c};
    prom_job_outcome outcome;
    prom_job_event event = {.kind = PROM_JOB_EVENT_PLACED,
                            .as.placed = {.first = part->first,
                                          .items = part->items,
                                          .worker = worker->peer.key,
                                          .cost = part->cost,
                                          .fees = fees_with(basis, coins, placed->verifier == NULL),
                                          .peer = with_others(jobs, driven, &worker->peer.key)}};
    if (job->attempt_count == PROM_JOB_ATTEMPTS_MAX) {
        prom_reasons_add(refused, PROM_REASON_UNPLACED, part->items, 0);
        return prom_ok();
    }
    if (placed->verifier != NULL) {
        event.as.placed.verifier = placed->verifier->peer.key;
        made.verifier = placed->verifier->peer.address;
    }
    PROM_TRY(package_of(driven, &made.package_max, part->items, error));
    PROM_TRY(day_before(jobs, driven, &event.as.placed.day, error));
    PROM_TRY(prom_jobs_judge_caps(
        jobs, driven,
        &(prom_attempt){.worker = event.as.placed.worker, .cost = event.as.placed.cost, .fees = event.as.placed.fees},
        refused, error));
    if (refused->count > 0) {
        return prom_ok();
    }
    *terms = made;
    PROM_TRY(prom_jobs_take(jobs, driven, &event, &outcome, error));
    *refused = outcome.refused;
    return prom_ok();
}

static prom_result tell_unplaced(prom_jobs *jobs, struct driven *driven, uint32_t first, uint16_t reason,
                                 prom_error *error)
{
    const prom_job_event event = {.kind = PROM_JOB_EVENT_UNPLACED, .as.unplaced = {first, reason}};
    prom_job_outcome outcome;
    return prom_jobs_take(jobs, driven, &event, &outcome, error);
}

/* A reason, and the worker that it is about: NULL where it is the job's own. */
struct told_reason {
    const prom_quote_reason *reason;
    const prom_asked *worker;
};

/* The first reason of all: the job's, then what keeps the first worker away; that a node is no worker tells least. */
static struct told_reason first_reason(const prom_placed *placed, const prom_reasons *refused)
{
    static const prom_quote_reason none = {.code = PROM_REASON_UNPLACED, .unit = PROM_UNIT_NUMBER, .needed = 1};
    const prom_plan *plan = placed->plan;
    struct told_reason no_worker = {NULL, NULL};
    if (refused->count > 0) {
        return (struct told_reason){&refused->list[0], NULL};
    }
    if (placed->reasons.count > 0) {
        return (struct told_reason){&placed->reasons.list[0], NULL};
    }
    if (plan != NULL && plan->reasons.count > 0 && plan->reasons.list[0].code != PROM_REASON_UNPLACED) {
        return (struct told_reason){&plan->reasons.list[0], NULL}; /* a cap: no other worker helps */
    }
    for (size_t i = 0; plan != NULL && i < plan->offer_count; i++) {
        if (plan->offers[i].parts == 0 && plan->offers[i].reasons.count > 0) {
            const struct told_reason its = {&plan->offers[i].reasons.list[0], placed->workers[i]};
            if (its.reason->code != PROM_REASON_ROLE) {
                return its;
            }
            no_worker = no_worker.reason != NULL ? no_worker : its;
        }
    }
    if (no_worker.reason != NULL) {
        return no_worker;
    }
    return (struct told_reason){plan != NULL && plan->reasons.count > 0 ? &plan->reasons.list[0] : &none, NULL};
}

/* Whose coins are too few, or which cap is meant, is no riddle: a worker's reason is told with the worker's name. */
static void hinder_by(prom_jobs *jobs, struct driven *driven, const struct told_reason *told)
{
    enum { SHOWN = 12 };
    char sentence[PROM_REASON_SENTENCE];
    char text[PROM_REASON_SENTENCE + 32];
    char hex[PROM_HEX32];
    (void)prom_reason_sentence(sentence, told->reason);
    if (told->worker != NULL) {
        (void)snprintf(text, sizeof text, "worker %.*s: %s", SHOWN, prom_hex32(hex, &told->worker->peer.key), sentence);
    } else {
        (void)snprintf(text, sizeof text, "%s", sentence);
    }
    prom_jobs_hinder(jobs, driven, text);
}

static prom_result tell_rest(prom_jobs *jobs, struct driven *driven, const prom_placed *placed, uint32_t rest,
                             const prom_reasons *refused, prom_error *error)
{
    if (rest >= driven->placing->first + driven->placing->items) {
        prom_jobs_hinder(jobs, driven, "");
        return prom_ok();
    }
    const struct told_reason told = first_reason(placed, refused);
    if (driven->coins[0] != '\0') {
        prom_jobs_hinder(jobs, driven, driven->coins);
    } else {
        hinder_by(jobs, driven, &told);
    }
    return tell_unplaced(jobs, driven, rest, told.reason->code, error);
}

/* What was paid meanwhile counts, for other jobs too, and for splitting coins for an attempt that was placed before. */
static prom_result end_of_round(prom_jobs *jobs, struct driven *driven, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_reasons refused = {.count = 0};
    uint32_t rest = driven->placing->first;
    prom_planned planned;
    const prom_placed *placed = &planned.placed;
    prom_arena_init(&arena, PLAN_BYTES);
    PROM_TRY(prom_jobs_spent(jobs, driven, &driven->placing->spent, error));
    PROM_TRY(prom_jobs_plan(jobs, driven, driven->placing, &arena, &planned, error));
    (void)snprintf(driven->coins, sizeof driven->coins, "%s", planned.text);
    for (size_t i = 0; placed->plan != NULL && i < placed->plan->part_count; i++) {
        const prom_plan_part *part = &placed->plan->parts[i];
        if (!planned.coins[i].ready) {
            prom_reasons_add(&refused, PROM_REASON_STAKE, 0, 0);
            break;
        }
        PROM_TRY(place_part(jobs, driven, placed, part, &planned.coins[i], &refused, error));
        if (refused.count > 0) {
            break;
        }
        rest = part->first + part->items;
    }
    return tell_rest(jobs, driven, placed, rest, &refused, error);
}

static bool is_time(const prom_jobs *jobs, const struct driven *driven)
{
    return driven->placed_tip != prom_node_tip(jobs->options.node) ||
           prom_clock_milliseconds() - driven->placed_ms >= AGAIN_MILLISECONDS;
}

/* A round that could not be begun, or not planned, is over too. */
static prom_result close_round(prom_jobs *jobs, struct driven *driven, prom_result result)
{
    prom_jobs_end_round(driven);
    driven->placed_tip = prom_node_tip(jobs->options.node);
    driven->placed_ms = prom_clock_milliseconds();
    return result;
}

prom_result prom_jobs_place(prom_jobs *jobs, struct driven *driven, const prom_job_part *part, prom_error *error)
{
    if (driven->placing == NULL && is_time(jobs, driven) && is_read(jobs, driven, part)) {
        driven->placing = calloc(1, sizeof *driven->placing);
        if (driven->placing == NULL) {
            return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
        }
        driven->placed_end = part->first + part->items;
        const prom_result begun = begin_round(jobs, driven, part, error);
        return prom_is_ok(begun) ? begun : close_round(jobs, driven, begun);
    }
    if (driven->placing == NULL || !prom_placing_is_over(driven->placing)) {
        return prom_ok();
    }
    const prom_trade_market market = prom_jobs_market(jobs);
    if (prom_placing_renew(driven->placing, &market)) {
        return prom_ok();
    }
    const bool another = driven->placing->first != part->first || driven->placing->items != part->items;
    return close_round(jobs, driven, another ? prom_ok() : end_of_round(jobs, driven, error));
}

/* -- What the asker tells -- */

void prom_jobs_quoted_event(void *context, const prom_bytes32 *node, const prom_ask *ask, const prom_quote *quote)
{
    prom_jobs *jobs = context;
    (void)node;
    for (size_t i = 0; i < jobs->open_count; i++) {
        if (jobs->open[i]->placing != NULL) {
            prom_placing_quoted(jobs->open[i]->placing, ask, quote);
        }
    }
    for (size_t i = 0; i < jobs->quote_count; i++) {
        prom_placing_quoted(&jobs->quotes[i]->placing, ask, quote);
    }
}

void prom_jobs_failed_event(void *context, const prom_bytes32 *node, const prom_ask *ask, const char *why)
{
    prom_jobs *jobs = context;
    (void)node;
    for (size_t i = 0; i < jobs->open_count; i++) {
        if (jobs->open[i]->placing != NULL) {
            prom_placing_failed(jobs->open[i]->placing, ask, why);
        }
    }
    for (size_t i = 0; i < jobs->quote_count; i++) {
        prom_placing_failed(&jobs->quotes[i]->placing, ask, why);
    }
}
