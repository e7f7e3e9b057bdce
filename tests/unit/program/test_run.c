/* Whole programs: that they compute what the reference does, in batches of any size, and what a run tells and asks for
 * on its way. */
#include "program/random_program.h"
#include "program/reference.h"
#include "prometheus/program/run.h"
#include "tensor/files.h"

#define MEMORY ((size_t)1 << 26)

static prom_executor *new_executor(prom_arena *arena, const prom_program *program, const prom_program_kernels *kernels)
{
    prom_error error = {""};
    prom_executor *executor = NULL;
    assert_ok(prom_executor_new(arena, &executor, program, kernels, NULL, &error), &error);
    return executor;
}

static uint8_t *new_outputs(prom_arena *arena, const prom_program *program, size_t items)
{
    return new_bytes(arena, items * prom_program_output(program)->count, 1);
}

static void test_equals_the_reference(void **state)
{
    enum { ITEMS = 3 };
    uint64_t random = 7;
    size_t kinds[PROM_LAYER_KINDS + 1] = {0};
    (void)state;
    for (size_t n = 0; n < 400; n++) {
        PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
        prom_arena_init(&arena, ARENA_BYTES);
        const prom_program *program = random_program(&arena, &random, 1 + n % 12);
        const size_t bytes = ITEMS * prom_program_output(program)->count;
        const uint8_t *inputs = random_inputs(&arena, &random, program, ITEMS);
        uint8_t *wanted = new_outputs(&arena, program, ITEMS);
        reference_run(wanted, program, inputs, ITEMS);
        for (size_t at = 0; prom_program_kernels_name_at(at) != NULL; at++) {
            const prom_program_kernels *kernels = prom_program_kernels_by_name(prom_program_kernels_name_at(at));
            if (kernels != NULL) {
                uint8_t *outputs = new_outputs(&arena, program, ITEMS);
                const prom_executor *executor = new_executor(&arena, program, kernels);
                assert_true(prom_is_ok(prom_executor_run(
                    executor, outputs, &(prom_executor_request){.inputs = inputs, .items = ITEMS, .memory = MEMORY},
                    NULL)));
                assert_memory_equal(outputs, wanted, bytes);
            }
        }
        for (size_t i = 0; i < program->layer_count; i++) {
            kinds[program->layers[i].kind]++;
        }
    }
    for (size_t kind = 1; kind <= PROM_LAYER_KINDS; kind++) {
        assert_true(kinds[kind] > 50);
    }
}

/* A dense layer that reads so much that no multiplier goes with its sums is given up, not drawn for ever. */
static void test_drawing_ends(void **state)
{
    enum { WIDE = 1 << 18 };
    uint64_t random = 1;
    size_t given_up = 0;
    (void)state;
    for (size_t n = 0; n < 4; n++) {
        PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
        const prom_shape shape = {1, {WIDE}};
        prom_arena_init(&arena, (size_t)100 * 2 * WIDE); /* as often as a layer is drawn */
        random_maker *maker = random_maker_new(&arena, &random, &shape, 1, 1);
        given_up += random_append(maker, PROM_LAYER_DENSE) ? 0 : 1;
    }
    assert_true(given_up > 0);
}

/* However many items are run in one call, and however many fit the memory at once. */
static void test_batches(void **state)
{
    enum { ITEMS = 300 };
    uint64_t random = 11;
    (void)state;
    for (size_t n = 0; n < 20; n++) {
        PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
        prom_arena_init(&arena, ARENA_BYTES);
        const prom_program *program = random_program(&arena, &random, 6);
        const size_t output_count = prom_program_output(program)->count;
        const prom_executor *executor = new_executor(&arena, program, prom_program_kernels_best());
        const uint8_t *inputs = random_inputs(&arena, &random, program, ITEMS);
        uint8_t *one_by_one = new_outputs(&arena, program, ITEMS);
        uint8_t *together = new_outputs(&arena, program, ITEMS);
        size_t memory = 256;
        for (size_t i = 0; i < ITEMS; i++) {
            assert_true(prom_is_ok(prom_executor_run(
                executor, one_by_one + i * output_count,
                &(prom_executor_request){.inputs = inputs + i * program->input.count, .items = 1, .memory = MEMORY},
                NULL)));
        }
        assert_true(prom_is_ok(prom_executor_run(
            executor, together, &(prom_executor_request){.inputs = inputs, .items = ITEMS, .memory = MEMORY}, NULL)));
        assert_memory_equal(together, one_by_one, ITEMS * output_count);
        /* With the least memory that will do, or not much more. */
        memset(together, 0, ITEMS * output_count);
        while (!prom_is_ok(prom_executor_run(
            executor, together, &(prom_executor_request){.inputs = inputs, .items = ITEMS, .memory = memory}, NULL))) {
            memory += memory / 8;
        }
        assert_memory_equal(together, one_by_one, ITEMS * output_count);
        assert_true(prom_is_ok(prom_executor_run(
            executor, together, &(prom_executor_request){.inputs = inputs, .items = 0, .memory = MEMORY}, NULL)));
    }
}

