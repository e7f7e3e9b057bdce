#include "demo/market.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "chain/chain.h"
#include "prometheus/bitcoin/script.h"
#include "system/clock.h"
#include "system/file.h"

enum {
    /* Coins of each node: four for a contract of the client's, which is its own verifier, two for a worker's; for an
     * arbiter's offers and its fees. */
    CLIENT_COINS = 4 * (PROM_DEMO_PARTS + 1),
    WORKER_COINS = 2 * (PROM_DEMO_PARTS + 1),
    OWNER_COINS = PROM_DEMO_OFFERS + PROM_DEMO_PARTS + 2,
    COINS = CLIENT_COINS + PROM_DEMO_WORKERS * WORKER_COINS + PROM_DEMO_OWNERS * OWNER_COINS,
    MEET_MILLISECONDS = 60000, /* until all have found each other */
    ANSWER_MILLISECONDS = 30000,
    LOOK_MILLISECONDS = 100,
    COUNTED_BLOCKS = 10, /* that offers may take to count */
    BLOCKS_MAX = 400,
};
#define COIN_SAT 20000000U
#define FEERATE_KVB (PROM_DEMO_FEERATE * 1000) /* sat for 1000 vB, as payments have it */

/* -- Blocks -- */

static prom_result mine(prom_demo_market *market, uint32_t count, prom_error *error)
{
    PROM_TRY(prom_demo_mine(&market->faucet, count, error));
    market->height += count;
    return prom_demo_nodes_settle(&market->nodes, market->height, error);
}

/* -- Coins, P, offers -- */

static size_t coins_of(size_t node)
{
    return node >= PROM_DEMO_FIRST_OWNER ? OWNER_COINS : node >= PROM_DEMO_FIRST_WORKER ? WORKER_COINS : CLIENT_COINS;
}

/* Before the nodes run: they find their coins in the first blocks that they read. */
static prom_result fund(prom_demo_market *market, prom_error *error)
{
    prom_bytes32 txid;
    prom_tx *tx = NULL;
    size_t at = 0;
    PROM_TRY(prom_demo_mine(&market->faucet, PROM_DEMO_MATURE_BLOCKS, error));
    PROM_TRY(prom_tx_new(market->faucet.arena, &tx, 1, COINS + 1, error));
    for (size_t i = 0; i < PROM_DEMO_NODES; i++) {
        PROM_SCOPED(prom_key_wipe) prom_key key = {0};
        PROM_TRY(prom_wallet_coin_key(&market->nodes.list[i].wallet, &key, 0, error));
        for (size_t j = 0; j < coins_of(i); j++) {
            tx->outputs[at].value = prom_amount_of(COIN_SAT);
            PROM_TRY(prom_script_p2tr(market->faucet.arena, &tx->outputs[at++].script, &key.public_key, error));
        }
    }
    PROM_TRY(prom_demo_faucet_pay(&market->faucet, &txid, tx, error));
    PROM_TRY(prom_demo_mine(&market->faucet, PROM_DEMO_SHOWN_BLOCKS, error));
    market->height = PROM_DEMO_MATURE_BLOCKS + PROM_DEMO_SHOWN_BLOCKS;
    return prom_ok();
}

static prom_result take_txid(char txid[PROM_HEX32], const json_t *told, const char *what, prom_error *error)
{
    const char *text = json_string_value(json_object_get(told, "txid"));
    if (text == NULL || strlen(text) != PROM_HEX32 - 1) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "a node tells no transaction of the %s that it made", what);
    }
    (void)snprintf(txid, PROM_HEX32, "%s", text);
    return prom_ok();
}

static prom_result publish(prom_demo_market *market, prom_error *error)
{
    char hex[2 * PROM_PARAMETERS_BYTES + 1];
    prom_span bytes;
    json_auto_t *told = NULL;
    prom_writer writer = prom_writer_in(market->faucet.arena);
    prom_parameters_write(&writer, &market->P);
    PROM_TRY(prom_writer_finish(&writer, &bytes, error));
    PROM_TRY(prom_demo_node_call(
        &market->nodes, PROM_DEMO_CLIENT, &told, "contract.publish",
        json_pack("{s:s, s:i}", "encoding", prom_hex(hex, bytes.data, bytes.length), "feerate", FEERATE_KVB), error));
    PROM_TRY(take_txid(market->p_txid, told, "P", error));
    PROM_TRY(prom_demo_nodes_settle(&market->nodes, market->height, error));
    return mine(market, 1, error);
}

