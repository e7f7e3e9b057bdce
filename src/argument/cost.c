#include "argument/layout.h"

#include "argument/axes.h"
#include "base/units.h"
#include "program/layer_traits.h"

/* The formula is part of the protocol: docs/proof.md, "What a verifier is asked for". Of these numbers none may follow
 * from how this program keeps anything. Memory is in bytes. */
enum {
    ELEMENT = 20,             /* one of the extension */
    FUNCTIONAL_STEPS = 512,   /* one functional, whatever it reads */
    TERM_STEPS = 768,         /* a claim: its sumcheck's ends, and what the opening makes of it */
    ROUND_STEPS = 128,        /* a round of a sumcheck: its hashes */
    MULTIPLIER_STEPS = 8,     /* a multiplier, and a channel of an image */
    PAIR_STEPS = 12,          /* an output and a place under its window */
    MAKE_STEPS = 8,           /* a coefficient, where it is made */
    MOVE_STEPS = 6,           /* one that a concat or a reshape hands on */
    TURN_STEPS = 8,           /* one that a transpose hands on */
    PART_STEPS = 64,          /* an input of a concat */
    ITEM_STEPS = 24,          /* an item of a batch */
    LOOKUP_STEPS = 512,       /* a lookup, or a table */
    OPENING_STEPS = 1 << 20,  /* the sum of fractions and the opening */
    OPENING_MEMORY = 4 << 20, /* and what they keep */
    LAYER_MEMORY = 8 << 10,   /* layouts and claims of a layer */
    TERM_MEMORY = 256,        /* a claim, beside its point; a list doubles */
    PLANES_MEMORY = 18 << 10, /* the coefficients of a value, beside the coefficients */
    PASSING_MEMORY = 3 << 20, /* tables of eq along the axes of what is being computed */
    COEFFICIENT_ROOM = 3,     /* coefficients of a value, what they are made of, and what they are moved to */
    STEPS_OF_READS = 4,       /* values below a functional's, for each step that it takes to look at them */
};

