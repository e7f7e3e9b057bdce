#include "image/image.h"

#include <math.h>
#include <stdio.h>
#include <sys/stat.h>

#include "image/decode.h"
#include "image/folder.h"
#include "system/file.h"

#define FILE_MAX ((size_t)1 << 28)
#define LIST_MAX ((size_t)1 << 30)    /* the names of all files */
#define SCRATCH_MAX ((size_t)3 << 28) /* a file and its pixels, twice where they are turned */

bool prom_images_are(const char *path)
{
    uint8_t start[PROM_IMAGE_SIGNATURE_LENGTH];
    struct stat status;
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode)) {
        return prom_file_is_folder(path);
    }
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return false;
    }
    const size_t length = fread(start, 1, sizeof start, file);
    (void)fclose(file);
    return prom_image_begins(prom_span_of(start, length));
}

/* Where a new pixel lies between two old ones of its row or column. */
typedef struct place {
    size_t low;
    size_t high;
    double weight; /* of `high`, 0 to 1; without resizing it is 0 */
} place;

static place place_of(size_t i, size_t new_size, size_t old_size)
{
    const double at = ((double)i + 0.5) * (double)old_size / (double)new_size - 0.5;
    const size_t low = at > 0 ? (size_t)at : 0;
    if (at <= 0 || low + 1 >= old_size) {
        return (place){low, low, 0};
    }
    return (place){low, low + 1, at - (double)low};
}

static double pixel_at(const prom_picture *picture, size_t row, size_t column, size_t channel, size_t channels)
{
    const uint8_t *pixel = picture->pixels + (row * picture->width + column) * 3;
    if (channels == 3) {
        return pixel[channel];
    }
    /* ITU-R BT.601 in units of 2^-16, as libjpeg and Pillow have it; grey stays what it is. */
    const uint32_t grey = UINT32_C(19595) * pixel[0] + UINT32_C(38470) * pixel[1] + UINT32_C(7471) * pixel[2];
    return (grey + (UINT32_C(1) << 15)) >> 16;
}

static void write_values(float *values, const prom_picture *picture, const prom_shape *item,
                         const prom_image_options *options)
{
    const size_t channels = item->sizes[0];
    const size_t height = item->sizes[1];
    const size_t width = item->sizes[2];
    for (size_t i = 0; i < channels * height * width; i++) {
        const size_t channel = i / (height * width);
        const place row = place_of(i / width % height, height, picture->height);
        const place column = place_of(i % width, width, picture->width);
        const double top = pixel_at(picture, row.low, column.low, channel, channels) * (1 - column.weight) +
                           pixel_at(picture, row.low, column.high, channel, channels) * column.weight;
        const double bottom = pixel_at(picture, row.high, column.low, channel, channels) * (1 - column.weight) +
                              pixel_at(picture, row.high, column.high, channel, channels) * column.weight;
        const float value = (float)(top * (1 - row.weight) + bottom * row.weight) / 255.0F;
        values[i] = options->has_normalisation ? (value - options->mean[channel]) / options->deviation[channel] : value;
    }
}

static prom_result convert(prom_arena *scratch, float *values, prom_span file, const prom_shape *item,
                           const prom_image_options *options, prom_error *error)
{
    prom_picture picture;
    PROM_TRY(prom_image_decode(scratch, &picture, file, error));
    if (!options->resize && (picture.height != item->sizes[1] || picture.width != item->sizes[2])) {
        return prom_fail(
            error, PROM_CATEGORY_BAD_INPUT,
            "the image is %zu pixels high and %zu wide, the model wants %zu and %zu: scale it, or use --resize",
            picture.height, picture.width, item->sizes[1], item->sizes[2]);
    }
    write_values(values, &picture, item, options);
    return prom_ok();
}

static prom_result read_image(float *values, const char *path, const prom_shape *item,
                              const prom_image_options *options, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_span file;
    prom_arena_init(&scratch, SCRATCH_MAX);
    if (prom_file_is_pipe(path)) { /* a pipe would make us wait */
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s is a pipe, not a file", path);
    }
    PROM_TRY(prom_file_read(&scratch, &file, path, FILE_MAX, error));
    return prom_within(convert(&scratch, values, file, item, options, error), error, "%s", path);
}

static prom_result check_item(const prom_shape *item, prom_error *error)
{
    char text[PROM_SHAPE_TEXT];
    if (item->rank != 3 || (item->sizes[0] != 1 && item->sizes[0] != 3) || item->sizes[1] == 0 || item->sizes[2] == 0 ||
        item->sizes[1] > PROM_IMAGE_SIDE_MAX || item->sizes[2] > PROM_IMAGE_SIDE_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the model wants items of shape %s; images give 1 or 3 channels x height x width, with sides "
                         "of 1 to %u: give it a .npy file",
                         prom_shape_text(text, item), PROM_IMAGE_SIDE_MAX);
    }
    return prom_ok();
}

static prom_result check_options(const prom_image_options *options, size_t channels, prom_error *error)
{
    for (size_t i = 0; options->has_normalisation && i < channels; i++) {
        if (!isfinite(options->mean[i]) || !isfinite(options->deviation[i]) || options->deviation[i] <= 0) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "mean %g and deviation %g of channel %zu cannot be: both must be finite, the deviation "
                             "above 0",
                             (double)options->mean[i], (double)options->deviation[i], i);
        }
    }
    return prom_ok();
}

/* One image alone is a list, too. */
static prom_result list_images(prom_arena *arena, prom_image_list *list, const char *path, prom_error *error)
{
    if (prom_file_is_folder(path)) {
        return prom_image_folder_list(arena, list, path, error);
    }
    const char **paths = NULL;
    PROM_TRY_NEW(paths, arena, 1, error);
    paths[0] = path;
    *list = (prom_image_list){.paths = paths, .count = 1};
    return prom_ok();
}

prom_result prom_images_read(prom_arena *arena, prom_tensor *tensor, const char *path, const prom_shape *item,
                             const prom_image_options *options, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_image_list list = {0};
    float *values = NULL;
    *tensor = (prom_tensor){0};
    prom_arena_init(&scratch, LIST_MAX);
    PROM_TRY(check_item(item, error));
    PROM_TRY(check_options(options, item->sizes[0], error));
    PROM_TRY(list_images(&scratch, &list, path, error));
    prom_tensor read = {.dtype = PROM_DTYPE_F32,
                        .shape = {4, {list.count, item->sizes[0], item->sizes[1], item->sizes[2]}}};
    if (!prom_shape_count(&read.count, &read.shape)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s holds too many images", path);
    }
    PROM_TRY_NEW(values, arena, read.count, error);
    for (size_t i = 0; i < list.count; i++) {
        PROM_TRY(read_image(values + i * (read.count / list.count), list.paths[i], item, options, error));
    }
    read.data = values;
    *tensor = read;
    return prom_ok();
}
