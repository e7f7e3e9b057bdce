/* For AVX-512 without VNNI: pairs of 16-bit products, which are exact. Of four codes, and of the four weights of an
 * output, the second and the fourth are multiplied apart from the first and the third. */
#include <immintrin.h>

#include "program/kernel.h"

enum { TILE_ROWS = 4, TILE_BLOCKS = 4 };

static inline __m512i add_quads(__m512i totals, __m512i codes, __m512i factors)
{
    const __m512i even_codes = _mm512_and_si512(codes, _mm512_set1_epi16(0xff));
    const __m512i odd_codes = _mm512_srli_epi16(codes, 8);
    const __m512i even_factors = _mm512_srai_epi16(_mm512_slli_epi16(factors, 8), 8);
    const __m512i odd_factors = _mm512_srai_epi16(factors, 8);
    const __m512i products =
        _mm512_add_epi32(_mm512_madd_epi16(even_codes, even_factors), _mm512_madd_epi16(odd_codes, odd_factors));
    return _mm512_add_epi32(totals, products);
}

#include "program/kernel_avx512.h"
#include "program/kernel_loops.h"

const prom_program_kernels prom_program_kernels_avx512 = PROM_KERNELS_NAMED("avx512");