typedef struct cost_counter {
    const prom_argument *argument;
    bool *reads;
    uint64_t steps;
    uint64_t lasting; /* bytes, until the end */
    uint64_t passing; /* bytes, the most that one functional takes */
    uint64_t steps_max;
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

static void add_lasting(cost_counter *counter, uint64_t bytes)
{
    counter->lasting = plus(counter->lasting, bytes);
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

static bool is_committed(const cost_counter *counter, uint32_t value)
{
    return counter->argument->values[value].role == ARGUMENT_COMMITTED;
}

static window_axis_reads reads_along(const cost_counter *counter, const prom_layer *layer, size_t axis)
{
    const prom_shape *image = &prom_program_value(counter->argument->program, layer->inputs[0])->shape;
    return (window_axis_reads){&layer->window.axes[axis], image->sizes[1 + axis], layer->output.shape.sizes[1 + axis]};
}

static uint64_t pairs_along(const cost_counter *counter, const prom_layer *layer, size_t axis)
{
    const window_axis_reads reads = reads_along(counter, layer, axis);
    return prom_window_pairs_max(&reads);
}

/* Channels of the image that a convolution reads; 1 of any other layer. */
static uint64_t channels_of(const cost_counter *counter, const prom_layer *layer)
{
    return layer->kind == PROM_LAYER_CONV
               ? prom_program_value(counter->argument->program, layer->inputs[0])->shape.sizes[0]
               : 1;
}

/* -- Closed forms (closed_form.c) -- */

static void count_closed_form(cost_counter *counter, const prom_layer *layer)
{
    add_steps(counter, times(layer->rescale.count, layer->weight_count));
    add_steps(counter, times(MULTIPLIER_STEPS, plus(layer->rescale.count, channels_of(counter, layer))));
    for (size_t axis = 0; prom_layer_traits_of(layer->kind)->windowed && axis < PROM_WINDOW_AXES; axis++) {
        add_steps(counter, times(PAIR_STEPS, pairs_along(counter, layer, axis)));
    }
}

/* -- Coefficients that are written down (functional.c) -- */

/* Steps that make the coefficients of a windowed layer's image. */
static uint64_t window_steps(const cost_counter *counter, const prom_layer *layer)
{
    const window_axis_reads down = reads_along(counter, layer, PROM_WINDOW_HEIGHT);
    const window_axis_reads across = reads_along(counter, layer, PROM_WINDOW_WIDTH);
    const bool weighs = layer->kind == PROM_LAYER_CONV;
    const bool pools_largest = layer->kind == PROM_LAYER_MAX_POOL;
    const uint64_t channels = channels_of(counter, layer);
    const uint64_t pairs_down = prom_window_pairs_max(&down);
    const uint64_t row = times(prom_window_pairs_max(&across), channels);
    const uint64_t rows = weighs ? down.axis->kernel : plus(down.fits, pools_largest ? pairs_down : 0);
    uint64_t steps = times(PAIR_STEPS, times(rows, row));
    steps = plus(steps, times(pairs_down, times(across.size, channels)));
    return plus(steps, weighs ? times(down.axis->kernel, down.fits) : 0);
}

/* The coefficients of a value that a layer reads, or of its own output, which is moved. */
static void count_coefficients(cost_counter *counter, const prom_layer *layer, uint32_t value)
{
    add_steps(counter, times(MAKE_STEPS, count_of(counter, value)));
    if (prom_layer_traits_of(layer->kind)->windowed) {
        add_steps(counter, window_steps(counter, layer));
    }
}

/* Weights, added up over the output channels, and what windows make of them: by the closed form for each place of the
 * kernel; else for each channel of the image. */
static uint64_t weight_elements(const cost_counter *counter, const prom_layer *layer)
{
    const uint64_t times_weights =
        is_committed(counter, layer->inputs[0]) ? 3 : 1 + (layer->kind == PROM_LAYER_CONV ? layer->groups : 0);
    return plus(times(layer->weight_count, times_weights), layer->rescale.count);
}

/* Bytes of all coefficients while a functional is made and evaluated, and of what they are made of. */
static void add_functional_memory(cost_counter *counter, const prom_layer *layer, uint64_t coefficients, uint64_t met)
{
    const uint64_t elements = plus(times(COEFFICIENT_ROOM, coefficients), weight_elements(counter, layer));
    add_passing(counter, plus(times(ELEMENT, elements), coefficients > 0 ? times(PLANES_MEMORY, met + 1) : 0));
}

/* -- Functionals -- */

static uint64_t move_steps(const prom_layer *layer)
{
    return layer->kind == PROM_LAYER_TRANSPOSE ? TURN_STEPS : MOVE_STEPS;
}

/* Moves what the functional of `value` reads back through values that are moved, and marks what is read in the end.
 * Returns how many values are met. */
static uint64_t count_moves(cost_counter *counter, uint32_t value)
{
    const prom_argument *argument = counter->argument;
    uint64_t met = layer_of(counter, value)->input_count;
    add_steps(counter, times(PART_STEPS, met));
    prom_argument_begin_reads(argument, counter->reads, value);
    for (uint32_t v = value - 1; v > 0; v--) {
        if (counter->reads[v] && argument->values[v].role == ARGUMENT_MOVED) {
            const prom_layer *layer = layer_of(counter, v);
            prom_argument_pass_reads(argument, counter->reads, v);
            add_steps(counter,
                      plus(times(move_steps(layer), count_of(counter, v)), times(PART_STEPS, layer->input_count)));
            met = plus(met, layer->input_count);
        }
    }
    return met < value ? met : value;
}

static void count_term(cost_counter *counter, uint32_t value)
{
    const prom_argument *argument = counter->argument;
    const uint64_t variables = argument->values[value].variables;
    add_steps(counter, TERM_STEPS + ROUND_STEPS * variables);
    add_lasting(counter, TERM_MEMORY + ELEMENT * (argument->batch_bits + variables));
}

/* Codes of all items, a vector at a time. */
static uint64_t codes_steps(const cost_counter *counter, uint32_t value)
{
    return times(counter->argument->items, ITEM_STEPS + count_of(counter, value) / 2);
}

static void count_functional(cost_counter *counter, uint32_t value)
{
    const prom_argument *argument = counter->argument;
    const prom_layer *layer = layer_of(counter, value);
    const bool moves = argument->values[value].role == ARGUMENT_MOVED;
    const uint64_t met = count_moves(counter, value);
    uint64_t coefficients = 0;
    add_steps(counter, FUNCTIONAL_STEPS + value / STEPS_OF_READS);
    for (uint32_t v = 1; v < value; v++) {
        if (counter->reads[v]) {
            count_term(counter, v);
        }
    }
    if (counter->reads[0]) {
        add_steps(counter, codes_steps(counter, 0));
    }
    if (moves) {
        coefficients = count_of(counter, value);
        count_coefficients(counter, layer, value);
        add_steps(counter, times(move_steps(layer), coefficients));
    } else {
        count_closed_form(counter, layer);
    }
    for (size_t i = 0; !moves && i < layer->input_count; i++) {
        if (!is_committed(counter, layer->inputs[i])) {
            coefficients = plus(coefficients, count_of(counter, layer->inputs[i]));
            count_coefficients(counter, layer, layer->inputs[i]);
        }
    }
    add_functional_memory(counter, layer, coefficients, met);
}

/* The output's value at a point, which the verifier computes. */
static void count_output(cost_counter *counter)
{
    const uint32_t output = (uint32_t)counter->argument->program->layer_count;
    add_steps(counter, plus(codes_steps(counter, output), times(MOVE_STEPS, count_of(counter, output))));
    add_passing(counter, times((uint64_t)COEFFICIENT_ROOM * ELEMENT, count_of(counter, output)));
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
    if (pools) {
        add_steps(counter, ROUND_STEPS * layer->places * layer->variables);
    }
    if (layer->split) {
        const uint64_t variables = counter->argument->values[layer->value].variables;
        add_steps(counter, times(UINT64_C(2) * MULTIPLIER_STEPS, layer_of(counter, layer->value)->rescale.count));
        add_steps(counter, TERM_STEPS + ROUND_STEPS * variables);
        add_lasting(counter, ARGUMENT_LIMBS_MAX * (TERM_MEMORY + ELEMENT * layer->variables));
    }
}

/* What is counted stops where there are more steps than may be: a sum of all would itself take long. */
static void count_all(cost_counter *counter)
{
    const prom_argument *argument = counter->argument;
    const uint32_t output = (uint32_t)argument->program->layer_count;
    counter->steps = OPENING_STEPS + LOOKUP_STEPS * (argument->lookup_count + argument->table_count);
    counter->lasting = OPENING_MEMORY + (uint64_t)LAYER_MEMORY * (output + UINT64_C(1));
    for (size_t i = 0; i < argument->layer_count && counter->steps <= counter->steps_max; i++) {
        count_layer(counter, &argument->layers[i]);
    }
    if (argument->values[output].role == ARGUMENT_MOVED) {
        count_functional(counter, output);
        count_output(counter);
    }
}

static prom_result cost_up_to(prom_arena *arena, prom_verifying_cost *cost, const prom_argument *argument,
                              uint64_t steps_max, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    cost_counter counter = {.argument = argument, .steps_max = steps_max};
    prom_arena_init_within(&scratch, arena);
    PROM_TRY_NEW(counter.reads, &scratch, argument->program->layer_count + 1, error);
    count_all(&counter);
    *cost = (prom_verifying_cost){plus(plus(counter.lasting, counter.passing), PASSING_MEMORY), counter.steps};
    return prom_ok();
}

prom_result prom_argument_cost(prom_arena *arena, prom_verifying_cost *cost, const prom_argument *argument,
                               prom_error *error)
{
    return cost_up_to(arena, cost, argument, UINT64_MAX, error);
}

static prom_result check_cost(prom_arena *arena, const prom_argument *argument, prom_error *error)
{
    const prom_program *program = argument->program;
    const uint64_t values = plus(program->input.count, prom_program_output(program)->count);
    const uint64_t bytes = plus(program->bytes.length, times(argument->items, values));
    const uint64_t memory = plus(PROM_VERIFYING_MEMORY_BASE, times(PROM_VERIFYING_MEMORY_FACTOR, bytes));
    const uint64_t steps = plus(PROM_VERIFYING_STEPS_BASE, times(PROM_VERIFYING_STEPS_FACTOR, bytes));
    prom_verifying_cost cost;
    char need[PROM_UNITS];
    char most[PROM_UNITS];
    char of[PROM_UNITS];
    PROM_TRY(cost_up_to(arena, &cost, argument, steps, error));
    (void)prom_units_bytes(of, bytes);
    if (cost.memory > memory) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "a verifier would need %s of memory for it, and %s is the most for %s of program, inputs and "
                         "outputs: values are too large where they are moved",
                         prom_units_bytes(need, cost.memory), prom_units_bytes(most, memory), of);
    }
    if (cost.steps > steps) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "a verifier would take %s for it or more, and %s is the most for %s of program, inputs and "
                         "outputs: windows are too large, or values are moved or read too often",
                         prom_units_count(need, cost.steps, "step"), prom_units_number(most, steps), of);
    }
    return prom_ok();
}

