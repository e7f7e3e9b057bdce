#include "rpc/wallet_methods.h"

#include "node/history.h"
#include "node/incoming.h"
#include "node/money.h"
#include "node/payments.h"
#include "rpc/values.h"

#define MEMORY ((size_t)256 << 20)

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
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_balance balance;
    prom_amount sum = prom_amount_zero();
    const prom_node_incoming *incoming = NULL;
    size_t count = 0;
    (void)params;
    prom_arena_init(&arena, MEMORY);
    PROM_TRY(prom_node_check_read(host->node, error));
    PROM_TRY(prom_node_list_incoming(host->node, &arena, &incoming, &count, error));
    prom_node_balance(host->node, &balance);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        (void)json_array_append_new(list, json_pack("{s:o, s:o}", "txid", prom_rpc_txid(&incoming[i].txid), "sat",
                                                    prom_rpc_sat(incoming[i].sat)));
        sum = prom_amount_add(sum, incoming[i].sat);
    }
    *result = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "free", prom_rpc_sat(balance.free), "staked",
                        prom_rpc_sat(balance.staked), "locked", prom_rpc_sat(balance.locked), "reserved",
                        prom_rpc_sat(balance.reserved), "pending", prom_rpc_sat(balance.pending), "immature",
                        prom_rpc_sat(balance.immature), "total", prom_rpc_sat(balance.total), "incoming",
                        prom_rpc_sat(sum), "incoming_payments", list);
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
                                          (json_int_t)coin->coin.outpoint.index, "sat", prom_rpc_sat(coin->coin.value),
                                          "height", (json_int_t)coin->height, "use", prom_coin_use_name(use), "channel",
                                          channel != 0 ? json_string(number) : json_null()));
    return json_array_size(page->list) < page->most;
}

prom_result prom_rpc_wallet_coins(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    PROM_TRY(prom_node_check_read(host->node, error));
    const size_t first = (size_t)prom_rpc_number(params, "from", 0);
    struct page page = {json_array(), (size_t)prom_rpc_number(params, "limit", PROM_WALLET_PAGE)};
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
                     (int)row->loss, "sat", prom_rpc_sat(row->amount), "fee", prom_rpc_sat(row->fee), "balance",
                     prom_rpc_sat(row->balance), "contract",
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
    const uint64_t wanted = prom_rpc_number(params, "from", 0);
    const size_t first = wanted < count ? (size_t)wanted : count;
    const size_t most = (size_t)prom_rpc_number(params, "limit", PROM_WALLET_PAGE);
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

json_t *prom_rpc_paid_json(const prom_node_paid *paid)
{
    return json_pack("{s:o, s:s, s:o, s:o, s:o, s:I, s:I, s:o, s:b}", "txid", prom_rpc_txid(&paid->txid), "purpose",
                     prom_own_name(paid->purpose), "fee", prom_rpc_sat(paid->fee), "locks", prom_rpc_sat(paid->locks),
                     "change", prom_rpc_sat(paid->change), "vsize", (json_int_t)paid->vsize, "inputs",
                     (json_int_t)paid->input_count, "psbt", paid->psbt != NULL ? json_string(paid->psbt) : json_null(),
                     "before", (int)paid->before);
}

prom_pay_options prom_rpc_pay_options(const json_t *params)
{
    return (prom_pay_options){.feerate = (uint32_t)prom_rpc_number(params, "feerate", 0),
                              .fee_max = prom_amount_of(prom_rpc_number(params, "fee_max", PROM_PAY_FEE_MAX_SAT)),
                              .mode = json_is_true(json_object_get(params, "dry_run")) ? PROM_PAY_DRY : PROM_PAY_SEND};
}

/* Those of `to`, in their order, or the one of `all`. */
static prom_result read_payees(prom_arena *arena, prom_node_withdrawal *wanted, const json_t *params, prom_error *error)
{
    json_t *to = json_object_get(params, "to");
    const char *all = json_string_value(json_object_get(params, "all"));
    const char *address;
    json_t *sat;
    prom_node_payee *payees = NULL;
    if ((to != NULL) == (all != NULL)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "give either to or all");
    }
    PROM_TRY_NEW(payees, arena, to != NULL ? json_object_size(to) : 1, error);
    payees[0] = (prom_node_payee){all, prom_amount_zero()};
    wanted->payees = payees;
    wanted->payee_count = all != NULL ? 1 : 0;
    wanted->all = all != NULL;
    json_object_foreach(to, address, sat)
    {
        payees[wanted->payee_count++] = (prom_node_payee){address, prom_amount_of((uint64_t)json_integer_value(sat))};
    }
    return prom_ok();
}

