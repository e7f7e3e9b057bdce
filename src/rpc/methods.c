/* The methods, and the table of them. */
#include <string.h>
#include <unistd.h>

#include "node/owner.h"
#include "prometheus/base/version.h"
#include "rpc/channel_json.h"
#include "rpc/method.h"
#include "rpc/wallet_methods.h"
#include "system/clock.h"

static const char *const REPORTS[] = {
    [PROM_REPORT_NOTE] = "note",   [PROM_REPORT_ALARM] = "alarm", [PROM_REPORT_REFUSED] = "refused",
    [PROM_REPORT_STATE] = "state", [PROM_REPORT_SENT] = "sent",   [PROM_REPORT_PUBLISHED] = "published",
    [PROM_REPORT_FAULT] = "fault", [PROM_REPORT_BUSY] = "busy",   [PROM_REPORT_MINED] = "mined",
};

static const char *number_text(char text[24], uint64_t number)
{
    (void)snprintf(text, 24, "%llu", (unsigned long long)number);
    return text;
}

json_t *prom_rpc_event(prom_rpc_host *host, const prom_report *report)
{
    char number[24];
    char hex[PROM_HEX32];
    prom_bytes32 id;
    const bool known = report->channel != 0 && prom_node_contract_id(host->node, &id, report->channel);
    return json_pack("{s:s, s:s, s:{s:I, s:s, s:o, s:o, s:s}}", "jsonrpc", "2.0", "method", "event", "params", "time",
                     (json_int_t)prom_clock_date(), "kind", REPORTS[report->kind], "channel",
                     report->channel != 0 ? json_string(number_text(number, report->channel)) : json_null(), "contract",
                     known ? json_string(prom_hex32(hex, &id)) : json_null(), "text", report->text);
}

/* -- node -- */

static json_t *roles_json(unsigned roles)
{
    json_t *list = json_array();
    for (prom_role role = PROM_ROLE_CLIENT; role < PROM_ROLES; role++) {
        if ((roles & PROM_ROLE_BIT(role)) != 0) {
            (void)json_array_append_new(list, json_string(prom_role_name(role)));
        }
    }
    return list;
}

static prom_result node_info(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    char key[PROM_HEX32];
    prom_node_told told;
    (void)params;
    (void)error;
    prom_node_tell(host->node, &told);
    *result = json_pack("{s:s, s:s, s:o, s:s, s:I, s:I, s:I, s:I, s:b, s:s, s:s, s:b, s:I, s:I, s:I, s:I}", //
                        "version", PROM_VERSION, "network", told.network->name,                             //
                        "roles", roles_json(told.roles), "key", prom_hex32(key, &told.key),                 //
                        "pid", (json_int_t)getpid(), "seconds", (json_int_t)(prom_clock_seconds() - host->started),
                        "tip", (json_int_t)told.tip, "own_tip", (json_int_t)told.own_tip,             //
                        "ready", (int)told.ready, "waiting", told.ready ? "" : told.waiting.sentence, //
                        "chain", told.chain.sentence, "disk_short", (int)told.disk_short,             //
                        "channels", (json_int_t)told.channels, "channels_max", (json_int_t)told.channels_max, "links",
                        (json_int_t)told.links, "link_bytes", (json_int_t)told.link_bytes);
    return prom_ok();
}

static prom_result node_stop(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    (void)params;
    (void)error;
    host->stop = true;
    *result = json_pack("{s:I}", "pid", (json_int_t)getpid());
    return prom_ok();
}

/* -- channel -- */

static bool read_number(uint64_t *number, const char *text)
{
    *number = 0;
    for (; *text >= '0' && *text <= '9'; text++) {
        const uint64_t digit = (uint64_t)(*text - '0');
        if (*number > (UINT64_MAX - digit) / 10) {
            return false;
        }
        *number = *number * 10 + digit;
    }
    return *text == '\0';
}

static prom_result channel_list(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    PROM_SCOPED(prom_look_close) prom_look *look = NULL;
    const char *after = json_string_value(json_object_get(params, "after"));
    const json_t *most = json_object_get(params, "limit");
    uint64_t number = 0;
    if (after != NULL && !read_number(&number, after)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "after is not the number of a channel: give what 'next' said");
    }
    PROM_TRY(prom_look_at(&look, host->node, error));
    return prom_channel_list_json(look, result, number,
                                  most != NULL ? (size_t)json_integer_value(most) : PROM_CHANNEL_LIST_MAX, error);
}

