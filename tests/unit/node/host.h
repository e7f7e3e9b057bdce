/* A node that follows no bitcoind: its blocks are told by the test. Its wallet has coins for fees, and it can be given
 * channels of the signed contract of world.h, at whatever place: then keys are the world's, and nothing can be signed.
 *
 *   struct host *host = host_new(test, PROM_ROLE_WORKER);
 *   prom_node_channel *channel = host_give(host, PLACE_W);
 *   host_block(host, NULL, 0);     the next block
 *   host_reopen(host);             as after a restart
 *   host_free(host);               deletes its folder */
#ifndef PROMETHEUS_TEST_NODE_HOST_H
#define PROMETHEUS_TEST_NODE_HOST_H

#include "channel/world.h"
#include "channel/world_moves.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/beginning.h"
#include "node/guest.h"
#include "prometheus/bitcoin/script.h"

enum { HOST_COIN_SAT = 50000000, HOST_REPORTS = PROM_REPORT_MINED + 1 };

struct host {
    fixture *test;
    struct world *world;
    char folder[64];
    prom_chain_parameters network; /* regtest, from the world's first block on */
    prom_node_options options;
    prom_node *node;
    size_t reports[HOST_REPORTS];
    char last[HOST_REPORTS][1024];
    unsigned branch; /* of the blocks that come */
    size_t paid;     /* coins */
};

/* Judges a job as an owner who takes all. */
static inline prom_result host_take_any(void *context, const prom_node_asked *asked, const prom_work *work,
                                        prom_error *error)
{
    (void)context;
    (void)asked;
    (void)work;
    (void)error;
    return prom_ok();
}

static inline void host_hear(void *context, const prom_report *report)
{
    struct host *host = context;
    host->reports[report->kind]++;
    (void)snprintf(host->last[report->kind], sizeof host->last[0], "%s", report->text);
}

static inline void host_open(struct host *host)
{
    assert_ok(prom_node_make(&host->node, &host->options, &host->test->error), &host->test->error);
    host->node->health = (prom_chain_health){.in_step = true, .may_begin = true};
    host->node->caught_up = true;
}

/* -- Blocks -- */

static inline prom_bytes32 host_hash(const struct host *host, uint32_t height)
{
    return height == host->world->session.terms.snapshot_height
               ? host->world->session.terms.snapshot_hash
               : named("block", height + 100000 * (size_t)host->branch);
}

static inline prom_index_block host_next(const struct host *host, const prom_tx *const *txs, size_t count)
{
    prom_index_block block = {.height = prom_index_next_height(host->node->fold->index), .txs = txs, .tx_count = count};
    block.hash = host_hash(host, block.height);
    (void)!prom_index_block_hash(host->node->fold->index, &block.previous, block.height - 1);
    return block;
}

static inline void host_block(struct host *host, const prom_tx *const *txs, size_t count)
{
    const prom_index_block block = host_next(host, txs, count);
    assert_ok(prom_node_connected(host->node, &block, &host->test->error), &host->test->error);
}

static inline void host_mine_to(struct host *host, uint32_t height)
{
    while (prom_index_next_height(host->node->fold->index) <= height) {
        host_block(host, NULL, 0);
    }
}

/* A block with a transaction of the world's tree in it. */
static inline void host_mine_tx(struct host *host, uint32_t index)
{
    const prom_tx *tx = world_tx(host->world, index);
    host_block(host, &tx, 1);
}

static inline void host_unblock(struct host *host)
{
    assert_ok(prom_node_disconnected(host->node, host->node->best_tip, &host->test->error), &host->test->error);
}

/* -- Coins -- */

static inline prom_tx *host_payment_to(struct host *host, prom_wallet_path path, uint64_t sat)
{
    fixture *test = host->test;
    prom_tx *tx = NULL;
    prom_key key;
    assert_ok(prom_tx_new(&test->arena, &tx, 1, 1, &test->error), &test->error);
    tx->inputs[0].outpoint = (prom_outpoint){named("payment", host->paid++), 0};
    assert_ok(prom_wallet_path_key(&host->node->wallet, &key, path, &test->error), &test->error);
    assert_ok(prom_script_p2tr(&test->arena, &tx->outputs[0].script, &key.public_key, &test->error), &test->error);
    tx->outputs[0].value = prom_amount_of(sat);
    return tx;
}

