/* Who knows what, where subgames begin, and which deviations count there. */
#include "equilibrium/sketch.h"

/* The second of two players does not see what the first did. Where the rules take 0 it does best by 0, else by 1. */
static const sketch unseen[] = {{DECIDES(0, 0, 2)},       {DECIDES(1, 0, 2)},       {DECIDES(1, 0, 2)},
                                {ENDS, .values = {1, 2}}, {ENDS, .values = {1, 1}}, {ENDS, .values = {0, 0}},
                                {ENDS, .values = {0, 5}}};

/* The same, as chance has it. */
static const sketch drawn_by_lot[] = {{CHANCE(2)},
                                      {DECIDES(1, 0, 2), .chance = 0.75},
                                      {DECIDES(1, 0, 2), .chance = 0.25},
                                      {ENDS, .values = {1, 2}},
                                      {ENDS, .values = {1, 1}},
                                      {ENDS, .values = {0, 0}},
                                      {ENDS, .values = {0, 5}}};

/* Somebody decides first, whether it comes to that at all; by the rules it does not. */
#define BEFORE(who)                                                                                                    \
    {                                                                                                                  \
        {DECIDES(who, 0, 2)}, {ENDS, .values = {9, 9}}, {CHANCE(2)}, {DECIDES(1, 0, 2), .chance = 0.75},               \
            {DECIDES(1, 0, 2), .chance = 0.25}, {ENDS, .values = {1, 2}}, {ENDS, .values = {1, 1}},                    \
            {ENDS, .values = {0, 0}},                                                                                  \
        {                                                                                                              \
            ENDS, .values = { 0, 5 }                                                                                   \
        }                                                                                                              \
    }

static prom_game_sets find_sets(fixture *test, drawn *made, uint32_t a, uint32_t b)
{
    prom_game_sets sets;
    made->nodes[b].information = made->nodes[a].information;
    assert_ok(prom_game_tree_check(&made->tree, &test->error), &test->error);
    assert_ok(prom_game_find_sets(&test->arena, &sets, &made->tree, &test->error), &test->error);
    assert_true(sets.next[a] == b && sets.next[b] == a);
    return sets;
}

/* Returns how many lapses there are, and the first in `lapse`. */
static size_t lapses_of(prom_game_lapse *lapse, const drawn *made, const prom_game_sets *sets)
{
    double scratch[2 * SKETCH_NODES_MAX];
    return prom_game_lapses(&made->tree, sets, lapse, 1, scratch);
}

/* A player who would do better at a node to which nobody comes who keeps the rules, and which it cannot tell from
 * another, breaks no equilibrium: there is one subgame. */
static void test_what_is_not_reached_is_not_asked(void **state)
{
    fixture *test = *state;
    prom_game_lapse lapse;
    drawn made;
    DRAW(&made, 2, unseen);
    assert_int_equal(lapses_of(&lapse, &made, NULL), 1); /* as if it saw */
    assert_int_equal(lapse.node, 2);
    prom_game_sets sets = find_sets(test, &made, 1, 2);
    assert_true(sets.subgame[1] == 0 && sets.subgame[2] == 0);
    assert_int_equal(lapses_of(&lapse, &made, &sets), 0);
    made.nodes[0].honest = 1; /* where the rules lead there it counts; and the first does worse than by 0 */
    assert_int_equal(lapses_of(&lapse, &made, &sets), 2);
    assert_true(lapse.node == 2 && lapse.better == 1);
    assert_near(lapse.gain, 5);
}

static void test_chance_weighs(void **state)
{
    fixture *test = *state;
    prom_game_lapse lapse;
    drawn made;
    DRAW(&made, 2, drawn_by_lot);
    const prom_game_sets sets = find_sets(test, &made, 1, 2);
    assert_int_equal(lapses_of(&lapse, &made, &sets), 1);
    assert_true(lapse.node == 1 && lapse.better == 1);
    assert_near(lapse.gain, 0.75 * (1 - 2) + 0.25 * (5 - 0));
    made.nodes[1].chance = 0.25; /* it is likelier to be at the other */
    made.nodes[2].chance = 0.75;
    assert_int_equal(lapses_of(&lapse, &made, &sets), 1);
    assert_int_equal(lapse.node, 2);
    assert_near(lapse.gain, 0.25 * (1 - 2) + 0.75 * (5 - 0));
    made.nodes[1].chance = 0.375; /* half of the time neither comes about */
    made.nodes[2].chance = 0.125;
    assert_int_equal(lapses_of(&lapse, &made, &sets), 1);
    assert_near(lapse.gain, 0.75 * (1 - 2) + 0.25 * (5 - 0));
    made.nodes[1].chance = 0.9; /* it does best by the rules, as far as it knows */
    made.nodes[2].chance = 0.1;
    assert_int_equal(lapses_of(&lapse, &made, &sets), 0);
}

