/* Payments that publish a P, and make, renew and withdraw arbitration offers (docs/protocol.md, sections 2 and 4). */
#ifndef NODE_OWN_H
#define NODE_OWN_H

#include "node/payments.h"

/* What a transaction is, or would be, and costs. */
typedef struct prom_own_tx {
    uint32_t number; /* of its keys, from 0 on */
    prom_own_purpose purpose;
    prom_bytes32 txid;
    prom_span bytes;
    prom_amount fee;
    prom_amount locks;  /* in the offer that it makes; it can be withdrawn */
    prom_amount change; /* what comes back */
    size_t vsize;
    prom_payment_fate fate;
    uint32_t height; /* of the block that says so; 0: it waits */
} prom_own_tx;

/* How it is made. */
typedef struct prom_own_wish {
    uint32_t feerate; /* sat/vB, 1 to PROM_OWN_FEERATE_MAX */
    bool dry_run;     /* nothing is written or published */
} prom_own_wish;
#define PROM_OWN_FEERATE_MAX 10000U

/* All of the following fail with PROM_CATEGORY_BAD_INPUT, and a sentence on what stands against it, where it cannot be
 * done: the node is not ready, the coins do not suffice, there is no such P or offer. `made` lies in the arena. */

/* Publishes P, whose bounds must hold on this chain. */
PROM_MUST_USE prom_result prom_node_publish_parameters(prom_node *node, prom_arena *arena, prom_own_tx *made,
                                                       const prom_parameters *P, const prom_own_wish *wish,
                                                       prom_error *error);

typedef struct prom_offer_wish {
    prom_bytes32 p_txid;
    prom_amount retainer; /* the least that is asked for */
    prom_own_wish how;
} prom_offer_wish;

/* Locks the stake a of a P in an offer with a key of its own, and signs the announcement that it can be asked by: for
 * whoever is an arbiter, and has an address. */
PROM_MUST_USE prom_result prom_node_make_offer(prom_node *node, prom_arena *arena, prom_own_tx *made,
                                               const prom_offer_wish *wish, prom_error *error);
/* Makes an offer out of another one of ours, which ends: with another key, and the age of a new one. So another
 * retainer, address or P is announced: of several announcements of one offer each asks by the one heard first. */
PROM_MUST_USE prom_result prom_node_renew_offer(prom_node *node, prom_arena *arena, prom_own_tx *made,
                                                const prom_outpoint *offer, const prom_offer_wish *wish,
                                                prom_error *error);
/* Spends an offer of ours to ourselves, that takes part in no setup. */
PROM_MUST_USE prom_result prom_node_withdraw_offer(prom_node *node, prom_arena *arena, prom_own_tx *made,
                                                   const prom_outpoint *offer, const prom_own_wish *wish,
                                                   prom_error *error);

/* Lists all that are signed, payments to addresses too, in the order of their numbers; the list and its spans live as
 * long as the arena. */
PROM_MUST_USE prom_result prom_node_list_own(const prom_node *node, prom_arena *arena, prom_own_tx **list,
                                             size_t *count, prom_error *error);

/* An offer of ours. */
typedef struct prom_own_offer {
    prom_announcement announcement; /* its address lives as long as the node */
    bool on_chain;
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
