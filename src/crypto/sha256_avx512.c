#include "prometheus/crypto/hash_many.h"

#ifdef __x86_64__

#include <immintrin.h>

#define LANES 16

typedef __m512i lanes;

static inline lanes lanes_load(const uint32_t *from)
{
    return _mm512_loadu_si512(from);
}

static inline void lanes_store(uint32_t *to, lanes a)
{
    _mm512_storeu_si512(to, a);
}

static inline lanes lanes_spread(uint32_t word)
{
    return _mm512_set1_epi32((int)word);
}

static inline lanes lanes_add(lanes a, lanes b)
{
    return _mm512_add_epi32(a, b);
}

/* The compiler must see the counts as constants, at any level of optimisation. */
#define SHIFT(a, count) _mm512_srli_epi32((a), (count))
#define ROTATE(a, count) _mm512_ror_epi32((a), (count))

/* The last number is the function's truth table, where a is 0xf0, b is 0xcc and c is 0xaa. */
static inline lanes lanes_xor(lanes a, lanes b, lanes c)
{
    return _mm512_ternarylogic_epi32(a, b, c, 0xf0 ^ 0xcc ^ 0xaa);
}

static inline lanes lanes_choose(lanes which, lanes a, lanes b)
{
    return _mm512_ternarylogic_epi32(which, a, b, (0xf0 & 0xcc) | (0x0f & 0xaa));
}

static inline lanes lanes_majority(lanes a, lanes b, lanes c)
{
    return _mm512_ternarylogic_epi32(a, b, c, (0xf0 & 0xcc) | (0xf0 & 0xaa) | (0xcc & 0xaa));
}

#include "crypto/sha256_body.h"

const prom_hash_kernels prom_hash_avx512 = {.name = "avx512", .lanes = LANES, .compress = compress};

#endif
