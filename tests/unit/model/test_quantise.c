#include <math.h>

#include "model/files.h"
#include "prometheus/model/onnx.h"
#include "prometheus/model/quantise.h"

enum { CLASSES = 10 };

static size_t largest_at(const float *logits)
{
    size_t best = 0;
    for (size_t i = 1; i < CLASSES; i++) {
        best = logits[i] > logits[best] ? i : best;
    }
    return best;
}

static size_t count_right(const float *logits, const prom_tensor *labels)
{
    size_t right = 0;
    for (size_t i = 0; i < labels->count; i++) {
        right += (int64_t)largest_at(logits + i * CLASSES) == ((const int64_t *)labels->data)[i];
    }
    return right;
}

static void run_floats(prom_arena *arena, float *logits, const prom_tensor *images)
{
    prom_error error = {""};
    const prom_network *network = NULL;
    size_t items = 0;
    assert_ok(prom_onnx_read(arena, &network, model_file(arena, "digits-mlp.onnx"), &error), &error);
    assert_ok(prom_tensor_items(&items, images, &network->input_shape, PROM_DTYPE_F32, &error), &error);
    assert_ok(prom_network_run(arena, logits, NULL, network, images->data, items, &error), &error);
}

static const prom_program *compile_digits(prom_arena *arena)
{
    prom_error error = {""};
    const prom_program *program = NULL;
    const prom_tensor calibration = model_tensor(arena, "digits-calibration.npy");
    assert_ok(prom_model_compile(arena, &program, model_file(arena, "digits-mlp.onnx"), &calibration, &error), &error);
    return program;
}

static void test_floats_equal_the_outside_reference(void **state)
{
    const prom_tensor images = model_tensor(*state, "digits-heldout-images.npy");
    const prom_tensor reference = model_tensor(*state, "digits-mlp-heldout-logits.npy");
    float *logits = new_bytes(*state, reference.count, sizeof *logits);
    float worst = 0;
    run_floats(*state, logits, &images);
    assert_int_equal(reference.count, images.shape.sizes[0] * CLASSES);
    for (size_t i = 0; i < reference.count; i++) {
        worst = fmaxf(worst, fabsf(logits[i] - ((const float *)reference.data)[i]));
    }
    print_message("largest difference from onnxruntime: %g\n", (double)worst);
    assert_true(worst <= 1e-4F);
}

static void test_integers_are_as_accurate(void **state)
{
    const prom_tensor images = model_tensor(*state, "digits-heldout-images.npy");
    const prom_tensor labels = model_tensor(*state, "digits-heldout-labels.npy");
    const prom_program *program = compile_digits(*state);
    const size_t items = images.shape.sizes[0];
    prom_error error = {""};
    float *floats = new_bytes(*state, items * CLASSES, sizeof *floats);
    float *logits = new_bytes(*state, items * CLASSES, sizeof *logits);
    int8_t *inputs = new_bytes(*state, images.count, 1);
    int8_t *outputs = new_bytes(*state, items * CLASSES, 1);
    run_floats(*state, floats, &images);
    assert_ok(prom_program_quantise(inputs, program, images.data, images.count, &error), &error);
    assert_ok(prom_program_run(*state, outputs, program, inputs, items, NULL, &error), &error);
    prom_program_dequantise(logits, program, outputs, items * CLASSES);
    double squares = 0;
    for (size_t i = 0; i < items * CLASSES; i++) {
        squares += ((double)logits[i] - (double)floats[i]) * ((double)logits[i] - (double)floats[i]);
    }
    const double of_floats = 100 * (double)count_right(floats, &labels) / (double)items;
    const double of_integers = 100 * (double)count_right(logits, &labels) / (double)items;
    const double distance = sqrt(squares / (double)(items * CLASSES)) / (double)program->output_scale;
    print_message("held out, %zu images: float %.2f %%, integer %.2f %%; logits differ by %.2f steps (RMS)\n", items,
                  of_floats, of_integers, distance);
    assert_true(of_floats >= 97);
    assert_true(fabs(of_integers - of_floats) <= 0.5);
    assert_true(distance < 1.5);
}

