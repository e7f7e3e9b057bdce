#include "argument/functional.h"

#include <string.h>

#include "argument/axes.h"

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

/* What a functional is made in: what is only needed for it is given back with `scratch`. */
typedef struct workshop {
    const functional_task *task;
    prom_arena *scratch;
    const functional_target *target;
    const prom_layer *layer;
    prom_equality_tables axes[PROM_RANK_MAX]; /* of the layer's output */
} workshop;

static prom_result make_axes(workshop *shop, prom_error *error)
{
    const argument_value *value = &shop->task->argument->values[shop->target->value];
    const prom_extension *point = shop->task->point;
    for (size_t axis = 0; axis < value->rank; axis++) {
        PROM_TRY(prom_axis_equality_new(shop->scratch, &shop->axes[axis], shop->task->kernels, point, value->bits[axis],
                                        error));
        point += value->bits[axis];
    }
    return prom_ok();
}

/* The products of eq over the axes before `end`, in row-major order. */
static prom_result product_of_axes(const workshop *shop, prom_extension **products, size_t *count, size_t end,
                                   prom_error *error)
{
    const prom_shape *shape = &shop->layer->output.shape;
    size_t made = 1;
    *count = 1;
    for (size_t axis = 0; axis < end; axis++) {
        *count *= shape->sizes[axis];
    }
    PROM_TRY_NEW(*products, shop->scratch, *count, error);
    (*products)[0] = prom_extension_one();
    for (size_t axis = 0; axis < end; axis++) {
        const size_t size = shape->sizes[axis];
        prom_extension *equal = *products; /* the axes before have one place together: there is nothing to keep */
        if (made > 1) {
            PROM_TRY_NEW(equal, shop->scratch, size, error);
        }
        for (size_t j = 0; j < size; j++) {
            equal[j] = prom_axis_equality_at(&shop->axes[axis], j);
        }
        for (size_t i = made > 1 ? made : 0; i-- > 0;) {
            const prom_extension left = (*products)[i];
            for (size_t j = size; j-- > 0;) {
                (*products)[i * size + j] = times(&left, &equal[j]);
            }
        }
        made *= size;
    }
    return prom_ok();
}

/* What a sum with multiplier m counts: m, or 1 + mix * m. */
static prom_extension factor_of(const workshop *shop, size_t index)
{
    const prom_element m = prom_element_of(shop->layer->rescale.multipliers[index]);
    if (shop->target->mix == NULL) {
        return prom_extension_of(m);
    }
    const prom_extension mixed = prom_extension_scale(shop->target->mix, m);
    const prom_extension one = prom_extension_one();
    return prom_extension_add(&one, &mixed);
}

/* eq(point, o) times the factor of each output channel, which lies along `axis`. */
static prom_result channel_factors(const workshop *shop, prom_extension **factors, size_t axis, prom_error *error)
{
    PROM_TRY_NEW(*factors, shop->scratch, shop->layer->rescale.count, error);
    for (size_t o = 0; o < shop->layer->rescale.count; o++) {
        const prom_extension factor = factor_of(shop, o);
        const prom_extension equal = prom_axis_equality_at(&shop->axes[axis], o);
        (*factors)[o] = times(&equal, &factor);
    }
    return prom_ok();
}

/* -- Sums of weights -- */

static prom_result dense_sums(const workshop *shop, prom_planes made, prom_error *error)
{
    const prom_layer *layer = shop->layer;
    const prom_field_kernels *kernels = shop->task->kernels;
    const size_t last = layer->output.shape.rank - 1;
    prom_extension *rows = NULL;
    prom_extension *factors = NULL;
    size_t row_count = 0;
    prom_planes weights;
    PROM_TRY(product_of_axes(shop, &rows, &row_count, last, error));
    PROM_TRY(channel_factors(shop, &factors, last, error));
    PROM_TRY(prom_planes_new(shop->scratch, &weights, layer->weight_count, error));
    kernels->combine_bytes(weights, factors, layer->rescale.count, layer->weights, layer->weight_count);
    for (size_t row = 0; row < row_count; row++) {
        kernels->add_scaled_extensions(prom_planes_at(made, row * layer->weight_count), &rows[row], weights,
                                       layer->weight_count);
    }
    return prom_ok();
}

