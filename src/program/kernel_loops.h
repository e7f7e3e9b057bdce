/* The loops that a compiler makes fast by itself, and the table of a kernel set. A kernel_<set>.c defines sum_tile with
 * the size of its tiles, sum_channels and scale_block, and includes this; each is compiled for other instructions. */
#ifndef PROGRAM_KERNEL_LOOPS_H
#define PROGRAM_KERNEL_LOOPS_H

#include <string.h>

#include "program/kernel.h"

enum { CHANNELS_AT_ONCE = 64, BLOCKS_MAX = 4 };

typedef uint8_t piece __attribute__((vector_size(16)));

/* Where the sums of that row are kept, NULL where nobody asks for them. */
static inline int32_t *kept_sums(const prom_rows *rows, size_t row, size_t stride)
{
    return rows->sums != NULL ? rows->sums + row * stride : NULL;
}

/* The codes of `blocks` blocks of outputs of one row, from their sums. Of a last block's, as many as there are. The
 * sums as they are go to `kept`, if that is not NULL. */
__attribute__((always_inline)) static inline void store_codes(uint8_t *outputs, int32_t *kept, const int32_t *sums,
                                                              const prom_product *product, size_t block, size_t blocks)
{
    if (kept != NULL) {
        const size_t first = block * PROM_BLOCK_OUTPUTS;
        const size_t width = blocks * PROM_BLOCK_OUTPUTS;
        const size_t left = product->outputs - first;
        memcpy(kept + first, sums, (left < width ? left : width) * sizeof *sums);
    }
    for (size_t i = 0; i < blocks; i++) {
        const size_t first = (block + i) * PROM_BLOCK_OUTPUTS;
        const size_t left = product->outputs - first;
        const int32_t *from = sums + i * PROM_BLOCK_OUTPUTS;
        if (left >= PROM_BLOCK_OUTPUTS) {
            scale_block(outputs + first, from, product->multipliers + first, &product->scale);
        } else {
            uint8_t codes[PROM_BLOCK_OUTPUTS];
            scale_block(codes, from, product->multipliers + first, &product->scale);
            memcpy(outputs + first, codes, left);
        }
    }
}

/* One tile of outputs: `tile_rows` from row `first`, `blocks` from block `block`. Inlined for each size. */
__attribute__((always_inline)) static inline void multiply_tile(uint8_t *outputs, size_t stride,
                                                                const prom_product *product, const prom_rows *rows,
                                                                size_t first, size_t tile_rows, size_t block,
                                                                size_t blocks)
{
    int32_t sums[TILE_ROWS * TILE_BLOCKS * PROM_BLOCK_OUTPUTS];
    sum_tile(sums, product, rows, first, tile_rows, block, blocks);
    for (size_t row = 0; row < tile_rows; row++) {
        store_codes(outputs + (first + row) * stride, kept_sums(rows, first + row, stride),
                    sums + row * blocks * PROM_BLOCK_OUTPUTS, product, block, blocks);
    }
}

/* All rows, for `blocks` blocks. The weights of the blocks are read once for each tile, from a near cache. */
__attribute__((always_inline)) static inline void multiply_blocks(uint8_t *outputs, size_t stride,
                                                                  const prom_product *product, const prom_rows *rows,
                                                                  size_t block, size_t blocks)
{
    size_t row = 0;
    for (; rows->count - row >= TILE_ROWS; row += TILE_ROWS) {
        multiply_tile(outputs, stride, product, rows, row, TILE_ROWS, block, blocks);
    }
    for (; rows->count - row >= 2; row += 2) {
        multiply_tile(outputs, stride, product, rows, row, 2, block, blocks);
    }
    for (; row < rows->count; row++) {
        multiply_tile(outputs, stride, product, rows, row, 1, block, blocks);
    }
}

static void multiply(uint8_t *outputs, size_t stride, const prom_product *product, const prom_rows *rows)
{
    const size_t blocks = (product->outputs + PROM_BLOCK_OUTPUTS - 1) / PROM_BLOCK_OUTPUTS;
    size_t block = 0;
    for (; blocks - block >= TILE_BLOCKS; block += TILE_BLOCKS) {
        multiply_blocks(outputs, stride, product, rows, block, TILE_BLOCKS);
    }
    for (; TILE_BLOCKS > 2 && blocks - block >= 2; block += 2) {
        multiply_blocks(outputs, stride, product, rows, block, 2);
    }
    for (; block < blocks; block++) {
        multiply_blocks(outputs, stride, product, rows, block, 1);
    }
}

__attribute__((always_inline)) static inline void multiply_channels(uint8_t *outputs, size_t stride,
                                                                    const prom_product *product, const prom_rows *rows,
                                                                    size_t row, size_t block, size_t blocks)
{
    int32_t sums[BLOCKS_MAX * PROM_BLOCK_OUTPUTS];
    sum_channels(sums, product, rows, row, block, blocks);
    store_codes(outputs + row * stride, kept_sums(rows, row, stride), sums, product, block, blocks);
}

