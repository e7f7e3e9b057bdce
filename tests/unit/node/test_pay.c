#include "node/purse.h"

/* It is on the disk with its signatures before anything could be sent; its coins are not free, and its change, which is
 * pending, is a coin when a block has it. */
static void a_payment_is_kept(void **state)
{
    struct purse purse = purse_of(*state);
    struct host *host = purse.host;
    prom_error *error = &host->test->error;
    prom_coins_used used = {0};
    assert_ok(withdraw(&purse), error);
    assert_int_equal(purse.paid.input_count, 1);
    assert_int_equal(sat(purse.paid.change), 4000000 - sat(purse.paid.fee));
    assert_int_equal(host->node->payment_count, 1);
    assert_true(host->node->publications_due);
    host_reopen(host);
    assert_int_equal(host->node->payment_count, 1);
    const prom_node_payment *payment = &host->node->payments[0];
    assert_true(prom_bytes32_equal(&payment->txid, &purse.paid.txid));
    assert_int_equal(payment->tx->inputs[0].witness[0].length, 64);
    assert_ok(prom_store_used_get(host->node->store, &used, error), error);
    assert_int_equal(used.own, 1);
    prom_balance balance = balance_of(host);
    assert_int_equal(sat(balance.free), 1700000);
    assert_int_equal(sat(balance.pending), sat(purse.paid.change));
    assert_int_equal(sat(balance.total), 6700000 - 1000000 - sat(purse.paid.fee));
    const prom_tx *tx = payment->tx;
    host_block(host, &tx, 1);
    balance = balance_of(host);
    assert_int_equal(sat(balance.free), sat(balance.total));
    assert_int_equal(sat(balance.pending), 0);
    assert_int_equal(sat(balance.total), 6700000 - 1000000 - sat(purse.paid.fee));
    host_free(host);
}

/* The change of the next one has another key, and pays as any coin does. */
static void change_is_spent(void **state)
{
    struct purse purse = purse_of(*state);
    struct host *host = purse.host;
    prom_error *error = &host->test->error;
    assert_ok(withdraw(&purse), error);
    const prom_tx *tx = host->node->payments[0].tx;
    host_block(host, &tx, 1);
    purse.payee.amount = prom_amount_of(3500000);
    assert_ok(withdraw(&purse), error);
    assert_int_equal(host->node->payment_count, 2);
    const prom_tx *next = host->node->payments[1].tx;
    assert_true(prom_bytes32_equal(&next->inputs[0].outpoint.txid, &host->node->payments[0].txid));
    host_block(host, &next, 1);
    assert_int_equal(sat(balance_of(host).pending), 0);
    host_reopen(host);
    assert_int_equal(host->reports[PROM_REPORT_ALARM], 0);
    host_free(host);
}

static void nothing_is_done_dry(void **state)
{
    struct purse purse = purse_of(*state);
    prom_coins_used used = {9, 9, 9};
    purse.wanted.how.mode = PROM_PAY_DRY;
    assert_ok(withdraw(&purse), &purse.host->test->error);
    assert_true(sat(purse.paid.fee) > 0 && purse.paid.vsize > 0);
    assert_int_equal(purse.host->node->payment_count, 0);
    assert_ok(prom_store_used_get(purse.host->node->store, &used, &purse.host->test->error), &purse.host->test->error);
    assert_int_equal(used.own, 0);
    assert_int_equal(sat(balance_of(purse.host).free), 6700000);
    host_free(purse.host);
}

/* All that is left is what costs more than it brings. */
static void everything_goes(void **state)
{
    struct purse purse = purse_of(*state);
    purse.payee.address = OTHER;
    purse.wanted.all = true;
    assert_ok(withdraw(&purse), &purse.host->test->error);
    assert_int_equal(purse.paid.input_count, 3);
    assert_int_equal(sat(purse.paid.change), 0);
    assert_int_equal(sat(balance_of(purse.host).total), 0);
    host_free(purse.host);
}

/* A stake, a coin for fees, and what is paid away already stay where they are. */
static void only_free_coins_go(void **state)
{
    struct purse purse = purse_of(*state);
    struct host *host = purse.host;
    prom_error *error = &host->test->error;
    size_t count = 0;
    uint64_t channel = 0;
    const prom_wallet_coin *list = prom_coins_list(host->node->fold->coins, &count);
    const prom_announcement staked = {.offer = list[2].coin.outpoint};
    assert_ok(prom_node_take_offers(host->node, &staked, 1, error), error);
    assert_int_equal(prom_node_use_of(host->node, &list[2], &channel), PROM_COIN_STAKED);
    assert_ok(withdraw(&purse), error);
    assert_int_equal(purse.paid.input_count, 2);
    assert_int_equal(prom_node_use_of(host->node, &list[0], &channel), PROM_COIN_PAID);
    assert_fails(withdraw(&purse), PROM_CATEGORY_BAD_INPUT, error, "sat 0 sat are free");
    const prom_balance balance = balance_of(host);
    assert_int_equal(sat(balance.staked), 5000000);
    assert_int_equal(sat(balance.free), 0);
    host_free(host);
}

