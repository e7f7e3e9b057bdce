/* What prove, verify and bench share: files of proofs, and what a proof is measured by. */
#ifndef PROM_PROVING_H
#define PROM_PROVING_H

#include "cli/command.h"
#include "prometheus/argument/proof.h"
#include "prometheus/system/threads.h"
#include "system/file.h"

/* Writes a file of a proof of the statement, whose outputs are read, as prom_proof_wrap makes it; and the file `beside`
 * it, where that is not NULL, both or none of them. */
PROM_MUST_USE prom_result prom_proof_file_write(const char *path, const prom_statement *statement, prom_span proof,
                                                const prom_file_output *beside, prom_error *error);

/* A file of a proof as it was read: of this program and of these inputs, as it says; the proof may still be a bad one.
 */
typedef struct prom_proof_file {
    const char *path;
    prom_proof_header header;
    prom_span proof;
    size_t bytes_max; /* of the file */
    bool longer;      /* it has more, which was not read */
} prom_proof_file;

/* Reads it, the statement's outputs not being there yet. Errors as of prom_proof_match, so that nothing is said of a
 * proof of something else. No more is read than a proof of at most `bytes_max` bytes (prom_proof_bytes_max) has. */
PROM_MUST_USE prom_result prom_proof_file_read(prom_arena *arena, prom_proof_file *file,
                                               const prom_statement *statement, const char *path, uint64_t bytes_max,
                                               prom_error *error);

/* Looks at what speaks against the proof before it is verified, the outputs being there: PROM_CATEGORY_PEER when the
 * file is longer than any honest one, or says to be of other outputs. */
PROM_MUST_USE prom_result prom_proof_file_check(const prom_proof_file *file, const prom_statement *statement,
                                                prom_error *error);

/* Returns the number of threads that --threads asks for; one for each processor where it was not given, 0. */
uint32_t prom_proving_threads(uint32_t given);

#define PROM_PARAMETER_THREADS(member)                                                                                 \
    {                                                                                                                  \
        .option = "--threads", .value = "N", .noun = "number of threads", PROM_TO_NUMBER(member), .min = 1,            \
        .max = PROM_THREADS_MAX,                                                                                       \
        .help = "Prove with N threads. Default: one for each processor that this process may use."                     \
    }

/* Fails as prom_statement_prove does, with PROM_CATEGORY_BAD_INPUT, where the program cannot be proven for so many
 * items; known before anything is computed. */
PROM_MUST_USE prom_result prom_proving_check(const prom_program *program, size_t items, prom_error *error);

/* Runs the statement's program with the fastest kernels in one thread, which writes `outputs`, and takes the time: the
 * mean of as many runs as take `at_least` seconds together, one or more. */
PROM_MUST_USE prom_result prom_proving_infer(double *seconds, uint8_t *outputs, const prom_statement *statement,
                                             double at_least, prom_error *error);

#define PROM_PROVING_MEMORY ((size_t)1 << 36) /* of the arenas: the machine's memory ends before */

#endif
