/* What W does while its contract runs: it computes, signs one package of each round, gives it out, and lets h_p and k_p
 * out when the rules of the protocol say so, and never else. */
#include "prometheus/contract/sampling.h"
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

/* -- Packages -- */

/* The hash of the block X that our notice names, once it is s deep; which it is may change until package B is signed.
 */
static bool find_block(const struct step *step, uint16_t batch, prom_bytes32 *block)
{
    const prom_case known = case_of(step, batch);
    const prom_attestation *notice = prom_case_notice(&known);
    return notice != NULL && prom_view_is_whole(step->view) &&
           prom_window_is_open(step, batch, PROM_DEADLINE_OPENINGS) &&
           prom_index_block_hash(step->view->index, block, notice->as.notice.height);
}

/* protocol 3: one of each round, ever; who says so are the intents and the statements, ours among them. */
static prom_result sign_package(struct step *step, uint16_t batch, prom_round round, bool *changed)
{
    const prom_body_kind kind = round == PROM_ROUND_A ? PROM_BODY_PACKAGE_A : PROM_BODY_PACKAGE_B;
    const prom_body *body = &step->facts->batches[batch].evidence.bodies[kind];
    const prom_attestation statement = {.kind = PROM_ATTESTATION_PACKAGE,
                                        .contract_id = step->channel->tree->contract_id,
                                        .place = PROM_PLACE_W,
                                        .as.package = {round, body->hash}};
    if (!body->here || prom_is_intended(step->channel, batch, PROM_ATTESTATION_PACKAGE, round)) {
        return prom_ok();
    }
    *changed = true;
    return prom_intend(step, batch, &statement);
}

/* protocol 10: openings are those of block X of the best chain at the time of signing. Made for another block they are
 * made again. */
static bool openings_stand(const struct step *step, uint16_t batch, bool *changed)
{
    prom_body *body = &step->facts->batches[batch].evidence.bodies[PROM_BODY_PACKAGE_B];
    prom_bytes32 block;
    if (!body->here || !find_block(step, batch, &block)) {
        return false;
    }
    if (!prom_bytes32_equal(&block, &body->block) &&
        !prom_is_intended(step->channel, batch, PROM_ATTESTATION_PACKAGE, PROM_ROUND_B)) {
        *body = (prom_body){0};
        *changed = true;
    }
    return prom_bytes32_equal(&block, &body->block);
}

static prom_result sign_packages(struct step *step, uint16_t batch, bool *changed)
{
    if (!is_locked(step, batch) || !prom_window_is_open(step, batch, PROM_DEADLINE_COMPUTE)) {
        return prom_ok();
    }
    PROM_TRY(sign_package(step, batch, PROM_ROUND_A, changed));
    return openings_stand(step, batch, changed) ? sign_package(step, batch, PROM_ROUND_B, changed) : prom_ok();
}

prom_result prom_sign_packages(struct step *step, bool *changed)
{
    return prom_channel_may_sign(step->channel) ? prom_each_batch(step, changed, sign_packages) : prom_ok();
}

/* -- Delivery -- */

static bool has_quorum(const struct step *step, uint16_t batch, prom_round round)
{
    const prom_case known = case_of(step, batch);
    return prom_arbiters_count(prom_case_holders(&known, round)) >= prom_channel_quorum(step->channel);
}

/* protocol 7: the arbiters first, for without their receipts W could not appeal; V and C once k receipts count, or when
 * it is late; C also when V has accused, for a decision against V makes it pay for the package. Links bring it again
 * until it is acknowledged. */
static prom_result deliver(struct step *step, uint16_t batch, prom_round round, uint16_t *given, bool *changed)
{
    const prom_case known = case_of(step, batch);
    const prom_attestation *package = prom_case_package(&known, round);
    const bool parties = has_quorum(step, batch, round) || prom_window_is_ending(step, batch, PROM_DEADLINE_DELIVER);
    uint32_t places = parties ? UINT32_C(1) << PROM_PARTY_C | UINT32_C(1) << PROM_PARTY_V : 0;
    if (prom_window_is_open(step, batch, PROM_DEADLINE_COLLECT)) {
        places |= prom_places_arbiters(step->channel);
    }
    places &= ~(uint32_t)*given;
    if (package == NULL || places == 0) {
        return prom_ok();
    }
    const prom_message message = {.kind = PROM_MESSAGE_STATEMENT, .batch = batch, .as.statement = *package};
    *given = (uint16_t)(*given | places);
    *changed = true;
    return prom_send_places(step, places, &message);
}

static prom_result deliver_packages(struct step *step, uint16_t batch, bool *changed)
{
    prom_evidence_facts *evidence = &step->facts->batches[batch].evidence;
    PROM_TRY(deliver(step, batch, PROM_ROUND_A, &evidence->delivered, changed));
    return deliver(step, batch, PROM_ROUND_B, &evidence->delivered_b, changed);
}

prom_result prom_deliver_packages(struct step *step, bool *changed)
{
    return prom_each_batch(step, changed, deliver_packages);
}

/* -- The notice -- */

