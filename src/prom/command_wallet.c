/* prom wallet address | balance | coins | history | withdraw | payments | bump | cancel | import */
#include <stdio.h>
#include <string.h>

#include "cli/tell.h"
#include "prom/node_call.h"
#include "prom/root.h"
#include "prometheus/base/base64.h"
#include "system/file.h"

#define PSBT_FILE_MAX ((size_t)1 << 16)

/* Of all actions; each takes some of them. */
typedef struct arguments {
    bool json;
    bool explain;
    bool csv;
    bool psbt;
    const char *folder;
    const char *network;
    const char *address;
    const char *amount;
    prom_texts more; /* addresses and amounts, in turns */
    const char *file;
    const char *payment;
    const char *reference;
    prom_node_paying paying;
} arguments;

static prom_result call(const arguments *given, json_t **told, const char *method, json_t *params, prom_error *error)
{
    const prom_node_request request = {given->folder, given->network, given->explain};
    return prom_node_request_call(&request, told, method, params, error);
}

/* -- address, balance -- */

static prom_result run_address(void *context, prom_exit *code, prom_error *error)
{
    const arguments *given = context;
    json_auto_t *told = NULL;
    (void)code;
    PROM_TRY(call(given, &told, "wallet.address", NULL, error));
    return told == NULL ? prom_ok()
                        : prom_tell(given->json, json_incref(told), error, "%s\n", prom_told_text(told, "address"));
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
        char sat[PROM_UNITS];
        (void)printf("%-9s %21s sat\n", parts[i], prom_node_told_sat(sat, told, parts[i]));
    }
    if (told != NULL && prom_told_number(told, "incoming") > 0) {
        char sat[PROM_UNITS];
        (void)printf("%-9s %21s sat, not yours before a block has it\n", "incoming",
                     prom_node_told_sat(sat, told, "incoming"));
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
        const char *lines = prom_told_text(page, "csv");
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
        char sat[PROM_UNITS];
        (void)printf("%s:%lld  %21s sat  block %lld  %s\n", prom_told_text(coin, "txid"),
                     prom_told_number(coin, "output"), prom_node_told_sat(sat, coin, "sat"),
                     prom_told_number(coin, "height"), prom_told_text(coin, "use"));
    }
    if (json_array_size(coins) == 0) {
        (void)printf("there are no coins\n");
    }
    return prom_ok();
}

static prom_result run_history(void *context, prom_exit *code, prom_error *error)
{
    const arguments *given = context;
    json_auto_t *told = NULL;
    (void)code;
    json_auto_t *balance = NULL;
    PROM_TRY(read_pages(given, &told, "wallet.history", "rows", error));
    if (told == NULL || given->csv) {
        return prom_ok();
    }
    PROM_TRY(call(given, &balance, "wallet.balance", NULL, error));
    json_t *incoming = json_object_get(balance, "incoming_payments");
    if (given->json) {
        (void)json_object_set(told, "incoming", incoming);
        return prom_tell_json(json_incref(told), error);
    }
    const json_t *rows = json_object_get(told, "rows");
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        const char *contract = prom_told_text(row, "contract");
        char sat[2][PROM_UNITS];
        (void)printf("%8lld  %s  %-8s  %c%s sat  balance %s sat%s%s\n", prom_told_number(row, "height"),
                     prom_told_text(row, "txid"), prom_told_text(row, "what"),
                     json_is_true(json_object_get(row, "loss")) ? '-' : '+', prom_node_told_sat(sat[0], row, "sat"),
                     prom_node_told_sat(sat[1], row, "balance"), contract[0] != '\0' ? "  " : "", contract);
    }
    for (size_t i = 0; i < json_array_size(incoming); i++) {
        const json_t *row = json_array_get(incoming, i);
        char sat[PROM_UNITS];
        (void)printf("%8s  %s  incoming  +%s sat, not yours before a block has it\n", "-", prom_told_text(row, "txid"),
                     prom_node_told_sat(sat, row, "sat"));
    }
    if (json_array_size(rows) + json_array_size(incoming) == 0) {
        (void)printf("nothing has come or gone yet\n");
    }
    return prom_ok();
}

/* -- withdraw, payments, bump, cancel, import -- */

static prom_result add_payee(json_t *payees, const char *address, const char *amount, prom_error *error)
{
    uint64_t sat = 0;
    PROM_TRY(prom_node_read_sat(&sat, 1, amount, error));
    if (json_object_get(payees, address) != NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "'%.100s' is named twice: give it all at once", address);
    }
    return json_object_set_new(payees, address, json_integer((json_int_t)sat)) == 0
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "an address is not UTF-8");
}

/* Who is paid: {"address": sat, ...}; or one address that is paid all. */
static prom_result read_payees(json_t *params, const arguments *given, prom_error *error)
{
    json_t *payees = json_object();
    if (strcmp(given->amount, "all") == 0 && given->more.count == 0) {
        json_decref(payees);
        (void)json_object_set_new(params, "all", json_string(given->address));
        return prom_ok();
    }
    (void)json_object_set_new(params, "to", payees);
    if (given->more.count % 2 != 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "behind '%.100s' an amount is missing",
                         given->more.list[given->more.count - 1]);
    }
    PROM_TRY(add_payee(payees, given->address, given->amount, error));
    for (size_t i = 0; i < given->more.count; i += 2) {
        PROM_TRY(add_payee(payees, given->more.list[i], given->more.list[i + 1], error));
    }
    return prom_ok();
}

