/* Bodies that channels want, fetched from whoever should have them, one after another; and served to whoever knows
 * their hash. */
#include <string.h>

#include "node/state.h"

static prom_node_fetch *find(prom_node *node, const prom_bytes32 *hash)
{
    for (size_t i = 0; i < node->fetch_count; i++) {
        if (prom_bytes32_equal(&node->fetches[i].hash, hash)) {
            return &node->fetches[i];
        }
    }
    return NULL;
}

/* A link to somebody of the contract, if there is one now; else one is tried. */
static uint64_t link_to(prom_node *node, prom_node_channel *channel, const prom_bytes32 *key)
{
    const prom_address *address = prom_channel_address_of(channel->channel, key);
    const prom_correspondent *peer = prom_node_peer_of(node, channel, key, false);
    const uint64_t link = address != NULL ? prom_net_link_to(node->net, address) : 0;
    return link != 0 || peer == NULL ? link : peer->link;
}

/* Who should have it, beginning with another one each time: so whoever does not answer is not asked for ever. */
static uint64_t choose_link(prom_node *node, prom_node_channel *channel, const prom_want_fetch *want)
{
    static const prom_bytes32 none;
    const prom_channel *its = channel->channel;
    const prom_terms *terms = &its->terms;
    uint64_t link = 0;
    if (!prom_bytes32_equal(&want->from, &none)) {
        link = link_to(node, channel, &want->from);
    }
    for (unsigned i = 0; i < PROM_PLACES_MAX && link == 0; i++) {
        const unsigned place = (node->fetch_turn + i) % PROM_PLACES_MAX;
        if ((want->places >> place & 1) != 0) {
            link = link_to(node, channel, prom_place_key(terms, place));
        }
    }
    node->fetch_turn++;
    return link;
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

prom_result prom_node_begin_fetch(prom_node *node, prom_node_channel *channel, bool *begun, const prom_want *want,
                                  const prom_bytes32 *name, prom_error *error)
{
    const prom_want_fetch *fetch = &want->as.fetch;
    const bool exact = fetch->what == PROM_BODY_PROGRAM || fetch->what == PROM_BODY_INPUT;
    const prom_channel *its = channel->channel;
    prom_net_order order = {.channel = its->facts.client,
                            .what = fetch->what,
                            .hash = fetch->hash,
                            .length_min = exact ? fetch->length : 1,
                            .length_max = fetch->length};
    prom_body body = {.hash = fetch->hash};
    /* Another channel has it, or we had it before a crash. A package of that name may be another contract's. */
    if (exact && prom_node_find_body(node, &body, fetch->what)) {
        tell(node, channel->record.number, want->batch, fetch->what, &body);
        channel->wants_due = true;
        return prom_ok();
    }
    if (node->disk_short && channel->channel->facts.setup.phase < PROM_SETUP_GIVEN) {
        return prom_ok(); /* what room there is goes to contracts */
    }
    if (node->fetch_count == PROM_NODE_FETCHES_MAX || find(node, &fetch->hash) != NULL) {
        return prom_ok(); /* at one of the next turns */
    }
    const uint64_t link = choose_link(node, channel, fetch);
    if (link == 0) {
        return prom_ok();
    }
    PROM_TRY(prom_node_body_path(node, order.path, fetch->what, &fetch->hash, error));
    prom_body_hash_begin(&order.hasher, fetch->what, its->tree != NULL ? &its->tree->contract_id : &its->facts.client);
    PROM_TRY(prom_net_fetch(node->net, link, &order, error));
    node->fetches[node->fetch_count++] =
        (prom_node_fetch){channel->record.number, want->batch, fetch->what, fetch->hash, *name, link};
    *begun = true;
    return prom_ok();
}

static void end_fetch(prom_node *node, prom_node_fetch *fetch)
{
    prom_node_channel *channel = prom_node_channel_of(node, fetch->channel);
    if (channel != NULL) {
        prom_node_want_over(channel, &fetch->name);
    }
    *fetch = node->fetches[--node->fetch_count];
}

void prom_node_fetch_no_more(prom_node *node, const prom_bytes32 *hash)
{
    prom_node_fetch *fetch = find(node, hash);
    if (fetch != NULL) {
        prom_net_fetch_stop(node->net, hash);
        end_fetch(node, fetch);
    }
}

void prom_node_fetches_again(prom_node *node, uint64_t link)
{
    for (size_t i = 0; i < node->fetch_count;) {
        if (node->fetches[i].link == link) {
            prom_net_fetch_stop(node->net, &node->fetches[i].hash);
            end_fetch(node, &node->fetches[i]);
        } else {
            i++;
        }
    }
}

static prom_node_channel *channel_of_client(prom_node *node, const prom_bytes32 *client)
{
    for (size_t i = 0; i < node->channel_count; i++) {
        if (node->channels[i]->channel != NULL &&
            prom_bytes32_equal(&node->channels[i]->channel->facts.client, client)) {
            return node->channels[i];
        }
    }
    return NULL;
}

bool prom_node_serve(void *context, uint64_t link, const prom_fetch *fetch, char path[PATH_MAX])
{
    prom_node *node = context;
    uint64_t length = 0;
    prom_error ignored;
    (void)link;
    return channel_of_client(node, &fetch->channel) != NULL && fetch->what < PROM_BODIES &&
           prom_node_has_body(node, fetch->what, &fetch->hash, &length) &&
           prom_is_ok(prom_node_body_path(node, path, fetch->what, &fetch->hash, &ignored));
}

void prom_node_fetched(void *context, const prom_net_order *order, const char *reason)
{
    prom_node *node = context;
    prom_node_fetch *fetch = find(node, &order->hash);
    prom_body body = {.hash = order->hash};
    if (fetch == NULL) {
        return;
    }
    const prom_node_fetch over = *fetch;
    end_fetch(node, fetch);
    if (reason != NULL) {
        prom_node_report(node, PROM_REPORT_NOTE, over.channel, "a body did not come: %s", reason);
        return;
    }
    if (prom_node_find_body(node, &body, order->what)) {
        tell(node, over.channel, over.batch, over.what, &body);
    }
}
