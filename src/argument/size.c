#include "prometheus/argument/proof.h"

#include "argument/claims.h"
#include "argument/layout.h"
#include "base/units.h"
#include "program/layer_traits.h"
#include "prometheus/proof/commitment.h"

/* Elements of the extension that a proof's messages hold, besides its opening. */
typedef struct counter {
    const prom_argument *argument;
    bool *reads; /* of each value: a functional has coefficients for it */
    uint64_t elements;
} counter;

/* The sum of a product's values in a sumcheck of degree 2. */
static uint64_t rounds_of_two(size_t variables)
{
    return 2 * (uint64_t)variables;
}

/* A functional of what a value is made of: a sum, a sumcheck and an end for each committed value that it reads. */
static void count_functional(counter *count, uint32_t value)
{
    prom_argument_reads(count->argument, count->reads, value);
    for (uint32_t v = 1; v < value; v++) {
        count->elements += count->reads[v] ? 2 + rounds_of_two(count->argument->values[v].variables) : 0;
    }
}

static void count_layer(counter *count, const argument_layer *layer)
{
    const argument_value *value = &count->argument->values[layer->value];
    count_functional(count, layer->value);
    if (layer->places > 0) { /* at the leaf, and where its product is zero */
        count_functional(count, layer->value);
        count->elements += layer->places * (uint64_t)(layer->variables + 1);
        count->elements += value->role == ARGUMENT_COMMITTED ? 1 : 0;
    }
    if (layer->split) {
        count->elements += rounds_of_two(value->variables) + layer->high.count;
    }
}

static prom_result count_leaf(prom_arena *arena, counter *count, prom_error *error)
{
    const prom_argument *argument = count->argument;
    layer_claims *claims = NULL;
    prom_extension *multiplicities = NULL;
    claim_slot *slots = NULL;
    size_t slot_count = 0;
    PROM_TRY_NEW(claims, arena, argument->layer_count, error);
    PROM_TRY_NEW(multiplicities, arena, argument->table_count, error);
    PROM_TRY(prom_argument_claim_slots(arena, &slots, &slot_count, argument, claims, multiplicities, error));
    count->elements += slot_count;
    return prom_ok();
}

/* The sum of fractions: its denominator, then for each layer a sumcheck and four values of the children. */
static void count_fractions(counter *count)
{
    count->elements++;
    for (size_t layer = 0; layer < count->argument->leaf_variables; layer++) {
        count->elements += rounds_of_two(layer) + 4;
    }
}

prom_result prom_argument_bytes_max(prom_arena *arena, uint64_t *bytes, const prom_argument *argument,
                                    prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    const prom_commitment_setup setup = prom_commitment_setup_for(prom_cpu_of_machine());
    const size_t layers = argument->program->layer_count;
    counter count = {.argument = argument};
    prom_commitment_layout layout;
    prom_arena_init_within(&scratch, arena);
    *bytes = 0;
    if (argument->column_count == 0) {
        return prom_ok();
    }
    const prom_result laid = prom_commitment_layout_new(&scratch, &layout, &setup.parameters, argument->columns,
                                                        argument->column_count, error);
    if (laid.category == PROM_CATEGORY_MISUSE) {
        char items[PROM_UNITS];
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%s make more values than one commitment holds: prove fewer items at a time",
                         prom_units_count(items, argument->items, "item"));
    }
    PROM_TRY(laid);
    PROM_TRY_NEW(count.reads, &scratch, layers + 1, error);
    PROM_TRY(count_leaf(&scratch, &count, error));
    count_fractions(&count);
    for (size_t i = 0; i < argument->layer_count; i++) {
        count_layer(&count, &argument->layers[i]);
    }
    if (argument->values[layers].role == ARGUMENT_MOVED) {
        count_functional(&count, (uint32_t)layers);
    }
    const prom_commitment_layout *const layouts[] = {&layout};
    *bytes = sizeof(prom_bytes32) + count.elements * PROM_EXTENSION_DEGREE * sizeof(uint32_t) +
             prom_commitment_opening_bytes_max(&setup.parameters, layouts, 1);
    return prom_ok();
}

prom_result prom_argument_check_size(prom_arena *arena, const prom_argument *argument, prom_span proof,
                                     prom_error *error)
{
    uint64_t most = 0;
    PROM_TRY(prom_argument_bytes_max(arena, &most, argument, error));
    return proof.length <= most ? prom_ok()
                                : prom_fail(error, PROM_CATEGORY_PEER,
                                            "the proof does not hold: it has %zu bytes, and %llu are the most",
                                            proof.length, (unsigned long long)most);
}

prom_result prom_proof_bytes_max(prom_arena *arena, uint64_t *bytes, const prom_program *program, size_t items,
                                 prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_argument argument;
    prom_arena_init_within(&scratch, arena);
    *bytes = 0;
    PROM_TRY(prom_argument_new(&scratch, &argument, program, items, error));
    return prom_argument_bytes_max(&scratch, bytes, &argument, error);
}
