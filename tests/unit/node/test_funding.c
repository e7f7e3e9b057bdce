#include "node/host.h"

/* The smallest that is enough alone, else the largest first; none that is for fees, and none that is an offer. */
static void coins_are_chosen(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_error *error = &host->test->error;
    prom_own own = {.coin_count = 0};
    const prom_tx *txs[] = {host_payment(host, 0, 1000000), host_payment(host, 1, 3000000),
                            host_payment(host, 2, 2000000)};
    host_block(host, txs, COUNT_OF(txs));
    assert_ok(prom_node_fund(host->node, &own, prom_amount_of(2900000), 1, NULL, error), error);
    assert_int_equal(own.coin_count, 1);
    assert_true(prom_amount_at_least(own.coins[0].value, prom_amount_of(3000000)));
    assert_ok(prom_node_fund(host->node, &own, prom_amount_of(1500000), 1, NULL, error), error);
    assert_int_equal(own.coin_count, 1);
    assert_true(prom_amount_at_least(prom_amount_of(2000000), own.coins[0].value));
    assert_ok(prom_node_fund(host->node, &own, prom_amount_of(4000000), 1, NULL, error), error);
    assert_int_equal(own.coin_count, 2);
    assert_fails(prom_node_fund(host->node, &own, prom_amount_of(6000000), 1, NULL, error), PROM_CATEGORY_BAD_INPUT,
                 error, "hold 6000000 sat");
    const prom_outpoint largest = host_outpoint(host, txs[1]);
    assert_ok(prom_node_fund(host->node, &own, prom_amount_of(2900000), 1,
                             prom_coins_any(host->node->fold->coins, &largest), error),
              error);
    assert_int_equal(own.coin_count, 2);
    host_offer(host, &largest);
    assert_ok(prom_node_fund(host->node, &own, prom_amount_of(2900000), 1, NULL, error), error);
    assert_int_equal(own.coin_count, 2);
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
        FIXTURE_TEST(a_client_needs_more_than_its_deposit),
    };
    return cmocka_run_group_tests_name("node/funding", tests, NULL, NULL);
}
