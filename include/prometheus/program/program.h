/* The integer program: a network over small integers, int32 sums and an exactly stated rounding, so that every machine
 * computes the same bits. A contract names a program by its digest. docs/program.md states it to the last bit. */
#ifndef PROMETHEUS_PROGRAM_PROGRAM_H
#define PROMETHEUS_PROGRAM_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/declarations.h"
#include "prometheus/base/result.h"
#include "prometheus/program/layer.h"
#include "prometheus/tensor/tensor.h"

PROM_DECLARATIONS_BEGIN

#define PROM_PROGRAM_VERSION 2U
#define PROM_PROGRAM_LAYERS_MAX 4096U
#define PROM_PROGRAM_BYTES_MAX INT32_MAX                     /* of an ONNX file, too: protobuf has no larger ones */
#define PROM_PROGRAM_VALUES_MAX (1U << 24)                   /* of one item, at the input and after each layer */
#define PROM_PROGRAM_MULTIPLICATIONS_MAX (UINT64_C(1) << 44) /* of one item, in all layers */
#define PROM_PROGRAM_SPLIT_MAX 15U
#define PROM_PROGRAM_SHIFT_PLAIN_MAX 29U /* without a split */
#define PROM_PROGRAM_SHIFT_MAX (PROM_PROGRAM_SPLIT_MAX + PROM_PROGRAM_SHIFT_PLAIN_MAX)
#define PROM_PROGRAM_MULTIPLIER_MAX ((1U << 30) - 1)
/* Sums, and each half of a product, stay below this in magnitude, whatever the input; so all of it fits an int32, and a
 * quotient from -2^30 / 2^shift to 2^30 / 2^shift - 1 with its remainder is the only one even modulo the prime
 * 2^31 - 2^24 + 1, over which a run is proven. */
#define PROM_PROGRAM_BOUND ((INT64_C(1) << 30) - (INT64_C(1) << 24))

#define PROM_CODE_MAX 255
/* The values that a tensor can hold, both ends included: -255 <= low <= 0 <= high <= 255 and 0 < high - low <= 255.
 * The integer 0 stands for the real number 0. In memory and in files a value is one byte, its code: value - low. */
typedef struct prom_range {
    int16_t low;
    int16_t high;
} prom_range;

/* What the program's input is, or a layer's output, of one item. */
typedef struct prom_value {
    prom_shape shape;
    size_t count; /* the product of the shape's sizes */
    prom_range range;
} prom_value;

/* From a sum to a value: clamp((multiplier * sum + 2^(shift-1)) >> shift), where >> rounds towards minus infinity and
 * clamp is to the output's range. */
typedef struct prom_rescale {
    uint8_t shift; /* 1 to PROM_PROGRAM_SHIFT_PLAIN_MAX more than `split` */
    /* 0: multiplier * sum + 2^(shift-1) stays below PROM_PROGRAM_BOUND. Else the product is too large for that, and is
     * made of two: sum = 2^split * high + rest with 0 <= rest < 2^split. The value is the same. At most
     * PROM_PROGRAM_SPLIT_MAX. */
    uint8_t split;
    size_t count;                /* of multipliers */
    const uint32_t *multipliers; /* 1 .. PROM_PROGRAM_MULTIPLIER_MAX */
} prom_rescale;

/* One step. Which fields a kind of layer has, beside inputs and output, is said at prom_layer_kind. */
typedef struct prom_layer {
    prom_layer_kind kind;
    size_t input_count;
    const uint32_t *inputs; /* 0: the program's input; i + 1: the output of layer i, an earlier one */
    prom_value output;
    prom_rescale rescale;
    prom_window window;
    uint32_t groups;
    uint32_t axis;
    uint8_t permutation[PROM_RANK_MAX];
    size_t weight_count; /* of one output channel */
    const int32_t *biases;
    const int8_t *weights;
} prom_layer;

