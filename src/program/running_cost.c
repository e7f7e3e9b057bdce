#include "program/plan.h"
#include "prometheus/program/run.h"

enum {
    WORKSPACE = 2 << 20, /* what run.c takes for items at once, where one needs less */
    SLACK = 1 << 19,     /* a product's pieces of rows, and what alignment costs */
};

static size_t round_up(size_t count, size_t multiple)
{
    return (count + multiple - 1) / multiple * multiple;
}

uint64_t prom_plan_packed_bytes(const prom_program *program, const prom_layer *layer)
{
    enum { BIAS_AND_MULTIPLIER = 8 };
    if (layer->kind != PROM_LAYER_CONV && layer->kind != PROM_LAYER_DENSE) {
        return 0;
    }
    const prom_value *input = prom_program_value(program, layer->inputs[0]);
    const size_t channels = layer->kind == PROM_LAYER_CONV ? input->shape.sizes[0] / layer->groups : 1;
    const size_t places = layer->weight_count / channels;
    const bool depthwise = layer->groups > 1 && channels == 1 && layer->groups == layer->rescale.count;
    const size_t groups = depthwise ? 1 : layer->groups;
    const size_t outputs = round_up(layer->rescale.count / groups, PROM_BLOCK_OUTPUTS) * groups;
    const size_t taken = depthwise || layer->kind == PROM_LAYER_DENSE ? round_up(layer->weight_count, PROM_QUAD)
                                                                      : round_up(channels, PROM_QUAD) * places;
    return (uint64_t)outputs * (taken + BIAS_AND_MULTIPLIER);
}

/* What the plan keeps of a layer beside its weights: forms, steps, buffers, and what a concat says of each input. */
static uint64_t planned_bytes(const prom_layer *layer)
{
    enum {
        INPUT_BYTES = 2 * sizeof(size_t) + sizeof(uint32_t) + 2,
        ALIGNING = 4 * PROM_ALIGNMENT,
    };
    return PROM_ORDERS * (sizeof(prom_form) + sizeof(prom_step) + 2 * sizeof(size_t)) + ALIGNING +
           layer->input_count * INPUT_BYTES;
}

uint64_t prom_program_running_bytes(const prom_program *program)
{
    uint64_t item = 2 * (uint64_t)program->input.count; /* a value may be there in two orders */
    uint64_t bytes = SLACK + planned_bytes(&program->layers[0]);
    for (size_t i = 0; i < program->layer_count; i++) {
        const prom_layer *layer = &program->layers[i];
        item += 2 * (uint64_t)layer->output.count;
        bytes += prom_plan_packed_bytes(program, layer) + planned_bytes(layer);
    }
    return bytes + (item > WORKSPACE ? item : WORKSPACE);
}
