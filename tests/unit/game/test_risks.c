#include "game/solutions.h"

static void test_every_risk_is_found_by_its_name(void **state)
{
    (void)state;
    for (prom_game_risk risk = PROM_RISK_BOUND; risk < PROM_RISKS; risk++) {
        const char *name = prom_game_risk_name(risk);
        const char *meaning = prom_game_risk_meaning(risk);
        assert_int_equal(prom_game_risk_find(name), risk);
        assert_int_equal(meaning[strlen(meaning) - 1], '.');
        assert_null(strchr(name, ' '));
    }
    assert_int_equal(prom_game_risk_find("robbed"), PROM_RISKS);
    assert_int_equal(prom_game_risk_find(""), PROM_RISKS);
}

/* The more severe ones stand first: findings of one question, and bits of a mask, are read in that order. */
static void test_risks_stand_in_the_order_of_severity(void **state)
{
    (void)state;
    for (prom_game_risk risk = PROM_RISK_BOUND; risk + 1 < PROM_RISKS; risk++) {
        assert_true(prom_game_risk_severity(risk) <= prom_game_risk_severity(risk + 1));
    }
    assert_int_equal(prom_game_risk_severity(PROM_RISK_BOUND), PROM_SEVERITY_BOUND);
    assert_int_equal(prom_game_risk_severity(PROM_RISK_SEATS_CHEAP), PROM_SEVERITY_REFUSED);
    assert_int_equal(prom_game_risk_severity(PROM_RISK_LAZY_VERIFIER), PROM_SEVERITY_WARNING);
}

/* What is accepted by name does not refuse; a bound does, whatever is accepted. */
static void test_who_accepts_a_risk_is_not_refused_for_it(void **state)
{
    (void)state;
    static const struct {
        prom_game_risk found[2];
        uint32_t accepted;
        bool refused;
    } cases[] = {
        {{PROM_RISK_LAZY_VERIFIER, PROM_RISK_ARBITER_UNPAID}, 0, false},
        {{PROM_RISK_LOCKED, PROM_RISK_LAZY_VERIFIER}, 0, true},
        {{PROM_RISK_LOCKED, PROM_RISK_LAZY_VERIFIER}, 1U << PROM_RISK_LAZY_VERIFIER, true},
        {{PROM_RISK_LOCKED, PROM_RISK_LAZY_VERIFIER}, 1U << PROM_RISK_LOCKED, false},
        {{PROM_RISK_LOCKED, PROM_RISK_WORKER_ROBBED}, 1U << PROM_RISK_LOCKED, true},
        {{PROM_RISK_BOUND, PROM_RISK_LAZY_VERIFIER}, UINT32_MAX, true},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        prom_game_solution solution = {.finding_count = 2};
        solution.findings[0].risk = cases[i].found[0];
        solution.findings[1].risk = cases[i].found[1];
        assert_int_equal(prom_game_refusal(&solution, cases[i].accepted) != NULL, cases[i].refused);
        assert_ptr_equal(prom_game_weakest(&solution), &solution.findings[0]);
    }
    const prom_game_solution nothing = {.finding_count = 0};
    assert_null(prom_game_refusal(&nothing, 0));
    assert_null(prom_game_weakest(&nothing));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_risk_is_found_by_its_name),
        cmocka_unit_test(test_risks_stand_in_the_order_of_severity),
        cmocka_unit_test(test_who_accepts_a_risk_is_not_refused_for_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
