/* Links of a peer that is a test's: TLS and hello by the book, and then whatever it likes. */
#ifndef PROMETHEUS_TEST_HOSTILE_H
#define PROMETHEUS_TEST_HOSTILE_H

#include "listing/listed.h"
#include "wire/packets.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/tls.h"
#include "system/clock.h"
#include "wire/frame.h"

enum { PEER_OUT = 1 << 18, PEER_IN = 2 << 20, READ_AT_ONCE = 1 << 16 };

enum peer_stage { PEER_GONE, PEER_CONNECTS, PEER_SHAKES, PEER_OPEN };

struct peer {
    enum peer_stage stage;
    int descriptor;
    prom_tls *tls;
    prom_key key;
    uint8_t *out; /* PEER_OUT bytes, of which out_put are sent */
    size_t out_length;
    size_t out_put;
    uint8_t *in; /* PEER_IN bytes */
    size_t in_length;
    uint64_t number; /* of its link: each is another */
    int64_t dripped; /* milliseconds, when it sent something last */
    size_t blocks;   /* that it has sent, of a frame or of packets */
};

/* To whom, and how all of them come. */
struct to {
    fixture *test;
    struct sockaddr_in address;
    prom_tls_context *tls;
    unsigned networks; /* peers come from so many of 127.0.0.0/8, each a /24 */
    uint64_t features;
    uint64_t opened;
};

static inline struct to to_node(fixture *test, const char *address)
{
    struct to to = {.test = test, .address = {.sin_family = AF_INET}, .networks = 1};
    char host[64];
    unsigned port = 0;
    assert_int_equal(sscanf(address, "%63[0-9.]:%u", host, &port), 2);
    to.address.sin_port = htons((uint16_t)port);
    assert_int_equal(inet_pton(AF_INET, host, &to.address.sin_addr), 1);
    assert_ok(prom_tls_context_new(&to.tls, &test->error), &test->error);
    return to;
}

static inline void peer_close(struct peer *peer)
{
    if (peer->stage != PEER_GONE) {
        prom_tls_free(peer->tls);
        (void)close(peer->descriptor);
        free(peer->out);
        free(peer->in);
    }
    *peer = (struct peer){.stage = PEER_GONE};
}

/* Begins to connect, as a node of its own: "NAME NUMBER" is its key. */
static inline void peer_open(struct to *to, struct peer *peer, const char *name)
{
    const uint64_t number = to->opened++;
    const uint32_t network = (uint32_t)(number % to->networks);
    const struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f010001U + (network << 8))};
    const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    *peer = (struct peer){.stage = PEER_CONNECTS,
                          .descriptor = descriptor,
                          .key = named_key(to->test, name, number),
                          .out = malloc(PEER_OUT),
                          .in = malloc(PEER_IN),
                          .number = number};
    assert_true(descriptor >= 0 && peer->out != NULL && peer->in != NULL);
    assert_int_equal(bind(descriptor, (const struct sockaddr *)&from, sizeof from), 0);
    (void)!connect(descriptor, (const struct sockaddr *)&to->address, sizeof to->address);
}

static inline void peer_put(struct peer *peer, prom_span bytes)
{
    if (peer->out_put == peer->out_length) {
        peer->out_put = peer->out_length = 0;
    }
    if (bytes.length <= PEER_OUT - peer->out_length) {
        memcpy(peer->out + peer->out_length, bytes.data, bytes.length);
        peer->out_length += bytes.length;
    }
}

/* A packet in its frame. Whether there is room for it. */
static inline bool peer_say(struct peer *peer, const prom_packet *packet)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    uint8_t head[PROM_FRAME_HEAD];
    prom_span bytes;
    prom_arena_init(&arena, (size_t)1 << 22);
    if (!prom_is_ok(prom_packet_encode(&arena, &bytes, packet, NULL)) ||
        (peer->out_put < peer->out_length && sizeof head + bytes.length > PEER_OUT - peer->out_length)) {
        return false;
    }
    prom_frame_head(head, bytes.length);
    peer_put(peer, prom_span_of(head, sizeof head));
    peer_put(peer, bytes);
    return true;
}

