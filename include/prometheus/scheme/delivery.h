/* Making and checking what the worker delivers: the one place where scheme, seal and terms come together. */
#ifndef PROMETHEUS_SCHEME_DELIVERY_H
#define PROMETHEUS_SCHEME_DELIVERY_H

#include "prometheus/contract/package.h"
#include "prometheus/contract/terms.h"
#include "prometheus/scheme/scheme.h"

/* Success when program and input are the ones that the job names, by digest, hash, size and number of items.
 * PROM_CATEGORY_PEER, with what differs, when they are not. */
PROM_MUST_USE prom_result prom_work_check(prom_arena *arena, const prom_work *work, const prom_job *job,
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

/* All that a verifier checks of a package: the key in E_V against h, the ciphertext, the proof, the output. Success is
 * r = 1 and gives the output; PROM_CATEGORY_PEER is r = 0, with the reason; any other category means that it could not
 * be found out. */
PROM_MUST_USE prom_result prom_delivery_check(const prom_curve *curve, prom_arena *arena, prom_span *output,
                                              prom_span package, const prom_terms *terms,
                                              const prom_bytes32 *contract_id, const prom_work *work,
                                              const prom_key *verifier_key, const prom_progress *progress,
                                              prom_error *error);

#endif
