/* The coins of a watchtower: what bitcoind says of them, and which one is taken. */
#include "chain/fake_server.h"

#include "tower/coins.h"

#define TXID "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206"
#define COIN(index, amount, height, rest)                                                                              \
    "{\"txid\":\"" TXID "\",\"vout\":" index ",\"amount\":" amount ",\"height\":" height rest "}"
#define FOUND(list) "{\"success\":true,\"height\":300,\"unspents\":[" list "]}"

static const prom_bytes32 key = {{7}};

static prom_result find(const char *answer, prom_tower_coins *coins, fake_server *server)
{
    const fake_reply reply = {.result = answer};
    fake_start(server, &reply, 1);
    const prom_result result = prom_tower_coins_find(server->rpc, coins, &key, &server->error);
    fake_stop(server);
    return result;
}

static void the_most_valuable_come_first(void **state)
{
    fake_server server;
    prom_tower_coins coins;
    (void)state;
    assert_ok(
        find(FOUND(COIN("1", "0.00001000", "20", "") "," COIN("2", "0.00003000", "20", ",\"coinbase\":false") "," COIN(
                 "3", "0.00002000", "201", ",\"coinbase\":true") "," COIN("4", "9.00000000", "202",
                                                                          ",\"coinbase\":true")),
             &coins, &server),
        &server.error);
    assert_non_null(strstr(server.request, "scantxoutset"));
    assert_non_null(strstr(server.request, "rawtr(07000000"));
    assert_int_equal(coins.count, 3);
    assert_int_equal(coins.list[0].outpoint.index, 2);
    assert_int_equal(coins.list[1].outpoint.index, 3);
    assert_int_equal(coins.list[2].outpoint.index, 1);
    assert_true(prom_amount_equal(coins.list[0].value, prom_amount_of(3000)));
    assert_true(prom_bytes32_equal(&coins.list[0].change, &key));
}

static void more_than_there_is_room_for(void **state)
{
    static char answer[32768];
    size_t length = (size_t)snprintf(answer, sizeof answer, "{\"height\":300,\"unspents\":[");
    fake_server server;
    prom_tower_coins coins;
    (void)state;
    for (unsigned i = 0; i < PROM_TOWER_COINS_MAX + 10; i++) {
        length += (size_t)snprintf(answer + length, sizeof answer - length,
                                   "%s{\"txid\":\"" TXID "\",\"vout\":%u,\"amount\":0.00%06u,\"height\":1}",
                                   i > 0 ? "," : "", i, 1 + i * 7 % (PROM_TOWER_COINS_MAX + 10));
    }
    (void)snprintf(answer + length, sizeof answer - length, "]}");
    assert_ok(find(answer, &coins, &server), &server.error);
    assert_int_equal(coins.count, PROM_TOWER_COINS_MAX);
    for (uint64_t i = 0; i < PROM_TOWER_COINS_MAX; i++) {
        assert_true(prom_amount_equal(coins.list[i].value, prom_amount_of(PROM_TOWER_COINS_MAX + 10 - i)));
    }
}

static void answers_that_are_none(void **state)
{
    static const char *const ANSWERS[] = {
        "null",
        "{\"success\":true,\"height\":300}",
        "{\"unspents\":[]}",
        FOUND("7"),
        FOUND(COIN("1", "0.00001000", "20", "") "," COIN("-1", "0.00001000", "20", "")),
        FOUND(COIN("1", "1", "20", "")),
        FOUND(COIN("1", "0.00001000", "\"x\"", "")),
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(ANSWERS); i++) {
        fake_server server;
        prom_tower_coins coins;
        assert_int_equal(find(ANSWERS[i], &coins, &server).category, PROM_CATEGORY_IO);
        assert_int_equal(coins.count, 0);
    }
}

/* A transaction keeps its coin, for another one would not replace the child that is there; no two have the same. */
static void one_coin_for_one_transaction(void **state)
{
    prom_tower_coins coins = {.count = 3};
    const prom_outpoint none = {{{0}}, 99};
    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        coins.list[i].outpoint.index = i;
    }
    assert_int_equal(prom_tower_coins_choose(&coins, &none, NULL, 0)->outpoint.index, 0);
    assert_int_equal(prom_tower_coins_choose(&coins, &coins.list[2].outpoint, NULL, 0)->outpoint.index, 2);
    const prom_outpoint taken[] = {coins.list[0].outpoint, coins.list[2].outpoint, coins.list[1].outpoint};
    assert_int_equal(prom_tower_coins_choose(&coins, &coins.list[2].outpoint, taken, 2)->outpoint.index, 1);
    assert_null(prom_tower_coins_choose(&coins, &none, taken, 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_most_valuable_come_first),
        cmocka_unit_test(more_than_there_is_room_for),
        cmocka_unit_test(answers_that_are_none),
        cmocka_unit_test(one_coin_for_one_transaction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
