/* One step of a channel: what it changed is made ready in memory first, where a fault is the channel's own, and written
 * then, where a failure is the store's. */
#include <stdio.h>
#include <string.h>

#include "node/beginning.h"
#include "prometheus/crypto/hash.h"
#include "wire/body.h"

/* -- What changed -- */

struct change {
    prom_part part;
    uint16_t batch;
    prom_span bytes;
    prom_bytes32 digest; /* zeros where there are no bytes */
};

struct changes {
    struct change list[PROM_DIGESTS + PROM_KEPT_KINDS];
    size_t count;
    bool of_worth; /* something that a backup must have */
};

static prom_bytes32 *digest_of(prom_node_channel *channel, prom_part part, uint16_t batch)
{
    return &channel->digests[(size_t)batch * (PROM_PART_ARBITRATION + 1) + (size_t)part];
}

/* What a restored node defends with: verdicts, what was let out, evidence, votes, decisions. No block changes any of it
 * that does not hold a transaction of the tree, or end a step of an arbitration. */
static bool is_of_batch(prom_part part)
{
    return part == PROM_PART_MONEY || part == PROM_PART_EVIDENCE || part == PROM_PART_ARBITRATION;
}

static prom_result compare_part(prom_node_channel *channel, prom_arena *arena, struct changes *changes, prom_part part,
                                uint16_t batch, prom_error *error)
{
    struct change change = {.part = part, .batch = batch};
    PROM_TRY(prom_facts_write(arena, &change.bytes, &channel->channel->facts, part, batch, error));
    if (change.bytes.length > 0) {
        prom_sha256(&change.digest, change.bytes);
    }
    if (!prom_bytes32_equal(&change.digest, digest_of(channel, part, batch))) {
        changes->list[changes->count++] = change;
        changes->of_worth = changes->of_worth || is_of_batch(part);
    }
    return prom_ok();
}

/* Kept byte strings are large, and never changed where they lie. */
static prom_result compare_kept(prom_node_channel *channel, prom_arena *arena, struct changes *changes, size_t kind,
                                prom_error *error)
{
    const prom_span *now = &channel->channel->facts.kept[kind];
    const prom_span *written = &channel->written[kind];
    struct change change = {.part = (prom_part)(PROM_PART_KEPT + kind)};
    if (now->length == written->length && (now->length == 0 || now->data == written->data)) {
        return prom_ok();
    }
    PROM_TRY(prom_facts_write(arena, &change.bytes, &channel->channel->facts, change.part, 0, error));
    changes->list[changes->count++] = change;
    changes->of_worth = true;
    return prom_ok();
}

static prom_result compare(prom_node_channel *channel, prom_arena *arena, struct changes *changes, prom_error *error)
{
    changes->count = 0;
    changes->of_worth = false;
    for (prom_part part = PROM_PART_CHANNEL; part <= PROM_PART_ARBITRATION; part++) {
        const size_t batches = is_of_batch(part) ? channel->channel->facts.batch_count : 1;
        for (size_t batch = 0; batch < batches; batch++) {
            PROM_TRY(compare_part(channel, arena, changes, part, (uint16_t)batch, error));
        }
    }
    for (size_t kind = 0; kind < PROM_KEPT_KINDS; kind++) {
        PROM_TRY(compare_kept(channel, arena, changes, kind, error));
    }
    return prom_ok();
}

static prom_result write_changes(prom_node *node, prom_node_channel *channel, const struct changes *changes,
                                 prom_error *error)
{
    for (size_t i = 0; i < changes->count; i++) {
        const struct change *change = &changes->list[i];
        const prom_store_key key = {channel->record.number, change->batch, (uint16_t)change->part};
        PROM_TRY(change->bytes.length == 0 ? prom_store_part_remove(node->store, &key, error)
                                           : prom_store_part_put(node->store, &key, change->bytes, error));
        if (change->part >= PROM_PART_KEPT) {
            const size_t kind = (size_t)change->part - PROM_PART_KEPT;
            channel->written[kind] = channel->channel->facts.kept[kind];
        } else {
            *digest_of(channel, change->part, change->batch) = change->digest;
        }
    }
    if (changes->of_worth && channel->channel->facts.setup.phase >= PROM_SETUP_COMPLETE) {
        prom_node_backup_due(node);
    }
    return prom_ok();
}

