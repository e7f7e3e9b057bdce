/* What a share of the offers is worth; docs/protocol.md, section 2. */
#include "contract/bounds.h"
#include "prometheus/contract/draw.h"

prom_result prom_pool_check(const prom_parameters *P, size_t counted, prom_error *error)
{
    const struct amount_bound bounds[] = {
        BOUND_MIN("the stake of a fifth of the offers that count",
                  prom_amount_divide(prom_amount_multiply(P->a, counted), PROM_POOL_SHARE),
                  prom_amount_multiply(P->w, PROM_POOL_STAKES), "10 w, else the arbiters are cheap to own"),
    };
    return prom_check_amount_bounds(bounds, sizeof bounds / sizeof bounds[0], error);
}

/* Returns `n` over `k`, of small numbers. */
static double choose(uint32_t n, uint32_t k)
{
    double ways = 1;
    for (uint32_t i = 0; i < k; i++) {
        ways = ways * (double)(n - i) / (double)(i + 1);
    }
    return ways;
}

double prom_pool_chance(uint32_t n, uint32_t k, size_t owned, size_t counted)
{
    double chance = 0;
    for (uint32_t seats = k; seats <= n; seats++) {
        double way = choose(n, seats); /* the seats one by one: first the owned ones, then the others */
        for (uint32_t i = 0; i < n; i++) {
            const size_t left = i < seats ? owned : counted - owned;
            const size_t taken = i < seats ? i : i - seats;
            way *= left > taken ? (double)(left - taken) / (double)(counted - i) : 0;
        }
        chance += way;
    }
    return chance;
}

double prom_pool_chance_of_share(uint32_t n, uint32_t k, double share)
{
    double chance = 0;
    for (uint32_t seats = k; seats <= n; seats++) {
        double way = choose(n, seats);
        for (uint32_t i = 0; i < n; i++) {
            way *= i < seats ? share : 1 - share;
        }
        chance += way;
    }
    return chance;
}
