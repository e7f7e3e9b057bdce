/* What is asked of bitcoind on behalf of channels: in the watcher's thread, so that nobody waits for the answer. */
#include <stdlib.h>
#include <string.h>

#include "node/state.h"
#include "prometheus/bitcoin/script.h"

struct ask {
    uint64_t channel;
    prom_bytes32 name; /* of the want */
    prom_want_kind kind;
    prom_outpoint outpoint;
    prom_span tx; /* owned */
    uint32_t tip;

    bool answered;
    prom_error reason;
    prom_output_event output;
    uint8_t script[PROM_P2TR_BYTES]; /* of the output, where it has that length: no other is of use */
    prom_chain_verdict verdict;
};

static void look_up(struct ask *ask, prom_rpc *rpc)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_chain_coin coin;
    prom_chain_info info;
    bool found = false;
    prom_arena_init(&arena, PROM_NODE_STEP_MEMORY);
    ask->answered = prom_is_ok(prom_chain_get_info(rpc, &info, &ask->reason)) &&
                    prom_is_ok(prom_chain_get_coin(rpc, &arena, &coin, &found, &ask->outpoint, false, &ask->reason));
    ask->output.outpoint = ask->outpoint;
    ask->output.found =
        ask->answered && found && coin.confirmations > 0 && coin.output.script.length == sizeof ask->script;
    if (ask->output.found) {
        memcpy(ask->script, coin.output.script.data, sizeof ask->script);
        ask->output.output = (prom_input_view){
            .found = true,
            .output = {.value = coin.output.value, .script = prom_span_of(ask->script, sizeof ask->script)},
            .height = coin.height,
            .coinbase = coin.coinbase,
            .tip = coin.height + (coin.confirmations - 1),
        };
    }
}

static void try_tx(struct ask *ask, prom_rpc *rpc)
{
    ask->answered = prom_is_ok(prom_chain_try(rpc, &ask->verdict, ask->tx, &ask->reason));
}

static void run(void *context, prom_rpc *rpc)
{
    struct ask *ask = context;
    if (ask->kind == PROM_WANT_LOOK_UP) {
        look_up(ask, rpc);
    } else {
        try_tx(ask, rpc);
    }
}

static void free_ask(void *context)
{
    struct ask *ask = context;
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): our copy, which a span shows as const */
    free((void *)(uintptr_t)ask->tx.data);
    free(ask);
}

static prom_result copy_tx(struct ask *ask, prom_span tx, prom_error *error)
{
    uint8_t *copy = malloc(tx.length);
    if (copy == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    memcpy(copy, tx.data, tx.length);
    ask->tx = prom_span_of(copy, tx.length);
    return prom_ok();
}

prom_result prom_node_ask(prom_node *node, const prom_node_channel *channel, const prom_want *want,
                          const prom_bytes32 *name, prom_error *error)
{
    struct ask *ask = calloc(1, sizeof *ask);
    prom_result result = prom_ok();
    if (ask == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    ask->channel = channel->record.number;
    ask->name = *name;
    ask->kind = want->kind;
    if (want->kind == PROM_WANT_LOOK_UP) {
        ask->outpoint = want->as.look_up;
    } else {
        result = copy_tx(ask, channel->channel->facts.kept[PROM_KEPT_TX0], error);
    }
    if (prom_is_ok(result)) {
        result = prom_watcher_thread_ask(node->follower.thread, &(prom_watcher_job){run, free_ask, ask}, error);
    }
    if (!prom_is_ok(result)) {
        free_ask(ask);
    }
    return result;
}

void prom_node_answered(prom_node *node, const prom_watcher_job *job)
{
    struct ask *ask = job->context;
    prom_node_channel *channel = prom_node_channel_of(node, ask->channel);
    if (channel != NULL) {
        prom_event event = {.kind = PROM_EVENT_OUTPUT, .as.output = ask->output};
        prom_node_step step;
        prom_error reason;
        if (ask->kind == PROM_WANT_TRY) {
            event = (prom_event){.kind = PROM_EVENT_TRIED, .as.tried = {ask->verdict.allowed, ask->verdict.reason}};
        }
        if (ask->answered && !prom_is_ok(prom_node_take_alone(node, channel, &step, &event, &reason))) {
            prom_node_report(node, PROM_REPORT_FAULT, ask->channel, "%s", reason.sentence);
        }
        prom_node_want_over(channel, &ask->name);
        channel->wants_due = ask->answered; /* else with the next block */
    }
    free_ask(ask);
}
