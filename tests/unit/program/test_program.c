#include "prometheus/crypto/hash.h"
#include "prometheus/program/program.h"
#include "prometheus/program/run.h"
#include "tensor/files.h"

/* A program with a layer of each kind, small enough to be written out byte by byte. */
static const uint8_t head_bytes[] = {
    'P',  'R',  'M', 'I',    /* magic */
    0,    2,                 /* version */
    0x3c, 0,    0,   0,      /* input scale: 2^-7 */
    0x3f, 0x80, 0,   0,      /* output scale: 1 */
    0,    1,                 /* input zero: 1 */
    0,    0x80,              /* output zero: 128 */
    3,    0,    0,   0,   1, /* input shape: 1 */
    0,    0,    0,   2,      /* x 2 */
    0,    0,    0,   3,      /* x 3 */
    0xff, 0xff, 0,   2,      /* input range: [-1, 2] */
    0,    8,                 /* layers */
};
enum {
    AT_VERSION = 5,
    AT_INPUT_SCALE = 6,
    AT_OUTPUT_SCALE = 10,
    AT_INPUT_ZERO = 14,
    AT_OUTPUT_ZERO = 16,
    AT_RANK = 18,
    AT_SIZES = 19,
    AT_INPUT_RANGE = 31,
    AT_LAYER_COUNT = 35,
};
/* Layer 0 makes 2x2x3. */
static const uint8_t conv_bytes[] = {
    2,    0,    1,    0,    0,    /* conv of the program's input */
    0,    0,    0,    2,          /* output channels */
    0,    0,    0,    1,          /* groups */
    0,    1,    0,    1,    0, 1, /* height: kernel, stride, dilation */
    0,    0,    0,    0,          /* padding */
    0,    2,    0,    1,    0, 1, /* width */
    0,    1,    0,    0,          /* padding: one before */
    3,    0,                      /* shift, split */
    0,    0,    0,    3,          /* range: [0, 3] */
    0,    0,    0,    1,          /* multipliers: 1, */
    0,    0,    0,    2,          /* 2 */
    0,    0,    0,    5,          /* biases: 5, */
    0xff, 0xff, 0xff, 0xfe,       /* -2 */
    1,    0xfe, 0x7f, 0x80,       /* weights: 1 -2; 127 -128 */
};
enum {
    AT_INPUT_COUNT = 1, /* in every layer */
    AT_INPUT = 3,
    AT_CHANNELS = 5,
    AT_GROUPS = 9,
    AT_KERNEL = 13,
    AT_STRIDE = 15,
    AT_DILATION = 17,
    AT_CONV_SHIFT = 33,
    AT_CONV_SPLIT = 34,
    AT_CONV_RANGE = 35,
    AT_CONV_MULTIPLIERS = 39,
    AT_CONV_BIASES = 47,
};
/* Layer 1 makes 2x2x2. */
static const uint8_t max_bytes[] = {
    3, 0, 1, 0, 1,    /* max pool of layer 0 */
    0, 1, 0, 1, 0, 1, /* height: kernel, stride, dilation */
    0, 0, 0, 0,       /* padding */
    0, 2, 0, 2, 0, 1, /* width */
    0, 1, 0, 0,       /* padding: one before */
};
enum { AT_MAX_WIDTH_PADDING = 21 };
/* Layer 2 makes 2x2x2. */
static const uint8_t average_bytes[] = {
    4, 0, 1, 0,  1,          /* average pool of layer 0 */
    0, 1, 0, 1,  0, 1,       /* height: kernel, stride, dilation */
    0, 0, 0, 0,              /* padding */
    0, 2, 0, 2,  0, 1,       /* width */
    0, 1, 0, 0,              /* padding: one before */
    4, 1,                    /* shift, split */
    0, 0, 0, 3,              /* range: [0, 3] */
    0, 0, 0, 4,              /* multipliers, one for each place: */
    0, 0, 0, 16, 0, 0, 0, 8, /* 16 8 */
    0, 0, 0, 16, 0, 0, 0, 8, /* 16 8 */
};
enum { AT_AVERAGE_COUNT = 31 };
/* Layer 3 makes 2x2x2. */
static const uint8_t add_bytes[] = {
    5,    0,    2, 0, 2, 0, 3, /* layer 1 + layer 2 */
    1,    0,                   /* shift, split */
    0xff, 0xfc, 0, 5,          /* range: [-4, 5] */
    0,    0,    0, 1,          /* multipliers: 1, */
    0,    0,    0, 3,          /* 3 */
};
enum { AT_ADD_SHIFT = 7, AT_ADD_SPLIT = 8, AT_ADD_RANGE = 9, AT_ADD_MULTIPLIERS = 13 };
/* Layer 4 makes 2x2x2, layer 5 4x2x2, layer 6 2x8. */
static const uint8_t transpose_bytes[] = {8, 0, 1, 0, 4, 2, 0, 1};
static const uint8_t concat_bytes[] = {6, 0, 2, 0, 5, 0, 4, 0};
static const uint8_t reshape_bytes[] = {7, 0, 1, 0, 6, 2, 0, 0, 0, 2, 0, 0, 0, 8};
enum { AT_PERMUTATION = 5, AT_AXIS = 7, AT_NEW_SHAPE = 5 };
/* Layer 7 makes 2x3. */
static const uint8_t dense_bytes[] = {
    1,    0,    1,    0,    7,                                              /* dense of layer 6 */
    0,    0,    0,    3,                                                    /* outputs */
    20,   4,                                                                /* shift, split */
    0xff, 0x80, 0,    127,                                                  /* range: [-128, 127] */
    0,    0,    0,    1,    0,    1,    0,    0,    0,    1,    0x11, 0x70, /* multipliers: 1 65536 70000 */
    0,    0,    0,    0,    0,    0,    1,    0,    0xff, 0xff, 0xff, 0,    /* biases: 0 256 -256 */
    1,    2,    3,    4,    5,    6,    7,    8,                            /* weights */
    0x80, 0x80, 0x80, 0x80, 0x7f, 0x7f, 0x7f, 0x7f,                         /* */
    0,    0xff, 0,    1,    0,    0xff, 0,    1,                            /* */
};
enum { AT_DENSE_CHANNELS = 5, AT_DENSE_SHIFT = 9, AT_DENSE_SPLIT = 10, AT_DENSE_RANGE = 11, AT_DENSE_BIASES = 27 };

