#include "node/host.h"

/* A coin comes, is spent by a transaction that is known then, and is there again when its block goes. */
static void coins_follow_the_chain(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    fixture *test = host->test;
    const prom_outpoint first = host_pay(host, 3);
    size_t count = 0;
    (void)prom_coins_list(host->node->fold->coins, &count);
    assert_int_equal(count, 3);
    const prom_tx *spending = host_payment(host, 1, 1000);
    spending->inputs[0].outpoint = first;
    const prom_tx *child = host_payment(host, 2, 900); /* in the same block */
    child->inputs[0].outpoint = host_outpoint(host, spending);
    const prom_tx *txs[] = {spending, child};
    host_block(host, txs, 2);
    assert_null(prom_coins_find(host->node->fold->coins, &first));
    const prom_wallet_coin *spent = prom_coins_any(host->node->fold->coins, &first);
    assert_true(spent != NULL && prom_bytes32_equal(&spent->spent_by, &child->inputs[0].outpoint.txid));
    assert_null(prom_coins_find(host->node->fold->coins, &child->inputs[0].outpoint));
    const prom_outpoint last = host_outpoint(host, child);
    assert_non_null(prom_coins_find(host->node->fold->coins, &last));
    host_unblock(host);
    assert_non_null(prom_coins_find(host->node->fold->coins, &first));
    assert_null(prom_coins_any(host->node->fold->coins, &last));
    prom_wallet_path path = {9, 9, 9};
    assert_ok(prom_coins_path(host->node->fold->coins, &path,
                              &prom_coins_any(host->node->fold->coins, &first)->coin.key, &test->error),
              &test->error);
    assert_true(path.chain == 0 && path.index == 0);
    assert_fails(prom_coins_path(host->node->fold->coins, &path, &first.txid, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "none of the wallet's keys");
    host_free(host);
}

/* What channels pay us to is found, of later channels too. */
static void outputs_of_channels_are_ours(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    fixture *test = host->test;
    prom_coins *coins = NULL;
    prom_key key;
    prom_key again;
    assert_ok(prom_coins_new(&coins, &host->node->wallet, (prom_coins_used){.channels = 100}, &test->error),
              &test->error);
    assert_ok(prom_wallet_output_key(&host->node->wallet, &key, (UINT64_C(5) << 32) + 99 + PROM_COINS_CHANNELS,
                                     PROM_WALLET_PAYOUT, &test->error),
              &test->error);
    assert_ok(prom_coins_key(coins, &host->node->wallet, &again, &key.public_key, &test->error), &test->error);
    assert_true(prom_bytes32_equal(&again.public_key, &key.public_key));
    prom_coins_free(coins);
    host_free(host);
}

/* Keys come a few at a time, in no order of their own: each is found all the same. */
static void every_key_is_found_however_many_follow(void **state)
{
    enum { CHANNELS = 40, STEP = 3 };
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    fixture *test = host->test;
    const prom_wallet *wallet = &host->node->wallet;
    prom_coins *coins = NULL;
    assert_ok(prom_coins_new(&coins, wallet, (prom_coins_used){0}, &test->error), &test->error);
    for (uint32_t used = 1; used < CHANNELS; used += STEP) {
        const prom_coins_used now = {.channels = used, .addresses = used / 2, .own = used / STEP};
        assert_ok(prom_coins_watch(coins, wallet, now, &test->error), &test->error);
        for (uint32_t i = 0; i < 2 * (used + PROM_COINS_CHANNELS); i++) {
            const prom_wallet_path wanted = {.chain = PROM_WALLET_OUTPUTS, .index = i};
            prom_wallet_path path;
            prom_key key;
            assert_ok(prom_wallet_path_key(wallet, &key, wanted, &test->error), &test->error);
            assert_ok(prom_coins_path(coins, &path, &key.public_key, &test->error), &test->error);
            assert_memory_equal(&path, &wanted, sizeof path);
        }
    }
    prom_coins_free(coins);
    host_free(host);
}

/* What own transactions make is found, up to so many behind the last one, whatever channels there are; and used as a
 * coin. */
static void keys_of_own_transactions_are_ours(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    fixture *test = host->test;
    prom_coins *coins = NULL;
    const prom_wallet *wallet = &host->node->wallet;
    assert_ok(prom_coins_new(&coins, wallet, (prom_coins_used){0}, &test->error), &test->error);
    assert_ok(prom_coins_watch(coins, wallet, (prom_coins_used){.channels = 3}, &test->error), &test->error);
    assert_ok(prom_coins_watch(coins, wallet, (prom_coins_used){.own = 5}, &test->error), &test->error);
    for (uint32_t i = 0; i < 2; i++) {
        const prom_wallet_path last = prom_wallet_own_path(5 + PROM_COINS_OWN - 1 + i, PROM_WALLET_REST);
        prom_wallet_path path;
        prom_key key;
        prom_key again;
        assert_ok(prom_wallet_path_key(wallet, &key, last, &test->error), &test->error);
        const prom_result found = prom_coins_path(coins, &path, &key.public_key, &test->error);
        assert_int_equal(prom_is_ok(found), i == 0);
        if (i == 0) {
            assert_memory_equal(&path, &last, sizeof path);
            assert_ok(prom_coins_key(coins, wallet, &again, &key.public_key, &test->error), &test->error);
            assert_true(prom_bytes32_equal(&again.public_key, &key.public_key));
        }
    }
    prom_coins_free(coins);
    assert_int_equal(prom_coins_seen(host->node->fold->coins).own, 0);
    const prom_tx *tx = host_payment_to(host, prom_wallet_own_path(3, PROM_WALLET_OFFER), 1000);
    host_block(host, &tx, 1);
    const prom_coins_used seen = prom_coins_seen(host->node->fold->coins);
    assert_true(seen.own == 4 && seen.channels == 0 && seen.addresses == 0);
    assert_int_equal(host->node->used.own, 4);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(coins_follow_the_chain),
        FIXTURE_TEST(outputs_of_channels_are_ours),
        FIXTURE_TEST(every_key_is_found_however_many_follow),
        FIXTURE_TEST(keys_of_own_transactions_are_ours),
    };
    return cmocka_run_group_tests_name("node/coins", tests, NULL, NULL);
}
