#include "argument/digits.h"

#include <math.h>
#include <pthread.h>

#include "base/units.h"
#include "prometheus/api/model.h"
#include "prometheus/program/run.h"

/* A batch that a model was given, and what came of it. */
typedef struct batch {
    prom_model *model;
    size_t items;
    const float *inputs;
    uint8_t *codes;
    uint8_t *outputs;
} batch;

static const char CNN[] = "digits-cnn.onnx";
static const char QUANTISED[] = "digits-cnn-qdq.onnx";

static prom_model *compile_digits(prom_arena *arena, const char *name)
{
    const prom_span onnx = model_file(arena, name);
    const prom_tensor set = model_tensor(arena, "digits-calibration.npy");
    const size_t items = set.shape.sizes[0];
    prom_error error = {""};
    prom_model *model = NULL;
    assert_ok(prom_model_compile(&model, onnx.data, onnx.length, set.data, items, set.count / items, NULL, &error),
              &error);
    return model;
}

static batch encode_digits(prom_arena *arena, prom_model *model, size_t items)
{
    const prom_tensor images = model_tensor(arena, "digits-heldout-images.npy");
    batch made = {.model = model, .items = items, .inputs = images.data};
    prom_model_value input;
    prom_model_value output;
    prom_error error = {""};
    prom_model_input(model, &input);
    prom_model_output(model, &output);
    made.codes = new_bytes(arena, items * input.count, 1);
    made.outputs = new_bytes(arena, items * output.count, 1);
    assert_ok(prom_model_encode(model, made.codes, NULL, made.inputs, items, &error), &error);
    return made;
}

/* -- The model -- */

static void test_compile_gives_the_rooms_program(void **state)
{
    prom_model *model = compile_digits(*state, CNN);
    const prom_program *program = digits_program(*state, CNN);
    prom_model_value input;
    prom_model_value output;
    uint8_t digest[PROM_MODEL_DIGEST_BYTES];
    const uint8_t *bytes = NULL;
    size_t length = 0;
    prom_model_bytes(model, &bytes, &length);
    assert_true(prom_span_equal(prom_span_of(bytes, length), program->bytes));
    prom_model_digest(model, digest);
    assert_memory_equal(digest, program->digest.bytes, sizeof digest);
    prom_model_input(model, &input);
    assert_int_equal(input.rank, 3);
    assert_int_equal(input.sizes[0], 1);
    assert_int_equal(input.sizes[2], 8);
    assert_int_equal(input.count, 64);
    assert_int_equal(input.low, program->input.range.low);
    assert_int_equal(input.high, program->input.range.high);
    assert_float_equal(input.scale, program->input_scale, 0);
    prom_model_output(model, &output);
    assert_int_equal(output.rank, 1);
    assert_int_equal(output.count, 10);
    assert_float_equal(output.scale, program->output_scale, 0);
    prom_model_free(model);
}

static void test_a_quantised_model_needs_no_calibration(void **state)
{
    const prom_span onnx = model_file(*state, QUANTISED);
    prom_error error = {""};
    prom_model *model = NULL;
    prom_model_value input;
    assert_ok(prom_model_compile(&model, onnx.data, onnx.length, NULL, 0, 0, NULL, &error), &error);
    prom_model_input(model, &input);
    const int32_t low = input.low + input.zero_point;
    const int32_t high = input.high + input.zero_point;
    assert_true((low >= 0 && high <= 255) || (low >= -128 && high <= 127));
    prom_model_free(model);
}

static void test_what_cannot_be_compiled(void **state)
{
    const prom_span onnx = model_file(*state, CNN);
    const float *set = model_tensor(*state, "digits-calibration.npy").data;
    const float bad[64] = {[7] = NAN};
    prom_error error = {""};
    prom_model *model = (prom_model *)new_bytes(*state, 1, 1);
    assert_refused(prom_model_compile(&model, onnx.data, onnx.length, NULL, 0, 0, NULL, &error), &error,
                   "a calibration set");
    assert_null(model);
    assert_refused(prom_model_compile(&model, onnx.data, onnx.length, set, 1, 63, NULL, &error), &error,
                   "63 values for each item; the network takes 64, 1x8x8");
    assert_refused(prom_model_compile(&model, onnx.data, onnx.length, set, 0, 64, NULL, &error), &error,
                   "the calibration set: there are no items");
    assert_refused(prom_model_compile(&model, onnx.data, onnx.length, bad, 1, 64, NULL, &error), &error, "");
    for (size_t length = 0; length < onnx.length; length += 37) {
        uint8_t *part = exact_copy(onnx.data, length);
        assert_refused(prom_model_compile(&model, part, length, set, 10, 64, NULL, &error), &error, "");
        free(part);
    }
    assert_null(model);
}

