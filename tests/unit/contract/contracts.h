/* Contracts whose trees are built, and what is looked at in them. */
#ifndef PROMETHEUS_TEST_CONTRACT_CONTRACTS_H
#define PROMETHEUS_TEST_CONTRACT_CONTRACTS_H

#include "contract/session.h"

static inline prom_result try_build(fixture *test, struct session *it)
{
    assert_ok(prom_terms_check(test->curve, &it->terms, &test->error), &test->error);
    return prom_tree_build(test->curve, &test->arena, &it->tree, &it->terms, &test->error);
}

static inline void build(fixture *test, struct session *it)
{
    assert_ok(try_build(test, it), &test->error);
}

static inline struct session make_contract(fixture *test, uint8_t n)
{
    struct session it = {.cast = make_cast(test)};
    it.terms = valid_terms(test, &it.cast, n);
    return it;
}

static inline struct session build_contract(fixture *test, uint8_t n)
{
    struct session it = make_contract(test, n);
    build(test, &it);
    return it;
}

static inline prom_tx *sign_tx0(fixture *test, const struct session *it)
{
    return finish_tx0(test, &it->cast, &it->terms, it->tree);
}

/* The tree's word on id, weight and fee of a transaction is what the signed transaction has. */
static inline void check_measures(fixture *test, const prom_tree_tx *tree_tx, const prom_tx *tx, uint32_t feerate)
{
    prom_bytes32 txid;
    size_t weight = 0;
    prom_amount spent = prom_amount_zero();
    assert_ok(prom_tx_weight(&test->arena, &weight, tx, &test->error), &test->error);
    assert_int_equal(weight, tree_tx->weight);
    assert_ok(prom_tx_id(&test->arena, &txid, tx, &test->error), &test->error);
    assert_true(prom_bytes32_equal(&txid, &tree_tx->txid));
    for (size_t i = 0; i < tx->input_count; i++) {
        spent = prom_amount_add(spent, tree_tx->spent[i].value);
    }
    assert_true(prom_amount_equal(tree_tx->fee, prom_amount_subtract(spent, prom_tx_output_sum(tx))));
    assert_true(prom_amount_at_least(tree_tx->fee, prom_fee(feerate, prom_vsize(weight))));
    assert_int_equal(tx->version, 3);
    assert_int_equal(tx->locktime, 0);
}

static inline void check_output(fixture *test, const prom_tx_output *output, prom_amount value, const prom_bytes32 *key)
{
    assert_true(prom_amount_equal(output->value, value));
    assert_true(prom_span_equal(output->script, p2tr_script(test, key)));
}

static inline prom_amount sat(uint64_t count)
{
    return prom_amount_of(count);
}

static inline prom_amount minus(prom_amount a, prom_amount b)
{
    return prom_amount_subtract(a, b);
}

static inline prom_amount plus(prom_amount a, prom_amount b)
{
    return prom_amount_add(a, b);
}

#endif
