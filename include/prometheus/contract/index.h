/* The index of the chain: every P, every arbitration offer and every Tx0 that its blocks hold, what became of the
 * offers, and how the contracts ended. It is a fold over blocks, connected and disconnected one at a time, and so a
 * function of the best chain alone: whatever the way to a tip, the index is the same there.
 *
 * What is kept, in docs/protocol.md, section 4, costs its maker a transaction of the exact form; all else leaves no
 * trace. The arena's limit bounds the whole. */
#ifndef PROMETHEUS_CONTRACT_INDEX_H
#define PROMETHEUS_CONTRACT_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prometheus/base/declarations.h"
#include "prometheus/bitcoin/transaction.h"
#include "prometheus/contract/offer.h"
#include "prometheus/contract/parameters.h"
#include "prometheus/contract/tree.h"

PROM_DECLARATIONS_BEGIN

typedef struct prom_index prom_index;

typedef enum prom_index_kind {
    PROM_INDEX_P,
    PROM_INDEX_OFFER,
    PROM_INDEX_TX0,
    PROM_INDEX_TXV0, /* that spent the output 0 of a Tx0 */
    PROM_INDEX_TXA,  /* that spent the output 0 of a TxV0 */
} prom_index_kind;

/* What became of an offer. */
typedef enum prom_offer_fate {
    PROM_OFFER_UNSPENT,
    PROM_OFFER_ENGAGED,   /* into a Tx0 of its P */
    PROM_OFFER_WITHDRAWN, /* in any other way */
} prom_offer_fate;

/* How the output that holds a contract's deposits was spent: 0, not at all; 1 and the number of a branch, as that one
 * of the tree would; PROM_INDEX_WAY_OTHER, in no way that the tree has. Told by the form alone: whoever holds all keys
 * of a contract can make any of these. */
typedef uint8_t prom_index_way;
#define PROM_INDEX_WAY_OTHER (1 + PROM_BRANCHES)

/* A transaction that the index keeps. */
typedef struct prom_index_record {
    prom_index_kind kind;
    uint32_t height; /* of its block */
    prom_bytes32 txid;
    prom_bytes32 p_txid; /* of the P that it is or names; a named P may not be on the chain */
    union {
        prom_parameters P; /* valid on this chain */
        struct {
            prom_amount value; /* of output 0 */
            prom_bytes32 key;  /* output 0 is P2TR, of this output key */
            prom_offer_fate fate;
            uint32_t spent_height; /* of the block that spent it; 0 when unspent, as is the txid */
            prom_bytes32 spent_by;
        } offer;
        struct {               /* of a Tx0, TxV0 or TxA, whose output 0 holds the deposits */
            uint32_t offers;   /* that a Tx0 engages, at least 1; of the others 0 */
            prom_amount value; /* of output 0: deposits, and what is left of the reserve */
            prom_index_way way;
            uint32_t spent_height; /* of the block that spent it; 0 when unspent, as is the txid */
            prom_bytes32 spent_by;
            prom_amount reward; /* c, of what Tx4 ended; else 0 */
        } lock;
    };
} prom_index_record;

/* A block. The index takes for granted that the chain's rules hold for it: a node has checked them. */
typedef struct prom_index_block {
    uint32_t height; /* above 0 */
    prom_bytes32 hash;
    prom_bytes32 previous;
    const prom_tx *const *txs;
    size_t tx_count;
} prom_index_block;

/* Reads exactly one serialised block; its spans point into `bytes`. A block of the chain, 4 000 000 bytes at most,
 * needs less than 100 MB of the arena. PROM_CATEGORY_BAD_INPUT on anything else. */
PROM_MUST_USE prom_result prom_index_block_read(prom_arena *arena, prom_index_block *block, prom_span bytes,
                                                uint32_t height, prom_error *error);

/* Makes an empty index whose first block will be the one at `first_height`, above 0. `arena`, which nothing else should
 * use, bounds its memory: less than 800 bytes for each record, 128 for each block. `curve` must live as long. */
PROM_MUST_USE prom_result prom_index_new(prom_arena *arena, prom_index **index, const prom_curve *curve,
                                         const prom_chain_parameters *network, uint32_t first_height,
                                         prom_error *error);

/* Records that an index holds. Anybody can make more, for the fees of so many transactions; blocks are followed all the
 * same. */
#define PROM_INDEX_RECORDS_MAX (UINT32_C(1) << 20)

