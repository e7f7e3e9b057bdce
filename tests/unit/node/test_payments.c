#include "node/host.h"

#include "node/money.h"
#include "node/own.h"
#include "node/payments.h"

/* A payment of one coin, as from the store. */
static prom_tx *pay(struct host *host, uint32_t key)
{
    fixture *test = host->test;
    prom_span bytes;
    prom_tx *funding = host_payment(host, key, 100000);
    const prom_tx *txs[] = {funding};
    host_block(host, txs, 1);
    prom_tx *tx = host_payment(host, key, 90000);
    tx->inputs[0].outpoint = host_outpoint(host, funding);
    tx->outputs[0].script = span_of_hex(test, "0014751e76e8199196d454941c45d1b3a323f1433bd6");
    assert_ok(prom_tx_serialize(&test->arena, &bytes, tx, true, &test->error), &test->error);
    prom_store_payment payment = {
        .purpose = PROM_OWN_PAYMENT, .state = PROM_PAYMENT_OPEN, .bytes = bytes, .fee = 10000};
    assert_ok(prom_tx_id(&test->arena, &payment.txid, tx, &test->error), &test->error);
    assert_ok(prom_store_begin(host->node->store, &test->error), &test->error);
    assert_ok(prom_store_payment_put(host->node->store, &payment, &test->error), &test->error);
    assert_ok(prom_store_commit(host->node->store, &test->error), &test->error);
    host_reopen(host);
    return tx;
}

static prom_payment_fate fate(const struct host *host, uint32_t *height)
{
    assert_int_equal(host->node->payment_count, 1);
    return prom_node_fate_of(host->node, &host->node->payments[0], height);
}

/* It waits until a block has it, and again when that block goes. */
static void a_payment_is_found_in_blocks(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    const prom_tx *tx = pay(host, 0);
    uint32_t height = 0;
    assert_int_equal(fate(host, &height), PROM_PAYMENT_WAITS);
    assert_true(prom_node_is_paid_away(host->node, &tx->inputs[0].outpoint));
    host_block(host, &tx, 1);
    assert_int_equal(fate(host, &height), PROM_PAYMENT_MINED);
    assert_int_equal(height, host->node->best_tip);
    assert_false(prom_node_is_paid_away(host->node, &tx->inputs[0].outpoint));
    host_unblock(host);
    assert_int_equal(fate(host, &height), PROM_PAYMENT_WAITS);
    host_free(host);
}

/* Somebody with our seed has spent the coin elsewhere. */
static void a_payment_is_replaced(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    const prom_tx *tx = pay(host, 0);
    prom_tx *other = host_payment(host, 1, 80000);
    uint32_t height = 0;
    other->inputs[0].outpoint = tx->inputs[0].outpoint;
    const prom_tx *txs[] = {other};
    host_block(host, txs, 1);
    assert_int_equal(fate(host, &height), PROM_PAYMENT_REPLACED);
    host_free(host);
}

/* Deep in a block it is over, and not before. */
static void old_payments_are_over(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    const prom_tx *tx = pay(host, 0);
    host_block(host, &tx, 1);
    const uint32_t mined = host->node->best_tip;
    host_mine_to(host, mined + PROM_NODE_PAYMENT_DEPTH - 2);
    host->node->publications_due = true;
    prom_node_end_payments(host->node);
    assert_int_equal(host->node->payment_count, 1);
    host_block(host, NULL, 0);
    prom_node_end_payments(host->node);
    assert_int_equal(host->node->payment_count, 0);
    host_reopen(host);
    assert_int_equal(host->node->payment_count, 0);
    host_free(host);
}

/* What is replaced by a block that may be undone may come again: its other coins are free when that is deep. */
static void a_replaced_payment_keeps_its_coins_for_a_while(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    prom_error *error = &host->test->error;
    const prom_tx *coins[] = {host_payment(host, 0, 100000), host_payment(host, 1, 200000)};
    prom_tx *tx = NULL;
    prom_tx *other = host_payment(host, 2, 90000);
    prom_store_payment payment = {.purpose = PROM_OWN_PAYMENT, .state = PROM_PAYMENT_OPEN, .fee = 10000};
    prom_balance balance;
    uint64_t sat = 0;
    host_block(host, coins, COUNT_OF(coins));
    assert_ok(prom_tx_new(&host->test->arena, &tx, 2, 1, error), error);
    for (size_t i = 0; i < 2; i++) {
        tx->inputs[i].outpoint = host_outpoint(host, coins[i]);
    }
    tx->outputs[0] = (prom_tx_output){prom_amount_of(290000), coins[0]->outputs[0].script};
    payment.txid = host_outpoint(host, tx).txid;
    assert_ok(prom_tx_serialize(&host->test->arena, &payment.bytes, tx, true, error), error);
    assert_ok(prom_node_keep_payment(host->node, &payment, error), error);
    other->inputs[0].outpoint = tx->inputs[0].outpoint;
    const prom_tx *replaces[] = {other};
    host_block(host, replaces, 1);
    const uint32_t height = host->node->best_tip;
    const prom_wallet_coin *second = prom_coins_find(host->node->fold->coins, &tx->inputs[1].outpoint);
    assert_false(prom_node_is_free(host->node, second));
    prom_node_balance(host->node, &balance);
    assert_true(prom_amount_get(balance.total, &sat) && sat == 290000); /* nothing of it is lost */
    assert_true(prom_amount_get(balance.free, &sat) && sat == 90000);
    host_mine_to(host, height + PROM_NODE_PAYMENT_DEPTH - 1);
    prom_node_end_payments(host->node);
    second = prom_coins_find(host->node->fold->coins, &tx->inputs[1].outpoint);
    assert_true(prom_node_is_free(host->node, second));
    prom_node_balance(host->node, &balance);
    assert_true(prom_amount_get(balance.free, &sat) && sat == 290000);
    host_free(host);
}

