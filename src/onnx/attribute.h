/* Attributes of ONNX nodes. */
#ifndef ONNX_ATTRIBUTE_H
#define ONNX_ATTRIBUTE_H

#include "onnx/onnx.pb-c.h"

#include "prometheus/base/bytes.h"
#include "prometheus/base/result.h"

typedef enum prom_onnx_attribute_kind {
    PROM_ONNX_FLOAT,
    PROM_ONNX_INTEGER,
    PROM_ONNX_INTEGERS,
    PROM_ONNX_FLOATS,
    PROM_ONNX_STRING,
    PROM_ONNX_TENSOR,
} prom_onnx_attribute_kind;

/* An attribute that an operator knows, with its default. */
typedef struct prom_onnx_attribute {
    const char *name;
    prom_onnx_attribute_kind kind;
    float number;
    int64_t integer;
    bool given; /* by the node; what follows is valid only then */
    size_t count;
    const int64_t *integers;
    const float *numbers;
    prom_span string;
    const PromOnnx__TensorProto *tensor;
} prom_onnx_attribute;

/* Fills in what the node gives. An attribute that is not among the `count` known ones is refused. */
PROM_MUST_USE prom_result prom_onnx_attributes(prom_onnx_attribute *known, size_t count,
                                               const PromOnnx__NodeProto *node, prom_error *error);

#define PROM_ONNX_ATTRIBUTES(known, node, error)                                                                       \
    prom_onnx_attributes((known), sizeof(known) / sizeof((known)[0]), (node), (error))

/* Returns whether a string attribute is given and says this. */
bool prom_onnx_says(const prom_onnx_attribute *attribute, const char *text);

/* Checks that an attribute which names a type of reals (newer sets' `precision` and `output_dtype`) names float32, or
 * none. */
PROM_MUST_USE prom_result prom_onnx_check_real_type(const prom_onnx_attribute *attribute, prom_error *error);

#endif
