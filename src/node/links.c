/* Links to the nodes of those we talk to: which one leads to whom, and which are kept. */
#include <string.h>

#include "node/beginning.h"

/* -- Whose link it is -- */

bool prom_node_is_known(const prom_channel *channel, const prom_bytes32 *key)
{
    const prom_setup_session *setup = &channel->facts.setup;
    bool found = prom_channel_place_of(channel, key) != PROM_NO_PLACE;
    for (size_t i = 0; i < setup->candidate_count && !found; i++) {
        found = prom_bytes32_equal(&setup->candidates[i].seat.terms.key, key);
    }
    return found;
}

/* Whether a link may lead to somebody: to its node, where it is known which that is. */
static bool may_be_its(prom_node *node, const prom_node_channel *channel, const prom_bytes32 *key, uint64_t link)
{
    const prom_bytes32 *wanted = channel->channel == NULL ? NULL : prom_channel_node_of(channel->channel, key);
    const prom_bytes32 *found = prom_net_node_of(node->net, link);
    return wanted == NULL || (found != NULL && prom_bytes32_equal(wanted, found));
}

void prom_node_heard_on(prom_node *node, const prom_node_channel *channel, prom_correspondent *peer, uint64_t link)
{
    if (link != 0 && may_be_its(node, channel, &peer->key, link)) {
        peer->link = link;
    }
}

/* A link to a node that its offers say where it is. Anybody who has an offer can announce it at another's node, where
 * nobody listens: every address that is named with its key is tried, and its key alone says who is there. */
static uint64_t link_to_offerer(prom_node *node, const prom_channel *channel, const prom_bytes32 *its)
{
    const prom_setup_session *setup = &channel->facts.setup;
    uint64_t link = 0;
    for (size_t i = 0; i < setup->candidate_count && link == 0; i++) {
        const prom_candidate *candidate = &setup->candidates[i];
        if (candidate->address.length > 0 && prom_bytes32_equal(&candidate->seat.announcement.node_key, its)) {
            link = prom_net_link_to(node->net, &candidate->address, its);
        }
    }
    return link;
}

uint64_t prom_node_link_to(prom_node *node, prom_node_channel *channel, const prom_bytes32 *key)
{
    const prom_address *address = prom_channel_address_of(channel->channel, key);
    const prom_bytes32 *its = prom_channel_node_of(channel->channel, key);
    const prom_correspondent *peer = prom_node_peer_of(node, channel, key, false);
    uint64_t link = 0;
    if (address != NULL) {
        link = prom_net_link_to(node->net, address, its);
    } else if (its != NULL) { /* it does not listen, or has not said where: it comes to us */
        link = prom_net_link_of(node->net, its);
    }
    if (link == 0 && its != NULL) {
        link = link_to_offerer(node, channel->channel, its);
    }
    return link != 0 || peer == NULL ? link : peer->link;
}

void prom_node_keep_link(prom_node *node, prom_correspondent *peer, bool known)
{
    if (known && peer->kept != peer->link) {
        prom_net_unkeep(node->net, peer->kept);
        prom_net_keep(node->net, peer->link);
        peer->kept = peer->link;
    }
}

/* -- What links tell -- */

/* Whoever has contracts with us is proven by its node's key before it says anything: no stranger takes its place. What
 * was under way on an old link may be lost. */
static void link_up(void *context, uint64_t link, const prom_hello *hello)
{
    prom_node *node = context;
    for (size_t i = 0; i < node->channel_count; i++) {
        const prom_node_channel *channel = node->channels[i];
        for (size_t j = 0; j < channel->peer_count; j++) {
            prom_correspondent *peer = &channel->peers[j];
            const prom_bytes32 *its =
                channel->channel == NULL ? NULL : prom_channel_node_of(channel->channel, &peer->key);
            if (peer->link == 0) {
                prom_outgoing_again(&peer->outgoing);
            }
            if (its != NULL && prom_bytes32_equal(its, &hello->node)) {
                peer->link = link;
                prom_node_keep_link(node, peer, prom_node_is_known(channel->channel, &peer->key));
            }
        }
    }
    for (size_t i = 0; i < PROM_PENDING_MAX; i++) {
        node->pending[i].asked = 0; /* it may be who is to be asked for a contract: at once */
    }
    prom_node_fetch_from_more(node);
    prom_node_guests_up(node, link, hello);
}

static void link_down(void *context, uint64_t link, const char *reason)
{
    prom_node *node = context;
    prom_node_report(node, PROM_REPORT_NOTE, 0, "a link ended: %s", reason);
    for (size_t i = 0; i < node->channel_count; i++) {
        for (size_t j = 0; j < node->channels[i]->peer_count; j++) {
            prom_correspondent *peer = &node->channels[i]->peers[j];
            if (peer->link == link) {
                peer->link = 0;
                prom_outgoing_again(&peer->outgoing);
            }
        }
    }
    prom_node_guests_down(node, link);
}

static void unreached(void *context, const prom_address *address, const prom_bytes32 *node, const char *reason)
{
    prom_node_report(context, PROM_REPORT_NOTE, 0, "%.*s is not reached: %s", (int)address->length,
                     (const char *)address->bytes, reason);
    prom_node_guests_unreached(context, address, node);
}

static void room_again(void *context, uint64_t link)
{
    (void)context; /* the next turn sends what waits */
    (void)link;
}

/* -- Opening and closing -- */

static prom_result listen_at_all(prom_node *node, const prom_node_options *options, prom_error *error)
{
    for (size_t i = 0; i < options->listen_count; i++) {
        PROM_TRY(prom_net_listen(node->net, &options->listen[i], error));
    }
    return options->listen_count > 0 || options->config.address.length == 0
               ? prom_ok()
               : prom_net_listen(node->net, &options->config.address, error);
}

prom_result prom_node_links_open(prom_node *node, const prom_node_options *options, prom_error *error)
{
    /* Of a private chain all nodes are one owner's. */
    const bool own_chain = strcmp(options->network->name, "regtest") == 0;
    const prom_net_options links = {.curve = node->curve,
                                    .key = &node->key,
                                    .genesis = options->network->id,
                                    .limits = prom_net_limits_usual(),
                                    .anywhere = own_chain || options->links_anywhere,
                                    .proxy = options->proxy,
                                    .onion_proxy = options->onion_proxy};
    const prom_net_events events = {.context = node,
                                    .up = link_up,
                                    .down = link_down,
                                    .unreached = unreached,
                                    .envelope = prom_node_take_envelope,
                                    .begin = prom_node_begin,
                                    .begun = prom_node_begun,
                                    .declined = prom_node_declined,
                                    .room = room_again,
                                    .serve = prom_node_serve,
                                    .fetched = prom_node_fetched,
                                    .lied = prom_node_lied,
                                    .packet = prom_node_guests_take};
    PROM_TRY(prom_net_new(&node->net, &links, &events, error));
    prom_net_add_features(node->net, PROM_FEATURE_DECLINED | (node->runner != NULL ? PROM_FEATURE_MODULES : 0));
    return listen_at_all(node, options, error);
}

void prom_node_links_close(prom_node *node)
{
    prom_net_free(node->net);
    node->net = NULL;
}
