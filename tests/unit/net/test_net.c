/* Links between two nodes, and peers that mean no good. */
#include "net/pair.h"

static void test_messages_go_both_ways(void **state)
{
    struct side a;
    struct side b;
    side_open(*state, &a);
    side_open(*state, &b);
    link_up(&a, &b);
    const uint8_t body[] = {1, 2, 3};
    for (uint64_t i = 1; i <= 100; i++) {
        const prom_envelope envelope = envelope_of(i, prom_span_of(body, sizeof body));
        assert_true(prom_net_send(a.net, a.link, &envelope));
        assert_true(prom_net_send(b.net, b.link, &envelope));
    }
    UNTIL(a.envelopes == 100 && b.envelopes == 100, &a, &b);
    for (uint64_t i = 0; i < 100; i++) {
        assert_int_equal(a.numbers[i], i + 1);
        assert_int_equal(b.numbers[i], i + 1);
    }
    assert_int_equal(prom_net_memory(a.net), 0); /* what is sent gives its memory back */
    side_close(&a);
    UNTIL(b.downs == 1, &b, &b);
    side_close(&b);
}

/* What one has sent the other has received, and it is told of after the link is gone, too. */
static void test_bytes_are_counted(void **state)
{
    static const uint8_t body[1000];
    const prom_envelope envelope = envelope_of(1, prom_span_of(body, sizeof body));
    struct side a;
    struct side b;
    side_open(*state, &a);
    side_open(*state, &b);
    assert_int_equal(prom_net_traffic_of_all(a.net).sent, 0);
    link_up(&a, &b);
    const prom_net_traffic before = prom_net_traffic_with(a.net, &a.node);
    assert_true(prom_net_send(a.net, a.link, &envelope));
    UNTIL(b.envelopes == 1, &a, &b);
    const prom_net_traffic with = prom_net_traffic_with(a.net, &a.node);
    assert_in_range(with.sent - before.sent, sizeof body, sizeof body + 500);
    assert_int_equal(prom_net_traffic_with(a.net, &envelope.channel).sent, 0); /* no node's key */
    const prom_net_traffic all = prom_net_traffic_of_all(a.net);
    assert_memory_equal(&all, &with, sizeof all);
    assert_int_equal(prom_net_traffic_of_all(b.net).received, all.sent);
    prom_net_end(a.net, a.link, "enough");
    UNTIL(a.downs == 1, &a, &b);
    assert_int_equal(prom_net_traffic_with(a.net, &a.node).sent, 0);
    assert_true(prom_net_traffic_of_all(a.net).sent >= all.sent);
    side_close(&a);
    side_close(&b);
}

/* Nobody is there yet; then somebody is, goes, and comes again. */
/* Whoever sleeps as long as nothing is due sends what it was given before it does, and dials whom it was told to: else
 * each message waited for the next sign of life. */
static void test_nothing_that_is_to_be_sent_waits(void **state)
{
    struct side a;
    struct side b;
    const prom_span body = prom_span_of((const uint8_t *)"body", 4);
    side_open(*state, &a);
    side_open(*state, &b);
    poll_side(&a);
    assert_true(prom_net_due(a.net) > 100);
    assert_int_equal(prom_net_link_to(a.net, &b.address, NULL), 0);
    assert_int_equal(prom_net_due(a.net), 0);
    link_up(&a, &b);
    UNTIL(prom_net_due(a.net) > 100 && prom_net_due(b.net) > 100, &a, &b);
    const prom_envelope envelope = envelope_of(1, body);
    assert_true(prom_net_send(a.net, a.link, &envelope));
    assert_int_equal(prom_net_due(a.net), 0);
    poll_side(&a);
    poll_side(&b);
    assert_int_equal(b.envelopes, 1);
    assert_true(prom_net_due(a.net) > 100);
    prom_net_end(a.net, a.link, "it was enough");
    assert_int_equal(prom_net_due(a.net), 0);
    side_close(&a);
    side_close(&b);
}

