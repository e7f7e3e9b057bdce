#include "node/node.h"

#include <sodium.h>
#include <string.h>

#include "chain/chain.h"
#include "system/clock.h"
#include "system/random.h"

static prom_result sign_with(const prom_node *node, prom_signature *signature, const prom_key *key,
                             const prom_bytes32 *hash, prom_error *error)
{
    const prom_bytes32 auxiliary = prom_random_bytes32();
    return prom_sign(node->curve, signature, hash, key, &auxiliary, error);
}

static prom_result sign(void *context, prom_signature *signature, const prom_bytes32 *hash, prom_error *error)
{
    const prom_node *node = context;
    return sign_with(node, signature, &node->key, hash, error);
}

static prom_result sign_coin(void *context, prom_signature *signature, const prom_bytes32 *hash, size_t coin,
                             prom_error *error)
{
    const prom_node *node = context;
    return sign_with(node, signature, &node->coin_keys[coin], hash, error);
}

static prom_result give_nonces(void *context, prom_arena *arena, prom_signing *signing, prom_span *message,
                               prom_error *error)
{
    const prom_node *node = context;
    const prom_own_words words = {context, sign};
    prom_bytes32 randomness = prom_random_bytes32();
    return prom_signing_give_nonces(arena, signing, message, &node->joint_key, &words, &randomness, error);
}

prom_result prom_node_init(prom_node *node, prom_error *error)
{
    const prom_bytes32 randomness = prom_random_bytes32();
    const prom_signer signer = {node, sign, sign_coin, give_nonces};
    prom_arena_init(&node->arena, PROM_NODE_MEMORY);
    PROM_TRY(prom_curve_new(&node->arena, &node->curve, &randomness, error));
    PROM_TRY_NEW(node->channel, &node->arena, 1, error);
    prom_channel_init(node->channel, &node->arena, node->curve, &signer, &node->config);
    return prom_ok();
}

void prom_node_free(prom_node *node)
{
    prom_store_close(node->store);
    if (node->channel != NULL && node->channel->signing != NULL) {
        prom_signing_wipe(node->channel->signing);
    }
    prom_arena_free(&node->arena);
    prom_wipe(node, sizeof *node);
}

static void tell(const prom_node *node, prom_report report)
{
    report.node = node;
    node->around.observer.report(node->around.observer.context, &report);
}

static bool tell_progress(void *context, size_t done, size_t total)
{
    tell(context, (prom_report){.kind = PROM_REPORT_WORKING, .done = done, .total = total});
    return true;
}

/* Comes back to the node when its turn has come. */
static prom_result post(const prom_node *node, const prom_event *event, prom_error *error)
{
    return node->around.post(node->around.context, node, event, error);
}

static prom_result look_up(prom_node *node, const prom_outpoint *outpoint, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_event event = {.kind = PROM_EVENT_OUTPUT, .outpoint = *outpoint};
    prom_chain_coin coin;
    prom_arena_init(&scratch, PROM_NODE_MEMORY);
    PROM_TRY(prom_chain_get_coin(node->around.rpc, &scratch, &coin, &event.found, outpoint, false, error));
    event.output = coin.output;
    event.confirmations = coin.confirmations;
    event.height = coin.height;
    event.coinbase = coin.coinbase;
    return post(node, &event, error);
}

/* The hash of the best chain's block at that height, where it has one. */
static prom_result look_up_block(prom_node *node, uint32_t height, prom_error *error)
{
    prom_event event = {.kind = PROM_EVENT_SNAPSHOT, .height = height};
    prom_chain_info info;
    PROM_TRY(prom_chain_get_info(node->around.rpc, &info, error));
    event.found = height <= info.height;
    if (event.found) {
        PROM_TRY(prom_chain_block_hash(node->around.rpc, &event.hash, height, error));
    }
    return post(node, &event, error);
}

