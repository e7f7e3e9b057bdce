/* One coin for each open contract, kept for fees: a child of a transaction that is late is paid with it. What the child
 * pays back, its output 0, is the same coin from then on; while the child is in no block the coin is what it was. */
#include <stdlib.h>
#include <string.h>

#include "node/state.h"

/* A chain of children, one after the other, in blocks: no contract has more transactions than this. */
enum { CHILDREN_MAX = 64 };

void prom_node_write_outpoint(uint8_t bytes[36], const prom_outpoint *outpoint)
{
    memcpy(bytes, outpoint->txid.bytes, 32);
    for (unsigned i = 0; i < 4; i++) {
        bytes[32 + i] = (uint8_t)(outpoint->index >> (24 - 8 * i));
    }
}

prom_outpoint prom_node_read_outpoint(const uint8_t bytes[36])
{
    prom_outpoint outpoint;
    memcpy(outpoint.txid.bytes, bytes, 32);
    outpoint.index = (uint32_t)bytes[32] << 24 | (uint32_t)bytes[33] << 16 | (uint32_t)bytes[34] << 8 | bytes[35];
    return outpoint;
}

/* -- The list -- */

static prom_result note(prom_node *node, const prom_outpoint *outpoint, uint64_t channel, prom_error *error)
{
    if (node->reserved_count == node->reserved_room) {
        const size_t room = node->reserved_room == 0 ? 16 : 2 * node->reserved_room;
        prom_reserved_coin *grown = realloc(node->reserved, room * sizeof *grown);
        if (grown == NULL) {
            return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
        }
        node->reserved = grown;
        node->reserved_room = room;
    }
    node->reserved[node->reserved_count++] = (prom_reserved_coin){*outpoint, channel};
    return prom_ok();
}

static prom_result load_one(void *context, const prom_store_coin *coin, prom_error *error)
{
    const prom_outpoint outpoint = prom_node_read_outpoint(coin->outpoint);
    return note(context, &outpoint, coin->channel, error);
}

prom_result prom_node_load_reserved(prom_node *node, prom_error *error)
{
    node->reserved_count = 0;
    return prom_store_coin_each(node->store, load_one, node, error);
}

void prom_node_forget_reserved(prom_node *node, uint64_t channel)
{
    for (size_t i = 0; i < node->reserved_count;) {
        if (node->reserved[i].channel == channel) {
            node->reserved[i] = node->reserved[--node->reserved_count];
        } else {
            i++;
        }
    }
}

/* Where the coin is now: itself, or what the last child of it in a block has paid back. */
static const prom_wallet_coin *follow(const prom_node *node, prom_outpoint outpoint)
{
    for (unsigned i = 0; i < CHILDREN_MAX; i++) {
        const prom_wallet_coin *coin = prom_coins_any(node->fold->coins, &outpoint);
        if (coin == NULL || coin->spent == 0) {
            return coin;
        }
        outpoint = (prom_outpoint){coin->spent_by, 0};
    }
    return NULL;
}

const prom_wallet_coin *prom_node_coin_of(const prom_node *node, uint64_t channel)
{
    for (size_t i = 0; i < node->reserved_count; i++) {
        const prom_wallet_coin *coin =
            node->reserved[i].channel == channel ? follow(node, node->reserved[i].outpoint) : NULL;
        if (coin != NULL) {
            return coin;
        }
    }
    return NULL;
}

/* -- Free coins -- */

static bool is_input(const prom_node *node, const prom_outpoint *outpoint)
{
    for (size_t i = 0; i < node->channel_count; i++) {
        const prom_channel *channel = node->channels[i]->channel;
        for (size_t j = 0; channel != NULL && j < channel->facts.own.coin_count; j++) {
            if (prom_outpoint_equal(&channel->facts.own.coins[j].outpoint, outpoint)) {
                return true;
            }
        }
    }
    return false;
}