typedef enum part { HEAD, CONV, MAX, AVERAGE, ADD, TRANSPOSE, CONCAT, RESHAPE, DENSE, PARTS } part;
static const prom_span parts_of_small[PARTS] = {
    {head_bytes, sizeof head_bytes},     {conv_bytes, sizeof conv_bytes},
    {max_bytes, sizeof max_bytes},       {average_bytes, sizeof average_bytes},
    {add_bytes, sizeof add_bytes},       {transpose_bytes, sizeof transpose_bytes},
    {concat_bytes, sizeof concat_bytes}, {reshape_bytes, sizeof reshape_bytes},
    {dense_bytes, sizeof dense_bytes},
};

/* All of it in memory of its own; the last parameter, which may be NULL, gets where each part begins. */
static prom_span small_program(prom_arena *arena, size_t starts[PARTS])
{
    prom_writer writer = prom_writer_in(arena);
    prom_span bytes = {0};
    for (size_t i = 0; i < PARTS; i++) {
        if (starts != NULL) {
            starts[i] = writer.length;
        }
        prom_write_span(&writer, parts_of_small[i]);
    }
    assert_true(prom_is_ok(prom_writer_finish(&writer, &bytes, NULL)));
    return bytes;
}

static const prom_program *parse_small(prom_arena *arena)
{
    prom_error error = {""};
    const prom_program *program = NULL;
    assert_ok(prom_program_parse(arena, &program, small_program(arena, NULL), &error), &error);
    return program;
}

static void assert_value(const prom_value *value, prom_shape shape, int low, int high)
{
    size_t count = 0;
    assert_true(prom_shape_equal(&value->shape, &shape));
    assert_true(prom_shape_count(&count, &shape));
    assert_int_equal(value->count, count);
    assert_int_equal(value->range.low, low);
    assert_int_equal(value->range.high, high);
}

static void test_parses_the_head(void **state)
{
    const prom_span bytes = small_program(*state, NULL);
    const prom_program *program = parse_small(*state);
    assert_true(program->input_scale == 0.0078125F && program->output_scale == 1);
    assert_int_equal(program->input_zero, 1);
    assert_int_equal(program->output_zero, 128);
    assert_int_equal(program->layer_count, 8);
    assert_int_equal(program->parameters, 2 * 3 + 3 * 9);
    assert_int_equal(program->multiplications, 12 * 2 + 8 * 2 + 8 * 2 + 8 * 2 + 6 * 8);
    assert_true(prom_span_equal(program->bytes, bytes));
    assert_true(program->bytes.data != bytes.data);
    assert_value(&program->input, (prom_shape){3, {1, 2, 3}}, -1, 2);
    assert_ptr_equal(prom_program_value(program, 0), &program->input);
    assert_ptr_equal(prom_program_value(program, 3), &program->layers[2].output);
    assert_ptr_equal(prom_program_output(program), &program->layers[7].output);
}

