#include <float.h>
#include <math.h>

#include "prometheus/program/program.h"
#include "tensor/files.h"

static uint8_t quantised(prom_range range, float scale, float value)
{
    const prom_program program = {.input_scale = scale, .input.range = range};
    uint8_t code = 99;
    assert_true(prom_is_ok(prom_program_quantise(&code, &program, &value, 1, NULL)));
    return code;
}

static void test_quantises(void **state)
{
    (void)state;
    const struct {
        float value;
        int16_t quantised;
    } cases[] = {{0, 0},         {-0.0F, 0},     {0.25F, 1},      {0.125F, 1},   {-0.125F, -1}, {0.1249999F, 0},
                 {0.375F, 2},    {-0.375F, -2},  {0.3749999F, 1}, {31.75F, 127}, {31.8F, 127},  {1e30F, 127},
                 {-32.0F, -128}, {-31.9F, -128}, {-31.87F, -127}, {-1e30F, -128}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(quantised((prom_range){-128, 127}, 0.25F, cases[i].value), cases[i].quantised + 128);
    }
}

static void test_clamps_to_the_range(void **state)
{
    (void)state;
    const struct {
        prom_range range;
        float value;
        uint8_t code;
    } cases[] = {{{0, 255}, 254.5F, 255}, {{0, 255}, 1e9F, 255}, {{0, 255}, -1, 0},     {{-255, 0}, -300, 0},
                 {{-255, 0}, 5, 255},     {{-255, 0}, -1, 254},  {{-3, 1}, 0, 3},       {{-3, 1}, 2, 4},
                 {{-3, 1}, -2.5F, 0},     {{-3, 1}, -2.4F, 1},   {{0, 1}, 0.49999F, 0}, {{0, 1}, 0.5F, 1}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(quantised(cases[i].range, 1, cases[i].value), cases[i].code);
    }
    /* The extremes of what a float32 holds, and quotients beyond it. */
    assert_int_equal(quantised((prom_range){-128, 127}, FLT_MIN, FLT_MAX), 255);
    assert_int_equal(quantised((prom_range){-128, 127}, FLT_MIN, -FLT_MAX), 0);
    assert_int_equal(quantised((prom_range){-128, 127}, FLT_MAX, FLT_MAX), 129);
    assert_int_equal(quantised((prom_range){-128, 127}, FLT_MAX, FLT_TRUE_MIN), 128);
    assert_int_equal(quantised((prom_range){-128, 127}, FLT_MIN, FLT_MIN), 129);
    assert_int_equal(quantised((prom_range){-128, 127}, FLT_MIN, FLT_MIN / 2), 129);
}

/* Against exact integer arithmetic, at halves and a step of the value beside them: with a scale of s * 2^-20 and a
 * value of v * 2^-20, the quotient is v / s. */
static void test_quantises_exactly(void **state)
{
    (void)state;
    uint64_t random = 10;
    size_t halves = 0;
    for (size_t i = 0; i < 400000; i++) {
        const int64_t scale = (int64_t)random_below(&random, 1 << 16) + 1;
        const int64_t sign = random_below(&random, 2) == 0 ? 1 : -1;
        const int64_t value =
            sign * ((2 * (int64_t)random_below(&random, 255) + 1) * scale / 2 + (int64_t)random_below(&random, 3) - 1);
        const int low = -(int)random_below(&random, 256);
        const uint8_t code = quantised((prom_range){(int16_t)low, (int16_t)(low + 255)}, ldexpf((float)scale, -20),
                                       ldexpf((float)value, -20));
        const int64_t magnitude = (2 * llabs(value) + scale) / (2 * scale);
        const int64_t rounded = value < 0 ? -magnitude : magnitude;
        const int64_t wanted = rounded < low ? low : rounded > low + 255 ? low + 255 : rounded;
        assert_int_equal(code, wanted - low);
        halves += 2 * llabs(value) % (2 * scale) == scale;
    }
    assert_true(halves > 10000);
}

/* Beside a half, by as little as two float32 can be: (n + 1/2) * scale is no float32 for an odd scale of 24 bits, and
 * the two floats around it lie on both sides. */