/* Read-only; prom_program_parse and prom_program_build alone make one, and all that they check holds for it. */
typedef struct prom_program {
    float input_scale;  /* the real number of an input is about input_scale times its value */
    float output_scale; /* so is that of an output */
    /* In a file of integers that a user brings or gets, an input stands as value + input_zero, and so an output: the
     * zero points of the model that the program was made from. 0 <= low + zero and high + zero <= 255 (uint8), or
     * -128 <= low + zero and high + zero <= 127 (int8). */
    int16_t input_zero;
    int16_t output_zero;
    prom_value input;
    size_t layer_count;
    const prom_layer *layers; /* the last makes the program's output; every other's is read by a later layer */
    uint64_t parameters;      /* weights and biases */
    uint64_t multiplications; /* and values that pooling looks at, per item */
    prom_span bytes;          /* the canonical serialisation */
    prom_bytes32 digest;      /* prom_program_digest's */
} prom_program;

/* Reads the program whose canonical bytes are `bytes`, which are copied to the arena. All in all three times their
 * length and 2 MiB of it are enough, and the time is linear in their length. PROM_CATEGORY_BAD_INPUT, with NULL
 * written, when the bytes are anything but canonical, or when an input exists on which a layer would leave
 * PROM_PROGRAM_BOUND; the layer and the output are named. */
PROM_MUST_USE prom_result prom_program_parse(prom_arena *arena, const prom_program **program, prom_span bytes,
                                             prom_error *error);

/* Makes a program of the scales, zeros, input (shape and range) and layers of `contents`. Of a layer's output the range
 * is read, of PROM_LAYER_RESHAPE also the shape, of PROM_LAYER_TRANSPOSE the rank; its weights are rescale.count times
 * weight_count. What follows from them is computed. PROM_CATEGORY_BAD_INPUT, with NULL written, when prom_program_parse
 * would refuse the bytes. */
PROM_MUST_USE prom_result prom_program_build(prom_arena *arena, const prom_program **program,
                                             const prom_program *contents, prom_error *error);

/* Computes the tagged hash "prometheus/program" of the canonical bytes. */
void prom_program_digest(prom_bytes32 *digest, const prom_program *program);

/* Returns the value that a layer reads whose inputs name `index`: 0 the program's input, i + 1 the output of layer
 * i. */
const prom_value *prom_program_value(const prom_program *program, uint32_t index);
/* Returns the output of the last layer. */
const prom_value *prom_program_output(const prom_program *program);

/* Returns the layer's share of `multiplications`; PROM_PROGRAM_MULTIPLICATIONS_MAX + 1 for any number above that. */
uint64_t prom_layer_multiplications(const prom_layer *layer);

/* What a sum can be, from low to high, over all inputs in their ranges. */
typedef struct prom_sum_range {
    int64_t low;
    int64_t high;
} prom_sum_range;

/* Returns the range of the sum that multiplier `at` of the layer is for (PROM_LAYER_ADD: of the one sum, multipliers
 * included). `inputs` are what the layer reads. Padding, which is zero, counts as an input. */
prom_sum_range prom_layer_sum_range(const prom_layer *layer, const prom_value *inputs, size_t at);

/* Returns true when `sum`, rescaled by `multiplier`, stays within PROM_PROGRAM_BOUND, as prom_rescale says. */
PROM_MUST_USE bool prom_rescale_within_bound(prom_sum_range sum, uint32_t multiplier, uint8_t shift, uint8_t split);

/* Returns true when all codes lie in the range; else false, with the index of the first that does not in `at`. */
PROM_MUST_USE bool prom_codes_in_range(size_t *at, const uint8_t *codes, size_t count, prom_range range);

/* Sets codes[i] = values[i] / input_scale, rounded to the nearest integer, halves away from zero, and clamped to the
 * input's range, minus its low end. The quotient is the exact one. PROM_CATEGORY_BAD_INPUT when a value is infinite or
 * not a number. */
PROM_MUST_USE prom_result prom_program_quantise(uint8_t *codes, const prom_program *program, const float *values,
                                                size_t count, prom_error *error);

/* Returns how many of the finite values lie more than half a step beyond the input's range, which clamps them. */
size_t prom_program_clamped(const prom_program *program, const float *values, size_t count);

/* Sets values[i] = output_scale * (codes[i] + low end of the output's range), as float32. */
void prom_program_dequantise(float *values, const prom_program *program, const uint8_t *codes, size_t count);

PROM_DECLARATIONS_END

#endif
