/* What the prover and the verifier of a product that is zero have in common. */
#ifndef PROOF_ZERO_H
#define PROOF_ZERO_H

#include "prometheus/proof/zero.h"

#define ZERO_ROUND "zero round"

/* Writes t. */
static inline void zero_begin(prom_transcript *transcript, size_t count, size_t variables, prom_extension *at)
{
    const uint64_t numbers[] = {count, variables};
    prom_transcript_absorb_numbers(transcript, "zero factors and variables", numbers, 2);
    for (size_t i = 0; i < variables; i++) {
        at[i] = prom_transcript_extension(transcript, "zero place");
    }
}

static inline prom_extension zero_challenge(prom_transcript *transcript)
{
    return prom_transcript_extension(transcript, "zero point");
}

/* h(at), for the polynomial h of a round, of which the coefficients of X, X^2, ... are sent: the claim is h(0) +
 * coordinate * (h(1) - h(0)). */
static inline prom_extension zero_next_claim(const prom_extension *claim, const prom_extension *coordinate,
                                             const prom_extension *sent, size_t degree, const prom_extension *at)
{
    prom_extension rise = prom_extension_zero();
    prom_extension value = prom_extension_zero();
    for (size_t i = degree; i-- > 0;) {
        rise = prom_extension_add(&rise, &sent[i]);
        value = prom_extension_add(&value, &sent[i]);
        value = prom_extension_multiply(&value, at);
    }
    rise = prom_extension_multiply(&rise, coordinate);
    const prom_extension constant = prom_extension_subtract(claim, &rise);
    return prom_extension_add(&constant, &value);
}

#endif
