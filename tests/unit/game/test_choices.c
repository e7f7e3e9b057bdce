/* The game in normal form, and what is played in it. */
#include "game/solution_parts.h"

#include "game/solutions.h"

/* The worker's deliveries, the verifier's ways, the client's. */
enum { COMPUTES, LATE, SKIPS, GARBAGE, KEEPS, NOTHING };
enum { VERIFIES, SIGNS, ACCUSES, IS_SILENT };
enum { NO_CHECK, CHECKS };

/* No interest and no fees, so that what is paid can be read off. */
static prom_game_question plain_question(uint32_t audit)
{
    prom_game_question question = small_question(3);
    question.samples = false;
    question.feerate = 0;
    question.setting.interest = 0;
    question.setting.audit = audit;
    return question;
}

static const double c = 133333;
static const double share_w = 119999;
static const double share_v = 13334;
static const double w = 200000;
static const double v = 200000;

static void test_payoffs_are_those_of_the_schemes(void **state)
{
    fixture *test = *state;
    const prom_game_question question = plain_question(0);
    const prom_mixed_game *it = &solve(test, &question)->choices;
    const double z = sat_of(question.setting.z);
    const double y = sat_of(question.setting.y);
    const double loses = share_v + 100000; /* of #4 */
    assert_int_equal(it->actions[0], 6);
    assert_int_equal(it->actions[1], 4);
    assert_int_equal(it->actions[2], 1);
    assert_near(it->payoff[COMPUTES][VERIFIES][0][0], share_w - z);
    assert_near(it->payoff[COMPUTES][VERIFIES][0][1], share_v - y);
    assert_near(it->payoff[COMPUTES][SIGNS][0][1], share_v);
    assert_near(it->payoff[COMPUTES][ACCUSES][0][0], c - z); /* #7 */
    assert_near(it->payoff[COMPUTES][ACCUSES][0][1], -v);
    assert_near(it->payoff[COMPUTES][IS_SILENT][0][0], share_w - z); /* #2 */
    assert_near(it->payoff[COMPUTES][IS_SILENT][0][1], -150000);
    assert_near(it->payoff[GARBAGE][VERIFIES][0][0], -loses);
    assert_near(it->payoff[GARBAGE][VERIFIES][0][1], share_v - y);
    assert_near(it->payoff[GARBAGE][SIGNS][0][0], share_w);
    assert_near(it->payoff[GARBAGE][SIGNS][0][1], share_v);
    assert_near(it->payoff[GARBAGE][ACCUSES][0][0], -loses);
    assert_near(it->payoff[GARBAGE][IS_SILENT][0][0], share_w); /* it publishes h_p all the same */
    assert_near(it->payoff[GARBAGE][IS_SILENT][0][1], -150000);
    assert_near(it->payoff[LATE][ACCUSES][0][0], -loses - z); /* the arbiters would not believe it */
    assert_near(it->payoff[NOTHING][VERIFIES][0][0], -loses);
    assert_near(it->payoff[NOTHING][SIGNS][0][0], -loses); /* where nothing came there is nothing to sign blindly */
}

/* E17: without a window the worker cheats and the verifier does not look. (To accuse blindly pays it as much as to
 * sign, where garbage is for sure.) */
static void test_without_a_window_nobody_works(void **state)
{
    fixture *test = *state;
    const prom_game_question question = plain_question(0);
    const prom_game_solution *it = solve(test, &question);
    assert_true(it->equilibrium_count > 0);
    assert_true(it->equilibria[0].pure);
    assert_near(it->equilibria[0].chance[1][SIGNS], 1);
    for (size_t i = 0; i < it->equilibrium_count; i++) {
        assert_near(it->equilibria[i].chance[0][GARBAGE], 1);
        assert_near(it->equilibria[i].chance[1][VERIFIES], 0);
    }
}

/* The path of the first equilibrium: each takes its likeliest action, and then the worker its best. Garbage is signed
 * for unseen, and paid; with known answers the client sees that, and its challenge takes what was paid back. */
static void test_the_equilibrium_is_followed(void **state)
{
    fixture *test = *state;
    prom_game_question question = plain_question(0);
    const prom_game_solution *it = solve(test, &question);
    const prom_game_outcome *end = prom_game_outcome_at(it->games[0], it->equilibrium_ending);
    assert_int_equal(end->scheme, 3);
    assert_int_equal(end->facts & (PROM_GAME_COMPUTED | PROM_GAME_VERIFIED | PROM_GAME_RESULT), 0);
    question = plain_question(144);
    question.setting.q = 9000;
    it = solve(test, &question);
    for (size_t i = 0; i < it->equilibrium_count; i++) { /* whichever is the first */
        assert_true(it->equilibria[i].chance[0][COMPUTES] > 0.5);
    }
    end = prom_game_outcome_at(it->games[0], it->equilibrium_ending);
    assert_true((end->facts & PROM_GAME_RESULT) != 0);
    assert_int_equal((end->facts & PROM_GAME_CHECKED) != 0, it->equilibria[0].chance[2][CHECKS] > 0.5);
    assert_near(prom_game_value_at(it->games[0], it->equilibrium_ending, PROM_GAME_W),
                share_w - sat_of(question.setting.z));
}

