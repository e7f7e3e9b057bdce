#include "argument/closed_form.h"

#include "argument/axes.h"

enum { CHANNEL_AXIS = 0, HEIGHT_AXIS = 1 };

static prom_extension times(const prom_extension *a, const prom_extension *b)
{
    return prom_extension_multiply(a, b);
}

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
