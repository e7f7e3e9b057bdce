/* One link: frames in and out of its buffers. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/parts.h"
#include "system/clock.h"
#include "wire/frame.h"

enum {
    READ_AT_ONCE = 65536,      /* bytes of one link, before others have their turn */
    FRAMES_AT_ONCE = 16,       /* the same */
    PACKET_MEMORY = 16 << 20,  /* a frame's structures */
    LOOK_AGAIN_MS = 60 * 1000, /* at the latest */
};

struct link *prom_link_find(prom_net *net, uint64_t id)
{
    for (size_t i = 0; i < PROM_NET_LINKS_MAX && id != 0; i++) {
        if (net->links[i].id == id) {
            return &net->links[i];
        }
    }
    return NULL;
}

void prom_link_end(struct link *link, const char *format, ...)
{
    va_list arguments;
    if (link->ending) {
        return;
    }
    link->ending = true;
    va_start(arguments, format);
    (void)vsnprintf(link->reason, sizeof link->reason, format, arguments);
    va_end(arguments);
}

void prom_link_close(prom_net *net, struct link *link)
{
    const uint64_t id = link->id;
    const bool up = link->up;
    char reason[sizeof link->reason];
    (void)snprintf(reason, sizeof reason, "%s", link->reason);
    (void)close(link->descriptor);
    prom_net_buffer_free(&link->in, &net->room);
    prom_net_buffer_free(&link->out, &net->room);
    *link = (struct link){0};
    prom_dial_lost(net, id, prom_clock_milliseconds());
    prom_transfer_lost(net, id);
    if (up) {
        net->events.down(net->events.context, id, reason);
    }
}

