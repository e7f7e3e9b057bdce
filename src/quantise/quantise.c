#include "prometheus/quantise/quantise.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "program/layer_traits.h"
#include "quantise/calibration.h"
#include "quantise/rescale.h"

#define STEPS 255.0F /* between the two ends of a range */

/* What the calibration set shows of a value, and the grid that it gets. */
typedef struct value_plan {
    uint32_t parent; /* values that must share one grid form a tree; the root's fields count */
    bool given;      /* by the model */
    bool joined;     /* by a concat, to others that may reach farther or less far */
    prom_grid grid;
    int16_t zero;
    uint32_t made; /* the value of the program that stands for it */
} value_plan;

typedef struct network_quantiser {
    prom_arena *scratch;
    const prom_network *network;
    value_plan *plans; /* [layer_count + 1] */
    prom_layer *layers;
    prom_value *values; /* [0]: the program's input; [i + 1]: what its layer i makes */
    prom_grid *grids;   /* of those */
    size_t layer_count;
} network_quantiser;

/* -- Which values share a grid -- */

static uint32_t root_of(const network_quantiser *quantiser, uint32_t value)
{
    while (quantiser->plans[value].parent != value) {
        value = quantiser->plans[value].parent;
    }
    return value;
}

static bool same_grid(const value_plan *a, const value_plan *b)
{
    return a->grid.scale == b->grid.scale && a->grid.range.low == b->grid.range.low &&
           a->grid.range.high == b->grid.range.high;
}

/* Both values get one grid, unless the model gives each another. The earlier one becomes the root. */
static void share(network_quantiser *quantiser, uint32_t a, uint32_t b)
{
    const uint32_t first = root_of(quantiser, a < b ? a : b);
    const uint32_t second = root_of(quantiser, a < b ? b : a);
    value_plan *kept = &quantiser->plans[first];
    value_plan *joined = &quantiser->plans[second];
    if (first == second || (kept->given && joined->given && !same_grid(kept, joined))) {
        return;
    }
    if (joined->given) {
        kept->given = true;
        kept->grid = joined->grid;
        kept->zero = joined->zero;
    }
    kept->joined = kept->joined || joined->joined;
    joined->parent = first;
}

static void take_given(value_plan *plan, const prom_quantisation *given)
{
    if (given->given) {
        plan->given = true;
        plan->grid.scale = given->scale;
        plan->grid.range = (prom_range){(int16_t)(given->low - given->zero), (int16_t)(given->high - given->zero)};
        plan->zero = given->zero;
    }
}

static bool is_add_of_one(const prom_network_layer *layer)
{
    return layer->kind == PROM_LAYER_ADD && layer->input_count == 1;
}

/* How many layers read the value, and the last of them. */
static size_t count_readers(const prom_network *network, uint32_t value, const prom_network_layer **last)
{
    size_t readers = 0;
    for (size_t i = value; i < network->layer_count; i++) {
        for (size_t j = 0; j < network->layers[i].input_count; j++) {
            if (network->layers[i].inputs[j] == value) {
                readers++;
                *last = &network->layers[i];
            }
        }
    }
    return readers;
}

/* A value that is rounded to the model's integers right behind itself, and read by nobody else, takes those for its
 * own: it is then rounded once. */
static void adopt_given(network_quantiser *quantiser, uint32_t value)
{
    const prom_network_layer *reader = NULL;
    const size_t readers = count_readers(quantiser->network, value, &reader);
    if (!quantiser->plans[value].given && readers == 1 && is_add_of_one(reader)) {
        take_given(&quantiser->plans[value], &reader->quantisation);
    }
}

/* A copy, which may be clamped, is exact on the grid of what it copies: on another one it is rounded once more. */
static void share_copies(network_quantiser *quantiser)
{
    for (uint32_t i = 1; i <= quantiser->network->layer_count; i++) {
        const prom_network_layer *layer = &quantiser->network->layers[i - 1];
        if (is_add_of_one(layer) && !quantiser->plans[root_of(quantiser, i)].joined) {
            share(quantiser, i, layer->inputs[0]);
        }
    }
}

