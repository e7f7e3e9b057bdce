#include "argument/closed_form.h"

#include "argument/axes.h"
#include "argument/claims.h"

enum { CHANNEL_AXIS = 0, HEIGHT_AXIS = 1, WIDTH_AXIS = 2 };

static prom_extension times(const prom_extension *a, const prom_extension *b)
{
    return prom_extension_multiply(a, b);
}

static prom_extension sum_of(const prom_extension *terms, size_t count)
{
    prom_extension sum = prom_extension_zero();
    for (size_t i = 0; i < count; i++) {
        sum = prom_extension_add(&sum, &terms[i]);
    }
    return sum;
}

static prom_extension factor_of(const closed_form *form, size_t index)
{
    const prom_element m = prom_element_of(form->layer->rescale.multipliers[index]);
    if (form->target.mix == NULL) {
        return prom_extension_of(m);
    }
    const prom_extension mixed = prom_extension_scale(form->target.mix, m);
    const prom_extension one = prom_extension_one();
    return prom_extension_add(&one, &mixed);
}

/* -- Layers with weights -- */

/* The factors, and the biases with them, times eq over all places of the other axes. */
static prom_result begin_weights(closed_form *form, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    const prom_layer *layer = form->layer;
    const size_t channels = prom_channel_axis(layer);
    const axis_point axis = prom_axis_of(&form->task, form->target.value, channels, form->task.point);
    prom_equality_tables tables;
    prom_arena_init_within(&scratch, form->task.arena);
    PROM_TRY(prom_axis_table(&form->task, &scratch, &tables, &axis, error));
    PROM_TRY_NEW(form->factors, form->task.arena, layer->rescale.count, error);
    for (size_t o = 0; o < layer->rescale.count; o++) {
        const prom_extension factor = factor_of(form, o);
        const prom_extension equal = prom_axis_equality_at(&tables, o);
        form->factors[o] = times(&equal, &factor);
        const prom_extension bias = prom_extension_scale(&form->factors[o], prom_element_of_signed(layer->biases[o]));
        form->constant = prom_extension_add(&form->constant, &bias);
    }
    const prom_extension before = prom_over_axes(&form->task, form->target.value, 0, channels, NULL);
    const prom_extension behind =
        prom_over_axes(&form->task, form->target.value, channels + 1, layer->output.shape.rank, NULL);
    form->constant = times(&form->constant, &before);
    form->constant = times(&form->constant, &behind);
    return prom_ok();
}

static prom_result dense_at(const closed_form *form, prom_arena *scratch, prom_extension *result,
                            const prom_extension *at, prom_error *error)
{
    const prom_layer *layer = form->layer;
    const size_t last = layer->output.shape.rank - 1;
    const axis_point axis = prom_axis_of(&form->task, layer->inputs[0], last, at);
    const prom_extension rows = prom_over_axes(&form->task, form->target.value, 0, last, at);
    prom_equality_tables tables;
    prom_planes weights;
    prom_extension sum = prom_extension_zero();
    PROM_TRY(prom_axis_table(&form->task, scratch, &tables, &axis, error));
    PROM_TRY(prom_planes_new(scratch, &weights, layer->weight_count, error));
    form->task.kernels->combine_bytes(weights, form->factors, layer->rescale.count, layer->weights,
                                      layer->weight_count);
    for (size_t i = 0; i < layer->weight_count; i++) {
        const prom_extension weight = prom_planes_get(weights, i);
        const prom_extension equal = prom_axis_equality_at(&tables, i);
        prom_add_product(&sum, &weight, &equal);
    }
    *result = times(&sum, &rows);
    return prom_ok();
}

/* -- Windows -- */

static window_axis_reads reads_along(const closed_form *form, size_t axis)
{
    const prom_shape *image = &prom_program_value(form->task.argument->program, form->layer->inputs[0])->shape;
    return (window_axis_reads){&form->layer->window.axes[axis], image->sizes[HEIGHT_AXIS + axis],
                               form->layer->output.shape.sizes[HEIGHT_AXIS + axis]};
}

