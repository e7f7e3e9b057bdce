#include "prometheus/crypto/hash.h"

#include <sodium.h>
#include <string.h>

_Static_assert(sizeof(crypto_hash_sha256_state) <= sizeof(prom_hasher), "the state fits the opaque hasher");

void prom_sha256(prom_bytes32 *hash, prom_span message)
{
    (void)crypto_hash_sha256(hash->bytes, message.data, message.length);
}

void prom_sha256_twice(prom_bytes32 *hash, prom_span message)
{
    prom_bytes32 once;
    prom_sha256(&once, message);
    prom_sha256(hash, prom_span_of32(&once));
}

static crypto_hash_sha256_state *state_of(prom_hasher *hasher)
{
    return (crypto_hash_sha256_state *)(void *)hasher->private_state;
}

void prom_hasher_init(prom_hasher *hasher, const char *tag)
{
    prom_bytes32 tag_hash;
    prom_sha256(&tag_hash, prom_span_of((const uint8_t *)tag, strlen(tag)));
    (void)crypto_hash_sha256_init(state_of(hasher));
    prom_hasher_add(hasher, prom_span_of32(&tag_hash));
    prom_hasher_add(hasher, prom_span_of32(&tag_hash));
}

void prom_hasher_add(prom_hasher *hasher, prom_span part)
{
    (void)crypto_hash_sha256_update(state_of(hasher), part.data, part.length);
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
    (void)crypto_hash_sha256_final(state_of(hasher), hash->bytes);
    prom_wipe(hasher, sizeof *hasher);
}

void prom_tagged_hash(prom_bytes32 *hash, const char *tag, prom_span message)
{
    prom_hasher hasher;
    prom_hasher_init(&hasher, tag);
    prom_hasher_add(&hasher, message);
    prom_hasher_finish(&hasher, hash);
}
