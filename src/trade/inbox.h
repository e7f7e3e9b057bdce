/* Asks of others that wait for an answer. What they cost is bounded: of each link a few wait, and a few are taken in a
 * second; answers to all links together take a small part of a core; and links take turns, so that nobody waits for
 * those who ask too much. */
#ifndef TRADE_INBOX_H
#define TRADE_INBOX_H

#include "net/net.h"
#include "wire/quote.h"

/* Of one link: asks that wait, beyond which more are passed over; and those that are answered in a second, of which ten
 * seconds' can be used at once (net/quota.h). */
#define PROM_INBOX_WAITING_MAX 4U
#define PROM_INBOX_A_SECOND 2U
/* Microseconds of a second that answers to all links may take. One takes a fraction of a millisecond, and some
 * milliseconds where the wallet has thousands of coins. */
#define PROM_INBOX_MICROSECONDS_A_SECOND 50000U

typedef struct prom_inbox prom_inbox;

/* Makes an inbox; NULL when there is no memory. */
prom_inbox *prom_inbox_new(int64_t now);
void prom_inbox_free(prom_inbox *inbox); /* NULL is fine */

/* Puts an ask in that came over a link, at `now` of prom_clock_milliseconds. Returns whether it will be taken: false
 * when the link has asked too much. */
bool prom_inbox_put(prom_inbox *inbox, uint64_t link, const prom_ask *ask, int64_t now);
/* Takes the ask whose turn it is. Returns false when none waits, or those that do have to wait longer. */
bool prom_inbox_take(prom_inbox *inbox, uint64_t *link, prom_ask *ask, int64_t now);
/* Notes how long the answer took. */
void prom_inbox_spend(prom_inbox *inbox, uint64_t microseconds);
/* Forgets a link and what it has asked. */
void prom_inbox_drop(prom_inbox *inbox, uint64_t link);

#endif
