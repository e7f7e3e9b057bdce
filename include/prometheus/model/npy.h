/* NumPy's .npy files, format versions 1.0, 2.0 and 3.0 (numpy.lib.format), as bytes: no file is opened here. Elements
 * are little-endian int8, uint8, int32, int64, float32 or float64, in row-major order. */
#ifndef PROMETHEUS_MODEL_NPY_H
#define PROMETHEUS_MODEL_NPY_H

#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/result.h"
#include "prometheus/model/tensor.h"

/* Reads the file whose bytes are `file`; the data go to the arena. PROM_CATEGORY_BAD_INPUT when it is no such file,
 * when its elements are of another type, big-endian or in Fortran order, or when bytes are missing or left over. */
PROM_MUST_USE prom_result prom_npy_read(prom_arena *arena, prom_tensor *tensor, prom_span file, prom_error *error);

/* Writes to `file` the bytes of a version 1.0 file, as NumPy writes them. */
PROM_MUST_USE prom_result prom_npy_write(prom_arena *arena, prom_span *file, const prom_tensor *tensor,
                                         prom_error *error);

#endif