static bool is_stranger(const struct link *link)
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
    for (size_t i = 0; i < PROM_NET_LINKS_MAX; i++) {
        struct link *link = &net->links[i];
        if (!is_stranger(link) || link == but) {
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

/* Where the next link goes. Those of nobody we know are counted, and the one that has to makes room: whom we have
 * contracts with does not use up the others' places. */
static struct link *find_place(prom_net *net, bool ours)
{
    size_t strangers = 0;
    size_t theirs = 0;
    for (size_t i = 0; i < PROM_NET_LINKS_MAX; i++) {
        const struct link *link = &net->links[i];
        strangers += is_stranger(link) ? 1 : 0;
        theirs += link->id != 0 && !link->ours ? 1 : 0;
    }
    const bool crowded = strangers >= net->limits.links || theirs >= net->limits.links + PROM_NET_KEPT_MAX;
    if (!ours && crowded && !prom_link_evict(net, NULL, "it makes room for a newer one")) {
        return NULL;
    }
    for (size_t i = 0; i < PROM_NET_LINKS_MAX; i++) {
        if (net->links[i].id == 0) {
            return &net->links[i];
        }
    }
    return NULL;
}

/* Whoever holds the most gives it to one that has less: those we know may be as bad as any, and one of them would have
 * all of it for itself. A stranger takes from strangers alone. */
static bool evict_largest(prom_net *net, const struct link *link, size_t length)
{
    struct link *found = NULL;
    for (size_t i = 0; i < PROM_NET_LINKS_MAX; i++) {
        struct link *other = &net->links[i];
        const bool may = is_stranger(other) || (other->id != 0 && !is_stranger(link));
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

/* Room in a buffer of the link: where memory is used up, one of nobody we know gives its own first. */
static bool reserve(prom_net *net, struct link *link, prom_net_buffer *buffer, size_t length)
{
    while (!prom_net_buffer_reserve(buffer, &net->room, length)) {
        if ((is_stranger(link) || !prom_link_evict(net, link, "memory is needed for others")) &&
            !evict_largest(net, link, length)) {
            return false;
        }
    }
    return true;
}

static void watch(const prom_net *net, struct link *link, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.u64 = link->id};
    if (events != link->watched && epoll_ctl(net->epoll, EPOLL_CTL_MOD, link->descriptor, &event) != 0) {
        prom_link_end(link, "it cannot be watched");
    }
    link->watched = events;
}

struct link *prom_link_new(prom_net *net, int descriptor, bool ours, int64_t now)
{
    struct link *link = find_place(net, ours);
    if (link == NULL) {
        (void)close(descriptor);
        return NULL;
    }
    const struct link fresh = {.id = ++net->last_id,
                               .descriptor = descriptor,
                               .ours = ours,
                               .watched = EPOLLIN,
                               .packets = prom_quota_new(net->limits.packets_a_second, now),
                               .bytes = prom_quota_new(net->limits.bytes_a_second, now),
                               .waits_since = now,
                               .stuck_since = INT64_MAX};
    *link = fresh;
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = link->id};
    const prom_packet hello = {.kind = PROM_PACKET_HELLO, .as.hello = net->hello};
    if (epoll_ctl(net->epoll, EPOLL_CTL_ADD, descriptor, &event) != 0 ||
        !prom_link_put(net, link, &hello, PROM_NET_WAITING_MAX)) {
        prom_link_end(link, "there is no room for it");
        prom_link_close(net, link);
        return NULL;
    }
    return link;
}

bool prom_link_put(prom_net *net, struct link *link, const prom_packet *packet, size_t most)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    uint8_t head[PROM_FRAME_HEAD];
    prom_span bytes;
    prom_arena_init(&arena, PACKET_MEMORY);
    if (!prom_is_ok(prom_packet_encode(&arena, &bytes, packet, NULL)) ||
        prom_net_buffer_bytes(&link->out).length + sizeof head + bytes.length > most ||
        !reserve(net, link, &link->out, sizeof head + bytes.length)) {
        return false;
    }
    prom_frame_head(head, bytes.length);
    link->stuck_since = link->stuck_since == INT64_MAX ? prom_clock_milliseconds() : link->stuck_since;
    return prom_net_buffer_add(&link->out, &net->room, prom_span_of(head, sizeof head)) &&
           prom_net_buffer_add(&link->out, &net->room, bytes);
}

/* -- In -- */

static void take_hello(prom_net *net, struct link *link, const prom_hello *hello)
{
    prom_error error;
    if (link->up) {
        prom_link_end(link, "the peer said hello twice");
    } else if (!prom_is_ok(prom_hello_check(&link->lenient, hello, &net->hello, &error))) {
        prom_link_end(link, "%s", error.sentence);
    } else {
        link->up = true;
        prom_dial_reached(net, link->id);
        net->events.up(net->events.context, link->id, hello);
    }
}

static void take_begin(prom_net *net, struct link *link, const prom_begin *begin)
{
    prom_packet answer = {.kind = PROM_PACKET_BEGUN};
    if (net->events.begin(net->events.context, link->id, begin, &answer.as.begun)) {
        link->refused = !prom_link_put(net, link, &answer, PROM_NET_WAITING_MAX); /* it asks again */
    }
}

static void take_packet(prom_net *net, struct link *link, const prom_packet *packet, int64_t now)
{
    if (packet->kind == PROM_PACKET_HELLO) {
        take_hello(net, link, &packet->as.hello);
        return;
    }
    if (!link->up) {
        prom_link_end(link, "the peer did not say hello first");
        return;
    }
    switch (packet->kind) {
    case PROM_PACKET_ENVELOPE:
        net->events.envelope(net->events.context, link->id, &packet->as.envelope);
        break;
    case PROM_PACKET_FETCH:
        prom_transfer_serve(net, link, &packet->as.fetch);
        break;
    case PROM_PACKET_PIECE:
        prom_transfer_take(net, link, &packet->as.piece, now);
        break;
    case PROM_PACKET_BEGIN:
        take_begin(net, link, &packet->as.begin);
        break;
    case PROM_PACKET_BEGUN:
        net->events.begun(net->events.context, link->id, &packet->as.begun);
        break;
    case PROM_PACKET_GET_POINTERS: /* our hello does not have PROM_FEATURE_DISCOVERY: nobody is owed an answer */
    case PROM_PACKET_POINTERS:
    case PROM_PACKET_GET_LISTINGS:
    case PROM_PACKET_LISTINGS:
    case PROM_PACKET_UNKNOWN:
    case PROM_PACKET_HELLO:
        break;
    }
}

/* In how many milliseconds the next packet may be taken. */
static int64_t packets_wait(prom_net *net, struct link *link, int64_t now)
{
    const int64_t its = prom_quota_wait(&link->packets, now);
    const int64_t all = is_stranger(link) ? prom_quota_wait(&net->strangers, now) : 0;
    return its > all ? its : all;
}

/* Takes the first whole frame that has come; false when there is none, or the link ends. */
static bool take_frame(prom_net *net, struct link *link, int64_t now)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_span bytes;
    prom_packet packet;
    prom_error error;
    size_t needed = 0;
    const prom_frame_state state = prom_frame_find(&bytes, &needed, prom_net_buffer_bytes(&link->in));
    if (state == PROM_FRAME_NONE) {
        prom_link_end(link, "the peer sent bytes that are no frame");
    }
    if (state != PROM_FRAME_WHOLE || packets_wait(net, link, now) > 0) {
        return false;
    }
    prom_arena_init(&arena, PACKET_MEMORY);
    if (!prom_is_ok(prom_packet_decode(&arena, &packet, bytes, link->lenient, &error))) {
        prom_link_end(link, "%s", error.sentence);
        return false;
    }
    prom_quota_use(&link->packets, 1);
    if (is_stranger(link)) {
        prom_quota_use(&net->strangers, 1);
        net->turn = (size_t)(link - net->links) + 1;
    }
    prom_net_buffer_drop(&link->in, &net->room, needed); /* the packet lies in the arena */
    take_packet(net, link, &packet, now);
    return !link->ending;
}

