#include "program/layer_traits.h"

#include <string.h>

enum {
    IMAGE_RANK = 3,
    CHANNEL_AXIS = 0,
    HEIGHT_AXIS = 1,
};

static const prom_layer_traits traits[PROM_LAYER_KINDS + 1] = {
    [PROM_LAYER_DENSE] = {1, 1, false, true, true},     [PROM_LAYER_CONV] = {1, 1, true, true, true},
    [PROM_LAYER_MAX_POOL] = {1, 1, true, false, false}, [PROM_LAYER_AVERAGE_POOL] = {1, 1, true, false, true},
    [PROM_LAYER_ADD] = {1, 2, false, false, true},      [PROM_LAYER_CONCAT] = {2, UINT16_MAX, false, false, false},
    [PROM_LAYER_RESHAPE] = {1, 1, false, false, false}, [PROM_LAYER_TRANSPOSE] = {1, 1, false, false, false},
};

const prom_layer_traits *prom_layer_traits_of(unsigned kind)
{
    return kind >= 1 && kind <= PROM_LAYER_KINDS ? &traits[kind] : NULL;
}

/* -- Shapes -- */

static prom_result refuse_shape(const prom_layer *layer, const prom_shape *input, const char *why, prom_error *error)
{
    char text[PROM_SHAPE_TEXT];
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s of %s: %s", prom_layer_kind_name(layer->kind),
                     prom_shape_text(text, input), why);
}

static prom_result shape_of_windows(prom_layer *layer, const prom_shape *input, size_t channels, prom_error *error)
{
    prom_shape *shape = &layer->output.shape;
    if (input->rank != IMAGE_RANK) {
        return refuse_shape(layer, input, "it takes channels x height x width", error);
    }
    *shape = (prom_shape){IMAGE_RANK, {channels}};
    for (size_t i = 0; i < PROM_WINDOW_AXES; i++) {
        const size_t size = input->sizes[HEIGHT_AXIS + i];
        const size_t fits = prom_window_fits(&layer->window.axes[i], size);
        if (fits == 0) {
            return refuse_shape(layer, input, "its window does not fit, or has a kernel, stride or dilation of 0",
                                error);
        }
        if (layer->kind == PROM_LAYER_MAX_POOL && !prom_window_always_inside(&layer->window.axes[i], size)) {
            return refuse_shape(layer, input, "its window can lie in the padding alone", error);
        }
        shape->sizes[HEIGHT_AXIS + i] = fits;
    }
    return prom_ok();
}

static prom_result shape_of_conv(prom_layer *layer, const prom_shape *input, uint32_t channels, prom_error *error)
{
    PROM_TRY(shape_of_windows(layer, input, channels, error));
    const size_t taken = input->sizes[CHANNEL_AXIS];
    if (layer->groups == 0 || taken % layer->groups != 0 || channels % layer->groups != 0) {
        return refuse_shape(layer, input, "its channels cannot be parted into its groups", error);
    }
    /* Channels of 24 bits, kernels of 32 bits in all: far inside 64 bits. */
    layer->weight_count = taken / layer->groups * prom_window_places(&layer->window);
    return prom_ok();
}

static prom_result shape_of_dense(prom_layer *layer, const prom_shape *input, uint32_t channels)
{
    layer->output.shape = *input;
    layer->output.shape.sizes[input->rank - 1] = channels;
    layer->weight_count = input->sizes[input->rank - 1];
    return prom_ok();
}

static prom_result shape_of_concat(prom_layer *layer, const prom_value *inputs, prom_error *error)
{
    prom_shape *shape = &layer->output.shape;
    *shape = inputs[0].shape;
    if (layer->axis >= shape->rank) {
        return refuse_shape(layer, shape, "there is no such axis", error);
    }
    for (size_t i = 1; i < layer->input_count; i++) {
        prom_shape other = inputs[i].shape;
        const size_t joined = shape->sizes[layer->axis] + (layer->axis < other.rank ? other.sizes[layer->axis] : 0);
        other.sizes[layer->axis] = shape->sizes[layer->axis];
        if (!prom_shape_equal(shape, &other)) {
            return refuse_shape(layer, &inputs[i].shape, "it does not fit what stands before it", error);
        }
        shape->sizes[layer->axis] = joined;
    }
    return prom_ok();
}