static void test_a_link_is_tried_again(void **state)
{
    struct side a;
    struct side b;
    side_open(*state, &a);
    side_open(*state, &b);
    const prom_net_limits limits = prom_net_limits_usual();
    const prom_net_options options = options_of(&b, &limits, 1);
    const prom_net_events events = events_of(&b);
    prom_net_free(b.net);
    assert_int_equal(prom_net_link_to(a.net, &b.address, NULL), 0);
    let_pass(&a, 250);
    assert_int_equal(prom_net_link_to(a.net, &b.address, NULL), 0);
    assert_ok(prom_net_new(&b.net, &options, &events, &b.test->error), &b.test->error);
    assert_ok(prom_net_listen(b.net, &b.address, &b.test->error), &b.test->error);
    link_up(&a, &b);
    const uint64_t first = a.link;
    prom_net_end(b.net, b.link, "enough");
    UNTIL(a.downs == 1, &a, &b);
    b.ups = 0;
    link_up(&a, &b);
    assert_true(prom_net_link_to(a.net, &b.address, NULL) != first);
    side_close(&a);
    side_close(&b);
}

static void test_another_chain_is_left(void **state)
{
    struct side a;
    struct side b;
    const prom_net_limits limits = prom_net_limits_usual();
    side_open(*state, &a);
    side_open_with(*state, &b, &limits, 7);
    (void)prom_net_link_to(a.net, &b.address, NULL);
    UNTIL(prom_net_link_count(b.net) > 0, &a, &b);
    UNTIL(prom_net_link_count(b.net) == 0, &a, &b);
    assert_int_equal(a.ups + b.ups, 0);
    side_close(&a);
    side_close(&b);
}

/* Whatever it is, it ends that link and nothing else. */
static void test_garbage_ends_its_link(void **state)
{
    fixture *test = *state;
    struct side a;
    uint64_t random = 1;
    side_open(test, &a);
    for (size_t i = 0; i < 200; i++) {
        uint8_t bytes[300];
        random_bytes(&random, bytes, sizeof bytes);
        if (i % 2 == 1) { /* a frame that holds nothing of sense */
            prom_frame_head(bytes, sizeof bytes - PROM_FRAME_HEAD);
        }
        const int peer = rude_peer(&a);
        if (i % 4 >= 2) {
            rude_send(peer, rude_hello(test, peer));
        }
        rude_send(peer, prom_span_of(bytes, sizeof bytes));
        (void)shutdown(peer, SHUT_WR);
        let_pass(&a, 3);
        rude_close(peer);
    }
    let_pass(&a, 20);
    assert_int_equal(prom_net_link_count(a.net), 0);
    assert_int_equal(prom_net_memory(a.net), 0);
    side_close(&a);
}

static prom_net_limits hasty(void)
{
    prom_net_limits limits = prom_net_limits_usual();
    limits.stall_ms = 1000;
    return limits;
}

static void test_who_says_no_hello_or_half_a_frame_is_left(void **state)
{
    fixture *test = *state;
    struct side a;
    const prom_net_limits limits = hasty();
    side_open_with(test, &a, &limits, 1);
    const int silent = rude_peer(&a);
    const int half = rude_peer(&a);
    const int quiet = rude_peer(&a);
    const uint8_t head[] = {0, 0, 1, 0, 7};
    rude_send(half, rude_hello(test, half));
    rude_send(half, prom_span_of(head, sizeof head));
    rude_send(quiet, rude_hello(test, quiet));
    let_pass(&a, 100);
    assert_int_equal(prom_net_link_count(a.net), 3);
    let_pass(&a, 1500);
    assert_int_equal(prom_net_link_count(a.net), 1); /* who says nothing after a hello is no burden */
    assert_int_equal(a.downs, 1);
    assert_string_equal(a.reason, "the rest of a frame did not come");
    rude_close(silent);
    rude_close(half);
    rude_close(quiet);
    side_close(&a);
}

/* A peer that never reads fills its buffer, no more: messages are refused, and then its link ends. */
static void test_who_never_reads_is_left(void **state)
{
    fixture *test = *state;
    struct side a;
    const prom_net_limits limits = hasty();
    static const uint8_t body[60000];
    size_t sent = 0;
    side_open_with(test, &a, &limits, 1);
    const int peer = rude_peer(&a);
    rude_send(peer, rude_hello(test, peer));
    while (a.ups == 0) {
        poll_side(&a);
    }
    const prom_envelope envelope = envelope_of(1, prom_span_of(body, sizeof body));
    while (sent < 1000 && prom_net_send(a.net, a.link, &envelope)) {
        sent++;
    }
    assert_true(sent < 100);
    assert_true(prom_net_memory(a.net) <= PROM_NET_WAITING_MAX + 65536);
    let_pass(&a, 1500);
    assert_int_equal(a.downs, 1);
    assert_string_equal(a.reason, "the peer does not take what we send");
    assert_int_equal(prom_net_memory(a.net), 0);
    rude_close(peer);
    side_close(&a);
}

