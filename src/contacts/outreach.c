/* Links to nodes whose pointers are known: to arbiters, which are asked for their announcements, and to a few others,
 * without which a node would hear of nobody. Each is tried now and then, and given up when it has been asked. */
#include <string.h>

#include "contacts/state.h"
#include "system/random.h"

enum {
    LINKS_WANTED = 4,          /* to nodes that answer; with fewer others are tried */
    PATIENCE_MS = 60 * 1000,   /* until a link is up */
    ASKED_MS = 10 * 1000,      /* a link is left no sooner */
    KEPT_MS = 30 * 60 * 1000,  /* and where there are few, after that, for others' sake */
    AGAIN_MS = 20 * 60 * 1000, /* until somebody is tried again, at most; */
    FAILED_MS = 5 * 1000,      /* after a link that failed so long, twice as long after the next, and so on */
    LOOKED_AT = 128,           /* of one topic */
};

/* -- Who was tried -- */

static uint64_t mark_of(const prom_bytes32 *node)
{
    uint64_t mark = 0;
    memcpy(&mark, node->bytes, sizeof mark);
    return mark == 0 ? 1 : mark;
}

static prom_outreach_try *find_try(prom_outreach *outreach, const prom_bytes32 *node)
{
    const uint64_t mark = mark_of(node);
    for (size_t i = 0; i < PROM_OUTREACH_TRIED_MAX; i++) {
        if (outreach->tried[i].mark == mark) {
            return &outreach->tried[i];
        }
    }
    return NULL;
}

/* Somebody is there whose link fails, as it begins anew, or the network is bad: soon it may not. Who does not answer at
 * all keeps a place for a minute, whatever was before: that is not tried so often. */
static int64_t pause_after(const prom_outreach_try *try)
{
    int64_t pause = try->failures == 0 ? AGAIN_MS : FAILED_MS;
    for (uint32_t i = 1; i < try->failures && pause < AGAIN_MS; i++) {
        pause *= 2;
    }
    return pause < AGAIN_MS ? pause : AGAIN_MS;
}

static void note_try(prom_outreach *outreach, const prom_bytes32 *node, int64_t now)
{
    prom_outreach_try *try = find_try(outreach, node);
    if (try == NULL) {
        try = &outreach->tried[outreach->next];
        outreach->next = (outreach->next + 1) % PROM_OUTREACH_TRIED_MAX;
        *try = (prom_outreach_try){.mark = mark_of(node)};
    }
    try->at = now;
}

static void note_end(prom_outreach *outreach, const prom_bytes32 *node, bool failed, int64_t now)
{
    prom_outreach_try *try = find_try(outreach, node);
    if (try != NULL) {
        try->failures = failed ? try->failures + 1 : 0;
        try->at = failed ? now : try->at;
    }
}

static void note_silence(prom_outreach *outreach, const prom_bytes32 *node, int64_t now)
{
    prom_outreach_try *try = find_try(outreach, node);
    if (try != NULL) {
        try->failures = 0;
        try->at = now;
    }
}

/* -- Who is tried -- */

/* Those that we opened: whoever comes to us may be one who wants us to hear of nobody else. */
static size_t count_links(const prom_contacts *contacts)
{
    size_t count = 0;
    for (size_t i = 0; i < contacts->peers_used; i++) {
        count += contacts->peers[i].link != 0 && contacts->peers[i].answers && contacts->peers[i].ours;
    }
    return count;
}

static size_t count_slots(const prom_outreach *outreach)
{
    size_t count = 0;
    for (size_t i = 0; i < PROM_OUTREACH_MAX; i++) {
        count += outreach->slots[i].used && !outreach->slots[i].up;
    }
    return count;
}

static prom_outreach_slot *free_slot(prom_outreach *outreach)
{
    for (size_t i = 0; i < PROM_OUTREACH_MAX; i++) {
        if (!outreach->slots[i].used) {
            return &outreach->slots[i];
        }
    }
    return NULL;
}

static bool is_announced(const prom_contacts *contacts, const prom_topic *topic, const prom_bytes32 *node)
{
    const prom_announcement *heard = NULL;
    for (size_t i = 0; (heard = prom_node_heard_at(contacts->options.node, i)) != NULL; i++) {
        if (prom_bytes32_equal(&heard->node_key, node) && prom_bytes32_equal(&heard->p_txid, &topic->p_txid)) {
            return true;
        }
    }
    return false;
}

/* `again`: one that was tried before. */
static bool may_try(prom_contacts *contacts, const prom_topic *topic, const prom_directory_entry *entry, bool again,
                    int64_t now)
{
    const prom_bytes32 *node = &entry->pointer.node;
    const prom_outreach_try *before = find_try(&contacts->outreach, node);
    return !entry->own && !prom_bytes32_equal(node, &contacts->self) &&
           prom_net_link_of(prom_node_net(contacts->options.node), node) == 0 &&
           (again ? before != NULL && now - before->at >= pause_after(before) : before == NULL) &&
           (topic->role != PROM_ROLE_ARBITER || !is_announced(contacts, topic, node));
}

