#include "argument/verifier.h"

#include "argument/layout.h"
#include "argument/steps.h"
#include "prometheus/proof/fractions.h"

const prom_extension *prom_verifier_leaf_point(const argument_verifier *verifier, size_t variables)
{
    return verifier->leaf + verifier->argument.leaf_variables - variables;
}

prom_result prom_verifier_refuse(const char *why, prom_error *error)
{
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the proof does not hold: %s", why);
}

prom_result prom_verifier_report(const argument_verifier *verifier, size_t steps, prom_error *error)
{
    return prom_progress_report(verifier->progress, steps, verifier->argument.layer_count + 2, error);
}

/* -- What stands at the leaf -- */

prom_result prom_verifier_output_at(prom_arena *scratch, const argument_verifier *verifier, prom_extension *value,
                                    const prom_extension *point, prom_error *error)
{
    const public_codes outputs = {&verifier->argument, verifier->setup.field,
                                  (uint32_t)verifier->argument.program->layer_count, verifier->statement->outputs};
    return prom_codes_evaluate(scratch, value, &outputs, point, error);
}

static prom_result receive_leaf(prom_arena *scratch, argument_verifier *verifier, prom_error *error)
{
    const prom_argument *argument = &verifier->argument;
    claim_slot *slots = NULL;
    prom_extension *sent = NULL;
    size_t count = 0;
    PROM_TRY_NEW(verifier->layers, verifier->arena, argument->layer_count, error);
    PROM_TRY_NEW(verifier->multiplicities, verifier->arena, argument->table_count, error);
    PROM_TRY(prom_argument_claim_slots(scratch, &slots, &count, argument, verifier->layers, verifier->multiplicities,
                                       error));
    PROM_TRY_NEW(sent, scratch, count, error);
    PROM_TRY(prom_verifier_receive(&verifier->sumcheck, PROOF_LEAF, sent, count, error));
    for (size_t i = 0; i < count; i++) {
        *slots[i].value = sent[i];
        if (slots[i].column != ARGUMENT_NONE) {
            const prom_extension *point = prom_verifier_leaf_point(verifier, argument->columns[slots[i].column]);
            PROM_TRY(prom_argument_add_claim(&verifier->claims, slots[i].column, point, &sent[i], error));
        }
    }
    for (size_t i = 0; i < argument->layer_count; i++) {
        const argument_layer *layer = &argument->layers[i];
        if (argument->values[layer->value].role == ARGUMENT_OUTPUT) {
            PROM_TRY(prom_verifier_output_at(scratch, verifier, &verifier->layers[i].value,
                                             prom_verifier_leaf_point(verifier, layer->variables), error));
        }
    }
    return prom_ok();
}

/* The numerator and the denominator at the leaf, as they are added up. */
typedef struct leaf_sums {
    prom_fraction fraction;
    prom_extension used; /* the sum of eq over the leaves that stand for something */
} leaf_sums;

/* A block of leaves with this numerator and this denominator, each times eq(leaf's point, its place). */
static void add_block(const argument_verifier *verifier, leaf_sums *sums, size_t start, size_t variables,
                      const prom_extension *numerator, const prom_extension *denominator)
{
    const prom_extension weight =
        prom_argument_equal(verifier->leaf, verifier->argument.leaf_variables - variables, start >> variables);
    const prom_extension top = prom_extension_multiply(&weight, numerator);
    const prom_extension bottom = prom_extension_multiply(&weight, denominator);
    sums->fraction.numerator = prom_extension_add(&sums->fraction.numerator, &top);
    sums->fraction.denominator = prom_extension_add(&sums->fraction.denominator, &bottom);
    sums->used = prom_extension_add(&sums->used, &weight);
}

static void add_lookup(const argument_verifier *verifier, leaf_sums *sums, size_t index, const prom_extension *first,
                       const prom_extension *second)
{
    const argument_lookup *lookup = &verifier->argument.lookups[index];
    const prom_extension one = prom_extension_one();
    const prom_extension denominator = prom_argument_denominator(&verifier->challenges, lookup->table, first, second);
    add_block(verifier, sums, lookup->start, lookup->variables, &one, &denominator);
}

static void add_limbs(const argument_verifier *verifier, leaf_sums *sums, const argument_limbs *limbs,
                      const prom_extension *values)
{
    const prom_extension zero = prom_extension_zero();
    for (size_t i = 0; i < limbs->count; i++) {
        add_lookup(verifier, sums, limbs->lookups[i], &values[i], &zero);
    }
}

static void add_layer(const argument_verifier *verifier, leaf_sums *sums, size_t index)
{
    const argument_layer *layer = &verifier->argument.layers[index];
    const layer_claims *claims = &verifier->layers[index];
    const prom_extension zero = prom_extension_zero();
    for (size_t i = 0; i < layer->places; i++) {
        add_lookup(verifier, sums, layer->first_place + i, &claims->differences[i], &zero);
    }
    if (layer->places > 0) {
        return;
    }
    const looked_up found =
        prom_argument_looked_up(layer, &verifier->argument.program->layers[layer->value - 1], claims);
    add_limbs(verifier, sums, &layer->remainder, claims->remainder);
    add_lookup(verifier, sums, layer->activation, &found.quotient, &claims->value);
    if (layer->split) {
        add_limbs(verifier, sums, &layer->high, claims->high);
        add_limbs(verifier, sums, &layer->carry, claims->carry);
        add_lookup(verifier, sums, layer->rest, &found.rest, &zero);
        add_lookup(verifier, sums, layer->low, &found.low, &zero);
    }
}

