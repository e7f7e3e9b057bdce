#include "prometheus/contract/sampling.h"

#include <stdbool.h>

#include "prometheus/base/amount.h"
#include "prometheus/crypto/hash.h"

void prom_sampling_seed(prom_bytes32 *seed, const prom_bytes32 *contract_id, const prom_bytes32 *package_hash,
                        const prom_bytes32 *block)
{
    prom_hasher hasher;
    prom_hasher_init(&hasher, "prometheus/sampling");
    prom_hasher_add(&hasher, prom_span_of32(contract_id));
    prom_hasher_add(&hasher, prom_span_of32(package_hash));
    prom_hasher_add(&hasher, prom_span_of32(block));
    prom_hasher_finish(&hasher, seed);
}

uint32_t prom_sample_count(uint32_t items, uint16_t varsigma)
{
    const uint64_t wanted = ((uint64_t)items * varsigma + PROM_BASIS_POINTS_ONE - 1) / PROM_BASIS_POINTS_ONE;
    const uint64_t some = wanted > 0 ? wanted : 1;
    return some < items ? (uint32_t)some : items;
}

/* Numbers out of a seed. */
struct source {
    prom_hasher seeded; /* the tagged hash `prometheus/sample`, the seed added */
    uint64_t next;      /* number of the next draw */
};

static uint32_t draw_number(struct source *source)
{
    prom_hasher hasher = source->seeded;
    prom_bytes32 hash;
    prom_hasher_add_number(&hasher, source->next++, sizeof source->next);
    prom_hasher_finish(&hasher, &hash);
    prom_reader reader = prom_reader_of(prom_span_of32(&hash));
    return prom_read_u32(&reader);
}

/* A number below `end`, at least 1, each equally likely: what lies above the last whole multiple of `end` is drawn
 * again. */
static uint32_t draw_below(struct source *source, uint32_t end)
{
    const uint32_t largest = UINT32_MAX - (UINT32_MAX % end + 1) % end;
    uint32_t number = draw_number(source);
    while (number > largest) {
        number = draw_number(source);
    }
    return number % end;
}

static bool is_marked(const uint8_t *marks, size_t position)
{
    return (marks[position / 8] >> position % 8 & 1) == 1;
}

prom_result prom_sample_draw(prom_arena *arena, prom_sample *sample, const prom_bytes32 *seed, uint32_t items,
                             uint16_t varsigma, prom_error *error)
{
    const uint32_t count = prom_sample_count(items, varsigma);
    struct source source = {.next = 0};
    uint8_t *marks = NULL;
    size_t *positions = NULL;
    size_t found = 0;
    *sample = (prom_sample){0};
    PROM_TRY_NEW(marks, arena, (size_t)items / 8 + 1, error);
    PROM_TRY_NEW(positions, arena, count, error);
    prom_hasher_init(&source.seeded, "prometheus/sample");
    prom_hasher_add(&source.seeded, prom_span_of32(seed));
    /* Floyd's way to draw without replacement: each step adds one of the positions up to `last`. */
    for (uint32_t last = items - count; last < items; last++) {
        const uint32_t drawn = draw_below(&source, last + 1);
        const uint32_t position = is_marked(marks, drawn) ? last : drawn;
        marks[position / 8] = (uint8_t)(marks[position / 8] | 1U << position % 8);
    }
    for (size_t position = 0; position < items; position++) {
        if (is_marked(marks, position)) {
            positions[found++] = position;
        }
    }
    *sample = (prom_sample){positions, count};
    return prom_ok();
}

prom_result prom_sample_all(prom_arena *arena, prom_sample *sample, uint32_t items, prom_error *error)
{
    size_t *positions = NULL;
    *sample = (prom_sample){0};
    PROM_TRY_NEW(positions, arena, items, error);
    for (size_t i = 0; i < items; i++) {
        positions[i] = i;
    }
    *sample = (prom_sample){positions, items};
    return prom_ok();
}
