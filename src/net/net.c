/* The loop over all links. */
#include "net/net.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/parts.h"
#include "system/clock.h"
#include "system/memory.h"
#include "system/random.h"

enum {
    EVENTS = 64,
    ACCEPTED_AT_ONCE = 16, /* others have their turn then */
    MEMORY = 64 << 20,
    STRANGERS = 4,        /* all links of nobody we know together may use what four may */
    BODY_BYTES = 1 << 20, /* two milliseconds of a turn: so long a message waits for bodies */
    SHAKES = 64,          /* handshakes a second that others begin: a few hundredths of our time */
    RETURNED = 8 << 20,   /* so much that buffers held, and hold no more, is given back to the machine, */
    RETURNED_MS = 1000,   /* no more often than that */
};

prom_net_limits prom_net_limits_usual(void)
{
    return (prom_net_limits){
        .links = 128, .memory = MEMORY, .packets_a_second = 256, .bytes_a_second = 16 << 20, .stall_ms = 30 * 1000};
}

/* -- Making it -- */

static prom_result read_proxy(prom_endpoint *proxy, bool *there, const prom_address *address, prom_error *error)
{
    struct sockaddr_storage ignored;
    *there = address->length > 0;
    if (!*there) {
        return prom_ok();
    }
    PROM_TRY(prom_endpoint_read(proxy, address, error));
    return prom_endpoint_socket(&ignored, proxy) != 0
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                           "a proxy is named by an IP address or a path, and '%.200s' is neither", proxy->host);
}

static prom_result set_up(prom_net *net, const prom_net_options *options, prom_error *error)
{
    net->hello = prom_hello_of(&options->genesis, &options->key->public_key);
    net->curve = options->curve;
    net->key = options->key;
    net->anywhere = options->anywhere;
    net->limits = options->limits;
    net->isolation = prom_random_bytes32();
    net->room.most = options->limits.memory;
    net->last_id = EVENTS_OWN;
    net->strangers = prom_quota_new(STRANGERS * net->limits.packets_a_second, prom_clock_milliseconds());
    net->shakes = prom_quota_new(SHAKES, prom_clock_milliseconds());
    net->shaken = 1;
    net->epoll = epoll_create1(EPOLL_CLOEXEC);
    for (size_t i = 0; i < PROM_NET_LISTENERS_MAX; i++) {
        net->listeners[i].descriptor = -1;
    }
    if (net->epoll < 0) {
        return prom_fail(error, PROM_CATEGORY_IO, "the machine has nothing left for links to other nodes");
    }
    PROM_TRY(read_proxy(&net->proxy, &net->has_proxy, &options->proxy, error));
    PROM_TRY(read_proxy(&net->onion_proxy, &net->has_onion_proxy, &options->onion_proxy, error));
    return prom_tls_context_new(&net->tls, error);
}

prom_result prom_net_new(prom_net **net, const prom_net_options *options, const prom_net_events *events,
                         prom_error *error)
{
    const prom_net_limits *limits = &options->limits;
    *net = NULL;
    if (limits->links > PROM_NET_LINKS_MAX - PROM_NET_DIALS_MAX - PROM_NET_KEPT_MAX || limits->packets_a_second == 0 ||
        limits->bytes_a_second == 0 || limits->stall_ms == 0) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "limits of links that cannot be");
    }
    prom_net *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "the machine has nothing left for links to other nodes");
    }
    made->events = *events;
    const prom_result result = set_up(made, options, error);
    if (!prom_is_ok(result)) {
        prom_net_free(made);
        return result;
    }
    *net = made;
    return prom_ok();
}

void prom_net_free(prom_net *net)
{
    if (net == NULL) {
        return;
    }
    for (size_t i = 0; i < net->links_used; i++) {
        if (net->links[i].id != 0) {
            prom_link_drop(net, &net->links[i]);
        }
    }
    prom_transfer_free(net);
    prom_serve_free(net);
    for (size_t i = 0; i < PROM_NET_LISTENERS_MAX; i++) {
        prom_listen_end(&net->listeners[i]);
    }
    prom_resolver_free(net->resolver);
    prom_tls_context_free(net->tls);
    if (net->epoll >= 0) {
        (void)close(net->epoll);
    }
    prom_wipe32(&net->isolation);
    free(net);
}

prom_result prom_net_listen(prom_net *net, const prom_address *address, prom_error *error)
{
    size_t at = 0;
    while (at < PROM_NET_LISTENERS_MAX && net->listeners[at].descriptor >= 0) {
        at++;
    }
    if (at == PROM_NET_LISTENERS_MAX) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "a node listens at %u addresses at most", PROM_NET_LISTENERS_MAX);
    }
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = EVENT_LISTENER + at};
    PROM_TRY(prom_listen_at(&net->listeners[at], address, error));
    return epoll_ctl(net->epoll, EPOLL_CTL_ADD, net->listeners[at].descriptor, &event) == 0
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_IO, "cannot watch the socket of '%.*s': %s", (int)address->length,
                           (const char *)address->bytes, strerror(errno));
}

