/* The market's rules, which are those of a mempool: what is taken, what leaves for it, and what is mined first. */
#include "support.h"

#include "fees/market.h"

enum { PARENT_VSIZE = 382, CHILD_VSIZE = 153, PARENT_FEE = 764 };

static bool everything_fits(void *context, const market_tx *tx)
{
    (void)context;
    (void)tx;
    return true;
}

static prom_bytes32 id_of(uint8_t number)
{
    prom_bytes32 id = {{number}};
    return id;
}

/* One that spends an output of a transaction, and a coin of its own number. */
static market_tx make(uint8_t number, uint8_t spends, uint64_t fee, uint32_t vsize)
{
    return (market_tx){.txid = id_of(number),
                       .inputs = {{id_of(spends), 0}, {id_of((uint8_t)(number + 100)), 0}},
                       .input_count = 2,
                       .fee = fee,
                       .vsize = vsize,
                       .version3 = true,
                       .payer = 0,
                       .index = PROM_TREE_OTHER};
}

static sim_market *market_at(market_climate climate)
{
    static sim_market market;
    prom_market_init(&market, climate, 1000, 1);
    market.fits = everything_fits;
    return &market;
}

static const char *send(sim_market *market, const market_tx *a, const market_tx *b)
{
    market_tx *txs[2] = {prom_market_know(market, a), b == NULL ? NULL : prom_market_know(market, b)};
    return prom_market_submit(market, txs, b == NULL ? 1 : 2);
}

static bool has(sim_market *market, const market_tx *tx)
{
    const market_tx *known = prom_market_find(market, &tx->txid);
    return known != NULL && known->pooled;
}

static void climates(void **state)
{
    (void)state;
    assert_int_equal(prom_climate_at(CLIMATE_10, 500), 10000);
    assert_int_equal(prom_climate_at(CLIMATE_RISE, -1), 2000);
    assert_int_equal(prom_climate_at(CLIMATE_RISE, 12), 100000);
    assert_int_equal(prom_climate_at(CLIMATE_RISE, 400), 100000);
    assert_int_equal(prom_climate_at(CLIMATE_SPIKE, 0), 100000);
    assert_int_equal(prom_climate_at(CLIMATE_SPIKE, 12), 50000);
    assert_int_equal(prom_climate_at(CLIMATE_SPIKE, 400), 2000);
}

/* Blocks ask for about the climate's feerate, and estimates follow. */
static void blocks_ask_for_the_climate(void **state)
{
    market_tx *chosen[MARKET_TXS_MAX];
    (void)state;
    sim_market *market = market_at(CLIMATE_10);
    for (size_t i = 0; i < 100; i++) {
        assert_int_equal(prom_market_mine(market, chosen), 0);
        const prom_fee_estimates estimates = prom_market_estimates(market);
        assert_in_range(estimates.soon, 8000, 20000);
        assert_in_range(estimates.in_time, 5000, estimates.soon);
    }
}

static void a_cheap_parent_is_mined_with_its_child(void **state)
{
    market_tx *chosen[MARKET_TXS_MAX];
    const market_tx parent = make(1, 90, PARENT_FEE, PARENT_VSIZE);
    const market_tx child = make(2, 1, 200000, CHILD_VSIZE);
    (void)state;
    sim_market *market = market_at(CLIMATE_100);
    assert_non_null(send(market, &parent, NULL)); /* the full mempool asks for more */
    assert_null(send(market, &parent, &child));
    assert_int_equal(prom_market_mine(market, chosen), 2);
    assert_non_null(send(market, &parent, NULL));
}

static void one_child_replaces_another(void **state)
{
    const market_tx parent = make(1, 90, PARENT_FEE, PARENT_VSIZE);
    const market_tx pin = make(2, 1, 5000, 1000);
    const market_tx cheap = make(3, 1, 5015, CHILD_VSIZE);
    const market_tx child = make(4, 1, 5016, CHILD_VSIZE);
    const market_tx larger = make(5, 1, 6000, 1000);
    const market_tx too_large = make(6, 1, 90000, 1001);
    (void)state;
    sim_market *market = market_at(CLIMATE_1);
    assert_null(send(market, &parent, NULL));
    assert_null(send(market, &pin, NULL));
    assert_non_null(send(market, &cheap, NULL)); /* all that leaves, and its own relay */
    assert_null(send(market, &child, NULL));
    assert_false(has(market, &pin));
    assert_true(has(market, &parent));
    assert_non_null(send(market, &larger, NULL)); /* more in all, and less for a byte */
    assert_non_null(send(market, &too_large, NULL));
}

/* What cycles: a child goes by a rival, and that by a spend of its coin; the parent stays alone. */
static void a_child_is_cycled_away(void **state)
{
    const market_tx parent = make(1, 90, PARENT_FEE, PARENT_VSIZE);
    const market_tx child = make(2, 1, 5000, CHILD_VSIZE);
    const market_tx rival = make(3, 1, 5016, CHILD_VSIZE);
    market_tx out = make(4, 91, 5030, 111);
    (void)state;
    sim_market *market = market_at(CLIMATE_1);
    out.inputs[0] = rival.inputs[1];
    out.input_count = 1;
    assert_null(send(market, &parent, NULL));
    assert_null(send(market, &child, NULL));
    assert_null(send(market, &rival, NULL));
    assert_null(send(market, &out, NULL));
    assert_true(has(market, &parent) && has(market, &out));
    assert_false(has(market, &child) || has(market, &rival));
    assert_null(prom_market_child(market, prom_market_find(market, &parent.txid)));
    assert_null(send(market, &child, NULL)); /* and it comes again */
}

static void a_branch_outbids_another_with_its_child(void **state)
{
    const market_tx lies = make(1, 90, PARENT_FEE, 182);
    const market_tx pin = make(2, 1, 3000, 1000);
    market_tx branch = make(3, 90, PARENT_FEE, PARENT_VSIZE);
    const market_tx cheap = make(4, 3, 3000, CHILD_VSIZE);
    const market_tx child = make(5, 3, 3100, CHILD_VSIZE);
    (void)state;
    sim_market *market = market_at(CLIMATE_1);
    assert_null(send(market, &lies, &pin));
    assert_non_null(send(market, &branch, NULL));
    assert_non_null(send(market, &branch, &cheap));
    assert_true(has(market, &lies) && has(market, &pin));
    assert_null(send(market, &branch, &child));
    assert_false(has(market, &lies) || has(market, &pin));
    assert_true(has(market, &branch) && has(market, &child));
}

static void the_same_seed_is_the_same_market(void **state)
{
    static sim_market first;
    market_tx *chosen[MARKET_TXS_MAX];
    (void)state;
    first = *market_at(CLIMATE_SPIKE);
    sim_market *second = market_at(CLIMATE_SPIKE);
    first.changes = second->changes = 1003;
    for (size_t i = 0; i < 50; i++) {
        (void)prom_market_mine(&first, chosen);
        (void)prom_market_mine(second, chosen);
        assert_memory_equal(first.cleared, second->cleared, sizeof first.cleared);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(climates),
        cmocka_unit_test(blocks_ask_for_the_climate),
        cmocka_unit_test(a_cheap_parent_is_mined_with_its_child),
        cmocka_unit_test(one_child_replaces_another),
        cmocka_unit_test(a_child_is_cycled_away),
        cmocka_unit_test(a_branch_outbids_another_with_its_child),
        cmocka_unit_test(the_same_seed_is_the_same_market),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
