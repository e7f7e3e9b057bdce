#include "argument/functional.h"

#include <string.h>

enum { CHANNEL_AXIS = 0, HEIGHT_AXIS = 1, WIDTH_AXIS = 2 };

/* -- Small steps -- */

static prom_extension times(const prom_extension *a, const prom_extension *b)
{
    return prom_extension_multiply(a, b);
}

static void add_to(prom_extension *sum, const prom_extension *a)
{
    *sum = prom_extension_add(sum, a);
}

static void add_to_plane(prom_planes planes, size_t at, const prom_extension *a)
{
    prom_extension sum = prom_planes_get(planes, at);
    add_to(&sum, a);
    prom_planes_set(planes, at, &sum);
}

static prom_extension sum_of(const prom_extension *values, size_t count)
{
    prom_extension sum = prom_extension_zero();
    for (size_t i = 0; i < count; i++) {
        add_to(&sum, &values[i]);
    }
    return sum;
}

/* eq(point, i) for i below the size of each axis of a value. */
typedef struct axis_tables {
    prom_extension *axes[PROM_RANK_MAX];
    const prom_shape *shape;
} axis_tables;

static prom_result make_axis_tables(const functional_task *task, axis_tables *tables, uint32_t value, prom_error *error)
{
    const argument_value *of = &task->argument->values[value];
    const prom_extension one = prom_extension_one();
    const prom_extension *point = task->point;
    tables->shape = &prom_program_value(task->argument->program, value)->shape;
    for (size_t axis = 0; axis < of->rank; axis++) {
        const size_t count = (size_t)1 << of->bits[axis];
        prom_planes padded;
        PROM_TRY(prom_planes_new(task->arena, &padded, count, error));
        PROM_TRY_NEW(tables->axes[axis], task->arena, count, error);
        prom_equality_table(task->kernels, padded, point, of->bits[axis], &one);
        for (size_t i = 0; i < count; i++) {
            tables->axes[axis][i] = prom_planes_get(padded, i);
        }
        point += of->bits[axis];
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

/* What a sum with multiplier m counts: m, or 1 + mix * m. */
static prom_extension factor_of(uint32_t multiplier, const prom_extension *mix)
{
    const prom_element m = prom_element_of(multiplier);
    if (mix == NULL) {
        return prom_extension_of(m);
    }
    const prom_extension mixed = prom_extension_scale(mix, m);
    const prom_extension one = prom_extension_one();
    return prom_extension_add(&one, &mixed);
}

/* -- Back through what only moves values -- */

/* A functional on its way to where its values come from. */
typedef struct pulled {
    const functional_task *task;
    functional *made;
} pulled;

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
        const prom_extension moved = prom_planes_get(coefficients, at);
        prom_planes_set(turned, from, &moved);
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
        const size_t part = input->count / runs;
        prom_planes parted;
        PROM_TRY(prom_planes_new(to->task->arena, &parted, input->count, error));
        for (size_t r = 0; r < runs; r++) {
            for (size_t c = 0; c < PROM_EXTENSION_DEGREE; c++) {
                memcpy(parted.plane[c] + r * part, coefficients.plane[c] + r * run + start,
                       part * sizeof *parted.plane[c]);
            }
        }
        start += part;
        add_coefficients(to, layer->inputs[i], parted);
    }
    return prom_ok();
}

/* From value `value` down, so that what is moved on arrives before its own turn comes. */
static prom_result pull(const pulled *to, uint32_t value, prom_planes coefficients, prom_error *error)
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

static prom_result begin(const functional_task *task, functional *made, prom_error *error)
{
    made->constant = prom_extension_zero();
    PROM_TRY_NEW(made->coefficients, task->arena, task->argument->program->layer_count + 1, error);
    return prom_ok();
}

/* -- Sums of weights -- */

