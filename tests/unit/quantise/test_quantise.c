#include "prometheus/quantise/quantise.h"
#include "quantise/network_fixture.h"

/* The value of the program that stands for value `value` of the network. */
static const prom_value *value_of(const prom_quantised *quantised, uint32_t value)
{
    return prom_program_value(quantised->program, quantised->values[value]);
}

static const prom_layer *layer_of(const prom_quantised *quantised, uint32_t value)
{
    assert_true(quantised->values[value] > 0);
    return &quantised->program->layers[quantised->values[value] - 1];
}

static prom_quantised quantise(network_maker *maker, size_t items)
{
    prom_error error = {""};
    prom_quantised quantised;
    const prom_tensor batch = draw_batch(maker, items);
    assert_ok(prom_network_quantise(maker->arena, &quantised, network_made(maker), &batch, NULL, &error), &error);
    return quantised;
}

static void assert_range(prom_range range, int low, int high)
{
    assert_int_equal(range.low, low);
    assert_int_equal(range.high, high);
}

static void test_grids_reach_from_the_least_value_to_the_largest(void **state)
{
    const float weights[] = {1.5F, -1, 2};
    const float biases[] = {0, 0, -1};
    const float inputs[] = {0, 0.5F, 1};
    prom_error error = {""};
    prom_quantised quantised;
    network_maker maker = new_network(*state, 1, (prom_shape){1, {1}});
    const uint32_t dense = add_dense(&maker, 0, 3);
    const uint32_t relu = add_relu_to(&maker, add_same(&maker, dense));
    layer_made(&maker, dense)->weights = weights;
    layer_made(&maker, dense)->biases = biases;
    const prom_tensor batch = {PROM_DTYPE_F32, {2, {3, 1}}, 3, inputs};
    assert_ok(prom_network_quantise(*state, &quantised, network_made(&maker), &batch, NULL, &error), &error);
    /* inputs 0 to 1; outputs of the sums -1 to 1.5; after the Relu, a copy on the same grid, 0 to 1.5 */
    assert_range(quantised.program->input.range, 0, 255);
    assert_true(quantised.program->input_scale == 1.0F / 255);
    assert_range(value_of(&quantised, dense)->range, -102, 153);
    assert_true(quantised.scales[dense] == 2.5F / 255);
    assert_range(value_of(&quantised, relu)->range, 0, 153);
    assert_true(quantised.program->output_scale == 2.5F / 255);
    assert_int_equal(quantised.program->input_zero, 0);
    assert_int_equal(quantised.program->output_zero, 102);
}

/* Where the multiplier is as fine as the bound allows: one more bit of shift, with the multipliers it needs, breaks
 * it. And the ratio is exact: weights come out as the floats, to half a step of their own scale. */
static void test_weights(void **state)
{
    for (uint32_t seed = 0; seed < 20; seed++) {
        network_maker maker = new_network(*state, seed, (prom_shape){3, {4, 6, 6}});
        const uint32_t conv = add_conv(&maker, 0, 8, 1 + seed % 2, square_window(3, 1, 1, 1, 1));
        const prom_quantised quantised = quantise(&maker, 4);
        const prom_layer *layer = layer_of(&quantised, conv);
        int64_t worst = 0;
        for (size_t o = 0; o < 8; o++) {
            const prom_sum_range sum = prom_layer_sum_range(layer, &quantised.program->input, o);
            const int64_t most = -sum.low > sum.high ? -sum.low : sum.high;
            const double scale = (double)layer->rescale.multipliers[o] *
                                 ldexp((double)quantised.scales[conv], -layer->rescale.shift) /
                                 (double)quantised.scales[0];
            worst = most * layer->rescale.multipliers[o] > worst ? most * layer->rescale.multipliers[o] : worst;
            for (size_t i = 0; i < layer->weight_count; i++) {
                const size_t at = o * layer->weight_count + i;
                const double wanted = (double)layer_made(&maker, conv)->weights[at];
                assert_true(fabs(layer->weights[at] * scale - wanted) <= 0.5001 * scale);
            }
        }
        assert_int_equal(layer->rescale.split, 0);
        assert_true(worst > PROM_PROGRAM_BOUND / 100 * 40 && worst < PROM_PROGRAM_BOUND);
    }
}

