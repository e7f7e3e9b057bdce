/* For AVX2: pairs of 16-bit products, which are exact (vpmaddubsw is not: it saturates). Of four codes, and of the four
 * weights of an output, the second and the fourth are multiplied apart from the first and the third. */
#include <immintrin.h>
#include <string.h>

#include "program/kernel.h"

enum { TILE_ROWS = 4, TILE_BLOCKS = 1, HALVES = 2, HALF_OUTPUTS = PROM_BLOCK_OUTPUTS / HALVES };

/* To the sum of each of 8 outputs, its four codes times its four weights. */
static inline __m256i add_quads(__m256i totals, __m256i codes, __m256i factors)
{
    const __m256i even_codes = _mm256_and_si256(codes, _mm256_set1_epi16(0xff));
    const __m256i odd_codes = _mm256_srli_epi16(codes, 8);
    const __m256i even_factors = _mm256_srai_epi16(_mm256_slli_epi16(factors, 8), 8);
    const __m256i odd_factors = _mm256_srai_epi16(factors, 8);
    const __m256i products =
        _mm256_add_epi32(_mm256_madd_epi16(even_codes, even_factors), _mm256_madd_epi16(odd_codes, odd_factors));
    return _mm256_add_epi32(totals, products);
}

/* sums[row][output], biases included. */
__attribute__((always_inline)) static inline void sum_tile(int32_t *sums, const prom_product *product,
                                                           const prom_rows *rows, size_t first, size_t tile_rows,
                                                           size_t block, size_t blocks)
{
    const size_t block_bytes = product->taps * product->quads * PROM_QUAD_BYTES;
    const int8_t *weights = product->weights + block * block_bytes;
    const __m256i *biases = (const __m256i *)(product->biases + block * PROM_BLOCK_OUTPUTS);
    __m256i totals[TILE_ROWS][HALVES];
    (void)blocks; /* 1 */
    for (size_t row = 0; row < tile_rows; row++) {
        for (size_t i = 0; i < HALVES; i++) {
            totals[row][i] = _mm256_loadu_si256(biases + i);
        }
    }
    for (size_t tap = 0; tap < product->taps; tap++) {
        const uint8_t *codes[TILE_ROWS];
        for (size_t row = 0; row < tile_rows; row++) {
            codes[row] = rows->pieces[tap * rows->pitch + first + row] + rows->offset;
        }
        for (size_t quad = 0; quad < product->quads; quad++) {
            __m256i factors[HALVES];
            for (size_t i = 0; i < HALVES; i++) {
                factors[i] = _mm256_load_si256((const __m256i *)weights + i);
            }
            weights += PROM_QUAD_BYTES;
            for (size_t row = 0; row < tile_rows; row++) {
                int32_t four = 0;
                memcpy(&four, codes[row] + quad * PROM_QUAD, sizeof four);
                for (size_t i = 0; i < HALVES; i++) {
                    totals[row][i] = add_quads(totals[row][i], _mm256_set1_epi32(four), factors[i]);
                }
            }
        }
    }
    for (size_t row = 0; row < tile_rows; row++) {
        for (size_t i = 0; i < HALVES; i++) {
            _mm256_storeu_si256((__m256i *)(sums + row * PROM_BLOCK_OUTPUTS) + i, totals[row][i]);
        }
    }
}

/* [16][4], in halves: from each of four pieces the codes of 16 channels, from `at` on. */
static inline void gather_channels(__m256i halves[HALVES], const uint8_t *const *pieces, size_t pitch, size_t at)
{
    __m128i codes[PROM_QUAD];
    for (size_t i = 0; i < PROM_QUAD; i++) {
        codes[i] = _mm_loadu_si128((const __m128i *)(pieces[i * pitch] + at));
    }
    const __m128i front[HALVES] = {_mm_unpacklo_epi8(codes[0], codes[1]), _mm_unpackhi_epi8(codes[0], codes[1])};
    const __m128i back[HALVES] = {_mm_unpacklo_epi8(codes[2], codes[3]), _mm_unpackhi_epi8(codes[2], codes[3])};
    for (size_t i = 0; i < HALVES; i++) {
        halves[i] = _mm256_set_m128i(_mm_unpackhi_epi16(front[i], back[i]), _mm_unpacklo_epi16(front[i], back[i]));
    }
}

