/* What a transaction may cost: a table, and what holds for all of them. */
#include "support.h"

#include "prometheus/channel/fees.h"
#include "prometheus/contract/bump.h"

enum { ROUNDS = 20000, TIPS = 64 };

static const prom_fee_estimates calm = {.soon = 10000, .in_time = 4000};

/* 2,000,000 sat are at risk; block 106 is the last that is in time, and s is 6. */
static prom_fee_obligation of_money(void)
{
    return (prom_fee_obligation){.first_tip = 90,
                                 .last_block = 106,
                                 .at_risk = prom_amount_of(2000000),
                                 .lateness = PROM_LATE_COSTS_MONEY,
                                 .vsize = 500,
                                 .safety_margin = 6};
}

static void money_presses_as_blocks_run_out(void **state)
{
    static const struct {
        int64_t tip;
        uint32_t feerate;
    } CASES[] = {{90, 10000},    {100, 10000},   {101, 15625},   {102, 62500},  {103, 250000},
                 {104, 1000000}, {105, 4000000}, {106, 4000000}, {200, 4000000}};
    prom_fee_obligation obligation = of_money();
    (void)state;
    obligation.first_tip = 100;
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        assert_int_equal(prom_fee_feerate(&obligation, CASES[i].tip, &calm), CASES[i].feerate);
    }
}

static void short_margin_presses_at_the_last_block_alone(void **state)
{
    prom_fee_obligation obligation = of_money();
    (void)state;
    obligation.first_tip = 104;
    obligation.safety_margin = 2;
    assert_int_equal(prom_fee_feerate(&obligation, 104, &calm), 10000);
    assert_int_equal(prom_fee_feerate(&obligation, 105, &calm), 4000000);
    obligation.safety_margin = 1;
    assert_int_equal(prom_fee_feerate(&obligation, 104, &calm), 10000);
    assert_int_equal(prom_fee_feerate(&obligation, 105, &calm), 4000000);
}

/* Nothing is pressed for a thousand blocks; the bid is raised once s blocks were in vain, three times in s blocks. */
static void money_that_waits_in_vain_bids_more(void **state)
{
    static const struct {
        int64_t tip;
        uint32_t feerate;
    } CASES[] = {{0, 10000},     {90, 10000},    {95, 10000},    {96, 20000},    {97, 20000},
                 {98, 40000},    {100, 80000},   {102, 160000},  {104, 320000},  {106, 640000},
                 {108, 1280000}, {110, 2560000}, {112, 4000000}, {114, 4000000}, {500, 4000000}};
    prom_fee_obligation obligation = of_money();
    (void)state;
    obligation.last_block = 1000;
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        assert_int_equal(prom_fee_feerate(&obligation, CASES[i].tip, &calm), CASES[i].feerate);
    }
    obligation.safety_margin = 2; /* of a network with short margins: at every block */
    assert_int_equal(prom_fee_feerate(&obligation, 91, &calm), 10000);
    assert_int_equal(prom_fee_feerate(&obligation, 92, &calm), 20000);
    assert_int_equal(prom_fee_feerate(&obligation, 94, &calm), 80000);
}

static void money_without_a_deadline_pays_the_estimate(void **state)
{
    prom_fee_obligation obligation = of_money();
    (void)state;
    obligation.last_block = PROM_WINDOW_OPEN;
    assert_int_equal(prom_fee_feerate(&obligation, 1000000, &calm), 10000);
}

static void estimate_beyond_the_risk_is_cut(void **state)
{
    prom_fee_obligation obligation = of_money();
    (void)state;
    obligation.at_risk = prom_amount_of(1001); /* 2002 sat for 1000 vB */
    assert_int_equal(prom_fee_feerate(&obligation, 90, &calm), 2002);
    obligation.lateness = PROM_LATE_COSTS_TIME; /* [1001 * 5 %] = 50 */
    assert_int_equal(prom_fee_feerate(&obligation, 90, &calm), 100);
}

static void time_waits(void **state)
{
    static const struct {
        int64_t tip;
        uint32_t feerate;
    } CASES[] = {{0, 4000},    {90, 4000},   {95, 4000},   {96, 8000},   {101, 8000},
                 {102, 16000}, {108, 32000}, {114, 64000}, {120, 64000}, {1000000, 64000}};
    prom_fee_obligation obligation = of_money();
    (void)state;
    obligation.lateness = PROM_LATE_COSTS_TIME;
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        assert_int_equal(prom_fee_feerate(&obligation, CASES[i].tip, &calm), CASES[i].feerate);
    }
    obligation.at_risk = prom_amount_of(200000); /* 10,000 sat for 500 vB */
    assert_int_equal(prom_fee_feerate(&obligation, 1000000, &calm), 20000);
}

