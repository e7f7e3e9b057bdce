/* An ONNX file's bytes as the structures of the official schema, with what a stranger's file may cost kept bounded. */
#ifndef ONNX_DECODE_H
#define ONNX_DECODE_H

#include "onnx/onnx.pb-c.h"

#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/result.h"

/* Decodes into `arena`, which this initialises with a limit that follows from the length of the file, and which holds
 * all of the model; the caller frees the arena, also after a failure, and nothing else. */
PROM_MUST_USE prom_result prom_onnx_decode(prom_arena *arena, const PromOnnx__ModelProto **model, prom_span file,
                                           prom_error *error);

#endif
