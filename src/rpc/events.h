/* What happens, as events for those who follow: reports of the node as they come, and what becomes of the owner's
 * money, which is looked for when blocks were processed. An event is an object, and docs/rpc.md (events.follow) tells
 * its members. */
#ifndef RPC_EVENTS_H
#define RPC_EVENTS_H

#include "rpc/method.h"

/* Returns the event of a report; NULL when memory ran out. */
json_t *prom_rpc_event(prom_rpc_host *host, const prom_report *report);

typedef struct prom_money_watch prom_money_watch;
/* Is handed each event of money, which stays the watch's; `alarming`: something may be lost. */
typedef void prom_money_hearer(void *context, json_t *event, bool alarming);

/* Begins to watch a node that was just opened: what it knows by now is told to nobody, but what is still
 * at risk; and what happened while it was off, as soon as its blocks are read. `watch` is NULL after a failure:
 * PROM_CATEGORY_MEMORY, or as the store says. */
PROM_MUST_USE prom_result prom_money_watch_open(prom_money_watch **watch, prom_rpc_host *host, prom_money_hearer *hear,
                                                void *context, prom_error *error);
void prom_money_watch_close(prom_money_watch *watch); /* NULL is fine */
/* Tells what has happened since: transactions that blocks have and that gave or took money of the wallet, contracts
 * that are settled, and those of which a transaction of ours is needed soon and in no block. After a reorganisation a
 * transaction within the last PROM_MONEY_WATCH_BLOCKS is told once, a settlement perhaps twice. Does nothing while the
 * tip stays, blocks are left to be read, or it looked less than a second ago. After a failure the next block tries
 * again. */
PROM_MUST_USE prom_result prom_money_watch_turn(prom_money_watch *watch, prom_error *error);
#define PROM_MONEY_WATCH_BLOCKS 144U

#endif
