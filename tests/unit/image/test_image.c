#include "image/image.h"

#include <math.h>
#include <sys/stat.h>

#include "image/pictures.h"

static void assert_values(const prom_tensor *tensor, const double *expected, size_t count)
{
    assert_int_equal(tensor->dtype, PROM_DTYPE_F32);
    assert_int_equal(tensor->count, count);
    for (size_t i = 0; i < count; i++) {
        const double value = (double)((const float *)tensor->data)[i];
        if (fabs(value - expected[i]) > 1e-6) {
            fail_msg("value %zu is %g, not %g", i, value, expected[i]);
        }
    }
}

static const prom_image_options plain = {0};

static void test_folder(void **state)
{
    place_of_test *test = *state;
    image_file file;
    prom_tensor tensor;
    const prom_shape item = {3, {3, 1, 2}};
    /* Byte order of the names is B, a, b; what a file holds is told by its content. */
    const char *names[] = {"b", "B.jpg", "a.txt", ".hidden"};
    const char *pixels[] = {"\3\4\5\6\7\10", "\1\1\1\1\1\1", "\2\2\2\2\2\2", "\0\0\0\0\0\0"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        write_rgb(&file, 2, 1, pixels[i]);
        write_file(test, names[i], file.data, file.length);
    }
    assert_true(prom_images_are(test->folder));
    assert_ok(prom_images_read(&test->arena, &tensor, test->folder, &item, &plain, &test->error), &test->error);
    const prom_shape shape = {4, {3, 3, 1, 2}};
    assert_true(prom_shape_equal(&tensor.shape, &shape));
    const double one = 1 / 255.0;
    const double expected[] = {one,     one,     one,     one,     one,     one,     2 * one, 2 * one, 2 * one,
                               2 * one, 2 * one, 2 * one, 3 * one, 6 * one, 4 * one, 7 * one, 5 * one, 8 * one};
    assert_values(&tensor, expected, COUNT_OF(expected));

    write_file(test, "c", "hello", 5);
    assert_refused(prom_images_read(&test->arena, &tensor, test->folder, &item, &plain, &test->error), &test->error,
                   "/c: this is neither a PNG nor a JPEG file");
    assert_int_equal(tensor.count, 0);
    assert_int_equal(remove(path_of(test, "c")), 0);
    assert_int_equal(mkdir(path_of(test, "d"), 0700), 0);
    assert_refused(prom_images_read(&test->arena, &tensor, test->folder, &item, &plain, &test->error), &test->error,
                   "holds files beside folders");
}

static void test_one_file(void **state)
{
    place_of_test *test = *state;
    image_file file;
    prom_tensor tensor;
    const prom_shape item = {3, {1, 1, 3}};
    write_rgb(&file, 3, 1, "\377\0\0\0\377\0\0\0\377");
    write_file(test, "x", file.data, file.length);
    write_file(test, "y", "\x93NUMPY\1\0", 8);
    write_file(test, "z", "", 0);
    assert_true(prom_images_are(path_of(test, "x")));
    assert_false(prom_images_are(path_of(test, "y")));
    assert_false(prom_images_are(path_of(test, "z")));
    assert_false(prom_images_are(path_of(test, "missing")));
    assert_ok(prom_images_read(&test->arena, &tensor, path_of(test, "x"), &item, &plain, &test->error), &test->error);
    /* 0.299, 0.587 and 0.114 of 255, rounded to a pixel. */
    assert_values(&tensor, (const double[]){76 / 255.0, 150 / 255.0, 29 / 255.0}, 3);
    assert_refused(prom_images_read(&test->arena, &tensor, path_of(test, "z"), &item, &plain, &test->error),
                   &test->error, "/z: this is neither");
    assert_refused(prom_images_read(&test->arena, &tensor, path_of(test, "missing"), &item, &plain, &test->error),
                   &test->error, "missing cannot be read");
}

