/* The coins that a watchtower pays for children with: unspent outputs of its key, which bitcoind finds in the set of
 * all unspent ones. */
#ifndef TOWER_COINS_H
#define TOWER_COINS_H

#include "chain/broadcast.h"

#define PROM_TOWER_COINS_MAX 48U

typedef struct prom_tower_coins {
    size_t count;
    prom_bump_coin list[PROM_TOWER_COINS_MAX]; /* the most valuable first */
} prom_tower_coins;

/* Finds them, those that the next block may spend; of more than PROM_TOWER_COINS_MAX the most valuable. Takes minutes
 * on a large chain. Fails as the functions of chain.h, and `coins` is empty then. */
PROM_MUST_USE prom_result prom_tower_coins_find(prom_rpc *rpc, prom_tower_coins *coins, const prom_bytes32 *output_key,
                                                prom_error *error);

/* Takes a coin that is among them and in none of `taken`: the one at `before`, where that is still there, else the most
 * valuable. Returns NULL when there is none. */
const prom_bump_coin *prom_tower_coins_choose(const prom_tower_coins *coins, const prom_outpoint *before,
                                              const prom_outpoint *taken, size_t taken_count);

#endif
