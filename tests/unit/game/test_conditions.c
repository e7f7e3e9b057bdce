#include <math.h>

#include "game/solutions.h"
#include "game/strategies.h"

enum { CONDITIONS_MAX = 256 };

typedef struct listing {
    prom_game_condition items[CONDITIONS_MAX];
    size_t count;
} listing;

static const listing *conditions_of(fixture *test, const prom_game_solution *solution)
{
    listing *made = NULL;
    void *memory = NULL;
    assert_ok(prom_arena_alloc(&test->arena, &memory, 1, sizeof *made, &test->error), &test->error);
    made = memory;
    assert_ok(prom_game_conditions(&test->arena, made->items, CONDITIONS_MAX, &made->count, solution, &test->error),
              &test->error);
    assert_true(made->count <= CONDITIONS_MAX);
    return made;
}

/* Returns the least value of the claim's forms in a game, 0 at most: how far the claim is from true. */
static double least_of(const listing *it, prom_game_claim claim, const prom_game *game)
{
    double least = 0;
    for (size_t i = 0; i < it->count; i++) {
        if (it->items[i].claim == claim) {
            least = fmin(least, prom_game_form_value(&it->items[i].form, game));
        }
    }
    return least;
}

static const struct {
    prom_game_claim claim;
    size_t group;
} GROUPS[] = {
    {PROM_CLAIM_WORKER_HONEST, GROUP_W},           {PROM_CLAIM_VERIFIER_HONEST, GROUP_V},
    {PROM_CLAIM_CLIENT_HONEST, GROUP_C},           {PROM_CLAIM_CLIENT_VERIFIER, GROUP_C | GROUP_V},
    {PROM_CLAIM_CLIENT_WORKER, GROUP_C | GROUP_W}, {PROM_CLAIM_WORKER_VERIFIER, GROUP_W | GROUP_V},
};

/* What the conditions say of a solution is what the game says. */
static void check_conditions(const listing *it, const prom_game_solution *solution)
{
    static const prom_game_player coming[] = {PROM_GAME_W, PROM_GAME_V, PROM_GAME_C, PROM_GAME_A};
    for (size_t i = 0; i < COUNT_OF(GROUPS); i++) {
        const double gain = solution->gains[GROUPS[i].group][0].gain;
        assert_within(least_of(it, GROUPS[i].claim, solution->games[0]), -gain, 1e-5);
    }
    for (size_t i = 0; i < COUNT_OF(coming); i++) {
        const double utility = solution->honest[coming[i]];
        const prom_game_claim claim = PROM_CLAIM_WORKER_COMES + (prom_game_claim)i;
        assert_within(least_of(it, claim, solution->games[0]), fmin(utility, 0), 1e-5);
    }
    const prom_game *stalled = solution->games[solution->seats[0].m];
    const bool pays = least_of(it, PROM_CLAIM_STALLING, stalled) < -1e-5;
    assert_int_equal(pays, finding_of(solution, PROM_RISK_STALLING_PAYS) != NULL);
}

static size_t kinds(prom_game_question questions[4])
{
    questions[0] = small_question(3);
    questions[1] = paper_question();
    questions[2] = small_question(5);
    questions[2].setting.audit = 100;
    questions[2].setting.q = 2500;
    questions[3] = small_question(3);
    questions[3].samples = false;
    questions[3].setting.future = 20000;
    return 4;
}

static void test_conditions_say_what_the_game_says(void **state)
{
    fixture *test = *state;
    prom_game_question questions[4];
    const size_t count = kinds(questions);
    for (size_t i = 0; i < count; i++) {
        set_fund(test, &questions[i]);
        const prom_game_solution *it = solve(test, &questions[i]);
        check_conditions(conditions_of(test, it), it);
    }
}

/* They are conditions, not numbers: found with some values, they are right of others. */
static void test_conditions_hold_of_other_numbers(void **state)
{
    fixture *test = *state;
    static const struct {
        const char *name;
        double factor;
    } changes[] = {{"z", 3},         {"z", 0.01},      {"y", 20},      {"c", 0.4},      {"w", 0.99},   {"a", 3},
                   {"benefit", 0.1}, {"epsilon", 0.3}, {"delta", 1.6}, {"alpha", 0.02}, {"beta", 0.1}, {"retainer", 9},
                   {"feerate", 40},  {"interest", 6},  {"sigma", 0.5}, {"gamma", 0.2},  {"check", 30}};
    prom_game_question questions[4];
    const size_t count = kinds(questions);
    for (size_t i = 0; i < count; i++) {
        set_fund(test, &questions[i]);
        const listing *it = conditions_of(test, solve(test, &questions[i]));
        for (size_t j = 0; j < COUNT_OF(changes); j++) {
            prom_game_question changed = questions[i];
            const size_t parameter = prom_game_parameter_find(changes[j].name);
            prom_game_parameter_set(&changed, parameter,
                                    prom_game_parameter_get(&changed, parameter) * changes[j].factor);
            const prom_game_solution *other = solve(test, &changed);
            for (size_t k = 0; k < COUNT_OF(GROUPS); k++) {
                const double gain = other->gains[GROUPS[k].group][0].gain;
                assert_within(least_of(it, GROUPS[k].claim, other->games[0]), -gain, 1e-5);
            }
        }
    }
}

