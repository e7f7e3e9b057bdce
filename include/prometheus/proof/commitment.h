/* A commitment to multilinear polynomials over KoalaBear by Reed-Solomon codes and a Merkle tree, and one proof for
 * many claims on their values: claims on any number of commitments, of different sizes, at different points. It is the
 * folding of BaseFold (Zeilberger, Chen and Fisch 2023) and FRI (Ben-Sasson, Bentov, Horesh and Riabzev 2018), decoded
 * up to half the minimum distance. docs/soundness.md derives the error, term by term; prom_soundness_of (soundness.h)
 * computes it.
 *
 * A polynomial of n variables is the vector of its 2^n values on {0,1}^n, the first variable the highest bit of the
 * index. One commitment may hold many polynomials. They lie one after the other, the larger ones first, in a matrix of
 * rows that are 2^log_rows long; each row is the coefficients of one codeword, and what is opened of all codewords at
 * one point is one leaf of the tree. Here polynomial 0 has twice as many values as a row, polynomial 1 as many as one,
 * polynomial 2 half and polynomial 3 a quarter of it:
 *
 *            2^log_rows values                         2^(log_rows + log_blowup) places
 *           +--------------------------+              +------------------------------------------+
 *   row 0   | polynomial 0, first half |              | codeword 0         |c|                   |
 *   row 1   | polynomial 0, other half |   encoded    | codeword 1         |c|                   |
 *   row 2   | polynomial 1             |  --------->  | codeword 2         |c|                   |
 *   row 3   | polynomial 2 | 3  | 0 0  |              | codeword 3         |c|                   |
 *           +--------------------------+              +---------------------^--------------------+
 *                                                      leaf i: what stands at place i, from row 0 on
 *
 * Node i of a level of the tree is the hash of nodes i and i + h of the level below, which has 2h of them:
 *
 *   leaves   0   1   2   3   4   5   6   7
 *            0+4     1+5     2+6     3+7
 *            (0+4)+(2+6)     (1+5)+(3+7)
 *            root
 *
 * A commitment stands on its own: one that was made once, for the weights of a model, say, is opened beside those that
 * a proof makes, and the verifier needs its root and its layout only. */
#ifndef PROMETHEUS_PROOF_COMMITMENT_H
#define PROMETHEUS_PROOF_COMMITMENT_H

#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/cpu.h"
#include "prometheus/base/declarations.h"
#include "prometheus/base/parallel.h"
#include "prometheus/crypto/hash_many.h"
#include "prometheus/field/kernels.h"
#include "prometheus/proof/transcript.h"

PROM_DECLARATIONS_BEGIN

#define PROM_COMMITMENT_VERSION 1
#define PROM_COMMITMENT_VARIABLES_MAX 32

typedef struct prom_commitment_parameters {
    uint8_t log_blowup;  /* the codes have rate 2^-log_blowup */
    uint8_t log_columns; /* a commitment's matrix has at most 2^log_columns rows: values of the field in a leaf */
    uint8_t log_fold;    /* variables folded between two oracles: 2^log_fold values of the extension in a leaf */
    uint8_t log_final;   /* a polynomial of this many variables is sent as it is */
    uint16_t queries;    /* points at which all codewords are compared */
} prom_commitment_parameters;

/* What all sides of a proof have in common. */
typedef struct prom_commitment_setup {
    prom_commitment_parameters parameters;
    const prom_field_kernels *field;
    const prom_hash_kernels *hash;
    const prom_parallel *parallel; /* of the prover; NULL: one thread */
} prom_commitment_setup;

/* Makes the setup with the parameters that we use: rate 1/4, and as many queries as an error of 2^-100 needs. In one
 * thread. */
prom_commitment_setup prom_commitment_setup_for(prom_cpu cpu);

/* Returns the least number of queries with which a word that is not a codeword, by the distance that is decoded, passes
 * with probability 2^-bits at most: ((1 + rate) / 2)^queries <= 2^-bits. In exact arithmetic, rounded to the safe
 * side. */
uint16_t prom_commitment_queries_for(uint8_t log_blowup, unsigned bits);

/* Where the polynomials of a commitment lie. */
typedef struct prom_commitment_layout {
    size_t polynomial_count;
    const size_t *variables; /* of each polynomial */
    const size_t *starts;    /* where its first value lies; a multiple of 2^variables */
    size_t log_rows;         /* log2 of the length of a row */
    size_t columns;          /* rows of the matrix that are not all zero: values in a leaf */
    size_t log_columns;      /* log2 of their number, rounded up */
} prom_commitment_layout;

