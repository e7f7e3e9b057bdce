#include "rpc/contacts_methods.h"

#include <string.h>

#include "contacts/contacts.h"
#include "node/survey.h"
#include "rpc/values.h"

enum { LIST_STANDARD = 256, LOOK_SECONDS = 600, LOOK_SECONDS_MAX = 86400, MILLISECONDS = 1000 };

static const char *const ORIGINS[PROM_CONTACT_ORIGINS] = {
    [PROM_CONTACT_NAMED] = "configuration", [PROM_CONTACT_SAID] = "link",
    [PROM_CONTACT_REACHED] = "reached",     [PROM_CONTACT_DHT] = "dht",
    [PROM_CONTACT_PEERS] = "peers",
};

static json_t *height(uint32_t height)
{
    return height == 0 ? json_null() : json_integer((json_int_t)height);
}

/* -- contacts.list -- */

struct listing {
    const prom_node *node;
    json_t *list;
    size_t most;
    bool cut;
};

/* An arbiter's alone: the others announce nothing that the chain shows. */
static json_t *offers_json(const prom_node *node, const prom_contact_told *told)
{
    if (told->p_txid == NULL || told->role != PROM_ROLE_ARBITER) {
        return json_null();
    }
    const prom_chain_record record = prom_node_chain_record(node, &told->node);
    return json_pack("{s:I, s:o, s:o}", "count", (json_int_t)record.offers, "stake", prom_rpc_sat(record.stake),
                     "first", height(record.first));
}

static bool add_contact(void *context, const prom_contact_told *told)
{
    struct listing *listing = context;
    char node[PROM_HEX32];
    char p_txid[PROM_HEX32];
    listing->cut = json_array_size(listing->list) == listing->most;
    if (listing->cut) {
        return false;
    }
    json_t *address =
        told->address.length == 0 ? NULL : json_stringn((const char *)told->address.bytes, told->address.length);
    (void)json_array_append_new(
        listing->list,
        json_pack("{s:s, s:o, s:o, s:o, s:s, s:b, s:b, s:o, s:o, s:o, s:o}", "node", prom_hex32(node, &told->node),
                  "address", address != NULL ? address : json_null(), "p",
                  told->p_txid == NULL ? json_null() : json_string(prom_hex32_reversed(p_txid, told->p_txid)), "role",
                  told->p_txid == NULL ? json_null() : json_string(prom_role_name(told->role)), "from",
                  ORIGINS[told->from], "reached", (int)told->reached, "linked", (int)told->linked, "heard_at",
                  height(told->heard_at), "reached_at", height(told->reached_at), "expires_at",
                  height(told->expires_at), "offers", offers_json(listing->node, told)));
    return true;
}

static void add_topic(void *context, const prom_topic_told *told)
{
    char p_txid[PROM_HEX32];
    (void)json_array_append_new(
        context, json_pack("{s:s, s:s, s:b, s:b, s:b, s:I, s:I, s:I, s:I}", "p",
                           prom_hex32_reversed(p_txid, &told->p_txid), "role", prom_role_name(told->role), "wanted",
                           (int)told->wanted, "served", (int)told->served, "told", (int)(told->counts.own > 0),
                           "reached", (json_int_t)told->counts.reached, "dht", (json_int_t)told->counts.heard_dht,
                           "peers", (json_int_t)told->counts.heard_peers, "announced", (json_int_t)told->announced));
}

static json_t *dht_json(const prom_contacts_told *told)
{
    return told->has_dht ? json_pack("{s:b, s:i, s:I, s:I, s:I}", "up", (int)told->dht.up, "port", (int)told->dht.port,
                                     "starts", (json_int_t)told->dht.starts, "bytes_in", (json_int_t)told->dht.bytes_in,
                                     "bytes_out", (json_int_t)told->dht.bytes_out)
                         : json_null();
}