prom_result prom_node_write_facts(prom_node *node, prom_node_channel *channel, prom_arena *arena, prom_error *error)
{
    struct changes *changes = NULL;
    PROM_TRY_NEW(changes, arena, 1, error);
    PROM_TRY(compare(channel, arena, changes, error));
    return write_changes(node, channel, changes, error);
}

/* -- Stepping -- */

/* What a step gave, ready to be written. */
struct taken {
    prom_outputs outputs;
    prom_span *bodies; /* of the outputs that are sent */
    struct changes *changes;
    bool accepts; /* W, V: our part is given, with our coins */
};

static prom_result make_ready(prom_node *node, prom_node_channel *channel, prom_arena *arena, struct taken *taken,
                              prom_error *error)
{
    PROM_TRY_NEW(taken->changes, arena, 1, error);
    PROM_TRY_NEW(taken->bodies, arena, taken->outputs.count, error);
    PROM_TRY(compare(channel, arena, taken->changes, error));
    for (size_t i = 0; i < taken->outputs.count; i++) {
        const prom_output *output = &taken->outputs.list[i];
        if (output->kind != PROM_OUTPUT_SEND) {
            continue;
        }
        if (!output->answer && prom_node_peer_of(node, channel, &output->to, true) == NULL) {
            return prom_fail(error, PROM_CATEGORY_MEMORY, "a channel talks to more peers than it may");
        }
        PROM_TRY(prom_body_encode(arena, &taken->bodies[i], &output->message, error));
    }
    return prom_ok();
}

static prom_result step_channel(prom_node *node, prom_node_channel *channel, prom_arena *arena, struct taken *taken,
                                prom_reception *reception, const prom_event *event, prom_error *error)
{
    prom_channel_view view;
    PROM_TRY(prom_node_view(node, channel, arena, &view, error));
    PROM_TRY(prom_channel_step(channel->channel, arena, reception, &taken->outputs, event, &view, error));
    return *reception == PROM_TAKEN ? make_ready(node, channel, arena, taken, error) : prom_ok();
}

static prom_result write_taken(prom_node *node, prom_node_channel *channel, prom_arena *arena,
                               const struct taken *taken, prom_error *error)
{
    PROM_TRY(write_changes(node, channel, taken->changes, error));
    if (taken->accepts) {
        /* There is a coin: prom_node_can_name. What a transaction that failed has left in the list is of no worth. */
        prom_node_forget_reserved(node, channel->record.number);
        PROM_TRY(prom_node_reserve(node, channel, &channel->channel->terms, error));
    }
    for (size_t i = 0; i < taken->outputs.count; i++) {
        PROM_TRY(prom_node_take_output(node, channel, arena, &taken->outputs.list[i], taken->bodies[i], error));
    }
    return prom_ok();
}

static const char *state_of(const prom_channel *channel)
{
    return channel->facts.setup.phase == PROM_SETUP_GIVEN ? prom_lambda_name(prom_channel_lambda(channel))
                                                          : prom_setup_phase_name(channel->facts.setup.phase);
}

/* A fault of the channel's own: it keeps what is on the disk, and is frozen if it does not get over it. A message is no
 * reason to freeze it: who sent it would choose when that happens (mail.c). */
static void failed_step(prom_node *node, prom_node_channel *channel, const prom_node_step *step, prom_event_kind kind)
{
    channel->stale = true;
    channel->failures += kind != PROM_EVENT_MESSAGE;
    channel->failure = step->reason;
    prom_node_report(node, PROM_REPORT_FAULT, channel->record.number, "%s", step->reason.sentence);
}

