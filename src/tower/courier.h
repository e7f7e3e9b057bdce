/* Brings the arbiters what an appeal is won with, when the worker itself may be away: h_p, what the worker signed, the
 * receipts. To them a tower is nobody: what it brings proves itself.
 *
 *   accused   links are opened, so that it is known who can be reached
 *   appealed  once TxA is in a block: all of it to each arbiter, again until it is acknowledged or D_0 is over */
#ifndef TOWER_COURIER_H
#define TOWER_COURIER_H

#include "tower/watch.h"

typedef struct prom_tower_courier prom_tower_courier;

typedef struct prom_tower_courier_options {
    const prom_curve *curve;
    const prom_chain_parameters *network;
    const prom_tower_contract *contracts;
    size_t count;
    void *context;
    /* An arbiter has acknowledged all that a contract's appeal is won with. */
    void (*brought)(void *context, size_t contract, size_t arbiter);
} prom_tower_courier_options;

/* Makes one, with a key of its own, which is as good as any. Fails as prom_net_new. */
PROM_MUST_USE prom_result prom_tower_courier_new(prom_tower_courier **courier,
                                                 const prom_tower_courier_options *options, prom_error *error);
/* Ends its links; NULL is fine. */
void prom_tower_courier_free(prom_tower_courier *courier);

/* Says what is due at this tip, takes what has come, and waits for more, for at most so many milliseconds. */
PROM_MUST_USE prom_result prom_tower_courier_turn(prom_tower_courier *courier, uint32_t tip, int milliseconds,
                                                  prom_error *error);

/* Returns how many arbiters of a contract had a link with us in the last ten minutes. */
size_t prom_tower_courier_reached(prom_tower_courier *courier, size_t contract);
/* Returns how many must be reached before an appeal is safe: among so many one keeps the rules, and tells the others.
 */
size_t prom_tower_courier_needed(const prom_tower_contract *contract);

#endif
