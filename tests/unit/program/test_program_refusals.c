#include "program/program_bytes.h"

typedef struct change {
    part part;
    size_t at;
    size_t length;
    const char *bytes;
    const char *sentence;
} change;

/* `small` with any of the changes is refused, for this reason. */
static void assert_changes_refused(prom_arena *arena, const change *changes, size_t count)
{
    size_t starts[PARTS];
    const prom_span small = small_program(arena, starts);
    for (size_t i = 0; i < count; i++) {
        prom_error error = {""};
        uint8_t *changed = exact_copy(small.data, small.length);
        const prom_program *program = (const prom_program *)(const void *)small.data;
        memcpy(changed + starts[changes[i].part] + changes[i].at, changes[i].bytes, changes[i].length);
        assert_refused(prom_program_parse(arena, &program, prom_span_of(changed, small.length), &error), &error,
                       changes[i].sentence);
        assert_null(program);
        free(changed);
    }
}

static void test_refuses_heads(void **state)
{
    static const change changes[] = {
        {HEAD, 0, 1, "p", "not an integer program: it does not begin with PRMI"},
        {HEAD, AT_VERSION, 1, "\1", "format version 1; supported is 2"},
        {HEAD, AT_VERSION, 1, "\3", "format version 3; supported is 2"},
        {HEAD, AT_INPUT_SCALE, 4, "\0\0\0\0", "input scale is 0"},
        {HEAD, AT_INPUT_SCALE, 4, "\x7f\x80\0\0", "input scale is inf"},
        {HEAD, AT_INPUT_SCALE, 4, "\x7f\xc0\0\0", "input scale is nan"},
        {HEAD, AT_INPUT_SCALE, 4, "\0\x7f\xff\xff", "positive and a normal float32"},
        {HEAD, AT_OUTPUT_SCALE, 4, "\xbf\x80\0\0", "output scale is -1"},
        {HEAD, AT_OUTPUT_SCALE, 4, "\x80\0\0\0", "output scale is -0"},
        {HEAD, AT_INPUT_ZERO, 2, "\0\xfe", "input has the zero point 254: with the range [-1, 2] it fits no byte"},
        {HEAD, AT_INPUT_ZERO, 2, "\xff\x80", "input has the zero point -128"},
        {HEAD, AT_OUTPUT_ZERO, 2, "\0\x7f", "output has the zero point 127: with the range [-128, 127]"},
        {HEAD, AT_OUTPUT_ZERO, 2, "\0\x81", "output has the zero point 129"},
        {HEAD, AT_OUTPUT_ZERO, 2, "\0\1", "output has the zero point 1"},
        {HEAD, AT_RANK, 1, "\0", "the program's input: a shape of 0 dimensions: 1 to 7 are possible"},
        {HEAD, AT_RANK, 1, "\x08", "a shape of 8 dimensions"},
        {HEAD, AT_SIZES, 4, "\0\0\0\0", "the shape 0x2x3: an item must have 1 to 16777216 values"},
        {HEAD, AT_SIZES, 4, "\0\x2a\xaa\xab", "the shape 2796203x2x3: an item must have 1 to 16777216 values"},
        {HEAD, AT_SIZES, 12, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "4294967295x4294967295x4294967295"},
        {HEAD, AT_INPUT_RANGE, 4, "\0\1\0\2", "the program's input: the range [1, 2]: it must hold 0, and"},
        {HEAD, AT_INPUT_RANGE, 4, "\xff\xfe\xff\xff", "input: the range [-2, -1]: it must hold 0"},
        {HEAD, AT_INPUT_RANGE, 4, "\0\0\0\0", "the range [0, 0]: it must hold 0, and 2 to 256 integers"},
        {HEAD, AT_INPUT_RANGE, 4, "\0\0\1\0", "input: the range [0, 256]: it must hold 0"},
        {HEAD, AT_INPUT_RANGE, 4, "\xff\0\0\0", "input: the range [-256, 0]: it must hold 0"},
        {HEAD, AT_INPUT_RANGE, 4, "\xff\xff\0\xff", "input: the range [-1, 255]: it must hold 0"},
        {HEAD, AT_INPUT_RANGE, 4, "\x80\0\x7f\xff", "input: the range [-32768, 32767]: it must hold 0"},
        {HEAD, AT_LAYER_COUNT, 2, "\0\0", "the program has 0 layers: 1 to 4096 are possible"},
        {HEAD, AT_LAYER_COUNT, 2, "\x10\1", "the program has 4097 layers"},
        {HEAD, AT_LAYER_COUNT, 2, "\x10\0", "cut off"},
        {HEAD, AT_LAYER_COUNT, 2, "\0\x09", "layer 8: the program is cut off"},
        {HEAD, AT_LAYER_COUNT, 2, "\0\1", "the program is followed by 190 bytes"},
    };
    assert_changes_refused(*state, changes, COUNT_OF(changes));
}

