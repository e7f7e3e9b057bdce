/* The ranges that a calibration set gives by each method, and the items that are named. */
#include "prometheus/quantise/quantise.h"
#include "quantise/network_fixture.h"

static prom_tensor batch_of(const float *values, size_t items, size_t width)
{
    return (prom_tensor){PROM_DTYPE_F32, {2, {items, width}}, items * width, values};
}

/* What one item stretches is seen, under the first name that it has; one method leaves it out. */
static void test_stretches(void **state)
{
    enum { ITEMS = 40, WILD = 7 };
    float values[2 * ITEMS];
    float scales[PROM_CALIBRATION_MSE + 1];
    prom_error error = {""};
    network_maker maker = new_network(*state, 1, (prom_shape){1, {2}});
    (void)add_same(&maker, add_dense(&maker, 0, 3));
    const prom_network *network = network_made(&maker);
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        values[i] = (i % 2 == 0 ? 1.0F : -1.0F) + 0.01F * (float)(i % 10);
    }
    values[2 * WILD] = 500;
    const prom_tensor batch = batch_of(values, ITEMS, 2);
    for (int method = PROM_CALIBRATION_MAX; method <= PROM_CALIBRATION_MSE; method++) {
        prom_quantised quantised;
        const prom_quantise_request request = {
            .network = network, .calibration = &batch, .method = (prom_calibration_method)method};
        assert_ok(prom_network_quantise_by(*state, &quantised, &request, &error), &error);
        assert_int_equal(quantised.stretch_count, 1);
        assert_int_equal(quantised.stretches[0].item, WILD);
        assert_int_equal(quantised.stretches[0].value, 0);
        assert_true(quantised.stretches[0].factor > 400 && quantised.stretches[0].factor <= 500);
        scales[method] = quantised.scales[0];
    }
    assert_true(scales[PROM_CALIBRATION_MAX] > 500.0F / 255);
    assert_true(scales[PROM_CALIBRATION_PERCENTILE] < 2.1F / 255);
    assert_true(scales[PROM_CALIBRATION_MSE] > 400.0F / 255); /* 500 weighs more than all others */
}

/* Many small values and a large one: to clamp that costs less than to round those coarsely. */
static void test_least_error(void **state)
{
    enum { ITEMS = 10000, WIDTH = 100 };
    float *values = new_bytes(*state, ITEMS * WIDTH, sizeof *values);
    double errors[PROM_CALIBRATION_MSE + 1];
    prom_error error = {""};
    network_maker maker = new_network(*state, 1, (prom_shape){1, {WIDTH}});
    (void)add_same(&maker, 0);
    const prom_network *network = network_made(&maker);
    for (size_t i = 0; i < ITEMS * WIDTH; i++) {
        values[i] = draw(&maker);
    }
    values[0] = 4;
    const prom_tensor batch = batch_of(values, ITEMS, WIDTH);
    for (int method = PROM_CALIBRATION_MAX; method <= PROM_CALIBRATION_MSE; method++) {
        prom_quantised quantised;
        prom_fidelity found;
        const prom_quantise_request request = {
            .network = network, .calibration = &batch, .method = (prom_calibration_method)method};
        assert_ok(prom_network_quantise_by(*state, &quantised, &request, &error), &error);
        assert_ok(
            prom_network_compare(*state, &found, network, &quantised, &(prom_test_set){.inputs = &batch}, NULL, &error),
            &error);
        errors[method] = found.input.error;
    }
    assert_true(errors[PROM_CALIBRATION_MSE] < 0.8 * errors[PROM_CALIBRATION_MAX]);
    assert_true(errors[PROM_CALIBRATION_MSE] <= 1.01 * errors[PROM_CALIBRATION_PERCENTILE]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_stretches),
        TEST(test_least_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