static const prom_quantisation as_uint8 = {true, 0.02F, 100, 0, 255};
static const prom_quantisation as_int8 = {true, 0.05F, -3, -128, 127};

static void test_the_models_own_scales(void **state)
{
    const int8_t weights[] = {100, -128, 3, 0, 7, -7};
    const float scales[] = {0.01F, 0.001F};
    const float floats[] = {1, -1.28F, 0.03F, 0, 0.007F, -0.007F};
    const float biases[] = {0.02F * 0.01F * 1000, -0.02F * 0.001F * 5};
    prom_error error = {""};
    prom_quantised quantised;
    network_maker maker = new_network(*state, 1, (prom_shape){1, {3}});
    const uint32_t dense = add_dense(&maker, 0, 2);
    prom_network_layer *layer = layer_made(&maker, dense);
    layer->weights = floats;
    layer->biases = biases;
    layer->integers = (prom_integer_weights){weights, scales};
    layer->quantisation = as_int8;
    layer->low = 0;
    maker.network.input_quantisation = as_uint8;
    assert_ok(prom_network_quantise(*state, &quantised, network_made(&maker), NULL, NULL, &error), &error);
    const prom_layer *made = layer_of(&quantised, dense);
    assert_range(quantised.program->input.range, -100, 155);
    assert_int_equal(quantised.program->input_zero, 100);
    assert_range(made->output.range, 0, 130); /* -128 + 3 .. 127 + 3, and the clamp at 0 */
    assert_int_equal(quantised.program->output_zero, -3);
    assert_memory_equal(made->weights, weights, sizeof weights);
    assert_int_equal(made->biases[0], 1000);
    assert_int_equal(made->biases[1], -5);
    for (size_t o = 0; o < 2; o++) {
        const double wanted = 0.02 * (double)scales[o] / 0.05;
        const double ratio = ldexp(made->rescale.multipliers[o], -made->rescale.shift);
        assert_true(fabs(ratio / wanted - 1) < 1.0 / (1 << 14));
    }
}

/* Sums of 27 bits leave 3 for a multiplier: too few for a ratio that is given. */
static void test_a_split_where_the_multiplier_would_be_coarse(void **state)
{
    enum { INPUTS = 4096 };
    int8_t *weights = new_bytes(*state, INPUTS, 1);
    float *floats = new_bytes(*state, INPUTS, sizeof *floats);
    const float scale = 0.003F;
    const float bias = 0;
    prom_error error = {""};
    prom_quantised quantised;
    for (size_t i = 0; i < INPUTS; i++) {
        weights[i] = (int8_t)(i % 2 == 0 ? 127 : -127);
        floats[i] = scale * weights[i];
    }
    network_maker maker = new_network(*state, 1, (prom_shape){1, {INPUTS}});
    const uint32_t dense = add_dense(&maker, 0, 1);
    layer_made(&maker, dense)->weights = floats;
    layer_made(&maker, dense)->biases = &bias;
    layer_made(&maker, dense)->integers = (prom_integer_weights){weights, &scale};
    layer_made(&maker, dense)->quantisation = as_int8;
    maker.network.input_quantisation = as_uint8;
    assert_ok(prom_network_quantise(*state, &quantised, network_made(&maker), NULL, NULL, &error), &error);
    const prom_rescale *rescale = &layer_of(&quantised, dense)->rescale;
    const double wanted = 0.02 * (double)scale / 0.05;
    assert_true(rescale->split > 0);
    assert_true(fabs(ldexp(rescale->multipliers[0], -rescale->shift) / wanted - 1) < 1.0 / (1 << 14));
}

