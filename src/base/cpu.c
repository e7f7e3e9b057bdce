#include "prometheus/base/cpu.h"

prom_cpu prom_cpu_of_machine(void)
{
    prom_cpu cpu = {false, false, false};
#ifdef __x86_64__
    __builtin_cpu_init();
    cpu.avx2 = __builtin_cpu_supports("avx2") != 0;
    cpu.avx512 = __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
                 __builtin_cpu_supports("avx512dq") != 0 && __builtin_cpu_supports("avx512vl") != 0;
    cpu.avx512_vnni = cpu.avx512 && __builtin_cpu_supports("avx512vnni") != 0;
#endif
    return cpu;
}
