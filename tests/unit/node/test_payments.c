#include "node/host.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_payment_is_found_in_blocks),
        FIXTURE_TEST(a_payment_is_replaced),
        FIXTURE_TEST(old_payments_are_over),
    };
    return cmocka_run_group_tests_name("node/payments", tests, NULL, NULL);
}
