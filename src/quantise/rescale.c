#include "quantise/rescale.h"

#include <math.h>
#include <string.h>

enum {
    WEIGHT_MAX = 127,          /* symmetric: -128 is not used */
    MULTIPLIER_FINE = 1 << 14, /* an output is off by less than a hundredth of a step, though the ratio is rounded */
    MULTIPLIER_COARSE = 4,     /* below it the scales of weights are too far apart, though the ratio is exact */
};

prom_result prom_rescale_range(prom_range *range, const prom_network_layer *from, const prom_grid *grid,
                               prom_error *error)
{
    /* An infinite bound, too, ends at the grid's. */
    const double low = fmax(grid->range.low, round((double)from->low / (double)grid->scale));
    const double high = fmin(grid->range.high, round((double)from->high / (double)grid->scale));
    *range = (prom_range){(int16_t)low, (int16_t)high};
    if (!(low < high)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "its clamp to [%g, %g] leaves one integer only of the scale %g in [%d, %d]", (double)from->low,
                         (double)from->high, (double)grid->scale, grid->range.low, grid->range.high);
    }
    return prom_ok();
}

/* -- Ratios that are given: the multiplier is the nearest one -- */

typedef struct ratios {
    size_t count;
    const double *values;       /* from a sum to the output */
    const prom_sum_range *sums; /* how far each sum reaches */
} ratios;

/* False when a bound does not hold. The least multiplier goes to `least`. */
static bool multipliers_at(uint32_t *multipliers, uint32_t *least, const ratios *given, uint8_t shift, uint8_t split)
{
    *least = UINT32_MAX;
    for (size_t i = 0; i < given->count; i++) {
        const double multiplier = fmax(1, round(ldexp(given->values[i], shift)));
        if (!(multiplier <= PROM_PROGRAM_MULTIPLIER_MAX) ||
            !prom_rescale_within_bound(given->sums[i], (uint32_t)multiplier, shift, split)) {
            return false;
        }
        multipliers[i] = (uint32_t)multiplier;
        *least = multipliers[i] < *least ? multipliers[i] : *least;
    }
    return true;
}

/* The largest shift that holds the bounds with this split, or 0; its multipliers. */
static uint8_t largest_shift(uint32_t *multipliers, uint32_t *least, const ratios *given, uint8_t split)
{
    for (uint8_t shift = PROM_PROGRAM_SHIFT_PLAIN_MAX + split; shift > split; shift--) {
        if (multipliers_at(multipliers, least, given, shift, split)) {
            return shift;
        }
    }
    return 0;
}

/* Without a split where that is fine enough; else with the one that gives the largest shift. */
static prom_result choose_multipliers(prom_arena *arena, prom_rescale *rescale, const ratios *given, prom_error *error)
{
    uint32_t *multipliers = NULL;
    uint32_t least = 0;
    PROM_TRY_NEW(multipliers, arena, given->count, error);
    rescale->count = given->count;
    rescale->multipliers = multipliers;
    rescale->split = 0;
    rescale->shift = largest_shift(multipliers, &least, given, 0);
    for (uint8_t split = 1; (rescale->shift == 0 || least < MULTIPLIER_FINE) && split <= PROM_PROGRAM_SPLIT_MAX;
         split++) {
        uint32_t ignored = 0;
        const uint8_t shift = largest_shift(multipliers, &ignored, given, split);
        if (shift > rescale->shift) {
            rescale->shift = shift;
            rescale->split = split;
        }
    }
    if (rescale->shift == 0 || !multipliers_at(multipliers, &least, given, rescale->shift, rescale->split)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "its sums are so large beside the values of its output that no exact bound can hold");
    }
    return prom_ok();
}

/* -- Weights and biases -- */

static prom_result out_of_bound(const prom_grid *output, prom_error *error)
{
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                     "its weights or biases are so large beside its outputs (at most %g) that no exact bound can hold: "
                     "is the calibration set like the inputs that the model will see?",
                     fmax(output->range.high, -output->range.low) * (double)output->scale);
}

/* The numbers of a layer with weights, while they are being found. */
typedef struct weighted {
    prom_layer *layer;
    uint32_t *multipliers;
    int32_t *biases;
    int8_t *weights;
} weighted;

static float largest_magnitude(const float *values, size_t count)
{
    float largest = 0;
    for (size_t i = 0; i < count; i++) {
        largest = fmaxf(largest, fabsf(values[i]));
    }
    return largest;
}

