/* What a contract costs on the chain, before its coins are known: bounds that hold with as many coins as are said. */
#ifndef MARKET_FEES_H
#define MARKET_FEES_H

#include "prometheus/channel/facts.h"
#include "prometheus/contract/terms.h"

typedef struct prom_contract_fees {
    prom_amount tx0;     /* the party's part of Tx0's fee; of C with the anchor */
    prom_amount normal;  /* all that it pays where the result is accepted (#3): of C also Tx4 and its anchor */
    prom_amount reserve; /* that C locks for the dearest path; what is not used comes back to it */
} prom_contract_fees;

/* Computes what a role pays at `feerate` sat/vB in a contract of n arbiters, when it brings so many coins, and W and V
 * one each. Everybody has change. */
prom_contract_fees prom_contract_fees_of(prom_role role, uint8_t n, uint32_t feerate, uint32_t coins);

/* Returns all that the role locks for a contract of these terms (P, c, retainer and feerate are read), with fees and
 * without the coin that it keeps for children: invalid when that is no amount. */
prom_amount prom_contract_locks(prom_role role, const prom_terms *terms, uint32_t coins);

#endif