static prom_result write_one(prom_node *node, void *context, prom_error *error)
{
    return prom_store_payment_put(node->store, context, error);
}

/* Of three the second is damaged: the third is published nevertheless, and nothing new is paid. */
static void others_than_a_damaged_payment_go_on(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    prom_error *error = &host->test->error;
    const prom_tx *tx = pay(host, 0);
    prom_span bytes;
    prom_store_payment damaged = {.number = 1, .purpose = PROM_OWN_PAYMENT, .state = PROM_PAYMENT_OPEN, .txid = {{9}}};
    prom_store_payment third = {.number = 2, .purpose = PROM_OWN_PAYMENT, .state = PROM_PAYMENT_OPEN, .txid = {{8}}};
    assert_ok(prom_tx_serialize(&host->test->arena, &bytes, tx, true, error), error);
    damaged.bytes = prom_span_of(bytes.data, bytes.length - 1);
    third.bytes = bytes;
    assert_ok(prom_node_check_paying(host->node, 0, error), error);
    assert_ok(prom_node_transact(host->node, write_one, &damaged, error), error);
    assert_ok(prom_node_transact(host->node, write_one, &third, error), error);
    host_reopen(host);
    assert_int_equal(host->node->payment_count, 2);
    assert_int_equal(host->reports[PROM_REPORT_ALARM], 1);
    assert_non_null(strstr(host->last[PROM_REPORT_ALARM], "00000009"));
    assert_fails(prom_node_check_paying(host->node, 3, error), PROM_CATEGORY_BAD_INPUT, error, "cannot be read");
    prom_node_paid *list = NULL;
    size_t count = 0;
    assert_ok(prom_node_list_own(host->node, &host->test->arena, &list, &count, error), error);
    assert_int_equal(count, 3);
    assert_string_equal(prom_payment_fate_name(list[1].fate), "unreadable");
    assert_true(prom_bytes32_equal(&list[1].txid, &damaged.txid));
    assert_int_equal(list[2].number, 2);
    host_free(host);
}

static void nothing_is_paid_where_it_could_be_lost(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    prom_node *node = host->node;
    prom_error *error = &host->test->error;
    node->disk_short = true;
    assert_fails(prom_node_check_paying(node, 0, error), PROM_CATEGORY_BAD_INPUT, error, "before the disk has room");
    node->disk_short = false;
    node->backup_fails = true;
    assert_fails(prom_node_check_paying(node, 0, error), PROM_CATEGORY_BAD_INPUT, error, "before the backup can be");
    node->backup_fails = false;
    assert_fails(prom_node_check_paying(node, PROM_COINS_MAX_OF_EACH, error), PROM_CATEGORY_BAD_INPUT, error,
                 "and makes no more");
    node->caught_up = false;
    assert_fails(prom_node_check_paying(node, 0, error), PROM_CATEGORY_BAD_INPUT, error, "left to be read");
    host_free(host);
}

static prom_result spoil(prom_node *node, void *context, prom_error *error)
{
    const uint8_t nothing_valid = 0xff;
    const prom_store_key key = {.channel = *(const uint64_t *)context, .part = PROM_PART_SETUP};
    return prom_store_part_put(node->store, &key, prom_span_of(&nothing_valid, 1), error);
}

/* Which coins its contract takes nobody knows then. */
static void nothing_is_paid_beside_a_damaged_channel(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_error *error = &host->test->error;
    prom_node_channel *channel = host_with(host, PLACE_W);
    uint64_t number = channel->record.number;
    assert_ok(prom_node_check_paying(host->node, 0, error), error);
    assert_ok(prom_node_transact(host->node, spoil, &number, error), error);
    channel->stale = true;
    assert_fails(prom_node_check_paying(host->node, 0, error), PROM_CATEGORY_BAD_INPUT, error,
                 "the contract \"given 0\" cannot be read");
    assert_fails(prom_node_check_paying(host->node, 0, error), PROM_CATEGORY_BAD_INPUT, error, "cannot be read");
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_payment_is_found_in_blocks),
        FIXTURE_TEST(a_payment_is_replaced),
        FIXTURE_TEST(old_payments_are_over),
        FIXTURE_TEST(a_replaced_payment_keeps_its_coins_for_a_while),
        FIXTURE_TEST(others_than_a_damaged_payment_go_on),
        FIXTURE_TEST(nothing_is_paid_where_it_could_be_lost),
        FIXTURE_TEST(nothing_is_paid_beside_a_damaged_channel),
    };
    return cmocka_run_group_tests_name("node/payments", tests, NULL, NULL);
}
