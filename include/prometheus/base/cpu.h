/* What the machine's processor can do beyond its baseline, as far as our kernels use it. */
#ifndef PROMETHEUS_BASE_CPU_H
#define PROMETHEUS_BASE_CPU_H

#include <stdbool.h>

typedef struct prom_cpu {
    bool avx2;
    bool avx512; /* F, BW, DQ and VL */
    bool avx512_vnni;
} prom_cpu;

/* All false on processors that are not x86-64. */
prom_cpu prom_cpu_of_machine(void);

#endif
