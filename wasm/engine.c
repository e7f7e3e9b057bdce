#include "engine.h"

#include <stdio.h>
#include <string.h>

#include "module/counters.h"

/* What the engine knows beyond interface version 1 is off. What could not be turned off here is not compiled in
 * (tools/wasmtime-c-api/Cargo.toml), or refused by prom_module_meter. */
static wasm_config_t *configure(struct memory *memory)
{
    wasm_config_t *config = wasm_config_new();
    wasmtime_config_cranelift_nan_canonicalization_set(config, true);
    wasmtime_config_async_stack_size_set(config, ENGINE_STACK); /* of no use, but the next must not be above it */
    wasmtime_config_max_wasm_stack_set(config, ENGINE_MODULE_STACK);
    wasmtime_config_wasm_multi_memory_set(config, false);
    wasmtime_config_wasm_memory64_set(config, false);
    wasmtime_config_wasm_tail_call_set(config, false);
    wasmtime_config_wasm_relaxed_simd_set(config, false);
    wasmtime_config_wasm_wide_arithmetic_set(config, false);
    wasmtime_config_wasm_custom_page_sizes_set(config, false);
    wasmtime_config_shared_memory_set(config, false);
    wasmtime_config_gc_support_set(config, false);
    wasmtime_config_native_unwind_info_set(config, false); /* no debugger looks at it */
    memory_configure(memory, config);
    return config;
}

/* Takes the sentence out of an error, of which the engine makes several lines, and frees it. */
static void take_sentence(wasmtime_error_t *failure, char *sentence, size_t size)
{
    wasm_name_t message;
    size_t length = 0;
    wasmtime_error_message(failure, &message);
    for (size_t i = 0; i < message.size && length + 1 < size; i++) {
        const bool space = message.data[i] == ' ' || message.data[i] == '\n';
        if (!space) {
            sentence[length++] = message.data[i];
        } else if (length > 0 && sentence[length - 1] != ' ') {
            sentence[length++] = ' ';
        }
    }
    sentence[length > 0 && sentence[length - 1] == ' ' ? length - 1 : length] = '\0';
    wasm_byte_vec_delete(&message);
    wasmtime_error_delete(failure);
}

prom_result engine_open(struct engine *engine, const prom_module *module, prom_error *error)
{
    prom_arena arena PROM_SCOPED(prom_arena_free);
    char sentence[400];
    prom_module_facts facts;
    prom_span metered;
    prom_arena_init(&arena, SIZE_MAX);
    *engine = (struct engine){.limits = module->limits};
    engine->wasm = wasm_engine_new_with_config(configure(&engine->memory));
    wasmtime_error_t *failure = wasmtime_module_validate(engine->wasm, module->code.data, module->code.length);
    if (failure != NULL) {
        take_sentence(failure, sentence, sizeof sentence);
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the module is not valid: %s", sentence);
    }
    PROM_TRY(prom_module_meter(&arena, &metered, &facts, module, error));
    engine->setup_fuel = (int64_t)facts.setup_fuel;
    failure = wasmtime_module_new(engine->wasm, metered.data, metered.length, &engine->module);
    if (failure != NULL) {
        take_sentence(failure, sentence, sizeof sentence);
        return prom_fail(error, PROM_CATEGORY_BROKEN, "the engine cannot compile the module: %s", sentence);
    }
    return prom_ok();
}

/* -- A node -- */

static void fault(struct engine *engine, const char *what, wasmtime_error_t *failure)
{
    char sentence[400] = "";
    if (failure != NULL) {
        take_sentence(failure, sentence, sizeof sentence);
    }
    if (engine->fault[0] == '\0') { /* the first one is the cause */
        (void)snprintf(engine->fault, sizeof engine->fault, "%s%s%s", what, failure != NULL ? ": " : "", sentence);
    }
    engine->decided = true;
}

static void decide(struct engine *engine, prom_node_status status, prom_node_trap trap)
{
    engine->result = (prom_node_result){.status = status, .trap = trap};
    engine->decided = true;
}