static void plan_sharing(network_quantiser *quantiser)
{
    const prom_network *network = quantiser->network;
    for (uint32_t i = 0; i <= network->layer_count; i++) {
        quantiser->plans[i].parent = i;
        take_given(&quantiser->plans[i], i == 0 ? &network->input_quantisation : &network->layers[i - 1].quantisation);
        adopt_given(quantiser, i);
    }
    for (uint32_t i = 1; i <= network->layer_count; i++) {
        const prom_network_layer *layer = &network->layers[i - 1];
        for (size_t j = 0; !prom_layer_traits_of(layer->kind)->rescaling && j < layer->input_count; j++) {
            share(quantiser, i, layer->inputs[j]);
            value_plan *root = &quantiser->plans[root_of(quantiser, i)];
            root->joined = root->joined || layer->kind == PROM_LAYER_CONCAT;
        }
    }
    share_copies(quantiser);
}

/* -- Grids -- */

/* The name under which people know a value. */
static prom_result about_value(const network_quantiser *quantiser, uint32_t value, prom_result result,
                               prom_error *error)
{
    if (value == 0) {
        return prom_within(result, error, "the inputs");
    }
    return prom_within(result, error, "the outputs of layer '%s'", quantiser->network->layers[value - 1].name);
}

/* 256 steps from one end of the range to the other; 0 is met exactly. */
static prom_result choose_grid(value_plan *plan, const prom_extent *extent, prom_error *error)
{
    if (!isfinite(extent->high) || !isfinite(extent->low)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "they are not all finite on the calibration set");
    }
    plan->grid.scale = (extent->high - extent->low) / STEPS;
    if (!(plan->grid.scale >= FLT_MIN) || !isfinite(plan->grid.scale)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "they are zero, or beyond all bounds, on the whole calibration set: no scale can be taken "
                         "from it");
    }
    const double low = round((double)extent->low / (double)plan->grid.scale);
    plan->grid.range = (prom_range){(int16_t)fmax(-STEPS, low), (int16_t)(fmax(-STEPS, low) + STEPS)};
    plan->zero = low >= 0 || low == INT8_MIN ? 0 : (int16_t)-low; /* as uint8, or as int8 where that needs no shift */
    return prom_ok();
}

static prom_result check_set(size_t *items, const network_quantiser *quantiser, const prom_tensor *calibration,
                             prom_error *error)
{
    if (calibration == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the model's values are floats: a calibration set, inputs like those it will see, is needed "
                         "to choose their scales");
    }
    return prom_within(prom_tensor_items(items, calibration, &quantiser->network->input_shape, PROM_DTYPE_F32, error),
                       error, "the calibration set");
}

/* Grids for the values to which the model gives none. */
static prom_result calibrate(prom_arena *arena, network_quantiser *quantiser, prom_calibration_found *found,
                             const prom_quantise_request *request, prom_error *error)
{
    const size_t count = quantiser->network->layer_count + 1;
    prom_calibration_request wanted = {
        .network = quantiser->network, .method = request->method, .progress = request->progress};
    uint32_t *roots = NULL;
    bool *given = NULL;
    bool complete = true;
    PROM_TRY_NEW(roots, quantiser->scratch, count, error);
    PROM_TRY_NEW(given, quantiser->scratch, count, error);
    for (uint32_t i = 0; i < count; i++) {
        roots[i] = root_of(quantiser, i);
        given[i] = quantiser->plans[i].given;
        complete = complete && quantiser->plans[roots[i]].given;
    }
    if (complete) {
        return prom_ok();
    }
    PROM_TRY(check_set(&wanted.items, quantiser, request->calibration, error));
    wanted.inputs = request->calibration->data;
    wanted.roots = roots;
    wanted.given = given;
    PROM_TRY(prom_calibration_measure(arena, quantiser->scratch, found, &wanted, error));
    for (uint32_t i = 0; i < count; i++) {
        value_plan *plan = &quantiser->plans[i];
        if (roots[i] == i && !plan->given) {
            PROM_TRY(about_value(quantiser, i, choose_grid(plan, &found->extents[i], error), error));
        }
    }
    return prom_ok();
}

