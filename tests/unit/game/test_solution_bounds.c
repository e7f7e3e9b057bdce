/* Each bound of docs/protocol.md, section 2, broken by hand: the game finds the attack that the bound says it keeps
 * away, and it is gone where the bound holds. */
#include "game/solutions.h"

/* The game of a question whose bounds need not hold. */
static prom_game_question loose_question(void)
{
    prom_game_question question = small_question(3);
    question.setting.interest = 0;
    question.feerate = 0;
    return question;
}

static void assert_bound(fixture *test, prom_game_question question, const char *says)
{
    set_fund(test, &question);
    const prom_game_solution *it = solve(test, &question);
    const prom_game_finding *finding = finding_of(it, PROM_RISK_BOUND);
    assert_int_equal(finding != NULL, says != NULL);
    if (says != NULL) {
        if (strstr(it->bound.sentence, says) == NULL) {
            fail_msg("'%s' does not say '%s'", it->bound.sentence, says);
        }
        assert_ptr_equal(prom_game_weakest(it), finding);
        assert_non_null(prom_game_refusal(it, UINT32_MAX));
    }
}

/* [beta v] >= share_w + n rho: with an audit window, in which signing for garbage costs worker and verifier their
 * stakes, they have the garbage paid by #2 else. */
static void test_a_small_beta_pays_a_silent_verifier(void **state)
{
    fixture *test = *state;
    prom_game_question question = loose_question();
    question.setting.audit = 144;
    question.setting.q = 10000;
    question.setting.check = prom_amount_zero();
    const double share_w = 119999;
    const double z = sat_of(question.setting.z);
    const double y = sat_of(question.setting.y);
    assert_bound(test, question, NULL);
    assert_near(solve(test, &question)->gains[GROUP_W | GROUP_V][0].gain, y);
    question.P.beta = 2000;
    assert_bound(test, question, "[beta v]");
    const prom_game_attack *attack = attack_of(solve(test, &question), PROM_RISK_WORKER_IS_VERIFIER);
    assert_attack(attack, BIT_W | BIT_V, 2, PROM_GAME_C);
    assert_near(attack->gain, share_w - 40000 - (133333 - z - y));
}

/* Returns the most that a group gets, against staying away, by an attack that ends in a scheme, when it has all the
 * arbiters' seats. */
static double farm(fixture *test, const prom_game_question *question, unsigned players, unsigned scheme)
{
    const prom_game *game = build_game(test, question, question->P.n);
    double *weights = calloc(game->tree.ending_count, sizeof *weights);
    double *scratch = calloc(game->tree.node_count, sizeof *scratch);
    assert_true(weights != NULL && scratch != NULL);
    for (size_t i = 0; i < game->tree.ending_count; i++) {
        for (prom_game_player player = PROM_GAME_C; player < PROM_GAME_PLAYERS; player++) {
            const bool in = (players & PROM_GAME_PLAYER(player)) != 0;
            weights[i] += in ? game->tree.values[i * PROM_GAME_PLAYERS + player] : 0;
        }
        weights[i] = game->outcomes[i].scheme == scheme ? weights[i] : -1e15;
    }
    const double most = prom_game_optimum(&game->tree, players, weights, false, NULL, scratch);
    free(weights);
    free(scratch);
    return most;
}

/* n rho <= [alpha w] and n rho <= [delta w]: a worker that owns the seats takes the retainers for nothing else. The
 * verifier is the same person: one that keeps the rules accuses also where nothing came, and gets share_v of it. */
static void test_large_retainers_are_farmed(void **state)
{
    fixture *test = *state;
    prom_game_question question = loose_question();
    assert_bound(test, question, NULL);
    const unsigned one = BIT_W | BIT_V | BIT_A;
    assert_near(farm(test, &question, one, 1), 3 * 1500 - 50000);
    assert_near(farm(test, &question, one, 4), 3 * 1500 - 100000);
    assert_near(farm(test, &question, BIT_W | BIT_A, 4), 3 * 1500 - 100000 - 13334);
    question.retainer = prom_amount_of(18000);
    question.P.beta = 10000;
    assert_bound(test, question, "[alpha w]");
    assert_near(farm(test, &question, one, 1), 3 * 18000 - 50000);
    question.P.alpha = 7000;
    question.P.delta = 2000;
    assert_bound(test, question, "[delta w]");
    assert_near(farm(test, &question, one, 4), 3 * 18000 - 40000);
    assert_true(farm(test, &question, one, 1) < 0);
}

