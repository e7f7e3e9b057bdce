/* Small float networks, layer by layer, with weights drawn from a seed. */
#ifndef TEST_QUANTISE_NETWORK_FIXTURE_H
#define TEST_QUANTISE_NETWORK_FIXTURE_H

#include <math.h>

#include "prometheus/quantise/network.h"
#include "tensor/files.h"

enum { MADE_LAYERS_MAX = 16 };

typedef struct network_maker {
    prom_arena *arena;
    uint32_t seed;
    prom_network_layer layers[MADE_LAYERS_MAX];
    prom_network network;
} network_maker;

/* Between -1 and 1. */
static inline float draw(network_maker *maker)
{
    maker->seed = maker->seed * 1664525U + 1013904223U;
    return (float)(maker->seed >> 8) / (float)(1U << 23) - 1;
}

static inline float *draw_many(network_maker *maker, size_t count, float largest)
{
    float *values = new_bytes(maker->arena, count, sizeof *values);
    for (size_t i = 0; i < count; i++) {
        values[i] = largest * draw(maker);
    }
    return values;
}

static inline network_maker new_network(prom_arena *arena, uint32_t seed, prom_shape input)
{
    network_maker maker = {.arena = arena, .seed = seed};
    maker.network.input_shape = input;
    assert_true(prom_shape_count(&maker.network.input_count, &input));
    return maker;
}

static inline const prom_shape *shape_made(const network_maker *maker, uint32_t value)
{
    return value == 0 ? &maker->network.input_shape : &maker->layers[value - 1].shape;
}

/* Adds a layer that reads `count` values; returns the index of what it makes. */
static inline uint32_t add_layer(network_maker *maker, prom_network_layer layer, const uint32_t *inputs, size_t count)
{
    uint32_t *copy = new_bytes(maker->arena, count, sizeof *copy);
    const size_t at = maker->network.layer_count++;
    assert_true(at < MADE_LAYERS_MAX);
    memcpy(copy, inputs, count * sizeof *copy);
    layer.inputs = copy;
    layer.input_count = count;
    layer.low = -INFINITY;
    layer.high = INFINITY;
    (void)snprintf(layer.name, sizeof layer.name, "%s %zu", prom_layer_kind_name(layer.kind), at);
    assert_true(prom_shape_count(&layer.count, &layer.shape));
    maker->layers[at] = layer;
    return (uint32_t)at + 1;
}

static inline uint32_t add_dense(network_maker *maker, uint32_t from, size_t outputs)
{
    prom_network_layer layer = {.kind = PROM_LAYER_DENSE, .shape = *shape_made(maker, from)};
    size_t *last = &layer.shape.sizes[layer.shape.rank - 1];
    const size_t inputs = *last;
    *last = outputs;
    layer.weights = draw_many(maker, outputs * inputs, 1);
    layer.biases = draw_many(maker, outputs, 0.5F);
    return add_layer(maker, layer, &from, 1);
}

static inline prom_window square_window(uint32_t kernel, uint32_t stride, uint32_t dilation, uint32_t before,
                                        uint32_t after)
{
    const prom_window_axis axis = {kernel, stride, dilation, before, after};
    return (prom_window){{axis, axis}};
}

static inline prom_shape shape_under(const network_maker *maker, uint32_t from, size_t channels,
                                     const prom_window *window)
{
    const prom_shape *image = shape_made(maker, from);
    return (prom_shape){3,
                        {channels, prom_window_fits(&window->axes[0], image->sizes[1]),
                         prom_window_fits(&window->axes[1], image->sizes[2])}};
}

static inline uint32_t add_conv(network_maker *maker, uint32_t from, size_t channels, uint32_t groups,
                                prom_window window)
{
    const size_t taken = shape_made(maker, from)->sizes[0] / groups;
    const size_t weights = channels * taken * window.axes[0].kernel * window.axes[1].kernel;
    const prom_network_layer layer = {.kind = PROM_LAYER_CONV,
                                      .shape = shape_under(maker, from, channels, &window),
                                      .window = window,
                                      .groups = groups,
                                      .weights = draw_many(maker, weights, 0.5F),
                                      .biases = draw_many(maker, channels, 0.5F)};
    return add_layer(maker, layer, &from, 1);
}

static inline uint32_t add_pool(network_maker *maker, prom_layer_kind kind, uint32_t from, prom_window window)
{
    const size_t channels = shape_made(maker, from)->sizes[0];
    const prom_network_layer layer = {
        .kind = kind, .shape = shape_under(maker, from, channels, &window), .window = window};
    return add_layer(maker, layer, &from, 1);
}

static inline uint32_t add_sum(network_maker *maker, uint32_t a, uint32_t b)
{
    const uint32_t inputs[] = {a, b};
    return add_layer(maker, (prom_network_layer){.kind = PROM_LAYER_ADD, .shape = *shape_made(maker, a)}, inputs, 2);
}

static inline uint32_t add_same(network_maker *maker, uint32_t from)
{
    return add_layer(maker, (prom_network_layer){.kind = PROM_LAYER_ADD, .shape = *shape_made(maker, from)}, &from, 1);
}

static inline uint32_t add_concat(network_maker *maker, uint32_t a, uint32_t b, uint32_t axis)
{
    const uint32_t inputs[] = {a, b};
    prom_network_layer layer = {.kind = PROM_LAYER_CONCAT, .shape = *shape_made(maker, a), .axis = axis};
    layer.shape.sizes[axis] += shape_made(maker, b)->sizes[axis];
    return add_layer(maker, layer, inputs, 2);
}

static inline uint32_t add_reshape(network_maker *maker, uint32_t from, prom_shape shape)
{
    return add_layer(maker, (prom_network_layer){.kind = PROM_LAYER_RESHAPE, .shape = shape}, &from, 1);
}

static inline uint32_t add_transpose(network_maker *maker, uint32_t from, const uint8_t *permutation)
{
    const prom_shape *shape = shape_made(maker, from);
    prom_network_layer layer = {.kind = PROM_LAYER_TRANSPOSE, .shape = *shape};
    for (size_t i = 0; i < shape->rank; i++) {
        layer.permutation[i] = permutation[i];
        layer.shape.sizes[i] = shape->sizes[permutation[i]];
    }
    return add_layer(maker, layer, &from, 1);
}

static inline prom_network_layer *layer_made(network_maker *maker, uint32_t value)
{
    return &maker->layers[value - 1];
}

static inline uint32_t add_relu_to(network_maker *maker, uint32_t value)
{
    layer_made(maker, value)->low = 0;
    return value;
}

/* The network as it stands; the maker must stay where it is. */
static inline const prom_network *network_made(network_maker *maker)
{
    maker->network.layers = maker->layers;
    return &maker->network;
}

/* A batch of random items for the network. */
static inline prom_tensor draw_batch(network_maker *maker, size_t items)
{
    prom_tensor tensor = {.dtype = PROM_DTYPE_F32, .count = items * maker->network.input_count};
    tensor.shape.rank = maker->network.input_shape.rank + 1;
    tensor.shape.sizes[0] = items;
    memcpy(tensor.shape.sizes + 1, maker->network.input_shape.sizes,
           maker->network.input_shape.rank * sizeof tensor.shape.sizes[0]);
    tensor.data = draw_many(maker, tensor.count, 1);
    return tensor;
}

#endif
