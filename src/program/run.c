#include "prometheus/program/run.h"

#include <string.h>

#include "program/plan.h"

/* More items at once share one reading of the weights; more memory than a cache holds makes them slower again. */
enum { ITEMS_AT_ONCE_MAX = 256, MEMORY_AT_ONCE = 2 << 20 };

prom_result prom_executor_new(prom_arena *arena, prom_executor **executor, const prom_program *program,
                              const prom_program_kernels *kernels, const prom_parallel *parallel, prom_error *error)
{
    prom_executor *made = NULL;
    *executor = NULL;
    PROM_TRY_NEW(made, arena, 1, error);
    made->program = program;
    made->kernels = kernels;
    PROM_TRY(prom_plan(arena, made, parallel, error));
    *executor = made;
    return prom_ok();
}

/* The scratch memory of one call. */
typedef struct workspace {
    uint8_t **buffers;
    const uint8_t **pieces;
    uint8_t *padding;
    uint8_t *edges; /* pieces that are in part padding */
    size_t items;   /* that the buffers hold */
    int32_t *sums;  /* of the product that was made last, in its output's order; NULL where nobody asks */
} workspace;

static uint8_t *codes_of(const prom_executor *executor, const workspace *space, uint32_t form)
{
    return space->buffers[executor->forms[form].buffer];
}

/* -- Products -- */

/* A piece of an image's row that is in part outside: from place `at` on. Made in `edge`, which is returned. */
static const uint8_t *make_edge(uint8_t *edge, const uint8_t *image, int64_t at, const prom_sliding *on,
                                const uint8_t *padding)
{
    const int64_t width = (int64_t)on->sizes[PROM_WINDOW_WIDTH];
    const int64_t first = at < 0 ? -at : 0; /* of the piece's places that lies inside */
    const int64_t end = width - at < (int64_t)on->places ? width - at : (int64_t)on->places;
    memcpy(edge, padding, on->places * on->channels);
    if (first < end) {
        memcpy(edge + (size_t)first * on->channels, image + (size_t)(at + first) * on->channels,
               (size_t)(end - first) * on->channels);
    }
    return edge;
}

/* The pieces of `count` rows that lie side by side in one row of outputs, for one tap. `image` is the row of the image
 * that the tap reads, NULL for one outside; `at` is the first row's place in it. */
static void gather_row(const workspace *space, const uint8_t **pieces, size_t count, const uint8_t *image, int64_t at,
                       const prom_sliding *on)
{
    const int64_t stride = on->window.axes[PROM_WINDOW_WIDTH].stride;
    const int64_t last = (int64_t)on->sizes[PROM_WINDOW_WIDTH] - (int64_t)on->places; /* where a piece can start */
    /* Places at, at + stride, ... : the first that is not below zero, and the first after the last. */
    const size_t left = at < 0 ? (size_t)((-at + stride - 1) / stride) : 0;
    const size_t right = at <= last && image != NULL ? (size_t)((last - at) / stride + 1) : 0;
    for (size_t i = left; i < count && i < right; i++) {
        pieces[i] = image + (size_t)(at + (int64_t)i * stride) * on->channels;
    }
    for (size_t i = 0; i < count; i++) {
        if (i >= left && i < right) {
            i = right - 1; /* they are there */
            continue;
        }
        pieces[i] = space->padding;
        if (image != NULL && on->places > 1) {
            uint8_t *edge = space->edges + (size_t)(pieces + i - space->pieces) * on->places * on->channels;
            pieces[i] = make_edge(edge, image, at + (int64_t)i * stride, on, space->padding);
        }
    }
}

/* Where in the outputs of an image a row of a product stands. */
typedef struct output_place {
    const uint8_t *image;
    size_t y;
    size_t x;
} output_place;

/* All taps of `count` rows from an output place on, in one row of outputs. */
static void gather_taps(const workspace *space, const uint8_t **pieces, size_t pitch, size_t count,
                        const output_place *first, const prom_sliding *on)
{
    const prom_window_axis *down = &on->window.axes[PROM_WINDOW_HEIGHT];
    const prom_window_axis *right = &on->window.axes[PROM_WINDOW_WIDTH];
    for (size_t i = 0; i < down->kernel; i++) {
        const int64_t row = (int64_t)(first->y * down->stride + i * down->dilation) - down->pad_before;
        const bool inside = row >= 0 && row < (int64_t)on->sizes[PROM_WINDOW_HEIGHT];
        const uint8_t *codes = inside ? first->image + (size_t)row * on->sizes[PROM_WINDOW_WIDTH] * on->channels : NULL;
        for (size_t j = 0; j < right->kernel; j += on->places) {
            const int64_t at = (int64_t)(first->x * right->stride + j * right->dilation) - right->pad_before;
            gather_row(space, pieces, count, codes, at, on);
            pieces += pitch;
        }
    }
}

