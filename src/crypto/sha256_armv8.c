#include "crypto/sha256.h"

#ifdef SHA256_ON_ARM

#include <arm_neon.h>

typedef struct halves {
    uint32x4_t abcd;
    uint32x4_t efgh;
} halves;

/* Rounds t to t + 3, with their words of the schedule. */
static inline halves four_rounds(halves s, uint32x4_t words, size_t t)
{
    const uint32x4_t inputs = vaddq_u32(words, vld1q_u32(prom_sha256_constants + t));
    return (halves){vsha256hq_u32(s.abcd, s.efgh, inputs), vsha256h2q_u32(s.efgh, s.abcd, inputs)};
}

/* Words t to t + 3 of the schedule, of the sixteen before them, of which `a` holds the first four. */
static inline uint32x4_t next_words(uint32x4_t a, uint32x4_t b, uint32x4_t c, uint32x4_t d)
{
    return vsha256su1q_u32(vsha256su0q_u32(a, b), c, d);
}

static inline uint32x4_t words_of(const uint8_t *bytes)
{
    return vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(bytes))); /* big-endian */
}

static inline halves compress_block(halves s, const uint8_t *block)
{
    uint32x4_t a = words_of(block);
    uint32x4_t b = words_of(block + 16);
    uint32x4_t c = words_of(block + 32);
    uint32x4_t d = words_of(block + 48);
    const halves before = s;
    for (size_t t = 0;; t += 16) {
        s = four_rounds(s, a, t);
        s = four_rounds(s, b, t + 4);
        s = four_rounds(s, c, t + 8);
        s = four_rounds(s, d, t + 12);
        if (t == 48) {
            return (halves){vaddq_u32(before.abcd, s.abcd), vaddq_u32(before.efgh, s.efgh)};
        }
        a = next_words(a, b, c, d);
        b = next_words(b, c, d, a);
        c = next_words(c, d, a, b);
        d = next_words(d, a, b, c);
    }
}

static void compress(uint32_t state[SHA256_WORDS], const uint8_t *blocks, size_t count)
{
    halves s = {vld1q_u32(state), vld1q_u32(state + 4)};
    for (size_t i = 0; i < count; i++) {
        s = compress_block(s, blocks + i * SHA256_BLOCK_BYTES);
    }
    vst1q_u32(state, s.abcd);
    vst1q_u32(state + 4, s.efgh);
}

const sha256_kernel prom_sha256_armv8 = {.name = "armv8", .compress = compress};

#endif
