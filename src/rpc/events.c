#include "rpc/events.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "node/history.h"
#include "node/look.h"
#include "node/money.h"
#include "node/owner.h"
#include "rpc/values.h"
#include "system/clock.h"

enum { PAUSE_MS = 1000, TEXT = 512 };

#define HISTORY_BYTES ((size_t)256 << 20)
#define EXPLAIN_BYTES ((size_t)1 << 26)

static const char *const REPORTS[] = {
    [PROM_REPORT_NOTE] = "note",   [PROM_REPORT_ALARM] = "alarm", [PROM_REPORT_REFUSED] = "refused",
    [PROM_REPORT_STATE] = "state", [PROM_REPORT_SENT] = "sent",   [PROM_REPORT_PUBLISHED] = "published",
    [PROM_REPORT_FAULT] = "fault", [PROM_REPORT_BUSY] = "busy",   [PROM_REPORT_MINED] = "mined",
};

/* -- Events -- */

/* What a peer or bitcoind has said may be quoted, and be no UTF-8: such bytes become question marks. */
static json_t *text_json(const char *text)
{
    char shown[2 * TEXT];
    json_t *string = json_string(text);
    return string != NULL ? string : json_string(prom_printable(shown, sizeof shown, text, strlen(text)));
}

/* `channel` 0: it is of none. */
static json_t *event_json(const prom_rpc_host *host, const char *kind, uint64_t channel, const char *text)
{
    char number[24];
    char hex[PROM_HEX32];
    prom_bytes32 id;
    const bool known = channel != 0 && host->node != NULL && prom_node_contract_id(host->node, &id, channel);
    (void)snprintf(number, sizeof number, "%" PRIu64, channel);
    return json_pack("{s:I, s:s, s:o, s:o, s:o}", "time", (json_int_t)prom_clock_date(), "kind", kind, "channel",
                     channel != 0 ? json_string(number) : json_null(), "contract",
                     known ? json_string(prom_hex32(hex, &id)) : json_null(), "text", text_json(text));
}

json_t *prom_rpc_event(prom_rpc_host *host, const prom_report *report)
{
    return event_json(host, REPORTS[report->kind], report->channel, report->text);
}

/* -- What was seen -- */

/* A contract as it was looked at last. */
struct seen_contract {
    uint64_t number;
    char name[PROM_STORE_NAME_MAX + 1];
    unsigned scheme;     /* that it was settled by; 0: it is not */
    int64_t late_behind; /* the last block of the transaction that was told of; 0: none was */
};

/* What one look has seen. */
struct seen {
    struct seen_contract *contracts; /* by number */
    size_t contract_count;
    size_t contract_room;
    prom_bytes32 *txids; /* of the wallet, in the last blocks; sorted */
    size_t txid_count;
};

struct prom_money_watch {
    prom_rpc_host *host;
    prom_money_hearer *hear;
    void *context;
    struct seen seen;
    json_t *news; /* of the look under way: told when it has succeeded, else it would be told with every look */
    bool begun;   /* something was looked at: what is new is told */
    uint32_t tip;
    int64_t looked;
};

static void free_seen(struct seen *seen)
{
    free(seen->contracts);
    free(seen->txids);
    *seen = (struct seen){.contracts = NULL};
}

static int compare_txids(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(prom_bytes32));
}

static int compare_numbers(const void *a, const void *b)
{
    const struct seen_contract *one = a;
    const struct seen_contract *other = b;
    return one->number < other->number ? -1 : one->number > other->number;
}

static const struct seen_contract *seen_before(const prom_money_watch *watch, uint64_t number)
{
    const struct seen_contract key = {.number = number};
    const struct seen *seen = &watch->seen;
    return seen->contract_count == 0
               ? NULL
               : bsearch(&key, seen->contracts, seen->contract_count, sizeof key, compare_numbers);
}

/* Consumes `money`. */
static void tell(const prom_money_watch *watch, uint64_t channel, const char *text, json_t *money, bool alarming)
{
    json_auto_t *event = event_json(watch->host, "money", channel, text);
    if (watch->begun && event != NULL && json_object_set(event, "money", money) == 0) {
        (void)json_array_append_new(watch->news, json_pack("{s:O, s:b}", "event", event, "alarming", (int)alarming));
    }
    json_decref(money);
}

