#include "quantise/network_build.h"

#include <math.h>
#include <string.h>

#include "prometheus/program/program.h"

enum {
    CAPACITY_MIN = 64,
    IMAGE_RANK = 3,
    CHANNEL_AXIS = 0,
    HEIGHT_AXIS = 1,
};

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

static prom_build_layer *layer_at(const prom_builder *builder, uint32_t index)
{
    return index > 0 ? builder->layers[index - 1] : NULL;
}

const prom_shape *prom_build_shape(const prom_builder *builder, uint32_t index)
{
    return index > 0 ? &layer_at(builder, index)->layer.shape : &builder->network->input_shape;
}

static uint32_t source_of(const prom_builder *builder, uint32_t index)
{
    return index > 0 ? layer_at(builder, index)->source : 0;
}

/* A layer whose output holds values of its one input, unchanged. */
static bool only_moves(const prom_build_layer *layer)
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
    return source > 0 ? layer_at(builder, source)->layer.quantisation : builder->network->input_quantisation;
}

bool prom_quantisation_equal(const prom_quantisation *a, const prom_quantisation *b)
{
    return a->given == b->given && a->scale == b->scale && a->zero == b->zero && a->least == b->least &&
           a->most == b->most;
}

/* -- New layers -- */

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

/* Appends a layer that makes `shape`. */
static prom_result append(prom_builder *builder, prom_build_layer **made, prom_layer_kind kind, const char *name,
                          const prom_build_value *inputs, size_t input_count, const prom_shape *shape,
                          prom_error *error)
{
    prom_build_layer *layer = NULL;
    PROM_TRY(grow(builder, error));
    PROM_TRY_NEW(layer, builder->scratch, 1, error);
    PROM_TRY_NEW(layer->inputs, builder->scratch, input_count, error);
    memcpy(layer->inputs, inputs, input_count * sizeof *inputs);
    layer->layer = (prom_network_layer){
        .kind = kind, .input_count = input_count, .shape = *shape, .low = -INFINITY, .high = INFINITY};
    strncpy(layer->layer.name, name, sizeof layer->layer.name - 1);
    PROM_TRY(check_shape(&layer->layer, error));
    builder->layers[builder->count++] = layer;
    layer->index = (uint32_t)builder->count;
    layer->source = only_moves(layer) ? source_of(builder, inputs[0].index) : layer->index;
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

static size_t output_channels(const prom_network_layer *layer)
{
    return layer->shape.sizes[layer->kind == PROM_LAYER_CONV ? CHANNEL_AXIS : layer->shape.rank - 1];
}

/* Of one output channel of a layer that has weights. */
static size_t weight_count(const prom_builder *builder, const prom_build_layer *layer)
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
    PROM_TRY(append(builder, layer, PROM_LAYER_DENSE, name, &input, 1, &shape, error));
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
                            size_t channels, size_t groups, const prom_window *window, prom_error *error)
{
    prom_shape shape;
    const prom_shape *from = prom_build_shape(builder, input.index);
    PROM_TRY(shape_of_windows(&shape, from, channels, window, error));
    if (groups == 0 || from->sizes[CHANNEL_AXIS] % groups != 0 || channels % groups != 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "its %zu and %zu channels can not be parted into %zu groups",
                         from->sizes[CHANNEL_AXIS], channels, groups);
    }
    PROM_TRY(append(builder, layer, PROM_LAYER_CONV, name, &input, 1, &shape, error));
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
    PROM_TRY(append(builder, layer, kind, name, &input, 1, &shape, error));
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
    return append(builder, layer, PROM_LAYER_ADD, name, inputs, input_count, shape, error);
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
    PROM_TRY(append(builder, layer, PROM_LAYER_CONCAT, name, inputs, input_count, &shape, error));
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
    PROM_TRY(append(builder, layer, PROM_LAYER_TRANSPOSE, name, &input, 1, &shape, error));
    memcpy((*layer)->layer.permutation, permutation, from->rank);
    return prom_ok();
}

prom_result prom_build_integers(prom_builder *builder, prom_build_layer *layer, prom_error *error)
{
    const size_t outputs = output_channels(&layer->layer);
    const size_t count = outputs * weight_count(builder, layer);
    PROM_TRY(take_weights(builder, count + outputs * sizeof(float), error));
    PROM_TRY_NEW(layer->integers, builder->arena, count, error);
    PROM_TRY_NEW(layer->scales, builder->arena, outputs, error);
    layer->layer.integers = (prom_integer_weights){layer->integers, layer->scales};
    return prom_ok();
}

/* -- Changes -- */

