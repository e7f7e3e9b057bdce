#include "rpc/trade_methods.h"

#include <string.h>

#include "node/capacity.h"
#include "rpc/values.h"
#include "trade/answerer.h"
#include "trade/inquiries.h"

/* -- Numbers -- */

static json_t *rates_json(const prom_rates *rates)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "macs", prom_rpc_count(rates->macs), "fuel",
                     prom_rpc_count(rates->fuel), "bytes", prom_rpc_count(rates->bytes), "effort",
                     prom_rpc_count(rates->effort), "least", prom_rpc_sat(rates->least));
}

static json_t *machine_json(const prom_machine *machine)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "macs_per_second", prom_rpc_count(machine->macs_per_second),
                     "fuel_per_second", prom_rpc_count(machine->fuel_per_second), "effort_per_second",
                     prom_rpc_count(machine->effort_per_second), "steps_per_second",
                     prom_rpc_count(machine->steps_per_second), "bytes_per_second",
                     prom_rpc_count(machine->bytes_per_second), "memory", prom_rpc_count(machine->memory));
}

json_t *prom_rpc_quote_json(const prom_quote *quote)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "price",
                     quote->reason_count == 0 ? prom_rpc_sat(quote->price) : json_null(), "rates",
                     rates_json(&quote->rates), "machine", machine_json(&quote->machine), "begins",
                     prom_rpc_count(quote->begins), "capacity", prom_rpc_count(quote->capacity), "valid_until",
                     prom_rpc_count(quote->valid_until), "reasons",
                     prom_rpc_reasons(quote->reasons, quote->reason_count));
}

/* -- Asking -- */

static prom_result read_key(prom_bytes32 *key, const json_t *params, const char *name, bool reversed, prom_error *error)
{
    const char *text = json_string_value(json_object_get(params, name));
    const bool read = text != NULL && (reversed ? prom_hex32_parse_reversed(key, text) : prom_hex32_parse(key, text));
    return read ? prom_ok() : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s must be 64 hexadecimal digits", name);
}

static prom_result read_ask(prom_ask *ask, const json_t *params, prom_error *error)
{
    const char *role = json_string_value(json_object_get(params, "role"));
    *ask = (prom_ask){.role = role != NULL && strcmp(role, "verifier") == 0 ? PROM_ROLE_VERIFIER : PROM_ROLE_WORKER,
                      .scheme = (uint16_t)prom_rpc_number(params, "scheme", 0),
                      .program_bytes = prom_rpc_number(params, "program_bytes", 0),
                      .input_bytes = prom_rpc_number(params, "input_bytes", 0),
                      .package_bytes = prom_rpc_number(params, "package_bytes", 0),
                      .macs = prom_rpc_number(params, "macs", 0),
                      .fuel = prom_rpc_number(params, "fuel", 0),
                      .effort = prom_rpc_number(params, "effort", 0),
                      .memory = prom_rpc_number(params, "memory", 0),
                      .items = (uint32_t)prom_rpc_number(params, "items", 0),
                      .deadline = (uint32_t)prom_rpc_number(params, "deadline", 0)};
    if (json_object_get(params, "program") != NULL) {
        PROM_TRY(read_key(&ask->program_digest, params, "program", false, error));
    }
    return read_key(&ask->p_txid, params, "p", true, error);
}

static prom_result check_market(const prom_rpc_host *host, prom_error *error)
{
    return host->inquiries != NULL && host->answerer != NULL
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "this node has no part in the market");
}

