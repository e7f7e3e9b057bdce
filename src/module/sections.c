#include "module/sections.h"

#include <inttypes.h>
#include <string.h>

#include "base/printable.h"
#include "module/counters.h"
#include "module/entries.h"
#include "module/opcodes.h"

enum {
    SHOWN = 64, /* characters of a name in a sentence */
    EXPORT_FUNCTION = 0,
    EXPORT_TABLE = 1,
    EXPORT_MEMORY = 2,
    EXPORT_GLOBAL = 3,
    SIGNATURE_MAX = 4,
};

static const prom_wasm_section_id order[] = {
    PROM_WASM_SECTION_TYPE,   PROM_WASM_SECTION_IMPORT,  PROM_WASM_SECTION_FUNCTION,   PROM_WASM_SECTION_TABLE,
    PROM_WASM_SECTION_MEMORY, PROM_WASM_SECTION_TAG,     PROM_WASM_SECTION_GLOBAL,     PROM_WASM_SECTION_EXPORT,
    PROM_WASM_SECTION_START,  PROM_WASM_SECTION_ELEMENT, PROM_WASM_SECTION_DATA_COUNT, PROM_WASM_SECTION_CODE,
    PROM_WASM_SECTION_DATA,   PROM_WASM_SECTION_CUSTOM,
};

const prom_wasm_section_id *prom_wasm_order(void)
{
    return order;
}

/* -- Exports -- */

/* What a program's module exports. */
typedef struct wanted_export {
    const char *name;
    uint8_t kind;
    bool optional;
    uint8_t result;
    uint8_t parameters; /* so many, all i32 */
    const char *text;   /* as a reader of the page knows it */
} wanted_export;

enum { REDUCE = 3 };

static const wanted_export wanted_exports[] = {
    {"memory", EXPORT_MEMORY, false, 0, 0, "a memory"},
    {"prom_alloc", EXPORT_FUNCTION, false, PROM_WASM_I32, 1, "a function (i32) -> i32"},
    {"map", EXPORT_FUNCTION, false, PROM_WASM_I64, 2, "a function (i32, i32) -> i64"},
    [REDUCE] = {"reduce", EXPORT_FUNCTION, true, PROM_WASM_I64, 4, "a function (i32, i32, i32, i32) -> i64"},
};

enum { WANTED = sizeof wanted_exports / sizeof *wanted_exports };

static bool is_name(prom_span name, const char *text)
{
    return prom_span_equal(name, prom_span_of((const uint8_t *)text, strlen(text)));
}

static bool is_signature(const prom_wasm *wasm, uint32_t function, const wanted_export *wanted)
{
    static const uint8_t integers[SIGNATURE_MAX] = {PROM_WASM_I32, PROM_WASM_I32, PROM_WASM_I32, PROM_WASM_I32};
    const prom_wasm_type *type = &wasm->types[wasm->functions[function].type];
    return type->result == wanted->result &&
           prom_span_equal(type->parameters, prom_span_of(integers, wanted->parameters));
}

/* Of an export with one of our names: that it is what it must be, and the only one. */
static void check_export(prom_wasm_cursor *cursor, const prom_wasm *wasm, size_t begin, size_t number, uint8_t kind,
                         uint32_t index, bool *seen)
{
    const wanted_export *wanted = &wanted_exports[number];
    if (seen[number]) {
        prom_wasm_fail(cursor, begin, "it exports '%s' twice: build it again", wanted->name);
    }
    if (!cursor->failed && (kind != wanted->kind || (kind == EXPORT_FUNCTION && !is_signature(wasm, index, wanted)))) {
        prom_wasm_fail(cursor, begin, "it exports '%s' as something else than %s: give it that type, or another name",
                       wanted->name, wanted->text);
    }
    seen[number] = true;
}

static void read_export(prom_wasm_cursor *cursor, const prom_wasm *wasm, bool *seen)
{
    const struct {
        uint32_t count;
        const char *noun;
    } kinds[] = {
        [EXPORT_FUNCTION] = {wasm->function_count, "function"},
        [EXPORT_TABLE] = {wasm->table_count, "table"},
        [EXPORT_MEMORY] = {wasm->sections[PROM_WASM_SECTION_MEMORY].count, "memory"},
        [EXPORT_GLOBAL] = {wasm->global_count, "global"},
    };
    const size_t begin = cursor->at;
    const prom_span name = prom_wasm_name(cursor);
    const uint8_t kind = prom_wasm_u8(cursor);
    if (cursor->failed) {
        return;
    }
    if (kind >= sizeof kinds / sizeof *kinds) {
        prom_wasm_fail(cursor, begin, "an export of kind %d, which programs have not: build it again", kind);
        return;
    }
    const uint32_t index = prom_wasm_index(cursor, kinds[kind].count, kinds[kind].noun);
    if (name.length >= strlen(PROM_COUNTER_PREFIX) &&
        memcmp(name.data, PROM_COUNTER_PREFIX, strlen(PROM_COUNTER_PREFIX)) == 0) {
        char shown[SHOWN];
        prom_wasm_fail(cursor, begin, "it exports '%s': names that begin with %s are reserved, choose another one",
                       prom_printable(shown, sizeof shown, (const char *)name.data, name.length), PROM_COUNTER_PREFIX);
    }
    for (size_t i = 0; !cursor->failed && i < WANTED; i++) {
        if (is_name(name, wanted_exports[i].name)) {
            check_export(cursor, wasm, begin, i, kind, index, seen);
        }
    }
}

