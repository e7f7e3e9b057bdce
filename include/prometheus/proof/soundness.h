/* How likely it is that a false claim is accepted: the error of an opening (commitment.h), term by term, in bits.
 * docs/soundness.md derives every term. Nothing here is conjectured: codewords are decoded up to half the minimum
 * distance (Ben-Sasson, Carmon, Ishai, Kopparty and Saraf 2020, theorem 4.1), and the rest is counting roots of
 * polynomials. */
#ifndef PROMETHEUS_PROOF_SOUNDNESS_H
#define PROMETHEUS_PROOF_SOUNDNESS_H

#include "prometheus/base/declarations.h"
#include "prometheus/proof/commitment.h"

PROM_DECLARATIONS_BEGIN

/* One kind of round. A challenge of it is fatal with a probability of 2^-bits at most, whatever came before it. */
typedef struct prom_soundness_term {
    const char *name;
    size_t rounds; /* of this kind */
    double bits;   /* of the worst one; infinite when no challenge can be fatal */
} prom_soundness_term;

#define PROM_SOUNDNESS_TERMS_MAX 16

typedef struct prom_soundness {
    prom_soundness_term terms[PROM_SOUNDNESS_TERMS_MAX];
    size_t term_count;
    double
        worst;  /* the least of the terms' bits: what one trial of a cheating prover costs, in hashes, as a logarithm */
    double sum; /* of all rounds: the error of the proof with a verifier that draws the challenges */
} prom_soundness;

/* Returns the soundness of the opening of these commitments for `claim_count` claims. */
prom_soundness prom_soundness_of(const prom_commitment_parameters *parameters,
                                 const prom_commitment_layout *const *layouts, size_t commitment_count,
                                 size_t claim_count);

/* Adds rounds of a proof around the opening: `rounds` challenges, of which `worst` values are fatal in the worst one
 * and `all` in all of them together. Nothing is added for no rounds. */
void prom_soundness_add(prom_soundness *soundness, const char *name, size_t rounds, double worst, double all);

/* Writes a table of all terms, for people. */
PROM_MUST_USE prom_result prom_soundness_text(prom_arena *arena, prom_span *text, const prom_soundness *soundness,
                                              prom_error *error);

PROM_DECLARATIONS_END

#endif
