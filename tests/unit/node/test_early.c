#include "node/early.h"
#include "node/letters.h"

static void offer(struct host *host, prom_correspondent *peer, uint64_t number, size_t length)
{
    static const uint8_t body[70000];
    const prom_envelope envelope = {.generation = 1, .number = number, .body = prom_span_of(body, length)};
    prom_node_keep_early(host->node, peer, &envelope, false);
}

static uint64_t take(struct host *host, prom_correspondent *peer)
{
    prom_early early;
    if (!prom_node_take_early(host->node, peer, &early)) {
        return 0;
    }
    prom_incoming_take(early.to_node ? &peer->to_node : &peer->incoming, early.generation, early.number);
    free(early.body);
    return early.number;
}

/* In whatever order they came they are taken in that of their numbers, each once. */
static void each_has_its_turn(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_correspondent peer = {.incoming = {1, 4}};
    offer(host, &peer, 7, 3);
    offer(host, &peer, 6, 2);
    offer(host, &peer, 6, 2);
    assert_int_equal(peer.early_count, 2);
    assert_int_equal(take(host, &peer), 0);
    offer(host, &peer, 5, 0);
    assert_int_equal(host->node->early_bytes, 5);
    for (uint64_t number = 5; number <= 7; number++) {
        assert_int_equal(take(host, &peer), number);
    }
    assert_int_equal(take(host, &peer), 0);
    offer(host, &peer, 7, 9); /* it was taken */
    assert_int_equal(take(host, &peer), 0);
    assert_int_equal(peer.early_count, 0);
    assert_int_equal(host->node->early_bytes, 0);
    host_free(host);
}

/* What goes to our node's key has numbers of its own. */
static void what_is_for_the_node_is_apart(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_correspondent peer = {.incoming = {0, 0}};
    const prom_envelope envelope = {.receiver = host->node->key.public_key,
                                    .generation = 1,
                                    .number = 1,
                                    .body = prom_span_of((const uint8_t *)"x", 1)};
    prom_early early;
    prom_node_keep_early(host->node, &peer, &envelope, true);
    offer(host, &peer, 1, 1);
    assert_int_equal(peer.early_count, 2);
    assert_true(prom_node_take_early(host->node, &peer, &early));
    assert_true(early.to_node && early.lenient);
    free(early.body);
    assert_true(prom_node_take_early(host->node, &peer, &early));
    assert_false(early.to_node || early.lenient);
    free(early.body);
    host_free(host);
}

/* One sender, and all together, have so much. */
static void there_are_bounds(void **state)
{
    enum { LARGE = 65536, PEERS = 40 };
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_correspondent peers[PEERS] = {0};
    offer(host, &peers[0], PROM_EARLY_MAX + 1, 1); /* too far ahead */
    offer(host, &peers[0], 2, LARGE + 1);
    assert_int_equal(peers[0].early_count, 0);
    for (uint64_t number = 1; number <= PROM_EARLY_MAX; number++) {
        offer(host, &peers[0], number, 1);
    }
    assert_int_equal(peers[0].early_count, PROM_EARLY_MAX);
    for (size_t i = 1; i < PEERS; i++) {
        for (uint64_t number = 1; number <= 3; number++) {
            offer(host, &peers[i], number, LARGE);
        }
        assert_true(peers[i].early_count <= 2);
        assert_true(host->node->early_bytes <= PROM_EARLY_BYTES_MAX);
    }
    assert_true(host->node->early_bytes > PROM_EARLY_BYTES_MAX - LARGE);
    /* A sender whose database was restored begins anew: what it said before is worth nothing. */
    prom_incoming_take(&peers[0].incoming, 2, 1);
    assert_int_equal(take(host, &peers[0]), 0);
    for (size_t i = 0; i < PEERS; i++) {
        prom_node_drop_early(host->node, &peers[i]);
    }
    assert_int_equal(host->node->early_bytes, 0);
    host_free(host);
}

