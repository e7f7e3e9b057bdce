/* Axes and shapes as ONNX gives them: what an operator makes of the shape of its input. */
#ifndef ONNX_AXES_H
#define ONNX_AXES_H

#include "onnx/attribute.h"
#include "onnx/graph.h"

/* Some of the axes of a tensor: bit i for axis i. */
typedef struct prom_onnx_axes {
    bool given;
    unsigned set;
    size_t count;
} prom_onnx_axes;

/* Finds an axis of `rank` ones, which is counted from behind where it is negative. */
PROM_MUST_USE prom_result prom_onnx_axis(size_t *axis, int64_t given, size_t rank, prom_error *error);

/* Reads the axes that a node gives: as the attribute, or, of newer operator sets, as operand 1. None twice. They are
 * those of a tensor of `rank` axes, or, where they are `added` to that, of what comes out. */
PROM_MUST_USE prom_result prom_onnx_axes_of(prom_onnx_reader *reader, prom_onnx_axes *axes, const prom_onnx_node *node,
                                            const prom_onnx_attribute *attribute, size_t rank, bool added,
                                            prom_error *error);

/* Takes these axes, which have size 1, out of a shape; where none are given, all that have size 1. */
PROM_MUST_USE prom_result prom_onnx_squeezed(prom_shape *shape, const prom_onnx_axes *axes, prom_error *error);
/* Puts these axes, which are axes of the result, into a shape with the size 1. */
void prom_onnx_unsqueezed(prom_shape *shape, const prom_onnx_axes *axes);

/* Reads a permutation of `rank` axes from the attribute; the reverse where it is not given. */
PROM_MUST_USE prom_result prom_onnx_permutation(uint8_t *permutation, const prom_onnx_attribute *attribute, size_t rank,
                                                prom_error *error);

#endif
