/* What coalitions do in the last moments of a window. A block reaches everybody within seconds, but not everybody at
 * once: in between somebody is told something that it still takes as in time, and the others do not. */
#include "stories.h"

#include <string.h>

#include "channel/step.h"

enum {
    FIRST = PLACE_A, /* the arbiter of the coalition */
    SECOND,
    THIRD,
    AT_ONCE = 10, /* milliseconds */
    SOON = 3000,
    LATE = 5000,       /* when the last hears of a block */
    BEHIND = 10000,    /* when everybody has heard of it */
    VERY_LATE = 29000, /* and has fetched and signed something; blocks are half a minute apart at least */
    NINE_MINUTES = 540000,
    UNTIL_NEXT_BLOCK = 1 << 30,
};

uint32_t prom_sim_since(const sim_run *run)
{
    return run->H0 == 0 ? 0 : run->chain.tip->height - run->H0;
}

static uint32_t t1_of(const sim_run *run)
{
    return run->world->terms.P.t1;
}

/* -- Who is told what, and when -- */

static void post_in(sim_run *run, size_t from, size_t to, const prom_message *message, int64_t milliseconds)
{
    prom_sim_post(run, prom_place_key(&run->world->terms, from), from, to, message);
    run->links[from][to].last->ready = run->now + milliseconds;
}

static void tell_in(sim_run *run, size_t to, const prom_attestation *statement, int64_t milliseconds)
{
    const prom_message message = {.kind = PROM_MESSAGE_STATEMENT, .as.statement = *statement};
    post_in(run, statement->place, to, &message, milliseconds);
}

/* The places that hear of the last block late; the others do at once. */
static void see_block(sim_run *run, uint32_t late, int64_t milliseconds)
{
    for (size_t i = 0; i < run->world->places; i++) {
        run->parties[i].sync_at = run->now + ((late >> i & 1) != 0 ? milliseconds : AT_ONCE);
    }
}

/* Another package, and what W signs of it. */
static prom_attestation sign_package(sim_run *run)
{
    const sim_made *made = prom_sim_make_package(run, PROM_BODY_PACKAGE_A, true, true, true);
    prom_attestation statement = {
        .kind = PROM_ATTESTATION_PACKAGE, .place = PLACE_W, .as.package = {PROM_ROUND_A, made->body.hash}};
    prom_sim_state(run, &statement);
    return statement;
}

/* -- The worker's package -- */

static void deliver_last(sim_run *run, uint32_t to, int64_t milliseconds)
{
    const prom_attestation statement = sign_package(run);
    see_block(run, to, VERY_LATE);
    for (size_t place = PLACE_A; place < run->world->places; place++) {
        if ((to >> place & 1) != 0) {
            tell_in(run, place, &statement, milliseconds);
        }
    }
}

static uint32_t arbiters_of(const sim_run *run)
{
    return ((UINT32_C(1) << run->world->set->n) - 1) << PLACE_A;
}

void prom_sim_plot_deliver_last(sim_run *run)
{
    if (prom_sim_since(run) == t1_of(run) + 1) {
        deliver_last(run, arbiters_of(run), AT_ONCE);
    }
    prom_sim_broadcast(run, PROM_TXA);
}

/* The first arbiter's receipt of what the second alone has. */
static prom_attestation sign_receipt(sim_run *run, uint32_t height)
{
    prom_attestation statement = {.kind = PROM_ATTESTATION_RECEIPT, .place = FIRST};
    statement.as.receipt = (prom_receipt){PROM_ROUND_A, run->made[run->made_count - 1].body.hash, height};
    prom_sim_state(run, &statement);
    return statement;
}

void prom_sim_plot_two_receipts(sim_run *run)
{
    const uint32_t last = run->H0 + t1_of(run);
    if (prom_sim_since(run) == t1_of(run) + 1) {
        deliver_last(run, UINT32_C(1) << SECOND, AT_ONCE);
    } else if (prom_sim_since(run) == t1_of(run) + 2) {
        const prom_attestation in_time = sign_receipt(run, last);
        const prom_attestation too_late = sign_receipt(run, last + 1);
        tell_in(run, SECOND, &in_time, AT_ONCE);
        tell_in(run, THIRD, &too_late, AT_ONCE);
    } else if (prom_sim_since(run) > t1_of(run) + 2) {
        prom_sim_broadcast(run, PROM_TXV0);
        prom_sim_broadcast(run, PROM_TXA);
    }
}

