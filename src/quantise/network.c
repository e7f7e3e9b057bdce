#include "prometheus/quantise/network.h"

#include <math.h>
#include <string.h>

enum {
    DENSE_LANES = 16,  /* partial sums of a dot product: input i goes to sum i mod 16 */
    CONV_CHANNELS = 4, /* output channels that share one pass over the columns */
    CHANNEL_AXIS = 0,
    HEIGHT_AXIS = 1,
    WIDTH_AXIS = 2,
};

/* The values of one item: [0] the input, [i + 1] what layer i makes. `columns` is what the largest convolution needs.
 */
typedef struct network_values {
    const float **values;
    float *columns;
} network_values;

/* -- Kinds of layers -- */

static float dot(const float *weights, const float *inputs, size_t count)
{
    float sums[DENSE_LANES] = {0};
    size_t i = 0;
    for (; i + DENSE_LANES <= count; i += DENSE_LANES) {
        for (size_t lane = 0; lane < DENSE_LANES; lane++) {
            sums[lane] += weights[i + lane] * inputs[i + lane];
        }
    }
    for (size_t lane = 0; i < count; i++, lane++) {
        sums[lane] += weights[i] * inputs[i];
    }
    for (size_t lane = 1; lane < DENSE_LANES; lane++) {
        sums[0] += sums[lane];
    }
    return sums[0];
}

static void run_dense(float *outputs, const prom_network_layer *layer, const prom_shape *shape, const float *inputs)
{
    const size_t taken = shape->sizes[shape->rank - 1];
    const size_t made = layer->shape.sizes[layer->shape.rank - 1];
    for (size_t row = 0; row < layer->count / made; row++) {
        for (size_t o = 0; o < made; o++) {
            outputs[row * made + o] = layer->biases[o] + dot(layer->weights + o * taken, inputs + row * taken, taken);
        }
    }
}

/* One row of the image's columns: what lies under one place of the window at each of its positions, 0 outside. */
static void gather(float *column, const float *channel, const prom_network_layer *layer, const prom_shape *image,
                   size_t row, size_t across)
{
    const prom_window_axis *high = &layer->window.axes[PROM_WINDOW_HEIGHT];
    const prom_window_axis *wide = &layer->window.axes[PROM_WINDOW_WIDTH];
    for (size_t y = 0; y < layer->shape.sizes[HEIGHT_AXIS]; y++) {
        const size_t from_y = y * high->stride + row * high->dilation - high->pad_before; /* wraps above the image */
        for (size_t x = 0; x < layer->shape.sizes[WIDTH_AXIS]; x++) {
            const size_t from_x = x * wide->stride + across * wide->dilation - wide->pad_before;
            const bool inside = from_y < image->sizes[HEIGHT_AXIS] && from_x < image->sizes[WIDTH_AXIS];
            *column++ = inside ? channel[from_y * image->sizes[WIDTH_AXIS] + from_x] : 0;
        }
    }
}

/* sums[c][place] += the weights of CONV_CHANNELS channels times the columns, one after the other. */
static void add_columns(float *sums, size_t places, const float *weights, size_t weight_count, const float *columns)
{
    for (size_t k = 0; k < weight_count; k++) {
        const float *column = columns + k * places;
        const float first = weights[k];
        const float second = weights[weight_count + k];
        const float third = weights[2 * weight_count + k];
        const float fourth = weights[3 * weight_count + k];
        for (size_t i = 0; i < places; i++) {
            sums[i] += first * column[i];
            sums[places + i] += second * column[i];
            sums[2 * places + i] += third * column[i];
            sums[3 * places + i] += fourth * column[i];
        }
    }
}

static void add_columns_of_one(float *sums, size_t places, const float *weights, size_t weight_count,
                               const float *columns)
{
    for (size_t k = 0; k < weight_count; k++) {
        for (size_t i = 0; i < places; i++) {
            sums[i] += weights[k] * columns[k * places + i];
        }
    }
}

static void run_conv(float *outputs, const prom_network_layer *layer, const prom_shape *image, const float *inputs,
                     float *columns)
{
    const size_t channels = image->sizes[CHANNEL_AXIS] / layer->groups;
    const size_t made = layer->shape.sizes[CHANNEL_AXIS] / layer->groups;
    const size_t pixels = image->sizes[HEIGHT_AXIS] * image->sizes[WIDTH_AXIS];
    const size_t places = layer->shape.sizes[HEIGHT_AXIS] * layer->shape.sizes[WIDTH_AXIS];
    const size_t kernel = prom_window_places(&layer->window);
    const size_t across = layer->window.axes[PROM_WINDOW_WIDTH].kernel;
    const size_t weight_count = channels * kernel;
    for (size_t group = 0; group < layer->groups; group++) {
        for (size_t k = 0; k < weight_count; k++) {
            const float *channel = inputs + (group * channels + k / kernel) * pixels;
            gather(columns + k * places, channel, layer, image, k % kernel / across, k % across);
        }
        for (size_t o = 0; o < made; o += o + CONV_CHANNELS <= made ? CONV_CHANNELS : 1) {
            const size_t at = group * made + o;
            const float *weights = layer->weights + at * weight_count;
            float *sums = outputs + at * places;
            const bool several = o + CONV_CHANNELS <= made;
            for (size_t i = 0; i < (several ? CONV_CHANNELS : 1) * places; i++) {
                sums[i] = layer->biases[at + i / places];
            }
            (several ? add_columns : add_columns_of_one)(sums, places, weights, weight_count, columns);
        }
    }
}

