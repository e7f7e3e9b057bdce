#include "advice/report.h"

#include "advice/checkmate.h"

enum { CONDITIONS_ROOM = 256 };

/* The three properties of the tree that is exported. That there is none is no failure. */
static prom_result check_properties(prom_advice_report *report, prom_advice *advice, prom_error *error)
{
    prom_checkmate checkmate;
    const prom_result made = prom_checkmate_of(&checkmate, advice, 0, &report->not_exported);
    if (made.category == PROM_CATEGORY_BAD_INPUT) {
        return prom_ok();
    }
    if (!prom_is_ok(made)) {
        *error = report->not_exported;
        return made;
    }
    report->not_exported.sentence[0] = '\0';
    return prom_game_check_properties(&advice->arena, &report->properties, &checkmate.tree, error);
}

prom_result prom_advice_report_make(prom_advice_report *report, prom_advice *advice, prom_error *error)
{
    prom_arena *arena = &advice->arena;
    const prom_game_question *question = &advice->question;
    *report = (prom_advice_report){.advice = advice};
    PROM_TRY(prom_game_solve(arena, &report->solution, advice->curve, question, error));
    report->verdict = prom_advice_verdict_of(report->solution, advice->accepted);
    if (report->solution->games[0] == NULL) { /* a bound is broken, and there is no game without it */
        return prom_ok();
    }
    PROM_TRY(prom_own_verifier_of(&report->own_verifier, report->solution, error));
    PROM_TRY(prom_game_least_of(arena, &report->least, advice->curve, question, error));
    PROM_TRY_NEW(report->margins, arena, prom_game_parameter_count(), error);
    PROM_TRY(prom_game_margins(arena, report->margins, advice->curve, question, error));
    PROM_TRY_NEW(report->conditions, arena, CONDITIONS_ROOM, error);
    PROM_TRY(prom_game_conditions(arena, report->conditions, CONDITIONS_ROOM, &report->condition_count,
                                  report->solution, error));
    if (report->condition_count > CONDITIONS_ROOM) {
        report->condition_count = CONDITIONS_ROOM;
    }
    return check_properties(report, advice, error);
}

const char *prom_advice_choice(const prom_game_solution *solution, size_t player, size_t action)
{
    static const char *const verifier[] = {"verifies", "signs blindly", "accuses blindly", "is silent"};
    static const char *const client[] = {"does not check", "checks"};
    const prom_game *game = solution->games[0];
    if (player == 0) { /* its deliveries, as the tree has them */
        return game->tree.nodes[game->tree.nodes[game->delivery].first_child + action].action;
    }
    return player == 1 ? verifier[action] : client[action];
}
