/* What an integer program computes, written from its definitions alone (layer.h, program.h), in 64 bits and without
 * anything of the library's: what all faster ways are held against. Slow. */
#ifndef TEST_PROGRAM_REFERENCE_H
#define TEST_PROGRAM_REFERENCE_H

#include "prometheus/program/program.h"
#include "tensor/files.h"

/* The values of a tensor, row-major: integers, not codes. */
typedef struct reference_value {
    const prom_shape *shape;
    prom_range range;
    size_t count;
    int64_t *values;
} reference_value;

/* [a / 2^shift]: the largest integer that is not larger than the quotient. */
static inline int64_t reference_floor(int64_t a, unsigned shift)
{
    const int64_t divisor = INT64_C(1) << shift;
    const int64_t quotient = a / divisor;
    return a % divisor < 0 ? quotient - 1 : quotient;
}

static inline int64_t reference_clamp(int64_t value, prom_range range)
{
    return value < range.low ? range.low : value > range.high ? range.high : value;
}

static inline int64_t reference_rescale(const prom_layer *layer, int64_t sum, size_t multiplier)
{
    const prom_rescale *rescale = &layer->rescale;
    const int64_t factor = rescale->multipliers[multiplier];
    assert_true(llabs(sum) < PROM_PROGRAM_BOUND);
    if (rescale->split != 0) {
        /* The two products of a split sum, as a proof has them, keep to the bound as well, and say the same. */
        const int64_t high = reference_floor(sum, rescale->split);
        const int64_t rest = sum - high * (INT64_C(1) << rescale->split);
        const int64_t half = INT64_C(1) << (rescale->shift - rescale->split - 1);
        const int64_t carry = reference_floor(rest * factor, rescale->split);
        assert_true(rest * factor < PROM_PROGRAM_BOUND);
        assert_true(llabs(high * factor + half + carry) < PROM_PROGRAM_BOUND);
        assert_int_equal(reference_floor(high * factor + half + carry, rescale->shift - rescale->split),
                         reference_floor(factor * sum + (INT64_C(1) << (rescale->shift - 1)), rescale->shift));
    } else {
        assert_true(llabs(factor * sum + (INT64_C(1) << (rescale->shift - 1))) < PROM_PROGRAM_BOUND);
    }
    return reference_clamp(reference_floor(factor * sum + (INT64_C(1) << (rescale->shift - 1)), rescale->shift),
                           layer->output.range);
}

static inline int64_t reference_dense_sum(const prom_layer *layer, const reference_value *from, size_t row, size_t o)
{
    const size_t inputs = from->shape->sizes[from->shape->rank - 1];
    int64_t sum = layer->biases[o];
    for (size_t i = 0; i < inputs; i++) {
        sum += from->values[row * inputs + i] * layer->weights[o * inputs + i];
    }
    return sum;
}

static inline void reference_dense(reference_value *to, const prom_layer *layer, const reference_value *from)
{
    const size_t outputs = to->shape->sizes[to->shape->rank - 1];
    for (size_t row = 0; row < to->count / outputs; row++) {
        for (size_t o = 0; o < outputs; o++) {
            to->values[row * outputs + o] = reference_rescale(layer, reference_dense_sum(layer, from, row, o), o);
        }
    }
}

/* The value of channel c under place (i, j) of the window at output (y, x). False when that lies outside the image. */
static inline bool reference_under(int64_t *value, const reference_value *from, const prom_window *window, size_t c,
                                   size_t y, size_t x, size_t i, size_t j)
{
    const prom_window_axis *down = &window->axes[PROM_WINDOW_HEIGHT];
    const prom_window_axis *right = &window->axes[PROM_WINDOW_WIDTH];
    const int64_t height = (int64_t)from->shape->sizes[1];
    const int64_t width = (int64_t)from->shape->sizes[2];
    const int64_t at_y = (int64_t)y * down->stride + (int64_t)i * down->dilation - (int64_t)down->pad_before;
    const int64_t at_x = (int64_t)x * right->stride + (int64_t)j * right->dilation - (int64_t)right->pad_before;
    if (at_y < 0 || at_y >= height || at_x < 0 || at_x >= width) {
        return false;
    }
    *value = from->values[((int64_t)c * height + at_y) * width + at_x];
    return true;
}

