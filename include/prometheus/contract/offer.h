/* The arbitration offer O: an arbiter's stake on the chain, and the statement that announces it. */
#ifndef PROMETHEUS_CONTRACT_OFFER_H
#define PROMETHEUS_CONTRACT_OFFER_H

#include <stdint.h>

#include "prometheus/base/declarations.h"
#include "prometheus/bitcoin/descriptor.h"
#include "prometheus/contract/terms.h"

PROM_DECLARATIONS_BEGIN

/* The leaves of an offer's output. */
enum {
    PROM_OFFER_LEAF_ENGAGE,   /* x and A's signature: into a Tx0 */
    PROM_OFFER_LEAF_WITHDRAW, /* A's signature, after E blocks */
};

/* Makes the output of an offer for P: tr(N,{and_v(v:sha256(SHA256(x)),pk(A)),and_v(v:pk(A),older(E))}), where N is the
 * unspendable point shifted by the tagged hash `prometheus/offer-point` of P's txid and A. */
PROM_MUST_USE prom_result prom_offer_output(const prom_curve *curve, prom_arena *arena, prom_descriptor **output,
                                            const prom_bytes32 *p_txid, const prom_arbiter_terms *arbiter,
                                            prom_error *error);

/* Makes the scripts of the OP_RETURNs that name P: of an offer ("PRMO") and of a Tx0 ("PRMC"). */
PROM_MUST_USE prom_result prom_offer_mark(prom_arena *arena, prom_span *script, const prom_bytes32 *p_txid,
                                          prom_error *error);
PROM_MUST_USE prom_result prom_contract_mark(prom_arena *arena, prom_span *script, const prom_bytes32 *p_txid,
                                             prom_error *error);

#define PROM_OFFER_OUTPUTS 2
/* Makes the first outputs of a transaction that publishes an offer: the stake a of P, and the mark. It must have no
 * other OP_RETURN. PROM_CATEGORY_BAD_INPUT when the arbiter's key is not on the curve or E is 0. */
PROM_MUST_USE prom_result prom_offer_outputs(const prom_curve *curve, prom_arena *arena,
                                             prom_tx_output outputs[PROM_OFFER_OUTPUTS], const prom_bytes32 *p_txid,
                                             const prom_parameters *P, const prom_arbiter_terms *arbiter,
                                             prom_error *error);

/* The input of a transaction that spends an offer. */
typedef struct prom_offer_input {
    prom_tx *tx;
    size_t index;
    const prom_tx_output *spent; /* the outputs that the inputs spend, in their order */
    const prom_descriptor *offer;
} prom_offer_input;

/* With what A signs. */
typedef struct prom_offer_secrets {
    const prom_key *key;
    const prom_bytes32 *x;         /* the offer's preimage */
    const prom_bytes32 *auxiliary; /* fresh randomness */
} prom_offer_secrets;

/* Signs the input, which spends an offer into a Tx0. PROM_CATEGORY_BAD_INPUT when key or x is not the offer's;
 * PROM_CATEGORY_MISUSE when there is no such input. */
PROM_MUST_USE prom_result prom_offer_engage(const prom_curve *curve, prom_arena *arena, const prom_offer_input *input,
                                            const prom_offer_secrets *secrets, prom_error *error);

/* A stake that A takes back to its payout key. */
typedef struct prom_withdrawal {
    const prom_bytes32 *p_txid;
    prom_amount stake;
    const prom_arbiter_terms *offer;
    uint32_t feerate; /* sat/vB */
} prom_withdrawal;

/* Makes the signed transaction of a withdrawal, which the chain accepts from the E-th block after the offer's on.
 * PROM_CATEGORY_BAD_INPUT when `key` is not the offer's, or the fee would leave dust. */
PROM_MUST_USE prom_result prom_offer_withdraw(const prom_curve *curve, prom_arena *arena, prom_tx **tx,
                                              const prom_withdrawal *withdrawal, const prom_key *key,
                                              const prom_bytes32 *auxiliary, prom_error *error);

/* An announcement: what a client must know of an offer, signed by A. `address` is where the arbiter's node listens. */
#define PROM_ADDRESS_MAX 255
typedef struct prom_announcement {
    prom_bytes32 p_txid;
    prom_arbiter_terms offer;
    prom_span address;
    prom_signature signature;
} prom_announcement;

/* Computes the tagged hash `prometheus/announcement` that A signs. */
PROM_MUST_USE prom_result prom_announcement_hash(prom_arena *arena, prom_bytes32 *hash,
                                                 const prom_announcement *announcement, prom_error *error);

/* Writes the bytes of an announcement. */
PROM_MUST_USE prom_result prom_announcement_write(prom_arena *arena, prom_span *bytes,
                                                  const prom_announcement *announcement, prom_error *error);
/* Reads exactly one; the address points into `bytes`. */
PROM_MUST_USE prom_result prom_announcement_read(prom_announcement *announcement, prom_span bytes, prom_error *error);

/* Succeeds when it is signed by its arbiter; PROM_CATEGORY_PEER when it is not. */
PROM_MUST_USE prom_result prom_announcement_signed(const prom_curve *curve, prom_arena *arena,
                                                   const prom_announcement *announcement, prom_error *error);

/* Checks the signature and that `output`, found on the chain at the announced outpoint, is the offer's: the stake a of
 * P in the script above. PROM_CATEGORY_PEER, with the reason, when it is not. */
PROM_MUST_USE prom_result prom_announcement_check(const prom_curve *curve, prom_arena *arena,
                                                  const prom_announcement *announcement, const prom_parameters *P,
                                                  const prom_tx_output *output, prom_error *error);

PROM_DECLARATIONS_END

#endif
