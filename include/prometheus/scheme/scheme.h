/* Proof schemes. The channel and the programs know a scheme by this table alone. */
#ifndef PROMETHEUS_SCHEME_SCHEME_H
#define PROMETHEUS_SCHEME_SCHEME_H

#include <stdbool.h>
#include <stdint.h>

#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/declarations.h"
#include "prometheus/base/progress.h"
#include "prometheus/base/result.h"
#include "prometheus/contract/sampling.h"

PROM_DECLARATIONS_BEGIN

/* A job's program and input, in their canonical bytes. */
typedef struct prom_work {
    prom_span program;
    prom_span input;
} prom_work;

typedef struct prom_scheme {
    uint16_t number; /* in the terms; append only */
    const char *name;
    bool samples; /* proves the items that a seed draws, too; else a batch as a whole alone (varsigma of 1) */

    /* The digest that names the program in the terms. PROM_CATEGORY_BAD_INPUT when the bytes are no program, the
     * input does not fit it, or the scheme can not prove it: nobody could ever deliver. */
    prom_result (*digest)(prom_arena *arena, prom_bytes32 *digest, const prom_work *work, prom_error *error);

    /* The most bytes that output and proof together may have. PROM_CATEGORY_BAD_INPUT as of digest. */
    prom_result (*most_bytes)(prom_arena *arena, uint64_t *bytes, const prom_work *work, prom_error *error);

    /* Computes the output's canonical bytes. PROM_CATEGORY_BAD_INPUT when program and input do not fit each other.
     * `progress` may be NULL. */
    prom_result (*run)(prom_arena *arena, prom_span *output, const prom_work *work, const prom_progress *progress,
                       prom_error *error);

    /* The commitment that goes in clear into the package, and the proof of the items in `sample` (NULL: of all), which
     * is sealed. A sample of no items, as in round A of a delivery by sample, gives an empty proof.
     * PROM_CATEGORY_BROKEN when `output` is not what run gives, and the scheme notices. */
    prom_result (*prove)(prom_arena *arena, prom_bytes32 *root, prom_span *proof, const prom_work *work,
                         prom_span output, const prom_sample *sample, prom_error *error);

    /* Success when `output` is, in all items of `sample` (NULL: in all), what the program says of the input, and
     * `proof` is prove's for that sample. PROM_CATEGORY_PEER, with the reason, when the output or its proof is wrong;
     * any other category when that could not be found out. */
    prom_result (*verify)(prom_arena *arena, const prom_work *work, prom_span output, const prom_bytes32 *root,
                          prom_span proof, const prom_sample *sample, const prom_progress *progress, prom_error *error);
} prom_scheme;

/* Re-execution: a Merkle commitment to every item's output; the verifier computes the items of the sample again. */
#define PROM_SCHEME_REPLAY 1U
/* The proof of the whole batch (argument/proof.h): the verifier reads program, input and output, and computes nothing
 * again. */
#define PROM_SCHEME_SUMCHECK 2U

/* The scheme of that number or name, or NULL. */
const prom_scheme *prom_scheme_by_number(uint16_t number);
const prom_scheme *prom_scheme_by_name(const char *name);

PROM_DECLARATIONS_END

#endif
