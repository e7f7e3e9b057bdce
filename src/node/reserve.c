/* One coin for each open contract, kept for fees: a child of a transaction that is late is paid with it. How much it
 * must hold is prom_fee_coin_of. What the child pays back, its output 0, is the same coin from then on; while the child
 * is in no block the coin is what it was. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/beginning.h"
#include "node/payments.h"

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

bool prom_node_has_named(const prom_facts *facts)
{
    const prom_setup_session *setup = &facts->setup;
    const bool seat = facts->role == PROM_ROLE_ARBITER && setup->phase != PROM_SETUP_OVER; /* others may not know yet */
    return facts->role == PROM_ROLE_CLIENT || seat || setup->accepting ||
           (setup->phase >= PROM_SETUP_BASE && setup->phase <= PROM_SETUP_GIVEN);
}

/* Whether it is a part beside one that we have in the contract already: that is a no, which costs nothing. */
static bool is_second_part(const prom_node *node, const prom_node_channel *channel)
{
    const prom_facts *facts = &channel->channel->facts;
    bool second = false;
    for (size_t i = 0; i < node->channel_count && facts->role == PROM_ROLE_ARBITER; i++) {
        const prom_node_channel *other = node->channels[i];
        second = second || (other->channel != NULL && other->record.number < channel->record.number &&
                            prom_bytes32_equal(&other->channel->facts.client, &facts->client));
    }
    return second;
}

bool prom_node_takes_coin(const prom_node *node, const prom_node_channel *channel)
{
    return prom_node_has_named(&channel->channel->facts) && !is_second_part(node, channel);
}

static bool is_among(const prom_own *own, const prom_outpoint *outpoint)
{
    for (size_t i = 0; i < own->coin_count; i++) {
        if (prom_outpoint_equal(&own->coins[i].outpoint, outpoint)) {
            return true;
        }
    }
    return false;
}

bool prom_node_is_input(const prom_node *node, const prom_outpoint *outpoint, bool named)
{
    for (size_t i = 0; i < node->channel_count; i++) {
        const prom_channel *channel = node->channels[i]->channel;
        if (channel != NULL && (!named || prom_node_has_named(&channel->facts)) &&
            is_among(&channel->facts.own, outpoint)) {
            return true;
        }
    }
    return false;
}

