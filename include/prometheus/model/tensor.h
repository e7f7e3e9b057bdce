/* Shapes, and arrays of numbers that carry their shape. Values lie in row-major order: the last index runs fastest. */
#ifndef PROMETHEUS_MODEL_TENSOR_H
#define PROMETHEUS_MODEL_TENSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prometheus/base/result.h"

#define PROM_RANK_MOST 8U
#define PROM_COUNT_MOST (SIZE_MAX / 16) /* elements of a shape: their bytes, too, can then be counted */

typedef struct prom_shape {
    size_t rank;
    size_t sizes[PROM_RANK_MOST];
} prom_shape;

/* The product of the sizes to `count` (1 for rank 0). False, and 0 written, when it exceeds PROM_COUNT_MOST. */
PROM_MUST_USE bool prom_shape_count(size_t *count, const prom_shape *shape);
bool prom_shape_equal(const prom_shape *a, const prom_shape *b);

/* "360x1x8x8", or "a single value" for rank 0. Returns `text`. */
#define PROM_SHAPE_TEXT 176
const char *prom_shape_text(char text[PROM_SHAPE_TEXT], const prom_shape *shape);
/* The same for a batch of such items: "Nx1x8x8". */
const char *prom_shape_batch_text(char text[PROM_SHAPE_TEXT], const prom_shape *item);

typedef enum prom_dtype {
    PROM_DTYPE_I8,
    PROM_DTYPE_U8,
    PROM_DTYPE_I32,
    PROM_DTYPE_I64,
    PROM_DTYPE_F32,
    PROM_DTYPE_F64,
} prom_dtype;

/* Bytes of one element. */
size_t prom_dtype_width(prom_dtype dtype);
/* "int8", "uint8", "int32", "int64", "float32", "float64". */
const char *prom_dtype_name(prom_dtype dtype);

/* `data` holds `count` elements of the machine's own int8_t, uint8_t, int32_t, int64_t, float or double. */
typedef struct prom_tensor {
    prom_dtype dtype;
    prom_shape shape;
    size_t count;
    const void *data;
} prom_tensor;

/* That `tensor` is a batch of one or more items of shape `item` with elements of `dtype`; their number to `items`
 * (0 on failure). PROM_CATEGORY_BAD_INPUT, in a sentence about "the input", when it is anything else. */
PROM_MUST_USE prom_result prom_tensor_items(size_t *items, const prom_tensor *tensor, const prom_shape *item,
                                            prom_dtype dtype, prom_error *error);

#endif