/* A message that was refused for want of room can be sent when there is some. */
static void test_room_is_told(void **state)
{
    struct side a;
    struct side b;
    static const uint8_t body[60000];
    side_open(*state, &a);
    side_open(*state, &b);
    link_up(&a, &b);
    const prom_envelope envelope = envelope_of(1, prom_span_of(body, sizeof body));
    size_t sent = 0;
    while (prom_net_send(a.net, a.link, &envelope)) {
        sent++;
    }
    UNTIL(a.rooms == 1, &a, &b);
    assert_true(prom_net_send(a.net, a.link, &envelope));
    UNTIL(b.envelopes == sent + 1, &a, &b);
    side_close(&a);
    side_close(&b);
}

static void test_a_thousand_links_take_no_more_than_their_number(void **state)
{
    fixture *test = *state;
    struct side a;
    struct side b;
    int peers[1000];
    side_open(test, &a);
    side_open(test, &b);
    link_up(&b, &a);
    prom_net_keep(a.net, a.link);
    const uint64_t friend = a.link;
    size_t open = 0;
    for (size_t i = 0; i < COUNT_OF(peers); i++) {
        peers[i] = plain_peer(&a); /* which never say anything */
        open++;
        poll_side(&a);
        assert_true(prom_net_link_count(a.net) <= prom_net_limits_usual().links + 1); /* and whom we know */
    }
    let_pass(&a, 50);
    assert_int_equal(open, COUNT_OF(peers));
    const prom_envelope envelope = envelope_of(1, prom_span_of((const uint8_t *)"x", 1));
    assert_true(prom_net_send(a.net, friend, &envelope)); /* whom we know is still there */
    UNTIL(b.envelopes == 1, &a, &b);
    for (size_t i = 0; i < COUNT_OF(peers); i++) {
        rude_close(peers[i]);
    }
    side_close(&a);
    side_close(&b);
}

/* However many contracts a node has, whose parties keep links to it: a client or a tower still gets in. */
static void test_whom_we_know_keeps_nobody_out(void **state)
{
    fixture *test = *state;
    struct side a;
    struct side b;
    prom_net_limits limits = prom_net_limits_usual();
    int peers[20];
    limits.links = COUNT_OF(peers) / 2;
    side_open_with(test, &a, &limits, 1);
    side_open(test, &b);
    for (size_t i = 0; i < COUNT_OF(peers); i++) {
        peers[i] = rude_peer(&a);
        rude_send(peers[i], rude_hello(test, peers[i]));
        for (unsigned turn = 0; turn < 1000 && a.ups < i + 1; turn++) {
            poll_side(&a);
        }
        assert_int_equal(a.ups, i + 1);
        prom_net_keep(a.net, a.link);
    }
    link_up(&b, &a);
    assert_int_equal(a.downs, 0);
    for (size_t i = 0; i < COUNT_OF(peers); i++) {
        rude_close(peers[i]);
    }
    side_close(&a);
    side_close(&b);
}

/* Above its quota a link is read slower; nobody else is. */
static void test_a_flood_is_read_slowly(void **state)
{
    fixture *test = *state;
    struct side a;
    prom_net_limits limits = prom_net_limits_usual();
    limits.packets_a_second = 10;
    side_open_with(test, &a, &limits, 1);
    const int peer = rude_peer(&a);
    rude_send(peer, rude_hello(test, peer));
    const prom_packet packet = {.kind = PROM_PACKET_ENVELOPE, .as.envelope = envelope_of(0, prom_span_of(NULL, 0))};
    const prom_span frame = framed(test, &packet);
    const int64_t begin = prom_clock_milliseconds();
    for (size_t i = 0; i < 500; i++) {
        rude_send(peer, frame);
        poll_side(&a);
    }
    let_pass(&a, 1000);
    const size_t since = (size_t)(prom_clock_milliseconds() - begin) / 100;
    assert_in_range(a.envelopes, 100, 105 + since); /* ten seconds' worth, and what came since */
    assert_int_equal(a.downs, 0);
    rude_close(peer);
    side_close(&a);
}