/* -- What is asked of it -- */

uint64_t prom_net_link_of(prom_net *net, const prom_bytes32 *node)
{
    for (size_t i = 0; i < net->links_used; i++) {
        const struct link *link = &net->links[i];
        if (link->id != 0 && link->up && !link->ending && link->bodies == NULL &&
            prom_bytes32_equal(&link->node, node)) {
            return link->id;
        }
    }
    return 0;
}

const prom_bytes32 *prom_net_node_of(prom_net *net, uint64_t id)
{
    const struct link *link = prom_link_find(net, id);
    return link != NULL && link->up ? &link->node : NULL;
}

const prom_address *prom_net_address_of(prom_net *net, uint64_t id, bool *ours)
{
    const struct link *link = prom_link_find(net, id);
    *ours = link != NULL && link->ours;
    return link == NULL ? NULL : &link->from;
}

static bool send_packet(prom_net *net, uint64_t id, const prom_packet *packet)
{
    struct link *link = prom_link_find(net, id);
    if (link == NULL || !link->up || link->ending) {
        return false;
    }
    link->refused = !prom_link_put(net, link, packet, PROM_NET_WAITING_MAX);
    return !link->refused;
}

bool prom_net_send(prom_net *net, uint64_t id, const prom_envelope *envelope)
{
    const prom_packet packet = {.kind = PROM_PACKET_ENVELOPE, .as.envelope = *envelope};
    return send_packet(net, id, &packet);
}

bool prom_net_begin(prom_net *net, uint64_t id, const prom_begin *begin)
{
    const prom_packet packet = {.kind = PROM_PACKET_BEGIN, .as.begin = *begin};
    return send_packet(net, id, &packet);
}

uint64_t prom_net_features(prom_net *net, uint64_t id)
{
    const struct link *link = prom_link_find(net, id);
    return link != NULL ? link->features : 0;
}

bool prom_net_is_lenient(prom_net *net, uint64_t id)
{
    const struct link *link = prom_link_find(net, id);
    return link != NULL && link->lenient;
}

bool prom_net_put(prom_net *net, uint64_t id, const prom_packet *packet)
{
    struct link *link = prom_link_find(net, id);
    return link != NULL && link->up && !link->ending && prom_link_put(net, link, packet, PROM_NET_WAITING_MAX);
}

void prom_net_add_features(prom_net *net, uint64_t features)
{
    net->hello.features |= features;
}

void prom_net_keep(prom_net *net, uint64_t id)
{
    struct link *link = prom_link_find(net, id);
    if (link != NULL) {
        link->kept++;
    }
}

void prom_net_unkeep(prom_net *net, uint64_t id)
{
    struct link *link = prom_link_find(net, id);
    if (link != NULL && link->kept > 0) {
        link->kept--;
    }
}

bool prom_net_is_kept(prom_net *net, uint64_t id)
{
    const struct link *link = prom_link_find(net, id);
    return link != NULL && link->kept > 0;
}

void prom_net_end(prom_net *net, uint64_t id, const char *reason)
{
    struct link *link = prom_link_find(net, id);
    if (link != NULL) {
        prom_link_end(link, "%s", reason);
        net->due = 0;
    }
}

/* -- The loop -- */

