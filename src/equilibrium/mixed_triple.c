/* Three players who mix two actions each. A player mixes when it does not matter to it which of its two it takes; that
 * is an equation in the chances of the two others, of each of degree 1:
 *
 *   a0 + a1 q + a2 r + a3 q r = 0     first player,  q, r: chances of the second's and third's second action
 *   b0 + b1 p + b2 r + b3 p r = 0     second player, p: chance of the first's
 *   c0 + c1 p + c2 q + c3 p q = 0     third player
 *
 * With q and p from the first two the third is of degree 2 in r. */
#include <math.h>

#include "equilibrium/mixed_list.h"

#define ZERO 1e-12 /* the largest coefficient of each equation is 1 */

/* The two actions of each player. */
typedef size_t actions[PROM_MIXED_PLAYERS][2];

/* x0 + x1 s + x2 t + x3 s t, or with the last two 0, x0 + x1 s. */
struct form {
    double x[4];
};

/* By how much the player likes its second action more, when the others take these; `first` and `second` are 0 or 1. */
static double preference(const prom_mixed_game *game, const actions taken, size_t player, size_t first, size_t second)
{
    size_t at[PROM_MIXED_PLAYERS];
    const size_t others[2] = {player == 0 ? 1 : 0, player == 2 ? 1 : 2};
    at[others[0]] = taken[others[0]][first];
    at[others[1]] = taken[others[1]][second];
    at[player] = taken[player][1];
    const double likes = game->payoff[at[0]][at[1]][at[2]][player];
    at[player] = taken[player][0];
    return likes - game->payoff[at[0]][at[1]][at[2]][player];
}

/* Writes the player's equation. Returns false when it has nothing to prefer, whatever the others do. */
static bool equation_of(struct form *form, const prom_mixed_game *game, const actions taken, size_t player)
{
    const double none = preference(game, taken, player, 0, 0);
    const double first = preference(game, taken, player, 1, 0);
    const double second = preference(game, taken, player, 0, 1);
    const double both = preference(game, taken, player, 1, 1);
    const double largest = fmax(fmax(fabs(none), fabs(first)), fmax(fabs(second), fabs(both)));
    if (largest == 0) {
        return false;
    }
    *form = (struct form){{none / largest, (first - none) / largest, (second - none) / largest,
                           (none - first - second + both) / largest}};
    return true;
}

/* Returns the equation as one of s, with t known. */
static struct form with_second(struct form form, double t)
{
    return (struct form){{form.x[0] + form.x[2] * t, form.x[1] + form.x[3] * t, 0, 0}};
}

static struct form with_first(struct form form, double s)
{
    return (struct form){{form.x[0] + form.x[1] * s, form.x[2] + form.x[3] * s, 0, 0}};
}

/* Returns where x0 + x1 s is 0, or NAN where that is nowhere or everywhere. */
static double root_of(struct form form)
{
    return fabs(form.x[1]) > ZERO ? -form.x[0] / form.x[1] : NAN;
}

/* Writes where x0 + x1 r + x2 r^2 is 0, NAN where it is not. */
static void roots_of(double roots[2], double x0, double x1, double x2)
{
    roots[0] = NAN;
    roots[1] = NAN;
    if (fabs(x2) <= ZERO) {
        roots[0] = root_of((struct form){{x0, x1, 0, 0}});
        return;
    }
    const double square = x1 * x1 - 4 * x2 * x0;
    const double half = -0.5 * (x1 + copysign(sqrt(fmax(square, 0)), x1)); /* no digits cancel */
    if (square >= -ZERO) {
        roots[0] = half / x2;
        roots[1] = half != 0 ? x0 / half : NAN;
    }
}

/* The three equations, and the actions that they are of. */
struct system {
    prom_mixed_list *list;
    actions taken;
    struct form equation[PROM_MIXED_PLAYERS];
};

static void take(const struct system *system, double p, double q, double r)
{
    const double second[PROM_MIXED_PLAYERS] = {p, q, r};
    prom_mixed_equilibrium profile = {.pure = false};
    for (size_t player = 0; player < PROM_MIXED_PLAYERS; player++) {
        if (!(second[player] > ZERO && second[player] < 1 - ZERO)) {
            return; /* it does not mix */
        }
        profile.chance[player][system->taken[player][0]] = 1 - second[player];
        profile.chance[player][system->taken[player][1]] = second[player];
    }
    prom_mixed_take(system->list, &profile);
}

/* Finds p and q for this r. Where one of the first two equations holds for this r whatever the other player does, the
 * third gives what is missing. */
static void complete(const struct system *system, double r)
{
    const struct form *equation = system->equation;
    double q = root_of(with_second(equation[0], r));
    double p = root_of(with_second(equation[1], r));
    if (isnan(q) && !isnan(p)) {
        q = root_of(with_first(equation[2], p));
    } else if (isnan(p) && !isnan(q)) {
        p = root_of(with_second(equation[2], q));
    }
    take(system, p, q, r);
}

/* Finds all r for which there may be p and q. */
static void find_r(const struct system *system)
{
    const double *a = system->equation[0].x;
    const double *b = system->equation[1].x;
    const double *c = system->equation[2].x;
    /* q = -n / d, p = -m / e, with n = a0 + a2 r, d = a1 + a3 r, m = b0 + b2 r, e = b1 + b3 r:
     * c0 d e - c1 m d - c2 n e + c3 m n = 0 */
    const double x0 = c[0] * a[1] * b[1] - c[1] * b[0] * a[1] - c[2] * a[0] * b[1] + c[3] * b[0] * a[0];
    const double x2 = c[0] * a[3] * b[3] - c[1] * b[2] * a[3] - c[2] * a[2] * b[3] + c[3] * b[2] * a[2];
    const double x1 = c[0] * (a[1] * b[3] + a[3] * b[1]) - c[1] * (b[0] * a[3] + b[2] * a[1]) -
                      c[2] * (a[0] * b[3] + a[2] * b[1]) + c[3] * (b[0] * a[2] + b[2] * a[0]);
    double roots[2]; /* where n = d = 0, or m = e = 0, is one of them too */
    roots_of(roots, x0, x1, x2);
    complete(system, roots[0]);
    complete(system, roots[1]);
}

void prom_mixed_find_triples(prom_mixed_list *list)
{
    const size_t *count = list->game->actions;
    struct system system = {.list = list};
    size_t(*taken)[2] = system.taken;
    size_t pairs[PROM_MIXED_PLAYERS];
    for (size_t player = 0; player < PROM_MIXED_PLAYERS; player++) {
        pairs[player] = count[player] * count[player];
    }
    for (size_t i = 0; i < pairs[0] * pairs[1] * pairs[2]; i++) {
        const size_t pair[PROM_MIXED_PLAYERS] = {i / pairs[2] / pairs[1], i / pairs[2] % pairs[1], i % pairs[2]};
        bool are = true;
        for (size_t player = 0; player < PROM_MIXED_PLAYERS; player++) {
            taken[player][0] = pair[player] / count[player];
            taken[player][1] = pair[player] % count[player];
            are = are && taken[player][0] < taken[player][1];
        }
        for (size_t player = 0; are && player < PROM_MIXED_PLAYERS; player++) {
            are = equation_of(&system.equation[player], list->game, system.taken, player);
        }
        if (are) {
            find_r(&system);
        }
    }
}
