/* For AVX-512 with VNNI: one instruction multiplies four codes by four weights of each of 16 outputs, and adds the
 * products to 32 bits. */
#include <immintrin.h>

#include "program/kernel.h"

enum { TILE_ROWS = 6, TILE_BLOCKS = 4 };

static inline __m512i add_quads(__m512i totals, __m512i codes, __m512i factors)
{
    return _mm512_dpbusd_epi32(totals, codes, factors);
}

#include "program/kernel_avx512.h"
#include "program/kernel_loops.h"

const prom_program_kernels prom_program_kernels_avx512vnni = PROM_KERNELS_NAMED("avx512vnni");
