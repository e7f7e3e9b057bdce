#include "equilibrium/sketch.h"

#include <math.h>

/* A chance, then a decision of player 1 on one side, of player 0 on the other, and a chance below. */
static const sketch weather[] = {
    {CHANCE(3)},
    {DECIDES(1, 1, 2), .chance = 0.25},
    {DECIDES(0, 0, 2), .chance = 0.5},
    {ENDS, .chance = 0.25, .values = {8, -8}},
    {ENDS, .values = {100, 100}},
    {ENDS, .values = {4, 12}},
    {CHANCE(2)},
    {ENDS, .values = {1000, 1000}},
    {ENDS, .chance = 0.125, .values = {16, 32}},
    {ENDS, .chance = 0.875, .values = {0, 8}},
};

static void keeping_the_rules_is_an_expectation(void **state)
{
    (void)state;
    drawn made;
    double expected[PROM_GAME_PLAYERS_MAX];
    DRAW(&made, 2, weather);
    prom_game_honest(&made.tree, 0, expected);
    assert_near(expected[0], 4 * 0.25 + (16 * 0.125) * 0.5 + 8 * 0.25);
    assert_near(expected[1], 12 * 0.25 + (32 * 0.125 + 8 * 0.875) * 0.5 - 8 * 0.25);
    prom_game_honest(&made.tree, 2, expected);
    assert_near(expected[0], 2);
    assert_near(expected[1], 11);
    prom_game_honest(&made.tree, 7, expected);
    assert_near(expected[0], 1000);
}

static void a_play_takes_the_likelier_side(void **state)
{
    (void)state;
    drawn made;
    prom_game_choice choices[COUNT_OF(weather)] = {0};
    DRAW(&made, 2, weather);
    assert_int_equal(prom_game_follow(&made.tree, 0, 0, choices), 9);
    choices[2] = 1;
    choices[1] = 0;
    assert_int_equal(prom_game_follow(&made.tree, 0, PROM_GAME_PLAYER(1), choices), 9); /* 0 keeps the rules */
    assert_int_equal(prom_game_follow(&made.tree, 0, PROM_GAME_PLAYER(0), choices), 7);
    assert_int_equal(prom_game_follow(&made.tree, 1, PROM_GAME_PLAYER(0), choices), 5);
    assert_int_equal(prom_game_follow(&made.tree, 1, PROM_GAME_PLAYER(1), choices), 4);
    made.nodes[1].chance = 0.5; /* of equal ones the first */
    made.nodes[3].chance = 0;
    assert_int_equal(prom_game_follow(&made.tree, 0, 0, choices), 5);
}

/* What is broken in a good tree, one thing at a time. */
static void break_tree(drawn *made, size_t what)
{
    prom_game_node *nodes = made->nodes;
    switch (what) {
    case 0:
        made->tree.node_count = 0;
        break;
    case 1:
        made->tree.player_count = 0;
        break;
    case 2:
        made->tree.player_count = 9;
        break;
    case 3:
        nodes[3].kind = (prom_game_kind)7;
        break;
    case 4:
        nodes[1].child_count = 0;
        break;
    case 5:
        nodes[3].child_count = 1;
        break;
    case 6:
        nodes[2].first_child = 2;
        break;
    case 7:
        nodes[6].child_count = 3;
        break;
    case 8:
        nodes[1].first_child = 5;
        break;
    case 9:
        nodes[5].parent = 5;
        break;
    case 10:
        nodes[1].chance = -0.25;
        break;
    case 11:
        nodes[1].chance = 0.25 + 1e-8;
        break;
    case 12:
        nodes[8].chance = NAN;
        break;
    case 13:
        nodes[4].ending = 6;
        break;
    case 14:
        made->values[3] = INFINITY;
        break;
    case 15:
        nodes[2].player = 2;
        break;
    case 16:
        nodes[2].honest = 2;
        break;
    case 17:
        nodes[2].information = 1;
        break;
    case 18:
        nodes[9].action = NULL;
        break;
    case 19:
        nodes[4].object = NULL;
        break;
    }
}

static void what_is_no_tree_is_refused(void **state)
{
    static const char *const said[] = {
        "a game of 0 nodes and 2 players: it needs 1 of each, and has at most 8 players",
        "10 nodes and 0 players",
        "10 nodes and 9 players",
        "node 3 of the game: it is of no known kind",
        "node 1 of the game: it is no ending, but has no children",
        "node 3 of the game: it is an ending with children",
        "node 2 of the game: its children, from 2 on, do not stand behind it",
        "node 6 of the game: its children, from 8 on, do not stand",
        "node 1 of the game: its child 6 names another parent",
        "node 1 of the game: its child 5 names another parent",
        "node 0 of the game: the chance of its child 1 is -0.25",
        "node 0 of the game: its chances add up to 1.00000001, not to 1",
        "node 6 of the game: the chance of its child 8 is",
        "node 4 of the game: it is ending 6, of 6",
        "node 4 of the game: what it gives to player 1 is not finite",
        "node 2 of the game: it is player 2's, of 2",
        "node 2 of the game: the rules take its action 2, of 2",
        "node 2 of the game: it is in one information set with node 1, and another decision",
        "node 9 of the game: it does not say what leads to it",
        "node 4 of the game: it does not say what leads to it",
    };
    fixture *test = *state;
    drawn made;
    DRAW(&made, 2, weather);
    assert_ok(prom_game_tree_check(&made.tree, &test->error), &test->error);
    for (size_t what = 0; what < COUNT_OF(said); what++) {
        DRAW(&made, 2, weather);
        break_tree(&made, what);
        assert_fails(prom_game_tree_check(&made.tree, &test->error), PROM_CATEGORY_MISUSE, &test->error, said[what]);
    }
}

/* What the root says of its parent is not looked at by the others; a node that no parent counts among its children is
 * seen from its own side. */
static void a_child_of_nobody_is_refused(void **state)
{
    fixture *test = *state;
    drawn made;
    DRAW(&made, 2, weather);
    made.nodes[0].child_count = 2;
    made.nodes[1].chance = 0.5;
    assert_fails(prom_game_tree_check(&made.tree, &test->error), PROM_CATEGORY_MISUSE, &test->error,
                 "node 3 of the game: it is no child of its parent, 0");
}

static void one_information_set_is_one_decision(void **state)
{
    static const sketch unseen[] = {
        {DECIDES(0, 1, 2)}, {DECIDES(1, 0, 2)}, {DECIDES(1, 0, 2)}, {ENDS}, {ENDS}, {ENDS}, {ENDS}};
    fixture *test = *state;
    drawn made;
    DRAW(&made, 2, unseen);
    made.nodes[2].information = 1;
    assert_ok(prom_game_tree_check(&made.tree, &test->error), &test->error);
    made.nodes[2].honest = 1;
    assert_fails(prom_game_tree_check(&made.tree, &test->error), PROM_CATEGORY_MISUSE, &test->error,
                 "another decision");
    made.nodes[2].information = 2;
    assert_ok(prom_game_tree_check(&made.tree, &test->error), &test->error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeping_the_rules_is_an_expectation),
        cmocka_unit_test(a_play_takes_the_likelier_side),
        FIXTURE_TEST(what_is_no_tree_is_refused),
        FIXTURE_TEST(a_child_of_nobody_is_refused),
        FIXTURE_TEST(one_information_set_is_one_decision),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
