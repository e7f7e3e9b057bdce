/* What V does while its contract runs: it opens and checks W's package, asks the arbiters before it accuses, decides
 * once and for ever, and lets h_p out by Tx4 when W does not. */
#include "prometheus/crypto/hash.h"
#include "settlement/settlement.h"

static prom_case case_of(const struct step *step, uint16_t batch)
{
    return prom_batch_case(step->channel, batch, &step->facts->batches[batch].evidence.statements);
}

static bool is_locked(const struct step *step, uint16_t batch)
{
    return prom_money_state_of(step->facts, batch) == PROM_MONEY_LOCKED;
}

/* A decision is one that has a tip; it may be to give no verdict (give_none). */
static bool has_decided(const prom_money *money)
{
    return money->verdict_tip != 0;
}

/* -- The notice -- */

/* protocol 10: V dates by its own tip when it saw the notice, and so does not before it is in step with the chain: a
 * tip that lies behind would let W name a block that it knows. */
static prom_result see_notice(struct step *step, uint16_t batch, bool *changed)
{
    prom_evidence_facts *evidence = &step->facts->batches[batch].evidence;
    const prom_case known = case_of(step, batch);
    if (!evidence->saw_notice && prom_case_notice(&known) != NULL && step->view->in_step) {
        evidence->saw_notice = true;
        evidence->notice_tip = step->view->own_tip;
        *changed = true;
    }
    return prom_ok();
}

prom_result prom_see_notice(struct step *step, bool *changed)
{
    return prom_each_batch(step, changed, see_notice);
}

/* -- Jobs -- */

static const prom_bytes32 *package_hash(const struct step *step, uint16_t batch)
{
    return &step->facts->batches[batch].evidence.bodies[PROM_BODY_PACKAGE_A].hash;
}

/* E_V stands before all else in package A, and is opened even when the openings of round B are not here, and after a
 * verdict by default: with h_p V can publish Tx4 itself. */
static bool opens_key(const struct step *step, uint16_t batch)
{
    return !step->facts->batches[batch].evidence.key_opened && is_locked(step, batch) &&
           prom_package_at_hand(step->channel, batch, PROM_ROUND_A);
}

static bool checks(const struct step *step, uint16_t batch)
{
    const prom_batch_facts *its = &step->facts->batches[batch];
    return its->money.key_known && its->evidence.checked == PROM_CHECKED_UNKNOWN && is_locked(step, batch) &&
           !has_decided(&its->money) && prom_packages_at_hand(step->channel, batch);
}

/* protocol 3: an E_V that does not hold the preimage of h makes the package bad, however h_p becomes known. */
prom_result prom_open_key_done(struct step *step, const prom_event *event)
{
    const prom_done_event *done = &event->as.done;
    prom_batch_facts *its = &step->facts->batches[done->batch];
    prom_bytes32 hash;
    if (!opens_key(step, done->batch) || !prom_bytes32_equal(&done->subject, package_hash(step, done->batch))) {
        return prom_ok(); /* done already, or no longer asked for */
    }
    prom_sha256(&hash, prom_span_of32(&done->h_p));
    if (done->unable || done->checked == PROM_CHECKED_UNKNOWN ||
        (done->checked == PROM_CHECKED_GOOD && !prom_bytes32_equal(&hash, &step->channel->terms.h))) {
        return prom_alarm(step, "the package's key could not be opened, and is opened again: %s",
                          done->reason != NULL ? done->reason : "");
    }
    its->evidence.key_opened = true;
    if (done->checked == PROM_CHECKED_GOOD) {
        its->money.key_known = true;
        its->money.h_p = done->h_p;
        return prom_ok();
    }
    its->evidence.checked = PROM_CHECKED_BAD;
    prom_keep_reason(its->evidence.checked_reason, sizeof its->evidence.checked_reason, done->reason);
    return prom_ok();
}

