/* Bodies that channels want, fetched from all who should have them; and served to whoever knows
 * their hash. */
#include <string.h>
#include <unistd.h>

#include "node/state.h"
#include "system/clock.h"

/* By all that names a body on a link: another channel's may have its hash, be it what a stranger says that it is. */
static prom_node_fetch *find(prom_node *node, const prom_bytes32 *client, prom_body_kind what, const prom_bytes32 *hash)
{
    for (size_t i = 0; i < node->fetch_count; i++) {
        prom_node_fetch *fetch = &node->fetches[i];
        if (fetch->want.what == what && prom_bytes32_equal(&fetch->want.hash, hash) &&
            prom_bytes32_equal(&fetch->client, client)) {
            return fetch;
        }
    }
    return NULL;
}

/* What nobody gave is asked for again after a while, which doubles, and with the next block: who has nothing would else
 * be asked without end. */
static void begin_pause(const prom_node *node, prom_node_channel *channel)
{
    enum { FIRST_MS = 1000, LAST_MS = 64000 };
    channel->fetch_pause = channel->fetch_pause == 0        ? FIRST_MS
                           : channel->fetch_pause < LAST_MS ? 2 * channel->fetch_pause
                                                            : LAST_MS;
    channel->fetch_from = prom_clock_milliseconds() + channel->fetch_pause;
    channel->fetch_tip = node->best_tip;
}

static bool pauses(const prom_node *node, const prom_node_channel *channel)
{
    return channel->fetch_pause != 0 && channel->fetch_tip == node->best_tip &&
           prom_clock_milliseconds() < channel->fetch_from;
}

bool prom_node_awaits_bodies(const prom_node *node)
{
    enum { SOON_MS = 2000 };
    bool awaits = node->fetch_count > 0;
    for (size_t i = 0; i < node->channel_count && !awaits; i++) {
        const prom_node_channel *channel = node->channels[i];
        awaits = channel->fetch_waits && channel->fetch_pause <= SOON_MS && pauses(node, channel);
    }
    return awaits;
}

static void end_fetch(prom_node *node, prom_node_fetch *fetch, bool failed)
{
    prom_node_channel *channel = prom_node_channel_of(node, fetch->channel);
    if (channel != NULL && failed) {
        begin_pause(node, channel);
    } else if (channel != NULL) {
        channel->fetch_pause = 0;
    }
    if (channel != NULL) {
        prom_node_want_over(channel, &fetch->name);
    }
    *fetch = node->fetches[--node->fetch_count];
}

static void stop_fetch(prom_node *node, prom_node_fetch *fetch)
{
    prom_net_fetch_stop(node->net, &fetch->client, fetch->want.what, &fetch->want.hash);
    end_fetch(node, fetch, false);
}

static bool is_contract(const prom_node_channel *channel)
{
    return channel->channel == NULL || channel->channel->facts.setup.phase == PROM_SETUP_GIVEN;
}

/* Contracts go before setups, which strangers begin, and whose bodies come as slowly as they like. */
static bool make_room(prom_node *node, const prom_node_channel *channel)
{
    for (size_t i = 0; node->fetch_count == PROM_NODE_FETCHES_MAX && is_contract(channel) && i < node->fetch_count;
         i++) {
        const prom_node_channel *its = prom_node_channel_of(node, node->fetches[i].channel);
        if (its == NULL || !is_contract(its)) {
            stop_fetch(node, &node->fetches[i]);
        }
    }
    return node->fetch_count < PROM_NODE_FETCHES_MAX;
}

/* Another channel of ours in the same contract that has the body; NULL: none. */
static const prom_node_channel *find_here(const prom_node *node, const prom_bytes32 *client,
                                          const prom_node_channel *own, prom_body_kind what, const prom_bytes32 *hash)
{
    for (size_t i = 0; i < node->channel_count; i++) {
        const prom_node_channel *other = node->channels[i];
        uint64_t length;
        if (other != own && other->channel != NULL && prom_bytes32_equal(&other->channel->facts.client, client) &&
            prom_node_has_body(node, other->record.number, what, hash, &length)) {
            return other;
        }
    }
    return NULL;
}

