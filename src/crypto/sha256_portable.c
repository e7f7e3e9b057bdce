#include "prometheus/crypto/hash_many.h"

/* One word at a time. */
#define LANES 1

typedef uint32_t lanes;

static inline lanes lanes_load(const uint32_t *from)
{
    return *from;
}

static inline void lanes_store(uint32_t *to, lanes a)
{
    *to = a;
}

static inline lanes lanes_spread(uint32_t word)
{
    return word;
}

static inline lanes lanes_add(lanes a, lanes b)
{
    return a + b;
}

static inline lanes lanes_right(lanes a, int count)
{
    return a >> count;
}

static inline lanes lanes_rotate(lanes a, int count)
{
    return a >> count | a << (32 - count);
}

static inline lanes lanes_xor(lanes a, lanes b, lanes c)
{
    return a ^ b ^ c;
}

static inline lanes lanes_choose(lanes which, lanes a, lanes b)
{
    return b ^ (which & (a ^ b));
}

static inline lanes lanes_majority(lanes a, lanes b, lanes c)
{
    return (a & b) | (c & (a | b));
}

#define SHIFT lanes_right
#define ROTATE lanes_rotate

#include "crypto/sha256_body.h"

const prom_hash_kernels prom_hash_portable = {.name = "portable", .lanes = LANES, .compress = compress};

static inline uint32_t word_of(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void compress_blocks(uint32_t state[SHA256_WORDS], const uint8_t *blocks, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t words[PROM_BLOCK_WORDS];
        const uint32_t *block[PROM_BLOCK_WORDS];
        for (size_t w = 0; w < PROM_BLOCK_WORDS; w++) {
            words[w] = word_of(blocks + i * SHA256_BLOCK_BYTES + 4 * w);
            block[w] = &words[w];
        }
        compress(state, block);
    }
}

const sha256_kernel prom_sha256_portable = {.name = "portable", .compress = compress_blocks};