prom_result prom_check_done(struct step *step, const prom_event *event)
{
    const prom_done_event *done = &event->as.done;
    prom_evidence_facts *evidence = &step->facts->batches[done->batch].evidence;
    prom_bytes32 subject;
    prom_packages_subject(step->channel, done->batch, &subject);
    if (!prom_bytes32_equal(&subject, &done->subject) || !checks(step, done->batch)) {
        return prom_ok(); /* of something that we no longer ask about */
    }
    if (done->unable || done->checked == PROM_CHECKED_UNKNOWN) {
        return prom_alarm(step, "the package could not be checked, and is checked again: %s",
                          done->reason != NULL ? done->reason : "");
    }
    evidence->checked = done->checked;
    prom_keep_reason(evidence->checked_reason, sizeof evidence->checked_reason, done->reason);
    return prom_ok();
}

/* -- The verdict -- */

static bool all_have_answered(const struct step *step, uint16_t batch)
{
    const prom_case known = case_of(step, batch);
    return prom_case_answers(&known) == prom_places_arbiters(step->channel) >> PROM_PARTIES;
}

/* protocol 7, the final question: over when all have answered, or verification must start; but not for a V that asked
 * nobody in time, or that has only just come back to the chain and to what was sent to it meanwhile. */
static bool question_is_over(const struct step *step, uint16_t batch)
{
    return all_have_answered(step, batch) ||
           (step->facts->batches[batch].evidence.questioned && prom_view_is_whole(step->view) &&
            prom_window_is_over(step, batch, PROM_DEADLINE_QUESTION));
}

/* What is due now. At the last tip what has not been found out is our own fault: r = 1. */
static prom_verdict_due find_verdict(const struct step *step, uint16_t batch, prom_reason *reason)
{
    const prom_evidence_facts *evidence = &step->facts->batches[batch].evidence;
    const prom_body *openings = &evidence->bodies[PROM_BODY_PACKAGE_B];
    const prom_case known = case_of(step, batch);
    const prom_attestation *notice = prom_case_notice(&known);
    const bool last = prom_window_is_ending(step, batch, PROM_DEADLINE_TXV0);
    prom_bytes32 best_x;
    const bool has_x = notice != NULL && prom_index_block_hash(step->view->index, &best_x, notice->as.notice.height);
    const prom_verifier_view view = {.checked = evidence->checked,
                                     .at_hand = prom_packages_at_hand(step->channel, batch),
                                     .saw_notice = evidence->saw_notice,
                                     .notice_tip = evidence->notice_tip,
                                     .block = openings->here ? &openings->block : NULL,
                                     .best_x = has_x ? &best_x : NULL,
                                     .question_over = question_is_over(step, batch),
                                     .last_moment = last && question_is_over(step, batch)};
    const prom_verdict_due due = prom_verdict(&known, &view, reason);
    if (due == PROM_VERDICT_WAIT && last) {
        *reason = PROM_REASON_NOT_CHECKED;
        return PROM_VERDICT_ACCEPT;
    }
    return due;
}

/* protocol 7: V offers the package to C without waiting. */
static prom_result offer_packages(struct step *step, uint16_t batch)
{
    const prom_case known = case_of(step, batch);
    for (prom_round round = PROM_ROUND_A; round <= PROM_ROUND_B; round++) {
        const prom_attestation *package = prom_case_package(&known, round);
        if (package != NULL) {
            const prom_message message = {.kind = PROM_MESSAGE_STATEMENT, .batch = batch, .as.statement = *package};
            PROM_TRY(prom_send_places(step, UINT32_C(1) << PROM_PARTY_C, &message));
        }
    }
    return prom_ok();
}

