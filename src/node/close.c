/* Channels that are over: closed in the store, their coins and bodies given back, their memory too. */
#include <string.h>
#include <unistd.h>

#include "node/beginning.h"
#include "node/deal.h"
#include "system/clock.h"

enum {
    /* A channel that somebody asked for and proposes nothing in, however often it asks again. And one of our owner's
     * wish that nobody is asked for any more: it would hold its coins for ever. */
    NEW_MILLISECONDS = 10 * 60 * 1000,
    /* Others are told that a setup is over; whoever does not listen for so long finds out by itself. */
    OVER_MILLISECONDS = 10 * 60 * 1000,
    /* Both, where others wait for the room. */
    WAITED_MILLISECONDS_MIN = 10 * 1000,
};

static bool is_heard(const prom_node_channel *channel)
{
    for (size_t i = 0; i < channel->peer_count; i++) {
        const prom_outgoing *outgoing = &channel->peers[i].outgoing;
        if (outgoing->last > outgoing->acknowledged) {
            return false;
        }
    }
    return true;
}

/* A client that was away when its contract ended has paid for a package that it knows nothing of: what we hold of it
 * stays until it has heard of it. */
static bool is_waited_for(prom_node *node, prom_node_channel *channel, const prom_channel_view *view)
{
    const prom_facts *facts = &channel->channel->facts;
    const prom_correspondent *client = prom_node_peer_of(node, channel, &facts->client, false);
    const bool told = client == NULL || client->outgoing.last == client->outgoing.acknowledged;
    return prom_channel_keeps_result(channel->channel, view) && (facts->role == PROM_ROLE_CLIENT || !told);
}

static bool is_finished(prom_node *node, prom_node_channel *channel, int64_t now)
{
    const prom_channel_view view = {.config = &node->config, .index = node->fold->index, .own_tip = node->own_tip};
    const prom_facts *facts = &channel->channel->facts;
    const bool full = facts->role != PROM_ROLE_CLIENT && prom_node_count_asked(node, 0) >= PROM_ASKED_MAX;
    if (facts->setup.phase == PROM_SETUP_NEW) {
        const bool asks = prom_node_pending_of(node, channel->record.number) != NULL;
        return !asks && now - channel->begun >= (full ? WAITED_MILLISECONDS_MIN : NEW_MILLISECONDS);
    }
    if (facts->setup.phase == PROM_SETUP_OVER) {
        channel->over = channel->over == 0 ? now : channel->over;
        return is_heard(channel) || now - channel->over >= (full ? WAITED_MILLISECONDS_MIN : OVER_MILLISECONDS);
    }
    const bool over = prom_channel_is_finished(channel->channel, &view);
    const bool waited_for = is_waited_for(node, channel, &view);
    channel->kept = over && waited_for;
    return over && !waited_for;
}

/* -- Bodies -- */

static const prom_bytes32 *shared_hash(const prom_channel *channel, prom_body_kind what)
{
    const prom_job *job = &channel->terms.job;
    return what == PROM_BODY_PROGRAM ? &job->program_digest : &job->input_hash;
}

/* What cannot be loaded may have any. */
static bool another_has(const prom_node *node, const prom_node_channel *own, prom_body_kind what)
{
    const prom_bytes32 *hash = shared_hash(own->channel, what);
    for (size_t i = 0; i < node->channel_count; i++) {
        const prom_node_channel *other = node->channels[i];
        if (other != own && (other->channel == NULL || prom_bytes32_equal(shared_hash(other->channel, what), hash))) {
            return true;
        }
    }
    return false;
}

/* Before the channel is closed in the store: a crash in between leaves it there to be closed once more, and no files
 * without a channel. */
static void delete_bodies(prom_node *node, const prom_node_channel *channel)
{
    const uint64_t number = channel->record.number;
    char path[PATH_MAX];
    prom_error ignored;
    prom_node_fetch_no_more(node, number);
    for (prom_body_kind what = PROM_BODY_PROGRAM; what <= PROM_BODY_INPUT; what++) {
        const prom_bytes32 *hash = shared_hash(channel->channel, what);
        if (!another_has(node, channel, what) &&
            prom_is_ok(prom_node_body_path(node, path, number, what, hash, &ignored))) {
            (void)unlink(path); /* mostly it is not there */
        }
    }
    prom_node_delete_own_bodies(node, number);
}

/* -- Closing -- */

