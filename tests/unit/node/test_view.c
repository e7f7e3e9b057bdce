#include "node/host.h"

/* Before Tx0 a channel sees what other channels of ours have used and signed; its own it does not see. */
static void setups_see_other_channels(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_error *error = &host->test->error;
    prom_facts facts = {.role = PROM_ROLE_WORKER, .batch_count = 1};
    prom_node_channel *given = host_with(host, PLACE_W);
    prom_node_channel *fresh = NULL;
    prom_channel_view view;
    const prom_bytes32 mine = named("mine", 0);
    const prom_bytes32 theirs = named("theirs", 0);
    assert_ok(host_add(host, &fresh, "fresh", &facts), error);
    assert_ok(prom_node_note_seen(host->node, &mine, fresh->record.number, error), error);
    assert_ok(prom_node_note_seen(host->node, &theirs, given->record.number, error), error);
    assert_ok(prom_node_view(host->node, fresh, &host->test->arena, &view, error), error);
    assert_int_equal(view.seen_count, 1);
    assert_true(prom_bytes32_equal(&view.seen[0], &theirs));
    assert_true(view.may_begin && view.in_step);
    assert_int_equal(view.own_tip, VALID_TIP);
    assert_int_equal(view.work_ahead, 1 / prom_pool_threads(host->node->pool)); /* `given` is to be computed */
    given->channel->facts.batches[0].evidence.bodies[PROM_BODY_PACKAGE_A].here = true;
    assert_ok(prom_node_view(host->node, fresh, &host->test->arena, &view, error), error);
    assert_int_equal(view.work_ahead, 0);
    assert_ok(prom_node_view(host->node, given, &host->test->arena, &view, error), error);
    assert_int_equal(view.seen_count + view.setup_count, 0);
    host_free(host);
}

/* Nothing is begun without room on the disk, without a backup, without a coin, or when the chain is not followed. */
static void what_is_missing_stops_new_contracts(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_error *error = &host->test->error;
    prom_facts facts = {.role = PROM_ROLE_WORKER, .batch_count = 1};
    prom_node_channel *fresh = NULL;
    prom_channel_view view;
    (void)host_pay(host, 1);
    assert_ok(host_add(host, &fresh, "fresh", &facts), error);
    bool *const stops[] = {&host->node->disk_short, &host->node->backup_fails};
    for (size_t i = 0; i < COUNT_OF(stops); i++) {
        *stops[i] = true;
        assert_ok(prom_node_view(host->node, fresh, &host->test->arena, &view, error), error);
        assert_false(view.may_begin);
        *stops[i] = false;
    }
    host->node->health.may_begin = false;
    assert_ok(prom_node_view(host->node, fresh, &host->test->arena, &view, error), error);
    assert_false(view.may_begin);
    host->node->health.may_begin = true;
    prom_node_forget_reserved(host->node, fresh->record.number);
    assert_ok(prom_node_view(host->node, fresh, &host->test->arena, &view, error), error);
    assert_false(view.may_begin);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(setups_see_other_channels),
        FIXTURE_TEST(what_is_missing_stops_new_contracts),
    };
    return cmocka_run_group_tests_name("node/view", tests, NULL, NULL);
}
