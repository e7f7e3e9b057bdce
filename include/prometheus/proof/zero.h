/* That the product of some multilinear polynomials is zero at every place of {0,1}^n: a sumcheck of eq(t, x) times the
 * product, at a point t that is drawn (Setty 2020, "Spartan", section 5). It reduces the claim to one on the product of
 * the factors' values at a point r.
 *
 * With w factors a false claim leads to a true one with probability at most (n + n * (w + 1)) / p^5. */
#ifndef PROMETHEUS_PROOF_ZERO_H
#define PROMETHEUS_PROOF_ZERO_H

#include "prometheus/base/declarations.h"
#include "prometheus/proof/message.h"

PROM_DECLARATIONS_BEGIN

#define PROM_ZERO_FACTORS_MAX 16

/* Proves that the product of the factors is zero at every place; `factors` are 1 to PROM_ZERO_FACTORS_MAX vectors of
 * 2^variables elements. Writes the point, of `variables` coordinates, and every factor's value there. Needs 20 bytes of
 * scratch memory for each element. */
PROM_MUST_USE prom_result prom_zero_prove(const prom_prover *prover, const prom_element *const *factors, size_t count,
                                          size_t variables, prom_extension *point, prom_extension *values,
                                          prom_error *error);

/* Writes the point and what the product of the factors' values there has to be, which is for the caller to check.
 * PROM_CATEGORY_BAD_INPUT when the proof cannot be read. */
PROM_MUST_USE prom_result prom_zero_verify(const prom_verifier *verifier, size_t count, size_t variables,
                                           prom_extension *point, prom_extension *product, prom_error *error);

PROM_DECLARATIONS_END

#endif
