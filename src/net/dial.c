/* Keeping links to addresses: each is tried, the proxy asked for the way, its name looked up, again and again. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/parts.h"
#include "system/clock.h"

enum {
    WAIT_MIN_MS = 100,
    WAIT_MAX_MS = 30 * 1000,
    FORGOTTEN_MS = 10 * 60 * 1000, /* nobody asks for it any more */
};

/* -- Which address -- */

static bool same_node(const struct dial *dial, const prom_bytes32 *node)
{
    return node == NULL || (dial->expects && prom_bytes32_equal(&dial->node, node));
}

static bool is_up_to(const struct link *link, const prom_bytes32 *node)
{
    return link != NULL && link->up && !link->ending && (node == NULL || prom_bytes32_equal(&link->node, node));
}

/* The dial of an address to that node; or to anybody, where who answered is that node. */
static struct dial *find_dial(prom_net *net, const prom_address *address, const prom_bytes32 *node)
{
    for (size_t i = 0; i < net->dials_used; i++) {
        struct dial *dial = &net->dials[i];
        if (dial->used && prom_address_equal(&dial->address, address) &&
            (same_node(dial, node) || is_up_to(prom_link_find(net, dial->link), node))) {
            return dial;
        }
    }
    return NULL;
}

/* Who gives its place to another address first. Links are kept, and who is tried has its time: else those who are gone,
 * asked for again and again, would end the links to all others. */
enum rank { FREE, IN_VAIN, TRYING, UP };

static enum rank rank_of(prom_net *net, const struct dial *dial)
{
    const struct link *link = dial->used ? prom_link_find(net, dial->link) : NULL;
    if (link != NULL) {
        return link->up ? UP : TRYING;
    }
    const bool begins = dial->link == 0 && !dial->tried;
    return !dial->used ? FREE : begins ? TRYING : IN_VAIN;
}

/* A place for another address; NULL while others are tried. */
static struct dial *find_place(prom_net *net)
{
    struct dial *found = NULL;
    enum rank least = UP;
    for (size_t i = 0; i < net->dials_used && (found == NULL || least != FREE); i++) {
        struct dial *dial = &net->dials[i];
        const enum rank its = rank_of(net, dial);
        if (found == NULL || its < least || (its == least && dial->asked < found->asked)) {
            found = dial;
            least = its;
        }
    }
    if ((found == NULL || least != FREE) && net->dials_used < PROM_NET_DIALS_MAX) {
        return &net->dials[net->dials_used++];
    }
    return found == NULL || least == TRYING ? NULL : found;
}

/* Whether an address may be tried at all. */
static bool may_dial(const prom_net *net, const prom_endpoint *endpoint, bool own)
{
    return own || net->anywhere || prom_endpoint_is_public(endpoint);
}

/* The dial of an address, an old one or a new one; NULL where there is no place for it now. */
static struct dial *dial_of(prom_net *net, const prom_address *address, const prom_bytes32 *node, bool own)
{
    prom_endpoint endpoint;
    prom_error ignored;
    if (!prom_is_ok(prom_endpoint_read(&endpoint, address, &ignored)) || !may_dial(net, &endpoint, own)) {
        return NULL;
    }
    struct dial *dial = find_dial(net, address, node);
    if (dial != NULL) {
        return dial;
    }
    dial = find_place(net);
    if (dial == NULL) {
        return NULL;
    }
    struct link *link = dial->used ? prom_link_find(net, dial->link) : NULL;
    if (link != NULL) {
        prom_link_end(link, "it makes room for a link to another");
    }
    *dial = (struct dial){
        .used = true, .address = *address, .endpoint = endpoint, .expects = node != NULL, .wait = WAIT_MIN_MS};
    if (node != NULL) {
        dial->node = *node;
    }
    net->due = 0;
    return dial;
}

static uint64_t link_to(prom_net *net, const prom_address *address, const prom_bytes32 *node, bool own)
{
    const uint64_t any = node == NULL ? 0 : prom_net_link_of(net, node);
    struct dial *dial = any != 0 ? find_dial(net, address, node) : dial_of(net, address, node, own);
    if (dial != NULL) {
        dial->asked = prom_clock_milliseconds();
    }
    const struct link *link = dial == NULL ? NULL : prom_link_find(net, dial->link);
    return is_up_to(link, node) ? link->id : any;
}

uint64_t prom_net_link_to(prom_net *net, const prom_address *address, const prom_bytes32 *node)
{
    return link_to(net, address, node, false);
}

uint64_t prom_net_link_to_own(prom_net *net, const prom_address *address, const prom_bytes32 *node)
{
    return link_to(net, address, node, true);
}

