/* What arbiters' seats are worth, and what they cost.
 *
 * An owner of `owned` of the pool's offers is drawn for at least m of the n seats with chance p(m) (hypergeometric). It
 * knows the draw before it decides anything: with b = n - k + 1 seats it can keep a decision from being made, with k it
 * makes it. What m seats add is the most, over all groups of C, W, V and F's owner, that the group gains with m
 * arbiters beyond what it gains without them. So of a contract in which it is a party as well the owner may expect,
 * with p(n + 1) = 0, the sum over all m from b to n of
 *
 *     (p(m) - p(m + 1)) * worth(m),
 *
 * against what its offers cost while the contract lasts when all keep the rules: the interest on owned * a. The
 * retainers are no part of this: an honest owner has them too. */
#include <math.h>

#include "game/solution_parts.h"
#include "prometheus/contract/draw.h"
#include "prometheus/game/odds.h"

/* Returns what m seats add, and the group that gains most by them in `best`, which stays where they add nothing. */
static double find_worth(const prom_game_attack **best, const prom_game_solution *solution, uint32_t m)
{
    double most = 0;
    for (size_t index = 0; index < prom_game_group_count(solution->question); index++) {
        const prom_game_attack *with = &solution->gains[index][m];
        const double worth = with->gain - solution->gains[index][0].gain;
        if (worth > most + prom_game_tolerance(with->game)) {
            most = worth;
            *best = with;
        }
    }
    return most;
}

static void find_best(prom_game_seats *seats, const prom_game_solution *solution)
{
    const prom_game_attack *best = &solution->gains[0][seats->m];
    seats->worth = find_worth(&best, solution, seats->m);
    seats->best = *best;
}

/* -- Bribes: arbiters who are nobody's, and are bought after the draw -- */

static bool is_decided(const prom_game_outcome *outcome)
{
    return outcome->deciders_a + outcome->deciders_h > 0;
}

/* #7 is right where the package is good and was delivered in time, #6 where it was not. */
static bool is_right(const prom_game_outcome *outcome)
{
    const unsigned good = PROM_GAME_GOOD | PROM_GAME_DELIVERED;
    return (outcome->scheme == 7) == ((outcome->facts & good) == good);
}

/* What one of A may end with when the attack works: the m arbiters do not decide, or, where they are enough, decide
 * what is wrong. */
static bool does_as_told(const prom_game_solution *solution, const prom_game_seats *seats,
                         const prom_game_outcome *outcome)
{
    const bool can_decide = seats->m >= prom_parameters_quorum(&solution->question->P) && seats == &solution->seats[1];
    const bool appeal = outcome->scheme == 6 || outcome->scheme == 7;
    return can_decide ? appeal && outcome->deciders_a > 0 && !is_right(outcome) : outcome->scheme == 5;
}

/* Computes the price from what an arbiter ends with in each case, the most of what is possible; where it fails, the
 * least: it stands alone, and loses its stake. */
static void find_bribe(prom_game_seats *seats, const prom_game_solution *solution)
{
    const prom_game *game = solution->games[seats->m];
    const prom_game *alone = solution->games[1];
    double told = -INFINITY;
    double right = -INFINITY;
    double failed = INFINITY;
    for (size_t ending = 0; ending < game->tree.ending_count; ending++) {
        const prom_game_outcome *outcome = &game->outcomes[ending];
        const double value = game->tree.values[ending * PROM_GAME_PLAYERS + PROM_GAME_A] / game->m;
        const bool by_appeal = outcome->scheme == 6 || outcome->scheme == 7;
        const bool by_rules = by_appeal && outcome->deciders_a == game->m && is_right(outcome);
        told = does_as_told(solution, seats, outcome) ? fmax(told, value) : told;
        right = by_rules && (outcome->facts & PROM_GAME_ARBITRATED_A) != 0 ? fmax(right, value) : right;
    }
    for (size_t ending = 0; ending < alone->tree.ending_count; ending++) {
        const prom_game_outcome *outcome = &alone->outcomes[ending];
        const double value = alone->tree.values[ending * PROM_GAME_PLAYERS + PROM_GAME_A];
        failed = is_decided(outcome) && outcome->deciders_a == 0 ? fmin(failed, value) : failed;
    }
    if (isfinite(told) && isfinite(right) && isfinite(failed)) {
        const prom_odds_bribe bribe = prom_odds_bribe_of(seats->m, right, told, failed);
        seats->bribe_each = bribe.each;
        seats->bribe_promised = bribe.promised;
    }
}

/* -- What an owner may expect -- */

static void find_expectation(prom_game_solution *solution)
{
    const prom_game_question *question = solution->question;
    const prom_game_setting *setting = &question->setting;
    prom_game_seats *block = &solution->seats[0];
    prom_game_seats *decide = &solution->seats[1];
    block->chance = -1;
    decide->chance = -1;
    if (setting->pool == 0) {
        return;
    }
    block->chance = prom_pool_chance(question->P.n, block->m, setting->owned, setting->pool);
    decide->chance = prom_pool_chance(question->P.n, decide->m, setting->owned, setting->pool);
    const uint32_t ending = prom_game_follow(&solution->games[0]->tree, 0, 0, NULL);
    const double locked = prom_game_sat(question->P.a) * setting->owned;
    solution->seats_cost =
        prom_odds_interest(locked, setting->interest, prom_game_outcome_at(solution->games[0], ending)->blocks);
    for (uint32_t m = block->m; m <= question->P.n && setting->owned > 0; m++) {
        const prom_game_attack *best = NULL;
        const double more =
            m < question->P.n ? prom_pool_chance(question->P.n, m + 1, setting->owned, setting->pool) : 0;
        const double chance = prom_pool_chance(question->P.n, m, setting->owned, setting->pool) - more;
        solution->seats_expected += chance * find_worth(&best, solution, m);
    }
}

/* The rule of docs/protocol.md, section 2: a fifth of the pool costs at least 10 w. */
static void check_pool(prom_game_solution *solution)
{
    const prom_game_question *question = solution->question;
    if (question->setting.pool > 0 && !prom_is_ok(prom_pool_check(&question->P, question->setting.pool, NULL))) {
        const double fifth = prom_game_sat(question->P.a) * question->setting.pool / PROM_POOL_SHARE;
        prom_game_note(solution, PROM_RISK_SEATS_CHEAP, NULL, PROM_POOL_STAKES * prom_game_sat(question->P.w) - fifth);
    }
}

void prom_game_find_seats(prom_game_solution *solution)
{
    const prom_parameters *P = &solution->question->P;
    solution->seats[0].m = prom_parameters_tolerated(&solution->question->P) + 1;
    solution->seats[1].m = prom_parameters_quorum(P);
    for (size_t i = 0; i < 2; i++) {
        find_best(&solution->seats[i], solution);
        find_bribe(&solution->seats[i], solution);
    }
    find_expectation(solution);
    check_pool(solution);
    const double profit = solution->seats_expected - solution->seats_cost;
    if (profit > prom_game_tolerance(solution->games[0])) {
        prom_game_note(solution, PROM_RISK_SEATS_CHEAP, &solution->seats[1].best, profit);
    }
}