static bool find(struct engine *engine, const char *name, wasmtime_extern_kind_t kind, wasmtime_extern_t *found)
{
    if (wasmtime_instance_export_get(engine->context, &engine->instance, name, strlen(name), found) &&
        found->kind == kind) {
        return true;
    }
    fault(engine, "the metered module does not have all exports", NULL);
    return false;
}

static void set_counter(struct engine *engine, const char *name, wasmtime_val_t value)
{
    wasmtime_extern_t found;
    if (!find(engine, name, WASMTIME_EXTERN_GLOBAL, &found)) {
        return;
    }
    wasmtime_error_t *failure = wasmtime_global_set(engine->context, &found.of.global, &value);
    if (failure != NULL) {
        fault(engine, "a counter cannot be set", failure);
    }
}

static wasmtime_val_t counter(struct engine *engine, const char *name)
{
    wasmtime_extern_t found;
    wasmtime_val_t value = {.kind = WASMTIME_I64};
    if (find(engine, name, WASMTIME_EXTERN_GLOBAL, &found)) {
        wasmtime_global_get(engine->context, &found.of.global, &value);
    }
    return value;
}

static const prom_node_trap TRAPS[] = {
    [WASMTIME_TRAP_CODE_MEMORY_OUT_OF_BOUNDS] = PROM_TRAP_MEMORY,
    [WASMTIME_TRAP_CODE_TABLE_OUT_OF_BOUNDS] = PROM_TRAP_TABLE,
    [WASMTIME_TRAP_CODE_INDIRECT_CALL_TO_NULL] = PROM_TRAP_NULL,
    [WASMTIME_TRAP_CODE_BAD_SIGNATURE] = PROM_TRAP_TYPE,
    [WASMTIME_TRAP_CODE_INTEGER_OVERFLOW] = PROM_TRAP_OVERFLOW,
    [WASMTIME_TRAP_CODE_INTEGER_DIVISION_BY_ZERO] = PROM_TRAP_DIVISION,
    [WASMTIME_TRAP_CODE_BAD_CONVERSION_TO_INTEGER] = PROM_TRAP_CONVERSION,
    [WASMTIME_TRAP_CODE_UNREACHABLE_CODE_REACHED] = PROM_TRAP_UNREACHABLE,
};

/* What a trap comes to; all that is none of the module's own, a stack that overflows first, is a fault. */
static void take_trap(struct engine *engine, wasm_trap_t *trap, int32_t why)
{
    wasmtime_trap_code_t code = 0;
    const bool known = wasmtime_trap_code(trap, &code);
    wasm_trap_delete(trap);
    if (known && code == WASMTIME_TRAP_CODE_STACK_OVERFLOW) {
        fault(engine, "the stack is full, although the module's calls are not nested too deeply", NULL);
    } else if (!known || code >= sizeof TRAPS / sizeof TRAPS[0] || TRAPS[code] == PROM_TRAP_NONE) {
        fault(engine, "the engine ended a call for a reason of its own", NULL);
    } else if (why == PROM_WHY_FUEL) {
        decide(engine, PROM_NODE_FUEL, PROM_TRAP_NONE);
    } else if (why == PROM_WHY_DEPTH) {
        decide(engine, PROM_NODE_DEPTH, PROM_TRAP_NONE);
    } else {
        decide(engine, PROM_NODE_TRAP, TRAPS[code]);
    }
}

/* Calls an export; the result is decided when that did not go well. */
static wasmtime_val_t call(struct engine *engine, const char *name, const wasmtime_val_t *arguments, size_t count)
{
    wasmtime_extern_t found;
    wasmtime_val_t returned = {.kind = WASMTIME_I64};
    wasm_trap_t *trap = NULL;
    if (!find(engine, name, WASMTIME_EXTERN_FUNC, &found)) {
        return returned;
    }
    wasmtime_error_t *failure =
        wasmtime_func_call(engine->context, &found.of.func, arguments, count, &returned, 1, &trap);
    if (failure != NULL) {
        fault(engine, "the engine cannot call the module", failure);
    } else if (engine->memory.starved) {
        fault(engine, "the system refuses the memory that the module may have", NULL);
    } else if (trap != NULL) {
        take_trap(engine, trap, counter(engine, PROM_COUNTER_WHY).of.i32);
    } else if (counter(engine, PROM_COUNTER_FUEL).of.i64 < 0) {
        decide(engine, PROM_NODE_FUEL, PROM_TRAP_NONE);
    }
    return returned;
}