prom_result prom_argument_new(prom_arena *arena, prom_argument *argument, const prom_program *program, size_t items,
                              prom_error *error)
{
    PROM_TRY(prom_argument_lay_out(arena, argument, program, items, error));
    return check_cost(arena, argument, error);
}

prom_result prom_statement_verifying_cost(prom_arena *arena, prom_verifying_cost *cost, const prom_program *program,
                                          size_t items, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_argument argument;
    prom_arena_init_within(&scratch, arena);
    *cost = (prom_verifying_cost){0, 0};
    PROM_TRY(prom_argument_new(&scratch, &argument, program, items, error));
    return prom_argument_cost(&scratch, cost, &argument, error);
}

prom_result prom_statement_check_verifying(prom_arena *arena, const prom_statement *statement, uint64_t memory_max,
                                           prom_error *error)
{
    prom_verifying_cost cost;
    char items[PROM_UNITS];
    char need[PROM_UNITS];
    char most[PROM_UNITS];
    PROM_TRY(prom_statement_verifying_cost(arena, &cost, statement->program, statement->items, error));
    return cost.memory <= memory_max
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_MEMORY,
                           "verifying %s may take %s of memory, and %s is the most: nothing was checked; allow more",
                           prom_units_count(items, statement->items, "item"), prom_units_bytes(need, cost.memory),
                           prom_units_bytes(most, memory_max));
}
