#include "argument/witness.h"

#include <string.h>

enum { CHANNEL_AXIS = 0, HEIGHT_AXIS = 1, WIDTH_AXIS = 2, CODES = 256 };

/* One layer's place in what is being recorded. */
typedef struct recorded_layer {
    const argument_layer *layer;
    const prom_layer *from;
    layer_witness *witness;
    uint32_t *places; /* of the output's values in its polynomial */
    const prom_value *output;
} recorded_layer;

/* What records a part of the items: those before `last`, the padding after the batch among them. */
typedef struct recorder {
    const prom_argument *argument;
    prom_witness *witness;
    recorded_layer *layers;
    size_t *layer_of;  /* [value] of the program: its layer here, or ARGUMENT_NONE */
    uint8_t **codes;   /* [value], of the item at hand */
    uint32_t **counts; /* [table][row] */
    int64_t *sums;     /* of the layer at hand */
    size_t item;
    size_t last;
} recorder;

static prom_element small_element(uint32_t value)
{
    return prom_element_reduce((uint64_t)value * PROM_FIELD_RADIX_SQUARED);
}

static prom_element signed_element(int64_t value)
{
    return small_element((uint32_t)(value < 0 ? value + (int64_t)PROM_FIELD_PRIME : value));
}

/* -- One value -- */

static void count_row(recorder *to, size_t lookup, uint32_t row)
{
    to->counts[to->argument->lookups[lookup].table][row]++;
}

static void record_limbs(recorder *to, const argument_limbs *limbs, size_t place, uint32_t number)
{
    for (size_t i = 0; i < limbs->count; i++) {
        const uint32_t limb = number & ((UINT32_C(1) << limbs->bits[i]) - 1);
        to->witness->columns[limbs->columns[i]][place] = small_element(limb);
        count_row(to, limbs->lookups[i], limb);
        number >>= limbs->bits[i];
    }
}

static int64_t floor_shifted(int64_t value, size_t bits)
{
    return (value - (value & ((INT64_C(1) << bits) - 1))) / (INT64_C(1) << bits);
}

/* Writes down how `sum` is rescaled; returns the quotient. */
static int64_t record_rescale(recorder *to, const recorded_layer *at, size_t place, int64_t sum, uint32_t multiplier)
{
    const argument_layer *layer = at->layer;
    const size_t split = at->from->rescale.split;
    int64_t dividend = sum * multiplier;
    if (layer->split) {
        const int64_t high = floor_shifted(sum, split);
        const int64_t rest = sum - high * (INT64_C(1) << split);
        const int64_t product = rest * multiplier;
        const int64_t carry = product >> split;
        const int64_t low = product - (carry << split);
        at->witness->rest[place] = signed_element(rest);
        at->witness->low[place] = signed_element(low);
        count_row(to, layer->rest, (uint32_t)rest);
        count_row(to, layer->low, (uint32_t)low);
        record_limbs(to, &layer->high, place, (uint32_t)(high + (INT64_C(1) << (ARGUMENT_NUMBER_BITS - split))));
        record_limbs(to, &layer->carry, place, (uint32_t)carry);
        dividend = high * multiplier + carry;
    }
    dividend += INT64_C(1) << (layer->remainder_bits - 1);
    const int64_t quotient = floor_shifted(dividend, layer->remainder_bits);
    record_limbs(to, &layer->remainder, place, (uint32_t)(dividend - quotient * (INT64_C(1) << layer->remainder_bits)));
    at->witness->quotient[place] = signed_element(quotient);
    const int64_t lowest = -(INT64_C(1) << (ARGUMENT_NUMBER_BITS - layer->remainder_bits));
    count_row(to, layer->activation, (uint32_t)(quotient - lowest));
    return quotient;
}

/* -- What a layer sums, where the executor does not say -- */

static void sum_values(recorder *to, const prom_layer *from)
{
    for (size_t j = 0; j < from->input_count; j++) {
        const uint8_t *codes = to->codes[from->inputs[j]];
        const int low = prom_program_value(to->argument->program, from->inputs[j])->range.low;
        for (size_t i = 0; i < from->output.count; i++) {
            to->sums[i] = (j == 0 ? 0 : to->sums[i]) + (int64_t)from->rescale.multipliers[j] * (codes[i] + low);
        }
    }
}

