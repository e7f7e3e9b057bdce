/* What the prover and the verifier of a run do alike: the statement and the challenges in the transcript, and public
 * values at points. */
#ifndef ARGUMENT_STEPS_H
#define ARGUMENT_STEPS_H

#include "argument/claims.h"
#include "argument/functional.h"
#include "prometheus/argument/proof.h"
#include "prometheus/proof/message.h"

#define PROOF_LEAF "leaf"
#define PROOF_TERMS "terms"
#define PROOF_VALUE "value"
#define PROOF_LIMBS "limbs"
#define PROOF_POOL "pool"

/* Absorbs all that is known before the proof begins: versions, parameters, program (its digest), items, inputs and
 * outputs. */
void prom_proof_begin(prom_transcript *transcript, const prom_commitment_setup *setup, const prom_statement *statement);

/* Absorbs the columns' root; draws what the lookups are combined with. */
lookup_challenges prom_proof_lookup_challenges(prom_transcript *transcript, const prom_bytes32 *root);

/* Powers 1, c, c^2, ... of one challenge, one for each place under a max pool's window. */
void prom_proof_place_weights(prom_transcript *transcript, prom_extension *weights, size_t count);

/* sum of weights[i] * place i, by the pool's value and its differences. */
prom_extension prom_proof_places_claim(const prom_extension *value, const prom_extension *differences,
                                       const prom_extension *weights, size_t count);

/* What a functional is taken of: public codes [items][count] of value `value`, at a point of the batch. */
typedef struct public_codes {
    const prom_argument *argument;
    const prom_field_kernels *kernels;
    uint32_t value;
    const uint8_t *codes;
} public_codes;

/* The sum over all items of eq(batch_point, item) times the sum of the item's values, each times its coefficient. */
PROM_MUST_USE prom_result prom_codes_combine(prom_arena *arena, prom_extension *sum, const public_codes *batch,
                                             prom_planes coefficients, const prom_extension *batch_point,
                                             prom_error *error);
/* The codes' polynomial at a point: the batch's coordinates, then the item's. */
PROM_MUST_USE prom_result prom_codes_evaluate(prom_arena *arena, prom_extension *value, const public_codes *batch,
                                              const prom_extension *point, prom_error *error);

/* Coefficients in row-major order, brought to the places of the value's polynomial. */
PROM_MUST_USE prom_result prom_planes_pad(prom_arena *arena, prom_planes *padded, const prom_argument *argument,
                                          uint32_t value, prom_planes coefficients, prom_error *error);

#endif