static inline int64_t reference_conv_sum(const prom_layer *layer, const reference_value *from, size_t o, size_t y,
                                         size_t x)
{
    const size_t height = layer->window.axes[PROM_WINDOW_HEIGHT].kernel;
    const size_t width = layer->window.axes[PROM_WINDOW_WIDTH].kernel;
    const size_t channels = from->shape->sizes[0] / layer->groups; /* of a group */
    const size_t group = o / (layer->output.shape.sizes[0] / layer->groups);
    int64_t sum = layer->biases[o];
    for (size_t c = 0; c < channels; c++) {
        for (size_t i = 0; i < height; i++) {
            for (size_t j = 0; j < width; j++) {
                int64_t value = 0;
                if (reference_under(&value, from, &layer->window, group * channels + c, y, x, i, j)) {
                    sum += value * layer->weights[((o * channels + c) * height + i) * width + j];
                }
            }
        }
    }
    return sum;
}

/* The sum behind value `at` of what a layer with weights makes. */
static inline int64_t reference_sum(const prom_layer *layer, const reference_value *from, size_t at)
{
    const prom_shape *shape = &layer->output.shape;
    const size_t last = shape->sizes[shape->rank - 1];
    if (layer->kind == PROM_LAYER_DENSE) {
        return reference_dense_sum(layer, from, at / last, at % last);
    }
    return reference_conv_sum(layer, from, at / last / shape->sizes[1], at / last % shape->sizes[1], at % last);
}

static inline int64_t reference_pool(const prom_layer *layer, const reference_value *from, size_t c, size_t y, size_t x)
{
    const size_t places_across = layer->output.shape.sizes[2];
    int64_t sum = 0;
    int64_t largest = INT64_MIN;
    for (size_t i = 0; i < layer->window.axes[PROM_WINDOW_HEIGHT].kernel; i++) {
        for (size_t j = 0; j < layer->window.axes[PROM_WINDOW_WIDTH].kernel; j++) {
            int64_t value = 0;
            if (reference_under(&value, from, &layer->window, c, y, x, i, j)) {
                sum += value;
                largest = value > largest ? value : largest;
            }
        }
    }
    if (layer->kind == PROM_LAYER_MAX_POOL) {
        assert_true(largest > INT64_MIN);
        return largest;
    }
    return reference_rescale(layer, sum, layer->rescale.count == 1 ? 0 : y * places_across + x);
}

static inline void reference_windowed(reference_value *to, const prom_layer *layer, const reference_value *from)
{
    const size_t *sizes = to->shape->sizes;
    for (size_t c = 0; c < sizes[0]; c++) {
        for (size_t y = 0; y < sizes[1]; y++) {
            for (size_t x = 0; x < sizes[2]; x++) {
                to->values[(c * sizes[1] + y) * sizes[2] + x] =
                    layer->kind == PROM_LAYER_CONV
                        ? reference_rescale(layer, reference_conv_sum(layer, from, c, y, x), c)
                        : reference_pool(layer, from, c, y, x);
            }
        }
    }
}

static inline void reference_add(reference_value *to, const prom_layer *layer, const reference_value *values)
{
    for (size_t i = 0; i < to->count; i++) {
        int64_t sum = INT64_C(1) << (layer->rescale.shift - 1);
        for (size_t j = 0; j < layer->input_count; j++) {
            sum += (int64_t)layer->rescale.multipliers[j] * values[layer->inputs[j]].values[i];
        }
        assert_true(llabs(sum) < PROM_PROGRAM_BOUND);
        to->values[i] = reference_clamp(reference_floor(sum, layer->rescale.shift), to->range);
    }
}

/* The index along each axis of what stands at `at` in row-major order, and back. */
static inline void reference_index(size_t index[PROM_RANK_MAX], const prom_shape *shape, size_t at)
{
    for (size_t i = shape->rank; i-- > 0;) {
        index[i] = at % shape->sizes[i];
        at /= shape->sizes[i];
    }
}

