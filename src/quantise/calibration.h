/* What a calibration set shows of a network's values: how far each range goes, and which items stretch it. */
#ifndef QUANTISE_CALIBRATION_H
#define QUANTISE_CALIBRATION_H

#include "prometheus/base/arena.h"
#include "prometheus/base/result.h"
#include "prometheus/quantise/quantise.h"

/* 0 is in it. */
typedef struct prom_extent {
    float low;
    float high;
} prom_extent;

typedef struct prom_calibration_request {
    const prom_network *network;
    const float *inputs; /* [items][input count] */
    size_t items;
    const uint32_t *roots; /* [layer_count + 1]: values with the same root share one range, which the root keeps */
    const bool *given;     /* of the roots: the model says the range, and nothing is measured */
    prom_calibration_method method;
    const prom_progress *progress; /* NULL: there is none */
} prom_calibration_request;

typedef struct prom_calibration_found {
    prom_extent *extents; /* [layer_count + 1], of the roots; an end is INFINITY where a value is no finite number */
    const prom_stretch *stretches;
    size_t stretch_count;
} prom_calibration_found;

/* Runs the network over the set. What it finds goes to `arena`; `scratch` is for the way there. */
PROM_MUST_USE prom_result prom_calibration_measure(prom_arena *arena, prom_arena *scratch,
                                                   prom_calibration_found *found,
                                                   const prom_calibration_request *request, prom_error *error);

#endif
