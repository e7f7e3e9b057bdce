/* Functionals of the layers with windows over an image: convolutions and pools. */
#include "argument/functional_steps.h"

static void add_to_plane(prom_planes planes, size_t at, const prom_extension *a)
{
    prom_extension sum = prom_planes_get(planes, at);
    add_to(&sum, a);
    prom_planes_set(planes, at, &sum);
}

/* -- Convolutions -- */

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

prom_result prom_functional_conv(const pulled *to, const prom_layer *layer, const axis_tables *tables,
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
    PROM_TRY(prom_functional_channel_factors(task, &factors, &to->made->constant, layer, tables->axes[CHANNEL_AXIS],
                                             mix, error));
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
    return prom_functional_pull(to, layer->inputs[0], made, error);
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
    return prom_functional_pull(to, layer->inputs[0], made, error);
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

/* The weights of an image's places, and those of what lies outside it, added up. */
typedef struct pool_weights {
    prom_planes plane;
    prom_extension outside;
} pool_weights;

static prom_result make_pool_weights(const functional_task *task, pool_weights *made, const prom_layer *layer,
                                     const axis_tables *tables, const prom_extension *weights,
                                     const prom_extension *mix, prom_error *error)
{
    const prom_shape *image = &prom_program_value(task->argument->program, layer->inputs[0])->shape;
    const size_t height = layer->output.shape.sizes[HEIGHT_AXIS];
    const size_t width = layer->output.shape.sizes[WIDTH_AXIS];
    made->outside = prom_extension_zero();
    PROM_TRY(prom_planes_new(task->arena, &made->plane, image->sizes[HEIGHT_AXIS] * image->sizes[WIDTH_AXIS], error));
    for (size_t place = 0; place < height * width; place++) {
        const size_t at[PROM_WINDOW_AXES] = {place / width, place % width};
        prom_extension weight = times(&tables->axes[HEIGHT_AXIS][at[0]], &tables->axes[WIDTH_AXIS][at[1]]);
        if (weights == NULL) {
            const size_t multiplier = layer->rescale.count == 1 ? 0 : place;
            const prom_extension factor = prom_functional_factor(layer->rescale.multipliers[multiplier], mix);
            weight = times(&weight, &factor);
        }
        read_window(made->plane, &made->outside, layer, image, at, &weight, weights);
    }
    return prom_ok();
}

prom_result prom_functional_average_pool(const pulled *to, const prom_layer *layer, const axis_tables *tables,
                                         const prom_extension *mix, prom_error *error)
{
    pool_weights made; /* what lies outside is zero */
    PROM_TRY(make_pool_weights(to->task, &made, layer, tables, NULL, mix, error));
    return spread_channels(to, layer, tables, made.plane, error);
}

prom_result prom_functional_max_pool(const pulled *to, const prom_layer *layer, const axis_tables *tables,
                                     const prom_extension *weights, prom_error *error)
{
    const prom_range range = prom_program_value(to->task->argument->program, layer->inputs[0])->range;
    pool_weights made;
    PROM_TRY(make_pool_weights(to->task, &made, layer, tables, weights, NULL, error));
    const prom_extension channels = sum_of(tables->axes[CHANNEL_AXIS], layer->output.shape.sizes[CHANNEL_AXIS]);
    const prom_extension outside = times(&made.outside, &channels);
    to->made->constant = prom_extension_scale(&outside, prom_element_of_signed(range.low));
    return spread_channels(to, layer, tables, made.plane, error);
}
