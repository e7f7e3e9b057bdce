#include "node/node.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "node/beginning.h"
#include "node/incoming.h"
#include "node/owner.h"
#include "node/payments.h"
#include "system/clock.h"
#include "system/folder.h"
#include "system/random.h"

enum {
    POLL_MILLISECONDS = 250, /* the longest sleep: clocks of channels are looked at as often */
    TICK_MILLISECONDS = 1000,
    TURNS_MAX = 64, /* of signing and wanting without a look at the world */
};

#define NODE_MEMORY ((size_t)1 << 26)

void prom_node_report(const prom_node *node, prom_report_kind kind, uint64_t channel, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (node->observer.report != NULL) {
        node->observer.report(node->observer.context, &(prom_report){kind, channel, text});
    }
}

prom_node_channel *prom_node_channel_of(const prom_node *node, uint64_t number)
{
    for (size_t i = 0; i < node->channel_count; i++) {
        if (node->channels[i]->record.number == number) {
            return node->channels[i];
        }
    }
    return NULL;
}

prom_node_channel *prom_node_channel_named(const prom_node *node, const char *name)
{
    for (size_t i = 0; i < node->channel_count; i++) {
        if (strcmp(node->channels[i]->record.name, name) == 0) {
            return node->channels[i];
        }
    }
    return NULL;
}

/* -- Opening and closing -- */

static prom_result add_seen(void *context, const prom_bytes32 *hash, uint64_t channel, prom_error *error)
{
    return prom_node_note_seen(context, hash, channel, error);
}

static prom_result open_disk(prom_node *node, const prom_node_options *options, prom_error *error)
{
    char path[PATH_MAX];
    (void)snprintf(node->folder, sizeof node->folder, "%s", options->folder);
    if (snprintf(path, sizeof path, "%s/bodies", options->folder) >= (int)sizeof path) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the folder %s has too long a name", options->folder);
    }
    PROM_TRY(prom_folder_make(path, error));
    (void)snprintf(path, sizeof path, "%s/" PROM_STORE_FILE, options->folder);
    PROM_TRY(prom_store_open(&node->store, path, &options->network->id, error));
    PROM_TRY(prom_store_own_tip(node->store, &node->own_tip, error));
    return prom_store_hash_each(node->store, add_seen, node, error);
}

/* The highest number of a channel of this epoch or another: so many keys of outputs are ours, and those of payments. */
static prom_result count_channel(void *context, const prom_store_channel *record, prom_error *error)
{
    uint32_t *count = context;
    const uint32_t number = (uint32_t)record->number;
    (void)error;
    *count = number > *count ? number : *count;
    return prom_ok();
}

static prom_result open_wallet(prom_node *node, const prom_node_options *options, prom_error *error)
{
    node->wallet = (prom_wallet){node->curve, options->seed, prom_wallet_coin_type(options->network->name)};
    PROM_TRY(prom_wallet_own_key(&node->wallet, &node->key, PROM_WALLET_NODE, error));
    PROM_TRY(prom_store_used_get(node->store, &node->used, error));
    PROM_TRY(prom_store_channel_each(node->store, count_channel, &node->used.channels, error));
    node->signer = (prom_wallet_signer){&node->wallet, node->store};
    if (options->backup != NULL) {
        PROM_SCOPED(prom_key_wipe) prom_key key = {0};
        (void)snprintf(node->backup, sizeof node->backup, "%s", options->backup);
        PROM_TRY(prom_wallet_own_key(&node->wallet, &key, PROM_WALLET_BACKUP, error));
        node->backup_key = key.secret;
        prom_node_backup_due(node);
    }
    return prom_ok();
}

/* One number for both: it rises with every restore, not with a start, and two restores of one backup have different
 * ones. Channels are loaded with it: acknowledgements of another count for nothing. Where the epochs of two such
 * restores make the later one's number the lower, or, one time in a million, the same, peers take its messages in
 * channels that both have for old ones: there it signs nothing and counts as offline anyway, and in new channels nobody
 * knows its key. */
static prom_result number_generation(prom_node *node, prom_error *error)
{
    enum { EPOCH_BITS = 20 };
    const uint64_t generation = prom_store_generation(node->store);
    const uint32_t epoch = prom_store_epoch(node->store);
    if (generation >= UINT32_C(1) << (32 - EPOCH_BITS)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "this database was restored %llu times: begin with a new folder, and another seed",
                         (unsigned long long)(generation - 1));
    }
    node->generation = (uint32_t)generation << EPOCH_BITS | (epoch & ((UINT32_C(1) << EPOCH_BITS) - 1));
    return prom_ok();
}

