/* How much memory a file of some length may lead to. */
#ifndef ONNX_ALLOWANCE_H
#define ONNX_ALLOWANCE_H

#include "onnx/graph.h"

/* Bytes that the computed constants, and the weights, of a model of so many bytes may take. */
size_t prom_onnx_allowed_folded(size_t length);
size_t prom_onnx_allowed_weights(size_t length);
/* Adds what another file of so many bytes allows. */
void prom_onnx_allow_more(prom_onnx_reader *reader, size_t length);

#endif
