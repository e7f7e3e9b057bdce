/* For AVX-512 with VNNI: one instruction multiplies four codes by four weights of each of 16 outputs, and adds the
 * products to 32 bits. */
#include <immintrin.h>
#include <string.h>

#include "kernel.h"

enum { TILE_ROWS = 6, TILE_BLOCKS = 4 };

/* sums[row][output], biases included. All but six of the 32 registers hold sums. */
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
            __m512i factors[TILE_BLOCKS];
            for (size_t i = 0; i < blocks; i++) {
                factors[i] = _mm512_load_si512(weights + i * block_bytes);
            }
            weights += PROM_QUAD_BYTES;
            for (size_t row = 0; row < tile_rows; row++) {
                int32_t four = 0;
                memcpy(&four, codes[row] + quad * PROM_QUAD, sizeof four);
                for (size_t i = 0; i < blocks; i++) {
                    totals[row][i] = _mm512_dpbusd_epi32(totals[row][i], _mm512_set1_epi32(four), factors[i]);
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

const prom_kernels prom_kernels_avx512vnni = PROM_KERNELS_NAMED("avx512vnni");
