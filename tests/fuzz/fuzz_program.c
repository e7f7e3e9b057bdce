#include <string.h>

#include "fuzz.h"
#include "prometheus/program/program.h"
#include "prometheus/program/run.h"

enum {
    ITEMS = 3,
    COST_MAX = 1 << 16, /* of one item: a run of what costs more would only be slow */
};

/* What an item costs, multiplications and values that are moved. */
static uint64_t cost_of(const prom_program *program)
{
    uint64_t cost = program->multiplications + program->input.count;
    for (size_t i = 0; i < program->layer_count; i++) {
        cost += program->layers[i].output.count;
    }
    return cost;
}

/* All at the low end, all at the high end, and something between, which the program's own bytes give. */
static void fill(uint8_t *codes, const prom_program *program)
{
    const size_t count = program->input.count;
    const unsigned most = (unsigned)(program->input.range.high - program->input.range.low);
    const prom_span bytes = program->bytes;
    memset(codes, 0, count);
    memset(codes + count, (int)most, count);
    for (size_t i = 0; i < count; i++) {
        codes[2 * count + i] = (uint8_t)(bytes.data[(bytes.length - 1 - i % bytes.length)] % (most + 1));
    }
}

/* It runs, its outputs lie in their range, and every set of kernels gives the same. */
static void run(prom_arena *arena, const prom_program *program)
{
    prom_error error = {{0}};
    const prom_value *output = prom_program_output(program);
    const size_t length = ITEMS * output->count;
    void *inputs = NULL;
    void *first = NULL;
    void *other = NULL;
    size_t at = 0;
    must(prom_is_ok(prom_arena_alloc(arena, &inputs, ITEMS * program->input.count, 1, &error)));
    must(prom_is_ok(prom_arena_alloc(arena, &first, length, 1, &error)));
    must(prom_is_ok(prom_arena_alloc(arena, &other, length, 1, &error)));
    fill(inputs, program);
    must(prom_is_ok(prom_program_run(arena, first, program, inputs, ITEMS, NULL, &error)));
    must(prom_codes_in_range(&at, first, length, output->range));
    for (size_t set = 0; prom_program_kernels_name_at(set) != NULL; set++) {
        const prom_program_kernels *kernels = prom_program_kernels_by_name(prom_program_kernels_name_at(set));
        prom_executor *executor = NULL;
        if (kernels != NULL) {
            must(prom_is_ok(prom_executor_new(arena, &executor, program, kernels, NULL, &error)));
            must(prom_is_ok(prom_executor_run(
                executor, other, &(prom_executor_request){.inputs = inputs, .items = ITEMS, .memory = FUZZ_MEMORY / 2},
                &error)));
            must(memcmp(first, other, length) == 0);
        }
    }
}

/* What parses is canonical: built from its parts, it has the same bytes. And it runs. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_arena_init(&arena, FUZZ_MEMORY);
    prom_error error = {{0}};
    const prom_program *program = NULL;
    const prom_program *built = NULL;
    const prom_result parsed = prom_program_parse(&arena, &program, prom_span_of(data, length), &error);
    if (!prom_is_ok(parsed)) {
        must(program == NULL);
        must_be_refusal(parsed, &error);
        return 0;
    }
    must(prom_is_ok(prom_program_build(&arena, &built, program, &error)));
    must(prom_span_equal(built->bytes, prom_span_of(data, length)));
    if (cost_of(program) <= COST_MAX) {
        run(&arena, program);
    }
    return 0;
}
