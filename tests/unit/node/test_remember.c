#include "node/host.h"

static prom_result see(prom_node *node, void *context, prom_error *error)
{
    const prom_output output = {.kind = PROM_OUTPUT_SEEN};
    return prom_node_take_output(node, context, NULL, &output, prom_span_of(NULL, 0), error);
}

/* h, k_h and keys of what we sign are never taken again in another contract, after a restart too. */
static void hashes_are_seen_for_good(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_error *error = &host->test->error;
    prom_node_channel *channel = host_with(host, PLACE_W);
    assert_ok(prom_node_transact(host->node, see, channel, error), error);
    const size_t seen = host->node->seen.count;
    bool found = false;
    for (size_t i = 0; i < seen; i++) {
        found = found || prom_bytes32_equal(&host->node->seen.items[i].hash, &channel->channel->terms.h);
        assert_int_equal(host->node->seen.items[i].channel, channel->record.number);
    }
    assert_true(found && seen >= 2 + 2 * PROM_PARTIES + 2 * WORLD_ARBITERS);
    host_reopen(host);
    assert_int_equal(host->node->seen.count, seen);
    host_free(host);
}

/* What the owner is told. */
static void notes_and_alarms_are_told(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_error *error = &host->test->error;
    prom_node_channel *channel = host_with(host, PLACE_W);
    const prom_output alarm = {.kind = PROM_OUTPUT_ALARM, .text = "fire"};
    const prom_output unknown = {.kind = (prom_output_kind)99};
    assert_ok(prom_node_take_output(host->node, channel, NULL, &alarm, prom_span_of(NULL, 0), error), error);
    assert_string_equal(host->last[PROM_REPORT_ALARM], "fire");
    assert_fails(prom_node_take_output(host->node, channel, NULL, &unknown, prom_span_of(NULL, 0), error),
                 PROM_CATEGORY_BROKEN, error, "no known kind");
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(hashes_are_seen_for_good),
        FIXTURE_TEST(notes_and_alarms_are_told),
    };
    return cmocka_run_group_tests_name("node/remember", tests, NULL, NULL);
}