static prom_result accept(struct step *step, uint16_t batch, prom_reason reason)
{
    PROM_TRY(offer_packages(step, batch));
    return reason == PROM_REASON_NOT_CHECKED
               ? prom_alarm(step, "the verdict is r = 1 by default: verification was not over in time, %s",
                            step->facts->batches[batch].money.key_known
                                ? "but we hold h_p, and lose nothing"
                                : "and without h_p we may lose a part of the stake")
               : prom_note(step, "the verdict is r = 1: %s", prom_reason_text(reason));
}

/* protocol 7: TxV0 at tip H0 + t2 - s - 1 at the latest, for from H0 + t2 - 1 on W may let h_p out by Tx3. To accept
 * later what we know to be bad would be a lie that C pays for; so there is no verdict then. */
static prom_result decide(struct step *step, uint16_t batch, bool *changed)
{
    prom_money *money = &step->facts->batches[batch].money;
    prom_reason reason = PROM_REASON_NOT_CHECKED;
    if (has_decided(money) || !is_locked(step, batch) || !prom_window_has_begun(step, batch, PROM_DEADLINE_TX4_V)) {
        return prom_ok();
    }
    const prom_verdict_due due = find_verdict(step, batch, &reason);
    if (due == PROM_VERDICT_WAIT) {
        return prom_ok();
    }
    const bool late = due == PROM_VERDICT_ACCUSE && prom_window_is_over(step, batch, PROM_DEADLINE_TXV0);
    money->verdict = late ? PROM_VERDICT_WAIT : due;
    money->verdict_reason = reason;
    money->verdict_tip = step->view->own_tip;
    *changed = true;
    if (late) {
        return prom_alarm(step, "it is too late to accuse the worker, and no verdict is given: %s",
                          prom_reason_text(reason));
    }
    return due == PROM_VERDICT_ACCEPT ? accept(step, batch, reason)
                                      : prom_note(step, "the verdict is r = 0: %s", prom_reason_text(reason));
}

prom_result prom_give_verdict(struct step *step, bool *changed)
{
    return prom_channel_may_sign(step->channel) ? prom_each_batch(step, changed, decide) : prom_ok();
}

/* Tx4's signature is r = 1, TxV0's is r = 0. There is no other form of a verdict. */
static prom_result verdict_hash(struct step *step, uint16_t batch, prom_bytes32 *hash)
{
    const bool accepts = step->facts->batches[batch].money.verdict == PROM_VERDICT_ACCEPT;
    return prom_tree_sighash(step->arena, hash, &step->channel->tree->tx[accepts ? PROM_TX4 : PROM_TXV0], 0,
                             step->error);
}

static bool signs_verdict(const struct step *step, uint16_t batch)
{
    const prom_money *money = &step->facts->batches[batch].money;
    return money->verdict != PROM_VERDICT_WAIT && !money->verdict_known && prom_channel_may_sign(step->channel);
}

prom_result prom_verdict_signed(struct step *step, const prom_event *event)
{
    const prom_signed_event *given = &event->as.signed_;
    prom_money *money = &step->facts->batches[given->batch].money;
    const prom_message message = {
        .kind = PROM_MESSAGE_VERDICT, .batch = given->batch, .as.signature = given->signature};
    prom_bytes32 hash;
    PROM_TRY(verdict_hash(step, given->batch, &hash));
    if (!signs_verdict(step, given->batch) || !prom_bytes32_equal(&hash, &given->hash)) {
        return prom_ok(); /* it is here already */
    }
    money->verdict_known = true;
    money->verdict_signature = given->signature;
    return money->verdict == PROM_VERDICT_ACCEPT ? prom_send_places(step, UINT32_C(1) << PROM_PARTY_W, &message)
                                                 : prom_ok();
}

/* -- The final question -- */

static bool asks(const struct step *step, uint16_t batch)
{
    return !has_decided(&step->facts->batches[batch].money) && is_locked(step, batch) &&
           prom_window_has_begun(step, batch, PROM_DEADLINE_QUESTION) &&
           step->channel->question_tip != step->view->own_tip;
}

