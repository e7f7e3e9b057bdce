/* wasmi, an interpreter. Its NaNs are canonical by how it is built (tests/engines/wasmi/Cargo.toml). */
#include "engine.h"

#include <stdint.h>

#include <wasmi.h>

enum { FRAMES_MAX = 1 << 22 }; /* calls on the stack: no more than a node's depth allows */

/* tests/engines/wasmi/lib.rs: the C interface has no switch for it. */
void prometheus_wasmi_stack(wasm_config_t *config, size_t frames, size_t bytes);

wasm_config_t *engine_config(void)
{
    wasm_config_t *config = wasm_config_new();
    wasmi_config_compilation_mode_set(config, WASMI_COMPILATION_MODE_EAGER);
    wasmi_config_wasm_tail_call_set(config, false);
    prometheus_wasmi_stack(config, FRAMES_MAX, ENGINE_MODULE_STACK);
    return config;
}

void engine_why(wasm_engine_t *engine, const wasm_byte_vec_t *code, char *sentence, size_t size)
{
    (void)engine;
    (void)code;
    (void)size;
    sentence[0] = '\0';
}
