#include "node/host.h"

/* A fact that no step gives, and that is not written: as a broken invariant of ours would leave it. */
static void break_facts(prom_node_channel *channel)
{
    channel->channel->facts.batches[0].evidence.results_bad = 0xff;
}

static const prom_event time_passes = {.kind = PROM_EVENT_TIME};

/* Three faults, one after the other, freeze the channel they are in, on the disk too, and touch no other. */
static void faults_freeze_one_channel_alone(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    prom_node_channel *broken = host_with(host, PLACE_C);
    prom_node_channel *whole = host_give(host, PLACE_C);
    prom_node_step step;
    for (unsigned i = 0; i < PROM_NODE_FAILURES_MAX; i++) {
        assert_ok(prom_node_refresh(host->node, broken, &host->test->error), &host->test->error);
        break_facts(broken);
        host_take(host, broken, &step, &time_passes);
        assert_true(step.failed);
        assert_false(broken->channel->facts.frozen);
    }
    host_take(host, broken, &step, &time_passes);
    assert_false(step.failed);
    assert_true(broken->channel->facts.frozen && !whole->channel->facts.frozen);
    assert_int_equal(host->reports[PROM_REPORT_ALARM], 1);
    host_take(host, whole, &step, &time_passes);
    assert_false(step.failed);
    host_reopen(host);
    assert_true(host->node->channels[0]->channel->facts.frozen);
    assert_false(host->node->channels[1]->channel->facts.frozen);
    host_free(host);
}

/* A message of somebody else is no fault that freezes: its sender would choose the moment. */
static void messages_freeze_nothing(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    prom_node_channel *channel = host_with(host, PLACE_C);
    const prom_message message = {.kind = PROM_MESSAGE_ACCEPTANCE}; /* too late: taken, and nothing follows */
    const prom_event event = {.kind = PROM_EVENT_MESSAGE,
                              .as.message = {prom_place_key(&host->world->session.terms, PLACE_W), &message}};
    prom_node_step step;
    for (unsigned i = 0; i < 2 * PROM_NODE_FAILURES_MAX; i++) {
        assert_ok(prom_node_refresh(host->node, channel, &host->test->error), &host->test->error);
        break_facts(channel);
        host_take(host, channel, &step, &event);
        assert_true(step.failed);
    }
    assert_int_equal(channel->failures, 0);
    host_take(host, channel, &step, &time_passes);
    assert_false(channel->channel->facts.frozen);
    host_free(host);
}

/* What is on the disk is what the facts are: loaded again they are the same, and nothing is written twice. */
static void steps_are_on_the_disk(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_node_channel *channel = host_with(host, PLACE_W);
    host_mine_tx(host, PROM_TX0);
    assert_true(channel->channel->facts.tx0.there);
    channel->stale = true;
    assert_ok(prom_node_refresh(host->node, channel, &host->test->error), &host->test->error);
    assert_true(channel->channel->facts.tx0.there);
    assert_int_equal(channel->channel->facts.tx0.height, WORLD_H0);
    assert_non_null(channel->channel->tree);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(faults_freeze_one_channel_alone),
        FIXTURE_TEST(messages_freeze_nothing),
        FIXTURE_TEST(steps_are_on_the_disk),
    };
    return cmocka_run_group_tests_name("node/steps", tests, NULL, NULL);
}
