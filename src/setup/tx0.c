/* Tx0: with all branches on its disk each signs its own inputs, C last, which tries Tx0 on its mempool and publishes
 * it. */
#include "setup/parts.h"

#include "prometheus/contract/bump.h"

/* Candidates are asked for nothing any more, but where those listen that have a seat is still to be known, after a
 * restart, too. The share of Y comes from the recovery data. */
void prom_setup_give(prom_channel *channel)
{
    prom_facts *facts = &channel->facts;
    for (size_t i = 0; i < facts->setup.candidate_count; i++) {
        const prom_candidate *candidate = &facts->setup.candidates[i];
        const size_t place = prom_channel_place_of(channel, &candidate->seat.terms.key);
        if (place != PROM_NO_PLACE) {
            facts->addresses[place] = candidate->address;
        }
    }
    facts->setup.phase = PROM_SETUP_GIVEN;
    facts->setup.candidates = NULL;
    facts->setup.candidate_count = 0;
    facts->setup.left_count = 0;
    facts->setup.left_attempt = 0;
    for (size_t i = PROM_KEPT_KEYGEN_SIGNATURE; i < PROM_KEPT_KINDS; i++) {
        prom_setup_forget(facts, i);
    }
}

static bool others_signed(const prom_channel *channel)
{
    const uint32_t others = prom_places_all(channel) & ~(UINT32_C(1) << channel->place);
    return (channel->facts.setup.tx0_signed & others) == others;
}

static bool is_client(const struct step *step)
{
    return step->facts->role == PROM_ROLE_CLIENT;
}

/* Whether our signature of Tx0 is to be made: C's is the last. */
static bool signs_now(const struct step *step)
{
    return step->facts->setup.phase == PROM_SETUP_COMPLETE && prom_setup_is_sound(step) &&
           (!is_client(step) || (others_signed(step->channel) && step->facts->kept[PROM_KEPT_TX0].length == 0));
}

static bool tries_now(const struct step *step)
{
    return is_client(step) && step->facts->setup.phase == PROM_SETUP_COMPLETE && prom_setup_is_sound(step) &&
           step->facts->kept[PROM_KEPT_TX0].length > 0 && !step->facts->setup.tx0_tried;
}

/* Whether Tx0 is wanted in a block. Before the deadline, and for good once it was in one: what was done since is worth
 * something only with it. */
static bool publishes_now(const struct step *step)
{
    const prom_facts *facts = step->facts;
    return facts->setup.phase == PROM_SETUP_GIVEN && facts->kept[PROM_KEPT_TX0].length > 0 && !facts->tx0.there &&
           !facts->spoilt.there &&
           (facts->tx0_seen || (!facts->given_up && step->view->own_tip < step->channel->terms.setup_deadline));
}

/* Late, Tx0 costs time: C's, whose contract it is, and, once it was in a block, of W and V, too, who have worked for
 * it. Nobody else pays for it. */
static prom_fee_obligation tx0_due(const struct step *step)
{
    const prom_channel *channel = step->channel;
    const prom_chain_parameters *network = prom_channel_network(channel);
    const bool pays = is_client(step) || (step->facts->tx0_seen && channel->place < PROM_PARTIES);
    return (prom_fee_obligation){.last_block = PROM_WINDOW_OPEN,
                                 .at_risk = pays ? prom_terms_deposit(&channel->terms, (prom_party)channel->place)
                                                 : prom_amount_zero(),
                                 .lateness = PROM_LATE_COSTS_TIME,
                                 .vsize = prom_vsize(channel->tree->tx[PROM_TX0].weight) + PROM_BUMP_VSIZE,
                                 .safety_margin = network->safety_margin};
}

prom_result prom_want_tx0(struct step *step, prom_wants *wants)
{
    if (signs_now(step)) {
        const prom_want want = {
            .kind = PROM_WANT_SIGN,
            .as.sign = {.purpose = PROM_PURPOSE_TX0, .detail = step->channel->tree->tx[PROM_TX0].txid}};
        PROM_TRY(prom_want_add(step, wants, &want));
    }
    if (tries_now(step)) {
        PROM_TRY(prom_want_add(step, wants, &(prom_want){.kind = PROM_WANT_TRY}));
    }
    if (!publishes_now(step)) {
        return prom_ok();
    }
    prom_want want = {.kind = PROM_WANT_PUBLISH_TX0};
    want.as.publish.due = tx0_due(step);
    return prom_want_add(step, wants, &want);
}

static prom_result check_signatures(struct step *step, size_t place, prom_span signatures)
{
    return prom_tx0_check(step->channel->curve, step->arena, &step->channel->terms, step->channel->tree, place,
                          signatures, step->error);
}

static prom_result keep_tx0(struct step *step, const prom_tx *tx0)
{
    prom_span bytes;
    PROM_TRY(prom_tx_serialize(step->arena, &bytes, tx0, true, step->error));
    return prom_keep(step, PROM_KEPT_TX0, bytes);
}

/* C: everybody's signatures are here. Nothing of ours is out before our mempool has seen that Tx0 can be mined. */
static prom_result finish_tx0(struct step *step, prom_span own)
{
    prom_tx *tx0 = NULL;
    PROM_TRY(prom_keep(step, PROM_KEPT_TX0_SIGNATURES + step->channel->place, own));
    PROM_TRY(prom_tx0_finish(step->arena, &tx0, &step->channel->terms, step->channel->tree,
                             &step->facts->kept[PROM_KEPT_TX0_SIGNATURES], step->error));
    return keep_tx0(step, tx0);
}