/* The value under place `place` of the window at output `at` of an image layer; `outside` where that is padding. */
static int value_under(const recorder *to, const prom_layer *from, size_t at, size_t place, int outside)
{
    const prom_value *image = prom_program_value(to->argument->program, from->inputs[0]);
    const prom_window_axis *axes = from->window.axes;
    const size_t height = image->shape.sizes[HEIGHT_AXIS];
    const size_t width = image->shape.sizes[WIDTH_AXIS];
    const size_t across = from->output.shape.sizes[WIDTH_AXIS];
    const size_t pixels = from->output.shape.sizes[HEIGHT_AXIS] * across;
    const size_t row = place / axes[PROM_WINDOW_WIDTH].kernel;
    const size_t column = place % axes[PROM_WINDOW_WIDTH].kernel;
    const size_t y = at % pixels / across * axes[0].stride + row * axes[0].dilation - axes[0].pad_before;
    const size_t x = at % across * axes[1].stride + column * axes[1].dilation - axes[1].pad_before;
    if (y >= height || x >= width) { /* above and before the image they wrap */
        return outside;
    }
    return to->codes[from->inputs[0]][(at / pixels * height + y) * width + x] + image->range.low;
}

/* The sum of what lies under the window at output `at`, inside of the image: a window may be far larger than that. */
static int32_t sum_under(const recorder *to, const prom_layer *from, size_t at)
{
    const prom_shape *image = &prom_program_value(to->argument->program, from->inputs[0])->shape;
    const prom_window_axis *axes = from->window.axes;
    const size_t across = from->output.shape.sizes[WIDTH_AXIS];
    const size_t pixel = at % (from->output.shape.sizes[HEIGHT_AXIS] * across);
    size_t row = 0;
    size_t rows = 0;
    size_t column = 0;
    size_t columns = 0;
    int32_t sum = 0;
    prom_window_inside(&axes[PROM_WINDOW_HEIGHT], image->sizes[HEIGHT_AXIS], pixel / across, &row, &rows);
    prom_window_inside(&axes[PROM_WINDOW_WIDTH], image->sizes[WIDTH_AXIS], pixel % across, &column, &columns);
    for (size_t i = row; i < row + rows; i++) {
        for (size_t j = column; j < column + columns; j++) {
            sum += value_under(to, from, at, i * axes[PROM_WINDOW_WIDTH].kernel + j, 0);
        }
    }
    return sum;
}

static void sum_windows(recorder *to, const prom_layer *from)
{
    for (size_t i = 0; i < from->output.count; i++) {
        to->sums[i] = sum_under(to, from, i);
    }
}

/* -- What the executor tells -- */

static uint32_t multiplier_at(const prom_layer *from, size_t at)
{
    const prom_shape *shape = &from->output.shape;
    const size_t channels = from->rescale.count;
    switch (from->kind) {
    case PROM_LAYER_DENSE:
        return from->rescale.multipliers[at % channels];
    case PROM_LAYER_CONV:
        return from->rescale.multipliers[at / (from->output.count / channels)];
    case PROM_LAYER_AVERAGE_POOL:
        return from->rescale.multipliers[channels == 1 ? 0 : at % (from->output.count / shape->sizes[CHANNEL_AXIS])];
    case PROM_LAYER_ADD:
    case PROM_LAYER_MAX_POOL:
    case PROM_LAYER_CONCAT:
    case PROM_LAYER_RESHAPE:
    case PROM_LAYER_TRANSPOSE:
        return 1; /* an add has its multipliers in the sum */
    }
    return 1;
}

static size_t place_of(const recorder *to, const recorded_layer *at, size_t i)
{
    const size_t variables = to->argument->values[at->layer->value].variables;
    return to->item << variables | at->places[i];
}

static void record_values(recorder *to, const recorded_layer *at)
{
    const uint8_t *codes = to->codes[at->layer->value];
    for (size_t i = 0; i < at->output->count; i++) {
        at->witness->value[place_of(to, at, i)] = signed_element(codes[i] + at->output->range.low);
    }
}

