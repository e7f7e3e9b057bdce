/* Memory that is given out piece by piece and given back all at once. Floors 1 to 3 allocate from a caller's arena
 * only. */
#ifndef PROMETHEUS_BASE_ARENA_H
#define PROMETHEUS_BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include "prometheus/base/declarations.h"
#include "prometheus/base/result.h"

PROM_DECLARATIONS_BEGIN

typedef struct prom_arena_block prom_arena_block;

typedef struct prom_arena {
    prom_arena_block *newest;
    size_t limit; /* bytes that may be given out in all */
    size_t used;
    size_t named; /* the limit that the user knows: `limit`, or that of the arena which this one is within */
    size_t block; /* bytes that it takes from the system at a time, at least; may be set where there are many arenas */
} prom_arena;

/* Bytes that an arena takes from the system at a time, at least, though it gives out fewer, if nothing else is set. */
#define PROM_ARENA_BLOCK_MIN 16384

/* Makes an empty arena, which will give out at most `limit` bytes. */
void prom_arena_init(prom_arena *arena, size_t limit);

/* Makes an empty arena that will give out at most what `whole` has left, of which it is to be the only user meanwhile.
 * A failure names the limit of `whole`. */
void prom_arena_init_within(prom_arena *arena, const prom_arena *whole);

/* Gives all memory back; the arena is empty and usable again. Fits PROM_SCOPED. */
void prom_arena_free(prom_arena *arena);

/* Writes to `memory` a pointer to `count` zeroed objects of `size` bytes, aligned for any type and valid until
 * prom_arena_free; a count of 0 gives a pointer that must not be read. PROM_CATEGORY_MEMORY, and NULL written, when the
 * limit or the machine's memory is reached. */
PROM_MUST_USE prom_result prom_arena_alloc(prom_arena *arena, void **memory, size_t count, size_t size,
                                           prom_error *error);

#ifndef __cplusplus /* where no void * becomes another pointer by itself */
/* Sets `pointer` to `count` zeroed objects of its type, or returns the failure. For C only. */
#define PROM_TRY_NEW(pointer, arena, count, error)                                                                     \
    do {                                                                                                               \
        void *prom_new_ = NULL;                                                                                        \
        PROM_TRY(prom_arena_alloc((arena), &prom_new_, (count), sizeof *(pointer), (error)));                          \
        (pointer) = prom_new_;                                                                                         \
    } while (0)
#endif

PROM_DECLARATIONS_END

#endif