static void reserved_coins_stay(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    const prom_node_channel *channel = host_with(host, PLACE_W);
    const prom_wallet_coin *coin = prom_node_coin_of(host->node, channel->record.number);
    uint64_t number = 0;
    struct purse purse = {.host = host, .payee = {OTHER, prom_amount_zero()}};
    purse.wanted =
        (prom_node_withdrawal){.payee_count = 1,
                               .all = true,
                               .how = {.feerate = 1000, .fee_max = prom_amount_of(100000), .mode = PROM_PAY_SEND}};
    assert_int_equal(prom_node_use_of(host->node, coin, &number), PROM_COIN_RESERVED);
    assert_int_equal(number, channel->record.number);
    const uint64_t reserved = sat(balance_of(host).reserved);
    assert_int_equal(reserved, HOST_COIN_SAT);
    assert_ok(withdraw(&purse), &host->test->error);
    assert_int_equal(purse.paid.input_count, 3);
    assert_false(prom_tx_spends(host->node->payments[0].tx, &coin->coin.outpoint));
    assert_int_equal(sat(balance_of(host).reserved), reserved);
    assert_int_equal(sat(balance_of(host).total), reserved);
    host_free(host);
}

static void what_is_wrong_is_said(void **state)
{
    struct purse purse = purse_of(*state);
    prom_error *error = &purse.host->test->error;
    purse.payee.address = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4";
    assert_fails(withdraw(&purse), PROM_CATEGORY_BAD_INPUT, error, "payee 1: this is an address of another network");
    purse.payee.address = OTHER;
    purse.payee.amount = prom_amount_of(6700000);
    assert_fails(withdraw(&purse), PROM_CATEGORY_BAD_INPUT, error, "of the wallet's 6700000 sat 6700000 sat are free");
    purse.wanted.how.feerate = 0;
    assert_fails(withdraw(&purse), PROM_CATEGORY_BAD_INPUT, error, "give a feerate");
    purse.wanted.how.feerate = UINT32_MAX;
    assert_fails(withdraw(&purse), PROM_CATEGORY_BAD_INPUT, error, "at most 10000 sat/vB");
    purse.host->node->caught_up = false;
    assert_fails(withdraw(&purse), PROM_CATEGORY_BAD_INPUT, error, "left to be read");
    assert_int_equal(purse.host->node->payment_count, 0);
    host_free(purse.host);
}

/* Where it could not be kept nothing is paid, by whichever way. */
static void nothing_is_paid_without_a_disk(void **state)
{
    struct purse purse = purse_of(*state);
    struct host *host = purse.host;
    prom_error *error = &host->test->error;
    purse.wanted.how.mode = PROM_PAY_PSBT;
    assert_ok(withdraw(&purse), error);
    const char *back = sign_elsewhere(&purse, purse.paid.psbt);
    host->node->disk_short = true;
    assert_fails(withdraw(&purse), PROM_CATEGORY_BAD_INPUT, error, "before the disk has room");
    assert_fails(take(&purse, back), PROM_CATEGORY_BAD_INPUT, error, "before the disk has room");
    host->node->disk_short = false;
    assert_ok(take(&purse, back), error);
    host_free(host);
}

/* PSBTs that nobody signs leave keys unused: not so many that a wallet made anew would not come to the next change. */
static void no_change_is_out_of_sight(void **state)
{
    struct purse purse = purse_of(*state);
    struct host *host = purse.host;
    prom_error *error = &host->test->error;
    prom_coins *anew = NULL;
    purse.wanted.how.mode = PROM_PAY_PSBT;
    for (unsigned i = 0; i < PROM_COINS_OWN / 2; i++) {
        assert_ok(withdraw(&purse), error);
    }
    assert_fails(withdraw(&purse), PROM_CATEGORY_BAD_INPUT, error, "64 payments in a row went out as PSBTs");
    purse.wanted.how.mode = PROM_PAY_SEND;
    purse.wanted.all = true;
    assert_fails(withdraw(&purse), PROM_CATEGORY_BAD_INPUT, error, "make a payment here that has change");
    purse.wanted.all = false;
    assert_ok(withdraw(&purse), error);
    const prom_tx *tx = host->node->payments[0].tx;
    assert_ok(prom_coins_new(&anew, &host->node->wallet, (prom_coins_used){0}, error), error);
    host_block(host, &tx, 1);
    const prom_index_block block = {.height = 1, .txs = &tx, .tx_count = 1};
    assert_ok(prom_coins_connect(anew, &block, error), error);
    assert_int_equal(prom_coins_seen(anew).own, PROM_COINS_OWN / 2 + 1);
    prom_coins_free(anew);
    purse.wanted.how.mode = PROM_PAY_PSBT;
    assert_ok(withdraw(&purse), error); /* a block has paid to a later key */
    const uint32_t paid = prom_coins_seen(host->node->fold->coins).own;
    assert_ok(prom_node_check_paying(host->node, paid + PROM_COINS_OWN - 1, error), error);
    assert_fails(prom_node_check_paying(host->node, paid + PROM_COINS_OWN, error), PROM_CATEGORY_BAD_INPUT, error,
                 "wait for a block that has one");
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_payment_is_kept),         FIXTURE_TEST(change_is_spent),
        FIXTURE_TEST(nothing_is_done_dry),       FIXTURE_TEST(everything_goes),
        FIXTURE_TEST(only_free_coins_go),        FIXTURE_TEST(reserved_coins_stay),
        FIXTURE_TEST(what_is_wrong_is_said),     FIXTURE_TEST(nothing_is_paid_without_a_disk),
        FIXTURE_TEST(no_change_is_out_of_sight),
    };
    return cmocka_run_group_tests_name("node/pay", tests, NULL, NULL);
}
