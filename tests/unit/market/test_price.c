#include "market/jobs.h"

static prom_amount price_of(const prom_rates *rates, const prom_work *work, prom_role role, uint64_t fees)
{
    const prom_parameters P = valid_parameters();
    return prom_price_of(rates, work, &P, role, prom_amount_of(fees));
}

static void test_a_price_by_hand(void **state)
{
    const prom_parameters P = valid_parameters();
    const prom_work work = plain_work(10);
    prom_rates rates = {.macs = 3, .bytes = 0, .effort = 0, .least = prom_amount_zero()};
    (void)state;
    assert_int_equal(sat_of(price_of(&rates, &work, PROM_ROLE_WORKER, 0)), 1); /* 60 msat */
    rates.macs = 3000000;
    assert_int_equal(sat_of(price_of(&rates, &work, PROM_ROLE_WORKER, 0)), 60000);
    assert_int_equal(sat_of(price_of(&rates, &work, PROM_ROLE_WORKER, 7)), 60007);
    assert_int_equal(sat_of(price_of(&rates, &work, PROM_ROLE_VERIFIER, 0)), 0); /* it runs nothing */
    rates = (prom_rates){.bytes = 1000, .least = prom_amount_zero()};
    /* 4 payloads of 107,848 bytes and 5 packages of 151,000: 1,186,392 bytes, a thousandth of a sat for 1000 */
    assert_int_equal(prom_work_line_bytes(&work, &P, PROM_ROLE_WORKER), 1186392);
    assert_int_equal(sat_of(price_of(&rates, &work, PROM_ROLE_WORKER, 0)), 2);
    rates.bytes = 1000000000;
    assert_int_equal(sat_of(price_of(&rates, &work, PROM_ROLE_WORKER, 0)), 1186392);
    rates = (prom_rates){.effort = 1000000, .least = prom_amount_of(1200)};
    assert_int_equal(sat_of(price_of(&rates, &work, PROM_ROLE_WORKER, 0)), 1200);
    assert_int_equal(sat_of(price_of(&rates, &work, PROM_ROLE_WORKER, 201)), 1201);   /* 1000 and fees */
    assert_int_equal(sat_of(price_of(&rates, &work, PROM_ROLE_VERIFIER, 400)), 1410); /* 1,010,000 steps */
}

static uint64_t some(uint64_t *random)
{
    return random_below(random, UINT64_C(1) << random_below(random, 40));
}

/* Whatever grows, the price does not fall; and an ask that says what the work is gives the same price. */
static void test_prices_rise(void **state)
{
    uint64_t random = 11;
    const prom_parameters P = valid_parameters();
    (void)state;
    for (size_t round = 0; round < 3000; round++) {
        const prom_role role = random_below(&random, 2) == 0 ? PROM_ROLE_WORKER : PROM_ROLE_VERIFIER;
        prom_work work = plain_work(1 + (uint32_t)random_below(&random, 10000));
        prom_rates rates = {some(&random), some(&random), some(&random), prom_amount_of(some(&random) >> 10), 0};
        const prom_amount fees = prom_amount_of(some(&random) >> 16);
        const prom_amount before = prom_price_of(&rates, &work, &P, role, fees);
        prom_ask ask = {.role = role};
        prom_work_sketch(&ask, &work);
        const prom_amount asked = prom_price_of_ask(&rates, &ask, &P, fees);
        assert_true(prom_amount_equal(asked, before) || !prom_amount_is_valid(before));
        switch (random_below(&random, 5)) {
        case 0:
            rates.macs += some(&random);
            break;
        case 1:
            rates.bytes += some(&random);
            break;
        case 2:
            rates.effort += some(&random);
            break;
        case 3:
            work = plain_work(work.items + (uint32_t)random_below(&random, 1000));
            break;
        default:
            rates.least = prom_amount_add(rates.least, prom_amount_of(random_below(&random, 1000)));
            break;
        }
        const prom_amount after = prom_price_of(&rates, &work, &P, role, fees);
        assert_true(prom_amount_at_least(after, before) || !prom_amount_is_valid(after));
    }
}

static void test_no_price(void **state)
{
    prom_work work = plain_work(10);
    prom_rates rates = {.macs = UINT64_MAX, .least = prom_amount_zero()};
    (void)state;
    assert_false(prom_amount_is_valid(price_of(&rates, &work, PROM_ROLE_WORKER, 0)));
    work.macs = UINT64_MAX;
    rates.macs = 1;
    assert_false(prom_amount_is_valid(price_of(&rates, &work, PROM_ROLE_WORKER, 0)));
    rates.macs = 0; /* what costs nothing costs nothing, however much it is */
    assert_int_equal(sat_of(price_of(&rates, &work, PROM_ROLE_WORKER, 0)), 0);
}

