#include <math.h>

#include "game/solutions.h"

#include "prometheus/contract/draw.h"
#include "prometheus/game/odds.h"

/* -- What seats are worth -- */

/* Without fees and interest: client and verifier with k arbiters take the reward back and have the result; their
 * arbiters get their part of w. */
static void test_seats_are_worth_what_they_add(void **state)
{
    fixture *test = *state;
    static const struct {
        uint8_t n;
        uint32_t b, k;
    } cases[] = {{3, 2, 2}, {5, 3, 3}, {9, 4, 6}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        prom_game_question question = safe_question(test, cases[i].n);
        question.feerate = 0;
        question.setting.interest = 0;
        const prom_game_solution *it = solve(test, &question);
        const prom_game_seats *decide = &it->seats[1];
        const double part = (double)(200000 / cases[i].n) * cases[i].k;
        assert_int_equal(it->seats[0].m, cases[i].b);
        assert_int_equal(decide->m, cases[i].k);
        /* The arbiters that voted rightly lose their stakes: more than the worker, where they are two or more. */
        assert_attack(&decide->best, BIT_C | BIT_V | BIT_A, 6, i == 0 ? PROM_GAME_W : PROM_GAME_H);
        const double without = it->gains[GROUP_C | GROUP_V][0].gain;
        assert_near(decide->worth, decide->best.gain - without);
        /* share_v comes from the reward, which is the client's; three transactions have an anchor, not one. */
        assert_near(decide->best.gain, 133333 - 13334 + part + sat_of(question.setting.y) - 2 * 240);
    }
    /* Who can only keep a decision from being made can withhold receipts: a worker that delivered cannot show it, does
     * not appeal, and client and verifier have the result for nothing, and share_v. */
    prom_game_question question = safe_question(test, 9);
    question.feerate = 0;
    question.setting.interest = 0;
    const prom_game_solution *it = solve(test, &question);
    assert_int_equal(it->seats[0].m, 4);
    assert_attack(&it->seats[0].best, BIT_C | BIT_V | BIT_A, 4, PROM_GAME_W);
    assert_near(it->seats[0].best.gain, 133333 + sat_of(question.setting.y) - 240);
}

/* -- What they cost -- */

/* The chance of just so many seats, drawn one after another, times what the best group gains by them. */
static double expected_of(const prom_game_solution *it)
{
    const prom_game_question *question = it->question;
    const uint32_t n = question->P.n;
    double expected = 0;
    for (uint32_t m = it->seats[0].m; m <= n; m++) {
        double chance = 1;
        double worth = 0;
        for (uint32_t i = 0; i < n; i++) { /* the first m are drawn from the owner's, in one order of many */
            const uint32_t left =
                i < m ? question->setting.owned - i : question->setting.pool - question->setting.owned - (i - m);
            chance *= (double)left / (question->setting.pool - i);
        }
        for (uint32_t i = 0; i < m; i++) {
            chance *= (double)(n - i) / (i + 1);
        }
        for (size_t index = 0; index < PROM_GAME_GROUPS / 2; index++) {
            worth = fmax(worth, it->gains[index][m].gain - it->gains[index][0].gain);
        }
        expected += chance * worth;
    }
    return expected;
}