/* The largest, or the sum, of the values under the window at (y, x), and how many they are. */
typedef struct pooled {
    float largest;
    float sum;
    size_t count;
} pooled;

static pooled pool(const prom_window *window, const float *channel, const prom_shape *image, size_t y, size_t x)
{
    const prom_window_axis *high = &window->axes[PROM_WINDOW_HEIGHT];
    const prom_window_axis *wide = &window->axes[PROM_WINDOW_WIDTH];
    pooled result = {-INFINITY, 0, 0};
    size_t rows = 0;
    size_t columns = 0;
    size_t row = 0;
    size_t column = 0;
    prom_window_inside(high, image->sizes[HEIGHT_AXIS], y, &row, &rows);
    prom_window_inside(wide, image->sizes[WIDTH_AXIS], x, &column, &columns);
    for (size_t i = 0; i < rows; i++) {
        const size_t from_y = y * high->stride + (row + i) * high->dilation - high->pad_before;
        for (size_t j = 0; j < columns; j++) {
            const size_t from_x = x * wide->stride + (column + j) * wide->dilation - wide->pad_before;
            const float value = channel[from_y * image->sizes[WIDTH_AXIS] + from_x];
            result.largest = value > result.largest || isnan(value) ? value : result.largest;
            result.sum += value;
        }
    }
    result.count = rows * columns;
    return result;
}

static void run_pool(float *outputs, const prom_network_layer *layer, const prom_shape *image, const float *inputs)
{
    const size_t pixels = image->sizes[HEIGHT_AXIS] * image->sizes[WIDTH_AXIS];
    const size_t width = layer->shape.sizes[WIDTH_AXIS];
    const size_t places = layer->shape.sizes[HEIGHT_AXIS] * width;
    for (size_t i = 0; i < layer->count; i++) {
        const size_t place = i % places;
        const float *channel = inputs + i / places * pixels;
        const pooled found = pool(&layer->window, channel, image, place / width, place % width);
        const size_t divisor = layer->counts_padding ? prom_window_places(&layer->window) : found.count;
        outputs[i] =
            layer->kind == PROM_LAYER_MAX_POOL ? found.largest : found.sum / (float)(divisor > 0 ? divisor : 1);
    }
}

static void run_add(float *outputs, const prom_network_layer *layer, const float *const *values)
{
    const float *first = values[layer->inputs[0]];
    const float *second = layer->input_count > 1 ? values[layer->inputs[1]] : NULL;
    for (size_t i = 0; i < layer->count; i++) {
        outputs[i] = second != NULL ? first[i] + second[i] : first[i];
    }
}

static size_t product_of_sizes(const prom_shape *shape, size_t from, size_t to)
{
    size_t product = 1;
    for (size_t i = from; i < to; i++) {
        product *= shape->sizes[i];
    }
    return product;
}

static const prom_shape *shape_of(const prom_network *network, uint32_t index)
{
    return index == 0 ? &network->input_shape : &network->layers[index - 1].shape;
}

static void run_concat(float *outputs, const prom_network *network, const prom_network_layer *layer,
                       const float *const *values)
{
    const size_t rank = layer->shape.rank;
    const size_t row = product_of_sizes(&layer->shape, layer->axis, rank);
    for (size_t i = 0, at = 0; i < layer->input_count; i++) {
        const size_t part = product_of_sizes(shape_of(network, layer->inputs[i]), layer->axis, rank);
        for (size_t r = 0; r < layer->count / row; r++) {
            memcpy(outputs + r * row + at, values[layer->inputs[i]] + r * part, part * sizeof *outputs);
        }
        at += part;
    }
}

static void run_transpose(float *outputs, const prom_network_layer *layer, const prom_shape *shape, const float *inputs)
{
    size_t strides[PROM_RANK_MAX] = {0};
    size_t place[PROM_RANK_MAX] = {0};
    for (size_t i = 0; i < shape->rank; i++) {
        strides[i] = product_of_sizes(shape, layer->permutation[i] + (size_t)1, shape->rank);
    }
    for (size_t i = 0; i < layer->count; i++) {
        size_t from = 0;
        for (size_t axis = 0; axis < shape->rank; axis++) {
            from += place[axis] * strides[axis];
        }
        outputs[i] = inputs[from];
        for (size_t axis = shape->rank; axis-- > 0 && ++place[axis] == layer->shape.sizes[axis];) {
            place[axis] = 0;
        }
    }
}

