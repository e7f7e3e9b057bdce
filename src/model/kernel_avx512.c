/* For AVX-512 without VNNI: pairs of 16-bit products, which are exact. Of four codes, and of the four weights of an
 * output, the second and the fourth are multiplied apart from the first and the third. */
#include <immintrin.h>
#include <string.h>

#include "kernel.h"

enum { TILE_ROWS = 4, TILE_BLOCKS = 4 };

/* sums[row][output], biases included. */
__attribute__((always_inline)) static inline void sum_tile(int32_t *sums, const prom_product *product,
                                                           const prom_rows *rows, size_t first, size_t tile_rows,
                                                           size_t block, size_t blocks)
{
    const size_t block_bytes = product->taps * product->quads * PROM_QUAD_BYTES;
    const int8_t *weights = product->weights + block * block_bytes;
    __m512i totals[TILE_ROWS][TILE_BLOCKS];
    for (size_t row = 0; row < tile_rows; row++) {
        for (size_t i = 0; i < blocks; i++) {
            totals[row][i] = _mm512_loadu_si512(product->biases + (block + i) * PROM_BLOCK_OUTPUTS);
        }
    }
    for (size_t tap = 0; tap < product->taps; tap++) {
        const uint8_t *codes[TILE_ROWS];
        for (size_t row = 0; row < tile_rows; row++) {
            codes[row] = rows->pieces[tap * rows->pitch + first + row] + rows->offset;
        }
        for (size_t quad = 0; quad < product->quads; quad++) {
            __m512i even[TILE_BLOCKS];
            __m512i odd[TILE_BLOCKS];
            for (size_t i = 0; i < blocks; i++) {
                const __m512i factors = _mm512_load_si512(weights + i * block_bytes);
                even[i] = _mm512_srai_epi16(_mm512_slli_epi16(factors, 8), 8);
                odd[i] = _mm512_srai_epi16(factors, 8);
            }
            weights += PROM_QUAD_BYTES;
            for (size_t row = 0; row < tile_rows; row++) {
                uint32_t four = 0;
                memcpy(&four, codes[row] + quad * PROM_QUAD, sizeof four);
                const __m512i even_codes = _mm512_set1_epi32((int32_t)(four & 0x00ff00ffU));
                const __m512i odd_codes = _mm512_set1_epi32((int32_t)(four >> 8 & 0x00ff00ffU));
                for (size_t i = 0; i < blocks; i++) {
                    const __m512i products =
                        _mm512_add_epi32(_mm512_madd_epi16(even_codes, even[i]), _mm512_madd_epi16(odd_codes, odd[i]));
                    totals[row][i] = _mm512_add_epi32(totals[row][i], products);
                }
            }
        }
    }
    for (size_t row = 0; row < tile_rows; row++) {
        for (size_t i = 0; i < blocks; i++) {
            _mm512_storeu_si512(sums + (row * blocks + i) * PROM_BLOCK_OUTPUTS, totals[row][i]);
        }
    }
}

#include "kernel_loops.h"

const prom_kernels prom_kernels_avx512 = PROM_KERNELS_NAMED("avx512");
