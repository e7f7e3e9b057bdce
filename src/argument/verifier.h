/* The verifier behind prom_statement_verify, in the steps that it takes; each reads its part of the proof, as prover.h
 * draws it:
 *
 *   | root of the columns | sum of fractions |  claims at its leaf |  layer by layer |  opening |
 *     verifier.c            verifier.c         verifier.c             verifier_layers.c  proof/commitment_verifier.c
 */
#ifndef ARGUMENT_VERIFIER_H
#define ARGUMENT_VERIFIER_H

#include "argument/claims.h"
#include "argument/layout.h"
#include "prometheus/argument/proof.h"
#include "prometheus/base/progress.h"
#include "prometheus/proof/commitment.h"
#include "prometheus/proof/message.h"

/* A proof being verified. */
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
    const prom_progress *progress;  /* of layers, with the lookups and the opening as one more each */
} argument_verifier;

/* The point of a layer of so many variables: the last coordinates of the leaf's. */
const prom_extension *prom_verifier_leaf_point(const argument_verifier *verifier, size_t variables);

/* Fails: the proof does not hold, for this reason. */
PROM_MUST_USE prom_result prom_verifier_refuse(const char *why, prom_error *error);

/* Tells how many of the layers, with the lookups and the opening as one more each, are done. */
PROM_MUST_USE prom_result prom_verifier_report(const argument_verifier *verifier, size_t steps, prom_error *error);

/* Computes the value of the output's polynomial, which everybody can. */
PROM_MUST_USE prom_result prom_verifier_output_at(prom_arena *scratch, const argument_verifier *verifier,
                                                  prom_extension *value, const prom_extension *point,
                                                  prom_error *error);

/* Checks layer by layer that what a layer sums, or pools, follows from what it reads; and a moved output at last. */
PROM_MUST_USE prom_result prom_verifier_check_layers(argument_verifier *verifier, prom_error *error);

/* Checks that outputs which a layer only moved are the values that they are moved from. */
PROM_MUST_USE prom_result prom_verifier_check_moved_output(prom_arena *scratch, argument_verifier *verifier,
                                                           prom_error *error);

#endif
