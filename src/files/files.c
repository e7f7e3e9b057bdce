#include "files/files.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "files/bytes.h"
#include "image/folder.h"
#include "prometheus/tensor/npy.h"
#include "system/file.h"

#define FILE_MAX ((size_t)1 << 34)

/* -- Arrays and pictures -- */

enum { COLOURS = 3 };

/* One finite number, or three with commas between them, to each colour's place. */
static prom_result parse_colours(float values[COLOURS], const char *text, const char *option, prom_error *error)
{
    size_t count = 0;
    const char *at = text;
    bool good = true;
    while (good && count < COLOURS) {
        char *end = NULL;
        values[count++] = strtof(at, &end);
        good = end != at && isfinite(values[count - 1]) && (*end == ',' || *end == '\0');
        if (*end == '\0') {
            at = end;
            break;
        }
        at = end + 1;
    }
    if (!good || *at != '\0' || count == 2) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%s takes one number, or three with commas between them, not '%s'", option, text);
    }
    values[1] = count == 1 ? values[0] : values[1];
    values[2] = count == 1 ? values[0] : values[2];
    return prom_ok();
}

prom_result prom_files_picture_options(prom_image_options *pictures, bool resize, const char *mean,
                                       const char *deviation, prom_error *error)
{
    *pictures = (prom_image_options){.resize = resize, .has_normalisation = mean != NULL || deviation != NULL};
    if (pictures->has_normalisation) {
        PROM_TRY(parse_colours(pictures->mean, mean != NULL ? mean : "0", "--mean", error));
        PROM_TRY(parse_colours(pictures->deviation, deviation != NULL ? deviation : "1", "--std", error));
    }
    for (size_t i = 0; i < COLOURS && pictures->has_normalisation; i++) {
        if (!(pictures->deviation[i] > 0)) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "--std must be above zero, and is '%s'", deviation);
        }
    }
    return prom_ok();
}

/* An empty file is left to prom_files_read_bytes. */
static prom_result npy_bytes_max(void *context, size_t *most, prom_span head, prom_error *error)
{
    char text[PROM_UNITS];
    (void)context;
    *most = 0;
    PROM_TRY(head.length > 0 ? prom_npy_length(most, head, error) : prom_ok());
    return *most <= FILE_MAX ? prom_ok()
                             : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                                         "the .npy file's header gives it more than %s, the most that is read",
                                         prom_units_bytes(text, FILE_MAX));
}

static prom_result read_npy(prom_arena *arena, prom_tensor *tensor, const char *path, prom_error *error)
{
    static const prom_file_limit limit = {
        .head = PROM_NPY_HEAD_MAX, .find = npy_bytes_max, .why = ", the size that its header gives"};
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_span file;
    prom_arena_init(&scratch, 2 * FILE_MAX);
    PROM_TRY(prom_files_read_bytes(&scratch, &file, path, &limit, error));
    return prom_within(prom_npy_read(arena, tensor, file, error), error, "%s", path);
}

bool prom_files_item_of(prom_shape *item, const char *path)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_tensor batch;
    prom_arena_init(&scratch, 2 * FILE_MAX);
    if (strcmp(path, "-") == 0 || prom_file_is_pipe(path) || prom_images_are(path) ||
        !prom_is_ok(read_npy(&scratch, &batch, path, NULL)) || batch.shape.rank < 2) {
        return false;
    }
    *item = (prom_shape){.rank = batch.shape.rank - 1};
    memcpy(item->sizes, batch.shape.sizes + 1, item->rank * sizeof *item->sizes);
    return true;
}

/* Where value `at` of the tensor stands, as NumPy writes an index: "[3, 0, 4, 5]". */
static const char *position(char text[PROM_SHAPE_TEXT], const prom_tensor *tensor, size_t at)
{
    size_t length = 0;
    size_t count = tensor->count;
    for (size_t i = 0; i < tensor->shape.rank; i++) {
        count /= tensor->shape.sizes[i];
        length += (size_t)snprintf(text + length, PROM_SHAPE_TEXT - length, "%s%zu", i == 0 ? "[" : ", ", at / count);
        at %= count;
    }
    (void)snprintf(text + length, PROM_SHAPE_TEXT - length, "]");
    return text;
}

/* Pictures as most libraries have them, N x height x width x channels, for a model that takes channels first. */
static bool has_channels_last(const prom_tensor *tensor, const prom_shape *item)
{
    const size_t *sizes = tensor->shape.sizes;
    return tensor->shape.rank == 4 && item->rank == 3 && sizes[3] == item->sizes[0] && sizes[1] == item->sizes[1] &&
           sizes[2] == item->sizes[2] && sizes[1] != sizes[3];
}