static void test_load_reads_what_bytes_gave(void **state)
{
    prom_model *model = compile_digits(*state, CNN);
    const batch digits = encode_digits(*state, model, 20);
    prom_model *loaded = NULL;
    prom_error error = {""};
    const uint8_t *bytes = NULL;
    size_t length = 0;
    uint8_t outputs[20 * 10];
    prom_model_bytes(model, &bytes, &length);
    uint8_t *copy = exact_copy(bytes, length);
    assert_ok(prom_model_load(&loaded, copy, length, &error), &error);
    free(copy);
    assert_ok(prom_model_infer(model, digits.outputs, digits.codes, 20, NULL, &error), &error);
    prom_model_free(model);
    assert_ok(prom_model_infer(loaded, outputs, digits.codes, 20, NULL, &error), &error);
    assert_memory_equal(outputs, digits.outputs, sizeof outputs);
    prom_model_free(loaded);
    prom_model_free(NULL);
}

static void test_hostile_bytes_are_refused(void **state)
{
    prom_model *model = compile_digits(*state, CNN);
    prom_model *loaded = (prom_model *)new_bytes(*state, 1, 1);
    prom_error error = {""};
    const uint8_t *bytes = NULL;
    size_t length = 0;
    prom_model_bytes(model, &bytes, &length);
    for (size_t cut = 0; cut < length; cut += 1 + length / 100) {
        uint8_t *part = exact_copy(bytes, cut);
        assert_refused(prom_model_load(&loaded, part, cut, &error), &error, "");
        assert_null(loaded);
        free(part);
    }
    uint8_t *changed = exact_copy(bytes, length);
    changed[5] ^= 1;
    assert_refused(prom_model_load(&loaded, changed, length, &error), &error, "");
    free(changed);
    prom_model_free(model);
}

/* -- Numbers and codes -- */

static void test_encode_counts_what_it_clamps(void **state)
{
    prom_model *model = compile_digits(*state, CNN);
    prom_model_value input;
    float values[64] = {0};
    uint8_t codes[64];
    size_t clamped = 99;
    prom_error error = {""};
    prom_model_input(model, &input);
    values[0] = input.scale * ((float)input.high + 0.25F);
    assert_ok(prom_model_encode(model, codes, &clamped, values, 1, &error), &error);
    assert_int_equal(clamped, 0);
    assert_int_equal(codes[0], input.high - input.low);
    assert_int_equal(codes[1], -input.low);
    values[0] = input.scale * ((float)input.high + 0.75F);
    values[1] = input.scale * ((float)input.low - 3);
    assert_ok(prom_model_encode(model, codes, &clamped, values, 1, &error), &error);
    assert_int_equal(clamped, 2);
    assert_int_equal(codes[0], input.high - input.low);
    assert_int_equal(codes[1], 0);
    values[9] = INFINITY;
    assert_refused(prom_model_encode(model, codes, &clamped, values, 1, &error), &error, "value 9");
    prom_model_free(model);
}

static void test_outputs_there_and_back(void **state)
{
    prom_model *model = compile_digits(*state, CNN);
    prom_model_value output;
    uint8_t back[260];
    uint8_t codes[260];
    float values[260];
    prom_error error = {""};
    prom_model_output(model, &output);
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        codes[i] = (uint8_t)(i % (size_t)(output.high - output.low + 1));
    }
    prom_model_decode(model, values, codes, COUNT_OF(codes) / 10);
    assert_float_equal(values[3], output.scale * (float)(3 + output.low), 0);
    assert_ok(prom_model_encode_outputs(model, back, values, COUNT_OF(codes) / 10, &error), &error);
    assert_memory_equal(back, codes, sizeof codes);
    const float strange[] = {nextafterf(values[3], INFINITY), values[3] * 1000, -INFINITY, NAN, -0.0F};
    for (size_t i = 0; i < COUNT_OF(strange); i++) {
        values[3] = strange[i];
        assert_fails(prom_model_encode_outputs(model, back, values, 1, &error), PROM_CATEGORY_PEER, &error, "value 3");
    }
    prom_model_free(model);
}

/* -- Running -- */

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
    assert_fails(infer_within(&digits, least - 1, &error), PROM_CATEGORY_IO, &error, sentence);
    assert_ok(infer_within(&digits, least, &error), &error);
    assert_fails(infer_within(&digits, least - 1, &error), PROM_CATEGORY_IO, &error, sentence);
    assert_fails(infer_within(&digits, 1000, &error), PROM_CATEGORY_IO, &error, "and 1.00 kB may be used");
    assert_ok(infer_within(&digits, least, &error), &error);
    prom_model_free(digits.model);
}

