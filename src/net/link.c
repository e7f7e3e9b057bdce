/* One link: frames in and out of its buffers. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/parts.h"
#include "system/clock.h"
#include "wire/frame.h"

enum {
    READ_AT_ONCE = 65536,      /* bytes of one link, before others have their turn; */
    BODIES_AT_ONCE = 1 << 17,  /* of one for bodies: its records are large */
    FRAMES_AT_ONCE = 16,       /* the same */
    PACKET_MEMORY = 16 << 20,  /* a frame's structures */
    LOOK_AGAIN_MS = 60 * 1000, /* at the latest */
};

struct link *prom_link_find(prom_net *net, uint64_t id)
{
    for (size_t i = 0; i < net->links_used && id != 0; i++) {
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

void prom_link_drop(prom_net *net, struct link *link)
{
    prom_link_count(&net->past, link);
    prom_tls_free(link->tls);
    free(link->socks);
    prom_bodies_free(link->bodies);
    (void)close(link->descriptor);
    prom_net_buffer_free(&link->in, &net->room);
    prom_net_buffer_free(&link->out, &net->room);
    *link = (struct link){0};
    while (net->links_used > 0 && net->links[net->links_used - 1].id == 0) {
        net->links_used--;
    }
}

void prom_link_count(prom_net_traffic *traffic, const struct link *link)
{
    if (link->tls != NULL) {
        traffic->received += prom_tls_received(link->tls);
        traffic->sent += prom_tls_sent(link->tls);
    }
}

void prom_link_close(prom_net *net, struct link *link)
{
    const uint64_t id = link->id;
    const bool up = link->up;
    const bool bodies = link->bodies != NULL;
    const prom_bytes32 node = link->node;
    char reason[sizeof link->reason];
    (void)snprintf(reason, sizeof reason, "%s", link->reason);
    prom_link_drop(net, link);
    prom_dial_lost(net, id, up ? NULL : reason, prom_clock_milliseconds());
    if (up) {
        prom_bodies_lost(net, &node, bodies);
    }
    if (up && !bodies) {
        net->events.down(net->events.context, id, reason);
    }
}

static void watch(const prom_net *net, struct link *link, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.u64 = link->id};
    if (events != link->watched && epoll_ctl(net->epoll, EPOLL_CTL_MOD, link->descriptor, &event) != 0) {
        prom_link_end(link, "it cannot be watched");
    }
    link->watched = events;
}

struct link *prom_link_new(prom_net *net, const struct link_start *start, int64_t now)
{
    struct link *link = prom_link_place(net, start->ours);
    if (link == NULL) {
        (void)close(start->descriptor);
        free(start->socks);
        return NULL;
    }
    const enum stage next = start->socks != NULL ? STAGE_PROXY : STAGE_TLS;
    *link = (struct link){.id = ++net->last_id,
                          .descriptor = start->descriptor,
                          .ours = start->ours,
                          .stage = start->connects ? STAGE_CONNECTS : next,
                          .socks = start->socks,
                          .wants_write = start->ours,
                          .expects = start->node != NULL,
                          .source = start->source,
                          .from = start->from,
                          .packets = prom_quota_new(net->limits.packets_a_second, now),
                          .bytes = prom_quota_new(net->limits.bytes_a_second, now),
                          .heard = now,
                          .pinged = INT64_MAX,
                          .waits_since = now,
                          .stuck_since = INT64_MAX};
    if (start->node != NULL) {
        link->wanted = *start->node;
    }
    if (start->bodies && !prom_bodies_begin(link)) {
        prom_link_end(link, "there is no memory for it");
    }
    link->watched = prom_greet_events(link);
    struct epoll_event event = {.events = link->watched, .data.u64 = link->id};
    if (epoll_ctl(net->epoll, EPOLL_CTL_ADD, link->descriptor, &event) != 0) {
        prom_link_end(link, "there is no room for it");
    }
    if (link->ending) {
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
        !prom_link_reserve(net, link, &link->out, sizeof head + bytes.length)) {
        return false;
    }
    prom_frame_head(head, bytes.length);
    net->due = 0; /* it is written with the next look */
    link->stuck_since = link->stuck_since == INT64_MAX ? prom_clock_milliseconds() : link->stuck_since;
    return prom_net_buffer_add(&link->out, &net->room, prom_span_of(head, sizeof head)) &&
           prom_net_buffer_add(&link->out, &net->room, bytes);
}

/* -- In -- */

static void take_begin(prom_net *net, struct link *link, const prom_begin *begin)
{
    prom_packet answer = {.kind = PROM_PACKET_BEGUN};
    prom_quote_reason why = {.code = 0};
    const bool takes_part = net->events.begin(net->events.context, link->id, begin, &answer.as.begun, &why);
    if (!takes_part) {
        answer = (prom_packet){.kind = PROM_PACKET_DECLINED, .as.declined = {begin->channel, begin->role, why}};
    }
    if (takes_part || (why.code != 0 && (link->features & PROM_FEATURE_DECLINED) != 0)) {
        link->refused = !prom_link_put(net, link, &answer, PROM_NET_WAITING_MAX); /* it asks again */
    }
}

static void answer_ping(prom_net *net, struct link *link, uint64_t number)
{
    const prom_packet answer = {.kind = PROM_PACKET_PONG, .as.ping = number};
    (void)!prom_link_put(net, link, &answer, PROM_NET_WAITING_MAX); /* where there is no room, it is heard anyway */
}

/* Bodies have a link of their own, on which there is nothing else. */
static bool belongs_here(const struct link *link, prom_packet_kind kind)
{
    const bool of_bodies = kind == PROM_PACKET_FETCH || kind == PROM_PACKET_PIECE;
    const bool of_both = kind == PROM_PACKET_PING || kind == PROM_PACKET_PONG || kind == PROM_PACKET_UNKNOWN;
    return of_both || of_bodies == (link->bodies != NULL);
}

static void take_packet(prom_net *net, struct link *link, const prom_packet *packet, int64_t now)
{
    if (packet->kind == PROM_PACKET_HELLO) {
        prom_greet_take(net, link, &packet->as.hello, now);
        return;
    }
    if (!link->up || !belongs_here(link, packet->kind)) {
        prom_link_end(link, link->up ? "the peer sent what is not for this link" : "the peer did not say hello first");
        return;
    }
    switch (packet->kind) {
    case PROM_PACKET_ENVELOPE:
        net->events.envelope(net->events.context, link->id, &packet->as.envelope);
        break;
    case PROM_PACKET_FETCH:
        prom_serve_take(net, link, &packet->as.fetch, now);
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
    case PROM_PACKET_DECLINED:
        if (net->events.declined != NULL) {
            net->events.declined(net->events.context, link->id, &packet->as.declined);
        }
        break;
    case PROM_PACKET_BODIES:
        prom_bodies_wanted(net, link, now);
        break;
    case PROM_PACKET_PING:
        answer_ping(net, link, packet->as.ping);
        break;
    case PROM_PACKET_GET_POINTERS:
    case PROM_PACKET_POINTERS:
    case PROM_PACKET_GET_LISTINGS:
    case PROM_PACKET_LISTINGS:
    case PROM_PACKET_ASK:
    case PROM_PACKET_QUOTE:
        if (net->events.packet != NULL) { /* nobody is owed an answer: who asks goes on without us */
            net->events.packet(net->events.context, link->id, packet);
        }
        break;
    case PROM_PACKET_PONG: /* it was heard, which is all */
    case PROM_PACKET_UNKNOWN:
    case PROM_PACKET_HELLO:
        break;
    }
}

/* In how many milliseconds the next packet may be taken. */
static int64_t packets_wait(prom_net *net, struct link *link, int64_t now)
{
    const int64_t its = prom_quota_wait(&link->packets, now);
    const int64_t all = prom_link_is_stranger(net, link) ? prom_quota_wait(&net->strangers, now) : 0;
    return its > all ? its : all;
}

bool prom_link_take_frame(prom_net *net, struct link *link, int64_t now)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_span bytes;
    prom_packet packet;
    prom_error error;
    size_t needed = 0;
    /* a newer version's hello may say more: what it is, and whether we may go on, is said in what we know of it */
    const prom_frame_state state = prom_frame_find(&bytes, &needed, prom_net_buffer_bytes(&link->in));
    if (state == PROM_FRAME_NONE) {
        prom_link_end(link, "the peer sent bytes that are no frame");
    }
    if (state != PROM_FRAME_WHOLE || packets_wait(net, link, now) > 0) {
        return false;
    }
    prom_arena_init(&arena, PACKET_MEMORY);
    if (!prom_is_ok(prom_packet_decode(&arena, &packet, bytes, !link->up || link->lenient, &error))) {
        prom_link_end(link, "%s", error.sentence);
        return false;
    }
    prom_quota_use(&link->packets, 1);
    if (prom_link_is_stranger(net, link)) {
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
    bool taken = prom_link_take_frame(net, link, now);
    const bool any = taken;
    for (unsigned i = 1; i < FRAMES_AT_ONCE && taken && !prom_link_is_stranger(net, link); i++) {
        taken = prom_link_take_frame(net, link, now);
    }
    if (link->up && prom_net_buffer_bytes(&link->in).length == 0) {
        link->waits_since = INT64_MAX;
    } else if (any || link->waits_since == INT64_MAX) {
        link->waits_since = now; /* for the hello, or for what has begun to come */
    }
}

const char *prom_link_end_of(const struct link *link, prom_tls_state state)
{
    switch (state) {
    case PROM_TLS_OVER:
        return "the peer has closed it";
    case PROM_TLS_FAILED:
        return prom_tls_failure(link->tls);
    case PROM_TLS_DONE:
    case PROM_TLS_WANT_READ:
    case PROM_TLS_WANT_WRITE:
        break;
    }
    return NULL;
}

bool prom_link_receive(prom_net *net, struct link *link, int64_t now)
{
    const uint64_t before = prom_tls_received(link->tls);
    const size_t most = link->bodies == NULL ? READ_AT_ONCE : BODIES_AT_ONCE;
    size_t got = 0;
    if (!prom_link_reserve(net, link, &link->in, most)) {
        prom_link_end(link, "there is no memory for what it sends");
        return false;
    }
    const prom_tls_state state = prom_tls_read(link->tls, prom_net_buffer_end(&link->in), most, &got);
    const uint64_t came = prom_tls_received(link->tls) - before;
    const char *reason = prom_link_end_of(link, state);
    if (got > 0) {
        prom_net_buffer_added(&link->in, got);
    }
    if (came > 0) {
        prom_quota_use(&link->bytes, came);
        link->heard = now;
    }
    prom_net_buffer_drop(&link->in, &net->room, 0);
    if (reason != NULL && got == 0) {
        prom_link_end(link, "%s", reason);
    }
    return !link->ending;
}

/* Whether more is wanted than waits: what is to have its turn later stays in the socket, and with who sends it. Of a
 * frame that has begun all is wanted. */
static bool wants_more(const struct link *link)
{
    prom_span bytes;
    size_t needed = 0;
    const prom_span waiting = prom_net_buffer_bytes(&link->in);
    return waiting.length < READ_AT_ONCE || prom_frame_find(&bytes, &needed, waiting) != PROM_FRAME_WHOLE;
}

void prom_link_read(prom_net *net, struct link *link, int64_t now)
{
    if (link->bodies != NULL) {
        prom_bodies_read(net, link, now);
        return;
    }
    if (wants_more(link) && prom_quota_allows(&link->bytes, now) && !prom_link_receive(net, link, now)) {
        return;
    }
    take_frames(net, link, now);
}

/* -- Out -- */

void prom_link_write(prom_net *net, struct link *link, int64_t now)
{
    const prom_span bytes = prom_net_buffer_bytes(&link->out);
    size_t put = 0;
    if (link->bodies != NULL) {
        prom_bodies_write(net, link, now);
        return;
    }
    if (bytes.length == 0) {
        return;
    }
    const char *reason = prom_link_end_of(link, prom_tls_write(link->tls, bytes, &put));
    if (reason != NULL) {
        prom_link_end(link, "%s", reason);
        return;
    }
    if (put > 0) {
        prom_net_buffer_drop(&link->out, &net->room, put);
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

/* Asks one that is silent whether somebody is there, and ends it where nobody is. Returns how long it has. */
static int64_t look_for_life(prom_net *net, struct link *link, int64_t now)
{
    const int64_t most = net->limits.stall_ms;
    if (link->pinged != INT64_MAX && now - link->pinged > most) {
        prom_link_read(net, link, now); /* we may be the ones who were away */
    }
    if (link->ending || link->heard >= link->pinged) {
        link->pinged = INT64_MAX;
    }
    if (link->pinged == INT64_MAX && now - link->heard >= most && !link->ending) {
        const prom_packet ping = {.kind = PROM_PACKET_PING, .as.ping = link->id};
        (void)!prom_link_put(net, link, &ping, PROM_NET_WAITING_MAX);
        link->pinged = now;
    }
    if (link->pinged != INT64_MAX && now - link->pinged > most) {
        prom_link_end(link, "nobody is there any more");
    }
    return link->pinged != INT64_MAX ? most - (now - link->pinged) : most - (now - link->heard);
}

/* The same before packets come. */
static int64_t look_at_greeting(prom_net *net, struct link *link, int64_t now)
{
    const int64_t left = left_of(link->waits_since, net->limits.stall_ms, now);
    if (left < 0) {
        prom_link_end(link, "%s", prom_greet_missing(link));
    }
    const int64_t turn = left < 0 ? 0 : prom_greet_turn(net, link, now);
    watch(net, link, link->stage == STAGE_OPEN ? (uint32_t)EPOLLIN : prom_greet_events(link));
    return left < 0 || link->ending || link->stage == STAGE_OPEN ? 0 : turn < left ? turn : left + 1;
}

int64_t prom_link_look(prom_net *net, struct link *link, int64_t now)
{
    if (link->stage != STAGE_OPEN) {
        return look_at_greeting(net, link, now);
    }
    const int64_t packets = packets_wait(net, link, now);
    const int64_t bytes = prom_quota_wait(&link->bytes, now);
    const int64_t quota = packets > bytes ? packets : bytes;
    int64_t frame_ms = 0;
    const bool waits_for_us = has_frame(link, &frame_ms) || quota > 0 || prom_tls_pending(link->tls);
    if (waits_for_us) {
        link->waits_since = link->waits_since == INT64_MAX ? INT64_MAX : now;
        link->heard = now;
    }
    const int64_t in_left = left_of(link->waits_since, net->limits.stall_ms + frame_ms, now);
    const int64_t out_left = left_of(link->stuck_since, net->limits.stall_ms, now);
    const int64_t life_left = link->up ? look_for_life(net, link, now) : in_left;
    if (in_left < 0) {
        prom_link_end(link, "%s", link->up ? "the rest of a frame did not come" : prom_greet_missing(link));
    } else if (out_left < 0) {
        prom_link_end(link, "the peer does not take what we send");
    } else if (prom_bodies_is_owed(net, link, now)) {
        prom_link_end(link, "the peer does not send what it was asked for");
    } else if (!prom_bodies_is_used(link, now)) {
        prom_link_end(link, "no body has been asked for lately");
    }
    const bool out = prom_net_buffer_bytes(&link->out).length > 0 || prom_bodies_waits(link);
    watch(net, link, (quota > 0 ? 0U : (uint32_t)EPOLLIN) | (out ? (uint32_t)EPOLLOUT : 0U));
    if (waits_for_us) {
        return quota; /* 0: its next turn is at once */
    }
    const int64_t least = in_left < out_left ? in_left : out_left;
    return least < life_left ? (least < 0 ? 0 : least + 1) : life_left < 0 ? 0 : life_left + 1;
}
