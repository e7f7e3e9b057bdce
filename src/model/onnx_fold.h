/* What the operators on constants share. */
#ifndef PROMETHEUS_MODEL_ONNX_FOLD_H
#define PROMETHEUS_MODEL_ONNX_FOLD_H

#include "onnx_graph.h"

/* A constant of this type and shape, and its elements, which are zeros at first. */
PROM_MUST_USE prom_result prom_onnx_new_constant(prom_onnx_reader *reader, prom_onnx_constant *constant,
                                                 void **elements, prom_dtype dtype, const prom_shape *shape,
                                                 prom_error *error);

/* A Reshape's target: it keeps the number of values, which `shape` has, and the sizes where it says 0. */
PROM_MUST_USE prom_result prom_onnx_reshaped(prom_shape *shape, const prom_onnx_constant *target, bool allows_zero,
                                             prom_error *error);

#endif
