#include "node/host.h"

static prom_result post(prom_node *node, void *context, prom_error *error)
{
    const prom_output output = {.kind = PROM_OUTPUT_SEND, .to = named("peer", 1)};
    return prom_node_post(node, context, &output, prom_span_of((const uint8_t *)"body", 4), error);
}

/* Numbers go on after a restart; a channel has so many correspondents and no more. */
static void numbers_go_on(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_error *error = &host->test->error;
    prom_node_channel *channel = host_with(host, PLACE_W);
    const prom_bytes32 key = named("peer", 1);
    assert_null(prom_node_peer_of(host->node, channel, &key, false));
    assert_ok(prom_node_transact(host->node, post, channel, error), error);
    assert_ok(prom_node_transact(host->node, post, channel, error), error);
    assert_int_equal(prom_node_peer_of(host->node, channel, &key, false)->outgoing.last, 2);
    host_reopen(host);
    channel = host->node->channels[0];
    const prom_correspondent *peer = prom_node_peer_of(host->node, channel, &key, false);
    assert_true(peer != NULL && peer->outgoing.last == 2 && peer->outgoing.acknowledged == 0);
    assert_ok(prom_node_transact(host->node, post, channel, error), error);
    assert_int_equal(prom_node_peer_of(host->node, channel, &key, false)->outgoing.last, 3);
    size_t added = 0;
    for (size_t i = 2; i < 1000; i++) {
        const prom_bytes32 other = named("peer", i);
        added += prom_node_peer_of(host->node, channel, &other, true) != NULL;
    }
    assert_true(added < 150);
    host_free(host);
}

struct posting {
    prom_node_channel *channel;
    prom_bytes32 to;
    bool answer;
    uint8_t body;
};

static prom_result post_one(prom_node *node, void *context, prom_error *error)
{
    const struct posting *posting = context;
    const prom_output output = {.kind = PROM_OUTPUT_SEND, .to = posting->to, .answer = posting->answer};
    return prom_node_post(node, posting->channel, &output, prom_span_of(&posting->body, 1), error);
}

static void put(struct host *host, struct posting posting)
{
    assert_ok(prom_node_transact(host->node, post_one, &posting, &host->test->error), &host->test->error);
}

static prom_result count_message(void *context, const prom_store_message *message, prom_error *error)
{
    (void)message;
    (void)error;
    ++*(size_t *)context;
    return prom_ok();
}

static size_t waiting(struct host *host, const prom_node_channel *channel)
{
    size_t count = 0;
    assert_ok(
        prom_store_outbox_each(host->node->store, channel->record.number, count_message, &count, &host->test->error),
        &host->test->error);
    return count;
}

/* Who asks and acknowledges nothing is answered so often, and with nothing twice; what a contract says by itself always
 * goes. */
static void answers_come_to_an_end(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    struct posting posting = {.channel = host_with(host, PLACE_W), .to = named("peer", 1), .answer = true};
    put(host, posting);
    put(host, posting);
    assert_int_equal(waiting(host, posting.channel), 1);
    for (; posting.body < 100; posting.body++) {
        put(host, posting);
    }
    assert_int_equal(waiting(host, posting.channel), PROM_ANSWERS_MAX);
    posting.answer = false;
    put(host, posting);
    put(host, posting);
    assert_int_equal(waiting(host, posting.channel), PROM_ANSWERS_MAX + 2);
    prom_correspondent *peer = prom_node_peer_of(host->node, posting.channel, &posting.to, false);
    assert_int_equal(peer->outgoing.last, PROM_ANSWERS_MAX + 2);
    peer->outgoing.acknowledged = 3; /* there is room for so many */
    posting.answer = true;
    for (; posting.body < 200; posting.body++) {
        put(host, posting);
    }
    assert_int_equal(waiting(host, posting.channel), PROM_ANSWERS_MAX + 2 + 3);
    host_free(host);
}

/* They leave room for those who belong to the contract, and are no fault of the channel. */
static void askers_do_not_take_all_room(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    struct posting posting = {.channel = host_with(host, PLACE_W), .answer = true};
    for (size_t i = 0; i < 500; i++) {
        posting.to = named("asker", i);
        put(host, posting);
    }
    assert_true(waiting(host, posting.channel) < 100);
    posting.answer = false;
    for (size_t i = 0; i < PROM_PLACES_MAX + PROM_CANDIDATES_MAX; i++) {
        posting.to = named("peer", i);
        put(host, posting);
    }
    host_reopen(host);
    assert_non_null(host->node->channels[0]->channel);
    host_free(host);
}

/* The arbiter's answer is on its disk once, however often V asks for it. */
static void a_question_is_answered_once_at_a_time(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_ARBITER);
    prom_node_channel *channel = host_with(host, PLACE_A);
    const prom_message question = {.kind = PROM_MESSAGE_QUESTION};
    const prom_event event = {.kind = PROM_EVENT_MESSAGE,
                              .as.message = {&host->world->session.terms.parties[PROM_PARTY_V].key, &question}};
    prom_evidence *said = &channel->channel->facts.batches[0].evidence.statements;
    const prom_attestation answer = {.kind = PROM_ATTESTATION_ANSWER, .place = PLACE_A};
    assert_true(add_evidence(host->test, said, &answer));
    const size_t before = waiting(host, channel);
    for (size_t i = 0; i < 200; i++) {
        prom_node_step step;
        host_take(host, channel, &step, &event);
        assert_int_equal(step.reception, PROM_TAKEN);
        assert_false(step.failed);
    }
    assert_int_equal(waiting(host, channel), before + 1);
    host_free(host);
}

/* Where somebody is reached: by its place, or by its node before its words are known. */
static void addresses_are_found(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_channel *channel = host_with(host, PLACE_W)->channel;
    const prom_bytes32 *client = &host->world->session.terms.parties[PROM_PARTY_C].key;
    assert_null(prom_channel_address_of(channel, client));
    channel->facts.addresses[PROM_PARTY_C].length = 3;
    assert_ptr_equal(prom_channel_address_of(channel, client), &channel->facts.addresses[PROM_PARTY_C]);
    channel->facts.nodes[PROM_PARTY_C].key = named("node", 0);
    const prom_bytes32 node = named("node", 0);
    assert_ptr_equal(prom_channel_address_of(channel, &node), &channel->facts.addresses[PROM_PARTY_C]);
    const prom_bytes32 nobody = named("nobody", 0);
    assert_null(prom_channel_address_of(channel, &nobody));
    assert_ptr_equal(prom_channel_node_of(channel, client), &channel->facts.nodes[PROM_PARTY_C].key);
    assert_ptr_equal(prom_channel_node_of(channel, &node), &channel->facts.nodes[PROM_PARTY_C].key);
    assert_null(prom_channel_node_of(channel, &nobody));
    assert_null(prom_channel_node_of(channel, &host->world->session.terms.parties[PROM_PARTY_V].key));
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(numbers_go_on),
        FIXTURE_TEST(answers_come_to_an_end),
        FIXTURE_TEST(askers_do_not_take_all_room),
        FIXTURE_TEST(a_question_is_answered_once_at_a_time),
        FIXTURE_TEST(addresses_are_found),
    };
    return cmocka_run_group_tests_name("node/peers", tests, NULL, NULL);
}
