/* The coin that a party keeps for the fees of a contract: how much it must hold, so that nobody robs the party by fees
 * for less than what is at risk. docs/fees.md has what it costs with such coins, as measured. */
#ifndef PROMETHEUS_CHANNEL_FEE_COIN_H
#define PROMETHEUS_CHANNEL_FEE_COIN_H

#include <stdint.h>

#include "prometheus/base/declarations.h"
#include "prometheus/channel/facts.h"
#include "prometheus/contract/terms.h"

PROM_DECLARATIONS_BEGIN

typedef struct prom_fee_coin {
    prom_amount value;   /* that the coin must hold */
    prom_amount at_risk; /* by the transaction that it must hold so much for; where only time is lost, what waits */
    uint32_t blocks;     /* in which that can be mined, when it is wanted as late as it may be; 0: time alone is lost */
} prom_fee_coin;

/* Computes what the coin of a role must hold in a contract of such terms, base terms or full ones, valid or not. It is
 * the largest of what each transaction takes that the role may have to publish:
 *
 * - Who keeps it out of blocks by replacing its child pays what the child does, in every block of the window: so much
 *   that the bids of prom_fee_feerate, none above the coin, are together what is at risk. They are counted as if the
 *   fee of the terms was just too little from the start, and the party had used all the time that its step may take.
 * - Who pins it by a child that is not mined: prom_bump_coin_min, at the highest feerate that the owner pays for.
 *
 * And no more than the fee policy spends: what is at risk, or prom_fee_limit where time alone is lost. `highest` is in
 * sat for 1000 vB. PROM_CATEGORY_BAD_INPUT when the terms are of no network, or no contract can have such stakes. */
PROM_MUST_USE prom_result prom_fee_coin_of(prom_fee_coin *coin, const prom_terms *terms, prom_role role,
                                           uint32_t highest, prom_error *error);

PROM_DECLARATIONS_END

#endif