/* Until all offers count in a draw, as the client sees it. */
static prom_result count_offers(prom_demo_market *market, bool *all, prom_error *error)
{
    json_auto_t *shown = NULL;
    PROM_TRY(prom_demo_node_call(&market->nodes, PROM_DEMO_CLIENT, &shown, "contract.show",
                                 json_pack("{s:s}", "contract", market->p_txid), error));
    *all = json_integer_value(json_object_get(shown, "counted")) == (json_int_t)PROM_DEMO_OWNERS * PROM_DEMO_OFFERS;
    return prom_ok();
}

static prom_result make_offers(prom_demo_market *market, prom_error *error)
{
    bool all = false;
    for (size_t i = 0; i < PROM_DEMO_OWNERS; i++) {
        for (size_t j = 0; j < PROM_DEMO_OFFERS; j++) {
            json_auto_t *told = NULL;
            PROM_TRY(prom_demo_node_call(&market->nodes, PROM_DEMO_FIRST_OWNER + i, &told, "offer.make",
                                         json_pack("{s:s, s:i, s:i}", "contract", market->p_txid, "retainer",
                                                   PROM_DEMO_RETAINER, "feerate", FEERATE_KVB),
                                         error));
            PROM_TRY(take_txid(market->offers[i][j], told, "offer", error));
        }
    }
    PROM_TRY(prom_demo_nodes_settle(&market->nodes, market->height, error));
    for (int i = 0; i < COUNTED_BLOCKS && !all; i++) {
        PROM_TRY(mine(market, 1, error));
        PROM_TRY(count_offers(market, &all, error));
    }
    return all ? mine(market, PROM_DEMO_SHOWN_BLOCKS, error) /* a draw's snapshot is some blocks old */
               : prom_fail(error, PROM_CATEGORY_BROKEN, "the arbiters' offers do not count in a draw%s%s",
                           market->nodes.alarm[0] != '\0' ? "; " : "", market->nodes.alarm);
}

prom_result prom_demo_market_open(prom_demo_market *market, prom_arena *arena, prom_devnet *devnet,
                                  prom_demo_show *show, bool paged, prom_error *error)
{
    *market = (prom_demo_market){.show = show};
    PROM_TRY(prom_demo_faucet_open(&market->faucet, arena, devnet, error));
    PROM_TRY(prom_demo_parameters(market->faucet.curve, &market->P, error));
    PROM_TRY(prom_demo_nodes_make(&market->nodes, &market->faucet, show, paged, error));
    PROM_TRY(fund(market, error));
    PROM_TRY(prom_demo_nodes_start(&market->nodes, error));
    PROM_TRY(publish(market, error));
    return make_offers(market, error);
}

void prom_demo_market_close(prom_demo_market *market)
{
    prom_demo_nodes_close(&market->nodes);
    prom_demo_faucet_close(&market->faucet);
}

/* -- Asking who takes the job -- */

static json_t *order_of(const prom_demo_market *market, const prom_demo_job *job, const char *program,
                        const char *input)
{
    return json_pack("{s:s, s:s, s:s, s:i, s:i, s:i, s:i}", "program", program, "input", input, "contract",
                     market->p_txid, "scheme", (int)job->named.scheme, "parts",
                     (int)(job->items < PROM_DEMO_PARTS ? job->items : PROM_DEMO_PARTS), "spread", PROM_DEMO_WORKERS,
                     "feerate", PROM_DEMO_FEERATE);
}