bool prom_node_is_meant(const prom_node *node, const prom_outpoint *outpoint)
{
    for (size_t i = 0; i < node->channel_count; i++) {
        const prom_channel *channel = node->channels[i]->channel;
        if (channel != NULL && is_among(&channel->facts.own, outpoint) &&
            (prom_node_has_named(&channel->facts) || prom_node_sibling(node, &channel->facts.client, node->channels[i],
                                                                       PROM_ROLE_BIT(PROM_ROLE_CLIENT)) != NULL)) {
            return true;
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
    return coin->spent == 0 && is_mature(node, coin) && !prom_node_is_offer(node, outpoint) &&
           !prom_node_is_input(node, outpoint, true) && !prom_node_is_paid_away(node, outpoint) &&
           !is_reserved(node, coin);
}

/* Whether a coin is to be taken rather than another: the smallest that is enough; where none is, the largest. */
static bool is_rather(prom_amount coin, prom_amount other, prom_amount enough)
{
    const bool is_enough = prom_amount_at_least(coin, enough);
    const prom_amount larger = is_enough ? other : coin;
    return is_enough != prom_amount_at_least(other, enough) ? is_enough
                                                            : prom_amount_above(larger, is_enough ? coin : other);
}

/* The one to be taken of those that a channel of ours would spend, or of those that none would. */
static const prom_wallet_coin *best_of(const prom_node *node, const prom_coin_list *but, prom_amount enough,
                                       bool elsewhere)
{
    const prom_wallet_coin *best = NULL;
    size_t count = 0;
    const prom_wallet_coin *list = prom_coins_list(node->fold->coins, &count);
    for (size_t i = 0; i < count; i++) {
        const prom_wallet_coin *coin = &list[i];
        const bool rather = best == NULL || is_rather(coin->coin.value, best->coin.value, enough);
        best = rather && prom_node_is_free(node, coin) && !prom_coin_listed(but, coin) &&
                       prom_node_is_input(node, &coin->coin.outpoint, false) == elsewhere
                   ? coin
                   : best;
    }
    return best;
}

/* A deposit that is not tied up yet keeps its coins where there are others: who begins a contract means to go on. */
static const prom_wallet_coin *find_free(const prom_node *node, const prom_coin_list *but, prom_amount enough)
{
    const prom_wallet_coin *best = best_of(node, but, enough, false);
    const prom_wallet_coin *other = best_of(node, but, enough, true);
    const bool is_enough = best != NULL && prom_amount_at_least(best->coin.value, enough);
    return best == NULL || (!is_enough && other != NULL && is_rather(other->coin.value, best->coin.value, enough))
               ? other
               : best;
}

/* -- What a contract takes -- */

prom_result prom_node_fee_coin_needed(const prom_node *node, prom_fee_coin *needed, prom_role role,
                                      const prom_terms *terms, prom_error *error)
{
    const uint32_t feerate = node->config.limits.feerate;
    return prom_fee_coin_of(needed, terms, role, feerate < UINT32_MAX / 1000 ? feerate * 1000 : UINT32_MAX, error);
}

static prom_result too_small(const prom_node *node, prom_role role, const prom_fee_coin *needed,
                             const prom_wallet_coin *largest, prom_error *error)
{
    char value[PROM_AMOUNT_TEXT];
    char risk[PROM_AMOUNT_TEXT];
    char there[PROM_AMOUNT_TEXT];
    char why[128];
    (void)prom_amount_text(value, needed->value);
    (void)prom_amount_text(risk, needed->at_risk);
    (void)prom_amount_text(there, largest != NULL ? largest->coin.value : prom_amount_zero());
    if (needed->blocks == 0) {
        (void)snprintf(why, sizeof why, "%s sat wait for its transactions", risk);
    } else {
        (void)snprintf(why, sizeof why, "%s sat are lost when a transaction is kept out of %u blocks", risk,
                       (unsigned)needed->blocks);
    }
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                     "the %s of this contract keeps one coin of %s sat for fees, as it takes contracts for up to %u "
                     "sat/vB and %s: the wallet's largest free coin holds %s sat; pay one of %s sat to it",
                     prom_role_name(role), value, (unsigned)node->config.limits.feerate, why, there, value);
}

prom_result prom_node_find_coin(const prom_node *node, const prom_wallet_coin **coin, prom_role role,
                                const prom_terms *terms, const prom_coin_list *but, prom_error *error)
{
    prom_fee_coin needed;
    PROM_TRY(prom_node_fee_coin_needed(node, &needed, role, terms, error));
    *coin = find_free(node, but, needed.value);
    return *coin != NULL && prom_amount_at_least((*coin)->coin.value, needed.value)
               ? prom_ok()
               : too_small(node, role, &needed, *coin, error);
}

/* Nor does it name a coin that our own verifier is about to. */
bool prom_node_can_name(const prom_node *node, const prom_channel *channel)
{
    const prom_own *own = &channel->facts.own;
    const bool wished = prom_node_sibling(node, &channel->facts.client, NULL, PROM_ROLE_BIT(PROM_ROLE_CLIENT)) != NULL;
    const prom_wallet_coin *for_fees = NULL;
    const prom_wallet_coin *deposit[PROM_COINS_MAX];
    const prom_coin_list but = {deposit, own->coin_count};
    prom_error ignored;
    for (size_t i = 0; i < own->coin_count; i++) {
        deposit[i] = prom_coins_find(node->fold->coins, &own->coins[i].outpoint);
        if (deposit[i] == NULL || !prom_node_is_free(node, deposit[i]) ||
            (!wished && prom_node_is_meant(node, &own->coins[i].outpoint))) {
            return false;
        }
    }
    return prom_is_ok(prom_node_find_coin(node, &for_fees, channel->facts.role, &channel->terms, &but, &ignored));
}

/* -- Reserving -- */

static prom_result take(prom_node *node, uint64_t channel, const prom_wallet_coin *coin, prom_error *error)
{
    prom_store_coin entry = {.channel = channel};
    bool reserved = false;
    prom_node_write_outpoint(entry.outpoint, &coin->coin.outpoint);
    PROM_TRY(prom_store_coin_reserve(node->store, &reserved, &entry, error));
    return reserved ? note(node, &coin->coin.outpoint, channel, error)
                    : prom_fail(error, PROM_CATEGORY_BROKEN, "a coin that is free is reserved in the store");
}

prom_result prom_node_reserve(prom_node *node, const prom_node_channel *channel, const prom_terms *terms,
                              prom_error *error)
{
    const prom_wallet_coin *own = prom_node_coin_of(node, channel->record.number);
    const prom_role role = channel->channel->facts.role;
    const prom_wallet_coin *coin = NULL;
    prom_fee_coin needed;
    PROM_TRY(prom_node_fee_coin_needed(node, &needed, role, terms, error));
    if (own != NULL && prom_amount_at_least(own->coin.value, needed.value)) {
        return prom_ok();
    }
    PROM_TRY(prom_node_find_coin(node, &coin, role, terms, NULL, error));
    if (own != NULL) { /* what is not here may come: the chain is not read to its end, or a block is undone */
        PROM_TRY(prom_node_release(node, channel->record.number, error));
    }
    return take(node, channel->record.number, coin, error);
}

prom_result prom_node_release(prom_node *node, uint64_t channel, prom_error *error)
{
    PROM_TRY(prom_store_coin_release(node->store, channel, error));
    prom_node_forget_reserved(node, channel);
    return prom_ok();
}

/* -- In a transaction of its own -- */

/* Where that fails the list is what the store has. */
static prom_result transact(prom_node *node, prom_node_act *give, prom_node_channel *channel, prom_error *error)
{
    prom_error ignored;
    const prom_result given = prom_node_transact(node, give, channel, error);
    if (!prom_is_ok(given)) {
        PROM_TRY(prom_node_load_reserved(node, &ignored));
    }
    return given;
}

static prom_result give_enough(prom_node *node, void *context, prom_error *error)
{
    const prom_node_channel *channel = context;
    return prom_node_reserve(node, channel, &channel->channel->terms, error);
}

prom_result prom_node_reserve_for_tx0(prom_node *node, prom_node_channel *channel, prom_error *error)
{
    return transact(node, give_enough, channel, error);
}

/* Another coin when its own is gone: the one that suits, or the largest there is. */
static prom_result give_any(prom_node *node, void *context, prom_error *error)
{
    const prom_node_channel *channel = context;
    prom_fee_coin needed = {.value = prom_amount_invalid()};
    (void)!prom_is_ok(
        prom_node_fee_coin_needed(node, &needed, channel->channel->facts.role, &channel->channel->terms, error));
    const prom_wallet_coin *coin = find_free(node, NULL, needed.value);
    return coin == NULL ? prom_ok() : take(node, channel->record.number, coin, error);
}

/* A channel without a coin is defended nevertheless, by what its transactions pay themselves. */
prom_result prom_node_reserved_coin(prom_node *node, const prom_node_channel *channel, bool *found,
                                    prom_bump_coin *coin, prom_key *key, prom_error *error)
{
    const prom_wallet_coin *its = prom_node_coin_of(node, channel->record.number);
    prom_node_channel *wants_one = prom_node_channel_of(node, channel->record.number);
    prom_error ignored;
    *found = false;
    if (its == NULL && wants_one != NULL && wants_one->channel != NULL) {
        (void)transact(node, give_any, wants_one, &ignored);
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
