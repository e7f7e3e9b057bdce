#include <inttypes.h>
#include <string.h>

#include "module/body.h"
#include "module/counters.h"

enum {
    DEPTH_FRAME = 4,  /* units of a function without locals and code */
    BULK_SHIFT = 3,   /* memory.copy and .fill: a unit of fuel for 8 bytes */
    LOCALS_FREE = 64, /* parameters and locals that no run is charged for */
    LOCALS_SHIFT = 4, /* of more: a unit of fuel for 16, in each run */
    SIZE_BYTES = 5,   /* of a size that is written before what it is the size of */
    EXPORTED_GLOBAL = 3,
    MUTABLE = 1,
    LIMITED = 1, /* a memory with a largest size */
    HEAD = 8,    /* bytes of a module before its sections */
};

/* Our globals, behind those of the module. */
enum { FUEL, DEPTH, WHY, GLOBALS };

static const struct {
    const char *name;
    uint8_t type;
    uint8_t constant;
} globals[GLOBALS] = {
    [FUEL] = {PROM_COUNTER_FUEL, PROM_WASM_I64, PROM_WASM_I64_CONST},
    [DEPTH] = {PROM_COUNTER_DEPTH, PROM_WASM_I32, PROM_WASM_I32_CONST},
    [WHY] = {PROM_COUNTER_WHY, PROM_WASM_I32, PROM_WASM_I32_CONST},
};

/* Rewrites functions. */
typedef struct meter {
    prom_writer writer;
    const prom_wasm *wasm;
    prom_wasm_body body;
    uint32_t fuel;   /* our locals: what is left, */
    uint32_t length; /* and the number that a bulk instruction's cost hangs on */
    size_t run;      /* where the run of instructions begins */
    uint32_t cost;   /* of what is read of it */
    uint32_t begun;  /* what each run costs beside its instructions */
} meter;

/* -- Instructions -- */

static void write_op(meter *m, uint8_t opcode)
{
    prom_write_u8(&m->writer, opcode);
}

static void write_indexed(meter *m, uint8_t opcode, uint32_t index)
{
    prom_write_u8(&m->writer, opcode);
    prom_wasm_write_u32(&m->writer, index);
}

static void write_constant(meter *m, uint8_t opcode, int64_t value)
{
    prom_write_u8(&m->writer, opcode);
    prom_wasm_write_signed(&m->writer, value);
}

static void write_global(meter *m, uint8_t opcode, uint32_t global)
{
    write_indexed(m, opcode, m->wasm->global_count + global);
}

/* Traps when the number on top of the stack, an i64 or, where `less` says so, an i32, is below 0. */
static void write_stop(meter *m, uint8_t constant, uint8_t less, int64_t why)
{
    write_constant(m, constant, 0);
    write_op(m, less);
    write_op(m, PROM_WASM_IF);
    write_op(m, PROM_WASM_EMPTY);
    write_constant(m, PROM_WASM_I32_CONST, why);
    write_global(m, PROM_WASM_GLOBAL_SET, WHY);
    write_op(m, PROM_WASM_UNREACHABLE);
    write_op(m, PROM_WASM_END);
}

static void write_stop_of_fuel(meter *m)
{
    write_stop(m, PROM_WASM_I64_CONST, PROM_WASM_I64_LT_S, PROM_WHY_FUEL);
}

static void write_look(meter *m)
{
    write_indexed(m, PROM_WASM_LOCAL_GET, m->fuel);
    write_stop_of_fuel(m);
}

static void write_fuel_to_global(meter *m)
{
    write_indexed(m, PROM_WASM_LOCAL_GET, m->fuel);
    write_global(m, PROM_WASM_GLOBAL_SET, FUEL);
}

static void write_fuel_from_global(meter *m)
{
    write_global(m, PROM_WASM_GLOBAL_GET, FUEL);
    write_indexed(m, PROM_WASM_LOCAL_SET, m->fuel);
}

static void write_depth(meter *m, int64_t change)
{
    write_global(m, PROM_WASM_GLOBAL_GET, DEPTH);
    write_constant(m, PROM_WASM_I32_CONST, change);
    write_op(m, PROM_WASM_I32_ADD);
    write_global(m, PROM_WASM_GLOBAL_SET, DEPTH);
}

/* The module's own bytes, as they are. */
static void write_own(meter *m, size_t begin, size_t end)
{
    prom_write_span(&m->writer, prom_span_of(m->wasm->code.data + begin, end - begin));
}

/* -- Runs -- */

/* Charges a run, and writes it but for the instruction at `end` that ends it. */
static void write_run(meter *m, size_t end)
{
    if (m->cost > 0) {
        write_indexed(m, PROM_WASM_LOCAL_GET, m->fuel);
        write_constant(m, PROM_WASM_I64_CONST, -(int64_t)m->cost);
        write_op(m, PROM_WASM_I64_ADD);
        write_indexed(m, PROM_WASM_LOCAL_SET, m->fuel);
    }
    write_own(m, m->run, end);
}