/* Strangers that send all that they may, all the time, do not keep another stranger from being heard: the room that
 * they share goes round. */
static void test_floods_keep_nobody_out(void **state)
{
    enum { FLOODS = 16, MILLISECONDS = 8000, MINE = 77 };
    fixture *test = *state;
    struct side a;
    prom_net_limits limits = prom_net_limits_usual();
    limits.packets_a_second = 10;
    side_open_with(test, &a, &limits, 1);
    const prom_packet flood = {.kind = PROM_PACKET_ENVELOPE, .as.envelope = envelope_of(0, prom_span_of(NULL, 0))};
    const prom_packet mine = {.kind = PROM_PACKET_ENVELOPE, .as.envelope = envelope_of(MINE, prom_span_of(NULL, 0))};
    const prom_span frame = framed(test, &flood);
    int peers[FLOODS];
    for (size_t i = 0; i < FLOODS; i++) {
        peers[i] = rude_peer(&a);
        rude_send(peers[i], rude_hello(test, peers[i]));
        for (size_t j = 0; j < 100; j++) {
            rude_send(peers[i], frame);
        }
    }
    let_pass(&a, 500); /* what all of them may at once is used up */
    const int late = rude_peer(&a);
    rude_send(late, rude_hello(test, late));
    rude_send(late, framed(test, &mine));
    bool heard = false;
    for (const int64_t until = prom_clock_milliseconds() + MILLISECONDS; !heard && prom_clock_milliseconds() < until;) {
        for (size_t i = 0; i < FLOODS; i++) {
            rude_send(peers[i], frame);
        }
        let_pass(&a, 20);
        for (size_t i = 0; i < a.envelopes && i < ENVELOPES_MAX; i++) {
            heard = heard || a.numbers[i] == MINE;
        }
    }
    assert_true(heard);
    for (size_t i = 0; i < FLOODS; i++) {
        rude_close(peers[i]);
    }
    rude_close(late);
    side_close(&a);
}

/* A node is asked for a party, before there is a channel. */
/* However much of it there is, it leaves a stranger that says little its turn. */
static void test_a_flood_leaves_others_their_turn(void **state)
{
    enum { FLOODS = 20, FRAMES = 2000 };
    fixture *test = *state;
    struct side a;
    struct side b;
    int floods[FLOODS];
    prom_net_limits limits = prom_net_limits_usual();
    limits.packets_a_second = 10;
    side_open_with(test, &a, &limits, 1);
    side_open(test, &b);
    const prom_span junk =
        framed(test, &(prom_packet){.kind = PROM_PACKET_ENVELOPE, .as.envelope = {.channel = bytes_of(7)}});
    for (size_t i = 0; i < FLOODS; i++) {
        floods[i] = rude_peer(&a);
        rude_send(floods[i], rude_hello(test, floods[i]));
        for (size_t j = 0; j < FRAMES; j++) {
            rude_send(floods[i], junk);
        }
        poll_side(&a);
    }
    let_pass(&a, 500); /* what may come at once has come */
    const size_t before = a.ups;
    UNTIL(prom_net_link_to(b.net, &a.address, NULL) != 0 && a.ups > before, &a, &b);
    assert_true(prom_net_send(b.net, b.link, &(prom_envelope){.number = 1, .channel = bytes_of(1)}));
    UNTIL(a.envelopes > 0, &a, &b);
    for (size_t i = 0; i < FLOODS; i++) {
        rude_close(floods[i]);
    }
    side_close(&a);
    side_close(&b);
}

