/* Whom it knows, for the owner. */
#include "contacts/state.h"

#define PLACES (PROM_DIRECTORY_OWN_MAX + PROM_DIRECTORY_REACHED_MAX + PROM_DIRECTORY_HEARD_MAX)

typedef bool visitor(void *context, const prom_contact_told *contact);

static bool is_linked(const prom_contacts *contacts, const prom_bytes32 *node)
{
    return prom_net_link_of(prom_node_net(contacts->options.node), node) != 0;
}

static bool tell_statics(const prom_contacts *contacts, visitor *visit, void *context)
{
    bool more = true;
    for (size_t i = 0; i < contacts->options.peer_count && more; i++) {
        const prom_contacts_peer *peer = &contacts->statics[i];
        const bool linked = is_linked(contacts, &peer->node);
        const prom_contact_told told = {.node = peer->node,
                                        .address = peer->address,
                                        .from = PROM_CONTACT_NAMED,
                                        .reached = linked,
                                        .linked = linked};
        more = visit(context, &told);
    }
    return more;
}

/* Who has said over its link what it takes. */
static bool tell_peers(prom_contacts *contacts, const prom_topic *topic, visitor *visit, void *context)
{
    bool more = true;
    for (size_t i = 0; i < contacts->peers_used && more; i++) {
        const prom_peer *peer = &contacts->peers[i];
        bool ours = false;
        if (peer->link == 0 || (peer->offers & prom_topic_bit(contacts, topic)) == 0) {
            continue;
        }
        const prom_address *address = prom_net_address_of(prom_node_net(contacts->options.node), peer->link, &ours);
        const prom_contact_told told = {.node = peer->node,
                                        .address = ours && address != NULL ? *address : (prom_address){.length = 0},
                                        .from = PROM_CONTACT_SAID,
                                        .reached = true,
                                        .linked = true,
                                        .p_txid = &topic->p_txid,
                                        .role = topic->role};
        more = visit(context, &told);
    }
    return more;
}

static bool tell_entries(prom_contacts *contacts, const prom_topic *topic, visitor *visit, void *context)
{
    static const prom_bytes32 random; /* no chance: the same order each time */
    prom_directory_entry entries[PLACES];
    const size_t count =
        prom_directory_pick(contacts->directory, &topic->p_txid, topic->role, &random, entries, PLACES);
    bool more = true;
    for (size_t i = 0; i < count && more; i++) {
        const prom_directory_entry *entry = &entries[i];
        const prom_contact_told told = {.node = entry->pointer.node,
                                        .address = prom_contacts_address(contacts, &entry->pointer),
                                        .from = entry->reached                     ? PROM_CONTACT_REACHED
                                                : entry->source == PROM_SOURCE_DHT ? PROM_CONTACT_DHT
                                                                                   : PROM_CONTACT_PEERS,
                                        .reached = entry->reached,
                                        .linked = is_linked(contacts, &entry->pointer.node),
                                        .p_txid = &topic->p_txid,
                                        .role = topic->role,
                                        .heard_at = entry->heard_at,
                                        .reached_at = entry->reached_at,
                                        .expires_at = entry->pointer.expires_at};
        more = entry->own || visit(context, &told);
    }
    return more;
}

void prom_contacts_tell_each(prom_contacts *contacts, bool (*visit)(void *context, const prom_contact_told *contact),
                             void *context)
{
    bool more = tell_statics(contacts, visit, context);
    for (size_t i = 0; i < PROM_TOPICS_MAX && more; i++) {
        const prom_topic *topic = &contacts->topics[i];
        if (topic->used) {
            more = tell_peers(contacts, topic, visit, context) && tell_entries(contacts, topic, visit, context);
        }
    }
}

static size_t count_announced(const prom_contacts *contacts, const prom_bytes32 *p_txid)
{
    size_t count = 0;
    const prom_announcement *heard = NULL;
    for (size_t i = 0; (heard = prom_node_heard_at(contacts->options.node, i)) != NULL; i++) {
        count += prom_bytes32_equal(&heard->p_txid, p_txid);
    }
    return count;
}

void prom_contacts_tell_topics(prom_contacts *contacts, void (*visit)(void *context, const prom_topic_told *topic),
                               void *context)
{
    for (size_t i = 0; i < PROM_TOPICS_MAX; i++) {
        const prom_topic *topic = &contacts->topics[i];
        if (topic->used) {
            const bool arbiters = topic->role == PROM_ROLE_ARBITER;
            const prom_topic_told told = {.p_txid = topic->p_txid,
                                          .role = topic->role,
                                          .wanted = prom_topic_is_looked_for(topic),
                                          .served = topic->served,
                                          .counts =
                                              prom_directory_count(contacts->directory, &topic->p_txid, topic->role),
                                          .announced = arbiters ? count_announced(contacts, &topic->p_txid) : 0};
            visit(context, &told);
        }
    }
}

prom_contacts_told prom_contacts_tell_state(const prom_contacts *contacts)
{
    prom_contacts_told told = {.quiet = contacts->options.quiet, .has_dht = contacts->dht != NULL};
    if (told.has_dht) {
        told.dht = prom_dht_status_of(contacts->dht);
    }
    return told;
}