static prom_result quote(prom_demo_market *market, json_t **quoted, const json_t *order, prom_error *error)
{
    json_auto_t *begun = NULL;
    const int64_t since = prom_clock_milliseconds();
    PROM_TRY(prom_demo_node_call(&market->nodes, PROM_DEMO_CLIENT, &begun, "job.quote", json_deep_copy(order), error));
    for (;;) {
        bool any = false;
        PROM_TRY(prom_demo_node_call(&market->nodes, PROM_DEMO_CLIENT, quoted, "job.quoted",
                                     json_pack("{s:O}", "quote", json_object_get(begun, "quote")), error));
        if (json_is_true(json_object_get(*quoted, "over")) ||
            prom_clock_milliseconds() - since >= ANSWER_MILLISECONDS) {
            return prom_ok();
        }
        json_decref(*quoted);
        *quoted = NULL;
        PROM_TRY(prom_demo_nodes_listen(&market->nodes, &any, error));
        (void)poll(NULL, 0, LOOK_MILLISECONDS);
    }
}

/* How many arbiters' offers the client has heard of. */
static prom_result count_heard(prom_demo_market *market, json_int_t *heard, prom_error *error)
{
    json_auto_t *known = NULL;
    const json_t *topic = NULL;
    size_t i = 0;
    *heard = 0;
    PROM_TRY(prom_demo_node_call(&market->nodes, PROM_DEMO_CLIENT, &known, "contacts.list", NULL, error));
    json_array_foreach(json_object_get(known, "topics"), i, topic)
    {
        *heard += json_integer_value(json_object_get(topic, "announced"));
    }
    return prom_ok();
}

/* Whether the plan gives every item to somebody, and to as many workers as there may be. */
static bool is_good_plan(const json_t *quoted, const json_t *order)
{
    const json_t *plan = json_object_get(quoted, "plan");
    const json_t *parts = json_object_get(plan, "parts");
    const json_int_t wanted = json_integer_value(json_object_get(order, "parts"));
    const json_t *first = json_object_get(json_array_get(parts, 0), "worker");
    size_t others = 0;
    size_t i = 0;
    const json_t *part = NULL;
    json_array_foreach(parts, i, part)
    {
        others += json_equal(json_object_get(part, "worker"), first) == 0;
    }
    return json_is_object(plan) && json_integer_value(json_object_get(plan, "left")) == 0 &&
           (others > 0 || wanted < PROM_DEMO_WORKERS);
}

/* The first reason that there is, in words. */
static const char *reason_of(const json_t *quoted)
{
    const json_t *lists[] = {json_object_get(quoted, "reasons"),
                             json_object_get(json_object_get(quoted, "plan"), "reasons")};
    const json_t *asked = NULL;
    size_t i = 0;
    for (size_t j = 0; j < sizeof lists / sizeof *lists; j++) {
        if (json_array_size(lists[j]) > 0) {
            return prom_told_text(json_array_get(lists[j], 0), "text");
        }
    }
    json_array_foreach(json_object_get(quoted, "asked"), i, asked)
    {
        const json_t *reasons = json_object_get(asked, "reasons");
        const char *name = prom_told_text(json_array_get(reasons, 0), "name");
        if (name[0] != '\0' && strcmp(name, "role") != 0) {
            return prom_told_text(json_array_get(reasons, 0), "text");
        }
    }
    return "nobody else is known yet";
}

static void tell_quoted(prom_demo_market *market, const json_t *quoted)
{
    const json_t *asked = NULL;
    size_t i = 0;
    json_array_foreach(json_object_get(quoted, "asked"), i, asked)
    {
        const size_t node = prom_demo_node_of(&market->nodes, json_string_value(json_object_get(asked, "node")));
        char sat[PROM_UNITS];
        if (node < PROM_DEMO_NODES && json_array_size(json_object_get(asked, "reasons")) == 0) {
            prom_demo_show_line(
                market->show, "%s asks for %s sat at least in each contract", market->nodes.list[node].name,
                prom_units_number(sat, (uint64_t)json_integer_value(json_object_get(asked, "price_of_an_item"))));
        }
    }
}