static void test_parses_layers_with_windows(void **state)
{
    const prom_program *program = parse_small(*state);
    const prom_layer *conv = &program->layers[0];
    assert_int_equal(conv->kind, PROM_LAYER_CONV);
    assert_true(conv->input_count == 1 && conv->inputs[0] == 0);
    assert_value(&conv->output, (prom_shape){3, {2, 2, 3}}, 0, 3);
    assert_int_equal(conv->groups, 1);
    assert_memory_equal(&conv->window, (&(prom_window){{{1, 1, 1, 0, 0}, {2, 1, 1, 1, 0}}}), sizeof conv->window);
    assert_true(conv->rescale.shift == 3 && conv->rescale.split == 0 && conv->rescale.count == 2);
    assert_true(conv->rescale.multipliers[0] == 1 && conv->rescale.multipliers[1] == 2);
    assert_int_equal(conv->weight_count, 2);
    assert_true(conv->biases[0] == 5 && conv->biases[1] == -2);
    assert_memory_equal(conv->weights, ((const int8_t[]){1, -2, 127, -128}), 4);
    const prom_layer *max = &program->layers[1];
    assert_int_equal(max->kind, PROM_LAYER_MAX_POOL);
    assert_memory_equal(&max->window, (&(prom_window){{{1, 1, 1, 0, 0}, {2, 2, 1, 1, 0}}}), sizeof max->window);
    assert_value(&max->output, (prom_shape){3, {2, 2, 2}}, 0, 3);
    const prom_layer *average = &program->layers[2];
    assert_int_equal(average->kind, PROM_LAYER_AVERAGE_POOL);
    assert_value(&average->output, (prom_shape){3, {2, 2, 2}}, 0, 3);
    assert_true(average->rescale.shift == 4 && average->rescale.split == 1 && average->rescale.count == 4);
    assert_true(average->rescale.multipliers[0] == 16 && average->rescale.multipliers[3] == 8);
}

static void test_parses_the_other_layers(void **state)
{
    const prom_program *program = parse_small(*state);
    const prom_layer *add = &program->layers[3];
    assert_int_equal(add->kind, PROM_LAYER_ADD);
    assert_true(add->input_count == 2 && add->inputs[0] == 2 && add->inputs[1] == 3);
    assert_true(add->rescale.count == 2 && add->rescale.multipliers[1] == 3);
    assert_value(&add->output, (prom_shape){3, {2, 2, 2}}, -4, 5);
    const prom_layer *transpose = &program->layers[4];
    assert_int_equal(transpose->kind, PROM_LAYER_TRANSPOSE);
    assert_memory_equal(transpose->permutation, "\2\0\1", 3);
    assert_value(&transpose->output, (prom_shape){3, {2, 2, 2}}, -4, 5);
    const prom_layer *concat = &program->layers[5];
    assert_int_equal(concat->kind, PROM_LAYER_CONCAT);
    assert_int_equal(concat->axis, 0);
    assert_value(&concat->output, (prom_shape){3, {4, 2, 2}}, -4, 5);
    const prom_layer *reshape = &program->layers[6];
    assert_int_equal(reshape->kind, PROM_LAYER_RESHAPE);
    assert_value(&reshape->output, (prom_shape){2, {2, 8}}, -4, 5);
    const prom_layer *dense = &program->layers[7];
    assert_int_equal(dense->kind, PROM_LAYER_DENSE);
    assert_value(&dense->output, (prom_shape){2, {2, 3}}, -128, 127);
    assert_true(dense->rescale.shift == 20 && dense->rescale.split == 4 && dense->rescale.multipliers[2] == 70000);
    assert_int_equal(dense->weight_count, 8);
    assert_int_equal(dense->biases[2], -256);
    assert_int_equal(dense->weights[8], -128);
}

