#include <math.h>
#include <string.h>

#include "quantise/network_build_layers.h"

prom_result prom_build_reshape(prom_builder *builder, prom_build_value *value, const char *name,
                               const prom_shape *shape, prom_error *error)
{
    const prom_build_layer *from = prom_build_layer_at(builder, value->index);
    if (from != NULL && from->layer.kind == PROM_LAYER_RESHAPE) { /* the first of two in a row does nothing */
        value->sole = value->sole && from->inputs[0].sole;
        value->index = from->inputs[0].index;
    }
    if (prom_shape_equal(shape, prom_build_shape(builder, value->index))) {
        return prom_ok();
    }
    prom_build_layer *layer = NULL;
    PROM_TRY(
        prom_build_append(builder, &layer, &(prom_build_request){PROM_LAYER_RESHAPE, name, value, 1, shape}, error));
    *value = (prom_build_value){layer->index, true};
    return prom_ok();
}

/* A convolution that takes each channel by itself, with a window of one place. */
static prom_result append_depthwise(prom_builder *builder, prom_build_layer **layer, const char *name,
                                    prom_build_value input, const prom_window *window, prom_error *error)
{
    const size_t channels = prom_build_shape(builder, input.index)->sizes[CHANNEL_AXIS];
    const prom_conv_geometry geometry = {.channels = channels, .groups = channels, .window = *window};
    PROM_TRY(prom_build_conv(builder, layer, name, input, &geometry, error));
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
    const prom_build_layer *layer = prom_build_layer_at(builder, value->index);
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
    const size_t count = prom_build_weight_count(builder, layer);
    const size_t outputs = prom_build_output_channels(&layer->layer);
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

/* Here, and not where they have become a layer's weights: that may be another node's. */
static prom_result check_numbers(const prom_affine *affine, prom_error *error)
{
    const float *const numbers[] = {affine->factors, affine->offsets};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        for (size_t j = 0; numbers[i] != NULL && j < affine->count; j++) {
            if (!isfinite(numbers[i][j])) {
                return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "it %s %g, at place %zu: that is not a finite number",
                                 i == 0 ? "multiplies by" : "adds", (double)numbers[i][j], j);
            }
        }
    }
    return prom_ok();
}

prom_result prom_build_affine(prom_builder *builder, prom_build_value *value, const char *name,
                              const prom_affine *affine, prom_error *error)
{
    prom_build_layer *layer = prom_build_layer_at(builder, value->index);
    PROM_TRY(check_numbers(affine, error));
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
    while (value.sole && value.index > 0 && prom_build_only_moves(prom_build_layer_at(builder, value.index))) {
        value = prom_build_layer_at(builder, value.index)->inputs[0];
    }
    return value;
}

/* The layer that computes the value, where that may be changed; NULL else. */
static prom_build_layer *sole_origin(const prom_builder *builder, prom_build_value value)
{
    const prom_build_value from = origin(builder, value);
    return from.sole ? prom_build_layer_at(builder, from.index) : NULL;
}

static prom_result append_copy(prom_builder *builder, prom_build_layer **layer, prom_build_value *value,
                               const char *name, prom_error *error)
{
    PROM_TRY(prom_build_add(builder, layer, name, value, 1, error));
    *value = (prom_build_value){(*layer)->index, true};
    return prom_ok();
}

/* What a clamp behind slopes cuts off need not be there before them: its grid is then finer. */
static void clamp_bent(const prom_builder *builder, const prom_build_layer *sum, float low, float high)
{
    prom_build_layer *layer = sole_origin(builder, sum->bent);
    if (sum->slope > 0 && layer != NULL && layer->layer.kind != PROM_LAYER_CONCAT && !layer->layer.quantisation.given) {
        layer->layer.low = fmaxf(layer->layer.low, low / sum->slope);
        layer->layer.high = fminf(layer->layer.high, high);
    }
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
    clamp_bent(builder, layer, low, high);
    return prom_ok();
}

/* What is below 0, times the slopes. Where all slopes have one sign, so has the product, and one layer clamps it. */
static prom_result build_below(prom_builder *builder, prom_build_value *value, const char *name,
                               const prom_affine *slopes, prom_error *error)
{
    bool rises = true;
    bool falls = true;
    for (size_t i = 0; i < slopes->count; i++) {
        rises = rises && slopes->factors[i] >= 0;
        falls = falls && slopes->factors[i] <= 0;
    }
    if (!rises && !falls) {
        PROM_TRY(prom_build_clamp(builder, value, name, -INFINITY, 0, error));
        return prom_build_affine(builder, value, name, slopes, error);
    }
    PROM_TRY(prom_build_affine(builder, value, name, slopes, error));
    return prom_build_clamp(builder, value, name, rises ? -INFINITY : 0, rises ? 0 : INFINITY, error);
}

prom_result prom_build_leaky(prom_builder *builder, prom_build_value *value, const char *name,
                             const prom_affine *slopes, prom_error *error)
{
    prom_build_value parts[] = {{value->index, false}, {value->index, false}};
    prom_build_layer *layer = NULL;
    bool flat = true;
    for (size_t i = 0; i < slopes->count; i++) {
        flat = flat && slopes->factors[i] == 0;
    }
    if (flat) {
        return prom_build_clamp(builder, value, name, 0, INFINITY, error);
    }
    PROM_TRY(prom_build_clamp(builder, &parts[0], name, 0, INFINITY, error));
    PROM_TRY(build_below(builder, &parts[1], name, slopes, error));
    PROM_TRY(prom_build_add(builder, &layer, name, parts, 2, error));
    layer->slope = slopes->count == 1 && slopes->factors[0] > 0 ? slopes->factors[0] : 0;
    layer->bent = *value;
    *value = (prom_build_value){layer->index, true};
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
