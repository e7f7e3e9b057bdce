#include "node/host.h"

#include "contract/index_entries.h"

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

static void put_part(struct host *host, const prom_store_key *key, prom_span bytes)
{
    prom_error *error = &host->test->error;
    assert_ok(prom_store_begin(host->node->store, error), error);
    assert_ok(bytes.length == 0 ? prom_store_part_remove(host->node->store, key, error)
                                : prom_store_part_put(host->node->store, key, bytes, error),
              error);
    assert_ok(prom_store_commit(host->node->store, error), error);
}

/* A block waits for a channel for which there is no memory now, and for some time alone. */
static void a_block_waits_for_a_channel_that_cannot_be_read(void **state)
{
    for (int last = 0; last < 2; last++) {
        struct host *host = host_new(*state, PROM_ROLE_WORKER);
        prom_node_channel *channel = host_with(host, PLACE_W);
        const prom_tx *tx = world_tx(host->world, PROM_TX0);
        const prom_store_key key = {channel->record.number, 0, PROM_PART_KEPT + PROM_KEPT_FAULT};
        const prom_index_block block = host_next(host, &tx, 1);
        uint8_t *large = calloc(1, PROM_NODE_CHANNEL_MEMORY);
        prom_span *kept = &channel->channel->facts.kept[PROM_KEPT_FAULT];
        prom_span bytes;
        assert_non_null(large);
        *kept = prom_span_of(large, PROM_NODE_CHANNEL_MEMORY);
        assert_ok(prom_facts_write(&host->test->arena, &bytes, &channel->channel->facts,
                                   PROM_PART_KEPT + PROM_KEPT_FAULT, 0, &host->test->error),
                  &host->test->error);
        put_part(host, &key, bytes);
        *kept = prom_span_of(NULL, 0);
        free(large);
        for (int i = 0; i < 2; i++) {
            channel->stale = true;
            assert_int_equal(prom_node_connected(host->node, &block, &host->test->error).category,
                             PROM_CATEGORY_MEMORY);
            assert_int_equal(host->node->own_tip, VALID_TIP);
        }
        if (last == 0) {
            put_part(host, &key, prom_span_of(NULL, 0));
            assert_ok(prom_node_connected(host->node, &block, &host->test->error), &host->test->error);
            assert_true(channel->channel->facts.tx0.there);
        } else {
            channel->unread_since -= 11 * 60 * 1000;
            assert_ok(prom_node_connected(host->node, &block, &host->test->error), &host->test->error);
            assert_non_null(strstr(host->last[PROM_REPORT_ALARM], "passes it by"));
        }
        host_free(host);
    }
}

/* What cannot be loaded holds up nobody. */
static void one_dead_channel_holds_up_no_block(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_node_channel *dead = host_with(host, PLACE_W);
    prom_node_channel *other = host_give(host, PLACE_W);
    const prom_store_key key = {dead->record.number, 0, PROM_PART_MONEY};
    put_part(host, &key, prom_span_of((const uint8_t *)"x", 1));
    dead->stale = true;
    host_mine_tx(host, PROM_TX0);
    assert_null(dead->channel);
    assert_true(other->channel->facts.tx0.there);
    host_reopen(host);
    assert_true(host->reports[PROM_REPORT_ALARM] > 0);
    assert_non_null(host->node->channels[1]->channel);
    host_free(host);
}

static const prom_tx *junk_offer(struct host *host)
{
    static uint8_t mark[2 + 36] = {PROM_OP_RETURN, 36, 'P', 'R', 'M', 'O'};
    fixture *test = host->test;
    const prom_tx *payment = host_payment(host, 0, 330);
    prom_tx *tx = NULL;
    assert_ok(prom_tx_new(&test->arena, &tx, 1, 2, &test->error), &test->error);
    tx->inputs[0] = payment->inputs[0];
    tx->outputs[0] = payment->outputs[0];
    tx->outputs[1] = (prom_tx_output){prom_amount_zero(), prom_span_of(mark, sizeof mark)};
    return tx;
}

/* A chain of more offers than there is room for: contracts are defended, nothing is begun, and the disk keeps what is
 * whole alone, so that a restart finds the same. */
static void offers_by_the_thousands_stop_no_block(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_node_channel *channel = host_with(host, PLACE_W);
    assert_true(prom_node_is_ready(host->node));
    const uint32_t kept = host->node->kept;
    host->node->fold->index->entry_max = prom_index_count(host->node->fold->index);
    const prom_tx *offer = junk_offer(host);
    host_block(host, &offer, 1);
    assert_int_equal(host->reports[PROM_REPORT_ALARM], 1);
    assert_non_null(strstr(host->last[PROM_REPORT_ALARM], "no room"));
    assert_false(prom_node_is_ready(host->node));
    assert_fails(prom_node_check_ready(host->node, &host->test->error), PROM_CATEGORY_BAD_INPUT, &host->test->error,
                 "more offers");
    host_mine_tx(host, PROM_TX0);
    assert_int_equal(channel->channel->facts.tx0.height, WORLD_H0 + 1);
    assert_int_equal(host->node->kept, kept);
    host_unblock(host);
    host_unblock(host);
    assert_true(prom_node_is_ready(host->node));
    host_block(host, NULL, 0);
    assert_int_equal(host->node->kept, kept + 1);
    host_free(host);
}

/* Also who did not publish it, and each time that it is in a block. */
static void what_is_mined_is_told(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    char txid[PROM_HEX32];
    const prom_node_channel *channel = host_with(host, PLACE_C);
    host_mine_tx(host, PROM_TX0);
    host_mine_to(host, host->node->best_tip + 1);
    assert_int_equal(host->reports[PROM_REPORT_MINED], 1);
    assert_memory_equal(host->last[PROM_REPORT_MINED], "Tx0 ", 4);
    assert_string_equal(host->last[PROM_REPORT_MINED] + 4,
                        prom_hex32_reversed(txid, &channel->channel->tree->tx[PROM_TX0].txid));
    host_mine_tx(host, PROM_TX4);
    assert_int_equal(host->reports[PROM_REPORT_MINED], 2);
    assert_memory_equal(host->last[PROM_REPORT_MINED], "Tx4 ", 4);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(facts_follow_the_chain),
        FIXTURE_TEST(blocks_are_told_again_to_a_new_fold),
        FIXTURE_TEST(a_fault_passes_no_block_over),
        FIXTURE_TEST(a_block_waits_for_a_channel_that_cannot_be_read),
        FIXTURE_TEST(offers_by_the_thousands_stop_no_block),
        FIXTURE_TEST(one_dead_channel_holds_up_no_block),
        FIXTURE_TEST(what_is_mined_is_told),
    };
    return cmocka_run_group_tests_name("node/blocks", tests, NULL, NULL);
}
