/* The coins of a party's wallet: P2TR outputs of its keys, as a fold over the blocks of the best chain, kept on the
 * disk with the index (fold.c). */
#ifndef NODE_COINS_H
#define NODE_COINS_H

#include "prometheus/contract/index.h"
#include "store/record.h"
#include "wallet/wallet.h"

/* Watched are so many keys that others pay to beyond those that were given away, the two of each of so many channels
 * beyond those that there were, and the two of each of so many own transactions beyond those that were made. */
#define PROM_COINS_RECEIVING 64U
#define PROM_COINS_CHANNELS 64U
#define PROM_COINS_OWN 128U
#define PROM_COINS_MAX_OF_EACH 1000000U

/* How many of each are known to be in use. */
typedef prom_store_used prom_coins_used;

/* An output of ours. */
typedef struct prom_wallet_coin {
    prom_coin coin;
    uint32_t height; /* of the block that made it */
    uint32_t spent;  /* of the block that spent it; 0: none */
    prom_bytes32 spent_by;
    bool coinbase;
} prom_wallet_coin;

typedef struct prom_coins prom_coins;

/* Makes an empty fold that watches the wallet's keys: those that are `used`, and as many more of each kind as is said
 * above. `coins` is NULL after a failure. */
PROM_MUST_USE prom_result prom_coins_new(prom_coins **coins, const prom_wallet *wallet, prom_coins_used used,
                                         prom_error *error);
void prom_coins_free(prom_coins *coins); /* NULL is fine */
/* Watches the keys of which so many are used, and as many more as prom_coins_new does, where it does not yet: before
 * anybody knows them, as no block is looked at again. */
PROM_MUST_USE prom_result prom_coins_watch(prom_coins *coins, const prom_wallet *wallet, prom_coins_used used,
                                           prom_error *error);
/* Returns how many of each are used, as far as the blocks say: no key from there on was ever paid to. */
prom_coins_used prom_coins_seen(const prom_coins *coins);
/* Computes a hash of the wallet's first keys that others pay to: coins that were folded for other keys are not these.
 */
PROM_MUST_USE prom_result prom_coins_keys(prom_bytes32 *hash, const prom_wallet *wallet, prom_error *error);
/* Adds a coin that was kept, in the order of the chain. PROM_CATEGORY_BROKEN when it is of none of the keys, or out of
 * order. */
PROM_MUST_USE prom_result prom_coins_load(prom_coins *coins, const prom_wallet_coin *coin, prom_error *error);
/* Ends the loading. */
void prom_coins_loaded(prom_coins *coins);

/* Takes a block, the next one or the tip's undoing. PROM_CATEGORY_MEMORY: then it is as before. */
PROM_MUST_USE prom_result prom_coins_connect(prom_coins *coins, const prom_index_block *block, prom_error *error);
void prom_coins_disconnect(prom_coins *coins, uint32_t height);

/* Returns all outputs that were ever seen, spent ones too. */
const prom_wallet_coin *prom_coins_list(const prom_coins *coins, size_t *count);
/* Returns the unspent output at the outpoint, or NULL. */
const prom_wallet_coin *prom_coins_find(const prom_coins *coins, const prom_outpoint *outpoint);
/* The same, a spent one too. */
const prom_wallet_coin *prom_coins_any(const prom_coins *coins, const prom_outpoint *outpoint);
/* Finds the path of the key with this output key. PROM_CATEGORY_BAD_INPUT when it is none of those that are watched. */
PROM_MUST_USE prom_result prom_coins_path(const prom_coins *coins, prom_wallet_path *path,
                                          const prom_bytes32 *output_key, prom_error *error);
/* Makes the key of an output key that is watched. PROM_CATEGORY_BAD_INPUT when it is none of ours. */
PROM_MUST_USE prom_result prom_coins_key(const prom_coins *coins, const prom_wallet *wallet, prom_key *key,
                                         const prom_bytes32 *output_key, prom_error *error);

#endif
