/* The prover behind prom_statement_prove, in the steps that it takes; each writes its part of the proof:
 *
 *   | root of the columns | sum of fractions |  claims at its leaf |  layer by layer |  opening |
 *     commit                prove_lookups      claim_leaf            prove_layers      open
 *
 * prom_statement_prove takes them one after the other. Each reads the witness that the prover points to by then. A test
 * whose prover lies (lying.h in tests/unit/argument) takes the same steps, and points to another witness before some of
 * them. */
#ifndef ARGUMENT_PROVER_H
#define ARGUMENT_PROVER_H

#include "argument/claims.h"
#include "argument/witness.h"
#include "prometheus/argument/proof.h"
#include "prometheus/base/cpu.h"
#include "prometheus/proof/message.h"

/* How far a proof is, in hundredths, when a part of it is done: about the shares of time that the parts take. */
enum {
    PROVER_DONE_RUN = 10,
    PROVER_DONE_COMMITMENT = 30,
    PROVER_DONE_LOOKUPS = 80,
    PROVER_DONE_LAYERS = 90,
    PROVER_DONE_ALL = 100
};

/* What is known before the proof begins. */
typedef struct proof_request {
    const prom_argument *argument;
    const prom_witness *witness;
    const prom_statement *statement; /* outputs included */
    prom_cpu cpu;                    /* whose instructions may be used */
    const prom_parallel *parallel;   /* NULL: one thread */
    const prom_progress *progress;   /* NULL: nobody wants to know */
} proof_request;

/* A proof being made. */
typedef struct argument_prover {
    prom_arena *arena; /* for what lasts until the opening */
    const prom_argument *argument;
    const prom_witness *witness;
    const prom_statement *statement;
    const prom_progress *progress;
    prom_commitment_setup setup;
    prom_transcript transcript;
    prom_writer writer;
    prom_prover sumcheck; /* what sums are proven with: transcript and writer among it */
    prom_committed *committed;
    lookup_challenges challenges;
    prom_extension *leaf; /* the point that the sum of fractions leads to */
    layer_claims *layers;
    claim_list claims;
} argument_prover;

/* The proof's bytes will be in `arena`, all other memory is of `scratch`. */
void prom_argument_prover_init(argument_prover *prover, prom_arena *arena, prom_arena *scratch,
                               const proof_request *request);

/* Commits to the witness's columns, of which there must be one, and draws what lookups are combined with. */
PROM_MUST_USE prom_result prom_argument_commit(argument_prover *prover, prom_error *error);
/* PROM_CATEGORY_MISUSE when the witness's fractions do not add up to zero. */
PROM_MUST_USE prom_result prom_argument_prove_lookups(argument_prover *prover, prom_error *error);
PROM_MUST_USE prom_result prom_argument_claim_leaf(argument_prover *prover, prom_error *error);
PROM_MUST_USE prom_result prom_argument_prove_layers(argument_prover *prover, prom_error *error);
/* That the columns have the values that were claimed of them. */
PROM_MUST_USE prom_result prom_argument_open(argument_prover *prover, prom_error *error);

/* All of these, one after the other, and the proof's bytes. */
PROM_MUST_USE prom_result prom_argument_prove(argument_prover *prover, prom_span *proof, prom_error *error);

/* The coordinates of the leaf's point for polynomials of `variables` variables: the last ones. */
static inline const prom_extension *prom_argument_leaf_point(const argument_prover *prover, size_t variables)
{
    return prover->leaf + prover->argument->leaf_variables - variables;
}

#endif
