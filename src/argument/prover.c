#include "argument/prover.h"

#include <string.h>

#include "argument/leaves.h"
#include "argument/steps.h"
#include "prometheus/proof/multilinear.h"
#include "prometheus/proof/product.h"
#include "prometheus/proof/zero.h"

/* How far a proof is, in hundredths, when a part of it is done: about the shares of time that the parts take. */
enum { DONE_RUN = 10, DONE_COMMITMENT = 30, DONE_LOOKUPS = 80, DONE_LAYERS = 90, DONE_ALL = 100 };

/* A proof being made. */
typedef struct maker {
    prom_arena *arena; /* for what lasts until the opening */
    prom_argument argument;
    prom_witness witness;
    prom_witness shown;       /* among the fractions */
    prom_witness pooled;      /* in the products of pools' differences */
    prom_statement statement; /* with the outputs */
    prom_commitment_setup setup;
    prom_transcript transcript;
    prom_writer writer;
    prom_prover prover;
    claim_list claims;
    lookup_challenges challenges;
    prom_extension *leaf; /* the point that the sum of fractions leads to */
    layer_claims *layers;
    const prom_progress *progress; /* NULL: nobody wants to know */
} maker;

/* The run counts items. */
static bool report_run(void *context, size_t items_done, size_t items)
{
    const prom_progress *progress = context;
    return progress->report(progress->context, DONE_RUN * items_done / items, DONE_ALL);
}

/* The coordinates of the leaf's point for polynomials of `variables` variables: the last ones. */
static const prom_extension *leaf_point(const maker *work, size_t variables)
{
    return work->leaf + work->argument.leaf_variables - variables;
}

/* -- Lookups -- */

static prom_result prove_lookups(maker *work, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_prover prover = work->prover;
    proof_leaves leaves;
    prom_fraction values;
    prom_arena_init(&scratch, work->arena->limit - work->arena->used);
    prover.scratch = &scratch;
    PROM_TRY(prom_proof_leaves_new(&scratch, &leaves, prover.kernels, &work->argument, &work->shown, &work->challenges,
                                   error));
    PROM_TRY_NEW(work->leaf, work->arena, work->argument.leaf_variables, error);
    const prom_leaves all = prom_proof_leaves_all(&leaves);
    return prom_fractions_prove(&prover, &all, work->argument.leaf_variables, work->leaf, &values, error);
}

/* -- What stands at the leaf -- */

static prom_result column_at(prom_arena *scratch, const maker *work, prom_extension *value, const prom_element *column,
                             size_t variables, prom_error *error)
{
    return prom_multilinear_evaluate(scratch, work->prover.kernels, value, column, leaf_point(work, variables),
                                     variables, error);
}

/* What the layer's claims on numbers that are not committed follow from: the lookups' values. */
static prom_result claim_sums(prom_arena *scratch, maker *work, size_t index, prom_error *error)
{
    const argument_layer *layer = &work->argument.layers[index];
    const layer_witness *witness = &work->witness.layers[index];
    layer_claims *claims = &work->layers[index];
    const size_t split = work->argument.program->layers[layer->value - 1].rescale.split;
    const prom_extension remainder = prom_argument_number(&layer->remainder, claims->remainder);
    const prom_extension half = prom_extension_of(prom_element_of(UINT32_C(1) << (layer->remainder_bits - 1)));
    prom_extension dividend;
    PROM_TRY(column_at(scratch, work, &dividend, witness->quotient, layer->variables, error));
    dividend = prom_extension_scale(&dividend, prom_element_of(UINT32_C(1) << layer->remainder_bits));
    dividend = prom_extension_add(&dividend, &remainder);
    dividend = prom_extension_subtract(&dividend, &half);
    if (!layer->split) {
        claims->product = dividend;
        return prom_ok();
    }
    const prom_element raise = prom_element_of(UINT32_C(1) << split);
    const prom_extension offset = prom_extension_of(prom_element_of(UINT32_C(1) << (ARGUMENT_NUMBER_BITS - split)));
    const prom_extension carry = prom_argument_number(&layer->carry, claims->carry);
    const prom_extension shifted = prom_argument_number(&layer->high, claims->high);
    prom_extension high = prom_extension_subtract(&shifted, &offset);
    prom_extension rest;
    prom_extension low;
    PROM_TRY(column_at(scratch, work, &rest, witness->rest, layer->variables, error));
    PROM_TRY(column_at(scratch, work, &low, witness->low, layer->variables, error));
    high = prom_extension_scale(&high, raise);
    claims->sum = prom_extension_add(&high, &rest);
    claims->product_high = prom_extension_subtract(&dividend, &carry);
    dividend = prom_extension_scale(&dividend, raise); /* 2^split * (product_high + carry) */
    claims->product = prom_extension_add(&dividend, &low);
    return prom_ok();
}

