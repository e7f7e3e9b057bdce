#include "rpc/job_methods.h"

#include <string.h>

#include "node/survey.h"
#include "rpc/job_json.h"
#include "rpc/values.h"
#include "trade/trade.h"

#define JOB_BYTES ((size_t)1 << 25)
#define WORKERS_TEXT_MAX 16384U

/* -- What is asked for -- */

static prom_result jobs_of(const prom_rpc_host *host, prom_jobs **jobs, prom_error *error)
{
    *jobs = host->trade != NULL ? prom_trade_jobs(host->trade) : NULL;
    return *jobs != NULL ? prom_ok()
                         : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "this node takes no part in the market");
}

static void read_amount(prom_amount *amount, const json_t *params, const char *name)
{
    if (json_object_get(params, name) != NULL) {
        *amount = prom_amount_of(prom_rpc_number(params, name, 0));
    }
}

/* "KEY" or "KEY@ADDRESS". */
static prom_result read_node(prom_order_node *node, const char *text, size_t length, prom_error *error)
{
    enum { DIGITS = 2 * sizeof node->key.bytes };
    const bool addressed = length > DIGITS + 1 && text[DIGITS] == '@';
    *node = (prom_order_node){.address = {.length = 0}};
    if ((length != DIGITS && !addressed) || !prom_hex_parse(node->key.bytes, sizeof node->key.bytes, text, DIGITS) ||
        length > DIGITS + 1 + PROM_ADDRESS_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "'%.*s' is no node: give its key, 64 hexadecimal digits, or KEY@ADDRESS",
                         (int)(length < 80 ? length : 80), text);
    }
    if (addressed) {
        node->address.length = (uint8_t)(length - DIGITS - 1);
        memcpy(node->address.bytes, text + DIGITS + 1, node->address.length);
    }
    return prom_ok();
}

static prom_result read_workers(prom_order_wishes *wishes, const char *text, prom_error *error)
{
    for (text += strspn(text, " "); *text != '\0'; text += strspn(text, " ")) {
        const size_t length = strcspn(text, " ");
        if (wishes->worker_count == PROM_ORDER_WORKERS_MAX) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "at most %u workers can be named", PROM_ORDER_WORKERS_MAX);
        }
        PROM_TRY(read_node(&wishes->workers[wishes->worker_count++], text, length, error));
        text += length;
    }
    return prom_ok();
}

static prom_result read_verifier(prom_job_request *request, const char *text, prom_error *error)
{
    prom_order_node node;
    if (text == NULL || strcmp(text, "self") == 0) {
        request->verifier = PROM_VERIFIER_SELF;
        return prom_ok();
    }
    if (strcmp(text, "market") == 0) {
        request->verifier = PROM_VERIFIER_MARKET;
        return prom_ok();
    }
    PROM_TRY(prom_within(read_node(&node, text, strlen(text), error), error,
                         "verifier: 'self', 'market' or a node that does it"));
    request->verifier = PROM_VERIFIER_KEY;
    request->verifier_key = node.key;
    request->wishes.verifier = node.address;
    return prom_ok();
}

static void read_caps(prom_caps *caps, const json_t *params)
{
    read_amount(&caps->job, params, "max_price");
    read_amount(&caps->contract, params, "max_contract");
    read_amount(&caps->day, params, "max_day");
    read_amount(&caps->peer, params, "max_peer");
    read_amount(&caps->fees, params, "max_fees");
    if (json_object_get(params, "max_fees_share") != NULL) {
        caps->fees_share = (uint16_t)prom_rpc_number(params, "max_fees_share", 0);
    }
}

static prom_result check_path(const char *name, const char *path, prom_error *error)
{
    return path[0] == '/' ? prom_ok()
                          : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                                      "%s must be an absolute path: the node is in another folder", name);
}

static prom_result read_reduce(prom_join_wish *wish, const char *text, prom_error *error)
{
    const bool own = text != NULL && strcmp(text, "own") == 0;
    *wish = text == NULL ? PROM_JOIN_WISH_NONE : own ? PROM_JOIN_WISH_OWN : PROM_JOIN_WISH_CONTRACT;
    return text == NULL || own || strcmp(text, "contract") == 0
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "reduce: '%.80s' is neither 'own' nor 'contract'", text);
}

