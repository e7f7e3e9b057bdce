/* An arbiter's vote: decided by what counts, committed to before anybody's is known, then revealed; and what is known
 * of the others' votes.
 *
 * S, for whom the decision is signed, is all arbiters that voted for it. Everybody tells on what it hears of
 * commitments and votes, but whether a commitment came in time each can say of itself alone, and two honest arbiters
 * may differ about a faulty one that timed it so. Therefore there are two sets, of which both only grow: whom we have
 * counted, by a commitment in time, none may leave out of what we sign (decision.c); whose vote we have seen at all, we
 * can let others count. In the end everybody honest has seen the same, and everybody's own count is within that. */
#include "prometheus/crypto/hash.h"
#include "settlement/arbitration.h"

static prom_arbitration *arbitration_of(const struct step *step, uint16_t batch)
{
    return &step->facts->batches[batch].arbitration;
}

/* -- What is known -- */

/* A vote is committed to before reveals begin: afterwards it could follow others'. */
static bool may_still_commit(const struct step *step, uint16_t batch)
{
    return step->view->own_tip < prom_arbitration_window(step->channel, batch, PROM_DEADLINE_REVEAL).earliest;
}

static bool votes_now(const struct step *step, uint16_t batch)
{
    return step->facts->tx0.there && prom_channel_may_sign(step->channel) && prom_rounds_over(step->channel, batch) &&
           may_still_commit(step, batch);
}

/* What the check, if there has been one, says; and whether it is asked for. */
static prom_result judge(struct step *step, uint16_t batch, prom_judgement *judgement)
{
    const prom_batch_facts *its = &step->facts->batches[batch];
    prom_evidence *counting = NULL;
    PROM_TRY(prom_counting(step, batch, &counting));
    const prom_case known = prom_batch_case(step->channel, batch, counting);
    *judgement = prom_judge(&known, its->arbitration.key_standing != PROM_STANDING_HERE, its->evidence.checked);
    return prom_ok();
}

/* -- The check -- */

static bool holds(const prom_body *body, const prom_bytes32 *hash)
{
    return body->here && prom_bytes32_equal(&body->hash, hash);
}

/* Whether all is on our disk that the check reads: the packages that count among W's, program and input. */
static bool all_here(const struct step *step, uint16_t batch, const prom_case *known)
{
    const prom_body *bodies = step->facts->batches[batch].evidence.bodies;
    const prom_job *job = &step->channel->terms.job;
    const prom_attestation *A = prom_case_package(known, PROM_ROUND_A);
    const prom_attestation *B = prom_case_package(known, PROM_ROUND_B);
    return holds(&bodies[PROM_BODY_PROGRAM], &job->program_digest) &&
           holds(&bodies[PROM_BODY_INPUT], &job->input_hash) && A != NULL &&
           holds(&bodies[PROM_BODY_PACKAGE_A], &A->as.package.hash) &&
           (!prom_case_samples(known) || (B != NULL && holds(&bodies[PROM_BODY_PACKAGE_B], &B->as.package.hash)));
}

/* What a check is of: the packages, and h_p. */
static void check_subject(const struct step *step, uint16_t batch, prom_bytes32 *subject)
{
    const prom_batch_facts *its = &step->facts->batches[batch];
    const prom_body *bodies = its->evidence.bodies;
    prom_hasher hasher;
    prom_hasher_init(&hasher, "prometheus/check");
    prom_hasher_add(&hasher, prom_span_of32(&bodies[PROM_BODY_PACKAGE_A].hash));
    prom_hasher_add(&hasher, prom_span_of32(&bodies[PROM_BODY_PACKAGE_B].hash));
    prom_hasher_add(&hasher, prom_span_of32(&its->money.h_p));
    prom_hasher_finish(&hasher, subject);
}

/* Whether the vote hangs on the check alone, and the check can be made. */
static prom_result wants_check(struct step *step, uint16_t batch, bool *wanted)
{
    prom_judgement judgement;
    prom_evidence *counting = NULL;
    *wanted = false;
    if (step->facts->role != PROM_ROLE_ARBITER || step->channel->tree == NULL || arbitration_of(step, batch)->voted ||
        !votes_now(step, batch)) {
        return prom_ok();
    }
    PROM_TRY(judge(step, batch, &judgement));
    PROM_TRY(prom_counting(step, batch, &counting));
    const prom_case known = prom_batch_case(step->channel, batch, counting);
    *wanted = !judgement.known && all_here(step, batch, &known);
    return prom_ok();
}

/* Whether the check can begin though it is not known yet what counts: echoes take blocks, and a check may take all that
 * is left after them. What is found is kept in memory, and used where the same packages count in the end. */
static bool may_check_ahead(const struct step *step, uint16_t batch)
{
    const prom_batch_facts *its = &step->facts->batches[batch];
    if (step->facts->role != PROM_ROLE_ARBITER || step->channel->tree == NULL || its->arbitration.voted ||
        !step->facts->tx0.there || !prom_channel_may_sign(step->channel) || !its->arbitration.key_here ||
        prom_money_state_of(step->facts, batch) != PROM_MONEY_APPEALED || prom_rounds_over(step->channel, batch)) {
        return false;
    }
    const prom_case known = prom_batch_case(step->channel, batch, &its->evidence.statements);
    return all_here(step, batch, &known);
}

