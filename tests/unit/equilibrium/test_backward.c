#include "equilibrium/sketch.h"

/* A centipede of three steps: the rules go on to the end. */
static const sketch centipede[] = {
    {DECIDES(0, 1, 2)}, {ENDS, .values = {1, 0}}, {DECIDES(1, 1, 2)},       {ENDS, .values = {0, 3}},
    {DECIDES(0, 1, 2)}, {ENDS, .values = {4, 1}}, {ENDS, .values = {3, 5}},
};

enum { ALL = PROM_GAME_PLAYER(0) | PROM_GAME_PLAYER(1) | PROM_GAME_PLAYER(2) };

static void each_decides_for_itself(void **state)
{
    (void)state;
    drawn made;
    double expected[PROM_GAME_PLAYERS_MAX];
    double scratch[2 * COUNT_OF(centipede)];
    prom_game_choice choices[COUNT_OF(centipede)];
    DRAW(&made, 2, centipede);
    prom_game_backward(&made.tree, ALL, choices, expected, scratch);
    const prom_game_choice leave[COUNT_OF(centipede)] = {0};
    assert_memory_equal(choices, leave, sizeof choices);
    assert_near(expected[0], 1);
    assert_near(expected[1], 0);
    assert_near(scratch[4 * 2 + 1], 1); /* what the second may expect from node 4 on */
    made.values[0] = 0;                 /* as good as going on, which ends at the next step */
    prom_game_backward(&made.tree, ALL, choices, expected, scratch);
    assert_int_equal(choices[0], 1);
    assert_near(expected[1], 3);
}

/* The second goes on, whatever is best for it; the first, who knows that, goes on to stop at the last step. */
static void others_do_as_they_are_said_to(void **state)
{
    (void)state;
    drawn made;
    double expected[PROM_GAME_PLAYERS_MAX];
    double scratch[2 * COUNT_OF(centipede)];
    prom_game_choice choices[COUNT_OF(centipede)] = {[0] = 0, [2] = 1, [4] = 1};
    DRAW(&made, 2, centipede);
    prom_game_backward(&made.tree, PROM_GAME_PLAYER(0), choices, expected, scratch);
    assert_true(choices[0] == 1 && choices[2] == 1 && choices[4] == 0);
    assert_near(expected[0], 4);
    prom_game_backward(&made.tree, 0, choices, expected, scratch); /* nobody chooses */
    assert_true(choices[0] == 1 && choices[2] == 1 && choices[4] == 0);
    assert_near(expected[1], 1);
}

static void a_chance_is_weighed_for_all(void **state)
{
    static const sketch lottery[] = {{DECIDES(1, 0, 2)},
                                     {ENDS, .values = {9, 3, 1}},
                                     {CHANCE(2)},
                                     {ENDS, .chance = 0.75, .values = {0, 5, 0}},
                                     {ENDS, .chance = 0.25, .values = {4, 1, 8}}};
    (void)state;
    drawn made;
    double expected[PROM_GAME_PLAYERS_MAX];
    double scratch[3 * COUNT_OF(lottery)];
    prom_game_choice choices[COUNT_OF(lottery)];
    DRAW(&made, 3, lottery);
    prom_game_backward(&made.tree, ALL, choices, expected, scratch);
    assert_int_equal(choices[0], 1);
    assert_near(expected[0], 1);
    assert_near(expected[1], 4);
    assert_near(expected[2], 2);
}

static void lapses_are_found_where_they_are(void **state)
{
    (void)state;
    drawn made;
    double scratch[2 * COUNT_OF(centipede)];
    prom_game_lapse lapses[3];
    DRAW(&made, 2, centipede);
    assert_int_equal(prom_game_lapses(&made.tree, NULL, lapses, COUNT_OF(lapses), scratch), 1); /* only the last step */
    assert_true(lapses[0].node == 4 && lapses[0].better == 0);
    assert_near(lapses[0].gain, 1);
    made.values[2 * 2 + 0] = 3; /* it may stop as well as go on */
    assert_int_equal(prom_game_lapses(&made.tree, NULL, lapses, COUNT_OF(lapses), scratch), 0);
    made.values[2 * 2 + 0] = 3 + PROM_GAME_TOLERANCE / 2;
    assert_int_equal(prom_game_lapses(&made.tree, NULL, lapses, COUNT_OF(lapses), scratch), 0);
}

/* Three lapses, of two players; room for fewer. */
static void the_worst_lapses_come_first(void **state)
{
    static const sketch greedy[] = {{DECIDES(0, 0, 2)},        {DECIDES(1, 0, 2)},       {DECIDES(1, 0, 3)},
                                    {ENDS, .values = {0, 0}},  {ENDS, .values = {0, 5}}, {ENDS, .values = {7, 0}},
                                    {ENDS, .values = {0, 11}}, {ENDS, .values = {0, 12}}};
    (void)state;
    drawn made;
    double scratch[2 * COUNT_OF(greedy)];
    prom_game_lapse lapses[3];
    DRAW(&made, 2, greedy);
    for (size_t room = 0; room <= COUNT_OF(lapses); room++) {
        memset(lapses, 0, sizeof lapses);
        assert_int_equal(prom_game_lapses(&made.tree, NULL, lapses, room, scratch), 3);
        assert_true(lapses[0].node == (room > 0 ? 2 : 0) && lapses[0].better == (room > 0 ? 2 : 0));
        assert_true(lapses[1].node == 0 && lapses[1].better == (room > 1 ? 1 : 0));
        assert_true(lapses[2].node == (room > 2 ? 1 : 0) && lapses[2].better == (room > 2 ? 1 : 0));
    }
    made.values[1 * 2 + 1] = 7; /* as much as the root's: the first node first */
    assert_int_equal(prom_game_lapses(&made.tree, NULL, lapses, 3, scratch), 3);
    assert_true(lapses[1].node == 0 && lapses[2].node == 1);
    assert_near(lapses[2].gain, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_decides_for_itself),     cmocka_unit_test(others_do_as_they_are_said_to),
        cmocka_unit_test(a_chance_is_weighed_for_all), cmocka_unit_test(lapses_are_found_where_they_are),
        cmocka_unit_test(the_worst_lapses_come_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
