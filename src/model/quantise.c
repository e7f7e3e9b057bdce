#include "prometheus/model/quantise.h"

#include <float.h>
#include <math.h>

#include "prometheus/model/onnx.h"

enum { WEIGHT_LARGEST = 127 }; /* symmetric: -128 is not used */

/* The numbers of one layer's prom_layer, while they are being found. */
typedef struct layer_numbers {
    uint32_t *multipliers;
    int32_t *biases;
    int8_t *weights;
} layer_numbers;

/* The scale of values whose largest magnitude over the calibration set is `largest`. */
static prom_result choose_scale(float *scale, float largest, const char *what, prom_error *error)
{
    *scale = largest / PROM_ACTIVATION_LARGEST;
    if (!isfinite(largest)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s are not all finite on the calibration set", what);
    }
    if (*scale < FLT_MIN) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%s are zero on the whole calibration set: no scale can be taken from it", what);
    }
    return prom_ok();
}

static float largest_magnitude(const float *values, size_t count)
{
    float largest = 0;
    for (size_t i = 0; i < count; i++) {
        largest = fmaxf(largest, fabsf(values[i]));
    }
    return largest;
}

/* One output at a given shift. The multiplier comes first: multiplier / 2^shift is then exact, for it sets the scale
 * that the output's weights are rounded at: input scale * weight scale * multiplier / 2^shift = output scale. False
 * when a number does not fit. */
static bool quantise_output(layer_numbers *numbers, size_t o, const prom_network_layer *from, double input_scale,
                            double output_scale, uint8_t shift)
{
    const float *weights = from->weights + o * from->inputs;
    const double product_scale = ldexp(output_scale, -shift); /* the real value of 1 in multiplier * sum */
    const double least_scale = (double)largest_magnitude(weights, from->inputs) / WEIGHT_LARGEST;
    const double multiplier = fmax(1, ceil(least_scale * input_scale / product_scale));
    const double weight_scale = multiplier * product_scale / input_scale;
    const double bias = round((double)from->biases[o] / (multiplier * product_scale));
    if (!(multiplier <= PROM_PROGRAM_MULTIPLIER_MOST) || !(fabs(bias) <= INT32_MAX)) {
        return false;
    }
    numbers->multipliers[o] = (uint32_t)multiplier;
    numbers->biases[o] = (int32_t)bias;
    for (size_t i = 0; i < from->inputs; i++) {
        const double weight = round((double)weights[i] / weight_scale);
        numbers->weights[o * from->inputs + i] = (int8_t)fmax(-WEIGHT_LARGEST, fmin(weight, WEIGHT_LARGEST));
    }
    return true;
}

static bool quantise_at_shift(layer_numbers *numbers, const prom_layer *layer, const prom_network_layer *from,
                              double input_scale, double output_scale, int32_t input_least)
{
    for (size_t o = 0; o < from->outputs; o++) {
        if (!quantise_output(numbers, o, from, input_scale, output_scale, layer->shift)) {
            return false;
        }
    }
    size_t output = 0;
    return prom_layer_within_bound(&output, layer, input_least);
}

/* The largest shift that keeps the exact bound gives the finest multipliers. */
static prom_result quantise_layer(prom_arena *arena, prom_layer *layer, const prom_network_layer *from,
                                  float input_scale, float output_scale, int32_t input_least, prom_error *error)
{
    layer_numbers numbers = {0};
    PROM_TRY_NEW(numbers.multipliers, arena, from->outputs, error);
    PROM_TRY_NEW(numbers.biases, arena, from->outputs, error);
    PROM_TRY_NEW(numbers.weights, arena, from->outputs * from->inputs, error);
    *layer = (prom_layer){.kind = PROM_LAYER_DENSE,
                          .activation = from->relu ? PROM_ACTIVATION_RELU : PROM_ACTIVATION_NONE,
                          .inputs = from->inputs,
                          .outputs = from->outputs,
                          .multipliers = numbers.multipliers,
                          .biases = numbers.biases,
                          .weights = numbers.weights};
    for (layer->shift = PROM_PROGRAM_SHIFT_MOST; layer->shift > 0; layer->shift--) {
        if (quantise_at_shift(&numbers, layer, from, (double)input_scale, (double)output_scale, input_least)) {
            return prom_ok();
        }
    }
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                     "layer '%s': its weights or biases are so large beside the values that the calibration set gives "
                     "(at most %g) that no exact bound can hold: is the set like the inputs that the model will see?",
                     from->name, (double)output_scale * PROM_ACTIVATION_LARGEST);
}

static prom_result quantise_layers(prom_arena *scratch, prom_program *parts, const prom_network *network,
                                   const float *largest, prom_error *error)
{
    prom_layer *layers = NULL;
    PROM_TRY_NEW(layers, scratch, network->layer_count, error);
    PROM_TRY(choose_scale(&parts->input_scale, largest[0], "the inputs", error));
    float scale = parts->input_scale;
    int32_t input_least = INT8_MIN;
    for (size_t i = 0; i < network->layer_count; i++) {
        const prom_network_layer *from = &network->layers[i];
        PROM_TRY(prom_within(choose_scale(&parts->output_scale, largest[i + 1], "its outputs", error), error,
                             "layer '%s'", from->name));
        PROM_TRY(quantise_layer(scratch, &layers[i], from, scale, parts->output_scale, input_least, error));
        scale = parts->output_scale;
        input_least = prom_activation_least(layers[i].activation);
    }
    parts->layers = layers;
    parts->layer_count = network->layer_count;
    return prom_ok();
}

prom_result prom_network_quantise(prom_arena *arena, const prom_program **program, const prom_network *network,
                                  const prom_tensor *calibration, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_program parts = {.input_shape = network->input_shape, .output_shape = network->output_shape};
    size_t items = 0;
    float *largest = NULL;
    *program = NULL;
    prom_arena_init(&scratch, arena->limit - arena->used);
    PROM_TRY(prom_within(prom_tensor_items(&items, calibration, &network->input_shape, PROM_DTYPE_F32, error), error,
                         "the calibration set"));
    PROM_TRY_NEW(largest, &scratch, network->layer_count + 1, error);
    PROM_TRY(prom_network_run(&scratch, NULL, largest, network, calibration->data, items, error));
    PROM_TRY(quantise_layers(&scratch, &parts, network, largest, error));
    return prom_program_build(arena, program, &parts, error);
}

prom_result prom_model_compile(prom_arena *arena, const prom_program **program, prom_span onnx,
                               const prom_tensor *calibration, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    const prom_network *network = NULL;
    *program = NULL;
    prom_arena_init(&scratch, arena->limit - arena->used);
    PROM_TRY(prom_onnx_read(&scratch, &network, onnx, error));
    return prom_network_quantise(arena, program, network, calibration, error);
}
