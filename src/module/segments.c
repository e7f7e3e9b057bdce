#include <inttypes.h>

#include "base/units.h"
#include "module/entries.h"

enum {
    ELEMENT_UNPLACED = 1, /* flags of an element segment: it is not written into a table at first */
    ELEMENT_EXPLICIT = 2, /* its table is named; of what is unplaced: there is nothing but its declaration */
    ELEMENT_CONSTANTS = 4,
    ELEMENT_FLAGS = 7,
    DATA_PASSIVE = 1,
    DATA_EXPLICIT = 2,
};

/* That a segment lies in what it is written to, so that an instance can always be made. */
static void check_place(prom_wasm_cursor *cursor, size_t begin, uint64_t end, uint64_t room, const char *what)
{
    if (!cursor->failed && end > room) {
        prom_wasm_fail(cursor, begin, "a segment that ends at %" PRIu64 ", of a %s of %" PRIu64 ": make that larger",
                       end, what, room);
    }
}

/* What stands before the functions of an element segment. Returns the table where they go, or the count of tables, and
 * its place in that. */
static uint32_t read_element_head(prom_wasm_cursor *cursor, const prom_wasm *wasm, uint32_t flags, uint32_t *offset)
{
    const size_t begin = cursor->at;
    uint32_t table = wasm->table_count;
    if ((flags & ELEMENT_UNPLACED) == 0) {
        table = 0;
        if ((flags & ELEMENT_EXPLICIT) != 0) {
            table = prom_wasm_index(cursor, wasm->table_count, "table");
        } else if (wasm->table_count == 0) {
            prom_wasm_fail(cursor, begin, "an element segment, and no table: build it again");
        }
        prom_wasm_constant(cursor, wasm, offset);
    }
    if ((flags & (ELEMENT_UNPLACED | ELEMENT_EXPLICIT)) == 0) {
        return table;
    }
    if ((flags & ELEMENT_CONSTANTS) != 0) {
        prom_wasm_reference_type(cursor);
    } else if (prom_wasm_u8(cursor) != 0) {
        prom_wasm_fail(cursor, cursor->at, "an element segment of something else than functions: build it without");
    }
    return table;
}

static void read_element(prom_wasm_cursor *cursor, const prom_wasm *wasm, uint64_t *slots)
{
    const size_t begin = cursor->at;
    const uint32_t flags = prom_wasm_u32(cursor);
    uint32_t offset = 0;
    if (!cursor->failed && flags > ELEMENT_FLAGS) {
        prom_wasm_fail(cursor, begin, "an element segment of kind %" PRIu32 ", which there is not: build it again",
                       flags);
    }
    if ((flags & (ELEMENT_UNPLACED | ELEMENT_EXPLICIT)) == ELEMENT_UNPLACED) {
        prom_wasm_fail(cursor, begin, "a passive element segment, which nothing in a program reads: build it without");
    }
    const uint32_t table = read_element_head(cursor, wasm, flags, &offset);
    const uint32_t count = prom_wasm_count(cursor, 1, UINT32_MAX, "element");
    *slots += count;
    if (*slots > PROM_WASM_SLOTS_MAX) {
        prom_wasm_fail(cursor, begin, "element segments of %" PRIu64 " elements in all: %u are possible", *slots,
                       PROM_WASM_SLOTS_MAX);
    }
    if (!cursor->failed && table < wasm->table_count) {
        check_place(cursor, begin, (uint64_t)offset + count, wasm->tables[table], "table");
    }
    for (uint32_t i = 0; !cursor->failed && i < count; i++) {
        if ((flags & ELEMENT_CONSTANTS) != 0) {
            prom_wasm_constant(cursor, wasm, NULL);
        } else {
            (void)prom_wasm_index(cursor, wasm->function_count, "function");
        }
    }
}

prom_result prom_wasm_read_elements(prom_wasm_cursor *cursor, prom_arena *arena, prom_wasm *wasm, uint32_t count)
{
    uint64_t slots = 0;
    (void)arena;
    for (uint32_t i = 0; !cursor->failed && i < count; i++) {
        read_element(cursor, wasm, &slots);
    }
    return prom_ok();
}

prom_result prom_wasm_read_bodies(prom_wasm_cursor *cursor, prom_arena *arena, prom_wasm *wasm, uint32_t count)
{
    (void)arena;
    if (count != wasm->function_count) {
        prom_wasm_fail(cursor, cursor->at, "%" PRIu32 " bodies of %" PRIu32 " functions: build it again", count,
                       wasm->function_count);
    }
    for (uint32_t i = 0; !cursor->failed && i < count; i++) {
        const uint32_t size = prom_wasm_count(cursor, 1, PROM_WASM_BODY_MAX, "byte");
        wasm->functions[i].at = cursor->at;
        prom_wasm_skip(cursor, size);
        wasm->functions[i].end = cursor->at;
    }
    return prom_ok();
}

prom_result prom_wasm_read_data(prom_wasm_cursor *cursor, prom_arena *arena, prom_wasm *wasm, uint32_t count)
{
    (void)arena;
    for (uint32_t i = 0; !cursor->failed && i < count; i++) {
        const size_t begin = cursor->at;
        const uint32_t kind = prom_wasm_u32(cursor);
        uint32_t offset = 0;
        if (kind == DATA_PASSIVE) {
            prom_wasm_fail(cursor, begin,
                           "a passive data segment, which nothing in a program reads: build it without "
                           "threads, and without bulk memory if need be");
        } else if (kind > DATA_EXPLICIT) {
            prom_wasm_fail(cursor, begin, "a data segment of kind %" PRIu32 ", which there is not: build it again",
                           kind);
        } else if (kind == DATA_EXPLICIT) {
            (void)prom_wasm_index(cursor, 1, "memory");
        }
        prom_wasm_constant(cursor, wasm, &offset);
        const uint32_t length = prom_wasm_count(cursor, 1, UINT32_MAX, "byte");
        prom_wasm_skip(cursor, length);
        wasm->data_bytes += length;
        check_place(cursor, begin, (uint64_t)offset + length, (uint64_t)wasm->pages * PROM_MODULE_PAGE, "memory");
    }
    return prom_ok();
}
