/* What tests/engines/engine.c asks of an engine beyond wasm.h, the interface that all of them have. */
#ifndef ENGINE_H
#define ENGINE_H

#include <stddef.h>

#include <wasm.h>

/* Bytes of stack that a module's functions may take. */
#define ENGINE_MODULE_STACK ((size_t)128 << 20)

/* Returns a configuration with what interface version 1 has and nothing else, as far as the engine can be told so; NaNs
 * are canonical. */
wasm_config_t *engine_config(void);

/* Writes why the engine does not take a module, or "" where it cannot be asked. */
void engine_why(wasm_engine_t *engine, const wasm_byte_vec_t *code, char *sentence, size_t size);

#endif