/* That the tensor is a batch of such items. */
static prom_result check_shape(const prom_tensor *tensor, const prom_shape *item, prom_error *error)
{
    char has[PROM_SHAPE_TEXT];
    char wants[PROM_SHAPE_TEXT];
    size_t items = 0;
    if (tensor->shape.rank == 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the input is a single value; the model wants a batch, %s",
                         prom_shape_batch_text(wants, item));
    }
    if (has_channels_last(tensor, item)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the input has shape %s, with the channels last; the model wants %s: save "
                         "x.transpose(0, 3, 1, 2)",
                         prom_shape_text(has, &tensor->shape), prom_shape_batch_text(wants, item));
    }
    if (prom_shape_equal(&tensor->shape, item)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the input has shape %s, which is one item; the model wants a batch, %s: save x[None] for a "
                         "batch of one",
                         prom_shape_text(has, &tensor->shape), prom_shape_batch_text(wants, item));
    }
    return prom_tensor_items(&items, tensor, item, tensor->dtype, error);
}

/* The batch at `path`, of whatever type it is there. */
static prom_result read_batch(prom_arena *arena, prom_tensor *batch, const char *path, const prom_shape *item,
                              const prom_image_options *pictures, prom_error *error)
{
    if (prom_images_are(path)) {
        return prom_images_read(arena, batch, path, item, pictures, error);
    }
    if (pictures->resize || pictures->has_normalisation) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%s holds no pictures: --resize, --mean and --std are for them", path);
    }
    PROM_TRY(read_npy(arena, batch, path, error));
    return prom_within(check_shape(batch, item, error), error, "%s", path);
}

static bool is_integer(prom_dtype dtype)
{
    return dtype != PROM_DTYPE_F16 && dtype != PROM_DTYPE_F32 && dtype != PROM_DTYPE_F64;
}

/* `first` is where the values stand in the batch, which may have wider ones. */
static prom_result check_finite(const float *values, size_t count, const prom_tensor *batch, size_t first,
                                prom_error *error)
{
    char text[PROM_SHAPE_TEXT];
    for (size_t i = 0; i < count; i++) {
        const double stored =
            batch->dtype == PROM_DTYPE_F64 ? ((const double *)batch->data)[first + i] : (double)values[i];
        if (!isfinite(values[i]) && isfinite(stored)) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the value at %s is %g, beyond the range of float32",
                             position(text, batch, first + i), stored);
        }
        if (!isfinite(values[i])) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the value at %s is %s: values must be finite float32",
                             position(text, batch, first + i), isnan(values[i]) ? "not a number" : "infinite");
        }
    }
    return prom_ok();
}

prom_result prom_files_read_inputs(prom_arena *arena, prom_tensor *inputs, const char *path, const prom_shape *item,
                                   const prom_image_options *pictures, bool *integers, prom_error *error)
{
    prom_tensor batch = {.dtype = PROM_DTYPE_F32};
    PROM_TRY(read_batch(arena, &batch, path, item, pictures, error));
    if (integers != NULL) {
        *integers = is_integer(batch.dtype);
    }
    PROM_TRY(prom_tensor_as_float(arena, inputs, &batch, error));
    return prom_within(check_finite(inputs->data, inputs->count, &batch, 0, error), error, "%s", path);
}

/* -- What the program computes with -- */

/* Item `at` of the batch alone, without its dimension: `count` values. */
static prom_tensor item_of(const prom_tensor *batch, size_t at, size_t count)
{
    prom_tensor item = {.dtype = batch->dtype, .shape = {.rank = batch->shape.rank - 1}};
    memcpy(item.shape.sizes, batch->shape.sizes + 1, item.shape.rank * sizeof *item.shape.sizes);
    item.count = count;
    item.data = (const uint8_t *)batch->data + at * item.count * prom_dtype_width(batch->dtype);
    return item;
}

static prom_result codes_of_integers(uint8_t *codes, const prom_program *program, const int64_t *values, size_t count,
                                     const prom_tensor *batch, size_t first, prom_error *error)
{
    const int64_t low = program->input.range.low + program->input_zero;
    const int64_t high = program->input.range.high + program->input_zero;
    char text[PROM_SHAPE_TEXT];
    for (size_t i = 0; i < count; i++) {
        if (values[i] < low || values[i] > high) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "the value at %s is %lld; integers are taken as the program's own, %lld to %lld here: "
                             "give floats, or --float if these integers are plain numbers",
                             position(text, batch, first + i), (long long)values[i], (long long)low, (long long)high);
        }
        codes[i] = (uint8_t)(values[i] - low);
    }
    return prom_ok();
}

