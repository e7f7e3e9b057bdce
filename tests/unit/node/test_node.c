#include "node/host.h"

/* Without bitcoind a node runs, says so once, and begins nothing; its folder is its own. */
static void a_node_without_a_chain_waits(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_error *error = &host->test->error;
    char cookie[128];
    prom_node *second = NULL;
    host_name_bitcoind(host, cookie);
    (void)host_with(host, PLACE_W);
    prom_node_close(host->node);
    assert_ok(prom_node_open(&host->node, &host->options, error), error);
    for (unsigned i = 0; i < 3000 && host->reports[PROM_REPORT_ALARM] == 0; i++) {
        prom_node_turn(host->node);
        (void)usleep(5000);
    }
    assert_int_equal(host->reports[PROM_REPORT_ALARM], 1);
    assert_false(prom_node_is_ready(host->node));
    assert_int_equal(prom_node_channel_count(host->node), 1);
    assert_int_equal(prom_node_open(&second, &host->options, error).category, PROM_CATEGORY_IO);
    assert_null(second);
    host_free(host);
}

/* Who waits in seconds is looked at every second, all others at blocks alone: a channel that waits costs nothing. */
static void clocks_are_of_those_who_wait(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_error *error = &host->test->error;
    prom_facts facts = {.role = PROM_ROLE_CLIENT, .batch_count = 1};
    char cookie[128];
    prom_node_channel *fresh = NULL;
    host_name_bitcoind(host, cookie);
    prom_node_close(host->node);
    assert_ok(prom_node_open(&host->node, &host->options, error), error);
    prom_node_channel *given = host_with(host, PLACE_W);
    assert_ok(host_add(host, &fresh, "fresh", &facts), error);
    prom_node_turn(host->node); /* the first time: all */
    given->changed = fresh->changed = false;
    host->node->ticked -= 5000;
    given->failures = fresh->failures = 1; /* a step that is taken ends that */
    prom_node_turn(host->node);
    assert_int_equal(given->failures, 1);
    assert_int_equal(fresh->failures, 0);
    host_free(host);
}

/* A fetch that found no link, or no room, is tried again every second, whatever its channel waits for else. */
static void a_fetch_that_waits_is_tried_again(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    char cookie[128];
    host_name_bitcoind(host, cookie);
    prom_node_close(host->node);
    assert_ok(prom_node_open(&host->node, &host->options, &host->test->error), &host->test->error);
    prom_node_channel *given = host_with(host, PLACE_W);
    prom_node_turn(host->node);
    given->wants_due = false;
    given->fetch_waits = true;
    prom_node_turn(host->node);
    assert_true(given->fetch_waits);
    host->node->ticked -= 1000;
    prom_node_turn(host->node); /* what it wants is looked at */
    assert_false(given->fetch_waits);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_node_without_a_chain_waits),
        FIXTURE_TEST(clocks_are_of_those_who_wait),
        FIXTURE_TEST(a_fetch_that_waits_is_tried_again),
    };
    return cmocka_run_group_tests_name("node/node", tests, NULL, NULL);
}
