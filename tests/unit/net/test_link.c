/* One link as the loop sees it: what it may hold, and what ends it. */
#include "net/pair.h"

/* What is not allowed at this moment of a link. */
static void expect_end(fixture *test, bool greets, const prom_packet *packet, bool twice)
{
    struct side a;
    side_open(test, &a);
    const int peer = rude_peer(&a);
    const prom_span frame = packet != NULL ? framed(test, packet) : rude_hello(test, peer);
    if (greets) {
        rude_send(peer, rude_hello(test, peer));
    }
    rude_send(peer, frame);
    if (twice) {
        rude_send(peer, frame);
    }
    let_pass(&a, 30);
    assert_int_equal(prom_net_link_count(a.net), 0);
    assert_int_equal(a.envelopes, 0);
    rude_close(peer);
    side_close(&a);
}

static void test_hello_comes_first_and_once(void **state)
{
    fixture *test = *state;
    const prom_packet envelope = {.kind = PROM_PACKET_ENVELOPE, .as.envelope = envelope_of(0, prom_span_of(NULL, 0))};
    const prom_packet ping = {.kind = PROM_PACKET_PING, .as.ping = 1};
    expect_end(test, false, &envelope, false);
    expect_end(test, false, &ping, false);
    expect_end(test, false, NULL, true);
    expect_end(test, true, NULL, false);
}

static void test_frames_in_every_piece(void **state)
{
    fixture *test = *state;
    struct side a;
    side_open(test, &a);
    const int peer = rude_peer(&a);
    const prom_packet packet = {.kind = PROM_PACKET_ENVELOPE,
                                .as.envelope = envelope_of(7, prom_span_of((const uint8_t *)"ab", 2))};
    const prom_span frame = framed(test, &packet);
    const prom_span hello = rude_hello(test, peer);
    for (size_t i = 0; i < hello.length; i++) {
        rude_send(peer, prom_span_of(hello.data + i, 1));
        poll_side(&a);
    }
    for (size_t i = 0; i < frame.length; i++) {
        rude_send(peer, prom_span_of(frame.data + i, 1));
        poll_side(&a);
    }
    uint8_t *both = calloc(2, frame.length);
    assert_non_null(both);
    memcpy(both, frame.data, frame.length);
    memcpy(both + frame.length, frame.data, frame.length);
    rude_send(peer, prom_span_of(both, 2 * frame.length));
    let_pass(&a, 30);
    assert_int_equal(a.envelopes, 3);
    assert_int_equal(a.numbers[2], 7);
    assert_int_equal(prom_net_memory(a.net), 0);
    free(both);
    rude_close(peer);
    side_close(&a);
}

/* A peer that has said that it may send what we do not know. */
static void test_what_need_not_be_known_is_passed_over(void **state)
{
    fixture *test = *state;
    struct side a;
    const uint8_t unknown[] = {0, 0, 0, 3, 0x5a, 1, 'a'};
    for (unsigned i = 0; i < 2; i++) {
        side_open(test, &a);
        const int peer = rude_peer(&a);
        prom_packet hello = hello_by(test, peer, 9, PROM_LINK_DIALER);
        hello.as.hello.features = i == 0 ? 0 : 128;
        rude_send(peer, framed(test, &hello));
        rude_send(peer, prom_span_of(unknown, sizeof unknown));
        let_pass(&a, 30);
        assert_int_equal(prom_net_link_count(a.net), i);
        rude_close(peer);
        side_close(&a);
    }
}

/* Who has closed its end is gone at once, also while its quota lets nothing be read. */
static void test_who_hangs_up_is_gone(void **state)
{
    fixture *test = *state;
    struct side a;
    prom_net_limits limits = prom_net_limits_usual();
    limits.bytes_a_second = 1; /* so many at once put it into debt for ten seconds */
    side_open_with(test, &a, &limits, 1);
    const int peer = rude_peer(&a);
    const prom_packet packet = {.kind = PROM_PACKET_ENVELOPE, .as.envelope = envelope_of(0, prom_span_of(NULL, 0))};
    rude_send(peer, rude_hello(test, peer));
    for (size_t i = 0; i < 50; i++) {
        rude_send(peer, framed(test, &packet));
    }
    let_pass(&a, 50);
    rude_close(peer);
    let_pass(&a, 50);
    assert_int_equal(prom_net_link_count(a.net), 0);
    assert_int_equal(a.downs, 1);
    side_close(&a);
}

