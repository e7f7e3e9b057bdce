#include "api/digits_batch.h"

#include <math.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_compile_gives_the_rooms_program), TEST(test_a_quantised_model_needs_no_calibration),
        TEST(test_what_cannot_be_compiled),         TEST(test_load_reads_what_bytes_gave),
        TEST(test_hostile_bytes_are_refused),       TEST(test_encode_counts_what_it_clamps),
        TEST(test_outputs_there_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
