#include "node/coins.h"

#include <stdlib.h>
#include <string.h>

#include "prometheus/bitcoin/script.h"
#include "prometheus/crypto/hash.h"

/* A key that is watched, and which of the wallet's it is. */
struct watched_key {
    prom_bytes32 output_key;
    uint32_t number; /* below PROM_COINS_RECEIVING: of coins; from PROM_WALLET_OWN_COINS on: of own transactions, each
                        of which has two; else of a channel's outputs */
};

struct prom_coins {
    struct watched_key *keys; /* by output key */
    size_t key_count;
    uint32_t first_count;   /* of coins and of channels' outputs: all numbers below */
    uint32_t own_count;     /* of own transactions */
    prom_wallet_coin *list; /* in the order of the chain */
    size_t count;
    size_t room;
    struct place *sorted; /* of the first `sorted_count` coins, as much room as the list has */
    size_t sorted_count;
};

/* Where a coin stands in the list, by its outpoint: a block takes no longer the more coins there are. */
struct place {
    prom_outpoint outpoint;
    size_t coin;
};

static prom_result derive(const prom_wallet *wallet, prom_key *key, uint32_t number, prom_error *error)
{
    if (number < PROM_COINS_RECEIVING || number >= PROM_WALLET_OWN_COINS) {
        return prom_wallet_coin_key(wallet, key, number, error);
    }
    const uint32_t output = number - PROM_COINS_RECEIVING;
    return prom_wallet_output_key(wallet, key, output / 2, (prom_wallet_output)(output % 2), error);
}

static int compare_keys(const void *a, const void *b)
{
    return prom_bytes32_compare_vartime(&((const struct watched_key *)a)->output_key,
                                        &((const struct watched_key *)b)->output_key);
}

/* Keys of the numbers from `first` on, up to `end`. */
static prom_result watch(prom_coins *coins, const prom_wallet *wallet, uint32_t first, uint32_t end, prom_error *error)
{
    struct watched_key *grown = realloc(coins->keys, (coins->key_count + (end - first)) * sizeof *grown);
    if (grown == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    coins->keys = grown;
    for (uint32_t number = first; number < end; number++) {
        PROM_SCOPED(prom_key_wipe) prom_key key = {0};
        PROM_TRY(derive(wallet, &key, number, error));
        grown[coins->key_count + (number - first)] = (struct watched_key){key.public_key, number};
    }
    coins->key_count += end - first;
    qsort(coins->keys, coins->key_count, sizeof coins->keys[0], compare_keys);
    return prom_ok();
}

prom_result prom_coins_watch(prom_coins *coins, const prom_wallet *wallet, uint32_t channels, prom_error *error)
{
    const uint32_t watched = channels < PROM_COINS_CHANNELS_MAX ? channels : PROM_COINS_CHANNELS_MAX;
    const uint32_t count = PROM_COINS_RECEIVING + 2 * (watched + PROM_COINS_CHANNELS);
    if (count > coins->first_count) {
        PROM_TRY(watch(coins, wallet, coins->first_count, count, error));
        coins->first_count = count;
    }
    return prom_ok();
}

prom_result prom_coins_watch_own(prom_coins *coins, const prom_wallet *wallet, uint32_t transactions, prom_error *error)
{
    const uint32_t watched = transactions < PROM_COINS_OWN_MAX ? transactions : PROM_COINS_OWN_MAX;
    const uint32_t count = 2 * (watched + PROM_COINS_OWN);
    if (count > coins->own_count) {
        PROM_TRY(watch(coins, wallet, PROM_WALLET_OWN_COINS + coins->own_count, PROM_WALLET_OWN_COINS + count, error));
        coins->own_count = count;
    }
    return prom_ok();
}

prom_result prom_coins_keys(prom_bytes32 *hash, const prom_wallet *wallet, prom_error *error)
{
    prom_hasher hasher;
    prom_hasher_init(&hasher, "prometheus/watched-keys");
    for (uint32_t i = 0; i < PROM_COINS_RECEIVING; i++) {
        PROM_SCOPED(prom_key_wipe) prom_key key = {0};
        PROM_TRY(prom_wallet_coin_key(wallet, &key, i, error));
        prom_hasher_add(&hasher, prom_span_of32(&key.public_key));
    }
    prom_hasher_finish(&hasher, hash);
    return prom_ok();
}

prom_result prom_coins_new(prom_coins **coins, const prom_wallet *wallet, uint32_t channels, prom_error *error)
{
    prom_coins *made = calloc(1, sizeof *made);
    *coins = NULL;
    if (made == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    prom_result result = prom_coins_watch(made, wallet, channels, error);
    if (prom_is_ok(result)) {
        result = prom_coins_watch_own(made, wallet, 0, error);
    }
    if (!prom_is_ok(result)) {
        prom_coins_free(made);
        return result;
    }
    *coins = made;
    return prom_ok();
}

void prom_coins_free(prom_coins *coins)
{
    if (coins != NULL) {
        free(coins->keys);
        free(coins->list);
        free(coins->sorted);
        free(coins);
    }
}

static const struct watched_key *find_key(const prom_coins *coins, const prom_bytes32 *output_key)
{
    const struct watched_key wanted = {.output_key = *output_key};
    return bsearch(&wanted, coins->keys, coins->key_count, sizeof coins->keys[0], compare_keys);
}

prom_result prom_coins_number(const prom_coins *coins, uint32_t *number, const prom_bytes32 *output_key,
                              prom_error *error)
{
    const struct watched_key *found = find_key(coins, output_key);
    const bool of_coins =
        found != NULL && (found->number < PROM_COINS_RECEIVING || found->number >= PROM_WALLET_OWN_COINS);
    *number = found != NULL ? found->number : 0;
    return of_coins ? prom_ok()
                    : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "a coin is of none of the keys that others pay us to");
}

prom_result prom_coins_key(const prom_coins *coins, const prom_wallet *wallet, prom_key *key,
                           const prom_bytes32 *output_key, prom_error *error)
{
    const struct watched_key *found = find_key(coins, output_key);
    return found != NULL ? derive(wallet, key, found->number, error)
                         : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "a coin is of none of the wallet's keys");
}