static inline prom_tx *host_payment(struct host *host, uint32_t key_number, uint64_t sat)
{
    return host_payment_to(host, (prom_wallet_path){.index = key_number}, sat);
}

static inline prom_outpoint host_outpoint(const struct host *host, const prom_tx *tx)
{
    prom_outpoint outpoint = {.index = 0};
    assert_ok(prom_tx_id(&host->test->arena, &outpoint.txid, tx, &host->test->error), &host->test->error);
    return outpoint;
}

/* Coins that the wallet has, in the next block. Returns the first one's outpoint. */
static inline prom_outpoint host_pay(struct host *host, size_t count)
{
    const prom_tx **txs = calloc(count, sizeof *txs);
    assert_non_null(txs);
    for (size_t i = 0; i < count; i++) {
        txs[i] = host_payment(host, 0, HOST_COIN_SAT);
    }
    host_block(host, txs, count);
    const prom_outpoint first = host_outpoint(host, txs[0]);
    free(txs);
    return first;
}

/* The coin is an offer of ours, for the world's P. */
static inline void host_offer(struct host *host, const prom_outpoint *outpoint)
{
    const prom_announcement offer = {.offer = *outpoint, .p_txid = host->world->session.terms.p_txid};
    assert_ok(prom_node_take_offers(host->node, &offer, 1, &host->test->error), &host->test->error);
}

/* -- Making it -- */

/* A host that is not open yet. */
static inline struct host *host_make(fixture *test, prom_role role)
{
    struct host *host = calloc(1, sizeof *host);
    assert_non_null(host);
    host->test = test;
    host->world = world_new(test);
    (void)snprintf(host->folder, sizeof host->folder, "/tmp/prom-node-XXXXXX");
    assert_non_null(mkdtemp(host->folder));
    host->network = *prom_chain_parameters_by_name("regtest");
    host->network.first_block = WORLD_FIRST;
    host->options = (prom_node_options){.folder = host->folder,
                                        .network = &host->network,
                                        .roles = PROM_ROLE_BIT(role),
                                        .threads = 1,
                                        .config = {.genesis = host->network.genesis, .limits = {.feerate = 100}},
                                        .observer = {host_hear, host}};
    memset(host->options.seed.bytes, 7, sizeof host->options.seed.bytes);
    return host;
}

static inline struct host *host_new(fixture *test, prom_role role)
{
    struct host *host = host_make(test, role);
    host_open(host);
    return host;
}

/* One that listens in its folder, as a node of its own: with another seed than those of host_new. */
static inline struct host *host_listening(fixture *test, prom_role role, uint8_t seed)
{
    struct host *host = host_make(test, role);
    prom_address *address = &host->options.config.address;
    address->length = (uint8_t)snprintf((char *)address->bytes, sizeof address->bytes, "%s/socket", host->folder);
    memset(host->options.seed.bytes, seed, sizeof host->options.seed.bytes);
    host_open(host);
    return host;
}

/* As after a restart. */
static inline void host_reopen(struct host *host)
{
    prom_node_close(host->node);
    host_open(host);
}

/* Options for a bitcoind that nobody is. */
static inline void host_name_bitcoind(struct host *host, char cookie[128])
{
    (void)snprintf(cookie, 128, "%s/cookie", host->folder);
    FILE *file = fopen(cookie, "w");
    assert_non_null(file);
    assert_true(fputs("__cookie__:none", file) >= 0);
    assert_int_equal(fclose(file), 0);
    host->options.rpc_url = "http://127.0.0.1:1"; /* nobody listens */
    host->options.cookie_file = cookie;
    host->options.poll_milliseconds = 50;
}

