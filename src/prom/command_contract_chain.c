/* prom contract publish | list | show */
#include <stdio.h>

#include "cli/tell.h"
#include "outlook/file.h"
#include "prom/node_call.h"
#include "prom/root.h"

#define ARENA_BYTES ((size_t)1 << 28)

/* Of all actions; each takes some of them. */
typedef struct arguments {
    bool json;
    bool explain;
    const char *folder;
    const char *network;
    const char *file;
    const char *like;
    const char *contract;
    prom_node_paying paying;
} arguments;

static prom_result call(const arguments *given, json_t **told, const char *method, json_t *params, prom_error *error)
{
    const prom_node_request request = {given->folder, given->network, given->explain};
    return prom_node_request_call(&request, told, method, params, error);
}

/* -- publish -- */

/* P is the same on every chain: a file for another one is a mistake that would cost money. */
static prom_result check_network(const arguments *given, const prom_terms *terms, prom_error *error)
{
    const prom_chain_parameters *network = prom_terms_network(terms);
    json_auto_t *told = NULL;
    if (given->explain) {
        return prom_ok();
    }
    PROM_TRY(call(given, &told, "node.info", NULL, error));
    const char *name = prom_told_text(told, "network");
    const prom_chain_parameters *own = prom_chain_parameters_by_name(name);
    return own != NULL && network != NULL && prom_bytes32_equal(&own->genesis, &network->genesis)
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%.256s is for the network '%s', and the node is on '%.16s'",
                           given->file, network != NULL ? network->name : "of a signet that nobody knows", name);
}

static prom_result read_encoding(const arguments *given, char hex[2 * PROM_PARAMETERS_BYTES + 1], prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_contract_file *file = NULL;
    prom_span bytes;
    prom_arena_init(&arena, ARENA_BYTES);
    PROM_TRY_NEW(file, &arena, 1, error);
    PROM_TRY(prom_contract_file_read(&arena, file, given->file, PROM_CONTRACT_ANY, error));
    PROM_TRY(check_network(given, &file->terms, error));
    prom_writer writer = prom_writer_in(&arena);
    prom_parameters_write(&writer, &file->terms.P);
    PROM_TRY(prom_writer_finish(&writer, &bytes, error));
    (void)prom_hex(hex, bytes.data, bytes.length < PROM_PARAMETERS_BYTES ? bytes.length : PROM_PARAMETERS_BYTES);
    return prom_ok();
}

/* The same P in another transaction: who stands ready for the first does not for this one. */
static prom_result ask_encoding(const arguments *given, char hex[2 * PROM_PARAMETERS_BYTES + 1], prom_error *error)
{
    json_auto_t *told = NULL;
    PROM_TRY(call(given, &told, "contract.show", json_pack("{s:s, s:i}", "contract", given->like, "limit", 1), error));
    const char *encoding = told != NULL ? prom_told_text(told, "encoding") : "ENCODING"; /* it was explained */
    (void)snprintf(hex, 2 * PROM_PARAMETERS_BYTES + 1, "%s", encoding);
    return prom_ok();
}

static prom_result find_encoding(const arguments *given, char hex[2 * PROM_PARAMETERS_BYTES + 1], prom_error *error)
{
    if ((given->file != NULL) == (given->like != NULL)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "P is taken from a file of terms, or by --like from a transaction that has published it: "
                         "give one of both");
    }
    return given->file != NULL ? read_encoding(given, hex, error) : ask_encoding(given, hex, error);
}

static prom_result run_publish(void *context, prom_exit *code, prom_error *error)
{
    const arguments *given = context;
    char hex[2 * PROM_PARAMETERS_BYTES + 1];
    json_auto_t *told = NULL;
    (void)code;
    PROM_TRY(find_encoding(given, hex, error));
    json_t *params = json_pack("{s:s}", "encoding", hex);
    prom_node_add_paying(params, &given->paying);
    PROM_TRY(call(given, &told, "contract.publish", params, error));
    return told == NULL ? prom_ok() : prom_node_tell_paid(given->json, given->paying.dry, told, error);
}

/* -- list, show -- */

static prom_result run_list(void *context, prom_exit *code, prom_error *error)
{
    const arguments *given = context;
    json_auto_t *told = NULL;
    (void)code;
    PROM_TRY(call(given, &told, "contract.list", NULL, error));
    if (told == NULL || given->json) {
        return told == NULL ? prom_ok() : prom_tell_json(json_incref(told), error);
    }
    const json_t *list = json_object_get(told, "contracts");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *sum = json_array_get(list, i);
        const json_t *P = json_object_get(sum, "P");
        char sat[3][PROM_UNITS];
        (void)printf("%s  block %lld  n %lld  stakes %s, %s and %s sat  offers %lld and %lld too young  contracts "
                     "%lld\n",
                     prom_told_text(sum, "txid"), prom_told_number(sum, "height"), prom_told_number(P, "n"),
                     prom_node_told_sat(sat[0], P, "w"), prom_node_told_sat(sat[1], P, "v"),
                     prom_node_told_sat(sat[2], P, "a"), prom_told_number(sum, "counted"),
                     prom_told_number(sum, "waiting"), prom_told_number(sum, "contracts"));
    }
    if (json_is_true(json_object_get(told, "more"))) {
        (void)printf("and more\n");
    } else if (json_array_size(list) == 0) {
        (void)printf("there is no P on this chain\n");
    }
    return prom_ok();
}

