/* Programs that are WebAssembly modules: docs/programs.md, interface version 1, is the description. Nothing here runs
 * one; runner.h says how that is asked for. */
#ifndef PROMETHEUS_MODULE_MODULE_H
#define PROMETHEUS_MODULE_MODULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/declarations.h"
#include "prometheus/base/result.h"

PROM_DECLARATIONS_BEGIN

#define PROM_MODULE_VERSION 1U
#define PROM_MODULE_MANIFEST 72U /* bytes */
#define PROM_MODULE_BYTES_MAX (UINT32_C(1) << 24)
#define PROM_MODULE_PAGES_MAX 16384U
#define PROM_MODULE_PAGE 65536U /* bytes */
#define PROM_MODULE_RESULT_MAX (UINT32_C(1) << 26)
#define PROM_MODULE_FUEL_MAX (UINT64_C(1) << 48)
#define PROM_MODULE_DEPTH 4194304 /* units, of 16 bytes of stack each */

/* What a program allows its module, in each node. */
typedef struct prom_module_limits {
    bool folds;
    bool folds_alone;      /* it folds, and maps nothing: its items are operands already, of `fold_bytes` at most */
    uint32_t pages;        /* of memory, 1 to PROM_MODULE_PAGES_MAX */
    uint32_t result_bytes; /* of `map`, at most PROM_MODULE_RESULT_MAX; 0 where it folds alone */
    uint32_t fold_bytes;   /* of `reduce`, likewise; 0 unless `folds` */
    uint64_t fuel;         /* of an item, 1 to PROM_MODULE_FUEL_MAX; 0 where it folds alone */
    uint64_t fold_fuel;    /* of a fold, likewise; 0 unless `folds` */
} prom_module_limits;

/* A program, read: the module's bytes lie where they were read from. */
typedef struct prom_module {
    prom_module_limits limits;
    prom_bytes32 digest; /* of all its bytes: the terms' program digest */
    prom_span code;      /* the module */
} prom_module;

/* Returns whether bytes begin as a program with a module does: another one is an integer program, or nothing. */
bool prom_module_is(prom_span program);

/* Reads a program; its code points into `bytes`. PROM_CATEGORY_BAD_INPUT when it is none: another version, limits that
 * cannot be, another length or hash than the manifest says. What the module itself holds is not looked at. */
PROM_MUST_USE prom_result prom_module_read(prom_module *module, prom_span bytes, prom_error *error);

/* Writes the program of these limits and this code. PROM_CATEGORY_BAD_INPUT when the limits cannot be, or the code is
 * empty or longer than PROM_MODULE_BYTES_MAX. */
PROM_MUST_USE prom_result prom_module_write(prom_arena *arena, prom_span *bytes, const prom_module_limits *limits,
                                            prom_span code, prom_error *error);

/* Writes the program that folds alone what results of this one are: the same module, and the same limits of its folds.
 * PROM_CATEGORY_BAD_INPUT when this one does not fold. */
PROM_MUST_USE prom_result prom_module_write_folds(prom_arena *arena, prom_span *bytes, const prom_module *module,
                                                  prom_error *error);

/* What prom_module_look finds in a module. */
typedef struct prom_module_facts {
    bool folds;           /* it exports `reduce` */
    uint32_t functions;   /* that it defines */
    uint32_t pages;       /* that its memory has at first */
    uint32_t table_slots; /* of all its tables at first */
    uint64_t data_bytes;  /* of its active data segments, in all */
    uint64_t setup_fuel;  /* that each node takes for its instance, before anything is executed */
    bool floats;          /* it has an instruction that computes with floating point */
    bool simd;            /* and one of fixed-width SIMD */
} prom_module_facts;

/* Reads a module and finds that it has what interface version 1 wants, and nothing that it refuses; that each function
 * is well typed is not looked at, as the engine does that. PROM_CATEGORY_BAD_INPUT, with what is wrong and the byte
 * where it stands, when it has not. */
PROM_MUST_USE prom_result prom_module_look(prom_arena *arena, prom_module_facts *facts, prom_span code,
                                           prom_error *error);

/* Rewrites a program's module so that it counts its fuel and depth and its memory grows no further than the limits say,
 * and finds its facts. The code must be valid: whoever compiles the result has validated it before, as it is.
 * PROM_CATEGORY_BAD_INPUT as prom_module_look says, where the limits have folds and the module does not, and where its
 * memory is larger at first than they allow. The result has at most 2^27 + 2^24 + 1,024 bytes; the time is proportional
 * to its length, and of the arena it takes up to four times that, and what the module's own tables need. */
