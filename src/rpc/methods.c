/* The methods, and the table of them. */
#include <string.h>
#include <unistd.h>

#include "node/owner.h"
#include "prometheus/base/version.h"
#include "rpc/channel_json.h"
#include "rpc/contacts_methods.h"
#include "rpc/contract_methods.h"
#include "rpc/job_methods.h"
#include "rpc/method.h"
#include "rpc/offer_methods.h"
#include "rpc/picture_methods.h"
#include "rpc/trade_methods.h"
#include "rpc/values.h"
#include "rpc/wallet_methods.h"
#include "system/clock.h"

static const char *number_text(char text[24], uint64_t number)
{
    (void)snprintf(text, 24, "%llu", (unsigned long long)number);
    return text;
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

/* What contracts may have on the disk, by role. */
static json_t *disk_json(const prom_node_told *told)
{
    json_t *roles = json_object();
    for (prom_role role = PROM_ROLE_CLIENT; role < PROM_ROLES; role++) {
        const prom_node_room *room = &told->room[role];
        (void)json_object_set_new(roles, prom_role_name(role),
                                  json_pack("{s:o, s:o, s:o}", "taken", prom_rpc_count(room->taken), "max",
                                            prom_rpc_count(room->max), "left", prom_rpc_count(room->left)));
    }
    return json_pack("{s:o, s:o, s:o, s:o}", "bodies", prom_rpc_count(told->body_bytes), "free",
                     prom_rpc_count(told->disk_free), "max", prom_rpc_count(told->disk_max), "roles", roles);
}

static prom_result node_info(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    char key[PROM_HEX32];
    prom_node_told told;
    (void)params;
    (void)error;
    prom_node_tell(host->node, &told);
    *result = json_pack("{s:s, s:s, s:o, s:s, s:I, s:I, s:I, s:I, s:b, s:s, s:s, s:b, s:o, s:I, s:I, s:I, s:I}", //
                        "version", PROM_VERSION, "network", told.network->name,                                  //
                        "roles", roles_json(told.roles), "key", prom_hex32(key, &told.key),                      //
                        "pid", (json_int_t)getpid(), "seconds", (json_int_t)(prom_clock_seconds() - host->started),
                        "tip", (json_int_t)told.tip, "own_tip", (json_int_t)told.own_tip,             //
                        "ready", (int)told.ready, "waiting", told.ready ? "" : told.waiting.sentence, //
                        "chain", told.chain.sentence, "disk_short", (int)told.disk_short,             //
                        "disk", disk_json(&told),                                                     //
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
    uint64_t number = 0;
    if (after != NULL && !read_number(&number, after)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "after is not the number of a channel: give what 'next' said");
    }
    PROM_TRY(prom_look_at(&look, host->node, error));
    return prom_channel_list_json(look, result, number, (size_t)prom_rpc_number(params, "limit", PROM_CHANNEL_LIST_MAX),
                                  error);
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
    (void)json_array_append_new(
        context, json_pack("{s:s, s:s, s:o, s:b, s:I, s:I}", "channel", number_text(number, peer->channel), "key",
                           prom_hex32(key, &peer->key), "address", where != NULL ? where : json_null(), "linked",
                           (int)peer->linked, "received", (json_int_t)peer->traffic.received, "sent",
                           (json_int_t)peer->traffic.sent));
}

static prom_result peers_list(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    prom_node_told told;
    (void)params;
    (void)error;
    prom_node_tell(host->node, &told);
    json_t *list = json_array();
    prom_node_peer_each(host->node, add_peer, list);
    *result = json_pack("{s:o, s:I, s:I, s:I, s:I}", "peers", list, "links", (json_int_t)told.links, "link_bytes",
                        (json_int_t)told.link_bytes, "received", (json_int_t)told.traffic.received, "sent",
                        (json_int_t)told.traffic.sent);
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
    {"disk",
     "in bytes: bodies, that they have; free, that the disk has; max, as disk_max_mb allows; roles, of each taken "
     "(that "
     "open contracts may have; of \"client\" its jobs too), max (0: no limit of its own) and left, for a new contract"},
    {"channels, channels_max", "open ones, and how many may be"},
    {"links, link_bytes", "to other nodes, and what waits in their buffers"},
    {NULL, NULL},
};
static const prom_rpc_field STOP_RESULT[] = {{"pid", "of the process, which ends now"}, {NULL, NULL}};
static const prom_rpc_field LIST_RESULT[] = {
    {"network", "that the node is on"},
    {"channels",
     "for each what channel.show tells, in the order of their numbers; of one that cannot be read its record, and "
     "unreadable: why"},
    {"next", "what 'after' is to be for the next ones, or null: these were the last"},
    {NULL, NULL},
};
static const prom_rpc_field SHOW_RESULT[] = {{"...", "as 'prom help channel show' says"}, {NULL, NULL}};
static const prom_rpc_field WHY_RESULT[] = {{"...", "as 'prom help channel why' says"}, {NULL, NULL}};
static const prom_rpc_field PEERS_RESULT[] = {
    {"peers",
     "of open channels: channel (its number, as text), key, address (or null), linked (whether the link that it "
     "was heard on last is up, as far as is known), received and sent (bytes on the links to its node that are up)"},
    {"links, link_bytes", "of the whole node"},
    {"received, sent", "bytes on all of the node's links since it was started"},
    {NULL, NULL},
};
static const prom_rpc_field LEVEL_RESULT[] = {{"level", "that holds now"}, {NULL, NULL}};
static const prom_rpc_field FOLLOW_RESULT[] = {
    {"follows",
     "true. From then on each event comes as a notification, \"method\": \"event\", with \"params\": time "
     "(seconds since 1970), kind (\"note\", \"alarm\", \"refused\", \"state\", \"sent\", \"published\", \"fault\", "
     "\"busy\", \"mined\" or \"money\"), channel (its number, as text, or null), contract (its id, or null), text"},
    {"money",
     "of an event of kind \"money\", an object with what: \"settled\" (with scheme, put_in, got and lost, in sat and "
     "before fees, txid, height), \"at risk\" (transaction, that is needed in a block up to by_block; sat that may be "
     "lost), or what wallet.history calls it (sat, loss, fee, balance, txid, height). Those are told when their block "
     "is, "
     "also of the time in which the node was off; after a reorganisation perhaps twice"},
    {"lost",
     "of a notification \"method\": \"lost\": so many events were left out, as the client took them too slowly"},
    {NULL, NULL},
};
static const prom_rpc_field HELP_RESULT[] = {
    {"methods",
     "of each: name, text, follows (whether events come after the result), parameters (name, type, required, "
     "words that it must be one of, or null, text; of numbers min and max), result (name, text)"},
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
    {"channel.picture", "Draws the transactions of a channel's contract, and the way that was taken.", ID_PARAMETERS,
     prom_rpc_channel_picture_result, false, prom_rpc_channel_picture},
    {"wallet.address", "Gives an address that others can pay to, and that was never given before.", NULL,
     prom_rpc_wallet_address_result, false, prom_rpc_wallet_address},
    {"wallet.balance", "Tells what the wallet has, as far as blocks have it.", NULL, prom_rpc_wallet_balance_result,
     false, prom_rpc_wallet_balance},
    {"wallet.coins", "Lists the wallet's coins.", prom_rpc_wallet_page_parameters, prom_rpc_wallet_coins_result, false,
     prom_rpc_wallet_coins},
    {"wallet.history", "Lists how the wallet's money came and went.", prom_rpc_wallet_history_parameters,
     prom_rpc_wallet_history_result, false, prom_rpc_wallet_history},
    {"wallet.withdraw", "Pays to addresses, from free coins, in one transaction.", prom_rpc_wallet_withdraw_parameters,
     prom_rpc_wallet_paid_result, false, prom_rpc_wallet_withdraw},
    {"wallet.payments", "Lists the payments of the wallet's owner.", prom_rpc_wallet_page_parameters,
     prom_rpc_wallet_payments_result, false, prom_rpc_wallet_payments},
    {"wallet.bump", "Makes a payment that waits for a block anew, with a higher fee: it gets another txid.",
     prom_rpc_wallet_replace_parameters, prom_rpc_wallet_paid_result, false, prom_rpc_wallet_bump},
    {"wallet.cancel",
     "Takes a payment that waits for a block back, by spending its coins to ourselves for a higher fee.",
     prom_rpc_wallet_replace_parameters, prom_rpc_wallet_paid_result, false, prom_rpc_wallet_cancel},
    {"wallet.psbt_export", "Makes such a payment, to be signed elsewhere.", prom_rpc_wallet_export_parameters,
     prom_rpc_wallet_paid_result, false, prom_rpc_wallet_psbt_export},
    {"wallet.psbt_import", "Takes the signatures of such a payment, and sends it.", prom_rpc_wallet_import_parameters,
     prom_rpc_wallet_paid_result, false, prom_rpc_wallet_psbt_import},
    {"market.ask", "Asks a node what it would take for a job.", prom_rpc_market_ask_parameters,
     prom_rpc_market_ask_result, false, prom_rpc_market_ask},
    {"market.answer", "Tells what it has answered.", prom_rpc_market_answer_parameters, prom_rpc_market_answer_result,
     false, prom_rpc_market_answer},
    {"market.selling", "Tells what this node sells as worker or verifier, and who has asked.", NULL,
     prom_rpc_market_selling_result, false, prom_rpc_market_selling},
    {"contract.publish", "Publishes a P: the parameters that contracts share.", prom_rpc_contract_publish_parameters,
     prom_rpc_wallet_paid_result, false, prom_rpc_contract_publish},
    {"contract.list", "Lists the P that are on the chain.", prom_rpc_contract_list_parameters,
     prom_rpc_contract_list_result, false, prom_rpc_contract_list},
    {"contract.show", "Tells what the chain shows of a P and of its offers.", prom_rpc_contract_show_parameters,
     prom_rpc_contract_show_result, false, prom_rpc_contract_show},
    {"offer.make", "Locks the stake of a P in an offer to arbitrate its contracts.", prom_rpc_offer_make_parameters,
     prom_rpc_wallet_paid_result, false, prom_rpc_offer_make},
    {"offer.list", "Lists our own offers.", NULL, prom_rpc_offer_list_result, false, prom_rpc_offer_list},
    {"offer.renew", "Makes an offer out of another one of ours, which ends.", prom_rpc_offer_renew_parameters,
     prom_rpc_wallet_paid_result, false, prom_rpc_offer_renew},
    {"offer.withdraw", "Spends an offer of ours to ourselves.", prom_rpc_offer_withdraw_parameters,
     prom_rpc_wallet_paid_result, false, prom_rpc_offer_withdraw},
    {"job.quote", "Asks around what a job would cost; job.quoted tells what came of it.",
     prom_rpc_job_request_parameters, prom_rpc_job_quote_result, false, prom_rpc_job_quote},
    {"job.quoted", "Tells what nodes have answered, and the plan that follows.", prom_rpc_job_quoted_parameters,
     prom_rpc_job_quoted_result, false, prom_rpc_job_quoted},
    {"job.run", "Orders a job: the batch is split over contracts with workers that are found, until all is done.",
     prom_rpc_job_request_parameters, prom_rpc_job_run_result, false, prom_rpc_job_run},
    {"job.list", "Lists the owner's jobs.", prom_rpc_job_list_parameters, prom_rpc_job_list_result, false,
     prom_rpc_job_list},
    {"job.show", "Tells of a job, its parts and its contracts.", prom_rpc_job_id_parameters, prom_rpc_job_show_result,
     false, prom_rpc_job_show},
    {"job.why", "Tells why a job stands where it stands.", prom_rpc_job_id_parameters, prom_rpc_job_lines_result, false,
     prom_rpc_job_why},
    {"job.receipt", "Tells who got what, by which transaction.", prom_rpc_job_id_parameters, prom_rpc_job_lines_result,
     false, prom_rpc_job_receipt},
    {"job.cancel", "Begins nothing more of a job; contracts that are signed go on to their end.",
     prom_rpc_job_id_parameters, prom_rpc_job_cancel_result, false, prom_rpc_job_cancel},
    {"job.forget", "Deletes the files of a job that has ended; what became of it is told as before.",
     prom_rpc_job_id_parameters, prom_rpc_job_forget_result, false, prom_rpc_job_forget},
    {"job.result", "Tells where a job's output lies.", prom_rpc_job_id_parameters, prom_rpc_job_result_result, false,
     prom_rpc_job_result},
    {"peers.list", "Lists whom the open channels talk to.", NULL, PEERS_RESULT, false, peers_list},
    {"contacts.list", "Lists whom the node knows, to begin contracts with.", prom_rpc_contacts_list_parameters,
     prom_rpc_contacts_list_result, false, prom_rpc_contacts_list},
    {"contacts.look", "Looks for nodes, for a while: contacts.list tells who was found.",
     prom_rpc_contacts_look_parameters, prom_rpc_contacts_look_result, false, prom_rpc_contacts_look},
    {"log.level", "Tells how much is written to the log, and changes it until the next start or SIGHUP.",
     LEVEL_PARAMETERS, LEVEL_RESULT, false, log_level},
    {"events.follow", "Sends what happens, as long as the connection lasts.", NULL, FOLLOW_RESULT, true, events_follow},
    {"rpc.help", "Tells of all methods and errors.", NULL, HELP_RESULT, false, rpc_help},
    {.name = NULL},
};