static void test_refuses_layers(void **state)
{
    static const change changes[] = {
        {CONV, 0, 1, "\0", "layer 0: unknown kind 0"},
        {CONV, 0, 1, "\x09", "layer 0: unknown kind 9"},
        {CONV, AT_INPUT_COUNT, 2, "\0\0", "layer 0: 0 inputs of a layer of kind conv: 1 to 1 are possible"},
        {CONV, AT_INPUT_COUNT, 2, "\0\2", "layer 0: 2 inputs of a layer of kind conv"},
        {ADD, AT_INPUT_COUNT, 2, "\0\3", "layer 3: 3 inputs of a layer of kind add: 1 to 2 are possible"},
        {CONCAT, AT_INPUT_COUNT, 2, "\0\1", "layer 5: 1 inputs of a layer of kind concat: 2 to 65535"},
        {CONCAT, AT_INPUT_COUNT, 2, "\xff\xff", "layer 5: the program is cut off"},
        {CONV, AT_INPUT, 2, "\0\1", "layer 0: it reads layer 0, which does not stand before it"},
        {ADD, AT_INPUT + 2, 2, "\xff\xff", "layer 3: it reads layer 65534, which does not stand before it"},
        {ADD, AT_INPUT + 2, 2, "\0\2", "layer 2: no later layer reads what it makes"},
        {CONV, AT_CHANNELS, 4, "\0\0\0\0", "layer 0: its output has shape 0x2x3: an item must have"},
        {CONV, AT_CHANNELS, 4, "\0\x2a\xaa\xab", "layer 0: its output has shape 2796203x2x3"},
        {CONV, AT_CHANNELS, 4, "\0\x2a\xaa\xaa", "layer 0: the program is cut off"},
        {CONV, AT_GROUPS, 4, "\0\0\0\0", "layer 0: conv of 1x2x3: its channels cannot be parted into its groups"},
        {CONV, AT_GROUPS, 4, "\0\0\0\2", "its channels cannot be parted into its groups"},
        {CONV, AT_KERNEL, 2, "\0\0", "layer 0: conv of 1x2x3: its window does not fit, or has a kernel, stride or"},
        {CONV, AT_KERNEL, 2, "\0\3", "its window does not fit"},
        {CONV, AT_STRIDE, 2, "\0\0", "its window does not fit"},
        {CONV, AT_DILATION, 2, "\0\0", "its window does not fit"},
        {MAX, AT_MAX_WIDTH_PADDING, 2, "\0\2", "layer 1: max pool of 2x2x3: its window can lie in the padding alone"},
        {TRANSPOSE, AT_PERMUTATION, 1, "\3", "layer 4: transpose of 2x2x2: its permutation is none of these axes"},
        {TRANSPOSE, AT_PERMUTATION, 1, "\1", "its permutation is none of these axes"},
        {TRANSPOSE, AT_PERMUTATION, 1, "\xff", "its permutation is none of these axes"},
        {CONCAT, AT_AXIS, 1, "\3", "layer 5: concat of 2x2x2: there is no such axis"},
        {CONCAT, AT_AXIS, 1, "\xff", "there is no such axis"},
        {CONCAT, AT_INPUT + 2, 2, "\0\0", "layer 5: concat of 1x2x3: it does not fit what stands before it"},
        {RESHAPE, AT_NEW_SHAPE + 1, 4, "\0\0\0\1", "layer 6: reshape of 4x2x2: the new shape holds another number"},
        {RESHAPE, AT_NEW_SHAPE, 1, "\0", "layer 6: a shape of 0 dimensions"},
        {DENSE, AT_DENSE_CHANNELS, 4, "\0\0\0\0", "layer 7: its output has shape 2x0"},
        {DENSE, AT_DENSE_CHANNELS, 4, "\xff\xff\xff\xff", "layer 7: its output has shape 2x4294967295"},
        {ADD, AT_INPUT, 2, "\0\1", "layer 3: add of 2x2x3: its inputs have two shapes"},
    };
    assert_changes_refused(*state, changes, COUNT_OF(changes));
}

