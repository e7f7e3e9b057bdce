/* An ONNX file's bytes as the structures of the official schema, with what a stranger's file may cost kept bounded. */
#ifndef ONNX_DECODE_H
#define ONNX_DECODE_H

#include "onnx/graph.h"

/* Decodes into `arena`, which this initialises with a limit that follows from the length of the file, and which holds
 * all of the model; the caller frees the arena, also after a failure, and nothing else. */
PROM_MUST_USE prom_result prom_onnx_decode(prom_arena *arena, const PromOnnx__ModelProto **model, prom_span file,
                                           prom_error *error);

/* Returns how many bytes the computed constants, and the weights, of a model of so many bytes may take. */
size_t prom_onnx_allowed_folded(size_t length);
size_t prom_onnx_allowed_weights(size_t length);
/* Adds what another file of so many bytes allows. */
void prom_onnx_allow_more(prom_onnx_reader *reader, size_t length);

#endif
