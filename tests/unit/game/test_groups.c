#include "game/solution_parts.h"

#include "equilibrium/sketch.h"

enum { FIRST = PROM_GAME_PLAYER(0), SECOND = PROM_GAME_PLAYER(1), BOTH = FIRST | SECOND };

/* Player 0 goes in (the rule) or not; chance, which never takes its last child; 1 shares (the rule) or keeps. */
static const sketch small[] = {
    {DECIDES(0, 1, 2)},
    {ENDS, .values = {1, 1}},
    {CHANCE(3)},
    {DECIDES(1, 0, 2), .chance = 0.25},
    {ENDS, .values = {8, 4}, .chance = 0.75},
    {ENDS, .values = {0, 99}, .chance = 0},
    {ENDS, .values = {4, 4}},
    {ENDS, .values = {-4, 20}},
};

static void test_a_group_reaches_what_it_can_bring_about(void **state)
{
    static const struct {
        unsigned coalition;
        uint32_t from;
        bool reached[COUNT_OF(small)];
    } cases[] = {
        {0, 0, {1, 0, 1, 1, 1, 0, 1, 0}},      {FIRST, 0, {1, 1, 1, 1, 1, 0, 1, 0}},
        {SECOND, 0, {1, 0, 1, 1, 1, 0, 1, 1}}, {BOTH, 0, {1, 1, 1, 1, 1, 0, 1, 1}},
        {SECOND, 3, {0, 0, 0, 1, 0, 0, 1, 1}}, {FIRST, 1, {0, 1, 0, 0, 0, 0, 0, 0}},
    };
    (void)state;
    drawn made;
    bool reached[COUNT_OF(small)];
    DRAW(&made, 2, small);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        memset(reached, 1, sizeof reached);
        prom_game_mark(&made.tree, cases[i].from, cases[i].coalition, reached);
        assert_memory_equal(reached, cases[i].reached, sizeof reached);
    }
}

static void test_all_expect_what_is_chosen(void **state)
{
    (void)state;
    drawn made;
    double chances[COUNT_OF(small)];
    double expected[PROM_GAME_PLAYERS_MAX];
    prom_game_choice choices[COUNT_OF(small)] = {[3] = 1};
    DRAW(&made, 2, small);
    prom_game_expect(&made.tree, 0, 0, choices, chances, expected);
    assert_near(expected[0], 0.75 * 8 + 0.25 * 4);
    assert_near(expected[1], 0.75 * 4 + 0.25 * 4);
    prom_game_expect(&made.tree, 0, SECOND, choices, chances, expected);
    assert_near(expected[0], 0.75 * 8 - 0.25 * 4);
    assert_near(expected[1], 0.75 * 4 + 0.25 * 20);
    assert_near(chances[7], 0.25);
    assert_near(chances[6], 0);
    prom_game_expect(&made.tree, 0, FIRST, choices, chances, expected); /* choices[0]: it stays out */
    assert_near(expected[0], 1);
    prom_game_expect(&made.tree, 3, SECOND, choices, chances, expected);
    assert_near(expected[1], 20);
}

static void test_breaches_are_counted(void **state)
{
    static const unsigned wanted[COUNT_OF(small)] = {0, 1, 0, 0, 0, 0, 0, 1};
    (void)state;
    drawn made;
    DRAW(&made, 2, small);
    for (uint32_t at = 0; at < COUNT_OF(small); at++) {
        assert_int_equal(prom_game_breaches(&made.tree, at), wanted[at]);
    }
}

static void test_facts_are_sure_where_all_endings_have_them(void **state)
{
    enum { A = 1, B = 2 };
    static const prom_game_outcome outcomes[] = {
        {.facts = A}, {.facts = A | B}, {.facts = A}, {.facts = B}, {.facts = A | B}};
    (void)state;
    drawn made;
    unsigned sure[COUNT_OF(small)];
    DRAW(&made, 2, small);
    prom_game game = {.tree = made.tree, .outcomes = outcomes};
    prom_game_sure_facts(&game, sure); /* endings are nodes 1, 4, 5, 6, 7 */
    const unsigned wanted[COUNT_OF(small)] = {0, A, 0, B, A | B, A, B, A | B};
    assert_memory_equal(sure, wanted, sizeof wanted);
    assert_int_equal(prom_game_child_with(sure, &made.nodes[0], A), 0);
    assert_int_equal(prom_game_child_with(sure, &made.nodes[0], B), 2); /* none */
    assert_int_equal(prom_game_child_with(sure, &made.nodes[3], A), 1);
    assert_int_equal(prom_game_child_with(sure, &made.nodes[3], B), 2); /* both */
}

static void test_groups_have_sizes(void **state)
{
    (void)state;
    const prom_game_group two = {prom_game_group_players(6, 0), 0};
    const prom_game_group five = {prom_game_group_players(9, 3), 3};
    assert_int_equal(two.players, PROM_GAME_PLAYER(PROM_GAME_W) | PROM_GAME_PLAYER(PROM_GAME_V));
    assert_int_equal(five.players,
                     PROM_GAME_PLAYER(PROM_GAME_C) | PROM_GAME_PLAYER(PROM_GAME_F) | PROM_GAME_PLAYER(PROM_GAME_A));
    assert_int_equal(prom_game_group_size(&two), 2);
    assert_int_equal(prom_game_group_size(&five), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_group_reaches_what_it_can_bring_about),
        cmocka_unit_test(test_all_expect_what_is_chosen),
        cmocka_unit_test(test_breaches_are_counted),
        cmocka_unit_test(test_facts_are_sure_where_all_endings_have_them),
        cmocka_unit_test(test_groups_have_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
