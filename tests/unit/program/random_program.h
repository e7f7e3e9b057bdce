/* Random programs of all kinds of layers, whose exact bounds hold. */
#ifndef TEST_PROGRAM_RANDOM_PROGRAM_H
#define TEST_PROGRAM_RANDOM_PROGRAM_H

#include "prometheus/program/program.h"
#include "tensor/files.h"

#define RANDOM_LAYERS_MAX 64

/* A program that grows by a layer at a time. */
typedef struct random_maker {
    prom_arena *arena;
    uint64_t *random;
    size_t channels_most;
    size_t size_most;      /* of an image's height, and width */
    prom_program contents; /* for prom_program_build */
    prom_layer layers[RANDOM_LAYERS_MAX];
    const prom_program *program; /* of these layers; NULL before the first */
} random_maker;

static inline const prom_program *build_program(prom_arena *arena, const prom_program *contents)
{
    prom_error error = {""};
    const prom_program *program = NULL;
    assert_ok(prom_program_build(arena, &program, contents, &error), &error);
    return program;
}

/* least to most, both included. */
static inline size_t random_between(uint64_t *random, size_t least, size_t most)
{
    return least + random_below(random, most - least + 1);
}

static inline bool random_chance(uint64_t *random, size_t in)
{
    return random_below(random, in) == 0;
}

static inline prom_range random_range(uint64_t *random)
{
    static const prom_range common[] = {{-128, 127}, {0, 255}, {-255, 0}, {0, 1}, {-1, 0}, {-127, 128}, {0, 127}};
    const size_t at = random_below(random, 2 * COUNT_OF(common));
    if (at < COUNT_OF(common)) {
        return common[at];
    }
    const size_t width = random_between(random, 1, 255);
    const size_t below = random_between(random, 0, width);
    return (prom_range){(int16_t) - (int)below, (int16_t)(width - below)};
}

/* Codes in the range; the extremes come often. */
static inline void random_codes(uint64_t *random, uint8_t *codes, size_t count, prom_range range)
{
    const size_t most = (size_t)(range.high - range.low);
    for (size_t i = 0; i < count; i++) {
        const size_t draw = random_below(random, 4);
        codes[i] = (uint8_t)(draw == 0 ? 0 : draw == 1 ? most : random_between(random, 0, most));
    }
}

static inline const prom_value *random_value(const random_maker *maker, uint32_t index)
{
    return index == 0 ? &maker->contents.input : prom_program_value(maker->program, index);
}

static inline uint32_t random_newest(const random_maker *maker)
{
    return (uint32_t)maker->contents.layer_count;
}

/* -- Numbers -- */

static inline void random_weights(random_maker *maker, prom_layer *layer, size_t outputs)
{
    const size_t count = outputs * layer->weight_count;
    const size_t manner = random_below(maker->random, 4);
    int8_t *weights = new_bytes(maker->arena, count, 1);
    int32_t *biases = new_bytes(maker->arena, outputs, sizeof *biases);
    for (size_t i = 0; i < count; i++) {
        const uint64_t draw = next_random(maker->random);
        weights[i] = (int8_t)draw;
        if (manner == 0) {
            weights[i] = draw >> 63 == 0 ? INT8_MIN : INT8_MAX;
        } else if (manner == 1) {
            weights[i] = draw >> 61 == 0 ? INT8_MIN : (int8_t)(weights[i] / 16);
        }
    }
    for (size_t i = 0; i < outputs; i++) {
        biases[i] = (int32_t)random_below(maker->random, 1 << 16) - (1 << 15);
    }
    layer->weights = weights;
    layer->biases = biases;
}

static inline uint32_t largest_multiplier(prom_sum_range sum, uint8_t shift, uint8_t split)
{
    uint32_t least = 0; /* it and all below are possible, or it is 0 */
    uint32_t most = PROM_PROGRAM_MULTIPLIER_MAX;
    while (least < most) {
        const uint32_t middle = least + (most - least + 1) / 2;
        if (prom_rescale_within_bound(sum, middle, shift, split)) {
            least = middle;
        } else {
            most = middle - 1;
        }
    }
    return least;
}

/* Often the largest that is possible, else one that leaves most outputs inside their range. */
static inline uint32_t random_multiplier(uint64_t *random, prom_sum_range sum, uint8_t shift, uint8_t split)
{
    const uint32_t largest = largest_multiplier(sum, shift, split);
    const int64_t reach = 1 + (-sum.low > sum.high ? -sum.low : sum.high);
    if (largest == 0 || random_chance(random, 4)) {
        return largest;
    }
    const int64_t wanted = (INT64_C(1) << shift) * (int64_t)random_between(random, 128, 1024) / reach;
    return wanted < 1 ? 1 : wanted < largest ? (uint32_t)wanted : largest;
}

