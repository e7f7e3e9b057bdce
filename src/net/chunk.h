/* Chunks of a body (docs/protocol.md, section 9): where each lies. They are cut where SHA-256 has done a whole number
 * of blocks, so that the state before each can be told. */
#ifndef NET_CHUNK_H
#define NET_CHUNK_H

#include <stdint.h>

#include "wire/packet.h"

/* A body, as it is hashed. */
struct prom_chunks {
    uint64_t before; /* bytes that are hashed before it */
    uint64_t total;  /* of the body; 0: not known */
};

/* Returns how many there are: PROM_CHUNKS_MAX at most for a body of PROM_PAYLOAD_MAX. */
uint32_t prom_chunk_count(const struct prom_chunks *chunks);
/* Returns where in the body a chunk begins, of number 0 to prom_chunk_count: the end, for the last of these. */
uint64_t prom_chunk_begin(const struct prom_chunks *chunks, uint32_t number);
/* Returns how many bytes are hashed before the chunk, those before the body counted in. */
uint64_t prom_chunk_hashed(const struct prom_chunks *chunks, uint32_t number);

#endif
