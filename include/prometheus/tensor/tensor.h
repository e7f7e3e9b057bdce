/* Shapes, and arrays of numbers that carry their shape. Values lie in row-major order: the last index runs fastest. */
#ifndef PROMETHEUS_TENSOR_TENSOR_H
#define PROMETHEUS_TENSOR_TENSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prometheus/base/arena.h"
#include "prometheus/base/declarations.h"
#include "prometheus/base/result.h"

PROM_DECLARATIONS_BEGIN

#define PROM_RANK_MAX 8U
#define PROM_COUNT_MAX (SIZE_MAX / 16) /* elements of a shape: their bytes, too, can then be counted */

typedef struct prom_shape {
    size_t rank;
    size_t sizes[PROM_RANK_MAX];
} prom_shape;

/* Writes the product of the sizes to `count` (1 for rank 0). Returns false, and 0 written, when it exceeds
 * PROM_COUNT_MAX. */
PROM_MUST_USE bool prom_shape_count(size_t *count, const prom_shape *shape);
/* Returns whether rank and all sizes are the same. */
bool prom_shape_equal(const prom_shape *a, const prom_shape *b);

#define PROM_SHAPE_TEXT 176
/* Writes "360x1x8x8", or "a single value" for rank 0. Returns `text`. */
const char *prom_shape_text(char text[PROM_SHAPE_TEXT], const prom_shape *shape);
/* Writes the same for a batch of such items: "Nx1x8x8". */
const char *prom_shape_batch_text(char text[PROM_SHAPE_TEXT], const prom_shape *item);

/* The types of elements, by the names that NumPy gives them, and what holds one of them in memory. */
typedef enum prom_dtype {
    PROM_DTYPE_BOOL, /* a byte, 0 or 1 */
    PROM_DTYPE_I8,
    PROM_DTYPE_U8,
    PROM_DTYPE_I16,
    PROM_DTYPE_U16,
    PROM_DTYPE_I32,
    PROM_DTYPE_U32,
    PROM_DTYPE_I64,
    PROM_DTYPE_U64,
    PROM_DTYPE_F16, /* the bits of an IEEE 754 binary16, in a uint16_t */
    PROM_DTYPE_F32,
    PROM_DTYPE_F64,
} prom_dtype;

/* Returns the number of bytes of one element. */
size_t prom_dtype_width(prom_dtype dtype);
/* Returns "bool", "int8", "uint8", ... "float16", "float32", "float64". */
const char *prom_dtype_name(prom_dtype dtype);

/* `data` holds `count` elements of the machine's own int8_t, uint8_t, ... float or double, as `dtype` says. */
typedef struct prom_tensor {
    prom_dtype dtype;
    prom_shape shape;
    size_t count;
    const void *data;
} prom_tensor;

/* Gives the same values as float32: those that float32 lacks are rounded to the nearest, ties to even, and beyond the
 * largest become infinite, as by NumPy's astype. The data go to the arena, or are those of `tensor` when it is float32
 * already. Fails only when the arena does. */
PROM_MUST_USE prom_result prom_tensor_as_float(prom_arena *arena, prom_tensor *floats, const prom_tensor *tensor,
                                               prom_error *error);

/* Gives the same values as int64, in the arena or, when it is int64 already, where they are. PROM_CATEGORY_BAD_INPUT,
 * naming the first such value, when one is no integer (a fraction, infinite, not a number) or does not fit 64 bits. */
PROM_MUST_USE prom_result prom_tensor_as_integers(prom_arena *arena, prom_tensor *integers, const prom_tensor *tensor,
                                                  prom_error *error);

/* Succeeds when `tensor` is a batch of one or more items of shape `item` with elements of `dtype`; their number to
 * `items` (0 on failure). PROM_CATEGORY_BAD_INPUT, in a sentence about "the input", when it is anything else. */
PROM_MUST_USE prom_result prom_tensor_items(size_t *items, const prom_tensor *tensor, const prom_shape *item,
                                            prom_dtype dtype, prom_error *error);

PROM_DECLARATIONS_END

#endif
