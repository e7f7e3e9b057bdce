/* prom wallet address | balance | coins | history | withdraw | import */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/tell.h"
#include "prom/node_call.h"
#include "prom/root.h"

/* Of all actions; each takes some of them. */
typedef struct arguments {
    bool json;
    bool explain;
    bool csv;
    bool dry;
    bool psbt;
    const char *folder;
    const char *network;
    const char *address;
    const char *amount;
    const char *text;
    uint32_t feerate;
    uint32_t fee_max;
} arguments;

/* Prints the call, or makes it; `told` is NULL after the former. Consumes `params`. */
static prom_result call(const arguments *given, json_t **told, const char *method, json_t *params, prom_error *error)
{
    prom_node_place place;
    *told = NULL;
    if (given->explain) {
        return prom_node_explain(method, params, error);
    }
    const prom_result found = prom_node_place_find(&place, given->folder, given->network, error);
    if (!prom_is_ok(found)) {
        json_decref(params);
        return found;
    }
    return prom_node_call(&place, told, method, params, error);
}

static long long number(const json_t *object, const char *name)
{
    return (long long)json_integer_value(json_object_get(object, name));
}

static const char *text(const json_t *object, const char *name)
{
    const char *found = json_string_value(json_object_get(object, name));
    return found != NULL ? found : "";
}

/* -- address, balance -- */

static prom_result run_address(void *context, prom_exit *code, prom_error *error)
{
    const arguments *given = context;
    json_auto_t *told = NULL;
    (void)code;
    PROM_TRY(call(given, &told, "wallet.address", NULL, error));
    return told == NULL ? prom_ok() : prom_tell(given->json, json_incref(told), error, "%s\n", text(told, "address"));
}

static prom_result run_balance(void *context, prom_exit *code, prom_error *error)
{
    static const char *const parts[] = {"free", "staked", "locked", "reserved", "pending", "immature", "total"};
    const arguments *given = context;
    json_auto_t *told = NULL;
    (void)code;
    PROM_TRY(call(given, &told, "wallet.balance", NULL, error));
    if (told != NULL && given->json) {
        return prom_tell_json(json_incref(told), error);
    }
    for (size_t i = 0; told != NULL && i < sizeof parts / sizeof parts[0]; i++) {
        (void)printf("%-9s %16lld sat\n", parts[i], number(told, parts[i]));
    }
    return prom_ok();
}

/* -- coins, history: a page at a time -- */

/* All pages in one object, whose `list` they all are; of CSV the text, with one head. */
static prom_result read_pages(const arguments *given, json_t **all, const char *method, const char *list,
                              prom_error *error)
{
    json_auto_t *gathered = json_array();
    json_int_t from = 0;
    for (;;) {
        json_t *page = NULL;
        PROM_TRY(call(given, &page, method,
                      given->csv ? json_pack("{s:I, s:b}", "from", from, "csv", 1) : json_pack("{s:I}", "from", from),
                      error));
        if (page == NULL) {
            return prom_ok(); /* it was explained */
        }
        const json_t *next = json_object_get(page, "next");
        const char *lines = text(page, "csv");
        if (given->csv) {
            const char *head = strchr(lines, '\n');
            (void)fputs(from != 0 && head != NULL ? head + 1 : lines, stdout);
        }
        (void)json_array_extend(gathered, json_object_get(page, list));
        const json_int_t behind = json_integer_value(next);
        json_decref(page);
        if (behind <= from) {
            break;
        }
        from = behind;
    }
    *all = json_pack("{s:O}", list, gathered);
    return prom_ok();
}

static prom_result run_coins(void *context, prom_exit *code, prom_error *error)
{
    const arguments *given = context;
    json_auto_t *told = NULL;
    (void)code;
    PROM_TRY(read_pages(given, &told, "wallet.coins", "coins", error));
    if (told != NULL && given->json) {
        return prom_tell_json(json_incref(told), error);
    }
    const json_t *coins = json_object_get(told, "coins");
    for (size_t i = 0; i < json_array_size(coins); i++) {
        const json_t *coin = json_array_get(coins, i);
        (void)printf("%s:%lld  %16lld sat  block %lld  %s\n", text(coin, "txid"), number(coin, "output"),
                     number(coin, "sat"), number(coin, "height"), text(coin, "use"));
    }
    return prom_ok();
}

