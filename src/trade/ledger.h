/* What this node's jobs that have ended have cost, and what they have seen of each worker: read from the database once,
 * and kept in memory. */
#ifndef TRADE_LEDGER_H
#define TRADE_LEDGER_H

#include "market/reputation.h"
#include "store/record.h"

typedef struct prom_ledger prom_ledger;

/* Nodes that it tells apart; of later ones it knows nothing. */
#define PROM_LEDGER_NODES_MAX 4096U
/* Blocks that a day has. */
#define PROM_LEDGER_DAY 144U

/* Reads all jobs that have ended; what cannot be read is passed over. `ledger` is NULL after a failure: of the store,
 * or PROM_CATEGORY_MEMORY. */
PROM_MUST_USE prom_result prom_ledger_open(prom_ledger **ledger, prom_store *store, prom_error *error);
void prom_ledger_close(prom_ledger *ledger); /* NULL is fine */

/* Adds a job that has ended, once. */
void prom_ledger_add(prom_ledger *ledger, const prom_market_job *job);

/* Adds what is known of the node to both. */
void prom_ledger_of(const prom_ledger *ledger, prom_history *history, prom_amount *spent, const prom_bytes32 *node);
/* Returns what jobs cost, fees counted in, that ended within a day before this tip: whatever was promised in that day
 * is of these, or of one that runs. */
prom_amount prom_ledger_day(const prom_ledger *ledger, uint32_t tip);

#endif