static void test_digest(void **state)
{
    const prom_program *program = parse_small(*state);
    prom_bytes32 digest;
    prom_bytes32 wanted;
    prom_program_digest(&digest, program);
    prom_tagged_hash(&wanted, "prometheus/program", small_program(*state, NULL));
    assert_true(prom_bytes32_equal(&digest, &wanted));
}

static void assert_builds(prom_arena *arena, const prom_program *program)
{
    prom_error error = {""};
    const prom_program *again = NULL;
    assert_ok(prom_program_build(arena, &again, program, &error), &error);
    assert_true(prom_span_equal(again->bytes, program->bytes));
    assert_true(again->bytes.data != program->bytes.data);
}

static void test_builds_what_it_parses(void **state)
{
    assert_builds(*state, parse_small(*state));
}

/* -- Refusals -- */

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
        {HEAD, AT_LAYER_COUNT, 2, "\0\1", "bytes are left over after the program"},
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
        {CONV, AT_GROUPS, 4, "\0\0\0\0", "layer 0: conv of 1x2x3: its channels can not be parted into its groups"},
        {CONV, AT_GROUPS, 4, "\0\0\0\2", "its channels can not be parted into its groups"},
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
                   "1 bytes are left over");
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

/* -- All small changes -- */

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
        assert_true(worked || (result.category == PROM_CATEGORY_IO && error.sentence[0] != '\0' && program == NULL));
        prom_arena_free(&arena);
        assert_true(limit < 1 << 16);
    }
}

/* -- Building -- */

/* The contents of a program with the layers given, of an input of this shape and of the range [-128, 127]. */
static prom_program contents_of(prom_shape input, size_t layer_count, const prom_layer *layers)
{
    return (prom_program){.input_scale = 1,
                          .output_scale = 1,
                          .input = {.shape = input, .range = {-128, 127}},
                          .layer_count = layer_count,
                          .layers = layers};
}

static prom_result build(prom_arena *arena, const prom_program *contents, prom_error *error)
{
    const prom_program *program = NULL;
    const prom_result result = prom_program_build(arena, &program, contents, error);
    assert_true(prom_is_ok(result) == (program != NULL));
    if (program != NULL) {
        assert_builds(arena, program);
    }
    return result;
}

static const uint32_t reads_input[] = {0};
static const uint32_t reads_first[] = {1};

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

/* One output, `multiplier` and `bias` as given, weights 100 and -100. */
static prom_result build_single(prom_arena *arena, uint32_t multiplier, int32_t bias, uint8_t shift, prom_error *error)
{
    static const int8_t weights[] = {100, -100};
    const prom_layer layer = {.kind = PROM_LAYER_DENSE,
                              .input_count = 1,
                              .inputs = reads_input,
                              .output.range = {-128, 127},
                              .rescale = {shift, 0, 1, &multiplier},
                              .weight_count = 2,
                              .biases = &bias,
                              .weights = weights};
    const prom_program contents = contents_of((prom_shape){1, {2}}, 1, &layer);
    return build(arena, &contents, error);
}

static void test_bound_is_exact(void **state)
{
    const int32_t bound = (1 << 30) - (1 << 24);
    /* 100 * 127 + -100 * -128 = 25500 either way. 41449 * 25500 = 2^30 - 2^24 - 15108, and 2^13 <= 15107 < 2^14. */
    const char *sentence = "layer 0: the sum of output 0 lies in [-25500, 25500]; with the multiplier 41449, the shift "
                           "15 and the split 0 it can reach 2^30 - 2^24, the most that is exact here";
    prom_error error = {""};
    assert_ok(build_single(*state, 41449, 0, 14, &error), &error);
    assert_refused(build_single(*state, 41449, 0, 15, &error), &error, sentence);
    assert_ok(build_single(*state, 1, bound - 25500 - 1 - 1, 1, &error), &error);
    assert_refused(build_single(*state, 1, bound - 25500 - 1, 1, &error), &error, "[1056913607, 1056964607]");
    assert_ok(build_single(*state, 1, -bound + 25500 + 1 + 1, 1, &error), &error);
    assert_refused(build_single(*state, 1, -bound + 25500 + 1, 1, &error), &error, "[-1056964607, -1056913607]");
}

