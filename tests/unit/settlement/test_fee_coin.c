/* What a coin for fees must hold. */
#include "contract/cast.h"

#include "prometheus/channel/fee_coin.h"
#include "prometheus/channel/fees.h"
#include "prometheus/contract/bump.h"
#include "prometheus/contract/tree.h"

enum { HIGHEST = 100000, CHANGE = 330 };

/* What a public network's contracts look like: windows of 144 blocks and more. */
static prom_terms public_terms(uint64_t stake)
{
    return (prom_terms){.genesis = prom_chain_parameters_by_name("main")->genesis,
                        .P = {.w = prom_amount_of(stake),
                              .v = prom_amount_of(stake),
                              .a = prom_amount_of(stake + stake / 4),
                              .n = 9,
                              .alpha = 2500,
                              .beta = 7500,
                              .gamma = 500,
                              .delta = 5000,
                              .epsilon = 1500,
                              .mu = 5500,
                              .sigma = 9000,
                              .varsigma = 1000,
                              .t1 = 432,
                              .t2 = 720,
                              .t3 = 864,
                              .t4 = 288},
                        .c = prom_amount_of(stake / 3 * 2),
                        .retainer = prom_amount_of(stake / 1000),
                        .feerate = 2};
}

static uint64_t sat_of(prom_amount amount)
{
    uint64_t sat = 0;
    assert_true(prom_amount_get(amount, &sat));
    return sat;
}

static prom_fee_coin coin_of(fixture *test, const prom_terms *terms, prom_role role, uint32_t highest)
{
    prom_fee_coin coin;
    assert_ok(prom_fee_coin_of(&coin, terms, role, highest, &test->error), &test->error);
    return coin;
}

/* In the short windows of a test network the coin is worth what may be lost, or nearly; in those of a public network a
 * small part of it is enough, and no coin is larger than what outbids pins without reason. */
static void short_windows_take_what_is_at_risk(void **state)
{
    fixture *test = *state;
    const struct cast cast = make_cast(test);
    const prom_terms demo = valid_terms(test, &cast, 3);
    const prom_terms large = public_terms(20000000);
    const prom_fee_coin in_demo = coin_of(test, &demo, PROM_ROLE_WORKER, HIGHEST);
    assert_in_range(sat_of(in_demo.value), sat_of(in_demo.at_risk) / 2, sat_of(in_demo.at_risk) + CHANGE);
    assert_in_range(in_demo.blocks, 1, 8);
    for (prom_role role = 0; role < PROM_ROLES; role++) {
        const prom_fee_coin coin = coin_of(test, &large, role, HIGHEST);
        assert_in_range(sat_of(coin.value), 100000, 300000);
    }
}

/* The bids of the policy itself, of W's Tx3, none above the coin: together they are what is at risk, and one satoshi
 * less in the coin is too little. */
static void bids_of_the_coin_are_what_is_at_risk(void **state)
{
    fixture *test = *state;
    const prom_terms terms = public_terms(20000000);
    const prom_fee_coin coin = coin_of(test, &terms, PROM_ROLE_WORKER, 0);
    const prom_fee_estimates estimates = {terms.feerate * 1000, terms.feerate * 1000};
    const prom_fee_obligation due = {.first_tip = 1000 - (int64_t)coin.blocks,
                                     .last_block = 1000,
                                     .at_risk = coin.at_risk,
                                     .lateness = PROM_LATE_COSTS_MONEY,
                                     .vsize = PROM_BUMP_VSIZE,
                                     .safety_margin = 6};
    assert_int_equal(coin.blocks, 144 - 18);                   /* t3 - t2 - 3s */
    assert_in_range(sat_of(coin.at_risk), 16999990, 17000010); /* [delta w] and what is W's of the reward */
    for (uint64_t less = 0; less < 2; less++) {
        const uint64_t most = sat_of(coin.value) - CHANGE - less;
        uint64_t sum = 0;
        for (int64_t tip = due.first_tip; tip < due.last_block; tip++) {
            const uint64_t bid = sat_of(prom_feerate_fee(prom_fee_feerate(&due, tip, &estimates), due.vsize));
            sum += bid < most ? bid : most;
        }
        assert_int_equal(sum >= sat_of(coin.at_risk), less == 0);
    }
}