/* Where a condition is local the claim may hold without it, at other numbers; where all hold the claim does. Nobody but
 * who stalls is measured against several ways to keep the rules. */
static void test_local_conditions_are_enough(void **state)
{
    fixture *test = *state;
    prom_game_question questions[4];
    const size_t count = kinds(questions);
    size_t more_than_needed = 0;
    for (size_t i = 0; i < count; i++) {
        set_fund(test, &questions[i]);
        const listing *it = conditions_of(test, solve(test, &questions[i]));
        bool local = false;
        for (size_t j = 0; j < it->count; j++) {
            local = local || it->items[j].local;
            assert_true(!it->items[j].local || it->items[j].claim == PROM_CLAIM_STALLING);
        }
        for (uint16_t epsilon = 50; epsilon <= 10000; epsilon = (uint16_t)(epsilon * 3 / 2)) {
            for (uint16_t delta = 100; delta <= 10000; delta = (uint16_t)(delta * 3)) {
                prom_game_question changed = questions[i];
                changed.P.epsilon = epsilon;
                changed.P.gamma = epsilon < 500 ? epsilon : 500;
                changed.P.delta = delta;
                const prom_game_solution *other = solve(test, &changed);
                const prom_game *stalled = other->games[other->seats[0].m];
                const bool holds = least_of(it, PROM_CLAIM_STALLING, stalled) >= -1e-5;
                const bool pays = finding_of(other, PROM_RISK_STALLING_PAYS) != NULL;
                assert_false(holds && pays);
                assert_true(local || holds == !pays);
                more_than_needed += !holds && !pays;
            }
        }
    }
    assert_true(more_than_needed > 0);
}

static const char *text_of(const listing *it, prom_game_claim claim, size_t index)
{
    static char text[PROM_GAME_FORM_TEXT];
    for (size_t i = 0; i < it->count; i++) {
        if (it->items[i].claim == claim && index-- == 0) {
            return prom_game_form_text(text, &it->items[i].form);
        }
    }
    return "none";
}

static void test_conditions_read_like_the_bounds(void **state)
{
    fixture *test = *state;
    prom_game_question question = safe_question(test, 3);
    question.samples = false;
    const listing *it = conditions_of(test, solve(test, &question));
    assert_string_equal(text_of(it, PROM_CLAIM_WORKER_COMES, 0), "share_w - z - 101 feerate - 38 i_W");
    assert_string_equal(text_of(it, PROM_CLAIM_VERIFIER_HONEST, 0), "-y");
    assert_string_equal(text_of(it, PROM_CLAIM_APPEAL, 0), "w - share_v - [delta w] - 96 i_W");
    assert_string_equal(text_of(it, PROM_CLAIM_APPEAL, 1), "none");
    assert_string_equal(text_of(it, PROM_CLAIM_CLIENT_HONEST, 0), "none"); /* it has nothing to choose */
    for (size_t i = 0; i < it->count; i++) {
        assert_near(it->items[i].value, prom_game_form_value(&it->items[i].form, it->items[i].attack.game));
        assert_near(it->items[i].attack.gain, -it->items[i].value);
        assert_true(i == 0 || it->items[i - 1].claim <= it->items[i].claim);
        assert_true(strlen(prom_game_claim_text(it->items[i].claim)) > 10);
    }
}

/* None of a claim implies another: somewhere each is the one that decides. Checked as far as it is claimed: with
 * symbols that are at least 0. */
static void test_no_condition_is_idle(void **state)
{
    fixture *test = *state;
    prom_game_question questions[4];
    const size_t count = kinds(questions);
    for (size_t i = 0; i < count; i++) {
        const listing *it = conditions_of(test, solve(test, &questions[i]));
        for (size_t j = 0; j < it->count; j++) {
            for (size_t k = 0; k < it->count; k++) {
                const bool same = j != k && it->items[j].claim == it->items[k].claim;
                assert_false(same && prom_game_form_covers(&it->items[k].form, &it->items[j].form));
            }
            const bool stalls = it->items[j].claim == PROM_CLAIM_STALLING && questions[i].setting.audit == 0;
            assert_true(!stalls || ending_of(&it->items[j].attack)->scheme == 5);
        }
    }
}

/* Of more conditions than there is room for as many are listed as fit, and all are counted. */
static void test_room_is_kept_to(void **state)
{
    fixture *test = *state;
    prom_game_condition few[3];
    size_t count = 0;
    const prom_game_question question = safe_question(test, 3);
    memset(few, 0, sizeof few);
    few[2].claim = PROM_CLAIMS;
    assert_ok(prom_game_conditions(&test->arena, few, 2, &count, solve(test, &question), &test->error), &test->error);
    assert_true(count > 2);
    assert_int_equal(few[1].claim, PROM_CLAIM_VERIFIER_COMES);
    assert_int_equal(few[2].claim, PROM_CLAIMS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_conditions_say_what_the_game_says),
        FIXTURE_TEST(test_conditions_hold_of_other_numbers),
        FIXTURE_TEST(test_local_conditions_are_enough),
        FIXTURE_TEST(test_conditions_read_like_the_bounds),
        FIXTURE_TEST(test_no_condition_is_idle),
        FIXTURE_TEST(test_room_is_kept_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
