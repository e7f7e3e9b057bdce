/* Who is known for a P and a role, in the order in which they are to be tried. */
#include <string.h>

#include "contacts/state.h"
#include "discovery/group.h"
#include "system/random.h"

/* The first that may be tried. */
prom_address prom_contacts_address(const prom_contacts *contacts, const prom_pointer *pointer)
{
    prom_address address = {.length = 0};
    for (size_t i = 0; i < pointer->address_count && address.length == 0; i++) {
        const prom_span its = pointer->addresses[i];
        if (contacts->options.local || !prom_address_local(its)) {
            address.length = (uint8_t)its.length;
            memcpy(address.bytes, its.data, its.length);
        }
    }
    return address;
}

/* Where a peer was reached; nowhere, where it came to us. */
static prom_address where(const prom_contacts *contacts, const prom_peer *peer)
{
    bool ours = false;
    const prom_address *address = prom_net_address_of(prom_node_net(contacts->options.node), peer->link, &ours);
    return ours && address != NULL ? *address : (prom_address){.length = 0};
}

static bool is_there(const prom_contact *list, size_t count, const prom_bytes32 *node)
{
    bool found = false;
    for (size_t i = 0; i < count && !found; i++) {
        found = prom_bytes32_equal(&list[i].node, node);
    }
    return found;
}

/* Adds who has said over its link that it takes the role, those to whom we opened it or those who came, until there are
 * `most`; from a link on that chance chooses. */
static size_t add_linked(const prom_contacts *contacts, prom_contact *list, size_t count, size_t most, uint32_t topic,
                         bool ours)
{
    const size_t first = contacts->peers_used > 0 ? (size_t)(prom_contacts_random() % contacts->peers_used) : 0;
    for (size_t i = 0; i < contacts->peers_used && count < most; i++) {
        const prom_peer *peer = &contacts->peers[(first + i) % contacts->peers_used];
        if (peer->link != 0 && peer->ours == ours && (peer->offers & topic) != 0 &&
            !is_there(list, count, &peer->node)) {
            list[count++] = (prom_contact){peer->node, where(contacts, peer), true};
        }
    }
    return count;
}

/* Who comes to us may be many keys of one who wants us to ask nobody else: they get half of the places that are left,
 * and what the directory leaves. */
size_t prom_contacts_list(prom_contacts *contacts, prom_contact *list, size_t max, const prom_bytes32 *p_txid,
                          prom_role role)
{
    prom_directory_entry entries[PROM_DIRECTORY_OWN_MAX + PROM_DIRECTORY_REACHED_MAX + PROM_DIRECTORY_HEARD_MAX];
    const prom_bytes32 random = prom_random_bytes32();
    prom_net *net = prom_node_net(contacts->options.node);
    const prom_topic *known = prom_contacts_topic_of(contacts, p_txid, role);
    const uint32_t topic = known != NULL ? prom_topic_bit(contacts, known) : 0;
    size_t count = 0;
    for (size_t i = 0; i < contacts->options.peer_count && count < max; i++) {
        const prom_contacts_peer *peer = &contacts->statics[i];
        if (!is_there(list, count, &peer->node)) {
            list[count++] = (prom_contact){peer->node, peer->address, prom_net_link_of(net, &peer->node) != 0};
        }
    }
    count = add_linked(contacts, list, count, max, topic, true);
    count = add_linked(contacts, list, count, count + (max - count + 1) / 2, topic, false);
    const size_t found =
        prom_directory_pick(contacts->directory, p_txid, role, &random, entries, sizeof entries / sizeof entries[0]);
    for (size_t i = 0; i < found && count < max; i++) {
        const prom_bytes32 *node = &entries[i].pointer.node;
        if (!prom_bytes32_equal(node, &contacts->self) && !is_there(list, count, node)) {
            list[count++] = (prom_contact){*node, prom_contacts_address(contacts, &entries[i].pointer),
                                           entries[i].reached || prom_net_link_of(net, node) != 0};
        }
    }
    return add_linked(contacts, list, count, max, topic, false);
}
