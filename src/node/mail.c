/* Messages that come, from links and from channels of our own: each is judged by its number, and taken in one
 * transaction with what it changes. */
#include <stdlib.h>
#include <string.h>

#include "node/beginning.h"
#include "node/early.h"
#include "system/clock.h"
#include "wire/body.h"

enum { AGAIN_FIRST_MS = 1000 };

/* -- What comes -- */

/* Who does not know our own words yet sends to our node. Such a message is taken whenever it comes, and is answered by
 * what we say then: nothing is written down of it. */
static bool is_to_node(const prom_node *node, const prom_envelope *envelope)
{
    return prom_bytes32_equal(&envelope->receiver, &node->key.public_key);
}

/* The step of a message, with the note that it was taken, in the open transaction. Of somebody who is nobody in the
 * contract nothing is noted, whatever became of the message: strangers take no room. Who is somebody later brings it
 * again until then. */
static prom_result take_in_transaction(prom_node *node, prom_node_channel *channel, const prom_envelope *envelope,
                                       const prom_message *message, prom_node_step *step, prom_error *error)
{
    const prom_event event = {.kind = PROM_EVENT_MESSAGE, .as.message = {&envelope->sender, message}};
    const prom_store_seen seen = {envelope->generation, envelope->number};
    PROM_TRY(prom_node_take(node, channel, step, &event, error));
    if (step->failed || step->reception == PROM_TOO_EARLY) {
        return prom_ok();
    }
    if (is_to_node(node, envelope)) {
        return prom_ok();
    }
    if (step->reception == PROM_REFUSED) {
        prom_node_report(node, PROM_REPORT_REFUSED, channel->record.number, "%s: %s", prom_message_name(message->kind),
                         step->reason.sentence);
    }
    return prom_node_is_known(channel->channel, &envelope->sender) ||
                   prom_node_peer_of(node, channel, &envelope->sender, false) != NULL
               ? prom_store_inbox_put(node->store, channel->record.number, &envelope->sender, &seen, error)
               : prom_ok();
}

struct taking {
    prom_node_channel *channel;
    const prom_envelope *envelope;
    const prom_message *message;
    prom_node_step *step;
};

static prom_result act_on_message(prom_node *node, void *context, prom_error *error)
{
    const struct taking *taking = context;
    return take_in_transaction(node, taking->channel, taking->envelope, taking->message, taking->step, error);
}

static prom_result take_message(prom_node *node, prom_node_channel *channel, const prom_envelope *envelope,
                                const prom_message *message, prom_node_step *step, prom_error *error)
{
    struct taking taking = {channel, envelope, message, step};
    const prom_result result = prom_node_transact(node, act_on_message, &taking, error);
    channel->stale = channel->stale || !prom_is_ok(result);
    return result;
}

/* A message that our own program cannot take, however often it comes, is no reason to do without the channel: it is
 * passed over as one that is refused. */
enum { FAILURES_MAX = 3 };

static prom_message pass_over(prom_node *node, const prom_node_channel *channel, const prom_envelope *envelope,
                              const prom_correspondent *peer, const prom_message *message)
{
    if (peer == NULL || peer->failures < FAILURES_MAX) {
        return *message;
    }
    prom_node_report(node, PROM_REPORT_ALARM, channel->record.number,
                     "message %llu of a peer, a %s, is passed over: it cannot be taken here",
                     (unsigned long long)envelope->number, prom_message_name(message->kind));
    return (prom_message){0};
}

struct dropping {
    const prom_node_channel *channel;
    const prom_correspondent *peer;
};

static prom_result drop_acknowledged(prom_node *node, void *context, prom_error *error)
{
    const struct dropping *dropping = context;
    return prom_store_outbox_drop(node->store, dropping->channel->record.number, &dropping->peer->key,
                                  dropping->peer->outgoing.acknowledged, error);
}

static void acknowledged(prom_node *node, prom_node_channel *channel, prom_correspondent *peer)
{
    struct dropping dropping = {channel, peer};
    prom_error reason;
    peer->again_ms = AGAIN_FIRST_MS;
    if (!prom_is_ok(prom_node_transact(node, drop_acknowledged, &dropping, &reason))) {
        /* it is sent once more after a restart, and acknowledged again */
        prom_node_report(node, PROM_REPORT_FAULT, channel->record.number, "%s", reason.sentence);
    }
}