/* Charges what hangs on the number on top of the stack, and looks at the fuel; the number is there again afterwards. */
static void write_bulk_charge(meter *m, const prom_wasm_instruction *instruction)
{
    const bool grows = instruction->opcode == PROM_WASM_MEMORY_GROW;
    write_indexed(m, PROM_WASM_LOCAL_SET, m->length);
    write_indexed(m, PROM_WASM_LOCAL_GET, m->fuel);
    write_indexed(m, PROM_WASM_LOCAL_GET, m->length);
    write_op(m, PROM_WASM_I64_EXTEND_I32_U);
    write_constant(m, PROM_WASM_I64_CONST, grows ? PROM_WASM_GROW_SHIFT : BULK_SHIFT);
    write_op(m, grows ? PROM_WASM_I64_SHL : PROM_WASM_I64_SHR_U);
    write_op(m, PROM_WASM_I64_SUB);
    write_indexed(m, PROM_WASM_LOCAL_TEE, m->fuel);
    write_stop_of_fuel(m);
    write_indexed(m, PROM_WASM_LOCAL_GET, m->length);
}

/* Writes the instruction that ends a run, the function's last one excepted. */
static void write_ending(meter *m, const prom_wasm_instruction *instruction)
{
    const size_t at = instruction->at;
    const size_t end = m->body.cursor.at;
    const bool calls = instruction->opcode == PROM_WASM_CALL || instruction->opcode == PROM_WASM_CALL_INDIRECT;
    if (instruction->opcode == PROM_WASM_RETURN) {
        write_indexed(m, PROM_WASM_BR, m->body.depth);
        return;
    }
    if ((instruction->kind->flags & PROM_OPCODE_BULK) == PROM_OPCODE_BULK) {
        write_bulk_charge(m, instruction);
    }
    if (calls) {
        write_fuel_to_global(m);
    }
    write_own(m, at, end);
    if (calls) {
        write_fuel_from_global(m);
    }
    if (instruction->opcode == PROM_WASM_LOOP) {
        write_look(m);
    }
}

static prom_result write_instructions(meter *m)
{
    prom_wasm_instruction instruction = {0};
    m->run = m->body.instructions;
    m->cost = m->begun;
    while (!m->body.done) {
        PROM_TRY(prom_wasm_body_next(&m->body, &instruction));
        m->cost += (instruction.kind->flags & PROM_OPCODE_FREE) != 0 ? 0 : 1;
        if ((instruction.kind->flags & PROM_OPCODE_ENDS) != 0) {
            write_run(m, instruction.at);
            m->run = m->body.cursor.at;
            m->cost = m->begun;
            if (!m->body.done) {
                write_ending(m, &instruction);
            }
        }
    }
    return prom_ok();
}

/* -- Sizes that are known afterwards -- */

static size_t begin_size(prom_writer *writer)
{
    static const uint8_t nothing[SIZE_BYTES] = {0};
    prom_write_span(writer, prom_span_of(nothing, sizeof nothing));
    return writer->length;
}

static void end_size(prom_writer *writer, size_t begin)
{
    if (writer->failed) {
        return;
    }
    const size_t size = writer->length - begin;
    for (size_t i = 0; i < SIZE_BYTES; i++) {
        const uint8_t more = i + 1 < SIZE_BYTES ? 0x80 : 0;
        writer->data[begin - SIZE_BYTES + i] = (uint8_t)((size >> (7 * i) & 0x7FU) | more);
    }
}

/* -- Functions -- */

static void write_locals(meter *m)
{
    prom_wasm_write_u32(&m->writer, m->body.group_count + 2);
    write_own(m, m->body.groups, m->body.instructions);
    prom_wasm_write_u32(&m->writer, 1);
    prom_write_u8(&m->writer, PROM_WASM_I64);
    prom_wasm_write_u32(&m->writer, 1);
    prom_write_u8(&m->writer, PROM_WASM_I32);
}

/* Engines bring locals to where each path expects them, and to zero on entry: no instruction says so, and none is
 * charged for it. */
static uint32_t cost_of_locals(uint32_t locals)
{
    return locals > LOCALS_FREE ? (locals - LOCALS_FREE) >> LOCALS_SHIFT : 0;
}

