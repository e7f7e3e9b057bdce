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
    host->node->publications_due = false;
    host->node->channels[0]->wants_due = true; /* as after each message of a peer, who must not make us ask bitcoind */
    prom_node_look_at_wants(host->node);
    assert_int_equal(channel->publication_count, 1);
    assert_false(host->node->publications_due);
    host_mine_tx(host, PROM_TX1);
    prom_node_look_at_wants(host->node);
    assert_int_equal(channel->publication_count, 0);
    host_free(host);
}

/* What the node would pay for the one transaction that is wanted now. */
static uint32_t bid(const struct host *host, const prom_node_channel *channel)
{
    static const prom_fee_estimates estimates = {1000, 1000};
    assert_int_equal(channel->publication_count, 1);
    return prom_fee_feerate(&channel->publications[0].due, host->node->best_tip, &estimates);
}

static void mine_and_look(struct host *host, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        host_block(host, NULL, 0);
        prom_node_look_at_wants(host->node);
    }
}

/* A bid rises with the blocks that were waited in vain since the node wanted the transaction, not since it could have:
 * at every look the list is made anew, and the count goes on. When it is not wanted for a while it begins again. */
static void blocks_in_vain_are_counted(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_VERIFIER);
    const prom_node_channel *channel = host_with(host, PLACE_A);
    host_mine_tx(host, PROM_TX0);
    host_mine_to(host, (uint32_t)WORLD_H0 + host->world->session.terms.P.t3 + 10); /* nobody looks meanwhile */
    prom_node_look_at_wants(host->node);
    const int64_t wanted = host->node->best_tip;
    const uint32_t first = bid(host, channel);
    assert_int_equal(first, 1000);
    assert_int_equal(channel->publications[0].wanted_tip, wanted);
    mine_and_look(host, WORLD_MARGIN - 1);
    assert_int_equal(bid(host, channel), first);
    mine_and_look(host, 1);
    assert_int_equal(channel->publications[0].wanted_tip, wanted);
    assert_int_equal(channel->publications[0].due.first_tip, wanted);
    assert_int_equal(bid(host, channel), 2 * first);
    mine_and_look(host, WORLD_MARGIN);
    assert_int_equal(bid(host, channel), 4 * first);
    host_mine_tx(host, PROM_TX1);
    prom_node_look_at_wants(host->node);
    assert_int_equal(channel->publication_count, 0);
    host_unblock(host);
    prom_node_look_at_wants(host->node);
    assert_int_equal(channel->publications[0].wanted_tip, host->node->best_tip);
    assert_int_equal(bid(host, channel), first);
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
        FIXTURE_TEST(blocks_in_vain_are_counted),
        FIXTURE_TEST(a_restored_channel_abandons_nothing),
    };
    return cmocka_run_group_tests_name("node/publish", tests, NULL, NULL);
}
