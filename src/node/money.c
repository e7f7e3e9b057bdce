/* What the wallet has, and what of it is for what. */
#include "node/money.h"

#include "node/beginning.h"
#include "node/payments.h"

const char *prom_coin_use_name(prom_coin_use use)
{
    switch (use) {
    case PROM_COIN_FREE:
        return "free";
    case PROM_COIN_STAKED:
        return "staked";
    case PROM_COIN_LOCKED:
        return "locked";
    case PROM_COIN_RESERVED:
        return "reserved";
    case PROM_COIN_PAID:
        return "paid";
    case PROM_COIN_IMMATURE:
        return "immature";
    }
    return "unknown";
}

/* The channel that keeps the coin for its fees, or 0. */
static uint64_t reserved_by(const prom_node *node, const prom_wallet_coin *coin)
{
    for (size_t i = 0; i < node->reserved_count; i++) {
        const uint64_t channel = node->reserved[i].channel;
        if (prom_node_coin_of(node, channel) == coin) {
            return channel;
        }
    }
    return 0;
}

/* The channel that has named the coin as an input, or 0. */
static uint64_t named_by(const prom_node *node, const prom_outpoint *outpoint)
{
    for (size_t i = 0; i < node->channel_count; i++) {
        const prom_channel *channel = node->channels[i]->channel;
        if (channel == NULL || !prom_node_has_named(&channel->facts)) {
            continue;
        }
        for (size_t j = 0; j < channel->facts.own.coin_count; j++) {
            if (prom_outpoint_equal(&channel->facts.own.coins[j].outpoint, outpoint)) {
                return node->channels[i]->record.number;
            }
        }
    }
    return 0;
}

prom_coin_use prom_node_use_of(const prom_node *node, const prom_wallet_coin *coin, uint64_t *channel)
{
    const prom_outpoint *outpoint = &coin->coin.outpoint;
    *channel = 0;
    if (prom_node_is_free(node, coin)) {
        return PROM_COIN_FREE;
    }
    if (prom_node_is_offer(node, outpoint)) {
        *channel = named_by(node, outpoint);
        return PROM_COIN_STAKED;
    }
    if ((*channel = named_by(node, outpoint)) != 0) {
        return PROM_COIN_LOCKED;
    }
    if ((*channel = reserved_by(node, coin)) != 0) {
        return PROM_COIN_RESERVED;
    }
    if (prom_node_is_paid_away(node, outpoint)) {
        return PROM_COIN_PAID;
    }
    return PROM_COIN_IMMATURE;
}

size_t prom_node_coin_each(const prom_node *node, size_t first, prom_coin_visit visit, void *context)
{
    size_t count = 0;
    size_t place = 0;
    bool more = true;
    const prom_wallet_coin *list = prom_coins_list(node->fold->coins, &count);
    for (size_t i = 0; i < count; i++) {
        uint64_t channel = 0;
        if (list[i].spent != 0 || place++ < first) {
            continue;
        }
        if (!more) {
            return place - 1;
        }
        const prom_coin_use use = prom_node_use_of(node, &list[i], &channel);
        more = visit(context, &list[i], use, channel);
    }
    return 0;
}

/* -- The balance -- */

static void add(prom_amount *sum, prom_amount amount)
{
    *sum = prom_amount_add(*sum, amount);
}

/* What Tx0 of a channel took of ours, less what it pays back to us at once; zero where no block has it, or the contract
 * is settled. */
static prom_amount locked_by(const prom_node *node, const prom_node_channel *entry)
{
    const prom_channel *channel = entry->channel;
    prom_amount taken = prom_amount_zero();
    prom_amount back = prom_amount_zero();
    size_t count = 0;
    bool settled = true;
    if (channel == NULL || channel->tree == NULL) {
        return prom_amount_zero();
    }
    for (uint16_t i = 0; i < channel->facts.batch_count; i++) {
        settled = settled && prom_channel_scheme(channel, i) != 0;
    }
    const prom_wallet_coin *list = prom_coins_list(node->fold->coins, &count);
    const prom_bytes32 *tx0 = &channel->tree->tx[PROM_TX0].txid;
    for (size_t i = 0; i < count && !settled; i++) {
        if (list[i].spent != 0 && prom_bytes32_equal(&list[i].spent_by, tx0)) {
            add(&taken, list[i].coin.value);
        }
        if (prom_bytes32_equal(&list[i].coin.outpoint.txid, tx0)) {
            add(&back, list[i].coin.value);
        }
    }
    return prom_amount_at_least(taken, back) ? prom_amount_subtract(taken, back) : prom_amount_zero();
}

static prom_amount paid_back(const prom_node *node, const prom_node_payment *payment)
{
    prom_amount sum = prom_amount_zero();
    uint32_t height;
    for (size_t i = 0; i < payment->tx->output_count; i++) {
        const prom_tx_output *output = &payment->tx->outputs[i];
        if (prom_node_is_own_script(node, output->script)) {
            add(&sum, output->value);
        }
    }
    return prom_node_fate_of(node, payment, &height) == PROM_PAYMENT_WAITS ? sum : prom_amount_zero();
}

/* Of a coin that a payment spends: whether the payment waits, and does not have another in its place. */
static bool goes(const prom_node *node, const prom_outpoint *outpoint)
{
    uint32_t height;
    for (size_t i = 0; i < node->payment_count; i++) {
        const prom_node_payment *payment = &node->payments[i];
        if (prom_tx_spends(payment->tx, outpoint) && prom_node_fate_of(node, payment, &height) == PROM_PAYMENT_WAITS) {
            return true;
        }
    }
    return false;
}

void prom_node_balance(const prom_node *node, prom_balance *balance)
{
    const prom_amount none = prom_amount_zero();
    prom_amount paid = none;
    size_t count = 0;
    const prom_wallet_coin *list = prom_coins_list(node->fold->coins, &count);
    *balance = (prom_balance){none, none, none, none, none, none, none};
    prom_amount *const of_use[] = {
        [PROM_COIN_FREE] = &balance->free,         [PROM_COIN_STAKED] = &balance->staked,
        [PROM_COIN_LOCKED] = &balance->locked,     [PROM_COIN_RESERVED] = &balance->reserved,
        [PROM_COIN_IMMATURE] = &balance->immature, [PROM_COIN_PAID] = &paid,
    };
    for (size_t i = 0; i < count; i++) {
        uint64_t channel;
        if (list[i].spent == 0) {
            const prom_coin_use use = prom_node_use_of(node, &list[i], &channel);
            const bool stays = use == PROM_COIN_PAID && !goes(node, &list[i].coin.outpoint);
            add(stays ? &balance->pending : of_use[use], list[i].coin.value);
        }
    }
    for (size_t i = 0; i < node->channel_count; i++) {
        add(&balance->locked, locked_by(node, node->channels[i]));
    }
    for (size_t i = 0; i < node->payment_count; i++) {
        add(&balance->pending, paid_back(node, &node->payments[i]));
    }
    const prom_amount parts[] = {balance->free,     balance->staked,  balance->locked,
                                 balance->reserved, balance->pending, balance->immature};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        add(&balance->total, parts[i]);
    }
}