static prom_result run_withdraw(void *context, prom_exit *code, prom_error *error)
{
    const arguments *given = context;
    json_auto_t *params = json_object();
    json_auto_t *told = NULL;
    (void)code;
    PROM_TRY(read_payees(params, given, error));
    prom_node_add_paying(params, &given->paying);
    if (given->reference != NULL) {
        (void)json_object_set_new(params, "reference", json_string(given->reference));
    }
    PROM_TRY(call(given, &told, given->psbt ? "wallet.psbt_export" : "wallet.withdraw", json_incref(params), error));
    return told == NULL ? prom_ok() : prom_node_tell_paid(given->json, given->paying.dry, told, error);
}

static prom_result replace(const arguments *given, const char *method, prom_error *error)
{
    json_auto_t *told = NULL;
    json_t *params = json_pack("{s:s}", "payment", given->payment);
    prom_node_add_paying(params, &given->paying);
    PROM_TRY(call(given, &told, method, params, error));
    return told == NULL ? prom_ok() : prom_node_tell_paid(given->json, given->paying.dry, told, error);
}

static prom_result run_bump(void *context, prom_exit *code, prom_error *error)
{
    (void)code;
    return replace(context, "wallet.bump", error);
}

static prom_result run_cancel(void *context, prom_exit *code, prom_error *error)
{
    (void)code;
    return replace(context, "wallet.cancel", error);
}

static prom_result run_payments(void *context, prom_exit *code, prom_error *error)
{
    const arguments *given = context;
    json_auto_t *told = NULL;
    (void)code;
    PROM_TRY(read_pages(given, &told, "wallet.payments", "payments", error));
    if (told == NULL || given->json) {
        return told == NULL ? prom_ok() : prom_tell_json(json_incref(told), error);
    }
    const json_t *payments = json_object_get(told, "payments");
    for (size_t i = 0; i < json_array_size(payments); i++) {
        const json_t *payment = json_array_get(payments, i);
        char sat[PROM_UNITS];
        char height[PROM_UNITS] = "-"; /* in no block */
        if (prom_told_number(payment, "height") > 0) {
            (void)snprintf(height, sizeof height, "%lld", prom_told_number(payment, "height"));
        }
        (void)printf("%s  %-12s  %-8s  block %-7s  fee %s sat, %lld vB\n", prom_told_text(payment, "txid"),
                     prom_told_text(payment, "purpose"), prom_told_text(payment, "fate"), height,
                     prom_node_told_sat(sat, payment, "fee"), prom_told_number(payment, "vsize"));
    }
    if (json_array_size(payments) == 0) {
        (void)printf("there are no payments\n");
    }
    return prom_ok();
}

/* The text of a PSBT in base 64, as it may be kept: on one line or several, or as its bytes (BIP 174). */
static prom_result read_psbt(prom_arena *arena, const char **text, const char *path, prom_error *error)
{
    static const uint8_t magic[] = {'p', 's', 'b', 't', 0xff};
    prom_span content;
    char *kept = NULL;
    size_t length = 0;
    PROM_TRY(prom_file_read(arena, &content, path, PSBT_FILE_MAX, error));
    if (content.length >= sizeof magic && memcmp(content.data, magic, sizeof magic) == 0) {
        return prom_base64_write(arena, text, content, error);
    }
    PROM_TRY_NEW(kept, arena, content.length + 1, error);
    for (size_t i = 0; i < content.length; i++) {
        const char at = (char)content.data[i];
        if (at == '\0') {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%.256s is no PSBT, neither in base 64 nor its bytes",
                             path);
        }
        if (strchr(" \t\r\n", at) == NULL) {
            kept[length++] = at;
        }
    }
    kept[length] = '\0';
    *text = kept;
    return prom_ok();
}

