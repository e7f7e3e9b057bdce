#include "node/host.h"

#include "page/metrics.h"

static char *metrics_of(struct host *host)
{
    prom_rpc_host rpc = {.node = host->node, .folder = host->folder};
    char *text = NULL;
    size_t length = 0;
    assert_ok(prom_metrics_write(&text, &length, &rpc, &host->test->error), &host->test->error);
    assert_int_equal(strlen(text), length);
    return text;
}

static void assert_has(const char *text, const char *line)
{
    if (strstr(text, line) == NULL) {
        fail_msg("there is no '%s' in:\n%s", line, text);
    }
}

static void the_node_is_counted(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    char line[64];
    char *text = metrics_of(host);
    (void)snprintf(line, sizeof line, "\nprom_tip_height %u\n", (unsigned)host->node->best_tip);
    assert_has(text, line);
    assert_has(text, "prom_info{version=\"");
    assert_has(text, "roles=\"worker\"} 1\n");
    assert_has(text, "\nprom_balance_sat{part=\"free\"} 0\n");
    assert_has(text, "\n# TYPE prom_contracts gauge\n");
    free(text);
    /* Of a wallet that is not read yet nothing is said. */
    host->node->caught_up = false;
    text = metrics_of(host);
    assert_null(strstr(text, "prom_balance_sat"));
    free(text);
    host_free(host);
}

static void contracts_and_money_are_counted(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    (void)host_with(host, PLACE_W);
    char *text = metrics_of(host);
    assert_has(text, "\nprom_contracts{role=\"worker\",state=\"setup\"} 1\n");
    assert_has(text, "\nprom_contracts{role=\"client\",state=\"setup\"} 0\n");
    assert_null(strstr(text, "prom_balance_sat{part=\"free\"} 0\n"));
    free(text);
    host_mine_tx(host, PROM_TX0);
    text = metrics_of(host);
    assert_has(text, "\nprom_contracts{role=\"worker\",state=\"computation\"} 1\n");
    assert_has(text, "\nprom_contracts_at_risk 0\n");
    free(text);
    host_free(host);
}

static prom_result spoil(prom_node *node, void *context, prom_error *error)
{
    const uint8_t nothing_valid = 0xff;
    const prom_store_key key = {.channel = *(const uint64_t *)context, .part = PROM_PART_SETUP};
    return prom_store_part_put(node->store, &key, prom_span_of(&nothing_valid, 1), error);
}

/* A channel that cannot be read is told of as such, and hides none of the others. */
static void a_damaged_channel_is_counted(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_node_channel *damaged = host_with(host, PLACE_W);
    uint64_t number = damaged->record.number;
    (void)host_give(host, PLACE_W);
    char *text = metrics_of(host);
    assert_has(text, "\nprom_contracts_unreadable 0\n");
    free(text);
    assert_ok(prom_node_transact(host->node, spoil, &number, &host->test->error), &host->test->error);
    damaged->stale = true;
    host_mine_tx(host, PROM_TX0);
    assert_null(damaged->channel);
    text = metrics_of(host);
    assert_has(text, "\nprom_contracts{role=\"worker\",state=\"computation\"} 1\n");
    assert_has(text, "\nprom_contracts_unreadable 1\n");
    free(text);
    host_free(host);
}

static void health_has_a_reason(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    const prom_rpc_host rpc = {.node = host->node};
    prom_error why;
    assert_true(prom_metrics_healthy(&rpc, &why));
    host->node->disk_short = true;
    assert_false(prom_metrics_healthy(&rpc, &why));
    assert_non_null(strstr(why.sentence, "make room"));
    host->node->disk_short = false;
    host->node->health = (prom_chain_health){.told = {"bitcoind is away"}};
    assert_false(prom_metrics_healthy(&rpc, &why));
    assert_non_null(strstr(why.sentence, "bitcoind is away"));
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {FIXTURE_TEST(the_node_is_counted), FIXTURE_TEST(contracts_and_money_are_counted),
                                       FIXTURE_TEST(a_damaged_channel_is_counted), FIXTURE_TEST(health_has_a_reason)};
    return cmocka_run_group_tests_name("page/metrics", tests, NULL, NULL);
}
