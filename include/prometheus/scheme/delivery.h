/* Making and checking what the worker delivers: the one place where scheme, seal and terms come together. */
#ifndef PROMETHEUS_SCHEME_DELIVERY_H
#define PROMETHEUS_SCHEME_DELIVERY_H

#include "prometheus/base/declarations.h"
#include "prometheus/contract/judgement.h"
#include "prometheus/contract/package.h"
#include "prometheus/contract/terms.h"
#include "prometheus/scheme/scheme.h"

PROM_DECLARATIONS_BEGIN

/* Opens program and input with the scheme that the job names, and finds that they are the ones it names: by digest,
 * hash, size and number of items. The bytes must outlive what is opened, as their runner must. PROM_CATEGORY_PEER, with
 * what is wrong, when they are not, or nobody could deliver such a job; any other category says nothing of the job. */
PROM_MUST_USE prom_result prom_delivery_open_job(prom_arena *arena, const prom_scheme_job **job,
                                                 const prom_job_bytes *bytes, const prom_job *named, prom_error *error);

/* Returns the bytes of the largest package that holds so many of output and proof; UINT64_MAX when they are more. */
uint64_t prom_delivery_package_bytes(uint64_t delivery_bytes);

/* Succeeds when the package of the terms' job, which is this one, will fit what the terms allow, and its scheme proves
 * the share of the batch that they ask for. PROM_CATEGORY_PEER when it will not: a worker could never deliver. */
PROM_MUST_USE prom_result prom_delivery_fits(const prom_scheme_job *job, const prom_terms *terms, prom_error *error);

#define PROM_DELIVERY_MEMORY_MAX (UINT64_C(1) << 32)

/* Succeeds when a worker that has `memory_max` bytes for it, PROM_DELIVERY_MEMORY_MAX when 0, can prove the job.
 * PROM_CATEGORY_PEER, with both numbers, when it may not: what is signed and then not delivered costs the
 * collateral. */
PROM_MUST_USE prom_result prom_delivery_fits_memory(const prom_scheme_job *job, uint64_t memory_max, prom_error *error);

/* The contract that a delivery is of. Nothing in it is written to: calls that share one may run at once, where each has
 * a curve of its own. */
typedef struct prom_delivery_context {
    const prom_curve *curve; /* of prom_delivery_seal, _open_key and _check; others do not read it */
    const prom_terms *terms;
    const prom_bytes32 *contract_id;
    const prom_scheme_job *job; /* the terms', opened; of prom_delivery_check */
} prom_delivery_context;

/* What the worker seals with. The nonce is not secret, but never used twice; h_p and contract id alone make E_V. */
typedef struct prom_delivery_secrets {
    prom_bytes32 h_p;
    prom_seal_nonce nonce;
} prom_delivery_secrets;

/* Seals output and proof, under the root that the scheme's `deliver` gave, for the contract: the bytes of round A's
 * package. PROM_CATEGORY_BAD_INPUT when they are more
 * than the terms allow. */
PROM_MUST_USE prom_result prom_delivery_seal(const prom_delivery_context *context, prom_arena *arena,
                                             prom_span *package, const prom_bytes32 *root,
                                             const prom_delivery *delivery, const prom_delivery_secrets *secrets,
                                             prom_error *error);

/* Seals the proof of the items that the hash `block` of block X drew: the bytes of round B's package.
 * PROM_CATEGORY_BAD_INPUT when they are more than the terms allow. */
PROM_MUST_USE prom_result prom_delivery_seal_openings(const prom_delivery_context *context, prom_arena *arena,
                                                      prom_span *package, prom_span openings, const prom_bytes32 *block,
                                                      const prom_delivery_secrets *secrets, prom_error *error);

/* Draws the items that the packages are to be opened at: of the seed that contract, package A and block make. */
PROM_MUST_USE prom_result prom_delivery_sample(const prom_delivery_context *context, prom_arena *arena,
                                               prom_sample *sample, prom_span package_a, const prom_bytes32 *block,
                                               prom_error *error);

/* Opens a package of round A with h_p: `root` is the scheme's own. PROM_CATEGORY_PEER when it does not open to an
 * output and a proof, or its commitment is not that of the root in it. */
PROM_MUST_USE prom_result prom_delivery_open(const prom_delivery_context *context, prom_arena *arena,
                                             prom_delivery *delivery, prom_bytes32 *root, prom_span package,
                                             const prom_bytes32 *h_p, prom_error *error);

/* Opens E_V with the verifier's seal key, as soon as the package's first PROM_PACKAGE_HEAD bytes are there.
 * PROM_CATEGORY_PEER, and h_p zeroed, when it does not hold the preimage of h: the package is bad. */
PROM_MUST_USE prom_result prom_delivery_open_key(const prom_delivery_context *context, prom_bytes32 *h_p,
                                                 prom_span package, const prom_key *seal_key, prom_error *error);

/* What came from a worker, as it came: that W signed these bytes the caller knows. */
typedef struct prom_delivery_packages {
    prom_span round_a;
    const prom_span *round_b; /* not read, and may be NULL, where the terms' varsigma is 1 */
} prom_delivery_packages;

/* Checks W's packages, the same for V and for the arbiters: h_p is the preimage of h, E_V is what h_p and contract id
 * make, all ciphertexts open to what their package commits to, the output has the job's shape and its proof holds, in
 * all items or in those that package A and the block that package B names have drawn. How V came by h_p does not
 * matter: an E_V that is not as it should be is bad, whatever else opens the rest. The limits are bytes and steps that
 * the job fixes; a package beyond them is bad.
 *
 * PROM_CHECKED_GOOD gives the output; PROM_CHECKED_BAD the reason, and the worker is at fault. PROM_CHECKED_UNKNOWN
 * means that it could not be found out, by a fault of our own that `error` names (no memory, a stopped `progress`,
 * which may be NULL, arguments that are not what they should be): no package makes that happen. */
PROM_MUST_USE prom_checked prom_delivery_check(const prom_delivery_context *context, prom_arena *arena,
                                               prom_span *output, const prom_delivery_packages *packages,
                                               const prom_bytes32 *h_p, const prom_progress *progress,
                                               prom_error *error);

PROM_DECLARATIONS_END

#endif
