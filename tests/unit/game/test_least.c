#include "game/solutions.h"

static prom_game_least least_of(fixture *test, const prom_game_question *question)
{
    prom_game_least least;
    assert_ok(prom_game_least_of(&test->arena, &least, test->curve, question, &test->error), &test->error);
    return least;
}

/* Each least value does, and one less does not. */
static void test_least_shares_and_retainers_are_tight(void **state)
{
    fixture *test = *state;
    const prom_game_question question = safe_question(test, 3);
    const prom_game_least least = least_of(test, &question);
    const prom_game_solution *it = solve(test, &question);
    const double share_w = 119999;
    assert_within(it->honest[PROM_GAME_W], share_w - least.share_w, 1);
    assert_within(it->honest[PROM_GAME_V], 13334 - least.share_v, 1);
    assert_true(least.share_w > sat_of(question.setting.z) && least.share_v > sat_of(question.setting.y));
    for (int enough = 0; enough < 2; enough++) {
        prom_game_question tried = question;
        tried.retainer = prom_amount_of((uint64_t)least.retainer - 1 + (uint64_t)enough);
        assert_int_equal(solve(test, &tried)->honest[PROM_GAME_A] >= 0, enough);
        tried = question;
        tried.c = prom_amount_of((uint64_t)least.c - 1 + (uint64_t)enough);
        const prom_game_solution *paid = solve(test, &tried);
        assert_int_equal(paid->honest[PROM_GAME_W] >= 0 && paid->honest[PROM_GAME_V] >= 0, enough);
        tried = question;
        tried.setting.benefit = prom_amount_of((uint64_t)least.benefit - 1 + (uint64_t)enough);
        assert_int_equal(solve(test, &tried)->honest[PROM_GAME_C] >= 0, enough);
    }
}

/* Of the recommended contract the bound c < w is what asks most of w. */
static void test_least_stake_keeps_the_bounds(void **state)
{
    fixture *test = *state;
    const prom_game_question question = safe_question(test, 3);
    assert_near(least_of(test, &question).w, 133334);
    assert_near(least_of(test, &question).varsigma, 1);
    assert_true(least_of(test, &question).q < 0);
}

/* As in IBISS: with chance p to be found, honesty pays if p (reward and what is lost) > what is saved. A worker that
 * can choose among seeds is found with 0.1^rolls; what it loses by #4 is share_v and [delta w], what it saves a
 * hundredth of z. */
static void test_least_stake_outweighs_the_chance_to_get_by(void **state)
{
    fixture *test = *state;
    prom_game_question question = safe_question(test, 3);
    question.setting.rolls = 3;
    question.setting.interest = 0;
    const double saved = sat_of(question.setting.z) / 100;
    const double needed = (saved / 0.001 - 133333) / 0.5;
    const prom_game_least least = least_of(test, &question);
    assert_within(least.w, needed, 2);
    assert_true(least.w > 133334);
    for (int enough = 0; enough < 2; enough++) {
        prom_game_question tried = question;
        tried.P.w = prom_amount_of((uint64_t)least.w - 1 + (uint64_t)enough);
        tried.P.v = prom_amount_larger(tried.P.v, tried.P.w);
        tried.P.a = prom_amount_of((uint64_t)(1.25 * sat_of(tried.P.v) + 0.999)); /* as many times v as before */
        assert_int_equal(finding_of(solve(test, &tried), PROM_RISK_COALITION_GAINS) == NULL, enough);
    }
}

/* An arbiter's stake of 40 bits leaves no room: it is to grow with v, which grows with w. */
static void test_least_stake_raises_the_others(void **state)
{
    fixture *test = *state;
    prom_game_question question = safe_question(test, 3);
    question.P.a = prom_amount_of((UINT64_C(1) << 40) - 1);
    assert_near(least_of(test, &question).w, 133334); /* below v: nothing is raised */
    question.setting.rolls = 3;
    assert_true(least_of(test, &question).w < 0);
    question.P.a = prom_amount_of(250000);
    assert_true(least_of(test, &question).w > 200000);
}

/* A larger sample does as well as a larger stake. */
static void test_least_sample_finds_enough(void **state)
{
    fixture *test = *state;
    prom_game_question question = safe_question(test, 3);
    question.setting.rolls = 3;
    const double least = least_of(test, &question).varsigma;
    assert_true(least > question.P.varsigma);
    for (int enough = 0; enough < 2; enough++) {
        prom_game_question tried = question;
        tried.P.varsigma = (uint16_t)((int)least - 1 + enough);
        assert_int_equal(finding_of(solve(test, &tried), PROM_RISK_COALITION_GAINS) == NULL, enough);
    }
}

/* Where no value would do: of the paper, in which a worker gains by claims, and arbiters have no retainer. */
static void test_no_value_does_in_the_paper(void **state)
{
    fixture *test = *state;
    const prom_game_question question = paper_question();
    const prom_game_least least = least_of(test, &question);
    assert_true(least.w < 0 && least.varsigma < 0 && least.q < 0 && least.retainer < 0);
    assert_true(least.share_w > 0 && least.c > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_least_shares_and_retainers_are_tight),
        FIXTURE_TEST(test_least_stake_keeps_the_bounds),
        FIXTURE_TEST(test_least_stake_outweighs_the_chance_to_get_by),
        FIXTURE_TEST(test_least_stake_raises_the_others),
        FIXTURE_TEST(test_least_sample_finds_enough),
        FIXTURE_TEST(test_no_value_does_in_the_paper),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
