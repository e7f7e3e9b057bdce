/* The arbitration offer O: an arbiter's stake on the chain, and the statement that announces it. */
#ifndef PROMETHEUS_CONTRACT_OFFER_H
#define PROMETHEUS_CONTRACT_OFFER_H

#include <stdint.h>

#include "prometheus/base/declarations.h"
#include "prometheus/bitcoin/transaction.h"
#include "prometheus/contract/terms.h"

PROM_DECLARATIONS_BEGIN

/* Makes the scripts of the OP_RETURNs that name P: of an offer ("PRMO") and of a Tx0 ("PRMC"). */
PROM_MUST_USE prom_result prom_offer_mark(prom_arena *arena, prom_span *script, const prom_bytes32 *p_txid,
                                          prom_error *error);
PROM_MUST_USE prom_result prom_contract_mark(prom_arena *arena, prom_span *script, const prom_bytes32 *p_txid,
                                             prom_error *error);

#define PROM_OFFER_OUTPUTS 2
/* Makes the first outputs of a transaction that publishes an offer: the stake a of P as rawtr(Q), and the mark. It must
 * have no other OP_RETURN. PROM_CATEGORY_BAD_INPUT when Q is not on the curve. */
PROM_MUST_USE prom_result prom_offer_outputs(const prom_curve *curve, prom_arena *arena,
                                             prom_tx_output outputs[PROM_OFFER_OUTPUTS], const prom_bytes32 *p_txid,
                                             const prom_parameters *P, const prom_bytes32 *Q, prom_error *error);

/* An announcement: what a client must know of an offer, signed by Q. */
#define PROM_ADDRESS_MAX 255
typedef struct prom_announcement {
    prom_bytes32 p_txid;
    prom_outpoint offer;
    prom_bytes32 Q;        /* output key of the offer */
    prom_amount retainer;  /* the least rho that the arbiter asks for */
    prom_bytes32 node_key; /* of the arbiter's node */
    prom_span address;     /* where it listens */
    prom_signature signature;
} prom_announcement;

/* Computes the tagged hash `prometheus/announcement` that Q signs. */
PROM_MUST_USE prom_result prom_announcement_hash(prom_arena *arena, prom_bytes32 *hash,
                                                 const prom_announcement *announcement, prom_error *error);

/* Writes the bytes of an announcement; PROM_ADDRESS_MAX bytes of address at most. */
PROM_MUST_USE prom_result prom_announcement_write(prom_arena *arena, prom_span *bytes,
                                                  const prom_announcement *announcement, prom_error *error);
/* Reads exactly one; the address points into `bytes`. PROM_CATEGORY_PEER on anything else. */
PROM_MUST_USE prom_result prom_announcement_read(prom_announcement *announcement, prom_span bytes, prom_error *error);

/* Succeeds when it is signed by Q; PROM_CATEGORY_PEER when it is not. */
PROM_MUST_USE prom_result prom_announcement_signed(const prom_curve *curve, prom_arena *arena,
                                                   const prom_announcement *announcement, prom_error *error);

/* Checks the signature and that `output`, found on the chain at the announced outpoint, is the offer's: the stake a of
 * P as rawtr(Q). PROM_CATEGORY_PEER, with the reason, when it is not. */
PROM_MUST_USE prom_result prom_announcement_check(const prom_curve *curve, prom_arena *arena,
                                                  const prom_announcement *announcement, const prom_parameters *P,
                                                  const prom_tx_output *output, prom_error *error);

PROM_DECLARATIONS_END

#endif
