/* For AVX2: pairs of 16-bit products, which are exact (vpmaddubsw is not: it saturates). Of four codes, and of the four
 * weights of an output, the second and the fourth are multiplied apart from the first and the third. */
#include <immintrin.h>
#include <string.h>

#include "kernel.h"

enum { TILE_ROWS = 4, TILE_BLOCKS = 1, HALVES = 2, HALF_OUTPUTS = PROM_BLOCK_OUTPUTS / HALVES };

/* sums[row][output], biases included. */
__attribute__((always_inline)) static inline void sum_tile(int32_t *sums, const prom_product *product,
                                                           const prom_rows *rows, size_t first, size_t tile_rows,
                                                           size_t block, size_t blocks)
{
    const size_t block_bytes = product->taps * product->quads * PROM_QUAD_BYTES;
    const int8_t *weights = product->weights + block * block_bytes;
    const __m256i even_bytes = _mm256_set1_epi16(0xff);
    __m256i totals[TILE_ROWS][HALVES];
    (void)blocks; /* 1 */
    for (size_t row = 0; row < tile_rows; row++) {
        for (size_t i = 0; i < HALVES; i++) {
            const int32_t *biases = product->biases + block * PROM_BLOCK_OUTPUTS + i * HALF_OUTPUTS;
            totals[row][i] = _mm256_loadu_si256((const __m256i *)biases);
        }
    }
    for (size_t tap = 0; tap < product->taps; tap++) {
        const uint8_t *codes[TILE_ROWS];
        for (size_t row = 0; row < tile_rows; row++) {
            codes[row] = rows->pieces[tap * rows->pitch + first + row] + rows->offset;
        }
        for (size_t quad = 0; quad < product->quads; quad++) {
            __m256i even[HALVES];
            __m256i odd[HALVES];
            for (size_t i = 0; i < HALVES; i++) {
                const __m256i factors = _mm256_load_si256((const __m256i *)weights + i);
                even[i] = _mm256_srai_epi16(_mm256_slli_epi16(factors, 8), 8);
                odd[i] = _mm256_srai_epi16(factors, 8);
            }
            weights += PROM_QUAD_BYTES;
            for (size_t row = 0; row < tile_rows; row++) {
                int32_t four = 0;
                memcpy(&four, codes[row] + quad * PROM_QUAD, sizeof four);
                const __m256i all_codes = _mm256_set1_epi32(four);
                const __m256i even_codes = _mm256_and_si256(all_codes, even_bytes);
                const __m256i odd_codes = _mm256_srli_epi16(all_codes, 8);
                for (size_t i = 0; i < HALVES; i++) {
                    const __m256i products =
                        _mm256_add_epi32(_mm256_madd_epi16(even_codes, even[i]), _mm256_madd_epi16(odd_codes, odd[i]));
                    totals[row][i] = _mm256_add_epi32(totals[row][i], products);
                }
            }
        }
    }
    for (size_t row = 0; row < tile_rows; row++) {
        for (size_t i = 0; i < HALVES; i++) {
            int32_t *to = sums + row * PROM_BLOCK_OUTPUTS + i * HALF_OUTPUTS;
            _mm256_storeu_si256((__m256i *)to, totals[row][i]);
        }
    }
}

#include "kernel_loops.h"

const prom_kernels prom_kernels_avx2 = PROM_KERNELS_NAMED("avx2");
