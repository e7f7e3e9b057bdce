#include "prometheus/equilibrium/mixed.h"

#include "equilibrium/sketch.h"

#include <math.h>

enum { ROOM = 72 };

typedef struct equilibria {
    prom_mixed_equilibrium found[ROOM];
    size_t count;
} equilibria;

static void solve(equilibria *answer, const prom_mixed_game *game)
{
    answer->count = prom_mixed_solve(game, answer->found, ROOM);
    for (size_t i = 0; i < answer->count; i++) {
        assert_true(prom_mixed_regret(game, &answer->found[i]) < 1e-6);
    }
}

/* Of two players, `third` being the one who has nothing to decide; what the first gets, then what the second gets. */
static prom_mixed_game two_players(size_t third, size_t rows, size_t columns, const double *payoffs)
{
    const size_t first = third == 0 ? 1 : 0;
    const size_t second = third == 2 ? 1 : 2;
    prom_mixed_game game = {{1, 1, 1}, {{{{0}}}}};
    game.actions[first] = rows;
    game.actions[second] = columns;
    for (size_t i = 0; i < rows * columns; i++) {
        size_t at[PROM_MIXED_PLAYERS] = {0};
        at[first] = i / columns;
        at[second] = i % columns;
        game.payoff[at[0]][at[1]][at[2]][first] = payoffs[2 * i];
        game.payoff[at[0]][at[1]][at[2]][second] = payoffs[2 * i + 1];
    }
    return game;
}

/* That one of those found gives the players these chances, `second` after `first`. */
static void assert_found(const equilibria *answer, size_t third, const double *first, const double *second)
{
    const size_t players[2] = {third == 0 ? 1 : 0, third == 2 ? 1 : 2};
    for (size_t i = 0; i < answer->count; i++) {
        double off = 0;
        for (size_t action = 0; action < 3; action++) {
            off = fmax(off, fabs(answer->found[i].chance[players[0]][action] - first[action]));
            off = fmax(off, fabs(answer->found[i].chance[players[1]][action] - second[action]));
        }
        if (off < 1e-12) {
            return;
        }
    }
    fail_msg("not found");
}

static void who_inspects_whom(void **state)
{
    /* A worker computes (costs 40) or not, paid 100, with a stake of 300; a client checks (costs 12) or not, and gets
     * the stake of a cheat. */
    static const double payoffs[] = {60, -12, 60, 0, -300, 288, 100, -100};
    (void)state;
    for (size_t third = 0; third < PROM_MIXED_PLAYERS; third++) {
        equilibria answer;
        const prom_mixed_game game = two_players(third, 2, 2, payoffs);
        solve(&answer, &game);
        assert_int_equal(answer.count, 1);
        /* the client mixes so that the worker does not care: 60 = 100 - 400 q; the worker: 12 = 400 p */
        assert_found(&answer, third, (const double[]){0.97, 0.03, 0}, (const double[]){0.1, 0.9, 0});
        assert_false(answer.found[0].pure);
        assert_near(answer.found[0].expected[third == 0 ? 1 : 0], 60);
        assert_near(answer.found[0].expected[third == 2 ? 1 : 2], -3);
        assert_near(answer.found[0].expected[third], 0);
    }
}

static void pure_ones_come_first(void **state)
{
    static const double battle[] = {2, 1, 0, 0, 0, 0, 1, 2};
    static const double stones[] = {0, 0, -1, 1, 1, -1, 1, -1, 0, 0, -1, 1, -1, 1, 1, -1, 0, 0};
    static const double dilemma[] = {3, 3, 0, 5, 5, 0, 1, 1};
    (void)state;
    equilibria answer;
    prom_mixed_game game = two_players(2, 2, 2, battle);
    solve(&answer, &game);
    assert_int_equal(answer.count, 3);
    assert_true(answer.found[0].pure && answer.found[1].pure && !answer.found[2].pure);
    assert_found(&answer, 2, (const double[]){2 / 3.0, 1 / 3.0, 0}, (const double[]){1 / 3.0, 2 / 3.0, 0});
    assert_int_equal(prom_mixed_solve(&game, answer.found, 2), 2);
    assert_int_equal(prom_mixed_solve(&game, answer.found, 0), 0);
    game = two_players(1, 3, 3, stones);
    solve(&answer, &game);
    assert_int_equal(answer.count, 1);
    assert_found(&answer, 1, (const double[]){1 / 3.0, 1 / 3.0, 1 / 3.0}, (const double[]){1 / 3.0, 1 / 3.0, 1 / 3.0});
    game = two_players(2, 2, 2, dilemma);
    solve(&answer, &game);
    assert_int_equal(answer.count, 1);
    assert_true(answer.found[0].pure && answer.found[0].chance[0][1] == 1 && answer.found[0].chance[1][1] == 1);
    assert_near(prom_mixed_regret(&game, &(const prom_mixed_equilibrium){.chance = {{1}, {1}, {1}}}), 2);
}

