/* prom stop | peers | events | rpc: what asks a node that runs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "cli/tell.h"
#include "prom/node_call.h"
#include "prom/root.h"

/* Of all; each takes some of them. */
typedef struct arguments {
    bool json;
    bool explain;
    bool follow;
    const char *folder;
    const char *network;
    const char *method;
    prom_texts params;
} arguments;

static prom_result ask(const arguments *given, json_t **told, const char *method, json_t *params, prom_error *error)
{
    prom_node_place place;
    *told = NULL;
    const prom_result found = prom_node_place_find(&place, given->folder, given->network, error);
    if (!prom_is_ok(found)) {
        json_decref(params);
        return found;
    }
    return prom_node_call(&place, told, method, params, error);
}

/* -- stop -- */

/* The node answers, and then ends: when it closes the connection it has let go of its folder. */
static prom_result run_stop(void *context, prom_exit *code, prom_error *error)
{
    const arguments *given = context;
    PROM_SCOPED(prom_rpc_client_close) prom_rpc_client *client = NULL;
    json_auto_t *told = NULL;
    json_t *rest = NULL;
    prom_node_place place;
    (void)code;
    if (given->explain) {
        return prom_node_explain("node.stop", NULL, error);
    }
    PROM_TRY(prom_node_place_find(&place, given->folder, given->network, error));
    PROM_TRY(prom_node_connect(&place, &client, error));
    PROM_TRY(prom_rpc_client_call(client, &told, "node.stop", NULL, error));
    (void)!prom_is_ok(prom_rpc_client_next(client, &rest, error)); /* until it closes the connection */
    json_decref(rest);
    const long long pid = (long long)json_integer_value(json_object_get(told, "pid"));
    return prom_tell(given->json, json_incref(told), error, "process %lld ends\n", pid);
}

/* -- peers -- */

static const char *shown(const json_t *peer, const char *name, char text[128])
{
    const char *value = json_string_value(json_object_get(peer, name));
    return value == NULL ? "-" : prom_printable(text, 128, value, strlen(value));
}

static void show_contacts(const json_t *known)
{
    const json_t *contacts = json_object_get(known, "contacts");
    const json_t *dht = json_object_get(known, "dht");
    for (size_t i = 0; i < json_array_size(contacts); i++) {
        char texts[5][128];
        const json_t *contact = json_array_get(contacts, i);
        const json_t *heard = json_object_get(contact, "heard_at"); /* null: not from others */
        char height[PROM_UNITS] = "-";
        if (json_is_integer(heard)) {
            (void)snprintf(height, sizeof height, "%lld", (long long)json_integer_value(heard));
        }
        const json_t *offers = json_object_get(contact, "offers");
        (void)printf("%s  %-8s of %.16s  %-13s  %s  heard at %s  %s", shown(contact, "node", texts[0]),
                     shown(contact, "role", texts[1]), shown(contact, "p", texts[2]), shown(contact, "from", texts[3]),
                     json_is_true(json_object_get(contact, "linked"))    ? "linked "
                     : json_is_true(json_object_get(contact, "reached")) ? "reached"
                                                                         : "untried",
                     height, shown(contact, "address", texts[4]));
        if (json_is_object(offers)) {
            (void)printf("  %lld offers, %lld sat", prom_told_number(offers, "count"),
                         prom_told_number(offers, "stake"));
        }
        (void)printf("\n");
    }
    char count[PROM_UNITS];
    (void)printf("%s%s%s\n", prom_units_count(count, json_array_size(contacts), "contact"),
                 json_is_true(json_object_get(known, "cut")) ? ", and more" : "",
                 json_is_true(json_object_get(known, "discovery")) ? "" : "; discovery is off");
    if (json_is_object(dht)) {
        (void)printf("prom-dht %s\n", json_is_true(json_object_get(dht, "up")) ? "runs" : "does not run");
    }
}