/* eq(point, o) times the factor of each output channel; adds factors times biases up. */
static prom_result channel_factors(const functional_task *task, prom_extension **factors, prom_extension *biases,
                                   const prom_layer *layer, const prom_extension *equal, const prom_extension *mix,
                                   prom_error *error)
{
    *biases = prom_extension_zero();
    PROM_TRY_NEW(*factors, task->arena, layer->rescale.count, error);
    for (size_t o = 0; o < layer->rescale.count; o++) {
        const prom_extension factor = factor_of(layer->rescale.multipliers[o], mix);
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
    PROM_TRY(channel_factors(task, &factors, &biases, layer, tables->axes[last], mix, error));
    PROM_TRY(prom_planes_new(task->arena, &weights, layer->weight_count, error));
    PROM_TRY(prom_planes_new(task->arena, &made, row_count * layer->weight_count, error));
    task->kernels->combine_bytes(weights, factors, layer->rescale.count, layer->weights, layer->weight_count);
    for (size_t row = 0; row < row_count; row++) {
        task->kernels->add_scaled_extensions(prom_planes_at(made, row * layer->weight_count), &rows[row], weights,
                                             layer->weight_count);
    }
    const prom_extension all = sum_of(rows, row_count);
    to->made->constant = times(&biases, &all);
    return pull(to, layer->inputs[0], made, error);
}

/* For each place of the image along one axis and each place under the window there, eq of the output that reads it, or
 * zero: [image place][kernel place]. */
static prom_result read_by(const functional_task *task, prom_extension **readers, const prom_window_axis *axis,
                           size_t size, const prom_extension *equal, size_t fits, prom_error *error)
{
    PROM_TRY_NEW(*readers, task->arena, size * axis->kernel, error);
    for (size_t at = 0; at < fits; at++) {
        size_t first = 0;
        size_t count = 0;
        prom_window_inside(axis, size, at, &first, &count);
        for (size_t i = first; i < first + count; i++) {
            const size_t place = at * axis->stride + i * axis->dilation - axis->pad_before;
            (*readers)[place * axis->kernel + i] = equal[at];
        }
    }
    return prom_ok();
}

/* The readers of an image along both axes. */
typedef struct image_readers {
    const prom_window_axis *axes;
    size_t sizes[PROM_WINDOW_AXES];
    prom_extension *readers[PROM_WINDOW_AXES];
} image_readers;

static prom_result make_readers(const functional_task *task, image_readers *readers, const prom_layer *layer,
                                const axis_tables *tables, prom_error *error)
{
    const prom_shape *image = &prom_program_value(task->argument->program, layer->inputs[0])->shape;
    readers->axes = layer->window.axes;
    for (size_t i = 0; i < PROM_WINDOW_AXES; i++) {
        readers->sizes[i] = image->sizes[HEIGHT_AXIS + i];
        PROM_TRY(read_by(task, &readers->readers[i], &layer->window.axes[i], readers->sizes[i],
                         tables->axes[HEIGHT_AXIS + i], layer->output.shape.sizes[HEIGHT_AXIS + i], error));
    }
    return prom_ok();
}

/* Weights of all channels, [kernel place][channel], spread over the image: at (y, x, channel), the sum over the window
 * of weights[i][j] * the readers of y at i and of x at j. First along the rows, then down. */
static prom_result spread_weights(const functional_task *task, prom_planes *made, const image_readers *on,
                                  prom_planes weights, size_t channels, prom_error *error)
{
    const size_t height = on->sizes[PROM_WINDOW_HEIGHT];
    const size_t width = on->sizes[PROM_WINDOW_WIDTH];
    const size_t down = on->axes[PROM_WINDOW_HEIGHT].kernel;
    const size_t across = on->axes[PROM_WINDOW_WIDTH].kernel;
    prom_planes rows;
    PROM_TRY(prom_planes_new(task->arena, &rows, down * width * channels, error));
    PROM_TRY(prom_planes_new(task->arena, made, height * width * channels, error));
    for (size_t at = 0; at < down * width * across; at++) {
        const prom_extension *reader = &on->readers[PROM_WINDOW_WIDTH][at % (width * across)];
        const size_t i = at / (width * across);
        const size_t x = at / across % width;
        if (!prom_extension_is_zero(reader)) {
            task->kernels->add_scaled_extensions(prom_planes_at(rows, (i * width + x) * channels), reader,
                                                 prom_planes_at(weights, (i * across + at % across) * channels),
                                                 channels);
        }
    }
    for (size_t at = 0; at < height * down; at++) {
        const prom_extension *reader = &on->readers[PROM_WINDOW_HEIGHT][at];
        if (!prom_extension_is_zero(reader)) {
            task->kernels->add_scaled_extensions(prom_planes_at(*made, at / down * width * channels), reader,
                                                 prom_planes_at(rows, at % down * width * channels), width * channels);
        }
    }
    return prom_ok();
}

/* [rows][columns] to [columns][rows], where the rows of the latter are `pitch` places apart. */
static void turn(prom_planes turned, prom_planes planes, size_t rows, size_t columns, size_t pitch)
{
    for (size_t c = 0; c < PROM_EXTENSION_DEGREE; c++) {
        for (size_t row = 0; row < rows; row++) {
            for (size_t column = 0; column < columns; column++) {
                turned.plane[c][column * pitch + row] = planes.plane[c][row * columns + column];
            }
        }
    }
}

static prom_result conv_sums(const pulled *to, const prom_layer *layer, const axis_tables *tables,
                             const prom_extension *mix, prom_error *error)
{
    const functional_task *task = to->task;
    const prom_value *input = prom_program_value(task->argument->program, layer->inputs[0]);
    const size_t channels = input->shape.sizes[CHANNEL_AXIS];
    const size_t pixels = input->shape.sizes[HEIGHT_AXIS] * input->shape.sizes[WIDTH_AXIS];
    const size_t taken = channels / layer->groups;
    const size_t kernel = layer->weight_count / taken;
    const size_t made_channels = layer->rescale.count / layer->groups;
    image_readers readers;
    prom_extension *factors = NULL;
    prom_planes combined;
    prom_planes weights;
    prom_planes spread;
    prom_planes made;
    PROM_TRY(channel_factors(task, &factors, &to->made->constant, layer, tables->axes[CHANNEL_AXIS], mix, error));
    PROM_TRY(make_readers(task, &readers, layer, tables, error));
    PROM_TRY(prom_planes_new(task->arena, &combined, layer->weight_count, error));
    PROM_TRY(prom_planes_new(task->arena, &weights, kernel * channels, error));
    PROM_TRY(prom_planes_new(task->arena, &made, input->count, error));
    for (size_t group = 0; group < layer->groups; group++) {
        const size_t first = group * made_channels;
        task->kernels->combine_bytes(combined, factors + first, made_channels,
                                     layer->weights + first * layer->weight_count, layer->weight_count);
        turn(prom_planes_at(weights, group * taken), combined, taken, kernel, channels);
    }
    PROM_TRY(spread_weights(task, &spread, &readers, weights, channels, error));
    turn(made, spread, pixels, channels, pixels);
    for (size_t i = 0; i < PROM_WINDOW_AXES; i++) {
        const prom_extension all = sum_of(tables->axes[HEIGHT_AXIS + i], layer->output.shape.sizes[HEIGHT_AXIS + i]);
        to->made->constant = times(&to->made->constant, &all);
    }
    return pull(to, layer->inputs[0], made, error);
}

/* -- Pools: the same for each channel -- */

/* made(c, y, x) = eq(c) * plane(y, x). */
static prom_result spread_channels(const pulled *to, const prom_layer *layer, const axis_tables *tables,
                                   prom_planes plane, prom_error *error)
{
    const prom_value *input = prom_program_value(to->task->argument->program, layer->inputs[0]);
    const size_t channels = input->shape.sizes[CHANNEL_AXIS];
    const size_t pixels = input->count / channels;
    prom_planes made;
    PROM_TRY(prom_planes_new(to->task->arena, &made, input->count, error));
    for (size_t c = 0; c < channels; c++) {
        to->task->kernels->add_scaled_extensions(prom_planes_at(made, c * pixels), &tables->axes[CHANNEL_AXIS][c],
                                                 plane, pixels);
    }
    return pull(to, layer->inputs[0], made, error);
}

/* Adds to `plane`, for output place (y, x) of weight `weight`, the weights of all that it reads. With `weights`, each
 * place under the window has a weight of its own, and what lies outside adds it to `outside`. */
static void read_window(prom_planes plane, prom_extension *outside, const prom_layer *layer, const prom_shape *image,
                        const size_t at[PROM_WINDOW_AXES], const prom_extension *weight, const prom_extension *weights)
{
    const prom_window_axis *high = &layer->window.axes[PROM_WINDOW_HEIGHT];
    const prom_window_axis *wide = &layer->window.axes[PROM_WINDOW_WIDTH];
    for (size_t i = 0; i < high->kernel; i++) {
        const size_t y = at[0] * high->stride + i * high->dilation - high->pad_before; /* wraps outside the image */
        for (size_t j = 0; j < wide->kernel; j++) {
            const size_t x = at[1] * wide->stride + j * wide->dilation - wide->pad_before;
            const prom_extension product = weights != NULL ? times(weight, &weights[i * wide->kernel + j]) : *weight;
            if (y < image->sizes[HEIGHT_AXIS] && x < image->sizes[WIDTH_AXIS]) {
                add_to_plane(plane, y * image->sizes[WIDTH_AXIS] + x, &product);
            } else {
                add_to(outside, &product);
            }
        }
    }
}

static prom_result pool_plane(const functional_task *task, prom_planes *plane, prom_extension *outside,
                              const prom_layer *layer, const axis_tables *tables, const prom_extension *weights,
                              const prom_extension *mix, prom_error *error)
{
    const prom_shape *image = &prom_program_value(task->argument->program, layer->inputs[0])->shape;
    const size_t height = layer->output.shape.sizes[HEIGHT_AXIS];
    const size_t width = layer->output.shape.sizes[WIDTH_AXIS];
    *outside = prom_extension_zero();
    PROM_TRY(prom_planes_new(task->arena, plane, image->sizes[HEIGHT_AXIS] * image->sizes[WIDTH_AXIS], error));
    for (size_t place = 0; place < height * width; place++) {
        const size_t at[PROM_WINDOW_AXES] = {place / width, place % width};
        prom_extension weight = times(&tables->axes[HEIGHT_AXIS][at[0]], &tables->axes[WIDTH_AXIS][at[1]]);
        if (weights == NULL) {
            const size_t multiplier = layer->rescale.count == 1 ? 0 : place;
            const prom_extension factor = factor_of(layer->rescale.multipliers[multiplier], mix);
            weight = times(&weight, &factor);
        }
        read_window(*plane, outside, layer, image, at, &weight, weights);
    }
    return prom_ok();
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
        PROM_TRY(pull(to, layer->inputs[i], made, error));
    }
    return prom_ok();
}

