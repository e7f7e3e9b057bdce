/* The prover's side of an opening: its state, and the first sumcheck, from all claims to one on each commitment. */
#ifndef PROOF_COMMITMENT_CLAIMS_H
#define PROOF_COMMITMENT_CLAIMS_H

#include "prometheus/proof/encoding.h"
#include "prometheus/proof/transcript.h"
#include "proof/commitment_matrix.h"
#include "proof/opening.h"
#include "proof/segments.h"

/* One commitment in the first sumcheck. While rows are combined, x and y have an entry for each row and segment: x the
 * row's sum with the segment's weights, y the row's weight in the claims. Later x is the combined row and y the weights
 * of its values, and the folded ones have memory of their own, for the second sumcheck starts from the row. */
typedef struct participant {
    const prom_committed *committed;
    size_t variables;
    size_t claims;
    const prom_claim **claim;
    const prom_extension **power;
    row_segments segments;
    prom_planes x;
    prom_planes y;
    prom_planes row;
} participant;

/* The prover of an opening. */
typedef struct opening_prover {
    prom_arena *arena;
    const prom_commitment_setup *setup;
    prom_transcript *transcript;
    prom_writer writer;
    opening_schedule schedule;
    size_t party_count;
    participant *parties;
    prom_extension *point; /* where the first sumcheck ended */
} opening_prover;

/* Says elements to the verifier: in the transcript, and in the proof. */
static inline void prom_opening_say(opening_prover *prover, const char *label, const prom_extension *elements,
                                    size_t count)
{
    prom_transcript_absorb_extensions(prover->transcript, label, elements, count);
    for (size_t i = 0; i < count; i++) {
        prom_write_extension(&prover->writer, &elements[i]);
    }
}

/* Gives each commitment its claims, with the powers of the challenge that combines them. */
PROM_MUST_USE prom_result prom_opening_participants_new(opening_prover *prover, const prom_opening_statement *statement,
                                                        const prom_committed *const *committed,
                                                        const prom_extension *powers, prom_error *error);

/* Runs the first sumcheck, from all claims to one on each commitment. */
PROM_MUST_USE prom_result prom_opening_reduce_claims(opening_prover *prover, prom_error *error);

#endif