static prom_result run_import(void *context, prom_exit *code, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    const arguments *given = context;
    json_auto_t *told = NULL;
    const char *text = NULL;
    (void)code;
    prom_arena_init(&arena, 8 * PSBT_FILE_MAX);
    PROM_TRY(read_psbt(&arena, &text, given->file, error));
    PROM_TRY(prom_within(call(given, &told, "wallet.psbt_import", json_pack("{s:s}", "psbt", text), error), error,
                         "%.200s", given->file));
    return told == NULL ? prom_ok() : prom_node_tell_paid(given->json, false, told, error);
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
    {.value = "MORE...",
     .noun = "address or amount",
     PROM_TO_TEXTS(more),
     .help = "Others that the same transaction pays, each by its address and how much it gets."},
    {.option = "--reference",
     .value = "TEXT",
     .noun = "reference",
     PROM_TO_TEXT(reference),
     .help = "Pay once, however often the command is given with TEXT: it tells of the payment that was made first. So "
             "give it again where no answer came."},
    {.option = "--psbt",
     .excludes = "--dry-run",
     PROM_TO_FLAG(psbt),
     .help = "Print a PSBT (BIP 174), to be signed elsewhere and given to 'prom wallet import', and pay nothing yet."},
    PROM_NODE_PAYING_PARAMETERS,
    PROM_NODE_PARAMETERS,
    PROM_PARAMETER_JSON(json),
    {0},
};
static const prom_parameter REPLACE_PARAMETERS[] = {
    {.value = "PAYMENT",
     .noun = "transaction",
     .required = true,
     PROM_TO_TEXT(payment),
     .help = "The transaction of the payment, which waits for a block: 'prom wallet payments' prints it."},
    PROM_NODE_PAYING_PARAMETERS,
    PROM_NODE_PARAMETERS,
    PROM_PARAMETER_JSON(json),
    {0},
};
static const prom_parameter IMPORT_PARAMETERS[] = {
    {.value = "FILE",
     .noun = "file of a PSBT",
     .required = true,
     PROM_TO_TEXT(file),
     .files = "psbt",
     .stream = PROM_STREAM_INPUT,
     .help = "The PSBT with all signatures, in base 64 or as its bytes."},
    PROM_NODE_PARAMETERS,
    PROM_PARAMETER_JSON(json),
    {0},
};

static const prom_text BUMP_DESCRIPTION[] = {
    {NULL,
     "Makes the payment anew, with a higher fee, in the place of the old one (BIP 125). It is another transaction: "
     "a P and an offer get another name. Either of the two may be mined, and never both; what the old one was "
     "called is of use only if that is mined."},
    {0},
};
static const prom_text CANCEL_DESCRIPTION[] = {
    {NULL,
     "Spends the payment's coins to ourselves, for a higher fee, in its place (BIP 125). It may be mined all the "
     "same: 'prom wallet payments' tells which. What spends an offer cannot be taken back, as the offer would end "
     "by that, too."},
    {0},
};

static const prom_text ADDRESS_JSON[] = {{"address", "which was never given before"}, {0}};
static const prom_text OTHER_JSON[] = {{"...", "as docs/rpc.md says of the method of that name"}, {0}};
static const prom_text COINS_JSON[] = {{"coins", "as docs/rpc.md says of wallet.coins"}, {0}};
static const prom_text PAYMENTS_JSON[] = {{"payments", "as docs/rpc.md says of wallet.payments"}, {0}};
static const prom_text HISTORY_JSON[] = {{"rows", "as docs/rpc.md says of wallet.history"},
                                         {"incoming", "as docs/rpc.md says of incoming_payments of wallet.balance"},
                                         {0}};

static const char *const ADDRESS_EXAMPLES[] = {"prom wallet address", NULL};
static const char *const BALANCE_EXAMPLES[] = {"prom wallet balance --json", NULL};
static const char *const COINS_EXAMPLES[] = {"prom wallet coins", NULL};
static const char *const HISTORY_EXAMPLES[] = {"prom wallet history --csv", NULL};
static const char *const WITHDRAW_EXAMPLES[] = {"prom wallet withdraw ADDRESS 50000 --dry-run",
                                                "prom wallet withdraw ADDRESS 50000 OTHER 20000", NULL};
static const char *const PAYMENTS_EXAMPLES[] = {"prom wallet payments", NULL};
static const char *const BUMP_EXAMPLES[] = {"prom wallet bump PAYMENT --feerate 20", NULL};
static const char *const CANCEL_EXAMPLES[] = {"prom wallet cancel PAYMENT --dry-run", NULL};
static const char *const IMPORT_EXAMPLES[] = {"prom wallet import signed.psbt", NULL};

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
static const prom_command WITHDRAW = ACTION("withdraw", "pay to addresses, from free coins", WITHDRAW_PARAMETERS,
                                            OTHER_JSON, WITHDRAW_EXAMPLES, run_withdraw);
static const prom_command PAYMENTS = ACTION("payments", "list the payments, and what became of them", PARAMETERS,
                                            PAYMENTS_JSON, PAYMENTS_EXAMPLES, run_payments);
static const prom_command BUMP = {
    .name = "bump",
    .summary = "pay a higher fee for a payment that waits",
    .description = BUMP_DESCRIPTION,
    .parameters = REPLACE_PARAMETERS,
    .json = OTHER_JSON,
    .examples = BUMP_EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_bump,
};
static const prom_command CANCEL = {
    .name = "cancel",
    .summary = "take a payment back that waits",
    .description = CANCEL_DESCRIPTION,
    .parameters = REPLACE_PARAMETERS,
    .json = OTHER_JSON,
    .examples = CANCEL_EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_cancel,
};
static const prom_command IMPORT = ACTION("import", "take a payment that was signed elsewhere, and send it",
                                          IMPORT_PARAMETERS, OTHER_JSON, IMPORT_EXAMPLES, run_import);

static const prom_command *const ACTIONS[] = {&ADDRESS,  &BALANCE, &COINS,  &HISTORY, &WITHDRAW,
                                              &PAYMENTS, &BUMP,    &CANCEL, &IMPORT,  NULL};

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
