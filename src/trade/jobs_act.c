/* What a job wants done: contracts begun and given up, outputs put together. */
#include <stdio.h>
#include <string.h>

#include "node/guest.h"
#include "node/survey.h"
#include "system/clock.h"
#include "trade/jobs_parts.h"

/* -- Beginning a contract -- */

static prom_result fill_terms(prom_jobs *jobs, const struct driven *driven, prom_terms *terms,
                              const prom_attempt *attempt, prom_error *error)
{
    const prom_order *order = &driven->ordered->job->order;
    const prom_attempt_terms *its = &driven->ordered->terms[attempt->number - 1];
    const prom_chain_parameters *network = prom_node_network(jobs->options.node);
    PROM_TRY(prom_sketch_terms(terms, jobs->options.node, order, &driven->ordered->wishes, error));
    terms->c = its->c;
    terms->package_max = its->package_max;
    terms->retention = prom_parameters_duration(&terms->P) + terms->P.t4 +
                       PROM_RETENTION_MARGINS * network->safety_margin + PROM_RETENTION_SLACK / 2;
    terms->job = driven->errand->named;
    return prom_ok();
}

/* Returns whether the part's input is written, and the terms can name the job. */
static bool is_written(prom_jobs *jobs, struct driven *driven, const prom_attempt *attempt)
{
    prom_market_job *job = driven->ordered->job;
    const prom_errand wish = {.kind = PROM_ERRAND_PART,
                              .folder = driven->folder,
                              .scheme = job->order.scheme,
                              .attempt = *attempt,
                              .job = prom_market_job_joins(job, attempt->first) ? job : NULL};
    return prom_errand_do(jobs->errands, &driven->errand, &wish, prom_batch_bytes(&driven->folder));
}

/* Coins that came with the last blocks are too young: arbiters would take no seat, after the draw. And one that has its
 * coins alone may still lack those of our own verifier: then nobody would be asked, and nobody told why. */
static prom_result check_coins(prom_jobs *jobs, struct driven *driven, const prom_attempt *attempt, prom_error *error)
{
    char text[PROM_COINS_TEXT];
    prom_contract_coins coins = {.ready = false};
    const prom_coins_wish wish = {.driven = driven, .attempt = attempt, .found = &coins};
    PROM_TRY(prom_jobs_find_coins(jobs, &wish, text, error));
    return coins.ready ? prom_ok() : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s", text);
}

static const char *program_of(const prom_market_job *job, const prom_attempt *attempt)
{
    return prom_market_job_joins(job, attempt->first) ? PROM_BATCH_FOLDS : PROM_BATCH_PROGRAM;
}

/* Its name is on no other channel: one that is there was begun before a crash, and goes on. */
static prom_result propose(prom_jobs *jobs, struct driven *driven, uint64_t *channel, const prom_attempt *attempt,
                           prom_error *error)
{
    const prom_attempt_terms *its = &driven->ordered->terms[attempt->number - 1];
    const bool own = driven->ordered->job->order.verifier == PROM_VERIFIER_SELF;
    char name[PROM_ATTEMPT_NAME];
    char program[PATH_MAX];
    prom_terms terms;
    *error = driven->errand->error;
    PROM_TRY(driven->errand->result);
    PROM_TRY(prom_jobs_check_caps(jobs, driven, attempt, error)); /* before coins are split for it */
    PROM_TRY(check_coins(jobs, driven, attempt, error));
    PROM_TRY(fill_terms(jobs, driven, &terms, attempt, error));
    PROM_TRY(prom_batch_path(program, &driven->folder, program_of(driven->ordered->job, attempt), error));
    prom_node_proposal proposal = {
        .name = prom_attempt_name(name, &driven->ordered->job->order.id, attempt->number),
        .what = {.proposal = &terms},
        .program = program,
        .input = driven->errand->input,
        .checked = true, /* what names the job was made of these very bytes */
    };
    proposal.what.peers[PROM_PARTY_W] = attempt->worker;
    proposal.what.addresses[PROM_PARTY_W] = its->worker;
    proposal.what.peers[PROM_PARTY_V] = own ? *prom_node_key(jobs->options.node) : attempt->verifier;
    proposal.what.addresses[PROM_PARTY_V] = own ? prom_node_config(jobs->options.node)->address : its->verifier;
    return prom_node_propose(jobs->options.node, &proposal, channel, error);
}

/* What keeps us from it may be over soon: coins that other contracts have, a bitcoind that is away. */
static prom_result try_to_propose(prom_jobs *jobs, struct driven *driven, uint64_t *channel,
                                  const prom_attempt *attempt, prom_error *error)
{
    prom_error reason;
    const int64_t now = prom_clock_milliseconds();
    *channel = 0;
    int64_t *tried = &driven->tried_ms[attempt->number - 1];
    if (!prom_node_can_propose(jobs->options.node) || (*tried != 0 && now - *tried < PROM_JOBS_AGAIN_MS) ||
        !is_written(jobs, driven, attempt)) {
        return prom_ok();
    }
    *tried = now;
    const prom_result proposed = propose(jobs, driven, channel, attempt, &reason);
    prom_errand_leave(&driven->errand);
    if (proposed.category == PROM_CATEGORY_BAD_INPUT || proposed.category == PROM_CATEGORY_MISUSE) {
        prom_jobs_hinder(jobs, driven, reason.sentence);
        *channel = 0;
        return prom_ok();
    }
    *error = reason;
    if (prom_is_ok(proposed)) {
        prom_jobs_hinder(jobs, driven, "");
    }
    return proposed;
}

