/* The numbers of a rescale: that they mean the ratio they should, as finely as the exact bounds allow, and that what
 * cannot be met is refused. */
#include <math.h>

#include "quantise/network_fixture.h"
#include "quantise/rescale.h"

static const prom_grid UNIT = {1, {0, 255}};

/* Whether the layer's rescale stays in its bounds with `shift` and each multiplier doubled `doublings` times. */
static bool bounds_hold(const prom_layer *layer, const prom_value *input, uint8_t shift, unsigned doublings)
{
    for (size_t i = 0; i < layer->rescale.count; i++) {
        const uint64_t multiplier = (uint64_t)layer->rescale.multipliers[i] << doublings;
        if (multiplier > PROM_PROGRAM_MULTIPLIER_MAX ||
            !prom_rescale_within_bound(prom_layer_sum_range(layer, input, i), (uint32_t)multiplier, shift,
                                       layer->rescale.split)) {
            return false;
        }
    }
    return true;
}

/* A layer of `outputs` channels that reads the value `input`. */
static prom_layer dense_layer(prom_value *input, prom_range range, size_t inputs, size_t outputs)
{
    static const uint32_t first = 0;
    *input = (prom_value){{1, {inputs}}, inputs, range};
    prom_layer layer = {.kind = PROM_LAYER_DENSE, .input_count = 1, .inputs = &first, .weight_count = inputs};
    layer.rescale.count = outputs;
    layer.output = (prom_value){{1, {outputs}}, outputs, {-128, 127}};
    return layer;
}

static void test_ranges(void **state)
{
    const prom_grid grid = {0.5F, {-100, 155}};
    prom_network_layer from = {.low = -INFINITY, .high = INFINITY};
    prom_range range;
    prom_error error = {""};
    (void)state;
    assert_ok(prom_rescale_range(&range, &from, &grid, &error), &error);
    assert_true(range.low == -100 && range.high == 155);
    from.low = 0;
    from.high = 6;
    assert_ok(prom_rescale_range(&range, &from, &grid, &error), &error);
    assert_true(range.low == 0 && range.high == 12);
    from.low = -3e38F;
    from.high = 3e38F;
    assert_ok(prom_rescale_range(&range, &from, &grid, &error), &error);
    assert_true(range.low == -100 && range.high == 155);
    from.low = 0;
    from.high = 0.2F;
    assert_refused(prom_rescale_range(&range, &from, &grid, &error), &error,
                   "its clamp to [0, 0.2] leaves one integer only of the scale 0.5 in [-100, 155]");
}

/* Channels whose sizes differ by many orders of magnitude: weights come out to half a step of their own scale, the
 * largest uses all of its range, and twice the multipliers would not fit. */
static void test_weights_of_floats(void **state)
{
    enum { INPUTS = 50, OUTPUTS = 12 };
    for (uint32_t seed = 1; seed < 30; seed++) {
        prom_error error = {""};
        prom_value input;
        network_maker maker = new_network(*state, seed, (prom_shape){1, {INPUTS}});
        prom_network_layer *from = layer_made(&maker, add_dense(&maker, 0, OUTPUTS));
        float *weights = draw_many(&maker, INPUTS * OUTPUTS, 1);
        for (size_t i = 0; i < INPUTS * OUTPUTS; i++) {
            weights[i] *= ldexpf(1, -(int)(i / INPUTS));
        }
        from->weights = weights;
        prom_layer layer = dense_layer(&input, (prom_range){-100, 155}, INPUTS, OUTPUTS);
        const prom_grid from_grid = {0.01F + 0.001F * (float)seed, input.range};
        const prom_grid to_grid = {0.1F, layer.output.range};
        assert_ok(prom_rescale_weighted(*state, &layer, from, &input, &from_grid, &to_grid, &error), &error);
        assert_true(bounds_hold(&layer, &input, layer.rescale.shift, 0));
        assert_false(bounds_hold(&layer, &input, layer.rescale.shift + 1, 1));
        for (size_t o = 0; o < OUTPUTS; o++) {
            const double scale = (double)layer.rescale.multipliers[o] *
                                 ldexp((double)to_grid.scale, -layer.rescale.shift) / (double)from_grid.scale;
            int largest = 0;
            for (size_t i = o * INPUTS; i < (o + 1) * INPUTS; i++) {
                assert_true(fabs(layer.weights[i] * scale - (double)weights[i]) <= 0.5001 * scale);
                largest = abs(layer.weights[i]) > largest ? abs(layer.weights[i]) : largest;
            }
            assert_true(largest <= 127 && (largest > 100 || layer.rescale.multipliers[o] < 16));
            const double bias = layer.biases[o] * scale * (double)from_grid.scale;
            assert_true(fabs(bias - (double)from->biases[o]) <= 0.5001 * scale * (double)from_grid.scale);
        }
    }
}

