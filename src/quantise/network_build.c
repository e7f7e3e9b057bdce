#include "quantise/network_build_layers.h"

#include <math.h>
#include <string.h>

#include "prometheus/program/program.h"

enum { CAPACITY_MIN = 64 };

prom_result prom_builder_init(prom_builder *builder, prom_arena *arena, prom_arena *scratch, const prom_shape *shape,
                              size_t weights_max, prom_error *error)
{
    *builder = (prom_builder){.arena = arena, .scratch = scratch, .weights_left = weights_max};
    PROM_TRY_NEW(builder->network, arena, 1, error);
    builder->network->input_shape = *shape;
    size_t *count = &builder->network->input_count;
    if (!prom_shape_count(count, shape) || *count == 0 || *count > PROM_PROGRAM_VALUES_MAX) {
        char text[PROM_SHAPE_TEXT];
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "an item of shape %s does not have 1 to %u values",
                         prom_shape_text(text, shape), PROM_PROGRAM_VALUES_MAX);
    }
    return prom_ok();
}

prom_build_layer *prom_build_layer_at(const prom_builder *builder, uint32_t index)
{
    return index > 0 ? builder->layers[index - 1] : NULL;
}

const prom_shape *prom_build_shape(const prom_builder *builder, uint32_t index)
{
    return index > 0 ? &prom_build_layer_at(builder, index)->layer.shape : &builder->network->input_shape;
}

static uint32_t source_of(const prom_builder *builder, uint32_t index)
{
    return index > 0 ? prom_build_layer_at(builder, index)->source : 0;
}

bool prom_build_only_moves(const prom_build_layer *layer)
{
    const prom_layer_kind kind = layer->layer.kind;
    return kind == PROM_LAYER_RESHAPE || kind == PROM_LAYER_TRANSPOSE || kind == PROM_LAYER_MAX_POOL;
}

/* What the joined values have in common; not given where that is nothing. */
static prom_quantisation common_quantisation(const prom_builder *builder, const prom_build_value *inputs, size_t count)
{
    const prom_quantisation first = prom_build_quantisation(builder, inputs[0].index);
    for (size_t i = 1; i < count; i++) {
        const prom_quantisation other = prom_build_quantisation(builder, inputs[i].index);
        if (!prom_quantisation_equal(&first, &other)) {
            return (prom_quantisation){.given = false};
        }
    }
    return first;
}

prom_quantisation prom_build_quantisation(const prom_builder *builder, uint32_t index)
{
    const uint32_t source = source_of(builder, index);
    return source > 0 ? prom_build_layer_at(builder, source)->layer.quantisation : builder->network->input_quantisation;
}

bool prom_quantisation_equal(const prom_quantisation *a, const prom_quantisation *b)
{
    return a->given == b->given && a->scale == b->scale && a->zero == b->zero && a->low == b->low && a->high == b->high;
}

static prom_result grow(prom_builder *builder, prom_error *error)
{
    if (builder->count < builder->capacity) {
        return prom_ok();
    }
    prom_build_layer **layers = NULL;
    const size_t capacity = builder->capacity > 0 ? 2 * builder->capacity : CAPACITY_MIN;
    PROM_TRY_NEW(layers, builder->scratch, capacity, error);
    if (builder->count > 0) {
        memcpy(layers, builder->layers, builder->count * sizeof(prom_build_layer *));
    }
    builder->layers = layers;
    builder->capacity = capacity;
    return prom_ok();
}

static prom_result check_shape(prom_network_layer *layer, prom_error *error)
{
    if (!prom_shape_count(&layer->count, &layer->shape) || layer->count == 0 ||
        layer->count > PROM_PROGRAM_VALUES_MAX) {
        char text[PROM_SHAPE_TEXT];
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "it makes %s: an item must have 1 to %u values",
                         prom_shape_batch_text(text, &layer->shape), PROM_PROGRAM_VALUES_MAX);
    }
    return prom_ok();
}

prom_result prom_build_append(prom_builder *builder, prom_build_layer **made, const prom_build_request *request,
                              prom_error *error)
{
    prom_build_layer *layer = NULL;
    PROM_TRY(grow(builder, error));
    PROM_TRY_NEW(layer, builder->scratch, 1, error);
    PROM_TRY_NEW(layer->inputs, builder->scratch, request->input_count, error);
    memcpy(layer->inputs, request->inputs, request->input_count * sizeof *request->inputs);
    layer->layer = (prom_network_layer){.kind = request->kind,
                                        .input_count = request->input_count,
                                        .shape = *request->shape,
                                        .low = -INFINITY,
                                        .high = INFINITY};
    strncpy(layer->layer.name, request->name, sizeof layer->layer.name - 1);
    PROM_TRY(check_shape(&layer->layer, error));
    builder->layers[builder->count++] = layer;
    layer->index = (uint32_t)builder->count;
    layer->source = prom_build_only_moves(layer) ? source_of(builder, request->inputs[0].index) : layer->index;
    *made = layer;
    return prom_ok();
}