/* What we have signed goes out in the same step in which the facts say so. One that comes when it no longer may, or of
 * another Tx0, changes nothing. */
prom_result prom_tx0_signed(struct step *step, const prom_event *event)
{
    const prom_span signatures = event->as.signed_.bytes;
    const prom_message message = {.kind = PROM_MESSAGE_TX0_SIGNATURES, .as.bytes = signatures};
    if (!signs_now(step)) {
        return prom_ok();
    }
    const prom_result checked = check_signatures(step, step->channel->place, signatures);
    if (checked.category == PROM_CATEGORY_PEER) {
        return prom_note(step, "a signature of Tx0 is not for the Tx0 that is asked for: %.180s",
                         step->error->sentence);
    }
    PROM_TRY(checked);
    if (is_client(step)) {
        return finish_tx0(step, signatures);
    }
    prom_setup_give(step->channel);
    return prom_send(step, &step->facts->client, &message);
}

/* C: the first that are good stand; of one input there are many good signatures. */
prom_result prom_take_tx0_signatures(struct step *step, const struct received *received, prom_reception *reception)
{
    prom_setup_session *setup = &step->facts->setup;
    const size_t place = received->place;
    if (step->channel->tree == NULL || place == PROM_NO_PLACE || (setup->tx0_signed >> place & 1) != 0) {
        return prom_ok();
    }
    PROM_TRY(prom_refuse_failed(check_signatures(step, place, received->message->as.bytes), reception));
    if (*reception != PROM_TAKEN) {
        return prom_ok();
    }
    setup->tx0_signed |= (uint16_t)(1U << place);
    return prom_keep(step, PROM_KEPT_TX0_SIGNATURES + place, received->message->as.bytes);
}

/* C: what our mempool says. Where it does not take Tx0 it is asked again at the next block. */
prom_result prom_setup_tried(struct step *step, const prom_event *event)
{
    const prom_message message = {.kind = PROM_MESSAGE_TX0, .as.bytes = step->facts->kept[PROM_KEPT_TX0]};
    if (!tries_now(step)) {
        return prom_ok();
    }
    if (!event->as.tried.allowed) {
        step->facts->setup.tx0_tried = true;
        return prom_alarm(step, "our node would not relay Tx0: %.200s",
                          event->as.tried.reason == NULL ? "no reason is known" : event->as.tried.reason);
    }
    PROM_TRY(prom_send_places(step, prom_places_all(step->channel), &message));
    prom_setup_give(step->channel);
    return prom_ok();
}

/* -- Tx0 whole -- */

/* The signatures of a place's inputs, from the witnesses; empty where they are not one signature each. */
static prom_result witnesses_of(struct step *step, prom_span *signatures, const prom_tx *tx0, size_t place)
{
    prom_writer writer = prom_writer_in(step->arena);
    size_t first = 0;
    const size_t count = prom_tx0_inputs(&step->channel->terms, place, &first);
    for (size_t i = first; i < first + count; i++) {
        const prom_tx_input *input = &tx0->inputs[i];
        prom_write_span(&writer, input->witness_count == 1 ? input->witness[0] : prom_span_of(NULL, 0));
    }
    return prom_writer_finish(&writer, signatures, step->error);
}

/* That these bytes are the Tx0 of the terms, with everybody's signatures. */
static prom_result check_tx0(struct step *step, prom_span bytes)
{
    prom_tx *tx0 = NULL;
    prom_bytes32 txid;
    PROM_TRY(prom_blame_peer(prom_tx_parse(step->arena, &tx0, bytes, step->error)));
    PROM_TRY(prom_tx_id(step->arena, &txid, tx0, step->error));
    if (!prom_bytes32_equal(&txid, &step->channel->tree->tx[PROM_TX0].txid)) {
        return prom_fail(step->error, PROM_CATEGORY_PEER, "what the client sent is not the Tx0 of the terms");
    }
    for (size_t place = 0; place < prom_place_count(step->channel); place++) {
        prom_span signatures;
        PROM_TRY(witnesses_of(step, &signatures, tx0, place));
        PROM_TRY(check_signatures(step, place, signatures));
    }
    return prom_ok();
}

prom_result prom_take_tx0(struct step *step, const struct received *received, prom_reception *reception)
{
    if (step->facts->kept[PROM_KEPT_TX0].length > 0) {
        return prom_ok();
    }
    PROM_TRY(prom_refuse_failed(check_tx0(step, received->message->as.bytes), reception));
    return *reception == PROM_TAKEN ? prom_keep(step, PROM_KEPT_TX0, received->message->as.bytes) : prom_ok();
}

/* Tx0 in a block: everybody's signature is out, ours too, whatever our disk says. With it anybody can bring Tx0 back
 * after a reorganisation; our part in signing the tree is done. */
prom_result prom_setup_tx0_mined(struct step *step, const prom_tx *tx0)
{
    if (step->facts->setup.phase != PROM_SETUP_GIVEN) {
        prom_setup_give(step->channel);
    }
    step->facts->tx0_seen = true;
    prom_setup_forget(step->facts, PROM_KEPT_NONCES);
    prom_setup_forget(step->facts, PROM_KEPT_PARTIALS);
    prom_setup_forget(step->facts, PROM_KEPT_FAULT);
    return step->facts->kept[PROM_KEPT_TX0].length > 0 ? prom_ok() : keep_tx0(step, tx0);
}