/* One output channel at a given shift. The multiplier comes first: multiplier / 2^shift is then exact, for it sets the
 * scale that the channel's weights are rounded at: input scale * weight scale * multiplier / 2^shift = output scale.
 * False when a number does not fit, or a bound does not hold. */
static bool quantise_channel(weighted *numbers, size_t o, const prom_network_layer *from, const prom_value *input,
                             double input_scale, double output_scale)
{
    prom_layer *layer = numbers->layer;
    const prom_rescale *rescale = &layer->rescale;
    const size_t count = layer->weight_count;
    const float *weights = from->weights + o * count;
    const double product_scale = ldexp(output_scale, -rescale->shift); /* the real number of 1 in multiplier * sum */
    const double scale_min = (double)largest_magnitude(weights, count) / (double)WEIGHT_MAX;
    const double multiplier = fmax(1, ceil(scale_min * input_scale / product_scale));
    const double weight_scale = multiplier * product_scale / input_scale;
    const double bias = round((double)from->biases[o] / (multiplier * product_scale));
    if (!(multiplier <= PROM_PROGRAM_MULTIPLIER_MAX) || !(fabs(bias) <= INT32_MAX)) {
        return false;
    }
    numbers->multipliers[o] = (uint32_t)multiplier;
    numbers->biases[o] = (int32_t)bias;
    for (size_t i = 0; i < count; i++) {
        const double weight = round((double)weights[i] / weight_scale);
        numbers->weights[o * count + i] = (int8_t)fmax(-WEIGHT_MAX, fmin(weight, WEIGHT_MAX));
    }
    const prom_sum_range sum = prom_layer_sum_range(layer, input, o);
    return prom_rescale_within_bound(sum, numbers->multipliers[o], rescale->shift, rescale->split);
}

/* True when all channels hold the bound; the largest multiplier to `largest`. */
static bool quantise_channels(weighted *numbers, uint32_t *largest, const prom_network_layer *from,
                              const prom_value *input, float input_scale, float output_scale)
{
    *largest = 0;
    for (size_t o = 0; o < numbers->layer->rescale.count; o++) {
        if (!quantise_channel(numbers, o, from, input, (double)input_scale, (double)output_scale)) {
            return false;
        }
        *largest = numbers->multipliers[o] > *largest ? numbers->multipliers[o] : *largest;
    }
    return true;
}

/* The largest shift that keeps the exact bounds gives the finest multipliers. A split is taken only where even they are
 * coarse: it costs whoever proves the run. */
static prom_result quantise_weights(weighted *numbers, const prom_network_layer *from, const prom_value *input,
                                    float input_scale, const prom_grid *output, prom_error *error)
{
    prom_rescale *rescale = &numbers->layer->rescale;
    for (rescale->split = 0; rescale->split <= PROM_PROGRAM_SPLIT_MAX; rescale->split++) {
        const uint8_t most = PROM_PROGRAM_SHIFT_PLAIN_MAX + rescale->split;
        for (rescale->shift = most; rescale->shift > rescale->split; rescale->shift--) {
            uint32_t largest = 0;
            if (!quantise_channels(numbers, &largest, from, input, input_scale, output->scale)) {
                continue;
            }
            if (largest >= MULTIPLIER_COARSE || rescale->shift == most || rescale->split == PROM_PROGRAM_SPLIT_MAX) {
                return prom_ok();
            }
            break;
        }
    }
    return out_of_bound(output, error);
}

/* -- Channels that are always the same -- */

/* What a channel of the model's own weights comes to. */
typedef struct channel {
    double bias;  /* in steps of its sum */
    double ratio; /* from the sum to the output */
} channel;

/* Whether the channel comes to one integer, whatever it reads. `layer` has a bias of 0 for it. */
static bool is_constant(double *constant, const prom_layer *layer, const prom_value *input, size_t o,
                        const channel *numbers)
{
    const prom_sum_range sum = prom_layer_sum_range(layer, input, o);
    const prom_range range = layer->output.range;
    const double low = round(((double)sum.low + numbers->bias) * numbers->ratio);
    const double high = round(((double)sum.high + numbers->bias) * numbers->ratio);
    *constant = fmax(range.low, fmin(low, range.high));
    return *constant == fmax(range.low, fmin(high, range.high));
}

