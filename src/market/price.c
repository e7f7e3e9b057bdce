#include "market/price.h"

enum { MILLION = 1000000, MSAT = 1000, DUST = 330 };

/* -- Prices -- */

/* A rate for a million, of a number that times it may not fit 64 bits. Rounded up. */
static uint64_t charge(uint64_t count, uint64_t rate)
{
    const uint64_t whole = prom_count_times(count / MILLION, rate);
    const uint64_t part = prom_count_over(prom_count_times(count % MILLION, rate), MILLION);
    return count == UINT64_MAX && rate > 0 ? UINT64_MAX : prom_count_add(whole, part);
}

prom_amount prom_price_of(const prom_rates *rates, const prom_work *work, const prom_parameters *P, prom_role role,
                          prom_amount fees)
{
    const bool worker = role == PROM_ROLE_WORKER;
    uint64_t msat = charge(worker ? work->macs : prom_work_checked_macs(work, P), rates->macs);
    msat = prom_count_add(msat, charge(worker ? work->fuel : prom_work_checked_fuel(work, P), rates->fuel));
    msat = prom_count_add(msat, charge(prom_work_line_bytes(work, P, role), rates->bytes));
    msat = prom_count_add(msat, charge(worker ? work->prove_effort : work->check_steps, rates->effort));
    const prom_amount asked = prom_amount_add(prom_amount_of(prom_count_over(msat, MSAT)), fees);
    return prom_amount_larger(asked, rates->least);
}

prom_amount prom_price_of_ask(const prom_rates *rates, const prom_ask *ask, const prom_parameters *P, prom_amount fees)
{
    const prom_work work = prom_work_of_ask(ask);
    return prom_price_of(rates, &work, P, ask->role, fees);
}

/* -- Rewards -- */

static bool covers(const prom_parameters *P, prom_amount c, const prom_prices *prices)
{
    return prom_amount_at_least(prom_share_of_worker(P, c), prices->worker) &&
           prom_amount_at_least(prom_share_of_verifier(P, c), prices->verifier);
}

/* The smallest c of which both shares cover their prices, which every larger one's do; invalid when none does. */
static prom_amount least_covering(const prom_parameters *P, const prom_prices *prices)
{
    prom_amount low = prom_amount_zero();
    prom_amount high = prom_amount_of(PROM_AMOUNT_MAX);
    if (!covers(P, high, prices)) {
        return prom_amount_invalid();
    }
    while (prom_amount_above(prom_amount_subtract(high, low), prom_amount_of(1))) {
        const prom_amount middle = prom_amount_add(low, prom_amount_divide(prom_amount_subtract(high, low), 2));
        *(covers(P, middle, prices) ? &high : &low) = middle;
    }
    return high;
}

bool prom_reward_of(prom_reward *reward, const prom_parameters *P, prom_amount retainer, const prom_prices *prices)
{
    reward->largest = prom_stakes_reward_max(P, retainer);
    reward->needed = least_covering(P, prices);
    reward->c = prom_amount_invalid();
    /* Less is dust, which no payout may be; where the worker of #4 is left with dust, only the largest c is safe. */
    const prom_amount tried[] = {prom_amount_larger(reward->needed, prom_amount_of(DUST)), reward->largest};
    for (size_t i = 0; i < sizeof tried / sizeof tried[0]; i++) {
        const prom_stakes stakes = {P, tried[i], retainer};
        if (prom_amount_at_least(tried[i], reward->needed) && prom_is_ok(prom_stakes_check(&stakes, NULL))) {
            reward->c = tried[i];
            return true;
        }
    }
    return false;
}

prom_amount prom_reward_cost(const prom_parameters *P, prom_amount c, prom_amount retainer, bool verifies_itself)
{
    const prom_amount retainers = prom_amount_multiply(retainer, P->n);
    const prom_amount paid = verifies_itself ? prom_share_of_worker(P, c) : c;
    return prom_amount_add(paid, retainers);
}
