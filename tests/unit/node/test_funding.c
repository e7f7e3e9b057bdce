#include "node/host.h"

static prom_result fund(const struct host *host, prom_own *own, uint64_t needs, const prom_wallet_coin *kept)
{
    const prom_coin_list but = {&kept, 1};
    const prom_funding funding = {prom_amount_of(needs), 1, PROM_COIN_ELSEWHERE, &but, false};
    return prom_node_fund(host->node, own, &funding, &host->test->error);
}

/* The smallest that is enough alone, else the largest first; none that is for fees, and none that is an offer. */
static void coins_are_chosen(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_error *error = &host->test->error;
    prom_own own = {.coin_count = 0};
    const prom_tx *txs[] = {host_payment(host, 0, 1000000), host_payment(host, 1, 3000000),
                            host_payment(host, 2, 2000000)};
    host_block(host, txs, COUNT_OF(txs));
    assert_ok(fund(host, &own, 2900000, NULL), error);
    assert_int_equal(own.coin_count, 1);
    assert_true(prom_amount_at_least(own.coins[0].value, prom_amount_of(3000000)));
    assert_ok(fund(host, &own, 1500000, NULL), error);
    assert_int_equal(own.coin_count, 1);
    assert_true(prom_amount_at_least(prom_amount_of(2000000), own.coins[0].value));
    assert_ok(fund(host, &own, 4000000, NULL), error);
    assert_int_equal(own.coin_count, 2);
    assert_fails(fund(host, &own, 6000000, NULL), PROM_CATEGORY_BAD_INPUT, error, "hold 6000000 sat");
    const prom_outpoint largest = host_outpoint(host, txs[1]);
    assert_ok(fund(host, &own, 2900000, prom_coins_any(host->node->fold->coins, &largest)), error);
    assert_int_equal(own.coin_count, 2);
    host_offer(host, &largest);
    assert_ok(fund(host, &own, 2900000, NULL), error);
    assert_int_equal(own.coin_count, 2);
    host_free(host);
}

/* Arbiters take no young coins: the last contract's change is not the next one's input. */
static void old_coins_come_first(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_error *error = &host->test->error;
    prom_own own = {.coin_count = 0};
    const prom_tx *old[] = {host_payment(host, 0, 9000000), host_payment(host, 1, 2000000)};
    const prom_tx *young[] = {host_payment(host, 2, 3000000), host_payment(host, 3, 12000000)};
    host_block(host, old, COUNT_OF(old));
    for (unsigned i = 0; i < 4; i++) {
        host_block(host, NULL, 0);
    }
    host_block(host, young, COUNT_OF(young));
    assert_ok(fund(host, &own, 2500000, NULL), error);
    assert_int_equal(own.coin_count, 1);
    assert_true(prom_amount_equal(own.coins[0].value, prom_amount_of(9000000)));
    assert_ok(fund(host, &own, 10000000, NULL), error);
    assert_int_equal(own.coin_count, 2); /* two old ones, and not the young one that is enough alone */
    assert_ok(fund(host, &own, 11500000, NULL), error);
    assert_int_equal(own.coin_count, 1);
    assert_true(prom_amount_equal(own.coins[0].value, prom_amount_of(12000000)));
    host_free(host);
}

/* A client pays for what a contract's transactions cost besides. */
static void a_client_needs_more_than_its_deposit(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    const prom_terms *terms = &host->world->session.terms;
    const prom_amount worker = prom_node_needs(terms, PROM_PARTY_W);
    const prom_amount deposit = prom_terms_deposit(terms, PROM_PARTY_C);
    assert_true(prom_amount_at_least(worker, terms->P.w) && prom_amount_at_least(terms->P.w, worker));
    assert_true(prom_amount_above(prom_node_needs(terms, PROM_PARTY_C), deposit));
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(coins_are_chosen),
        FIXTURE_TEST(old_coins_come_first),
        FIXTURE_TEST(a_client_needs_more_than_its_deposit),
    };
    return cmocka_run_group_tests_name("node/funding", tests, NULL, NULL);
}
