/* Messages that go: what waits in the outbox is sent, over a link or to a channel of our own, until it is acknowledged.
 */
#include "node/beginning.h"

enum { AGAIN_MAX_MS = 30000 };

/* The channel whose own words these are. */
prom_node_channel *prom_node_channel_for(prom_node *node, const prom_bytes32 *client, const prom_bytes32 *words)
{
    for (size_t i = 0; i < node->channel_count; i++) {
        prom_node_channel *channel = node->channels[i];
        if (channel->channel != NULL && prom_bytes32_equal(words, &channel->channel->facts.own.words) &&
            prom_bytes32_equal(client, &channel->channel->facts.client)) {
            return channel;
        }
    }
    return NULL;
}

/* Another channel of ours in the same contract needs no link: what is for it takes the way of all messages, but for
 * that. */
static bool is_here(prom_node *node, const prom_node_channel *channel, const prom_bytes32 *key)
{
    return prom_bytes32_equal(key, &node->key.public_key) ||
           prom_node_channel_for(node, &channel->channel->facts.client, key) != NULL;
}

static bool hand_on(prom_node *node, uint64_t link, const prom_envelope *envelope)
{
    if (link != 0) {
        return prom_net_send(node->net, link, envelope);
    }
    prom_node_take_envelope(node, 0, envelope);
    return true;
}

bool prom_node_send_envelope(prom_node *node, const prom_node_channel *channel, uint64_t link, prom_envelope *envelope)
{
    static const prom_bytes32 auxiliary;
    prom_bytes32 hash;
    prom_error reason;
    envelope->channel = channel->channel->facts.client;
    envelope->sender = channel->channel->facts.own.words;
    envelope->generation = node->generation;
    prom_envelope_hash(&hash, envelope);
    return prom_is_ok(prom_sign(node->curve, &envelope->signature, &hash, &channel->words_key, &auxiliary, &reason)) &&
           hand_on(node, link, envelope);
}

static bool send_one(prom_node *node, prom_node_channel *channel, prom_correspondent *peer, uint64_t link,
                     uint64_t number)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_store_message message = {.channel = channel->record.number, .peer = peer->key, .number = number};
    prom_envelope envelope = {.receiver = peer->key,
                              .number = number,
                              .acknowledged_generation = peer->incoming.generation,
                              .acknowledged = peer->incoming.number};
    prom_error reason;
    bool found = false;
    prom_arena_init(&arena, PROM_NODE_STEP_MEMORY);
    if (number != 0) {
        if (!prom_is_ok(prom_store_outbox_get(node->store, &arena, &message, &found, &reason)) || !found) {
            return false;
        }
        envelope.body = message.bytes;
    }
    if (!prom_node_send_envelope(node, channel, link, &envelope)) {
        return false;
    }
    peer->acknowledge = false;
    return true;
}

/* Nothing was acknowledged for too long: all of it goes again, later and later. */
static void look_at_progress(prom_correspondent *peer, int64_t now)
{
    const bool waits = peer->outgoing.sent > peer->outgoing.acknowledged;
    if (!waits || peer->progress != peer->outgoing.acknowledged) {
        peer->progress = peer->outgoing.acknowledged;
        peer->looked = now;
    } else if (now - peer->looked >= peer->again_ms) {
        prom_outgoing_again(&peer->outgoing);
        peer->looked = now;
        peer->again_ms = peer->again_ms * 2 > AGAIN_MAX_MS ? AGAIN_MAX_MS : peer->again_ms * 2;
    }
}

/* Where nobody can reach us, whoever has something for us waits until we come: after a start with nothing to say too.
 */
static bool keeps_in_touch(const prom_node *node, const prom_node_channel *channel, const prom_correspondent *peer)
{
    const prom_setup_phase phase = channel->channel->facts.setup.phase;
    return node->config.address.length == 0 && peer->link == 0 && phase != PROM_SETUP_NEW && phase != PROM_SETUP_OVER &&
           prom_node_is_known(channel->channel, &peer->key);
}

void prom_node_send_to(prom_node *node, prom_node_channel *channel, prom_correspondent *peer, int64_t now)
{
    look_at_progress(peer, now);
    uint64_t number = prom_outgoing_next(&peer->outgoing);
    if (number == 0 && !peer->acknowledge && !keeps_in_touch(node, channel, peer)) {
        return;
    }
    const uint64_t link = is_here(node, channel, &peer->key) ? 0 : prom_node_link_to(node, channel, &peer->key);
    if (link == 0 && !is_here(node, channel, &peer->key)) {
        return;
    }
    while (number != 0 && send_one(node, channel, peer, link, number)) {
        prom_outgoing_sent(&peer->outgoing);
        number = prom_outgoing_next(&peer->outgoing);
    }
    if (peer->acknowledge) {
        (void)send_one(node, channel, peer, link, 0);
    }
}
