/* Payments: transactions that the owner of a node alone wants. Each is on the disk before anybody else sees it, and is
 * in every round of publications (publish.c) until a block has it, or something that conflicts with it. What has become
 * of it the chain says, at every moment: a reorganisation needs no word. */
#ifndef NODE_PAYMENTS_H
#define NODE_PAYMENTS_H

#include "node/node.h"
#include "prometheus/contract/offer.h"
#include "wallet/spend.h"

/* Blocks on a payment, or on what conflicts with it, after which it is not looked at again. */
#define PROM_NODE_PAYMENT_DEPTH 100U

/* What for. As the store has it: append only. */
typedef enum prom_own_purpose {
    PROM_OWN_PARAMETERS, /* publishes a P */
    PROM_OWN_OFFER,      /* makes an offer, out of another one where it is renewed */
    PROM_OWN_WITHDRAWAL, /* spends an offer to ourselves */
    PROM_OWN_PAYMENT,    /* pays to addresses */
    PROM_OWN_PURPOSES,
} prom_own_purpose;

/* Returns the purpose in one word: "P", "offer", "withdrawal", "payment". */
const char *prom_own_name(prom_own_purpose purpose);

typedef enum prom_payment_how {
    PROM_PAY_DRY,  /* nothing is signed, and nothing changed */
    PROM_PAY_SEND, /* signed by the wallet's keys, and sent */
    PROM_PAY_PSBT, /* written down, to be signed elsewhere and given to prom_node_take_psbt */
} prom_payment_how;

typedef struct prom_node_payee {
    const char *address;
    prom_amount amount;
} prom_node_payee;

typedef struct prom_node_withdrawal {
    const prom_node_payee *payees;
    size_t payee_count;
    bool all;         /* the one payee gets all that is free; the amount that stands there does not count */
    uint32_t feerate; /* sat for 1000 vB; 0: what the next blocks ask for, as bitcoind says */
    prom_amount fee_max;
    prom_payment_how how;
} prom_node_withdrawal;

/* A stake, to be locked in an offer to arbitrate contracts of P. */
typedef struct prom_node_stake {
    prom_bytes32 p_txid;
    const prom_parameters *P;
    const prom_spend_coin *coins; /* somebody else's, who signs them (PROM_PAY_PSBT); NULL: the wallet's free ones */
    size_t coin_count;
    const char *change; /* the address that gets what is left of those; NULL: the wallet's */
    uint32_t feerate;   /* as above */
    prom_amount fee_max;
    prom_payment_how how;
} prom_node_stake;

typedef struct prom_node_paid {
    prom_bytes32 txid;
    prom_amount fee;
    prom_amount change; /* 0: none */
    size_t vsize;
    size_t input_count;
    const char *psbt; /* PROM_PAY_PSBT: in base 64; else NULL */
    prom_bytes32 key; /* of a stake: Q, which is the wallet's */
    uint32_t number;  /* of its keys */
} prom_node_paid;

/* Pays, or says what it would cost. What is in `paid` lies in the arena. PROM_CATEGORY_BAD_INPUT, with what is wrong:
 * an address, free coins that do not suffice, a fee above what it may be, no feerate; PROM_CATEGORY_IO when the disk
 * refuses: then nothing was sent. */
PROM_MUST_USE prom_result prom_node_withdraw(prom_node *node, prom_arena *arena, prom_node_paid *paid,
                                             const prom_node_withdrawal *withdrawal, prom_error *error);
PROM_MUST_USE prom_result prom_node_stake_coins(prom_node *node, prom_arena *arena, prom_node_paid *paid,
                                                const prom_node_stake *stake, prom_error *error);
/* Takes a PSBT, in base 64, that went out and comes back signed: its signatures alone count. The payment is on the disk
 * and sent then. PROM_CATEGORY_BAD_INPUT when none such went out, it is not signed by all, a signature does not hold,
 * or one of our coins that it spends is not free any more. */
PROM_MUST_USE prom_result prom_node_take_psbt(prom_node *node, prom_arena *arena, prom_node_paid *paid,
                                              const char *psbt, prom_error *error);

/* What the chain says of a payment. */
typedef enum prom_payment_fate {
    PROM_PAYMENT_WAITS,
    PROM_PAYMENT_MINED,
    PROM_PAYMENT_REPLACED, /* a block has another transaction that spends one of its coins */
} prom_payment_fate;

/* A payment that is signed, and not yet so deep in a block that it is over. */
typedef struct prom_node_payment {
    prom_arena *arena; /* of what follows */
    prom_own_purpose purpose;
    prom_bytes32 txid;
    prom_tx *tx;
    prom_span bytes;
    prom_amount fee;
} prom_node_payment;

/* Returns what became of it, as far as blocks have been processed, and the height of the block that says so. */
prom_payment_fate prom_node_fate_of(const prom_node *node, const prom_node_payment *payment, uint32_t *height);

/* Reads the payments from the store, and the announcements of their offers; and frees them. */
PROM_MUST_USE prom_result prom_node_load_payments(prom_node *node, prom_error *error);
void prom_node_drop_payments(prom_node *node);
/* Writes one, in a transaction of the store, with the date; one that is signed is published from then on. Fails as the
 * store does: then no number is taken. */
PROM_MUST_USE prom_result prom_node_keep_payment(prom_node *node, prom_store_payment *payment, prom_error *error);
/* Forgets those that are so deep in a block that nothing undoes it; the store keeps them. */
void prom_node_end_payments(prom_node *node);
/* Returns whether a payment that waits for a block spends the coin. */
bool prom_node_is_paid_away(const prom_node *node, const prom_outpoint *outpoint);
/* Returns whether an output of this script is the wallet's. */
bool prom_node_is_own_script(const prom_node *node, prom_span script);

#endif