/* Behind a message that comes too early others wait, and are taken with it: nobody brings anything again. */
static void what_is_behind_an_early_one_is_taken_with_it(void **state)
{
    enum { TURNS = 400, NEVER_MS = 1000000 };
    prom_node_channel *from;
    prom_node_channel *to;
    struct host *client = host_new(*state, PROM_ROLE_CLIENT);
    struct host *arbiter = host_new(*state, PROM_ROLE_ARBITER);
    const prom_message key = {.kind = PROM_MESSAGE_KEY, .as.h_p = client->world->session.cast.h_p};
    const prom_message question = {.kind = PROM_MESSAGE_QUESTION};
    from = host_at(client, PLACE_C);
    to = host_at(arbiter, PLACE_A);
    from->channel->facts.addresses[PLACE_A] = arbiter->options.config.address;
    to->channel->facts.addresses[PLACE_C] = client->options.config.address;
    send_message(client, from, PLACE_A, &key);
    send_message(client, from, PLACE_A, &question);
    const prom_correspondent *peer = NULL;
    for (unsigned i = 0; i < TURNS && (peer == NULL || peer->early_count < 2); i++) {
        from->peers[0].again_ms = NEVER_MS;
        prom_node_mail_turn(client->node);
        prom_node_mail_turn(arbiter->node);
        peer = prom_node_peer_of(arbiter->node, to, &from->channel->facts.own.words, false);
        (void)usleep(500);
    }
    assert_non_null(peer);
    assert_int_equal(peer->early_count, 2);
    assert_int_equal(peer->incoming.number, 0);
    host_mine_tx(arbiter, PROM_TX0);
    host_mine_tx(arbiter, PROM_TXV0);
    host_mine_tx(arbiter, PROM_TXA);
    for (unsigned i = 0; i < TURNS && from->peers[0].outgoing.acknowledged < 2; i++) {
        prom_node_mail_turn(arbiter->node);
        prom_node_mail_turn(client->node);
        (void)usleep(500);
    }
    assert_int_equal(from->peers[0].outgoing.acknowledged, 2);
    assert_int_equal(from->peers[0].outgoing.sent, 2);
    assert_int_equal(arbiter->node->early_bytes, 0);
    host_free(client);
    host_free(arbiter);
}

/* One that waited for a message which changed nothing is taken all the same. */
static void what_waits_for_an_idle_one_is_taken(void **state)
{
    enum { TURNS = 400, NEVER_MS = 1000000 };
    fixture *test = *state;
    struct host *client = host_new(test, PROM_ROLE_CLIENT);
    struct host *arbiter = host_new(test, PROM_ROLE_ARBITER);
    prom_node_channel *from = host_at(client, PLACE_C);
    prom_node_channel *to = host_at(arbiter, PLACE_A);
    const prom_message question = {.kind = PROM_MESSAGE_QUESTION};
    prom_envelope second = {.generation = client->node->generation, .number = 2};
    from->channel->facts.addresses[PLACE_A] = arbiter->options.config.address;
    to->channel->facts.addresses[PLACE_C] = client->options.config.address;
    to->channel->facts.batches[0].evidence.questioned = true;
    to->changed = false;
    prom_correspondent *peer = prom_node_peer_of(arbiter->node, to, &from->channel->facts.own.words, true);
    assert_ok(prom_body_encode(&test->arena, &second.body, &question, &test->error), &test->error);
    prom_node_keep_early(arbiter->node, peer, &second, false);
    send_message(client, from, PLACE_A, &question);
    for (unsigned i = 0; i < TURNS && peer->incoming.number < 2; i++) {
        from->peers[0].again_ms = NEVER_MS;
        prom_node_mail_turn(client->node);
        prom_node_mail_turn(arbiter->node);
        peer = prom_node_peer_of(arbiter->node, to, &from->channel->facts.own.words, false);
        (void)usleep(500);
    }
    assert_int_equal(peer->incoming.number, 2);
    host_free(client);
    host_free(arbiter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(each_has_its_turn),
        FIXTURE_TEST(what_is_for_the_node_is_apart),
        FIXTURE_TEST(there_are_bounds),
        FIXTURE_TEST(what_is_behind_an_early_one_is_taken_with_it),
        FIXTURE_TEST(what_waits_for_an_idle_one_is_taken),
    };
    return cmocka_run_group_tests_name("node/early", tests, NULL, NULL);
}