static void record_pool(recorder *to, const recorded_layer *at)
{
    const uint8_t *codes = to->codes[at->layer->value];
    const int low = at->output->range.low;
    for (size_t i = 0; i < at->output->count; i++) {
        for (size_t place = 0; place < at->layer->places; place++) {
            const int difference = codes[i] + low - value_under(to, at->from, i, place, low);
            at->witness->differences[place][place_of(to, at, i)] = small_element((uint32_t)difference);
            count_row(to, at->layer->first_place + place, (uint32_t)difference);
        }
    }
}

static void record_sums(recorder *to, const recorded_layer *at)
{
    for (size_t i = 0; i < at->output->count; i++) {
        (void)record_rescale(to, at, place_of(to, at, i), to->sums[i], multiplier_at(at->from, i));
    }
}

static void see_sums(void *context, uint32_t index, const int32_t *sums, size_t count)
{
    const recorder *to = context;
    (void)index;
    for (size_t i = 0; i < count; i++) {
        to->sums[i] = sums[i];
    }
}

static void see_codes(void *context, uint32_t index, const uint8_t *codes, size_t count)
{
    recorder *to = context;
    memcpy(to->codes[index], codes, count);
    if (to->layer_of[index] != ARGUMENT_NONE) {
        const recorded_layer *at = &to->layers[to->layer_of[index]];
        record_values(to, at);
        if (at->from->kind == PROM_LAYER_ADD) {
            sum_values(to, at->from);
        } else if (at->from->kind == PROM_LAYER_AVERAGE_POOL) {
            sum_windows(to, at->from);
        }
        (at->from->kind == PROM_LAYER_MAX_POOL ? record_pool : record_sums)(to, at);
    }
    if (index == to->argument->program->layer_count) {
        to->item++;
    }
}

/* -- The whole -- */

/* Cells of the polynomials that stand for nothing hold what a sum of zero, or a difference of zero, leaves. */
static void fill_padding(recorder *to, const recorded_layer *at)
{
    const argument_layer *layer = at->layer;
    const size_t variables = to->argument->values[layer->value].variables;
    const size_t size = (size_t)1 << variables;
    uint8_t *used = (uint8_t *)to->sums; /* free before the first item */
    memset(used, 0, size);
    for (size_t i = 0; i < at->output->count; i++) {
        used[at->places[i]] = 1;
    }
    for (size_t item = to->item; item < to->last; item++) {
        for (size_t i = 0; i < size; i++) {
            if (item < to->argument->items && used[i] != 0) {
                continue;
            }
            if (layer->places == 0) {
                (void)record_rescale(to, at, item << variables | i, 0, 0);
            }
            for (size_t place = 0; place < layer->places; place++) {
                count_row(to, layer->first_place + place, 0);
            }
        }
    }
}

static prom_result new_elements(prom_arena *arena, prom_element **elements, size_t variables, prom_error *error)
{
    PROM_TRY_NEW(*elements, arena, (size_t)1 << variables, error);
    return prom_ok();
}

static prom_result make_layer(prom_arena *arena, prom_arena *scratch, recorder *to, size_t index, prom_error *error)
{
    const prom_argument *argument = to->argument;
    const argument_layer *layer = &argument->layers[index];
    const argument_value *value = &argument->values[layer->value];
    layer_witness *witness = &to->witness->layers[index];
    recorded_layer *at = &to->layers[index];
    *at = (recorded_layer){layer, &argument->program->layers[layer->value - 1], witness, NULL,
                           prom_program_value(argument->program, layer->value)};
    to->layer_of[layer->value] = index;
    PROM_TRY_NEW(at->places, scratch, at->output->count, error);
    prom_argument_padded_places(at->places, value, &at->output->shape);
    if (value->role == ARGUMENT_COMMITTED) {
        witness->value = to->witness->columns[value->column];
    } else {
        PROM_TRY(new_elements(arena, &witness->value, layer->variables, error));
    }
    for (size_t i = 0; i < layer->places; i++) {
        PROM_TRY(new_elements(arena, &witness->differences[i], layer->variables, error));
    }
    if (layer->places == 0) {
        PROM_TRY(new_elements(arena, &witness->quotient, layer->variables, error));
    }
    if (layer->split) {
        PROM_TRY(new_elements(arena, &witness->rest, layer->variables, error));
        PROM_TRY(new_elements(arena, &witness->low, layer->variables, error));
    }
    return prom_ok();
}

