#include "support.h"

#include "market/caps.h"

static prom_amount sat(uint64_t amount)
{
    return prom_amount_of(amount);
}

/* A contract of 90 and 10 for fees, with 100, 200 and 300 before. */
static size_t judge(prom_reasons *all, prom_reasons *own, const prom_standing_caps *caps)
{
    const prom_caps_sums before = {.job = sat(100), .day = sat(200), .open = sat(300)};
    all->count = own->count = 0;
    prom_standing_judge(all, own, caps, &before, sat(90), sat(10));
    return all->count + own->count;
}

static void assert_reason(const prom_reasons *reasons, prom_reason_code code, uint64_t needed, uint64_t there)
{
    assert_int_equal(reasons->count, 1);
    assert_int_equal(reasons->list[0].code, code);
    assert_int_equal(reasons->list[0].needed, needed);
    assert_int_equal(reasons->list[0].there, there);
}

/* What a cap leaves is taken whole, and not a satoshi more. */
static void caps_hold_to_the_satoshi(void **state)
{
    prom_reasons all;
    prom_reasons own;
    (void)state;
    assert_int_equal(judge(&all, &own, &(prom_standing_caps){sat(200), sat(300), sat(400), sat(10)}), 0);
    assert_int_equal(judge(&all, &own, &(prom_standing_caps){.job = sat(199)}), 1);
    assert_reason(&all, PROM_REASON_CAP_JOB, 100, 99);
    assert_int_equal(judge(&all, &own, &(prom_standing_caps){.day = sat(299)}), 1);
    assert_reason(&all, PROM_REASON_CAP_DAY, 100, 99);
    assert_int_equal(judge(&all, &own, &(prom_standing_caps){.peer = sat(399)}), 1);
    assert_reason(&own, PROM_REASON_CAP_PEER, 100, 99);
    assert_int_equal(judge(&all, &own, &(prom_standing_caps){.fees = sat(9)}), 1);
    assert_reason(&all, PROM_REASON_CAP_CONTRACT_FEES, 10, 9);
    assert_int_equal(judge(&all, &own, &(prom_standing_caps){sat(1), sat(1), sat(1), sat(1)}), 4);
}

/* An order's caps, of the same contract with as much before: fees are those of the whole job, and what is with the
 * worker counts without them. */
static void an_orders_caps_hold_to_the_satoshi(void **state)
{
    const prom_caps_sums before = {sat(100), sat(200), sat(20), sat(300), sat(1000)};
    const prom_caps enough = {.job = sat(200), .day = sat(300), .peer = sat(390), .fees = sat(30)};
    prom_reasons reasons[6] = {{.count = 0}};
    prom_caps caps[4] = {enough, enough, enough, enough};
    (void)state;
    prom_caps_judge(&reasons[0], &reasons[5], &enough, &before, sat(90), sat(10));
    assert_int_equal(reasons[0].count + reasons[5].count, 0);
    caps[0].job = sat(199);
    caps[1].day = sat(299);
    caps[2].fees = sat(29);
    caps[3].peer = sat(389);
    for (size_t i = 0; i < COUNT_OF(caps); i++) {
        prom_caps_judge(&reasons[i + 1], i == 3 ? &reasons[5] : &reasons[i + 1], &caps[i], &before, sat(90), sat(10));
    }
    assert_reason(&reasons[1], PROM_REASON_CAP_JOB, 100, 99);
    assert_reason(&reasons[2], PROM_REASON_CAP_DAY, 100, 99);
    assert_reason(&reasons[3], PROM_REASON_CAP_FEES, 10, 9);
    assert_int_equal(reasons[4].count, 0);
    assert_reason(&reasons[5], PROM_REASON_CAP_PEER, 90, 89);
}

static void zero_is_no_cap(void **state)
{
    prom_reasons all;
    prom_reasons own;
    (void)state;
    assert_int_equal(judge(&all, &own, &(prom_standing_caps){.job = prom_amount_zero()}), 0);
}

/* A cap that was lowered leaves nothing, not less; sums that are none are refused. */
static void what_is_above_leaves_nothing(void **state)
{
    prom_reasons reasons = {.count = 0};
    (void)state;
    prom_standing_need(&reasons, PROM_REASON_CAP_DAY, sat(5), sat(50), sat(51));
    assert_reason(&reasons, PROM_REASON_CAP_DAY, 5, 0);
    reasons.count = 0;
    prom_standing_need(&reasons, PROM_REASON_CAP_DAY, sat(5), sat(50), prom_amount_invalid());
    assert_int_equal(reasons.count, 1);
    reasons.count = 0;
    prom_standing_need(&reasons, PROM_REASON_CAP_DAY, prom_amount_invalid(), sat(50), sat(0));
    assert_int_equal(reasons.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(caps_hold_to_the_satoshi),
        FIXTURE_TEST(an_orders_caps_hold_to_the_satoshi),
        FIXTURE_TEST(zero_is_no_cap),
        FIXTURE_TEST(what_is_above_leaves_nothing),
    };
    return cmocka_run_group_tests_name("market/caps", tests, NULL, NULL);
}
