/* prom offer make | list | renew | withdraw */
#include <stdio.h>
#include <string.h>

#include "cli/tell.h"
#include "prom/node_call.h"
#include "prom/root.h"

/* Of all actions; each takes some of them. */
typedef struct arguments {
    bool json;
    bool explain;
    const char *folder;
    const char *network;
    const char *contract;
    const char *offer;
    const char *retainer;
    prom_node_paying paying;
} arguments;

static prom_result call(const arguments *given, json_t **told, const char *method, json_t *params, prom_error *error)
{
    const prom_node_request request = {given->folder, given->network, given->explain};
    return prom_node_request_call(&request, told, method, params, error);
}

/* Has a transaction made. Consumes `params`. */
static prom_result make(const arguments *given, const char *method, json_t *params, prom_error *error)
{
    json_auto_t *told = NULL;
    uint64_t retainer = 0;
    if (given->offer != NULL) {
        (void)json_object_set_new(params, "offer", json_string(given->offer));
    }
    if (given->contract != NULL) {
        (void)json_object_set_new(params, "contract", json_string(given->contract));
    }
    if (given->retainer != NULL) {
        const prom_result read = prom_node_read_sat(&retainer, 0, given->retainer, error);
        if (!prom_is_ok(read)) {
            json_decref(params);
            return read;
        }
        (void)json_object_set_new(params, "retainer", json_integer((json_int_t)retainer));
    }
    prom_node_add_paying(params, &given->paying);
    PROM_TRY(call(given, &told, method, params, error));
    return told == NULL ? prom_ok() : prom_node_tell_paid(given->json, given->paying.dry, told, error);
}

static prom_result run_make(void *context, prom_exit *code, prom_error *error)
{
    (void)code;
    return make(context, "offer.make", json_object(), error);
}

static prom_result run_renew(void *context, prom_exit *code, prom_error *error)
{
    (void)code;
    return make(context, "offer.renew", json_object(), error);
}

static prom_result run_withdraw(void *context, prom_exit *code, prom_error *error)
{
    (void)code;
    return make(context, "offer.withdraw", json_object(), error);
}

static prom_result run_list(void *context, prom_exit *code, prom_error *error)
{
    const arguments *given = context;
    json_auto_t *told = NULL;
    (void)code;
    PROM_TRY(call(given, &told, "offer.list", NULL, error));
    if (told == NULL || given->json) {
        return told == NULL ? prom_ok() : prom_tell_json(json_incref(told), error);
    }
    const json_t *offers = json_object_get(told, "offers");
    for (size_t i = 0; i < json_array_size(offers); i++) {
        const json_t *offer = json_array_get(offers, i);
        const bool engaged = strcmp(prom_told_text(offer, "fate"), "engaged") == 0; /* its setup is over */
        char sat[2][PROM_UNITS];
        (void)printf("%s  P %s  retainer %s sat  %s sat  age %lld  %s%s%s\n", prom_told_text(offer, "txid"),
                     prom_told_text(offer, "contract"), prom_node_told_sat(sat[0], offer, "retainer"),
                     prom_node_told_sat(sat[1], offer, "sat"), prom_told_number(offer, "age"),
                     prom_told_text(offer, "fate"),
                     !engaged && json_is_true(json_object_get(offer, "in_setup")) ? ", in a setup" : "",
                     json_is_true(json_object_get(offer, "leaving")) ? ", leaving" : "");
    }
    if (json_array_size(offers) == 0) {
        (void)printf("there are no offers\n");
    }
    return prom_ok();
}

/* -- What help says -- */

#define OFFER                                                                                                          \
    {                                                                                                                  \
        .value = "OFFER", .noun = "transaction", .required = true, PROM_TO_TEXT(offer),                                \
        .help = "The transaction that made the offer: 'prom offer list' prints it."                                    \
    }
#define RETAINER(DEFAULT)                                                                                              \
    {                                                                                                                  \
        .option = "--retainer", .value = "SAT", .noun = "amount", PROM_TO_TEXT(retainer),                              \
        .help = "Ask for at least so much, in sat, in a contract. Default: " DEFAULT                                   \
    }

