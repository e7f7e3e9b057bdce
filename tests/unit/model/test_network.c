#include <float.h>
#include <math.h>

#include "model/files.h"
#include "prometheus/model/network.h"

static float first_weights[] = {1, 2, -1, 0.5F, 0, -3};
static float first_biases[] = {0.5F, 0, 1};
static float second_weights[] = {1, 1, 1, 2, 0, -2};
static float second_biases[] = {0, -1};

/* 2 values, 3 with a Relu, 2. */
static prom_network_layer layers[] = {
    {"first", 2, 3, first_weights, first_biases, true},
    {"second", 3, 2, second_weights, second_biases, false},
};
static const prom_network network = {{1, {2}}, {1, {2}}, 2, 2, 2, layers};

static void test_runs(void **state)
{
    /* (1, 2): sums 5.5, 0, -5, so 5.5, 0, 0. (-4, 1): sums -1.5, 4.5, -2, so 0, 4.5, 0. */
    const float inputs[] = {1, 2, -4, 1};
    const float wanted[] = {5.5F, 10, 4.5F, -1};
    const float wanted_largest[] = {4, 5.5F, 10};
    float outputs[4];
    float largest[3] = {99, 99, 99};
    assert_true(prom_is_ok(prom_network_run(*state, outputs, largest, &network, inputs, 2, NULL)));
    assert_memory_equal(outputs, wanted, sizeof wanted);
    assert_memory_equal(largest, wanted_largest, sizeof wanted_largest);
    assert_true(prom_is_ok(prom_network_run(*state, NULL, NULL, &network, inputs, 2, NULL)));
}

static void test_what_is_not_finite_counts_as_infinite(void **state)
{
    const float bad[] = {NAN, INFINITY, -INFINITY, FLT_MAX};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        const float inputs[] = {bad[i], 0};
        float largest[3];
        assert_true(prom_is_ok(prom_network_run(*state, NULL, largest, &network, inputs, 1, NULL)));
        assert_true(largest[0] == (bad[i] == FLT_MAX ? FLT_MAX : INFINITY));
        assert_true(isinf(largest[2]));
    }
}

static void test_out_of_memory(void **state)
{
    (void)state;
    const float inputs[] = {1, 2};
    prom_arena none;
    prom_arena_init(&none, 16);
    assert_int_equal(prom_network_run(&none, NULL, NULL, &network, inputs, 1, NULL).category, PROM_CATEGORY_IO);
    prom_arena_free(&none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_runs), TEST(test_what_is_not_finite_counts_as_infinite),
                                       TEST(test_out_of_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
