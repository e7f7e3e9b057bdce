#include "node/host.h"

#include "trade/trade.h"

/* A node has its part in the market for as long as it is open, and has room for it. */
static void it_opens_and_closes(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    fixture *test = host->test;
    prom_trade *trade = NULL;
    prom_trade *second = NULL;
    const prom_trade_options options = {.node = host->node, .folder = host->folder};
    assert_ok(prom_trade_open(&trade, &options, &test->error), &test->error);
    assert_non_null(prom_trade_jobs(trade));
    prom_node_guests_turn(host->node);
    const prom_node_guest guest = {0};
    while (host->node->guest_count < PROM_NODE_GUESTS_MAX) {
        assert_ok(prom_node_add_guest(host->node, &guest, &test->error), &test->error);
    }
    assert_fails(prom_trade_open(&second, &options, &test->error), PROM_CATEGORY_MISUSE, &test->error, "guests");
    assert_null(second);
    host_free(host);
    prom_trade_close(trade);
    prom_trade_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {FIXTURE_TEST(it_opens_and_closes)};
    return cmocka_run_group_tests_name("trade/trade", tests, NULL, NULL);
}
