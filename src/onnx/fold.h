/* What the operators on constants share. */
#ifndef ONNX_FOLD_H
#define ONNX_FOLD_H

#include "onnx/graph.h"

/* Makes a constant of this type and shape, and its elements, which are zeros at first. */
PROM_MUST_USE prom_result prom_onnx_new_constant(prom_onnx_reader *reader, prom_onnx_constant *constant,
                                                 void **elements, prom_dtype dtype, const prom_shape *shape,
                                                 prom_error *error);

/* Makes the same, filled with one element, which `elements` points to. */
PROM_MUST_USE prom_result prom_onnx_new_filled(prom_onnx_reader *reader, prom_onnx_constant *constant, void **elements,
                                               prom_dtype dtype, const prom_shape *shape, prom_error *error);

/* Returns whether element `at` of the list is the size of the batch. */
bool prom_onnx_is_batch(const prom_onnx_constant *list, size_t at);
/* Checks that numbers may take part in arithmetic: the size of the batch does only where it is known. */
PROM_MUST_USE prom_result prom_onnx_check_batch(const prom_onnx_reader *reader, const prom_onnx_constant *constant,
                                                prom_error *error);
/* Finds the axes, `first` to before `end`, whose sizes a Shape node gives. */
PROM_MUST_USE prom_result prom_onnx_part_of_shape(size_t *first, size_t *end, const prom_onnx_node *node, size_t rank,
                                                  prom_error *error);

/* Makes `shape` what a Reshape's target says. False when that has another number of values. */
PROM_MUST_USE bool prom_onnx_reshaped(prom_shape *shape, const prom_onnx_constant *target, bool allows_zero);

#endif