/* Shift, split and multipliers, `count` of them, for a layer that is complete but for these. False when the drawn shift
 * and split do not go with its sums. */
static inline bool random_rescale_drawn(random_maker *maker, prom_layer *layer, const prom_value *inputs, size_t count)
{
    prom_rescale *rescale = &layer->rescale;
    uint32_t *multipliers = new_bytes(maker->arena, count, sizeof *multipliers);
    rescale->split = (uint8_t)(random_chance(maker->random, 3) ? random_between(maker->random, 1, 15) : 0);
    rescale->shift = (uint8_t)(rescale->split + random_between(maker->random, 1, 29));
    rescale->count = count;
    for (size_t i = 0; i < count; i++) {
        const prom_sum_range sum = prom_layer_sum_range(layer, inputs, i);
        multipliers[i] = random_multiplier(maker->random, sum, rescale->shift, rescale->split);
        if (multipliers[i] == 0) {
            return false;
        }
    }
    rescale->multipliers = multipliers;
    return true;
}

/* The same, drawn until they go with its sums. False where none of many do: the sums of a layer that reads very much
 * can be too large for any. */
static inline bool random_rescale(random_maker *maker, prom_layer *layer, const prom_value *inputs, size_t count)
{
    enum { TRIES = 20 };
    bool drawn = false;
    for (size_t tries = 0; !drawn && tries < TRIES; tries++) {
        drawn = random_rescale_drawn(maker, layer, inputs, count);
    }
    return drawn;
}

/* -- Layers. Each function makes one that reads the newest value, and is false when none of the kind can. -- */

static inline bool random_dense(random_maker *maker, prom_layer *layer, const prom_value *input)
{
    const size_t outputs = random_between(maker->random, 1, maker->channels_most);
    layer->weight_count = input->shape.sizes[input->shape.rank - 1];
    random_weights(maker, layer, outputs);
    return random_rescale(maker, layer, input, outputs);
}

static inline bool random_window(random_maker *maker, prom_layer *layer, const prom_value *input)
{
    size_t fits[PROM_WINDOW_AXES];
    for (size_t i = 0; i < PROM_WINDOW_AXES; i++) {
        const bool plain = random_chance(maker->random, 3);
        prom_window_axis *axis = &layer->window.axes[i];
        axis->kernel = (uint32_t)random_between(maker->random, 1, 5);
        axis->stride = (uint32_t)(plain ? 1 : random_between(maker->random, 1, 3));
        axis->dilation = (uint32_t)(plain ? 1 : random_between(maker->random, 1, 3));
        axis->pad_before = (uint32_t)(plain ? axis->kernel / 2 : random_between(maker->random, 0, 4));
        axis->pad_after = (uint32_t)(plain ? axis->kernel / 2 : random_between(maker->random, 0, 4));
        fits[i] = prom_window_fits(axis, input->shape.sizes[1 + i]);
    }
    layer->output.shape = (prom_shape){3, {input->shape.sizes[0], fits[PROM_WINDOW_HEIGHT], fits[PROM_WINDOW_WIDTH]}};
    return fits[PROM_WINDOW_HEIGHT] > 0 && fits[PROM_WINDOW_WIDTH] > 0 &&
           fits[PROM_WINDOW_HEIGHT] <= maker->size_most && fits[PROM_WINDOW_WIDTH] <= maker->size_most;
}

static inline bool random_conv(random_maker *maker, prom_layer *layer, const prom_value *input)
{
    if (input->shape.rank != 3 || !random_window(maker, layer, input)) {
        return false;
    }
    const size_t channels = input->shape.sizes[0];
    const size_t groups = random_between(maker->random, 1, channels);
    const size_t manner = random_below(maker->random, 3); /* one group, some, or a group for each channel */
    layer->groups = (uint32_t)(manner == 0 ? 1 : manner == 1 || channels % groups != 0 ? channels : groups);
    const size_t outputs =
        layer->groups * random_between(maker->random, 1, (maker->channels_most + layer->groups - 1) / layer->groups);
    layer->weight_count = channels / layer->groups * layer->window.axes[PROM_WINDOW_HEIGHT].kernel *
                          layer->window.axes[PROM_WINDOW_WIDTH].kernel;
    random_weights(maker, layer, outputs);
    return random_rescale(maker, layer, input, outputs);
}

static inline bool random_max_pool(random_maker *maker, prom_layer *layer, const prom_value *input)
{
    return input->shape.rank == 3 && random_window(maker, layer, input);
}

static inline bool random_average_pool(random_maker *maker, prom_layer *layer, const prom_value *input)
{
    if (input->shape.rank != 3 || !random_window(maker, layer, input)) {
        return false;
    }
    const size_t places = layer->output.shape.sizes[1] * layer->output.shape.sizes[2];
    layer->rescale.count = random_chance(maker->random, 2) ? 1 : places; /* the sum's range depends on it */
    return random_rescale(maker, layer, input, layer->rescale.count);
}