/* A P of random numbers within bounds, some of which no reward is safe with. */
static prom_parameters random_P(uint64_t *random)
{
    prom_parameters P = valid_parameters();
    const uint64_t w = 50000 + random_below(random, 10000000);
    const uint64_t v = w + random_below(random, 10000000);
    P.w = prom_amount_of(w);
    P.v = prom_amount_of(v);
    P.a = prom_amount_of(v + 1 + random_below(random, 10000000));
    P.sigma = (uint16_t)(1 + random_below(random, 10000));
    P.beta = (uint16_t)(3000 + random_below(random, 7001));
    P.delta = (uint16_t)random_below(random, 8001);
    return P;
}

static prom_amount one_less(prom_amount c)
{
    return prom_amount_subtract(c, prom_amount_of(1));
}

static bool is_covered(const prom_parameters *P, prom_amount c, const prom_prices *prices)
{
    return prom_amount_at_least(prom_share_of_worker(P, c), prices->worker) &&
           prom_amount_at_least(prom_share_of_verifier(P, c), prices->verifier);
}

/* The reward pays both, is safe, and a sat less would not do; where there is none, none can. */
static void test_rewards(void **state)
{
    fixture *test = *state;
    uint64_t random = 13;
    size_t found = 0;
    size_t missing = 0;
    for (size_t round = 0; round < 1500; round++) {
        const prom_parameters P = random_P(&random);
        const prom_amount rho = prom_amount_of(random_below(&random, 3000));
        prom_prices prices = {prom_amount_of(random_below(&random, 2000000)),
                              prom_amount_of(random_below(&random, 2) * random_below(&random, 100000))};
        prom_reward reward;
        if (!prom_reward_of(&reward, &P, rho, &prices)) {
            missing++;
            assert_false(prom_amount_is_valid(reward.c));
            if (prom_amount_is_valid(reward.needed)) {
                const prom_stakes stakes = {&P, reward.needed, rho};
                assert_false(prom_is_ok(prom_stakes_check(&stakes, NULL)));
            }
            continue;
        }
        found++;
        const prom_stakes stakes = {&P, reward.c, rho};
        assert_ok(prom_stakes_check(&stakes, &test->error), &test->error);
        assert_true(is_covered(&P, reward.c, &prices));
        const prom_stakes less = {&P, one_less(reward.c), rho};
        assert_true(prom_amount_equal(reward.c, reward.largest) || !is_covered(&P, less.c, &prices) ||
                    !prom_is_ok(prom_stakes_check(&less, NULL)));
        prom_reward dearer;
        prices.worker = prom_amount_add(prices.worker, prom_amount_of(random_below(&random, 1000)));
        if (prom_reward_of(&dearer, &P, rho, &prices)) {
            assert_true(prom_amount_at_least(dearer.c, reward.c));
        }
    }
    assert_true(found > 200 && missing > 200);
}

static void test_rewards_that_cannot_be(void **state)
{
    prom_parameters P = valid_parameters();
    const prom_prices prices = {prom_amount_of(1000), prom_amount_of(1)};
    prom_reward reward;
    (void)state;
    P.sigma = 10000; /* the verifier gets nothing */
    assert_false(prom_reward_of(&reward, &P, prom_amount_zero(), &prices));
    assert_false(prom_amount_is_valid(reward.needed));
    const prom_prices own = {prom_amount_of(1000), prom_amount_zero()};
    assert_true(prom_reward_of(&reward, &P, prom_amount_zero(), &own));
    assert_int_equal(sat_of(reward.c), 1000);
    const prom_prices invalid = {prom_amount_invalid(), prom_amount_zero()};
    assert_false(prom_reward_of(&reward, &P, prom_amount_zero(), &invalid));
    const prom_prices little = {prom_amount_of(1), prom_amount_zero()};
    assert_true(prom_reward_of(&reward, &P, prom_amount_zero(), &little));
    assert_int_equal(sat_of(reward.c), 330); /* less is dust */
    P.sigma = 9000;
    assert_int_equal(sat_of(prom_reward_cost(&P, prom_amount_of(1000), prom_amount_of(5), false)), 1015);
    assert_int_equal(sat_of(prom_reward_cost(&P, prom_amount_of(1000), prom_amount_of(5), true)), 915);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_price_by_hand),
        cmocka_unit_test(test_prices_rise),
        cmocka_unit_test(test_no_price),
        FIXTURE_TEST(test_rewards),
        cmocka_unit_test(test_rewards_that_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