/* -- Layers -- */

/* The next layer of the program, with its inputs; they are values of the program. */
static prom_result begin_layer(network_quantiser *quantiser, prom_layer **layer, prom_layer_kind kind,
                               const uint32_t *inputs, size_t input_count, prom_error *error)
{
    uint32_t *copy = NULL;
    PROM_TRY_NEW(copy, quantiser->scratch, input_count, error);
    memcpy(copy, inputs, input_count * sizeof *copy);
    *layer = &quantiser->layers[quantiser->layer_count];
    **layer = (prom_layer){.kind = kind, .input_count = input_count, .inputs = copy};
    return prom_ok();
}

static void finish_layer(network_quantiser *quantiser, const prom_layer *layer, const prom_grid *grid)
{
    quantiser->layer_count++;
    quantiser->values[quantiser->layer_count] = layer->output;
    quantiser->grids[quantiser->layer_count] = *grid;
}

/* A layer that brings value `from` of the program to another grid: its index to `to`. */
static prom_result convert(network_quantiser *quantiser, uint32_t *to, uint32_t from, const prom_grid *grid,
                           prom_range range, prom_error *error)
{
    prom_layer *layer = NULL;
    PROM_TRY(begin_layer(quantiser, &layer, PROM_LAYER_ADD, &from, 1, error));
    layer->output = quantiser->values[from];
    layer->output.range = range;
    PROM_TRY(
        prom_rescale_add(quantiser->scratch, layer, &quantiser->values[from], &quantiser->grids[from], grid, error));
    finish_layer(quantiser, layer, grid);
    *to = (uint32_t)quantiser->layer_count;
    return prom_ok();
}

/* Whether value `value` of the program can stand on the grid as it is. */
static bool on_grid(const network_quantiser *quantiser, uint32_t value, const prom_grid *grid)
{
    const prom_range range = quantiser->values[value].range;
    return quantiser->grids[value].scale == grid->scale && range.low >= grid->range.low &&
           range.high <= grid->range.high;
}

/* What the layer reads: values of the program, and where all must lie on the output's grid, brought there. */
static prom_result find_inputs(network_quantiser *quantiser, uint32_t *inputs, const prom_network_layer *from,
                               const prom_grid *grid, prom_error *error)
{
    for (size_t i = 0; i < from->input_count; i++) {
        inputs[i] = quantiser->plans[from->inputs[i]].made;
        if (from->kind == PROM_LAYER_CONCAT && !on_grid(quantiser, inputs[i], grid)) {
            PROM_TRY(convert(quantiser, &inputs[i], inputs[i], grid, grid->range, error));
        }
    }
    return prom_ok();
}

static void copy_geometry(prom_layer *layer, const prom_network_layer *from)
{
    layer->window = from->window;
    layer->groups = from->groups;
    layer->axis = from->axis;
    memcpy(layer->permutation, from->permutation, sizeof layer->permutation);
    layer->output.shape = from->shape;
    layer->output.count = from->count;
}

static prom_result rescale_layer(network_quantiser *quantiser, prom_layer *layer, const prom_network_layer *from,
                                 const prom_grid *grid, prom_error *error)
{
    const uint32_t first = layer->inputs[0];
    if (layer->kind != PROM_LAYER_ADD) {
        return layer->kind == PROM_LAYER_AVERAGE_POOL
                   ? prom_rescale_average(quantiser->scratch, layer, from, &quantiser->values[first],
                                          &quantiser->grids[first], grid, error)
                   : prom_rescale_weighted(quantiser->scratch, layer, from, &quantiser->values[first],
                                           &quantiser->grids[first], grid, error);
    }
    const uint32_t last = layer->inputs[layer->input_count - 1];
    const prom_value values[] = {quantiser->values[first], quantiser->values[last]};
    const prom_grid grids[] = {quantiser->grids[first], quantiser->grids[last]};
    return prom_rescale_add(quantiser->scratch, layer, values, grids, grid, error);
}

