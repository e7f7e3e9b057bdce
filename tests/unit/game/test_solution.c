#include "game/solution_parts.h"

#include "game/solutions.h"
#include "prometheus/game/odds.h"

/* -- The contracts that are recommended -- */

/* As `prom contract example` has them. */
static const struct recommended {
    const char *network;
    uint8_t n;
    uint16_t mu, epsilon;
    uint16_t t1, t2, t3, t4;
    uint64_t w, v, a, c, retainer;
} RECOMMENDED[] = {
    {"main", 3, 6000, 2500, 144, 288, 432, 144, 200000, 200000, 250000, 133333, 1500},
    {"main", 5, 6000, 2000, 288, 432, 576, 144, 2000000, 2000000, 2500000, 1333333, 3500},
    {"main", 9, 5500, 1500, 432, 720, 864, 288, 20000000, 20000000, 25000000, 13333333, 20000},
    {"regtest", 3, 6000, 3000, 144, 216, 288, 144, 2000000, 2500000, 3000000, 1000000, 10000},
};

static prom_game_question recommended(fixture *test, size_t index)
{
    const struct recommended *it = &RECOMMENDED[index];
    prom_game_question question = small_question(it->n);
    prom_parameters *P = &question.P;
    P->w = prom_amount_of(it->w);
    P->v = prom_amount_of(it->v);
    P->a = prom_amount_of(it->a);
    P->mu = it->mu;
    P->epsilon = it->epsilon;
    P->t1 = it->t1;
    P->t2 = it->t2;
    P->t3 = it->t3;
    P->t4 = it->t4;
    question.network = prom_chain_parameters_by_name(it->network);
    if (strcmp(it->network, "regtest") == 0) {
        P->alpha = 5000;
        P->beta = 5000;
        P->gamma = 2000;
        P->varsigma = 10000;
    }
    question.c = prom_amount_of(it->c);
    question.retainer = prom_amount_of(it->retainer);
    question.setting = prom_game_setting_default(P, question.c);
    set_fund(test, &question);
    return question;
}

/* Nobody is robbed; that laziness pays, and that worker and verifier may be one person, is said with numbers. */
static void check_recommended(fixture *test, const prom_game_question *question)
{
    const prom_game_solution *it = solve(test, question);
    const double y = sat_of(question->setting.y);
    const double z = sat_of(question->setting.z);
    assert_string_equal(it->bound.sentence, "");
    assert_null(prom_game_refusal(it, 0));
    assert_true(it->immune);
    assert_false(it->nash);
    assert_false(it->coalition_proof);
    assert_false(it->subgame_perfect);
    const prom_game_attack *lazy = attack_of(it, PROM_RISK_LAZY_VERIFIER);
    assert_near(lazy->gain, y);
    assert_int_equal(lazy->group.players, BIT_V);
    assert_int_equal(lazy->victim, PROM_GAME_PLAYERS);
    assert_int_equal(ending_of(lazy)->scheme, 3);
    const prom_game_attack *one = attack_of(it, PROM_RISK_WORKER_IS_VERIFIER);
    assert_attack(one, BIT_W | BIT_V, 3, PROM_GAME_C);
    const double locked = sat_of(prom_amount_add(question->P.w, question->P.v)); /* for less time */
    const double saved = prom_odds_interest(locked, question->setting.interest, question->P.t1);
    assert_true(one->gain >= z + y && one->gain < z + y + saved);
    assert_within(one->loss, sat_of(question->setting.benefit), saved);
    assert_int_equal(prom_game_weakest(it)->risk, PROM_RISK_WORKER_IS_VERIFIER);
    assert_null(finding_of(it, PROM_RISK_WORKER_UNPAID));
    assert_null(finding_of(it, PROM_RISK_VERIFIER_UNPAID));
    assert_null(finding_of(it, PROM_RISK_CLIENT_UNPAID));
    assert_null(finding_of(it, PROM_RISK_ARBITER_UNPAID));
}

static void test_recommended_contracts_rob_nobody(void **state)
{
    fixture *test = *state;
    for (size_t i = 0; i < COUNT_OF(RECOMMENDED); i++) {
        const prom_game_question question = recommended(test, i);
        prom_game_question whole = question;
        whole.samples = false;
        check_recommended(test, &question);
        check_recommended(test, &whole);
    }
}

