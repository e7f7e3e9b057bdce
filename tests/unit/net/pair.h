/* Two nodes' links in one process, over real sockets, each with a log of what happened; and a peer without manners, a
 * plain socket. */
#ifndef PROMETHEUS_TEST_NET_PAIR_H
#define PROMETHEUS_TEST_NET_PAIR_H

#include "support.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "net/net.h"
#include "system/clock.h"
#include "wire/frame.h"

enum { ENVELOPES_MAX = 4096 };

struct side {
    prom_net *net;
    fixture *test;
    prom_address address;
    char folder[64];
    uint64_t link; /* the last that came up */
    size_t ups;
    size_t downs;
    char reason[160];
    uint64_t numbers[ENVELOPES_MAX]; /* of the envelopes that came */
    size_t envelopes;
    size_t rooms;
    size_t begins;
    prom_begun begun; /* the last answer */
    size_t answers;
    char served[PATH_MAX]; /* what it serves; empty: nothing */
    size_t serves;
    size_t fetched;
    char fetch_reason[160];
};

static inline void side_up(void *context, uint64_t link, const prom_hello *hello)
{
    struct side *side = context;
    (void)hello;
    side->link = link;
    side->ups++;
}

static inline void side_down(void *context, uint64_t link, const char *reason)
{
    struct side *side = context;
    (void)link;
    side->downs++;
    (void)snprintf(side->reason, sizeof side->reason, "%s", reason);
}

static inline void side_envelope(void *context, uint64_t link, const prom_envelope *envelope)
{
    struct side *side = context;
    (void)link;
    if (side->envelopes < ENVELOPES_MAX) {
        side->numbers[side->envelopes] = envelope->number;
    }
    side->envelopes++;
}

static inline void side_room(void *context, uint64_t link)
{
    struct side *side = context;
    (void)link;
    side->rooms++;
}

static inline bool side_serve(void *context, uint64_t link, const prom_fetch *fetch, char path[PATH_MAX])
{
    struct side *side = context;
    (void)link;
    (void)fetch;
    side->serves++;
    (void)snprintf(path, PATH_MAX, "%s", side->served);
    return side->served[0] != '\0';
}

static inline void side_fetched(void *context, const prom_net_order *order, const char *reason)
{
    struct side *side = context;
    (void)order;
    side->fetched++;
    (void)snprintf(side->fetch_reason, sizeof side->fetch_reason, "%s", reason == NULL ? "" : reason);
}

/* Takes part as a worker, and in nothing else. */
static inline bool side_begin(void *context, uint64_t link, const prom_begin *begin, prom_begun *begun)
{
    struct side *side = context;
    (void)link;
    side->begins++;
    begun->channel = begin->channel;
    begun->role = begin->role;
    memset(begun->words.bytes, (int)begin->terms.length, sizeof begun->words.bytes);
    return begin->role == PROM_ROLE_WORKER;
}

static inline void side_begun(void *context, uint64_t link, const prom_begun *begun)
{
    struct side *side = context;
    (void)link;
    side->begun = *begun;
    side->answers++;
}

static inline prom_net_events events_of(struct side *side)
{
    return (prom_net_events){.context = side,
                             .up = side_up,
                             .down = side_down,
                             .envelope = side_envelope,
                             .begin = side_begin,
                             .begun = side_begun,
                             .room = side_room,
                             .serve = side_serve,
                             .fetched = side_fetched};
}

static inline prom_address address_of(const char *path)
{
    prom_address address = {.length = (uint8_t)strlen(path)};
    memcpy(address.bytes, path, address.length);
    return address;
}

static inline prom_bytes32 bytes_of(uint8_t byte)
{
    prom_bytes32 value;
    memset(value.bytes, byte, sizeof value.bytes);
    return value;
}

