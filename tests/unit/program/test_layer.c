#include "support.h"

#include "prometheus/program/layer.h"

static void test_kinds_have_names(void **state)
{
    (void)state;
    static const char *const names[] = {"dense", "conv",   "max pool", "average pool",
                                        "add",   "concat", "reshape",  "transpose"};
    assert_int_equal(COUNT_OF(names), PROM_LAYER_KINDS);
    for (size_t i = 0; i < PROM_LAYER_KINDS; i++) {
        assert_string_equal(prom_layer_kind_name((prom_layer_kind)(i + 1)), names[i]);
    }
    assert_string_equal(prom_layer_kind_name((prom_layer_kind)0), "unknown");
    assert_string_equal(prom_layer_kind_name((prom_layer_kind)(PROM_LAYER_KINDS + 1)), "unknown");
}

/* The place in the image of place `at` of the kernel, when the window stands at output `output`. */
static int64_t place(const prom_window_axis *axis, size_t output, size_t at)
{
    return (int64_t)output * axis->stride - axis->pad_before + (int64_t)at * axis->dilation;
}

/* Moves the window over the padded image, one output after the other. */
static void compare_with_moving(const prom_window_axis *axis, size_t size)
{
    const int64_t end = (int64_t)size + axis->pad_after;
    size_t outputs = 0;
    for (; place(axis, outputs, axis->kernel - 1) < end; outputs++) {
        size_t first = 99;
        size_t count = 99;
        size_t wanted_first = 0;
        size_t wanted_count = 0;
        for (size_t at = axis->kernel; at-- > 0;) {
            const int64_t where = place(axis, outputs, at);
            if (where >= 0 && where < (int64_t)size) {
                wanted_first = at;
                wanted_count++;
            }
        }
        prom_window_inside(axis, size, outputs, &first, &count);
        assert_int_equal(count, wanted_count);
        assert_true(wanted_count == 0 || first == wanted_first);
        assert_true(first + count <= axis->kernel);
    }
    assert_int_equal(prom_window_fits(axis, size), outputs);
}

static void test_windows_equal_moving_one(void **state)
{
    (void)state;
    enum { MAX = 5 };
    size_t compared = 0;
    for (uint32_t i = 0; i < MAX * MAX * MAX * MAX * MAX * (MAX + 2); i++) {
        const prom_window_axis axis = {.kernel = 1 + i % MAX,
                                       .stride = 1 + i / MAX % MAX,
                                       .dilation = 1 + i / (MAX * MAX) % MAX,
                                       .pad_before = i / (MAX * MAX * MAX) % MAX,
                                       .pad_after = i / (MAX * MAX * MAX * MAX) % MAX};
        compare_with_moving(&axis, 1 + i / (MAX * MAX * MAX * MAX * MAX));
        compared++;
    }
    assert_int_equal(compared, 21875);
}

static void test_numbers_out_of_range(void **state)
{
    (void)state;
    const uint32_t most = UINT32_MAX;
    const struct {
        prom_window_axis axis;
        size_t size;
        size_t fits;
    } cases[] = {
        {{0, 1, 1, 0, 0}, 5, 0},
        {{1, 0, 1, 0, 0}, 5, 0},
        {{1, 1, 0, 0, 0}, 5, 0},
        {{1, 1, 1, 0, 0}, (size_t)most + 1, 0},
        {{1, 1, 1, 0, 0}, most, most},
        {{1, 1, 1, most, most}, most, 3 * (size_t)most},
        {{most, 1, most, most, most}, most, 0},
        {{most, 1, 1, 0, 0}, most, 1},
        {{most, most, 1, most, most}, most, 3},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(prom_window_fits(&cases[i].axis, cases[i].size), cases[i].fits);
    }
    size_t first = 0;
    size_t count = 0;
    prom_window_inside(&cases[8].axis, most, 0, &first, &count);
    assert_true(first == most && count == 0);
    prom_window_inside(&cases[8].axis, most, 1, &first, &count);
    assert_true(first == 0 && count == most);
    prom_window_inside(&cases[8].axis, most, 2, &first, &count);
    assert_int_equal(count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds_have_names),
        cmocka_unit_test(test_windows_equal_moving_one),
        cmocka_unit_test(test_numbers_out_of_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