/* protocol 10: X is so far ahead that nobody can know its block when arbiters receipt the notice. Where t1 leaves room,
 * another s blocks are for messages; half of the room stays for the openings. */
static uint32_t height_of_block(const struct step *step, uint16_t batch)
{
    const uint32_t first = step->view->own_tip + prom_channel_network(step->channel)->sampling_lead;
    prom_tip_window window = {0};
    (void)prom_window_of(step->channel, batch, PROM_DEADLINE_X, &window);
    const int64_t spare = (window.latest - first) / 2;
    const int64_t margin = prom_channel_margin(step->channel);
    return spare <= 0 ? first : first + (uint32_t)(spare < margin ? spare : margin);
}

static prom_result sign_notice(struct step *step, uint16_t batch, bool *changed)
{
    const prom_case known = case_of(step, batch);
    const uint32_t height = height_of_block(step, batch);
    prom_error why;
    if (!is_locked(step, batch) || prom_is_intended(step->channel, batch, PROM_ATTESTATION_NOTICE, PROM_ROUND_A) ||
        prom_may_notice(&known, step->view->own_tip, height, &why) != PROM_PERMITTED) {
        return prom_ok();
    }
    const prom_attestation notice = {.kind = PROM_ATTESTATION_NOTICE,
                                     .contract_id = step->channel->tree->contract_id,
                                     .place = PROM_PLACE_W,
                                     .as.notice = {prom_case_package(&known, PROM_ROUND_A)->as.package.hash, height}};
    *changed = true;
    return prom_intend(step, batch, &notice);
}

prom_result prom_sign_notice(struct step *step, bool *changed)
{
    return prom_channel_may_sign(step->channel) ? prom_each_batch(step, changed, sign_notice) : prom_ok();
}

/* -- Jobs -- */

/* The openings are about package A and block X, as the seed of the sample is. */
static bool openings_subject(const struct step *step, uint16_t batch, prom_bytes32 *subject, prom_bytes32 *block)
{
    const prom_case known = case_of(step, batch);
    const prom_attestation *package = prom_case_package(&known, PROM_ROUND_A);
    const prom_body *made = &step->facts->batches[batch].evidence.bodies[PROM_BODY_PACKAGE_B];
    if (package == NULL || made->here || !find_block(step, batch, block)) {
        return false;
    }
    prom_sampling_seed(subject, &step->channel->tree->contract_id, &package->as.package.hash, block);
    return true;
}

static bool is_computing(const struct step *step, uint16_t batch)
{
    return !step->facts->batches[batch].evidence.bodies[PROM_BODY_PACKAGE_A].here;
}

static prom_result want_jobs(struct step *step, prom_wants *wants, uint16_t batch)
{
    prom_want openings = {.kind = PROM_WANT_JOB, .batch = batch, .as.job = {.job = PROM_JOB_OPENINGS}};
    if (!is_locked(step, batch) || !prom_window_is_open(step, batch, PROM_DEADLINE_COMPUTE)) {
        return prom_ok();
    }
    if (is_computing(step, batch)) {
        PROM_TRY(prom_want_add_job(step, wants, batch, PROM_JOB_COMPUTE, &step->channel->tree->contract_id));
    }
    return openings_subject(step, batch, &openings.as.job.subject, &openings.as.job.block)
               ? prom_want_add(step, wants, &openings)
               : prom_ok();
}

static prom_result alarm_unable(struct step *step, const char *what, const prom_done_event *done)
{
    return prom_alarm(step, "%s failed, and is tried again: %s", what, done->reason != NULL ? done->reason : "");
}

/* What is made twice, by a job that ran again after a crash, differs: the first stands. */
prom_result prom_compute_done(struct step *step, const prom_event *event)
{
    const prom_done_event *done = &event->as.done;
    if (!prom_bytes32_equal(&done->subject, &step->channel->tree->contract_id) || !is_computing(step, done->batch)) {
        return prom_ok();
    }
    if (done->unable || !done->body.here) {
        return alarm_unable(step, "computing the package", done);
    }
    step->facts->batches[done->batch].evidence.bodies[PROM_BODY_PACKAGE_A] = done->body;
    return prom_ok();
}

prom_result prom_openings_done(struct step *step, const prom_event *event)
{
    const prom_done_event *done = &event->as.done;
    prom_bytes32 subject;
    prom_bytes32 block;
    if (!openings_subject(step, done->batch, &subject, &block) || !prom_bytes32_equal(&subject, &done->subject)) {
        return prom_ok(); /* for a block that is no longer X */
    }
    if (done->unable || !done->body.here) {
        return alarm_unable(step, "opening the sample", done);
    }
    step->facts->batches[done->batch].evidence.bodies[PROM_BODY_PACKAGE_B] = done->body;
    return prom_ok();
}

/* -- The verdict -- */

prom_result prom_take_verdict(struct step *step, const struct received *received, prom_reception *reception)
{
    const prom_channel *channel = step->channel;
    prom_money *money = &step->facts->batches[received->message->batch].money;
    const prom_signature *signature = &received->message->as.signature;
    prom_bytes32 hash;
    PROM_TRY(prom_tree_sighash(step->arena, &hash, &channel->tree->tx[PROM_TX4], 0, step->error));
    if (!prom_signature_valid(channel->curve, signature, prom_span_of32(&hash),
                              &channel->terms.parties[PROM_PARTY_V].key)) {
        return prom_refuse(step, reception, "the verdict is not the verifier's signature of Tx4");
    }
    if (!money->verdict_known) {
        money->verdict_known = true;
        money->verdict_signature = *signature;
    }
    return prom_ok();
}