static prom_result read_exports(prom_wasm_cursor *cursor, prom_arena *arena, prom_wasm *wasm, uint32_t count)
{
    bool seen[WANTED] = {false};
    (void)arena;
    for (uint32_t i = 0; !cursor->failed && i < count; i++) {
        read_export(cursor, wasm, seen);
    }
    for (size_t i = 0; i < WANTED; i++) {
        if (!seen[i] && !wanted_exports[i].optional) {
            prom_wasm_fail(cursor, wasm->sections[PROM_WASM_SECTION_EXPORT].at,
                           "it does not export '%s', %s: export it", wanted_exports[i].name, wanted_exports[i].text);
        }
    }
    wasm->folds = seen[REDUCE];
    return prom_ok();
}

/* -- What is not there -- */

static prom_result read_imports(prom_wasm_cursor *cursor, prom_arena *arena, prom_wasm *wasm, uint32_t count)
{
    char module[SHOWN];
    char field[SHOWN];
    (void)arena;
    (void)wasm;
    if (count > 0) {
        const size_t begin = cursor->at;
        const prom_span first = prom_wasm_name(cursor);
        const prom_span second = prom_wasm_name(cursor);
        prom_wasm_fail(cursor, begin,
                       "it imports '%s' of '%s': a program has no imports, define it in the module or do without it",
                       prom_printable(field, sizeof field, (const char *)second.data, second.length),
                       prom_printable(module, sizeof module, (const char *)first.data, first.length));
    }
    return prom_ok();
}

/* -- All of them -- */

/* How a section that begins with a number of entries is read. */
typedef struct section_rule {
    const char *name;
    const char *refused; /* why there must be none, or NULL */
    prom_result (*read)(prom_wasm_cursor *cursor, prom_arena *arena, prom_wasm *wasm, uint32_t count);
    uint32_t max;   /* entries */
    uint32_t least; /* bytes of each */
    const char *noun;
} section_rule;

static const section_rule rules[PROM_WASM_SECTIONS] = {
    [PROM_WASM_SECTION_TYPE] = {"type", NULL, prom_wasm_read_types, PROM_WASM_ENTRIES_MAX, 3, "type"},
    [PROM_WASM_SECTION_IMPORT] = {"import", NULL, read_imports, UINT32_MAX, 1, "import"},
    [PROM_WASM_SECTION_FUNCTION] = {"function", NULL, prom_wasm_read_functions, PROM_WASM_ENTRIES_MAX, 1, "function"},
    [PROM_WASM_SECTION_TABLE] = {"table", NULL, prom_wasm_read_tables, PROM_WASM_TABLES_MAX, 3, "table"},
    [PROM_WASM_SECTION_MEMORY] = {"memory", NULL, prom_wasm_read_memory, UINT32_MAX, 1, "memory"},
    [PROM_WASM_SECTION_TAG] = {"tag", "it is for exceptions, which programs have not: build it without them", NULL, 0,
                               0, NULL},
    [PROM_WASM_SECTION_GLOBAL] = {"global", NULL, prom_wasm_read_globals, PROM_WASM_ENTRIES_MAX, 4, "global"},
    [PROM_WASM_SECTION_EXPORT] = {"export", NULL, read_exports, PROM_WASM_EXPORTS_MAX, 3, "export"},
    [PROM_WASM_SECTION_START] = {"start", "a program has no start function: call it from map", NULL, 0, 0, NULL},
    [PROM_WASM_SECTION_ELEMENT] = {"element", NULL, prom_wasm_read_elements, PROM_WASM_ENTRIES_MAX, 2,
                                   "element segment"},
    [PROM_WASM_SECTION_DATA_COUNT] = {"data count", NULL, NULL, PROM_WASM_ENTRIES_MAX, 0, "data segment"},
    [PROM_WASM_SECTION_CODE] = {"code", NULL, prom_wasm_read_bodies, PROM_WASM_ENTRIES_MAX, 3, "function body"},
    [PROM_WASM_SECTION_DATA] = {"data", NULL, prom_wasm_read_data, PROM_WASM_ENTRIES_MAX, 2, "data segment"},
};