static prom_result claim_differences(prom_arena *scratch, maker *work, size_t index, prom_error *error)
{
    const argument_layer *layer = &work->argument.layers[index];
    for (size_t i = 0; i < layer->places; i++) {
        PROM_TRY(column_at(scratch, work, &work->layers[index].differences[i],
                           work->witness.layers[index].differences[i], layer->variables, error));
    }
    /* The output's value is not sent, and so has no slot. */
    return column_at(scratch, work, &work->layers[index].value, work->witness.layers[index].value, layer->variables,
                     error);
}

static prom_result claim_leaf(maker *work, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    const prom_argument *argument = &work->argument;
    prom_extension *multiplicities = NULL;
    prom_extension *sent = NULL;
    claim_slot *slots = NULL;
    size_t count = 0;
    prom_arena_init(&scratch, work->arena->limit - work->arena->used);
    PROM_TRY_NEW(work->layers, work->arena, argument->layer_count, error);
    PROM_TRY_NEW(multiplicities, &scratch, argument->table_count, error);
    PROM_TRY(prom_argument_claim_slots(&scratch, &slots, &count, argument, work->layers, multiplicities, error));
    for (size_t i = 0; i < count; i++) {
        const size_t column = slots[i].column;
        if (column != ARGUMENT_NONE) {
            const size_t variables = argument->columns[column];
            PROM_TRY(column_at(&scratch, work, slots[i].value, work->witness.columns[column], variables, error));
            PROM_TRY(
                prom_argument_add_claim(&work->claims, column, leaf_point(work, variables), slots[i].value, error));
        }
    }
    for (size_t i = 0; i < argument->layer_count; i++) {
        PROM_TRY((argument->layers[i].places > 0 ? claim_differences : claim_sums)(&scratch, work, i, error));
    }
    PROM_TRY_NEW(sent, &scratch, count, error);
    for (size_t i = 0; i < count; i++) {
        sent[i] = *slots[i].value;
    }
    prom_send(&work->prover, PROOF_LEAF, sent, count);
    return prom_ok();
}

/* -- Functionals -- */

/* A column of some value, summed over the items with weight eq(batch_point, item). */
static prom_result fold_column(prom_arena *scratch, const maker *work, prom_planes *folded, const prom_element *column,
                               size_t variables, const prom_extension *batch_point, prom_error *error)
{
    const size_t size = (size_t)1 << variables;
    PROM_TRY(prom_planes_new(scratch, folded, size, error));
    for (size_t item = 0; item < work->argument.items; item++) {
        const prom_extension weight = prom_argument_equal(batch_point, work->argument.batch_bits, item);
        work->prover.kernels->add_scaled(*folded, &weight, column + (item << variables), size);
    }
    return prom_ok();
}

/* A point in memory that lasts: the batch's coordinates, then room for the item's. */
static prom_result new_point(const maker *work, prom_extension **point, const prom_extension *batch_point,
                             size_t variables, prom_error *error)
{
    const size_t batch = work->argument.batch_bits;
    PROM_TRY_NEW(*point, work->arena, batch + variables, error);
    memcpy(*point, batch_point, batch * sizeof **point);
    return prom_ok();
}

