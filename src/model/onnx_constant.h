/* What stands in an ONNX file beside the nodes: constants, shapes and attributes, checked. */
#ifndef PROMETHEUS_MODEL_ONNX_CONSTANT_H
#define PROMETHEUS_MODEL_ONNX_CONSTANT_H

#include "onnx/onnx.pb-c.h"

#include "prometheus/base/arena.h"
#include "prometheus/base/result.h"
#include "prometheus/model/network.h"
#include "prometheus/model/tensor.h"

typedef struct prom_onnx_label {
    char text[PROM_NETWORK_NAME];
} prom_onnx_label;

/* A name as it may be shown. */
prom_onnx_label prom_onnx_label_of(const char *name);
/* Equal; a name that is absent is the empty one. */
bool prom_onnx_same(const char *a, const char *b);

/* The initialiser as a tensor of `dtype`, which is PROM_DTYPE_F32 or PROM_DTYPE_I64. */
PROM_MUST_USE prom_result prom_onnx_constant(prom_arena *arena, prom_tensor *tensor, const Onnx__TensorProto *proto,
                                             prom_dtype dtype, prom_error *error);

/* A declared shape. Dimensions with a name, or with nothing, have the size 0. */
PROM_MUST_USE prom_result prom_onnx_declared_shape(prom_shape *shape, const Onnx__ValueInfoProto *info,
                                                   prom_error *error);

/* An attribute that an operator knows, with its default. */
typedef struct prom_onnx_attribute {
    const char *name;
    bool is_float;
    float number;    /* where is_float */
    int64_t integer; /* elsewhere */
} prom_onnx_attribute;

/* Fills in what the node gives. An attribute that is not among the `count` known ones is refused. */
PROM_MUST_USE prom_result prom_onnx_attributes(prom_onnx_attribute *known, size_t count, const Onnx__NodeProto *node,
                                               prom_error *error);

#endif
