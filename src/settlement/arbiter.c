/* What an arbiter says while the contract runs: receipts, its answer to V's final question; and what it hands on to the
 * other arbiters once V has accused. */
#include "prometheus/crypto/hash.h"
#include "settlement/arbitration.h"

size_t prom_own_arbiter(const prom_channel *channel)
{
    return channel->place - PROM_PARTIES;
}

uint32_t prom_arbiter_bit(size_t arbiter)
{
    return UINT32_C(1) << arbiter;
}

uint32_t prom_arbiters_all(const prom_channel *channel)
{
    return prom_places_arbiters(channel) >> PROM_PARTIES;
}

/* -- Receipts and the answer -- */

static prom_case case_here(const struct step *step, uint16_t batch)
{
    return prom_batch_case(step->channel, batch, &step->facts->batches[batch].evidence.statements);
}

static bool holds(const prom_body *body, const prom_bytes32 *hash)
{
    return body->here && prom_bytes32_equal(&body->hash, hash);
}

/* What the rules want to know of us. `best_x` is room for a hash. */
static prom_arbiter_view look(const struct step *step, uint16_t batch, prom_round round, prom_bytes32 *best_x)
{
    const prom_body *bodies = step->facts->batches[batch].evidence.bodies;
    const prom_body *package = &bodies[round == PROM_ROUND_B ? PROM_BODY_PACKAGE_B : PROM_BODY_PACKAGE_A];
    const prom_job *job = &step->channel->terms.job;
    const prom_case known = case_here(step, batch);
    const prom_attestation *notice = prom_case_notice(&known);
    const bool has_x = notice != NULL && prom_index_block_hash(step->view->index, best_x, notice->as.notice.height);
    return (prom_arbiter_view){
        .arbiter = prom_own_arbiter(step->channel),
        .tip = step->view->own_tip,
        .in_step = step->view->in_step,
        .holds_job = holds(&bodies[PROM_BODY_PROGRAM], &job->program_digest) &&
                     holds(&bodies[PROM_BODY_INPUT], &job->input_hash),
        .holds = package->here ? &package->hash : NULL,
        .block = package->here ? &package->block : NULL,
        .best_x = has_x ? best_x : NULL,
    };
}

/* Whether something of this kind of ours is decided and not signed yet. */
static bool being_signed(const prom_evidence_facts *evidence, prom_attestation_kind kind)
{
    bool found = false;
    for (size_t i = 0; i < evidence->intent_count; i++) {
        found = found || evidence->intents[i].kind == kind;
    }
    return found;
}

/* The answer is our last word from the moment on that it is decided, before it is signed. */
static prom_result give_receipt(struct step *step, uint16_t batch, prom_round round, bool *changed)
{
    const prom_case known = case_here(step, batch);
    prom_bytes32 best_x;
    const prom_arbiter_view view = look(step, batch, round, &best_x);
    prom_error why;
    if (prom_is_intended(step->channel, batch, PROM_ATTESTATION_RECEIPT, round) ||
        prom_is_intended(step->channel, batch, PROM_ATTESTATION_ANSWER, PROM_ROUND_A) ||
        prom_may_receipt(&known, round, &view, &why) != PROM_PERMITTED) {
        return prom_ok();
    }
    const prom_attestation receipt = prom_receipt_make(&known, &step->channel->tree->contract_id, round, &view);
    *changed = true;
    return prom_intend(step, batch, &receipt);
}

prom_result prom_give_receipts(struct step *step, bool *changed)
{
    const bool may = prom_channel_may_sign(step->channel) && step->facts->tx0.there;
    for (uint16_t batch = 0; may && batch < step->facts->batch_count; batch++) {
        for (prom_round round = PROM_ROUND_A; round <= PROM_ROUND_NOTICE; round++) {
            PROM_TRY(give_receipt(step, batch, round, changed));
        }
    }
    return prom_ok();
}

/* A receipt that is decided will be signed: an answer that did not list it would void it, so the answer waits. */
static bool may_answer_now(struct step *step, uint16_t batch, const prom_case *known, const prom_arbiter_view *view)
{
    const prom_evidence_facts *evidence = &step->facts->batches[batch].evidence;
    prom_error why;
    return evidence->questioned && !being_signed(evidence, PROM_ATTESTATION_RECEIPT) &&
           !prom_is_intended(step->channel, batch, PROM_ATTESTATION_ANSWER, PROM_ROUND_A) &&
           prom_may_answer(known, view, &why) == PROM_PERMITTED;
}

prom_result prom_answer_question(struct step *step, bool *changed)
{
    const bool may = prom_channel_may_sign(step->channel) && step->facts->tx0.there;
    for (uint16_t batch = 0; may && batch < step->facts->batch_count; batch++) {
        const prom_case known = case_here(step, batch);
        prom_bytes32 best_x;
        const prom_arbiter_view view = look(step, batch, PROM_ROUND_A, &best_x);
        if (may_answer_now(step, batch, &known, &view)) {
            const prom_attestation answer = prom_answer_make(&known, &step->channel->tree->contract_id, &view);
            *changed = true;
            PROM_TRY(prom_intend(step, batch, &answer));
        }
    }
    return prom_ok();
}