prom_result prom_rpc_market_ask(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    const char *where = json_string_value(json_object_get(params, "address"));
    prom_address address = {.length = 0};
    prom_bytes32 node;
    prom_bytes32 id;
    prom_ask ask;
    char hex[PROM_HEX32];
    PROM_TRY(check_market(host, error));
    PROM_TRY(read_key(&node, params, "node", false, error));
    PROM_TRY(read_ask(&ask, params, error));
    if (where != NULL) {
        address.length = (uint8_t)strlen(where); /* no longer than the table allows */
        memcpy(address.bytes, where, address.length);
    }
    PROM_TRY(prom_inquiries_ask(host->inquiries, &id, &node, where != NULL ? &address : NULL, &ask, error));
    *result = json_pack("{s:s}", "id", prom_hex32(hex, &id));
    return prom_ok();
}

prom_result prom_rpc_market_answer(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    static const char *const states[] = {
        [PROM_INQUIRY_WAITS] = "waits", [PROM_INQUIRY_QUOTED] = "quoted", [PROM_INQUIRY_FAILED] = "failed"};
    prom_bytes32 id;
    char hex[PROM_HEX32];
    PROM_TRY(check_market(host, error));
    PROM_TRY(read_key(&id, params, "id", false, error));
    const prom_inquiry *inquiry = prom_inquiries_find(host->inquiries, &id);
    if (inquiry == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "nothing was asked under that id, or %u other things since: ask again",
                         (unsigned)PROM_INQUIRIES_MAX);
    }
    *result = json_pack("{s:s, s:s, s:s, s:o}", "state", states[inquiry->state], "node",
                        prom_hex32(hex, &inquiry->node), "why", inquiry->why, "quote",
                        inquiry->state == PROM_INQUIRY_QUOTED ? prom_rpc_quote_json(&inquiry->quote) : json_null());
    return prom_ok();
}

/* -- Selling -- */

static json_t *keys_json(const prom_key_list *list, bool reversed)
{
    json_t *keys = json_array();
    for (size_t i = 0; i < list->count; i++) {
        char hex[PROM_HEX32];
        const prom_bytes32 *key = &list->keys[i];
        (void)json_array_append_new(keys, json_string(reversed ? prom_hex32_reversed(hex, key) : prom_hex32(hex, key)));
    }
    return keys;
}

static json_t *role_json(const prom_rpc_host *host, prom_role role, const prom_selling *selling)
{
    prom_node_capacity capacity;
    prom_node_capacity_of(host->node, NULL, role, &capacity);
    return json_pack("{s:b, s:o, s:o, s:o, s:o, s:o}", "on",
                     (int)((prom_node_roles(host->node) & PROM_ROLE_BIT(role)) != 0), "rates",
                     rates_json(&selling->rates[role]), "open", prom_rpc_count(capacity.open), "capacity",
                     prom_rpc_count(capacity.room), "begins", prom_rpc_count(capacity.begins), "work_ahead",
                     prom_rpc_count(capacity.work_ahead));
}

static json_t *refusals_json(const prom_answerer_told *told)
{
    json_t *object = json_object();
    for (unsigned code = 1; code < PROM_REASONS_KNOWN; code++) {
        if (told->reasons[code] > 0) {
            (void)json_object_set_new(object, prom_reason_name(code), prom_rpc_count(told->reasons[code]));
        }
    }
    return object;
}

prom_result prom_rpc_market_selling(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    (void)params;
    PROM_TRY(check_market(host, error));
    const prom_selling *selling = prom_answerer_selling(host->answerer);
    const prom_answerer_told told = prom_answerer_tell(host->answerer);
    *result = json_pack(
        "{s:o, s:o, s:o, s:i, s:o, s:i, s:i, s:o, s:o, s:o, s:o, s:o}", //
        "worker", role_json(host, PROM_ROLE_WORKER, selling), "verifier", role_json(host, PROM_ROLE_VERIFIER, selling),
        "machine", machine_json(&selling->machine), "quote_blocks", (int)selling->quote_blocks, "accepted",
        keys_json(&selling->accepted, true), "allowed", (int)selling->allowed.count, "denied",
        (int)selling->denied.count, "asks", prom_rpc_count(told.asks), "quoted", prom_rpc_count(told.quoted), "refused",
        prom_rpc_count(told.refused), "unanswered", prom_rpc_count(told.unanswered), "refusals", refusals_json(&told));
    return prom_ok();
}

