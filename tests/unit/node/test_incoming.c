/* What others pay to us and no block has: what is shown, and what is not. How the mempool is looked at is tested in
 * tests/unit/chain/test_mempool_look.c, and all of it with a real bitcoind in tests/functional/test_incoming.py. */
#include "node/incoming.h"

#include "node/host.h"

static void note(struct host *host, const prom_tx *tx)
{
    const prom_bytes32 txid = host_outpoint(host, tx).txid;
    prom_node_note_incoming(host->node, tx, &txid);
}

static size_t shown(struct host *host, prom_amount *sum)
{
    const prom_node_incoming *list = NULL;
    size_t count = 0;
    assert_ok(prom_node_list_incoming(host->node, &host->test->arena, &list, &count, &host->test->error),
              &host->test->error);
    *sum = prom_amount_zero();
    for (size_t i = 0; i < count; i++) {
        *sum = prom_amount_add(*sum, list[i].sat);
    }
    return count;
}

static void assert_shown(struct host *host, size_t count, uint64_t sat)
{
    prom_amount sum;
    assert_int_equal(shown(host, &sum), count);
    assert_true(prom_amount_equal(sum, prom_amount_of(sat)));
}

/* Until a block has it, and again when that block has gone; each once. */
static void a_payment_is_shown_until_a_block_has_it(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    host_block(host, NULL, 0);
    assert_shown(host, 0, 0);
    const prom_tx *first = host_payment(host, 0, 7000);
    const prom_tx *second = host_payment(host, 1, 500);
    note(host, first);
    note(host, first);
    note(host, second);
    assert_shown(host, 2, 7500);
    const prom_tx *txs[] = {first};
    host_block(host, txs, 1);
    assert_shown(host, 1, 500);
    host_unblock(host);
    assert_shown(host, 2, 7500);
    host_reopen(host); /* nothing is kept: it is looked for anew */
    assert_shown(host, 0, 0);
    host_free(host);
}

/* What pays others, what spends a coin of ours, and what is a contract's is not shown; nor is more than there is room
 * for. */
static void others_payments_alone_are_shown(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    fixture *test = host->test;
    const prom_node_channel *channel = host_with(host, PLACE_W);
    const prom_tx *coin = host_payment(host, 0, 9000);
    const prom_tx *txs[] = {coin};
    host_block(host, txs, 1);
    prom_tx *elsewhere = host_payment(host, 1, 100);
    const prom_bytes32 nobody = named("nobody", 0);
    elsewhere->outputs[0].script = p2tr_script(test, &nobody);
    note(host, elsewhere);
    prom_tx *change = host_payment(host, 1, 200);
    change->inputs[0].outpoint = host_outpoint(host, coin);
    note(host, change);
    const prom_tx *payout = host_payment(host, 1, 300);
    assert_non_null(channel->channel->tree);
    channel->channel->tree->tx[PROM_TX4].txid = host_outpoint(host, payout).txid; /* as if it were that one's */
    note(host, payout);
    assert_shown(host, 0, 0);
    for (uint32_t i = 0; i < PROM_INCOMING_MAX + 5; i++) {
        note(host, host_payment(host, 2, 10));
    }
    assert_shown(host, PROM_INCOMING_MAX, (uint64_t)10 * PROM_INCOMING_MAX);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_payment_is_shown_until_a_block_has_it),
        FIXTURE_TEST(others_payments_alone_are_shown),
    };
    return cmocka_run_group_tests_name("node/incoming", tests, NULL, NULL);
}
