/* The integer program: a network over int8 values, int32 sums and an exactly stated rounding, so that every machine
 * computes the same bits. A contract names a program by its digest. docs/program.md states it to the last bit. */
#ifndef PROMETHEUS_MODEL_PROGRAM_H
#define PROMETHEUS_MODEL_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/result.h"
#include "prometheus/model/tensor.h"

#define PROM_PROGRAM_VERSION 1U
#define PROM_PROGRAM_LAYERS_MOST 1024U
#define PROM_PROGRAM_VALUES_MOST (1U << 24) /* of one item, at the input and after each layer */
#define PROM_PROGRAM_SHIFT_MOST 29U
#define PROM_PROGRAM_MULTIPLIER_MOST ((1U << 30) - 1)
/* |multiplier * sum| + 2^(shift-1) stays below this, whatever the input; so all of it fits an int32. */
#define PROM_PROGRAM_BOUND (INT64_C(1) << 30)

/* What is written to the program's bytes; append only. */
typedef enum prom_layer_kind {
    PROM_LAYER_DENSE = 1,
} prom_layer_kind;

typedef enum prom_activation {
    PROM_ACTIVATION_NONE = 0, /* values are clamped to [-128, 127] */
    PROM_ACTIVATION_RELU = 1, /* values are clamped to [0, 127] */
} prom_activation;

/* y[o] = clamp((multipliers[o] * (biases[o] + sum over i of weights[o][i] * x[i]) + 2^(shift-1)) >> shift), where >>
 * rounds towards minus infinity. */
typedef struct prom_layer {
    prom_layer_kind kind;
    prom_activation activation;
    uint8_t shift; /* 1 .. PROM_PROGRAM_SHIFT_MOST */
    size_t inputs;
    size_t outputs;
    const uint32_t *multipliers; /* [outputs], 1 .. PROM_PROGRAM_MULTIPLIER_MOST */
    const int32_t *biases;       /* [outputs] */
    const int8_t *weights;       /* [outputs][inputs] */
} prom_layer;

/* Read-only; prom_program_parse and prom_program_build alone make one, and all that they check holds for it. */
typedef struct prom_program {
    float input_scale;      /* the real value of an input is about input_scale times the int8 */
    float output_scale;     /* so is that of an output */
    prom_shape input_shape; /* of one item, without the batch */
    prom_shape output_shape;
    size_t input_count; /* values per item */
    size_t output_count;
    size_t layer_count;
    const prom_layer *layers;
    uint64_t parameters;      /* weights and biases */
    uint64_t multiplications; /* of weights and values, per item */
    prom_span bytes;          /* the canonical serialisation */
} prom_program;

/* The program whose canonical bytes are `bytes`, which are copied to the arena. PROM_CATEGORY_BAD_INPUT, with NULL
 * written, when the bytes are anything but canonical, or when an input exists on which a layer would leave
 * PROM_PROGRAM_BOUND; the layer and the output are named. */
PROM_MUST_USE prom_result prom_program_parse(prom_arena *arena, const prom_program **program, prom_span bytes,
                                             prom_error *error);

/* The program made of the scales, shapes and layers of `parts`; its other fields are not read. Fails as
 * prom_program_parse does. */
PROM_MUST_USE prom_result prom_program_build(prom_arena *arena, const prom_program **program, const prom_program *parts,
                                             prom_error *error);

/* The tagged hash "prometheus/program" of the canonical bytes. */
void prom_program_digest(prom_bytes32 *digest, const prom_program *program);

/* The values that a layer after this one can see: 0 or -128, and 127. */
int32_t prom_activation_least(prom_activation activation);
#define PROM_ACTIVATION_LARGEST 127

/* The exact least and largest of biases[output] + sum, over all inputs between `input_least` (0 or -128) and 127. */
void prom_layer_sum_range(int64_t *least, int64_t *largest, const prom_layer *layer, size_t output,
                          int32_t input_least);
/* True when no such input leads out of PROM_PROGRAM_BOUND at any output; else false, and the first such output to
 * `output` (0 on success). */
PROM_MUST_USE bool prom_layer_within_bound(size_t *output, const prom_layer *layer, int32_t input_least);

/* Told after each item. */
typedef struct prom_progress {
    void (*report)(void *context, size_t items_done, size_t items);
    void *context;
} prom_progress;

/* Runs the program over `items` items: inputs is [items][input_count], outputs [items][output_count]; `progress` may be
 * NULL. Scratch memory, of two layers of one item, is taken from the arena. */
PROM_MUST_USE prom_result prom_program_run(prom_arena *arena, int8_t *outputs, const prom_program *program,
                                           const int8_t *inputs, size_t items, const prom_progress *progress,
                                           prom_error *error);

/* quantised[i] = values[i] / input_scale, rounded to the nearest integer, halves away from zero, and clamped to
 * [-128, 127]. The quotient is the exact one. PROM_CATEGORY_BAD_INPUT when a value is infinite or not a number. */
PROM_MUST_USE prom_result prom_program_quantise(int8_t *quantised, const prom_program *program, const float *values,
                                                size_t count, prom_error *error);

/* values[i] = output_scale * quantised[i]. */
void prom_program_dequantise(float *values, const prom_program *program, const int8_t *quantised, size_t count);

#endif