PROM_MUST_USE prom_result prom_module_meter(prom_arena *arena, prom_span *metered, prom_module_facts *facts,
                                            const prom_module *module, prom_error *error);

/* Returns the bytes of memory that validating, metering and compiling a module of so many bytes may take where it is
 * tried, of each byte 1,024 beside 64 MiB, and a gibibyte at most; and twice as much where it is to be run then. */
uint64_t prom_module_compile_bytes(size_t code_length);

/* -- Items -- */

#define PROM_MODULE_ITEMS_MAX (UINT32_C(1) << 20)
#define PROM_MODULE_INPUT_MAX (UINT32_C(1) << 30) /* bytes of all items */

typedef struct prom_items {
    const prom_span *list;
    uint32_t count;
} prom_items;

/* Writes the canonical bytes of items. PROM_CATEGORY_BAD_INPUT when there are none, or too many, or too many bytes. */
PROM_MUST_USE prom_result prom_items_write(prom_arena *arena, prom_span *bytes, const prom_items *items,
                                           prom_error *error);
/* Reads them; they point into `bytes`. PROM_CATEGORY_BAD_INPUT on anything else. */
PROM_MUST_USE prom_result prom_items_read(prom_arena *arena, prom_items *items, prom_span bytes, prom_error *error);

/* -- Nodes -- */

/* Returns the nodes of so many items, at most PROM_MODULE_ITEMS_MAX: all, or all and their folds. */
uint32_t prom_module_nodes(uint32_t items, bool folds);
/* Returns the most fuel that so many nodes of a program take, folds among them as prom_module_nodes has them;
 * UINT64_MAX where that does not fit. */
uint64_t prom_module_fuel(const prom_module_limits *limits, uint32_t nodes);

/* The two nodes that a fold joins, the earlier one first: both have lower numbers than it. */
typedef struct prom_module_fold {
    uint32_t left;
    uint32_t right;
} prom_module_fold;

/* Lists the folds of so many items, `items` - 1 of them: node `items` first. PROM_CATEGORY_MISUSE when there are none,
 * or more than PROM_MODULE_ITEMS_MAX. */
PROM_MUST_USE prom_result prom_module_folds(prom_arena *arena, const prom_module_fold **folds, uint32_t items,
                                            prom_error *error);

/* -- Results -- */

/* In outputs; append only. */
typedef enum prom_node_status {
    PROM_NODE_OK = 0,
    PROM_NODE_TRAP = 1,
    PROM_NODE_FUEL = 2,
    PROM_NODE_DEPTH = 3,
    PROM_NODE_SHAPE = 4,
    PROM_NODE_LONG = 5,
    PROM_NODE_OPERAND = 6,
} prom_node_status;

typedef enum prom_node_trap {
    PROM_TRAP_NONE = 0,
    PROM_TRAP_UNREACHABLE = 1,
    PROM_TRAP_MEMORY = 2,
    PROM_TRAP_TABLE = 3,
    PROM_TRAP_NULL = 4,
    PROM_TRAP_TYPE = 5,
    PROM_TRAP_DIVISION = 6,
    PROM_TRAP_OVERFLOW = 7,
    PROM_TRAP_CONVERSION = 8,
} prom_node_trap;

/* Fuel is 0 and there are no bytes unless the status is PROM_NODE_OK; the trap is PROM_TRAP_NONE unless it is
 * PROM_NODE_TRAP. */
typedef struct prom_node_result {
    prom_node_status status;
    prom_node_trap trap;
    uint64_t fuel;
    prom_span bytes;
} prom_node_result;

/* Returns the word for it: "ok", "fuel", …; of a trap what trapped: "memory access out of bounds". */
const char *prom_node_status_name(prom_node_status status);
const char *prom_node_trap_name(prom_node_trap trap);

/* Writes the canonical bytes of so many nodes' results. PROM_CATEGORY_BAD_INPUT when prom_results_read would refuse
 * them. */
PROM_MUST_USE prom_result prom_results_write(prom_arena *arena, prom_span *bytes, const prom_node_result *results,
                                             uint32_t count, prom_error *error);
/* Reads them; they point into `bytes`. PROM_CATEGORY_BAD_INPUT on anything else: a status or trap that there is not, or
 * that does not go with fuel or bytes. */
PROM_MUST_USE prom_result prom_results_read(prom_arena *arena, const prom_node_result **results, uint32_t *count,
                                            prom_span bytes, prom_error *error);
/* Computes the hash of a node's leaf; what it takes of the arena meanwhile, the node's length, it gives back. */
PROM_MUST_USE prom_result prom_results_leaf(prom_arena *arena, prom_bytes32 *leaf, const prom_node_result *node,
                                            prom_error *error);

PROM_DECLARATIONS_END

#endif