/* After a Relu values are 0 to 127, and a program that needs that for its bound is accepted. */
static void test_bound_knows_the_layer_before(void **state)
{
    static const uint32_t multipliers[] = {1, 65000};
    static const int8_t weights[] = {127, -127};
    static const int32_t bias = 0;
    prom_layer layers[] = {
        {.kind = PROM_LAYER_DENSE,
         .input_count = 1,
         .inputs = reads_input,
         .output.range = {0, 127},
         .rescale = {7, 0, 1, multipliers},
         .weight_count = 1,
         .biases = &bias,
         .weights = weights},
        {.kind = PROM_LAYER_DENSE,
         .input_count = 1,
         .inputs = reads_first,
         .output.range = {-128, 127},
         .rescale = {24, 0, 1, multipliers + 1},
         .weight_count = 1,
         .biases = &bias,
         .weights = weights + 1},
    };
    const prom_program contents = contents_of((prom_shape){1, {1}}, 2, layers);
    prom_error error = {""};
    /* 127 * 127 * 65000 + 2^23 lies below 2^30 - 2^24, and 128 * 127 * 65000 + 2^23 above. */
    assert_ok(build(*state, &contents, &error), &error);
    layers[0].output.range.low = -128;
    assert_refused(build(*state, &contents, &error), &error, "layer 1: the sum of output 0");
}

/* What the bytes have no room for is refused, and not cut to something else. */
static void test_refuses_numbers_beyond_the_bytes(void **state)
{
    prom_error error = {""};
    const prom_program *small = parse_small(*state);
    prom_layer *layers = new_bytes(*state, small->layer_count, sizeof *layers);
    prom_program contents = *small;
    contents.layers = layers;
#define REFUSED(changed, number, sentence)                                                                             \
    do {                                                                                                               \
        memcpy(layers, small->layers, small->layer_count * sizeof *layers);                                            \
        (changed) = (number);                                                                                          \
        assert_refused(build(*state, &contents, &error), &error, (sentence));                                          \
    } while (0)
    static const uint32_t far[] = {(1U << 16) + 2, 3};
    REFUSED(layers[0].kind, (prom_layer_kind)0, "layer 0: unknown kind 0");
    REFUSED(layers[0].kind, (prom_layer_kind)258, "layer 0: unknown kind 258");
    REFUSED(layers[3].inputs, far, "layer 3: its input is 65538: the most that is possible is 4096");
    REFUSED(layers[5].input_count, (1U << 16) + 2, "layer 5: its number of inputs is 65538");
    REFUSED(layers[5].axis, 256, "layer 5: its axis is 256");
    REFUSED(layers[6].output.shape.rank, 258, "layer 6: its number of dimensions is 258");
    REFUSED(layers[7].rescale.count, ((size_t)1 << 32) + 3, "layer 7: its number of multipliers is 4294967299");
    for (size_t i = 0; i < PROM_WINDOW_AXES; i++) {
        REFUSED(layers[1].window.axes[i].kernel, 65538, "layer 1: its kernel is 65538");
        REFUSED(layers[1].window.axes[i].stride, 65537, "layer 1: its stride is 65537");
        REFUSED(layers[1].window.axes[i].dilation, 65537, "layer 1: its dilation is 65537");
        REFUSED(layers[1].window.axes[i].pad_before, 65536, "layer 1: its padding is 65536");
        REFUSED(layers[1].window.axes[i].pad_after, 65536, "layer 1: its padding is 65536");
    }
#undef REFUSED
    memcpy(layers, small->layers, small->layer_count * sizeof *layers);
    assert_ok(build(*state, &contents, &error), &error);
    contents.input.shape.sizes[0] |= (size_t)1 << 32;
    assert_refused(build(*state, &contents, &error), &error, "the shape 4294967295x2x3");
    contents.input.shape.rank = 9;
    assert_refused(build(*state, &contents, &error), &error, "its number of dimensions is 9");
    contents = *small;
    contents.layer_count = PROM_PROGRAM_LAYERS_MAX + 1;
    assert_refused(build(*state, &contents, &error), &error, "the program has 4097 layers: 1 to 4096 are possible");
    contents.layer_count = 0;
    assert_refused(build(*state, &contents, &error), &error, "the program has 0 layers");
}

static void test_refuses_images_of_another_rank(void **state)
{
    const prom_layer layer = {.kind = PROM_LAYER_MAX_POOL,
                              .input_count = 1,
                              .inputs = reads_input,
                              .window = {{{1, 1, 1, 0, 0}, {1, 1, 1, 0, 0}}}};
    prom_error error = {""};
    prom_program contents = contents_of((prom_shape){3, {2, 3, 4}}, 1, &layer);
    assert_ok(build(*state, &contents, &error), &error);
    contents.input.shape.rank = 2;
    assert_refused(build(*state, &contents, &error), &error,
                   "layer 0: max pool of 2x3: it takes channels x height x width");
    contents.input.shape = (prom_shape){4, {1, 2, 3, 4}};
    assert_refused(build(*state, &contents, &error), &error, "it takes channels x height x width");
}

