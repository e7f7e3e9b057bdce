#include <math.h>

#include "prometheus/tensor/tensor.h"
#include "tensor/files.h"

static void test_count(void **state)
{
    (void)state;
    const struct {
        prom_shape shape;
        bool fits;
        size_t count;
    } cases[] = {
        {{0, {0}}, true, 1},
        {{1, {7}}, true, 7},
        {{4, {360, 1, 8, 8}}, true, 23040},
        {{2, {0, SIZE_MAX}}, false, 0},
        {{3, {5, 0, 7}}, true, 0},
        {{1, {PROM_COUNT_MAX}}, true, PROM_COUNT_MAX},
        {{1, {PROM_COUNT_MAX + 1}}, false, 0},
        {{2, {(size_t)1 << 32, (size_t)1 << 32}}, false, 0},
        {{8, {256, 256, 256, 256, 256, 256, 256, 256}}, false, 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        size_t count = 99;
        assert_int_equal(prom_shape_count(&count, &cases[i].shape), cases[i].fits);
        assert_int_equal(count, cases[i].count);
    }
}

static void test_equal(void **state)
{
    (void)state;
    const prom_shape a = {2, {3, 4}};
    const prom_shape same = {2, {3, 4, 9}};
    const prom_shape other = {2, {3, 5}};
    const prom_shape longer = {3, {3, 4, 1}};
    assert_true(prom_shape_equal(&a, &same));
    assert_false(prom_shape_equal(&a, &other));
    assert_false(prom_shape_equal(&a, &longer));
}

static void test_text(void **state)
{
    (void)state;
    char text[PROM_SHAPE_TEXT];
    assert_string_equal(prom_shape_text(text, &(prom_shape){4, {360, 1, 8, 8}}), "360x1x8x8");
    assert_string_equal(prom_shape_text(text, &(prom_shape){0, {0}}), "a single value");
    assert_string_equal(prom_shape_batch_text(text, &(prom_shape){3, {1, 8, 8}}), "Nx1x8x8");
    prom_shape widest = {.rank = PROM_RANK_MAX};
    for (size_t i = 0; i < PROM_RANK_MAX; i++) {
        widest.sizes[i] = SIZE_MAX;
    }
    assert_int_equal(strlen(prom_shape_batch_text(text, &widest)), 1 + PROM_RANK_MAX * 21);
}

static void test_dtypes(void **state)
{
    (void)state;
    const struct {
        prom_dtype dtype;
        size_t width;
        const char *name;
    } cases[] = {
        {PROM_DTYPE_BOOL, 1, "bool"},   {PROM_DTYPE_I8, 1, "int8"},     {PROM_DTYPE_U8, 1, "uint8"},
        {PROM_DTYPE_I16, 2, "int16"},   {PROM_DTYPE_U16, 2, "uint16"},  {PROM_DTYPE_I32, 4, "int32"},
        {PROM_DTYPE_U32, 4, "uint32"},  {PROM_DTYPE_I64, 8, "int64"},   {PROM_DTYPE_U64, 8, "uint64"},
        {PROM_DTYPE_F16, 2, "float16"}, {PROM_DTYPE_F32, 4, "float32"}, {PROM_DTYPE_F64, 8, "float64"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(prom_dtype_width(cases[i].dtype), cases[i].width);
        assert_string_equal(prom_dtype_name(cases[i].dtype), cases[i].name);
    }
}

static void test_items(void **state)
{
    (void)state;
    const prom_shape item = {3, {1, 8, 8}};
    prom_tensor tensor = {.dtype = PROM_DTYPE_F32, .shape = {4, {360, 1, 8, 8}}};
    prom_error error = {""};
    size_t items = 0;
    assert_ok(prom_tensor_items(&items, &tensor, &item, PROM_DTYPE_F32, &error), &error);
    assert_int_equal(items, 360);

    assert_refused(prom_tensor_items(&items, &tensor, &item, PROM_DTYPE_I8, &error), &error,
                   "the input holds float32 values, the model wants int8");
    assert_int_equal(items, 0);

    tensor.shape = (prom_shape){3, {360, 8, 8}};
    assert_refused(prom_tensor_items(&items, &tensor, &item, PROM_DTYPE_F32, &error), &error,
                   "the input has shape 360x8x8, the model wants Nx1x8x8");
    tensor.shape = (prom_shape){5, {360, 1, 8, 8, 1}};
    assert_refused(prom_tensor_items(&items, &tensor, &item, PROM_DTYPE_F32, &error), &error, "360x1x8x8x1");
    tensor.shape = (prom_shape){4, {360, 1, 8, 9}};
    assert_refused(prom_tensor_items(&items, &tensor, &item, PROM_DTYPE_F32, &error), &error, "360x1x8x9");
    tensor.shape = (prom_shape){4, {0, 1, 8, 8}};
    assert_refused(prom_tensor_items(&items, &tensor, &item, PROM_DTYPE_F32, &error), &error, "it holds no item");
}

/* Every binary16, by the definition of its fields; NumPy's conversions of the other types are in test_npy.c. */
static void test_halves(void **state)
{
    prom_error error = {""};
    uint16_t *halves = new_bytes(*state, 1 << 16, sizeof *halves);
    for (size_t i = 0; i < 1 << 16; i++) {
        halves[i] = (uint16_t)i;
    }
    const prom_tensor tensor = {PROM_DTYPE_F16, {1, {1 << 16}}, 1 << 16, halves};
    prom_tensor floats;
    assert_ok(prom_tensor_as_float(*state, &floats, &tensor, &error), &error);
    for (size_t i = 0; i < 1 << 16; i++) {
        const float value = ((const float *)floats.data)[i];
        const int exponent = (int)(i >> 10 & 31);
        const double fraction = (double)(i & 1023) / 1024;
        const double sign = i >> 15 == 0 ? 1 : -1;
        if (exponent == 31) {
            assert_true(fraction == 0 ? isinf(value) && (double)value * sign > 0 : isnan(value));
        } else {
            const double power = exp2(exponent == 0 ? -14 : exponent - 15);
            assert_true((double)value == sign * power * (exponent == 0 ? fraction : 1 + fraction));
            assert_int_equal(signbit(value) != 0, sign < 0);
        }
    }
}

static void test_conversion_shares_what_needs_none(void **state)
{
    prom_error error = {""};
    const float values[2] = {1.5F, 2};
    const int64_t labels[2] = {3, 4};
    const prom_tensor tensor = {PROM_DTYPE_F32, {1, {2}}, 2, values};
    const prom_tensor integers = {PROM_DTYPE_I64, {1, {2}}, 2, labels};
    prom_tensor converted;
    assert_ok(prom_tensor_as_float(*state, &converted, &tensor, &error), &error);
    assert_ptr_equal(converted.data, values);
    assert_ok(prom_tensor_as_integers(*state, &converted, &integers, &error), &error);
    assert_ptr_equal(converted.data, labels);
    assert_refused(prom_tensor_as_integers(*state, &converted, &tensor, &error), &error,
                   "the value at position 0, 1.5, is not an integer of 64 bits");
}

static void test_edges_of_integers(void **state)
{
    const struct {
        double value;
        bool fits;
        int64_t integer;
    } cases[] = {
        {0x1p63, false, 0},
        {0x1p63 - 1024, true, INT64_MAX - 1023},
        {-0x1p63, true, INT64_MIN},
        {-0x1p64, false, 0},
        {-0.0, true, 0},
        {0.5, false, 0},
        {NAN, false, 0},
        {INFINITY, false, 0},
        {-INFINITY, false, 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        prom_error error = {""};
        prom_tensor converted;
        const prom_tensor tensor = {PROM_DTYPE_F64, {0, {0}}, 1, &cases[i].value};
        const prom_result result = prom_tensor_as_integers(*state, &converted, &tensor, &error);
        if (cases[i].fits) {
            assert_ok(result, &error);
            assert_true(*(const int64_t *)converted.data == cases[i].integer);
        } else {
            assert_refused(result, &error, "is not an integer of 64 bits");
        }
    }
}

static void test_conversion_without_memory(void **state)
{
    (void)state;
    prom_error error = {""};
    prom_arena small;
    const uint8_t values[64] = {1};
    const prom_tensor tensor = {PROM_DTYPE_U8, {1, {64}}, 64, values};
    prom_tensor converted;
    prom_arena_init(&small, 64);
    assert_fails(prom_tensor_as_float(&small, &converted, &tensor, &error), PROM_CATEGORY_MEMORY, &error, "");
    assert_fails(prom_tensor_as_integers(&small, &converted, &tensor, &error), PROM_CATEGORY_MEMORY, &error, "");
    prom_arena_free(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_count),
                                       cmocka_unit_test(test_equal),
                                       cmocka_unit_test(test_text),
                                       cmocka_unit_test(test_dtypes),
                                       cmocka_unit_test(test_items),
                                       TEST(test_halves),
                                       TEST(test_edges_of_integers),
                                       TEST(test_conversion_shares_what_needs_none),
                                       cmocka_unit_test(test_conversion_without_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
