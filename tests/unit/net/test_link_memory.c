/* Memory that all links share, and peers that want to hold it. */
#include "net/pair.h"
#include "net/parts.h"

/* Strangers that fill the memory of all links lose it to whom we know. */
static void test_memory_is_taken_from_strangers(void **state)
{
    fixture *test = *state;
    struct side a;
    struct side b;
    prom_net_limits limits = prom_net_limits_usual();
    static uint8_t half[500000];
    int peers[8];
    limits.memory = 2 << 20;
    side_open_with(test, &a, &limits, 1);
    side_open(test, &b);
    link_up(&b, &a);
    prom_net_keep(a.net, a.link);
    prom_frame_head(half, PROM_FRAME_MAX);
    for (size_t i = 0; i < COUNT_OF(peers); i++) {
        peers[i] = rude_peer(&a);
        rude_send(peers[i], rude_hello(test, peers[i]));
        for (size_t at = 0; at < sizeof half; at += 50000) {
            rude_send(peers[i], prom_span_of(half + at, 50000));
            poll_side(&a);
            assert_true(prom_net_memory(a.net) <= limits.memory);
        }
    }
    static const uint8_t body[200000];
    const prom_envelope envelope = envelope_of(1, prom_span_of(body, sizeof body));
    for (size_t i = 0; i < 5; i++) {
        assert_true(prom_net_send(b.net, b.link, &envelope));
    }
    UNTIL(a.envelopes == 5, &a, &b);
    for (size_t i = 0; i < COUNT_OF(peers); i++) {
        rude_close(peers[i]);
    }
    side_close(&a);
    side_close(&b);
}

/* Whoever sends more than it may is read slowly: what waits for its turn stays with it, and not in our memory. */
static void test_a_flood_waits_where_it_comes_from(void **state)
{
    enum { AT_ONCE = 1 << 17, WAITS_MAX = 2 << 16 };
    fixture *test = *state;
    struct side a;
    prom_net_limits limits = prom_net_limits_usual();
    limits.packets_a_second = 1;
    side_open_with(test, &a, &limits, 1);
    const int peer = rude_peer(&a);
    const prom_packet packet = {.kind = PROM_PACKET_ENVELOPE, .as.envelope = envelope_of(0, prom_span_of(NULL, 0))};
    const prom_span frame = framed(test, &packet);
    static uint8_t many[AT_ONCE];
    size_t length = 0;
    while (length + frame.length <= AT_ONCE) {
        memcpy(many + length, frame.data, frame.length);
        length += frame.length;
    }
    rude_send(peer, rude_hello(test, peer));
    for (unsigned i = 0; i < 40; i++) {
        rude_send(peer, prom_span_of(many, length));
        poll_side(&a);
        assert_true(prom_net_memory(a.net) <= WAITS_MAX);
    }
    assert_int_equal(a.downs, 0);
    assert_true(a.envelopes > 0);
    rude_close(peer);
    side_close(&a);
}

/* A peer that holds so many bytes of a frame that never ends. */
static int filling_peer(fixture *test, struct side *a, bool known, size_t length)
{
    static uint8_t half[500000];
    const size_t before = a->ups;
    const int peer = rude_peer(a);
    prom_frame_head(half, PROM_FRAME_MAX);
    rude_send(peer, rude_hello(test, peer));
    for (unsigned i = 0; i < 1000 && a->ups == before; i++) {
        poll_side(a);
    }
    if (known) {
        prom_net_keep(a->net, a->link);
    }
    for (size_t at = 0; at < length; at += 50000) {
        rude_send(peer, prom_span_of(half + at, 50000));
        poll_side(a);
    }
    return peer;
}

/* Those we know fill it as well as any: the largest gives to one that has less. */
static void test_memory_is_taken_from_the_largest(void **state)
{
    fixture *test = *state;
    struct side a;
    struct side b;
    prom_net_limits limits = prom_net_limits_usual();
    int peers[8];
    limits.memory = 2 << 20;
    side_open_with(test, &a, &limits, 1);
    side_open(test, &b);
    link_up(&b, &a);
    prom_net_keep(a.net, a.link);
    for (size_t i = 0; i < COUNT_OF(peers); i++) {
        peers[i] = filling_peer(test, &a, true, 500000);
    }
    static const uint8_t body[200000];
    const prom_envelope envelope = envelope_of(1, prom_span_of(body, sizeof body));
    for (size_t i = 0; i < 5; i++) {
        assert_true(prom_net_send(b.net, b.link, &envelope));
    }
    UNTIL(a.envelopes == 5, &a, &b);
    assert_true(prom_net_memory(a.net) <= limits.memory);
    for (size_t i = 0; i < COUNT_OF(peers); i++) {
        rude_close(peers[i]);
    }
    side_close(&a);
    side_close(&b);
}

/* However much one that we know holds, strangers do not end it. */
static void test_strangers_take_from_strangers_alone(void **state)
{
    fixture *test = *state;
    struct side a;
    prom_net_limits limits = prom_net_limits_usual();
    int strangers[8];
    limits.memory = 2 << 20;
    side_open_with(test, &a, &limits, 1);
    const int friend = filling_peer(test, &a, true, 500000);
    const uint64_t link = a.link;
    for (size_t i = 0; i < COUNT_OF(strangers); i++) {
        strangers[i] = filling_peer(test, &a, false, 300000);
    }
    assert_non_null(prom_link_find(a.net, link));
    for (size_t i = 0; i < COUNT_OF(strangers); i++) {
        rude_close(strangers[i]);
    }
    rude_close(friend);
    side_close(&a);
}

/* The rest of a frame must come at some pace: a byte now and then holds no memory. */
static void test_a_frame_has_its_time(void **state)
{
    fixture *test = *state;
    struct side a;
    uint8_t head[PROM_FRAME_HEAD];
    side_open(test, &a);
    const int peer = rude_peer(&a);
    rude_send(peer, rude_hello(test, peer));
    while (a.ups == 0) {
        poll_side(&a);
    }
    prom_frame_head(head, PROM_FRAME_MAX);
    rude_send(peer, prom_span_of(head, sizeof head));
    let_pass(&a, 50);
    struct link *link = prom_link_find(a.net, a.link);
    const int64_t begun = link->waits_since;
    assert_true(begun != INT64_MAX);
    rude_send(peer, prom_span_of(head, 1));
    let_pass(&a, 50);
    assert_int_equal(link->waits_since, begun);
    const int64_t most = prom_net_limits_usual().stall_ms + 1000 * (int64_t)PROM_FRAME_MAX / PROM_NET_PACE_MIN;
    (void)prom_link_look(a.net, link, begun + most);
    assert_false(link->ending);
    (void)prom_link_look(a.net, link, begun + most + 1);
    assert_true(link->ending);
    rude_close(peer);
    side_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_memory_is_taken_from_strangers),
        FIXTURE_TEST(test_a_flood_waits_where_it_comes_from),
        FIXTURE_TEST(test_memory_is_taken_from_the_largest),
        FIXTURE_TEST(test_strangers_take_from_strangers_alone),
        FIXTURE_TEST(test_a_frame_has_its_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