static prom_result run_peers(void *context, prom_exit *code, prom_error *error)
{
    const arguments *given = context;
    json_auto_t *told = NULL;
    json_auto_t *known = NULL;
    (void)code;
    if (given->explain) {
        PROM_TRY(prom_node_explain("peers.list", NULL, error));
        return prom_node_explain("contacts.list", NULL, error);
    }
    PROM_TRY(ask(given, &told, "peers.list", NULL, error));
    PROM_TRY(ask(given, &known, "contacts.list", NULL, error));
    if (given->json) {
        (void)json_object_update(told, known);
        return prom_tell_json(json_incref(told), error);
    }
    const json_t *peers = json_object_get(told, "peers");
    for (size_t i = 0; i < json_array_size(peers); i++) {
        char key[128];
        char address[128];
        const json_t *peer = json_array_get(peers, i);
        (void)printf("%s  channel %s  %s  %s\n", shown(peer, "key", key), prom_told_text(peer, "channel"),
                     json_is_true(json_object_get(peer, "linked")) ? "linked " : "no link",
                     shown(peer, "address", address));
    }
    char links[PROM_UNITS];
    (void)printf("%s\n", prom_units_count(links, (uint64_t)prom_told_number(told, "links"), "link"));
    show_contacts(known);
    return prom_ok();
}

/* -- events -- */

static prom_result follow(prom_rpc_client *client, prom_error *error)
{
    json_t *message = NULL;
    prom_result next = prom_rpc_client_next(client, &message, error);
    while (prom_is_ok(next) && message != NULL) {
        char *line = json_dumps(json_object_get(message, "params"), JSON_COMPACT);
        (void)puts(line != NULL ? line : "{}");
        free(line);
        json_decref(message);
        message = NULL;
        PROM_TRY(prom_tell_flush(error)); /* who reads it reads it now, and may have gone */
        next = prom_rpc_client_next(client, &message, error);
    }
    json_decref(message);
    return next;
}

static prom_result run_events(void *context, prom_exit *code, prom_error *error)
{
    const arguments *given = context;
    PROM_SCOPED(prom_rpc_client_close) prom_rpc_client *client = NULL;
    json_auto_t *told = NULL;
    prom_node_place place;
    (void)code;
    if (given->explain) {
        return prom_node_explain("events.follow", NULL, error);
    }
    PROM_TRY(prom_node_place_find(&place, given->folder, given->network, error));
    PROM_TRY(prom_node_connect(&place, &client, error));
    PROM_TRY(prom_rpc_client_call(client, &told, "events.follow", NULL, error));
    return follow(client, error);
}

/* -- rpc -- */

/* "name=value": what is JSON but no text stands for itself, all else is a text. */
static prom_result add_parameter(json_t *params, const char *text, prom_error *error)
{
    const char *equals = strchr(text, '=');
    char name[64];
    if (equals == NULL || equals == text || (size_t)(equals - text) >= sizeof name) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "'%.80s' is no parameter: give NAME=VALUE", text);
    }
    (void)snprintf(name, sizeof name, "%.*s", (int)(equals - text), text);
    json_t *value = json_loads(equals + 1, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
    if (value == NULL || json_is_string(value)) {
        json_decref(value);
        value = json_string(equals + 1);
    }
    return json_object_set_new(params, name, value) == 0
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "'%.80s' is no UTF-8", text);
}

static prom_result run_rpc(void *context, prom_exit *code, prom_error *error)
{
    const arguments *given = context;
    json_auto_t *params = json_object();
    json_auto_t *told = NULL;
    (void)code;
    for (size_t i = 0; i < given->params.count; i++) {
        PROM_TRY(add_parameter(params, given->params.list[i], error));
    }
    if (given->explain) {
        return prom_node_explain(given->method, json_incref(params), error);
    }
    PROM_TRY(ask(given, &told, given->method, json_incref(params), error));
    return prom_tell_json(json_incref(told), error);
}

/* -- What help says -- */

static const prom_parameter STOP_PARAMETERS[] = {PROM_NODE_PARAMETERS, PROM_PARAMETER_JSON(json), {0}};
static const prom_text STOP_JSON[] = {{"pid", "of the process, which ends"}, {0}};
static const prom_text STOP_DESCRIPTION[] = {
    {NULL,
     "Ends the node that runs in the folder, as SIGTERM does, and waits until it has let go of the folder. What was "
     "begun goes on with the next start; but deadlines do not wait: docs/operating.md tells how long a node may be "
     "away."},
    {0},
};
static const char *const STOP_EXAMPLES[] = {"prom stop", NULL};

