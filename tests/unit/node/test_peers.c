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
    assert_true(added < 100);
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
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(numbers_go_on),
        FIXTURE_TEST(addresses_are_found),
    };
    return cmocka_run_group_tests_name("node/peers", tests, NULL, NULL);
}
