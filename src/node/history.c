#include "node/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/beginning.h"
#include "node/payments.h"

const char *prom_history_kind_name(prom_history_kind kind)
{
    switch (kind) {
    case PROM_HISTORY_RECEIVED:
        return "received";
    case PROM_HISTORY_MINED:
        return "mined";
    case PROM_HISTORY_PAYMENT:
        return "payment";
    case PROM_HISTORY_P:
        return "P";
    case PROM_HISTORY_OFFER:
        return "offer";
    case PROM_HISTORY_WITHDRAWAL:
        return "withdrawal";
    case PROM_HISTORY_CANCELLATION:
        return "cancellation";
    case PROM_HISTORY_SPLIT:
        return "split";
    case PROM_HISTORY_DEPOSIT:
        return "deposit";
    case PROM_HISTORY_PAYOUT:
        return "payout";
    case PROM_HISTORY_FEES:
        return "fees";
    case PROM_HISTORY_SPENT:
        return "spent";
    }
    return "unknown";
}

/* What a transaction, or one coin of it, gave and took. */
struct entry {
    uint32_t height;
    prom_bytes32 txid;
    prom_amount received;
    prom_amount spent;
    uint32_t payout; /* the channel whose payout it makes, as an epoch counts them; 0: none */
    uint32_t change; /* the channel whose change it makes */
    bool coinbase;
    bool pays_back; /* to the key of a coin that it spends */
};

/* A channel's name by its number, as an epoch counts them. */
struct named {
    uint32_t number;
    char name[PROM_STORE_NAME_MAX + 1];
};

struct history {
    const prom_node *node;
    prom_arena *arena;
    struct entry *entries;
    size_t count;
    struct named *names;
    size_t name_count;
    size_t name_room;
    prom_store_payment *payments;
    size_t payment_count;
    size_t payment_room;
};

/* -- What there is -- */

static void add_entry(struct history *history, const struct entry *entry)
{
    history->entries[history->count++] = *entry;
}

/* Whether what spends the coin pays to its key again, by its first output: so do children that pay for fees (bump.h).
 */
static bool is_paid_back(const prom_coins *coins, const prom_wallet_coin *coin)
{
    const prom_outpoint first = {coin->spent_by, 0};
    const prom_wallet_coin *paid = prom_coins_any(coins, &first);
    return paid != NULL && prom_bytes32_equal(&paid->coin.key, &coin->coin.key);
}

static prom_result list_coins(struct history *history, prom_error *error)
{
    const prom_coins *coins = history->node->fold->coins;
    const prom_amount none = prom_amount_zero();
    size_t count = 0;
    const prom_wallet_coin *list = prom_coins_list(coins, &count);
    PROM_TRY_NEW(history->entries, history->arena, 2 * count + history->node->payment_count, error);
    for (size_t i = 0; i < count; i++) {
        const prom_wallet_coin *coin = &list[i];
        prom_wallet_path path = {0};
        struct entry entry = {coin->height, coin->coin.outpoint.txid, coin->coin.value, none, 0, 0, coin->coinbase,
                              false};
        PROM_TRY(prom_coins_path(coins, &path, &coin->coin.key, error));
        if (path.account != PROM_WALLET_OWN && path.chain == PROM_WALLET_OUTPUTS) {
            *(path.index % 2 == PROM_WALLET_PAYOUT ? &entry.payout : &entry.change) = path.index / 2;
        }
        add_entry(history, &entry);
        if (coin->spent != 0) {
            const struct entry spending = {.height = coin->spent,
                                           .txid = coin->spent_by,
                                           .received = none,
                                           .spent = coin->coin.value,
                                           .pays_back = is_paid_back(coins, coin)};
            add_entry(history, &spending);
        }
    }
    return prom_ok();
}

static prom_result note_name(void *context, const prom_store_channel *channel, prom_error *error)
{
    struct history *history = context;
    if (history->name_count == history->name_room) {
        struct named *grown = NULL;
        history->name_room = 2 * history->name_room + 16;
        PROM_TRY_NEW(grown, history->arena, history->name_room, error);
        if (history->name_count > 0) {
            memcpy(grown, history->names, history->name_count * sizeof *grown);
        }
        history->names = grown;
    }
    struct named *named = &history->names[history->name_count++];
    named->number = (uint32_t)channel->number;
    (void)snprintf(named->name, sizeof named->name, "%s", channel->name);
    return prom_ok();
}

static prom_result note_payment(void *context, const prom_store_payment *payment, prom_error *error)
{
    struct history *history = context;
    if (payment->state == PROM_PAYMENT_OUT) {
        return prom_ok();
    }
    if (history->payment_count == history->payment_room) {
        prom_store_payment *grown = NULL;
        history->payment_room = 2 * history->payment_room + 16;
        PROM_TRY_NEW(grown, history->arena, history->payment_room, error);
        if (history->payment_count > 0) {
            memcpy(grown, history->payments, history->payment_count * sizeof *grown);
        }
        history->payments = grown;
    }
    history->payments[history->payment_count++] = *payment; /* but for the bytes, which are gone soon */
    return prom_ok();
}

