/* Proof schemes. The channel and the programs know a scheme by this table alone.
 *
 * Nothing here is kept between calls but in the job that `open` gives, and that is only read afterwards: any number of
 * threads may deliver, open and verify at once, of one job or of several, each with an arena and a progress of its own.
 * Every call that is long takes a progress, by which it is stopped (base/progress.h). */
#ifndef PROMETHEUS_SCHEME_SCHEME_H
#define PROMETHEUS_SCHEME_SCHEME_H

#include <stdint.h>

#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/declarations.h"
#include "prometheus/base/progress.h"
#include "prometheus/base/result.h"
#include "prometheus/contract/package.h"
#include "prometheus/contract/sampling.h"
#include "prometheus/contract/terms.h"
#include "prometheus/module/runner.h"
#include "prometheus/program/program.h"

PROM_DECLARATIONS_BEGIN

/* A job's program and input, in their canonical bytes. */
typedef struct prom_job_bytes {
    prom_span program;
    prom_span input;
    const prom_runner *runner; /* of a program that is a module; outlives the job. NULL: nobody here runs modules */
    bool tried;                /* the module is known to be one that can be run: `open` does not find that out again */
    const prom_progress *progress; /* is asked while it finds out; NULL: it may take as long as it does */
} prom_job_bytes;

/* A job's program, read: of one kind, and the other is NULL. */
typedef struct prom_job_program {
    const prom_program *integers;
    const prom_module *module;
} prom_job_program;

typedef struct prom_scheme prom_scheme;
typedef struct prom_inference prom_inference; /* an integer program and its batch, read */
typedef struct prom_mapping prom_mapping;     /* a module and its items, read */

/* A job that a scheme has opened. Read-only; `open` alone makes one. */
typedef struct prom_scheme_job {
    const prom_scheme *scheme;
    prom_job named;         /* as terms name it */
    uint64_t bytes_max;     /* the largest size that output and proof together can have */
    uint64_t proving_bytes; /* of memory, as prom_scheme_size says */
    uint64_t macs;          /* of an integer program, one item: multiplications, and values that pooling looks at; of
                             * all: times named.items */
    uint64_t fuel;          /* of a module, all nodes: the most that they may take; UINT64_MAX when it is more */
    prom_job_program program;
    const prom_inference *inference; /* the schemes' own, as the next; NULL of a module */
    const prom_mapping *mapping;     /* NULL of an integer program */
} prom_scheme_job;

/* What a job of so many items can take, which the program alone decides. */
typedef struct prom_scheme_size {
    uint64_t delivery_bytes; /* the most that output and proof together have */
    uint64_t proving_bytes;  /* of memory that `deliver` takes, at most: of an integer program for the proof, 0 where
                              * none is made; of a module for all that it computes */
} prom_scheme_size;

struct prom_scheme {
    uint16_t number; /* in the terms; append only */
    const char *name;

    /* Writes what a job of so many items takes, as terms count them, at least one. PROM_CATEGORY_BAD_INPUT when the
     * scheme cannot prove it. */
    prom_result (*size)(prom_arena *arena, prom_scheme_size *size, const prom_job_program *program, uint32_t items,
                        prom_error *error);

    /* Parses the bytes, which must outlive the job, as the arena must. PROM_CATEGORY_BAD_INPUT when they are no
     * program, the input does not fit it, or the scheme cannot prove it: nobody could ever deliver. Any other failure
     * is our own fault and says nothing of the job: a module that nobody here can run is PROM_CATEGORY_IO. */
    prom_result (*open)(prom_arena *arena, const prom_scheme_job **job, const prom_job_bytes *bytes, prom_error *error);

    /* Runs the program, once, and gives the output, the proof of all its items, and the commitment to both, the root:
     * sealed with them, and hidden in the commitment that the package shows (prom_package_commitment). `progress` may
     * be NULL; what it counts is the scheme's affair. PROM_CATEGORY_STOPPED when it says so. */
    prom_result (*deliver)(prom_arena *arena, prom_delivery *delivery, prom_bytes32 *root, const prom_scheme_job *job,
                           const prom_progress *progress, prom_error *error);

    /* Makes the proof of the items that a seed drew, for round B, under the root that deliver gave with this output;
     * nothing is run again. The proof in such a delivery's round A is the empty one that deliver gives. NULL where the
     * scheme proves a batch as a whole alone (varsigma of 1). PROM_CATEGORY_MISUSE when `sample` is no sample of the
     * job's items. */
    prom_result (*open_sample)(prom_arena *arena, prom_span *proof, const prom_scheme_job *job, prom_span output,
                               const prom_sample *sample, prom_error *error);

    /* Succeeds when the delivery's output is, in all items of `sample` (NULL: in all), what the program says of the
     * input, and its proof is the one for that sample. PROM_CATEGORY_PEER, with the reason, when the output or its
     * proof is wrong; PROM_CATEGORY_STOPPED when `progress`, which may be NULL, says so; any other category when it
     * could not be found out. */
    prom_result (*verify)(prom_arena *arena, const prom_scheme_job *job, const prom_delivery *delivery,
                          const prom_bytes32 *root, const prom_sample *sample, const prom_progress *progress,
                          prom_error *error);
};

/* Re-execution of an integer program: a Merkle commitment to every item's output; the verifier computes those of the
 * sample again. */
#define PROM_SCHEME_REPLAY 1U
/* The proof of the whole batch (argument/proof.h): the verifier reads program, input and output, and computes nothing
 * again. */
#define PROM_SCHEME_SUMCHECK 2U
/* Re-execution of a module, with a commitment to every node's result. It has a number of its own so that terms say what
 * their signers must be able to run: whoever has no runner refuses them, an arbiter too. */
#define PROM_SCHEME_REPLAY_MODULE 3U

/* Returns the scheme of that number or name, or NULL. */
const prom_scheme *prom_scheme_by_number(uint16_t number);
const prom_scheme *prom_scheme_by_name(const char *name);

PROM_DECLARATIONS_END

#endif