uint32_t prom_coins_own_next(const prom_coins *coins)
{
    uint32_t next = 0;
    for (size_t i = 0; i < coins->count; i++) {
        const struct watched_key *found = find_key(coins, &coins->list[i].coin.key);
        const uint32_t number = found != NULL ? found->number : 0;
        const uint32_t its = number >= PROM_WALLET_OWN_COINS ? (number - PROM_WALLET_OWN_COINS) / 2 + 1 : 0;
        next = its > next ? its : next;
    }
    return next;
}

/* -- The fold -- */

static prom_result grow(prom_coins *coins, prom_error *error)
{
    if (coins->count < coins->room) {
        return prom_ok();
    }
    const size_t room = coins->room == 0 ? 64 : 2 * coins->room;
    prom_wallet_coin *grown = realloc(coins->list, room * sizeof *grown);
    if (grown == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    coins->list = grown;
    struct place *places = realloc(coins->sorted, room * sizeof *places);
    if (places == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    coins->sorted = places;
    coins->room = room;
    return prom_ok();
}

static bool is_coinbase(const prom_tx *tx)
{
    static const prom_bytes32 none;
    return tx->input_count == 1 && prom_bytes32_equal(&tx->inputs[0].outpoint.txid, &none);
}

static prom_result add_outputs(prom_coins *coins, uint32_t height, const prom_tx *tx, prom_error *error)
{
    prom_bytes32 txid;
    bool hashed = false;
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_arena_init(&arena, SIZE_MAX);
    for (size_t i = 0; i < tx->output_count; i++) {
        const prom_span script = tx->outputs[i].script;
        prom_bytes32 output_key;
        if (!prom_script_is_p2tr(script)) {
            continue;
        }
        memcpy(output_key.bytes, script.data + 2, sizeof output_key.bytes);
        if (find_key(coins, &output_key) == NULL) {
            continue;
        }
        if (!hashed) {
            PROM_TRY(prom_tx_id(&arena, &txid, tx, error));
            hashed = true;
        }
        PROM_TRY(grow(coins, error));
        coins->list[coins->count++] =
            (prom_wallet_coin){.coin = {{txid, (uint32_t)i}, tx->outputs[i].value, output_key},
                               .height = height,
                               .coinbase = is_coinbase(tx)};
    }
    return prom_ok();
}

static int compare_places(const void *a, const void *b)
{
    const prom_outpoint *one = &((const struct place *)a)->outpoint;
    const prom_outpoint *other = &((const struct place *)b)->outpoint;
    const int order = prom_bytes32_compare_vartime(&one->txid, &other->txid);
    return order != 0 ? order : (one->index > other->index) - (one->index < other->index);
}

static void sort(prom_coins *coins)
{
    for (size_t i = 0; i < coins->count; i++) {
        coins->sorted[i] = (struct place){coins->list[i].coin.outpoint, i};
    }
    coins->sorted_count = coins->count;
    if (coins->count > 0) {
        qsort(coins->sorted, coins->count, sizeof coins->sorted[0], compare_places);
    }
}

/* Coins of the block under way stand behind the sorted ones. */
static prom_wallet_coin *find_coin(const prom_coins *coins, const prom_outpoint *outpoint)
{
    const struct place wanted = {.outpoint = *outpoint};
    const struct place *found =
        coins->sorted_count == 0 ? NULL
                                 : bsearch(&wanted, coins->sorted, coins->sorted_count, sizeof wanted, compare_places);
    if (found != NULL) {
        return &coins->list[found->coin];
    }
    for (size_t i = coins->sorted_count; i < coins->count; i++) {
        if (prom_outpoint_equal(&coins->list[i].coin.outpoint, outpoint)) {
            return &coins->list[i];
        }
    }
    return NULL;
}

static prom_result spend_inputs(const prom_coins *coins, uint32_t height, const prom_tx *tx, prom_error *error)
{
    for (size_t i = 0; i < tx->input_count; i++) {
        PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
        prom_wallet_coin *coin = find_coin(coins, &tx->inputs[i].outpoint);
        prom_arena_init(&arena, SIZE_MAX);
        if (coin != NULL && coin->spent == 0) {
            PROM_TRY(prom_tx_id(&arena, &coin->spent_by, tx, error));
            coin->spent = height;
        }
    }
    return prom_ok();
}

prom_result prom_coins_connect(prom_coins *coins, const prom_index_block *block, prom_error *error)
{
    prom_result result = prom_ok();
    for (size_t i = 0; i < block->tx_count && prom_is_ok(result); i++) {
        result = spend_inputs(coins, block->height, block->txs[i], error);
        if (prom_is_ok(result)) {
            result = add_outputs(coins, block->height, block->txs[i], error);
        }
    }
    if (!prom_is_ok(result)) {
        prom_coins_disconnect(coins, block->height);
    } else if (coins->sorted_count != coins->count) {
        sort(coins);
    }
    return result;
}

prom_result prom_coins_load(prom_coins *coins, const prom_wallet_coin *coin, prom_error *error)
{
    const uint32_t before = coins->count == 0 ? 0 : coins->list[coins->count - 1].height;
    if (find_key(coins, &coin->coin.key) == NULL || coin->height < before ||
        (coin->spent != 0 && coin->spent < coin->height)) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "a coin that was kept is none of this wallet's");
    }
    PROM_TRY(grow(coins, error));
    coins->list[coins->count++] = *coin;
    return prom_ok();
}

void prom_coins_loaded(prom_coins *coins)
{
    sort(coins);
}

void prom_coins_disconnect(prom_coins *coins, uint32_t height)
{
    size_t kept = 0;
    for (size_t i = 0; i < coins->count; i++) {
        prom_wallet_coin *coin = &coins->list[i];
        coin->spent = coin->spent == height ? 0 : coin->spent;
        if (coin->height != height) {
            coins->list[kept++] = *coin;
        }
    }
    coins->count = kept;
    sort(coins);
}

const prom_wallet_coin *prom_coins_list(const prom_coins *coins, size_t *count)
{
    *count = coins->count;
    return coins->list;
}

const prom_wallet_coin *prom_coins_any(const prom_coins *coins, const prom_outpoint *outpoint)
{
    return find_coin(coins, outpoint);
}

const prom_wallet_coin *prom_coins_find(const prom_coins *coins, const prom_outpoint *outpoint)
{
    const prom_wallet_coin *coin = prom_coins_any(coins, outpoint);
    return coin != NULL && coin->spent == 0 ? coin : NULL;
}