/* Makes every such channel a bias alone, with a ratio like the others'. A quantiser gives a channel that is dead, all
 * of its weights near 1e-15, a scale of that size, and a bias at an end of int32: no multiplier has such a ratio.
 * Returns false where there is none. */
static bool settle_constants(const weighted *numbers, int8_t *weights, channel *channels, const prom_value *input)
{
    const prom_layer *layer = numbers->layer;
    const size_t count = layer->rescale.count;
    double ratio = 0;
    double constant = 0;
    bool any = false;
    memset(numbers->biases, 0, count * sizeof *numbers->biases);
    for (size_t o = 0; o < count; o++) {
        ratio = is_constant(&constant, layer, input, o, &channels[o]) ? ratio : fmax(ratio, channels[o].ratio);
    }
    ratio = ratio > 0 && ratio < 0.5 ? ratio : 1; /* so that the constant is met to less than half a step */
    for (size_t o = 0; o < count; o++) {
        if (is_constant(&constant, layer, input, o, &channels[o])) {
            memset(weights + o * layer->weight_count, 0, layer->weight_count);
            channels[o] = (channel){round(constant / ratio), ratio};
            any = true;
        }
    }
    return any;
}

/* -- The model's own weights and scales -- */

static prom_result choose_for_integers(prom_arena *arena, const weighted *numbers, const channel *channels,
                                       const prom_value *input, const prom_grid *output, prom_error *error)
{
    const size_t count = numbers->layer->rescale.count;
    double *values = NULL;
    prom_sum_range *sums = NULL;
    PROM_TRY_NEW(values, arena, count, error);
    PROM_TRY_NEW(sums, arena, count, error);
    for (size_t o = 0; o < count; o++) {
        if (!(fabs(channels[o].bias) <= INT32_MAX)) {
            return out_of_bound(output, error);
        }
        numbers->biases[o] = (int32_t)channels[o].bias;
        values[o] = channels[o].ratio;
        sums[o] = prom_layer_sum_range(numbers->layer, input, o);
    }
    const ratios given = {count, values, sums};
    return choose_multipliers(arena, &numbers->layer->rescale, &given, error);
}

static prom_result take_integers(prom_arena *arena, weighted *numbers, const prom_network_layer *from,
                                 const prom_value *input, float input_scale, const prom_grid *output, prom_error *error)
{
    const prom_integer_weights *integers = &from->integers;
    const size_t count = numbers->layer->rescale.count;
    const size_t weight_count = count * numbers->layer->weight_count;
    channel *channels = NULL;
    int8_t *copy = NULL;
    PROM_TRY_NEW(channels, arena, count, error);
    numbers->layer->weights = integers->weights;
    for (size_t o = 0; o < count; o++) {
        const double sum_scale = (double)input_scale * (double)integers->scales[o];
        channels[o] = (channel){round((double)from->biases[o] / sum_scale), sum_scale / (double)output->scale};
    }
    const prom_result result = choose_for_integers(arena, numbers, channels, input, output, error);
    if (result.category != PROM_CATEGORY_BAD_INPUT) {
        return result;
    }
    PROM_TRY_NEW(copy, arena, weight_count, error);
    memcpy(copy, integers->weights, weight_count);
    if (!settle_constants(numbers, copy, channels, input)) {
        return result;
    }
    numbers->layer->weights = copy;
    return choose_for_integers(arena, numbers, channels, input, output, error);
}

/* Where the model gives all scales, nothing was measured that would have shown it. */
static prom_result check_finite(const prom_layer *layer, const prom_network_layer *from, prom_error *error)
{
    const size_t channels = layer->rescale.count;
    bool finite = true;
    for (size_t o = 0; o < channels; o++) {
        finite = finite && isfinite(from->biases[o]);
    }
    for (size_t i = 0; from->integers.weights == NULL && i < channels * layer->weight_count; i++) {
        finite = finite && isfinite(from->weights[i]);
    }
    return finite ? prom_ok()
                  : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "its weights or biases are not all finite numbers");
}