/* Ratios that the model gives are met to less than a hundredth of a step, with a split only where that needs one. */
static void test_weights_of_integers(void **state)
{
    enum { MAX = 6000 };
    size_t splits = 0;
    int8_t *weights = new_bytes(*state, MAX, 1);
    memset(weights, 127, MAX);
    const float bias = 3;
    for (size_t inputs = 1; inputs <= MAX; inputs += 1 + inputs / 2) {
        for (float ratio = 0.0001F; ratio < 2; ratio *= 3.3F) {
            prom_error error = {""};
            prom_value input;
            prom_layer layer = dense_layer(&input, (prom_range){-100, 155}, inputs, 1);
            const prom_network_layer from = {.kind = PROM_LAYER_DENSE, .biases = &bias, .integers = {weights, &ratio}};
            assert_ok(prom_rescale_weighted(*state, &layer, &from, &input, &UNIT, &UNIT, &error), &error);
            assert_ptr_equal(layer.weights, weights);
            assert_true(bounds_hold(&layer, &input, layer.rescale.shift, 0));
            assert_true(layer.biases[0] == (int32_t)round(3 / (double)ratio));
            const double met = ldexp(layer.rescale.multipliers[0], -layer.rescale.shift);
            assert_true(fabs(met / (double)ratio - 1) < 1.0 / 256 ||
                        fabs(met - (double)ratio) * 127 * 155 * (double)inputs < 0.5);
            splits += layer.rescale.split > 0;
        }
    }
    assert_true(splits > 3);
}

/* What the rescale makes of a sum, as docs/program.md has it; a split changes no value. */
static int64_t rescaled(const prom_layer *layer, size_t o, int64_t sum)
{
    const int64_t half = INT64_C(1) << (layer->rescale.shift - 1);
    return (layer->rescale.multipliers[o] * sum + half) >> layer->rescale.shift;
}

/* Channels that are one integer whatever they read, with scales that no multiplier has, are a bias alone beside one
 * that computes. One that is not constant is
 * refused. */
static void test_constant_channels(void **state)
{
    static const int8_t weights[] = {100, -127, 90, -80, 70, 60, 1, 2};
    static const float scales[] = {0.003F, 1.8e-15F, 1.8e-15F, 1e-20F};
    prom_error error = {""};
    const float biases[] = {1, -7.7e-8F, 41.2F, -1e9F};
    for (int i = 0; i < 2; i++) {
        prom_value input;
        prom_layer layer = dense_layer(&input, (prom_range){-128, 127}, 2, 4);
        const prom_grid from_grid = {0.02F, input.range};
        const prom_grid to_grid = {i == 0 ? 0.01F : 0.9F, layer.output.range};
        const prom_network_layer from = {.kind = PROM_LAYER_DENSE, .biases = biases, .integers = {weights, scales}};
        assert_ok(prom_rescale_weighted(*state, &layer, &from, &input, &from_grid, &to_grid, &error), &error);
        assert_true(bounds_hold(&layer, &input, layer.rescale.shift, 0));
        assert_true(layer.weights[0] == 100 && layer.weights[1] == -127);
        for (size_t o = 1; o < 4; o++) {
            assert_true(layer.weights[2 * o] == 0 && layer.weights[2 * o + 1] == 0);
        }
        assert_int_equal(rescaled(&layer, 1, layer.biases[1]), 0);
        assert_int_equal(rescaled(&layer, 2, layer.biases[2]), i == 0 ? 127 : 46);
        assert_int_equal(rescaled(&layer, 3, layer.biases[3]), -128);
    }
    prom_value input;
    prom_layer layer = dense_layer(&input, (prom_range){-128, 127}, 2, 1);
    const float huge = 1e9F;
    const prom_network_layer from = {.kind = PROM_LAYER_DENSE, .biases = biases, .integers = {weights, &huge}};
    assert_refused(prom_rescale_weighted(*state, &layer, &from, &input, &UNIT, &UNIT, &error), &error,
                   "no exact bound can hold");
}