static void test_refuses_rescales(void **state)
{
    static const change changes[] = {
        {CONV, AT_CONV_SHIFT, 1, "\0",
         "layer 0: a shift of 0 and a split of 0: a split is 0 to 15, and the shift 1 to 29"},
        {CONV, AT_CONV_SHIFT, 1, "\x1e", "a shift of 30 and a split of 0"},
        {CONV, AT_CONV_SPLIT, 1, "\3", "a shift of 3 and a split of 3"},
        {DENSE, AT_DENSE_SPLIT, 1, "\x10", "layer 7: a shift of 20 and a split of 16"},
        {DENSE, AT_DENSE_SHIFT, 1, "\x22", "a shift of 34 and a split of 4"},
        {ADD, AT_ADD_SHIFT, 2, "\2\1", "layer 3: a split of 1: an add has none"},
        {CONV, AT_CONV_RANGE, 4, "\0\1\0\3", "layer 0: the range [1, 3]"},
        {AVERAGE, AT_AVERAGE_COUNT, 4, "\0\0\0\0", "layer 2: 0 multipliers: 1 or 4 are possible"},
        {AVERAGE, AT_AVERAGE_COUNT, 4, "\0\0\0\2", "layer 2: 2 multipliers: 1 or 4 are possible"},
        {AVERAGE, AT_AVERAGE_COUNT, 4, "\0\0\0\x08", "layer 2: 8 multipliers: 1 or 4 are possible"},
        {CONV, AT_CONV_MULTIPLIERS, 4, "\0\0\0\0", "layer 0: multiplier 0 is 0: 1 to 1073741823 are possible"},
        {CONV, AT_CONV_MULTIPLIERS + 4, 4, "\x40\0\0\0", "layer 0: multiplier 1 is 1073741824"},
        {CONV, AT_CONV_MULTIPLIERS + 4, 4, "\x3f\xff\xff\xff",
         "layer 0: the sum of output 1 lies in [-385, 380]; with the multiplier 1073741823, the shift 3 and the split "
         "0"},
        {CONV, AT_CONV_BIASES, 4, "\x80\0\0\0", "layer 0: the sum of output 0 lies in [-2147483653, -2147483644]"},
        {DENSE, AT_DENSE_BIASES + 8, 4, "\x40\0\0\0", "layer 7: the sum of output 2 lies in [1073741806, 1073741842]"},
        {ADD, AT_ADD_MULTIPLIERS, 4, "\x3f\xff\xff\xff", "layer 3: the sum of output 0 lies in [0, 3221225478]"},
    };
    assert_changes_refused(*state, changes, COUNT_OF(changes));
}

static void test_refuses_missing_and_left_over_bytes(void **state)
{
    prom_error error = {""};
    const prom_program *program = NULL;
    const prom_span small = small_program(*state, NULL);
    for (size_t length = 0; length < small.length; length++) {
        uint8_t *prefix = exact_copy(small.data, length);
        assert_refused(prom_program_parse(*state, &program, prom_span_of(prefix, length), &error), &error,
                       length < 4 ? "does not begin" : "cut off");
        assert_null(program);
        free(prefix);
    }
    uint8_t *longer = exact_copy(small.data, small.length + 1);
    longer[small.length] = 0;
    assert_refused(prom_program_parse(*state, &program, prom_span_of(longer, small.length + 1), &error), &error,
                   "the program is followed by 1 byte");
    free(longer);
}

/* A cut in the middle of a shape whose sizes do not even fit 64 bits is a cut like any other. */
static void test_cut_after_large_sizes(void **state)
{
    prom_error error = {""};
    const prom_program *program = NULL;
    uint8_t bytes[AT_SIZES + 6 * 4];
    memset(bytes, 0xff, sizeof bytes);
    memcpy(bytes, head_bytes, AT_SIZES);
    bytes[AT_RANK] = 7;
    assert_refused(prom_program_parse(*state, &program, prom_span_of(bytes, sizeof bytes), &error), &error, "cut off");
}

/* Refused as bad input, in memory that follows from the length; or another program, with bytes and digest of its own.
 */
