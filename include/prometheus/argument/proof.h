/* That a batch of outputs is what an integer program says of a batch of inputs: made and checked. docs/proof.md has the
 * protocol to the byte, docs/soundness.md why a false statement is proven with a probability below 2^-100 only. */
#ifndef PROMETHEUS_ARGUMENT_PROOF_H
#define PROMETHEUS_ARGUMENT_PROOF_H

#include "prometheus/base/arena.h"
#include "prometheus/base/declarations.h"
#include "prometheus/base/parallel.h"
#include "prometheus/base/result.h"
#include "prometheus/program/program.h"
#include "prometheus/program/run.h"
#include "prometheus/proof/soundness.h"

PROM_DECLARATIONS_BEGIN

#define PROM_PROOF_VERSION 1U
#define PROM_PROOF_FILE_VERSION 2U /* of the file that has it */

/* A statement: these are the outputs of these inputs. Both are codes, [items][count]. */
typedef struct prom_statement {
    const prom_program *program;
    size_t items; /* at least 1 */
    const uint8_t *inputs;
    const uint8_t *outputs;
} prom_statement;

/* Runs the program over the statement's inputs, writes what it says to `outputs` ([items][output count]), and proves
 * it: the bytes of the proof, which are in the arena as all memory is, to `proof`. statement->outputs is not read.
 * `parallel` NULL: one thread; the bytes do not depend on it. `progress`, which may be NULL, is called with hundredths
 * of the whole: after items of the run, the commitment, the lookups and each layer. PROM_CATEGORY_BAD_INPUT when the
 * program cannot be proven for so many items: the sentence says why. PROM_CATEGORY_STOPPED, without a proof, when
 * `progress` says so. */
PROM_MUST_USE prom_result prom_statement_prove(prom_arena *arena, prom_span *proof, uint8_t *outputs,
                                               const prom_statement *statement, const prom_parallel *parallel,
                                               const prom_progress *progress, prom_error *error);

/* Succeeds when `proof`, whose bytes may be anything, proves the statement. PROM_CATEGORY_PEER, with the reason, when
 * it does not; PROM_CATEGORY_BAD_INPUT when the program cannot be proven for so many items, or a code of the inputs
 * lies outside its range; PROM_CATEGORY_STOPPED when `progress` says so, which may be NULL and is called with the
 * number of steps of the check that are done: one for the lookups, one for each layer, one for the opening. Time is
 * linear in the program's weights, the inputs and the outputs. */
PROM_MUST_USE prom_result prom_statement_verify(prom_arena *arena, const prom_statement *statement, prom_span proof,
                                                const prom_progress *progress, prom_error *error);

/* What a file of a proof says that it proves. It is a claim, and only there so that a mistake is told from a proof that
 * does not hold: nothing is proven by it. */
typedef struct prom_proof_header {
    uint64_t items;
    prom_bytes32 program; /* its digest */
    prom_bytes32 inputs;  /* SHA-256 of the codes, as those of the outputs */
    prom_bytes32 outputs;
} prom_proof_header;

#define PROM_PROOF_HEADER_BYTES 112U /* of the file: what stands before the proof */

/* Returns the header of a statement, whose outputs are read. */
prom_proof_header prom_proof_header_of(const prom_statement *statement);

/* Writes to `file` what a proof is in a file: a header that names the statement, outputs included, and the proof.
 * docs/proof.md, "In a file", has it to the byte. */
PROM_MUST_USE prom_result prom_proof_wrap(prom_arena *arena, prom_span *file, const prom_statement *statement,
                                          prom_span proof, prom_error *error);

/* Reads the header of a file of a proof; writes to `proof` where the bytes after it are, which may still be a bad
 * proof. PROM_CATEGORY_BAD_INPUT when the file is none, or of another version. */
PROM_MUST_USE prom_result prom_proof_read_header(prom_proof_header *header, prom_span *proof, prom_span file,
                                                 prom_error *error);

/* Reads the header as prom_proof_read_header, and looks whether it is of the statement's program and inputs, whose
 * outputs are not read. PROM_CATEGORY_BAD_INPUT also when it is of another program or of other inputs, which whoever
 * verifies has of their own. */
