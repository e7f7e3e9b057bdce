#include <math.h>

#include "argument/layout.h"
#include "prometheus/argument/proof.h"

/* Challenges of one kind: their number, and how many values of the worst one, and of all, are fatal. */
typedef struct rounds {
    size_t count;
    double worst;
    double all;
} rounds;

typedef struct account {
    const prom_argument *argument;
    bool *reads;
    size_t claims;
    rounds products;
    rounds combined; /* mixed sums; places of pools */
    rounds zero_places;
    rounds zeros;
} account;

static void add_rounds(rounds *to, size_t count, double fatal)
{
    to->count += count;
    to->all += (double)count * fatal;
    to->worst = count > 0 && fatal > to->worst ? fatal : to->worst;
}

/* A sumcheck of degree 2 for each value that a functional reads, and the claim that it ends with. */
static void add_functional(account *to, uint32_t value)
{
    prom_argument_reads(to->argument, to->reads, value);
    for (uint32_t v = 1; v < value; v++) {
        if (to->reads[v]) {
            add_rounds(&to->products, to->argument->values[v].variables, 2);
            to->claims++;
        }
    }
}

static void add_layer(account *to, const argument_layer *layer)
{
    const argument_value *value = &to->argument->values[layer->value];
    add_functional(to, layer->value);
    if (layer->places > 0) { /* at the leaf, and where the product is zero */
        add_functional(to, layer->value);
        add_rounds(&to->combined, 2, (double)layer->places - 1);
        add_rounds(&to->zero_places, 1, (double)layer->variables);
        add_rounds(&to->zeros, layer->variables, (double)layer->places);
        to->claims += value->role == ARGUMENT_COMMITTED ? 1 : 0;
    }
    if (layer->split) {
        add_rounds(&to->combined, 1, 1);
        add_rounds(&to->products, value->variables, 2);
        to->claims += layer->high.count;
    }
}

/* The sum of fractions: in each layer of the tree a combination, rounds of degree 2 and a line. */
static rounds of_fractions(size_t variables)
{
    rounds counted = {0};
    for (size_t layer = 0; layer < variables; layer++) {
        add_rounds(&counted, 2, 1);
        add_rounds(&counted, layer, 2);
    }
    return counted;
}

static void add_all(prom_soundness *soundness, const char *name, const rounds *counted)
{
    prom_soundness_add(soundness, name, counted->count, counted->worst, counted->all);
}

static void add_moved_output(prom_soundness *soundness, const prom_argument *argument)
{
    const argument_value *last = &argument->values[argument->program->layer_count];
    if (last->role == ARGUMENT_MOVED) {
        const double variables = (double)(last->variables + argument->batch_bits);
        prom_soundness_add(soundness, "a point of outputs that were moved", 1, variables, variables);
    }
}

static void add_terms(prom_soundness *soundness, const account *totals)
{
    const prom_argument *argument = totals->argument;
    const double leaves = ldexp(3, (int)argument->leaf_variables);
    const rounds fractions = of_fractions(argument->leaf_variables);
    prom_soundness_add(soundness, "rows of tables are looked up", 1, leaves, leaves);
    add_all(soundness, "a step of the sum of fractions", &fractions);
    add_all(soundness, "a layer's sums, or places, are combined", &totals->combined);
    add_all(soundness, "a round of a sum of products", &totals->products);
    add_all(soundness, "a place of products that are zero", &totals->zero_places);
    add_all(soundness, "a round of products that are zero", &totals->zeros);
}

prom_result prom_proof_soundness(prom_arena *arena, prom_soundness *soundness, const prom_program *program,
                                 size_t items, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    const prom_commitment_parameters parameters = prom_commitment_setup_for(prom_cpu_of_machine()).parameters;
    prom_argument argument;
    prom_commitment_layout layout;
    account totals = {.argument = &argument};
    *soundness = (prom_soundness){.worst = INFINITY, .sum = INFINITY};
    prom_arena_init_within(&scratch, arena);
    PROM_TRY(prom_argument_new(&scratch, &argument, program, items, error));
    if (argument.column_count == 0) {
        add_moved_output(soundness, &argument); /* all else the verifier computes itself */
        return prom_ok();
    }
    PROM_TRY(
        prom_commitment_layout_new(&scratch, &layout, &parameters, argument.columns, argument.column_count, error));
    PROM_TRY_NEW(totals.reads, &scratch, program->layer_count + 1, error);
    totals.claims = argument.column_count; /* at the leaf */
    for (size_t i = 0; i < argument.layer_count; i++) {
        add_layer(&totals, &argument.layers[i]);
    }
    if (argument.values[program->layer_count].role == ARGUMENT_MOVED) {
        add_functional(&totals, (uint32_t)program->layer_count);
    }
    const prom_commitment_layout *const layouts[] = {&layout};
    *soundness = prom_soundness_of(&parameters, layouts, 1, totals.claims);
    add_terms(soundness, &totals);
    add_moved_output(soundness, &argument);
    return prom_ok();
}
