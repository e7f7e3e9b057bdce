#include "node/early.h"
#include "node/letters.h"

#include "net/parts.h"
#include "store/faulty_vfs.h"

enum { TURNS_MAX = 2000 };

static void turn_until(struct host *one, struct host *other, const uint64_t *number, uint64_t wanted)
{
    for (unsigned i = 0; i < TURNS_MAX && *number < wanted; i++) {
        prom_node_mail_turn(one->node);
        prom_node_mail_turn(other->node);
        (void)usleep(2000);
    }
    assert_int_equal(*number, wanted);
}

/* Messages come in order and once, are acknowledged, and leave the outbox; a refused one too. */
static void messages_are_acknowledged(void **state)
{
    struct host *client = host_new(*state, PROM_ROLE_CLIENT);
    struct host *worker = host_new(*state, PROM_ROLE_WORKER);
    prom_node_channel *from = host_at(client, PLACE_C);
    prom_node_channel *to = host_at(worker, PLACE_W);
    from->channel->facts.addresses[PLACE_W] = worker->options.config.address;
    to->channel->facts.addresses[PLACE_C] = client->options.config.address;
    send_question(client, from, PLACE_W);
    send_question(client, from, PLACE_W);
    prom_correspondent *peer = &from->peers[0];
    turn_until(client, worker, &peer->outgoing.acknowledged, 2);
    assert_int_equal(worker->reports[PROM_REPORT_REFUSED], 2);
    prom_store_message message = {.channel = from->record.number, .peer = peer->key, .number = 2};
    bool found = true;
    assert_ok(prom_store_outbox_get(client->node->store, &client->test->arena, &message, &found, &client->test->error),
              &client->test->error);
    assert_false(found);
    prom_store_seen seen;
    assert_ok(prom_store_inbox_get(worker->node->store, &seen, to->record.number, &from->channel->facts.own.words,
                                   &worker->test->error),
              &worker->test->error);
    assert_int_equal(seen.number, 2);
    assert_int_equal(seen.generation, client->node->generation);
    host_free(client);
    host_free(worker);
}

/* A client and an arbiter that know each other's address. */
static void introduce(struct host *client, struct host *arbiter, prom_node_channel **from, prom_node_channel **to)
{
    *from = host_at(client, PLACE_C);
    *to = host_at(arbiter, PLACE_A);
    (*from)->channel->facts.addresses[PLACE_A] = arbiter->options.config.address;
    (*to)->channel->facts.addresses[PLACE_C] = client->options.config.address;
}

/* A message that the disk does not take has changed nothing, and comes again. */
static void a_message_waits_for_the_disk(void **state)
{
    prom_node_channel *from = NULL;
    prom_node_channel *to = NULL;
    faulty_install();
    struct host *client = host_new(*state, PROM_ROLE_CLIENT);
    struct host *arbiter = host_new(*state, PROM_ROLE_ARBITER);
    introduce(client, arbiter, &from, &to);
    send_question(client, from, PLACE_A);
    for (unsigned i = 0; i < TURNS_MAX && !arbiter->node->disk_short; i++) {
        prom_node_mail_turn(client->node);
        faulty.kind = FAULTY_FAILS;
        faulty.done = 0;
        faulty.at = 1;
        prom_node_mail_turn(arbiter->node);
        faulty.kind = FAULTY_NONE;
        (void)usleep(2000);
    }
    assert_true(arbiter->node->disk_short);
    assert_ok(prom_node_refresh(arbiter->node, to, &arbiter->test->error), &arbiter->test->error);
    const bool *questioned = &to->channel->facts.batches[0].evidence.questioned;
    assert_false(*questioned);
    for (unsigned i = 0; i < TURNS_MAX && !*questioned; i++) {
        prom_node_mail_turn(client->node);
        prom_node_mail_turn(arbiter->node);
        (void)usleep(2000);
    }
    assert_true(*questioned);
    host_free(client);
    host_free(arbiter);
}

/* What comes too early is not acknowledged: else it would not come again. */
static void what_is_early_is_not_acknowledged(void **state)
{
    prom_node_channel *from = NULL;
    prom_node_channel *to = NULL;
    struct host *client = host_new(*state, PROM_ROLE_CLIENT);
    struct host *arbiter = host_new(*state, PROM_ROLE_ARBITER);
    const prom_message key = {.kind = PROM_MESSAGE_KEY, .as.h_p = client->world->session.cast.h_p};
    introduce(client, arbiter, &from, &to);
    send_message(client, from, PLACE_A, &key);
    for (unsigned i = 0; i < 200; i++) {
        prom_node_mail_turn(client->node);
        prom_node_mail_turn(arbiter->node);
        (void)usleep(2000);
    }
    assert_int_equal(from->peers[0].outgoing.sent, 1);
    assert_int_equal(from->peers[0].outgoing.acknowledged, 0);
    assert_int_equal(arbiter->reports[PROM_REPORT_REFUSED], 0);
    host_free(client);
    host_free(arbiter);
}

