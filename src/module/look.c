#include "module/body.h"

/* Fuel for an instance: as such, beside a unit for each byte of the module and each slot of its tables; and for a page
 * of its memory as much as memory.grow takes. */
enum { INSTANCE_FUEL = 20000, PAGE_FUEL = 1 << PROM_WASM_GROW_SHIFT };

static prom_result look_at_body(prom_wasm_body *body, uint32_t number, prom_module_facts *facts)
{
    prom_wasm_instruction instruction = {0};
    PROM_TRY(prom_wasm_body_begin(body, number));
    while (!body->done) {
        PROM_TRY(prom_wasm_body_next(body, &instruction));
        facts->floats = facts->floats || (instruction.kind->flags & PROM_OPCODE_FLOAT) != 0;
        facts->simd = facts->simd || (instruction.kind->flags & PROM_OPCODE_SIMD) != 0;
    }
    return prom_ok();
}

static prom_result look_at_bodies(prom_arena *arena, prom_module_facts *facts, const prom_wasm *wasm, prom_error *error)
{
    prom_wasm_body body = {0};
    uint64_t grown = 0;
    PROM_TRY(prom_wasm_body_new(arena, &body, wasm, error));
    for (uint32_t i = 0; i < wasm->function_count; i++) {
        PROM_TRY(look_at_body(&body, i, facts));
        grown += body.grown;
        if (grown > PROM_WASM_GROWN_ALL_MAX) {
            prom_wasm_fail(&body.cursor, wasm->functions[i].at,
                           "functions with so many branches and calls that the module can be too large when it is "
                           "metered: make it smaller");
            return prom_wasm_result(&body.cursor);
        }
    }
    return prom_ok();
}

prom_result prom_module_look(prom_arena *arena, prom_module_facts *facts, prom_span code, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_module_facts found = {0};
    prom_wasm wasm;
    *facts = found;
    prom_arena_init_within(&scratch, arena);
    PROM_TRY(prom_wasm_read(&scratch, &wasm, code, error));
    found.folds = wasm.folds;
    found.functions = wasm.function_count;
    found.pages = wasm.pages;
    found.data_bytes = wasm.data_bytes;
    for (uint32_t i = 0; i < wasm.table_count; i++) {
        found.table_slots += wasm.tables[i];
    }
    found.setup_fuel = INSTANCE_FUEL + code.length + found.table_slots + (uint64_t)found.pages * PAGE_FUEL;
    PROM_TRY(look_at_bodies(&scratch, &found, &wasm, error));
    *facts = found;
    return prom_ok();
}
