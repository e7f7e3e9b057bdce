/* Each kernel set that this machine can run, against the reference, kind of layer by kind of layer. */
#include "backwards.h"
#include "program/random_program.h"
#include "program/reference.h"
#include "prometheus/program/run.h"
#include "tensor/files.h"

#define MEMORY ((size_t)1 << 26)
#define ITEMS_MAX 5

/* Runs with all kernel sets. Counts the outputs that are not at an end of their range to `middle`. */
static void check_all_sets(prom_arena *arena, uint64_t *random, const prom_program *program, size_t *middle)
{
    const prom_value *output = prom_program_output(program);
    const size_t items = random_between(random, 1, ITEMS_MAX);
    const size_t input_count = items * program->input.count;
    const size_t output_count = items * output->count;
    size_t calls = 0;
    const prom_parallel backwards = {&calls, run_backwards};
    uint8_t *inputs = new_bytes(arena, input_count, 1);
    uint8_t *wanted = new_bytes(arena, output_count, 1);
    random_codes(random, inputs, input_count, program->input.range);
    reference_run(wanted, program, inputs, items);
    for (size_t i = 0; i < output_count; i++) {
        *middle += wanted[i] > 0 && wanted[i] < output->range.high - output->range.low;
    }
    for (size_t at = 0; prom_program_kernels_name_at(at) != NULL; at++) {
        prom_error error = {""};
        prom_executor *executor = NULL;
        const prom_program_kernels *kernels = prom_program_kernels_by_name(prom_program_kernels_name_at(at));
        if (kernels == NULL) {
            continue;
        }
        uint8_t *outputs = exact_copy(wanted, output_count);
        memset(outputs, 0xa5, output_count);
        assert_ok(prom_executor_new(arena, &executor, program, kernels, at % 2 == 0 ? NULL : &backwards, &error),
                  &error);
        assert_ok(prom_executor_run(executor, outputs,
                                    &(prom_executor_request){.inputs = inputs, .items = items, .memory = MEMORY},
                                    &error),
                  &error);
        if (memcmp(outputs, wanted, output_count) != 0) {
            print_error("kernels %s, a %s, %zu items\n", prom_program_kernels_name(kernels),
                        prom_layer_kind_name(program->layers[0].kind), items);
        }
        assert_memory_equal(outputs, wanted, output_count);
        free(outputs);
    }
}

static void check_kind(prom_layer_kind kind, size_t programs)
{
    uint64_t random = 20 + (uint64_t)kind;
    size_t middle = 0;
    for (size_t i = 0; i < programs; i++) {
        PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
        prom_arena_init(&arena, ARENA_BYTES);
        check_all_sets(&arena, &random, random_program_of_one(&arena, &random, kind), &middle);
    }
    assert_true(middle > 30 * programs); /* they are not all saturated */
}

static void test_dense(void **state)
{
    (void)state;
    check_kind(PROM_LAYER_DENSE, 300);
}

static void test_conv(void **state)
{
    (void)state;
    check_kind(PROM_LAYER_CONV, 800);
}

static void test_max_pool(void **state)
{
    (void)state;
    check_kind(PROM_LAYER_MAX_POOL, 300);
}

static void test_average_pool(void **state)
{
    (void)state;
    check_kind(PROM_LAYER_AVERAGE_POOL, 300);
}

static void test_add(void **state)
{
    (void)state;
    check_kind(PROM_LAYER_ADD, 300);
}

/* Codes and weights at their ends, over more inputs than 16 bits of sums can hold: what saturates on the way is wrong
 * then. */
static void test_extremes(void **state)
{
    enum { INPUTS = 1030, OUTPUTS = 17 };
    static const int8_t ends[] = {INT8_MIN, INT8_MAX, -1, 1};
    static const uint32_t newest = 0;
    uint64_t random = 19;
    size_t middle = 0;
    int8_t *weights = new_bytes(*state, (size_t)INPUTS * OUTPUTS, 1);
    int32_t *biases = new_bytes(*state, OUTPUTS, sizeof *biases);
    uint32_t *multipliers = new_bytes(*state, OUTPUTS, sizeof *multipliers);
    for (size_t i = 0; i < (size_t)INPUTS * OUTPUTS; i++) {
        weights[i] = ends[i / INPUTS % 3 == 0 ? i / INPUTS % 2 : random_below(&random, COUNT_OF(ends))];
    }
    for (size_t i = 0; i < OUTPUTS; i++) {
        multipliers[i] = 31; /* the bound: 1030 * 128 * 255 * 31 < 2^30 */
    }
    const prom_layer layer = {.kind = PROM_LAYER_DENSE,
                              .input_count = 1,
                              .inputs = &newest,
                              .output = {.range = {-128, 127}},
                              .rescale = {22, 0, OUTPUTS, multipliers},
                              .weight_count = INPUTS,
                              .biases = biases,
                              .weights = weights};
    static const prom_range ranges[] = {{0, 255}, {-255, 0}, {-128, 127}};
    for (size_t i = 0; i < COUNT_OF(ranges); i++) {
        const prom_program contents = {.input_scale = 1,
                                       .output_scale = 1,
                                       .input_zero = (int16_t)-ranges[i].low,
                                       .input = {{1, {INPUTS}}, INPUTS, ranges[i]},
                                       .layer_count = 1,
                                       .layers = &layer};
        check_all_sets(*state, &random, build_program(*state, &contents), &middle);
    }
}

/* A convolution whose rows are so long that few are gathered at once: one output of an image that is a long line. */
static void test_long_windows(void **state)
{
    enum { WIDTH = 6000, KERNEL = 5500, CHANNELS = 3 };
    static const uint32_t newest = 0;
    static const uint32_t multiplier = 2;
    uint64_t random = 18;
    size_t middle = 0;
    const int32_t bias = 77;
    int8_t *weights = new_bytes(*state, (size_t)CHANNELS * KERNEL, 1);
    for (size_t i = 0; i < (size_t)CHANNELS * KERNEL; i++) {
        weights[i] = (int8_t)next_random(&random);
    }
    const prom_layer layer = {.kind = PROM_LAYER_CONV,
                              .input_count = 1,
                              .inputs = &newest,
                              .output = {.range = {-128, 127}},
                              .rescale = {15, 0, 1, &multiplier},
                              .window = {{{1, 1, 1, 0, 0}, {KERNEL, 7, 1, 60, 40}}},
                              .groups = 1,
                              .weight_count = (size_t)CHANNELS * KERNEL,
                              .biases = &bias,
                              .weights = weights};
    const prom_program contents = {.input_scale = 1,
                                   .output_scale = 1,
                                   .input_zero = 12,
                                   .input = {{3, {CHANNELS, 1, WIDTH}}, (size_t)CHANNELS * WIDTH, {-12, 100}},
                                   .layer_count = 1,
                                   .layers = &layer};
    check_all_sets(*state, &random, build_program(*state, &contents), &middle);
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(prom_program_kernels_name_at(0), "portable");
    assert_non_null(prom_program_kernels_by_name("portable"));
    assert_null(prom_program_kernels_by_name("abacus"));
    const prom_program_kernels *best = prom_program_kernels_best();
    assert_ptr_equal(prom_program_kernels_by_name(prom_program_kernels_name(best)), best);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_dense), TEST(test_conv),     TEST(test_max_pool),     TEST(test_average_pool),
        TEST(test_add),   TEST(test_extremes), TEST(test_long_windows), TEST(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
