/* Equilibria of small games in normal form, where players do not see what the others chose: worker, verifier, and the
 * client's own check. */
#ifndef PROMETHEUS_EQUILIBRIUM_MIXED_H
#define PROMETHEUS_EQUILIBRIUM_MIXED_H

#include <stdbool.h>
#include <stddef.h>

#include "prometheus/base/declarations.h"

PROM_DECLARATIONS_BEGIN

#define PROM_MIXED_PLAYERS 3
#define PROM_MIXED_ACTIONS 6

/* What each of up to three players gets, in sat, by what they do. A player that has nothing to decide has one action.
 */
typedef struct prom_mixed_game {
    size_t actions[PROM_MIXED_PLAYERS]; /* 1 to PROM_MIXED_ACTIONS */
    double payoff[PROM_MIXED_ACTIONS][PROM_MIXED_ACTIONS][PROM_MIXED_ACTIONS][PROM_MIXED_PLAYERS];
} prom_mixed_game;

/* With which chance each player takes each of its actions, and what each may expect. */
typedef struct prom_mixed_equilibrium {
    double chance[PROM_MIXED_PLAYERS][PROM_MIXED_ACTIONS];
    double expected[PROM_MIXED_PLAYERS];
    bool pure;
} prom_mixed_equilibrium;

/* Returns the most that a player can gain, in sat, by leaving the profile alone: 0 (within PROM_GAME_TOLERANCE) in an
 * equilibrium. */
double prom_mixed_regret(const prom_mixed_game *game, const prom_mixed_equilibrium *profile);

/* Finds Nash equilibria: all pure ones first; then those of two players who mix, whatever the third does for sure; then
 * those of three players who mix two actions each. What is not looked for are three players who mix, one of them three
 * actions or more. Where equilibria are not single (a degenerate game), the corners of what they fill are listed: of
 * two players, where the third has one action, all (Mangasarian 1964: every equilibrium is a mean of such); of three,
 * those that are corners for the two who mix. Actions are taken for equally good within 1e-10 of the range of payoffs.
 * Each equilibrium that is listed has a regret of at most 1e-9 of the largest payoff; pure ones, of
 * PROM_GAME_TOLERANCE. Returns how many there are, at most `room`. */
size_t prom_mixed_solve(const prom_mixed_game *game, prom_mixed_equilibrium *found, size_t room);

PROM_DECLARATIONS_END

#endif
