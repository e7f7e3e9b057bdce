#include <stdlib.h>
#include <string.h>

#include "argument/layout.h"
#include "argument/witness.h"
#include "base/units.h"
#include "program/layer_traits.h"
#include "program/plan.h"
#include "prometheus/argument/proof.h"
#include "prometheus/proof/commitment.h"
#include "prometheus/proof/fractions.h"
#include "prometheus/proof/multilinear.h"

enum {
    ELEMENT = sizeof(prom_element),
    SLACK_PERCENT =
        8, /* of blocks of the arenas that are not filled, and of what lies between others once it is free */
    SLACK_THREADS = 8, /* the same, more, where several threads take and give back */
    SLACK = 2 << 20,   /* the same, of what is small; claims, messages and transcripts among it */
    THREAD = 1 << 19,  /* a thread's stack and heap, and the executor's pieces of rows */
    PARTS_MAX = 8,     /* of the run's record (witness.c) */
    ZERO_SHARES = 8,   /* of the sumcheck of pools (zero_prover.c) */
};

/* Bytes that the steps of a proof take: of each step, all at once. */
typedef struct proving_counter {
    const prom_argument *argument;
    bool *reads;
    uint64_t lasting;    /* from the run on: what is recorded */
    uint64_t run;        /* while it runs */
    uint64_t leaf;       /* while values at the leaf are computed */
    uint64_t early;      /* functionals that are made before the first layer's turn */
    uint64_t early_most; /* the largest of them */
    uint64_t *making;    /* of each of these: what making it takes beside what is left of it */
    size_t making_count;
    uint64_t layer;     /* the most that one layer takes */
    size_t claim_count; /* at most */
} proving_counter;

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static size_t count_of(const prom_argument *argument, uint32_t value)
{
    return prom_program_value(argument->program, value)->count;
}

static uint64_t padded_elements(size_t variables)
{
    return (uint64_t)ELEMENT << variables;
}

/* -- The run (witness.c) -- */

static void count_run(proving_counter *counter, uint32_t threads)
{
    const prom_argument *argument = counter->argument;
    const size_t items = (size_t)1 << argument->batch_bits;
    const size_t parts = items < PARTS_MAX ? items : PARTS_MAX;
    const size_t running = threads < parts ? threads : parts;
    uint64_t recorder = prom_witness_sums_bytes(argument);
    uint64_t buffers = 0;
    size_t longest = 0;
    for (uint32_t v = 0; v <= argument->program->layer_count; v++) {
        const size_t count = count_of(argument, v);
        longest = count > longest ? count : longest;
        recorder += count;
        buffers += 2 * count; /* a value may be there in two orders */
        if (v > 0) {
            const bool recorded = argument->values[v].role != ARGUMENT_MOVED;
            counter->run += prom_plan_packed_bytes(argument->program, &argument->program->layers[v - 1]);
            counter->run += recorded ? count * sizeof(uint32_t) : 0; /* places in its polynomial */
        }
    }
    for (size_t t = 0; t < argument->table_count; t++) {
        recorder += padded_elements(argument->tables[t].bits);
    }
    buffers += longest * (1 + 2 * sizeof(int32_t));
    counter->run += parts * recorder + running * buffers;
}

/* What is recorded of a layer, beside the columns. */
static void count_recorded(proving_counter *counter, const argument_layer *layer)
{
    const bool committed = counter->argument->values[layer->value].role == ARGUMENT_COMMITTED;
    const size_t kept = (committed ? 0 : 1) + (layer->places > 0 ? layer->places : 1) + (layer->split ? 2 : 0);
    counter->lasting += kept * padded_elements(layer->variables);
    counter->leaf += kept * prom_equality_tables_bytes(layer->variables);
}

/* -- Functionals (functional.c) -- */

/* The coefficients of one value, which have an arena of their own. */
static uint64_t coefficients(const proving_counter *counter, uint32_t value)
{
    return larger(prom_planes_bytes(count_of(counter->argument, value)), PROM_ARENA_BLOCK_MIN);
}