/* Every group within the assumption gains at most what it saves by not working; no more than worker and verifier do. */
static void test_nobody_else_gains(void **state)
{
    fixture *test = *state;
    const prom_game_question question = recommended(test, 2);
    const prom_game_solution *it = solve(test, &question);
    const uint32_t tolerated = 4;
    for (size_t index = 0; index < PROM_GAME_GROUPS; index++) {
        for (uint32_t m = 0; m <= tolerated; m++) {
            const prom_game_attack *attack = &it->gains[index][m];
            const bool one_person = (index & (GROUP_W | GROUP_V)) == (GROUP_W | GROUP_V);
            const double saved = (index & GROUP_V) != 0 ? sat_of(question.setting.y) : 0;
            assert_true(index < GROUP_F || attack->game == NULL);
            assert_true(one_person || attack->gain < saved + 1e-6);
        }
    }
    assert_int_equal(it->seats[0].m, 5);
    assert_int_equal(it->seats[1].m, 5);
    assert_true(it->gains[GROUP_C | GROUP_V][5].gain > sat_of(question.c)); /* beyond it they rob the worker */
    assert_null(it->games[3]);                                              /* nothing is to be learnt from it */
}

/* -- What all get when all keep the rules -- */

static void test_honest_play_pays_by_the_table(void **state)
{
    fixture *test = *state;
    prom_game_question question = safe_question(test, 5);
    question.setting.interest = 0;
    const prom_game_solution *it = solve(test, &question);
    const double fees = 101 * 5;
    const double c = 133333;
    const double share_w = 119999;
    assert_near(it->honest[PROM_GAME_W], share_w - sat_of(question.setting.z) - fees);
    assert_near(it->honest[PROM_GAME_V], c - share_w - sat_of(question.setting.y) - fees);
    assert_near(it->honest[PROM_GAME_A], 1500);
    assert_near(it->honest[PROM_GAME_H], 5 * 1500);
    assert_near(it->honest[PROM_GAME_F], 0);
    assert_near(it->promised[PROM_GAME_C], -c - 5 * 1500);
    assert_near(it->promised[PROM_GAME_W], share_w);
    assert_near(it->promised[PROM_GAME_V], 0);
    assert_near(it->promised[PROM_GAME_A], 1500);
}

static void test_who_is_not_paid_stays_away(void **state)
{
    fixture *test = *state;
    const prom_game_question paid = safe_question(test, 3);
    const prom_game_solution *before = solve(test, &paid);
    const struct {
        prom_game_risk risk;
        prom_game_player player;
        prom_amount *cost;
    } cases[] = {{PROM_RISK_WORKER_UNPAID, PROM_GAME_W, NULL},
                 {PROM_RISK_VERIFIER_UNPAID, PROM_GAME_V, NULL},
                 {PROM_RISK_CLIENT_UNPAID, PROM_GAME_C, NULL}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        for (int more = 0; more < 2; more++) {
            prom_game_question question = paid;
            prom_game_setting *setting = &question.setting;
            prom_amount *const costs[] = {&setting->z, &setting->y, &setting->benefit};
            const double has = before->honest[cases[i].player];
            const uint64_t enough = (uint64_t)has + (uint64_t)more; /* the worker and the verifier just come, or not */
            *costs[i] = i == 2 ? prom_amount_subtract(*costs[i], prom_amount_of(enough))
                               : prom_amount_add(*costs[i], prom_amount_of(enough));
            const prom_game_finding *finding = finding_of(solve(test, &question), cases[i].risk);
            assert_int_equal(finding != NULL, more);
            assert_true(finding == NULL || (finding->amount > 0 && finding->amount <= 1 && !finding->has_attack));
        }
    }
    prom_game_question poor = paid;
    poor.retainer = prom_amount_of(9); /* 10 would pay the interest on a */
    assert_non_null(finding_of(solve(test, &poor), PROM_RISK_ARBITER_UNPAID));
    poor.retainer = prom_amount_of(10);
    assert_null(finding_of(solve(test, &poor), PROM_RISK_ARBITER_UNPAID));
}

/* -- Others -- */

/* Who owns F gains from a failure: most of all from an arbitration without a decision. That it saves the work of
 * verifying is not by that. */
