#include "argument/closed_form.h"

#include "argument/axes.h"

enum { JOINED_MAX = 4096 }; /* places of axes that are summed together */

static prom_extension times(const prom_extension *a, const prom_extension *b)
{
    return prom_extension_multiply(a, b);
}

/* Coefficients while their axes are summed: `count` rows, each of `length` places of the axes from `from` to `to`. */
typedef struct coefficient_rows {
    uint32_t value;
    const prom_extension *at;
    prom_planes planes;
    size_t count;
    size_t length;
    size_t from;
    size_t to;
} coefficient_rows;

/* The sum of eq along an axis times a row of coefficients, which is as long as the axis: axes behind it have one place.
 */
static prom_extension row_at(const functional_task *task, prom_planes row, size_t size,
                             const prom_equality_tables *equal)
{
    const size_t length = (size_t)1 << equal->inner_variables;
    prom_extension sum = prom_extension_zero();
    for (size_t start = 0; start < size; start += length) {
        const prom_extension outer = prom_planes_get(equal->outer, start >> equal->inner_variables);
        prom_extension part;
        task->kernels->dot_extensions(&part, prom_planes_at(row, start), equal->inner,
                                      size - start < length ? size - start : length);
        prom_add_product(&sum, &outer, &part);
    }
    return sum;
}

/* eq at a point over the rows' axes, in row-major order. */
static prom_result equality_over(const functional_task *task, prom_arena *scratch, prom_planes *equal,
                                 const coefficient_rows *rows, prom_error *error)
{
    const prom_extension one = prom_extension_one();
    size_t made = 1;
    PROM_TRY(prom_planes_new(scratch, equal, rows->length, error));
    prom_planes_set(*equal, 0, &one);
    for (size_t axis = rows->from; axis < rows->to; axis++) {
        const axis_point point = prom_axis_of(task, rows->value, axis, rows->at);
        prom_equality_tables tables;
        PROM_TRY(prom_axis_table(task, scratch, &tables, &point, error));
        for (size_t i = made; i-- > 0;) {
            const prom_extension left = prom_planes_get(*equal, i);
            for (size_t j = point.size; j-- > 0;) {
                const prom_extension right = prom_axis_equality_at(&tables, j);
                const prom_extension product = times(&left, &right);
                prom_planes_set(*equal, i * point.size + j, &product);
            }
        }
        made *= point.size;
    }
    return prom_ok();
}

/* The last axes before `to` that have at most JOINED_MAX places together, or else the last one that has more than one
 * place: where they begin, and their places. An axis of one place has no coordinate, and would make a row of each
 * coefficient. */
static size_t join_axes(const prom_shape *shape, size_t to, size_t *places)
{
    size_t from = to - 1;
    *places = shape->sizes[from];
    while (from > 0 && (*places == 1 || *places * shape->sizes[from - 1] <= JOINED_MAX)) {
        *places *= shape->sizes[--from];
    }
    return from;
}

/* One step of prom_coefficients_at: a sum for each row. */
static prom_result sum_axes(const functional_task *task, prom_arena *scratch, const coefficient_rows *rows,
                            prom_planes sums, prom_error *error)
{
    const axis_point point = prom_axis_of(task, rows->value, rows->from, rows->at);
    prom_equality_tables tables;
    prom_planes equal;
    if (rows->length > JOINED_MAX) {
        PROM_TRY(prom_axis_table(task, scratch, &tables, &point, error));
    } else {
        PROM_TRY(equality_over(task, scratch, &equal, rows, error));
    }
    for (size_t i = 0; i < rows->count; i++) {
        const prom_planes row = prom_planes_at(rows->planes, i * rows->length);
        prom_extension sum;
        if (rows->length > JOINED_MAX) {
            sum = row_at(task, row, rows->length, &tables);
        } else {
            task->kernels->dot_extensions(&sum, row, equal, rows->length);
        }
        prom_planes_set(sums, i, &sum);
    }
    return prom_ok();
}

/* Axes are summed with their eq, the last ones first, small ones together. */
prom_result prom_coefficients_at(const functional_task *task, prom_extension *result, uint32_t value,
                                 prom_planes coefficients, const prom_extension *at, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    const prom_value *described = prom_program_value(task->argument->program, value);
    coefficient_rows rows = {.value = value, .at = at, .planes = coefficients, .count = described->count};
    prom_arena_init_within(&scratch, task->arena);
    for (rows.to = described->shape.rank; rows.to > 0; rows.to = rows.from) {
        prom_planes sums;
        rows.from = join_axes(&described->shape, rows.to, &rows.length);
        rows.count /= rows.length;
        PROM_TRY(prom_planes_new(&scratch, &sums, rows.count, error));
        PROM_TRY(sum_axes(task, &scratch, &rows, sums, error));
        rows.planes = sums;
    }
    *result = prom_planes_get(rows.planes, 0);
    return prom_ok();
}

/* -- Multipliers -- */

enum { CHANNEL_AXIS = 0, HEIGHT_AXIS = 1 };

/* Along which axes a layer's multipliers lie: the channels', or those of an image's places. */
typedef struct multiplier_axes {
    size_t from;
    size_t to;
    prom_equality_tables own[PROM_WINDOW_AXES];
    prom_equality_tables other[PROM_WINDOW_AXES]; /* where a second point is given */
} multiplier_axes;