static inline size_t reference_at(const prom_shape *shape, const size_t index[PROM_RANK_MAX])
{
    size_t at = 0;
    for (size_t i = 0; i < shape->rank; i++) {
        at = at * shape->sizes[i] + index[i];
    }
    return at;
}

static inline void reference_concat(reference_value *to, const prom_layer *layer, const reference_value *values)
{
    for (size_t at = 0; at < to->count; at++) {
        size_t index[PROM_RANK_MAX];
        size_t input = 0;
        reference_index(index, to->shape, at);
        while (index[layer->axis] >= values[layer->inputs[input]].shape->sizes[layer->axis]) {
            index[layer->axis] -= values[layer->inputs[input]].shape->sizes[layer->axis];
            input++;
        }
        const reference_value *from = &values[layer->inputs[input]];
        to->values[at] = from->values[reference_at(from->shape, index)];
    }
}

static inline void reference_transpose(reference_value *to, const prom_layer *layer, const reference_value *from)
{
    for (size_t at = 0; at < to->count; at++) {
        size_t index[PROM_RANK_MAX];
        size_t source[PROM_RANK_MAX];
        reference_index(index, to->shape, at);
        for (size_t i = 0; i < to->shape->rank; i++) {
            source[layer->permutation[i]] = index[i];
        }
        to->values[at] = from->values[reference_at(from->shape, source)];
    }
}

static inline void reference_layer(reference_value *to, const prom_layer *layer, const reference_value *values)
{
    const reference_value *from = &values[layer->inputs[0]];
    switch (layer->kind) {
    case PROM_LAYER_DENSE:
        reference_dense(to, layer, from);
        return;
    case PROM_LAYER_CONV:
    case PROM_LAYER_MAX_POOL:
    case PROM_LAYER_AVERAGE_POOL:
        reference_windowed(to, layer, from);
        return;
    case PROM_LAYER_ADD:
        reference_add(to, layer, values);
        return;
    case PROM_LAYER_CONCAT:
        reference_concat(to, layer, values);
        return;
    case PROM_LAYER_RESHAPE:
        memcpy(to->values, from->values, to->count * sizeof *to->values);
        return;
    case PROM_LAYER_TRANSPOSE:
        reference_transpose(to, layer, from);
        return;
    }
    fail();
}

static inline reference_value reference_value_of(prom_arena *arena, const prom_value *value)
{
    return (reference_value){&value->shape, value->range, value->count,
                             new_bytes(arena, value->count, sizeof(int64_t))};
}

/* Every value of one item: the input, then what each layer makes. */
static inline reference_value *reference_values(prom_arena *arena, const prom_program *program, const uint8_t *codes)
{
    reference_value *values = new_bytes(arena, program->layer_count + 1, sizeof *values);
    values[0] = reference_value_of(arena, &program->input);
    for (size_t i = 0; i < values[0].count; i++) {
        values[0].values[i] = codes[i] + values[0].range.low;
    }
    for (size_t i = 0; i < program->layer_count; i++) {
        values[i + 1] = reference_value_of(arena, &program->layers[i].output);
        reference_layer(&values[i + 1], &program->layers[i], values);
    }
    return values;
}

static inline void reference_codes(uint8_t *codes, const reference_value *value)
{
    for (size_t i = 0; i < value->count; i++) {
        assert_true(value->values[i] >= value->range.low && value->values[i] <= value->range.high);
        codes[i] = (uint8_t)(value->values[i] - value->range.low);
    }
}

/* outputs is [items][output count], inputs [items][input count], both codes. */
static inline void reference_run(uint8_t *outputs, const prom_program *program, const uint8_t *inputs, size_t items)
{
    for (size_t item = 0; item < items; item++) {
        PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
        prom_arena_init(&arena, ARENA_BYTES);
        const reference_value *values = reference_values(&arena, program, inputs + item * program->input.count);
        const reference_value *output = &values[program->layer_count];
        reference_codes(outputs + item * output->count, output);
    }
}

#endif
