/* What the wallet has, what of it is for what, and how it came and went: all of it follows from the coins that the
 * chain says are ours, the channels, and the payments. */
#ifndef NODE_MONEY_H
#define NODE_MONEY_H

#include "node/coins.h"
#include "node/node.h"

typedef enum prom_coin_use {
    PROM_COIN_FREE,
    PROM_COIN_STAKED,   /* in an offer */
    PROM_COIN_LOCKED,   /* named to others as an input of a Tx0 that is in no block */
    PROM_COIN_RESERVED, /* kept for the fees of a contract */
    PROM_COIN_PAID,     /* spent by a payment of ours that is in no block (prom_node_is_paid_away) */
    PROM_COIN_IMMATURE, /* of a coinbase that may not be spent yet */
} prom_coin_use;

/* Returns the use in one word: "free", "staked", "locked", "reserved", "paid", "immature". */
const char *prom_coin_use_name(prom_coin_use use);

/* Returns what an unspent coin is for; `channel` is the contract's number, or 0. */
prom_coin_use prom_node_use_of(const prom_node *node, const prom_wallet_coin *coin, uint64_t *channel);

/* PROM_CATEGORY_BAD_INPUT when the node lacks blocks, so that nobody knows what the wallet has (address.c). */
PROM_MUST_USE prom_result prom_node_check_read(const prom_node *node, prom_error *error);

/* Visits the unspent coins from place `first` on, oldest first, until all are seen or `visit` returns false. Returns
 * the place of the one behind the last that was visited; 0: there is none. */
typedef bool (*prom_coin_visit)(void *context, const prom_wallet_coin *coin, prom_coin_use use, uint64_t channel);
size_t prom_node_coin_each(const prom_node *node, size_t first, prom_coin_visit visit, void *context);

typedef struct prom_balance {
    prom_amount free;
    prom_amount staked;
    prom_amount locked; /* with what Tx0s of contracts hold that are not settled */
    prom_amount reserved;
    prom_amount pending; /* what payments of ours that are in no block pay back to us, or no longer take */
    prom_amount immature;
    prom_amount total; /* of all these */
} prom_balance;

/* Writes what the wallet has, as far as blocks have been processed. What others pay to it counts when a block has it.
 */
void prom_node_balance(const prom_node *node, prom_balance *balance);

#endif