/* Makes the layout of `count` polynomials with these numbers of variables. PROM_CATEGORY_MISUSE when there is none, or
 * when they are too large together for the roots of unity that the field has. */
PROM_MUST_USE prom_result prom_commitment_layout_new(prom_arena *arena, prom_commitment_layout *layout,
                                                     const prom_commitment_parameters *parameters,
                                                     const size_t *variables, size_t count, prom_error *error);

/* What the verifier holds of a commitment. */
typedef struct prom_commitment {
    prom_bytes32 root;
    prom_commitment_layout layout;
} prom_commitment;

/* "Polynomial `polynomial` of commitment `commitment` has this value at this point", a point of as many coordinates as
 * the polynomial has variables. `point` is never NULL. */
typedef struct prom_claim {
    size_t commitment;
    size_t polynomial;
    const prom_extension *point;
    prom_extension value;
} prom_claim;

/* What an opening proves: claims on polynomials of commitments. */
typedef struct prom_opening_statement {
    const prom_commitment *const *commitments;
    size_t commitment_count;
    const prom_claim *claims;
    size_t claim_count;
} prom_opening_statement;

/* What the prover keeps of a commitment. */
typedef struct prom_committed prom_committed;

/* Commits to `count` polynomials, the values of each given by a pointer; they are copied. With an opening this takes
 * about 26 bytes of the arena for each value at rate 1/4, and some 10 KiB for each point of the claims. */
PROM_MUST_USE prom_result prom_commitment_make(prom_arena *arena, prom_committed **committed,
                                               const prom_commitment_setup *setup,
                                               const prom_element *const *polynomials, const size_t *variables,
                                               size_t count, prom_error *error);
/* Makes the same of polynomials that lie as a layout has them: `rows` are its rows, one after the other, with zeros
 * after the last polynomial. They are not copied, and must outlive what is made of them. PROM_CATEGORY_MISUSE when the
 * layout is not that of the setup's parameters. */
PROM_MUST_USE prom_result prom_commitment_make_of_rows(prom_arena *arena, prom_committed **committed,
                                                       const prom_commitment_setup *setup,
                                                       const prom_commitment_layout *layout, const prom_element *rows,
                                                       prom_error *error);
/* Returns what the verifier gets of it. */
const prom_commitment *prom_committed_commitment(const prom_committed *committed);

/* Writes to `proof` a proof of the statement's claims, which are true, or the proof will not be valid; `committed` are
 * its commitments as the prover keeps them. Commitments, claims and everything that they depend on but the parameters
 * are absorbed here; each commitment has at least one claim.
 * PROM_CATEGORY_MISUSE when a claim names what is not there. */
PROM_MUST_USE prom_result prom_commitment_open(prom_arena *arena, prom_span *proof, prom_transcript *transcript,
                                               const prom_commitment_setup *setup,
                                               const prom_opening_statement *statement,
                                               const prom_committed *const *committed, prom_error *error);

/* How many bytes of the arena the prover of one commitment takes: `committing`, beside the polynomials, until the end;
 * `opening` on top of that, at most, for so many claims. */
typedef struct prom_commitment_proving {
    uint64_t committing;
    uint64_t opening;
} prom_commitment_proving;
/* Returns these numbers of bytes. Nothing is allocated. */
prom_commitment_proving prom_commitment_proving_bytes(const prom_commitment_parameters *parameters,
                                                      const prom_commitment_layout *layout, size_t claim_count);

/* Returns the most bytes that an opening of commitments of these layouts can have, whatever is claimed of them. */
uint64_t prom_commitment_opening_bytes_max(const prom_commitment_parameters *parameters,
                                           const prom_commitment_layout *const *layouts, size_t commitment_count);

/* Checks a proof, whose bytes may be anything. PROM_CATEGORY_BAD_INPUT, with the reason, when it does not prove the
 * claims; PROM_CATEGORY_MISUSE when a claim names what is not there. */
PROM_MUST_USE prom_result prom_commitment_verify(prom_arena *arena, prom_transcript *transcript,
                                                 const prom_commitment_setup *setup,
                                                 const prom_opening_statement *statement, prom_span proof,
                                                 prom_error *error);

PROM_DECLARATIONS_END

#endif
