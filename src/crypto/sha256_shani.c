#include "crypto/sha256.h"

#ifdef SHA256_ON_X86

#include <immintrin.h>

/* The state as SHA256RNDS2 takes it, the first word in the highest lane: {a, b, e, f} and {c, d, g, h}. */
typedef struct halves {
    __m128i abef;
    __m128i cdgh;
} halves;

static inline halves add_halves(halves a, halves b)
{
    return (halves){_mm_add_epi32(a.abef, b.abef), _mm_add_epi32(a.cdgh, b.cdgh)};
}

/* Two rounds; a, b, e, f before them are c, d, g, h after. `inputs`, in its two lowest lanes: words of the schedule,
 * the constants added. */
static inline halves two_rounds(halves s, __m128i inputs)
{
    return (halves){_mm_sha256rnds2_epu32(s.cdgh, s.abef, inputs), s.abef};
}

/* Rounds t to t + 3, with their words of the schedule. */
static inline halves four_rounds(halves s, __m128i words, size_t t)
{
    const __m128i constants = _mm_loadu_si128((const __m128i *)(const void *)(prom_sha256_constants + t));
    const __m128i inputs = _mm_add_epi32(words, constants);
    return two_rounds(two_rounds(s, inputs), _mm_unpackhi_epi64(inputs, inputs));
}

/* Words t to t + 3 of the schedule, of the sixteen before them, of which `a` holds the first four. */
static inline __m128i next_words(__m128i a, __m128i b, __m128i c, __m128i d)
{
    const __m128i seven_before = _mm_alignr_epi8(d, c, 4); /* words t - 7 to t - 4 */
    return _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(a, b), seven_before), d);
}

static inline __m128i words_of(const uint8_t *bytes)
{
    const __m128i big_endian = _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
    return _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)bytes), big_endian);
}

static inline halves compress_block(halves s, const uint8_t *block)
{
    __m128i a = words_of(block);
    __m128i b = words_of(block + 16);
    __m128i c = words_of(block + 32);
    __m128i d = words_of(block + 48);
    const halves before = s;
    for (size_t t = 0;; t += 16) {
        s = four_rounds(s, a, t);
        s = four_rounds(s, b, t + 4);
        s = four_rounds(s, c, t + 8);
        s = four_rounds(s, d, t + 12);
        if (t == 48) {
            return add_halves(before, s);
        }
        a = next_words(a, b, c, d);
        b = next_words(b, c, d, a);
        c = next_words(c, d, a, b);
        d = next_words(d, a, b, c);
    }
}

static void compress(uint32_t state[SHA256_WORDS], const uint8_t *blocks, size_t count)
{
    halves s = {_mm_set_epi32((int)state[0], (int)state[1], (int)state[4], (int)state[5]),
                _mm_set_epi32((int)state[2], (int)state[3], (int)state[6], (int)state[7])};
    for (size_t i = 0; i < count; i++) {
        s = compress_block(s, blocks + i * SHA256_BLOCK_BYTES);
    }
    state[0] = (uint32_t)_mm_extract_epi32(s.abef, 3);
    state[1] = (uint32_t)_mm_extract_epi32(s.abef, 2);
    state[2] = (uint32_t)_mm_extract_epi32(s.cdgh, 3);
    state[3] = (uint32_t)_mm_extract_epi32(s.cdgh, 2);
    state[4] = (uint32_t)_mm_extract_epi32(s.abef, 1);
    state[5] = (uint32_t)_mm_extract_epi32(s.abef, 0);
    state[6] = (uint32_t)_mm_extract_epi32(s.cdgh, 1);
    state[7] = (uint32_t)_mm_extract_epi32(s.cdgh, 0);
}

const sha256_kernel prom_sha256_shani = {.name = "sha-ni", .compress = compress};

#endif