/* The hello of the peer's key, signed for its link as that side. */
static inline prom_packet peer_hello(const struct to *to, const struct peer *peer, prom_link_side side)
{
    static const prom_bytes32 auxiliary;
    fixture *test = to->test;
    const prom_bytes32 *genesis = &prom_chain_parameters_by_name("regtest")->genesis;
    prom_packet packet = {.kind = PROM_PACKET_HELLO, .as.hello = prom_hello_of(genesis, &peer->key.public_key)};
    prom_bytes32 binding;
    prom_bytes32 hash;
    packet.as.hello.features = to->features;
    assert_true(prom_tls_binding(peer->tls, &binding));
    prom_hello_hash(&hash, &packet.as.hello, side, &binding);
    assert_ok(prom_sign(test->curve, &packet.as.hello.signature, &hash, &peer->key, &auxiliary, &test->error),
              &test->error);
    return packet;
}

static inline bool peer_is_over(prom_tls_state state)
{
    return state == PROM_TLS_OVER || state == PROM_TLS_FAILED;
}

static inline void peer_write(struct peer *peer)
{
    size_t put = 0;
    const prom_span waits = prom_span_of(peer->out + peer->out_put, peer->out_length - peer->out_put);
    if (waits.length > 0 && peer_is_over(prom_tls_write(peer->tls, waits, &put))) {
        peer_close(peer);
        return;
    }
    peer->out_put += put;
}

/* Reads some; what it does not take is lost where `keeps` is false. */
static inline void peer_read(struct peer *peer, bool keeps)
{
    size_t got = 0;
    const size_t room = PEER_IN - peer->in_length;
    const prom_tls_state state =
        prom_tls_read(peer->tls, peer->in + peer->in_length, room < READ_AT_ONCE ? room : READ_AT_ONCE, &got);
    peer->in_length = keeps ? peer->in_length + got : 0;
    if (got == 0 && peer_is_over(state)) {
        peer_close(peer);
    }
}

/* Takes the next packet that has come; it lies in the arena. */
static inline bool peer_hear(struct peer *peer, prom_arena *arena, prom_packet *packet)
{
    prom_span bytes;
    size_t needed = 0;
    const prom_span come = prom_span_of(peer->in, peer->in_length);
    if (prom_frame_find(&bytes, &needed, come) != PROM_FRAME_WHOLE) {
        return false;
    }
    const bool read = prom_is_ok(prom_packet_decode(arena, packet, bytes, true, NULL));
    memmove(peer->in, peer->in + needed, peer->in_length -= needed);
    return read;
}

/* Goes on to STAGE_OPEN, without a hello. */
static inline void peer_greet(struct to *to, struct peer *peer)
{
    int why = 0;
    socklen_t length = sizeof why;
    if (peer->stage == PEER_CONNECTS) {
        if (getsockopt(peer->descriptor, SOL_SOCKET, SO_ERROR, &why, &length) != 0 || why != 0) {
            peer_close(peer);
            return;
        }
        peer->tls = prom_tls_new(to->tls, peer->descriptor, true);
        assert_non_null(peer->tls);
        peer->stage = PEER_SHAKES;
    }
    const prom_tls_state state = prom_tls_shake(peer->tls);
    if (state == PROM_TLS_DONE) {
        peer->stage = PEER_OPEN;
    } else if (peer_is_over(state)) {
        peer_close(peer);
    }
}

/* Opens one and greets until TLS is done, for ten seconds at most. Whether it is. */
static inline bool peer_reach(struct to *to, struct peer *peer, const char *name)
{
    const int64_t end = prom_clock_milliseconds() + 10000;
    peer_open(to, peer, name);
    while (peer->stage != PEER_OPEN && prom_clock_milliseconds() < end) {
        struct pollfd watched = {.fd = peer->descriptor, .events = peer->stage == PEER_CONNECTS ? POLLOUT : POLLIN};
        (void)poll(&watched, 1, 100);
        peer_greet(to, peer);
        if (peer->stage == PEER_GONE) {
            return false;
        }
    }
    return peer->stage == PEER_OPEN;
}

#endif
