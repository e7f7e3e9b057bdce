/* The paper's game, as it is written: what docs/protocol.md says that it changed, the game finds by itself. */
#include "game/solutions.h"

/* E6: the verifier signs Tx5 for itself and withholds TxA: the worker has delivered, and cannot appeal. */
static void test_a_verifier_robs_the_worker(void **state)
{
    const prom_game_question question = paper_question();
    const prom_game_attack *attack = attack_of(solve(*state, &question), PROM_RISK_WORKER_ROBBED);
    assert_int_equal(attack->group.players, BIT_V);
    assert_int_equal(attack->victim, PROM_GAME_W);
    assert_int_equal(ending_of(attack)->scheme, 4);
    assert_near(attack->loss, 119999 + 13334 + 100000); /* its share, the verifier's, [delta w] */
    assert_true(attack->gain > 0);                      /* what verifying costs */
}

/* E7: after r = 1 the worker takes Tx3 all the same, which pays [beta v] to its friend, the client. */
static void test_client_and_worker_rob_the_verifier(void **state)
{
    fixture *test = *state;
    const prom_game_question question = paper_question();
    const prom_game_solution *it = solve(test, &question);
    assert_non_null(finding_of(it, PROM_RISK_VERIFIER_ROBBED));
    const prom_game_attack *attack = &it->gains[GROUP_C | GROUP_W][0];
    assert_attack(attack, BIT_C | BIT_W, 2, PROM_GAME_V);
    assert_true((ending_of(attack)->facts & PROM_GAME_VERDICT_1) != 0);
    assert_within(attack->gain, 150000 + 13334, 500); /* [beta v], and share_v, less the interest of the time */
    /* In ours the verifier publishes the verdict by itself. */
    prom_game_question ours = question;
    ours.rules = PROM_GAME_RULES_CONTRACT;
    set_fund(test, &ours);
    const prom_game_solution *safe = solve(test, &ours);
    assert_near(safe->gains[GROUP_C | GROUP_W][0].gain, 0);
    assert_null(finding_of(safe, PROM_RISK_VERIFIER_ROBBED));
}

/* E8: nobody but the parties knows what was delivered: the worker shows it to the arbiters only, and has the verifier
 * that waited in vain punished. */
static void test_a_worker_claims_that_it_delivered(void **state)
{
    const prom_game_question question = paper_question();
    const prom_game_attack *attack = attack_of(solve(*state, &question), PROM_RISK_VERIFIER_ROBBED);
    assert_int_equal(attack->group.players, BIT_W);
    assert_int_equal(ending_of(attack)->scheme, 7);
    assert_int_equal(ending_of(attack)->facts & PROM_GAME_DELIVERED, 0);
    assert_near(attack->loss, 200000);
    assert_within(attack->gain, 13334, 10);
}

/* E17: the only equilibrium in which the verifier is not robbed is that the worker cheats and the verifier signs
 * blindly. */
static void test_honest_verification_is_no_equilibrium(void **state)
{
    enum { GARBAGE = 2, SIGNS = 1 };
    const prom_game_question question = paper_question();
    const prom_game_solution *it = solve(*state, &question);
    const prom_mixed_equilibrium *first = &it->equilibria[0];
    assert_near(attack_of(it, PROM_RISK_LAZY_VERIFIER)->gain, sat_of(question.setting.y));
    assert_false(it->nash);
    assert_true(it->equilibrium_count > 0 && first->pure);
    assert_true(first->chance[0][GARBAGE] > 0.999 && first->chance[1][SIGNS] > 0.999);
    for (size_t i = 0; i < it->equilibrium_count; i++) {
        assert_true(it->equilibria[i].chance[0][0] < 0.001); /* in none the worker computes */
    }
}

