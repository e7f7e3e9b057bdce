/* What is said of attacks. */
#include "advice/words.h"

#include "game/solutions.h"

/* Who is given a bad package, and signs for it, breaks the rules after somebody else did. */
static void test_breaches_of_others_are_told(void **state)
{
    fixture *test = *state;
    const prom_game_question question = safe_question(test, 3);
    const prom_game_solution *solution = solve(test, &question);
    char text[PROM_ADVICE_ATTACK];
    (void)prom_advice_attack(text, attack_of(solution, PROM_RISK_SLOW_ACCUSER));
    assert_non_null(strstr(text, "delivers; the verifier signs Tx4 all the same: "));
    json_t *own = prom_advice_deviations_json(attack_of(solution, PROM_RISK_SLOW_ACCUSER));
    assert_int_equal(json_array_size(own), 1);
    json_decref(own);
    (void)prom_advice_attack(text, attack_of(solution, PROM_RISK_WORKER_IS_VERIFIER));
    assert_null(strstr(text, "all the same"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_breaches_of_others_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
