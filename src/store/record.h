/* What stands in a party's database, table by table. Every put, add and remove belongs into a transaction
 * (store/store.h), fails with PROM_CATEGORY_MISUSE outside of one, and gives the transaction up when it fails. Every
 * each calls a function with one row after another; what that fails with ends it. Its spans are valid until it returns,
 * and it may read other tables, but change nothing. */
#ifndef STORE_RECORD_H
#define STORE_RECORD_H

#include "store/store.h"

/* Numbers above this, which no honest peer has, are refused (PROM_CATEGORY_MISUSE): look before you put. */
#define PROM_STORE_NUMBER_MAX ((uint64_t)INT64_MAX)

/* -- Channels -- */

#define PROM_STORE_NAME_MAX 64

typedef struct prom_store_channel {
    uint64_t number; /* the epoch in which it was added, times 2^32, and the number of channels, with it */
    uint8_t role;
    char name[PROM_STORE_NAME_MAX + 1]; /* none has another's */
    uint32_t created;                   /* the own tip then */
    bool closed;
    bool restored; /* it is older than the backup that the database was restored from: nothing in it is signed again */
} prom_store_channel;

/* Adds a channel: `role`, `name` and `created` are set. Its number, which no channel under this seed has had, is
 * written to it. */
PROM_MUST_USE prom_result prom_store_channel_add(prom_store *store, prom_store_channel *channel, prom_error *error);
/* The same with a number of a channel that was closed as idle, the lowest; `found` is false, and nothing changed, where
 * there is none. */
PROM_MUST_USE prom_result prom_store_channel_again(prom_store *store, prom_store_channel *channel, bool *found,
                                                   prom_error *error);

/* What became of a channel's number. */
typedef enum prom_store_use {
    PROM_STORE_USED, /* a contract, what our owner began, or an arbiter's */
    PROM_STORE_IDLE, /* a setup of others' that came to nothing, and nobody was told more of than its first key */
    PROM_STORE_VAIN  /* one that came to nothing later: its number is not had again */
} prom_store_use;

/* Marks the channel as closed, and notes its use; idle is only what is cleared, is not restored and has signed nothing:
 * else it is vain. Where `clear` says so, drops its parts and messages, and leaves its name to others. */
PROM_MUST_USE prom_result prom_store_channel_close(prom_store *store, uint64_t channel, bool clear, prom_store_use use,
                                                   prom_error *error);
/* Counts vain channels that were added at an own tip above `height`. */
PROM_MUST_USE prom_result prom_store_channel_count_vain(prom_store *store, uint64_t *count, uint32_t height,
                                                        prom_error *error);
PROM_MUST_USE prom_result prom_store_channel_get(prom_store *store, prom_store_channel *channel, bool *found,
                                                 uint64_t number, prom_error *error);
/* The same by its name, of which no other channel is looked at. */
PROM_MUST_USE prom_result prom_store_channel_named(prom_store *store, prom_store_channel *channel, bool *found,
                                                   const char *name, prom_error *error);
typedef prom_result (*prom_store_channel_visit)(void *context, const prom_store_channel *channel, prom_error *error);
PROM_MUST_USE prom_result prom_store_channel_each(prom_store *store, prom_store_channel_visit visit, void *context,
                                                  prom_error *error);

/* A part of a channel's facts, as the channel has written it. */
typedef struct prom_store_key {
    uint64_t channel;
    uint16_t batch;
    uint16_t part;
} prom_store_key;

PROM_MUST_USE prom_result prom_store_part_put(prom_store *store, const prom_store_key *key, prom_span bytes,
                                              prom_error *error);
PROM_MUST_USE prom_result prom_store_part_remove(prom_store *store, const prom_store_key *key, prom_error *error);
typedef prom_result (*prom_store_part_visit)(void *context, const prom_store_key *key, prom_span bytes,
                                             prom_error *error);
PROM_MUST_USE prom_result prom_store_part_each(prom_store *store, uint64_t channel, prom_store_part_visit visit,
                                               void *context, prom_error *error);

/* -- Messages -- */

/* A message to a peer, until it has acknowledged it. Numbers rise: one that is not above every number that was given to
 * a message to this peer in this channel, acknowledged ones too, is refused (PROM_CATEGORY_MISUSE). */
