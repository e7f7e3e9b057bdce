/* Messages that come before their stage. Each party has a queue of its own, in which one of each kind waits, so that
 * nobody's message takes the place of another's. A stranger has none: the one message that a party to be may send too
 * early, its digest, it sends again (prom_channel_take_digest). */
#include "channel/step.h"

/* Whether one of the kind waits already from the same sender. */
static bool is_deferred(const prom_channel *channel, const prom_bytes32 *from, prom_message_kind kind)
{
    bool found = false;
    for (size_t i = 0; i < channel->deferred_count; i++) {
        found = found ||
                (channel->deferred[i].message.kind == kind && prom_bytes32_equal(&channel->deferred[i].from, from));
    }
    return found;
}

/* What a party may send before its time has come. */
static uint64_t largest_deferred(const prom_channel *channel, prom_message_kind kind)
{
    const prom_terms *terms = &channel->terms;
    const bool agreed = channel->stage >= PROM_STAGE_AGREED;
    if (agreed && kind == PROM_MESSAGE_PACKAGE) {
        return sizeof(uint16_t) + PROM_ATTESTATION_MAX + terms->package_max;
    }
    if (agreed && kind == PROM_MESSAGE_PAYLOAD) {
        return sizeof(uint64_t) + terms->job.program_bytes + terms->job.input_bytes;
    }
    return PROM_DEFERRED_BODY_MAX;
}

prom_result prom_channel_defer(struct step *step, const prom_bytes32 *from, const prom_message *message)
{
    prom_channel *channel = step->channel;
    if (is_deferred(channel, from, message->kind)) {
        return prom_ok();
    }
    if (message->body.length > largest_deferred(channel, message->kind)) {
        return prom_fail(step->error, PROM_CATEGORY_PEER, "a %s came too early, and it is too large to keep it",
                         prom_message_name(message->kind));
    }
    if (channel->deferred_count == PROM_DEFERRED_MAX) {
        return prom_fail(step->error, PROM_CATEGORY_BROKEN, "more messages wait than a contract has senders and kinds");
    }
    prom_deferred *kept = &channel->deferred[channel->deferred_count];
    *kept = (prom_deferred){.from = *from, .message = {.kind = message->kind}};
    PROM_TRY(prom_span_copy(channel->arena, &kept->message.body, message->body, step->error));
    channel->deferred_count++;
    return prom_ok();
}
