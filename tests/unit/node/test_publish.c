#include "node/host.h"

/* Nobody moves until t3: then Tx1 is wanted, whole, in every channel; after it is mined nothing is. */
static void what_is_wanted_is_listed(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_VERIFIER);
    const prom_node_channel *channel = host_with(host, PLACE_A);
    prom_tx *tx = NULL;
    host_mine_tx(host, PROM_TX0);
    host_mine_to(host, (uint32_t)WORLD_H0 + host->world->session.terms.P.t3 - 2);
    prom_node_look_at_wants(host->node);
    assert_int_equal(channel->publication_count, 0);
    host_mine_to(host, (uint32_t)WORLD_H0 + host->world->session.terms.P.t3);
    prom_node_look_at_wants(host->node);
    assert_int_equal(channel->publication_count, 1);
    assert_string_equal(channel->publications[0].name, "Tx1");
    assert_true(host->node->publications_due);
    assert_ok(prom_tx_parse(&host->test->arena, &tx, channel->publications[0].tx, &host->test->error),
              &host->test->error);
    assert_true(tx->inputs[0].witness_count > 0);
    host_mine_tx(host, PROM_TX1);
    prom_node_look_at_wants(host->node);
    assert_int_equal(channel->publication_count, 0);
    host_free(host);
}

/* A restored channel spends none of its coins elsewhere: what was agreed since the backup is not known. */
static void a_restored_channel_abandons_nothing(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_node_channel *channel = host_with(host, PLACE_W);
    size_t count = 0;
    const prom_want want = {.kind = PROM_WANT_ABANDON,
                            .as.abandon = {.coin = prom_coins_list(host->node->fold->coins, &count)[0].coin}};
    assert_ok(prom_node_publication_add(host->node, channel, &host->test->arena, &want, &host->test->error),
              &host->test->error);
    assert_int_equal(channel->publication_count, 1);
    channel->record.restored = true;
    prom_node_publications_drop(channel);
    assert_ok(prom_node_publication_add(host->node, channel, &host->test->arena, &want, &host->test->error),
              &host->test->error);
    assert_int_equal(channel->publication_count, 0);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(what_is_wanted_is_listed),
        FIXTURE_TEST(a_restored_channel_abandons_nothing),
    };
    return cmocka_run_group_tests_name("node/publish", tests, NULL, NULL);
}
