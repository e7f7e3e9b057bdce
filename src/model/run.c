#include <math.h>
#include <string.h>

#include "prometheus/model/program.h"

/* [product / 2^shift]: the quotient's floor, also below zero, where C leaves >> to the compiler. */
static int32_t floor_shift(int32_t product, uint8_t shift)
{
    const uint32_t offset = (uint32_t)PROM_PROGRAM_BOUND; /* a multiple of 2^shift that makes any product positive */
    return (int32_t)(((uint32_t)product + offset) >> shift) - (int32_t)(offset >> shift);
}

static int8_t clamp(int32_t value, int32_t least)
{
    const int32_t raised = value > least ? value : least;
    return (int8_t)(raised < PROM_ACTIVATION_LARGEST ? raised : PROM_ACTIVATION_LARGEST);
}

/* The bound that the program was parsed with keeps every partial sum, in whatever order, and the product in int32. */
static void run_dense(int8_t *outputs, const prom_layer *layer, const int8_t *inputs)
{
    const int32_t least = prom_activation_least(layer->activation);
    const int32_t half = INT32_C(1) << (layer->shift - 1);
    for (size_t o = 0; o < layer->outputs; o++) {
        const int8_t *weights = layer->weights + o * layer->inputs;
        int32_t sum = layer->biases[o];
        for (size_t i = 0; i < layer->inputs; i++) {
            sum += weights[i] * inputs[i];
        }
        outputs[o] = clamp(floor_shift((int32_t)layer->multipliers[o] * sum + half, layer->shift), least);
    }
}

static void run_layer(int8_t *outputs, const prom_layer *layer, const int8_t *inputs)
{
    switch (layer->kind) {
    case PROM_LAYER_DENSE:
        run_dense(outputs, layer, inputs);
        return;
    }
}

static size_t widest(const prom_program *program)
{
    size_t width = 0;
    for (size_t i = 0; i < program->layer_count; i++) {
        width = program->layers[i].outputs > width ? program->layers[i].outputs : width;
    }
    return width;
}

prom_result prom_program_run(prom_arena *arena, int8_t *outputs, const prom_program *program, const int8_t *inputs,
                             size_t items, const prom_progress *progress, prom_error *error)
{
    const size_t width = widest(program);
    int8_t *values[2] = {NULL, NULL};
    PROM_TRY_NEW(values[0], arena, width, error);
    PROM_TRY_NEW(values[1], arena, width, error);
    for (size_t item = 0; item < items; item++) {
        const int8_t *from = inputs + item * program->input_count;
        for (size_t i = 0; i < program->layer_count; i++) {
            run_layer(values[i % 2], &program->layers[i], from);
            from = values[i % 2];
        }
        memcpy(outputs + item * program->output_count, from, program->output_count);
        if (progress != NULL) {
            progress->report(progress->context, item + 1, items);
        }
    }
    return prom_ok();
}

prom_result prom_program_quantise(int8_t *quantised, const prom_program *program, const float *values, size_t count,
                                  prom_error *error)
{
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(values[i])) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "value %zu of the input is not a finite number", i);
        }
        /* The quotient of two float32 is a half, or else where the clamp does not decide, at least 2^-33 of
         * itself away from one: rounding it to 53 bits first changes nothing. */
        const double rounded = round((double)values[i] / (double)program->input_scale);
        quantised[i] = (int8_t)fmax(INT8_MIN, fmin(rounded, INT8_MAX));
    }
    return prom_ok();
}

void prom_program_dequantise(float *values, const prom_program *program, const int8_t *quantised, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        values[i] = program->output_scale * (float)quantised[i];
    }
}