/* One of a functional's committed values: two vectors, and the sum of their products. */
typedef struct functional_term {
    uint32_t value;
    prom_planes coefficients;
    prom_planes folded;
    prom_extension sum;
} functional_term;

static prom_result prove_term(prom_arena *scratch, maker *work, functional_term *term,
                              const prom_extension *batch_point, prom_error *error)
{
    const argument_value *value = &work->argument.values[term->value];
    prom_prover prover = work->prover;
    prom_extension *point = NULL;
    prom_extension coefficient;
    prom_extension there;
    prover.scratch = scratch;
    PROM_TRY(new_point(work, &point, batch_point, value->variables, error));
    const prom_product_factors factors = {term->coefficients, term->folded, value->variables};
    PROM_TRY(prom_product_prove(&prover, &factors, &term->sum, point + work->argument.batch_bits, &coefficient, &there,
                                error));
    prom_send(&work->prover, PROOF_VALUE, &there, 1);
    return prom_argument_add_claim(&work->claims, value->column, point, &there, error);
}

/* That the functional of the committed values is what it is claimed to be. */
static prom_result prove_functional(prom_arena *scratch, maker *work, const functional *of,
                                    const prom_extension *batch_point, prom_error *error)
{
    const prom_argument *argument = &work->argument;
    functional_term *terms = NULL;
    prom_extension *sums = NULL;
    size_t count = 0;
    PROM_TRY_NEW(terms, scratch, argument->program->layer_count, error);
    PROM_TRY_NEW(sums, scratch, argument->program->layer_count, error);
    for (uint32_t v = 1; v <= argument->program->layer_count; v++) {
        if (of->coefficients[v].plane[0] == NULL) {
            continue;
        }
        const argument_value *value = &argument->values[v];
        functional_term *term = &terms[count];
        term->value = v;
        PROM_TRY(prom_planes_pad(scratch, &term->coefficients, argument, v, of->coefficients[v], error));
        PROM_TRY(fold_column(scratch, work, &term->folded, work->witness.columns[value->column], value->variables,
                             batch_point, error));
        work->prover.kernels->dot_extensions(&term->sum, term->coefficients, term->folded,
                                             (size_t)1 << value->variables);
        sums[count++] = term->sum;
    }
    prom_send(&work->prover, PROOF_TERMS, sums, count);
    for (size_t i = 0; i < count; i++) {
        PROM_TRY(prove_term(scratch, work, &terms[i], batch_point, error));
    }
    return prom_ok();
}

static functional_task task_at(prom_arena *scratch, const maker *work, const prom_extension *point)
{
    return (functional_task){scratch, work->prover.kernels, &work->argument, point + work->argument.batch_bits};
}

