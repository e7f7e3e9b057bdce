#include "program/plan.h"

#include <string.h>

#include "prometheus/base/arena.h"

enum {
    ROWS_AT_ONCE = 96,      /* that share one walk over the weights; a multiple of every kernel's tile */
    ROWS_FEW = 12,          /* where a row is long; so, too */
    GATHERED_MAX = 1 << 20, /* bytes, of so many rows that are not few */
    CHANNELS_JOINED = 32,   /* or fewer: a place alone makes too short a piece */
    IMAGE_RANK = 3,         /* channels, height, width */
};

/* -- Orders -- */

/* The axes of a value in the order in which it lies in memory. */
static void axes_in_memory(size_t axes[PROM_RANK_MAX], size_t rank, prom_order order)
{
    for (size_t i = 0; i < rank; i++) {
        axes[i] = order == PROM_ORDER_IMAGE ? (i + 1) % rank : i;
    }
}

static void strides_in_memory(size_t strides[PROM_RANK_MAX], const prom_shape *shape, prom_order order)
{
    size_t axes[PROM_RANK_MAX];
    size_t stride = 1;
    axes_in_memory(axes, shape->rank, order);
    for (size_t i = shape->rank; i-- > 0;) {
        strides[axes[i]] = stride;
        stride *= shape->sizes[axes[i]];
    }
}

/* True when a value lies in memory in one way only: its image has one place, or one channel. */
static bool orders_agree(const prom_shape *shape)
{
    return shape->rank != IMAGE_RANK || shape->sizes[0] == 1 || shape->sizes[1] * shape->sizes[2] == 1;
}

static uint32_t form_of(const prom_program *program, uint32_t value, prom_order order)
{
    const bool same = orders_agree(&prom_program_value(program, value)->shape);
    return value * PROM_ORDERS + (uint32_t)(same ? PROM_ORDER_ROWS : order);
}

/* In which order the value is there already: in image order if in both. */
static prom_order order_made(const prom_executor *executor, uint32_t value)
{
    return executor->forms[value * PROM_ORDERS + PROM_ORDER_IMAGE].made ? PROM_ORDER_IMAGE : PROM_ORDER_ROWS;
}

/* The copy of a value of that shape and order whose memory runs along `axes`. */
static prom_copying copying_of(const prom_shape *shape, prom_order order, const size_t *axes)
{
    prom_copying copying = {0};
    size_t strides[PROM_RANK_MAX];
    strides_in_memory(strides, shape, order);
    for (size_t i = 0; i < shape->rank; i++) {
        const size_t size = shape->sizes[axes[i]];
        const size_t stride = strides[axes[i]];
        if (size == 1) {
            continue;
        }
        if (copying.rank > 0 && copying.strides[copying.rank - 1] == size * stride) {
            copying.rank--; /* one run with the axis before */
            copying.sizes[copying.rank] *= size;
        } else {
            copying.sizes[copying.rank] = size;
        }
        copying.strides[copying.rank++] = stride;
    }
    if (copying.rank == 0) {
        copying = (prom_copying){1, {1}, {1}};
    }
    return copying;
}

prom_copying prom_copying_to_rows(const prom_shape *shape, prom_order order)
{
    size_t axes[PROM_RANK_MAX];
    axes_in_memory(axes, shape->rank, PROM_ORDER_ROWS);
    return copying_of(shape, order, axes);
}

/* -- Steps -- */

static prom_step *add_step(prom_executor *executor, prom_operation operation, const prom_layer *layer, uint32_t output)
{
    prom_step *step = &executor->steps[executor->step_count++];
    step->operation = operation;
    step->layer = layer;
    step->output = output;
    executor->forms[output].made = true;
    executor->forms[output].bytes = prom_program_value(executor->program, output / PROM_ORDERS)->count;
    return step;
}

static prom_result set_inputs(prom_arena *arena, prom_executor *executor, prom_step *step, const uint32_t *inputs,
                              size_t count, prom_error *error)
{
    uint32_t *forms = NULL;
    PROM_TRY_NEW(forms, arena, count, error);
    memcpy(forms, inputs, count * sizeof *forms);
    step->inputs = forms;
    step->input_count = count;
    step->input_low = prom_program_value(executor->program, inputs[0] / PROM_ORDERS)->range.low;
    return prom_ok();
}

