/* prom channel list | show | why */
#include <stdio.h>

#include "cli/tell.h"
#include "prom/channel_text.h"
#include "prom/node_call.h"
#include "prom/root.h"

/* Of all actions; each takes some of them. */
typedef struct arguments {
    bool json;
    bool explain;
    const char *folder;
    const char *network;
    const char *id;
} arguments;

/* -- list -- */

/* All channels, by the node that runs, a page at a time, or from its folder. */
static prom_result list_from(prom_rpc_client *client, const char *folder, json_t **result, const char *after,
                             prom_error *error)
{
    PROM_SCOPED(prom_look_close) prom_look *look = NULL;
    if (client != NULL) {
        return prom_rpc_client_call(client, result, "channel.list",
                                    after != NULL ? json_pack("{s:s}", "after", after) : NULL, error);
    }
    PROM_TRY(prom_look_open(&look, folder, error));
    return prom_channel_list_json(look, result, 0, SIZE_MAX, error);
}

static prom_result list_all(const prom_node_place *place, json_t **result, prom_error *error)
{
    PROM_SCOPED(prom_rpc_client_close) prom_rpc_client *client = NULL;
    json_auto_t *all = json_array();
    const char *after = NULL;
    json_t *page = NULL;
    *result = NULL;
    PROM_TRY(prom_rpc_client_open(&client, place->folder, error));
    for (;;) {
        json_t *next = NULL;
        const prom_result listed = list_from(client, place->folder, &next, after, error);
        json_decref(page);
        page = next;
        PROM_TRY(listed);
        (void)json_array_extend(all, json_object_get(page, "channels"));
        after = json_string_value(json_object_get(page, "next"));
        if (after == NULL) {
            break;
        }
    }
    (void)json_object_del(page, "next");
    (void)json_object_set(page, "channels", all);
    *result = page;
    return prom_ok();
}

static prom_result run_list(void *context, prom_exit *code, prom_error *error)
{
    const arguments *given = context;
    json_auto_t *told = NULL;
    prom_node_place place;
    (void)code;
    if (given->explain) {
        return prom_node_explain("channel.list", NULL, error);
    }
    PROM_TRY(prom_node_place_find(&place, given->folder, given->network, error));
    PROM_TRY(list_all(&place, &told, error));
    if (given->json) {
        return prom_tell_json(json_incref(told), error);
    }
    const json_t *list = json_object_get(told, "channels");
    if (json_array_size(list) == 0) {
        (void)puts("there are no channels");
        return prom_ok();
    }
    (void)printf("%-20s  %-16s  %-8s  %-12s  %-12s  %s\n", "number", "contract", "role", "state", "money", "name");
    for (size_t i = 0; i < json_array_size(list); i++) {
        prom_channel_print_line(json_array_get(list, i));
    }
    return prom_ok();
}

/* -- show, why -- */

static prom_result show_from(const arguments *given, bool why, json_t **result, prom_error *error)
{
    PROM_SCOPED(prom_rpc_client_close) prom_rpc_client *client = NULL;
    PROM_SCOPED(prom_look_close) prom_look *look = NULL;
    prom_node_place place;
    PROM_TRY(prom_node_place_find(&place, given->folder, given->network, error));
    PROM_TRY(prom_rpc_client_open(&client, place.folder, error));
    if (client != NULL) {
        return prom_rpc_client_call(client, result, why ? "channel.why" : "channel.show",
                                    json_pack("{s:s}", "id", given->id), error);
    }
    PROM_TRY(prom_look_open(&look, place.folder, error));
    return prom_channel_show_json(look, result, given->id, why, error);
}

static prom_result tell(const arguments *given, bool why, prom_error *error)
{
    json_auto_t *told = NULL;
    if (given->explain) {
        return prom_node_explain(why ? "channel.why" : "channel.show", json_pack("{s:s}", "id", given->id), error);
    }
    PROM_TRY(show_from(given, why, &told, error));
    if (given->json) {
        return prom_tell_json(json_incref(told), error);
    }
    if (why) {
        prom_channel_print_why(told);
    } else {
        prom_channel_print(told);
    }
    return prom_ok();
}

static prom_result run_show(void *context, prom_exit *code, prom_error *error)
{
    (void)code;
    return tell(context, false, error);
}

static prom_result run_why(void *context, prom_exit *code, prom_error *error)
{
    (void)code;
    return tell(context, true, error);
}

/* -- What help says -- */

#define PARAMETER_ID                                                                                                   \
    {                                                                                                                  \
        .value = "ID", .noun = "channel", .required = true, PROM_TO_TEXT(id),                                          \
        .help = "The channel's number or name, or the first digits of its contract id, 4 at least."                    \
    }

static const prom_parameter LIST_PARAMETERS[] = {PROM_NODE_PARAMETERS, PROM_PARAMETER_JSON(json), {0}};
static const prom_parameter PARAMETERS[] = {PARAMETER_ID, PROM_NODE_PARAMETERS, PROM_PARAMETER_JSON(json), {0}};