static void multiply_depthwise(uint8_t *outputs, size_t stride, const prom_product *product, const prom_rows *rows)
{
    const size_t blocks = (product->outputs + PROM_BLOCK_OUTPUTS - 1) / PROM_BLOCK_OUTPUTS;
    for (size_t row = 0; row < rows->count; row++) {
        size_t block = 0;
        for (; blocks - block >= BLOCKS_MAX; block += BLOCKS_MAX) {
            multiply_channels(outputs, stride, product, rows, row, block, BLOCKS_MAX);
        }
        for (; block < blocks; block++) {
            multiply_channels(outputs, stride, product, rows, row, block, 1);
        }
    }
}

/* Of 16 channels from channel `at` on. In a vector by name: of an array that small, compilers make single bytes. */
static inline void largest_of_piece(uint8_t *outputs, const prom_patch *patch, size_t at)
{
    piece found;
    memcpy(&found, patch->codes + at, sizeof found);
    for (size_t y = 0; y < patch->height; y++) {
        const uint8_t *codes = patch->codes + y * patch->down + at;
        for (size_t x = 0; x < patch->width; x++) {
            piece other;
            memcpy(&other, codes, sizeof other);
            const piece keep = (piece)(found > other);
            found = (found & keep) | (other & ~keep);
            codes += patch->right;
        }
    }
    memcpy(outputs + at, &found, sizeof found);
}

/* What is left of the channels after whole pieces is made twice in part: by a piece that ends with the last channel. */
static void largest(uint8_t *outputs, const prom_patch *patch, size_t channels)
{
    size_t at = 0;
    for (; channels - at >= sizeof(piece); at += sizeof(piece)) {
        largest_of_piece(outputs, patch, at);
    }
    if (at < channels && channels >= sizeof(piece)) {
        largest_of_piece(outputs, patch, channels - sizeof(piece));
        return;
    }
    for (; at < channels; at++) {
        outputs[at] = 0;
        for (size_t y = 0; y < patch->height; y++) {
            for (size_t x = 0; x < patch->width; x++) {
                const uint8_t code = patch->codes[y * patch->down + x * patch->right + at];
                outputs[at] = outputs[at] > code ? outputs[at] : code;
            }
        }
    }
}

static void average(uint8_t *outputs, const prom_patch *patch, size_t channels, int32_t bias, uint32_t multiplier,
                    const prom_scale *scale)
{
    uint32_t multipliers[PROM_BLOCK_OUTPUTS];
    for (size_t i = 0; i < PROM_BLOCK_OUTPUTS; i++) {
        multipliers[i] = multiplier;
    }
    for (size_t at = 0; at < channels; at += CHANNELS_AT_ONCE) {
        const size_t count = channels - at < CHANNELS_AT_ONCE ? channels - at : CHANNELS_AT_ONCE;
        int32_t sums[CHANNELS_AT_ONCE];
        uint8_t codes[CHANNELS_AT_ONCE];
        for (size_t i = 0; i < CHANNELS_AT_ONCE; i++) {
            sums[i] = bias;
        }
        for (size_t y = 0; y < patch->height; y++) {
            for (size_t x = 0; x < patch->width; x++) {
                const uint8_t *from = patch->codes + y * patch->down + x * patch->right + at;
                for (size_t i = 0; i < count; i++) {
                    sums[i] += from[i];
                }
            }
        }
        for (size_t i = 0; i < count; i += PROM_BLOCK_OUTPUTS) {
            scale_block(codes + i, sums + i, multipliers, scale);
        }
        memcpy(outputs + at, codes, count);
    }
}

static void add(uint8_t *restrict outputs, const uint8_t *const inputs[2], const uint32_t multipliers[2], size_t count,
                const prom_scale *scale)
{
    const uint8_t *a = inputs[0];
    const uint8_t *b = inputs[1];
    const uint32_t factor_a = multipliers[0];
    const uint32_t factor_b = multipliers[1];
    const uint32_t raise = (uint32_t)scale->raise;
    const int32_t lower = (int32_t)scale->lower;
    const int32_t most = scale->most;
    const uint8_t shift = scale->shift;
    for (size_t i = 0; i < count; i++) {
        const uint32_t sum = a[i] * factor_a + b[i] * factor_b + raise;
        outputs[i] = prom_clamp_code((int32_t)(sum >> shift) - lower, most);
    }
}

#define PROM_KERNELS_NAMED(set)                                                                                        \
    {                                                                                                                  \
        .name = (set), .multiply = multiply, .multiply_depthwise = multiply_depthwise, .largest = largest,             \
        .average = average, .add = add                                                                                 \
    }

#endif
