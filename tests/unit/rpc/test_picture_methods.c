#include "node/host.h"

#include "rpc/picture_methods.h"

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part)) {
        count++;
    }
    return count;
}

static void the_way_is_drawn(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_rpc_host rpc = {.node = host->node};
    prom_error *error = &host->test->error;
    char number[24];
    json_t *result = NULL;
    const prom_node_channel *channel = host_with(host, PLACE_W);
    (void)snprintf(number, sizeof number, "%llu", (unsigned long long)channel->record.number);
    json_t *params = json_pack("{s:s}", "id", number);
    assert_ok(prom_rpc_channel_picture(&rpc, &result, params, error), error);
    const char *svg = json_string_value(json_object_get(result, "svg"));
    assert_int_equal(count_of(svg, " taken\""), 0);
    assert_int_equal(count_of(svg, "class=\"passed\""), 0);
    json_decref(result);
    /* Tx0 and TxV0: what else could have come out of O0 is passed, with what would have come of it. */
    host_mine_tx(host, PROM_TX0);
    host_mine_tx(host, PROM_TXV0);
    assert_ok(prom_rpc_channel_picture(&rpc, &result, params, error), error);
    svg = json_string_value(json_object_get(result, "svg"));
    assert_int_equal(count_of(svg, "<rect class=\"moves taken\""), 2);
    assert_int_equal(count_of(svg, "<path class=\"moves taken\""), 1);
    assert_int_equal(count_of(svg, "class=\"passed\""), 2 * 3); /* a box and a line for each of Tx1, Tx3 and Tx4 */
    assert_int_equal(count_of(svg, ">in block "), 2);
    json_decref(result);
    json_decref(params);
    params = json_pack("{s:s}", "id", "nobody");
    assert_fails(prom_rpc_channel_picture(&rpc, &result, params, error), PROM_CATEGORY_BAD_INPUT, error,
                 "there is no channel nobody");
    json_decref(params);
    host_free(host);
}

static void without_full_terms_there_is_none(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    prom_rpc_host rpc = {.node = host->node};
    prom_error *error = &host->test->error;
    prom_node_channel *channel = NULL;
    prom_facts facts = {.role = PROM_ROLE_CLIENT, .batch_count = 1};
    json_t *result = NULL;
    (void)host_pay(host, 4);
    assert_ok(host_add(host, &channel, "new one", &facts), error);
    json_t *params = json_pack("{s:s}", "id", "new one");
    assert_fails(prom_rpc_channel_picture(&rpc, &result, params, error), PROM_CATEGORY_BAD_INPUT, error, "no tree yet");
    assert_null(result);
    json_decref(params);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {FIXTURE_TEST(the_way_is_drawn), FIXTURE_TEST(without_full_terms_there_is_none)};
    return cmocka_run_group_tests_name("rpc/picture_methods", tests, NULL, NULL);
}
