/* The sums of both AVX-512 sets, over what each defines: TILE_ROWS, TILE_BLOCKS and add_quads, which adds to the sum of
 * each of 16 outputs its four codes times its four weights. */
#ifndef PROGRAM_KERNEL_AVX512_H
#define PROGRAM_KERNEL_AVX512_H

#include <string.h>

#include "program/kernel.h"

/* sums[row][output], biases included. The sums, a code four times over and the weights fill the registers. */
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
                    totals[row][i] = add_quads(totals[row][i], _mm512_set1_epi32(four), factors[i]);
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

/* [16][4]: from each of four pieces the codes of 16 channels, from `at` on. */
static inline __m512i gather_channels(const uint8_t *const *pieces, size_t pitch, size_t at)
{
    /* Four 4x4 corners of a 4x16 matrix are put into a lane each, and there transposed. */
    const __m512i corners = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    const __m512i transposed = _mm512_set4_epi32(0x0f0b0703, 0x0e0a0602, 0x0d090501, 0x0c080400);
    __m512i codes = _mm512_castsi128_si512(_mm_loadu_si128((const __m128i *)(pieces[0] + at)));
    codes = _mm512_mask_broadcast_i32x4(codes, 0x00f0, _mm_loadu_si128((const __m128i *)(pieces[1 * pitch] + at)));
    codes = _mm512_mask_broadcast_i32x4(codes, 0x0f00, _mm_loadu_si128((const __m128i *)(pieces[2 * pitch] + at)));
    codes = _mm512_mask_broadcast_i32x4(codes, 0xf000, _mm_loadu_si128((const __m128i *)(pieces[3 * pitch] + at)));
    return _mm512_shuffle_epi8(_mm512_permutexvar_epi32(corners, codes), transposed);
}

/* sums[output] of one row, of a depthwise product; biases included. */
__attribute__((always_inline)) static inline void
sum_channels(int32_t *sums, const prom_product *product, const prom_rows *rows, size_t row, size_t block, size_t blocks)
{
    __m512i totals[4];
    const int8_t *weights = product->weights + block * product->quads * PROM_QUAD_BYTES;
    for (size_t i = 0; i < blocks; i++) {
        totals[i] = _mm512_loadu_si512(product->biases + (block + i) * PROM_BLOCK_OUTPUTS);
    }
    for (size_t quad = 0; quad < product->quads; quad++) {
        const uint8_t *const *pieces = rows->pieces + quad * PROM_QUAD * rows->pitch + row;
        for (size_t i = 0; i < blocks; i++) {
            const __m512i factors = _mm512_load_si512(weights + (i * product->quads + quad) * PROM_QUAD_BYTES);
            totals[i] =
                add_quads(totals[i], gather_channels(pieces, rows->pitch, (block + i) * PROM_BLOCK_OUTPUTS), factors);
        }
    }
    for (size_t i = 0; i < blocks; i++) {
        _mm512_storeu_si512(sums + i * PROM_BLOCK_OUTPUTS, totals[i]);
    }
}

/* Those of 8 products of 64 bits, in the low halves. */
static inline __m512i scale_wide(__m512i sums, __m512i multipliers, const prom_scale *scale)
{
    const __m512i product = _mm512_mul_epi32(sums, multipliers);
    const __m512i raised = _mm512_add_epi64(product, _mm512_set1_epi64((int64_t)scale->raise));
    const __m512i shifted = _mm512_srl_epi64(raised, _mm_cvtsi32_si128(scale->shift));
    return _mm512_sub_epi64(shifted, _mm512_set1_epi64(scale->lower));
}

/* The codes of 16 sums. */
static inline void scale_block(uint8_t *codes, const int32_t *sums, const uint32_t *multipliers,
                               const prom_scale *scale)
{
    const __m512i from = _mm512_loadu_si512(sums);
    const __m512i factors = _mm512_loadu_si512(multipliers);
    __m512i scaled;
    if (scale->wide) {
        const __m512i even = scale_wide(from, factors, scale);
        const __m512i odd = scale_wide(_mm512_srli_epi64(from, 32), _mm512_srli_epi64(factors, 32), scale);
        scaled = _mm512_mask_blend_epi32(0xaaaa, even, _mm512_slli_epi64(odd, 32));
    } else {
        const __m512i product = _mm512_mullo_epi32(from, factors);
        const __m512i raised = _mm512_add_epi32(product, _mm512_set1_epi32((int32_t)(uint32_t)scale->raise));
        const __m512i shifted = _mm512_srl_epi32(raised, _mm_cvtsi32_si128(scale->shift));
        scaled = _mm512_sub_epi32(shifted, _mm512_set1_epi32((int32_t)scale->lower));
    }
    scaled = _mm512_max_epi32(scaled, _mm512_setzero_si512());
    scaled = _mm512_min_epi32(scaled, _mm512_set1_epi32(scale->most));
    _mm_storeu_si128((__m128i *)codes, _mm512_cvtepi32_epi8(scaled));
}

#endif
