#include "node/host.h"

/* A channel begins with a coin for its fees, or does not; with a name that no other has. */
static void a_channel_needs_a_coin_and_a_name(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    prom_facts facts = {.role = PROM_ROLE_CLIENT, .batch_count = 1};
    prom_node_channel *added = NULL;
    prom_error *error = &host->test->error;
    assert_fails(host_add(host, &added, "a", &facts), PROM_CATEGORY_BAD_INPUT, error, "largest free coin holds 0 sat");
    assert_int_equal(prom_node_channel_count(host->node), 0);
    (void)host_pay(host, 1);
    assert_ok(host_add(host, &added, "a", &facts), error);
    assert_non_null(prom_node_coin_of(host->node, added->record.number));
    (void)host_pay(host, 1);
    assert_int_equal(host_add(host, &added, "a", &facts).category, PROM_CATEGORY_MISUSE);
    assert_ok(host_add(host, &added, "b", &facts), error);
    assert_int_equal(prom_node_channel_count(host->node), 2);
    host_free(host);
}

/* Loaded again the facts are the same, and the store is not written where nothing changed. */
static void what_was_loaded_is_what_was_written(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_VERIFIER);
    prom_node_channel *channel = host_with(host, PLACE_V);
    const prom_facts *facts = &channel->channel->facts;
    assert_int_equal(facts->setup.phase, PROM_SETUP_GIVEN);
    assert_true(facts->kept[PROM_KEPT_SIGNATURES].length > 0);
    assert_ptr_equal(channel->written[PROM_KEPT_SIGNATURES].data, facts->kept[PROM_KEPT_SIGNATURES].data);
    assert_non_null(channel->channel->tree);
    host_reopen(host);
    assert_int_equal(host->node->channel_count, 1);
    assert_int_equal(host->node->channels[0]->channel->place, PLACE_V);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_channel_needs_a_coin_and_a_name),
        FIXTURE_TEST(what_was_loaded_is_what_was_written),
    };
    return cmocka_run_group_tests_name("node/channels", tests, NULL, NULL);
}
