/* The prover behind prom_proof_make, for whoever has a witness already: tests, whose provers lie. */
#ifndef PROMETHEUS_MODEL_PROOF_MAKE_H
#define PROMETHEUS_MODEL_PROOF_MAKE_H

#include "prometheus/model/proof.h"
#include "witness.h"

/* Proves the statement, outputs included. `committed` is what the columns are committed to and the claims are made of,
 * `shown` what stands among the fractions: one witness, where nobody lies. PROM_CATEGORY_MISUSE when the fractions of
 * `shown` do not add up to zero. */
PROM_MUST_USE prom_result prom_proof_of_witness(prom_arena *arena, prom_span *proof, const prom_statement *statement,
                                                const prom_argument *argument, const prom_witness *committed,
                                                const prom_witness *shown, const prom_parallel *parallel,
                                                prom_error *error);

#endif