/* As prom_node_follow_anew does where bitcoind knows none of our blocks. */
static inline void host_forget_fold(struct host *host)
{
    prom_fold *fold = NULL;
    assert_ok(prom_fold_new(host->node, &fold, host->network.first_block, &host->test->error), &host->test->error);
    prom_fold_free(host->node->fold);
    host->node->fold = fold;
    host->node->best_tip = prom_fold_tip(fold);
    prom_node_unkept(host->node);
}

static inline void host_clear_folder(const char *path)
{
    DIR *folder = opendir(path);
    for (const struct dirent *entry = NULL; folder != NULL && (entry = readdir(folder)) != NULL;) {
        char name[512];
        (void)snprintf(name, sizeof name, "%.200s/%.250s", path, entry->d_name);
        (void)unlink(name);
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    (void)rmdir(path);
}

static inline void host_free(struct host *host)
{
    char bodies[80];
    prom_node_close(host->node);
    (void)snprintf(bodies, sizeof bodies, "%s/bodies", host->folder);
    host_clear_folder(bodies);
    host_clear_folder(host->folder);
    world_free(host->world);
    free(host);
}

static inline prom_result host_write_given(prom_node *node, void *context, prom_error *error)
{
    prom_node_channel *channel = context;
    PROM_TRY(prom_node_reserve(node, channel, &channel->channel->terms, error));
    return prom_node_write_facts(node, channel, &channel->arena, error);
}

/* A channel for a contract of the world's terms. */
static inline prom_result host_add(const struct host *host, prom_node_channel **added, const char *name,
                                   prom_facts *facts)
{
    return prom_node_add_channel(host->node, added, name, facts, &host->world->session.terms, &host->test->error);
}

/* A channel that has given its signature of Tx0, as the world has it for this place; loaded from the disk. */
static inline prom_node_channel *host_give(struct host *host, size_t place)
{
    fixture *test = host->test;
    prom_node_channel *channel = NULL;
    prom_facts facts = {.role = world_role(place), .batch_count = 1};
    char name[32];
    (void)snprintf(name, sizeof name, "given %zu", host->node->channel_count);
    if (facts.role != PROM_ROLE_CLIENT) {
        facts.client = world_facts(host->world, place)->client;
    }
    assert_ok(host_add(host, &channel, name, &facts), &test->error);
    channel->channel->facts = *world_facts(host->world, place);
    channel->channel->facts.number = channel->record.number;
    channel->channel->terms = host->world->session.terms;
    assert_ok(prom_node_transact(host->node, host_write_given, channel, &test->error), &test->error);
    channel->stale = true;
    assert_ok(prom_node_refresh(host->node, channel, &test->error), &test->error);
    return channel;
}

/* A node with coins and one channel of the contract at the world's tip. */
static inline prom_node_channel *host_with(struct host *host, size_t place)
{
    (void)host_pay(host, 4);
    host_mine_to(host, VALID_TIP);
    return host_give(host, place);
}

/* It listens in its folder, as the node of another seed. */
static inline void host_listen(struct host *host, uint8_t seed)
{
    prom_address *address = &host->options.config.address;
    const int length = snprintf((char *)address->bytes, sizeof address->bytes, "%s/socket", host->folder);
    address->length = (uint8_t)length;
    memset(host->options.seed.bytes, seed, sizeof host->options.seed.bytes);
    host_reopen(host);
}

/* A node at an address in its folder, with a channel of the contract whose envelopes its place's key signs. */
static inline prom_node_channel *host_at(struct host *host, size_t place)
{
    host_listen(host, 7);
    prom_node_channel *channel = host_with(host, place);
    channel->words_key = *words_key_of(&host->world->session.cast, place);
    return channel;
}

static inline void host_take(struct host *host, prom_node_channel *channel, prom_node_step *step,
                             const prom_event *event)
{
    assert_ok(prom_node_take_alone(host->node, channel, step, event, &host->test->error), &host->test->error);
}

#endif
