/* Which risk a gain is. */
#include "game/solution_parts.h"

#include "game/solutions.h"

typedef struct gain {
    size_t index;
    uint32_t m;
    double amount;
    prom_game_player victim;
    uint8_t scheme; /* that it ends in, the client without a result; or one of these */
} gain;

enum { AS_RULED, UNVERIFIED = 100, UNCHECKED, NEITHER };

/* An ending in this scheme, without a right result. */
static uint32_t ending_in(const prom_game *game, uint8_t scheme)
{
    uint32_t at = 0;
    while (game->tree.nodes[at].kind != PROM_GAME_ENDING || prom_game_outcome_at(game, at)->scheme != scheme ||
           (prom_game_outcome_at(game, at)->facts & PROM_GAME_RESULT) != 0) {
        at++;
        assert_true(at < game->tree.node_count);
    }
    return at;
}

/* An ending by way of a decision not to do what makes the facts, and by nothing else against the rules. */
static uint32_t ending_without(const prom_game *game, unsigned facts, unsigned breaches)
{
    const unsigned both = PROM_GAME_VERIFIED | PROM_GAME_CHECKED;
    uint32_t at = 0;
    while (game->tree.nodes[at].kind != PROM_GAME_ENDING || prom_game_breaches(&game->tree, at) != breaches ||
           prom_game_outcome_at(game, at)->scheme != 3 ||
           (prom_game_outcome_at(game, at)->facts & both) != (both & ~facts)) {
        at++;
        assert_true(at < game->tree.node_count);
    }
    return at;
}

static uint32_t ending_for(const prom_game *game, uint8_t scheme)
{
    switch (scheme) {
    case AS_RULED:
        return prom_game_follow(&game->tree, 0, 0, NULL);
    case UNVERIFIED:
        return ending_without(game, PROM_GAME_VERIFIED, 1);
    case UNCHECKED:
        return ending_without(game, PROM_GAME_CHECKED, 1);
    case NEITHER:
        return ending_without(game, PROM_GAME_VERIFIED | PROM_GAME_CHECKED, 2);
    default:
        return ending_in(game, scheme);
    }
}

/* A solution in which these groups gain, of n = 3, k = 2. */
static prom_game_solution *made_of(fixture *test, const prom_game_question *question, const gain *gains, size_t count)
{
    prom_game_solution *made = NULL;
    void *memory = NULL;
    assert_ok(prom_arena_alloc(&test->arena, &memory, 1, sizeof *made, &test->error), &test->error);
    made = memory;
    made->question = question;
    for (uint32_t m = 0; m <= 1; m++) {
        made->games[m] = build_game(test, question, m);
        for (size_t index = 0; index < PROM_GAME_GROUPS; index++) {
            made->gains[index][m] = (prom_game_attack){
                .group = {prom_game_group_players(index, m), m}, .victim = PROM_GAME_PLAYERS, .game = made->games[m]};
        }
    }
    for (size_t i = 0; i < count; i++) {
        made->gains[gains[i].index][gains[i].m].gain = gains[i].amount;
        made->gains[gains[i].index][gains[i].m].victim = gains[i].victim;
        made->gains[gains[i].index][gains[i].m].ending = ending_for(made->games[gains[i].m], gains[i].scheme);
    }
    return made;
}