/* That the multipliers times the sums' high parts, which are limbs, are what they are claimed to be. */
static prom_result prove_high_parts(prom_arena *scratch, maker *work, const argument_layer *layer,
                                    const prom_extension *at, prom_error *error)
{
    const functional_task task = task_at(scratch, work, at);
    const size_t variables = work->argument.values[layer->value].variables;
    const size_t size = (size_t)1 << variables;
    prom_prover prover = work->prover;
    prom_planes multipliers;
    prom_planes number;
    prom_planes folded[ARGUMENT_LIMBS_MAX];
    prom_extension *point = NULL;
    prom_extension claim;
    prom_extension ends[2];
    prom_extension limbs[ARGUMENT_LIMBS_MAX];
    PROM_TRY(prom_functional_multipliers(&task, &multipliers, layer->value, error));
    PROM_TRY(prom_planes_new(scratch, &number, size, error));
    for (size_t i = 0, offset = 0; i < layer->high.count; offset += layer->high.bits[i++]) {
        const prom_extension raise = prom_extension_of(prom_element_of(UINT32_C(1) << offset));
        const prom_element *column = work->witness.columns[layer->high.columns[i]];
        PROM_TRY(prom_planes_new(scratch, &folded[i], size, error));
        for (size_t item = 0; item < (size_t)1 << work->argument.batch_bits; item++) {
            const prom_extension weight = prom_argument_equal(at, work->argument.batch_bits, item);
            work->prover.kernels->add_scaled(folded[i], &weight, column + (item << variables), size);
        }
        work->prover.kernels->add_scaled_extensions(number, &raise, folded[i], size);
    }
    work->prover.kernels->dot_extensions(&claim, multipliers, number, size);
    PROM_TRY(new_point(work, &point, at, variables, error));
    prover.scratch = scratch;
    prom_extension *there = point + work->argument.batch_bits;
    const prom_product_factors factors = {multipliers, number, variables};
    PROM_TRY(prom_product_prove(&prover, &factors, &claim, there, &ends[0], &ends[1], error));
    for (size_t i = 0; i < layer->high.count; i++) {
        PROM_TRY(prom_multilinear_evaluate_extensions(scratch, work->prover.kernels, &limbs[i], folded[i], there,
                                                      variables, error));
        PROM_TRY(prom_argument_add_claim(&work->claims, layer->high.columns[i], point, &limbs[i], error));
    }
    prom_send(&work->prover, PROOF_LIMBS, limbs, layer->high.count);
    return prom_ok();
}

/* What depends on the leaf's point alone is computed before the layers, all at once. */
typedef struct early_functional {
    const maker *work;
    size_t layer;
    prom_arena arena;
    functional made;
    prom_result result;
    prom_error error;
} early_functional;

static void compute_early(void *argument, size_t index)
{
    early_functional *of = (early_functional *)argument + index;
    const argument_layer *layer = &of->work->argument.layers[of->layer];
    const functional_task task = task_at(&of->arena, of->work, leaf_point(of->work, layer->variables));
    of->result = prom_functional_of_sums(&task, &of->made, layer->value, NULL, &of->error);
}

/* The functional of a layer with a split has a challenge in it, which is drawn when its turn comes. */
static prom_result prove_sums(prom_arena *scratch, maker *work, size_t index, const functional *early,
                              prom_error *error)
{
    const argument_layer *layer = &work->argument.layers[index];
    const prom_extension *at = leaf_point(work, layer->variables);
    const functional_task task = task_at(scratch, work, at);
    functional of;
    if (!layer->split) {
        return prove_functional(scratch, work, early, at, error);
    }
    const prom_extension mix = prom_transcript_extension(&work->transcript, "mix");
    PROM_TRY(prom_functional_of_sums(&task, &of, layer->value, &mix, error));
    PROM_TRY(prove_functional(scratch, work, &of, at, error));
    return prove_high_parts(scratch, work, layer, at, error);
}

/* That what lies under a max pool's window is, at a point, what its value and its differences say. */
static prom_result prove_places(prom_arena *scratch, maker *work, const argument_layer *layer, const prom_extension *at,
                                prom_error *error)
{
    const functional_task task = task_at(scratch, work, at);
    prom_extension weights[ARGUMENT_PLACES_MAX];
    functional of;
    prom_proof_place_weights(&work->transcript, weights, layer->places);
    PROM_TRY(prom_functional_of_places(&task, &of, layer->value, weights, error));
    return prove_functional(scratch, work, &of, at, error);
}