/* A subgame that is not reached is looked at all the same, and in it what chance leads to. */
static void test_a_subgame_is_asked_by_itself(void **state)
{
    static const sketch by_another[] = BEFORE(0);
    static const sketch by_itself[] = BEFORE(1);
    fixture *test = *state;
    for (int i = 0; i < 2; i++) {
        prom_game_lapse lapse;
        drawn made;
        draw(&made, 2, i == 0 ? by_another : by_itself, COUNT_OF(by_another));
        const prom_game_sets sets = find_sets(test, &made, 3, 4);
        assert_true(sets.subgame[3] == 2 && sets.subgame[4] == 2 && sets.subgame[2] == 2 && sets.subgame[0] == 0);
        assert_int_equal(lapses_of(&lapse, &made, &sets), 1);
        assert_int_equal(lapse.node, 3);
        assert_near(lapse.gain, 0.5);
    }
}

/* Two sets that lie in one another: the outer one keeps the inner from being a subgame. */
static void test_a_subgame_cuts_no_set(void **state)
{
    static const sketch nested[] = {
        {CHANCE(2)},
        {CHANCE(2), .chance = 0.5},
        {DECIDES(0, 0, 1), .chance = 0.5},
        {DECIDES(1, 0, 1), .chance = 0.5},
        {DECIDES(1, 0, 1), .chance = 0.5},
        {DECIDES(1, 0, 1)},
        {DECIDES(0, 0, 1)},
        {DECIDES(0, 0, 1)},
        {ENDS},
        {ENDS},
        {ENDS},
    };
    fixture *test = *state;
    drawn made;
    DRAW(&made, 2, nested);
    prom_game_sets sets = find_sets(test, &made, 3, 4);
    assert_true(sets.subgame[3] == 1 && sets.subgame[6] == 6 && sets.subgame[5] == 5);
    made.nodes[6].information = made.nodes[2].information; /* behind one of the inner set, and beside the chance */
    sets = find_sets(test, &made, 3, 4);
    assert_true(sets.subgame[1] == 0 && sets.subgame[3] == 0 && sets.subgame[6] == 0 && sets.subgame[2] == 0);
    assert_true(sets.subgame[7] == 7 && sets.subgame[5] == 5 && sets.next[2] == 6 && sets.next[6] == 2);
}

/* Rules tell nothing to who has broken them: what it does then is what is best for it, and others reckon with that. */
static void test_who_broke_the_rules_does_its_best(void **state)
{
    static const sketch broken[] = {{DECIDES(0, 0, 2)},      {ENDS, .values = {4, 4}}, {DECIDES(1, 0, 2)},
                                    {DECIDES(0, 0, 2)},      {ENDS, .values = {0, 1}}, {ENDS, .values = {1, 9}},
                                    {ENDS, .values = {2, 0}}};
    fixture *test = *state;
    prom_game_sets sets;
    prom_game_lapse lapse;
    drawn made;
    DRAW(&made, 2, broken);
    assert_int_equal(lapses_of(&lapse, &made, NULL), 1);
    assert_int_equal(lapse.node, 3); /* the first would rather take 1 there */
    assert_ok(prom_game_find_sets(&test->arena, &sets, &made.tree, &test->error), &test->error);
    assert_true(sets.broken[3] == PROM_GAME_PLAYER(0) && sets.broken[4] == 3 && sets.broken[1] == 0);
    assert_int_equal(lapses_of(&lapse, &made, &sets), 1);
    assert_true(lapse.node == 2 && lapse.better == 1); /* and so the second does better by not going on */
    assert_near(lapse.gain, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_what_is_not_reached_is_not_asked),  FIXTURE_TEST(test_chance_weighs),
        FIXTURE_TEST(test_a_subgame_is_asked_by_itself),      FIXTURE_TEST(test_a_subgame_cuts_no_set),
        FIXTURE_TEST(test_who_broke_the_rules_does_its_best),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
