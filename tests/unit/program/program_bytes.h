/* Programs as bytes, for the tests of their parser and their writer. */
#ifndef PROMETHEUS_TEST_PROGRAM_BYTES_H
#define PROMETHEUS_TEST_PROGRAM_BYTES_H

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
static inline prom_span small_program(prom_arena *arena, size_t starts[PARTS])
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

static inline void assert_value(const prom_value *value, prom_shape shape, int low, int high)
{
    size_t count = 0;
    assert_true(prom_shape_equal(&value->shape, &shape));
    assert_true(prom_shape_count(&count, &shape));
    assert_int_equal(value->count, count);
    assert_int_equal(value->range.low, low);
    assert_int_equal(value->range.high, high);
}

static inline void assert_builds(prom_arena *arena, const prom_program *program)
{
    prom_error error = {""};
    const prom_program *again = NULL;
    assert_ok(prom_program_build(arena, &again, program, &error), &error);
    assert_true(prom_span_equal(again->bytes, program->bytes));
    assert_true(again->bytes.data != program->bytes.data);
}

/* The contents of a program with the layers given, of an input of this shape and of the range [-128, 127]. */
static inline prom_program contents_of(prom_shape input, size_t layer_count, const prom_layer *layers)
{
    return (prom_program){.input_scale = 1,
                          .output_scale = 1,
                          .input = {.shape = input, .range = {-128, 127}},
                          .layer_count = layer_count,
                          .layers = layers};
}

#endif