void prom_sim_plot_receipt_unlisted(sim_run *run)
{
    if (prom_sim_since(run) == t1_of(run) + 1) {
        prom_attestation answer = {.kind = PROM_ATTESTATION_ANSWER, .place = FIRST};
        answer.as.answer.tip = run->H0 + t1_of(run) + 1;
        prom_sim_state(run, &answer);
        deliver_last(run, UINT32_C(1) << SECOND, BEHIND);
        tell_in(run, PLACE_V, &answer, AT_ONCE);
    } else if (prom_sim_since(run) == t1_of(run) + 2) {
        const prom_attestation receipt = sign_receipt(run, run->H0 + t1_of(run));
        tell_in(run, SECOND, &receipt, AT_ONCE);
        tell_in(run, THIRD, &receipt, AT_ONCE);
    }
    prom_sim_broadcast(run, PROM_TXA);
}

void prom_sim_plot_deliver_late(sim_run *run)
{
    if (prom_sim_since(run) == t1_of(run) + 3) {
        deliver_last(run, arbiters_of(run), AT_ONCE);
    }
    prom_sim_broadcast(run, PROM_TXA);
}

void prom_sim_plot_second_to_client(sim_run *run)
{
    if (prom_sim_since(run) == 1) {
        const prom_attestation second = sign_package(run);
        run->made[run->made_count - 1].good = false;
        tell_in(run, PLACE_C, &second, AT_ONCE);
    }
}

static void keep_notice(sim_party *party, prom_evidence *its, const prom_attestation *notice)
{
    prom_error error = {{0}};
    bool added = false;
    NEED(prom_evidence_add(party->channel->arena, its, notice, &added, &error), &error);
}

void prom_sim_plot_known_block(sim_run *run)
{
    sim_party *worker = &run->parties[PLACE_W];
    prom_evidence *its = &worker->disk.facts.batches[0].evidence.statements;
    const prom_case known = {&run->world->terms, run->H0, its};
    const prom_attestation *package = prom_case_package(&known, PROM_ROUND_A);
    if (run->adversary.pool_count > 0 ||
        prom_arbiters_count(prom_case_holders(&known, PROM_ROUND_A)) < run->world->set->n) {
        return;
    }
    prom_attestation notice = {.kind = PROM_ATTESTATION_NOTICE, .place = PLACE_W};
    notice.as.notice = (prom_block_notice){package->as.package.hash, run->chain.tip->height};
    prom_sim_state(run, &notice);
    keep_notice(worker, its, &notice); /* its channel goes on from there */
    keep_notice(worker, &worker->channel->facts.batches[0].evidence.statements, &notice);
    for (size_t place = PLACE_V; place < run->world->places; place++) {
        tell_in(run, place, &notice, SOON);
    }
}

/* -- The arbitration -- */

static void accuse_and_appeal(sim_run *run)
{
    prom_sim_broadcast(run, PROM_TXV0);
    prom_sim_broadcast(run, PROM_TXA);
}

void prom_sim_plot_accuse(sim_run *run)
{
    accuse_and_appeal(run);
}

/* The height of TxA's block, or 0. */
static uint32_t appealed_at(sim_run *run)
{
    const sim_tx *appeal = prom_sim_chain_spender(&run->chain, &run->world->tree->output[PROM_OUTPUT_OV0].outpoint);
    return appeal != NULL && appeal->index == PROM_TXA ? appeal->height : 0;
}

/* Whether the tip is the one at which D_r is passed. */
static bool is_at_round(sim_run *run, uint32_t round)
{
    const uint32_t height = appealed_at(run);
    return height != 0 && run->chain.tip->height == prom_deadline_echo_end(round, run->world->network, height);
}