/* The form of a value in that order, with a step that makes it if there was none. */
static prom_result require(prom_arena *arena, prom_executor *executor, uint32_t *form, uint32_t value, prom_order order,
                           prom_error *error)
{
    const prom_shape *shape = &prom_program_value(executor->program, value)->shape;
    *form = form_of(executor->program, value, order);
    if (executor->forms[*form].made) {
        return prom_ok();
    }
    const prom_order from = order == PROM_ORDER_IMAGE ? PROM_ORDER_ROWS : PROM_ORDER_IMAGE;
    const uint32_t source = form_of(executor->program, value, from);
    size_t axes[PROM_RANK_MAX];
    axes_in_memory(axes, shape->rank, order);
    prom_step *step = add_step(executor, PROM_OPERATION_COPY, NULL, *form);
    step->copying = copying_of(shape, from, axes);
    return set_inputs(arena, executor, step, &source, 1, error);
}

/* -- Products -- */

static void slide(prom_sliding *sliding, const prom_layer *layer, const prom_value *input)
{
    const prom_shape *shape = &input->shape;
    if (layer->kind == PROM_LAYER_DENSE) {
        const prom_window_axis one = {1, 1, 1, 0, 0};
        const size_t channels = shape->sizes[shape->rank - 1];
        const size_t rows = input->count / channels;
        *sliding = (prom_sliding){channels, {1, rows}, {1, rows}, {{one, one}}, 1};
        return;
    }
    const prom_window_axis *right = &layer->window.axes[PROM_WINDOW_WIDTH];
    const bool joined = layer->groups == 1 && right->dilation == 1 && shape->sizes[0] <= CHANNELS_JOINED;
    *sliding = (prom_sliding){shape->sizes[0],
                              {shape->sizes[1], shape->sizes[2]},
                              {layer->output.shape.sizes[1], layer->output.shape.sizes[2]},
                              layer->window,
                              joined ? right->kernel : 1};
}

/* How the weights of one output lie in the program: [channels][places]. */
typedef struct kernel_shape {
    size_t channels;
    size_t places;
    size_t joined; /* places that share a tap */
} kernel_shape;

/* One line of packed weights: of up to 16 outputs, [16][4], what one quad of codes is multiplied by. In a row of
 * weights, code `i` of the tap stands at starts[i]. */
static void pack_quad(int8_t *line, const int8_t *weights, size_t outputs, size_t pitch, const size_t *starts,
                      size_t codes)
{
    for (size_t output = 0; output < outputs; output++) {
        for (size_t i = 0; i < codes; i++) {
            line[output * PROM_QUAD + i] = weights[output * pitch + starts[i]];
        }
    }
}

/* Weights of a product on their way into the kernels' order, 16 outputs of a group at a time. */
typedef struct packing_task {
    const prom_step *step;
    const kernel_shape *shape;
    size_t group_blocks; /* 16 outputs each, of one group */
    int8_t *weights;
    int32_t *biases;
    uint32_t *multipliers;
} packing_task;

/* [outputs][channels][places] to [taps][quads][16][4], of 16 outputs or fewer: line by line as they are written, so
 * that memory is written once. */
static void pack(int8_t *packed, const int8_t *weights, size_t outputs, size_t quads, const kernel_shape *shape)
{
    const size_t pitch = shape->channels * shape->places;
    for (size_t tap = 0; tap < shape->places / shape->joined; tap++) {
        size_t channel = 0;
        size_t place = tap * shape->joined;
        for (size_t quad = 0; quad < quads; quad++) {
            size_t starts[PROM_QUAD];
            size_t codes = 0;
            for (; codes < PROM_QUAD && place < (tap + 1) * shape->joined; codes++) {
                starts[codes] = channel * shape->places + place;
                place += ++channel == shape->channels;
                channel = channel == shape->channels ? 0 : channel;
            }
            pack_quad(packed, weights, outputs, pitch, starts, codes);
            packed += PROM_QUAD_BYTES;
        }
    }
}

/* With codes for values, a sum is less by the low end times all weights: that is part of the bias. */
static int32_t fold_bias(const prom_layer *layer, size_t output, int16_t low)
{
    const int8_t *weights = layer->weights + output * layer->weight_count;
    uint32_t sum = (uint32_t)layer->biases[output];
    for (size_t i = 0; i < layer->weight_count; i++) {
        sum += (uint32_t)(weights[i] * low);
    }
    return (int32_t)sum;
}

static void pack_block(void *argument, size_t index)
{
    const packing_task *task = argument;
    const prom_layer *layer = task->step->layer;
    const prom_product *product = &task->step->product;
    const size_t group = index / task->group_blocks;
    const size_t start = index % task->group_blocks * PROM_BLOCK_OUTPUTS; /* in the group */
    const size_t left = product->outputs - start;
    const size_t count = left < PROM_BLOCK_OUTPUTS ? left : PROM_BLOCK_OUTPUTS;
    const size_t first = group * product->outputs + start;
    const size_t to = group * task->step->group_outputs + start;
    const size_t bytes = task->step->group_weights / task->group_blocks;
    pack(task->weights + index * bytes, layer->weights + first * layer->weight_count, count, product->quads,
         task->shape);
    for (size_t i = 0; i < count; i++) {
        task->biases[to + i] = fold_bias(layer, first + i, task->step->input_low);
        task->multipliers[to + i] = layer->rescale.multipliers[first + i];
    }
}

