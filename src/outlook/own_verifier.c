#include "outlook/own_verifier.h"

#define SCRATCH_MAX ((size_t)1 << 28) /* bytes */

enum { CLIENT_AND_VERIFIER = 1 | 4 }; /* as prom_game_solution's gains count them */

/* What the closing transaction pays the worker: money is less the deposit. */
static prom_result find_least(double *least, const prom_game *game, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    const unsigned parties = PROM_GAME_PLAYER(PROM_GAME_C) | PROM_GAME_PLAYER(PROM_GAME_V);
    const unsigned group = parties | (game->m > 0 ? PROM_GAME_PLAYER(PROM_GAME_A) : 0);
    double *weights = NULL;
    double *room = NULL;
    prom_arena_init(&scratch, SCRATCH_MAX);
    PROM_TRY_NEW(weights, &scratch, game->tree.ending_count, error);
    PROM_TRY_NEW(room, &scratch, game->tree.node_count, error);
    for (size_t ending = 0; ending < game->tree.ending_count; ending++) {
        weights[ending] = game->money[ending * PROM_GAME_PLAYERS + PROM_GAME_W];
    }
    *least = game->symbols[PROM_QUANTITY_W] + prom_game_optimum(&game->tree, group, weights, true, NULL, room);
    return prom_ok();
}

static double locked_by_both(const prom_game *game)
{
    const prom_game_question *question = game->question;
    const double *of = game->symbols;
    const double retainers = question->rules == PROM_GAME_RULES_PAPER ? 0 : question->P.n * of[PROM_QUANTITY_RHO];
    const double bond = question->setting.audit != 0 ? of[PROM_SYMBOL_BOND] : 0;
    return of[PROM_QUANTITY_C] + retainers + bond + of[PROM_QUANTITY_V];
}

prom_result prom_own_verifier_of(prom_own_verifier *it, const prom_game_solution *solution, prom_error *error)
{
    const prom_parameters *P = &solution->question->P;
    const prom_game *game = solution->games[0];
    const uint32_t few = prom_parameters_tolerated(P);
    *it = (prom_own_verifier){.locked = locked_by_both(game),
                              .honest = solution->honest[PROM_GAME_C] + solution->honest[PROM_GAME_V],
                              .promised = game->symbols[PROM_QUANTITY_W] + solution->promised[PROM_GAME_W],
                              .count = few > 0 ? 2 : 1};
    for (size_t i = 0; i < it->count; i++) {
        const uint32_t arbiters = i == 0 ? 0 : few;
        it->play[i].arbiters = arbiters;
        it->play[i].attack = &solution->gains[CLIENT_AND_VERIFIER][arbiters];
        PROM_TRY(find_least(&it->play[i].worker, solution->games[arbiters], error));
    }
    return prom_ok();
}

bool prom_own_verifier_keeps(const prom_own_verifier *it, const prom_own_verifier_play *play)
{
    const double rounding = 0.5; /* sat: payments are whole */
    return play->worker > it->promised - rounding;
}