static void test_a_fund_that_is_owned_is_said(void **state)
{
    fixture *test = *state;
    prom_game_question question = safe_question(test, 3);
    assert_null(finding_of(solve(test, &question), PROM_RISK_FUND_OWNED));
    question.fund_is_nobodys = false;
    const prom_game_solution *it = solve(test, &question);
    assert_near(it->gains[GROUP_V | GROUP_F][0].gain, it->gains[GROUP_V][0].gain);
    assert_near(it->gains[GROUP_F][0].gain, 0);
    const prom_game_attack *attack = attack_of(it, PROM_RISK_FUND_OWNED);
    assert_attack(attack, BIT_C | BIT_V | BIT_A | BIT_F, 5, PROM_GAME_W);
    assert_non_null(prom_game_refusal(it, 0));
    assert_null(prom_game_refusal(it, 1U << PROM_RISK_FUND_OWNED));
    /* Whose work is worth less than what a silent worker loses to itself needs no arbiters. */
    question.setting.z = prom_amount_of(175000);
    it = solve(test, &question);
    assert_true(it->gains[GROUP_W | GROUP_F][0].gain > it->gains[GROUP_W][0].gain + 40000);
}

/* A worker that can choose among enough seeds skips an item, and is hardly ever found. */
static void test_grinding_is_found(void **state)
{
    fixture *test = *state;
    prom_game_question question = safe_question(test, 3);
    question.setting.rolls = 3;
    const prom_game_attack *attack = attack_of(solve(test, &question), PROM_RISK_COALITION_GAINS);
    assert_attack(attack, BIT_W, 3, PROM_GAME_C);
    /* It saves a hundredth of z, and is found with a chance of 0.1^3. */
    const double lost = 133333 + 100000;
    assert_within(attack->gain, sat_of(question.setting.z) / 100 - lost / 1000, 1);
}

/* A verifier that is silent, and a client that does not mind, save the work of verifying: the worker is paid by #2. The
 * arbiters have to wait for their stakes, but nobody is paid less: that is laziness, and no attack. */
static void test_who_only_waits_is_no_victim(void **state)
{
    fixture *test = *state;
    prom_game_question question = safe_question(test, 3);
    question.setting.interest = 300;
    const prom_game_solution *it = solve(test, &question);
    const prom_game_attack *attack = &it->gains[GROUP_C | GROUP_V][0];
    assert_int_equal(ending_of(attack)->scheme, 2);
    assert_true(attack->gain > sat_of(question.setting.y));
    assert_true(value_of(attack, PROM_GAME_H) < it->honest[PROM_GAME_H] - 100);
    assert_int_equal(attack->victim, PROM_GAME_PLAYERS);
    assert_null(finding_of(it, PROM_RISK_COALITION_GAINS));
}

/* A client that is to check, always or now and then, saves that where the worker keeps the rules. It is not the
 * verifier's laziness, which is gone where looking costs nothing. */
static void test_a_client_that_does_not_check_is_said(void **state)
{
    fixture *test = *state;
    static const uint32_t rates[] = {0, 2000, 8000, 10000};
    for (size_t i = 0; i < COUNT_OF(rates); i++) {
        for (int y = 0; y < 2; y++) {
            prom_game_question question = safe_question(test, 3);
            question.setting.q = rates[i];
            question.setting.y = prom_amount_of((uint64_t)y);
            const prom_game_solution *it = solve(test, &question);
            assert_int_equal(finding_of(it, PROM_RISK_LAZY_VERIFIER) != NULL, y);
            if (rates[i] == 0) {
                assert_null(finding_of(it, PROM_RISK_LAZY_CLIENT));
                continue;
            }
            const prom_game_attack *attack = attack_of(it, PROM_RISK_LAZY_CLIENT);
            assert_int_equal(attack->group.players, BIT_C);
            assert_near(attack->gain, sat_of(question.setting.check) * rates[i] / PROM_BASIS_POINTS_ONE);
            assert_int_equal(ending_of(attack)->facts & PROM_GAME_CHECKED, 0);
            assert_int_equal(prom_game_breaches(&attack->game->tree, attack->ending), 1);
            assert_false(it->nash);
        }
    }
}

/* To accuse pays share_v as to accept does, but later. */
static void test_a_slow_accuser_loses_interest(void **state)
{
    fixture *test = *state;
    prom_game_question question = safe_question(test, 3);
    const prom_game_attack *attack = attack_of(solve(test, &question), PROM_RISK_SLOW_ACCUSER);
    assert_near(attack->gain, prom_odds_interest(200000, 500, 290) - prom_odds_interest(200000, 500, 38));
    assert_true((ending_of(attack)->facts & PROM_GAME_VERIFIED) != 0);
    assert_int_equal(ending_of(attack)->facts & PROM_GAME_GOOD, 0);
    question.setting.interest = 0;
    assert_null(finding_of(solve(test, &question), PROM_RISK_SLOW_ACCUSER));
}

