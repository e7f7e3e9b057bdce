/* Payments: transactions that the owner of a node alone wants. Each is on the disk before anybody else sees it, and is
 * in every round of publications (publish.c) until a block has it, or something that conflicts with it. What has become
 * of it the chain says, at every moment: a reorganisation needs no word. */
#ifndef NODE_PAYMENTS_H
#define NODE_PAYMENTS_H

#include "node/node.h"

/* Blocks on a payment, or on what conflicts with it, after which it is not looked at again. */
#define PROM_NODE_PAYMENT_DEPTH 100U

/* What for. As the store has it: append only. */
typedef enum prom_own_purpose {
    PROM_OWN_PARAMETERS,   /* publishes a P */
    PROM_OWN_OFFER,        /* makes an offer, out of another one where it is renewed */
    PROM_OWN_WITHDRAWAL,   /* spends an offer to ourselves */
    PROM_OWN_PAYMENT,      /* pays to addresses */
    PROM_OWN_CANCELLATION, /* spends to ourselves what another one would pay */
    PROM_OWN_SPLIT,        /* makes coins of ours out of larger ones */
    PROM_OWN_PURPOSES,
} prom_own_purpose;

/* Returns the purpose in one word: "P", "offer", "withdrawal", "payment", "cancellation", "split". */
const char *prom_own_name(prom_own_purpose purpose);

typedef enum prom_pay_mode {
    PROM_PAY_DRY,  /* nothing is signed, and nothing changed */
    PROM_PAY_SEND, /* signed by the wallet's keys, and sent */
    PROM_PAY_PSBT, /* written down, to be signed elsewhere and given to prom_node_take_psbt */
} prom_pay_mode;

/* The greatest fee that is paid where the owner names none. */
#define PROM_PAY_FEE_MAX_SAT 100000U

/* How a payment is made. */
typedef struct prom_pay_options {
    uint32_t feerate; /* sat for 1000 vB; 0: what the next blocks ask for, as bitcoind says */
    prom_amount fee_max;
    prom_pay_mode mode;
} prom_pay_options;

/* What the chain says of a payment. */
typedef enum prom_payment_fate {
    PROM_PAYMENT_WAITS,
    PROM_PAYMENT_OUTBID, /* so does a later one of ours that spends one of its coins: it is not sent any more */
    PROM_PAYMENT_MINED,
    PROM_PAYMENT_REPLACED, /* a block has another transaction that spends one of its coins */
    PROM_PAYMENT_UNREAD,   /* what is on the disk cannot be read: the backup has it */
} prom_payment_fate;

/* Returns the fate in one word: "waits", "outbid", "mined", "replaced", "unreadable". */
const char *prom_payment_fate_name(prom_payment_fate fate);

/* What a payment is, or would be, and costs. */
typedef struct prom_node_paid {
    uint32_t number; /* of its keys, from 0 on */
    prom_own_purpose purpose;
    prom_bytes32 txid;
    prom_span bytes; /* of the signed transaction; empty where nobody has signed it here */
    prom_amount fee;
    prom_amount locks;  /* in the offer that it makes; it can be withdrawn */
    prom_amount change; /* what comes back to us */
    size_t vsize;
    size_t input_count;
    const char *psbt; /* PROM_PAY_PSBT: in base 64; else NULL */
    bool before;      /* it was made before, with this reference, and nothing is paid now */
    prom_payment_fate fate;
    uint32_t height; /* of the block that says so; 0: none does */
} prom_node_paid;

/* A payment that is signed, and not yet so deep in a block that it is over. */
typedef struct prom_node_payment {
    prom_arena *arena; /* of what follows */
    uint32_t number;   /* of its keys: a later one has a greater one */
    prom_own_purpose purpose;
    prom_bytes32 txid;
    prom_tx *tx;
    prom_span bytes;
    prom_amount fee;
} prom_node_payment;

/* Returns whether two payments spend one coin, so that no chain has both. */
bool prom_node_payments_conflict(const prom_node_payment *a, const prom_node_payment *b);
/* Returns what became of it, as far as blocks have been processed, and the height of the block that says so. */
prom_payment_fate prom_node_fate_of(const prom_node *node, const prom_node_payment *payment, uint32_t *height);

/* Reads the payments from the store, and the announcements of their offers; and frees them. Of one that cannot be read
 * the owner is told; the others are published, and nothing new is paid (prom_node_check_paying). */
PROM_MUST_USE prom_result prom_node_load_payments(prom_node *node, prom_error *error);
void prom_node_drop_payments(prom_node *node);
/* Writes one, in a transaction of the store, with the date; one that is signed is published from then on. Fails as the
 * store does: then no number is taken. */
PROM_MUST_USE prom_result prom_node_keep_payment(prom_node *node, prom_store_payment *payment, prom_error *error);
/* Succeeds when a payment with the keys of that number may be made: all blocks are read, every channel and every
 * payment of the store too, so that no coin that they spend is taken for a free one, and the disk and the backup take
 * what is new. PROM_CATEGORY_BAD_INPUT, with what stands against it and what to do. A channel that a failed step left
 * is read again for that. */
PROM_MUST_USE prom_result prom_node_check_paying(prom_node *node, uint32_t number, prom_error *error);
/* Succeeds when a wallet that is made anew of the words finds what the payment of that number pays back to it: it looks
 * for the keys of PROM_COINS_OWN numbers behind the last one that a block has paid to. `pays_back`: whether it is sure
 * to pay to its keys; one that does not, or may never be signed, leaves half of these numbers to others. Else
 * PROM_CATEGORY_BAD_INPUT, with what to do. */
PROM_MUST_USE prom_result prom_node_check_gap(const prom_node *node, uint32_t number, bool pays_back,
                                              prom_error *error);
/* Forgets those that are so deep in a block that nothing undoes it; the store keeps them. */
void prom_node_end_payments(prom_node *node);
/* Returns whether a payment spends the coin that waits for a block, or that another in a block has taken the place of,
 * until that is PROM_NODE_PAYMENT_DEPTH deep: if its block is undone, the payment waits again. */
bool prom_node_is_paid_away(const prom_node *node, const prom_outpoint *outpoint);
/* Returns whether an output of this script is the wallet's. */
bool prom_node_is_own_script(const prom_node *node, prom_span script);

#endif