/* Of one item, so that a large batch is never there in a wider type. */
static prom_result codes_of_item(prom_files_codes *read, const prom_program *program, const prom_tensor *batch,
                                 size_t at, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    const prom_tensor item = item_of(batch, at, program->input.count);
    const size_t first = at * item.count;
    uint8_t *codes = read->codes + first;
    prom_tensor values;
    prom_arena_init(&scratch, FILE_MAX);
    if (read->own) {
        PROM_TRY(prom_within(prom_tensor_as_integers(&scratch, &values, &item, error), error, "item %zu", at));
        return codes_of_integers(codes, program, values.data, values.count, batch, first, error);
    }
    PROM_TRY(prom_tensor_as_float(&scratch, &values, &item, error));
    PROM_TRY(check_finite(values.data, values.count, batch, first, error));
    read->clamped += prom_program_clamped(program, values.data, values.count);
    return prom_program_quantise(codes, program, values.data, values.count, error);
}

prom_result prom_files_read_codes(prom_arena *arena, prom_files_codes *read, const prom_program *program,
                                  const prom_files_batch *batch, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_tensor values = {.dtype = PROM_DTYPE_F32};
    prom_arena_init(&scratch, FILE_MAX);
    PROM_TRY(read_batch(&scratch, &values, batch->path, &program->input.shape, batch->pictures, error));
    *read = (prom_files_codes){.items = values.shape.sizes[0], .own = is_integer(values.dtype) && !batch->as_numbers};
    PROM_TRY_NEW(read->codes, arena, values.count, error);
    for (size_t i = 0; i < read->items; i++) {
        PROM_TRY(prom_within(codes_of_item(read, program, &values, i, error), error, "%s", batch->path));
    }
    return prom_ok();
}

/* The class of each picture of a folder of folders. */
static prom_result labels_of_folders(prom_arena *arena, prom_tensor *labels, const char *path, prom_error *error)
{
    prom_image_list list;
    PROM_TRY(prom_image_folder_list(arena, &list, path, error));
    if (list.classes == NULL) {
        return prom_fail(
            error, PROM_CATEGORY_BAD_INPUT,
            "the folder %s holds no folders: labels are integers in a .npy file, or the names of the folders "
            "that the pictures are in, one for each class",
            path);
    }
    *labels = (prom_tensor){PROM_DTYPE_I64, {1, {list.count}}, list.count, list.classes};
    return prom_ok();
}

prom_result prom_files_read_labels(prom_arena *arena, const int64_t **labels, const char *path, size_t items,
                                   size_t classes, prom_error *error)
{
    prom_tensor stored = {.dtype = PROM_DTYPE_F32};
    prom_tensor integers;
    char text[PROM_SHAPE_TEXT];
    PROM_TRY(prom_file_is_folder(path) ? labels_of_folders(arena, &stored, path, error)
                                       : read_npy(arena, &stored, path, error));
    if (!is_integer(stored.dtype) || stored.dtype == PROM_DTYPE_BOOL || stored.shape.rank != 1) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s holds %s values of shape %s: labels are integers, %s",
                         path, prom_dtype_name(stored.dtype), prom_shape_text(text, &stored.shape),
                         "one for each item");
    }
    if (stored.count != items) {
        char has[PROM_UNITS];
        char wants[PROM_UNITS];
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s has %s for %s", path,
                         prom_units_count(has, stored.count, "label"), prom_units_count(wants, items, "item"));
    }
    PROM_TRY(prom_within(prom_tensor_as_integers(arena, &integers, &stored, error), error, "%s", path));
    *labels = integers.data;
    for (size_t i = 0; i < items; i++) {
        if ((*labels)[i] < 0 || (uint64_t)(*labels)[i] >= classes) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "%s: label %zu is %lld; the model has the outputs 0 to %zu", path, i,
                             (long long)(*labels)[i], classes - 1);
        }
    }
    return prom_ok();
}

/* -- Outputs -- */

size_t prom_files_class_of_codes(const uint8_t *codes, size_t count)
{
    size_t best = 0;
    for (size_t i = 1; i < count; i++) {
        best = codes[i] > codes[best] ? i : best;
    }
    return best;
}

size_t prom_files_class_of_floats(const float *values, size_t count)
{
    size_t best = 0;
    for (size_t i = 1; i < count; i++) {
        best = values[i] > values[best] ? i : best;
    }
    return best;
}

/* A batch of the program's outputs; its data are still to come. */
static prom_tensor output_tensor(const prom_program *program, size_t items, prom_dtype dtype)
{
    const prom_value *output = prom_program_output(program);
    prom_tensor tensor = {.dtype = dtype, .shape = {.rank = output->shape.rank + 1}, .count = items * output->count};
    tensor.shape.sizes[0] = items;
    memcpy(tensor.shape.sizes + 1, output->shape.sizes, output->shape.rank * sizeof *output->shape.sizes);
    return tensor;
}