/* A package that it has is the same to us: its hash has the contract in it, and so has its name. */
static void take_from_here(const prom_node *node, const prom_node_channel *channel, const prom_want_fetch *want)
{
    const prom_tree *tree = channel->channel->tree;
    const prom_node_channel *other = find_here(node, &channel->channel->facts.client, channel, want->what, &want->hash);
    char from[PATH_MAX];
    char to[PATH_MAX];
    prom_error ignored;
    if (tree != NULL && other != NULL && other->channel->tree != NULL &&
        prom_bytes32_equal(&tree->contract_id, &other->channel->tree->contract_id) &&
        prom_is_ok(prom_node_body_path(node, from, other->record.number, want->what, &want->hash, &ignored)) &&
        prom_is_ok(prom_node_body_path(node, to, channel->record.number, want->what, &want->hash, &ignored))) {
        (void)!link(from, to); /* it is there already, or is fetched */
    }
}

/* -- Who has it -- */

/* Whether that node has sent something else in its place. */
static bool has_lied(const prom_node *node, const prom_bytes32 *peer, const prom_bytes32 *hash)
{
    bool lied = false;
    for (size_t i = 0; i < PROM_NODE_LIARS_MAX && !lied; i++) {
        lied = prom_bytes32_equal(&node->liars[i].node, peer) && prom_bytes32_equal(&node->liars[i].hash, hash);
    }
    return lied;
}

static uint64_t link_to(prom_node *node, prom_node_channel *channel, const prom_bytes32 *key, const prom_bytes32 *hash)
{
    const uint64_t link = prom_node_link_to(node, channel, key);
    const prom_bytes32 *peer = prom_net_node_of(node->net, link);
    return peer == NULL || has_lied(node, peer, hash) ? 0 : link;
}

/* Links to all who should have it, each tried where there is none; returns how many. Another one stands first each
 * time: it alone is asked before it is known how long the body is. */
static size_t list_sources(prom_node *node, prom_node_channel *channel, const prom_want_fetch *want,
                           uint64_t links[PROM_PLACES_MAX + 1])
{
    static const prom_bytes32 none;
    const prom_terms *terms = &channel->channel->terms;
    size_t count = 0;
    if (!prom_bytes32_equal(&want->from, &none)) {
        links[count] = link_to(node, channel, &want->from, &want->hash);
        count += links[count] != 0;
    }
    for (unsigned i = 0; i < PROM_PLACES_MAX; i++) {
        const unsigned place = (node->fetch_turn + i) % PROM_PLACES_MAX;
        if ((want->places >> place & 1) != 0) {
            links[count] = link_to(node, channel, prom_place_key(terms, place), &want->hash);
            channel->fetch_apart |= links[count] == 0 ? UINT32_C(1) << place : 0;
            count += links[count] != 0;
        }
    }
    return count;
}

static void ask_all(prom_node *node, prom_node_channel *channel, const prom_want_fetch *want)
{
    uint64_t links[PROM_PLACES_MAX + 1];
    const size_t count = list_sources(node, channel, want, links);
    for (size_t i = 0; i < count; i++) {
        prom_net_fetch_also(node->net, links[i], &channel->channel->facts.client, want->what, &want->hash);
    }
}

void prom_node_fetch_from_more(prom_node *node)
{
    for (size_t i = 0; i < node->fetch_count; i++) {
        prom_node_channel *channel = prom_node_channel_of(node, node->fetches[i].channel);
        if (channel != NULL && channel->channel != NULL) {
            ask_all(node, channel, &node->fetches[i].want);
        }
    }
}

void prom_node_lied(void *context, const prom_net_order *order, const prom_bytes32 *peer)
{
    prom_node *node = context;
    const prom_node_fetch *fetch = find(node, &order->channel, order->what, &order->hash);
    char hex[PROM_HEX32];
    node->liars[node->liar_turn++ % PROM_NODE_LIARS_MAX] = (prom_node_liar){*peer, order->hash};
    prom_node_report(node, PROM_REPORT_NOTE, fetch == NULL ? 0 : fetch->channel,
                     "the node %s sent a body of another hash, and is not asked for this one again",
                     prom_hex32(hex, peer));
}

static void tell(prom_node *node, uint64_t number, uint16_t batch, prom_body_kind what, const prom_body *body)
{
    prom_node_channel *channel = prom_node_channel_of(node, number);
    const prom_event event = {.kind = PROM_EVENT_FETCHED, .as.fetched = {what, batch, *body}};
    prom_node_step step;
    prom_error reason;
    if (channel != NULL && !prom_is_ok(prom_node_take_alone(node, channel, &step, &event, &reason))) {
        prom_node_report(node, PROM_REPORT_FAULT, number, "%s", reason.sentence);
    }
}