static prom_result take_weights(prom_builder *builder, size_t bytes, prom_error *error)
{
    if (bytes > builder->weights_left) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "its weights would take more memory than a model of this length may: is one constant used "
                         "over and over?");
    }
    builder->weights_left -= bytes;
    return prom_ok();
}

static prom_result new_weights(prom_builder *builder, prom_build_layer *layer, size_t outputs, size_t count,
                               prom_error *error)
{
    if (count > PROM_COUNT_MAX / outputs / sizeof(float) - 1) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "it has too many weights");
    }
    PROM_TRY(take_weights(builder, outputs * (count + 1) * sizeof(float), error));
    PROM_TRY_NEW(layer->weights, builder->arena, outputs * count, error);
    PROM_TRY_NEW(layer->biases, builder->arena, outputs, error);
    layer->layer.weights = layer->weights;
    layer->layer.biases = layer->biases;
    return prom_ok();
}

size_t prom_build_output_channels(const prom_network_layer *layer)
{
    return layer->shape.sizes[layer->kind == PROM_LAYER_CONV ? CHANNEL_AXIS : layer->shape.rank - 1];
}

size_t prom_build_weight_count(const prom_builder *builder, const prom_build_layer *layer)
{
    const prom_shape *input = prom_build_shape(builder, layer->inputs[0].index);
    const prom_window_axis *axes = layer->layer.window.axes;
    if (layer->layer.kind == PROM_LAYER_DENSE) {
        return input->sizes[input->rank - 1];
    }
    return input->sizes[CHANNEL_AXIS] / layer->layer.groups * axes[PROM_WINDOW_HEIGHT].kernel *
           axes[PROM_WINDOW_WIDTH].kernel;
}

prom_result prom_build_dense(prom_builder *builder, prom_build_layer **layer, const char *name, prom_build_value input,
                             size_t outputs, prom_error *error)
{
    prom_shape shape = *prom_build_shape(builder, input.index);
    const size_t taken = shape.sizes[shape.rank - 1];
    shape.sizes[shape.rank - 1] = outputs;
    PROM_TRY(
        prom_build_append(builder, layer, &(prom_build_request){PROM_LAYER_DENSE, name, &input, 1, &shape}, error));
    return new_weights(builder, *layer, outputs, taken, error);
}

/* The shape that windows over `input` make, with `channels`. */
static prom_result shape_of_windows(prom_shape *shape, const prom_shape *input, size_t channels,
                                    const prom_window *window, prom_error *error)
{
    char text[PROM_SHAPE_TEXT];
    *shape = (prom_shape){IMAGE_RANK, {channels}};
    if (input->rank != IMAGE_RANK) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "it gets %s: it takes batch, channels, height and width",
                         prom_shape_batch_text(text, input));
    }
    for (size_t i = 0; i < PROM_WINDOW_AXES; i++) {
        shape->sizes[HEIGHT_AXIS + i] = prom_window_fits(&window->axes[i], input->sizes[HEIGHT_AXIS + i]);
        if (shape->sizes[HEIGHT_AXIS + i] == 0) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "it gets %s: its window of %ux%u does not fit",
                             prom_shape_batch_text(text, input), window->axes[PROM_WINDOW_HEIGHT].kernel,
                             window->axes[PROM_WINDOW_WIDTH].kernel);
        }
    }
    return prom_ok();
}

prom_result prom_build_conv(prom_builder *builder, prom_build_layer **layer, const char *name, prom_build_value input,
                            const prom_conv_geometry *geometry, prom_error *error)
{
    prom_shape shape;
    const size_t channels = geometry->channels;
    const size_t groups = geometry->groups;
    const prom_window *window = &geometry->window;
    const prom_shape *from = prom_build_shape(builder, input.index);
    PROM_TRY(shape_of_windows(&shape, from, channels, window, error));
    if (groups == 0 || from->sizes[CHANNEL_AXIS] % groups != 0 || channels % groups != 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "its %zu and %zu channels cannot be parted into %zu groups",
                         from->sizes[CHANNEL_AXIS], channels, groups);
    }
    PROM_TRY(prom_build_append(builder, layer, &(prom_build_request){PROM_LAYER_CONV, name, &input, 1, &shape}, error));
    (*layer)->layer.window = *window;
    (*layer)->layer.groups = (uint32_t)groups; /* a divisor of the channels, which are at most 2^24 */
    /* Channels and windows are each less than 2^25 and lie inside images of as many values, or in padding: no more than
     * 75 bits, so the product is made in steps. */
    const size_t each = from->sizes[CHANNEL_AXIS] / groups;
    const size_t height = window->axes[PROM_WINDOW_HEIGHT].kernel;
    const size_t width = window->axes[PROM_WINDOW_WIDTH].kernel;
    if (height > PROM_COUNT_MAX / width || each > PROM_COUNT_MAX / (height * width)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "it has too many weights");
    }
    return new_weights(builder, *layer, channels, each * height * width, error);
}

