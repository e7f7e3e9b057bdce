/* SHA-256 and tagged hashes (BIP 340). */
#ifndef PROMETHEUS_CRYPTO_HASH_H
#define PROMETHEUS_CRYPTO_HASH_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prometheus/base/bytes.h"
#include "prometheus/base/declarations.h"

PROM_DECLARATIONS_BEGIN

/* Computes the SHA-256 of `message`. */
void prom_sha256(prom_bytes32 *hash, prom_span message);
/* Computes SHA-256 twice: Bitcoin's txids, block hashes and checksums. */
void prom_sha256_twice(prom_bytes32 *hash, prom_span message);
/* Computes BIP 340's tagged hash: SHA256(SHA256(tag) || SHA256(tag) || message). */
void prom_tagged_hash(prom_bytes32 *hash, const char *tag, prom_span message);

/* A hash of a message that comes in parts. */
typedef struct prom_hasher {
    alignas(16) unsigned char private_state[128];
} prom_hasher;

/* Begins a tagged hash, of which prom_hasher_add takes one part after another; the parts are joined without a mark
 * between them. */
void prom_hasher_init(prom_hasher *hasher, const char *tag);
/* Begins a SHA-256 without a tag. */
void prom_hasher_init_plain(prom_hasher *hasher);
void prom_hasher_add(prom_hasher *hasher, prom_span part);
/* Takes the last `length` bytes, 8 at most, of a number in big-endian order. */
void prom_hasher_add_number(prom_hasher *hasher, uint64_t number, size_t length);
/* Computes the hash of all parts; the hasher must not be used again before it is begun again. */
void prom_hasher_finish(prom_hasher *hasher, prom_bytes32 *hash);

/* Bytes of a block: what SHA-256 takes at once. */
#define PROM_HASH_BLOCK 64U
/* Returns how many bytes it has taken, the tag's two hashes counted in. */
uint64_t prom_hasher_length(const prom_hasher *hasher);
/* Writes SHA-256's chaining value after all that it has taken, the eight words in big-endian order. False, and nothing
 * is written, when that is no whole number of blocks. */
PROM_MUST_USE bool prom_hasher_state(const prom_hasher *hasher, prom_bytes32 *state);
/* Begins in the middle of a message: `length` bytes of it, a multiple of PROM_HASH_BLOCK, have led to `state`. */
void prom_hasher_init_at(prom_hasher *hasher, const prom_bytes32 *state, uint64_t length);

PROM_DECLARATIONS_END

#endif
