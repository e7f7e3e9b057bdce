#include "prometheus/tensor/tensor.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

bool prom_shape_count(size_t *count, const prom_shape *shape)
{
    size_t product = 1;
    bool empty = false;
    *count = 0;
    for (size_t i = 0; i < shape->rank; i++) {
        const size_t size = shape->sizes[i];
        empty = empty || size == 0;
        if (size > 0 && product > PROM_COUNT_MAX / size) {
            return false;
        }
        product *= size > 0 ? size : 1;
    }
    *count = empty ? 0 : product;
    return true;
}

bool prom_shape_equal(const prom_shape *a, const prom_shape *b)
{
    return a->rank == b->rank && memcmp(a->sizes, b->sizes, a->rank * sizeof a->sizes[0]) == 0;
}

/* The sizes with an "x" between them, after what `text` holds already. */
static void append_sizes(char text[PROM_SHAPE_TEXT], const prom_shape *shape)
{
    size_t at = strlen(text);
    for (size_t i = 0; i < shape->rank; i++) {
        /* Eight sizes of at most 20 digits and the signs between them fit. */
        at += (size_t)snprintf(text + at, PROM_SHAPE_TEXT - at, "%s%zu", at > 0 ? "x" : "", shape->sizes[i]);
    }
}

const char *prom_shape_text(char text[PROM_SHAPE_TEXT], const prom_shape *shape)
{
    text[0] = '\0';
    append_sizes(text, shape);
    if (shape->rank == 0) {
        (void)snprintf(text, PROM_SHAPE_TEXT, "a single value");
    }
    return text;
}

const char *prom_shape_batch_text(char text[PROM_SHAPE_TEXT], const prom_shape *item)
{
    (void)snprintf(text, PROM_SHAPE_TEXT, "N");
    append_sizes(text, item);
    return text;
}

static const struct {
    size_t width;
    const char *name;
} dtypes[] = {
    [PROM_DTYPE_BOOL] = {1, "bool"},   [PROM_DTYPE_I8] = {1, "int8"},     [PROM_DTYPE_U8] = {1, "uint8"},
    [PROM_DTYPE_I16] = {2, "int16"},   [PROM_DTYPE_U16] = {2, "uint16"},  [PROM_DTYPE_I32] = {4, "int32"},
    [PROM_DTYPE_U32] = {4, "uint32"},  [PROM_DTYPE_I64] = {8, "int64"},   [PROM_DTYPE_U64] = {8, "uint64"},
    [PROM_DTYPE_F16] = {2, "float16"}, [PROM_DTYPE_F32] = {4, "float32"}, [PROM_DTYPE_F64] = {8, "float64"},
};

size_t prom_dtype_width(prom_dtype dtype)
{
    return dtypes[dtype].width;
}

const char *prom_dtype_name(prom_dtype dtype)
{
    return dtypes[dtype].name;
}

/* IEEE 754 binary16: a sign, 5 bits of exponent with bias 15, 10 of fraction. Each is a float32, too. */
static float float_of_half(uint16_t half)
{
    const int exponent = half >> 10 & 0x1f;
    const int fraction = half & 0x3ff;
    float magnitude = ldexpf((float)(fraction + 0x400), exponent - 25);
    if (exponent == 0) {
        magnitude = ldexpf((float)fraction, -24);
    } else if (exponent == 0x1f) {
        magnitude = fraction == 0 ? INFINITY : NAN;
    }
    return half >> 15 == 0 ? magnitude : -magnitude;
}

static float float_at(const prom_tensor *tensor, size_t i)
{
    const void *data = tensor->data;
    switch (tensor->dtype) {
    case PROM_DTYPE_BOOL:
    case PROM_DTYPE_U8:
        return (float)((const uint8_t *)data)[i];
    case PROM_DTYPE_I8:
        return (float)((const int8_t *)data)[i];
    case PROM_DTYPE_I16:
        return (float)((const int16_t *)data)[i];
    case PROM_DTYPE_U16:
        return (float)((const uint16_t *)data)[i];
    case PROM_DTYPE_I32:
        return (float)((const int32_t *)data)[i];
    case PROM_DTYPE_U32:
        return (float)((const uint32_t *)data)[i];
    case PROM_DTYPE_I64:
        return (float)((const int64_t *)data)[i];
    case PROM_DTYPE_U64:
        return (float)((const uint64_t *)data)[i];
    case PROM_DTYPE_F16:
        return float_of_half(((const uint16_t *)data)[i]);
    case PROM_DTYPE_F32:
        return ((const float *)data)[i];
    case PROM_DTYPE_F64:
        return (float)((const double *)data)[i];
    }
    return NAN;
}

