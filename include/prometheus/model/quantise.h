/* From a float network to the integer program, by a calibration set: inputs as the model will see them. */
#ifndef PROMETHEUS_MODEL_QUANTISE_H
#define PROMETHEUS_MODEL_QUANTISE_H

#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/result.h"
#include "prometheus/model/network.h"
#include "prometheus/model/program.h"
#include "prometheus/model/tensor.h"

/* The integer program of a network. Scales come from the largest magnitudes over the calibration set, a float32 batch
 * of items. PROM_CATEGORY_BAD_INPUT, with NULL written, when the set has another shape or type, or leaves a layer at
 * zero or at infinity, or when a layer's exact bound can not be met; the layer is named. */
PROM_MUST_USE prom_result prom_network_quantise(prom_arena *arena, const prom_program **program,
                                                const prom_network *network, const prom_tensor *calibration,
                                                prom_error *error);

/* prom_onnx_read, then prom_network_quantise: the one way from a model to a program. */
PROM_MUST_USE prom_result prom_model_compile(prom_arena *arena, const prom_program **program, prom_span onnx,
                                             const prom_tensor *calibration, prom_error *error);

#endif