static prom_result run_history(void *context, prom_exit *code, prom_error *error)
{
    const arguments *given = context;
    json_auto_t *told = NULL;
    (void)code;
    PROM_TRY(read_pages(given, &told, "wallet.history", "rows", error));
    if (told == NULL || given->csv) {
        return prom_ok();
    }
    if (given->json) {
        return prom_tell_json(json_incref(told), error);
    }
    const json_t *rows = json_object_get(told, "rows");
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        (void)printf("%8lld  %s  %-8s  %c%lld sat  balance %lld sat  %s\n", number(row, "height"), text(row, "txid"),
                     text(row, "what"), json_is_true(json_object_get(row, "loss")) ? '-' : '+', number(row, "sat"),
                     number(row, "balance"), text(row, "contract"));
    }
    return prom_ok();
}

/* -- withdraw, import -- */

static prom_result tell_paid(const arguments *given, json_t *told, prom_error *error)
{
    const char *psbt = text(told, "psbt");
    const char *what = given->dry        ? "it would be paid by"
                       : psbt[0] != '\0' ? "to be signed elsewhere:"
                                         : "it is on the disk, and is sent:";
    return prom_tell(given->json, json_incref(told), error, "%s %s, fee %lld sat, change %lld sat, %lld vB%s%s\n", what,
                     text(told, "txid"), number(told, "fee"), number(told, "change"), number(told, "vsize"),
                     psbt[0] != '\0' ? "\n" : "", psbt);
}

static prom_result run_withdraw(void *context, prom_exit *code, prom_error *error)
{
    const arguments *given = context;
    json_auto_t *told = NULL;
    char *end = NULL;
    (void)code;
    const bool all = strcmp(given->amount, "all") == 0;
    const unsigned long long wanted = strtoull(given->amount, &end, 10);
    if (!all && (given->amount[0] < '0' || given->amount[0] > '9' || *end != '\0' || wanted > INT64_MAX)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "'%.40s' is no amount: give a number of sat, or all",
                         given->amount);
    }
    json_t *params = json_pack("{s:s}", "address", given->address);
    (void)json_object_set_new(params, all ? "all" : "sat", all ? json_true() : json_integer((json_int_t)wanted));
    if (given->feerate != 0) {
        (void)json_object_set_new(params, "feerate", json_integer((json_int_t)given->feerate * 1000));
    }
    if (given->fee_max != 0) {
        (void)json_object_set_new(params, "fee_max", json_integer((json_int_t)given->fee_max));
    }
    if (given->dry) {
        (void)json_object_set_new(params, "dry_run", json_true());
    }
    PROM_TRY(call(given, &told, given->psbt ? "wallet.psbt_export" : "wallet.withdraw", params, error));
    return told == NULL ? prom_ok() : tell_paid(given, told, error);
}

static prom_result run_import(void *context, prom_exit *code, prom_error *error)
{
    const arguments *given = context;
    json_auto_t *told = NULL;
    (void)code;
    PROM_TRY(call(given, &told, "wallet.psbt_import", json_pack("{s:s}", "psbt", given->text), error));
    return told == NULL ? prom_ok() : tell_paid(given, told, error);
}

/* -- What help says -- */