static void test_program_of_the_digits(void **state)
{
    const prom_program *program = compile_digits(*state);
    prom_bytes32 digest;
    prom_bytes32 again;
    char text[PROM_HEX32];
    prom_program_digest(&digest, program);
    prom_program_digest(&again, compile_digits(*state));
    assert_true(prom_bytes32_equal(&digest, &again));
    print_message("program: %zu bytes, digest %s\n", program->bytes.length, prom_hex32(text, &digest));
    for (size_t i = 0; i < program->layer_count; i++) {
        print_message("layer %zu: %zu to %zu, shift %d, multiplier %u\n", i, program->layers[i].inputs,
                      program->layers[i].outputs, program->layers[i].shift,
                      (unsigned)program->layers[i].multipliers[0]);
    }
    assert_true(prom_shape_equal(&program->input_shape, &(prom_shape){3, {1, 8, 8}}));
    assert_int_equal(program->layer_count, 3);
    assert_int_equal(program->parameters, 64 * 64 + 64 + 64 * 32 + 32 + 32 * 10 + 10);
    assert_int_equal(program->multiplications, 64 * 64 + 64 * 32 + 32 * 10);
    /* Each layer's shift is the largest that its bound allows. */
    int32_t input_least = INT8_MIN;
    for (size_t i = 0; i < program->layer_count; i++) {
        int64_t worst = 0;
        for (size_t o = 0; o < program->layers[i].outputs; o++) {
            int64_t least = 0;
            int64_t largest = 0;
            prom_layer_sum_range(&least, &largest, &program->layers[i], o, input_least);
            const int64_t sum = -least > largest ? -least : largest;
            worst = sum * program->layers[i].multipliers[o] > worst ? sum * program->layers[i].multipliers[o] : worst;
        }
        assert_true(worst < PROM_PROGRAM_BOUND && worst > PROM_PROGRAM_BOUND / 100 * 45);
        input_least = prom_activation_least(program->layers[i].activation);
    }
}

/* One layer of 2 inputs and 2 outputs. */
typedef struct single_layer {
    float weights[4];
    float biases[2];
    prom_network_layer layer;
    prom_network network;
} single_layer;

static void single_layer_init(single_layer *single, const float weights[4], const float biases[2], bool relu)
{
    memcpy(single->weights, weights, sizeof single->weights);
    memcpy(single->biases, biases, sizeof single->biases);
    single->layer = (prom_network_layer){"only", 2, 2, single->weights, single->biases, relu};
    single->network = (prom_network){{1, {2}}, {1, {2}}, 2, 2, 1, &single->layer};
}

static prom_result quantise_single(prom_arena *arena, const prom_program **program, const single_layer *single,
                                   const float inputs[4], prom_error *error)
{
    const prom_tensor calibration = {PROM_DTYPE_F32, {2, {2, 2}}, 4, inputs};
    return prom_network_quantise(arena, program, &single->network, &calibration, error);
}

/* Random layers, one output a thousand times the other: what the integers give is near what the floats give. */
static void test_each_output_has_its_own_scale(void **state)
{
    uint64_t random = 13;
    for (size_t n = 0; n < 300; n++) {
        float weights[4];
        float inputs[4];
        for (size_t i = 0; i < 4; i++) {
            weights[i] = (float)random_below(&random, 2001) / 1000 - 1;
            inputs[i] = (float)random_below(&random, 2001) / 100 - 10;
            weights[i] *= i < 2 ? 1 : 0.001F;
        }
        const float biases[] = {(float)random_below(&random, 100) / 50 - 1, 3};
        single_layer single;
        single_layer_init(&single, weights, biases, n % 2 == 1);
        prom_error error = {""};
        const prom_program *program = NULL;
        assert_ok(quantise_single(*state, &program, &single, inputs, &error), &error);
        int8_t quantised[4];
        int8_t outputs[4];
        float wanted[4];
        float got[4];
        assert_true(prom_is_ok(prom_program_quantise(quantised, program, inputs, 4, NULL)));
        assert_true(prom_is_ok(prom_program_run(*state, outputs, program, quantised, 2, NULL, NULL)));
        assert_true(prom_is_ok(prom_network_run(*state, wanted, NULL, &single.network, inputs, 2, NULL)));
        prom_program_dequantise(got, program, outputs, 4);
        for (size_t i = 0; i < 4; i++) {
            /* Half a step at the output, and of each input and weight, over two products of at most 127 times 127. */
            const double step = (double)program->output_scale;
            const double of_inputs = (double)program->input_scale *
                                     (fabs((double)weights[i % 2 * 2]) + fabs((double)weights[i % 2 * 2 + 1]));
            const double of_weights =
                20 * fmax(fabs((double)weights[i % 2 * 2]), fabs((double)weights[i % 2 * 2 + 1])) / 127;
            assert_true(fabs((double)got[i] - (double)wanted[i]) <= 0.51 * (step + of_inputs + 1.1 * of_weights));
        }
    }
}