static prom_result write_function(meter *m, uint32_t number)
{
    PROM_TRY(prom_wasm_body_begin(&m->body, number));
    const int64_t depth = (int64_t)DEPTH_FRAME + m->body.locals + m->body.size;
    const size_t begin = begin_size(&m->writer);
    m->begun = cost_of_locals(m->body.locals);
    m->fuel = m->body.locals;
    m->length = m->body.locals + 1;
    write_locals(m);
    write_depth(m, -depth);
    write_global(m, PROM_WASM_GLOBAL_GET, DEPTH);
    write_stop(m, PROM_WASM_I32_CONST, PROM_WASM_I32_LT_S, PROM_WHY_DEPTH);
    write_fuel_from_global(m);
    write_look(m);
    write_op(m, PROM_WASM_BLOCK);
    write_op(m, m->body.result);
    PROM_TRY(write_instructions(m));
    write_op(m, PROM_WASM_END);
    write_depth(m, depth);
    write_fuel_to_global(m);
    write_op(m, PROM_WASM_END);
    end_size(&m->writer, begin);
    return prom_ok();
}

static prom_result write_functions(meter *m)
{
    prom_wasm_write_u32(&m->writer, m->wasm->function_count);
    for (uint32_t i = 0; i < m->wasm->function_count; i++) {
        PROM_TRY(write_function(m, i));
    }
    return prom_ok();
}

/* -- Sections -- */

static void write_memory(meter *m, uint32_t pages)
{
    prom_wasm_write_u32(&m->writer, 1);
    prom_write_u8(&m->writer, LIMITED);
    prom_wasm_write_u32(&m->writer, m->wasm->pages);
    prom_wasm_write_u32(&m->writer, pages < m->wasm->pages_max ? pages : m->wasm->pages_max);
}

/* The section's own entries, and room in their number for ours. */
static void write_entries(meter *m, prom_wasm_section_id id)
{
    const prom_wasm_section *section = &m->wasm->sections[id];
    prom_wasm_write_u32(&m->writer, section->count + GLOBALS);
    write_own(m, section->entries, section->end);
}

static void write_globals(meter *m)
{
    write_entries(m, PROM_WASM_SECTION_GLOBAL);
    for (size_t i = 0; i < GLOBALS; i++) {
        prom_write_u8(&m->writer, globals[i].type);
        prom_write_u8(&m->writer, MUTABLE);
        write_constant(m, globals[i].constant, 0);
        write_op(m, PROM_WASM_END);
    }
}

static void write_exports(meter *m)
{
    write_entries(m, PROM_WASM_SECTION_EXPORT);
    for (uint32_t i = 0; i < GLOBALS; i++) {
        prom_wasm_write_u32(&m->writer, (uint32_t)strlen(globals[i].name));
        prom_write_text(&m->writer, globals[i].name);
        prom_write_u8(&m->writer, EXPORTED_GLOBAL);
        prom_wasm_write_u32(&m->writer, m->wasm->global_count + i);
    }
}

static prom_result write_section(meter *m, prom_wasm_section_id id, uint32_t pages)
{
    const prom_wasm_section *section = &m->wasm->sections[id];
    if (section->end == 0 && id != PROM_WASM_SECTION_GLOBAL) {
        return prom_ok();
    }
    prom_write_u8(&m->writer, (uint8_t)id);
    const size_t begin = begin_size(&m->writer);
    if (id == PROM_WASM_SECTION_MEMORY) {
        write_memory(m, pages);
    } else if (id == PROM_WASM_SECTION_GLOBAL) {
        write_globals(m);
    } else if (id == PROM_WASM_SECTION_EXPORT) {
        write_exports(m);
    } else if (id == PROM_WASM_SECTION_CODE) {
        PROM_TRY(write_functions(m));
    } else {
        write_own(m, section->at, section->end);
    }
    end_size(&m->writer, begin);
    return prom_ok();
}

static prom_result check_against(const prom_module_limits *limits, const prom_module_facts *facts, prom_error *error)
{
    if (limits->folds && !facts->folds) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the program folds, but its module does not export 'reduce': export it, or make the program "
                         "without folds");
    }
    if (facts->pages > limits->pages) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the module has %" PRIu32 " pages of memory at first, and the program's limit is %" PRIu32
                         ": make the program with a larger one",
                         facts->pages, limits->pages);
    }
    return prom_ok();
}

prom_result prom_module_meter(prom_arena *arena, prom_span *metered, prom_module_facts *facts,
                              const prom_module *module, prom_error *error)
{
    prom_wasm wasm;
    meter m = {.writer = prom_writer_in(arena), .wasm = &wasm};
    *metered = (prom_span){0};
    PROM_TRY(prom_module_look(arena, facts, module->code, error));
    PROM_TRY(check_against(&module->limits, facts, error));
    PROM_TRY(prom_wasm_read(arena, &wasm, module->code, error));
    PROM_TRY(prom_wasm_body_new(arena, &m.body, &wasm, error));
    write_own(&m, 0, HEAD);
    for (const prom_wasm_section_id *id = prom_wasm_order(); *id != PROM_WASM_SECTION_CUSTOM; id++) {
        PROM_TRY(write_section(&m, *id, module->limits.pages));
    }
    return prom_writer_finish(&m.writer, metered, error);
}
