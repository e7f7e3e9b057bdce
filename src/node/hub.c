#include "node/hub.h"

#include <stdlib.h>
#include <string.h>

#include "chain/chain.h"
#include "system/clock.h"

/* Whether bitcoind is in step with its chain. Where the network asks for peers, they are asked for. */
static prom_result ask_in_step(prom_hub *hub, bool *in_step, const prom_chain_info *info, prom_error *error)
{
    const prom_chain_parameters *network = prom_chain_parameters_by_genesis(&info->genesis);
    prom_chain_moment moment = {.now = prom_clock_date(), .connected_seconds = -1};
    uint32_t connections = 0;
    *in_step = false;
    if (network == NULL) {
        return prom_ok();
    }
    if (network->round_seconds > 0) {
        PROM_TRY(prom_chain_get_connections(hub->rpc, &connections, error));
        hub->connected_since = hub->connected ? hub->connected_since : prom_clock_seconds();
        hub->connected = connections > 0;
        moment.connected_seconds = hub->connected ? prom_clock_seconds() - hub->connected_since : -1;
    }
    *in_step = prom_chain_in_step(info, network, &moment);
    return prom_ok();
}

prom_result prom_hub_init(prom_hub *hub, prom_rpc *rpc, prom_observer observer, prom_error *error)
{
    prom_chain_info info;
    *hub = (prom_hub){.rpc = rpc, .observer = observer};
    PROM_TRY(prom_chain_get_info(rpc, &info, error));
    hub->height = hub->best = info.height;
    hub->tip = info.best;
    return ask_in_step(hub, &hub->in_step, &info, error);
}

void prom_hub_free(prom_hub *hub)
{
    for (size_t i = hub->queue_first; i < hub->queue_end; i++) {
        free(hub->queue[i].owned);
    }
    free(hub->queue);
    *hub = (prom_hub){0};
}

/* The bytes that an event points to, besides its reason: one span at most. */
static prom_span *borrowed(prom_event *event)
{
    switch (event->kind) {
    case PROM_EVENT_MESSAGE:
        return &event->message.body;
    case PROM_EVENT_OUTPUT:
        return &event->output.script;
    case PROM_EVENT_KEYGEN:
    case PROM_EVENT_COMPUTED:
        return &event->result;
    case PROM_EVENT_START:
    case PROM_EVENT_BLOCK:
    case PROM_EVENT_SNAPSHOT:
    case PROM_EVENT_TRIED:
    case PROM_EVENT_CONFIRMED:
    case PROM_EVENT_VERIFIED:
        return NULL;
    }
    return NULL;
}

static prom_result make_room(prom_hub *hub, prom_error *error)
{
    if (hub->queue_first > 0) {
        memmove(hub->queue, hub->queue + hub->queue_first, (hub->queue_end - hub->queue_first) * sizeof *hub->queue);
        hub->queue_end -= hub->queue_first;
        hub->queue_first = 0;
    }
    if (hub->queue_end == hub->queue_room) {
        const size_t room = hub->queue_room == 0 ? 64 : 2 * hub->queue_room;
        struct prom_queued *queue = realloc(hub->queue, room * sizeof *queue);
        if (queue == NULL) {
            return prom_fail(error, PROM_CATEGORY_IO, "out of memory");
        }
        hub->queue = queue;
        hub->queue_room = room;
    }
    return prom_ok();
}

prom_result prom_hub_post(prom_hub *hub, size_t node, const prom_event *event, prom_error *error)
{
    struct prom_queued queued = {.node = node, .event = *event};
    prom_span *bytes = borrowed(&queued.event);
    const size_t length = bytes == NULL ? 0 : bytes->length;
    const size_t reason = event->reason == NULL ? 0 : strlen(event->reason) + 1;
    PROM_TRY(make_room(hub, error));
    queued.owned = malloc(length + reason + 1);
    if (queued.owned == NULL) {
        return prom_fail(error, PROM_CATEGORY_IO, "out of memory");
    }
    if (length > 0) {
        memcpy(queued.owned, bytes->data, length);
    }
    if (bytes != NULL) {
        *bytes = prom_span_of(queued.owned, length);
    }
    if (reason > 0) {
        memcpy(queued.owned + length, event->reason, reason);
        queued.event.reason = (const char *)queued.owned + length;
    }
    hub->queue[hub->queue_end++] = queued;
    return prom_ok();
}

static prom_result post_to(void *context, const prom_node *node, const prom_event *event, prom_error *error)
{
    prom_hub *hub = context;
    for (size_t i = 0; i < hub->node_count; i++) {
        if (hub->nodes[i] == node) {
            return prom_hub_post(hub, i, event, error);
        }
    }
    return prom_fail(error, PROM_CATEGORY_MISUSE, "an event is for a node that is not the hub's");
}

static prom_result send_to(void *context, const prom_node *from, const prom_bytes32 *to, const prom_message *message,
                           prom_error *error)
{
    prom_hub *hub = context;
    const prom_event event = {.kind = PROM_EVENT_MESSAGE, .from = from->channel->self, .message = *message};
    for (size_t i = 0; i < hub->node_count; i++) {
        if (prom_bytes32_equal(&hub->nodes[i]->channel->self, to)) {
            return prom_hub_post(hub, i, &event, error);
        }
    }
    return prom_ok();
}

