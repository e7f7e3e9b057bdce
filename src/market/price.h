/* What a job costs at somebody's rates, and the reward that pays worker and verifier. Integers alone, rounded up for
 * who is paid: so client and worker come to the same number. */
#ifndef MARKET_PRICE_H
#define MARKET_PRICE_H

#include "market/work.h"
#include "prometheus/contract/payout.h"

/* Returns what a role asks for: the rates for all that it runs, moves and proves (a verifier: checks), rounded up to
 * the satoshi, and what the contract costs it on the chain; never less than rates->least. Invalid when that is no
 * amount. A larger batch, a higher rate and higher fees never make it less. */
prom_amount prom_price_of(const prom_rates *rates, const prom_work *work, const prom_parameters *P, prom_role role,
                          prom_amount fees);

/* Returns the price that a node can tell from an ask alone, as prom_price_of does once the program is there; n is that
 * of the P that the ask names. */
prom_amount prom_price_of_ask(const prom_rates *rates, const prom_ask *ask, const prom_parameters *P, prom_amount fees);

/* What a reward is made of. */
typedef struct prom_prices {
    prom_amount worker;
    prom_amount verifier; /* 0 where the client verifies itself: the verifier's share then stays at home */
} prom_prices;

typedef struct prom_reward {
    prom_amount c;       /* the smallest reward that is safe and of which each share covers its price */
    prom_amount needed;  /* the smallest of which they do, safe or not: above `largest` there is no c */
    prom_amount largest; /* that is safe with this P and retainer; 0: none is */
} prom_reward;

/* Finds the reward. Returns false, with c invalid, when there is none. Higher prices never make it less. */
PROM_MUST_USE bool prom_reward_of(prom_reward *reward, const prom_parameters *P, prom_amount retainer,
                                  const prom_prices *prices);

/* Returns what the client pays in the end when the result is accepted, fees not counted: c and the retainers, less the
 * verifier's share where that is its own. */
prom_amount prom_reward_cost(const prom_parameters *P, prom_amount c, prom_amount retainer, bool verifies_itself);

#endif
