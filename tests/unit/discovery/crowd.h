/* A directory, and crowds of nodes that are told of. */
#ifndef PROMETHEUS_TEST_DISCOVERY_CROWD_H
#define PROMETHEUS_TEST_DISCOVERY_CROWD_H

#include "listing/listed.h"

#include "discovery/directory.h"

#define HEIGHT 1010U

static const prom_source by_dht = {.kind = PROM_SOURCE_DHT};
static const prom_source by_ourselves = {.kind = PROM_SOURCE_OWN};

static inline prom_source by_peer(const char *address)
{
    return (prom_source){PROM_SOURCE_PEER, span_of_text(address)};
}

/* One that follows workers for P. */
static inline prom_directory *directory_of(fixture *test, bool local)
{
    const prom_directory_options options = {named("genesis", 0), named("salt", 0), local, test->curve};
    const prom_bytes32 P = named("P", 0);
    prom_directory *directory = NULL;
    assert_ok(prom_directory_new(&test->arena, &directory, &options, &test->error), &test->error);
    assert_ok(prom_directory_follow(directory, &P, PROM_ROLE_WORKER, &test->error), &test->error);
    return directory;
}

static inline prom_directory_counts counts_of(const prom_directory *directory)
{
    const prom_bytes32 P = named("P", 0);
    return prom_directory_count(directory, &P, PROM_ROLE_WORKER);
}

/* "A.B.0.1:7067", of the 16 bits of `group`: public ones only. */
static inline const char *address_in(fixture *test, size_t group)
{
    void *memory = NULL;
    assert_ok(prom_arena_alloc(&test->arena, &memory, 32, 1, &test->error), &test->error);
    (void)snprintf(memory, 32, "%zu.%zu.0.1:7067", 11 + group / 256 % 80, group % 256);
    return memory;
}

static inline prom_taken tell(fixture *test, prom_directory *directory, const prom_pointer *pointer,
                              const prom_source *source)
{
    return prom_directory_take(directory, pointer_bytes(test, pointer), source, HEIGHT);
}

/* So many nodes of this name, each in a group of its own from `group` on, are told of. Returns how many were taken. */
static inline size_t tell_crowd(fixture *test, prom_directory *directory, const char *name, size_t count, size_t group,
                                const prom_source *source)
{
    size_t taken = 0;
    for (size_t i = 0; i < count; i++) {
        const prom_pointer pointer = pointer_of(test, name, i, address_in(test, group + i));
        taken += tell(test, directory, &pointer, source) == PROM_TAKEN_NEW;
    }
    return taken;
}

static inline size_t pick_all(const prom_directory *directory, size_t seed, prom_directory_entry *entries, size_t most)
{
    const prom_bytes32 P = named("P", 0);
    const prom_bytes32 random = named("random", seed);
    return prom_directory_pick(directory, &P, PROM_ROLE_WORKER, &random, entries, most);
}

#endif
