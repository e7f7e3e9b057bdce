/* What anybody can check of a delivery without a secret of the parties: E_V opened by the worker that made it, a bad
 * E_V refuted by the verifier, the arbiters' receipts counted, an arbiter that gave receipts for two packages. What is
 * read here comes from strangers: whatever the bytes, a check ends in success or in a reason. */
#ifndef PROMETHEUS_CONTRACT_EVIDENCE_H
#define PROMETHEUS_CONTRACT_EVIDENCE_H

#include <stddef.h>
#include <stdint.h>

#include "prometheus/base/declarations.h"
#include "prometheus/contract/package.h"
#include "prometheus/contract/terms.h"
#include "prometheus/crypto/dleq.h"

PROM_DECLARATIONS_BEGIN

/* A package of round A, and the contract that it was delivered for. */
typedef struct prom_delivered {
    const prom_terms *terms;
    const prom_bytes32 *contract_id;
    prom_span package;
} prom_delivered;

/* E_V's opening: the worker shows its ephemeral secret, and so h_p, to whomever it sends this. */
typedef struct prom_key_opening {
    prom_bytes32 contract_id;
    prom_bytes32 package_hash; /* of round A */
    prom_bytes32 ephemeral;    /* e */
} prom_key_opening;

/* Writes the bytes of an opening; reads exactly one, PROM_CATEGORY_PEER on anything else. */
PROM_MUST_USE prom_result prom_key_opening_write(prom_arena *arena, prom_span *bytes, const prom_key_opening *opening,
                                                 prom_error *error);
PROM_MUST_USE prom_result prom_key_opening_read(prom_key_opening *opening, prom_span bytes, prom_error *error);

/* Succeeds, and gives h_p, when E_V is as the terms demand. PROM_CATEGORY_PEER, with the reason and h_p zeroed, when
 * the opening is about another package, does not open E_V, or opens it to something else. */
PROM_MUST_USE prom_result prom_key_opening_check(const prom_curve *curve, prom_bytes32 *h_p,
                                                 const prom_key_opening *opening, const prom_delivered *delivered,
                                                 prom_error *error);

/* The verifier's proof that E_V does not hold h_p: the point that both sides of the Diffie-Hellman share, and the proof
 * (BIP 374) that it is the one of V and E_V. It shows nothing but what E_V holds. */
typedef struct prom_key_refutation {
    prom_bytes32 contract_id;
    prom_bytes32 package_hash; /* of round A */
    prom_point shared;
    prom_dleq_proof proof;
} prom_key_refutation;

/* Writes the bytes of a refutation; reads exactly one, PROM_CATEGORY_PEER on anything else. */
PROM_MUST_USE prom_result prom_key_refutation_write(prom_arena *arena, prom_span *bytes,
                                                    const prom_key_refutation *refutation, prom_error *error);
PROM_MUST_USE prom_result prom_key_refutation_read(prom_key_refutation *refutation, prom_span bytes, prom_error *error);

/* Refutes E_V with the verifier's key. PROM_CATEGORY_MISUSE, and the refutation zeroed, when E_V is good: the shared
 * point would give h_p away; or when the key is not the verifier's. */
PROM_MUST_USE prom_result prom_key_refute(const prom_curve *curve, prom_key_refutation *refutation,
                                          const prom_delivered *delivered, const prom_key *verifier_key,
                                          const prom_bytes32 *auxiliary, prom_error *error);

/* Succeeds when the worker has delivered a bad E_V. An E_V whose point is not on the curve opens to nobody, and needs
 * no proof. PROM_CATEGORY_PEER, with the reason, when that is not shown: the refutation is about another package, its
 * proof is not valid, or E_V does hold the preimage of h. */
PROM_MUST_USE prom_result prom_key_refutation_check(const prom_curve *curve, const prom_key_refutation *refutation,
                                                    const prom_delivered *delivered, prom_error *error);

/* Writes, and reads, a receipt as an arbiter of a known contract sends it. A fault fails the reader. */
void prom_receipt_write(prom_writer *writer, const prom_receipt *receipt);
void prom_receipt_read(prom_reader *reader, prom_receipt *receipt, const prom_bytes32 *contract_id);

/* Receipts of one contract with the arbiters that gave them, at most one of each. */
typedef struct prom_receipts {
    size_t count;
    struct {
        size_t arbiter; /* index among those of the terms; strictly rising */
        prom_receipt receipt;
    } list[PROM_ARBITERS_MAX];
} prom_receipts;

/* Writes the bytes of these receipts. */
PROM_MUST_USE prom_result prom_receipts_write(prom_arena *arena, prom_span *bytes, const prom_receipts *receipts,
                                              prom_error *error);
/* Reads exactly one set, of the contract `contract_id`. */
PROM_MUST_USE prom_result prom_receipts_read(prom_receipts *receipts, prom_span bytes, const prom_bytes32 *contract_id,
                                             prom_error *error);

/* What receipts are to be of, and when at the latest. */
typedef struct prom_receipts_wanted {
    prom_bytes32 contract_id;
    prom_round round;
    prom_bytes32 package_hash;
    uint32_t latest; /* height of the tip that the arbiter dates it by */
} prom_receipts_wanted;

/* What a set of receipts shows. */
typedef struct prom_receipts_found {
    uint32_t arbiters; /* bit i: a receipt of the terms' arbiter i holds */
    uint32_t count;    /* of the bits */
    uint32_t highest;  /* of the heights in receipts that hold; 0 without any */
} prom_receipts_found;

/* Finds the arbiters whose receipts hold: of this contract, round and package, in time, and signed. Receipts that do
 * not are passed over. Fails only when memory is short. */
PROM_MUST_USE prom_result prom_receipts_check(const prom_curve *curve, prom_arena *arena, prom_receipts_found *found,
                                              const prom_terms *terms, const prom_receipts_wanted *wanted,
                                              const prom_receipts *receipts, prom_error *error);

/* Two receipts that one arbiter must not both have given. */
typedef struct prom_equivocation {
    prom_bytes32 arbiter; /* its key A */
    prom_receipt first;   /* both of one contract */
    prom_receipt second;
} prom_equivocation;

/* Writes the bytes of an equivocation; reads exactly one, PROM_CATEGORY_PEER on anything else. */
PROM_MUST_USE prom_result prom_equivocation_write(prom_arena *arena, prom_span *bytes,
                                                  const prom_equivocation *equivocation, prom_error *error);
PROM_MUST_USE prom_result prom_equivocation_read(prom_equivocation *equivocation, prom_span bytes, prom_error *error);

/* Succeeds when the arbiter has signed receipts for two packages in one round of one contract. PROM_CATEGORY_PEER, with
 * the reason, when that is not shown. Two receipts for the same package are no fault. */
PROM_MUST_USE prom_result prom_equivocation_check(const prom_curve *curve, prom_arena *arena,
                                                  const prom_equivocation *equivocation, prom_error *error);

PROM_DECLARATIONS_END

#endif