/* Until the client has heard of all arbiters' offers: it asks whom it is linked to, and whom it hears of. */
static prom_result hear(prom_demo_market *market, int64_t until, prom_error *error)
{
    enum { OFFERS = PROM_DEMO_OWNERS * PROM_DEMO_OFFERS };
    json_auto_t *looks = NULL;
    json_int_t heard = 0;
    PROM_TRY(prom_demo_node_call(&market->nodes, PROM_DEMO_CLIENT, &looks, "contacts.look",
                                 json_pack("{s:s, s:s}", "p", market->p_txid, "role", "worker"), error));
    for (;;) {
        bool any = false;
        PROM_TRY(count_heard(market, &heard, error));
        if (heard == OFFERS) {
            return prom_ok();
        }
        if (prom_clock_milliseconds() >= until) {
            return prom_fail(error, PROM_CATEGORY_PEER, "the client has heard of %lld of %d offers of arbiters",
                             (long long)heard, (int)OFFERS);
        }
        PROM_TRY(prom_demo_nodes_listen(&market->nodes, &any, error));
        (void)poll(NULL, 0, LOOK_MILLISECONDS);
    }
}

/* Until workers take the job. */
static prom_result meet(prom_demo_market *market, const json_t *order, prom_error *error)
{
    const int64_t until = prom_clock_milliseconds() + MEET_MILLISECONDS;
    PROM_TRY(hear(market, until, error));
    for (;;) {
        json_auto_t *quoted = NULL;
        bool any = false;
        PROM_TRY(quote(market, &quoted, order, error));
        if (is_good_plan(quoted, order)) {
            tell_quoted(market, quoted);
            return prom_ok();
        }
        if (prom_clock_milliseconds() >= until) {
            return prom_fail(error, PROM_CATEGORY_PEER, "nobody takes the job: %.300s", reason_of(quoted));
        }
        PROM_TRY(prom_demo_nodes_listen(&market->nodes, &any, error));
        (void)poll(NULL, 0, LOOK_MILLISECONDS);
    }
}

/* -- The job -- */

static prom_result write_payload(const prom_demo_market *market, char path[PATH_MAX], const char *name, prom_span bytes,
                                 prom_error *error)
{
    (void)snprintf(path, PATH_MAX, "%.4000s/%s", market->nodes.list[PROM_DEMO_CLIENT].home, name);
    return prom_file_write(path, bytes, error);
}

static prom_result give_job(prom_demo_market *market, const json_t *order, prom_error *error)
{
    json_auto_t *ordered = NULL;
    PROM_TRY(prom_demo_node_call(&market->nodes, PROM_DEMO_CLIENT, &ordered, "job.run", json_deep_copy(order), error));
    const char *id = json_string_value(json_object_get(ordered, "job"));
    if (id == NULL) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "the client's node tells no id of its job");
    }
    (void)snprintf(market->job, sizeof market->job, "%s", id);
    market->began = market->height;
    return prom_ok();
}

enum { TOLD_BEGUN = 1, TOLD_LOCKED, TOLD_DELIVERED, TOLD_OVER };

/* Tells of a contract what is new of it. */
static void tell_attempt(prom_demo_market *market, const json_t *attempt, size_t at)
{
    const size_t worker = prom_demo_node_of(&market->nodes, json_string_value(json_object_get(attempt, "worker")));
    const json_int_t first = json_integer_value(json_object_get(attempt, "first"));
    const json_int_t end = json_integer_value(json_object_get(attempt, "end"));
    const bool over = json_is_true(json_object_get(attempt, "over"));
    char *told = &market->told[at];
    char subject[128];
    (void)snprintf(subject, sizeof subject, "contract %zu, items %lld to %lld, %s", at + 1, (long long)first,
                   (long long)(first + json_integer_value(json_object_get(attempt, "items")) - 1),
                   worker < PROM_DEMO_NODES ? market->nodes.list[worker].name : "?");
    if (over && *told < TOLD_OVER) {
        *told = TOLD_OVER;
        if (end != 0) {
            prom_demo_show_line(market->show, "%s: settled by scheme #%d", subject, (int)end);
        } else {
            prom_demo_show_line(market->show, "%s: no contract came of it: %.200s", subject,
                                prom_told_text(attempt, "why"));
        }
    } else if (json_is_true(json_object_get(attempt, "has_result")) && *told < TOLD_DELIVERED) {
        *told = TOLD_DELIVERED;
        prom_demo_show_line(market->show, "%s: delivered, verified and paid; the client has the result", subject);
    } else if (json_is_true(json_object_get(attempt, "live")) && *told < TOLD_LOCKED) {
        *told = TOLD_LOCKED;
        prom_demo_show_line(market->show, "%s: Tx0 locks the reward and everybody's stake", subject);
    }
}