/* The columns, as a commitment lays them out. */
static prom_result make_columns(prom_arena *arena, const prom_argument *argument, prom_witness *witness,
                                prom_error *error)
{
    const prom_commitment_parameters parameters = prom_commitment_setup_for(prom_cpu_of_machine()).parameters;
    const size_t count = argument->column_count;
    PROM_TRY_NEW(witness->columns, arena, count, error);
    if (count == 0) {
        return prom_ok();
    }
    PROM_TRY(prom_commitment_layout_new(arena, &witness->layout, &parameters, argument->columns, count, error));
    PROM_TRY_NEW(witness->rows, arena, witness->layout.columns << witness->layout.log_rows, error);
    for (size_t i = 0; i < count; i++) {
        witness->columns[i] = witness->rows + witness->layout.starts[i];
    }
    return prom_ok();
}

/* What all recorders share. */
static prom_result make_shared(prom_arena *arena, prom_arena *scratch, recorder *to, prom_error *error)
{
    const prom_argument *argument = to->argument;
    const prom_program *program = argument->program;
    *to->witness = (prom_witness){.rows = NULL};
    PROM_TRY(make_columns(arena, argument, to->witness, error));
    PROM_TRY_NEW(to->witness->layers, arena, argument->layer_count, error);
    PROM_TRY_NEW(to->layers, scratch, argument->layer_count, error);
    PROM_TRY_NEW(to->layer_of, scratch, program->layer_count + 1, error);
    for (uint32_t i = 0; i <= program->layer_count; i++) {
        to->layer_of[i] = ARGUMENT_NONE;
    }
    for (size_t i = 0; i < argument->layer_count; i++) {
        PROM_TRY(make_layer(arena, scratch, to, i, error));
    }
    return prom_ok();
}

/* Places of the longest value that is recorded. */
static size_t longest_recorded(const prom_argument *argument)
{
    size_t longest = 0;
    for (size_t i = 0; i < argument->layer_count; i++) {
        const size_t padded = (size_t)1 << argument->values[argument->layers[i].value].variables;
        longest = padded > longest ? padded : longest;
    }
    return longest;
}

uint64_t prom_witness_sums_bytes(const prom_argument *argument)
{
    return (uint64_t)longest_recorded(argument) * sizeof(int64_t);
}

static prom_result make_own(prom_arena *scratch, recorder *to, prom_error *error)
{
    const prom_argument *argument = to->argument;
    const prom_program *program = argument->program;
    PROM_TRY_NEW(to->codes, scratch, program->layer_count + 1, error);
    PROM_TRY_NEW(to->counts, scratch, argument->table_count, error);
    for (uint32_t i = 0; i <= program->layer_count; i++) {
        PROM_TRY_NEW(to->codes[i], scratch, prom_program_value(program, i)->count, error);
    }
    for (size_t i = 0; i < argument->table_count; i++) {
        PROM_TRY_NEW(to->counts[i], scratch, (size_t)1 << argument->tables[i].bits, error);
    }
    PROM_TRY_NEW(to->sums, scratch, longest_recorded(argument), error);
    return prom_ok();
}

/* One part of the items, which a thread records: some of them in each round. */
typedef struct recording {
    recorder to;
    const prom_executor *executor;
    uint8_t *outputs; /* of the whole batch */
    const uint8_t *inputs;
    size_t round_items; /* at most */
    size_t memory;
    size_t memory_named;
    bool padded;
    prom_result result;
    prom_error error;
} recording;