prom_result prom_build_pool(prom_builder *builder, prom_build_layer **layer, const char *name, prom_build_value input,
                            prom_layer_kind kind, const prom_window *window, prom_error *error)
{
    prom_shape shape;
    const prom_shape *from = prom_build_shape(builder, input.index);
    PROM_TRY(shape_of_windows(&shape, from, from->sizes[CHANNEL_AXIS], window, error));
    for (size_t i = 0; i < PROM_WINDOW_AXES; i++) {
        if (!prom_window_always_inside(&window->axes[i], from->sizes[HEIGHT_AXIS + i])) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "its window can lie in the padding alone");
        }
    }
    PROM_TRY(prom_build_append(builder, layer, &(prom_build_request){kind, name, &input, 1, &shape}, error));
    (*layer)->layer.window = *window;
    return prom_ok();
}

prom_result prom_build_add(prom_builder *builder, prom_build_layer **layer, const char *name,
                           const prom_build_value *inputs, size_t input_count, prom_error *error)
{
    const prom_shape *shape = prom_build_shape(builder, inputs[0].index);
    if (input_count == 2 && !prom_shape_equal(shape, prom_build_shape(builder, inputs[1].index))) {
        char first[PROM_SHAPE_TEXT];
        char second[PROM_SHAPE_TEXT];
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "it gets %s and %s: only two values of one shape can be added",
                         prom_shape_batch_text(first, shape),
                         prom_shape_batch_text(second, prom_build_shape(builder, inputs[1].index)));
    }
    return prom_build_append(builder, layer, &(prom_build_request){PROM_LAYER_ADD, name, inputs, input_count, shape},
                             error);
}

static prom_result shape_of_concat(const prom_builder *builder, prom_shape *shape, const prom_build_value *inputs,
                                   size_t input_count, size_t axis, prom_error *error)
{
    *shape = *prom_build_shape(builder, inputs[0].index);
    for (size_t i = 1; i < input_count; i++) {
        prom_shape other = *prom_build_shape(builder, inputs[i].index);
        const size_t joined = shape->sizes[axis] + other.sizes[axis];
        other.sizes[axis] = shape->sizes[axis];
        if (!prom_shape_equal(shape, &other) || joined > PROM_PROGRAM_VALUES_MAX) {
            char text[PROM_SHAPE_TEXT];
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "its input %zu, of shape %s, does not fit those before it",
                             i, prom_shape_batch_text(text, prom_build_shape(builder, inputs[i].index)));
        }
        shape->sizes[axis] = joined;
    }
    return prom_ok();
}

prom_result prom_build_concat(prom_builder *builder, prom_build_layer **layer, const char *name,
                              const prom_build_value *inputs, size_t input_count, size_t axis, prom_error *error)
{
    prom_shape shape;
    PROM_TRY(shape_of_concat(builder, &shape, inputs, input_count, axis, error));
    PROM_TRY(prom_build_append(builder, layer,
                               &(prom_build_request){PROM_LAYER_CONCAT, name, inputs, input_count, &shape}, error));
    (*layer)->layer.axis = (uint32_t)axis;
    (*layer)->layer.quantisation = common_quantisation(builder, inputs, input_count);
    return prom_ok();
}

prom_result prom_build_transpose(prom_builder *builder, prom_build_layer **layer, const char *name,
                                 prom_build_value input, const uint8_t *permutation, prom_error *error)
{
    const prom_shape *from = prom_build_shape(builder, input.index);
    prom_shape shape = {.rank = from->rank};
    for (size_t i = 0; i < from->rank; i++) {
        shape.sizes[i] = from->sizes[permutation[i]];
    }
    PROM_TRY(
        prom_build_append(builder, layer, &(prom_build_request){PROM_LAYER_TRANSPOSE, name, &input, 1, &shape}, error));
    memcpy((*layer)->layer.permutation, permutation, from->rank);
    return prom_ok();
}