/* Reads the content of a section, between the cursor's place and its end. */
static prom_result read_content(prom_wasm_cursor *cursor, prom_arena *arena, prom_wasm *wasm, uint8_t id, size_t begin)
{
    const section_rule *rule = &rules[id];
    prom_wasm_section *section = &wasm->sections[id];
    if (id == PROM_WASM_SECTION_CUSTOM) {
        (void)prom_wasm_name(cursor);
        cursor->at = cursor->end;
        return prom_ok();
    }
    if (rule->refused != NULL) {
        prom_wasm_fail(cursor, begin, "a %s section: %s", rule->name, rule->refused);
        return prom_ok();
    }
    section->at = cursor->at;
    section->end = cursor->end;
    section->count = prom_wasm_count(cursor, rule->least, rule->max, rule->noun);
    section->entries = cursor->at;
    if (!cursor->failed && rule->read != NULL) {
        PROM_TRY(rule->read(cursor, arena, wasm, section->count));
    }
    prom_wasm_ends(cursor, rule->name);
    return prom_ok();
}

/* Reads a section that may stand behind what stands at place `*rank` of the order. */
static prom_result read_section(prom_wasm_cursor *cursor, prom_arena *arena, prom_wasm *wasm, size_t *rank)
{
    const size_t begin = cursor->at;
    const size_t whole = cursor->end;
    const uint8_t id = prom_wasm_u8(cursor);
    const uint32_t size = prom_wasm_count(cursor, 1, UINT32_MAX, "byte");
    if (cursor->failed) {
        return prom_ok();
    }
    if (id >= PROM_WASM_SECTIONS) {
        prom_wasm_fail(cursor, begin, "a section of kind %d, which there is not: build it again", id);
        return prom_ok();
    }
    size_t found = 0;
    while (order[found] != id) {
        found++;
    }
    if (id != PROM_WASM_SECTION_CUSTOM) {
        if (found < *rank) {
            prom_wasm_fail(cursor, begin,
                           "the %s section stands twice, or behind one that it belongs before: "
                           "build it again",
                           rules[id].name);
        }
        *rank = found + 1;
    }
    cursor->end = cursor->at + size;
    PROM_TRY(read_content(cursor, arena, wasm, id, begin));
    cursor->end = whole;
    return prom_ok();
}

static void read_head(prom_wasm_cursor *cursor)
{
    static const uint8_t head[] = {0, 'a', 's', 'm', 1, 0, 0, 0};
    const uint8_t *bytes = cursor->bytes;
    if (cursor->end > PROM_MODULE_BYTES_MAX) {
        prom_wasm_fail(cursor, PROM_MODULE_BYTES_MAX, "it has more than %" PRIu32 " bytes: make it smaller",
                       PROM_MODULE_BYTES_MAX);
    } else if (cursor->end < sizeof head || memcmp(bytes, head, sizeof head) != 0) {
        prom_wasm_fail(cursor, 0, "this is not a WebAssembly module of version 1 in binary form: build one");
    } else {
        cursor->at = sizeof head;
    }
}

/* That what one section announces stands in another. */
static void check_counts(prom_wasm_cursor *cursor, const prom_wasm *wasm)
{
    const prom_wasm_section *sections = wasm->sections;
    const prom_wasm_section *announced = &sections[PROM_WASM_SECTION_DATA_COUNT];
    const size_t end = cursor->end;
    if (wasm->function_count != sections[PROM_WASM_SECTION_CODE].count) {
        prom_wasm_fail(cursor, end, "%" PRIu32 " functions and %" PRIu32 " bodies of functions: build it again",
                       wasm->function_count, sections[PROM_WASM_SECTION_CODE].count);
    }
    if (announced->end != 0 && announced->count != sections[PROM_WASM_SECTION_DATA].count) {
        prom_wasm_fail(cursor, end,
                       "%" PRIu32 " data segments are announced, and %" PRIu32 " are there: build it again",
                       announced->count, sections[PROM_WASM_SECTION_DATA].count);
    }
    if (sections[PROM_WASM_SECTION_EXPORT].end == 0) {
        prom_wasm_fail(cursor, end, "it exports nothing: export 'memory', 'prom_alloc' and 'map'");
    }
}

prom_result prom_wasm_read(prom_arena *arena, prom_wasm *wasm, prom_span code, prom_error *error)
{
    prom_wasm_cursor cursor = {.bytes = code.data, .end = code.length, .error = error};
    size_t rank = 0;
    *wasm = (prom_wasm){.code = code};
    read_head(&cursor);
    while (!cursor.failed && cursor.at < cursor.end) {
        PROM_TRY(read_section(&cursor, arena, wasm, &rank));
    }
    check_counts(&cursor, wasm);
    return prom_wasm_result(&cursor);
}
