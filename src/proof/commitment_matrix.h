/* Codewords side by side under one hash tree: what a commitment is to the prover, and an oracle of its opening. */
#ifndef PROOF_COMMITMENT_MATRIX_H
#define PROOF_COMMITMENT_MATRIX_H

#include "prometheus/field/ntt.h"
#include "prometheus/proof/commitment.h"
#include "proof/hash_tree.h"

/* Codewords side by side, and the tree over them. */
typedef struct codeword_matrix {
    size_t columns;
    size_t log_width;
    const uint32_t **values; /* of each column, 2^log_width numbers below p */
    proof_tree tree;
} codeword_matrix;

/* What is encoded: `count` messages of 2^log_rows coefficients each. */
typedef struct codeword_messages {
    const prom_element *const *coefficients;
    size_t count;
    size_t log_rows;
} codeword_messages;

struct prom_committed {
    prom_commitment public;
    const prom_element *data; /* the rows, 2^log_rows values each */
    prom_ntt ntt;
    codeword_matrix matrix;
};

/* Encodes the messages and commits to the codewords. `ntt` has the tables of their length at least. */
PROM_MUST_USE prom_result prom_codeword_matrix_new(prom_arena *arena, codeword_matrix *made,
                                                   const prom_commitment_setup *setup, const prom_ntt *ntt,
                                                   const codeword_messages *messages, prom_error *error);

/* Writes the opened leaves, one after the other, and the hashes that lead from them to the root. */
PROM_MUST_USE prom_result prom_codeword_matrix_open(prom_arena *arena, prom_writer *writer,
                                                    const codeword_matrix *opened, const uint32_t *queries,
                                                    size_t count, prom_error *error);

#endif