prom_result prom_build_reshape(prom_builder *builder, prom_build_value *value, const char *name,
                               const prom_shape *shape, prom_error *error)
{
    const prom_build_layer *from = layer_at(builder, value->index);
    if (from != NULL && from->layer.kind == PROM_LAYER_RESHAPE) { /* the first of two in a row does nothing */
        value->sole = value->sole && from->inputs[0].sole;
        value->index = from->inputs[0].index;
    }
    if (prom_shape_equal(shape, prom_build_shape(builder, value->index))) {
        return prom_ok();
    }
    prom_build_layer *layer = NULL;
    PROM_TRY(append(builder, &layer, PROM_LAYER_RESHAPE, name, value, 1, shape, error));
    *value = (prom_build_value){layer->index, true};
    return prom_ok();
}

/* A convolution that takes each channel by itself, with a window of one place. */
static prom_result append_depthwise(prom_builder *builder, prom_build_layer **layer, const char *name,
                                    prom_build_value input, const prom_window *window, prom_error *error)
{
    const size_t channels = prom_build_shape(builder, input.index)->sizes[CHANNEL_AXIS];
    PROM_TRY(prom_build_conv(builder, layer, name, input, channels, channels, window, error));
    for (size_t i = 0; i < channels; i++) {
        (*layer)->weights[i] = 1;
    }
    return prom_ok();
}

prom_result prom_build_pad(prom_builder *builder, prom_build_value *value, const char *name, const prom_window *pads,
                           prom_error *error)
{
    prom_window window = *pads;
    for (size_t i = 0; i < PROM_WINDOW_AXES; i++) {
        window.axes[i].kernel = window.axes[i].stride = window.axes[i].dilation = 1;
    }
    prom_build_layer *layer = NULL;
    PROM_TRY(append_depthwise(builder, &layer, name, *value, &window, error));
    layer->pads_only = true;
    *value = (prom_build_value){layer->index, true};
    return prom_ok();
}

void prom_build_unpad(const prom_builder *builder, prom_build_value *value, prom_window *window)
{
    const prom_build_layer *layer = layer_at(builder, value->index);
    if (layer == NULL || !layer->pads_only) {
        return;
    }
    for (size_t i = 0; i < PROM_WINDOW_AXES; i++) {
        window->axes[i].pad_before += layer->layer.window.axes[i].pad_before;
        window->axes[i].pad_after += layer->layer.window.axes[i].pad_after;
    }
    value->sole = value->sole && layer->inputs[0].sole;
    value->index = layer->inputs[0].index;
}

static bool takes_affine(const prom_build_layer *layer, const prom_affine *affine)
{
    const prom_network_layer *from = &layer->layer;
    if ((from->kind != PROM_LAYER_CONV && from->kind != PROM_LAYER_DENSE) || from->quantisation.given ||
        from->low != -INFINITY || from->high != INFINITY || (layer->integers != NULL && affine->factors != NULL)) {
        return false;
    }
    const size_t channel_axis = from->kind == PROM_LAYER_CONV ? CHANNEL_AXIS : from->shape.rank - 1;
    return affine->count == 1 || (affine->first == channel_axis && affine->last == channel_axis);
}

static void apply_affine(const prom_builder *builder, prom_build_layer *layer, const prom_affine *affine)
{
    const size_t count = weight_count(builder, layer);
    const size_t outputs = output_channels(&layer->layer);
    layer->pads_only = false;
    for (size_t o = 0; o < outputs; o++) {
        const float factor = affine->factors != NULL ? affine->factors[o % affine->count] : 1;
        const float offset = affine->offsets != NULL ? affine->offsets[o % affine->count] : 0;
        for (size_t i = 0; factor != 1 && i < count; i++) {
            layer->weights[o * count + i] *= factor;
        }
        layer->biases[o] = layer->biases[o] * factor + offset;
    }
}

static const prom_window one_place = {{{1, 1, 1, 0, 0}, {1, 1, 1, 0, 0}}};

prom_result prom_build_affine(prom_builder *builder, prom_build_value *value, const char *name,
                              const prom_affine *affine, prom_error *error)
{
    prom_build_layer *layer = layer_at(builder, value->index);
    if (layer != NULL && value->sole && takes_affine(layer, affine)) {
        apply_affine(builder, layer, affine);
        return prom_ok();
    }
    /* All axes up to the last along which it changes become channels, and each channel gets a weight and a bias. */
    const prom_shape shape = *prom_build_shape(builder, value->index);
    prom_shape image = shape;
    if (shape.rank != IMAGE_RANK || affine->last != CHANNEL_AXIS) {
        image = (prom_shape){IMAGE_RANK, {1, 1, 1}};
        for (size_t i = 0; i < shape.rank; i++) {
            image.sizes[i <= affine->last ? CHANNEL_AXIS : HEIGHT_AXIS] *= shape.sizes[i];
        }
    }
    PROM_TRY(prom_build_reshape(builder, value, name, &image, error));
    PROM_TRY(append_depthwise(builder, &layer, name, *value, &one_place, error));
    apply_affine(builder, layer, affine);
    *value = (prom_build_value){layer->index, true};
    return prom_build_reshape(builder, value, name, &shape, error);
}