void prom_net_give_up(prom_net *net, const prom_address *address, const prom_bytes32 *node)
{
    for (size_t i = 0; i < net->dials_used; i++) {
        struct dial *dial = &net->dials[i];
        struct link *link = dial->used ? prom_link_find(net, dial->link) : NULL;
        if (!dial->used || !prom_address_equal(&dial->address, address) || !same_node(dial, node) ||
            (link != NULL && link->up && !link->ending)) {
            continue;
        }
        dial->used = false;
        if (link != NULL) {
            prom_link_end(link, "nobody asks for it any more");
        }
    }
}

void prom_net_hurry(prom_net *net, const prom_address *address, const prom_bytes32 *node)
{
    struct dial *dial = find_dial(net, address, node);
    if (dial != NULL) {
        dial->next = 0;
    }
}

uint32_t prom_net_failures(prom_net *net, const prom_address *address, const prom_bytes32 *node, const char **why)
{
    const struct dial *dial = find_dial(net, address, node);
    *why = dial != NULL ? dial->told : "";
    return dial != NULL ? dial->failures : 0;
}

/* -- Trying -- */

static void tell(prom_net *net, struct dial *dial, const char *reason)
{
    dial->failures += dial->turn >= dial->resolved.count && dial->failures < UINT32_MAX;
    if (strcmp(dial->told, reason) != 0) {
        const prom_address address = dial->address;
        char text[sizeof dial->told];
        (void)snprintf(dial->told, sizeof dial->told, "%s", reason);
        memcpy(text, dial->told, sizeof text);
        const prom_bytes32 node = dial->node;
        net->events.unreached(net->events.context, &address, dial->expects ? &node : NULL, text);
    }
}

static void wait_longer(struct dial *dial, int64_t now)
{
    dial->tried = true;
    dial->next = now + dial->wait;
    dial->wait = dial->wait * 2 < WAIT_MAX_MS ? dial->wait * 2 : WAIT_MAX_MS;
}

/* The proxy that leads to the endpoint; NULL where none does. */
static const prom_endpoint *proxy_for(const prom_net *net, const prom_endpoint *to)
{
    if (to->kind == PROM_ENDPOINT_UNIX) {
        return NULL;
    }
    if (to->kind == PROM_ENDPOINT_ONION && net->has_onion_proxy) {
        return &net->onion_proxy;
    }
    return net->has_proxy ? &net->proxy : NULL;
}

/* A socket that is connected, or will be; -1, with errno, where it cannot be. */
static int connect_to(const prom_endpoint *endpoint, bool *connects)
{
    struct sockaddr_storage name;
    const socklen_t length = prom_endpoint_socket(&name, endpoint);
    const int descriptor = socket(name.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) {
        return -1;
    }
    prom_listen_tune(descriptor);
    *connects = false;
    if (connect(descriptor, (const struct sockaddr *)&name, length) == 0) {
        return descriptor;
    }
    *connects = errno == EINPROGRESS;
    if (!*connects) {
        const int why = errno;
        (void)close(descriptor);
        errno = why;
        return -1;
    }
    return descriptor;
}

static prom_socks *socks_to(const prom_net *net, const prom_endpoint *endpoint)
{
    prom_socks *socks = calloc(1, sizeof *socks);
    if (socks != NULL) {
        prom_socks_begin(socks, endpoint, &net->isolation);
    }
    return socks;
}

/* Completes what a link to the endpoint starts with. False, with errno, where it cannot be reached. */
static bool connect_start(const prom_net *net, struct link_start *start, const prom_endpoint *to)
{
    const prom_endpoint *proxy = proxy_for(net, to);
    start->socks = proxy == NULL ? NULL : socks_to(net, to);
    start->descriptor =
        proxy != NULL && start->socks == NULL ? -1 : connect_to(proxy == NULL ? to : proxy, &start->connects);
    if (start->descriptor < 0) {
        const int why = errno;
        free(start->socks);
        errno = why;
    }
    return start->descriptor >= 0;
}

static void open_link(prom_net *net, struct dial *dial, const prom_endpoint *to, int64_t now)
{
    const prom_endpoint *proxy = proxy_for(net, to);
    struct link_start start = {.ours = true, .node = dial->expects ? &dial->node : NULL, .from = dial->address};
    char text[sizeof dial->told];
    if (!connect_start(net, &start, to)) {
        (void)snprintf(text, sizeof text, "%s: %s", proxy == NULL ? "it cannot be reached" : "its proxy cannot be",
                       strerror(errno));
        tell(net, dial, text);
        return;
    }
    const struct link *link = prom_link_new(net, &start, now);
    dial->link = link == NULL ? 0 : link->id;
}