typedef struct prom_store_message {
    uint64_t channel;
    prom_bytes32 peer;
    uint64_t number;
    prom_span bytes;
} prom_store_message;

PROM_MUST_USE prom_result prom_store_outbox_put(prom_store *store, const prom_store_message *message,
                                                prom_error *error);
/* Finds the highest number given so far; 0 where there is none. */
PROM_MUST_USE prom_result prom_store_outbox_last(prom_store *store, uint64_t *number, uint64_t channel,
                                                 const prom_bytes32 *peer, prom_error *error);
/* Removes the messages with numbers up to `number`, which the peer has acknowledged. */
PROM_MUST_USE prom_result prom_store_outbox_drop(prom_store *store, uint64_t channel, const prom_bytes32 *peer,
                                                 uint64_t number, prom_error *error);
/* Copies the message of that channel, peer and number to the arena. */
PROM_MUST_USE prom_result prom_store_outbox_get(prom_store *store, prom_arena *arena, prom_store_message *message,
                                                bool *found, prom_error *error);
typedef prom_result (*prom_store_message_visit)(void *context, const prom_store_message *message, prom_error *error);
PROM_MUST_USE prom_result prom_store_outbox_each(prom_store *store, uint64_t channel, prom_store_message_visit visit,
                                                 void *context, prom_error *error);

/* How far we have taken what a peer has sent: never goes back within a generation of the peer, nor to an earlier one.
 */
typedef struct prom_store_seen {
    uint64_t generation;
    uint64_t number;
} prom_store_seen;

PROM_MUST_USE prom_result prom_store_inbox_put(prom_store *store, uint64_t channel, const prom_bytes32 *peer,
                                               const prom_store_seen *seen, prom_error *error);
/* Zeros where nothing was taken. */
PROM_MUST_USE prom_result prom_store_inbox_get(prom_store *store, prom_store_seen *seen, uint64_t channel,
                                               const prom_bytes32 *peer, prom_error *error);

/* Calls `visit` with everybody who was written to, or of whom something was taken. */
typedef prom_result (*prom_store_peer_visit)(void *context, const prom_bytes32 *peer, prom_error *error);
PROM_MUST_USE prom_result prom_store_peer_each(prom_store *store, uint64_t channel, prom_store_peer_visit visit,
                                               void *context, prom_error *error);

/* -- Blocks of the best chain that were taken -- */

#define PROM_STORE_BLOCKS_MAX 1000U

typedef struct prom_store_block {
    uint32_t height;
    prom_bytes32 hash;
} prom_store_block;

/* Adds the block right above the top one, any where there is none; raises the own tip; forgets all but the last
 * PROM_STORE_BLOCKS_MAX. PROM_CATEGORY_MISUSE for a block of another height. */
PROM_MUST_USE prom_result prom_store_block_add(prom_store *store, const prom_store_block *block, prom_error *error);
/* Removes the top block, which has this hash, or PROM_CATEGORY_MISUSE. The own tip stays. */
PROM_MUST_USE prom_result prom_store_block_undo(prom_store *store, const prom_bytes32 *hash, prom_error *error);
PROM_MUST_USE prom_result prom_store_block_top(prom_store *store, prom_store_block *block, bool *found,
                                               prom_error *error);
PROM_MUST_USE prom_result prom_store_block_at(prom_store *store, prom_store_block *block, bool *found, uint32_t height,
                                              prom_error *error);

/* -- The index of the chain, and the wallet's coins: a fold over blocks from the network's first one on -- */

/* P, offer, Tx0, TxV0 or TxA. What its kind does not have is zero, and `parameters` empty. */
typedef struct prom_store_entry {
    uint64_t number; /* in the order of the chain, from 0 on */
    uint8_t kind;
    uint32_t height;
    prom_bytes32 txid;
    prom_bytes32 p_txid;
    prom_span parameters;
    uint64_t value; /* sat */
    prom_bytes32 key;
    uint8_t fate;
    uint32_t spent; /* height; 0: it is not */
    prom_bytes32 spent_by;
    uint32_t offers;
    uint64_t reward; /* sat */
} prom_store_entry;

