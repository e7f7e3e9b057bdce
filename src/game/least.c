/* The least that each number has to be. Where a number moves others, or may stand in bounds, the question is solved
 * again for each value that is tried; a value that does is taken to do for all above it. */
#include <math.h>

#include "game/solution_parts.h"

/* What is asked of a question with another value. */
typedef struct trial {
    prom_arena *arena;
    const prom_curve *curve;
    const prom_game_question *question;
    void (*set)(prom_game_question *question, uint64_t value);
    bool (*holds)(const prom_game_solution *solution);
    uint64_t stop; /* a value to try on the way, as above it more is moved, which may break a bound; 0: none */
} trial;

static prom_result try_value(const trial *it, uint64_t value, bool *holds, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_game_question question = *it->question;
    prom_game_solution *solution = NULL;
    game_room room;
    prom_arena_init_within(&scratch, it->arena);
    it->set(&question, value);
    *holds = false;
    if (!prom_is_ok(prom_game_question_check(&question, NULL))) {
        return prom_ok();
    }
    PROM_TRY_NEW(solution, &scratch, 1, error);
    PROM_TRY(prom_game_find(&scratch, solution, &room, it->curve, &question, error));
    *holds = solution->games[0] != NULL && it->holds(solution);
    return prom_ok();
}

/* Finds the least value from 1 to `most` that holds; below 0: none does. Doubles first, then halves what is between. */
static prom_result find_least(const trial *it, uint64_t most, double *least, prom_error *error)
{
    uint64_t fails = 0;
    uint64_t value = 1;
    bool holds = false;
    PROM_TRY(try_value(it, value, &holds, error));
    while (!holds && value < most) {
        fails = value;
        value = value < most / 2 ? 2 * value : most;
        value = fails < it->stop && it->stop < value ? it->stop : value;
        PROM_TRY(try_value(it, value, &holds, error));
    }
    *least = -1;
    if (!holds) {
        return prom_ok();
    }
    while (value - fails > 1) {
        const uint64_t middle = fails + (value - fails) / 2;
        PROM_TRY(try_value(it, middle, &holds, error));
        *(holds ? &value : &fails) = middle;
    }
    *least = (double)value;
    return prom_ok();
}

/* -- What holds -- */

/* No group with the worker in it, and without the verifier, gains at others' cost: alone, with the client, with n - k
 * arbiters. Of worker and verifier as one person no stake can be said that would do: E25. */
static bool computing_pays(const prom_game_solution *solution)
{
    enum { W = 2, V = 4 };
    for (uint32_t m = 0; m <= prom_parameters_tolerated(&solution->question->P); m++) {
        for (size_t index = 0; index < PROM_GAME_GROUPS / 2; index++) {
            const prom_game_attack *attack = &solution->gains[index][m];
            const bool pays = attack->gain > 0 && attack->victim != PROM_GAME_PLAYERS;
            if ((index & (W | V)) == W && pays) {
                return false;
            }
        }
    }
    return true;
}

static bool bounds_hold_and_computing_pays(const prom_game_solution *solution)
{
    return solution->bound.sentence[0] == '\0' && computing_pays(solution);
}

static bool come(const prom_game_solution *solution)
{
    const double tolerance = prom_game_tolerance(solution->games[0]);
    return solution->honest[PROM_GAME_W] >= -tolerance && solution->honest[PROM_GAME_V] >= -tolerance;
}

/* -- What is varied -- */

/* w <= v < a stays true: where w is above v it raises v to w, and a by the same factor as v, at least to 1 sat above
 * it. Nothing is lowered. */
static void set_w(prom_game_question *question, uint64_t value)
{
    prom_parameters *P = &question->P;
    const double v = prom_game_sat(P->v);
    const double a = prom_game_sat(P->a);
    P->w = prom_amount_of(value);
    P->v = prom_amount_larger(P->v, P->w);
    if (v > 0 && (double)value > v) {
        const double raised = ceil(a / v * (double)value);
        P->a = prom_amount_larger(
            P->a, prom_amount_of(raised < (double)PROM_AMOUNT_MAX ? (uint64_t)raised : PROM_AMOUNT_MAX));
    }
    P->a = prom_amount_larger(P->a, prom_amount_add(P->v, prom_amount_of(1)));
}

static void set_varsigma(prom_game_question *question, uint64_t value)
{
    question->P.varsigma = (uint16_t)value;
}

static void set_c(prom_game_question *question, uint64_t value)
{
    question->c = prom_amount_of(value);
}

/* -- What needs no trial -- */

/* What a player's utility grows with, one for one, has to be more by what the player lacks. */
static double enough(double has, double utility)
{
    const double needs = ceil(has - utility - PROM_GAME_TOLERANCE);
    return needs > 0 ? needs : 0;
}

/* The chance q of the client's check for which no delivery is better for the worker than to compute, though the
 * verifier signs blindly: what the worker expects is a straight line in q. Below 0: none is. */
static double least_check(const prom_mixed_game *choices)
{
    enum { COMPUTES = 0, SIGNS = 1, NO_CHECK = 0, CHECKS = 1 };
    double least = 0;
    if (choices->actions[1] <= SIGNS || choices->actions[2] <= CHECKS) {
        return -1;
    }
    for (size_t i = 1; i < choices->actions[0]; i++) {
        const double without = choices->payoff[COMPUTES][SIGNS][NO_CHECK][0] - choices->payoff[i][SIGNS][NO_CHECK][0];
        const double with = choices->payoff[COMPUTES][SIGNS][CHECKS][0] - choices->payoff[i][SIGNS][CHECKS][0];
        if (without >= 0) {
            continue;
        }
        if (with < 0) {
            return -1;
        }
        least = fmax(least, without / (without - with));
    }
    return least;
}

prom_result prom_game_least_of(prom_arena *arena, prom_game_least *least, const prom_curve *curve,
                               const prom_game_question *question, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_game_solution *solution = NULL;
    prom_arena_init_within(&scratch, arena);
    PROM_TRY(prom_game_solve(&scratch, &solution, curve, question, error));
    *least = (prom_game_least){-1, -1, -1, -1, -1, -1, -1, -1};
    if (solution->games[0] == NULL) {
        return prom_ok();
    }
    const double *symbols = solution->games[0]->symbols;
    const double *honest = solution->honest;
    least->q = question->setting.audit > 0 ? least_check(&solution->choices) : -1;
    least->retainer =
        question->rules == PROM_GAME_RULES_PAPER ? -1 : enough(symbols[PROM_QUANTITY_RHO], honest[PROM_GAME_A]);
    least->share_w = enough(symbols[PROM_QUANTITY_SHARE_W], honest[PROM_GAME_W]);
    least->share_v = enough(symbols[PROM_QUANTITY_SHARE_V], honest[PROM_GAME_V]);
    least->benefit = enough(symbols[PROM_SYMBOL_BENEFIT], honest[PROM_GAME_C]);
    const uint64_t v = (uint64_t)prom_game_sat(question->P.v);
    const trial trials[] = {
        {arena, curve, question, set_w, bounds_hold_and_computing_pays, v},
        {arena, curve, question, set_varsigma, computing_pays, 0},
        {arena, curve, question, set_c, come, 0},
    };
    PROM_TRY(find_least(&trials[0], PROM_AMOUNT_MAX / 100, &least->w, error));
    PROM_TRY(find_least(&trials[1], PROM_BASIS_POINTS_ONE, &least->varsigma, error));
    return find_least(&trials[2], PROM_AMOUNT_MAX / 100, &least->c, error);
}
