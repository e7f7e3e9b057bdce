#include "module/entries.h"

#include <inttypes.h>

#include "module/opcodes.h"

enum {
    FUNCTION_TYPE = 0x60,
    LIMITS_MAX = 1, /* flags of a memory's or table's limits */
    LIMITS_SHARED = 2,
    LIMITS_64 = 4,
    MEMORY_PAGES_MAX = 65536, /* what 32 bits of address reach */
};

/* PROM_TRY_NEW, of which the cursor tells the failure. */
#define TRY_NEW(pointer, count) PROM_TRY_NEW(pointer, arena, count, cursor->error)

uint8_t prom_wasm_value_type(prom_wasm_cursor *cursor)
{
    const size_t begin = cursor->at;
    const uint8_t type = prom_wasm_u8(cursor);
    if (cursor->failed || (type >= PROM_WASM_V128 && type <= PROM_WASM_I32) || type == PROM_WASM_FUNCREF) {
        return type;
    }
    if (type == PROM_WASM_EXTERNREF) {
        prom_wasm_fail(cursor, begin, "an external reference, which programs have not: build it without");
    } else if (type >= 0x63 && type < PROM_WASM_FUNCREF + 6) {
        prom_wasm_fail(cursor, begin,
                       "a type of references as garbage collection has them, which programs have not: build it "
                       "without");
    }
    prom_wasm_fail(cursor, begin, "0x%02x is no type of a value: build it again", type);
    return 0;
}

void prom_wasm_reference_type(prom_wasm_cursor *cursor)
{
    const size_t begin = cursor->at;
    if (prom_wasm_value_type(cursor) != PROM_WASM_FUNCREF) {
        prom_wasm_fail(cursor, begin, "a reference to something else than a function: build it without");
    }
}

static void read_type(prom_wasm_cursor *cursor, prom_wasm_type *type)
{
    const size_t begin = cursor->at;
    const uint8_t form = prom_wasm_u8(cursor);
    if (!cursor->failed && form != FUNCTION_TYPE) {
        prom_wasm_fail(cursor, begin,
                       "a type of form 0x%02x: programs have types of functions only, and no garbage "
                       "collection, build it without",
                       form);
    }
    const uint32_t parameters = prom_wasm_count(cursor, 1, PROM_WASM_PARAMETERS_MAX, "parameter");
    type->parameters = prom_span_of(cursor->bytes + cursor->at, parameters);
    for (uint32_t i = 0; !cursor->failed && i < parameters; i++) {
        (void)prom_wasm_value_type(cursor);
    }
    const uint32_t results = prom_wasm_count(cursor, 1, UINT32_MAX, "result");
    if (results > 1) {
        prom_wasm_fail(cursor, begin,
                       "a type with %" PRIu32 " results: programs have one at most, build it without "
                       "multiple values (-mno-multivalue)",
                       results);
    }
    type->result = results == 0 ? (uint8_t)PROM_WASM_EMPTY : prom_wasm_value_type(cursor);
}

prom_result prom_wasm_read_types(prom_wasm_cursor *cursor, prom_arena *arena, prom_wasm *wasm, uint32_t count)
{
    TRY_NEW(wasm->types, count);
    wasm->type_count = count;
    for (uint32_t i = 0; !cursor->failed && i < count; i++) {
        read_type(cursor, &wasm->types[i]);
    }
    return prom_ok();
}

prom_result prom_wasm_read_functions(prom_wasm_cursor *cursor, prom_arena *arena, prom_wasm *wasm, uint32_t count)
{
    TRY_NEW(wasm->functions, count);
    wasm->function_count = count;
    for (uint32_t i = 0; !cursor->failed && i < count; i++) {
        wasm->functions[i].type = prom_wasm_index(cursor, wasm->type_count, "type");
    }
    return prom_ok();
}

/* The limits of a memory or a table. */
typedef struct wasm_limits {
    uint32_t least;
    uint32_t most;
} wasm_limits;

static wasm_limits read_limits(prom_wasm_cursor *cursor, const char *what, uint32_t max)
{
    const size_t begin = cursor->at;
    const uint8_t flags = prom_wasm_u8(cursor);
    wasm_limits limits = {0, max};
    if ((flags & LIMITS_SHARED) != 0) {
        prom_wasm_fail(cursor, begin, "a shared %s: programs have no threads, build it without them", what);
    } else if ((flags & LIMITS_64) != 0) {
        prom_wasm_fail(cursor, begin, "a %s with addresses of 64 bits: build it for wasm32", what);
    } else if (flags > LIMITS_MAX) {
        prom_wasm_fail(cursor, begin, "a %s with limits of kind %d, which programs have not: build it again", what,
                       flags);
    }
    limits.least = prom_wasm_u32(cursor);
    if (flags == LIMITS_MAX) {
        limits.most = prom_wasm_u32(cursor);
    }
    if (!cursor->failed && (limits.least > limits.most || limits.most > max)) {
        prom_wasm_fail(cursor, begin,
                       "a %s with %" PRIu32 " at first and %" PRIu32 " at most: %" PRIu32
                       " are possible, build it again",
                       what, limits.least, limits.most, max);
    }
    return limits;
}