/* Channels of a layer with weights, by the network's shape. */
static uint32_t channels_of(const prom_network_layer *from)
{
    const size_t axis = from->kind == PROM_LAYER_DENSE ? from->shape.rank - 1 : 0;
    return (uint32_t)from->shape.sizes[axis];
}

static const prom_window_axis one_place = {1, 1, 1, 0, 0};

/* The largest value of a window is the largest of its rows'. A window of many places becomes two layers, along the rows
 * and then down, for a proof's cost grows with the places of one layer. `input` becomes what the first one makes. */
static prom_result pool_rows(network_quantiser *quantiser, uint32_t *input, prom_window *window, prom_error *error)
{
    enum { PLACES_AT_ONCE = 9 };
    const prom_window_axis *axes = window->axes;
    prom_layer *layer = NULL;
    if ((uint64_t)axes[PROM_WINDOW_HEIGHT].kernel * axes[PROM_WINDOW_WIDTH].kernel <= PLACES_AT_ONCE ||
        axes[PROM_WINDOW_HEIGHT].kernel == 1 || axes[PROM_WINDOW_WIDTH].kernel == 1) {
        return prom_ok();
    }
    const prom_grid grid = quantiser->grids[*input];
    PROM_TRY(begin_layer(quantiser, &layer, PROM_LAYER_MAX_POOL, input, 1, error));
    layer->window.axes[PROM_WINDOW_HEIGHT] = one_place;
    layer->window.axes[PROM_WINDOW_WIDTH] = axes[PROM_WINDOW_WIDTH];
    PROM_TRY(prom_layer_shape(layer, &quantiser->values[*input], 0, error));
    finish_layer(quantiser, layer, &grid);
    window->axes[PROM_WINDOW_WIDTH] = one_place;
    *input = (uint32_t)quantiser->layer_count;
    return prom_ok();
}

static prom_result quantise_layer(network_quantiser *quantiser, uint32_t value, prom_error *error)
{
    const prom_network_layer *from = &quantiser->network->layers[value - 1];
    const prom_layer_traits *kind = prom_layer_traits_of(from->kind);
    const prom_grid *grid = &quantiser->plans[root_of(quantiser, value)].grid;
    prom_layer *layer = NULL;
    uint32_t *inputs = NULL;
    PROM_TRY_NEW(inputs, quantiser->scratch, from->input_count, error);
    prom_window window = from->window;
    PROM_TRY(find_inputs(quantiser, inputs, from, grid, error));
    if (from->kind == PROM_LAYER_MAX_POOL) {
        PROM_TRY(pool_rows(quantiser, &inputs[0], &window, error));
    }
    PROM_TRY(begin_layer(quantiser, &layer, from->kind, inputs, from->input_count, error));
    copy_geometry(layer, from);
    layer->window = window;
    prom_value *read = NULL;
    PROM_TRY_NEW(read, quantiser->scratch, from->input_count, error);
    for (size_t i = 0; i < from->input_count; i++) {
        read[i] = quantiser->values[inputs[i]];
    }
    PROM_TRY(prom_layer_shape(layer, read, kind->weighted ? channels_of(from) : 0, error));
    if (kind->rescaling) {
        layer->rescale.count = channels_of(from);
        PROM_TRY(prom_rescale_range(&layer->output.range, from, grid, error));
        PROM_TRY(rescale_layer(quantiser, layer, from, grid, error));
        finish_layer(quantiser, layer, grid);
        quantiser->plans[value].made = (uint32_t)quantiser->layer_count;
        return prom_ok();
    }
    /* A layer that moves values leaves them on their grid; where the model gives another, one more layer follows. */
    const prom_grid input_grid = quantiser->grids[inputs[0]];
    finish_layer(quantiser, layer, &input_grid);
    quantiser->plans[value].made = (uint32_t)quantiser->layer_count;
    return on_grid(quantiser, quantiser->plans[value].made, grid)
               ? prom_ok()
               : convert(quantiser, &quantiser->plans[value].made, quantiser->plans[value].made, grid, grid->range,
                         error);
}