/* Why somebody takes no part is said to who knows that, and has asked. */
static void test_who_takes_no_part_says_why(void **state)
{
    struct side a;
    struct side b;
    const prom_begin begin = {bytes_of(6), PROM_ROLE_VERIFIER, {NULL, 0}};
    for (unsigned knows = 0; knows < 2; knows++) {
        side_open(*state, &a);
        side_open(*state, &b);
        prom_net_add_features(a.net, knows != 0 ? PROM_FEATURE_DECLINED : 0);
        b.why = (prom_quote_reason){30, 1, 5, 4};
        link_up(&a, &b);
        assert_true(prom_net_begin(a.net, a.link, &begin));
        UNTIL(b.begins == 1, &a, &b);
        for (unsigned i = 0; i < 20; i++) {
            let_pass(&b, 1);
            let_pass(&a, 1);
        }
        assert_int_equal(a.declines, knows);
        assert_int_equal(a.answers, 0);
        assert_int_equal(a.downs, 0);
        assert_int_equal(a.declined.reason.code, knows * 30);
        assert_int_equal(a.declined.reason.there, knows * 4);
        assert_int_equal(a.declined.role, knows * PROM_ROLE_VERIFIER);
        side_close(&a);
        side_close(&b);
    }
}

static void test_a_party_is_asked_for(void **state)
{
    struct side a;
    struct side b;
    const uint8_t terms[] = {1, 2, 3};
    side_open(*state, &a);
    side_open(*state, &b);
    link_up(&a, &b);
    prom_begin begin = {bytes_of(6), PROM_ROLE_VERIFIER, prom_span_of(terms, sizeof terms)};
    assert_true(prom_net_begin(a.net, a.link, &begin));
    UNTIL(b.begins == 1, &a, &b);
    let_pass(&a, 10);
    assert_int_equal(a.answers, 0); /* who does not take part, and has no reason for it, says nothing */
    assert_int_equal(a.declines, 0);
    begin.role = PROM_ROLE_WORKER;
    assert_true(prom_net_begin(a.net, a.link, &begin));
    UNTIL(a.answers == 1, &a, &b);
    const prom_bytes32 words = bytes_of(sizeof terms);
    assert_true(prom_bytes32_equal(&a.begun.words, &words));
    assert_int_equal(a.begun.role, PROM_ROLE_WORKER);
    begin.role = PROM_ROLE_ARBITER; /* arbiters are invited, by a message */
    assert_false(prom_net_begin(a.net, a.link, &begin));
    side_close(&a);
    side_close(&b);
}

static void test_addresses_that_are_none(void **state)
{
    fixture *test = *state;
    struct side a;
    prom_net *net = NULL;
    prom_address long_one = {.length = 255};
    const prom_address none = {0};
    memset(long_one.bytes, '/', sizeof long_one.bytes);
    side_open(test, &a);
    const prom_net_limits limits = prom_net_limits_usual();
    const prom_net_options options = options_of(&a, &limits, 1);
    const prom_net_events events = events_of(&a);
    const prom_address name = address_of("node.example:9735");
    assert_ok(prom_net_new(&net, &options, &events, &test->error), &test->error);
    assert_fails(prom_net_listen(net, &none, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error, "empty");
    assert_fails(prom_net_listen(net, &long_one, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error, "no path");
    assert_fails(prom_net_listen(net, &name, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error, "neither");
    assert_fails(prom_net_listen(net, &a.address, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error, "in use");
    prom_net_free(net);
    (void)prom_net_link_to(a.net, &long_one, NULL);
    let_pass(&a, 20);
    assert_int_equal(prom_net_link_count(a.net), 0);
    side_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_nothing_that_is_to_be_sent_waits),
        FIXTURE_TEST(test_messages_go_both_ways),
        FIXTURE_TEST(test_bytes_are_counted),
        FIXTURE_TEST(test_a_link_is_tried_again),
        FIXTURE_TEST(test_another_chain_is_left),
        FIXTURE_TEST(test_garbage_ends_its_link),
        FIXTURE_TEST(test_who_says_no_hello_or_half_a_frame_is_left),
        FIXTURE_TEST(test_who_never_reads_is_left),
        FIXTURE_TEST(test_room_is_told),
        FIXTURE_TEST(test_a_thousand_links_take_no_more_than_their_number),
        FIXTURE_TEST(test_whom_we_know_keeps_nobody_out),
        FIXTURE_TEST(test_a_flood_is_read_slowly),
        FIXTURE_TEST(test_floods_keep_nobody_out),
        FIXTURE_TEST(test_a_flood_leaves_others_their_turn),
        FIXTURE_TEST(test_a_party_is_asked_for),
        FIXTURE_TEST(test_who_takes_no_part_says_why),
        FIXTURE_TEST(test_addresses_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
