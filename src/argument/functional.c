#include "argument/functional_steps.h"

/* -- Steps -- */

static prom_result make_axis_tables(const functional_task *task, axis_tables *tables, uint32_t value, prom_error *error)
{
    const argument_value *layout = &task->argument->values[value];
    const prom_extension one = prom_extension_one();
    const prom_extension *point = task->point;
    tables->shape = &prom_program_value(task->argument->program, value)->shape;
    for (size_t axis = 0; axis < layout->rank; axis++) {
        const size_t count = (size_t)1 << layout->bits[axis];
        prom_planes padded;
        PROM_TRY(prom_planes_new(task->arena, &padded, count, error));
        PROM_TRY_NEW(tables->axes[axis], task->arena, count, error);
        prom_equality_table(task->kernels, padded, point, layout->bits[axis], &one);
        for (size_t i = 0; i < count; i++) {
            tables->axes[axis][i] = prom_planes_get(padded, i);
        }
        point += layout->bits[axis];
    }
    return prom_ok();
}

/* The products of eq over axes `from` to `to`, in row-major order. */
static prom_result product_of_axes(const functional_task *task, prom_extension **products, size_t *count,
                                   const axis_tables *tables, size_t from, size_t to, prom_error *error)
{
    size_t made = 1;
    *count = 1;
    for (size_t axis = from; axis < to; axis++) {
        *count *= tables->shape->sizes[axis];
    }
    PROM_TRY_NEW(*products, task->arena, *count, error);
    (*products)[0] = prom_extension_one();
    for (size_t axis = from; axis < to; axis++) {
        const size_t size = tables->shape->sizes[axis];
        for (size_t i = made; i-- > 0;) {
            const prom_extension left = (*products)[i];
            for (size_t j = size; j-- > 0;) {
                (*products)[i * size + j] = times(&left, &tables->axes[axis][j]);
            }
        }
        made *= size;
    }
    return prom_ok();
}

prom_extension prom_functional_factor(uint32_t multiplier, const prom_extension *mix)
{
    const prom_element m = prom_element_of(multiplier);
    if (mix == NULL) {
        return prom_extension_of(m);
    }
    const prom_extension mixed = prom_extension_scale(mix, m);
    const prom_extension one = prom_extension_one();
    return prom_extension_add(&one, &mixed);
}

static prom_result begin(const functional_task *task, functional *made, prom_error *error)
{
    made->constant = prom_extension_zero();
    PROM_TRY_NEW(made->coefficients, task->arena, task->argument->program->layer_count + 1, error);
    return prom_ok();
}

/* -- Sums of weights -- */

prom_result prom_functional_channel_factors(const functional_task *task, prom_extension **factors,
                                            prom_extension *biases, const prom_layer *layer,
                                            const prom_extension *equal, const prom_extension *mix, prom_error *error)
{
    *biases = prom_extension_zero();
    PROM_TRY_NEW(*factors, task->arena, layer->rescale.count, error);
    for (size_t o = 0; o < layer->rescale.count; o++) {
        const prom_extension factor = prom_functional_factor(layer->rescale.multipliers[o], mix);
        (*factors)[o] = times(&equal[o], &factor);
        const prom_extension bias = prom_extension_scale(&(*factors)[o], prom_element_of_signed(layer->biases[o]));
        add_to(biases, &bias);
    }
    return prom_ok();
}

static prom_result dense_sums(const pulled *to, const prom_layer *layer, const axis_tables *tables,
                              const prom_extension *mix, prom_error *error)
{
    const functional_task *task = to->task;
    const size_t last = layer->output.shape.rank - 1;
    prom_extension *rows = NULL;
    prom_extension *factors = NULL;
    prom_extension biases;
    size_t row_count = 0;
    prom_planes weights;
    prom_planes made;
    PROM_TRY(product_of_axes(task, &rows, &row_count, tables, 0, last, error));
    PROM_TRY(prom_functional_channel_factors(task, &factors, &biases, layer, tables->axes[last], mix, error));
    PROM_TRY(prom_planes_new(task->arena, &weights, layer->weight_count, error));
    PROM_TRY(prom_planes_new(task->arena, &made, row_count * layer->weight_count, error));
    task->kernels->combine_bytes(weights, factors, layer->rescale.count, layer->weights, layer->weight_count);
    for (size_t row = 0; row < row_count; row++) {
        task->kernels->add_scaled_extensions(prom_planes_at(made, row * layer->weight_count), &rows[row], weights,
                                             layer->weight_count);
    }
    const prom_extension all = sum_of(rows, row_count);
    to->made->constant = times(&biases, &all);
    return prom_functional_pull(to, layer->inputs[0], made, error);
}

/* -- The functionals -- */

