#include "rpc/wallet_methods.h"

#include "node/history.h"
#include "node/money.h"
#include "node/payments.h"

enum { FEE_MAX_SAT = 100000 /* where none is given */ };

#define MEMORY ((size_t)256 << 20)
#define SAT_MAX UINT64_C(2100000000000000)

static json_t *sat_json(prom_amount amount)
{
    uint64_t sat = 0;
    return prom_amount_get(amount, &sat) ? json_integer((json_int_t)sat) : json_null();
}

static uint64_t number_of(const json_t *params, const char *name, uint64_t otherwise)
{
    const json_t *number = json_object_get(params, name);
    return number != NULL ? (uint64_t)json_integer_value(number) : otherwise;
}

static json_t *next_json(size_t next)
{
    return next != 0 ? json_integer((json_int_t)next) : json_null();
}

/* -- What there is -- */

prom_result prom_rpc_wallet_address(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    char address[PROM_ADDRESS_TEXT];
    (void)params;
    PROM_TRY(prom_node_new_address(host->node, address, error));
    *result = json_pack("{s:s}", "address", address);
    return prom_ok();
}

prom_result prom_rpc_wallet_balance(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    prom_balance balance;
    (void)params;
    PROM_TRY(prom_node_check_read(host->node, error));
    prom_node_balance(host->node, &balance);
    *result = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "free", sat_json(balance.free), "staked",
                        sat_json(balance.staked), "locked", sat_json(balance.locked), "reserved",
                        sat_json(balance.reserved), "pending", sat_json(balance.pending), "immature",
                        sat_json(balance.immature), "total", sat_json(balance.total));
    return prom_ok();
}

struct page {
    json_t *list;
    size_t most;
};

static bool add_coin(void *context, const prom_wallet_coin *coin, prom_coin_use use, uint64_t channel)
{
    const struct page *page = context;
    char txid[PROM_HEX32];
    char number[24] = "";
    (void)snprintf(number, sizeof number, "%llu", (unsigned long long)channel);
    (void)json_array_append_new(page->list,
                                json_pack("{s:s, s:I, s:o, s:I, s:s, s:o}", "txid",
                                          prom_hex32_reversed(txid, &coin->coin.outpoint.txid), "output",
                                          (json_int_t)coin->coin.outpoint.index, "sat", sat_json(coin->coin.value),
                                          "height", (json_int_t)coin->height, "use", prom_coin_use_name(use), "channel",
                                          channel != 0 ? json_string(number) : json_null()));
    return json_array_size(page->list) < page->most;
}

prom_result prom_rpc_wallet_coins(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    PROM_TRY(prom_node_check_read(host->node, error));
    const size_t first = (size_t)number_of(params, "from", 0);
    struct page page = {json_array(), (size_t)number_of(params, "limit", PROM_WALLET_PAGE)};
    const size_t next = prom_node_coin_each(host->node, first, add_coin, &page);
    *result = json_pack("{s:o, s:o}", "coins", page.list, "next", next_json(next));
    return prom_ok();
}

static json_t *row_json(const prom_history_row *row)
{
    char txid[PROM_HEX32];
    return json_pack("{s:o, s:s, s:s, s:b, s:o, s:o, s:o, s:o}", "height",
                     row->height != 0 ? json_integer((json_int_t)row->height) : json_null(), "txid",
                     prom_hex32_reversed(txid, &row->txid), "what", prom_history_kind_name(row->kind), "loss",
                     (int)row->loss, "sat", sat_json(row->amount), "fee", sat_json(row->fee), "balance",
                     sat_json(row->balance), "contract",
                     row->contract[0] != '\0' ? json_string(row->contract) : json_null());
}

prom_result prom_rpc_wallet_history(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    const prom_history_row *rows = NULL;
    size_t count = 0;
    prom_span csv = {NULL, 0};
    prom_arena_init(&arena, MEMORY);
    PROM_TRY(prom_node_check_read(host->node, error));
    PROM_TRY(prom_node_history(host->node, &arena, &rows, &count, error));
    const uint64_t wanted = number_of(params, "from", 0);
    const size_t first = wanted < count ? (size_t)wanted : count;
    const size_t most = (size_t)number_of(params, "limit", PROM_WALLET_PAGE);
    const size_t here = count - first < most ? count - first : most;
    json_t *next = next_json(first + here < count ? first + here : 0);
    if (json_is_true(json_object_get(params, "csv"))) {
        const prom_result written = prom_history_csv(&arena, &csv, rows + first, here, error);
        *result = prom_is_ok(written)
                      ? json_pack("{s:s%, s:O}", "csv", (const char *)csv.data, csv.length, "next", next)
                      : NULL;
        json_decref(next);
        return written;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < here; i++) {
        (void)json_array_append_new(list, row_json(&rows[first + i]));
    }
    *result = json_pack("{s:o, s:o}", "rows", list, "next", next);
    return prom_ok();
}

/* -- Payments -- */

static json_t *paid_json(const prom_node_paid *paid)
{
    char txid[PROM_HEX32];
    return json_pack("{s:s, s:o, s:o, s:I, s:I, s:o}", "txid", prom_hex32_reversed(txid, &paid->txid), "fee",
                     sat_json(paid->fee), "change", sat_json(paid->change), "vsize", (json_int_t)paid->vsize, "inputs",
                     (json_int_t)paid->input_count, "psbt", paid->psbt != NULL ? json_string(paid->psbt) : json_null());
}