/* Where only time is lost, nobody pays more than a twentieth of what waits. */
static void time_takes_a_share(void **state)
{
    fixture *test = *state;
    const prom_terms small = public_terms(200000);
    const prom_fee_coin coin = coin_of(test, &small, PROM_ROLE_VERIFIER, HIGHEST);
    const prom_fee_coin at_any_feerate = coin_of(test, &small, PROM_ROLE_VERIFIER, UINT32_MAX);
    assert_true(sat_of(at_any_feerate.value) <= sat_of(at_any_feerate.at_risk) + CHANGE);
    assert_true(sat_of(coin.value) <= sat_of(at_any_feerate.value));
}

/* The pins of the highest feerate count with the largest parent. */
static void pins_count_with_their_parent(void **state)
{
    fixture *test = *state;
    const prom_terms large = public_terms(20000000);
    const prom_fee_coin coin = coin_of(test, &large, PROM_ROLE_WORKER, 1000000);
    const prom_amount outbids = prom_bump_coin_min(1000000, prom_branch_vsize_max(large.P.n));
    assert_int_equal(sat_of(coin.value), sat_of(outbids) + CHANGE);
}

/* It grows with the stakes and with the feerate, and falls as windows grow. */
static void coins_follow_the_terms(void **state)
{
    fixture *test = *state;
    uint64_t before = 0;
    for (uint64_t stake = 100000; stake < UINT64_C(100000000000); stake *= 10) {
        const prom_terms terms = public_terms(stake);
        const uint64_t now = sat_of(coin_of(test, &terms, PROM_ROLE_WORKER, HIGHEST).value);
        assert_true(now >= before);
        before = now;
    }
    prom_terms terms = public_terms(20000000);
    before = UINT64_MAX;
    for (uint16_t t3 = 744; t3 < 3000; t3 = (uint16_t)(t3 + 200)) {
        terms.P.t3 = t3;
        const uint64_t now = sat_of(coin_of(test, &terms, PROM_ROLE_WORKER, 0).value);
        assert_true(now <= before);
        before = now;
    }
}

/* Terms that somebody sends need not be a contract's. */
static void hostile_terms_are_refused_or_counted(void **state)
{
    fixture *test = *state;
    const prom_terms good = public_terms(20000000);
    prom_terms terms = good;
    prom_fee_coin coin;
    memset(&terms.genesis, 1, sizeof terms.genesis);
    assert_fails(prom_fee_coin_of(&coin, &terms, PROM_ROLE_WORKER, HIGHEST, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "unknown network");
    terms = good;
    terms.P.n = 255;
    assert_fails(prom_fee_coin_of(&coin, &terms, PROM_ROLE_WORKER, HIGHEST, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "255 arbiters");
    terms = good;
    terms.feerate = UINT32_MAX;
    assert_fails(prom_fee_coin_of(&coin, &terms, PROM_ROLE_WORKER, HIGHEST, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "sat/vB");
    terms = good;
    terms.c = prom_amount_invalid();
    assert_int_equal(prom_fee_coin_of(&coin, &terms, PROM_ROLE_WORKER, HIGHEST, &test->error).category,
                     PROM_CATEGORY_BAD_INPUT);
    terms = good;
    terms.P.t1 = UINT16_MAX; /* windows that end before they begin */
    terms.P.t3 = 0;
    coin = coin_of(test, &terms, PROM_ROLE_WORKER, HIGHEST);
    assert_in_range(sat_of(coin.value), sat_of(coin.at_risk), sat_of(coin.at_risk) + CHANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(short_windows_take_what_is_at_risk),
        FIXTURE_TEST(bids_of_the_coin_are_what_is_at_risk),
        FIXTURE_TEST(time_takes_a_share),
        FIXTURE_TEST(pins_count_with_their_parent),
        FIXTURE_TEST(coins_follow_the_terms),
        FIXTURE_TEST(hostile_terms_are_refused_or_counted),
    };
    return cmocka_run_group_tests_name("channel/fee_coin", tests, NULL, NULL);
}
