#include "prometheus/base/cpu.h"

#if defined(__x86_64__)

#include <cpuid.h>

/* Not every compiler's __builtin_cpu_supports knows it. */
static bool has_sha_ni(void)
{
    enum { LEAF = 7, EBX_BIT = 29 };
    unsigned int eax = 0;
    unsigned int ebx = 0;
    unsigned int ecx = 0;
    unsigned int edx = 0;
    return __get_cpuid_count(LEAF, 0, &eax, &ebx, &ecx, &edx) != 0 && (ebx >> EBX_BIT & 1) != 0;
}

prom_cpu prom_cpu_of_machine(void)
{
    prom_cpu cpu = {0};
    __builtin_cpu_init();
    cpu.avx2 = __builtin_cpu_supports("avx2") != 0;
    cpu.avx512 = __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
                 __builtin_cpu_supports("avx512dq") != 0 && __builtin_cpu_supports("avx512vl") != 0;
    cpu.avx512_vnni = cpu.avx512 && __builtin_cpu_supports("avx512vnni") != 0;
    cpu.sha256 = __builtin_cpu_supports("sse4.1") != 0 && has_sha_ni();
    return cpu;
}

#elif defined(__aarch64__) && defined(__linux__)

#include <sys/auxv.h>

prom_cpu prom_cpu_of_machine(void)
{
    enum { SHA2_BIT = 6 }; /* HWCAP_SHA2 */
    return (prom_cpu){.sha256 = (getauxval(AT_HWCAP) >> SHA2_BIT & 1) != 0};
}

#else

prom_cpu prom_cpu_of_machine(void)
{
    return (prom_cpu){0};
}

#endif