static prom_result prove_pool(prom_arena *scratch, maker *work, size_t index, prom_error *error)
{
    const argument_layer *layer = &work->argument.layers[index];
    const layer_witness *witness = &work->witness.layers[index];
    const argument_value *value = &work->argument.values[layer->value];
    prom_prover prover = work->prover;
    prom_extension sent[ARGUMENT_PLACES_MAX];
    prom_extension own;
    prom_extension *point = NULL;
    PROM_TRY(prove_places(scratch, work, layer, leaf_point(work, layer->variables), error));
    PROM_TRY_NEW(point, work->arena, layer->variables, error);
    prover.scratch = scratch;
    const prom_element *const *factors = (const prom_element *const *)work->pooled.layers[index].differences;
    PROM_TRY(prom_zero_prove(&prover, factors, layer->places, layer->variables, point, sent, error));
    prom_send(&work->prover, PROOF_POOL, sent, layer->places);
    if (value->role == ARGUMENT_COMMITTED) {
        PROM_TRY(prom_multilinear_evaluate(scratch, work->prover.kernels, &own, witness->value, point, layer->variables,
                                           error));
        prom_send(&work->prover, PROOF_VALUE, &own, 1);
        PROM_TRY(prom_argument_add_claim(&work->claims, value->column, point, &own, error));
    }
    return prove_places(scratch, work, layer, point, error);
}

/* Outputs that a layer only moved are some others' values. */
static prom_result prove_moved_output(prom_arena *scratch, maker *work, prom_error *error)
{
    const uint32_t last = (uint32_t)work->argument.program->layer_count;
    const size_t variables = work->argument.values[last].variables + work->argument.batch_bits;
    prom_extension *point = NULL;
    functional of;
    if (work->argument.values[last].role != ARGUMENT_MOVED) {
        return prom_ok();
    }
    PROM_TRY_NEW(point, work->arena, variables, error);
    for (size_t i = 0; i < variables; i++) {
        point[i] = prom_transcript_extension(&work->transcript, "output");
    }
    const functional_task task = task_at(scratch, work, point);
    PROM_TRY(prom_functional_of_moved(&task, &of, last, error));
    return prove_functional(scratch, work, &of, point, error);
}

static prom_result prove_layers_with(maker *work, early_functional *early, prom_error *error)
{
    for (size_t i = 0; i < work->argument.layer_count; i++) {
        const size_t done = DONE_LOOKUPS + (DONE_LAYERS - DONE_LOOKUPS) * i / work->argument.layer_count;
        PROM_TRY(prom_progress_report(work->progress, done, DONE_ALL, error));
        PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
        prom_arena_init(&scratch, work->arena->limit - work->arena->used);
        if (work->argument.layers[i].places > 0) {
            PROM_TRY(prove_pool(&scratch, work, i, error));
            continue;
        }
        const bool is_early = early->layer == i;
        if (is_early && !prom_is_ok(early->result)) {
            *error = early->error;
            return early->result;
        }
        PROM_TRY(prove_sums(&scratch, work, i, &early->made, error));
        if (is_early) {
            prom_arena_free(&early->arena);
            early++;
        }
    }
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_arena_init(&scratch, work->arena->limit - work->arena->used);
    return prove_moved_output(&scratch, work, error);
}

static prom_result prove_layers(maker *work, prom_error *error)
{
    const prom_argument *argument = &work->argument;
    early_functional *early = NULL;
    size_t count = 0;
    PROM_TRY_NEW(early, work->arena, argument->layer_count + 1, error);
    for (size_t i = 0; i < argument->layer_count; i++) {
        if (argument->layers[i].places == 0 && !argument->layers[i].split) {
            early[count].work = work;
            early[count].layer = i;
            prom_arena_init(&early[count++].arena, work->arena->limit - work->arena->used);
        }
    }
    early[count].layer = ARGUMENT_NONE;
    prom_parallel_run(work->prover.parallel, compute_early, early, count);
    const prom_result result = prove_layers_with(work, early, error);
    for (size_t i = 0; i < count; i++) {
        prom_arena_free(&early[i].arena);
    }
    return result;
}

/* -- The whole -- */

static prom_result commit(const maker *work, prom_committed **committed, prom_error *error)
{
    const prom_witness *witness = &work->witness;
    if (witness->rows != NULL) {
        return prom_commitment_make_of_rows(work->arena, committed, &work->setup, &witness->layout, witness->rows,
                                            error);
    }
    return prom_commitment_make(work->arena, committed, &work->setup, (const prom_element *const *)witness->columns,
                                work->argument.columns, work->argument.column_count, error);
}