static void test_what_only_moves_keeps_the_grid(void **state)
{
    const uint8_t swap[] = {1, 2, 0};
    network_maker maker = new_network(*state, 3, (prom_shape){3, {2, 4, 4}});
    const uint32_t conv = add_relu_to(&maker, add_conv(&maker, 0, 3, 1, square_window(3, 1, 1, 1, 1)));
    const uint32_t pool = add_pool(&maker, PROM_LAYER_MAX_POOL, conv, square_window(2, 2, 1, 0, 0));
    const uint32_t turned = add_transpose(&maker, pool, swap);
    const uint32_t flat = add_reshape(&maker, turned, (prom_shape){1, {12}});
    const prom_quantised quantised = quantise(&maker, 4);
    assert_int_equal(quantised.program->layer_count, 4);
    for (uint32_t value = conv; value <= flat; value++) {
        assert_true(quantised.scales[value] == quantised.scales[conv]);
        assert_range(value_of(&quantised, value)->range, 0, 255);
    }
}

static void test_what_is_joined_shares_a_grid(void **state)
{
    network_maker maker = new_network(*state, 3, (prom_shape){3, {2, 4, 4}});
    const uint32_t first = add_relu_to(&maker, add_conv(&maker, 0, 3, 1, square_window(3, 1, 1, 1, 1)));
    const uint32_t second = add_conv(&maker, first, 2, 1, square_window(1, 1, 1, 0, 0));
    const uint32_t joined = add_concat(&maker, first, second, 0);
    const prom_quantised quantised = quantise(&maker, 4);
    assert_int_equal(quantised.program->layer_count, 3); /* nothing had to be converted */
    assert_true(quantised.scales[first] == quantised.scales[second]);
    assert_int_equal(value_of(&quantised, first)->range.low, 0);
    assert_true(value_of(&quantised, second)->range.low < 0);
    assert_int_equal(value_of(&quantised, joined)->range.high - value_of(&quantised, joined)->range.low, 255);
}

/* What is joined to a copy does not have to reach as far as what is copied. */
static void test_a_joined_copy_has_a_grid_of_its_own(void **state)
{
    network_maker maker = new_network(*state, 1, (prom_shape){1, {6}});
    const uint32_t copied = add_dense(&maker, 0, 4);
    const uint32_t alone = add_relu_to(&maker, add_same(&maker, copied));
    const uint32_t copy = add_relu_to(&maker, add_same(&maker, copied));
    const uint32_t other = add_relu_to(&maker, add_dense(&maker, alone, 4));
    const uint32_t joined = add_concat(&maker, copy, other, 0);
    const prom_quantised quantised = quantise(&maker, 50);
    assert_true(quantised.scales[alone] == quantised.scales[copied]);
    assert_true(quantised.scales[copy] == quantised.scales[joined] &&
                quantised.scales[other] == quantised.scales[joined]);
    assert_true(quantised.scales[copy] != quantised.scales[copied]);
}

static void test_what_is_joined_on_given_grids_is_converted(void **state)
{
    network_maker maker = new_network(*state, 3, (prom_shape){1, {3}});
    const uint32_t first = add_dense(&maker, 0, 3);
    const uint32_t second = add_dense(&maker, 0, 3);
    const uint32_t joined = add_concat(&maker, first, second, 0);
    layer_made(&maker, first)->quantisation = as_uint8;
    layer_made(&maker, second)->quantisation = as_int8;
    layer_made(&maker, add_same(&maker, joined))->quantisation = as_int8;
    const prom_quantised quantised = quantise(&maker, 4);
    /* two dense, the first's conversion, the joined, and the last one's clamp */
    assert_int_equal(quantised.program->layer_count, 5);
    assert_true(quantised.scales[first] == as_uint8.scale && quantised.scales[joined] == as_int8.scale);
    assert_range(value_of(&quantised, joined)->range, -125, 130);
    assert_int_equal(quantised.values[second] + 1, quantised.values[first] + 2);
}

