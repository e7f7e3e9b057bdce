/* What the files of mixed.h share. */
#ifndef EQUILIBRIUM_MIXED_LIST_H
#define EQUILIBRIUM_MIXED_LIST_H

#include "prometheus/equilibrium/mixed.h"

/* The equilibria that are found so far. */
typedef struct prom_mixed_list {
    const prom_mixed_game *game;
    prom_mixed_equilibrium *found;
    size_t room;
    size_t count;
    double tolerance; /* of the regret of those that are not pure, sat */
} prom_mixed_list;

/* Appends the profile if nobody regrets it, and if it is not listed yet. */
void prom_mixed_take(prom_mixed_list *list, const prom_mixed_equilibrium *profile);

/* Finds those in which one player takes one action for sure, and the two others what they like. */
void prom_mixed_find_pairs(prom_mixed_list *list, size_t sure, size_t action);

/* Finds those in which each of three players mixes two actions. */
void prom_mixed_find_triples(prom_mixed_list *list);

/* Returns what the player may expect of an action, sat, when the others keep to the profile. */
double prom_mixed_worth(const prom_mixed_game *game, const prom_mixed_equilibrium *profile, size_t player,
                        size_t action);

#endif