static prom_result new_weights(prom_arena *arena, int8_t **weights, uint64_t bytes, prom_error *error)
{
    if (bytes > SIZE_MAX / 2) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "the program's weights do not fit this machine's memory");
    }
    PROM_TRY_NEW(*weights, arena, (size_t)bytes + PROM_ALIGNMENT, error);
    *weights += (PROM_ALIGNMENT - (uintptr_t)*weights % PROM_ALIGNMENT) % PROM_ALIGNMENT;
    return prom_ok();
}

static prom_result prepare_weights(prom_arena *arena, const prom_parallel *parallel, prom_step *step, size_t groups,
                                   const kernel_shape *shape, prom_error *error)
{
    prom_product *product = &step->product;
    packing_task task = {.step = step, .shape = shape};
    product->outputs = step->layer->rescale.count / groups;
    product->quads = (shape->channels * shape->joined + PROM_QUAD - 1) / PROM_QUAD;
    /* At most 64 bytes for each weight of the program. */
    task.group_blocks = (product->outputs + PROM_BLOCK_OUTPUTS - 1) / PROM_BLOCK_OUTPUTS;
    step->group_outputs = task.group_blocks * PROM_BLOCK_OUTPUTS;
    step->group_weights = step->group_outputs * (shape->places / shape->joined) * product->quads * PROM_QUAD;
    PROM_TRY(new_weights(arena, &task.weights, (uint64_t)step->group_weights * groups, error));
    PROM_TRY_NEW(task.biases, arena, step->group_outputs * groups, error);
    PROM_TRY_NEW(task.multipliers, arena, step->group_outputs * groups, error);
    prom_parallel_run(parallel, pack_block, &task, groups * task.group_blocks);
    product->weights = task.weights;
    product->biases = task.biases;
    product->multipliers = task.multipliers;
    return prom_ok();
}

static void prepare_rows(prom_executor *executor, prom_step *step)
{
    const bool depthwise = step->operation == PROM_OPERATION_MULTIPLY_DEPTHWISE;
    const size_t taps = depthwise ? step->product.quads * PROM_QUAD : step->product.taps;
    const size_t piece = step->sliding.channels * step->sliding.places;
    const size_t edge = step->sliding.places > 1 ? piece : 0;
    const bool few = taps * (sizeof(uint8_t *) + edge) > GATHERED_MAX / ROWS_AT_ONCE;
    step->rows = few ? ROWS_FEW : ROWS_AT_ONCE;
    step->pieces = taps * step->rows;
    const size_t edges = step->pieces * edge;
    executor->pieces = step->pieces > executor->pieces ? step->pieces : executor->pieces;
    executor->edges = edges > executor->edges ? edges : executor->edges;
    executor->padding = piece > executor->padding ? piece : executor->padding;
}

static prom_result prepare_product(prom_arena *arena, prom_executor *executor, const prom_parallel *parallel,
                                   prom_step *step, prom_error *error)
{
    const prom_layer *layer = step->layer;
    const size_t channels = step->sliding.channels / layer->groups;
    const size_t places = layer->weight_count / channels;
    const kernel_shape shape = {channels, places, step->sliding.places};
    /* Depthwise, all channels are in one group; four taps, instead of four channels, lie side by side. */
    const kernel_shape depthwise = {1, places, places};
    const bool is_depthwise = layer->groups > 1 && channels == 1 && layer->groups == layer->rescale.count;
    step->operation = is_depthwise ? PROM_OPERATION_MULTIPLY_DEPTHWISE : PROM_OPERATION_MULTIPLY;
    step->product.taps = places / step->sliding.places;
    step->product.scale = prom_scale_of(&layer->rescale, layer->output.range);
    PROM_TRY(prepare_weights(arena, parallel, step, is_depthwise ? 1 : layer->groups,
                             is_depthwise ? &depthwise : &shape, error));
    prepare_rows(executor, step);
    return prom_ok();
}

/* -- Layers -- */

