/* A sumcheck (Lund, Fortnow, Karloff and Nisan 1992) for the sum of X(x) * Y(x) over x in {0,1}^n, where X and Y are
 * multilinear over the extension: it reduces the claim on the sum to one on X(r) * Y(r), at a point r that is drawn.
 *
 * A false claim leads to a true one with probability 2n / p^5 at most. What is sent: docs/proof.md. */
#ifndef PROMETHEUS_PROOF_PRODUCT_H
#define PROMETHEUS_PROOF_PRODUCT_H

#include "prometheus/base/declarations.h"
#include "prometheus/proof/message.h"

PROM_DECLARATIONS_BEGIN

/* X and Y: 2^variables values each. */
typedef struct prom_product_factors {
    prom_planes x;
    prom_planes y;
    size_t variables;
} prom_product_factors;

/* Proves that `claim` is the sum; the factors are overwritten. Writes the point, of `variables` coordinates, and X and
 * Y there. */
PROM_MUST_USE prom_result prom_product_prove(const prom_prover *prover, const prom_product_factors *factors,
                                             const prom_extension *claim, prom_extension *point,
                                             prom_extension *x_value, prom_extension *y_value, prom_error *error);

/* Writes the point and what X(point) * Y(point) has to be, which is for the caller to check. PROM_CATEGORY_BAD_INPUT
 * when the proof cannot be read. */
PROM_MUST_USE prom_result prom_product_verify(const prom_verifier *verifier, size_t variables,
                                              const prom_extension *claim, prom_extension *point,
                                              prom_extension *product, prom_error *error);

PROM_DECLARATIONS_END

#endif