static prom_result read_request(prom_job_request *request, const json_t *params, prom_error *error)
{
    const char *contract = json_string_value(json_object_get(params, "contract"));
    const char *workers = json_string_value(json_object_get(params, "workers"));
    *request = prom_job_request_empty();
    request->program = json_string_value(json_object_get(params, "program"));
    request->input = json_string_value(json_object_get(params, "input"));
    PROM_TRY(check_path("program", request->program, error));
    PROM_TRY(check_path("input", request->input, error));
    request->has_p = contract != NULL;
    if (contract != NULL && !prom_hex32_parse_reversed(&request->p_txid, contract)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "contract: '%.80s' is no transaction id: give 64 hexadecimal digits", contract);
    }
    request->scheme = (uint16_t)prom_rpc_number(params, "scheme", 0);
    request->wishes.parts_min = (uint32_t)prom_rpc_number(params, "parts", 0);
    request->wishes.workers_min = (uint32_t)prom_rpc_number(params, "spread", 0);
    request->wishes.height = (uint32_t)prom_rpc_number(params, "height", 0);
    request->wishes.feerate = (uint32_t)prom_rpc_number(params, "feerate", 0);
    read_amount(&request->wishes.reward, params, "reward");
    read_amount(&request->wishes.retainer, params, "retainer");
    PROM_TRY(read_reduce(&request->join, json_string_value(json_object_get(params, "reduce")), error));
    request->again = json_is_true(json_object_get(params, "again"));
    read_caps(&request->caps, params);
    PROM_TRY(workers != NULL ? read_workers(&request->wishes, workers, error) : prom_ok());
    return read_verifier(request, json_string_value(json_object_get(params, "verifier")), error);
}

/* -- Asking and ordering -- */

prom_result prom_rpc_job_quote(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    prom_jobs *jobs = NULL;
    prom_job_request request;
    prom_bytes32 id = {{0}};
    char hex[PROM_HEX32];
    PROM_TRY(jobs_of(host, &jobs, error));
    PROM_TRY(read_request(&request, params, error));
    PROM_TRY(prom_jobs_quote(jobs, &id, &host->later, &request, error));
    *result = json_pack("{s:s}", "quote", prom_hex32(hex, &id));
    return prom_ok();
}

prom_result prom_rpc_job_quoted(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    const char *text = json_string_value(json_object_get(params, "quote"));
    prom_jobs *jobs = NULL;
    prom_bytes32 id;
    PROM_TRY(jobs_of(host, &jobs, error));
    const prom_quoted *quoted = prom_hex32_parse(&id, text) ? prom_jobs_quoted(jobs, &id) : NULL;
    if (quoted == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "there is no quote %.80s any more: ask again", text);
    }
    *result = prom_quoted_json(quoted);
    return prom_ok();
}

prom_result prom_rpc_job_run(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_jobs *jobs = NULL;
    prom_ordered *ordered = NULL;
    prom_job_request request;
    prom_jobs_ordered what;
    char hex[PROM_HEX32];
    PROM_TRY(jobs_of(host, &jobs, error));
    PROM_TRY(read_request(&request, params, error));
    PROM_TRY(prom_jobs_order(jobs, &what, &request, error));
    host->later = what.later;
    if (what.later) {
        *result = json_null();
        return prom_ok();
    }
    prom_arena_init(&arena, JOB_BYTES);
    PROM_TRY(prom_jobs_find(jobs, &arena, &ordered, prom_hex32(hex, &what.id), error));
    *result = json_pack("{s:s, s:b, s:o}", "job", hex, "taken_up", (int)what.taken_up, "verifier_until",
                        prom_job_risk_json(host->node, jobs, ordered));
    return prom_ok();
}

/* -- Looking -- */

struct listing {
    const prom_jobs *jobs;
    json_t *list;
    size_t from;
    size_t most;
    size_t at;
    bool more;
};

static prom_result list_one(void *context, const prom_ordered *ordered, prom_error *error)
{
    struct listing *listing = context;
    (void)error;
    if (listing->at++ < listing->from) {
        return prom_ok();
    }
    listing->more = listing->more || json_array_size(listing->list) == listing->most;
    if (!listing->more) {
        (void)json_array_append_new(listing->list, prom_job_head_json(listing->jobs, ordered->job));
    }
    return prom_ok();
}

prom_result prom_rpc_job_list(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    prom_jobs *jobs = NULL;
    PROM_TRY(jobs_of(host, &jobs, error));
    struct listing listing = {.jobs = jobs,
                              .list = json_array(),
                              .from = (size_t)prom_rpc_number(params, "from", 0),
                              .most = (size_t)prom_rpc_number(params, "limit", PROM_JOB_LIST_MAX)};
    const prom_result listed = prom_jobs_each(jobs, list_one, &listing, error);
    if (!prom_is_ok(listed)) {
        json_decref(listing.list);
        return listed;
    }
    const json_int_t next = (json_int_t)listing.from + (json_int_t)json_array_size(listing.list);
    *result = json_pack("{s:o, s:o}", "jobs", listing.list, "next", listing.more ? json_integer(next) : json_null());
    return prom_ok();
}