/* An output of the wallet's; its outpoint as that of prom_store_coin. */
typedef struct prom_store_output {
    uint64_t number; /* in the order of the chain, from 0 on */
    uint32_t height;
    uint8_t outpoint[36];
    uint64_t value; /* sat */
    prom_bytes32 key;
    bool coinbase;
    uint32_t spent; /* height; 0: it is not */
    prom_bytes32 spent_by;
} prom_store_output;

/* Notes whose coins these are: a hash of the keys that are watched. */
PROM_MUST_USE prom_result prom_store_index_own(prom_store *store, const prom_bytes32 *keys, prom_error *error);
/* Forgets all that blocks above `height` have done. */
PROM_MUST_USE prom_result prom_store_index_cut(prom_store *store, uint32_t height, prom_error *error);
PROM_MUST_USE prom_result prom_store_index_block_add(prom_store *store, const prom_store_block *block,
                                                     prom_error *error);
/* Puts what a block, which is added, has brought, or what became of it since. */
PROM_MUST_USE prom_result prom_store_entry_put(prom_store *store, const prom_store_entry *entry, prom_error *error);
PROM_MUST_USE prom_result prom_store_output_put(prom_store *store, const prom_store_output *output, prom_error *error);
PROM_MUST_USE prom_result prom_store_index_owner(prom_store *store, prom_bytes32 *keys, bool *found, prom_error *error);
PROM_MUST_USE prom_result prom_store_index_top(prom_store *store, prom_store_block *block, bool *found,
                                               prom_error *error);
typedef prom_result (*prom_store_block_visit)(void *context, const prom_store_block *block, prom_error *error);
PROM_MUST_USE prom_result prom_store_index_block_each(prom_store *store, prom_store_block_visit visit, void *context,
                                                      prom_error *error);
typedef prom_result (*prom_store_entry_visit)(void *context, const prom_store_entry *entry, prom_error *error);
PROM_MUST_USE prom_result prom_store_entry_each(prom_store *store, prom_store_entry_visit visit, void *context,
                                                prom_error *error);
typedef prom_result (*prom_store_output_visit)(void *context, const prom_store_output *output, prom_error *error);
PROM_MUST_USE prom_result prom_store_output_each(prom_store *store, prom_store_output_visit visit, void *context,
                                                 prom_error *error);

/* -- What must not come again -- */

/* h, k_h and keys of every contract ever. Adding one again changes nothing. */
PROM_MUST_USE prom_result prom_store_hash_add(prom_store *store, const prom_bytes32 *hash, uint64_t channel,
                                              prom_error *error);
typedef prom_result (*prom_store_hash_visit)(void *context, const prom_bytes32 *hash, uint64_t channel,
                                             prom_error *error);
PROM_MUST_USE prom_result prom_store_hash_each(prom_store *store, prom_store_hash_visit visit, void *context,
                                               prom_error *error);

/* A draw of a setup that was given up, which binds the same parties for a while. */
typedef struct prom_store_draw {
    prom_bytes32 id;
    prom_span bytes;
    uint32_t own_tip; /* when it was given up */
} prom_store_draw;

/* `added` is false, and nothing changes, when there is one of this id. */
PROM_MUST_USE prom_result prom_store_draw_add(prom_store *store, bool *added, const prom_store_draw *draw,
                                              prom_error *error);
/* Calls `visit` with those that were given up at the own tip `height` or later, in the order of adding. */
typedef prom_result (*prom_store_draw_visit)(void *context, const prom_store_draw *draw, prom_error *error);
PROM_MUST_USE prom_result prom_store_draw_each(prom_store *store, uint32_t height, prom_store_draw_visit visit,
                                               void *context, prom_error *error);
/* Forgets those that were given up below `height`. */
PROM_MUST_USE prom_result prom_store_draw_forget(prom_store *store, uint32_t height, prom_error *error);

/* -- Coins -- */

/* A coin that a channel's fees are paid with: txid in internal byte order, and number of the output, big-endian. */
typedef struct prom_store_coin {
    uint8_t outpoint[36];
    uint64_t channel;
} prom_store_coin;

/* Reserves a coin. `reserved` is false, and nothing changed, when it is another channel's. */
PROM_MUST_USE prom_result prom_store_coin_reserve(prom_store *store, bool *reserved, const prom_store_coin *coin,
                                                  prom_error *error);
