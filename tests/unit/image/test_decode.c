#include "image/decode.h"

#include <stdio.h>
#include <sys/resource.h>

#include <jpeglib.h>

#include "image/pictures.h"

enum { IMAGE_START = 8 + 25 }; /* what a PNG file holds after its signature and IHDR */

/* A JPEG at the best quality, without subsampling; `scans` may be NULL. */
static void write_jpeg(image_file *file, size_t width, size_t height, J_COLOR_SPACE colours, const uint8_t *pixels,
                       const jpeg_scan_info *scans, int scan_count)
{
    struct jpeg_error_mgr errors;
    struct jpeg_compress_struct jpeg = {.err = jpeg_std_error(&errors)};
    unsigned char *memory = NULL;
    unsigned long length = 0;
    const int channels = colours == JCS_GRAYSCALE ? 1 : colours == JCS_RGB ? 3 : 4;
    jpeg_create_compress(&jpeg);
    jpeg_mem_dest(&jpeg, &memory, &length);
    jpeg.image_width = (JDIMENSION)width;
    jpeg.image_height = (JDIMENSION)height;
    jpeg.input_components = channels;
    jpeg.in_color_space = colours;
    jpeg_set_defaults(&jpeg);
    jpeg_set_quality(&jpeg, 100, TRUE);
    for (int i = 0; i < jpeg.num_components; i++) {
        jpeg.comp_info[i].h_samp_factor = 1;
        jpeg.comp_info[i].v_samp_factor = 1;
    }
    jpeg.scan_info = scans;
    jpeg.num_scans = scan_count;
    jpeg_start_compress(&jpeg, TRUE);
    uint8_t row[1024];
    assert_true(width * (size_t)channels <= sizeof row);
    while (jpeg.next_scanline < jpeg.image_height) {
        JSAMPROW rows = row;
        memcpy(row, pixels + jpeg.next_scanline * width * (size_t)channels, width * (size_t)channels);
        (void)jpeg_write_scanlines(&jpeg, &rows, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    assert_true(length <= sizeof file->data);
    memcpy(file->data, memory, length);
    file->length = length;
    free(memory);
}

static prom_result decode(place_of_test *test, prom_picture *picture, const uint8_t *data, size_t length)
{
    uint8_t *exact = exact_copy(data, length);
    const prom_result result = prom_image_decode(&test->arena, picture, prom_span_of(exact, length), &test->error);
    free(exact);
    return result;
}

static void test_each_kind_of_png(void **state)
{
    const char *two_colours = "\1\2\3\50\62\74\50\62\74\1\2\3";
    const struct {
        png_kind kind;
        const char *pixels;
    } cases[] = {
        {{2, 2, 8, PNG_COLOR_TYPE_RGB, "abcdefghijkl", false, false}, "abcdefghijkl"},
        {{2, 1, 16, PNG_COLOR_TYPE_RGB, "a\0bbc\377d\1ef\200\0", false, false}, "ab\144d\145\200"},
        {{2, 2, 8, PNG_COLOR_TYPE_RGB_ALPHA, "abc\0def\1ghi\377jkl\200", false, false}, "abcdefghijkl"},
        {{2, 1, 8, PNG_COLOR_TYPE_GRAY, "\7z", false, false}, "\7\7\7zzz"},
        {{2, 1, 8, PNG_COLOR_TYPE_GRAY, "\7z", true, false}, "\7\7\7zzz"},
        {{2, 1, 8, PNG_COLOR_TYPE_GRAY_ALPHA, "\7\0z\377", false, false}, "\7\7\7zzz"},
        {{2, 1, 16, PNG_COLOR_TYPE_GRAY, "\377\377\1\0", false, false}, "\377\377\377\1\1\1"},
        {{2, 2, 1, PNG_COLOR_TYPE_GRAY, "\100\200", false, false}, "\0\0\0\377\377\377\377\377\377\0\0\0"},
        {{2, 1, 2, PNG_COLOR_TYPE_GRAY, "\140", false, false}, "UUU\252\252\252"},
        {{2, 1, 4, PNG_COLOR_TYPE_GRAY, "\57", false, false}, "\42\42\42\377\377\377"},
        {{2, 2, 1, PNG_COLOR_TYPE_PALETTE, "\100\200", false, false}, two_colours},
        {{2, 2, 1, PNG_COLOR_TYPE_PALETTE, "\100\200", true, false}, two_colours},
        {{2, 2, 2, PNG_COLOR_TYPE_PALETTE, "\20\100", false, false}, two_colours},
        {{2, 2, 4, PNG_COLOR_TYPE_PALETTE, "\1\20", false, false}, two_colours},
        {{2, 1, 8, PNG_COLOR_TYPE_PALETTE, "\3\2", false, false}, "\377\376\375\310\226\144"},
    };
    for (size_t i = 0; i < 2 * COUNT_OF(cases); i++) {
        place_of_test *test = *state;
        const png_kind *kind = &cases[i / 2].kind;
        image_file file;
        prom_picture picture;
        write_png(&file, kind, i % 2 == 1);
        assert_ok(decode(test, &picture, file.data, file.length), &test->error);
        assert_int_equal(picture.width, kind->width);
        assert_int_equal(picture.height, kind->height);
        assert_memory_equal(picture.pixels, cases[i / 2].pixels, (size_t)kind->width * kind->height * 3);
    }
}

/* Two blocks of 8 x 8, each of one colour: at the best quality they stay what they are, but for rounding. */
static void test_each_kind_of_jpeg(void **state)
{
    static const jpeg_scan_info progressive[] = {
        {3, {0, 1, 2}, 0, 0, 0, 0}, {1, {0}, 1, 63, 0, 0}, {1, {1}, 1, 63, 0, 0}, {1, {2}, 1, 63, 0, 0}};
    const struct {
        J_COLOR_SPACE colours;
        int channels;
        const jpeg_scan_info *scans;
        int scan_count;
        uint8_t colour[2][3];
    } cases[] = {
        {JCS_RGB, 3, NULL, 0, {{200, 100, 50}, {0, 255, 1}}},
        {JCS_RGB, 3, progressive, 4, {{200, 100, 50}, {0, 255, 1}}},
        {JCS_GRAYSCALE, 1, NULL, 0, {{100, 100, 100}, {37, 37, 37}}},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        place_of_test *test = *state;
        uint8_t pixels[8 * 16 * 3];
        image_file file;
        prom_picture picture;
        for (size_t j = 0; j < (size_t)8 * 16; j++) {
            for (size_t k = 0; k < (size_t)cases[i].channels; k++) {
                pixels[j * (size_t)cases[i].channels + k] = cases[i].colour[j % 16 / 8][k];
            }
        }
        write_jpeg(&file, 16, 8, cases[i].colours, pixels, cases[i].scans, cases[i].scan_count);
        assert_ok(decode(test, &picture, file.data, file.length), &test->error);
        assert_int_equal(picture.width, 16);
        assert_int_equal(picture.height, 8);
        for (size_t j = 0; j < (size_t)8 * 16 * 3; j++) {
            const int difference = picture.pixels[j] - cases[i].colour[j / 3 % 16 / 8][j % 3];
            assert_true(abs(difference) <= (cases[i].channels == 1 ? 0 : 2));
        }
    }
}

/* What EXIF says of how the camera was held. */
static void test_stands_upright(void **state)
{
    static const uint8_t marker[] = {0xff, 0xe1, 0, 2 + 6 + EXIF_LENGTH, 'E', 'x', 'i', 'f', 0, 0};
    place_of_test *test = *state;
    image_file stored;
    image_file file;
    prom_picture picture;
    uint8_t pixels[8 * 16];
    write_png(&file, &(png_kind){3, 1, 8, PNG_COLOR_TYPE_RGB, "abcdefghi", false, true}, false);
    assert_ok(decode(test, &picture, file.data, file.length), &test->error);
    assert_true(picture.width == 1 && picture.height == 3);
    assert_memory_equal(picture.pixels, "abcdefghi", 9);
    for (size_t i = 0; i < sizeof pixels; i++) {
        pixels[i] = i % 16 < 8 ? 30 : 220;
    }
    write_jpeg(&stored, 16, 8, JCS_GRAYSCALE, pixels, NULL, 0);
    memcpy(file.data, stored.data, 2);
    memcpy(file.data + 2, marker, sizeof marker);
    memcpy(file.data + 2 + sizeof marker, sideways, EXIF_LENGTH);
    memcpy(file.data + 2 + sizeof marker + EXIF_LENGTH, stored.data + 2, stored.length - 2);
    file.length = stored.length + sizeof marker + EXIF_LENGTH;
    assert_ok(decode(test, &picture, file.data, file.length), &test->error);
    assert_true(picture.width == 8 && picture.height == 16);
    for (size_t i = 0; i < (size_t)8 * 16 * 3; i++) {
        assert_int_equal(picture.pixels[i], i / 3 / 8 < 8 ? 30 : 220);
    }
}

/* Inks, stored as 255 less their amount: each takes its colour out of the light that black leaves. */
static void test_inks(void **state)
{
    place_of_test *test = *state;
    image_file file;
    prom_picture picture;
    uint8_t pixels[8 * 8 * 4];
    for (size_t i = 0; i < sizeof pixels; i++) {
        pixels[i] = (const uint8_t[]){200, 100, 0, 128}[i % 4];
    }
    write_jpeg(&file, 8, 8, JCS_CMYK, pixels, NULL, 0);
    assert_ok(decode(test, &picture, file.data, file.length), &test->error);
    assert_true(picture.width == 8 && picture.height == 8);
    for (size_t i = 0; i < (size_t)8 * 8 * 3; i++) {
        assert_true(abs(picture.pixels[i] - (const int[]){100, 50, 0}[i % 3]) <= 1);
    }
}

/* Cut anywhere, it is refused: no pixel is made up. */
static void test_refuses_what_is_cut_off(void **state)
{
    place_of_test *test = *state;
    image_file files[2];
    prom_picture picture;
    uint8_t pixels[16 * 16];
    uint64_t random = 1;
    random_bytes(&random, pixels, sizeof pixels);
    write_rgb(&files[0], 4, 4, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUV");
    write_jpeg(&files[1], 16, 16, JCS_GRAYSCALE, pixels, NULL, 0);
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        assert_ok(decode(test, &picture, files[i].data, files[i].length), &test->error);
        for (size_t length = 0; length < files[i].length; length++) {
            assert_refused(decode(test, &picture, files[i].data, length), &test->error, "");
            assert_null(picture.pixels);
        }
        assert_refused(decode(test, &picture, files[i].data, files[i].length / 2), &test->error, "not be decoded: ");
    }
    files[0].data[files[0].length - 20] ^= 1; /* in the compressed pixels */
    assert_refused(decode(test, &picture, files[0].data, files[0].length), &test->error, "the PNG file cannot be");
}

/* The header of a PNG of this size, followed by nothing that could fill it. */
static void write_claim(image_file *file, uint32_t width, uint32_t height)
{
    static const png_kind small = {1, 1, 8, PNG_COLOR_TYPE_GRAY, "x", false, false};
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    assert_non_null(info);
    write_png(file, &small, false);
    memmove(file->data + 512, file->data + IMAGE_START, file->length - IMAGE_START);
    const size_t rest = file->length - IMAGE_START;
    file->length = 0;
    png_set_write_fn(png, file, append, NULL);
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_IHDR(png, info, width, height, 8, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    png_destroy_write_struct(&png, &info);
    memmove(file->data + file->length, file->data + 512, rest);
    file->length += rest;
}

static void test_refuses_what_is_too_large(void **state)
{
    const struct {
        uint32_t width;
        uint32_t height;
        const char *part;
    } cases[] = {
        {16385, 1, "the image is 16385x1 pixels; supported are sides of 1 to 16384 and 67,108,864 pixels"},
        {1, 16385, "the image is 1x16385 pixels"},
        {16384, 4097, "the image is 16384x4097 pixels"},
        {0x7fffffff, 0x7fffffff, "the image is 2147483647x2147483647 pixels"},
        {16384, 4096, "the image claims 16384x4096 pixels, more than a file of"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        place_of_test *test = *state;
        image_file file;
        prom_picture picture;
        write_claim(&file, cases[i].width, cases[i].height);
        assert_refused(decode(test, &picture, file.data, file.length), &test->error, cases[i].part);
        assert_true(test->arena.used < 1 << 20);
    }
}

/* A chunk of `length` equal letters, compressed a thousandfold. */
static void write_text_chunk(image_file *file, size_t length)
{
    char *letters = calloc(length + 1, 1);
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    assert_non_null(info);
    assert_non_null(letters);
    memset(letters, 'a', length);
    const png_text text = {
        .compression = PNG_TEXT_COMPRESSION_zTXt, .key = (char[]){"Comment"}, .text = letters, .text_length = length};
    file->length = 0;
    png_set_write_fn(png, file, append, NULL);
    png_set_IHDR(png, info, 1, 1, 8, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_set_text(png, info, &text, 1);
    png_write_info(png, info);
    png_destroy_write_struct(&png, &info);
    free(letters);
    file->length -= IMAGE_START;
    memmove(file->data, file->data + IMAGE_START, file->length);
    assert_memory_equal(file->data + 4, "zTXtComment", 12);
}

/* Texts that libpng would keep unpacked, 240 MB of them in 240 kB, cost nothing: they are not read. */
static void test_unpacks_only_pixels(void **state)
{
    place_of_test *test = *state;
    image_file chunk;
    image_file image;
    image_file file;
    prom_picture picture;
    struct rusage before;
    struct rusage after;
    write_text_chunk(&chunk, 7900000);
    write_rgb(&image, 1, 1, "abc");
    memcpy(file.data, image.data, IMAGE_START);
    file.length = IMAGE_START;
    for (size_t i = 0; i < 30; i++) {
        assert_true(chunk.length < sizeof file.data - file.length);
        memcpy(file.data + file.length, chunk.data, chunk.length);
        file.length += chunk.length;
    }
    memcpy(file.data + file.length, image.data + IMAGE_START, image.length - IMAGE_START);
    file.length += image.length - IMAGE_START;
    assert_int_equal(getrusage(RUSAGE_SELF, &before), 0);
    assert_ok(decode(test, &picture, file.data, file.length), &test->error);
    assert_int_equal(getrusage(RUSAGE_SELF, &after), 0);
    assert_memory_equal(picture.pixels, "abc", 3);
    assert_true(after.ru_maxrss - before.ru_maxrss < 50000);
}

static void test_refuses_other_jpegs(void **state)
{
    place_of_test *test = *state;
    image_file file;
    prom_picture picture;
    const uint8_t pixels[8 * 8] = {9, 200, 30};
    /* Each coefficient in a scan of its own, and once more for its last bit. */
    jpeg_scan_info scans[1 + 2 * 63] = {{1, {0}, 0, 0, 0, 0}};
    for (int i = 0; i < 63; i++) {
        scans[1 + 2 * i] = (jpeg_scan_info){1, {0}, i + 1, i + 1, 0, 1};
        scans[2 + 2 * i] = (jpeg_scan_info){1, {0}, i + 1, i + 1, 1, 0};
    }
    write_jpeg(&file, 8, 8, JCS_GRAYSCALE, pixels, scans, 101);
    assert_refused(decode(test, &picture, file.data, file.length), &test->error, "more than 100 scans");
    write_jpeg(&file, 8, 8, JCS_GRAYSCALE, pixels, scans, 99);
    assert_ok(decode(test, &picture, file.data, file.length), &test->error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_each_kind_of_png),        TEST(test_each_kind_of_jpeg),
        TEST(test_stands_upright),          TEST(test_inks),
        TEST(test_refuses_what_is_cut_off), TEST(test_refuses_what_is_too_large),
        TEST(test_unpacks_only_pixels),     TEST(test_refuses_other_jpegs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