/* Until its Tx0 is in a block. */
static bool is_set_up(const prom_attempt *attempt)
{
    return attempt->contract != 0 && attempt->phase == PROM_ATTEMPT_QUEUE;
}

static bool share_a_node(const prom_attempt *a, const prom_attempt *b)
{
    static const prom_bytes32 nobody;
    return prom_bytes32_equal(&a->worker, &b->worker) || prom_bytes32_equal(&a->worker, &b->verifier) ||
           prom_bytes32_equal(&a->verifier, &b->worker) ||
           (prom_bytes32_equal(&a->verifier, &b->verifier) && !prom_bytes32_equal(&a->verifier, &nobody));
}

/* Whether so many setups of this P may run at once: an offer takes part in one at a time, and where two draw the same
 * one, the second waits until its owner counts as silent. An arbiter says no to the seat of each other offer of its
 * own, which takes part by that, too. So there are to be four arbiters for each seat. */
static bool may_run(const prom_jobs *jobs, const prom_bytes32 *p_txid, size_t setups)
{
    enum { ARBITERS_OF_SEAT = 4 };
    const prom_index_record *P = prom_index_find(prom_node_index(jobs->options.node), PROM_INDEX_P, p_txid);
    return setups == 1 || (P != NULL && prom_node_knows_arbiters(jobs->options.node, p_txid,
                                                                 ARBITERS_OF_SEAT * (size_t)P->P.n * setups));
}

/* Two nodes sign base terms of one setup at a time with each other, so that nobody draws arbiters until they suit him
 * (docs/protocol.md, section 4): contracts with one worker are set up one after the other. */
static bool must_wait(const prom_jobs *jobs, const prom_order *order, const prom_attempt *attempt)
{
    size_t beside = 0;
    for (size_t i = 0; i < jobs->open_count; i++) {
        const prom_market_job *job = jobs->open[i]->ordered->job;
        const bool same_arbiters = prom_bytes32_equal(&job->order.p_txid, &order->p_txid);
        for (size_t j = 0; j < job->attempt_count; j++) {
            const prom_attempt *other = &job->attempts[j];
            if (other != attempt && is_set_up(other)) {
                if (share_a_node(attempt, other)) {
                    return true;
                }
                beside += same_arbiters;
            }
        }
    }
    return !may_run(jobs, &order->p_txid, beside + 1);
}

static prom_result begin(prom_jobs *jobs, struct driven *driven, const prom_attempt *attempt, prom_error *error)
{
    prom_job_event event = {.kind = PROM_JOB_EVENT_BEGUN, .attempt = attempt->number};
    prom_job_outcome outcome;
    prom_deal deal;
    PROM_TRY(prom_jobs_deal(jobs, &deal, driven->ordered->job, attempt->number, error));
    event.as.contract = deal.channel;
    if (deal.channel == 0 && !must_wait(jobs, &driven->ordered->job->order, attempt)) {
        PROM_TRY(try_to_propose(jobs, driven, &event.as.contract, attempt, error));
    }
    return event.as.contract != 0 ? prom_jobs_take(jobs, driven, &event, &outcome, error) : prom_ok();
}

/* Contracts whose parties nobody asks any more, as after a restart, or when our own node could not be the verifier. */
static prom_result go_on_beginning(prom_jobs *jobs, struct driven *driven, prom_error *error)
{
    const prom_market_job *job = driven->ordered->job;
    for (size_t i = 0; i < job->attempt_count; i++) {
        const prom_attempt *attempt = &job->attempts[i];
        uint64_t channel = 0;
        prom_deal deal;
        if (attempt->contract == 0 || attempt->phase != PROM_ATTEMPT_QUEUE || attempt->live || attempt->given_up) {
            continue;
        }
        PROM_TRY(prom_jobs_deal(jobs, &deal, job, attempt->number, error));
        if (deal.state == PROM_DEAL_NEW && !deal.asking) {
            PROM_TRY(try_to_propose(jobs, driven, &channel, attempt, error));
        }
    }
    return prom_ok();
}

/* -- Giving one up -- */

/* Where it was never proposed, nobody but we ourselves has kept it from that: the worker is not to blame. */
static prom_result end_unasked(prom_jobs *jobs, struct driven *driven, const prom_attempt *attempt,
                               const prom_deal *deal, prom_error *error)
{
    const bool ours = deal->state == PROM_DEAL_NONE || (deal->state == PROM_DEAL_NEW && !deal->asking);
    const prom_job_event lost = {
        .kind = PROM_JOB_EVENT_LOST, .attempt = attempt->number, .as.lost = {.mishap = PROM_MISHAP_CANCELLED}};
    prom_job_outcome outcome;
    return ours ? prom_jobs_take(jobs, driven, &lost, &outcome, error) : prom_ok();
}