/* Until we give our part others know of a setup's number no more than the key of our words, which has signed nothing
 * but a refusal for that client: the number is had again. With our part they know h and the keys of outputs. An arbiter
 * is asked after a draw alone, which coins of three parties stand for, and one that answered no more would be called
 * silent: it is not counted. Nor is what a client that is its own verifier begins with itself: workers that leave it
 * are no reason to take no contract of others. */
static prom_store_use use_of(const prom_node *node, const prom_facts *facts)
{
    const bool begun = facts->setup.phase == PROM_SETUP_NEW || facts->setup.phase == PROM_SETUP_OVER;
    const bool given = facts->kept[PROM_KEPT_BASE].length > 0 || facts->setup.accepting;
    const bool asked = facts->role == PROM_ROLE_WORKER || facts->role == PROM_ROLE_VERIFIER;
    const bool own = prom_bytes32_equal(&facts->nodes[PROM_PARTY_C].key, &node->key.public_key);
    if (!asked || !begun || (own && given)) {
        return PROM_STORE_USED;
    }
    return given ? PROM_STORE_VAIN : PROM_STORE_IDLE;
}

/* Where not all have signed the base terms a stranger leaves a number behind and nothing else, and what was only wished
 * may be wished again. */
static prom_result close_in_store(prom_node *node, void *context, prom_error *error)
{
    const prom_node_channel *channel = context;
    const uint64_t number = channel->record.number;
    const prom_facts *facts = &channel->channel->facts;
    const bool clear = facts->kept[PROM_KEPT_SIGNED_BASE].length == 0 &&
                       (facts->role != PROM_ROLE_CLIENT || facts->setup.phase == PROM_SETUP_NEW);
    for (size_t i = 0; i < channel->peer_count; i++) {
        const prom_correspondent *peer = &channel->peers[i];
        PROM_TRY(prom_store_outbox_drop(node->store, number, &peer->key, peer->outgoing.last, error));
    }
    PROM_TRY(prom_store_coin_release(node->store, number, error));
    return prom_store_channel_close(node->store, number, clear, use_of(node, facts), error);
}

static bool close_channel(prom_node *node, prom_node_channel *channel)
{
    prom_error reason;
    delete_bodies(node, channel);
    if (!prom_is_ok(prom_node_transact(node, close_in_store, channel, &reason))) {
        return false; /* at the next look */
    }
    prom_node_report(node, PROM_REPORT_NOTE, channel->record.number, "the channel is over and closed");
    prom_node_forget_reserved(node, channel->record.number);
    return true;
}

static void take_from_list(prom_node *node, prom_node_channel *channel)
{
    size_t at = 0;
    while (node->channels[at] != channel) {
        at++;
    }
    prom_node_free_channel(node, channel);
    node->channel_count--;
    memmove(&node->channels[at], &node->channels[at + 1], (node->channel_count - at) * sizeof(prom_node_channel *));
}

bool prom_node_close_for_another(prom_node *node, prom_node_channel *channel)
{
    const int64_t now = prom_clock_milliseconds();
    prom_error ignored;
    if (channel->channel->facts.setup.phase != PROM_SETUP_OVER &&
        !prom_is_ok(prom_node_give_up(node, channel->record.number, &ignored))) {
        return false;
    }
    for (size_t i = 0; i < channel->peer_count && channel->channel != NULL; i++) {
        prom_node_send_to(node, channel, &channel->peers[i], now);
    }
    if (channel->channel == NULL || channel->stale || !close_channel(node, channel)) {
        return false;
    }
    take_from_list(node, channel);
    return true;
}

static prom_result release_in_store(prom_node *node, void *context, prom_error *error)
{
    const prom_node_channel *channel = context;
    return prom_store_coin_release(node->store, channel->record.number, error);
}

/* Of what is only kept nothing is published any more: its coin for fees is another's. Where the disk does not take
 * that it is tried at the next look. */
static void release_coin(prom_node *node, prom_node_channel *channel)
{
    prom_error ignored;
    if (prom_node_coin_of(node, channel->record.number) != NULL &&
        prom_is_ok(prom_node_transact(node, release_in_store, channel, &ignored))) {
        prom_node_forget_reserved(node, channel->record.number);
    }
}

void prom_node_close_finished(prom_node *node)
{
    const int64_t now = prom_clock_milliseconds();
    for (size_t i = 0; i < node->channel_count;) {
        prom_node_channel *channel = node->channels[i];
        if (channel->channel != NULL && !channel->stale && is_finished(node, channel, now) &&
            close_channel(node, channel)) {
            take_from_list(node, channel);
        } else {
            if (channel->kept) {
                release_coin(node, channel);
            }
            i++;
        }
    }
}
