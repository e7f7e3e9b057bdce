/* Terms to try with, and to weigh transactions by. Keys, coins and offers are made from their names: the same in every
 * run, and no secret. */
#ifndef OUTLOOK_EXAMPLE_H
#define OUTLOOK_EXAMPLE_H

#include "prometheus/contract/terms.h"

/* What to know of the example before one uses it. */
extern const char prom_contract_example_comment[];

/* Sets network, P, reward, retainer and feerate of the example, with `arbiters` arbiters. On regtest amounts and times
 * are for trying; on the other networks they are what a first contract of that many arbiters might have. */
PROM_MUST_USE prom_result prom_contract_example_parameters(const prom_curve *curve, prom_terms *terms,
                                                           const prom_chain_parameters *network, uint8_t arbiters,
                                                           prom_error *error);

/* Gives terms that have these everything else: each party one coin that holds its deposit and enough for all fees. More
 * than PROM_ARBITERS_MAX of P's n get no terms. PROM_CATEGORY_BAD_INPUT when the terms are for no known network. */
PROM_MUST_USE prom_result prom_contract_example_fill(const prom_curve *curve, prom_terms *terms, prom_error *error);

#endif