static void test_normalisation(void **state)
{
    place_of_test *test = *state;
    image_file file;
    prom_tensor tensor;
    const prom_shape item = {3, {3, 1, 1}};
    prom_image_options options = {false, true, {0.5F, 0.25F, 0}, {0.5F, 2, 0.125F}};
    write_rgb(&file, 1, 1, "\377\0\63");
    write_file(test, "x", file.data, file.length);
    assert_ok(prom_images_read(&test->arena, &tensor, path_of(test, "x"), &item, &options, &test->error), &test->error);
    assert_values(&tensor, (const double[]){1, -0.125, 1.6}, 3);
    const float bad[] = {0, -1, NAN, INFINITY};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        options.deviation[2] = bad[i];
        assert_refused(prom_images_read(&test->arena, &tensor, path_of(test, "x"), &item, &options, &test->error),
                       &test->error, "of channel 2 cannot be");
    }
    options.deviation[2] = 1;
    options.mean[1] = NAN;
    assert_refused(prom_images_read(&test->arena, &tensor, path_of(test, "x"), &item, &options, &test->error),
                   &test->error, "of channel 1 cannot be");
}

/* The numbers are those of ONNX's Resize with "linear" and "half_pixel", by hand. */
static void test_resizing(void **state)
{
    const struct {
        png_kind kind;
        size_t height;
        size_t width;
        double expected[8];
    } cases[] = {
        {{2, 1, 8, PNG_COLOR_TYPE_GRAY, "\0\310", false, false}, 1, 4, {0, 50, 150, 200}},
        {{1, 2, 8, PNG_COLOR_TYPE_GRAY, "\0\310", false, false}, 4, 1, {0, 50, 150, 200}},
        {{4, 1, 8, PNG_COLOR_TYPE_GRAY, "\0\144\310\62", false, false}, 1, 2, {50, 125}},
        {{2, 2, 8, PNG_COLOR_TYPE_GRAY, "\0\144\310\50", false, false}, 1, 1, {85}},
        {{3, 1, 8, PNG_COLOR_TYPE_GRAY, "\0\144\310", false, false}, 1, 2, {25, 175}},
        {{2, 2, 8, PNG_COLOR_TYPE_GRAY, "\0\144\310\50", false, false}, 2, 2, {0, 100, 200, 40}},
        {{1, 1, 8, PNG_COLOR_TYPE_GRAY, "\50", false, false}, 2, 3, {40, 40, 40, 40, 40, 40}},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        place_of_test *test = *state;
        image_file file;
        prom_tensor tensor;
        double expected[8];
        const prom_shape item = {3, {1, cases[i].height, cases[i].width}};
        const prom_image_options options = {.resize = true};
        for (size_t j = 0; j < COUNT_OF(expected); j++) {
            expected[j] = cases[i].expected[j] / 255;
        }
        write_png(&file, &cases[i].kind, false);
        write_file(test, "x", file.data, file.length);
        const char *path = path_of(test, "x");
        assert_ok(prom_images_read(&test->arena, &tensor, path, &item, &options, &test->error), &test->error);
        assert_values(&tensor, expected, cases[i].height * cases[i].width);
        if (cases[i].kind.width != cases[i].width || cases[i].kind.height != cases[i].height) {
            assert_refused(prom_images_read(&test->arena, &tensor, path, &item, &plain, &test->error), &test->error,
                           "pixels high and");
        }
    }
}

static void test_refuses_other_items(void **state)
{
    place_of_test *test = *state;
    prom_tensor tensor;
    const prom_shape items[] = {{0, {0}},       {2, {3, 4}},    {4, {1, 3, 4, 4}},  {3, {2, 4, 4}},
                                {3, {3, 0, 4}}, {3, {3, 4, 0}}, {3, {3, 16385, 4}}, {3, {3, 4, SIZE_MAX}}};
    for (size_t i = 0; i < COUNT_OF(items); i++) {
        assert_refused(prom_images_read(&test->arena, &tensor, test->folder, &items[i], &plain, &test->error),
                       &test->error, "images give 1 or 3 channels x height x width");
    }
    const prom_shape good = {3, {1, 4, 4}};
    assert_refused(prom_images_read(&test->arena, &tensor, test->folder, &good, &plain, &test->error), &test->error,
                   "holds no image");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_folder),
        TEST(test_one_file),
        TEST(test_normalisation),
        TEST(test_resizing),
        TEST(test_refuses_other_items),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
