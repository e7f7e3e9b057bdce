#include <math.h>

#include "game/solutions.h"

enum { MARGINS_MAX = 64 };

static uint32_t risks_of(fixture *test, const prom_game_question *question)
{
    prom_game_solution *solution = NULL;
    uint32_t risks = 0;
    assert_ok(prom_game_judge(&test->arena, &solution, test->curve, question, &test->error), &test->error);
    for (size_t i = 0; i < solution->finding_count; i++) {
        risks |= UINT32_C(1) << solution->findings[i].risk;
    }
    return risks;
}

static const prom_game_margin *margin_of(const prom_game_margin *margins, const char *name)
{
    const size_t index = prom_game_parameter_find(name);
    size_t i = 0;
    while (margins[i].parameter != index) {
        i++;
    }
    return &margins[i];
}

static void find_margins(fixture *test, prom_game_margin margins[MARGINS_MAX], const prom_game_question *question)
{
    assert_true(prom_game_parameter_count() <= MARGINS_MAX);
    assert_ok(prom_game_margins(&test->arena, margins, test->curve, question, &test->error), &test->error);
}

/* With the value of the margin the risk has come, or gone; one nearer to what the question has it has not. */
static void check_margin(fixture *test, const prom_game_question *question, const prom_game_margin *margin)
{
    const double base = prom_game_parameter_get(question, margin->parameter);
    const uint32_t before = risks_of(test, question) >> margin->risk & 1U;
    prom_game_question there = *question;
    prom_game_question nearer = *question;
    prom_game_parameter_set(&there, margin->parameter, margin->value);
    prom_game_parameter_set(&nearer, margin->parameter, margin->value - (margin->change > 0 ? 1 : -1));
    assert_near(base * (1 + margin->change), margin->value);
    assert_int_equal(before, !margin->comes);
    assert_int_equal(risks_of(test, &there) >> margin->risk & 1U, margin->comes);
    assert_int_equal(risks_of(test, &nearer), risks_of(test, question));
}

static void test_a_verdict_flips_at_the_margin_and_not_before(void **state)
{
    fixture *test = *state;
    prom_game_margin margins[MARGINS_MAX];
    const prom_game_question question = safe_question(test, 3);
    const prom_game_question paper = paper_question();
    for (int i = 0; i < 2; i++) {
        const prom_game_question *it = i == 0 ? &question : &paper;
        size_t finite = 0;
        find_margins(test, margins, it);
        for (size_t j = 0; j < prom_game_parameter_count(); j++) {
            assert_true(j == 0 || fabs(margins[j - 1].change) <= fabs(margins[j].change));
            if (isfinite(margins[j].change)) {
                check_margin(test, it, &margins[j]);
                finite++;
            }
        }
        assert_true(finite > 5);
    }
}

/* What flips nothing up to tenfold, and what is 0, has no margin. */
static void check_none(fixture *test, const prom_game_margin *margins, const prom_game_question *question)
{
    assert_true(margin_of(margins, "future")->change == (double)INFINITY);
    assert_true(margin_of(margins, "y")->change == (double)INFINITY);
    assert_true(margin_of(margins, "verify")->change == (double)INFINITY);
    for (size_t i = 0; i < 2; i++) {
        prom_game_question far = *question;
        prom_game_parameter_set(&far, prom_game_parameter_find("y"), sat_of(question->setting.y) * (i == 0 ? 0.1 : 10));
        assert_int_equal(risks_of(test, &far), risks_of(test, question));
    }
}

/* Those that can be computed by hand. */
static void test_margins_are_where_they_should_be(void **state)
{
    fixture *test = *state;
    prom_game_margin margins[MARGINS_MAX];
    const prom_game_question question = safe_question(test, 3);
    const prom_game_solution *it = solve(test, &question);
    find_margins(test, margins, &question);
    const prom_game_margin *z = margin_of(margins, "z");
    assert_int_equal(z->risk, PROM_RISK_WORKER_UNPAID);
    assert_true(z->comes);
    assert_near(z->value, floor(sat_of(question.setting.z) + it->honest[PROM_GAME_W]) + 1);
    const prom_game_margin *benefit = margin_of(margins, "benefit");
    assert_int_equal(benefit->risk, PROM_RISK_CLIENT_UNPAID);
    assert_near(benefit->value, ceil(sat_of(question.setting.benefit) - it->honest[PROM_GAME_C]) - 1);
    assert_int_equal(margin_of(margins, "w")->risk, PROM_RISK_BOUND); /* w <= v */
    assert_near(margin_of(margins, "w")->value, 200001);
    assert_near(margin_of(margins, "t1")->value, 253); /* t2 - t1 is one less than it has to be */
    const prom_game_margin *price = margin_of(margins, "price");
    assert_int_equal(price->risk, PROM_RISK_WORKER_UNPAID);
    assert_within(price->change, -0.5, 0.01);
    check_none(test, margins, &question);
}

static void check_wrong(fixture *test, const prom_game_margin *margins, const prom_game_question *question,
                        const char *sentence)
{
    assert_fails(prom_game_margins_check(&test->arena, margins, test->curve, question, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, sentence);
}

/* Whoever writes margins that are not so is told. */
static void test_margins_are_checked(void **state)
{
    fixture *test = *state;
    prom_game_margin margins[MARGINS_MAX];
    const prom_game_question question = safe_question(test, 3);
    find_margins(test, margins, &question);
    assert_ok(prom_game_margins_check(&test->arena, margins, test->curve, &question, &test->error), &test->error);
    size_t at = 0;
    while (margins[at].parameter != prom_game_parameter_find("z")) {
        at++;
    }
    const prom_game_margin z = margins[at];
    margins[at].value = z.value + 1;
    check_wrong(test, margins, &question, "is said to be the first that changes the verdict, but");
    margins[at].value = z.value - 1;
    check_wrong(test, margins, &question, "is said to change the verdict, and does not");
    margins[at] = z;
    margins[at].risk = PROM_RISK_CLIENT_UNPAID;
    check_wrong(test, margins, &question, "'client-unpaid' is said to come, and 'worker-unpaid' does come");
    margins[at] = z;
    margins[at].comes = false;
    check_wrong(test, margins, &question, "'worker-unpaid' is said to go");
    margins[at] = (prom_game_margin){.parameter = z.parameter, .change = (double)INFINITY};
    check_wrong(test, margins, &question,
                "z is said to have no margin, and with 119487 already 'worker-unpaid' comes or goes");
}

static void test_a_question_that_is_none_has_no_margins(void **state)
{
    fixture *test = *state;
    prom_game_margin margins[MARGINS_MAX];
    prom_game_question none = safe_question(test, 3);
    none.setting.rolls = 0;
    assert_fails(prom_game_margins(&test->arena, margins, test->curve, &none, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "rolls is 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_a_verdict_flips_at_the_margin_and_not_before),
        FIXTURE_TEST(test_margins_are_where_they_should_be),
        FIXTURE_TEST(test_margins_are_checked),
        FIXTURE_TEST(test_a_question_that_is_none_has_no_margins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
