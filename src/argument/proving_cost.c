#include "argument/layout.h"
#include "base/units.h"
#include "program/layer_traits.h"
#include "prometheus/argument/proof.h"
#include "prometheus/proof/commitment.h"
#include "prometheus/proof/fractions.h"
#include "prometheus/proof/multilinear.h"

enum {
    ELEMENT = sizeof(prom_element),
    SLACK_PERCENT = 3,  /* of blocks of the arenas that are not filled, and of the system's allocator */
    SLACK = 1 << 20,    /* the same, of what is small; claims, messages and transcripts among it */
    THREAD = 1 << 18,   /* a thread's stack and heap, and the executor's pieces of rows */
    PARTS_MAX = 8,      /* of the run's record (witness.c) */
    ZERO_SHARES = 8,    /* of the sumcheck of pools (zero_prover.c) */
    BLOCK_OUTPUTS = 16, /* to which an executor's products are padded */
    QUAD = 4,
};

/* Bytes that the steps of a proof take: of each step, all at once. */
typedef struct proving_counter {
    const prom_argument *argument;
    bool *reads;
    uint64_t lasting;   /* from the run on: what is recorded */
    uint64_t run;       /* while it runs */
    uint64_t leaf;      /* while values at the leaf are computed */
    uint64_t early;     /* functionals that are made before the first layer's turn */
    uint64_t making;    /* the most that making one functional takes */
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

static size_t round_up(size_t count, size_t multiple)
{
    return (count + multiple - 1) / multiple * multiple;
}

/* Weights as the executor packs them, biases and multipliers. */
static uint64_t packed_weights(const prom_argument *argument, const prom_layer *layer)
{
    enum { BIAS_AND_MULTIPLIER = 8 };
    if (layer->kind != PROM_LAYER_CONV && layer->kind != PROM_LAYER_DENSE) {
        return 0;
    }
    const prom_value *input = prom_program_value(argument->program, layer->inputs[0]);
    const size_t channels = layer->kind == PROM_LAYER_CONV ? input->shape.sizes[0] / layer->groups : 1;
    const size_t places = layer->weight_count / channels;
    const bool depthwise = layer->groups > 1 && channels == 1 && layer->groups == layer->rescale.count;
    const size_t groups = depthwise ? 1 : layer->groups;
    const size_t outputs = round_up(layer->rescale.count / groups, BLOCK_OUTPUTS) * groups;
    const size_t taken = depthwise || layer->kind == PROM_LAYER_DENSE ? round_up(layer->weight_count, QUAD)
                                                                      : round_up(channels, QUAD) * places;
    return (uint64_t)outputs * (taken + BIAS_AND_MULTIPLIER);
}

static void count_run(proving_counter *counter, uint32_t threads)
{
    const prom_argument *argument = counter->argument;
    const size_t items = (size_t)1 << argument->batch_bits;
    const size_t parts = items < PARTS_MAX ? items : PARTS_MAX;
    const size_t running = threads < parts ? threads : parts;
    uint64_t recorder = 0;
    uint64_t buffers = 0;
    size_t longest = 0;
    for (uint32_t v = 0; v <= argument->program->layer_count; v++) {
        const size_t count = count_of(argument, v);
        const size_t padded = (size_t)1 << argument->values[v].variables;
        longest = padded > longest ? padded : longest;
        recorder += count;
        buffers += 2 * count; /* a value may be there in two orders */
        if (v > 0) {
            counter->run += packed_weights(argument, &argument->program->layers[v - 1]) + count * sizeof(uint32_t);
        }
    }
    for (size_t t = 0; t < argument->table_count; t++) {
        recorder += padded_elements(argument->tables[t].bits);
    }
    recorder += longest * sizeof(int64_t);
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

/* -- The layers (prover_layers.c) -- */

/* What making a functional takes beside what is left of it: for one of its inputs at a time. */
static uint64_t making(const prom_argument *argument, uint32_t value)
{
    const prom_layer *layer = &argument->program->layers[value - 1];
    uint64_t most = 0;
    for (size_t i = 0; i < layer->input_count; i++) {
        most = larger(most, 2 * prom_planes_bytes(count_of(argument, layer->inputs[i])));
    }
    const uint64_t weights = prom_planes_bytes(layer->weight_count) +
                             prom_planes_bytes(layer->weight_count * (layer->groups > 0 ? layer->groups : 1));
    return most + weights + prom_planes_bytes(layer->rescale.count) + sizeof(prom_extension) * layer->output.count;
}

/* What is left of it: the coefficients of the values that it reads. */
static uint64_t made(const proving_counter *counter, uint32_t value)
{
    uint64_t bytes = 0;
    (void)prom_argument_reads(counter->argument, counter->reads, value);
    for (uint32_t v = 0; v < value; v++) {
        bytes += counter->reads[v] ? prom_planes_bytes(count_of(counter->argument, v)) : 0;
    }
    return bytes;
}

/* Its terms: coefficients and values, padded, of all that is committed, at once. */
static uint64_t terms(proving_counter *counter, uint32_t value)
{
    uint64_t bytes = 0;
    (void)prom_argument_reads(counter->argument, counter->reads, value);
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

static void count_layer(proving_counter *counter, const argument_layer *layer)
{
    uint64_t bytes = terms(counter, layer->value);
    counter->making = larger(counter->making, making(counter->argument, layer->value));
    if (layer->places > 0) {
        bytes += terms(counter, layer->value) + pool(layer) + made(counter, layer->value);
        counter->claim_count++;
    } else if (layer->split) {
        bytes += made(counter, layer->value) + high_parts(counter, layer);
    } else {
        counter->early += made(counter, layer->value);
    }
    counter->layer = larger(counter->layer, bytes);
}

/* -- The whole -- */

static void count_all(proving_counter *counter, uint32_t threads)
{
    const prom_argument *argument = counter->argument;
    const uint32_t last = (uint32_t)argument->program->layer_count;
    count_run(counter, threads);
    for (size_t i = 0; i < argument->layer_count; i++) {
        count_recorded(counter, &argument->layers[i]);
        count_layer(counter, &argument->layers[i]);
    }
    for (size_t i = 0; i < argument->column_count; i++) {
        counter->leaf += prom_equality_tables_bytes(argument->columns[i]);
    }
    if (argument->values[last].role == ARGUMENT_MOVED) {
        counter->layer = larger(counter->layer, terms(counter, last) + made(counter, last) + making(argument, last));
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
    count_all(&counter, threads);
    if (argument->column_count > 0) {
        PROM_TRY(prom_commitment_layout_new(scratch, &layout, &parameters, argument->columns, argument->column_count,
                                            error));
        commitment = prom_commitment_proving_bytes(&parameters, &layout, counter.claim_count);
        counter.lasting += (uint64_t)layout.columns * padded_elements(layout.log_rows);
        most = larger(lookup_bytes(argument), commitment.opening);
    }
    most = larger(most, counter.leaf);
    most = larger(most, counter.early + larger(threads * counter.making, counter.making + counter.layer));
    most = counter.lasting + larger(counter.run, commitment.committing + most) + 2 * proof;
    *bytes = most + most / 100 * SLACK_PERCENT + SLACK + (uint64_t)threads * THREAD;
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
        return prom_fail(error, PROM_CATEGORY_IO,
                         "proving %s may take %s of memory, and %s is the most: prove fewer items at a time, or allow "
                         "more",
                         prom_units_count(items, statement->items, "item"), prom_units_bytes(need, bytes),
                         prom_units_bytes(most, memory_max));
    }
    return prom_ok();
}
