#include "prometheus/game/solution.h"

#include <string.h>

#include "game/solution_parts.h"

/* protocol 9, of t5: within the window the result is verified, and a challenge confirms. */
static prom_result check_window(const prom_game_question *question, prom_error *error)
{
    const uint32_t has = question->setting.audit;
    const uint32_t needs = question->network->verification + 2 * question->network->safety_margin + 2;
    if (has != 0 && has < needs) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the audit window is %u, and at least %u is needed: vt + 2s + 2", has, needs);
    }
    return prom_ok();
}

/* Bounds are the contract's: of the paper's game none is asked, as it is there to see what happens without them. */
static void check_bounds(prom_game_solution *solution, const prom_curve *curve)
{
    const prom_game_question *question = solution->question;
    const prom_stakes stakes = {&question->P, question->c, question->retainer};
    if (question->rules == PROM_GAME_RULES_PAPER) {
        return;
    }
    if (!prom_is_ok(prom_parameters_check(curve, &question->P, question->network, &solution->bound)) ||
        !prom_is_ok(prom_stakes_check(&stakes, &solution->bound)) ||
        !prom_is_ok(check_window(question, &solution->bound))) {
        prom_game_note(solution, PROM_RISK_BOUND, NULL, 0);
    }
}

/* The games that are needed: without arbiters in the group; with one; with n - k, the most within the assumption; with
 * n - k + 1, who keep a decision from being made; and with k, who make it. Between 1 and n - k all that a group gets is
 * a straight line in m, as its arbiters change no decision: where it does best, it does best at one end. Of who owns
 * offers it is asked what each number of seats is worth that it may be drawn for. */
static prom_result build_games(prom_arena *arena, prom_game_solution *solution, prom_error *error)
{
    const prom_game_question *question = solution->question;
    const uint32_t tolerated = prom_parameters_tolerated(&question->P);
    const uint32_t quorum = prom_parameters_quorum(&question->P);
    const uint32_t needed[] = {0, 1, tolerated, tolerated + 1, quorum};
    if (quorum > question->P.n || 2 * quorum <= question->P.n) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%u of %u arbiters decide, and more than half have to", quorum,
                         (unsigned)question->P.n);
    }
    const bool owned = question->setting.pool > 0 && question->setting.owned > 0;
    for (uint32_t m = 0; m <= question->P.n; m++) {
        bool is_needed = owned && m > tolerated;
        for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
            is_needed = is_needed || m == needed[i];
        }
        if (is_needed) {
            prom_game *game = NULL;
            PROM_TRY(prom_game_build(arena, &game, question, m, error));
            solution->games[m] = game;
        }
    }
    return prom_ok();
}

static prom_result make_room(prom_arena *arena, game_room *room, const prom_game_solution *solution, prom_error *error)
{
    size_t endings = 0;
    for (uint32_t m = 0; m <= PROM_ARBITERS_MAX; m++) {
        const prom_game *game = solution->games[m];
        if (game != NULL) {
            room->node_count = game->tree.node_count > room->node_count ? game->tree.node_count : room->node_count;
            endings = game->tree.ending_count > endings ? game->tree.ending_count : endings;
        }
    }
    PROM_TRY_NEW(room->numbers, arena, room->node_count, error);
    PROM_TRY_NEW(room->more_numbers, arena, room->node_count, error);
    PROM_TRY_NEW(room->chances, arena, room->node_count, error);
    PROM_TRY_NEW(room->choices, arena, room->node_count, error);
    PROM_TRY_NEW(room->reached, arena, room->node_count, error);
    PROM_TRY_NEW(room->lapses, arena, room->node_count, error);
    PROM_TRY_NEW(room->vectors, arena, room->node_count * PROM_GAME_PLAYERS, error);
    PROM_TRY_NEW(room->weights, arena, endings, error);
    return prom_ok();
}

