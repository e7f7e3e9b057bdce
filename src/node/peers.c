/* Whom a channel talks to, and how far the messages are: from the store, and kept in step with it. */
#include <stdlib.h>
#include <string.h>

#include "node/state.h"
#include "prometheus/crypto/hash.h"

/* Those of the contract, those who are asked whether they take a seat, and some who only ask, or are not known yet. */
enum { ASKERS_MAX = 64, PEERS_MAX = PROM_PLACES_MAX + PROM_CANDIDATES_MAX + ASKERS_MAX };

enum { AGAIN_FIRST_MS = 1000 };

void prom_node_drop_peers(prom_node *node, prom_node_channel *channel)
{
    for (size_t i = 0; i < channel->peer_count; i++) {
        prom_node_drop_early(node, &channel->peers[i]);
        if (node->net != NULL) { /* else all links are gone */
            prom_net_unkeep(node->net, channel->peers[i].kept);
        }
    }
    free(channel->peers);
    channel->peers = NULL;
    channel->peer_count = channel->peer_room = 0;
}

static prom_correspondent *find(prom_node_channel *channel, const prom_bytes32 *key)
{
    for (size_t i = 0; i < channel->peer_count; i++) {
        if (prom_bytes32_equal(&channel->peers[i].key, key)) {
            return &channel->peers[i];
        }
    }
    return NULL;
}

prom_correspondent *prom_node_peer_of(prom_node *node, prom_node_channel *channel, const prom_bytes32 *key, bool add)
{
    prom_correspondent *found = find(channel, key);
    if (found != NULL || !add || channel->peer_count == PEERS_MAX) {
        return found;
    }
    if (channel->peers == NULL || channel->peer_count == channel->peer_room) {
        const size_t room = channel->peer_room == 0 ? 4 : channel->peer_room + channel->peer_room / 2;
        prom_correspondent *grown = realloc(channel->peers, room * sizeof *grown);
        if (grown == NULL) {
            return NULL;
        }
        channel->peers = grown;
        channel->peer_room = room;
    }
    found = &channel->peers[channel->peer_count++];
    *found = (prom_correspondent){
        .key = *key, .outgoing = prom_outgoing_loaded(node->generation, 1, 0), .again_ms = AGAIN_FIRST_MS};
    return found;
}

/* -- From the store -- */

struct loading {
    prom_node *node;
    prom_node_channel *channel;
};

