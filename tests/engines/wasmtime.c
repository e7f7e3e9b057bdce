/* Wasmtime, of any version. Multi-value stays on: by it a block may name its type by an index, as programs may. */
#include <stdio.h>

#include <wasmtime.h>

#include "engine.h"

wasm_config_t *engine_config(void)
{
    wasm_config_t *config = wasm_config_new();
    wasmtime_config_cranelift_nan_canonicalization_set(config, true);
#ifdef WASMTIME_FEATURE_ASYNC
    wasmtime_config_async_stack_size_set(config,
                                         2 * ENGINE_MODULE_STACK); /* unused, but the next must not be above it */
#endif
    wasmtime_config_max_wasm_stack_set(config, ENGINE_MODULE_STACK);
    wasmtime_config_wasm_multi_memory_set(config, false);
    wasmtime_config_wasm_memory64_set(config, false);
    wasmtime_config_wasm_tail_call_set(config, false);
    wasmtime_config_wasm_relaxed_simd_set(config, false);
    return config;
}

void engine_why(wasm_engine_t *engine, const wasm_byte_vec_t *code, char *sentence, size_t size)
{
    wasmtime_module_t *module = NULL;
    wasmtime_error_t *failure = wasmtime_module_new(engine, (const uint8_t *)code->data, code->size, &module);
    sentence[0] = '\0';
    if (failure != NULL) {
        wasm_name_t message;
        wasmtime_error_message(failure, &message);
        (void)snprintf(sentence, size, "%.*s", (int)message.size, message.data);
        wasm_byte_vec_delete(&message);
        wasmtime_error_delete(failure);
    } else {
        wasmtime_module_delete(module);
    }
}