/* The pieces of rows `first` to `first + count`, over all items. */
static void gather(const workspace *space, size_t pitch, const uint8_t *codes, const prom_sliding *on, size_t first,
                   size_t count)
{
    const size_t width = on->output_sizes[PROM_WINDOW_WIDTH];
    const size_t height = on->output_sizes[PROM_WINDOW_HEIGHT];
    const size_t bytes = on->channels * on->sizes[PROM_WINDOW_HEIGHT] * on->sizes[PROM_WINDOW_WIDTH];
    for (size_t done = 0; done < count;) {
        const size_t row = first + done;
        const size_t x = row % width;
        const size_t left = width - x;
        const size_t run = left < count - done ? left : count - done;
        const output_place place = {codes + row / width / height * bytes, row / width % height, x};
        gather_taps(space, space->pieces + done, pitch, run, &place, on);
        done += run;
    }
}

static void multiply_rows(const prom_executor *executor, uint8_t *outputs, const prom_step *step, prom_rows *rows)
{
    const prom_program_kernels *kernels = executor->kernels;
    const size_t stride = step->layer->rescale.count;
    if (step->operation == PROM_OPERATION_MULTIPLY_DEPTHWISE) {
        kernels->multiply_depthwise(outputs, stride, &step->product, rows);
        return;
    }
    prom_product product = step->product;
    for (size_t group = 0; group < step->layer->groups; group++) {
        kernels->multiply(outputs + group * product.outputs, stride, &product, rows);
        rows->sums = rows->sums != NULL ? rows->sums + product.outputs : NULL;
        rows->offset += step->sliding.channels / step->layer->groups;
        product.weights += step->group_weights;
        product.biases += step->group_outputs;
        product.multipliers += step->group_outputs;
    }
}

static void run_product(const prom_executor *executor, const workspace *space, const prom_step *step, size_t items)
{
    const prom_sliding *on = &step->sliding;
    const uint8_t *codes = codes_of(executor, space, step->inputs[0]);
    uint8_t *outputs = codes_of(executor, space, step->output);
    const size_t all = items * on->output_sizes[PROM_WINDOW_HEIGHT] * on->output_sizes[PROM_WINDOW_WIDTH];
    memset(space->padding, -step->input_low, on->places * on->channels); /* the code of zero */
    for (size_t i = step->product.taps * step->rows; i < step->pieces; i++) {
        space->pieces[i] = space->padding; /* depthwise: what fills the last four taps up */
    }
    for (size_t first = 0; first < all; first += step->rows) {
        const size_t count = all - first < step->rows ? all - first : step->rows;
        const size_t made = first * step->layer->rescale.count;
        prom_rows rows = {space->pieces, step->rows, 0, count, space->sums != NULL ? space->sums + made : NULL};
        gather(space, step->rows, codes, on, first, count);
        multiply_rows(executor, outputs + made, step, &rows);
    }
}

/* -- Pools -- */

/* What lies inside the image under the window at output place (y, x). Of no height or width when all is padding. */
static prom_patch patch_at(const prom_sliding *on, const uint8_t *image, size_t y, size_t x)
{
    const size_t at[PROM_WINDOW_AXES] = {y, x};
    const size_t bytes[PROM_WINDOW_AXES] = {on->sizes[PROM_WINDOW_WIDTH] * on->channels, on->channels};
    size_t counts[PROM_WINDOW_AXES];
    size_t steps[PROM_WINDOW_AXES];
    size_t start = 0;
    for (size_t i = 0; i < PROM_WINDOW_AXES; i++) {
        const prom_window_axis *axis = &on->window.axes[i];
        size_t first = 0;
        prom_window_inside(axis, on->sizes[i], at[i], &first, &counts[i]);
        steps[i] = axis->dilation * bytes[i];
        start += counts[i] > 0 ? (at[i] * axis->stride + first * axis->dilation - axis->pad_before) * bytes[i] : 0;
    }
    return (prom_patch){image + start, counts[PROM_WINDOW_HEIGHT], counts[PROM_WINDOW_WIDTH], steps[PROM_WINDOW_HEIGHT],
                        steps[PROM_WINDOW_WIDTH]};
}

