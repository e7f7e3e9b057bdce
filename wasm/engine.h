/* Wasmtime, as interface version 1 (docs/programs.md) uses it: a program's module is validated, metered and compiled;
 * then nodes are computed, one at a time, each by an instance of its own. Runs in one thread, whose stack has
 * ENGINE_STACK bytes. */
#ifndef ENGINE_H
#define ENGINE_H

#include "memory.h"
#include "prometheus/module/module.h"

/* Bytes of stack: that a module's functions may take, and that a thread needs, with what the engine takes itself. */
#define ENGINE_MODULE_STACK ((size_t)128 << 20)
#define ENGINE_STACK (ENGINE_MODULE_STACK + ((size_t)8 << 20))

struct engine {
    prom_module_limits limits;
    int64_t setup_fuel; /* of each node */
    struct memory memory;
    wasm_engine_t *wasm;
    wasmtime_module_t *module;
    char fault[512]; /* why this machine cannot go on; empty: it can */
    /* The node that is being computed. */
    bool fold;
    wasmtime_store_t *store; /* NULL: none */
    wasmtime_context_t *context;
    wasmtime_instance_t instance;
    wasmtime_val_t places[4]; /* of the operands, each with its length */
    size_t place_count;
    bool decided; /* its result is there, and nothing more is computed */
    prom_node_result result;
};

/* Prepares a program's module. PROM_CATEGORY_BAD_INPUT when it can be run on no machine; another category when not on
 * this one. */
PROM_MUST_USE prom_result engine_open(struct engine *engine, const prom_module *module, prom_error *error);

/* Begins a node. Whether it has failed since shows `fault`, after each of these calls. */
void engine_begin(struct engine *engine, bool fold);
/* Returns where the next operand, of so many bytes, is to be written: nowhere (NULL) when the result is decided. */
uint8_t *engine_place(struct engine *engine, uint32_t length);
/* Computes the node. Returns its result, whose bytes lie where they are until engine_end. */
const prom_node_result *engine_finish(struct engine *engine);
/* Ends the node. */
void engine_end(struct engine *engine);

#endif