static uint64_t extensions(size_t count)
{
    return (uint64_t)count * sizeof(prom_extension);
}

/* What is there only while the coefficients of one input are filled in. */
static uint64_t filling(const prom_argument *argument, const prom_layer *layer)
{
    const prom_shape *shape = &layer->output.shape;
    const prom_value *input = prom_program_value(argument->program, layer->inputs[0]);
    const size_t outputs = layer->rescale.count;
    uint64_t axes = 0;
    for (size_t i = 0; i < shape->rank; i++) {
        axes += extensions(shape->sizes[i]);
    }
    switch (layer->kind) {
    case PROM_LAYER_DENSE:
        return axes + extensions(layer->output.count / outputs + outputs) + prom_planes_bytes(layer->weight_count);
    case PROM_LAYER_CONV:
        return axes + extensions(outputs) + prom_planes_bytes(layer->weight_count) +
               prom_planes_bytes(layer->weight_count * layer->groups) + prom_planes_bytes(input->count) +
               prom_planes_bytes(input->count / input->shape.sizes[1]);
    case PROM_LAYER_MAX_POOL:
    case PROM_LAYER_AVERAGE_POOL:
        return axes + 2 * prom_planes_bytes(input->count / input->shape.sizes[0]);
    case PROM_LAYER_ADD:
    case PROM_LAYER_CONCAT:
    case PROM_LAYER_RESHAPE:
    case PROM_LAYER_TRANSPOSE:
        break;
    }
    return axes + extensions(layer->output.count);
}

/* One functional: what is left of it, and the most that it takes until it is made. */
typedef struct functional_bytes {
    uint64_t made;
    uint64_t most;
} functional_bytes;

/* Adds the coefficients of a value. Where some are there already, they are added up, and one of the two is given back.
 */
static void add_coefficients(proving_counter *counter, functional_bytes *bytes, uint32_t value, uint64_t beside)
{
    const uint64_t added = coefficients(counter, value);
    bytes->most = larger(bytes->most, bytes->made + added + beside);
    bytes->made += counter->reads[value] ? 0 : added;
    counter->reads[value] = true;
}

/* Moves coefficients back as prom_functional_move_back does, from the last value down. */
static void move_back(proving_counter *counter, functional_bytes *bytes, uint32_t from)
{
    for (uint32_t v = from; v > 0; v--) {
        if (!counter->reads[v] || counter->argument->values[v].role != ARGUMENT_MOVED) {
            continue;
        }
        const prom_layer *layer = &counter->argument->program->layers[v - 1];
        const uint64_t moved = coefficients(counter, v);
        counter->reads[v] = false;
        if (layer->kind == PROM_LAYER_RESHAPE) { /* they are handed on as they are */
            bytes->made -= moved;
        }
        for (size_t i = 0; i < layer->input_count; i++) {
            if (layer->kind != PROM_LAYER_CONCAT || !counter->reads[layer->inputs[i]]) {
                add_coefficients(counter, bytes, layer->inputs[i], 0);
            }
        }
        bytes->made -= layer->kind == PROM_LAYER_RESHAPE ? 0 : moved;
    }
}

/* Leaves in `reads` which values it reads in the end, as prom_argument_reads does. */
static functional_bytes functional_of(proving_counter *counter, uint32_t value)
{
    const prom_argument *argument = counter->argument;
    const prom_layer *layer = &argument->program->layers[value - 1];
    const uint64_t beside = filling(argument, layer);
    const uint64_t lists = (value + UINT64_C(1)) * (sizeof(prom_planes) + sizeof(prom_arena));
    functional_bytes bytes = {larger(lists, PROM_ARENA_BLOCK_MIN), 0};
    memset(counter->reads, 0, (value + (size_t)1) * sizeof *counter->reads);
    if (argument->values[value].role == ARGUMENT_MOVED) {
        add_coefficients(counter, &bytes, value, beside);
    } else {
        for (size_t i = 0; i < layer->input_count; i++) {
            add_coefficients(counter, &bytes, layer->inputs[i], beside);
        }
    }
    move_back(counter, &bytes, value);
    return bytes;
}