static void pool_image(const prom_program_kernels *kernels, uint8_t *outputs, const prom_step *step,
                       const uint8_t *image)
{
    const prom_sliding *on = &step->sliding;
    const prom_rescale *rescale = &step->layer->rescale;
    const size_t width = on->output_sizes[PROM_WINDOW_WIDTH];
    const size_t places = on->output_sizes[PROM_WINDOW_HEIGHT] * width;
    for (size_t place = 0; place < places; place++) {
        const prom_patch patch = patch_at(on, image, place / width, place % width);
        if (step->operation == PROM_OPERATION_MAXIMUM) {
            kernels->largest(outputs, &patch, on->channels);
        } else {
            const int32_t bias = (int32_t)(patch.height * patch.width) * step->input_low;
            const uint32_t multiplier = rescale->multipliers[rescale->count == 1 ? 0 : place];
            kernels->average(outputs, &patch, on->channels, bias, multiplier, &step->scale);
        }
        outputs += on->channels;
    }
}

static void run_pool(const prom_executor *executor, const workspace *space, const prom_step *step, size_t items)
{
    const uint8_t *codes = codes_of(executor, space, step->inputs[0]);
    uint8_t *outputs = codes_of(executor, space, step->output);
    for (size_t item = 0; item < items; item++) {
        pool_image(executor->kernels, outputs + item * executor->forms[step->output].bytes, step,
                   codes + item * executor->forms[step->inputs[0]].bytes);
    }
}

/* -- The rest -- */

static void run_add(const prom_executor *executor, const workspace *space, const prom_step *step, size_t items)
{
    const uint8_t *first = codes_of(executor, space, step->inputs[0]);
    const uint8_t *inputs[2] = {first, first}; /* of one alone, the second multiplier is zero */
    if (step->input_count > 1) {
        inputs[1] = codes_of(executor, space, step->inputs[1]);
    }
    executor->kernels->add(codes_of(executor, space, step->output), inputs, step->multipliers,
                           items * executor->forms[step->output].bytes, &step->scale);
}

static void copy_raised(uint8_t *restrict outputs, const uint8_t *restrict codes, size_t count, uint8_t raise)
{
    for (size_t i = 0; i < count; i++) {
        outputs[i] = (uint8_t)(codes[i] + raise);
    }
}

static void run_join(const prom_executor *executor, const workspace *space, const prom_step *step, size_t items)
{
    uint8_t *outputs = codes_of(executor, space, step->output);
    for (size_t run = 0; run < items * step->join_count; run++) {
        for (size_t i = 0; i < step->input_count; i++) {
            const size_t bytes = step->join_bytes[i];
            copy_raised(outputs, codes_of(executor, space, step->inputs[i]) + run * bytes, bytes, step->join_raise[i]);
            outputs += bytes;
        }
    }
}

/* Along the last axis of `copying`. */
static uint8_t *copy_run(uint8_t *outputs, const uint8_t *codes, const prom_copying *copying)
{
    const size_t size = copying->sizes[copying->rank - 1];
    const size_t stride = copying->strides[copying->rank - 1];
    if (stride == 1) {
        memcpy(outputs, codes, size);
        return outputs + size;
    }
    for (size_t i = 0; i < size; i++) {
        outputs[i] = codes[i * stride];
    }
    return outputs + size;
}

static void copy_reordered(uint8_t *outputs, const uint8_t *codes, const prom_copying *copying)
{
    size_t index[PROM_RANK_MAX] = {0};
    size_t axis = 0;
    do {
        outputs = copy_run(outputs, codes, copying);
        /* The next index of all axes but the last. */
        for (axis = copying->rank - 1; axis-- > 0;) {
            codes += copying->strides[axis];
            if (++index[axis] < copying->sizes[axis]) {
                break;
            }
            codes -= copying->sizes[axis] * copying->strides[axis];
            index[axis] = 0;
        }
    } while (axis < copying->rank);
}

