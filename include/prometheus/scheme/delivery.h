/* Making and checking what the worker delivers: the one place where scheme, seal and terms come together. */
#ifndef PROMETHEUS_SCHEME_DELIVERY_H
#define PROMETHEUS_SCHEME_DELIVERY_H

#include "prometheus/base/declarations.h"
#include "prometheus/contract/package.h"
#include "prometheus/contract/terms.h"
#include "prometheus/scheme/scheme.h"

PROM_DECLARATIONS_BEGIN

/* Opens program and input with the scheme that the job names, and finds that they are the ones it names: by digest,
 * hash, size and number of items. The bytes must outlive what is opened. PROM_CATEGORY_PEER, with what is wrong, when
 * they are not, or nobody could deliver such a job. */
PROM_MUST_USE prom_result prom_delivery_open_job(prom_arena *arena, const prom_scheme_job **job,
                                                 const prom_job_bytes *bytes, const prom_job *named, prom_error *error);

/* Succeeds when the package of the terms' job, which is this one, will fit what the terms allow, and its scheme proves
 * the share of the batch that they ask for. PROM_CATEGORY_PEER when it will not: a worker could never deliver. */
PROM_MUST_USE prom_result prom_delivery_fits(const prom_scheme_job *job, const prom_terms *terms, prom_error *error);

#define PROM_DELIVERY_MEMORY_MAX (UINT64_C(1) << 32)

/* Succeeds when a worker that has `memory_max` bytes for it, PROM_DELIVERY_MEMORY_MAX when 0, can prove the job.
 * PROM_CATEGORY_PEER, with both numbers, when it may not: what is signed and then not delivered costs the
 * collateral. */
PROM_MUST_USE prom_result prom_delivery_fits_memory(const prom_scheme_job *job, uint64_t memory_max, prom_error *error);

/* The contract that a delivery is of. Nothing in it is written to: calls that share one may run at once. */
typedef struct prom_delivery_context {
    const prom_curve *curve; /* of prom_delivery_seal and prom_delivery_verify; others do not read it */
    const prom_terms *terms;
    const prom_bytes32 *contract_id;
    const prom_scheme_job *job; /* the terms', opened; of prom_delivery_verify_opened and prom_delivery_verify */
} prom_delivery_context;

/* The worker's secrets of one delivery. */
typedef struct prom_delivery_secrets {
    prom_bytes32 h_p;
    prom_bytes32 ephemeral; /* of E_V */
    prom_seal_nonce nonce;  /* not secret, but never used twice */
} prom_delivery_secrets;

/* Seals output and proof for the contract: the package's bytes. PROM_CATEGORY_BAD_INPUT when they are more than the
 * terms allow. */
PROM_MUST_USE prom_result prom_delivery_seal(const prom_delivery_context *context, prom_arena *arena,
                                             prom_span *package, const prom_bytes32 *root,
                                             const prom_delivery *delivery, const prom_delivery_secrets *secrets,
                                             prom_error *error);

/* Opens a package with h_p. PROM_CATEGORY_PEER when it does not open to an output and a proof. */
PROM_MUST_USE prom_result prom_delivery_open(const prom_delivery_context *context, prom_arena *arena,
                                             prom_delivery *delivery, prom_bytes32 *root, prom_span package,
                                             const prom_bytes32 *h_p, prom_error *error);

/* Seals the proof of the items that the seed drew: the bytes of round B's package. The nonce must be fresh.
 * PROM_CATEGORY_BAD_INPUT when they are more than the terms allow. */
PROM_MUST_USE prom_result prom_delivery_seal_openings(const prom_delivery_context *context, prom_arena *arena,
                                                      prom_span *package, prom_span openings, const prom_bytes32 *h_p,
                                                      const prom_seal_nonce *nonce, prom_error *error);

/* Round B of a delivery that is checked by sample: the package, and the seed that draws the items. */
typedef struct prom_round_b {
    prom_bytes32 seed;
    prom_span package;
} prom_round_b;

/* What came from a worker, as it came. */
typedef struct prom_delivery_packages {
    prom_span round_a;
    const prom_round_b *round_b; /* NULL: all is delivered in round A, and all items are checked */
} prom_delivery_packages;

/* Checks all that an arbiter checks of a package whose E_V was opened to h_p: the ciphertexts, the proof, the output.
 * Success gives the output; PROM_CATEGORY_PEER is the worker's fault, with the reason; any other category means that it
 * could not be found out: PROM_CATEGORY_STOPPED among them, when `progress`, which may be NULL, says so. */
PROM_MUST_USE prom_result prom_delivery_verify_opened(const prom_delivery_context *context, prom_arena *arena,
                                                      prom_span *output, const prom_delivery_packages *packages,
                                                      const prom_bytes32 *h_p, const prom_progress *progress,
                                                      prom_error *error);

/* Checks the same by the verifier, which opens E_V itself and checks it against h. Success is r = 1, PROM_CATEGORY_PEER
 * is r = 0. */
PROM_MUST_USE prom_result prom_delivery_verify(const prom_delivery_context *context, prom_arena *arena,
                                               prom_span *output, const prom_delivery_packages *packages,
                                               const prom_key *verifier_key, const prom_progress *progress,
                                               prom_error *error);

PROM_DECLARATIONS_END

#endif
