#include <string.h>

#include "argument/closed_form.h"
#include "argument/steps.h"
#include "prometheus/proof/fractions.h"
#include "prometheus/proof/multilinear.h"
#include "prometheus/proof/product.h"
#include "prometheus/proof/zero.h"

/* A proof being checked. */
typedef struct argument_verifier {
    prom_arena *arena; /* for what lasts until the opening */
    const prom_statement *statement;
    prom_argument argument;
    prom_commitment_setup setup;
    prom_transcript transcript;
    prom_reader reader;
    prom_verifier sumcheck; /* what sums are checked with: transcript and reader among it */
    claim_list claims;
    lookup_challenges challenges;
    prom_extension *leaf;
    layer_claims *layers;
    prom_extension *multiplicities; /* of each table, at the leaf */
    const prom_progress *progress;  /* told layers, with the lookups and the opening as one more each */
} argument_verifier;

static const prom_extension *leaf_point(const argument_verifier *verifier, size_t variables)
{
    return verifier->leaf + verifier->argument.leaf_variables - variables;
}

static prom_result refuse(const char *why, prom_error *error)
{
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the proof does not hold: %s", why);
}

/* -- What stands at the leaf -- */

/* The value of the output's polynomial, which everybody can compute. */
static prom_result output_at(prom_arena *scratch, const argument_verifier *verifier, prom_extension *value,
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
    PROM_TRY(prom_receive(&verifier->sumcheck, PROOF_LEAF, sent, count, error));
    for (size_t i = 0; i < count; i++) {
        *slots[i].value = sent[i];
        if (slots[i].column != ARGUMENT_NONE) {
            const prom_extension *point = leaf_point(verifier, argument->columns[slots[i].column]);
            PROM_TRY(prom_argument_add_claim(&verifier->claims, slots[i].column, point, &sent[i], error));
        }
    }
    for (size_t i = 0; i < argument->layer_count; i++) {
        const argument_layer *layer = &argument->layers[i];
        if (argument->values[layer->value].role == ARGUMENT_OUTPUT) {
            PROM_TRY(output_at(scratch, verifier, &verifier->layers[i].value, leaf_point(verifier, layer->variables),
                               error));
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
        prom_argument_table_at(&first, &second, table, leaf_point(verifier, table->bits));
        const prom_extension denominator = prom_argument_denominator(&verifier->challenges, i, &first, &second);
        const prom_extension numerator = prom_extension_subtract(&zero, &verifier->multiplicities[i]);
        add_block(verifier, &sums, table->start, table->bits, &numerator, &denominator);
    }
    /* The leaves that are left over are 0 / 1. */
    const prom_extension left = prom_extension_subtract(&one, &sums.used);
    sums.fraction.denominator = prom_extension_add(&sums.fraction.denominator, &left);
    if (!prom_extension_equal(&sums.fraction.numerator, &wanted->numerator) ||
        !prom_extension_equal(&sums.fraction.denominator, &wanted->denominator)) {
        return refuse("what is looked up is not in the tables", error);
    }
    return prom_ok();
}

static prom_result check_lookups(argument_verifier *verifier, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_fraction wanted;
    prom_arena_init(&scratch, verifier->arena->limit - verifier->arena->used);
    PROM_TRY_NEW(verifier->leaf, verifier->arena, verifier->argument.leaf_variables, error);
    PROM_TRY(
        prom_fractions_verify(&verifier->sumcheck, verifier->argument.leaf_variables, verifier->leaf, &wanted, error));
    PROM_TRY(receive_leaf(&scratch, verifier, error));
    return check_leaf(verifier, &wanted, error);
}

/* -- Functionals -- */

static prom_result new_point(const argument_verifier *verifier, prom_extension **point,
                             const prom_extension *batch_point, size_t variables, prom_error *error)
{
    const size_t batch = verifier->argument.batch_bits;
    PROM_TRY_NEW(*point, verifier->arena, batch + variables, error);
    memcpy(*point, batch_point, batch * sizeof **point);
    return prom_ok();
}

/* A functional as it is verified: coefficients of the program's input, and of what is reached through moved values; and
 * the closed form of the rest. */
typedef struct checked_functional {
    functional_task task;
    functional_target target;
    functional planes;
    closed_form form;
    bool *reads; /* of each value below the functional's: it has coefficients for it */
} checked_functional;

static prom_result new_functional(prom_arena *scratch, const argument_verifier *verifier, checked_functional *made,
                                  const functional_target *target, const prom_extension *at, prom_error *error)
{
    made->task = (functional_task){scratch, verifier->setup.field, &verifier->argument,
                                   at + verifier->argument.batch_bits, false};
    made->target = *target;
    PROM_TRY_NEW(made->reads, scratch, target->value, error);
    prom_argument_reads(&verifier->argument, made->reads, target->value);
    PROM_TRY(prom_closed_form_new(&made->task, &made->form, target, error));
    return prom_functional_new(&made->task, &made->planes, target, error);
}

/* The polynomial of value v's coefficients at a point of its item's coordinates. */
static prom_result coefficients_at(const checked_functional *checked, prom_extension *result, uint32_t v,
                                   const prom_extension *at, prom_error *error)
{
    *result = prom_extension_zero();
    if (checked->task.argument->values[checked->target.value].role != ARGUMENT_MOVED) {
        PROM_TRY(prom_closed_form_at(&checked->form, result, v, at, error));
    }
    if (checked->planes.coefficients[v].plane[0] != NULL) {
        prom_extension moved;
        PROM_TRY(prom_coefficients_at(&checked->task, &moved, v, checked->planes.coefficients[v], at, error));
        *result = prom_extension_add(result, &moved);
    }
    return prom_ok();
}

/* The constant, which counts for every item, and the inputs' part. */
static prom_result public_part(prom_arena *scratch, const argument_verifier *verifier, prom_extension *sum,
                               const checked_functional *checked, const prom_extension *batch_point, prom_error *error)
{
    const prom_argument *argument = &verifier->argument;
    const prom_extension items = prom_argument_equal_below(batch_point, argument->batch_bits, argument->items);
    *sum = prom_extension_multiply(&checked->form.constant, &items);
    if (checked->reads[0]) {
        const public_codes inputs = {argument, verifier->setup.field, 0, verifier->statement->inputs};
        prom_extension part;
        PROM_TRY(prom_codes_combine(scratch, &part, &inputs, checked->planes.coefficients[0], batch_point, error));
        *sum = prom_extension_add(sum, &part);
    }
    return prom_ok();
}

static prom_result check_term(argument_verifier *verifier, const checked_functional *checked, uint32_t v,
                              const prom_extension *sum, const prom_extension *batch_point, prom_error *error)
{
    const argument_value *value = &verifier->argument.values[v];
    prom_extension *point = NULL;
    prom_extension product;
    prom_extension coefficient;
    prom_extension there;
    PROM_TRY(new_point(verifier, &point, batch_point, value->variables, error));
    prom_extension *item_point = point + verifier->argument.batch_bits;
    PROM_TRY(prom_product_verify(&verifier->sumcheck, value->variables, sum, item_point, &product, error));
    PROM_TRY(prom_receive(&verifier->sumcheck, PROOF_VALUE, &there, 1, error));
    PROM_TRY(coefficients_at(checked, &coefficient, v, item_point, error));
    coefficient = prom_extension_multiply(&coefficient, &there);
    if (!prom_extension_equal(&coefficient, &product)) {
        return refuse("a layer's sums do not follow from its inputs", error);
    }
    return prom_argument_add_claim(&verifier->claims, value->column, point, &there, error);
}

/* That the terms which are sent, and the public part, are `claim`. */
static prom_result receive_terms(prom_arena *scratch, argument_verifier *verifier, prom_extension **sums,
                                 const checked_functional *checked, const prom_extension *claim,
                                 const prom_extension *batch_point, prom_error *error)
{
    prom_extension total;
    size_t count = 0;
    PROM_TRY(public_part(scratch, verifier, &total, checked, batch_point, error));
    for (uint32_t v = 1; v < checked->target.value; v++) {
        count += checked->reads[v] ? 1 : 0;
    }
    PROM_TRY_NEW(*sums, scratch, count, error);
    PROM_TRY(prom_receive(&verifier->sumcheck, PROOF_TERMS, *sums, count, error));
    for (size_t i = 0; i < count; i++) {
        total = prom_extension_add(&total, &(*sums)[i]);
    }
    return prom_extension_equal(&total, claim) ? prom_ok()
                                               : refuse("a layer's sums are not those of its inputs and biases", error);
}

/* That the functional, of committed and of public values, is `claim` at a point of the batch and of the item. */
static prom_result check_functional(prom_arena *scratch, argument_verifier *verifier, const functional_target *target,
                                    const prom_extension *claim, const prom_extension *at, prom_error *error)
{
    checked_functional checked = {.planes = {.count = 0}};
    prom_extension *sums = NULL;
    size_t term = 0;
    prom_result result = new_functional(scratch, verifier, &checked, target, at, error);
    if (prom_is_ok(result)) {
        result = receive_terms(scratch, verifier, &sums, &checked, claim, at, error);
    }
    for (uint32_t v = 1; v < target->value && prom_is_ok(result); v++) {
        if (checked.reads[v]) {
            result = check_term(verifier, &checked, v, &sums[term++], at, error);
        }
    }
    prom_functional_free(&checked.planes);
    return result;
}

static prom_result check_high_parts(prom_arena *scratch, argument_verifier *verifier, size_t index,
                                    const prom_extension *at, prom_error *error)
{
    const argument_layer *layer = &verifier->argument.layers[index];
    const functional_task task = {scratch, verifier->setup.field, &verifier->argument,
                                  at + verifier->argument.batch_bits, false};
    const size_t split = verifier->argument.program->layers[layer->value - 1].rescale.split;
    const size_t variables = verifier->argument.values[layer->value].variables;
    prom_extension *point = NULL;
    prom_extension claim;
    prom_extension product;
    prom_extension multiplier;
    prom_extension limbs[ARGUMENT_LIMBS_MAX];
    /* The limbs hold the high part plus 2^(30 - split). */
    PROM_TRY(prom_multipliers_at(&task, &claim, layer->value, NULL, error));
    claim = prom_extension_scale(&claim, prom_element_of(UINT32_C(1) << (ARGUMENT_NUMBER_BITS - split)));
    claim = prom_extension_add(&claim, &verifier->layers[index].product_high);
    PROM_TRY(new_point(verifier, &point, at, variables, error));
    prom_extension *there = point + verifier->argument.batch_bits;
    PROM_TRY(prom_product_verify(&verifier->sumcheck, variables, &claim, there, &product, error));
    PROM_TRY(prom_receive(&verifier->sumcheck, PROOF_LIMBS, limbs, layer->high.count, error));
    PROM_TRY(prom_multipliers_at(&task, &multiplier, layer->value, there, error));
    const prom_extension number = prom_argument_number(&layer->high, limbs);
    multiplier = prom_extension_multiply(&multiplier, &number);
    if (!prom_extension_equal(&multiplier, &product)) {
        return refuse("a sum's high part is not multiplied as it should be", error);
    }
    for (size_t i = 0; i < layer->high.count; i++) {
        PROM_TRY(prom_argument_add_claim(&verifier->claims, layer->high.columns[i], point, &limbs[i], error));
    }
    return prom_ok();
}

static prom_result check_sums(prom_arena *scratch, argument_verifier *verifier, size_t index, prom_error *error)
{
    const argument_layer *layer = &verifier->argument.layers[index];
    const layer_claims *claims = &verifier->layers[index];
    const prom_extension *at = leaf_point(verifier, layer->variables);
    prom_extension mix;
    prom_extension claim = claims->product;
    if (layer->split) {
        mix = prom_transcript_extension(&verifier->transcript, "mix");
        claim = prom_extension_multiply(&mix, &claims->product);
        claim = prom_extension_add(&claim, &claims->sum);
    }
    const functional_target target = {layer->value, layer->split ? &mix : NULL, NULL};
    PROM_TRY(check_functional(scratch, verifier, &target, &claim, at, error));
    return layer->split ? check_high_parts(scratch, verifier, index, at, error) : prom_ok();
}

static prom_result check_places(prom_arena *scratch, argument_verifier *verifier, const argument_layer *layer,
                                const prom_extension *value, const prom_extension *differences,
                                const prom_extension *at, prom_error *error)
{
    prom_extension weights[ARGUMENT_PLACES_MAX];
    prom_proof_place_weights(&verifier->transcript, weights, layer->places);
    const prom_extension claim = prom_proof_places_claim(value, differences, weights, layer->places);
    const functional_target target = {layer->value, NULL, weights};
    return check_functional(scratch, verifier, &target, &claim, at, error);
}

static prom_result check_pool(prom_arena *scratch, argument_verifier *verifier, size_t index, prom_error *error)
{
    const argument_layer *layer = &verifier->argument.layers[index];
    const layer_claims *claims = &verifier->layers[index];
    const argument_value *value = &verifier->argument.values[layer->value];
    prom_extension differences[ARGUMENT_PLACES_MAX];
    prom_extension own;
    prom_extension product;
    prom_extension *point = NULL;
    PROM_TRY(check_places(scratch, verifier, layer, &claims->value, claims->differences,
                          leaf_point(verifier, layer->variables), error));
    PROM_TRY_NEW(point, verifier->arena, layer->variables, error);
    PROM_TRY(prom_zero_verify(&verifier->sumcheck, layer->places, layer->variables, point, &product, error));
    PROM_TRY(prom_receive(&verifier->sumcheck, PROOF_POOL, differences, layer->places, error));
    prom_extension all = differences[0];
    for (size_t i = 1; i < layer->places; i++) {
        all = prom_extension_multiply(&all, &differences[i]);
    }
    if (!prom_extension_equal(&all, &product)) {
        return refuse("a pool's value is none of those under its window", error);
    }
    if (value->role == ARGUMENT_COMMITTED) {
        PROM_TRY(prom_receive(&verifier->sumcheck, PROOF_VALUE, &own, 1, error));
        PROM_TRY(prom_argument_add_claim(&verifier->claims, value->column, point, &own, error));
    } else {
        PROM_TRY(output_at(scratch, verifier, &own, point, error));
    }
    return check_places(scratch, verifier, layer, &own, differences, point, error);
}

static prom_result check_moved_output(prom_arena *scratch, argument_verifier *verifier, prom_error *error)
{
    const uint32_t last = (uint32_t)verifier->argument.program->layer_count;
    const size_t variables = verifier->argument.values[last].variables + verifier->argument.batch_bits;
    prom_extension *point = NULL;
    prom_extension claim;
    if (verifier->argument.values[last].role != ARGUMENT_MOVED) {
        return prom_ok();
    }
    PROM_TRY_NEW(point, verifier->arena, variables, error);
    for (size_t i = 0; i < variables; i++) {
        point[i] = prom_transcript_extension(&verifier->transcript, "output");
    }
    const functional_target target = {last, NULL, NULL};
    PROM_TRY(output_at(scratch, verifier, &claim, point, error));
    return check_functional(scratch, verifier, &target, &claim, point, error);
}

static prom_result report(const argument_verifier *verifier, size_t steps, prom_error *error)
{
    return prom_progress_report(verifier->progress, steps, verifier->argument.layer_count + 2, error);
}

static prom_result check_layers(argument_verifier *verifier, prom_error *error)
{
    for (size_t i = 0; i <= verifier->argument.layer_count; i++) {
        PROM_TRY(report(verifier, i + 1, error));
        PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
        prom_arena_init(&scratch, verifier->arena->limit - verifier->arena->used);
        if (i == verifier->argument.layer_count) {
            return check_moved_output(&scratch, verifier, error);
        }
        PROM_TRY((verifier->argument.layers[i].places > 0 ? check_pool : check_sums)(&scratch, verifier, i, error));
    }
    return prom_ok();
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
    prom_arena_init(&scratch, verifier->arena->limit - verifier->arena->used);
    begin(verifier);
    PROM_TRY(check_moved_output(&scratch, verifier, error));
    return prom_reader_done(&verifier->reader) ? prom_ok() : refuse("bytes are left over", error);
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
    PROM_TRY(check_layers(verifier, error));
    const prom_commitment *const all[] = {&commitment};
    const prom_span opening = prom_read_span(&verifier->reader, verifier->reader.left);
    const prom_opening_statement opened = {all, 1, verifier->claims.claims, verifier->claims.count};
    PROM_TRY(prom_commitment_verify(verifier->arena, &verifier->transcript, &verifier->setup, &opened, opening, error));
    return report(verifier, verifier->argument.layer_count + 2, error);
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

/* No honest proof is larger: nothing else of it needs to be looked at. */
static prom_result check_size(const argument_verifier *verifier, prom_span proof, prom_error *error)
{
    uint64_t most = 0;
    PROM_TRY(prom_argument_bytes_max(verifier->arena, &most, &verifier->argument, error));
    return proof.length <= most ? prom_ok()
                                : prom_fail(error, PROM_CATEGORY_PEER,
                                            "the proof does not hold: it has %zu bytes, and %llu are the most",
                                            proof.length, (unsigned long long)most);
}

prom_result prom_statement_verify(prom_arena *arena, const prom_statement *statement, prom_span proof,
                                  const prom_progress *progress, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena lasting = {0};
    argument_verifier verifier = {
        .arena = &lasting, .statement = statement, .reader = prom_reader_of(proof), .progress = progress};
    size_t at = 0;
    prom_arena_init(&lasting, arena->limit - arena->used);
    if (!prom_codes_in_range(&at, statement->inputs, statement->items * statement->program->input.count,
                             statement->program->input.range)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "value %zu of the input lies outside the program's range", at);
    }
    PROM_TRY(check_outputs(statement, error));
    PROM_TRY(prom_argument_new(&lasting, &verifier.argument, statement->program, statement->items, error));
    PROM_TRY(check_size(&verifier, proof, error));
    verifier.setup = prom_commitment_setup_for(prom_cpu_of_machine());
    verifier.sumcheck = (prom_verifier){&verifier.transcript, &verifier.reader};
    verifier.claims.arena = &lasting;
    return prom_blame_peer(check_in(&verifier, error));
}