static prom_result open_all(prom_node *node, const prom_node_options *options, prom_error *error)
{
    const prom_bytes32 randomness = prom_random_bytes32();
    node->observer = options->observer;
    node->config = options->config;
    node->roles = options->roles;
    memcpy(node->policies, options->policies, sizeof node->policies);
    node->channels_max = options->channels_max == 0 ? PROM_NODE_CHANNELS_MAX : options->channels_max;
    node->disk_max = options->disk_max;
    node->memory_spare = PROM_NODE_MEMORY_SPARE;
    node->runner = options->runner;
    node->config.limits.modules = options->runner != NULL;
    node->falsify = options->falsify;
    (void)snprintf(node->result, sizeof node->result, "%s", options->result != NULL ? options->result : "");
    node->started = prom_clock_seconds();
    node->network = options->network;
    node->poll_milliseconds = options->poll_milliseconds;
    node->mempool_milliseconds = options->mempool_milliseconds;
    (void)snprintf(node->rpc_url, sizeof node->rpc_url, "%s", options->rpc_url != NULL ? options->rpc_url : "");
    (void)snprintf(node->cookie_file, sizeof node->cookie_file, "%s",
                   options->cookie_file != NULL ? options->cookie_file : "");
    prom_arena_init(&node->arena, NODE_MEMORY);
    PROM_TRY(prom_curve_new(&node->arena, &node->curve, &randomness, error));
    PROM_TRY(open_disk(node, options, error));
    PROM_TRY(number_generation(node, error));
    PROM_TRY(open_wallet(node, options, error));
    PROM_TRY(prom_node_load_fold(node, error));
    PROM_TRY(prom_node_take_announcements(node, options->announced, options->announced_count, error));
    PROM_TRY(prom_node_load_payments(node, error));
    PROM_TRY(prom_node_take_offers(node, options->offers, options->offer_count, error));
    PROM_TRY(prom_node_load_draws(node, error));
    PROM_TRY(prom_node_load_reserved(node, error));
    PROM_TRY(prom_node_load_channels(node, error));
    PROM_TRY(prom_pool_new(&node->pool, options->threads, error));
    PROM_TRY(prom_node_links_open(node, options, error));
    prom_node_measure_disk(node);
    prom_node_look_at_disk(node);
    return prom_ok();
}

bool prom_node_is_ready(const prom_node *node)
{
    return node->health.may_begin && node->caught_up && node->behind == NULL && node->reader.thread == NULL &&
           !node->read_due && prom_index_full_since(node->fold->index) == 0;
}

prom_result prom_node_check_ready(const prom_node *node, prom_error *error)
{
    if (prom_node_is_ready(node)) {
        return prom_ok();
    }
    if (!node->caught_up || node->follower.left > 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the node begins no contract before it has caught up with the chain: %u blocks are left",
                         (unsigned)node->follower.left);
    }
    if (!node->health.may_begin) {
        const char *told = node->health.told.sentence;
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the node begins no contract now: %s",
                         told[0] != '\0' ? told : "bitcoind has not answered yet");
    }
    if (prom_index_full_since(node->fold->index) != 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the node begins no contract: the chain has more offers and other records than the %u "
                         "that it can keep",
                         PROM_INDEX_RECORDS_MAX);
    }
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                     "the node begins no contract before it has read the old blocks of the chain: %u are left",
                     (unsigned)node->reader.left);
}

uint32_t prom_node_tip(const prom_node *node)
{
    return node->best_tip;
}

size_t prom_node_channel_count(const prom_node *node)
{
    return node->channel_count;
}