/* -- The whole -- */

static prom_result make_room(network_quantiser *quantiser, prom_error *error)
{
    const prom_network *network = quantiser->network;
    size_t most = network->layer_count; /* of the program's layers: one for each, and conversions */
    for (size_t i = 0; i < network->layer_count; i++) {
        most += network->layers[i].input_count + 1;
    }
    PROM_TRY_NEW(quantiser->plans, quantiser->scratch, network->layer_count + 1, error);
    PROM_TRY_NEW(quantiser->layers, quantiser->scratch, most, error);
    PROM_TRY_NEW(quantiser->values, quantiser->scratch, most + 1, error);
    PROM_TRY_NEW(quantiser->grids, quantiser->scratch, most + 1, error);
    return prom_ok();
}

static prom_result quantise_all(network_quantiser *quantiser, prom_program *contents, prom_error *error)
{
    const prom_network *network = quantiser->network;
    const value_plan *input = &quantiser->plans[root_of(quantiser, 0)];
    const value_plan *output = &quantiser->plans[root_of(quantiser, (uint32_t)network->layer_count)];
    quantiser->values[0] = (prom_value){network->input_shape, network->input_count, input->grid.range};
    quantiser->grids[0] = input->grid;
    for (uint32_t i = 1; i <= network->layer_count; i++) {
        PROM_TRY(prom_within(quantise_layer(quantiser, i, error), error, "layer '%s'", network->layers[i - 1].name));
    }
    *contents = (prom_program){.input_scale = input->grid.scale,
                               .output_scale = output->grid.scale,
                               .input_zero = input->zero,
                               .output_zero = output->zero,
                               .input = quantiser->values[0],
                               .layer_count = quantiser->layer_count,
                               .layers = quantiser->layers};
    return prom_ok();
}

prom_result prom_network_quantise_by(prom_arena *arena, prom_quantised *quantised, const prom_quantise_request *request,
                                     prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    const prom_network *network = request->network;
    network_quantiser quantiser = {.scratch = &scratch, .network = network};
    prom_calibration_found found = {0};
    prom_program contents = {0};
    uint32_t *values = NULL;
    float *scales = NULL;
    *quantised = (prom_quantised){0};
    prom_arena_init_within(&scratch, arena);
    PROM_TRY(make_room(&quantiser, error));
    plan_sharing(&quantiser);
    PROM_TRY(calibrate(arena, &quantiser, &found, request, error));
    PROM_TRY(quantise_all(&quantiser, &contents, error));
    PROM_TRY_NEW(values, arena, network->layer_count + 1, error);
    PROM_TRY_NEW(scales, arena, network->layer_count + 1, error);
    for (size_t i = 0; i <= network->layer_count; i++) {
        values[i] = quantiser.plans[i].made;
        scales[i] = quantiser.grids[values[i]].scale;
    }
    quantised->values = values;
    quantised->scales = scales;
    quantised->stretches = found.stretches;
    quantised->stretch_count = found.stretch_count;
    return prom_program_build(arena, &quantised->program, &contents, error);
}

prom_result prom_network_quantise(prom_arena *arena, prom_quantised *quantised, const prom_network *network,
                                  const prom_tensor *calibration, const prom_progress *progress, prom_error *error)
{
    const prom_quantise_request request = {.network = network, .calibration = calibration, .progress = progress};
    return prom_network_quantise_by(arena, quantised, &request, error);
}