/* Somebody has spoken by its own words: what was sent to its node has reached it. */
static void node_has_answered(prom_node *node, prom_node_channel *channel, const prom_bytes32 *words)
{
    const prom_setup_session *setup = &channel->channel->facts.setup;
    for (size_t i = 0; i < setup->candidate_count; i++) {
        const prom_seat *seat = &setup->candidates[i].seat;
        if (!prom_bytes32_equal(&seat->terms.key, words)) {
            continue;
        }
        prom_correspondent *peer = prom_node_peer_of(node, channel, &seat->announcement.node_key, false);
        if (peer != NULL && prom_outgoing_acknowledge(&peer->outgoing, node->generation, peer->outgoing.sent)) {
            acknowledged(node, channel, peer);
        }
    }
}

/* What follows from how it was received. */
static void after_message(prom_node *node, prom_node_channel *channel, uint64_t link, bool lenient,
                          const prom_envelope *envelope, const prom_node_step *step)
{
    const bool taken = !step->failed && step->reception != PROM_TOO_EARLY;
    /* Who belongs to the contract is answered though its first message was refused: else it would bring that for ever.
     */
    const bool known = channel->channel != NULL && prom_node_is_known(channel->channel, &envelope->sender);
    prom_correspondent *peer = prom_node_peer_of(node, channel, &envelope->sender, !step->failed && known);
    if (peer == NULL) {
        return;
    }
    prom_node_heard_on(node, channel, peer, link);
    peer->failures += step->failed;
    if (taken && is_to_node(node, envelope)) {
        prom_incoming_take(&peer->to_node, envelope->generation, envelope->number);
    } else if (taken) {
        prom_incoming_take(&peer->incoming, envelope->generation, envelope->number);
        peer->acknowledge = true;
        peer->failures = 0;
        prom_node_keep_link(node, peer, known);
        node_has_answered(node, channel, &envelope->sender);
    } else if (!step->failed) {
        prom_node_keep_early(node, peer, envelope, lenient);
    }
}

static bool is_lenient(const prom_node *node, uint64_t link)
{
    return link == 0 || prom_net_is_lenient(node->net, link);
}

static void take_next(prom_node *node, prom_node_channel *channel, uint64_t link, bool lenient,
                      const prom_envelope *envelope)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_node_step step;
    prom_message message;
    prom_error reason;
    prom_arena_init(&arena, PROM_NODE_STEP_MEMORY);
    if (!prom_is_ok(prom_body_decode(&arena, &message, envelope->body, lenient, &reason))) {
        prom_node_report(node, PROM_REPORT_REFUSED, channel->record.number, "%s", reason.sentence);
        message = (prom_message){0}; /* of no kind: refused, and acknowledged, as it will never be another */
    }
    message = pass_over(node, channel, envelope, prom_node_peer_of(node, channel, &envelope->sender, false), &message);
    if (prom_is_ok(take_message(node, channel, envelope, &message, &step, &reason))) {
        after_message(node, channel, link, lenient, envelope, &step);
    } else {
        prom_node_report(node, PROM_REPORT_FAULT, channel->record.number, "a message could not be taken: %s",
                         reason.sentence);
    }
}

static void take_acknowledgement(prom_node *node, prom_node_channel *channel, prom_correspondent *peer,
                                 const prom_envelope *envelope)
{
    if (prom_outgoing_acknowledge(&peer->outgoing, envelope->acknowledged_generation, envelope->acknowledged)) {
        acknowledged(node, channel, peer);
    }
}

static void begin(prom_node *node, uint64_t link, const prom_envelope *envelope)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_message message;
    prom_error reason;
    prom_arena_init(&arena, PROM_NODE_STEP_MEMORY);
    const bool lenient = prom_net_is_lenient(node->net, link);
    if (!prom_is_ok(prom_body_decode(&arena, &message, envelope->body, lenient, &reason)) ||
        !prom_is_ok(prom_node_begin_invited(node, link, &envelope->channel, &message, &reason))) {
        prom_node_report(node, PROM_REPORT_REFUSED, 0, "%s", reason.sentence);
    }
}