static bool is_checked_ahead(const struct step *step, uint16_t batch)
{
    const prom_check_ahead *ahead = &step->channel->ahead[batch];
    prom_bytes32 subject;
    check_subject(step, batch, &subject);
    return ahead->done && prom_bytes32_equal(&ahead->subject, &subject);
}

static prom_result take_ahead(struct step *step, uint16_t batch)
{
    bool wanted = false;
    PROM_TRY(wants_check(step, batch, &wanted));
    if (wanted && is_checked_ahead(step, batch)) {
        step->facts->batches[batch].evidence.checked = step->channel->ahead[batch].result;
    }
    return prom_ok();
}

prom_result prom_want_check(struct step *step, prom_wants *wants)
{
    for (uint16_t batch = 0; batch < step->facts->batch_count; batch++) {
        prom_want want = {.kind = PROM_WANT_JOB, .batch = batch, .as.job = {.job = PROM_JOB_CHECK}};
        bool wanted = false;
        PROM_TRY(wants_check(step, batch, &wanted));
        wanted = wanted || may_check_ahead(step, batch);
        if (wanted && !is_checked_ahead(step, batch)) {
            check_subject(step, batch, &want.as.job.subject);
            PROM_TRY(prom_want_add(step, wants, &want));
        }
    }
    return prom_ok();
}

prom_result prom_vote_checked(struct step *step, const prom_event *event)
{
    const prom_done_event *done = &event->as.done;
    prom_evidence_facts *evidence = &step->facts->batches[done->batch].evidence;
    prom_bytes32 subject;
    bool wanted = false;
    PROM_TRY(wants_check(step, done->batch, &wanted));
    check_subject(step, done->batch, &subject);
    if (done->unable || done->checked == PROM_CHECKED_UNKNOWN || !prom_bytes32_equal(&subject, &done->subject)) {
        return prom_ok();
    }
    if (wanted) {
        evidence->checked = done->checked;
    } else if (may_check_ahead(step, done->batch)) {
        step->channel->ahead[done->batch] = (prom_check_ahead){true, subject, done->checked};
    }
    return prom_ok();
}

/* -- The vote -- */

prom_result prom_decide_vote(struct step *step, bool *changed)
{
    for (uint16_t batch = 0; batch < step->facts->batch_count; batch++) {
        prom_arbitration *arbitration = arbitration_of(step, batch);
        prom_judgement judgement;
        if (arbitration->voted || !votes_now(step, batch)) {
            continue;
        }
        PROM_TRY(take_ahead(step, batch));
        PROM_TRY(judge(step, batch, &judgement));
        if (judgement.known) {
            arbitration->voted = true;
            arbitration->vote.decision = judgement.decision;
            arbitration->vote_reason = judgement.reason;
            *changed = true;
            PROM_TRY(prom_note(step, "we vote against the %s: %s",
                               judgement.decision == PROM_DECISION_WORKER ? "worker" : "verifier",
                               prom_reason_text(judgement.reason)));
        }
    }
    return prom_ok();
}

/* -- Committing and revealing -- */

static bool has_nonce(const prom_arbitration *arbitration)
{
    const prom_bytes32 none = {{0}};
    return !prom_bytes32_equal(&arbitration->vote.nonce, &none);
}

prom_result prom_want_vote_nonce(struct step *step, prom_wants *wants)
{
    for (uint16_t batch = 0; batch < step->facts->batch_count && prom_channel_may_sign(step->channel); batch++) {
        const prom_arbitration *arbitration = arbitration_of(step, batch);
        const prom_want want = {
            .kind = PROM_WANT_SIGN, .batch = batch, .as.sign = {.purpose = PROM_PURPOSE_VOTE_NONCE}};
        if (arbitration->voted && !has_nonce(arbitration) && may_still_commit(step, batch)) {
            PROM_TRY(prom_want_add(step, wants, &want));
        }
    }
    return prom_ok();
}

prom_result prom_vote_nonce_made(struct step *step, const prom_event *event)
{
    prom_arbitration *arbitration = arbitration_of(step, event->as.signed_.batch);
    prom_reader reader = prom_reader_of(event->as.signed_.bytes);
    const prom_bytes32 nonce = prom_read_bytes32(&reader);
    if (!prom_reader_done(&reader)) {
        return prom_fail(step->error, PROM_CATEGORY_BROKEN, "the signer gave no nonce for our vote");
    }
    if (arbitration->voted && !has_nonce(arbitration)) {
        arbitration->vote.nonce = nonce;
    }
    return prom_ok();
}