static void test_knows_halves_from_their_neighbours(void **state)
{
    (void)state;
    uint64_t random = 14;
    for (size_t i = 0; i < 100000; i++) {
        const int64_t scale = (1 << 23) + 2 * (int64_t)random_below(&random, 1 << 22) + 1;
        const int64_t n = 1 + (int64_t)random_below(&random, 254);
        const double half = ldexp((double)((2 * n + 1) * scale), -1); /* 33 bits: exact */
        const float nearest = (float)half;
        const float below = (double)nearest < half ? nearest : nextafterf(nearest, 0);
        assert_true((double)below < half && half < (double)nextafterf(below, INFINITY));
        assert_int_equal(quantised((prom_range){0, 255}, (float)scale, below), n);
        assert_int_equal(quantised((prom_range){0, 255}, (float)scale, nextafterf(below, INFINITY)), n + 1);
    }
}

static void test_refuses_values_that_are_not_finite(void **state)
{
    (void)state;
    const prom_program program = {.input_scale = 0.25F, .input.range = {-128, 127}};
    const float bad[] = {NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        const float values[] = {0, 1, bad[i]};
        uint8_t codes[3];
        prom_error error = {""};
        assert_refused(prom_program_quantise(codes, &program, values, 3, &error), &error,
                       "value 2 of the input is not a finite number");
    }
}

static void test_dequantises(void **state)
{
    (void)state;
    const prom_layer layer = {.output.range = {-128, 127}};
    const prom_program program = {.output_scale = 0.5F, .layer_count = 1, .layers = &layer};
    const uint8_t codes[] = {0, 127, 128, 131, 255};
    const float wanted[] = {-64, -0.5F, 0, 1.5F, 63.5F};
    float values[5];
    prom_program_dequantise(values, &program, codes, 5);
    assert_memory_equal(values, wanted, sizeof wanted);
}

/* Each value of each range comes back from the floats that it stands for. */
static void test_there_and_back(void **state)
{
    (void)state;
    uint64_t random = 15;
    for (int low = -255; low <= 0; low++) {
        const prom_layer layer = {.output.range = {(int16_t)low, (int16_t)(low + 255)}};
        const float scale = ldexpf((float)(1 + random_below(&random, 1 << 24)), (int)random_below(&random, 200) - 120);
        const prom_program program = {.input_scale = scale,
                                      .output_scale = scale,
                                      .input.range = layer.output.range,
                                      .layer_count = 1,
                                      .layers = &layer};
        uint8_t codes[256];
        float values[256];
        uint8_t again[256];
        for (size_t i = 0; i < 256; i++) {
            codes[i] = (uint8_t)i;
        }
        prom_program_dequantise(values, &program, codes, 256);
        assert_true(prom_is_ok(prom_program_quantise(again, &program, values, 256, NULL)));
        assert_memory_equal(again, codes, sizeof codes);
    }
}

static void test_codes_in_range(void **state)
{
    (void)state;
    const uint8_t codes[] = {0, 5, 255, 6, 7};
    size_t at = 99;
    assert_true(prom_codes_in_range(&at, codes, 5, (prom_range){-128, 127}));
    assert_true(prom_codes_in_range(&at, codes, 5, (prom_range){0, 255}));
    assert_false(prom_codes_in_range(&at, codes, 5, (prom_range){0, 254}));
    assert_int_equal(at, 2);
    assert_false(prom_codes_in_range(&at, codes, 5, (prom_range){-2, 2}));
    assert_int_equal(at, 1);
    assert_true(prom_codes_in_range(&at, codes, 2, (prom_range){-2, 3}));
    assert_true(prom_codes_in_range(&at, codes, 0, (prom_range){0, 1}));
    assert_true(prom_codes_in_range(&at, codes, 1, (prom_range){0, 1}));
    assert_false(prom_codes_in_range(&at, codes + 3, 2, (prom_range){0, 6}));
    assert_int_equal(at, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quantises),
        cmocka_unit_test(test_clamps_to_the_range),
        cmocka_unit_test(test_quantises_exactly),
        cmocka_unit_test(test_knows_halves_from_their_neighbours),
        cmocka_unit_test(test_refuses_values_that_are_not_finite),
        cmocka_unit_test(test_dequantises),
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_codes_in_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
