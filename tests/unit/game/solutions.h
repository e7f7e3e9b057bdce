/* What tests of solutions share: questions with a fund that is nobody's, solved, and what stands in the solutions. */
#ifndef PROMETHEUS_TEST_GAME_SOLUTIONS_H
#define PROMETHEUS_TEST_GAME_SOLUTIONS_H

#include "game/questions.h"
#include "prometheus/game/solution.h"

/* Groups by their index in `gains`. */
enum { GROUP_C = 1, GROUP_W = 2, GROUP_V = 4, GROUP_F = 8 };

enum {
    BIT_C = PROM_GAME_PLAYER(PROM_GAME_C),
    BIT_W = PROM_GAME_PLAYER(PROM_GAME_W),
    BIT_V = PROM_GAME_PLAYER(PROM_GAME_V),
    BIT_A = PROM_GAME_PLAYER(PROM_GAME_A),
    BIT_F = PROM_GAME_PLAYER(PROM_GAME_F),
};

/* Gives P the fund that nobody owns. To be called after the last change to P, where bounds are looked at. */
static inline void set_fund(fixture *test, prom_game_question *question)
{
    assert_ok(prom_parameters_fund(test->curve, &question->P.F, &question->P, &test->error), &test->error);
}

static inline prom_game_question safe_question(fixture *test, uint8_t n)
{
    prom_game_question question = small_question(n);
    set_fund(test, &question);
    return question;
}

static inline prom_game_question paper_question(void)
{
    prom_game_question question = small_question(3);
    question.rules = PROM_GAME_RULES_PAPER;
    return question;
}

static inline const prom_game_solution *solve(fixture *test, const prom_game_question *question)
{
    prom_game_solution *solution = NULL;
    assert_ok(prom_game_solve(&test->arena, &solution, test->curve, question, &test->error), &test->error);
    return solution;
}

/* Returns the finding of that risk, or NULL. */
static inline const prom_game_finding *finding_of(const prom_game_solution *solution, prom_game_risk risk)
{
    for (size_t i = 0; i < solution->finding_count; i++) {
        if (solution->findings[i].risk == risk) {
            return &solution->findings[i];
        }
    }
    return NULL;
}

static inline const prom_game_attack *attack_of(const prom_game_solution *solution, prom_game_risk risk)
{
    const prom_game_finding *finding = finding_of(solution, risk);
    if (finding == NULL || !finding->has_attack) {
        fail_msg("there is no attack '%s'", prom_game_risk_name(risk));
    }
    return &finding->attack;
}

static inline const prom_game_outcome *ending_of(const prom_game_attack *attack)
{
    return &attack->game->outcomes[attack->game->tree.nodes[attack->ending].ending];
}

static inline double value_of(const prom_game_attack *attack, prom_game_player player)
{
    return attack->game->tree.values[attack->game->tree.nodes[attack->ending].ending * PROM_GAME_PLAYERS + player];
}

/* That a group, with these arbiters, gains by an attack that ends in a scheme, at somebody's cost. */
static inline void assert_attack(const prom_game_attack *attack, unsigned players, unsigned scheme,
                                 prom_game_player victim)
{
    assert_true(attack->gain > 1);
    assert_int_equal(attack->group.players, players);
    assert_int_equal(ending_of(attack)->scheme, scheme);
    assert_int_equal(attack->victim, victim);
}

#define assert_within(a, b, tolerance) assert_true((a) - (b) < (tolerance) && (b) - (a) < (tolerance))

#endif
