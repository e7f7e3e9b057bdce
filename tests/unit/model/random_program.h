/* Random programs whose exact bounds hold. */
#ifndef PROMETHEUS_TEST_MODEL_RANDOM_PROGRAM_H
#define PROMETHEUS_TEST_MODEL_RANDOM_PROGRAM_H

#include "model/files.h"
#include "prometheus/model/program.h"

static inline void random_layer(prom_arena *arena, prom_layer *layer, uint64_t *random, size_t inputs, size_t outputs)
{
    uint32_t *multipliers = new_bytes(arena, outputs, sizeof *multipliers);
    int32_t *biases = new_bytes(arena, outputs, sizeof *biases);
    int8_t *weights = new_bytes(arena, outputs * inputs, 1);
    const size_t shift = 1 + random_below(random, PROM_PROGRAM_SHIFT_MOST);
    for (size_t o = 0; o < outputs; o++) {
        int64_t magnitude = 0;
        for (size_t i = 0; i < inputs; i++) {
            weights[o * inputs + i] = (int8_t)next_random(random);
            magnitude += 128 * llabs(weights[o * inputs + i]);
        }
        biases[o] = (int32_t)random_below(random, 1 << 16) - (1 << 15);
        magnitude += llabs(biases[o]) + 1;
        const int64_t most = (PROM_PROGRAM_BOUND - 1 - (INT64_C(1) << (shift - 1))) / magnitude;
        multipliers[o] = 1 + (uint32_t)random_below(random, (size_t)most);
    }
    *layer = (prom_layer){.kind = PROM_LAYER_DENSE,
                          .activation = random_below(random, 2) == 0 ? PROM_ACTIVATION_NONE : PROM_ACTIVATION_RELU,
                          .shift = (uint8_t)shift,
                          .inputs = inputs,
                          .outputs = outputs,
                          .multipliers = multipliers,
                          .biases = biases,
                          .weights = weights};
}

/* The parts of one, for prom_program_build. Each layer has 1 to 40 outputs, the last one 12. */
static inline prom_program random_parts(prom_arena *arena, uint64_t *random, size_t layer_count)
{
    prom_layer *layers = new_bytes(arena, layer_count, sizeof *layers);
    prom_program parts = {.input_scale = 0.0078125F,
                          .output_scale = 0.1F,
                          .input_shape = {3, {1 + random_below(random, 3), 1 + random_below(random, 5), 4}},
                          .output_shape = {2, {3, 4}},
                          .layer_count = layer_count,
                          .layers = layers};
    size_t inputs = parts.input_shape.sizes[0] * parts.input_shape.sizes[1] * 4;
    for (size_t i = 0; i < layer_count; i++) {
        const size_t outputs = i + 1 == layer_count ? 12 : 1 + random_below(random, 40);
        random_layer(arena, &layers[i], random, inputs, outputs);
        inputs = outputs;
    }
    return parts;
}

static inline const prom_program *build_program(prom_arena *arena, const prom_program *parts)
{
    prom_error error = {""};
    const prom_program *program = NULL;
    assert_ok(prom_program_build(arena, &program, parts, &error), &error);
    return program;
}

#endif
