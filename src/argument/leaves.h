/* The fractions of all lookups of a run, which a prover's sum is of (docs/proof.md, "Leaves"). The blocks lie as
 * layout.h shows; within them
 *
 *   leaf i of a lookup in table t        1       over  alpha - beta^2 (t + 1) - first[i] - beta second[i]
 *   row i of table t                 -times[i]   over  the same, of the row
 *   what follows the last block          0       over  1
 *
 * so that the sum is zero when times[i] is how often row i is looked up, and no denominator is zero. */
#ifndef ARGUMENT_LEAVES_H
#define ARGUMENT_LEAVES_H

#include "argument/claims.h"
#include "argument/witness.h"
#include "prometheus/proof/fractions.h"

/* Leaves side by side that are of one lookup or of one table t: `constant` is alpha - beta^2 (t + 1), and number i has
 * the denominator constant - first[i] - beta * second[i]. */
typedef struct leaf_block {
    size_t start;
    size_t count;
    prom_extension constant;
    const prom_element *first;
    const prom_element *second; /* NULL: none */
    const prom_element *times;  /* of a table: how often each row is looked up; else NULL */
} leaf_block;

typedef struct proof_leaves {
    const prom_field_kernels *kernels;
    prom_extension beta;
    size_t block_count;
    leaf_block *blocks; /* one after the other, from leaf 0 on; what follows them is 0 / 1 */
} proof_leaves;

PROM_MUST_USE prom_result prom_proof_leaves_new(prom_arena *arena, proof_leaves *leaves,
                                                const prom_field_kernels *kernels, const prom_argument *argument,
                                                const prom_witness *witness, const lookup_challenges *challenges,
                                                prom_error *error);

/* For as long as these and the witness are there. */
prom_leaves prom_proof_leaves_all(const proof_leaves *leaves);

#endif