static prom_result find(prom_rpc_host *host, prom_jobs **jobs, prom_arena *arena, prom_ordered **ordered,
                        const json_t *params, prom_error *error)
{
    prom_arena_init(arena, JOB_BYTES);
    PROM_TRY(jobs_of(host, jobs, error));
    return prom_jobs_find(*jobs, arena, ordered, json_string_value(json_object_get(params, "id")), error);
}

prom_result prom_rpc_job_show(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_ordered *ordered = NULL;
    prom_jobs *jobs = NULL;
    PROM_TRY(find(host, &jobs, &arena, &ordered, params, error));
    *result = prom_job_json(jobs, ordered, prom_node_tip(host->node));
    (void)json_object_set_new(*result, "verifier_until", prom_job_risk_json(host->node, jobs, ordered));
    return prom_ok();
}

static const prom_parameters *known_p(const prom_rpc_host *host, const prom_ordered *ordered)
{
    const prom_index *index = prom_node_index(host->node);
    const prom_index_record *P = prom_index_find(index, PROM_INDEX_P, &ordered->job->order.p_txid);
    return P != NULL ? &P->P : NULL;
}

static prom_result tell_lines(prom_rpc_host *host, json_t **result, const json_t *params, bool receipt,
                              prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_ordered *ordered = NULL;
    prom_jobs *jobs = NULL;
    PROM_TRY(find(host, &jobs, &arena, &ordered, params, error));
    *result = prom_job_json(jobs, ordered, prom_node_tip(host->node));
    return prom_job_add_lines(*result, &(prom_job_telling){jobs, ordered, known_p(host, ordered), receipt}, error);
}

prom_result prom_rpc_job_why(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    return tell_lines(host, result, params, false, error);
}

prom_result prom_rpc_job_receipt(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    return tell_lines(host, result, params, true, error);
}

prom_result prom_rpc_job_cancel(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_ordered *ordered = NULL;
    prom_jobs *jobs = NULL;
    char hex[PROM_HEX32];
    PROM_TRY(find(host, &jobs, &arena, &ordered, params, error));
    PROM_TRY(prom_jobs_cancel(jobs, &ordered->job->order.id, error));
    *result = json_pack("{s:s}", "job", prom_hex32(hex, &ordered->job->order.id));
    return prom_ok();
}

prom_result prom_rpc_job_forget(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_ordered *ordered = NULL;
    prom_jobs *jobs = NULL;
    uint64_t bytes = 0;
    char hex[PROM_HEX32];
    PROM_TRY(find(host, &jobs, &arena, &ordered, params, error));
    PROM_TRY(prom_jobs_forget(jobs, &bytes, &ordered->job->order.id, error));
    *result = json_pack("{s:s, s:I}", "job", prom_hex32(hex, &ordered->job->order.id), "bytes", (json_int_t)bytes);
    return prom_ok();
}

prom_result prom_rpc_job_result(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_ordered *ordered = NULL;
    prom_jobs *jobs = NULL;
    char program[PATH_MAX];
    char output[PATH_MAX];
    PROM_TRY(find(host, &jobs, &arena, &ordered, params, error));
    PROM_TRY(prom_jobs_files(jobs, program, output, &ordered->job->order.id, error));
    *result = prom_job_head_json(jobs, ordered->job);
    (void)json_object_set_new(*result, "program_file", json_string(program));
    const bool there = ordered->job->merged && prom_jobs_have_output(jobs, &ordered->job->order.id);
    (void)json_object_set_new(*result, "output_file", there ? json_string(output) : json_null());
    (void)json_object_set_new(*result, "done_parts", prom_job_done_json(jobs, ordered->job));
    return prom_ok();
}

/* -- The table's parts -- */

#define AMOUNT(NAME, TEXT)                                                                                             \
    {                                                                                                                  \
        .name = (NAME), .type = PROM_RPC_NUMBER, .min = 1, .max = PROM_AMOUNT_MAX, .text = (TEXT)                      \
    }