static int by_transaction(const void *a, const void *b)
{
    const struct entry *one = a;
    const struct entry *other = b;
    if (one->height != other->height) {
        return one->height < other->height ? -1 : 1;
    }
    return prom_bytes32_compare_vartime(&one->txid, &other->txid);
}

/* What brings money goes first in a block: so no balance is below zero, whatever spends what. */
static int by_gain(const void *a, const void *b)
{
    const struct entry *one = a;
    const struct entry *other = b;
    const bool gains = prom_amount_at_least(one->received, one->spent);
    if (one->height != other->height) {
        return one->height < other->height ? -1 : 1;
    }
    if (gains != prom_amount_at_least(other->received, other->spent)) {
        return gains ? -1 : 1;
    }
    return prom_bytes32_compare_vartime(&one->txid, &other->txid);
}

/* One entry for each transaction. */
static void merge(struct history *history)
{
    size_t kept = 0;
    if (history->count == 0) {
        return;
    }
    qsort(history->entries, history->count, sizeof history->entries[0], by_transaction);
    for (size_t i = 1; i < history->count; i++) {
        const struct entry *next = &history->entries[i];
        struct entry *entry = &history->entries[kept];
        if (by_transaction(entry, next) != 0) {
            history->entries[++kept] = *next;
            continue;
        }
        entry->received = prom_amount_add(entry->received, next->received);
        entry->spent = prom_amount_add(entry->spent, next->spent);
        entry->payout = next->payout != 0 ? next->payout : entry->payout;
        entry->change = next->change != 0 ? next->change : entry->change;
        entry->coinbase = entry->coinbase || next->coinbase;
        entry->pays_back = entry->pays_back || next->pays_back;
    }
    history->count = kept + 1;
    qsort(history->entries, history->count, sizeof history->entries[0], by_gain);
}

/* Payments that wait: what they spend of ours, and what of it comes back. */
static void add_waiting(struct history *history)
{
    const prom_node *node = history->node;
    for (size_t i = 0; i < node->payment_count; i++) {
        const prom_node_payment *payment = &node->payments[i];
        struct entry entry = {.txid = payment->txid, .received = prom_amount_zero(), .spent = prom_amount_zero()};
        uint32_t height;
        for (size_t j = 0; j < payment->tx->input_count; j++) {
            const prom_wallet_coin *coin = prom_coins_any(node->fold->coins, &payment->tx->inputs[j].outpoint);
            entry.spent = coin != NULL ? prom_amount_add(entry.spent, coin->coin.value) : entry.spent;
        }
        for (size_t j = 0; j < payment->tx->output_count; j++) {
            const prom_tx_output *output = &payment->tx->outputs[j];
            entry.received = prom_node_is_own_script(node, output->script)
                                 ? prom_amount_add(entry.received, output->value)
                                 : entry.received;
        }
        if (prom_node_fate_of(node, payment, &height) == PROM_PAYMENT_WAITS) {
            add_entry(history, &entry);
        }
    }
}

/* -- Rows -- */

static const char *name_of(const struct history *history, uint32_t number)
{
    const char *name = "";
    for (size_t i = 0; i < history->name_count && number != 0; i++) {
        name = history->names[i].number == number ? history->names[i].name : name;
    }
    return name;
}

/* The number of the open channel whose Tx0 it is, or 0. */
static uint32_t tx0_of(const struct history *history, const prom_bytes32 *txid)
{
    const prom_node *node = history->node;
    for (size_t i = 0; i < node->channel_count; i++) {
        const prom_channel *channel = node->channels[i]->channel;
        if (channel != NULL && channel->tree != NULL && prom_bytes32_equal(&channel->tree->tx[PROM_TX0].txid, txid)) {
            return (uint32_t)node->channels[i]->record.number;
        }
    }
    return 0;
}

static const prom_store_payment *payment_of(const struct history *history, const prom_bytes32 *txid)
{
    for (size_t i = 0; i < history->payment_count; i++) {
        if (prom_bytes32_equal(&history->payments[i].txid, txid)) {
            return &history->payments[i];
        }
    }
    return NULL;
}

static const prom_history_kind kinds[PROM_OWN_PURPOSES] = {[PROM_OWN_PARAMETERS] = PROM_HISTORY_P,
                                                           [PROM_OWN_OFFER] = PROM_HISTORY_OFFER,
                                                           [PROM_OWN_WITHDRAWAL] = PROM_HISTORY_WITHDRAWAL,
                                                           [PROM_OWN_PAYMENT] = PROM_HISTORY_PAYMENT,
                                                           [PROM_OWN_CANCELLATION] = PROM_HISTORY_CANCELLATION,
                                                           [PROM_OWN_SPLIT] = PROM_HISTORY_SPLIT};