prom_result prom_build_integers(prom_builder *builder, prom_build_layer *layer, prom_error *error)
{
    const size_t outputs = prom_build_output_channels(&layer->layer);
    const size_t count = outputs * prom_build_weight_count(builder, layer);
    PROM_TRY(take_weights(builder, count + outputs * sizeof(float), error));
    PROM_TRY_NEW(layer->integers, builder->arena, count, error);
    PROM_TRY_NEW(layer->scales, builder->arena, outputs, error);
    layer->layer.integers = (prom_integer_weights){layer->integers, layer->scales};
    return prom_ok();
}

/* The layers that `output` needs, each behind those that it reads: a walk in depth, with a stack of its own. */
static prom_result put_in_order(const prom_builder *builder, uint32_t *order, size_t *ordered, uint32_t output,
                                prom_error *error)
{
    struct {
        uint32_t index;
        size_t input; /* the next one to visit */
    } *stack = NULL;
    bool *seen = NULL;
    size_t depth = 0;
    PROM_TRY_NEW(stack, builder->scratch, builder->count + 1, error);
    PROM_TRY_NEW(seen, builder->scratch, builder->count + 1, error);
    *ordered = 0;
    seen[0] = true; /* the network's input */
    if (!seen[output]) {
        seen[output] = true;
        stack[depth++].index = output;
    }
    while (depth > 0) {
        const prom_build_layer *layer = prom_build_layer_at(builder, stack[depth - 1].index);
        if (stack[depth - 1].input == layer->layer.input_count) {
            order[(*ordered)++] = layer->index;
            depth--;
            continue;
        }
        const uint32_t input = layer->inputs[stack[depth - 1].input++].index;
        if (!seen[input]) {
            seen[input] = true;
            stack[depth].index = input;
            stack[depth++].input = 0;
        }
    }
    return prom_ok();
}

static prom_result check_finite(const prom_build_layer *layer, const float *values, size_t count, const char *what,
                                prom_error *error)
{
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(values[i])) {
            return prom_fail(
                error, PROM_CATEGORY_BAD_INPUT,
                "node '%s': %s %zu is not a finite number, together with the nodes behind it that became part of it",
                layer->layer.name, what, i);
        }
    }
    return prom_ok();
}

/* The layer as the network has it; places[i] is what number i is called there. */
static prom_result finish_layer(const prom_builder *builder, prom_network_layer *finished, prom_build_layer *layer,
                                const uint32_t *places, prom_error *error)
{
    uint32_t *inputs = NULL;
    PROM_TRY_NEW(inputs, builder->arena, layer->layer.input_count, error);
    for (size_t i = 0; i < layer->layer.input_count; i++) {
        inputs[i] = places[layer->inputs[i].index];
    }
    if (layer->layer.kind == PROM_LAYER_CONCAT &&
        !layer->layer.quantisation.given) { /* of integers that were not known */
        layer->layer.quantisation = common_quantisation(builder, layer->inputs, layer->layer.input_count);
    }
    *finished = layer->layer;
    finished->inputs = inputs;
    finished->quantisation = prom_build_quantisation(builder, layer->index);
    if (layer->weights != NULL) {
        const size_t outputs = prom_build_output_channels(&layer->layer);
        PROM_TRY(
            check_finite(layer, layer->weights, outputs * prom_build_weight_count(builder, layer), "weight", error));
        PROM_TRY(check_finite(layer, layer->biases, outputs, "bias", error));
    }
    return prom_ok();
}

prom_result prom_build_finish(prom_builder *builder, uint32_t output, prom_error *error)
{
    uint32_t *order = NULL;
    uint32_t *places = NULL;
    prom_network_layer *layers = NULL;
    size_t count = 0;
    PROM_TRY_NEW(order, builder->scratch, builder->count, error);
    PROM_TRY_NEW(places, builder->scratch, builder->count + 1, error);
    PROM_TRY(put_in_order(builder, order, &count, output, error));
    if (count == 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the graph computes nothing up to there: its output is its input as it came");
    }
    if (count > PROM_PROGRAM_LAYERS_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the graph takes %zu layers, and %u are the most", count,
                         PROM_PROGRAM_LAYERS_MAX);
    }
    PROM_TRY_NEW(layers, builder->arena, count, error);
    for (size_t i = 0; i < count; i++) {
        places[order[i]] = (uint32_t)i + 1;
        PROM_TRY(finish_layer(builder, &layers[i], prom_build_layer_at(builder, order[i]), places, error));
    }
    builder->network->layers = layers;
    builder->network->layer_count = count;
    return prom_ok();
}
