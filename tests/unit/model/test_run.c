#include <math.h>

#include "model/files.h"
#include "model/random_program.h"
#include "prometheus/model/program.h"

/* [a / 2^shift], from the definition: the largest integer that is not larger than the quotient. */
static int64_t reference_floor(int64_t a, unsigned shift)
{
    const int64_t divisor = INT64_C(1) << shift;
    const int64_t quotient = a / divisor;
    return a % divisor < 0 ? quotient - 1 : quotient;
}

/* One item, by the book of docs/program.md, in 64 bits and without the library's own functions. */
static void reference_run(int8_t *outputs, const prom_program *program, const int8_t *inputs)
{
    int64_t values[64] = {0};
    int64_t next[64] = {0};
    for (size_t i = 0; i < program->input_count; i++) {
        values[i] = inputs[i];
    }
    for (size_t l = 0; l < program->layer_count; l++) {
        const prom_layer *layer = &program->layers[l];
        for (size_t o = 0; o < layer->outputs; o++) {
            int64_t sum = 0;
            for (size_t i = layer->inputs; i-- > 0;) {
                sum += values[i] * layer->weights[o * layer->inputs + i];
            }
            sum += layer->biases[o];
            const int64_t product = sum * layer->multipliers[o] + (INT64_C(1) << (layer->shift - 1));
            assert_true(llabs(product) < INT64_C(1) << 30);
            const int64_t scaled = reference_floor(product, layer->shift);
            const int64_t least = layer->activation == PROM_ACTIVATION_RELU ? 0 : -128;
            next[o] = scaled < least ? least : scaled > 127 ? 127 : scaled;
        }
        memcpy(values, next, sizeof values);
    }
    for (size_t o = 0; o < program->output_count; o++) {
        outputs[o] = (int8_t)values[o];
    }
}

static void test_equals_the_reference(void **state)
{
    enum { ITEMS = 5 };
    uint64_t random = 7;
    size_t middle = 0;
    for (size_t n = 0; n < 400; n++) {
        prom_arena arena;
        prom_arena_init(&arena, ARENA_BYTES);
        const prom_program parts = random_parts(&arena, &random, 1 + n % 5);
        const prom_program *program = build_program(&arena, &parts);
        int8_t *inputs = new_bytes(&arena, ITEMS * program->input_count, 1);
        int8_t *outputs = new_bytes(&arena, ITEMS * program->output_count, 1);
        int8_t wanted[12];
        for (size_t i = 0; i < ITEMS * program->input_count; i++) {
            /* The extremes come often. */
            const uint64_t draw = next_random(&random);
            inputs[i] = draw >> 62 == 0 ? INT8_MIN : draw >> 62 == 1 ? INT8_MAX : (int8_t)draw;
        }
        assert_true(prom_is_ok(prom_program_run(&arena, outputs, program, inputs, ITEMS, NULL, NULL)));
        for (size_t item = 0; item < ITEMS; item++) {
            reference_run(wanted, program, inputs + item * program->input_count);
            assert_memory_equal(outputs + item * program->output_count, wanted, sizeof wanted);
            middle += wanted[0] > -128 && wanted[0] != 0 && wanted[0] < 127;
        }
        prom_arena_free(&arena);
    }
    (void)state;
    assert_true(middle > 200); /* the programs are not all saturated */
}

/* One input, one output, of weight 1. */
static int8_t run_single(prom_arena *arena, uint8_t shift, prom_activation activation, int8_t input)
{
    static const uint32_t multiplier = 1;
    static const int32_t bias = 0;
    static const int8_t weight = 1;
    const prom_layer layer = {PROM_LAYER_DENSE, activation, shift, 1, 1, &multiplier, &bias, &weight};
    const prom_program parts = {.input_scale = 1,
                                .output_scale = 1,
                                .input_shape = {1, {1}},
                                .output_shape = {1, {1}},
                                .layer_count = 1,
                                .layers = &layer};
    int8_t output = 0;
    assert_true(prom_is_ok(prom_program_run(arena, &output, build_program(arena, &parts), &input, 1, NULL, NULL)));
    return output;
}

static void test_halves_round_up(void **state)
{
    const int8_t halved[][2] = {{5, 3}, {4, 2}, {3, 2}, {1, 1}, {0, 0}, {-1, 0}, {-2, -1}, {-3, -1}, {-5, -2}};
    for (size_t i = 0; i < COUNT_OF(halved); i++) {
        assert_int_equal(run_single(*state, 1, PROM_ACTIVATION_NONE, halved[i][0]), halved[i][1]);
    }
    assert_int_equal(run_single(*state, 1, PROM_ACTIVATION_NONE, -128), -64);
    assert_int_equal(run_single(*state, 1, PROM_ACTIVATION_RELU, -128), 0);
    assert_int_equal(run_single(*state, 1, PROM_ACTIVATION_RELU, 127), 64);
    assert_int_equal(run_single(*state, 29, PROM_ACTIVATION_NONE, -128), 0);
}

