/* A module's sections: read once, in order, with all that interface version 1 refuses outside of functions' code. */
#ifndef MODULE_SECTIONS_H
#define MODULE_SECTIONS_H

#include "module/cursor.h"
#include "prometheus/base/arena.h"
#include "prometheus/module/module.h"

#define PROM_WASM_TABLES_MAX 16U

typedef enum prom_wasm_section_id {
    PROM_WASM_SECTION_CUSTOM = 0,
    PROM_WASM_SECTION_TYPE,
    PROM_WASM_SECTION_IMPORT,
    PROM_WASM_SECTION_FUNCTION,
    PROM_WASM_SECTION_TABLE,
    PROM_WASM_SECTION_MEMORY,
    PROM_WASM_SECTION_GLOBAL,
    PROM_WASM_SECTION_EXPORT,
    PROM_WASM_SECTION_START,
    PROM_WASM_SECTION_ELEMENT,
    PROM_WASM_SECTION_CODE,
    PROM_WASM_SECTION_DATA,
    PROM_WASM_SECTION_DATA_COUNT,
    PROM_WASM_SECTION_TAG,
    PROM_WASM_SECTIONS,
} prom_wasm_section_id;

/* Where a section's content lies; all zero where there is none. */
typedef struct prom_wasm_section {
    size_t at;
    size_t entries; /* behind the number of them */
    size_t end;
    uint32_t count;
} prom_wasm_section;

typedef struct prom_wasm_type {
    prom_span parameters;
    uint8_t result; /* PROM_WASM_EMPTY when there is none */
} prom_wasm_type;

typedef struct prom_wasm_function {
    uint32_t type;
    size_t at;  /* its body */
    size_t end; /* of that */
} prom_wasm_function;

typedef struct prom_wasm {
    prom_span code;
    prom_wasm_section sections[PROM_WASM_SECTIONS];
    prom_wasm_type *types;
    uint32_t type_count;
    prom_wasm_function *functions;
    uint32_t function_count;
    uint32_t tables[PROM_WASM_TABLES_MAX]; /* the elements that each has at first */
    uint32_t table_count;
    uint32_t global_count;
    uint32_t pages;     /* of its memory at first */
    uint32_t pages_max; /* what it may grow to, at most 65,536 */
    uint64_t data_bytes;
    bool folds; /* it exports `reduce` */
} prom_wasm;

/* Reads the sections. What it fills points into `code` and lies in the arena. PROM_CATEGORY_BAD_INPUT, with what is
 * wrong and the byte where it stands, when the module has not what a program needs, or what it may not have. */
PROM_MUST_USE prom_result prom_wasm_read(prom_arena *arena, prom_wasm *wasm, prom_span code, prom_error *error);
/* Returns the sections' ids in the order in which they stand, PROM_WASM_SECTION_CUSTOM behind the last. */
const prom_wasm_section_id *prom_wasm_order(void);
/* Reads a value's type, and returns it. */
uint8_t prom_wasm_value_type(prom_wasm_cursor *cursor);
/* Reads the type of a reference, which is that of functions. */
void prom_wasm_reference_type(prom_wasm_cursor *cursor);

#endif
