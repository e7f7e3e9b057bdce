/* What the processor can do beyond the instructions that every machine of its kind has. */
#ifndef PROMETHEUS_BASE_CPU_H
#define PROMETHEUS_BASE_CPU_H

#include <stdbool.h>

#include "prometheus/base/declarations.h"

PROM_DECLARATIONS_BEGIN

typedef struct prom_cpu {
    bool avx2;
    bool avx512;      /* F, BW, DQ and VL */
    bool avx512_vnni; /* those, and VNNI */
    bool sha256;      /* SHA-NI of an x86-64, with SSE4.1; the instructions for SHA-256 of an aarch64 */
} prom_cpu;

/* Asks the processor, which may take microseconds under a hypervisor. All false where neither kind is known. */
prom_cpu prom_cpu_of_machine(void);

PROM_DECLARATIONS_END

#endif
