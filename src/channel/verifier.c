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
    prom_span *package = &channel->packages[PROM_PARTY_W];
    if (message->body.length > channel->terms.most_package) {
        return prom_fail(step->error, PROM_CATEGORY_PEER, "the package is larger than the terms allow");
    }
    PROM_TRY(prom_span_copy(channel->arena, package, message->body, step->error));
    channel->stage = PROM_STAGE_DELIVERED;
    channel->working = true;
    PROM_TRY(prom_channel_act_store(step, "package", *package));
    return prom_channel_act(step, (prom_action){.kind = PROM_ACTION_VERIFY, .bytes = *package});
}

/* r = 1: the package goes to the client first, so that it can read what it pays for; then the verdict to the worker. */
static prom_result confirm(struct step *step)
{
    prom_channel *channel = step->channel;
    prom_signature signature;
    prom_span body;
    PROM_TRY(prom_channel_sign_input(step, &signature, &channel->tree->tx[PROM_TX4], 0));
    PROM_TRY(prom_channel_signature_body(step, &body, &signature));
    PROM_TRY(prom_channel_act_store(step, "verdict", body));
    PROM_TRY(prom_channel_act_send(step, &channel->terms.parties[PROM_PARTY_C].key, PROM_MESSAGE_PACKAGE,
                                   channel->packages[PROM_PARTY_W]));
    channel->stage = PROM_STAGE_JUDGED;
    return prom_channel_act_send(step, &channel->terms.parties[PROM_PARTY_W].key, PROM_MESSAGE_VERDICT, body);
}

static prom_result verified(struct step *step, const prom_event *event)
{
    prom_channel *channel = step->channel;
    prom_span reason;
    if (channel->stage != PROM_STAGE_DELIVERED) {
        return prom_fail(step->error, PROM_CATEGORY_MISUSE, "nothing was to be verified");
    }
    channel->working = false;
    if (event->valid) {
        return confirm(step);
    }
    PROM_TRY(prom_span_copy(channel->arena, &reason,
                            prom_span_of((const uint8_t *)event->reason, strlen(event->reason) + 1), step->error));
    channel->verdict_reason = (const char *)reason.data;
    PROM_TRY(prom_channel_act_store(step, "verdict", prom_span_of(reason.data, reason.length - 1)));
    return prom_channel_act_close(step, PROM_STAGE_FAILED, channel->verdict_reason);
}

static prom_result advance(struct step *step)
{
    prom_channel *channel = step->channel;
    if (channel->stage == PROM_STAGE_AGREED || channel->stage == PROM_STAGE_COMPARED) {
        return prom_channel_sign_tree(step);
    }
    if (channel->stage == PROM_STAGE_SETTLED) {
        return prom_channel_act_close(step, PROM_STAGE_CLOSED, "");
    }
    return prom_ok();
}

static const struct rule rules[] = {
    {PROM_MESSAGE_PROPOSAL, FROM_STRANGER, PROM_STAGE_NEW, PROM_STAGE_NEW, take_proposal_as_verifier},
    {PROM_MESSAGE_PAYLOAD, FROM_CLIENT, PROM_STAGE_PROPOSED, PROM_STAGE_PROPOSED, prom_channel_take_payload},
    {PROM_MESSAGE_TERMS, FROM_CLIENT, PROM_STAGE_ACCEPTED, PROM_STAGE_ACCEPTED, prom_channel_take_terms},
    {PROM_MESSAGE_DIGEST, FROM_ANY_PARTY, PROM_STAGE_AGREED, PROM_STAGE_AGREED, prom_channel_take_digest},
    {PROM_MESSAGE_SIGNATURES, FROM_ANY_PARTY, PROM_STAGE_COMPARED, PROM_STAGE_COMPARED, prom_channel_take_signatures},
    {PROM_MESSAGE_PACKAGE, FROM_WORKER, PROM_STAGE_LOCKED, PROM_STAGE_LOCKED, take_package},
};

const struct policy prom_policy_verifier = {
    .rules = rules,
    .rule_count = sizeof rules / sizeof rules[0],
    .output = prom_channel_take_input,
    .verified = verified,
    .advance = advance,
};