static prom_result shape_of_transpose(prom_layer *layer, const prom_shape *input, prom_error *error)
{
    unsigned seen = 0;
    layer->output.shape = *input;
    for (size_t i = 0; i < input->rank; i++) {
        const unsigned axis = layer->permutation[i];
        if (axis >= input->rank || (seen & 1U << axis) != 0) {
            return refuse_shape(layer, input, "its permutation is none of these axes", error);
        }
        seen |= 1U << axis;
        layer->output.shape.sizes[i] = input->sizes[axis];
    }
    return prom_ok();
}

static prom_result shape_of_kind(prom_layer *layer, const prom_value *inputs, uint32_t channels, prom_error *error)
{
    const prom_shape *input = &inputs[0].shape;
    size_t count = 0;
    switch (layer->kind) {
    case PROM_LAYER_DENSE:
        return shape_of_dense(layer, input, channels);
    case PROM_LAYER_CONV:
        return shape_of_conv(layer, input, channels, error);
    case PROM_LAYER_MAX_POOL:
    case PROM_LAYER_AVERAGE_POOL:
        return shape_of_windows(layer, input, input->sizes[CHANNEL_AXIS], error);
    case PROM_LAYER_ADD:
        layer->output.shape = *input;
        if (layer->input_count > 1 && !prom_shape_equal(input, &inputs[1].shape)) {
            return refuse_shape(layer, input, "its inputs have two shapes", error);
        }
        return prom_ok();
    case PROM_LAYER_CONCAT:
        return shape_of_concat(layer, inputs, error);
    case PROM_LAYER_RESHAPE:
        if (!prom_shape_count(&count, &layer->output.shape) || count != inputs[0].count) {
            return refuse_shape(layer, input, "the new shape holds another number of values", error);
        }
        return prom_ok();
    case PROM_LAYER_TRANSPOSE:
        return shape_of_transpose(layer, input, error);
    }
    return prom_fail(error, PROM_CATEGORY_BROKEN, "a layer of no kind");
}

/* The least range that holds all inputs'. */
static prom_result join_ranges(prom_layer *layer, const prom_value *inputs, prom_error *error)
{
    prom_range *range = &layer->output.range;
    *range = inputs[0].range;
    for (size_t i = 1; i < layer->input_count; i++) {
        range->low = inputs[i].range.low < range->low ? inputs[i].range.low : range->low;
        range->high = inputs[i].range.high > range->high ? inputs[i].range.high : range->high;
    }
    if (range->high - range->low > PROM_CODE_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "its inputs together have the range [%d, %d]: %d is the most "
                         "between its ends",
                         range->low, range->high, PROM_CODE_MAX);
    }
    return prom_ok();
}

prom_result prom_layer_shape(prom_layer *layer, const prom_value *inputs, uint32_t channels, prom_error *error)
{
    prom_value *output = &layer->output;
    PROM_TRY(shape_of_kind(layer, inputs, channels, error));
    if (!prom_shape_count(&output->count, &output->shape) || output->count == 0 ||
        output->count > PROM_PROGRAM_VALUES_MAX) {
        char text[PROM_SHAPE_TEXT];
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "its output has shape %s: an item must have 1 to %u values",
                         prom_shape_text(text, &output->shape), PROM_PROGRAM_VALUES_MAX);
    }
    return traits[layer->kind].rescaling ? prom_ok() : join_ranges(layer, inputs, error);
}

uint64_t prom_layer_multiplications(const prom_layer *layer)
{
    const prom_layer_traits *kind = &traits[layer->kind];
    uint64_t each = 0; /* concat, reshape and transpose move values, and that is all */
    if (kind->weighted) {
        each = layer->weight_count;
    } else if (kind->windowed) {
        each = prom_window_places(&layer->window);
    } else if (kind->rescaling) {
        each = layer->input_count;
    }
    return each <= PROM_PROGRAM_MULTIPLICATIONS_MAX / layer->output.count ? layer->output.count * each
                                                                          : PROM_PROGRAM_MULTIPLICATIONS_MAX + 1;
}

/* -- Bounds -- */

/* The range of weights[0] * u[0] + ..., each u in the same range, which holds 0. */
static prom_sum_range range_of_products(const int8_t *weights, size_t count, prom_range input)
{
    int64_t positive = 0;
    int64_t negative = 0;
    for (size_t i = 0; i < count; i++) {
        positive += weights[i] > 0 ? weights[i] : 0;
        negative += weights[i] < 0 ? weights[i] : 0;
    }
    /* Weights of 8 bits times values of 9 bits: no file is long enough to leave 64 bits. */
    return (prom_sum_range){positive * input.low + negative * input.high, positive * input.high + negative * input.low};
}

