#include "equilibrium/sketch.h"

static void assert_properties(fixture *test, const prom_game_tree *tree, bool immune, bool resilient, bool practical)
{
    prom_game_properties found;
    assert_ok(prom_game_check_properties(&test->arena, &found, tree, &test->error), &test->error);
    assert_int_equal(found.weak_immunity, immune);
    assert_int_equal(found.collusion_resilience, resilient);
    assert_int_equal(found.practicality, practical);
}

/* Entering a market: the rules stay out (0) or, when the root says so, enter (1); then the owner fights or gives way.
 */
static const sketch market[] = {
    {DECIDES(0, 0, 2)},         {ENDS, .values = {0, 4}}, {DECIDES(1, 0, 2)},
    {ENDS, .values = {-1, -1}}, {ENDS, .values = {2, 2}},
};

static void an_empty_threat_is_no_equilibrium(void **state)
{
    fixture *test = *state;
    drawn made;
    DRAW(&made, 2, market);
    assert_properties(test, &made.tree, true, true, false); /* a fight would keep the first out, but is not fought */
    made.nodes[0].honest = 1;
    made.nodes[2].honest = 1;
    assert_properties(test, &made.tree, false, true, true); /* who enters may be fought */
    made.nodes[2].honest = 0;
    assert_properties(test, &made.tree, false, false, false);
}

/* Player 1 has two answers that are as good for it; only one keeps player 0 at home. */
static void a_tie_may_serve(void **state)
{
    fixture *test = *state;
    drawn made;
    DRAW(&made, 2, market);
    made.values[3] = 2;
    assert_properties(test, &made.tree, true, true, true);
    made.values[0] = -1; /* the first cannot be kept at home by less than nothing; nor is it safe there */
    assert_properties(test, &made.tree, false, true, true);
    made.values[2] = 0;
    assert_properties(test, &made.tree, false, false, false);
}

/* Player 2 has an answer to player 0 alone, and one to 0 and 1 together, but no answer to both. */
static const sketch answers[] = {
    {DECIDES(0, 0, 2)},          {ENDS, .values = {5, 5, 5}}, {DECIDES(2, 0, 2)},
    {ENDS, .values = {6, 0, 0}}, {ENDS, .values = {4, 9, 0}},
};

static void one_strategy_serves_against_all_groups(void **state)
{
    fixture *test = *state;
    drawn made;
    DRAW(&made, 3, answers);
    assert_properties(test, &made.tree, true, false, true);
    made.values[2 * 3 + 1] = 6; /* together they get no more than 10 */
    assert_properties(test, &made.tree, true, true, true);
    made.values[2 * 3 + 2] = 100; /* but 0 with 2, more than 10 */
    assert_properties(test, &made.tree, true, false, true);
    made.values[2 * 3 + 1] = 100; /* all together do not count */
    made.values[2 * 3 + 0] = -95;
    made.values[0 * 3 + 1] = 100;
    made.values[0 * 3 + 2] = 100;
    assert_properties(test, &made.tree, true, true, true);
}

/* Somebody who never decides is a player too: who gains together with it is a group. */
static void who_only_gets_counts(void **state)
{
    static const sketch gift[] = {{DECIDES(0, 0, 2)}, {ENDS, .values = {1, 1, 0}}, {ENDS, .values = {0, 0, 2}}};
    fixture *test = *state;
    drawn made;
    DRAW(&made, 3, gift);
    assert_properties(test, &made.tree, true, false, true);
    made.tree.player_count = 2;
    const double without[] = {1, 1, 0, 0};
    memcpy(made.values, without, sizeof without);
    assert_properties(test, &made.tree, true, true, true);
}

/* What one does after it has left its own strategy matters to others only. */
static void who_left_the_rules_is_not_safe(void **state)
{
    static const sketch twice[] = {{DECIDES(0, 0, 2)},         {ENDS, .values = {0, 0}}, {DECIDES(1, 0, 2)},
                                   {ENDS, .values = {-9, -1}}, {DECIDES(0, 0, 2)},       {ENDS, .values = {-9, -1}},
                                   {ENDS, .values = {-9, 0}}};
    fixture *test = *state;
    drawn made;
    DRAW(&made, 2, twice);
    assert_properties(test, &made.tree, false, true, true); /* 0, whom its strategy keeps out, may hurt 1 below */
    made.values[2 * 2 + 1] = 0;
    assert_properties(test, &made.tree, true, true, true);
}

static void a_single_ending_is_secure(void **state)
{
    static const sketch nothing[] = {{ENDS, .values = {0, 1}}};
    fixture *test = *state;
    drawn made;
    DRAW(&made, 2, nothing);
    assert_properties(test, &made.tree, true, true, true);
    made.values[0] = -1;
    assert_properties(test, &made.tree, false, true, true);
}

static void other_games_are_refused(void **state)
{
    static const sketch lottery[] = {
        {DECIDES(0, 0, 2)}, {CHANCE(1)}, {ENDS, .values = {1}}, {ENDS, .chance = 1, .values = {1}}};
    fixture *test = *state;
    drawn made;
    prom_game_properties found;
    DRAW(&made, 1, lottery);
    assert_fails(prom_game_check_properties(&test->arena, &found, &made.tree, &test->error), PROM_CATEGORY_MISUSE,
                 &test->error, "node 1 of the game is a chance");
    DRAW(&made, 3, answers);
    made.values[4] = 0.5;
    assert_fails(prom_game_check_properties(&test->arena, &found, &made.tree, &test->error), PROM_CATEGORY_MISUSE,
                 &test->error, "node 3 of the game gives 0.5 to player 1");
    made.values[4] = -1125899906842625.0;
    assert_fails(prom_game_check_properties(&test->arena, &found, &made.tree, &test->error), PROM_CATEGORY_MISUSE,
                 &test->error, "node 3 of the game gives -1125899906842625 to player 1");
    made.values[4] = 1125899906842624.0;
    assert_properties(test, &made.tree, true, false, true);
    made.nodes[2].player = 0;
    made.nodes[2].information = 0;
    assert_fails(prom_game_check_properties(&test->arena, &found, &made.tree, &test->error), PROM_CATEGORY_MISUSE,
                 &test->error, "nodes 0 and 2 of the game are in one information set");
    made.nodes[2].honest = 7;
    assert_fails(prom_game_check_properties(&test->arena, &found, &made.tree, &test->error), PROM_CATEGORY_MISUSE,
                 &test->error, "node 2 of the game: the rules take its action 7");
}

static void no_memory_is_said(void **state)
{
    fixture *test = *state;
    drawn made;
    prom_game_properties found;
    DRAW(&made, 3, answers);
    prom_category category = PROM_CATEGORY_MEMORY;
    size_t limit = 0;
    for (; category == PROM_CATEGORY_MEMORY; limit++) {
        PROM_SCOPED(prom_arena_free) prom_arena small = {0};
        prom_arena_init(&small, limit);
        category = prom_game_check_properties(&small, &found, &made.tree, &test->error).category;
    }
    assert_int_equal(category, PROM_CATEGORY_OK);
    assert_true(limit > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(an_empty_threat_is_no_equilibrium),
        FIXTURE_TEST(a_tie_may_serve),
        FIXTURE_TEST(one_strategy_serves_against_all_groups),
        FIXTURE_TEST(who_only_gets_counts),
        FIXTURE_TEST(who_left_the_rules_is_not_safe),
        FIXTURE_TEST(a_single_ending_is_secure),
        FIXTURE_TEST(other_games_are_refused),
        FIXTURE_TEST(no_memory_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