/* A layer with one input and an order of its own. */
static prom_result plan_windowed(prom_arena *arena, prom_executor *executor, const prom_parallel *parallel,
                                 const prom_layer *layer, uint32_t value, prom_operation operation, prom_error *error)
{
    const prom_order order = layer->kind == PROM_LAYER_DENSE ? PROM_ORDER_ROWS : PROM_ORDER_IMAGE;
    const prom_value *input = prom_program_value(executor->program, layer->inputs[0]);
    uint32_t form = 0;
    PROM_TRY(require(arena, executor, &form, layer->inputs[0], order, error));
    prom_step *step = add_step(executor, operation, layer, form_of(executor->program, value, order));
    PROM_TRY(set_inputs(arena, executor, step, &form, 1, error));
    slide(&step->sliding, layer, input);
    if (operation == PROM_OPERATION_AVERAGE) {
        step->scale = prom_scale_of(&layer->rescale, layer->output.range);
    }
    return operation == PROM_OPERATION_MULTIPLY ? prepare_product(arena, executor, parallel, step, error) : prom_ok();
}

/* The forms of all inputs, in the order in which the first is there already: to `forms`. */
static prom_result require_alike(prom_arena *arena, prom_executor *executor, uint32_t *forms, prom_order *order,
                                 const prom_layer *layer, prom_error *error)
{
    *order = order_made(executor, layer->inputs[0]);
    for (size_t i = 0; i < layer->input_count; i++) {
        PROM_TRY(require(arena, executor, &forms[i], layer->inputs[i], *order, error));
    }
    return prom_ok();
}

static prom_result plan_add(prom_arena *arena, prom_executor *executor, const prom_layer *layer, uint32_t value,
                            prom_error *error)
{
    uint32_t forms[2] = {0};
    prom_order order = PROM_ORDER_ROWS;
    PROM_TRY(require_alike(arena, executor, forms, &order, layer, error));
    prom_step *step = add_step(executor, PROM_OPERATION_ADD, layer, form_of(executor->program, value, order));
    PROM_TRY(set_inputs(arena, executor, step, forms, layer->input_count, error));
    step->scale = prom_scale_of(&layer->rescale, layer->output.range);
    for (size_t i = 0; i < layer->input_count; i++) {
        const int64_t low = prom_program_value(executor->program, layer->inputs[i])->range.low;
        step->multipliers[i] = layer->rescale.multipliers[i];
        step->scale.raise += (uint64_t)(low * step->multipliers[i]); /* wraps when that is negative, as it should */
    }
    return prom_ok();
}

static prom_result plan_concat(prom_arena *arena, prom_executor *executor, const prom_layer *layer, uint32_t value,
                               prom_error *error)
{
    const prom_shape *shape = &layer->output.shape;
    uint32_t *forms = NULL;
    size_t *bytes = NULL;
    uint8_t *raise = NULL;
    size_t axes[PROM_RANK_MAX] = {0};
    size_t joined = 0; /* where in memory's order the joined axis stands */
    prom_order order = PROM_ORDER_ROWS;
    PROM_TRY_NEW(forms, arena, layer->input_count, error);
    PROM_TRY_NEW(bytes, arena, layer->input_count, error);
    PROM_TRY_NEW(raise, arena, layer->input_count, error);
    PROM_TRY(require_alike(arena, executor, forms, &order, layer, error));
    prom_step *step = add_step(executor, PROM_OPERATION_JOIN, layer, form_of(executor->program, value, order));
    axes_in_memory(axes, shape->rank, order);
    step->join_count = 1;
    while (axes[joined] != layer->axis) {
        step->join_count *= shape->sizes[axes[joined++]];
    }
    for (size_t i = 0; i < layer->input_count; i++) {
        const prom_value *input = prom_program_value(executor->program, layer->inputs[i]);
        bytes[i] = input->count / step->join_count;
        raise[i] = (uint8_t)(input->range.low - layer->output.range.low);
    }
    step->join_bytes = bytes;
    step->join_raise = raise;
    return set_inputs(arena, executor, step, forms, layer->input_count, error);
}

static prom_result plan_copy(prom_arena *arena, prom_executor *executor, const prom_layer *layer, uint32_t value,
                             prom_error *error)
{
    const prom_shape *shape = &prom_program_value(executor->program, layer->inputs[0])->shape;
    const prom_order order = order_made(executor, layer->inputs[0]);
    const uint32_t form = form_of(executor->program, layer->inputs[0], order);
    size_t axes[PROM_RANK_MAX];
    for (size_t i = 0; i < shape->rank; i++) {
        axes[i] = layer->kind == PROM_LAYER_TRANSPOSE ? layer->permutation[i] : i;
    }
    prom_step *step =
        add_step(executor, PROM_OPERATION_COPY, layer, form_of(executor->program, value, PROM_ORDER_ROWS));
    step->copying = copying_of(shape, order, axes);
    return set_inputs(arena, executor, step, &form, 1, error);
}

