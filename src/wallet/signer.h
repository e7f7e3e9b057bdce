/* The signer keeps the keys of one party. It signs for a purpose (prometheus/channel/want.h), and has a journal in the
 * store: for one channel, batch, purpose and detail it signs one hash, ever, and the line is on the disk before the
 * signature leaves. So whatever a channel asks for, after whatever crash, nobody gets two receipts, two votes or two
 * verdicts of ours. In a channel that was restored from a backup, whose journal may lack lines, it signs nothing at
 * all. What is signed already needs no signer to be published.
 *
 * The same hash again gives the same signature: the auxiliary data of BIP 340 is zero. */
#ifndef WALLET_SIGNER_H
#define WALLET_SIGNER_H

#include "prometheus/channel/want.h"
#include "prometheus/contract/signing.h"
#include "store/journal.h"
#include "wallet/wallet.h"

/* Returns the purpose in words, as "verdict". */
const char *prom_purpose_name(prom_purpose purpose);

typedef struct prom_wallet_signer {
    const prom_wallet *wallet;
    prom_store *store;
} prom_wallet_signer;

typedef enum prom_signer_outcome {
    PROM_SIGNER_DONE,
    PROM_SIGNER_ANOTHER,  /* refused: another hash was signed for this */
    PROM_SIGNER_RESTORED, /* refused: the channel was restored from a backup */
    PROM_SIGNER_UNKNOWN,  /* refused: the store knows no such channel */
} prom_signer_outcome;

typedef struct prom_signer_request {
    prom_purpose purpose;
    uint64_t channel;
    uint16_t batch;
    prom_bytes32 detail; /* of a verdict not looked at: there is one for each batch */
    prom_bytes32 hash;
    prom_signer_outcome outcome;
    prom_signature signature; /* zero, but where the outcome is PROM_SIGNER_DONE */
} prom_signer_request;

/* Signs what may be signed of `count` requests, with one transaction of the store for all; each has its own outcome. No
 * transaction may be open. After a failure nothing was signed: PROM_CATEGORY_IO when the journal could not be written
 * (see prom_store_is_full), PROM_CATEGORY_MEMORY, PROM_CATEGORY_MISUSE, for a purpose that no hash is signed for too.
 */
PROM_MUST_USE prom_result prom_signer_sign_all(const prom_wallet_signer *signer, prom_signer_request *requests,
                                               size_t count, prom_error *error);

/* Signs one request; what is refused is PROM_CATEGORY_BROKEN, with a sentence. */
PROM_MUST_USE prom_result prom_signer_sign(const prom_wallet_signer *signer, prom_signer_request *request,
                                           prom_error *error);

/* Signs a word about a seat, whose hash prom_signer_sign_all has signed, with every key that an arbiter brings to the
 * channel's contract, in the order of prom_seat_key. */
PROM_MUST_USE prom_result prom_signer_prove_keys(const prom_wallet_signer *signer, prom_arena *arena,
                                                 prom_span *signatures, uint64_t channel, const prom_bytes32 *hash,
                                                 prom_error *error);

/* Does all but the signature, for what is signed elsewhere: a share of a decision, whose detail is the nonce that it is
 * made with and whose hash all that it signs. */
PROM_MUST_USE prom_result prom_signer_permit(const prom_wallet_signer *signer, prom_signer_request *request,
                                             prom_error *error);

/* An own input of Tx0. */
typedef struct prom_signer_input {
    size_t index;          /* in Tx0 */
    prom_wallet_path path; /* of the coin's key */
    prom_signature signature;
} prom_signer_input;

/* Signs the own inputs of Tx0, which spends `spent`. When a seat is lost after that there is another Tx0 with the same
 * coins, of which only one can be confirmed: so any number of them is signed. */
typedef struct prom_signer_tx0 {
    uint64_t channel;
    const prom_tx *tx;
    const prom_tx_output *spent; /* by each input */
    prom_signer_input *inputs;
    size_t count;
} prom_signer_tx0;
PROM_MUST_USE prom_result prom_signer_sign_tx0(const prom_wallet_signer *signer, prom_arena *arena,
                                               const prom_signer_tx0 *tx0, prom_error *error);

/* Calls prom_signing_give_nonces for an attempt that was begun, with the joint key, the own-words key and fresh
 * randomness; and prom_signing_give_partials. Of the request channel and detail count,
 * which names the contract and the attempt. The message must be on the disk before it is sent. */
PROM_MUST_USE prom_result prom_signer_give_nonces(const prom_wallet_signer *signer, prom_arena *arena,
                                                  prom_signing *signing, prom_span *message,
                                                  const prom_signer_request *request, prom_error *error);
PROM_MUST_USE prom_result prom_signer_give_partials(const prom_wallet_signer *signer, prom_arena *arena,
                                                    prom_signing *signing, prom_span *message,
                                                    const prom_signer_request *request, prom_error *error);

#endif