/* A side that listens in a folder of its own. */
static inline void side_open_with(fixture *test, struct side *side, const prom_net_limits *limits, uint8_t genesis)
{
    char path[128];
    const prom_bytes32 chain = bytes_of(genesis);
    const prom_bytes32 node = bytes_of(2);
    const prom_hello hello = prom_hello_of(&chain, &node);
    *side = (struct side){.test = test, .folder = "/tmp/prom-net-XXXXXX"};
    const prom_net_events events = events_of(side);
    assert_non_null(mkdtemp(side->folder));
    (void)snprintf(path, sizeof path, "%s/socket", side->folder);
    side->address = address_of(path);
    assert_ok(prom_net_new(&side->net, &hello, limits, &events, &test->error), &test->error);
    assert_ok(prom_net_listen(side->net, &side->address, &test->error), &test->error);
}

static inline void side_open(fixture *test, struct side *side)
{
    const prom_net_limits limits = prom_net_limits_usual();
    side_open_with(test, side, &limits, 1);
}

static inline void side_close(struct side *side)
{
    char command[128];
    prom_net_free(side->net);
    (void)snprintf(command, sizeof command, "rm -rf '%s'", side->folder);
    assert_int_equal(system(command), 0);
}

static inline void poll_side(struct side *side)
{
    assert_ok(prom_net_poll(side->net, 1, &side->test->error), &side->test->error);
}

/* Both take turns until `done` holds, for so many seconds at most. */
#define UNTIL(done, a, b)                                                                                              \
    do {                                                                                                               \
        const int64_t end_ = prom_clock_milliseconds() + 20000;                                                        \
        while (!(done) && prom_clock_milliseconds() < end_) {                                                          \
            poll_side(a);                                                                                              \
            poll_side(b);                                                                                              \
        }                                                                                                              \
        assert_true(done);                                                                                             \
    } while (0)

static inline void link_up(struct side *from, struct side *to)
{
    UNTIL(prom_net_link_to(from->net, &to->address) != 0 && to->ups > 0, from, to);
}

static inline prom_envelope envelope_of(uint64_t number, prom_span body)
{
    return (prom_envelope){.channel = bytes_of(3),
                           .sender = bytes_of(4),
                           .receiver = bytes_of(5),
                           .generation = 1,
                           .number = number,
                           .body = body};
}

/* A plain socket to a side. */
static inline int rude_peer(const struct side *side)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    memcpy(name.sun_path, side->address.bytes, side->address.length);
    const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(descriptor >= 0);
    assert_int_equal(connect(descriptor, (const struct sockaddr *)&name, sizeof name), 0);
    return descriptor;
}

static inline void rude_send(int descriptor, prom_span bytes)
{
    (void)!send(descriptor, bytes.data, bytes.length, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* A packet in its frame. */
static inline prom_span framed(fixture *test, const prom_packet *packet)
{
    prom_span bytes;
    void *room = NULL;
    assert_ok(prom_packet_encode(&test->arena, &bytes, packet, &test->error), &test->error);
    assert_ok(prom_arena_alloc(&test->arena, &room, PROM_FRAME_HEAD + bytes.length, 1, &test->error), &test->error);
    uint8_t *frame = room;
    prom_frame_head(frame, bytes.length);
    memcpy(frame + PROM_FRAME_HEAD, bytes.data, bytes.length);
    return prom_span_of(frame, PROM_FRAME_HEAD + bytes.length);
}

static inline prom_span rude_hello(fixture *test)
{
    const prom_bytes32 chain = bytes_of(1);
    const prom_bytes32 node = bytes_of(9);
    return framed(test, &(prom_packet){.kind = PROM_PACKET_HELLO, .as.hello = prom_hello_of(&chain, &node)});
}

/* Polls for so long. */
static inline void let_pass(struct side *side, int64_t milliseconds)
{
    const int64_t end = prom_clock_milliseconds() + milliseconds;
    while (prom_clock_milliseconds() < end) {
        poll_side(side);
    }
}

#endif
