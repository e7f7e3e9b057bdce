#include "net/chunk.h"

#include "prometheus/crypto/hash.h"

/* Bytes before the body in its first chunk. */
static uint64_t lead(const struct prom_chunks *chunks)
{
    return chunks->before % PROM_HASH_BLOCK;
}

uint32_t prom_chunk_count(const struct prom_chunks *chunks)
{
    return chunks->total == 0 ? 0 : (uint32_t)((lead(chunks) + chunks->total - 1) / PROM_CHUNK_BYTES + 1);
}

uint64_t prom_chunk_begin(const struct prom_chunks *chunks, uint32_t number)
{
    const uint64_t at = (uint64_t)number * PROM_CHUNK_BYTES;
    const uint64_t begin = at <= lead(chunks) ? 0 : at - lead(chunks);
    return begin < chunks->total ? begin : chunks->total;
}

uint64_t prom_chunk_hashed(const struct prom_chunks *chunks, uint32_t number)
{
    return chunks->before + prom_chunk_begin(chunks, number);
}
