#include "node/coins.h"

#include <stdlib.h>
#include <string.h>

#include "prometheus/bitcoin/script.h"
#include "prometheus/crypto/hash.h"

/* A key that is watched, and which of the wallet's it is. */
struct watched_key {
    prom_bytes32 output_key;
    prom_wallet_path path;
};

/* What others pay to, outputs of channels, and what own transactions make: of the latter two each has two keys. */
enum { RECEIVING, OUTPUTS, OWN, RANGES };

static const prom_wallet_path ranges[RANGES] = {
    [OUTPUTS] = {.chain = PROM_WALLET_OUTPUTS}, [OWN] = {.account = PROM_WALLET_OWN}};

struct prom_coins {
    struct watched_key *keys; /* by output key */
    size_t key_count;
    uint32_t watched[RANGES]; /* keys of each, from the first on */
    prom_coins_used seen;
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

static int compare_keys(const void *a, const void *b)
{
    return prom_bytes32_compare_vartime(&((const struct watched_key *)a)->output_key,
                                        &((const struct watched_key *)b)->output_key);
}

/* Keys that are new, before they stand among the others. */
struct fresh {
    struct watched_key *keys;
    size_t count;
};

/* Makes the keys of one range from those that are watched on, up to `end`; room is there. */
static prom_result add_keys(prom_coins *coins, struct fresh *fresh, const prom_wallet *wallet, unsigned range,
                            uint32_t end, prom_error *error)
{
    for (uint32_t i = coins->watched[range]; i < end; i++) {
        PROM_SCOPED(prom_key_wipe) prom_key key = {0};
        const prom_wallet_path path = {.account = ranges[range].account, .chain = ranges[range].chain, .index = i};
        PROM_TRY(prom_wallet_path_key(wallet, &key, path, error));
        fresh->keys[fresh->count++] = (struct watched_key){key.public_key, path};
        coins->watched[range] = i + 1;
    }
    return prom_ok();
}

/* From behind, into the room after the old ones: a few new keys take no sort of all. */
static void merge_keys(prom_coins *coins, const struct fresh *fresh)
{
    size_t old = coins->key_count;
    size_t added = fresh->count;
    qsort(fresh->keys, fresh->count, sizeof fresh->keys[0], compare_keys);
    coins->key_count += fresh->count;
    while (added > 0) {
        const bool old_last = old > 0 && compare_keys(&coins->keys[old - 1], &fresh->keys[added - 1]) > 0;
        coins->keys[old + added - 1] = old_last ? coins->keys[old - 1] : fresh->keys[added - 1];
        old -= old_last;
        added -= !old_last;
    }
}

static uint32_t limited(uint32_t count)
{
    return count < PROM_COINS_MAX_OF_EACH ? count : PROM_COINS_MAX_OF_EACH;
}

prom_result prom_coins_watch(prom_coins *coins, const prom_wallet *wallet, prom_coins_used used, prom_error *error)
{
    const uint32_t ends[RANGES] = {[RECEIVING] = limited(used.addresses) + PROM_COINS_RECEIVING,
                                   [OUTPUTS] = 2 * (limited(used.channels) + PROM_COINS_CHANNELS),
                                   [OWN] = 2 * (limited(used.own) + PROM_COINS_OWN)};
    prom_result added = prom_ok();
    size_t room = 0;
    for (unsigned range = 0; range < RANGES; range++) {
        room += ends[range] > coins->watched[range] ? ends[range] : coins->watched[range];
    }
    if (room <= coins->key_count) {
        return prom_ok();
    }
    struct watched_key *grown = realloc(coins->keys, room * sizeof *grown);
    coins->keys = grown != NULL ? grown : coins->keys;
    struct fresh fresh = {grown != NULL ? calloc(room - coins->key_count, sizeof *grown) : NULL, 0};
    if (fresh.keys == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    for (unsigned range = 0; range < RANGES && prom_is_ok(added); range++) {
        added = add_keys(coins, &fresh, wallet, range, ends[range], error);
    }
    merge_keys(coins, &fresh);
    free(fresh.keys);
    return added;
}

prom_coins_used prom_coins_seen(const prom_coins *coins)
{
    return coins->seen;
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

prom_result prom_coins_new(prom_coins **coins, const prom_wallet *wallet, prom_coins_used used, prom_error *error)
{
    prom_coins *made = calloc(1, sizeof *made);
    *coins = NULL;
    if (made == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    const prom_result result = prom_coins_watch(made, wallet, used, error);
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

prom_result prom_coins_path(const prom_coins *coins, prom_wallet_path *path, const prom_bytes32 *output_key,
                            prom_error *error)
{
    const struct watched_key *found = find_key(coins, output_key);
    *path = found != NULL ? found->path : (prom_wallet_path){0};
    return found != NULL ? prom_ok()
                         : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "a coin is of none of the wallet's keys");
}

prom_result prom_coins_key(const prom_coins *coins, const prom_wallet *wallet, prom_key *key,
                           const prom_bytes32 *output_key, prom_error *error)
{
    prom_wallet_path path = {0};
    PROM_TRY(prom_coins_path(coins, &path, output_key, error));
    return prom_wallet_path_key(wallet, key, path, error);
}

/* A key that was paid to is used, whoever gave it away. */
static void note_used(prom_coins *coins, prom_wallet_path path)
{
    const bool own = path.account == PROM_WALLET_OWN;
    const bool output = !own && path.chain == PROM_WALLET_OUTPUTS;
    uint32_t *seen = own ? &coins->seen.own : output ? &coins->seen.channels : &coins->seen.addresses;
    /* Channels are numbered from 1 on. */
    const uint32_t count = own ? path.index / 2 + 1 : output ? path.index / 2 : path.index + 1;
    *seen = count > *seen ? count : *seen;
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
        const struct watched_key *key = find_key(coins, &output_key);
        if (key == NULL) {
            continue;
        }
        if (!hashed) {
            PROM_TRY(prom_tx_id(&arena, &txid, tx, error));
            hashed = true;
        }
        PROM_TRY(grow(coins, error));
        note_used(coins, key->path);
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
    const struct watched_key *key = find_key(coins, &coin->coin.key);
    if (key == NULL || coin->height < before || (coin->spent != 0 && coin->spent < coin->height)) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "a coin that was kept is none of this wallet's");
    }
    PROM_TRY(grow(coins, error));
    note_used(coins, key->path);
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
