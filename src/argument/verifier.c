#include <string.h>

#include "argument/steps.h"
#include "prometheus/proof/fractions.h"
#include "prometheus/proof/multilinear.h"
#include "prometheus/proof/product.h"
#include "prometheus/proof/zero.h"

/* A proof being checked. */
typedef struct checker {
    prom_arena *arena; /* for what lasts until the opening */
    const prom_statement *statement;
    prom_argument argument;
    prom_commitment_setup setup;
    prom_transcript transcript;
    prom_reader reader;
    prom_verifier verifier;
    claim_list claims;
    lookup_challenges challenges;
    prom_extension *leaf;
    layer_claims *layers;
    prom_extension *multiplicities; /* of each table, at the leaf */
    const prom_progress *progress;  /* told layers, with the lookups and the opening as one more each */
} checker;

static const prom_extension *leaf_point(const checker *work, size_t variables)
{
    return work->leaf + work->argument.leaf_variables - variables;
}

static prom_result refuse(const char *why, prom_error *error)
{
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the proof does not hold: %s", why);
}

/* -- What stands at the leaf -- */

/* The value of the output's polynomial, which everybody can compute. */
static prom_result output_at(prom_arena *scratch, const checker *work, prom_extension *value,
                             const prom_extension *point, prom_error *error)
{
    const public_codes outputs = {&work->argument, work->setup.field, (uint32_t)work->argument.program->layer_count,
                                  work->statement->outputs};
    return prom_codes_evaluate(scratch, value, &outputs, point, error);
}