static void print_parameters(const json_t *told)
{
    json_t *P = json_object_get(told, "P");
    const char *name = NULL;
    json_t *value = NULL;
    (void)printf("P of transaction %s, in block %lld\n ", prom_told_text(told, "txid"),
                 prom_told_number(told, "height"));
    json_object_foreach(P, name, value)
    {
        if (json_is_integer(value)) {
            char number[PROM_UNITS];
            (void)printf(" %s %s", name, prom_units_number(number, (uint64_t)json_integer_value(value)));
        }
    }
    (void)printf("\n  F %s, %s\n", prom_told_text(P, "F"),
                 json_is_true(json_object_get(told, "fund_is_nobodys")) ? "which is nobody's"
                                                                        : "whose owner gains from every failure");
}

static void print_pool(const json_t *told)
{
    const json_t *quorum = json_object_get(told, "quorum");
    const json_t *ages = json_object_get(told, "ages");
    const json_t *owners = json_object_get(told, "owners");
    char sat[2][PROM_UNITS];
    (void)printf("at block %lld: %lld offers count, %lld do not yet or not any more, %lld went into contracts, %lld "
                 "were taken back; %s sat are locked in unspent ones\n",
                 prom_told_number(told, "tip"), prom_told_number(told, "counted"), prom_told_number(told, "waiting"),
                 prom_told_number(told, "engaged"), prom_told_number(told, "withdrawn"),
                 prom_node_told_sat(sat[0], told, "locked"));
    if (json_is_object(ages)) {
        (void)printf("those that count are %lld to %lld blocks old\n", prom_told_number(ages, "youngest"),
                     prom_told_number(ages, "oldest"));
    }
    (void)printf("%s\n", json_is_true(json_object_get(told, "pool_suits"))
                             ? "a fifth of them costs at least ten times the worker's stake"
                             : "the pool is small: a fifth of it costs less than ten times the worker's stake");
    (void)printf("to have %lld seats of a draw more often than not takes %lld more offers, which lock %s sat\n",
                 prom_told_number(quorum, "seats"), prom_told_number(quorum, "offers"),
                 prom_node_told_sat(sat[1], quorum, "stake"));
    if (json_is_object(owners)) {
        (void)printf("as far as the chain shows they are %lld owners'; one has up to %lld, and with these the seats "
                     "that decide in %.1f %% of draws\n",
                     prom_told_number(owners, "count"), prom_told_number(owners, "largest"),
                     100 * json_real_value(json_object_get(owners, "largest_quorum")));
    } else {
        (void)printf("whose they are is not known: %s\n", prom_told_text(told, "owners_unknown"));
    }
    (void)printf("%lld contracts were made of it", prom_told_number(told, "contracts"));
    if (json_is_integer(json_object_get(told, "last_contract"))) {
        (void)printf(", the last one in block %lld", prom_told_number(told, "last_contract"));
    }
    (void)printf("\n");
}

static void print_endings(const json_t *told)
{
    const json_t *ends = json_object_get(told, "ends");
    const json_t *schemes = json_object_get(ends, "schemes");
    if (prom_told_number(told, "contracts") == 0) {
        return;
    }
    (void)printf("by what they look like on the chain,");
    for (size_t i = 0; i < json_array_size(schemes); i++) {
        (void)printf(" %lld ended by #%zu,", (long long)json_integer_value(json_array_get(schemes, i)), i + 1);
    }
    (void)printf(" %lld otherwise; %lld are open", prom_told_number(ends, "other"), prom_told_number(ends, "open"));
    if (prom_told_number(ends, "accused") + prom_told_number(ends, "appealed") > 0) {
        (void)printf(", of which %lld have the verdict r = 0 and %lld an appeal", prom_told_number(ends, "accused"),
                     prom_told_number(ends, "appealed"));
    }
    char sat[3][PROM_UNITS];
    (void)printf(
        "\n%s sat were deposited in all of them, %s sat are in open ones; those that ended by #3 paid %s sat\n",
        prom_node_told_sat(sat[0], ends, "deposits"), prom_node_told_sat(sat[1], ends, "locked"),
        prom_node_told_sat(sat[2], ends, "paid"));
}

