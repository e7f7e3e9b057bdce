/* What float networks and integer programs have in common: kinds of layers, and windows over images. */
#ifndef PROMETHEUS_PROGRAM_LAYER_H
#define PROMETHEUS_PROGRAM_LAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prometheus/base/declarations.h"
#include "prometheus/base/result.h"
#include "prometheus/tensor/tensor.h"

PROM_DECLARATIONS_BEGIN

/* What is written to a program's bytes; append only. Shapes are those of one item. */
typedef enum prom_layer_kind {
    /* ...xI to ...xO: a matrix product over the last axis. Weights [O][I], biases [O], O multipliers. */
    PROM_LAYER_DENSE = 1,
    /* CxHxW to OxH'xW', the convolution of ONNX (Conv) in `groups`. Weights [O][C/groups][kernel height][width],
     * biases [O], O multipliers; what lies outside the image is zero. */
    PROM_LAYER_CONV = 2,
    /* CxHxW to CxH'xW': the largest value under the window; what lies outside the image never wins. */
    PROM_LAYER_MAX_POOL = 3,
    /* CxHxW to CxH'xW': the sum of the values under the window, rescaled. 1 multiplier, or H'*W' in row-major order:
     * one for each place, where the window covers different numbers of values. */
    PROM_LAYER_AVERAGE_POOL = 4,
    /* The sum of 1 or 2 values of one shape, each times its own multiplier; the rescale's rounding is done once. One
     * alone is a change of scale, or a clamp. */
    PROM_LAYER_ADD = 5,
    /* 2 or more values of one shape but for axis `axis`, one after the other along it. The output's range is the least
     * that holds all of theirs. */
    PROM_LAYER_CONCAT = 6,
    /* The same values in the same order, in another shape. */
    PROM_LAYER_RESHAPE = 7,
    /* Axis i of the output is axis permutation[i] of the input. */
    PROM_LAYER_TRANSPOSE = 8,
} prom_layer_kind;

#define PROM_LAYER_KINDS 8

/* Returns "dense", "conv", "max pool", "average pool", "add", "concat", "reshape", "transpose". */
const char *prom_layer_kind_name(prom_layer_kind kind);

enum { PROM_WINDOW_HEIGHT, PROM_WINDOW_WIDTH, PROM_WINDOW_AXES };

/* A window that slides over an image, along its height and its width. */
typedef struct prom_window_axis {
    uint32_t kernel;     /* places under the window, at least 1 */
    uint32_t stride;     /* at least 1 */
    uint32_t dilation;   /* from one place under the window to the next, at least 1 */
    uint32_t pad_before; /* places outside the image, before its first */
    uint32_t pad_after;  /* after its last */
} prom_window_axis;

typedef struct prom_window {
    prom_window_axis axes[PROM_WINDOW_AXES];
} prom_window;

/* Returns how many places the window has. */
size_t prom_window_places(const prom_window *window);

/* Returns how often the window fits: (size + pads - dilation * (kernel - 1) - 1) / stride + 1, or 0 when it does not
 * fit or a number of it is out of range. */
size_t prom_window_fits(const prom_window_axis *axis, size_t size);

/* Finds the places under the window at output `at` that lie inside the image: from kernel place `*first` on, `*count`
 * of them (0 where all is padding). */
void prom_window_inside(const prom_window_axis *axis, size_t size, size_t at, size_t *first, size_t *count);

/* Returns true only when the window has a place inside the image wherever it fits. A sufficient condition that costs
 * nothing to check: the dilation is no larger than the image, so that no window can step over it. */
bool prom_window_always_inside(const prom_window_axis *axis, size_t size);

PROM_DECLARATIONS_END

#endif