const prom_command prom_command_stop = {
    .name = "stop",
    .summary = "end a node that runs",
    .description = STOP_DESCRIPTION,
    .parameters = STOP_PARAMETERS,
    .json = STOP_JSON,
    .examples = STOP_EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_stop,
};

static const prom_text PEERS_JSON[] = {
    {"peers", "of open channels: channel, key, address (or null), linked, received, sent (bytes)"},
    {"links, link_bytes, received, sent",
     "of the whole node: what waits in their buffers, and bytes since it was started"},
    {"contacts",
     "whom it knows, to begin contracts with: node, address (or null), p and role (null: not known), from "
     "(\"configuration\", \"link\", \"reached\", \"dht\" or \"peers\"), reached, linked, heard_at, reached_at, "
     "expires_at (heights, or null)"},
    {"topics, discovery, dht, cut", "as contacts.list of docs/rpc.md says"},
    {0},
};
static const prom_text PEERS_DESCRIPTION[] = {
    {NULL, "Lists whom the open channels talk to, and whom the node knows by its configuration, by prom-dht or by what "
           "other nodes say: docs/discovery.md. 'prom rpc contacts.look' has it look for somebody."},
    {0},
};
static const char *const PEERS_EXAMPLES[] = {"prom peers --json", NULL};

const prom_command prom_command_peers = {
    .name = "peers",
    .summary = "list whom a node talks to, and whom it knows",
    .description = PEERS_DESCRIPTION,
    .parameters = STOP_PARAMETERS,
    .json = PEERS_JSON,
    .examples = PEERS_EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_peers,
};

static const prom_parameter EVENTS_PARAMETERS[] = {
    {.option = "--follow",
     .required = true,
     PROM_TO_FLAG(follow),
     .help = "Print what happens from now on, until an interrupt, or the node's end."},
    PROM_NODE_PARAMETERS,
    {.option = "--json", PROM_TO_FLAG(json), .help = "Does nothing more: each event is a JSON object in a line."},
    {0},
};
static const prom_text EVENTS_DESCRIPTION[] = {
    {NULL,
     "Prints a JSON object in a line for each event of the node: time, kind, channel, contract, text, and of those of "
     "money amounts and txid, as docs/rpc.md "
     "says; and {\"lost\": N} where N were left out, as they were not read in time."},
    {0},
};
static const char *const EVENTS_EXAMPLES[] = {"prom events --follow", NULL};

const prom_command prom_command_events = {
    .name = "events",
    .summary = "print what happens in a node",
    .description = EVENTS_DESCRIPTION,
    .parameters = EVENTS_PARAMETERS,
    .examples = EVENTS_EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_events,
};

static const prom_parameter RPC_PARAMETERS[] = {
    {.value = "METHOD", .noun = "method", .required = true, PROM_TO_TEXT(method), .help = "The method, as node.info."},
    {.value = "NAME=VALUE...",
     .noun = "parameter",
     PROM_TO_TEXTS(params),
     .help = "Its parameters: numbers, true and false as they are, and all else as text."},
    PROM_NODE_PARAMETERS,
    {.option = "--json", PROM_TO_FLAG(json), .help = "Does nothing more: the result is a JSON object."},
    {0},
};
static const prom_text RPC_DESCRIPTION[] = {
    {NULL,
     "Calls a method of a running node's JSON-RPC, and prints the result. 'prom rpc rpc.help' lists the methods, and "
     "so does docs/rpc.md, with all errors."},
    {0},
};
static const prom_text RPC_JSON[] = {{"...", "as docs/rpc.md says of the method"}, {0}};
static const char *const RPC_EXAMPLES[] = {"prom rpc node.info", "prom rpc log.level level=debug", NULL};

const prom_command prom_command_rpc = {
    .name = "rpc",
    .summary = "call a method of a node that runs",
    .description = RPC_DESCRIPTION,
    .parameters = RPC_PARAMETERS,
    .json = RPC_JSON,
    .examples = RPC_EXAMPLES,
    .arguments_size = sizeof(arguments),
    .run = run_rpc,
};
