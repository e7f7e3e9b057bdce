#include "quantise/network_fixture.h"

#define MEMORY ((size_t)1 << 24)

/* -- A second way to say what each kind of layer does, in double: place by place, from the definitions -- */

static double pixel(const float *image, const prom_shape *shape, size_t channel, int64_t y, int64_t x, bool *inside)
{
    const int64_t height = (int64_t)shape->sizes[1];
    const int64_t width = (int64_t)shape->sizes[2];
    *inside = y >= 0 && y < height && x >= 0 && x < width;
    return *inside ? (double)image[(channel * shape->sizes[1] + (size_t)y) * shape->sizes[2] + (size_t)x] : 0;
}

static double conv_at(const prom_network_layer *layer, const prom_shape *shape, const float *image, const size_t *at)
{
    const prom_window_axis *axes = layer->window.axes;
    const size_t taken = shape->sizes[0] / layer->groups;
    const size_t group = at[0] / (layer->shape.sizes[0] / layer->groups);
    double sum = (double)layer->biases[at[0]];
    for (size_t c = 0; c < taken; c++) {
        for (size_t i = 0; i < axes[0].kernel; i++) {
            for (size_t j = 0; j < axes[1].kernel; j++) {
                bool inside = false;
                const int64_t y = (int64_t)(at[1] * axes[0].stride + i * axes[0].dilation) - axes[0].pad_before;
                const int64_t x = (int64_t)(at[2] * axes[1].stride + j * axes[1].dilation) - axes[1].pad_before;
                const size_t weight = ((at[0] * taken + c) * axes[0].kernel + i) * axes[1].kernel + j;
                sum += (double)layer->weights[weight] * pixel(image, shape, group * taken + c, y, x, &inside);
            }
        }
    }
    return sum;
}

static double pool_at(const prom_network_layer *layer, const prom_shape *shape, const float *image, const size_t *at)
{
    const prom_window_axis *axes = layer->window.axes;
    double largest = -INFINITY;
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < axes[0].kernel; i++) {
        for (size_t j = 0; j < axes[1].kernel; j++) {
            bool inside = false;
            const int64_t y = (int64_t)(at[1] * axes[0].stride + i * axes[0].dilation) - axes[0].pad_before;
            const int64_t x = (int64_t)(at[2] * axes[1].stride + j * axes[1].dilation) - axes[1].pad_before;
            const double value = pixel(image, shape, at[0], y, x, &inside);
            count += inside || layer->counts_padding;
            sum += value;
            largest = inside && value > largest ? value : largest;
        }
    }
    return layer->kind == PROM_LAYER_MAX_POOL ? largest : sum / (double)(count > 0 ? count : 1);
}

static void check_images(prom_arena *arena, network_maker *maker, uint32_t value)
{
    const prom_network *network = network_made(maker);
    const prom_network_layer *layer = layer_made(maker, value);
    const prom_tensor batch = draw_batch(maker, 2);
    float *outputs = new_bytes(arena, 2 * layer->count, sizeof *outputs);
    prom_error error = {""};
    assert_ok(prom_network_run(outputs, network,
                               &(prom_network_request){.inputs = batch.data, .items = 2, .memory = MEMORY}, &error),
              &error);
    for (size_t i = 0; i < 2 * layer->count; i++) {
        const size_t width = layer->shape.sizes[2];
        const size_t pixels = layer->shape.sizes[1] * width;
        const size_t at[] = {i % layer->count / pixels, i % pixels / width, i % width};
        const float *image = (const float *)batch.data + i / layer->count * network->input_count;
        const double wanted =
            (layer->kind == PROM_LAYER_CONV ? conv_at : pool_at)(layer, &network->input_shape, image, at);
        assert_true(fabs((double)outputs[i] - wanted) < 1e-5 * (1 + fabs(wanted)));
    }
}

static void test_convolutions(void **state)
{
    for (uint32_t seed = 0; seed < 60; seed++) {
        const uint32_t groups = 1 + seed % 3;
        network_maker maker = new_network(*state, seed, (prom_shape){3, {groups * (1 + seed % 4), 5 + seed % 6, 7}});
        const prom_window window =
            square_window(1 + seed % 3, 1 + seed / 3 % 3, 1 + seed / 7 % 2, seed / 2 % 3, seed % 2);
        check_images(*state, &maker, add_conv(&maker, 0, groups * (1 + seed % 7), groups, window));
    }
}

static void test_pools(void **state)
{
    for (uint32_t seed = 0; seed < 60; seed++) {
        network_maker maker = new_network(*state, seed, (prom_shape){3, {1 + seed % 3, 5 + seed % 4, 6}});
        const prom_window window =
            square_window(2 + seed % 2, 1 + seed / 3 % 3, 1 + seed / 7 % 2, seed / 2 % 2, seed % 2);
        const prom_layer_kind kind = seed % 3 == 0 ? PROM_LAYER_MAX_POOL : PROM_LAYER_AVERAGE_POOL;
        const uint32_t made = add_pool(&maker, kind, 0, window);
        layer_made(&maker, made)->counts_padding = seed % 3 == 1;
        check_images(*state, &maker, made);
    }
}

