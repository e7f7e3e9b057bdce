/* Pointers and listings of named nodes, signed. */
#ifndef PROMETHEUS_TEST_LISTING_LISTED_H
#define PROMETHEUS_TEST_LISTING_LISTED_H

#include "contract/cast.h"

#include "listing/listing.h"

/* Bytes of a text, without its end. */
static inline prom_span span_of_text(const char *text)
{
    return prom_span_of((const uint8_t *)text, strlen(text));
}

static inline void sign_pointer(fixture *test, prom_pointer *pointer, const prom_key *key)
{
    prom_bytes32 hash;
    assert_ok(prom_pointer_hash(&test->arena, &hash, pointer, &test->error), &test->error);
    pointer->signature = sign_hash(test, key, &hash);
}

/* A worker's, issued at block 1000, for 144 blocks. */
static inline prom_pointer pointer_of(fixture *test, const char *node, size_t number, const char *address)
{
    const prom_key key = named_key(test, node, number);
    prom_pointer pointer = {.genesis = named("genesis", 0),
                            .p_txid = named("P", 0),
                            .role = PROM_ROLE_WORKER,
                            .node = key.public_key,
                            .issued_at = 1000,
                            .expires_at = 1144,
                            .address_count = 1,
                            .addresses = {span_of_text(address)}};
    sign_pointer(test, &pointer, &key);
    return pointer;
}

static inline prom_span pointer_bytes(fixture *test, const prom_pointer *pointer)
{
    prom_span bytes;
    assert_ok(prom_pointer_write(&test->arena, &bytes, pointer, &test->error), &test->error);
    return bytes;
}

static inline void sign_listing(fixture *test, prom_listing *listing, const prom_key *key)
{
    prom_bytes32 hash;
    assert_ok(prom_listing_hash(&test->arena, &hash, listing, &test->error), &test->error);
    listing->signature = sign_hash(test, key, &hash);
}

/* A worker's, of two P, two schemes and three models. */
static inline prom_listing *listing_of(fixture *test, const char *node)
{
    const prom_key key = named_key(test, node, 0);
    void *memory = NULL;
    assert_ok(prom_arena_alloc(&test->arena, &memory, 1, sizeof(prom_listing), &test->error), &test->error);
    prom_listing *listing = memory;
    *listing = (prom_listing){.genesis = named("genesis", 0),
                              .node = key.public_key,
                              .role = PROM_ROLE_WORKER,
                              .issued_at = 1000,
                              .expires_at = 1144,
                              .version_min = 1,
                              .version_max = 2,
                              .features = 2,
                              .capacity = 3,
                              .price_macs = 250,
                              .price_bytes = 1500,
                              .price_effort = 7,
                              .reward_min = prom_amount_of(1000),
                              .macs = UINT64_C(20000000000),
                              .macs_proven = 90000000,
                              .bytes_up = 1000000,
                              .bytes_down = 5000000,
                              .contract_count = 2,
                              .scheme_count = 2,
                              .schemes = {3, 4},
                              .model_count = 3};
    for (size_t i = 0; i < 3; i++) {
        memset(listing->contracts[i].bytes, (int)(i < 2 ? i + 1 : 0), 32);
        memset(listing->models[i].bytes, (int)i + 10, 32);
    }
    sign_listing(test, listing, &key);
    return listing;
}

#endif
