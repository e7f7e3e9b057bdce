#include "program/random_program.h"
#include "program/reference.h"
#include "prometheus/program/run.h"
#include "tensor/files.h"

/* An arena that gives out no more is enough, however many items there are. */
static void test_random_programs(void **state)
{
    uint64_t random = 5;
    (void)state;
    for (size_t n = 0; n < 300; n++) {
        PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
        PROM_SCOPED(prom_arena_free) prom_arena bounded = {0};
        prom_error error = {""};
        const size_t items = 1 + n % 300;
        prom_arena_init(&arena, ARENA_BYTES);
        const prom_program *program = random_program(&arena, &random, 1 + n % 12);
        const uint8_t *inputs = random_inputs(&arena, &random, program, items);
        uint8_t *outputs = new_bytes(&arena, items * prom_program_output(program)->count, 1);
        prom_arena_init(&bounded, prom_program_running_bytes(program));
        assert_ok(prom_program_run(&bounded, outputs, program, inputs, items, NULL, &error), &error);
    }
}

/* Weights are counted as they are packed: of a program that has little else the bound is no more than twice them. */
static void test_weights(void **state)
{
    enum { WIDE = 2048 };
    fixture *test = *state;
    uint32_t multipliers[WIDE];
    int32_t biases[WIDE] = {0};
    const uint32_t reads = 0;
    int8_t *weights = (int8_t *)new_bytes(&test->arena, (size_t)WIDE * WIDE, 1);
    for (size_t i = 0; i < WIDE; i++) {
        multipliers[i] = 1;
    }
    const prom_layer layer = {.kind = PROM_LAYER_DENSE,
                              .input_count = 1,
                              .inputs = &reads,
                              .output = {.range = {0, 255}},
                              .rescale = {.shift = 1, .count = WIDE, .multipliers = multipliers},
                              .weight_count = WIDE,
                              .biases = biases,
                              .weights = weights};
    const prom_program contents = {.input_scale = 1,
                                   .output_scale = 1,
                                   .input = {.shape = {.rank = 1, .sizes = {WIDE}}, .range = {0, 255}},
                                   .layer_count = 1,
                                   .layers = &layer};
    const prom_program *program = build_program(&test->arena, &contents);
    const uint64_t bytes = prom_program_running_bytes(program);
    assert_true(bytes > (uint64_t)WIDE * WIDE && bytes < (uint64_t)2 * WIDE * WIDE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_random_programs),
        FIXTURE_TEST(test_weights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