prom_result prom_functional_of_sums(const functional_task *task, functional *made, uint32_t value,
                                    const prom_extension *mix, prom_error *error)
{
    const prom_layer *layer = &task->argument->program->layers[value - 1];
    const pulled to = {task, made};
    axis_tables tables = {.shape = NULL};
    prom_planes plane;
    prom_extension outside;
    PROM_TRY(begin(task, made, error));
    PROM_TRY(make_axis_tables(task, &tables, value, error));
    switch (layer->kind) {
    case PROM_LAYER_DENSE:
        return dense_sums(&to, layer, &tables, mix, error);
    case PROM_LAYER_CONV:
        return conv_sums(&to, layer, &tables, mix, error);
    case PROM_LAYER_AVERAGE_POOL:
        PROM_TRY(pool_plane(task, &plane, &outside, layer, &tables, NULL, mix, error));
        return spread_channels(&to, layer, &tables, plane, error);
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
    const prom_range range = prom_program_value(task->argument->program, layer->inputs[0])->range;
    const pulled to = {task, made};
    axis_tables tables = {.shape = NULL};
    prom_planes plane;
    prom_extension outside;
    PROM_TRY(begin(task, made, error));
    PROM_TRY(make_axis_tables(task, &tables, value, error));
    PROM_TRY(pool_plane(task, &plane, &outside, layer, &tables, weights, NULL, error));
    const prom_extension channels = sum_of(tables.axes[CHANNEL_AXIS], layer->output.shape.sizes[CHANNEL_AXIS]);
    outside = times(&outside, &channels);
    made->constant = prom_extension_scale(&outside, prom_element_of_signed(range.low));
    return spread_channels(&to, layer, &tables, plane, error);
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
    return pull(&to, value, planes, error);
}

prom_result prom_functional_multipliers(const functional_task *task, prom_planes *padded, uint32_t value,
                                        prom_error *error)
{
    const prom_layer *layer = &task->argument->program->layers[value - 1];
    const argument_value *of = &task->argument->values[value];
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
    PROM_TRY(prom_planes_new(task->arena, padded, (size_t)1 << of->variables, error));
    prom_argument_padded_places(places, of, &layer->output.shape);
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