/* For each place under the window, along its height and along its width, the sum over the outputs whose place there
 * lies inside of the image of eq(point, output) * eq(at, image place); with `at` NULL of eq(point, output) alone. */
typedef struct window_sums {
    prom_extension *places[PROM_WINDOW_AXES];
} window_sums;

static prom_result sum_windows(const closed_form *form, prom_arena *scratch, window_sums *sums,
                               const prom_extension *at, prom_error *error)
{
    for (size_t i = 0; i < PROM_WINDOW_AXES; i++) {
        const window_axis_reads reads = reads_along(form, i);
        const axis_point outputs = prom_axis_of(&form->task, form->target.value, HEIGHT_AXIS + i, form->task.point);
        prom_equality_tables own;
        prom_equality_tables image;
        PROM_TRY(prom_axis_table(&form->task, scratch, &own, &outputs, error));
        if (at != NULL) {
            const axis_point places = prom_axis_of(&form->task, form->layer->inputs[0], HEIGHT_AXIS + i, at);
            PROM_TRY(prom_axis_table(&form->task, scratch, &image, &places, error));
        }
        PROM_TRY_NEW(sums->places[i], scratch, reads.axis->kernel, error);
        prom_window_sums_of_places(&reads, sums->places[i], &own, at == NULL ? NULL : &image);
    }
    return prom_ok();
}

/* The product of the two sums at each place of the kernel, row-major. */
static prom_result kernel_planes(const closed_form *form, prom_arena *scratch, prom_planes *kernel,
                                 const prom_extension *at, prom_error *error)
{
    const size_t down = form->layer->window.axes[PROM_WINDOW_HEIGHT].kernel;
    const size_t across = form->layer->window.axes[PROM_WINDOW_WIDTH].kernel;
    window_sums sums;
    PROM_TRY(sum_windows(form, scratch, &sums, at, error));
    PROM_TRY(prom_planes_new(scratch, kernel, down * across, error));
    for (size_t i = 0; i < down; i++) {
        for (size_t j = 0; j < across; j++) {
            const prom_extension product = times(&sums.places[0][i], &sums.places[1][j]);
            prom_planes_set(*kernel, i * across + j, &product);
        }
    }
    return prom_ok();
}

static prom_result conv_at(const closed_form *form, prom_arena *scratch, prom_extension *result,
                           const prom_extension *at, prom_error *error)
{
    const prom_layer *layer = form->layer;
    const axis_point channels = prom_axis_of(&form->task, layer->inputs[0], CHANNEL_AXIS, at);
    const size_t taken = channels.size / layer->groups;
    const size_t places = layer->weight_count / taken;
    const size_t made = layer->rescale.count / layer->groups; /* channels of one group */
    prom_equality_tables tables;
    prom_planes combined;
    prom_planes kernel;
    *result = prom_extension_zero();
    PROM_TRY(prom_axis_table(&form->task, scratch, &tables, &channels, error));
    PROM_TRY(kernel_planes(form, scratch, &kernel, at, error));
    PROM_TRY(prom_planes_new(scratch, &combined, layer->weight_count, error));
    for (size_t group = 0; group < layer->groups; group++) {
        form->task.kernels->combine_bytes(combined, form->factors + group * made, made,
                                          layer->weights + group * made * layer->weight_count, layer->weight_count);
        for (size_t c = 0; c < taken; c++) {
            const prom_extension equal = prom_axis_equality_at(&tables, group * taken + c);
            prom_extension sum;
            form->task.kernels->dot_extensions(&sum, prom_planes_at(combined, c * places), kernel, places);
            prom_add_product(result, &equal, &sum);
        }
    }
    return prom_ok();
}

/* What an average reads along one axis. */
typedef struct average_axis {
    window_axis_reads reads;
    prom_equality_tables outputs;
    prom_equality_tables image;
} average_axis;

static prom_result average_axis_new(const closed_form *form, prom_arena *scratch, average_axis *made, size_t axis,
                                    const prom_extension *at, prom_error *error)
{
    const axis_point outputs = prom_axis_of(&form->task, form->target.value, HEIGHT_AXIS + axis, form->task.point);
    const axis_point places = prom_axis_of(&form->task, form->layer->inputs[0], HEIGHT_AXIS + axis, at);
    made->reads = reads_along(form, axis);
    PROM_TRY(prom_axis_table(&form->task, scratch, &made->outputs, &outputs, error));
    return prom_axis_table(&form->task, scratch, &made->image, &places, error);
}