static prom_result plan_layer(prom_arena *arena, prom_executor *executor, const prom_parallel *parallel,
                              const prom_layer *layer, uint32_t value, prom_error *error)
{
    switch (layer->kind) {
    case PROM_LAYER_DENSE:
    case PROM_LAYER_CONV:
        return plan_windowed(arena, executor, parallel, layer, value, PROM_OPERATION_MULTIPLY, error);
    case PROM_LAYER_MAX_POOL:
        return plan_windowed(arena, executor, parallel, layer, value, PROM_OPERATION_MAXIMUM, error);
    case PROM_LAYER_AVERAGE_POOL:
        return plan_windowed(arena, executor, parallel, layer, value, PROM_OPERATION_AVERAGE, error);
    case PROM_LAYER_ADD:
        return plan_add(arena, executor, layer, value, error);
    case PROM_LAYER_CONCAT:
        return plan_concat(arena, executor, layer, value, error);
    case PROM_LAYER_RESHAPE:
    case PROM_LAYER_TRANSPOSE:
        return plan_copy(arena, executor, layer, value, error);
    }
    return prom_fail(error, PROM_CATEGORY_BROKEN, "a layer of no kind");
}

/* -- Memory -- */

static void note_uses(prom_executor *executor)
{
    for (size_t i = 0; i < executor->step_count; i++) {
        const prom_step *step = &executor->steps[i];
        for (size_t j = 0; j < step->input_count; j++) {
            executor->forms[step->inputs[j]].last_step = (uint32_t)i;
        }
    }
}

/* The free buffer that wastes least: the smallest that is large enough, or else the largest, which then grows, or a new
 * one. */
static uint32_t take_buffer(prom_executor *executor, bool *taken, size_t bytes)
{
    size_t found = executor->buffer_count;
    for (size_t i = 0; i < executor->buffer_count; i++) {
        if (taken[i]) {
            continue;
        }
        const size_t size = executor->buffers[i];
        const bool first = found == executor->buffer_count;
        const bool better =
            first || (executor->buffers[found] < bytes ? size > executor->buffers[found]
                                                       : size >= bytes && size < executor->buffers[found]);
        found = better ? i : found;
    }
    executor->buffer_count += found == executor->buffer_count;
    executor->buffers[found] = executor->buffers[found] > bytes ? executor->buffers[found] : bytes;
    taken[found] = true;
    return (uint32_t)found;
}

/* A form's buffer is taken by another once nothing reads it any more. */
static prom_result place_forms(prom_arena *arena, prom_executor *executor, prom_error *error)
{
    bool *taken = NULL;
    prom_form *input = &executor->forms[executor->input];
    PROM_TRY_NEW(taken, arena, executor->step_count + 1, error);
    PROM_TRY_NEW(executor->buffers, arena, executor->step_count + 1, error);
    note_uses(executor);
    input->buffer = take_buffer(executor, taken, input->bytes);
    for (size_t i = 0; i < executor->step_count; i++) {
        const prom_step *step = &executor->steps[i];
        prom_form *output = &executor->forms[step->output];
        output->buffer = take_buffer(executor, taken, output->bytes);
        for (size_t j = 0; j < step->input_count; j++) {
            const prom_form *read = &executor->forms[step->inputs[j]];
            taken[read->buffer] = taken[read->buffer] && read->last_step != i;
        }
    }
    for (size_t i = 0; i < executor->buffer_count; i++) {
        executor->bytes += executor->buffers[i];
    }
    return prom_ok();
}

prom_result prom_plan(prom_arena *arena, prom_executor *executor, const prom_parallel *parallel, prom_error *error)
{
    const prom_program *program = executor->program;
    const size_t values = program->layer_count + 1;
    PROM_TRY_NEW(executor->forms, arena, values * PROM_ORDERS, error);
    PROM_TRY_NEW(executor->steps, arena, values * PROM_ORDERS, error); /* each makes a form */
    executor->input = form_of(program, 0, PROM_ORDER_ROWS);
    executor->forms[executor->input] = (prom_form){.bytes = program->input.count, .made = true};
    for (size_t i = 0; i < program->layer_count; i++) {
        PROM_TRY(prom_within(plan_layer(arena, executor, parallel, &program->layers[i], (uint32_t)i + 1, error), error,
                             "layer %zu", i));
    }
    PROM_TRY(require(arena, executor, &executor->output, (uint32_t)program->layer_count, PROM_ORDER_ROWS, error));
    return place_forms(arena, executor, error);
}
