#include "node/host.h"

#include "wire/body.h"

enum { STRANGERS = 400 };

/* Of a stranger with this number, the message in the arena of the test. */
static prom_envelope envelope_of(struct host *host, size_t stranger, uint64_t number, const prom_message *message)
{
    prom_envelope envelope = {.channel = host->world->session.terms.parties[PROM_PARTY_C].key,
                              .sender = named("stranger", stranger),
                              .receiver = host->world->session.terms.arbiters[0].key,
                              .generation = 1,
                              .number = number};
    assert_ok(prom_body_encode(&host->test->arena, &envelope.body, message, &host->test->error), &host->test->error);
    return envelope;
}

static prom_message key_of(const struct host *host)
{
    return (prom_message){.kind = PROM_MESSAGE_KEY, .as.h_p = host->world->session.cast.h_p};
}

static prom_node_channel *appealed(struct host *host)
{
    prom_node_channel *channel = host_with(host, PLACE_A);
    host_mine_tx(host, PROM_TX0);
    host_mine_tx(host, PROM_TXV0);
    host_mine_tx(host, PROM_TXA);
    return channel;
}

static bool key_is_here(const prom_node_channel *channel)
{
    return channel->channel->facts.batches[0].arbitration.key_here;
}

static void only_who_is_nobody(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_ARBITER);
    prom_node_channel *channel = appealed(host);
    const prom_message key = key_of(host);
    prom_envelope envelope = envelope_of(host, 0, 1, &key);
    const prom_correspondent known = {.key = envelope.sender};
    assert_true(prom_node_is_outsider(channel, NULL, &envelope));
    assert_false(prom_node_is_outsider(channel, &known, &envelope));
    envelope.number = 0;
    assert_false(prom_node_is_outsider(channel, NULL, &envelope));
    envelope.number = 1;
    envelope.sender = host->world->session.terms.parties[PROM_PARTY_W].key;
    assert_false(prom_node_is_outsider(channel, NULL, &envelope));
    envelope.sender = named("stranger", 0);
    channel->channel->facts.setup.phase = PROM_SETUP_COMPLETE;
    assert_false(prom_node_is_outsider(channel, NULL, &envelope));
    host_free(host);
}

/* Whatever their numbers, each counts by itself; nobody becomes a correspondent, and nothing is noted of anybody. */
static void nothing_is_noted_of_strangers(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_ARBITER);
    prom_node_channel *channel = appealed(host);
    const size_t peers = channel->peer_count;
    const prom_message wrong = {.kind = PROM_MESSAGE_KEY, .as.h_p = named("another", 0)};
    const prom_message key = key_of(host);
    prom_envelope envelope;
    for (size_t i = 0; i < STRANGERS; i++) {
        envelope = envelope_of(host, i, 1 + i, &wrong);
        prom_node_take_outsider(host->node, channel, 0, &envelope);
    }
    assert_int_equal(host->reports[PROM_REPORT_REFUSED], STRANGERS);
    assert_false(key_is_here(channel));
    for (size_t i = 0; i < STRANGERS; i++) {
        envelope = envelope_of(host, i, 7, &key);
        prom_node_take_outsider(host->node, channel, 0, &envelope);
        assert_true(key_is_here(channel));
    }
    prom_store_seen seen;
    assert_int_equal(channel->peer_count, peers);
    assert_ok(
        prom_store_inbox_get(host->node->store, &seen, channel->record.number, &envelope.sender, &host->test->error),
        &host->test->error);
    assert_int_equal(seen.number, 0);
    channel->stale = true; /* and it is on the disk */
    assert_ok(prom_node_refresh(host->node, channel, &host->test->error), &host->test->error);
    assert_true(key_is_here(channel));
    host_free(host);
}

static void bytes_that_are_no_message(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_ARBITER);
    prom_node_channel *channel = appealed(host);
    const uint8_t bytes[] = {0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3};
    prom_envelope envelope = {.sender = named("stranger", 0), .number = 1, .body = prom_span_of(bytes, sizeof bytes)};
    prom_node_take_outsider(host->node, channel, 0, &envelope);
    assert_int_equal(host->reports[PROM_REPORT_REFUSED], 1);
    assert_false(channel->channel->facts.frozen);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(only_who_is_nobody),
        FIXTURE_TEST(nothing_is_noted_of_strangers),
        FIXTURE_TEST(bytes_that_are_no_message),
    };
    return cmocka_run_group_tests_name("node/outsiders", tests, NULL, NULL);
}