static prom_result give_up(prom_jobs *jobs, struct driven *driven, const prom_attempt *attempt, prom_error *error)
{
    const prom_amount zero = prom_amount_zero();
    prom_job_event closed = {.kind = PROM_JOB_EVENT_CLOSED,
                             .attempt = attempt->number,
                             .as.closed = {.paid = zero, .gained = zero, .fees = zero}};
    prom_job_outcome outcome;
    prom_deal deal;
    PROM_TRY(prom_jobs_deal(jobs, &deal, driven->ordered->job, attempt->number, error));
    PROM_TRY(end_unasked(jobs, driven, attempt, &deal, error));
    if (deal.state == PROM_DEAL_NONE) {
        for (size_t i = 0; i < PROM_PAYEES; i++) {
            closed.as.closed.got[i] = zero;
        }
        return prom_jobs_take(jobs, driven, &closed, &outcome, error);
    }
    return deal.state == PROM_DEAL_NEW || deal.state == PROM_DEAL_SETUP
               ? prom_node_give_up(jobs->options.node, deal.channel, error)
               : prom_ok(); /* the next look says what it is */
}

/* -- The output -- */

/* What a merge that is under way lacks is merged anew. */
static uint32_t count_done(const struct driven *driven)
{
    const prom_market_job *job = driven->ordered->job;
    uint32_t done = 0;
    for (size_t i = 0; i < job->part_count; i++) {
        done += job->parts[i].state == PROM_PART_DONE ? 1 : 0;
    }
    return done;
}

static prom_result merge(prom_jobs *jobs, struct driven *driven, prom_error *error)
{
    const prom_job_event event = {.kind = PROM_JOB_EVENT_MERGED};
    prom_job_outcome outcome;
    const int64_t now = prom_clock_milliseconds();
    const prom_errand wish = {.kind = PROM_ERRAND_MERGE,
                              .folder = driven->folder,
                              .job = driven->ordered->job,
                              .attempt.number = count_done(driven)};
    if (!prom_jobs_may_use_files(driven, now) ||
        !prom_errand_do(jobs->errands, &driven->errand, &wish, prom_batch_bytes(&driven->folder))) {
        return prom_ok();
    }
    const prom_result result = driven->errand->result;
    *error = driven->errand->error;
    prom_errand_leave(&driven->errand);
    driven->files_ms = prom_is_ok(result) ? 0 : now;
    PROM_TRY(result);
    return prom_jobs_take(jobs, driven, &event, &outcome, error);
}

/* -- All wants -- */

static prom_result act(prom_jobs *jobs, struct driven *driven, const prom_job_want *want, prom_error *error)
{
    switch (want->kind) {
    case PROM_JOB_WANT_PLACE:
        return prom_jobs_place(jobs, driven, want->part, error);
    case PROM_JOB_WANT_BEGIN:
        return begin(jobs, driven, want->attempt, error);
    case PROM_JOB_WANT_GIVE_UP:
        return give_up(jobs, driven, want->attempt, error);
    case PROM_JOB_WANT_MERGE:
        return merge(jobs, driven, error);
    case PROM_JOB_WANT_OUTPUT: /* its contract is looked at for that */
    case PROM_JOB_WANTS:
        break;
    }
    return prom_ok();
}

/* Whose turn it is of the parts that wait: that of the round that is under way; else the next one behind the part that
 * the last round was for, so that one which nobody takes holds up no other. NULL: none waits. */
static const prom_job_part *part_in_turn(const struct driven *driven, const prom_job_want *wants, size_t count)
{
    const prom_job_part *first = NULL;
    const prom_job_part *next = NULL;
    for (size_t i = 0; i < count; i++) {
        const prom_job_part *part = wants[i].part;
        if (wants[i].kind != PROM_JOB_WANT_PLACE) {
            continue;
        }
        if (driven->placing != NULL && driven->placing->first == part->first) {
            return part;
        }
        first = first == NULL || part->first < first->first ? part : first;
        if (part->first >= driven->placed_end && (next == NULL || part->first < next->first)) {
            next = part;
        }
    }
    return next != NULL ? next : first;
}

/* Parts are moved when one is split, so what was wanted is looked up again after each that was placed. */
prom_result prom_jobs_act(prom_jobs *jobs, struct driven *driven, prom_error *error)
{
    static prom_job_want wants[PROM_JOB_WANTS_MAX]; /* of the node's one thread */
    const size_t count = prom_market_job_wants(driven->ordered->job, wants);
    const prom_job_part *turn = part_in_turn(driven, wants, count);
    for (size_t i = 0; i < count; i++) {
        if (wants[i].kind == PROM_JOB_WANT_PLACE && wants[i].part != turn) {
            continue;
        }
        const size_t parts = driven->ordered->job->part_count;
        PROM_TRY(act(jobs, driven, &wants[i], error));
        if (driven->ordered->job->part_count != parts) {
            return prom_ok(); /* the rest is wanted again */
        }
    }
    return go_on_beginning(jobs, driven, error);
}
