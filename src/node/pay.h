/* How a payment is made: one way for whatever the owner wants in a block. */
#ifndef NODE_PAY_H
#define NODE_PAY_H

#include "node/coins.h"
#include "node/own.h"

/* Everything a payment may be asked to do; what is left out is none. */
typedef struct prom_pay_order {
    prom_own_purpose purpose;
    const prom_tx_output *payees;
    size_t payee_count; /* 0: all that it spends goes to a key of our own */
    bool all;           /* the one payee gets all that it spends; the value that stands there does not count */
    bool in_order;      /* the payees' outputs are the first ones */
    const prom_wallet_coin *const *required; /* coins of ours that it spends in any case */
    size_t required_count;
    bool alone;                     /* and no others */
    const prom_spend_coin *foreign; /* somebody else's coins, in place of ours */
    size_t foreign_count;
    prom_span foreign_change;            /* the script that gets what is left of those; empty: a key of our own */
    prom_amount replaced;                /* fees of the payments that it takes the place of */
    const char *reference;               /* its owner's, NULL: none */
    const prom_announcement *announcing; /* its output 0 is this offer: P, Q and retainer are read */
} prom_pay_order;

/* Returns the number of the keys of the next payment (docs/keys.md). */
uint32_t prom_node_next_payment(const prom_node *node);

/* Finds the feerate of a payment, in sat for 1000 vB: what is `wanted`, or where that is 0, what the next blocks ask
 * for. PROM_CATEGORY_BAD_INPUT when that is not known yet, or it is too high. */
PROM_MUST_USE prom_result prom_node_find_feerate(const prom_node *node, uint32_t *feerate, uint32_t wanted,
                                                 prom_error *error);

/* Makes a payment: chooses coins, says what it costs, and, as the mode says, signs it, keeps it and has it sent, or
 * writes it down for a signer elsewhere. What is in `paid` lies in the arena. PROM_CATEGORY_BAD_INPUT as
 * prom_spend_plan and prom_node_check_paying; PROM_CATEGORY_IO when the disk refuses: then nothing was sent. */
PROM_MUST_USE prom_result prom_node_pay(prom_node *node, prom_arena *arena, prom_node_paid *paid,
                                        const prom_pay_order *order, const prom_pay_options *options,
                                        prom_error *error);

/* The same of an offer (own_make.c): `coins` says what it is paid with, and the wish all else. Fails also as
 * prom_node_make_offer does. */
PROM_MUST_USE prom_result prom_node_pay_offer(prom_node *node, prom_arena *arena, prom_node_paid *paid,
                                              const prom_pay_order *coins, const prom_offer_wish *wish,
                                              prom_error *error);

/* Finds a payment in the store: that of the reference, where it is not NULL, or of the txid. It is copied to the arena;
 * its reference is `reference`. Fails as the store does. */
PROM_MUST_USE prom_result prom_node_find_stored(const prom_node *node, prom_arena *arena, prom_store_payment *stored,
                                                bool *found, const char *reference, const prom_bytes32 *txid,
                                                prom_error *error);

/* Describes a payment of the store, or one that was just made, by its transaction. */
PROM_MUST_USE prom_result prom_node_describe_payment(const prom_node *node, prom_arena *arena, prom_node_paid *paid,
                                                     const prom_store_payment *stored, const prom_tx *tx,
                                                     prom_error *error);

#endif