static prom_result post_unknown(prom_node *node, void *context, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    static const uint8_t unknown[] = {0xa0, 0x1f, 0x01}; /* field 500 */
    const struct letter *letter = context;
    const prom_output output = {.kind = PROM_OUTPUT_SEND, .to = letter->to, .message = {.kind = PROM_MESSAGE_QUESTION}};
    uint8_t bytes[64];
    prom_span body;
    prom_arena_init(&arena, PROM_NODE_STEP_MEMORY);
    PROM_TRY(prom_body_encode(&arena, &body, &output.message, error));
    assert_true(body.length + sizeof unknown <= sizeof bytes);
    memcpy(bytes, body.data, body.length);
    memcpy(bytes + body.length, unknown, sizeof unknown);
    return prom_node_post(node, letter->channel, &output, prom_span_of(bytes, body.length + sizeof unknown), error);
}

/* A field that the receiver does not know is passed over when the sender's hello says that there may be some. */
static void what_is_unknown_is_announced(void **state)
{
    for (unsigned announced = 0; announced < 2; announced++) {
        struct host *client = host_new(*state, PROM_ROLE_CLIENT);
        struct host *worker = host_new(*state, PROM_ROLE_WORKER);
        prom_node_channel *from = host_at(client, PLACE_C);
        prom_node_channel *to = host_at(worker, PLACE_W);
        struct letter letter = {.channel = from, .to = *prom_place_key(&client->world->session.terms, PLACE_W)};
        from->channel->facts.addresses[PLACE_W] = worker->options.config.address;
        to->channel->facts.addresses[PLACE_C] = client->options.config.address;
        client->node->net->hello.features |= announced != 0 ? UINT64_C(1) << 63 : 0;
        assert_ok(prom_node_transact(client->node, post_unknown, &letter, &client->test->error), &client->test->error);
        turn_until(client, worker, &from->peers[0].outgoing.acknowledged, 1);
        assert_true((strstr(worker->last[PROM_REPORT_REFUSED], "a question is") != NULL) == (announced != 0));
        host_free(client);
        host_free(worker);
    }
}

/* Whom nobody has signed for is heard by nobody. */
static void unsigned_envelopes_are_dropped(void **state)
{
    struct host *client = host_new(*state, PROM_ROLE_CLIENT);
    struct host *worker = host_new(*state, PROM_ROLE_WORKER);
    prom_node_channel *from = host_at(client, PLACE_C);
    (void)host_at(worker, PLACE_W);
    from->words_key = client->world->session.cast.arbiter[0];
    from->channel->facts.addresses[PLACE_W] = worker->options.config.address;
    send_question(client, from, PLACE_W);
    for (unsigned i = 0; i < 200 && strstr(worker->last[PROM_REPORT_NOTE], "not signed") == NULL; i++) {
        prom_node_mail_turn(client->node);
        prom_node_mail_turn(worker->node);
        (void)usleep(2000);
    }
    assert_non_null(strstr(worker->last[PROM_REPORT_NOTE], "not signed"));
    assert_int_equal(worker->reports[PROM_REPORT_REFUSED], 0);
    assert_int_equal(from->peers[0].outgoing.acknowledged, 0);
    host_free(client);
    host_free(worker);
}

/* A message that passes over everybody, of one who is nobody in the contract. */
static void send_digest(struct host *from, struct host *to, const prom_node_channel *channel, uint64_t number)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    const prom_message message = {.kind = PROM_MESSAGE_DIGEST};
    const prom_bytes32 secret = {{1, (uint8_t)number}};
    prom_envelope envelope = {.channel = channel->channel->facts.client,
                              .receiver = channel->channel->facts.own.words,
                              .generation = 1,
                              .number = 1};
    prom_key key;
    prom_bytes32 hash;
    uint64_t link = 0;
    prom_arena_init(&arena, PROM_NODE_STEP_MEMORY);
    assert_ok(prom_key_from_secret(from->node->curve, &key, &secret, &from->test->error), &from->test->error);
    envelope.sender = key.public_key;
    assert_ok(prom_body_encode(&arena, &envelope.body, &message, &from->test->error), &from->test->error);
    prom_envelope_hash(&hash, &envelope);
    assert_ok(prom_sign(from->node->curve, &envelope.signature, &hash, &key, &secret, &from->test->error),
              &from->test->error);
    for (unsigned i = 0; i < TURNS_MAX && link == 0; i++) {
        link = prom_net_link_to(from->node->net, &to->options.config.address, NULL);
        prom_node_mail_turn(from->node);
        prom_node_mail_turn(to->node);
        (void)usleep(1000);
    }
    assert_true(prom_net_send(from->node->net, link, &envelope));
}

/* However many strangers speak to a channel that is being set up, none of them is noted: it is loaded again as it was.
 */