/* What an observer has to be told: every value of each item. */
struct observed {
    prom_arena *arena;
    const prom_program *program;
    const uint8_t *inputs;
    const reference_value *values; /* of the item that is run */
    size_t calls;
    size_t calls_of_sums;
};

static void check_observed_sums(void *context, uint32_t index, const int32_t *sums, size_t count)
{
    struct observed *observed = context;
    const prom_layer *layer = &observed->program->layers[index - 1];
    assert_int_equal(index, observed->calls % (observed->program->layer_count + 1));
    assert_true(layer->kind == PROM_LAYER_DENSE || layer->kind == PROM_LAYER_CONV);
    assert_int_equal(count, layer->output.count);
    for (size_t at = 0; at < count; at++) {
        assert_int_equal(sums[at], reference_sum(layer, &observed->values[layer->inputs[0]], at));
    }
    observed->calls_of_sums++;
}

static void check_observed(void *context, uint32_t index, const uint8_t *codes, size_t count)
{
    struct observed *observed = context;
    const size_t values = observed->program->layer_count + 1;
    if (index == 0) {
        observed->values =
            reference_values(observed->arena, observed->program,
                             observed->inputs + observed->calls / values * observed->program->input.count);
    }
    assert_int_equal(index, observed->calls++ % values);
    assert_int_equal(count, observed->values[index].count);
    uint8_t *wanted = new_bytes(observed->arena, count, 1);
    reference_codes(wanted, &observed->values[index]);
    assert_memory_equal(codes, wanted, count);
}

static void check_observer(prom_arena *arena, uint64_t *random, const prom_program *program,
                           const prom_program_kernels *kernels)
{
    enum { ITEMS = 2 };
    struct observed observed = {arena, program, random_inputs(arena, random, program, ITEMS), NULL, 0, 0};
    const prom_program_observer observer = {check_observed, check_observed_sums, &observed};
    uint8_t *outputs = new_outputs(arena, program, ITEMS);
    const prom_executor *executor = new_executor(arena, program, kernels);
    size_t weighted = 0;
    for (size_t i = 0; i < program->layer_count; i++) {
        weighted += program->layers[i].weight_count > 0;
    }
    assert_true(prom_is_ok(prom_executor_run(
        executor, outputs,
        &(prom_executor_request){.inputs = observed.inputs, .items = ITEMS, .memory = MEMORY, .observer = &observer},
        NULL)));
    assert_int_equal(observed.calls, ITEMS * (program->layer_count + 1));
    assert_int_equal(observed.calls_of_sums, ITEMS * weighted);
}

static void test_observer(void **state)
{
    uint64_t random = 12;
    (void)state;
    for (size_t n = 0; n < 60; n++) {
        PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
        prom_arena_init(&arena, ARENA_BYTES);
        const prom_program *program = random_program(&arena, &random, 8);
        for (size_t at = 0; prom_program_kernels_name_at(at) != NULL; at++) {
            const prom_program_kernels *kernels = prom_program_kernels_by_name(prom_program_kernels_name_at(at));
            if (kernels != NULL) {
                check_observer(&arena, &random, program, kernels);
            }
        }
    }
}

/* One input, one output, of weight 1. */
static int run_single(prom_arena *arena, uint8_t shift, prom_range range, int input)
{
    static const uint32_t multiplier = 1;
    static const int32_t bias = 0;
    static const int8_t weight = 1;
    static const uint32_t from = 0;
    const prom_layer layer = {.kind = PROM_LAYER_DENSE,
                              .input_count = 1,
                              .inputs = &from,
                              .output = {.range = range},
                              .rescale = {shift, 0, 1, &multiplier},
                              .biases = &bias,
                              .weights = &weight,
                              .weight_count = 1};
    const prom_program contents = {
        .input_scale = 1, .output_scale = 1, .input = {{1, {1}}, 1, {-128, 127}}, .layer_count = 1, .layers = &layer};
    const uint8_t code = (uint8_t)(input + 128);
    uint8_t output = 0;
    assert_true(prom_is_ok(prom_program_run(arena, &output, build_program(arena, &contents), &code, 1, NULL, NULL)));
    return output + range.low;
}