/* Where a player does not care, the corners of what it may do are listed: the second keeps to its first action as long
 * as the first takes its own first one with at least 1/4. */
static void corners_of_a_degenerate_game(void **state)
{
    static const double payoffs[] = {1, 1, 0, 0, 1, 0, 3, 1 / 3.0};
    (void)state;
    equilibria answer;
    const prom_mixed_game game = two_players(2, 2, 2, payoffs);
    solve(&answer, &game);
    assert_int_equal(answer.count, 3);
    assert_found(&answer, 2, (const double[]){1, 0, 0}, (const double[]){1, 0, 0});
    assert_found(&answer, 2, (const double[]){0, 1, 0}, (const double[]){0, 1, 0});
    assert_found(&answer, 2, (const double[]){0.25, 0.75, 0}, (const double[]){1, 0, 0});
    static const double nothing[2 * 3 * 3] = {0};
    const prom_mixed_game idle = two_players(2, 3, 3, nothing);
    solve(&answer, &idle);
    assert_int_equal(answer.count, 9);
}

/* To meet at one of six places: any set of them will do, all as likely. The second player counts them backward. */
static void many_ways_to_meet(void **state)
{
    enum { PLACES = 6 };
    double payoffs[2 * PLACES * PLACES] = {0};
    (void)state;
    for (size_t place = 0; place < PLACES; place++) {
        double *meet = &payoffs[2 * (place * PLACES + PLACES - 1 - place)];
        meet[0] = 1;
        meet[1] = 1;
    }
    equilibria answer;
    const prom_mixed_game game = two_players(2, PLACES, PLACES, payoffs);
    solve(&answer, &game);
    assert_int_equal(answer.count, (1 << PLACES) - 1);
    for (size_t i = 0; i < answer.count; i++) {
        size_t places = 0;
        for (size_t place = 0; place < PLACES; place++) {
            const double chance = answer.found[i].chance[0][place];
            assert_near(answer.found[i].chance[1][PLACES - 1 - place], chance);
            places += chance > 0;
        }
        assert_near(answer.found[i].expected[0], 1 / (double)places);
    }
}

/* Payoffs in satoshi, of which some differ by a fee only. */
static void small_differences_count(void **state)
{
    static const double payoffs[] = {20000000, 500, 20000002, 0, 19999999, 499.5, 20000003, 501};
    (void)state;
    equilibria answer;
    const prom_mixed_game game = two_players(0, 2, 2, payoffs);
    solve(&answer, &game);
    assert_int_equal(answer.count, 3);
    const double q = 501 - 499.5; /* the second does not care: 500 p = 0 p' ... */
    const double first = q / (500 + q);
    for (size_t i = 0; i < answer.count; i++) {
        if (!answer.found[i].pure) {
            assert_true(fabs(answer.found[i].chance[1][0] - first) < 1e-9);
            assert_true(fabs(answer.found[i].chance[2][0] - 0.5) < 1e-7);
        }
    }
}

static double *payoff_at(prom_mixed_game *game, unsigned bits)
{
    return game->payoff[bits & 1][bits >> 1 & 1][bits >> 2 & 1];
}

