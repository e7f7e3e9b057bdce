/* What the processor can do beyond the instructions that every x86-64, or any other machine, has. */
#ifndef PROMETHEUS_BASE_CPU_H
#define PROMETHEUS_BASE_CPU_H

#include <stdbool.h>

#include "prometheus/base/declarations.h"

PROM_DECLARATIONS_BEGIN

typedef struct prom_cpu {
    bool avx2;
    bool avx512;      /* F, BW, DQ and VL */
    bool avx512_vnni; /* those, and VNNI */
} prom_cpu;

/* All false on anything but an x86-64. */
prom_cpu prom_cpu_of_machine(void);

PROM_DECLARATIONS_END

#endif
