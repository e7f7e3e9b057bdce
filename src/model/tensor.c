#include "prometheus/model/tensor.h"

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
        if (size > 0 && product > PROM_COUNT_MOST / size) {
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

size_t prom_dtype_width(prom_dtype dtype)
{
    switch (dtype) {
    case PROM_DTYPE_I8:
    case PROM_DTYPE_U8:
        return 1;
    case PROM_DTYPE_I32:
    case PROM_DTYPE_F32:
        return 4;
    case PROM_DTYPE_I64:
    case PROM_DTYPE_F64:
        return 8;
    }
    return 0;
}

const char *prom_dtype_name(prom_dtype dtype)
{
    switch (dtype) {
    case PROM_DTYPE_I8:
        return "int8";
    case PROM_DTYPE_U8:
        return "uint8";
    case PROM_DTYPE_I32:
        return "int32";
    case PROM_DTYPE_I64:
        return "int64";
    case PROM_DTYPE_F32:
        return "float32";
    case PROM_DTYPE_F64:
        return "float64";
    }
    return "unknown";
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
