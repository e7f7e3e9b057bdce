/* How shapes, ranges and layers are told: as text for a table, and as JSON. */
#ifndef PROM_MODEL_TEXT_H
#define PROM_MODEL_TEXT_H

#include <jansson.h>

#include "prometheus/program/layer.h"
#include "prometheus/program/program.h"
#include "prometheus/quantise/network.h"
#include "prometheus/tensor/tensor.h"

/* Returns [1, 8, 8]. */
json_t *prom_text_shape_json(const prom_shape *shape);

/* Returns [-128, 127]. */
json_t *prom_text_range_json(prom_range range);

/* Writes "-128 to 127". Returns `text`. */
#define PROM_MODEL_RANGE 32
const char *prom_text_range(char text[PROM_MODEL_RANGE], prom_range range);

/* Prints three lines about a program: its size, parameters and MACs. */
void prom_text_print_size(const prom_program *program);

/* What layers of networks and of programs have in common. */
typedef struct prom_text_step {
    prom_layer_kind kind;
    size_t input_count;
    const uint32_t *inputs; /* 0: the model's input, i + 1: what layer i makes */
    const prom_shape *shape;
    const prom_window *window;
    uint32_t groups;
    uint32_t axis;
    const uint8_t *permutation;
} prom_text_step;

prom_text_step prom_text_step_of_layer(const prom_layer *layer);
prom_text_step prom_text_step_of_network_layer(const prom_network_layer *layer);

/* Writes "input" or "3, 5": the numbers of the layers that it reads. Returns `text`; what has no room is cut, with
 * "..." */
#define PROM_MODEL_STEP 96
const char *prom_text_inputs(char text[PROM_MODEL_STEP], const prom_text_step *step);

/* Writes "3x3 stride 2 pad 1 groups 8", "axis 0", "axes 1 0 2", or nothing: how it goes over its input. Returns `text`.
 */
const char *prom_text_geometry(char text[PROM_MODEL_STEP], const prom_text_step *step);

/* Adds kind, inputs (null for the model's input), shape, window, groups, axis and permutation to the object; null is
 * what the kind has not. */
void prom_text_step_json(json_t *object, const prom_text_step *step);

#endif