static bool integer_of_real(int64_t *integer, double value)
{
    /* 2^63 is a double, 2^63 - 1 is not. */
    const bool fits = value >= -0x1p63 && value < 0x1p63 && value == trunc(value);
    *integer = fits ? (int64_t)value : 0;
    return fits;
}

/* False when the value is not an integer, or not one of 64 bits. */
static bool integer_at(int64_t *integer, const prom_tensor *tensor, size_t i)
{
    const void *data = tensor->data;
    switch (tensor->dtype) {
    case PROM_DTYPE_BOOL:
    case PROM_DTYPE_U8:
        *integer = ((const uint8_t *)data)[i];
        return true;
    case PROM_DTYPE_I8:
        *integer = (int64_t)((const int8_t *)data)[i];
        return true;
    case PROM_DTYPE_I16:
        *integer = ((const int16_t *)data)[i];
        return true;
    case PROM_DTYPE_U16:
        *integer = ((const uint16_t *)data)[i];
        return true;
    case PROM_DTYPE_I32:
        *integer = ((const int32_t *)data)[i];
        return true;
    case PROM_DTYPE_U32:
        *integer = ((const uint32_t *)data)[i];
        return true;
    case PROM_DTYPE_I64:
    case PROM_DTYPE_U64:
        *integer = ((const int64_t *)data)[i];
        return tensor->dtype == PROM_DTYPE_I64 || *integer >= 0;
    case PROM_DTYPE_F16:
        return integer_of_real(integer, (double)float_of_half(((const uint16_t *)data)[i]));
    case PROM_DTYPE_F32:
        return integer_of_real(integer, (double)((const float *)data)[i]);
    case PROM_DTYPE_F64:
        return integer_of_real(integer, ((const double *)data)[i]);
    }
    return false;
}

prom_result prom_tensor_as_float(prom_arena *arena, prom_tensor *floats, const prom_tensor *tensor, prom_error *error)
{
    float *values = NULL;
    prom_tensor converted = *tensor;
    if (tensor->dtype != PROM_DTYPE_F32) {
        PROM_TRY_NEW(values, arena, tensor->count, error);
        for (size_t i = 0; i < tensor->count; i++) {
            values[i] = float_at(tensor, i);
        }
        converted.dtype = PROM_DTYPE_F32;
        converted.data = values;
    }
    *floats = converted;
    return prom_ok();
}

prom_result prom_tensor_as_integers(prom_arena *arena, prom_tensor *integers, const prom_tensor *tensor,
                                    prom_error *error)
{
    int64_t *values = NULL;
    prom_tensor converted = *tensor;
    if (tensor->dtype != PROM_DTYPE_I64) {
        PROM_TRY_NEW(values, arena, tensor->count, error);
        for (size_t i = 0; i < tensor->count; i++) {
            if (!integer_at(&values[i], tensor, i)) {
                return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                                 "the value at position %zu, %.9g, is not an integer of 64 bits", i,
                                 (double)float_at(tensor, i));
            }
        }
        converted.dtype = PROM_DTYPE_I64;
        converted.data = values;
    }
    *integers = converted;
    return prom_ok();
}

prom_result prom_tensor_items(size_t *items, const prom_tensor *tensor, const prom_shape *item, prom_dtype dtype,
                              prom_error *error)
{
    char has[PROM_SHAPE_TEXT];
    char wants[PROM_SHAPE_TEXT];
    *items = 0;
    if (tensor->shape.rank != item->rank + 1 ||
        memcmp(tensor->shape.sizes + 1, item->sizes, item->rank * sizeof item->sizes[0]) != 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the input has shape %s, the model wants %s",
                         prom_shape_text(has, &tensor->shape), prom_shape_batch_text(wants, item));
    }
    if (tensor->dtype != dtype) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the input holds %s values, the model wants %s",
                         prom_dtype_name(tensor->dtype), prom_dtype_name(dtype));
    }
    if (tensor->shape.sizes[0] == 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the input has shape %s: it holds no item",
                         prom_shape_text(has, &tensor->shape));
    }
    *items = tensor->shape.sizes[0];
    return prom_ok();
}
