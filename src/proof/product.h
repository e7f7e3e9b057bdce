/* What the prover and the verifier of a product's sumcheck have in common. */
#ifndef PROOF_PRODUCT_H
#define PROOF_PRODUCT_H

#include "prometheus/proof/product.h"

#define PRODUCT_ROUND "product round"

static inline void product_begin(prom_transcript *transcript, size_t variables, const prom_extension *claim)
{
    const uint64_t number = variables;
    prom_transcript_absorb_numbers(transcript, "product variables", &number, 1);
    prom_transcript_absorb_extensions(transcript, "product claim", claim, 1);
}

static inline prom_extension product_challenge(prom_transcript *transcript)
{
    return prom_transcript_extension(transcript, "product point");
}

#endif