static void strangers_take_no_room(void **state)
{
    struct host *client = host_new(*state, PROM_ROLE_CLIENT);
    struct host *worker = host_new(*state, PROM_ROLE_WORKER);
    (void)host_at(client, PLACE_C);
    prom_node_channel *channel = host_at(worker, PLACE_W);
    channel->channel->facts.setup.phase = PROM_SETUP_AGREED;
    for (uint64_t i = 0; i < 200; i++) {
        send_digest(client, worker, channel, i);
    }
    for (unsigned i = 0; i < 100; i++) {
        prom_node_mail_turn(client->node);
        prom_node_mail_turn(worker->node);
        (void)usleep(1000);
    }
    assert_true(channel->peer_count <= PROM_PLACES_MAX);
    assert_ok(prom_node_load_peers(worker->node, channel, &worker->test->error), &worker->test->error);
    assert_true(channel->peer_count <= PROM_PLACES_MAX);
    host_free(client);
    host_free(worker);
}

/* Who was answered is a correspondent, and his link as good as any stranger's: he has as many keys as he likes. */
static void links_of_who_only_asks_are_not_kept(void **state)
{
    struct host *client = host_new(*state, PROM_ROLE_CLIENT);
    struct host *worker = host_new(*state, PROM_ROLE_WORKER);
    const prom_bytes32 secret = {{1, 1}};
    prom_key key;
    (void)host_at(client, PLACE_C);
    prom_node_channel *channel = host_at(worker, PLACE_W);
    channel->channel->facts.setup.phase = PROM_SETUP_AGREED;
    assert_ok(prom_key_from_secret(worker->node->curve, &key, &secret, &worker->test->error), &worker->test->error);
    const prom_correspondent *asker = prom_node_peer_of(worker->node, channel, &key.public_key, true);
    assert_non_null(asker);
    send_digest(client, worker, channel, 1);
    turn_until(client, worker, &asker->incoming.number, 1);
    assert_int_not_equal(asker->link, 0);
    assert_int_equal(asker->kept, 0);
    host_free(client);
    host_free(worker);
}

/* A body that cannot be fetched is no reason not to publish. */
static void a_want_that_fails_is_nothing_to_the_others(void **state)
{
    struct host *client = host_new(*state, PROM_ROLE_CLIENT);
    struct host *judge = host_new(*state, PROM_ROLE_ARBITER);
    char bodies[96];
    (void)host_at(client, PLACE_C);
    prom_node_channel *channel = host_at(judge, PLACE_A);
    const prom_address *address = &client->options.config.address;
    for (unsigned i = 0; i < TURNS_MAX && prom_net_link_to(judge->node->net, address, NULL) == 0; i++) {
        prom_node_mail_turn(client->node);
        prom_node_mail_turn(judge->node);
        (void)usleep(1000);
    }
    host_mine_tx(judge, PROM_TX0);
    host_mine_to(judge, (uint32_t)WORLD_H0 + judge->world->session.terms.P.t3);
    channel->channel->facts.addresses[PLACE_C] = *address;
    channel->channel->facts.addresses[PLACE_W] = *address;
    (void)snprintf(bodies, sizeof bodies, "%s/bodies", judge->folder);
    assert_int_equal(rmdir(bodies), 0);
    channel->wants_due = true;
    prom_node_look_at_wants(judge->node);
    assert_non_null(strstr(judge->last[PROM_REPORT_FAULT], "cannot write"));
    assert_int_equal(channel->publication_count, 1);
    assert_string_equal(channel->publications[0].name, "Tx1");
    host_free(client);
    host_free(judge);
}

static void keep_early(struct host *host, prom_node_channel *channel, size_t place)
{
    prom_correspondent *peer =
        prom_node_peer_of(host->node, channel, prom_place_key(&host->world->session.terms, place), true);
    assert_non_null(peer);
    const prom_envelope envelope = {.number = 1, .body = prom_span_of((const uint8_t *)"abcd", 4)};
    prom_node_keep_early(host->node, peer, &envelope, true);
    assert_int_equal(peer->early_count, 1);
}

/* The first message that came early finds that the channel must be read again, and cannot be. */
static void a_channel_that_cannot_be_read_ends_no_turn(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_VERIFIER);
    prom_node_channel *channel = host_at(host, PLACE_V);
    keep_early(host, channel, PLACE_W);
    keep_early(host, channel, PLACE_C);
    channel->changed = true;
    channel->stale = true;
    channel->record.number++; /* of which the disk has nothing */
    prom_node_mail_turn(host->node);
    assert_null(channel->channel);
    channel->record.number--;
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(messages_are_acknowledged),
        FIXTURE_TEST(what_is_unknown_is_announced),
        FIXTURE_TEST(unsigned_envelopes_are_dropped),
        FIXTURE_TEST(strangers_take_no_room),
        FIXTURE_TEST(links_of_who_only_asks_are_not_kept),
        FIXTURE_TEST(a_want_that_fails_is_nothing_to_the_others),
        FIXTURE_TEST(a_message_waits_for_the_disk),
        FIXTURE_TEST(what_is_early_is_not_acknowledged),
        FIXTURE_TEST(a_channel_that_cannot_be_read_ends_no_turn),
    };
    return cmocka_run_group_tests_name("node/mail", tests, NULL, NULL);
}