/* However deep in a verification memory ends, the limit that is named is the caller's. */
static void test_the_limit_named_is_the_callers(void **state)
{
    const batch digits = encode_digits(*state, compile_digits(*state, CNN), 4);
    prom_buffer proof;
    prom_error error = {""};
    prom_result verified = {PROM_CATEGORY_IO};
    size_t failures = 0;
    assert_ok(prom_model_prove(digits.model, &proof, digits.outputs, digits.codes, 4, NULL, &error), &error);
    for (size_t memory = 1000; !prom_is_ok(verified); memory += memory / 8) {
        const prom_model_options options = {.memory_max = memory};
        char sentence[80];
        char limit[PROM_UNITS];
        (void)snprintf(sentence, sizeof sentence, "limit of %s of memory", prom_units_bytes(limit, memory));
        verified = prom_model_verify(digits.model, digits.codes, digits.outputs, 4, proof.bytes, proof.length, &options,
                                     &error);
        if (!prom_is_ok(verified)) {
            assert_fails(verified, PROM_CATEGORY_IO, &error, sentence);
            failures++;
        }
    }
    assert_in_range(failures, 10, 100);
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
    assert_fails(prom_model_infer(model, digits.outputs, digits.codes, 4, &poor, &error), PROM_CATEGORY_IO, &error, "");
    assert_fails(prom_model_prove(model, &proof, digits.outputs, digits.codes, 4, &poor, &error), PROM_CATEGORY_IO,
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

/* -- Proofs -- */

static void test_prove_and_verify(void **state)
{
    prom_model *model = compile_digits(*state, CNN);
    const batch digits = encode_digits(*state, model, 8);
    uint8_t expected[8 * 10];
    prom_buffer proof;
    prom_buffer again;
    prom_error error = {""};
    const prom_model_options two = {.threads = 2};
    assert_ok(prom_model_infer(model, expected, digits.codes, 8, NULL, &error), &error);
    assert_ok(prom_model_prove(model, &proof, digits.outputs, digits.codes, 8, NULL, &error), &error);
    assert_memory_equal(digits.outputs, expected, sizeof expected);
    assert_ok(prom_model_prove(model, &again, digits.outputs, digits.codes, 8, &two, &error), &error);
    assert_int_equal(again.length, proof.length);
    assert_memory_equal(again.bytes, proof.bytes, proof.length);
    assert_ok(prom_model_verify(model, digits.codes, digits.outputs, 8, proof.bytes, proof.length, NULL, &error),
              &error);
    prom_buffer_free(&proof);
    prom_buffer_free(&again);
    assert_null(proof.bytes);
    prom_buffer_free(&proof);
    prom_model_free(model);
}

static void refuse(const batch *digits, const uint8_t *proof, size_t length)
{
    prom_error error = {""};
    assert_fails(
        prom_model_verify(digits->model, digits->codes, digits->outputs, digits->items, proof, length, NULL, &error),
        PROM_CATEGORY_PEER, &error, "");
    assert_true(error.sentence[0] != '\0');
}

static void test_false_statements_are_refused(void **state)
{
    batch digits = encode_digits(*state, compile_digits(*state, CNN), 3);
    prom_model *other = compile_digits(*state, "digits-resnet.onnx");
    prom_buffer proof;
    prom_error error = {""};
    assert_ok(prom_model_prove(digits.model, &proof, digits.outputs, digits.codes, 3, NULL, &error), &error);
    digits.outputs[11] ^= 1;
    refuse(&digits, proof.bytes, proof.length);
    digits.outputs[11] = PROM_CODE_MAX;
    refuse(&digits, proof.bytes, proof.length);
    assert_ok(prom_model_infer(digits.model, digits.outputs, digits.codes, 3, NULL, &error), &error);
    digits.codes[5] ^= 1;
    refuse(&digits, proof.bytes, proof.length);
    digits.codes[5] ^= 1;
    digits.items = 2;
    refuse(&digits, proof.bytes, proof.length);
    digits.items = 3;
    assert_fails(prom_model_verify(other, digits.codes, digits.outputs, 3, proof.bytes, proof.length, NULL, &error),
                 PROM_CATEGORY_PEER, &error, "");
    for (size_t length = 0; length < proof.length; length += 1 + proof.length / 100) {
        uint8_t *part = exact_copy(proof.bytes, length);
        refuse(&digits, part, length);
        free(part);
    }
    for (size_t at = 0; at < proof.length; at += 1 + proof.length / 100) {
        proof.bytes[at] ^= 4;
        refuse(&digits, proof.bytes, proof.length);
        proof.bytes[at] ^= 4;
    }
    assert_ok(prom_model_verify(digits.model, digits.codes, digits.outputs, 3, proof.bytes, proof.length, NULL, &error),
              &error);
    prom_buffer_free(&proof);
    prom_model_free(digits.model);
    prom_model_free(other);
}

/* -- Progress -- */

struct told {
    size_t calls;
    size_t done;
    size_t stop_at; /* hundredths */
};

static bool note(void *context, size_t done, size_t total)
{
    struct told *told = context;
    assert_int_equal(total, 100);
    assert_true(done >= told->done && done <= total);
    told->done = done;
    told->calls++;
    return done < told->stop_at;
}

enum { PROVEN_ITEMS = 20 }; /* of the batch: a run tells of some hundred items at a time, a proof of its parts */

/* Which function is asked to tell, and to stop. */
enum { INFER, PROVE, COMPILE, VERIFY, FUNCTIONS };

static prom_result call(prom_arena *arena, int function, const batch *digits, const prom_buffer *ready,
                        const prom_model_options *options, prom_error *error)
{
    prom_buffer proof = {NULL, 0};
    prom_model *model = NULL;
    if (function == COMPILE) {
        const prom_span onnx = model_file(arena, CNN);
        const prom_tensor set = model_tensor(arena, "digits-calibration.npy");
        const prom_result result =
            prom_model_compile(&model, onnx.data, onnx.length, set.data, set.shape.sizes[0], 64, options, error);
        assert_true((model != NULL) == prom_is_ok(result));
        prom_model_free(model);
        return result;
    }
    if (function == INFER) {
        return prom_model_infer(digits->model, digits->outputs, digits->codes, digits->items, options, error);
    }
    if (function == VERIFY) {
        return prom_model_verify(digits->model, digits->codes, digits->outputs, PROVEN_ITEMS, ready->bytes,
                                 ready->length, options, error);
    }
    const prom_result result =
        prom_model_prove(digits->model, &proof, digits->outputs, digits->codes, PROVEN_ITEMS, options, error);
    assert_true((proof.bytes != NULL) == prom_is_ok(result));
    prom_buffer_free(&proof);
    return result;
}

static void test_progress_is_told_and_stops(void **state)
{
    const batch digits = encode_digits(*state, compile_digits(*state, CNN), 300);
    prom_buffer proof;
    prom_error failed = {""};
    assert_ok(prom_model_prove(digits.model, &proof, digits.outputs, digits.codes, PROVEN_ITEMS, NULL, &failed),
              &failed);
    for (int function = 0; function < FUNCTIONS; function++) {
        for (uint32_t threads = 1; threads <= 3; threads++) {
            struct told told = {.stop_at = SIZE_MAX};
            const prom_model_options options = {.threads = threads, .progress = {note, &told}};
            prom_error error = {""};
            assert_ok(call(*state, function, &digits, &proof, &options, &error), &error);
            assert_int_equal(told.done, 100);
            assert_true(told.calls > 1);
            told = (struct told){.stop_at = 0};
            assert_fails(call(*state, function, &digits, &proof, &options, &error), PROM_CATEGORY_STOPPED, &error,
                         "stopped");
            assert_int_equal(told.calls, 1);
            told = (struct told){.stop_at = 100};
            assert_fails(call(*state, function, &digits, &proof, &options, &error), PROM_CATEGORY_STOPPED, &error,
                         "stopped");
        }
    }
    prom_buffer_free(&proof);
    prom_model_free(digits.model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_compile_gives_the_rooms_program),
        TEST(test_a_quantised_model_needs_no_calibration),
        TEST(test_what_cannot_be_compiled),
        TEST(test_load_reads_what_bytes_gave),
        TEST(test_hostile_bytes_are_refused),
        TEST(test_encode_counts_what_it_clamps),
        TEST(test_outputs_there_and_back),
        TEST(test_infer_says_the_same_with_any_threads),
        TEST(test_threads_share_a_model),
        TEST(test_memory_is_bounded),
        TEST(test_the_limit_named_is_the_callers),
        TEST(test_what_cannot_be_run),
        TEST(test_codes_outside_the_range_are_refused),
        TEST(test_prove_and_verify),
        TEST(test_false_statements_are_refused),
        TEST(test_progress_is_told_and_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