static prom_result make_in(maker *work, prom_span *proof, prom_error *error)
{
    prom_committed *committed = NULL;
    prom_span opening;
    if (work->argument.column_count == 0) { /* the program moves its inputs, no more */
        return prom_writer_finish(&work->writer, proof, error);
    }
    PROM_TRY(commit(work, &committed, error));
    PROM_TRY(prom_progress_report(work->progress, DONE_COMMITMENT, DONE_ALL, error));
    const prom_bytes32 root = prom_committed_commitment(committed)->root;
    prom_proof_begin(&work->transcript, &work->setup, &work->statement);
    prom_write_bytes32(&work->writer, &root);
    work->challenges = prom_proof_lookup_challenges(&work->transcript, &root);
    PROM_TRY(prove_lookups(work, error));
    PROM_TRY(prom_progress_report(work->progress, DONE_LOOKUPS, DONE_ALL, error));
    PROM_TRY(claim_leaf(work, error));
    PROM_TRY(prove_layers(work, error));
    PROM_TRY(prom_progress_report(work->progress, DONE_LAYERS, DONE_ALL, error));
    const prom_committed *const all[] = {committed};
    const prom_commitment *const commitments[] = {prom_committed_commitment(committed)};
    const prom_opening_statement opened = {commitments, 1, work->claims.claims, work->claims.count};
    PROM_TRY(prom_commitment_open(work->arena, &opening, &work->transcript, &work->setup, &opened, all, error));
    PROM_TRY(prom_progress_report(work->progress, DONE_ALL, DONE_ALL, error));
    prom_write_span(&work->writer, opening);
    return prom_writer_finish(&work->writer, proof, error);
}

prom_result prom_witness_prove(prom_arena *arena, prom_arena *scratch, prom_span *proof,
                               const prom_statement *statement, const proof_material *material,
                               const prom_parallel *parallel, const prom_progress *progress, prom_error *error)
{
    maker work = {.arena = scratch,
                  .argument = material->argument,
                  .witness = material->witness,
                  .shown = material->shown,
                  .pooled = material->pooled,
                  .statement = *statement,
                  .setup = prom_commitment_setup_for(material->cpu),
                  .writer = prom_writer_in(arena),
                  .claims = {.arena = scratch},
                  .progress = progress};
    work.setup.parallel = parallel;
    work.prover = (prom_prover){work.setup.field, parallel, scratch, &work.transcript, &work.writer};
    *proof = prom_span_of(NULL, 0);
    return make_in(&work, proof, error);
}

prom_result prom_statement_prove(prom_arena *arena, prom_span *proof, uint8_t *outputs, const prom_statement *statement,
                                 const prom_parallel *parallel, const prom_progress *progress, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena lasting = {0};
    prom_progress whole = {NULL, NULL};
    const prom_progress run = {report_run, &whole};
    proof_material material;
    prom_statement made = *statement;
    size_t at = 0;
    *proof = prom_span_of(NULL, 0);
    prom_arena_init(&lasting, arena->limit - arena->used);
    if (progress != NULL) {
        whole = *progress;
    }
    if (!prom_codes_in_range(&at, statement->inputs, statement->items * statement->program->input.count,
                             statement->program->input.range)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "value %zu of the input lies outside the program's range", at);
    }
    PROM_TRY(prom_argument_new(&lasting, &material.argument, statement->program, statement->items, error));
    PROM_TRY(prom_witness_new(&lasting, &material.witness, &material.argument, outputs, statement->inputs, parallel,
                              progress != NULL ? &run : NULL, error));
    material.shown = material.witness;
    material.pooled = material.witness;
    material.cpu = prom_cpu_of_machine();
    made.outputs = outputs;
    return prom_witness_prove(arena, &lasting, proof, &made, &material, parallel, progress, error);
}
