/* Two players who mix: the corners of the two polyhedra of best replies, one of each, that fit each other (Mangasarian
 * 1964; Avis, Rosenberg, Savani and von Stengel 2010). A corner is found by its support: the actions that are taken,
 * and as many of the other's that are equally good for the other then. */
#include <math.h>
#include <string.h>

#include "equilibrium/mixed_list.h"

#define ACTIONS PROM_MIXED_ACTIONS
#define SLACK 1e-10 /* payoffs lie between 1 and 2 */

enum { CORNERS_MAX = 128 }; /* a polytope of dimension 6 with 12 facets has at most 112 (McMullen's bound) */

/* One of the two: what the other gets, by the other's action and the own one, and the corners of
 * { x : x >= 0, payoff x <= 1 }. */
struct side {
    size_t own;
    size_t others;
    double payoff[ACTIONS][ACTIONS]; /* [the other's][own], between 1 and 2 */
    double corner[CORNERS_MAX][ACTIONS];
    unsigned zero[CORNERS_MAX];  /* own actions that are not taken, as bits */
    unsigned tight[CORNERS_MAX]; /* actions of the other that are best for it */
    size_t count;
};

static double slack_of(const struct side *side, const double x[ACTIONS], size_t other)
{
    double sum = 0;
    for (size_t i = 0; i < side->own; i++) {
        sum += side->payoff[other][i] * x[i];
    }
    return 1 - sum;
}

/* Lists the point if it lies in the polyhedron, and has not been listed. */
static void add_corner(struct side *side, const double x[ACTIONS])
{
    unsigned zero = 0;
    unsigned tight = 0;
    for (size_t i = 0; i < side->own; i++) {
        if (x[i] < -SLACK) {
            return;
        }
        zero |= x[i] <= SLACK ? 1U << i : 0;
    }
    for (size_t other = 0; other < side->others; other++) {
        const double slack = slack_of(side, x, other);
        if (slack < -SLACK) {
            return;
        }
        tight |= slack <= SLACK ? 1U << other : 0;
    }
    for (size_t known = 0; known < side->count; known++) {
        if (side->zero[known] == zero && side->tight[known] == tight) {
            return; /* a corner is where these meet: the same ones meet once */
        }
    }
    if (side->count < CORNERS_MAX) {
        memcpy(side->corner[side->count], x, ACTIONS * sizeof *x);
        side->zero[side->count] = zero;
        side->tight[side->count] = tight;
        side->count++;
    }
}

/* Solves `count` equations, whose right sides stand in column `count` and become the solution. Returns false when there
 * is not exactly one. */
static bool solve(double rows[ACTIONS][ACTIONS + 1], size_t count)
{
    for (size_t column = 0; column < count; column++) {
        size_t pivot = column;
        for (size_t row = column + 1; row < count; row++) {
            pivot = fabs(rows[row][column]) > fabs(rows[pivot][column]) ? row : pivot;
        }
        const double divisor = rows[pivot][column];
        if (fabs(divisor) < SLACK) {
            return false;
        }
        for (size_t i = 0; i <= count; i++) {
            const double moved = rows[pivot][i];
            rows[pivot][i] = rows[column][i];
            rows[column][i] = moved / divisor;
        }
        for (size_t row = 0; row < count; row++) {
            const double factor = row == column ? 0 : rows[row][column];
            for (size_t i = 0; i <= count; i++) {
                rows[row][i] -= factor * rows[column][i];
            }
        }
    }
    return true;
}

static size_t members_of(unsigned set, size_t members[ACTIONS])
{
    size_t count = 0;
    for (size_t i = 0; i < ACTIONS; i++) {
        if ((set & 1U << i) != 0) {
            members[count++] = i;
        }
    }
    return count;
}

