#include "model/files.h"
#include "model/random_program.h"
#include "prometheus/crypto/hash.h"
#include "prometheus/model/program.h"

/* Two inputs, three outputs, two outputs: small enough to be written out byte by byte. */
static const uint8_t small[] = {
    'P',  'R',  'M',  'I',                                      /* magic */
    0,    1,                                                    /* version */
    0x3c, 0,    0,    0,                                        /* input scale: 2^-7 */
    0x3f, 0x80, 0,    0,                                        /* output scale: 1 */
    2,    0,    0,    0,    1,    0,    0,    0,    2,          /* input shape 1x2 */
    1,    0,    0,    0,    2,                                  /* output shape 2 */
    0,    2,                                                    /* layers */
    1,    1,    8,    0,    0,    0,    3,                      /* dense, relu, shift 8, 3 outputs */
    0,    0,    0,    1,    0,    0,    1,    0,    0, 1, 0, 0, /* multipliers 1, 256, 65536 */
    0,    0,    0,    5,    0xff, 0xff, 0xff, 0xfe, 0, 0, 0, 0, /* biases 5, -2, 0 */
    1,    2,    0xff, 0x80, 3,    0xfd,                         /* weights 1 2; -1 -128; 3 -3 */
    1,    0,    1,    0,    0,    0,    2,                      /* dense, none, shift 1, 2 outputs */
    0,    0,    0,    1,    0,    0,    0,    2,                /* multipliers 1, 2 */
    0,    0,    0,    0,    0,    0,    0,    1,                /* biases 0, 1 */
    1,    1,    1,    2,    0,    0xfe,                         /* weights 1 1 1; 2 0 -2 */
};
enum {
    AT_VERSION = 5,
    AT_INPUT_SCALE = 6,
    AT_OUTPUT_SCALE = 10,
    AT_INPUT_RANK = 14,
    AT_INPUT_SIZES = 15,
    AT_OUTPUT_SIZES = 24,
    AT_LAYER_COUNT = 28,
    AT_KIND = 30,
    AT_ACTIVATION = 31,
    AT_SHIFT = 32,
    AT_OUTPUTS = 33,
    AT_MULTIPLIERS = 37,
    AT_BIASES = 49,
};

static void test_parses_the_bytes(void **state)
{
    prom_error error = {""};
    const prom_program *program = NULL;
    assert_ok(prom_program_parse(*state, &program, prom_span_of(small, sizeof small), &error), &error);
    assert_true(program->input_scale == 0.0078125F && program->output_scale == 1);
    assert_true(prom_shape_equal(&program->input_shape, &(prom_shape){2, {1, 2}}));
    assert_true(prom_shape_equal(&program->output_shape, &(prom_shape){1, {2}}));
    assert_int_equal(program->input_count, 2);
    assert_int_equal(program->output_count, 2);
    assert_int_equal(program->layer_count, 2);
    assert_int_equal(program->parameters, 3 * 3 + 2 * 4);
    assert_int_equal(program->multiplications, 3 * 2 + 2 * 3);
    assert_true(prom_span_equal(program->bytes, prom_span_of(small, sizeof small)));
    assert_true(program->bytes.data != small);
    const prom_layer *first = &program->layers[0];
    assert_int_equal(first->activation, PROM_ACTIVATION_RELU);
    assert_int_equal(first->shift, 8);
    assert_int_equal(first->inputs, 2);
    assert_int_equal(first->outputs, 3);
    assert_int_equal(first->multipliers[2], 65536);
    assert_int_equal(first->biases[1], -2);
    assert_int_equal(first->weights[3], -128);
    assert_int_equal(program->layers[1].inputs, 3);
    assert_int_equal(program->layers[1].weights[5], -2);
    prom_bytes32 digest;
    prom_bytes32 wanted;
    prom_program_digest(&digest, program);
    prom_tagged_hash(&wanted, "prometheus/program", prom_span_of(small, sizeof small));
    assert_true(prom_bytes32_equal(&digest, &wanted));
}