static prom_result add_sums(const pulled *to, const prom_layer *layer, const axis_tables *tables, prom_error *error)
{
    prom_extension *equal = NULL;
    size_t count = 0;
    PROM_TRY(product_of_axes(to->task, &equal, &count, tables, 0, layer->output.shape.rank, error));
    for (size_t i = 0; i < layer->input_count; i++) {
        const prom_element multiplier = prom_element_of(layer->rescale.multipliers[i]);
        prom_planes made;
        PROM_TRY(prom_planes_new(to->task->arena, &made, count, error));
        for (size_t at = 0; at < count; at++) {
            const prom_extension scaled = prom_extension_scale(&equal[at], multiplier);
            prom_planes_set(made, at, &scaled);
        }
        PROM_TRY(prom_functional_pull(to, layer->inputs[i], made, error));
    }
    return prom_ok();
}

prom_result prom_functional_of_sums(const functional_task *task, functional *made, uint32_t value,
                                    const prom_extension *mix, prom_error *error)
{
    const prom_layer *layer = &task->argument->program->layers[value - 1];
    const pulled to = {task, made};
    axis_tables tables = {.shape = NULL};
    PROM_TRY(begin(task, made, error));
    PROM_TRY(make_axis_tables(task, &tables, value, error));
    switch (layer->kind) {
    case PROM_LAYER_DENSE:
        return dense_sums(&to, layer, &tables, mix, error);
    case PROM_LAYER_CONV:
        return prom_functional_conv(&to, layer, &tables, mix, error);
    case PROM_LAYER_AVERAGE_POOL:
        return prom_functional_average_pool(&to, layer, &tables, mix, error);
    case PROM_LAYER_ADD:
        return add_sums(&to, layer, &tables, error);
    case PROM_LAYER_MAX_POOL:
    case PROM_LAYER_CONCAT:
    case PROM_LAYER_RESHAPE:
    case PROM_LAYER_TRANSPOSE:
        break;
    }
    return prom_fail(error, PROM_CATEGORY_BROKEN, "layer %u does not sum", (unsigned)value - 1);
}

prom_result prom_functional_of_places(const functional_task *task, functional *made, uint32_t value,
                                      const prom_extension *weights, prom_error *error)
{
    const prom_layer *layer = &task->argument->program->layers[value - 1];
    const pulled to = {task, made};
    axis_tables tables = {.shape = NULL};
    PROM_TRY(begin(task, made, error));
    PROM_TRY(make_axis_tables(task, &tables, value, error));
    return prom_functional_max_pool(&to, layer, &tables, weights, error);
}

prom_result prom_functional_of_moved(const functional_task *task, functional *made, uint32_t value, prom_error *error)
{
    const pulled to = {task, made};
    axis_tables tables = {.shape = NULL};
    prom_extension *equal = NULL;
    size_t count = 0;
    prom_planes planes;
    PROM_TRY(begin(task, made, error));
    PROM_TRY(make_axis_tables(task, &tables, value, error));
    PROM_TRY(product_of_axes(task, &equal, &count, &tables, 0, tables.shape->rank, error));
    PROM_TRY(prom_planes_new(task->arena, &planes, count, error));
    for (size_t at = 0; at < count; at++) {
        prom_planes_set(planes, at, &equal[at]);
    }
    return prom_functional_pull(&to, value, planes, error);
}

prom_result prom_functional_multipliers(const functional_task *task, prom_planes *padded, uint32_t value,
                                        prom_error *error)
{
    const prom_layer *layer = &task->argument->program->layers[value - 1];
    const argument_value *layout = &task->argument->values[value];
    const size_t rank = layer->output.shape.rank;
    const size_t channel_axis = layer->kind == PROM_LAYER_DENSE ? rank - 1 : CHANNEL_AXIS;
    size_t inner = 1; /* values with one channel, one behind the other */
    axis_tables tables = {.shape = NULL};
    prom_extension *equal = NULL;
    uint32_t *places = NULL;
    size_t count = 0;
    PROM_TRY(make_axis_tables(task, &tables, value, error));
    PROM_TRY(product_of_axes(task, &equal, &count, &tables, 0, rank, error));
    PROM_TRY_NEW(places, task->arena, count, error);
    PROM_TRY(prom_planes_new(task->arena, padded, (size_t)1 << layout->variables, error));
    prom_argument_padded_places(places, layout, &layer->output.shape);
    for (size_t axis = channel_axis + 1; axis < rank; axis++) {
        inner *= layer->output.shape.sizes[axis];
    }
    for (size_t at = 0; at < count; at++) {
        const size_t channel = at / inner % layer->output.shape.sizes[channel_axis];
        const size_t place = at % (count / layer->output.shape.sizes[CHANNEL_AXIS]);
        const bool pools = layer->kind == PROM_LAYER_AVERAGE_POOL;
        const size_t multiplier = layer->rescale.count == 1 ? 0 : pools ? place : channel;
        const prom_extension scaled =
            prom_extension_scale(&equal[at], prom_element_of(layer->rescale.multipliers[multiplier]));
        prom_planes_set(*padded, places[at], &scaled);
    }
    return prom_ok();
}