#define HEAD_JSON                                                                                                      \
    {"number, name", "of the channel in this folder, as text: a number has 64 bits"},                                  \
        {"role", "\"client\", \"worker\", \"verifier\" or \"arbiter\""},                                               \
        {"state", "\"setup\", \"computation\", \"verification\", \"arbitration\" or \"closed\""},                      \
        {"closed, restored",                                                                                           \
         "whether it is over for good, so that nothing must be kept of it: the state is "                              \
         "\"closed\" from the settlement on; whether it is older than a backup that was restored"},                    \
        {"kept", "false: it is over, and what follows was dropped"},                                                   \
        {"work", "what this node's machine does for it, or null: what (\"open\", \"compute\", \"openings\", \"key\", " \
                 "\"check\", \"result\" or \"keygen\"), done, of (of a module nodes, items and folds; else steps of "  \
                 "the proof; 0 where that is not known yet)"},                                                         \
        {"contract", "the contract id, or null before the full terms"},                                                \
        {"phase", "of the setup: \"new\", \"proposed\", \"accepted\", \"base\", \"held\", \"seating\", \"keying\", "   \
                  "\"agreed\", \"signing\", \"complete\", \"given\" or \"over\""},                                     \
        {"money", "where it is: \"not locked\", \"O0\", \"OV0\", \"OA\", \"settled\" or \"never locked\""},            \
        {"scheme", "that it was settled by, 1 to 7, or null"},                                                         \
    {                                                                                                                  \
        "tip, own_tip, read_tip",                                                                                      \
            "height of the chain when the node saw it last; the greatest ever seen; up to where "                      \
            "all blocks are read, without which no contract is begun"                                                  \
    }

static const prom_text SHOW_JSON[] = {
    HEAD_JSON,
    {"transactions", "of the contract, in blocks: name (\"other\": none of the contract's), txid, height"},
    {"next",
     "what this node publishes as things are, in the order of its choice: transaction; scheme, or null; anybody, "
     "whether it needs nobody's word any more; from_tip; by_block, or null; late_costs, \"money\" or \"time\"; "
     "at_risk, sat"},
    {"steps", "that are open or to come: who, what, counted_from, from_tip, to_tip (null: no last one)"},
    {"schemes", "that can still come"},
    {"stakes",
     "for C, W, V and A, one arbiter: put_in, least, most, sat before fees; worst, the scheme of least. Empty "
     "before the full terms, and when nothing can come"},
    {0},
};

static const prom_text LIST_JSON[] = {
    {"network", "that the node is on"},
    {"channels", "for each what 'prom channel show' tells"},
    {0},
};

static const prom_text WHY_JSON[] = {
    HEAD_JSON,
    {"reasons",
     "about, one word that stays (\"setup\", \"missing\", \"seats\", \"deadline\", \"restored\", \"frozen\", "
     "\"spoilt\", \"package\", \"check\", \"receipts\", \"question\", \"verdict\", \"key\", \"delivery\", "
     "\"appeal\", \"evidence\", \"vote\", \"decision\", \"result\", \"settlement\"); text, a sentence"},
    {"arbiters",
     "receipts, by what they are for (\"package\", \"openings\", \"notice\"): height, counts; answered; void"},
    {0},
};

static const char *const LIST_EXAMPLES[] = {"prom channel list --dir ~/.prometheus", NULL};
static const char *const SHOW_EXAMPLES[] = {"prom channel show 3f2a --dir ~/.prometheus", NULL};
static const char *const WHY_EXAMPLES[] = {"prom channel why 3f2a --dir ~/.prometheus --json", NULL};

static const prom_command LIST = {
    .name = "list",
    .summary = "list the channels of a folder",
    .parameters = LIST_PARAMETERS,
    .json = LIST_JSON,
    .examples = LIST_EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_list,
};

static const prom_text SHOW_DESCRIPTION[] = {
    {NULL,
     "Tells where the channel stands; what comes next, and at which height, when nobody else moves; which steps of "
     "the contract are open or to come; and what each side can still lose, by the schemes that can still come."},
    {NULL, "Heights are those of the chain's tip. A transaction 'from tip 100 on' can be in block 101."},
    {0},
};

static const prom_command SHOW = {
    .name = "show",
    .summary = "tell where a channel stands and what comes next",
    .description = SHOW_DESCRIPTION,
    .parameters = PARAMETERS,
    .json = SHOW_JSON,
    .examples = SHOW_EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_show,
};

static const prom_text WHY_DESCRIPTION[] = {
    {NULL,
     "Tells the facts that the channel's state follows from: what is missing and from whom, who has receipted the "
     "package, who was asked and has answered, the verdict and its reason, why a setup ended, why nothing is "
     "signed any more."},
    {0},
};

static const prom_command WHY = {
    .name = "why",
    .summary = "tell why a channel stands where it stands",
    .description = WHY_DESCRIPTION,
    .parameters = PARAMETERS,
    .json = WHY_JSON,
    .examples = WHY_EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_why,
};

static const prom_text DESCRIPTION[] = {
    {NULL, "A channel is what joins the parties of one contract, as one of them sees it. These commands ask the "
           "node that runs in the folder; where none does, they look into the folder itself, and change nothing but an "
           "older form of the database, which is brought up to date."},
    {0},
};

static const prom_command *const COMMANDS[] = {&LIST, &SHOW, &WHY, NULL};

const prom_command prom_command_channel = {
    .name = "channel",
    .summary = "tell where the contracts of a node stand, and why",
    .description = DESCRIPTION,
    .subcommands = COMMANDS,
};
