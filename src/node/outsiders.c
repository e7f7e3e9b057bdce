/* Messages of somebody who is nobody in a contract that runs: a worker's tower brings the arbiters what an appeal is
 * won with. Nothing is noted of who it is: each message stands by itself, whatever its number, and is acknowledged by
 * itself where it was taken. So nobody takes another's place, and what was lost is brought again. */
#include "node/state.h"
#include "wire/body.h"

bool prom_node_is_outsider(const prom_node_channel *channel, const prom_correspondent *peer,
                           const prom_envelope *envelope)
{
    const prom_channel *its = channel->channel;
    return peer == NULL && envelope->number != 0 && its->facts.setup.phase == PROM_SETUP_GIVEN &&
           prom_channel_place_of(its, &envelope->sender) == PROM_NO_PLACE;
}

static void acknowledge(prom_node *node, const prom_node_channel *channel, uint64_t link, const prom_envelope *envelope)
{
    prom_envelope answer = {.receiver = envelope->sender,
                            .acknowledged_generation = envelope->generation,
                            .acknowledged = envelope->number};
    (void)!prom_node_send_envelope(node, channel, link, &answer); /* else it is brought again */
}

void prom_node_take_outsider(prom_node *node, prom_node_channel *channel, uint64_t link, const prom_envelope *envelope)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_node_step step;
    prom_message message;
    const prom_event event = {.kind = PROM_EVENT_MESSAGE, .as.message = {&envelope->sender, &message}};
    prom_error reason;
    prom_arena_init(&arena, PROM_NODE_STEP_MEMORY);
    if (!prom_is_ok(prom_body_decode(&arena, &message, envelope->body, false, &reason))) {
        prom_node_report(node, PROM_REPORT_REFUSED, channel->record.number, "%s", reason.sentence);
    } else if (!prom_is_ok(prom_node_take_alone(node, channel, &step, &event, &reason))) {
        prom_node_report(node, PROM_REPORT_FAULT, channel->record.number, "a message could not be taken: %s",
                         reason.sentence);
    } else if (step.reception == PROM_REFUSED) {
        prom_node_report(node, PROM_REPORT_REFUSED, channel->record.number, "%s: %s", prom_message_name(message.kind),
                         step.reason.sentence);
    } else if (step.reception == PROM_TAKEN && !step.failed) {
        acknowledge(node, channel, link, envelope);
    }
}