/* Whether the window of the arbitration begins with the tip. */
static bool begins(sim_run *run, prom_deadline_id id)
{
    const uint32_t height = appealed_at(run);
    return height != 0 && run->chain.tip->height ==
                              prom_deadline_window(id, &run->world->terms.P, run->world->network, height).earliest;
}

void prom_sim_plot_late_statement(sim_run *run)
{
    accuse_and_appeal(run);
    if (is_at_round(run, 1)) {
        const prom_attestation second = sign_package(run);
        tell_in(run, THIRD, &second, BEHIND);
    }
}

/* With one echo, which is enough in round 1. */
static void echo_last(sim_run *run)
{
    prom_message message = {.kind = PROM_MESSAGE_ECHO, .as.echo.count = 1};
    prom_attestation *echo = &message.as.echo.echoes[0];
    message.as.echo.statement = sign_package(run);
    *echo = (prom_attestation){.kind = PROM_ATTESTATION_ECHO, .place = FIRST};
    prom_attestation_hash(&echo->as.echo, &message.as.echo.statement);
    prom_sim_state(run, echo);
    see_block(run, UINT32_C(1) << THIRD, LATE);
    post_in(run, FIRST, THIRD, &message, SOON);
}

static void echo_in_round(sim_run *run, uint32_t round)
{
    accuse_and_appeal(run);
    if (is_at_round(run, round)) {
        echo_last(run);
    }
}

void prom_sim_plot_echo_in_round_1(sim_run *run)
{
    echo_in_round(run, 1);
}

void prom_sim_plot_echo_in_round_2(sim_run *run)
{
    echo_in_round(run, 2);
}

void prom_sim_plot_room_taken(sim_run *run)
{
    if (is_at_round(run, 0)) {
        const prom_attestation third = sign_package(run);
        tell_in(run, SECOND, &third, BEHIND);
    }
    echo_in_round(run, 1);
}

static prom_attestation sign_vote(sim_run *run, prom_attestation_kind kind)
{
    const prom_vote vote = {PROM_DECISION_VERIFIER, prom_sim_named("vote", 0)};
    prom_attestation statement = {.kind = kind, .place = FIRST};
    if (kind == PROM_ATTESTATION_COMMITMENT) {
        prom_vote_commitment(&statement.as.commitment, &run->world->tree->contract_id, FIRST, &vote);
    } else {
        statement.as.vote = vote;
    }
    prom_sim_state(run, &statement);
    return statement;
}

static void tell_arbiters(sim_run *run, const prom_attestation *statement, int64_t milliseconds)
{
    tell_in(run, SECOND, statement, milliseconds);
    tell_in(run, THIRD, statement, milliseconds);
}

void prom_sim_plot_follow_votes(sim_run *run)
{
    const prom_arbitration *its = &run->parties[FIRST].channel->facts.batches[0].arbitration;
    const bool knows = its->vote_count[SECOND - FIRST] + its->vote_count[THIRD - FIRST] > 0;
    const bool reveals = begins(run, PROM_DEADLINE_REVEAL);
    accuse_and_appeal(run);
    if (knows || reveals) {
        const prom_attestation commitment = sign_vote(run, PROM_ATTESTATION_COMMITMENT);
        tell_arbiters(run, &commitment, BEHIND);
    }
    if (reveals) {
        const prom_attestation vote = sign_vote(run, PROM_ATTESTATION_VOTE);
        tell_arbiters(run, &vote, BEHIND);
    }
}

void prom_sim_plot_commit_to_one(sim_run *run)
{
    accuse_and_appeal(run);
    if (begins(run, PROM_DEADLINE_REVEAL)) {
        const prom_attestation commitment = sign_vote(run, PROM_ATTESTATION_COMMITMENT);
        const prom_attestation vote = sign_vote(run, PROM_ATTESTATION_VOTE);
        see_block(run, UINT32_C(1) << SECOND, LATE);
        tell_in(run, SECOND, &commitment, SOON);
        tell_arbiters(run, &vote, BEHIND);
    }
}