static prom_result tell_channel(prom_rpc_host *host, json_t **result, const json_t *params, bool why, prom_error *error)
{
    PROM_SCOPED(prom_look_close) prom_look *look = NULL;
    PROM_TRY(prom_look_at(&look, host->node, error));
    return prom_channel_show_json(look, result, json_string_value(json_object_get(params, "id")), why, error);
}

static prom_result channel_show(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    return tell_channel(host, result, params, false, error);
}

static prom_result channel_why(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    return tell_channel(host, result, params, true, error);
}

/* -- peers, log, events, rpc -- */

static void add_peer(void *context, const prom_node_peer *peer)
{
    char number[24];
    char key[PROM_HEX32];
    const prom_address *address = peer->address;
    json_t *where = address == NULL ? NULL : json_stringn((const char *)address->bytes, address->length);
    (void)json_array_append_new(context,
                                json_pack("{s:s, s:s, s:o, s:b}", "channel", number_text(number, peer->channel), "key",
                                          prom_hex32(key, &peer->key), "address", where != NULL ? where : json_null(),
                                          "linked", (int)peer->linked));
}

static prom_result peers_list(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    prom_node_told told;
    (void)params;
    (void)error;
    prom_node_tell(host->node, &told);
    json_t *list = json_array();
    prom_node_peer_each(host->node, add_peer, list);
    *result = json_pack("{s:o, s:I, s:I}", "peers", list, "links", (json_int_t)told.links, "link_bytes",
                        (json_int_t)told.link_bytes);
    return prom_ok();
}

static prom_result log_level(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    const char *word = json_string_value(json_object_get(params, "level"));
    prom_log_level level = prom_log_get_level(host->log);
    (void)error;
    if (word != NULL && prom_log_level_parse(&level, word)) {
        prom_log_set_level(host->log, level);
    }
    *result = json_pack("{s:s}", "level", prom_log_level_name(level));
    return prom_ok();
}

static prom_result events_follow(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    (void)host;
    (void)params;
    (void)error;
    *result = json_pack("{s:b}", "follows", 1);
    return prom_ok();
}

static prom_result rpc_help(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    (void)host;
    (void)params;
    (void)error;
    *result = prom_rpc_help();
    return prom_ok();
}

/* -- The table -- */

static const prom_rpc_parameter LIST_PARAMETERS[] = {
    {.name = "after",
     .type = PROM_RPC_TEXT,
     .text = "A channel's number: those behind it are listed. Left out: from the first one on."},
    {.name = "limit",
     .type = PROM_RPC_NUMBER,
     .min = 1,
     .max = PROM_CHANNEL_LIST_MAX,
     .text = "At most so many. Left out: 64."},
    {.name = NULL},
};
static const prom_rpc_parameter ID_PARAMETERS[] = {
    {.name = "id",
     .type = PROM_RPC_TEXT,
     .required = true,
     .text = "The channel's number or name, or the first digits of its contract id, 4 at least."},
    {.name = NULL},
};
static const prom_rpc_parameter LEVEL_PARAMETERS[] = {
    {.name = "level",
     .type = PROM_RPC_TEXT,
     .words = PROM_LOG_LEVEL_WORDS,
     .text = "The new level. Left out: it stays."},
    {.name = NULL},
};

