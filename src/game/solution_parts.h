/* What the files that say what the game means share: passes over a tree, and the parts of a solution. */
#ifndef GAME_SOLUTION_PARTS_H
#define GAME_SOLUTION_PARTS_H

#include "game/rules.h"
#include "prometheus/game/solution.h"

/* Room for passes over any game of a solution. */
typedef struct game_room {
    double *numbers;           /* [node_count] */
    double *more_numbers;      /* likewise */
    double *chances;           /* likewise */
    prom_game_choice *choices; /* likewise */
    bool *reached;             /* likewise */
    unsigned *sure;            /* likewise */
    double *vectors;           /* [node_count][player] */
    double *weights;           /* [ending_count] */
    prom_game_lapse *lapses;   /* [node_count] */
    size_t node_count;
} game_room;

/* Computes what a solution says, but for `choices`, the equilibria and `griefs`. Those who solve a question again and
 * again, with one number changed, look at the findings only. `room` is what the rest needs. */
PROM_MUST_USE prom_result prom_game_find(prom_arena *arena, prom_game_solution *solution, game_room *room,
                                         const prom_curve *curve, const prom_game_question *question,
                                         prom_error *error);

/* -- Groups -- */

/* Returns the players of a group by its index in `gains` (C 1, W 2, V 4, F 8), as bits of the game. */
unsigned prom_game_group_players(size_t index, uint32_t m);
/* Returns how many groups there are: those with F only where somebody owns it. */
size_t prom_game_group_count(const prom_game_question *question);
/* Returns how many persons' worth of conspirators it takes: C, W, V and F one each, and m arbiters. */
unsigned prom_game_group_size(const prom_game_group *group);
/* Returns rho, of rules that have it. */
double prom_game_retainer(const prom_game_question *question);
/* Returns by how much utilities that are equal may differ, sat: they are sums of some dozen terms, each with an error
 * of up to 2^-53 of all that is at stake. */
double prom_game_tolerance(const prom_game *game);

/* -- Passes -- */

/* Marks the nodes that the coalition can bring about from `from` on while all others keep the rules, whatever chance
 * does. */
void prom_game_mark(const prom_game_tree *tree, uint32_t from, unsigned coalition, bool *reached);
/* Computes what each player may expect from `from` on when the coalition takes `choices` and all others keep the
 * rules. `chances` [node_count] gets the chance of each node. */
void prom_game_expect(const prom_game_tree *tree, uint32_t from, unsigned coalition, const prom_game_choice *choices,
                      double *chances, double expected[PROM_GAME_PLAYERS_MAX]);
/* Computes of each node the facts that are true at all endings below it, whatever anybody does. */
void prom_game_sure_facts(const prom_game *game, unsigned *sure);
/* Returns which child of a decision is the only one that makes a fact sure, or child_count. */
uint8_t prom_game_child_with(const unsigned *sure, const prom_game_node *node, unsigned fact);
/* Returns the node behind a choice of the worker from which on A has given its receipts: the node itself where A has no
 * say in that. */
uint32_t prom_game_receipted(const prom_game *game, uint32_t node);
/* Returns at how many decisions the rules were broken on the way to a node. */
unsigned prom_game_breaches(const prom_game_tree *tree, uint32_t node);
/* Finds the last decision on the way to a node at which the rules are broken: from there on all is the doing of who
 * decides there. Returns whether there is one. */
bool prom_game_find_breach(const prom_game_tree *tree, uint32_t node, uint32_t *decision);
/* Returns a value, or the money, of a player at an ending, by the ending's node. */
double prom_game_value_at(const prom_game *game, uint32_t node, prom_game_player player);
double prom_game_money_at(const prom_game *game, uint32_t node, prom_game_player player);
/* Returns the outcome of an ending, by its node. */
const prom_game_outcome *prom_game_outcome_at(const prom_game *game, uint32_t node);
/* Returns what the players of the coalition get at an ending together, by its node. */
double prom_game_group_value_at(const prom_game *game, uint32_t node, unsigned coalition);

/* -- Parts of the solution, in the order in which they are computed -- */

/* Fills in gains[][]: the best that each group can do. */
void prom_game_solve_gains(prom_game_solution *solution, game_room *room);
/* Adds a finding, or puts it in place of the one of the same risk that is less; or as large, and takes more breaches of
 * the rules to come to. */
void prom_game_note(prom_game_solution *solution, prom_game_risk risk, const prom_game_attack *attack, double amount);
/* Returns whether an attack, at its ending, brings somebody outside below what it is promised, or makes the client pay
 * for nothing: for a result that it does not have, or that is wrong. */
bool prom_game_robs(const prom_game_attack *attack);
void prom_game_find_robberies(prom_game_solution *solution, game_room *room);
void prom_game_find_gains(prom_game_solution *solution);
void prom_game_find_locked(prom_game_solution *solution);
PROM_MUST_USE prom_result prom_game_find_lapses(prom_arena *arena, prom_game_solution *solution, game_room *room,
                                                prom_error *error);
void prom_game_find_stalling(prom_game_solution *solution, game_room *room);
void prom_game_find_seats(prom_game_solution *solution);
void prom_game_find_unpaid(prom_game_solution *solution);
/* Puts the findings in the order of severity. */
void prom_game_sort_findings(prom_game_solution *solution);
/* Fills in the normal form, its equilibria and where the first of them leads. */
void prom_game_solve_choices(prom_game_solution *solution, game_room *room);
void prom_game_solve_griefs(prom_game_solution *solution, game_room *room);

#endif
