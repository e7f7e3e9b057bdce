/* How contracts go on and end, as far as the chain shows it; docs/protocol.md, section 4. */
#ifndef CONTRACT_INDEX_ENDINGS_H
#define CONTRACT_INDEX_ENDINGS_H

#include "prometheus/contract/index.h"
#include "prometheus/contract/payout.h"

/* What a transaction of a block does to the output that holds a contract's deposits. */
struct index_spend {
    prom_index_way way; /* 0: it takes the spend back */
    uint32_t height;
    prom_bytes32 txid;
    prom_amount reward; /* as in the record */
};

/* Returns whether output 0 of the record holds a contract's deposits. */
bool prom_index_is_lock(const prom_index_record *record);

/* Tells the way in which `tx` spends the output 0 of a lock, and the reward that it shows. */
void prom_index_find_way(const prom_index *index, struct index_spend *spend, const prom_index_record *lock,
                         const prom_tx *tx);

/* Writes down how a lock was spent. */
void prom_index_set_way(prom_index_record *lock, const struct index_spend *spend);

/* Sets `record` to what a spend of `lock` makes, TxV0 or TxA. Returns false when it makes none. */
bool prom_index_moves(prom_index_record *record, const prom_index_record *lock, const struct index_spend *spend,
                      const prom_tx *tx);

/* Returns whether an index whose next block is at that height can hold the lock. */
bool prom_index_lock_is_possible(const prom_index_record *record, uint32_t next_height);

#endif