static prom_result receive_leaf(prom_arena *scratch, checker *work, prom_error *error)
{
    const prom_argument *argument = &work->argument;
    claim_slot *slots = NULL;
    prom_extension *sent = NULL;
    size_t count = 0;
    PROM_TRY_NEW(work->layers, work->arena, argument->layer_count, error);
    PROM_TRY_NEW(work->multiplicities, work->arena, argument->table_count, error);
    PROM_TRY(prom_argument_claim_slots(scratch, &slots, &count, argument, work->layers, work->multiplicities, error));
    PROM_TRY_NEW(sent, scratch, count, error);
    PROM_TRY(prom_receive(&work->verifier, PROOF_LEAF, sent, count, error));
    for (size_t i = 0; i < count; i++) {
        *slots[i].value = sent[i];
        if (slots[i].column != ARGUMENT_NONE) {
            const prom_extension *point = leaf_point(work, argument->columns[slots[i].column]);
            PROM_TRY(prom_argument_add_claim(&work->claims, slots[i].column, point, &sent[i], error));
        }
    }
    for (size_t i = 0; i < argument->layer_count; i++) {
        const argument_layer *layer = &argument->layers[i];
        if (argument->values[layer->value].role == ARGUMENT_OUTPUT) {
            PROM_TRY(output_at(scratch, work, &work->layers[i].value, leaf_point(work, layer->variables), error));
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
static void add_block(const checker *work, leaf_sums *sums, size_t start, size_t variables,
                      const prom_extension *numerator, const prom_extension *denominator)
{
    const prom_extension weight =
        prom_argument_equal(work->leaf, work->argument.leaf_variables - variables, start >> variables);
    const prom_extension top = prom_extension_multiply(&weight, numerator);
    const prom_extension bottom = prom_extension_multiply(&weight, denominator);
    sums->fraction.numerator = prom_extension_add(&sums->fraction.numerator, &top);
    sums->fraction.denominator = prom_extension_add(&sums->fraction.denominator, &bottom);
    sums->used = prom_extension_add(&sums->used, &weight);
}

static void add_lookup(const checker *work, leaf_sums *sums, size_t index, const prom_extension *first,
                       const prom_extension *second)
{
    const argument_lookup *lookup = &work->argument.lookups[index];
    const prom_extension one = prom_extension_one();
    const prom_extension denominator = prom_argument_denominator(&work->challenges, lookup->table, first, second);
    add_block(work, sums, lookup->start, lookup->variables, &one, &denominator);
}

static void add_limbs(const checker *work, leaf_sums *sums, const argument_limbs *limbs, const prom_extension *values)
{
    const prom_extension zero = prom_extension_zero();
    for (size_t i = 0; i < limbs->count; i++) {
        add_lookup(work, sums, limbs->lookups[i], &values[i], &zero);
    }
}

static void add_layer(const checker *work, leaf_sums *sums, size_t index)
{
    const argument_layer *layer = &work->argument.layers[index];
    const layer_claims *claims = &work->layers[index];
    const prom_extension zero = prom_extension_zero();
    for (size_t i = 0; i < layer->places; i++) {
        add_lookup(work, sums, layer->first_place + i, &claims->differences[i], &zero);
    }
    if (layer->places > 0) {
        return;
    }
    const looked_up found = prom_argument_looked_up(layer, &work->argument.program->layers[layer->value - 1], claims);
    add_limbs(work, sums, &layer->remainder, claims->remainder);
    add_lookup(work, sums, layer->activation, &found.quotient, &claims->value);
    if (layer->split) {
        add_limbs(work, sums, &layer->high, claims->high);
        add_limbs(work, sums, &layer->carry, claims->carry);
        add_lookup(work, sums, layer->rest, &found.rest, &zero);
        add_lookup(work, sums, layer->low, &found.low, &zero);
    }
}

static prom_result check_leaf(checker *work, const prom_fraction *wanted, prom_error *error)
{
    const prom_argument *argument = &work->argument;
    const prom_extension zero = prom_extension_zero();
    const prom_extension one = prom_extension_one();
    leaf_sums sums = {{zero, zero}, zero};
    for (size_t i = 0; i < argument->layer_count; i++) {
        add_layer(work, &sums, i);
    }
    for (size_t i = 0; i < argument->table_count; i++) {
        const argument_table *table = &argument->tables[i];
        prom_extension first;
        prom_extension second;
        prom_argument_table_at(&first, &second, table, leaf_point(work, table->bits));
        const prom_extension denominator = prom_argument_denominator(&work->challenges, i, &first, &second);
        const prom_extension numerator = prom_extension_subtract(&zero, &work->multiplicities[i]);
        add_block(work, &sums, table->start, table->bits, &numerator, &denominator);
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

static prom_result check_lookups(checker *work, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_fraction wanted;
    prom_arena_init(&scratch, work->arena->limit - work->arena->used);
    PROM_TRY_NEW(work->leaf, work->arena, work->argument.leaf_variables, error);
    PROM_TRY(prom_fractions_verify(&work->verifier, work->argument.leaf_variables, work->leaf, &wanted, error));
    PROM_TRY(receive_leaf(&scratch, work, error));
    return check_leaf(work, &wanted, error);
}

/* -- Functionals -- */

static prom_result new_point(const checker *work, prom_extension **point, const prom_extension *batch_point,
                             size_t variables, prom_error *error)
{
    const size_t batch = work->argument.batch_bits;
    PROM_TRY_NEW(*point, work->arena, batch + variables, error);
    memcpy(*point, batch_point, batch * sizeof **point);
    return prom_ok();
}

/* The constant, which counts for every item, and the inputs' part. */
static prom_result public_part(prom_arena *scratch, const checker *work, prom_extension *sum, const functional *of,
                               const prom_extension *batch_point, prom_error *error)
{
    const prom_argument *argument = &work->argument;
    const prom_extension items = prom_argument_equal_below(batch_point, argument->batch_bits, argument->items);
    *sum = prom_extension_multiply(&of->constant, &items);
    if (of->coefficients[0].plane[0] != NULL) {
        const public_codes inputs = {argument, work->setup.field, 0, work->statement->inputs};
        prom_planes folded;
        prom_extension part;
        PROM_TRY(prom_codes_fold(scratch, &folded, &inputs, batch_point, error));
        work->setup.field->dot_extensions(&part, of->coefficients[0], folded, argument->program->input.count);
        *sum = prom_extension_add(sum, &part);
    }
    return prom_ok();
}

static prom_result check_term(prom_arena *scratch, checker *work, uint32_t v, prom_planes coefficients,
                              const prom_extension *sum, const prom_extension *batch_point, prom_error *error)
{
    const argument_value *value = &work->argument.values[v];
    prom_extension *point = NULL;
    prom_planes padded;
    prom_extension product;
    prom_extension coefficient;
    prom_extension there;
    PROM_TRY(new_point(work, &point, batch_point, value->variables, error));
    const prom_extension *item_point = point + work->argument.batch_bits;
    PROM_TRY(prom_product_verify(&work->verifier, value->variables, sum, point + work->argument.batch_bits, &product,
                                 error));
    PROM_TRY(prom_receive(&work->verifier, PROOF_VALUE, &there, 1, error));
    PROM_TRY(prom_planes_pad(scratch, &padded, &work->argument, v, coefficients, error));
    PROM_TRY(prom_multilinear_evaluate_extensions(scratch, work->setup.field, &coefficient, padded, item_point,
                                                  value->variables, error));
    coefficient = prom_extension_multiply(&coefficient, &there);
    if (!prom_extension_equal(&coefficient, &product)) {
        return refuse("a layer's sums do not follow from its inputs", error);
    }
    return prom_argument_add_claim(&work->claims, value->column, point, &there, error);
}

/* That the functional, of committed and of public values, is `claim`. */
static prom_result check_functional(prom_arena *scratch, checker *work, const functional *of,
                                    const prom_extension *claim, const prom_extension *batch_point, prom_error *error)
{
    const size_t layers = work->argument.program->layer_count;
    prom_extension *sums = NULL;
    prom_extension total;
    size_t count = 0;
    PROM_TRY(public_part(scratch, work, &total, of, batch_point, error));
    PROM_TRY_NEW(sums, scratch, layers, error);
    for (uint32_t v = 1; v <= layers; v++) {
        count += of->coefficients[v].plane[0] != NULL;
    }
    PROM_TRY(prom_receive(&work->verifier, PROOF_TERMS, sums, count, error));
    for (size_t i = 0; i < count; i++) {
        total = prom_extension_add(&total, &sums[i]);
    }
    if (!prom_extension_equal(&total, claim)) {
        return refuse("a layer's sums are not those of its inputs and biases", error);
    }
    count = 0;
    for (uint32_t v = 1; v <= layers; v++) {
        if (of->coefficients[v].plane[0] != NULL) {
            PROM_TRY(check_term(scratch, work, v, of->coefficients[v], &sums[count++], batch_point, error));
        }
    }
    return prom_ok();
}

static functional_task task_at(prom_arena *scratch, const checker *work, const prom_extension *point)
{
    return (functional_task){scratch, work->setup.field, &work->argument, point + work->argument.batch_bits};
}

static prom_result check_high_parts(prom_arena *scratch, checker *work, size_t index, const prom_extension *at,
                                    prom_error *error)
{
    const argument_layer *layer = &work->argument.layers[index];
    const functional_task task = task_at(scratch, work, at);
    const size_t split = work->argument.program->layers[layer->value - 1].rescale.split;
    const size_t variables = work->argument.values[layer->value].variables;
    prom_planes multipliers;
    prom_extension *point = NULL;
    prom_extension claim = prom_extension_zero();
    prom_extension product;
    prom_extension multiplier;
    prom_extension limbs[ARGUMENT_LIMBS_MAX];
    PROM_TRY(prom_functional_multipliers(&task, &multipliers, layer->value, error));
    /* The limbs hold the high part plus 2^(30 - split). */
    for (size_t i = 0; i < (size_t)1 << variables; i++) {
        const prom_extension one = prom_planes_get(multipliers, i);
        claim = prom_extension_add(&claim, &one);
    }
    claim = prom_extension_scale(&claim, prom_element_of(UINT32_C(1) << (ARGUMENT_NUMBER_BITS - split)));
    claim = prom_extension_add(&claim, &work->layers[index].product_high);
    PROM_TRY(new_point(work, &point, at, variables, error));
    prom_extension *there = point + work->argument.batch_bits;
    PROM_TRY(prom_product_verify(&work->verifier, variables, &claim, there, &product, error));
    PROM_TRY(prom_receive(&work->verifier, PROOF_LIMBS, limbs, layer->high.count, error));
    PROM_TRY(prom_multilinear_evaluate_extensions(scratch, work->setup.field, &multiplier, multipliers, there,
                                                  variables, error));
    const prom_extension number = prom_argument_number(&layer->high, limbs);
    multiplier = prom_extension_multiply(&multiplier, &number);
    if (!prom_extension_equal(&multiplier, &product)) {
        return refuse("a sum's high part is not multiplied as it should be", error);
    }
    for (size_t i = 0; i < layer->high.count; i++) {
        PROM_TRY(prom_argument_add_claim(&work->claims, layer->high.columns[i], point, &limbs[i], error));
    }
    return prom_ok();
}

static prom_result check_sums(prom_arena *scratch, checker *work, size_t index, prom_error *error)
{
    const argument_layer *layer = &work->argument.layers[index];
    const layer_claims *claims = &work->layers[index];
    const prom_extension *at = leaf_point(work, layer->variables);
    const functional_task task = task_at(scratch, work, at);
    functional of;
    prom_extension mix;
    prom_extension claim = claims->product;
    if (layer->split) {
        mix = prom_transcript_extension(&work->transcript, "mix");
        claim = prom_extension_multiply(&mix, &claims->product);
        claim = prom_extension_add(&claim, &claims->sum);
    }
    PROM_TRY(prom_functional_of_sums(&task, &of, layer->value, layer->split ? &mix : NULL, error));
    PROM_TRY(check_functional(scratch, work, &of, &claim, at, error));
    return layer->split ? check_high_parts(scratch, work, index, at, error) : prom_ok();
}

static prom_result check_places(prom_arena *scratch, checker *work, const argument_layer *layer,
                                const prom_extension *value, const prom_extension *differences,
                                const prom_extension *at, prom_error *error)
{
    const functional_task task = task_at(scratch, work, at);
    prom_extension weights[ARGUMENT_PLACES_MAX];
    functional of;
    prom_proof_place_weights(&work->transcript, weights, layer->places);
    const prom_extension claim = prom_proof_places_claim(value, differences, weights, layer->places);
    PROM_TRY(prom_functional_of_places(&task, &of, layer->value, weights, error));
    return check_functional(scratch, work, &of, &claim, at, error);
}

static prom_result check_pool(prom_arena *scratch, checker *work, size_t index, prom_error *error)
{
    const argument_layer *layer = &work->argument.layers[index];
    const layer_claims *claims = &work->layers[index];
    const argument_value *value = &work->argument.values[layer->value];
    prom_extension differences[ARGUMENT_PLACES_MAX];
    prom_extension own;
    prom_extension product;
    prom_extension *point = NULL;
    PROM_TRY(check_places(scratch, work, layer, &claims->value, claims->differences, leaf_point(work, layer->variables),
                          error));
    PROM_TRY_NEW(point, work->arena, layer->variables, error);
    PROM_TRY(prom_zero_verify(&work->verifier, layer->places, layer->variables, point, &product, error));
    PROM_TRY(prom_receive(&work->verifier, PROOF_POOL, differences, layer->places, error));
    prom_extension all = differences[0];
    for (size_t i = 1; i < layer->places; i++) {
        all = prom_extension_multiply(&all, &differences[i]);
    }
    if (!prom_extension_equal(&all, &product)) {
        return refuse("a pool's value is none of those under its window", error);
    }
    if (value->role == ARGUMENT_COMMITTED) {
        PROM_TRY(prom_receive(&work->verifier, PROOF_VALUE, &own, 1, error));
        PROM_TRY(prom_argument_add_claim(&work->claims, value->column, point, &own, error));
    } else {
        PROM_TRY(output_at(scratch, work, &own, point, error));
    }
    return check_places(scratch, work, layer, &own, differences, point, error);
}

static prom_result check_moved_output(prom_arena *scratch, checker *work, prom_error *error)
{
    const uint32_t last = (uint32_t)work->argument.program->layer_count;
    const size_t variables = work->argument.values[last].variables + work->argument.batch_bits;
    prom_extension *point = NULL;
    prom_extension claim;
    functional of;
    if (work->argument.values[last].role != ARGUMENT_MOVED) {
        return prom_ok();
    }
    PROM_TRY_NEW(point, work->arena, variables, error);
    for (size_t i = 0; i < variables; i++) {
        point[i] = prom_transcript_extension(&work->transcript, "output");
    }
    const functional_task task = task_at(scratch, work, point);
    PROM_TRY(output_at(scratch, work, &claim, point, error));
    PROM_TRY(prom_functional_of_moved(&task, &of, last, error));
    return check_functional(scratch, work, &of, &claim, point, error);
}

static prom_result report(const checker *work, size_t steps, prom_error *error)
{
    return prom_progress_report(work->progress, steps, work->argument.layer_count + 2, error);
}

static prom_result check_layers(checker *work, prom_error *error)
{
    for (size_t i = 0; i <= work->argument.layer_count; i++) {
        PROM_TRY(report(work, i + 1, error));
        PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
        prom_arena_init(&scratch, work->arena->limit - work->arena->used);
        if (i == work->argument.layer_count) {
            return check_moved_output(&scratch, work, error);
        }
        PROM_TRY((work->argument.layers[i].places > 0 ? check_pool : check_sums)(&scratch, work, i, error));
    }
    return prom_ok();
}

/* -- The whole -- */

static void begin(checker *work)
{
    prom_proof_begin(&work->transcript, &work->setup, work->statement);
}

/* A program that only moves its inputs leaves nothing to prove: the output's polynomial is known at any point. */
static prom_result check_moved_inputs(checker *work, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_arena_init(&scratch, work->arena->limit - work->arena->used);
    begin(work);
    PROM_TRY(check_moved_output(&scratch, work, error));
    return prom_reader_done(&work->reader) ? prom_ok() : refuse("bytes are left over", error);
}

static prom_result check_in(checker *work, prom_error *error)
{
    if (work->argument.column_count == 0) {
        return check_moved_inputs(work, error);
    }
    prom_commitment commitment = {.root = prom_read_bytes32(&work->reader)};
    PROM_TRY(prom_commitment_layout_new(work->arena, &commitment.layout, &work->setup.parameters,
                                        work->argument.columns, work->argument.column_count, error));
    begin(work);
    work->challenges = prom_proof_lookup_challenges(&work->transcript, &commitment.root);
    PROM_TRY(check_lookups(work, error));
    PROM_TRY(check_layers(work, error));
    const prom_commitment *const all[] = {&commitment};
    const prom_span opening = prom_read_span(&work->reader, work->reader.left);
    const prom_opening_statement opened = {all, 1, work->claims.claims, work->claims.count};
    PROM_TRY(prom_commitment_verify(work->arena, &work->transcript, &work->setup, &opened, opening, error));
    return report(work, work->argument.layer_count + 2, error);
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
    checker work = {.arena = &lasting, .statement = statement, .reader = prom_reader_of(proof), .progress = progress};
    size_t at = 0;
    prom_arena_init(&lasting, arena->limit - arena->used);
    if (!prom_codes_in_range(&at, statement->inputs, statement->items * statement->program->input.count,
                             statement->program->input.range)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "value %zu of the input lies outside the program's range", at);
    }
    PROM_TRY(check_outputs(statement, error));
    PROM_TRY(prom_argument_new(&lasting, &work.argument, statement->program, statement->items, error));
    work.setup = prom_commitment_setup_for(prom_cpu_of_machine());
    work.verifier = (prom_verifier){&work.transcript, &work.reader};
    work.claims.arena = &lasting;
    return prom_blame_peer(check_in(&work, error));
}
