#include "prometheus/base/arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/units.h"

enum { HUGE = 1 << 21 };

struct prom_arena_block {
    prom_arena_block *older;
    size_t size;
    size_t used;
    alignas(max_align_t) unsigned char memory[];
};

void prom_arena_init(prom_arena *arena, size_t limit)
{
    *arena = (prom_arena){.limit = limit, .named = limit, .block = PROM_ARENA_BLOCK_MIN};
}

void prom_arena_init_within(prom_arena *arena, const prom_arena *whole)
{
    prom_arena_init(arena, whole->limit - whole->used);
    arena->named = whole->named;
}

void prom_arena_free(prom_arena *arena)
{
    while (arena->newest != NULL) {
        prom_arena_block *block = arena->newest;
        arena->newest = block->older;
        free(block);
    }
    arena->used = 0;
}

/* Asks for large pages, of 2 MiB with most processors: for a vector that a proof passes over a few times, making and
 * finding small pages takes as long as the work. Fresh memory has none yet. Only advice: nothing depends on it. */
static void advise(void *memory, size_t size)
{
#ifdef MADV_HUGEPAGE
    const size_t ahead = (HUGE - (uintptr_t)memory % HUGE) % HUGE;
    if (size >= ahead + HUGE) {
        (void)madvise((unsigned char *)memory + ahead, (size - ahead) / HUGE * HUGE, MADV_HUGEPAGE);
    }
#else
    (void)memory;
    (void)size;
#endif
}

static prom_arena_block *add_block(prom_arena *arena, size_t least)
{
    const size_t size = least > arena->block ? least : arena->block;
    prom_arena_block *block = calloc(1, sizeof *block + size);
    if (block != NULL) {
        advise(block, sizeof *block + size);
        block->older = arena->newest;
        block->size = size;
        arena->newest = block;
    }
    return block;
}

prom_result prom_arena_alloc(prom_arena *arena, void **memory, size_t count, size_t size, prom_error *error)
{
    const size_t alignment = alignof(max_align_t);
    *memory = NULL;
    if (size != 0 && count > (SIZE_MAX / 2) / size) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "%zu objects of %zu bytes do not fit the memory", count, size);
    }
    const size_t bytes = (count * size + alignment - 1) / alignment * alignment;
    if (bytes > arena->limit - arena->used) {
        char more[PROM_UNITS];
        char limit[PROM_UNITS];
        return prom_fail(error, PROM_CATEGORY_MEMORY, "%s more would exceed this task's limit of %s of memory",
                         prom_units_bytes(more, bytes), prom_units_bytes(limit, arena->named));
    }
    prom_arena_block *block = arena->newest;
    if (block == NULL || bytes > block->size - block->used) {
        block = add_block(arena, bytes);
        if (block == NULL) {
            char refused[PROM_UNITS];
            return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory: %s were refused",
                             prom_units_bytes(refused, bytes));
        }
    }
    *memory = block->memory + block->used;
    block->used += bytes;
    arena->used += bytes;
    return prom_ok();
}
