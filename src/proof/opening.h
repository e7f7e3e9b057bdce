/* What the prover and the verifier of an opening have in common: the schedule of its rounds, and what is absorbed
 * before the first challenge.
 *
 * With N the largest number of variables of a commitment, the first sumcheck has N rounds, the first of which fixes the
 * first variable of the largest commitments; one of n variables joins when n are left, so that all end at the last
 * coordinates of one point. The first log_columns coordinates of a commitment combine its rows to one. The second
 * sumcheck, whose equality polynomial is at the rest of that point, folds these combinations; between its rounds are
 * the oracles. */
#ifndef PROOF_OPENING_H
#define PROOF_OPENING_H

#include "prometheus/proof/commitment.h"

#define LEVELS_MAX (PROM_FIELD_TWO_ADICITY + 1)

typedef struct opening_schedule {
    size_t variables; /* N */
    size_t oracles;
    size_t log_rows[LEVELS_MAX]; /* before the first oracle, and of a row of each oracle */
} opening_schedule;

/* The variables of a commitment as a whole. */
static inline size_t layout_variables(const prom_commitment_layout *layout)
{
    return layout->log_rows + layout->log_columns;
}

/* That claims and commitments fit each other and the parameters. PROM_CATEGORY_MISUSE when they do not. */
PROM_MUST_USE prom_result prom_opening_verify(const prom_commitment_parameters *parameters,
                                              const prom_opening_statement *statement, prom_error *error);

void prom_opening_plan(opening_schedule *schedule, const prom_commitment_parameters *parameters,
                       const prom_commitment_layout *const *layouts, size_t commitment_count);

/* Absorbs parameters, commitments and claims, and gives the powers of the challenge that combines the claims. */
void prom_opening_begin(prom_transcript *transcript, prom_extension *powers,
                        const prom_commitment_parameters *parameters, const prom_opening_statement *statement);

/* Draws the queries, as points of the largest codewords. */
void prom_opening_queries(prom_transcript *transcript, uint32_t *queries, const prom_commitment_parameters *parameters,
                          const opening_schedule *schedule);

/* The points of a codeword of 2^log_width values that the queries meet, without repetition and rising. Gives their
 * number; `positions` has room for all queries. */
size_t prom_opening_positions(size_t *positions, const uint32_t *queries, size_t count, size_t log_width);

#endif
