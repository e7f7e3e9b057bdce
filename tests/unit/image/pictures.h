/* PNG pictures to test with, and a folder to put them in. */
#ifndef PROMETHEUS_TEST_IMAGE_PICTURES_H
#define PROMETHEUS_TEST_IMAGE_PICTURES_H

#include <dirent.h>
#include <limits.h>
#include <unistd.h>

#include <png.h>

#include "support.h"

/* Bytes that a library wrote. */
typedef struct image_file {
    uint8_t data[1 << 18];
    size_t length;
} image_file;

/* What a test gets: an arena, and an empty folder that is deleted afterwards. */
typedef struct place_of_test {
    prom_arena arena;
    prom_error error;
    char folder[64];
} place_of_test;

static inline int set_up(void **state)
{
    place_of_test *test = calloc(1, sizeof *test);
    *state = test;
    if (test == NULL) {
        return -1;
    }
    prom_arena_init(&test->arena, (size_t)1 << 28);
    (void)snprintf(test->folder, sizeof test->folder, "/tmp/prom-test-image-XXXXXX");
    return mkdtemp(test->folder) != NULL ? 0 : -1;
}

static inline int tear_down(void **state)
{
    place_of_test *test = *state;
    char path[PATH_MAX];
    DIR *entries = opendir(test->folder);
    assert_non_null(entries);
    for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            (void)snprintf(path, sizeof path, "%s/%s", test->folder, entry->d_name);
            assert_int_equal(remove(path), 0);
        }
    }
    (void)closedir(entries);
    assert_int_equal(rmdir(test->folder), 0);
    prom_arena_free(&test->arena);
    free(test);
    return 0;
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
#define assert_refused(expression, error, part) assert_fails((expression), PROM_CATEGORY_BAD_INPUT, (error), (part))

/* The path of a file in the test's folder; valid until the next call. */
static inline const char *path_of(const place_of_test *test, const char *name)
{
    static char path[PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/%s", test->folder, name);
    return path;
}

static inline void write_file(const place_of_test *test, const char *name, const void *data, size_t length)
{
    FILE *file = fopen(path_of(test, name), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static inline void append(png_structp png, png_bytep data, size_t length)
{
    image_file *file = png_get_io_ptr(png);
    assert_true(length <= sizeof file->data - file->length);
    memcpy(file->data + file->length, data, length);
    file->length += length;
}

/* How a PNG file is written, and from what. */
typedef struct png_kind {
    uint32_t width;
    uint32_t height;
    int depth;
    int colour;
    const char *rows; /* each row in whole bytes */
    bool transparent; /* with a tRNS chunk */
    bool sideways;    /* with an eXIf chunk: the picture lies on its side */
} png_kind;

enum { EXIF_LENGTH = 26 };

/* Orientation 6: the first row is at the right. */
static const uint8_t sideways[EXIF_LENGTH] = {'M', 'M', 0, '*', 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6};

static inline void write_png(image_file *file, const png_kind *kind, bool interlaced)
{
    static const png_color palette[] = {{1, 2, 3}, {40, 50, 60}, {200, 150, 100}, {255, 254, 253}};
    static const png_byte alphas[] = {0, 128};
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    assert_non_null(info);
    file->length = 0;
    png_set_write_fn(png, file, append, NULL);
    png_set_IHDR(png, info, kind->width, kind->height, kind->depth, kind->colour,
                 interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_set_gAMA(png, info, 1.0); /* not to be looked at */
    if (kind->colour == PNG_COLOR_TYPE_PALETTE) {
        png_set_PLTE(png, info, palette, kind->depth == 1 ? 2 : 4);
    }
    if (kind->sideways) {
        uint8_t exif[EXIF_LENGTH];
        memcpy(exif, sideways, sizeof exif);
        png_set_eXIf_1(png, info, sizeof exif, exif);
    }
    if (kind->transparent) {
        const png_color_16 grey = {.gray = 7};
        png_set_tRNS(png, info, alphas, 2, &grey);
    }
    png_write_info(png, info);
    const int passes = png_set_interlace_handling(png);
    const size_t row_bytes = png_get_rowbytes(png, info);
    for (int pass = 0; pass < passes; pass++) {
        for (size_t row = 0; row < kind->height; row++) {
            png_write_row(png, (png_const_bytep)kind->rows + row * row_bytes);
        }
    }
    png_write_end(png, NULL);
    png_destroy_write_struct(&png, &info);
}

/* A PNG of 8-bit red, green and blue. */
static inline void write_rgb(image_file *file, uint32_t width, uint32_t height, const char *pixels)
{
    write_png(file, &(png_kind){width, height, 8, PNG_COLOR_TYPE_RGB, pixels, false, false}, false);
}

#endif