static prom_result make_multiplier_axes(const functional_task *task, prom_arena *scratch, multiplier_axes *axes,
                                        uint32_t value, const prom_extension *at, prom_error *error)
{
    const prom_layer *layer = &task->argument->program->layers[value - 1];
    const bool pools = layer->kind == PROM_LAYER_AVERAGE_POOL;
    axes->from = pools ? HEIGHT_AXIS : prom_channel_axis(layer);
    axes->to = pools ? layer->output.shape.rank : axes->from + 1;
    for (size_t axis = axes->from; axis < axes->to; axis++) {
        const axis_point mine = prom_axis_of(task, value, axis, task->point);
        PROM_TRY(prom_axis_table(task, scratch, &axes->own[axis - axes->from], &mine, error));
        if (at != NULL) {
            const axis_point theirs = prom_axis_of(task, value, axis, at);
            PROM_TRY(prom_axis_table(task, scratch, &axes->other[axis - axes->from], &theirs, error));
        }
    }
    return prom_ok();
}

/* Multiplier `index` times eq of its place, of both points where there are two. */
static prom_extension multiplier_term(const multiplier_axes *axes, const prom_layer *layer, size_t index, bool two)
{
    prom_extension product = prom_extension_of(prom_element_of(layer->rescale.multipliers[index]));
    for (size_t axis = axes->to; axis-- > axes->from;) {
        const size_t place = index % layer->output.shape.sizes[axis];
        const prom_extension mine = prom_axis_equality_at(&axes->own[axis - axes->from], place);
        product = times(&product, &mine);
        if (two) {
            const prom_extension theirs = prom_axis_equality_at(&axes->other[axis - axes->from], place);
            product = times(&product, &theirs);
        }
        index /= layer->output.shape.sizes[axis];
    }
    return product;
}

prom_result prom_multipliers_at(const functional_task *task, prom_extension *result, uint32_t value,
                                const prom_extension *at, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    const prom_layer *layer = &task->argument->program->layers[value - 1];
    const size_t rank = layer->output.shape.rank;
    prom_extension sum = prom_extension_zero();
    multiplier_axes axes;
    prom_arena_init_within(&scratch, task->arena);
    if (layer->rescale.count == 1) {
        const prom_extension all = prom_over_axes(task, value, 0, rank, at);
        *result = prom_extension_scale(&all, prom_element_of(layer->rescale.multipliers[0]));
        return prom_ok();
    }
    PROM_TRY(make_multiplier_axes(task, &scratch, &axes, value, at, error));
    for (size_t i = 0; i < layer->rescale.count; i++) {
        const prom_extension term = multiplier_term(&axes, layer, i, at != NULL);
        sum = prom_extension_add(&sum, &term);
    }
    const prom_extension before = prom_over_axes(task, value, 0, axes.from, at);
    const prom_extension behind = prom_over_axes(task, value, axes.to, rank, at);
    sum = times(&sum, &before);
    *result = times(&sum, &behind);
    return prom_ok();
}

/* eq of place `at` of the output, and its multiplier. */
static prom_extension multiplied(const prom_equality_tables *axes, const prom_layer *layer, size_t at)
{
    const prom_shape *shape = &layer->output.shape;
    const size_t channels = prom_channel_axis(layer);
    const bool pools = layer->kind == PROM_LAYER_AVERAGE_POOL;
    prom_extension product = prom_extension_one();
    size_t multiplier = layer->rescale.count == 1 ? 0 : at % (layer->output.count / shape->sizes[CHANNEL_AXIS]);
    size_t rest = at;
    for (size_t axis = shape->rank; axis-- > 0; rest /= shape->sizes[axis]) {
        const size_t index = rest % shape->sizes[axis];
        const prom_extension equal = prom_axis_equality_at(&axes[axis], index);
        product = times(&product, &equal);
        if (axis == channels && !pools && layer->rescale.count > 1) {
            multiplier = index;
        }
    }
    return prom_extension_scale(&product, prom_element_of(layer->rescale.multipliers[multiplier]));
}

prom_result prom_functional_multipliers(const functional_task *task, prom_planes *padded, uint32_t value,
                                        prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    const prom_layer *layer = &task->argument->program->layers[value - 1];
    const argument_value *layout = &task->argument->values[value];
    prom_equality_tables axes[PROM_RANK_MAX];
    uint32_t *places = NULL;
    prom_arena_init_within(&scratch, task->arena);
    for (size_t axis = 0; axis < layout->rank; axis++) {
        const axis_point point = prom_axis_of(task, value, axis, task->point);
        PROM_TRY(prom_axis_table(task, &scratch, &axes[axis], &point, error));
    }
    PROM_TRY_NEW(places, &scratch, layer->output.count, error);
    PROM_TRY(prom_planes_new(task->arena, padded, (size_t)1 << layout->variables, error));
    prom_argument_padded_places(places, layout, &layer->output.shape);
    for (size_t at = 0; at < layer->output.count; at++) {
        const prom_extension value_at = multiplied(axes, layer, at);
        prom_planes_set(*padded, places[at], &value_at);
    }
    return prom_ok();
}