static void limits(void **state)
{
    prom_fee_obligation obligation = of_money();
    (void)state;
    assert_true(prom_amount_equal(prom_fee_limit(&obligation), prom_amount_of(2000000)));
    obligation.lateness = PROM_LATE_COSTS_TIME;
    assert_true(prom_amount_equal(prom_fee_limit(&obligation), prom_amount_of(100000)));
}

static void what_is_no_obligation_pays_nothing(void **state)
{
    prom_fee_obligation obligation = of_money();
    (void)state;
    obligation.at_risk = prom_amount_invalid();
    assert_int_equal(prom_fee_feerate(&obligation, 105, &calm), 0);
    obligation = of_money();
    obligation.vsize = 0;
    assert_int_equal(prom_fee_feerate(&obligation, 105, &calm), 0);
    obligation = of_money();
    obligation.lateness = PROM_LATE_COSTS_TIME;
    obligation.safety_margin = 0;
    assert_int_equal(prom_fee_feerate(&obligation, 105, &calm), 4000);
}

static prom_fee_obligation random_obligation(uint64_t *seed)
{
    static const uint64_t SCALES[] = {1, 1000, 1000000, 1000000000, UINT64_C(1000000000000), PROM_AMOUNT_MAX};
    const uint64_t scale = SCALES[random_below(seed, COUNT_OF(SCALES))];
    prom_fee_obligation obligation = {
        .first_tip = (int64_t)random_below(seed, TIPS),
        .at_risk = prom_amount_of(next_random(seed) % (scale + 1)),
        .lateness = random_below(seed, 2) == 0 ? PROM_LATE_COSTS_TIME : PROM_LATE_COSTS_MONEY,
        .vsize = 1 + random_below(seed, random_below(seed, 2) == 0 ? 1000 : 4000000),
        .safety_margin = 1 + (uint32_t)random_below(seed, 12),
    };
    obligation.last_block = obligation.first_tip + (int64_t)random_below(seed, TIPS);
    if (random_below(seed, 8) == 0) {
        obligation.last_block = PROM_WINDOW_OPEN;
    }
    return obligation;
}

/* Whatever the obligation: the fee never exceeds the limit, and never falls from a tip to the next; and whoever has no
 * more than one block left, and money to lose, pays so much that the next feerate would exceed it. */
static void never_above_the_risk_nor_falling(void **state)
{
    uint64_t seed = 13;
    (void)state;
    for (size_t round = 0; round < ROUNDS; round++) {
        const prom_fee_obligation obligation = random_obligation(&seed);
        const prom_amount limit = prom_fee_limit(&obligation);
        prom_fee_estimates estimates = {.soon = (uint32_t)(next_random(&seed) >> (32 + random_below(&seed, 32)))};
        estimates.in_time = estimates.soon == 0 ? 0 : (uint32_t)random_below(&seed, estimates.soon);
        uint32_t before = 0;
        for (int64_t tip = 0; tip < 3 * TIPS; tip++) {
            const uint32_t feerate = prom_fee_feerate(&obligation, tip, &estimates);
            assert_true(prom_amount_at_least(limit, prom_feerate_fee(feerate, obligation.vsize)));
            assert_true(feerate >= before);
            before = feerate;
        }
        if (obligation.lateness == PROM_LATE_COSTS_MONEY && obligation.last_block != PROM_WINDOW_OPEN &&
            before < UINT32_MAX && prom_amount_above(prom_amount_of(PROM_AMOUNT_MAX / 1000), limit)) {
            assert_false(prom_amount_at_least(limit, prom_feerate_fee(before + 1, obligation.vsize)));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(money_presses_as_blocks_run_out),
        cmocka_unit_test(short_margin_presses_at_the_last_block_alone),
        cmocka_unit_test(money_that_waits_in_vain_bids_more),
        cmocka_unit_test(money_without_a_deadline_pays_the_estimate),
        cmocka_unit_test(estimate_beyond_the_risk_is_cut),
        cmocka_unit_test(time_waits),
        cmocka_unit_test(limits),
        cmocka_unit_test(what_is_no_obligation_pays_nothing),
        cmocka_unit_test(never_above_the_risk_nor_falling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