/* An earlier value of the newest's shape; where they are to be joined, one byte holds both ranges. */
static inline uint32_t random_companion(const random_maker *maker, prom_range *joined)
{
    const prom_value *newest = random_value(maker, random_newest(maker));
    uint32_t found = random_newest(maker);
    for (uint32_t i = 0; i < random_newest(maker); i++) {
        const prom_value *value = random_value(maker, i);
        const int low = joined != NULL && value->range.low > joined->low ? joined->low : value->range.low;
        const int high = joined != NULL && value->range.high < joined->high ? joined->high : value->range.high;
        if (high - low <= PROM_CODE_MAX && prom_shape_equal(&value->shape, &newest->shape) &&
            random_chance(maker->random, 2)) {
            found = i;
        }
    }
    if (joined != NULL) {
        const prom_range range = random_value(maker, found)->range;
        joined->low = range.low < joined->low ? range.low : joined->low;
        joined->high = range.high > joined->high ? range.high : joined->high;
    }
    return found;
}

static inline bool random_add(random_maker *maker, prom_layer *layer, const prom_value *input)
{
    uint32_t *inputs = new_bytes(maker->arena, 2, sizeof *inputs);
    uint32_t *multipliers = new_bytes(maker->arena, 2, sizeof *multipliers);
    const size_t count = random_between(maker->random, 1, 2);
    const size_t newest_at = random_below(maker->random, count);
    const uint8_t shift = (uint8_t)random_between(maker->random, 1, 29);
    (void)input;
    for (size_t i = 0; i < count; i++) {
        inputs[i] = i == newest_at ? random_newest(maker) : random_companion(maker, NULL);
        const prom_range range = random_value(maker, inputs[i])->range;
        const int64_t reach = -range.low > range.high ? -range.low : range.high;
        const int64_t left = (PROM_PROGRAM_BOUND - 1 - (INT64_C(1) << (shift - 1))) / (int64_t)count;
        const int64_t lively = (INT64_C(1) << shift) * (int64_t)random_between(maker->random, 1, 400) / 200;
        const int64_t most =
            left / reach < (int64_t)PROM_PROGRAM_MULTIPLIER_MAX ? left / reach : (int64_t)PROM_PROGRAM_MULTIPLIER_MAX;
        multipliers[i] = (uint32_t)(lively < most && lively > 0 ? lively : most);
    }
    layer->inputs = inputs;
    layer->input_count = count;
    layer->rescale = (prom_rescale){shift, 0, count, multipliers};
    return true;
}

static inline bool random_concat(random_maker *maker, prom_layer *layer, const prom_value *input)
{
    const size_t count = random_between(maker->random, 2, 4);
    uint32_t *inputs = new_bytes(maker->arena, count, sizeof *inputs);
    prom_range joined = input->range;
    if (input->count * count > 4096) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        inputs[i] = i == 1 ? random_newest(maker) : random_companion(maker, &joined);
    }
    layer->inputs = inputs;
    layer->input_count = count;
    layer->axis = (uint32_t)random_below(maker->random, input->shape.rank);
    return true;
}

static inline bool random_reshape(random_maker *maker, prom_layer *layer, const prom_value *input)
{
    prom_shape *shape = &layer->output.shape;
    size_t left = input->count;
    shape->rank = random_chance(maker->random, 2) ? 3 : random_between(maker->random, 1, 5);
    for (size_t i = 0; i + 1 < shape->rank; i++) {
        size_t size = random_between(maker->random, 1, 12);
        while (left % size != 0) {
            size--;
        }
        shape->sizes[i] = size;
        left /= size;
    }
    shape->sizes[shape->rank - 1] = left;
    return true;
}

static inline bool random_transpose(random_maker *maker, prom_layer *layer, const prom_value *input)
{
    const size_t rank = input->shape.rank;
    layer->output.shape.rank = rank;
    for (size_t i = 0; i < rank; i++) {
        const size_t other = random_between(maker->random, 0, i);
        layer->permutation[i] = layer->permutation[other];
        layer->permutation[other] = (uint8_t)i;
    }
    return true;
}

/* What range the layer's output has: its own where it rescales, else the least that holds its inputs'. */
static inline prom_range random_range_made(const random_maker *maker, const prom_layer *layer)
{
    prom_range range = layer->output.range;
    if (layer->kind == PROM_LAYER_MAX_POOL || layer->kind == PROM_LAYER_CONCAT || layer->kind == PROM_LAYER_RESHAPE ||
        layer->kind == PROM_LAYER_TRANSPOSE) {
        range = random_value(maker, layer->inputs[0])->range;
        for (size_t i = 1; i < layer->input_count; i++) {
            const prom_range other = random_value(maker, layer->inputs[i])->range;
            range.low = other.low < range.low ? other.low : range.low;
            range.high = other.high > range.high ? other.high : range.high;
        }
    }
    return range;
}

