/* Nodes at the other end of links: what they ask of the directory and are asked, within what that may cost. */
#include "contacts/state.h"
#include "system/clock.h"
#include "system/random.h"

enum { ANSWER_MEMORY = 1 << 16 };

prom_peer *prom_contacts_peer_of(prom_contacts *contacts, uint64_t link)
{
    for (size_t i = 0; i < contacts->peers_used; i++) {
        if (contacts->peers[i].link == link) {
            return &contacts->peers[i];
        }
    }
    return NULL;
}

/* -- Links come and go -- */

void prom_contacts_up(void *context, uint64_t link, const prom_hello *hello)
{
    prom_contacts *contacts = context;
    const int64_t now = prom_clock_milliseconds();
    bool ours = false;
    const prom_address *address = prom_net_address_of(prom_node_net(contacts->options.node), link, &ours);
    prom_peer *peer = prom_contacts_peer_of(contacts, 0); /* a place that is free */
    if (ours && address != NULL) {
        prom_directory_reached(contacts->directory, &hello->node, prom_span_of(address->bytes, address->length),
                               prom_node_tip(contacts->options.node));
    }
    if (peer == NULL && contacts->peers_used < PROM_NET_LINKS_MAX) {
        peer = &contacts->peers[contacts->peers_used++];
    }
    if (peer != NULL) {
        const bool answers = !contacts->options.quiet && (hello->features & PROM_FEATURE_DISCOVERY) != 0;
        *peer = (prom_peer){.link = link,
                            .node = hello->node,
                            .ours = ours,
                            .answers = answers,
                            .exchange = prom_exchange_begin(now),
                            .enquiry = prom_exchange_begin(now),
                            .pointers_due = answers ? prom_contacts_active(contacts) : 0,
                            .listings_due = answers ? prom_contacts_looked_for(contacts) : 0,
                            .turn = (size_t)(prom_contacts_random() % PROM_TOPICS_MAX),
                            .next_at = now + PROM_CONTACTS_SOON_MS,
                            .wait = 2 * PROM_CONTACTS_SOON_MS};
    }
}

void prom_contacts_down(void *context, uint64_t link)
{
    prom_contacts *contacts = context;
    prom_peer *peer = prom_contacts_peer_of(contacts, link);
    if (peer != NULL) {
        *peer = (prom_peer){0};
    }
}

void prom_contacts_failed(prom_contacts *contacts, const prom_bytes32 *node)
{
    bool linked = false;
    for (size_t i = 0; i < contacts->peers_used && !linked; i++) {
        linked = contacts->peers[i].link != 0;
    }
    if (linked) {
        prom_directory_failed(contacts->directory, node);
    }
}

void prom_contacts_unreached(void *context, const prom_address *address, const prom_bytes32 *node)
{
    if (node != NULL) {
        prom_contacts_failed(context, node);
        prom_contacts_reach_failed(context, address, node);
    }
}

/* -- Asking -- */

void prom_contacts_hurry(prom_contacts *contacts, const prom_topic *topic)
{
    const uint32_t bit = prom_topic_bit(contacts, topic);
    const int64_t soon = prom_clock_milliseconds() + PROM_CONTACTS_SOON_MS;
    for (size_t i = 0; i < contacts->peers_used; i++) {
        prom_peer *peer = &contacts->peers[i];
        if (peer->answers) {
            peer->pointers_due |= bit;
            peer->listings_due |= bit;
            peer->wait = PROM_CONTACTS_SOON_MS;
            peer->next_at = peer->next_at < soon ? peer->next_at : soon;
        }
    }
}

/* The number of the first topic of a set from `turn` on, all around; the set has one. */
static size_t first_from(uint32_t set, size_t turn)
{
    size_t number = turn % PROM_TOPICS_MAX;
    while ((set >> number & 1) == 0) {
        number = (number + 1) % PROM_TOPICS_MAX;
    }
    return number;
}

/* Puts down what is due by time: about all of it soon, and then again and again about one after the other. */
static void set_due(prom_peer *peer, uint32_t active, int64_t now)
{
    if (peer->wait < PROM_CONTACTS_PERIOD_MS) {
        peer->pointers_due |= active;
        peer->listings_due |= active;
        peer->next_at = now + peer->wait;
        peer->wait *= 2;
        return;
    }
    const size_t number = first_from(active, peer->turn);
    peer->pointers_due |= UINT32_C(1) << number;
    peer->listings_due |= UINT32_C(1) << number;
    peer->turn = number + 1;
    peer->next_at =
        now + PROM_CONTACTS_PERIOD_MS + (int64_t)(prom_contacts_random() % (uint64_t)PROM_CONTACTS_PERIOD_MS);
}

