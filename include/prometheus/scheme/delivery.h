/* Making and checking what the worker delivers: the one place where scheme, seal and terms come together. */
#ifndef PROMETHEUS_SCHEME_DELIVERY_H
#define PROMETHEUS_SCHEME_DELIVERY_H

#include "prometheus/base/declarations.h"
#include "prometheus/contract/package.h"
#include "prometheus/contract/terms.h"
#include "prometheus/scheme/scheme.h"

PROM_DECLARATIONS_BEGIN

/* Success when program and input are the ones that the job names, by digest, hash, size and number of items.
 * PROM_CATEGORY_PEER, with what differs, when they are not. */
PROM_MUST_USE prom_result prom_work_check(prom_arena *arena, const prom_work *work, const prom_job *job,
                                          prom_error *error);

/* Success when the package of this job will fit what the terms allow, and the scheme proves the share of the batch that
 * they ask for. PROM_CATEGORY_PEER when it will not: a worker could never deliver. */
PROM_MUST_USE prom_result prom_work_fits(prom_arena *arena, const prom_work *work, const prom_terms *terms,
                                         prom_error *error);

/* Describes program and input in the terms' words. */
PROM_MUST_USE prom_result prom_job_of_work(prom_arena *arena, prom_job *job, const prom_scheme *scheme,
                                           const prom_work *work, prom_error *error);

/* The worker's secrets of one delivery. */
typedef struct prom_delivery_secrets {
    prom_bytes32 h_p;
    prom_bytes32 ephemeral; /* of E_V */
    prom_seal_nonce nonce;  /* not secret, but never used twice */
} prom_delivery_secrets;

/* Seals output and proof for the contract: the package's bytes. */
PROM_MUST_USE prom_result prom_delivery_seal(const prom_curve *curve, prom_arena *arena, prom_span *package,
                                             const prom_terms *terms, const prom_bytes32 *contract_id,
                                             const prom_bytes32 *root, const prom_delivery *delivery,
                                             const prom_delivery_secrets *secrets, prom_error *error);

/* Opens a package with h_p. PROM_CATEGORY_PEER when it does not open to an output and a proof. */
PROM_MUST_USE prom_result prom_delivery_open(prom_arena *arena, prom_delivery *delivery, prom_bytes32 *root,
                                             prom_span package, const prom_terms *terms,
                                             const prom_bytes32 *contract_id, const prom_bytes32 *h_p,
                                             prom_error *error);

/* Round B of a delivery that is checked by sample: the package, and the seed that draws the items. Where a NULL stands
 * in its place, all is delivered in round A, and all items are checked. */
typedef struct prom_round_b {
    prom_bytes32 seed;
    prom_span package;
} prom_round_b;

/* Seals the proof of the items that the seed drew: the bytes of round B's package. The nonce must be fresh. */
PROM_MUST_USE prom_result prom_delivery_seal_openings(prom_arena *arena, prom_span *package, const prom_terms *terms,
                                                      const prom_bytes32 *contract_id, prom_span openings,
                                                      const prom_bytes32 *h_p, const prom_seal_nonce *nonce,
                                                      prom_error *error);

/* All that an arbiter checks of a package whose E_V was opened to h_p: the ciphertexts, the proof, the output. Success
 * gives the output; PROM_CATEGORY_PEER is the worker's fault, with the reason; any other category means that it could
 * not be found out. `work` is the one that the terms name. */
PROM_MUST_USE prom_result prom_delivery_judge(prom_arena *arena, prom_span *output, prom_span package,
                                              const prom_round_b *round_b, const prom_terms *terms,
                                              const prom_bytes32 *contract_id, const prom_work *work,
                                              const prom_bytes32 *h_p, const prom_progress *progress,
                                              prom_error *error);

/* The same by the verifier, which opens E_V itself and checks it against h. Success is r = 1, PROM_CATEGORY_PEER is
 * r = 0. */
PROM_MUST_USE prom_result prom_delivery_check(const prom_curve *curve, prom_arena *arena, prom_span *output,
                                              prom_span package, const prom_round_b *round_b, const prom_terms *terms,
                                              const prom_bytes32 *contract_id, const prom_work *work,
                                              const prom_key *verifier_key, const prom_progress *progress,
                                              prom_error *error);

PROM_DECLARATIONS_END

#endif