static inline bool random_layer_drawn(random_maker *maker, prom_layer *layer, prom_layer_kind kind)
{
    static bool (*const draw[PROM_LAYER_KINDS + 1])(random_maker *, prom_layer *, const prom_value *) = {
        [PROM_LAYER_DENSE] = random_dense,       [PROM_LAYER_CONV] = random_conv,
        [PROM_LAYER_MAX_POOL] = random_max_pool, [PROM_LAYER_AVERAGE_POOL] = random_average_pool,
        [PROM_LAYER_ADD] = random_add,           [PROM_LAYER_CONCAT] = random_concat,
        [PROM_LAYER_RESHAPE] = random_reshape,   [PROM_LAYER_TRANSPOSE] = random_transpose,
    };
    uint32_t *newest = new_bytes(maker->arena, 1, sizeof *newest);
    *newest = random_newest(maker);
    *layer = (prom_layer){.kind = kind, .input_count = 1, .inputs = newest, .groups = 1};
    layer->output.range = random_range(maker->random);
    return draw[kind](maker, layer, random_value(maker, *newest));
}

/* Appends a layer of that kind, which reads the newest value. False when it found none. */
static inline bool random_append(random_maker *maker, prom_layer_kind kind)
{
    for (size_t tries = 0; tries < 100; tries++) {
        const prom_program *program = NULL;
        prom_program contents = maker->contents;
        if (random_layer_drawn(maker, &maker->layers[contents.layer_count], kind)) {
            prom_error error = {""};
            contents.layer_count++;
            contents.output_zero = -random_range_made(maker, &maker->layers[contents.layer_count - 1]).low;
            if (prom_is_ok(prom_program_build(maker->arena, &program, &contents, &error))) {
                maker->contents = contents;
                maker->program = program;
                return true;
            }
            /* The one thing that is left to chance. */
            if (strstr(error.sentence, "its window can lie in the padding alone") == NULL) {
                fail_msg("a random %s: %s", prom_layer_kind_name(kind), error.sentence);
            }
        }
    }
    return false;
}

/* A maker without layers yet, for an input of that shape. */
static inline random_maker *random_maker_new(prom_arena *arena, uint64_t *random, const prom_shape *shape,
                                             size_t channels_most, size_t size_most)
{
    random_maker *maker = new_bytes(arena, 1, sizeof *maker);
    maker->arena = arena;
    maker->random = random;
    maker->channels_most = channels_most;
    maker->size_most = size_most;
    maker->contents = (prom_program){.input_scale = 0.0078125F, .output_scale = 0.1F, .layers = maker->layers};
    maker->contents.input.shape = *shape;
    maker->contents.input.range = random_range(random);
    maker->contents.input_zero = -maker->contents.input.range.low;
    assert_true(prom_shape_count(&maker->contents.input.count, shape));
    return maker;
}

/* A program of `layer_count` layers of any kind, with images of up to 20 channels. */
static inline random_maker *random_program_maker(prom_arena *arena, uint64_t *random, size_t layer_count)
{
    const prom_shape shape = {
        3, {random_between(random, 1, 12), random_between(random, 1, 8), random_between(random, 1, 8)}};
    random_maker *maker = random_maker_new(arena, random, &shape, 20, 10);
    while (maker->contents.layer_count < layer_count) {
        (void)random_append(maker, (prom_layer_kind)random_between(random, 1, PROM_LAYER_KINDS));
    }
    return maker;
}

static inline const prom_program *random_program(prom_arena *arena, uint64_t *random, size_t layer_count)
{
    return random_program_maker(arena, random, layer_count)->program;
}

/* A program of one layer of that kind, with up to 70 channels. */
static inline const prom_program *random_program_of_one(prom_arena *arena, uint64_t *random, prom_layer_kind kind)
{
    random_maker *maker = NULL;
    do {
        const prom_shape shape = {
            3, {random_between(random, 1, 70), random_between(random, 1, 7), random_between(random, 1, 7)}};
        maker = random_maker_new(arena, random, &shape, 70, 12);
    } while (!random_append(maker, kind));
    return maker->program;
}

/* Codes in the range of the program's input. */
static inline uint8_t *random_inputs(prom_arena *arena, uint64_t *random, const prom_program *program, size_t items)
{
    uint8_t *inputs = new_bytes(arena, items * program->input.count, 1);
    random_codes(random, inputs, items * program->input.count, program->input.range);
    return inputs;
}

#endif
