/* Work, machines and rates to try the market's rules with. */
#ifndef PROMETHEUS_TEST_MARKET_JOBS_H
#define PROMETHEUS_TEST_MARKET_JOBS_H

#include "contract/cast.h"

#include "market/price.h"

/* Work of a program that is there in numbers only, linear in its items. */
static inline prom_work plain_work(uint32_t items)
{
    return (prom_work){.scheme = 2,
                       .items = items,
                       .macs = UINT64_C(2000000) * items,
                       .program_bytes = 100000,
                       .input_bytes = 8 + UINT64_C(784) * items,
                       .output_bytes = 8 + UINT64_C(10) * items,
                       .package_bytes = 150000 + UINT64_C(100) * items,
                       .run_memory = 3000000 + UINT64_C(800) * items,
                       .prove_memory = 3000000 + UINT64_C(2000000) * items,
                       .prove_effort = UINT64_C(100000) * items,
                       .check_memory = 5000000 + UINT64_C(100) * items,
                       .check_steps = 1000000 + UINT64_C(1000) * items};
}

static inline __attribute__((unused)) prom_machine plain_machine(void)
{
    return (prom_machine){.macs_per_second = 10000000000,
                          .effort_per_second = 10000000,
                          .steps_per_second = 100000000,
                          .bytes_per_second = 10000000,
                          .memory = UINT64_C(8) << 30};
}

static inline __attribute__((unused)) prom_rates plain_rates(void)
{
    return (prom_rates){.macs = 1000, .bytes = 20000, .effort = 50000, .least = prom_amount_of(1000)};
}

static inline __attribute__((unused)) uint64_t sat_of(prom_amount amount)
{
    uint64_t sat = 0;
    assert_true(prom_amount_get(amount, &sat));
    return sat;
}

#endif