static void test_halves_round_up(void **state)
{
    const prom_range all = {-128, 127};
    const prom_range positive = {0, 127};
    const int halved[][2] = {{5, 3}, {4, 2}, {3, 2}, {1, 1}, {0, 0}, {-1, 0}, {-2, -1}, {-3, -1}, {-5, -2}};
    for (size_t i = 0; i < COUNT_OF(halved); i++) {
        assert_int_equal(run_single(*state, 1, all, halved[i][0]), halved[i][1]);
    }
    assert_int_equal(run_single(*state, 1, all, -128), -64);
    assert_int_equal(run_single(*state, 1, positive, -128), 0);
    assert_int_equal(run_single(*state, 1, positive, 127), 64);
    assert_int_equal(run_single(*state, 1, (prom_range){-3, 3}, 127), 3);
    assert_int_equal(run_single(*state, 1, (prom_range){-3, 3}, -127), -3);
    assert_int_equal(run_single(*state, 29, all, -128), 0);
}

struct told {
    size_t calls;
    size_t done;
    size_t stop_at; /* after so many calls; 0: never */
};

static bool note_progress(void *context, size_t items_done, size_t items)
{
    struct told *told = context;
    assert_int_equal(items, 1000);
    assert_true(items_done > told->done);
    told->done = items_done;
    told->calls++;
    return told->calls != told->stop_at;
}

static void test_progress(void **state)
{
    uint64_t random = 8;
    struct told told = {0, 0, 0};
    const prom_program *program = random_program(*state, &random, 2);
    const uint8_t *inputs = random_inputs(*state, &random, program, 1000);
    uint8_t *outputs = new_outputs(*state, program, 1000);
    const prom_progress progress = {note_progress, &told};
    assert_true(prom_is_ok(prom_program_run(*state, outputs, program, inputs, 1000, &progress, NULL)));
    assert_int_equal(told.done, 1000);
    assert_true(told.calls > 1);
}

/* What is told may say that it is enough: no item is run after that. */
static void test_stop(void **state)
{
    uint64_t random = 8;
    struct told told = {.stop_at = 1};
    prom_error error = {""};
    const prom_program *program = random_program(*state, &random, 2);
    const uint8_t *inputs = random_inputs(*state, &random, program, 1000);
    uint8_t *outputs = new_outputs(*state, program, 1000);
    const prom_progress progress = {note_progress, &told};
    const prom_result result = prom_program_run(*state, outputs, program, inputs, 1000, &progress, &error);
    assert_int_equal(result.category, PROM_CATEGORY_STOPPED);
    assert_non_null(strstr(error.sentence, "stopped, as the caller asked, when "));
    assert_int_equal(told.calls, 1);
    assert_true(told.done < 1000);
}

static void test_out_of_memory(void **state)
{
    uint64_t random = 9;
    const prom_program *program = random_program(*state, &random, 5);
    const uint8_t *inputs = random_inputs(*state, &random, program, 1);
    uint8_t *outputs = new_outputs(*state, program, 1);
    const prom_executor *executor = new_executor(*state, program, prom_program_kernels_best());
    prom_result result = {PROM_CATEGORY_MEMORY};
    size_t memory = 0;
    for (; !prom_is_ok(result); memory += 16) {
        prom_error error = {""};
        result = prom_executor_run(executor, outputs,
                                   &(prom_executor_request){.inputs = inputs, .items = 1, .memory = memory}, &error);
        assert_true(prom_is_ok(result) || result.category == PROM_CATEGORY_MEMORY);
        assert_true(prom_is_ok(result) || strstr(error.sentence, "limit") != NULL);
    }
    assert_true(memory > 16);
    result = (prom_result){PROM_CATEGORY_MEMORY};
    for (memory = 0; !prom_is_ok(result); memory += 64) {
        PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
        prom_error error = {""};
        prom_arena_init(&arena, memory);
        result = prom_program_run(&arena, outputs, program, inputs, 1, NULL, &error);
        assert_true(prom_is_ok(result) || result.category == PROM_CATEGORY_MEMORY);
        assert_true(prom_is_ok(result) || strstr(error.sentence, "limit") != NULL);
    }
}

static void test_refuses_codes_out_of_range(void **state)
{
    uint64_t random = 13;
    const prom_program *program = random_program(*state, &random, 1);
    while (program->input.range.high - program->input.range.low == UINT8_MAX) {
        program = random_program(*state, &random, 1);
    }
    uint8_t *inputs = random_inputs(*state, &random, program, 2);
    uint8_t *outputs = new_outputs(*state, program, 2);
    prom_error error = {""};
    inputs[program->input.count] = (uint8_t)(program->input.range.high - program->input.range.low + 1);
    assert_fails(prom_program_run(*state, outputs, program, inputs, 2, NULL, &error), PROM_CATEGORY_MISUSE, &error,
                 "lies outside the program's range");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_equals_the_reference),
        TEST(test_drawing_ends),
        TEST(test_batches),
        TEST(test_observer),
        TEST(test_halves_round_up),
        TEST(test_progress),
        TEST(test_stop),
        TEST(test_out_of_memory),
        TEST(test_refuses_codes_out_of_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