static void ask_peer(prom_contacts *contacts, prom_peer *peer, uint32_t active, int64_t now)
{
    prom_packet packet = {.kind = PROM_PACKET_GET_POINTERS};
    if (now >= peer->next_at) {
        set_due(peer, active, now);
    }
    peer->pointers_due &= active;
    peer->listings_due &= prom_contacts_looked_for(contacts);
    const prom_topic *topic = &contacts->topics[peer->pointers_due == 0 ? 0 : first_from(peer->pointers_due, 0)];
    if (peer->pointers_due != 0 &&
        prom_exchange_ask(&peer->exchange, &packet.as.get_pointers, &topic->p_txid, topic->role, now) &&
        prom_net_put(prom_node_net(contacts->options.node), peer->link, &packet)) {
        peer->pointers_due &= ~prom_topic_bit(contacts, topic);
    }
    topic = &contacts->topics[peer->listings_due == 0 ? 0 : first_from(peer->listings_due, 0)];
    if (peer->listings_due != 0 && prom_contacts_enquire(contacts, peer, topic, now)) {
        peer->listings_due &= ~prom_topic_bit(contacts, topic);
    }
}

void prom_contacts_ask(prom_contacts *contacts, int64_t now)
{
    const uint32_t active = prom_contacts_active(contacts);
    for (size_t i = 0; i < contacts->peers_used && active != 0; i++) {
        if (contacts->peers[i].answers) {
            ask_peer(contacts, &contacts->peers[i], active, now);
        }
    }
}

/* -- Answering, and taking answers -- */

void prom_contacts_leave(const prom_contacts *contacts, const prom_peer *peer, const prom_error *reason)
{
    prom_contacts_report(contacts, PROM_REPORT_REFUSED, "%s", reason->sentence);
    prom_net_end(prom_node_net(contacts->options.node), peer->link, reason->sentence);
}

static void answer_pointers(prom_contacts *contacts, prom_peer *peer, const prom_get_pointers *question)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    const prom_bytes32 random = prom_random_bytes32();
    prom_packet packet = {.kind = PROM_PACKET_POINTERS};
    prom_arena_init(&arena, ANSWER_MEMORY);
    if (prom_exchange_answer(&peer->exchange, &arena, &packet.as.pointers, question, contacts->directory, &random,
                             prom_clock_milliseconds())) {
        (void)!prom_net_put(prom_node_net(contacts->options.node), peer->link, &packet); /* it may ask again */
    }
}

static void take_pointers(prom_contacts *contacts, prom_peer *peer, const prom_pointers *answer)
{
    prom_net *net = prom_node_net(contacts->options.node);
    bool ours = false;
    size_t fresh = 0;
    prom_error reason;
    const prom_address *address = prom_net_address_of(net, peer->link, &ours);
    const prom_source source = {PROM_SOURCE_PEER, address == NULL ? prom_span_of(NULL, 0)
                                                                  : prom_span_of(address->bytes, address->length)};
    const prom_result taken = prom_exchange_take(&peer->exchange, answer, contacts->directory, &source,
                                                 prom_node_tip(contacts->options.node), &fresh, &reason);
    if (!prom_is_ok(taken)) {
        prom_contacts_leave(contacts, peer, &reason);
    }
}

void prom_contacts_take(void *context, uint64_t link, const prom_packet *packet)
{
    prom_contacts *contacts = context;
    prom_peer *peer = prom_contacts_peer_of(contacts, link);
    if (peer == NULL || contacts->options.quiet) {
        return;
    }
    peer->busy = peer->busy || packet->kind == PROM_PACKET_ASK || packet->kind == PROM_PACKET_QUOTE;
    if (packet->kind == PROM_PACKET_GET_POINTERS) {
        answer_pointers(contacts, peer, &packet->as.get_pointers);
    } else if (packet->kind == PROM_PACKET_POINTERS) {
        take_pointers(contacts, peer, &packet->as.pointers);
    } else if (packet->kind == PROM_PACKET_GET_LISTINGS) {
        prom_contacts_answer_enquiry(contacts, peer, &packet->as.get_listings, prom_clock_milliseconds());
    } else if (packet->kind == PROM_PACKET_LISTINGS) {
        prom_contacts_take_listings(contacts, peer, &packet->as.listings);
    }
}