static void ask_for_name(prom_net *net, struct dial *dial)
{
    prom_error ignored;
    if (net->resolver == NULL && prom_is_ok(prom_resolver_new(&net->resolver, &ignored))) {
        struct epoll_event event = {.events = EPOLLIN, .data.u64 = EVENT_RESOLVER};
        (void)epoll_ctl(net->epoll, EPOLL_CTL_ADD, prom_resolver_descriptor(net->resolver), &event);
    }
    if (net->resolver != NULL && prom_resolver_ask(net->resolver, net->last_ticket + 1, &dial->endpoint)) {
        dial->ticket = ++net->last_ticket;
    }
}

/* The dial that asked, if it is still there: its place may be another's by now. */
static struct dial *dial_by_ticket(prom_net *net, uint64_t ticket)
{
    for (size_t i = 0; i < net->dials_used; i++) {
        if (net->dials[i].used && net->dials[i].ticket == ticket) {
            return &net->dials[i];
        }
    }
    return NULL;
}

/* Names are looked up where no proxy does it; one address of a name after the other is tried. */
static void try_dial(prom_net *net, struct dial *dial, int64_t now)
{
    const prom_endpoint *to = &dial->endpoint;
    if (proxy_for(net, to) == NULL && to->kind == PROM_ENDPOINT_ONION) {
        tell(net, dial, "an onion address is reached by a proxy, and there is none");
        return;
    }
    if (proxy_for(net, to) == NULL && to->kind == PROM_ENDPOINT_NAME) {
        if (dial->turn < dial->resolved.count) {
            open_link(net, dial, &dial->resolved.endpoints[dial->turn++], now);
            return;
        }
        ask_for_name(net, dial);
        return;
    }
    open_link(net, dial, to, now);
}

void prom_dial_resolved(prom_net *net)
{
    prom_resolved resolved;
    uint64_t ticket = 0;
    while (prom_resolver_take(net->resolver, &ticket, &resolved)) {
        struct dial *dial = dial_by_ticket(net, ticket);
        if (dial == NULL) {
            continue;
        }
        dial->ticket = 0;
        dial->resolved = resolved;
        dial->turn = 0;
        if (resolved.count > 0) {
            dial->next = 0;
        } else {
            tell(net, dial, "nobody knows its name, or the resolver does not say");
        }
    }
}

int64_t prom_dial_due(prom_net *net, int64_t now)
{
    int64_t next = WAIT_MAX_MS;
    for (size_t i = 0; i < net->dials_used; i++) {
        struct dial *dial = &net->dials[i];
        if (!dial->used || dial->link != 0 || dial->ticket != 0) {
            continue;
        }
        if (now - dial->asked > FORGOTTEN_MS) {
            dial->used = false;
            continue;
        }
        if (dial->next <= now) {
            wait_longer(dial, now);
            try_dial(net, dial, now);
        }
        next = dial->link == 0 && dial->next - now < next ? dial->next - now : next;
    }
    while (net->dials_used > 0 && !net->dials[net->dials_used - 1].used) {
        net->dials_used--;
    }
    return next < 0 ? 0 : next;
}

static struct dial *dial_by_link(prom_net *net, uint64_t link)
{
    for (size_t i = 0; i < net->dials_used; i++) {
        if (net->dials[i].used && net->dials[i].link == link) {
            return &net->dials[i];
        }
    }
    return NULL;
}

void prom_dial_lost(prom_net *net, uint64_t link, const char *reason, int64_t now)
{
    struct dial *dial = dial_by_link(net, link);
    if (dial == NULL) {
        return;
    }
    dial->link = 0;
    dial->next = now + dial->wait;
    if (dial->turn < dial->resolved.count && reason != NULL) {
        dial->next = now; /* the name's next address */
    }
    if (reason != NULL) {
        tell(net, dial, reason);
    }
}

void prom_dial_reached(prom_net *net, uint64_t link)
{
    struct dial *dial = dial_by_link(net, link);
    if (dial != NULL) {
        dial->wait = WAIT_MIN_MS;
        dial->told[0] = '\0';
        dial->turn = dial->turn > 0 ? dial->turn - 1 : 0; /* this address of its name is good */
    }
}

/* Its name was looked up when it was dialled: that address of it has answered. */
void prom_dial_beside(prom_net *net, const struct link *link, int64_t now)
{
    const struct dial *dial = dial_by_link(net, link->id);
    struct link_start start = {.ours = true, .bodies = true, .node = &link->node};
    if (dial == NULL) {
        return;
    }
    const bool resolved = dial->turn < dial->resolved.count;
    if (connect_start(net, &start, resolved ? &dial->resolved.endpoints[dial->turn] : &dial->endpoint)) {
        (void)prom_link_new(net, &start, now);
    }
}