/* The values under the window that multiplier `at` is for. */
static int64_t pooled_values(const prom_layer *layer, const prom_shape *image, size_t at)
{
    const size_t width = layer->output.shape.sizes[HEIGHT_AXIS + PROM_WINDOW_WIDTH];
    const size_t places[PROM_WINDOW_AXES] = {at / width, at % width};
    int64_t values = 1;
    if (layer->rescale.count == 1) {
        return (int64_t)prom_window_places(&layer->window);
    }
    for (size_t i = 0; i < PROM_WINDOW_AXES; i++) {
        size_t first = 0;
        size_t count = 0;
        prom_window_inside(&layer->window.axes[i], image->sizes[HEIGHT_AXIS + i], places[i], &first, &count);
        values *= (int64_t)count;
    }
    return values;
}

prom_sum_range prom_layer_sum_range(const prom_layer *layer, const prom_value *inputs, size_t at)
{
    const prom_range range = inputs[0].range;
    prom_sum_range sum = {0, 0};
    switch (layer->kind) {
    case PROM_LAYER_DENSE:
    case PROM_LAYER_CONV:
        sum = range_of_products(layer->weights + at * layer->weight_count, layer->weight_count, range);
        return (prom_sum_range){sum.low + layer->biases[at], sum.high + layer->biases[at]};
    case PROM_LAYER_AVERAGE_POOL: {
        const int64_t values = pooled_values(layer, &inputs[0].shape, at);
        return (prom_sum_range){values * range.low, values * range.high};
    }
    case PROM_LAYER_ADD:
        for (size_t i = 0; i < layer->input_count; i++) {
            sum.low += (int64_t)layer->rescale.multipliers[i] * inputs[i].range.low;
            sum.high += (int64_t)layer->rescale.multipliers[i] * inputs[i].range.high;
        }
        return sum;
    case PROM_LAYER_MAX_POOL:
    case PROM_LAYER_CONCAT:
    case PROM_LAYER_RESHAPE:
    case PROM_LAYER_TRANSPOSE:
        return sum;
    }
    return sum;
}

bool prom_rescale_possible(uint8_t shift, uint8_t split)
{
    return split <= PROM_PROGRAM_SPLIT_MAX && shift > split && shift - split <= (int)PROM_PROGRAM_SHIFT_PLAIN_MAX;
}

bool prom_rescale_within_bound(prom_sum_range sum, uint32_t multiplier, uint8_t shift, uint8_t split)
{
    const int64_t most = -sum.low > sum.high ? -sum.low : sum.high;
    const int64_t factor = multiplier;
    if (!prom_rescale_possible(shift, split) || most >= PROM_PROGRAM_BOUND || factor > PROM_PROGRAM_MULTIPLIER_MAX) {
        return false;
    }
    const int64_t half = INT64_C(1) << (shift - split - 1);
    if (split == 0) {
        return most * factor + half < PROM_PROGRAM_BOUND; /* two factors of 30 bits */
    }
    const int64_t rest = (INT64_C(1) << split) - 1;
    /* Above zero the rest carries less than one more multiplier into the high part's product; below zero the high part
     * is rounded away from zero. Not both. */
    const int64_t high = (most >> split) + 1;
    return rest * factor < PROM_PROGRAM_BOUND && high * factor + half < PROM_PROGRAM_BOUND;
}

prom_result prom_layer_check_bounds(const prom_layer *layer, const prom_value *inputs, prom_error *error)
{
    const prom_rescale *rescale = &layer->rescale;
    const bool adds = layer->kind == PROM_LAYER_ADD; /* one sum, with the multipliers in it */
    for (size_t at = 0; at < (adds ? 1 : rescale->count); at++) {
        const prom_sum_range sum = prom_layer_sum_range(layer, inputs, at);
        const uint32_t multiplier = adds ? 1 : rescale->multipliers[at];
        if (!prom_rescale_within_bound(sum, multiplier, rescale->shift, rescale->split)) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "the sum of output %zu lies in [%lld, %lld]; with the multiplier %u, the shift %d and the "
                             "split %d it can reach 2^30 - 2^24, the most that is exact here",
                             at, (long long)sum.low, (long long)sum.high, (unsigned)multiplier, rescale->shift,
                             rescale->split);
        }
    }
    return prom_ok();
}
