#include "program/kernel.h"

#include <string.h>

static bool always(const prom_cpu *cpu)
{
    (void)cpu;
    return true;
}

#if defined(__x86_64__)
static bool has_avx2(const prom_cpu *cpu)
{
    return cpu->avx2;
}

static bool has_avx512(const prom_cpu *cpu)
{
    return cpu->avx512;
}

static bool has_avx512_vnni(const prom_cpu *cpu)
{
    return cpu->avx512_vnni;
}
#endif

/* The slowest first. */
static const struct kernel_set {
    const prom_program_kernels *kernels;
    bool (*runs_on)(const prom_cpu *cpu);
} sets[] = {
    {&prom_program_kernels_portable, always},
#if defined(__x86_64__)
    {&prom_program_kernels_avx2, has_avx2},
    {&prom_program_kernels_avx512, has_avx512},
    {&prom_program_kernels_avx512vnni, has_avx512_vnni},
#endif
};

#define SETS (sizeof sets / sizeof *sets)

const prom_program_kernels *prom_program_kernels_best(void)
{
    const prom_cpu cpu = prom_cpu_of_machine();
    size_t at = SETS - 1;
    while (!sets[at].runs_on(&cpu)) {
        at--;
    }
    return sets[at].kernels;
}

const prom_program_kernels *prom_program_kernels_by_name(const char *name)
{
    const prom_cpu cpu = prom_cpu_of_machine();
    for (size_t i = 0; i < SETS; i++) {
        if (strcmp(sets[i].kernels->name, name) == 0) {
            return sets[i].runs_on(&cpu) ? sets[i].kernels : NULL;
        }
    }
    return NULL;
}

const char *prom_program_kernels_name(const prom_program_kernels *kernels)
{
    return kernels->name;
}

const char *prom_program_kernels_name_at(size_t at)
{
    return at < SETS ? sets[at].kernels->name : NULL;
}

prom_scale prom_scale_of(const prom_rescale *rescale, prom_range range)
{
    const bool wide = rescale->split != 0;
    /* Above any product, and a multiple of 2^shift: the shift is at most 29, or 44 of a wide one. */
    const uint64_t multiple = UINT64_C(1) << (wide ? 61 : 30);
    return (prom_scale){.raise = multiple + (UINT64_C(1) << (rescale->shift - 1)),
                        .lower = (int64_t)(multiple >> rescale->shift) + range.low,
                        .most = range.high - range.low,
                        .shift = rescale->shift,
                        .wide = wide};
}
