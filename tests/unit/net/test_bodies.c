/* Links for bodies: which there are, and what they carry. */
#include "net/pair_bodies.h"

static prom_packet fetch_of(uint32_t back)
{
    return (prom_packet){.kind = PROM_PACKET_FETCH, .as.fetch = {.hash = bytes_of(7), .back = back}};
}

static void send_packet(struct side *side, int descriptor, const prom_packet *packet)
{
    rude_send(descriptor, framed(side->test, packet));
    let_pass(side, 5);
}

static void test_one_stands_beside_messages(void **state)
{
    struct side a;
    side_open(*state, &a);
    const int alone = rude_link(&a, 20, PROM_FEATURE_BODIES);
    assert_int_equal(prom_net_link_count(a.net), 0);
    const struct rude_node node = rude_node_of(&a, 20);
    assert_non_null(bodies_of(&a));
    const int other = rude_link(&a, 21, PROM_FEATURE_BODIES); /* beside somebody else's */
    assert_int_equal(prom_net_link_count(a.net), 2);
    assert_int_equal(a.ups, 1);
    prom_net_end(a.net, a.link, "enough");
    let_pass(&a, 5);
    assert_int_equal(prom_net_link_count(a.net), 0);
    assert_int_equal(a.downs, 1); /* nobody is told of links for bodies */
    rude_node_close(&node);
    rude_close(other);
    rude_close(alone);
    side_close(&a);
}

static void test_a_newer_one_ends_the_older(void **state)
{
    struct side a;
    side_open(*state, &a);
    const struct rude_node node = rude_node_of(&a, 20);
    const uint64_t older = bodies_of(&a)->id;
    const int newer = rude_link(&a, 20, PROM_FEATURE_BODIES);
    assert_int_equal(prom_net_link_count(a.net), 2);
    assert_true(bodies_of(&a)->id > older);
    rude_close(newer);
    rude_node_close(&node);
    side_close(&a);
}

/* Bodies are asked for on their own link, messages go over theirs. */
static void test_each_has_its_own(void **state)
{
    const prom_packet packets[] = {fetch_of(0),
                                   {.kind = PROM_PACKET_PIECE, .as.piece = {.hash = bytes_of(7), .first = true}},
                                   {.kind = PROM_PACKET_ENVELOPE, .as.envelope = {.channel = bytes_of(1)}},
                                   {.kind = PROM_PACKET_BODIES}};
    for (size_t i = 0; i < COUNT_OF(packets); i++) {
        struct side a;
        side_open(*state, &a);
        const struct rude_node node = rude_node_of(&a, 20);
        send_packet(&a, i < 2 ? node.messages : node.bodies, &packets[i]);
        assert_null(bodies_of(&a));
        assert_int_equal(a.downs, i < 2);
        assert_string_equal(a.reason, i < 2 ? "the peer sent what is not for this link" : "");
        assert_int_equal(a.envelopes, 0);
        rude_node_close(&node);
        side_close(&a);
    }
}

/* Each answer is one to a question of ours. */
static void test_what_nobody_asked_for(void **state)
{
    const prom_packet piece = {.kind = PROM_PACKET_PIECE,
                               .as.piece = {.hash = bytes_of(7), .total = 1 << 20, .length = 1 << 20}};
    struct side a;
    side_open(*state, &a);
    const struct rude_node node = rude_node_of(&a, 20);
    send_packet(&a, node.bodies, &piece);
    assert_null(bodies_of(&a));
    rude_node_close(&node);
    side_close(&a);
}

/* Whoever asks for a link again and again has us dial one, and no more before some time is over. */
static void test_a_flood_of_wishes(void **state)
{
    const prom_packet wish = {.kind = PROM_PACKET_BODIES};
    struct pair it;
    open_pair(*state, &it, 10);
    struct link *link = prom_link_find(it.client.net, it.links[0]);
    struct side *server = &it.servers[0];
    UNTIL_ALL(server->ups == 1, &it);
    for (unsigned i = 0; i < 10; i++) {
        assert_true(prom_net_put(server->net, server->link, &wish));
    }
    UNTIL_ALL(bodies_of(&it.client) != NULL, &it);
    const uint64_t last = it.client.net->last_id;
    const int64_t tried = link->bodies_tried;
    prom_link_end(bodies_of(server), "enough");
    UNTIL_ALL(bodies_of(&it.client) == NULL, &it);
    prom_bodies_wanted(it.client.net, link, tried + 1999);
    assert_int_equal(it.client.net->last_id, last);
    prom_bodies_wanted(it.client.net, link, tried + 2000);
    prom_bodies_wanted(it.client.net, link, tried + 5000); /* one is coming */
    assert_int_equal(it.client.net->last_id, last + 1);
    close_pair(&it);
}

/* It is the dialler who says what a link is for. */
static void test_who_listens_does_not_say(void **state)
{
    struct side a;
    struct side b;
    side_open(*state, &a);
    side_open(*state, &b);
    b.net->hello.features |= PROM_FEATURE_BODIES;
    UNTIL(prom_net_link_to(a.net, &b.address, NULL) == 0 && a.failures > 0, &a, &b);
    assert_string_equal(a.failure, "the peer says that a link is for bodies that it did not open");
    side_close(&a);
    side_close(&b);
}

