#include "node/host.h"

#include "prometheus/bitcoin/address.h"

static void check_address(struct host *host, const char *address, uint32_t number)
{
    fixture *test = host->test;
    prom_span script;
    prom_key key;
    assert_ok(prom_payment_address_script(&test->arena, &script, address, "bcrt", &test->error), &test->error);
    assert_ok(prom_wallet_coin_key(&host->node->wallet, &key, number, &test->error), &test->error);
    assert_true(prom_script_is_p2tr(script));
    assert_memory_equal(script.data + 2, key.public_key.bytes, 32);
}

static void next_is(struct host *host, uint32_t number)
{
    char address[PROM_ADDRESS_TEXT];
    assert_ok(prom_node_new_address(host->node, address, &host->test->error), &host->test->error);
    check_address(host, address, number);
}

static void pay_to(struct host *host, uint32_t number)
{
    const prom_tx *tx = host_payment(host, number, 1000);
    host_block(host, &tx, 1);
}

/* No address is given twice, after a restart either, nor one that somebody has paid to already. */
static void each_is_given_once(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    next_is(host, 0);
    next_is(host, 1);
    host_reopen(host);
    next_is(host, 2);
    pay_to(host, 9);
    next_is(host, 10);
    host_reopen(host);
    next_is(host, 11);
    host_free(host);
}

/* A wallet that is made anew looks 20 keys beyond the last one that was paid to. */
static void not_too_many_are_given(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    char address[PROM_ADDRESS_TEXT];
    for (uint32_t i = 0; i < PROM_NODE_ADDRESSES_MAX; i++) {
        next_is(host, i);
    }
    assert_fails(prom_node_new_address(host->node, address, &host->test->error), PROM_CATEGORY_BAD_INPUT,
                 &host->test->error, "20 addresses were given that nobody has paid to");
    assert_string_equal(address, "");
    pay_to(host, 3);
    for (uint32_t i = 0; i < 4; i++) {
        next_is(host, PROM_NODE_ADDRESSES_MAX + i);
    }
    assert_fails(prom_node_new_address(host->node, address, &host->test->error), PROM_CATEGORY_BAD_INPUT,
                 &host->test->error, "take one of those");
    host_free(host);
}

/* Keys are watched as far beyond those that are used, however many there are, and the coins are read again. */
static void keys_are_watched_beyond(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    size_t count = 0;
    for (uint32_t number = 60; number <= 300; number += 60) {
        pay_to(host, number);
    }
    (void)prom_coins_list(host->node->fold->coins, &count);
    assert_int_equal(count, 5);
    host_reopen(host);
    (void)prom_coins_list(host->node->fold->coins, &count);
    assert_int_equal(count, 5);
    assert_int_equal(host->reports[PROM_REPORT_ALARM], 0);
    next_is(host, 301);
    pay_to(host, 301 + PROM_COINS_RECEIVING + 1); /* nobody was given that */
    (void)prom_coins_list(host->node->fold->coins, &count);
    assert_int_equal(count, 5);
    host_free(host);
}

/* Outputs of a later channel, and of a later own transaction, than any in the database, which is made anew: their
 * numbers are not given again, and the coins are known after a restart. */
static void numbers_are_not_given_again(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    prom_tx *tx = host_payment(host, 0, 1000);
    prom_key key;
    prom_store_used used = {0};
    assert_ok(prom_wallet_output_key(&host->node->wallet, &key, 40, PROM_WALLET_CHANGE, &host->test->error),
              &host->test->error);
    assert_ok(prom_script_p2tr(&host->test->arena, &tx->outputs[0].script, &key.public_key, &host->test->error),
              &host->test->error);
    const prom_tx *txs[] = {tx, host_payment_to(host, prom_wallet_own_path(12, PROM_WALLET_REST), 1000),
                            host_payment_to(host, prom_wallet_own_path(20, PROM_WALLET_OFFER), 1000)};
    host_block(host, txs, 2);
    host_block(host, &txs[2], 1);
    assert_ok(prom_store_used_get(host->node->store, &used, &host->test->error), &host->test->error);
    assert_true(used.channels == 40 && used.own == 21);
    host_reopen(host);
    assert_int_equal(host->node->used.own, 21);
    assert_int_equal(host->reports[PROM_REPORT_ALARM], 0);
    host_free(host);
}

static void none_before_the_chain_is_read(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    char address[PROM_ADDRESS_TEXT];
    host->node->caught_up = false;
    assert_fails(prom_node_new_address(host->node, address, &host->test->error), PROM_CATEGORY_BAD_INPUT,
                 &host->test->error, "left to be read");
    host_free(host);
}

/* A chain of one's own begins with block 0 alone, and whoever is to have its first coins needs an address. */
static void a_chain_without_coins_has_addresses(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    char address[PROM_ADDRESS_TEXT];
    const prom_chain_health health = host->node->health;
    host->node->best_tip = 0;
    host->node->health = (prom_chain_health){.told = {"bitcoind is away"}};
    assert_fails(prom_node_new_address(host->node, address, &host->test->error), PROM_CATEGORY_BAD_INPUT,
                 &host->test->error, "it has read no block of the chain; bitcoind is away");
    host->node->health = health;
    next_is(host, 0);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_chain_without_coins_has_addresses),
        FIXTURE_TEST(each_is_given_once),
        FIXTURE_TEST(not_too_many_are_given),
        FIXTURE_TEST(keys_are_watched_beyond),
        FIXTURE_TEST(numbers_are_not_given_again),
        FIXTURE_TEST(none_before_the_chain_is_read),
    };
    return cmocka_run_group_tests_name("node/address", tests, NULL, NULL);
}