/* eq(point, output) times the sum of eq(at, image place) over what the output's window reads. */
static prom_extension average_output(const average_axis *axis, size_t output)
{
    const prom_extension equal = prom_axis_equality_at(&axis->outputs, output);
    const prom_extension read = prom_window_sum_of_output(&axis->reads, output, &axis->image);
    return times(&equal, &read);
}

static prom_extension average_outputs(const average_axis *axis)
{
    prom_extension sum = prom_extension_zero();
    for (size_t i = 0; i < axis->reads.fits; i++) {
        const prom_extension output = average_output(axis, i);
        sum = prom_extension_add(&sum, &output);
    }
    return sum;
}

/* A multiplier for each place: as many steps as there are multipliers in the program's bytes. */
static prom_result average_places(const closed_form *form, prom_arena *scratch, prom_extension *result,
                                  const average_axis *down, const average_axis *across, prom_error *error)
{
    const size_t width = across->reads.fits;
    prom_extension *columns = NULL;
    *result = prom_extension_zero();
    PROM_TRY_NEW(columns, scratch, width, error);
    for (size_t e = 0; e < width; e++) {
        columns[e] = average_output(across, e);
    }
    for (size_t a = 0; a < down->reads.fits; a++) {
        const prom_extension row = average_output(down, a);
        prom_extension sum = prom_extension_zero();
        for (size_t e = 0; e < width; e++) {
            const prom_extension factor = factor_of(form, a * width + e);
            prom_add_product(&sum, &factor, &columns[e]);
        }
        prom_add_product(result, &row, &sum);
    }
    return prom_ok();
}

/* Axis by axis, output by output: most places of a kernel may lie outside. */
static prom_result average_at(const closed_form *form, prom_arena *scratch, prom_extension *result,
                              const prom_extension *at, prom_error *error)
{
    average_axis down;
    average_axis across;
    PROM_TRY(average_axis_new(form, scratch, &down, PROM_WINDOW_HEIGHT, at, error));
    PROM_TRY(average_axis_new(form, scratch, &across, PROM_WINDOW_WIDTH, at, error));
    if (form->layer->rescale.count > 1) {
        return average_places(form, scratch, result, &down, &across, error);
    }
    const prom_extension factor = factor_of(form, 0);
    const prom_extension rows = average_outputs(&down);
    const prom_extension columns = average_outputs(&across);
    *result = times(&rows, &columns);
    *result = times(result, &factor);
    return prom_ok();
}

/* The sum over the places of a max pool's window of weight * what the height and the width give at it. */
static prom_extension weighted_places(const closed_form *form, const window_sums *sums)
{
    const size_t across = form->layer->window.axes[PROM_WINDOW_WIDTH].kernel;
    const size_t places = across * form->layer->window.axes[PROM_WINDOW_HEIGHT].kernel;
    prom_extension sum = prom_extension_zero();
    for (size_t i = 0; i < places; i++) {
        const prom_extension product = times(&sums->places[0][i / across], &sums->places[1][i % across]);
        prom_add_product(&sum, &form->target.weights[i], &product);
    }
    return sum;
}

/* What padding brings: the least of the range, at each place of a window that lies outside of the image. */
static prom_result begin_places(closed_form *form, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    const prom_value *input = prom_program_value(form->task.argument->program, form->layer->inputs[0]);
    const size_t across = form->layer->window.axes[PROM_WINDOW_WIDTH].kernel;
    const size_t places = across * form->layer->window.axes[PROM_WINDOW_HEIGHT].kernel;
    const size_t rank = form->layer->output.shape.rank;
    const prom_extension weights = sum_of(form->target.weights, places);
    window_sums sums;
    prom_arena_init_within(&scratch, form->task.arena);
    PROM_TRY(sum_windows(form, &scratch, &sums, NULL, error));
    const prom_extension everywhere = prom_over_axes(&form->task, form->target.value, HEIGHT_AXIS, rank, NULL);
    const prom_extension channels = prom_over_axes(&form->task, form->target.value, CHANNEL_AXIS, HEIGHT_AXIS, NULL);
    const prom_extension inside = weighted_places(form, &sums);
    form->constant = times(&weights, &everywhere);
    form->constant = prom_extension_subtract(&form->constant, &inside);
    form->constant = times(&form->constant, &channels);
    form->constant = prom_extension_scale(&form->constant, prom_element_of_signed(input->range.low));
    return prom_ok();
}