static void test_a_pool_with_a_scale_of_its_own_is_converted(void **state)
{
    network_maker maker = new_network(*state, 3, (prom_shape){3, {2, 4, 4}});
    const uint32_t pool = add_pool(&maker, PROM_LAYER_MAX_POOL, 0, square_window(2, 2, 1, 0, 0));
    maker.network.input_quantisation = as_uint8;
    layer_made(&maker, pool)->quantisation = as_int8;
    const prom_quantised quantised = quantise(&maker, 1);
    assert_int_equal(quantised.program->layer_count, 2);
    assert_int_equal(quantised.values[pool], 2);
    assert_range(value_of(&quantised, pool)->range, -125, 130);
    assert_true(quantised.scales[pool] == as_int8.scale);
}

/* A large window goes in two steps, and comes to the same. */
static void test_large_pools_go_along_the_rows_first(void **state)
{
    network_maker maker = new_network(*state, 5, (prom_shape){3, {2, 9, 7}});
    const uint32_t small = add_pool(&maker, PROM_LAYER_MAX_POOL, 0, square_window(3, 1, 1, 1, 1));
    const uint32_t large = add_pool(&maker, PROM_LAYER_MAX_POOL, small, square_window(4, 2, 1, 2, 1));
    const prom_quantised quantised = quantise(&maker, 3);
    const prom_layer *down = layer_of(&quantised, large);
    assert_int_equal(quantised.program->layer_count, 3);
    assert_int_equal(quantised.values[large], 3);
    assert_int_equal(down->window.axes[0].kernel, 4);
    assert_int_equal(down->window.axes[1].kernel, 1);
    assert_int_equal(quantised.program->layers[1].window.axes[0].kernel, 1);
    assert_int_equal(quantised.program->layers[1].window.axes[1].kernel, 4);
    assert_true(prom_shape_equal(&down->output.shape, &layer_made(&maker, large)->shape));
    prom_error error = {""};
    prom_fidelity fidelity;
    const prom_tensor batch = draw_batch(&maker, 5);
    assert_ok(prom_network_compare(*state, &fidelity, network_made(&maker), &quantised,
                                   &(prom_test_set){.inputs = &batch}, NULL, &error),
              &error);
    assert_true(fidelity.layers[1].error < 0.51 * (double)quantised.scales[large]);
}

static void test_sums_and_averages(void **state)
{
    network_maker maker = new_network(*state, 5, (prom_shape){3, {2, 5, 5}});
    const uint32_t conv = add_conv(&maker, 0, 2, 1, square_window(3, 1, 1, 1, 1));
    const uint32_t sum = add_sum(&maker, 0, conv);
    const uint32_t edge = add_pool(&maker, PROM_LAYER_AVERAGE_POOL, sum, square_window(3, 2, 1, 1, 1));
    const uint32_t all = add_pool(&maker, PROM_LAYER_AVERAGE_POOL, edge, square_window(3, 1, 1, 0, 0));
    const prom_quantised quantised = quantise(&maker, 8);
    const prom_rescale *added = &layer_of(&quantised, sum)->rescale;
    const prom_rescale *places = &layer_of(&quantised, edge)->rescale;
    const prom_rescale *whole = &layer_of(&quantised, all)->rescale;
    for (size_t i = 0; i < 2; i++) {
        const double wanted = (double)quantised.scales[i == 0 ? 0 : conv] / (double)quantised.scales[sum];
        assert_true(fabs(ldexp(added->multipliers[i], -added->shift) / wanted - 1) < 1e-4);
    }
    const size_t covered[] = {4, 6, 4, 6, 9, 6, 4, 6, 4};
    assert_int_equal(places->count, 9);
    for (size_t i = 0; i < 9; i++) {
        const double wanted = (double)quantised.scales[sum] / (double)quantised.scales[edge] / (double)covered[i];
        assert_true(fabs(ldexp(places->multipliers[i], -places->shift) / wanted - 1) < 1.0 / (1 << 14));
    }
    assert_int_equal(whole->count, 1);
}

