/* How the wallet's money came and went, as rows. They follow from the coins that blocks have given and taken, from the
 * channels and from the payments: nothing is kept for them, and a folder that is made anew has the same rows, but for
 * the fees of payments and the names of contracts. */
#ifndef NODE_HISTORY_H
#define NODE_HISTORY_H

#include "node/node.h"

typedef enum prom_history_kind {
    PROM_HISTORY_RECEIVED,     /* somebody paid us */
    PROM_HISTORY_MINED,        /* a coinbase did */
    PROM_HISTORY_PAYMENT,      /* of our own, to addresses */
    PROM_HISTORY_P,            /* of our own, with a P */
    PROM_HISTORY_OFFER,        /* of our own, that made an offer: its stake stays in the wallet's balance */
    PROM_HISTORY_WITHDRAWAL,   /* of an offer */
    PROM_HISTORY_CANCELLATION, /* of a payment */
    PROM_HISTORY_SPLIT,        /* of coins, for contracts: its fee alone is gone */
    PROM_HISTORY_DEPOSIT,      /* what Tx0 of a contract took */
    PROM_HISTORY_PAYOUT,       /* what a contract paid */
    PROM_HISTORY_FEES,         /* of a contract's transaction, paid by a child of it */
    PROM_HISTORY_SPENT,        /* by anything else: an older payment, or somebody with the same words */
} prom_history_kind;

/* Returns the kind in one word: "received", "mined", "payment", "P", "offer", "withdrawal", "cancellation",
 * "split", "deposit", "payout", "fees", "spent". */
const char *prom_history_kind_name(prom_history_kind kind);

/* One transaction. */
typedef struct prom_history_row {
    uint32_t height; /* of its block; 0: it is in none */
    prom_bytes32 txid;
    prom_history_kind kind;
    bool loss; /* the wallet has less by `amount`, else more */
    prom_amount amount;
    prom_amount fee;      /* of a payment, in `amount`; else invalid */
    prom_amount balance;  /* of all coins, after it */
    const char *contract; /* the name of its channel, or "" */
} prom_history_row;

/* Lists all rows, oldest first and payments that wait for a block at the end, in the arena. Within a block what brings
 * money stands before what takes some. */
PROM_MUST_USE prom_result prom_node_history(const prom_node *node, prom_arena *arena, const prom_history_row **rows,
                                            size_t *count, prom_error *error);

/* Writes rows as CSV (RFC 4180), with a head: height, txid, what, amount, fee, balance, contract; amounts in sat, and
 * empty what is not known. No cell is taken for a formula by what opens the file. */
PROM_MUST_USE prom_result prom_history_csv(prom_arena *arena, prom_span *csv, const prom_history_row *rows,
                                           size_t count, prom_error *error);

#endif
