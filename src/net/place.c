/* Who has a place among the links, and room in their memory, when not all can. */
#include "net/parts.h"

bool prom_link_is_stranger(const struct link *link)
{
    return link->id != 0 && !link->ours && link->kept == 0;
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
        if (!prom_link_is_stranger(link) || link == but) {
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

/* Strangers' links from the network that this one came from. */
static size_t neighbours(const prom_net *net, const struct link *link)
{
    size_t count = 0;
    for (size_t i = 0; i < net->links_used; i++) {
        count += prom_link_is_stranger(&net->links[i]) && net->links[i].source == link->source ? 1 : 0;
    }
    return count;
}

/* The network with the most strangers gives a place to a newer one, the oldest link of it: whoever opens many from
 * where he is puts out his own first. */
static bool make_place(prom_net *net)
{
    struct link *found = NULL;
    size_t most = 0;
    for (size_t i = 0; i < net->links_used; i++) {
        struct link *link = &net->links[i];
        if (!prom_link_is_stranger(link) || (found != NULL && link->source == found->source && link->id > found->id)) {
            continue;
        }
        const size_t its = neighbours(net, link);
        if (found == NULL || its > most || (its == most && link->id < found->id)) {
            found = link;
            most = its;
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
        strangers += prom_link_is_stranger(link) ? 1 : 0;
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
        const bool may = prom_link_is_stranger(other) || (other->id != 0 && !prom_link_is_stranger(link));
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
        if ((prom_link_is_stranger(link) || !prom_link_evict(net, link, "memory is needed for others")) &&
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
        if (link->id == 0 || link->ours || !link->up || link->ending ||
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
