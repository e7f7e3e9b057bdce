#include "prometheus/channel/fees.h"

#include "prometheus/contract/bump.h"

/* Each block that is left divides the limit by 4 = 2^2: a feerate of 1 sat/vB and one of 1000 are five blocks apart,
 * which is less than the safety margin of a public network. */
enum { BITS_FOR_BLOCK = 2 };

/* A bid for money that waits in vain is doubled so often in s blocks. */
enum { RAISES_IN_MARGIN = 3 };

prom_amount prom_fee_limit(const prom_fee_obligation *obligation)
{
    return obligation->lateness == PROM_LATE_COSTS_MONEY
               ? obligation->at_risk
               : prom_amount_fraction(obligation->at_risk, PROM_FEE_TIME_SHARE);
}

/* The highest feerate at which so many virtual bytes cost no more than the limit; of a limit that is too large to be
 * multiplied, a little less. */
static uint32_t highest(prom_amount limit, size_t vsize)
{
    uint64_t feerate = 0;
    prom_amount divided = prom_amount_divide(prom_amount_multiply(limit, 1000), vsize);
    if (!prom_amount_is_valid(divided)) {
        divided = prom_amount_multiply(prom_amount_divide(limit, vsize), 1000);
    }
    if (!prom_amount_is_valid(limit) || vsize == 0) {
        return 0;
    }
    return prom_amount_get(divided, &feerate) && feerate < UINT32_MAX ? (uint32_t)feerate : UINT32_MAX;
}

/* `feerate` doubled so often, at most `ceiling`. */
static uint32_t doubled(uint32_t feerate, int64_t times, uint32_t ceiling)
{
    for (int64_t i = 0; i < times && feerate < ceiling; i++) {
        feerate = feerate > UINT32_MAX / 2 ? UINT32_MAX : feerate * 2;
    }
    return feerate < ceiling ? feerate : ceiling;
}

/* Blocks since it was wanted. */
static int64_t waited_of(const prom_fee_obligation *obligation, int64_t tip)
{
    return tip > obligation->first_tip ? tip - obligation->first_tip : 0;
}

/* The estimate, until s blocks have passed by which it should have been enough. Then it was wrong, or somebody takes
 * the child out of mempools again and again, who pays for each time more than the child does: the bid is raised so soon
 * that most of the window costs it the limit at every block. */
static uint32_t for_patience(const prom_fee_obligation *obligation, int64_t tip, uint32_t estimate, uint32_t ceiling)
{
    const int64_t margin = (int64_t)obligation->safety_margin;
    const int64_t step = margin > RAISES_IN_MARGIN ? margin / RAISES_IN_MARGIN : 1;
    const int64_t over = waited_of(obligation, tip) - margin;
    return doubled(estimate, over >= 0 ? over / step + 1 : 0, ceiling);
}

static uint32_t for_money(const prom_fee_obligation *obligation, int64_t tip, uint32_t estimate, uint32_t ceiling)
{
    const uint32_t start = estimate < ceiling ? estimate : ceiling;
    if (obligation->last_block == PROM_WINDOW_OPEN) {
        return start;
    }
    const uint32_t patient = for_patience(obligation, tip, estimate, ceiling);
    const int64_t left = obligation->last_block - tip;
    if (left >= (int64_t)obligation->safety_margin && left > 1) {
        return patient;
    }
    const int64_t bits = left <= 1 ? 0 : (left - 1) * BITS_FOR_BLOCK;
    const uint32_t pressed = bits < 32 ? ceiling >> bits : 0;
    return pressed > patient ? pressed : patient;
}

static uint32_t for_time(const prom_fee_obligation *obligation, int64_t tip, uint32_t estimate, uint32_t ceiling)
{
    const int64_t waited = waited_of(obligation, tip);
    const int64_t margins = obligation->safety_margin > 0 ? waited / (int64_t)obligation->safety_margin : 0;
    const int64_t times = margins < PROM_FEE_TIME_DOUBLINGS_MAX ? margins : PROM_FEE_TIME_DOUBLINGS_MAX;
    return doubled(estimate, times, ceiling);
}

uint32_t prom_fee_feerate(const prom_fee_obligation *obligation, int64_t tip, const prom_fee_estimates *estimates)
{
    const uint32_t ceiling = highest(prom_fee_limit(obligation), obligation->vsize);
    return obligation->lateness == PROM_LATE_COSTS_MONEY ? for_money(obligation, tip, estimates->soon, ceiling)
                                                         : for_time(obligation, tip, estimates->in_time, ceiling);
}
