/* Reads forward over a module's bytes. What is wrong is told once, with the byte where it stands; a cursor that failed
 * gives zeros and stays failed, so one check behind several reads is enough. Loops look at `failed` themselves. */
#ifndef MODULE_CURSOR_H
#define MODULE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prometheus/base/bytes.h"
#include "prometheus/base/result.h"

typedef struct prom_wasm_cursor {
    const uint8_t *bytes; /* of the whole module */
    size_t at;            /* the next byte, counted from the module's first */
    size_t end;           /* of what it may read */
    bool failed;
    prom_error *error; /* where the sentence goes; may be NULL */
} prom_wasm_cursor;

/* Fails the cursor, unless it has failed already: "the module, byte AT: " and the text. */
PROM_PRINTF(3, 4) void prom_wasm_fail(prom_wasm_cursor *cursor, size_t at, const char *format, ...);
/* Returns PROM_CATEGORY_BAD_INPUT when it has failed; the sentence stands in its error. */
PROM_MUST_USE prom_result prom_wasm_result(const prom_wasm_cursor *cursor);

uint8_t prom_wasm_u8(prom_wasm_cursor *cursor);
/* LEB128 as WebAssembly has it: of so many bits, no more bytes than these need, the last one's other bits no more than
 * zeros, or the sign. */
uint32_t prom_wasm_u32(prom_wasm_cursor *cursor);
int64_t prom_wasm_signed(prom_wasm_cursor *cursor, unsigned bits); /* 33 bits, or 32, or 64 */
void prom_wasm_skip(prom_wasm_cursor *cursor, size_t length);
/* A vector's number of entries, of at least `least` bytes each (0: they stand elsewhere): more than `max`, or than are
 * left, fails. */
uint32_t prom_wasm_count(prom_wasm_cursor *cursor, size_t least, uint32_t max, const char *noun);
/* An index, below `count`. */
uint32_t prom_wasm_index(prom_wasm_cursor *cursor, uint32_t count, const char *noun);
prom_span prom_wasm_name(prom_wasm_cursor *cursor);
/* Fails when something is left over of what `what` has. */
void prom_wasm_ends(prom_wasm_cursor *cursor, const char *what);

/* -- Writing -- */

void prom_wasm_write_u32(prom_writer *writer, uint32_t value);
void prom_wasm_write_signed(prom_writer *writer, int64_t value);

#endif
