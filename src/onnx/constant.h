/* Constants of an ONNX file, and the shapes that it declares, checked. */
#ifndef ONNX_CONSTANT_H
#define ONNX_CONSTANT_H

#include "onnx/onnx.pb-c.h"

#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/result.h"
#include "prometheus/quantise/network.h"
#include "prometheus/tensor/tensor.h"

typedef struct prom_onnx_label {
    char text[PROM_NETWORK_NAME];
} prom_onnx_label;

/* Returns a name as it may be shown. */
prom_onnx_label prom_onnx_label_of(const char *name);
/* Returns whether names are equal; one that is absent is the empty one. */
bool prom_onnx_same(const char *a, const char *b);
/* Returns "float32" or "bfloat16", say: the name of one of ONNX's TensorProto.DataType. */
const char *prom_onnx_type_name(int32_t type);

/* The size of the batch may stand among the first so many elements of a list. */
#define PROM_ONNX_BATCH_PLACES 64U

/* A constant: float32, int64, int32, int8 or uint8 (which also stands for bool). */
typedef struct prom_onnx_constant {
    prom_tensor tensor;
    bool filled; /* all its elements are the one that tensor.data points to: a few bytes can stand for any number */
    /* Bit i: element i of the list of integers is the size of the batch, whatever that will be. */
    uint64_t batch;
    /* Where scale_count is not 0, the integers stand for (integer - zero) * scale: one pair for all, or one for each
     * place along `axis`. */
    size_t scale_count;
    const float *scales;
    const int32_t *zeros;
    size_t axis;
} prom_onnx_constant;

/* Reads the tensor of the file. What the constant points to may be the schema's own memory, that of `external`, or
 * `arena`'s. `external` are the tensor's bytes where they are in another file; else it is NULL. */
PROM_MUST_USE prom_result prom_onnx_constant_read(prom_arena *arena, prom_onnx_constant *constant,
                                                  const PromOnnx__TensorProto *proto, const prom_span *external,
                                                  prom_error *error);

/* Returns whether it holds real numbers: float32, or integers with scales. */
bool prom_onnx_is_real(const prom_onnx_constant *constant);
/* Returns which of its scales element `at` has. */
size_t prom_onnx_scale_at(const prom_onnx_constant *constant, size_t at);
/* Returns element `at` of one that holds real numbers. */
float prom_onnx_real(const prom_onnx_constant *constant, size_t at);
/* Returns element `at` of one that does not hold float32. */
int64_t prom_onnx_integer(const prom_onnx_constant *constant, size_t at);

/* Reads the declared shape, and the type: PROM_DTYPE_F32, PROM_DTYPE_U8 or PROM_DTYPE_I8. Dimensions with a name, or
 * with nothing, have the size 0. */
PROM_MUST_USE prom_result prom_onnx_declared_shape(prom_shape *shape, prom_dtype *dtype,
                                                   const PromOnnx__ValueInfoProto *info, prom_error *error);

#endif
