/* Terms to try with, and to weigh transactions by. Keys, coins and offers are made from their names: the same in every
 * run, and no secret. */
#ifndef OUTLOOK_EXAMPLE_H
#define OUTLOOK_EXAMPLE_H

#include "prometheus/base/arena.h"
#include "prometheus/contract/terms.h"

/* What to know of the example before one uses it. */
extern const char prom_contract_example_comment[];

/* Sets network, P, reward and feerate of the example, with `arbiters` arbiters. */
void prom_contract_example_parameters(prom_terms *terms, uint8_t arbiters);

/* Gives terms that have these everything else: each party one Taproot coin that holds its deposit and enough for all
 * fees. More than PROM_ARBITERS_MAX of P's n get no terms. */
PROM_MUST_USE prom_result prom_contract_example_fill(const prom_curve *curve, prom_arena *arena, prom_terms *terms,
                                                     prom_error *error);

#endif
