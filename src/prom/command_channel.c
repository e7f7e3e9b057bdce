/* prom channel list | show | why */
#include <stdio.h>

#include "cli/tell.h"
#include "node/look.h"
#include "prom/channel_text.h"
#include "prom/root.h"

#define ARENA_BYTES ((size_t)1 << 26)

/* Of all actions; each takes some of them. */
typedef struct arguments {
    bool json;
    const char *folder;
    const char *id;
} arguments;

/* A channel loaded and explained; the explanation lies in the arena. */
static prom_result explain(prom_look *look, prom_arena *arena, prom_channel_told *told,
                           const prom_store_channel *record, prom_error *error)
{
    prom_channel *channel = NULL;
    prom_explanation *explanation = NULL;
    prom_explain_tips tips;
    *told = (prom_channel_told){record, NULL};
    PROM_TRY(prom_look_tips(look, &tips, error));
    PROM_TRY(prom_look_load(look, arena, &channel, record, error));
    if (channel == NULL) {
        return prom_ok();
    }
    PROM_TRY_NEW(explanation, arena, 1, error);
    const prom_result explained = prom_channel_explain(channel, 0, &tips, explanation, error);
    prom_channel_wipe(channel);
    told->explanation = explanation;
    return explained;
}

/* -- list -- */

struct listing {
    prom_look *look;
    json_t *list; /* NULL: for people */
    size_t count;
};

static prom_result list_one(void *context, const prom_store_channel *record, prom_error *error)
{
    struct listing *listing = context;
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_channel_told told;
    prom_arena_init(&arena, ARENA_BYTES);
    PROM_TRY(explain(listing->look, &arena, &told, record, error));
    if (listing->list != NULL) {
        (void)json_array_append_new(listing->list, prom_channel_json(&told));
    } else {
        if (listing->count == 0) {
            (void)printf("%-20s  %-16s  %-8s  %-12s  %-12s  %s\n", "number", "contract", "role", "state", "money",
                         "name");
        }
        prom_channel_print_line(&told);
    }
    listing->count++;
    return prom_ok();
}

static prom_result run_list(void *context, prom_exit *code, prom_error *error)
{
    const arguments *given = context;
    PROM_SCOPED(prom_look_close) prom_look *look = NULL;
    struct listing listing = {0};
    (void)code;
    PROM_TRY(prom_look_open(&look, given->folder, error));
    listing.look = look;
    listing.list = given->json ? json_array() : NULL;
    const prom_result listed = prom_look_each(look, list_one, &listing, error);
    if (!prom_is_ok(listed)) {
        json_decref(listing.list);
        return listed;
    }
    if (given->json) {
        return prom_tell_json(
            json_pack("{s:s, s:o}", "network", prom_look_network(look)->name, "channels", listing.list), error);
    }
    if (listing.count == 0) {
        (void)puts("there are no channels");
    }
    return prom_ok();
}

/* -- show, why -- */

static prom_result tell(const arguments *given, void (*print)(const prom_channel_told *told),
                        json_t *(*make)(const prom_channel_told *told), prom_error *error)
{
    PROM_SCOPED(prom_look_close) prom_look *look = NULL;
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_store_channel record;
    prom_channel_told told;
    prom_arena_init(&arena, ARENA_BYTES);
    PROM_TRY(prom_look_open(&look, given->folder, error));
    PROM_TRY(prom_look_find(look, &record, given->id, error));
    PROM_TRY(explain(look, &arena, &told, &record, error));
    if (given->json) {
        return prom_tell_json(make(&told), error);
    }
    print(&told);
    return prom_ok();
}

static prom_result run_show(void *context, prom_exit *code, prom_error *error)
{
    (void)code;
    return tell(context, prom_channel_print, prom_channel_json, error);
}

static prom_result run_why(void *context, prom_exit *code, prom_error *error)
{
    (void)code;
    return tell(context, prom_channel_print_why, prom_channel_why_json, error);
}

/* -- What help says -- */

#define PARAMETER_DIR                                                                                                  \
    {                                                                                                                  \
        .option = "--dir", .value = "DIR", .noun = "folder", .files = "/", .required = true, PROM_TO_TEXT(folder),     \
        .help = "Look into the folder of a node, the one that holds prometheus.sqlite."                                \
    }
#define PARAMETER_ID                                                                                                   \
    {                                                                                                                  \
        .value = "ID", .noun = "channel", .required = true, PROM_TO_TEXT(id),                                          \
        .help = "The channel's number or name, or the first digits of its contract id, 4 at least."                    \
    }

static const prom_parameter LIST_PARAMETERS[] = {PARAMETER_DIR, PROM_PARAMETER_JSON(json), {0}};
static const prom_parameter PARAMETERS[] = {PARAMETER_ID, PARAMETER_DIR, PROM_PARAMETER_JSON(json), {0}};

#define HEAD_JSON                                                                                                      \
    {"number, name", "of the channel in this folder, as text: a number has 64 bits"},                                  \
        {"role", "\"client\", \"worker\", \"verifier\" or \"arbiter\""},                                               \
        {"state", "\"setup\", \"computation\", \"verification\", \"arbitration\" or \"closed\""},                      \
        {"closed, restored",                                                                                           \
         "whether it is over for good, so that nothing must be kept of it: the state is "                              \
         "\"closed\" from the settlement on; whether it is older than a backup that was restored"},                    \
        {"kept", "false: it is over, and what follows was dropped"},                                                   \
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
    {NULL, "A channel is what joins the parties of one contract, as one of them sees it. These commands look into the "
           "folder of a node that does not run; while one does, they are refused, and say which process has it. They "
           "change nothing but an older form of the database, which is brought up to date."},
    {0},
};

static const prom_command *const COMMANDS[] = {&LIST, &SHOW, &WHY, NULL};

const prom_command prom_command_channel = {
    .name = "channel",
    .summary = "tell where the contracts of a node stand, and why",
    .description = DESCRIPTION,
    .subcommands = COMMANDS,
};