static prom_result run_show(void *context, prom_exit *code, prom_error *error)
{
    const arguments *given = context;
    json_auto_t *told = NULL;
    (void)code;
    PROM_TRY(
        call(given, &told, "contract.show", json_pack("{s:s, s:b}", "contract", given->contract, "owners", 1), error));
    if (told == NULL || given->json) {
        return told == NULL ? prom_ok() : prom_tell_json(json_incref(told), error);
    }
    print_parameters(told);
    print_pool(told);
    print_endings(told);
    const json_t *offers = json_object_get(told, "offers");
    for (size_t i = 0; i < json_array_size(offers); i++) {
        const json_t *offer = json_array_get(offers, i);
        const json_t *owner = json_object_get(offer, "owner");
        char sat[PROM_UNITS];
        (void)printf("offer %s  %s sat  age %lld  %s%s", prom_told_text(offer, "txid"),
                     prom_node_told_sat(sat, offer, "sat"), prom_told_number(offer, "age"),
                     prom_told_text(offer, "fate"), json_is_true(json_object_get(offer, "counts")) ? ", counts" : "");
        if (json_is_integer(owner)) {
            (void)printf("  owner %lld", (long long)json_integer_value(owner));
        }
        if (json_is_string(json_object_get(offer, "contract"))) {
            (void)printf("  contract %s", prom_told_text(offer, "contract"));
        }
        if (json_is_string(json_object_get(offer, "node"))) {
            (void)printf("  node %.16s, retainer %s sat", prom_told_text(offer, "node"),
                         prom_node_told_sat(sat, offer, "retainer"));
        }
        (void)printf("\n");
    }
    return prom_ok();
}

/* -- What help says -- */

static const prom_parameter PUBLISH_PARAMETERS[] = {
    {.value = "FILE",
     .noun = "file of terms",
     PROM_TO_TEXT(file),
     .files = "json",
     .stream = PROM_STREAM_INPUT,
     .help = "The terms, a JSON object, of which P is taken: 'prom help contract' says what is in it, and 'prom "
             "contract example' writes one."},
    {.option = "--like",
     .value = "P",
     .noun = "transaction",
     PROM_TO_TEXT(like),
     .help = "In place of FILE: the same P as this transaction's, which 'prom contract list' prints."},
    PROM_NODE_PAYING_PARAMETERS,
    PROM_NODE_PARAMETERS,
    PROM_PARAMETER_JSON(json),
    {0},
};
static const prom_parameter LIST_PARAMETERS[] = {PROM_NODE_PARAMETERS, PROM_PARAMETER_JSON(json), {0}};
static const prom_parameter SHOW_PARAMETERS[] = {
    {.value = "P",
     .noun = "transaction",
     .required = true,
     PROM_TO_TEXT(contract),
     .help = "The transaction that published it: 'prom contract list' prints it."},
    PROM_NODE_PARAMETERS,
    PROM_PARAMETER_JSON(json),
    {0},
};

static const prom_text PUBLISH_DESCRIPTION[] = {
    {NULL,
     "Pays for a transaction with P in an OP_RETURN, from free coins of the node's wallet. From then on contracts "
     "and offers can name it; nothing changes it, and nothing takes it back."},
    {0},
};
static const prom_text SHOW_DESCRIPTION[] = {
    {NULL, "Tells what the chain shows of a P: its parameters, the offers that stand ready for it and their ages, who "
           "may own them, what it would cost to have the seats that decide, how many contracts were made, and how "
           "these ended, as far as that is shown: who holds all keys of a contract can make it end in any way."},
    {0},
};
static const prom_text PUBLISH_JSON[] = {{"...", "as docs/rpc.md says of contract.publish"}, {0}};
static const prom_text LIST_JSON[] = {{"...", "as docs/rpc.md says of contract.list"}, {0}};
static const prom_text SHOW_JSON[] = {{"...", "as docs/rpc.md says of contract.show"}, {0}};

static const char *const PUBLISH_EXAMPLES[] = {"prom contract example --network signet > terms.json",
                                               "prom contract publish terms.json --dry-run",
                                               "prom contract publish --like P --dry-run", NULL};
static const char *const LIST_EXAMPLES[] = {"prom contract list", NULL};
static const char *const SHOW_EXAMPLES[] = {"prom contract show P --json", NULL};

const prom_command prom_command_contract_publish = {
    .name = "publish",
    .summary = "publish a P, by the node that runs here",
    .description = PUBLISH_DESCRIPTION,
    .parameters = PUBLISH_PARAMETERS,
    .json = PUBLISH_JSON,
    .examples = PUBLISH_EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_publish,
};
const prom_command prom_command_contract_list = {
    .name = "list",
    .summary = "list the P that are on the chain",
    .parameters = LIST_PARAMETERS,
    .json = LIST_JSON,
    .examples = LIST_EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_list,
};
const prom_command prom_command_contract_show = {
    .name = "show",
    .summary = "tell what the chain shows of a P and of its offers",
    .description = SHOW_DESCRIPTION,
    .parameters = SHOW_PARAMETERS,
    .json = SHOW_JSON,
    .examples = SHOW_EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_show,
};