/* Returns where these bytes are in memory; decides that they are not there otherwise. */
static uint8_t *bytes_at(struct engine *engine, uint32_t place, uint32_t length)
{
    wasmtime_extern_t found;
    if (!find(engine, "memory", WASMTIME_EXTERN_MEMORY, &found)) {
        return NULL;
    }
    if ((uint64_t)place + length > wasmtime_memory_data_size(engine->context, &found.of.memory)) {
        decide(engine, PROM_NODE_SHAPE, PROM_TRAP_NONE);
        return NULL;
    }
    return wasmtime_memory_data(engine->context, &found.of.memory) + place;
}

static int64_t fuel_of(const struct engine *engine)
{
    return (int64_t)(engine->fold ? engine->limits.fold_fuel : engine->limits.fuel);
}

void engine_begin(struct engine *engine, bool fold)
{
    wasm_trap_t *trap = NULL;
    engine->fold = fold;
    engine->decided = false;
    engine->place_count = 0;
    engine->store = wasmtime_store_new(engine->wasm, NULL, NULL);
    engine->context = wasmtime_store_context(engine->store);
    wasmtime_error_t *failure =
        wasmtime_instance_new(engine->context, engine->module, NULL, 0, &engine->instance, &trap);
    if (failure != NULL || trap != NULL) { /* of a module that was not refused one can always be made */
        fault(engine, "the engine cannot make an instance", failure);
        wasm_trap_delete(trap);
    } else {
        const int64_t fuel = fuel_of(engine) - engine->setup_fuel; /* below 0: prom_alloc sees it */
        set_counter(engine, PROM_COUNTER_FUEL, (wasmtime_val_t){.kind = WASMTIME_I64, .of.i64 = fuel});
        set_counter(engine, PROM_COUNTER_DEPTH, (wasmtime_val_t){.kind = WASMTIME_I32, .of.i32 = PROM_MODULE_DEPTH});
        set_counter(engine, PROM_COUNTER_WHY, (wasmtime_val_t){.kind = WASMTIME_I32});
    }
}

uint8_t *engine_place(struct engine *engine, uint32_t length)
{
    if (engine->decided) {
        return NULL;
    }
    const wasmtime_val_t argument = {.kind = WASMTIME_I32, .of.i32 = (int32_t)length};
    const wasmtime_val_t place = call(engine, "prom_alloc", &argument, 1);
    if (engine->decided) {
        return NULL;
    }
    engine->places[engine->place_count++] = place;
    engine->places[engine->place_count++] = argument;
    return bytes_at(engine, (uint32_t)place.of.i32, length);
}

const prom_node_result *engine_finish(struct engine *engine)
{
    if (engine->decided) {
        return &engine->result;
    }
    const uint32_t most = engine->fold ? engine->limits.fold_bytes : engine->limits.result_bytes;
    const wasmtime_val_t returned = call(engine, engine->fold ? "reduce" : "map", engine->places, engine->place_count);
    if (engine->decided) {
        return &engine->result;
    }
    const uint64_t where = (uint64_t)returned.of.i64;
    const uint32_t length = (uint32_t)where;
    const uint8_t *bytes = bytes_at(engine, (uint32_t)(where >> 32), length);
    if (!engine->decided && length > most) {
        decide(engine, PROM_NODE_LONG, PROM_TRAP_NONE);
    } else if (!engine->decided) {
        const int64_t left = counter(engine, PROM_COUNTER_FUEL).of.i64;
        engine->result = (prom_node_result){
            .status = PROM_NODE_OK, .fuel = (uint64_t)(fuel_of(engine) - left), .bytes = prom_span_of(bytes, length)};
    }
    return &engine->result;
}

void engine_end(struct engine *engine)
{
    wasmtime_store_delete(engine->store);
    engine->store = NULL;
    if (engine->memory.starved) {
        fault(engine, "the system does not take memory back", NULL);
    }
}