/* What the mempool would say to a transaction. */
static prom_result try_tx(prom_node *node, const prom_action *action, prom_error *error)
{
    prom_event event = {.kind = PROM_EVENT_TRIED};
    prom_chain_verdict verdict;
    PROM_TRY(prom_within(prom_chain_try(node->around.rpc, &verdict, action->bytes, error), error, "the %s's %s",
                         node->name, action->name));
    event.valid = verdict.allowed;
    event.reason = verdict.reason;
    return post(node, &event, error);
}

static prom_result watch(prom_node *node, const prom_outpoint *outpoint, prom_error *error)
{
    if (node->watch_count == PROM_WATCHES_MAX) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "a channel watches more than %d outputs", PROM_WATCHES_MAX);
    }
    node->watches[node->watch_count++] = *outpoint;
    return prom_ok();
}

/* A step of the arbiters' key generation: its result, or who broke it. */
static prom_result generate_key(prom_node *node, prom_keygen_step step, prom_span bytes, prom_error *error)
{
    const prom_bytes32 randomness = prom_random_bytes32();
    const prom_key *key = node->config.role == PROM_ROLE_ARBITER ? &node->host_key : NULL;
    prom_event event = {.kind = PROM_EVENT_KEYGEN, .step = (prom_keygen_step)(step + 1)};
    prom_error reason = {{0}};
    const prom_keygen_action action = {.step = step, .bytes = bytes, .key = key, .randomness = &randomness};
    const prom_result done =
        prom_keygen_do(node->curve, &node->arena, &node->keygen, &event.result, &event.Y, &action, &reason);
    if (!prom_is_ok(done) && done.category != PROM_CATEGORY_PEER) {
        return prom_fail(error, done.category, "the key generation: %s", reason.sentence);
    }
    if (key == NULL && step == PROM_KEYGEN_SESSION) {
        return prom_ok(); /* nothing comes of it */
    }
    event.valid = prom_is_ok(done);
    event.reason = reason.sentence;
    return post(node, &event, error);
}

static size_t memory_of(const prom_node *node)
{
    return node->memory != 0 ? node->memory : PROM_NODE_MEMORY;
}

/* Runs the job, proves it and seals both. */
static prom_result compute(prom_node *node, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    const prom_delivery_context context = prom_channel_delivery_context(node->channel);
    const prom_progress progress = {tell_progress, node};
    prom_event event = {.kind = PROM_EVENT_COMPUTED};
    prom_delivery delivery;
    prom_bytes32 root;
    prom_arena_init(&scratch, memory_of(node));
    const double start = prom_clock_seconds();
    PROM_TRY(context.job->scheme->deliver(&scratch, &delivery, &root, context.job, &progress, error));
    prom_delivery_secrets secrets = {.h_p = node->config.h_p};
    randombytes_buf(secrets.nonce.bytes, sizeof secrets.nonce.bytes);
    const prom_result sealed = prom_delivery_seal(&context, &scratch, &event.result, &root, &delivery, &secrets, error);
    prom_wipe(&secrets, sizeof secrets);
    PROM_TRY(sealed);
    node->deliver_seconds = prom_clock_seconds() - start;
    node->proof_bytes = delivery.proof.length;
    return post(node, &event, error);
}

