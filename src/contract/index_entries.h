/* The index in memory: the records in the order of the chain, and a tree over their txids. */
#ifndef CONTRACT_INDEX_ENTRIES_H
#define CONTRACT_INDEX_ENTRIES_H

#include "prometheus/contract/index.h"

/* A record, and with it a node of a crit-bit tree over the txids: it is as deep as two txids have bits in common, so
 * nobody can make it deep without as much work. A link is twice an entry's number: plus 1, the record there is the
 * leaf; plus 0, the node there tells on. Entry 0 came into an empty tree and made no node. */
struct index_entry {
    prom_index_record record;
    unsigned bit; /* the first one in which the leaves on either side differ */
    size_t child[2];
};

struct prom_index {
    prom_arena *arena;
    const prom_curve *curve;
    const prom_chain_parameters *network;
    uint32_t first_height;
    prom_bytes32 *blocks; /* their hashes, from first_height on */
    size_t block_count;
    size_t block_capacity;
    struct index_entry *entries; /* in the order of the chain: a block's are the last until the next one comes */
    size_t entry_count;
    size_t entry_capacity;
    size_t entry_max;
    uint32_t full_since; /* height; 0: there was room for all */
    size_t root;
};

/* Finds the record of a txid; NULL when there is none. */
struct index_entry *prom_index_entry_find(const prom_index *index, const prom_bytes32 *txid);

/* Adds a record whose txid is new. */
PROM_MUST_USE prom_result prom_index_entry_add(prom_index *index, const prom_index_record *record, prom_error *error);

/* Removes the last record that was added: what came last goes first, and the tree is then what it was. */
void prom_index_entry_remove(prom_index *index);

/* Sets `array` to one with room for one more than `count`. Doubling, all arrays of an arena take twice the last. */
PROM_MUST_USE prom_result prom_index_make_room(prom_arena *arena, void **array, size_t *capacity, size_t count,
                                               size_t size, prom_error *error);

#endif
