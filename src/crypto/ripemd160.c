#include "prometheus/crypto/ripemd160.h"

#include <string.h>

#include "prometheus/crypto/hash.h"

enum { BLOCK = 64, STEPS = 80, ROUND = 16, WORDS = 5 };

/* The two lines of the paper's appendix A: which word each step takes, by how much it turns, and what it adds. */
struct line {
    uint8_t word[STEPS];
    uint8_t turn[STEPS];
    uint32_t constant[STEPS / ROUND];
};

static const struct line left = {
    {0,  1, 2,  3,  4, 5,  6,  7,  8, 9, 10, 11, 12, 13, 14, 15, 7, 4,  13, 1, 10, 6, 15, 3,  12, 0, 9,
     5,  2, 14, 11, 8, 3,  10, 14, 4, 9, 15, 8,  1,  2,  7,  0,  6, 13, 11, 5, 12, 1, 9,  11, 10, 0, 8,
     12, 4, 13, 3,  7, 15, 14, 5,  6, 2, 4,  0,  5,  9,  7,  12, 2, 10, 14, 1, 3,  8, 11, 6,  15, 13},
    {11, 14, 15, 12, 5,  8,  7,  9, 11, 13, 14, 15, 6,  7,  9, 8,  7,  6,  8,  13, 11, 9,  7,  15, 7,  12, 15,
     9,  11, 7,  13, 12, 11, 13, 6, 7,  14, 9,  13, 15, 14, 8, 13, 6,  5,  12, 7,  5,  11, 12, 14, 15, 14, 15,
     9,  8,  9,  14, 5,  6,  8,  6, 5,  12, 9,  15, 5,  11, 6, 8,  13, 12, 5,  12, 13, 14, 11, 8,  5,  6},
    {0x00000000, 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xa953fd4e},
};

static const struct line right = {
    {5,  14, 7, 0,  9, 2,  11, 4, 13, 6,  15, 8,  1,  10, 3, 12, 6, 11, 3, 7, 0,  13, 5, 10, 14, 15, 8,
     12, 4,  9, 1,  2, 15, 5,  1, 3,  7,  14, 6,  9,  11, 8, 12, 2, 10, 0, 4, 13, 8,  6, 4,  1,  3,  11,
     15, 0,  5, 12, 2, 13, 9,  7, 10, 14, 12, 15, 10, 4,  1, 5,  8, 7,  6, 2, 13, 14, 0, 3,  9,  11},
    {8, 9,  9,  11, 13, 15, 15, 5,  7,  7, 8, 11, 14, 14, 12, 6, 9,  13, 15, 7,  12, 8,  9,  11, 7,  7,  12,
     7, 6,  15, 13, 11, 9,  7,  15, 11, 8, 6, 6,  14, 12, 13, 5, 14, 13, 13, 7,  5,  15, 5,  8,  11, 14, 14,
     6, 14, 6,  9,  12, 9,  12, 5,  15, 8, 8, 5,  12, 9,  12, 5, 14, 6,  8,  13, 6,  5,  15, 13, 11, 11},
    {0x50a28be6, 0x5c4dd124, 0x6d703ef3, 0x7a6d76e9, 0x00000000},
};

static uint32_t turned(uint32_t word, unsigned bits)
{
    return word << bits | word >> (32 - bits);
}

static uint32_t mixed(size_t function, uint32_t x, uint32_t y, uint32_t z)
{
    switch (function) {
    case 0:
        return x ^ y ^ z;
    case 1:
        return (x & y) | (~x & z);
    case 2:
        return (x | ~y) ^ z;
    case 3:
        return (x & z) | (y & ~z);
    default:
        return x ^ (y | ~z);
    }
}

/* One of the lines; the right one takes the functions in the other order. */
static void run(uint32_t state[WORDS], const struct line *line, const uint32_t words[ROUND], bool backwards)
{
    for (size_t i = 0; i < STEPS; i++) {
        const size_t function = backwards ? 4 - i / ROUND : i / ROUND;
        const uint32_t sum =
            state[0] + mixed(function, state[1], state[2], state[3]) + words[line->word[i]] + line->constant[i / ROUND];
        const uint32_t next = turned(sum, line->turn[i]) + state[4];
        state[0] = state[4];
        state[4] = state[3];
        state[3] = turned(state[2], 10);
        state[2] = state[1];
        state[1] = next;
    }
}

static void take_block(uint32_t state[WORDS], const uint8_t block[BLOCK])
{
    uint32_t words[ROUND];
    uint32_t a[WORDS];
    uint32_t b[WORDS];
    prom_reader reader = prom_reader_of(prom_span_of(block, BLOCK));
    for (size_t i = 0; i < ROUND; i++) {
        words[i] = prom_read_u32_le(&reader);
    }
    memcpy(a, state, sizeof a);
    memcpy(b, state, sizeof b);
    run(a, &left, words, false);
    run(b, &right, words, true);
    const uint32_t first = state[1] + a[2] + b[3];
    state[1] = state[2] + a[3] + b[4];
    state[2] = state[3] + a[4] + b[0];
    state[3] = state[4] + a[0] + b[1];
    state[4] = state[0] + a[1] + b[2];
    state[0] = first;
}

void prom_ripemd160(prom_bytes20 *hash, prom_span message)
{
    uint32_t state[WORDS] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    uint8_t end[2 * BLOCK] = {0};
    const size_t whole = message.length / BLOCK * BLOCK;
    const size_t left_over = message.length - whole;
    const size_t end_length = left_over < BLOCK - 8 ? BLOCK : 2 * (size_t)BLOCK;
    for (size_t i = 0; i < whole; i += BLOCK) {
        take_block(state, message.data + i);
    }
    if (left_over > 0) {
        memcpy(end, message.data + whole, left_over);
    }
    end[left_over] = 0x80;
    for (size_t i = 0; i < 8; i++) {
        end[end_length - 8 + i] = (uint8_t)((uint64_t)message.length * 8 >> 8 * i);
    }
    for (size_t i = 0; i < end_length; i += BLOCK) {
        take_block(state, end + i);
    }
    for (size_t i = 0; i < sizeof hash->bytes; i++) {
        hash->bytes[i] = (uint8_t)(state[i / 4] >> 8 * (i % 4));
    }
}

void prom_hash160(prom_bytes20 *hash, prom_span message)
{
    prom_bytes32 once;
    prom_sha256(&once, message);
    prom_ripemd160(hash, prom_span_of32(&once));
}
