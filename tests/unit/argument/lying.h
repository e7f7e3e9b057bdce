/* A prover that lies. It takes the steps of the honest one (argument/prover.h), and points to another witness before
 * some of them: what it commits to, what it shows among the fractions, and what it multiplies under the pools' windows
 * need not be the same. */
#ifndef TEST_ARGUMENT_LYING_H
#define TEST_ARGUMENT_LYING_H

#include "argument/prover.h"

/* Where nobody lies, all three are one. */
typedef struct told_witnesses {
    const prom_witness *committed; /* what the columns are committed to, and the claims made of */
    const prom_witness *shown;     /* what stands among the fractions, */
    const prom_witness *pooled;    /* and in the products of pools' differences; in all else it is as `committed` */
} told_witnesses;

/* Proves the statement, outputs included, by the layout of `argument`, which may be another program's. */
static inline prom_result prove_falsely(prom_arena *arena, prom_span *proof, const prom_argument *argument,
                                        const prom_statement *statement, const told_witnesses *told, prom_error *error)
{
    const proof_request request = {argument, told->committed, statement, prom_cpu_of_machine(), NULL, NULL};
    argument_prover prover;
    *proof = prom_span_of(NULL, 0);
    prom_argument_prover_init(&prover, arena, arena, &request);
    if (argument->column_count > 0) {
        PROM_TRY(prom_argument_commit(&prover, error));
        prover.witness = told->shown;
        PROM_TRY(prom_argument_prove_lookups(&prover, error));
        prover.witness = told->committed;
        PROM_TRY(prom_argument_claim_leaf(&prover, error));
        prover.witness = told->pooled;
        PROM_TRY(prom_argument_prove_layers(&prover, error));
        PROM_TRY(prom_argument_open(&prover, error));
    }
    return prom_writer_finish(&prover.writer, proof, error);
}

#endif
