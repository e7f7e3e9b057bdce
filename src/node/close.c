/* Channels that are over: closed in the store, their coins and bodies given back, their memory too. */
#include <string.h>
#include <unistd.h>

#include "node/beginning.h"
#include "system/clock.h"

enum {
    /* A channel that somebody asked for and proposes nothing in, however often it asks again; where others wait for
     * the room. And one of our owner's wish that nobody is asked for any more: it would hold its coins for ever. */
    NEW_MILLISECONDS = 10 * 60 * 1000,
    NEW_MILLISECONDS_MIN = 10 * 1000,
    /* Others are told that a setup is over; whoever does not listen for so long finds out by itself. */
    OVER_MILLISECONDS = 10 * 60 * 1000,
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

static bool is_finished(const prom_node *node, prom_node_channel *channel, int64_t now)
{
    const prom_channel_view view = {.config = &node->config, .index = node->fold->index, .own_tip = node->own_tip};
    const prom_facts *facts = &channel->channel->facts;
    if (facts->setup.phase == PROM_SETUP_NEW) {
        const bool wish = facts->role == PROM_ROLE_CLIENT;
        const bool full = !wish && prom_node_count_asked(node, 0) >= PROM_ASKED_MAX;
        const bool asks = wish && node->pending.channel == channel->record.number;
        return !asks && now - channel->begun >= (full ? NEW_MILLISECONDS_MIN : NEW_MILLISECONDS);
    }
    if (facts->setup.phase == PROM_SETUP_OVER) {
        channel->over = channel->over == 0 ? now : channel->over;
        return is_heard(channel) || now - channel->over >= OVER_MILLISECONDS;
    }
    return prom_channel_is_finished(channel->channel, &view);
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

/* Where we have signed nothing a stranger leaves nothing behind, and what was only wished may be wished again. */
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
    return prom_store_channel_close(node->store, number, clear, error);
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

void prom_node_close_finished(prom_node *node)
{
    const int64_t now = prom_clock_milliseconds();
    for (size_t i = 0; i < node->channel_count;) {
        prom_node_channel *channel = node->channels[i];
        if (channel->channel != NULL && !channel->stale && is_finished(node, channel, now) &&
            close_channel(node, channel)) {
            prom_node_free_channel(node, channel);
            node->channel_count--;
            memmove(&node->channels[i], &node->channels[i + 1],
                    (node->channel_count - i) * sizeof(prom_node_channel *));
        } else {
            i++;
        }
    }
}
