#include "prometheus/model/network.h"

#include <math.h>
#include <string.h>

static void run_layer(float *outputs, const prom_network_layer *layer, const float *inputs)
{
    for (size_t o = 0; o < layer->outputs; o++) {
        const float *weights = layer->weights + o * layer->inputs;
        double sum = (double)layer->biases[o];
        for (size_t i = 0; i < layer->inputs; i++) {
            sum += (double)weights[i] * (double)inputs[i];
        }
        outputs[o] = (float)(layer->relu && sum < 0 ? 0 : sum);
    }
}

static void note_largest(float *largest, const float *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const float magnitude = isfinite(values[i]) ? fabsf(values[i]) : INFINITY;
        *largest = magnitude > *largest ? magnitude : *largest;
    }
}

static size_t widest(const prom_network *network)
{
    size_t width = 0;
    for (size_t i = 0; i < network->layer_count; i++) {
        width = network->layers[i].outputs > width ? network->layers[i].outputs : width;
    }
    return width;
}

prom_result prom_network_run(prom_arena *arena, float *outputs, float *largest, const prom_network *network,
                             const float *inputs, size_t items, prom_error *error)
{
    const size_t width = widest(network);
    float *values[2] = {NULL, NULL};
    PROM_TRY_NEW(values[0], arena, width, error);
    PROM_TRY_NEW(values[1], arena, width, error);
    for (size_t i = 0; largest != NULL && i <= network->layer_count; i++) {
        largest[i] = 0;
    }
    for (size_t item = 0; item < items; item++) {
        const float *from = inputs + item * network->input_count;
        if (largest != NULL) {
            note_largest(&largest[0], from, network->input_count);
        }
        for (size_t i = 0; i < network->layer_count; i++) {
            run_layer(values[i % 2], &network->layers[i], from);
            from = values[i % 2];
            if (largest != NULL) {
                note_largest(&largest[i + 1], from, network->layers[i].outputs);
            }
        }
        if (outputs != NULL) {
            memcpy(outputs + item * network->output_count, from, network->output_count * sizeof *outputs);
        }
    }
    return prom_ok();
}