/* Where work and time cost nothing, to keep the rules is best for each, whatever was done before. */
static void test_a_contract_can_be_subgame_perfect(void **state)
{
    fixture *test = *state;
    for (uint8_t n = 3; n <= 5; n += 2) {
        prom_game_question question = safe_question(test, n);
        question.setting.y = prom_amount_zero();
        question.setting.arbitration = prom_amount_zero();
        question.setting.check = prom_amount_zero();
        question.setting.interest = 0;
        assert_true(solve(test, &question)->subgame_perfect);
        question.setting.arbitration = prom_amount_of(1);
        assert_false(solve(test, &question)->subgame_perfect);
        question.setting.arbitration = prom_amount_zero();
        question.setting.y = prom_amount_of(1); /* on the path, where the verifier does not know what it got */
        assert_false(solve(test, &question)->subgame_perfect);
    }
}

/* Sums of ten thousand bitcoin are no more exact than to some ten thousandths of a satoshi: nobody gains by that. */
static void test_large_amounts_err_by_nothing(void **state)
{
    fixture *test = *state;
    static const char *const amounts[] = {"w", "v", "a", "c", "retainer", "z", "arbitration", "benefit"};
    for (int step = 1; step <= 12; step++) {
        prom_game_question question = safe_question(test, 5);
        for (size_t i = 0; i < COUNT_OF(amounts); i++) {
            const size_t index = prom_game_parameter_find(amounts[i]);
            const double factor = 271123.37 * step;
            prom_game_parameter_set(&question, index, prom_game_parameter_get(&question, index) * factor);
        }
        question.setting.y = prom_amount_zero();
        question.setting.check = prom_amount_zero();
        question.setting.audit = 100;
        question.setting.q = 3333;
        question.setting.interest = 1234;
        question.feerate = 7;
        const prom_game_solution *it = solve(test, &question);
        for (size_t index = 0; index < PROM_GAME_GROUPS / 2; index++) {
            for (uint32_t m = 0; m <= 3; m++) {
                assert_true(it->gains[index][m].gain == 0 || it->gains[index][m].gain > 1);
            }
        }
        assert_true(it->immune && it->nash);
    }
}

static void test_a_question_that_is_none_is_refused(void **state)
{
    fixture *test = *state;
    prom_game_solution *solution = NULL;
    prom_game_question question = safe_question(test, 3);
    question.setting.q = 10001;
    assert_fails(prom_game_solve(&test->arena, &solution, test->curve, &question, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "q is 10001");
    question = paper_question();
    question.P.mu = 3000;
    assert_fails(prom_game_solve(&test->arena, &solution, test->curve, &question, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "1 of 3 arbiters decide");
}

/* A verdict says the same as the whole solution. */
static void test_a_verdict_is_the_solutions(void **state)
{
    fixture *test = *state;
    const prom_game_question question = safe_question(test, 5);
    const prom_game_solution *whole = solve(test, &question);
    prom_game_solution *verdict = NULL;
    assert_ok(prom_game_judge(&test->arena, &verdict, test->curve, &question, &test->error), &test->error);
    assert_int_equal(verdict->finding_count, whole->finding_count);
    for (size_t i = 0; i < whole->finding_count; i++) {
        assert_int_equal(verdict->findings[i].risk, whole->findings[i].risk);
        assert_near(verdict->findings[i].amount, whole->findings[i].amount);
    }
    assert_int_equal(verdict->grief_count, 0);
    assert_int_equal(verdict->equilibrium_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_recommended_contracts_rob_nobody),  FIXTURE_TEST(test_nobody_else_gains),
        FIXTURE_TEST(test_honest_play_pays_by_the_table),     FIXTURE_TEST(test_who_is_not_paid_stays_away),
        FIXTURE_TEST(test_a_fund_that_is_owned_is_said),      FIXTURE_TEST(test_grinding_is_found),
        FIXTURE_TEST(test_who_only_waits_is_no_victim),       FIXTURE_TEST(test_a_slow_accuser_loses_interest),
        FIXTURE_TEST(test_a_contract_can_be_subgame_perfect), FIXTURE_TEST(test_a_client_that_does_not_check_is_said),
        FIXTURE_TEST(test_large_amounts_err_by_nothing),      FIXTURE_TEST(test_a_question_that_is_none_is_refused),
        FIXTURE_TEST(test_a_verdict_is_the_solutions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