static prom_result pool_at(const closed_form *form, prom_arena *scratch, prom_extension *result,
                           const prom_extension *at, prom_error *error)
{
    const prom_extension channels = prom_over_axes(&form->task, form->target.value, CHANNEL_AXIS, HEIGHT_AXIS, at);
    if (form->layer->kind == PROM_LAYER_AVERAGE_POOL) {
        PROM_TRY(average_at(form, scratch, result, at, error));
    } else {
        window_sums sums;
        PROM_TRY(sum_windows(form, scratch, &sums, at, error));
        *result = weighted_places(form, &sums);
    }
    *result = times(result, &channels);
    return prom_ok();
}

/* -- The whole -- */

prom_result prom_closed_form_new(const functional_task *task, closed_form *made, const functional_target *target,
                                 prom_error *error)
{
    *made =
        (closed_form){.task = *task, .target = *target, .layer = &task->argument->program->layers[target->value - 1]};
    switch (made->layer->kind) {
    case PROM_LAYER_DENSE:
    case PROM_LAYER_CONV:
        return begin_weights(made, error);
    case PROM_LAYER_MAX_POOL:
        return begin_places(made, error);
    case PROM_LAYER_AVERAGE_POOL:
    case PROM_LAYER_ADD:
    case PROM_LAYER_CONCAT:
    case PROM_LAYER_RESHAPE:
    case PROM_LAYER_TRANSPOSE:
        return prom_ok();
    }
    return prom_fail(error, PROM_CATEGORY_BROKEN, "a layer of no kind");
}

/* The multipliers of an addition's inputs that are this value, times eq of both points. */
static prom_extension add_at(const closed_form *form, uint32_t input, const prom_extension *at)
{
    const prom_layer *layer = form->layer;
    prom_extension multipliers = prom_extension_zero();
    bool read = false;
    for (size_t i = 0; i < layer->input_count; i++) {
        if (layer->inputs[i] == input) {
            const prom_extension one = prom_extension_of(prom_element_of(layer->rescale.multipliers[i]));
            multipliers = prom_extension_add(&multipliers, &one);
            read = true;
        }
    }
    if (!read) {
        return multipliers; /* `at` is a point of another shape than the layer's */
    }
    const prom_extension both = prom_over_axes(&form->task, form->target.value, 0, layer->output.shape.rank, at);
    return times(&multipliers, &both);
}

prom_result prom_closed_form_at(const closed_form *form, prom_extension *result, uint32_t input,
                                const prom_extension *at, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_arena_init_within(&scratch, form->task.arena);
    *result = prom_extension_zero();
    if (form->layer->kind == PROM_LAYER_ADD) {
        *result = add_at(form, input, at);
        return prom_ok();
    }
    if (form->layer->inputs[0] != input) {
        return prom_ok();
    }
    switch (form->layer->kind) {
    case PROM_LAYER_DENSE:
        return dense_at(form, &scratch, result, at, error);
    case PROM_LAYER_CONV:
        return conv_at(form, &scratch, result, at, error);
    case PROM_LAYER_MAX_POOL:
    case PROM_LAYER_AVERAGE_POOL:
        return pool_at(form, &scratch, result, at, error);
    case PROM_LAYER_ADD:
    case PROM_LAYER_CONCAT:
    case PROM_LAYER_RESHAPE:
    case PROM_LAYER_TRANSPOSE:
        break;
    }
    return prom_fail(error, PROM_CATEGORY_BROKEN, "layer %u only moves values", (unsigned)form->target.value - 1);
}