static const prom_parameter PARAMETERS[] = {PROM_NODE_PARAMETERS, PROM_PARAMETER_JSON(json), {0}};
static const prom_parameter HISTORY_PARAMETERS[] = {
    {.option = "--csv",
     .excludes = "--json",
     PROM_TO_FLAG(csv),
     .help = "Print lines of comma-separated values (RFC 4180), for a spreadsheet."},
    PROM_NODE_PARAMETERS,
    PROM_PARAMETER_JSON(json),
    {0},
};
static const prom_parameter WITHDRAW_PARAMETERS[] = {
    {.value = "ADDRESS", .noun = "address", .required = true, PROM_TO_TEXT(address), .help = "Who is paid."},
    {.value = "SAT",
     .noun = "amount",
     .required = true,
     PROM_TO_TEXT(amount),
     .help = "How much, in sat; 'all' is all that is free, less the fee."},
    {.option = "--feerate",
     .value = "N",
     .noun = "feerate",
     PROM_TO_NUMBER(feerate),
     .min = 1,
     .max = 10000,
     .help = "Pay N sat for a virtual byte. Default: what the next blocks ask for, as bitcoind says."},
    {.option = "--fee-max",
     .value = "SAT",
     .noun = "fee",
     PROM_TO_NUMBER(fee_max),
     .min = 1,
     .max = UINT32_MAX,
     .help = "Pay no greater fee. Default: 100000."},
    {.option = "--dry-run", PROM_TO_FLAG(dry), .help = "Tell what it would cost, and do nothing."},
    {.option = "--psbt",
     .excludes = "--dry-run",
     PROM_TO_FLAG(psbt),
     .help = "Print a PSBT (BIP 174), to be signed elsewhere and given to 'prom wallet import', and pay nothing yet."},
    PROM_NODE_PARAMETERS,
    PROM_PARAMETER_JSON(json),
    {0},
};
static const prom_parameter IMPORT_PARAMETERS[] = {
    {.value = "PSBT",
     .noun = "PSBT",
     .required = true,
     PROM_TO_TEXT(text),
     .help = "The PSBT in base 64, with all signatures."},
    PROM_NODE_PARAMETERS,
    PROM_PARAMETER_JSON(json),
    {0},
};

static const prom_text ADDRESS_JSON[] = {{"address", "which was never given before"}, {0}};
static const prom_text OTHER_JSON[] = {{"...", "as docs/rpc.md says of the method of that name"}, {0}};
static const prom_text COINS_JSON[] = {{"coins", "as docs/rpc.md says of wallet.coins"}, {0}};
static const prom_text HISTORY_JSON[] = {{"rows", "as docs/rpc.md says of wallet.history"}, {0}};

static const char *const ADDRESS_EXAMPLES[] = {"prom wallet address", NULL};
static const char *const BALANCE_EXAMPLES[] = {"prom wallet balance --json", NULL};
static const char *const COINS_EXAMPLES[] = {"prom wallet coins", NULL};
static const char *const HISTORY_EXAMPLES[] = {"prom wallet history --csv", NULL};
static const char *const WITHDRAW_EXAMPLES[] = {"prom wallet withdraw ADDRESS 50000 --dry-run", NULL};
static const char *const IMPORT_EXAMPLES[] = {"prom wallet import cHNidP8BAH0C...", NULL};

#define ACTION(NAME, SUMMARY, TABLE, JSON, EXAMPLES, RUN)                                                              \
    {                                                                                                                  \
        .name = (NAME), .summary = (SUMMARY), .parameters = (TABLE), .json = (JSON), .examples = (EXAMPLES),           \
        .arguments_size = sizeof(arguments), .run = (RUN)                                                              \
    }
static const prom_command ADDRESS = ACTION("address", "give an address that was never given before", PARAMETERS,
                                           ADDRESS_JSON, ADDRESS_EXAMPLES, run_address);
static const prom_command BALANCE =
    ACTION("balance", "tell what the wallet has", PARAMETERS, OTHER_JSON, BALANCE_EXAMPLES, run_balance);
static const prom_command COINS =
    ACTION("coins", "list the wallet's coins", PARAMETERS, COINS_JSON, COINS_EXAMPLES, run_coins);
static const prom_command HISTORY = ACTION("history", "tell how the money came and went", HISTORY_PARAMETERS,
                                           HISTORY_JSON, HISTORY_EXAMPLES, run_history);
static const prom_command WITHDRAW = ACTION("withdraw", "pay to an address, from free coins", WITHDRAW_PARAMETERS,
                                            OTHER_JSON, WITHDRAW_EXAMPLES, run_withdraw);
static const prom_command IMPORT = ACTION("import", "take a payment that was signed elsewhere, and send it",
                                          IMPORT_PARAMETERS, OTHER_JSON, IMPORT_EXAMPLES, run_import);

static const prom_command *const ACTIONS[] = {&ADDRESS, &BALANCE, &COINS, &HISTORY, &WITHDRAW, &IMPORT, NULL};

static const prom_text DESCRIPTION[] = {
    {NULL, "The money of a node that runs: only its free coins are paid away, never those that contracts or offers "
           "hold. docs/keys.md tells which keys are the wallet's."},
    {0},
};

const prom_command prom_command_wallet = {
    .name = "wallet",
    .summary = "see and move the money of a node that runs",
    .description = DESCRIPTION,
    .subcommands = ACTIONS,
};