static void test_averages(void **state)
{
    static const uint32_t first = 0;
    const prom_window_axis padded = {3, 1, 1, 1, 1};
    const prom_value input = {{3, {2, 4, 4}}, 32, {0, 255}};
    prom_error error = {""};
    for (int counts_padding = 0; counts_padding < 2; counts_padding++) {
        const prom_network_layer from = {.kind = PROM_LAYER_AVERAGE_POOL, .counts_padding = counts_padding == 1};
        prom_layer layer = {.kind = PROM_LAYER_AVERAGE_POOL,
                            .input_count = 1,
                            .inputs = &first,
                            .window = {{padded, padded}},
                            .output = {{3, {2, 4, 4}}, 32, {0, 255}}};
        assert_ok(prom_rescale_average(*state, &layer, &from, &input, &UNIT, &UNIT, &error), &error);
        assert_int_equal(layer.rescale.count, counts_padding == 1 ? 1 : 16);
        for (size_t i = 0; i < layer.rescale.count; i++) {
            const size_t rows = i / 4 % 3 == 0 ? 2 : 3;
            const size_t columns = i % 4 % 3 == 0 ? 2 : 3;
            const double divisor = counts_padding == 1 ? 9 : (double)(rows * columns);
            assert_true(fabs(ldexp(layer.rescale.multipliers[i], -layer.rescale.shift) * divisor - 1) < 1e-4);
        }
        assert_int_equal(layer.rescale.split, 0);
    }
}

static void test_sums(void **state)
{
    const uint32_t reads[] = {0, 1};
    const prom_value inputs[] = {{{1, {4}}, 4, {0, 255}}, {{1, {4}}, 4, {-128, 127}}};
    const prom_grid grids[] = {{0.02F, {0, 255}}, {3, {-128, 127}}};
    const prom_grid output = {2.5F, {-128, 127}};
    prom_error error = {""};
    prom_layer layer = {
        .kind = PROM_LAYER_ADD, .input_count = 2, .inputs = reads, .output = {{1, {4}}, 4, {-128, 127}}};
    assert_ok(prom_rescale_add(*state, &layer, inputs, grids, &output, &error), &error);
    assert_int_equal(layer.rescale.count, 2);
    for (size_t i = 0; i < 2; i++) {
        const double wanted = (double)grids[i].scale / (double)output.scale;
        assert_true(fabs(ldexp(layer.rescale.multipliers[i], -layer.rescale.shift) - wanted) * 255 < 0.01);
    }
    /* The multipliers are in the sum. */
    const prom_sum_range sum = prom_layer_sum_range(&layer, inputs, 0);
    const prom_sum_range twice = {2 * sum.low, 2 * sum.high};
    assert_true(prom_rescale_within_bound(sum, 1, layer.rescale.shift, 0));
    assert_false(prom_rescale_within_bound(twice, 1, layer.rescale.shift + 1, 0));
    const prom_grid tiny = {1e-9F, {-128, 127}};
    assert_refused(prom_rescale_add(*state, &layer, inputs, grids, &tiny, &error), &error,
                   "its inputs are so large beside its output that no exact bound can hold");
}

static void test_refusals(void **state)
{
    const float weights[] = {1};
    const float biases[] = {1e30F};
    const float none[] = {0};
    const float huge[] = {1e9F};
    const float unknown[] = {NAN};
    prom_error error = {""};
    prom_value input;
    prom_layer layer = dense_layer(&input, (prom_range){0, 255}, 1, 1);
    prom_network_layer from = {.kind = PROM_LAYER_DENSE, .weights = weights, .biases = biases};
    assert_refused(prom_rescale_weighted(*state, &layer, &from, &input, &UNIT, &UNIT, &error), &error,
                   "its weights or biases are so large beside its outputs (at most 255)");
    from = (prom_network_layer){.kind = PROM_LAYER_DENSE, .weights = huge, .biases = none};
    assert_refused(prom_rescale_weighted(*state, &layer, &from, &input, &UNIT, &UNIT, &error), &error,
                   "no exact bound can hold");
    from.weights = unknown;
    assert_refused(prom_rescale_weighted(*state, &layer, &from, &input, &UNIT, &UNIT, &error), &error,
                   "its weights or biases are not all finite numbers");
    from.weights = weights;
    from.biases = unknown;
    assert_refused(prom_rescale_weighted(*state, &layer, &from, &input, &UNIT, &UNIT, &error), &error,
                   "its weights or biases are not all finite numbers");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_ranges),
        TEST(test_weights_of_floats),
        TEST(test_weights_of_integers),
        TEST(test_constant_channels),
        TEST(test_averages),
        TEST(test_sums),
        TEST(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