/* Of nobody we know one at a time: all of them share a quota, and who sends much must not use up the others' part. Of
 * those we know some: what a message makes us do may take longer than the next one to come. */
static void take_frames(prom_net *net, struct link *link, int64_t now)
{
    bool taken = take_frame(net, link, now);
    const bool any = taken;
    for (unsigned i = 1; i < FRAMES_AT_ONCE && taken && !is_stranger(link); i++) {
        taken = take_frame(net, link, now);
    }
    if (link->up && prom_net_buffer_bytes(&link->in).length == 0) {
        link->waits_since = INT64_MAX;
    } else if (any || link->waits_since == INT64_MAX) {
        link->waits_since = now; /* for the hello, or for what has begun to come */
    }
}

void prom_link_read(prom_net *net, struct link *link, int64_t now)
{
    const size_t waiting = prom_net_buffer_bytes(&link->in).length;
    if (waiting < PROM_FRAME_HEAD + PROM_FRAME_MAX && prom_quota_allows(&link->bytes, now)) {
        if (!reserve(net, link, &link->in, READ_AT_ONCE)) {
            prom_link_end(link, "there is no memory for what it sends");
            return;
        }
        const ssize_t got = recv(link->descriptor, prom_net_buffer_end(&link->in), READ_AT_ONCE, MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
            prom_link_end(link, "the peer has closed it");
            return;
        }
        if (got > 0) {
            prom_net_buffer_added(&link->in, (size_t)got);
            prom_quota_use(&link->bytes, (uint64_t)got);
        }
        prom_net_buffer_drop(&link->in, &net->room, 0);
    }
    take_frames(net, link, now);
}

/* -- Out -- */

void prom_link_write(prom_net *net, struct link *link, int64_t now)
{
    const prom_span bytes = prom_net_buffer_bytes(&link->out);
    if (bytes.length == 0) {
        return;
    }
    const ssize_t put = send(link->descriptor, bytes.data, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (put < 0 && errno != EAGAIN && errno != EINTR) {
        prom_link_end(link, "the peer has closed it");
        return;
    }
    if (put > 0) {
        prom_net_buffer_drop(&link->out, &net->room, (size_t)put);
        link->stuck_since = prom_net_buffer_bytes(&link->out).length > 0 ? now : INT64_MAX;
    }
    if (link->refused && prom_net_buffer_bytes(&link->out).length < PROM_NET_WAITING_MAX / 2) {
        link->refused = false;
        net->events.room(net->events.context, link->id);
    }
}

/* -- Time -- */

/* Whether a whole frame waits; else how long the one that has begun to come may take, at the least pace. */
static bool has_frame(const struct link *link, int64_t *frame_ms)
{
    prom_span bytes;
    size_t needed = 0;
    const bool whole = prom_frame_find(&bytes, &needed, prom_net_buffer_bytes(&link->in)) == PROM_FRAME_WHOLE;
    *frame_ms = (int64_t)(1000 * needed / PROM_NET_PACE_MIN);
    return whole;
}

static int64_t left_of(int64_t since, int64_t most, int64_t now)
{
    return since == INT64_MAX ? LOOK_AGAIN_MS : most - (now - since);
}

int64_t prom_link_look(prom_net *net, struct link *link, int64_t now)
{
    const int64_t packets = packets_wait(net, link, now);
    const int64_t bytes = prom_quota_wait(&link->bytes, now);
    const int64_t quota = packets > bytes ? packets : bytes;
    const bool out = prom_net_buffer_bytes(&link->out).length > 0;
    int64_t frame_ms = 0;
    const bool waits_for_us = has_frame(link, &frame_ms) || quota > 0;
    if (waits_for_us) {
        link->waits_since = link->waits_since == INT64_MAX ? INT64_MAX : now;
    }
    const int64_t in_left = left_of(link->waits_since, net->limits.stall_ms + frame_ms, now);
    const int64_t out_left = left_of(link->stuck_since, net->limits.stall_ms, now);
    if (in_left < 0) {
        prom_link_end(link, link->up ? "the rest of a frame did not come" : "the peer said no hello");
    } else if (out_left < 0) {
        prom_link_end(link, "the peer does not take what we send");
    }
    watch(net, link, (quota > 0 ? 0U : (uint32_t)EPOLLIN) | (out ? (uint32_t)EPOLLOUT : 0U));
    if (waits_for_us) {
        return quota; /* 0: its next turn is at once */
    }
    const int64_t least = in_left < out_left ? in_left : out_left;
    return least < 0 ? 0 : least + 1;
}