/* Gives the channel's coins back. */
PROM_MUST_USE prom_result prom_store_coin_release(prom_store *store, uint64_t channel, prom_error *error);
typedef prom_result (*prom_store_coin_visit)(void *context, const prom_store_coin *coin, prom_error *error);
PROM_MUST_USE prom_result prom_store_coin_each(prom_store *store, prom_store_coin_visit visit, void *context,
                                               prom_error *error);

/* -- Addresses and payments -- */

/* How many of the wallet's keys are in use, from the first on. */
typedef struct prom_store_used {
    uint32_t addresses; /* that others pay to: so many were given away */
    uint32_t channels;  /* numbers of channels, as an epoch counts them, from 1 on */
    uint32_t own;       /* numbers of own transactions, from 0 on */
} prom_store_used;

PROM_MUST_USE prom_result prom_store_used_get(prom_store *store, prom_store_used *used, prom_error *error);
/* Raises each count that is less. */
PROM_MUST_USE prom_result prom_store_used_raise(prom_store *store, const prom_store_used *used, prom_error *error);

typedef enum prom_payment_state {
    PROM_PAYMENT_OUT,  /* its PSBT went out to be signed */
    PROM_PAYMENT_OPEN, /* it is signed, and to be in a block */
    PROM_PAYMENT_OVER, /* so deep in a block, or one that conflicts with it is, that nothing undoes it */
} prom_payment_state;

/* A transaction that the owner alone wants: pays to addresses, publishes a P, or makes or withdraws an offer. */
typedef struct prom_store_payment {
    uint32_t number; /* of its keys, from 0 on; none has another's */
    uint8_t purpose;
    prom_bytes32 txid;
    prom_payment_state state;
    prom_span bytes;        /* of the signed transaction; PROM_PAYMENT_OUT: of the PSBT */
    uint64_t fee;           /* sat */
    int64_t made;           /* seconds since 1970 */
    prom_span announcement; /* of the offer that it makes; else empty */
    const char *reference;  /* its owner's, which no other has; NULL: none */
} prom_store_payment;

/* Puts a payment; one whose PSBT went out gets its transaction. PROM_CATEGORY_MISUSE when it is there and signed,
 * or another has its reference. */
PROM_MUST_USE prom_result prom_store_payment_put(prom_store *store, const prom_store_payment *payment,
                                                 prom_error *error);
PROM_MUST_USE prom_result prom_store_payment_over(prom_store *store, const prom_bytes32 *txid, prom_error *error);
typedef prom_result (*prom_store_payment_visit)(void *context, const prom_store_payment *payment, prom_error *error);
/* In the order of their numbers. */
PROM_MUST_USE prom_result prom_store_payment_each(prom_store *store, prom_store_payment_visit visit, void *context,
                                                  prom_error *error);

/* -- Jobs of the market -- */

typedef struct prom_store_job {
    prom_bytes32 id;
    uint32_t created; /* the own tip then */
    bool ended;
    bool restored; /* it is older than the backup that the database was restored from: nothing more of it is begun */
    prom_span bytes;
} prom_store_job;

/* Puts a job, or what became of it: of one that is there `created` stays as it was, and `restored` is never read. */
PROM_MUST_USE prom_result prom_store_job_put(prom_store *store, const prom_store_job *job, prom_error *error);
/* Copies the job of that id to the arena. */
PROM_MUST_USE prom_result prom_store_job_get(prom_store *store, prom_arena *arena, prom_store_job *job, bool *found,
                                             const prom_bytes32 *id, prom_error *error);
/* Calls `visit` with all jobs, or with those that have not ended, in the order of adding. */
typedef prom_result (*prom_store_job_visit)(void *context, const prom_store_job *job, prom_error *error);
PROM_MUST_USE prom_result prom_store_job_each(prom_store *store, bool open_only, prom_store_job_visit visit,
                                              void *context, prom_error *error);
/* Forgets a job that has ended; one that has not stays. */
PROM_MUST_USE prom_result prom_store_job_forget(prom_store *store, const prom_bytes32 *id, prom_error *error);

#endif