/* Adds the block after the tip. PROM_CATEGORY_BAD_INPUT when it is not the next one: then the chain has been
 * reorganised, and the tip is to be disconnected first; or when it repeats a transaction that the index holds.
 * PROM_CATEGORY_MEMORY when the arena is full. After a failure the index is as it was. */
PROM_MUST_USE prom_result prom_index_connect(prom_index *index, const prom_index_block *block, prom_error *error);

/* Takes the tip off. PROM_CATEGORY_MISUSE when the index is empty. */
PROM_MUST_USE prom_result prom_index_disconnect(prom_index *index, prom_error *error);

/* Returns the height of the first block that has a record for which there was no room: from there on the index knows
 * the blocks and what became of the offers that it holds, but not all that there are. 0 while it knows all. */
uint32_t prom_index_full_since(const prom_index *index);

/* Returns the height that the next block must have: the tip's is one below. */
uint32_t prom_index_next_height(const prom_index *index);

/* Writes the hash of the block at `height`. Returns false, and `hash` zeroed, when the index does not hold it. */
PROM_MUST_USE bool prom_index_block_hash(const prom_index *index, prom_bytes32 *hash, uint32_t height);

/* Returns how many records there are, and the one of that number in the order of the chain, from 0 on. */
size_t prom_index_count(const prom_index *index);
const prom_index_record *prom_index_at(const prom_index *index, size_t number);

/* Loads what was kept of an index: first all of its blocks' hashes from `first_height` on, then all of its
 * records, in the order of the chain. What is then there is the index that was kept, to the byte. PROM_CATEGORY_BROKEN
 * for what no index holds. */
PROM_MUST_USE prom_result prom_index_load_block(prom_index *index, const prom_bytes32 *hash, prom_error *error);
PROM_MUST_USE prom_result prom_index_load_record(prom_index *index, const prom_index_record *record, prom_error *error);

/* Records stay where they are until a block is connected or disconnected. */

/* Returns the transaction `txid` when the index keeps it as one of that kind, else NULL. */
const prom_index_record *prom_index_find(const prom_index *index, prom_index_kind kind, const prom_bytes32 *txid);

/* Returns the records of that kind that are, or name, the P of `p_txid` (NULL: of any P), one by one in the order of
 * the chain: the first one after `after` (NULL: of all), or NULL when there is no more. */
const prom_index_record *prom_index_next(const prom_index *index, const prom_index_record *after, prom_index_kind kind,
                                         const prom_bytes32 *p_txid);

/* Returns the branch of the tree that a way other than 0 and PROM_INDEX_WAY_OTHER is of, else NULL. */
const prom_branch *prom_index_way_branch(prom_index_way way);

/* Finds the last of the transactions that a contract's deposits have gone through so far: its Tx0, TxV0 or TxA. */
const prom_index_record *prom_index_last_lock(const prom_index *index, const prom_index_record *tx0);

/* Returns whether an offer was good for its P when the block at `snapshot` was the tip: unspent, worth a, and, as P is,
 * confirmed at least the network's offer_age blocks before it. It does not change with later blocks. */
bool prom_index_is_good(const prom_index *index, const prom_index_record *offer, const prom_index_record *P,
                        uint32_t snapshot);

/* Offers of one P, as the block at `snapshot` had them. */
typedef struct prom_offer_query {
    const prom_bytes32 *p_txid;
    uint32_t snapshot;  /* height */
    bool unspent_still; /* for an earlier setup's draw that stands: without those spent since, as the tip has it */
} prom_offer_query;

/* Lists the offers that count in a draw, in the order of the chain: those that were good, of several with one key the
 * first. PROM_CATEGORY_BAD_INPUT when the index does not hold the block at the snapshot, or P was not confirmed
 * offer_age blocks before it. */
PROM_MUST_USE prom_result prom_index_counted(const prom_index *index, prom_arena *arena,
                                             const prom_index_record *const **counted, size_t *counted_count,
                                             const prom_offer_query *query, prom_error *error);

/* Finds those announcements, one for each of the `counted` offers that has any: `found[i]` is the first announcement of
 * offer i whose signature and output are right, or NULL. `found` has room for all. Fails when the machine does. */
PROM_MUST_USE prom_result prom_index_announced(const prom_index *index, const prom_announcement **found,
                                               const prom_index_record *const *counted, size_t counted_count,
                                               const prom_announcement *announced, size_t announced_count,
                                               prom_error *error);

/* Computes the tagged hash `prometheus/index` of the tip and of all records: two nodes at one tip have the same. */
PROM_MUST_USE prom_result prom_index_digest(const prom_index *index, prom_bytes32 *digest, prom_error *error);

PROM_DECLARATIONS_END

#endif