static prom_result check_leaf(argument_verifier *verifier, const prom_fraction *wanted, prom_error *error)
{
    const prom_argument *argument = &verifier->argument;
    const prom_extension zero = prom_extension_zero();
    const prom_extension one = prom_extension_one();
    leaf_sums sums = {{zero, zero}, zero};
    for (size_t i = 0; i < argument->layer_count; i++) {
        add_layer(verifier, &sums, i);
    }
    for (size_t i = 0; i < argument->table_count; i++) {
        const argument_table *table = &argument->tables[i];
        prom_extension first;
        prom_extension second;
        prom_argument_table_at(&first, &second, table, prom_verifier_leaf_point(verifier, table->bits));
        const prom_extension denominator = prom_argument_denominator(&verifier->challenges, i, &first, &second);
        const prom_extension numerator = prom_extension_subtract(&zero, &verifier->multiplicities[i]);
        add_block(verifier, &sums, table->start, table->bits, &numerator, &denominator);
    }
    /* The leaves that are left over are 0 / 1. */
    const prom_extension left = prom_extension_subtract(&one, &sums.used);
    sums.fraction.denominator = prom_extension_add(&sums.fraction.denominator, &left);
    if (!prom_extension_equal(&sums.fraction.numerator, &wanted->numerator) ||
        !prom_extension_equal(&sums.fraction.denominator, &wanted->denominator)) {
        return prom_verifier_refuse("what is looked up is not in the tables", error);
    }
    return prom_ok();
}

static prom_result check_lookups(argument_verifier *verifier, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_fraction wanted;
    prom_arena_init_within(&scratch, verifier->arena);
    PROM_TRY_NEW(verifier->leaf, verifier->arena, verifier->argument.leaf_variables, error);
    PROM_TRY(
        prom_fractions_verify(&verifier->sumcheck, verifier->argument.leaf_variables, verifier->leaf, &wanted, error));
    PROM_TRY(receive_leaf(&scratch, verifier, error));
    return check_leaf(verifier, &wanted, error);
}

/* -- The whole -- */

static void begin(argument_verifier *verifier)
{
    prom_proof_begin(&verifier->transcript, &verifier->setup, verifier->statement);
}

/* A program that only moves its inputs leaves nothing to prove: the output's polynomial is known at any point. */
static prom_result check_moved_inputs(argument_verifier *verifier, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_arena_init_within(&scratch, verifier->arena);
    begin(verifier);
    PROM_TRY(prom_verifier_check_moved_output(&scratch, verifier, error));
    return prom_reader_done(&verifier->reader) ? prom_ok() : prom_verifier_refuse("bytes are left over", error);
}

static prom_result check_in(argument_verifier *verifier, prom_error *error)
{
    if (verifier->argument.column_count == 0) {
        return check_moved_inputs(verifier, error);
    }
    prom_commitment commitment = {.root = prom_read_bytes32(&verifier->reader)};
    PROM_TRY(prom_commitment_layout_new(verifier->arena, &commitment.layout, &verifier->setup.parameters,
                                        verifier->argument.columns, verifier->argument.column_count, error));
    begin(verifier);
    verifier->challenges = prom_proof_lookup_challenges(&verifier->transcript, &commitment.root);
    PROM_TRY(check_lookups(verifier, error));
    PROM_TRY(prom_verifier_check_layers(verifier, error));
    const prom_commitment *const all[] = {&commitment};
    const prom_span opening = prom_read_span(&verifier->reader, verifier->reader.left);
    const prom_opening_statement opened = {all, 1, verifier->claims.claims, verifier->claims.count};
    PROM_TRY(prom_commitment_verify(verifier->arena, &verifier->transcript, &verifier->setup, &opened, opening, error));
    return prom_verifier_report(verifier, verifier->argument.layer_count + 2, error);
}

/* Codes that no run could have made. */
static prom_result check_outputs(const prom_statement *statement, prom_error *error)
{
    const prom_value *output = prom_program_output(statement->program);
    size_t at = 0;
    if (!prom_codes_in_range(&at, statement->outputs, statement->items * output->count, output->range)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "value %zu of the output lies outside the program's range", at);
    }
    return prom_ok();
}

prom_result prom_statement_verify(prom_arena *arena, const prom_statement *statement, prom_span proof,
                                  const prom_progress *progress, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena lasting = {0};
    argument_verifier verifier = {
        .arena = &lasting, .statement = statement, .reader = prom_reader_of(proof), .progress = progress};
    size_t at = 0;
    prom_arena_init_within(&lasting, arena);
    if (!prom_codes_in_range(&at, statement->inputs, statement->items * statement->program->input.count,
                             statement->program->input.range)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "value %zu of the input lies outside the program's range", at);
    }
    PROM_TRY(check_outputs(statement, error));
    PROM_TRY(prom_argument_new(&lasting, &verifier.argument, statement->program, statement->items, error));
    PROM_TRY(prom_argument_check_size(&lasting, &verifier.argument, proof, error));
    verifier.setup = prom_commitment_setup_for(prom_cpu_of_machine());
    verifier.sumcheck = (prom_verifier){&verifier.transcript, &verifier.reader};
    verifier.claims.arena = &lasting;
    return prom_blame_peer(check_in(&verifier, error));
}