static void test_refuses_channels_that_no_group_has(void **state)
{
    static const uint32_t multipliers[] = {1, 1, 1, 1};
    static const int32_t biases[4] = {0};
    static const int8_t weights[4] = {0};
    prom_layer layer = {.kind = PROM_LAYER_CONV,
                        .input_count = 1,
                        .inputs = reads_input,
                        .output.range = {-128, 127},
                        .rescale = {1, 0, 4, multipliers},
                        .window = {{{1, 1, 1, 0, 0}, {1, 1, 1, 0, 0}}},
                        .groups = 2,
                        .weight_count = 1,
                        .biases = biases,
                        .weights = weights};
    prom_error error = {""};
    const prom_program contents = contents_of((prom_shape){3, {2, 1, 1}}, 1, &layer);
    assert_ok(build(*state, &contents, &error), &error);
    layer.rescale.count = 3;
    assert_refused(build(*state, &contents, &error), &error, "its channels can not be parted into its groups");
}

static void test_refuses_what_costs_too_much(void **state)
{
    static const uint32_t multiplier = 1;
    /* 512 x 512 places of a window of 2^13 x 2^13 are 2^44; one line more is too much. */
    prom_layer layer = {
        .kind = PROM_LAYER_AVERAGE_POOL,
        .input_count = 1,
        .inputs = reads_input,
        .output.range = {-128, 127},
        .rescale = {1, 0, 1, &multiplier},
        .window = {{{1 << 13, 1, 1, 1 << 12, (1 << 12) + 510}, {1 << 13, 1, 1, 1 << 12, (1 << 12) + 510}}}};
    prom_error error = {""};
    prom_program contents = contents_of((prom_shape){3, {1, 1, 1}}, 1, &layer);
    contents.input.range = (prom_range){0, 1};
    assert_ok(build(*state, &contents, &error), &error);
    layer.window.axes[0].pad_after++;
    assert_refused(build(*state, &contents, &error), &error, "layer 0: with it an item takes more than 2^44");
}

static void test_refuses_joined_values_beyond_the_most(void **state)
{
    uint32_t reads[17] = {0};
    prom_layer layer = {.kind = PROM_LAYER_CONCAT, .input_count = 16, .inputs = reads};
    prom_error error = {""};
    const prom_program contents = contents_of((prom_shape){2, {1 << 18, 4}}, 1, &layer);
    assert_ok(build(*state, &contents, &error), &error);
    layer.input_count = 17;
    assert_refused(build(*state, &contents, &error), &error, "layer 0: its output has shape 4456448x4");
}

/* -- The vectors of another implementation, tests/vectors/program -- */

static prom_span hex_of(prom_arena *arena, const json_t *vector, const char *key)
{
    const char *text = member_text(vector, key);
    const size_t length = strlen(text) / 2;
    uint8_t *bytes = new_bytes(arena, length, 1);
    assert_true(prom_hex_parse(bytes, length, text, strlen(text)));
    return prom_span_of(bytes, length);
}

/* With every set of kernels that this machine can run. Returns how many there are. */
static size_t run_vector(prom_arena *arena, const prom_program *program, const json_t *vector)
{
    prom_error error = {""};
    const prom_span input = hex_of(arena, vector, "input");
    const prom_span wanted = hex_of(arena, vector, "output");
    const size_t items = member_number(vector, "items");
    size_t sets = 0;
    assert_int_equal(input.length, items * program->input.count);
    assert_int_equal(wanted.length, items * prom_program_output(program)->count);
    for (size_t at = 0; prom_program_kernels_name_at(at) != NULL; at++) {
        const prom_program_kernels *kernels = prom_program_kernels_by_name(prom_program_kernels_name_at(at));
        prom_executor *executor = NULL;
        if (kernels == NULL) {
            continue;
        }
        uint8_t *output = new_bytes(arena, wanted.length, 1);
        assert_ok(prom_executor_new(arena, &executor, program, kernels, NULL, &error), &error);
        assert_ok(prom_executor_run(
                      executor, output,
                      &(prom_executor_request){.inputs = input.data, .items = items, .memory = ARENA_BYTES}, &error),
                  &error);
        if (memcmp(output, wanted.data, wanted.length) != 0) {
            fail_msg("'%s' with the kernels '%s'", member_text(vector, "name"), prom_program_kernels_name(kernels));
        }
        sets++;
    }
    return sets;
}