static prom_result pay(prom_rpc_host *host, json_t **result, const json_t *params, const prom_pay_options *options,
                       prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_node_withdrawal wanted = {.how = *options,
                                   .reference = json_string_value(json_object_get(params, "reference"))};
    prom_node_paid paid;
    prom_arena_init(&arena, MEMORY);
    PROM_TRY(read_payees(&arena, &wanted, params, error));
    PROM_TRY(prom_node_withdraw(host->node, &arena, &paid, &wanted, error));
    *result = prom_rpc_paid_json(&paid);
    return prom_ok();
}

prom_result prom_rpc_wallet_withdraw(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    const prom_pay_options options = prom_rpc_pay_options(params);
    return pay(host, result, params, &options, error);
}

prom_result prom_rpc_wallet_psbt_export(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    prom_pay_options options = prom_rpc_pay_options(params);
    options.mode = PROM_PAY_PSBT;
    return pay(host, result, params, &options, error);
}

/* Of a payment that is named, a dearer one, or one that takes it back. */
static prom_result replace(prom_rpc_host *host, json_t **result, const json_t *params, bool cancel, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    const prom_pay_options options = prom_rpc_pay_options(params);
    prom_bytes32 txid;
    prom_node_paid paid;
    prom_arena_init(&arena, MEMORY);
    PROM_TRY(prom_rpc_read_txid(&txid, params, "payment", error));
    PROM_TRY(cancel ? prom_node_cancel_payment(host->node, &arena, &paid, &txid, &options, error)
                    : prom_node_bump_payment(host->node, &arena, &paid, &txid, &options, error));
    *result = prom_rpc_paid_json(&paid);
    return prom_ok();
}

prom_result prom_rpc_wallet_bump(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    return replace(host, result, params, false, error);
}

prom_result prom_rpc_wallet_cancel(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    return replace(host, result, params, true, error);
}

prom_result prom_rpc_wallet_payments(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_node_paid *paid = NULL;
    size_t count = 0;
    prom_arena_init(&arena, MEMORY);
    PROM_TRY(prom_node_check_read(host->node, error));
    PROM_TRY(prom_node_list_own(host->node, &arena, &paid, &count, error));
    const uint64_t wanted = prom_rpc_number(params, "from", 0);
    const size_t first = wanted < count ? (size_t)wanted : count;
    const size_t most = (size_t)prom_rpc_number(params, "limit", PROM_WALLET_PAGE);
    const size_t here = count - first < most ? count - first : most;
    json_t *list = json_array();
    for (size_t i = first; i < first + here; i++) {
        json_t *payment = prom_rpc_paid_json(&paid[i]);
        (void)json_object_del(payment, "psbt");
        (void)json_object_del(payment, "before");
        (void)json_object_set_new(payment, "fate", json_string(prom_payment_fate_name(paid[i].fate)));
        (void)json_object_set_new(payment, "height", prom_rpc_height(paid[i].height));
        (void)json_array_append_new(list, payment);
    }
    *result = json_pack("{s:o, s:o}", "payments", list, "next", next_json(first + here < count ? first + here : 0));
    return prom_ok();
}

