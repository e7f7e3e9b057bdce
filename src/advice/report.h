/* All that `prom game solve` says of a contract. */
#ifndef ADVICE_REPORT_H
#define ADVICE_REPORT_H

#include "advice/advice.h"
#include "outlook/own_verifier.h"

typedef struct prom_advice_report {
    const prom_advice *advice;
    prom_game_solution *solution;
    prom_advice_verdict verdict;
    prom_game_least least;
    prom_own_verifier own_verifier;
    prom_game_margin *margins; /* [prom_game_parameter_count()] */
    prom_game_condition *conditions;
    size_t condition_count;
    prom_game_properties properties; /* of the tree that `prom game export` writes, where there is one */
    prom_error not_exported;         /* why there is none; else an empty sentence */
} prom_advice_report;

/* Solves the game, and all that is asked beside it. */
PROM_MUST_USE prom_result prom_advice_report_make(prom_advice_report *report, prom_advice *advice, prom_error *error);

/* Prints it, 80 columns wide. */
void prom_advice_report_print(const prom_advice_report *report);
/* Prints its second half: seats, what cannot be seen, what hurts, and how far all of it holds. */
void prom_advice_report_print_limits(const prom_advice_report *report);
/* Returns all of it as JSON, which the caller owns; NULL when memory ran out. */
json_t *prom_advice_report_json(const prom_advice_report *report);

/* Returns what a player can do in the choices that nobody sees, "verifies"; `player` is 0 for the worker, 1 for the
 * verifier, 2 for the client. */
const char *prom_advice_choice(const prom_game_solution *solution, size_t player, size_t action);

#endif