/* Written at once: the step that comes next may fail as the last ones did. */
static prom_result freeze_if_hopeless(prom_node *node, prom_node_channel *channel, prom_arena *arena, prom_error *error)
{
    prom_facts *facts = &channel->channel->facts;
    if (channel->failures < PROM_NODE_FAILURES_MAX || facts->frozen) {
        return prom_ok();
    }
    facts->frozen = true;
    (void)snprintf(facts->frozen_reason, sizeof facts->frozen_reason, "%.150s", channel->failure.sentence);
    prom_node_report(node, PROM_REPORT_ALARM, channel->record.number,
                     "the channel is frozen: nothing new is signed, what is signed is defended: %s",
                     facts->frozen_reason);
    return prom_node_write_facts(node, channel, arena, error);
}

/* Also of what we published ourselves: whoever ends between that and the word of it has told nobody. It is a word to
 * the owner, and no block waits for it. */
static void tell_mined(const prom_node *node, const prom_node_channel *channel, prom_arena *arena,
                       const prom_event *event)
{
    const prom_tree *tree = channel->channel->tree;
    const size_t count = event->kind == PROM_EVENT_BLOCK && tree != NULL ? event->as.block.count : 0;
    for (size_t i = 0; i < count; i++) {
        char text[PROM_HEX32];
        prom_bytes32 txid = {{0}};
        const bool known = prom_is_ok(prom_tx_id(arena, &txid, event->as.block.txs[i], NULL));
        const uint32_t index = known ? prom_tree_index(tree, &txid) : PROM_TREE_OTHER;
        if (index != PROM_TREE_OTHER) {
            prom_node_report(node, PROM_REPORT_MINED, channel->record.number, "%s %s", tree->tx[index].name,
                             prom_hex32_reversed(text, &txid));
        }
    }
}

prom_result prom_node_take(prom_node *node, prom_node_channel *channel, prom_node_step *step, const prom_event *event,
                           prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    struct taken taken = {0};
    prom_arena_init(&arena, PROM_NODE_STEP_MEMORY);
    *step = (prom_node_step){.reception = PROM_TAKEN};
    step->failed = !prom_is_ok(prom_node_refresh(node, channel, &step->reason));
    if (step->failed) {
        failed_step(node, channel, step, event->kind);
        return prom_ok();
    }
    const char *before = state_of(channel->channel);
    const bool accepted = channel->channel->facts.setup.accepting;
    PROM_TRY(freeze_if_hopeless(node, channel, &arena, error));
    step->failed = !prom_is_ok(step_channel(node, channel, &arena, &taken, &step->reception, event, &step->reason));
    if (step->failed) {
        failed_step(node, channel, step, event->kind);
        return prom_ok();
    }
    if (step->reception != PROM_TAKEN) {
        return prom_ok();
    }
    channel->failures = 0;
    channel->wants_due = true;
    channel->changed = true;
    taken.accepts = !accepted && channel->channel->facts.setup.accepting;
    PROM_TRY(write_taken(node, channel, &arena, &taken, error));
    if (strcmp(before, state_of(channel->channel)) != 0) {
        prom_node_report(node, PROM_REPORT_STATE, channel->record.number, "%s", state_of(channel->channel));
    }
    tell_mined(node, channel, &arena, event);
    return prom_ok();
}

struct alone {
    prom_node_channel *channel;
    prom_node_step *step;
    const prom_event *event;
};

static prom_result take(prom_node *node, void *context, prom_error *error)
{
    const struct alone *alone = context;
    return prom_node_take(node, alone->channel, alone->step, alone->event, error);
}

prom_result prom_node_take_alone(prom_node *node, prom_node_channel *channel, prom_node_step *step,
                                 const prom_event *event, prom_error *error)
{
    struct alone alone = {channel, step, event};
    const prom_result result = prom_node_transact(node, take, &alone, error);
    channel->stale = channel->stale || !prom_is_ok(result);
    return result;
}
