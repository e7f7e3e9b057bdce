#include "node/incoming.h"

#include <stdlib.h>

#include "chain/mempool_look.h"
#include "node/beginning.h"
#include "node/payments.h"
#include "system/clock.h"

/* Of one look: 4 MiB of transactions and some more, and what parsing one of them takes. */
#define LOOK_MEMORY ((size_t)32 << 20)
#define BACKLOG_MILLISECONDS 5000 /* to the next look while there is more to read */

/* What is known: in the node's thread but while a look is under way, which has the state then. */
struct prom_node_mempool {
    prom_mempool_state state;
    bool looking;
    bool too_large; /* its owner was told */
    int64_t next;   /* when it is time: prom_clock_milliseconds */
    prom_node_incoming list[PROM_INCOMING_MAX];
    size_t count;
};

/* A look under way. */
struct look {
    prom_arena arena;
    prom_mempool_state state;
    prom_mempool_look found;
    bool asked;
};

static void run_look(void *context, prom_rpc *rpc)
{
    struct look *look = context;
    prom_error ignored; /* whatever is wrong with bitcoind, its owner hears of it by the chain's health */
    look->asked = prom_is_ok(
        prom_mempool_look_at(rpc, &look->arena, &look->found, &look->state, PROM_MEMPOOL_READ_MILLISECONDS, &ignored));
}

static void free_look(void *context)
{
    struct look *look = context;
    prom_mempool_state_free(&look->state);
    prom_arena_free(&look->arena);
    free(look);
}

void prom_node_drop_incoming(prom_node *node)
{
    if (node->mempool != NULL) {
        prom_mempool_state_free(&node->mempool->state);
        free(node->mempool);
        node->mempool = NULL;
    }
}

static bool ask(prom_node *node, struct prom_node_mempool *mempool)
{
    struct look *look = calloc(1, sizeof *look);
    prom_error ignored;
    if (look == NULL) {
        return false;
    }
    prom_arena_init(&look->arena, LOOK_MEMORY);
    look->state = mempool->state;
    mempool->state = (prom_mempool_state){.txs = NULL};
    const prom_watcher_job job = {run_look, free_look, look};
    if (!prom_is_ok(prom_watcher_thread_ask(node->follower.thread, &job, &ignored))) {
        free_look(look); /* all is read anew, later */
        return false;
    }
    return true;
}

/* NULL when memory ran out. */
static struct prom_node_mempool *mempool_of(prom_node *node)
{
    node->mempool = node->mempool != NULL ? node->mempool : calloc(1, sizeof *node->mempool);
    return node->mempool;
}

void prom_node_look_at_mempool(prom_node *node)
{
    const int64_t now = prom_clock_milliseconds();
    if (node->mempool_milliseconds == 0 || node->follower.thread == NULL) {
        return;
    }
    struct prom_node_mempool *mempool = mempool_of(node);
    if (mempool != NULL && !mempool->looking && now >= mempool->next) {
        mempool->looking = ask(node, mempool);
        mempool->next = now + node->mempool_milliseconds;
    }
}

bool prom_node_is_mempool_look(const prom_watcher_job *job)
{
    return job->run == run_look;
}

/* Whether some contract of ours has it: what it pays is told there. */
static bool is_of_a_contract(const prom_node *node, const prom_bytes32 *txid)
{
    for (size_t i = 0; i < node->channel_count; i++) {
        const prom_channel *channel = node->channels[i]->channel;
        if (channel != NULL && channel->tree != NULL && prom_tree_index(channel->tree, txid) != PROM_TREE_OTHER) {
            return true;
        }
    }
    return false;
}

/* Our own payments, splits, offers and children spend coins of ours. */
static bool spends_ours(const prom_node *node, const prom_tx *tx)
{
    for (size_t i = 0; i < tx->input_count; i++) {
        if (prom_coins_any(node->fold->coins, &tx->inputs[i].outpoint) != NULL) {
            return true;
        }
    }
    return false;
}

void prom_node_note_incoming(prom_node *node, const prom_tx *tx, const prom_bytes32 *txid)
{
    struct prom_node_mempool *mempool = mempool_of(node);
    prom_node_incoming incoming = {.txid = *txid, .sat = prom_amount_zero()};
    bool pays = false;
    for (size_t i = 0; mempool != NULL && i < mempool->count; i++) {
        if (prom_bytes32_equal(&mempool->list[i].txid, txid)) {
            return;
        }
    }
    for (size_t i = 0; i < tx->output_count; i++) {
        if (prom_node_is_own_script(node, tx->outputs[i].script)) {
            incoming.index = pays ? incoming.index : (uint32_t)i;
            incoming.sat = prom_amount_add(incoming.sat, tx->outputs[i].value);
            pays = true;
        }
    }
    if (pays && mempool != NULL && mempool->count < PROM_INCOMING_MAX && !spends_ours(node, tx) &&
        !is_of_a_contract(node, txid)) {
        mempool->list[mempool->count++] = incoming;
    }
}

static void drop_gone(struct prom_node_mempool *mempool)
{
    size_t kept = 0;
    for (size_t i = 0; i < mempool->count; i++) {
        if (prom_mempool_has(&mempool->state, &mempool->list[i].txid)) {
            mempool->list[kept++] = mempool->list[i];
        }
    }
    mempool->count = kept;
}

static void note_read(prom_node *node, const prom_mempool_look *found)
{
    for (size_t i = 0; i < found->count; i++) {
        PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
        prom_tx *tx = NULL;
        prom_arena_init(&arena, LOOK_MEMORY);
        if (prom_is_ok(prom_tx_parse(&arena, &tx, found->raw[i], NULL))) {
            prom_node_note_incoming(node, tx, &found->txids[i]);
        }
    }
}

void prom_node_mempool_seen(prom_node *node, const prom_watcher_job *job)
{
    struct look *look = job->context;
    struct prom_node_mempool *mempool = node->mempool;
    if (mempool == NULL) {
        free_look(look);
        return;
    }
    mempool->looking = false;
    mempool->state = look->state;
    look->state = (prom_mempool_state){.txs = NULL};
    if (look->asked && look->found.changed) {
        drop_gone(mempool);
        note_read(node, &look->found);
    }
    if (look->asked && look->found.too_large && !mempool->too_large) {
        prom_node_report(node, PROM_REPORT_NOTE, 0,
                         "bitcoind's mempool has more than %u transactions: payments to us are told when a block has "
                         "them, and not before",
                         PROM_MEMPOOL_TXS_MAX);
    }
    mempool->too_large = look->asked ? look->found.too_large : mempool->too_large;
    if (mempool->state.unread > 0 && node->mempool_milliseconds > BACKLOG_MILLISECONDS) {
        mempool->next = prom_clock_milliseconds() + BACKLOG_MILLISECONDS;
    }
    free_look(look);
}

prom_result prom_node_list_incoming(const prom_node *node, prom_arena *arena, const prom_node_incoming **list,
                                    size_t *count, prom_error *error)
{
    prom_node_incoming *made = NULL;
    const struct prom_node_mempool *mempool = node->mempool;
    *list = NULL;
    *count = 0;
    if (mempool == NULL) {
        return prom_ok();
    }
    PROM_TRY_NEW(made, arena, mempool->count, error);
    for (size_t i = 0; i < mempool->count; i++) {
        const prom_outpoint outpoint = {mempool->list[i].txid, mempool->list[i].index};
        if (prom_coins_any(node->fold->coins, &outpoint) == NULL) { /* else a block has it by now */
            made[(*count)++] = mempool->list[i];
        }
    }
    *list = made;
    return prom_ok();
}
