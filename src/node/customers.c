/* Customers: clients whose contract with us, as a worker or verifier, is in a block. To begin a setup and go no further
 * costs a stranger nothing, so it takes no customer's place by that: a setup in which we have given no part gives way.
 */
#include "node/customers.h"

#include "node/deal.h"
#include "node/room.h"

bool prom_node_is_customer(const prom_node *node, const prom_bytes32 *peer)
{
    for (size_t i = 0; peer != NULL && i < node->channel_count; i++) {
        const prom_channel *channel = node->channels[i]->channel;
        if (channel != NULL && channel->facts.tx0.there &&
            (PROM_ROLES_PAID & PROM_ROLE_BIT(channel->facts.role)) != 0 &&
            prom_bytes32_equal(&channel->facts.nodes[PROM_PARTY_C].key, peer)) {
            return true;
        }
    }
    return false;
}

/* Before it has proposed anything its client is who has asked. */
static const prom_bytes32 *client_of(const prom_node *node, const prom_node_channel *channel)
{
    const prom_facts *facts = &channel->channel->facts;
    return facts->setup.phase == PROM_SETUP_NEW ? prom_net_node_of(node->net, channel->begun_by)
                                                : &facts->nodes[PROM_PARTY_C].key;
}

static bool gives_way(const prom_node *node, const prom_node_channel *channel)
{
    const prom_facts *facts = channel->channel != NULL && !channel->stale ? &channel->channel->facts : NULL;
    return facts != NULL && (PROM_ROLES_PAID & PROM_ROLE_BIT(facts->role)) != 0 &&
           (facts->setup.phase == PROM_SETUP_OVER || !prom_node_has_named(facts)) &&
           prom_node_sibling(node, &facts->client, channel, PROM_ROLE_BIT(PROM_ROLE_CLIENT)) == NULL &&
           !prom_node_is_customer(node, client_of(node, channel));
}

prom_node_way prom_node_way_for(const prom_node *node, const prom_bytes32 *peer, prom_role role)
{
    prom_node_way way = {.in_all = 0};
    const bool customer = prom_node_is_customer(node, peer);
    for (size_t i = 0; i < node->channel_count && customer; i++) {
        const prom_node_channel *channel = node->channels[i];
        if (gives_way(node, channel)) {
            const bool in_role = channel->record.role == (uint8_t)role;
            way.in_all++;
            way.in_role += in_role;
            way.bytes = prom_count_add(way.bytes, in_role ? prom_room_of_channel(node, channel) : 0);
        }
    }
    return way;
}

bool prom_node_make_way(prom_node *node, prom_role role)
{
    prom_node_channel *found = NULL;
    for (size_t i = 0; i < node->channel_count; i++) {
        prom_node_channel *channel = node->channels[i];
        const bool rather =
            found == NULL || (channel->record.role == (uint8_t)role && found->record.role != (uint8_t)role);
        found = rather && gives_way(node, channel) ? channel : found;
    }
    return found != NULL && prom_node_close_for_another(node, found);
}