static void accept_links(prom_net *net, const struct listener *listener, int64_t now)
{
    for (unsigned i = 0; i < ACCEPTED_AT_ONCE; i++) {
        struct sockaddr_storage name = {.ss_family = AF_UNSPEC};
        socklen_t length = sizeof name;
        const int descriptor =
            accept4(listener->descriptor, (struct sockaddr *)&name, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (descriptor < 0 && (errno == EMFILE || errno == ENFILE)) {
            (void)prom_link_evict(net, NULL, "it makes room for another"); /* its descriptor is the next one's */
        }
        if (descriptor < 0) {
            return;
        }
        if (name.ss_family != AF_UNIX) {
            prom_listen_tune(descriptor);
        }
        struct link_start start = {.descriptor = descriptor, .source = prom_listen_source(&name)};
        prom_listen_from(&start.from, &name);
        (void)prom_link_new(net, &start, now);
    }
}

static void serve_link(prom_net *net, struct link *link, uint32_t events, int64_t now)
{
    if (link->stage != STAGE_OPEN && link->turn != 0) { /* nothing is waited for but this, which epoll always tells */
        prom_link_end(link, "the peer has closed it");
        return;
    }
    if (link->stage != STAGE_OPEN) {
        prom_greet_go_on(net, link, now);
        return;
    }
    if ((events & EPOLLOUT) != 0) {
        prom_link_write(net, link, now);
    }
    if ((events & EPOLLIN) != 0 && !link->ending) {
        prom_link_read(net, link, now);
    } else if ((events & (EPOLLHUP | EPOLLERR)) != 0) {
        prom_link_end(link, "the peer has closed it");
    }
}

static void serve_event(prom_net *net, const struct epoll_event *event, int64_t now)
{
    if (event->data.u64 < PROM_NET_LISTENERS_MAX) {
        accept_links(net, &net->listeners[event->data.u64], now);
        return;
    }
    if (event->data.u64 == EVENT_RESOLVER) {
        prom_dial_resolved(net);
        return;
    }
    struct link *link = prom_link_find(net, event->data.u64);
    if (link != NULL && !link->ending) { /* else it was ended by what came before */
        serve_link(net, link, event->events, now);
    }
}

/* What whole frames wait for, once the quota allows them: nothing more need come of the link. Nor does epoll tell of
 * one that was made to wait. */
static void go_on(prom_net *net, struct link *link, int64_t now)
{
    if (link->stage != STAGE_OPEN) {
        return;
    }
    const bool waits =
        prom_net_buffer_bytes(&link->in).length > 0 || (link->watched & EPOLLIN) == 0 || prom_tls_pending(link->tls);
    if (!link->ending && waits) {
        prom_link_read(net, link, now);
    }
    if (!link->ending) {
        prom_link_write(net, link, now);
    }
}

/* Does all that is due without anything having come, and finds when something is due again: at once, where somebody was
 * told of something and has more to send meanwhile. */
static void look(prom_net *net, int64_t now)
{
    net->due = INT_MAX;
    const int64_t dial = prom_dial_due(net, now);
    const int64_t transfer = prom_transfer_due(net, now);
    int64_t next = dial < transfer ? dial : transfer;
    const size_t first = net->turn;
    const size_t used = net->links_used;
    for (size_t i = 0; i < used; i++) {
        struct link *link = &net->links[(first + i) % used];
        if (link->id == 0) {
            continue;
        }
        go_on(net, link, now);
        const int64_t its = prom_link_look(net, link, now);
        next = its < next ? its : next;
        if (link->ending) {
            prom_link_close(net, link);
            next = 0;
        }
    }
    net->due = next < net->due ? next : net->due;
}

/* Else a node that others filled with what they never finished would keep that memory until its end. */
static void return_memory(prom_net *net, int64_t now)
{
    const size_t taken = net->room.taken;
    net->held = taken > net->held ? taken : net->held;
    if (net->held >= RETURNED && taken < net->held / 4 && now - net->returned_at >= RETURNED_MS) {
        prom_memory_return();
        net->held = taken;
        net->returned_at = now;
    }
}

prom_result prom_net_poll(prom_net *net, int timeout_ms, prom_error *error)
{
    struct epoll_event events[EVENTS];
    net->body_bytes = BODY_BYTES;
    look(net, prom_clock_milliseconds());
    const int wait = timeout_ms >= 0 && timeout_ms < net->due ? timeout_ms : (int)net->due;
    const int count = epoll_wait(net->epoll, events, EVENTS, wait < 0 ? 0 : wait);
    if (count < 0 && errno != EINTR) {
        return prom_fail(error, PROM_CATEGORY_IO, "cannot wait for other nodes: %s", strerror(errno));
    }
    const int64_t now = prom_clock_milliseconds();
    for (int i = 0; i < count; i++) {
        serve_event(net, &events[i], now);
    }
    look(net, now);
    return_memory(net, now);
    return prom_ok();
}

int prom_net_descriptor(const prom_net *net)
{
    return net->epoll;
}

int prom_net_due(const prom_net *net)
{
    return (int)net->due;
}

size_t prom_net_memory(const prom_net *net)
{
    return net->room.taken;
}

size_t prom_net_link_count(const prom_net *net)
{
    size_t count = 0;
    for (size_t i = 0; i < net->links_used; i++) {
        count += net->links[i].id != 0 ? 1 : 0;
    }
    return count;
}

prom_net_traffic prom_net_traffic_of_all(const prom_net *net)
{
    prom_net_traffic all = net->past;
    for (size_t i = 0; i < net->links_used; i++) {
        prom_link_count(&all, &net->links[i]);
    }
    return all;
}

prom_net_traffic prom_net_traffic_with(const prom_net *net, const prom_bytes32 *node)
{
    prom_net_traffic its = {0};
    for (size_t i = 0; i < net->links_used; i++) {
        if (net->links[i].up && prom_bytes32_equal(&net->links[i].node, node)) {
            prom_link_count(&its, &net->links[i]);
        }
    }
    return its;
}