prom_result prom_node_make(prom_node **node, const prom_node_options *options, prom_error *error)
{
    *node = calloc(1, sizeof **node);
    if (*node == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    const prom_result opened = open_all(*node, options, error);
    if (!prom_is_ok(opened)) {
        prom_node_close(*node);
        *node = NULL;
    }
    return opened;
}

prom_result prom_node_open(prom_node **node, const prom_node_options *options, prom_error *error)
{
    PROM_TRY(prom_node_make(node, options, error));
    const prom_result started = prom_node_follow(*node, error);
    if (!prom_is_ok(started)) {
        prom_node_close(*node);
        *node = NULL;
    }
    return started;
}

void prom_node_close(prom_node *node)
{
    if (node == NULL) {
        return;
    }
    prom_node_end_follower(&node->follower);
    prom_node_end_follower(&node->reader);
    prom_node_drop_incoming(node);
    if (node->ended != NULL) {
        prom_job_free(node->ended);
    }
    prom_pool_free(node->pool, prom_job_drop);
    prom_node_links_close(node);
    prom_fold_free(node->fold);
    prom_fold_free(node->behind);
    prom_node_drop_channels(node);
    prom_node_drop_draws(node);
    free(node->reserved);
    free(node->heard);
    prom_node_drop_payments(node);
    prom_store_close(node->store);
    prom_arena_free(&node->arena);
    free(node->seen.items);
    prom_wipe(node, sizeof *node);
    free(node);
}

/* -- The loop -- */

/* Who waits in seconds: setups for answers, arbiters for the end of a round. All others wait for blocks. */
static bool has_clock(const prom_channel *channel)
{
    const prom_facts *facts = &channel->facts;
    if (facts->setup.phase < PROM_SETUP_GIVEN) {
        return true;
    }
    for (size_t i = 0; facts->role == PROM_ROLE_ARBITER && i < facts->batch_count; i++) {
        if (facts->batches[i].arbitration.appeal_height != 0) {
            return true;
        }
    }
    return false;
}

static void tick(prom_node *node)
{
    const prom_event event = {.kind = PROM_EVENT_TIME};
    const int64_t now = prom_clock_milliseconds();
    const bool first = node->ticked == 0; /* since the node has started: then for all */
    if (now - node->ticked < TICK_MILLISECONDS) {
        return;
    }
    node->ticked = now;
    for (size_t i = 0; i < node->channel_count; i++) {
        prom_node_channel *channel = node->channels[i];
        prom_node_step step;
        prom_error reason;
        channel->wants_due = channel->wants_due || channel->fetch_waits;
        if (!first && !channel->stale && channel->channel != NULL && !has_clock(channel->channel)) {
            continue;
        }
        if (!prom_is_ok(prom_node_take_alone(node, channel, &step, &event, &reason))) {
            prom_node_report(node, PROM_REPORT_FAULT, channel->record.number, "%s", reason.sentence);
        }
    }
    prom_node_measure_disk(node);
    prom_node_look_at_disk(node);
    prom_node_close_finished(node);
}

static void do_what_is_wanted(prom_node *node)
{
    for (unsigned turn = 0; turn < TURNS_MAX; turn++) {
        prom_node_look_at_wants(node);
        if (!prom_node_sign(node)) {
            return;
        }
    }
}

/* What the last turn has left: messages of its steps, and messages that had come too early before them. */
static bool has_work(const prom_node *node)
{
    bool work = false;
    for (size_t i = 0; i < node->channel_count; i++) {
        work = work || (node->channels[i]->channel != NULL && node->channels[i]->changed);
    }
    return work;
}

bool prom_node_is_at_work(const prom_node *node)
{
    return node->publishing || node->publications_due || prom_node_awaits_bodies(node);
}

static bool go_to_sleep(prom_node *node, int descriptor)
{
    const prom_follower *reader = &node->reader;
    struct pollfd wakes[] = {
        {.fd = node->follower.waiting ? -1 : prom_watcher_thread_descriptor(node->follower.thread), .events = POLLIN},
        {.fd = reader->thread == NULL || reader->waiting ? -1 : prom_watcher_thread_descriptor(reader->thread),
         .events = POLLIN},
        {.fd = prom_pool_descriptor(node->pool), .events = POLLIN},
        {.fd = prom_net_descriptor(node->net), .events = POLLIN},
        {.fd = descriptor, .events = POLLIN},
    };
    const int due = prom_net_due(node->net);
    const int longest = has_work(node) ? 0 : POLL_MILLISECONDS;
    return poll(wakes, sizeof wakes / sizeof wakes[0], due >= 0 && due < longest ? due : longest) >= 0;
}

void prom_node_turn(prom_node *node)
{
    prom_node_turn_with(node, -1);
}

void prom_node_turn_with(prom_node *node, int descriptor)
{
    prom_error reason;
    (void)go_to_sleep(node, descriptor);
    (void)prom_node_take_from_chain(node);
    if (node->lost && !prom_is_ok(prom_node_follow_anew(node, &reason))) {
        prom_node_report(node, PROM_REPORT_FAULT, 0, "%s", reason.sentence);
    }
    if (!prom_node_has_caught_up(node)) {
        return;
    }
    prom_node_read_behind(node);
    (void)prom_node_take_jobs(node);
    prom_node_mail_turn(node);
    prom_node_go_on_beginning(node);
    tick(node);
    do_what_is_wanted(node);
    prom_node_publish(node);
    prom_node_look_at_mempool(node);
    prom_node_guests_turn(node);
}
