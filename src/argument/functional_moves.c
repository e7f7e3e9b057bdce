#include "argument/functional.h"

#include <string.h>

prom_result prom_value_planes_new(const functional_task *task, value_planes *made, uint32_t value, prom_error *error)
{
    const size_t count = prom_program_value(task->argument->program, value)->count;
    *made = (value_planes){.planes = {{NULL}}};
    prom_arena_init_within(&made->memory, task->arena);
    return prom_planes_new(&made->memory, &made->planes, count, error);
}

void prom_value_planes_free(value_planes *made)
{
    prom_arena_free(&made->memory);
    made->planes = (prom_planes){{NULL}};
}

void prom_functional_add(const functional_task *task, functional *made, uint32_t value, value_planes *added)
{
    const size_t count = prom_program_value(task->argument->program, value)->count;
    prom_planes *there = &made->coefficients[value];
    if (there->plane[0] == NULL) {
        *there = added->planes;
        made->memory[value] = added->memory;
    } else {
        for (size_t c = 0; c < PROM_EXTENSION_DEGREE; c++) {
            task->kernels->add(there->plane[c], added->planes.plane[c], count);
        }
        prom_arena_free(&added->memory);
    }
    *added = (value_planes){.planes = {{NULL}}};
}

static prom_result turn_back(const functional_task *task, functional *made, const prom_layer *layer,
                             prom_planes coefficients, prom_error *error)
{
    PROM_SCOPED(prom_value_planes_free) value_planes turned = {.planes = {{NULL}}};
    const prom_value *input = prom_program_value(task->argument->program, layer->inputs[0]);
    size_t strides[PROM_RANK_MAX] = {0};
    size_t index[PROM_RANK_MAX] = {0};
    PROM_TRY(prom_value_planes_new(task, &turned, layer->inputs[0], error));
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
        const prom_extension moved = prom_planes_get(coefficients, at);
        prom_planes_set(turned.planes, from, &moved);
        for (size_t axis = input->shape.rank; axis-- > 0 && ++index[axis] == layer->output.shape.sizes[axis];) {
            index[axis] = 0;
        }
    }
    prom_functional_add(task, made, layer->inputs[0], &turned);
    return prom_ok();
}

/* Values of a concat's output along the joined axis and those after it. */
static size_t joined_run(const prom_layer *layer)
{
    size_t run = 1;
    for (size_t axis = layer->axis; axis < layer->output.shape.rank; axis++) {
        run *= layer->output.shape.sizes[axis];
    }
    return run;
}

/* The coefficients of input number `i` of a concat, which begin at `*start` in each run of its output. They are added
 * where there are some already: an input may stand in a concat thousands of times. */
static prom_result part_back(const functional_task *task, functional *made, const prom_layer *layer, size_t i,
                             size_t *start, prom_planes coefficients, prom_error *error)
{
    PROM_SCOPED(prom_value_planes_free) value_planes part = {.planes = {{NULL}}};
    const uint32_t input = layer->inputs[i];
    const prom_planes there = made->coefficients[input];
    const size_t run = joined_run(layer);
    const size_t runs = layer->output.count / run;
    const size_t length = prom_program_value(task->argument->program, input)->count / runs;
    if (there.plane[0] == NULL) {
        PROM_TRY(prom_value_planes_new(task, &part, input, error));
    }
    for (size_t r = 0; r < runs; r++) {
        for (size_t c = 0; c < PROM_EXTENSION_DEGREE; c++) {
            const prom_element *from = coefficients.plane[c] + r * run + *start;
            if (there.plane[c] != NULL) {
                task->kernels->add(there.plane[c] + r * length, from, length);
            } else if (part.planes.plane[c] != NULL) { /* always; the analyser does not know */
                memcpy(part.planes.plane[c] + r * length, from, length * sizeof *from);
            }
        }
    }
    *start += length;
    if (there.plane[0] == NULL) {
        prom_functional_add(task, made, input, &part);
    }
    return prom_ok();
}

static prom_result parts_back(const functional_task *task, functional *made, const prom_layer *layer,
                              prom_planes coefficients, prom_error *error)
{
    size_t start = 0;
    for (size_t i = 0; i < layer->input_count; i++) {
        PROM_TRY(part_back(task, made, layer, i, &start, coefficients, error));
    }
    return prom_ok();
}

/* From the last value down, so that what is moved on arrives before its own turn comes. */
prom_result prom_functional_move_back(const functional_task *task, functional *made, prom_error *error)
{
    const prom_argument *argument = task->argument;
    for (uint32_t v = (uint32_t)made->count; v-- > 1;) {
        if (argument->values[v].role != ARGUMENT_MOVED || made->coefficients[v].plane[0] == NULL) {
            continue;
        }
        const prom_layer *layer = &argument->program->layers[v - 1];
        PROM_SCOPED(prom_value_planes_free) value_planes there = {made->coefficients[v], made->memory[v]};
        made->coefficients[v] = (prom_planes){{NULL}};
        made->memory[v] = (prom_arena){0};
        if (layer->kind == PROM_LAYER_TRANSPOSE) {
            PROM_TRY(turn_back(task, made, layer, there.planes, error));
        } else if (layer->kind == PROM_LAYER_CONCAT) {
            PROM_TRY(parts_back(task, made, layer, there.planes, error));
        } else {
            prom_functional_add(task, made, layer->inputs[0], &there);
        }
    }
    return prom_ok();
}
