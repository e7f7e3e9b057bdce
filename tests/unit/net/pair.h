/* Two nodes' links in one process, over real sockets, each with a log of what happened; and a peer without manners: a
 * socket, with TLS on it and a key of its own, or without. */
#ifndef PROMETHEUS_TEST_NET_PAIR_H
#define PROMETHEUS_TEST_NET_PAIR_H

#include "support.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "net/parts.h"
#include "system/clock.h"
#include "wire/frame.h"

enum { ENVELOPES_MAX = 4096 };

struct side {
    prom_net *net;
    fixture *test;
    prom_address address;
    prom_key key;
    char folder[64];
    uint64_t link; /* the last that came up */
    size_t ups;
    size_t downs;
    char reason[160];
    size_t failures; /* to reach somebody, and the last one's reason */
    char failure[160];
    prom_bytes32 node;               /* whose link came up last */
    uint64_t numbers[ENVELOPES_MAX]; /* of the envelopes that came */
    size_t envelopes;
    size_t rooms;
    size_t begins;
    prom_begun begun; /* the last answer */
    size_t answers;
    prom_quote_reason why;  /* said by who takes no part */
    prom_declined declined; /* the last one */
    size_t declines;
    prom_net_served served; /* what it serves; of an empty path: nothing */
    size_t serves;
    size_t lies;       /* that were found, */
    prom_bytes32 liar; /* and the last one's node */
    size_t fetched;
    char fetch_reason[160];
};