/* -- The layers (prover_layers.c) -- */

/* The terms of the functional at hand: coefficients and values, padded, of all that is committed, at once. */
static uint64_t terms(proving_counter *counter, uint32_t value)
{
    uint64_t bytes = 0;
    for (uint32_t v = 1; v < value; v++) {
        if (!counter->reads[v]) {
            continue;
        }
        const size_t count = count_of(counter->argument, v);
        const size_t padded = (size_t)1 << counter->argument->values[v].variables;
        const uint64_t planes = prom_planes_bytes(padded);
        bytes += planes + (padded == count ? 0 : planes + count * sizeof(uint32_t));
        bytes += 2 * prom_block_count(padded) * sizeof(prom_extension);
        counter->claim_count++;
    }
    return bytes;
}

static uint64_t high_parts(proving_counter *counter, const argument_layer *layer)
{
    const size_t variables = counter->argument->values[layer->value].variables;
    counter->claim_count += layer->high.count;
    return (3 + layer->high.count) * prom_planes_bytes((size_t)1 << variables) +
           layer->high.count * prom_equality_tables_bytes(variables);
}

/* The sumcheck that one place under the window has the value, between two functionals. */
static uint64_t pool(const argument_layer *layer)
{
    return layer->places * prom_planes_bytes((size_t)1 << layer->variables) +
           ZERO_SHARES * (2 * layer->places + 1) * prom_planes_bytes(PROM_BLOCK) +
           2 * prom_equality_tables_bytes(layer->variables);
}

/* A functional that depends on the leaf's point alone is made before all layers, beside others of its kind. */
static void count_layer(proving_counter *counter, const argument_layer *layer)
{
    const functional_bytes form = functional_of(counter, layer->value);
    uint64_t bytes = terms(counter, layer->value);
    if (layer->places > 0) {
        bytes += terms(counter, layer->value) + pool(layer) + larger(form.made, form.most);
        counter->claim_count++;
    } else if (layer->split) {
        bytes = larger(form.most, form.made + bytes + high_parts(counter, layer));
    } else {
        counter->early += form.made;
        counter->early_most = larger(counter->early_most, form.made);
        counter->making[counter->making_count++] = form.most > form.made ? form.most - form.made : 0;
    }
    counter->layer = larger(counter->layer, bytes);
}

/* An output that is moved has a functional of its own, when all layers are done. */
static void count_moved_output(proving_counter *counter)
{
    const uint32_t last = (uint32_t)counter->argument->program->layer_count;
    if (counter->argument->values[last].role == ARGUMENT_MOVED) {
        const functional_bytes form = functional_of(counter, last);
        counter->layer = larger(counter->layer, larger(form.most, form.made + terms(counter, last)));
    }
}

static int compare_falling(const void *a, const void *b)
{
    const uint64_t first = *(const uint64_t *)a;
    const uint64_t second = *(const uint64_t *)b;
    return (first < second) - (first > second);
}

/* What making the early functionals takes beside what is left of them: at worst the largest ones are made at once. */
static uint64_t making_at_once(const proving_counter *counter, uint32_t threads)
{
    uint64_t bytes = 0;
    qsort(counter->making, counter->making_count, sizeof *counter->making, compare_falling);
    for (size_t i = 0; i < counter->making_count && i < threads; i++) {
        bytes += counter->making[i];
    }
    return bytes;
}

/* -- The whole -- */

static void count_all(proving_counter *counter, uint32_t threads)
{
    const prom_argument *argument = counter->argument;
    count_run(counter, threads);
    for (size_t i = 0; i < argument->layer_count; i++) {
        count_recorded(counter, &argument->layers[i]);
        count_layer(counter, &argument->layers[i]);
    }
    for (size_t i = 0; i < argument->column_count; i++) {
        counter->leaf += prom_equality_tables_bytes(argument->columns[i]);
    }
    if (argument->column_count > 0) { /* else the outputs are the inputs, moved, and nothing is proven */
        count_moved_output(counter);
    }
    counter->claim_count += argument->column_count;
}

