/* What the owner of a node has it pay for: addresses, a P, arbitration offers (docs/protocol.md, sections 2 and 4); a
 * higher fee for what waits, or taking it back. */
#ifndef NODE_OWN_H
#define NODE_OWN_H

#include "node/payments.h"
#include "prometheus/contract/offer.h"
#include "wallet/spend.h"

/* All of the following fail with PROM_CATEGORY_BAD_INPUT, and a sentence on what stands against it, where it cannot be
 * done: blocks are left to be read, the free coins do not suffice, the fee is above what it may be, no feerate is
 * known, there is no such P, offer or payment; with PROM_CATEGORY_IO when the disk refuses: then nothing was sent. What
 * is in `paid` lies in the arena. */

typedef struct prom_node_payee {
    const char *address;
    prom_amount amount;
} prom_node_payee;

typedef struct prom_node_withdrawal {
    const prom_node_payee *payees;
    size_t payee_count;
    bool all; /* the one payee gets all that is free; the amount that stands there does not count */
    prom_pay_options how;
    /* The owner's, 1 to PROM_NODE_REFERENCE_MAX bytes: whoever asks again with it gets the payment that was made first,
     * so that asking again is safe whatever became of the answer. NULL: none. */
    const char *reference;
} prom_node_withdrawal;
#define PROM_NODE_REFERENCE_MAX 64U

/* Pays to addresses. It fails too when the reference is that of a payment to somebody else, or of another amount. */
PROM_MUST_USE prom_result prom_node_withdraw(prom_node *node, prom_arena *arena, prom_node_paid *paid,
                                             const prom_node_withdrawal *withdrawal, prom_error *error);
/* Takes a PSBT, in base 64, that went out and comes back signed: its signatures alone count. The payment is on the disk
 * and sent then. It fails too when none such went out, it is not signed by all, a signature does not hold, or one of
 * our coins that it spends is not free any more. */
PROM_MUST_USE prom_result prom_node_take_psbt(prom_node *node, prom_arena *arena, prom_node_paid *paid,
                                              const char *psbt, prom_error *error);

/* Publishes P, whose bounds must hold on this chain. */
PROM_MUST_USE prom_result prom_node_publish_parameters(prom_node *node, prom_arena *arena, prom_node_paid *paid,
                                                       const prom_parameters *P, const prom_pay_options *options,
                                                       prom_error *error);

typedef struct prom_offer_wish {
    prom_bytes32 p_txid;
    prom_amount retainer;         /* the least that is asked for */
    const prom_spend_coin *coins; /* somebody else's, who signs them (PROM_PAY_PSBT); NULL: the wallet's free ones */
    size_t coin_count;
    const char *change; /* the address that gets what is left of those; NULL: the wallet's */
    prom_pay_options how;
} prom_offer_wish;

/* Locks the stake a of a P in an offer with a key of its own, and signs the announcement that it can be asked by: for
 * whoever is an arbiter, and has an address. */
PROM_MUST_USE prom_result prom_node_make_offer(prom_node *node, prom_arena *arena, prom_node_paid *paid,
                                               const prom_offer_wish *wish, prom_error *error);
/* Makes an offer out of another one of ours, which ends: with another key, and the age of a new one. So another
 * retainer, address or P is announced: of several announcements of one offer each asks by the one heard first. */
PROM_MUST_USE prom_result prom_node_renew_offer(prom_node *node, prom_arena *arena, prom_node_paid *paid,
                                                const prom_outpoint *offer, const prom_offer_wish *wish,
                                                prom_error *error);
/* Spends an offer of ours to ourselves, that takes part in no setup. */
PROM_MUST_USE prom_result prom_node_withdraw_offer(prom_node *node, prom_arena *arena, prom_node_paid *paid,
                                                   const prom_outpoint *offer, const prom_pay_options *options,
                                                   prom_error *error);

/* Makes a payment of ours that waits for a block anew, with a higher fee (BIP 125): it pays the same, spends all its
 * coins that are still there, and others where that does not suffice, and is another transaction. So a P and an offer
 * get another name: until a block has one of them nobody can use either. A coin that is in no block any more is left
 * out; it fails when then the old one could be mined beside the new one. PROM_PAY_PSBT is not for this. */
PROM_MUST_USE prom_result prom_node_bump_payment(prom_node *node, prom_arena *arena, prom_node_paid *paid,
                                                 const prom_bytes32 *txid, const prom_pay_options *options,
                                                 prom_error *error);
/* Takes a payment of ours that waits for a block back: its coins that are still there are spent to ourselves, for a
 * higher fee. It may be mined all the same: what becomes of both the chain says. It fails for what spends an offer,
 * which would end by that, too. */
PROM_MUST_USE prom_result prom_node_cancel_payment(prom_node *node, prom_arena *arena, prom_node_paid *paid,
                                                   const prom_bytes32 *txid, const prom_pay_options *options,
                                                   prom_error *error);

/* Lists all payments that are signed, in the order of their numbers, with their fates; the list and its spans live as
 * long as the arena. */
PROM_MUST_USE prom_result prom_node_list_own(const prom_node *node, prom_arena *arena, prom_node_paid **list,
                                             size_t *count, prom_error *error);

/* An offer of ours. */
typedef struct prom_own_offer {
    prom_announcement announcement; /* its address lives as long as the node */
    bool on_chain;
    bool waits; /* no block has it, and the payment that makes it is sent */
    prom_amount value;
    uint32_t height; /* of its block, where it is on the chain */
    prom_offer_fate fate;
    prom_bytes32 spent_by; /* by this transaction, where it is spent */
    bool engaged;          /* a channel of ours takes part in a setup with it */
    bool leaving;          /* a transaction of ours that spends it waits for a block */
} prom_own_offer;

/* Lists our offers, those that we made and those that the options named, in that order. */
PROM_MUST_USE prom_result prom_node_list_offers(const prom_node *node, prom_arena *arena, prom_own_offer **list,
                                                size_t *count, prom_error *error);

#endif