/* The image that a window slides over. */
static window_axis_reads reads_along(const workshop *shop, size_t axis)
{
    const prom_shape *image = &prom_program_value(shop->task->argument->program, shop->layer->inputs[0])->shape;
    return (window_axis_reads){&shop->layer->window.axes[axis], image->sizes[HEIGHT_AXIS + axis],
                               shop->layer->output.shape.sizes[HEIGHT_AXIS + axis]};
}

/* Adds to one row of an image, [width][channels], what the weights of one row of the kernel, [kernel place][channels],
 * count there: weight j times eq of the output that reads the place by j. */
static void spread_across(const workshop *shop, prom_planes row, prom_planes weights, size_t channels)
{
    const window_axis_reads across = reads_along(shop, PROM_WINDOW_WIDTH);
    for (size_t at = 0; at < across.fits; at++) {
        const prom_extension equal = prom_axis_equality_at(&shop->axes[WIDTH_AXIS], at);
        size_t first = 0;
        size_t count = 0;
        prom_window_inside(across.axis, across.size, at, &first, &count);
        for (size_t j = first; j < first + count; j++) {
            const size_t x = at * across.axis->stride + j * across.axis->dilation - across.axis->pad_before;
            shop->task->kernels->add_scaled_extensions(prom_planes_at(row, x * channels), &equal,
                                                       prom_planes_at(weights, j * channels), channels);
        }
    }
}

static bool reads_row(const window_axis_reads *down, size_t at, size_t i, size_t *y)
{
    *y = at * down->axis->stride + i * down->axis->dilation - down->axis->pad_before; /* wraps outside the image */
    return *y < down->size;
}

/* Weights of all channels, [kernel place][channel], spread over the image, [y][x][channel]: a row of the kernel after
 * the other, first along a row of the image, then to all rows that it is read in. */