static void test_outputs_without_weights(void **state)
{
    single_layer single;
    prom_error error = {""};
    const prom_program *program = NULL;
    single_layer_init(&single, (const float[]){1, 0, 0, 0}, (const float[]){0, 1}, false);
    assert_ok(quantise_single(*state, &program, &single, (const float[]){1, 2, -2, 1}, &error), &error);
    const int8_t input[] = {0, 0};
    int8_t output[2];
    assert_true(prom_is_ok(prom_program_run(*state, output, program, input, 1, NULL, NULL)));
    assert_int_equal(output[0], 0);
    assert_int_equal(output[1], 64); /* 1 of at most 2 */
}

/* The exact bound of a wide layer leaves a multiplier of two bits: 2^7 / (127 * 0.8) = 1.26, rounded up to 2. Were it
 * rounded down, the largest weights would be cut. */
static void test_wide_layer(void **state)
{
    enum { WIDE = 40000 };
    float *inputs = new_bytes(*state, (size_t)2 * WIDE, sizeof *inputs);
    float *weights = new_bytes(*state, WIDE, sizeof *weights);
    float bias = 0;
    for (size_t i = 0; i < WIDE; i++) {
        weights[i] = i % 2 == 0 ? 3 : -3;
        inputs[i] = 1;
    }
    inputs[WIDE] = 0.8F;
    prom_network_layer layer = {"wide", WIDE, 1, weights, &bias, false};
    const prom_network network = {{1, {WIDE}}, {1, {1}}, WIDE, 1, 1, &layer};
    const prom_tensor calibration = {PROM_DTYPE_F32, {2, {2, WIDE}}, (size_t)2 * WIDE, inputs};
    prom_error error = {""};
    const prom_program *program = NULL;
    assert_ok(prom_network_quantise(*state, &program, &network, &calibration, &error), &error);
    assert_int_equal(program->layers[0].shift, 7);
    assert_int_equal(program->layers[0].multipliers[0], 2);
    int8_t *quantised = new_bytes(*state, (size_t)2 * WIDE, 1);
    int8_t outputs[2];
    assert_true(prom_is_ok(prom_program_quantise(quantised, program, inputs, (size_t)2 * WIDE, NULL)));
    assert_true(prom_is_ok(prom_program_run(*state, outputs, program, quantised, 2, NULL, NULL)));
    assert_int_equal(outputs[0], 0);
    assert_in_range(outputs[1], 125, 127);
}

/* After a Relu a sum with weights 1 and -1 reaches half of what it could: one more bit is left for the multiplier. */
static void test_shift_knows_the_layer_before(void **state)
{
    float identity[] = {1, 0, 0, 1};
    float difference[] = {1, -1};
    float biases[] = {0, 0};
    const float inputs[] = {1, 0.5F, 0.25F, 1};
    const prom_tensor calibration = {PROM_DTYPE_F32, {2, {2, 2}}, 4, inputs};
    uint8_t shifts[2] = {0, 0};
    for (size_t i = 0; i < COUNT_OF(shifts); i++) {
        prom_network_layer layers[] = {{"first", 2, 2, identity, biases, i == 1},
                                       {"second", 2, 1, difference, biases, false}};
        const prom_network network = {{1, {2}}, {1, {1}}, 2, 1, 2, layers};
        prom_error error = {""};
        const prom_program *program = NULL;
        assert_ok(prom_network_quantise(*state, &program, &network, &calibration, &error), &error);
        shifts[i] = program->layers[1].shift;
    }
    assert_int_equal(shifts[1], shifts[0] + 1);
}