static void name_kind(const struct history *history, prom_history_row *row, const struct entry *entry)
{
    const prom_store_payment *payment = payment_of(history, &entry->txid);
    const bool spends = !prom_amount_is_zero(entry->spent);
    const uint32_t tx0 = spends ? tx0_of(history, &entry->txid) : 0;
    const uint32_t deposit = tx0 != 0 ? tx0 : entry->change;
    row->contract = "";
    row->fee = prom_amount_invalid();
    if (payment != NULL) {
        row->kind = payment->purpose < PROM_OWN_PURPOSES ? kinds[payment->purpose] : PROM_HISTORY_PAYMENT;
        row->fee = prom_amount_of(payment->fee);
    } else if (entry->payout != 0 && !spends) {
        row->kind = PROM_HISTORY_PAYOUT;
        row->contract = name_of(history, entry->payout);
    } else if (spends && (tx0 != 0 || name_of(history, deposit)[0] != '\0')) {
        row->kind = PROM_HISTORY_DEPOSIT;
        row->contract = name_of(history, deposit);
    } else if (spends) {
        row->kind = entry->pays_back ? PROM_HISTORY_FEES : PROM_HISTORY_SPENT;
    } else {
        row->kind = entry->coinbase ? PROM_HISTORY_MINED : PROM_HISTORY_RECEIVED;
    }
}

static prom_result write_rows(const struct history *history, prom_history_row *rows, prom_error *error)
{
    prom_amount balance = prom_amount_zero();
    for (size_t i = 0; i < history->count; i++) {
        const struct entry *entry = &history->entries[i];
        prom_history_row *row = &rows[i];
        row->height = entry->height;
        row->txid = entry->txid;
        row->loss = prom_amount_above(entry->spent, entry->received);
        row->amount = row->loss ? prom_amount_subtract(entry->spent, entry->received)
                                : prom_amount_subtract(entry->received, entry->spent);
        balance = row->loss ? prom_amount_subtract(balance, row->amount) : prom_amount_add(balance, row->amount);
        row->balance = balance;
        name_kind(history, row, entry);
    }
    return prom_amount_is_valid(balance) ? prom_ok()
                                         : prom_fail(error, PROM_CATEGORY_BROKEN, "the wallet's coins do not add up");
}

prom_result prom_node_history(const prom_node *node, prom_arena *arena, const prom_history_row **rows, size_t *count,
                              prom_error *error)
{
    struct history history = {.node = node, .arena = arena};
    prom_history_row *made = NULL;
    *count = 0;
    PROM_TRY(list_coins(&history, error));
    PROM_TRY(prom_store_channel_each(node->store, note_name, &history, error));
    PROM_TRY(prom_store_payment_each(node->store, note_payment, &history, error));
    merge(&history);
    add_waiting(&history);
    PROM_TRY_NEW(made, arena, history.count, error);
    PROM_TRY(write_rows(&history, made, error));
    *rows = made;
    *count = history.count;
    return prom_ok();
}

/* -- CSV -- */

/* A text in quotes. What begins as a formula does gets an apostrophe, by which spreadsheets know a text. */
static void write_cell(prom_writer *writer, const char *text)
{
    prom_write_u8(writer, '"');
    if (text[0] != '\0' && strchr("=+-@\t\r\n", text[0]) != NULL) {
        prom_write_u8(writer, '\'');
    }
    for (; *text != '\0'; text++) {
        prom_write_u8(writer, (uint8_t)*text);
        if (*text == '"') {
            prom_write_u8(writer, '"');
        }
    }
    prom_write_u8(writer, '"');
}

static void write_amount(prom_writer *writer, const char *sign, prom_amount amount)
{
    char text[PROM_AMOUNT_TEXT];
    if (prom_amount_is_valid(amount)) {
        prom_write_text(writer, prom_amount_is_zero(amount) ? "" : sign);
        prom_write_text(writer, prom_amount_text(text, amount));
    }
    prom_write_u8(writer, ',');
}

prom_result prom_history_csv(prom_arena *arena, prom_span *csv, const prom_history_row *rows, size_t count,
                             prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    prom_write_text(&writer, "height,txid,what,amount,fee,balance,contract\r\n");
    for (size_t i = 0; i < count; i++) {
        const prom_history_row *row = &rows[i];
        char height[16] = "";
        char txid[PROM_HEX32];
        if (row->height != 0) {
            (void)snprintf(height, sizeof height, "%u", (unsigned)row->height);
        }
        prom_write_text(&writer, height);
        prom_write_u8(&writer, ',');
        prom_write_text(&writer, prom_hex32_reversed(txid, &row->txid));
        prom_write_u8(&writer, ',');
        prom_write_text(&writer, prom_history_kind_name(row->kind));
        prom_write_u8(&writer, ',');
        write_amount(&writer, row->loss ? "-" : "", row->amount);
        write_amount(&writer, "", row->fee);
        write_amount(&writer, "", row->balance);
        write_cell(&writer, row->contract);
        prom_write_text(&writer, "\r\n");
    }
    return prom_writer_finish(&writer, csv, error);
}