/* What QuantizeLinear and then DequantizeLinear make of the values (ONNX): the nearest of the integers, halves to the
 * even one, and its real number. A NaN passes through. */
static void quantise_values(float *values, size_t count, const prom_quantisation *quantisation)
{
    const float low = (float)(quantisation->low - quantisation->zero);
    const float high = (float)(quantisation->high - quantisation->zero);
    for (size_t i = 0; quantisation->given && i < count; i++) {
        const float rounded = rintf(values[i] / quantisation->scale);
        const float clamped = rounded < low ? low : rounded > high ? high : rounded;
        values[i] = quantisation->scale * clamped;
    }
}

static void run_layer(float *outputs, const prom_network *network, const prom_network_layer *layer,
                      const network_values *item)
{
    const float *inputs = item->values[layer->inputs[0]];
    const prom_shape *shape = shape_of(network, layer->inputs[0]);
    switch (layer->kind) {
    case PROM_LAYER_DENSE:
        run_dense(outputs, layer, shape, inputs);
        break;
    case PROM_LAYER_CONV:
        run_conv(outputs, layer, shape, inputs, item->columns);
        break;
    case PROM_LAYER_MAX_POOL:
    case PROM_LAYER_AVERAGE_POOL:
        run_pool(outputs, layer, shape, inputs);
        break;
    case PROM_LAYER_ADD:
        run_add(outputs, layer, item->values);
        break;
    case PROM_LAYER_CONCAT:
        run_concat(outputs, network, layer, item->values);
        break;
    case PROM_LAYER_RESHAPE:
        memcpy(outputs, inputs, layer->count * sizeof *outputs);
        break;
    case PROM_LAYER_TRANSPOSE:
        run_transpose(outputs, layer, shape, inputs);
        break;
    }
    /* A NaN passes through. */
    for (size_t i = 0; i < layer->count; i++) {
        outputs[i] = outputs[i] < layer->low ? layer->low : outputs[i] > layer->high ? layer->high : outputs[i];
    }
    quantise_values(outputs, layer->count, &layer->quantisation);
}

/* -- The whole -- */

/* Room for what every layer makes, and for the columns of the largest convolution. */
static prom_result make_room(prom_arena *arena, network_values *item, float ***rooms, const prom_network *network,
                             prom_error *error)
{
    size_t columns = 0;
    PROM_TRY_NEW(item->values, arena, network->layer_count + 1, error);
    PROM_TRY_NEW(*rooms, arena, network->layer_count, error);
    for (size_t i = 0; i < network->layer_count; i++) {
        const prom_network_layer *layer = &network->layers[i];
        PROM_TRY_NEW((*rooms)[i], arena, layer->count, error);
        item->values[i + 1] = (*rooms)[i];
        if (layer->kind == PROM_LAYER_CONV) {
            const size_t channels = shape_of(network, layer->inputs[0])->sizes[CHANNEL_AXIS] / layer->groups;
            const size_t places = layer->count / layer->shape.sizes[CHANNEL_AXIS];
            const size_t count = channels * prom_window_places(&layer->window) * places;
            columns = count > columns ? count : columns;
        }
    }
    PROM_TRY_NEW(item->columns, arena, columns, error);
    return prom_ok();
}

prom_result prom_network_run(float *outputs, const prom_network *network, const prom_network_request *request,
                             prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    const prom_network_observer *observer = request->observer;
    const prom_network_layer *last = &network->layers[network->layer_count - 1];
    network_values item = {0};
    float **rooms = NULL;
    float *input = NULL;
    prom_arena_init(&scratch, request->memory);
    PROM_TRY(make_room(&scratch, &item, &rooms, network, error));
    PROM_TRY_NEW(input, &scratch, network->input_count, error);
    item.values[0] = input;
    for (size_t n = 0; n < request->items; n++) {
        memcpy(input, request->inputs + n * network->input_count, network->input_count * sizeof *input);
        quantise_values(input, network->input_count, &network->input_quantisation);
        if (observer != NULL) {
            observer->observe(observer->context, 0, item.values[0], network->input_count);
        }
        for (size_t i = 0; i < network->layer_count; i++) {
            const prom_network_layer *layer = &network->layers[i];
            run_layer(rooms[i], network, layer, &item);
            if (observer != NULL) {
                observer->observe(observer->context, (uint32_t)i + 1, rooms[i], layer->count);
            }
        }
        if (outputs != NULL) {
            memcpy(outputs + n * last->count, rooms[network->layer_count - 1], last->count * sizeof *outputs);
        }
        PROM_TRY(prom_progress_report(request->progress, n + 1, request->items, error));
    }
    return prom_ok();
}