/* Whoever we know has its turn, and not ours: each of many messages may cost a write to the disk. */
static void test_those_we_know_take_turns(void **state)
{
    enum { MANY = 100 };
    fixture *test = *state;
    struct side a;
    side_open(test, &a);
    const int peer = rude_peer(&a);
    rude_send(peer, rude_hello(test, peer));
    while (a.ups == 0) {
        poll_side(&a);
    }
    prom_net_keep(a.net, a.link);
    const prom_envelope envelope = envelope_of(1, prom_span_of((const uint8_t *)"x", 1));
    const prom_span frame = framed(test, &(prom_packet){.kind = PROM_PACKET_ENVELOPE, .as.envelope = envelope});
    for (size_t i = 0; i < MANY; i++) {
        rude_send(peer, frame);
    }
    for (size_t before = 0; before < MANY; before = a.envelopes) {
        poll_side(&a);
        assert_in_range(a.envelopes - before, 1, 3 * 16); /* a poll looks at a link three times */
    }
    rude_close(peer);
    side_close(&a);
}

/* Open, and nobody there any more: noticed within two stalls. Who is there answers, and stays. */
static void test_who_is_open_but_dead(void **state)
{
    fixture *test = *state;
    struct side a;
    struct side b;
    prom_net_limits limits = prom_net_limits_usual();
    limits.stall_ms = 400;
    side_open_with(test, &a, &limits, 1);
    side_open(test, &b); /* whose stalls are longer: it asks nothing */
    link_up(&b, &a);
    const uint64_t alive = a.link;
    const int dead = rude_peer(&a);
    rude_send(dead, rude_hello(test, dead));
    for (const int64_t begin = prom_clock_milliseconds(); prom_clock_milliseconds() < begin + 700;) {
        poll_side(&a);
        poll_side(&b);
    }
    assert_int_equal(a.downs, 0); /* it was asked, and has some time left */
    UNTIL(a.downs == 1, &a, &b);
    assert_string_equal(a.reason, "nobody is there any more");
    for (const int64_t begin = prom_clock_milliseconds(); prom_clock_milliseconds() < begin + 1500;) {
        poll_side(&a);
        poll_side(&b);
    }
    assert_int_equal(a.downs, 1);
    assert_non_null(prom_link_find(a.net, alive));
    rude_close(dead);
    side_close(&a);
    side_close(&b);
}

/* A ping is answered, with its number; whoever sends nothing but pings is heard no more than others. */
static void test_pings_are_answered(void **state)
{
    fixture *test = *state;
    struct side a;
    uint8_t come[4096];
    size_t some = 0;
    size_t got = 0;
    side_open(test, &a);
    const int peer = rude_peer(&a);
    rude_send(peer, rude_hello(test, peer));
    const prom_span pong = framed(test, &(prom_packet){.kind = PROM_PACKET_PONG, .as.ping = 77});
    rude_send(peer, framed(test, &(prom_packet){.kind = PROM_PACKET_PING, .as.ping = 77}));
    let_pass(&a, 20);
    for (unsigned turn = 0; turn < 4; turn++) {
        (void)!prom_tls_read(rude_of(peer)->tls, come + got, sizeof come - got, &some);
        got += some;
    }
    assert_true(got > pong.length);
    assert_memory_equal(come + got - pong.length, pong.data, pong.length);
    rude_close(peer);
    side_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_hello_comes_first_and_once),
        FIXTURE_TEST(test_frames_in_every_piece),
        FIXTURE_TEST(test_what_need_not_be_known_is_passed_over),
        FIXTURE_TEST(test_who_hangs_up_is_gone),
        FIXTURE_TEST(test_those_we_know_take_turns),
        FIXTURE_TEST(test_who_is_open_but_dead),
        FIXTURE_TEST(test_pings_are_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
