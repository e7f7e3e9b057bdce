#include "node/host.h"

#include "prometheus/channel/fee_coin.h"

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

/* A coin of this many sat in the next block. */
static prom_outpoint pay(struct host *host, uint64_t sat)
{
    const prom_tx *tx = host_payment(host, 0, sat);
    const prom_outpoint outpoint = host_outpoint(host, tx);
    host_block(host, &tx, 1);
    return outpoint;
}

static uint64_t worker_needs(const struct host *host, const prom_terms *terms)
{
    prom_fee_coin needed;
    uint64_t sat = 0;
    assert_ok(prom_fee_coin_of(&needed, terms, PROM_ROLE_WORKER, host->node->config.limits.feerate * 1000,
                               &host->test->error),
              &host->test->error);
    assert_true(prom_amount_get(needed.value, &sat));
    return sat;
}

/* The smallest coin that is large enough for what is at risk; of none what is needed is said, why, and what is there.
 */
static void a_coin_goes_by_what_is_at_risk(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_facts facts = {.role = PROM_ROLE_WORKER, .batch_count = 1, .setup = {.accepting = true}};
    prom_node_channel *added = NULL;
    char there[64];
    const uint64_t needs = worker_needs(host, &host->world->session.terms);
    assert_fails(host_add(host, &added, "a", &facts), PROM_CATEGORY_BAD_INPUT, &host->test->error,
                 "largest free coin holds 0 sat");
    (void)pay(host, 1000);
    (void)pay(host, needs - 1);
    (void)snprintf(there, sizeof there, "largest free coin holds %lu sat; pay one of %lu sat", (unsigned long)needs - 1,
                   (unsigned long)needs);
    assert_fails(host_add(host, &added, "a", &facts), PROM_CATEGORY_BAD_INPUT, &host->test->error, there);
    assert_non_null(strstr(host->test->error.sentence, "2100000 sat are lost when a transaction is kept out of"));
    assert_int_equal(host->node->channel_count, 0);
    (void)pay(host, needs + 1);
    const prom_outpoint exact = pay(host, needs);
    (void)pay(host, needs + 2);
    assert_ok(host_add(host, &added, "a", &facts), &host->test->error);
    assert_true(prom_outpoint_equal(&prom_node_coin_of(host->node, added->record.number)->coin.outpoint, &exact));
    host_free(host);
}

/* What a contract was begun with may have asked for less than what is to be signed: then a larger coin is taken, and
 * without one no deposit is signed. */
static void terms_that_grow_take_a_larger_coin(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_error *error = &host->test->error;
    prom_terms small = host->world->session.terms;
    prom_facts facts = {.role = PROM_ROLE_WORKER, .batch_count = 1, .setup = {.accepting = true}};
    prom_node_channel *added = NULL;
    small.P.w = prom_amount_divide(small.P.w, 10);
    small.P.v = prom_amount_divide(small.P.v, 10);
    small.P.a = prom_amount_divide(small.P.a, 10);
    small.c = prom_amount_divide(small.c, 10);
    const prom_outpoint first = pay(host, worker_needs(host, &small));
    assert_ok(prom_node_add_channel(host->node, &added, "a", &facts, &small, error), error);
    added->channel->terms = host->world->session.terms;
    assert_fails(prom_node_reserve_for_tx0(host->node, added, error), PROM_CATEGORY_BAD_INPUT, error,
                 "largest free coin holds 0 sat");
    const prom_wallet_coin *coin = prom_node_coin_of(host->node, added->record.number);
    assert_true(prom_outpoint_equal(&coin->coin.outpoint, &first));
    const prom_outpoint second = pay(host, worker_needs(host, &host->world->session.terms));
    assert_ok(prom_node_reserve_for_tx0(host->node, added, error), error);
    coin = prom_node_coin_of(host->node, added->record.number);
    assert_true(prom_outpoint_equal(&coin->coin.outpoint, &second));
    assert_int_equal(host->node->reserved_count, 1); /* the small one is free again */
    assert_ok(prom_node_reserve_for_tx0(host->node, added, error), error);
    assert_ptr_equal(prom_node_coin_of(host->node, added->record.number), coin);
    host_free(host);
}

/* An arbiter's offer pays for no fees: spending it would withdraw it. */
static void an_offer_is_no_coin_for_fees(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_ARBITER);
    prom_facts facts = {.role = PROM_ROLE_ARBITER, .batch_count = 1};
    prom_node_channel *added = NULL;
    const prom_outpoint offer = host_pay(host, 1);
    host_offer(host, &offer);
    assert_fails(host_add(host, &added, "a", &facts), PROM_CATEGORY_BAD_INPUT, &host->test->error,
                 "largest free coin holds 0 sat");
    (void)host_pay(host, 1);
    assert_ok(host_add(host, &added, "a", &facts), &host->test->error);
    host_free(host);
}

/* A channel that lost its coin gets another when its transactions need one, be it too small. */
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
        FIXTURE_TEST(a_coin_goes_by_what_is_at_risk),
        FIXTURE_TEST(terms_that_grow_take_a_larger_coin),
        FIXTURE_TEST(an_offer_is_no_coin_for_fees),
        FIXTURE_TEST(a_lost_coin_is_replaced),
    };
    return cmocka_run_group_tests_name("node/reserve", tests, NULL, NULL);
}
