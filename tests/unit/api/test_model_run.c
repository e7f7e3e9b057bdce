#include "api/digits_batch.h"

#include <pthread.h>

#include "base/units.h"
#include "prometheus/program/run.h"

static void test_infer_says_the_same_with_any_threads(void **state)
{
    prom_model *model = compile_digits(*state, CNN);
    const batch digits = encode_digits(*state, model, 101);
    const uint32_t threads[] = {0, 1, 2, 7};
    uint8_t expected[101 * 10];
    prom_error error = {""};
    assert_ok(prom_program_run(*state, expected, digits_program(*state, CNN), digits.codes, 101, NULL, &error), &error);
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        const prom_model_options options = {.threads = threads[i]};
        memset(digits.outputs, 0, sizeof expected);
        assert_ok(prom_model_infer(model, digits.outputs, digits.codes, 101, &options, &error), &error);
        assert_memory_equal(digits.outputs, expected, sizeof expected);
    }
    prom_model_free(model);
}

/* What a thread makes of the digits, with a model that all have. */
struct caller {
    const batch *digits;
    uint8_t outputs[4 * 10];
    prom_error error;
    prom_result result;
};

static void *infer_digits(void *argument)
{
    struct caller *caller = argument;
    const prom_model_options options = {.threads = 2};
    caller->result =
        prom_model_infer(caller->digits->model, caller->outputs, caller->digits->codes, 4, &options, &caller->error);
    return NULL;
}

/* All of them ask first for what a model makes ready at its first inference. */
static void test_threads_share_a_model(void **state)
{
    enum { ROUNDS = 10, CALLERS = 6 };
    prom_model *compiled = compile_digits(*state, CNN);
    const uint8_t *bytes = NULL;
    size_t length = 0;
    prom_model_bytes(compiled, &bytes, &length);
    for (size_t round = 0; round < ROUNDS; round++) {
        batch digits = encode_digits(*state, compiled, 4);
        struct caller callers[CALLERS] = {{0}};
        pthread_t threads[CALLERS];
        prom_error error = {""};
        assert_ok(prom_model_infer(compiled, digits.outputs, digits.codes, 4, NULL, &error), &error);
        assert_ok(prom_model_load(&digits.model, bytes, length, &error), &error);
        for (size_t i = 0; i < CALLERS; i++) {
            callers[i].digits = &digits;
            assert_int_equal(pthread_create(&threads[i], NULL, infer_digits, &callers[i]), 0);
        }
        for (size_t i = 0; i < CALLERS; i++) {
            assert_int_equal(pthread_join(threads[i], NULL), 0);
            assert_ok(callers[i].result, &callers[i].error);
            assert_memory_equal(callers[i].outputs, digits.outputs, sizeof callers[i].outputs);
        }
        prom_model_free(digits.model);
    }
    prom_model_free(compiled);
}

static prom_result infer_within(const batch *digits, size_t memory, prom_error *error)
{
    const prom_model_options options = {.threads = 1, .memory_max = memory};
    return prom_model_infer(digits->model, digits->outputs, digits->codes, digits->items, &options, error);
}

/* What a model has made ready counts, whoever made it; a call that failed leaves nothing half made. */
static void test_memory_is_bounded(void **state)
{
    enum { ENOUGH = 1 << 20 };
    const batch digits = encode_digits(*state, compile_digits(*state, CNN), 4);
    prom_error error = {""};
    size_t least = ENOUGH;
    for (size_t step = ENOUGH / 2; step > 0; step /= 2) {
        prom_model *fresh = NULL;
        const uint8_t *bytes = NULL;
        size_t length = 0;
        prom_model_bytes(digits.model, &bytes, &length);
        assert_ok(prom_model_load(&fresh, bytes, length, &error), &error);
        const batch with_fresh = {fresh, digits.items, digits.inputs, digits.codes, digits.outputs};
        least -= prom_is_ok(infer_within(&with_fresh, least - step, &error)) ? step : 0;
        assert_ok(infer_within(&with_fresh, ENOUGH, &error), &error);
        prom_model_free(fresh);
    }
    char sentence[80];
    char limit[PROM_UNITS];
    (void)snprintf(sentence, sizeof sentence, "limit of %s of memory", prom_units_bytes(limit, least - 1));
    assert_fails(infer_within(&digits, least - 1, &error), PROM_CATEGORY_MEMORY, &error, sentence);
    assert_ok(infer_within(&digits, least, &error), &error);
    assert_fails(infer_within(&digits, least - 1, &error), PROM_CATEGORY_MEMORY, &error, sentence);
    assert_fails(infer_within(&digits, 1000, &error), PROM_CATEGORY_MEMORY, &error, "and 1.00 kB may be used");
    assert_ok(infer_within(&digits, least, &error), &error);
    prom_model_free(digits.model);
}

/* A verification that may not have the memory which it could need is not begun: the caller's limit is named, and the
 * whole need. */