static void test_a_gain_is_one_risk(void **state)
{
    static const struct {
        size_t index;
        uint32_t m;
        prom_game_player victim;
        uint8_t scheme;
        prom_game_risk risk;
    } cases[] = {
        {GROUP_V, 0, PROM_GAME_PLAYERS, UNVERIFIED, PROM_RISK_LAZY_VERIFIER},
        {GROUP_C | GROUP_V, 1, PROM_GAME_PLAYERS, UNVERIFIED, PROM_RISK_LAZY_VERIFIER},
        {GROUP_C, 0, PROM_GAME_PLAYERS, UNCHECKED, PROM_RISK_LAZY_CLIENT},
        /* Who saves by not checking is no lazy verifier, whoever is in it as well. */
        {GROUP_C | GROUP_V, 0, PROM_GAME_PLAYERS, UNCHECKED, PROM_RISK_LAZY_CLIENT},
        /* What both save together is each one's own: it is said of the smaller groups. */
        {GROUP_C | GROUP_V, 0, PROM_GAME_PLAYERS, NEITHER, PROM_RISKS},
        {GROUP_C | GROUP_V, 1, PROM_GAME_PLAYERS, AS_RULED, PROM_RISKS},
        {GROUP_V, 0, PROM_GAME_PLAYERS, 2, PROM_RISKS}, /* and nobody loses */
        {GROUP_V, 0, PROM_GAME_W, 4, PROM_RISK_COALITION_GAINS},
        {GROUP_V, 1, PROM_GAME_C, 3, PROM_RISK_COALITION_GAINS},
        {GROUP_W | GROUP_V, 0, PROM_GAME_C, 3, PROM_RISK_WORKER_IS_VERIFIER},
        {GROUP_W | GROUP_V, 1, PROM_GAME_C, 3, PROM_RISK_WORKER_IS_VERIFIER},
        {GROUP_W, 0, PROM_GAME_C, 3, PROM_RISK_COALITION_GAINS},
        /* The coins are home, the retainers spent: somebody did not do its part, and robbed nobody. */
        {GROUP_W, 0, PROM_GAME_C, 1, PROM_RISK_DEFAULT_PAYS},
        {GROUP_W | GROUP_V, 1, PROM_GAME_C, 4, PROM_RISK_DEFAULT_PAYS},
        {GROUP_W, 1, PROM_GAME_PLAYERS, 0, PROM_RISKS}, /* nobody's loss, and not the verifier's laziness */
        {GROUP_W | GROUP_F, 0, PROM_GAME_C, 1, PROM_RISK_FUND_OWNED},
        {GROUP_F, 1, PROM_GAME_H, 0, PROM_RISK_FUND_OWNED},
    };
    fixture *test = *state;
    prom_game_question question = small_question(3);
    question.fund_is_nobodys = false;
    question.setting.q = PROM_BASIS_POINTS_ONE;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const gain only = {cases[i].index, cases[i].m, 10, cases[i].victim, cases[i].scheme};
        prom_game_solution *it = made_of(test, &question, &only, 1);
        prom_game_find_gains(it);
        assert_int_equal(it->finding_count, cases[i].risk != PROM_RISKS);
        assert_true(cases[i].risk == PROM_RISKS || it->findings[0].risk == cases[i].risk);
    }
}

/* What the same group gains without F is not F's. */
static void test_the_fund_is_blamed_for_what_it_adds(void **state)
{
    fixture *test = *state;
    prom_game_question question = small_question(3);
    question.fund_is_nobodys = false;
    const gain same[] = {{GROUP_V, 0, 10, PROM_GAME_PLAYERS, 0}, {GROUP_V | GROUP_F, 0, 10, PROM_GAME_PLAYERS, 0}};
    const gain more[] = {{GROUP_V, 0, 10, PROM_GAME_PLAYERS, 0}, {GROUP_V | GROUP_F, 0, 11, PROM_GAME_PLAYERS, 0}};
    prom_game_solution *it = made_of(test, &question, same, 2);
    prom_game_find_gains(it);
    assert_null(finding_of(it, PROM_RISK_FUND_OWNED));
    it = made_of(test, &question, more, 2);
    prom_game_find_gains(it);
    assert_non_null(finding_of(it, PROM_RISK_FUND_OWNED));
    /* A fund that is nobody's is in no group. */
    question.fund_is_nobodys = true;
    it = made_of(test, &question, more, 2);
    prom_game_find_gains(it);
    assert_null(finding_of(it, PROM_RISK_FUND_OWNED));
}

/* Of one risk the smallest group stands for all, however much a larger one gains; of groups of one size the one that
 * gains most. */
