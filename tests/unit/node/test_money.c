#include "node/host.h"

#include "node/money.h"

static uint64_t sat(prom_amount amount)
{
    uint64_t number = 0;
    assert_true(prom_amount_get(amount, &number));
    return number;
}

static prom_balance balance_of(const struct host *host)
{
    prom_balance balance;
    prom_node_balance(host->node, &balance);
    return balance;
}

static void every_use_has_a_name(void **state)
{
    static const char *const names[] = {"free", "staked", "locked", "reserved", "paid", "immature"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        assert_string_equal(prom_coin_use_name((prom_coin_use)i), names[i]);
    }
}

/* A coinbase's coin is not free before 100 blocks stand on it. */
static void a_coinbase_ripens(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    prom_tx *tx = host_payment(host, 0, 5000);
    uint64_t channel = 0;
    size_t count = 0;
    tx->inputs[0].outpoint = (prom_outpoint){.index = UINT32_MAX};
    const prom_tx *txs[] = {tx};
    host_block(host, txs, 1);
    const prom_wallet_coin *coin = prom_coins_list(host->node->fold->coins, &count);
    assert_int_equal(prom_node_use_of(host->node, coin, &channel), PROM_COIN_IMMATURE);
    assert_int_equal(sat(balance_of(host).immature), 5000);
    host_mine_to(host, host->node->best_tip + 99);
    assert_int_equal(sat(balance_of(host).immature), 0);
    assert_int_equal(sat(balance_of(host).free), 5000);
    host_free(host);
}

/* The parts are the whole, before a contract and in it. */
static void parts_are_the_whole(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    (void)host_with(host, PLACE_W);
    const prom_balance balance = balance_of(host);
    assert_int_equal(sat(balance.total), 4 * (uint64_t)HOST_COIN_SAT);
    assert_int_equal(sat(balance.reserved), HOST_COIN_SAT);
    assert_int_equal(sat(balance.free), 3 * (uint64_t)HOST_COIN_SAT);
    assert_int_equal(sat(balance.locked), 0); /* the contract's coins are the world's, not this wallet's */
    host_free(host);
}

/* What is named to others as an input of Tx0 is locked; when Tx0 is in a block, what it took is, less the change. */
static void a_contract_locks(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_node_channel *channel = host_with(host, PLACE_W);
    size_t count = 0;
    uint64_t number = 0;
    const prom_wallet_coin *list = prom_coins_list(host->node->fold->coins, &count);
    const prom_wallet_coin *kept = prom_node_coin_of(host->node, channel->record.number);
    const prom_wallet_coin *coin = &list[0] == kept ? &list[1] : &list[0];
    channel->channel->facts.own.coins[0] = coin->coin;
    assert_int_equal(prom_node_use_of(host->node, coin, &number), PROM_COIN_LOCKED);
    assert_int_equal(number, channel->record.number);
    assert_int_equal(sat(balance_of(host).locked), HOST_COIN_SAT);
    assert_int_equal(sat(balance_of(host).total), 4 * (uint64_t)HOST_COIN_SAT);
    prom_tx *tx0 = host_payment(host, 5, 20000000); /* it takes the place of Tx0 */
    tx0->inputs[0].outpoint = coin->coin.outpoint;
    channel->channel->tree->tx[PROM_TX0].txid = host_outpoint(host, tx0).txid;
    const prom_tx *txs[] = {tx0};
    assert_ok(prom_coins_connect(host->node->fold->coins,
                                 &(prom_index_block){.height = host->node->best_tip + 1, .txs = txs, .tx_count = 1},
                                 &host->test->error),
              &host->test->error);
    assert_int_equal(sat(balance_of(host).locked), HOST_COIN_SAT - 20000000);
    assert_int_equal(sat(balance_of(host).total), 4 * (uint64_t)HOST_COIN_SAT);
    channel->channel->facts.batches[0].money.spent[PROM_OUTPUT_O0] =
        (prom_spend){.there = true, .height = host->node->best_tip + 1, .tx = PROM_TX1};
    assert_int_equal(sat(balance_of(host).locked), 0);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_use_has_a_name),
        FIXTURE_TEST(a_coinbase_ripens),
        FIXTURE_TEST(parts_are_the_whole),
        FIXTURE_TEST(a_contract_locks),
    };
    return cmocka_run_group_tests_name("node/money", tests, NULL, NULL);
}