/* E_V opened, then the check that an arbiter would make: r = 1, r = 0 with the reason, or a failure of our own. */
static prom_result check(prom_node *node, prom_span package, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    const prom_delivery_context context = prom_channel_delivery_context(node->channel);
    const prom_delivery_packages packages = {.round_a = package};
    const prom_progress progress = {tell_progress, node};
    prom_error reason = {{0}};
    prom_event event = {.kind = PROM_EVENT_VERIFIED};
    prom_span output;
    prom_arena_init(&scratch, memory_of(node));
    const double start = prom_clock_seconds();
    const prom_result opened = prom_delivery_open_key(&context, &event.h_p, package, &node->seal_key, &reason);
    if (!prom_is_ok(opened) && opened.category != PROM_CATEGORY_PEER) {
        return prom_fail(error, opened.category, "the package could not be opened: %s", reason.sentence);
    }
    const prom_checked checked =
        prom_is_ok(opened) ? prom_delivery_check(&context, &scratch, &output, &packages, &event.h_p, &progress, &reason)
                           : PROM_CHECKED_BAD;
    node->verify_seconds = prom_clock_seconds() - start;
    if (checked == PROM_CHECKED_UNKNOWN) {
        return prom_fail(error, PROM_CATEGORY_IO, "the package could not be verified: %s", reason.sentence);
    }
    event.valid = checked == PROM_CHECKED_GOOD;
    event.reason = reason.sentence;
    return post(node, &event, error);
}

static prom_result broadcast(prom_node *node, const prom_action *action, prom_error *error)
{
    prom_report report = {.kind = PROM_REPORT_BROADCAST, .text = action->name, .bytes = action->bytes};
    PROM_TRY(prom_within(prom_chain_broadcast(node->around.rpc, &report.txid, action->bytes, error), error,
                         "the %s's %s", node->name, action->name));
    tell(node, report);
    return prom_ok();
}

static prom_result carry_out(prom_node *node, const prom_action *action, prom_error *error)
{
    switch (action->kind) {
    case PROM_ACTION_STORE:
        return prom_store_append(node->store, action->name, action->bytes, error);
    case PROM_ACTION_SEND:
        tell(node, (prom_report){.kind = PROM_REPORT_SENT,
                                 .text = prom_message_name(action->message.kind),
                                 .bytes = action->message.body});
        return node->around.send(node->around.context, node, &action->to, &action->message, error);
    case PROM_ACTION_LOOK_UP:
        return look_up(node, &action->outpoint, error);
    case PROM_ACTION_LOOK_UP_BLOCK:
        return look_up_block(node, action->height, error);
    case PROM_ACTION_TRY:
        return try_tx(node, action, error);
    case PROM_ACTION_WATCH:
        return watch(node, &action->outpoint, error);
    case PROM_ACTION_KEYGEN:
        return generate_key(node, action->step, action->bytes, error);
    case PROM_ACTION_COMPUTE:
        return compute(node, error);
    case PROM_ACTION_VERIFY:
        return check(node, action->bytes, error);
    case PROM_ACTION_BROADCAST:
        return broadcast(node, action, error);
    case PROM_ACTION_DELIVER:
        tell(node, (prom_report){.kind = PROM_REPORT_DELIVERED, .bytes = action->bytes});
        return prom_ok();
    case PROM_ACTION_CLOSE:
        node->closed = true;
        tell(node, (prom_report){.kind = PROM_REPORT_CLOSED, .text = action->reason});
        return prom_ok();
    }
    return prom_fail(error, PROM_CATEGORY_BROKEN, "an action of no known kind");
}

prom_result prom_node_take(prom_node *node, const prom_event *event, prom_error *error)
{
    prom_actions actions;
    prom_error refused = {{0}};
    const prom_stage before = node->channel->stage;
    const prom_result result = prom_channel_step(node->channel, event, &actions, &refused);
    if (node->channel->stage != before) {
        tell(node, (prom_report){.kind = PROM_REPORT_STAGE, .text = prom_stage_name(node->channel->stage)});
    }
    for (size_t i = 0; i < actions.count; i++) {
        PROM_TRY(carry_out(node, &actions.list[i], error));
    }
    if (result.category == PROM_CATEGORY_PEER || result.category == PROM_CATEGORY_BAD_INPUT) {
        tell(node, (prom_report){.kind = PROM_REPORT_FAULT, .text = refused.sentence});
        return prom_ok(); /* what it deserves the channel has decided */
    }
    return prom_is_ok(result) ? result : prom_fail(error, result.category, "%s: %s", node->name, refused.sentence);
}
