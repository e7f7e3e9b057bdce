#include "node/host.h"

static void name_bitcoind(struct host *host, char cookie[128])
{
    (void)snprintf(cookie, 128, "%s/cookie", host->folder);
    FILE *file = fopen(cookie, "w");
    assert_non_null(file);
    assert_true(fputs("__cookie__:none", file) >= 0);
    assert_int_equal(fclose(file), 0);
    host->options.rpc_url = "http://127.0.0.1:1"; /* nobody listens */
    host->options.cookie_file = cookie;
    host->options.poll_milliseconds = 50;
}

/* Old blocks are gone: what is open is followed from a hundred blocks below, and nothing is begun. */
static void open_contracts_are_followed_without_old_blocks(void **state)
{
    enum { TIP = WORLD_FIRST + 150 };
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    char cookie[128];
    name_bitcoind(host, cookie);
    host_reopen(host);
    (void)host_with(host, PLACE_W);
    host_mine_to(host, TIP);
    host_reopen(host);
    const prom_node_channel *channel = host->node->channels[0];
    host->node->pruned = true;
    assert_ok(prom_node_follow_late(host->node, &host->test->error), &host->test->error);
    assert_int_equal(prom_index_next_height(host->node->index), TIP - 100);
    assert_int_equal(host->reports[PROM_REPORT_ALARM], 1);
    host_mine_to(host, TIP);
    host_mine_tx(host, PROM_TX0);
    assert_int_equal(channel->channel->facts.tx0.height, TIP + 1);
    assert_false(prom_node_is_ready(host->node));
    host_free(host);
}

/* A node without channels has nothing to defend: it waits for another bitcoind. */
static void without_channels_it_waits(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    (void)host_pay(host, 1);
    assert_ok(prom_node_follow_late(host->node, &host->test->error), &host->test->error);
    assert_null(host->node->watcher);
    assert_int_equal(host->reports[PROM_REPORT_ALARM], 0);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(open_contracts_are_followed_without_old_blocks),
        FIXTURE_TEST(without_channels_it_waits),
    };
    return cmocka_run_group_tests_name("node/late", tests, NULL, NULL);
}
