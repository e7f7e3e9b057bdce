/* For any machine. */
#include "kernel.h"

enum { TILE_ROWS = 2, TILE_BLOCKS = 1 };

/* sums[row][output], biases included. */
static inline void sum_tile(int32_t *sums, const prom_product *product, const prom_rows *rows, size_t first,
                            size_t tile_rows, size_t block, size_t blocks)
{
    const size_t block_bytes = product->taps * product->quads * PROM_QUAD_BYTES;
    (void)blocks; /* 1 */
    for (size_t row = 0; row < tile_rows; row++) {
        const int8_t *weights = product->weights + block * block_bytes;
        uint32_t totals[PROM_BLOCK_OUTPUTS];
        for (size_t i = 0; i < PROM_BLOCK_OUTPUTS; i++) {
            totals[i] = (uint32_t)product->biases[block * PROM_BLOCK_OUTPUTS + i];
        }
        for (size_t tap = 0; tap < product->taps; tap++) {
            const uint8_t *codes = rows->pieces[tap * rows->pitch + first + row] + rows->offset;
            for (size_t quad = 0; quad < product->quads; quad++) {
                for (size_t i = 0; i < PROM_BLOCK_OUTPUTS; i++) {
                    totals[i] += (uint32_t)(weights[4 * i] * codes[0] + weights[4 * i + 1] * codes[1] +
                                            weights[4 * i + 2] * codes[2] + weights[4 * i + 3] * codes[3]);
                }
                weights += PROM_QUAD_BYTES;
                codes += PROM_QUAD;
            }
        }
        for (size_t i = 0; i < PROM_BLOCK_OUTPUTS; i++) {
            sums[row * PROM_BLOCK_OUTPUTS + i] = (int32_t)totals[i];
        }
    }
}

#include "kernel_loops.h"

const prom_kernels prom_kernels_portable = PROM_KERNELS_NAMED("portable");
