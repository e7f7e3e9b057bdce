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

enum {
    EVENTS = 64,
    ACCEPTED_AT_ONCE = 16, /* others have their turn then */
    LISTENER = 0,          /* as an event; links have numbers above it */
    MEMORY = 64 << 20,
    STRANGERS = 4, /* all links of nobody we know together may use what four may */
};

prom_net_limits prom_net_limits_usual(void)
{
    return (prom_net_limits){
        .links = 128, .memory = MEMORY, .packets_a_second = 256, .bytes_a_second = 16 << 20, .stall_ms = 30 * 1000};
}

prom_result prom_net_new(prom_net **net, const prom_hello *hello, const prom_net_limits *limits,
                         const prom_net_events *events, prom_error *error)
{
    *net = NULL;
    if (limits->links > PROM_NET_LINKS_MAX - PROM_NET_DIALS_MAX - PROM_NET_KEPT_MAX || limits->packets_a_second == 0 ||
        limits->bytes_a_second == 0 || limits->stall_ms == 0) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "limits of links that cannot be");
    }
    prom_net *made = calloc(1, sizeof *made);
    const int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (made == NULL || epoll < 0) {
        free(made);
        if (epoll >= 0) {
            (void)close(epoll);
        }
        return prom_fail(error, made == NULL ? PROM_CATEGORY_MEMORY : PROM_CATEGORY_IO,
                         "the machine has nothing left for links to other nodes");
    }
    made->hello = *hello;
    made->limits = *limits;
    made->events = *events;
    made->room.most = limits->memory;
    made->epoll = epoll;
    made->listener = -1;
    made->strangers = prom_quota_new(STRANGERS * limits->packets_a_second, prom_clock_milliseconds());
    *net = made;
    return prom_ok();
}

void prom_net_free(prom_net *net)
{
    if (net == NULL) {
        return;
    }
    for (size_t i = 0; i < PROM_NET_LINKS_MAX; i++) {
        if (net->links[i].id != 0) {
            (void)close(net->links[i].descriptor);
            prom_net_buffer_free(&net->links[i].in, &net->room);
            prom_net_buffer_free(&net->links[i].out, &net->room);
        }
    }
    prom_transfer_free(net);
    if (net->listener >= 0) {
        (void)close(net->listener);
        (void)unlink(net->listener_path);
    }
    (void)close(net->epoll);
    free(net);
}

prom_result prom_net_listen(prom_net *net, const prom_address *address, prom_error *error)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = LISTENER};
    if (net->listener >= 0) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "a node listens at one address");
    }
    PROM_TRY(prom_dial_listen(&net->listener, net->listener_path, address, error));
    return epoll_ctl(net->epoll, EPOLL_CTL_ADD, net->listener, &event) == 0
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_IO, "cannot watch the socket '%s': %s", net->listener_path,
                           strerror(errno));
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

bool prom_net_is_lenient(prom_net *net, uint64_t id)
{
    const struct link *link = prom_link_find(net, id);
    return link != NULL && link->lenient;
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

void prom_net_end(prom_net *net, uint64_t id, const char *reason)
{
    struct link *link = prom_link_find(net, id);
    if (link != NULL) {
        prom_link_end(link, "%s", reason);
    }
}

static void accept_links(prom_net *net, int64_t now)
{
    for (unsigned i = 0; i < ACCEPTED_AT_ONCE; i++) {
        const int descriptor = accept4(net->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (descriptor < 0 && (errno == EMFILE || errno == ENFILE)) {
            (void)prom_link_evict(net, NULL, "it makes room for another"); /* its descriptor is the next one's */
        }
        if (descriptor < 0) {
            return;
        }
        (void)prom_link_new(net, descriptor, false, now);
    }
}

static void serve_event(prom_net *net, const struct epoll_event *event, int64_t now)
{
    struct link *link = NULL;
    if (event->data.u64 == LISTENER) {
        accept_links(net, now);
        return;
    }
    link = prom_link_find(net, event->data.u64);
    if (link == NULL || link->ending) {
        return; /* ended by what came before */
    }
    if ((event->events & EPOLLOUT) != 0) {
        prom_link_write(net, link, now);
    }
    if ((event->events & EPOLLIN) != 0 && !link->ending) {
        prom_link_read(net, link, now);
    } else if ((event->events & (EPOLLHUP | EPOLLERR)) != 0) {
        prom_link_end(link, "the peer has closed it");
    }
}

/* What whole frames wait for, once the quota allows them: nothing more need come of the link. Nor does epoll tell of
 * one that was made to wait. */
static void go_on(prom_net *net, struct link *link, int64_t now)
{
    const bool waits = prom_net_buffer_bytes(&link->in).length > 0 || (link->watched & EPOLLIN) == 0;
    if (!link->ending && waits) {
        prom_link_read(net, link, now);
    }
    if (!link->ending) {
        prom_link_write(net, link, now);
    }
}

/* Does all that is due without anything having come. Returns when something is due again. */
static int64_t look(prom_net *net, int64_t now)
{
    const int64_t dial = prom_dial_due(net, now);
    const int64_t transfer = prom_transfer_due(net, now);
    int64_t next = dial < transfer ? dial : transfer;
    const size_t first = net->turn;
    for (size_t i = 0; i < PROM_NET_LINKS_MAX; i++) {
        struct link *link = &net->links[(first + i) % PROM_NET_LINKS_MAX];
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
    return next;
}

prom_result prom_net_poll(prom_net *net, int timeout_ms, prom_error *error)
{
    struct epoll_event events[EVENTS];
    const int64_t due = look(net, prom_clock_milliseconds());
    const int wait = timeout_ms >= 0 && timeout_ms < due ? timeout_ms : (int)due;
    const int count = epoll_wait(net->epoll, events, EVENTS, wait < 0 ? 0 : wait);
    if (count < 0 && errno != EINTR) {
        return prom_fail(error, PROM_CATEGORY_IO, "cannot wait for other nodes: %s", strerror(errno));
    }
    const int64_t now = prom_clock_milliseconds();
    for (int i = 0; i < count; i++) {
        serve_event(net, &events[i], now);
    }
    net->due = look(net, now);
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
    for (size_t i = 0; i < PROM_NET_LINKS_MAX; i++) {
        count += net->links[i].id != 0 ? 1 : 0;
    }
    return count;
}
