#include "prometheus/equilibrium/mixed.h"

#include <math.h>
#include <string.h>

#include "equilibrium/mixed_list.h"
#include "prometheus/equilibrium/tree.h"

#define REGRET_TOLERANCE 1e-9 /* of the largest payoff */
#define SAME_CHANCE 1e-9

double prom_mixed_worth(const prom_mixed_game *game, const prom_mixed_equilibrium *profile, size_t player,
                        size_t action)
{
    double chance[PROM_MIXED_PLAYERS][PROM_MIXED_ACTIONS];
    memcpy(chance, profile->chance, sizeof chance);
    memset(chance[player], 0, sizeof chance[player]);
    chance[player][action] = 1;
    double worth = 0;
    for (size_t i = 0; i < game->actions[0]; i++) {
        for (size_t j = 0; j < game->actions[1] && chance[0][i] != 0; j++) {
            for (size_t k = 0; k < game->actions[2] && chance[1][j] != 0; k++) {
                worth += chance[0][i] * chance[1][j] * chance[2][k] * game->payoff[i][j][k][player];
            }
        }
    }
    return worth;
}

/* Writes what each may expect, and returns the largest regret. */
static double expect(const prom_mixed_game *game, const prom_mixed_equilibrium *profile,
                     double expected[PROM_MIXED_PLAYERS])
{
    double regret = 0;
    for (size_t player = 0; player < PROM_MIXED_PLAYERS; player++) {
        double best = -INFINITY;
        expected[player] = 0;
        for (size_t action = 0; action < game->actions[player]; action++) {
            const double worth = prom_mixed_worth(game, profile, player, action);
            expected[player] += profile->chance[player][action] * worth;
            best = fmax(best, worth);
        }
        regret = fmax(regret, best - expected[player]);
    }
    return regret;
}

double prom_mixed_regret(const prom_mixed_game *game, const prom_mixed_equilibrium *profile)
{
    double expected[PROM_MIXED_PLAYERS];
    return expect(game, profile, expected);
}

static bool same(const prom_mixed_game *game, const prom_mixed_equilibrium *a, const prom_mixed_equilibrium *b)
{
    for (size_t player = 0; player < PROM_MIXED_PLAYERS; player++) {
        for (size_t action = 0; action < game->actions[player]; action++) {
            if (fabs(a->chance[player][action] - b->chance[player][action]) > SAME_CHANCE) {
                return false;
            }
        }
    }
    return true;
}

void prom_mixed_take(prom_mixed_list *list, const prom_mixed_equilibrium *profile)
{
    if (list->count == list->room) {
        return;
    }
    prom_mixed_equilibrium *next = &list->found[list->count];
    *next = *profile;
    const double regret = expect(list->game, next, next->expected);
    if (!(regret <= (next->pure ? PROM_GAME_TOLERANCE : list->tolerance))) {
        return;
    }
    for (size_t i = 0; i < list->count; i++) {
        if (same(list->game, &list->found[i], next)) {
            return;
        }
    }
    list->count++;
}

static void find_pure(prom_mixed_list *list)
{
    const size_t *actions = list->game->actions;
    for (size_t i = 0; i < actions[0] * actions[1] * actions[2]; i++) {
        prom_mixed_equilibrium profile = {.pure = true};
        profile.chance[0][i / (actions[1] * actions[2])] = 1;
        profile.chance[1][i / actions[2] % actions[1]] = 1;
        profile.chance[2][i % actions[2]] = 1;
        prom_mixed_take(list, &profile);
    }
}

static double largest_payoff(const prom_mixed_game *game)
{
    double largest = 0;
    for (size_t i = 0; i < game->actions[0]; i++) {
        for (size_t j = 0; j < game->actions[1]; j++) {
            for (size_t k = 0; k < game->actions[2]; k++) {
                for (size_t player = 0; player < PROM_MIXED_PLAYERS; player++) {
                    largest = fmax(largest, fabs(game->payoff[i][j][k][player]));
                }
            }
        }
    }
    return largest;
}

size_t prom_mixed_solve(const prom_mixed_game *game, prom_mixed_equilibrium *found, size_t room)
{
    prom_mixed_list list = {
        .game = game, .found = found, .room = room, .tolerance = REGRET_TOLERANCE * largest_payoff(game)};
    find_pure(&list);
    for (size_t player = 0; player < PROM_MIXED_PLAYERS; player++) {
        if (game->actions[player] == 1) { /* then the two others are all that there is */
            prom_mixed_find_pairs(&list, player, 0);
            return list.count;
        }
    }
    for (size_t player = 0; player < PROM_MIXED_PLAYERS; player++) {
        for (size_t action = 0; action < game->actions[player]; action++) {
            prom_mixed_find_pairs(&list, player, action);
        }
    }
    prom_mixed_find_triples(&list);
    return list.count;
}
