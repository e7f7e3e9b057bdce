#include "argument/leaves.h"

#include <stdlib.h>
#include <string.h>

/* What blocks are made of. */
typedef struct block_maker {
    proof_leaves *leaves;
    const prom_argument *argument;
    const prom_witness *witness;
    const lookup_challenges *challenges;
} block_maker;

static leaf_block *add_block(const block_maker *maker, size_t table, size_t start, size_t variables)
{
    const prom_extension zero = prom_extension_zero();
    leaf_block *block = &maker->leaves->blocks[maker->leaves->block_count++];
    *block = (leaf_block){.start = start,
                          .count = (size_t)1 << variables,
                          .constant = prom_argument_denominator(maker->challenges, table, &zero, &zero)};
    return block;
}

static void add_lookup(const block_maker *maker, size_t lookup, const prom_element *first, const prom_element *second)
{
    const argument_lookup *at = &maker->argument->lookups[lookup];
    leaf_block *block = add_block(maker, at->table, at->start, at->variables);
    block->first = first;
    block->second = second;
}

static void add_limbs(const block_maker *maker, const argument_limbs *limbs)
{
    for (size_t i = 0; i < limbs->count; i++) {
        add_lookup(maker, limbs->lookups[i], maker->witness->columns[limbs->columns[i]], NULL);
    }
}

static void add_layer(const block_maker *maker, const argument_layer *layer, const layer_witness *witness)
{
    for (size_t i = 0; i < layer->places; i++) {
        add_lookup(maker, layer->first_place + i, witness->differences[i], NULL);
    }
    if (layer->places > 0) {
        return;
    }
    add_limbs(maker, &layer->remainder);
    add_lookup(maker, layer->activation, witness->quotient, witness->value);
    if (layer->split) {
        add_limbs(maker, &layer->high);
        add_limbs(maker, &layer->carry);
        add_lookup(maker, layer->rest, witness->rest, NULL);
        add_lookup(maker, layer->low, witness->low, NULL);
    }
}

static prom_result add_table(prom_arena *arena, const block_maker *maker, size_t index, prom_error *error)
{
    const argument_table *table = &maker->argument->tables[index];
    const size_t count = (size_t)1 << table->bits;
    const int32_t lowest = table->activation ? -(INT32_C(1) << (table->bits - 1)) : 0;
    prom_element *first = NULL;
    prom_element *second = NULL;
    PROM_TRY_NEW(first, arena, count, error);
    PROM_TRY_NEW(second, arena, table->activation ? count : 0, error);
    for (size_t row = 0; row < count; row++) {
        first[row] = prom_element_of_signed(lowest + (int32_t)row);
    }
    for (size_t row = 0; table->activation && row < count; row++) {
        const int32_t q = lowest + (int32_t)row;
        const int32_t raised = q > table->range.low ? q : table->range.low;
        second[row] = prom_element_of_signed(raised < table->range.high ? raised : table->range.high);
    }
    leaf_block *block = add_block(maker, index, table->start, table->bits);
    block->first = first;
    block->second = table->activation ? second : NULL;
    block->times = maker->witness->columns[table->column];
    return prom_ok();
}

static int compare_starts(const void *a, const void *b)
{
    const size_t start_a = ((const leaf_block *)a)->start;
    const size_t start_b = ((const leaf_block *)b)->start;
    return (start_a > start_b) - (start_a < start_b);
}

prom_result prom_proof_leaves_new(prom_arena *arena, proof_leaves *leaves, const prom_field_kernels *kernels,
                                  const prom_argument *argument, const prom_witness *witness,
                                  const lookup_challenges *challenges, prom_error *error)
{
    const block_maker maker = {leaves, argument, witness, challenges};
    *leaves = (proof_leaves){.kernels = kernels, .beta = challenges->beta};
    PROM_TRY_NEW(leaves->blocks, arena, argument->lookup_count + argument->table_count, error);
    for (size_t i = 0; i < argument->layer_count; i++) {
        add_layer(&maker, &argument->layers[i], &witness->layers[i]);
    }
    for (size_t i = 0; i < argument->table_count; i++) {
        PROM_TRY(add_table(arena, &maker, i, error));
    }
    qsort(leaves->blocks, leaves->block_count, sizeof *leaves->blocks, compare_starts);
    return prom_ok();
}

/* The block that a leaf is of, or the last one that lies before it; there is one. */
static const leaf_block *block_before(const proof_leaves *leaves, size_t leaf)
{
    size_t low = 0;
    size_t high = leaves->block_count;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (leaves->blocks[middle].start <= leaf) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return &leaves->blocks[low];
}

/* Some leaves of one block, from its number `first` on. */
static void write_block(const proof_leaves *leaves, const leaf_block *block, prom_element *numerators,
                        prom_planes denominators, size_t first, size_t count)
{
    leaves->kernels->subtract_pairs(denominators, &block->constant, &leaves->beta, block->first + first,
                                    block->second != NULL ? block->second + first : NULL, count);
    for (size_t i = 0; i < count; i++) {
        numerators[i] = block->times != NULL ? prom_element_negate(block->times[first + i]) : prom_element_one();
    }
}

static void write_nothing(prom_element *numerators, prom_planes denominators, size_t count)
{
    const prom_extension one = prom_extension_one();
    memset(numerators, 0, count * sizeof *numerators);
    for (size_t i = 0; i < count; i++) {
        prom_planes_set(denominators, i, &one);
    }
}

static void write_leaves(const void *context, prom_element *numerators, prom_planes denominators, size_t start,
                         size_t count)
{
    const proof_leaves *leaves = context;
    for (size_t done = 0; done < count;) {
        const leaf_block *block = block_before(leaves, start + done);
        const size_t first = start + done - block->start;
        const prom_planes to = prom_planes_at(denominators, done);
        size_t some = count - done;
        if (first >= block->count) {
            write_nothing(numerators + done, to, some);
        } else {
            some = some < block->count - first ? some : block->count - first;
            write_block(leaves, block, numerators + done, to, first, some);
        }
        done += some;
    }
}

prom_leaves prom_proof_leaves_all(const proof_leaves *leaves)
{
    return (prom_leaves){leaves, write_leaves};
}
