#include "argument/prover.h"

#include "argument/layout.h"
#include "argument/leaves.h"
#include "argument/steps.h"
#include "prometheus/proof/multilinear.h"

void prom_argument_prover_init(argument_prover *prover, prom_arena *arena, prom_arena *scratch,
                               const proof_request *request)
{
    *prover = (argument_prover){.arena = scratch,
                                .argument = request->argument,
                                .witness = request->witness,
                                .statement = request->statement,
                                .progress = request->progress,
                                .setup = prom_commitment_setup_for(request->cpu),
                                .writer = prom_writer_in(arena),
                                .claims = {.arena = scratch}};
    prover->setup.parallel = request->parallel;
    prover->sumcheck =
        (prom_prover){prover->setup.field, request->parallel, scratch, &prover->transcript, &prover->writer};
}

/* -- The columns -- */

static prom_result commit_columns(argument_prover *prover, prom_error *error)
{
    const prom_witness *witness = prover->witness;
    if (witness->rows != NULL) {
        return prom_commitment_make_of_rows(prover->arena, &prover->committed, &prover->setup, &witness->layout,
                                            witness->rows, error);
    }
    return prom_commitment_make(prover->arena, &prover->committed, &prover->setup,
                                (const prom_element *const *)witness->columns, prover->argument->columns,
                                prover->argument->column_count, error);
}

prom_result prom_argument_commit(argument_prover *prover, prom_error *error)
{
    PROM_TRY(commit_columns(prover, error));
    const prom_bytes32 root = prom_committed_commitment(prover->committed)->root;
    prom_proof_begin(&prover->transcript, &prover->setup, prover->statement);
    prom_write_bytes32(&prover->writer, &root);
    prover->challenges = prom_proof_lookup_challenges(&prover->transcript, &root);
    return prom_ok();
}

prom_result prom_argument_open(argument_prover *prover, prom_error *error)
{
    const prom_committed *const all[] = {prover->committed};
    prom_span opening;
    const prom_commitment *const commitments[] = {prom_committed_commitment(prover->committed)};
    const prom_opening_statement opened = {commitments, 1, prover->claims.claims, prover->claims.count};
    PROM_TRY(prom_commitment_open(prover->arena, &opening, &prover->transcript, &prover->setup, &opened, all, error));
    prom_write_span(&prover->writer, opening);
    return prom_ok();
}

/* -- Lookups -- */

prom_result prom_argument_prove_lookups(argument_prover *prover, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_prover sumcheck = prover->sumcheck;
    proof_leaves leaves;
    prom_fraction values;
    prom_arena_init_within(&scratch, prover->arena);
    sumcheck.scratch = &scratch;
    PROM_TRY(prom_proof_leaves_new(&scratch, &leaves, sumcheck.kernels, prover->argument, prover->witness,
                                   &prover->challenges, error));
    PROM_TRY_NEW(prover->leaf, prover->arena, prover->argument->leaf_variables, error);
    const prom_leaves all = prom_proof_leaves_all(&leaves);
    return prom_fractions_prove(&sumcheck, &all, prover->argument->leaf_variables, prover->leaf, &values, error);
}

/* -- What stands at the leaf -- */

static prom_result column_at(prom_arena *scratch, const argument_prover *prover, prom_extension *value,
                             const prom_element *column, size_t variables, prom_error *error)
{
    return prom_multilinear_evaluate(scratch, prover->sumcheck.kernels, value, column,
                                     prom_argument_leaf_point(prover, variables), variables, error);
}

/* What the layer's claims on numbers that are not committed follow from: the lookups' values. */
static prom_result claim_sums(prom_arena *scratch, argument_prover *prover, size_t index, prom_error *error)
{
    const argument_layer *layer = &prover->argument->layers[index];
    const layer_witness *witness = &prover->witness->layers[index];
    layer_claims *claims = &prover->layers[index];
    const size_t split = prover->argument->program->layers[layer->value - 1].rescale.split;
    const prom_extension remainder = prom_argument_number(&layer->remainder, claims->remainder);
    const prom_extension half = prom_extension_of(prom_element_of(UINT32_C(1) << (layer->remainder_bits - 1)));
    prom_extension dividend;
    PROM_TRY(column_at(scratch, prover, &dividend, witness->quotient, layer->variables, error));
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
    PROM_TRY(column_at(scratch, prover, &rest, witness->rest, layer->variables, error));
    PROM_TRY(column_at(scratch, prover, &low, witness->low, layer->variables, error));
    high = prom_extension_scale(&high, raise);
    claims->sum = prom_extension_add(&high, &rest);
    claims->product_high = prom_extension_subtract(&dividend, &carry);
    dividend = prom_extension_scale(&dividend, raise); /* 2^split * (product_high + carry) */
    claims->product = prom_extension_add(&dividend, &low);
    return prom_ok();
}