/* protocol 9: the client's challenge takes w from the worker, and v from the verifier. */
static void test_a_check_costs_who_cheats(void **state)
{
    fixture *test = *state;
    const prom_game_question question = plain_question(144);
    const prom_mixed_game *it = &solve(test, &question)->choices;
    const double check = sat_of(question.setting.check);
    assert_int_equal(it->actions[2], 2);
    assert_near(it->payoff[GARBAGE][SIGNS][NO_CHECK][0], share_w);
    assert_near(it->payoff[GARBAGE][SIGNS][CHECKS][0], -w);
    assert_near(it->payoff[GARBAGE][SIGNS][CHECKS][1], -v);
    assert_near(it->payoff[GARBAGE][SIGNS][CHECKS][2] - it->payoff[GARBAGE][SIGNS][NO_CHECK][2], c - check - 240);
    assert_near(it->payoff[COMPUTES][SIGNS][NO_CHECK][2] - it->payoff[COMPUTES][SIGNS][CHECKS][2], check);
}

/* Below the least check rate, q (w + share_w) >= z, the worker cheats now and then, and the client checks with just
 * that rate: so often that the worker does not mind, while the worker cheats so seldom that the client does not. */
static void test_with_a_window_the_check_is_mixed(void **state)
{
    fixture *test = *state;
    const prom_game_question question = plain_question(144);
    const prom_game_solution *it = solve(test, &question);
    const double z = sat_of(question.setting.z);
    const double check = sat_of(question.setting.check);
    const double q = z / (w + share_w);
    bool found = false;
    prom_game_least least;
    assert_ok(prom_game_least_of(&test->arena, &least, test->curve, &question, &test->error), &test->error);
    assert_within(least.q, q, 1e-9);
    for (size_t i = 0; i < it->equilibrium_count; i++) {
        const prom_mixed_equilibrium *one = &it->equilibria[i];
        assert_true(prom_mixed_regret(&it->choices, one) < 1e-3);
        if (one->chance[1][SIGNS] < 1 - 1e-9 || one->chance[2][CHECKS] < 1e-9) {
            continue;
        }
        found = true;
        assert_within(one->chance[2][CHECKS], q, 1e-9);
        assert_within(one->chance[0][GARBAGE], check / (c - 240), 1e-9);
    }
    assert_true(found);
}

/* The least rate of check is what the game with chance in it says as well: one more than it, and computing pays though
 * the verifier signs whatever comes; one less, and worker and verifier together gain. */
static void test_the_least_check_rate_is_the_games(void **state)
{
    fixture *test = *state;
    prom_game_question question = plain_question(144);
    prom_game_least least;
    assert_ok(prom_game_least_of(&test->arena, &least, test->curve, &question, &test->error), &test->error);
    for (int above = 0; above < 2; above++) {
        question.setting.q = (uint32_t)(least.q * PROM_BASIS_POINTS_ONE) + (uint32_t)above;
        const prom_game *game = solve(test, &question)->games[0];
        const uint32_t root = game->tree.nodes[0].first_child;
        double worker[2]; /* where it computes, and where it does not; V signs what it has not seen */
        for (uint32_t i = 0; i < 2; i++) {
            const prom_game_node *looks = &game->tree.nodes[root + (i == 0 ? COMPUTES : GARBAGE)];
            double expected[PROM_GAME_PLAYERS_MAX];
            prom_game_honest(&game->tree, looks->first_child + 1, expected);
            worker[i] = expected[PROM_GAME_W];
        }
        assert_int_equal(worker[0] > worker[1], above);
    }
}

/* Known answers, hidden in the batch, find garbage without the client's own check. */
static void test_known_answers_do_for_a_check(void **state)
{
    fixture *test = *state;
    prom_game_question question = plain_question(144);
    question.setting.known = 1;
    prom_game_least least;
    assert_ok(prom_game_least_of(&test->arena, &least, test->curve, &question, &test->error), &test->error);
    assert_near(least.q, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_payoffs_are_those_of_the_schemes), FIXTURE_TEST(test_without_a_window_nobody_works),
        FIXTURE_TEST(test_the_equilibrium_is_followed),      FIXTURE_TEST(test_a_check_costs_who_cheats),
        FIXTURE_TEST(test_with_a_window_the_check_is_mixed), FIXTURE_TEST(test_the_least_check_rate_is_the_games),
        FIXTURE_TEST(test_known_answers_do_for_a_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
