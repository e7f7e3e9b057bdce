#include "module/body.h"

#include <inttypes.h>
#include <string.h>

#include "base/units.h"

enum {
    BLOCK_OTHER = 0,
    BLOCK_IF = 1,
    ALIGNMENT_MAX = 4, /* the largest power of two that any access is aligned to: 16 bytes */
    ALIGNMENT_FIELD = 64,
};

prom_result prom_wasm_body_new(prom_arena *arena, prom_wasm_body *body, const prom_wasm *wasm, prom_error *error)
{
    *body = (prom_wasm_body){
        .cursor = {.bytes = wasm->code.data, .error = error},
        .wasm = wasm,
    };
    PROM_TRY_NEW(body->blocks, arena, PROM_WASM_BLOCKS_MAX, error);
    return prom_ok();
}

static void read_locals(prom_wasm_body *body, uint32_t parameters)
{
    prom_wasm_cursor *cursor = &body->cursor;
    uint64_t locals = parameters;
    body->group_count = prom_wasm_count(cursor, 2, UINT32_MAX, "group");
    body->groups = cursor->at;
    for (uint32_t i = 0; !cursor->failed && i < body->group_count; i++) {
        const size_t begin = cursor->at;
        locals += prom_wasm_u32(cursor);
        (void)prom_wasm_value_type(cursor);
        if (locals > PROM_WASM_LOCALS_MAX) {
            char found[PROM_UNITS];
            prom_wasm_fail(cursor, begin, "%s, parameters included: a function has %u at most, split it",
                           prom_units_count(found, locals, "local"), PROM_WASM_LOCALS_MAX);
        }
    }
    body->instructions = cursor->at;
    body->locals = (uint32_t)locals;
}

prom_result prom_wasm_body_begin(prom_wasm_body *body, uint32_t number)
{
    const prom_wasm_function *function = &body->wasm->functions[number];
    const prom_wasm_type *type = &body->wasm->types[function->type];
    body->cursor.at = function->at;
    body->cursor.end = function->end;
    body->size = (uint32_t)(function->end - function->at);
    body->result = type->result;
    body->grown = PROM_WASM_GROWTH_FUNCTION + body->size;
    body->depth = 0;
    body->done = false;
    read_locals(body, (uint32_t)type->parameters.length);
    return prom_wasm_result(&body->cursor);
}

/* -- What stands behind an opcode -- */

static void read_block_type(prom_wasm_body *body)
{
    prom_wasm_cursor *cursor = &body->cursor;
    const size_t begin = cursor->at;
    const uint8_t first = cursor->at < cursor->end ? cursor->bytes[cursor->at] : 0;
    if (first == PROM_WASM_EMPTY) {
        prom_wasm_skip(cursor, 1);
    } else if (first > PROM_WASM_EMPTY && first <= PROM_WASM_I32) {
        (void)prom_wasm_value_type(cursor);
    } else {
        const int64_t index = prom_wasm_signed(cursor, 33);
        if (!cursor->failed && (index < 0 || index >= body->wasm->type_count)) {
            prom_wasm_fail(cursor, begin, "a block of a type that there is not: build it again");
        }
        if (!cursor->failed && body->wasm->types[index].parameters.length > 0) {
            prom_wasm_fail(cursor, begin,
                           "a block with parameters, which programs have not: build it without "
                           "multiple values (-mno-multivalue)");
        }
    }
}

/* A label: of an open block, or of the function itself. */
static void read_label(prom_wasm_body *body)
{
    (void)prom_wasm_index(&body->cursor, body->depth + 1, "label");
}

static void read_labels(prom_wasm_body *body)
{
    const uint32_t count = prom_wasm_count(&body->cursor, 1, PROM_WASM_LABELS_MAX, "label");
    for (uint32_t i = 0; !body->cursor.failed && i < count; i++) {
        read_label(body);
    }
    read_label(body);
}

static void read_place_in_memory(prom_wasm_cursor *cursor)
{
    const size_t begin = cursor->at;
    const uint32_t alignment = prom_wasm_u32(cursor);
    if (alignment >= ALIGNMENT_FIELD) {
        prom_wasm_fail(cursor, begin, "an access to another memory: a program has one, build it with that");
    } else if (alignment > ALIGNMENT_MAX) {
        prom_wasm_fail(cursor, begin, "an alignment of 2^%" PRIu32 " bytes: build it again", alignment);
    }
    (void)prom_wasm_u32(cursor);
}

static void read_zero(prom_wasm_cursor *cursor)
{
    if (prom_wasm_u8(cursor) != 0) {
        prom_wasm_fail(cursor, cursor->at - 1, "another memory: a program has one, build it with that");
    }
}

static void read_indirect(prom_wasm_body *body)
{
    (void)prom_wasm_index(&body->cursor, body->wasm->type_count, "type");
    (void)prom_wasm_index(&body->cursor, body->wasm->table_count, "table");
}

static void read_select_types(prom_wasm_cursor *cursor)
{
    const size_t begin = cursor->at;
    if (prom_wasm_u32(cursor) != 1) {
        prom_wasm_fail(cursor, begin, "a select of other than one type: build it again");
    }
    (void)prom_wasm_value_type(cursor);
}