static void tell_progress(prom_demo_market *market, const json_t *shown)
{
    const json_t *attempt = NULL;
    size_t done = 0;
    size_t i = 0;
    json_array_foreach(json_object_get(shown, "attempts"), i, attempt)
    {
        if (i < PROM_DEMO_CONTRACTS_MAX) {
            tell_attempt(market, attempt, i);
            done += (size_t)market->told[i];
        }
    }
    const size_t total = TOLD_OVER * (i > PROM_DEMO_PARTS ? i : PROM_DEMO_PARTS);
    prom_demo_show_progress(market->show, "contracts", done, total);
}

static bool has_ended(const json_t *shown)
{
    return strcmp(prom_told_text(shown, "state"), "ended") == 0;
}

static prom_result watch(prom_demo_market *market, json_t **shown, prom_error *error)
{
    for (uint32_t blocks = 0;; blocks++) {
        PROM_TRY(prom_demo_nodes_settle(&market->nodes, market->height, error));
        PROM_TRY(prom_demo_node_call(&market->nodes, PROM_DEMO_CLIENT, shown, "job.show",
                                     json_pack("{s:s}", "id", market->job), error));
        tell_progress(market, *shown);
        if (has_ended(*shown)) {
            return prom_ok();
        }
        if (blocks == BLOCKS_MAX) {
            return prom_fail(error, PROM_CATEGORY_PEER, "the job has not ended after %d blocks: %.300s", BLOCKS_MAX,
                             prom_told_text(*shown, "hindrance"));
        }
        json_decref(*shown);
        *shown = NULL;
        PROM_TRY(mine(market, 1, error));
    }
}

static prom_result find_output(prom_demo_market *market, char output[PATH_MAX], prom_error *error)
{
    json_auto_t *result = NULL;
    PROM_TRY(prom_demo_node_call(&market->nodes, PROM_DEMO_CLIENT, &result, "job.result",
                                 json_pack("{s:s}", "id", market->job), error));
    const char *path = json_string_value(json_object_get(result, "output_file"));
    const json_int_t done = json_integer_value(json_object_get(result, "done"));
    const json_int_t items = json_integer_value(json_object_get(result, "items"));
    if (path == NULL || done != items) {
        return prom_fail(error, PROM_CATEGORY_PEER, "the job has ended with %lld of %lld items (%.100s)%s%s",
                         (long long)done, (long long)items, prom_told_text(result, "end"),
                         market->nodes.alarm[0] != '\0' ? "; " : "", market->nodes.alarm);
    }
    (void)snprintf(output, PATH_MAX, "%s", path);
    return prom_ok();
}

prom_result prom_demo_market_play(prom_demo_market *market, const prom_demo_job *job, char output[PATH_MAX],
                                  prom_error *error)
{
    json_auto_t *shown = NULL;
    char program[PATH_MAX];
    char input[PATH_MAX];
    PROM_TRY(write_payload(market, program, "program", job->bytes.program, error));
    PROM_TRY(write_payload(market, input, "input", job->bytes.input, error));
    json_auto_t *order = order_of(market, job, program, input);
    if (order == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "out of memory, or the name of the folder is not UTF-8");
    }
    PROM_TRY(meet(market, order, error));
    PROM_TRY(give_job(market, order, error));
    PROM_TRY(watch(market, &shown, error));
    PROM_TRY(find_output(market, output, error));
    return prom_demo_market_read(market, shown, error);
}
