#include "crypto/sha256.h"

#include <string.h>

const uint32_t prom_sha256_start_state[SHA256_WORDS] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                                        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

const uint32_t prom_sha256_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

const sha256_kernel *prom_sha256_kernel_for(prom_cpu cpu)
{
#ifdef SHA256_ON_X86
    if (cpu.sha256) {
        return &prom_sha256_shani;
    }
#endif
#ifdef SHA256_ON_ARM
    if (cpu.sha256) {
        return &prom_sha256_armv8;
    }
#endif
    (void)cpu;
    return &prom_sha256_portable;
}

void prom_sha256_begin(sha256_stream *stream, const sha256_kernel *kernel)
{
    stream->kernel = kernel;
    stream->length = 0;
    memcpy(stream->state, prom_sha256_start_state, sizeof stream->state);
}

/* Takes what the block that was begun still lacks, or all there is. */
static void fill_block(sha256_stream *stream, prom_span *part)
{
    const size_t filled = stream->length % SHA256_BLOCK_BYTES;
    const size_t lacks = SHA256_BLOCK_BYTES - filled;
    const size_t taken = part->length < lacks ? part->length : lacks;
    memcpy(stream->rest + filled, part->data, taken);
    stream->length += taken;
    *part = prom_span_of(part->data + taken, part->length - taken);
    if (taken == lacks) {
        stream->kernel->compress(stream->state, stream->rest, 1);
    }
}

void prom_sha256_add(sha256_stream *stream, prom_span part)
{
    if (part.length > 0 && stream->length % SHA256_BLOCK_BYTES > 0) {
        fill_block(stream, &part);
    }
    const size_t blocks = part.length / SHA256_BLOCK_BYTES;
    if (blocks > 0) {
        const size_t taken = blocks * SHA256_BLOCK_BYTES;
        stream->kernel->compress(stream->state, part.data, blocks);
        stream->length += taken;
        part = prom_span_of(part.data + taken, part.length - taken);
    }
    if (part.length > 0) {
        fill_block(stream, &part);
    }
}

void prom_sha256_write_state(prom_bytes32 *bytes, const uint32_t state[SHA256_WORDS])
{
    for (size_t i = 0; i < sizeof bytes->bytes; i++) {
        bytes->bytes[i] = (uint8_t)(state[i / 4] >> 8 * (3 - i % 4));
    }
}

void prom_sha256_end(sha256_stream *stream, prom_bytes32 *hash)
{
    enum { LENGTH_BYTES = 8 };
    static const uint8_t padding[SHA256_BLOCK_BYTES] = {0x80};
    uint8_t length[LENGTH_BYTES];
    const uint64_t bits = 8 * stream->length;
    const size_t filled = stream->length % SHA256_BLOCK_BYTES;
    const size_t room = SHA256_BLOCK_BYTES - LENGTH_BYTES;
    for (size_t i = 0; i < LENGTH_BYTES; i++) {
        length[i] = (uint8_t)(bits >> 8 * (LENGTH_BYTES - 1 - i));
    }
    prom_sha256_add(stream, prom_span_of(padding, (filled < room ? room : room + SHA256_BLOCK_BYTES) - filled));
    prom_sha256_add(stream, prom_span_of(length, LENGTH_BYTES));
    prom_sha256_write_state(hash, stream->state);
}