/* What is due of the two, unsigned. */
static bool next_word(const struct step *step, uint16_t batch, prom_attestation *word)
{
    const prom_arbitration *arbitration = arbitration_of(step, batch);
    const size_t own = prom_own_arbiter(step->channel);
    const bool committed = arbitration->commitment_count[own] > 0;
    *word = (prom_attestation){.kind = committed ? PROM_ATTESTATION_VOTE : PROM_ATTESTATION_COMMITMENT,
                               .contract_id = step->channel->tree->contract_id,
                               .place = step->channel->place};
    if (committed) {
        word->as.vote = arbitration->vote;
    } else {
        prom_vote_commitment(&word->as.commitment, &word->contract_id, word->place, &arbitration->vote);
    }
    return has_nonce(arbitration) && committed != may_still_commit(step, batch) &&
           !prom_is_intended(step->channel, batch, word->kind, PROM_ROUND_A);
}

prom_result prom_cast_vote(struct step *step, bool *changed)
{
    for (uint16_t batch = 0; batch < step->facts->batch_count && prom_channel_may_sign(step->channel); batch++) {
        prom_attestation word;
        if (arbitration_of(step, batch)->voted && next_word(step, batch, &word)) {
            *changed = true;
            PROM_TRY(prom_intend(step, batch, &word));
        }
    }
    return prom_ok();
}

/* -- What is known of votes -- */

static prom_result make_room(const struct step *step, prom_attestation **two)
{
    if (*two == NULL) {
        PROM_TRY_NEW(*two, step->channel->arena, 2, step->error);
    }
    return prom_ok();
}

/* A commitment counts that is here before reveals begin at our own tip; ours by when it was decided. */
static prom_result add_commitment(const struct step *step, uint16_t batch, const prom_attestation *commitment,
                                  bool *added)
{
    prom_arbitration *arbitration = arbitration_of(step, batch);
    const size_t arbiter = commitment->place - PROM_PLACE_ARBITER;
    uint8_t *count = &arbitration->commitment_count[arbiter];
    const bool in_time =
        arbitration->rounds_over == 0 || may_still_commit(step, batch) || commitment->place == step->channel->place;
    PROM_TRY(make_room(step, &arbitration->commitments[arbiter]));
    *added = in_time && *count < 2;
    for (size_t i = 0; i < *count; i++) {
        *added = *added && !prom_attestation_same(&arbitration->commitments[arbiter][i], commitment);
    }
    if (*added) {
        arbitration->commitments[arbiter][(*count)++] = *commitment;
    }
    return prom_ok();
}

static const prom_attestation *vote_for(const prom_arbitration *arbitration, size_t arbiter, prom_decision decision)
{
    for (size_t i = 0; i < arbitration->vote_count[arbiter]; i++) {
        if (arbitration->votes[arbiter][i].as.vote.decision == decision) {
            return &arbitration->votes[arbiter][i];
        }
    }
    return NULL;
}

static prom_result add_vote(const struct step *step, uint16_t batch, const prom_attestation *vote, bool *added)
{
    prom_arbitration *arbitration = arbitration_of(step, batch);
    const size_t arbiter = vote->place - PROM_PLACE_ARBITER;
    PROM_TRY(make_room(step, &arbitration->votes[arbiter]));
    *added = vote_for(arbitration, arbiter, vote->as.vote.decision) == NULL;
    if (*added) {
        arbitration->votes[arbiter][arbitration->vote_count[arbiter]++] = *vote;
    }
    return prom_ok();
}

/* Others' words are told on, so that nobody can show its own to some alone. */
prom_result prom_vote_known(struct step *step, uint16_t batch, const prom_attestation *statement, bool *added)
{
    const prom_message message = {.kind = PROM_MESSAGE_STATEMENT, .batch = batch, .as.statement = *statement};
    *added = false;
    if (step->facts->role != PROM_ROLE_ARBITER) {
        return prom_ok();
    }
    PROM_TRY(statement->kind == PROM_ATTESTATION_COMMITMENT ? add_commitment(step, batch, statement, added)
                                                            : add_vote(step, batch, statement, added));
    if (!*added || statement->place == step->channel->place) {
        return prom_ok();
    }
    return prom_send_places(step, prom_places_arbiters(step->channel) & ~(UINT32_C(1) << statement->place), &message);
}

uint32_t prom_votes_seen(const prom_channel *channel, uint16_t batch, prom_decision decision)
{
    const prom_arbitration *arbitration = &channel->facts.batches[batch].arbitration;
    uint32_t seen = 0;
    for (size_t i = 0; i < channel->terms.arbiter_count; i++) {
        seen |= vote_for(arbitration, i, decision) != NULL ? prom_arbiter_bit(i) : 0;
    }
    return seen;
}

uint32_t prom_votes_counted(const prom_channel *channel, uint16_t batch, prom_decision decision)
{
    const prom_arbitration *arbitration = &channel->facts.batches[batch].arbitration;
    uint32_t counted = 0;
    for (size_t i = 0; i < channel->terms.arbiter_count; i++) {
        const prom_attestation *vote = vote_for(arbitration, i, decision);
        if (vote != NULL && arbitration->commitment_count[i] == 1 &&
            prom_vote_opens(vote, &arbitration->commitments[i][0])) {
            counted |= prom_arbiter_bit(i);
        }
    }
    return counted;
}