static prom_result record_round(recording *part, prom_error *error)
{
    recorder *to = &part->to;
    const prom_program *program = to->argument->program;
    const prom_program_observer observer = {see_codes, see_sums, to};
    const size_t first = to->item;
    const size_t end = to->last < to->argument->items ? to->last : to->argument->items;
    for (size_t i = 0; i < to->argument->layer_count && !part->padded; i++) {
        fill_padding(to, &to->layers[i]);
    }
    part->padded = true;
    if (first >= end) {
        return prom_ok();
    }
    const prom_executor_request request = {.inputs = part->inputs + first * program->input.count,
                                           .items = end - first < part->round_items ? end - first : part->round_items,
                                           .memory = part->memory,
                                           .memory_named = part->memory_named,
                                           .observer = &observer};
    return prom_executor_run(part->executor, part->outputs + first * prom_program_output(program)->count, &request,
                             error);
}

static void record_part(void *argument, size_t index)
{
    recording *part = (recording *)argument + index;
    part->result = record_round(part, &part->error);
}

static void count_rows(const prom_argument *argument, prom_witness *witness, const recording *recordings, size_t count)
{
    for (size_t i = 0; i < argument->table_count; i++) {
        const argument_table *table = &argument->tables[i];
        for (size_t row = 0; row < (size_t)1 << table->bits; row++) {
            uint32_t sum = 0;
            for (size_t part = 0; part < count; part++) {
                sum += recordings[part].to.counts[i][row];
            }
            witness->columns[table->column][row] = small_element(sum);
        }
    }
}

/* Parts are cut alike whatever the threads, and few: each has the codes of an item and the counts of all tables. */
static size_t parts_of(const prom_argument *argument)
{
    enum { PARTS_MAX = 8 };
    const size_t items = (size_t)1 << argument->batch_bits;
    return items < PARTS_MAX ? items : PARTS_MAX;
}

static prom_result make_recordings(prom_arena *scratch, recording *recordings, size_t count, const recorder *shared,
                                   const recording *all, prom_error *error)
{
    enum { ROUNDS_MAX = 16 }; /* after each, whoever watches is called, and may stop it */
    const size_t items = ((size_t)1 << shared->argument->batch_bits) / count;
    for (size_t i = 0; i < count; i++) {
        recordings[i] = *all;
        recordings[i].to = *shared;
        recordings[i].to.item = i * items;
        recordings[i].to.last = (i + 1) * items;
        recordings[i].round_items = (items + ROUNDS_MAX - 1) / ROUNDS_MAX;
        PROM_TRY(make_own(scratch, &recordings[i].to, error));
    }
    for (size_t i = 0; i < count; i++) {
        recordings[i].memory = (scratch->limit - scratch->used) / count;
        recordings[i].memory_named = scratch->named;
    }
    return prom_ok();
}

/* Round after round: the threads are together, and the watcher is called, between two of them. */
static prom_result record_all(recording *recordings, size_t count, const witness_request *request, prom_error *error)
{
    const size_t items = request->argument->items;
    size_t done = 0;
    while (done < items) {
        prom_parallel_run(request->parallel, record_part, recordings, count);
        done = 0;
        for (size_t i = 0; i < count; i++) {
            const recorder *to = &recordings[i].to;
            if (!prom_is_ok(recordings[i].result)) {
                return prom_fail(error, recordings[i].result.category, "%s", recordings[i].error.sentence);
            }
            done += to->item - i * recordings[0].to.last; /* all parts are as long as the first */
        }
        PROM_TRY(prom_progress_report(request->progress, done, items, error));
    }
    return prom_ok();
}

prom_result prom_witness_new(prom_arena *arena, prom_witness *witness, uint8_t *outputs, const witness_request *request,
                             prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    const prom_argument *argument = request->argument;
    const size_t count = parts_of(argument);
    recorder shared = {.argument = argument, .witness = witness};
    prom_executor *executor = NULL;
    recording *recordings = NULL;
    prom_arena_init_within(&scratch, arena);
    PROM_TRY(make_shared(arena, &scratch, &shared, error));
    PROM_TRY(prom_executor_new(&scratch, &executor, argument->program, prom_program_kernels_best(), request->parallel,
                               error));
    PROM_TRY_NEW(recordings, &scratch, count, error);
    const recording all = {.executor = executor, .outputs = outputs, .inputs = request->inputs};
    PROM_TRY(make_recordings(&scratch, recordings, count, &shared, &all, error));
    PROM_TRY(record_all(recordings, count, request, error));
    count_rows(argument, witness, recordings, count);
    return prom_ok();
}