prom_result prom_wasm_read_tables(prom_wasm_cursor *cursor, prom_arena *arena, prom_wasm *wasm, uint32_t count)
{
    uint64_t slots = 0;
    (void)arena;
    wasm->table_count = count;
    for (uint32_t i = 0; !cursor->failed && i < count; i++) {
        const size_t begin = cursor->at;
        prom_wasm_reference_type(cursor);
        wasm->tables[i] = read_limits(cursor, "table", UINT32_MAX).least;
        slots += wasm->tables[i];
        if (slots > PROM_WASM_SLOTS_MAX) {
            prom_wasm_fail(cursor, begin, "tables of %" PRIu64 " elements in all: %u are possible, make them smaller",
                           slots, PROM_WASM_SLOTS_MAX);
        }
    }
    return prom_ok();
}

prom_result prom_wasm_read_memory(prom_wasm_cursor *cursor, prom_arena *arena, prom_wasm *wasm, uint32_t count)
{
    const size_t begin = cursor->at;
    (void)arena;
    if (count != 1) {
        prom_wasm_fail(cursor, begin, "%" PRIu32 " memories: a program has one, build it with that", count);
        return prom_ok();
    }
    const wasm_limits limits = read_limits(cursor, "memory", MEMORY_PAGES_MAX);
    wasm->pages = limits.least;
    wasm->pages_max = limits.most;
    if (wasm->pages > PROM_MODULE_PAGES_MAX) {
        prom_wasm_fail(cursor, begin, "a memory of %" PRIu32 " pages at first: %u are possible, make it smaller",
                       wasm->pages, PROM_MODULE_PAGES_MAX);
    }
    return prom_ok();
}

/* -- Constants -- */

void prom_wasm_constant(prom_wasm_cursor *cursor, const prom_wasm *wasm, uint32_t *offset)
{
    const size_t begin = cursor->at;
    const uint32_t opcode = prom_wasm_opcode(cursor);
    if (offset != NULL && opcode != PROM_WASM_I32_CONST) {
        prom_wasm_fail(cursor, begin, "an offset that is no i32.const: build it again");
    } else if (opcode == PROM_WASM_I32_CONST) {
        const int64_t value = prom_wasm_signed(cursor, 32);
        if (offset != NULL) {
            *offset = (uint32_t)value;
        }
    } else if (opcode == PROM_WASM_I64_CONST) {
        (void)prom_wasm_signed(cursor, 64);
    } else if (opcode == PROM_WASM_F32_CONST) {
        prom_wasm_skip(cursor, 4);
    } else if (opcode == PROM_WASM_F64_CONST) {
        prom_wasm_skip(cursor, 8);
    } else if (opcode == PROM_WASM_V128_CONST) {
        prom_wasm_skip(cursor, 16);
    } else if (opcode == PROM_WASM_REF_FUNC) {
        (void)prom_wasm_index(cursor, wasm->function_count, "function");
    } else if (opcode == PROM_WASM_REF_NULL) {
        prom_wasm_reference_type(cursor);
    } else {
        prom_wasm_fail(cursor, begin,
                       "a constant that is not of one instruction 'const', 'ref.func' or 'ref.null': "
                       "build it again");
    }
    if (prom_wasm_u8(cursor) != PROM_WASM_END) {
        prom_wasm_fail(cursor, begin,
                       "a constant of more than one instruction: build it without extended constants "
                       "(-mno-extended-const)");
    }
}

prom_result prom_wasm_read_globals(prom_wasm_cursor *cursor, prom_arena *arena, prom_wasm *wasm, uint32_t count)
{
    (void)arena;
    wasm->global_count = count;
    for (uint32_t i = 0; !cursor->failed && i < count; i++) {
        (void)prom_wasm_value_type(cursor);
        const size_t begin = cursor->at;
        if (prom_wasm_u8(cursor) > 1) {
            prom_wasm_fail(cursor, begin, "a global that is neither constant nor mutable: build it again");
        }
        prom_wasm_constant(cursor, wasm, NULL);
    }
    return prom_ok();
}
