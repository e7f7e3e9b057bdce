/* Measures what fuel this machine takes in a second, with modules that prom-wasm runs in one thread, as a node does a
 * job. */
#ifndef DAEMON_MEASURE_FUEL_H
#define DAEMON_MEASURE_FUEL_H

#include "prometheus/base/progress.h"
#include "prometheus/module/runner.h"

/* Of one kind of code. */
typedef struct prom_measured_kernel {
    const char *name;
    uint32_t rounds;
    uint64_t fuel_per_second;
} prom_measured_kernel;

#define PROM_MEASURED_KERNELS_MAX 4U

typedef struct prom_measured_fuel {
    prom_measured_kernel kernels[PROM_MEASURED_KERNELS_MAX];
    size_t count;
    uint64_t fuel_per_second; /* the slowest, rounded down to two digits: what can be promised of any program */
    uint64_t fuel_usual;      /* the one in the middle, which is to be priced */
    uint64_t page_ns; /* what a page of memory, 64 KiB, takes beside, where it is written to for the first time */
} prom_measured_fuel;

/* Measures for about so many seconds. What a session and an instance take is no part of it. `progress` is called with
 * hundredths. PROM_CATEGORY_STOPPED when it says so; any other failure is one of the runner. */
PROM_MUST_USE prom_result prom_measure_fuel(prom_measured_fuel *measured, const prom_runner *runner, double seconds,
                                            const prom_progress *progress, prom_error *error);

#endif