static void test_verifying_tells_its_need_before(void **state)
{
    const batch digits = encode_digits(*state, compile_digits(*state, CNN), 4);
    prom_buffer proof;
    prom_error error = {""};
    prom_result verified = {PROM_CATEGORY_MEMORY};
    prom_verifying_cost cost;
    prom_arena arena;
    char need[PROM_UNITS];
    size_t memory = 1000;
    const prom_program *program = NULL;
    const uint8_t *bytes = NULL;
    size_t length = 0;
    prom_model_bytes(digits.model, &bytes, &length);
    prom_arena_init(&arena, 1 << 24);
    assert_ok(prom_program_parse(&arena, &program, prom_span_of(bytes, length), &error), &error);
    assert_ok(prom_statement_verifying_cost(&arena, &cost, program, 4, &error), &error);
    prom_arena_free(&arena);
    (void)prom_units_bytes(need, cost.memory);
    assert_ok(prom_model_prove(digits.model, &proof, digits.outputs, digits.codes, 4, NULL, &error), &error);
    for (; !prom_is_ok(verified); memory += memory < cost.memory / 2 ? memory : cost.memory - memory) {
        const prom_model_options options = {.memory_max = memory};
        char sentence[120];
        char limit[PROM_UNITS];
        (void)snprintf(sentence, sizeof sentence, "verifying 4 items may take %s of memory, and %s is the most", need,
                       prom_units_bytes(limit, memory));
        verified = prom_model_verify(digits.model, digits.codes, digits.outputs, 4, proof.bytes, proof.length, &options,
                                     &error);
        if (!prom_is_ok(verified)) {
            assert_true(memory < cost.memory);
            assert_fails(verified, PROM_CATEGORY_MEMORY, &error, sentence);
        }
    }
    const prom_model_options less = {.memory_max = cost.memory - 1};
    assert_fails(prom_model_match_proof(digits.model, digits.codes, 4, proof.bytes, proof.length, &less, &error),
                 PROM_CATEGORY_MEMORY, &error, "nothing was checked");
    prom_buffer_free(&proof);
    prom_model_free(digits.model);
}

static void test_what_cannot_be_run(void **state)
{
    prom_model *model = compile_digits(*state, CNN);
    const batch digits = encode_digits(*state, model, 4);
    const prom_model_options crowd = {.threads = PROM_MODEL_THREADS_MAX + 1};
    const prom_model_options full = {.threads = PROM_MODEL_THREADS_MAX};
    const prom_model_options poor = {.memory_max = 1000};
    prom_buffer proof = {NULL, 0};
    prom_error error = {""};
    assert_refused(prom_model_infer(model, digits.outputs, digits.codes, 0, NULL, &error), &error, "no items");
    assert_refused(prom_model_prove(model, &proof, digits.outputs, digits.codes, 0, NULL, &error), &error, "no items");
    assert_refused(prom_model_verify(model, digits.codes, digits.outputs, 0, "", 0, NULL, &error), &error, "no items");
    assert_refused(prom_model_infer(model, digits.outputs, digits.codes, 4, &crowd, &error), &error, "257 threads");
    assert_refused(prom_model_prove(model, &proof, digits.outputs, digits.codes, 4, &crowd, &error), &error,
                   "257 threads are asked for; 256 is the most");
    assert_ok(prom_model_infer(model, digits.outputs, digits.codes, 4, &full, &error), &error);
    assert_fails(prom_model_infer(model, digits.outputs, digits.codes, 4, &poor, &error), PROM_CATEGORY_MEMORY, &error,
                 "");
    assert_fails(prom_model_prove(model, &proof, digits.outputs, digits.codes, 4, &poor, &error), PROM_CATEGORY_MEMORY,
                 &error, "of memory, and 1.00 kB is the most: prove fewer items at a time, or allow more");
    assert_null(proof.bytes);
    prom_model_free(model);
}

/* A program whose inputs have fewer than 256 values. */
static prom_model *narrow_model(prom_arena *arena, prom_model_value *input)
{
    uint64_t random = 3;
    prom_error error = {""};
    prom_model *model = NULL;
    do {
        const prom_program *program = random_program(arena, &random, 2);
        prom_model_free(model);
        assert_ok(prom_model_load(&model, program->bytes.data, program->bytes.length, &error), &error);
        prom_model_input(model, input);
    } while (input->high - input->low == PROM_CODE_MAX);
    return model;
}

static void test_codes_outside_the_range_are_refused(void **state)
{
    prom_buffer proof = {NULL, 0};
    prom_model_value input;
    prom_model_value output;
    prom_error error = {""};
    prom_model *model = narrow_model(*state, &input);
    prom_model_output(model, &output);
    uint8_t *codes = new_bytes(*state, 2 * input.count, 1);
    uint8_t *outputs = new_bytes(*state, 2 * output.count, 1);
    assert_ok(prom_model_infer(model, outputs, codes, 2, NULL, &error), &error);
    codes[input.count] = (uint8_t)(input.high - input.low + 1);
    char sentence[32];
    (void)snprintf(sentence, sizeof sentence, "value %zu of the input", input.count);
    assert_refused(prom_model_infer(model, outputs, codes, 2, NULL, &error), &error, sentence);
    assert_refused(prom_model_prove(model, &proof, outputs, codes, 2, NULL, &error), &error, sentence);
    assert_refused(prom_model_verify(model, codes, outputs, 2, "", 0, NULL, &error), &error, sentence);
    prom_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_infer_says_the_same_with_any_threads),
        TEST(test_threads_share_a_model),
        TEST(test_memory_is_bounded),
        TEST(test_verifying_tells_its_need_before),
        TEST(test_what_cannot_be_run),
        TEST(test_codes_outside_the_range_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