static void test_dense_over_the_last_axis(void **state)
{
    for (size_t inputs = 1; inputs < 40; inputs++) {
        network_maker maker = new_network(*state, (uint32_t)inputs, (prom_shape){2, {3, inputs}});
        const prom_network_layer *layer = layer_made(&maker, add_dense(&maker, 0, 5));
        const prom_tensor batch = draw_batch(&maker, 1);
        const float *values = batch.data;
        float outputs[15];
        assert_true(prom_is_ok(prom_network_run(outputs, network_made(&maker),
                                                &(prom_network_request){.inputs = values, .items = 1, .memory = MEMORY},
                                                NULL)));
        for (size_t i = 0; i < COUNT_OF(outputs); i++) {
            double wanted = (double)layer->biases[i % 5];
            for (size_t j = 0; j < inputs; j++) {
                wanted += (double)layer->weights[i % 5 * inputs + j] * (double)values[i / 5 * inputs + j];
            }
            assert_true(fabs((double)outputs[i] - wanted) < 1e-5 * (1 + fabs(wanted)));
        }
    }
}

static void test_what_moves_and_adds(void **state)
{
    const float inputs[] = {1, 2, 3, 4, 5, 6};
    /* Transposed: 1 4 2 5 3 6. Beside the reshaped input: rows 1 4 | 1 2, 2 5 | 3 4, 3 6 | 5 6. Doubled, clamped. */
    const float wanted[] = {3, 8, 3, 4, 4, 9, 6, 8, 6, 9, 9, 9};
    const uint8_t swap[] = {1, 0};
    float outputs[COUNT_OF(wanted)];
    network_maker maker = new_network(*state, 1, (prom_shape){2, {2, 3}});
    const uint32_t transposed = add_transpose(&maker, 0, swap);
    const uint32_t reshaped = add_reshape(&maker, 0, (prom_shape){2, {3, 2}});
    const uint32_t joined = add_concat(&maker, transposed, reshaped, 1);
    const uint32_t sum = add_sum(&maker, joined, joined);
    layer_made(&maker, sum)->low = 3;
    layer_made(&maker, sum)->high = 9;
    assert_true(prom_is_ok(prom_network_run(
        outputs, network_made(&maker), &(prom_network_request){.inputs = inputs, .items = 1, .memory = MEMORY}, NULL)));
    assert_memory_equal(outputs, wanted, sizeof wanted);
}

typedef struct seen {
    uint32_t order[8];
    size_t counts[8];
    size_t calls;
} seen;

static void note(void *context, uint32_t index, const float *values, size_t count)
{
    seen *noted = context;
    assert_non_null(values);
    noted->order[noted->calls] = index;
    noted->counts[noted->calls++] = count;
}

static void test_observer_sees_every_value(void **state)
{
    network_maker maker = new_network(*state, 1, (prom_shape){1, {4}});
    (void)add_dense(&maker, add_relu_to(&maker, add_dense(&maker, 0, 3)), 2);
    const prom_tensor batch = draw_batch(&maker, 2);
    seen noted = {{0}, {0}, 0};
    const prom_network_observer observer = {note, &noted};
    assert_true(prom_is_ok(prom_network_run(
        NULL, network_made(&maker),
        &(prom_network_request){.inputs = batch.data, .items = 2, .memory = MEMORY, .observer = &observer}, NULL)));
    const uint32_t order[] = {0, 1, 2, 0, 1, 2};
    const size_t counts[] = {4, 3, 2, 4, 3, 2};
    assert_int_equal(noted.calls, 6);
    assert_memory_equal(noted.order, order, sizeof order);
    assert_memory_equal(noted.counts, counts, sizeof counts);
}

static void test_what_is_not_a_number_stays_seen(void **state)
{
    const float bad[] = {NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        network_maker maker = new_network(*state, 1, (prom_shape){3, {1, 2, 2}});
        const float inputs[] = {0, bad[i], 0, 0};
        float output = 0;
        (void)add_pool(&maker, i == 0 ? PROM_LAYER_MAX_POOL : PROM_LAYER_AVERAGE_POOL, 0, square_window(2, 1, 1, 0, 0));
        assert_true(prom_is_ok(prom_network_run(&output, network_made(&maker),
                                                &(prom_network_request){.inputs = inputs, .items = 1, .memory = MEMORY},
                                                NULL)));
        assert_false(isfinite(output) != 0);
    }
}

static void test_out_of_memory(void **state)
{
    prom_error error = {""};
    network_maker maker = new_network(*state, 1, (prom_shape){1, {4}});
    (void)add_dense(&maker, 0, 3);
    const prom_tensor batch = draw_batch(&maker, 1);
    assert_int_equal(prom_network_run(NULL, network_made(&maker),
                                      &(prom_network_request){.inputs = batch.data, .items = 1, .memory = 16}, &error)
                         .category,
                     PROM_CATEGORY_MEMORY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_convolutions),
        TEST(test_pools),
        TEST(test_dense_over_the_last_axis),
        TEST(test_what_moves_and_adds),
        TEST(test_observer_sees_every_value),
        TEST(test_what_is_not_a_number_stays_seen),
        TEST(test_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