static bool try_one(prom_contacts *contacts, const prom_topic *topic, bool again, int64_t now)
{
    prom_directory_entry entries[LOOKED_AT];
    const prom_bytes32 random = prom_random_bytes32();
    prom_outreach_slot *slot = free_slot(&contacts->outreach);
    const size_t count = slot == NULL ? 0
                                      : prom_directory_pick(contacts->directory, &topic->p_txid, topic->role, &random,
                                                            entries, LOOKED_AT);
    for (size_t i = 0; i < count; i++) {
        const prom_address address = prom_contacts_address(contacts, &entries[i].pointer);
        if (address.length > 0 && may_try(contacts, topic, &entries[i], again, now)) {
            *slot =
                (prom_outreach_slot){.used = true, .node = entries[i].pointer.node, .address = address, .since = now};
            note_try(&contacts->outreach, &slot->node, now);
            return true;
        }
    }
    return false;
}

static void try_some(prom_contacts *contacts, int64_t now)
{
    for (size_t i = 0; i < PROM_TOPICS_MAX; i++) {
        const prom_topic *topic = &contacts->topics[i];
        const bool arbiters = topic->role == PROM_ROLE_ARBITER && prom_topic_is_looked_for(topic);
        if (!prom_topic_is_active(topic)) {
            continue;
        }
        while ((arbiters || count_links(contacts) + count_slots(&contacts->outreach) < LINKS_WANTED) &&
               (try_one(contacts, topic, false, now) || try_one(contacts, topic, true, now))) {
        }
    }
}

/* -- What becomes of it -- */

static const prom_peer *peer_at(prom_contacts *contacts, const prom_outreach_slot *slot)
{
    const uint64_t link = prom_net_link_of(prom_node_net(contacts->options.node), &slot->node);
    return link == 0 ? NULL : prom_contacts_peer_of(contacts, link);
}

static bool was_asked(const prom_peer *peer)
{
    return peer->pointers_due == 0 && peer->listings_due == 0 && !peer->exchange.waits && !peer->enquiry.waits;
}

static void leave(prom_contacts *contacts, const prom_outreach_slot *slot, const prom_peer *peer)
{
    prom_net *net = prom_node_net(contacts->options.node);
    if (peer->ours && !peer->busy && !prom_net_is_kept(net, peer->link)) {
        prom_net_end(net, peer->link, "it was asked, and others are to be");
    }
    prom_net_give_up(net, &slot->address, &slot->node);
}

static void look_at(prom_contacts *contacts, prom_outreach_slot *slot, int64_t now)
{
    prom_net *net = prom_node_net(contacts->options.node);
    const prom_peer *peer = peer_at(contacts, slot);
    if (peer == NULL && slot->up) {
        slot->used = false; /* it is gone */
        note_end(&contacts->outreach, &slot->node, !slot->asked, now);
        prom_net_give_up(net, &slot->address, &slot->node);
    } else if (peer == NULL && now - slot->since >= PATIENCE_MS) {
        prom_contacts_failed(contacts, &slot->node);
        slot->used = false;
        note_silence(&contacts->outreach, &slot->node, now);
        prom_net_give_up(net, &slot->address, &slot->node);
    } else if (peer == NULL) {
        (void)prom_net_link_to(net, &slot->address, &slot->node);
    } else if (!slot->up) {
        slot->up = true;
        slot->since = now;
    } else if (!slot->asked && was_asked(peer)) {
        slot->asked = true;
        note_end(&contacts->outreach, &slot->node, false, now);
    } else if (now - slot->since >= (count_links(contacts) > LINKS_WANTED ? ASKED_MS : KEPT_MS) && was_asked(peer)) {
        leave(contacts, slot, peer);
        slot->used = false;
    }
}

void prom_contacts_reach_out(prom_contacts *contacts, int64_t now)
{
    for (size_t i = 0; i < PROM_OUTREACH_MAX; i++) {
        if (contacts->outreach.slots[i].used) {
            look_at(contacts, &contacts->outreach.slots[i], now);
        }
    }
    try_some(contacts, now);
}

void prom_contacts_reach_failed(prom_contacts *contacts, const prom_address *address, const prom_bytes32 *node)
{
    for (size_t i = 0; i < PROM_OUTREACH_MAX; i++) {
        prom_outreach_slot *slot = &contacts->outreach.slots[i];
        if (slot->used && !slot->up && prom_bytes32_equal(&slot->node, node) &&
            prom_address_equal(&slot->address, address)) {
            slot->used = false;
            note_end(&contacts->outreach, node, true, slot->since);
            prom_net_give_up(prom_node_net(contacts->options.node), address, node);
        }
    }
}