static void test_the_smallest_group_is_said(void **state)
{
    fixture *test = *state;
    const prom_game_question question = small_question(3);
    static const gain gains[] = {{GROUP_C | GROUP_W, 1, 900, PROM_GAME_V, 2},
                                 {GROUP_C | GROUP_W, 0, 30, PROM_GAME_V, 2},
                                 {GROUP_V, 1, 40, PROM_GAME_W, 4},
                                 {GROUP_C | GROUP_V, 0, 20, PROM_GAME_W, 4}};
    prom_game_solution *it = made_of(test, &question, gains, COUNT_OF(gains));
    prom_game_find_gains(it);
    const prom_game_attack *attack = attack_of(it, PROM_RISK_COALITION_GAINS);
    assert_int_equal(attack->group.players, BIT_V | BIT_A);
    assert_near(finding_of(it, PROM_RISK_COALITION_GAINS)->amount, 40);
}

/* The severe ones first, then those that hurt somebody most. */
static void test_findings_are_sorted(void **state)
{
    fixture *test = *state;
    const prom_game_question question = small_question(3);
    prom_game_solution *it = made_of(test, &question, NULL, 0);
    prom_game_attack attack = it->gains[GROUP_W][0];
    static const struct {
        prom_game_risk risk;
        double loss; /* below 0: no attack */
    } noted[] = {{PROM_RISK_ARBITER_UNPAID, -1}, {PROM_RISK_LAZY_VERIFIER, 0}, {PROM_RISK_WORKER_IS_VERIFIER, 7},
                 {PROM_RISK_FUND_OWNED, 2},      {PROM_RISK_LOCKED, 5},        {PROM_RISK_CLIENT_UNPAID, -1},
                 {PROM_RISK_BOUND, -1}};
    static const prom_game_risk sorted[] = {
        PROM_RISK_BOUND,         PROM_RISK_LOCKED,        PROM_RISK_FUND_OWNED,    PROM_RISK_WORKER_IS_VERIFIER,
        PROM_RISK_LAZY_VERIFIER, PROM_RISK_CLIENT_UNPAID, PROM_RISK_ARBITER_UNPAID};
    for (size_t i = 0; i < COUNT_OF(noted); i++) {
        attack.loss = noted[i].loss;
        prom_game_note(it, noted[i].risk, noted[i].loss < 0 ? NULL : &attack, 1);
    }
    prom_game_sort_findings(it);
    assert_int_equal(it->finding_count, COUNT_OF(sorted));
    for (size_t i = 0; i < COUNT_OF(sorted); i++) {
        assert_int_equal(it->findings[i].risk, sorted[i]);
    }
}

/* One finding of each risk: the larger amount, and of equal ones the one that takes fewer breaches of the rules. */
static void test_the_worst_is_noted(void **state)
{
    fixture *test = *state;
    const prom_game_question question = small_question(3);
    prom_game_solution *it = made_of(test, &question, NULL, 0);
    const prom_game *game = it->games[0];
    prom_game_attack attack = it->gains[GROUP_W][0];
    const uint32_t kept = prom_game_follow(&game->tree, 0, 0, NULL);
    const uint32_t broken = prom_game_follow(&game->tree, game->tree.nodes[0].first_child + 1, 0, NULL);
    attack.ending = broken;
    prom_game_note(it, PROM_RISK_LOCKED, &attack, 5);
    attack.ending = kept;
    prom_game_note(it, PROM_RISK_LOCKED, &attack, 4);
    assert_int_equal(it->findings[0].attack.ending, broken);
    prom_game_note(it, PROM_RISK_LOCKED, &attack, 5);
    assert_int_equal(it->findings[0].attack.ending, kept);
    attack.ending = broken;
    prom_game_note(it, PROM_RISK_LOCKED, &attack, 5);
    assert_int_equal(it->findings[0].attack.ending, kept);
    prom_game_note(it, PROM_RISK_LOCKED, &attack, 6);
    assert_int_equal(it->findings[0].attack.ending, broken);
    assert_int_equal(it->finding_count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_a_gain_is_one_risk),         FIXTURE_TEST(test_the_fund_is_blamed_for_what_it_adds),
        FIXTURE_TEST(test_the_smallest_group_is_said), FIXTURE_TEST(test_findings_are_sorted),
        FIXTURE_TEST(test_the_worst_is_noted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
