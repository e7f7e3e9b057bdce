/* SHA-256 (FIPS 180-4) of one message after the other, with the instructions for it that a processor may have. hash.c
 * takes the fastest; tests take each. */
#ifndef CRYPTO_SHA256_H
#define CRYPTO_SHA256_H

#include "prometheus/base/bytes.h"
#include "prometheus/base/cpu.h"

#define SHA256_WORDS 8
#define SHA256_BLOCK_BYTES 64

#if defined(__x86_64__)
#define SHA256_ON_X86
#elif defined(__aarch64__) && defined(__AARCH64EL__)
#define SHA256_ON_ARM
#endif

/* One table for each instruction set; all give the same hashes. */
typedef struct sha256_kernel {
    const char *name;
    /* The compression function on `count` blocks, one after the other. Time depends on `count` alone. */
    void (*compress)(uint32_t state[SHA256_WORDS], const uint8_t *blocks, size_t count);
} sha256_kernel;

extern const sha256_kernel prom_sha256_portable;
#ifdef SHA256_ON_X86
extern const sha256_kernel prom_sha256_shani;
#endif
#ifdef SHA256_ON_ARM
extern const sha256_kernel prom_sha256_armv8;
#endif

/* The fastest kernel that runs on such a machine. */
const sha256_kernel *prom_sha256_kernel_for(prom_cpu cpu);

extern const uint32_t prom_sha256_start_state[SHA256_WORDS];
extern const uint32_t prom_sha256_constants[64];

/* A message that comes in parts. */
typedef struct sha256_stream {
    const sha256_kernel *kernel;
    uint64_t length; /* bytes so far */
    uint32_t state[SHA256_WORDS];
    uint8_t rest[SHA256_BLOCK_BYTES]; /* length % 64 of them: they begin a block */
} sha256_stream;

void prom_sha256_begin(sha256_stream *stream, const sha256_kernel *kernel);
void prom_sha256_add(sha256_stream *stream, prom_span part);
/* Writes the hash of all parts; the stream is over. */
void prom_sha256_end(sha256_stream *stream, prom_bytes32 *hash);
/* Writes the words in big-endian order. */
void prom_sha256_write_state(prom_bytes32 *bytes, const uint32_t state[SHA256_WORDS]);

#endif