static void run_copy(const prom_executor *executor, const workspace *space, const prom_step *step, size_t items)
{
    const size_t bytes = executor->forms[step->output].bytes;
    for (size_t item = 0; item < items; item++) {
        copy_reordered(codes_of(executor, space, step->output) + item * bytes,
                       codes_of(executor, space, step->inputs[0]) + item * bytes, &step->copying);
    }
}

static void run_step(const prom_executor *executor, const workspace *space, const prom_step *step, size_t items)
{
    switch (step->operation) {
    case PROM_OPERATION_MULTIPLY:
    case PROM_OPERATION_MULTIPLY_DEPTHWISE:
        run_product(executor, space, step, items);
        return;
    case PROM_OPERATION_MAXIMUM:
    case PROM_OPERATION_AVERAGE:
        run_pool(executor, space, step, items);
        return;
    case PROM_OPERATION_ADD:
        run_add(executor, space, step, items);
        return;
    case PROM_OPERATION_JOIN:
        run_join(executor, space, step, items);
        return;
    case PROM_OPERATION_COPY:
        run_copy(executor, space, step, items);
        return;
    }
}

/* -- Whole runs -- */

static size_t round_up(size_t bytes)
{
    return (bytes + PROM_ALIGNMENT - 1) / PROM_ALIGNMENT * PROM_ALIGNMENT;
}

/* How many items are run at once, as even as can be: as many as `memory` holds, but at least one. */
static size_t items_at_once(const prom_executor *executor, size_t items, size_t memory)
{
    const size_t fixed = executor->pieces * sizeof(uint8_t *) + round_up(executor->padding + executor->edges) +
                         (executor->buffer_count + 2) * (sizeof(uint8_t *) + (size_t)3 * PROM_ALIGNMENT);
    const size_t wanted = executor->bytes < MEMORY_AT_ONCE ? MEMORY_AT_ONCE / executor->bytes : 1;
    const size_t held = memory > fixed ? (memory - fixed) / executor->bytes : 1;
    size_t most = wanted < held ? wanted : held;
    most = most < ITEMS_AT_ONCE_MAX ? most : ITEMS_AT_ONCE_MAX;
    most = most > 1 ? most : 1;
    const size_t rounds = (items + most - 1) / most;
    return rounds > 0 ? (items + rounds - 1) / rounds : 1;
}

static prom_result new_aligned(prom_arena *arena, uint8_t **bytes, size_t count, prom_error *error)
{
    PROM_TRY_NEW(*bytes, arena, count + PROM_ALIGNMENT, error);
    *bytes += (PROM_ALIGNMENT - (uintptr_t)*bytes % PROM_ALIGNMENT) % PROM_ALIGNMENT;
    return prom_ok();
}

static prom_result make_workspace(prom_arena *arena, workspace *space, const prom_executor *executor, size_t items,
                                  prom_error *error)
{
    space->items = items;
    PROM_TRY_NEW(space->pieces, arena, executor->pieces, error);
    PROM_TRY_NEW(space->buffers, arena, executor->buffer_count, error);
    PROM_TRY(new_aligned(arena, &space->padding, executor->padding + PROM_SLACK, error));
    PROM_TRY(new_aligned(arena, &space->edges, executor->edges + PROM_SLACK, error));
    for (size_t i = 0; i < executor->buffer_count; i++) {
        PROM_TRY(new_aligned(arena, &space->buffers[i], executor->buffers[i] * items + PROM_SLACK, error));
    }
    return prom_ok();
}

/* Where an observer gets the values, in row-major order. */
typedef struct observed {
    const prom_program_observer *observer; /* NULL: there is none */
    uint8_t *codes;
    int32_t *sums;
} observed;

static void reorder_sums(int32_t *rows, const int32_t *sums, size_t count, const prom_copying *copying)
{
    size_t index[PROM_RANK_MAX] = {0};
    for (size_t at = 0; at < count; at++) {
        size_t from = 0;
        for (size_t axis = 0; axis < copying->rank; axis++) {
            from += index[axis] * copying->strides[axis];
        }
        rows[at] = sums[from];
        for (size_t axis = copying->rank; axis-- > 0 && ++index[axis] == copying->sizes[axis];) {
            index[axis] = 0;
        }
    }
}

