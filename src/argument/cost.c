#include "argument/cost.h"

#include "argument/axes.h"
#include "program/layer_traits.h"

enum {
    ELEMENT = PROM_EXTENSION_DEGREE * sizeof(uint32_t), /* bytes of one of the extension */
    TERM_STEPS = 256,                                   /* a sumcheck, and a claim of the opening */
    TERM_MEMORY = 2 * 128,                              /* of a claim, beside its point; a list doubles */
    LAYER_MEMORY = 6 * 1024,                            /* layouts, claims, and a functional's tables of all values */
    OPENING_FACTOR = 8,                                 /* bytes for each of the opening's, which the arena keeps */
};

typedef struct cost_counter {
    const prom_argument *argument;
    bool *reads;
    uint64_t steps;
    uint64_t lasting; /* bytes, until the end */
    uint64_t passing; /* bytes, the most that one functional takes */
} cost_counter;

static uint64_t plus(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t times(uint64_t a, uint64_t b)
{
    uint64_t product = 0;
    return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

static void add_steps(cost_counter *counter, uint64_t steps)
{
    counter->steps = plus(counter->steps, steps);
}

static void add_passing(cost_counter *counter, uint64_t bytes)
{
    counter->passing = bytes > counter->passing ? bytes : counter->passing;
}

static const prom_layer *layer_of(const cost_counter *counter, uint32_t value)
{
    return &counter->argument->program->layers[value - 1];
}

static size_t count_of(const cost_counter *counter, uint32_t value)
{
    return prom_program_value(counter->argument->program, value)->count;
}

static window_axis_reads reads_along(const cost_counter *counter, const prom_layer *layer, size_t axis)
{
    const prom_shape *image = &prom_program_value(counter->argument->program, layer->inputs[0])->shape;
    return (window_axis_reads){&layer->window.axes[axis], image->sizes[1 + axis], layer->output.shape.sizes[1 + axis]};
}

/* -- Closed forms (closed_form.c) -- */

static void count_closed_form(cost_counter *counter, const prom_layer *layer)
{
    const uint64_t weights = times(layer->rescale.count, layer->weight_count);
    uint64_t steps = plus(weights, times(4, layer->rescale.count));
    if (prom_layer_traits_of(layer->kind)->windowed) {
        for (size_t axis = 0; axis < PROM_WINDOW_AXES; axis++) {
            const window_axis_reads reads = reads_along(counter, layer, axis);
            steps = plus(steps, times(4, prom_window_pairs_max(&reads)));
        }
    }
    add_steps(counter, steps);
    add_passing(counter, times(3 * ELEMENT, plus(layer->rescale.count, layer->weight_count)));
}

/* -- Coefficients that are written down (functional.c) -- */

/* Steps that fill the coefficients of what a layer reads. */
static uint64_t fill_steps(const cost_counter *counter, const prom_layer *layer, uint64_t count)
{
    if (!prom_layer_traits_of(layer->kind)->windowed) {
        return times(2, count);
    }
    const window_axis_reads down = reads_along(counter, layer, PROM_WINDOW_HEIGHT);
    const window_axis_reads across = reads_along(counter, layer, PROM_WINDOW_WIDTH);
    const bool weighs = layer->kind == PROM_LAYER_CONV;
    const uint64_t channels =
        weighs ? prom_program_value(counter->argument->program, layer->inputs[0])->shape.sizes[0] : 1;
    const uint64_t row = times(prom_window_pairs_max(&across), channels);
    const uint64_t rows = weighs
                              ? down.axis->kernel
                              : plus(down.fits, layer->kind == PROM_LAYER_MAX_POOL ? prom_window_pairs_max(&down) : 0);
    uint64_t steps = times(rows, row);
    steps = plus(steps, times(prom_window_pairs_max(&down), times(across.size, channels)));
    steps = plus(steps, weighs ? times(down.axis->kernel, down.fits) : 0);
    return plus(steps, times(3, count));
}

/* The coefficients of a value that a layer reads, or of its own output, which is moved: their making, and memory for
 * them, for what they are made of, and for the copy that a move makes. */
static void count_planes(cost_counter *counter, const prom_layer *layer, uint32_t value)
{
    const uint64_t count = count_of(counter, value);
    add_steps(counter, fill_steps(counter, layer, count));
    const uint64_t weights = times(2, plus(layer->weight_count, layer->rescale.count));
    add_passing(counter, times(ELEMENT, plus(times(3, count), times(2, weights))));
}

/* What a functional reads, through values that are moved: their places are passed; and its terms. */
static void count_terms(cost_counter *counter, uint32_t value)
{
    const prom_argument *argument = counter->argument;
    const uint64_t passed = prom_argument_reads(argument, counter->reads, value);
    for (uint32_t v = 1; v < value; v++) {
        if (counter->reads[v]) {
            add_steps(counter, TERM_STEPS);
            counter->lasting =
                plus(counter->lasting, TERM_MEMORY + ELEMENT * (argument->batch_bits + argument->values[v].variables));
        }
    }
    if (counter->reads[0]) { /* all items, a vector at a time */
        add_steps(counter, times(argument->items, 4 + count_of(counter, 0) / 2));
    }
    add_steps(counter, times(2, passed));
}

static void count_functional(cost_counter *counter, uint32_t value)
{
    const prom_argument *argument = counter->argument;
    const prom_layer *layer = layer_of(counter, value);
    const bool moves = argument->values[value].role == ARGUMENT_MOVED;
    count_terms(counter, value);
    if (moves) {
        count_planes(counter, layer, value);
        return;
    }
    count_closed_form(counter, layer);
    for (size_t i = 0; i < layer->input_count; i++) {
        if (argument->values[layer->inputs[i]].role != ARGUMENT_COMMITTED) {
            count_planes(counter, layer, layer->inputs[i]);
        }
    }
}

/* The output's value at a point, which the verifier computes. */
static void count_output(cost_counter *counter)
{
    const uint64_t count = prom_program_output(counter->argument->program)->count;
    add_steps(counter, plus(times(counter->argument->items, 4 + count / 2), times(2, count)));
    add_passing(counter, times(3 * ELEMENT, count));
}

static void count_layer(cost_counter *counter, const argument_layer *layer)
{
    const bool pools = layer->places > 0;
    for (size_t i = 0; i < (pools ? 2 : 1); i++) {
        count_functional(counter, layer->value);
        if (counter->argument->values[layer->value].role == ARGUMENT_OUTPUT) {
            count_output(counter);
        }
    }
    if (layer->split) {
        add_steps(counter, plus(TERM_STEPS, times(8, layer_of(counter, layer->value)->rescale.count)));
        counter->lasting = plus(counter->lasting, times(ARGUMENT_LIMBS_MAX, TERM_MEMORY + ELEMENT * layer->variables));
    }
}

prom_result prom_argument_cost(prom_arena *arena, prom_verifying_cost *cost, const prom_argument *argument,
                               prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    const prom_program *program = argument->program;
    cost_counter counter = {.argument = argument};
    uint64_t proof = 0;
    prom_arena_init(&scratch, arena->limit - arena->used);
    PROM_TRY_NEW(counter.reads, &scratch, program->layer_count + 1, error);
    PROM_TRY(prom_argument_bytes_max(&scratch, &proof, argument, error));
    for (size_t i = 0; i < argument->layer_count; i++) {
        count_layer(&counter, &argument->layers[i]);
    }
    if (argument->values[program->layer_count].role == ARGUMENT_MOVED) {
        count_functional(&counter, (uint32_t)program->layer_count);
        count_output(&counter);
    }
    counter.lasting = plus(counter.lasting, times(LAYER_MEMORY, program->layer_count + 1));
    counter.lasting = plus(counter.lasting, times(OPENING_FACTOR, proof));
    add_steps(&counter, plus(proof, times(TERM_STEPS, plus(argument->lookup_count, argument->table_count))));
    *cost = (prom_verifying_cost){plus(counter.lasting, counter.passing), counter.steps};
    return prom_ok();
}

prom_result prom_argument_check_cost(prom_arena *arena, const prom_argument *argument, prom_error *error)
{
    const prom_program *program = argument->program;
    const uint64_t values = plus(program->input.count, prom_program_output(program)->count);
    const uint64_t bytes = plus(program->bytes.length, times(argument->items, values));
    const uint64_t memory = plus(PROM_VERIFYING_MEMORY_BASE, times(PROM_VERIFYING_MEMORY_FACTOR, bytes));
    const uint64_t steps = plus(PROM_VERIFYING_STEPS_BASE, times(PROM_VERIFYING_STEPS_FACTOR, bytes));
    prom_verifying_cost cost;
    PROM_TRY(prom_argument_cost(arena, &cost, argument, error));
    if (cost.memory > memory) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "a verifier would need %llu bytes of memory for it, and %llu is the most for %llu bytes of "
                         "program, inputs and outputs: values are too large where they are moved",
                         (unsigned long long)cost.memory, (unsigned long long)memory, (unsigned long long)bytes);
    }
    if (cost.steps > steps) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "a verifier would take %llu steps for it, and %llu is the most for %llu bytes of program, "
                         "inputs and outputs: windows are too large, or values are moved or read too often",
                         (unsigned long long)cost.steps, (unsigned long long)steps, (unsigned long long)bytes);
    }
    return prom_ok();
}

prom_result prom_statement_verifying_cost(prom_arena *arena, prom_verifying_cost *cost, const prom_program *program,
                                          size_t items, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_argument argument;
    prom_arena_init(&scratch, arena->limit - arena->used);
    *cost = (prom_verifying_cost){0, 0};
    PROM_TRY(prom_argument_new(&scratch, &argument, program, items, error));
    return prom_argument_cost(&scratch, cost, &argument, error);
}