static void fill_honest(prom_game_solution *solution)
{
    const prom_game_question *question = solution->question;
    const double retainer = prom_game_retainer(question);
    const double n = question->P.n;
    double all[PROM_GAME_PLAYERS_MAX];
    double alone[PROM_GAME_PLAYERS_MAX];
    prom_game_honest(&solution->games[0]->tree, 0, all);
    prom_game_honest(&solution->games[1]->tree, 0, alone);
    memcpy(solution->honest, all, sizeof solution->honest);
    solution->honest[PROM_GAME_A] = alone[PROM_GAME_A];
    solution->promised[PROM_GAME_C] = -prom_game_sat(question->c) - n * retainer;
    solution->promised[PROM_GAME_W] = prom_game_sat(prom_share_of_worker(&question->P, question->c));
    solution->promised[PROM_GAME_A] = retainer;
    solution->promised[PROM_GAME_H] = n * retainer;
}

static bool has_finding(const prom_game_solution *solution, prom_game_risk first, prom_game_risk last)
{
    for (size_t i = 0; i < solution->finding_count; i++) {
        if (solution->findings[i].risk >= first && solution->findings[i].risk <= last) {
            return true;
        }
    }
    return false;
}

static void judge(prom_game_solution *solution)
{
    const uint32_t tolerated = prom_parameters_tolerated(&solution->question->P);
    bool single = false;
    bool any = false;
    for (uint32_t m = 0; m <= tolerated; m++) {
        for (size_t index = 0; index < prom_game_group_count(solution->question); index++) {
            const prom_game_attack *attack = &solution->gains[index][m];
            const bool gains = attack->gain > 0; /* by more than the tolerance */
            any = any || gains;
            single = single || (gains && prom_game_group_size(&attack->group) == 1);
        }
    }
    /* With no arbiter tolerated one alone is beyond the assumption, and still a player. */
    solution->nash = !single && !(solution->gains[0][1].gain > 0);
    solution->coalition_proof = !any;
    solution->immune = !has_finding(solution, PROM_RISK_WORKER_ROBBED, PROM_RISK_ARBITER_ROBBED);
}

prom_result prom_game_find(prom_arena *arena, prom_game_solution *solution, game_room *room, const prom_curve *curve,
                           const prom_game_question *question, prom_error *error)
{
    *solution = (prom_game_solution){.question = question};
    *room = (game_room){.node_count = 0};
    PROM_TRY(prom_game_question_check(question, error));
    check_bounds(solution, curve);
    const prom_result built = build_games(arena, solution, error);
    if (!prom_is_ok(built)) {
        /* Payouts that are more than the deposits: a broken bound says why, and there is nothing to compute. */
        const bool bound = solution->finding_count > 0 && built.category == PROM_CATEGORY_BAD_INPUT;
        return bound ? prom_ok() : built;
    }
    PROM_TRY(make_room(arena, room, solution, error));
    fill_honest(solution);
    prom_game_solve_gains(solution, room);
    prom_game_find_robberies(solution, room);
    prom_game_find_locked(solution);
    prom_game_find_gains(solution);
    PROM_TRY(prom_game_find_lapses(arena, solution, room, error));
    prom_game_find_stalling(solution, room);
    prom_game_find_seats(solution);
    prom_game_find_unpaid(solution);
    prom_game_sort_findings(solution);
    judge(solution);
    return prom_ok();
}

static prom_result find_new(prom_arena *arena, prom_game_solution **solution, game_room *room, const prom_curve *curve,
                            const prom_game_question *question, prom_error *error)
{
    PROM_TRY_NEW(*solution, arena, 1, error);
    return prom_game_find(arena, *solution, room, curve, question, error);
}

prom_result prom_game_judge(prom_arena *arena, prom_game_solution **solution, const prom_curve *curve,
                            const prom_game_question *question, prom_error *error)
{
    game_room room;
    return find_new(arena, solution, &room, curve, question, error);
}

prom_result prom_game_solve(prom_arena *arena, prom_game_solution **solution, const prom_curve *curve,
                            const prom_game_question *question, prom_error *error)
{
    game_room room;
    PROM_TRY(find_new(arena, solution, &room, curve, question, error));
    if ((*solution)->games[0] != NULL) {
        PROM_TRY_NEW(room.sure, arena, room.node_count, error);
        prom_game_solve_choices(*solution, &room);
        prom_game_solve_griefs(*solution, &room);
    }
    return prom_ok();
}
