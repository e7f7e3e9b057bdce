/* WebAssembly's instructions, as interface version 1 has them: what stands behind each opcode, what it costs, and which
 * are refused, under which name. */
#ifndef MODULE_OPCODES_H
#define MODULE_OPCODES_H

#include <stdbool.h>
#include <stdint.h>

#include "module/cursor.h"

/* What stands behind an opcode. */
typedef enum prom_immediate {
    PROM_IMMEDIATE_NONE = 0,
    PROM_IMMEDIATE_BLOCK,    /* a block's type */
    PROM_IMMEDIATE_LABEL,    /* an index of that */
    PROM_IMMEDIATE_LABELS,   /* a vector of labels, and one more */
    PROM_IMMEDIATE_FUNCTION, /* an index of that, like the next ones */
    PROM_IMMEDIATE_INDIRECT, /* a type and a table */
    PROM_IMMEDIATE_LOCAL,
    PROM_IMMEDIATE_GLOBAL,
    PROM_IMMEDIATE_TABLE,
    PROM_IMMEDIATE_TYPES,  /* a vector of one value type */
    PROM_IMMEDIATE_MEMORY, /* an alignment and an offset */
    PROM_IMMEDIATE_MEMORY_LANE,
    PROM_IMMEDIATE_ZERO, /* the memory's number, one byte */
    PROM_IMMEDIATE_ZEROS,
    PROM_IMMEDIATE_I32,
    PROM_IMMEDIATE_I64,
    PROM_IMMEDIATE_4, /* so many bytes */
    PROM_IMMEDIATE_8,
    PROM_IMMEDIATE_16,
    PROM_IMMEDIATE_LANE,      /* one byte */
    PROM_IMMEDIATE_REFERENCE, /* the type of a reference to nothing */
} prom_immediate;

enum {
    PROM_OPCODE_FREE = 1,  /* it costs no fuel */
    PROM_OPCODE_ENDS = 2,  /* it ends a run of instructions */
    PROM_OPCODE_BULK = 4,  /* it costs more, by a number that lies on top of the stack */
    PROM_OPCODE_FLOAT = 8, /* it computes with floating point */
    PROM_OPCODE_SIMD = 16,
};

/* Opcodes that are alike. */
typedef struct prom_opcodes {
    uint32_t first; /* of those behind a prefix: prefix << 16 | the number behind it */
    uint32_t last;
    prom_immediate immediate;
    unsigned flags;      /* PROM_OPCODE_FREE, … */
    const char *refused; /* the feature's name, or NULL */
} prom_opcodes;

#define PROM_OPCODE_PREFIXED(prefix, number) ((uint32_t)(prefix) << 16 | (number))

enum {
    PROM_WASM_UNREACHABLE = 0x00,
    PROM_WASM_BLOCK = 0x02,
    PROM_WASM_LOOP = 0x03,
    PROM_WASM_IF = 0x04,
    PROM_WASM_ELSE = 0x05,
    PROM_WASM_END = 0x0B,
    PROM_WASM_BR = 0x0C,
    PROM_WASM_RETURN = 0x0F,
    PROM_WASM_CALL = 0x10,
    PROM_WASM_CALL_INDIRECT = 0x11,
    PROM_WASM_LOCAL_GET = 0x20,
    PROM_WASM_LOCAL_SET = 0x21,
    PROM_WASM_LOCAL_TEE = 0x22,
    PROM_WASM_GLOBAL_GET = 0x23,
    PROM_WASM_GLOBAL_SET = 0x24,
    PROM_WASM_MEMORY_GROW = 0x40,
    PROM_WASM_I32_CONST = 0x41,
    PROM_WASM_I64_CONST = 0x42,
    PROM_WASM_F32_CONST = 0x43,
    PROM_WASM_F64_CONST = 0x44,
    PROM_WASM_I32_LT_S = 0x48,
    PROM_WASM_I64_LT_S = 0x53,
    PROM_WASM_I32_ADD = 0x6A,
    PROM_WASM_I64_ADD = 0x7C,
    PROM_WASM_I64_SUB = 0x7D,
    PROM_WASM_I64_SHL = 0x86,
    PROM_WASM_I64_SHR_U = 0x88,
    PROM_WASM_I64_EXTEND_I32_U = 0xAD,
    PROM_WASM_REF_NULL = 0xD0,
    PROM_WASM_REF_FUNC = 0xD2,
    PROM_WASM_V128_CONST = PROM_OPCODE_PREFIXED(0xFD, 12),
};

/* Types, as they stand in a module. */
enum {
    PROM_WASM_I32 = 0x7F,
    PROM_WASM_I64 = 0x7E,
    PROM_WASM_V128 = 0x7B,
    PROM_WASM_FUNCREF = 0x70,
    PROM_WASM_EXTERNREF = 0x6F,
    PROM_WASM_EMPTY = 0x40, /* a block without a result */
};

/* Returns those that this opcode is one of, or NULL when WebAssembly has no such instruction. */
const prom_opcodes *prom_opcodes_of(uint32_t opcode);
/* Reads an opcode, and the number behind it where it is a prefix. */
uint32_t prom_wasm_opcode(prom_wasm_cursor *cursor);

#endif
