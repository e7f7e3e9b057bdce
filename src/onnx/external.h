/* Constants that lie in files beside the model (ONNX, "External Data"). No file is opened here: the caller hands them
 * in.
 */
#ifndef ONNX_EXTERNAL_H
#define ONNX_EXTERNAL_H

#include "onnx/graph.h"

/* The constant's data are in another file. */
bool prom_onnx_is_external(const PromOnnx__TensorProto *proto);

/* The bytes of the constant. What the file's length allows to computed constants and weights grows by that of each file
 * that is read. */
PROM_MUST_USE prom_result prom_onnx_external_data(prom_onnx_reader *reader, prom_span *data,
                                                  const PromOnnx__TensorProto *proto, prom_error *error);

#endif