static void take_for(prom_node *node, prom_node_channel *channel, uint64_t link, const prom_envelope *envelope)
{
    prom_incoming none = {0};
    if (node->disk_short && channel->channel->facts.setup.phase < PROM_SETUP_GIVEN) {
        return; /* what room there is goes to contracts: it is brought again */
    }
    prom_correspondent *peer = prom_node_peer_of(node, channel, &envelope->sender, false);
    if (prom_node_is_outsider(channel, peer, envelope)) {
        prom_node_take_outsider(node, channel, link, envelope);
        return;
    }
    if (peer != NULL) {
        prom_node_heard_on(node, channel, peer, link);
        take_acknowledgement(node, channel, peer, envelope);
    }
    if (envelope->number == 0) {
        return;
    }
    const prom_incoming *before = peer == NULL ? &none : is_to_node(node, envelope) ? &peer->to_node : &peer->incoming;
    switch (prom_incoming_judge(before, envelope->generation, envelope->number)) {
    case PROM_ARRIVAL_NEXT:
        take_next(node, channel, link, is_lenient(node, link), envelope);
        return;
    case PROM_ARRIVAL_OLD:
        if (peer != NULL) {
            peer->acknowledge = true;
        }
        return;
    case PROM_ARRIVAL_GAP:
        if (peer != NULL) {
            prom_node_keep_early(node, peer, envelope, is_lenient(node, link));
        }
        return;
    }
}

/* Who does not know our own words yet knows us by an announcement: it is for the arbiters that we are in that contract,
 * one for each of our offers that is drawn; but for the one who asks, where that is one of them. */
static void take_for_node(prom_node *node, uint64_t link, const prom_envelope *envelope)
{
    if (envelope->number == 1) {
        begin(node, link, envelope);
    }
    for (size_t i = 0; i < node->channel_count && envelope->number > 0; i++) {
        prom_node_channel *channel = node->channels[i];
        const prom_facts *facts = channel->channel == NULL ? NULL : &channel->channel->facts;
        if (facts != NULL && facts->role == PROM_ROLE_ARBITER &&
            prom_bytes32_equal(&envelope->channel, &facts->client) &&
            !prom_bytes32_equal(&envelope->sender, &facts->own.words)) {
            take_for(node, channel, link, envelope);
        }
    }
}

void prom_node_take_envelope(void *context, uint64_t link, const prom_envelope *envelope)
{
    prom_node *node = context;
    if (!prom_envelope_signed(node->curve, envelope)) {
        prom_net_end(node->net, link, "an envelope is not signed by its sender");
        return;
    }
    if (is_to_node(node, envelope)) {
        take_for_node(node, link, envelope);
        return;
    }
    prom_node_channel *channel = prom_node_channel_for(node, &envelope->channel, &envelope->receiver);
    if (channel != NULL) {
        take_for(node, channel, link, envelope);
    }
}

/* Of one sender all whose turn it is, one after the other, until one is too early again. */
static void try_early_of(prom_node *node, prom_node_channel *channel, const prom_bytes32 *key)
{
    for (unsigned i = 0; i < PROM_EARLY_MAX && channel->channel != NULL; i++) {
        prom_correspondent *peer = prom_node_peer_of(node, channel, key, false);
        prom_early early;
        if (peer == NULL || !prom_node_take_early(node, peer, &early)) {
            return;
        }
        const size_t left = peer->early_count;
        prom_envelope envelope = {.channel = channel->channel->facts.client,
                                  .sender = *key,
                                  .generation = early.generation,
                                  .number = early.number,
                                  .body = prom_span_of(early.body, early.length)};
        envelope.receiver = early.to_node ? node->key.public_key : channel->channel->facts.own.words;
        take_next(node, channel, 0, early.lenient, &envelope);
        free(early.body);
        peer = prom_node_peer_of(node, channel, key, false);
        if (peer == NULL || peer->early_count > left) {
            return; /* it was too early again */
        }
    }
}

/* Messages that came too early are tried again when something has changed. */
static void try_early(prom_node *node, prom_node_channel *channel)
{
    if (!channel->changed) {
        return;
    }
    channel->changed = false;
    for (size_t i = 0; i < channel->peer_count && channel->channel != NULL; i++) {
        const prom_bytes32 key = channel->peers[i].key;
        try_early_of(node, channel, &key);
    }
}

/* -- A turn -- */

void prom_node_mail_turn(prom_node *node)
{
    const int64_t now = prom_clock_milliseconds();
    prom_error reason;
    if (!prom_is_ok(prom_net_poll(node->net, 0, &reason))) {
        prom_node_report(node, PROM_REPORT_FAULT, 0, "links: %s", reason.sentence);
    }
    (void)prom_node_back_up(node, false); /* before anything leaves that it must have */
    for (size_t i = 0; i < node->channel_count; i++) {
        prom_node_channel *channel = node->channels[i];
        if (channel->channel == NULL) {
            continue;
        }
        try_early(node, channel);
        for (size_t j = 0; j < channel->peer_count && channel->channel != NULL; j++) { /* it may be unreadable now */
            prom_node_send_to(node, channel, &channel->peers[j], now);
        }
    }
}