const prom_rpc_parameter prom_rpc_job_request_parameters[] = {
    {.name = "program",
     .type = PROM_RPC_TEXT,
     .required = true,
     .max = 4096,
     .text = "The absolute path of a file that 'prom compile' wrote, which the node reads."},
    {.name = "input",
     .type = PROM_RPC_TEXT,
     .required = true,
     .max = 4096,
     .text = "The absolute path of a file with the batch in its canonical bytes (docs/protocol.md, section 6)."},
    {.name = "contract",
     .type = PROM_RPC_TEXT,
     .text = "The id of the transaction that published P. Left out: the only one that suits."},
    {.name = "scheme",
     .type = PROM_RPC_NUMBER,
     .min = 1,
     .max = UINT16_MAX,
     .text =
         "The proof scheme's number. Left out: 2, a proof of the whole batch, or, where P has a sample checked, 1."},
    {.name = "verifier",
     .type = PROM_RPC_TEXT,
     .max = 512,
     .text = "Who verifies: \"self\", this node with its own stake; \"market\", whoever is found; or a node, as KEY or "
             "KEY@ADDRESS. Left out: \"self\"."},
    {.name = "workers",
     .type = PROM_RPC_TEXT,
     .max = WORKERS_TEXT_MAX,
     .text = "Nodes, KEY or KEY@ADDRESS with spaces between them: these alone are asked. Left out: whoever is found."},
    {.name = "parts", .type = PROM_RPC_NUMBER, .max = PROM_JOB_PARTS_MAX, .text = "At least so many parts."},
    {.name = "spread",
     .type = PROM_RPC_NUMBER,
     .max = PROM_PLAN_OFFERS_MAX,
     .text = "Over at least so many workers, where there are so many."},
    {.name = "height", .type = PROM_RPC_NUMBER, .max = UINT32_MAX, .text = "The height at which it is wanted."},
    AMOUNT("reward", "The reward of each contract, in sat. Left out: the smallest that covers what is asked for."),
    AMOUNT("retainer",
           "For each arbiter, in sat. Left out: what nine in ten ask for of those that are known and ask for at most "
           "retainer_max."),
    {.name = "feerate",
     .type = PROM_RPC_NUMBER,
     .min = 1,
     .max = PROM_FEERATE_MAX,
     .text = "Of all transactions, in sat/vB. Left out: what the next blocks ask for."},
    AMOUNT("max_price", "The most that the job may cost, with fees, in sat."),
    AMOUNT("max_contract", "The most that one contract may cost."),
    AMOUNT("max_day", "The most that all jobs may cost that run, or have ended within 144 blocks, with fees."),
    AMOUNT("max_peer", "The most that contracts with one worker may cost, all jobs together."),
    AMOUNT("max_fees", "The most that the job may cost in fees on the chain."),
    {.name = "max_fees_share",
     .type = PROM_RPC_NUMBER,
     .min = 1,
     .max = PROM_BASIS_POINTS_ONE,
     .text = "The largest share of a part's cost that may be fees, in basis points. Left out: 10000, any."},
    {.name = "reduce",
     .type = PROM_RPC_TEXT,
     .text = "Who joins what parts have folded, 'own' (this node) or 'contract'. Left out: own, if within 10 seconds."},
    {.name = "again",
     .type = PROM_RPC_FLAG,
     .text = "Whether to order it though a job of the same program and input runs or is done, which is taken up else."},
    {.name = NULL},
};
const prom_rpc_parameter prom_rpc_job_quoted_parameters[] = {
    {.name = "quote", .type = PROM_RPC_TEXT, .required = true, .text = "As job.quote gave it."},
    {.name = NULL},
};
const prom_rpc_parameter prom_rpc_job_list_parameters[] = {
    {.name = "from", .type = PROM_RPC_NUMBER, .max = UINT32_MAX, .text = "The first one's place. Left out: 0."},
    {.name = "limit",
     .type = PROM_RPC_NUMBER,
     .min = 1,
     .max = PROM_JOB_LIST_MAX,
     .text = "At most so many. Left out: 200."},
    {.name = NULL},
};
const prom_rpc_parameter prom_rpc_job_id_parameters[] = {
    {.name = "id", .type = PROM_RPC_TEXT, .required = true, .text = "The first digits of the job's id, 4 at least."},
    {.name = NULL},
};