/* The rows of what fractions are looked up in (leaves.c), and the tree of their sums. */
static uint64_t lookup_bytes(const prom_argument *argument)
{
    uint64_t bytes = prom_fractions_proving_bytes(argument->leaf_variables);
    for (size_t t = 0; t < argument->table_count; t++) {
        bytes += (argument->tables[t].activation ? 2 : 1) * padded_elements(argument->tables[t].bits);
    }
    return bytes;
}

static prom_result cost_of(prom_arena *scratch, uint64_t *bytes, const prom_argument *argument, uint32_t threads,
                           prom_error *error)
{
    const prom_commitment_parameters parameters = prom_commitment_setup_for(prom_cpu_of_machine()).parameters;
    proving_counter counter = {.argument = argument};
    prom_commitment_layout layout;
    prom_commitment_proving commitment = {0, 0};
    uint64_t proof = 0;
    uint64_t most = 0;
    PROM_TRY(prom_argument_bytes_max(scratch, &proof, argument, error));
    PROM_TRY_NEW(counter.reads, scratch, argument->program->layer_count + 1, error);
    PROM_TRY_NEW(counter.making, scratch, argument->layer_count, error);
    count_all(&counter, threads);
    if (argument->column_count > 0) {
        PROM_TRY(prom_commitment_layout_new(scratch, &layout, &parameters, argument->columns, argument->column_count,
                                            error));
        commitment = prom_commitment_proving_bytes(&parameters, &layout, counter.claim_count);
        counter.lasting += (uint64_t)layout.columns * padded_elements(layout.log_rows);
        most = larger(lookup_bytes(argument), commitment.opening);
    }
    most = larger(most, counter.leaf);
    const uint64_t making = making_at_once(&counter, threads);
    /* The system keeps for a thread what that has given back: the first one has what it needs beside it. */
    const uint64_t kept = threads > 1 ? making + counter.early_most : 0;
    most = larger(larger(most, counter.layer) + kept, counter.early + larger(making, counter.layer));
    most = counter.lasting + larger(counter.run, commitment.committing + most) + 2 * proof;
    const uint64_t percent = threads > 1 ? SLACK_PERCENT + SLACK_THREADS : SLACK_PERCENT;
    *bytes = most + most / 100 * percent + SLACK + (uint64_t)threads * THREAD;
    return prom_ok();
}

prom_result prom_statement_proving_cost(prom_arena *arena, uint64_t *bytes, const prom_program *program, size_t items,
                                        uint32_t threads, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_argument argument;
    prom_arena_init_within(&scratch, arena);
    *bytes = 0;
    PROM_TRY(prom_argument_new(&scratch, &argument, program, items, error));
    return cost_of(&scratch, bytes, &argument, threads, error);
}

prom_result prom_statement_check_proving(prom_arena *arena, const prom_statement *statement, uint32_t threads,
                                         uint64_t memory_max, prom_error *error)
{
    uint64_t bytes = 0;
    PROM_TRY(prom_statement_proving_cost(arena, &bytes, statement->program, statement->items, threads, error));
    if (bytes > memory_max) {
        char items[PROM_UNITS];
        char need[PROM_UNITS];
        char most[PROM_UNITS];
        return prom_fail(error, PROM_CATEGORY_MEMORY,
                         "proving %s may take %s of memory, and %s is the most: prove fewer items at a time, or allow "
                         "more",
                         prom_units_count(items, statement->items, "item"), prom_units_bytes(need, bytes),
                         prom_units_bytes(most, memory_max));
    }
    return prom_ok();
}

prom_result prom_statement_proving_effort(prom_arena *arena, uint64_t *values, const prom_program *program,
                                          size_t items, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_argument argument;
    prom_arena_init_within(&scratch, arena);
    *values = 0;
    PROM_TRY(prom_argument_new(&scratch, &argument, program, items, error));
    for (size_t i = 0; i < argument.column_count; i++) {
        *values += UINT64_C(1) << argument.columns[i];
    }
    *values += argument.column_count > 0 ? UINT64_C(1) << argument.leaf_variables : 0;
    return prom_ok();
}