/* Tells what a look has found, or forgets what it had found when it failed. */
static void end_news(const prom_money_watch *watch, bool succeeded)
{
    const json_t *item = NULL;
    size_t i = 0;
    json_array_foreach(watch->news, i, item)
    {
        if (succeeded) {
            watch->hear(watch->context, json_object_get(item, "event"),
                        json_is_true(json_object_get(item, "alarming")));
        }
    }
    (void)json_array_clear(watch->news);
}

/* -- Contracts -- */

/* What the node's owner put in and gets, by the scheme that came, before fees; of an arbiter, the least. */
static const prom_explained_stake *own_stake(const prom_explanation *it)
{
    static const prom_payee payees[PROM_ROLES] = {[PROM_ROLE_CLIENT] = PROM_PAYEE_C,
                                                  [PROM_ROLE_WORKER] = PROM_PAYEE_W,
                                                  [PROM_ROLE_VERIFIER] = PROM_PAYEE_V,
                                                  [PROM_ROLE_ARBITER] = PROM_PAYEE_A_PLUS};
    for (size_t i = 0; i < it->stake_count; i++) {
        if (it->stakes[i].payee == payees[it->role]) {
            return &it->stakes[i];
        }
    }
    return NULL;
}

static void tell_settled(const prom_money_watch *watch, uint64_t number, const prom_explanation *it)
{
    const prom_explained_stake *stake = own_stake(it);
    const prom_explained_tx *tx = it->tx_count > 0 ? &it->txs[it->tx_count - 1] : NULL;
    char text[TEXT];
    char in[PROM_AMOUNT_GROUPED];
    char out[PROM_AMOUNT_GROUPED];
    char txid[PROM_HEX32];
    if (stake == NULL || tx == NULL) {
        return;
    }
    const bool loses = prom_amount_above(stake->deposit, stake->least);
    const prom_amount lost = loses ? prom_amount_subtract(stake->deposit, stake->least) : prom_amount_zero();
    (void)snprintf(text, sizeof text, "settled by scheme #%u: %s sat were put in, %s sat come back, before fees",
                   it->scheme, prom_amount_grouped(in, stake->deposit), prom_amount_grouped(out, stake->least));
    json_t *money =
        json_pack("{s:s, s:i, s:o, s:o, s:o, s:s, s:I}", "what", "settled", "scheme", (int)it->scheme, "put_in",
                  prom_rpc_sat(stake->deposit), "got", prom_rpc_sat(stake->least), "lost", prom_rpc_sat(lost), "txid",
                  prom_hex32_reversed(txid, &tx->txid), "height", (json_int_t)tx->height);
    tell(watch, number, text, money, false);
}

/* A transaction of ours that somebody else may be faster than, when it is in no block soon. What is so already when the
 * node starts is told with the next block: by then the blocks are read that may have the transaction. */
static int64_t tell_late(const prom_money_watch *watch, uint64_t number, const prom_explanation *it, int64_t told)
{
    for (size_t i = 0; i < it->move_count && watch->begun; i++) {
        const prom_explained_move *move = &it->moves[i];
        const prom_fee_obligation *due = &move->due;
        const int64_t left = due->last_block - (int64_t)it->tips.best;
        char text[TEXT];
        char amount[PROM_AMOUNT_GROUPED];
        if (!move->known || due->lateness != PROM_LATE_COSTS_MONEY || due->last_block == PROM_WINDOW_OPEN ||
            (int64_t)it->tips.best < due->first_tip || left > (int64_t)due->safety_margin || due->last_block == told) {
            continue;
        }
        (void)snprintf(text, sizeof text,
                       "%s must be in a block up to %" PRId64 ", and is in none at %u: %s sat are at risk", move->name,
                       due->last_block, (unsigned)it->tips.best, prom_amount_grouped(amount, due->at_risk));
        tell(watch, number, text,
             json_pack("{s:s, s:s, s:o, s:I}", "what", "at risk", "transaction", move->name, "sat",
                       prom_rpc_sat(due->at_risk), "by_block", (json_int_t)due->last_block),
             true);
        return due->last_block;
    }
    return told;
}