static const prom_parameter MAKE_PARAMETERS[] = {
    {.option = "--contract",
     .value = "P",
     .noun = "transaction",
     .required = true,
     PROM_TO_TEXT(contract),
     .help = "Take this P, named by the transaction that published it: 'prom contract list' prints it."},
    RETAINER("0."),
    PROM_NODE_PAYING_PARAMETERS,
    PROM_NODE_PARAMETERS,
    PROM_PARAMETER_JSON(json),
    {0},
};
static const prom_parameter LIST_PARAMETERS[] = {PROM_NODE_PARAMETERS, PROM_PARAMETER_JSON(json), {0}};
static const prom_parameter RENEW_PARAMETERS[] = {
    OFFER,
    {.option = "--contract",
     .value = "P",
     .noun = "transaction",
     PROM_TO_TEXT(contract),
     .help = "Make the new one for this P. Default: that of the old one."},
    RETAINER("that of the old one."),
    PROM_NODE_PAYING_PARAMETERS,
    PROM_NODE_PARAMETERS,
    PROM_PARAMETER_JSON(json),
    {0},
};
static const prom_parameter WITHDRAW_PARAMETERS[] = {
    OFFER, PROM_NODE_PAYING_PARAMETERS, PROM_NODE_PARAMETERS, PROM_PARAMETER_JSON(json), {0}};

static const prom_text MAKE_JSON[] = {{"...", "as docs/rpc.md says of offer.make"}, {0}};
static const prom_text LIST_JSON[] = {{"...", "as docs/rpc.md says of offer.list"}, {0}};

static const char *const MAKE_EXAMPLES[] = {"prom offer make --contract P --dry-run", NULL};
static const char *const LIST_EXAMPLES[] = {"prom offer list", NULL};
static const char *const RENEW_EXAMPLES[] = {"prom offer renew OFFER --retainer 2000", NULL};
static const char *const WITHDRAW_EXAMPLES[] = {"prom offer withdraw OFFER --dry-run", NULL};

static const prom_text RENEW_DESCRIPTION[] = {
    {NULL,
     "An offer is renewed to announce another retainer, address or P: the new one has another key, and the age of "
     "a new one, so that it counts in no draw for some blocks."},
    {0},
};

#define ACTION(NAME, SUMMARY, DESCRIPTION, TABLE, JSON, EXAMPLES, RUN)                                                 \
    {                                                                                                                  \
        .name = (NAME), .summary = (SUMMARY), .description = (DESCRIPTION), .parameters = (TABLE), .json = (JSON),     \
        .examples = (EXAMPLES), .arguments_size = sizeof(arguments), .run = (RUN)                                      \
    }
static const prom_command MAKE = ACTION("make", "lock a stake in an offer to arbitrate contracts of a P", NULL,
                                        MAKE_PARAMETERS, MAKE_JSON, MAKE_EXAMPLES, run_make);
static const prom_command LIST =
    ACTION("list", "list our offers", NULL, LIST_PARAMETERS, LIST_JSON, LIST_EXAMPLES, run_list);
static const prom_command RENEW = ACTION("renew", "make an offer out of another one, which ends", RENEW_DESCRIPTION,
                                         RENEW_PARAMETERS, MAKE_JSON, RENEW_EXAMPLES, run_renew);
static const prom_command WITHDRAW = ACTION("withdraw", "take an offer's stake back", NULL, WITHDRAW_PARAMETERS,
                                            MAKE_JSON, WITHDRAW_EXAMPLES, run_withdraw);

static const prom_command *const ACTIONS[] = {&MAKE, &LIST, &RENEW, &WITHDRAW, NULL};

static const prom_text DESCRIPTION[] = {
    {NULL, "An arbiter locks its stake in an offer on the chain, and is drawn by it for contracts of that P. The node "
           "must be an arbiter, and listen at an address; an offer that takes part in a setup cannot be spent."},
    {0},
};

const prom_command prom_command_offer = {
    .name = "offer",
    .summary = "make, list, renew and withdraw offers to arbitrate",
    .description = DESCRIPTION,
    .subcommands = ACTIONS,
};