static prom_result claim_differences(prom_arena *scratch, argument_prover *prover, size_t index, prom_error *error)
{
    const argument_layer *layer = &prover->argument->layers[index];
    for (size_t i = 0; i < layer->places; i++) {
        PROM_TRY(column_at(scratch, prover, &prover->layers[index].differences[i],
                           prover->witness->layers[index].differences[i], layer->variables, error));
    }
    /* The output's value is not sent, and so has no slot. */
    return column_at(scratch, prover, &prover->layers[index].value, prover->witness->layers[index].value,
                     layer->variables, error);
}

prom_result prom_argument_claim_leaf(argument_prover *prover, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    const prom_argument *argument = prover->argument;
    prom_extension *multiplicities = NULL;
    prom_extension *sent = NULL;
    claim_slot *slots = NULL;
    size_t count = 0;
    prom_arena_init_within(&scratch, prover->arena);
    PROM_TRY_NEW(prover->layers, prover->arena, argument->layer_count, error);
    PROM_TRY_NEW(multiplicities, &scratch, argument->table_count, error);
    PROM_TRY(prom_argument_claim_slots(&scratch, &slots, &count, argument, prover->layers, multiplicities, error));
    for (size_t i = 0; i < count; i++) {
        const size_t column = slots[i].column;
        if (column != ARGUMENT_NONE) {
            const size_t variables = argument->columns[column];
            PROM_TRY(column_at(&scratch, prover, slots[i].value, prover->witness->columns[column], variables, error));
            PROM_TRY(prom_argument_add_claim(&prover->claims, column, prom_argument_leaf_point(prover, variables),
                                             slots[i].value, error));
        }
    }
    for (size_t i = 0; i < argument->layer_count; i++) {
        PROM_TRY((argument->layers[i].places > 0 ? claim_differences : claim_sums)(&scratch, prover, i, error));
    }
    PROM_TRY_NEW(sent, &scratch, count, error);
    for (size_t i = 0; i < count; i++) {
        sent[i] = *slots[i].value;
    }
    prom_prover_send(&prover->sumcheck, PROOF_LEAF, sent, count);
    return prom_ok();
}

/* -- The whole -- */

static prom_result report(const argument_prover *prover, size_t done, prom_error *error)
{
    return prom_progress_report(prover->progress, done, PROVER_DONE_ALL, error);
}

prom_result prom_argument_prove(argument_prover *prover, prom_span *proof, prom_error *error)
{
    *proof = prom_span_of(NULL, 0);
    if (prover->argument->column_count > 0) { /* else the program moves its inputs, no more */
        PROM_TRY(prom_argument_commit(prover, error));
        PROM_TRY(report(prover, PROVER_DONE_COMMITMENT, error));
        PROM_TRY(prom_argument_prove_lookups(prover, error));
        PROM_TRY(report(prover, PROVER_DONE_LOOKUPS, error));
        PROM_TRY(prom_argument_claim_leaf(prover, error));
        PROM_TRY(prom_argument_prove_layers(prover, error));
        PROM_TRY(report(prover, PROVER_DONE_LAYERS, error));
        PROM_TRY(prom_argument_open(prover, error));
    }
    PROM_TRY(report(prover, PROVER_DONE_ALL, error));
    return prom_writer_finish(&prover->writer, proof, error);
}

/* The run counts items. */
static bool report_run(void *context, size_t items_done, size_t items)
{
    const prom_progress *progress = context;
    return progress->report(progress->context, PROVER_DONE_RUN * items_done / items, PROVER_DONE_ALL);
}

prom_result prom_statement_prove(prom_arena *arena, prom_span *proof, uint8_t *outputs, const prom_statement *statement,
                                 const prom_parallel *parallel, const prom_progress *progress, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena lasting = {0};
    prom_progress whole = progress != NULL ? *progress : (prom_progress){NULL, NULL};
    const prom_progress run = {report_run, &whole};
    prom_argument argument;
    prom_witness witness;
    argument_prover prover;
    prom_statement proven = *statement;
    size_t at = 0;
    *proof = prom_span_of(NULL, 0);
    prom_arena_init_within(&lasting, arena);
    if (!prom_codes_in_range(&at, statement->inputs, statement->items * statement->program->input.count,
                             statement->program->input.range)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "value %zu of the input lies outside the program's range", at);
    }
    PROM_TRY(prom_argument_new(&lasting, &argument, statement->program, statement->items, error));
    const witness_request recorded = {&argument, statement->inputs, parallel, progress != NULL ? &run : NULL};
    PROM_TRY(prom_witness_new(&lasting, &witness, outputs, &recorded, error));
    proven.outputs = outputs;
    const proof_request request = {&argument, &witness, &proven, prom_cpu_of_machine(), parallel, progress};
    prom_argument_prover_init(&prover, arena, &lasting, &request);
    return prom_argument_prove(&prover, proof, error);
}