/* Whether a question that goes out now leaves the arbiters the blocks to answer that the table of deadlines gives them:
 * as far as we know what time it is. */
static bool is_in_time(const struct step *step, uint16_t batch)
{
    const prom_channel *channel = step->channel;
    const int64_t takes = prom_blocks_count(&prom_deadline_of(PROM_DEADLINE_QUESTION)->duration, &channel->terms.P,
                                            prom_channel_network(channel));
    prom_tip_window window;
    return prom_view_is_whole(step->view) && prom_window_of(channel, batch, PROM_DEADLINE_QUESTION, &window) &&
           step->view->own_tip + takes <= window.latest;
}

/* protocol 7: every arbiter that has not answered, again at every block. */
static prom_result ask(struct step *step, uint16_t batch, bool *changed)
{
    prom_evidence_facts *evidence = &step->facts->batches[batch].evidence;
    const prom_message question = {.kind = PROM_MESSAGE_QUESTION, .batch = batch};
    const prom_case known = case_of(step, batch);
    const uint32_t answered = prom_case_answers(&known) << PROM_PARTIES;
    if (!asks(step, batch)) {
        return prom_ok();
    }
    step->channel->question_tip = step->view->own_tip;
    evidence->questioned = evidence->questioned || is_in_time(step, batch);
    *changed = true;
    return prom_send_places(step, prom_places_arbiters(step->channel) & ~answered, &question);
}

prom_result prom_ask_arbiters(struct step *step, bool *changed)
{
    return prom_channel_may_sign(step->channel) ? prom_each_batch(step, changed, ask) : prom_ok();
}

/* -- Tx4, by V itself -- */

/* protocol 7: s blocks after the verdict, and at tip H0 + t2 - s - 1 whatever comes; later is better than never, for
 * from H0 + t2 - 1 on anybody with h_p can take [beta v] from V by Tx3. All of it is signed: a restored V publishes it
 * too. */
static prom_result release(struct step *step, uint16_t batch, bool *changed)
{
    prom_money *money = &step->facts->batches[batch].money;
    const uint32_t waited = money->verdict_tip + prom_channel_margin(step->channel);
    if (!money->released && money->verdict == PROM_VERDICT_ACCEPT && money->verdict_known && money->key_known &&
        is_locked(step, batch) &&
        (step->view->own_tip >= waited || prom_window_is_ending(step, batch, PROM_DEADLINE_TX4_V))) {
        money->released = true;
        *changed = true;
    }
    return prom_ok();
}

prom_result prom_release_verifier(struct step *step, bool *changed)
{
    return prom_each_batch(step, changed, release);
}

/* -- What is wanted -- */

static prom_result want_of_batch(struct step *step, prom_wants *wants, uint16_t batch)
{
    prom_want verdict = {.kind = PROM_WANT_SIGN, .batch = batch, .as.sign = {.purpose = PROM_PURPOSE_VERDICT}};
    prom_bytes32 subject;
    if (opens_key(step, batch)) {
        PROM_TRY(prom_want_add_job(step, wants, batch, PROM_JOB_OPEN_KEY, package_hash(step, batch)));
    }
    if (checks(step, batch)) {
        prom_packages_subject(step->channel, batch, &subject);
        PROM_TRY(prom_want_add_job(step, wants, batch, PROM_JOB_CHECK, &subject));
    }
    if (!signs_verdict(step, batch)) {
        return prom_ok();
    }
    PROM_TRY(verdict_hash(step, batch, &verdict.as.sign.hash));
    return prom_want_add(step, wants, &verdict);
}

prom_result prom_want_verifier(struct step *step, prom_wants *wants)
{
    const bool is_verifier = step->facts->role == PROM_ROLE_VERIFIER;
    for (uint16_t batch = 0; is_verifier && batch < step->facts->batch_count; batch++) {
        PROM_TRY(want_of_batch(step, wants, batch));
    }
    return prom_ok();
}