/* Nobody asks for anything for a minute. */
static void test_it_ends_when_nobody_asks(void **state)
{
    struct side a;
    side_open(*state, &a);
    const struct rude_node node = rude_node_of(&a, 20);
    const struct link *link = bodies_of(&a);
    assert_true(prom_bodies_is_used(link, link->bodies->used + 60 * 1000));
    assert_false(prom_bodies_is_used(link, link->bodies->used + 60 * 1000 + 1));
    bodies_of(&a)->bodies->used -= 61 * 1000;
    let_pass(&a, 5);
    assert_null(bodies_of(&a));
    assert_int_equal(a.downs, 0);
    rude_node_close(&node);
    side_close(&a);
}

/* Whom we know is known there, too. */
static void test_it_is_whose_messages_are(void **state)
{
    struct side a;
    side_open(*state, &a);
    const struct rude_node node = rude_node_of(&a, 20);
    assert_true(prom_link_is_stranger(a.net, bodies_of(&a)));
    prom_net_keep(a.net, a.link);
    assert_false(prom_link_is_stranger(a.net, bodies_of(&a)));
    rude_node_close(&node);
    side_close(&a);
}

/* However much of bodies there is to move, a message has its turn: in each there is a mebibyte at most, of all links.
 */
static void test_messages_do_not_wait_for_bodies(void **state)
{
    struct pair it;
    bool used_up = false;
    open_some(*state, &it, 2, 60 * CHUNK, 30 * 1000);
    begin_with(&it, 2);
    while (it.client.fetched == 0) {
        poll_pair(&it);
        for (size_t i = 0; i < it.count; i++) {
            assert_in_range(it.servers[i].net->body_bytes, 0, CHUNK);
            used_up = used_up || it.servers[i].net->body_bytes == 0;
        }
        assert_in_range(it.client.net->body_bytes, 0, CHUNK);
    }
    assert_true(used_up); /* when it hashed what it serves */
    close_pair(&it);
}

/* With nothing left of a turn nothing is read or written, and another link is the next one's first. */
static void test_a_turn_that_is_over(void **state)
{
    struct pair it;
    open_pair(*state, &it, 60 * CHUNK);
    begin(&it);
    UNTIL_ALL(it.client.net->transfers[0].proven >= 3, &it);
    struct link *ours = bodies_of(&it.client);
    struct link *theirs = bodies_of(&it.servers[0]);
    const uint64_t received = prom_tls_received(ours->tls);
    const size_t left = theirs->bodies->left;
    it.client.net->body_bytes = it.servers[0].net->body_bytes = 0;
    prom_bodies_read(it.client.net, ours, prom_clock_milliseconds());
    prom_bodies_write(it.servers[0].net, theirs, prom_clock_milliseconds());
    assert_int_equal(prom_tls_received(ours->tls), received);
    assert_int_equal(theirs->bodies->left, left);
    assert_int_equal(it.client.net->turn, ours - it.client.net->links + 1);
    assert_int_equal(it.servers[0].net->turn, theirs - it.servers[0].net->links + 1);
    comes_whole(&it);
    close_pair(&it);
}

/* Whoever answers nothing has a link for bodies for no longer than a stall: else what it owes from one fetch would keep
 * us from asking it in the next ones, which then waited for ever, each in one of our places. */
static void test_a_peer_that_owes_answers_for_ever(void **state)
{
    fixture *test = *state;
    struct side a;
    prom_net_limits limits = prom_net_limits_usual();
    limits.stall_ms = 50;
    side_open_with(test, &a, &limits, 1);
    const struct rude_node node = rude_node_of(&a, 20);
    const prom_packet ping = {.kind = PROM_PACKET_PING, .as.ping = 1};
    prom_net_order order = {.channel = bytes_of(1), .what = PROM_BODY_INPUT, .length_min = 1, .length_max = 1000};
    (void)snprintf(order.path, sizeof order.path, "%s/body", a.folder);
    (void)snprintf(order.part, sizeof order.part, "%s/body.part", a.folder);
    prom_hasher_init(&order.hasher, "test/body");
    for (size_t i = 0; i < 2 * PROM_NET_CHUNKS_WAITING_MAX; i++) {
        const int64_t end = prom_clock_milliseconds() + 5000;
        order.hash = bytes_of((uint8_t)(i + 1));
        assert_ok(prom_net_fetch(a.net, a.link, &order, &test->error), &test->error);
        while (a.fetched == i && prom_clock_milliseconds() < end) {
            send_packet(&a, node.messages, &ping); /* it is alive, and says so */
            if (bodies_of(&a) != NULL) {
                send_packet(&a, node.bodies, &ping);
            }
            let_pass(&a, 5);
        }
        assert_int_equal(a.fetched, i + 1);
        assert_string_equal(a.fetch_reason, "the peer sends no more of it");
    }
    rude_node_close(&node);
    side_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_one_stands_beside_messages),
        FIXTURE_TEST(test_a_newer_one_ends_the_older),
        FIXTURE_TEST(test_each_has_its_own),
        FIXTURE_TEST(test_what_nobody_asked_for),
        FIXTURE_TEST(test_a_flood_of_wishes),
        FIXTURE_TEST(test_who_listens_does_not_say),
        FIXTURE_TEST(test_it_ends_when_nobody_asks),
        FIXTURE_TEST(test_it_is_whose_messages_are),
        FIXTURE_TEST(test_messages_do_not_wait_for_bodies),
        FIXTURE_TEST(test_a_turn_that_is_over),
        FIXTURE_TEST(test_a_peer_that_owes_answers_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