PROM_MUST_USE prom_result prom_proof_match(prom_proof_header *header, prom_span *proof, const prom_statement *statement,
                                           prom_span file, prom_error *error);

/* Looks whether such a header is of the statement's outputs. PROM_CATEGORY_PEER when it is of others, which come from
 * where the proof comes from. */
PROM_MUST_USE prom_result prom_proof_match_outputs(const prom_proof_header *header, const prom_statement *statement,
                                                   prom_error *error);

/* Writes the most bytes that a proof for so many items can have, without the header of its file.
 * PROM_CATEGORY_BAD_INPUT as of prom_statement_prove. */
PROM_MUST_USE prom_result prom_proof_bytes_max(prom_arena *arena, uint64_t *bytes, const prom_program *program,
                                               size_t items, prom_error *error);

/* What verifying a proof takes, whatever is in it: docs/proof.md, "What a verifier is asked for". */
typedef struct prom_verifying_cost {
    uint64_t memory; /* bytes, at most, beside those of program, inputs, outputs and proof */
    uint64_t steps;  /* multiplications over the extension, and what takes as long; 10 ns each are a good bound */
} prom_verifying_cost;

/* Bounds of both, so that a small program cannot cost much: for P bytes of program, inputs and outputs together (a byte
 * for each code), BASE + FACTOR * P. What needs more cannot be proven. */
#define PROM_VERIFYING_MEMORY_BASE (UINT64_C(256) << 20)
#define PROM_VERIFYING_MEMORY_FACTOR 64U
#define PROM_VERIFYING_STEPS_BASE (UINT64_C(1) << 27)
#define PROM_VERIFYING_STEPS_FACTOR 128U

/* Writes what verifying takes, which is known before anything is allocated for it. PROM_CATEGORY_BAD_INPUT as of
 * prom_statement_prove. */
PROM_MUST_USE prom_result prom_statement_verifying_cost(prom_arena *arena, prom_verifying_cost *cost,
                                                        const prom_program *program, size_t items, prom_error *error);

/* Succeeds when that memory is at most `memory_max` bytes. PROM_CATEGORY_MEMORY, in a sentence with both numbers, when
 * it is more. */
PROM_MUST_USE prom_result prom_statement_check_verifying(prom_arena *arena, const prom_statement *statement,
                                                         uint64_t memory_max, prom_error *error);

/* Returns in `bytes` how much memory prom_statement_prove takes with so many threads, at most but for what the system
 * itself needs for them, beside that of the program, the inputs and the outputs. Mostly within a quarter of what it
 * does take with one thread; several may take less, where they work one after the other. PROM_CATEGORY_BAD_INPUT as of
 * prom_statement_prove. */
PROM_MUST_USE prom_result prom_statement_proving_cost(prom_arena *arena, uint64_t *bytes, const prom_program *program,
                                                      size_t items, uint32_t threads, prom_error *error);

/* Writes how much work a proof of so many items is, as a number that only the program decides: the values that are
 * committed to, and the fractions that are added up, both with their padding to powers of two. Time rises about as it
 * does. PROM_CATEGORY_BAD_INPUT as of prom_statement_prove. */
PROM_MUST_USE prom_result prom_statement_proving_effort(prom_arena *arena, uint64_t *values,
                                                        const prom_program *program, size_t items, prom_error *error);

/* Succeeds when prom_statement_proving_cost is at most `memory_max` bytes. PROM_CATEGORY_MEMORY, in a sentence with
 * both numbers, when it is more. */
PROM_MUST_USE prom_result prom_statement_check_proving(prom_arena *arena, const prom_statement *statement,
                                                       uint32_t threads, uint64_t memory_max, prom_error *error);

/* Writes how likely it is that a false statement of so many items is accepted, term by term: the opening's, and those
 * of docs/proof.md, "Soundness". PROM_CATEGORY_BAD_INPUT as of prom_statement_prove. */
PROM_MUST_USE prom_result prom_proof_soundness(prom_arena *arena, prom_soundness *soundness,
                                               const prom_program *program, size_t items, prom_error *error);

PROM_DECLARATIONS_END

#endif