/* Each of three wants that at least one of the others volunteers, and saves the cost itself. */
static void three_volunteers(void **state)
{
    (void)state;
    equilibria answer;
    prom_mixed_game game = {{2, 2, 2}, {{{{0}}}}};
    for (unsigned bits = 0; bits < 8; bits++) {
        for (size_t player = 0; player < 3; player++) {
            payoff_at(&game, bits)[player] = (bits != 0 ? 9 : 0) - ((bits >> player & 1) != 0 ? 4 : 0);
        }
    }
    solve(&answer, &game);
    /* one volunteers: 3; two mix as if the third were not there: 3; all mix, with a chance of (4/9)^(1/2) not to */
    assert_int_equal(answer.count, 7);
    assert_true(answer.found[2].pure && !answer.found[3].pure);
    const prom_mixed_equilibrium *all = &answer.found[6];
    for (size_t player = 0; player < 3; player++) {
        assert_near(all->chance[player][0], 2 / 3.0);
        assert_near(all->expected[player], 5);
    }
}

/* Matching pennies in a ring: what each prefers hangs on the next one alone, so that two equations have no q, or no p.
 */
static void three_in_a_ring(void **state)
{
    (void)state;
    for (size_t turn = 1; turn < 3; turn++) {
        equilibria answer;
        prom_mixed_game game = {{2, 2, 2}, {{{{0}}}}};
        for (unsigned bits = 0; bits < 8; bits++) {
            for (size_t player = 0; player < 3; player++) {
                const unsigned own = bits >> player & 1;
                const unsigned next = bits >> (player + turn) % 3 & 1;
                const bool wants_same = player != 0;
                payoff_at(&game, bits)[player] = (own == next) == wants_same ? (next != 0 ? 3 : 1) : 0;
            }
        }
        solve(&answer, &game);
        assert_int_equal(answer.count, 1);
        for (size_t player = 0; player < 3; player++) {
            assert_near(answer.found[0].chance[player][1], 0.25);
        }
    }
}

/* The product of two chances has to be 1/8, and each is tied to the third: two equilibria in which all mix. */
static void three_with_two_answers(void **state)
{
    (void)state;
    equilibria answer;
    prom_mixed_game game = {{2, 2, 2}, {{{{0}}}}};
    for (unsigned bits = 0; bits < 8; bits++) {
        const unsigned a = bits & 1;
        const unsigned b = bits >> 1 & 1;
        const unsigned c = bits >> 2 & 1;
        payoff_at(&game, bits)[0] = a * (b - (double)c);                  /* q = r */
        payoff_at(&game, bits)[1] = b * (a + (double)c - 1);              /* p = 1 - r */
        payoff_at(&game, bits)[2] = c * ((double)a * (double)b - 0.1875); /* p q = 3/16: r = 1/4 or 3/4 */
    }
    solve(&answer, &game);
    size_t mixed = 0;
    for (size_t i = 0; i < answer.count; i++) {
        const prom_mixed_equilibrium *found = &answer.found[i];
        if (found->chance[2][0] > 0 && found->chance[2][1] > 0) {
            mixed++;
            assert_near(fabs(found->chance[2][1] - 0.5), 0.25);
            assert_near(found->chance[0][0], found->chance[2][1]);
        }
    }
    assert_int_equal(mixed, 2);
}

/* More actions than are taken: the third of each loses. */
static void three_with_more_to_choose_from(void **state)
{
    (void)state;
    equilibria answer;
    prom_mixed_game game = {{3, 3, 3}, {{{{0}}}}};
    for (size_t i = 0; i < 27; i++) {
        const size_t at[3] = {i / 9, i / 3 % 3, i % 3};
        double *payoff = game.payoff[at[0]][at[1]][at[2]];
        for (size_t player = 0; player < 3; player++) {
            const bool somebody = at[0] == 2 || at[1] == 2 || at[2] == 2;
            payoff[player] = (somebody ? 9 : 0) - (at[player] == 2 ? 4 : 0) - (at[player] == 0 ? 1 : 0);
        }
    }
    solve(&answer, &game);
    assert_int_equal(answer.count, 7);
    assert_near(answer.found[6].chance[1][0], 0);
    assert_near(answer.found[6].chance[1][1], 2 / 3.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_inspects_whom),
        cmocka_unit_test(pure_ones_come_first),
        cmocka_unit_test(corners_of_a_degenerate_game),
        cmocka_unit_test(small_differences_count),
        cmocka_unit_test(many_ways_to_meet),
        cmocka_unit_test(three_volunteers),
        cmocka_unit_test(three_in_a_ring),
        cmocka_unit_test(three_with_two_answers),
        cmocka_unit_test(three_with_more_to_choose_from),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