/* [eps v] - [gamma w] + b [eps a] >= share_w: else client and verifier have the result for less, by #5. */
static void test_a_small_epsilon_pays_client_and_verifier_for_stalling(void **state)
{
    fixture *test = *state;
    prom_game_question question = loose_question();
    assert_bound(test, question, NULL);
    assert_null(finding_of(solve(test, &question), PROM_RISK_STALLING_PAYS));
    question.P.epsilon = 600;
    assert_bound(test, question, "[epsilon v]");
    const prom_game_attack *attack = attack_of(solve(test, &question), PROM_RISK_STALLING_PAYS);
    assert_attack(attack, BIT_C | BIT_V | BIT_A, 5, PROM_GAME_W);
    assert_int_equal(attack->group.m, 2);
    /* They save share_w, get [gamma w], and lose epsilon of three stakes, and the retainers of two. Of what they would
     * have got, share_v is the client's and the verifier's. Who does not verify saves y without stalling too. */
    assert_near(attack->gain, 119999 + 10000 - 12000 - 2 * 15000 - 2 * 1500 - 2 * 240);
}

/* [eps w] + b [eps a] >= [delta w] + share_v: else a worker at fault loses less by #5. */
static void test_a_small_epsilon_pays_a_worker_at_fault_for_stalling(void **state)
{
    fixture *test = *state;
    prom_game_question question = loose_question();
    question.c = prom_amount_of(20000);
    question.setting = prom_game_setting_default(&question.P, question.c);
    question.setting.interest = 0;
    question.P.epsilon = 1700;
    assert_bound(test, question, NULL);
    assert_null(finding_of(solve(test, &question), PROM_RISK_STALLING_PAYS));
    question.P.epsilon = 600;
    assert_bound(test, question, "[epsilon w]");
    const prom_game_attack *attack = attack_of(solve(test, &question), PROM_RISK_STALLING_PAYS);
    assert_int_equal(ending_of(attack)->scheme, 5);
    assert_int_equal(attack->group.players & BIT_W, BIT_W);
    assert_int_equal(attack->group.players & BIT_V, 0);
    assert_true(attack->gain > 1);
    /* More than by #4; its own two arbiters would give it a part of w back, by #6. */
    const double by_stalling = -12000 - 2 * 15000;
    const double by_deciding = -200000 + 2 * 66666 + 2 * 1500 - 2 * sat_of(question.setting.arbitration);
    const double client = (attack->group.players & BIT_C) != 0 ? 10000 : 0;
    assert_near(attack->gain, by_stalling + client - by_deciding);
}

/* [delta w] + share_v <= w: else a worker at fault appeals. */
static void test_a_dear_admission_makes_a_worker_at_fault_appeal(void **state)
{
    fixture *test = *state;
    prom_game_question question = loose_question();
    assert_bound(test, question, NULL);
    question.P.delta = 9500;
    assert_bound(test, question, "[delta w] + share_v");
    const prom_game_solution *it = solve(test, &question);
    prom_game_condition conditions[64];
    size_t count = 0;
    double appeal = 1;
    assert_ok(prom_game_conditions(&test->arena, conditions, 64, &count, it, &test->error), &test->error);
    for (size_t i = 0; i < count; i++) {
        appeal = conditions[i].claim == PROM_CLAIM_APPEAL ? conditions[i].value : appeal;
    }
    assert_near(appeal, 200000 - 190000 - 13334);
}

/* A P that is none, and payouts that cannot be. */
static void test_a_bound_is_named(void **state)
{
    fixture *test = *state;
    static const struct {
        const char *name;
        double value;
        const char *says;
    } cases[] = {
        {"w", 300000, "w"},
        {"a", 200000, "a"},
        {"mu", 5000, "mu"},
        {"t1", 18, "t1"},
        {"t2", 170, "t2"},
        {"t3", 300, "t3"},
        {"t4", 50, "t4"},
        {"c", 200000, "c is"},
        {"gamma", 2600, "gamma"},
        {"sigma", 0, "sigma"},
        {"audit", 20, "audit"},
        {"c", 0, "c is"},
        {"retainer", 17000, "n rho"},
        {"epsilon", 600, "epsilon"},
        {"alpha", 10001, "alpha"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        prom_game_question question = small_question(3);
        question.setting.compute = 1;
        prom_game_parameter_set(&question, prom_game_parameter_find(cases[i].name), cases[i].value);
        assert_bound(test, question, cases[i].says);
    }
    /* Of the paper's game no bound is asked. */
    prom_game_question paper = paper_question();
    paper.P.epsilon = 600;
    assert_bound(test, paper, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_a_small_beta_pays_a_silent_verifier),
        FIXTURE_TEST(test_large_retainers_are_farmed),
        FIXTURE_TEST(test_a_small_epsilon_pays_client_and_verifier_for_stalling),
        FIXTURE_TEST(test_a_small_epsilon_pays_a_worker_at_fault_for_stalling),
        FIXTURE_TEST(test_a_dear_admission_makes_a_worker_at_fault_appeal),
        FIXTURE_TEST(test_a_bound_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