static const prom_rpc_field INFO_RESULT[] = {
    {"version, network", "of the program; the chain that the node is on"},
    {"roles", "a list of \"client\", \"worker\", \"verifier\" and \"arbiter\""},
    {"key", "the node's identity, in hexadecimal digits"},
    {"pid, seconds", "its process, and since when it runs"},
    {"tip, own_tip", "height of the chain as far as blocks were processed; the greatest ever seen"},
    {"ready, waiting", "whether contracts can begin, and where not, what they wait for: a sentence"},
    {"chain", "what is to be said of bitcoind: a sentence"},
    {"disk_short", "whether the disk takes no more"},
    {"channels, channels_max", "open ones, and how many may be"},
    {"links, link_bytes", "to other nodes, and what waits in their buffers"},
    {NULL, NULL},
};
static const prom_rpc_field STOP_RESULT[] = {{"pid", "of the process, which ends now"}, {NULL, NULL}};
static const prom_rpc_field LIST_RESULT[] = {
    {"network", "that the node is on"},
    {"channels", "for each what channel.show tells, in the order of their numbers"},
    {"next", "what 'after' is to be for the next ones, or null: these were the last"},
    {NULL, NULL},
};
static const prom_rpc_field SHOW_RESULT[] = {{"...", "as 'prom help channel show' says"}, {NULL, NULL}};
static const prom_rpc_field WHY_RESULT[] = {{"...", "as 'prom help channel why' says"}, {NULL, NULL}};
static const prom_rpc_field PEERS_RESULT[] = {
    {"peers",
     "of open channels: channel (its number, as text), key, address (or null), linked (whether the link that it "
     "was heard on last is up, as far as is known)"},
    {"links, link_bytes", "of the whole node"},
    {NULL, NULL},
};
static const prom_rpc_field LEVEL_RESULT[] = {{"level", "that holds now"}, {NULL, NULL}};
static const prom_rpc_field FOLLOW_RESULT[] = {
    {"follows",
     "true. From then on each event comes as a notification, \"method\": \"event\", with \"params\": time "
     "(seconds since 1970), kind (\"note\", \"alarm\", \"refused\", \"state\", \"sent\", \"published\", \"fault\", "
     "\"busy\" or \"mined\"), channel (its number, as text, or null), contract (its id, or null), text"},
    {"lost",
     "of a notification \"method\": \"lost\": so many events were left out, as the client took them too slowly"},
    {NULL, NULL},
};
static const prom_rpc_field HELP_RESULT[] = {
    {"methods", "of each: name, text, parameters (name, type, required, text), result (name, text)"},
    {"errors", "of each: code, error, text"},
    {NULL, NULL},
};

const prom_rpc_method prom_rpc_methods[] = {
    {"node.info", "Tells how the node is.", NULL, INFO_RESULT, false, node_info},
    {"node.stop", "Ends the node, as SIGTERM does. What was begun goes on with the next start.", NULL, STOP_RESULT,
     false, node_stop},
    {"channel.list", "Lists the node's channels.", LIST_PARAMETERS, LIST_RESULT, false, channel_list},
    {"channel.show", "Tells where a channel stands and what comes next.", ID_PARAMETERS, SHOW_RESULT, false,
     channel_show},
    {"channel.why", "Tells why a channel stands where it stands.", ID_PARAMETERS, WHY_RESULT, false, channel_why},
    {"wallet.address", "Gives an address that others can pay to, and that was never given before.", NULL,
     prom_rpc_wallet_address_result, false, prom_rpc_wallet_address},
    {"wallet.balance", "Tells what the wallet has, as far as blocks have it.", NULL, prom_rpc_wallet_balance_result,
     false, prom_rpc_wallet_balance},
    {"wallet.coins", "Lists the wallet's coins.", prom_rpc_wallet_page_parameters, prom_rpc_wallet_coins_result, false,
     prom_rpc_wallet_coins},
    {"wallet.history", "Lists how the wallet's money came and went.", prom_rpc_wallet_history_parameters,
     prom_rpc_wallet_history_result, false, prom_rpc_wallet_history},
    {"wallet.withdraw", "Pays to an address, from free coins.", prom_rpc_wallet_withdraw_parameters,
     prom_rpc_wallet_paid_result, false, prom_rpc_wallet_withdraw},
    {"wallet.psbt_export", "Makes such a payment, to be signed elsewhere.", prom_rpc_wallet_export_parameters,
     prom_rpc_wallet_paid_result, false, prom_rpc_wallet_psbt_export},
    {"wallet.psbt_import", "Takes the signatures of such a payment, and sends it.", prom_rpc_wallet_import_parameters,
     prom_rpc_wallet_paid_result, false, prom_rpc_wallet_psbt_import},
    {"peers.list", "Lists whom the open channels talk to.", NULL, PEERS_RESULT, false, peers_list},
    {"log.level", "Tells how much is written to the log, and changes it until the next start or SIGHUP.",
     LEVEL_PARAMETERS, LEVEL_RESULT, false, log_level},
    {"events.follow", "Sends what happens, as long as the connection lasts.", NULL, FOLLOW_RESULT, true, events_follow},
    {"rpc.help", "Tells of all methods and errors.", NULL, HELP_RESULT, false, rpc_help},
    {.name = NULL},
};