static prom_attestation *two_statements(prom_arena *arena)
{
    prom_error error = {{0}};
    void *two = NULL;
    NEED(prom_arena_alloc(arena, &two, 2, sizeof(prom_attestation), &error), &error);
    return two;
}

/* Has everybody's vote for the decision, as the first arbiter alone believes. */
static void believe(const sim_run *run, prom_arena *arena, prom_arbitration *arbitration, prom_decision decision)
{
    const prom_vote vote = {decision, prom_sim_named("vote", 0)};
    arbitration->vote.decision = decision;
    arbitration->signed_for = 0;
    for (size_t i = 0; i < run->world->set->n; i++) {
        arbitration->commitments[i] = two_statements(arena);
        arbitration->votes[i] = two_statements(arena);
        prom_attestation *commitment = &arbitration->commitments[i][0];
        arbitration->commitment_count[i] = 1;
        arbitration->vote_count[i] = 1;
        commitment->place = arbitration->votes[i][0].place = PLACE_A + i;
        commitment->contract_id = arbitration->votes[i][0].contract_id = run->world->tree->contract_id;
        arbitration->votes[i][0].as.vote = vote;
        prom_vote_commitment(&commitment->as.commitment, &run->world->tree->contract_id, PLACE_A + i, &vote);
    }
}

/* As soon as another has made its share of the decision, and the first has not. */
void prom_sim_plot_decide_twice(sim_run *run)
{
    sim_party *first = &run->parties[FIRST];
    accuse_and_appeal(run);
    if (begins(run, PROM_DEADLINE_REVEAL)) {
        run->next_block = run->now + VERY_LATE;
    } else if (begins(run, PROM_DEADLINE_SIGN)) {
        believe(run, first->channel->arena, &first->channel->facts.batches[0].arbitration, PROM_DECISION_WORKER);
        believe(run, first->channel->arena, &first->disk.facts.batches[0].arbitration, PROM_DECISION_WORKER);
        first->channel->sessions = NULL;
        first->channel->session_count = 0;
        memset(first->channel->courses, 0, sizeof first->channel->courses);
        run->plan.never &= ~SIM_NEVER_SIGN(PROM_PURPOSE_FROST_SHARE);
        see_block(run, ARBITERS & ~(UINT32_C(1) << FIRST), AT_ONCE);
    }
}

void prom_sim_plot_wrong_key(sim_run *run)
{
    const prom_message key = {.kind = PROM_MESSAGE_KEY, .as.h_p = prom_sim_named("no key", 0)};
    accuse_and_appeal(run);
    for (size_t to = PLACE_A; to < run->world->places && appealed_at(run) == run->chain.tip->height; to++) {
        post_in(run, PLACE_V, to, &key, BEHIND);
    }
}

/* Blocks come fast, and what the last arbiter tells the second takes nine minutes: together they are ten at most. */
void prom_sim_plot_fast_round(sim_run *run)
{
    const uint32_t height = appealed_at(run);
    const int64_t tip = run->chain.tip->height;
    echo_in_round(run, 1);
    if (height == 0 || tip < prom_deadline_echo_end(1, run->world->network, height) ||
        tip > prom_deadline_echo_end(2, run->world->network, height)) {
        return;
    }
    run->next_block = run->now + BEHIND;
    for (sim_letter *letter = run->links[THIRD][SECOND].first; letter != NULL && !is_at_round(run, 1);
         letter = letter->next) {
        letter->latest = UINT32_MAX;
        letter->ready = run->now + NINE_MINUTES;
    }
}

static void vote_before_itself(sim_run *run, prom_arbitration *arbitration)
{
    prom_arena *arena = run->parties[FIRST].channel->arena;
    arbitration->commitments[0] = two_statements(arena);
    arbitration->votes[0] = two_statements(arena);
    arbitration->commitments[0][0] = sign_vote(run, PROM_ATTESTATION_COMMITMENT);
    arbitration->commitment_count[0] = 1;
    arbitration->votes[0][0] = sign_vote(run, PROM_ATTESTATION_VOTE);
    arbitration->vote_count[0] = 1;
}