/* -- What is let out: it is all signed, so a restored W lets it out too -- */

/* Every package that the contract has rounds for is made and signed. */
static bool has_delivered(const struct step *step, uint16_t batch)
{
    const prom_case known = case_of(step, batch);
    return prom_case_package(&known, PROM_ROUND_A) != NULL &&
           (!prom_case_samples(&known) || prom_case_package(&known, PROM_ROUND_B) != NULL);
}

/* protocol 7: h_p goes out by Tx4 at once with r = 1, by Tx3 at tip H0 + t2 - 1 without a verdict on the chain. Not
 * with less than s blocks before Tx1 becomes possible, which the windows see to; never once TxV0 is in a block; and so
 * not by a node that does not know the chain's tip. What is only in a mempool is nothing to this. */
static prom_result release(struct step *step, uint16_t batch, bool *changed)
{
    prom_money *money = &step->facts->batches[batch].money;
    const bool accepted = money->verdict_known && prom_window_is_open(step, batch, PROM_DEADLINE_TX4);
    const bool alone = has_delivered(step, batch) && prom_window_is_open(step, batch, PROM_DEADLINE_TX3);
    if (!money->released && is_locked(step, batch) && prom_view_is_whole(step->view) && (accepted || alone)) {
        money->released = true;
        *changed = true;
    }
    return prom_ok();
}

prom_result prom_release_worker(struct step *step, bool *changed)
{
    return prom_each_batch(step, changed, release);
}

/* Whether an arbitration would find that enough arbiters hold all that was to be delivered. */
static bool is_receipted(const struct step *step, uint16_t batch)
{
    const prom_case known = case_of(step, batch);
    return has_quorum(step, batch, PROM_ROUND_A) &&
           (!prom_case_samples(&known) ||
            (has_quorum(step, batch, PROM_ROUND_NOTICE) && has_quorum(step, batch, PROM_ROUND_B)));
}

/* protocol 7: k_p is the will to appeal. A worker that failed keeps it: #4 costs it less than #6. */
static prom_result appeal(struct step *step, uint16_t batch, bool *changed)
{
    prom_money *money = &step->facts->batches[batch].money;
    if (!money->appealed && prom_money_state_of(step->facts, batch) == PROM_MONEY_ACCUSED &&
        prom_window_is_open(step, batch, PROM_DEADLINE_TXA) && has_delivered(step, batch) &&
        is_receipted(step, batch)) {
        money->appealed = true;
        *changed = true;
    }
    return prom_ok();
}

prom_result prom_appeal(struct step *step, bool *changed)
{
    return prom_each_batch(step, changed, appeal);
}

/* -- h_p, for the arbiters -- */

static bool shows_key(const struct step *step, uint16_t batch)
{
    return !step->facts->batches[batch].evidence.key_shown &&
           prom_money_state_of(step->facts, batch) == PROM_MONEY_APPEALED &&
           prom_window_is_open(step, batch, PROM_DEADLINE_SHOW_KEY);
}

prom_result prom_key_given(struct step *step, const prom_event *event)
{
    const uint16_t batch = event->as.signed_.batch;
    prom_batch_facts *its = &step->facts->batches[batch];
    prom_message message = {.kind = PROM_MESSAGE_KEY, .batch = batch};
    prom_bytes32 hash;
    prom_reader reader = prom_reader_of(event->as.signed_.bytes);
    message.as.h_p = prom_read_bytes32(&reader);
    prom_sha256(&hash, prom_span_of32(&message.as.h_p));
    if (!prom_reader_done(&reader) || !prom_bytes32_equal(&hash, &step->channel->terms.h)) {
        return prom_fail(step->error, PROM_CATEGORY_BROKEN, "what the signer gave as h_p is not the preimage of h");
    }
    if (!shows_key(step, batch)) {
        return prom_ok(); /* the block of TxA is gone again, or it is too late to help */
    }
    its->evidence.key_shown = true;
    its->money.key_known = true;
    its->money.h_p = message.as.h_p;
    return prom_send_places(step, prom_places_arbiters(step->channel), &message);
}

prom_result prom_want_worker(struct step *step, prom_wants *wants)
{
    const bool is_worker = step->facts->role == PROM_ROLE_WORKER;
    for (uint16_t batch = 0; is_worker && batch < step->facts->batch_count; batch++) {
        const prom_want key = {.kind = PROM_WANT_SIGN, .batch = batch, .as.sign = {.purpose = PROM_PURPOSE_KEY}};
        if (prom_channel_may_sign(step->channel)) {
            PROM_TRY(want_jobs(step, wants, batch));
        }
        if (shows_key(step, batch)) {
            PROM_TRY(prom_want_add(step, wants, &key));
        }
    }
    return prom_ok();
}
