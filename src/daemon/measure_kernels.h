/* Modules to measure a machine with: each repeats one thing as often as its item, 4 bytes little-endian, says. */
#ifndef DAEMON_MEASURE_KERNELS_H
#define DAEMON_MEASURE_KERNELS_H

#include "prometheus/module/module.h"

/* What one repeats. */
typedef struct prom_measure_kernel {
    const char *name;
    uint32_t repeats_max;
    prom_span before; /* code that runs once, and code that is repeated */
    prom_span repeated;
} prom_measure_kernel;

/* Those whose fuel is measured, up to one without a name: arithmetic of integers, a chain of divisions, and loads from
 * all over a memory that no cache holds, which was written to before. */
extern const prom_measure_kernel prom_measure_kernels[];

/* Writes to 4 KiB after 4 KiB of a memory that nobody has written to. */
extern const prom_measure_kernel prom_measure_pages;

/* Makes the module of a kernel, which lies in the arena. */
PROM_MUST_USE prom_result prom_measure_module(prom_arena *arena, prom_module *module, const prom_measure_kernel *kernel,
                                              prom_error *error);

#endif
