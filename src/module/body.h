/* Reads the body of a function, one instruction after another. That it is well typed is not looked at, but all that
 * stands in it: opcodes, immediates, indices, and how blocks are nested. */
#ifndef MODULE_BODY_H
#define MODULE_BODY_H

#include "module/opcodes.h"
#include "module/sections.h"

#define PROM_WASM_LOCALS_MAX 10000U                 /* parameters and locals */
#define PROM_WASM_BLOCKS_MAX 1024U                  /* open at once */
#define PROM_WASM_LABELS_MAX 32768U                 /* of a br_table, but for the last */
#define PROM_WASM_GROWN_ALL_MAX (UINT64_C(1) << 27) /* of all functions: PROM_WASM_GROWTH_… and their bytes */

/* More bytes than metering adds: to a function, for an instruction that ends a run of them, and for one whose cost
 * hangs on a number. */
#define PROM_WASM_GROWTH_FUNCTION 128U
#define PROM_WASM_GROWTH_RUN 32U
#define PROM_WASM_GROWTH_BULK 64U

/* A page of memory takes 2^13 units of fuel, where an instance begins with it and where memory.grow adds it. */
#define PROM_WASM_GROW_SHIFT 13

typedef struct prom_wasm_body {
    prom_wasm_cursor cursor;
    const prom_wasm *wasm;
    uint32_t locals;      /* parameters and locals */
    size_t groups;        /* where the groups of locals stand, behind their number */
    uint32_t group_count; /* of them */
    size_t instructions;  /* where the first stands */
    uint32_t size;        /* bytes of all that */
    uint8_t result;       /* PROM_WASM_EMPTY when there is none */
    uint64_t grown;       /* what it can at most have when it is metered, as far as it is read */
    uint8_t *blocks;      /* whether each open block is an `if` that has had no `else` */
    uint32_t depth;       /* open blocks, the function itself not counted */
    bool done;            /* its last `end` is read */
} prom_wasm_body;

typedef struct prom_wasm_instruction {
    uint32_t opcode;
    const prom_opcodes *kind;
    size_t at; /* its first byte */
} prom_wasm_instruction;

/* Begins with function `number`; what it needs lies in the arena, and is there for any number of functions. */
PROM_MUST_USE prom_result prom_wasm_body_new(prom_arena *arena, prom_wasm_body *body, const prom_wasm *wasm,
                                             prom_error *error);
/* Goes to the function's first instruction. */
PROM_MUST_USE prom_result prom_wasm_body_begin(prom_wasm_body *body, uint32_t number);
/* Reads the next instruction; it ends where the cursor is. Not to be called when it is done. */
PROM_MUST_USE prom_result prom_wasm_body_next(prom_wasm_body *body, prom_wasm_instruction *instruction);

#endif