/* sums[output] of one row, of a depthwise product; biases included. */
__attribute__((always_inline)) static inline void
sum_channels(int32_t *sums, const prom_product *product, const prom_rows *rows, size_t row, size_t block, size_t blocks)
{
    const size_t block_bytes = product->quads * PROM_QUAD_BYTES;
    __m256i totals[4][HALVES];
    memcpy(totals, product->biases + block * PROM_BLOCK_OUTPUTS, blocks * sizeof *totals);
    for (size_t quad = 0; quad < product->quads; quad++) {
        const int8_t *weights = product->weights + block * block_bytes + quad * PROM_QUAD_BYTES;
        const uint8_t *const *pieces = rows->pieces + quad * PROM_QUAD * rows->pitch + row;
        for (size_t i = 0; i < blocks; i++) {
            __m256i codes[HALVES];
            gather_channels(codes, pieces, rows->pitch, (block + i) * PROM_BLOCK_OUTPUTS);
            for (size_t j = 0; j < HALVES; j++) {
                const __m256i factors = _mm256_load_si256((const __m256i *)(weights + i * block_bytes) + j);
                totals[i][j] = add_quads(totals[i][j], codes[j], factors);
            }
        }
    }
    memcpy(sums, totals, blocks * sizeof *totals);
}

/* Those of 4 products of 64 bits, in the low halves. */
static inline __m256i scale_wide(__m256i sums, __m256i multipliers, const prom_scale *scale)
{
    const __m256i product = _mm256_mul_epi32(sums, multipliers);
    const __m256i raised = _mm256_add_epi64(product, _mm256_set1_epi64x((int64_t)scale->raise));
    const __m256i shifted = _mm256_srl_epi64(raised, _mm_cvtsi32_si128(scale->shift));
    return _mm256_sub_epi64(shifted, _mm256_set1_epi64x(scale->lower));
}

/* The codes of 8 sums, in 32 bits each. */
static inline __m256i scale_half(const int32_t *sums, const uint32_t *multipliers, const prom_scale *scale)
{
    const __m256i from = _mm256_loadu_si256((const __m256i *)sums);
    const __m256i factors = _mm256_loadu_si256((const __m256i *)multipliers);
    __m256i scaled;
    if (scale->wide) {
        const __m256i even = scale_wide(from, factors, scale);
        const __m256i odd = scale_wide(_mm256_srli_epi64(from, 32), _mm256_srli_epi64(factors, 32), scale);
        scaled = _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xaa);
    } else {
        const __m256i product = _mm256_mullo_epi32(from, factors);
        const __m256i raised = _mm256_add_epi32(product, _mm256_set1_epi32((int32_t)(uint32_t)scale->raise));
        const __m256i shifted = _mm256_srl_epi32(raised, _mm_cvtsi32_si128(scale->shift));
        scaled = _mm256_sub_epi32(shifted, _mm256_set1_epi32((int32_t)scale->lower));
    }
    return _mm256_min_epi32(_mm256_max_epi32(scaled, _mm256_setzero_si256()), _mm256_set1_epi32(scale->most));
}

/* The codes of 16 sums. */
static inline void scale_block(uint8_t *codes, const int32_t *sums, const uint32_t *multipliers,
                               const prom_scale *scale)
{
    const __m256i front = scale_half(sums, multipliers, scale);
    const __m256i back = scale_half(sums + HALF_OUTPUTS, multipliers + HALF_OUTPUTS, scale);
    /* Packing goes lane by lane: 0-3 8-11 4-7 12-15, which is then put in order. */
    const __m256i words = _mm256_permute4x64_epi64(_mm256_packus_epi32(front, back), 0xd8);
    const __m128i bytes = _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
    _mm_storeu_si128((__m128i *)codes, bytes);
}

#include "program/kernel_loops.h"

const prom_program_kernels prom_program_kernels_avx2 = PROM_KERNELS_NAMED("avx2");
