/* What the owner asks other nodes, and what they have answered: for who comes back for the answer later. The last ones
 * are kept, in memory. */
#ifndef TRADE_INQUIRIES_H
#define TRADE_INQUIRIES_H

#include "node/guest.h"

typedef struct prom_inquiries prom_inquiries;

/* Kept; a new one takes the place of the oldest. */
#define PROM_INQUIRIES_MAX 64U

typedef enum prom_inquiry_state {
    PROM_INQUIRY_WAITS,
    PROM_INQUIRY_QUOTED,
    PROM_INQUIRY_FAILED,
} prom_inquiry_state;

typedef struct prom_inquiry {
    prom_bytes32 id; /* hash of the ask */
    prom_bytes32 node;
    prom_ask ask;
    prom_inquiry_state state;
    prom_quote quote; /* QUOTED */
    char why[160];    /* FAILED */
} prom_inquiry;

/* Opens them for a node, with an asker of their own: to be closed after the node. As prom_asker_open. */
PROM_MUST_USE prom_result prom_inquiries_open(prom_inquiries **inquiries, prom_node *node, prom_error *error);
void prom_inquiries_close(prom_inquiries *inquiries); /* NULL is fine */

/* Asks as prom_asker_ask does, with a nonce of its own and for our chain; `id` names it from now on. The address, NULL
 * where there is a link, is the owner's, and may lead anywhere; PROM_CATEGORY_BAD_INPUT where it is none. */
PROM_MUST_USE prom_result prom_inquiries_ask(prom_inquiries *inquiries, prom_bytes32 *id, const prom_bytes32 *node,
                                             const prom_address *address, const prom_ask *ask, prom_error *error);
/* Returns the inquiry, until the next one is made or a turn of the node; NULL: it was none, or is forgotten. */
const prom_inquiry *prom_inquiries_find(const prom_inquiries *inquiries, const prom_bytes32 *id);

#endif
