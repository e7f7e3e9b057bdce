/* NumPy's .npy files, format versions 1.0, 2.0 and 3.0 (numpy.lib.format), as bytes: no file is opened here. Elements
 * are of any type of prom_dtype, in either byte order and in row-major or Fortran order. */
#ifndef PROMETHEUS_TENSOR_NPY_H
#define PROMETHEUS_TENSOR_NPY_H

#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/declarations.h"
#include "prometheus/base/result.h"
#include "prometheus/tensor/tensor.h"

PROM_DECLARATIONS_BEGIN

/* Reads the file whose bytes are `file`; the data go to the arena, in row-major order and the machine's byte order.
 * PROM_CATEGORY_BAD_INPUT when it is no such file, when its elements are objects, strings, structures or of another
 * type that is no prom_dtype, when a bool is neither 0 nor 1, when bytes are missing or left over, or
 * when more than PROM_NPY_HEAD_MAX stand before the elements. */
PROM_MUST_USE prom_result prom_npy_read(prom_arena *arena, prom_tensor *tensor, prom_span file, prom_error *error);

#define PROM_NPY_HEAD_MAX ((1U << 16) + 12U) /* bytes before the elements */

/* Writes how many bytes the whole file has whose first PROM_NPY_HEAD_MAX bytes, or all where it has fewer, are `head`;
 * SIZE_MAX where no file has as many. PROM_CATEGORY_BAD_INPUT as of prom_npy_read, for what stands before the elements.
 */
PROM_MUST_USE prom_result prom_npy_length(size_t *length, prom_span head, prom_error *error);

/* Writes to `file` the bytes of a version 1.0 file, the same that NumPy 2 writes. */
PROM_MUST_USE prom_result prom_npy_write(prom_arena *arena, prom_span *file, const prom_tensor *tensor,
                                         prom_error *error);

PROM_DECLARATIONS_END

#endif