static void test_vectors(void **state)
{
    json_t *vectors = load_vectors("program/program.json");
    const json_t *programs = member(vectors, "programs");
    bool seen[PROM_LAYER_KINDS + 1] = {false};
    assert_true(json_array_size(programs) >= 90);
    for (size_t i = 0; i < json_array_size(programs); i++) {
        const json_t *vector = json_array_get(programs, i);
        prom_error error = {""};
        const prom_program *program = NULL;
        prom_bytes32 digest;
        assert_ok(prom_program_parse(*state, &program, hex_of(*state, vector, "program"), &error), &error);
        assert_builds(*state, program);
        prom_program_digest(&digest, program);
        assert_hex32(&digest, member_text(vector, "digest"));
        assert_int_equal(program->multiplications, member_number(vector, "multiplications"));
        for (size_t layer = 0; layer < program->layer_count; layer++) {
            seen[program->layers[layer].kind] = true;
        }
        assert_true(run_vector(*state, program, vector) >= 1);
    }
    json_decref(vectors);
    for (size_t kind = 1; kind <= PROM_LAYER_KINDS; kind++) {
        assert_true(seen[kind]);
    }
}

static void test_refused_vectors(void **state)
{
    json_t *vectors = load_vectors("program/program.json");
    const json_t *refused = member(vectors, "refused");
    assert_true(json_array_size(refused) >= 80);
    for (size_t i = 0; i < json_array_size(refused); i++) {
        const json_t *vector = json_array_get(refused, i);
        prom_error error = {""};
        const prom_program *program = NULL;
        const prom_result result = prom_program_parse(*state, &program, hex_of(*state, vector, "program"), &error);
        if (result.category != PROM_CATEGORY_BAD_INPUT) {
            fail_msg("'%s': %s", member_text(vector, "name"), prom_category_name(result.category));
        }
    }
    json_decref(vectors);
}

/* What is joined has the least range that holds all, and that must be one. */
static void test_joined_ranges(void **state)
{
    static const uint32_t reads[] = {1, 0};
    static const uint32_t multiplier = 1;
    prom_layer layers[] = {
        {.kind = PROM_LAYER_ADD,
         .input_count = 1,
         .inputs = reads_input,
         .output.range = {-3, 200},
         .rescale = {1, 0, 1, &multiplier}},
        {.kind = PROM_LAYER_CONCAT, .input_count = 2, .inputs = reads},
    };
    prom_error error = {""};
    const prom_program *program = NULL;
    prom_program contents = contents_of((prom_shape){1, {2}}, 2, layers);
    contents.input.range = (prom_range){-55, 7};
    contents.output_zero = 55;
    assert_ok(prom_program_build(*state, &program, &contents, &error), &error);
    assert_value(prom_program_output(program), (prom_shape){1, {4}}, -55, 200);
    assert_builds(*state, program);
    contents.input.range.low = -56;
    assert_refused(build(*state, &contents, &error), &error,
                   "layer 1: its inputs together have the range [-56, 200]: 255 is the most between its ends");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_parses_the_head),
        TEST(test_parses_layers_with_windows),
        TEST(test_parses_the_other_layers),
        TEST(test_digest),
        TEST(test_builds_what_it_parses),
        TEST(test_refuses_heads),
        TEST(test_refuses_layers),
        TEST(test_refuses_rescales),
        TEST(test_refuses_missing_and_left_over_bytes),
        TEST(test_cut_after_large_sizes),
        TEST(test_every_byte_counts),
        TEST(test_any_bytes),
        TEST(test_out_of_memory),
        TEST(test_memory_follows_from_the_length),
        TEST(test_bound_is_exact),
        TEST(test_bound_knows_the_layer_before),
        TEST(test_refuses_numbers_beyond_the_bytes),
        TEST(test_refuses_images_of_another_rank),
        TEST(test_refuses_channels_that_no_group_has),
        TEST(test_refuses_what_costs_too_much),
        TEST(test_refuses_joined_values_beyond_the_most),
        TEST(test_joined_ranges),
        TEST(test_vectors),
        TEST(test_refused_vectors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
