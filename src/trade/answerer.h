/* Answers asks of others as the owner's policy says, and holds contracts that are proposed to the same policy: the
 * judge of a node, and a guest of it. What it says follows from the node's channels, coins and chain at the moment of
 * the question; a quote reserves nothing. */
#ifndef TRADE_ANSWERER_H
#define TRADE_ANSWERER_H

#include "market/policy.h"
#include "node/guest.h"

typedef struct prom_answerer prom_answerer;

/* What the owner sells, beside what the node itself is told (roles, limits, most contracts). */
typedef struct prom_selling {
    prom_rates rates[PROM_ROLES]; /* of W and V: the others' mean nothing */
    prom_machine machine;
    prom_standing_caps standing; /* caps: on what it buys too */
    uint32_t quote_blocks;       /* that a quote is good for */
    prom_key_list accepted;      /* as in prom_policy */
    prom_key_list allowed;
    prom_key_list denied;
} prom_selling;

/* Earlier rates that are still good for those who were told them: of so many changes within quote_blocks. */
#define PROM_ANSWERER_EARLIER_MAX 4U

/* Makes an answerer, guest and judge of the node, to be closed after it. What it is given is copied. Fails when the
 * machine has no memory, or the node no room (PROM_CATEGORY_MISUSE); `answerer` is NULL then. */
PROM_MUST_USE prom_result prom_answerer_open(prom_answerer **answerer, prom_node *node, const prom_selling *selling,
                                             prom_error *error);
void prom_answerer_close(prom_answerer *answerer); /* NULL is fine */

/* Takes other terms of business for what comes. For whoever was told lower rates these hold as long as a quote does.
 * After a failure, for want of memory, those before hold on. */
PROM_MUST_USE prom_result prom_answerer_set(prom_answerer *answerer, const prom_selling *selling, prom_error *error);

/* What became of asks since the start. */
typedef struct prom_answerer_told {
    uint64_t asks;                        /* that came */
    uint64_t quoted;                      /* answered with a price */
    uint64_t refused;                     /* answered with reasons */
    uint64_t unanswered;                  /* passed over: the link has asked too much, or takes nothing */
    uint64_t reasons[PROM_REASONS_KNOWN]; /* how often each was one of those of a refusal */
} prom_answerer_told;
prom_answerer_told prom_answerer_tell(const prom_answerer *answerer);

/* Returns what the owner sells now; its lists live until the next prom_answerer_set. */
const prom_selling *prom_answerer_selling(const prom_answerer *answerer);

#endif
