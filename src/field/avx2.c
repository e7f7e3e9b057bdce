#include "prometheus/field/element.h"

#ifdef __x86_64__

#include <immintrin.h>

#define TWICE_PRIME_SQUARED (2 * (long long)PROM_FIELD_PRIME * (long long)PROM_FIELD_PRIME)
#define LANES 8

typedef __m256i lanes;

/* Products of 64 bits do not fit the lanes of their factors: lanes 0, 2, 4, 6 and lanes 1, 3, 5, 7. */
typedef struct wide {
    __m256i even;
    __m256i odd;
} wide;

static inline lanes lanes_load(const prom_element *from)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)from);
}

static inline void lanes_store_values(uint32_t *to, lanes a)
{
    _mm256_storeu_si256((__m256i *)(void *)to, a);
}

static inline void lanes_store(prom_element *to, lanes a)
{
    _mm256_storeu_si256((__m256i *)(void *)to, a);
    for (size_t i = 0; i < LANES; i++) {
        PROM_FIELD_VERIFY(to[i].residue < PROM_FIELD_PRIME);
    }
}

static inline lanes lanes_spread(prom_element a)
{
    return _mm256_set1_epi32((int)a.residue);
}

static inline lanes spread_prime(void)
{
    return _mm256_set1_epi32((int)PROM_FIELD_PRIME);
}

/* Where a subtraction went below zero the lane is above 2^31, and the lesser of it and itself plus p is right. */
static inline lanes lanes_add(lanes a, lanes b)
{
    const lanes sum = _mm256_add_epi32(a, b);
    return _mm256_min_epu32(sum, _mm256_sub_epi32(sum, spread_prime()));
}

static inline lanes lanes_subtract(lanes a, lanes b)
{
    const lanes difference = _mm256_sub_epi32(a, b);
    return _mm256_min_epu32(difference, _mm256_add_epi32(difference, spread_prime()));
}

static inline lanes odd_down(lanes a)
{
    return _mm256_srli_epi64(a, 32);
}

static inline wide wide_multiply(lanes a, lanes b)
{
    return (wide){_mm256_mul_epu32(a, b), _mm256_mul_epu32(odd_down(a), odd_down(b))};
}

static inline wide wide_multiply_spread(lanes a, lanes b)
{
    return (wide){_mm256_mul_epu32(a, b), _mm256_mul_epu32(odd_down(a), b)};
}

static inline wide wide_add(wide a, wide b)
{
    return (wide){_mm256_add_epi64(a.even, b.even), _mm256_add_epi64(a.odd, b.odd)};
}

/* From below 4 p^2, the difference lies in [-2 p^2, 2 p^2), and its sign bit chooses. */
static inline __m256i cut(__m256i a)
{
    const __m256i less = _mm256_sub_epi64(a, _mm256_set1_epi64x(TWICE_PRIME_SQUARED));
    return _mm256_castpd_si256(
        _mm256_blendv_pd(_mm256_castsi256_pd(less), _mm256_castsi256_pd(a), _mm256_castsi256_pd(less)));
}

static inline wide wide_cut(wide a)
{
    return (wide){cut(a.even), cut(a.odd)};
}

/* The high halves, each in its lane. */
static inline lanes high_halves(__m256i even, __m256i odd)
{
    return _mm256_blend_epi32(odd_down(even), odd, 0xaa);
}

/* The high half of the multiple of p that has the same low half. */
static inline lanes multiple_of_prime(wide a)
{
    const lanes inverse = _mm256_set1_epi32((int)PROM_FIELD_INVERSE_32);
    const __m256i even = _mm256_mul_epu32(_mm256_mul_epu32(a.even, inverse), spread_prime());
    const __m256i odd = _mm256_mul_epu32(_mm256_mul_epu32(a.odd, inverse), spread_prime());
    return high_halves(even, odd);
}

static inline lanes wide_reduce(wide a)
{
    const lanes high = high_halves(a.even, a.odd);
    const lanes below = _mm256_min_epu32(high, _mm256_sub_epi32(high, spread_prime()));
    return lanes_subtract(below, multiple_of_prime(a));
}

static inline lanes lanes_multiply(lanes a, lanes b)
{
    const wide product = wide_multiply(a, b);
    return lanes_subtract(high_halves(product.even, product.odd), multiple_of_prime(product));
}

#include "field/kernels_body.h"

const prom_field_kernels prom_field_avx2 = KERNELS_OF("avx2");

#endif
