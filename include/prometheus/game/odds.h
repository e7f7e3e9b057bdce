/* Chances, and what they cost: samples, seats, bribes. Closed forms, each with its source. */
#ifndef PROMETHEUS_GAME_ODDS_H
#define PROMETHEUS_GAME_ODDS_H

#include <stdint.h>

#include "prometheus/base/declarations.h"

PROM_DECLARATIONS_BEGIN

/* Returns how many of `items` a fraction of `varsigma` basis points checks: the next whole number, at least 1 and at
 * most all (protocol 10). */
uint32_t prom_odds_sample(uint32_t items, uint32_t varsigma);

/* Returns the chance, 0 to 1, that a sample of `sample` of `items`, drawn without replacement, has one of the `wrong`
 * ones (hypergeometric). Known answers that are hidden among the items find a wrong one with the same chance. The
 * error is below 1e-9 of the chance, and, but for a double's last digit, of its complement. Takes less than half a
 * million steps, mostly far less. */
double prom_odds_detection(uint32_t items, uint32_t wrong, uint32_t sample);

/* Returns the chance to be found when the worker may roll `rolls` seeds and keeps the one it likes best: all have to
 * find it. 1: it has no choice (E11 closed, docs/protocol.md 10). 0 is taken as 1. */
double prom_odds_with_rolls(double detection, double rolls);

/* Returns the least stake, in sat, for which honesty pays in IBISS: the least w with p (s + w) > c, p the chance of
 * detection, s = c (1 + markup) the pay and c the cost of computing. 0 where losing the pay is enough, infinite where p
 * is 0. */
double prom_odds_ibiss_stake(double p, double c, double markup);

/* Returns what locking `amount` sat for `blocks` blocks costs, in sat, at `interest` basis points a year of 52,560
 * blocks. */
double prom_odds_interest(double amount, uint32_t interest, double blocks);

/* The price of arbiters that are bought after the draw. */
typedef struct prom_odds_bribe {
    double each;     /* what one asks at least, sat: what it loses by doing as told when all who are bought do so */
    double together; /* of all that are needed */
    double promised; /* what the briber must own and promise when it pays only if the attack fails (P + epsilon,
                        Buterin 2015): it spends nothing when it works */
} prom_odds_bribe;

/* Computes the price of `bought` arbiters: `right` is what one has at the end when it votes as the rules say, `told`
 * what it has when the attack works, `failed` when it does as told and the attack fails, each in sat, repeat business
 * and the cost of voting counted in. Nothing is below 0: who gains by doing as told asks nothing. */
prom_odds_bribe prom_odds_bribe_of(unsigned bought, double right, double told, double failed);

PROM_DECLARATIONS_END

#endif
