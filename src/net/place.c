/* Who has a place among the links, and room in their memory, when not all can. */
#include "net/parts.h"

static bool came_by_itself(const struct link *link)
{
    return link->id != 0 && !link->ours && link->kept == 0;
}

static bool is_known(const prom_net *net, const prom_bytes32 *node)
{
    bool known = false;
    for (size_t i = 0; i < net->links_used && !known; i++) {
        const struct link *link = &net->links[i];
        known = link->id != 0 && link->up && link->bodies == NULL && !came_by_itself(link) &&
                prom_bytes32_equal(&link->node, node);
    }
    return known;
}

bool prom_link_is_stranger(const prom_net *net, const struct link *link)
{
    return came_by_itself(link) && !(link->bodies != NULL && link->up && is_known(net, &link->node));
}

static size_t memory_of(const struct link *link)
{
    return link->in.size + link->out.size;
}

bool prom_link_evict(prom_net *net, const struct link *but, const char *reason)
{
    struct link *found = NULL;
    for (size_t i = 0; i < net->links_used; i++) {
        struct link *link = &net->links[i];
        if (!prom_link_is_stranger(net, link) || link == but) {
            continue;
        }
        if (found == NULL || memory_of(link) > memory_of(found) ||
            (memory_of(link) == memory_of(found) && link->id < found->id)) {
            found = link;
        }
    }
    if (found != NULL) {
        prom_link_end(found, "%s", reason);
        prom_link_close(net, found);
    }
    return found != NULL;
}

/* Strangers' links from the network that this one came from: all of them, or those that are not up. */
static size_t neighbours(const prom_net *net, const struct link *link, bool waiting)
{
    size_t count = 0;
    for (size_t i = 0; i < net->links_used; i++) {
        const struct link *other = &net->links[i];
        count += prom_link_is_stranger(net, other) && other->source == link->source && !(waiting && other->up) ? 1 : 0;
    }
    return count;
}

/* The oldest link of the network with the most strangers, of several such networks the one that has been here for
 * longest; NULL: there is no stranger. */
static struct link *oldest_of_most(prom_net *net)
{
    struct link *found = NULL;
    size_t most = 0;
    for (size_t i = 0; i < net->links_used; i++) {
        struct link *link = &net->links[i];
        const size_t its = prom_link_is_stranger(net, link) ? neighbours(net, link, false) : 0;
        if (its > most || (its > 0 && its == most && link->id < found->id)) {
            found = link;
            most = its;
        }
    }
    return found;
}

/* A quarter of a network's places is for those that are not up: beyond, they put out each other, and below, they are
 * let be. To open a connection costs nothing, and is no way to put out a peer from the same network, as all are that
 * come over Tor, once it has shown who it is; nor can those that stay keep a newcomer from doing that. */
static bool goes_first(const prom_net *net, const struct link *link)
{
    enum { SHARE = 4 };
    const size_t all = neighbours(net, link, false);
    const size_t waiting = neighbours(net, link, true);
    return waiting == all || link->up != (waiting * SHARE >= all);
}

/* The network with the most strangers gives a place to a newer one, the oldest link of it that is to go: whoever opens
 * many from where he is puts out his own first. */
static bool make_place(prom_net *net)
{
    const struct link *of_network = oldest_of_most(net);
    struct link *found = NULL;
    for (size_t i = 0; of_network != NULL && i < net->links_used; i++) {
        struct link *link = &net->links[i];
        if (prom_link_is_stranger(net, link) && link->source == of_network->source && goes_first(net, link) &&
            (found == NULL || link->id < found->id)) {
            found = link;
        }
    }
    if (found != NULL) {
        prom_link_end(found, "it makes room for a newer one");
        prom_link_close(net, found);
    }
    return found != NULL;
}

/* Those of nobody we know are counted, and one of them makes room: whom we have contracts with does not use up the
 * others' places. */
struct link *prom_link_place(prom_net *net, bool ours)
{
    size_t strangers = 0;
    size_t theirs = 0;
    for (size_t i = 0; i < net->links_used; i++) {
        const struct link *link = &net->links[i];
        strangers += prom_link_is_stranger(net, link) ? 1 : 0;
        theirs += link->id != 0 && !link->ours ? 1 : 0;
    }
    const bool crowded = strangers >= net->limits.links || theirs >= net->limits.links + PROM_NET_KEPT_MAX;
    if (!ours && crowded && !make_place(net)) {
        return NULL;
    }
    size_t at = 0;
    while (at < net->links_used && net->links[at].id != 0) {
        at++;
    }
    if (at == PROM_NET_LINKS_MAX) {
        return NULL;
    }
    net->links_used = at < net->links_used ? net->links_used : at + 1;
    return &net->links[at];
}

/* Whoever holds the most gives it to one that has less: those we know may be as bad as any, and one of them would have
 * all of it for itself. A stranger takes from strangers alone. */
static bool evict_largest(prom_net *net, const struct link *link, size_t length)
{
    struct link *found = NULL;
    for (size_t i = 0; i < net->links_used; i++) {
        struct link *other = &net->links[i];
        const bool may = prom_link_is_stranger(net, other) || (other->id != 0 && !prom_link_is_stranger(net, link));
        if (may && other != link && (found == NULL || memory_of(other) > memory_of(found))) {
            found = other;
        }
    }
    if (found == NULL || memory_of(found) <= memory_of(link) + length) {
        return false;
    }
    prom_link_end(found, "it holds the most memory, and others need some");
    prom_link_close(net, found);
    return true;
}

bool prom_link_reserve(prom_net *net, struct link *link, prom_net_buffer *buffer, size_t length)
{
    while (!prom_net_buffer_reserve(buffer, &net->room, length)) {
        if ((prom_link_is_stranger(net, link) || !prom_link_evict(net, link, "memory is needed for others")) &&
            !evict_largest(net, link, length)) {
            return false;
        }
    }
    return true;
}

void prom_link_few_of(prom_net *net, const struct link *newest)
{
    struct link *oldest = NULL;
    size_t count = 0;
    for (size_t i = 0; i < net->links_used; i++) {
        struct link *link = &net->links[i];
        if (link->id == 0 || link->ours || !link->up || link->ending || link->bodies != NULL ||
            !prom_bytes32_equal(&link->node, &newest->node)) {
            continue;
        }
        count++;
        if (link != newest && (oldest == NULL || link->id < oldest->id)) {
            oldest = link;
        }
    }
    if (count > PROM_NET_NODE_LINKS_MAX && oldest != NULL) {
        prom_link_end(oldest, "the same node has opened newer ones");
    }
}
