#include "node/host.h"

#include "store/faulty_vfs.h"
#include "store/spare.h"

static prom_result write_much(prom_node *node, void *context, prom_error *error)
{
    static const uint8_t bytes[40000];
    const prom_store_key key = {((prom_node_channel *)context)->record.number, 0, PROM_PART_KEPT + 5};
    return prom_store_part_put(node->store, &key, prom_span_of(bytes, sizeof bytes), error);
}

/* A full disk: the write that fails leaves nothing, the spare room is given free, the owner is told once, and nothing
 * is begun; open contracts are defended, and when there is room all goes on. */
static void a_full_disk_stops_what_is_new_alone(void **state)
{
    prom_error *error = &((fixture *)*state)->error;
    faulty_install();
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    prom_facts facts = {.role = PROM_ROLE_CLIENT, .batch_count = 1};
    prom_node_channel *added = NULL;
    prom_node_channel *channel = host_with(host, PLACE_C);
    assert_true(prom_store_has_spare(host->node->store));
    const size_t alarms = host->reports[PROM_REPORT_ALARM];
    faulty.kind = FAULTY_FULL;
    faulty.without_room = true;
    assert_int_equal(prom_node_transact(host->node, write_much, channel, error).category, PROM_CATEGORY_IO);
    assert_int_equal(prom_node_transact(host->node, write_much, channel, error).category, PROM_CATEGORY_IO);
    assert_true(host->node->disk_short && !prom_store_has_spare(host->node->store));
    assert_int_equal(host->reports[PROM_REPORT_ALARM], alarms + 1);
    assert_fails(host_add(host, &added, "new", &facts), PROM_CATEGORY_IO, error, "room");
    faulty.without_room = false;
    faulty.kind = FAULTY_NONE;
    host_mine_tx(host, PROM_TX0); /* with the room that was given free */
    assert_true(channel->channel->facts.tx0.there);
    prom_node_look_at_disk(host->node);
    assert_true(!host->node->disk_short && prom_store_has_spare(host->node->store));
    assert_ok(host_add(host, &added, "new", &facts), error);
    host_free(host);
}

/* A block that the disk does not take is not taken, and can be told again. */
static void a_block_waits_for_the_disk(void **state)
{
    faulty_install();
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    prom_node_channel *channel = host_with(host, PLACE_C);
    const prom_tx *tx = world_tx(host->world, PROM_TX0);
    const prom_index_block block = host_next(host, &tx, 1);
    faulty_reset(FAULTY_NONE, 0);
    host_free(host);
    host = host_new(*state, PROM_ROLE_CLIENT);
    channel = host_with(host, PLACE_C);
    faulty.kind = FAULTY_FAILS;
    faulty.done = 0;
    faulty.at = 1;
    assert_false(prom_is_ok(prom_node_connected(host->node, &block, &host->test->error)));
    faulty.kind = FAULTY_NONE;
    assert_int_equal(host->node->best_tip, VALID_TIP);
    assert_int_equal(host->node->own_tip, VALID_TIP); /* nothing is dated by it */
    assert_ok(prom_node_refresh(host->node, channel, &host->test->error), &host->test->error);
    assert_false(channel->channel->facts.tx0.there);
    assert_ok(prom_node_connected(host->node, &block, &host->test->error), &host->test->error);
    assert_true(channel->channel->facts.tx0.there);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_full_disk_stops_what_is_new_alone),
        FIXTURE_TEST(a_block_waits_for_the_disk),
    };
    return cmocka_run_group_tests_name("node/disk", tests, NULL, NULL);
}
