/* For any machine. */
#include "program/kernel.h"

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

/* sums[output] of one row, of a depthwise product; biases included. */
static inline void sum_channels(int32_t *sums, const prom_product *product, const prom_rows *rows, size_t row,
                                size_t block, size_t blocks)
{
    const size_t outputs = blocks * PROM_BLOCK_OUTPUTS;
    const size_t first = block * PROM_BLOCK_OUTPUTS;
    for (size_t i = 0; i < outputs; i++) {
        sums[i] = product->biases[first + i];
    }
    for (size_t quad = 0; quad < product->quads; quad++) {
        const uint8_t *const *pieces = rows->pieces + quad * PROM_QUAD * rows->pitch + row;
        for (size_t i = 0; i < outputs; i++) {
            const size_t at = ((first + i) / PROM_BLOCK_OUTPUTS * product->quads + quad) * PROM_QUAD_BYTES +
                              i % PROM_BLOCK_OUTPUTS * PROM_QUAD;
            for (size_t j = 0; j < PROM_QUAD; j++) {
                sums[i] += product->weights[at + j] * pieces[j * rows->pitch][first + i];
            }
        }
    }
}

/* The codes of 16 sums. */
static inline void scale_block(uint8_t *restrict codes, const int32_t *restrict sums,
                               const uint32_t *restrict multipliers, const prom_scale *scale)
{
    const uint8_t shift = scale->shift;
    if (scale->wide) {
        for (size_t i = 0; i < PROM_BLOCK_OUTPUTS; i++) {
            const uint64_t product = (uint64_t)((int64_t)sums[i] * (int32_t)multipliers[i]);
            const int64_t code = (int64_t)((product + scale->raise) >> shift) - scale->lower;
            codes[i] = prom_clamp_code((int32_t)code, scale->most);
        }
        return;
    }
    const uint32_t raise = (uint32_t)scale->raise;
    const int32_t lower = (int32_t)scale->lower;
    for (size_t i = 0; i < PROM_BLOCK_OUTPUTS; i++) {
        const uint32_t product = (uint32_t)sums[i] * multipliers[i];
        codes[i] = prom_clamp_code((int32_t)((product + raise) >> shift) - lower, scale->most);
    }
}

#include "program/kernel_loops.h"

const prom_program_kernels prom_program_kernels_portable = PROM_KERNELS_NAMED("portable");
