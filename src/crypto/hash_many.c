#include "prometheus/crypto/hash_many.h"

#include <string.h>

#include "crypto/sha256.h"
#include "prometheus/crypto/hash.h"

enum { LANES_MAX = 16, PADDING_WORDS = PROM_BLOCK_WORDS + 3 };

const prom_hash_kernels *prom_hash_kernels_for(prom_cpu cpu)
{
#ifdef __x86_64__
    if (cpu.avx512) {
        return &prom_hash_avx512;
    }
    if (cpu.avx2) {
        return &prom_hash_avx2;
    }
#endif
    (void)cpu;
    return &prom_hash_portable;
}

/* SHA-256's state after the block that a tag gives: its hash, twice. */
static void state_of_tag(uint32_t state[PROM_HASH_WORDS], const char *tag)
{
    prom_bytes32 hash;
    uint32_t words[PROM_HASH_WORDS];
    const uint32_t *block[PROM_BLOCK_WORDS];
    prom_sha256(&hash, prom_span_of((const uint8_t *)tag, strlen(tag)));
    prom_reader reader = prom_reader_of(prom_span_of32(&hash));
    for (size_t i = 0; i < PROM_HASH_WORDS; i++) {
        words[i] = prom_read_u32(&reader);
        block[i] = &words[i];
        block[i + PROM_HASH_WORDS] = &words[i];
        state[i] = prom_sha256_start_state[i];
    }
    prom_hash_portable.compress(state, block);
}

/* The words after a message: a bit, zeros, and the length in bits, up to the end of a block. */
static size_t pad(uint32_t padding[PADDING_WORDS][LANES_MAX], size_t word_count)
{
    const size_t total = (word_count + 3 + PROM_BLOCK_WORDS - 1) / PROM_BLOCK_WORDS * PROM_BLOCK_WORDS;
    const size_t count = total - word_count;
    const uint64_t bits = 32 * ((uint64_t)word_count + PROM_BLOCK_WORDS); /* the tag's block counts too */
    for (size_t l = 0; l < LANES_MAX; l++) {
        for (size_t i = 0; i < count; i++) {
            padding[i][l] = 0;
        }
        padding[0][l] = 0x80000000U;
        padding[count - 2][l] = (uint32_t)(bits >> 32);
        padding[count - 1][l] = (uint32_t)bits;
    }
    return total;
}

/* All messages from `start` on for which whole registers are there; gives the first that is left. */
static size_t hash_registers(const prom_hash_kernels *kernels, uint32_t *const hashes[PROM_HASH_WORDS],
                             const uint32_t tagged[PROM_HASH_WORDS], const uint32_t *const *words, size_t word_count,
                             size_t start, size_t count)
{
    uint32_t padding[PADDING_WORDS][LANES_MAX];
    uint32_t first[PROM_HASH_WORDS * LANES_MAX];
    const size_t total = pad(padding, word_count);
    for (size_t i = 0; i < PROM_HASH_WORDS * kernels->lanes; i++) {
        first[i] = tagged[i / kernels->lanes];
    }
    for (; start + kernels->lanes <= count; start += kernels->lanes) {
        uint32_t state[PROM_HASH_WORDS * LANES_MAX];
        memcpy(state, first, PROM_HASH_WORDS * kernels->lanes * sizeof *state);
        for (size_t at = 0; at < total; at += PROM_BLOCK_WORDS) {
            const uint32_t *block[PROM_BLOCK_WORDS];
            for (size_t i = 0; i < PROM_BLOCK_WORDS; i++) {
                const size_t w = at + i;
                block[i] = w < word_count ? words[w] + start : padding[w - word_count];
            }
            kernels->compress(state, block);
        }
        for (size_t i = 0; i < PROM_HASH_WORDS; i++) {
            memcpy(hashes[i] + start, state + i * kernels->lanes, kernels->lanes * sizeof *state);
        }
    }
    return start;
}

void prom_tagged_hash_many(const prom_hash_kernels *kernels, uint32_t *const hashes[PROM_HASH_WORDS], const char *tag,
                           const uint32_t *const *words, size_t word_count, size_t count)
{
    uint32_t tagged[PROM_HASH_WORDS];
    state_of_tag(tagged, tag);
    const size_t left = hash_registers(kernels, hashes, tagged, words, word_count, 0, count);
    (void)hash_registers(&prom_hash_portable, hashes, tagged, words, word_count, left, count);
}
