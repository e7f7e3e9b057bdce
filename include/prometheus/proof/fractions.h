/* That fractions add up to zero: GKR over a tree of sums (Goldwasser, Kalai and Rothblum 2008), as Papini and Haboeck
 * use it for lookups (ePrint 2023/1284). It reduces the sum of numerator(x) / denominator(x) over x in {0,1}^n to one
 * value of the multilinear polynomial `numerator` and one of `denominator`, at a point that is drawn.
 *
 * If both values are true, then no denominator is zero and the sum is zero, but for a probability of at most
 * (n^2 + n) / p^5 for challenges that were unlucky. What is sent, and why so little is enough: docs/proof.md. */
#ifndef PROMETHEUS_PROOF_FRACTIONS_H
#define PROMETHEUS_PROOF_FRACTIONS_H

#include "prometheus/base/declarations.h"
#include "prometheus/proof/message.h"

PROM_DECLARATIONS_BEGIN

#define PROM_FRACTIONS_VARIABLES_MAX 40 /* of a prover: memory ends before */

typedef struct prom_fraction {
    prom_extension numerator;
    prom_extension denominator;
} prom_fraction;

/* The fractions of a prover, which asks for each of them several times and keeps none: there are more than fit a
 * processor's cache, and most are quickly computed. */
typedef struct prom_leaves {
    const void *context;
    /* Writes the `count` fractions from number `start` on: the same ones each time, and in several threads at once.
     * `count` is a power of two, and `start` a multiple of it. */
    void (*write)(const void *context, prom_element *numerators, prom_planes denominators, size_t start, size_t count);
} prom_leaves;

/* Proves that the sum of 2^variables fractions is zero. Needs 20 bytes of scratch memory for each, 10 where they are
 * many. Writes the point, of `variables` coordinates, and the values there. PROM_CATEGORY_MISUSE when the sum is not
 * zero, or a denominator is. */
PROM_MUST_USE prom_result prom_fractions_prove(const prom_prover *prover, const prom_leaves *leaves, size_t variables,
                                               prom_extension *point, prom_fraction *values, prom_error *error);

/* Returns how many bytes of scratch memory that takes. */
uint64_t prom_fractions_proving_bytes(size_t variables);

/* Writes the point and the values that numerator and denominator have to have there, which is for the caller to check.
 * PROM_CATEGORY_BAD_INPUT when the proof cannot be read, or does not hold. */
PROM_MUST_USE prom_result prom_fractions_verify(const prom_verifier *verifier, size_t variables, prom_extension *point,
                                                prom_fraction *values, prom_error *error);

PROM_DECLARATIONS_END

#endif
