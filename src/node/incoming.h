/* What others pay to us and no block has yet: seen in the mempool of our own bitcoind, and kept in memory alone. It is
 * not ours. Nothing takes it, counts on it or adds it to what the wallet has; it is gone when it leaves the mempool,
 * be it for a block, for another transaction in its place, or for nothing. */
#ifndef NODE_INCOMING_H
#define NODE_INCOMING_H

#include "chain/watcher_thread.h"
#include "node/node.h"

/* Payments that are shown; of more nothing is told. */
#define PROM_INCOMING_MAX 256U

typedef struct prom_node_incoming {
    prom_bytes32 txid;
    uint32_t index;  /* of the first output that is ours */
    prom_amount sat; /* to us, of all its outputs */
} prom_node_incoming;

/* Looks at the mempool, in the watcher's thread, when it is time. */
void prom_node_look_at_mempool(prom_node *node);
/* Whether a job of that thread was such a look; and what came of it. */
bool prom_node_is_mempool_look(const prom_watcher_job *job);
void prom_node_mempool_seen(prom_node *node, const prom_watcher_job *job);
void prom_node_drop_incoming(prom_node *node);

/* Takes one transaction that the mempool has: what pays us, and is no payment or contract of our own, is shown from
 * then on. */
void prom_node_note_incoming(prom_node *node, const prom_tx *tx, const prom_bytes32 *txid);

/* Lists what there is and no block has, as far as blocks were taken, in the arena. */
PROM_MUST_USE prom_result prom_node_list_incoming(const prom_node *node, prom_arena *arena,
                                                  const prom_node_incoming **list, size_t *count, prom_error *error);

#endif