static void read_immediate(prom_wasm_body *body, prom_immediate immediate)
{
    prom_wasm_cursor *cursor = &body->cursor;
    const prom_wasm *wasm = body->wasm;
    switch (immediate) {
    case PROM_IMMEDIATE_NONE:
        break;
    case PROM_IMMEDIATE_BLOCK:
        read_block_type(body);
        break;
    case PROM_IMMEDIATE_LABEL:
        read_label(body);
        break;
    case PROM_IMMEDIATE_LABELS:
        read_labels(body);
        break;
    case PROM_IMMEDIATE_FUNCTION:
        (void)prom_wasm_index(cursor, wasm->function_count, "function");
        break;
    case PROM_IMMEDIATE_INDIRECT:
        read_indirect(body);
        break;
    case PROM_IMMEDIATE_LOCAL:
        (void)prom_wasm_index(cursor, body->locals, "local");
        break;
    case PROM_IMMEDIATE_GLOBAL:
        (void)prom_wasm_index(cursor, wasm->global_count, "global");
        break;
    case PROM_IMMEDIATE_TABLE:
        (void)prom_wasm_index(cursor, wasm->table_count, "table");
        break;
    case PROM_IMMEDIATE_TYPES:
        read_select_types(cursor);
        break;
    case PROM_IMMEDIATE_MEMORY:
        read_place_in_memory(cursor);
        break;
    case PROM_IMMEDIATE_MEMORY_LANE:
        read_place_in_memory(cursor);
        prom_wasm_skip(cursor, 1);
        break;
    case PROM_IMMEDIATE_ZERO:
        read_zero(cursor);
        break;
    case PROM_IMMEDIATE_ZEROS:
        read_zero(cursor);
        read_zero(cursor);
        break;
    case PROM_IMMEDIATE_I32:
        (void)prom_wasm_signed(cursor, 32);
        break;
    case PROM_IMMEDIATE_I64:
        (void)prom_wasm_signed(cursor, 64);
        break;
    case PROM_IMMEDIATE_4:
        prom_wasm_skip(cursor, 4);
        break;
    case PROM_IMMEDIATE_8:
        prom_wasm_skip(cursor, 8);
        break;
    case PROM_IMMEDIATE_16:
        prom_wasm_skip(cursor, 16);
        break;
    case PROM_IMMEDIATE_LANE:
        prom_wasm_skip(cursor, 1);
        break;
    case PROM_IMMEDIATE_REFERENCE:
        prom_wasm_reference_type(cursor);
        break;
    }
}

/* -- Blocks -- */

static void open_block(prom_wasm_body *body, const prom_wasm_instruction *instruction)
{
    if (body->depth == PROM_WASM_BLOCKS_MAX) {
        prom_wasm_fail(&body->cursor, instruction->at, "blocks that are nested deeper than %u: split the function",
                       PROM_WASM_BLOCKS_MAX);
        return;
    }
    body->blocks[body->depth] = instruction->opcode == PROM_WASM_IF ? BLOCK_IF : BLOCK_OTHER;
    body->depth++;
}

static void turn_block(prom_wasm_body *body, const prom_wasm_instruction *instruction)
{
    if (body->depth == 0 || body->blocks[body->depth - 1] != BLOCK_IF) {
        prom_wasm_fail(&body->cursor, instruction->at, "an else without its if: build it again");
        return;
    }
    body->blocks[body->depth - 1] = BLOCK_OTHER;
}

static void nest(prom_wasm_body *body, const prom_wasm_instruction *instruction)
{
    if (instruction->kind->immediate == PROM_IMMEDIATE_BLOCK) {
        open_block(body, instruction);
    } else if (instruction->opcode == PROM_WASM_ELSE) {
        turn_block(body, instruction);
    } else if (instruction->opcode == PROM_WASM_END) {
        body->done = body->depth == 0;
        body->depth -= body->done ? 0 : 1;
    }
    if (body->done) {
        prom_wasm_ends(&body->cursor, "a function");
    }
}

static void add_growth(prom_wasm_body *body, const prom_wasm_instruction *instruction)
{
    if ((instruction->kind->flags & PROM_OPCODE_ENDS) != 0) {
        body->grown +=
            (instruction->kind->flags & PROM_OPCODE_BULK) != 0 ? PROM_WASM_GROWTH_BULK : PROM_WASM_GROWTH_RUN;
    }
}

prom_result prom_wasm_body_next(prom_wasm_body *body, prom_wasm_instruction *instruction)
{
    prom_wasm_cursor *cursor = &body->cursor;
    instruction->at = cursor->at;
    instruction->opcode = prom_wasm_opcode(cursor);
    instruction->kind = prom_opcodes_of(instruction->opcode);
    if (cursor->failed) {
        return prom_wasm_result(cursor);
    }
    if (instruction->kind == NULL) {
        prom_wasm_fail(cursor, instruction->at,
                       "no instruction that programs have begins with 0x%02x here: build it "
                       "for WebAssembly 2.0, or less",
                       cursor->bytes[instruction->at]);
    } else if (instruction->kind->refused != NULL) {
        prom_wasm_fail(cursor, instruction->at, "an instruction of what programs have not, %s: build it without",
                       instruction->kind->refused);
    } else {
        read_immediate(body, instruction->kind->immediate);
        nest(body, instruction);
        add_growth(body, instruction);
    }
    return prom_wasm_result(cursor);
}