static prom_result see_outbox(void *context, const prom_store_message *message, prom_error *error)
{
    const struct loading *loading = context;
    prom_correspondent *peer = prom_node_peer_of(loading->node, loading->channel, &message->peer, true);
    if (peer == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    /* Rows come by peer and number: the first one of a peer is the first that was not acknowledged. */
    if (peer->outgoing.last == 0) {
        peer->outgoing = prom_outgoing_loaded(loading->node->generation, message->number, message->number);
    }
    peer->outgoing.last = message->number;
    return prom_ok();
}

static prom_result load_streams(prom_node *node, prom_node_channel *channel, prom_error *error)
{
    for (size_t i = 0; i < channel->peer_count; i++) {
        prom_correspondent *peer = &channel->peers[i];
        prom_store_seen seen;
        uint64_t last = 0;
        PROM_TRY(prom_store_outbox_last(node->store, &last, channel->record.number, &peer->key, error));
        if (peer->outgoing.last == 0) {
            peer->outgoing = prom_outgoing_loaded(node->generation, last + 1, last);
        }
        PROM_TRY(prom_store_inbox_get(node->store, &seen, channel->record.number, &peer->key, error));
        peer->incoming = (prom_incoming){(uint32_t)seen.generation, seen.number};
    }
    return prom_ok();
}

/* More than there is room for are no reason to do without the channel: who is left out begins anew. */
static prom_result see_peer(void *context, const prom_bytes32 *peer, prom_error *error)
{
    const struct loading *loading = context;
    return loading->channel->peer_count == PEERS_MAX ||
                   prom_node_peer_of(loading->node, loading->channel, peer, true) != NULL
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
}

prom_result prom_node_load_peers(prom_node *node, prom_node_channel *channel, prom_error *error)
{
    struct loading loading = {node, channel};
    const uint64_t number = channel->record.number;
    prom_node_drop_peers(node, channel);
    PROM_TRY(prom_wallet_contract_key(&node->wallet, &channel->words_key, number, PROM_WALLET_WORDS, error));
    PROM_TRY(prom_store_outbox_each(node->store, number, see_outbox, &loading, error));
    PROM_TRY(prom_store_peer_each(node->store, number, see_peer, &loading, error));
    return load_streams(node, channel, error);
}

/* -- Where they are -- */

static bool same_address(const prom_address *a, const prom_address *b)
{
    return a->length == b->length && memcmp(a->bytes, b->bytes, a->length) == 0;
}

/* Whether a body is wanted from there, and there is no link. */
static bool waits_for_body(const prom_node_channel *channel, const prom_address *address)
{
    bool waits = false;
    for (unsigned place = 0; channel->fetch_waits && place < PROM_PLACES_MAX && !waits; place++) {
        const prom_address *its =
            (channel->fetch_apart >> place & 1) != 0
                ? prom_channel_address_of(channel->channel, prom_place_key(&channel->channel->terms, place))
                : NULL;
        waits = its != NULL && same_address(its, address);
    }
    return waits;
}

bool prom_node_waits_for(const prom_node *node, const prom_address *address)
{
    bool waits = false;
    for (size_t i = 0; i < node->channel_count && !waits; i++) {
        const prom_node_channel *channel = node->channels[i];
        waits = channel->channel != NULL && waits_for_body(channel, address);
        for (size_t j = 0; channel->channel != NULL && j < channel->peer_count && !waits; j++) {
            const prom_correspondent *peer = &channel->peers[j];
            const prom_address *its = prom_channel_address_of(channel->channel, &peer->key);
            waits = peer->outgoing.last > peer->outgoing.acknowledged && its != NULL && same_address(its, address);
        }
    }
    return waits;
}

/* -- The outbox -- */

/* Drops what is acknowledged from the list. Returns whether there is room for another answer, and it does not wait
 * already. */
static bool may_answer(prom_correspondent *peer, uint64_t mark)
{
    bool waits = false;
    size_t kept = 0;
    for (size_t i = 0; i < peer->answer_count; i++) {
        if (peer->answers[i].number > peer->outgoing.acknowledged) {
            waits = waits || peer->answers[i].mark == mark;
            peer->answers[kept++] = peer->answers[i];
        }
    }
    peer->answer_count = kept;
    return !waits && kept < PROM_ANSWERS_MAX;
}

static uint64_t mark_of(prom_span body)
{
    prom_bytes32 hash;
    uint64_t mark = 0;
    prom_sha256(&hash, body);
    memcpy(&mark, hash.bytes, sizeof mark);
    return mark;
}

prom_result prom_node_post(prom_node *node, prom_node_channel *channel, const prom_output *output, prom_span body,
                           prom_error *error)
{
    const bool may_add = !output->answer || channel->peer_count < ASKERS_MAX; /* the others need their room */
    prom_correspondent *peer = prom_node_peer_of(node, channel, &output->to, may_add);
    prom_store_message message = {.channel = channel->record.number, .peer = output->to, .bytes = body};
    if (peer == NULL) {
        return output->answer ? prom_ok()
                              : prom_fail(error, PROM_CATEGORY_MEMORY, "a channel talks to more peers than it may");
    }
    const uint64_t mark = output->answer ? mark_of(body) : 0;
    if (output->answer && !may_answer(peer, mark)) {
        return prom_ok(); /* who asks and acknowledges nothing is not answered without end */
    }
    message.number = prom_outgoing_add(&peer->outgoing);
    PROM_TRY(prom_store_outbox_put(node->store, &message, error));
    if (output->answer) {
        peer->answers[peer->answer_count++] = (prom_waiting_answer){message.number, mark};
    }
    prom_node_report(node, PROM_REPORT_SENT, channel->record.number, "%s", prom_message_name(output->message.kind));
    return prom_ok();
}