static void test_refuses_calibration_sets(void **state)
{
    const float zeros[4] = {0};
    const float infinite[4] = {1, INFINITY, 0, 0};
    const float large[4] = {3e38F, 3e38F, 0, 0};
    const float negative[4] = {-1, -1, -1, -1};
    const float tiny[4] = {1e-37F, 0, 0, 0};
    const struct {
        const float *inputs;
        const char *sentence;
    } cases[] = {
        {zeros, "the inputs are zero on the whole calibration set"},
        {tiny, "the inputs are zero on the whole calibration set"},
        {infinite, "the inputs are not all finite on the calibration set"},
        {large, "layer 'only': its outputs are not all finite on the calibration set"},
        {negative, "layer 'only': its outputs are zero on the whole calibration set"},
    };
    single_layer single;
    single_layer_init(&single, (const float[]){1, 1, 1, 1}, (const float[]){0, 0}, true);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        prom_error error = {""};
        const prom_program *program = NULL;
        assert_refused(quantise_single(*state, &program, &single, cases[i].inputs, &error), &error, cases[i].sentence);
        assert_null(program);
    }
}

static void test_refuses_what_no_bound_can_hold(void **state)
{
    const float inputs[] = {1, 2, -2, 1};
    const struct {
        float weights[4];
        float biases[2];
    } cases[] = {
        {{1, 1, 0, 0}, {0, -1e30F}},               /* the bias does not fit an int32 */
        {{1, 1, 1, 1}, {0, -2e10F}},               /* times the multiplier it exceeds the bound */
        {{1e-3F, 0, -2e30F, -1e30F}, {0, -1e32F}}, /* the multiplier does not fit */
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        single_layer single;
        prom_error error = {""};
        const prom_program *program = NULL;
        single_layer_init(&single, cases[i].weights, cases[i].biases, true);
        assert_refused(quantise_single(*state, &program, &single, inputs, &error), &error,
                       "layer 'only': its weights or biases are so large");
        assert_null(program);
    }
}

static void test_refuses_another_shape(void **state)
{
    prom_error error = {""};
    const prom_program *program = NULL;
    prom_tensor calibration = model_tensor(*state, "digits-calibration.npy");
    const prom_span onnx = model_file(*state, "digits-mlp.onnx");
    calibration.shape = (prom_shape){3, {128, 8, 8}};
    assert_refused(prom_model_compile(*state, &program, onnx, &calibration, &error), &error,
                   "the calibration set: the input has shape 128x8x8, the model wants Nx1x8x8");
    calibration.shape = (prom_shape){4, {128, 1, 8, 8}};
    calibration.dtype = PROM_DTYPE_U8;
    assert_refused(prom_model_compile(*state, &program, onnx, &calibration, &error), &error, "holds uint8 values");
    assert_refused(prom_model_compile(*state, &program, prom_span_of(onnx.data, 100), &calibration, &error), &error,
                   "not an ONNX file");
}

static void test_out_of_memory(void **state)
{
    const prom_tensor calibration = model_tensor(*state, "digits-calibration.npy");
    const prom_span onnx = model_file(*state, "digits-mlp.onnx");
    bool worked = false;
    for (size_t limit = 0; !worked; limit += 1000) {
        prom_arena arena;
        prom_error error = {""};
        const prom_program *program = NULL;
        prom_arena_init(&arena, limit);
        const prom_result result = prom_model_compile(&arena, &program, onnx, &calibration, &error);
        worked = prom_is_ok(result);
        assert_true(worked || (result.category == PROM_CATEGORY_IO && error.sentence[0] != '\0' && program == NULL));
        prom_arena_free(&arena);
        assert_true(limit < 1000000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_floats_equal_the_outside_reference),
        TEST(test_integers_are_as_accurate),
        TEST(test_program_of_the_digits),
        TEST(test_each_output_has_its_own_scale),
        TEST(test_outputs_without_weights),
        TEST(test_wide_layer),
        TEST(test_shift_knows_the_layer_before),
        TEST(test_refuses_calibration_sets),
        TEST(test_refuses_what_no_bound_can_hold),
        TEST(test_refuses_another_shape),
        TEST(test_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