prom_result prom_rescale_weighted(prom_arena *arena, prom_layer *layer, const prom_network_layer *from,
                                  const prom_value *input, const prom_grid *input_grid, const prom_grid *output,
                                  prom_error *error)
{
    weighted numbers = {.layer = layer};
    PROM_TRY(check_finite(layer, from, error));
    PROM_TRY_NEW(numbers.biases, arena, layer->rescale.count, error);
    layer->biases = numbers.biases;
    if (from->integers.weights != NULL) {
        return take_integers(arena, &numbers, from, input, input_grid->scale, output, error);
    }
    PROM_TRY_NEW(numbers.multipliers, arena, layer->rescale.count, error);
    PROM_TRY_NEW(numbers.weights, arena, layer->rescale.count * layer->weight_count, error);
    layer->rescale.multipliers = numbers.multipliers;
    layer->weights = numbers.weights;
    return quantise_weights(&numbers, from, input, input_grid->scale, output, error);
}

/* -- Pools and sums -- */

/* How many values the layer's window covers, inside the image, at each of its places; and whether they are as many at
 * all. */
static bool count_covered(size_t *covered, const prom_layer *layer, const prom_shape *image)
{
    enum { HEIGHT_AXIS = 1, WIDTH_AXIS = 2 };
    const size_t width = layer->output.shape.sizes[WIDTH_AXIS];
    const size_t places = layer->output.shape.sizes[HEIGHT_AXIS] * width;
    bool even = true;
    for (size_t i = 0; i < places; i++) {
        size_t first = 0;
        size_t rows = 0;
        size_t columns = 0;
        prom_window_inside(&layer->window.axes[PROM_WINDOW_HEIGHT], image->sizes[HEIGHT_AXIS], i / width, &first,
                           &rows);
        prom_window_inside(&layer->window.axes[PROM_WINDOW_WIDTH], image->sizes[WIDTH_AXIS], i % width, &first,
                           &columns);
        covered[i] = rows * columns;
        even = even && covered[i] == covered[0];
    }
    return even;
}

prom_result prom_rescale_average(prom_arena *arena, prom_layer *layer, const prom_network_layer *from,
                                 const prom_value *input, const prom_grid *input_grid, const prom_grid *output,
                                 prom_error *error)
{
    const prom_window_axis *axes = layer->window.axes;
    const size_t whole = (size_t)axes[PROM_WINDOW_HEIGHT].kernel * axes[PROM_WINDOW_WIDTH].kernel;
    size_t *covered = NULL;
    double *values = NULL;
    prom_sum_range *sums = NULL;
    size_t count = layer->output.count / layer->output.shape.sizes[0];
    PROM_TRY_NEW(covered, arena, count, error);
    PROM_TRY_NEW(values, arena, count, error);
    PROM_TRY_NEW(sums, arena, count, error);
    const bool even = count_covered(covered, layer, &input->shape);
    count = even || from->counts_padding ? 1 : count;
    layer->rescale.count = count;
    for (size_t i = 0; i < count; i++) {
        const size_t divisor = from->counts_padding ? whole : covered[i] > 0 ? covered[i] : 1;
        values[i] = (double)input_grid->scale / ((double)output->scale * (double)divisor);
        sums[i] = prom_layer_sum_range(layer, input, i);
    }
    const ratios given = {count, values, sums};
    return choose_multipliers(arena, &layer->rescale, &given, error);
}

prom_result prom_rescale_add(prom_arena *arena, prom_layer *layer, const prom_value *inputs,
                             const prom_grid *input_grids, const prom_grid *output, prom_error *error)
{
    prom_rescale *rescale = &layer->rescale;
    uint32_t *multipliers = NULL;
    PROM_TRY_NEW(multipliers, arena, layer->input_count, error);
    rescale->count = layer->input_count;
    rescale->multipliers = multipliers;
    for (rescale->shift = PROM_PROGRAM_SHIFT_PLAIN_MAX; rescale->shift > 0; rescale->shift--) {
        bool fits = true;
        for (size_t i = 0; i < layer->input_count; i++) {
            const double ratio = (double)input_grids[i].scale / (double)output->scale;
            const double multiplier = fmax(1, round(ldexp(ratio, rescale->shift)));
            fits = fits && multiplier <= PROM_PROGRAM_MULTIPLIER_MAX;
            multipliers[i] = fits ? (uint32_t)multiplier : 1;
        }
        const prom_sum_range sum = prom_layer_sum_range(layer, inputs, 0);
        if (fits && prom_rescale_within_bound(sum, 1, rescale->shift, 0)) {
            return prom_ok();
        }
    }
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                     "its inputs are so large beside its output that no exact bound can hold");
}