/* What the nodes hear of the tip. None is in step with the chain while blocks of it are still to be told. */
static prom_event tip_of(const prom_hub *hub)
{
    return (prom_event){
        .kind = PROM_EVENT_BLOCK, .height = hub->height, .in_step = hub->in_step && hub->height >= hub->best};
}

prom_result prom_hub_add(prom_hub *hub, prom_node *node, prom_error *error)
{
    if (hub->node_count == PROM_NODES_MAX) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "a hub takes at most %d nodes", (int)PROM_NODES_MAX);
    }
    const prom_event event = tip_of(hub);
    node->around = (prom_surroundings){hub, hub->rpc, hub->observer, post_to, send_to};
    hub->nodes[hub->node_count++] = node;
    return prom_hub_post(hub, hub->node_count - 1, &event, error);
}

static prom_result drain(prom_hub *hub, bool *idle, prom_error *error)
{
    while (hub->queue_first < hub->queue_end) {
        const struct prom_queued queued = hub->queue[hub->queue_first++];
        const prom_result taken = prom_node_take(hub->nodes[queued.node], &queued.event, error);
        free(queued.owned);
        PROM_TRY(taken);
        *idle = false;
    }
    return prom_ok();
}

/* Whether a node watches this transaction, or an output that it spends. */
static bool concerns(const prom_node *node, const prom_tx *tx, const prom_bytes32 *txid)
{
    for (size_t i = 0; i < node->watch_count; i++) {
        if (prom_bytes32_equal(&node->watches[i].txid, txid)) {
            return true;
        }
        for (size_t j = 0; j < tx->input_count; j++) {
            if (prom_outpoint_equal(&node->watches[i], &tx->inputs[j].outpoint)) {
                return true;
            }
        }
    }
    return false;
}

static prom_result take_tx(prom_hub *hub, prom_arena *scratch, const prom_tx *tx, prom_error *error)
{
    const prom_event event = {.kind = PROM_EVENT_CONFIRMED, .height = hub->height, .tx = tx};
    prom_bytes32 txid;
    PROM_TRY(prom_tx_id(scratch, &txid, tx, error));
    for (size_t i = 0; i < hub->node_count; i++) {
        if (concerns(hub->nodes[i], tx, &txid)) {
            PROM_TRY(prom_node_take(hub->nodes[i], &event, error));
        }
    }
    return prom_ok();
}

static prom_result tell_tip(prom_hub *hub, prom_error *error)
{
    const prom_event event = tip_of(hub);
    for (size_t i = 0; i < hub->node_count; i++) {
        PROM_TRY(prom_node_take(hub->nodes[i], &event, error));
    }
    return prom_ok();
}

/* The next block: its transactions for those who watch them, then itself for all. */
static prom_result take_block(prom_hub *hub, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_span bytes;
    prom_bytes32 hash;
    prom_arena_init(&scratch, PROM_NODE_MEMORY);
    PROM_TRY(prom_chain_block_hash(hub->rpc, &hash, hub->height + 1, error));
    PROM_TRY(prom_chain_block(hub->rpc, &scratch, &bytes, &hash, error));
    prom_reader reader = prom_reader_of(bytes);
    (void)prom_read_u32_le(&reader); /* version */
    const prom_bytes32 previous = prom_read_bytes32(&reader);
    (void)prom_read_span(&reader, 80 - 36);
    if (!prom_bytes32_equal(&previous, &hub->tip)) {
        return prom_fail(error, PROM_CATEGORY_IO, "the chain was reorganised below height %u: this node cannot follow",
                         hub->height + 1);
    }
    hub->height++;
    hub->tip = hash;
    const uint64_t count = prom_read_compact_size(&reader);
    for (uint64_t i = 0; i < count; i++) {
        prom_tx *tx = NULL;
        PROM_TRY(prom_tx_read(&scratch, &tx, &reader, error));
        PROM_TRY(take_tx(hub, &scratch, tx, error));
    }
    return tell_tip(hub, error);
}

prom_result prom_hub_run(prom_hub *hub, bool *idle, prom_error *error)
{
    prom_chain_info info;
    *idle = true;
    PROM_TRY(drain(hub, idle, error));
    const bool before = hub->in_step;
    PROM_TRY(prom_chain_get_info(hub->rpc, &info, error));
    PROM_TRY(ask_in_step(hub, &hub->in_step, &info, error));
    hub->best = info.height;
    if (hub->in_step != before && hub->height >= info.height) { /* else the next block tells it */
        PROM_TRY(tell_tip(hub, error));
        PROM_TRY(drain(hub, idle, error));
    }
    while (hub->height < info.height) {
        PROM_TRY(take_block(hub, error));
        PROM_TRY(drain(hub, idle, error));
        *idle = false;
    }
    return prom_ok();
}

bool prom_hub_all_closed(const prom_hub *hub)
{
    bool all = true;
    for (size_t i = 0; i < hub->node_count; i++) {
        all = all && hub->nodes[i]->closed;
    }
    return all;
}