prom_result prom_send_along(struct step *step, uint16_t batch, const prom_attestation *statement, uint32_t places)
{
    const prom_evidence *here = &step->facts->batches[batch].evidence.statements;
    const bool of_ours = statement->kind == PROM_ATTESTATION_RECEIPT || statement->kind == PROM_ATTESTATION_ANSWER;
    for (size_t i = 0; of_ours && i < here->count; i++) {
        if (here->list[i].place == PROM_PLACE_W) {
            const prom_message message = {
                .kind = PROM_MESSAGE_STATEMENT, .batch = batch, .as.statement = here->list[i]};
            PROM_TRY(prom_send_places(step, places & ~(UINT32_C(1) << PROM_PARTY_W), &message));
        }
    }
    return prom_ok();
}

/* Whoever asks makes us answer: it is our last word whoever that is. Asked again, the same bytes are given again, at
 * most once at each tip; V, which asks at every block, may have lost what it was told. */
prom_result prom_take_question(struct step *step, const struct received *received, prom_reception *reception)
{
    const uint16_t batch = received->message->batch;
    uint32_t *answered = &step->channel->answered_tips[batch][received->place];
    const uint32_t asker = UINT32_C(1) << received->place;
    const size_t before = step->outputs->count;
    prom_evidence_facts *evidence = &step->facts->batches[batch].evidence;
    (void)reception;
    evidence->questioned = true;
    for (size_t i = 0; i < evidence->statements.count && *answered != step->view->own_tip; i++) {
        const prom_attestation *said = &evidence->statements.list[i];
        if (said->kind == PROM_ATTESTATION_ANSWER && said->place == step->channel->place) {
            *answered = step->view->own_tip;
            const prom_message message = {.kind = PROM_MESSAGE_STATEMENT, .batch = batch, .as.statement = *said};
            PROM_TRY(prom_send_along(step, batch, said, asker));
            PROM_TRY(prom_send_places(step, asker, &message));
            prom_mark_answers(step, before);
            return prom_ok();
        }
    }
    return prom_ok();
}

/* -- What is handed on -- */

/* A step has so much left to say for what comes after this duty. */
enum { OUTPUTS_LEFT = PROM_OUTPUTS_MAX / 2 };

static bool hands_over(const struct step *step, uint16_t batch)
{
    const prom_evidence_facts *evidence = &step->facts->batches[batch].evidence;
    const prom_money_state state = prom_money_state_of(step->facts, batch);
    return (state == PROM_MONEY_ACCUSED || state == PROM_MONEY_APPEALED) &&
           step->facts->batches[batch].arbitration.rounds_over == 0 &&
           evidence->handed_in < evidence->statements.count && step->outputs->count < OUTPUTS_LEFT;
}

/* protocol 7: each arbiter hands in what it holds. What reaches us later is handed on, too, until D_0: then echoes
 * alone make anything count. */
prom_result prom_hand_over(struct step *step, bool *changed)
{
    for (uint16_t batch = 0; batch < step->facts->batch_count; batch++) {
        prom_evidence_facts *evidence = &step->facts->batches[batch].evidence;
        while (hands_over(step, batch)) {
            const prom_message message = {.kind = PROM_MESSAGE_STATEMENT,
                                          .batch = batch,
                                          .as.statement = evidence->statements.list[evidence->handed_in++]};
            *changed = true;
            PROM_TRY(prom_send_places(step, prom_places_arbiters(step->channel), &message));
        }
    }
    return prom_ok();
}

/* protocol 7: h_p counts only once TxA is in a block. Who shows it may see that block before us. */
prom_result prom_hear_key(struct step *step, uint16_t batch, const prom_bytes32 *h_p, prom_reception *reception)
{
    prom_batch_facts *its = &step->facts->batches[batch];
    const prom_money_state state = prom_money_state_of(step->facts, batch);
    prom_bytes32 hash;
    prom_sha256(&hash, prom_span_of32(h_p));
    if (!prom_bytes32_equal(&hash, &step->channel->terms.h)) {
        return prom_refuse(step, reception, "what was sent as h_p is not the preimage of h");
    }
    if (its->arbitration.rounds_over > 0 || state == PROM_MONEY_SETTLED) {
        return prom_ok();
    }
    if (state != PROM_MONEY_APPEALED) {
        *reception = PROM_TOO_EARLY;
        return prom_ok();
    }
    its->arbitration.key_here = true;
    its->money.key_known = true;
    its->money.h_p = *h_p;
    return prom_ok();
}

/* protocol 7: a worker that is away may have its tower hand in what it appeals with. Who brings a statement proves
 * nothing: its signature does. Before TxA is in a block nobody but the places of the contract has anything to say. */
prom_result prom_take_evidence(struct step *step, const struct received *received, prom_reception *reception)
{
    const prom_money_state state = prom_money_state_of(step->facts, received->message->batch);
    if (received->place == PROM_NO_PLACE && state < PROM_MONEY_APPEALED) {
        *reception = PROM_TOO_EARLY;
        return prom_ok();
    }
    return prom_take_statement(step, received, reception);
}

prom_result prom_take_key(struct step *step, const struct received *received, prom_reception *reception)
{
    return prom_hear_key(step, received->message->batch, &received->message->as.h_p, reception);
}