/* Tells the observer of the value that was made last. */
static void observe(const prom_executor *executor, const workspace *space, uint32_t form, bool multiplied,
                    const observed *to)
{
    const prom_program_observer *observer = to->observer;
    const uint32_t index = form / PROM_ORDERS;
    const prom_value *value = prom_program_value(executor->program, index);
    const prom_copying copying = prom_copying_to_rows(&value->shape, (prom_order)(form % PROM_ORDERS));
    if (multiplied && observer->observe_sums != NULL && space->sums != NULL && to->sums != NULL) {
        reorder_sums(to->sums, space->sums, value->count, &copying);
        observer->observe_sums(observer->context, index, to->sums, value->count);
    }
    copy_reordered(to->codes, codes_of(executor, space, form), &copying);
    observer->observe(observer->context, index, to->codes, value->count);
}

/* As many items as there is space for; one when there is an observer. */
static void run_items(const prom_executor *executor, const workspace *space, uint8_t *outputs, const uint8_t *inputs,
                      size_t items, const observed *to)
{
    memcpy(codes_of(executor, space, executor->input), inputs, items * executor->program->input.count);
    if (to->observer != NULL) {
        observe(executor, space, executor->input, false, to);
    }
    for (size_t i = 0; i < executor->step_count; i++) {
        const prom_step *step = &executor->steps[i];
        run_step(executor, space, step, items);
        if (to->observer != NULL && step->layer != NULL) {
            const bool multiplied =
                step->operation == PROM_OPERATION_MULTIPLY || step->operation == PROM_OPERATION_MULTIPLY_DEPTHWISE;
            observe(executor, space, step->output, multiplied, to);
        }
    }
    memcpy(outputs, codes_of(executor, space, executor->output), items * executor->forms[executor->output].bytes);
}

static size_t longest_value(const prom_program *program)
{
    size_t longest = program->input.count;
    for (size_t i = 0; i < program->layer_count; i++) {
        const size_t count = program->layers[i].output.count;
        longest = count > longest ? count : longest;
    }
    return longest;
}

/* Like prom_executor_run, in this arena. */
static prom_result run_in(prom_arena *arena, const prom_executor *executor, uint8_t *outputs,
                          const prom_executor_request *request, prom_error *error)
{
    const prom_program_observer *observer = request->observer;
    const prom_progress *progress = request->progress;
    const uint8_t *inputs = request->inputs;
    const size_t items = request->items;
    const prom_program *program = executor->program;
    const size_t output_count = prom_program_output(program)->count;
    const size_t at_once = observer != NULL ? 1 : items_at_once(executor, items, arena->limit - arena->used);
    workspace space = {0};
    observed to = {.observer = observer};
    size_t wrong = 0;
    if (!prom_codes_in_range(&wrong, inputs, items * program->input.count, program->input.range)) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "value %zu of the input lies outside the program's range", wrong);
    }
    PROM_TRY(make_workspace(arena, &space, executor, at_once, error));
    if (observer != NULL) {
        PROM_TRY_NEW(to.codes, arena, longest_value(program), error);
    }
    if (observer != NULL && observer->observe_sums != NULL) {
        PROM_TRY_NEW(to.sums, arena, longest_value(program), error);
        PROM_TRY_NEW(space.sums, arena, longest_value(program), error);
    }
    for (size_t done = 0; done < items;) {
        const size_t count = items - done < at_once ? items - done : at_once;
        run_items(executor, &space, outputs + done * output_count, inputs + done * program->input.count, count, &to);
        done += count;
        PROM_TRY(prom_progress_report(progress, done, items, error));
    }
    return prom_ok();
}

prom_result prom_executor_run(const prom_executor *executor, uint8_t *outputs, const prom_executor_request *request,
                              prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_arena_init(&arena, request->memory);
    arena.named = request->memory_named != 0 ? request->memory_named : request->memory;
    return run_in(&arena, executor, outputs, request, error);
}

prom_result prom_program_run(prom_arena *arena, uint8_t *outputs, const prom_program *program, const uint8_t *inputs,
                             size_t items, const prom_progress *progress, prom_error *error)
{
    prom_executor *executor = NULL;
    PROM_TRY(prom_executor_new(arena, &executor, program, prom_program_kernels_best(), NULL, error));
    const prom_executor_request request = {.inputs = inputs, .items = items, .progress = progress};
    return run_in(arena, executor, outputs, &request, error);
}
