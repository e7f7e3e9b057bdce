#include "node/host.h"

#include "rpc/method.h"

#define ELSEWHERE "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"

/* The answer's result, or error; the caller frees it. */
static json_t *ask(struct host *host, const char *method, json_t *params, const char *member)
{
    prom_rpc_host on = {.node = host->node};
    bool follows = false;
    json_auto_t *request =
        json_pack("{s:s, s:i, s:s, s:o}", "jsonrpc", "2.0", "id", 1, "method", method, "params", params);
    char *text = json_dumps(request, 0);
    json_auto_t *answer = prom_rpc_answer(&on, text, strlen(text), &follows);
    free(text);
    json_t *found = json_object_get(answer, member);
    assert_non_null(found);
    return json_incref(found);
}

static json_int_t number(const json_t *object, const char *name)
{
    const json_t *member = json_object_get(object, name);
    assert_true(json_is_integer(member));
    return json_integer_value(member);
}

/* Coins and rows come in pages; one of rows is also a text. */
static void lists_have_pages(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    for (uint32_t i = 0; i < 3; i++) {
        const prom_tx *tx = host_payment(host, i, 1000 + i);
        host_block(host, &tx, 1);
    }
    for (json_int_t from = 0; from < 3; from += 2) {
        json_t *coins = ask(host, "wallet.coins", json_pack("{s:I, s:i}", "from", from, "limit", 2), "result");
        json_t *rows = ask(host, "wallet.history", json_pack("{s:I, s:i}", "from", from, "limit", 2), "result");
        const json_t *coin = json_array_get(json_object_get(coins, "coins"), 0);
        const json_t *row = json_array_get(json_object_get(rows, "rows"), 0);
        assert_int_equal(json_array_size(json_object_get(coins, "coins")), from == 0 ? 2 : 1);
        assert_int_equal(json_array_size(json_object_get(rows, "rows")), from == 0 ? 2 : 1);
        assert_int_equal(number(coin, "sat"), 1000 + from);
        assert_int_equal(number(row, "sat"), 1000 + from);
        assert_true(from == 0 ? number(coins, "next") == 2 : json_is_null(json_object_get(coins, "next")));
        assert_true(from == 0 ? number(rows, "next") == 2 : json_is_null(json_object_get(rows, "next")));
        json_decref(coins);
        json_decref(rows);
    }
    json_t *beyond =
        ask(host, "wallet.history", json_pack("{s:I, s:b}", "from", (json_int_t)UINT32_MAX, "csv", 1), "result");
    assert_string_equal(json_string_value(json_object_get(beyond, "csv")),
                        "height,txid,what,amount,fee,balance,contract\r\n");
    json_decref(beyond);
    host_free(host);
}

static void what_is_wrong_is_said(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    json_t *both =
        ask(host, "wallet.withdraw", json_pack("{s:s, s:i, s:b}", "address", ELSEWHERE, "sat", 1, "all", 1), "error");
    assert_non_null(strstr(json_string_value(json_object_get(both, "message")), "either sat or all"));
    json_t *large = ask(host, "wallet.withdraw",
                        json_pack("{s:s, s:I}", "address", ELSEWHERE, "sat", (json_int_t)2100000000000001), "error");
    assert_non_null(
        strstr(json_string_value(json_object_get(large, "message")), "whole number from 1 to 2100000000000000"));
    host->node->caught_up = false;
    static const char *const methods[] = {"wallet.address", "wallet.balance", "wallet.coins", "wallet.history"};
    for (size_t i = 0; i < COUNT_OF(methods); i++) {
        json_t *unread = ask(host, methods[i], json_object(), "error");
        assert_non_null(strstr(json_string_value(json_object_get(unread, "message")), "left to be read"));
        json_decref(unread);
    }
    json_decref(both);
    json_decref(large);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(lists_have_pages),
        FIXTURE_TEST(what_is_wrong_is_said),
    };
    return cmocka_run_group_tests_name("rpc/wallet_methods", tests, NULL, NULL);
}
