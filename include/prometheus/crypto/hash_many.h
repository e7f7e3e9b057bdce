/* Tagged hashes (BIP 340) of many messages of one length at once, as many as a register has lanes: what a Merkle tree
 * of codewords is made of. The hashes are those of prom_tagged_hash. Messages are words of 32 bits, big-endian, and lie
 * transposed: word w of message i at words[w][i], word w of its hash at hashes[w][i]. */
#ifndef PROMETHEUS_CRYPTO_HASH_MANY_H
#define PROMETHEUS_CRYPTO_HASH_MANY_H

#include <stddef.h>
#include <stdint.h>

#include "prometheus/base/cpu.h"
#include "prometheus/base/declarations.h"

PROM_DECLARATIONS_BEGIN

#define PROM_HASH_WORDS 8
#define PROM_BLOCK_WORDS 16

/* One table for each instruction set; all give the same hashes. */
typedef struct prom_hash_kernels {
    const char *name;
    size_t lanes;
    /* SHA-256's compression function on `lanes` messages: word w of state l is at state[w * lanes + l], word w of the
     * block of message l at block[w][l]. */
    void (*compress)(uint32_t *state, const uint32_t *const block[PROM_BLOCK_WORDS]);
} prom_hash_kernels;

extern const prom_hash_kernels prom_hash_portable;
#ifdef __x86_64__
extern const prom_hash_kernels prom_hash_avx2;
extern const prom_hash_kernels prom_hash_avx512;
#endif

/* Returns the fastest kernels that run on such a machine. */
const prom_hash_kernels *prom_hash_kernels_for(prom_cpu cpu);

/* Sets hashes[.][i] = the tagged hash of words[0][i], ..., words[word_count - 1][i], for i < count. The hashes may lie
 * where words do, if each at the index of its own message or below. */
void prom_tagged_hash_many(const prom_hash_kernels *kernels, uint32_t *const hashes[PROM_HASH_WORDS], const char *tag,
                           const uint32_t *const *words, size_t word_count, size_t count);

PROM_DECLARATIONS_END

#endif