/* What is hashed before a body of this channel. */
static void begin_hash(prom_hasher *hasher, const prom_channel *channel, prom_body_kind what)
{
    prom_body_hash_begin(hasher, what, channel->tree != NULL ? &channel->tree->contract_id : &channel->facts.client);
}

static prom_result start(prom_node *node, const prom_node_channel *channel, uint64_t link, const prom_want_fetch *fetch,
                         prom_error *error)
{
    const prom_channel *its = channel->channel;
    const bool exact = fetch->what == PROM_BODY_PROGRAM || fetch->what == PROM_BODY_INPUT;
    prom_net_order order = {.channel = its->facts.client,
                            .what = fetch->what,
                            .hash = fetch->hash,
                            .length_min = exact ? fetch->length : 1,
                            .length_max = fetch->length};
    PROM_TRY(prom_node_body_path(node, order.path, channel->record.number, fetch->what, &fetch->hash, error));
    prom_body_part(order.part, order.path, channel->record.number);
    begin_hash(&order.hasher, its, fetch->what);
    return prom_net_fetch(node->net, link, &order, error);
}

prom_result prom_node_begin_fetch(prom_node *node, prom_node_channel *channel, bool *begun, const prom_want *want,
                                  const prom_bytes32 *name, prom_error *error)
{
    const prom_want_fetch *fetch = &want->as.fetch;
    const prom_bytes32 *client = &channel->channel->facts.client;
    const uint64_t number = channel->record.number;
    prom_body body = {.hash = fetch->hash};
    uint64_t links[PROM_PLACES_MAX + 1];
    take_from_here(node, channel, fetch);
    if (prom_node_find_body(node, number, &body, fetch->what)) { /* of another channel, or of before a crash */
        tell(node, number, want->batch, fetch->what, &body);
        channel->wants_due = true;
        return prom_ok();
    }
    if (node->disk_short && !is_contract(channel)) {
        return prom_ok(); /* what room there is goes to contracts */
    }
    const bool under_way = find(node, client, fetch->what, &fetch->hash) != NULL;
    const size_t count = under_way ? 0 : list_sources(node, channel, fetch, links);
    node->fetch_turn++;
    if (count == 0 || pauses(node, channel) || !make_room(node, channel)) {
        channel->fetch_waits = true;
        return prom_ok();
    }
    PROM_TRY(start(node, channel, links[0], fetch, error));
    node->fetches[node->fetch_count++] = (prom_node_fetch){number, *client, want->batch, *fetch, *name};
    ask_all(node, channel, fetch);
    *begun = true;
    return prom_ok();
}

void prom_node_fetch_no_more(prom_node *node, uint64_t channel)
{
    for (size_t i = 0; i < node->fetch_count;) {
        if (node->fetches[i].channel == channel) {
            stop_fetch(node, &node->fetches[i]);
        } else {
            i++;
        }
    }
}

bool prom_node_serve(void *context, const prom_bytes32 *peer, const prom_fetch *fetch, prom_net_served *served)
{
    prom_node *node = context;
    const prom_node_channel *channel =
        fetch->what < PROM_BODIES ? find_here(node, &fetch->channel, NULL, fetch->what, &fetch->hash) : NULL;
    prom_error ignored;
    (void)peer;
    if (channel == NULL || !prom_is_ok(prom_node_body_path(node, served->path, channel->record.number, fetch->what,
                                                           &fetch->hash, &ignored))) {
        return false;
    }
    begin_hash(&served->hasher, channel->channel, fetch->what);
    return true;
}

void prom_node_fetched(void *context, const prom_net_order *order, const char *reason)
{
    prom_node *node = context;
    prom_node_fetch *fetch = find(node, &order->channel, order->what, &order->hash);
    prom_body body = {.hash = order->hash};
    if (fetch == NULL) {
        return;
    }
    const prom_node_fetch over = *fetch;
    end_fetch(node, fetch, reason != NULL);
    if (reason != NULL) {
        prom_node_report(node, PROM_REPORT_NOTE, over.channel, "a body did not come: %s", reason);
        return;
    }
    if (prom_node_find_body(node, over.channel, &body, order->what)) {
        tell(node, over.channel, over.batch, over.want.what, &body);
    }
}
