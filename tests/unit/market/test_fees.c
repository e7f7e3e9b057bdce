#include "contract/contracts.h"

#include "market/fees.h"

/* No tree costs more than is said beforehand, nor much less. */
static void test_bounds_of_trees(void **state)
{
    fixture *test = *state;
    for (uint8_t n = PROM_ARBITERS_MIN; n <= PROM_ARBITERS_MAX; n++) {
        const struct session it = build_contract(test, n);
        const uint32_t feerate = it.terms.feerate;
        const prom_contract_fees client = prom_contract_fees_of(PROM_ROLE_CLIENT, n, feerate, 1);
        const prom_contract_fees worker = prom_contract_fees_of(PROM_ROLE_WORKER, n, feerate, 1);
        const prom_contract_fees verifier = prom_contract_fees_of(PROM_ROLE_VERIFIER, n, feerate, 1);
        const prom_amount anchor = sat(PROM_ANCHOR_SAT);
        const prom_amount tx0 = plus(it.tree->tx0_fee[PROM_PARTY_C], anchor);
        assert_true(prom_amount_at_least(client.tx0, tx0));
        assert_true(prom_amount_above(plus(tx0, sat((uint64_t)feerate * 5)), client.tx0));
        assert_true(prom_amount_equal(worker.normal, it.tree->tx0_fee[PROM_PARTY_W]));
        assert_true(prom_amount_equal(verifier.tx0, it.tree->tx0_fee[PROM_PARTY_V]));
        assert_true(prom_amount_at_least(client.reserve, it.tree->reserve));
        assert_true(prom_amount_above(client.normal, plus(tx0, plus(it.tree->tx[PROM_TX4].fee, anchor))) ||
                    prom_amount_equal(client.normal, plus(tx0, plus(it.tree->tx[PROM_TX4].fee, anchor))));
        assert_true(prom_amount_is_zero(worker.reserve));
    }
}

static void test_what_is_locked(void **state)
{
    fixture *test = *state;
    const struct session it = build_contract(test, 3);
    const prom_contract_fees client = prom_contract_fees_of(PROM_ROLE_CLIENT, 3, it.terms.feerate, 2);
    const prom_amount deposit = prom_terms_deposit(&it.terms, PROM_PARTY_C);
    assert_true(prom_amount_equal(prom_contract_locks(PROM_ROLE_CLIENT, &it.terms, 2),
                                  plus(deposit, plus(client.tx0, client.reserve))));
    assert_true(prom_amount_equal(prom_contract_locks(PROM_ROLE_WORKER, &it.terms, 1),
                                  plus(it.terms.P.w, it.tree->tx0_fee[PROM_PARTY_W])));
    assert_true(prom_amount_equal(prom_contract_locks(PROM_ROLE_VERIFIER, &it.terms, 1),
                                  plus(it.terms.P.v, it.tree->tx0_fee[PROM_PARTY_V])));
    assert_true(prom_amount_equal(prom_contract_locks(PROM_ROLE_ARBITER, &it.terms, 0), it.terms.P.a));
    assert_false(prom_amount_is_valid(prom_contract_locks(PROM_ROLES, &it.terms, 1)));
    prom_terms dear = it.terms;
    dear.c = prom_amount_invalid();
    assert_false(prom_amount_is_valid(prom_contract_locks(PROM_ROLE_CLIENT, &dear, 1)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_bounds_of_trees),
        FIXTURE_TEST(test_what_is_locked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