/* Where the value comes from, behind all layers that only move it, as long as nobody else sees what they make: what is
 * done to each number by itself and keeps their order, as a clamp does, can be done there as well. */
static prom_build_value origin(const prom_builder *builder, prom_build_value value)
{
    while (value.sole && value.index > 0 && only_moves(layer_at(builder, value.index))) {
        value = layer_at(builder, value.index)->inputs[0];
    }
    return value;
}

/* The layer that computes the value, where that may be changed; NULL else. */
static prom_build_layer *sole_origin(const prom_builder *builder, prom_build_value value)
{
    const prom_build_value from = origin(builder, value);
    return from.sole ? layer_at(builder, from.index) : NULL;
}

static prom_result append_copy(prom_builder *builder, prom_build_layer **layer, prom_build_value *value,
                               const char *name, prom_error *error)
{
    PROM_TRY(prom_build_add(builder, layer, name, value, 1, error));
    *value = (prom_build_value){(*layer)->index, true};
    return prom_ok();
}

prom_result prom_build_clamp(prom_builder *builder, prom_build_value *value, const char *name, float low, float high,
                             prom_error *error)
{
    prom_build_layer *layer = sole_origin(builder, *value);
    if (layer == NULL || layer->layer.kind == PROM_LAYER_CONCAT || layer->layer.quantisation.given) {
        PROM_TRY(append_copy(builder, &layer, value, name, error));
    }
    layer->pads_only = false;
    layer->layer.low = fmaxf(layer->layer.low, low);
    layer->layer.high = fminf(layer->layer.high, high);
    return prom_ok();
}

/* The same without looking into what a concat joins. */
static prom_result quantise_plain(prom_builder *builder, prom_build_value *value, const char *name,
                                  const prom_quantisation *quantisation, prom_error *error)
{
    const prom_quantisation has = prom_build_quantisation(builder, value->index);
    if (prom_quantisation_equal(&has, quantisation)) {
        return prom_ok();
    }
    const prom_build_value from = origin(builder, *value);
    if (from.index == 0 && from.sole && !has.given) {
        builder->network->input_quantisation = *quantisation;
        return prom_ok();
    }
    prom_build_layer *layer = sole_origin(builder, *value);
    if (layer == NULL || layer->layer.kind == PROM_LAYER_CONCAT || layer->layer.quantisation.given) {
        PROM_TRY(append_copy(builder, &layer, value, name, error));
    }
    layer->pads_only = false;
    layer->layer.quantisation = *quantisation;
    return prom_ok();
}

prom_result prom_build_quantise(prom_builder *builder, prom_build_value *value, const char *name,
                                const prom_quantisation *quantisation, prom_error *error)
{
    prom_build_layer *layer = sole_origin(builder, *value);
    if (layer == NULL || layer->layer.kind != PROM_LAYER_CONCAT || layer->layer.quantisation.given) {
        return quantise_plain(builder, value, name, quantisation, error);
    }
    /* Each of the joined values gets it, so that they all have one scale. */
    for (size_t i = 0; i < layer->layer.input_count; i++) {
        PROM_TRY(quantise_plain(builder, &layer->inputs[i], name, quantisation, error));
    }
    layer->layer.quantisation = *quantisation;
    return prom_ok();
}

/* -- The end -- */

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
        const prom_build_layer *layer = layer_at(builder, stack[depth - 1].index);
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
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "node '%s': %s %zu is not a finite number",
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
        const size_t outputs = output_channels(&layer->layer);
        PROM_TRY(check_finite(layer, layer->weights, outputs * weight_count(builder, layer), "weight", error));
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
    if (count == 0 || count > PROM_PROGRAM_LAYERS_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the graph computes nothing, or takes more than %u layers: %zu", PROM_PROGRAM_LAYERS_MAX,
                         count);
    }
    PROM_TRY_NEW(layers, builder->arena, count, error);
    for (size_t i = 0; i < count; i++) {
        places[order[i]] = (uint32_t)i + 1;
        PROM_TRY(finish_layer(builder, &layers[i], layer_at(builder, order[i]), places, error));
    }
    builder->network->layers = layers;
    builder->network->layer_count = count;
    return prom_ok();
}
