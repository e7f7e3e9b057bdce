/* The prover behind prom_statement_prove, for whoever has a witness already: tests, whose provers lie. */
#ifndef ARGUMENT_PROVER_H
#define ARGUMENT_PROVER_H

#include "argument/witness.h"
#include "prometheus/argument/proof.h"
#include "prometheus/base/cpu.h"

/* What a prover knows of a statement, and what it computes with. Its three witnesses are one where nobody lies. */
typedef struct proof_material {
    prom_argument argument;
    prom_witness witness; /* what the columns are committed to, and the claims made of */
    prom_witness shown;   /* what stands among the fractions, */
    prom_witness pooled;  /* and in the products of pools' differences */
    prom_cpu cpu;         /* whose instructions may be used */
} proof_material;

/* Proves the statement, outputs included. The proof is in `arena`, all other memory of `scratch`. PROM_CATEGORY_MISUSE
 * when the fractions of what is shown do not add up to zero. */
PROM_MUST_USE prom_result prom_witness_prove(prom_arena *arena, prom_arena *scratch, prom_span *proof,
                                             const prom_statement *statement, const proof_material *material,
                                             const prom_parallel *parallel, const prom_progress *progress,
                                             prom_error *error);

#endif