struct looking {
    prom_money_watch *watch;
    prom_look *look;
    struct seen seen;
};

static prom_result note_contract(struct seen *seen, const struct seen_contract *contract, prom_error *error)
{
    if (seen->contract_count == seen->contract_room) {
        const size_t room = 2 * seen->contract_room + 16;
        struct seen_contract *larger = realloc(seen->contracts, room * sizeof *larger);
        if (larger == NULL) {
            return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
        }
        seen->contracts = larger;
        seen->contract_room = room;
    }
    seen->contracts[seen->contract_count++] = *contract;
    return prom_ok();
}

/* One that cannot be read now is as it was: the node has alarmed its owner, and the others are told of. */
static prom_result look_at_contract(void *context, const prom_store_channel *record, prom_error *error)
{
    struct looking *looking = context;
    const prom_money_watch *watch = looking->watch;
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    const prom_explanation *it = NULL;
    const struct seen_contract *before = seen_before(watch, record->number);
    struct seen_contract now = {.number = record->number};
    (void)snprintf(now.name, sizeof now.name, "%s", record->name);
    if (record->closed) {
        return note_contract(&looking->seen, &now, error);
    }
    prom_arena_init(&arena, EXPLAIN_BYTES);
    if (!prom_is_ok(prom_look_explain(looking->look, &arena, &it, record, error))) {
        return note_contract(&looking->seen, before != NULL ? before : &now, error);
    }
    if (it != NULL) {
        now.scheme = it->scheme;
        if (now.scheme != 0 && (before == NULL || before->scheme != now.scheme)) {
            tell_settled(watch, record->number, it);
        }
        now.late_behind = tell_late(watch, record->number, it, before == NULL ? 0 : before->late_behind);
    }
    return note_contract(&looking->seen, &now, error);
}

/* -- The wallet -- */

static uint64_t number_of(const struct seen *seen, const char *name)
{
    for (size_t i = 0; i < seen->contract_count && name[0] != '\0'; i++) {
        if (strcmp(seen->contracts[i].name, name) == 0) {
            return seen->contracts[i].number;
        }
    }
    return 0;
}

static void tell_row(const struct looking *looking, const prom_history_row *row)
{
    static const char *const words[] = {
        [PROM_HISTORY_RECEIVED] = "somebody paid us",
        [PROM_HISTORY_MINED] = "a coinbase paid us",
        [PROM_HISTORY_PAYMENT] = "our payment is mined",
        [PROM_HISTORY_P] = "the P that we published is mined",
        [PROM_HISTORY_OFFER] = "an offer of ours is mined",
        [PROM_HISTORY_WITHDRAWAL] = "an offer of ours is withdrawn",
        [PROM_HISTORY_CANCELLATION] = "a payment of ours is taken back",
        [PROM_HISTORY_SPLIT] = "coins of ours are split for contracts",
        [PROM_HISTORY_DEPOSIT] = "a contract has taken our deposit",
        [PROM_HISTORY_PAYOUT] = "a contract has paid us",
        [PROM_HISTORY_FEES] = "fees of a contract's transaction are paid",
        [PROM_HISTORY_SPENT] = "a coin of ours is spent",
    };
    char text[TEXT];
    char txid[PROM_HEX32];
    char amount[PROM_AMOUNT_GROUPED];
    (void)snprintf(text, sizeof text, "%s, in block %u: %s%s sat", words[row->kind], (unsigned)row->height,
                   row->loss ? "-" : "+", prom_amount_grouped(amount, row->amount));
    tell(looking->watch, number_of(&looking->watch->seen, row->contract), text,
         json_pack("{s:s, s:b, s:o, s:o, s:o, s:s, s:I}", "what", prom_history_kind_name(row->kind), "loss",
                   (int)row->loss, "sat", prom_rpc_sat(row->amount), "fee", prom_rpc_sat(row->fee), "balance",
                   prom_rpc_sat(row->balance), "txid", prom_hex32_reversed(txid, &row->txid), "height",
                   (json_int_t)row->height),
         false);
}