prom_result prom_rpc_contacts_list(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    struct listing listing = {
        .node = host->node, .list = json_array(), .most = (size_t)prom_rpc_number(params, "limit", LIST_STANDARD)};
    json_t *topics = json_array();
    const prom_contacts_told told = prom_contacts_tell_state(host->contacts);
    (void)error;
    prom_contacts_tell_each(host->contacts, add_contact, &listing);
    prom_contacts_tell_topics(host->contacts, add_topic, topics);
    *result = json_pack("{s:b, s:o, s:o, s:o, s:b}", "discovery", (int)!told.quiet, "dht", dht_json(&told), "topics",
                        topics, "contacts", listing.list, "cut", (int)listing.cut);
    return prom_ok();
}

/* -- contacts.look -- */

static prom_role role_of(const char *name)
{
    prom_role role = PROM_ROLE_WORKER;
    while (role < PROM_ROLE_ARBITER && strcmp(prom_role_name(role), name) != 0) {
        role++;
    }
    return role;
}

prom_result prom_rpc_contacts_look(prom_rpc_host *host, json_t **result, const json_t *params, prom_error *error)
{
    const json_t *seconds = json_object_get(params, "seconds");
    const json_int_t long_ = seconds != NULL ? json_integer_value(seconds) : LOOK_SECONDS;
    prom_bytes32 p_txid;
    if (!prom_hex32_parse_reversed(&p_txid, json_string_value(json_object_get(params, "p")))) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "p is no transaction's id: give 64 hexadecimal digits");
    }
    if (prom_contacts_tell_state(host->contacts).quiet) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "nobody is looked for: prom.conf has `discovery = no`, so this node knows its peers alone");
    }
    prom_contacts_look_for(host->contacts, &p_txid, role_of(json_string_value(json_object_get(params, "role"))),
                           long_ * MILLISECONDS);
    *result = json_pack("{s:I}", "seconds", long_);
    return prom_ok();
}

/* -- For the table -- */

const prom_rpc_parameter prom_rpc_contacts_list_parameters[] = {
    {.name = "limit",
     .type = PROM_RPC_NUMBER,
     .min = 1,
     .max = PROM_CONTACTS_LIST_MAX,
     .text = "At most so many contacts. Left out: 256."},
    {.name = NULL},
};
const prom_rpc_parameter prom_rpc_contacts_look_parameters[] = {
    {.name = "p", .type = PROM_RPC_TEXT, .required = true, .text = "The id of the transaction that publishes P."},
    {.name = "role",
     .type = PROM_RPC_TEXT,
     .required = true,
     .words = "worker verifier arbiter",
     .text = "Who is looked for; arbiters in any case."},
    {.name = "seconds",
     .type = PROM_RPC_NUMBER,
     .min = 1,
     .max = LOOK_SECONDS_MAX,
     .text = "For how long. Left out: 600."},
    {.name = NULL},
};

const prom_rpc_field prom_rpc_contacts_list_result[] = {
    {"discovery", "whether nodes are asked for others at all"},
    {"dht",
     "of prom-dht: up; port (UDP) where it listens; starts, how often it was started; bytes_in, bytes_out of the one "
     "that runs. null: without it"},
    {"topics",
     "what is looked for, or was: p, role; wanted, whether it is now; served, whether this node takes the role itself; "
     "told, whether a pointer of its own tells of it; reached, dht, peers: how many are known, reached or heard of; "
     "announced, arbiters' offers that were heard of"},
    {"contacts",
     "whom the node knows: node, its key; address (or null); p, role (null: not known); from (\"configuration\", "
     "\"link\", "
     "\"reached\", \"dht\" or \"peers\"); reached, whether a link to it was up; linked, whether one is; heard_at, "
     "reached_at, expires_at, heights (or null); offers, of an arbiter, unspent ones whose announcements name it and "
     "are "
     "known here: count, stake (sat), first (height of the oldest, or null); of others null"},
    {"cut", "whether there are more contacts"},
    {NULL, NULL},
};
const prom_rpc_field prom_rpc_contacts_look_result[] = {{"seconds", "for which they are looked for"}, {NULL, NULL}};