/* E18: whoever's late signature is needed leaves the coins of all where they are. */
static void test_one_locks_the_coins_of_all(void **state)
{
    fixture *test = *state;
    const prom_game_question question = paper_question();
    const prom_game_attack *attack = attack_of(solve(test, &question), PROM_RISK_LOCKED);
    assert_int_equal(ending_of(attack)->scheme, PROM_GAME_SCHEME_LOCKED);
    assert_int_equal(attack->group.players, BIT_C);
    unsigned breaches = 0; /* the worker holds h_p back, the verifier does not sign Tx1, nor the client Tx2 */
    for (uint32_t at = attack->ending; at != 0; at = attack->game->tree.nodes[at].parent) {
        const prom_game_node *parent = &attack->game->tree.nodes[attack->game->tree.nodes[at].parent];
        breaches += parent->kind == PROM_GAME_DECISION && at != parent->first_child + parent->honest;
    }
    assert_int_equal(breaches, 3);
    const prom_game_question ours = safe_question(test, 3);
    const prom_game_solution *safe = solve(test, &ours);
    assert_null(finding_of(safe, PROM_RISK_LOCKED));
    for (uint32_t m = 0; m <= 2; m++) {
        for (size_t i = 0; i < safe->games[m]->tree.ending_count; i++) {
            assert_int_not_equal(safe->games[m]->outcomes[i].scheme, PROM_GAME_SCHEME_LOCKED);
        }
    }
}

/* E19: Tx8 waits for the worker, and without it all arbiters lose. */
static void test_a_worker_extorts_the_arbiters(void **state)
{
    const prom_game_question question = paper_question();
    const prom_game_attack *attack = attack_of(solve(*state, &question), PROM_RISK_ARBITER_ROBBED);
    assert_int_equal(attack->group.players & BIT_W, BIT_W);
    assert_int_equal(ending_of(attack)->scheme, 5);
    assert_near(attack->loss, 3 * 62500);
}

/* E20: an arbiter has no reason to come. */
static void test_an_arbiter_is_not_paid(void **state)
{
    const prom_game_question question = paper_question();
    const prom_game_finding *finding = finding_of(solve(*state, &question), PROM_RISK_ARBITER_UNPAID);
    assert_non_null(finding);
    assert_true(finding->amount > 5); /* the interest on a */
}

/* E26: F is anybody's key, the worker's or the client's. */
static void test_the_funds_owner_gains_from_failures(void **state)
{
    prom_game_question question = paper_question();
    question.fund_is_nobodys = false;
    const prom_game_attack *attack = attack_of(solve(*state, &question), PROM_RISK_FUND_OWNED);
    assert_int_equal(attack->group.players & BIT_F, BIT_F);
    assert_true(attack->gain > 50000);
}

/* E27: the fewer sign, the more each of them gets. */
static void test_arbiters_leave_others_out(void **state)
{
    fixture *test = *state;
    const prom_game_question question = paper_question();
    const prom_game_attack *attack = attack_of(solve(test, &question), PROM_RISK_ARBITERS_LEFT_OUT);
    assert_int_equal(attack->group.m, 2);
    assert_int_equal(ending_of(attack)->deciders_a, 2);
    assert_int_equal(ending_of(attack)->deciders_h, 0);
    assert_within(attack->gain, 200000.0 - 2 * 200000.0 / 3, 1);
    const prom_game_question ours = safe_question(test, 3);
    assert_null(finding_of(solve(test, &ours), PROM_RISK_ARBITERS_LEFT_OUT));
}

/* E28: nothing bounds epsilon. */
static void test_stalling_pays(void **state)
{
    fixture *test = *state;
    prom_game_question question = paper_question();
    assert_null(finding_of(solve(test, &question), PROM_RISK_STALLING_PAYS));
    question.P.epsilon = 600;
    const prom_game_attack *attack = attack_of(solve(test, &question), PROM_RISK_STALLING_PAYS);
    assert_int_equal(ending_of(attack)->scheme, 5);
    assert_int_equal(attack->group.m, 2);
    assert_true(attack->gain > 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_a_verifier_robs_the_worker),
        FIXTURE_TEST(test_client_and_worker_rob_the_verifier),
        FIXTURE_TEST(test_a_worker_claims_that_it_delivered),
        FIXTURE_TEST(test_honest_verification_is_no_equilibrium),
        FIXTURE_TEST(test_one_locks_the_coins_of_all),
        FIXTURE_TEST(test_a_worker_extorts_the_arbiters),
        FIXTURE_TEST(test_an_arbiter_is_not_paid),
        FIXTURE_TEST(test_the_funds_owner_gains_from_failures),
        FIXTURE_TEST(test_arbiters_leave_others_out),
        FIXTURE_TEST(test_stalling_pays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