static void note_progress(void *context, size_t items_done, size_t items)
{
    size_t *calls = context;
    assert_int_equal(items, 3);
    assert_int_equal(items_done, ++*calls);
}

static void test_progress(void **state)
{
    uint64_t random = 8;
    size_t calls = 0;
    const prom_program parts = random_parts(*state, &random, 2);
    const prom_program *program = build_program(*state, &parts);
    const int8_t *inputs = new_bytes(*state, 3 * program->input_count, 1);
    int8_t *outputs = new_bytes(*state, 3 * program->output_count, 1);
    const prom_progress progress = {note_progress, &calls};
    assert_true(prom_is_ok(prom_program_run(*state, outputs, program, inputs, 3, &progress, NULL)));
    assert_int_equal(calls, 3);
}

static void test_out_of_memory(void **state)
{
    uint64_t random = 9;
    const prom_program parts = random_parts(*state, &random, 1);
    const prom_program *program = build_program(*state, &parts);
    const int8_t *inputs = new_bytes(*state, program->input_count, 1);
    int8_t outputs[12];
    prom_arena none;
    prom_error error = {""};
    prom_arena_init(&none, 0);
    assert_int_equal(prom_program_run(&none, outputs, program, inputs, 1, NULL, &error).category, PROM_CATEGORY_IO);
    assert_non_null(strstr(error.sentence, "limit"));
}

static void test_quantises(void **state)
{
    (void)state;
    const prom_program program = {.input_scale = 0.25F};
    const struct {
        float value;
        int8_t quantised;
    } cases[] = {{0, 0},         {-0.0F, 0},     {0.25F, 1},      {0.125F, 1},   {-0.125F, -1}, {0.1249999F, 0},
                 {0.375F, 2},    {-0.375F, -2},  {0.3749999F, 1}, {31.75F, 127}, {31.8F, 127},  {1e30F, 127},
                 {-32.0F, -128}, {-31.9F, -128}, {-31.87F, -127}, {-1e30F, -128}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int8_t quantised = 99;
        assert_true(prom_is_ok(prom_program_quantise(&quantised, &program, &cases[i].value, 1, NULL)));
        assert_int_equal(quantised, cases[i].quantised);
    }
}

/* Against exact integer arithmetic: with a scale of s / 2^20 and a value of v / 2^20, the quotient is v / s. */
static void test_quantises_exactly(void **state)
{
    (void)state;
    uint64_t random = 10;
    for (size_t i = 0; i < 200000; i++) {
        const int64_t scale = (int64_t)random_below(&random, 1 << 16) + 1;
        const int64_t value =
            (2 * (int64_t)random_below(&random, 127) + 1) * scale / 2 + (int64_t)random_below(&random, 3) - 1;
        const prom_program program = {.input_scale = (float)ldexp((double)scale, -20)};
        const float given = (float)ldexp((double)value, -20);
        int8_t quantised = 0;
        assert_true(prom_is_ok(prom_program_quantise(&quantised, &program, &given, 1, NULL)));
        const int64_t wanted = (2 * llabs(value) + scale) / (2 * scale);
        assert_int_equal(quantised, value < 0 ? -wanted : wanted > 127 ? 127 : wanted);
    }
}

static void test_refuses_values_that_are_not_finite(void **state)
{
    (void)state;
    const prom_program program = {.input_scale = 0.25F};
    const float bad[] = {NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        const float values[] = {0, 1, bad[i]};
        int8_t quantised[3];
        prom_error error = {""};
        assert_refused(prom_program_quantise(quantised, &program, values, 3, &error), &error,
                       "value 2 of the input is not a finite number");
    }
}

static void test_dequantises(void **state)
{
    (void)state;
    const prom_program program = {.output_scale = 0.5F};
    const int8_t quantised[] = {-128, -1, 0, 3, 127};
    const float wanted[] = {-64, -0.5F, 0, 1.5F, 63.5F};
    float values[5];
    prom_program_dequantise(values, &program, quantised, 5);
    assert_memory_equal(values, wanted, sizeof wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_equals_the_reference),
        TEST(test_halves_round_up),
        TEST(test_progress),
        TEST(test_out_of_memory),
        TEST(test_quantises),
        TEST(test_quantises_exactly),
        TEST(test_refuses_values_that_are_not_finite),
        TEST(test_dequantises),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