static prom_result look_at_wallet(struct looking *looking, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    const prom_money_watch *watch = looking->watch;
    const struct seen *before = &watch->seen;
    struct seen *now = &looking->seen;
    const prom_history_row *rows = NULL;
    size_t count = 0;
    prom_arena_init(&arena, HISTORY_BYTES);
    PROM_TRY(prom_node_history(watch->host->node, &arena, &rows, &count, error));
    now->txids = calloc(count + 1, sizeof *now->txids);
    if (now->txids == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    for (size_t i = 0; i < count; i++) {
        const prom_history_row *row = &rows[i];
        if (row->height == 0 || (uint64_t)row->height + PROM_MONEY_WATCH_BLOCKS <= watch->tip) {
            continue;
        }
        now->txids[now->txid_count++] = row->txid;
        if (before->txid_count == 0 ||
            bsearch(&row->txid, before->txids, before->txid_count, sizeof row->txid, compare_txids) == NULL) {
            tell_row(looking, row);
        }
    }
    qsort(now->txids, now->txid_count, sizeof *now->txids, compare_txids);
    return prom_ok();
}

/* -- Looking -- */

static prom_result look_at_contracts(struct looking *looking, prom_error *error)
{
    struct seen *seen = &looking->watch->seen;
    PROM_TRY(prom_look_at(&looking->look, looking->watch->host->node, error));
    PROM_TRY(prom_look_each(looking->look, look_at_contract, looking, error));
    free(seen->contracts);
    seen->contracts = looking->seen.contracts;
    seen->contract_count = looking->seen.contract_count;
    seen->contract_room = looking->seen.contract_room;
    looking->seen.contracts = NULL;
    return prom_ok();
}

static prom_result look_at_coins(struct looking *looking, prom_error *error)
{
    struct seen *seen = &looking->watch->seen;
    PROM_TRY(look_at_wallet(looking, error));
    free(seen->txids);
    seen->txids = looking->seen.txids;
    seen->txid_count = looking->seen.txid_count;
    looking->seen.txids = NULL;
    return prom_ok();
}

/* One that fails leaves the other alone: each tells what it has seen, once. */
static prom_result look(struct looking *looking, prom_error *error)
{
    prom_error reason;
    const prom_result contracts = look_at_contracts(looking, error);
    end_news(looking->watch, prom_is_ok(contracts));
    const prom_result coins = look_at_coins(looking, &reason);
    end_news(looking->watch, prom_is_ok(coins));
    if (prom_is_ok(contracts) && !prom_is_ok(coins)) {
        *error = reason;
    }
    return prom_is_ok(contracts) ? coins : contracts;
}

prom_result prom_money_watch_turn(prom_money_watch *watch, prom_error *error)
{
    const int64_t now = prom_clock_milliseconds();
    const uint32_t tip = prom_node_tip(watch->host->node);
    struct looking looking = {.watch = watch};
    prom_error waits;
    if (watch->begun && (tip == watch->tip || now - watch->looked < PAUSE_MS ||
                         !prom_is_ok(prom_node_check_read(watch->host->node, &waits)))) {
        return prom_ok();
    }
    watch->looked = now;
    watch->tip = tip;
    const prom_result looked = look(&looking, error);
    prom_look_close(&looking.look);
    free_seen(&looking.seen);
    watch->begun = watch->begun || prom_is_ok(looked);
    return looked;
}

prom_result prom_money_watch_open(prom_money_watch **watch, prom_rpc_host *host, prom_money_hearer *hear, void *context,
                                  prom_error *error)
{
    *watch = calloc(1, sizeof **watch);
    if (*watch == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    (*watch)->host = host;
    (*watch)->news = json_array();
    (*watch)->hear = hear;
    (*watch)->context = context;
    const prom_result looked = prom_money_watch_turn(*watch, error);
    if (!prom_is_ok(looked)) {
        prom_money_watch_close(*watch);
        *watch = NULL;
    }
    return looked;
}

void prom_money_watch_close(prom_money_watch *watch)
{
    if (watch != NULL) {
        free_seen(&watch->seen);
        json_decref(watch->news);
        free(watch);
    }
}