static bool judge(prom_span bytes, const prom_bytes32 *small_digest)
{
    prom_arena arena;
    prom_error error = {""};
    const prom_program *program = NULL;
    prom_arena_init(&arena, (size_t)1 << 17);
    uint8_t *exact = exact_copy(bytes.data, bytes.length);
    const prom_result result = prom_program_parse(&arena, &program, prom_span_of(exact, bytes.length), &error);
    free(exact);
    if (prom_is_ok(result)) {
        prom_bytes32 digest;
        assert_true(prom_span_equal(program->bytes, bytes));
        assert_builds(&arena, program);
        prom_program_digest(&digest, program);
        assert_false(prom_bytes32_equal(&digest, small_digest));
    } else {
        assert_int_equal(result.category, PROM_CATEGORY_BAD_INPUT);
        assert_true(program == NULL && error.sentence[0] != '\0');
    }
    prom_arena_free(&arena);
    return prom_is_ok(result);
}

static void test_every_byte_counts(void **state)
{
    const prom_span small = small_program(*state, NULL);
    prom_bytes32 digest;
    size_t accepted = 0;
    uint8_t *changed = exact_copy(small.data, small.length);
    prom_program_digest(&digest, parse_small(*state));
    for (size_t at = 0; at < small.length; at++) {
        for (unsigned byte = 0; byte <= UINT8_MAX; byte++) {
            changed[at] = (uint8_t)byte;
            accepted += byte != small.data[at] && judge(prom_span_of(changed, small.length), &digest);
        }
        changed[at] = small.data[at];
    }
    free(changed);
    assert_true(accepted > 256 * (3 * 8 + 4)); /* the weights, of all values, at least */
}

static void test_any_bytes(void **state)
{
    uint64_t random = 5;
    const prom_span small = small_program(*state, NULL);
    prom_bytes32 digest;
    size_t accepted = 0;
    prom_program_digest(&digest, parse_small(*state));
    for (size_t i = 0; i < 100000; i++) {
        uint8_t *bytes = exact_copy(small.data, small.length);
        const size_t changes = 2 + random_below(&random, 3);
        for (size_t j = 0; j < changes; j++) {
            bytes[random_below(&random, small.length)] = (uint8_t)next_random(&random);
        }
        accepted += memcmp(bytes, small.data, small.length) != 0 && judge(prom_span_of(bytes, small.length), &digest);
        free(bytes);
    }
    assert_true(accepted > 1000);
}

static void test_out_of_memory(void **state)
{
    const prom_span small = small_program(*state, NULL);
    bool worked = false;
    for (size_t limit = 0; !worked; limit += 16) {
        prom_arena arena;
        prom_error error = {""};
        const prom_program *program = NULL;
        prom_arena_init(&arena, limit);
        const prom_result result = prom_program_parse(&arena, &program, small, &error);
        worked = prom_is_ok(result);
        assert_true(worked ||
                    (result.category == PROM_CATEGORY_MEMORY && error.sentence[0] != '\0' && program == NULL));
        prom_arena_free(&arena);
        assert_true(limit < 1 << 16);
    }
}

/* As many inputs as there can be, layer after layer: 2 bytes each, for what a reader has to look at as a whole value.
 */
static void test_memory_follows_from_the_length(void **state)
{
    enum { LAYERS = 20 };
    static uint32_t inputs[LAYERS][UINT16_MAX];
    prom_layer layers[LAYERS];
    prom_arena arena;
    prom_error error = {""};
    const prom_program *program = NULL;
    for (uint32_t i = 0; i < LAYERS; i++) {
        inputs[i][0] = i;
        layers[i] = (prom_layer){.kind = PROM_LAYER_CONCAT, .input_count = UINT16_MAX, .inputs = inputs[i]};
    }
    const prom_program contents = contents_of((prom_shape){1, {1}}, LAYERS, layers);
    assert_ok(prom_program_build(*state, &program, &contents, &error), &error);
    const prom_span bytes = program->bytes;
    assert_true(bytes.length > (size_t)LAYERS * UINT16_MAX * 2);
    prom_arena_init(&arena, 3 * bytes.length + ((size_t)2 << 20));
    assert_ok(prom_program_parse(&arena, &program, bytes, &error), &error);
    prom_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_refuses_heads),
        TEST(test_refuses_layers),
        TEST(test_refuses_rescales),
        TEST(test_refuses_missing_and_left_over_bytes),
        TEST(test_cut_after_large_sizes),
        TEST(test_every_byte_counts),
        TEST(test_any_bytes),
        TEST(test_out_of_memory),
        TEST(test_memory_follows_from_the_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
