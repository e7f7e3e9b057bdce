#include "daemon/measure_programs.h"

enum { SHIFT = 20, SIDE = 28, FIRST = 8, SECOND = 16, WIDE = 256, CLASSES = 10, KERNEL = 3, LAYERS_MAX = 6 };

/* Any sequence that is the same in every run will do: SplitMix64 (Steele, Lea and Flood 2014). */
static uint64_t next_random(uint64_t *state)
{
    uint64_t mixed = *state += UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ mixed >> 31;
}

/* -- Weights -- */

/* What a layer multiplies. */
struct weights {
    size_t outputs;
    size_t inputs; /* of each output */
};

static uint32_t square_root(size_t number)
{
    uint32_t root = 1;
    while ((size_t)(root + 1) * (root + 1) <= number) {
        root++;
    }
    return root;
}

/* By it sums of values at random fill about half of an output's range, as those of a trained model do. */
static uint32_t multiplier_for(const struct weights *of)
{
    enum { WANTED = 80, WEIGHT = 73, VALUE = 100 /* usual sizes: of an output, a weight, a value */ };
    return (WANTED << SHIFT) / (square_root(of->inputs) * WEIGHT * VALUE);
}

/* The least split that keeps its products within the bounds of a program, whatever the input. */
static uint8_t split_for(const struct weights *of, uint32_t multiplier)
{
    const int64_t most = (int64_t)of->inputs * INT8_MAX * PROM_CODE_MAX;
    const prom_sum_range sum = {-most, most};
    uint8_t split = 0;
    while (split < PROM_PROGRAM_SPLIT_MAX && !prom_rescale_within_bound(sum, multiplier, SHIFT, split)) {
        split++;
    }
    return split;
}

static prom_result draw_weights(prom_arena *arena, prom_layer *layer, const struct weights *of, uint64_t *state,
                                prom_error *error)
{
    const uint32_t multiplier = multiplier_for(of);
    uint32_t *multipliers = NULL;
    int32_t *biases = NULL;
    int8_t *weights = NULL;
    PROM_TRY_NEW(multipliers, arena, of->outputs, error);
    PROM_TRY_NEW(biases, arena, of->outputs, error);
    PROM_TRY_NEW(weights, arena, of->outputs * of->inputs, error);
    for (size_t i = 0; i < of->outputs; i++) {
        multipliers[i] = multiplier;
        biases[i] = 0;
    }
    for (size_t i = 0; i < of->outputs * of->inputs; i++) {
        weights[i] = (int8_t)((int)(next_random(state) >> 32 & UINT8_MAX) - INT8_MAX - 1);
        weights[i] = weights[i] == INT8_MIN ? -INT8_MAX : weights[i];
    }
    layer->rescale = (prom_rescale){SHIFT, split_for(of, multiplier), of->outputs, multipliers};
    layer->weight_count = of->inputs;
    layer->biases = biases;
    layer->weights = weights;
    return prom_ok();
}

/* Each layer takes the one before. */
static prom_result build(prom_arena *arena, const prom_program **program, const prom_value *input, prom_layer *layers,
                         size_t count, prom_error *error)
{
    static const uint32_t chain[LAYERS_MAX] = {0, 1, 2, 3, 4, 5};
    const prom_program parts = {
        .input_scale = 0.0078125F, .output_scale = 0.1F, .input = *input, .layer_count = count, .layers = layers};
    for (size_t i = 0; i < count; i++) {
        layers[i].input_count = 1;
        layers[i].inputs = &chain[i];
    }
    return prom_program_build(arena, program, &parts, error);
}

/* -- Kinds -- */

static prom_result make_convolutional(prom_arena *arena, const prom_program **program, prom_error *error)
{
    enum { QUARTER = SIDE / 4, JOINED = SECOND * QUARTER * QUARTER };
    static const prom_range positive = {0, PROM_CODE_MAX};
    const prom_window_axis around = {KERNEL, 1, 1, 1, 1};
    const prom_window_axis halving = {2, 2, 1, 0, 0};
    const prom_window window = {{around, around}};
    const prom_window pool = {{halving, halving}};
    const prom_value input = {.shape = {3, {1, SIDE, SIDE}}, .range = positive};
    prom_layer layers[LAYERS_MAX] = {
        {.kind = PROM_LAYER_CONV, .output.range = positive, .window = window, .groups = 1},
        {.kind = PROM_LAYER_MAX_POOL, .window = pool},
        {.kind = PROM_LAYER_CONV, .output.range = positive, .window = window, .groups = 1},
        {.kind = PROM_LAYER_MAX_POOL, .window = pool},
        {.kind = PROM_LAYER_RESHAPE, .output.shape = {1, {JOINED}}},
        {.kind = PROM_LAYER_DENSE, .output.range = {INT8_MIN, INT8_MAX}},
    };
    const struct weights weights[LAYERS_MAX] = {[0] = {FIRST, (size_t)KERNEL * KERNEL},
                                                [2] = {SECOND, (size_t)FIRST * KERNEL * KERNEL},
                                                [5] = {CLASSES, JOINED}};
    uint64_t state = 1;
    for (size_t i = 0; i < LAYERS_MAX; i++) {
        if (weights[i].outputs > 0) {
            PROM_TRY(draw_weights(arena, &layers[i], &weights[i], &state, error));
        }
    }
    return build(arena, program, &input, layers, LAYERS_MAX, error);
}

static prom_result make_dense(prom_arena *arena, const prom_program **program, prom_error *error)
{
    enum { LAYERS = 3 };
    static const prom_range positive = {0, PROM_CODE_MAX};
    const prom_value input = {.shape = {1, {(size_t)SIDE * SIDE}}, .range = positive};
    prom_layer layers[LAYERS] = {{.kind = PROM_LAYER_DENSE, .output.range = positive},
                                 {.kind = PROM_LAYER_DENSE, .output.range = positive},
                                 {.kind = PROM_LAYER_DENSE, .output.range = {INT8_MIN, INT8_MAX}}};
    const struct weights weights[LAYERS] = {{WIDE, (size_t)SIDE * SIDE}, {WIDE, WIDE}, {CLASSES, WIDE}};
    uint64_t state = 2;
    for (size_t i = 0; i < LAYERS; i++) {
        PROM_TRY(draw_weights(arena, &layers[i], &weights[i], &state, error));
    }
    return build(arena, program, &input, layers, LAYERS, error);
}

const prom_measure_kind prom_measure_kinds[] = {
    {"convolutional", make_convolutional},
    {"dense", make_dense},
    {.name = NULL},
};

/* -- Inputs -- */

prom_result prom_measure_inputs(prom_arena *arena, prom_statement *statement, uint8_t **outputs, prom_error *error)
{
    const prom_value *input = &statement->program->input;
    const uint64_t codes = (uint64_t)(input->range.high - input->range.low) + 1;
    const size_t count = statement->items * input->count;
    uint64_t state = 1;
    uint8_t *inputs = NULL;
    PROM_TRY_NEW(inputs, arena, count, error);
    PROM_TRY_NEW(*outputs, arena, statement->items * prom_program_output(statement->program)->count, error);
    for (size_t i = 0; i < count; i++) {
        inputs[i] = (uint8_t)((next_random(&state) >> 32) * codes >> 32);
    }
    statement->inputs = inputs;
    statement->outputs = *outputs;
    return prom_ok();
}