/* Finds the point at which the actions outside of `taken` are not taken, and all of `best` are as good as can be. */
static void try_corner(struct side *side, unsigned taken, unsigned best)
{
    size_t own[ACTIONS];
    size_t others[ACTIONS];
    double rows[ACTIONS][ACTIONS + 1];
    double x[ACTIONS] = {0};
    const size_t count = members_of(taken, own);
    if (count != members_of(best, others)) {
        return;
    }
    for (size_t row = 0; row < count; row++) {
        for (size_t i = 0; i < count; i++) {
            rows[row][i] = side->payoff[others[row]][own[i]];
        }
        rows[row][count] = 1;
    }
    if (solve(rows, count)) {
        for (size_t i = 0; i < count; i++) {
            x[own[i]] = rows[i][count];
        }
        add_corner(side, x);
    }
}

/* Where the two players and the third stand in the profile. */
struct pair {
    const prom_mixed_game *game;
    size_t player[2];
    size_t sure;
    size_t action;
};

/* Returns what the player of that side gets. */
static double payoff_of(const struct pair *pair, size_t side, size_t own, size_t other)
{
    size_t at[PROM_MIXED_PLAYERS];
    at[pair->player[side]] = own;
    at[pair->player[1 - side]] = other;
    at[pair->sure] = pair->action;
    return pair->game->payoff[at[0]][at[1]][at[2]][pair->player[side]];
}

/* Finds the corners of how one of the two may play. */
static void find_corners(struct side *side, const struct pair *pair, size_t which)
{
    double least = INFINITY;
    double most = -INFINITY;
    side->own = pair->game->actions[pair->player[which]];
    side->others = pair->game->actions[pair->player[1 - which]];
    side->count = 0;
    for (size_t other = 0; other < side->others; other++) {
        for (size_t own = 0; own < side->own; own++) {
            const double payoff = payoff_of(pair, 1 - which, other, own);
            least = fmin(least, payoff);
            most = fmax(most, payoff);
        }
    }
    for (size_t other = 0; other < side->others; other++) {
        for (size_t own = 0; own < side->own; own++) {
            const double above = payoff_of(pair, 1 - which, other, own) - least;
            side->payoff[other][own] = 1 + (above > 0 ? above / (most - least) : 0);
        }
    }
    for (unsigned taken = 1; taken < 1U << side->own; taken++) {
        for (unsigned best = 1; best < 1U << side->others; best++) {
            try_corner(side, taken, best);
        }
    }
}

static void take_corners(prom_mixed_list *list, const struct pair *pair, const struct side sides[2],
                         const size_t corners[2])
{
    prom_mixed_equilibrium profile = {.pure = true};
    profile.chance[pair->sure][pair->action] = 1;
    for (size_t which = 0; which < 2; which++) {
        const struct side *side = &sides[which];
        const double *x = side->corner[corners[which]];
        double sum = 0;
        for (size_t i = 0; i < side->own; i++) {
            sum += (side->zero[corners[which]] & 1U << i) != 0 ? 0 : x[i];
        }
        for (size_t i = 0; i < side->own; i++) {
            const double chance = (side->zero[corners[which]] & 1U << i) != 0 ? 0 : x[i] / sum;
            profile.chance[pair->player[which]][i] = chance;
            profile.pure = profile.pure && (chance == 0 || chance == 1);
        }
    }
    prom_mixed_take(list, &profile);
}

void prom_mixed_find_pairs(prom_mixed_list *list, size_t sure, size_t action)
{
    const struct pair pair = {list->game, {sure == 0 ? 1 : 0, sure == 2 ? 1 : 2}, sure, action};
    struct side sides[2];
    find_corners(&sides[0], &pair, 0);
    find_corners(&sides[1], &pair, 1);
    const unsigned all[2] = {(1U << sides[0].own) - 1, (1U << sides[1].own) - 1};
    size_t at[2];
    for (at[0] = 0; at[0] < sides[0].count; at[0]++) {
        for (at[1] = 0; at[1] < sides[1].count; at[1]++) {
            /* each action is one that its player does not take, or a best one */
            if ((sides[0].zero[at[0]] | sides[1].tight[at[1]]) == all[0] &&
                (sides[1].zero[at[1]] | sides[0].tight[at[0]]) == all[1]) {
                take_corners(list, &pair, sides, at);
            }
        }
    }
}