static bool is_reserved(const prom_node *node, const prom_wallet_coin *coin)
{
    for (size_t i = 0; i < node->reserved_count; i++) {
        if (prom_outpoint_equal(&node->reserved[i].outpoint, &coin->coin.outpoint) ||
            follow(node, node->reserved[i].outpoint) == coin) {
            return true;
        }
    }
    return false;
}

static bool is_mature(const prom_node *node, const prom_wallet_coin *coin)
{
    return !coin->coinbase || coin->height + PROM_COINBASE_MATURITY <= node->best_tip + 1;
}

bool prom_node_is_free(const prom_node *node, const prom_wallet_coin *coin)
{
    const prom_outpoint *outpoint = &coin->coin.outpoint;
    const bool offer = prom_outpoint_equal(outpoint, &node->config.announcement.offer);
    return coin->spent == 0 && is_mature(node, coin) && !offer && !is_input(node, outpoint) && !is_reserved(node, coin);
}

/* The smallest that is large enough. */
static const prom_wallet_coin *find_free(const prom_node *node)
{
    const prom_amount least = prom_bump_coin_min(node->config.limits.feerate * 1000);
    const prom_wallet_coin *best = NULL;
    size_t count = 0;
    const prom_wallet_coin *list = prom_coins_list(node->fold->coins, &count);
    for (size_t i = 0; i < count; i++) {
        const prom_wallet_coin *coin = &list[i];
        const bool fits = coin->spent == 0 && prom_amount_at_least(coin->coin.value, least);
        const bool better = fits && (best == NULL || prom_amount_above(best->coin.value, coin->coin.value));
        best = better && prom_node_is_free(node, coin) ? coin : best;
    }
    return best;
}

prom_result prom_node_reserve(prom_node *node, const prom_node_channel *channel, prom_error *error)
{
    const uint64_t number = channel->record.number;
    prom_store_coin entry = {.channel = number};
    bool reserved = false;
    char text[PROM_AMOUNT_TEXT];
    if (prom_node_coin_of(node, number) != NULL) {
        return prom_ok();
    }
    const prom_wallet_coin *coin = find_free(node);
    if (coin == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the wallet has no free coin of %s sat for the fees of this contract: pay one to it",
                         prom_amount_text(text, prom_bump_coin_min(node->config.limits.feerate * 1000)));
    }
    prom_node_write_outpoint(entry.outpoint, &coin->coin.outpoint);
    PROM_TRY(prom_store_coin_reserve(node->store, &reserved, &entry, error));
    return reserved ? note(node, &coin->coin.outpoint, number, error)
                    : prom_fail(error, PROM_CATEGORY_BROKEN, "a coin that is free is reserved in the store");
}

prom_result prom_node_release(prom_node *node, uint64_t channel, prom_error *error)
{
    PROM_TRY(prom_store_coin_release(node->store, channel, error));
    prom_node_forget_reserved(node, channel);
    return prom_ok();
}

/* -- For a publication -- */

static prom_result reserve(prom_node *node, void *context, prom_error *error)
{
    return prom_node_reserve(node, context, error);
}

/* A channel without a coin is defended nevertheless, by what its transactions pay themselves. */
prom_result prom_node_reserved_coin(prom_node *node, const prom_node_channel *channel, bool *found,
                                    prom_bump_coin *coin, prom_key *key, prom_error *error)
{
    const prom_wallet_coin *its = prom_node_coin_of(node, channel->record.number);
    prom_node_channel *wants_one = prom_node_channel_of(node, channel->record.number);
    prom_error none;
    *found = false;
    if (its == NULL && wants_one != NULL && find_free(node) != NULL) {
        if (!prom_is_ok(prom_node_transact(node, reserve, wants_one, &none))) {
            PROM_TRY(prom_node_load_reserved(node, error));
        }
        its = prom_node_coin_of(node, channel->record.number);
    }
    if (its == NULL) {
        return prom_ok();
    }
    *coin = (prom_bump_coin){its->coin.outpoint, its->coin.value, its->coin.key};
    PROM_TRY(prom_coins_key(node->fold->coins, &node->wallet, key, &coin->change, error));
    *found = true;
    return prom_ok();
}
