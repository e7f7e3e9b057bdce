#include "equilibrium/sketch.h"

enum { FIRST = PROM_GAME_PLAYER(0), SECOND = PROM_GAME_PLAYER(1), BOTH = FIRST | SECOND };

/* Player 0 trusts or not; then 1 shares (which the rules say), keeps, or burns; after a burnt one 0 may answer. */
static const sketch trust[] = {
    {DECIDES(0, 1, 2)},         {ENDS, .values = {10, 10}}, {DECIDES(1, 0, 3)},         {ENDS, .values = {15, 15}},
    {ENDS, .values = {-5, 40}}, {DECIDES(0, 0, 2)},         {ENDS, .values = {-20, 0}}, {ENDS, .values = {-30, -90}},
};

static void what_a_group_can_reach(void **state)
{
    static const struct {
        unsigned coalition;
        double most, least;                    /* of their sum */
        prom_game_choice choices[3], worst[3]; /* at the root, at 2, at 5 */
    } wanted[] = {
        {0, 0, 0, {1, 0, 0}, {1, 0, 0}},
        {FIRST, 15, 10, {1, 0, 0}, {0, 0, 0}}, /* it does not come to 5 */
        {SECOND, 40, 0, {1, 1, 0}, {1, 2, 0}},
        {BOTH, 35, -120, {1, 1, 0}, {1, 2, 1}},
    };
    (void)state;
    drawn made;
    double scratch[COUNT_OF(trust)];
    prom_game_choice choices[COUNT_OF(trust)];
    DRAW(&made, 2, trust);
    for (size_t i = 0; i < COUNT_OF(wanted); i++) {
        for (int least = 0; least < 2; least++) {
            const prom_game_choice *way = least ? wanted[i].worst : wanted[i].choices;
            memset(choices, 9, sizeof choices);
            assert_near(prom_game_optimum(&made.tree, wanted[i].coalition, NULL, least, choices, scratch),
                        least ? wanted[i].least : wanted[i].most);
            const prom_game_choice expected[COUNT_OF(trust)] = {way[0], 0, way[1], 0, 0, way[2], 0, 0};
            assert_memory_equal(choices, expected, sizeof choices);
            assert_near(prom_game_optimum(&made.tree, wanted[i].coalition, NULL, least, NULL, scratch),
                        least ? wanted[i].least : wanted[i].most);
        }
    }
}

/* Of what others get: what the second can do to the first, and for it. */
static void weights_are_what_is_aimed_at(void **state)
{
    static const double of_first[] = {10, 15, -5, -20, -30};
    (void)state;
    drawn made;
    double scratch[COUNT_OF(trust)];
    DRAW(&made, 2, trust);
    assert_near(prom_game_optimum(&made.tree, SECOND, of_first, true, NULL, scratch), -20);
    assert_near(prom_game_optimum(&made.tree, SECOND, of_first, false, NULL, scratch), 15);
    assert_near(prom_game_optimum(&made.tree, BOTH, of_first, true, NULL, scratch), -30);
    assert_near(prom_game_optimum(&made.tree, 0, of_first, true, NULL, scratch), 15);
}

/* Where the rules are as good, they are kept; within the tolerance too, and the value is the best one all the same. */
static void a_tie_is_honest(void **state)
{
    static const sketch even[] = {{DECIDES(0, 2, 4)},
                                  {ENDS, .values = {7}},
                                  {ENDS, .values = {8 + PROM_GAME_TOLERANCE / 2}},
                                  {ENDS, .values = {8}},
                                  {ENDS, .values = {8 + PROM_GAME_TOLERANCE / 2}}};
    (void)state;
    drawn made;
    double scratch[COUNT_OF(even)];
    prom_game_choice choices[COUNT_OF(even)];
    DRAW(&made, 1, even);
    assert_true(prom_game_optimum(&made.tree, FIRST, NULL, false, choices, scratch) == 8 + PROM_GAME_TOLERANCE / 2);
    assert_int_equal(choices[0], 2);
    made.values[2] = 8 - PROM_GAME_TOLERANCE;
    (void)prom_game_optimum(&made.tree, FIRST, NULL, false, choices, scratch);
    assert_int_equal(choices[0], 1); /* of several the first */
    made.values[0] = 8 - PROM_GAME_TOLERANCE / 4;
    (void)prom_game_optimum(&made.tree, FIRST, NULL, false, choices, scratch);
    assert_int_equal(choices[0], 0);
    made.values[0] = 9;
    made.values[2] = 7.5;
    made.values[3] = 7.5;
    (void)prom_game_optimum(&made.tree, FIRST, NULL, true, choices, scratch);
    assert_int_equal(choices[0], 2);
}

/* Who decides behind a chance sees how it came. */
static void chances_are_weighed(void **state)
{
    static const sketch lottery[] = {{CHANCE(2)},
                                     {DECIDES(0, 0, 2), .chance = 0.25},
                                     {DECIDES(0, 0, 2), .chance = 0.75},
                                     {ENDS, .values = {4}},
                                     {ENDS, .values = {8}},
                                     {ENDS, .values = {4}},
                                     {ENDS, .values = {-8}}};
    (void)state;
    drawn made;
    double scratch[COUNT_OF(lottery)];
    prom_game_choice choices[COUNT_OF(lottery)];
    DRAW(&made, 1, lottery);
    assert_near(prom_game_optimum(&made.tree, FIRST, NULL, false, choices, scratch), 5);
    assert_true(choices[0] == 0 && choices[1] == 1 && choices[2] == 0);
    assert_near(prom_game_optimum(&made.tree, FIRST, NULL, true, NULL, scratch), -5);
    assert_near(prom_game_optimum(&made.tree, 0, NULL, true, NULL, scratch), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_group_can_reach),
        cmocka_unit_test(weights_are_what_is_aimed_at),
        cmocka_unit_test(a_tie_is_honest),
        cmocka_unit_test(chances_are_weighed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
