/* Asks other nodes what they would take for a job: carries asks to them over links, and what they answer back, once it
 * is sure that it is an answer of theirs to that ask. A guest of a node; it keeps nothing on the disk, as neither ask
 * nor quote binds anybody.
 *
 *     prom_asker_ask ──> waits for a link ──> asked ──> quoted
 *                              │                      │
 *                 not reached ─┴── patience is over ──┴──> failed */
#ifndef TRADE_ASKER_H
#define TRADE_ASKER_H

#include "node/guest.h"

typedef struct prom_asker prom_asker;

/* How asking ends: each ask with one of these, once. They may ask anew. What they are given lives until they return. */
typedef struct prom_asker_events {
    void *context;
    /* The node has signed this answer to this ask: a price, or reasons. Numbers in it are what it says. */
    void (*quoted)(void *context, const prom_bytes32 *node, const prom_ask *ask, const prom_quote *quote);
    /* It was not reached, has not answered in time, or what came is not signed by it: `why` says which. */
    void (*failed)(void *context, const prom_bytes32 *node, const prom_ask *ask, const char *why);
} prom_asker_events;

/* Asks under way at once. */
#define PROM_ASKER_MAX 128U
/* How long a node has to be reached and to answer. */
#define PROM_ASKER_PATIENCE_MS 20000U

/* Makes an asker, a guest of the node: to be closed after it. `patience_ms` is from an ask to giving up on it. Fails
 * when the machine has no memory, or the node no room (PROM_CATEGORY_MISUSE); `asker` is NULL then. */
PROM_MUST_USE prom_result prom_asker_open(prom_asker **asker, prom_node *node, const prom_asker_events *events,
                                          uint32_t patience_ms, prom_error *error);
/* Frees it, without an event; NULL is fine. */
void prom_asker_close(prom_asker *asker);

/* Asks the node of that key. Without a link to it one is opened to `address`; where that is NULL there must be one.
 * PROM_CATEGORY_BAD_INPUT when the node is our own, the ask is none (role, items, sizes), there is no way to the node,
 * it is being asked just this, or PROM_ASKER_MAX asks are under way. */
PROM_MUST_USE prom_result prom_asker_ask(prom_asker *asker, const prom_bytes32 *node, const prom_address *address,
                                         const prom_ask *ask, prom_error *error);

/* Returns how many asks are under way. */
size_t prom_asker_count(const prom_asker *asker);

#endif