prom_result prom_rpc_wallet_psbt_import(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_node_paid paid;
    prom_arena_init(&arena, MEMORY);
    PROM_TRY(prom_node_take_psbt(host->node, &arena, &paid, json_string_value(json_object_get(params, "psbt")), error));
    *result = prom_rpc_paid_json(&paid);
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
    {.name = "to",                                                                                                     \
     .type = PROM_RPC_NUMBERS,                                                                                         \
     .min = 1,                                                                                                         \
     .max = PROM_AMOUNT_MAX,                                                                                           \
     .count = PROM_SPEND_PAYEES_MAX,                                                                                   \
     .text = "Who is paid how much: {\"ADDRESS\": sat, ...}."},                                                        \
        {.name = "reference",                                                                                          \
         .type = PROM_RPC_TEXT,                                                                                        \
         .max = PROM_NODE_REFERENCE_MAX,                                                                               \
         .text =                                                                                                       \
             "Yours: asked again with it, for the same, tells of the payment that was made first, and pays nothing. "  \
             "So ask again where an answer did not come."},                                                            \
    {                                                                                                                  \
        .name = "all", .type = PROM_RPC_TEXT,                                                                          \
        .text = "In place of that: the address that gets all that is free, less the fee."                              \
    }
const prom_rpc_parameter prom_rpc_wallet_withdraw_parameters[] = {
    PAY,
    PROM_RPC_PAY_PARAMETERS,
    PROM_RPC_DRY_RUN_PARAMETER,
    {.name = NULL},
};
const prom_rpc_parameter prom_rpc_wallet_export_parameters[] = {PAY, PROM_RPC_PAY_PARAMETERS, {.name = NULL}};
const prom_rpc_parameter prom_rpc_wallet_replace_parameters[] = {
    {.name = "payment",
     .type = PROM_RPC_TEXT,
     .required = true,
     .text = "Its transaction: wallet.payments lists them."},
    PROM_RPC_PAY_PARAMETERS,
    PROM_RPC_DRY_RUN_PARAMETER,
    {.name = NULL},
};
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
    {"pending", "what payments that are in no block pay back to us, or no longer take"},
    {"immature", "of coinbases that may not be spent yet"},
    {"total", "of all these"},
    {"incoming",
     "what others pay by transactions that the mempool of the node's bitcoind has and no block: not ours, in "
     "no other number here, and gone when it leaves the mempool. As of the last look (mempool_poll_ms)"},
    {"incoming_payments", "those: txid, sat; 256 at most"},
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
             "\"payment\", \"P\", \"offer\", \"withdrawal\", \"cancellation\", \"split\", \"deposit\", \"payout\", "
             "\"fees\" or \"spent\"), loss (whether the wallet has less after "
             "it), sat, fee (in it, of a "
             "payment; else null), balance after it, contract (its channel's name, or null)"},
    {"csv", "in place of rows: a head, and a line for each"},
    {"next", "what 'from' is to be for the next ones, or null: these were the last"},
    {NULL, NULL},
};
const prom_rpc_field prom_rpc_wallet_payments_result[] = {
    {"payments",
     "those that are signed, oldest first: txid, purpose, fee, locks, change, vsize and inputs as of "
     "wallet.withdraw; fate (\"waits\" for a block, \"outbid\" by a later one that waits, \"mined\", "
     "\"replaced\" by another transaction in a block, or \"unreadable\" on the disk), height (of that block, or null)"},
    {"next", "what 'from' is to be for the next ones, or null: these were the last"},
    {NULL, NULL},
};
const prom_rpc_field prom_rpc_wallet_paid_result[] = {
    {"txid", "of the payment; it names a P and an offer, too"},
    {"purpose",
     "\"payment\", \"P\", \"offer\" (one is made), \"withdrawal\" (of an offer), \"cancellation\", or \"split\" "
     "(of coins, for contracts)"},
    {"fee, locks, change", "in sat; locks is what the offer that it makes holds, change what comes back"},
    {"vsize, inputs", "virtual bytes, and how many coins it spends"},
    {"psbt", "that is to be signed (BIP 174), in base 64, or null"},
    {"before", "whether it was made before, with this reference, and nothing was paid now"},
    {NULL, NULL},
};
