#include "node/host.h"

/* The coin of a channel: nobody else's, after a restart the same, and what a child in a block pays back is it. */
static void a_coin_is_one_channels(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_node_channel *one = host_with(host, PLACE_W);
    const prom_node_channel *other = host_give(host, PLACE_W);
    const prom_wallet_coin *coin = prom_node_coin_of(host->node, one->record.number);
    assert_non_null(coin);
    assert_false(prom_node_is_free(host->node, coin));
    assert_ptr_not_equal(coin, prom_node_coin_of(host->node, other->record.number));
    const prom_tx *child = host_payment(host, 0, 90000);
    child->inputs[0].outpoint = coin->coin.outpoint;
    const prom_outpoint before = coin->coin.outpoint;
    const prom_outpoint after = host_outpoint(host, child);
    host_block(host, &child, 1);
    coin = prom_node_coin_of(host->node, one->record.number);
    assert_true(coin != NULL && prom_outpoint_equal(&coin->coin.outpoint, &after));
    assert_false(prom_node_is_free(host->node, coin));
    host_unblock(host);
    coin = prom_node_coin_of(host->node, one->record.number);
    assert_true(coin != NULL && prom_outpoint_equal(&coin->coin.outpoint, &before));
    host_free(host);
}

/* An arbiter's offer pays for no fees: spending it would withdraw it. */
static void an_offer_is_no_coin_for_fees(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_ARBITER);
    prom_facts facts = {.role = PROM_ROLE_ARBITER, .batch_count = 1};
    prom_node_channel *added = NULL;
    host->node->config.announcement.offer = host_pay(host, 1);
    assert_fails(prom_node_add_channel(host->node, &added, "a", &facts, &host->test->error), PROM_CATEGORY_BAD_INPUT,
                 &host->test->error, "no free coin");
    (void)host_pay(host, 1);
    assert_ok(prom_node_add_channel(host->node, &added, "a", &facts, &host->test->error), &host->test->error);
    host_free(host);
}

/* A channel that lost its coin gets another when its transactions need one, and none when there is none. */
static void a_lost_coin_is_replaced(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_bump_coin coin;
    PROM_SCOPED(prom_key_wipe) prom_key key = {0};
    bool found = false;
    prom_node_channel *channel = host_with(host, PLACE_W);
    const prom_tx *spending = host_payment(host, 0, 1); /* somebody with our seed; too little comes back */
    spending->inputs[0].outpoint = prom_node_coin_of(host->node, channel->record.number)->coin.outpoint;
    spending->outputs[0].script = prom_span_of(NULL, 0);
    host_block(host, &spending, 1);
    assert_null(prom_node_coin_of(host->node, channel->record.number));
    assert_ok(prom_node_reserved_coin(host->node, channel, &found, &coin, &key, &host->test->error),
              &host->test->error);
    assert_true(found);
    assert_true(
        prom_outpoint_equal(&coin.outpoint, &prom_node_coin_of(host->node, channel->record.number)->coin.outpoint));
    assert_true(prom_bytes32_equal(&key.public_key, &coin.change));
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_coin_is_one_channels),
        FIXTURE_TEST(an_offer_is_no_coin_for_fees),
        FIXTURE_TEST(a_lost_coin_is_replaced),
    };
    return cmocka_run_group_tests_name("node/reserve", tests, NULL, NULL);
}
