#include "rpc/asking.h"

#define OTHER "bcrt1pfeesnyr2tx"
#define ELSEWHERE "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"

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

/* Asked twice with one reference, it pays once. */
static void a_reference_is_paid_once(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    char txid[PROM_HEX32] = "";
    (void)host_pay(host, 3);
    for (int i = 0; i < 2; i++) {
        json_t *paid =
            ask(host, "wallet.withdraw",
                json_pack("{s:{s:i}, s:i, s:s}", "to", ELSEWHERE, 50000, "feerate", 1000, "reference", "rent of May"),
                "result");
        assert_int_equal(json_is_true(json_object_get(paid, "before")), i);
        assert_true(i == 0 || strcmp(txid, json_string_value(json_object_get(paid, "txid"))) == 0);
        (void)snprintf(txid, sizeof txid, "%s", json_string_value(json_object_get(paid, "txid")));
        json_decref(paid);
    }
    assert_int_equal(host->node->payment_count, 1);
    host_free(host);
}

/* Two are paid by one transaction; it is made dearer, and the list tells of both. */
static void payments_are_made_and_replaced(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    const prom_tx *tx = host_payment(host, 0, 5000000);
    host_block(host, &tx, 1);
    json_auto_t *paid =
        ask(host, "wallet.withdraw",
            json_pack("{s:{s:i, s:i}, s:i}", "to", ELSEWHERE, 100000, OTHER, 200000, "feerate", 2000), "result");
    assert_int_equal(number(paid, "change") + number(paid, "fee"), 4700000);
    assert_string_equal(text(paid, "purpose"), "payment");
    const json_t *name = json_object_get(paid, "txid");
    json_auto_t *dry = ask(host, "wallet.bump",
                           json_pack("{s:O, s:i, s:b}", "payment", name, "feerate", 9000, "dry_run", 1), "result");
    json_auto_t *bumped = ask(host, "wallet.bump", json_pack("{s:O, s:i}", "payment", name, "feerate", 9000), "result");
    assert_int_equal(number(bumped, "fee"), number(dry, "fee"));
    json_auto_t *back =
        ask(host, "wallet.cancel",
            json_pack("{s:O, s:i}", "payment", json_object_get(bumped, "txid"), "feerate", 50000), "result");
    assert_int_equal(number(back, "change") + number(back, "fee"), 5000000);
    json_auto_t *list = ask(host, "wallet.payments", json_object(), "result");
    static const char *const fates[] = {"outbid", "outbid", "waits"};
    static const char *const purposes[] = {"payment", "payment", "cancellation"};
    for (size_t i = 0; i < COUNT_OF(fates); i++) {
        const json_t *payment = json_array_get(json_object_get(list, "payments"), i);
        assert_string_equal(text(payment, "fate"), fates[i]);
        assert_string_equal(text(payment, "purpose"), purposes[i]);
    }
    json_auto_t *page = ask(host, "wallet.payments", json_pack("{s:i, s:i}", "from", 1, "limit", 1), "result");
    assert_int_equal(json_array_size(json_object_get(page, "payments")), 1);
    assert_int_equal(number(page, "next"), 2);
    host_free(host);
}

static void what_is_wrong_is_said(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    refuses(host, "wallet.withdraw", json_pack("{s:{s:i}, s:s}", "to", ELSEWHERE, 1000, "all", ELSEWHERE),
            "either to or all");
    refuses(host, "wallet.withdraw", json_object(), "either to or all");
    refuses(host, "wallet.withdraw", json_pack("{s:{s:I}}", "to", ELSEWHERE, (json_int_t)2100000000000001),
            "of to must be a whole number from 1 to 2100000000000000");
    refuses(host, "wallet.withdraw", json_pack("{s:{}}", "to"), "to must be an object of 1 to 100 numbers");
    refuses(host, "wallet.withdraw", json_pack("{s:s}", "to", ELSEWHERE), "to must be an object");
    refuses(host, "wallet.bump", json_pack("{s:s}", "payment", "1"), "a transaction's id");
    refuses(host, "wallet.cancel",
            json_pack("{s:s}", "payment", "0000000000000000000000000000000000000000000000000000000000000001"),
            "no payment of ours");
    host->node->caught_up = false;
    static const char *const methods[] = {"wallet.address", "wallet.balance", "wallet.coins", "wallet.history",
                                          "wallet.payments"};
    for (size_t i = 0; i < COUNT_OF(methods); i++) {
        refuses(host, methods[i], json_object(), "left to be read");
    }
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(lists_have_pages),
        FIXTURE_TEST(a_reference_is_paid_once),
        FIXTURE_TEST(payments_are_made_and_replaced),
        FIXTURE_TEST(what_is_wrong_is_said),
    };
    return cmocka_run_group_tests_name("rpc/wallet_methods", tests, NULL, NULL);
}
