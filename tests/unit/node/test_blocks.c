#include "node/host.h"

/* Tx0 comes, goes and comes again in another block: facts follow, and after a restart the same blocks change nothing.
 */
static void facts_follow_the_chain(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_node_channel *channel = host_with(host, PLACE_W);
    host_mine_tx(host, PROM_TX0);
    assert_true(channel->channel->facts.tx0.there);
    host_unblock(host);
    assert_false(channel->channel->facts.tx0.there);
    assert_true(channel->channel->facts.tx0_seen);
    assert_int_equal(host->node->own_tip, WORLD_H0);
    host->branch = 1;
    host_block(host, NULL, 0);
    host_mine_tx(host, PROM_TX0);
    assert_int_equal(channel->channel->facts.tx0.height, WORLD_H0 + 1);
    host_reopen(host);
    assert_int_equal(host->node->channels[0]->channel->facts.tx0.height, WORLD_H0 + 1);
    assert_int_equal(host->node->own_tip, WORLD_H0 + 1);
    host_unblock(host); /* it goes on from there, either way */
    assert_false(host->node->channels[0]->channel->facts.tx0.there);
    host_free(host);
}

/* Where the fold is begun anew, the chain is told from its first block: what channels have taken they do not take
 * twice, and a block that is another one takes the old ones back. */
static void blocks_are_told_again_to_a_new_fold(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    (void)host_with(host, PLACE_W);
    host_mine_tx(host, PROM_TX0);
    const size_t states = host->reports[PROM_REPORT_STATE];
    host_forget_fold(host);
    host->paid = 0;
    (void)host_pay(host, 4);
    host_mine_to(host, VALID_TIP);
    assert_true(host->node->channels[0]->channel->facts.tx0.there);
    assert_int_equal(host->reports[PROM_REPORT_STATE], states);
    host->branch = 1;
    host_block(host, NULL, 0); /* in the place of Tx0's */
    assert_false(host->node->channels[0]->channel->facts.tx0.there);
    host_free(host);
}

/* A block that matters is told again after a fault, and not passed over: here the fault is over by then. */
static void a_fault_passes_no_block_over(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_node_channel *channel = host_with(host, PLACE_W);
    const prom_tx *tx = world_tx(host->world, PROM_TX0);
    const prom_index_block block = host_next(host, &tx, 1);
    channel->channel->facts.batches[0].evidence.results_bad = 0xff;
    assert_fails(prom_node_connected(host->node, &block, &host->test->error), PROM_CATEGORY_BROKEN, &host->test->error,
                 "could not take it");
    assert_int_equal(host->node->best_tip, VALID_TIP);
    assert_ok(prom_node_connected(host->node, &block, &host->test->error), &host->test->error);
    assert_true(channel->channel->facts.tx0.there);
    assert_false(channel->channel->facts.frozen);
    host_free(host);
}

/* What cannot be loaded holds up nobody. */
static void one_dead_channel_holds_up_no_block(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_node_channel *dead = host_with(host, PLACE_W);
    prom_node_channel *other = host_give(host, PLACE_W);
    const prom_store_key key = {dead->record.number, 0, PROM_PART_MONEY};
    assert_ok(prom_store_begin(host->node->store, &host->test->error), &host->test->error);
    assert_ok(prom_store_part_put(host->node->store, &key, prom_span_of((const uint8_t *)"x", 1), &host->test->error),
              &host->test->error);
    assert_ok(prom_store_commit(host->node->store, &host->test->error), &host->test->error);
    dead->stale = true;
    host_mine_tx(host, PROM_TX0);
    assert_null(dead->channel);
    assert_true(other->channel->facts.tx0.there);
    host_reopen(host);
    assert_true(host->reports[PROM_REPORT_ALARM] > 0);
    assert_non_null(host->node->channels[1]->channel);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(facts_follow_the_chain),
        FIXTURE_TEST(blocks_are_told_again_to_a_new_fold),
        FIXTURE_TEST(a_fault_passes_no_block_over),
        FIXTURE_TEST(one_dead_channel_holds_up_no_block),
    };
    return cmocka_run_group_tests_name("node/blocks", tests, NULL, NULL);
}
