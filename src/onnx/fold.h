/* What the operators on constants share. */
#ifndef ONNX_FOLD_H
#define ONNX_FOLD_H

#include "onnx/graph.h"

/* A constant of this type and shape, and its elements, which are zeros at first. */
PROM_MUST_USE prom_result prom_onnx_new_constant(prom_onnx_reader *reader, prom_onnx_constant *constant,
                                                 void **elements, prom_dtype dtype, const prom_shape *shape,
                                                 prom_error *error);

/* The same, filled with one element, which `elements` points to. */
PROM_MUST_USE prom_result prom_onnx_new_filled(prom_onnx_reader *reader, prom_onnx_constant *constant, void **elements,
                                               prom_dtype dtype, const prom_shape *shape, prom_error *error);

/* Makes `shape` what a Reshape's target says. False when that has another number of values. */
PROM_MUST_USE bool prom_onnx_reshaped(prom_shape *shape, const prom_onnx_constant *target, bool allows_zero);

#endif
