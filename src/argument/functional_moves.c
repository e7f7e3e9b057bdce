/* Functionals, back through the layers that only move values. */
#include <string.h>

#include "argument/functional_steps.h"

/* Adds coefficients of value `value`; the planes are the functional's from now on. */
static void add_coefficients(const pulled *to, uint32_t value, prom_planes coefficients)
{
    const size_t count = prom_program_value(to->task->argument->program, value)->count;
    prom_planes *there = &to->made->coefficients[value];
    if (there->plane[0] == NULL) {
        *there = coefficients;
        return;
    }
    for (size_t c = 0; c < PROM_EXTENSION_DEGREE; c++) {
        to->task->kernels->add(there->plane[c], coefficients.plane[c], count);
    }
}

static prom_result pull_transposed(const pulled *to, const prom_layer *layer, prom_planes coefficients,
                                   prom_error *error)
{
    const prom_value *input = prom_program_value(to->task->argument->program, layer->inputs[0]);
    size_t strides[PROM_RANK_MAX] = {0};
    size_t index[PROM_RANK_MAX] = {0};
    prom_planes turned;
    PROM_TRY(prom_planes_new(to->task->arena, &turned, input->count, error));
    for (size_t axis = 0; axis < input->shape.rank; axis++) {
        strides[axis] = 1;
        for (size_t i = layer->permutation[axis] + (size_t)1; i < input->shape.rank; i++) {
            strides[axis] *= input->shape.sizes[i];
        }
    }
    for (size_t at = 0; at < input->count; at++) {
        size_t from = 0;
        for (size_t axis = 0; axis < input->shape.rank; axis++) {
            from += index[axis] * strides[axis];
        }
        const prom_extension coefficient = prom_planes_get(coefficients, at);
        prom_planes_set(turned, from, &coefficient);
        for (size_t axis = input->shape.rank; axis-- > 0 && ++index[axis] == layer->output.shape.sizes[axis];) {
            index[axis] = 0;
        }
    }
    add_coefficients(to, layer->inputs[0], turned);
    return prom_ok();
}

static prom_result pull_concat(const pulled *to, const prom_layer *layer, prom_planes coefficients, prom_error *error)
{
    const prom_program *program = to->task->argument->program;
    size_t run = 1; /* values of the output along the joined axis and those after it */
    size_t start = 0;
    for (size_t axis = layer->axis; axis < layer->output.shape.rank; axis++) {
        run *= layer->output.shape.sizes[axis];
    }
    for (size_t i = 0; i < layer->input_count; i++) {
        const prom_value *input = prom_program_value(program, layer->inputs[i]);
        const size_t runs = layer->output.count / run;
        const size_t length = input->count / runs; /* of the output's run, that is this input's */
        prom_planes part;
        PROM_TRY(prom_planes_new(to->task->arena, &part, input->count, error));
        for (size_t r = 0; r < runs; r++) {
            for (size_t c = 0; c < PROM_EXTENSION_DEGREE; c++) {
                memcpy(part.plane[c] + r * length, coefficients.plane[c] + r * run + start,
                       length * sizeof *part.plane[c]);
            }
        }
        start += length;
        add_coefficients(to, layer->inputs[i], part);
    }
    return prom_ok();
}

/* From value `value` down, so that what is moved on arrives before its own turn comes. */
prom_result prom_functional_pull(const pulled *to, uint32_t value, prom_planes coefficients, prom_error *error)
{
    const prom_argument *argument = to->task->argument;
    add_coefficients(to, value, coefficients);
    for (uint32_t v = value; v > 0; v--) {
        const prom_layer *layer = &argument->program->layers[v - 1];
        const prom_planes there = to->made->coefficients[v];
        if (argument->values[v].role != ARGUMENT_MOVED || there.plane[0] == NULL) {
            continue;
        }
        to->made->coefficients[v] = (prom_planes){{NULL}};
        if (layer->kind == PROM_LAYER_TRANSPOSE) {
            PROM_TRY(pull_transposed(to, layer, there, error));
        } else if (layer->kind == PROM_LAYER_CONCAT) {
            PROM_TRY(pull_concat(to, layer, there, error));
        } else {
            add_coefficients(to, layer->inputs[0], there);
        }
    }
    return prom_ok();
}