#define HEAD                                                                                                           \
    {"job, state, end", "its id; \"running\", \"cancelled\" or \"ended\"; how it ended, docs/market.md"},              \
        {"items, done, parts", "items in all, and with their output; contracts that the batch is split into"},         \
        {"created, ended", "tips then; ended is 0 while it runs"},                                                     \
        {"merged", "whether the output of all parts that are done is written"},                                        \
        {"reduce", "who joins the parts: \"own\" (this node), \"contract\", \"nobody\", or \"none\" (nothing, yet)"},  \
        {"bytes", "of its files on the node's disk; 0 of one that is forgotten"},                                      \
        {"spent, promised, fees, gained", "in sat: paid in contracts that are over; at most in the others; on the "    \
                                          "chain; what came back beyond what went"},                                   \
    {                                                                                                                  \
        "contract, verifier, verifier_key, program, input",                                                            \
            "id of P; \"self\", \"market\" or \"key\"; its key, or null; the program's digest; the input's SHA-256"    \
    }

const prom_rpc_field prom_rpc_job_quote_result[] = {{"quote", "what job.quoted is asked with, some times a second"},
                                                    {NULL, NULL}};
const prom_rpc_field prom_rpc_job_quoted_result[] = {
    {"quote, over", "over: all have answered, or were not reached"},
    {"items, contract, retainer, feerate, scheme", "of the job"},
    {"asked",
     "of each node: node, role, named (by the owner), state (\"waits\", \"quoted\" or \"failed\"), why (of one "
     "that failed), trust (0 to 1000), points (what it is made of: base, done, volume, age, stake, "
     "bad, silent, setups, named), stake (sat in offers that it announces), price_of_an_item, begins (height), "
     "capacity (contracts), "
     "reasons, " PROM_RPC_REASONS},
    {"plan",
     "null before it is over, and where no verifier was found. Else: parts (first, items, worker, "
     "price_worker, price_verifier, reward, cost, fees, ready: the height of its result), reduce (who joins what "
     "the parts have folded, or null: by, \"own\" or \"contract\", folds, begins, the height of the last part's "
     "result, seconds that this node takes at most, part, the contract, reasons why nobody takes that), offers "
     "(worker, parts, items_max, reasons why it got "
     "none or not more), cost and fees of all, left (items that no part has), reasons, verifier (its key, or null)"},
    {"coins", "what this wallet's coins lack for the plan's contracts, and what is done then, or \"\""},
    {"reasons", "why there is no plan at all"},
    {NULL, NULL},
};
const prom_rpc_field prom_rpc_job_run_result[] = {
    {"job, taken_up", "its id, and whether it was there before"},
    {"verifier_until", "null where another verifies, or no contract is open or to come. Else: until, the last block in "
                       "which this node may be needed, "
                       "and loses, the sat of each contract that it loses at most when it is away"},
    {NULL, NULL},
};
const prom_rpc_field prom_rpc_job_list_result[] = {
    {"jobs", "oldest first, of each what stands at the head of job.show"},
    {"next", "what 'from' is to be for the next ones, or null: these were the last"},
    {NULL, NULL},
};
const prom_rpc_field prom_rpc_job_show_result[] = {
    HEAD,
    {"part_list", "of each: first, items, reduces (it joins the others: its items are their results), state, since, "
                  "attempt, failed (keys of workers), reason"},
    {"attempts",
     "of each: attempt, first, items, worker, verifier, channel, phase, since, blocks_left, live, given_up, "
     "has_result, reduces, loss, declined (what who took no part has answered: a reason, or none), reward, cost, fees, "
     "tx0, "
     "scheme, over; of one that is over: end, paid, gained, got "
     "(C, W, V, A_plus, A_minus, F), txid, height; why, where its setup ended"},
    {"hindrance, tip", "what keeps it from going on, or \"\"; height of the chain"},
    {"verifier_until", "as of job.run"},
    {NULL, NULL},
};
const prom_rpc_field prom_rpc_job_lines_result[] = {
    {"lines", "of each: part (its first item, or null), attempt (0: none), text"},
    {"stakes",
     "of job.receipt: what worker (W) and verifier (V) have locked in each contract, which is in what they got; "
     "null where P is not known any more"},
    {"...", "and what job.show tells"},
    {NULL, NULL},
};
const prom_rpc_field prom_rpc_job_cancel_result[] = {{"job", "its id"}, {NULL, NULL}};
const prom_rpc_field prom_rpc_job_forget_result[] = {{"job, bytes", "its id; what its files had"}, {NULL, NULL}};
const prom_rpc_field prom_rpc_job_result_result[] = {
    HEAD,
    {"program_file, output_file", "files on the node's machine: the program; the output in its canonical bytes, or "
                                  "null where it is not there yet, or forgotten"},
    {"done_parts", "first and items of each part that the output has, in its order, and output_file: its own, in "
                   "canonical bytes, until those of all are in one and the job has ended; then null"},
    {NULL, NULL},
};