prom_result prom_files_output_numbers(prom_arena *arena, prom_tensor *output, const prom_program *program,
                                      const uint8_t *codes, size_t items, prom_error *error)
{
    float *values = NULL;
    *output = output_tensor(program, items, PROM_DTYPE_F32);
    PROM_TRY_NEW(values, arena, output->count, error);
    prom_program_dequantise(values, program, codes, output->count);
    output->data = values;
    return prom_ok();
}

prom_result prom_files_output_integers(prom_arena *arena, prom_tensor *output, const prom_program *program,
                                       const uint8_t *codes, size_t items, prom_error *error)
{
    const int low = prom_program_output(program)->range.low + program->output_zero;
    uint8_t *bytes = NULL;
    *output = output_tensor(program, items, low >= 0 ? PROM_DTYPE_U8 : PROM_DTYPE_I8);
    PROM_TRY_NEW(bytes, arena, output->count, error);
    for (size_t i = 0; i < output->count; i++) {
        bytes[i] = (uint8_t)(codes[i] + low); /* modulo 256: two's complement */
    }
    output->data = bytes;
    return prom_ok();
}

static prom_result check_outputs(const prom_tensor *stored, const prom_program *program, size_t items,
                                 prom_error *error)
{
    const prom_tensor wanted = output_tensor(program, items, stored->dtype);
    char has[PROM_SHAPE_TEXT];
    char wants[PROM_SHAPE_TEXT];
    if (!is_integer(stored->dtype)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the outputs are %s: a proof is about the program's own integers, which 'prom prove --output' "
                         "and 'prom infer --integers' write",
                         prom_dtype_name(stored->dtype));
    }
    if (!prom_shape_equal(&stored->shape, &wanted.shape)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the outputs have shape %s; %zu items of this program have %s",
                         prom_shape_text(has, &stored->shape), items, prom_shape_text(wants, &wanted.shape));
    }
    return prom_ok();
}

prom_result prom_files_read_outputs(prom_arena *arena, prom_tensor *outputs, const char *path,
                                    const prom_program *program, size_t items, prom_error *error)
{
    PROM_TRY(read_npy(arena, outputs, path, error));
    return prom_within(check_outputs(outputs, program, items, error), error, "%s", path);
}

static prom_result no_output(const prom_tensor *outputs, size_t at, const char *value, const prom_program *program,
                             const char *path, prom_error *error)
{
    const prom_range range = prom_program_output(program)->range;
    char text[PROM_SHAPE_TEXT];
    return prom_fail(error, PROM_CATEGORY_PEER, "%s: the value at %s is %s; this program's outputs are %d to %d", path,
                     position(text, outputs, at), value, range.low + program->output_zero,
                     range.high + program->output_zero);
}

/* What is too large for int64_t is no output either. */
static prom_result check_unsigned(const prom_tensor *outputs, const prom_program *program, const char *path,
                                  prom_error *error)
{
    char value[PROM_UNITS];
    for (size_t i = 0; outputs->dtype == PROM_DTYPE_U64 && i < outputs->count; i++) {
        const uint64_t number = ((const uint64_t *)outputs->data)[i];
        if (number > INT64_MAX) {
            (void)snprintf(value, sizeof value, "%llu", (unsigned long long)number);
            return no_output(outputs, i, value, program, path, error);
        }
    }
    return prom_ok();
}

prom_result prom_files_codes_of_outputs(prom_arena *arena, uint8_t **codes, const prom_tensor *outputs,
                                        const prom_program *program, const char *path, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    const prom_range range = prom_program_output(program)->range;
    const int64_t low = range.low + program->output_zero;
    const int64_t high = range.high + program->output_zero;
    char text[PROM_UNITS];
    prom_tensor integers;
    prom_arena_init(&scratch, FILE_MAX);
    PROM_TRY(check_unsigned(outputs, program, path, error));
    PROM_TRY(prom_within(prom_tensor_as_integers(&scratch, &integers, outputs, error), error, "%s", path));
    PROM_TRY_NEW(*codes, arena, integers.count, error);
    for (size_t i = 0; i < integers.count; i++) {
        const int64_t value = ((const int64_t *)integers.data)[i];
        if (value < low || value > high) {
            (void)snprintf(text, sizeof text, "%lld", (long long)value);
            return no_output(outputs, i, text, program, path, error);
        }
        (*codes)[i] = (uint8_t)(value - low);
    }
    return prom_ok();
}

prom_result prom_files_write_tensor(const char *path, const prom_tensor *tensor, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_span file;
    prom_arena_init(&scratch, FILE_MAX);
    PROM_TRY(prom_npy_write(&scratch, &file, tensor, error));
    return prom_file_write(path, file, error);
}