static void test_builds_what_it_parses(void **state)
{
    uint64_t random = 3;
    prom_error error = {""};
    const prom_program *program = NULL;
    const prom_program *again = NULL;
    assert_ok(prom_program_parse(*state, &program, prom_span_of(small, sizeof small), &error), &error);
    assert_ok(prom_program_build(*state, &again, program, &error), &error);
    assert_true(prom_span_equal(again->bytes, prom_span_of(small, sizeof small)));
    for (size_t i = 0; i < 50; i++) {
        const prom_program parts = random_parts(*state, &random, 1 + i % 4);
        program = build_program(*state, &parts);
        assert_ok(prom_program_build(*state, &again, program, &error), &error);
        assert_true(prom_span_equal(program->bytes, again->bytes));
    }
}

/* `small` with `length` bytes at `at` replaced. */
static prom_result parse_changed(prom_arena *arena, size_t at, const char *bytes, size_t length, prom_error *error)
{
    uint8_t *changed = exact_copy(small, sizeof small);
    const prom_program *program = (const prom_program *)(const void *)small;
    memcpy(changed + at, bytes, length);
    const prom_result result = prom_program_parse(arena, &program, prom_span_of(changed, sizeof small), error);
    free(changed);
    assert_true(prom_is_ok(result) == (program != NULL));
    return result;
}