static inline void side_up(void *context, uint64_t link, const prom_hello *hello)
{
    struct side *side = context;
    side->node = hello->node;
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

static inline void side_unreached(void *context, const prom_address *address, const prom_bytes32 *node,
                                  const char *reason)
{
    struct side *side = context;
    (void)address;
    (void)node;
    side->failures++;
    (void)snprintf(side->failure, sizeof side->failure, "%s", reason);
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

static inline bool side_serve(void *context, const prom_bytes32 *node, const prom_fetch *fetch, prom_net_served *served)
{
    struct side *side = context;
    (void)node;
    (void)fetch;
    side->serves++;
    *served = side->served;
    return side->served.path[0] != '\0';
}

static inline void side_lied(void *context, const prom_net_order *order, const prom_bytes32 *node)
{
    struct side *side = context;
    (void)order;
    side->lies++;
    side->liar = *node;
}

static inline void side_fetched(void *context, const prom_net_order *order, const char *reason)
{
    struct side *side = context;
    (void)order;
    side->fetched++;
    (void)snprintf(side->fetch_reason, sizeof side->fetch_reason, "%s", reason == NULL ? "" : reason);
}

/* Takes part as a worker, and in nothing else. */
static inline bool side_begin(void *context, uint64_t link, const prom_begin *begin, prom_begun *begun,
                              prom_quote_reason *why)
{
    struct side *side = context;
    (void)link;
    side->begins++;
    begun->channel = begin->channel;
    begun->role = begin->role;
    memset(begun->words.bytes, (int)begin->terms.length, sizeof begun->words.bytes);
    *why = side->why;
    return begin->role == PROM_ROLE_WORKER;
}

static inline void side_begun(void *context, uint64_t link, const prom_begun *begun)
{
    struct side *side = context;
    (void)link;
    side->begun = *begun;
    side->answers++;
}

static inline void side_declined(void *context, uint64_t link, const prom_declined *declined)
{
    struct side *side = context;
    (void)link;
    side->declined = *declined;
    side->declines++;
}

static inline prom_net_events events_of(struct side *side)
{
    return (prom_net_events){.context = side,
                             .up = side_up,
                             .down = side_down,
                             .unreached = side_unreached,
                             .envelope = side_envelope,
                             .begin = side_begin,
                             .begun = side_begun,
                             .declined = side_declined,
                             .room = side_room,
                             .serve = side_serve,
                             .fetched = side_fetched,
                             .lied = side_lied};
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

static inline prom_key key_of(fixture *test, uint8_t byte)
{
    const prom_bytes32 secret = bytes_of(byte);
    prom_key key;
    assert_ok(prom_key_from_secret(test->curve, &key, &secret, &test->error), &test->error);
    return key;
}

static inline prom_net_options options_of(struct side *side, const prom_net_limits *limits, uint8_t genesis)
{
    return (prom_net_options){.curve = side->test->curve,
                              .key = &side->key,
                              .genesis = bytes_of(genesis),
                              .limits = *limits,
                              .anywhere = true};
}

/* A side that does not listen yet, with the key of that byte. */
static inline void side_make(fixture *test, struct side *side, const prom_net_limits *limits, uint8_t key)
{
    *side = (struct side){.test = test, .folder = "/tmp/prom-net-XXXXXX", .key = key_of(test, key)};
    assert_non_null(mkdtemp(side->folder));
    const prom_net_options options = options_of(side, limits, 1);
    const prom_net_events events = events_of(side);
    assert_ok(prom_net_new(&side->net, &options, &events, &test->error), &test->error);
}

/* A side that listens in a folder of its own. */
static inline void side_open_with(fixture *test, struct side *side, const prom_net_limits *limits, uint8_t genesis)
{
    char path[128];
    side_make(test, side, limits, 2);
    side->net->hello.genesis = bytes_of(genesis);
    (void)snprintf(path, sizeof path, "%s/socket", side->folder);
    side->address = address_of(path);
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
    UNTIL(prom_net_link_to(from->net, &to->address, NULL) != 0 && to->ups > 0, from, to);
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
static inline int plain_peer(const struct side *side)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    memcpy(name.sun_path, side->address.bytes, side->address.length);
    const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(descriptor >= 0);
    assert_int_equal(connect(descriptor, (const struct sockaddr *)&name, sizeof name), 0);
    return descriptor;
}

/* What belongs to the sockets of rude peers, by descriptor. */
enum { DESCRIPTORS_MAX = 4096 };
struct rude {
    prom_tls_context *context;
    prom_tls *tls;
    uint8_t *waits; /* what the socket did not take whole */
    size_t length;
};
static struct rude rude_peers[DESCRIPTORS_MAX];

static inline struct rude *rude_of(int descriptor)
{
    assert_in_range(descriptor, 0, DESCRIPTORS_MAX - 1);
    return &rude_peers[descriptor];
}

static inline void rude_close(int descriptor)
{
    struct rude *rude = rude_of(descriptor);
    prom_tls_free(rude->tls);
    prom_tls_context_free(rude->context);
    free(rude->waits);
    *rude = (struct rude){0};
    (void)close(descriptor);
}

/* TLS on a socket, whose other end polls meanwhile. */
static inline void rude_shake(int descriptor, struct side *side, bool dials)
{
    struct rude *rude = rude_of(descriptor);
    assert_null(rude->tls);
    assert_ok(prom_tls_context_new(&rude->context, &side->test->error), &side->test->error);
    rude->tls = prom_tls_new(rude->context, descriptor, dials);
    assert_non_null(rude->tls);
    for (unsigned turn = 0; turn < 1000 && prom_tls_shake(rude->tls) != PROM_TLS_DONE; turn++) {
        poll_side(side);
    }
    prom_bytes32 binding;
    assert_true(prom_tls_binding(rude->tls, &binding));
}

/* The same socket with TLS on it. */
static inline int rude_peer(struct side *side)
{
    const int descriptor = plain_peer(side);
    rude_shake(descriptor, side, true);
    return descriptor;
}

/* What a full socket does not take is lost, but never in the middle of what was sent at once. */
static inline void rude_send(int descriptor, prom_span bytes)
{
    struct rude *rude = rude_of(descriptor);
    size_t put = 0;
    if (rude->length > 0) {
        (void)!prom_tls_write(rude->tls, prom_span_of(rude->waits, rude->length), &put);
        memmove(rude->waits, rude->waits + put, rude->length -= put);
    }
    if (rude->length > 0) {
        return;
    }
    if (prom_tls_write(rude->tls, bytes, &put) != PROM_TLS_WANT_WRITE) {
        return;
    }
    free(rude->waits);
    rude->length = bytes.length - put;
    rude->waits = malloc(rude->length);
    assert_non_null(rude->waits);
    memcpy(rude->waits, bytes.data + put, rude->length);
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

/* A hello that is signed for the socket's TLS, as the key of that byte. */
static inline prom_packet hello_by(fixture *test, int descriptor, uint8_t key_byte, prom_link_side side)
{
    static const prom_bytes32 auxiliary;
    const prom_bytes32 chain = bytes_of(1);
    const prom_key key = key_of(test, key_byte);
    prom_packet packet = {.kind = PROM_PACKET_HELLO, .as.hello = prom_hello_of(&chain, &key.public_key)};
    prom_bytes32 binding;
    prom_bytes32 hash;
    assert_true(prom_tls_binding(rude_of(descriptor)->tls, &binding));
    prom_hello_hash(&hash, &packet.as.hello, side, &binding);
    assert_ok(prom_sign(test->curve, &packet.as.hello.signature, &hash, &key, &auxiliary, &test->error), &test->error);
    return packet;
}

static inline prom_span rude_hello(fixture *test, int descriptor)
{
    static uint8_t key = 16; /* each is somebody else */
    const prom_packet packet = hello_by(test, descriptor, key, PROM_LINK_DIALER);
    key = key < 250 ? key + 1 : 16;
    return framed(test, &packet);
}

/* Polls for so long, and so often that a busy machine makes no difference. */
static inline void let_pass(struct side *side, int64_t milliseconds)
{
    const int64_t end = prom_clock_milliseconds() + milliseconds;
    for (unsigned turn = 0; turn < 20 || prom_clock_milliseconds() < end; turn++) {
        poll_side(side);
    }
}

#endif
