#include "prometheus/crypto/hash.h"

#include <stdatomic.h>
#include <string.h>

#include "crypto/sha256.h"

_Static_assert(sizeof(sha256_stream) <= sizeof(prom_hasher), "the stream fits the opaque hasher");

/* Chosen once: to ask the processor takes longer than a short message. */
static const sha256_kernel *kernel_here(void)
{
    static _Atomic(const sha256_kernel *) chosen;
    const sha256_kernel *kernel = atomic_load_explicit(&chosen, memory_order_relaxed);
    if (kernel == NULL) { /* several threads may come here; all find the same */
        kernel = prom_sha256_kernel_for(prom_cpu_of_machine());
        atomic_store_explicit(&chosen, kernel, memory_order_relaxed);
    }
    return kernel;
}

void prom_sha256(prom_bytes32 *hash, prom_span message)
{
    sha256_stream stream;
    prom_sha256_begin(&stream, kernel_here());
    prom_sha256_add(&stream, message);
    prom_sha256_end(&stream, hash);
    prom_wipe(&stream, sizeof stream);
}

void prom_sha256_twice(prom_bytes32 *hash, prom_span message)
{
    prom_bytes32 once;
    prom_sha256(&once, message);
    prom_sha256(hash, prom_span_of32(&once));
}

static sha256_stream *stream_of(prom_hasher *hasher)
{
    return (sha256_stream *)(void *)hasher->private_state;
}

void prom_hasher_init_plain(prom_hasher *hasher)
{
    prom_sha256_begin(stream_of(hasher), kernel_here());
}

void prom_hasher_init(prom_hasher *hasher, const char *tag)
{
    prom_bytes32 tag_hash;
    prom_sha256(&tag_hash, prom_span_of((const uint8_t *)tag, strlen(tag)));
    prom_hasher_init_plain(hasher);
    prom_hasher_add(hasher, prom_span_of32(&tag_hash));
    prom_hasher_add(hasher, prom_span_of32(&tag_hash));
}

void prom_hasher_add(prom_hasher *hasher, prom_span part)
{
    prom_sha256_add(stream_of(hasher), part);
}

void prom_hasher_add_number(prom_hasher *hasher, uint64_t number, size_t length)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < length; i++) {
        bytes[i] = (uint8_t)(number >> 8 * (length - 1 - i));
    }
    prom_hasher_add(hasher, prom_span_of(bytes, length));
}

void prom_hasher_finish(prom_hasher *hasher, prom_bytes32 *hash)
{
    prom_sha256_end(stream_of(hasher), hash);
    prom_wipe(hasher, sizeof *hasher);
}

static const sha256_stream *stream_in(const prom_hasher *hasher)
{
    return (const sha256_stream *)(const void *)hasher->private_state;
}

uint64_t prom_hasher_length(const prom_hasher *hasher)
{
    return stream_in(hasher)->length;
}

bool prom_hasher_state(const prom_hasher *hasher, prom_bytes32 *state)
{
    const sha256_stream *stream = stream_in(hasher);
    if (stream->length % SHA256_BLOCK_BYTES != 0) {
        return false;
    }
    prom_sha256_write_state(state, stream->state);
    return true;
}

void prom_hasher_init_at(prom_hasher *hasher, const prom_bytes32 *state, uint64_t length)
{
    sha256_stream *stream = stream_of(hasher);
    prom_hasher_init_plain(hasher);
    stream->length = length;
    for (size_t i = 0; i < SHA256_WORDS; i++) {
        const uint8_t *word = state->bytes + 4 * i;
        stream->state[i] = (uint32_t)word[0] << 24 | (uint32_t)word[1] << 16 | (uint32_t)word[2] << 8 | word[3];
    }
}

void prom_tagged_hash(prom_bytes32 *hash, const char *tag, prom_span message)
{
    prom_hasher hasher;
    prom_hasher_init(&hasher, tag);
    prom_hasher_add(&hasher, message);
    prom_hasher_finish(&hasher, hash);
}