static void test_refuses_what_is_not_canonical(void **state)
{
    const struct {
        size_t at;
        size_t length;
        const char *bytes;
        const char *sentence;
    } cases[] = {
        {0, 1, "p", "does not begin with PRMI"},
        {AT_VERSION, 1, "\x02", "format version 2; supported is 1"},
        {AT_INPUT_SCALE, 4, "\0\0\0\0", "input scale is 0"},
        {AT_INPUT_SCALE, 4, "\x7f\x80\0\0", "input scale is inf"},
        {AT_INPUT_SCALE, 4, "\x7f\xc0\0\0", "input scale is nan"},
        {AT_INPUT_SCALE, 4, "\0\x7f\xff\xff", "positive and a normal float32"},
        {AT_OUTPUT_SCALE, 4, "\xbf\x80\0\0", "output scale is -1"},
        {AT_INPUT_RANK, 1, "\0", "input has 0 dimensions"},
        {AT_INPUT_RANK, 1, "\x08", "input has 8 dimensions: 1 to 7"},
        {AT_INPUT_SIZES, 4, "\0\0\0\0", "input has shape 0x2"},
        {AT_INPUT_SIZES, 4, "\0\x80\0\1", "input has shape 8388609x2: an item must have 1 to 16777216 values"},
        {AT_INPUT_SIZES, 8, "\xff\xff\xff\xff\xff\xff\xff\xff", "input has shape 4294967295x4294967295"},
        {AT_OUTPUT_SIZES, 4, "\0\0\0\3", "last layer has 2 outputs, its output shape wants 3"},
        {AT_LAYER_COUNT, 2, "\0\0", "has 0 layers"},
        {AT_LAYER_COUNT, 2, "\x04\x01", "has 1025 layers: 1 to 1024"},
        {AT_LAYER_COUNT, 2, "\0\3", "cut off"},
        {AT_KIND, 1, "\0", "layer 0: unknown kind 0"},
        {AT_KIND, 1, "\2", "layer 0: unknown kind 2"},
        {AT_ACTIVATION, 1, "\2", "layer 0: unknown activation 2"},
        {AT_SHIFT, 1, "\0", "layer 0: a shift of 0"},
        {AT_SHIFT, 1, "\x1e", "layer 0: a shift of 30: 1 to 29"},
        {AT_OUTPUTS, 4, "\0\0\0\0", "layer 0: 0 outputs"},
        {AT_OUTPUTS, 4, "\1\0\0\1", "layer 0: 16777217 outputs"},
        {AT_OUTPUTS, 4, "\1\0\0\0", "cut off"},
        {AT_MULTIPLIERS, 4, "\0\0\0\0", "layer 0: output 0 has the multiplier 0"},
        {AT_MULTIPLIERS + 4, 4, "\x40\0\0\0", "layer 0: output 1 has the multiplier 1073741824"},
        {AT_BIASES, 4, "\x80\0\0\0", "layer 0: the sum of output 0 lies in [-2147484032, -2147483267]"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        prom_error error = {""};
        assert_refused(parse_changed(*state, cases[i].at, cases[i].bytes, cases[i].length, &error), &error,
                       cases[i].sentence);
    }
}

static void test_refuses_missing_and_left_over_bytes(void **state)
{
    prom_error error = {""};
    const prom_program *program = NULL;
    for (size_t length = 0; length < sizeof small; length++) {
        uint8_t *prefix = exact_copy(small, length);
        assert_refused(prom_program_parse(*state, &program, prom_span_of(prefix, length), &error), &error,
                       length < 4 ? "does not begin" : "cut off");
        assert_null(program);
        free(prefix);
    }
    uint8_t longer[sizeof small + 1] = {0};
    memcpy(longer, small, sizeof small);
    assert_refused(prom_program_parse(*state, &program, prom_span_of(longer, sizeof longer), &error), &error,
                   "1 bytes are left over");
}

/* One layer, one output, `multiplier` and `bias` as given, weights 100 and -100. */
static prom_result build_single(prom_arena *arena, uint32_t multiplier, int32_t bias, uint8_t shift, prom_error *error)
{
    static const int8_t weights[] = {100, -100};
    const prom_layer layer = {PROM_LAYER_DENSE, PROM_ACTIVATION_NONE, shift, 2, 1, &multiplier, &bias, weights};
    const prom_program parts = {.input_scale = 1,
                                .output_scale = 1,
                                .input_shape = {1, {2}},
                                .output_shape = {1, {1}},
                                .layer_count = 1,
                                .layers = &layer};
    const prom_program *program = NULL;
    return prom_program_build(arena, &program, &parts, error);
}

static void test_bound_is_exact(void **state)
{
    /* 100 * 127 + -100 * -128 = 25500 either way. 42107 * 25500 = 2^30 - 13324, and 2^13 <= 13323 < 2^14. */
    const char *sentence = "layer 0: the sum of output 0 lies in [-25500, 25500]; times its multiplier 42107, plus "
                           "2^14, it can reach 2^30";
    prom_error error = {""};
    assert_ok(build_single(*state, 42107, 0, 14, &error), &error);
    assert_refused(build_single(*state, 42107, 0, 15, &error), &error, sentence);
    assert_ok(build_single(*state, 1, (1 << 30) - 25500 - 1 - 1, 1, &error), &error);
    assert_refused(build_single(*state, 1, (1 << 30) - 25500 - 1, 1, &error), &error, "[1073690823, 1073741823]");
    assert_ok(build_single(*state, 1, -(1 << 30) + 25500 + 1 + 1, 1, &error), &error);
    assert_refused(build_single(*state, 1, -(1 << 30) + 25500 + 1, 1, &error), &error, "[-1073741823, -1073690823]");
}

static void test_sum_range_is_reached(void **state)
{
    (void)state;
    static const int8_t weights[] = {9, 9, 9, 5, -128, 0};
    static const int32_t biases[] = {0, 7};
    const prom_layer layer = {.inputs = 3, .outputs = 2, .biases = biases, .weights = weights};
    int64_t least = 0;
    int64_t largest = 0;
    prom_layer_sum_range(&least, &largest, &layer, 1, prom_activation_least(PROM_ACTIVATION_NONE));
    assert_int_equal(least, 7 - 5 * 128 - 128 * 127);
    assert_int_equal(largest, 7 + 5 * 127 + 128 * 128);
    prom_layer_sum_range(&least, &largest, &layer, 1, prom_activation_least(PROM_ACTIVATION_RELU));
    assert_int_equal(least, 7 - 128 * 127);
    assert_int_equal(largest, 7 + 5 * 127);
}

/* After a Relu values are 0 to 127, and a program that needs that for its bound is accepted. */
static void test_bound_knows_the_layer_before(void **state)
{
    static const uint32_t multipliers[] = {1, 1 << 16};
    static const int8_t weights[] = {127, -127};
    static const int32_t biases[] = {0, 0};
    prom_layer layers[] = {
        {PROM_LAYER_DENSE, PROM_ACTIVATION_RELU, 7, 1, 1, multipliers, biases, weights},
        {PROM_LAYER_DENSE, PROM_ACTIVATION_NONE, 24, 1, 1, multipliers + 1, biases, weights + 1},
    };
    const prom_program parts = {.input_scale = 1,
                                .output_scale = 1,
                                .input_shape = {1, {1}},
                                .output_shape = {1, {1}},
                                .layer_count = 2,
                                .layers = layers};
    prom_error error = {""};
    const prom_program *program = NULL;
    /* 127 * 127 * 2^16 + 2^23 is 1.06e9, just below 2^30; 128 * 127 * 2^16 + 2^23 is 2^30 exactly. */
    assert_ok(prom_program_build(*state, &program, &parts, &error), &error);
    layers[0].activation = PROM_ACTIVATION_NONE;
    assert_refused(prom_program_build(*state, &program, &parts, &error), &error, "layer 1: the sum of output 0");
}

static void test_refuses_sizes_beyond_32_bits(void **state)
{
    uint64_t random = 4;
    prom_error error = {""};
    const prom_program *program = NULL;
    prom_program parts = random_parts(*state, &random, 1);
    parts.input_shape.sizes[0] |= (size_t)1 << 32;
    assert_refused(prom_program_build(*state, &program, &parts, &error), &error, "input has shape 4294967295x");
}

static void test_any_bytes(void **state)
{
    uint64_t random = 5;
    const prom_program parts = random_parts(*state, &random, 3);
    const prom_span file = build_program(*state, &parts)->bytes;
    size_t parsed = 0;
    for (size_t i = 0; i < 20000; i++) {
        const size_t length = i < file.length ? i : file.length;
        uint8_t *bytes = exact_copy(file.data, length);
        for (size_t flips = i < file.length ? 0 : 1 + random_below(&random, 3); flips > 0; flips--) {
            const size_t end = random_below(&random, 2) == 0 ? length : 64;
            bytes[random_below(&random, end)] = (uint8_t)next_random(&random);
        }
        prom_arena arena;
        const prom_program *program = NULL;
        prom_arena_init(&arena, 1 << 20);
        const prom_result result = prom_program_parse(&arena, &program, prom_span_of(bytes, length), NULL);
        assert_true(prom_is_ok(result) || result.category == PROM_CATEGORY_BAD_INPUT);
        assert_true(i >= file.length || !prom_is_ok(result));
        if (prom_is_ok(result)) {
            const prom_program *again = NULL;
            assert_true(prom_is_ok(prom_program_build(&arena, &again, program, NULL)));
            assert_true(prom_span_equal(again->bytes, prom_span_of(bytes, length)));
            parsed++;
        }
        prom_arena_free(&arena);
        free(bytes);
    }
    assert_true(parsed > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_parses_the_bytes),
        TEST(test_builds_what_it_parses),
        TEST(test_refuses_what_is_not_canonical),
        TEST(test_refuses_missing_and_left_over_bytes),
        TEST(test_bound_is_exact),
        TEST(test_sum_range_is_reached),
        TEST(test_bound_knows_the_layer_before),
        TEST(test_refuses_sizes_beyond_32_bits),
        TEST(test_any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
