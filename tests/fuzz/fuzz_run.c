#include <string.h>

#include "fuzz.h"
#include "prometheus/model/run.h"

enum { ITEMS = 3, MULTIPLICATIONS_MOST = 1 << 18, VALUES_MOST = 1 << 16 };

static bool is_small(const prom_program *program)
{
    size_t values = program->input.count;
    for (size_t i = 0; i < program->layer_count; i++) {
        values += program->layers[i].output.count;
    }
    return values <= VALUES_MOST && program->multiplications <= MULTIPLICATIONS_MOST;
}

static uint8_t *new_codes(prom_arena *arena, size_t count)
{
    void *codes = NULL;
    must(prom_is_ok(prom_arena_alloc(arena, &codes, count, 1, NULL)));
    return codes;
}

/* The outputs, NULL when there is not the memory. */
static uint8_t *run(prom_arena *arena, const prom_program *program, const prom_kernels *kernels, const uint8_t *inputs)
{
    prom_executor *executor = NULL;
    uint8_t *outputs = new_codes(arena, ITEMS * prom_program_output(program)->count);
    prom_result result = prom_executor_new(arena, &executor, program, kernels, NULL);
    if (prom_is_ok(result)) {
        result = prom_executor_run(executor, outputs, inputs, ITEMS, FUZZ_MEMORY, NULL, NULL, NULL);
    }
    must(prom_is_ok(result) || result.category == PROM_CATEGORY_IO);
    return prom_is_ok(result) ? outputs : NULL;
}

/* What parses runs, and all kernel sets make the same of it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena;
    prom_arena_init(&arena, FUZZ_MEMORY);
    prom_error error = {{0}};
    const prom_program *program = NULL;
    if (!prom_is_ok(prom_program_parse(&arena, &program, prom_span_of(data, length), &error)) || !is_small(program)) {
        return 0;
    }
    const size_t codes = (size_t)(program->input.range.high - program->input.range.low) + 1;
    const size_t count = ITEMS * program->input.count;
    uint8_t *inputs = new_codes(&arena, count);
    for (size_t i = 0; i < count; i++) {
        inputs[i] = (uint8_t)(data[(i * 7 + i / length) % length] % codes);
    }
    const uint8_t *wanted = run(&arena, program, prom_kernels_by_name("portable"), inputs);
    for (size_t at = 1; prom_kernels_name_at(at) != NULL; at++) {
        const prom_kernels *kernels = prom_kernels_by_name(prom_kernels_name_at(at));
        const uint8_t *outputs = kernels == NULL ? NULL : run(&arena, program, kernels, inputs);
        must(outputs == NULL || wanted == NULL ||
             memcmp(outputs, wanted, ITEMS * prom_program_output(program)->count) == 0);
    }
    return 0;
}