/* n = 3, k = 2: 2.8 % of draws at a tenth of the pool. */
static void test_an_owner_expects_the_chance_times_the_worth(void **state)
{
    fixture *test = *state;
    prom_game_question question = safe_question(test, 3);
    const prom_game_solution *unknown = solve(test, &question);
    assert_true(unknown->seats[0].chance < 0 && unknown->seats[1].chance < 0);
    assert_null(finding_of(unknown, PROM_RISK_SEATS_CHEAP));
    question.setting.pool = 1000;
    question.setting.owned = 100;
    const prom_game_solution *it = solve(test, &question);
    assert_within(it->seats[1].chance, 0.028, 0.0005);
    assert_near(it->seats[1].chance, prom_pool_chance(3, 2, 100, 1000));
    assert_near(it->seats_expected, expected_of(it));
    /* All three are worth more than two, by what the third gets. */
    assert_true(it->seats_expected > it->seats[1].chance * it->seats[1].worth);
    const double blocks = 37 + 1;
    assert_near(it->seats_cost, prom_odds_interest(100 * 250000.0, 500, blocks));
    const prom_game_attack *attack = attack_of(it, PROM_RISK_SEATS_CHEAP);
    assert_int_equal(attack->group.m, 2);
    assert_near(finding_of(it, PROM_RISK_SEATS_CHEAP)->amount, it->seats_expected - it->seats_cost);
    /* A hundredth of the pool is hardly ever drawn, and costs more than it may bring. */
    question.setting.pool = 10000;
    it = solve(test, &question);
    assert_true(it->seats_expected < it->seats_cost);
    assert_null(finding_of(it, PROM_RISK_SEATS_CHEAP));
}

/* With fewer than k there is less to do: of n = 9, k = 6, b = 4 both chances count. */
static void test_fewer_seats_count_for_less(void **state)
{
    fixture *test = *state;
    prom_game_question question = safe_question(test, 9);
    question.setting.pool = 100;
    question.setting.owned = 20;
    const prom_game_solution *it = solve(test, &question);
    const double k = prom_pool_chance(9, 6, 20, 100);
    const double b = prom_pool_chance(9, 4, 20, 100);
    assert_within(k, 0.002, 0.001);
    assert_near(it->seats[0].chance, b);
    assert_near(it->seats_expected, expected_of(it));
    assert_true(it->seats_expected > (b - k) * it->seats[0].worth + k * it->seats[1].worth);
}

/* docs/protocol.md, section 2: a fifth of the pool costs at least 10 w. */
static void test_a_small_pool_is_cheap(void **state)
{
    fixture *test = *state;
    prom_game_question question = safe_question(test, 3);
    question.setting.pool = 39;
    const prom_game_solution *it = solve(test, &question);
    const prom_game_finding *finding = finding_of(it, PROM_RISK_SEATS_CHEAP);
    assert_non_null(finding);
    assert_false(finding->has_attack);
    assert_near(finding->amount, 10 * 200000 - 250000.0 * 39 / 5);
    assert_non_null(prom_game_refusal(it, 0));
    question.setting.pool = 40;
    assert_null(finding_of(solve(test, &question), PROM_RISK_SEATS_CHEAP));
}

/* -- Bribes -- */

static void test_bribes_are_what_arbiters_lose(void **state)
{
    fixture *test = *state;
    prom_game_question question = safe_question(test, 9);
    question.setting.interest = 0;
    const double part = (double)(200000 / 9); /* whole satoshi */
    const double arbitration = sat_of(question.setting.arbitration);
    const prom_game_solution *it = solve(test, &question);
    /* Not to decide loses [eps a], the retainer and the part of w; not to have looked saves the work. */
    assert_near(it->seats[0].bribe_each, 62500 + 1500 + part - arbitration);
    /* To decide falsely pays as much as to decide rightly: E27 makes no difference of who is right. */
    assert_near(it->seats[1].bribe_each, 0);
    /* Alone with its vote an arbiter loses a: that is what has to be promised, to all of them. */
    assert_within(it->seats[1].bribe_promised, 6 * (250000 + 1500 + part - arbitration), 6 * arbitration + 1);
    question.setting.future = 30000; /* who stays loses three contracts' retainers besides */
    assert_within(solve(test, &question)->seats[1].bribe_promised - it->seats[1].bribe_promised, 6 * 3 * 1500, 1e-5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_seats_are_worth_what_they_add),
        FIXTURE_TEST(test_an_owner_expects_the_chance_times_the_worth),
        FIXTURE_TEST(test_fewer_seats_count_for_less),
        FIXTURE_TEST(test_a_small_pool_is_cheap),
        FIXTURE_TEST(test_bribes_are_what_arbiters_lose),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
