/* What stands in the sections of a module. Each function reads `count` entries, which the section is long enough for if
 * they are of the smallest size, into `wasm`; what is wrong fails the cursor, and the result is that of the arena. */
#ifndef MODULE_ENTRIES_H
#define MODULE_ENTRIES_H

#include "module/sections.h"

#define PROM_WASM_ENTRIES_MAX 65536U
/* An engine refuses a module whose exports, each with its parameters and results, come to more than a million. */
#define PROM_WASM_EXPORTS_MAX 4096U
#define PROM_WASM_PARAMETERS_MAX 200U
#define PROM_WASM_SLOTS_MAX 65536U             /* of all tables, and of all element segments */
#define PROM_WASM_BODY_MAX (UINT32_C(1) << 17) /* bytes */

/* Reads the one instruction of a constant, and its end. Writes to `offset`, if that is not NULL, what an i32 gives:
 * another type is then refused. */
void prom_wasm_constant(prom_wasm_cursor *cursor, const prom_wasm *wasm, uint32_t *offset);

PROM_MUST_USE prom_result prom_wasm_read_types(prom_wasm_cursor *cursor, prom_arena *arena, prom_wasm *wasm,
                                               uint32_t count);
PROM_MUST_USE prom_result prom_wasm_read_functions(prom_wasm_cursor *cursor, prom_arena *arena, prom_wasm *wasm,
                                                   uint32_t count);
PROM_MUST_USE prom_result prom_wasm_read_tables(prom_wasm_cursor *cursor, prom_arena *arena, prom_wasm *wasm,
                                                uint32_t count);
PROM_MUST_USE prom_result prom_wasm_read_memory(prom_wasm_cursor *cursor, prom_arena *arena, prom_wasm *wasm,
                                                uint32_t count);
PROM_MUST_USE prom_result prom_wasm_read_globals(prom_wasm_cursor *cursor, prom_arena *arena, prom_wasm *wasm,
                                                 uint32_t count);
PROM_MUST_USE prom_result prom_wasm_read_elements(prom_wasm_cursor *cursor, prom_arena *arena, prom_wasm *wasm,
                                                  uint32_t count);
PROM_MUST_USE prom_result prom_wasm_read_bodies(prom_wasm_cursor *cursor, prom_arena *arena, prom_wasm *wasm,
                                                uint32_t count);
PROM_MUST_USE prom_result prom_wasm_read_data(prom_wasm_cursor *cursor, prom_arena *arena, prom_wasm *wasm,
                                              uint32_t count);

#endif
