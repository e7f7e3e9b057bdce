/* A channel as its node keeps it: all parts, in memory of their own. */
#ifndef PROMETHEUS_TEST_CHANNEL_LOADING_H
#define PROMETHEUS_TEST_CHANNEL_LOADING_H

#include "channel/world.h"

struct parts {
    prom_part_bytes list[PROM_PARTS];
    size_t count;
};

static inline bool is_part(size_t part)
{
    return part <= PROM_PART_ARBITRATION || (part >= PROM_PART_KEPT && part < PROM_PARTS);
}

static inline struct parts parts_of(fixture *test, const prom_facts *facts)
{
    struct parts parts = {.count = 0};
    for (size_t part = 0; part < PROM_PARTS; part++) {
        if (is_part(part)) {
            prom_part_bytes *its = &parts.list[parts.count++];
            its->part = (prom_part)part;
            assert_ok(prom_facts_write(&test->arena, &its->bytes, facts, its->part, 0, &test->error), &test->error);
        }
    }
    return parts;
}

static inline prom_part_bytes *part_in(struct parts *parts, size_t part)
{
    size_t i = 0;
    while (i + 1 < parts->count && parts->list[i].part != (prom_part)part) {
        i++;
    }
    return &parts->list[i];
}

static inline prom_result load(fixture *test, prom_arena *arena, prom_channel **channel, const struct parts *parts,
                               const prom_tree *tree)
{
    return prom_channel_load(test->curve, arena, channel, parts->list, parts->count, tree, &test->error);
}

#endif
