#include "argument/steps.h"

#include <string.h>

#include "argument/axes.h"
#include "argument/closed_form.h"
#include "prometheus/crypto/hash.h"

void prom_proof_begin(prom_transcript *transcript, const prom_commitment_setup *setup, const prom_statement *statement)
{
    const prom_commitment_parameters *parameters = &setup->parameters;
    const uint64_t numbers[] = {PROM_COMMITMENT_VERSION, parameters->log_blowup, parameters->log_columns,
                                parameters->log_fold,    parameters->log_final,  parameters->queries,
                                statement->items};
    const size_t inputs = statement->items * statement->program->input.count;
    const size_t outputs = statement->items * prom_program_output(statement->program)->count;
    prom_bytes32 digest;
    prom_transcript_init(transcript, "prometheus/proof", PROM_PROOF_VERSION);
    prom_transcript_absorb_numbers(transcript, "parameters", numbers, sizeof numbers / sizeof numbers[0]);
    prom_transcript_absorb(transcript, "program", prom_span_of32(&statement->program->digest));
    prom_sha256(&digest, prom_span_of(statement->inputs, inputs));
    prom_transcript_absorb(transcript, "inputs", prom_span_of32(&digest));
    prom_sha256(&digest, prom_span_of(statement->outputs, outputs));
    prom_transcript_absorb(transcript, "outputs", prom_span_of32(&digest));
}

lookup_challenges prom_proof_lookup_challenges(prom_transcript *transcript, const prom_bytes32 *root)
{
    lookup_challenges challenges;
    prom_transcript_absorb(transcript, "columns", prom_span_of32(root));
    challenges.alpha = prom_transcript_extension(transcript, "alpha");
    challenges.beta = prom_transcript_extension(transcript, "beta");
    return challenges;
}

void prom_proof_place_weights(prom_transcript *transcript, prom_extension *weights, size_t count)
{
    const prom_extension challenge = prom_transcript_extension(transcript, "places");
    weights[0] = prom_extension_one();
    for (size_t i = 1; i < count; i++) {
        weights[i] = prom_extension_multiply(&weights[i - 1], &challenge);
    }
}

prom_extension prom_proof_places_claim(const prom_extension *value, const prom_extension *differences,
                                       const prom_extension *weights, size_t count)
{
    prom_extension claim = prom_extension_zero();
    for (size_t i = 0; i < count; i++) {
        const prom_extension place = prom_extension_subtract(value, &differences[i]);
        const prom_extension weighted = prom_extension_multiply(&weights[i], &place);
        claim = prom_extension_add(&claim, &weighted);
    }
    return claim;
}

/* The values of one item as elements. */
static void elements_of_codes(prom_element *elements, const uint8_t *codes, size_t count, int low)
{
    for (size_t i = 0; i < count; i++) {
        elements[i] = prom_element_of_signed(codes[i] + low);
    }
}

/* Each value of an item, summed over the items with weight eq(batch_point, item): in row-major order. */
static prom_result fold_codes(prom_arena *arena, prom_planes *folded, const public_codes *batch,
                              const prom_extension *batch_point, prom_error *error)
{
    const prom_argument *argument = batch->argument;
    const prom_value *value = prom_program_value(argument->program, batch->value);
    prom_equality_tables items;
    prom_element *elements = NULL;
    PROM_TRY(prom_axis_equality_new(arena, &items, batch->kernels, batch_point, argument->batch_bits, error));
    PROM_TRY(prom_planes_new(arena, folded, value->count, error));
    PROM_TRY_NEW(elements, arena, value->count, error);
    for (size_t item = 0; item < argument->items; item++) {
        const prom_extension weight = prom_axis_equality_at(&items, item);
        elements_of_codes(elements, batch->codes + item * value->count, value->count, value->range.low);
        batch->kernels->add_scaled(*folded, &weight, elements, value->count);
    }
    return prom_ok();
}

prom_result prom_codes_combine(prom_arena *arena, prom_extension *sum, const public_codes *batch,
                               prom_planes coefficients, const prom_extension *batch_point, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    const prom_argument *argument = batch->argument;
    const prom_value *value = prom_program_value(argument->program, batch->value);
    prom_equality_tables items;
    prom_element *elements = NULL;
    prom_arena_init_within(&scratch, arena);
    PROM_TRY(prom_axis_equality_new(&scratch, &items, batch->kernels, batch_point, argument->batch_bits, error));
    PROM_TRY_NEW(elements, &scratch, value->count, error);
    *sum = prom_extension_zero();
    for (size_t item = 0; item < argument->items; item++) {
        prom_extension part;
        const prom_extension weight = prom_axis_equality_at(&items, item);
        elements_of_codes(elements, batch->codes + item * value->count, value->count, value->range.low);
        batch->kernels->dot(&part, elements, coefficients, value->count);
        part = prom_extension_multiply(&weight, &part);
        *sum = prom_extension_add(sum, &part);
    }
    return prom_ok();
}

prom_result prom_codes_evaluate(prom_arena *arena, prom_extension *result, const public_codes *batch,
                                const prom_extension *point, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    const functional_task task = {&scratch, batch->kernels, batch->argument, NULL, false};
    prom_planes folded;
    prom_arena_init_within(&scratch, arena);
    PROM_TRY(fold_codes(&scratch, &folded, batch, point, error));
    return prom_coefficients_at(&task, result, batch->value, folded, point + batch->argument->batch_bits, error);
}

prom_result prom_planes_pad(prom_arena *arena, prom_planes *padded, const prom_argument *argument, uint32_t value,
                            prom_planes coefficients, prom_error *error)
{
    const prom_value *source = prom_program_value(argument->program, value);
    const argument_value *layout = &argument->values[value];
    uint32_t *places = NULL;
    if ((size_t)1 << layout->variables == source->count) { /* every axis is a power of two: nothing moves */
        *padded = coefficients;
        return prom_ok();
    }
    PROM_TRY(prom_planes_new(arena, padded, (size_t)1 << layout->variables, error));
    PROM_TRY_NEW(places, arena, source->count, error);
    prom_argument_padded_places(places, layout, &source->shape);
    for (size_t c = 0; c < PROM_EXTENSION_DEGREE; c++) {
        for (size_t i = 0; i < source->count; i++) {
            padded->plane[c][places[i]] = coefficients.plane[c][i];
        }
    }
    return prom_ok();
}