static prom_result spread_weights(const workshop *shop, prom_planes made, prom_planes weights, size_t channels,
                                  prom_error *error)
{
    const window_axis_reads down = reads_along(shop, PROM_WINDOW_HEIGHT);
    const size_t across = shop->layer->window.axes[PROM_WINDOW_WIDTH].kernel;
    const size_t length = reads_along(shop, PROM_WINDOW_WIDTH).size * channels;
    prom_planes row;
    PROM_TRY(prom_planes_new(shop->scratch, &row, length, error));
    for (size_t i = 0; i < down.axis->kernel; i++) {
        bool spread = false;
        for (size_t at = 0; at < down.fits; at++) {
            size_t y = 0;
            if (!reads_row(&down, at, i, &y)) {
                continue;
            }
            if (!spread) {
                for (size_t c = 0; c < PROM_EXTENSION_DEGREE; c++) {
                    memset(row.plane[c], 0, length * sizeof *row.plane[c]);
                }
                spread_across(shop, row, prom_planes_at(weights, i * across * channels), channels);
                spread = true;
            }
            const prom_extension equal = prom_axis_equality_at(&shop->axes[HEIGHT_AXIS], at);
            shop->task->kernels->add_scaled_extensions(prom_planes_at(made, y * length), &equal, row, length);
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

static prom_result conv_sums(const workshop *shop, prom_planes made, prom_error *error)
{
    const prom_layer *layer = shop->layer;
    const prom_value *input = prom_program_value(shop->task->argument->program, layer->inputs[0]);
    const size_t channels = input->shape.sizes[CHANNEL_AXIS];
    const size_t pixels = input->count / channels;
    const size_t taken = channels / layer->groups;
    const size_t kernel = layer->weight_count / taken;
    const size_t made_channels = layer->rescale.count / layer->groups;
    prom_extension *factors = NULL;
    prom_planes combined;
    prom_planes weights;
    prom_planes spread;
    PROM_TRY(channel_factors(shop, &factors, CHANNEL_AXIS, error));
    PROM_TRY(prom_planes_new(shop->scratch, &combined, layer->weight_count, error));
    PROM_TRY(prom_planes_new(shop->scratch, &weights, kernel * channels, error));
    PROM_TRY(prom_planes_new(shop->scratch, &spread, input->count, error));
    for (size_t group = 0; group < layer->groups; group++) {
        const size_t first = group * made_channels;
        shop->task->kernels->combine_bytes(combined, factors + first, made_channels,
                                           layer->weights + first * layer->weight_count, layer->weight_count);
        turn(prom_planes_at(weights, group * taken), combined, taken, kernel, channels);
    }
    PROM_TRY(spread_weights(shop, spread, weights, channels, error));
    turn(made, spread, pixels, channels, pixels);
    return prom_ok();
}

/* -- Pools: the same for each channel -- */

/* What the outputs of row `at` count at each column of the image: eq of the column's output times the multiplier of the
 * output, or times the weight of the place that it is read by, in row `i` of the window. */
static void pool_row(const workshop *shop, prom_planes row, size_t at, size_t i)
{
    const window_axis_reads across = reads_along(shop, PROM_WINDOW_WIDTH);
    const prom_extension *weights = shop->target->weights;
    for (size_t c = 0; c < PROM_EXTENSION_DEGREE; c++) {
        memset(row.plane[c], 0, across.size * sizeof *row.plane[c]);
    }
    for (size_t e = 0; e < across.fits; e++) {
        prom_extension counted = prom_axis_equality_at(&shop->axes[WIDTH_AXIS], e);
        size_t first = 0;
        size_t count = 0;
        if (weights == NULL) {
            const prom_extension factor = factor_of(shop, shop->layer->rescale.count == 1 ? 0 : at * across.fits + e);
            counted = times(&counted, &factor);
        }
        prom_window_inside(across.axis, across.size, e, &first, &count);
        for (size_t j = first; j < first + count; j++) {
            const size_t x = e * across.axis->stride + j * across.axis->dilation - across.axis->pad_before;
            const prom_extension product =
                weights == NULL ? counted : times(&counted, &weights[i * across.axis->kernel + j]);
            add_to_plane(row, x, &product);
        }
    }
}

/* An image's plane: what each of its places counts, the channel apart. */
static prom_result pool_plane(const workshop *shop, prom_planes plane, prom_error *error)
{
    const window_axis_reads down = reads_along(shop, PROM_WINDOW_HEIGHT);
    const size_t width = reads_along(shop, PROM_WINDOW_WIDTH).size;
    const bool same = shop->target->weights == NULL;             /* in all rows of the window; */
    const bool always = same && shop->layer->rescale.count == 1; /* and of all outputs */
    prom_planes row;
    PROM_TRY(prom_planes_new(shop->scratch, &row, width, error));
    if (always) {
        pool_row(shop, row, 0, 0);
    }
    for (size_t at = 0; at < down.fits; at++) {
        const prom_extension equal = prom_axis_equality_at(&shop->axes[HEIGHT_AXIS], at);
        size_t first = 0;
        size_t count = 0;
        prom_window_inside(down.axis, down.size, at, &first, &count);
        for (size_t i = first; i < first + count; i++) {
            const size_t y = at * down.axis->stride + i * down.axis->dilation - down.axis->pad_before;
            if (!always && (!same || i == first)) {
                pool_row(shop, row, at, i);
            }
            shop->task->kernels->add_scaled_extensions(prom_planes_at(plane, y * width), &equal, row, width);
        }
    }
    return prom_ok();
}

/* made(c, y, x) = eq(c) * plane(y, x). */
static prom_result pool_sums(const workshop *shop, prom_planes made, prom_error *error)
{
    const prom_value *input = prom_program_value(shop->task->argument->program, shop->layer->inputs[0]);
    const size_t channels = input->shape.sizes[CHANNEL_AXIS];
    const size_t pixels = input->count / channels;
    prom_planes plane;
    PROM_TRY(prom_planes_new(shop->scratch, &plane, pixels, error));
    PROM_TRY(pool_plane(shop, plane, error));
    for (size_t c = 0; c < channels; c++) {
        const prom_extension equal = prom_axis_equality_at(&shop->axes[CHANNEL_AXIS], c);
        shop->task->kernels->add_scaled_extensions(prom_planes_at(made, c * pixels), &equal, plane, pixels);
    }
    return prom_ok();
}

/* -- What is added, or moved -- */

/* made(x) = eq(x) times the multiplier of input number `input`, or eq(x) alone of a layer that moves. */
static prom_result equal_at_all(const workshop *shop, prom_planes made, size_t input, prom_error *error)
{
    const bool adds = shop->layer->kind == PROM_LAYER_ADD;
    prom_extension *equal = NULL;
    size_t count = 0;
    PROM_TRY(product_of_axes(shop, &equal, &count, shop->layer->output.shape.rank, error));
    for (size_t at = 0; at < count; at++) {
        const prom_extension scaled =
            adds ? prom_extension_scale(&equal[at], prom_element_of(shop->layer->rescale.multipliers[input]))
                 : equal[at];
        prom_planes_set(made, at, &scaled);
    }
    return prom_ok();
}

/* -- Functionals -- */

static prom_result fill(const workshop *shop, prom_planes made, size_t input, prom_error *error)
{
    switch (shop->layer->kind) {
    case PROM_LAYER_DENSE:
        return dense_sums(shop, made, error);
    case PROM_LAYER_CONV:
        return conv_sums(shop, made, error);
    case PROM_LAYER_MAX_POOL:
    case PROM_LAYER_AVERAGE_POOL:
        return pool_sums(shop, made, error);
    case PROM_LAYER_ADD:
    case PROM_LAYER_CONCAT:
    case PROM_LAYER_RESHAPE:
    case PROM_LAYER_TRANSPOSE:
        return equal_at_all(shop, made, input, error);
    }
    return prom_fail(error, PROM_CATEGORY_BROKEN, "a layer of no kind");
}

/* The coefficients of `value`, which is the layer's input number `input`, or the moved output itself. */
static prom_result add_value(const functional_task *task, functional *made, const functional_target *target,
                             uint32_t value, size_t input, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    PROM_SCOPED(prom_value_planes_free) value_planes added = {.planes = {{NULL}}};
    workshop shop = {
        task, &scratch, target, &task->argument->program->layers[target->value - 1], {{.outer_variables = 0}}};
    prom_arena_init_within(&scratch, task->arena);
    PROM_TRY(make_axes(&shop, error));
    PROM_TRY(prom_value_planes_new(task, &added, value, error));
    PROM_TRY(fill(&shop, added.planes, input, error));
    prom_functional_add(task, made, value, &added);
    return prom_ok();
}

prom_result prom_functional_new(const functional_task *task, functional *made, const functional_target *target,
                                prom_error *error)
{
    const prom_argument *argument = task->argument;
    const prom_layer *layer = &argument->program->layers[target->value - 1];
    *made = (functional){.count = 0};
    PROM_TRY_NEW(made->coefficients, task->arena, target->value + (size_t)1, error);
    PROM_TRY_NEW(made->memory, task->arena, target->value + (size_t)1, error);
    made->count = target->value + (size_t)1;
    if (argument->values[target->value].role == ARGUMENT_MOVED) {
        PROM_TRY(add_value(task, made, target, target->value, 0, error));
        return prom_functional_move_back(task, made, error);
    }
    for (size_t i = 0; i < layer->input_count; i++) {
        if (task->all || argument->values[layer->inputs[i]].role != ARGUMENT_COMMITTED) {
            PROM_TRY(add_value(task, made, target, layer->inputs[i], i, error));
        }
    }
    return prom_functional_move_back(task, made, error);
}

void prom_functional_free(functional *made)
{
    for (size_t v = 0; v < made->count; v++) {
        prom_arena_free(&made->memory[v]);
    }
    made->count = 0;
}
