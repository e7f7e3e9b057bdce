/* A node's part in the market: what stands above it for that, opened and closed together. */
#ifndef TRADE_TRADE_H
#define TRADE_TRADE_H

#include "contacts/contacts.h"
#include "system/log.h"
#include "trade/answerer.h"
#include "trade/jobs.h"

typedef struct prom_trade prom_trade;

typedef struct prom_trade_options {
    prom_node *node;
    const char *folder;            /* of the node */
    prom_contacts *contacts;       /* who is known; NULL: whom the owner names alone */
    const prom_answerer *answerer; /* what the machine does; NULL: that is not known */
    prom_log *log;
} prom_trade_options;

/* Opens it all. `trade` is NULL after a failure. */
PROM_MUST_USE prom_result prom_trade_open(prom_trade **trade, const prom_trade_options *options, prom_error *error);
/* Closes it, after the node; NULL is fine. */
void prom_trade_close(prom_trade *trade);

/* Returns the owner's jobs. */
prom_jobs *prom_trade_jobs(prom_trade *trade);

#endif
