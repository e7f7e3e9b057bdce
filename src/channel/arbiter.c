/* An arbiter's policy on the normal path: locks its stake, holds the job, gives a receipt for the package; stake and
 * retainer come home with the settlement. */
#include "channel/step.h"

prom_result prom_channel_announcement(prom_arena *arena, prom_span *body, const prom_channel_config *config,
                                      prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    prom_span announcement;
    PROM_TRY(prom_announcement_write(arena, &announcement, &config->announcement, error));
    prom_write_u16(&writer, (uint16_t)announcement.length);
    prom_write_span(&writer, announcement);
    prom_arbiter_terms_write(&writer, &config->seat);
    prom_write_bytes32(&writer, &config->host_key);
    return prom_writer_finish(&writer, body, error);
}

/* Program and input, hash-checked: whoever has no job gives no receipt. */
static prom_result take_payload(struct step *step, const struct received *message)
{
    return step->channel->job == NULL ? prom_channel_open_payload(step, message->body) : prom_ok();
}

/* The receipt, once package, program and input are all here: to the worker, and at once to the verifier and the other
 * arbiters. */
static prom_result give_receipt(struct step *step)
{
    prom_channel *channel = step->channel;
    const prom_case known = prom_channel_case(channel);
    const prom_attestation *package = prom_case_package(&known, PROM_ROUND_A);
    const prom_arbiter_view view = {.arbiter = channel->place - PROM_PARTIES,
                                    .tip = channel->tip,
                                    .in_step = channel->in_step,
                                    .holds_job = channel->job != NULL,
                                    .holds = package == NULL ? NULL : &package->as.package.hash};
    prom_span body;
    if (prom_may_receipt(&known, PROM_ROUND_A, &view, NULL) != PROM_PERMITTED) {
        return prom_ok();
    }
    prom_attestation receipt = prom_receipt_make(&known, &channel->tree->contract_id, PROM_ROUND_A, &view);
    PROM_TRY(prom_channel_attest(step, &body, &receipt));
    (void)prom_evidence_add(&channel->evidence, &receipt);
    PROM_TRY(prom_channel_act_store(step, "receipt", body));
    channel->stage = PROM_STAGE_DELIVERED;
    for (size_t place = PROM_PARTY_W; place < prom_channel_place_count(channel); place++) {
        if (place != channel->place) {
            PROM_TRY(prom_channel_act_send(step, prom_channel_place_key(channel, place), PROM_MESSAGE_RECEIPT, body));
        }
    }
    return prom_ok();
}

static prom_result take_package(struct step *step, const struct received *message)
{
    prom_channel *channel = step->channel;
    prom_attestation claim;
    prom_span package;
    prom_span body;
    PROM_TRY(prom_channel_read_package(step, &claim, &package, message));
    if (!prom_evidence_add(&channel->evidence, &claim)) {
        return prom_ok(); /* it is here already */
    }
    PROM_TRY(prom_span_copy(channel->arena, &body, message->body, step->error));
    return prom_channel_act_store(step, "package", body);
}

static prom_result advance(struct step *step)
{
    prom_channel *channel = step->channel;
    if (channel->stage >= PROM_STAGE_AGREED && channel->stage <= PROM_STAGE_SIGNED) {
        return prom_channel_sign_tree(step);
    }
    if (channel->stage == PROM_STAGE_LOCKED) {
        return give_receipt(step);
    }
    if (channel->stage == PROM_STAGE_SETTLED) {
        return prom_channel_act_close(step, PROM_STAGE_CLOSED, "");
    }
    return prom_ok();
}

static const struct rule rules[] = {
    {PROM_MESSAGE_KEYGEN, FROM_CLIENT, PROM_STAGE_NEW, PROM_STAGE_SEATED, prom_channel_take_coordinator_keygen},
    {PROM_MESSAGE_TERMS, FROM_CLIENT, PROM_STAGE_KEYED, PROM_STAGE_KEYED, prom_channel_take_terms},
    {PROM_MESSAGE_DIGEST, FROM_ANY_PARTY, PROM_STAGE_AGREED, PROM_STAGE_SETTLED, prom_channel_take_digest},
    {PROM_MESSAGE_NONCES, FROM_ANY_PARTY, PROM_STAGE_COMPARED, PROM_STAGE_SIGNED, prom_channel_take_nonces},
    {PROM_MESSAGE_PARTIALS, FROM_ANY_PARTY, PROM_STAGE_COMPARED, PROM_STAGE_SIGNED, prom_channel_take_partials},
    {PROM_MESSAGE_PAYLOAD, FROM_WORKER | FROM_VERIFIER, PROM_STAGE_LOCKED, PROM_STAGE_SETTLED, take_payload},
    {PROM_MESSAGE_TX0, FROM_CLIENT, PROM_STAGE_SIGNED, PROM_STAGE_SETTLED, prom_channel_take_tx0},
    {PROM_MESSAGE_PACKAGE, FROM_WORKER, PROM_STAGE_LOCKED, PROM_STAGE_LOCKED, take_package},
    {PROM_MESSAGE_RECEIPT, FROM_ARBITER, PROM_STAGE_LOCKED, PROM_STAGE_SETTLED, prom_channel_take_receipt},
};

const struct policy prom_policy_arbiter = {
    .rules = rules,
    .rule_count = sizeof rules / sizeof rules[0],
    .keygen = prom_channel_arbiter_keygen_done,
    .advance = advance,
};
