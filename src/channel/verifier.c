/* The verifier's policy: checks the package; its signature of Tx4 is the verdict r = 1. */
#include <string.h>

#include "channel/step.h"

static prom_result take_proposal_as_verifier(struct step *step, const struct received *message)
{
    return prom_channel_take_proposal(step, message, PROM_PARTY_V);
}

static prom_result take_package(struct step *step, const struct received *message)
{
    prom_channel *channel = step->channel;
    prom_span *kept = &channel->packages[PROM_PARTY_W];
    prom_attestation claim;
    prom_span package;
    prom_span body;
    PROM_TRY(prom_channel_read_package(step, &claim, &package, message));
    PROM_TRY(prom_span_copy(channel->arena, &body, message->body, step->error));
    *kept = prom_span_of(body.data + (body.length - package.length), package.length);
    channel->delivery = body;
    (void)prom_evidence_add(&channel->evidence, &claim);
    channel->stage = PROM_STAGE_DELIVERED;
    channel->working = true;
    PROM_TRY(prom_channel_act_store(step, "package", body));
    return prom_channel_act(step, (prom_action){.kind = PROM_ACTION_VERIFY, .bytes = *kept});
}

/* r = 1: the package goes to the client first, so that it can read what it pays for; then the verdict to the worker. */
static prom_result confirm(struct step *step, const prom_bytes32 *h_p)
{
    prom_channel *channel = step->channel;
    prom_span body;
    PROM_TRY(prom_channel_sign_verdict(step, &channel->verdict));
    PROM_TRY(prom_channel_signature_body(step, &body, &channel->verdict));
    PROM_TRY(prom_channel_act_store(step, "verdict", body));
    PROM_TRY(prom_channel_act_send(step, &channel->terms.parties[PROM_PARTY_C].key, PROM_MESSAGE_PACKAGE,
                                   channel->delivery));
    channel->h_p = *h_p;
    channel->verdict_tip = channel->tip;
    channel->stage = PROM_STAGE_JUDGED;
    return prom_channel_act_send(step, &channel->terms.parties[PROM_PARTY_W].key, PROM_MESSAGE_VERDICT, body);
}

static prom_result verified(struct step *step, const prom_event *event)
{
    prom_channel *channel = step->channel;
    const char *why = event->reason == NULL ? "no reason is known" : event->reason;
    prom_span reason;
    if (channel->stage != PROM_STAGE_DELIVERED) {
        return prom_fail(step->error, PROM_CATEGORY_MISUSE, "nothing was to be verified");
    }
    channel->working = false;
    if (event->valid) {
        return confirm(step, &event->h_p);
    }
    PROM_TRY(prom_span_copy(channel->arena, &reason, prom_span_of((const uint8_t *)why, strlen(why) + 1), step->error));
    channel->verdict_reason = (const char *)reason.data;
    PROM_TRY(prom_channel_act_store(step, "verdict", prom_span_of(reason.data, reason.length - 1)));
    return prom_channel_act_close(step, PROM_STAGE_FAILED, channel->verdict_reason);
}

/* W has the verdict and does not use it: with h_p V completes Tx4 itself, s blocks later, or at the last tip from which
 * it comes before anybody's Tx3. */
static bool worker_sleeps(const prom_channel *channel)
{
    if (channel->stage != PROM_STAGE_JUDGED || channel->published || channel->accused) {
        return false;
    }
    return channel->tip >= channel->verdict_tip + prom_channel_safety_margin(channel) ||
           (int64_t)channel->tip >= prom_channel_window(channel, PROM_DEADLINE_TX4_V).latest;
}

static prom_result advance(struct step *step)
{
    prom_channel *channel = step->channel;
    if (channel->stage >= PROM_STAGE_AGREED && channel->stage <= PROM_STAGE_SIGNED) {
        return prom_channel_sign_tree(step);
    }
    if ((channel->stage == PROM_STAGE_LOCKED || channel->stage == PROM_STAGE_DELIVERED) &&
        prom_channel_buried(channel, channel->tx0_height, prom_channel_safety_margin(channel))) {
        PROM_TRY(prom_channel_serve_payload(step));
    }
    if (worker_sleeps(channel)) {
        channel->published = true;
        return prom_channel_publish_tx4(step, &channel->verdict, &channel->h_p);
    }
    if (channel->stage == PROM_STAGE_SETTLED) {
        return prom_channel_act_close(step, PROM_STAGE_CLOSED, "");
    }
    return prom_ok();
}

static const struct rule rules[] = {
    {PROM_MESSAGE_PROPOSAL, FROM_CLIENT, PROM_STAGE_NEW, PROM_STAGE_NEW, take_proposal_as_verifier},
    {PROM_MESSAGE_PAYLOAD, FROM_CLIENT, PROM_STAGE_PROPOSED, PROM_STAGE_PROPOSED, prom_channel_take_payload},
    {PROM_MESSAGE_TERMS, FROM_CLIENT, PROM_STAGE_ACCEPTED, PROM_STAGE_ACCEPTED, prom_channel_take_terms},
    {PROM_MESSAGE_DIGEST, FROM_ANY_PARTY, PROM_STAGE_AGREED, PROM_STAGE_SETTLED, prom_channel_take_digest},
    {PROM_MESSAGE_NONCES, FROM_ANY_PARTY, PROM_STAGE_COMPARED, PROM_STAGE_SIGNED, prom_channel_take_nonces},
    {PROM_MESSAGE_PARTIALS, FROM_ANY_PARTY, PROM_STAGE_COMPARED, PROM_STAGE_SIGNED, prom_channel_take_partials},
    {PROM_MESSAGE_TX0, FROM_CLIENT, PROM_STAGE_SIGNED, PROM_STAGE_SETTLED, prom_channel_take_tx0},
    {PROM_MESSAGE_RECEIPT, FROM_ARBITER, PROM_STAGE_LOCKED, PROM_STAGE_SETTLED, prom_channel_take_receipt},
    {PROM_MESSAGE_PACKAGE, FROM_WORKER, PROM_STAGE_LOCKED, PROM_STAGE_LOCKED, take_package},
};

const struct policy prom_policy_verifier = {
    .rules = rules,
    .rule_count = sizeof rules / sizeof rules[0],
    .output = prom_channel_take_input,
    .verified = verified,
    .advance = advance,
};