/* -- Parameters and results -- */

#define COUNT(name_, least, words_)                                                                                    \
    {                                                                                                                  \
        .name = (name_), .type = PROM_RPC_NUMBER, .required = true, .min = (least), .max = INT64_MAX, .text = (words_) \
    }

const prom_rpc_parameter prom_rpc_market_ask_parameters[] = {
    {.name = "node",
     .type = PROM_RPC_TEXT,
     .required = true,
     .text = "The key of the node that is asked, in hexadecimal digits."},
    {.name = "address",
     .type = PROM_RPC_TEXT,
     .max = PROM_ADDRESS_MAX,
     .text = "Where it listens. Left out: there must be a link to it."},
    {.name = "role",
     .type = PROM_RPC_TEXT,
     .words = "worker verifier",
     .text = "What it is wanted for. Left out: worker."},
    {.name = "p", .type = PROM_RPC_TEXT, .required = true, .text = "The transaction of the contract P."},
    {.name = "scheme",
     .type = PROM_RPC_NUMBER,
     .required = true,
     .min = 1,
     .max = UINT16_MAX,
     .text = "Number of the proof scheme."},
    {.name = "program", .type = PROM_RPC_TEXT, .text = "The program's digest. Left out: zeros."},
    COUNT("program_bytes", 1, "Its size."),
    COUNT("input_bytes", 1, "The size of the input."),
    COUNT("package_bytes", 0, "The largest package that there may be."),
    COUNT("macs", 0, "Multiplications of one item."),
    {.name = "fuel",
     .type = PROM_RPC_NUMBER,
     .max = INT64_MAX,
     .text = "Of a program that is a module: the most that all of its nodes take. Left out: it is of integers."},
    COUNT("effort", 0, "Of the proof; of a verifier: steps of its check."),
    COUNT("memory", 0, "Bytes that this takes."),
    {.name = "items", .type = PROM_RPC_NUMBER, .required = true, .min = 1, .max = UINT32_MAX, .text = "Of the batch."},
    {.name = "deadline",
     .type = PROM_RPC_NUMBER,
     .min = 0,
     .max = UINT32_MAX,
     .text = "Height at which the result is wanted. Left out: any."},
    {.name = NULL},
};

const prom_rpc_parameter prom_rpc_market_answer_parameters[] = {
    {.name = "id", .type = PROM_RPC_TEXT, .required = true, .text = "What market.ask gave."},
    {.name = NULL},
};

const prom_rpc_field prom_rpc_market_ask_result[] = {
    {"id", "for market.answer: the node is asked, and has 20 seconds to be reached and to answer"},
    {NULL, NULL},
};

const prom_rpc_field prom_rpc_market_answer_result[] = {
    {"state", "\"waits\", \"quoted\" or \"failed\""},
    {"node, why", "that was asked; of one that failed, what happened"},
    {"quote", "null, or what the node has signed: price in sat (null where there are reasons), rates (macs, fuel, "
              "bytes, effort: msat "
              "for a million; least in sat), machine (macs_per_second, fuel_per_second, effort_per_second, "
              "steps_per_second, bytes_per_second, "
              "memory), begins, capacity, valid_until, and reasons, " PROM_RPC_REASONS},
    {NULL, NULL},
};

const prom_rpc_field prom_rpc_market_selling_result[] = {
    {"worker, verifier", "of each: on, rates, open, capacity, begins, work_ahead, all as of now"},
    {"machine, quote_blocks, accepted", "as prom.conf says"},
    {"allowed, denied", "how many nodes these lists have"},
    {"asks, quoted, refused, unanswered", "what came since the start, and what became of it"},
    {"refusals", "how many of those that were refused had each reason, by its name; of some there are several"},
    {NULL, NULL},
};