void prom_sim_plot_vote_unseen(sim_run *run)
{
    accuse_and_appeal(run);
    if (begins(run, PROM_DEADLINE_REVEAL)) {
        vote_before_itself(run, &run->parties[FIRST].channel->facts.batches[0].arbitration);
        vote_before_itself(run, &run->parties[FIRST].disk.facts.batches[0].arbitration);
    }
}

/* -- Nodes that were off -- */

/* What was sent to V comes so much later. */
static void hold_letters(sim_run *run, int64_t milliseconds)
{
    for (size_t from = 0; from < run->world->places; from++) {
        for (sim_letter *letter = run->links[from][PLACE_V].first; letter != NULL; letter = letter->next) {
            letter->ready = run->now + milliseconds;
        }
    }
}

/* Behind the last tip for the final question. */
static uint32_t question_over(const sim_run *run)
{
    return (uint32_t)prom_deadline_window(PROM_DEADLINE_QUESTION, &run->world->terms.P, run->world->network, 0).latest +
           1;
}

void prom_sim_plot_verifier_returns(sim_run *run)
{
    if (prom_sim_since(run) == 1) {
        prom_sim_party_leave(run, &run->parties[PLACE_V], run->H0 + question_over(run));
    } else if (prom_sim_since(run) == question_over(run)) {
        hold_letters(run, UNTIL_NEXT_BLOCK);
    }
}

/* Its last tip for a verdict. */
void prom_sim_plot_verifier_returns_last(sim_run *run)
{
    if (prom_sim_since(run) == 1) {
        const int64_t last =
            prom_deadline_window(PROM_DEADLINE_TXV0, &run->world->terms.P, run->world->network, run->H0).latest;
        prom_sim_party_leave(run, &run->parties[PLACE_V], (uint32_t)last);
    }
}

void prom_sim_plot_two_packages_unasked(sim_run *run)
{
    if (prom_sim_since(run) == 1) {
        const prom_attestation second = sign_package(run);
        tell_in(run, PLACE_V, &second, AT_ONCE);
        prom_sim_party_leave(run, &run->parties[PLACE_V], run->H0 + question_over(run));
    }
}

void prom_sim_plot_verifier_asks_and_returns(sim_run *run)
{
    prom_sim_plot_deliver_last(run);
    if (prom_sim_since(run) == t1_of(run) + 2) {
        prom_sim_party_leave(run, &run->parties[PLACE_V], run->H0 + question_over(run));
    } else if (prom_sim_since(run) == question_over(run)) {
        hold_letters(run, BEHIND);
        run->parties[PLACE_V].sync_at = run->now + VERY_LATE;
    }
}

static void take_worker_away(sim_run *run, uint32_t until)
{
    if (prom_sim_since(run) + 2 == run->world->terms.P.t2) {
        prom_sim_party_leave(run, &run->parties[PLACE_W], run->H0 + until);
    }
}

void prom_sim_plot_worker_returns_accused(sim_run *run)
{
    const prom_parameters *P = &run->world->terms.P;
    take_worker_away(run, P->t3 - run->world->network->safety_margin - 1);
    if (prom_sim_since(run) + 1 >= P->t2) {
        prom_sim_broadcast(run, PROM_TXV0);
    }
}

void prom_sim_plot_worker_returns_late(sim_run *run)
{
    take_worker_away(run, run->world->terms.P.t3 - 1);
}

void prom_sim_plot_worker_returns_appealed(sim_run *run)
{
    enum { TOO_LATE = 2 }; /* blocks */
    sim_party *worker = &run->parties[PLACE_W];
    const uint32_t height = appealed_at(run);
    const uint32_t back = height + run->world->network->safety_margin + TOO_LATE;
    prom_sim_broadcast(run, PROM_TXV0);
    if (height == run->chain.tip->height) {
        prom_sim_party_leave(run, worker, back);
    } else if (height != 0 && run->chain.tip->height == back) {
        worker->sync_at = run->next_block + AT_ONCE; /* block by block, before the next one */
    }
}