static void test_same_bytes_every_time(void **state)
{
    prom_bytes32 digests[2];
    for (size_t i = 0; i < 2; i++) {
        network_maker maker = new_network(*state, 9, (prom_shape){3, {3, 6, 6}});
        (void)add_conv(&maker, add_relu_to(&maker, add_conv(&maker, 0, 5, 1, square_window(3, 1, 1, 1, 1))), 4, 1,
                       square_window(3, 2, 1, 0, 0));
        const prom_quantised quantised = quantise(&maker, 3);
        prom_program_digest(&digests[i], quantised.program);
    }
    assert_true(prom_bytes32_equal(&digests[0], &digests[1]));
}

static void test_refusals(void **state)
{
    prom_error error = {""};
    prom_quantised quantised;
    network_maker maker = new_network(*state, 1, (prom_shape){1, {4}});
    const uint32_t dense = add_dense(&maker, 0, 3);
    const prom_network *network = network_made(&maker);
    prom_tensor batch = draw_batch(&maker, 2);
    assert_refused(prom_network_quantise(*state, &quantised, network, NULL, NULL, &error), &error,
                   "a calibration set, inputs like those it will see, is needed");
    batch.shape.sizes[1] = 5;
    assert_refused(prom_network_quantise(*state, &quantised, network, &batch, NULL, &error), &error,
                   "the calibration set: the input has shape 2x5, the model wants Nx4");
    batch.shape.sizes[1] = 4;
    const float *right = layer_made(&maker, dense)->weights;
    const float zeros[12] = {0};
    layer_made(&maker, dense)->weights = zeros;
    layer_made(&maker, dense)->biases = zeros;
    assert_refused(prom_network_quantise(*state, &quantised, network, &batch, NULL, &error), &error,
                   "the outputs of layer 'dense 0': they are zero");
    float huge[12];
    for (size_t i = 0; i < COUNT_OF(huge); i++) {
        huge[i] = 3e38F;
    }
    layer_made(&maker, dense)->weights = huge;
    assert_refused(prom_network_quantise(*state, &quantised, network, &batch, NULL, &error), &error,
                   "the outputs of layer 'dense 0': they are not all finite");
    layer_made(&maker, dense)->weights = right;
    /* The model says that outputs are tiny; sums are not. */
    layer_made(&maker, dense)->quantisation = (prom_quantisation){true, 1e-9F, 0, -128, 127};
    assert_refused(prom_network_quantise(*state, &quantised, network, &batch, NULL, &error), &error,
                   "layer 'dense 0': its weights or biases are so large beside its outputs");
    layer_made(&maker, dense)->quantisation = (prom_quantisation){true, 0.1F, 127, -128, 127};
    layer_made(&maker, dense)->low = 0;
    assert_refused(prom_network_quantise(*state, &quantised, network, &batch, NULL, &error), &error,
                   "leaves one integer only");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_grids_reach_from_the_least_value_to_the_largest),
        TEST(test_weights),
        TEST(test_the_models_own_scales),
        TEST(test_a_split_where_the_multiplier_would_be_coarse),
        TEST(test_what_only_moves_keeps_the_grid),
        TEST(test_what_is_joined_shares_a_grid),
        TEST(test_a_joined_copy_has_a_grid_of_its_own),
        TEST(test_what_is_joined_on_given_grids_is_converted),
        TEST(test_a_pool_with_a_scale_of_its_own_is_converted),
        TEST(test_large_pools_go_along_the_rows_first),
        TEST(test_sums_and_averages),
        TEST(test_same_bytes_every_time),
        TEST(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