static prom_result pay(prom_rpc_host *host, json_t **result, const json_t *params, prom_payment_how how,
                       prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    const json_t *sat = json_object_get(params, "sat");
    const bool all = json_is_true(json_object_get(params, "all"));
    const prom_node_payee payee = {json_string_value(json_object_get(params, "address")),
                                   prom_amount_of(number_of(params, "sat", 0))};
    const prom_node_withdrawal wanted = {.payees = &payee,
                                         .payee_count = 1,
                                         .all = all,
                                         .feerate = (uint32_t)number_of(params, "feerate", 0),
                                         .fee_max = prom_amount_of(number_of(params, "fee_max", FEE_MAX_SAT)),
                                         .how = how};
    prom_node_paid paid;
    if ((sat != NULL) == all) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "give either sat or all");
    }
    prom_arena_init(&arena, MEMORY);
    PROM_TRY(prom_node_withdraw(host->node, &arena, &paid, &wanted, error));
    *result = paid_json(&paid);
    return prom_ok();
}

prom_result prom_rpc_wallet_withdraw(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    const bool dry = json_is_true(json_object_get(params, "dry_run"));
    return pay(host, result, params, dry ? PROM_PAY_DRY : PROM_PAY_SEND, error);
}

prom_result prom_rpc_wallet_psbt_export(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    return pay(host, result, params, PROM_PAY_PSBT, error);
}

prom_result prom_rpc_wallet_psbt_import(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_node_paid paid;
    prom_arena_init(&arena, MEMORY);
    PROM_TRY(prom_node_take_psbt(host->node, &arena, &paid, json_string_value(json_object_get(params, "psbt")), error));
    *result = paid_json(&paid);
    return prom_ok();
}

/* -- The table's parts -- */

#define PAGE                                                                                                           \
    {.name = "from", .type = PROM_RPC_NUMBER, .max = UINT32_MAX, .text = "The first one's place. Left out: 0."},       \
    {                                                                                                                  \
        .name = "limit", .type = PROM_RPC_NUMBER, .min = 1, .max = PROM_WALLET_PAGE,                                   \
        .text = "At most so many. Left out: 500."                                                                      \
    }
const prom_rpc_parameter prom_rpc_wallet_page_parameters[] = {PAGE, {.name = NULL}};
const prom_rpc_parameter prom_rpc_wallet_history_parameters[] = {
    PAGE,
    {.name = "csv", .type = PROM_RPC_FLAG, .text = "Whether to give one text (RFC 4180) in place of rows."},
    {.name = NULL},
};

#define PAY                                                                                                            \
    {.name = "address", .type = PROM_RPC_TEXT, .required = true, .text = "Who is paid."},                              \
        {.name = "sat", .type = PROM_RPC_NUMBER, .min = 1, .max = SAT_MAX, .text = "How much it gets."},               \
        {.name = "all", .type = PROM_RPC_FLAG, .text = "In place of sat: it gets all that is free, less the fee."},    \
        {.name = "feerate",                                                                                            \
         .type = PROM_RPC_NUMBER,                                                                                      \
         .min = 1000,                                                                                                  \
         .max = 10000000,                                                                                              \
         .text = "In sat for 1000 virtual bytes. Left out: what the next blocks ask for, as bitcoind says."},          \
    {                                                                                                                  \
        .name = "fee_max", .type = PROM_RPC_NUMBER, .min = 1, .max = SAT_MAX,                                          \
        .text = "The greatest fee, in sat. Left out: 100000."                                                          \
    }
const prom_rpc_parameter prom_rpc_wallet_withdraw_parameters[] = {
    PAY,
    {.name = "dry_run", .type = PROM_RPC_FLAG, .text = "Whether to tell what it would cost, and do nothing."},
    {.name = NULL},
};
const prom_rpc_parameter prom_rpc_wallet_export_parameters[] = {PAY, {.name = NULL}};
const prom_rpc_parameter prom_rpc_wallet_import_parameters[] = {
    {.name = "psbt",
     .type = PROM_RPC_TEXT,
     .required = true,
     .max = PROM_WALLET_PSBT_MAX,
     .text = "One that wallet.psbt_export gave, signed, in base 64."},
    {.name = NULL},
};

const prom_rpc_field prom_rpc_wallet_address_result[] = {{"address", "which was never given before"}, {NULL, NULL}};
const prom_rpc_field prom_rpc_wallet_balance_result[] = {
    {"free", "sat that payments and contracts can take"},
    {"staked, locked, reserved",
     "in offers; in contracts, or named to others as an input of one; kept for the fees of contracts"},
    {"pending", "what payments that are in no block pay back to us"},
    {"immature", "of coinbases that may not be spent yet"},
    {"total", "of all these"},
    {NULL, NULL},
};
const prom_rpc_field prom_rpc_wallet_coins_result[] = {
    {"coins", "unspent ones, oldest first: txid, output, sat, height, use (\"free\", \"staked\", \"locked\", "
              "\"reserved\", \"paid\" or \"immature\"), channel (its number, as text, or null)"},
    {"next", "what 'from' is to be for the next ones, or null: these were the last"},
    {NULL, NULL},
};
const prom_rpc_field prom_rpc_wallet_history_result[] = {
    {"rows", "a transaction each, oldest first: height (null: it is in no block), txid, what (\"received\", \"mined\", "
             "\"payment\", \"deposit\", \"payout\", \"fees\" or \"spent\"), loss (whether the wallet has less after "
             "it), sat, fee (in it, of a "
             "payment; else null), balance after it, contract (its channel's name, or null)"},
    {"csv", "in place of rows: a head, and a line for each"},
    {"next", "what 'from' is to be for the next ones, or null: these were the last"},
    {NULL, NULL},
};
const prom_rpc_field prom_rpc_wallet_paid_result[] = {
    {"txid", "of the payment"},
    {"fee, change", "in sat; change is what comes back"},
    {"vsize, inputs", "virtual bytes, and how many coins it spends"},
    {"psbt", "that is to be signed (BIP 174), in base 64, or null"},
    {NULL, NULL},
};
