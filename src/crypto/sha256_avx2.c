#include "prometheus/crypto/hash_many.h"

#ifdef __x86_64__

#include <immintrin.h>

#define LANES 8

typedef __m256i lanes;

static inline lanes lanes_load(const uint32_t *from)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)from);
}

static inline void lanes_store(uint32_t *to, lanes a)
{
    _mm256_storeu_si256((__m256i *)(void *)to, a);
}

static inline lanes lanes_spread(uint32_t word)
{
    return _mm256_set1_epi32((int)word);
}

static inline lanes lanes_add(lanes a, lanes b)
{
    return _mm256_add_epi32(a, b);
}

static inline lanes lanes_right(lanes a, int count)
{
    return _mm256_srli_epi32(a, count);
}

static inline lanes lanes_rotate(lanes a, int count)
{
    return _mm256_or_si256(_mm256_srli_epi32(a, count), _mm256_slli_epi32(a, 32 - count));
}

static inline lanes lanes_xor(lanes a, lanes b, lanes c)
{
    return _mm256_xor_si256(_mm256_xor_si256(a, b), c);
}

static inline lanes lanes_choose(lanes which, lanes a, lanes b)
{
    return _mm256_xor_si256(b, _mm256_and_si256(which, _mm256_xor_si256(a, b)));
}

static inline lanes lanes_majority(lanes a, lanes b, lanes c)
{
    return _mm256_or_si256(_mm256_and_si256(a, b), _mm256_and_si256(c, _mm256_or_si256(a, b)));
}

#define SHIFT lanes_right
#define ROTATE lanes_rotate

#include "crypto/sha256_body.h"

const prom_hash_kernels prom_hash_avx2 = {.name = "avx2", .lanes = LANES, .compress = compress};

#endif
